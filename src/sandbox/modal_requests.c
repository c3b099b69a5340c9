/* modal_requests.c - file requests: what waits, what is under way, and their answers.
 *
 * Each program that is run in there costs some round trips, so requests that were made together go together: what
 * waits at the end of a turn of the loop is sent, looks (list, stat, hash) many in one program, and uploads many
 * in one stream.  Changes keep their order: one program of them is under way at a time.  Looks and readings do
 * not wait for changes. */
#include "base/memory.h"
#include "base/texts.h"
#include "loop/loop.h"
#include "sandbox/modal_box.h"
#include "sandbox/modal_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    READS = 8,                    /* programs under way that only look */
    LOOK_BYTES = 40 * 1024,       /* of their paths */
    PUTS = 1024,                  /* requests of one upload */
    PUT_BYTES = 16 * 1024 * 1024, /* of their content */
    CONTENT = 64 * 1024 * 1024,   /* bytes of one file that is written */
    READ_MOST = 16 * 1024 * 1024,
    PATH_MOST = 4096,
    SNAPSHOT = 600, /* seconds that one may take */
};

/* --- queues --- */

static struct box_request *first_of(const struct sandbox_queue *queue)
{
    return (struct box_request *)queue->first;
}

static const struct box_request *next_of(const struct box_request *request)
{
    return (const struct box_request *)request->base.next;
}

static void free_request(struct box_request *request)
{
    sandbox_dequeue(&request->base);
    modal_call_cancel(request->call);
    loop_task_cancel(request->later);
    texts_free(request->domains);
    free(request->path);
    free(request->other);
    free(request->bytes);
    free(request);
}

/* --- sentences --- */

static const struct {
    const char *name;
    int number;
} errors[] = {
    { "ENOENT", ENOENT },
    { "ENOTDIR", ENOTDIR },
    { "EISDIR", EISDIR },
    { "EACCES", EACCES },
    { "EROFS", EROFS },
    { "EEXIST", EEXIST },
    { "ESTALE", ESTALE },
    { "EINVAL", EINVAL },
    { "ENOSPC", ENOSPC },
    { "EDQUOT", EDQUOT },
    { "ENAMETOOLONG", ENAMETOOLONG },
    { "ELOOP", ELOOP },
    { "ENOTEMPTY", ENOTEMPTY },
    { "EPERM", EPERM },
    { "EBUSY", EBUSY },
};

int box_error_number(const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
        if (strlen(errors[i].name) == length && memcmp(errors[i].name, name, length) == 0)
            return errors[i].number;
    return EIO;
}

static const char *reason(const struct box_request *request, int number)
{
    switch (number) {
    case ESTALE:
        return "it is not the file that was seen before; read it again";
    case EISDIR:
        return "it is a folder";
    case EFBIG:
        return "it is too much to be handed over at once";
    case EINVAL:
        return request->verb == SANDBOX_READ || request->verb == SANDBOX_WRITE ? "it is no plain file"
                                                                               : strerror(number);
    default:
        return strerror(number);
    }
}

static char *sentence_of(const struct box_request *request, int number)
{
    static const char *const tried[] = {
        [SANDBOX_LIST] = "listed",
        [SANDBOX_STAT] = "looked at",
        [SANDBOX_READ] = "read",
        [SANDBOX_WRITE] = "written",
        [SANDBOX_MAKE_FOLDER] = "made",
        [SANDBOX_REMOVE] = "removed",
        [SANDBOX_RENAME] = "renamed",
        [SANDBOX_PUT] = "put in place",
        [SANDBOX_SNAPSHOT] = "kept as a snapshot",
        [SANDBOX_SET_NETWORK] = "given another network",
        [SANDBOX_PORTS] = "asked for its ports",
    };
    const struct box *box = request->box;
    const char *what = request->verb > SANDBOX_PUT ? "the sandbox" : request->path;
    const char *why = box->state == BOX_GONE ? (box->sentence ? box->sentence : "the sandbox is gone")
                                             : reason(request, number);
    return xasprintf("%s could not be %s: %s", what, tried[request->verb], why);
}

/* --- answers --- */

