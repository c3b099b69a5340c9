/* figures.h - what is measured, a function for each thing that a person would feel. */
#ifndef SANDGATE_BENCH_FIGURES_H
#define SANDGATE_BENCH_FIGURES_H

#include <stdbool.h>

struct program;

/* How much is done; the quick form does less of the same. */
struct effort {
    int starts; /* the first is not counted */
    int keys;   /* echoed during a stream */
    int marks;  /* deltas whose way to the glass is timed */
    int asks;
    int idle_seconds;
};

enum figure {
    FIGURE_START,
    FIGURE_REST_MEMORY,
    FIGURE_ANSWER_CPU,
    FIGURE_ANSWER_TIME,
    FIGURE_ANSWER_MEMORY,
    FIGURE_ECHO_MEDIAN,
    FIGURE_ECHO_WORST, /* p99 */
    FIGURE_STREAM_CPU,
    FIGURE_STREAM_BYTES,
    FIGURE_DELTA_MEDIAN,
    FIGURE_DELTA_WORST, /* p99 */
    FIGURE_ASK,
    FIGURE_COMMAND_START,
    FIGURE_OUTPUT_CPU,
    FIGURE_OUTPUT_TIME,
    FIGURE_OUTPUT_MEMORY,
    FIGURE_IDLE_CPU,
    FIGURE_IDLE_WAKE_UPS,
    FIGURE_COUNT
};

typedef double figures[FIGURE_COUNT];

void measure_start(const struct program *program, const struct effort *effort, figures out);
void measure_answer(const struct program *program, const struct effort *effort, figures out);
void measure_stream(const struct program *program, const struct effort *effort, figures out);
void measure_calls(const struct program *program, const struct effort *effort, figures out);
void measure_output(const struct program *program, const struct effort *effort, figures out);
/* Both programs rest in the same minute. */
void measure_idle(const struct effort *effort, figures out[2]);

#endif
