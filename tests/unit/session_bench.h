/* session_bench.h - what the tests of the engine share: a whole session (log, sandbox, recorded model or a
 * stand-in server) in a temporary home, a listener that holds every event against the table of events, and
 * every request against what chat servers accept.  Included once by each test; all of it is static. */
#ifndef SANDGATE_TESTS_SESSION_BENCH_H
#define SANDGATE_TESTS_SESSION_BENCH_H

#include "agent/session.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/conf.h"
#include "loop/loop.h"
#include "matter/call.h"
#include "matter/event.h"
#include "matter/message.h"
#include "store/store.h"
#include "tests/support/model_server.h"
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

#define UNUSED __attribute__((unused))

struct seen {
    enum event_type type;
    int64_t call;
    char *body; /* JSON text */
    char actor[32];
};

struct bench {
    char home[64];
    struct loop *loop;
    struct http *http;
    struct store *store;
    struct conf *conf;
    struct session *session;
    struct model_server *server;
    char *folder; /* goes up, NULL: none */
    char id[SESSION_ID_TEXT];
    struct seen *seen;
    size_t seen_count, seen_capacity;
    int64_t seq; /* of the last event: they follow one another, over all processes */
    size_t drafts;
    bool store_failed;
    /* Called with each event, for tests that act in the midst of it. */
    void (*on_event)(struct bench *bench, const struct event *event);
};

/* --- what chat servers accept --- */

static void check_order(const struct messages *messages)
{
    for (size_t i = 0; i < messages->count; i++) {
        const struct message *message = &messages->items[i];
        if (i > 0 && message->role != MESSAGE_TOOL)
            assert_int_not_equal(message->role, messages->items[i - 1].role);
        assert_true(message->role != MESSAGE_TOOL || i > 0);
        if (message->role == MESSAGE_USER)
            assert_true(*message->text);
        if (message->role != MESSAGE_ASSISTANT)
            continue;
        assert_true(i > 0);
        assert_true(message->call_count > 0 || *message->text);
        for (size_t k = 0; k < message->call_count; k++) {
            assert_true(i + 1 + k < messages->count);
            const struct message *answer = &messages->items[i + 1 + k];
            assert_int_equal(answer->role, MESSAGE_TOOL);
            assert_string_equal(answer->call_id, message->calls[k].id);
            assert_string_equal(answer->tool, message->calls[k].tool);
            struct json *arguments =
                json_parse(message->calls[k].arguments, strlen(message->calls[k].arguments), NULL);
            assert_true(json_is(arguments, JSON_OBJECT));
            json_free(arguments);
        }
        size_t next = i + 1 + message->call_count;
        assert_true(next >= messages->count || messages->items[next].role != MESSAGE_TOOL);
    }
}

static void check_request(struct bench *bench)
{
    struct messages messages = MESSAGES_INIT;

    conversation_messages(session_conversation(bench->session), &messages);
    check_order(&messages);
    assert_true(messages.count > 0);
    assert_int_equal(messages.items[0].role, MESSAGE_USER);
    assert_int_not_equal(messages.items[messages.count - 1].role, MESSAGE_ASSISTANT);
    messages_release(&messages);
}

/* The conversation as text, for whole comparisons: "user: ...", "assistant: ... [tool id]", "tool id: ...". */
static UNUSED char *told(const struct bench *bench)
{
    static const char *const names[] = { "system", "user", "assistant", "tool" };
    struct messages messages = MESSAGES_INIT;
    struct buffer text = BUFFER_INIT;

    conversation_messages(session_conversation(bench->session), &messages);
    for (size_t i = 0; i < messages.count; i++) {
        const struct message *message = &messages.items[i];
        buffer_append_format(&text, "%s: %s", names[message->role], message->text);
        for (size_t k = 0; k < message->call_count; k++)
            buffer_append_format(&text, " [%s]", message->calls[k].tool);
        buffer_append_byte(&text, '\n');
    }
    messages_release(&messages);
    return buffer_detach(&text);
}

/* --- the listener --- */

static void note_event(struct bench *bench, const struct event *event)
{
    struct error error = ERROR_INIT;

    if (!event_check(event, &error))
        fail_msg("%s", error_message(&error));
    assert_int_equal(event->seq, bench->seq + 1);
    bench->seq = event->seq;
    bench->seen =
        array_reserve(bench->seen, &bench->seen_capacity, bench->seen_count + 1, sizeof *bench->seen);
    struct seen *seen = &bench->seen[bench->seen_count++];
    *seen = (struct seen){ .type = event->type, .call = event->call, .body = json_print(event->body) };
    snprintf(seen->actor, sizeof seen->actor, "%s", event->actor);
    if (event->type == EVENT_REQUEST)
        check_request(bench);
    if (bench->on_event)
        bench->on_event(bench, event);
}

static void bench_hear(void *data, const void *matter)
{
    struct bench *bench = data;
    const struct session_news *news = matter;

    if (news->kind == NEWS_EVENT)
        note_event(bench, news->event);
    else if (news->kind == NEWS_DRAFT)
        bench->drafts++;
}

