/* card_hunks.c - see card_hunks.h.  How many are taken comes first: that is what the key that runs it means. */
#include "ui/card_hunks.h"

#include "base/memory.h"
#include "ui/commands.h"
#include "ui/draw.h"
#include "ui/hunk_view.h"
#include "ui/workbench_private.h"

#include <stdio.h>
#include <string.h>

enum { GAP = 2, WITH_WORDS = 60, WITH_ROOM = 90 };

static const struct {
    const char *command, *words;
} choices[] = {
    { "hunk", "take/leave" },   { "hunk-next", "next" },     { "hunk-previous", "back" },
    { "hunk-all", "all/none" }, { "hunk-divide", "divide" },
};

/* Where there is but one hunk it can only be divided. */
static bool is_offered(const struct hunk_view *view, const struct command *command)
{
    if (command->run == workbench_divide_hunk)
        return hunk_view_can_divide(view);
    return hunk_view_count(view) > 1 || command->run == workbench_hunk;
}

/* Draws key and words when they fit; the column behind them, or -1. */
static int put(const struct canvas *canvas, int y, int x, enum style style, const char *key,
               const char *words)
{
    if (x + (int)(strlen(key) + 1 + strlen(words)) > canvas->rect.columns)
        return -1;
    x += draw_string(canvas, y, x, style, key) + 1;
    return x + draw_string(canvas, y, x, STYLE_CARD, words) + GAP;
}

void card_hunks_draw(const struct hunk_view *view, const struct canvas *canvas, int y, bool live)
{
    size_t taken = hunk_view_taken(view), count = hunk_view_count(view);
    int columns = canvas->rect.columns;
    char text[96];

    if (columns < WITH_WORDS)
        snprintf(text, sizeof text, "%zu/%zu hunks ", taken, count);
    else
        snprintf(text, sizeof text, "%zu of %zu hunks%s: ", taken, count,
                 columns < WITH_ROOM ? "" : " taken");
    int x = draw_string(canvas, y, 0, hunk_view_is_whole(view) ? STYLE_CARD : STYLE_CARD_DANGER, text);
    for (size_t i = 0; x >= 0 && i < ARRAY_SIZE(choices); i++) {
        const struct command *command = command_find(choices[i].command, strlen(choices[i].command));
        if (!is_offered(view, command))
            continue;
        x = put(canvas, y, x, live ? STYLE_CARD_KEY : STYLE_CARD, command->keys, choices[i].words);
    }
}
