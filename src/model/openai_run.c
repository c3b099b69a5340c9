/* openai_run.c - the life of one request: the name asked for where it must be, the request, its answer, and
 * what follows when it fails.
 *
 * As long as nothing was told to the listener, a request may be sent again (retry.h); after the first word a
 * failure is told as a broken stream, and what came is the listener's to keep. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/map.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "model/openai.h"
#include "model/openai_models.h"
#include "model/openai_request.h"
#include "model/openai_stream.h"
#include "model/refusal.h"
#include "model/server.h"
#include "model/teller.h"
#include "wire/sse.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { WHOLE_MAX = 64 * 1024 * 1024 }; /* bytes of an answer that comes whole */

/* The first byte shows what the body is: a whole answer begins with a brace, a web page with "<", a stream with
 * neither. */
enum form { FORM_UNKNOWN, FORM_STREAM, FORM_WHOLE, FORM_PAGE };

struct openai_run {
    struct model_run base;
    struct openai *openai; /* good until the run has ended */
    struct teller teller;
    struct model_tool *tools; /* names only */
    size_t tool_count;
    struct map *used_ids;
    char *rest; /* of the request's body */
    uint64_t seed;
    struct retry retry;
    struct loop_timer *timer; /* until the next try */
    bool waiting;             /* the listener was told that there is waiting */
    struct openai_question *question;
    struct exchange *exchange;
    struct openai_stream *stream;
    struct sse *sse;
    enum form form;
    struct buffer whole;
    bool at_end; /* no more bytes come: what cannot be read now was cut off */
};

static void try_now(void *data);

/* --- ends --- */

static void tell_waiting(struct openai_run *run, const char *sentence)
{
    if (!sentence && !run->waiting)
        return;
    run->waiting = sentence != NULL;
    char *clean = sentence ? server_redact(run->openai->server, sentence) : NULL;
    teller_waiting(&run->teller, clean);
    free(clean);
}

static void drop_request(struct openai_run *run)
{
    openai_question_free(run->question);
    exchange_cancel(run->exchange);
    run->question = NULL;
    run->exchange = NULL;
}

static void fail(struct openai_run *run, enum model_failure failure, const char *sentence)
{
    char *clean = server_redact(run->openai->server, sentence);
    drop_request(run);
    tell_waiting(run, NULL);
    if (!run->base.ended && run->teller.events.failed)
        run->teller.events.failed(run->teller.data, failure, clean);
    free(clean);
    model_run_end(&run->base);
}

static void finish(struct openai_run *run)
{
    enum model_finish how = openai_stream_end(run->stream);
    if (run->base.ended)
        return;
    if (run->exchange)
        exchange_finish(run->exchange);
    run->exchange = NULL;
    tell_waiting(run, NULL);
    if (!run->base.ended && run->teller.events.done)
        run->teller.events.done(run->teller.data, how);
    model_run_end(&run->base);
}

/* --- failures --- */

/* ": WORDS", or nothing. */
static char *words_of(const struct refusal *refusal)
{
    return *refusal->words ? xasprintf(": %s", refusal->words) : xstrdup("");
}

static char *sentence_of_status(const struct openai_run *run, const struct refusal *refusal,
                                const char *words)
{
    const struct openai *openai = run->openai;
    const char *url = server_url(openai->server);
    int status = refusal->status;
    if (refusal->in_stream && !refusal_is_context(refusal))
        return xasprintf("the server at %s gave up%s", url, words);
    if (refusal_is_context(refusal))
        return xasprintf("the server said (%d)%s", status, words);
    if (status == 401 && !server_has_key(openai->server))
        return xasprintf("the server at %s wants an API key (401)%s; set SANDGATE_API_KEY", url, words);
    if (status == 401 || status == 403)
        return xasprintf("the server at %s refused the API key or this use of it (%d)%s", url, status, words);
    if (refusal_is_unknown_model(refusal))
        return xasprintf("the server at %s does not have the model %s (404)%s", url, openai->name, words);
    if (status == 404)
        return xasprintf("the server at %s answered that there is nothing of that name (404)%s; check "
                         "SANDGATE_MODEL_URL or model.url",
                         url, words);
    if (status >= 300 && status < 400)
        return xasprintf("the server at %s sends elsewhere (%d); set its own URL", url, status);
    return xasprintf("the server at %s %s (%d)%s", url, status >= 500 ? "failed" : "refused the request",
                     status, words);
}

static char *sentence_of(const struct openai_run *run, const struct refusal *refusal)
{
    char *words = words_of(refusal);
    char *sentence = refusal->status ? sentence_of_status(run, refusal, words)
                                     : xasprintf("no answer from the model's server%s", words);
    free(words);
    if (!run->retry.tries)
        return sentence;
    char *longer = xasprintf("%s (tried %d times)", sentence, run->retry.tries + 1);
    free(sentence);
    return longer;
}

