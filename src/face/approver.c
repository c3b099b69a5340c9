/* approver.c - one child process per ask; the ask goes in, the answer comes out, within five minutes. */
#include "face/approver.h"

#include "agent/hunks.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "loop/child.h"
#include "loop/loop.h"
#include "matter/diff.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_MAX = 256 * 1024, ANSWER_TIME = 5 * 60 * 1000 };

struct approver {
    struct loop *loop;
    struct child *child;
    struct loop_watch *reading, *writing;
    struct loop_timer *timer;
    int input, output; /* our ends: the program's standard input and output; -1: closed */
    char *ask;
    size_t written, length;
    struct buffer answer;
    bool ended;
    int code;
    void (*answered)(void *data, const struct approver_answer *answer);
    void *data;
};

static void close_end(struct loop_watch **watch, int *end)
{
    loop_watch_remove(*watch);
    *watch = NULL;
    if (*end >= 0)
        close(*end);
    *end = -1;
}

void approver_cancel(struct approver *approver)
{
    if (!approver)
        return;
    close_end(&approver->reading, &approver->output);
    close_end(&approver->writing, &approver->input);
    loop_timer_cancel(approver->timer);
    child_free(approver->child);
    buffer_release(&approver->answer);
    free(approver->ask);
    free(approver);
}

static void answer(struct approver *approver, const struct approver_answer *given)
{
    approver->answered(approver->data, given);
    approver_cancel(approver);
}

static void fail(struct approver *approver, const char *sentence)
{
    struct approver_answer given = { .failed = sentence };

    answer(approver, &given);
}

/* The numbers in LIST; what is none becomes 0, which no hunk has. NULL: it is no list. Caller frees. */
static size_t *read_hunks(const struct json *list)
{
    if (!json_is(list, JSON_ARRAY))
        return NULL;
    size_t *hunks = xcalloc(json_count(list) + 1, sizeof *hunks);
    for (size_t i = 0; i < json_count(list); i++) {
        int64_t number;
        if (json_integer(json_at(list, i), &number) && number > 0)
            hunks[i] = (size_t)number;
    }
    return hunks;
}

static void read_answer(struct approver *approver)
{
    struct error error = ERROR_INIT;
    struct json *json = json_parse(approver->answer.data, approver->answer.length, &error);
    const char *decision = json_get_text(json, "decision");
    struct approver_answer given = { .words = json_get_text(json, "words") };
    char *arguments =
        json_is(json_get(json, "arguments"), JSON_OBJECT) ? json_print(json_get(json, "arguments")) : NULL;

    size_t *hunks = read_hunks(json_get(json, "hunks"));

    given.arguments = arguments;
    given.hunks = hunks;
    given.hunk_count = json_count(json_get(json, "hunks"));
    if (!json)
        error_prefix(&error, "The approver's answer is no JSON");
    else if (!decision || !decision_from_name(decision, &given.kind))
        error_set(&error,
                  "The approver's answer has no \"decision\" of run, edit, reject, allow_session or stop");
    else if (given.kind == DECISION_EDIT && !arguments == !hunks)
        error_set(&error, "The approver's edit needs \"arguments\" or \"hunks\", one of the two");
    given.failed = error.message;
    answer(approver, &given);
    free(arguments);
    free(hunks);
    json_free(json);
    error_clear(&error);
}

static void consider_end(struct approver *approver)
{
    if (!approver->ended || approver->output >= 0)
        return;
    if (approver->code != 0)
        fail(approver, "The approver ended with an error; the call is rejected");
    else
        read_answer(approver);
}

/* False when nothing more can be read now; closes our end where there is never more. */
static bool read_piece(struct approver *approver)
{
    char bytes[4096];
    ssize_t length = read(approver->output, bytes, sizeof bytes);

    if (length > 0 && buffer_append(&approver->answer, bytes, (size_t)length))
        return true;
    if (length >= 0 || (errno != EAGAIN && errno != EINTR))
        close_end(&approver->reading, &approver->output);
    return false;
}

/* What it left running may hold its output open: its answer is what it has said by now. */
static void ended(void *data, int code, int signal)
{
    struct approver *approver = data;

    (void)signal;
    while (approver->output >= 0 && read_piece(approver))
        ;
    close_end(&approver->reading, &approver->output);
    approver->ended = true;
    approver->code = code;
    consider_end(approver);
}

