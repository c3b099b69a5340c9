/* transcript.c - a session as something to read.
 *
 * The conversation is the same fold of the log that the workbench draws.  What a person, a model or a program
 * wrote is always indented, quoted or fenced, line by line, and made visible: none of it can pass for a heading
 * or a sentence of ours, in neither form. */
#include "face/transcript.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/visible.h"
#include "matter/call.h"
#include "matter/conversation.h"
#include "store/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    HEAD_BYTES = 4096, /* of an output */
    HEAD_LINES = 40,
    SHORT = 100, /* bytes of an argument that stands in its line */
    FENCE = 3,
    TIME_TEXT = 32,
};

struct transcript {
    bool markdown;
    FILE *file;
    char *folder; /* the session's */
    struct conversation *conversation;
    struct buffer out; /* of the block being written */

    /* from the events */
    char *from, *model; /* the host's folder; NULL: none */
    int64_t first, last, events;
};

/* --- pieces of both forms --- */

static void flush(struct transcript *transcript)
{
    fwrite(transcript->out.data, 1, transcript->out.length, transcript->file);
    buffer_clear(&transcript->out);
}

/* Ends what stands above with one empty line. */
static void empty_line(struct transcript *transcript)
{
    struct buffer *out = &transcript->out;
    if (out->length > 1 && strcmp(out->data + out->length - 2, "\n\n") != 0) {
        buffer_append_byte(out, '\n');
    }
}

/* Foreign text, line by line behind PREFIX. */
static void prefixed(struct buffer *out, const char *prefix, const char *text, size_t length)
{
    while (length > 0) {
        const char *newline = memchr(text, '\n', length);
        size_t line = newline ? (size_t)(newline - text) : length;
        buffer_append_text(out, prefix);
        visible_text(out, text, line > 0 && newline && text[line - 1] == '\r' ? line - 1 : line);
        buffer_append_byte(out, '\n');
        text += newline ? line + 1 : line;
        length -= newline ? line + 1 : line;
    }
}

static void quoted(struct transcript *transcript, const char *text)
{
    prefixed(&transcript->out, transcript->markdown ? "> " : "  ", text, strlen(text));
    empty_line(transcript);
}

