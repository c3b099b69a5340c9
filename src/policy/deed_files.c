/* deed_files.c - programs with words of their own kind: dd, tar, make, git's global options, uploads; and the
 * little languages of sed, awk and jq. */
#include "policy/knowledge.h"

#include "base/memory.h"

#include <ctype.h>
#include <string.h>

static struct value part_of(const struct value *value, const char *text)
{
    struct value part = *value;
    part.text = text;
    return part;
}

/* --- dd --- */

void deed_dd(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i < record->count; i++) {
        const char *text = record->words[i].text;
        struct value file = part_of(&record->words[i], text + 3);
        if (strncmp(text, "of=", 3) == 0)
            deed_touch(examination, &file, ACCESS_WRITE);
        else if (strncmp(text, "if=", 3) == 0)
            deed_touch(examination, &file, ACCESS_READ);
    }
}

/* --- archives --- */

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
        if (!strchr("fCTXbgIFVNKHL", *letters))
            continue;
        size_t word = reading->next < record->count ? reading->next++ : at;
        if (*letters == 'f' && strchr(record->words[word].text, ':'))
            deed_note(reading->examination, EFFECT_NETWORK | EFFECT_RUN, record->words[word].text);
        if (*letters == 'f')
            deed_touch(reading->examination, &record->words[word],
                       reading->creates ? ACCESS_WRITE : ACCESS_READ);
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
    static const char *const plain[] = { "--exclude",
                                         "--verbose",
                                         "--gzip",
                                         "--bzip2",
                                         "--xz",
                                         "--zstd",
                                         "--strip-components",
                                         "--no-same-owner",
                                         "--wildcards",
                                         "--numeric-owner",
                                         "--owner",
                                         "--group",
                                         "--sort",
                                         "--mtime",
                                         "--totals",
                                         "--transform",
                                         "--auto-compress",
                                         "--create",
                                         "--extract",
                                         "--get",
                                         "--list",
                                         "--append",
                                         "--update" };
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
    if (strncmp(text, "--remove-files", 14) == 0)
        deed_note(reading->examination, EFFECT_DELETE, text);
    for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
        if (strncmp(text, plain[i], strlen(plain[i])) == 0)
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

void deed_tar(struct examination *examination)
{
    struct record *record = examination->record;
    examination->tree = true;
    if (strcmp(record->program, "zip") == 0) {
        for (size_t i = 0; i < record->operand_count; i++)
            deed_touch(examination, record->operand_values[i], i ? ACCESS_READ : ACCESS_WRITE);
    } else if (strcmp(record->program, "unzip") == 0) {
        static const struct value here = { .text = ".", .known = true, .sure = true };
        deed_touch(examination, examination->target ? examination->target : &here, ACCESS_WRITE);
    } else {
        read_tar(examination);
    }
}

/* --- make, git --- */

/* NAME=value changes what is run. */
void deed_make(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 0; i < record->operand_count; i++)
        if (strchr(record->operands[i], '='))
            deed_note(examination, EFFECT_LOAD, record->operands[i]);
}

static bool is_plain_setting(const char *text)
{
    return strncmp(text, "color.", 6) == 0 || strncmp(text, "core.quotePath=", 15) == 0 ||
           strncmp(text, "core.quotepath=", 15) == 0;
}

/* -c name=value may name a program for anything that git does. */
void deed_git_global(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i + 1 < record->count && i < examination->rest; i++) {
        if (strcmp(record->words[i].text, "-c") != 0)
            continue;
        const char *text = record->words[i + 1].text, *value = strchr(text, '=');
        if (is_plain_setting(text))
            continue;
        deed_note(examination, EFFECT_LOAD, text);
        if (value)
            scan_payload_text(examination->scan, record, value + 1 + strspn(value + 1, "!"), false);
    }
}

/* REVISION:FILE reads the file as it was; %G in a format runs gpg. */
void deed_git_log(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i < record->count; i++)
        if (strstr(record->words[i].text, "%G"))
            deed_unknown(examination, record->words[i].text);
    for (size_t i = 1; i < record->operand_count; i++) {
        const char *colon = strchr(record->operands[i], ':');
        if (!colon || !colon[1])
            continue;
        struct value file = part_of(record->operand_values[i], colon + 1);
        deed_touch(examination, &file, ACCESS_READ);
    }
}

