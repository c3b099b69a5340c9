/* test_wire_grpc_ends.c - ends of gRPC calls that are not as they should be: too early, broken, odd, or none. */
#include "tests/unit/grpc_bench.h"

static void send_for_ever(struct scene *scene, struct told *told)
{
    (void)scene;
    send_piece(told, 0);
}

/* The server's end ends the call, though our side is in the middle of sending, or waits with its end open. */
static void the_server_may_end_first(void **state)
{
    (void)state;
    static const char *const metadata[][4] = {
        { "x-end-after: 2", NULL },
        { "x-end-after: 2", "x-end-status: 9", NULL },
        { "x-end-after: 2", "x-stop-reading: 1", NULL },
        { "x-end-after: 2", "x-end-status: 9", "x-stop-reading: 1", NULL },
    };
    for (size_t i = 0; i < 2 * ARRAY_SIZE(metadata); i++) {
        struct scene scene;
        struct told told = { 0 };
        bool failing = i / 2 % 2 == 1;
        scene_init(&scene);
        start(&scene, &told, "Gather",
              (struct grpc_request){ .client_streams = true, .metadata = metadata[i / 2] });
        if (i % 2 == 0) {
            scene.where = AT_DRAINED;
            scene.react = send_for_ever;
        }
        send_piece(&told, 0);
        send_piece(&told, 0);
        finish(&scene);
        expect(&told, failing ? GRPC_FAILED_PRECONDITION : GRPC_OK, true, failing ? "ended early" : "");
        assert_int_equal(told.messages, failing ? 0 : 1);
        told_release(&told);
        scene_release(&scene);
    }
}

/* --- answers that are not as they should be --- */

/* "fine" in a frame; half of it; "fine" compressed; 4 GB promised */
#define FINE "AAAAAARmaW5l"
#define HALF "AAAAAARmaQ=="
#define SQUEEZED "AQAAAARmaW5l"
#define ENDLESS "AP////9mZg=="

static const struct broken {
    const char *name, *wish;
    int status;
    bool from_server;
    int messages;
    const char *words;
} broken[] = {
    { "well", "{\"bodies\":[\"" FINE "\"],\"trailers\":{\"grpc-status\":\"0\"}}", GRPC_OK, true, 1, "" },
    { "byte by byte", "{\"split\":true,\"bodies\":[\"" FINE FINE "\"],\"trailers\":{\"grpc-status\":\"0\"}}",
      GRPC_OK, true, 2, "" },
    { "no status", "{\"bodies\":[\"" FINE "\"]}", GRPC_UNKNOWN, false, 1, "without a status" },
    { "no status, other trailers", "{\"bodies\":[\"" FINE "\"],\"trailers\":{\"x-y\":\"0\"}}", GRPC_UNKNOWN,
      false, 1, "without a status" },
    { "status of letters", "{\"bodies\":[\"" FINE "\"],\"trailers\":{\"grpc-status\":\"OK\"}}", GRPC_UNKNOWN,
      false, 1, "without a status" },
    { "half a message", "{\"bodies\":[\"" HALF "\"],\"trailers\":{\"grpc-status\":\"0\"}}", GRPC_INTERNAL,
      false, 0, "within a message" },
    { "half a message and a failure", "{\"bodies\":[\"" HALF "\"],\"trailers\":{\"grpc-status\":\"5\"}}",
      GRPC_NOT_FOUND, true, 0, "" },
    { "compressed", "{\"bodies\":[\"" FINE "\",\"" SQUEEZED "\"],\"trailers\":{\"grpc-status\":\"0\"}}",
      GRPC_INTERNAL, false, 1, "compressed" },
    { "too long", "{\"bodies\":[\"" ENDLESS "\"],\"trailers\":{\"grpc-status\":\"0\"}}",
      GRPC_RESOURCE_EXHAUSTED, false, 0, "longer than" },
    { "head alone", "{\"head\":{\"grpc-status\":\"7\",\"grpc-message\":\"no%21\"}}", GRPC_PERMISSION_DENIED,
      true, 0, "no!" },
    { "a page", "{\"head\":{\"content-type\":\"text/html\"},\"bodies\":[\"" FINE "\"]}", GRPC_UNKNOWN, false,
      0, "not gRPC but HTTP status 200" },
    { "busy proxy", "{\"head\":{\":status\":503,\"content-type\":\"text/html\"},\"bodies\":[\"" FINE "\"]}",
      GRPC_UNAVAILABLE, false, 0, "HTTP status 503" },
    { "reset after a message", "{\"bodies\":[\"" FINE "\"],\"reset\":2}", -1, false, 1, "" },
    { "gone after a message", "{\"bodies\":[\"" FINE "\"],\"destroy\":true}", -1, false, 1, "" },
    { "gone before a message", "{\"destroy\":true}", -1, false, 0, "" },
};

