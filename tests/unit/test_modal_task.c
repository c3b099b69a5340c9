/* test_modal_task.c - access to a sandbox's router, on both backends, and what is asked of a running sandbox. */
#include "tests/unit/modal_bench.h"

#include "modal/jwt.h"
#include "modal/task_address.h"
#include "modal/task_requests.h"

static struct bench bench;

/* The answer to one request. */
struct answer {
    bool come, failed;
    int status;
    char id[128], sentence[512];
};

static void answered(void *data, const struct modal_failure *failure, const char *id)
{
    struct answer *answer = data;
    assert_false(answer->come);
    answer->come = true;
    answer->failed = failure != NULL;
    if (failure) {
        answer->status = failure->status;
        snprintf(answer->sentence, sizeof(answer->sentence), "%s", failure->sentence);
    } else {
        snprintf(answer->id, sizeof(answer->id), "%s", id);
    }
}

static void fine(struct answer *answer)
{
    while (!answer->come)
        loop_turn(bench.loop, -1);
    if (answer->failed)
        fail_msg("%s", answer->sentence);
    answer->come = false;
}

static void refused(struct answer *answer, int status, const char *words)
{
    while (!answer->come)
        loop_turn(bench.loop, -1);
    assert_true(answer->failed);
    if (strstr(answer->sentence, words) == NULL)
        fail_msg("no \"%s\" in: %s", words, answer->sentence);
    assert_int_equal(answer->status, status);
    answer->come = false;
}

static void check_echo(struct modal_task *task)
{
    struct modal_task *former = bench.task;
    struct run run;
    bench.task = task;
    run_start(&run, &bench, "echo hi");
    run_check(&run, 0);
    run_check_output(&run, false, "hi\n", 3);
    run_release(&run);
    bench.task = former;
}

/* --- pure --- */

static void the_expiry_is_read_from_a_token(void **state)
{
    (void)state;
    /* {"exp":1750000000}, {"exp":1750000000.5}, {"sub":"x"}, no JSON, no base64 */
    assert_int_equal(modal_jwt_expiry("e30.eyJleHAiOjE3NTAwMDAwMDB9.sig"), 1750000000);
    assert_int_equal(modal_jwt_expiry("e30.eyJleHAiOjE3NTAwMDAwMDAuNX0.sig"), 1750000000);
    assert_int_equal(modal_jwt_expiry("e30.eyJzdWIiOiJ4In0.sig"), 0);
    assert_int_equal(modal_jwt_expiry("e30.bm90IGpzb24.sig"), 0);
    assert_int_equal(modal_jwt_expiry("e30.!!.sig"), 0);
    assert_int_equal(modal_jwt_expiry("e30..sig"), 0);
    assert_int_equal(modal_jwt_expiry("e30.eyJleHAiOjE3NTAwMDAwMDB9"), 0);
    assert_int_equal(modal_jwt_expiry(""), 0);
}

static void only_safe_addresses_are_dialled(void **state)
{
    (void)state;
    static const struct {
        const char *control, *url, *server;
    } rows[] = {
        { "https://api.modal.com", "https://w1.modal.host", "https://w1.modal.host" },
        { "https://api.modal.com", "https://w1.modal.host:8443/path?x", "https://w1.modal.host:8443" },
        { "https://api.modal.com", "https://[2001:db8::1]:443", "https://[2001:db8::1]:443" },
        { "https://api.modal.com", "http://w1.modal.host", NULL },
        { "https://api.modal.com", "http://127.0.0.1:80", NULL },
        { "https://api.modal.com", "https://user@w1.modal.host", NULL },
        { "https://api.modal.com", "https://w1.modal.host\r\nx: y", NULL },
        { "https://api.modal.com", "https://", NULL },
        { "https://api.modal.com", "https://[::1", NULL },
        { "https://api.modal.com", "ftp://w1.modal.host", NULL },
        { "https://api.modal.com", "", NULL },
        { "http://127.0.0.1:9", "https://127.0.0.1:8", "http://127.0.0.1:8" },
        { "http://127.0.0.1:9", "http://127.0.0.1:8", "http://127.0.0.1:8" },
        { "https://127.0.0.1:9", "https://127.0.0.1:8", "https://127.0.0.1:8" },
        { "http://localhost:9", "https://w1.modal.host", "https://w1.modal.host" },
        { "http://localhost:9", "http://w1.modal.host", NULL },
        { "http://localhost:9", "http://localhost.modal.host", NULL },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct modal_settings settings = { .server_url = (char *)rows[i].control };
        char *server = task_server(&settings, rows[i].url);
        if (rows[i].server == NULL ? server != NULL : server == NULL || strcmp(server, rows[i].server) != 0)
            fail_msg("row %zu: %s", i, server ? server : "nothing");
        free(server);
    }
    assert_string_equal(task_worker_address("10.1.2.3"), "10.1.2.3");
    assert_null(task_worker_address("10.1.2"));
    assert_null(task_worker_address("host"));
    assert_null(task_worker_address(NULL));
}

