/* test_wire_http.c - HTTP against a little server that answers, dawdles, breaks off, or says nothing. */
#include "base/buffer.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "tests/support/little_server.h"
#include "wire/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { HUGE = 48 * 1024 * 1024, PIECE = 64 * 1024, PAUSES = 6 };

enum where { NOWHERE, AT_HEAD, AT_BODY, AT_DONE, AT_FAILED };

/* One call and all that was told of it; "react" is done at one of its callbacks. */
struct scene {
    struct loop *loop;
    struct http *http;
    struct little_server *server;
    struct http_call *call;
    enum where where;
    void (*react)(struct scene *scene);
    struct buffer body;
    size_t received; /* bytes of body, kept or not */
    int heads, dones, failures, status;
    bool paused;
    int pauses;
    bool reacted, time_passed;
    char type[64], seen[64];
    enum http_failure failure;
    char sentence[512];
    int over, expected; /* calls that are over, calls that were started */
};

static void maybe_react(struct scene *scene, enum where where)
{
    if (scene->where != where || scene->react == NULL)
        return;
    scene->reacted = true;
    scene->react(scene);
}

static void copy_header(char *out, size_t size, const struct http_call *call, const char *name)
{
    const char *value = http_header(call, name);
    snprintf(out, size, "%s", value != NULL ? value : "(none)");
}

static void head(void *data, struct http_call *call)
{
    struct scene *scene = data;
    assert_int_equal(scene->received, 0);
    scene->heads++;
    scene->status = http_status(call);
    copy_header(scene->type, sizeof(scene->type), call, "Content-TYPE");
    copy_header(scene->seen, sizeof(scene->seen), call, "x-seen");
    maybe_react(scene, AT_HEAD);
}

static void body(void *data, const char *bytes, size_t length)
{
    struct scene *scene = data;
    assert_false(scene->paused);
    assert_int_equal(scene->heads, 1);
    scene->received += length;
    if (scene->received < PIECE)
        buffer_append(&scene->body, bytes, length);
    maybe_react(scene, AT_BODY);
}

static void done(void *data)
{
    struct scene *scene = data;
    scene->dones++;
    scene->over++;
    maybe_react(scene, AT_DONE);
}

static void failed(void *data, enum http_failure failure, const char *sentence)
{
    struct scene *scene = data;
    scene->failures++;
    scene->over++;
    scene->failure = failure;
    snprintf(scene->sentence, sizeof(scene->sentence), "%s", sentence);
    maybe_react(scene, AT_FAILED);
}

static const struct http_events events = { .head = head, .body = body, .done = done, .failed = failed };

static void scene_init(struct scene *scene, void (*play)(struct little_server *server, int connection))
{
    *scene = (struct scene){ .loop = loop_new(), .body = BUFFER_INIT };
    scene->http = http_new(scene->loop);
    if (play != NULL)
        scene->server = little_server_start(play);
}

static void scene_release(struct scene *scene)
{
    http_free(scene->http);
    loop_free(scene->loop);
    if (scene->server != NULL)
        little_server_stop(scene->server);
    buffer_release(&scene->body);
}

/* Starts REQUEST, to the server's port when it names no URL. */
static void start(struct scene *scene, struct http_request request)
{
    char url[64];
    if (request.url == NULL) {
        snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/models?x=1", little_server_port(scene->server));
        request.url = url;
    }
    if (request.method == NULL)
        request.method = "GET";
    int over = scene->over;
    scene->call = http_start(scene->http, &request, &events, scene);
    assert_int_equal(scene->over, over); /* nothing is told from within http_start */
    scene->expected++;
}

static void finish(struct scene *scene)
{
    while (scene->over < scene->expected)
        loop_turn(scene->loop, -1);
}

static void run(struct scene *scene, struct http_request request)
{
    start(scene, request);
    finish(scene);
}

static void expect_done(const struct scene *scene, int status, const char *text)
{
    assert_string_equal(scene->sentence, "");
    assert_int_equal(scene->heads, 1);
    assert_int_equal(scene->dones, 1);
    assert_int_equal(scene->status, status);
    assert_string_equal(scene->body.data, text);
}

static void expect_failed(const struct scene *scene, enum http_failure failure, const char *words)
{
    assert_int_equal(scene->failures, 1);
    assert_int_equal(scene->dones, 0);
    if (scene->failure != failure || strstr(scene->sentence, words) == NULL)
        fail_msg("failure %d: %s", (int)scene->failure, scene->sentence);
}