/* A server that has stopped reading answers; all is sent that may be, or little was. */
static void an_early_answer_ends_a_blocked_stream(void **state)
{
    (void)state;
    static const struct {
        const char *wish;
        int status;
    } rows[] = {
        { "{\"bodies\":[\"" FINE "\"],\"trailers\":{\"grpc-status\":\"0\"},\"then\":0", GRPC_OK },
        { "{\"bodies\":[\"" FINE "\"],\"trailers\":{\"grpc-status\":\"0\"}", GRPC_OK },
        { "{\"head\":{\"grpc-status\":\"9\"}", GRPC_FAILED_PRECONDITION },
    };
    for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
        struct scene scene;
        struct told told = { 0 };
        char header[256];
        bool blocked = i % 2 == 0;
        snprintf(header, sizeof(header), "x-wish: %s,\"delay\":%d}", rows[i / 2].wish, blocked ? 200 : 0);
        const char *const metadata[] = { header, NULL };
        scene_init(&scene);
        start(&scene, &told, "Early",
              (struct grpc_request){ .server = peer->raw, .client_streams = true, .metadata = metadata });
        for (int j = 0; j < (blocked ? 100 : 1); j++)
            send_piece(&told, j);
        finish(&scene);
        bool may_be_lost = blocked && !told.from_server && told.status == GRPC_UNAVAILABLE;
        if (told.status != rows[i / 2].status && !may_be_lost)
            fail_msg("%s: status %d: %s", header, told.status, told.message);
        assert_int_equal(told.dones, 1);
        told_release(&told);
        scene_release(&scene);
    }
}

/* Whether a message that came just before a break is told depends on how far it came. */
static bool is_sudden(const struct broken *row)
{
    return strstr(row->wish, "reset") != NULL || strstr(row->wish, "destroy") != NULL;
}

static void odd_answers_are_failures(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
        const struct broken *row = &broken[i];
        struct scene scene;
        struct told told;
        scene_init(&scene);
        struct grpc_request request = wish(row->wish);
        request.server = peer->raw;
        run(&scene, &told, "Raw", request);
        int status = row->status < 0 ? told.status : row->status;
        if (told.status != status || told.status == (row->status < 0 ? GRPC_OK : -1) ||
            told.from_server != row->from_server || strstr(told.message, row->words) == NULL ||
            (is_sudden(row) ? (int)told.messages > row->messages : (int)told.messages != row->messages))
            fail_msg("%s: status %d by %s, %zu messages: %s", row->name, told.status,
                     told.from_server ? "server" : "us", told.messages, told.message);
        told_release(&told);
        scene_release(&scene);
    }
}

/* --- servers that go --- */

/* No call of many is fine without its answer, while the server ends connections again and again. */
static void connections_may_be_ended_at_any_time(void **state)
{
    (void)state;
    enum { CALLS = 600 };
    struct scene scene;
    scene_init(&scene);
    struct grpc_peer *restless = grpc_peer_start(60, &missing);
    int fine = 0;
    for (int i = 0; i < CALLS; i++) {
        struct told told;
        struct grpc_request request = wish("x");
        request.server = restless->tls;
        run(&scene, &told, "Echo", request);
        if (told.status == GRPC_OK) {
            assert_int_equal(told.messages, 1);
            fine++;
        } else {
            assert_false(told.from_server);
            assert_true(told.status == GRPC_UNKNOWN || told.status == GRPC_UNAVAILABLE);
        }
        told_release(&told);
    }
    assert_true(fine > CALLS / 2);
    scene_release(&scene);
    grpc_peer_stop(restless);
    setenv("SSL_CERT_FILE", getenv("PEER_CERT_FILE"), 1);
}

