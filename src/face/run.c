/* run.c - `sandgate run`: the same session without a screen.
 *
 * Standard output carries only the answer, or JSON lines (one event a line); everything else goes to standard
 * error.  What would ask is refused unless an approver program answers; what *ended* the run decides the exit
 * code, a refusal only when nothing else did. */
#include "face/approver.h"
#include "face/faces.h"
#include "face/setup.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/utf8.h"
#include "base/visible.h"
#include "conf/conf.h"
#include "loop/loop.h"
#include "matter/call.h"
#include "store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROMPT_MAX = 8 * 1024 * 1024 };

const struct face_option run_options[] = {
    { "prompt", 'p', "PROMPT", "The prompt; \"-\" as the last word reads it from standard input." },
    { "output", 0, "FORMAT", "text (the answer) or jsonl (one event a line)." },
    { "deltas", 0, NULL, "With jsonl: pieces of streaming blocks as well." },
    { "approver", 0, "PROGRAM", "Answers asks: gets each as JSON on standard input, prints a decision." },
    { "folder", 0, "DIR", "The folder that is copied into the sandbox; default: the current directory." },
    { "continue", 'c', NULL, "Goes on with the newest session of this folder." },
    { "resume", 'r', "ID", "Goes on with the session ID." },
    { 0 },
};

struct run {
    struct setup setup;
    const char *approver;
    bool json, deltas;
    bool submitted; /* the prompt is in the session: before that nothing is about it */
    bool prompted;  /* it was delivered to the model */
    bool refused;   /* a call was refused or denied */
    int64_t seq;    /* of the last event that was printed */
    int code;       /* what ended it; -1: not ended */
    bool interrupted;
    bool deaf; /* standard output takes nothing more */
    struct approver *asking;
    int64_t asked; /* id of the ask that the approver has */
    struct loop_task *task;
};

static void say(const char *text)
{
    struct buffer safe = BUFFER_INIT;

    visible_text(&safe, text, strlen(text));
    fprintf(stderr, "sandgate: %s\n", safe.data);
    buffer_release(&safe);
}

/* --- what is printed --- */

static void end(struct run *run, int code)
{
    if (run->code >= 0)
        return;
    run->code = code;
    loop_stop(run->setup.loop);
}

/* Who reads the lines may go away, or the disk that they are written to may be full. */
static void print_line(struct run *run, const char *line)
{
    if (run->deaf)
        return;
    puts(line);
    if (fflush(stdout) == 0)
        return;
    run->deaf = true;
    say("Standard output cannot be written to any more; the run ends here");
    end(run, EXIT_INTERNAL);
}

static void print_event(struct run *run, const struct event *event)
{
    char *line = event_print(event);

    run->seq = event->seq;
    print_line(run, line);
    free(line);
}

/* A piece of a block: not an event, so it has no seq of its own but that of the event before it. */
static void print_delta(struct run *run, const struct draft *draft)
{
    struct json *line = json_new_object();
    char time[CLOCK_TEXT];

    clock_format(clock_wall(), time);
    json_set_integer(line, "v", EVENT_VERSION);
    json_set_text(line, "session", session_id(run->setup.session));
    json_set_integer(line, "seq", run->seq);
    json_set_text(line, "time", time);
    json_set_text(line, "type", "delta");
    json_set_text(line, "of", event_type_name(draft->type));
    json_set_integer(line, "turn", draft->turn);
    json_set_integer(line, "call", draft->call);
    json_set_text_length(line, "text", draft->bytes, draft->length);
    char *text = json_print(line), *safe = event_escape(text);
    print_line(run, safe);
    free(safe);
    free(text);
    json_free(line);
}

/* Text mode: the last step's text, when the turn is over. */
static void print_answer(struct run *run)
{
    const struct conversation *conversation = session_conversation(run->setup.session);
    int64_t step = conversation_step(conversation);
    bool terminal = isatty(STDOUT_FILENO);
    struct buffer out = BUFFER_INIT;

    for (size_t i = 0; i < conversation_count(conversation); i++) {
        const struct block *block = conversation_block(conversation, i);
        if (block->kind != BLOCK_TEXT || block->step != step || block->superseded)
            continue;
        if (terminal)
            visible_text(&out, block->text.data, block->text.length);
        else
            buffer_append(&out, block->text.data, block->text.length);
    }
    fwrite(out.data, 1, out.length, stdout);
    if (out.length > 0 && out.data[out.length - 1] != '\n')
        putchar('\n');
    if (fflush(stdout) != 0) {
        say("The answer cannot be written to standard output");
        run->code = EXIT_INTERNAL;
    }
    buffer_release(&out);
}

/* --- the end --- */

static int stop_code(const struct event *event)
{
    static const struct {
        const char *reason;
        int code;
    } rows[] = { { "limit", EXIT_LIMIT },
                 { "context", EXIT_LIMIT },
                 { "paused", EXIT_REFUSED },
                 { "person", EXIT_INTERRUPTED } };
    const char *reason = json_get_text(event->body, "reason");

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (reason && strcmp(rows[i].reason, reason) == 0)
            return rows[i].code;
    return EXIT_MODEL;
}

