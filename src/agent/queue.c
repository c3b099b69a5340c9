/* queue.c - the person's prompts that wait for their turn.
 *
 * What the queue holds is an event each time that it changes, so that a resumed session has it again. */
#include "agent/session_private.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* The queue changed: its new content is an event. */
static void record_queue(struct session *session)
{
    struct json *body = json_new_object(), *items = json_new_array();

    for (size_t i = 0; i < session->queue_count; i++)
        json_add(items, json_new_text(session->queue[i]));
    json_set(body, "prompts", items);
    session_append(session, EVENT_QUEUE, 0, "person", body);
    session_tell(session, NEWS_QUEUE);
}

void session_submit(struct session *session, const char *text)
{
    session->queue = array_reserve(session->queue, &session->queue_capacity, session->queue_count + 1,
                                   sizeof *session->queue);
    session->queue[session->queue_count++] = xstrdup(text);
    session->queue_held = false;
    record_queue(session);
    turn_consider(session);
}

size_t session_queue_count(const struct session *session)
{
    return session->queue_count;
}

const char *session_queue_at(const struct session *session, size_t index)
{
    return index < session->queue_count ? session->queue[index] : NULL;
}

char *session_queue_take(struct session *session, size_t index)
{
    if (index >= session->queue_count)
        return NULL;
    char *text = session->queue[index];
    session->queue_count--;
    memmove(&session->queue[index], &session->queue[index + 1],
            (session->queue_count - index) * sizeof *session->queue);
    record_queue(session);
    return text;
}

void queue_deliver(struct session *session, bool queued)
{
    while (session->queue_count > 0) {
        char *text = session_queue_take(session, 0);
        struct json *body = json_new_object();
        json_set_text(body, "text", text);
        if (queued)
            json_set_boolean(body, "queued", true);
        session_append(session, EVENT_PROMPT, 0, "person", body);
        free(text);
    }
}