/* --- access --- */

static void access_of_the_create_answer_needs_no_other_call(void **state)
{
    (void)state;
    bench_tell(&bench, "DELETE", "/calls", NULL);
    check_echo(bench.task);
    assert_int_equal(bench_calls(&bench, "SandboxGetCommandRouterAccess"), 0);
    assert_int_equal(bench_calls(&bench, "SandboxGetTaskIdV2"), 0);
}

static void a_sandbox_that_is_found_again_asks_once(void **state)
{
    (void)state;
    enum { MANY = 5 };
    struct modal_task *task = modal_task_new(bench.client, modal_sandbox_id(bench.sandbox), NULL, NULL, NULL);
    struct modal_task *former = bench.task;
    struct run runs[MANY];
    bench_tell(&bench, "DELETE", "/calls", NULL);
    assert_null(modal_task_id(task));
    bench.task = task;
    for (int i = 0; i < MANY; i++)
        run_start(&runs[i], &bench, "echo hi");
    for (int i = 0; i < MANY; i++) {
        run_check(&runs[i], 0);
        run_release(&runs[i]);
    }
    bench.task = former;
    assert_int_equal(bench_calls(&bench, "SandboxGetCommandRouterAccess"), 1);
    assert_int_equal(bench_calls(&bench, "SandboxGetTaskIdV2"), 1);
    assert_string_equal(modal_task_id(task), modal_task_id(former));
    modal_task_free(task);
}

static void the_older_backend_gives_access_by_task(void **state)
{
    (void)state;
    struct modal_sandbox *former = bench.sandbox;
    bench_tell(&bench, "DELETE", "/calls", NULL);
    struct modal_sandbox *sandbox = bench_sandbox(&bench, 1);
    assert_false(modal_sandbox_is_v2(sandbox));
    check_echo(modal_sandbox_task(sandbox));
    assert_int_equal(bench_calls(&bench, "TaskGetCommandRouterAccess"), 1);
    assert_int_equal(bench_calls(&bench, "SandboxGetCommandRouterAccess"), 0);
    bench_tell(&bench, "POST", "/expire", "{\"router\":true,\"auth\":false}");
    check_echo(modal_sandbox_task(sandbox));
    assert_int_equal(bench_calls(&bench, "TaskGetCommandRouterAccess"), 2);
    modal_sandbox_free(sandbox);
    bench.sandbox = former;
}

static void a_stale_access_is_asked_for_anew(void **state)
{
    (void)state;
    static const char *const urls[] = { "https://127.0.0.1:1", "http://elsewhere", "https://127.0.0.1:1" };
    for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
        struct modal_task *task = modal_task_new(bench.client, modal_sandbox_id(bench.sandbox),
                                                 i == 2 ? NULL : modal_task_id(bench.task), "a.b.c", urls[i]);
        bench_tell(&bench, "DELETE", "/calls", NULL);
        check_echo(task);
        assert_int_equal(bench_calls(&bench, "SandboxGetCommandRouterAccess"), 1);
        modal_task_free(task);
    }
}

static void failed_access_fails_who_waits_and_can_be_had_later(void **state)
{
    (void)state;
    struct answer one = { 0 }, two = { 0 };
    struct modal_task *task = modal_task_new(bench.client, modal_sandbox_id(bench.sandbox), NULL, NULL, NULL);
    bench_fault(&bench, "{\"method\":\"SandboxGetCommandRouterAccess\",\"do\":\"status\",\"count\":0,"
                        "\"code\":\"PERMISSION_DENIED\"}");
    modal_task_ready(task, answered, &one);
    modal_task_ready(task, answered, &two);
    refused(&one, GRPC_PERMISSION_DENIED, "");
    refused(&two, GRPC_PERMISSION_DENIED, "");
    bench_no_faults(&bench);
    modal_task_ready(task, answered, &one);
    fine(&one);
    assert_string_equal(one.id, modal_task_id(bench.task));
    modal_task_free(task);
}