/* --- answers --- */

/* Answers with the request itself, and goes on for as long as the connection lasts. Head and body go together, so
 * that there is no silence between them on the busiest machine. */
static void play_echo(struct little_server *server, int connection)
{
    struct buffer request = BUFFER_INIT, answer = BUFFER_INIT;
    (void)server;
    while (little_server_read(connection, &request)) {
        buffer_clear(&answer);
        buffer_append_format(&answer,
                             "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Seen: one\r\nx-seen:  two \r\n"
                             "Content-Length: %zu\r\n\r\n",
                             request.length);
        buffer_append(&answer, request.data, request.length);
        little_server_send_bytes(connection, answer.data, answer.length);
    }
    buffer_release(&answer);
    buffer_release(&request);
}

static void answer_is_told_in_order(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene, play_echo);
    const char *const headers[] = { "Authorization: Bearer secret", NULL };
    run(&scene, (struct http_request){ .headers = headers });
    assert_int_equal(scene.status, 200);
    assert_string_equal(scene.type, "text/plain");
    assert_string_equal(scene.seen, "one, two");
    assert_memory_equal(scene.body.data, "GET /v1/models?x=1 HTTP/1.1\r\n", 29);
    assert_non_null(strstr(scene.body.data, "\r\nUser-Agent: sandgate/"));
    assert_non_null(strstr(scene.body.data, "\r\nAuthorization: Bearer secret\r\n"));
    scene_release(&scene);
}

static void body_is_posted_whole(void **state)
{
    (void)state;
    struct scene scene;
    enum { LENGTH = 3 * 1024 * 1024 };
    char *text = xmalloc(LENGTH);
    memset(text, 'y', LENGTH);
    scene_init(&scene, play_echo);
    start(&scene, (struct http_request){ .method = "POST", .body = text, .body_length = LENGTH });
    memset(text, 'z', LENGTH); /* it was copied */
    free(text);
    finish(&scene);
    assert_int_equal(scene.status, 200);
    const char *end = strstr(scene.body.data, "\r\n\r\n");
    assert_non_null(end);
    assert_int_equal(scene.received, (size_t)(end + 4 - scene.body.data) + LENGTH);
    assert_int_equal(end[4], 'y');
    assert_null(strcasestr(scene.body.data, "\r\nExpect:"));
    scene_release(&scene);
}

static void methods_are_sent_as_they_are(void **state)
{
    (void)state;
    const char *const methods[] = { "GET", "POST", "PUT", "DELETE" };
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        struct scene scene;
        scene_init(&scene, play_echo);
        run(&scene, (struct http_request){ .method = methods[i] });
        assert_memory_equal(scene.body.data, methods[i], strlen(methods[i]));
        assert_int_equal(scene.dones, 1);
        scene_release(&scene);
    }
}

static void play_slow_chunks(struct little_server *server, int connection)
{
    struct buffer request = BUFFER_INIT;
    little_server_read(connection, &request);
    little_server_send(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const char *const pieces[] = { "4\r\none \r\n", "4\r\ntwo \r\n", "5\r\nthree\r\n", "0\r\n\r\n" };
    for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
        little_server_wait(server);
        little_server_send(connection, pieces[i]);
    }
    little_server_wait_for_close(connection);
    buffer_release(&request);
}

static void let_server_go(struct scene *scene)
{
    little_server_go(scene->server);
}

/* Each piece is sent only when the one before has been told. */
static void pieces_are_told_as_they_come(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene, play_slow_chunks);
    scene.where = AT_BODY;
    scene.react = let_server_go;
    start(&scene, (struct http_request){ 0 });
    while (scene.heads == 0)
        loop_turn(scene.loop, -1);
    little_server_go(scene.server);
    finish(&scene);
    expect_done(&scene, 200, "one two three");
    scene_release(&scene);
}

static void play_error(struct little_server *server, int connection)
{
    struct buffer request = BUFFER_INIT;
    (void)server;
    little_server_read(connection, &request);
    little_server_send(connection,
                       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Seen: early\r\n\r\n"
                       "HTTP/1.1 500 Oh No\r\nContent-Length: 16\r\n\r\nout of memory :(");
    buffer_release(&request);
}

