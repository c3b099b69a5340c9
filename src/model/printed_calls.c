/* printed_calls.c - looks for the marks byte by byte, and reads what stands behind them when it is whole. */
#include "model/printed_calls.h"

#include "base/buffer.h"
#include "base/json.h"
#include "base/memory.h"
#include "model/call_pieces.h"
#include "model/model.h"
#include "model/repair.h"
#include "model/teller.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TAG "<tool_call>"
#define TAG_END "</tool_call>"
#define LIST "[TOOL_CALLS]"
#define LIST_ID "[CALL_ID]"
#define LIST_ARGUMENTS "[ARGS]"

enum { BLOCK_MAX = ARGUMENTS_MAX + 64 * 1024, CALLS_MAX = 64 };

enum state {
    IN_TEXT,
    IN_MARK, /* what is held may become a mark */
    IN_TAG,  /* behind <tool_call>, until its end */
    IN_LIST, /* behind [TOOL_CALLS], until the end of the answer */
};

struct printed_calls {
    struct teller *teller;
    struct call_pieces *pieces;
    const struct model_tool *tools;
    size_t tool_count;
    enum state state;
    struct buffer held; /* the mark and what stands behind it */
    bool line_start;    /* only blanks since the last newline */
    size_t ticks;       /* backticks since line_start */
    bool in_fence;
};

struct printed_calls *printed_calls_new(struct teller *teller, struct call_pieces *pieces,
                                        const struct model_tool *tools, size_t tool_count)
{
    struct printed_calls *printed = xcalloc(1, sizeof *printed);
    printed->teller = teller;
    printed->pieces = pieces;
    printed->tools = tools;
    printed->tool_count = tool_count;
    printed->line_start = true;
    buffer_init(&printed->held, BLOCK_MAX);
    return printed;
}

void printed_calls_free(struct printed_calls *printed)
{
    if (!printed)
        return;
    buffer_release(&printed->held);
    free(printed);
}

/* --- reading a block --- */

struct found {
    char *name;
    char *arguments;
};

struct found_list {
    struct found items[CALLS_MAX];
    size_t count;
};

static void found_release(struct found_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].arguments);
    }
}

static bool is_tool(const struct printed_calls *printed, const char *name)
{
    for (size_t i = 0; name && i < printed->tool_count; i++)
        if (strcmp(printed->tools[i].name, name) == 0)
            return true;
    return false;
}

/* Takes ARGUMENTS over; NULL: they could not be read. */
static bool add_found(const struct printed_calls *printed, struct found_list *list, const char *name,
                      char *arguments)
{
    if (!arguments || !is_tool(printed, name) || list->count == CALLS_MAX) {
        free(arguments);
        return false;
    }
    list->items[list->count++] = (struct found){ xstrdup(name), arguments };
    return true;
}

/* {"name": ..., "arguments" or "parameters": an object, or its text} */
static bool read_call(const struct printed_calls *printed, const struct json *json, struct found_list *list)
{
    const struct json *arguments = json_get(json, "arguments");
    if (!arguments)
        arguments = json_get(json, "parameters");
    const char *text = json_text(arguments);
    char *good = json_is(arguments, JSON_OBJECT) ? json_print(arguments)
                 : text || !arguments            ? repair_arguments(text, text ? strlen(text) : 0, true, NULL)
                                                 : NULL;
    return add_found(printed, list, json_get_text(json, "name"), good);
}

static bool read_object(const struct printed_calls *printed, const char *text, size_t length,
                        struct found_list *list)
{
    char *good = repair_arguments(text, length, false, NULL);
    struct json *json = good ? json_parse(good, strlen(good), NULL) : NULL;
    bool read = json && read_call(printed, json, list);
    json_free(json);
    free(good);
    return read;
}

static bool read_array(const struct printed_calls *printed, const char *text, size_t length,
                       struct found_list *list)
{
    struct json *json = json_parse(text, length, NULL);
    bool read = json_count(json) > 0;
    for (size_t i = 0; read && i < json_count(json); i++)
        read = read_call(printed, json_at(json, i), list);
    json_free(json);
    return read;
}

/* NAME[CALL_ID]...[ARGS]{...}: the id is the model's own and of no use. */
static bool read_named(const struct printed_calls *printed, const char *text, size_t length,
                       struct found_list *list)
{
    const char *arguments = memchr(text, '{', length);
    size_t name_length = strcspn(text, "[{ \n");
    if (!arguments || !name_length || name_length > (size_t)(arguments - text))
        return false;
    char *name = xstrndup(text, name_length);
    size_t rest = length - (size_t)(arguments - text);
    bool read = add_found(printed, list, name, repair_arguments(arguments, rest, false, NULL));
    free(name);
    return read;
}

/* One or more [TOOL_CALLS], each before a list, an object or a name. */
static bool read_list(const struct printed_calls *printed, struct found_list *list)
{
    const char *at = printed->held.data;
    while (strncmp(at, LIST, strlen(LIST)) == 0) {
        at += strlen(LIST);
        at += strspn(at, " \t\r\n");
        const char *next = strstr(at, LIST);
        size_t length = next ? (size_t)(next - at) : strlen(at);
        bool read = *at == '['   ? read_array(printed, at, length, list)
                    : *at == '{' ? read_object(printed, at, length, list)
                                 : read_named(printed, at, length, list);
        if (!read)
            return false;
        at += length;
    }
    return !*at;
}

