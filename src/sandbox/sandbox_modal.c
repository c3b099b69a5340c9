/* sandbox_modal.c - a Modal Sandbox as this program's sandbox: its beginning, its end, and who is told.
 *
 * Modal's side lives on without us and costs money, so its end is never left to chance: it is waited for all the
 * time it runs (one long call after another), told once and plainly, and sandbox_leave ends it or says what may
 * be left running.  Losing a connection is not the end of a sandbox, and is never told as one. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/texts.h"
#include "loop/loop.h"
#include "sandbox/modal_box.h"
#include "sandbox/modal_plan.h"
#include "wire/http.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NOT_FOUND = 5,   /* of gRPC */
    AGAIN = 5000,    /* milliseconds before a wait that broke is begun anew */
    LEAVING = 30000, /* milliseconds that an end may take */
};

/* --- in and out of callbacks --- */

static void release_options(struct sandbox_options *options)
{
    free((char *)options->state_folder);
    free((char *)options->id);
    free((char *)options->workspace);
    texts_free((char **)options->environment);
    free((char *)options->restore);
    free((char *)options->label);
}

/* Never within a callback of the client or of what is made of it. */
static void free_box(void *data)
{
    struct box *box = data;
    if (box->sandbox)
        modal_sandbox_free(box->sandbox);
    if (box->client)
        modal_client_free(box->client);
    http_free(box->http);
    free(box->ear);
    box_plan_free(box->plan);
    release_options(&box->options);
    texts_free(box->environment);
    texts_free(box->domains);
    for (size_t i = 0; i < box->exec_id_count; i++)
        free(box->exec_ids[i]);
    free(box->exec_ids);
    for (size_t i = 0; i < ARRAY_SIZE(box->facts_words); i++)
        free(box->facts_words[i]);
    free(box->app_id);
    free(box->image_id);
    free(box->first_failure);
    free(box->sentence);
    free(box);
}

void box_enter(struct box *box)
{
    box->depth++;
}

void box_leave(struct box *box)
{
    if (--box->depth == 0 && box->freed)
        loop_defer(box->loop, free_box, box);
}

/* --- ending it --- */

static void tell_left(struct box *box, const char *failed)
{
    loop_timer_cancel(box->leaving_limit);
    box->leaving_limit = NULL;
    box->left_told = true;
    box_enter(box);
    box->left(box->left_data, failed);
    box_leave(box);
}

static void tell_still_there(struct box *box, const char *why)
{
    char *sentence =
        xasprintf("%s; sandbox %s may still be running, and cost money: sandgate sandbox stop %s ends it",
                  why, box->facts.id, box->facts.id);
    tell_left(box, sentence);
    free(sentence);
}

static void terminated(void *data, const struct modal_failure *failure, const struct modal_sandbox_end *end)
{
    struct box *box = data;
    (void)end;
    box->leaving = NULL;
    if (!box->left)
        return;
    if (failure && failure->status != NOT_FOUND)
        tell_still_there(box, failure->sentence);
    else
        tell_left(box, NULL);
}

static void end_sandbox(struct box *box)
{
    box->leaving = modal_sandbox_terminate(box->client, box->facts.id, true, terminated, box);
}

/* --- its end --- */

static void cancel_calls(struct box *box)
{
    modal_call_cancel(box->step);
    modal_call_cancel(box->end_wait);
    modal_call_cancel(box->end_look);
    loop_timer_cancel(box->again);
    loop_task_cancel(box->later);
    loop_task_cancel(box->sending);
    box->step = box->end_wait = box->end_look = NULL;
    box->again = NULL;
    box->later = box->sending = NULL;
}

static void tell_forks(struct box *box, const char *sentence)
{
    while (box->forks) {
        struct box *fork = box->forks;
        box->forks = fork->next_fork;
        fork->source = NULL;
        fork->source_request = NULL;
        box_enter(fork);
        box_open_fork(fork, NULL, sentence);
        box_leave(fork);
    }
}

static void tell_gone(struct box *box, bool was_ready)
{
    box_enter(box);
    box_execs_lost(box);
    if (!box->freed)
        box_requests_lost(box);
    if (!box->freed)
        box_tools_drop(box);
    if (!box->freed)
        tell_forks(box, box->sentence);
    if (!box->freed && !box->left && was_ready)
        box->events.lost(box->data, box->sentence);
    else if (!box->freed && !box->left)
        box->events.failed(box->data, box->sentence);
    box_leave(box);
}

