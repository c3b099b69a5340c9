/* figures.c - how each figure is taken.  Both programs go through the same function, on the same kind of
 * terminal, fed by the same server with the same bytes. */
#include "figures.h"

#include "process.h"
#include "stage.h"
#include "stream_server.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ANSWER = 2 * 1024 * 1024,
    OUTPUT = 50 * 1024 * 1024,
    RATE = 2000,  /* tokens a second */
    LINE_MAX = 24 /* letters typed before the line is emptied */
};

/* --- numbers --- */

struct samples {
    double *values;
    int count;
};

static void sample(struct samples *samples, double value)
{
    samples->values = xrealloc(samples->values, (size_t)(samples->count + 1) * sizeof *samples->values);
    samples->values[samples->count++] = value;
}

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

/* The value below which PART (0 to 1) of the samples are. */
static double quantile(struct samples *samples, double part)
{
    qsort(samples->values, (size_t)samples->count, sizeof *samples->values, compare);
    int index = (int)(part * samples->count);
    return samples->values[index < samples->count ? index : samples->count - 1];
}

/* A number from 0 to LIMIT - 1, the same ones in each run. */
static int scatter(uint32_t *seed, int limit)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (int)((*seed >> 8) % (uint32_t)limit);
}

/* --- start --- */

void measure_start(const struct program *program, const struct effort *effort, figures out)
{
    struct samples times = { 0 }, memory = { 0 };

    for (int i = 0; i < effort->starts; i++) {
        struct stage stage;
        stage_init(&stage, program);
        stage_until(&stage, stage_shows, program->prompt);
        stage_type(&stage, "x");
        int64_t usable = stage_until(&stage, stage_input_shows, " x");
        if (i > 0) /* the first one fills the kernel's caches */
            sample(&times, (double)(usable - stage.started) / 1e3);
        stage_pass(&stage, 300);
        sample(&memory, process_memory(stage.process, "VmRSS"));
        stage_release(&stage);
    }
    out[FIGURE_START] = quantile(&times, 0.5);
    out[FIGURE_REST_MEMORY] = quantile(&memory, 0.5);
    free(times.values);
    free(memory.values);
}

/* --- a long answer at full speed --- */

void measure_answer(const struct program *program, const struct effort *effort, figures out)
{
    struct stage stage;

    (void)effort;
    stage_init_usable(&stage, program);
    stream_server_flood(stage.server, ANSWER);
    double before = process_cost(stage.process).cpu;
    int64_t begin = clock_steady_micro();
    stage_type(&stage, "go\r");
    stage_until(&stage, stage_is_busy, NULL);
    int64_t end = stage_until(&stage, stage_is_ready, NULL);
    stage_pass(&stage, 500);
    out[FIGURE_ANSWER_CPU] = process_cost(stage.process).cpu - before;
    out[FIGURE_ANSWER_TIME] = (double)(end - begin) / 1e3;
    out[FIGURE_ANSWER_MEMORY] = process_memory(stage.process, "VmHWM");
    stage_release(&stage);
}

/* --- a stream as a fast server sends it --- */

/* Types a letter; how long until it stands in the line, in milliseconds. */
static double echo(struct stage *stage, char *typed, uint32_t *seed)
{
    size_t length = strlen(typed);

    if (length == LINE_MAX) {
        stage_type(stage, "\025"); /* Ctrl-U */
        stage_pass(stage, 30);
        length = 0;
    }
    char letter[2] = { (char)('a' + scatter(seed, 26)), '\0' };
    typed[length] = letter[0];
    typed[length + 1] = '\0';
    int64_t begin = clock_steady_micro();
    stage_type(stage, letter);
    return (double)(stage_until(stage, stage_input_shows, typed) - begin) / 1e3;
}

void measure_stream(const struct program *program, const struct effort *effort, figures out)
{
    char typed[LINE_MAX + 1] = "";
    struct samples times = { 0 };
    uint32_t seed = 1;
    struct stage stage;

    stage_init_usable(&stage, program);
    stream_server_pace(stage.server, RATE * effort->keys / 25, RATE);
    stage_type(&stage, "go\r");
    stage_until(&stage, stage_is_busy, NULL);
    stage_pass(&stage, 100);
    for (int i = 0; i < effort->keys; i++) {
        sample(&times, echo(&stage, typed, &seed));
        stage_pass(&stage, 5 + scatter(&seed, 21));
    }
    if (stage_is_ready(&stage, NULL))
        fprintf(stderr, "%s: the stream ended before the last key\n", program->name);
    stage_until(&stage, stage_is_ready, NULL);
    stage_type(&stage, "\025");
    stage_pass(&stage, 200);
    out[FIGURE_ECHO_MEDIAN] = quantile(&times, 0.5);
    out[FIGURE_ECHO_WORST] = quantile(&times, 0.99);
    free(times.values);

    stream_server_pace(stage.server, RATE * effort->keys / 100, RATE);
    size_t bytes = stage_bytes(&stage);
    double before = process_cost(stage.process).cpu;
    int64_t begin = clock_steady_micro();
    stage_type(&stage, "go\r");
    stage_until(&stage, stage_is_busy, NULL);
    int64_t end = stage_until(&stage, stage_is_ready, NULL);
    out[FIGURE_STREAM_CPU] = (process_cost(stage.process).cpu - before) / (double)(end - begin) * 1e5;
    out[FIGURE_STREAM_BYTES] =
        (double)(stage_bytes(&stage) - bytes) / (double)stream_server_sent(stage.server);
    stage_release(&stage);
}

