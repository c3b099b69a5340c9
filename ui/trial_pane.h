/* trial_pane.h - a call tried in a fork of the sandbox: how it gets on, what it printed, what it changed; kept or
 * thrown away from here.  In place of the panes until it is decided. */
#ifndef SANDGATE_UI_TRIAL_PANE_H
#define SANDGATE_UI_TRIAL_PANE_H

#include <stdbool.h>

struct canvas;
struct key;
struct session;
struct trial_pane;

struct trial_pane *trial_pane_new(struct session *session);
void trial_pane_free(struct trial_pane *pane);
/* The trial has something new. */
void trial_pane_changed(struct trial_pane *pane);
void trial_pane_draw(struct trial_pane *pane, const struct canvas *canvas);
/* What a key of it asks for; NONE: scrolled, or nothing. False: not a key of it. */
enum trial_wish { TRIAL_WISH_NONE, TRIAL_WISH_KEEP, TRIAL_WISH_DISCARD };
bool trial_pane_key(struct trial_pane *pane, const struct key *key, enum trial_wish *wish);

#endif
