/* external_editor.c - see external_editor.h.  The program is the person's own choice and gets a file and nothing
 * else; its name may hold options ("emacs -nw"), so a shell of the host reads it, with the file as an argument. */
#include "ui/external_editor.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/utf8.h"
#include "loop/child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 16 * 1024 * 1024 };

struct external_editor {
    struct child *child;
    char *path;
    void (*edited)(void *data, const char *text, const char *failed);
    void *data;
};

void external_editor_free(struct external_editor *editor)
{
    if (!editor)
        return;
    child_free(editor->child);
    unlink(editor->path);
    free(editor->path);
    free(editor);
}

/* NULL and the sentence when it cannot be used. */
static char *read_back(const struct external_editor *editor, int code, int signal, char **failed)
{
    struct error error = ERROR_INIT;
    struct buffer text;
    char *result = NULL;

    buffer_init(&text, TEXT_MAX);
    if (signal || code != 0)
        *failed = xasprintf("The editor ended with %s %d; the text is as it was.",
                            signal ? "signal" : "exit code", signal ? signal : code);
    else if (!path_read_file(editor->path, &text, &error))
        *failed = xasprintf("What the editor saved cannot be read: %s.", error_message(&error));
    else if (!utf8_valid(text.data, text.length) || (text.length > 0 && memchr(text.data, '\0', text.length)))
        *failed = xstrdup("What the editor saved is no text in UTF-8; the text is as it was.");
    else
        result = xstrndup(text.length ? text.data : "",
                          text.length - (text.length > 0 && text.data[text.length - 1] == '\n'));
    error_clear(&error);
    buffer_release(&text);
    return result;
}

static void ended(void *data, int code, int signal)
{
    struct external_editor *editor = data;
    char *failed = NULL, *text = read_back(editor, code, signal, &failed);
    void (*edited)(void *, const char *, const char *) = editor->edited;
    void *owner = editor->data;

    external_editor_free(editor);
    edited(owner, text, failed);
    free(text);
    free(failed);
}

static bool write_text(const char *path, int fd, const char *text, struct error *error)
{
    bool written = fd >= 0;

    if (fd >= 0)
        close(fd);
    return written ? path_write_file(path, text, strlen(text), 0600, error)
                   : error_set_errno(error, errno, "No file for the editor can be made at %s", path);
}

static const char *program(void)
{
    const char *names[] = { getenv("VISUAL"), getenv("EDITOR") };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i] && *names[i])
            return names[i];
    return "vi";
}

struct external_editor *external_editor_start(struct loop *loop, const char *text, const char *suffix,
                                              void (*edited)(void *data, const char *text,
                                                             const char *failed),
                                              void *data, struct error *error)
{
    const char *folder = getenv("XDG_RUNTIME_DIR");
    struct external_editor *editor = xcalloc(1, sizeof *editor);
    char *command = xasprintf("%s \"$1\"", program());

    editor->edited = edited;
    editor->data = data;
    editor->path = xasprintf("%s/sandgate-XXXXXX%s", folder && *folder ? folder : "/tmp", suffix);
    const char *const argv[] = { "/bin/sh", "-c", command, "sh", editor->path, NULL };
    struct child_spec spec = { .argv = argv, .keep_terminal = true };
    if (write_text(editor->path, mkostemps(editor->path, (int)strlen(suffix), 0), text, error))
        editor->child = child_start(loop, &spec, ended, editor, error);
    free(command);
    if (editor->child)
        return editor;
    external_editor_free(editor);
    return NULL;
}
