/* line_editor.h - a text being edited by libedit, without a terminal.
 *
 * libedit brings what people's fingers know: emacs and vi keys, counts, kill and yank, macros, ~/.editrc,
 * history.  It wants to block on a terminal; here it runs on a stack of its own (ui/routine.h), with a
 * private pty that nothing reads, and waits for keys that the owner feeds.  Nothing here draws.
 *
 *     line_editor_feed(editor, keys, count);
 *     while ((action = line_editor_run(editor)) != LINE_WAITING)
 *         ... do what it asks ...
 *
 * Text is wide characters (ui/wide.h); positions count them.  Several lines are one text with newlines.
 * The process must have its locale before an editor is made (utf8_set_locale). */
#ifndef SANDGATE_UI_LINE_EDITOR_H
#define SANDGATE_UI_LINE_EDITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

struct error;
struct line_editor;

/* What a run ended with.  The text may have changed with any of them. */
enum line_action {
    LINE_WAITING,     /* all keys are used: feed more */
    LINE_SUBMIT,      /* the text is done: line_editor_submitted; editing goes on with an empty one */
    LINE_END_OF_FILE, /* C-d in an empty text */
    LINE_COMPLETE,    /* Tab: the owner may complete what is before the cursor */
    LINE_SEARCH,      /* C-r: the owner lets the person search the history */
    LINE_ESCAPE,      /* ESC, and there was nothing to end or to leave */
};

enum { LINE_EDITOR_CEILING = 4 * 1024 * 1024 }; /* characters; more is refused */

struct line_editor_options {
    bool vi;            /* else emacs; .editrc may say otherwise */
    const char *editrc; /* path of a libedit configuration, NULL: none; a missing file is fine */
    size_t history;     /* entries kept; 0: 1000 */
    /* Where the cursor comes to when it goes ROWS (1 or -1) display rows down from where it is, or SIZE_MAX
     * when there is no such row: then history is shown.  Called on the editor's stack, during a run. */
    size_t (*move_rows)(void *context, int rows);
    void *context;
};

/* NULL with the sentence when there is no pty or no memory for a stack. */
struct line_editor *line_editor_new(const struct line_editor_options *options, struct error *error);
void line_editor_free(struct line_editor *editor); /* NULL is fine; not from move_rows */

/* What is wrong in .editrc, a line each ("/home/me/.editrc:3: ..."); NULL when all is well. */
const char *line_editor_complaints(const struct line_editor *editor);

/* Queues keys as a terminal sends them: characters, control characters, whole escape sequences that
 * line_editor_knows; for ESC alone use line_editor_escape.  C1 controls are not for typing and are left out. */
void line_editor_feed(struct line_editor *editor, const wchar_t *keys, size_t count);
/* Queues ESC: ends a command that waits for a character, leaves vi's insert mode, or is LINE_ESCAPE. */
void line_editor_escape(struct line_editor *editor);
/* True when something is bound to this escape sequence: others would leave their tail in the text. */
bool line_editor_knows(const struct line_editor *editor, const wchar_t *sequence);
enum line_action line_editor_run(struct line_editor *editor);

/* Puts TEXT in place of the BEFORE characters before the cursor, which is then behind it; at once, before keys
 * that still wait.  False when the text would pass the ceiling: nothing is changed then. */
bool line_editor_replace(struct line_editor *editor, size_t before, const wchar_t *text, size_t count);
/* Forgets the text, a half-typed command and keys not used yet, and begins anew. */
void line_editor_restart(struct line_editor *editor);

/* The text and where the cursor is in it; borrowed until the editor is touched again. */
const wchar_t *line_editor_text(const struct line_editor *editor, size_t *count, size_t *cursor);
/* After LINE_SUBMIT: what was submitted, until the next run. */
const wchar_t *line_editor_submitted(const struct line_editor *editor, size_t *count);

bool line_editor_is_vi(const struct line_editor *editor);
/* True while a command waits for a character of its own (C-v, vi's r f t): every key is for it. */
bool line_editor_in_command(const struct line_editor *editor);

/* Adds the newest entry; one that equals the newest is not added again. */
void line_editor_history_add(struct line_editor *editor, const wchar_t *text);
/* Finds NEEDLE in entry FROM (0: the newest) or the nearest that is older (DIRECTION 1) or newer (-1), and
 * gives it (borrowed until the history changes). False when none holds it; FROM is then as it was. */
bool line_editor_history_find(struct line_editor *editor, const wchar_t *needle, int direction, size_t *from,
                              const wchar_t **text);

#endif
