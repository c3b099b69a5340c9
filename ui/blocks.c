/* blocks.c - one block after the other.
 *
 * What stands before a block's lines follows from its chain of containers: a bar for each quote, a marker (in
 * the first line of an item's first block) or its width in spaces for each item.  Containers are numbered in
 * the order in which they open, so an item's marker is due when its number is higher than any seen. */
#include "ui/blocks.h"

#include "base/visible.h"
#include "matter/lexer.h"
#include "matter/markdown.h"
#include "ui/code.h"
#include "ui/table.h"

#include <string.h>

struct walk {
    struct lines *lines;
    const struct markdown *document;
    uint32_t seen;                       /* highest container whose marker was drawn */
    const struct markdown_block *before; /* the block above, NULL: none */
    bool follows;
    struct span first[BLOCK_PREFIXES], rest[BLOCK_PREFIXES];
    size_t count;
    bool quoted;
};

static const char spaces[] = "                ";

static const struct markdown_container *container_at(const struct markdown *document, uint32_t number)
{
    return number ? &document->containers[number - 1] : NULL;
}

static void add_prefix(struct walk *walk, struct span first, struct span rest)
{
    if (walk->count >= BLOCK_PREFIXES)
        return;
    walk->first[walk->count] = first;
    walk->rest[walk->count++] = rest;
}

static void add_marker(struct walk *walk, const struct markdown_container *item, bool due)
{
    const char *marker = strcmp(item->marker, "-") == 0 ? "\u2022" : item->marker;
    size_t width = visible_columns(marker, strlen(marker)) + 1;
    struct span gap = { STYLE_TEXT, spaces, width < sizeof(spaces) ? width : sizeof(spaces) - 1 };
    if (!due) {
        add_prefix(walk, gap, gap);
        return;
    }
    struct span mark = { STYLE_LIST_MARKER, marker, strlen(marker) }, one = { STYLE_TEXT, spaces, 1 };
    struct span most = { STYLE_TEXT, spaces, width - 1 };
    add_prefix(walk, mark, most);
    add_prefix(walk, one, one);
}

/* The prefixes of what hangs in CONTAINER, outermost first. */
static void set_prefixes(struct walk *walk, uint32_t container)
{
    uint32_t chain[BLOCK_PREFIXES / 2];
    size_t depth = 0;
    walk->count = 0;
    walk->quoted = false;
    for (uint32_t at = container; at; at = container_at(walk->document, at)->parent)
        if (depth < BLOCK_PREFIXES / 2)
            chain[depth++] = at;
    while (depth > 0) {
        uint32_t number = chain[--depth];
        const struct markdown_container *item = container_at(walk->document, number);
        struct span bar = { STYLE_QUOTE, "\u258c ", strlen("\u258c ") };
        if (item->is_item)
            add_marker(walk, item, number > walk->seen);
        else
            add_prefix(walk, bar, bar);
        walk->quoted |= !item->is_item;
    }
}

/* The innermost container that both hang in. */
static uint32_t common_container(const struct markdown *document, uint32_t one, uint32_t other)
{
    while (one != other) {
        if (one > other)
            one = container_at(document, one)->parent;
        else
            other = container_at(document, other)->parent;
    }
    return one;
}

static bool hangs_in_item(const struct markdown *document, uint32_t container)
{
    while (container && !container_at(document, container)->is_item)
        container = container_at(document, container)->parent;
    return container != 0;
}

/* A blank line between two blocks, but not within a tight list. */
static void add_gap(struct walk *walk, const struct markdown_block *block)
{
    const struct markdown *document = walk->document;
    if (!walk->before) {
        if (walk->follows)
            lines_blank(walk->lines);
        return;
    }
    const struct markdown_container *item = container_at(document, block->container);
    bool tight = item && item->is_item && item->tight && block->kind == MARKDOWN_PARAGRAPH;
    if (tight && hangs_in_item(document, walk->before->container))
        return;
    set_prefixes(walk, common_container(document, walk->before->container, block->container));
    struct line_form form = { .first = walk->rest, .first_count = walk->count };
    lines_begin(walk->lines, &form);
    lines_end(walk->lines);
}

