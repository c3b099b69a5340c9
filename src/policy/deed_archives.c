/* deed_archives.c - programs that pack and unpack: tar's letters, zip, unzip, and those that replace a file by
 * its packed self. */
#include "policy/knowledge.h"

#include "base/memory.h"

#include <string.h>

static struct value part_of(const struct value *value, const char *text)
{
    struct value part = *value;
    part.text = text;
    return part;
}

struct tar_reading {
    struct examination *examination;
    const struct value *folder; /* of -C */
    struct value archives[4];   /* of -f, which may stand before what is done with them */
    size_t archive_count;
    bool creates, extracts, lists;
    size_t next; /* the word that the next letter with a value takes */
};

static void add_archive(struct tar_reading *reading, struct value file)
{
    if (reading->archive_count < ARRAY_SIZE(reading->archives))
        reading->archives[reading->archive_count++] = file;
    else
        deed_unknown(reading->examination, file.text);
}

static void tar_letters(struct tar_reading *reading, const char *letters, size_t at)
{
    struct record *record = reading->examination->record;
    for (; *letters; letters++) {
        reading->creates |= strchr("cruA", *letters) != NULL;
        reading->extracts |= *letters == 'x';
        reading->lists |= *letters == 't' || *letters == 'd';
        if (*letters == 'I' || *letters == 'F')
            deed_note(reading->examination, EFFECT_RUN, record->words[at].text);
        if (!strchr("cruAxtdzjJavpkOfCTXbgIFVNKHLhmoSsUwWBilRn", *letters))
            deed_unknown(reading->examination, record->words[at].text); /* -P, -M and their like */
        if (!strchr("fCTXbgIFVNKHL", *letters))
            continue;
        size_t word = reading->next < record->count ? reading->next++ : at;
        if (*letters == 'f' && strchr(record->words[word].text, ':'))
            deed_note(reading->examination, EFFECT_NETWORK | EFFECT_RUN, record->words[word].text);
        if (*letters == 'f')
            add_archive(reading, record->words[word]);
        else if (*letters == 'g')
            deed_touch(reading->examination, &record->words[word], ACCESS_WRITE);
        else if (*letters == 'C')
            reading->folder = &record->words[word];
        else if (*letters == 'I' || *letters == 'F')
            scan_payload(reading->examination->scan, record, &record->words[word]);
        else if (*letters == 'T')
            deed_unknown(reading->examination, record->words[word].text);
    }
}

static const char *const tar_running[] = { "--checkpoint-action", "--to-command", "--use-compress",
                                           "--info-script",       "--new-volume", "--rsh-command",
                                           "--rmt-command" };
static const char *const tar_plain[] = { "--exclude",        "--exclude-from",
                                         "--exclude-vcs",    "--verbose",
                                         "--gzip",           "--gunzip",
                                         "--bzip2",          "--xz",
                                         "--zstd",           "--lzma",
                                         "--owner",          "--strip-components",
                                         "--group",          "--sort",
                                         "--mtime",          "--totals",
                                         "--transform",      "--no-same-owner",
                                         "--wildcards",      "--create",
                                         "--extract",        "--get",
                                         "--list",           "--numeric-owner",
                                         "--append",         "--update",
                                         "--auto-compress",  "--no-recursion",
                                         "--to-stdout",      "--no-same-permissions",
                                         "--full-time",      "--utc",
                                         "--no-wildcards",   "--anchored",
                                         "--keep-old-files", "--skip-old-files" };

/* An option of LENGTH bytes, perhaps abbreviated, that runs a program; VALUE: "=..." or NULL. */
static bool tar_runs(struct tar_reading *reading, const char *text, size_t length, const char *value)
{
    struct examination *examination = reading->examination;
    for (size_t i = 0; i < ARRAY_SIZE(tar_running); i++) {
        size_t size = strlen(tar_running[i]);
        if (length <= 4 || strncmp(tar_running[i], text, length < size ? length : size) != 0)
            continue;
        deed_note(examination, EFFECT_RUN, text);
        if (value)
            scan_payload_text(examination->scan, examination->record,
                              strncmp(value, "=exec=", 6) == 0 ? value + 6 : value + 1, false);
        return true;
    }
    return false;
}

/* An option whose value is a file or a folder. */
static bool tar_names(struct tar_reading *reading, const struct value *word, size_t length, const char *value)
{
    struct examination *examination = reading->examination;
    struct value *file = pool_take(&examination->scan->pool, sizeof *file);
    if (!value)
        return false;
    *file = part_of(word, value + 1);
    if (strncmp(word->text, "--file=", 7) == 0) {
        if (strchr(file->text, ':'))
            deed_note(examination, EFFECT_NETWORK | EFFECT_RUN, word->text);
        add_archive(reading, *file);
    } else if (length > 4 && strncmp("--directory", word->text, length) == 0) {
        reading->folder = file;
    } else if (length > 6 && strncmp("--listed-incremental", word->text, length) == 0) {
        deed_touch(examination, file, ACCESS_WRITE);
    } else {
        return false;
    }
    return true;
}