static UNUSED size_t count_events(const struct bench *bench, enum event_type type)
{
    size_t count = 0;

    for (size_t i = 0; i < bench->seen_count; i++)
        count += bench->seen[i].type == type;
    return count;
}

static UNUSED size_t count_of_call(const struct bench *bench, enum event_type type, int64_t call)
{
    size_t count = 0;

    for (size_t i = 0; i < bench->seen_count; i++)
        count += bench->seen[i].type == type && bench->seen[i].call == call;
    return count;
}

/* The body of the last event of TYPE; "" when there was none. */
static UNUSED const char *last_event(const struct bench *bench, enum event_type type)
{
    for (size_t i = bench->seen_count; i > 0; i--)
        if (bench->seen[i - 1].type == type)
            return bench->seen[i - 1].body;
    return "";
}

/* The index of the first event of TYPE about CALL; fails when there is none. */
static UNUSED size_t place_of(const struct bench *bench, enum event_type type, int64_t call)
{
    for (size_t i = 0; i < bench->seen_count; i++)
        if (bench->seen[i].type == type && bench->seen[i].call == call)
            return i;
    fail_msg("no event %s of call %d", event_type_name(type), (int)call);
    return 0;
}

#define assert_contains(text, part)                                   \
    do {                                                              \
        const char *contains_in = (text);                             \
        if (!strstr(contains_in, (part)))                             \
            fail_msg("\"%s\" is not in \"%s\"", (part), contains_in); \
    } while (0)

/* --- life --- */

static void bench_store_failed(void *data, const char *sentence)
{
    struct bench *bench = data;

    bench->store_failed = true;
    if (bench->session)
        session_store_failed(bench->session, sentence);
}

static void bench_set(struct bench *bench, const char *path, const char *value)
{
    struct error error = ERROR_INIT;

    if (!conf_set_flag(bench->conf, path, value, &error))
        fail_msg("%s", error_message(&error));
}

static void forget_environment(void)
{
    static const char *const variables[] = { "XDG_CONFIG_HOME",      "XDG_DATA_HOME",      "XDG_STATE_HOME",
                                             "SANDGATE_MODEL",       "SANDGATE_MODEL_URL", "SANDGATE_API_KEY",
                                             "SANDGATE_REPLAY_SPEED" };
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
        unsetenv(variables[i]);
}

static void bench_open_store(struct bench *bench)
{
    struct error error = ERROR_INIT;
    char *folder = path_data();

    bench->store = store_open(bench->loop, folder, bench_store_failed, bench, &error);
    if (!bench->store)
        fail_msg("%s", error_message(&error));
    free(folder);
}

/* Everything but the model and the session. */
static void bench_make(struct bench *bench)
{
    struct error error = ERROR_INIT;

    *bench = (struct bench){ .loop = loop_new() };
    strcpy(bench->home, "/tmp/sandgate-test-XXXXXX");
    assert_non_null(mkdtemp(bench->home));
    forget_environment();
    setenv("HOME", bench->home, 1);
    bench->http = http_new(bench->loop);
    bench->conf = conf_load(NULL, &error);
    if (!bench->conf)
        fail_msg("%s", error_message(&error));
    bench_open_store(bench);
}

static UNUSED int bench_setup(void **state)
{
    struct bench *bench = xmalloc(sizeof *bench);

    bench_make(bench);
    *state = bench;
    return 0;
}

/* A folder with a.txt, that goes up. */
static UNUSED void bench_project(struct bench *bench)
{
    bench->folder = path_join(bench->home, "project");
    char *file = path_join(bench->folder, "a.txt");

    path_make_folders(bench->folder, NULL);
    path_write_file(file, "one\n", 4, 0600, NULL);
    free(file);
}

/* A call of a script or an answer. */
#define COMMAND(script) "{\"tool\":\"run_command\",\"arguments\":{\"command\":\"" script "\"}}"

/* SCRIPT: steps of a recorded model, JSON lines without the head. */
static UNUSED void bench_replay(struct bench *bench, const char *script)
{
    char *path = path_join(bench->home, "script.jsonl");
    char *text = xasprintf("{\"replay\":1,\"name\":\"recorded\",\"words_per_second\":0}\n%s", script);

    assert_true(path_write_file(path, text, strlen(text), 0600, NULL));
    bench_set(bench, "model.provider", "replay");
    bench_set(bench, "model.script", path);
    free(text);
    free(path);
}

/* ANSWERS: of /v1/chat/completions, a JSON array (tests/standin/model_server.py). */
static UNUSED void bench_serve(struct bench *bench, const char *answers)
{
    char *scenario = xasprintf(
        "{\"/v1/models\":[{\"json\":{\"data\":[{\"id\":\"m\"}]}}],\"/v1/chat/completions\":%s}", answers);

    bench->server = model_server_start(scenario, NULL);
    bench_set(bench, "model.url", model_server_url(bench->server));
    bench_set(bench, "model.name", "m");
    bench_set(bench, "model.max_retries", "0");
    free(scenario);
}