void box_lose(struct box *box, const char *format, ...)
{
    if (box->state == BOX_GONE || box->freed)
        return;
    bool was_ready = box->state == BOX_READY;
    va_list arguments;
    va_start(arguments, format);
    box->sentence = xvasprintf(format, arguments);
    va_end(arguments);
    box->state = BOX_GONE;
    cancel_calls(box);
    box_watches_stop(box);
    if (!was_ready && box->sandbox && !box->options.id && !box->left)
        end_sandbox(box);
    tell_gone(box, was_ready);
}

/* --- waiting for its end --- */

static void wait_for_end(void *data);

static void wait_again(struct box *box)
{
    if (box->state == BOX_READY && !box->freed && !box->again && !box->left)
        box->again = loop_timer_add(box->loop, AGAIN, wait_for_end, box);
}

static void take_end(struct box *box, const struct modal_failure *failure,
                     const struct modal_sandbox_end *end)
{
    box->facts.ended = failure ? failure->status == NOT_FOUND : end->end != MODAL_RUNNING;
    if (failure && failure->status == NOT_FOUND)
        box_lose(box, "the sandbox is gone: %s", failure->sentence);
    else if (!failure && end->end != MODAL_RUNNING)
        box_lose(box, "the sandbox has ended: %s", end->sentence ? end->sentence : "Modal does not say why");
    else if (failure)
        log_line("modal", "waiting for the end of %s: %s", box->facts.id, failure->sentence);
}

static void has_ended(void *data, const struct modal_failure *failure, const struct modal_sandbox_end *end)
{
    struct box *box = data;
    box->end_wait = NULL;
    box_enter(box);
    take_end(box, failure, end);
    wait_again(box);
    box_leave(box);
}

static void wait_for_end(void *data)
{
    struct box *box = data;
    box->again = NULL;
    box->end_wait = modal_sandbox_wait(box->sandbox, true, has_ended, box);
}

static void looked(void *data, const struct modal_failure *failure, const struct modal_sandbox_end *end)
{
    struct box *box = data;
    box->end_look = NULL;
    box_enter(box);
    take_end(box, failure, end);
    box_leave(box);
}

void box_suspect(struct box *box)
{
    if (box->state == BOX_READY && !box->freed && !box->left && !box->end_look)
        box->end_look = modal_sandbox_wait(box->sandbox, false, looked, box);
}

/* --- ready --- */

void box_become_ready(struct box *box)
{
    if (box->freed || box->left)
        return;
    box->state = BOX_READY;
    box_memory_write(box);
    wait_for_end(box);
    box_execs_ready(box);
    box_requests_send(box);
    box_watches_ready(box);
    box_enter(box);
    box->events.ready(box->data);
    box_leave(box);
}

/* --- what it is made of --- */

static void copy_options(struct box *box, const struct sandbox_options *options)
{
    struct sandbox_options *copy = &box->options;
    *copy = *options;
    copy->backend = "modal";
    copy->state_folder = xstrdup(options->state_folder);
    copy->id = xstrdup_or_null(options->id);
    copy->workspace = path_normalize("/", options->workspace ? options->workspace : "/workspace");
    copy->environment = (const char *const *)texts_copy(options->environment);
    copy->restore = xstrdup_or_null(options->restore);
    copy->label = xstrdup_or_null(options->label);
}

void box_set_network_words(struct box *box, bool network, char *words)
{
    free(box->facts_words[2]);
    box->facts_words[2] = words;
    box->facts.network = network;
    box->facts.network_words = words;
}

static void fill_facts(struct box *box)
{
    const struct modal_sandbox_spec *spec = &box->plan->spec;
    box->facts_words[0] = box_plan_mounts(box->plan);
    box->facts_words[1] = box_plan_limits(box->plan);
    box->facts.mounts = box->facts_words[0];
    box->facts.limits = box->facts_words[1];
    box->facts.secrets = box->options.environment[0] || spec->secrets;
    box_set_network_words(box, spec->network != MODAL_NETWORK_BLOCKED,
                          box_network_words(spec->network, spec->domains, spec->cidrs));
}

