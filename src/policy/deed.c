/* deed.c - what a command does: its words taken apart by the rows of knowledge, its effects, the files that it
 * touches. */
#include "policy/knowledge.h"

#include "base/memory.h"
#include "base/path.h"
#include "policy/value.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

void scan_note_effect(struct scan *scan, struct record *record, unsigned effects, const char *words)
{
    record->effects |= effects;
    for (unsigned i = 0; i < EFFECT_COUNT; i++)
        if ((effects & 1u << i) && !record->causes[i].words)
            record->causes[i].words = pool_text(&scan->pool, words, strlen(words));
}

void deed_note(struct examination *examination, unsigned effects, const char *words)
{
    if (effects)
        scan_note_effect(examination->scan, examination->record, effects, words);
}

void deed_unknown(struct examination *examination, const char *words)
{
    deed_note(examination, EFFECT_UNKNOWN, words);
}

static const char *host_of(struct scan *scan, const char *text)
{
    const char *scheme = strstr(text, "://"), *at;
    text = scheme ? scheme + 3 : text;
    size_t length = strcspn(text, "/?#");
    at = memchr(text, '@', length);
    if (at) {
        length -= (size_t)(at + 1 - text);
        text = at + 1;
    }
    if (text[0] != '[')
        length = strcspn(text, ":/?#") < length ? strcspn(text, ":/?#") : length;
    return pool_text(&scan->pool, text, length);
}

void deed_add_host(struct scan *scan, struct record *record, const char *host)
{
    record->hosts = pool_reserve(&scan->pool, record->hosts, &record->host_capacity, record->host_count + 1,
                                 sizeof(char *));
    record->hosts[record->host_count++] = host_of(scan, host);
}

/* What is written there goes nowhere, or where the output goes anyway. */
static bool is_stream(const char *path)
{
    return strcmp(path, "/dev/null") == 0 || strcmp(path, "/dev/stdout") == 0 ||
           strcmp(path, "/dev/stderr") == 0 || strcmp(path, "/dev/fd/63") == 0 /* >(COMMAND) */;
}

void deed_touch(struct examination *examination, const struct value *value, unsigned access)
{
    bool names = !access;
    if (access == ACCESS_WRITE && value->sure && is_stream(value->text))
        return;
    unsigned how = (examination->tree ? TOUCH_TREE : 0u) | (names ? TOUCH_NAMES : 0u);
    scan_touch(examination->scan, examination->record, value, names ? ACCESS_READ : access, how);
    if (access & ACCESS_WRITE)
        deed_note(examination, EFFECT_WRITE, value->text);
    if (access & ACCESS_DELETE)
        deed_note(examination, EFFECT_DELETE, value->text);
}

void deed_run(struct examination *examination, size_t first)
{
    struct record *record = examination->record;
    examination->rest = first;
    if (first < record->count)
        record->inner = scan_inner(examination->scan, record, record->words + first, record->count - first);
}

/* --- options --- */

struct found_option {
    const struct option_row *row;
    const char *name; /* spelt out */
};

static void add_option(struct examination *examination, const char *name)
{
    struct record *record = examination->record;
    record->options = pool_reserve(&examination->scan->pool, record->options, &record->option_capacity,
                                   record->option_count + 1, sizeof(char *));
    record->options[record->option_count++] = name;
}

static void add_operand(struct examination *examination, const struct value *value)
{
    struct record *record = examination->record;
    size_t capacity = record->operand_capacity;
    record->operands = pool_reserve(&examination->scan->pool, record->operands, &capacity,
                                    record->operand_count + 1, sizeof(char *));
    record->operand_values =
        pool_reserve(&examination->scan->pool, record->operand_values, &record->operand_capacity,
                     record->operand_count + 1, sizeof(void *));
    record->operands[record->operand_count] = value->text;
    record->operand_values[record->operand_count++] = value;
}

