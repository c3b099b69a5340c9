/* modal_open.c - the way to a ready box, a step at a time.
 *
 *   app - image - create - start - probe - workspace      a new one; with a snapshot in the image's place
 *         attach         - start - probe - workspace      one that runs already
 *
 * One call is under way at any time (box->step, or box->launch), so that freeing the box stops it wherever it is.
 * The last step also looks what the image has: the ways of modal_reads.c and modal_puts.c hang on that. */
#include "base/clock.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "modal/image.h"
#include "sandbox/modal_box.h"
#include "sandbox/modal_plan.h"
#include "wire/grpc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROBE = 300 /* seconds that it may take to be ready */ };

/* False: it was freed or left meanwhile, the way ends here. */
static bool tell(struct box *box, const char *step, const char *detail)
{
    if (box->events.progress && !box->freed && !box->left)
        box->events.progress(box->data, step, detail);
    return !box->freed && !box->left;
}

static void end_told(void *data, const struct modal_failure *failure, const struct modal_sandbox_end *end)
{
    struct box *box = data;
    char *first = box->first_failure;
    box->step = NULL;
    box->first_failure = NULL;
    box_enter(box);
    if (!failure && end->end != MODAL_RUNNING)
        box_lose(box, "the sandbox ended while it was being opened: %s",
                 end->sentence ? end->sentence : "Modal does not say why");
    else
        box_lose(box, "%s", first);
    free(first);
    box_leave(box);
}

/* What failed in a sandbox may have failed because that has ended: then its end is the reason. */
static void fail(struct box *box, const char *sentence)
{
    if (box->freed || box->left || box->state == BOX_GONE)
        return;
    if (!box->sandbox) {
        box_lose(box, "%s", sentence);
        return;
    }
    box->first_failure = xstrdup(sentence);
    box->step = modal_sandbox_wait(box->sandbox, false, end_told, box);
}

/* False: FAILURE has ended the way, or it was freed meanwhile. */
static bool go_on(struct box *box, const struct modal_failure *failure)
{
    box->step = NULL;
    if (failure)
        fail(box, failure->sentence);
    return !failure && !box->freed;
}

/* --- the workspace, and what the image has --- */

static const char prepare_script[] =
    "u \"$1\"; o=$(mkdir -p -- \"$v\" 2>&1) || { printf '%s' \"$o\" >&2; exit 1; }\n"
    "printf S; [ \"$(find / -maxdepth 0 -printf y 2>/dev/null)\" = y ] && printf F\n"
    "type tar >/dev/null 2>&1 && printf T; exit 0\n";

static void prepared(void *data, const struct box_tool_result *result)
{
    struct box *box = data;
    const char *said = result->out->data;
    if (strchr(said, 'F'))
        box->tools_there |= BOX_HAS_FIND;
    if (strchr(said, 'T'))
        box->tools_there |= BOX_HAS_TAR;
    if (result->failed)
        fail(box, result->failed);
    else if (result->code == 0 && said[0] == 'S')
        box_become_ready(box);
    else if (result->code == 1)
        box_lose(box, "the workspace %s could not be made: %s", box->options.workspace, result->error);
    else
        box_lose(
            box,
            "the image has no shell that works (%s): every call is started by its /bin/sh; choose an image "
            "that has one, and bash",
            result->error[0] ? result->error : "it said nothing");
}

static void prepare(struct box *box)
{
    char *workspace = box_tool_quote(box->options.workspace);
    const char *const arguments[] = { workspace, NULL };
    struct box_tool_spec spec = { .script = prepare_script, .arguments = arguments };
    if (tell(box, "workspace", NULL))
        box_tool_run(box, &spec, prepared, box);
    free(workspace);
}

/* --- the start --- */

static void probed(void *data, const struct modal_failure *failure, const char *id)
{
    struct box *box = data;
    (void)id;
    box_enter(box);
    if (go_on(box, failure))
        prepare(box);
    box_leave(box);
}

static void started(void *data, const struct modal_failure *failure, const char *id)
{
    struct box *box = data;
    (void)id;
    box_enter(box);
    if (go_on(box, failure) && box->plan->spec.probe && !box->options.id) {
        if (tell(box, "waiting until it is ready", NULL))
            box->step = modal_sandbox_wait_ready(box->sandbox, PROBE, probed, box);
    } else if (!failure && !box->freed) {
        prepare(box);
    }
    box_leave(box);
}

