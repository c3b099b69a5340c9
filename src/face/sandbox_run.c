/* sandbox_run.c - bytes in, bytes out, signals, and the size of the terminal.
 *
 * The router can neither signal nor resize an exec, so a second exec does it: the first carries a mark in its
 * environment, by which the second finds it.  In a program on a terminal ^C is a byte like any other.
 *
 * Nothing is left running by accident: when our reader or our terminal goes, the program is told so, and we end
 * when that has been done. */
#include "face/sandbox_run.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/random.h"
#include "base/texts.h"
#include "face/sandbox_terminal.h"
#include "face/setup.h"
#include "loop/loop.h"
#include "modal/exec.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PIECE = 65536,
    WAITING_MAX = 1 << 20, /* bytes of input under way until no more is read */
};

/* For each process that has the mark $1: */
#define FOR_EACH                                                         \
    "for e in /proc/[0-9]*/environ; do p=${e#/proc/}; p=${p%/environ}\n" \
    "grep -qsF -e \"SANDGATE_EXEC=$1\" \"$e\" || continue\n"

static const char signal_script[] = FOR_EACH "kill -\"$2\" \"$p\"; done 2>/dev/null; exit 0";
static const char size_script[] =
    FOR_EACH "t=$(readlink /proc/$p/fd/0) || continue\n"
             "case $t in /dev/pts/*) stty rows \"$3\" cols \"$2\" <\"$t\"; exit 0;; esac; done 2>/dev/null";

struct run {
    struct errand *errand;
    struct modal_exec *exec;   /* NULL: it has ended */
    struct modal_exec *helper; /* a second one, for a signal or the size; NULL: none */
    char id[UUID_TEXT];
    struct loop_watch *input; /* NULL: at its end */
    struct loop_signal *resized;
    struct terminal *terminal; /* our own, raw; NULL: it is not */
    bool pty;
    bool size_changed; /* while a helper was at work */
    int interrupts;
    int leaving;          /* the exit code, once the helper that says so is done; 0: we stay */
    int64_t limit, begun; /* seconds, 0: none; clock_steady */
};

/* --- helpers --- */

static void tell_size(struct run *run);

static void helper_output(void *data, bool is_error, const char *bytes, size_t length)
{
    (void)data;
    (void)is_error;
    (void)bytes;
    (void)length;
}

static void helper_done(void *data, const struct modal_exec_result *result)
{
    struct run *run = data;

    (void)result;
    run->helper = NULL;
    if (run->leaving)
        errand_end(run->errand, run->leaving);
    else if (run->size_changed)
        tell_size(run);
}

static void start_helper(struct run *run, const char *script, const char *first, const char *second)
{
    static const struct modal_exec_events events = { .output = helper_output, .done = helper_done };
    const char *const argv[] = { "/bin/sh", "-c", script, "sh", run->id, first, second, NULL };
    char id[UUID_TEXT];
    struct modal_exec_spec spec = { .exec_id = id, .argv = argv, .timeout = 10, .discard_output = true };

    random_uuid(id);
    if (run->helper)
        modal_exec_forget(run->helper);
    run->helper = modal_exec_start(modal_sandbox_task(run->errand->sandbox), &spec, &events, run);
    modal_exec_end_input(run->helper);
}

static void send_signal(struct run *run, int signal)
{
    char number[16];

    snprintf(number, sizeof number, "%d", signal);
    run->size_changed = false;
    start_helper(run, signal_script, number, NULL);
}

static void tell_size(struct run *run)
{
    char columns[16], rows[16];
    int width, height;

    if (run->helper) {
        run->size_changed = true;
        return;
    }
    run->size_changed = false;
    terminal_size(&width, &height);
    snprintf(columns, sizeof columns, "%d", width);
    snprintf(rows, sizeof rows, "%d", height);
    start_helper(run, size_script, columns, rows);
}

static void resized(void *data, int signal)
{
    struct run *run = data;

    (void)signal;
    if (run->exec)
        tell_size(run);
}

/* The program gets SIGNAL, and then we end with CODE. */
static void leave(struct run *run, int signal, int code)
{
    terminal_free(run->terminal);
    run->terminal = NULL;
    if (run->leaving || !run->exec) {
        errand_end(run->errand, code);
        return;
    }
    run->leaving = code;
    loop_watch_remove(run->input);
    run->input = NULL;
    send_signal(run, signal);
}

/* The first ^C is for the program, the second one kills it, the third leaves it. */
static void interrupted(struct errand *errand, int signal)
{
    struct run *run = errand->work;

    run->interrupts++;
    if (signal != SIGINT || run->leaving || !run->exec) {
        leave(run, signal, 128 + signal);
    } else if (run->interrupts > 2) {
        errand_end(errand, 128 + signal);
    } else {
        if (run->interrupts == 2)
            errand_note("The command is killed; ^C once more leaves it to itself");
        send_signal(run, run->interrupts == 1 ? SIGINT : SIGKILL);
    }
}

/* --- input --- */

static void end_input(struct run *run)
{
    loop_watch_remove(run->input);
    run->input = NULL;
    if (run->exec)
        modal_exec_end_input(run->exec);
}