/* Looks for LENGTH bytes of NAME in the list NAMES: 2 exactly there, 1 the beginning of one, 0 not there. */
static int look_in_names(struct scan *scan, const char *names, const char *name, size_t length,
                         const char **whole)
{
    int best = 0;
    while (*names) {
        size_t size = strcspn(names, " ");
        if (size > 1 && names[size - 1] == '*' && length >= size - 1 && memcmp(names, name, size - 1) == 0) {
            *whole = pool_text(&scan->pool, names, size - 1);
            return 2; /* "-D*": whatever is joined to it */
        }
        if (size >= length && memcmp(names, name, length) == 0 && best < 2) {
            best = size == length ? 2 : 1;
            *whole = pool_text(&scan->pool, names, size);
        }
        names += size + (names[size] == ' ');
    }
    return best;
}

/* A long option, perhaps abbreviated: two that fit make it unknown, and the one with effects is taken. */
static bool find_long(struct examination *examination, const char *name, size_t length,
                      struct found_option *found)
{
    unsigned fitting = 0;
    const struct option_row *row = examination->knowledge->options;
    for (; row && row->names; row++) {
        const char *whole = NULL;
        int fits = look_in_names(examination->scan, row->names, name, length, &whole);
        if (!fits)
            continue;
        if (fits == 2) {
            *found = (struct found_option){ row, whole };
            return true;
        }
        if (!fitting++ || row->effects || row->meaning != MEANS_TEXT)
            *found = (struct found_option){ row, whole };
    }
    if (fitting > 1)
        deed_unknown(examination, found->name);
    return fitting > 0;
}

static const struct option_row *find_letter(const struct knowledge *knowledge, char letter)
{
    for (const struct option_row *row = knowledge->options; row && row->names; row++)
        for (const char *names = row->names; *names;) {
            size_t size = strcspn(names, " ");
            if (size > 1 && names[0] == '-' && names[1] != '-' && memchr(names + 1, letter, size - 1))
                return row;
            names += size + (names[size] == ' ');
        }
    return NULL;
}

static void note_folder(struct examination *examination, const struct value *value)
{
    struct record *record = examination->record;
    const char *workspace = examination->scan->request->workspace;
    bool inside = value->text[0] != HOLE && record->cwd_count;
    for (size_t i = 0; i < record->cwd_count; i++) {
        record->cwds[i] = scan_resolve(examination->scan, record->cwds[i], value->text);
        inside = inside && workspace && path_is_below(record->cwds[i], workspace);
    }
    if (strchr(value->text, HOLE))
        record->cwd_count = 0;
    if (!inside)
        deed_note(examination, EFFECT_LOAD, value->text);
}

static const struct value secret_name = { .text = ".env", .known = true, .sure = true };

static void take_value(struct examination *examination, const struct option_row *row,
                       const struct value *value)
{
    struct record *record = examination->record;
    switch (row->meaning) {
    case MEANS_READ:
    case MEANS_PATTERNS:
        deed_touch(examination, value, ACCESS_READ);
        break;
    case MEANS_WRITE:
        deed_touch(examination, value, ACCESS_WRITE);
        break;
    case MEANS_FILTER:
        if (fnmatch(value->text, ".env", 0) == 0 && value->text[0] != '!')
            scan_touch(examination->scan, record, &secret_name, ACCESS_READ, 0);
        break;
    case MEANS_NAMES:
        deed_touch(examination, value, 0);
        break;
    case MEANS_REPORT:
        if (strncmp(value->text, "term", 4) != 0 && *value->text)
            deed_note(examination, EFFECT_WRITE, value->text);
        break;
    case MEANS_TARGET:
        examination->target = value;
        break;
    case MEANS_FOLDER:
        note_folder(examination, value);
        break;
    case MEANS_SHELL:
        deed_note(examination, EFFECT_RUN, value->text);
        scan_payload(examination->scan, record, value);
        break;
    case MEANS_CODE:
        record->runs_text = true;
        record->runs_downloaded |= value->downloaded;
        examination->code_given = true;
        code_search(examination->scan, record, value->text);
        break;
    case MEANS_LOAD:
        deed_note(examination, EFFECT_LOAD, value->text);
        scan_touch(examination->scan, record, value, ACCESS_READ, TOUCH_LOADS);
        break;
    case MEANS_HOST:
        deed_add_host(examination->scan, record, value->text);
        break;
    case MEANS_PATTERN:
        if (examination->knowledge->special == deed_sed)
            deed_sed_script(examination, value);
        break;
    default:
        break;
    }
}

