/* error.c - sentences are made here and nowhere else, so that all have one form. */
#include "base/error.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void take(struct error *error, char *message, int number)
{
    free(error->message);
    error->message = message;
    error->number = number;
}

bool error_set(struct error *error, const char *format, ...)
{
    if (!error)
        return false;
    va_list arguments;
    va_start(arguments, format);
    take(error, xvasprintf(format, arguments), 0);
    va_end(arguments);
    return false;
}

bool error_set_errno(struct error *error, int number, const char *format, ...)
{
    if (!error)
        return false;
    va_list arguments;
    va_start(arguments, format);
    char *tried = xvasprintf(format, arguments);
    va_end(arguments);
    char words[128];
    take(error, xasprintf("%s: %s", tried, strerror_r(number, words, sizeof words)), number);
    free(tried);
    return false;
}

bool error_prefix(struct error *error, const char *format, ...)
{
    if (!error)
        return false;
    va_list arguments;
    va_start(arguments, format);
    char *prefix = xvasprintf(format, arguments);
    va_end(arguments);
    take(error, xasprintf("%s: %s", prefix, error_message(error)), error->number);
    free(prefix);
    return false;
}

const char *error_message(const struct error *error)
{
    return error && error->message ? error->message : "unknown error";
}

void error_clear(struct error *error)
{
    if (error)
        take(error, NULL, 0);
}