static void take_sandbox(struct box *box, struct modal_sandbox *sandbox)
{
    box->sandbox = sandbox;
    box->task = modal_sandbox_task(sandbox);
    snprintf(box->facts.id, sizeof(box->facts.id), "%s", modal_sandbox_id(sandbox));
}

static void start(struct box *box)
{
    if (tell(box, "starting", NULL))
        box->step = modal_task_ready(box->task, started, box);
}

void box_launched(struct box *box, const struct modal_failure *failure, struct modal_sandbox *sandbox)
{
    if (sandbox)
        take_sandbox(box, sandbox);
    if (box->left) {
        box_launched_while_leaving(box, failure);
    } else if (go_on(box, failure)) {
        box_memory_write(box);
        start(box);
    }
}

static void create(struct box *box)
{
    if (!tell(box, "creating", NULL))
        return;
    box->facts.ends = clock_wall() + box->plan->spec.timeout * 1000;
    box->launch = box_launch(box);
}

static void attached(void *data, const struct modal_failure *failure, struct modal_sandbox *sandbox)
{
    struct box *box = data;
    box_enter(box);
    box->facts.ended =
        failure && (failure->status == GRPC_FAILED_PRECONDITION || failure->status == GRPC_NOT_FOUND);
    if (go_on(box, failure)) {
        take_sandbox(box, sandbox);
        box_memory_read(box);
        start(box);
    }
    box_leave(box);
}

/* --- the image --- */

static void image_layer(void *data, size_t at, size_t count, const char *command)
{
    struct box *box = data;
    snprintf(box->step_words, sizeof(box->step_words), "image layer %zu of %zu", at, count);
    box_enter(box);
    tell(box, box->step_words, command);
    box_leave(box);
}

static void image_log(void *data, const char *line)
{
    struct box *box = data;
    box_enter(box);
    tell(box, box->step_words, line);
    box_leave(box);
}

static void image_progress(void *data, uint64_t done, uint64_t total)
{
    struct box *box = data;
    char line[80];
    snprintf(line, sizeof(line), "%" PRIu64 " of %" PRIu64 " KiB", done / 1024, total / 1024);
    box_enter(box);
    tell(box, box->step_words, line);
    box_leave(box);
}

static void image_done(void *data, const struct modal_failure *failure, const char *image_id,
                       const char *workdir)
{
    struct box *box = data;
    (void)workdir; /* every exec names its own */
    box_enter(box);
    if (go_on(box, failure)) {
        box->image_id = xstrdup(image_id);
        create(box);
    }
    box_leave(box);
}

static void build_image(struct box *box)
{
    static const struct modal_image_events events = { image_layer, image_log, image_progress, image_done };
    strcpy(box->step_words, "image");
    if (tell(box, box->step_words, NULL))
        box->step = modal_image_build(box->client, box->app_id, &box->plan->recipe, &events, box);
}

/* --- app --- */

static void app_named(void *data, const struct modal_failure *failure, const char *id)
{
    struct box *box = data;
    box_enter(box);
    if (go_on(box, failure)) {
        box->app_id = xstrdup(id);
        if (box->image_id)
            create(box);
        else
            build_image(box);
    }
    box_leave(box);
}

static void ask_app(struct box *box)
{
    if (tell(box, "app", NULL))
        box->step = modal_app(box->client, box->plan->app, true, app_named, box);
}

void box_open_begin(struct box *box)
{
    if (box->source) {
        tell(box, "snapshot", NULL);
    } else if (box->options.id) {
        if (tell(box, "attaching", NULL))
            box->step = modal_sandbox_attach(box->client, box->options.id, attached, box);
    } else {
        box->image_id = xstrdup_or_null(box->options.restore);
        ask_app(box);
    }
}

void box_open_fork(struct box *box, const char *image, const char *failed)
{
    if (!image) {
        box_lose(box, "the sandbox could not be forked: %s", failed);
        return;
    }
    box->image_id = xstrdup(image);
    ask_app(box);
}
