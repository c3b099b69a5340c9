/* supervisor.c - the process between the first one and a program.
 *
 * Each call gets one.  It is a subreaper, so whatever the program starts, however often it forks and leaves
 * its session, stays below it and can be found.  It starts the program, reports its start and its end, and
 * then waits until nothing below it is left.
 *
 * The programs share its user id and may kill or stop it; what is below it then falls to the first process,
 * which kills it (processes.c). */
#include "sandbox/jail/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void report(int fd, enum supervisor_news news, enum jail_step step, int value)
{
    struct supervisor_report line = { .news = news, .step = step, .value = value };
    while (write(fd, &line, sizeof(line)) < 0 && errno == EINTR)
        continue;
}

/* --- the program's side, between fork and exec --- */

static void limit(int resource, uint64_t value)
{
    struct rlimit limits;
    if (!value || getrlimit((__rlimit_resource_t)resource, &limits) < 0)
        return;
    if (limits.rlim_max == RLIM_INFINITY || limits.rlim_max > value)
        limits.rlim_max = value;
    limits.rlim_cur = limits.rlim_max;
    setrlimit((__rlimit_resource_t)resource, &limits);
}

static void limit_processors(const struct jail *jail)
{
    cpu_set_t all, some;
    uint32_t left = jail->limits.cpus;
    if (left == 0 || sched_getaffinity(0, sizeof(all), &all) < 0)
        return;
    CPU_ZERO(&some);
    for (int i = 0; i < CPU_SETSIZE && left > 0; i++) {
        int cpu = (jail->first_cpu + i) % CPU_SETSIZE;
        if (CPU_ISSET(cpu, &all)) {
            CPU_SET(cpu, &some);
            left--;
        }
    }
    sched_setaffinity(0, sizeof(some), &some);
}

/* When memory runs out, programs shall go before the first process does. */
static void go_first(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, "300", 3) == 3)
        errno = 0;
    close(fd);
}

static void limit_program(const struct jail *jail)
{
    struct rlimit core = { 0, 0 };
    setrlimit(RLIMIT_CORE, &core);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = jail->open_files < files.rlim_max ? jail->open_files : files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    limit_processors(jail);
    go_first();
    limit(RLIMIT_FSIZE, jail->limits.file_size);
    limit(RLIMIT_DATA, jail->limits.data);
    limit(RLIMIT_NPROC, jail->limits.processes);
}

static void plain_signals(void)
{
    struct sigaction plain = { .sa_handler = SIG_DFL };
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &plain, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool take_terminal(const char *path)
{
    int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return fd >= 0 && ioctl(fd, TIOCSCTTY, 0) == 0 && dup2(fd, 0) == 0 && dup2(fd, 1) == 1 &&
           dup2(fd, 2) == 2;
}

static void become_program(const struct jail *jail, const struct supervisor_spec *spec, int failure)
{
    setsid();
    enum jail_step step = JAIL_STEP_TERMINAL;
    if (spec->terminal ? take_terminal(spec->terminal)
                       : dup2(spec->in, 0) == 0 && dup2(spec->out, 1) == 1 && dup2(spec->error, 2) == 2) {
        step = JAIL_STEP_FOLDER;
        if (chdir(spec->folder) == 0) {
            step = JAIL_STEP_PROGRAM;
            limit_program(jail);
            plain_signals();
            execve(spec->arguments[0], spec->arguments, spec->variables);
        }
    }
    report(failure, SUPERVISOR_FAILED, step, errno);
    _exit(127);
}

/* --- the supervisor's own side --- */

/* Waits until the program runs or failed to; FAILURE is the end of a pipe that exec closes. */
static bool began(int failure, int out)
{
    struct supervisor_report line;
    ssize_t length;
    while ((length = read(failure, &line, sizeof(line))) < 0 && errno == EINTR)
        continue;
    close(failure);
    if (length == (ssize_t)sizeof(line)) {
        report(out, SUPERVISOR_FAILED, line.step, line.value);
        return false;
    }
    report(out, SUPERVISOR_STARTED, JAIL_STEP_NONE, 0);
    return true;
}

/* Keeps nothing of other calls, nor of this one but REPORT: an end that stays open here would never close. */
static int keep_only(int fd)
{
    int kept = JAIL_CHANNEL;
    dup3(fd, kept, O_CLOEXEC);
    close_range((unsigned)kept + 1, ~0U, 0);
    return kept;
}

static void await_all(pid_t program, bool started, int out)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
        if (pid == program && started)
            report(out, SUPERVISOR_ENDED, JAIL_STEP_NONE, status);
    }
}

void supervisor_run(const struct jail *jail, const struct supervisor_spec *spec)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int failure[2];
    if (pipe2(failure, O_CLOEXEC) < 0) {
        report(spec->report, SUPERVISOR_FAILED, JAIL_STEP_PROCESS, errno);
        _exit(0);
    }
    pid_t program = fork();
    if (program == 0)
        become_program(jail, spec, failure[1]);
    if (program < 0) {
        report(spec->report, SUPERVISOR_FAILED, JAIL_STEP_PROCESS, errno);
        _exit(0);
    }
    close(failure[1]);
    bool started = began(failure[0], spec->report);
    int out = keep_only(spec->report);
    await_all(program, started, out);
    _exit(0);
}
