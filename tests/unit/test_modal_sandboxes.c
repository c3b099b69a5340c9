/* test_modal_sandboxes.c - what of a wish for a sandbox is refused, the message it becomes, ids, ends; and the
 * whole control plane of both backends against the stand-in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "modal/image.h"
#include "modal/names.h"
#include "modal/sandbox_definition.h"
#include "modal/sandbox_spec.h"
#include "modal/sandboxes_private.h"
#include "tests/unit/modal_stage.h"
#include "wire/grpc.h"

#include <unistd.h>

#define WORDS(...)        \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

static void ids_route_by_their_shape(void **state)
{
    (void)state;
    assert_true(modal_id_is_v1("sb-nGEijt9WbBMlGrsPH9FOaC"));
    assert_false(modal_id_is_v1("sb-01ARZ3NDEKTSV4RRFFQ69G5FAV"));
    assert_false(modal_id_is_v1("sb-nGEijt9WbBMlGrsPH9FOa"));
    assert_false(modal_id_is_v1("sb-nGEijt9WbBMlGrsPH9FO-C"));
    assert_false(modal_id_is_v1(""));
}

static void names_have_a_shape(void **state)
{
    (void)state;
    char name[66];

    memset(name, 'a', 65);
    name[65] = '\0';
    assert_false(modal_name_valid(name));
    assert_true(modal_name_valid(name + 1));
    assert_true(modal_name_valid("a.B_c-9"));
    assert_false(modal_name_valid(""));
    assert_false(modal_name_valid("a b"));
    assert_false(modal_name_valid("a/b"));
    assert_false(modal_name_valid("ap-nGEijt9WbBMlGrsPH9FOaC"));
    assert_true(modal_variable_valid("_A1", 3));
    assert_false(modal_variable_valid("1A", 2));
    assert_false(modal_variable_valid("A-B", 3));
    assert_false(modal_variable_valid("", 0));
}

static struct modal_sandbox_spec good(void)
{
    return (struct modal_sandbox_spec){ .app_id = "ap-1", .image_id = "im-1", .network = MODAL_NETWORK_OPEN };
}

static void good_specs_pass(void **state)
{
    (void)state;
    static const struct modal_port ports[] = { { .port = 80 }, { .port = 81, .unencrypted = true } };
    static const struct modal_volume_mount volumes[] = { { .volume = "a", .path = "/a" },
                                                         { .volume = "b", .path = "/b" } };
    static const struct modal_probe probe = { .tcp_port = 80 };
    struct error error = ERROR_INIT;
    struct modal_sandbox_spec spec = good();

    assert_true(sandbox_spec_check(&spec, true, &error));
    spec.cpu = 1;
    spec.cpu_limit = 1;
    spec.memory = spec.memory_limit = 5120;
    spec.gpu = "t4:2";
    spec.ports = ports;
    spec.port_count = 2;
    spec.volumes = volumes;
    spec.volume_count = 2;
    spec.probe = &probe;
    spec.environment = WORDS("A=", "B=x=y");
    spec.network = MODAL_NETWORK_LIST;
    spec.cidrs = WORDS("10.0.0.0/8", "fe80::/10");
    spec.domains = WORDS("*.example.com", "*");
    if (!sandbox_spec_check(&spec, false, &error))
        fail_msg("%s", error_message(&error));
}

/* One thing wrong in each row. */
static void wrong_specs_are_refused_before_anything_is_sent(void **state)
{
    (void)state;
    static const struct modal_port twice[] = { { .port = 80 }, { .port = 80 } };
    static const struct modal_port both = { .port = 80, .unencrypted = true, .http2 = true },
                                   none = { .port = 0 };
    static const struct modal_volume_mount same[] = { { .volume = "a", .path = "/a" },
                                                      { .volume = "a", .path = "/b" } },
                                           place[] = { { .volume = "a", .path = "/a" },
                                                       { .volume = "b", .path = "/a" } };
    static const struct modal_bucket_mount slash = { .bucket = "b", .path = "/b", .prefix = "x" },
                                           pays = { .bucket = "b", .path = "/b", .requester_pays = true };
    const struct modal_probe two = { .tcp_port = 1, .argv = WORDS("x") }, empty = { 0 },
                             high = { .tcp_port = 65536 };
    char *big = xmalloc(65538);
    memset(big, 'a', 65537);
    big[65537] = '\0';
    struct {
        bool v2;
        struct modal_sandbox_spec spec;
    } rows[] = {
        { true, { .app_id = NULL } },
        { true, { .image_id = NULL, .app_id = "ap" } },
        { true, { .workdir = "relative" } },
        { true, { .name = "a b" } },
        { true, { .argv = (const char *const[]){ big, NULL } } },
        { true, { .argv = WORDS("\xff") } },
        { true, { .timeout = -1 } },
        { true, { .idle_timeout = (int64_t)1 << 33 } },
        { true, { .cpu = -1 } },
        { true, { .cpu_limit = 2 } },
        { true, { .cpu = 3, .cpu_limit = 2 } },
        { true, { .memory_limit = 2 } },
        { true, { .memory = 3, .memory_limit = 2 } },
        { true, { .gpu = "T4" } },
        { false, { .gpu = "T4:0" } },
        { false, { .gpu = "T4:x" } },
        { false, { .gpu = "" } },
        { true, { .environment = WORDS("A") } },
        { true, { .environment = WORDS("1=2") } },
        { true, { .environment = WORDS("A=\xff") } },
        { true, { .tags = WORDS("=x") } },
        { true, { .network = MODAL_NETWORK_BLOCKED, .ports = twice, .port_count = 1 } },
        { true, { .network = MODAL_NETWORK_BLOCKED, .inbound_cidrs = WORDS("10.0.0.0/8") } },
        { true, { .network = MODAL_NETWORK_BLOCKED, .domains = WORDS("x.com") } },
        { true, { .network = MODAL_NETWORK_OPEN, .cidrs = WORDS("10.0.0.0/8") } },
        { true, { .network = MODAL_NETWORK_LIST, .cidrs = WORDS("x") } },
        { true, { .network = MODAL_NETWORK_LIST, .domains = WORDS("https://x") } },
        { true, { .network = MODAL_NETWORK_OPEN, .ports = twice, .port_count = 2 } },
        { true, { .network = MODAL_NETWORK_OPEN, .ports = &both, .port_count = 1 } },
        { true, { .network = MODAL_NETWORK_OPEN, .ports = &none, .port_count = 1 } },
        { true, { .volumes = same, .volume_count = 2 } },
        { true, { .volumes = place, .volume_count = 2 } },
        { true, { .buckets = &slash, .bucket_count = 1 } },
        { true, { .buckets = &pays, .bucket_count = 1 } },
        { true, { .probe = &two } },
        { true, { .probe = &empty } },
        { true, { .probe = &high } },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct error error = ERROR_INIT;
        struct modal_sandbox_spec *spec = &rows[i].spec;
        if (i > 1) {
            spec->app_id = "ap-1";
            spec->image_id = "im-1";
        }
        if (sandbox_spec_check(spec, rows[i].v2, &error))
            fail_msg("row %zu was taken", i);
        assert_non_null(error.message);
        error_clear(&error);
    }
    free(big);
}