static void error_of_the_server_is_an_answer(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene, play_error);
    run(&scene, (struct http_request){ 0 });
    expect_done(&scene, 500, "out of memory :(");
    assert_string_equal(scene.seen, "(none)"); /* that was the interim answer's */
    scene_release(&scene);
}

static void play_redirect(struct little_server *server, int connection)
{
    struct buffer request = BUFFER_INIT;
    (void)server;
    little_server_read(connection, &request);
    little_server_send(connection, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    little_server_wait_for_close(connection);
    buffer_release(&request);
}

static void redirects_are_not_followed(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene, play_redirect);
    run(&scene, (struct http_request){ 0 });
    expect_done(&scene, 302, "");
    assert_int_equal(little_server_connections(scene.server), 1);
    scene_release(&scene);
}

/* --- failures --- */

static void play_break_midway(struct little_server *server, int connection)
{
    struct buffer request = BUFFER_INIT;
    (void)server;
    little_server_read(connection, &request);
    little_server_send(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    buffer_release(&request);
}

static void play_close_at_once(struct little_server *server, int connection)
{
    struct buffer request = BUFFER_INIT;
    (void)server;
    little_server_read(connection, &request);
    buffer_release(&request);
}

static void broken_connection_is_a_failure(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene, play_break_midway);
    run(&scene, (struct http_request){ 0 });
    expect_failed(&scene, HTTP_FAILED_BROKEN, "closed before the answer was whole");
    assert_string_equal(scene.body.data, "only this");
    scene_release(&scene);
    scene_init(&scene, play_close_at_once);
    run(&scene, (struct http_request){ 0 });
    expect_failed(&scene, HTTP_FAILED_BROKEN, "closed without an answer");
    assert_int_equal(scene.heads, 0);
    scene_release(&scene);
}

static void play_silence(struct little_server *server, int connection)
{
    (void)server;
    little_server_wait_for_close(connection);
}

static void play_silence_midway(struct little_server *server, int connection)
{
    struct buffer request = BUFFER_INIT;
    (void)server;
    little_server_read(connection, &request);
    little_server_send(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    little_server_wait_for_close(connection);
    buffer_release(&request);
}

static void silence_is_a_failure(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene, play_silence);
    run(&scene, (struct http_request){ .first_byte_timeout = 30, .silence_timeout = 60000 });
    expect_failed(&scene, HTTP_FAILED_FIRST_BYTE, "sent no answer");
    scene_release(&scene);
    scene_init(&scene, play_silence_midway);
    run(&scene, (struct http_request){ .first_byte_timeout = 60000, .silence_timeout = 30 });
    expect_failed(&scene, HTTP_FAILED_SILENCE, "stopped midway");
    assert_string_equal(scene.body.data, "only this");
    scene_release(&scene);
}

static void play_endless_head(struct little_server *server, int connection)
{
    struct buffer request = BUFFER_INIT;
    (void)server;
    little_server_read(connection, &request);
    little_server_send(connection, "HTTP/1.1 200 OK\r\n");
    char line[1024];
    memset(line, 'h', sizeof(line));
    memcpy(line, "X-Seen: ", 8);
    memcpy(line + sizeof(line) - 2, "\r\n", 2);
    while (little_server_send_bytes(connection, line, sizeof(line)))
        ;
    buffer_release(&request);
}

static void endless_headers_are_a_failure(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene, play_endless_head);
    run(&scene, (struct http_request){ 0 });
    expect_failed(&scene, HTTP_FAILED_BROKEN, "headers of its answer are too long");
    assert_int_equal(scene.heads, 0);
    scene_release(&scene);
}

static void expect_request_fails(struct http_request request, enum http_failure failure, const char *words)
{
    struct scene scene;
    scene_init(&scene, NULL);
    run(&scene, request);
    expect_failed(&scene, failure, words);
    assert_null(strstr(scene.sentence, "secret"));
    scene_release(&scene);
}