static bool read_tag(const struct printed_calls *printed, struct found_list *list)
{
    const struct buffer *held = &printed->held;
    size_t end = held->length;
    size_t from = strlen(TAG), tail = strlen(TAG_END);
    if (end >= from + tail && memcmp(held->data + end - tail, TAG_END, tail) == 0)
        end -= tail;
    size_t blank = strspn(held->data + from, " \t\r\n");
    return held->data[from + blank] == '{' && read_object(printed, held->data + from, end - from, list);
}

/* --- the two ways out of a block --- */

static void tell_text(struct printed_calls *printed, const char *bytes, size_t length)
{
    if (!length)
        return;
    if (call_pieces_count(printed->pieces))
        call_pieces_settle(printed->pieces);
    teller_text(printed->teller, bytes, length);
}

static void let_go(struct printed_calls *printed)
{
    tell_text(printed, printed->held.data, printed->held.length);
    buffer_clear(&printed->held);
    printed->state = IN_TEXT;
    printed->line_start = false;
}

static void close_block(struct printed_calls *printed)
{
    struct found_list list = { .count = 0 };
    bool read = printed->state == IN_TAG ? read_tag(printed, &list) : read_list(printed, &list);
    if (read) {
        for (size_t i = 0; i < list.count; i++)
            call_pieces_add_whole(printed->pieces, list.items[i].name, list.items[i].arguments);
        buffer_clear(&printed->held);
        printed->state = IN_TEXT;
    } else {
        let_go(printed);
    }
    printed->line_start = read;
    found_release(&list);
}

/* --- scanning --- */

static void note_byte(struct printed_calls *printed, char byte)
{
    if (byte == '\n') {
        printed->line_start = true;
        printed->ticks = 0;
    } else if (byte == '`' && (printed->line_start || printed->ticks)) {
        printed->line_start = false;
        if (++printed->ticks == 3)
            printed->in_fence = !printed->in_fence;
    } else if (byte != ' ' && byte != '\t') {
        printed->line_start = false;
        printed->ticks = 0;
    }
}

static bool may_begin(const struct printed_calls *printed, char byte)
{
    return (byte == '<' || byte == '[') && printed->line_start && !printed->in_fence && printed->tool_count;
}

static bool held_begins(const struct buffer *held, const char *mark)
{
    return held->length <= strlen(mark) && memcmp(held->data, mark, held->length) == 0;
}

/* Within a line nothing matters up to its end. Returns the bytes to there. */
static size_t rest_of_line(const struct printed_calls *printed, const char *bytes, size_t length)
{
    if (printed->line_start || printed->ticks)
        return 0;
    const char *end = memchr(bytes, '\n', length);
    return end ? (size_t)(end - bytes) : length;
}

/* Takes plain text up to where a mark may begin. Returns the bytes taken. */
static size_t take_text(struct printed_calls *printed, const char *bytes, size_t length)
{
    size_t taken = 0;
    while (taken < length && !may_begin(printed, bytes[taken])) {
        note_byte(printed, bytes[taken++]);
        taken += rest_of_line(printed, bytes + taken, length - taken);
    }
    tell_text(printed, bytes, taken);
    if (taken < length)
        printed->state = IN_MARK;
    return taken;
}

static size_t take_mark(struct printed_calls *printed, const char *bytes)
{
    buffer_append_byte(&printed->held, *bytes);
    const struct buffer *held = &printed->held;
    if (held_begins(held, TAG)) {
        printed->state = held->length == strlen(TAG) ? IN_TAG : IN_MARK;
        return 1;
    }
    if (held_begins(held, LIST)) {
        printed->state = held->length == strlen(LIST) ? IN_LIST : IN_MARK;
        return 1;
    }
    buffer_truncate(&printed->held, held->length - 1);
    let_go(printed);
    return 0;
}

/* Takes text behind a mark; a tag ends with its end, a list with the answer. */
static size_t take_block(struct printed_calls *printed, const char *bytes, size_t length)
{
    struct buffer *held = &printed->held;
    size_t before = held->length, tail = strlen(TAG_END);
    if (!buffer_append(held, bytes, length)) {
        let_go(printed);
        return 0;
    }
    if (printed->state == IN_LIST)
        return length;
    size_t from = before > strlen(TAG) + tail ? before - tail : strlen(TAG);
    const char *end = memmem(held->data + from, held->length - from, TAG_END, tail);
    if (!end)
        return length;
    size_t whole = (size_t)(end - held->data) + tail;
    buffer_truncate(held, whole);
    close_block(printed);
    return whole - before;
}

void printed_calls_text(struct printed_calls *printed, const char *bytes, size_t length)
{
    while (length && !teller_is_stopped(printed->teller)) {
        size_t taken = printed->state == IN_TEXT   ? take_text(printed, bytes, length)
                       : printed->state == IN_MARK ? take_mark(printed, bytes)
                                                   : take_block(printed, bytes, length);
        bytes += taken;
        length -= taken;
    }
}

void printed_calls_end(struct printed_calls *printed)
{
    if (printed->state == IN_TAG || printed->state == IN_LIST)
        close_block(printed);
    else if (printed->state == IN_MARK)
        let_go(printed);
}

void printed_calls_break(struct printed_calls *printed)
{
    if (printed->state != IN_TEXT)
        let_go(printed);
}
