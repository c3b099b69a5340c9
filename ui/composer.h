/* composer.h - where the person writes: a text of several lines, its rows for the screen, its history.
 *
 * Editing is libedit's (ui/line_editor.h), so emacs and vi keys, counts, kill and yank, .editrc all work; rows
 * are made here.  Enter submits; M-Enter, S-Enter and C-j begin a new line; Up and Down go through the rows
 * and at the edges through history; C-r searches history; C-c clears the text.
 *
 * Nothing here draws: the owner asks for rows and puts them on the screen with draw_text, which makes what
 * was pasted safe.  A key that the composer has no use for is handed back, so that it can mean something
 * else: ESC when there is nothing to leave, C-c, C-d and Enter when the text is empty, keys bound to nothing.
 *
 * Needs the locale (utf8_set_locale). */
#ifndef SANDGATE_UI_COMPOSER_H
#define SANDGATE_UI_COMPOSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct composer;
struct error;
struct key;

struct composer_options {
    bool vi;            /* vi keys, else emacs keys; .editrc may say otherwise */
    const char *editrc; /* NULL: $EDITRC, else ~/.editrc; "": none */
    size_t history;     /* entries kept in memory; 0: 1000 */
};

/* All are called from composer_key, on the caller's stack; they may use the composer, but not free it. */
struct composer_calls {
    /* The text is done (never blank) and is in the history already; the composer is empty now. */
    void (*submit)(void *data, const char *text);
    /* Tab: complete what is before the cursor (composer_before, composer_complete). False: nothing to
     * complete, the key is handed back. May be NULL. */
    bool (*complete)(void *data);
    /* A sentence for the person, of something that was refused. May be NULL. */
    void (*tell)(void *data, const char *sentence);
    void *data;
};

struct composer *composer_new(const struct composer_options *options, const struct composer_calls *calls,
                              struct error *error);
void composer_free(struct composer *composer); /* NULL is fine */

/* What is wrong in .editrc, a line each; NULL when all is well. */
const char *composer_complaints(const struct composer *composer);

/* Entries of earlier times, the oldest first. */
void composer_add_history(struct composer *composer, const char *text);

/* A key, or a paste (well-formed, newlines as "\n": key.h).  False: handed back, nothing was changed. */
bool composer_key(struct composer *composer, const struct key *key);

/* The text as UTF-8; borrowed until the composer is touched. */
const char *composer_text(struct composer *composer);
bool composer_is_empty(const struct composer *composer);
/* Puts TEXT in place of what is there, the cursor behind it. */
void composer_set_text(struct composer *composer, const char *text);

/* For completion: the text before the cursor (borrowed), and TEXT in place of its last BYTES. */
const char *composer_before(struct composer *composer);
void composer_complete(struct composer *composer, size_t bytes, const char *text);

/* True while the history is searched: the last row is then the search's own line. */
bool composer_is_searching(const struct composer *composer);

/* Lays the text out for WIDTH columns (at least 1) and shows at most HEIGHT rows (at least 1) of it, those
 * around the cursor.  Returns how many there are to draw, 1 at least. */
size_t composer_layout(struct composer *composer, int width, size_t height);
/* Of the latest layout, while nothing was changed: the text of row INDEX from the top (as it is in memory: draw
 * it with draw_text; borrowed until the next call), where the cursor is, and how many rows are out of sight. */
const char *composer_row(struct composer *composer, size_t index, size_t *length);
void composer_cursor(const struct composer *composer, size_t *row, int *column);
size_t composer_rows_above(const struct composer *composer);
size_t composer_rows_below(const struct composer *composer);

#endif