static void what_cannot_be_sent_is_a_failure(void **state)
{
    (void)state;
    const char *const broken[] = { "X-One: secret\r\nX-Two: 2", NULL };
    const char *const colonless[] = { "secret", NULL };
    struct http_request request = { .url = "http://127.0.0.1:1/", .headers = broken };
    expect_request_fails(request, HTTP_FAILED_REQUEST, "header 1 of the request");
    request.headers = colonless;
    expect_request_fails(request, HTTP_FAILED_REQUEST, "header 1 of the request");
    request.headers = NULL;
    request.method = "GET / HTTP/1.1\r\nX:";
    expect_request_fails(request, HTTP_FAILED_REQUEST, "method");
    expect_request_fails((struct http_request){ .url = "::no url::" }, HTTP_FAILED_REQUEST,
                         "not well formed");
    expect_request_fails((struct http_request){ .url = "" }, HTTP_FAILED_REQUEST, "not well formed");
    expect_request_fails((struct http_request){ .url = "file:///etc/passwd" }, HTTP_FAILED_REQUEST,
                         "http://");
    expect_request_fails((struct http_request){ .url = "ftp://127.0.0.1/" }, HTTP_FAILED_REQUEST, "http://");
}

static void unreachable_is_a_failure(void **state)
{
    (void)state;
    struct scene scene;
    char url[64];
    scene_init(&scene, play_echo);
    snprintf(url, sizeof(url), "http://me:secret@127.0.0.1:%d/", little_server_port(scene.server));
    little_server_stop(scene.server); /* so nobody listens there now */
    scene.server = NULL;
    scene_release(&scene);
    expect_request_fails((struct http_request){ .url = url }, HTTP_FAILED_CONNECT,
                         "no connection could be made");
    expect_request_fails((struct http_request){ .url = "http://a..b/" }, HTTP_FAILED_RESOLVE,
                         "a..b: no such server");
}

static void play_plain_words(struct little_server *server, int connection)
{
    (void)server;
    little_server_send(connection, "what is it?\r\n");
    little_server_wait_for_close(connection);
}

/* A listener whose queue is full answers no knock. */
static void connection_that_takes_too_long_is_a_failure(void **state)
{
    (void)state;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), waiting[4];
    char url[64];
    assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(listener, 0), 0);
    getsockname(listener, (struct sockaddr *)&address, &length);
    for (size_t i = 0; i < ARRAY_SIZE(waiting); i++) {
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        connect(waiting[i], (struct sockaddr *)&address, length);
    }
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(address.sin_port));
    expect_request_fails((struct http_request){ .url = url, .connect_timeout = 50 }, HTTP_FAILED_CONNECT,
                         "no connection could be made in time");
    for (size_t i = 0; i < ARRAY_SIZE(waiting); i++)
        close(waiting[i]);
    close(listener);
}

static void wrong_protocol_is_a_tls_failure(void **state)
{
    (void)state;
    struct scene scene;
    char url[64];
    scene_init(&scene, play_plain_words);
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/", little_server_port(scene.server));
    run(&scene, (struct http_request){ .url = url });
    expect_failed(&scene, HTTP_FAILED_TLS, "no secure connection");
    scene_release(&scene);
}

/* --- pause --- */

static void play_huge(struct little_server *server, int connection)
{
    struct buffer request = BUFFER_INIT;
    char text[128], piece[PIECE];
    (void)server;
    little_server_read(connection, &request);
    snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", HUGE);
    little_server_send(connection, text);
    memset(piece, 'x', sizeof(piece));
    for (int sent = 0; sent < HUGE && little_server_send_bytes(connection, piece, PIECE); sent += PIECE)
        ;
    buffer_release(&request);
}

static void resume(void *data)
{
    struct scene *scene = data;
    scene->paused = false;
    http_resume(scene->call);
}

/* Pauses at the first piece and then now and then; body() fails when something is told meanwhile. */
static void pause_now_and_then(struct scene *scene)
{
    if (scene->pauses == PAUSES || scene->received < (size_t)scene->pauses * (HUGE / PAUSES))
        return;
    scene->pauses++;
    scene->paused = true;
    http_pause(scene->call);
    loop_timer_add(scene->loop, 5, resume, scene);
}

static void paused_call_is_silent_and_loses_nothing(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene, play_huge);
    scene.where = AT_BODY;
    scene.react = pause_now_and_then;
    run(&scene, (struct http_request){ .silence_timeout = 60000 });
    assert_int_equal(scene.dones, 1);
    assert_int_equal(scene.received, HUGE);
    assert_int_equal(scene.pauses, PAUSES);
    scene_release(&scene);
}

static void pause_for_good(struct scene *scene)
{
    scene->paused = true;
    http_pause(scene->call);
}

static void time_passed(void *data)
{
    struct scene *scene = data;
    scene->time_passed = true;
}