static void the_backend_follows_gpu_and_settings(void **state)
{
    (void)state;
    struct modal_sandbox_spec spec = good();

    assert_true(sandbox_spec_is_v2(&spec, true));
    assert_false(sandbox_spec_is_v2(&spec, false));
    spec.gpu = "T4";
    assert_false(sandbox_spec_is_v2(&spec, true));
    spec.backend = 2;
    assert_true(sandbox_spec_is_v2(&spec, false));
    spec.backend = 1;
    assert_false(sandbox_spec_is_v2(&spec, true));
}

static void variables_are_a_secret_on_v1_only(void **state)
{
    (void)state;
    static const struct modal_volume_mount volume = { .volume = "data", .path = "/data" };
    static const struct modal_bucket_mount bucket = { .bucket = "b", .path = "/b", .secret = "login" };
    struct arena arena = ARENA_INIT;
    struct modal_sandbox_spec spec = good();
    size_t count;

    spec.environment = WORDS("A=1");
    spec.secrets = WORDS("one", "st-2");
    spec.volumes = &volume;
    spec.volume_count = 1;
    spec.buckets = &bucket;
    spec.bucket_count = 1;
    spec.proxy = "exit";
    struct resolve_item *items = sandbox_names(&arena, &spec, true, &count);
    assert_int_equal(count, 5);
    assert_int_equal(items[2].kind, RESOLVE_VOLUME);
    items = sandbox_names(&arena, &spec, false, &count);
    assert_int_equal(count, 6);
    assert_int_equal(items[2].kind, RESOLVE_VARIABLES);
    static const char *const ids[] = { "st-1", "st-2", "st-3", "vo-1", "st-4", "pr-1" };
    for (size_t i = 0; i < count; i++)
        items[i].id = ids[i];
    Modal__Sandbox *sandbox = sandbox_definition(&arena, &spec, items, count);
    assert_int_equal(sandbox->n_secret_ids, 3);
    assert_string_equal(sandbox->secret_ids[2], "st-3");
    assert_string_equal(sandbox->volume_mounts[0]->volume_id, "vo-1");
    assert_true(sandbox->volume_mounts[0]->allow_background_commits);
    assert_string_equal(sandbox->cloud_bucket_mounts[0]->credentials_secret_id, "st-4");
    assert_string_equal(sandbox->proxy_id, "pr-1");
    arena_release(&arena);
}

static void the_definition_has_what_clients_always_send(void **state)
{
    (void)state;
    static const struct modal_port ports[] = { { .port = 1, .unencrypted = true },
                                               { .port = 2, .http2 = true } };
    struct arena arena = ARENA_INIT;
    struct modal_sandbox_spec spec = good();
    Modal__Sandbox *sandbox = sandbox_definition(&arena, &spec, NULL, 0);

    assert_int_equal(sandbox->timeout_secs, 3600);
    assert_non_null(sandbox->resources->gpu_config);
    assert_int_equal(sandbox->open_ports_oneof_case, MODAL__SANDBOX__OPEN_PORTS_ONEOF_OPEN_PORTS);
    assert_int_equal(sandbox->open_ports->n_ports, 0);
    assert_int_equal(sandbox->network_access->network_access_type, 1);
    assert_null(sandbox->name);
    assert_null(sandbox->workdir);
    spec.ports = ports;
    spec.port_count = 2;
    spec.cpu = 0.5;
    spec.gpu = "h100:2";
    spec.network = MODAL_NETWORK_LIST;
    spec.experimental = WORDS("enable_docker=true");
    sandbox = sandbox_definition(&arena, &spec, NULL, 0);
    assert_int_equal(sandbox->resources->milli_cpu, 500);
    assert_string_equal(sandbox->resources->gpu_config->gpu_type, "H100");
    assert_int_equal(sandbox->resources->gpu_config->count, 2);
    assert_int_equal(sandbox->open_ports->ports[0]->port, 2); /* encrypted first */
    assert_int_equal(sandbox->open_ports->ports[0]->tunnel_type, 1);
    assert_false(sandbox->open_ports->ports[1]->has_tunnel_type);
    assert_int_equal(sandbox->network_access->network_access_type, 3);
    assert_string_equal(sandbox->experimental_options_v2[0]->key, "enable_docker");
    assert_string_equal(sandbox->experimental_options_v2[0]->value, "true");
    spec.network = MODAL_NETWORK_BLOCKED;
    assert_int_equal(sandbox_definition(&arena, &spec, NULL, 0)->network_access->network_access_type, 2);
    arena_release(&arena);
}

