/* reading.c - one piece after the other: each answer of the sandbox asks for the next, each piece of a spool is
 * read in a turn of the loop of its own, so that nothing waits for a long file. */
#include "agent/reading.h"

#include "agent/excerpt.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "loop/loop.h"
#include "matter/action.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIECE = 1024 * 1024,           /* bytes that are read at once */
    SCAN_MAX = 1024 * 1024 * 1024, /* bytes that are looked through for a line */
    BINARY_PROBE = 8192,
};

struct reading {
    struct loop *loop;
    struct sandbox *sandbox;
    const struct action *action;
    struct excerpt *excerpt;
    int64_t offset; /* of the next piece */
    struct sandbox_request *request;
    struct loop_timer *timer;
    int spool; /* of an output; -1: a file of the sandbox is read */
    void (*done)(void *data, bool ok, const char *text);
    void *data;
};

void reading_cancel(struct reading *reading)
{
    if (!reading)
        return;
    sandbox_request_cancel(reading->request);
    loop_timer_cancel(reading->timer);
    if (reading->spool >= 0)
        close(reading->spool);
    excerpt_free(reading->excerpt);
    free(reading);
}

static void end(struct reading *reading, bool ok, const char *text)
{
    reading->done(reading->data, ok, text);
    reading_cancel(reading);
}

static void end_with_excerpt(struct reading *reading, int64_t size)
{
    struct buffer text = BUFFER_INIT;

    excerpt_finish(reading->excerpt, size, reading->offset >= size, &text);
    end(reading, true, text.data);
    buffer_release(&text);
}

static void end_as_binary(struct reading *reading, int64_t size)
{
    char *text = xasprintf("%s is a binary file of %" PRId64 " bytes; look at it with a command (file, xxd)",
                           reading->action->path, size);

    end(reading, true, text);
    free(text);
}

static void ask_for_piece(struct reading *reading);

/* A piece of what is SIZE bytes long in all. */
static void take(struct reading *reading, const char *bytes, size_t length, int64_t size)
{
    size_t probe = length < BINARY_PROBE ? length : BINARY_PROBE;

    if (size == 0 && reading->offset == 0 && length == 0) {
        end(reading, true, "(the file is empty)");
        return;
    }
    if (reading->offset == 0 && memchr(bytes, '\0', probe)) {
        end_as_binary(reading, size);
        return;
    }
    reading->offset += (int64_t)length;
    if (excerpt_add(reading->excerpt, bytes, length) && length > 0 && reading->offset < size &&
        reading->offset < SCAN_MAX)
        ask_for_piece(reading);
    else
        end_with_excerpt(reading, size);
}

/* --- a file of the sandbox --- */

static void answered(void *data, const struct sandbox_answer *answer)
{
    struct reading *reading = data;

    reading->request = NULL;
    if (answer->failed)
        end(reading, false, answer->failed);
    else
        take(reading, answer->length > 0 ? answer->bytes : "", answer->length, answer->size);
}

/* --- the output of a call --- */

static int open_spool(const char *folder, const char *path)
{
    char *name = xasprintf("call-%lld.out", strtoll(path + strlen(READING_OUTPUT), NULL, 10));
    char *file = path_join(folder, name);
    int spool = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    free(file);
    free(name);
    return spool;
}

static void spool_is_due(void *data)
{
    struct reading *reading = data;
    struct stat status;
    char *bytes = xmalloc(PIECE);

    reading->timer = NULL;
    ssize_t length = reading->spool >= 0 ? pread(reading->spool, bytes, PIECE, reading->offset) : -1;
    if (length < 0 || fstat(reading->spool, &status) != 0) {
        char *text = xasprintf("There is no %s", reading->action->path);
        end(reading, false, text);
        free(text);
    } else {
        take(reading, bytes, (size_t)length, status.st_size);
    }
    free(bytes);
}

static void ask_for_piece(struct reading *reading)
{
    if (strncmp(reading->action->path, READING_OUTPUT, strlen(READING_OUTPUT)) == 0)
        reading->timer = loop_timer_add(reading->loop, 0, spool_is_due, reading);
    else
        reading->request = sandbox_read(reading->sandbox, reading->action->path, reading->offset, PIECE,
                                        false, answered, reading);
}

struct reading *reading_start(struct loop *loop, struct sandbox *sandbox, const char *folder,
                              const struct action *action, size_t limit,
                              void (*done)(void *data, bool ok, const char *text), void *data)
{
    struct reading *reading = xcalloc(1, sizeof *reading);

    *reading = (struct reading){ .loop = loop,
                                 .sandbox = sandbox,
                                 .action = action,
                                 .excerpt = excerpt_new(action->offset, action->limit, limit),
                                 .spool = -1,
                                 .done = done,
                                 .data = data };
    if (strncmp(action->path, READING_OUTPUT, strlen(READING_OUTPUT)) == 0)
        reading->spool = open_spool(folder, action->path);
    ask_for_piece(reading);
    return reading;
}
