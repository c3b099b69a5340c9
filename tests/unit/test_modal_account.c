/* test_modal_account.c - apps, the builder version, secrets and the browser's login, against the stand-in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "modal/login.h"
#include "modal/login_page.h"
#include "modal/secrets.h"
#include "tests/unit/modal_stage.h"
#include "wire/grpc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- apps --- */

static void an_app_is_made_once_and_remembered(void **state)
{
    struct modal_stage *stage = take_stage(state);

    modal_app(stage->client, "nobody", false, modal_stage_named, stage);
    stage_expect_refused(stage, GRPC_NOT_FOUND, "nobody");
    modal_app(stage->client, "mine", true, modal_stage_named, stage);
    stage_expect_fine(stage);
    char *first = xstrdup(stage->name);
    assert_int_equal(strncmp(first, "ap-", 3), 0);
    modal_stage_clear(stage);
    modal_app(stage->client, "mine", false, modal_stage_named, stage);
    assert_false(stage->come); /* from the loop, also when it is known */
    stage_expect_fine(stage);
    assert_string_equal(stage->name, first);
    free(first);
    modal_stage_clear(stage);
    modal_app(stage->client, "no such/name", true, modal_stage_named, stage);
    stage_expect_refused(stage, GRPC_INVALID_ARGUMENT, "cannot be an app's name");
}

static void the_builder_version_is_asked_or_set(void **state)
{
    struct modal_stage *stage = take_stage(state);

    for (int i = 0; i < 2; i++) {
        modal_builder_version(stage->client, modal_stage_named, stage);
        stage_expect_fine(stage);
        assert_string_equal(stage->name, "2025.06");
        modal_stage_clear(stage);
    }
    modal_stage_client(stage, NULL, "MODAL_IMAGE_BUILDER_VERSION=2024.10");
    modal_builder_version(stage->client, modal_stage_named, stage);
    stage_expect_fine(stage);
    assert_string_equal(stage->name, "2024.10");
    modal_stage_clear(stage);
    modal_stage_client(stage, NULL, "MODAL_ENVIRONMENT=nowhere");
    modal_builder_version(stage->client, modal_stage_named, stage);
    stage_expect_refused(stage, GRPC_NOT_FOUND, "environment");
    modal_stage_client(stage, NULL, NULL);
}

static void a_cancelled_call_says_nothing(void **state)
{
    struct modal_stage *stage = take_stage(state);

    modal_call_cancel(modal_app(stage->client, "other", true, modal_stage_named, stage));
    modal_call_cancel(modal_app(stage->client, "bad name", true, modal_stage_named, stage));
    modal_builder_version(stage->client, modal_stage_named, stage);
    stage_expect_fine(stage);
    assert_string_equal(stage->name, "2025.06");
}

/* --- secrets --- */

struct listed {
    struct modal_stage *stage;
    size_t count;
    bool has_mine;
};

static void take_list(void *data, const struct modal_failure *failure, const struct modal_secret *list,
                      size_t count)
{
    struct listed *listed = data;

    modal_stage_take(listed->stage, failure);
    listed->count = count;
    listed->has_mine = false;
    for (size_t i = 0; i < count; i++)
        listed->has_mine = listed->has_mine || strcmp(list[i].name, "keys-mine") == 0;
}

static void secrets_are_made_found_listed_and_deleted(void **state)
{
    struct modal_stage *stage = take_stage(state);
    static const char *const pairs[] = { "API_KEY=one=two", "EMPTY=", NULL };
    static const char *const there[] = { "API_KEY", NULL }, *const missing[] = { "API_KEY", "OTHER", NULL };
    struct listed listed = { .stage = stage };

    modal_secret_create(stage->client, "keys-mine", pairs, false, modal_stage_named, stage);
    stage_expect_fine(stage);
    char *id = xstrdup(stage->name);
    assert_int_equal(strncmp(id, "st-", 3), 0);
    modal_stage_clear(stage);
    modal_secret_create(stage->client, "keys-mine", pairs, false, modal_stage_named, stage);
    stage_expect_refused(stage, GRPC_ALREADY_EXISTS, "keys-mine");
    modal_secret_create(stage->client, "keys-mine", pairs, true, modal_stage_named, stage);
    stage_expect_fine(stage);
    modal_stage_clear(stage);
    modal_secret_find(stage->client, "keys-mine", there, modal_stage_named, stage);
    stage_expect_fine(stage);
    free(id);
    id = xstrdup(stage->name);
    modal_stage_clear(stage);
    modal_secret_find(stage->client, "keys-mine", missing, modal_stage_named, stage);
    stage_expect_refused(stage, GRPC_FAILED_PRECONDITION, "OTHER");
    modal_secret_list(stage->client, take_list, &listed);
    stage_expect_fine(stage);
    assert_true(listed.has_mine);
    modal_stage_clear(stage);
    modal_secret_delete(stage->client, id, modal_stage_named, stage);
    stage_expect_fine(stage);
    modal_stage_clear(stage);
    modal_secret_find(stage->client, "keys-mine", NULL, modal_stage_named, stage);
    stage_expect_refused(stage, GRPC_NOT_FOUND, "keys-mine");
    free(id);
}

