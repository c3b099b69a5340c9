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

/* Lines of five fields or an @name, and a command. */
static void run_table(struct examination *examination, const char *text)
{
    while (*text) {
        unsigned fields = *text == '@' ? 1 : 5;
        for (; fields; fields--) {
            text += strspn(text, " \t");
            text += strcspn(text, " \t\n");
        }
        size_t length = strcspn(text, "\n");
        scan_payload_text(examination->scan, examination->record,
                          pool_text(&examination->scan->pool, text, length), false);
        text += length + (text[length] == '\n');
    }
}

/* at, batch and crontab: what comes in is run later. */
static void run_later(struct examination *examination)
{
    struct record *record = examination->record;
    bool table = strcmp(record->program, "crontab") == 0;
    bool later = table || strcmp(record->program, "at") == 0 || strcmp(record->program, "batch") == 0;
    if (!later)
        return;
    record->runs_text = record->runs_input = true;
    if (record->input && table)
        run_table(examination, record->input);
    else if (record->input)
        scan_payload_text(examination->scan, record, record->input, false);
}

/* -o FILE of those that trace, and what script records into. */
static void touch_trace(struct examination *examination)
{
    static const char *const tracing[] = { "strace", "ltrace", "perf" };
    struct record *record = examination->record;
    if (strcmp(record->program, "script") == 0 && record->count > 1 &&
        record->words[record->count - 1].text[0] != '-' &&
        !strchr(record->words[record->count - 1].text, ' '))
        deed_touch(examination, &record->words[record->count - 1], ACCESS_WRITE);
    for (size_t i = 1; i + 1 < record->count && is_among(tracing, ARRAY_SIZE(tracing), record->program); i++)
        if (is_text(record, i, "-o") && !strchr("|!", record->words[i + 1].text[0]))
            deed_touch(examination, &record->words[i + 1], ACCESS_WRITE);
}

/* docker's -v FROM:TO and --env-file show files to what it runs. */
static void touch_shared(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i + 1 < record->count; i++) {
        struct value file = record->words[i + 1];
        bool volume = is_text(record, i, "-v") || is_text(record, i, "--volume");
        if (!volume && !is_text(record, i, "--env-file"))
            continue;
        if (volume)
            file.text = pool_text(&examination->scan->pool, file.text, strcspn(file.text, ":"));
        examination->tree = volume && strcmp(file.text, "/") != 0;
        if (!volume || strchr("/~.", file.text[0]))
            deed_touch(examination, &file, ACCESS_READ);
    }
}

/* strace -o '|COMMAND' */
void deed_tracer(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i < examination->rest; i++)
        if (strchr("|!", record->words[i].text[0]) && record->words[i].text[0])
            scan_payload_text(examination->scan, record, record->words[i].text + 1, false);
}

void deed_container(struct examination *examination)
{
    touch_shared(examination);
    deed_inner_command(examination);
}

/* The first word that names a program that is known begins the command. One text with blanks is a script. */
void deed_inner_command(struct examination *examination)
{
    struct record *record = examination->record;
    size_t first = strcmp(record->program, "perf") == 0 ? 2 : 1; /* perf stat COMMAND */
    run_later(examination);
    touch_trace(examination);
    for (size_t i = first; i < record->count; i++) {
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

/* fd -x COMMAND */
void deed_fd(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i + 1 < record->count; i++) {
        const char *text = record->words[i].text;
        bool runs = strncmp(text, "--exec", 6) == 0 ||
                    (text[0] == '-' && text[1] != '-' && *text && strpbrk(text, "xX") != NULL);
        if (!runs)
            continue;
        scan_inner(examination->scan, record, record->words + i + 1, record->count - i - 1);
        return;
    }
}

/* bundle exec COMMAND */
void deed_after_exec(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i + 1 < record->count; i++)
        if (is_text(record, i, "exec") || is_text(record, i, "run")) {
            struct record *inner =
                scan_inner(examination->scan, record, record->words + i + 1, record->count - i - 1);
            if (inner)
                inner->maybe = true;
            return;
        }
}

/* git submodule foreach TEXT */
void deed_inner_text(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = examination->rest; i < record->count; i++)
        if (strchr(record->words[i].text, ' '))
            scan_payload(examination->scan, record, &record->words[i]);
}