void box_answer(struct box_request *request, struct sandbox_answer *told)
{
    struct box *box = request->box;
    char *sentence = told->error && !told->failed ? sentence_of(request, told->error) : NULL;
    sandbox_answered *answered = request->answered;
    void *data = request->data;
    if (sentence)
        told->failed = sentence;
    free_request(request);
    box_requests_send(box);
    if (answered)
        answered(data, told);
    free(sentence);
}

void box_answer_error(struct box_request *request, int number)
{
    struct sandbox_answer told = { .error = number };
    box_answer(request, &told);
}

void box_answer_failed(struct box_request *request, const struct box_tool_result *result)
{
    char *sentence = result->failed
                         ? xasprintf("%s: nobody knows what became of it: %s", request->path, result->failed)
                         : xasprintf("%s: %s", request->path,
                                     result->error[0] ? result->error : "the program in the sandbox failed");
    struct sandbox_answer told = { .error = EIO, .failed = sentence };
    box_answer(request, &told);
    free(sentence);
}

/* --- batches --- */

struct box_request *box_batch_over(struct box_batch *batch)
{
    struct box *box = batch->box;
    struct box_request *first = batch->first;
    struct box_batch **link = &box->batches;
    while (*link != batch)
        link = &(*link)->next;
    *link = batch->next;
    if (batch->looks)
        box->reads_flying--;
    else
        box->change_flying = false;
    free(batch);
    return first;
}

static struct box_batch *new_batch(struct box *box, bool looks)
{
    struct box_batch *batch = xcalloc(1, sizeof(*batch));
    *batch = (struct box_batch){ .box = box, .next = box->batches, .looks = looks };
    box->batches = batch;
    if (looks)
        box->reads_flying++;
    else
        box->change_flying = true;
    return batch;
}

static void drop_batches(struct box *box)
{
    while (box->batches) {
        box_tool_cancel(box->batches->tool);
        modal_call_cancel(box->batches->call);
        box_batch_over(box->batches);
    }
}

/* Moves the first COUNT of FROM into BATCH. */
static void fill_batch(struct box_batch *batch, struct sandbox_queue *from, size_t count)
{
    struct box_request **link = &batch->first;
    for (; count > 0; count--) {
        struct box_request *request = first_of(from);
        sandbox_dequeue(&request->base);
        sandbox_enqueue(&batch->box->flying, &request->base);
        request->after = NULL;
        *link = request;
        link = &request->after;
    }
}

void box_put_back(struct box_request *first, size_t together)
{
    struct sandbox_queue *queue = &first->box->changes;
    struct sandbox_queue behind = *queue;
    *queue = (struct sandbox_queue){ 0 };
    for (struct box_request *at = first, *after; at; at = after) {
        after = at->after;
        sandbox_dequeue(&at->base);
        at->together = together;
        sandbox_enqueue(queue, &at->base);
    }
    queue->last->next = behind.first;
    if (behind.first)
        queue->last = behind.last;
    box_requests_send(first->box);
}

/* --- sending --- */

static bool is_look(const struct box_request *request)
{
    return request->verb == SANDBOX_LIST || request->verb == SANDBOX_STAT ||
           (request->verb == SANDBOX_READ && request->length == 0 && request->flag);
}

static void send_reads(struct box *box)
{
    size_t count = 0, bytes = 0, most = box->tools_there & BOX_HAS_FIND ? BOX_LOOKS : 1;
    for (const struct box_request *at = first_of(&box->reads); at && is_look(at) && count < most;
         at = next_of(at)) {
        bytes += 4 * strlen(at->path) + 16;
        if (count > 0 && bytes > LOOK_BYTES)
            break;
        count++;
    }
    struct box_batch *batch = new_batch(box, true);
    fill_batch(batch, &box->reads, count ? count : 1);
    if (count)
        box_send_looks(batch);
    else
        box_send_read(batch);
}

