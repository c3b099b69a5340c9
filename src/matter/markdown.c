/* markdown.c - md4c's callbacks into flat arrays.
 *
 * md4c tells blocks and spans as they open and close.  Containers become numbers, leaves become blocks, and text
 * between goes to the leaf that is open; the text of a tight list item comes without a paragraph of its own, so
 * one is opened for it. */
#include "matter/markdown.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <md4c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 64, LINK_DEPTH = 8, URL_LONGEST = 4096 };

struct list_level {
    bool ordered, tight;
    unsigned number; /* of the next item */
    char delimiter;
};

struct open_link {
    size_t text; /* where its text begins */
    char *url;
};

struct reading {
    struct markdown *document;
    size_t length;      /* of the source */
    uint32_t container; /* innermost open one, 0: none */
    bool leaf_open;
    bool in_table;
    struct list_level lists[DEPTH];
    int list_depth; /* may be over DEPTH: those are read as plain items */
    int counts[5];  /* open spans per flag, in the order of span_flags */
    struct open_link links[LINK_DEPTH];
    int link_depth;
};

static const unsigned span_flags[5] = { MARKDOWN_EMPHASIS, MARKDOWN_STRONG, MARKDOWN_INLINE_CODE,
                                        MARKDOWN_STRIKE, MARKDOWN_LINK };

/* --- the document --- */

static size_t add_bytes(struct markdown *document, const char *text, size_t length)
{
    size_t offset = document->text_length;
    document->text = array_reserve(document->text, &document->text_capacity, offset + length + 1, 1);
    memcpy(document->text + offset, text, length);
    document->text_length += length;
    return offset;
}

static void add_span(struct markdown *document, unsigned flags, const char *text, size_t length)
{
    size_t offset = add_bytes(document, text, length);
    struct markdown_block *block = &document->blocks[document->block_count - 1];
    uint32_t *count = &block->spans;
    if (block->kind == MARKDOWN_TABLE)
        count = &document->cells[document->cell_count - 1].spans;
    struct markdown_span *last = *count ? &document->spans[document->span_count - 1] : NULL;
    if (last && last->flags == flags && last->offset + last->length == offset) {
        last->length += (uint32_t)length;
        return;
    }
    document->spans = array_reserve(document->spans, &document->span_capacity, document->span_count + 1,
                                    sizeof(*document->spans));
    document->spans[document->span_count++] =
        (struct markdown_span){ (uint32_t)offset, (uint32_t)length, flags };
    ++*count;
}

static struct markdown_block *add_block(struct reading *reading, enum markdown_kind kind)
{
    struct markdown *document = reading->document;
    document->blocks = array_reserve(document->blocks, &document->block_capacity, document->block_count + 1,
                                     sizeof(*document->blocks));
    struct markdown_block *block = &document->blocks[document->block_count++];
    *block = (struct markdown_block){ .kind = kind,
                                      .container = reading->container,
                                      .span = (uint32_t)document->span_count,
                                      .cell = (uint32_t)document->cell_count };
    reading->leaf_open = true;
    return block;
}

static void open_container(struct reading *reading, struct markdown_container container)
{
    struct markdown *document = reading->document;
    container.parent = reading->container;
    document->containers = array_reserve(document->containers, &document->container_capacity,
                                         document->container_count + 1, sizeof(container));
    document->containers[document->container_count++] = container;
    reading->container = (uint32_t)document->container_count;
    reading->leaf_open = false;
}

static void close_container(struct reading *reading)
{
    reading->leaf_open = false;
    reading->container = reading->document->containers[reading->container - 1].parent;
}

/* --- blocks --- */

static void open_list(struct reading *reading, struct list_level level)
{
    if (reading->list_depth < DEPTH)
        reading->lists[reading->list_depth] = level;
    reading->list_depth++;
    reading->leaf_open = false;
}

static void open_item(struct reading *reading, const MD_BLOCK_LI_DETAIL *detail)
{
    struct list_level too_deep = { .tight = true };
    int depth = reading->list_depth;
    struct list_level *list = depth >= 1 && depth <= DEPTH ? &reading->lists[depth - 1] : &too_deep;
    struct markdown_container item = { .is_item = true, .tight = list->tight, .marker = "-" };
    if (detail->is_task)
        snprintf(item.marker, sizeof(item.marker), "[%c]", detail->task_mark == ' ' ? ' ' : 'x');
    else if (list->ordered)
        snprintf(item.marker, sizeof(item.marker), "%u%c", list->number++, list->delimiter);
    open_container(reading, item);
}

