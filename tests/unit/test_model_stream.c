/* The decoder of OpenAI-compatible answers, against the recorded streams of tests/data/model: each NAME.stream
 * must give the lines of NAME.events, however it is cut.
 *
 *     text "..."   reasoning "..."      pieces joined
 *     call ID TOOL ARGUMENTS            MADE1, MADE2: an id of our own
 *     call ID TOOL refused: SENTENCE    "?": no name; the line may end before the sentence does
 *     usage input=N cached=N output=N reasoning=N
 *     done REASON | error STATUS [context ]WORDS | broken */
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/path.h"
#include "model/openai_stream.h"
#include "model/refusal.h"
#include "model/repair.h"
#include "model/teller.h"
#include "wire/sse.h"

#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct model_tool tools[] = {
    { "run_command", "runs", "{}" },
    { "read_file", "reads", "{}" },
    { "list_directory", "lists", "{}" },
};

/* --- a listener that writes lines --- */

struct script {
    struct buffer lines;
    struct buffer run;    /* text or reasoning that goes on */
    const char *run_name; /* NULL: none goes on */
    struct buffer live;   /* arguments of the open call as they came */
    bool in_call;
    int made;
    char call[128]; /* "ID TOOL" */
    bool ended;
};

static void end_run(struct script *script)
{
    if (!script->run_name)
        return;
    struct json *text = json_new_text_length(script->run.data, script->run.length);
    char *quoted = json_print(text);
    buffer_append_format(&script->lines, "%s %s\n", script->run_name, quoted);
    free(quoted);
    json_free(text);
    buffer_clear(&script->run);
    script->run_name = NULL;
}

static void add_run(struct script *script, const char *name, const char *bytes, size_t length)
{
    assert_false(script->in_call);
    if (script->run_name && strcmp(script->run_name, name) != 0)
        end_run(script);
    script->run_name = name;
    buffer_append(&script->run, bytes, length);
}

static void hear_text(void *data, const char *bytes, size_t length)
{
    add_run(data, "text", bytes, length);
}

static void hear_reasoning(void *data, const char *bytes, size_t length)
{
    add_run(data, "reasoning", bytes, length);
}

static void hear_call_begin(void *data, const char *id, const char *tool)
{
    struct script *script = data;
    end_run(script);
    assert_false(script->in_call);
    script->in_call = true;
    buffer_clear(&script->live);
    char made[16];
    snprintf(made, sizeof made, "MADE%d", script->made + 1);
    bool is_made = strlen(id) == 9;
    script->made += is_made;
    snprintf(script->call, sizeof script->call, "%s %s", is_made ? made : id, *tool ? tool : "?");
}

static void hear_call_arguments(void *data, const char *bytes, size_t length)
{
    struct script *script = data;
    assert_true(script->in_call);
    buffer_append(&script->live, bytes, length);
}

static void hear_call_end(void *data, const char *arguments, const char *refused)
{
    struct script *script = data;
    assert_true(script->in_call);
    script->in_call = false;
    if (refused) {
        assert_string_equal(arguments, "{}");
        buffer_append_format(&script->lines, "call %s refused: %s\n", script->call, refused);
        return;
    }
    struct json *json = json_parse(arguments, strlen(arguments), NULL);
    assert_true(json_is(json, JSON_OBJECT));
    json_free(json);
    buffer_append_format(&script->lines, "call %s %s\n", script->call, arguments);
}

static void hear_usage(void *data, const struct model_usage *usage)
{
    struct script *script = data;
    end_run(script);
    buffer_append_format(&script->lines,
                         "usage input=%" PRId64 " cached=%" PRId64 " output=%" PRId64 " reasoning=%" PRId64
                         "\n",
                         usage->input, usage->cached, usage->output, usage->reasoning);
}

static const struct model_events hearing = {
    .text = hear_text,
    .reasoning = hear_reasoning,
    .call_begin = hear_call_begin,
    .call_arguments = hear_call_arguments,
    .call_end = hear_call_end,
    .usage = hear_usage,
};

/* --- running a stream --- */

struct reading {
    struct script script;
    bool stopped;
    struct teller teller;
    struct map *ids;
    struct openai_stream *stream;
};

static void tell_error(struct reading *reading)
{
    const struct refusal *refusal = openai_stream_refusal(reading->stream);
    end_run(&reading->script);
    buffer_append_format(&reading->script.lines, "error %d %s%s\n", refusal->status,
                         refusal_is_context(refusal) ? "context " : "", refusal->words);
}

