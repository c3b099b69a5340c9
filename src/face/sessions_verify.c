/* sessions_verify.c - does the log still say what was written, and are the outputs those that it names? */
#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/path.h"
#include "face/sessions_verbs.h"
#include "matter/event.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024 };

struct check {
    char *folder; /* the session's */
    long long events, outputs;
    bool fine;
    struct error *error;
};

/* Links are not followed: what counts is the file that was written. */
static bool hash_file(const char *path, char text[HASH_TEXT], struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return error_set_errno(error, errno, "cannot read %s", path);
    }
    struct hash *hash = hash_new();
    char *block = xmalloc(BLOCK);
    ssize_t length;
    while ((length = read(fd, block, BLOCK)) > 0) {
        hash_add(hash, block, (size_t)length);
    }
    int number = errno;
    free(block);
    close(fd);
    hash_finish(hash, text);
    return length == 0 || error_set_errno(error, number, "cannot read %s", path);
}

static bool check_output(struct check *check, const struct event *event)
{
    const char *spool = json_get_text(event->body, "spool");
    const char *expected = json_get_text(event->body, "hash");
    if (!spool || !*spool || !expected || !*expected) {
        return true;
    }
    char hash[HASH_TEXT];
    char *path = path_join(check->folder, path_name(spool));
    bool fits = hash_file(path, hash, check->error);
    if (fits && strcmp(hash, expected) != 0) {
        fits = error_set(check->error, "%s was changed: its hash does not fit", path);
    }
    if (!fits) {
        error_prefix(check->error, "the output of call %lld of session %s", (long long)event->call,
                     event->session);
    }
    check->outputs++;
    free(path);
    return fits;
}

static bool check_event(void *data, const struct event *event)
{
    struct check *check = data;
    check->events++;
    check->fine = event->type != EVENT_OUTPUT || check_output(check, event);
    return check->fine;
}

bool sessions_verify(struct store *store, const char *session, struct error *error)
{
    char head[HASH_TEXT];
    if (!store_verify(store, session, head, error)) {
        return false;
    }
    struct check check = { .folder = store_session_folder(store, session), .fine = true, .error = error };
    bool read = store_events(store, session, check_event, &check, error);
    free(check.folder);
    if (read && check.fine) {
        printf("session %s is as it was written: %lld events, %lld outputs, head %s\n", session, check.events,
               check.outputs, head);
    }
    return read && check.fine;
}
