/* modal_stage.h - a client of the stand-in for tests of single requests: made, asked, waited for. */
#ifndef SANDGATE_TESTS_MODAL_STAGE_H
#define SANDGATE_TESTS_MODAL_STAGE_H

#include "base/error.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "modal/client.h"
#include "modal/settings.h"
#include "tests/support/modal_server.h"
#include "wire/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct modal_stage {
    struct modal_server *server;
    struct loop *loop;
    struct http *http;
    struct modal_client *client;
    /* What came last. */
    bool come;
    int status;     /* 0: fine */
    char *sentence; /* of a failure */
    char *name;     /* what modal_named told */
};

static inline void modal_stage_clear(struct modal_stage *stage)
{
    free(stage->sentence);
    free(stage->name);
    stage->sentence = stage->name = NULL;
    stage->status = 0;
    stage->come = false;
}

static inline void modal_stage_take(struct modal_stage *stage, const struct modal_failure *failure)
{
    stage->come = true;
    stage->status = failure ? failure->status : 0;
    stage->sentence = xstrdup_or_null(failure ? failure->sentence : NULL);
}

/* A modal_named whose data is the stage. */
static inline void modal_stage_named(void *data, const struct modal_failure *failure, const char *name)
{
    struct modal_stage *stage = data;

    modal_stage_take(stage, failure);
    stage->name = xstrdup_or_null(name);
}

/* Turns the loop until something came; the sentence of a failure, NULL when it is fine. */
static inline const char *modal_stage_wait(struct modal_stage *stage)
{
    while (!stage->come)
        loop_turn(stage->loop, -1);
    stage->come = false;
    return stage->sentence;
}

static inline void modal_stage_client(struct modal_stage *stage, const char *token_secret, const char *more)
{
    char *url = xasprintf("MODAL_SERVER_URL=%s", modal_server_url(stage->server));
    char *id = xasprintf("MODAL_TOKEN_ID=%s", modal_server_token_id(stage->server));
    char *secret = xasprintf("MODAL_TOKEN_SECRET=%s",
                             token_secret ? token_secret : modal_server_token_secret(stage->server));
    const char *environment[] = { "HOME=/nonexistent", url, id, secret, more, NULL };
    struct modal_settings settings;

    modal_client_free(stage->client);
    if (!modal_settings_read(&settings, environment, NULL))
        bug("the settings cannot be read");
    stage->client = modal_client_new(stage->loop, stage->http, &settings, NULL, NULL);
    modal_settings_release(&settings);
    free(url);
    free(id);
    free(secret);
}

/* For cmocka's setup and teardown; without the stand-in *STATE is NULL. */
static inline int modal_stage_setup(void **state)
{
    struct modal_stage *stage;

    *state = NULL;
    if (!modal_server_available()) {
        print_message("# the stand-in's packages are not installed: npm ci in tests/standin/modal\n");
        return 0;
    }
    stage = xcalloc(1, sizeof *stage);
    stage->server = modal_server_start(NULL);
    stage->loop = loop_new();
    stage->http = http_new(stage->loop);
    modal_stage_client(stage, NULL, NULL);
    *state = stage;
    return 0;
}

static inline int modal_stage_teardown(void **state)
{
    struct modal_stage *stage = *state;

    if (!stage)
        return 0;
    modal_stage_clear(stage);
    modal_client_free(stage->client);
    http_free(stage->http);
    loop_free(stage->loop);
    modal_server_stop(stage->server);
    free(stage);
    return 0;
}

/* The stage of a test, cleared; without the stand-in the test is skipped. */
static inline struct modal_stage *take_stage(void **state)
{
    if (!*state)
        skip();
    modal_stage_clear(*state);
    return *state;
}

static inline void stage_expect_fine(struct modal_stage *stage)
{
    if (modal_stage_wait(stage))
        fail_msg("%s", stage->sentence);
}

static inline void stage_expect_refused(struct modal_stage *stage, int status, const char *words)
{
    modal_stage_wait(stage);
    if (stage->status != status)
        fail_msg("status %d was expected, not %d: %s", status, stage->status, stage->sentence);
    if (!strstr(stage->sentence, words))
        fail_msg("\"%s\" was expected, not \"%s\"", words, stage->sentence);
    modal_stage_clear(stage);
}

#endif
