/* The openai provider against the stand-in server: what is asked, what is told, and what follows when the
 * server fails, waits, breaks off or is not there. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "model/model.h"
#include "tests/support/model_server.h"
#include "wire/http.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#define KEY "sk-very-secret-0123456789"

/* --- a listener that writes lines --- */

struct heard {
    struct buffer lines; /* what was told, one a line; text in one piece */
    size_t text_bytes;   /* of a flood, which is not kept */
    bool keep;
    bool over;
    enum model_failure failure;
    struct model *close_at_text;      /* set: closed from inside the callback */
    struct model_run *cancel_at_text; /* set: cancelled from inside the callback */
    bool in_text;
};

static void say(struct heard *heard, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct heard *heard, const char *format, ...)
{
    va_list arguments;
    if (heard->in_text)
        buffer_append_byte(&heard->lines, '\n');
    heard->in_text = false;
    va_start(arguments, format);
    buffer_append_format_list(&heard->lines, format, arguments);
    va_end(arguments);
    buffer_append_byte(&heard->lines, '\n');
}

static void hear_text(void *data, const char *bytes, size_t length)
{
    struct heard *heard = data;
    heard->text_bytes += length;
    if (heard->keep) {
        buffer_append_text(&heard->lines, heard->in_text ? "" : "text ");
        buffer_append(&heard->lines, bytes, length);
        heard->in_text = true;
    }
    if (heard->close_at_text)
        model_close(heard->close_at_text);
    if (heard->cancel_at_text)
        model_cancel(heard->cancel_at_text);
    heard->over = heard->over || heard->close_at_text || heard->cancel_at_text;
}

static void hear_call_begin(void *data, const char *id, const char *tool)
{
    say(data, "begin %s %s", id, tool);
}

static void hear_call_end(void *data, const char *arguments, const char *refused)
{
    say(data, "end %s%s%s", arguments, refused ? " refused: " : "", refused ? refused : "");
}

static void hear_usage(void *data, const struct model_usage *usage)
{
    say(data, "usage %d %d", (int)usage->input, (int)usage->output);
}

static void hear_waiting(void *data, const char *sentence)
{
    say(data, "waiting %s", sentence ? sentence : "no more");
}

static void hear_done(void *data, enum model_finish finish)
{
    static const char *const names[] = { "stop", "length", "calls", "filter" };
    say(data, "done %s", names[finish]);
    ((struct heard *)data)->over = true;
}

static void hear_failed(void *data, enum model_failure failure, const char *sentence)
{
    static const char *const names[] = { "configuration", "context", "server", "broken" };
    struct heard *heard = data;
    say(heard, "failed %s: %s", names[failure], sentence);
    heard->failure = failure;
    heard->over = true;
}

static const struct model_events hearing = {
    .text = hear_text,
    .call_begin = hear_call_begin,
    .call_end = hear_call_end,
    .usage = hear_usage,
    .waiting = hear_waiting,
    .done = hear_done,
    .failed = hear_failed,
};

/* --- a world: loop, server, model --- */

struct world {
    struct loop *loop;
    struct http *http;
    struct model_server *server;
    struct model_options options;
    struct model *model;
    struct messages messages;
    struct heard heard;
};

static const struct model_tool tools[] = {
    { "run_command", "Runs a script.",
      "{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\"}}}" },
};

static void open_world(struct world *world, const char *scenario, const char *listen_when)
{
    *world = (struct world){ .messages = MESSAGES_INIT, .heard = { .lines = BUFFER_INIT, .keep = true } };
    world->loop = loop_new();
    world->http = http_new(world->loop);
    world->server = model_server_start(scenario, listen_when);
    world->options = (struct model_options){
        .provider = "openai",
        .name = "m",
        .url = model_server_url(world->server),
        .api_key = KEY,
        .temperature = -1,
        .context_length = 4096,
        .connect_timeout = 5000,
        .first_byte_timeout = 30000,
        .silence_timeout = 30000,
        .start_timeout = 30000,
        .max_retries = 2,
    };
    messages_add(&world->messages, MESSAGE_USER, "go");
}

static void open_model(struct world *world)
{
    struct error error = ERROR_INIT;
    world->model = model_open(world->loop, world->http, &world->options, &error);
    if (!world->model)
        fail_msg("%s", error_message(&error));
}

