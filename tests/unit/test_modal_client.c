/* test_modal_client.c - what the client does around a call: who it says it is, the auth token, repeats, waiting,
 * warnings, sentences; against a server that answers as it was told before. */
#include "tests/unit/client_bench.h"

/* --- who we are --- */

static void each_request_says_who_we_are(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    give_token(&stage, "first", HOUR);
    script(&stage, "SandboxTerminate", "{}");
    call(&stage);
    expect_fine(&stage);
    read_log(&stage);
    static const char *const methods[] = { "AuthTokenGet", "SandboxTerminate" };
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        const struct json *request = asked(&stage, methods[i], 0);
        assert_string_equal(header(request, "x-modal-client-type"), "8");
        assert_string_equal(header(request, "x-modal-client-version"), "1.0.0");
        assert_memory_equal(header(request, "x-modal-libmodal-version"), "sandgate/", 9);
        assert_memory_equal(header(request, "user-agent"), "sandgate/", 9);
        assert_string_equal(header(request, "x-modal-host"), peer->tls + strlen("https://"));
        assert_string_equal(header(request, "x-modal-token-id"), "ak-1");
        assert_string_equal(header(request, "x-modal-token-secret"), "as-1");
    }
    assert_string_equal(header(asked(&stage, "AuthTokenGet", 0), "x-modal-auth-token"), "");
    assert_memory_equal(header(asked(&stage, "SandboxTerminate", 0), "x-modal-auth-token"), "first.", 6);
    stage_release(&stage);
}

static void headers_can_be_overridden(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    stage.settings.override_headers =
        (char *)"X-Modal-Client-Type:1, x-more: a:b,nonsense,User-Agent:mine,x-retry-attempt:9";
    make_client_anew(&stage);
    give_token(&stage, "first", HOUR);
    script(&stage, "SandboxTerminate", "{}");
    call(&stage);
    expect_fine(&stage);
    read_log(&stage);
    const struct json *request = asked(&stage, "SandboxTerminate", 0);
    assert_string_equal(header(request, "x-modal-client-type"), "1");
    assert_string_equal(header(request, "x-more"), "a:b");
    assert_string_equal(header(request, "user-agent"), "mine");
    assert_string_equal(header(request, "x-retry-attempt"), "9");
    stage_release(&stage);
}

/* --- repeats --- */

static void what_may_pass_is_tried_four_times(void **state)
{
    (void)state;
    static const struct {
        int status;
        size_t attempts;
    } rows[] = { { 1, 4 }, { 2, 4 }, { 4, 4 }, { 13, 4 }, { 14, 4 }, { 3, 1 },
                 { 5, 1 }, { 6, 1 }, { 7, 1 }, { 8, 1 },  { 9, 1 } };
    struct stage stage;
    begin(&stage);
    give_token(&stage, "first", HOUR);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char answer[64];
        snprintf(answer, sizeof(answer), "{\"status\":%d,\"message\":\"so it is\"}", rows[i].status);
        script(&stage, "SandboxTerminate", answer);
        call(&stage);
        assert_int_equal(stage.answers.status, rows[i].status);
        assert_string_equal(stage.answers.message, "so it is");
        read_log(&stage);
        assert_int_equal(times_asked(&stage, "SandboxTerminate"), rows[i].attempts);
    }
    stage_release(&stage);
}

static void attempts_of_one_call_have_one_key(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    give_token(&stage, "first", HOUR);
    script(&stage, "SandboxTerminate", "{\"status\":14},{\"status\":13},{}");
    call(&stage);
    expect_fine(&stage);
    call(&stage);
    expect_fine(&stage);
    read_log(&stage);
    const struct json *first = asked(&stage, "SandboxTerminate", 0),
                      *next = asked(&stage, "SandboxTerminate", 3);
    assert_int_equal(strlen(header(first, "x-idempotency-key")), 36);
    assert_string_equal(header(first, "x-retry-delay"), "");
    for (size_t i = 0; i < 3; i++) {
        const struct json *attempt = asked(&stage, "SandboxTerminate", i);
        char number[8];
        snprintf(number, sizeof(number), "%zu", i);
        assert_string_equal(header(attempt, "x-idempotency-key"), header(first, "x-idempotency-key"));
        assert_string_equal(header(attempt, "x-retry-attempt"), number);
        assert_string_equal(header(attempt, "x-throttle-retry-attempt"), "0");
        assert_string_equal(header(attempt, "x-throttle-retry-delay"), "");
    }
    /* 0.1 s and 0.2 s have passed at least. */
    assert_true(strtod(header(asked(&stage, "SandboxTerminate", 2), "x-retry-delay"), NULL) >= 0.29);
    assert_string_equal(header(next, "x-retry-attempt"), "0");
    assert_string_not_equal(header(next, "x-idempotency-key"), header(first, "x-idempotency-key"));
    stage_release(&stage);
}

