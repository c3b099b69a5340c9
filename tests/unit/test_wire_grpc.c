/* test_wire_grpc.c - gRPC calls against the official library's server. */
#include "tests/support/little_server.h"
#include "tests/unit/grpc_bench.h"

/* --- unary --- */

static void a_call_is_answered(void **state)
{
    (void)state;
    struct scene scene;
    struct told told;
    scene_init(&scene);
    static const char bytes[] = "with\0a NUL";
    run(&scene, &told, "Echo", (struct grpc_request){ .message = bytes, .length = sizeof(bytes) });
    expect(&told, GRPC_OK, true, "");
    assert_int_equal(told.messages, 1);
    assert_int_equal(told.bytes, sizeof(bytes));
    assert_memory_equal(told.text.data, bytes, sizeof(bytes));
    told_release(&told);
    run(&scene, &told, "Echo", (struct grpc_request){ 0 });
    expect(&told, GRPC_OK, true, "");
    assert_int_equal(told.messages, 1);
    assert_int_equal(told.bytes, 0);
    told_release(&told);
    scene_release(&scene);
}

static void large_messages_go_both_ways(void **state)
{
    (void)state;
    struct scene scene;
    struct told told;
    enum { LENGTH = 24 * 1024 * 1024 };
    char *bytes = xcalloc(1, LENGTH);
    scene_init(&scene);
    told.is_counted = true; /* the first message is all zeros */
    start(&scene, &told, "Echo", (struct grpc_request){ .message = bytes, .length = LENGTH });
    memset(bytes, 1, LENGTH); /* it was copied */
    free(bytes);
    finish(&scene);
    expect(&told, GRPC_OK, true, "");
    assert_int_equal(told.bytes, LENGTH);
    assert_false(told.wrong);
    told_release(&told);
    scene_release(&scene);
}

static void what_is_said_about_a_call_arrives(void **state)
{
    (void)state;
    struct scene scene;
    struct told told;
    const char *const metadata[] = { "x-one: 1", "user-agent: somebody/2", NULL };
    scene_init(&scene);
    run(&scene, &told, "Headers", (struct grpc_request){ .metadata = metadata, .deadline = 90000 });
    expect(&told, GRPC_OK, true, "");
    assert_non_null(strstr(told.text.data, "\"x-one\":\"1\""));
    assert_non_null(strstr(told.text.data, "\"user-agent\":\"somebody/2\""));
    told_release(&told);
    scene_release(&scene);
}

static void a_failure_of_the_server_is_told(void **state)
{
    (void)state;
    struct scene scene;
    struct told told;
    scene_init(&scene);
    run(&scene, &told, "Answer",
        wish("{\"status\":9,\"message\":\"n\\u00f6t\\nnow\",\"trailers\":{\"x-field\":\"here\","
             "\"grpc-status-details-bin\":\"AAECAw==\"}}"));
    expect(&told, GRPC_FAILED_PRECONDITION, true, "n\xc3\xb6t\nnow");
    assert_string_equal(told.field, "here");
    assert_int_equal(told.details_length, 4);
    assert_memory_equal(told.details, "\0\1\2\3", 4);
    assert_int_equal(told.messages, 0);
    told_release(&told);
    run(&scene, &told, "Answer", wish("{\"answer\":\"fine\",\"trailers\":{\"x-field\":\"late\"}}"));
    expect(&told, GRPC_OK, true, "");
    assert_string_equal(told.text.data, "fine");
    assert_string_equal(told.field, "late");
    told_release(&told);
    run(&scene, &told, "Nothing", wish("{}"));
    expect(&told, GRPC_UNIMPLEMENTED, true, "");
    told_release(&told);
    scene_release(&scene);
}