static void bench_open(struct bench *bench, const char *resume)
{
    struct error error = ERROR_INIT;
    enum policy_mode mode = POLICY_CAREFUL;

    policy_mode_from_name(conf_text(bench->conf, "approval.mode"), &mode);
    bench->seq = resume ? bench->seq : 0;
    struct session_setup setup = { .loop = bench->loop,
                                   .http = bench->http,
                                   .store = bench->store,
                                   .conf = bench->conf,
                                   .resume = resume,
                                   .folder = bench->folder,
                                   .mode = mode,
                                   .hear = bench_hear,
                                   .hear_data = bench };
    bench->session = session_new(&setup, &error);
    if (!bench->session)
        fail_msg("%s", error_message(&error));
    strcpy(bench->id, session_id(bench->session));
}

static UNUSED void open_replay(struct bench *bench, const char *script)
{
    bench_replay(bench, script);
    bench_open(bench, NULL);
}

static UNUSED void open_server(struct bench *bench, const char *answers)
{
    bench_serve(bench, answers);
    bench_open(bench, NULL);
}

static void bench_close_session(struct bench *bench)
{
    session_free(bench->session);
    bench->session = NULL;
    loop_turn(bench->loop, 0);
    store_close(bench->store);
    bench->store = NULL;
}

static void bench_release(struct bench *bench)
{
    if (bench->session)
        bench_close_session(bench);
    store_close(bench->store);
    http_free(bench->http);
    conf_free(bench->conf);
    loop_free(bench->loop);
    if (bench->server)
        model_server_stop(bench->server);
    path_remove_tree(bench->home, NULL);
    for (size_t i = 0; i < bench->seen_count; i++)
        free(bench->seen[i].body);
    free(bench->seen);
    free(bench->folder);
}

static UNUSED int bench_teardown(void **state)
{
    bench_release(*state);
    free(*state);
    return 0;
}

/* Leaves the session as a process that ends would, and takes it up again. */
static UNUSED void bench_resume(struct bench *bench)
{
    char id[SESSION_ID_TEXT];

    strcpy(id, bench->id);
    bench_close_session(bench);
    for (size_t i = 0; i < bench->seen_count; i++)
        free(bench->seen[i].body);
    bench->seen_count = 0;
    bench_open_store(bench);
    bench_open(bench, id);
}

/* --- a person --- */

#define UNTIL(bench, condition)           \
    do {                                  \
        while (!(condition))              \
            loop_turn((bench)->loop, -1); \
    } while (0)

static bool is_idle(const struct bench *bench)
{
    enum session_state state = session_state(bench->session);

    return !session_is_busy(bench->session) && (state == SESSION_READY || state == SESSION_BROKEN);
}

static UNUSED bool decide_at(struct bench *bench, size_t index, enum decision_kind kind, const char *words,
                             const char *arguments, struct error *error)
{
    const struct ask *ask = session_ask(bench->session, index);
    struct decision decision = {
        .ask = ask->id, .kind = kind, .words = words, .arguments = arguments, .actor = "person"
    };
    strcpy(decision.digest, ask->digest);
    return session_decide(bench->session, &decision, error);
}

static UNUSED void decide(struct bench *bench, enum decision_kind kind, const char *words,
                          const char *arguments)
{
    struct error error = ERROR_INIT;

    UNTIL(bench, session_ask_count(bench->session) > 0);
    if (!decide_at(bench, 0, kind, words, arguments, &error))
        fail_msg("%s", error_message(&error));
}

static UNUSED void wait_asked(struct bench *bench)
{
    UNTIL(bench, session_ask_count(bench->session) > 0);
}

static UNUSED void wait_idle(struct bench *bench)
{
    UNTIL(bench, is_idle(bench) || session_ask_count(bench->session) > 0);
    if (session_ask_count(bench->session) > 0)
        fail_msg("it asks, where nothing should ask");
}

static UNUSED void say(struct bench *bench, const char *prompt)
{
    session_submit(bench->session, prompt);
}

static UNUSED const struct call *call_of(const struct bench *bench, int64_t number)
{
    const struct call *call = conversation_call(session_conversation(bench->session), number);

    assert_non_null(call);
    return call;
}

/* The bytes of the sandbox's file NAME (in the workspace), as the host sees them; "" when it is not there. */
static UNUSED char *workspace_file(const struct bench *bench, const char *name)
{
    struct buffer bytes = BUFFER_INIT;
    char *path =
        xasprintf("%s/.local/share/sandgate/sessions/%s/sandbox/workspace/%s", bench->home, bench->id, name);

    path_read_file(path, &bytes, NULL);
    free(path);
    return buffer_detach(&bytes);
}

static UNUSED void expect_file(const struct bench *bench, const char *name, const char *content)
{
    char *bytes = workspace_file(bench, name);

    assert_string_equal(bytes, content);
    free(bytes);
}

/* The person runs SCRIPT, to its end. */
static UNUSED void own(struct bench *bench, const char *script)
{
    struct error error = ERROR_INIT;

    UNTIL(bench, session_sandbox(bench->session));
    size_t before = count_events(bench, EVENT_ENDED);
    if (!session_run_own(bench->session, script, false, &error))
        fail_msg("%s", error_message(&error));
    UNTIL(bench, count_events(bench, EVENT_ENDED) > before);
}

#endif