static void ends_have_the_codes_of_the_official_clients(void **state)
{
    (void)state;
    static const struct {
        int status, exitcode, code;
        enum modal_end end;
        const char *sentence;
    } rows[] = {
        { 0, 0, -1, MODAL_RUNNING, NULL },
        { 1, 0, 0, MODAL_FINISHED, "Its main process ended" },
        { 2, 42, 42, MODAL_ENDED_BADLY, "Its main process failed with exit code 42: why" },
        { 3, 0, 137, MODAL_TERMINATED, "It was terminated" },
        { 4, 0, 124, MODAL_TIMED_OUT, "It reached its time-out of 1h00m" },
        { 5, 1, 1, MODAL_INIT_FAILED, "It could not start: why" },
        { 7, 0, 0, MODAL_IDLE, "It was idle for longer than its idle time-out" },
        { 99, 3, 3, MODAL_INTERNAL_FAILURE, "Modal failed internally: why" },
    };
    struct buffer sentence = BUFFER_INIT;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        Modal__GenericResult result = MODAL__GENERIC_RESULT__INIT;
        result.has_status = result.has_exitcode = true;
        result.status = rows[i].status;
        result.exitcode = rows[i].exitcode;
        result.exception = (char *)"why";
        struct modal_sandbox_end end = sandbox_end_of(&result, 3600, &sentence);
        assert_int_equal(end.end, rows[i].end);
        assert_int_equal(end.code, rows[i].code);
        if (rows[i].sentence)
            assert_string_equal(end.sentence, rows[i].sentence);
        else
            assert_null(end.sentence);
    }
    assert_int_equal(sandbox_end_of(NULL, 0, &sentence).code, -1);
    buffer_release(&sentence);
}

/* --- against the stand-in --- */

/* What the requests of a sandbox brought. */
struct seen {
    struct modal_stage *stage;
    struct modal_sandbox *sandbox;
    struct modal_sandbox_end end;
    char *sentence;
    struct buffer output[2];
    size_t count;
    char *texts; /* of a list, joined by spaces */
    char *url;
    size_t cancel_after; /* pieces of output; 0: never */
    struct modal_call *call;
};

static struct seen *take_seen(void **state)
{
    struct modal_stage *stage = *state;

    if (!stage)
        skip();
    modal_stage_clear(stage);
    free(modal_server_control(stage->server, "DELETE", "/faults", NULL));
    struct seen *seen = xcalloc(1, sizeof *seen);
    seen->stage = stage;
    buffer_init(&seen->output[0], 0);
    buffer_init(&seen->output[1], 0);
    return seen;
}

static void seen_clear(struct seen *seen)
{
    modal_stage_clear(seen->stage);
    free(seen->sentence);
    free(seen->texts);
    free(seen->url);
    seen->sentence = seen->texts = seen->url = NULL;
    buffer_clear(&seen->output[0]);
    buffer_clear(&seen->output[1]);
}

static void seen_free(struct seen *seen)
{
    modal_sandbox_free(seen->sandbox);
    seen_clear(seen);
    buffer_release(&seen->output[0]);
    buffer_release(&seen->output[1]);
    free(seen);
}

static void expect_fine(struct seen *seen)
{
    stage_expect_fine(seen->stage);
}

static void expect_refused(struct seen *seen, int status, const char *words)
{
    stage_expect_refused(seen->stage, status, words);
    seen_clear(seen);
}

static void take_made(void *data, const struct modal_failure *failure, struct modal_sandbox *sandbox)
{
    struct seen *seen = data;

    modal_stage_take(seen->stage, failure);
    modal_sandbox_free(seen->sandbox);
    seen->sandbox = sandbox;
}

static void take_end(void *data, const struct modal_failure *failure, const struct modal_sandbox_end *end)
{
    struct seen *seen = data;

    modal_stage_take(seen->stage, failure);
    if (!end)
        return;
    seen->end = *end;
    seen->sentence = xstrdup_or_null(end->sentence);
}

static void take_bytes(void *data, bool is_error, const char *bytes, size_t length)
{
    struct seen *seen = data;

    buffer_append(&seen->output[is_error], bytes, length);
    if (seen->cancel_after > 0 && --seen->cancel_after == 0) {
        modal_call_cancel(seen->call);
        seen->stage->come = true;
    }
}

static void take_named(void *data, const struct modal_failure *failure, const char *id)
{
    modal_stage_named(((struct seen *)data)->stage, failure, id);
}

static void image_done(void *data, const struct modal_failure *failure, const char *id, const char *workdir)
{
    (void)workdir;
    modal_stage_named(data, failure, id);
}

/* App and image, once a test; caller frees the two. */
static void make_ground(struct modal_stage *stage, char **app, char **image)
{
    static const struct modal_image_events events = { .done = image_done };
    struct modal_recipe recipe = { .base = "python:3.12" };

    modal_app(stage->client, "boxes", true, modal_stage_named, stage);
    assert_null(modal_stage_wait(stage));
    *app = xstrdup(stage->name);
    modal_stage_clear(stage);
    modal_image_build(stage->client, *app, &recipe, &events, stage);
    assert_null(modal_stage_wait(stage));
    *image = xstrdup(stage->name);
    modal_stage_clear(stage);
}

static void create(struct seen *seen, struct modal_sandbox_spec spec)
{
    char *app, *image;

    make_ground(seen->stage, &app, &image);
    spec.app_id = app;
    if (!spec.image_id)
        spec.image_id = image;
    modal_sandbox_create(seen->stage->client, &spec, take_made, seen);
    expect_fine(seen);
    seen_clear(seen);
    free(app);
    free(image);
}

static void terminate(struct seen *seen)
{
    modal_sandbox_terminate(seen->stage->client, modal_sandbox_id(seen->sandbox), true, take_end, seen);
    expect_fine(seen);
}

