/* key_reader.h - bytes from the terminal in, keys out; takes any split of the input.
 *
 * It decodes by itself what terminals send (UTF-8, ESC prefix for Alt, CSI and SS3 keys with modifiers, CSI-u
 * and modifyOtherKeys, bracketed paste, focus, mouse in the SGR and X10 forms) plus the sequences that
 * terminfo names, which the owner adds.  A lone ESC is told apart from the start of a sequence by a timer of
 * the loop (25 ms); a paste whose end mark never comes is delivered after 2 s of silence.  Sequences that
 * nobody knows are swallowed whole: their tails never become text. */
#ifndef SANDGATE_UI_KEY_READER_H
#define SANDGATE_UI_KEY_READER_H

#include "ui/key.h"

struct key_reader;
struct loop;

/* PRESSED is called once per key, from key_reader_feed or from a timer. */
struct key_reader *key_reader_new(struct loop *loop, void (*pressed)(void *data, const struct key *key),
                                  void *data);
void key_reader_free(struct key_reader *reader); /* NULL is fine; never from PRESSED */

/* Teaches it that SEQUENCE (from terminfo) is the key CODE with MODIFIERS.  What begins with no ESC, or is
 * longer than 31 bytes, is ignored. */
void key_reader_add(struct key_reader *reader, const char *sequence, enum named_key code, unsigned modifiers);

void key_reader_feed(struct key_reader *reader, const char *bytes, size_t length);
/* True while half a sequence or an open paste waits for its rest. */
bool key_reader_is_waiting(const struct key_reader *reader);
/* Forgets half a sequence, an open paste and their timers: after suspend. */
void key_reader_reset(struct key_reader *reader);

#endif