/* --- text --- */

enum style blocks_span_style(unsigned flags, enum style base)
{
    if (flags & MARKDOWN_INLINE_CODE)
        return STYLE_CODE;
    if (flags & (MARKDOWN_LINK | MARKDOWN_URL))
        return STYLE_LINK;
    if (flags & MARKDOWN_STRIKE)
        return STYLE_DIM;
    if (flags & MARKDOWN_STRONG)
        return STYLE_STRONG;
    return flags & MARKDOWN_EMPHASIS ? STYLE_EMPHASIS : base;
}

static struct line_form form_of(struct walk *walk, enum wrap_mode mode, enum style fill)
{
    return (struct line_form){ mode, walk->first, walk->count, walk->rest, walk->count, fill };
}

static void add_text(struct walk *walk, const struct markdown_block *block, enum style base)
{
    const struct markdown *document = walk->document;
    struct line_form form = form_of(walk, WRAP_WORDS, STYLE_TEXT);
    lines_begin(walk->lines, &form);
    for (uint32_t i = 0; i < block->spans; i++) {
        const struct markdown_span *span = &document->spans[block->span + i];
        lines_add(walk->lines, blocks_span_style(span->flags, base), document->text + span->offset,
                  span->length);
    }
    lines_end(walk->lines);
}

static void add_code(struct walk *walk, const struct markdown_block *block)
{
    const struct markdown *document = walk->document;
    const char *info = document->text + block->info;
    const struct lexer_language *language = block->info_length ? lexer_find(info, block->info_length) : NULL;
    struct line_form form = form_of(walk, WRAP_COLUMNS, STYLE_CODE);
    unsigned state = LEXER_START;
    for (uint32_t i = 0; i < block->spans; i++) { /* more than one only around a NUL */
        const struct markdown_span *span = &document->spans[block->span + i];
        code_add(walk->lines, &form, language, document->text + span->offset, span->length);
    }
    if (!block->spans)
        code_add_line(walk->lines, &form, language, state, "", 0);
}

static void add_rule(struct walk *walk)
{
    struct line_form form = form_of(walk, WRAP_NONE, STYLE_TEXT);
    lines_begin(walk->lines, &form);
    for (int i = 0; i < lines_width(walk->lines); i++)
        lines_add(walk->lines, STYLE_BORDER, "\u2500", strlen("\u2500"));
    lines_end(walk->lines);
}

static void add_block(struct walk *walk, const struct markdown_block *block)
{
    enum style base = walk->quoted ? STYLE_QUOTE : STYLE_ASSISTANT;
    struct line_form form = form_of(walk, WRAP_NONE, STYLE_TEXT);
    switch (block->kind) {
    case MARKDOWN_PARAGRAPH:
        add_text(walk, block, base);
        break;
    case MARKDOWN_HEADING:
        add_text(walk, block, STYLE_HEADING);
        break;
    case MARKDOWN_CODE:
        add_code(walk, block);
        break;
    case MARKDOWN_RULE:
        add_rule(walk);
        break;
    case MARKDOWN_TABLE:
        table_add(walk->lines, walk->document, block, &form, base);
        break;
    }
}

void blocks_add(struct lines *lines, const struct markdown *document, bool follows)
{
    struct walk walk = { .lines = lines, .document = document, .follows = follows };
    for (size_t i = 0; i < document->block_count; i++) {
        const struct markdown_block *block = &document->blocks[i];
        add_gap(&walk, block);
        set_prefixes(&walk, block->container);
        if (block->container > walk.seen)
            walk.seen = block->container;
        add_block(&walk, block);
        walk.before = block;
    }
}
