/* reader_tree.c - the tree itself: nodes in blocks that never move, built in document order. */
#include "policy/reader_private.h"

#include "base/memory.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 32, LARGEST_BLOCK = 512 }; /* nodes: most scripts are short, some are long */

struct block {
    struct block *before;
    size_t count; /* nodes that it can hold */
    struct reader_node nodes[];
};

struct reader {
    char *text;
    size_t length;
    struct block *block; /* the newest */
    size_t used;         /* of it */
    size_t count;        /* nodes in all */
    struct reader_node *root;
    struct reader **within; /* texts of backquotes that were read by themselves */
    size_t within_count, within_capacity;
    const char *reason; /* of the first mark; NULL: exact */
    size_t from, to;
};

static struct block *new_block(size_t count)
{
    struct block *block = xmalloc(sizeof *block + count * sizeof block->nodes[0]);
    block->count = count;
    return block;
}

static struct reader_node *new_node(struct reader *reader, enum reader_kind kind, uint32_t from)
{
    if (!reader->block || reader->used == reader->block->count) {
        size_t first = reader->length < FIRST_BLOCK ? reader->length / 2 + 4 : FIRST_BLOCK;
        struct block *block = new_block(reader->block ? LARGEST_BLOCK : first);
        block->before = reader->block;
        reader->block = block;
        reader->used = 0;
    }
    struct reader_node *node = &reader->block->nodes[reader->used++];
    *node = (struct reader_node){ .kind = (uint8_t)kind, .from = from, .to = from };
    reader->count++;
    return node;
}

static void append(struct reader_node *parent, struct reader_node *node)
{
    node->parent = parent;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
}

struct reader_node *reader_open_node(struct reader_parser *parser, enum reader_kind kind)
{
    struct reader_node *node = new_node(parser->reader, kind, parser->at);
    node->partner = parser->open->last; /* while it is open: the one before it, should it be dropped */
    append(parser->open, node);
    parser->open = node;
    return node;
}

void reader_mark(struct reader_node *node, const char *reason)
{
    if (!node->unknown)
        node->unknown = reason;
}

void reader_close_node(struct reader_parser *parser, struct reader_node *node)
{
    uint32_t to = parser->failed ? parser->failed_from : parser->consumed;
    if (node->kind != READER_DOCUMENT)
        node->partner = NULL;
    if (to > node->to)
        node->to = to;
    if (parser->failed && node->kind >= READER_WORD)
        reader_mark(node, parser->failed_reason); /* not whole: nobody may take its value */
    if (node->last && node->last->to > node->to)
        node->to = node->last->to;
    parser->open = node->parent;
}

/* NODE is the last child of its parent and still open. */
static void remove_last(struct reader_node *node)
{
    struct reader_node *parent = node->parent, *before = node->partner;
    parent->last = before;
    if (before)
        before->next = NULL;
    else
        parent->first = NULL;
}

struct reader_node *reader_wrap_node(struct reader_parser *parser, struct reader_node *child,
                                     enum reader_kind kind)
{
    struct reader_node *parent = child->parent;
    struct reader_node *node = new_node(parser->reader, kind, child->from);
    /* The wrapper takes the child's place by changing contents, so that nobody has to look for the child's
     * elder brother. */
    struct reader_node was = *child;
    *child = (struct reader_node){
        .kind = (uint8_t)kind, .from = was.from, .to = was.to, .parent = parent, .first = node, .last = node
    };
    *node = was;
    node->parent = child;
    for (struct reader_node *grandchild = node->first; grandchild; grandchild = grandchild->next)
        grandchild->parent = node;
    parser->open = child;
    return child;
}

static uint64_t kind_bit(enum reader_kind kind)
{
    return (uint64_t)1 << kind;
}

/* What begins as arithmetic and is none is read again as commands, and may hold more of its like. */
bool reader_may_end(struct reader_parser *parser, enum reader_kind kind, uint32_t length, const char *reason)
{
    bool calculates = kind == READER_ARITHMETIC || kind == READER_CALCULATION;
    if (parser->lost & kind_bit(kind))
        reader_fail(parser, parser->at, parser->at + length, reason);
    else if (calculates && parser->work > parser->budget)
        reader_fail(parser, parser->at, parser->at + length, "too much work to read");
    return !parser->failed;
}

void reader_drop_node(struct reader_parser *parser, struct reader_node *node, uint32_t length,
                      const char *reason)
{
    bool calculates = node->kind == READER_ARITHMETIC || node->kind == READER_CALCULATION;
    if (parser->failed)
        return;
    if (!calculates || reader_peek(parser) < 0)
        parser->lost |= kind_bit((enum reader_kind)node->kind);
    parser->open = node->parent;
    parser->work += parser->at - node->from;
    remove_last(node);
    reader_fail(parser, node->from, node->from + length, reason);
}

void reader_fail(struct reader_parser *parser, uint32_t from, uint32_t to, const char *reason)
{
    if (parser->failed)
        return;
    parser->failed = true;
    parser->failed_from = from;
    parser->failed_to = to < parser->end ? to : parser->end;
    parser->failed_reason = reason;
}