/* git clone URL FOLDER */
void deed_clone(struct examination *examination)
{
    struct record *record = examination->record;
    if (record->operand_count > 2 && strcmp(record->operands[0], "clone") == 0)
        deed_touch(examination, record->operand_values[2], ACCESS_WRITE);
}

static void run_behind_mark(struct examination *examination, const char *text)
{
    const char *mark = strchr(text, '!');
    if (mark && mark[1])
        scan_payload_text(examination->scan, examination->record, mark + 1, false);
}

/* In editors and in git's aliases what stands behind ! is a command. */
void deed_editor(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i < record->count; i++)
        run_behind_mark(examination, record->words[i].text);
    if (record->input)
        run_behind_mark(examination, record->input);
}

/* A pager that starts with a command runs it. */
void deed_pager(struct examination *examination)
{
    for (size_t i = 0; i < examination->record->operand_count; i++)
        if (examination->record->operands[i][0] == '+')
            deed_unknown(examination, examination->record->operands[i]);
}

/* git branch and git tag list unless a word names a new one. */
void deed_git_listing(struct examination *examination)
{
    struct record *record = examination->record;
    bool lists = false;
    for (size_t i = 0; i < record->option_count; i++)
        lists |= strcmp(record->options[i], "--list") == 0 || strcmp(record->options[i], "-l") == 0;
    if (record->operand_count < 2)
        return;
    record->effects &= ~(unsigned)EFFECT_UNKNOWN;
    if (!lists)
        deed_note(examination, EFFECT_WRITE, record->operands[1]);
}

/* --- uploads --- */

/* -d @FILE, -F name=@FILE, FILE host:path: what is sent is read. */
void deed_upload(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i < record->count; i++) {
        const char *text = record->words[i].text, *at = strchr(text, '@');
        bool joined = at && (at == text || at[-1] == '=' || (text[0] == '-' && at == text + 2));
        struct value file = part_of(&record->words[i], joined ? at + 1 : text);
        if (strncmp(text, "file://", 7) == 0)
            file.text = text + 7;
        else if (!joined && !(examination->knowledge->flags & KNOWS_NO_OPTIONS))
            continue;
        else if (!joined && (text[0] == '-' || (!strchr(text, '/') && text[0] != '~' && text[0] != '.')))
            continue;
        if (!strchr(file.text, ':'))
            deed_touch(examination, &file, ACCESS_READ);
    }
    if (examination->knowledge->flags & KNOWS_NO_OPTIONS)
        deed_inner_command(examination);
}

/* --- sed --- */

/* Past an address and its commas and signs. */
static const char *skip_address(const char *text)
{
    for (;;) {
        text += strspn(text, " \t0123456789$,+~!;{}\n");
        if (*text != '/' && *text != '\\')
            return text;
        char end = *text == '\\' ? *++text : *text;
        if (!end)
            return text;
        for (text++; *text && *text != end; text++)
            text += *text == '\\' && text[1];
        text += *text == end;
        text += strspn(text, "IM");
    }
}

static const char *skip_substitution(const char *text, unsigned parts)
{
    char end = *text ? *text++ : '\0';
    if (end == '\\' || end == '\n')
        return NULL;
    for (; end && parts; parts--) {
        while (*text && *text != end && *text != '\n')
            text += text[0] == '\\' && text[1] ? 2 : 1;
        if (*text != end)
            return NULL;
        text++;
    }
    return end ? text : NULL;
}

/* Commands that only print, delete from what is printed, or move about in it. */
static bool sed_is_plain(const char *text)
{
    while (*(text = skip_address(text))) {
        char command = *text++;
        if (command == 's' || command == 'y') {
            text = skip_substitution(text, 2);
            if (!text)
                return false;
            text += command == 's' ? strspn(text, "gpiI0123456789mM") : 0;
        } else if (!strchr("dDgGhHlnNpPqQxz=", command)) {
            return false;
        } else if (strchr("lqQ", command)) {
            text += strspn(text, " 0123456789");
        }
        text += strspn(text, " \t");
        if (*text && !strchr(";}\n", *text))
            return false;
    }
    return true;
}