static struct model_run *start(struct world *world)
{
    if (!world->model)
        open_model(world);
    world->heard.over = false;
    return model_start(world->model, &world->messages, tools, ARRAY_SIZE(tools), &hearing, &world->heard);
}

static void wait_until_over(struct world *world)
{
    while (!world->heard.over)
        loop_turn(world->loop, -1);
}

static void run(struct world *world)
{
    start(world);
    wait_until_over(world);
}

static void wait_for_line(struct world *world, const char *words)
{
    while (!strstr(world->heard.lines.data, words))
        loop_turn(world->loop, -1);
}

static void heard_exactly(const struct world *world, const char *lines)
{
    assert_null(strstr(world->heard.lines.data, KEY));
    assert_string_equal(world->heard.lines.data, lines);
}

static void heard_words(const struct world *world, const char *words)
{
    assert_null(strstr(world->heard.lines.data, KEY));
    if (!strstr(world->heard.lines.data, words))
        fail_msg("\"%s\" was not said in:\n%s", words, world->heard.lines.data);
}

/* The Nth request that the server got, counted from 0. Caller frees; NULL: there were fewer. */
static struct json *request(struct world *world, size_t n)
{
    char *text = model_server_requests(world->server);
    const char *at = text;
    for (size_t i = 0; i < n && *at; i++)
        at += strcspn(at, "\n") + 1;
    struct json *json = *at ? json_parse(at, strcspn(at, "\n"), NULL) : NULL;
    free(text);
    return json;
}

static void path_was(struct world *world, size_t n, const char *path)
{
    struct json *json = request(world, n);
    assert_non_null(json);
    assert_string_equal(json_get_text(json, "path"), path);
    json_free(json);
}

static void close_world(struct world *world)
{
    model_close(world->model);
    http_free(world->http);
    loop_free(world->loop);
    model_server_stop(world->server);
    messages_release(&world->messages);
    buffer_release(&world->heard.lines);
}

#define CHAT(answers) "{\"/v1/chat/completions\": [" answers "]}"
#define HELLO "{\"say\": \"Hello world\"}"
#define AT_ONCE "\"headers\": {\"Retry-After\": \"0\"}"

/* --- tests --- */

static void streams_text_calls_and_usage(void **state)
{
    (void)state;
    struct world world;
    open_world(
        &world,
        CHAT("{\"say\": \"I'll look.\", \"calls\": [{\"id\": \"c1\", \"tool\": \"run_command\", "
             "\"arguments\": "
             "{\"command\": \"ls -la /\"}}], \"usage\": {\"prompt_tokens\": 9, \"completion_tokens\": 4}, "
             "\"cut\": 7}"),
        NULL);
    run(&world);
    heard_exactly(&world, "text I'll look.\nbegin c1 run_command\nend {\"command\": \"ls -la /\"}\n"
                          "usage 9 4\ndone calls\n");
    close_world(&world);
}

