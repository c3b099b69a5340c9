/* written_view.h - the files that the agent wrote, read from the sandbox one after the other into one text. */
#ifndef SANDGATE_UI_WRITTEN_VIEW_H
#define SANDGATE_UI_WRITTEN_VIEW_H

#include <stddef.h>

struct session;
struct written_files;
struct written_view;

/* READ comes once, from the loop, with the text (borrowed); the view is gone then.  FILES are copied.  NULL: there is
 * no sandbox. */
struct written_view *written_view_start(struct session *session, const struct written_files *files,
                                        void (*read)(void *data, const char *text, size_t length),
                                        void *data);
/* No READ comes after it. NULL is fine. */
void written_view_free(struct written_view *view);

#endif
