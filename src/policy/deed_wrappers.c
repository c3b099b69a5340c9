/* deed_wrappers.c - programs that run what their words name: env, xargs, find, ssh, and those whose own options
 * are not known in full. */
#include "policy/knowledge.h"

#include "base/memory.h"
#include "base/path.h"

#include <fnmatch.h>
#include <string.h>

static bool is_text(const struct record *record, size_t at, const char *text)
{
    return at < record->count && strcmp(record->words[at].text, text) == 0;
}

static bool is_among(const char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

/* --- env, sudo --- */

/* NAME=value before the command; without a command the environment is printed. */
void deed_env(struct examination *examination)
{
    struct record *record = examination->record;
    size_t first = examination->rest;
    for (; first < record->count && strchr(record->words[first].text, '='); first++) {
        const char *text = record->words[first].text;
        const char *name = pool_text(&examination->scan->pool, text, strcspn(text, "="));
        if (!variable_is_harmless(name))
            deed_note(examination, EFFECT_LOAD, name);
    }
    if (first >= record->count && strcmp(record->program, "env") == 0 && !examination->aside &&
        !record->runs_text)
        deed_note(examination, EFFECT_SECRET, record->program);
    if (first > examination->rest)
        deed_run(examination, first);
}

/* --- wrappers whose options are not known in full --- */

static bool is_command_word(struct examination *examination, const char *text)
{
    const struct knowledge *row = knowledge_find(examination->scan, path_name(text), NULL);
    return (row && !(row->flags & KNOWS_BUILTIN)) || strchr(text, '/');
}

/* The first word that names a program that is known begins the command. One text with blanks is a script. */
void deed_inner_command(struct examination *examination)
{
    struct record *record = examination->record;
    bool later = strcmp(record->program, "at") == 0 || strcmp(record->program, "batch") == 0;
    if (later && record->input)
        scan_payload_text(examination->scan, record, record->input, false);
    for (size_t i = 1; i < record->count; i++) {
        const char *text = record->words[i].text;
        if (text[0] == '-' || !*text)
            continue;
        if (strpbrk(text, " ;|&\n")) {
            scan_payload(examination->scan, record, &record->words[i]);
            continue;
        }
        if (!is_command_word(examination, text))
            continue;
        struct record *inner = scan_inner(examination->scan, record, record->words + i, record->count - i);
        if (inner)
            inner->maybe = true;
        return;
    }
}

/* --- ssh --- */

void deed_ssh(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 0; i + 1 < record->count; i++)
        if (strncmp(record->words[i].text, "-o", 2) == 0) {
            const struct value *option = record->words[i].text[2] ? &record->words[i] : &record->words[i + 1];
            const char *command = strstr(option->text, "Command=");
            if (command) {
                deed_note(examination, EFFECT_RUN, option->text);
                scan_payload_text(examination->scan, record, command + 8, false);
            }
        }
    size_t host = examination->rest;
    if (host >= record->count)
        return;
    deed_add_host(examination->scan, record, record->words[host].text);
    if (host + 1 >= record->count)
        return;
    struct record *inner =
        scan_inner(examination->scan, record, record->words + host + 1, record->count - host - 1);
    if (inner)
        inner->maybe = true;
    scan_payload_text(examination->scan, record, record->words[host + 1].text, false);
}

/* --- xargs --- */

static struct value unknown_word(void)
{
    static const char hole[] = { HOLE, '\0' };
    return (struct value){ .text = hole, .many = true };
}

/* -name NAME says what is found in START: a secret, when it is the name of one. */
static const char *found_in(struct scan *scan, const struct record *record, const char *start)
{
    for (size_t i = 1; i + 1 < record->count; i++)
        if ((strcmp(record->words[i].text, "-name") == 0 || strcmp(record->words[i].text, "-iname") == 0) &&
            strcmp(record->words[i - 1].text, "!") != 0 && strcmp(record->words[i - 1].text, "-not") != 0) {
            const char *name = record->words[i + 1].text;
            bool env = name[0] != '*' && fnmatch(name, ".env", 0) == 0;
            if (env || !strpbrk(name, "*?["))
                return pool_format(&scan->pool, "%s/%s", start, env ? ".env" : name);
        }
    return start;
}

