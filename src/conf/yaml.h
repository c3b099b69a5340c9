/* yaml.h - a YAML file as a tree of values that know their line and column; the only door to libyaml.
 *
 * YAML's surprises stay outside: one document; no duplicate keys, merge keys, tags, NUL or keys that are not
 * plain texts; aliases are followed but bounded.  What a plain word means ("no", "010") is not decided here:
 * a value only says whether it stood in quotes.  (libyaml exports more names that begin with yaml_ than its
 * header shows, yaml_free among them; ours begin with yaml_tree_.) */
#ifndef SANDGATE_CONF_YAML_H
#define SANDGATE_CONF_YAML_H

#include <stddef.h>

struct problems;

enum {
    YAML_FILE_BYTES = 64 * 1024, /* a larger file is refused; libyaml is quadratic in some of what it reads */
    YAML_VALUES = 10000,         /* values of a tree, each alias counted as what it stands for */
    YAML_DEPTH = 32,
};

enum yaml_kind {
    YAML_EMPTY,  /* nothing, "~" or "null" */
    YAML_PLAIN,  /* a word without quotes */
    YAML_QUOTED, /* quotes, or a block (| and >) */
    YAML_LIST,
    YAML_MAP,
};

struct yaml_value {
    enum yaml_kind kind;
    int line, column; /* from 1 */
    char *text;       /* PLAIN, QUOTED (and EMPTY, as written); NULL for others */
    size_t count;     /* LIST, MAP */
    struct yaml_entry *entries;
};

struct yaml_entry {
    char *key;        /* MAP; NULL in a LIST */
    int line, column; /* of the key */
    struct yaml_value *value;
};

/* NULL when anything is wrong, told to PROBLEMS.  An empty text is an EMPTY value. Caller frees. */
struct yaml_value *yaml_tree_read(const char *text, size_t length, struct problems *problems);
void yaml_tree_free(struct yaml_value *value); /* NULL is fine */

#endif