static void a_sandbox_lives_and_ends(void **state)
{
    struct seen *seen = take_seen(state);

    for (int backend = 1; backend <= 2; backend++) {
        struct modal_sandbox_spec spec = { .network = MODAL_NETWORK_OPEN, .backend = backend };
        spec.environment = WORDS("GREETING=hello");
        create(seen, spec);
        assert_int_equal(modal_sandbox_is_v2(seen->sandbox), backend == 2);
        char *text = modal_server_control(seen->stage->server, "GET", "/state", NULL);
        assert_non_null(strstr(text, "\"GREETING\":\"hello\""));
        free(text);
        modal_sandbox_wait(seen->sandbox, false, take_end, seen);
        expect_fine(seen);
        assert_int_equal(seen->end.end, MODAL_RUNNING);
        assert_int_equal(seen->end.code, -1);
        char *id = xstrdup(modal_sandbox_id(seen->sandbox));
        modal_sandbox_attach(seen->stage->client, id, take_made, seen);
        expect_fine(seen);
        assert_int_equal(strncmp(modal_sandbox_app_id(seen->sandbox), "ap-", 3), 0);
        terminate(seen);
        assert_int_equal(seen->end.end, MODAL_TERMINATED);
        assert_int_equal(seen->end.code, 137);
        seen_clear(seen);
        terminate(seen); /* twice is fine */
        assert_int_equal(seen->end.code, 137);
        seen_clear(seen);
        modal_sandbox_attach(seen->stage->client, id, take_made, seen);
        expect_refused(seen, GRPC_FAILED_PRECONDITION, "not running any more. It was terminated");
        free(id);
    }
    modal_sandbox_attach(seen->stage->client, "sb-0000000000000000000000", take_made, seen);
    expect_refused(seen, GRPC_NOT_FOUND, "");
    modal_sandbox_attach(seen->stage->client, "nonsense", take_made, seen);
    expect_refused(seen, GRPC_INVALID_ARGUMENT, "not the id of a sandbox");
    seen_free(seen);
}

static void a_name_is_found_and_taken(void **state)
{
    struct seen *seen = take_seen(state);

    for (int backend = 1; backend <= 2; backend++) {
        struct modal_sandbox_spec spec = { .backend = backend, .name = "mine" };
        create(seen, spec);
        char *id = xstrdup(modal_sandbox_id(seen->sandbox)), *app, *image;
        modal_sandbox_find(seen->stage->client, "boxes", "mine", take_made, seen);
        expect_fine(seen);
        assert_string_equal(modal_sandbox_id(seen->sandbox), id);
        make_ground(seen->stage, &app, &image);
        spec.app_id = app;
        spec.image_id = image;
        struct modal_sandbox *first = seen->sandbox;
        seen->sandbox = NULL;
        modal_sandbox_create(seen->stage->client, &spec, take_made, seen);
        expect_refused(seen, GRPC_ALREADY_EXISTS, "has the name \"mine\" already");
        seen->sandbox = first;
        terminate(seen);
        seen_clear(seen);
        free(app);
        free(image);
        free(id);
    }
    modal_sandbox_find(seen->stage->client, "boxes", "mine", take_made, seen);
    expect_refused(seen, GRPC_NOT_FOUND, "No running sandbox of the app boxes has the name \"mine\"");
    create(seen, (struct modal_sandbox_spec){ 0 });
    modal_sandbox_set_name(seen->stage->client, modal_sandbox_id(seen->sandbox), "later", take_named, seen);
    expect_fine(seen);
    seen_clear(seen);
    modal_sandbox_set_name(seen->stage->client, modal_sandbox_id(seen->sandbox), "other", take_named, seen);
    expect_refused(seen, GRPC_FAILED_PRECONDITION, "");
    modal_sandbox_set_name(seen->stage->client, "sb-0000000000000000000000", "x", take_named, seen);
    expect_refused(seen, GRPC_INVALID_ARGUMENT, "when it is made");
    terminate(seen);
    seen_free(seen);
}

static void main_processes_end_with_their_codes(void **state)
{
    struct seen *seen = take_seen(state);

    for (int backend = 1; backend <= 2; backend++)
        for (int code = 0; code < 4; code += 3) {
            struct modal_sandbox_spec spec = { .backend = backend };
            spec.argv = code ? WORDS("/bin/sh", "-c", "exit 3") : WORDS("/bin/true");
            create(seen, spec);
            modal_sandbox_wait(seen->sandbox, true, take_end, seen);
            expect_fine(seen);
            assert_int_equal(seen->end.code, code);
            assert_int_equal(seen->end.end, code ? MODAL_ENDED_BADLY : MODAL_FINISHED);
            seen_clear(seen);
        }
    create(seen, (struct modal_sandbox_spec){ .timeout = 7200 });
    free(modal_server_control(seen->stage->server, "POST", "/timeout", "{}"));
    modal_sandbox_wait(seen->sandbox, true, take_end, seen);
    expect_fine(seen);
    assert_int_equal(seen->end.code, 124);
    assert_string_equal(seen->sentence, "It reached its time-out of 2h00m");
    seen_free(seen);
}

static void a_wait_lives_through_breaks(void **state)
{
    struct seen *seen = take_seen(state);

    create(seen, (struct modal_sandbox_spec){ .argv = WORDS("/bin/sh", "-c", "sleep 0.2; exit 5") });
    free(modal_server_control(seen->stage->server, "POST", "/faults",
                              "{\"method\":\"SandboxWaitV2\",\"do\":\"status\",\"code\":\"UNAVAILABLE\","
                              "\"count\":6}"));
    modal_sandbox_wait(seen->sandbox, true, take_end, seen);
    expect_fine(seen);
    assert_int_equal(seen->end.code, 5);
    seen_free(seen);
}

