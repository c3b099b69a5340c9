/* modal_bench.h - what the tests of the Modal client share: the stand-in, one client on one loop, a sandbox, and
 * execs that are waited for.  Included once by each test; all of it is static. */
#ifndef SANDGATE_TESTS_MODAL_BENCH_H
#define SANDGATE_TESTS_MODAL_BENCH_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/random.h"
#include "loop/loop.h"
#include "modal/call.h"
#include "modal/exec.h"
#include "modal/image.h"
#include "modal/sandboxes.h"
#include "modal/settings.h"
#include "modal/task.h"
#include "tests/support/modal_server.h"
#include "wire/grpc.h"
#include "wire/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define UNUSED __attribute__((unused))

struct bench {
    struct modal_server *server;
    struct loop *loop;
    struct http *http;
    struct modal_settings settings;
    struct modal_client *client;
    char *app, *image, *failed;
    struct modal_sandbox *sandbox;
    struct modal_task *task;
    bool over;
};

static bool bench_missing(void)
{
    if (modal_server_available())
        return false;
    printf(
        "1..0 # SKIP node or the packages of tests/standin/modal are not there (npm ci --ignore-scripts)\n");
    return true;
}

static void bench_named(void *data, const struct modal_failure *failure, const char *id)
{
    struct bench *bench = data;
    if (failure)
        bench->failed = xstrdup(failure->sentence);
    else
        bench->app = xstrdup(id);
    bench->over = true;
}

static void bench_built(void *data, const struct modal_failure *failure, const char *image_id,
                        const char *workdir)
{
    struct bench *bench = data;
    (void)workdir;
    if (failure)
        bench->failed = xstrdup(failure->sentence);
    else
        bench->image = xstrdup(image_id);
    bench->over = true;
}

static void bench_made(void *data, const struct modal_failure *failure, struct modal_sandbox *sandbox)
{
    struct bench *bench = data;
    if (failure)
        bench->failed = xstrdup(failure->sentence);
    bench->sandbox = sandbox;
    bench->over = true;
}

static void bench_wait(struct bench *bench)
{
    while (!bench->over)
        loop_turn(bench->loop, -1);
    bench->over = false;
    if (bench->failed)
        fail_msg("%s", bench->failed);
}

/* A sandbox of backend 1 or 2. */
static UNUSED struct modal_sandbox *bench_sandbox(struct bench *bench, int backend)
{
    struct modal_sandbox_spec spec = {
        .app_id = bench->app, .image_id = bench->image, .network = MODAL_NETWORK_BLOCKED, .backend = backend
    };
    modal_sandbox_create(bench->client, &spec, bench_made, bench);
    bench_wait(bench);
    return bench->sandbox;
}

/* SECURE: over TLS with the test authority, as in production; else plaintext. SETTINGS: of the stand-in. */
static UNUSED void bench_open(struct bench *bench, bool secure, const char *const *settings)
{
    static const struct modal_image_events building = { .done = bench_built };
    struct modal_recipe recipe = { .base = "debian:12" };
    *bench = (struct bench){ .server = modal_server_start(settings), .loop = loop_new() };
    setenv("CURL_CA_BUNDLE", modal_server_ca(bench->server), 1);
    bench->http = http_new(bench->loop);
    bench->settings = (struct modal_settings){
        .server_url = xstrdup(secure ? modal_server_tls_url(bench->server) : modal_server_url(bench->server)),
        .token_id = xstrdup(modal_server_token_id(bench->server)),
        .token_secret = xstrdup(modal_server_token_secret(bench->server)),
        .token_source = xstrdup("MODAL_TOKEN_ID"),
        .file = xstrdup("/nonexistent"),
        .profile = xstrdup("default"),
        .environment = xstrdup(""),
        .max_throttle_wait = MODAL_THROTTLE_UNLIMITED,
        .sandbox_v2 = true,
    };
    bench->client = modal_client_new(bench->loop, bench->http, &bench->settings, NULL, NULL);
    modal_app(bench->client, "sandgate-tests", true, bench_named, bench);
    bench_wait(bench);
    modal_image_build(bench->client, bench->app, &recipe, &building, bench);
    bench_wait(bench);
    bench_sandbox(bench, 2);
    bench->task = modal_sandbox_task(bench->sandbox);
}

static UNUSED void bench_close(struct bench *bench)
{
    modal_sandbox_free(bench->sandbox);
    modal_client_free(bench->client);
    http_free(bench->http);
    loop_free(bench->loop);
    modal_server_stop(bench->server);
    modal_settings_release(&bench->settings);
    free(bench->app);
    free(bench->image);
}

/* --- the stand-in's control --- */

static UNUSED void bench_tell(struct bench *bench, const char *method, const char *path, const char *format,
                              ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *body = format ? xvasprintf(format, arguments) : NULL;
    va_end(arguments);
    free(modal_server_control(bench->server, method, path, body));
    free(body);
}

static UNUSED void bench_fault(struct bench *bench, const char *rule)
{
    bench_tell(bench, "DELETE", "/faults", NULL);
    bench_tell(bench, "POST", "/faults", "%s", rule);
}