static void take_option(struct examination *examination, const struct option_row *row, const char *name)
{
    add_option(examination, name);
    deed_note(examination, row->effects, name);
    examination->pattern_given |= row->meaning == MEANS_PATTERN || row->meaning == MEANS_PATTERNS;
    examination->tree |= row->meaning == MEANS_TREE;
    examination->aside |= row->meaning == MEANS_ASIDE;
    examination->burdened |= row->effects || (row->meaning != MEANS_ASIDE && row->meaning != MEANS_TEXT);
}

static bool is_digits(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

/* The value of ROW's option: joined (JOINED, may be NULL), else the next word. Returns how many words it took. */
static size_t take_option_value(struct examination *examination, const struct option_row *row,
                                const char *joined, size_t at)
{
    struct record *record = examination->record;
    if (row->takes == TAKES_MAYBE && !joined && examination->knowledge->special == deed_make &&
        at + 1 < record->count && record->words[at + 1].sure && is_digits(record->words[at + 1].text))
        return 1; /* make -j 4 */
    if (row->takes == TAKES_NOTHING || (row->takes == TAKES_MAYBE && !joined))
        return 0;
    struct value *value = pool_take(&examination->scan->pool, sizeof *value);
    if (row->takes == TAKES_TWO && !joined && at + 2 < record->count) {
        *value = record->words[at + 2];
        take_value(examination, row, value);
        return 2;
    }
    if (joined && row->takes != TAKES_TWO) {
        *value = record->words[at];
        value->text = joined;
    } else if (at + 1 < record->count && row->takes != TAKES_TWO) {
        *value = record->words[at + 1];
    } else {
        deed_unknown(examination, record->words[at].text);
        return 0;
    }
    take_value(examination, row, value);
    return joined ? 0 : 1;
}

static size_t read_long(struct examination *examination, size_t at)
{
    const char *text = examination->record->words[at].text;
    size_t length = strcspn(text, "=");
    const char *joined = text[length] ? text + length + 1 : NULL;
    struct found_option found = { 0 };
    if (!find_long(examination, text, length, &found)) {
        add_option(examination, pool_text(&examination->scan->pool, text, length));
        examination->burdened = true;
        if (!(examination->knowledge->flags & KNOWS_ALL_OPTIONS))
            deed_unknown(examination, text);
        return 0;
    }
    take_option(examination, found.row, found.name);
    if (joined && found.row->takes == TAKES_NOTHING)
        deed_unknown(examination, text);
    return take_option_value(examination, found.row, joined, at);
}

static size_t read_letters(struct examination *examination, size_t at)
{
    const char *text = examination->record->words[at].text;
    for (const char *letter = text + 1; *letter; letter++) {
        const struct option_row *row = find_letter(examination->knowledge, *letter);
        char name[] = { '-', *letter, '\0' };
        if (!row) {
            add_option(examination, pool_text(&examination->scan->pool, name, 2));
            examination->burdened = true;
            if (!(examination->knowledge->flags & KNOWS_ALL_OPTIONS))
                deed_unknown(examination, text);
            return 0;
        }
        take_option(examination, row, pool_text(&examination->scan->pool, name, 2));
        if (row->takes != TAKES_NOTHING)
            return take_option_value(examination, row, letter[1] ? letter + 1 : NULL, at);
    }
    return 0;
}

static bool is_option(const struct examination *examination, const char *text)
{
    unsigned flags = examination->knowledge->flags;
    if (flags & KNOWS_NO_OPTIONS)
        return false;
    return (text[0] == '-' && text[1]) || ((flags & KNOWS_PLUS) && text[0] == '+');
}

static bool is_number(const struct examination *examination, const char *text)
{
    return (examination->knowledge->flags & KNOWS_NUMBERS) && text[1] &&
           strspn(text + 1, "0123456789") == strlen(text + 1);
}

/* The words from `first` on, into options and operands. */
static void read_words(struct examination *examination)
{
    struct record *record = examination->record;
    unsigned flags = examination->knowledge->flags;
    bool ended = false;
    size_t at = examination->first;
    for (; at < record->count; at++) {
        const char *text = record->words[at].text;
        if (ended || !is_option(examination, text)) {
            if (flags & KNOWS_STOPS)
                break;
            add_operand(examination, &record->words[at]);
        } else if (strcmp(text, "--") == 0) {
            ended = true;
        } else if (is_number(examination, text) || text[0] == '+') {
            add_option(examination, text);
        } else if (strncmp(text, "--", 2) == 0 || (flags & KNOWS_ONE_DASH)) {
            at += read_long(examination, at);
        } else {
            at += read_letters(examination, at);
        }
    }
    examination->rest = at;
    for (; (flags & KNOWS_STOPS) && at < record->count; at++)
        add_operand(examination, &record->words[at]);
}

/* --- operands --- */

static void touch_all(struct examination *examination, size_t first, size_t end, unsigned access)
{
    for (size_t i = first; i < end; i++)
        if (strcmp(examination->record->operands[i], "-") != 0)
            deed_touch(examination, examination->record->operand_values[i], access);
}

static void copy_operands(struct examination *examination, size_t first, unsigned access)
{
    struct record *record = examination->record;
    size_t end = record->operand_count;
    if (examination->target) {
        touch_all(examination, first, end, access);
        deed_touch(examination, examination->target, ACCESS_WRITE);
        return;
    }
    bool two = end > first + 1;
    touch_all(examination, first, two ? end - 1 : end, access);
    bool tree = examination->tree;
    examination->tree = false;
    if (two)
        deed_touch(examination, record->operand_values[end - 1], ACCESS_WRITE);
    else
        deed_note(examination, EFFECT_WRITE, record->program);
    examination->tree = tree;
}

/* Code that a word names: of the workspace it is the program's nature, elsewhere it is loaded from there. */
static void load_operand(struct examination *examination, const struct value *value)
{
    struct record *record = examination->record;
    const char *workspace = examination->scan->request->workspace;
    size_t before = record->touched_count;
    if (value->text[0] == '@')
        deed_note(examination, EFFECT_LOAD, value->text); /* a file of further words */
    scan_touch(examination->scan, record, value, ACCESS_READ, TOUCH_LOADS);
    for (size_t i = before; i < record->touched_count; i++)
        if (!workspace || !record->touched[i].known || !path_is_below(record->touched[i].path, workspace))
            deed_note(examination, EFFECT_LOAD, value->text);
}

static void run_file(struct examination *examination, size_t first)
{
    struct record *record = examination->record;
    record->runs_text = true;
    if (first >= record->operand_count)
        return;
    if (examination->code_given) {
        for (size_t i = first; i < record->operand_count; i++)
            if (strchr(record->operands[i], '/') || record->operands[i][0] == '.')
                deed_touch(examination, record->operand_values[i], ACCESS_READ);
        return;
    }
    if (strcmp(record->operands[first], "-") == 0) {
        record->runs_input = true;
        return;
    }
    record->runs_downloaded |= record->operand_values[first]->downloaded;
    if (record->operand_values[first]->holds)
        code_search(examination->scan, record, record->operand_values[first]->holds);
    load_operand(examination, record->operand_values[first]);
}

/* A pattern may come to two names, of which the second is written. */
static bool stands_for_many(const struct record *record, size_t at)
{
    return at < record->operand_count &&
           (record->operand_values[at]->globs || record->operand_values[at]->many);
}

/* ln -s TARGET NAME: what comes behind finds TARGET there. */
static void note_link(struct examination *examination, size_t first)
{
    struct record *record = examination->record;
    bool symbolic = false;
    for (size_t i = 0; i < record->option_count; i++)
        symbolic |= strcmp(record->options[i], "-s") == 0 || strcmp(record->options[i], "--symbolic") == 0;
    if (!symbolic || record->operand_count != first + 2 || record->cwd_count != 1 ||
        strchr(record->operands[first], HOLE) || strchr(record->operands[first + 1], HOLE))
        return;
    scan_note_made(examination->scan, &examination->scan->links, &examination->scan->link_count,
                   &examination->scan->link_capacity,
                   scan_resolve(examination->scan, record->cwds[0], record->operands[first + 1]),
                   record->operands[first]);
}

static void use_operands(struct examination *examination, size_t first)
{
    struct record *record = examination->record;
    size_t end = record->operand_count;
    switch (examination->knowledge->operands) {
    case OPERANDS_NONE:
    case OPERANDS_UNKNOWN:
        if (end > first)
            deed_unknown(examination, record->operands[first]);
        break;
    case OPERANDS_TEXT:
        break;
    case OPERANDS_READ:
        for (size_t i = first; i < end && (examination->knowledge->flags & KNOWS_ALL_OPTIONS); i++)
            if (record->operands[i][0] == '@')
                deed_unknown(examination, record->operands[i]); /* a file of further options */
        touch_all(examination, first, end, ACCESS_READ);
        break;
    case OPERANDS_NAMES:
        touch_all(examination, first, end, 0);
        break;
    case OPERANDS_WRITE:
        touch_all(examination, first, end, ACCESS_WRITE);
        break;
    case OPERANDS_DELETE:
        touch_all(examination, first, end, ACCESS_DELETE);
        break;
    case OPERANDS_COPY:
        copy_operands(examination, first, ACCESS_READ);
        break;
    case OPERANDS_FILTER:
        touch_all(examination, first, end > first ? first + 1 : end, ACCESS_READ);
        touch_all(examination, first + !stands_for_many(record, first), end, ACCESS_WRITE);
        break;
    case OPERANDS_MOVE:
        examination->tree = true;
        copy_operands(examination, first, ACCESS_READ | ACCESS_DELETE);
        break;
    case OPERANDS_LINK:
        copy_operands(examination, first, ACCESS_READ);
        note_link(examination, first);
        break;
    case OPERANDS_CHANGE:
        touch_all(examination, first + !examination->pattern_given, end, ACCESS_WRITE);
        break;
    case OPERANDS_SEARCH:
        touch_all(examination, first + !examination->pattern_given, end, ACCESS_READ);
        break;
    case OPERANDS_COMMAND:
        deed_run(examination, examination->rest);
        break;
    case OPERANDS_AFTER_ONE:
        deed_run(examination, examination->rest + 1);
        break;
    case OPERANDS_CODE:
        run_file(examination, first);
        break;
    case OPERANDS_LOAD:
        for (size_t i = first; i < end; i++)
            load_operand(examination, record->operand_values[i]);
        break;
    case OPERANDS_HOST:
        for (size_t i = first; i < end; i++)
            deed_add_host(examination->scan, record, record->operands[i]);
        break;
    }
}

/* Asked about itself and for nothing else, it does nothing else: "gcc --version -v" and "java -version Main" may. */
static void settle_aside(struct examination *examination, size_t first_operand)
{
    bool names = (examination->knowledge->flags & KNOWS_BUILTIN) != 0; /* command -v NAME */
    if (examination->burdened || (!names && examination->record->operand_count > first_operand))
        examination->aside = false;
}

static void apply(struct examination *examination, size_t first_operand)
{
    const struct knowledge *knowledge = examination->knowledge;
    struct record *record = examination->record;
    settle_aside(examination, first_operand);
    examination->tree |= (knowledge->flags & KNOWS_TREE) != 0;
    if (!examination->aside)
        use_operands(examination, first_operand);
    if (knowledge->special)
        knowledge->special(examination);
    deed_note(examination,
              examination->aside ? (unsigned)EFFECT_READ : knowledge->effects & ~examination->forgiven,
              record->spoken);
    bool reads_input =
        first_operand >= record->operand_count || strcmp(record->operands[first_operand], "-") == 0;
    if ((knowledge->flags & KNOWS_INTERPRETER) && !examination->code_given && reads_input &&
        !examination->aside) {
        record->runs_input = record->runs_text = true;
        if (record->input)
            code_search(examination->scan, record, record->input);
    }
    record->any_text |= (knowledge->flags & KNOWS_ANY_TEXT) != 0;
}

/* --- subcommands --- */

/* The row for the words behind the program: "stash list", else "stash". */
static const struct knowledge *find_subcommand(struct examination *examination, size_t *taken)
{
    struct record *record = examination->record;
    const char *first = record->words[examination->rest].text;
    const char *second =
        examination->rest + 1 < record->count ? record->words[examination->rest + 1].text : NULL;
    const struct knowledge *row = NULL;
    *taken = 2;
    if (second)
        row = knowledge_find(examination->scan, record->program,
                             pool_format(&examination->scan->pool, "%s %s", first, second));
    if (row)
        return row;
    *taken = 1;
    return knowledge_find(examination->scan, record->program, first);
}

static void examine_subcommand(struct examination *examination)
{
    struct record *record = examination->record;
    const struct knowledge *global = examination->knowledge;
    size_t taken = 0;
    record->operand_count = 0;
    if (global->special)
        global->special(examination);
    if (examination->rest >= record->count) {
        settle_aside(examination, 0);
        deed_note(examination, examination->aside ? (unsigned)EFFECT_READ : (unsigned)EFFECT_UNKNOWN,
                  record->program);
        return;
    }
    const struct knowledge *row = find_subcommand(examination, &taken);
    record->spoken = pool_format(&examination->scan->pool, "%s %s", record->program,
                                 record->words[examination->rest].text);
    if (!row) {
        deed_note(examination, global->effects | EFFECT_UNKNOWN, record->words[examination->rest].text);
        for (size_t i = examination->rest; i < record->count; i++)
            add_operand(examination, &record->words[i]);
        return;
    }
    if (taken == 2)
        record->spoken = pool_format(&examination->scan->pool, "%s %s", record->spoken,
                                     record->words[examination->rest + 1].text);
    for (size_t i = 0; i < taken; i++)
        add_operand(examination, &record->words[examination->rest + i]);
    examination->knowledge = record->knowledge = row;
    examination->first = examination->rest + taken;
    examination->aside = examination->burdened = false;
    read_words(examination);
    apply(examination, taken);
}

/* --- programs that nobody knows --- */

bool knowledge_is_strong(struct scan *scan, const char *program)
{
    const struct knowledge *row = knowledge_find(scan, program, NULL);
    unsigned strong = EFFECT_DELETE | EFFECT_SYSTEM | EFFECT_PRIVILEGE;
    return row && !(row->flags & KNOWS_BUILTIN) &&
           ((row->effects & strong) || row->operands == OPERANDS_COMMAND ||
            row->operands == OPERANDS_DELETE || (row->flags & KNOWS_INTERPRETER) ||
            row->special == deed_shell);
}

/* A program of the workspace, or one that is not known: what it does with its words is not known; one of them may
 * name a program that it runs. */
static void examine_unknown(struct examination *examination)
{
    struct record *record = examination->record;
    static const struct knowledge nothing = { .program = "", .flags = KNOWS_ALL_OPTIONS };
    examination->knowledge = &nothing;
    read_words(examination);
    if (record->of_workspace)
        deed_note(examination, EFFECT_CODE, record->words[0].text);
    else
        deed_note(examination, EFFECT_UNKNOWN, record->program);
    for (size_t i = 1; i < record->count; i++) {
        if (!knowledge_is_strong(examination->scan, path_name(record->words[i].text)))
            continue;
        struct record *inner = scan_inner(examination->scan, record, record->words + i, record->count - i);
        if (inner)
            inner->maybe = true;
        break;
    }
}

/* --- redirections and assignments --- */

static bool is_network_file(const char *path)
{
    return strncmp(path, "/dev/tcp/", 9) == 0 || strncmp(path, "/dev/udp/", 9) == 0;
}

static void examine_redirect(struct examination *examination, const struct redirect *redirect)
{
    struct record *record = examination->record;
    const struct value *target = &redirect->target;
    if (redirect->closes_or_copies)
        return;
    if (redirect->kind >= READER_HERE) {
        deed_note(examination, EFFECT_INPUT, "a here-document");
        return;
    }
    if (is_network_file(target->text)) {
        deed_note(examination, EFFECT_NETWORK, target->text);
        deed_add_host(examination->scan, record, target->text + 9);
        return;
    }
    if (target->sure && is_stream(target->text))
        return;
    bool reads = redirect->kind == READER_FROM || redirect->kind == READER_FROM_TO;
    if (reads) {
        deed_note(examination, EFFECT_INPUT, target->text);
        deed_touch(examination, target, ACCESS_READ);
    }
    if (redirect->kind != READER_FROM)
        deed_touch(examination, target, ACCESS_WRITE);
}

/* Its value may be a command: PAGER='less -R'. */
static void note_dangerous(struct examination *examination, const struct assignment *assignment)
{
    struct record *record = examination->record;
    deed_note(examination, record->count ? EFFECT_LOAD : EFFECT_SHELL, assignment->name);
    if (strchr(assignment->value.text, ' '))
        scan_payload_text(examination->scan, record, assignment->value.text, false);
}

/* LANGUAGE=../../x: translations are loaded from there. */
static bool leads_elsewhere(const struct assignment *assignment)
{
    return strncmp(assignment->name, "LANG", 4) == 0 && strchr(assignment->value.text, '/');
}

static void examine_assignments(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 0; i < record->assignment_count; i++) {
        const char *name = record->assignments[i].name;
        if (variable_is_dangerous(name))
            note_dangerous(examination, &record->assignments[i]);
        else if (record->count && (!variable_is_harmless(name) || leads_elsewhere(&record->assignments[i])))
            deed_note(examination, EFFECT_LOAD, name);
        else if (!record->count && variable_of_environment(examination->scan, name, strlen(name)) &&
                 !variable_is_harmless(name))
            deed_note(examination, EFFECT_SHELL, name);
    }
}

