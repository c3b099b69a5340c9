/* hunk_view.h - the hunks of a change as display lines, each of which can be taken or left.
 *
 * All are taken at first.  Changes that are near each other are one hunk until it is divided.  A hunk that was never in
 * sight is taken only together with all the others: who chooses among hunks has seen what they choose
 * (hunk_view_unseen). */
#ifndef SANDGATE_UI_HUNK_VIEW_H
#define SANDGATE_UI_HUNK_VIEW_H

#include <stdbool.h>
#include <stddef.h>

struct hunk_view;
struct lines;

/* The texts are copied. */
struct hunk_view *hunk_view_new(const char *before, size_t before_length, const char *after,
                                size_t after_length);
void hunk_view_free(struct hunk_view *view); /* NULL is fine */

/* Appends the hunks to LINES, each under a line that says which it is; where there is a choice also whether it is taken
 * and which of them is the present one. */
void hunk_view_put(struct hunk_view *view, struct lines *lines);
/* ROWS lines from line FIRST on are in sight.  True when another hunk is the present one since: the one before is out
 * of sight, and the lines are to be put anew. */
bool hunk_view_look(struct hunk_view *view, size_t first, size_t rows);

/* There is more than one change. */
bool hunk_view_is_choice(const struct hunk_view *view);
size_t hunk_view_count(const struct hunk_view *view); /* hunks */
size_t hunk_view_taken(const struct hunk_view *view); /* how many of them are */
/* All are taken: it is the whole change. */
bool hunk_view_is_whole(const struct hunk_view *view);
/* The number, from 1, of the first hunk that is taken and was not in sight whole; 0: there is none. */
size_t hunk_view_unseen(const struct hunk_view *view);

/* The single changes, which are the hunks of diff_new_apart: how many there are, and which are taken. */
size_t hunk_view_changes(const struct hunk_view *view);
bool hunk_view_takes(const struct hunk_view *view, size_t change);

/* Goes BY hunks on, or back. Returns the line at which the hunk that is the present one now begins. */
size_t hunk_view_move(struct hunk_view *view, long by);
void hunk_view_toggle(struct hunk_view *view);     /* takes or leaves the present one */
void hunk_view_toggle_all(struct hunk_view *view); /* takes all; when all are taken, leaves them */
/* Each change of the present hunk becomes a hunk. */
bool hunk_view_can_divide(const struct hunk_view *view);
void hunk_view_divide(struct hunk_view *view);

#endif