/* A failure that asks to be called again after SECONDS. */
static char *throttle_answer(int status, float seconds)
{
    struct buffer packed = BUFFER_INIT;
    Modal__RPCRetryPolicy policy = MODAL__RPCRETRY_POLICY__INIT;
    policy.has_retry_after_secs = true;
    policy.retry_after_secs = seconds;
    modal_pack(&packed, &policy);
    Modal__Any other = MODAL__ANY__INIT, any = MODAL__ANY__INIT, *details[] = { &other, &any };
    other.type_url = (char *)"type.googleapis.com/google.rpc.Unknown";
    any.type_url = (char *)"type.googleapis.com/modal.client.RPCRetryPolicy";
    any.has_value = true;
    any.value = (ProtobufCBinaryData){ .len = packed.length, .data = (uint8_t *)packed.data };
    Modal__RPCStatus rpc = MODAL__RPCSTATUS__INIT;
    rpc.n_details = 2;
    rpc.details = details;
    char *text = encoded(&rpc);
    char *answer =
        xasprintf("{\"status\":%d,\"message\":\"slowly\",\"trailers\":{\"grpc-status-details-bin\":\"%s\"}}",
                  status, text);
    free(text);
    buffer_release(&packed);
    return answer;
}

static void the_server_may_ask_to_wait(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    give_token(&stage, "first", HOUR);
    char *throttle = throttle_answer(GRPC_RESOURCE_EXHAUSTED, 0.05f),
         *other = throttle_answer(GRPC_NOT_FOUND, 0);
    char *all = xasprintf("%s,%s,%s,{\"status\":14},%s,%s,%s,{}", throttle, throttle, other, throttle,
                          throttle, throttle);
    script(&stage, "SandboxTerminate", all);
    call(&stage);
    expect_fine(&stage);
    read_log(&stage);
    assert_int_equal(times_asked(&stage, "SandboxTerminate"), 8);
    const struct json *last = asked(&stage, "SandboxTerminate", 7);
    assert_string_equal(header(last, "x-throttle-retry-attempt"), "6");
    assert_string_equal(header(last, "x-retry-attempt"), "1");
    assert_string_equal(header(last, "x-idempotency-key"),
                        header(asked(&stage, "SandboxTerminate", 0), "x-idempotency-key"));
    assert_true(strtod(header(last, "x-throttle-retry-delay"), NULL) >= 0.6); /* 0.1 s at least, each time */
    assert_int_equal(stage.waitings, 1);
    assert_non_null(strstr(stage.waiting, "Ending the sandbox: Modal asks to wait"));
    assert_non_null(strstr(stage.waiting, "RESOURCE_EXHAUSTED: slowly"));
    free(all);
    free(throttle);
    free(other);
    stage_release(&stage);
}

static void waiting_has_a_limit(void **state)
{
    (void)state;
    static const struct {
        int64_t most;
        float seconds;
        size_t attempts;
    } rows[] = { { 0, 0.1f, 1 }, { 5, 30, 1 }, { 30, 0.1f, 2 } };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct stage stage;
        begin(&stage);
        stage.settings.max_throttle_wait = rows[i].most;
        make_client_anew(&stage);
        give_token(&stage, "first", HOUR);
        char *throttle = throttle_answer(GRPC_RESOURCE_EXHAUSTED, rows[i].seconds);
        char *all = xasprintf("%s,{\"status\":8,\"message\":\"slowly\"}", throttle);
        script(&stage, "SandboxTerminate", all);
        call(&stage);
        expect_failure(
            &stage, GRPC_RESOURCE_EXHAUSTED,
            "Ending the sandbox: a limit of the workspace is reached: slowly. Wait a while, stop what is "
            "not needed, or ask Modal for a higher limit");
        read_log(&stage);
        assert_int_equal(times_asked(&stage, "SandboxTerminate"), rows[i].attempts);
        free(all);
        free(throttle);
        stage_release(&stage);
    }
}

/* --- the auth token --- */