/* --- the command --- */

static bool is_system_folder(const char *text)
{
    static const char *const folders[] = { "/bin/",  "/usr/bin/",  "/usr/local/bin/",
                                           "/sbin/", "/usr/sbin/", "/usr/local/sbin/" };
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (strncmp(text, folders[i], strlen(folders[i])) == 0 && !strchr(text + strlen(folders[i]), '/'))
            return true;
    return false;
}

static void examine_program(struct examination *examination)
{
    struct record *record = examination->record;
    const char *text = record->words[0].text;
    record->program = strchr(text, HOLE) ? "" : path_name(text);
    record->of_workspace = strchr(text, '/') && !is_system_folder(text);
    record->spoken = record->of_workspace ? text : record->program;
    const struct knowledge *knowledge =
        *record->program ? knowledge_find(examination->scan, record->program, NULL) : NULL;
    record->known_program = knowledge != NULL;
    record->knowledge = examination->knowledge = knowledge;
    examination->first = 1;
    if (record->by_function)
        return;
    if (!knowledge) {
        examine_unknown(examination);
        return;
    }
    if (record->of_workspace)
        deed_note(examination, EFFECT_CODE, text);
    read_words(examination);
    if (knowledge->flags & KNOWS_SUBCOMMANDS)
        examine_subcommand(examination);
    else
        apply(examination, 0);
}