/* How many connections the peer has seen, by "host:port" of ours. */
static int64_t seen(struct scene *scene, const char *what)
{
    struct told told;
    run(scene, &told, "Seen", wish("{}"));
    struct json *json = json_parse(told.text.data, told.text.length, NULL);
    int64_t count = json_get_integer(json, what, -1);
    json_free(json);
    told_release(&told);
    return count;
}

static void connections_are_kept(void **state)
{
    (void)state;
    struct scene scene;
    struct told told;
    scene_init(&scene);
    int64_t before = seen(&scene, "peers");
    for (int i = 0; i < 20; i++) {
        run(&scene, &told, "Echo", wish("x"));
        expect(&told, GRPC_OK, true, "");
        told_release(&told);
    }
    assert_int_equal(seen(&scene, "peers"), before + 1);
    struct grpc_request fresh = wish("x");
    fresh.fresh = true;
    run(&scene, &told, "Echo", fresh);
    told_release(&told);
    assert_int_equal(seen(&scene, "peers"), before + 2);
    scene_release(&scene);
}

static void plaintext_works_call_after_call(void **state)
{
    (void)state;
    struct scene scene;
    struct told told;
    scene_init(&scene);
    for (int i = 0; i < 5; i++) {
        struct grpc_request request = wish("in the clear");
        request.server = peer->plain;
        run(&scene, &told, "Echo", request);
        expect(&told, GRPC_OK, true, "");
        assert_string_equal(told.text.data, "in the clear");
        told_release(&told);
    }
    scene_release(&scene);
}

static void an_address_stands_in_for_the_name(void **state)
{
    (void)state;
    struct scene scene;
    struct told told;
    char server[64];
    scene_init(&scene);
    snprintf(server, sizeof(server), "https://peer.test:%s", strrchr(peer->tls, ':') + 1);
    struct grpc_request request = wish("x");
    request.server = server;
    request.address = "127.0.0.1";
    run(&scene, &told, "Echo", request);
    expect(&told, GRPC_OK, true, "");
    told_release(&told);
    scene_release(&scene);
}

static void a_proxy_of_the_environment_is_gone_through(void **state)
{
    (void)state;
    struct scene scene;
    struct told told;
    char server[64];
    scene_init(&scene);
    int64_t before = seen(&scene, "tunnels");
    setenv("https_proxy", peer->proxy, 1);
    snprintf(server, sizeof(server), "https://peer.test:%s", strrchr(peer->tls, ':') + 1);
    struct grpc_request request = wish("{\"answer\":\"fine\"}");
    request.server = server;
    for (int i = 0; i < 3; i++) {
        run(&scene, &told, "Answer", request);
        expect(&told, GRPC_OK, true, "");
        assert_string_equal(told.field, "(none)"); /* the proxy's fields are not the answer's */
        told_release(&told);
    }
    unsetenv("https_proxy");
    assert_int_equal(seen(&scene, "tunnels"), before + 1);
    scene_release(&scene);
}

/* --- server streaming --- */

static void a_stream_is_told_in_order(void **state)
{
    (void)state;
    struct scene scene;
    struct told told = { .is_counted = true };
    scene_init(&scene);
    start(&scene, &told, "Count", wish("{\"count\":3000,\"size\":10007,\"trailers\":{\"x-field\":\"end\"}}"));
    finish(&scene);
    expect(&told, GRPC_OK, true, "");
    assert_int_equal(told.messages, 3000);
    assert_int_equal(told.bytes, 3000 * 10007);
    assert_false(told.wrong);
    assert_string_equal(told.field, "end");
    told_release(&told);
    start(&scene, &told, "Count", wish("{\"count\":2,\"size\":5,\"status\":8,\"message\":\"enough\"}"));
    finish(&scene);
    expect(&told, GRPC_RESOURCE_EXHAUSTED, true, "enough");
    assert_int_equal(told.messages, 2);
    told_release(&told);
    scene_release(&scene);
}