static void all_wait_for_one_token(void **state)
{
    (void)state;
    enum { CALLS = 20 };
    struct stage stage;
    begin(&stage);
    char *answer = token_answer("shared", HOUR, ",\"delay\":50");
    script(&stage, "AuthTokenGet", answer);
    script(&stage, "SandboxTerminate", "{}");
    for (int i = 0; i < CALLS; i++)
        call_start(&stage);
    wait_for(&stage, CALLS);
    assert_int_equal(stage.answers.fine, CALLS);
    read_log(&stage);
    assert_int_equal(times_asked(&stage, "AuthTokenGet"), 1);
    assert_int_equal(times_asked(&stage, "SandboxTerminate"), CALLS);
    free(answer);
    stage_release(&stage);
}

/* From half of its life on a token is renewed, and calls do not wait for it. */
static void a_token_is_renewed_before_its_end(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    char *old = token_answer("old", 3, ""), *new = token_answer("new", HOUR, "");
    char *both = xasprintf("%s,%s", old, new);
    script(&stage, "AuthTokenGet", both);
    script(&stage, "SandboxTerminate", "{}");
    size_t fetches = 0;
    bool is_new = false;
    while (!is_new) {
        call(&stage);
        expect_fine(&stage);
        read_log(&stage);
        fetches += times_asked(&stage, "AuthTokenGet");
        const char *token = header(asked(&stage, "SandboxTerminate", 0), "x-modal-auth-token");
        is_new = strncmp(token, "new.", 4) == 0;
        assert_true(is_new || strncmp(token, "old.", 4) == 0);
    }
    assert_int_equal(fetches, 2);
    free(old);
    free(new);
    free(both);
    stage_release(&stage);
}

/* Renewing fails: the old token is used on, even after its end, and the server is left in peace for a while. */
static void a_token_that_cannot_be_renewed_serves_on(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    char *old = token_answer("old", 0, ""),
         *answers = xasprintf("%s,{\"status\":14,\"message\":\"away\"}", old);
    script(&stage, "AuthTokenGet", answers);
    script(&stage, "SandboxTerminate", "{}");
    for (int i = 0; i < 10; i++) {
        call(&stage);
        expect_fine(&stage);
    }
    read_log(&stage);
    assert_int_equal(times_asked(&stage, "SandboxTerminate"), 10);
    for (size_t i = 0; i < 10; i++)
        assert_memory_equal(header(asked(&stage, "SandboxTerminate", i), "x-modal-auth-token"), "old.", 4);
    assert_true(times_asked(&stage, "AuthTokenGet") >= 2);
    assert_true(times_asked(&stage, "AuthTokenGet") < 10);
    assert_int_equal(stage.warnings, 1);
    assert_non_null(strstr(stage.warning, "away"));
    free(old);
    free(answers);
    stage_release(&stage);
}

static void bad_credentials_are_final(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    script(&stage, "AuthTokenGet", "{\"status\":16,\"message\":\"Token is bad.\"}");
    for (int i = 0; i < 3; i++)
        call_start(&stage);
    wait_for(&stage, 3);
    expect_failure(
        &stage, GRPC_UNAUTHENTICATED,
        "Signing in to Modal: Modal did not accept the token of profile work of ~/.modal.toml: Token is bad. "
        "Check it there, or run `sandgate modal login` for a new one");
    read_log(&stage);
    assert_int_equal(times_asked(&stage, "AuthTokenGet"), 1);
    assert_int_equal(times_asked(&stage, "SandboxTerminate"), 0);
    give_token(&stage, "better", HOUR);
    script(&stage, "SandboxTerminate", "{}");
    call(&stage);
    expect_fine(&stage);
    stage_release(&stage);
}

static void a_missing_token_is_fetched_with_patience(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    char *good = token_answer("good", HOUR, "");
    char *answers = xasprintf("{\"status\":14},{\"status\":14},{\"status\":14},%s", good);
    script(&stage, "AuthTokenGet", answers);
    script(&stage, "SandboxTerminate", "{}");
    call(&stage);
    expect_fine(&stage);
    free(good);
    free(answers);
    stage_release(&stage);
    begin(&stage);
    script(&stage, "AuthTokenGet", "{}"); /* an empty token */
    call(&stage);
    assert_int_equal(stage.answers.failed, 1);
    assert_non_null(strstr(stage.answers.sentence, "the server gave no key"));
    stage_release(&stage);
}