static bool names_download(const struct scan *scan, struct record *record)
{
    for (size_t i = 0; i < record->touched_count; i++) {
        const struct touched *touched = &record->touched[i];
        if (!touched->loads ||
            names_find(&scan->downloads, touched->path, strlen(touched->path)) == NAMES_NOT_FOUND)
            continue;
        if (scan->download_from < record->context)
            record->context = scan->download_from;
        return true;
    }
    return false;
}

static void note_downloads(struct scan *scan, const struct record *record)
{
    bool fetches = (record->effects & EFFECT_NETWORK) || record->input_downloaded;
    for (size_t i = 0; fetches && i < record->touched_count; i++) {
        const struct touched *touched = &record->touched[i];
        size_t length = strlen(touched->path);
        if (!(touched->access & ACCESS_WRITE) || !touched->known || touched->below ||
            names_find(&scan->downloads, touched->path, length) != NAMES_NOT_FOUND)
            continue;
        if (!scan->downloads.count)
            scan->download_from = record->context;
        names_add(&scan->downloads, &scan->pool, touched->path, length, 0);
    }
}

/* A program that runs the code of where it is runs what lies elsewhere. */
static void note_elsewhere(struct examination *examination)
{
    struct record *record = examination->record;
    const char *workspace = examination->scan->request->workspace;
    if (!(record->effects & EFFECT_CODE) || examination->aside)
        return;
    for (size_t i = 0; i < record->cwd_count; i++)
        if (!workspace || !path_is_below(record->cwds[i], workspace))
            deed_note(examination, EFFECT_LOAD, record->cwds[i]);
}

