/* outputs.c - which calls have the window of their output in memory.
 *
 * Every byte of an output is spooled to the session's folder, so the windows of older calls need not stay: those
 * of the newest calls are kept as far as KEPT_MAX goes, and one that is looked at is read again from its spool. */
#include "agent/session_private.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/path.h"
#include "matter/call.h"
#include "matter/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    KEPT_MAX = 16 * 1024 * 1024,  /* bytes of all windows, without the newest */
    WINDOW = 2 * 1024 * 1024,     /* bytes of one at most, about */
    SPOOL_MAX = 64 * 1024 * 1024, /* bytes of a spool that is read again: more would be waited for */
};

/* About what a window costs: its bytes, and eight for each line. */
static int64_t weight(const struct call *call)
{
    int64_t bytes = call->output_bytes < WINDOW ? call->output_bytes : WINDOW;
    int64_t lines = output_total_lines(call->output);

    return bytes + 8 * (lines < bytes ? lines : bytes);
}

static void drop(struct call *call)
{
    int64_t bytes = call->output_bytes;

    output_free(call->output);
    call->output = NULL;
    call->output_bytes = bytes;
}

void outputs_trim(struct session *session, int64_t keep)
{
    int64_t sum = 0;
    bool newest = true;

    for (size_t number = conversation_call_count(session->conversation); number > 0; number--) {
        struct call *call = conversation_call(session->conversation, (int64_t)number);
        if (!call || !call->output || !call_is_over(call) || !call->spool || call->output_bytes > SPOOL_MAX)
            continue;
        sum += newest ? 0 : weight(call);
        newest = false;
        if (sum > KEPT_MAX && call->number != keep)
            drop(call);
    }
}

static void load(struct call *call, FILE *file, char *hash)
{
    struct hash *sum = hash_new();
    char bytes[64 * 1024], unused[HASH_TEXT];
    size_t length;

    while ((length = fread(bytes, 1, sizeof bytes, file)) > 0) {
        call_output(call, false, bytes, length);
        hash_add(sum, bytes, length);
    }
    hash_finish(sum, hash ? hash : unused);
}

bool outputs_load(struct session *session, struct call *call, char *hash)
{
    char *name = xasprintf("call-%lld.out", (long long)call->number);
    char *path = path_join(session->folder, name);
    FILE *file = fopen(path, "re");
    struct stat status;
    bool fits =
        file && fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= SPOOL_MAX;

    if (fits)
        load(call, file, hash);
    if (file)
        fclose(file);
    free(path);
    free(name);
    return fits;
}

void session_load_output(struct session *session, int64_t number)
{
    struct call *call = conversation_call(session->conversation, number);

    if (call && !call->output && call->spool && call->output_bytes > 0 && outputs_load(session, call, NULL))
        outputs_trim(session, number);
}