static void tell_done(struct reading *reading)
{
    static const char *const names[] = { "stop", "length", "calls", "filter" };
    enum model_finish finish = openai_stream_end(reading->stream);
    end_run(&reading->script);
    buffer_append_format(&reading->script.lines, "done %s\n", names[finish]);
}

static void take(struct reading *reading, const char *text, size_t length)
{
    if (reading->script.ended)
        return;
    enum openai_fed fed = openai_stream_feed(reading->stream, text, length);
    reading->script.ended = fed != OPENAI_MORE;
    if (fed == OPENAI_ERROR)
        tell_error(reading);
    if (fed == OPENAI_DONE)
        tell_done(reading);
}

static void hear_event(void *data, const char *type, const char *text, size_t length)
{
    (void)type;
    take(data, text, length);
}

static void start_reading(struct reading *reading)
{
    *reading =
        (struct reading){ .script = { .lines = BUFFER_INIT, .run = BUFFER_INIT, .live = BUFFER_INIT } };
    reading->teller =
        (struct teller){ .events = hearing, .data = &reading->script, .stopped = &reading->stopped };
    reading->ids = map_new(NULL);
    map_set(reading->ids, "used", reading);
    reading->stream = openai_stream_new(&reading->teller, tools, ARRAY_SIZE(tools), reading->ids, 1);
}

static void end_reading(struct reading *reading)
{
    openai_stream_free(reading->stream);
    map_free(reading->ids);
    buffer_release(&reading->script.lines);
    buffer_release(&reading->script.run);
    buffer_release(&reading->script.live);
}

static void end_of_body(struct reading *reading)
{
    if (reading->script.ended)
        return;
    if (openai_stream_is_finished(reading->stream)) {
        tell_done(reading);
        return;
    }
    openai_stream_break(reading->stream);
    end_run(&reading->script);
    buffer_append_text(&reading->script.lines, "broken\n");
}

/* The lines that FILE gives when it comes in two pieces, cut at CUT. */
static char *lines_of(const struct buffer *file, size_t cut)
{
    struct reading reading;
    start_reading(&reading);
    if (file->data[strspn(file->data, " \r\n")] == '{') {
        take(&reading, file->data, file->length);
    } else {
        struct sse *sse = sse_new(hear_event, &reading);
        sse_feed(sse, file->data, cut);
        sse_feed(sse, file->data + cut, file->length - cut);
        sse_feed(sse, "\n\n", 2);
        sse_free(sse);
    }
    end_of_body(&reading);
    char *lines = buffer_detach(&reading.script.lines);
    end_reading(&reading);
    return lines;
}

/* Each wanted line must be the one got; those with a sentence may leave out its end. */
static void compare(const char *name, const char *got, const char *want)
{
    const char *g = got, *w = want;
    while (*w || *g) {
        size_t got_length = strcspn(g, "\n"), want_length = strcspn(w, "\n");
        bool sentence = want_length && got_length >= want_length &&
                        (memmem(w, want_length, "refused:", 8) || strncmp(w, "error ", 6) == 0);
        bool same = (sentence || got_length == want_length) && memcmp(g, w, want_length) == 0;
        if (!same)
            fail_msg("%s: got\n%swanted\n%s", name, got, want);
        g += got_length + (g[got_length] == '\n');
        w += want_length + (w[want_length] == '\n');
    }
}

static void read_data(const char *folder, const char *name, const char *end, struct buffer *out)
{
    char *file = xasprintf("%s/%s%s", folder, name, end);
    struct error error = ERROR_INIT;
    if (!path_read_file(file, out, &error))
        fail_msg("%s", error_message(&error));
    free(file);
}

static void check_case(const char *folder, const char *name)
{
    struct buffer stream = BUFFER_INIT, events = BUFFER_INIT;
    read_data(folder, name, ".stream", &stream);
    read_data(folder, name, ".events", &events);
    for (size_t cut = 0; cut < stream.length; cut++) {
        char *lines = lines_of(&stream, cut);
        compare(name, lines, events.data);
        free(lines);
        if (stream.data[strspn(stream.data, " \r\n")] == '{')
            break; /* a whole answer is never cut here */
    }
    buffer_release(&stream);
    buffer_release(&events);
}

static char *data_folder(void)
{
    return path_join(getenv("SANDGATE_SOURCE") ? getenv("SANDGATE_SOURCE") : SANDGATE_SOURCE_FOLDER,
                     "tests/data/model");
}