/* What find or ls before it names: below the folders that it was given. */
static size_t words_of_producer(struct examination *examination, struct value **list)
{
    const struct record *producer = examination->record->producer;
    size_t count = 0;
    if (!producer || (strcmp(producer->program, "find") != 0 && strcmp(producer->program, "ls") != 0 &&
                      strcmp(producer->program, "fd") != 0))
        return 0;
    struct value *words = *list = pool_take(&examination->scan->pool, producer->count * sizeof *words);
    for (size_t i = 1; i < producer->count; i++) {
        if (strchr("-(!", producer->words[i].text[0]))
            break;
        words[count] = producer->words[i];
        words[count].text = found_in(examination->scan, producer, words[count].text);
        words[count].many = true;
        words[count++].tree = true;
    }
    return count;
}

static size_t words_of_input(struct examination *examination, struct value **list)
{
    const char *text = examination->record->input;
    size_t count = 0, capacity = 0;
    while (text && *text) {
        text += strspn(text, " \t\n");
        size_t length = strcspn(text, " \t\n");
        if (length) {
            *list = pool_reserve(&examination->scan->pool, *list, &capacity, count + 1, sizeof **list);
            (*list)[count++] =
                (struct value){ .text = pool_text(&examination->scan->pool, text, length), .known = true };
        }
        text += length;
    }
    return count;
}

void deed_xargs(struct examination *examination)
{
    static const struct value echo = { .text = "echo", .known = true, .sure = true };
    struct record *record = examination->record;
    struct value *input = NULL, unknown = unknown_word();
    size_t own = record->count - examination->rest, more = words_of_input(examination, &input);
    if (!more)
        more = words_of_producer(examination, &input);
    if (!record->input && !more) {
        input = &unknown;
        more = 1;
    }
    struct value *words = pool_take(&examination->scan->pool, (own + more + 1) * sizeof *words);
    size_t count = 0;
    for (size_t i = 0; i < own; i++)
        words[count++] = record->words[examination->rest + i];
    if (!own)
        words[count++] = echo;
    for (size_t i = 0; i < more; i++, count++) {
        words[count] = input[i];
        words[count].downloaded |= record->input_downloaded;
    }
    record->inner = scan_inner(examination->scan, record, words, count);
}

/* --- find --- */

/* Tests and actions with a value each; those without are in the other list; find(1), findutils 4.9. */
static const char *const find_values[] = {
    "-name",    "-iname",  "-path",   "-ipath",  "-wholename", "-iwholename", "-regex",  "-iregex",
    "-lname",   "-ilname", "-type",   "-xtype",  "-size",      "-mtime",      "-atime",  "-ctime",
    "-mmin",    "-amin",   "-cmin",   "-user",   "-group",     "-uid",        "-gid",    "-perm",
    "-links",   "-inum",   "-fstype", "-used",   "-maxdepth",  "-mindepth",   "-printf", "-regextype",
    "-context", "-newer",  "-anewer", "-cnewer", "-samefile",  "-D",
};
static const char *const find_plain[] = {
    "-print",
    "-print0",
    "-ls",
    "-prune",
    "-quit",
    "-true",
    "-false",
    "-empty",
    "-readable",
    "-writable",
    "-executable",
    "-nouser",
    "-nogroup",
    "-depth",
    "-d",
    "-mount",
    "-xdev",
    "-follow",
    "-daystart",
    "-noleaf",
    "-warn",
    "-nowarn",
    "-ignore_readdir_race",
    "-noignore_readdir_race",
    "-a",
    "-o",
    "-and",
    "-or",
    "-not",
    "!",
    "(",
    ")",
    ",",
    "-H",
    "-L",
    "-P",
    "-O1",
    "-O2",
    "-O3",
    "--",
    "-help",
    "--help",
    "-version",
    "--version",
};
static const char *const find_writes[] = { "-fprint", "-fprint0", "-fls", "-fprintf" };
static const char *const find_runs[] = { "-exec", "-execdir", "-ok", "-okdir" };

static void find_delete(struct examination *examination, size_t starts)
{
    static const struct value here = { .text = ".", .known = true, .sure = true };
    examination->tree = true;
    for (size_t i = 1; i < starts; i++)
        deed_touch(examination, &examination->record->words[i], ACCESS_DELETE);
    if (starts == 1)
        deed_touch(examination, &here, ACCESS_DELETE);
    deed_note(examination, EFFECT_DELETE, "-delete");
}

