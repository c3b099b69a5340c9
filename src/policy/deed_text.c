/* deed_text.c - the little languages of sed, awk and jq: what their scripts run, read and write. */
#include "policy/knowledge.h"

#include "base/memory.h"

#include <ctype.h>
#include <string.h>

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
    static const char *const reaching[] = { "system", "getline",  "close", "fflush",  "@",
                                            "ARGV",   "PROCINFO", "|&",    "FUNCTAB", "SYMTAB" };
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
