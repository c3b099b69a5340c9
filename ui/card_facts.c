/* card_facts.c - each fact is a row or two: names are few, how many more there are is told, and all of it is in the
 * account (x).  Parts of a row are not torn apart while they fit into one. */
#include "ui/card_facts.h"

#include "agent/gate.h"
#include "agent/written_files.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "base/odd.h"
#include "base/path.h"
#include "base/visible.h"
#include "ui/wrap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 4, ODD_MAX = 4, NARROW = 60, NAMES_NARROW = 2, MINUTE = 60 * 1000 };

static const struct span indent = { STYLE_CARD, "  ", 2 };
static const struct line_form form = {
    .mode = WRAP_WORDS, .rest = &indent, .rest_count = 1, .fill = STYLE_CARD
};

static void add_text(struct lines *lines, enum style style, const char *text)
{
    lines_add(lines, style, text, strlen(text));
}

/* --- rows of parts --- */

struct flow {
    struct lines *lines;
    size_t column;
    bool begun;
};

/* Puts LABEL (in STYLE), GAP and PART behind those before them, or where they do not fit into the rest of the row,
 * into a row of their own. */
static void flow_add(struct flow *flow, enum style style, const char *label, const char *gap,
                     const char *part)
{
    static const char between[] = " · ";
    size_t columns = strlen(label) + strlen(gap) + visible_columns(part, strlen(part));

    if (flow->begun && flow->column + 3 + columns <= (size_t)lines_width(flow->lines)) {
        add_text(flow->lines, STYLE_CARD, between);
        flow->column += 3 + columns;
    } else {
        lines_begin(flow->lines, &form);
        flow->column = columns;
    }
    flow->begun = true;
    add_text(flow->lines, style, label);
    add_text(flow->lines, STYLE_CARD, gap);
    add_text(flow->lines, STYLE_CARD, part);
}

static void flow_end(struct flow *flow)
{
    if (flow->begun)
        lines_end(flow->lines);
}

static size_t names_most(const struct lines *lines)
{
    return lines_width(lines) < NARROW ? NAMES_NARROW : NAMES_MAX;
}

/* PATH as one says it in CWD. */
static const char *short_path(const char *path, const char *cwd)
{
    size_t length = cwd ? strlen(cwd) : 0;

    if (length < 2 || !path_is_below(path, cwd))
        return path;
    return path[length] ? path + length + 1 : ".";
}

static void add_name(struct buffer *out, size_t index, const char *name)
{
    buffer_append_text(out, index ? ", " : "");
    buffer_append_text(out, name);
}

static void add_more(struct buffer *out, size_t more)
{
    if (more > 0)
        buffer_append_format(out, " and %zu more", more);
}

/* --- odd characters --- */

static void add_odd(struct flow *flow, const struct odd *odd, bool placed)
{
    struct buffer text = BUFFER_INIT;

    odd_name(odd, &text);
    if (odd->count > 1)
        buffer_append_format(&text, ", %zu times", odd->count);
    if (placed)
        buffer_append_format(&text, odd->count > 1 ? " from byte %zu" : ", byte %zu", odd->first);
    flow_add(flow, STYLE_CARD_DANGER, flow->begun ? "" : "Odd:", flow->begun ? "" : " ", text.data);
    buffer_release(&text);
}

static bool is_first_of_kind(const struct odd_list *list, size_t index)
{
    return index == 0 || list->items[index - 1].kind != list->items[index].kind;
}

/* One of each kind before a second of any. */
void card_facts_odd(struct lines *lines, const struct odd_list *odd, bool placed)
{
    struct flow flow = { .lines = lines };
    size_t told = 0;
    char more[64];

    for (int first = 1; first >= 0; first--)
        for (size_t i = 0; i < odd->count && told < ODD_MAX; i++)
            if (is_first_of_kind(odd, i) == (first == 1)) {
                add_odd(&flow, &odd->items[i], placed);
                told++;
            }
    snprintf(more, sizeof more, "%zu more: x names them", odd->count - told);
    if (odd->count > told)
        flow_add(&flow, STYLE_CARD, "", "", more);
    flow_end(&flow);
}

/* --- what was written --- */

/* The files that are NAMED or not, a few of them, behind WORDS. */
static void add_files(struct lines *lines, struct buffer *out, const struct ask *ask,
                      const struct written_files *files, bool named, const char *words)
{
    size_t told = 0, all = 0;

    for (size_t i = 0; i < files->count; i++)
        all += files->items[i].named == named;
    if (all == 0)
        return;
    buffer_append_text(out, words);
    for (size_t i = 0; i < files->count && told < names_most(lines); i++)
        if (files->items[i].named == named)
            add_name(out, told++, short_path(files->items[i].path, ask->action->cwd));
    add_more(out, all - told);
}

