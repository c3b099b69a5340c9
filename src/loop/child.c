/* child.c - posix_spawn, and a pidfd on the loop.
 *
 * The child gets what is listed and nothing else: descriptors that a library opened without close-on-exec are
 * closed in it, blocked signals are unblocked, handlers are the defaults.  Until it is reaped its process id
 * is its own, so killing by id never meets a stranger; after that child_kill does nothing. */
#include "loop/child.h"

#include "base/error.h"
#include "base/memory.h"
#include "loop/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
    pid_t pid;
    int pidfd;         /* -1: it ended and was reaped */
    bool has_terminal; /* its group is the terminal's foreground */
    struct loop_watch *watch;
    void (*ended)(void *data, int code, int signal);
    void *data;
};

/* What posix_spawn is told, and the copies of descriptors that only live until it returns. */
struct plan {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    size_t count; /* descriptors listed */
    int *copies;
    int end; /* all the child's descriptors are below this */
};

static bool is_listed(const struct child_spec *spec, const struct plan *plan, int fd)
{
    for (size_t i = 0; i < plan->count; i++)
        if (spec->descriptors[i][1] == fd)
            return true;
    return false;
}

static void measure(struct plan *plan, const struct child_spec *spec)
{
    plan->end = STDERR_FILENO + 1;
    if (spec->descriptors == NULL)
        return;
    for (; spec->descriptors[plan->count][0] >= 0; plan->count++)
        if (spec->descriptors[plan->count][1] >= plan->end)
            plan->end = spec->descriptors[plan->count][1] + 1;
}

/* Pairs may cross over ({3, 4} and {4, 3}), so each of ours is copied out of the way before any is placed. */
static bool place_descriptors(struct plan *plan, const struct child_spec *spec, struct error *error)
{
    plan->copies = xmalloc(plan->count * sizeof(*plan->copies));
    for (size_t i = 0; i < plan->count; i++)
        plan->copies[i] = -1;
    for (size_t i = 0; i < plan->count; i++) {
        plan->copies[i] = fcntl(spec->descriptors[i][0], F_DUPFD_CLOEXEC, plan->end);
        if (plan->copies[i] < 0)
            return error_set_errno(error, errno, "descriptor %d could not be given to '%s'",
                                   spec->descriptors[i][0], spec->argv[0]);
        posix_spawn_file_actions_adddup2(&plan->actions, plan->copies[i], spec->descriptors[i][1]);
    }
    return true;
}

static void close_the_others(struct plan *plan, const struct child_spec *spec)
{
    for (int fd = 0; fd < plan->end; fd++) {
        if (is_listed(spec, plan, fd))
            continue;
        if (fd > STDERR_FILENO)
            posix_spawn_file_actions_addclose(&plan->actions, fd);
        else if (!spec->keep_terminal)
            posix_spawn_file_actions_addopen(&plan->actions, fd, "/dev/null", O_RDWR, 0);
    }
    posix_spawn_file_actions_addclosefrom_np(&plan->actions, plan->end);
}

