/* fuzz_model_json.c - the decoder of OpenAI-compatible answers: each line of the input is one message of the
 * server.  Whatever it sends, calls are told one at a time, each with an id of its own and an object of
 * arguments.  What is told must not depend on whether ordinary chunks are read by their shape: blanks before
 * each line, a different number each time, keep the decoder from knowing a shape again. */
#include "base/buffer.h"
#include "base/json.h"
#include "base/map.h"
#include "model/openai_stream.h"
#include "model/refusal.h"
#include "model/teller.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    bool in_call;
    size_t calls, refused;
    struct map *ids;
    struct buffer told; /* a letter for the kind before each run of text */
    char kind;
};

static void check(bool good)
{
    if (!good)
        abort();
}

static void tell(struct seen *seen, char kind, const char *bytes, size_t length)
{
    if (seen->kind != kind)
        buffer_append_byte(&seen->told, kind);
    seen->kind = kind;
    buffer_append(&seen->told, bytes, length);
}

static void hear_text(void *data, const char *bytes, size_t length)
{
    check(length > 0 && memchr(bytes, '\0', length) == NULL);
    tell(data, 'T', bytes, length);
}

static void hear_reasoning(void *data, const char *bytes, size_t length)
{
    check(length > 0 && memchr(bytes, '\0', length) == NULL);
    tell(data, 'R', bytes, length);
}

static void hear_call_begin(void *data, const char *id, const char *tool)
{
    struct seen *seen = data;
    check(!seen->in_call);
    check(*id && tool && !map_has(seen->ids, id));
    tell(seen, 'C', tool, strlen(tool));
    map_set(seen->ids, id, seen);
    seen->in_call = true;
    seen->calls++;
}

static void hear_call_arguments(void *data, const char *bytes, size_t length)
{
    struct seen *seen = data;
    check(seen->in_call && bytes && length > 0);
}

static void hear_call_end(void *data, const char *arguments, const char *refused)
{
    struct seen *seen = data;
    struct json *json = json_parse(arguments, strlen(arguments), NULL);
    check(seen->in_call && json_is(json, JSON_OBJECT));
    check(!refused || strcmp(arguments, "{}") == 0);
    json_free(json);
    tell(seen, 'E', arguments, strlen(arguments));
    seen->in_call = false;
    seen->refused += refused != NULL;
}

static const struct model_events hearing = {
    .text = hear_text,
    .reasoning = hear_reasoning,
    .call_begin = hear_call_begin,
    .call_arguments = hear_call_arguments,
    .call_end = hear_call_end,
};

static const struct model_tool tools[] = {
    { .name = "run_command" },
    { .name = "read_file" },
    { .name = "read" },
};

static void feed_lines(struct openai_stream *stream, const char *text, bool with_blanks)
{
    enum openai_fed fed = OPENAI_MORE;
    for (int blanks = 0; *text && fed == OPENAI_MORE; blanks += with_blanks) {
        size_t length = strcspn(text, "\n");
        char *line = NULL; /* of its own, so that reading past it is seen */
        int size = asprintf(&line, "%*s%.*s", blanks, "", (int)length, text);
        fed = openai_stream_feed(stream, line, (size_t)size);
        free(line);
        text += length + (text[length] == '\n');
    }
    if (fed == OPENAI_ERROR) {
        refusal_kind(openai_stream_refusal(stream));
        check(openai_stream_refusal(stream)->words != NULL);
        openai_stream_break(stream);
    } else {
        openai_stream_end(stream);
    }
}

static void run(struct seen *seen, const char *text, bool with_blanks)
{
    *seen = (struct seen){ .ids = map_new(NULL), .told = BUFFER_INIT };
    struct map *used = map_new(NULL);
    bool stopped = false;
    struct teller teller = { .events = hearing, .data = seen, .stopped = &stopped };
    struct openai_stream *stream = openai_stream_new(&teller, tools, sizeof tools / sizeof *tools, used, 1);
    feed_lines(stream, text, with_blanks);
    openai_stream_free(stream);
    map_free(used);
    map_free(seen->ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen seen[2];
    char *text = strndup((const char *)data, size);

    run(&seen[0], text, false);
    run(&seen[1], text, true);
    check(seen[0].told.length == seen[1].told.length &&
          memcmp(seen[0].told.data, seen[1].told.data, seen[0].told.length) == 0);
    buffer_release(&seen[0].told);
    buffer_release(&seen[1].told);
    free(text);
    return 0;
}
