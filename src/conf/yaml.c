/* yaml.c - libyaml's document, checked and turned into our tree.
 *
 * libyaml hands out a graph: an alias is the same node again, perhaps even inside itself.  Copying it into a
 * tree with a ceiling on values, bytes and depth makes loops and "billion laughs" ordinary errors.
 *
 * Before that, the text's events are counted: libyaml's time grows with the square of the depth and of the
 * number of anchors, and 64 KiB of "[" keep it busy for seconds. */
#include "conf/yaml.h"

#include "base/map.h"
#include "base/memory.h"
#include "conf/problems.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

static const char too_large[] = "the file holds too many values, or they are nested too deep (aliases count)";

/* One reading of one text. */
struct reading {
    yaml_document_t *document;
    struct problems *problems;
    size_t values; /* made so far */
    size_t bytes;  /* of text copied so far */
    bool too_large;
};

static struct yaml_value *read_node(struct reading *reading, yaml_node_t *node, int depth);

void yaml_tree_free(struct yaml_value *value)
{
    if (!value)
        return;
    for (size_t i = 0; i < value->count; i++) {
        free(value->entries[i].key);
        yaml_tree_free(value->entries[i].value);
    }
    free(value->entries);
    free(value->text);
    free(value);
}

static bool node_problem(struct reading *reading, const yaml_node_t *node, const char *sentence)
{
    return problems_add(reading->problems, (int)node->start_mark.line + 1, (int)node->start_mark.column + 1,
                        "%s", sentence);
}

/* One sentence is enough however often the ceiling is met. */
static struct yaml_value *refuse_size(struct reading *reading, const yaml_node_t *node)
{
    if (!reading->too_large)
        node_problem(reading, node, too_large);
    reading->too_large = true;
    return NULL;
}

static char *copy_scalar(struct reading *reading, const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    size_t length = node->data.scalar.length;
    if (memchr(text, '\0', length)) {
        node_problem(reading, node, "a text cannot hold a NUL character");
        return NULL;
    }
    reading->bytes += length;
    if (reading->bytes > YAML_FILE_BYTES) {
        refuse_size(reading, node);
        return NULL;
    }
    return xstrndup(text, length);
}

static enum yaml_kind scalar_kind(const yaml_node_t *node, const char *text)
{
    static const char *const empty[] = { "", "~", "null", "Null", "NULL" };
    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return YAML_QUOTED;
    for (size_t i = 0; i < ARRAY_SIZE(empty); i++)
        if (strcmp(text, empty[i]) == 0)
            return YAML_EMPTY;
    return YAML_PLAIN;
}

static void fill_list(struct reading *reading, yaml_node_t *node, struct yaml_value *value, int depth)
{
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    value->entries = xcalloc(count + 1, sizeof *value->entries);
    for (; value->count < count && !reading->too_large; value->count++) {
        yaml_node_t *item =
            yaml_document_get_node(reading->document, node->data.sequence.items.start[value->count]);
        struct yaml_entry *entry = &value->entries[value->count];
        entry->value = read_node(reading, item, depth + 1);
        if (entry->value) {
            entry->line = entry->value->line;
            entry->column = entry->value->column;
        }
    }
}

/* NULL and a problem when it is no key that we take. */
static char *read_key(struct reading *reading, struct map *seen, const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE) {
        node_problem(reading, node, "a key must be a plain word");
        return NULL;
    }
    char *key = copy_scalar(reading, node);
    if (!key)
        return NULL;
    const char *wrong = NULL;
    if (strcmp(key, "<<") == 0 && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        wrong = "merge keys (<<) are not supported: write the values out";
    else if (map_has(seen, key))
        wrong = "this key stands here a second time";
    if (!wrong) {
        map_set(seen, key, key);
        return key;
    }
    node_problem(reading, node, wrong);
    free(key);
    return NULL;
}

static void fill_map(struct reading *reading, yaml_node_t *node, struct yaml_value *value, int depth)
{
    yaml_node_pair_t *pairs = node->data.mapping.pairs.start;
    size_t count = (size_t)(node->data.mapping.pairs.top - pairs);
    struct map *seen = map_new(NULL);
    value->entries = xcalloc(count + 1, sizeof *value->entries);
    for (size_t i = 0; i < count && !reading->too_large; i++) {
        yaml_node_t *key = yaml_document_get_node(reading->document, pairs[i].key);
        char *name = read_key(reading, seen, key);
        if (!name)
            continue;
        struct yaml_entry *entry = &value->entries[value->count++];
        entry->key = name;
        entry->line = (int)key->start_mark.line + 1;
        entry->column = (int)key->start_mark.column + 1;
        entry->value =
            read_node(reading, yaml_document_get_node(reading->document, pairs[i].value), depth + 1);
    }
    map_free(seen);
}

