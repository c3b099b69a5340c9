/* fuzz_model_json.c - the decoder of OpenAI-compatible answers: each line of the input is one message of the
 * server.  Whatever it sends, calls are told one at a time, each with an id of its own and an object of
 * arguments. */
#include "base/json.h"
#include "base/map.h"
#include "model/openai_stream.h"
#include "model/refusal.h"
#include "model/teller.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    bool in_call;
    size_t calls, refused;
    struct map *ids;
};

static void check(bool good)
{
    if (!good)
        abort();
}

static void hear_text(void *data, const char *bytes, size_t length)
{
    (void)data;
    check(length > 0 && memchr(bytes, '\0', length) == NULL);
}

static void hear_call_begin(void *data, const char *id, const char *tool)
{
    struct seen *seen = data;
    check(!seen->in_call);
    check(*id && tool && !map_has(seen->ids, id));
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
    seen->in_call = false;
    seen->refused += refused != NULL;
}

static const struct model_events hearing = {
    .text = hear_text,
    .reasoning = hear_text,
    .call_begin = hear_call_begin,
    .call_arguments = hear_call_arguments,
    .call_end = hear_call_end,
};

static const struct model_tool tools[] = {
    { .name = "run_command" },
    { .name = "read_file" },
    { .name = "read" },
};

static void feed_lines(struct openai_stream *stream, const char *text)
{
    enum openai_fed fed = OPENAI_MORE;
    while (*text && fed == OPENAI_MORE) {
        size_t length = strcspn(text, "\n");
        char *line = strndup(text, length); /* of its own, so that reading past it is seen */
        fed = openai_stream_feed(stream, line, length);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen seen = { .ids = map_new(NULL) };
    struct map *used = map_new(NULL);
    bool stopped = false;
    struct teller teller = { .events = hearing, .data = &seen, .stopped = &stopped };
    struct openai_stream *stream =
        openai_stream_new(&teller, tools, sizeof tools / sizeof *tools, used, size);
    char *text = strndup((const char *)data, size);
    feed_lines(stream, text);
    free(text);
    openai_stream_free(stream);
    map_free(used);
    map_free(seen.ids);
    return 0;
}
