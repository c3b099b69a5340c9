/* written_files.c - the calls from the newest back to the one that was approved: what a tool wrote is in its events;
 * what a command wrote is worked out by judging its text again, which costs microseconds and keeps no second truth. */
#include "agent/written_files.h"

#include "agent/pending.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "matter/call.h"
#include "matter/conversation.h"

#include <stdlib.h>
#include <string.h>

enum { CALLS_MAX = 2000 }; /* that are looked at */

static bool runs_code(const char *interpreter, const struct policy_verdict *verdict)
{
    return interpreter &&
           (strcmp(interpreter, "bash") != 0 || (verdict->effects & (EFFECT_CODE | EFFECT_LOAD)) != 0);
}

bool written_files_matter(const struct ask *ask)
{
    return ask->action->kind == ACTION_EXEC && runs_code(ask->action->interpreter, &ask->verdict);
}

/* --- the list --- */

static bool is_in(char *const *list, const char *path)
{
    for (size_t i = 0; list && list[i]; i++)
        if (strcmp(list[i], path) == 0)
            return true;
    return false;
}

/* A file that only may be loaded counts within the workspace. */
static void add(struct written_files *files, const struct session *session, const struct ask *ask,
                const char *path, int64_t call)
{
    bool named = is_in(ask->verdict.read, path);
    size_t place = files->count;

    if (!named && !path_is_below(path, session->workspace))
        return;
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->items[i].path, path) == 0)
            return;
    files->items = array_reserve(files->items, &files->capacity, files->count + 1, sizeof *files->items);
    while (named && place > 0 && !files->items[place - 1].named)
        place--;
    memmove(&files->items[place + 1], &files->items[place], (files->count - place) * sizeof *files->items);
    files->items[place] = (struct written_file){ .path = xstrdup(path), .call = call, .named = named };
    files->count++;
}

void written_files_release(struct written_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->items[i].path);
    free(files->items);
    *files = (struct written_files)WRITTEN_FILES_INIT;
}

/* --- the calls --- */

/* False when what CALL ran cannot be judged any more. */
static bool judge(struct session *session, const struct call *call, struct policy_verdict *verdict,
                  bool *is_code)
{
    struct pending again = { .session = session, .tool = tool_find(call->tool) };
    struct error error = ERROR_INIT;

    if (!again.tool || !(again.tool->touches & TOUCH_RUNS))
        return false;
    again.action = pending_plan(session, again.tool, call->arguments, &error);
    error_clear(&error);
    if (!again.action)
        return false;
    pending_judge(&again, verdict);
    *is_code = runs_code(again.action->interpreter, verdict);
    action_free(again.action);
    return true;
}

/* Those that run: a rejection or a stop is no approval. */
static bool was_approved(const struct call *call)
{
    return call->decision && strcmp(call->decision, "reject") != 0 && strcmp(call->decision, "stop") != 0;
}

/* Adds what CALL wrote. False: it was code that a person approved, and nothing older counts. */
static bool take(struct written_files *files, struct session *session, const struct ask *ask,
                 const struct call *call)
{
    struct policy_verdict verdict;
    bool is_code = false;

    if (call->written)
        add(files, session, ask, call->written, call->number);
    if (!call->started || !judge(session, call, &verdict, &is_code))
        return true;
    for (size_t i = 0; verdict.written && verdict.written[i]; i++)
        add(files, session, ask, verdict.written[i], call->number);
    policy_verdict_release(&verdict);
    files->codes += is_code && !was_approved(call);
    return !is_code || !was_approved(call);
}

void written_files_find(struct session *session, const struct ask *ask, struct written_files *files)
{
    int64_t count = (int64_t)conversation_call_count(session->conversation), looked = 0;
    bool more = written_files_matter(ask);

    for (int64_t number = count; more && number > 0 && looked < CALLS_MAX; number--) {
        const struct call *call = conversation_call(session->conversation, number);
        if (!call || call->by_person || number == ask->call)
            continue;
        looked++;
        more = take(files, session, ask, call);
    }
}
