/* grpc_bench.h - a loop and calls on it against tests/support/grpc_peer.cjs, and all that was told of each call. */
#ifndef SANDGATE_TESTS_GRPC_BENCH_H
#define SANDGATE_TESTS_GRPC_BENCH_H

#include "base/buffer.h"
#include "base/json.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "tests/support/grpc_peer.h"
#include "wire/grpc.h"
#include "wire/grpc_frames.h"
#include "wire/http.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct grpc_peer *peer; /* of all tests; NULL: they are skipped */
static const char *missing;

enum where { NOWHERE, AT_MESSAGE, AT_DRAINED, AT_DONE };

struct told {
    struct scene *scene;
    struct grpc_call *call;
    size_t messages, bytes;
    struct buffer text;     /* the last message, when it is short */
    bool is_counted, wrong; /* messages must be those of Count */
    int drains, dones;
    bool over; /* done came, or it was cancelled: nothing may come */
    int status;
    char message[512];
    unsigned char details[16];
    size_t details_length;
    bool from_server, refused, unheard, tls;
    char field[64];
};

struct scene {
    struct loop *loop;
    struct http *http;
    enum where where;
    void (*react)(struct scene *scene, struct told *told);
    int running;
};

static inline void react(struct told *told, enum where where)
{
    if (told->scene->where == where && told->scene->react != NULL)
        told->scene->react(told->scene, told);
}

static inline void check_counted(struct told *told, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        told->wrong |= bytes[i] != told->messages % 251;
}

static inline void on_message(void *data, const void *bytes, size_t length)
{
    struct told *told = data;
    assert_false(told->over);
    if (told->is_counted)
        check_counted(told, bytes, length);
    told->messages++;
    told->bytes += length;
    buffer_clear(&told->text);
    if (length < 64 * 1024)
        buffer_append(&told->text, bytes, length);
    react(told, AT_MESSAGE);
}

static inline void on_drained(void *data)
{
    struct told *told = data;
    assert_false(told->over);
    told->drains++;
    react(told, AT_DRAINED);
}

static inline void on_done(void *data, const struct grpc_result *result)
{
    struct told *told = data;
    assert_false(told->over);
    const char *field = grpc_answer_field(told->call, "x-field");
    told->over = true;
    told->dones++;
    told->scene->running--;
    told->status = result->status;
    told->from_server = result->from_server;
    told->refused = result->refused;
    told->unheard = result->unheard;
    told->tls = result->tls;
    told->details_length = result->details_length;
    if (result->details != NULL && result->details_length <= sizeof(told->details))
        memcpy(told->details, result->details, result->details_length);
    snprintf(told->message, sizeof(told->message), "%s", result->message);
    snprintf(told->field, sizeof(told->field), "%s", field != NULL ? field : "(none)");
    react(told, AT_DONE);
}

static const struct grpc_events events = { .message = on_message, .drained = on_drained, .done = on_done };

static inline void scene_init(struct scene *scene)
{
    if (peer == NULL) {
        print_message("# skipped: %s\n", missing);
        skip();
    }
    *scene = (struct scene){ .loop = loop_new() };
    scene->http = http_new(scene->loop);
}

static inline void scene_release(struct scene *scene)
{
    http_free(scene->http);
    loop_free(scene->loop);
}

static inline void told_release(struct told *told)
{
    buffer_release(&told->text);
}

/* METHOD of the peer, on its TLS port when REQUEST names no server. */
static inline void start(struct scene *scene, struct told *told, const char *method,
                         struct grpc_request request)
{
    char path[64];
    snprintf(path, sizeof(path), "/test.Peer/%s", method);
    *told = (struct told){ .scene = scene, .text = BUFFER_INIT, .is_counted = told->is_counted };
    request.method = path;
    if (request.server == NULL)
        request.server = peer->tls;
    if (request.message == NULL)
        request.message = "";
    scene->running++;
    told->call = grpc_start(scene->http, &request, &events, told);
    assert_int_equal(told->dones, 0); /* nothing is told from within */
}

static inline struct grpc_request wish(const char *json)
{
    return (struct grpc_request){ .message = json, .length = strlen(json) };
}

static inline void finish(struct scene *scene)
{
    while (scene->running > 0)
        loop_turn(scene->loop, -1);
}

static inline void run(struct scene *scene, struct told *told, const char *method,
                       struct grpc_request request)
{
    *told = (struct told){ 0 };
    start(scene, told, method, request);
    finish(scene);
}

static inline void expect(const struct told *told, int status, bool from_server, const char *words)
{
    if (told->status != status || told->from_server != from_server || strstr(told->message, words) == NULL)
        fail_msg("status %d (%s) by %s: %s", told->status, grpc_status_name(told->status),
                 told->from_server ? "server" : "us", told->message);
    assert_int_equal(told->dones, 1);
}

enum { PIECES = 400, PIECE = 30011 };

static inline void send_piece(struct told *told, int number)
{
    static char bytes[PIECE];
    memset(bytes, number % 251, sizeof(bytes));
    grpc_send(told->call, bytes, sizeof(bytes));
}

static inline void forget_the_callers_own(void)
{
    static const char *const variables[] = { "http_proxy", "https_proxy",    "HTTPS_PROXY",
                                             "all_proxy",  "ALL_PROXY",      "no_proxy",
                                             "NO_PROXY",   "CURL_CA_BUNDLE", "SSL_CERT_DIR" };
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
        unsetenv(variables[i]);
}

static inline void bench_start(void)
{
    forget_the_callers_own();
    signal(SIGPIPE, SIG_IGN);
    peer = grpc_peer_start(0, &missing);
    if (peer != NULL)
        setenv("PEER_CERT_FILE", getenv("SSL_CERT_FILE"), 1);
}

static inline void bench_stop(void)
{
    grpc_peer_stop(peer);
}

#endif