static void a_renewal_that_fails_does_not_spoil_the_next(void **state)
{
    (void)state;
    struct answer answer = { 0 };
    bench_tell(&bench, "POST", "/expire", "{\"router\":true,\"auth\":false}");
    bench_fault(&bench,
                "{\"method\":\"SandboxGetCommandRouterAccess\",\"do\":\"status\",\"code\":\"NOT_FOUND\"}");
    modal_task_ready(bench.task, answered, &answer);
    refused(&answer, GRPC_NOT_FOUND, "");
    bench_no_faults(&bench);
    modal_task_ready(bench.task, answered, &answer);
    fine(&answer);
}

static void a_task_id_is_waited_for(void **state)
{
    (void)state;
    struct answer answer = { 0 };
    struct modal_task *task = modal_task_new(bench.client, modal_sandbox_id(bench.sandbox), NULL, NULL, NULL);
    bench_fault(
        &bench,
        "[{\"method\":\"SandboxGetTaskIdV2\",\"do\":\"status\",\"code\":\"UNAVAILABLE\",\"count\":2},"
        "{\"method\":\"SandboxGetCommandRouterAccess\",\"do\":\"status\",\"code\":\"FAILED_PRECONDITION\"}]");
    modal_task_ready(task, answered, &answer);
    fine(&answer);
    bench_no_faults(&bench);
    modal_task_free(task);
}

static void a_sandbox_that_is_not_running_is_told_of(void **state)
{
    (void)state;
    struct answer answer = { 0 };
    struct modal_sandbox *former = bench.sandbox, *sandbox = bench_sandbox(&bench, 2);
    struct modal_task *task = modal_task_new(bench.client, modal_sandbox_id(sandbox), NULL, NULL, NULL);
    bench_tell(&bench, "POST", "/kill", "{\"sandbox\":\"%s\"}", modal_sandbox_id(sandbox));
    modal_task_ready(task, answered, &answer);
    refused(&answer, GRPC_NOT_FOUND, "");
    modal_task_free(task);
    modal_sandbox_free(sandbox);
    bench.sandbox = former;
}

static void waiting_for_access_is_cancelled_at_any_moment(void **state)
{
    (void)state;
    for (int turns = 0; turns < 40; turns++) {
        struct answer answer = { 0 }, other = { 0 };
        struct modal_task *task =
            modal_task_new(bench.client, modal_sandbox_id(bench.sandbox), NULL, NULL, NULL);
        struct modal_call *call = modal_task_ready(task, answered, &answer);
        struct modal_call *second = modal_task_ready(task, answered, &other);
        for (int i = 0; i < turns && !answer.come && !other.come; i++)
            loop_turn(bench.loop, -1);
        if (!answer.come)
            modal_call_cancel(call);
        if (turns % 2 == 0 && !other.come)
            fine(&other);
        else if (!other.come)
            modal_call_cancel(second);
        modal_task_free(task);
    }
}

/* The last of those who wait may free the task. */
static void free_task(void *data, const struct modal_failure *failure, const char *id)
{
    struct modal_task **task = data;
    (void)id;
    assert_non_null(failure);
    modal_task_free(*task);
    *task = NULL;
}

static void a_task_is_freed_by_who_is_told(void **state)
{
    (void)state;
    struct modal_task *task = modal_task_new(bench.client, modal_sandbox_id(bench.sandbox), NULL, NULL, NULL);
    bench_fault(&bench,
                "{\"method\":\"SandboxGet*\",\"do\":\"status\",\"count\":0,\"code\":\"PERMISSION_DENIED\"}");
    modal_task_ready(task, free_task, &task);
    while (task)
        loop_turn(bench.loop, -1);
    bench_no_faults(&bench);
}

/* --- requests --- */