static void what_is_wrong_costs_no_call(void **state)
{
    struct seen *seen = take_seen(state);
    int64_t before = modal_server_calls(seen->stage->server, "SandboxCreateV2");
    struct modal_sandbox_spec spec = { .app_id = "ap-1", .image_id = "im-1", .workdir = "relative" };

    modal_sandbox_create(seen->stage->client, &spec, take_made, seen);
    assert_false(seen->stage->come);
    expect_refused(seen, GRPC_INVALID_ARGUMENT, "not an absolute path");
    modal_call_cancel(modal_sandbox_create(seen->stage->client, &spec, take_made, seen));
    spec.workdir = NULL;
    spec.secrets = WORDS("nobody");
    modal_sandbox_create(seen->stage->client, &spec, take_made, seen);
    expect_refused(seen, GRPC_NOT_FOUND, "nobody");
    assert_int_equal(modal_server_calls(seen->stage->server, "SandboxCreateV2"), before);
    seen_free(seen);
}

/* --- lists and tags --- */

static void take_list(void *data, const struct modal_failure *failure, const struct modal_sandbox_info *list,
                      size_t count)
{
    struct seen *seen = data;
    struct buffer text = BUFFER_INIT;

    modal_stage_take(seen->stage, failure);
    seen->count = count;
    for (size_t i = 0; i < count; i++) {
        buffer_append_format(&text, "%s%s:%d", i ? " " : "", list[i].name ? list[i].name : "-",
                             list[i].end.code);
        assert_true(list[i].created > 0);
        assert_true(list[i].timeout > 0);
    }
    seen->texts = buffer_detach(&text);
}

static void take_tags(void *data, const struct modal_failure *failure, const char *const *tags)
{
    struct seen *seen = data;
    struct buffer text = BUFFER_INIT;

    modal_stage_take(seen->stage, failure);
    for (; tags && *tags; tags++)
        buffer_append_format(&text, "%s;", *tags);
    seen->texts = buffer_detach(&text);
}

static void lists_and_tags(void **state)
{
    struct seen *seen = take_seen(state);
    struct modal_client *client = seen->stage->client;
    char *ids[3];

    for (int i = 0; i < 3; i++) {
        struct modal_sandbox_spec spec = { .backend = i == 1 ? 1 : 2, .cpu = 1 };
        spec.name = (const char *const[]){ "one", "two", "three" }[i];
        spec.tags = i < 2 ? WORDS("kind=test", "x=y=z") : WORDS("kind=other");
        create(seen, spec);
        ids[i] = xstrdup(modal_sandbox_id(seen->sandbox));
    }
    modal_sandbox_list(client, modal_sandbox_app_id(seen->sandbox), NULL, false, take_list, seen);
    expect_fine(seen);
    assert_string_equal(seen->texts, "three:-1 two:-1 one:-1");
    seen_clear(seen);
    modal_sandbox_list(client, NULL, WORDS("kind=test"), false, take_list, seen);
    expect_fine(seen);
    assert_string_equal(seen->texts, "two:-1 one:-1");
    seen_clear(seen);
    for (int i = 0; i < 2; i++) {
        modal_sandbox_tags(client, ids[i], take_tags, seen);
        expect_fine(seen);
        assert_string_equal(seen->texts, "kind=test;x=y=z;");
        seen_clear(seen);
        modal_sandbox_set_tags(client, ids[i], WORDS("only=one"), take_named, seen);
        expect_fine(seen);
        seen_clear(seen);
        modal_sandbox_tags(client, ids[i], take_tags, seen);
        expect_fine(seen);
        assert_string_equal(seen->texts, "only=one;");
        seen_clear(seen);
    }
    modal_sandbox_set_tags(client, ids[0], WORDS("bad"), take_named, seen);
    expect_refused(seen, GRPC_INVALID_ARGUMENT, "NAME=value");
    for (int i = 0; i < 3; i++) {
        modal_sandbox_terminate(client, ids[i], true, take_end, seen);
        expect_fine(seen);
        seen_clear(seen);
    }
    modal_sandbox_list(client, NULL, WORDS("only=one"), true, take_list, seen);
    expect_fine(seen);
    assert_string_equal(seen->texts, "two:137 one:137");
    seen_clear(seen);
    modal_sandbox_list(client, NULL, WORDS("only=one"), false, take_list, seen);
    expect_fine(seen);
    assert_int_equal(seen->count, 0);
    for (int i = 0; i < 3; i++)
        free(ids[i]);
    seen_free(seen);
}

/* Never scheduled, they cost nothing. */
static void more_sandboxes_than_one_page_are_listed(void **state)
{
    enum { MANY = 130 };
    struct seen *seen = take_seen(state);
    char *app, *image;

    make_ground(seen->stage, &app, &image);
    free(modal_server_control(seen->stage->server, "POST", "/settings", "{\"capacity\":false}"));
    for (int i = 0; i < MANY; i++) {
        struct modal_sandbox_spec spec = { .app_id = app, .image_id = image, .tags = WORDS("many=yes") };
        modal_sandbox_create(seen->stage->client, &spec, take_made, seen);
        expect_fine(seen);
        seen_clear(seen);
        int64_t made = clock_steady();
        while (clock_steady() == made) /* the service pages by time */
            loop_turn(seen->stage->loop, 1);
    }
    modal_sandbox_list(seen->stage->client, app, WORDS("many=yes"), false, take_list, seen);
    expect_fine(seen);
    assert_int_equal(seen->count, MANY);
    free(modal_server_control(seen->stage->server, "POST", "/settings", "{\"capacity\":true}"));
    free(modal_server_control(seen->stage->server, "POST", "/kill", "{}"));
    free(app);
    free(image);
    seen_free(seen);
}

/* --- ports --- */

