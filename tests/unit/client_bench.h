/* client_bench.h - a client of Modal's control plane against the scripted methods of tests/support/grpc_peer.cjs: what
 * they answer is told beforehand, what they were asked is read afterwards. */
#ifndef SANDGATE_TESTS_CLIENT_BENCH_H
#define SANDGATE_TESTS_CLIENT_BENCH_H

#include "tests/unit/grpc_bench.h"

#include "base/clock.h"
#include "modal/call.h"
#include "modal/client.h"
#include "modal/settings.h"

#define HOUR 3600

static const struct modal_method terminate = {
    .name = "SandboxTerminate",
    .request = &modal__sandbox_terminate_request__descriptor,
    .answer = &modal__sandbox_terminate_response__descriptor,
    .retries = -1,
};
static const struct modal_method join = {
    .name = "ImageJoinStreaming",
    .request = &modal__image_join_streaming_request__descriptor,
    .answer = &modal__image_join_streaming_response__descriptor,
};

/* --- a client on a scene, and what it told --- */

struct answers {
    int fine, failed, status, messages;
    bool local;
    char sentence[1024], message[256];
    struct modal_call *call;
    bool cancel_at_message;
};

struct stage {
    struct scene scene;
    struct modal_settings settings;
    struct modal_client *client;
    int warnings, waitings;
    char warning[1024], waiting[1024];
    struct answers answers;
    struct json *log; /* of the peer's */
};

static inline void on_warning(void *data, const char *text)
{
    struct stage *stage = data;
    stage->warnings++;
    snprintf(stage->warning, sizeof(stage->warning), "%s", text);
}

static inline void on_waiting(void *data, const char *text)
{
    struct stage *stage = data;
    stage->waitings++;
    snprintf(stage->waiting, sizeof(stage->waiting), "%s", text);
}

static const struct modal_client_events client_events = { .warning = on_warning, .waiting = on_waiting };

static inline void make_client(struct stage *stage)
{
    stage->client =
        modal_client_new(stage->scene.loop, stage->scene.http, &stage->settings, &client_events, stage);
}

static inline void stage_init(struct stage *stage)
{
    *stage = (struct stage){ 0 };
    scene_init(&stage->scene);
    stage->settings = (struct modal_settings){
        .file = (char *)"/home/me/.modal.toml",
        .server_url = peer->tls,
        .token_id = (char *)"ak-1",
        .token_secret = (char *)"as-1",
        .token_source = (char *)"profile work of ~/.modal.toml",
        .environment = (char *)"",
        .max_throttle_wait = MODAL_THROTTLE_UNLIMITED,
    };
    make_client(stage);
}

static inline void stage_release(struct stage *stage)
{
    modal_client_free(stage->client);
    json_free(stage->log);
    scene_release(&stage->scene);
}

/* With other settings. */
static inline void make_client_anew(struct stage *stage)
{
    modal_client_free(stage->client);
    make_client(stage);
}

/* --- the peer's script and log --- */

static inline void encode(struct buffer *out, const void *bytes, size_t length, const char *letters)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i += 3) {
        unsigned bits = (unsigned)at[i] << 16 | (i + 1 < length ? (unsigned)at[i + 1] << 8 : 0) |
                        (i + 2 < length ? at[i + 2] : 0);
        size_t digits = length - i >= 3 ? 4 : length - i + 1;
        for (size_t digit = 0; digit < digits; digit++)
            buffer_append_byte(out, letters[bits >> (18 - 6 * digit) & 63]);
    }
}

static const char plain_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char token_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Caller frees. */
static inline char *encoded(const void *message)
{
    struct buffer packed = BUFFER_INIT, text = BUFFER_INIT;
    modal_pack(&packed, message);
    encode(&text, packed.data, packed.length, plain_letters);
    buffer_release(&packed);
    buffer_append(&text, "", 0);
    return buffer_detach(&text);
}

static inline void script(struct stage *stage, const char *method, const char *answers)
{
    struct told told;
    char *text = xasprintf("{\"method\":\"%s\",\"answers\":[%s]}", method, answers);
    run(&stage->scene, &told, "Script", wish(text));
    expect(&told, GRPC_OK, true, "");
    told_release(&told);
    free(text);
}

