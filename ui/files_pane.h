/* files_pane.h - the tree of the sandbox's workspace: expand, collapse, refresh, open. */
#ifndef SANDGATE_UI_FILES_PANE_H
#define SANDGATE_UI_FILES_PANE_H

#include <stdbool.h>
#include <stddef.h>

struct canvas;
struct files_pane;
struct key;
struct loop;
struct session;

struct files_calls {
    void (*stale)(void *data); /* what it draws has changed */
    /* A file was chosen and read. */
    void (*open)(void *data, const char *path, const char *bytes, size_t length, long long size);
    void (*tell)(void *data, const char *sentence);
    void *data;
};

struct files_pane *files_pane_new(struct loop *loop, struct session *session,
                                  const struct files_calls *calls);
void files_pane_free(struct files_pane *pane);
/* Files may have changed: what is expanded is listed again, soon and once. */
void files_pane_refresh(struct files_pane *pane);
void files_pane_draw(struct files_pane *pane, const struct canvas *canvas, bool focused);
bool files_pane_key(struct files_pane *pane, const struct key *key);

#endif
