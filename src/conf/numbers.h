/* numbers.h - numbers, sizes and spans as a person writes them, strictly. */
#ifndef SANDGATE_CONF_NUMBERS_H
#define SANDGATE_CONF_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

struct buffer;

/* Each is false when TEXT is not wholly one: no spaces, no "+", no leading zeros, no hexadecimal, no "_". */
bool number_integer(const char *text, int64_t *value);     /* "-5", "12" */
bool number_decimal(const char *text, double *value);      /* "0.7", "1e-3"; never infinite */
bool number_size(const char *text, int64_t *bytes);        /* "512", "64K", "100M", "2G", "1T" */
bool number_span(const char *text, int64_t *milliseconds); /* "0", "250ms", "30s", "5m", "2h", "1d" */

/* The shortest text that reads as the same. */
void number_print_size(struct buffer *out, int64_t bytes);
void number_print_span(struct buffer *out, int64_t milliseconds);

#endif