static void many_streams_run_side_by_side(void **state)
{
    (void)state;
    enum { CALLS = 64 };
    struct scene scene;
    static struct told told[CALLS];
    scene_init(&scene);
    for (int i = 0; i < CALLS; i++) {
        told[i].is_counted = true;
        start(&scene, &told[i], "Count", wish("{\"count\":200,\"size\":4001}"));
    }
    finish(&scene);
    for (int i = 0; i < CALLS; i++) {
        expect(&told[i], GRPC_OK, true, "");
        assert_int_equal(told[i].messages, 200);
        assert_false(told[i].wrong);
        told_release(&told[i]);
    }
    scene_release(&scene);
}

static void pause_at_first(struct scene *scene, struct told *told)
{
    (void)scene;
    if (told->messages == 1)
        grpc_pause(told->call, true);
}

/* While one is paused, others run, and nothing more than what had arrived is told. */
static void a_paused_stream_waits(void **state)
{
    (void)state;
    struct scene scene;
    struct told paused = { .is_counted = true }, other = { 0 };
    scene_init(&scene);
    scene.where = AT_MESSAGE;
    scene.react = pause_at_first;
    start(&scene, &paused, "Count", wish("{\"count\":3000,\"size\":9000}"));
    while (paused.messages == 0)
        loop_turn(scene.loop, -1);
    scene.where = NOWHERE;
    for (int i = 0; i < 50; i++) {
        start(&scene, &other, "Echo", wish("x"));
        while (scene.running > 1)
            loop_turn(scene.loop, -1);
        expect(&other, GRPC_OK, true, "");
        told_release(&other);
    }
    assert_true(paused.bytes <= 64 * 1024);
    assert_false(paused.over);
    grpc_pause(paused.call, false);
    finish(&scene);
    expect(&paused, GRPC_OK, true, "");
    assert_int_equal(paused.bytes, 3000 * 9000);
    assert_false(paused.wrong);
    told_release(&paused);
    scene_release(&scene);
}

static void pause_and_resume_at_each(struct scene *scene, struct told *told)
{
    (void)scene;
    grpc_pause(told->call, true);
    grpc_pause(told->call, false);
}

static void pausing_loses_nothing(void **state)
{
    (void)state;
    struct scene scene;
    struct told told = { .is_counted = true };
    scene_init(&scene);
    scene.where = AT_MESSAGE;
    scene.react = pause_and_resume_at_each;
    start(&scene, &told, "Count", wish("{\"count\":500,\"size\":20011}"));
    finish(&scene);
    expect(&told, GRPC_OK, true, "");
    assert_int_equal(told.messages, 500);
    assert_false(told.wrong);
    told_release(&told);
    scene_release(&scene);
}

/* --- client streaming --- */

static uint32_t sum_of_pieces(void)
{
    uint32_t sum = 0;
    for (int number = 0; number < PIECES; number++)
        for (int i = 0; i < PIECE; i += 997)
            sum = sum * 31 + (uint32_t)(number % 251);
    return sum;
}

static void send_next(struct scene *scene, struct told *told)
{
    (void)scene;
    if (told->drains < PIECES)
        send_piece(told, told->drains);
    else
        grpc_send_end(told->call);
}

static void messages_stream_to_the_server(void **state)
{
    (void)state;
    struct scene scene;
    struct told told = { 0 };
    char expected[64];
    snprintf(expected, sizeof(expected), "%d %d %u", PIECES, PIECES * PIECE, sum_of_pieces());
    scene_init(&scene);
    start(&scene, &told, "Gather", (struct grpc_request){ .client_streams = true });
    for (int i = 0; i < PIECES; i++)
        send_piece(&told, i);
    assert_int_equal(grpc_send_waiting(told.call), PIECES * (PIECE + GRPC_FRAME_HEAD));
    grpc_send_end(told.call);
    finish(&scene);
    expect(&told, GRPC_OK, true, "");
    assert_string_equal(told.text.data, expected);
    told_release(&told);
    scene.where = AT_DRAINED;
    scene.react = send_next;
    start(&scene, &told, "Gather", (struct grpc_request){ .client_streams = true });
    send_piece(&told, 0);
    finish(&scene);
    expect(&told, GRPC_OK, true, "");
    assert_string_equal(told.text.data, expected);
    assert_int_equal(told.drains, PIECES);
    told_release(&told);
    scene_release(&scene);
}

