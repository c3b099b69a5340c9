/* external_editor.h - a text of the composer in the person's own editor ($VISUAL, else $EDITOR, else vi). */
#ifndef SANDGATE_UI_EXTERNAL_EDITOR_H
#define SANDGATE_UI_EXTERNAL_EDITOR_H

#include <stddef.h>

struct error;
struct external_editor;
struct loop;

/* Runs it on the terminal, which the caller has left (term_leave), on a file of its own (mode 600, removed after)
 * whose name ends in SUFFIX (".sh").  EDITED comes once: TEXT is what was saved, without the newline that editors add;
 * NULL: FAILED says why there is none. */
struct external_editor *external_editor_start(struct loop *loop, const char *text, const char *suffix,
                                              void (*edited)(void *data, const char *text,
                                                             const char *failed),
                                              void *data, struct error *error);
/* Kills it when it still runs; no callback. NULL is fine. */
void external_editor_free(struct external_editor *editor);

#endif