/* What came before is kept by whoever listens; SENTENCE says only why no more comes. */
static void fail_broken(struct openai_run *run, const struct refusal *refusal)
{
    bool context = refusal_is_context(refusal);
    char *sentence =
        refusal->status ? xasprintf("the server said: %s", refusal->words) : xstrdup(refusal->words);
    openai_stream_break(run->stream);
    if (!run->base.ended)
        fail(run, context ? MODEL_FAILED_CONTEXT : MODEL_FAILED_BROKEN, sentence);
    free(sentence);
}

/* Something went wrong: it is tried again later, or it is the end. */
static void mishap(struct openai_run *run, const struct refusal *refusal)
{
    struct openai *openai = run->openai;
    if (run->teller.told) {
        fail_broken(run, refusal);
        return;
    }
    int64_t wait =
        retry_wait(&run->retry, &openai->policy, refusal, server_has_worked(openai->server), clock_steady());
    if (wait < 0) {
        char *sentence = sentence_of(run, refusal);
        fail(run, refusal_kind(refusal), sentence);
        free(sentence);
        return;
    }
    char *sentence = retry_sentence(&run->retry, &openai->policy, refusal, wait);
    drop_request(run);
    run->timer = loop_timer_add(openai->loop, wait, try_now, run);
    tell_waiting(run, sentence);
    free(sentence);
}

static void broke_off(struct openai_run *run, const char *sentence)
{
    struct refusal refusal = refusal_of_connection(HTTP_FAILED_BROKEN, sentence);
    mishap(run, &refusal);
    refusal_release(&refusal);
}

/* Some servers do not know stream_options: asked once more without. */
static bool refuses_usage(const struct openai_run *run, const struct refusal *refusal)
{
    return run->openai->ask_usage && (refusal->status == 400 || refusal->status == 422) &&
           strstr(refusal->words, "stream_options");
}

/* --- the answer --- */

static void take_message(struct openai_run *run, const char *text, size_t length)
{
    switch (openai_stream_feed(run->stream, text, length)) {
    case OPENAI_MORE:
        break;
    case OPENAI_DONE:
        finish(run);
        break;
    case OPENAI_ERROR:
        if (!run->at_end || run->form == FORM_WHOLE)
            mishap(run, openai_stream_refusal(run->stream));
        break;
    }
}

/* Whether the answer is still being read: not over, and not waiting for another try. */
static bool is_reading(const struct openai_run *run)
{
    return !run->base.ended && run->exchange && !run->timer;
}

static void hear_event(void *data, const char *type, const char *text, size_t length)
{
    (void)type;
    struct openai_run *run = data;
    if (is_reading(run))
        take_message(run, text, length);
}

static void see_form(struct openai_run *run, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length && run->form == FORM_UNKNOWN; i++)
        if (!strchr(" \t\r\n", bytes[i]))
            run->form = bytes[i] == '{' ? FORM_WHOLE : bytes[i] == '<' ? FORM_PAGE : FORM_STREAM;
}

static void fail_page(struct openai_run *run)
{
    char *sentence =
        xasprintf("the server at %s answered with a web page; set SANDGATE_MODEL_URL or model.url to "
                  "the base URL of its API",
                  server_url(run->openai->server));
    fail(run, MODEL_FAILED_CONFIGURATION, sentence);
    free(sentence);
}

/* False when a message is too long. */
static bool take_stream(struct openai_run *run, const char *bytes, size_t length)
{
    bool taken = sse_feed(run->sse, bytes, length);
    if (is_reading(run))
        openai_stream_flush(run->stream);
    return taken;
}

static void take_bytes(struct openai_run *run, const char *bytes, size_t length)
{
    see_form(run, bytes, length);
    if (run->form == FORM_PAGE)
        fail_page(run);
    else if (run->form == FORM_WHOLE && !buffer_append(&run->whole, bytes, length))
        broke_off(run, "the server sent its answer whole, and it is over 64 MiB");
    else if (run->form == FORM_STREAM && !take_stream(run, bytes, length) && is_reading(run))
        broke_off(run, "the server sent a piece of over 16 MiB");
}

static void hear_body(void *data, const char *bytes, size_t length)
{
    struct openai_run *run = data;
    model_run_enter(&run->base);
    tell_waiting(run, NULL);
    if (is_reading(run))
        take_bytes(run, bytes, length);
    model_run_leave(&run->base);
}

