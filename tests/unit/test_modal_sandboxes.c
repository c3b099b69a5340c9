/* test_modal_sandboxes.c - what of a wish for a sandbox is refused, the message it becomes, ids, and ends. */
#include "modal/sandboxes.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "modal/names.h"
#include "modal/sandbox_definition.h"
#include "modal/sandbox_spec.h"
#include "modal/sandboxes_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

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

int main(void)
{
    alarm(60);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_route_by_their_shape),
        cmocka_unit_test(names_have_a_shape),
        cmocka_unit_test(good_specs_pass),
        cmocka_unit_test(wrong_specs_are_refused_before_anything_is_sent),
        cmocka_unit_test(the_backend_follows_gpu_and_settings),
        cmocka_unit_test(variables_are_a_secret_on_v1_only),
        cmocka_unit_test(the_definition_has_what_clients_always_send),
        cmocka_unit_test(ends_have_the_codes_of_the_official_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
