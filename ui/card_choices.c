/* card_choices.c - the words of a row become shorter until all choices fit; what does not fit even then is left out,
 * its key works all the same and stands in the help (?). */
#include "ui/card_choices.h"

#include "base/memory.h"
#include "base/visible.h"
#include "ui/commands.h"
#include "ui/draw.h"

#include <string.h>

enum { WHOLE, BRIEF, LEAST, FORMS };

/* A row of the command table, in the order in which the least needed are left out. */
static const struct choice {
    const char *command;
    const char *words[FORMS];
} choices[] = {
    { "approve", { "run once", "run", "run" } },
    { "edit", { "edit", "edit", "edit" } },
    { "reject", { "reject", "reject", "no" } },
    { "explain", { "say why", "say why", "why" } },
    { "end", { "stop agent", "stop", "stop" } },
    { "account", { "explain", "explain", "explain" } },
    { "try", { "try in a fork", "try", "try" } },
    { "rule", { "rule", "rule", "rule" } },
    { "allow", { "allow in session", "allow", "allow" } },
    { "written", { "files it wrote", "files", "files" } },
    { "sandboxed", { "profile sandboxed", "sandboxed", "profile" } },
};

static const int gaps[FORMS] = { 2, 2, 1 };

static const char *key_of(const char *name)
{
    const struct command *command = command_find(name, strlen(name));

    return command ? command->keys : "";
}

static bool is_offered(const struct card_offer *offer, const struct choice *choice)
{
    static const struct {
        const char *command;
        size_t offset;
    } conditions[] = { { "try", offsetof(struct card_offer, fork) },
                       { "sandboxed", offsetof(struct card_offer, profile) },
                       { "written", offsetof(struct card_offer, files) } };

    for (size_t i = 0; i < ARRAY_SIZE(conditions); i++)
        if (strcmp(choice->command, conditions[i].command) == 0)
            return *(const bool *)((const char *)offer + conditions[i].offset);
    return true;
}

static int columns_of(const char *text)
{
    return (int)visible_columns(text, strlen(text));
}

/* The keys do not stand out while the guard is up (not LIVE); the one that was pressed does. */
static enum style key_style(const struct card_offer *offer, const char *key, bool live)
{
    if (offer->letter && (uint32_t)(unsigned char)*key == offer->letter)
        return STYLE_SELECTION;
    return live ? STYLE_CARD_KEY : STYLE_CARD;
}

/* Draws key and words (CANVAS NULL: does not); how many columns they take. */
static int put(const struct canvas *canvas, int y, int x, enum style style, const char *key,
               const char *words)
{
    int column = x + columns_of(key) + 1;

    if (canvas) {
        draw_string(canvas, y, x, style, key);
        draw_string(canvas, y, column, STYLE_CARD, words);
    }
    return column + columns_of(words) - x;
}

/* Puts all that are offered into rows in one form; how many rows they take, MOST + 1 when that is not enough. */
static int put_all(const struct card_offer *offer, int form, const struct canvas *canvas, int y, int width,
                   int most, bool live)
{
    int x = 0, rows = 1;

    for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
        const char *key = key_of(choices[i].command), *words = choices[i].words[form];
        if (!is_offered(offer, &choices[i]))
            continue;
        if (x > 0 && x + put(NULL, 0, 0, STYLE_CARD, key, words) > width) {
            x = 0;
            rows++;
        }
        if (rows > most)
            return rows;
        x += put(canvas, y + rows - 1, x, key_style(offer, key, live), key, words) + gaps[form];
    }
    return rows;
}

/* Whole words when they fit into one row, else the longest that fit into MOST. */
static int fitting_form(const struct card_offer *offer, int width, int most)
{
    if (put_all(offer, WHOLE, NULL, 0, width, 1, true) == 1)
        return WHOLE;
    return put_all(offer, BRIEF, NULL, 0, width, most, true) <= most ? BRIEF : LEAST;
}

int card_choices_rows(const struct card_offer *offer, int width, int most)
{
    int rows = put_all(offer, fitting_form(offer, width, most), NULL, 0, width, most, true);

    return rows > most ? most : rows;
}

void card_choices_draw(const struct card_offer *offer, const struct canvas *canvas, int y, int width,
                       int most, bool live)
{
    put_all(offer, fitting_form(offer, width, most), canvas, y, width, most, live);
}

void card_choice_draw(const struct canvas *canvas, int y, int x, const char *name, const char *words)
{
    put(canvas, y, x, STYLE_CARD_KEY, key_of(name), words);
}
