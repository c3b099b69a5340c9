/* fuzz_reader.c - any bytes as a script: spans within one another and the text, a linear number of nodes, twice
 * the same outline, and arguments that do not contradict the tree. */
#include "policy/reader.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

static void check_nodes(const struct reader *reader, size_t length)
{
    const struct reader_node *root = reader_root(reader);
    bool marked = false;
    for (const struct reader_node *node = root; node; node = reader_walk(root, node)) {
        check(node->from <= node->to && node->to <= length && node->kind < READER_KINDS);
        check(node == root || (node->from >= node->parent->from && node->to <= node->parent->to));
        check(!node->next || node->next->from >= node->to);
        marked |= node->unknown != NULL;
    }
    check(marked == !reader_exact(reader, NULL, NULL, NULL));
    check(reader_nodes(reader) <= 8 * length + 1000);
}

static void check_arguments(const struct reader *reader)
{
    struct buffer values = BUFFER_INIT;
    const struct reader_node *simple = NULL;
    while ((simple = reader_next_simple(reader, simple))) {
        buffer_clear(&values);
        size_t count = reader_arguments(reader, simple, &values), nuls = 0;
        for (size_t i = 0; i < values.length; i++)
            nuls += values.data[i] == '\0';
        check(nuls >= count && (count || !values.length));
    }
    buffer_release(&values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer first = BUFFER_INIT, second = BUFFER_INIT;
    struct reader *reader = reader_new((const char *)data, size);
    check_nodes(reader, size);
    check_arguments(reader);
    reader_outline(reader, &first);
    reader_free(reader);
    reader = reader_new((const char *)data, size);
    reader_outline(reader, &second);
    reader_free(reader);
    check(first.length == second.length && memcmp(first.data, second.data, first.length) == 0);
    buffer_release(&first);
    buffer_release(&second);
    return 0;
}
