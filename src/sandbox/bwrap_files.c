/* bwrap_files.c - file requests: what is under way, what waits, and their answers.
 *
 * Changes go to the jail in the order in which they were asked for, and it makes them in that order; up to
 * WRITES of them are under way, so that an upload does not wait for each answer.  Readings have a lane of
 * their own and wait for no change. */
#include "base/error.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "sandbox/bwrap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    READS = 8,
    WRITES = 64,
    BYTES = 16 * 1024 * 1024,   /* content under way, before another change is sent */
    ANSWER = 64 * 1024 * 1024,  /* bytes of one answer */
    CONTENT = 64 * 1024 * 1024, /* bytes of one file that is written */
};

struct bwrap_request {
    struct sandbox_request base;
    struct bwrap *bwrap;
    uint64_t id;
    enum sandbox_verb verb;
    char *path;
    size_t limit;               /* entries or bytes that may come */
    struct buffer order;        /* the message, until it is sent */
    size_t content;             /* bytes of it that count as under way */
    struct buffer brought;      /* entries or bytes */
    sandbox_answered *answered; /* NULL: cancelled */
    void *data;
    int number; /* why it never began */
    struct loop_task *later;
};

static bool reads(enum sandbox_verb verb)
{
    return verb == SANDBOX_LIST || verb == SANDBOX_STAT || verb == SANDBOX_READ;
}

/* --- queues --- */

static struct bwrap_request *first_of(const struct sandbox_queue *queue)
{
    return (struct bwrap_request *)queue->first;
}

static void count_flying(struct bwrap_request *request, int step)
{
    struct bwrap *bwrap = request->bwrap;
    size_t *flying = reads(request->verb) ? &bwrap->reads_flying : &bwrap->writes_flying;
    *flying += (size_t)step;
    bwrap->bytes_flying += (size_t)step * request->content;
}

static void free_request(struct bwrap_request *request)
{
    if (request->base.queue == &request->bwrap->flying)
        count_flying(request, -1);
    sandbox_dequeue(&request->base);
    loop_task_cancel(request->later);
    buffer_release(&request->order);
    buffer_release(&request->brought);
    free(request->path);
    free(request);
}

/* --- sending --- */

static void send_order(struct bwrap_request *request)
{
    struct bwrap *bwrap = request->bwrap;
    bwrap_channel_send(bwrap->channel, JAIL_FILE, request->id, request->order.data, request->order.length,
                       NULL, 0);
    buffer_release(&request->order);
    sandbox_dequeue(&request->base);
    sandbox_enqueue(&bwrap->flying, &request->base);
    count_flying(request, 1);
}

void bwrap_requests_send(struct bwrap *bwrap)
{
    if (bwrap->state != BWRAP_READY)
        return;
    while (bwrap->waiting_reads.first && bwrap->reads_flying < READS)
        send_order(first_of(&bwrap->waiting_reads));
    while (bwrap->waiting_writes.first && bwrap->writes_flying < WRITES && bwrap->bytes_flying < BYTES)
        send_order(first_of(&bwrap->waiting_writes));
}

/* --- answers --- */

/* Tells the answer and frees the request. */
static void answer(struct bwrap_request *request, struct sandbox_answer *told)
{
    struct bwrap *bwrap = request->bwrap;
    char *sentence =
        told->error ? bwrap_answer_sentence(bwrap, request->verb, request->path, told->error) : NULL;
    told->failed = sentence;
    sandbox_answered *answered = request->answered;
    void *data = request->data;
    struct buffer brought = request->brought;
    buffer_init(&request->brought, 0);
    free_request(request);
    if (answered)
        answered(data, told);
    free(sentence);
    buffer_release(&brought);
}

static void write_hash(const uint8_t hash[JAIL_HASH], char text[HASH_TEXT])
{
    for (size_t i = 0; i < JAIL_HASH; i++)
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
}