/* Through a proxy that breaks the connection after LENGTH bytes of what the server says.  Returns the status. */
static int cut_after(struct scene *scene, int length)
{
    struct told told = { .is_counted = true };
    char proxy[96];
    snprintf(proxy, sizeof(proxy), "http://cut-%d:x@%s", length, peer->proxy + strlen("http://"));
    setenv("https_proxy", proxy, 1);
    struct grpc_request request = wish("{\"count\":15,\"size\":100}");
    request.fresh = true;
    start(scene, &told, "Count", request);
    finish(scene);
    unsetenv("https_proxy");
    if (told.status == GRPC_OK ? told.messages != 15 : told.from_server)
        fail_msg("cut after %d: status %d, %zu messages: %s", length, told.status, told.messages,
                 told.message);
    assert_false(told.wrong);
    assert_int_equal(told.dones, 1);
    told_release(&told);
    return told.status;
}

static void a_connection_may_break_at_any_byte(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    int fine = 0, failed = 0;
    for (int length = 1; fine < 5; length += 23) {
        if (cut_after(&scene, length) == GRPC_OK)
            fine++;
        else
            failed++;
        assert_true(length < 20000);
    }
    assert_true(failed > 50);
    scene_release(&scene);
}

/* Several calls on it, one after the other; curl may repeat one by itself, and none is fine without its answer. */
static void a_kept_connection_may_break_at_any_byte(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    int fine = 0, failed = 0;
    for (int length = 1500; length < 6000; length += 61) {
        char proxy[96];
        snprintf(proxy, sizeof(proxy), "http://cut-%d:x@%s", length, peer->proxy + strlen("http://"));
        setenv("https_proxy", proxy, 1);
        for (int i = 0; i < 12; i++) {
            struct told told;
            run(&scene, &told, "Echo", wish("a message of some length, so that it can be cut"));
            if (told.status == GRPC_OK ? told.messages != 1 : told.from_server)
                fail_msg("cut after %d: status %d: %s", length, told.status, told.message);
            told.status == GRPC_OK ? fine++ : failed++;
            told_release(&told);
        }
    }
    unsetenv("https_proxy");
    assert_true(fine > 100);
    assert_true(failed > 10);
    scene_release(&scene);
}

static void a_server_may_die(void **state)
{
    (void)state;
    struct scene scene;
    struct told told = { .is_counted = true };
    scene_init(&scene);
    struct grpc_peer *mortal = grpc_peer_start(0, &missing);
    struct grpc_request request = wish("{\"count\":1000000,\"size\":10000}");
    request.server = mortal->tls;
    start(&scene, &told, "Count", request);
    while (told.messages < 10)
        loop_turn(scene.loop, -1);
    kill(mortal->process, SIGKILL);
    finish(&scene);
    expect(&told, GRPC_UNAVAILABLE, false, "");
    assert_false(told.refused);
    assert_false(told.wrong);
    told_release(&told);
    scene_release(&scene);
    grpc_peer_stop(mortal);
    setenv("SSL_CERT_FILE", getenv("PEER_CERT_FILE"), 1);
}

int main(void)
{
    alarm(600);
    bench_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_server_may_end_first),
        cmocka_unit_test(odd_answers_are_failures),
        cmocka_unit_test(an_early_answer_ends_a_blocked_stream),
        cmocka_unit_test(connections_may_be_ended_at_any_time),
        cmocka_unit_test(a_connection_may_break_at_any_byte),
        cmocka_unit_test(a_kept_connection_may_break_at_any_byte),
        cmocka_unit_test(a_server_may_die),
    };
    int failed = cmocka_run_group_tests_name("wire grpc ends", tests, NULL, NULL);
    bench_stop();
    return failed;
}
