/* step_expect.c - steps that are the person's eyes: each waits until what it says is so. */
#include "step_call.h"

#include "glass.h"
#include "pattern.h"
#include "play.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool text_is_there(struct play *play, const void *what)
{
    int row, column;
    return glass_find(play->glass, what, &row, &column);
}

static bool text_is_gone(struct play *play, const void *what)
{
    return !text_is_there(play, what);
}

static bool wait_for_text(struct call *call, bool (*holds)(struct play *play, const void *what),
                          const char *complaint)
{
    char *text = step_text(call->argument);
    bool came = play_until(call->play, call->play->patience, holds, text);
    free(text);
    if (came)
        return true;
    step_show_screen(call);
    return error_set(call->error, "%s", complaint);
}

bool step_wait(struct call *call)
{
    return wait_for_text(call, text_is_there, "this did not come to the screen");
}

bool step_wait_gone(struct call *call)
{
    return wait_for_text(call, text_is_gone, "this did not go from the screen");
}

bool step_expect_not(struct call *call)
{
    play_settle(call->play);
    char *text = step_text(call->argument);
    bool there = text_is_there(call->play, text);
    free(text);
    if (!there)
        return true;
    step_show_screen(call);
    return error_set(call->error, "this is on the screen");
}

static bool is_idle(struct play *play, const void *what)
{
    (void)what;
    return glass_is_idle(play->glass);
}

bool step_idle(struct call *call)
{
    if (play_until(call->play, call->play->patience, is_idle, NULL))
        return true;
    step_show_screen(call);
    return error_set(call->error, "the program did not say that it is idle");
}

static bool command_succeeds(struct play *play, const void *command)
{
    struct buffer output = BUFFER_INIT;
    bool good = play_run(play, command, &output);
    buffer_release(&output);
    return good;
}

bool step_wait_run(struct call *call)
{
    return play_until(call->play, call->play->patience, command_succeeds, call->argument) ||
           error_set(call->error, "the command never succeeded");
}

/* Rows that are wanted: all of the screen, or some from a row on. */
struct wanted {
    const char *pattern;
    int first, count; /* count 0: to the end */
};

static void append_wanted_rows(struct play *play, const struct wanted *wanted, struct buffer *out)
{
    int end = wanted->count ? wanted->first + wanted->count : glass_rows(play->glass);
    for (int row = wanted->first; row < end && row < glass_rows(play->glass); row++) {
        glass_row(play->glass, row, out);
        buffer_append_byte(out, '\n');
    }
}

static bool rows_are_there(struct play *play, const void *what)
{
    const struct wanted *wanted = what;
    struct buffer rows = BUFFER_INIT;
    append_wanted_rows(play, wanted, &rows);
    bool same = pattern_screen(wanted->pattern, rows.data);
    buffer_release(&rows);
    return same;
}

static bool expect_rows(struct call *call, struct wanted wanted)
{
    play_settle(call->play);
    if (play_until(call->play, call->play->patience, rows_are_there, &wanted))
        return true;
    struct buffer rows = BUFFER_INIT;
    append_wanted_rows(call->play, &wanted, &rows);
    pattern_difference(call->more, wanted.pattern, rows.data);
    buffer_release(&rows);
    return error_set(call->error, "the screen is not as wanted");
}

bool step_expect_screen(struct call *call)
{
    return expect_rows(call, (struct wanted){ .pattern = call->block });
}

static int count_rows(const char *text)
{
    int count = 0;
    for (; (text = strchr(text, '\n')); text++)
        count++;
    return count;
}

bool step_expect_rows(struct call *call)
{
    int first = atoi(call->argument);
    return expect_rows(call, (struct wanted){ call->block, first, count_rows(call->block) });
}

static bool row_fits(struct play *play, const void *pattern)
{
    bool fits = false;
    for (int row = 0; row < glass_rows(play->glass) && !fits; row++) {
        struct buffer text = BUFFER_INIT;
        glass_row(play->glass, row, &text);
        fits = pattern_row(pattern, text.data);
        buffer_release(&text);
    }
    return fits;
}

bool step_expect_row(struct call *call)
{
    play_settle(call->play);
    if (play_until(call->play, call->play->patience, row_fits, call->argument))
        return true;
    step_show_screen(call);
    return error_set(call->error, "no row is like this");
}

/* Where a cursor or a style is wanted. */
struct spot {
    int row, column;
    char *text; /* instead of both; NULL: none */
    const char *words;
};