static bool finish(struct bwrap_request *request, const struct jail_answer *raw)
{
    struct sandbox_answer told = { .error = raw->error, .entry_total = raw->total, .size = raw->size };
    struct sandbox_entry *entries = NULL;
    bool listed = request->verb == SANDBOX_LIST || request->verb == SANDBOX_STAT;
    if (raw->error < 0 || raw->total < 0 || raw->size < 0)
        return false;
    if (raw->has_hash && !raw->error)
        write_hash(raw->hash, told.hash);
    if (request->brought.full)
        told.error = EFBIG;
    if (listed && !told.error) {
        bool good = bwrap_answer_entries(&request->brought, request->limit, &entries, &told.entry_count);
        if (!good || (request->verb == SANDBOX_STAT && told.entry_count != 1)) {
            bwrap_answer_free(entries, told.entry_count);
            return false;
        }
        told.entries = entries;
        told.more = request->verb == SANDBOX_LIST && (uint64_t)raw->total > request->limit;
    } else if (request->verb == SANDBOX_READ && !told.error) {
        told.bytes = request->brought.data;
        told.length = request->brought.length;
    }
    answer(request, &told);
    bwrap_answer_free(entries, told.entry_count);
    return true;
}

static struct bwrap_request *find_flying(const struct bwrap *bwrap, uint64_t id)
{
    struct bwrap_request *request = first_of(&bwrap->flying);
    while (request && request->id != id)
        request = (struct bwrap_request *)request->base.next;
    return request;
}

/* What is too much is left out here and refused at the end. */
static bool take_part(struct bwrap_request *request, const struct jail_header *header, const char *payload)
{
    bool bytes = header->type == JAIL_BYTES;
    if (bytes != (request->verb == SANDBOX_READ) || !reads(request->verb))
        return false;
    if (bytes && request->brought.length + header->length > request->limit)
        return false;
    buffer_append(&request->brought, payload, header->length);
    return true;
}

bool bwrap_request_message(struct bwrap *bwrap, const struct jail_header *header, const char *payload)
{
    struct bwrap_request *request = find_flying(bwrap, header->id);
    struct jail_answer raw;
    if (!request) /* cancelled meanwhile, or answered twice because its worker was killed */
        return header->id <= bwrap->last_id;
    if (header->type != JAIL_ANSWER)
        return take_part(request, header, payload);
    if (header->length != sizeof(raw))
        return false;
    memcpy(&raw, payload, sizeof(raw));
    if (!finish(request, &raw))
        return false;
    if (!bwrap->freed)
        bwrap_requests_send(bwrap);
    return true;
}

/* --- asking --- */

static const enum jail_verb verbs[] = {
    [SANDBOX_LIST] = JAIL_LIST,
    [SANDBOX_STAT] = JAIL_STAT,
    [SANDBOX_READ] = JAIL_READ_FILE,
    [SANDBOX_WRITE] = JAIL_WRITE,
    [SANDBOX_MAKE_FOLDER] = JAIL_MAKE_FOLDER,
    [SANDBOX_REMOVE] = JAIL_REMOVE,
    [SANDBOX_RENAME] = JAIL_RENAME,
    [SANDBOX_PUT] = JAIL_PUT,
};

static const enum jail_kind kinds[] = {
    [SANDBOX_FILE] = JAIL_IS_FILE,
    [SANDBOX_FOLDER] = JAIL_IS_FOLDER,
    [SANDBOX_LINK] = JAIL_IS_LINK,
    [SANDBOX_OTHER] = JAIL_IS_OTHER,
};

static uint32_t flags_of(const struct sandbox_request_spec *spec)
{
    switch (spec->verb) {
    case SANDBOX_READ:
        return spec->flag ? JAIL_WHOLE_HASH : 0;
    case SANDBOX_REMOVE:
        return spec->flag ? JAIL_RECURSIVE : 0;
    case SANDBOX_WRITE:
        return spec->other ? JAIL_BASE : 0;
    default:
        return 0;
    }
}

static void write_order(struct bwrap_request *request, const struct sandbox_request_spec *spec)
{
    const char *other = spec->other ? spec->other : "";
    request->content = spec->bytes ? spec->length : 0;
    struct jail_file head = {
        .verb = verbs[spec->verb],
        .flags = flags_of(spec),
        .kind = kinds[spec->type],
        .mode = spec->mode,
        .offset = (uint64_t)spec->offset,
        .count = request->limit,
        .path_length = (uint32_t)strlen(spec->path),
        .other_length = (uint32_t)strlen(other),
        .content_length = request->content,
    };
    struct buffer *out = &request->order;
    buffer_append(out, &head, sizeof(head));
    buffer_append(out, spec->path, head.path_length + 1);
    buffer_append(out, other, head.other_length + 1);
    buffer_append(out, spec->bytes, request->content);
}