/* Turns the loop for a while, so that whatever should not come could. */
static void wait_a_while(struct scene *scene, int64_t milliseconds)
{
    scene->time_passed = false;
    loop_timer_add(scene->loop, milliseconds, time_passed, scene);
    while (!scene->time_passed)
        loop_turn(scene->loop, -1);
}

/* What is not read cannot be silent: the time-out runs only while we listen. */
static void pause_stops_the_clock_of_silence(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene, play_silence_midway);
    scene.where = AT_BODY;
    scene.react = pause_for_good;
    start(&scene, (struct http_request){ .silence_timeout = 20 });
    while (scene.received == 0)
        loop_turn(scene.loop, -1);
    wait_a_while(&scene, 100);
    assert_int_equal(scene.over, 0);
    resume(&scene);
    finish(&scene);
    expect_failed(&scene, HTTP_FAILED_SILENCE, "stopped midway");
    scene_release(&scene);
}

/* --- cancel and free, from anywhere --- */

static void cancel(struct scene *scene)
{
    http_cancel(scene->call);
}

static void cancel_and_start_another(struct scene *scene)
{
    http_cancel(scene->call);
    scene->react = NULL;
    scene->heads = scene->dones = scene->failures = 0;
    scene->received = 0;
    buffer_clear(&scene->body);
    scene->sentence[0] = '\0';
    scene->expected = scene->over;
    start(scene, (struct http_request){ .first_byte_timeout = 60000 });
}

static void free_all(struct scene *scene)
{
    http_free(scene->http);
    scene->http = NULL;
}

static const struct {
    enum where where;
    void (*play)(struct little_server *server, int connection);
    int heads, bodies, dones, failures; /* what has been told until then */
} places[] = {
    { AT_HEAD, play_echo, 1, 0, 0, 0 },
    { AT_BODY, play_echo, 1, 1, 0, 0 },
    { AT_DONE, play_echo, 1, 1, 1, 0 },
    { AT_FAILED, play_break_midway, 1, 1, 0, 1 },
};

/* Does REACT at each callback; after it nothing more may be told, however long one waits. */
static void react_everywhere(void (*react)(struct scene *scene))
{
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        struct scene scene;
        scene_init(&scene, places[i].play);
        scene.where = places[i].where;
        scene.react = react;
        start(&scene, (struct http_request){ .silence_timeout = 10 });
        while (!scene.reacted)
            loop_turn(scene.loop, -1);
        wait_a_while(&scene, 50);
        assert_int_equal(scene.heads, places[i].heads);
        assert_int_equal(scene.received > 0, places[i].bodies);
        assert_int_equal(scene.dones, places[i].dones);
        assert_int_equal(scene.failures, places[i].failures);
        scene_release(&scene);
    }
}

static void cancelled_call_tells_nothing_more(void **state)
{
    (void)state;
    react_everywhere(cancel);
}

static void freed_from_a_callback_it_tells_nothing_more(void **state)
{
    (void)state;
    react_everywhere(free_all);
}

static void another_call_may_start_in_a_callback(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct scene scene;
        scene_init(&scene, play_echo);
        scene.where = places[i].where;
        scene.react = cancel_and_start_another;
        run(&scene, (struct http_request){ 0 });
        assert_int_equal(scene.dones, 1);
        assert_int_equal(scene.heads, 1);
        scene_release(&scene);
    }
}

static void cancelled_at_once_nothing_is_sent(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene, play_echo);
    start(&scene, (struct http_request){ 0 });
    http_cancel(scene.call);
    http_cancel(NULL);
    start(&scene, (struct http_request){ 0 });
    scene.expected = 1;
    finish(&scene);
    assert_int_equal(scene.dones, 1);
    assert_int_equal(little_server_connections(scene.server), 1);
    scene_release(&scene);
}

static void cancelled_while_waiting_the_peer_sees_the_end(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene, play_silence_midway);
    start(&scene, (struct http_request){ 0 });
    while (scene.received == 0)
        loop_turn(scene.loop, -1);
    http_cancel(scene.call);
    start(&scene, (struct http_request){ 0 }); /* answered only when the first connection has ended */
    scene.received = 0;
    scene.heads = 0;
    while (scene.received == 0)
        loop_turn(scene.loop, -1);
    assert_int_equal(little_server_connections(scene.server), 2);
    assert_int_equal(scene.over, 0);
    scene_release(&scene);
}