/* A fork has the network that its source had, and not its name: that is taken. */
static void inherit_network(struct box *box)
{
    struct modal_sandbox_spec *spec = &box->plan->spec;
    if (box->is_fork)
        spec->name = NULL;
    if (!box->network_changed)
        return;
    spec->network = box->domains           ? MODAL_NETWORK_LIST
                    : box->options.network ? MODAL_NETWORK_OPEN
                                           : MODAL_NETWORK_BLOCKED;
    spec->domains = (const char *const *)box->domains;
    spec->cidrs = NULL;
}

/* --- the beginning --- */

static void warning(void *data, const char *text)
{
    struct box *box = ((struct box_ear *)data)->box;
    log_line("modal", "%s", text);
    if (!box)
        return;
    box_enter(box);
    if (box->state == BOX_OPENING && box->events.progress && !box->freed)
        box->events.progress(box->data, "Modal says", text);
    box_leave(box);
}

static void begin(void *data)
{
    struct box *box = data;
    struct error error = ERROR_INIT;
    static const struct modal_client_events events = { .warning = warning, .waiting = warning };
    box->later = NULL;
    box_enter(box);
    box->plan = box_plan_new(&box->options, &error);
    if (box->plan) {
        inherit_network(box);
        fill_facts(box);
        box->http = http_new(box->loop);
        box->ear = xmalloc(sizeof(*box->ear));
        box->ear->box = box;
        box->client = modal_client_new(box->loop, box->http, &box->plan->settings, &events, box->ear);
        box_open_begin(box);
    } else {
        box_lose(box, "%s", error_message(&error));
    }
    error_clear(&error);
    box_leave(box);
}

static struct box *make(struct loop *loop, const struct sandbox_options *options,
                        const struct sandbox_open_events *events, void *data)
{
    struct box *box = xcalloc(1, sizeof(*box));
    box->base.operations = &sandbox_modal_operations;
    box->loop = loop;
    box->events = *events;
    box->data = data;
    copy_options(box, options);
    box->environment = sandbox_environment(options->environment);
    box->facts = (struct sandbox_facts){ .backend = "modal",
                                         .generation = 1,
                                         .workspace = box->options.workspace,
                                         .mounts = "",
                                         .limits = "",
                                         .network_words = "off" };
    box->later = loop_defer(loop, begin, box);
    return box;
}

static struct sandbox *box_open(struct loop *loop, const struct sandbox_options *options,
                                const struct sandbox_open_events *events, void *data)
{
    return &make(loop, options, events, data)->base;
}

/* --- a fork --- */

static void unlink_fork(struct box *fork)
{
    struct box **link = &fork->source->forks;
    while (*link != fork)
        link = &(*link)->next_fork;
    *link = fork->next_fork;
    fork->source = NULL;
    fork->source_request = NULL;
}

static void snapshot_taken(void *data, const struct sandbox_answer *answer)
{
    struct box *fork = data;
    unlink_fork(fork);
    box_enter(fork);
    if (fork->later) /* it has not even begun */
        fork->options.restore = xstrdup_or_null(answer->id);
    if (!fork->later || answer->failed)
        box_open_fork(fork, answer->failed ? NULL : answer->id, answer->failed);
    box_leave(fork);
}

static void source_went(void *data)
{
    struct box *fork = data;
    fork->later = NULL;
    box_enter(fork);
    box_open_fork(fork, NULL, "the sandbox that it was to be a copy of is gone");
    box_leave(fork);
}

static void leave_forks(struct box *box)
{
    while (box->forks) {
        struct box *fork = box->forks;
        unlink_fork(fork);
        loop_task_cancel(fork->later);
        fork->later = loop_defer(fork->loop, source_went, fork);
    }
}

static void forget_source(struct box *fork)
{
    struct sandbox_request *request = fork->source_request;
    unlink_fork(fork);
    sandbox_request_cancel(request);
}

