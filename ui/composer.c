/* composer.c - keys to libedit, libedit's text to rows; the search of the history.
 *
 * Each key becomes the characters that a terminal would send (composer_keys.c) and libedit runs until it
 * wants more.  Rows are brought up to date only when somebody asks for them: the owner's layout, or libedit
 * when Up and Down must know where the rows are. */
#include "ui/composer.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/utf8.h"
#include "base/visible.h"
#include "ui/composer_keys.h"
#include "ui/key.h"
#include "ui/line_editor.h"
#include "ui/text_rows.h"
#include "ui/wide.h"

#include <stdlib.h>
#include <string.h>
#include <wctype.h>

enum { FIRST_WIDTH = 80 }; /* until the first layout says */

struct composer {
    struct line_editor *editor;
    struct composer_calls calls;
    int goal;           /* column that Up and Down keep to, as long as they are what moves the cursor */
    size_t goal_at;     /* where the latest of them left it; SIZE_MAX: nowhere */
    struct buffer text; /* what composer_text and composer_before gave */
    struct buffer row;  /* what composer_row gave */

    struct text_rows rows; /* of the editor's text, or of what the search found */
    int width;             /* of the latest layout */
    size_t top, shown;     /* first row in sight, and how many rows of text are */

    bool searching;
    struct buffer query;
    struct buffer prompt;   /* the search's own row, of the latest layout */
    size_t match;           /* entry of the history, 0: the newest */
    const wchar_t *matched; /* its text, borrowed; NULL: nothing was searched for yet */
    bool lost;              /* nothing holds the query; the match before is still there */
};

/* ---- rows ---------------------------------------------------------------------------------------------- */

static void update_rows(struct composer *composer)
{
    size_t length, cursor;
    const wchar_t *text = line_editor_text(composer->editor, &length, &cursor);
    if (composer->searching && composer->matched) {
        text = composer->matched;
        length = wcslen(text);
    }
    text_rows_update(&composer->rows, text, length, composer->width);
}

/* The editor asks where Up or Down leads to. */
static size_t move_rows(void *data, int step)
{
    struct composer *composer = data;
    size_t length, cursor;
    update_rows(composer);
    line_editor_text(composer->editor, &length, &cursor);
    size_t row = text_rows_find(&composer->rows, cursor);
    if (cursor != composer->goal_at)
        composer->goal = text_rows_column(&composer->rows, row, cursor);
    composer->goal_at = SIZE_MAX;
    if (step < 0 ? row > 0 : row + 1 < composer->rows.count)
        composer->goal_at = text_rows_position(&composer->rows, step < 0 ? row - 1 : row + 1, composer->goal);
    return composer->goal_at;
}

/* Keeps ROW in sight when HEIGHT rows are. */
static void scroll_to(struct composer *composer, size_t row, size_t height)
{
    size_t count = composer->rows.count;
    composer->shown = count < height ? count : height;
    if (composer->top + composer->shown > count)
        composer->top = count - composer->shown;
    if (row < composer->top)
        composer->top = row;
    if (composer->shown && row >= composer->top + composer->shown)
        composer->top = row - composer->shown + 1;
}

/* The search's own row: of a query that is too long for it, the end. */
static void make_prompt(struct composer *composer)
{
    const char *head = composer->lost ? "not in history: " : "search history: ";
    const char *query = composer->query.data;
    size_t left = composer->query.length, room = (size_t)composer->width;
    while (left && strlen(head) + visible_columns(query, left) >= room) {
        size_t cluster = utf8_cluster(query, left);
        query += cluster;
        left -= cluster;
    }
    buffer_clear(&composer->prompt);
    buffer_append_text(&composer->prompt, head);
    buffer_append(&composer->prompt, query, left);
}

size_t composer_layout(struct composer *composer, int width, size_t height)
{
    size_t length, cursor;
    composer->width = width;
    update_rows(composer);
    line_editor_text(composer->editor, &length, &cursor);
    if (composer->searching) {
        make_prompt(composer);
        scroll_to(composer, 0, height - 1);
        return composer->shown + 1;
    }
    scroll_to(composer, text_rows_find(&composer->rows, cursor), height);
    return composer->shown;
}