/* A token NAME that is good for SECONDS. */
static inline char *token_answer(const char *name, int64_t seconds, const char *more)
{
    char payload[64];
    snprintf(payload, sizeof(payload), "{\"exp\":%lld}", (long long)(clock_wall() / 1000 + seconds));
    struct buffer token = BUFFER_INIT;
    buffer_append_format(&token, "%s.", name);
    encode(&token, payload, strlen(payload), token_letters);
    buffer_append_text(&token, ".signature");
    Modal__AuthTokenGetResponse response = MODAL__AUTH_TOKEN_GET_RESPONSE__INIT;
    response.token = token.data;
    char *text = encoded(&response);
    char *answer = xasprintf("{\"answer\":\"%s\"%s}", text, more);
    free(text);
    buffer_release(&token);
    return answer;
}

static inline void give_token(struct stage *stage, const char *name, int64_t seconds)
{
    char *answer = token_answer(name, seconds, "");
    script(stage, "AuthTokenGet", answer);
    free(answer);
}

static inline void read_log(struct stage *stage)
{
    struct told told;
    run(&stage->scene, &told, "Log", wish("{}"));
    json_free(stage->log);
    stage->log = json_parse(told.text.data, told.text.length, NULL);
    assert_non_null(stage->log);
    told_release(&told);
}

/* The INDEXth call of METHOD in the log, NULL past the last. */
static inline const struct json *asked(const struct stage *stage, const char *method, size_t index)
{
    for (size_t i = 0; i < json_count(stage->log); i++) {
        const struct json *call = json_at(stage->log, i);
        if (strcmp(json_get_text(call, "method"), method) == 0 && index-- == 0)
            return call;
    }
    return NULL;
}

static inline size_t times_asked(const struct stage *stage, const char *method)
{
    size_t count = 0;
    while (asked(stage, method, count) != NULL)
        count++;
    return count;
}

/* "" when it was not sent. */
static inline const char *header(const struct json *call, const char *name)
{
    const char *value = json_get_text(json_get(call, "metadata"), name);
    return value != NULL ? value : "";
}

/* Forgets what other tests had asked. */
static inline void begin(struct stage *stage)
{
    stage_init(stage);
    read_log(stage);
}

/* --- calls --- */

static inline void take_failure(struct answers *answers, const struct modal_failure *failure)
{
    answers->failed++;
    answers->status = failure->status;
    answers->local = failure->local;
    snprintf(answers->sentence, sizeof(answers->sentence), "%s", failure->sentence);
    snprintf(answers->message, sizeof(answers->message), "%s", failure->message);
}

static inline void answered(void *data, const struct modal_failure *failure, const void *answer)
{
    struct answers *answers = data;
    assert_true((failure == NULL) == (answer != NULL));
    answers->call = NULL;
    if (failure != NULL)
        take_failure(answers, failure);
    else
        answers->fine++;
}

static inline void call_start(struct stage *stage)
{
    Modal__SandboxTerminateRequest request = MODAL__SANDBOX_TERMINATE_REQUEST__INIT;
    request.sandbox_id = (char *)"sb-1";
    int before = stage->answers.fine + stage->answers.failed;
    stage->answers.call =
        modal_unary(stage->client, &terminate, &request, 0, "Ending the sandbox", answered, &stage->answers);
    assert_int_equal(stage->answers.fine + stage->answers.failed, before); /* nothing is told from within */
}

static inline void wait_for(struct stage *stage, int count)
{
    while (stage->answers.fine + stage->answers.failed < count)
        loop_turn(stage->scene.loop, -1);
}

static inline void call(struct stage *stage)
{
    stage->answers = (struct answers){ 0 };
    call_start(stage);
    wait_for(stage, 1);
}

static inline void expect_fine(const struct stage *stage)
{
    if (stage->answers.failed > 0)
        fail_msg("%s", stage->answers.sentence);
}

static inline void expect_failure(const struct stage *stage, int status, const char *sentence)
{
    assert_int_equal(stage->answers.fine, 0);
    assert_string_equal(stage->answers.sentence, sentence);
    assert_int_equal(stage->answers.status, status);
}

#endif