static void a_snapshot_is_made_once(void **state)
{
    (void)state;
    static const char *const faults[] = {
        "{\"method\":\"TaskSnapshot*\",\"do\":\"drop\"}",
        "{\"method\":\"TaskSnapshot*\",\"do\":\"status\",\"code\":\"UNAVAILABLE\",\"count\":2}",
        "{\"method\":\"TaskSnapshot*\",\"do\":\"goaway\"}",
    };
    struct answer answer = { 0 };
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
        bench_fault(&bench, faults[i]);
        modal_task_snapshot(bench.task, i ? "/tmp" : NULL, MODAL_TTL_DEFAULT, 0, answered, &answer);
        fine(&answer);
        assert_memory_equal(answer.id, "im-", 3);
    }
    bench_no_faults(&bench);
}

static void a_snapshot_has_one_time_for_all_attempts(void **state)
{
    (void)state;
    struct answer answer = { 0 };
    bench_tell(&bench, "DELETE", "/calls", NULL);
    bench_fault(&bench, "{\"method\":\"TaskSnapshotFilesystem\",\"do\":\"hang\",\"count\":0}");
    modal_task_snapshot(bench.task, NULL, MODAL_TTL_FOR_EVER, 1, answered, &answer);
    refused(&answer, GRPC_DEADLINE_EXCEEDED, "snapshot");
    assert_int_equal(bench_calls(&bench, "TaskSnapshotFilesystem"), 1);
    bench_fault(
        &bench,
        "{\"method\":\"TaskSnapshotFilesystem\",\"do\":\"status\",\"code\":\"CANCELLED\",\"count\":0}");
    modal_task_snapshot(bench.task, NULL, MODAL_TTL_FOR_EVER, 0, answered, &answer);
    refused(&answer, GRPC_CANCELLED, "snapshot");
    assert_int_equal(bench_calls(&bench, "TaskSnapshotFilesystem"), 2);
    bench_no_faults(&bench);
}

static void wrong_requests_are_refused_here(void **state)
{
    (void)state;
    struct answer answer = { 0 };
    modal_task_snapshot(bench.task, "relative", MODAL_TTL_DEFAULT, 0, answered, &answer);
    assert_false(answer.come);
    refused(&answer, GRPC_INVALID_ARGUMENT, "absolute");
    modal_task_snapshot(bench.task, NULL, 0, 0, answered, &answer);
    refused(&answer, GRPC_INVALID_ARGUMENT, "seconds");
    modal_task_mount(bench.task, "/", "", answered, &answer);
    refused(&answer, GRPC_INVALID_ARGUMENT, "other than /");
    modal_task_mount(bench.task, "///", "", answered, &answer);
    refused(&answer, GRPC_INVALID_ARGUMENT, "other than /");
    modal_task_unmount(bench.task, "x", answered, &answer);
    refused(&answer, GRPC_INVALID_ARGUMENT, "absolute");
    modal_call_cancel(modal_task_unmount(bench.task, "x", answered, &answer));
}

static void an_image_is_mounted_and_unmounted(void **state)
{
    (void)state;
    struct answer answer = { 0 };
    struct run run;
    run_start(&run, &bench, "mkdir -p /tmp/original && echo kept > /tmp/original/file");
    run_check(&run, 0);
    run_release(&run);
    modal_task_snapshot(bench.task, "/tmp/original", MODAL_TTL_DEFAULT, 0, answered, &answer);
    fine(&answer);
    modal_task_mount(bench.task, "/tmp/copy", answer.id, answered, &answer);
    fine(&answer);
    run_start(&run, &bench, "cat /tmp/copy/file");
    run_check(&run, 0);
    run_check_output(&run, false, "kept\n", 5);
    run_release(&run);
    modal_task_unmount(bench.task, "/tmp/copy", answered, &answer);
    fine(&answer);
    modal_task_mount(bench.task, "/tmp/void", "", answered, &answer);
    fine(&answer);
}