const char *composer_row(struct composer *composer, size_t index, size_t *length)
{
    if (composer->searching && index == composer->shown) {
        *length = composer->prompt.length;
        return composer->prompt.data;
    }
    size_t row = composer->top + index, start = text_rows_start(&composer->rows, row);
    buffer_clear(&composer->row);
    wide_to_utf8(&composer->row, composer->rows.text + start, text_rows_end(&composer->rows, row) - start);
    *length = composer->row.length;
    return composer->row.data;
}

void composer_cursor(const struct composer *composer, size_t *row, int *column)
{
    if (composer->searching) {
        int end = (int)visible_columns(composer->prompt.data, composer->prompt.length);
        *row = composer->shown;
        *column = end < composer->width ? end : composer->width - 1;
        return;
    }
    size_t length, cursor;
    line_editor_text(composer->editor, &length, &cursor);
    size_t at = text_rows_find(&composer->rows, cursor);
    *row = at - composer->top;
    *column = text_rows_column(&composer->rows, at, cursor);
}

size_t composer_rows_above(const struct composer *composer)
{
    return composer->top;
}

size_t composer_rows_below(const struct composer *composer)
{
    return composer->rows.count - composer->top - composer->shown;
}

/* ---- the text ------------------------------------------------------------------------------------------ */

static const char *as_utf8(struct composer *composer, const wchar_t *text, size_t length)
{
    buffer_clear(&composer->text);
    wide_to_utf8(&composer->text, text, length);
    return composer->text.data;
}

const char *composer_text(struct composer *composer)
{
    size_t length, cursor;
    const wchar_t *text = line_editor_text(composer->editor, &length, &cursor);
    return as_utf8(composer, text, length);
}

const char *composer_before(struct composer *composer)
{
    size_t length, cursor;
    const wchar_t *text = line_editor_text(composer->editor, &length, &cursor);
    return as_utf8(composer, text, cursor);
}

bool composer_is_empty(const struct composer *composer)
{
    size_t length, cursor;
    line_editor_text(composer->editor, &length, &cursor);
    return length == 0;
}

/* Enter has nothing to submit here. */
static bool is_blank(const struct composer *composer)
{
    size_t length, cursor;
    const wchar_t *text = line_editor_text(composer->editor, &length, &cursor);
    for (size_t i = 0; i < length; i++)
        if (!iswspace((wint_t)text[i]))
            return false;
    return true;
}

/* TEXT in place of BEFORE characters before the cursor; says so when it is too much. */
static void replace(struct composer *composer, size_t before, const char *text, size_t length)
{
    size_t count;
    wchar_t *wide = wide_from_utf8(text, length, &count);
    if (count + before > 0 && !line_editor_replace(composer->editor, before, wide, count) &&
        composer->calls.tell)
        composer->calls.tell(composer->calls.data,
                             "That text is too long for the composer. Put it into a file and name the file.");
    free(wide);
}

void composer_set_text(struct composer *composer, const char *text)
{
    composer->searching = false;
    line_editor_restart(composer->editor);
    replace(composer, 0, text, strlen(text));
}

void composer_complete(struct composer *composer, size_t bytes, const char *text)
{
    const char *before = composer_before(composer);
    size_t length = composer->text.length, count;
    bytes = bytes < length ? bytes : length;
    free(wide_from_utf8(before + length - bytes, bytes, &count));
    replace(composer, count, text, strlen(text));
}

/* ---- search -------------------------------------------------------------------------------------------- */

static void open_search(struct composer *composer)
{
    composer->searching = true;
    composer->lost = false;
    composer->matched = NULL;
    composer->match = 0;
    buffer_clear(&composer->query);
}