static void measure_deltas(struct stage *stage, const struct effort *effort, figures out)
{
    struct samples times = { 0 };
    uint32_t seed = 7;

    stream_server_by_hand(stage->server);
    stage_type(stage, "go\r");
    stage_until(stage, stage_is_asked, NULL);
    for (int i = 0; i < effort->marks; i++) {
        char *mark = xasprintf("mark%d", i + 1000), *piece = xasprintf("%s\n\n", mark);
        stage_pass(stage, 40 + scatter(&seed, 20)); /* no frame is due */
        int64_t sent = stream_server_piece(stage->server, piece);
        sample(&times, (double)(stage_until(stage, stage_shows, mark) - sent) / 1e3);
        free(mark);
        free(piece);
    }
    stream_server_end(stage->server, NULL);
    stage_until(stage, stage_is_ready, NULL);
    out[FIGURE_DELTA_MEDIAN] = quantile(&times, 0.5);
    out[FIGURE_DELTA_WORST] = quantile(&times, 0.99);
    free(times.values);
}

/* --- calls --- */

/* The model calls COMMAND, which holds MARK at its end; milliseconds from the call's last byte to the ask. */
static double ask(struct stage *stage, const char *command, const char *mark)
{
    stream_server_by_hand(stage->server);
    stage_type(stage, "go\r");
    stage_until(stage, stage_is_asked, NULL);
    stream_server_call(stage->server, command);
    stage_pass(stage, 60);
    int64_t sent = stream_server_end(stage->server, mark);
    const char *shown = stage->program->asks ? stage->program->asks : mark;
    double time = (double)(stage_until(stage, stage_shows, shown) - sent) / 1e3;
    if (!stage->program->asks)
        stage_until(stage, stage_is_ready, NULL);
    stage_pass(stage, 60);
    return time;
}

/* The key that lets the command run: of the card, or Enter behind the typed command. */
static void approve(struct stage *stage, const char *command)
{
    stream_server_say(stage->server, "Fine.\n");
    if (stage->program->asks) {
        stage_type(stage, "y");
        return;
    }
    stage_type(stage, "!");
    stage_type(stage, command);
    stage_pass(stage, 30);
    stage_type(stage, "\r");
}

static int64_t wall_micro(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct printed {
    const char *label;
    int64_t time;
};

static bool has_printed(struct stage *stage, const void *what)
{
    struct printed *printed = (struct printed *)(intptr_t)what;
    return (printed->time = stage_printed_time(stage, printed->label)) != 0;
}

static void measure_call(struct stage *stage, int number, struct samples *asks, struct samples *starts)
{
    char *label = xasprintf("t%d", number), *mark = xasprintf("ask%d", number);
    char *command = xasprintf("printf 't%%d=%%s=\\n' %d \"$EPOCHREALTIME\"; : >x", number);
    struct printed printed = { label, 0 };

    sample(asks, ask(stage, command, mark));
    int64_t before = wall_micro();
    approve(stage, command);
    if (!stage->program->asks) /* it typed first */
        before = wall_micro();
    stage_until(stage, has_printed, &printed);
    sample(starts, (double)(printed.time - before) / 1e3);
    stage_until(stage, stage_is_ready, NULL);
    stage_pass(stage, 100);
    free(command);
    free(mark);
    free(label);
}

void measure_calls(const struct program *program, const struct effort *effort, figures out)
{
    struct samples asks = { 0 }, starts = { 0 };
    struct stage stage;

    stage_init_usable(&stage, program);
    measure_deltas(&stage, effort, out);
    for (int i = 0; i < effort->asks; i++)
        measure_call(&stage, 100 + i, &asks, &starts);
    out[FIGURE_ASK] = quantile(&asks, 0.5);
    out[FIGURE_COMMAND_START] = quantile(&starts, 0.5);
    free(asks.values);
    free(starts.values);
    stage_release(&stage);
}

void measure_output(const struct program *program, const struct effort *effort, figures out)
{
    char *command = xasprintf("yes 'A line of output, as long as lines of output are on most days.' | "
                              "head -c %d; echo; echo all has come; : ",
                              OUTPUT);
    struct stage stage;

    (void)effort;
    stage_init_usable(&stage, program);
    ask(&stage, command, "ask1");
    double before = process_cost(stage.process).cpu;
    int64_t begin = clock_steady_micro();
    approve(&stage, command);
    stage_until(&stage, stage_shows, program->asks ? "Fine." : "all has come");
    int64_t end = stage_until(&stage, stage_is_ready, NULL);
    stage_pass(&stage, 500);
    out[FIGURE_OUTPUT_CPU] = process_cost(stage.process).cpu - before;
    out[FIGURE_OUTPUT_TIME] = (double)(end - begin) / 1e3;
    out[FIGURE_OUTPUT_MEMORY] = process_memory(stage.process, "VmHWM");
    free(command);
    stage_release(&stage);
}

/* --- nothing at all --- */

void measure_idle(const struct effort *effort, figures out[2])
{
    struct stage stages[2];
    struct cost before[2];

    for (int i = 0; i < 2; i++)
        stage_init_usable(&stages[i], &programs[i]);
    stage_pass(&stages[0], 2000); /* what follows a start has passed */
    for (int i = 0; i < 2; i++)
        before[i] = process_tree_cost(stages[i].process);
    stage_pass(&stages[0], effort->idle_seconds * 1000);
    for (int i = 0; i < 2; i++) {
        struct cost after = process_tree_cost(stages[i].process);
        out[i][FIGURE_IDLE_CPU] = after.cpu - before[i].cpu;
        out[i][FIGURE_IDLE_WAKE_UPS] = after.wake_ups - before[i].wake_ups;
        stage_release(&stages[i]);
    }
}