bool reader_enter(struct reader_parser *parser)
{
    if (parser->failed)
        return false;
    if (parser->depth == READER_DEPTH) {
        reader_fail(parser, parser->at, parser->at + 1, "nested too deeply");
        return false;
    }
    parser->depth++;
    return true;
}

void reader_leave(struct reader_parser *parser)
{
    parser->depth--;
}

/* bash -c takes a script that begins with - or + for more options.  NUL cannot be in an argument; \1 and \177 are bash's own marks, and broken UTF-8 is read in ways
 * that depend on where it stands. */
static void mark_odd_text(struct reader *reader)
{
    size_t bad = utf8_valid_length(reader->text, reader->length);
    const char *reason = bad < reader->length ? "bytes that are not UTF-8" : NULL;
    if (reader->length && strchr("-+", reader->text[0])) {
        reason = "a script that begins as an option does";
        bad = 0;
    }
    for (size_t i = 0; i < bad && !reason; i++) {
        unsigned char byte = (unsigned char)reader->text[i];
        if (byte == 0 || byte == 1 || byte == 127) {
            reason = byte ? "a control character that bash uses itself" : "a NUL byte";
            bad = i;
        }
    }
    if (!reason || (reader->reason && reader->from <= bad))
        return;
    reader_mark(reader->root, reason);
    reader->reason = reason;
    reader->from = bad;
    reader->to = bad + 1;
}

static void find_first_mark(struct reader *reader)
{
    const struct reader_node *node = reader_find_marks(reader);
    if (!node)
        return;
    reader->reason = node->unknown;
    reader->from = node->from;
    reader->to = node->to;
}

static struct reader *read_script(const char *script, size_t length, bool flat)
{
    struct reader *reader = xcalloc(1, sizeof *reader);
    reader->text = xmalloc(length + 1);
    memcpy(reader->text, length ? script : "", length);
    reader->text[length] = '\0'; /* who looks for the end of a name finds one */
    reader->length = length;
    reader->root = new_node(reader, READER_LIST, 0);
    struct reader_parser parser = { .reader = reader,
                                    .text = reader->text,
                                    .end = (uint32_t)length,
                                    .open = reader->root,
                                    .documents_lost = flat,
                                    .budget = 4 * length + 65536 };
    if (length > UINT32_MAX / 2) {
        reader->root->unknown = reader->reason = "too long";
        return reader;
    }
    reader_read_region(&parser);
    reader->root->to = (uint32_t)length;
    find_first_mark(reader);
    mark_odd_text(reader);
    return reader;
}

const struct reader *reader_add_within(struct reader *reader, struct reader_node *node, const char *text,
                                       size_t length)
{
    if (reader->within_count == reader->within_capacity) {
        reader->within_capacity = reader->within_capacity ? reader->within_capacity * 2 : 4;
        reader->within = xrealloc(reader->within, reader->within_capacity * sizeof(struct reader *));
    }
    struct reader *within = reader_new(text, length);
    reader->within[reader->within_count++] = within;
    node->inner = (uint32_t)reader->within_count;
    return within;
}

const struct reader *reader_within(const struct reader *reader, const struct reader_node *node)
{
    return node->kind == READER_BACKQUOTE && node->inner ? reader->within[node->inner - 1] : NULL;
}

struct reader *reader_new(const char *script, size_t length)
{
    return read_script(script, length, false);
}

struct reader *reader_new_flat(const char *script, size_t length)
{
    return read_script(script, length, true);
}

void reader_free(struct reader *reader)
{
    if (!reader)
        return;
    while (reader->block) {
        struct block *before = reader->block->before;
        free(reader->block);
        reader->block = before;
    }
    for (size_t i = 0; i < reader->within_count; i++)
        reader_free(reader->within[i]);
    free(reader->within);
    free(reader->text);
    free(reader);
}

const char *reader_text(const struct reader *reader, size_t *length)
{
    if (length)
        *length = reader->length;
    return reader->text;
}

const struct reader_node *reader_root(const struct reader *reader)
{
    return reader->root;
}

size_t reader_nodes(const struct reader *reader)
{
    return reader->count;
}

bool reader_exact(const struct reader *reader, const char **reason, size_t *from, size_t *to)
{
    if (reason)
        *reason = reader->reason;
    if (from)
        *from = reader->from;
    if (to)
        *to = reader->to;
    return !reader->reason;
}

const struct reader_node *reader_walk(const struct reader_node *root, const struct reader_node *node)
{
    if (node->first)
        return node->first;
    while (node != root && !node->next)
        node = node->parent;
    return node == root ? NULL : node->next;
}

const struct reader_node *reader_next_simple(const struct reader *reader, const struct reader_node *node)
{
    if (!node)
        node = reader->root;
    do
        node = reader_walk(reader->root, node);
    while (node && node->kind != READER_SIMPLE);
    return node;
}

const struct reader_node *reader_child(const struct reader_node *node, const struct reader_node *child,
                                       enum reader_kind kind)
{
    child = child ? child->next : node->first;
    while (child && child->kind != kind)
        child = child->next;
    return child;
}