static void note_words(struct examination *examination)
{
    struct record *record = examination->record;
    note_elsewhere(examination);
    if (record->of_workspace) {
        scan_touch(examination->scan, record, &record->words[0], ACCESS_READ, TOUCH_LOADS);
        record->runs_downloaded |= names_download(examination->scan, record);
    }
    record->runs_downloaded |= record->words[0].downloaded;
    if (record->background)
        deed_note(examination, EFFECT_DAEMON, "&");
    if (record->by_function)
        deed_note(examination, EFFECT_SHELL, record->words[0].text);
}

/* A text that stands in a file: its first line says who reads it. It is searched, and allowed with who runs it. */
static void search_file(struct scan *scan, struct record *record, const char *text)
{
    static const char *const others[] = { "python", "node", "perl", "ruby", "php" };
    bool code = record->knowledge && (record->knowledge->flags & KNOWS_INTERPRETER);
    size_t troubles = scan->trouble_count, line = strcspn(text, "\n");
    for (size_t i = 0; strncmp(text, "#!", 2) == 0 && i < ARRAY_SIZE(others); i++)
        code |= memmem(text, line, others[i], strlen(others[i])) != NULL;
    if (code) {
        code_search(scan, record, text);
        return;
    }
    scan->codes++;
    scan_payload_text(scan, record, text, false);
    scan->codes--;
    scan->trouble_count = troubles;
}

/* What the script wrote before and this command runs. */
static void search_written(struct scan *scan, struct record *record)
{
    size_t count = record->touched_count;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; record->touched[i].loads && j < scan->file_count; j++)
            if (strcmp(record->touched[i].path, scan->files[j].path) == 0 && scan_works(scan, 8))
                search_file(scan, record, scan->files[j].text);
}

void deed_examine(struct scan *scan, struct record *record)
{
    struct examination examination = { .scan = scan, .record = record };
    examine_assignments(&examination);
    if (record->count) {
        examine_program(&examination);
        note_words(&examination);
    }
    for (size_t i = 0; i < record->redirect_count; i++)
        examine_redirect(&examination, &record->redirects[i]);
    if (record->runs_text) {
        record->runs_downloaded |= record->runs_input && record->input_downloaded;
        record->runs_downloaded |= names_download(scan, record);
    }
    note_downloads(scan, record);
    search_written(scan, record);
}
