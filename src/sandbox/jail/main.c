/* main.c - the sandbox's first process: its start and its loop (see jail.h for the whole picture).
 *
 * Started by bubblewrap as process 1 with the channel as its only descriptor worth keeping.  Before the first
 * program runs it has made itself unreadable to its own user id and given up standard input, output and
 * error, so that nothing of the host's is left to find. */
#include "sandbox/jail/jail.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MESSAGES_A_TURN = 64 };

/* The sanitizers' leak check needs ptrace, which is just what is shut here. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static void shut_in(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (prctl(PR_SET_DUMPABLE, 0) < 0 || null < 0)
        _exit(1);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    if (fcntl(JAIL_CHANNEL, F_SETFD, FD_CLOEXEC) < 0)
        _exit(1);
    close_range(JAIL_CHANNEL + 1, ~0U, 0);
    clearenv();
    umask(022);
    if (chdir("/") < 0)
        _exit(1);
}

/* Programs that were left running keep pipes open here, so the first process may have many descriptors. */
static uint64_t raise_open_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 1024;
    uint64_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return before;
}

/* The kernel keeps a first process from every signal of its own namespace that it has no handler for; not
 * even the sanitizers' may stay. */
static void handle_no_signals(void)
{
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
}

static void set_up(struct jail *jail)
{
    shut_in();
    handle_no_signals();
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    jail->signals = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
    jail->notify = -1;
    jail->open_files = raise_open_files();
    jail->first_cpu = sched_getcpu() > 0 ? sched_getcpu() : 0;
}

/* Comes before any program: the host could only choose the limits once it knew this process. */
static void take_limits(struct jail *jail, const struct message *message)
{
    if (message->header.length != sizeof(jail->limits))
        _exit(1);
    memcpy(&jail->limits, message->payload, sizeof(jail->limits));
    if (jail->limits.version != JAIL_VERSION)
        _exit(1);
}

static void obey(struct jail *jail, struct message *message)
{
    switch (message->header.type) {
    case JAIL_HELLO:
        take_limits(jail, message);
        break;
    case JAIL_EXEC:
        exec_start(jail, message);
        break;
    case JAIL_INPUT:
    case JAIL_INPUT_END:
    case JAIL_RESIZE:
    case JAIL_CREDIT:
    case JAIL_KILL:
        exec_message(jail, message);
        break;
    case JAIL_FILE:
        job_request(jail, message);
        break;
    case JAIL_CANCEL:
        job_cancel(jail, message->header.id);
        break;
    case JAIL_WATCH:
    case JAIL_UNWATCH:
    case JAIL_REARM:
        watch_message(jail, message);
        break;
    default:
        _exit(1);
    }
}

static void hear(struct jail *jail)
{
    struct message message;
    struct pollfd more = { .fd = JAIL_CHANNEL, .events = POLLIN };
    for (int i = 0; i < MESSAGES_A_TURN && poll(&more, 1, 0) > 0; i++) {
        if (channel_receive(jail, &message)) {
            obey(jail, &message);
            free(message.payload);
        }
    }
}

static void reap(struct jail *jail)
{
    struct signalfd_siginfo info;
    while (read(jail->signals, &info, sizeof(info)) > 0)
        continue;
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0;) {
        if (!exec_reaped(jail, pid, status))
            job_reaped(jail, pid, status);
    }
    if (jail->orphans)
        jail->orphans = processes_kill_orphans(jail) > 0;
}

int main(void)
{
    struct jail jail = { 0 };
    struct pollfd *polls = NULL;
    set_up(&jail);
    struct jail_count version = { JAIL_VERSION };
    channel_send(JAIL_READY, 0, &version, sizeof(version), NULL, 0);
    for (;;) {
        size_t count = exec_count(&jail), base = count * EXEC_POLLS;
        polls = jail_allocate(polls, (base + 3) * sizeof(*polls));
        int timeout = exec_poll(&jail, polls);
        polls[base] = (struct pollfd){ .fd = JAIL_CHANNEL, .events = POLLIN };
        polls[base + 1] = (struct pollfd){ .fd = jail.signals, .events = POLLIN };
        polls[base + 2] = (struct pollfd){ .fd = jail.notify, .events = POLLIN };
        poll(polls, base + 3, jail.orphans ? 1 : timeout);
        exec_turn(&jail, polls, count);
        if (polls[base].revents)
            hear(&jail);
        if (polls[base + 1].revents || jail.orphans)
            reap(&jail);
        if (polls[base + 2].revents)
            watch_turn(&jail);
    }
}