static void a_secret_without_a_name_and_wrong_pairs(void **state)
{
    struct modal_stage *stage = take_stage(state);
    static const char *const fine[] = { "A=1", NULL };
    static const char *const wrong[] = { "A=1", "hidden-value", NULL };

    modal_secret_create(stage->client, NULL, fine, false, modal_stage_named, stage);
    stage_expect_fine(stage);
    modal_stage_clear(stage);
    modal_secret_create(stage->client, NULL, wrong, false, modal_stage_named, stage);
    modal_stage_wait(stage);
    assert_non_null(strstr(stage->sentence, "Entry 2"));
    assert_null(strstr(stage->sentence, "hidden"));
    modal_stage_clear(stage);
    modal_secret_create(stage->client, "bad name", fine, false, modal_stage_named, stage);
    stage_expect_refused(stage, GRPC_INVALID_ARGUMENT, "cannot be a secret's name");
}

static void more_secrets_than_one_page_are_listed(void **state)
{
    struct modal_stage *stage = take_stage(state);
    static const char *const pairs[] = { "A=1", NULL };
    struct listed listed = { .stage = stage };

    for (int i = 0; i < 230; i++) {
        char *name = xasprintf("many-%d", i);
        modal_secret_create(stage->client, name, pairs, true, modal_stage_named, stage);
        stage_expect_fine(stage);
        modal_stage_clear(stage);
        free(name);
    }
    modal_secret_list(stage->client, take_list, &listed);
    stage_expect_fine(stage);
    assert_int_equal(listed.count, 230);
}

static void a_wrong_token_is_said(void **state)
{
    struct modal_stage *stage = take_stage(state);

    modal_stage_client(stage, "as-wrong", NULL);
    modal_app(stage->client, "mine", true, modal_stage_named, stage);
    stage_expect_refused(stage, GRPC_UNAUTHENTICATED, "MODAL_TOKEN_ID");
    modal_stage_client(stage, NULL, NULL);
}

/* --- the login --- */

struct login_seen {
    struct modal_stage *stage;
    bool opened;
    char *id, *secret, *workspace, *flow;
};

static void login_open(void *data, const char *url, const char *code)
{
    struct login_seen *seen = data;

    seen->opened = true;
    assert_int_equal(strncmp(url, "https://", 8), 0);
    assert_string_equal(code, "ABCD-1234");
    free(seen->flow);
    seen->flow = xstrdup(strrchr(url, '/') + 1);
}

static void login_done(void *data, const struct modal_failure *failure, const char *token_id,
                       const char *token_secret, const char *workspace)
{
    struct login_seen *seen = data;

    modal_stage_take(seen->stage, failure);
    seen->id = xstrdup_or_null(token_id);
    seen->secret = xstrdup_or_null(token_secret);
    seen->workspace = xstrdup_or_null(workspace);
}

static void a_login_brings_a_token(void **state)
{
    static const struct modal_login_events events = { login_open, login_done };
    struct modal_stage *stage = take_stage(state);
    struct login_seen seen = { .stage = stage };

    /* The person takes a second, so that the page in the browser has asked ours by then. */
    free(modal_server_control(stage->server, "POST", "/settings", "{\"tokenFlowSeconds\": 1}"));
    modal_call_cancel(modal_login(stage->client, &events, &seen));
    modal_login(stage->client, &events, &seen);
    stage_expect_fine(stage);
    assert_true(seen.opened);
    assert_string_equal(seen.id, modal_server_token_id(stage->server));
    assert_string_equal(seen.secret, modal_server_token_secret(stage->server));
    assert_string_equal(seen.workspace, "standin");
    char *told = modal_server_control(stage->server, "GET", "/state", NULL);
    const char *flow = strstr(strstr(told, "\"token_flows\""), seen.flow); /* the page asked our own server */
    assert_non_null(flow);
    assert_int_equal(strncmp(flow + strlen(seen.flow), "\",\"answer\":\"tf-", 15), 0);
    assert_non_null(strstr(flow, "\"origin\":\"*\""));
    free(told);
    free(seen.id);
    free(seen.secret);
    free(seen.workspace);
    free(seen.flow);
}