static void sends_what_it_must(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, CHAT(HELLO), NULL);
    static const char kwargs[] = "{\"chat_template_kwargs\": {\"enable_thinking\": false}}";
    struct json *extra = json_parse(kwargs, strlen(kwargs), NULL);
    const char *const headers[] = { "Modal-Key: wk-1234567", "Modal-Secret: ws-7654321", NULL };
    world.options.extra = extra;
    world.options.headers = headers;
    world.options.max_tokens = 77;
    world.options.temperature = 0.5;
    messages_release(&world.messages);
    messages_add(&world.messages, MESSAGE_SYSTEM, "be good");
    messages_add(&world.messages, MESSAGE_USER, "old");
    struct message *old = messages_add(&world.messages, MESSAGE_ASSISTANT, "answer");
    message_set_reasoning(old, "old thoughts");
    message_add_call(old, "c0", "run_command", "{}");
    message_answers(messages_add(&world.messages, MESSAGE_TOOL, "fine"), "c0", "run_command");
    messages_add(&world.messages, MESSAGE_USER, "new");
    struct message *said = messages_add(&world.messages, MESSAGE_ASSISTANT, "");
    message_set_reasoning(said, "thoughts");
    message_add_call(said, "c1", "run_command", "{\"command\":\"ls\"}");
    message_answers(messages_add(&world.messages, MESSAGE_TOOL, "file"), "c1", "run_command");
    run(&world);
    struct json *asked = request(&world, 0);
    const struct json *sent = json_get(asked, "headers");
    assert_string_equal(json_get_text(asked, "method"), "POST");
    assert_string_equal(json_get_text(sent, "authorization"), "Bearer " KEY);
    assert_string_equal(json_get_text(sent, "modal-key"), "wk-1234567");
    assert_string_equal(json_get_text(sent, "modal-secret"), "ws-7654321");
    assert_string_equal(json_get_text(sent, "content-type"), "application/json");
    assert_string_equal(
        json_get_text(asked, "body"),
        "{\"model\":\"m\",\"stream_options\":{\"include_usage\":true},\"messages\":["
        "{\"role\":\"system\",\"content\":\"be good\"},{\"role\":\"user\",\"content\":\"old\"},"
        "{\"role\":\"assistant\",\"content\":\"answer\",\"tool_calls\":[{\"id\":\"c0\",\"type\":\"function\","
        "\"function\":{\"name\":\"run_command\",\"arguments\":\"{}\"}}]},"
        "{\"role\":\"tool\",\"content\":\"fine\",\"tool_call_id\":\"c0\"},"
        "{\"role\":\"user\",\"content\":\"new\"},"
        "{\"role\":\"assistant\",\"content\":null,\"reasoning_content\":\"thoughts\",\"tool_calls\":[{\"id\":"
        "\"c1\","
        "\"type\":\"function\",\"function\":{\"name\":\"run_command\",\"arguments\":\"{\\\"command\\\":"
        "\\\"ls\\\"}\"}}]},"
        "{\"role\":\"tool\",\"content\":\"file\",\"tool_call_id\":\"c1\"}],"
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"run_command\",\"description\":\"Runs a "
        "script.\","
        "\"parameters\":{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\"}}}}}],"
        "\"stream\":true,\"max_tokens\":77,\"temperature\":0.5,"
        "\"chat_template_kwargs\":{\"enable_thinking\":false}}");
    json_free(asked);
    json_free(extra);
    close_world(&world);
}

static void takes_a_whole_answer(void **state)
{
    (void)state;
    struct world world;
    open_world(
        &world,
        CHAT("{\"whole\": true, \"say\": \"Hi\", \"calls\": [{\"tool\": \"run_command\", \"arguments\": "
             "{\"command\": \"ls\"}}], \"cut\": 5}"),
        NULL);
    run(&world);
    heard_exactly(&world, "text Hi\nbegin call0 run_command\nend {\"command\": \"ls\"}\ndone calls\n");
    close_world(&world);
}

static void uses_the_connection_again(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, CHAT(HELLO), NULL);
    run(&world);
    /* The end of an answer passes in the background; a request right after it may need a connection of its own. */
    bool again = false;
    for (size_t i = 1; i < 20 && !again; i++) {
        run(&world);
        struct json *next = request(&world, i);
        again =
            json_get_integer(next, "connection", 0) <= (int64_t)i; /* a new one each time would be one more */
        json_free(next);
    }
    assert_true(again);
    close_world(&world);
}

static void retries_what_may_pass(void **state)
{
    (void)state;
    struct world world;
    open_world(
        &world,
        CHAT("{\"status\": 500, " AT_ONCE ", \"body\": \"oops\"}, {\"status\": 429, " AT_ONCE "}, " HELLO),
        NULL);
    run(&world);
    heard_exactly(&world, "waiting the server failed (500), trying again in 0.0 s (1 of 2)\n"
                          "waiting the server is busy (429), trying again in 0.0 s (2 of 2)\n"
                          "waiting no more\ntext Hello world\ndone stop\n");
    close_world(&world);
}

static void gives_up_after_its_tries(void **state)
{
    (void)state;
    struct world world;
    open_world(&world,
               CHAT("{\"status\": 500, " AT_ONCE ", \"json\": {\"error\": {\"message\": \"it is Monday\"}}}"),
               NULL);
    run(&world);
    heard_words(&world, "failed server: the server at http://127.0.0.1");
    heard_words(&world, "failed (500): it is Monday (tried 3 times)");
    close_world(&world);
}

static void waits_as_long_as_it_is_told(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, CHAT("{\"status\": 429, \"headers\": {\"Retry-After\": \"1\"}}, " HELLO), NULL);
    run(&world);
    heard_words(&world, "trying again in 1.0 s (1 of 2)\nwaiting no more\ntext Hello world");
    close_world(&world);
}

