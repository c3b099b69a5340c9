/* deed_shell.c - what the shell's own commands and shells do beyond their rows. */
#include "policy/knowledge.h"

#include "base/memory.h"

#include <string.h>

static bool is_subscript(const char *text)
{
    return strchr(text, '[') != NULL;
}

void deed_printf(struct examination *examination)
{
    struct record *record = examination->record;
    bool sets = record->count > 1 && strncmp(record->words[1].text, "-v", 2) == 0;
    if (sets)
        deed_note(examination, EFFECT_SHELL, "-v");
    record->any_text = record->count > 1 && record->words[1].sure && !record->words[1].globs &&
                       !record->words[1].many && !sets;
}

/* [ A = B ] and [ -n A ] do the same whatever A is, when it is one word. */
static bool compares_texts(const struct record *record)
{
    static const char *const tests[] = {
        "=", "==", "!=", "-n", "-z", "-f", "-d", "-e", "-s", "-r", "-w", "-x"
    };
    size_t words = record->count - (strcmp(record->words[record->count - 1].text, "]") == 0);
    size_t at = words == 4 ? 2 : 1;
    if ((words != 3 && words != 4) || !record->words[at].sure)
        return false;
    for (size_t i = 1; i < record->count; i++)
        if (record->words[i].many || record->words[i].globs)
            return false;
    for (size_t i = words == 4 ? 0 : 3; i < (words == 4 ? 3 : ARRAY_SIZE(tests)); i++)
        if (strcmp(tests[i], record->words[at].text) == 0)
            return true;
    return false;
}

/* [ x -eq y ] calculates, -v looks a name up: a subscript in either may run commands. */
void deed_test(struct examination *examination)
{
    struct record *record = examination->record;
    record->any_text = true;
    for (size_t i = 1; i < record->count; i++) {
        const char *text = record->words[i].text;
        bool calculates = strcmp(text, "-v") == 0 || strcmp(text, "-R") == 0 || strcmp(text, "-eq") == 0 ||
                          strcmp(text, "-ne") == 0 || strcmp(text, "-lt") == 0 || strcmp(text, "-le") == 0 ||
                          strcmp(text, "-gt") == 0 || strcmp(text, "-ge") == 0;
        if (calculates || record->words[i].globs || record->words[i].many ||
            (strchr(text, HOLE) && !compares_texts(record)))
            record->any_text = false;
        if (calculates && i + 1 < record->count && is_subscript(record->words[i + 1].text))
            scan_payload_text(examination->scan, record,
                              pool_format(&examination->scan->pool, ": %s", record->words[i + 1].text),
                              false);
        if (calculates && i + 1 < record->count &&
            (is_subscript(record->words[i + 1].text) || is_subscript(record->words[i - 1].text)))
            deed_unknown(examination, text);
    }
}

void deed_cd(struct examination *examination)
{
    struct record *record = examination->record;
    if (record->count > 3)
        deed_unknown(examination, record->words[0].text);
}

/* export NAME=value: as an assignment, and programs get to see it. */
void deed_declare(struct examination *examination)
{
    struct record *record = examination->record;
    if (record->count == 1 || record->words[1].text[0] == '-')
        deed_note(examination, EFFECT_SECRET, record->words[0].text);
    for (size_t i = 1; i < record->count; i++) {
        const char *text = record->words[i].text;
        const char *name = pool_text(&examination->scan->pool, text, strcspn(text, "=+["));
        bool option = text[0] == '-' || text[0] == '+';
        if (option && strpbrk(text, "fFinAau"))
            deed_note(examination, EFFECT_SHELL, text);
        else if (!option && (variable_is_dangerous(name) || is_subscript(text)))
            deed_note(examination, EFFECT_SHELL, name);
        else if (!option && strcmp(record->program, "export") == 0 && !variable_is_harmless(name))
            deed_note(examination, EFFECT_LOAD, name);
    }
}

/* What is run later or under another name: -C COMMAND, alias NAME=COMMAND. */
void deed_callback(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i < record->count; i++) {
        const char *text = record->words[i].text, *value = strchr(text, '=');
        if (strcmp(text, "-C") == 0 && i + 1 < record->count)
            scan_payload(examination->scan, record, &record->words[i + 1]);
        else if (strcmp(record->program, "alias") == 0 && value)
            scan_payload_text(examination->scan, record, value + 1, false);
    }
}

/* Those that change how the shell goes on; a few forms are plain. */
void deed_set(struct examination *examination)
{
    struct record *record = examination->record;
    static const char *const plain[] = { "-e",  "-u",       "-x",      "-v",      "-eu",  "-ex", "-eux",
                                         "-ux", "+e",       "+u",      "+x",      "-euo", "-eo", "-o",
                                         "+o",  "pipefail", "errexit", "nounset", "-euxo" };
    bool known = strcmp(record->program, "set") == 0 && record->count > 1;
    deed_callback(examination);
    if (record->count == 1 && strcmp(record->program, "set") == 0)
        deed_note(examination, EFFECT_SECRET, "set");
    for (size_t i = 1; i < record->count; i++) {
        bool found = false;
        for (size_t j = 0; j < ARRAY_SIZE(plain); j++)
            found |= strcmp(plain[j], record->words[i].text) == 0;
        known &= found;
    }
    if (!known)
        deed_note(examination, EFFECT_SHELL, record->words[0].text);
}

