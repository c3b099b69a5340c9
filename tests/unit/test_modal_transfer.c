/* test_modal_transfer.c - blocks by HTTP over connections that break: every byte once, or a failure that says so. */
#include "modal/transfer.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "modal/settings.h"
#include "tests/support/little_server.h"
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

struct scene {
    struct loop *loop;
    struct http *http;
    struct modal_client *client;
    struct buffer bytes, answer;
    char *failed;
    bool come;
};

static void begin(struct scene *scene)
{
    static const char *const environment[] = { "HOME=/nonexistent", "MODAL_SERVER_URL=http://127.0.0.1:1",
                                               NULL };
    struct modal_settings settings;

    *scene = (struct scene){ .bytes = BUFFER_INIT, .answer = BUFFER_INIT };
    scene->loop = loop_new();
    scene->http = http_new(scene->loop);
    assert_true(modal_settings_read(&settings, environment, NULL));
    scene->client = modal_client_new(scene->loop, scene->http, &settings, NULL, NULL);
    modal_settings_release(&settings);
}

static void end(struct scene *scene)
{
    modal_client_free(scene->client);
    http_free(scene->http);
    loop_free(scene->loop);
    buffer_release(&scene->bytes);
    buffer_release(&scene->answer);
    free(scene->failed);
}

static void take_bytes(void *data, const char *bytes, size_t length)
{
    buffer_append(&((struct scene *)data)->bytes, bytes, length);
}

static void take_end(void *data, const struct modal_failure *failure, const struct buffer *answer)
{
    struct scene *scene = data;

    scene->come = true;
    scene->failed = xstrdup_or_null(failure ? failure->sentence : NULL);
    buffer_append(&scene->answer, answer->data, answer->length);
}

static void wait_end(struct scene *scene)
{
    while (!scene->come)
        loop_turn(scene->loop, -1);
}

/* --- what the server plays --- */

static void send_words(int connection, const char *status, const char *body, size_t promised)
{
    char *head = xasprintf("HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status, promised, body);

    little_server_send(connection, head);
    free(head);
}

/* A little more each time; the third time an excuse; then all of it. */
static void play_breaking(struct little_server *server, int connection)
{
    struct buffer request = BUFFER_INIT;
    int turn = little_server_connections(server);

    if (little_server_read(connection, &request)) {
        if (turn == 1)
            send_words(connection, "200 OK", "01234", 10);
        else if (turn == 2)
            send_words(connection, "200 OK", "012", 10);
        else if (turn == 3)
            send_words(connection, "503 Busy", "not the content", 15);
        else
            send_words(connection, "200 OK", "0123456789", 10);
    }
    buffer_release(&request);
}

static void play_forbidden(struct little_server *server, int connection)
{
    struct buffer request = BUFFER_INIT;

    (void)server;
    if (little_server_read(connection, &request))
        send_words(connection, "403 Forbidden", "secret words", 12);
    buffer_release(&request);
}

/* Takes a PUT at the second try; answers how long its body was. */
static void play_put(struct little_server *server, int connection)
{
    struct buffer request = BUFFER_INIT;
    bool good = little_server_read(connection, &request) && strncmp(request.data, "PUT /there ", 11) == 0 &&
                strstr(request.data, "\r\n\r\nthe content");

    if (little_server_connections(server) > 1)
        send_words(connection, good ? "200 OK" : "400 Bad", "etag-1", 6);
    buffer_release(&request);
}

/* --- the tests --- */

static char *url_of(const struct little_server *server)
{
    return xasprintf("http://127.0.0.1:%d/there", little_server_port(server));
}

static void bytes_come_once_however_often_it_breaks(void **state)
{
    struct little_server *server = little_server_start(play_breaking);
    char *url = url_of(server);
    struct scene scene;

    (void)state;
    begin(&scene);
    transfer_get(scene.client, url, "Reading", take_bytes, take_end, &scene);
    wait_end(&scene);
    assert_null(scene.failed);
    assert_string_equal(scene.bytes.data, "0123456789");
    assert_int_equal(little_server_connections(server), 4);
    end(&scene);
    little_server_stop(server);
    free(url);
}

static void a_refusal_is_final(void **state)
{
    struct little_server *server = little_server_start(play_forbidden);
    char *url = url_of(server);
    struct scene scene;

    (void)state;
    begin(&scene);
    transfer_get(scene.client, url, "Reading", take_bytes, take_end, &scene);
    wait_end(&scene);
    assert_string_equal(scene.failed, "Reading: the store answered with HTTP 403");
    assert_string_equal(scene.bytes.data, "");
    assert_int_equal(little_server_connections(server), 1);
    end(&scene);
    little_server_stop(server);
    free(url);
}

static void a_put_is_repeated_and_its_answer_kept(void **state)
{
    struct little_server *server = little_server_start(play_put);
    char *url = url_of(server);
    struct scene scene;

    (void)state;
    begin(&scene);
    transfer_put(scene.client, url, "Writing", "the content", 11, take_end, &scene);
    wait_end(&scene);
    assert_null(scene.failed);
    assert_string_equal(scene.answer.data, "etag-1");
    assert_int_equal(little_server_connections(server), 2);
    end(&scene);
    little_server_stop(server);
    free(url);
}

/* Content goes only over TLS, or to this machine when the account's server is here too. */
static void other_addresses_are_refused(void **state)
{
    static const char *const wrong[] = { "ftp://127.0.0.1/x", "file:///etc/passwd", "", "//x" };
    struct scene scene;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        begin(&scene);
        modal_call_cancel(transfer_get(scene.client, wrong[i], "Reading", take_bytes, take_end, &scene));
        transfer_put(scene.client, wrong[i], "Writing", "x", 1, take_end, &scene);
        wait_end(&scene);
        assert_string_equal(scene.failed, "Writing: Modal gave no address for it");
        end(&scene);
    }
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_once_however_often_it_breaks),
        cmocka_unit_test(a_refusal_is_final),
        cmocka_unit_test(a_put_is_repeated_and_its_answer_kept),
        cmocka_unit_test(other_addresses_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
