/* diff.h - what differs between two texts: hunks of lines that can be shown, printed, and applied one by one.
 *
 * A diff is what a person sees before a file is written and what `sandgate pull` lets choose from; so it must
 * be exact (all hunks applied to the old text give the new one, byte for byte) and readable.  Lines end with
 * "\n"; a last line without one is a line of its own kind and never equal to the same words with one.  Bytes
 * are not interpreted: text to be drawn goes through base/visible.h. */
#ifndef SANDGATE_MATTER_DIFF_H
#define SANDGATE_MATTER_DIFF_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct diff;

enum diff_kind {
    DIFF_SAME, /* in both texts: context */
    DIFF_OLD,  /* only in the old text: removed */
    DIFF_NEW,  /* only in the new text: added */
};

enum { DIFF_CONTEXT = 3 }; /* what everyone is used to */

#define DIFF_NO_PAIR ((size_t)-1)

struct diff_line {
    enum diff_kind kind;
    const char *text;  /* borrowed from the diff; without its newline */
    size_t length;     /* bytes */
    bool newline;      /* false: the last line of a file, without a newline */
    size_t old_number; /* 1, 2 ... in the old text; 0: it is not in there */
    size_t new_number;
    size_t pair; /* removed and added lines: the index in the hunk of the line that stands for it on the other
                  * side, else DIFF_NO_PAIR; diff_words compares the two */
};

struct diff_hunk {
    size_t old_start, old_count; /* lines; start is 1 for the first, and when count is 0 the line before */
    size_t new_start, new_count;
    const struct diff_line *lines; /* borrowed from the diff */
    size_t line_count;
};

/* Compares two texts; both are copied.  CONTEXT: lines shown around each change.  Takes time linear in their
 * length: texts that have too little in common are shown as replaced in part or whole, which is still exact. */
struct diff *diff_new(const char *old_text, size_t old_length, const char *new_text, size_t new_length,
                      size_t context);
/* The same, but each change is a hunk of its own, so that it can be chosen by itself: the lines between two that are
 * near each other are parted among them. */
struct diff *diff_new_apart(const char *old_text, size_t old_length, const char *new_text, size_t new_length,
                            size_t context);
void diff_free(struct diff *diff);

/* Hunk INDEX begins where the one before it ends: no line is between them. */
bool diff_hunk_joins(const struct diff *diff, size_t index);
size_t diff_hunks(const struct diff *diff); /* 0: the texts are the same */
const struct diff_hunk *diff_hunk(const struct diff *diff, size_t index);
size_t diff_added(const struct diff *diff);   /* lines */
size_t diff_removed(const struct diff *diff); /* lines */

/* Appends the unified form as git and patch read it; nothing when the texts are the same.  The names are
 * printed as given, in quotes when they hold controls, quotes or backslashes. */
void diff_print(const struct diff *diff, const char *old_name, const char *new_name, struct buffer *out);

void diff_print_hunk(const struct diff_hunk *hunk, struct buffer *out); /* one of them, without names */

/* Appends the old text with the hunks applied whose entry in CHOSEN is true (NULL: all of them). */
void diff_apply(const struct diff *diff, const bool *chosen, struct buffer *out);

/* The lines of a hunk from its first change to its last; with a count of 0, `first` is the line behind. */
struct diff_range {
    size_t old_first, old_count;
    size_t new_first, new_count;
};
void diff_changed_lines(const struct diff_hunk *hunk, struct diff_range *range);

/* Appends which hunks were applied and which were left out (CHOSEN as above, not NULL), by number and by their
 * lines in the text that diff_apply makes: "Applied: hunk 1 (lines 3-5).\nLeft out, as it was before: ...". */
void diff_account(const struct diff *diff, const bool *chosen, struct buffer *out);

/* Bytes of a line that differ from its pair's, whole words at a time; ascending and apart. */
struct diff_span {
    size_t start, length;
};

struct diff_spans {
    struct diff_span *items;
    size_t count, capacity;
};

#define DIFF_SPANS_INIT \
    {                   \
        0               \
    }

/* Compares a removed line with its pair and replaces what is in the two lists.  False, and both empty, when
 * the lines have so little in common that marking words would not help. */
bool diff_words(const struct diff_line *old_line, const struct diff_line *new_line,
                struct diff_spans *old_spans, struct diff_spans *new_spans);
void diff_spans_release(struct diff_spans *spans);

#endif
