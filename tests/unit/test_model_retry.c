/* Which failures are tried again, after how long, and what servers' errors mean. */
#include "base/memory.h"
#include "model/refusal.h"
#include "model/retry.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct retry_policy policy = { .max_retries = 3, .start_timeout = 20000 };

static struct refusal status(int code)
{
    return (struct refusal){ .status = code, .words = (char *)"", .code = (char *)"", .retry_after = -1 };
}

static struct refusal connection(enum http_failure failure)
{
    return (struct refusal){ .failure = failure, .words = (char *)"", .code = (char *)"", .retry_after = -1 };
}

static int64_t first_wait(struct refusal refusal)
{
    struct retry retry = { 0 };
    return retry_wait(&retry, &policy, &refusal, true, 1000000);
}

static void what_is_tried_again(void **state)
{
    (void)state;
    static const int again[] = { 408, 409, 429, 500, 502, 503, 504, 529 };
    static const int final[] = { 301, 303, 400, 401, 403, 404, 405, 413, 422 };
    for (size_t i = 0; i < ARRAY_SIZE(again); i++)
        assert_int_equal(first_wait(status(again[i])), 500);
    for (size_t i = 0; i < ARRAY_SIZE(final); i++)
        assert_int_equal(first_wait(status(final[i])), -1);
    assert_int_equal(first_wait(connection(HTTP_FAILED_BROKEN)), 500);
    assert_int_equal(first_wait(connection(HTTP_FAILED_RESOLVE)), 500);
    assert_int_equal(first_wait(connection(HTTP_FAILED_CONNECT)), 500);
    assert_int_equal(first_wait(connection(HTTP_FAILED_TLS)), -1);
    assert_int_equal(first_wait(connection(HTTP_FAILED_REQUEST)), -1);
    assert_int_equal(first_wait(connection(HTTP_FAILED_FIRST_BYTE)), -1);
    struct refusal context = status(500);
    context.words = (char *)"the request exceeds the available context size";
    assert_int_equal(first_wait(context), -1);
    struct refusal quota = status(429);
    quota.code = (char *)"insufficient_quota";
    assert_int_equal(first_wait(quota), -1);
}

static void pauses_double_and_end(void **state)
{
    (void)state;
    struct retry retry = { 0 };
    struct refusal refusal = status(500);
    static const int64_t pauses[] = { 500, 1000, 2000, -1 };
    for (size_t i = 0; i < ARRAY_SIZE(pauses); i++)
        assert_int_equal(retry_wait(&retry, &policy, &refusal, true, 0), pauses[i]);
    struct retry_policy patient = { .max_retries = 50 };
    int64_t longest = 0;
    for (int i = 0; i < 40; i++)
        longest = retry_wait(&retry, &patient, &refusal, true, 0);
    assert_int_equal(longest, 16000);
}

static void server_says_how_long(void **state)
{
    (void)state;
    struct refusal refusal = status(429);
    refusal.retry_after = 7000;
    assert_int_equal(first_wait(refusal), 7000);
    refusal.retry_after = 0;
    assert_int_equal(first_wait(refusal), 0);
    refusal.retry_after = 3600000;
    assert_int_equal(first_wait(refusal), -1);
}

static void starting_server_is_waited_for(void **state)
{
    (void)state;
    struct retry retry = { 0 };
    struct refusal refusal = status(503);
    int64_t now = 5000, wait, waits = 0;
    while ((wait = retry_wait(&retry, &policy, &refusal, false, now)) >= 0) {
        assert_true(wait <= 5000);
        now += wait;
        waits++;
    }
    assert_int_equal(now, 5000 + policy.start_timeout);
    assert_true(waits > policy.max_retries);
    assert_int_equal(retry.tries, 0);
    refusal.retry_after = 12000;
    retry = (struct retry){ 0 };
    assert_int_equal(retry_wait(&retry, &policy, &refusal, false, 0), 12000);
    assert_int_equal(retry_wait(&retry, &policy, &refusal, false, 12000), 8000);
}

