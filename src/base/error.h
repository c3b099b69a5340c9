/* error.h - a failure as a sentence.
 *
 * A function that can fail takes `struct error *error` as its last argument (NULL: not interested) and
 * returns false, NULL or -1.  The sentence says what was tried, what is wrong and, where there is one, what
 * to do.  Sentences are shown to people: no function names, no newline at the end. */
#ifndef SANDGATE_BASE_ERROR_H
#define SANDGATE_BASE_ERROR_H

#include <stdbool.h>

struct error {
    char *message; /* owned; NULL when there is no error */
    int number;    /* errno of the cause, else 0 */
};

#define ERROR_INIT { 0 }

/* Sets the sentence (a former one is freed).  Always returns false: `return error_set(error, "...")`. */
bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, with ": " and the words of errno value NUMBER at the end. */
bool error_set_errno(struct error *error, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "PREFIX: " before the sentence that is there. Always returns false. */
bool error_prefix(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The sentence, or "unknown error" when none was set. Borrowed until the error changes. */
const char *error_message(const struct error *error);

/* Frees the sentence and makes the error empty again. */
void error_clear(struct error *error);

#endif