/* An item without text is a block without spans: its marker is still drawn. */
static void close_item(struct reading *reading)
{
    const struct markdown *document = reading->document;
    bool empty =
        !document->block_count || document->blocks[document->block_count - 1].container < reading->container;
    if (empty)
        add_block(reading, MARKDOWN_PARAGRAPH);
    close_container(reading);
}

static void open_code(struct reading *reading, const MD_BLOCK_CODE_DETAIL *detail)
{
    struct markdown_block *block = add_block(reading, MARKDOWN_CODE);
    if (!detail->lang.size)
        return;
    block->info = (uint32_t)add_bytes(reading->document, detail->lang.text, detail->lang.size);
    block->info_length = detail->lang.size;
}

static void open_table(struct reading *reading, const MD_BLOCK_TABLE_DETAIL *detail)
{
    struct markdown_block *block = add_block(reading, MARKDOWN_TABLE);
    block->columns = detail->col_count;
    reading->in_table = true;
}

static void open_cell(struct reading *reading, const MD_BLOCK_TD_DETAIL *detail)
{
    struct markdown *document = reading->document;
    struct markdown_cell cell = { .span = (uint32_t)document->span_count };
    cell.align = detail->align == MD_ALIGN_CENTER  ? MARKDOWN_CENTRE
                 : detail->align == MD_ALIGN_RIGHT ? MARKDOWN_RIGHT
                                                   : MARKDOWN_LEFT;
    document->cells =
        array_reserve(document->cells, &document->cell_capacity, document->cell_count + 1, sizeof(cell));
    document->cells[document->cell_count++] = cell;
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *data)
{
    struct reading *reading = data;
    const MD_BLOCK_UL_DETAIL *bullets = detail;
    const MD_BLOCK_OL_DETAIL *numbers = detail;
    switch (type) {
    case MD_BLOCK_QUOTE:
        open_container(reading, (struct markdown_container){ .is_item = false });
        break;
    case MD_BLOCK_UL:
        open_list(reading, (struct list_level){ .tight = bullets->is_tight });
        break;
    case MD_BLOCK_OL:
        open_list(reading,
                  (struct list_level){ true, numbers->is_tight, numbers->start, numbers->mark_delimiter });
        break;
    case MD_BLOCK_LI:
        open_item(reading, detail);
        break;
    case MD_BLOCK_HR:
        add_block(reading, MARKDOWN_RULE);
        break;
    case MD_BLOCK_H:
        add_block(reading, MARKDOWN_HEADING)->level = (int)((MD_BLOCK_H_DETAIL *)detail)->level;
        break;
    case MD_BLOCK_CODE:
        open_code(reading, detail);
        break;
    case MD_BLOCK_P:
        add_block(reading, MARKDOWN_PARAGRAPH);
        break;
    case MD_BLOCK_TABLE:
        open_table(reading, detail);
        break;
    case MD_BLOCK_TR:
        reading->document->blocks[reading->document->block_count - 1].rows++;
        break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
        open_cell(reading, detail);
        break;
    default:
        break;
    }
    return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *data)
{
    struct reading *reading = data;
    (void)detail;
    switch (type) {
    case MD_BLOCK_QUOTE:
        close_container(reading);
        break;
    case MD_BLOCK_LI:
        close_item(reading);
        break;
    case MD_BLOCK_UL:
    case MD_BLOCK_OL:
        reading->list_depth--;
        break;
    case MD_BLOCK_TABLE:
        reading->in_table = false;
        reading->leaf_open = false;
        break;
    case MD_BLOCK_HR:
    case MD_BLOCK_H:
    case MD_BLOCK_CODE:
    case MD_BLOCK_P:
        reading->leaf_open = false;
        break;
    default:
        break;
    }
    return 0;
}

/* --- text --- */

static unsigned open_flags(const struct reading *reading)
{
    unsigned flags = 0;
    for (size_t i = 0; i < ARRAY_SIZE(span_flags); i++)
        flags |= reading->counts[i] > 0 ? span_flags[i] : 0;
    return flags;
}