static void refusing_server_is_waited_for_where_it_worked(void **state)
{
    (void)state;
    struct retry retry = { 0 };
    struct refusal refusal = connection(HTTP_FAILED_CONNECT);
    int64_t now = 1000, tries = 0;
    while (retry_wait(&retry, &policy, &refusal, false, now) >= 0)
        tries++;
    assert_int_equal(tries, policy.max_retries);
    retry = (struct retry){ 0 };
    assert_int_equal(retry_wait(&retry, &policy, &refusal, true, now), 500);
    assert_int_equal(retry_wait(&retry, &policy, &refusal, true, now + 19900), 100);
    assert_int_equal(retry_wait(&retry, &policy, &refusal, true, now + 20000), -1);
    assert_int_equal(retry.tries, 0);
}

static void sentences(void **state)
{
    (void)state;
    struct retry retry = { .tries = 2 };
    struct refusal refusal = status(502);
    char *sentence = retry_sentence(&retry, &policy, &refusal, 1500);
    assert_string_equal(sentence, "the server failed (502), trying again in 1.5 s (2 of 3)");
    free(sentence);
    retry = (struct retry){ .waits = 1 };
    refusal = status(503);
    sentence = retry_sentence(&retry, &policy, &refusal, 2000);
    assert_string_equal(sentence, "the server is starting or overloaded (503), trying again in 2.0 s");
    free(sentence);
    refusal = connection(HTTP_FAILED_CONNECT);
    sentence = retry_sentence(&retry, &policy, &refusal, 500);
    assert_string_equal(sentence, "the server does not take connections, trying again in 0.5 s");
    free(sentence);
}

static void retry_after_header(void **state)
{
    (void)state;
    int64_t wall = INT64_C(1792000000000); /* Wed, 14 Oct 2026 17:46:40 GMT */
    assert_int_equal(retry_after(NULL, wall), -1);
    assert_int_equal(retry_after("", wall), -1);
    assert_int_equal(retry_after("soon", wall), -1);
    assert_int_equal(retry_after("12", wall), 12000);
    assert_int_equal(retry_after("0.5", wall), 500);
    assert_int_equal(retry_after("-1", wall), -1);
    assert_int_equal(retry_after("12 s", wall), -1);
    assert_int_equal(retry_after("nan", wall), -1);
    assert_int_equal(retry_after("Wed, 14 Oct 2026 17:46:50 GMT", wall), 10000);
    assert_int_equal(retry_after("Wed, 14 Oct 2026 17:46:30 GMT", wall), 0);
    assert_int_equal(retry_after("Wed, 14 Xxx 2026 17:46:30 GMT", wall), -1);
    assert_int_equal(retry_after("Wed, 14 anF 2026 17:46:30 GMT", wall), -1);
}

/* --- servers' errors --- */

