/* values.h - a value of an option, typed; read from a file's tree or from a text (variable, flag). */
#ifndef SANDGATE_CONF_VALUES_H
#define SANDGATE_CONF_VALUES_H

#include <stdbool.h>
#include <stdint.h>

struct buffer;
struct json;
struct option;
struct problems;
struct yaml_value;

struct value {
    char *text;      /* as written; LIST, MAP, OBJECT: on one line */
    int64_t integer; /* INTEGER, SIZE (bytes), SPAN (milliseconds); CHOICE: its place among the choices */
    double number;   /* NUMBER, and the same as integer for those that have one */
    bool boolean;
    char **list; /* LIST: items, MAP: "name: value"; NULL-terminated */
    struct json *object;
};

/* Fills VALUE (all zero before) from NODE.  False: what is wrong was told to PROBLEMS, VALUE is empty. */
bool value_read(struct value *value, const struct option *option, const struct yaml_value *node,
                struct problems *problems);
/* The same from a text that a person typed in a shell; LIST, MAP and OBJECT are read as YAML. */
bool value_read_text(struct value *value, const struct option *option, const char *text,
                     struct problems *problems);
void value_release(struct value *value);

/* True when NEXT is at least as strict as NOW (NULL: unset, no limit). */
bool value_tightens(const struct option *option, const struct value *next, const struct value *now);

/* Appends the value as it would be written in the file, "(set)" for a secret; visible, one line. */
void value_print(const struct value *value, const struct option *option, struct buffer *out);

/* "16M to 16T", in the units of the option; false: it has no range. */
bool value_range(const struct option *option, struct buffer *out);

#endif