static void take_tunnels(void *data, const struct modal_failure *failure, const struct modal_tunnel *tunnels,
                         size_t count)
{
    struct seen *seen = data;

    modal_stage_take(seen->stage, failure);
    seen->count = count;
    for (size_t i = 0; i < count; i++)
        if (tunnels[i].container_port == 8000)
            seen->url = xstrdup(tunnels[i].url);
        else
            assert_non_null(tunnels[i].plain_host);
}

static void take_token(void *data, const struct modal_failure *failure, const char *url, const char *token)
{
    struct seen *seen = data;

    modal_stage_take(seen->stage, failure);
    seen->url = xstrdup_or_null(url);
    seen->texts = xstrdup_or_null(token);
}

static void ports_are_reached_by_tunnels_and_tokens(void **state)
{
    static const struct modal_port ports[] = { { .port = 9000, .unencrypted = true }, { .port = 8000 } };
    struct seen *seen = take_seen(state);
    struct modal_client *client = seen->stage->client;

    for (int backend = 1; backend <= 2; backend++) {
        struct modal_sandbox_spec spec = { .network = MODAL_NETWORK_OPEN, .backend = backend };
        spec.ports = ports;
        spec.port_count = 2;
        create(seen, spec);
        modal_sandbox_tunnels(client, modal_sandbox_id(seen->sandbox), take_tunnels, seen);
        expect_fine(seen);
        assert_int_equal(seen->count, 2);
        assert_int_equal(strncmp(seen->url, "https://", 8), 0);
        seen_clear(seen);
        modal_sandbox_connect_token(client, modal_sandbox_id(seen->sandbox), "me", 0, take_token, seen);
        expect_fine(seen);
        assert_true(*seen->url && *seen->texts);
        seen_clear(seen);
        modal_sandbox_connect_token(client, modal_sandbox_id(seen->sandbox), NULL, 70000, take_token, seen);
        expect_refused(seen, GRPC_INVALID_ARGUMENT, "not a port");
        terminate(seen);
        seen_clear(seen);
    }
    seen_free(seen);
}

static void tunnels_are_asked_for_once_at_most(void **state)
{
    static const struct modal_port ports[] = { { .port = 8000 }, { .port = 9000, .unencrypted = true } };
    static const struct {
        int backend;
        size_t ports;
        int calls;
    } rows[] = { { 2, 1, 0 }, { 2, 2, 1 }, { 2, 0, 0 }, { 1, 1, 1 } };
    struct seen *seen = take_seen(state);

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *method = rows[i].backend == 2 ? "SandboxGetTunnelsV2" : "SandboxGetTunnels";
        int64_t before = modal_server_calls(seen->stage->server, method);
        create(seen, (struct modal_sandbox_spec){ .network = MODAL_NETWORK_OPEN,
                                                  .backend = rows[i].backend,
                                                  .ports = ports,
                                                  .port_count = rows[i].ports });
        for (int k = 0; k < 3; k++) {
            modal_sandbox_tunnels(seen->stage->client, modal_sandbox_id(seen->sandbox), take_tunnels, seen);
            assert_false(seen->stage->come);
            expect_fine(seen);
            assert_int_equal(seen->count, rows[i].ports);
            if (rows[i].ports > 0)
                assert_int_equal(strncmp(seen->url, "https://", 8), 0);
            seen_clear(seen);
        }
        assert_int_equal(modal_server_calls(seen->stage->server, method) - before, rows[i].calls);
        terminate(seen);
        seen_clear(seen);
    }
    seen_free(seen);
}

/* --- output --- */

static const char *const talker[] = {
    "/bin/sh", "-c",
    "i=0; while [ $i -lt 50 ]; do echo out $i; echo err $i >&2; i=$((i+1)); "
    "done; exit 0",
    NULL
};

static void expect_output(struct seen *seen)
{
    struct buffer expected[2] = { BUFFER_INIT, BUFFER_INIT };

    for (int i = 0; i < 50; i++) {
        buffer_append_format(&expected[0], "out %d\n", i);
        buffer_append_format(&expected[1], "err %d\n", i);
    }
    for (int i = 0; i < 2; i++) {
        assert_string_equal(seen->output[i].data, expected[i].data);
        buffer_release(&expected[i]);
    }
}

static void output_is_followed_through_breaks(void **state)
{
    static const char *const faults[] = {
        "[]",
        "[{\"method\":\"SandboxGetLogs\",\"do\":\"cut\",\"count\":3},"
        "{\"method\":\"SandboxStdioReadV2\",\"do\":\"cut\",\"after_bytes\":100,\"count\":3}]",
        "[{\"method\":\"SandboxGetLogs\",\"do\":\"status\",\"code\":\"UNAVAILABLE\",\"count\":5},"
        "{\"method\":\"SandboxStdioReadV2\",\"do\":\"cut\",\"how\":\"middle\",\"after_bytes\":33,\"count\":5}"
        "]",
    };
    struct seen *seen = take_seen(state);

    for (int backend = 1; backend <= 2; backend++)
        for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
            create(seen, (struct modal_sandbox_spec){ .backend = backend, .argv = talker });
            free(modal_server_control(seen->stage->server, "DELETE", "/faults", NULL));
            free(modal_server_control(seen->stage->server, "POST", "/faults", faults[i]));
            modal_sandbox_follow(seen->sandbox, take_bytes, take_named, seen);
            expect_fine(seen);
            expect_output(seen);
            assert_null(seen->stage->name);
            seen_clear(seen);
        }
    seen_free(seen);
}

static void following_can_be_cancelled_by_what_came(void **state)
{
    struct seen *seen = take_seen(state);

    for (int backend = 1; backend <= 2; backend++) {
        create(seen, (struct modal_sandbox_spec){ .backend = backend, .argv = talker });
        seen->cancel_after = 1;
        seen->call = modal_sandbox_follow(seen->sandbox, take_bytes, take_named, seen);
        expect_fine(seen);
        assert_true(seen->output[0].length + seen->output[1].length > 0);
        seen_clear(seen);
        modal_call_cancel(modal_sandbox_follow(seen->sandbox, take_bytes, take_named, seen));
        modal_sandbox_wait(seen->sandbox, true, take_end, seen);
        expect_fine(seen);
        seen_clear(seen);
    }
    seen_free(seen);
}