/* The longest run of backticks in TEXT: a fence must be longer. */
static int longest_run(const char *text, size_t length)
{
    int longest = 0, run = 0;
    for (size_t i = 0; i < length; i++) {
        run = text[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void backticks(struct buffer *out, int count)
{
    while (count-- > 0) {
        buffer_append_byte(out, '`');
    }
}

static void block_of_code(struct transcript *transcript, const char *text, size_t length)
{
    struct buffer *out = &transcript->out;
    if (!transcript->markdown) {
        prefixed(out, "  | ", text, length);
        return;
    }
    int fence = longest_run(text, length) + 1;
    fence = fence < FENCE ? FENCE : fence;
    empty_line(transcript);
    backticks(out, fence);
    buffer_append_text(out, "text\n");
    prefixed(out, "", text, length);
    backticks(out, fence);
    buffer_append_text(out, "\n\n");
}

/* Foreign text inside a line of ours. */
static void inline_code(struct transcript *transcript, const char *text)
{
    struct buffer *out = &transcript->out;
    if (!transcript->markdown) {
        visible_line(out, text, strlen(text));
    } else if (*text) {
        int fence = longest_run(text, strlen(text)) + 1;
        const char *space = fence > 1 ? " " : "";
        backticks(out, fence);
        buffer_append_text(out, space);
        visible_line(out, text, strlen(text));
        buffer_append_text(out, space);
        backticks(out, fence);
    }
}

/* WORDS are ours, what follows them is FOREIGN (NULL: nothing). */
static void heading(struct transcript *transcript, int level, const char *words, const char *foreign)
{
    struct buffer *out = &transcript->out;
    if (transcript->markdown) {
        buffer_append_format(out, "%.*s ", level, "####");
    } else {
        buffer_append_text(out, level == 1 ? "" : "-- ");
    }
    buffer_append_text(out, words);
    if (foreign && *foreign) {
        buffer_append_text(out, ": ");
        inline_code(transcript, foreign);
    }
    buffer_append_text(out, transcript->markdown ? "\n\n" : "\n");
}

/* "LABEL: WORDS" on a line of its own, both ours. */
static void told(struct transcript *transcript, const char *label, const char *words)
{
    buffer_append_format(&transcript->out, "%s%s: %s\n", transcript->markdown ? "- " : "  ", label, words);
}

/* The same with foreign TEXT; nothing without TEXT. */
static void labelled(struct transcript *transcript, const char *label, const char *text)
{
    if (!text || !*text) {
        return;
    }
    buffer_append_format(&transcript->out, "%s%s: ", transcript->markdown ? "- " : "  ", label);
    inline_code(transcript, text);
    buffer_append_byte(&transcript->out, '\n');
}

static void time_text(int64_t time, char text[TIME_TEXT])
{
    time_t seconds = (time_t)(time / 1000);
    struct tm local;
    localtime_r(&seconds, &local);
    strftime(text, TIME_TEXT, "%Y-%m-%d %H:%M:%S", &local);
}

/* --- calls --- */

static void argument(struct transcript *transcript, const char *name, const struct json *value)
{
    struct buffer *out = &transcript->out;
    char *printed = json_is(value, JSON_STRING) ? xstrdup(json_text(value)) : json_print(value);
    buffer_append_text(out, transcript->markdown ? "- Argument " : "  Argument ");
    inline_code(transcript, name);
    buffer_append_byte(out, ':');
    if (strlen(printed) <= SHORT && !strchr(printed, '\n')) {
        buffer_append_byte(out, ' ');
        inline_code(transcript, printed);
        buffer_append_byte(out, '\n');
    } else {
        buffer_append_byte(out, '\n');
        block_of_code(transcript, printed, strlen(printed));
    }
    free(printed);
}

/* The members one by one, so that a script is read as a script and not as JSON. */
static void arguments(struct transcript *transcript, const struct call *call)
{
    struct json *object = json_parse(call->arguments, strlen(call->arguments), NULL);
    if (!json_is(object, JSON_OBJECT)) {
        block_of_code(transcript, call->arguments, strlen(call->arguments));
    }
    for (size_t i = 0; json_is(object, JSON_OBJECT) && i < json_count(object); i++) {
        argument(transcript, json_key_at(object, i), json_value_at(object, i));
    }
    json_free(object);
}

static void how_it_ended(struct transcript *transcript, const struct call *call)
{
    char *text = xstrdup(call_state_name(call->state)), *next;
    if (call->started && (call->state == CALL_DONE || call->state == CALL_FAILED)) {
        next = call->signal ? xasprintf("%s, signal %d", text, call->signal)
                            : xasprintf("%s, exit code %d", text, call->code);
        free(text);
        text = next;
    }
    if (call->started && call->ended) {
        char span[CLOCK_TEXT];
        clock_format_span(call_span(call, call->ended), span);
        next = xasprintf("%s, %s", text, span);
        free(text);
        text = next;
    }
    told(transcript, "End", text);
    labelled(transcript, "Because", call->sentence);
    free(text);
}

/* The bytes of TEXT that are shown: whole lines where there are any. */
static size_t head_length(const char *text, size_t length, bool is_whole)
{
    size_t lines = 0, end = 0;
    for (size_t i = 0; i < length && lines < HEAD_LINES; i++) {
        if (text[i] == '\n') {
            lines++;
            end = i + 1;
        }
    }
    return (lines < HEAD_LINES && is_whole) || end == 0 ? length : end;
}

static void output_text(struct transcript *transcript, const char *text, size_t length, int64_t total,
                        const char *where)
{
    size_t shown = head_length(text, length, (int64_t)length >= total);
    if (shown > 0) {
        block_of_code(transcript, text, shown);
    }
    if (total > (int64_t)shown) {
        char *rest = xasprintf("%lld bytes%s%s", (long long)(total - (int64_t)shown), where ? " in " : "",
                               where ? where : "");
        labelled(transcript, "Not shown", rest);
        free(rest);
    }
}

static ssize_t read_head(const char *path, char *bytes, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t length = fd < 0 ? -1 : read(fd, bytes, size);
    if (fd >= 0) {
        close(fd);
    }
    return length;
}

/* What it printed, as it was spooled; else what the model was given. */
static void output_of(struct transcript *transcript, const struct call *call)
{
    if (call->spool && *call->spool) {
        char head[HEAD_BYTES];
        char *path = path_join(transcript->folder, path_name(call->spool));
        ssize_t length = read_head(path, head, sizeof(head));
        if (length >= 0) {
            output_text(transcript, head, (size_t)length, call->output_bytes, path);
            free(path);
            return;
        }
        free(path);
    }
    if (call->result) {
        size_t whole = strlen(call->result);
        output_text(transcript, call->result, whole < HEAD_BYTES ? whole : HEAD_BYTES, (int64_t)whole, NULL);
    }
}

static void call_block(struct transcript *transcript, const struct call *call)
{
    char *words =
        xasprintf("Call %lld%s", (long long)call->number, call->by_person ? ", the person's own" : "");
    heading(transcript, 3, words, call->tool);
    free(words);
    arguments(transcript, call);
    labelled(transcript, "Policy", call->verdict);
    labelled(transcript, "Reason", call->reason);
    labelled(transcript, "Decision", call->decision);
    labelled(transcript, "Words", call->words);
    how_it_ended(transcript, call);
    labelled(transcript, "Left running", call->survivors);
    output_of(transcript, call);
    empty_line(transcript);
}

/* --- the whole --- */

static void said_block(struct transcript *transcript, const struct block *block, const char *name)
{
    char *words = xasprintf("%s%s%s", name, block->broken || block->open ? ", broken off" : "",
                            block->superseded ? ", replaced by another try" : "");
    heading(transcript, 2, words, NULL);
    free(words);
    quoted(transcript, block->text.data);
}

static void write_block(struct transcript *transcript, const struct block *block)
{
    static const char *const names[] = {
        [BLOCK_PROMPT] = "Prompt", [BLOCK_TEXT] = "Answer",   [BLOCK_REASONING] = "Reasoning",
        [BLOCK_CALL] = "Call",     [BLOCK_NOTICE] = "Notice", [BLOCK_ERROR] = "Error",
    };
    if (block->kind == BLOCK_CALL) {
        call_block(transcript, block->call);
    } else if (block->text.length > 0) {
        said_block(transcript, block, names[block->kind]);
    }
    flush(transcript);
}

static void write_head(struct transcript *transcript, const char *session)
{
    char first[TIME_TEXT], last[TIME_TEXT];
    time_text(transcript->first, first);
    time_text(transcript->last, last);
    char *words = xasprintf("Session %s", session);
    char *span = xasprintf("%s to %s, %lld events", first, last, (long long)transcript->events);
    heading(transcript, 1, words, NULL);
    labelled(transcript, "Title", conversation_title(transcript->conversation));
    labelled(transcript, "Folder", transcript->from);
    labelled(transcript, "Model", transcript->model);
    told(transcript, "Time", span);
    empty_line(transcript);
    flush(transcript);
    free(span);
    free(words);
}

static void keep_text(char **kept, const struct event *event, const char *key)
{
    const char *text = json_get_text(event->body, key);
    if (text && *text) {
        free(*kept);
        *kept = xstrdup(text);
    }
}

static bool apply_event(void *data, const struct event *event)
{
    struct transcript *transcript = data;
    if (transcript->events++ == 0) {
        transcript->first = event->time;
    }
    transcript->last = event->time;
    if (event->type == EVENT_SESSION || event->type == EVENT_REQUEST) {
        keep_text(&transcript->from, event, "folder");
        keep_text(&transcript->model, event, "model");
    }
    conversation_apply(transcript->conversation, event);
    return true;
}

/* What was streaming when a crash came is shown as broken off. */
static bool apply_draft(void *data, int64_t number, enum event_type type, int64_t turn, int64_t call,
                        const char *bytes, size_t length)
{
    (void)number;
    struct transcript *transcript = data;
    struct draft draft = { .type = type, .turn = turn, .call = call, .bytes = bytes, .length = length };
    if (type == EVENT_TEXT || type == EVENT_REASONING) {
        conversation_draft(transcript->conversation, &draft);
    }
    return true;
}

static void write_all(struct transcript *transcript, const char *session)
{
    write_head(transcript, session);
    for (size_t i = 0; i < conversation_count(transcript->conversation); i++) {
        write_block(transcript, conversation_block(transcript->conversation, i));
    }
}

bool transcript_write(struct store *store, const char *session, enum transcript_form form, FILE *out,
                      struct error *error)
{
    struct transcript transcript = {
        .markdown = form == TRANSCRIPT_MARKDOWN,
        .file = out,
        .folder = store_session_folder(store, session),
        .conversation = conversation_new(),
        .out = BUFFER_INIT,
    };
    bool read = store_events(store, session, apply_event, &transcript, error) &&
                store_drafts(store, session, apply_draft, &transcript, error);
    if (read) {
        write_all(&transcript, session);
    }
    conversation_free(transcript.conversation);
    buffer_release(&transcript.out);
    free(transcript.folder);
    free(transcript.from);
    free(transcript.model);
    return read;
}
