/* markdown_stream.h - where growing Markdown can be cut, so that only its end is read again.
 *
 * All of this looks at lines only and knows no inline marks.  Places are at the start of a line between two
 * top-level blocks, where reading may begin anew. */
#ifndef SANDGATE_MATTER_MARKDOWN_STREAM_H
#define SANDGATE_MATTER_MARKDOWN_STREAM_H

#include <stdbool.h>
#include <stddef.h>

/* A block longer than this is cut inside (a paragraph at a space, a list at an item), so that the work for an
 * answer stays in proportion to its length; a table may be longer by MARKDOWN_TABLE_FACTOR. */
enum { MARKDOWN_OPEN_LONGEST = 32 * 1024, MARKDOWN_TABLE_FACTOR = 2 };

/* How far SOURCE, read from a place, is closed: bytes from its start that no text to come can change, up to
 * the next place.  Never goes into a fence: a fence that opens at the start of SOURCE is the caller's.
 * *WITHIN: it is no place but a cut within an overlong block. */
size_t markdown_closed(const char *source, size_t length, bool *within);

/* Bytes at the end of SOURCE that may still turn into something else (a table without its delimiter row, a
 * setext underline, a mark without its text): better shown once more has come. */
size_t markdown_undecided(const char *source, size_t length);

/* The line at SOURCE without its newline; *NEXT: bytes to the next line. False: it has no newline yet. */
bool markdown_line(const char *source, size_t length, size_t *line, size_t *next);

struct markdown_fence {
    char mark;                /* '`' or '~' */
    size_t width;             /* of the mark */
    size_t indent;            /* spaces before it, 0 to 3 */
    size_t info, info_length; /* the language: offset in the line */
};
/* True when LINE (whole, without its newline) opens a fence. */
bool markdown_fence_opens(const char *line, size_t length, struct markdown_fence *fence);
bool markdown_fence_closes(const char *line, size_t length, const struct markdown_fence *fence);

#endif
