/* output.h - the window of a call's output that is kept in memory.
 *
 * Output is bytes.  All of it is spooled to a file; here stay the first HEAD and the last TAIL bytes, the
 * count of all, and an index of lines of what is kept, so that a pane can draw any part at once and a command
 * that prints 1 GB costs a fixed amount.  Pieces remember which stream they came from. */
#ifndef SANDGATE_MATTER_OUTPUT_H
#define SANDGATE_MATTER_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct output;

enum output_stream { OUTPUT_STDOUT = 1, OUTPUT_STDERR = 2 };

struct output *output_new(size_t head, size_t tail); /* bytes kept of each end */
void output_free(struct output *output);
void output_append(struct output *output, enum output_stream stream, const char *bytes, size_t length);

int64_t output_total(const struct output *output); /* bytes that ever came */
int64_t output_total_lines(const struct output *output);
int64_t output_left_out(const struct output *output);  /* bytes between head and tail that are not shown */
unsigned output_revision(const struct output *output); /* changes with every append */

/* Lines of what is kept: head lines, then (when bytes are left out) one line that is_gap, then tail lines. */
size_t output_lines(const struct output *output);
struct output_line {
    const char *text; /* borrowed until the next append; no "\n" or "\r\n" at the end */
    size_t length;
    enum output_stream stream; /* of its first byte */
    bool is_gap;               /* stands for output_left_out bytes; text is empty */
};
bool output_line(const struct output *output, size_t index, struct output_line *line);

/* What the model gets: whole when it fits LIMIT bytes, else head and tail with a line between that names
 * the bytes left out and NAME, by which the rest can be read (NULL: says only the count). Bad UTF-8 is
 * repaired, a NUL becomes U+2400, and LIMIT holds for the result (but the line between is always there);
 * cuts are at line ends where one is near, else at a character's boundary. */
void output_for_model(const struct output *output, size_t limit, const char *name, struct buffer *out);

#endif
