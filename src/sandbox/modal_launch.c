/* modal_launch.c - a create under way.
 *
 * What Modal makes costs money until it is ended, so a create is never just forgotten: when its box goes first,
 * the launch keeps the client, waits for what comes, and terminates it.  That needs the loop to go on turning;
 * who is about to end the program calls sandbox_leave, which waits for all of this. */
#include "base/log.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "sandbox/modal_box.h"
#include "sandbox/modal_plan.h"
#include "wire/http.h"

#include <stdlib.h>

struct box_launch {
    struct box *box; /* NULL: abandoned */
    struct loop *loop;
    /* abandoned: */
    struct modal_client *client;
    struct box_ear *ear;
    struct http *http;
    struct modal_sandbox *sandbox;
};

static void free_launch(void *data)
{
    struct box_launch *launch = data;
    if (launch->sandbox)
        modal_sandbox_free(launch->sandbox);
    modal_client_free(launch->client);
    http_free(launch->http);
    free(launch->ear);
    free(launch);
}

/* Later: the client is in the midst of a callback. */
static void end_launch(struct box_launch *launch)
{
    loop_defer(launch->loop, free_launch, launch);
}

static void terminated(void *data, const struct modal_failure *failure, const struct modal_sandbox_end *end)
{
    struct box_launch *launch = data;
    (void)end;
    if (failure)
        log_line("modal", "sandbox %s may be running: %s", modal_sandbox_id(launch->sandbox),
                 failure->sentence);
    end_launch(launch);
}

static void end_sandbox(struct box_launch *launch)
{
    modal_sandbox_terminate(launch->client, modal_sandbox_id(launch->sandbox), false, terminated, launch);
}

static void made(void *data, const struct modal_failure *failure, struct modal_sandbox *sandbox)
{
    struct box_launch *launch = data;
    struct box *box = launch->box;
    if (box) {
        free(launch);
        box->launch = NULL;
        box_enter(box);
        box_launched(box, failure, sandbox);
        box_leave(box);
    } else if (failure) {
        end_launch(launch);
    } else {
        launch->sandbox = sandbox;
        end_sandbox(launch);
    }
}

struct box_launch *box_launch(struct box *box)
{
    struct box_launch *launch = xcalloc(1, sizeof(*launch));
    struct modal_sandbox_spec spec = box->plan->spec;
    launch->box = box;
    launch->loop = box->loop;
    spec.app_id = box->app_id;
    spec.image_id = box->image_id;
    modal_sandbox_create(box->client, &spec, made, launch);
    return launch;
}

void box_launch_abandon(struct box *box)
{
    struct box_launch *launch = box->launch;
    if (!launch && !box->sandbox)
        return;
    if (!launch) {
        launch = xcalloc(1, sizeof(*launch));
        launch->loop = box->loop;
    }
    launch->box = NULL;
    launch->client = box->client;
    launch->http = box->http;
    launch->ear = box->ear;
    launch->ear->box = NULL;
    launch->sandbox = box->sandbox;
    box->client = NULL;
    box->http = NULL;
    box->ear = NULL;
    box->sandbox = NULL;
    box->task = NULL;
    box->launch = NULL;
    if (launch->sandbox)
        end_sandbox(launch);
}
