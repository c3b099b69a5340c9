/* conversation_pane.h - the conversation: prompts, answers as Markdown, calls as one line each. */
#ifndef SANDGATE_UI_CONVERSATION_PANE_H
#define SANDGATE_UI_CONVERSATION_PANE_H

#include <stdbool.h>
#include <stdint.h>

struct canvas;
struct conversation;
struct conversation_pane;
struct key;
struct session;

struct conversation_pane *conversation_pane_new(struct session *session);
void conversation_pane_free(struct conversation_pane *pane);
void conversation_pane_draw(struct conversation_pane *pane, const struct canvas *canvas, bool focused);
/* Scrolls, or moves the selection from call to call (n, p). False: not a key of it. */
bool conversation_pane_key(struct conversation_pane *pane, const struct key *key);
void conversation_pane_to_end(struct conversation_pane *pane);
/* Number of the call that is selected; 0: none, the newest is meant. */
int64_t conversation_pane_selected(const struct conversation_pane *pane);
void conversation_pane_select(struct conversation_pane *pane, int64_t call);
/* Shows reasoning whole, or one line of each. */
void conversation_pane_toggle_reasoning(struct conversation_pane *pane);

#endif