static void waits_for_a_starting_server(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, CHAT("{\"status\": 503, " AT_ONCE "}, {\"status\": 503}, " HELLO), NULL);
    world.options.max_retries = 0;
    run(&world);
    heard_words(&world, "waiting the server is starting or overloaded (503), trying again in 0.5 s\n");
    heard_words(&world, "waiting no more\ntext Hello world\ndone stop\n");
    close_world(&world);
}

static void connects_once_the_server_listens(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, CHAT(HELLO), "listen");
    start(&world);
    wait_for_line(&world, "does not take connections, trying again in 0.5 s (1 of 2)");
    model_server_go(world.server, "listen");
    wait_until_over(&world);
    heard_words(&world, "waiting no more\ntext Hello world\ndone stop\n");
    close_world(&world);
}

static void says_that_nothing_is_there(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, CHAT(HELLO), "never");
    world.options.max_retries = 0;
    run(&world);
    heard_words(&world, "failed server: no answer from the model's server: 127.0.0.1:");
    close_world(&world);
}

static void retries_a_connection_dropped_before_the_answer(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, CHAT("{\"drop\": true}, {\"say\": \"lost\", \"break_after\": 10}, " HELLO), NULL);
    run(&world);
    heard_words(&world, "waiting the connection broke, trying again in 0.5 s (1 of 2)\n");
    heard_words(&world, "waiting the connection broke, trying again in 1.0 s (2 of 2)\n");
    heard_words(&world, "waiting no more\ntext Hello world\ndone stop\n");
    close_world(&world);
}

static void keeps_what_came_when_it_breaks_off(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, CHAT("{\"say\": \"Hello world of words\", \"break_after\": 500}"), NULL);
    run(&world);
    heard_words(&world, "text Hello");
    heard_words(&world, "failed broken: ");
    close_world(&world);
}

static void keeps_what_came_when_the_stream_just_ends(void **state)
{
    (void)state;
    struct world world;
    open_world(
        &world,
        CHAT("{\"body\": \"data: "
             "{\\\"choices\\\":[{\\\"delta\\\":{\\\"content\\\":\\\"Hel\\\"}}]}\\n\\ndata: {\\\"choi\"}"),
        NULL);
    run(&world);
    heard_words(&world, "text Hel\nfailed broken: the server ended the stream before");
    close_world(&world);
}

static void tells_an_error_in_the_stream(void **state)
{
    (void)state;
    struct world world;
    open_world(
        &world,
        CHAT("{\"events\": [{\"choices\": [{\"delta\": {\"content\": \"Hel\"}}]}, {\"error\": {\"message\": "
             "\"engine died\", \"code\": 500}}]}"),
        NULL);
    run(&world);
    heard_exactly(&world, "text Hel\nfailed broken: the server said: engine died\n");
    close_world(&world);
}

static void tries_again_after_an_error_at_the_start_of_a_stream(void **state)
{
    (void)state;
    struct world world;
    open_world(&world,
               CHAT("{\"events\": [{\"error\": {\"message\": \"engine died\", \"code\": 500}}]}, " HELLO),
               NULL);
    run(&world);
    heard_words(&world, "(1 of 2)\nwaiting no more\ntext Hello world\ndone stop\n");
    close_world(&world);
}

static void tells_a_web_page(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, CHAT("{\"body\": \"\\n<!doctype html><p>Welcome\"}"), NULL);
    run(&world);
    heard_words(&world, "failed configuration: the server at http://127.0.0.1");
    heard_words(&world, "answered with a web page; set SANDGATE_MODEL_URL");
    close_world(&world);
}

static void tells_a_full_context(void **state)
{
    (void)state;
    struct world world;
    open_world(&world,
               CHAT("{\"status\": 400, \"json\": {\"object\": \"error\", \"message\": \"This model's maximum "
                    "context length "
                    "is 10 tokens.\", \"code\": 400}}"),
               NULL);
    run(&world);
    heard_exactly(&world, "failed context: the server said (400): This model's maximum context length is 10 "
                          "tokens\n");
    close_world(&world);
}