void card_facts_written(struct lines *lines, const struct ask *ask, const struct written_files *files)
{
    struct buffer text = BUFFER_INIT;
    bool any_named = files->count > 0 && files->items[0].named;

    if (files->count == 0 && files->codes == 0)
        return;
    add_files(lines, &text, ask, files, true, "it loads ");
    add_files(lines, &text, ask, files, false, any_named ? "; it may load " : "it may load ");
    if (files->codes > 0)
        buffer_append_format(&text, "%s%zu %s ran code unasked and may have written more",
                             text.length ? "; " : "", files->codes, files->codes == 1 ? "call" : "calls");
    if (files->count > 0)
        buffer_append_text(&text, " (f shows)");
    lines_begin(lines, &form);
    add_text(lines, STYLE_CARD_BORDER, "Written since you last approved code: ");
    lines_add(lines, STYLE_CARD, text.data, text.length);
    lines_end(lines);
    buffer_release(&text);
}

/* --- what it would touch --- */

static void add_touched(struct flow *flow, const char *label, char *const *names, const char *cwd)
{
    struct buffer text = BUFFER_INIT;
    size_t count = 0, most = names_most(flow->lines);

    while (names && names[count])
        count++;
    if (count == 0)
        return;
    for (size_t i = 0; i < count && i < most; i++)
        add_name(&text, i, cwd ? short_path(names[i], cwd) : names[i]);
    add_more(&text, count > most ? count - most : 0);
    flow_add(flow, STYLE_CARD_BORDER, label, " ", text.data);
    buffer_release(&text);
}

/* The list of what is written has what is deleted too. */
static const char *changes_label(unsigned effects)
{
    bool deletes = (effects & EFFECT_DELETE) != 0, writes = (effects & EFFECT_WRITE) != 0;

    return !deletes ? "Writes" : writes ? "Writes or deletes" : "Deletes";
}

void card_facts_touched(struct lines *lines, const struct ask *ask)
{
    const struct policy_verdict *verdict = &ask->verdict;
    struct flow flow = { .lines = lines };

    if (ask->action->kind != ACTION_EXEC)
        return; /* its path stands above */
    add_touched(&flow, changes_label(verdict->effects), verdict->written, ask->action->cwd);
    add_touched(&flow, "Reaches", verdict->hosts, NULL);
    add_touched(&flow, "Runs", verdict->programs, NULL);
    add_touched(&flow, "Reads", verdict->read, ask->action->cwd);
    flow_end(&flow);
}

/* --- where, who, since when, how much --- */

void card_facts_age(int64_t milliseconds, char text[CARD_AGE])
{
    int64_t minutes = milliseconds / MINUTE;

    if (minutes < 1)
        snprintf(text, CARD_AGE, "just now");
    else if (minutes < 60)
        snprintf(text, CARD_AGE, "for %" PRId64 " min", minutes);
    else if (minutes < 48 * 60)
        snprintf(text, CARD_AGE, "for %" PRId64 " h %02" PRId64 " min", minutes / 60, minutes % 60);
    else
        snprintf(text, CARD_AGE, "for %" PRId64 " days", minutes / 60 / 24);
}

/* "agent", "person", "mcp:NAME" */
static char *who_asks(const char *origin, const char *age)
{
    if (origin && strncmp(origin, "mcp:", 4) == 0)
        return xasprintf("MCP client %s asks, %s", origin + 4, age);
    if (origin && strcmp(origin, "person") == 0)
        return xasprintf("your own, %s", age);
    return xasprintf("%s asks, %s", origin ? origin : "agent", age);
}

void card_facts_length(const struct ask *ask, char text[CARD_LENGTH])
{
    const struct action *action = ask->action;
    const char *bytes = action->script ? action->script : action->content;
    size_t length = action->script ? strlen(bytes) : action->content_length;
    size_t lines = length > 0 && bytes[length - 1] != '\n';

    for (size_t i = 0; i < length; i++)
        lines += bytes[i] == '\n';
    text[0] = '\0';
    if (bytes)
        snprintf(text, CARD_LENGTH, "%zu byte%s, %zu line%s", length, length == 1 ? "" : "s", lines,
                 lines == 1 ? "" : "s");
}

void card_facts_place(struct lines *lines, const struct ask *ask, const char *sandbox, int64_t now,
                      const char *length)
{
    struct flow flow = { .lines = lines };
    char age[CARD_AGE];

    card_facts_age(now - ask->since, age);
    char *who = who_asks(ask->action->origin, age);
    flow_add(&flow, STYLE_CARD, "in", " ", ask->action->cwd);
    flow_add(&flow, STYLE_CARD, "", "", sandbox);
    flow_add(&flow, STYLE_CARD, "", "", who);
    if (*length)
        flow_add(&flow, STYLE_CARD, "", "", length);
    flow_end(&flow);
    free(who);
}
