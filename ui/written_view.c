/* written_view.c - see written_view.h.  A file that is long is shown by its begin: the files pane has all of it. */
#include "ui/written_view.h"

#include "agent/session.h"
#include "agent/written_files.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 50, FILE_MAX = 64 * 1024 };

struct written_view {
    struct session *session;
    struct written_file *files;
    size_t count, left_out, at;
    struct sandbox_request *request;
    struct buffer text;
    void (*read)(void *data, const char *text, size_t length);
    void *data;
};

void written_view_free(struct written_view *view)
{
    if (!view)
        return;
    sandbox_request_cancel(view->request);
    for (size_t i = 0; i < view->count; i++)
        free(view->files[i].path);
    free(view->files);
    buffer_release(&view->text);
    free(view);
}

static void next(struct written_view *view);

/* What stands behind a NUL is code all the same. */
static void add_bytes(struct buffer *out, const char *bytes, size_t length)
{
    while (length > 0) {
        size_t run = strnlen(bytes, length);
        buffer_append(out, bytes, run);
        if (run < length)
            buffer_append_text(out, "^@");
        run += run < length;
        bytes += run;
        length -= run;
    }
}

static void answered(void *data, const struct sandbox_answer *answer)
{
    struct written_view *view = data;

    view->request = NULL;
    if (answer->failed && answer->error == ENOENT)
        buffer_append_text(&view->text, "(it is not there any more)\n");
    else if (answer->failed)
        buffer_append_format(&view->text, "(%s)\n", answer->failed);
    else
        add_bytes(&view->text, answer->bytes, answer->length);
    if (view->text.length > 0 && view->text.data[view->text.length - 1] != '\n')
        buffer_append_byte(&view->text, '\n');
    if (!answer->failed && answer->size > (int64_t)answer->length)
        buffer_append_format(&view->text, "(%" PRId64 " bytes more; F5 opens it whole)\n",
                             answer->size - (int64_t)answer->length);
    view->at++;
    next(view);
}

static void end(struct written_view *view)
{
    if (view->left_out > 0)
        buffer_append_format(&view->text, "\n%zu more files are not shown.\n", view->left_out);
    view->read(view->data, view->text.data, view->text.length);
    written_view_free(view);
}

static void next(struct written_view *view)
{
    const struct written_file *file = &view->files[view->at];
    struct sandbox *sandbox = session_sandbox(view->session); /* it may be another one by now */

    if (view->at == view->count || !sandbox) {
        end(view);
        return;
    }
    buffer_append_format(&view->text, "%s── %s · call %" PRId64 "%s ──\n", view->at ? "\n" : "", file->path,
                         file->call, file->named ? "" : " · may be loaded");
    view->request = sandbox_read(sandbox, file->path, 0, FILE_MAX, false, answered, view);
}

struct written_view *written_view_start(struct session *session, const struct written_files *files,
                                        void (*read)(void *data, const char *text, size_t length), void *data)
{
    if (!session_sandbox(session))
        return NULL;
    struct written_view *view = xcalloc(1, sizeof *view);
    view->session = session;
    view->count = files->count < FILES_MAX ? files->count : FILES_MAX;
    view->left_out = files->count - view->count;
    view->files = xcalloc(view->count + 1, sizeof *view->files);
    for (size_t i = 0; i < view->count; i++) {
        view->files[i] = files->items[i];
        view->files[i].path = xstrdup(files->items[i].path);
    }
    view->read = read;
    view->data = data;
    next(view);
    return view;
}