static void never_tells_the_key(void **state)
{
    (void)state;
    struct world world;
    open_world(
        &world,
        CHAT("{\"status\": 401, \"json\": {\"error\": {\"message\": \"Incorrect API key: " KEY "\"}}}"),
        NULL);
    run(&world);
    heard_words(&world, "failed configuration: the server at http://127.0.0.1");
    heard_words(&world, "refused the API key or this use of it (401): Incorrect API key: ***\n");
    close_world(&world);
    open_world(&world, CHAT("{\"status\": 401}"), NULL);
    world.options.api_key = NULL;
    run(&world);
    heard_words(&world, "wants an API key (401); set SANDGATE_API_KEY\n");
    close_world(&world);
    open_world(&world, CHAT("{\"events\": [{\"error\": \"bad " KEY "\"}]}"), NULL);
    world.options.max_retries = 0;
    run(&world);
    heard_words(&world, "gave up: bad ***");
    close_world(&world);
}

static void tries_the_url_without_v1(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, "{\"/chat/completions\": [" HELLO "]}", NULL);
    run(&world);
    run(&world);
    heard_exactly(&world, "text Hello world\ndone stop\ntext Hello world\ndone stop\n");
    path_was(&world, 0, "/v1/chat/completions");
    path_was(&world, 1, "/chat/completions");
    path_was(&world, 2, "/chat/completions");
    close_world(&world);
}

static void tries_the_url_with_v1(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, CHAT(HELLO), NULL);
    char *url = xasprintf("http://127.0.0.1:%d/", model_server_port(world.server));
    world.options.url = url;
    run(&world);
    heard_exactly(&world, "text Hello world\ndone stop\n");
    free(url);
    close_world(&world);
}

static void tells_a_wrong_path_from_a_wrong_model(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, "{}", NULL);
    run(&world);
    heard_words(&world, "failed configuration: ");
    heard_words(&world, "(404): Not Found; check SANDGATE_MODEL_URL");
    close_world(&world);
    open_world(
        &world,
        CHAT("{\"status\": 404, \"json\": {\"error\": {\"message\": \"The model `m` does not exist.\"}}}"),
        NULL);
    run(&world);
    heard_words(&world, "does not have the model m (404): The model `m` does not exist");
    path_was(&world, 0, "/v1/chat/completions");
    assert_null(request(&world, 1));
    close_world(&world);
}

static void asks_for_the_only_model(void **state)
{
    (void)state;
    struct world world;
    open_world(&world,
               "{\"/v1/models\": [{\"status\": 503, " AT_ONCE
               "}, {\"json\": {\"data\": [{\"id\": \"the-one\", "
               "\"max_model_len\": 8192}]}}], \"/v1/chat/completions\": [" HELLO "]}",
               NULL);
    world.options.name = NULL;
    world.options.context_length = 0;
    open_model(&world);
    assert_string_equal(model_name(world.model), "");
    assert_int_equal(model_context_length(world.model), 0);
    run(&world);
    heard_words(&world, "waiting no more\ntext Hello world\ndone stop\n");
    assert_string_equal(model_name(world.model), "the-one");
    assert_int_equal(model_context_length(world.model), 8192);
    path_was(&world, 1, "/v1/models");
    struct json *asked = request(&world, 2);
    assert_non_null(strstr(json_get_text(asked, "body"), "{\"model\":\"the-one\","));
    json_free(asked);
    close_world(&world);
}

static void lists_several_models(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, "{\"/v1/models\": [{\"json\": {\"data\": [{\"id\": \"a\"}, {\"id\": \"b\"}]}}]}",
               NULL);
    world.options.name = NULL;
    run(&world);
    heard_words(&world, "has several models; set SANDGATE_MODEL or model.name to one of: a, b\n");
    close_world(&world);
    open_world(&world, "{\"/v1/models\": [{\"json\": {\"data\": []}}]}", NULL);
    world.options.name = NULL;
    run(&world);
    heard_words(&world, "failed configuration: the server at http://127.0.0.1");
    heard_words(&world, "names no model of its own");
    close_world(&world);
}