static size_t limit_of(const struct sandbox_request_spec *spec)
{
    size_t most = spec->verb == SANDBOX_READ ? JAIL_READ : spec->verb == SANDBOX_LIST ? 1000000 : 1;
    return spec->length < most && spec->verb != SANDBOX_STAT ? spec->length : most;
}

/* An errno value for what cannot even be asked, else 0. */
static int check_spec(const struct bwrap *bwrap, const struct sandbox_request_spec *spec)
{
    if (bwrap->state == BWRAP_GONE)
        return ENOTCONN;
    if (spec->verb > SANDBOX_PUT)
        return ENOTSUP; /* no flag says that it can */
    if (spec->path[0] != '/' || spec->offset < 0 || (spec->verb == SANDBOX_RENAME && spec->other[0] != '/'))
        return EINVAL;
    return spec->bytes && spec->length > CONTENT ? EFBIG : 0;
}

static void fail_later(void *data)
{
    struct bwrap_request *request = data;
    struct bwrap *bwrap = request->bwrap;
    struct sandbox_answer told = { .error = request->number };
    request->later = NULL;
    bwrap_enter(bwrap);
    answer(request, &told);
    bwrap_leave(bwrap);
}

struct sandbox_request *bwrap_request(struct sandbox *sandbox, const struct sandbox_request_spec *spec,
                                      sandbox_answered *answered, void *data)
{
    struct bwrap *bwrap = (struct bwrap *)sandbox;
    struct bwrap_request *request = xcalloc(1, sizeof(*request));
    request->base.operations = &sandbox_bwrap_operations;
    request->bwrap = bwrap;
    request->id = ++bwrap->last_id;
    request->verb = spec->verb;
    request->path = xstrdup(spec->path);
    request->limit = limit_of(spec);
    request->answered = answered;
    request->data = data;
    buffer_init(&request->order, JAIL_MESSAGE);
    buffer_init(&request->brought, ANSWER);
    sandbox_enqueue(reads(spec->verb) ? &bwrap->waiting_reads : &bwrap->waiting_writes, &request->base);
    request->number = check_spec(bwrap, spec);
    if (request->number) {
        sandbox_dequeue(&request->base);
        sandbox_enqueue(&bwrap->failed, &request->base);
        request->later = loop_defer(bwrap->loop, fail_later, request);
    } else {
        write_order(request, spec);
        bwrap_requests_send(bwrap);
    }
    return &request->base;
}

void bwrap_request_cancel(struct sandbox_request *handle)
{
    struct bwrap_request *request = (struct bwrap_request *)handle;
    struct bwrap *bwrap = request->bwrap;
    request->answered = NULL;
    if (request->base.queue != &bwrap->flying)
        free_request(request);
    else if (bwrap->state == BWRAP_READY && reads(request->verb))
        bwrap_channel_send(bwrap->channel, JAIL_CANCEL, request->id, NULL, 0, NULL, 0);
}

/* --- all of them --- */

static struct bwrap_request *any(const struct bwrap *bwrap)
{
    const struct sandbox_queue *queues[] = { &bwrap->flying, &bwrap->waiting_writes, &bwrap->waiting_reads,
                                             &bwrap->failed };
    struct bwrap_request *first = NULL;
    for (size_t i = 0; !first && i < ARRAY_SIZE(queues); i++)
        first = first_of(queues[i]);
    return first;
}

void bwrap_requests_lost(struct bwrap *bwrap)
{
    struct bwrap_request *request;
    while (!bwrap->freed && (request = any(bwrap))) {
        struct sandbox_answer told = { .error = ENOTCONN };
        answer(request, &told);
    }
}

void bwrap_requests_drop(struct bwrap *bwrap)
{
    struct bwrap_request *request;
    while ((request = any(bwrap)))
        free_request(request);
}