static void an_empty_stream_ends(void **state)
{
    (void)state;
    struct scene scene;
    struct told told = { 0 };
    scene_init(&scene);
    start(&scene, &told, "Gather", (struct grpc_request){ .client_streams = true });
    grpc_send_end(told.call);
    finish(&scene);
    expect(&told, GRPC_OK, true, "");
    assert_string_equal(told.text.data, "0 0 0");
    told_release(&told);
    scene_release(&scene);
}

/* --- ends --- */

static void cancel_it(struct scene *scene, struct told *told)
{
    told->over = true;
    scene->running--;
    grpc_cancel(told->call);
}

/* After a cancel another call runs on the same loop, so that what would come has time to come. */
static void cancelled_in(enum where where, const char *method, struct grpc_request request, bool sends)
{
    struct scene scene;
    struct told told = { 0 }, other = { 0 };
    scene_init(&scene);
    scene.where = where;
    scene.react = cancel_it;
    start(&scene, &told, method, request);
    if (sends)
        send_piece(&told, 0);
    while (!told.over)
        loop_turn(scene.loop, -1);
    scene.where = NOWHERE;
    for (int i = 0; i < 20; i++) {
        run(&scene, &other, "Echo", wish("x"));
        expect(&other, GRPC_OK, true, "");
        told_release(&other);
    }
    assert_int_equal(told.dones, 0);
    told_release(&told);
    scene_release(&scene);
}

static void after_a_cancel_nothing_comes(void **state)
{
    (void)state;
    const char *const endless = "{\"count\":100000,\"size\":1000}";
    cancelled_in(AT_MESSAGE, "Count", wish(endless), false);
    cancelled_in(AT_MESSAGE, "Count", wish("{\"count\":1,\"size\":10}"), false);
    cancelled_in(AT_DRAINED, "Gather", (struct grpc_request){ .client_streams = true }, true);
    struct scene scene;
    struct told told = { 0 };
    scene_init(&scene);
    start(&scene, &told, "Count", wish(endless)); /* at once */
    cancel_it(&scene, &told);
    start(&scene, &told, "Count", wish(endless)); /* from outside, in the middle */
    while (told.messages < 3)
        loop_turn(scene.loop, -1);
    cancel_it(&scene, &told);
    told_release(&told);
    run(&scene, &told, "Echo", wish("x"));
    expect(&told, GRPC_OK, true, "");
    told_release(&told);
    scene_release(&scene);
}

static void cancel_again(struct scene *scene, struct told *told)
{
    (void)scene;
    grpc_cancel(told->call);
}

static void a_cancel_in_done_does_no_harm(void **state)
{
    (void)state;
    struct scene scene;
    struct told told;
    scene_init(&scene);
    scene.where = AT_DONE;
    scene.react = cancel_again;
    run(&scene, &told, "Echo", wish("x"));
    expect(&told, GRPC_OK, true, "");
    told_release(&told);
    scene_release(&scene);
}

static void the_server_sees_a_cancel(void **state)
{
    (void)state;
    struct scene scene;
    struct told told = { 0 };
    scene_init(&scene);
    int64_t before = seen(&scene, "cancelled");
    start(&scene, &told, "Count", wish("{\"count\":1,\"size\":1,\"hang\":true}"));
    while (told.messages == 0)
        loop_turn(scene.loop, -1);
    cancel_it(&scene, &told);
    while (seen(&scene, "cancelled") == before)
        continue;
    told_release(&told);
    scene_release(&scene);
}