/* -exec COMMAND ... ; with the folders in the place of {}. Returns where it ends. */
static size_t find_run(struct examination *examination, size_t at, size_t starts)
{
    struct record *record = examination->record;
    size_t end = at + 1, count = 0;
    while (end < record->count && strcmp(record->words[end].text, ";") != 0 &&
           !(strcmp(record->words[end].text, "+") == 0 && strcmp(record->words[end - 1].text, "{}") == 0))
        end++;
    struct value *words = pool_take(&examination->scan->pool, (end - at + starts + 1) * sizeof *words);
    static const struct value here = { .text = ".", .known = true, .sure = true, .tree = true };
    bool filled = false;
    for (size_t i = at + 1; i < end; i++) {
        if (strcmp(record->words[i].text, "{}") != 0 || filled) {
            words[count] = record->words[i];
            if (strstr(words[count].text, "{}") || filled)
                words[count].sure &= strcmp(words[count].text, "{}") != 0 && !strstr(words[count].text, "{}");
            count++;
            continue;
        }
        filled = true;
        for (size_t start = 1; start < starts; start++, count++) {
            words[count] = record->words[start];
            words[count].text = found_in(examination->scan, record, words[count].text);
            words[count].tree = true;
        }
        if (starts == 1) {
            words[count] = here;
            words[count++].text = found_in(examination->scan, record, here.text);
        }
    }
    if (count)
        record->inner = scan_inner(examination->scan, record, words, count);
    else
        deed_unknown(examination, record->words[at].text);
    return end;
}

void deed_find(struct examination *examination)
{
    struct record *record = examination->record;
    size_t starts = 1;
    while (starts < record->count &&
           (strcmp(record->words[starts].text, "-H") == 0 || strcmp(record->words[starts].text, "-L") == 0 ||
            strcmp(record->words[starts].text, "-P") == 0))
        starts++;
    while (starts < record->count && !strchr("-(!,)", record->words[starts].text[0])) {
        examination->tree = true;
        deed_touch(examination, &record->words[starts++], 0);
    }
    for (size_t i = starts; i < record->count; i++) {
        const char *text = record->words[i].text;
        if (is_among(find_values, ARRAY_SIZE(find_values), text) || strncmp(text, "-newer", 6) == 0) {
            i++;
        } else if (is_among(find_runs, ARRAY_SIZE(find_runs), text)) {
            if (strncmp(text, "-ok", 3) == 0)
                deed_unknown(examination, text);
            i = find_run(examination, i, starts);
        } else if (is_among(find_writes, ARRAY_SIZE(find_writes), text) && i + 1 < record->count) {
            deed_touch(examination, &record->words[i + 1], ACCESS_WRITE);
            i += 1 + (strcmp(text, "-fprintf") == 0);
        } else if (strcmp(text, "-delete") == 0) {
            find_delete(examination, starts);
        } else if (strcmp(text, "-files0-from") == 0 || !is_among(find_plain, ARRAY_SIZE(find_plain), text)) {
            deed_unknown(examination, text);
        }
    }
}

/* --- interpreters --- */

/* python -m: a module that is known stands for the program of its name. */
void deed_interpreter(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i + 1 < record->count && i < examination->rest; i++) {
        if (strncmp(record->words[i].text, "-m", 2) != 0 || strncmp(record->program, "py", 2) != 0)
            continue;
        bool joined = record->words[i].text[2] != '\0';
        size_t first = joined ? i : i + 1;
        struct value *words = pool_take(&examination->scan->pool, (record->count - first) * sizeof *words);
        memcpy(words, record->words + first, (record->count - first) * sizeof *words);
        words[0].text += joined ? 2 : 0;
        examination->code_given = true;
        record->runs_input = false;
        record->spoken = pool_format(&examination->scan->pool, "%s -m %s", record->program, words[0].text);
        if (is_text(record, first, "http.server"))
            deed_note(examination, EFFECT_NETWORK, words[0].text);
        if (knowledge_find(examination->scan, words[0].text, NULL))
            record->inner = scan_inner(examination->scan, record, words, record->count - first);
        return;
    }
}
