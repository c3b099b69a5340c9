/* past.c - commands out of the log.  Only events of calls are read, the newest session first, so the last time of a
 * command is the first that is met. */
#include "agent/past.h"

#include "base/json.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/path.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

/* The log while it is read. */
struct past_reading {
    struct past *past;
    struct store *store;
    struct error *error;
    bool failed;
};

void past_add(struct past *past, const char *command, const char *cwd, const char *session, int64_t time)
{
    char *key = xasprintf("%s\n%s", cwd ? cwd : "", command);
    if (!past->places)
        past->places = map_new(NULL);
    size_t place = (size_t)map_get(past->places, key); /* from 1 */
    if (place) {
        past->commands[place - 1].times++;
    } else {
        past->commands =
            array_reserve(past->commands, &past->capacity, past->count + 1, sizeof *past->commands);
        struct past_command *added = &past->commands[past->count++];
        *added = (struct past_command){ xstrdup(command), xstrdup_or_null(cwd), "", time, 1 };
        if (session)
            memcpy(added->session, session, strnlen(session, sizeof added->session - 1));
        map_set(past->places, key, (void *)past->count);
    }
    free(key);
}

void past_release(struct past *past)
{
    for (size_t i = 0; i < past->count; i++) {
        free(past->commands[i].command);
        free(past->commands[i].cwd);
    }
    free(past->commands);
    if (past->places)
        map_free(past->places);
    *past = (struct past)PAST_INIT;
}

void past_add_call(struct past *past, const char *tool, const char *text, const char *session, int64_t time)
{
    if (!tool || strcmp(tool, "run_command") != 0 || !text)
        return;
    struct json *arguments = json_parse(text, strlen(text), NULL);
    const char *command = json_get_text(arguments, "command");
    if (command)
        past_add(past, command, json_get_text(arguments, "cwd"), session, time);
    json_free(arguments);
}

static bool take_call(void *data, const struct event *event)
{
    past_add_call(data, json_get_text(event->body, "tool"), json_get_text(event->body, "arguments"),
                  event->session, event->time);
    return true;
}

bool past_read_session(struct past *past, struct store *store, const char *session, struct error *error)
{
    return store_newest(store, session, EVENT_CALL, take_call, past, error);
}

static bool take_session(void *data, const struct store_session *session)
{
    struct past_reading *reading = data;
    reading->failed = !past_read_session(reading->past, reading->store, session->id, reading->error);
    return !reading->failed;
}

bool past_read(struct past *past, struct store *store, struct error *error)
{
    struct past_reading reading = { past, store, error, false };
    return store_sessions(store, NULL, take_session, &reading, error) && !reading.failed;
}

static void judge(const struct policy_request *place, const struct past_command *command,
                  struct policy_verdict *verdict)
{
    struct policy_request request = *place;
    char *cwd = path_normalize(place->workspace, command->cwd && *command->cwd ? command->cwd : ".");
    request.tool = "run_command";
    request.interpreter = "bash";
    request.script = command->command;
    request.script_length = strlen(command->command);
    request.cwd = cwd;
    policy_judge(&request, verdict);
    free(cwd);
}

size_t past_compare(const struct past *past, size_t first, size_t most, const struct policy_request *before,
                    const struct policy_request *after,
                    bool (*each)(void *data, const struct past_command *command,
                                 const struct policy_verdict *before, const struct policy_verdict *after),
                    void *data)
{
    size_t told = 0;
    bool more = true;
    for (size_t i = first; more && i < past->count && i - first < most; i++) {
        struct policy_verdict old, new;
        judge(before, &past->commands[i], &old);
        judge(after, &past->commands[i], &new);
        if (old.verdict != new.verdict) {
            told++;
            more = each(data, &past->commands[i], &old, &new);
        }
        policy_verdict_release(&old);
        policy_verdict_release(&new);
    }
    return told;
}