static void put_text(struct reading *reading, unsigned flags, const char *text, size_t length)
{
    if (!reading->leaf_open)
        add_block(reading, MARKDOWN_PARAGRAPH);
    if (reading->in_table && !reading->document->cell_count)
        return;
    if (length && length <= reading->length + URL_LONGEST) /* once bitten: md4c has told lengths below zero */
        add_span(reading->document, flags, text, length);
}

static const struct {
    const char *name, *text;
} entities[] = {
    { "amp", "&" },         { "lt", "<" },         { "gt", ">" },         { "quot", "\"" },
    { "apos", "'" },        { "nbsp", " " },       { "copy", "\u00a9" },  { "reg", "\u00ae" },
    { "hellip", "\u2026" }, { "mdash", "\u2014" }, { "ndash", "\u2013" }, { "larr", "\u2190" },
    { "rarr", "\u2192" },   { "uarr", "\u2191" },  { "darr", "\u2193" },  { "times", "\u00d7" },
    { "middot", "\u00b7" }, { "bull", "\u2022" },  { "laquo", "\u00ab" }, { "raquo", "\u00bb" },
    { "ldquo", "\u201c" },  { "rdquo", "\u201d" }, { "lsquo", "\u2018" }, { "rsquo", "\u2019" },
    { "deg", "\u00b0" },    { "le", "\u2264" },    { "ge", "\u2265" },    { "ne", "\u2260" },
    { "plusmn", "\u00b1" }, { "euro", "\u20ac" },  { "sect", "\u00a7" },  { "para", "\u00b6" },
    { "check", "\u2713" },  { "trade", "\u2122" }, { "infin", "\u221e" },
};

static unsigned long entity_number(const char *text, size_t length)
{
    char digits[16] = "";
    bool hex = length > 3 && (text[2] == 'x' || text[2] == 'X');
    size_t start = hex ? 3 : 2;
    if (length <= start + 1 || length - start >= sizeof(digits))
        return 0;
    memcpy(digits, text + start, length - start - 1);
    unsigned long code = strtoul(digits, NULL, hex ? 16 : 10);
    return code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : code;
}

/* "&name;" or "&#number;"; what is unknown stays as it is. */
static void put_entity(struct reading *reading, unsigned flags, const char *text, size_t length)
{
    char encoded[4];
    if (length > 2 && text[1] == '#') {
        unsigned long code = entity_number(text, length);
        put_text(reading, flags, encoded, utf8_encode(code ? (uint32_t)code : 0xfffd, encoded));
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(entities); i++) {
        size_t name = strlen(entities[i].name);
        if (length != name + 2 || memcmp(text + 1, entities[i].name, name) != 0)
            continue;
        put_text(reading, flags, entities[i].text, strlen(entities[i].text));
        return;
    }
    put_text(reading, flags, text, length);
}

static int hear_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE length, void *data)
{
    struct reading *reading = data;
    unsigned flags = open_flags(reading);
    switch (type) {
    case MD_TEXT_NULLCHAR:
        put_text(reading, flags, "\u2400", 3);
        break;
    case MD_TEXT_BR:
        put_text(reading, flags, "\n", 1);
        break;
    case MD_TEXT_SOFTBR:
        put_text(reading, flags, " ", 1);
        break;
    case MD_TEXT_ENTITY:
        put_entity(reading, flags, text, length);
        break;
    default:
        put_text(reading, flags, text, length);
        break;
    }
    return 0;
}

/* --- spans --- */

static int flag_index(MD_SPANTYPE type)
{
    switch (type) {
    case MD_SPAN_EM:
        return 0;
    case MD_SPAN_STRONG:
        return 1;
    case MD_SPAN_CODE:
        return 2;
    case MD_SPAN_DEL:
        return 3;
    case MD_SPAN_A:
    case MD_SPAN_IMG:
        return 4;
    default:
        return -1;
    }
}