static void tar_long(struct tar_reading *reading, size_t at)
{
    const struct value *word = &reading->examination->record->words[at];
    const char *text = word->text, *value = strchr(text, '=');
    size_t length = value ? (size_t)(value - text) : strlen(text);
    if (tar_runs(reading, text, length, value))
        return;
    reading->creates |=
        strcmp(text, "--create") == 0 || strcmp(text, "--append") == 0 || strcmp(text, "--update") == 0;
    reading->extracts |= strcmp(text, "--extract") == 0 || strcmp(text, "--get") == 0;
    reading->lists |= strcmp(text, "--list") == 0;
    if (tar_names(reading, word, length, value))
        return;
    if (strncmp(text, "--remove-files", 14) == 0)
        deed_note(reading->examination, EFFECT_DELETE, text);
    for (size_t i = 0; i < ARRAY_SIZE(tar_plain); i++)
        if (strlen(tar_plain[i]) == length && strncmp(text, tar_plain[i], length) == 0)
            return;
    deed_unknown(reading->examination, text);
}

static void tar_members(struct tar_reading *reading, size_t first)
{
    struct examination *examination = reading->examination;
    struct record *record = examination->record;
    static const struct value here = { .text = ".", .known = true, .sure = true };
    struct value *archives = pool_take(&examination->scan->pool, sizeof reading->archives);
    memcpy(archives, reading->archives, sizeof reading->archives);
    for (size_t i = 0; i < reading->archive_count; i++)
        deed_touch(examination, &archives[i], reading->creates ? ACCESS_WRITE : ACCESS_READ);
    examination->tree = true;
    if (reading->extracts) {
        deed_touch(examination, reading->folder ? reading->folder : &here, ACCESS_WRITE);
        return;
    }
    deed_note(examination, EFFECT_READ, record->program);
    for (size_t i = first; i < record->count && reading->creates; i++) {
        const struct value *word = &record->words[i];
        if (word->text[0] == '-')
            continue;
        struct value whole = *word;
        if (reading->folder && word->text[0] != '/')
            whole.text = pool_format(&examination->scan->pool, "%s/%s", reading->folder->text, word->text);
        deed_touch(examination, &whole, ACCESS_READ);
    }
}

static void read_tar(struct examination *examination)
{
    struct record *record = examination->record;
    struct tar_reading reading = { .examination = examination, .next = 1 };
    size_t at = 1, members = 0;
    for (; at < record->count; at++) {
        const char *text = record->words[at].text;
        reading.next = at + 1;
        if (strncmp(text, "--", 2) == 0)
            tar_long(&reading, at);
        else if (text[0] == '-' || at == 1)
            tar_letters(&reading, text + (text[0] == '-'), at);
        else if (!members)
            members = at;
        at = reading.next - 1;
    }
    tar_members(&reading, members ? members : record->count);
    if (!reading.creates && !reading.extracts && !reading.lists)
        deed_unknown(examination, record->program);
}

static bool names_runner(const char *text)
{
    return strcmp(text, "-TT") == 0 || strcmp(text, "--unzip-command") == 0;
}

static void read_zip(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 0; i < record->operand_count; i++)
        deed_touch(examination, record->operand_values[i], i ? ACCESS_READ : ACCESS_WRITE);
    for (size_t i = 1; i < record->count; i++)
        if (names_runner(record->words[i].text)) {
            deed_note(examination, EFFECT_RUN, record->words[i].text);
            if (i + 1 < record->count)
                scan_payload(examination->scan, record, &record->words[i + 1]);
        }
}

void deed_tar(struct examination *examination)
{
    examination->tree = true;
    if (strcmp(examination->record->program, "zip") == 0)
        read_zip(examination);
    else
        read_tar(examination);
}

static bool has_option(const struct record *record, const char *const *names, size_t count)
{
    for (size_t i = 0; i < record->option_count; i++)
        for (size_t j = 0; j < count; j++)
            if (strcmp(record->options[i], names[j]) == 0)
                return true;
    return false;
}

void deed_unzip(struct examination *examination)
{
    static const char *const listing[] = { "-l", "-p", "-t", "-v", "-z", "-Z" };
    static const struct value here = { .text = ".", .known = true, .sure = true };
    if (has_option(examination->record, listing, ARRAY_SIZE(listing))) {
        examination->forgiven = EFFECT_WRITE;
        deed_note(examination, EFFECT_READ, "-l");
        return;
    }
    examination->tree = true;
    for (size_t i = examination->rest; i + 1 < examination->record->count; i++)
        if (strcmp(examination->record->words[i].text, "-d") == 0)
            examination->target = &examination->record->words[i + 1]; /* also behind the archive */
    deed_touch(examination, examination->target ? examination->target : &here, ACCESS_WRITE);
}

/* -c prints, -l and -t look; without them a file gives way to what comes of it. */
void deed_compress(struct examination *examination)
{
    static const char *const printing[] = { "-c", "--stdout", "--to-stdout", "-l", "--list", "-t", "--test" };
    struct record *record = examination->record;
    bool prints = has_option(record, printing, ARRAY_SIZE(printing)) || !record->operand_count;
    if (prints)
        examination->forgiven = EFFECT_WRITE | EFFECT_DELETE;
    deed_note(examination, EFFECT_READ, record->program);
    for (size_t i = 0; i < record->operand_count; i++)
        deed_touch(examination, record->operand_values[i],
                   prints ? ACCESS_READ : ACCESS_READ | ACCESS_WRITE | ACCESS_DELETE);
}
