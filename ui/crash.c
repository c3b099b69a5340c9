/* crash.c - see crash.h.
 *
 * The former handlers (a sanitizer's, a test's) are put back before the signal goes on, so that they report what
 * happened as if we had never been there, on a terminal that can show it. */
#include "ui/crash.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

static const int fatal_signals[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL };
enum { FATAL_SIGNALS = sizeof(fatal_signals) / sizeof(fatal_signals[0]), PATIENCE = 1000 /* milliseconds */ };

static struct {
    volatile sig_atomic_t armed;
    bool registered; /* with atexit */
    struct crash_terminal terminal;
    struct sigaction former[FATAL_SIGNALS];
    char stack[64 * 1024]; /* the handlers' own: a stack that ran over is one of the things that kill */
} crash;

static void give_back(void)
{
    if (!crash.armed)
        return;
    crash.armed = 0;
    const char *bytes = crash.terminal.sequence;
    size_t left = crash.terminal.length;
    while (left > 0) {
        struct pollfd terminal = { .fd = crash.terminal.fd, .events = POLLOUT };
        if (poll(&terminal, 1, PATIENCE) <= 0)
            break;
        ssize_t written = write(crash.terminal.fd, bytes, left);
        if (written <= 0)
            break;
        bytes += written;
        left -= (size_t)written;
    }
    tcsetattr(crash.terminal.fd, TCSANOW, &crash.terminal.modes);
    if (crash.terminal.standard_error >= 0)
        dup2(crash.terminal.standard_error, STDERR_FILENO);
}

static void put_back_handlers(void)
{
    for (size_t i = 0; i < FATAL_SIGNALS; i++)
        sigaction(fatal_signals[i], &crash.former[i], NULL);
}

static void say_so(void)
{
    static const char words[] = "sandgate crashed. `sandgate --continue` goes on from what was recorded.\n";

    if (write(crash.terminal.fd, words, sizeof words - 1) < 0)
        return; /* nobody is left to be told */
}

/* A fault comes again when we return, to the handler that was there before; a signal that was sent does not. */
static void die(int signal, siginfo_t *info, void *context)
{
    (void)context;
    if (crash.armed) {
        give_back();
        say_so();
    }
    put_back_handlers();
    if (info->si_code <= 0 || signal == SIGABRT)
        raise(signal);
}

/* Unless somebody (a sanitizer) gave this thread one already. */
static void use_own_stack(void)
{
    stack_t stack = { .ss_sp = crash.stack, .ss_size = sizeof(crash.stack) }, former;
    if (sigaltstack(NULL, &former) == 0 && (former.ss_flags & SS_DISABLE))
        sigaltstack(&stack, NULL);
}

void crash_arm(const struct crash_terminal *terminal)
{
    struct sigaction action = { .sa_sigaction = die, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    bool again = crash.armed;
    sigemptyset(&action.sa_mask);
    use_own_stack();
    crash.armed = 0;
    crash.terminal = *terminal;
    for (size_t i = 0; i < FATAL_SIGNALS && !again; i++)
        sigaction(fatal_signals[i], &action, &crash.former[i]);
    if (!crash.registered)
        crash.registered = atexit(give_back) == 0;
    crash.armed = 1;
}

void crash_disarm(void)
{
    if (!crash.armed)
        return;
    crash.armed = 0;
    put_back_handlers();
}