static void learns_the_context_beside_the_first_request(void **state)
{
    (void)state;
    struct world world;
    open_world(
        &world,
        "{\"/v1/models\": [{\"json\": {\"models\": [], \"data\": [{\"id\": \"x\"}, {\"id\": \"m\", \"meta\": "
        "{\"n_ctx_train\": 9, \"n_ctx\": 2048}}]}}], \"/v1/chat/completions\": [" HELLO "]}",
        NULL);
    world.options.context_length = 0;
    start(&world);
    while (!world.heard.over || !model_context_length(world.model))
        loop_turn(world.loop, -1);
    assert_int_equal(model_context_length(world.model), 2048);
    heard_exactly(&world, "text Hello world\ndone stop\n");
    close_world(&world);
}

static void hear_list(void *data, const char *const *names, size_t count, const char *failed)
{
    struct heard *heard = data;
    for (size_t i = 0; i < count; i++)
        say(heard, "model %s", names[i]);
    if (failed)
        say(heard, "no list: %s", failed);
    heard->over = true;
}

static void list_on_request(void **state)
{
    (void)state;
    struct world world;
    open_world(
        &world,
        "{\"/v1/models\": [{\"json\": {\"data\": [{\"id\": \"a\"}, {\"id\": \"b\"}]}}, {\"status\": 500}]}",
        NULL);
    open_model(&world);
    model_list(world.model, hear_list, &world.heard);
    wait_until_over(&world);
    world.heard.over = false;
    model_list(world.model, hear_list, &world.heard);
    wait_until_over(&world);
    heard_words(&world, "model a\nmodel b\nno list: the server at http://127.0.0.1");
    heard_words(&world, "did not list its models (500)\n");
    /* One that is closed away is never answered. */
    model_list(world.model, hear_list, &world.heard);
    close_world(&world);
}

static void does_without_usage_where_it_is_refused(void **state)
{
    (void)state;
    struct world world;
    open_world(&world,
               CHAT("{\"status\": 422, \"json\": {\"detail\": \"stream_options: extra inputs are not "
                    "permitted\"}}, " HELLO),
               NULL);
    run(&world);
    heard_exactly(&world, "text Hello world\ndone stop\n");
    struct json *asked = request(&world, 1);
    assert_null(strstr(json_get_text(asked, "body"), "stream_options"));
    json_free(asked);
    close_world(&world);
}

static void cancel_at_any_time(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, CHAT("{\"say\": \"Hello world\", \"wait_at\": {\"400\": \"rest\"}}"), NULL);
    model_cancel(start(&world)); /* before anything */
    struct model_run *running = start(&world);
    wait_for_line(&world, "text Hello");
    model_cancel(running); /* midway */
    world.heard.cancel_at_text = NULL;
    size_t before = world.heard.lines.length;
    model_server_go(world.server, "rest");
    world.heard.cancel_at_text = start(&world);
    wait_until_over(&world); /* from inside a callback */
    for (int i = 0; i < 5; i++)
        loop_turn(world.loop, 10);
    assert_string_equal(world.heard.lines.data + before, "Hello");
    close_world(&world);
}

static void cancel_while_it_waits(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, CHAT("{\"status\": 503}"), NULL);
    struct model_run *running = start(&world);
    wait_for_line(&world, "waiting the server is starting");
    model_cancel(running);
    size_t before = world.heard.lines.length;
    for (int i = 0; i < 5; i++)
        loop_turn(world.loop, 10);
    assert_int_equal(world.heard.lines.length, before);
    close_world(&world);
}

static void close_from_inside_a_callback(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, CHAT(HELLO), NULL);
    open_model(&world);
    world.heard.close_at_text = world.model;
    run(&world);
    for (int i = 0; i < 5; i++)
        loop_turn(world.loop, 10);
    heard_exactly(&world, "text Hello");
    world.model = NULL;
    close_world(&world);
}

static void refuses_arguments_of_10_mb(void **state)
{
    (void)state;
    struct world world;
    struct buffer scenario = BUFFER_INIT;
    buffer_append_text(&scenario,
                       "{\"/v1/chat/completions\": [{\"events\": [{\"choices\": [{\"delta\": "
                       "{\"tool_calls\": [{\"index\": 0, "
                       "\"id\": \"c1\", \"function\": {\"name\": \"run_command\", \"arguments\": \"");
    char *at = buffer_reserve(&scenario, 10 * 1024 * 1024);
    memset(at, 'x', 10 * 1024 * 1024);
    buffer_added(&scenario, 10 * 1024 * 1024);
    buffer_append_text(&scenario, "\"}}]}, \"finish_reason\": \"tool_calls\"}]}, \"[DONE]\"]}]}");
    open_world(&world, scenario.data, NULL);
    run(&world);
    heard_exactly(&world,
                  "begin c1 run_command\nend {} refused: The arguments are too long (over 8 MiB), so the "
                  "call was not run. Do it in smaller pieces.\ndone calls\n");
    buffer_release(&scenario);
    close_world(&world);
}