static const char *joined(struct examination *examination, size_t first, bool *sure, bool *downloaded)
{
    struct record *record = examination->record;
    struct marked text = { 0 };
    marked_add(examination->scan, &text, "", 0, MARK_QUOTED);
    for (size_t i = first; i < record->count; i++) {
        if (i > first)
            marked_add(examination->scan, &text, " ", 1, MARK_QUOTED);
        marked_add(examination->scan, &text, record->words[i].text, strlen(record->words[i].text),
                   MARK_QUOTED);
        *sure &= record->words[i].sure && !record->words[i].globs;
        *downloaded |= record->words[i].downloaded;
    }
    return text.text;
}

void deed_eval(struct examination *examination)
{
    struct record *record = examination->record;
    bool sure = true;
    size_t first = 1;
    while (first + 1 < record->count && strcmp(record->words[first].text, "eval") == 0)
        first++; /* eval eval: the text is the same */
    const char *text = joined(examination, first, &sure, &record->runs_downloaded);
    record->runs_text = true;
    scan_payload_text(examination->scan, record, text, sure);
}

void deed_trap(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i < record->count && i < 3; i++)
        if (record->words[i].text[0] != '-') {
            scan_payload(examination->scan, record, &record->words[i]);
            return;
        }
}

void deed_source(struct examination *examination)
{
    struct record *record = examination->record;
    record->runs_text = true;
    if (record->count < 2)
        return;
    const struct value *file = &record->words[1];
    record->runs_downloaded |= file->downloaded;
    if (file->holds)
        scan_payload_text(examination->scan, record, file->holds, false);
    scan_touch(examination->scan, record, file, ACCESS_READ, TOUCH_LOADS);
    if (strcmp(file->text, "/dev/stdin") == 0)
        record->runs_input = true;
    if (record->runs_input && record->input)
        scan_payload_text(examination->scan, record, record->input, false);
}

/* --- shells --- */

/* -c, also among other letters: the next word that is no option is the text. */
static bool has_letter(const struct record *record, char letter)
{
    for (size_t i = 0; i < record->option_count; i++)
        if (record->options[i][0] == '-' && record->options[i][1] == letter && !record->options[i][2])
            return true;
    return false;
}

void deed_shell(struct examination *examination)
{
    struct record *record = examination->record;
    size_t first = examination->rest;
    record->runs_text = true;
    if (has_letter(record, 'c')) {
        for (size_t i = first + 1; i < record->count; i++)
            variable_set(examination->scan, pool_format(&examination->scan->pool, "%zu", i - first - 1),
                         &record->words[i], false, record->context);
        if (first < record->count)
            scan_payload(examination->scan, record, &record->words[first]);
        else
            deed_unknown(examination, "-c");
        return;
    }
    if (has_letter(record, 's') || first >= record->count || strcmp(record->words[first].text, "-") == 0 ||
        strcmp(record->words[first].text, "/dev/stdin") == 0) {
        record->runs_input = true;
        if (record->input)
            scan_payload_text(examination->scan, record, record->input, false);
        return;
    }
    record->runs_downloaded |= record->words[first].downloaded;
    if (record->words[first].holds)
        scan_payload_text(examination->scan, record, record->words[first].holds, false);
    if (record->option_count == 1 && has_letter(record, 'n')) {
        record->runs_text = false;
        examination->forgiven = EFFECT_CODE; /* it only looks for errors */
        deed_note(examination, EFFECT_READ, "-n");
    }
    scan_touch(examination->scan, record, &record->words[first], ACCESS_READ, TOUCH_LOADS);
}

/* --- processes --- */

/* Is the word behind TEXT its value?  "-o", "-fu", "axo". */
static bool ps_takes_value(const char *text)
{
    size_t length = strlen(text);
    if (strncmp(text, "--", 2) == 0)
        return !strchr(text, '=');
    return length && strchr(text[0] == '-' ? "oOCuUpgGtsqk" : "oOkUptq", text[length - 1]);
}

/* ps e shows environments; so does e behind a dash where x, or t without a terminal, makes ps read all in the old way. */
static void examine_ps(struct examination *examination)
{
    struct record *record = examination->record;
    bool old = false, dashed = false;
    for (size_t i = 1; i < record->count; i++) {
        const char *text = record->words[i].text;
        bool value = i > 1 && ps_takes_value(record->words[i - 1].text), plain = text[0] != '-';
        if (strstr(text, "environ") || (!value && plain && strchr(text, 'e')))
            deed_note(examination, EFFECT_SECRET, text);
        if (value || plain || text[1] == '-')
            continue;
        old |= strpbrk(text, "xtT") != NULL;
        dashed |= strchr(text, 'e') != NULL;
    }
    if (old && dashed)
        deed_note(examination, EFFECT_SECRET, "-e");
}

void deed_kill(struct examination *examination)
{
    struct record *record = examination->record;
    bool fuser = strcmp(record->program, "fuser") == 0;
    if (strcmp(record->program, "ps") == 0)
        examine_ps(examination);
    for (size_t i = 1; i < record->count; i++) {
        const char *text = record->words[i].text;
        if (fuser && text[0] == '-' && strpbrk(text, "kK"))
            deed_note(examination, EFFECT_PROCESS, text);
        if (strcmp(record->program, "kill") == 0 && (strcmp(text, "-l") == 0 || strcmp(text, "-L") == 0))
            examination->forgiven = EFFECT_PROCESS;
    }
}

void deed_power(struct examination *examination)
{
    static const char *const reading[] = { "status",      "is-active",       "is-enabled",  "is-failed",
                                           "list-units",  "list-unit-files", "show",        "cat",
                                           "list-timers", "--version",       "list-sockets" };
    struct record *record = examination->record;
    if (strcmp(record->program, "systemctl") != 0 || record->count < 2)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(reading); i++)
        if (strcmp(reading[i], record->words[1].text) == 0)
            examination->forgiven = EFFECT_SYSTEM;
}
