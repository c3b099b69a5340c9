/* card.h - the approval card: what waits for a decision, whole, and the keys that decide.
 *
 * Letters typed never decide by accident.  The card takes the focus only when the composer is empty and no key
 * came for a while (approval.focus_wait), or by its focus key; and it ignores keys for a moment
 * (approval.key_guard) after it has it; a key in that moment begins it anew.  What happens to a letter then stands in
 * ui/workbench_letter.c. */
#ifndef SANDGATE_UI_CARD_H
#define SANDGATE_UI_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ask;
struct canvas;
struct card;
struct hunk_view;
struct key;
struct session;
struct written_files;

enum { CARD_GROUP_MAX = 64 }; /* asks that one key answers at most */

struct card *card_new(struct session *session, int64_t key_guard);
void card_free(struct card *card);
/* The ask that is shown, NULL: none waits. A new ask begins without the focus. */
const struct ask *card_ask(const struct card *card);
/* Shows all asks that are like the present one together, or that one alone again. */
void card_toggle_group(struct card *card);
/* What the agent wrote and the ask that is shown may load; NULL: none waits. Borrowed. */
const struct written_files *card_written(const struct card *card);
/* The ids of what one decision is for: the present ask, or its group. */
size_t card_decided(const struct card *card, int64_t ids[CARD_GROUP_MAX]);
/* A group is decided only when every line of it was in sight, as it is now: who joined it since was not. */
bool card_was_seen_whole(const struct card *card);
/* The key that was pressed stands out until it is clear what it means; 0: none. */
void card_show_letter(struct card *card, uint32_t letter);
void card_focus(struct card *card, bool focused);
bool card_has_focus(const struct card *card);
/* The asks changed: another one that is shown begins the guard anew, so that a key meant for the one before it
 * does not decide it. */
void card_look(struct card *card);
/* Something ran or was written: what is told of the ask may be another. */
void card_look_again(struct card *card);
/* Milliseconds until a key may decide; 0: now. */
int64_t card_guard_left(const struct card *card);
/* True when a key may decide now; otherwise the key only begins the guard anew. */
bool card_accepts(struct card *card);
/* Rows that it wants at this width. */
int card_rows(struct card *card, int columns);
/* The hunks of the change that is shown; NULL: it is none, or there is nothing to choose. */
struct hunk_view *card_hunks(const struct card *card);
/* The choice among them changed: they are shown anew. */
void card_hunks_changed(struct card *card);
/* Goes to the next hunk, or to the one before. */
void card_move_hunk(struct card *card, long by);
void card_draw(struct card *card, const struct canvas *canvas);
/* Scrolls the command, or goes to the next ask (Tab). */
bool card_key(struct card *card, const struct key *key);

#endif