static void read_rest(struct openai_run *run)
{
    run->at_end = true;
    if (run->form == FORM_WHOLE)
        take_message(run, run->whole.data, run->whole.length);
    else
        take_stream(run, "\n\n", 2); /* a last event that no blank line followed */
}

static void hear_done(void *data)
{
    struct openai_run *run = data;
    model_run_enter(&run->base);
    if (is_reading(run))
        read_rest(run);
    if (is_reading(run) && openai_stream_is_finished(run->stream))
        finish(run);
    else if (is_reading(run))
        broke_off(run, "the server ended the stream before the answer was whole");
    model_run_leave(&run->base);
}

static void hear_refused(void *data, const struct refusal *refusal)
{
    struct openai_run *run = data;
    if (!is_reading(run))
        return;
    model_run_enter(&run->base);
    if (refuses_usage(run, refusal)) {
        run->openai->ask_usage = false;
        try_now(run);
    } else if (openai_stream_is_finished(run->stream)) {
        finish(run);
    } else {
        mishap(run, refusal);
    }
    model_run_leave(&run->base);
}

static const struct exchange_events hearing = {
    .body = hear_body,
    .done = hear_done,
    .refused = hear_refused,
};

/* --- trying --- */

static void hear_models(void *data, const struct openai_models *models, const struct refusal *refusal)
{
    struct openai_run *run = data;
    struct error error = ERROR_INIT;
    model_run_enter(&run->base);
    if (refusal)
        mishap(run, refusal);
    else if (openai_take_models(run->openai, models, &error))
        try_now(run);
    else
        fail(run, MODEL_FAILED_CONFIGURATION, error_message(&error));
    error_clear(&error);
    model_run_leave(&run->base);
}

static void send_request(struct openai_run *run)
{
    struct openai *openai = run->openai;
    openai_stream_free(run->stream);
    sse_free(run->sse);
    buffer_clear(&run->whole);
    run->form = FORM_UNKNOWN;
    run->at_end = false;
    run->stream = openai_stream_new(&run->teller, run->tools, run->tool_count, run->used_ids, run->seed++);
    run->sse = sse_new(hear_event, run);
    char *body = openai_request_body(run->rest, openai->name, openai->ask_usage);
    run->exchange = exchange_start(openai->server, "/chat/completions", body, &hearing, run);
    free(body);
}

static void try_now(void *data)
{
    struct openai_run *run = data;
    run->timer = NULL;
    drop_request(run);
    if (run->openai->name)
        send_request(run);
    else
        run->question = openai_question_ask(run->openai->server, hear_models, run);
}

/* --- start and end --- */

static void copy_tools(struct openai_run *run, const struct model_tool *tools, size_t count)
{
    run->tools = xcalloc(count, sizeof *run->tools);
    run->tool_count = count;
    for (size_t i = 0; i < count; i++)
        run->tools[i].name = xstrdup(tools[i].name);
}

static void note_ids(struct openai_run *run, const struct messages *messages)
{
    run->used_ids = map_new(NULL);
    for (size_t i = 0; i < messages->count; i++)
        for (size_t j = 0; j < messages->items[i].call_count; j++)
            map_set(run->used_ids, messages->items[i].calls[j].id, run);
}

struct model_run *openai_start(struct model *model, const struct messages *messages,
                               const struct model_tool *tools, size_t tool_count,
                               const struct model_events *events, void *data)
{
    struct openai *openai = (struct openai *)model;
    struct openai_run *run = xcalloc(1, sizeof *run);
    run->openai = openai;
    run->teller = (struct teller){ .events = *events, .data = data, .stopped = &run->base.ended };
    copy_tools(run, tools, tool_count);
    note_ids(run, messages);
    run->rest = openai_request_rest(&(struct openai_request){
        .messages = messages,
        .tools = tools,
        .tool_count = tool_count,
        .max_tokens = openai->max_tokens,
        .temperature = openai->temperature,
        .extra = openai->extra,
    });
    if (getrandom(&run->seed, sizeof run->seed, GRND_NONBLOCK) != sizeof run->seed)
        run->seed = (uint64_t)clock_steady_micro();
    buffer_init(&run->whole, WHOLE_MAX);
    model_run_link(model, &run->base);
    if (openai->name)
        openai_ask_context(openai);
    try_now(run);
    return &run->base;
}

void openai_free_run(struct model_run *model_run)
{
    struct openai_run *run = (struct openai_run *)model_run;
    drop_request(run);
    loop_timer_cancel(run->timer);
    openai_stream_free(run->stream);
    sse_free(run->sse);
    buffer_release(&run->whole);
    for (size_t i = 0; i < run->tool_count; i++)
        free((char *)run->tools[i].name);
    free(run->tools);
    map_free(run->used_ids);
    free(run->rest);
    free(run);
}
