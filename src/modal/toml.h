/* toml.h - a small strict reader of TOML: tables of strings, numbers and booleans, as ~/.modal.toml has them.
 *
 * What TOML has besides (arrays, dates, inline and nested tables, dotted keys, strings of several lines) is an
 * error with its line, never skipped: a file that is not understood whole is neither used nor edited.  Entries
 * remember where they stand, so that one value can be changed and every other byte of the file stays. */
#ifndef SANDGATE_MODAL_TOML_H
#define SANDGATE_MODAL_TOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct error;

enum toml_kind { TOML_TEXT, TOML_INTEGER, TOML_FLOAT, TOML_BOOLEAN };

struct toml_entry {
    char *key;
    enum toml_kind kind;
    char *text;        /* a string's content; the others as they are written */
    int64_t integer;   /* TOML_INTEGER; of a boolean 0 or 1 */
    int line;          /* 1 is the first */
    size_t start, end; /* of the value as it is written */
};

struct toml_table {
    char *name; /* "" for what stands before the first header */
    int line;   /* of its header; 0: none */
    struct toml_entry *entries;
    size_t count, capacity;
    size_t end; /* behind the line of its last entry, or of its header: where a new key goes */
};

struct toml {
    struct toml_table *tables; /* the first is the nameless one */
    size_t count, capacity;
};

/* NULL: a sentence that begins with the line ("line 3: ..."). */
struct toml *toml_parse(const char *text, size_t length, struct error *error);
void toml_free(struct toml *toml);                                                    /* NULL is fine */
const struct toml_table *toml_table(const struct toml *toml, const char *name);       /* NULL: not there */
const struct toml_entry *toml_entry(const struct toml_table *table, const char *key); /* NULL: not there */
/* Whether KEY is there and true. */
bool toml_true(const struct toml_table *table, const char *key);

/* Whether a name without quotes may have BYTE in it. */
bool toml_is_bare(char byte);
/* Appends TEXT as a basic string, quotes and all. */
void toml_append_text(struct buffer *out, const char *text);
/* Sets KEY of table NAME in TEXT to VALUE (as TOML writes it); what is missing is made.  Every byte that does
 * not belong to the value stays as it is.  KEY is a bare key. */
bool toml_set(struct buffer *text, const char *name, const char *key, const char *value, struct error *error);

#endif
