/* ignore_pattern.h - one pattern of an ignore file; used by ignore.c only. */
#ifndef SANDGATE_MATTER_IGNORE_PATTERN_H
#define SANDGATE_MATTER_IGNORE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct ignore_pattern;

/* Reads one line (without its end). NULL when it holds no pattern, or one that can match nothing. */
struct ignore_pattern *ignore_pattern_new(const char *line, size_t length);
void ignore_pattern_free(struct ignore_pattern *pattern);

/* "!": what it matches is taken back. */
bool ignore_pattern_is_negated(const struct ignore_pattern *pattern);
/* Does it match PATH, which is relative to the folder of the pattern's file? */
bool ignore_pattern_matches(const struct ignore_pattern *pattern, const char *path, bool is_folder);

#endif
