/* deed_options.c - a command's words taken apart by its row: options, what their values mean, and the operands that
 * are left. */
#include "policy/deed_private.h"

#include "base/memory.h"
#include "base/path.h"
#include "policy/value.h"

#include <fnmatch.h>
#include <string.h>

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

void deed_add_operand(struct examination *examination, const struct value *value)
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

/* A value that names a file or a folder, or a pattern of them; false: it names none. */
static bool take_file(struct examination *examination, const struct option_row *row,
                      const struct value *value)
{
    static const struct value secret_name = { .text = ".env", .known = true, .sure = true };
    struct record *record = examination->record;
    switch (row->meaning) {
    case MEANS_READ:
    case MEANS_PATTERNS:
        deed_touch(examination, value, ACCESS_READ);
        break;
    case MEANS_WRITE:
        deed_touch(examination, value, ACCESS_WRITE);
        break;
    case MEANS_NAMES:
        deed_touch(examination, value, 0);
        break;
    case MEANS_FILTER:
        if (fnmatch(value->text, ".env", 0) == 0 && value->text[0] != '!')
            scan_touch(examination->scan, record, &secret_name, ACCESS_READ, 0);
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
    default:
        return false;
    }
    return true;
}

/* A value that is run, loaded or reached. */
static void take_code(struct examination *examination, const struct option_row *row,
                      const struct value *value)
{
    struct record *record = examination->record;
    switch (row->meaning) {
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

static void take_value(struct examination *examination, const struct option_row *row,
                       const struct value *value)
{
    if (!take_file(examination, row, value))
        take_code(examination, row, value);
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
    for (size_t i = at + 1; !joined && i <= at + 1 + (row->takes == TAKES_TWO) && i < record->count; i++)
        if ((record->words[i].globs || record->words[i].many) && !examination->scan->lenient)
            deed_unknown(examination, record->words[i].text); /* only the first of its names is the value */
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
void deed_read_words(struct examination *examination)
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
            deed_add_operand(examination, &record->words[at]);
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
        deed_add_operand(examination, &record->words[at]);
}