static size_t count_puts(const struct box *box)
{
    size_t count = 0, bytes = 0, most = box->tools_there & BOX_HAS_TAR ? PUTS : 1;
    for (const struct box_request *at = first_of(&box->changes); at && at->verb == SANDBOX_PUT;
         at = next_of(at)) {
        if (at->together && at->together < most)
            most = at->together;
        bytes += at->length;
        if (count == most || (count > 0 && bytes > PUT_BYTES))
            break;
        count++;
    }
    return count;
}

static void snapshot_done(void *data, const struct modal_failure *failure, const char *id)
{
    struct box_request *request = data;
    struct box *box = request->box;
    struct sandbox_answer told = { .error = failure ? EIO : 0,
                                   .failed = failure ? failure->sentence : NULL,
                                   .id = failure ? NULL : id };
    request->call = NULL;
    box->change_flying = false;
    box_enter(box);
    box_answer(request, &told);
    box_leave(box);
}

static void send_snapshot(struct box *box)
{
    struct box_request *request = first_of(&box->changes);
    sandbox_dequeue(&request->base);
    sandbox_enqueue(&box->flying, &request->base);
    box->change_flying = true;
    request->call =
        modal_sandbox_snapshot(box->sandbox, NULL, box->plan->snapshot_ttl, SNAPSHOT, snapshot_done, request);
}

static void send_changes(struct box *box)
{
    if (first_of(&box->changes)->verb == SANDBOX_SNAPSHOT) {
        send_snapshot(box);
        return;
    }
    size_t puts = count_puts(box);
    struct box_batch *batch = new_batch(box, false);
    fill_batch(batch, &box->changes, puts ? puts : 1);
    if (puts)
        box_send_puts(batch);
    else
        box_send_change(batch);
}

static void send_waiting(void *data)
{
    struct box *box = data;
    box->sending = NULL;
    if (box->state != BOX_READY || box->left)
        return;
    while (box->reads.first && box->reads_flying < READS)
        send_reads(box);
    if (box->changes.first && !box->change_flying)
        send_changes(box);
}

void box_requests_send(struct box *box)
{
    if (!box->sending && !box->freed)
        box->sending = loop_defer(box->loop, send_waiting, box);
}

/* --- ports and network: they wait for nothing --- */

static void network_set(void *data, const struct modal_failure *failure, const char *id)
{
    struct box_request *request = data;
    struct box *box = request->box;
    struct sandbox_answer told = { .error = failure ? EIO : 0, .failed = failure ? failure->sentence : NULL };
    (void)id;
    request->call = NULL;
    if (!failure) {
        enum modal_network network = !request->flag     ? MODAL_NETWORK_BLOCKED
                                     : request->domains ? MODAL_NETWORK_LIST
                                                        : MODAL_NETWORK_OPEN;
        box_set_network_words(box, request->flag,
                              box_network_words(network, (const char *const *)request->domains, NULL));
        texts_free(box->domains);
        box->domains = request->domains;
        request->domains = NULL;
        box->network_changed = true;
        box->options.network = request->flag;
        box->facts.generation++;
        box_memory_write(box);
    }
    box_enter(box);
    box_answer(request, &told);
    box_leave(box);
}

static void ports_told(void *data, const struct modal_failure *failure, const struct modal_tunnel *tunnels,
                       size_t count)
{
    struct box_request *request = data;
    struct box *box = request->box;
    struct sandbox_port *ports = xcalloc(count + 1, sizeof(*ports));
    for (size_t i = 0; i < count; i++)
        ports[i] = (struct sandbox_port){ tunnels[i].container_port, tunnels[i].url };
    struct sandbox_answer told = { .error = failure ? EIO : 0,
                                   .failed = failure ? failure->sentence : NULL,
                                   .ports = ports,
                                   .port_count = count };
    request->call = NULL;
    box_enter(box);
    box_answer(request, &told);
    box_leave(box);
    free(ports);
}

static void send_call(struct box_request *request)
{
    struct box *box = request->box;
    if (request->verb == SANDBOX_PORTS) {
        request->call = modal_sandbox_tunnels(box->client, box->facts.id, ports_told, request);
        return;
    }
    enum modal_network network = !request->flag     ? MODAL_NETWORK_BLOCKED
                                 : request->domains ? MODAL_NETWORK_LIST
                                                    : MODAL_NETWORK_OPEN;
    request->call = modal_sandbox_set_network(box->sandbox, network, NULL,
                                              (const char *const *)request->domains, network_set, request);
}

