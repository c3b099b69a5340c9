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

struct sed {
    struct examination *examination;
    const char *at;
    bool unknown;
};

static char *sed_line(struct sed *sed)
{
    const char *from = sed->at + strspn(sed->at, " \t");
    size_t length = strcspn(from, "\n");
    sed->at = from + length;
    return pool_text(&sed->examination->scan->pool, from, length);
}

/* w FILE, r FILE: the name goes to the end of the line. */
static void sed_file(struct sed *sed, unsigned access)
{
    struct value file = { .text = sed_line(sed), .known = true, .sure = true };
    deed_touch(sed->examination, &file, access);
}

static void sed_shell(struct sed *sed, const char *text)
{
    deed_note(sed->examination, EFFECT_RUN, text);
    scan_payload_text(sed->examination->scan, sed->examination->record, text, false);
}

/* What is put in the place of a match, without the escapes. */
static char *replacement(struct sed *sed, const char *from, const char *to)
{
    struct marked text = { 0 };
    marked_add(sed->examination->scan, &text, "", 0, MARK_QUOTED);
    for (; from < to; from++) {
        from += *from == '\\' && from + 1 < to;
        marked_add(sed->examination->scan, &text, from, 1, MARK_QUOTED);
    }
    return text.text;
}

/* Behind the s: /x/y/flags, of which e runs what came of it and w writes it. */
static void sed_substitution(struct sed *sed)
{
    const char *second = skip_substitution(sed->at, 1), *end = skip_substitution(sed->at, 2);
    sed->unknown |= !end;
    if (!end)
        return;
    for (sed->at = end; *sed->at && strchr("gpiI0123456789mMe", *sed->at); sed->at++)
        if (*sed->at == 'e')
            sed_shell(sed, replacement(sed, second, end - 1));
    if (*sed->at == 'w') {
        sed->at++;
        sed_file(sed, ACCESS_WRITE);
    }
}

