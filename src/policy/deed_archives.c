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
    bool creates, extracts, lists;
    size_t next; /* the word that the next letter with a value takes */
};

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
            deed_touch(reading->examination, &record->words[word],
                       reading->creates ? ACCESS_WRITE : ACCESS_READ);
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

static void tar_long(struct tar_reading *reading, size_t at)
{
    static const char *const running[] = { "--checkpoint-action", "--to-command", "--use-compress",
                                           "--info-script",       "--new-volume", "--rsh-command",
                                           "--rmt-command" };
    static const char *const plain[] = { "--exclude",        "--exclude-from",
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
    struct record *record = reading->examination->record;
    const char *text = record->words[at].text, *value = strchr(text, '=');
    size_t length = value ? (size_t)(value - text) : strlen(text);
    for (size_t i = 0; i < ARRAY_SIZE(running); i++)
        if (length > 4 &&
            strncmp(running[i], text, length < strlen(running[i]) ? length : strlen(running[i])) == 0) {
            deed_note(reading->examination, EFFECT_RUN, text);
            if (value)
                scan_payload_text(reading->examination->scan, record,
                                  strncmp(value, "=exec=", 6) == 0 ? value + 6 : value + 1, false);
            return;
        }
    reading->creates |=
        strcmp(text, "--create") == 0 || strcmp(text, "--append") == 0 || strcmp(text, "--update") == 0;
    reading->extracts |= strcmp(text, "--extract") == 0 || strcmp(text, "--get") == 0;
    reading->lists |= strcmp(text, "--list") == 0;
    if (strncmp(text, "--file=", 7) == 0) {
        struct value file = part_of(&record->words[at], value + 1);
        if (strchr(file.text, ':'))
            deed_note(reading->examination, EFFECT_NETWORK | EFFECT_RUN, text);
        deed_touch(reading->examination, &file, reading->creates ? ACCESS_WRITE : ACCESS_READ);
        return;
    }
    if (value && length > 4 && strncmp("--directory", text, length) == 0) {
        struct value *folder = pool_take(&reading->examination->scan->pool, sizeof *folder);
        *folder = part_of(&record->words[at], value + 1);
        reading->folder = folder;
        return;
    }
    if (value && length > 6 && strncmp("--listed-incremental", text, length) == 0) {
        struct value file = part_of(&record->words[at], value + 1);
        deed_touch(reading->examination, &file, ACCESS_WRITE);
        return;
    }
    if (strncmp(text, "--remove-files", 14) == 0)
        deed_note(reading->examination, EFFECT_DELETE, text);
    for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
        if (strlen(plain[i]) == length && strncmp(text, plain[i], length) == 0)
            return;
    deed_unknown(reading->examination, text);
}

static void tar_members(struct tar_reading *reading, size_t first)
{
    struct examination *examination = reading->examination;
    struct record *record = examination->record;
    static const struct value here = { .text = ".", .known = true, .sure = true };
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