static void the_newest_stored_output_is_read_after_the_end(void **state)
{
    struct seen *seen = take_seen(state);

    for (int backend = 1; backend <= 2; backend++) {
        create(seen, (struct modal_sandbox_spec){ .backend = backend, .argv = talker });
        modal_sandbox_wait(seen->sandbox, true, take_end, seen);
        expect_fine(seen);
        seen_clear(seen);
        struct modal_sandbox *handle =
            modal_sandbox_handle(seen->stage->client, modal_sandbox_id(seen->sandbox));
        modal_sandbox_stored_logs(handle, 20000, take_bytes, take_named, seen);
        expect_fine(seen);
        expect_output(seen);
        seen_clear(seen);
        modal_sandbox_stored_logs(handle, 1, take_bytes, take_named, seen);
        expect_fine(seen);
        assert_true(seen->output[0].length + seen->output[1].length > 0);
        seen_clear(seen);
        modal_sandbox_free(handle);
    }
    seen_free(seen);
}

/* --- the running container --- */

static void a_snapshot_makes_another_one(void **state)
{
    struct seen *seen = take_seen(state);

    create(seen, (struct modal_sandbox_spec){ .network = MODAL_NETWORK_OPEN });
    modal_sandbox_snapshot(seen->sandbox, NULL, 0, 0, take_named, seen);
    expect_refused(seen, GRPC_INVALID_ARGUMENT, "kept for");
    modal_sandbox_snapshot(seen->sandbox, "relative", MODAL_TTL_DEFAULT, 0, take_named, seen);
    expect_refused(seen, GRPC_INVALID_ARGUMENT, "absolute path");
    modal_sandbox_snapshot(seen->sandbox, NULL, MODAL_TTL_DEFAULT, MODAL_SNAPSHOT_TIMEOUT, take_named, seen);
    expect_fine(seen);
    char *image = xstrdup(seen->stage->name);
    assert_int_equal(strncmp(image, "im-", 3), 0);
    seen_clear(seen);
    modal_sandbox_mount(seen->sandbox, "/", image, take_named, seen);
    expect_refused(seen, GRPC_INVALID_ARGUMENT, "not /");
    modal_sandbox_mount(seen->sandbox, "/mnt/again", "", take_named, seen);
    expect_fine(seen);
    seen_clear(seen);
    modal_sandbox_unmount(seen->sandbox, "/mnt/again", take_named, seen);
    expect_fine(seen);
    seen_clear(seen);
    modal_sandbox_reload_volumes(seen->sandbox, take_named, seen);
    expect_fine(seen);
    assert_int_equal(modal_server_calls(seen->stage->server, "TaskReloadVolumes"), 1);
    seen_clear(seen);
    modal_sandbox_set_network(seen->sandbox, MODAL_NETWORK_LIST, NULL, WORDS("example.com"), take_named,
                              seen);
    expect_fine(seen);
    seen_clear(seen);
    modal_sandbox_set_network(seen->sandbox, MODAL_NETWORK_OPEN, NULL, WORDS("example.com"), take_named,
                              seen);
    expect_refused(seen, GRPC_INVALID_ARGUMENT, "open to a list");
    terminate(seen);
    seen_clear(seen);
    create(seen, (struct modal_sandbox_spec){ .image_id = image });
    terminate(seen);
    free(image);
    seen_free(seen);
}

/* --- cancelled at any turn --- */

typedef struct modal_call *start(struct seen *seen, const struct modal_sandbox_spec *spec);

static struct modal_call *start_create(struct seen *seen, const struct modal_sandbox_spec *spec)
{
    return modal_sandbox_create(seen->stage->client, spec, take_made, seen);
}

static struct modal_call *start_follow(struct seen *seen, const struct modal_sandbox_spec *spec)
{
    (void)spec;
    return modal_sandbox_follow(seen->sandbox, take_bytes, take_named, seen);
}

static struct modal_call *start_wait(struct seen *seen, const struct modal_sandbox_spec *spec)
{
    (void)spec;
    return modal_sandbox_wait(seen->sandbox, true, take_end, seen);
}

static struct modal_call *start_stored(struct seen *seen, const struct modal_sandbox_spec *spec)
{
    (void)spec;
    return modal_sandbox_stored_logs(seen->sandbox, 100, take_bytes, take_named, seen);
}

static struct modal_call *start_list(struct seen *seen, const struct modal_sandbox_spec *spec)
{
    (void)spec;
    return modal_sandbox_list(seen->stage->client, NULL, NULL, true, take_list, seen);
}

/* After ever more turns of the loop, until it is over before its cancel. */
static void cancel_everywhere(struct seen *seen, start *begin, const struct modal_sandbox_spec *spec)
{
    bool whole = false;

    for (int turns = 0; !whole && turns < 300; turns += 1 + turns / 8) {
        seen_clear(seen);
        struct modal_call *call = begin(seen, spec);
        for (int i = 0; i < turns && !seen->stage->come; i++)
            loop_turn(seen->stage->loop, 100);
        whole = seen->stage->come;
        if (!whole)
            modal_call_cancel(call);
        size_t length = seen->output[0].length;
        for (int i = 0; i < 5 && !whole; i++)
            loop_turn(seen->stage->loop, 1);
        assert_true(seen->stage->come == whole && seen->output[0].length == length);
    }
    assert_true(whole);
    seen_clear(seen);
}