static bool cursor_is_there(struct play *play, const void *what)
{
    const struct spot *spot = what;
    int row, column, text_row, text_column;
    bool shown = glass_cursor(play->glass, &row, &column);
    if (!spot->text)
        return shown ? row == spot->row && column == spot->column : spot->row < 0;
    return shown && glass_find(play->glass, spot->text, &text_row, &text_column) && row == text_row &&
           column == text_column;
}

/* Reads `ROW COLUMN words` or `"TEXT" words`. */
static bool read_spot(const char *argument, struct spot *spot)
{
    int used = 0;
    *spot = (struct spot){ 0 };
    const char *quote = *argument == '"' ? strchr(argument + 1, '"') : NULL;
    if (quote) {
        spot->text = xstrndup(argument + 1, (size_t)(quote - argument - 1));
        spot->words = quote + 1;
        return true;
    }
    if (sscanf(argument, "%d %d%n", &spot->row, &spot->column, &used) != 2)
        return false;
    spot->words = argument + used;
    return true;
}

bool step_cursor(struct call *call)
{
    struct spot spot = { .row = -1 };
    if (strcmp(call->argument, "hidden") != 0 && !read_spot(call->argument, &spot))
        return error_set(call->error, "a cursor is ROW COLUMN, \"TEXT\" that it stands on, or hidden");
    play_settle(call->play);
    bool there = play_until(call->play, call->play->patience, cursor_is_there, &spot);
    free(spot.text);
    if (there)
        return true;
    int row, column;
    bool shown = glass_cursor(call->play->glass, &row, &column);
    step_show_screen(call);
    return error_set(call->error, shown ? "the cursor is at %d %d" : "the cursor is hidden", row, column);
}

/* True when WORDS has all of WANTED, or for "plain" none but colours. */
static bool has_style(const char *words, const char *wanted)
{
    char *copy = xstrdup(wanted), *rest = copy;
    struct buffer padded = BUFFER_INIT;
    buffer_append_format(&padded, " %s ", words);
    bool good = true;
    for (char *word; good && (word = strsep(&rest, " "));) {
        struct buffer one = BUFFER_INIT;
        buffer_append_format(&one, " %s ", word);
        good = !*word || (strcmp(word, "plain") == 0 ? strncmp(words, "fg=", 3) == 0
                                                     : strstr(padded.data, one.data) != NULL);
        buffer_release(&one);
    }
    buffer_release(&padded);
    free(copy);
    return good;
}

static bool style_is_there(struct play *play, const void *what)
{
    const struct spot *spot = what;
    int row = spot->row, column = spot->column;
    if (spot->text && !glass_find(play->glass, spot->text, &row, &column))
        return false;
    struct buffer words = BUFFER_INIT;
    glass_style(play->glass, row, column, &words);
    bool good = has_style(words.data, spot->words);
    buffer_release(&words);
    return good;
}

bool step_expect_style(struct call *call)
{
    struct spot spot;
    if (!read_spot(call->argument, &spot))
        return error_set(call->error, "a style is of ROW COLUMN, or of \"TEXT\"");
    play_settle(call->play);
    bool there = play_until(call->play, call->play->patience, style_is_there, &spot);
    if (!there) {
        struct buffer words = BUFFER_INIT;
        if (!spot.text || glass_find(call->play->glass, spot.text, &spot.row, &spot.column))
            glass_style(call->play->glass, spot.row, spot.column, &words);
        error_set(call->error, "the style is \"%s\"", words.length ? words.data : "of nothing on the screen");
        buffer_release(&words);
    }
    free(spot.text);
    return there;
}

static bool title_is(struct play *play, const void *pattern)
{
    return pattern_row(pattern, glass_title(play->glass));
}

bool step_expect_title(struct call *call)
{
    return play_until(call->play, call->play->patience, title_is, call->argument) ||
           error_set(call->error, "the title is \"%s\"", glass_title(call->play->glass));
}

static bool has_ended(struct play *play, const void *what)
{
    (void)what;
    return glass_has_ended(play->glass);
}

bool step_expect_exit(struct call *call)
{
    int number = step_signal(call->argument);
    int wanted = number > 0 ? 128 + number : atoi(call->argument);
    if (!play_until(call->play, call->play->patience, has_ended, NULL)) {
        step_show_screen(call);
        return error_set(call->error, "the program still runs");
    }
    int status = glass_status(call->play->glass);
    if (status == wanted)
        return true;
    step_show_screen(call);
    return error_set(call->error, "the program ended with %d", status);
}