static long peak_kilobytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

#ifdef __SANITIZE_ADDRESS__
#define FLOOD "20971520" /* freed memory stays with the sanitizer: only that it comes through is seen */
#else
#define FLOOD "209715200"
#endif

/* Nothing of a long answer stays in the provider. */
static void a_long_answer_costs_no_memory(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, CHAT("{\"flood\": " FLOOD ", \"piece\": 8192}"), NULL);
    world.heard.keep = false;
    start(&world);
    while (world.heard.text_bytes < 10 * 1024 * 1024)
        loop_turn(world.loop, -1);
    long before = peak_kilobytes();
    wait_until_over(&world);
    assert_int_equal(world.heard.text_bytes, atoi(FLOOD));
    heard_exactly(&world, "done stop\n");
#ifndef __SANITIZE_ADDRESS__
    assert_true(peak_kilobytes() - before < 8 * 1024);
#else
    (void)before;
#endif
    close_world(&world);
}

static void bad_options_are_named(void **state)
{
    (void)state;
    static const char *const no_colon[] = { "Modal-Key", NULL };
    static const struct {
        struct model_options options;
        const char *words;
    } cases[] = {
        { { .provider = "openai" }, "SANDGATE_MODEL_URL" },
        { { .provider = "openai", .url = "ftp://x/v1" }, "must begin with http:// or https://" },
        { { .provider = "openai", .url = "localhost:8000" }, "must begin with http:// or https://" },
        { { .provider = "openai", .url = "http://x", .api_key = "a\nb: c" }, "line end" },
        { { .provider = "openai", .url = "http://x", .headers = no_colon }, "\"Name: value\"" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error error = ERROR_INIT;
        assert_null(model_open(NULL, NULL, &cases[i].options, &error));
        assert_non_null(strstr(error_message(&error), cases[i].words));
        error_clear(&error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_text_calls_and_usage),
        cmocka_unit_test(sends_what_it_must),
        cmocka_unit_test(takes_a_whole_answer),
        cmocka_unit_test(uses_the_connection_again),
        cmocka_unit_test(retries_what_may_pass),
        cmocka_unit_test(gives_up_after_its_tries),
        cmocka_unit_test(waits_as_long_as_it_is_told),
        cmocka_unit_test(waits_for_a_starting_server),
        cmocka_unit_test(connects_once_the_server_listens),
        cmocka_unit_test(says_that_nothing_is_there),
        cmocka_unit_test(retries_a_connection_dropped_before_the_answer),
        cmocka_unit_test(keeps_what_came_when_it_breaks_off),
        cmocka_unit_test(keeps_what_came_when_the_stream_just_ends),
        cmocka_unit_test(tells_an_error_in_the_stream),
        cmocka_unit_test(tries_again_after_an_error_at_the_start_of_a_stream),
        cmocka_unit_test(tells_a_web_page),
        cmocka_unit_test(tells_a_full_context),
        cmocka_unit_test(never_tells_the_key),
        cmocka_unit_test(tries_the_url_without_v1),
        cmocka_unit_test(tries_the_url_with_v1),
        cmocka_unit_test(tells_a_wrong_path_from_a_wrong_model),
        cmocka_unit_test(asks_for_the_only_model),
        cmocka_unit_test(lists_several_models),
        cmocka_unit_test(learns_the_context_beside_the_first_request),
        cmocka_unit_test(list_on_request),
        cmocka_unit_test(does_without_usage_where_it_is_refused),
        cmocka_unit_test(cancel_at_any_time),
        cmocka_unit_test(cancel_while_it_waits),
        cmocka_unit_test(close_from_inside_a_callback),
        cmocka_unit_test(refuses_arguments_of_10_mb),
        cmocka_unit_test(a_long_answer_costs_no_memory),
        cmocka_unit_test(bad_options_are_named),
    };
    signal(SIGPIPE, SIG_IGN);
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