static void recorded_streams(void **state)
{
    (void)state;
    char *path = data_folder();
    DIR *folder = opendir(path);
    assert_non_null(folder);
    size_t cases = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char *end = strstr(entry->d_name, ".stream");
        if (!end)
            continue;
        char *name = xstrndup(entry->d_name, (size_t)(end - entry->d_name));
        check_case(path, name);
        free(name);
        cases++;
    }
    closedir(folder);
    assert_true(cases >= 80);
    free(path);
}

/* --- what is too big for a file --- */

static void feed_call(struct reading *reading, const char *start, const char *piece, size_t pieces)
{
    take(reading, start, strlen(start));
    struct json *arguments = json_new_text(piece);
    char *quoted = json_print(arguments);
    char *text = xasprintf(
        "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":%s}}]}}]}",
        quoted);
    for (size_t i = 0; i < pieces; i++)
        take(reading, text, strlen(text));
    free(text);
    free(quoted);
    json_free(arguments);
}

#define CALL_START                                                                                        \
    "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"function\":{\"name\":\"read_" \
    "file\"}}]}}]}"

static void arguments_over_8_mib_are_refused(void **state)
{
    (void)state;
    struct reading reading;
    char *piece = xmalloc(1024 * 1024 + 1);
    memset(piece, 'x', 1024 * 1024);
    piece[1024 * 1024] = '\0';
    start_reading(&reading);
    feed_call(&reading, CALL_START, piece, 10);
    assert_true(reading.script.live.length <= ARGUMENTS_MAX);
    take(&reading, "[DONE]", 6);
    compare("too long", reading.script.lines.data,
            "call c1 read_file refused: The arguments are too long (over 8 MiB)\ndone calls\n");
    end_reading(&reading);
    free(piece);
}

static void many_calls_are_bounded(void **state)
{
    (void)state;
    struct reading reading;
    start_reading(&reading);
    char *big = xmalloc(4 * 1024 * 1024 + 1);
    memset(big, 'x', 4 * 1024 * 1024);
    big[4 * 1024 * 1024] = '\0';
    for (int i = 0; i < 20; i++) {
        char *text =
            xasprintf("{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":%d,\"function\":{\"name\":"
                      "\"read_file\",\"arguments\":\"{\\\"path\\\":\\\"%s\"}}]}}]}",
                      i, big);
        take(&reading, text, strlen(text));
        free(text);
    }
    take(&reading, "[DONE]", 6);
    size_t refused = 0;
    for (const char *at = reading.script.lines.data; (at = strstr(at, "too long")); at++)
        refused++;
    assert_int_equal(refused, 13); /* seven, of a little over four MiB each, are kept at one time */
    free(big);
    end_reading(&reading);
}

static void long_printed_block_is_text(void **state)
{
    (void)state;
    struct reading reading;
    start_reading(&reading);
    static const char mark[] = "{\"choices\":[{\"delta\":{\"content\":\"<tool_call>\"}}]}";
    take(&reading, mark, strlen(mark));
    char *big = xmalloc(1024 * 1024 + 1);
    memset(big, 'x', 1024 * 1024);
    big[1024 * 1024] = '\0';
    char *text = xasprintf("{\"choices\":[{\"delta\":{\"content\":\"%s\"}}]}", big);
    for (int i = 0; i < 12; i++)
        take(&reading, text, strlen(text));
    assert_true(reading.script.run.length > 11 * 1024 * 1024);
    take(&reading, "[DONE]", 6);
    assert_int_equal(reading.script.made, 0);
    free(text);
    free(big);
    end_reading(&reading);
}

static void nothing_is_told_after_a_stop(void **state)
{
    (void)state;
    struct reading reading;
    static const char answer[] =
        "{\"choices\":[{\"delta\":{\"reasoning\":\"r\",\"content\":\"c\",\"tool_calls\":[{\"index\":0,\"id\":"
        "\"c1\",\"function\":{\"name\":\"read_file\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"stop\"}]}";
    start_reading(&reading);
    reading.stopped = true;
    take(&reading, answer, strlen(answer));
    openai_stream_end(reading.stream);
    end_run(&reading.script);
    assert_string_equal(reading.script.lines.data, "");
    assert_false(reading.teller.told);
    end_reading(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_streams),
        cmocka_unit_test(arguments_over_8_mib_are_refused),
        cmocka_unit_test(many_calls_are_bounded),
        cmocka_unit_test(long_printed_block_is_text),
        cmocka_unit_test(nothing_is_told_after_a_stop),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
