/* script.h - a .screen file as steps.
 *
 * One step a line: a word and the rest of the line.  Blank lines and lines that begin with "#" are remarks;
 * the first remark says what the test is about.  A line that ends in "<<END" (any word) takes the lines up to
 * one that is only that word as its block. */
#ifndef SANDGATE_TESTS_SCRIPT_H
#define SANDGATE_TESTS_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

struct error;

struct step {
    int line;       /* in the file, from 1 */
    char *word;     /* "key" */
    char *argument; /* the rest, without blanks around it; "" for none */
    char *block;    /* lines, each with its newline; NULL: there is none */
};

struct script {
    char *path;
    char *title;
    struct step *steps;
    size_t count, capacity;
};

bool script_read(struct script *script, const char *path, struct error *error);
void script_release(struct script *script);

#endif