static void set_attributes(struct plan *plan)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&plan->attributes, &none);
    posix_spawnattr_setsigdefault(&plan->attributes, &all);
    posix_spawnattr_setpgroup(&plan->attributes, 0);
    posix_spawnattr_setflags(&plan->attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

/* A group in the background would be stopped when it reads from the terminal: it must be the foreground. */
static bool takes_terminal(const struct child_spec *spec)
{
    return spec->keep_terminal && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static bool plan_init(struct plan *plan, const struct child_spec *spec, struct error *error)
{
    *plan = (struct plan){ 0 };
    posix_spawn_file_actions_init(&plan->actions);
    posix_spawnattr_init(&plan->attributes);
    measure(plan, spec);
    set_attributes(plan);
    if (!place_descriptors(plan, spec, error))
        return false;
    close_the_others(plan, spec);
    if (spec->folder != NULL)
        posix_spawn_file_actions_addchdir_np(&plan->actions, spec->folder);
    if (takes_terminal(spec))
        posix_spawn_file_actions_addtcsetpgrp_np(&plan->actions, STDIN_FILENO);
    return true;
}

static void plan_release(struct plan *plan)
{
    for (size_t i = 0; i < plan->count && plan->copies != NULL; i++)
        if (plan->copies[i] >= 0)
            close(plan->copies[i]);
    free(plan->copies);
    posix_spawn_file_actions_destroy(&plan->actions);
    posix_spawnattr_destroy(&plan->attributes);
}

static bool spawn(const struct child_spec *spec, pid_t *pid, struct error *error)
{
    struct plan plan;
    bool ready = plan_init(&plan, spec, error);
    int number = 0;
    if (ready) {
        const char *const *environment = spec->environment;
        number = posix_spawnp(pid, spec->argv[0], &plan.actions, &plan.attributes, (char *const *)spec->argv,
                              environment != NULL ? (char *const *)environment : environ);
    }
    plan_release(&plan);
    if (!ready)
        return false;
    if (number != 0 && spec->folder != NULL && access(spec->folder, X_OK) < 0)
        return error_set_errno(error, errno, "'%s' could not be started in %s", spec->argv[0], spec->folder);
    if (number != 0)
        return error_set_errno(error, number, "'%s' could not be started", spec->argv[0]);
    return true;
}

/* False while it still runs. */
static bool reap(int pidfd, int options, siginfo_t *information)
{
    int result;
    do {
        information->si_pid = 0;
        result = waitid(P_PIDFD, (id_t)pidfd, information, WEXITED | options);
    } while (result < 0 && errno == EINTR);
    return result < 0 || information->si_pid != 0;
}

/* Whoever asks for this from the background gets SIGTTOU, unless it is blocked. */
static void take_terminal_back(void)
{
    sigset_t stop, former;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &stop, &former);
    tcsetpgrp(STDIN_FILENO, getpgrp());
    pthread_sigmask(SIG_SETMASK, &former, NULL);
}

static void let_go(struct child *child)
{
    if (child->has_terminal)
        take_terminal_back();
    loop_watch_remove(child->watch);
    child->watch = NULL;
    close(child->pidfd);
    child->pidfd = -1;
}

static void pidfd_ready(void *data, int events)
{
    (void)events;
    struct child *child = data;
    siginfo_t information = { 0 };
    if (!reap(child->pidfd, WNOHANG, &information))
        return;
    let_go(child);
    bool exited = information.si_code == CLD_EXITED;
    /* The last that is done here: the child may be freed by it. */
    child->ended(child->data, exited ? information.si_status : -1, exited ? 0 : information.si_status);
}

struct child *child_start(struct loop *loop, const struct child_spec *spec,
                          void (*ended)(void *data, int code, int signal), void *data, struct error *error)
{
    pid_t pid;
    bool has_terminal = takes_terminal(spec);
    if (!spawn(spec, &pid, error))
        return NULL;
    int pidfd = pidfd_open(pid, 0);
    if (pidfd < 0) {
        error_set_errno(error, errno, "'%s' was started but could not be watched", spec->argv[0]);
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
        if (has_terminal)
            take_terminal_back();
        return NULL;
    }
    struct child *child = xcalloc(1, sizeof(*child));
    *child = (struct child){
        .pid = pid, .pidfd = pidfd, .has_terminal = has_terminal, .ended = ended, .data = data
    };
    child->watch = loop_watch_add(loop, pidfd, LOOP_READ, pidfd_ready, child);
    return child;
}

pid_t child_pid(const struct child *child)
{
    return child->pid;
}

void child_kill(struct child *child, int signal)
{
    if (child->pidfd >= 0)
        kill(-child->pid, signal);
}

/* After SIGKILL the wait is over as soon as the kernel has taken the process down. */
void child_free(struct child *child)
{
    if (child == NULL)
        return;
    if (child->pidfd >= 0) {
        siginfo_t information = { 0 };
        child_kill(child, SIGKILL);
        reap(child->pidfd, 0, &information);
        let_go(child);
    }
    free(child);
}
