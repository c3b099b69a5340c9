/* markdown.h - Markdown as plain data: a flat list of blocks with styled spans; the only door to md4c.
 *
 * GitHub's dialect without HTML.  Nesting (quotes, list items) is a chain of containers that a block hangs in;
 * a block is a leaf: paragraph, heading, code, rule, table.  All text lies in one buffer of the document;
 * soft line breaks are spaces, hard ones newlines.  Nothing here knows colours or widths. */
#ifndef SANDGATE_MATTER_MARKDOWN_H
#define SANDGATE_MATTER_MARKDOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum markdown_kind {
    MARKDOWN_PARAGRAPH,
    MARKDOWN_HEADING,
    MARKDOWN_CODE, /* one span; lines end in newlines */
    MARKDOWN_RULE,
    MARKDOWN_TABLE,
};

enum markdown_span_flag {
    MARKDOWN_EMPHASIS = 1,
    MARKDOWN_STRONG = 2,
    MARKDOWN_INLINE_CODE = 4,
    MARKDOWN_STRIKE = 8,
    MARKDOWN_LINK = 16, /* text of a link or an image */
    MARKDOWN_URL = 32,  /* the link's address, put behind its text when they differ */
};

struct markdown_span {
    uint32_t offset, length; /* in the document's text */
    unsigned flags;
};

struct markdown_container {
    uint32_t parent; /* number of the container around it, from 1; 0: none */
    bool is_item;    /* else a quote */
    bool tight;      /* item of a list without blank lines */
    char marker[16]; /* item: "-", "12.", "[ ]", "[x]" */
};

enum markdown_align { MARKDOWN_LEFT, MARKDOWN_CENTRE, MARKDOWN_RIGHT };

struct markdown_block {
    enum markdown_kind kind;
    int level;                  /* heading: 1 to 6 */
    uint32_t container;         /* number from 1; 0: top level */
    uint32_t span, spans;       /* the first and how many; a table's are in its cells */
    uint32_t info, info_length; /* code: the fence's language, in the text */
    uint32_t cell;              /* table: its first cell; cells row by row, the first row is the head */
    uint32_t columns, rows;
};

struct markdown_cell {
    uint32_t span, spans;
    enum markdown_align align;
};

struct markdown {
    char *text;
    size_t text_length, text_capacity;
    struct markdown_block *blocks;
    size_t block_count, block_capacity;
    struct markdown_span *spans;
    size_t span_count, span_capacity;
    struct markdown_container *containers; /* number N is containers[N - 1] */
    size_t container_count, container_capacity;
    struct markdown_cell *cells;
    size_t cell_count, cell_capacity;
};

#define MARKDOWN_INIT \
    {                 \
        0             \
    }

/* Replaces what DOCUMENT holds by SOURCE read as Markdown. Any bytes are fine: bad UTF-8 passes through. */
void markdown_parse(struct markdown *document, const char *source, size_t length);
void markdown_release(struct markdown *document);

#endif