static UNUSED void bench_no_faults(struct bench *bench)
{
    bench_tell(bench, "DELETE", "/faults", NULL);
}

static UNUSED size_t bench_faults_fired(struct bench *bench)
{
    char *text = modal_server_control(bench->server, "GET", "/faults", NULL);
    struct json *json = json_parse(text, strlen(text), NULL);
    size_t count = json_count(json_get(json, "fired"));
    json_free(json);
    free(text);
    return count;
}

static UNUSED int bench_calls(struct bench *bench, const char *method)
{
    return (int)modal_server_calls(bench->server, method);
}

/* How often the exec was started, by the stand-in's own count. */
static UNUSED int bench_starts(struct bench *bench, const char *exec_id)
{
    char *text = modal_server_control(bench->server, "GET", "/state", NULL);
    struct json *json = json_parse(text, strlen(text), NULL);
    const struct json *sandboxes = json_get(json, "sandboxes");
    int starts = 0;
    for (size_t i = 0; i < json_count(sandboxes); i++) {
        const struct json *execs = json_get(json_at(sandboxes, i), "execs");
        for (size_t j = 0; j < json_count(execs); j++)
            if (strcmp(json_get_text(json_at(execs, j), "id"), exec_id) == 0)
                starts += (int)json_get_integer(json_at(execs, j), "starts", 1);
    }
    json_free(json);
    free(text);
    return starts;
}

/* --- execs --- */

struct run {
    struct bench *bench;
    struct modal_exec *exec;
    char id[UUID_TEXT];
    struct buffer output[2];
    bool keep; /* output; else it is only counted */
    uint64_t bytes[2];
    int starts, resumes, drains, input_failures;
    bool done, failed, never_started;
    int code, signal, status;
    char sentence[512];
};

static void run_started(void *data)
{
    ((struct run *)data)->starts++;
}

static void run_output(void *data, bool is_error, const char *bytes, size_t length)
{
    struct run *run = data;
    assert_false(run->done);
    assert_true(length > 0);
    run->bytes[is_error] += length;
    if (run->keep)
        buffer_append(&run->output[is_error], bytes, length);
}

static void run_drained(void *data)
{
    ((struct run *)data)->drains++;
}

static void run_input_failed(void *data, const struct modal_failure *failure)
{
    struct run *run = data;
    (void)failure;
    run->input_failures++;
}

static void run_resuming(void *data, const char *sentence)
{
    struct run *run = data;
    assert_true(sentence[0] != '\0');
    run->resumes++;
}

static void run_done(void *data, const struct modal_exec_result *result)
{
    struct run *run = data;
    assert_false(run->done);
    run->done = true;
    run->exec = NULL;
    run->code = result->code;
    run->signal = result->signal;
    run->failed = result->failure != NULL;
    run->never_started = result->never_started;
    if (result->failure) {
        run->status = result->failure->status;
        snprintf(run->sentence, sizeof(run->sentence), "%s", result->failure->sentence);
    }
}

static const struct modal_exec_events run_events = { run_started,      run_output,   run_drained,
                                                     run_input_failed, run_resuming, run_done };

static UNUSED void run_start_spec(struct run *run, struct bench *bench, struct modal_exec_spec spec)
{
    *run = (struct run){ .bench = bench, .keep = true };
    buffer_init(&run->output[0], 0);
    buffer_init(&run->output[1], 0);
    if (spec.exec_id == NULL) {
        random_uuid(run->id);
        spec.exec_id = run->id;
    }
    run->exec = modal_exec_start(bench->task, &spec, &run_events, run);
}

static UNUSED void run_start(struct run *run, struct bench *bench, const char *script)
{
    const char *argv[] = { "/bin/bash", "-c", script, NULL };
    run_start_spec(run, bench, (struct modal_exec_spec){ .argv = argv });
}

static UNUSED void run_wait(struct run *run)
{
    while (!run->done)
        loop_turn(run->bench->loop, -1);
}

static UNUSED void run_release(struct run *run)
{
    buffer_release(&run->output[0]);
    buffer_release(&run->output[1]);
}

/* It ended with CODE, having been started once. */
static UNUSED void run_check(struct run *run, int code)
{
    run_wait(run);
    if (run->failed)
        fail_msg("it failed: %s", run->sentence);
    assert_int_equal(run->code, code);
    assert_int_equal(run->signal, 0);
    assert_int_equal(run->starts, 1);
}

static UNUSED void run_check_output(const struct run *run, bool is_error, const char *bytes, size_t length)
{
    assert_int_equal(run->output[is_error].length, length);
    assert_memory_equal(run->output[is_error].data, bytes, length);
}

/* The body of main, which got COUNT and WORDS: the TESTS, or the one that is named; then BENCH is gone. */
#define BENCH_RUN(bench, tests, count, words)                   \
    do {                                                        \
        if ((count) > 1)                                        \
            cmocka_set_test_filter((words)[1]);                 \
        alarm(600);                                             \
        if (bench_missing())                                    \
            return 0;                                           \
        bench_open(bench, true, NULL);                          \
        int failed = cmocka_run_group_tests(tests, NULL, NULL); \
        bench_close(bench);                                     \
        return failed;                                          \
    } while (0)

#endif