static struct sandbox *box_fork(struct sandbox *sandbox, const char *state_folder,
                                const struct sandbox_open_events *events, void *data)
{
    struct box *source = (struct box *)sandbox;
    struct sandbox_options options = source->options;
    options.state_folder = state_folder;
    options.id = options.restore = NULL;
    struct box *fork = make(source->loop, &options, events, data);
    fork->is_fork = true;
    fork->network_changed = source->network_changed;
    fork->domains = source->domains ? texts_copy((const char *const *)source->domains) : NULL;
    fork->source = source;
    fork->next_fork = source->forks;
    source->forks = fork;
    fork->source_request = sandbox_snapshot(sandbox, snapshot_taken, fork);
    return &fork->base;
}

/* --- leaving --- */

static void left_at_once(void *data)
{
    struct box *box = data;
    box->later = NULL;
    tell_left(box, NULL);
}

static void out_of_patience(void *data)
{
    struct box *box = data;
    box->leaving_limit = NULL;
    modal_call_cancel(box->leaving);
    box->leaving = NULL;
    if (box->launch)
        tell_left(box,
                  "Modal did not say whether it made the sandbox; if it did, it may be running: sandgate "
                  "sandbox list");
    else
        tell_still_there(box, "Modal did not answer when it was told to end the sandbox");
}

/* The create that it had to wait for; FAILURE: there is nothing to end. */
void box_launched_while_leaving(struct box *box, const struct modal_failure *failure)
{
    if (failure)
        tell_left(box, NULL);
    else
        end_sandbox(box);
}

static void box_take_leave(struct sandbox *sandbox, enum sandbox_leaving how,
                           void (*left)(void *data, const char *failed), void *data)
{
    struct box *box = (struct box *)sandbox;
    bool ends =
        box->state == BOX_READY ? how == SANDBOX_TERMINATE : box->state == BOX_OPENING && !box->options.id;
    if (box->left)
        return;
    box->left = left;
    box->left_data = data;
    cancel_calls(box);
    if (box->source)
        forget_source(box);
    if ((ends && (box->sandbox || box->launch)) || box->leaving) {
        box->leaving_limit = loop_timer_add(box->loop, LEAVING, out_of_patience, box);
        if (box->sandbox && !box->leaving)
            end_sandbox(box);
    } else {
        box->later = loop_defer(box->loop, left_at_once, box);
    }
}

static void box_free(struct sandbox *sandbox)
{
    struct box *box = (struct box *)sandbox;
    bool inside = box->depth > 0;
    /* Made by us, and nobody got to use it; or its end was asked for and is not yet sure. */
    bool unfinished = !box->left_told && ((box->state == BOX_OPENING && !box->options.id) || box->leaving);
    box->freed = true;
    box->state = BOX_GONE;
    box_watches_drop(box);
    box_execs_drop(box);
    box_requests_drop(box);
    box_tools_drop(box);
    cancel_calls(box);
    modal_call_cancel(box->leaving);
    loop_timer_cancel(box->leaving_limit);
    if (box->source)
        forget_source(box);
    leave_forks(box);
    if (unfinished || box->launch)
        box_launch_abandon(box);
    if (!inside)
        free_box(box);
}

/* --- what it is --- */

static unsigned box_can(const struct sandbox *sandbox)
{
    (void)sandbox;
    return SANDBOX_CAN_PTY | SANDBOX_CAN_SNAPSHOT | SANDBOX_CAN_FORK | SANDBOX_CAN_WATCH |
           SANDBOX_CAN_NETWORK | SANDBOX_CAN_PORTS | SANDBOX_CAN_DETACH | SANDBOX_CAN_ATTACH |
           SANDBOX_CAN_SET_NETWORK;
}

static const struct sandbox_facts *box_facts(const struct sandbox *sandbox)
{
    return &((const struct box *)sandbox)->facts;
}

const struct sandbox_operations sandbox_modal_operations = {
    .open = box_open,
    .free = box_free,
    .leave = box_take_leave,
    .fork = box_fork,
    .can = box_can,
    .facts = box_facts,
    .exec = box_exec,
    .exec_write = box_exec_write,
    .exec_end_input = box_exec_end_input,
    .exec_resize = box_exec_resize,
    .exec_cancel = box_exec_cancel,
    .exec_forget = box_exec_forget,
    .exec_pause = box_exec_pause,
    .request = box_request,
    .request_cancel = box_request_cancel,
    .watch_add = box_watch_add,
    .watch_remove = box_watch_remove,
};
