/* card_choices.h - the row of decisions under an approval card: the keys of the command table, with as many words as
 * there is room for. */
#ifndef SANDGATE_UI_CARD_CHOICES_H
#define SANDGATE_UI_CARD_CHOICES_H

#include <stdbool.h>
#include <stdint.h>

struct canvas;

/* What is offered besides the decisions that every card has. */
struct card_offer {
    bool fork;       /* it can be tried in a fork */
    bool profile;    /* the first card of a session */
    bool files;      /* files that the agent wrote can be looked at */
    uint32_t letter; /* the key that was pressed and waits to be alone; 0: none */
};

/* How many of MOST rows of WIDTH columns they take. */
int card_choices_rows(const struct card_offer *offer, int width, int most);
/* Draws them from row Y on, in so many rows.  LIVE: a key decides now; else the keys do not stand out. */
void card_choices_draw(const struct card_offer *offer, const struct canvas *canvas, int y, int width,
                       int most, bool live);
/* One key of the command NAME and what it does, in row Y from column X. */
void card_choice_draw(const struct canvas *canvas, int y, int x, const char *name, const char *words);

#endif
