/* pull_pane.h - what changed in the sandbox, to be looked at and brought back: in place of the panes until it is
 * closed. */
#ifndef SANDGATE_UI_PULL_PANE_H
#define SANDGATE_UI_PULL_PANE_H

#include <stdbool.h>

struct canvas;
struct error;
struct key;
struct pull_pane;
struct session;

struct pull_calls {
    void (*changed)(void *data); /* it is to be drawn again */
    void (*tell)(void *data, const char *sentence);
    void *data;
};

struct pull_pane *pull_pane_new(struct session *session, const struct pull_calls *calls, struct error *error);
void pull_pane_free(struct pull_pane *pane);
void pull_pane_draw(struct pull_pane *pane, const struct canvas *canvas);
/* False: not a key of it. *CLOSE: it is done with. */
bool pull_pane_key(struct pull_pane *pane, const struct key *key, bool *close);

#endif