static void readable(void *data, int events)
{
    struct approver *approver = data;

    (void)events;
    read_piece(approver);
    consider_end(approver);
}

static void writable(void *data, int events)
{
    struct approver *approver = data;
    ssize_t length =
        write(approver->input, approver->ask + approver->written, approver->length - approver->written);

    (void)events;
    if (length > 0)
        approver->written += (size_t)length;
    if (approver->written == approver->length || (length < 0 && errno != EAGAIN && errno != EINTR))
        close_end(&approver->writing, &approver->input);
}

static void too_late(void *data)
{
    struct approver *approver = data;

    approver->timer = NULL;
    fail(approver, "The approver did not answer within five minutes; the call is rejected");
}

/* The change of a file, hunk by hunk: their numbers are what an answer may name. */
static void add_hunks(struct json *json, const struct action *action)
{
    struct diff *diff = hunks_of(action);
    struct json *list = json_new_array();

    for (size_t i = 0; i < diff_hunks(diff); i++) {
        struct buffer text = BUFFER_INIT;
        diff_print_hunk(diff_hunk(diff, i), &text);
        json_add(list, json_new_text_length(text.data, text.length));
        buffer_release(&text);
    }
    json_set(json, "hunks", list);
    diff_free(diff);
}

static char *print_ask(const struct ask *ask)
{
    struct json *json = json_new_object();
    const struct action *action = ask->action;

    json_set_integer(json, "ask", ask->id);
    json_set_integer(json, "call", ask->call);
    json_set_text(json, "digest", ask->digest);
    json_set_text(json, "tool", action->tool);
    json_set_text(json, "origin", action->origin);
    json_set(json, "arguments", json_copy(action->arguments));
    json_set_text(json, "cwd", action->cwd);
    if (action->script)
        json_set_text(json, "script", action->script);
    if (action->path)
        json_set_text(json, "path", action->path);
    if (action->kind == ACTION_WRITE)
        add_hunks(json, action);
    json_set_text(json, "verdict", verdict_name(ask->verdict.verdict));
    json_set_text(json, "reason", ask->verdict.reason);
    json_set_text(json, "part", ask->verdict.part);
    char *text = json_print(json);
    json_free(json);
    return text;
}

struct approver *approver_start(struct loop *loop, const char *program, const struct ask *ask,
                                void (*answered)(void *data, const struct approver_answer *answer),
                                void *data, struct error *error)
{
    int in[2], out[2];

    if (pipe2(in, O_CLOEXEC) != 0) {
        error_set_errno(error, errno, "No pipe could be made for the approver");
        return NULL;
    }
    if (pipe2(out, O_CLOEXEC) != 0) {
        error_set_errno(error, errno, "No pipe could be made for the approver");
        close(in[0]);
        close(in[1]);
        return NULL;
    }
    const char *argv[] = { program, NULL };
    const int descriptors[][2] = { { in[0], 0 }, { out[1], 1 }, { STDERR_FILENO, 2 }, { -1, -1 } };
    struct child_spec spec = { .argv = argv, .descriptors = descriptors };
    struct approver *approver = xcalloc(1, sizeof *approver);
    *approver = (struct approver){
        .loop = loop, .input = in[1], .output = out[0], .answered = answered, .data = data
    };
    buffer_init(&approver->answer, ANSWER_MAX);
    approver->child = child_start(loop, &spec, ended, approver, error);
    close(in[0]);
    close(out[1]);
    if (!approver->child) {
        approver_cancel(approver);
        return NULL;
    }
    approver->ask = print_ask(ask);
    approver->length = strlen(approver->ask);
    fcntl(approver->input, F_SETFL, O_NONBLOCK);
    fcntl(approver->output, F_SETFL, O_NONBLOCK);
    approver->reading = loop_watch_add(loop, approver->output, LOOP_READ, readable, approver);
    approver->writing = loop_watch_add(loop, approver->input, LOOP_WRITE, writable, approver);
    approver->timer = loop_timer_add(loop, ANSWER_TIME, too_late, approver);
    return approver;
}