static void a_deadline_ends_a_call(void **state)
{
    (void)state;
    struct scene scene;
    struct told told;
    scene_init(&scene);
    struct grpc_request request = wish("{\"hang\":true}");
    request.deadline = 100;
    run(&scene, &told, "Answer", request);
    assert_int_equal(told.status, GRPC_DEADLINE_EXCEEDED);
    assert_int_equal(told.dones, 1);
    told_release(&told);
    run(&scene, &told, "Echo", wish("x"));
    expect(&told, GRPC_OK, true, "");
    told_release(&told);
    scene_release(&scene);
}

/* --- what no connection was made for --- */

static void what_never_left_is_refused(void **state)
{
    (void)state;
    struct scene scene;
    struct told told;
    scene_init(&scene);
    struct grpc_request request = wish("x");
    request.server = "https://127.0.0.1:1";
    run(&scene, &told, "Echo", request);
    expect(&told, GRPC_UNAVAILABLE, false, "127.0.0.1:1: no connection");
    assert_true(told.refused);
    assert_false(told.tls);
    told_release(&told);
    request.server = "gopher://nowhere";
    run(&scene, &told, "Echo", request);
    expect(&told, GRPC_INVALID_ARGUMENT, false, "");
    assert_true(told.refused);
    told_release(&told);
    char *trusted = xstrdup(getenv("SSL_CERT_FILE"));
    setenv("SSL_CERT_FILE", "/etc/hostname", 1);
    request.server = peer->tls;
    request.fresh = true;
    run(&scene, &told, "Echo", request);
    expect(&told, GRPC_UNAVAILABLE, false, "certificate");
    assert_true(told.tls && told.refused);
    told_release(&told);
    setenv("SSL_CERT_FILE", trusted, 1);
    free(trusted);
    scene_release(&scene);
}

static void play_old_http(struct little_server *server, int connection)
{
    (void)server;
    little_server_send(connection, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
}

static void a_server_of_old_is_no_server(void **state)
{
    (void)state;
    struct scene scene;
    struct told told;
    char server[64];
    scene_init(&scene);
    struct little_server *old = little_server_start(play_old_http);
    snprintf(server, sizeof(server), "http://127.0.0.1:%d", little_server_port(old));
    struct grpc_request request = wish("x");
    request.server = server;
    run(&scene, &told, "Echo", request);
    expect(&told, GRPC_UNAVAILABLE, false, server + strlen("http://"));
    told_release(&told);
    scene_release(&scene);
    little_server_stop(old);
}

int main(void)
{
    alarm(600);
    bench_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_answered),
        cmocka_unit_test(large_messages_go_both_ways),
        cmocka_unit_test(what_is_said_about_a_call_arrives),
        cmocka_unit_test(a_failure_of_the_server_is_told),
        cmocka_unit_test(connections_are_kept),
        cmocka_unit_test(plaintext_works_call_after_call),
        cmocka_unit_test(an_address_stands_in_for_the_name),
        cmocka_unit_test(a_proxy_of_the_environment_is_gone_through),
        cmocka_unit_test(a_stream_is_told_in_order),
        cmocka_unit_test(many_streams_run_side_by_side),
        cmocka_unit_test(a_paused_stream_waits),
        cmocka_unit_test(pausing_loses_nothing),
        cmocka_unit_test(messages_stream_to_the_server),
        cmocka_unit_test(an_empty_stream_ends),
        cmocka_unit_test(after_a_cancel_nothing_comes),
        cmocka_unit_test(a_cancel_in_done_does_no_harm),
        cmocka_unit_test(the_server_sees_a_cancel),
        cmocka_unit_test(a_deadline_ends_a_call),
        cmocka_unit_test(what_never_left_is_refused),
        cmocka_unit_test(a_server_of_old_is_no_server),
    };
    int failed = cmocka_run_group_tests_name("wire grpc", tests, NULL, NULL);
    bench_stop();
    return failed;
}
