/* child.h - child processes of the host: our own helpers (bwrap, pasta, an approver), never the agent's.
 *
 * posix_spawn with a clean signal mask and default handlers, a process group of its own, and exactly the
 * environment and descriptors that are listed; the end is told through a pidfd. */
#ifndef SANDGATE_LOOP_CHILD_H
#define SANDGATE_LOOP_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct loop;
struct child;

struct child_spec {
    const char *const *argv;        /* argv[0] is looked up in the host's PATH unless it has a slash */
    const char *const *environment; /* NULL-terminated NAME=value; NULL: the host's own environment */
    const char *folder;             /* working directory, NULL: ours */
    const int (*descriptors)[2];    /* pairs {ours, theirs}; ends with {-1, -1}; NULL: none */
    bool keep_terminal;             /* inherits 0, 1, 2 and is the terminal's foreground while it runs;
                                     * otherwise those of 0, 1, 2 not in descriptors are /dev/null */
};

/* ENDED comes exactly once unless the child is forgotten: code is the exit code, or -1 with the signal. */
struct child *child_start(struct loop *loop, const struct child_spec *spec,
                          void (*ended)(void *data, int code, int signal), void *data, struct error *error);
pid_t child_pid(const struct child *child);
void child_kill(struct child *child, int signal); /* the whole process group */
/* Kills it with SIGKILL when it still runs, reaps it, and frees; no callback comes after. NULL is fine. */
void child_free(struct child *child);

#endif