static void network_volumes_and_readiness(void **state)
{
    (void)state;
    static const char *const domains[] = { "*.example.com", NULL };
    struct answer answer = { 0 };
    modal_task_set_network(bench.task, MODAL_NETWORK_LIST, NULL, domains, answered, &answer);
    fine(&answer);
    char *text = modal_server_control(bench.server, "GET", "/state", NULL);
    assert_non_null(strstr(text, "*.example.com"));
    free(text);
    modal_task_set_network(bench.task, MODAL_NETWORK_OPEN, NULL, domains, answered, &answer);
    fine(&answer);
    modal_task_set_network(bench.task, MODAL_NETWORK_BLOCKED, NULL, NULL, answered, &answer);
    fine(&answer);
    modal_task_reload_volumes(bench.task, answered, &answer);
    fine(&answer);
    modal_task_wait_ready(bench.task, 5, answered, &answer); /* it has no probe */
    refused(&answer, GRPC_FAILED_PRECONDITION, "");
    bench_fault(&bench, "{\"method\":\"SandboxWaitUntilReady\",\"do\":\"hang\",\"count\":0}");
    modal_task_wait_ready(bench.task, 1, answered, &answer);
    refused(&answer, GRPC_DEADLINE_EXCEEDED, "ready");
    bench_no_faults(&bench);
}

/* --- the main process --- */

static void follow_bytes(void *data, bool is_error, const char *bytes, size_t length)
{
    buffer_append(&((struct buffer *)data)[is_error], bytes, length);
}

static void follow_done(void *data, const struct modal_failure *failure, const char *id)
{
    (void)data;
    (void)id;
    if (failure)
        fail_msg("%s", failure->sentence);
    bench.over = true;
}

static void the_main_process_is_followed(void **state)
{
    (void)state;
    static const char *const argv[] = { "/bin/bash", "-c", "seq 1 30000; seq 1 9 >&2; sleep 0.2", NULL };
    struct modal_sandbox *former = bench.sandbox;
    struct modal_sandbox_spec spec = { .app_id = bench.app,
                                       .image_id = bench.image,
                                       .argv = argv,
                                       .network = MODAL_NETWORK_BLOCKED,
                                       .backend = 2 };
    struct buffer output[2] = { BUFFER_INIT, BUFFER_INIT }, expected = BUFFER_INIT;
    bench_fault(&bench,
                "{\"method\":\"SandboxStdioReadV2\",\"do\":\"cut\",\"after_bytes\":30000,\"count\":4}");
    modal_sandbox_create(bench.client, &spec, bench_made, &bench);
    bench_wait(&bench);
    modal_task_follow(modal_sandbox_task(bench.sandbox), follow_bytes, NULL, follow_done, output);
    bench_wait(&bench);
    for (int i = 1; i <= 30000; i++)
        buffer_append_format(&expected, "%d\n", i);
    assert_int_equal(output[0].length, expected.length);
    assert_memory_equal(output[0].data, expected.data, expected.length);
    assert_int_equal(output[1].length, 18);
    assert_true(bench_faults_fired(&bench) > 0);
    bench_no_faults(&bench);
    modal_call_cancel(
        modal_task_follow(modal_sandbox_task(bench.sandbox), follow_bytes, NULL, follow_done, output));
    modal_sandbox_free(bench.sandbox);
    bench.sandbox = former;
    buffer_release(&output[0]);
    buffer_release(&output[1]);
    buffer_release(&expected);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_expiry_is_read_from_a_token),
        cmocka_unit_test(only_safe_addresses_are_dialled),
        cmocka_unit_test(access_of_the_create_answer_needs_no_other_call),
        cmocka_unit_test(a_sandbox_that_is_found_again_asks_once),
        cmocka_unit_test(the_older_backend_gives_access_by_task),
        cmocka_unit_test(a_stale_access_is_asked_for_anew),
        cmocka_unit_test(failed_access_fails_who_waits_and_can_be_had_later),
        cmocka_unit_test(a_renewal_that_fails_does_not_spoil_the_next),
        cmocka_unit_test(a_task_id_is_waited_for),
        cmocka_unit_test(a_sandbox_that_is_not_running_is_told_of),
        cmocka_unit_test(waiting_for_access_is_cancelled_at_any_moment),
        cmocka_unit_test(a_task_is_freed_by_who_is_told),
        cmocka_unit_test(a_snapshot_is_made_once),
        cmocka_unit_test(a_snapshot_has_one_time_for_all_attempts),
        cmocka_unit_test(wrong_requests_are_refused_here),
        cmocka_unit_test(an_image_is_mounted_and_unmounted),
        cmocka_unit_test(network_volumes_and_readiness),
        cmocka_unit_test(the_main_process_is_followed),
    };
    BENCH_RUN(&bench, tests, count, words);
}