static void hear_event(struct run *run, const struct event *event)
{
    const char *text = json_get_text(event->body, "text");
    const char *verdict = json_get_text(event->body, "verdict");
    const char *sentence = json_get_text(event->body, "sentence");

    if (run->json)
        print_event(run, event);
    if (event->type == EVENT_PROMPT)
        run->prompted = true;
    else if (event->type == EVENT_VERDICT && verdict && strcmp(verdict, "deny") == 0)
        run->refused = true;
    else if ((event->type == EVENT_NOTICE || event->type == EVENT_ERROR) && text)
        say(text);
    else if (event->type == EVENT_SANDBOX && sentence)
        say(sentence);
    else if (event->type == EVENT_TURN && run->prompted)
        end(run, EXIT_FINE);
    else if (event->type == EVENT_STOP && run->submitted) {
        /* Of this prompt, or of a resumed turn before it: then the prompt stays queued. */
        say(text ? text : "stopped");
        bool sandbox =
            session_state(run->setup.session) == SESSION_BROKEN || !session_sandbox(run->setup.session);
        end(run, sandbox ? EXIT_SANDBOX : stop_code(event));
    }
}

/* --- asks --- */

/* False and a sentence on standard error when it cannot be decided so. */
static bool decide(struct run *run, const struct ask *ask, const struct approver_answer *answer,
                   const char *actor)
{
    struct decision decision = { .ask = ask->id,
                                 .kind = answer->kind,
                                 .words = answer->words,
                                 .arguments = answer->arguments,
                                 .hunks = answer->hunks,
                                 .hunk_count = answer->hunk_count,
                                 .actor = actor };
    struct error error = ERROR_INIT;

    snprintf(decision.digest, sizeof decision.digest, "%s", ask->digest);
    if (decision.kind == DECISION_REJECT || decision.kind == DECISION_STOP)
        run->refused = true;
    bool decided = session_decide(run->setup.session, &decision, &error);
    if (!decided)
        say(error_message(&error));
    error_clear(&error);
    return decided;
}

static bool reject(struct run *run, const struct ask *ask, const char *words, const char *actor)
{
    struct approver_answer answer = { .kind = DECISION_REJECT, .words = words };

    return decide(run, ask, &answer, actor);
}

static const struct ask *find_ask(const struct run *run, int64_t id)
{
    for (size_t i = 0; i < session_ask_count(run->setup.session); i++)
        if (session_ask(run->setup.session, i)->id == id)
            return session_ask(run->setup.session, i);
    return NULL;
}

static void work_asks_soon(struct run *run);

static void approver_answered(void *data, const struct approver_answer *answer)
{
    struct run *run = data;
    const struct ask *ask = find_ask(run, run->asked);
    char *actor = xasprintf("approver:%s", path_name(run->approver));

    run->asking = NULL;
    if (answer->failed)
        say(answer->failed);
    if (ask && answer->failed)
        reject(run, ask, "The approver could not answer.", actor);
    else if (ask && !decide(run, ask, answer, actor))
        reject(run, ask, "The approver's answer could not be used.", actor);
    free(actor);
    work_asks_soon(run);
}

static void work_asks(void *data)
{
    struct run *run = data;
    struct error error = ERROR_INIT;

    run->task = NULL;
    while (!run->asking && session_ask_count(run->setup.session) > 0) {
        const struct ask *ask = session_ask(run->setup.session, 0);
        if (!run->approver) {
            if (!reject(run, ask, "Nobody is there to approve it; do what can be done without it.",
                        "session"))
                break;
            continue;
        }
        run->asked = ask->id;
        run->asking = approver_start(run->setup.loop, run->approver, ask, approver_answered, run, &error);
        if (!run->asking) {
            say(error_message(&error));
            if (!reject(run, ask, "The approver could not be started.", "session"))
                break;
        }
        error_clear(&error);
    }
}

static void work_asks_soon(struct run *run)
{
    if (!run->task)
        run->task = loop_defer(run->setup.loop, work_asks, run);
}

static void hear(void *data, const void *matter)
{
    struct run *run = data;
    const struct session_news *news = matter;

    if (news->kind == NEWS_EVENT)
        hear_event(run, news->event);
    else if (news->kind == NEWS_DRAFT && run->deltas && news->draft->length > 0)
        print_delta(run, news->draft);
    else if (news->kind == NEWS_ASKS)
        work_asks_soon(run);
    else if (news->kind == NEWS_STATE && run->setup.session &&
             session_state(run->setup.session) == SESSION_BROKEN && !run->prompted)
        end(run, EXIT_SANDBOX);
}