/* Looks for the query from entry FROM on. */
static void find(struct composer *composer, size_t from, int direction)
{
    size_t count;
    wchar_t *needle = wide_from_utf8(composer->query.data, composer->query.length, &count);
    composer->lost = count > 0 && !line_editor_history_find(composer->editor, needle, direction, &from,
                                                            &composer->matched);
    if (count == 0)
        composer->matched = NULL;
    if (!composer->lost)
        composer->match = count ? from : 0;
    free(needle);
}

static void query_add(struct composer *composer, const char *text, size_t length)
{
    buffer_append(&composer->query, text, length);
    find(composer, composer->match, 1);
}

static void query_shorten(struct composer *composer)
{
    struct buffer *query = &composer->query;
    size_t at = 0;
    for (size_t next = 0; next < query->length;
         next += utf8_cluster(query->data + next, query->length - next))
        at = next;
    buffer_truncate(query, at);
    find(composer, 0, 1);
}

static void find_next(struct composer *composer, int direction)
{
    if (direction < 0 && composer->match == 0)
        composer->lost = true;
    else if (composer->matched)
        find(composer, composer->match + (size_t)direction, direction);
}

/* What was found becomes the text. */
static void take_match(struct composer *composer)
{
    composer->searching = false;
    if (!composer->matched)
        return;
    wchar_t *text = xmemdup(composer->matched, (wcslen(composer->matched) + 1) * sizeof *text);
    line_editor_restart(composer->editor);
    if (*text)
        line_editor_replace(composer->editor, 0, text, wcslen(text));
    free(text);
}

static bool is_cancel(const struct key *key)
{
    return key_is(key, NAMED_ESCAPE, 0) || key_is_character(key, 'g', MOD_CONTROL) ||
           key_is_character(key, 'c', MOD_CONTROL);
}

/* False: the search has ended, and the key is for what it found. */
static bool search_key(struct composer *composer, const struct key *key)
{
    char character[4];
    if (key->kind == INPUT_PASTE)
        query_add(composer, key->text, strcspn(key->text, "\n"));
    else if (key_is_text(key))
        query_add(composer, character, utf8_encode(key->code, character));
    else if (key_is(key, NAMED_BACKSPACE, 0) || key_is_character(key, 'h', MOD_CONTROL))
        query_shorten(composer);
    else if (key_is_character(key, 'r', MOD_CONTROL))
        find_next(composer, 1);
    else if (key_is_character(key, 's', MOD_CONTROL))
        find_next(composer, -1);
    else if (is_cancel(key))
        composer->searching = false;
    else
        take_match(composer);
    bool ends = key_is(key, NAMED_ENTER, 0) || key_is(key, NAMED_TAB, 0) || is_cancel(key);
    return composer->searching || ends;
}

/* ---- keys ---------------------------------------------------------------------------------------------- */

static void submit(struct composer *composer)
{
    size_t length;
    const wchar_t *wide = line_editor_submitted(composer->editor, &length);
    line_editor_history_add(composer->editor, wide);
    char *text = xstrdup(as_utf8(composer, wide, length));
    composer->calls.submit(composer->calls.data, text);
    free(text);
}

/* Does what the editor asks; false when it is to be handed back. */
static bool act(struct composer *composer, enum line_action action)
{
    switch (action) {
    case LINE_SUBMIT:
        submit(composer);
        return true;
    case LINE_SEARCH:
        open_search(composer);
        return true;
    case LINE_COMPLETE:
        return composer->calls.complete && composer->calls.complete(composer->calls.data);
    case LINE_END_OF_FILE:
    case LINE_ESCAPE:
        return false;
    case LINE_WAITING:
        break;
    }
    return true;
}

static bool run(struct composer *composer)
{
    bool used = true;
    enum line_action action;
    while ((action = line_editor_run(composer->editor)) != LINE_WAITING)
        used = act(composer, action) && used;
    return used;
}