static void sed_command(struct sed *sed, char command)
{
    static const char label[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    if (command == 's') {
        sed_substitution(sed);
    } else if (command == 'y') {
        sed->at = skip_substitution(sed->at, 2);
        sed->unknown |= !sed->at;
    } else if (command == 'w' || command == 'W') {
        sed_file(sed, ACCESS_WRITE);
    } else if (command == 'r' || command == 'R') {
        sed_file(sed, ACCESS_READ);
    } else if (command == 'e') {
        sed_shell(sed, sed_line(sed));
    } else if (strchr("aic", command)) {
        sed->unknown |= strchr(sed_line(sed), '\\') != NULL; /* its text may go on behind the line */
    } else if (strchr(":btT", command)) {
        sed->at += strspn(sed->at, " ");
        sed->at += strspn(sed->at, label);
    } else if (strchr("lLqQ", command)) {
        sed->at += strspn(sed->at, " 0123456789");
    } else {
        sed->unknown |= !strchr("dDgGhHnNpPxzF=", command);
    }
}

/* Commands print, delete from what is printed, or move about in it; the others bring what they do. */
static void read_sed(struct examination *examination, const char *script)
{
    struct sed sed = { .examination = examination, .at = script };
    while (!sed.unknown && *(sed.at = skip_address(sed.at)) && scan_works(examination->scan, 1)) {
        char command = *sed.at++;
        sed_command(&sed, command);
        if (sed.unknown)
            break;
        sed.at += strspn(sed.at, " \t");
        sed.unknown |= *sed.at && !strchr(";}\n#", *sed.at);
        sed.at += *sed.at == '#' ? strcspn(sed.at, "\n") : 0;
    }
    if (sed.unknown)
        deed_unknown(examination, script);
}

void deed_sed_script(struct examination *examination, const struct value *script)
{
    if (script->globs || script->many)
        deed_unknown(examination, script->text); /* the name of a file may be the script */
    read_sed(examination, script->text);
}

void deed_sed(struct examination *examination)
{
    struct record *record = examination->record;
    bool given = examination->pattern_given, writes = false;
    for (size_t i = 0; i < record->option_count; i++) {
        given |= strcmp(record->options[i], "-f") == 0 || strcmp(record->options[i], "--file") == 0;
        writes |= strcmp(record->options[i], "-i") == 0 || strcmp(record->options[i], "--in-place") == 0;
    }
    if (!given && record->operand_count)
        deed_sed_script(examination, record->operand_values[0]);
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

/* Without its texts, where it is sure what they are: regular expressions and remarks may hold quotes. */
static const char *without_texts(struct scan *scan, const char *program)
{
    struct marked text = { 0 };
    if (strpbrk(program, "/#"))
        return program;
    marked_add(scan, &text, "", 0, MARK_QUOTED);
    for (; *program; program++) {
        marked_add(scan, &text, program, 1, MARK_QUOTED);
        if (*program != '"')
            continue;
        for (program++; *program && *program != '"'; program++)
            program += *program == '\\' && program[1];
        if (!*program)
            break;
    }
    return text.text;
}

/* A print may be redirected or piped up to its end; elsewhere > compares and | is part of a pattern. */
static bool awk_is_plain(struct scan *scan, const char *program)
{
    static const char *const reaching[] = { "system", "getline", "close", "fflush",  "@",
                                            "ARGV",   "PROCINFO", "|&",   "FUNCTAB", "SYMTAB" };
    const char *text = without_texts(scan, program);
    bool prints = false, ends = text != program;
    if (holds_any(program, reaching, ARRAY_SIZE(reaching)))
        return false;
    for (; *text; text++) {
        prints |= strncmp(text, "print", 5) == 0;
        prints &= !ends || !strchr(";}", *text);
        if (*text == '|' && text[1] != '|' && prints)
            return false;
        text += *text == '|' && text[1] == '|';
        if (*text == '>' && prints)
            return false;
    }
    return true;
}

/* > "FILE" and getline < "FILE" */
static void awk_files(struct examination *examination, const char *program)
{
    for (const char *at = strpbrk(program, "<>"); at; at = strpbrk(at + 1, "<>")) {
        const char *text = at + 1 + strspn(at + 1, "> \t");
        size_t length = *text == '"' ? strcspn(text + 1, "\"") : 0;
        if (!length || (*at == '<' && !strstr(program, "getline")))
            continue;
        struct value file = { .text = pool_text(&examination->scan->pool, text + 1, length), .known = true };
        deed_touch(examination, &file, *at == '>' ? ACCESS_WRITE : ACCESS_READ);
    }
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

static void read_awk(struct examination *examination, const struct value *program)
{
    if (program->globs || program->many)
        deed_unknown(examination, program->text); /* the name of a file may be the program */
    if (strstr(program->text, "ENVIRON"))
        deed_note(examination, EFFECT_SECRET, "ENVIRON");
    if (awk_is_plain(examination->scan, program->text))
        return;
    deed_note(examination, EFFECT_RUN, program->text);
    awk_files(examination, program->text);
    awk_payloads(examination, program->text);
}

/* gawk -i inplace writes its files. */
static bool awk_changes_files(const struct record *record)
{
    for (size_t i = 1; i < record->count; i++)
        if (strcmp(record->words[i].text, "inplace") == 0 || strcmp(record->words[i].text, "-iinplace") == 0)
            return true;
    return false;
}

void deed_awk(struct examination *examination)
{
    struct record *record = examination->record;
    bool given = examination->pattern_given || (record->effects & EFFECT_LOAD);
    bool inplace = awk_changes_files(record);
    if (given)
        deed_unknown(examination, "-e");
    if (record->operand_count && !examination->pattern_given)
        read_awk(examination, record->operand_values[0]);
    for (size_t i = given && !inplace ? 0 : 1; i < record->operand_count; i++)
        if (!strchr(record->operands[i], '='))
            deed_touch(examination, record->operand_values[i],
                       inplace ? ACCESS_READ | ACCESS_WRITE : ACCESS_READ);
}

/* env and $ENV, but not the field .env */
static bool jq_reads_environment(const char *program)
{
    if (strstr(program, "$ENV"))
        return true;
    for (const char *at = strstr(program, "env"); at; at = strstr(at + 1, "env")) {
        bool begins = at == program || !(isalnum((unsigned char)at[-1]) || at[-1] == '_' || at[-1] == '$');
        bool ends = !(isalnum((unsigned char)at[3]) || at[3] == '_');
        bool field = at > program && at[-1] == '.' && (at == program + 1 || at[-2] != '.');
        if (begins && ends && !field)
            return true;
    }
    return false;
}

void deed_jq(struct examination *examination)
{
    static const char *const loading[] = { "import", "include" };
    struct record *record = examination->record;
    bool given = (record->effects & EFFECT_LOAD) != 0;
    const char *program = record->operand_count && !given ? record->operands[0] : "";
    if (record->operand_count && record->operand_values[0]->globs && strpbrk(program, "*?"))
        deed_unknown(examination, program);
    if (holds_any(program, loading, ARRAY_SIZE(loading)))
        deed_note(examination, EFFECT_LOAD, program);
    if (jq_reads_environment(program))
        deed_note(examination, EFFECT_SECRET, program);
}