static void read_input(void *data, int events)
{
    struct run *run = data;
    char piece[PIECE];
    ssize_t length = read(STDIN_FILENO, piece, sizeof piece);

    (void)events;
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0) {
        end_input(run);
        return;
    }
    modal_exec_write(run->exec, piece, (size_t)length);
    if (modal_exec_waiting(run->exec) > WAITING_MAX)
        loop_watch_set(run->input, 0);
}

static void drained(void *data)
{
    struct run *run = data;

    if (run->input)
        loop_watch_set(run->input, LOOP_READ);
}

/* The program reads no more; it may go on without. */
static void input_failed(void *data, const struct modal_failure *failure)
{
    struct run *run = data;

    (void)failure;
    loop_watch_remove(run->input);
    run->input = NULL;
}

/* --- output and end --- */

static void output(void *data, bool is_error, const char *bytes, size_t length)
{
    struct run *run = data;

    if (run->leaving)
        return;
    int number = path_write_all(is_error ? STDERR_FILENO : STDOUT_FILENO, bytes, length) ? 0 : errno;
    if (number != 0 && number != EPIPE)
        errand_note("Cannot write the output: %s", strerror(number));
    if (number != 0)
        leave(run, SIGPIPE, number == EPIPE ? EXIT_PIPE : EXIT_INTERNAL);
}

static void done(void *data, const struct modal_exec_result *result)
{
    struct run *run = data;
    bool late =
        run->limit > 0 && result->signal == SIGKILL && clock_steady() - run->begun >= run->limit * 1000;

    run->exec = NULL;
    terminal_free(run->terminal);
    run->terminal = NULL;
    if (run->leaving) {
        errand_end(run->errand, run->leaving);
    } else if (result->failure) {
        errand_fail(run->errand, result->failure);
    } else {
        if (late)
            errand_note("The command was killed at its limit");
        errand_end(run->errand, result->signal ? 128 + result->signal : result->code);
    }
}

static void release(struct errand *errand)
{
    struct run *run = errand->work;

    terminal_free(run->terminal);
    loop_watch_remove(run->input);
    if (run->resized)
        loop_signal_remove(run->resized);
    if (run->helper)
        modal_exec_forget(run->helper);
    if (run->exec)
        modal_exec_forget(run->exec);
    free(run);
}

/* --- the start --- */

/* The mark, then those of the command line. Freed by the caller. */
static const char **environment_of(const struct errand *errand, const char *mark)
{
    const char *const *given = errand->lists[OPTION_ENV];
    size_t count = texts_count(given);
    const char **list = xcalloc(count + 2, sizeof *list);
    list[0] = mark;
    memcpy(list + 1, given, count * sizeof *list);
    return list;
}

static bool check(struct errand *errand)
{
    for (const char *const *pair = errand->lists[OPTION_ENV]; *pair; pair++)
        if (!strchr(*pair, '=') || **pair == '=') {
            errand_fail_with(errand, EXIT_USAGE, "\"%s\" is not NAME=VALUE", *pair);
            return false;
        }
    if (errand->values[OPTION_CWD] && errand->values[OPTION_CWD][0] != '/') {
        errand_fail_with(errand, EXIT_USAGE, "--cwd takes an absolute path of the sandbox, not \"%s\"",
                         errand->values[OPTION_CWD]);
        return false;
    }
    return true;
}

static void start(struct run *run, const char *const *argv, int64_t limit)
{
    static const struct modal_exec_events events = {
        .output = output,
        .drained = drained,
        .input_failed = input_failed,
        .done = done,
    };
    struct errand *errand = run->errand;
    char *mark = xasprintf("SANDGATE_EXEC=%s", run->id);
    const char **environment = environment_of(errand, mark);
    struct modal_exec_spec spec = {
        .exec_id = run->id,
        .argv = argv,
        .cwd = errand->values[OPTION_CWD],
        .environment = environment,
        .timeout = limit,
        .pty = run->pty,
        .term = run->pty ? terminal_name() : NULL,
    };

    terminal_size(&spec.columns, &spec.rows);
    run->limit = limit;
    run->begun = clock_steady();
    run->exec = modal_exec_start(modal_sandbox_task(errand->sandbox), &spec, &events, run);
    run->input = loop_watch_add(errand->loop, STDIN_FILENO, LOOP_READ, read_input, run);
    free(environment);
    free(mark);
}

void run_command(struct errand *errand, const char *const *argv, bool terminal)
{
    int64_t limit = errand_seconds(errand, OPTION_LIMIT, 0);
    struct run *run;

    if (limit < 0 || !check(errand))
        return;
    run = xcalloc(1, sizeof *run);
    run->errand = errand;
    run->pty = terminal;
    random_uuid(run->id);
    errand->work = run;
    errand->release = release;
    errand->interrupted = interrupted;
    if (terminal && isatty(STDIN_FILENO)) {
        run->terminal = terminal_raw();
        run->resized = loop_signal_add(errand->loop, SIGWINCH, resized, run);
    }
    start(run, argv, limit);
}