/* Feeds KEY as a terminal would send it; false when the editor could make nothing of it. */
static bool feed(struct composer *composer, const struct key *key)
{
    wchar_t sequence[KEY_SEQUENCE];
    size_t count = composer_key_sequence(key, sequence);
    const wchar_t *start = sequence;
    if (count == 0 || (count > 2 && !line_editor_knows(composer->editor, sequence)))
        return false;
    bool unknown = count == 2 && !line_editor_knows(composer->editor, sequence);
    if (unknown && line_editor_is_vi(composer->editor)) {
        line_editor_escape(composer->editor); /* as vi's people know it: ESC, then the key */
        start++;
        count--;
    }
    line_editor_feed(composer->editor, start, count);
    return true;
}

/* Keys that are not for the editor, or not now. *USED says what became of them. */
static bool special_key(struct composer *composer, const struct key *key, bool *used)
{
    *used = false;
    if (key->kind == INPUT_MOUSE || key->kind == INPUT_FOCUS)
        return true;
    if (line_editor_in_command(composer->editor))
        return false;
    if (key_is_character(key, 'c', MOD_CONTROL)) {
        *used = !composer_is_empty(composer);
        if (*used)
            line_editor_restart(composer->editor);
        return true;
    }
    if (key_is_character(key, 'd', MOD_CONTROL))
        return composer_is_empty(composer);
    return key_is(key, NAMED_ENTER, 0) && is_blank(composer);
}

static bool edit_key(struct composer *composer, const struct key *key)
{
    bool used;
    if (special_key(composer, key, &used))
        return used;
    if (key->kind == INPUT_PASTE) {
        replace(composer, 0, key->text, key->length);
        return true;
    }
    if (key_is(key, NAMED_ESCAPE, 0))
        line_editor_escape(composer->editor);
    else if (!feed(composer, key))
        return false;
    return run(composer);
}

bool composer_key(struct composer *composer, const struct key *key)
{
    if (composer->searching && key->kind != INPUT_MOUSE && key->kind != INPUT_FOCUS &&
        search_key(composer, key))
        return true;
    return edit_key(composer, key);
}

bool composer_is_searching(const struct composer *composer)
{
    return composer->searching;
}

/* ---- beginning and end --------------------------------------------------------------------------------- */

void composer_add_history(struct composer *composer, const char *text)
{
    size_t count;
    wchar_t *wide = wide_from_utf8(text, strlen(text), &count);
    line_editor_history_add(composer->editor, wide);
    free(wide);
    if (composer->searching)
        find(composer, 0, 1); /* the entry that was found may be gone */
}

const char *composer_complaints(const struct composer *composer)
{
    return line_editor_complaints(composer->editor);
}

static char *editrc_path(const char *chosen)
{
    const char *named = chosen ? chosen : getenv("EDITRC");
    if (named)
        return *named ? xstrdup(named) : NULL;
    char *home = path_home();
    char *path = path_join(home, ".editrc");
    free(home);
    return path;
}

struct composer *composer_new(const struct composer_options *options, const struct composer_calls *calls,
                              struct error *error)
{
    struct composer *composer = xcalloc(1, sizeof *composer);
    composer->calls = *calls;
    composer->goal_at = SIZE_MAX;
    composer->width = FIRST_WIDTH;
    buffer_init(&composer->text, 0);
    buffer_init(&composer->row, 0);
    buffer_init(&composer->query, 0);
    buffer_init(&composer->prompt, 0);
    char *editrc = editrc_path(options->editrc);
    struct line_editor_options editing = { .vi = options->vi,
                                           .editrc = editrc,
                                           .history = options->history,
                                           .move_rows = move_rows,
                                           .context = composer };
    composer->editor = line_editor_new(&editing, error);
    free(editrc);
    if (composer->editor)
        return composer;
    composer_free(composer);
    return NULL;
}

void composer_free(struct composer *composer)
{
    if (!composer)
        return;
    line_editor_free(composer->editor);
    text_rows_release(&composer->rows);
    buffer_release(&composer->text);
    buffer_release(&composer->row);
    buffer_release(&composer->query);
    buffer_release(&composer->prompt);
    free(composer);
}
