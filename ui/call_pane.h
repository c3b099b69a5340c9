/* call_pane.h - the selected call: the whole command, its live output, how it ended. */
#ifndef SANDGATE_UI_CALL_PANE_H
#define SANDGATE_UI_CALL_PANE_H

#include <stdbool.h>
#include <stdint.h>

struct call_pane;
struct canvas;
struct key;
struct session;

struct call_pane *call_pane_new(struct session *session);
void call_pane_free(struct call_pane *pane);
/* NUMBER of the call; 0: the newest. */
void call_pane_show(struct call_pane *pane, int64_t number);
void call_pane_draw(struct call_pane *pane, const struct canvas *canvas, bool focused);
bool call_pane_key(struct call_pane *pane, const struct key *key);

#endif
