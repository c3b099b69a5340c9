/* replay.c - a recorded model: it says a script's steps word by word, at the pace of one who types fast.
 *
 * Only the words are recorded.  Which step comes next follows from what really happened to the calls of the
 * one before (replay_script.h).  SANDGATE_REPLAY_SPEED sets the words a second; 0 says all at once, in large
 * pieces, for tests. */
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "loop/loop.h"
#include "model/provider.h"
#include "model/replay_script.h"
#include "model/teller.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE_AT_ONCE = 4096, PIECE_ARGUMENTS = 24 }; /* bytes */

struct replay {
    struct model base;
    struct loop *loop;
    struct replay_script *script;
    char *name;
    int64_t context_length;
    double speed; /* words a second, 0: at once */
};

/* What a run says, in this order. */
enum part { PART_REASONING, PART_TEXT, PART_CALLS, PART_DONE };

struct replay_run {
    struct model_run base;
    struct loop *loop;
    struct loop_timer *timer;
    struct teller teller;
    const struct replay_step *step;
    char *text; /* the step's, behind the aside */
    double speed;
    enum part part;
    size_t offset; /* said so far of the part, or of the call */
    size_t call;
    size_t calls_before; /* in the conversation: makes the ids */
};

/* --- one piece --- */

static size_t word_length(const char *text)
{
    size_t blank = strspn(text, " \t\n");
    return blank + strcspn(text + blank, " \t\n");
}

/* At most LIMIT bytes of TEXT, not cutting a character. */
static size_t piece_length(const char *text, size_t limit)
{
    size_t length = strnlen(text, limit);
    size_t tail = text[length] ? utf8_partial_tail(text, length) : 0;
    return length - tail;
}

static size_t next_length(const struct replay_run *run, const char *text)
{
    if (run->speed == 0)
        return piece_length(text, PIECE_AT_ONCE);
    return run->part == PART_CALLS ? piece_length(text, PIECE_ARGUMENTS) : word_length(text);
}

static void next_part(struct replay_run *run)
{
    run->part++;
    run->offset = 0;
}

static void say_words(struct replay_run *run, const char *text,
                      void (*tell)(struct teller *teller, const char *bytes, size_t length))
{
    size_t length = next_length(run, text + run->offset);
    if (!length) {
        next_part(run);
        return;
    }
    const char *piece = text + run->offset;
    run->offset += length;
    tell(&run->teller, piece, length);
}

static void say_call(struct replay_run *run)
{
    if (run->call == run->step->call_count) {
        next_part(run);
        return;
    }
    const struct replay_call *call = &run->step->calls[run->call];
    if (run->offset == 0) {
        char *id = xasprintf("call_%zu", run->calls_before + run->call + 1);
        teller_call_begin(&run->teller, id, call->tool);
        free(id);
    }
    const char *piece = call->arguments + run->offset;
    size_t length = next_length(run, piece);
    run->offset += length;
    teller_call_arguments(&run->teller, piece, length);
    if (piece[length])
        return;
    run->call++;
    run->offset = 0;
    teller_call_end(&run->teller, call->arguments, NULL);
}

static void say_done(struct replay_run *run)
{
    run->teller.events.done(run->teller.data, run->step->call_count ? MODEL_FINISH_CALLS : MODEL_FINISH_STOP);
    model_run_end(&run->base);
}

static void say_piece(struct replay_run *run)
{
    switch (run->part) {
    case PART_REASONING:
        say_words(run, run->step->reasoning, teller_reasoning);
        break;
    case PART_TEXT:
        say_words(run, run->text, teller_text);
        break;
    case PART_CALLS:
        say_call(run);
        break;
    case PART_DONE:
        say_done(run);
        break;
    }
}

static void tick(void *data)
{
    struct replay_run *run = data;
    run->timer = NULL;
    model_run_enter(&run->base);
    say_piece(run);
    if (!model_run_leave(&run->base))
        return;
    int64_t pause = run->speed > 0 ? (int64_t)(1000 / run->speed) : 0;
    run->timer = loop_timer_add(run->loop, pause, tick, run);
}

/* --- the provider --- */

static size_t count_calls(const struct messages *messages)
{
    size_t calls = 0;
    for (size_t i = 0; i < messages->count; i++)
        calls += messages->items[i].call_count;
    return calls;
}

static struct model_run *replay_start(struct model *model, const struct messages *messages,
                                      const struct model_tool *tools, size_t tool_count,
                                      const struct model_events *events, void *data)
{
    (void)tools, (void)tool_count;
    struct replay *replay = (struct replay *)model;
    struct replay_run *run = xcalloc(1, sizeof *run);
    const char *aside;
    run->step = replay_script_next(replay->script, messages, &aside);
    run->text = xasprintf("%s%s", aside ? aside : "", run->step->text);
    run->loop = replay->loop;
    run->speed = replay->speed;
    run->teller = (struct teller){ .events = *events, .data = data, .stopped = &run->base.ended };
    run->calls_before = count_calls(messages);
    run->timer = loop_timer_add(run->loop, 0, tick, run);
    model_run_link(model, &run->base);
    return &run->base;
}

static void replay_free_run(struct model_run *model_run)
{
    struct replay_run *run = (struct replay_run *)model_run;
    loop_timer_cancel(run->timer);
    free(run->text);
    free(run);
}

static const char *replay_name(const struct model *model)
{
    return ((const struct replay *)model)->name;
}

static int64_t replay_context_length(const struct model *model)
{
    return ((const struct replay *)model)->context_length;
}

static void replay_list(struct model *model,
                        void (*listed)(void *data, const char *const *names, size_t count,
                                       const char *failed),
                        void *data)
{
    const char *name = replay_name(model);
    listed(data, &name, 1, NULL);
}

static void replay_close(struct model *model)
{
    struct replay *replay = (struct replay *)model;
    replay_script_free(replay->script);
    free(replay->name);
    free(replay);
}

static const struct model_operations operations = {
    .close = replay_close,
    .name = replay_name,
    .context_length = replay_context_length,
    .start = replay_start,
    .free_run = replay_free_run,
    .list = replay_list,
};

static double chosen_speed(const struct replay_script *script)
{
    const char *words = getenv("SANDGATE_REPLAY_SPEED");
    double speed = words && *words ? strtod(words, NULL) : replay_script_speed(script);
    return speed > 0 ? speed : 0;
}

struct model *replay_open(struct loop *loop, struct http *http, const struct model_options *options,
                          struct error *error)
{
    (void)http;
    if (!options->script) {
        error_set(error, "the recorded model needs a script file (model.script)");
        return NULL;
    }
    struct replay_script *script = replay_script_load(options->script, error);
    if (!script)
        return NULL;
    struct replay *replay = xcalloc(1, sizeof *replay);
    replay->base.operations = &operations;
    replay->loop = loop;
    replay->script = script;
    replay->name = xstrdup(options->name ? options->name : replay_script_name(script));
    replay->context_length =
        options->context_length ? options->context_length : replay_script_context_length(script);
    replay->speed = chosen_speed(script);
    return &replay->base;
}