static int enter_span(MD_SPANTYPE type, void *detail, void *data)
{
    struct reading *reading = data;
    int index = flag_index(type);
    if (index >= 0)
        reading->counts[index]++;
    if (index != 4)
        return 0;
    const MD_ATTRIBUTE *url =
        type == MD_SPAN_A ? &((MD_SPAN_A_DETAIL *)detail)->href : &((MD_SPAN_IMG_DETAIL *)detail)->src;
    if (reading->link_depth < LINK_DEPTH) {
        size_t length = url->size < URL_LONGEST ? url->size : URL_LONGEST;
        reading->links[reading->link_depth] =
            (struct open_link){ reading->document->text_length,
                                xstrndup(url->text ? url->text : "", url->text ? length : 0) };
    }
    reading->link_depth++;
    return 0;
}

/* The text is the address itself, but for a scheme that says nothing: anything else could hide where it leads. */
static bool is_address(const char *url, const char *text, size_t length)
{
    static const char *const schemes[] = { "", "http://", "https://", "mailto:" };
    for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
        size_t scheme = strlen(schemes[i]);
        if (strncmp(url, schemes[i], scheme) == 0 && strlen(url) - scheme == length &&
            memcmp(url + scheme, text, length) == 0)
            return true;
    }
    return false;
}

/* The address is put behind the text unless the text is the address. */
static void close_link(struct reading *reading)
{
    reading->link_depth--;
    if (reading->link_depth >= LINK_DEPTH)
        return;
    struct open_link *link = &reading->links[reading->link_depth];
    struct markdown *document = reading->document;
    size_t length = document->text_length - link->text, url = strlen(link->url);
    const char *text = document->text ? document->text + link->text : "";
    if (url && !is_address(link->url, text, length)) {
        put_text(reading, 0, length ? " " : "", length ? 1 : 0);
        put_text(reading, MARKDOWN_URL, "(", 1);
        put_text(reading, MARKDOWN_URL, link->url, url);
        put_text(reading, MARKDOWN_URL, ")", 1);
    }
    free(link->url);
}

static int leave_span(MD_SPANTYPE type, void *detail, void *data)
{
    struct reading *reading = data;
    int index = flag_index(type);
    (void)detail;
    if (index >= 0)
        reading->counts[index]--;
    if (index == 4)
        close_link(reading);
    return 0;
}

/* "|-|:-:|": the row under a table's head. */
static bool is_delimiter_row(const char *line, size_t length)
{
    bool bar = false, dash = false;
    for (size_t i = 0; i < length; i++) {
        if (!line[i] || !strchr("|-: \t\r", line[i]))
            return false;
        bar |= line[i] == '|';
        dash |= line[i] == '-';
    }
    return bar && dash;
}

static void copy_line(struct buffer *copy, const char *line, size_t length)
{
    if (!is_delimiter_row(line, length)) {
        buffer_append(copy, line, length);
        return;
    }
    for (size_t i = 0; i < length; i++) {
        bool first = line[i] == '-' && (i == 0 || line[i - 1] != '-');
        buffer_append(copy, first ? "---" : &line[i], first ? 3 : 1);
    }
}

/* md4c reads a byte behind the end of what it is given, and takes only three dashes or more for a table's
 * delimiter where everybody else takes one: it gets a copy with both put right. */
static void copy_source(struct buffer *copy, const char *source, size_t length)
{
    for (size_t at = 0; at < length;) {
        const char *newline = memchr(source + at, '\n', length - at);
        size_t next = newline ? (size_t)(newline - source) + 1 : length;
        copy_line(copy, source + at, next - at - (newline ? 1 : 0));
        if (newline)
            buffer_append_byte(copy, '\n');
        at = next;
    }
}

void markdown_parse(struct markdown *document, const char *source, size_t length)
{
    struct buffer copy = BUFFER_INIT;
    copy_source(&copy, source, length);
    struct reading reading = { .document = document, .length = copy.length };
    MD_PARSER parser = {
        .flags = MD_DIALECT_GITHUB | MD_FLAG_NOHTML,
        .enter_block = enter_block,
        .leave_block = leave_block,
        .enter_span = enter_span,
        .leave_span = leave_span,
        .text = hear_text,
    };
    document->text_length = document->block_count = document->span_count = 0;
    document->container_count = document->cell_count = 0;
    md_parse(copy.data, (MD_SIZE)copy.length, &parser, &reading);
    buffer_release(&copy);
}

void markdown_release(struct markdown *document)
{
    free(document->text);
    free(document->blocks);
    free(document->spans);
    free(document->containers);
    free(document->cells);
    *document = (struct markdown)MARKDOWN_INIT;
}