/* --- the page of the login --- */

static int visit(const struct login_page *page)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                   .sin_port = htons(login_page_port(page)) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Sends REQUEST and turns the loop until the page has said goodbye. Caller frees the answer. */
static char *ask_page(struct loop *loop, const struct login_page *page, const char *request, size_t length)
{
    struct buffer answer = BUFFER_INIT;
    char piece[512];
    int fd = visit(page);
    ssize_t count = -1;

    assert_int_equal(send(fd, request, length, MSG_NOSIGNAL), (ssize_t)length);
    while (count != 0) {
        loop_turn(loop, 10);
        count = recv(fd, piece, sizeof piece, MSG_DONTWAIT);
        if (count > 0)
            buffer_append(&answer, piece, (size_t)count);
        else if (count < 0 && errno != EAGAIN)
            break;
    }
    close(fd);
    return buffer_detach(&answer);
}

static void expect_answer(struct loop *loop, const struct login_page *page, const char *request,
                          const char *words)
{
    char *answer = ask_page(loop, page, request, strlen(request));

    if (!strstr(answer, words))
        fail_msg("%s: \"%s\" was expected, not \"%s\"", request, words, answer);
    free(answer);
}

static void the_page_answers_the_flow_and_survives_the_rest(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct login_page *page = login_page_new(loop, NULL);
    static char large[100000];
    int silent[40];

    assert_non_null(page);
    int early = visit(page); /* before there is an answer: waits for it */
    assert_int_equal(send(early, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
    for (int i = 0; i < 3; i++)
        loop_turn(loop, 10);
    assert_true(recv(early, large, sizeof large, MSG_DONTWAIT) < 0);
    login_page_tell(page, "tf-1");
    loop_turn(loop, 10);
    assert_true(recv(early, large, sizeof large, 0) > 0);
    assert_non_null(strstr(large, "\r\n\r\ntf-1"));
    close(early);
    expect_answer(loop, page, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\ntf-1");
    expect_answer(loop, page, "GET /?a=b HTTP/1.1\r\n\r\n", "Access-Control-Allow-Origin: *");
    expect_answer(loop, page, "GET /favicon.ico HTTP/1.1\r\n\r\n", "404");
    expect_answer(loop, page, "POST / HTTP/1.1\r\n\r\n", "405");
    expect_answer(loop, page, "\x16\x03\x01\r\n\r\n", "405");
    memset(large, 'x', sizeof large);
    free(ask_page(loop, page, large, sizeof large));  /* cut off */
    for (size_t i = 0; i < ARRAY_SIZE(silent); i++) { /* more than it has places for */
        silent[i] = visit(page);
        loop_turn(loop, 10);
    }
    for (size_t i = 0; i < ARRAY_SIZE(silent); i++)
        close(silent[i]);
    for (int i = 0; i < 60; i++)
        loop_turn(loop, 1);
    expect_answer(loop, page, "GET / HTTP/1.1\r\n\r\n", "tf-1");
    silent[0] = visit(page);
    loop_turn(loop, 10);
    login_page_free(page);
    close(silent[0]);
    loop_free(loop);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_app_is_made_once_and_remembered),
        cmocka_unit_test(the_builder_version_is_asked_or_set),
        cmocka_unit_test(a_cancelled_call_says_nothing),
        cmocka_unit_test(secrets_are_made_found_listed_and_deleted),
        cmocka_unit_test(a_secret_without_a_name_and_wrong_pairs),
        cmocka_unit_test(more_secrets_than_one_page_are_listed),
        cmocka_unit_test(a_wrong_token_is_said),
        cmocka_unit_test(a_login_brings_a_token),
        cmocka_unit_test(the_page_answers_the_flow_and_survives_the_rest),
    };
    return cmocka_run_group_tests(tests, modal_stage_setup, modal_stage_teardown);
}