/* --- connections --- */

static void connection_is_used_again(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene, play_echo);
    for (int i = 0; i < 5; i++) {
        scene.heads = 0;
        scene.received = 0;
        run(&scene, (struct http_request){ 0 });
    }
    assert_int_equal(scene.dones, 5);
    assert_int_equal(little_server_connections(scene.server), 1);
    scene_release(&scene);
}

static void many_calls_run_side_by_side(void **state)
{
    (void)state;
    enum { CALLS = 16 };
    struct scene scenes[CALLS];
    scene_init(&scenes[0], play_error);
    for (int i = 0; i < CALLS; i++) {
        if (i > 0)
            scenes[i] = (struct scene){ .loop = scenes[0].loop,
                                        .http = scenes[0].http,
                                        .body = BUFFER_INIT,
                                        .server = scenes[0].server };
        start(&scenes[i], (struct http_request){ 0 });
    }
    for (int i = 0; i < CALLS; i++) {
        finish(&scenes[i]);
        expect_done(&scenes[i], 500, "out of memory :(");
        if (i > 0)
            buffer_release(&scenes[i].body);
    }
    assert_int_equal(little_server_connections(scenes[0].server), CALLS);
    scene_release(&scenes[0]);
}

/* A kept connection and a finished call must not wake anybody. */
static void idle_it_wakes_nobody(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene, play_echo);
    run(&scene,
        (struct http_request){ .connect_timeout = 500, .first_byte_timeout = 500, .silence_timeout = 500 });
    loop_turn(scene.loop, 0);
    uint64_t before = loop_wakeups(scene.loop);
    wait_a_while(&scene, 600);
    assert_int_equal(loop_wakeups(scene.loop) - before, 1);
    scene_release(&scene);
}

static void proxy_of_the_environment_is_asked(void **state)
{
    (void)state;
    struct scene scene;
    char proxy[64];
    scene_init(&scene, play_echo);
    snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", little_server_port(scene.server));
    setenv("http_proxy", proxy, 1);
    run(&scene, (struct http_request){ .url = "http://model.invalid/v1" });
    unsetenv("http_proxy");
    assert_memory_equal(scene.body.data, "GET http://model.invalid/v1 HTTP/1.1\r\n", 38);
    scene_release(&scene);
}

int main(void)
{
    static const char *const variables[] = { "http_proxy",    "https_proxy", "HTTPS_PROXY", "all_proxy",
                                             "ALL_PROXY",     "no_proxy",    "NO_PROXY",    "CURL_CA_BUNDLE",
                                             "SSL_CERT_FILE", "SSL_CERT_DIR" };
    alarm(600);
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
        unsetenv(variables[i]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_is_told_in_order),
        cmocka_unit_test(body_is_posted_whole),
        cmocka_unit_test(methods_are_sent_as_they_are),
        cmocka_unit_test(pieces_are_told_as_they_come),
        cmocka_unit_test(error_of_the_server_is_an_answer),
        cmocka_unit_test(redirects_are_not_followed),
        cmocka_unit_test(broken_connection_is_a_failure),
        cmocka_unit_test(silence_is_a_failure),
        cmocka_unit_test(endless_headers_are_a_failure),
        cmocka_unit_test(what_cannot_be_sent_is_a_failure),
        cmocka_unit_test(unreachable_is_a_failure),
        cmocka_unit_test(connection_that_takes_too_long_is_a_failure),
        cmocka_unit_test(wrong_protocol_is_a_tls_failure),
        cmocka_unit_test(paused_call_is_silent_and_loses_nothing),
        cmocka_unit_test(pause_stops_the_clock_of_silence),
        cmocka_unit_test(cancelled_call_tells_nothing_more),
        cmocka_unit_test(freed_from_a_callback_it_tells_nothing_more),
        cmocka_unit_test(another_call_may_start_in_a_callback),
        cmocka_unit_test(cancelled_at_once_nothing_is_sent),
        cmocka_unit_test(cancelled_while_waiting_the_peer_sees_the_end),
        cmocka_unit_test(connection_is_used_again),
        cmocka_unit_test(many_calls_run_side_by_side),
        cmocka_unit_test(idle_it_wakes_nobody),
        cmocka_unit_test(proxy_of_the_environment_is_asked),
    };
    return cmocka_run_group_tests_name("wire http", tests, NULL, NULL);
}
