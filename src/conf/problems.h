/* problems.h - all that is wrong, collected, so that a person mends a file in one go.
 *
 * Each problem is one line, "SOURCE:LINE:COLUMN: sentence"; SOURCE is a file, a variable or a flag. */
#ifndef SANDGATE_CONF_PROBLEMS_H
#define SANDGATE_CONF_PROBLEMS_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

enum { PROBLEMS_TOLD = 50 }; /* those after it are counted, not told */

struct problems {
    struct buffer text;
    size_t count;
    const char *source; /* borrowed; what is being read now */
};

#define PROBLEMS_INIT       \
    {                       \
        .text = BUFFER_INIT \
    }

/* LINE 0: the source has no lines (a variable, a flag). Always returns false. */
bool problems_add(struct problems *problems, int line, int column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Hands everything over as one error and releases. True when there was no problem. */
bool problems_finish(struct problems *problems, struct error *error);

/* TEXT of a file as it may stand in a sentence: visible, shortened. Caller frees. */
char *problems_quote(const char *text);

#endif
