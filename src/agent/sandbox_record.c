/* sandbox_record.c - see sandbox_record.h. */
#include "agent/sandbox_record.h"

#include "base/json.h"
#include "base/memory.h"
#include "matter/event.h"

#include <stdlib.h>
#include <string.h>

/* What a state says of the sandbox whose id the event carries. */
static const struct state {
    const char *name;
    enum { NOTHING, LIVES, OVER } says;
} states[] = {
    { "ready", LIVES }, { "attached", LIVES }, { "restored", LIVES }, { "kept", LIVES },
    { "ended", OVER },  { "lost", OVER },      { "gone", OVER },
};

static int says(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(states); i++)
        if (strcmp(states[i].name, name) == 0)
            return states[i].says;
    return NOTHING;
}

/* How a call ended. */
static void take_end(struct sandbox_record *record, const struct json *body)
{
    const char *end = json_get_text(body, "end");
    record->restless |= json_get(body, "survivors") || (end && strcmp(end, "lost") == 0);
}

void sandbox_record_take(struct sandbox_record *record, const char *backend, const struct event *event)
{
    if (event->type == EVENT_ENDED)
        take_end(record, event->body);
    const char *state = json_get_text(event->body, "state"), *its = json_get_text(event->body, "backend");
    const char *snapshot = json_get_text(event->body, "snapshot");

    if (event->type != EVENT_SANDBOX || !state || !its || strcmp(its, backend) != 0)
        return;
    if (strcmp(state, "snapshot") == 0 && snapshot) {
        free(record->snapshot);
        record->snapshot = xstrdup(snapshot);
        record->snapshot_time = event->time;
        record->unchanged = json_get_boolean(event->body, "unchanged", false);
    }
    bool fresh = strcmp(state, "ready") == 0 || strcmp(state, "restored") == 0;
    if (fresh || strcmp(state, "programs") == 0) {
        free(record->programs);
        record->restless = !fresh && record->restless;
        record->programs = fresh ? NULL : xstrdup_or_null(json_get_text(event->body, "programs"));
    }
    if (says(state) == NOTHING)
        return;
    free(record->id);
    record->id = says(state) == LIVES && *event->sandbox ? xstrdup(event->sandbox) : NULL;
}

void sandbox_record_release(struct sandbox_record *record)
{
    free(record->id);
    free(record->snapshot);
    free(record->programs);
    *record = (struct sandbox_record){ 0 };
}
