/* bench.c - measures sandgate beside a bare curses program and prints the table: bench [--quick] [NAME ...]
 *
 * Nothing here passes or fails: a figure depends on the machine and on what else it does, so it is printed with
 * the aim and with the ratio to the bare program of the same run.  With NAMEs only those parts are measured. */
#include "figures.h"
#include "stage.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct part {
    const char *name;
    void (*measure)(const struct program *program, const struct effort *effort, figures out);
};

static const struct part parts[] = {
    { "start", measure_start }, { "answer", measure_answer }, { "stream", measure_stream },
    { "calls", measure_calls }, { "output", measure_output },
};

static const struct effort full = { .starts = 21, .keys = 400, .marks = 100, .asks = 15, .idle_seconds = 60 };
static const struct effort quick = { .starts = 6, .keys = 100, .marks = 30, .asks = 5, .idle_seconds = 5 };

/* An aim is a most: of sandgate's figure, or of its ratio to the bare program's. */
struct row {
    const char *name, *unit;
    double aim;
    bool of_ratio, has_aim, under; /* UNDER: the aim itself is too much */
};

#define UNDER(value) .aim = value, .has_aim = true, .under = true
#define AT_MOST(value) .aim = value, .has_aim = true
#define TIMES(value) .aim = value, .has_aim = true, .of_ratio = true

static const struct row rows[FIGURE_COUNT] = {
    [FIGURE_START] = { "start to a usable prompt", "ms", UNDER(40) },
    [FIGURE_REST_MEMORY] = { "memory at rest", "MB" },
    [FIGURE_ANSWER_CPU] = { "CPU, answer of 2 MB", "ms", TIMES(3) },
    [FIGURE_ANSWER_TIME] = { "time, answer of 2 MB", "ms" },
    [FIGURE_ANSWER_MEMORY] = { "peak memory, answer of 2 MB", "MB", UNDER(20) },
    [FIGURE_ECHO_MEDIAN] = { "key to echo at 2,000 tokens/s, p50", "ms" },
    [FIGURE_ECHO_WORST] = { "key to echo at 2,000 tokens/s, p99", "ms", UNDER(6) },
    [FIGURE_STREAM_CPU] = { "CPU at 2,000 tokens/s", "%" },
    [FIGURE_STREAM_BYTES] = { "terminal bytes per byte shown", "", UNDER(2) },
    [FIGURE_DELTA_MEDIAN] = { "delta to glass, p50", "ms" },
    [FIGURE_DELTA_WORST] = { "delta to glass, p99", "ms" },
    [FIGURE_ASK] = { "call to ask on screen, median", "ms", AT_MOST(1000.0 / 60) },
    [FIGURE_COMMAND_START] = { "key to command's start, median", "ms", AT_MOST(15) },
    [FIGURE_OUTPUT_CPU] = { "CPU, output of 50 MB", "ms" },
    [FIGURE_OUTPUT_TIME] = { "time, output of 50 MB", "ms" },
    [FIGURE_OUTPUT_MEMORY] = { "peak memory, output of 50 MB", "MB", UNDER(40) },
    [FIGURE_IDLE_CPU] = { "CPU when idle", "ms", AT_MOST(0) },
    [FIGURE_IDLE_WAKE_UPS] = { "wake-ups when idle", "", AT_MOST(0) },
};

static void print_number(double value, const char *unit)
{
    char text[64];
    snprintf(text, sizeof text, "%.*f %s", value < 10 ? 2 : value < 100 ? 1 : 0, value, unit);
    printf(" %12s", isnan(value) ? "-" : text);
}

static void print_aim(const struct row *row, double value, double ratio)
{
    char text[64];
    double judged = row->of_ratio ? ratio : value;

    if (!row->has_aim)
        return;
    snprintf(text, sizeof text, "%s %.4g %s", row->under ? "<" : "<=", row->aim,
             row->of_ratio ? "times" : row->unit);
    bool met = row->under ? judged < row->aim : judged <= row->aim;
    printf("  %-12s %s", text, met ? "met" : "NOT MET");
}

static void print_table(figures found[2])
{
    printf("%-36s %12s %12s %8s  %-12s\n", "", programs[0].name, programs[1].name, "ratio", "aim");
    for (int i = 0; i < FIGURE_COUNT; i++) {
        if (isnan(found[0][i]))
            continue;
        double ratio = found[0][i] / found[1][i];
        printf("%-36s", rows[i].name);
        print_number(found[0][i], rows[i].unit);
        print_number(found[1][i], rows[i].unit);
        if (isfinite(ratio))
            printf(" %8.2f", ratio);
        else
            printf(" %8s", "-");
        print_aim(&rows[i], found[0][i], ratio);
        putchar('\n');
    }
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc == 0;
}

int main(int argc, char **argv)
{
    bool is_quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
    const struct effort *effort = is_quick ? &quick : &full;
    figures found[2];

    argc -= 1 + is_quick;
    argv += 1 + is_quick;
    for (int i = 0; i < FIGURE_COUNT; i++)
        found[0][i] = found[1][i] = NAN;
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        for (int j = 0; j < 2 && is_wanted(parts[i].name, argc, argv); j++)
            parts[i].measure(&programs[j], effort, found[j]);
    if (is_wanted("idle", argc, argv))
        measure_idle(effort, found);
    print_table(found);
    return 0;
}