/* --- asking --- */

static bool is_call(enum sandbox_verb verb)
{
    return verb == SANDBOX_SET_NETWORK || verb == SANDBOX_PORTS;
}

static bool reads(enum sandbox_verb verb)
{
    return verb == SANDBOX_LIST || verb == SANDBOX_STAT || verb == SANDBOX_READ;
}

/* An errno value for what cannot even be asked, else 0. */
static int check_spec(const struct box *box, const struct sandbox_request_spec *spec)
{
    if (box->state == BOX_GONE)
        return ENOTCONN;
    if (is_call(spec->verb) && box->state != BOX_READY)
        return EAGAIN;
    if (spec->path[0] != '/' || spec->offset < 0 || (spec->verb == SANDBOX_RENAME && spec->other[0] != '/'))
        return EINVAL;
    if (strlen(spec->path) >= PATH_MOST)
        return ENAMETOOLONG;
    return spec->bytes && spec->length > CONTENT ? EFBIG : 0;
}

static void fail_later(void *data)
{
    struct box_request *request = data;
    struct box *box = request->box;
    request->later = NULL;
    box_enter(box);
    box_answer_error(request, request->number);
    box_leave(box);
}

/* Slashes at the end say nothing more, and confuse. */
static char *copy_path(const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return xstrndup(path, length);
}

static struct box_request *new_request(struct box *box, const struct sandbox_request_spec *spec,
                                       const void *bytes)
{
    struct box_request *request = xcalloc(1, sizeof(*request));
    size_t most = spec->verb == SANDBOX_READ ? READ_MOST : spec->length;
    *request = (struct box_request){
        .base.operations = &sandbox_modal_operations,
        .box = box,
        .verb = spec->verb,
        .path = copy_path(spec->path),
        .other = xstrdup_or_null(spec->other),
        .length = spec->length < most ? spec->length : most,
        .offset = spec->offset,
        .flag = spec->flag,
        .type = spec->type,
        .mode = spec->mode & 0777,
    };
    if (bytes)
        request->bytes = xmemdup(bytes, spec->length);
    if (spec->domains)
        request->domains = texts_copy(spec->domains);
    return request;
}

struct sandbox_request *box_request(struct sandbox *sandbox, const struct sandbox_request_spec *spec,
                                    sandbox_answered *answered, void *data)
{
    struct box *box = (struct box *)sandbox;
    int wrong = check_spec(box, spec);
    struct box_request *request = new_request(box, spec, wrong ? NULL : spec->bytes);
    request->answered = answered;
    request->data = data;
    request->number = wrong;
    if (request->number) {
        sandbox_enqueue(&box->failed, &request->base);
        request->later = loop_defer(box->loop, fail_later, request);
    } else if (is_call(spec->verb)) {
        sandbox_enqueue(&box->flying, &request->base);
        send_call(request);
    } else {
        sandbox_enqueue(reads(spec->verb) ? &box->reads : &box->changes, &request->base);
        box_requests_send(box);
    }
    return &request->base;
}

void box_request_cancel(struct sandbox_request *handle)
{
    struct box_request *request = (struct box_request *)handle;
    request->answered = NULL;
    if (request->base.queue != &request->box->flying)
        free_request(request);
}

/* --- all of them --- */

static struct box_request *any(const struct box *box)
{
    const struct sandbox_queue *queues[] = { &box->flying, &box->changes, &box->reads, &box->failed };
    struct box_request *first = NULL;
    for (size_t i = 0; !first && i < ARRAY_SIZE(queues); i++)
        first = first_of(queues[i]);
    return first;
}

void box_requests_lost(struct box *box)
{
    struct box_request *request;
    drop_batches(box);
    while (!box->freed && (request = any(box)))
        box_answer_error(request, ENOTCONN);
}

void box_requests_drop(struct box *box)
{
    struct box_request *request;
    drop_batches(box);
    while ((request = any(box)))
        free_request(request);
}