static void a_refused_token_is_replaced_once(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    char *one = token_answer("one", HOUR, ""), *two = token_answer("two", HOUR, "");
    char *both = xasprintf("%s,%s", one, two);
    script(&stage, "AuthTokenGet", both);
    script(&stage, "SandboxTerminate", "{\"status\":16},{}");
    call(&stage);
    expect_fine(&stage);
    read_log(&stage);
    assert_memory_equal(header(asked(&stage, "SandboxTerminate", 0), "x-modal-auth-token"), "one.", 4);
    assert_memory_equal(header(asked(&stage, "SandboxTerminate", 1), "x-modal-auth-token"), "two.", 4);
    script(&stage, "SandboxTerminate", "{\"status\":16}");
    call(&stage);
    assert_int_equal(stage.answers.status, GRPC_UNAUTHENTICATED);
    read_log(&stage);
    assert_int_equal(times_asked(&stage, "SandboxTerminate"), 2);
    free(one);
    free(two);
    free(both);
    stage_release(&stage);
}

/* --- what is wrong here --- */

static void nothing_is_sent_without_a_token(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    stage.settings.token_id = NULL;
    stage.settings.token_secret = NULL;
    make_client_anew(&stage);
    call(&stage);
    assert_true(stage.answers.local);
    assert_non_null(strstr(stage.answers.sentence, "sandgate modal login"));
    stage.settings.token_id = (char *)"ak-1";
    stage.settings.token_secret = (char *)"as-1";
    stage.settings.server_url = (char *)"http://api.modal.example";
    make_client_anew(&stage);
    call(&stage);
    assert_true(stage.answers.local);
    assert_non_null(strstr(stage.answers.sentence, "must begin with https://"));
    read_log(&stage);
    assert_int_equal(json_count(stage.log), 0);
    stage_release(&stage);
}

static void plaintext_is_for_this_machine(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    stage.settings.server_url = peer->plain;
    make_client_anew(&stage);
    give_token(&stage, "first", HOUR); /* the peer's ports share one script */
    script(&stage, "SandboxTerminate", "{}");
    call(&stage);
    expect_fine(&stage);
    stage_release(&stage);
}

static void an_absent_server_is_said_so(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    stage.settings.server_url = (char *)"https://127.0.0.1:1";
    make_client_anew(&stage);
    call(&stage);
    assert_int_equal(stage.answers.status, GRPC_UNAVAILABLE);
    assert_non_null(strstr(stage.answers.sentence, "Modal cannot be reached: 127.0.0.1:1: no connection"));
    assert_non_null(strstr(stage.answers.sentence, "Check the network, the proxy and MODAL_SERVER_URL"));
    assert_string_equal(stage.answers.message, "");
    assert_false(stage.answers.local);
    stage_release(&stage);
}

/* --- warnings, identity --- */

static void identified(void *data, const struct modal_failure *failure, const struct modal_identity *identity)
{
    struct stage *stage = data;
    if (failure != NULL)
        take_failure(&stage->answers, failure);
    else
        stage->answers.fine++;
    snprintf(stage->answers.message, sizeof(stage->answers.message), "%s %s %s",
             identity != NULL ? identity->workspace : "", identity != NULL ? identity->user : "",
             identity != NULL ? identity->token_name : "");
}

static void identify(struct stage *stage)
{
    stage->answers = (struct answers){ 0 };
    modal_identify(stage->client, identified, stage);
    wait_for(stage, 1);
}