static void everything_can_be_cancelled_at_any_turn(void **state)
{
    static start *const starts[] = { start_follow, start_wait, start_stored, start_list };
    struct seen *seen = take_seen(state);
    char *app, *image;

    make_ground(seen->stage, &app, &image);
    for (int backend = 1; backend <= 2; backend++) {
        struct modal_sandbox_spec spec = { .app_id = app, .image_id = image, .backend = backend };
        spec.environment = WORDS("A=1");
        spec.argv = WORDS("/bin/sh", "-c", "echo something; sleep 0.1");
        cancel_everywhere(seen, start_create, &spec);
        for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
            cancel_everywhere(seen, starts[i], NULL);
    }
    free(modal_server_control(seen->stage->server, "POST", "/kill", "{}"));
    free(app);
    free(image);
    seen_free(seen);
}

static void a_name_is_found_whatever_the_settings_prefer(void **state)
{
    struct seen *seen = take_seen(state);

    modal_stage_client(seen->stage, NULL, "MODAL_SANDBOX_V2=0");
    create(seen, (struct modal_sandbox_spec){ .name = "either", .backend = 2 });
    modal_sandbox_find(seen->stage->client, "boxes", "either", take_made, seen);
    expect_fine(seen);
    seen_clear(seen);
    terminate(seen);
    seen_clear(seen);
    create(seen, (struct modal_sandbox_spec){ 0 });
    assert_false(modal_sandbox_is_v2(seen->sandbox));
    terminate(seen);
    modal_sandbox_free(seen->sandbox);
    seen->sandbox = NULL;
    modal_stage_client(seen->stage, NULL, NULL);
    seen_free(seen);
}

/* --- faults by chance --- */

static size_t running_of(struct seen *seen)
{
    modal_sandbox_list(seen->stage->client, NULL, NULL, false, take_list, seen);
    expect_fine(seen);
    size_t count = seen->count;
    seen_clear(seen);
    return count;
}

/* A whole life, from the image to the end, whatever breaks: nothing is made twice, no byte is lost. */
static void a_life_with_faults(struct seen *seen, int seed)
{
    char *chance = xasprintf("{\"seed\":%d,\"rate\":0.2,\"most\":40}", seed), name[32];
    struct modal_client *client = seen->stage->client;

    free(modal_server_control(seen->stage->server, "POST", "/random", chance));
    snprintf(name, sizeof name, "life-%d", seed);
    create(seen, (struct modal_sandbox_spec){ .backend = 1 + seed % 2,
                                              .name = name,
                                              .network = MODAL_NETWORK_OPEN,
                                              .environment = WORDS("A=1"),
                                              .argv = talker });
    modal_sandbox_follow(seen->sandbox, take_bytes, take_named, seen);
    expect_fine(seen);
    expect_output(seen);
    seen_clear(seen);
    modal_sandbox_set_tags(client, modal_sandbox_id(seen->sandbox), WORDS("a=b"), take_named, seen);
    expect_fine(seen);
    seen_clear(seen);
    modal_sandbox_tags(client, modal_sandbox_id(seen->sandbox), take_tags, seen);
    expect_fine(seen);
    assert_string_equal(seen->texts, "a=b;");
    seen_clear(seen);
    modal_sandbox_wait(seen->sandbox, true, take_end, seen);
    expect_fine(seen);
    assert_int_equal(seen->end.code, 0);
    seen_clear(seen);
    create(seen, (struct modal_sandbox_spec){ .backend = 1 + seed % 2, .network = MODAL_NETWORK_OPEN });
    modal_sandbox_snapshot(seen->sandbox, NULL, MODAL_TTL_DEFAULT, 0, take_named, seen);
    expect_fine(seen);
    seen_clear(seen);
    terminate(seen);
    seen_clear(seen);
    free(chance);
}

static void whatever_breaks_nothing_is_lost_or_made_twice(void **state)
{
    struct seen *seen = take_seen(state);
    size_t before = running_of(seen);

    for (int seed = 1; seed <= 12; seed++)
        a_life_with_faults(seen, seed);
    char *fired = modal_server_control(seen->stage->server, "GET", "/faults", NULL);
    assert_non_null(strstr(fired, "\"random\":true"));
    free(fired);
    free(modal_server_control(seen->stage->server, "DELETE", "/faults", NULL));
    assert_int_equal(running_of(seen), before);
    seen_free(seen);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_route_by_their_shape),
        cmocka_unit_test(names_have_a_shape),
        cmocka_unit_test(good_specs_pass),
        cmocka_unit_test(wrong_specs_are_refused_before_anything_is_sent),
        cmocka_unit_test(the_backend_follows_gpu_and_settings),
        cmocka_unit_test(variables_are_a_secret_on_v1_only),
        cmocka_unit_test(the_definition_has_what_clients_always_send),
        cmocka_unit_test(ends_have_the_codes_of_the_official_clients),
        cmocka_unit_test(a_sandbox_lives_and_ends),
        cmocka_unit_test(a_name_is_found_and_taken),
        cmocka_unit_test(main_processes_end_with_their_codes),
        cmocka_unit_test(a_wait_lives_through_breaks),
        cmocka_unit_test(what_is_wrong_costs_no_call),
        cmocka_unit_test(lists_and_tags),
        cmocka_unit_test(more_sandboxes_than_one_page_are_listed),
        cmocka_unit_test(ports_are_reached_by_tunnels_and_tokens),
        cmocka_unit_test(tunnels_are_asked_for_once_at_most),
        cmocka_unit_test(output_is_followed_through_breaks),
        cmocka_unit_test(following_can_be_cancelled_by_what_came),
        cmocka_unit_test(the_newest_stored_output_is_read_after_the_end),
        cmocka_unit_test(a_snapshot_makes_another_one),
        cmocka_unit_test(everything_can_be_cancelled_at_any_turn),
        cmocka_unit_test(a_name_is_found_whatever_the_settings_prefer),
        cmocka_unit_test(whatever_breaks_nothing_is_lost_or_made_twice),
    };
    return cmocka_run_group_tests(tests, modal_stage_setup, modal_stage_teardown);
}