static void interrupted(void *data, int signal)
{
    struct run *run = data;

    (void)signal;
    bool again = run->interrupted;
    run->interrupted = true;
    if (again || !run->setup.session || !session_is_busy(run->setup.session))
        end(run, EXIT_INTERRUPTED);
    else
        session_stop(run->setup.session);
}

/* --- the face --- */

static bool is_text(const struct buffer *text)
{
    return utf8_valid(text->data, text->length) && !memchr(text->data, '\0', text->length);
}

/* -p PROMPT, or "-": standard input, or both (the prompt, then the input). Caller frees. */
static char *read_prompt(const struct arguments *arguments, const struct face *face, struct error *error)
{
    const char *given = arguments_value(arguments, face, "prompt");
    bool input = arguments->word_count == 1 && strcmp(arguments->words[0], "-") == 0;
    struct buffer text;
    char bytes[65536];
    ssize_t length;

    if (arguments->word_count > 0 && !input) {
        error_set(error, "\"%s\" is not understood; give the prompt with -p, or - to read it",
                  arguments->words[0]);
        return NULL;
    }
    buffer_init(&text, PROMPT_MAX);
    if (given)
        buffer_append_format(&text, "%s%s", given, input ? "\n\n" : "");
    while (input && (length = read(STDIN_FILENO, bytes, sizeof bytes)) > 0)
        if (!buffer_append(&text, bytes, (size_t)length))
            break;
    if (text.full || text.length == 0 || !is_text(&text)) {
        error_set(error, text.full          ? "The prompt is longer than 8 MiB"
                         : text.length == 0 ? "There is no prompt; give it with -p PROMPT, or - to read it"
                                            : "The prompt is not UTF-8 text");
        buffer_release(&text);
        return NULL;
    }
    return buffer_detach(&text);
}

static bool read_format(struct run *run, const struct arguments *arguments, const struct face *face,
                        struct error *error)
{
    const char *format = arguments_value(arguments, face, "output");

    run->json = format && strcmp(format, "jsonl") == 0;
    run->deltas = arguments_value(arguments, face, "deltas") != NULL;
    run->approver = arguments_value(arguments, face, "approver");
    if (format && !run->json && strcmp(format, "text") != 0)
        return error_set(error, "--output takes text or jsonl, not \"%s\"", format);
    if (run->deltas && !run->json)
        return error_set(error, "--deltas goes with --output jsonl");
    return true;
}

static bool open_session(struct run *run, const struct arguments *arguments, const struct face *face,
                         struct error *error)
{
    const char *resume =
        arguments_value(arguments, face, "continue") ? "" : arguments_value(arguments, face, "resume");

    if (!setup_conf(&run->setup, arguments_value(arguments, face, "folder"), arguments, error) ||
        !setup_store(&run->setup, error))
        return false;
    if (resume && !setup_resume(&run->setup, resume, error))
        return false;
    if (conf_waiting(run->setup.conf)[0])
        say("The project's .sandgate.yaml asks for settings that it may not make by itself; they are left "
            "out. "
            "`sandgate` asks whether to trust it.");
    setup_signal(&run->setup, SIGINT, interrupted, run);
    setup_signal(&run->setup, SIGTERM, interrupted, run);
    return setup_session(&run->setup, false, hear, run, error);
}

static void work(struct run *run, const char *prompt)
{
    if (run->code < 0) { /* else it was interrupted while the key was looked for */
        run->submitted = true;
        session_submit(run->setup.session, prompt);
        work_asks_soon(run);
    }
    if (run->code < 0)
        loop_run(run->setup.loop);
    loop_task_cancel(run->task);
    approver_cancel(run->asking);
    if (!run->json && run->prompted)
        print_answer(run);
    if (run->setup.store_failed && (run->code == EXIT_FINE || run->code == EXIT_REFUSED))
        run->code = EXIT_INTERNAL;
    if (run->code == EXIT_FINE && run->refused)
        run->code = EXIT_REFUSED;
    if (run->interrupted)
        run->code = EXIT_INTERRUPTED;
}

int face_run(int argc, char **argv, const struct face *face)
{
    struct run run = { .code = -1 };
    struct error error = ERROR_INIT;
    struct arguments arguments;
    int code = EXIT_USAGE;

    if (!arguments_read(&arguments, argc, argv, face, &code))
        return code;
    char *prompt = read_prompt(&arguments, face, &error);
    if (prompt && read_format(&run, &arguments, face, &error) &&
        open_session(&run, &arguments, face, &error)) {
        work(&run, prompt);
        code = run.code;
    } else {
        fprintf(stderr, "sandgate: %s.\n", error_message(&error));
        code = EXIT_USAGE;
    }
    char *words = setup_leave(&run.setup);
    struct session_life life = { 0 };
    if (run.setup.session)
        session_life(run.setup.session, &life);
    if (words && life.can_keep)
        say(words);
    free(words);
    setup_release(&run.setup);
    error_clear(&error);
    arguments_release(&arguments);
    free(prompt);
    return code;
}