/* libyaml gives every value without a tag one of these three. */
static bool has_tag(const yaml_node_t *node)
{
    const char *tag = (const char *)node->tag;
    return tag && strcmp(tag, YAML_STR_TAG) != 0 && strcmp(tag, YAML_SEQ_TAG) != 0 &&
           strcmp(tag, YAML_MAP_TAG) != 0;
}

static void fill_value(struct reading *reading, yaml_node_t *node, struct yaml_value *value, int depth)
{
    if (has_tag(node)) {
        node_problem(reading, node, "tags (!) are not supported: write the value without it");
    } else if (node->type == YAML_SEQUENCE_NODE) {
        value->kind = YAML_LIST;
        fill_list(reading, node, value, depth);
    } else if (node->type == YAML_MAPPING_NODE) {
        value->kind = YAML_MAP;
        fill_map(reading, node, value, depth);
    } else {
        value->text = copy_scalar(reading, node);
        value->kind = value->text ? scalar_kind(node, value->text) : YAML_EMPTY;
    }
}

static struct yaml_value *read_node(struct reading *reading, yaml_node_t *node, int depth)
{
    if (++reading->values > YAML_VALUES || depth > YAML_DEPTH)
        return refuse_size(reading, node);
    struct yaml_value *value = xcalloc(1, sizeof *value);
    value->line = (int)node->start_mark.line + 1;
    value->column = (int)node->start_mark.column + 1;
    fill_value(reading, node, value, depth);
    return value;
}

/* The scanner gives a mark; the reader (bad UTF-8) gives a byte offset only. */
static void syntax_problem(const yaml_parser_t *parser, const char *text, struct problems *problems)
{
    int line = (int)parser->problem_mark.line + 1, column = (int)parser->problem_mark.column + 1;
    if (parser->error == YAML_READER_ERROR) {
        line = column = 1;
        for (size_t i = 0; i < parser->problem_offset; i++) {
            column = text[i] == '\n' ? 1 : column + 1;
            line += text[i] == '\n';
        }
    }
    const char *problem = parser->problem ? parser->problem : "cannot be read";
    if (parser->context)
        problems_add(problems, line, column, "this is not YAML: %s, %s", parser->context, problem);
    else
        problems_add(problems, line, column, "this is not YAML: %s", problem);
}

static void refuse_second_document(yaml_parser_t *parser, const char *text, struct problems *problems)
{
    yaml_document_t document;
    if (!yaml_parser_load(parser, &document)) {
        syntax_problem(parser, text, problems);
        return;
    }
    yaml_node_t *root = yaml_document_get_root_node(&document);
    if (root)
        problems_add(problems, (int)root->start_mark.line + 1, (int)root->start_mark.column + 1,
                     "a second document begins here; a file holds one");
    yaml_document_delete(&document);
}

static void start_parser(yaml_parser_t *parser, const char *text, size_t length)
{
    if (!yaml_parser_initialize(parser))
        bug("libyaml has no memory for a reader");
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(parser, (const unsigned char *)text, length);
}

/* How much deeper the text is after an event. */
static int step(yaml_event_type_t type)
{
    if (type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT)
        return 1;
    return type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT ? -1 : 0;
}

/* False and told, when the text is more than libyaml's loader should be given.  Errors of syntax end the count
 * without a word: the loader meets and tells them. */
static bool is_bounded(const char *text, size_t length, struct problems *problems)
{
    yaml_parser_t parser;
    yaml_event_t event;
    int depth = 0, count = 0;
    bool more = true, fine = true;
    start_parser(&parser, text, length);
    while (fine && more && yaml_parser_parse(&parser, &event)) {
        more = event.type != YAML_STREAM_END_EVENT;
        depth += step(event.type);
        fine = depth <= YAML_DEPTH && ++count <= 4 * YAML_VALUES; /* keys, and ends of maps, are events too */
        if (!fine)
            problems_add(problems, (int)event.start_mark.line + 1, (int)event.start_mark.column + 1, "%s",
                         too_large);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return fine;
}

static struct yaml_value *read_document(yaml_document_t *document, struct problems *problems)
{
    yaml_node_t *root = yaml_document_get_root_node(document);
    if (!root) {
        struct yaml_value *nothing = xcalloc(1, sizeof *nothing);
        nothing->line = nothing->column = 1;
        return nothing;
    }
    struct reading reading = { .document = document, .problems = problems };
    return read_node(&reading, root, 0);
}

struct yaml_value *yaml_tree_read(const char *text, size_t length, struct problems *problems)
{
    size_t before = problems->count;
    yaml_parser_t parser;
    yaml_document_t document;
    if (!is_bounded(text, length, problems))
        return NULL;
    start_parser(&parser, text, length);
    struct yaml_value *value = NULL;
    if (!yaml_parser_load(&parser, &document)) {
        syntax_problem(&parser, text, problems);
    } else {
        value = read_document(&document, problems);
        if (yaml_document_get_root_node(&document))
            refuse_second_document(&parser, text, problems);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    if (problems->count == before)
        return value;
    yaml_tree_free(value);
    return NULL;
}
