/* deed_operands.c - what the words that are no options are, by the row: files that are read, written or deleted, a
 * command, code, hosts. */
#include "policy/deed_private.h"

#include "base/memory.h"
#include "base/path.h"
#include "policy/value.h"

#include <string.h>

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

/* --- a row for each meaning; FIRST: the first operand behind the subcommand --- */

static void refuse(struct examination *examination, size_t first, unsigned access)
{
    (void)access;
    if (examination->record->operand_count > first)
        deed_unknown(examination, examination->record->operands[first]);
}

static void use_each(struct examination *examination, size_t first, unsigned access)
{
    touch_all(examination, first, examination->record->operand_count, access);
}

static void use_read(struct examination *examination, size_t first, unsigned access)
{
    struct record *record = examination->record;
    for (size_t i = first; i < record->operand_count; i++)
        if ((examination->knowledge->flags & KNOWS_ALL_OPTIONS) && record->operands[i][0] == '@')
            deed_unknown(examination, record->operands[i]); /* a file of further options */
    use_each(examination, first, access);
}

/* A mode or a pattern before them, unless an option gave it. */
static void use_behind_one(struct examination *examination, size_t first, unsigned access)
{
    use_each(examination, first + !examination->pattern_given, access);
}

static void use_filter(struct examination *examination, size_t first, unsigned access)
{
    size_t end = examination->record->operand_count;
    touch_all(examination, first, end > first ? first + 1 : end, ACCESS_READ);
    touch_all(examination, first + !stands_for_many(examination->record, first), end, access);
}

static void use_moved(struct examination *examination, size_t first, unsigned access)
{
    examination->tree = true;
    copy_operands(examination, first, access);
}

/* The folder that the target of a link counts from: that of the link. */
static const char *link_folder(struct examination *examination, bool two)
{
    const struct record *record = examination->record;
    struct scan *scan = examination->scan;
    if (examination->target)
        return scan_resolve(scan, record->cwds[0], examination->target->text);
    if (!two)
        return record->cwds[0];
    const char *link = scan_resolve(scan, record->cwds[0], record->operands[record->operand_count - 1]);
    return scan_resolve(scan, link, "..");
}

/* A later call that goes through a link is judged by the link's name: one that leads out of the workspace is never
 * made unasked. */
static void refuse_leading_outside(struct examination *examination, size_t first)
{
    struct record *record = examination->record;
    const char *workspace = examination->scan->request->workspace;
    bool two = !examination->target && record->operand_count > first + 1;
    const char *folder = record->cwd_count == 1 ? link_folder(examination, two) : NULL;
    for (size_t i = first; i < record->operand_count - two; i++)
        if (!folder || !workspace || strchr(record->operands[i], HOLE) ||
            !path_is_below(scan_resolve(examination->scan, folder, record->operands[i]), workspace))
            deed_unknown(examination, record->operands[i]);
}

static void use_linked(struct examination *examination, size_t first, unsigned access)
{
    refuse_leading_outside(examination, first);
    copy_operands(examination, first, access);
    note_link(examination, first);
}

static void use_command(struct examination *examination, size_t first, unsigned access)
{
    (void)first;
    (void)access;
    deed_run(examination, examination->rest);
}

static void use_command_behind_one(struct examination *examination, size_t first, unsigned access)
{
    (void)access;
    if (stands_for_many(examination->record, first))
        deed_unknown(examination, examination->record->operands[first]); /* the second name is run */
    deed_run(examination, examination->rest + 1);
}

static void use_code(struct examination *examination, size_t first, unsigned access)
{
    (void)access;
    run_file(examination, first);
}

static void use_loaded(struct examination *examination, size_t first, unsigned access)
{
    (void)access;
    for (size_t i = first; i < examination->record->operand_count; i++)
        load_operand(examination, examination->record->operand_values[i]);
}

static void use_hosts(struct examination *examination, size_t first, unsigned access)
{
    (void)access;
    for (size_t i = first; i < examination->record->operand_count; i++)
        deed_add_host(examination->scan, examination->record, examination->record->operands[i]);
}

static const struct {
    void (*use)(struct examination *examination, size_t first, unsigned access);
    unsigned access;
} uses[] = {
    [OPERANDS_NONE] = { refuse, 0 },
    [OPERANDS_UNKNOWN] = { refuse, 0 },
    [OPERANDS_TEXT] = { NULL, 0 },
    [OPERANDS_READ] = { use_read, ACCESS_READ },
    [OPERANDS_NAMES] = { use_each, 0 },
    [OPERANDS_WRITE] = { use_each, ACCESS_WRITE },
    [OPERANDS_DELETE] = { use_each, ACCESS_DELETE },
    [OPERANDS_COPY] = { copy_operands, ACCESS_READ },
    [OPERANDS_FILTER] = { use_filter, ACCESS_WRITE },
    [OPERANDS_MOVE] = { use_moved, ACCESS_READ | ACCESS_DELETE },
    [OPERANDS_LINK] = { use_linked, ACCESS_READ },
    [OPERANDS_CHANGE] = { use_behind_one, ACCESS_WRITE },
    [OPERANDS_SEARCH] = { use_behind_one, ACCESS_READ },
    [OPERANDS_COMMAND] = { use_command, 0 },
    [OPERANDS_AFTER_ONE] = { use_command_behind_one, 0 },
    [OPERANDS_CODE] = { use_code, 0 },
    [OPERANDS_LOAD] = { use_loaded, 0 },
    [OPERANDS_HOST] = { use_hosts, 0 },
};

void deed_use_operands(struct examination *examination, size_t first)
{
    enum operands operands = examination->knowledge->operands;
    if (uses[operands].use)
        uses[operands].use(examination, first, uses[operands].access);
}