/* TEXT with each WORD in it put in the place of MARK. */
static const char *filled(struct scan *scan, const char *text, const char *mark, const char *word)
{
    struct marked whole = { 0 };
    const char *at;
    marked_add(scan, &whole, "", 0, MARK_QUOTED);
    while (*mark && (at = strstr(text, mark))) {
        marked_add(scan, &whole, text, (size_t)(at - text), MARK_QUOTED);
        marked_add(scan, &whole, word, strlen(word), MARK_QUOTED);
        text = at + strlen(mark);
    }
    marked_add(scan, &whole, text, strlen(text), MARK_QUOTED);
    return whole.text;
}

/* Words [FROM, TO) with WORD for every MARK, or behind them when there is none, as a command. */
static struct record *run_filled(struct examination *examination, size_t from, size_t to, const char *mark,
                                 const struct value *word)
{
    struct record *record = examination->record;
    struct value *words = pool_take(&examination->scan->pool, (to - from + 1) * sizeof *words);
    size_t count = 0;
    bool found = false;
    for (size_t i = from; i < to; i++, count++) {
        words[count] = record->words[i];
        if (!strstr(words[count].text, mark))
            continue;
        found = true;
        words[count].text = filled(examination->scan, words[count].text, mark, word->text);
        words[count].sure = words[count].known = false;
        words[count].downloaded |= word->downloaded;
    }
    if (!found)
        words[count++] = *word;
    if (count == 1 && strchr(words[0].text, ' ')) {
        scan_payload(examination->scan, record, &words[0]);
        return NULL;
    }
    return count ? scan_inner(examination->scan, record, words, count) : NULL;
}

/* parallel COMMAND ::: WORDS */
void deed_parallel(struct examination *examination)
{
    struct record *record = examination->record;
    size_t first = 1, end = 1;
    while (first < record->count && record->words[first].text[0] == '-')
        first++;
    for (end = first; end < record->count && strncmp(record->words[end].text, ":::", 3) != 0; end++)
        continue;
    for (size_t i = end + 1; i < record->count && first < end && scan_works(examination->scan, 1); i++) {
        struct record *inner = run_filled(examination, first, end, "{}", &record->words[i]);
        if (inner)
            inner->maybe = true;
    }
    deed_inner_command(examination);
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

/* -I MARK: each line in the place of the mark. */
static bool xargs_fills(struct examination *examination)
{
    struct record *record = examination->record;
    const char *mark = NULL;
    for (size_t i = 1; i < examination->rest; i++) {
        const char *text = record->words[i].text;
        if (strncmp(text, "-I", 2) == 0)
            mark = text[2] ? text + 2 : record->words[i + 1].text;
        else if (strcmp(text, "-i") == 0)
            mark = "{}";
    }
    if (!mark || examination->rest >= record->count || (!record->input && !record->input_downloaded))
        return false;
    const char *text = record->input ? record->input : (const char[]){ HOLE, '\0' };
    while (*text && scan_works(examination->scan, 8)) {
        size_t length = strcspn(text, "\n");
        struct value line = { .text = pool_text(&examination->scan->pool, text, length),
                              .downloaded = record->input_downloaded };
        struct record *inner = run_filled(examination, examination->rest, record->count, mark, &line);
        record->inner = record->inner ? record->inner : inner;
        text += length + (text[length] == '\n');
    }
    return true;
}

void deed_xargs(struct examination *examination)
{
    static const struct value echo = { .text = "echo", .known = true, .sure = true };
    struct record *record = examination->record;
    struct value *input = NULL, unknown = unknown_word();
    size_t own = record->count - examination->rest, more = words_of_input(examination, &input);
    if (xargs_fills(examination))
        return;
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
    for (size_t i = 0; i < record->operand_count; i++) {
        const char *text = record->operands[i];
        if (strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0) {
            deed_note(examination, EFFECT_NETWORK, text);
            record->runs_downloaded |=
                strcmp(record->program, "deno") == 0 || strcmp(record->program, "bun") == 0;
        }
        if (i && strcmp(path_name(record->operands[0]), "setup.py") == 0)
            deed_build(examination);
    }
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
