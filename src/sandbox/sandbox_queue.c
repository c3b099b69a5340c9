/* sandbox_queue.c - requests of a backend, in order. */
#include "sandbox/sandbox_backend.h"

void sandbox_enqueue(struct sandbox_queue *queue, struct sandbox_request *request)
{
    request->next = NULL;
    request->queue = queue;
    if (queue->last)
        queue->last->next = request;
    else
        queue->first = request;
    queue->last = request;
}

void sandbox_dequeue(struct sandbox_request *request)
{
    struct sandbox_queue *queue = request->queue;
    struct sandbox_request *before = NULL;
    if (!queue)
        return;
    for (struct sandbox_request *at = queue->first; at != request; at = at->next)
        before = at;
    if (before)
        before->next = request->next;
    else
        queue->first = request->next;
    if (queue->last == request)
        queue->last = before;
    request->queue = NULL;
}