static void who_the_token_is_of_is_told(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    give_token(&stage, "first", HOUR);
    Modal__Warning warning = MODAL__WARNING__INIT, *warnings[] = { &warning };
    Modal__ClientHelloResponse hello = MODAL__CLIENT_HELLO_RESPONSE__INIT;
    warning.message = (char *)"too old";
    hello.n_server_warnings = 1;
    hello.server_warnings = warnings;
    Modal__UserIdentity user = MODAL__USER_IDENTITY__INIT;
    Modal__TokenInfoGetResponse info = MODAL__TOKEN_INFO_GET_RESPONSE__INIT;
    user.username = (char *)"me";
    info.workspace_name = (char *)"ours";
    info.token_name = (char *)"laptop";
    info.identity_case = MODAL__TOKEN_INFO_GET_RESPONSE__IDENTITY_USER_IDENTITY;
    info.user_identity = &user;
    char *hello_text = encoded(&hello), *info_text = encoded(&info);
    char *hello_answer =
        xasprintf("{\"answer\":\"%s\",\"trailers\":{\"x-modal-warning\":\"slow%%2C%%20slow, ,too%%20old\"}}",
                  hello_text);
    char *info_answer = xasprintf("{\"answer\":\"%s\"}", info_text);
    script(&stage, "ClientHello", hello_answer);
    script(&stage, "TokenInfoGet", info_answer);
    for (int i = 0; i < 2; i++) {
        identify(&stage);
        assert_string_equal(stage.answers.message, "ours me laptop");
    }
    assert_int_equal(stage.warnings, 2); /* each text once */
    script(&stage, "TokenInfoGet", "{\"status\":12}");
    identify(&stage);
    assert_int_equal(stage.answers.fine, 1);
    script(&stage, "ClientHello", "{\"status\":9,\"message\":\"client too old\"}");
    identify(&stage);
    assert_int_equal(stage.answers.status, GRPC_FAILED_PRECONDITION);
    modal_call_cancel(modal_identify(stage.client, identified, &stage));
    free(hello_text);
    free(info_text);
    free(hello_answer);
    free(info_answer);
    stage_release(&stage);
}

/* --- streams --- */

static void stream_message(void *data, const void *answer)
{
    struct stage *stage = data;
    const Modal__ImageJoinStreamingResponse *response = answer;
    stage->answers.messages++;
    snprintf(stage->answers.message, sizeof(stage->answers.message), "%s", response->entry_id);
    if (stage->answers.cancel_at_message)
        modal_call_cancel(stage->answers.call);
}

static void stream_ended(void *data, const struct modal_failure *failure)
{
    struct stage *stage = data;
    if (failure != NULL)
        take_failure(&stage->answers, failure);
    else
        stage->answers.fine++;
}

static void stream_start(struct stage *stage)
{
    Modal__ImageJoinStreamingRequest request = MODAL__IMAGE_JOIN_STREAMING_REQUEST__INIT;
    stage->answers = (struct answers){ 0 };
    stage->answers.call = modal_stream(stage->client, &join, &request, 0, "Following the build",
                                       stream_message, stream_ended, stage);
}

/* ANSWERS of the stream with ids "1" and "2", and MORE. */
static void script_stream(struct stage *stage, const char *before, const char *more)
{
    Modal__ImageJoinStreamingResponse response = MODAL__IMAGE_JOIN_STREAMING_RESPONSE__INIT;
    response.entry_id = (char *)"1";
    char *one = encoded(&response);
    response.entry_id = (char *)"2";
    char *two = encoded(&response);
    char *answer = xasprintf("%s{\"answers\":[\"%s\",\"%s\"]%s}", before, one, two, more);
    script(stage, "ImageJoinStreaming", answer);
    free(answer);
    free(one);
    free(two);
}

static void a_stream_is_one_attempt(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    give_token(&stage, "first", HOUR);
    script_stream(&stage, "", "");
    stream_start(&stage);
    wait_for(&stage, 1);
    expect_fine(&stage);
    assert_int_equal(stage.answers.messages, 2);
    assert_string_equal(stage.answers.message, "2");
    script_stream(&stage, "", ",\"status\":14,\"message\":\"restarting\"");
    stream_start(&stage);
    wait_for(&stage, 1);
    expect_failure(
        &stage, GRPC_UNAVAILABLE,
        "Following the build: Modal is not available at the moment: restarting. Try again later; if it "
        "stays so, Modal's support can help");
    assert_int_equal(stage.answers.messages, 2);
    script_stream(&stage, "{\"status\":16},", ""); /* the token was refused before anything came */
    stream_start(&stage);
    wait_for(&stage, 1);
    expect_fine(&stage);
    read_log(&stage);
    assert_int_equal(times_asked(&stage, "ImageJoinStreaming"), 4);
    assert_string_equal(header(asked(&stage, "ImageJoinStreaming", 0), "x-idempotency-key"), "");
    stage_release(&stage);
}

static void a_message_that_cannot_be_read_ends_a_stream(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    give_token(&stage, "first", HOUR);
    script(&stage, "ImageJoinStreaming", "{\"answers\":[\"////\"]}");
    stream_start(&stage);
    wait_for(&stage, 1);
    assert_int_equal(stage.answers.status, GRPC_INTERNAL);
    assert_non_null(strstr(stage.answers.sentence, "cannot be read"));
    script(&stage, "SandboxTerminate", "{\"answer\":\"////\"},{}");
    call(&stage); /* a call is repeated */
    expect_fine(&stage);
    stage_release(&stage);
}

