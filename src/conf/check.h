/* check.h - a file's tree against the option table. */
#ifndef SANDGATE_CONF_CHECK_H
#define SANDGATE_CONF_CHECK_H

#include <stdbool.h>

struct option;
struct problems;
struct setting;
struct yaml_value;

/* Fills ROW (one setting an option) with what the tree says: value, line, column.  All that is wrong is told to
 * PROBLEMS; what is right is filled all the same.  PROJECT: it is a project's file, whose powers are fewer. */
void check_tree(const struct yaml_value *root, struct setting *row, bool project, struct problems *problems);

/* Tells that PATH is no option and which may be meant. */
void check_unknown(const char *path, int line, int column, struct problems *problems);

#endif