static const struct {
    int status;
    const char *body, *words, *code;
    enum model_failure kind;
} bodies[] = {
    { 400,
      "{\"error\":{\"message\":\"This model's maximum context length is 8192 tokens. However, your messages "
      "resulted in 9000 tokens.\",\"type\":\"invalid_request_error\",\"code\":\"context_length_exceeded\"}}",
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens",
      "context_length_exceeded", MODEL_FAILED_CONTEXT },
    { 400, "{\"error\":{\"message\":\"Your input is too big\",\"code\":\"context_length_exceeded\"}}",
      "Your input is too big", "context_length_exceeded", MODEL_FAILED_CONTEXT },
    { 400,
      "{\"object\":\"error\",\"message\":\"The decoder prompt (length 9000) is longer than the maximum model "
      "length of 8192.\",\"type\":\"BadRequestError\",\"code\":400}",
      "The decoder prompt (length 9000) is longer than the maximum model length of 8192", "BadRequestError",
      MODEL_FAILED_CONTEXT },
    { 400,
      "{\"object\":\"error\",\"message\":\"The input (9000 tokens) is longer than the model's context length "
      "(8192 tokens).\",\"code\":400}",
      "The input (9000 tokens) is longer than the model's context length (8192 tokens)", "",
      MODEL_FAILED_CONTEXT },
    { 500,
      "{\"error\":{\"code\":500,\"message\":\"the request exceeds the available context size. try increasing "
      "the context size or enable context shift\",\"type\":\"server_error\"}}",
      "the request exceeds the available context size. try increasing the context size or enable context "
      "shift",
      "server_error", MODEL_FAILED_CONTEXT },
    { 400,
      "{\"error\":{\"code\":400,\"message\":\"request (9000 tokens) exceeds the available context size (8192 "
      "tokens)\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":9000}}",
      "request (9000 tokens) exceeds the available context size (8192 tokens)", "exceed_context_size_error",
      MODEL_FAILED_CONTEXT },
    { 401, "{\"error\":{\"message\":\"Incorrect API key\",\"code\":\"invalid_api_key\"}}",
      "Incorrect API key", "invalid_api_key", MODEL_FAILED_CONFIGURATION },
    { 401, "{\"error\":\"Unauthorized\"}", "Unauthorized", "", MODEL_FAILED_CONFIGURATION },
    { 404, "{\"detail\":\"Not Found\"}", "Not Found", "", MODEL_FAILED_CONFIGURATION },
    { 422, "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"field required\"}]}", "field required", "",
      MODEL_FAILED_SERVER },
    { 400, "[{\"error\":{\"code\":400,\"message\":\"Bad\",\"status\":\"INVALID_ARGUMENT\"}}]", "Bad", "",
      MODEL_FAILED_SERVER },
    { 502, "<html><body>Bad Gateway</body></html>", "", "", MODEL_FAILED_SERVER },
    { 500, "upstream\nfell   over\n", "upstream fell over", "", MODEL_FAILED_SERVER },
    { 500, "", "", "", MODEL_FAILED_SERVER },
    { 500, "{\"error\":null}", "", "", MODEL_FAILED_SERVER },
    { 500, "\"text\"", "text", "", MODEL_FAILED_SERVER },
    { 303, "", "", "", MODEL_FAILED_CONFIGURATION },
    { 429, "{\"error\":{\"message\":\"You exceeded your current quota\",\"code\":\"insufficient_quota\"}}",
      "You exceeded your current quota", "insufficient_quota", MODEL_FAILED_CONFIGURATION },
};

static void bodies_of_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
        struct refusal refusal = refusal_of_body(bodies[i].status, bodies[i].body, strlen(bodies[i].body));
        assert_string_equal(refusal.words, bodies[i].words);
        assert_string_equal(refusal.code, bodies[i].code);
        assert_int_equal(refusal_kind(&refusal), bodies[i].kind);
        refusal_release(&refusal);
    }
}

static void long_words_are_cut_at_a_character(void **state)
{
    (void)state;
    char body[3001] = "";
    for (int i = 0; i < 1000; i++)
        strcat(body, "€");
    struct refusal refusal = refusal_of_body(500, body, strlen(body));
    assert_int_equal(strlen(refusal.words), 399 + 3);
    assert_string_equal(refusal.words + 396, "€…");
    refusal_release(&refusal);
}

static void model_or_path(void **state)
{
    (void)state;
    struct refusal refusal = status(404);
    refusal.words = (char *)"The model `x` does not exist.";
    assert_true(refusal_is_unknown_model(&refusal));
    refusal.words = (char *)"Not Found";
    assert_false(refusal_is_unknown_model(&refusal));
    refusal.words = (char *)"Invalid URL (POST /v1/v1/chat/completions)";
    assert_false(refusal_is_unknown_model(&refusal));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_tried_again),
        cmocka_unit_test(pauses_double_and_end),
        cmocka_unit_test(server_says_how_long),
        cmocka_unit_test(starting_server_is_waited_for),
        cmocka_unit_test(refusing_server_is_waited_for_where_it_worked),
        cmocka_unit_test(sentences),
        cmocka_unit_test(retry_after_header),
        cmocka_unit_test(bodies_of_errors),
        cmocka_unit_test(long_words_are_cut_at_a_character),
        cmocka_unit_test(model_or_path),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
