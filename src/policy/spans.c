/* spans.c - a script in colours: every byte is painted by the innermost node that has one, then equal neighbours
 * are taken together. */
#include "policy/policy.h"

#include "base/memory.h"
#include "policy/reader.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NOTHING = SPAN_KINDS };

static const uint8_t paints[READER_KINDS] = {
    [READER_LIST] = NOTHING,
    [READER_AND_OR] = SPAN_KEYWORD,
    [READER_PIPELINE] = SPAN_KEYWORD,
    [READER_SIMPLE] = NOTHING,
    [READER_SUBSHELL] = SPAN_KEYWORD,
    [READER_GROUP] = SPAN_KEYWORD,
    [READER_IF] = SPAN_KEYWORD,
    [READER_WHILE] = SPAN_KEYWORD,
    [READER_UNTIL] = SPAN_KEYWORD,
    [READER_FOR] = SPAN_KEYWORD,
    [READER_FOR_COUNT] = SPAN_KEYWORD,
    [READER_SELECT] = SPAN_KEYWORD,
    [READER_CASE] = SPAN_KEYWORD,
    [READER_CASE_ITEM] = SPAN_KEYWORD,
    [READER_FUNCTION] = SPAN_KEYWORD,
    [READER_COPROCESS] = SPAN_KEYWORD,
    [READER_CONDITION] = SPAN_KEYWORD,
    [READER_CALCULATION] = SPAN_EXPANSION,
    [READER_WORD] = NOTHING,
    [READER_ASSIGNMENT] = SPAN_ASSIGNMENT,
    [READER_ARRAY] = SPAN_ASSIGNMENT,
    [READER_REDIRECTION] = SPAN_REDIRECTION,
    [READER_DOCUMENT] = SPAN_DATA,
    [READER_ESCAPE] = SPAN_QUOTED,
    [READER_SINGLE] = SPAN_QUOTED,
    [READER_ANSI] = SPAN_QUOTED,
    [READER_DOUBLE] = SPAN_QUOTED,
    [READER_LOCALE] = SPAN_QUOTED,
    [READER_PARAMETER] = SPAN_EXPANSION,
    [READER_COMMAND] = SPAN_EXPANSION,
    [READER_BACKQUOTE] = SPAN_EXPANSION,
    [READER_ARITHMETIC] = SPAN_EXPANSION,
    [READER_PROCESS] = SPAN_EXPANSION,
    [READER_UNKNOWN] = SPAN_UNKNOWN,
};

static bool is_first_word(const struct reader_node *word)
{
    return word->parent && word->parent->kind == READER_SIMPLE &&
           reader_child(word->parent, NULL, READER_WORD) == word;
}

static uint8_t paint_of(const char *script, const struct reader_node *node)
{
    if (node->unknown)
        return SPAN_UNKNOWN;
    if (node->kind != READER_WORD)
        return paints[node->kind];
    if (is_first_word(node))
        return SPAN_PROGRAM;
    if (node->parent && node->parent->kind == READER_SIMPLE && script[node->from] == '-')
        return SPAN_OPTION;
    return node->parent && node->parent->kind == READER_REDIRECTION ? SPAN_REDIRECTION : NOTHING;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n';
}

static size_t collect(const char *script, const uint8_t *colours, size_t length, struct policy_span **spans)
{
    size_t count = 0, capacity = 0;
    *spans = NULL;
    for (size_t i = 0; i < length;) {
        size_t from = i;
        uint8_t colour = colours[i];
        while (i < length && colours[i] == colour && !(colour == SPAN_KEYWORD && is_blank(script[i])))
            i++;
        if (i == from) {
            i++;
            continue;
        }
        if (colour == NOTHING)
            continue;
        *spans = array_reserve(*spans, &capacity, count + 1, sizeof **spans);
        (*spans)[count++] = (struct policy_span){ from, i, (enum policy_span_kind)colour };
    }
    return count;
}

size_t policy_spans(const char *script, size_t length, struct policy_span **spans)
{
    struct reader *reader = reader_new(script, length);
    const struct reader_node *root = reader_root(reader);
    uint8_t *colours = xmalloc(length + 1);
    memset(colours, NOTHING, length);
    for (const struct reader_node *node = reader_walk(root, root); node; node = reader_walk(root, node))
        memset(colours + node->from, paint_of(script, node), node->to - node->from);
    size_t count = collect(script, colours, length, spans);
    free(colours);
    reader_free(reader);
    return count;
}