static bool option_value(const struct record *record, size_t at, const char *letter, const char *name,
                         const char **value)
{
    const char *text = record->words[at].text;
    size_t length = strlen(name);
    if (strncmp(text, name, length) == 0 && text[length] == '=')
        *value = text + length + 1;
    else if ((strcmp(text, name) == 0 || strcmp(text, letter) == 0) && at + 1 < record->count)
        *value = record->words[at + 1].text;
    else if (text[0] == '-' && text[1] != '-' && strchr(text, letter[1]) &&
             !text[strcspn(text, letter + 1) + 1] && at + 1 < record->count)
        *value = record->words[at + 1].text;
    else if (strncmp(text, letter, 2) == 0 && text[2])
        *value = text + 2;
    else
        return false;
    return true;
}

static void check_sed(struct examination *examination, const char *script)
{
    const char *command = script + strspn(script, "0123456789$, ");
    if (!sed_is_plain(script))
        deed_unknown(examination, script);
    if (command[0] == 'e' && command[1])
        scan_payload_text(examination->scan, examination->record, command + 1, false);
}

void deed_sed(struct examination *examination)
{
    struct record *record = examination->record;
    bool given = examination->pattern_given;
    const char *script;
    for (size_t i = 1; i < record->count && given; i++)
        if (option_value(record, i, "-e", "--expression", &script))
            check_sed(examination, script);
    for (size_t i = 0; i < record->option_count; i++)
        given |= strcmp(record->options[i], "-f") == 0 || strcmp(record->options[i], "--file") == 0;
    if (!given && record->operand_count)
        check_sed(examination, record->operands[0]);
    bool writes = (record->effects & EFFECT_WRITE) != 0;
    for (size_t i = given ? 0 : 1; i < record->operand_count; i++)
        deed_touch(examination, record->operand_values[i], writes ? ACCESS_READ | ACCESS_WRITE : ACCESS_READ);
}

/* --- awk, jq --- */

static bool holds_any(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

/* A print may be redirected or piped; before the first one > compares and | is part of a pattern. */
static bool awk_is_plain(const char *text)
{
    static const char *const reaching[] = { "system", "getline",  "close", "fflush",  "@",     "ENVIRON",
                                            "ARGV",   "PROCINFO", "|&",    "FUNCTAB", "SYMTAB" };
    bool prints = false;
    if (holds_any(text, reaching, ARRAY_SIZE(reaching)))
        return false;
    for (; *text; text++) {
        prints |= strncmp(text, "print", 5) == 0;
        if (*text == '|' && text[1] != '|' && prints)
            return false;
        text += *text == '|' && text[1] == '|';
        if (*text == '>' && prints)
            return false;
    }
    return true;
}

static void awk_payloads(struct examination *examination, const char *text)
{
    for (const char *at = strchr(text, '"'); at; at = strchr(at + 1, '"')) {
        size_t length = strcspn(at + 1, "\"");
        if (at[1 + length] != '"')
            return;
        const char *inner = pool_text(&examination->scan->pool, at + 1, length);
        if (strchr(inner, ' '))
            scan_payload_text(examination->scan, examination->record, inner, false);
        at += length + 1;
    }
}

void deed_awk(struct examination *examination)
{
    static const char *const reaching[] = { "env",     "$ENV",           "import",
                                            "include", "input_filename", "getpath_file" };
    struct record *record = examination->record;
    bool jq = record->program[0] == 'j' || strcmp(record->program, "gojq") == 0;
    bool given = examination->pattern_given || (record->effects & EFFECT_LOAD);
    const char *program = record->operand_count && !given ? record->operands[0] : NULL;
    if (jq) {
        if (program && holds_any(program, reaching, ARRAY_SIZE(reaching)))
            deed_note(examination, EFFECT_SECRET, program);
        return;
    }
    if (given)
        deed_unknown(examination, "-e");
    if (program && !awk_is_plain(program)) {
        deed_note(examination, EFFECT_RUN, program);
        awk_payloads(examination, program);
    }
    for (size_t i = given ? 0 : 1; i < record->operand_count; i++)
        if (!strchr(record->operands[i], '='))
            deed_touch(examination, record->operand_values[i], ACCESS_READ);
}