/* --- cancels --- */

/* Cancels at each of the first turns of a call that is signed in, fails, waits and comes well in the end. */
static void a_cancelled_call_tells_nothing(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    char *good = token_answer("good", HOUR, ""), *answers = xasprintf("{\"status\":14},%s", good);
    bool ended = false;
    for (int turns = 0; !ended; turns++) {
        make_client_anew(&stage);
        script(&stage, "AuthTokenGet", answers);
        script(&stage, "SandboxTerminate", "{\"status\":14},{}");
        stage.answers = (struct answers){ 0 };
        call_start(&stage);
        for (int i = 0; i < turns && stage.answers.fine == 0; i++)
            loop_turn(stage.scene.loop, -1);
        ended = stage.answers.fine > 0;
        assert_int_equal(stage.answers.failed, 0);
        if (!ended)
            modal_call_cancel(stage.answers.call);
        stage.answers = (struct answers){ 0 };
        read_log(&stage);
        assert_int_equal(stage.answers.fine + stage.answers.failed, 0);
    }
    free(good);
    free(answers);
    stage_release(&stage);
}

static void a_stream_may_be_cancelled_in_a_message(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    give_token(&stage, "first", HOUR);
    script_stream(&stage, "", "");
    stream_start(&stage);
    stage.answers.cancel_at_message = true;
    while (stage.answers.messages == 0)
        loop_turn(stage.scene.loop, -1);
    read_log(&stage);
    assert_int_equal(stage.answers.messages, 1);
    assert_int_equal(stage.answers.fine + stage.answers.failed, 0);
    stage_release(&stage);
}

static void free_client(void *data, const struct modal_failure *failure, const void *answer)
{
    struct stage *stage = data;
    (void)failure, (void)answer;
    modal_client_free(stage->client);
    stage->client = NULL;
    stage->answers.fine++;
}

static void the_client_may_be_freed_in_an_answer(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    for (int i = 0; i < 2; i++) {
        if (i == 0)
            script(&stage, "AuthTokenGet", "{\"status\":7}"); /* in the telling of those who wait for it */
        else
            give_token(&stage, "first", HOUR);
        script(&stage, "SandboxTerminate", "{\"trailers\":{\"x-modal-warning\":\"old\"}}");
        Modal__SandboxTerminateRequest request = MODAL__SANDBOX_TERMINATE_REQUEST__INIT;
        stage.answers = (struct answers){ 0 };
        modal_unary(stage.client, &terminate, &request, 0, "Ending the sandbox", free_client, &stage);
        wait_for(&stage, 1);
        make_client(&stage);
    }
    assert_int_equal(stage.warnings, 0);
    stage_release(&stage);
}

int main(void)
{
    alarm(600);
    bench_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_says_who_we_are),
        cmocka_unit_test(headers_can_be_overridden),
        cmocka_unit_test(what_may_pass_is_tried_four_times),
        cmocka_unit_test(attempts_of_one_call_have_one_key),
        cmocka_unit_test(the_server_may_ask_to_wait),
        cmocka_unit_test(waiting_has_a_limit),
        cmocka_unit_test(all_wait_for_one_token),
        cmocka_unit_test(a_token_is_renewed_before_its_end),
        cmocka_unit_test(a_token_that_cannot_be_renewed_serves_on),
        cmocka_unit_test(bad_credentials_are_final),
        cmocka_unit_test(a_missing_token_is_fetched_with_patience),
        cmocka_unit_test(a_refused_token_is_replaced_once),
        cmocka_unit_test(nothing_is_sent_without_a_token),
        cmocka_unit_test(plaintext_is_for_this_machine),
        cmocka_unit_test(an_absent_server_is_said_so),
        cmocka_unit_test(who_the_token_is_of_is_told),
        cmocka_unit_test(a_stream_is_one_attempt),
        cmocka_unit_test(a_message_that_cannot_be_read_ends_a_stream),
        cmocka_unit_test(a_cancelled_call_tells_nothing),
        cmocka_unit_test(a_stream_may_be_cancelled_in_a_message),
        cmocka_unit_test(the_client_may_be_freed_in_an_answer),
    };
    int failed = cmocka_run_group_tests_name("modal client", tests, NULL, NULL);
    bench_stop();
    return failed;
}
