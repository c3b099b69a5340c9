/* loop_signal.c - signals, through one signalfd that is there only while somebody asks for a signal.
 *
 * A signal is blocked from the first who asks until the last who asked goes; if it was blocked before us it
 * stays so.  Signals of one kind that arrive together may be told as one, as always with signals. */
#include "base/memory.h"
#include "loop/loop_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct loop_signal {
    struct loop *loop;
    struct listener *listener;
    int signal;
    void (*arrived)(void *data, int signal);
    void *data;
};

void loop_signals_init(struct loop *loop)
{
    sigemptyset(&loop->signal_set);
    sigemptyset(&loop->signal_blocked);
    loop->signal_fd = -1;
}

static void signals_ready(void *data, int events)
{
    (void)events;
    struct loop *loop = data;
    struct signalfd_siginfo information;
    /* The descriptor is gone when a callback removed the last one who asked. */
    while (loop->signal_fd >= 0 &&
           read(loop->signal_fd, &information, sizeof(information)) == sizeof(information)) {
        int signal = (int)information.ssi_signo;
        listeners_tell(&loop->signals, &signal);
    }
}

static void change_mask(struct loop *loop)
{
    int fd = signalfd(loop->signal_fd, &loop->signal_set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        bug("signals cannot be waited for: %s", strerror(errno));
    if (loop->signal_fd < 0)
        loop->signal_watch = loop_watch_add(loop, fd, LOOP_READ, signals_ready, loop);
    loop->signal_fd = fd;
}

static void close_signals(struct loop *loop)
{
    loop_watch_remove(loop->signal_watch);
    loop->signal_watch = NULL;
    close(loop->signal_fd);
    loop->signal_fd = -1;
}

static void block(struct loop *loop, int signal)
{
    sigset_t one, former;
    sigemptyset(&one);
    sigaddset(&one, signal);
    pthread_sigmask(SIG_BLOCK, &one, &former);
    if (!sigismember(&former, signal))
        sigaddset(&loop->signal_blocked, signal);
    sigaddset(&loop->signal_set, signal);
    change_mask(loop);
}

static void unblock(struct loop *loop, int signal)
{
    sigdelset(&loop->signal_set, signal);
    if (sigisemptyset(&loop->signal_set))
        close_signals(loop);
    else
        change_mask(loop);
    if (!sigismember(&loop->signal_blocked, signal))
        return;
    sigdelset(&loop->signal_blocked, signal);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
}

static void hear(void *data, const void *matter)
{
    struct loop_signal *signal = data;
    if (*(const int *)matter == signal->signal)
        signal->arrived(signal->data, signal->signal); /* may remove itself */
}

struct loop_signal *loop_signal_add(struct loop *loop, int signal, void (*arrived)(void *data, int signal),
                                    void *data)
{
    struct loop_signal *added = xcalloc(1, sizeof(*added));
    *added = (struct loop_signal){ .loop = loop, .signal = signal, .arrived = arrived, .data = data };
    added->listener = listeners_add(&loop->signals, hear, added);
    if (loop->signal_uses[signal]++ == 0)
        block(loop, signal);
    return added;
}

void loop_signal_remove(struct loop_signal *signal)
{
    if (signal == NULL)
        return;
    struct loop *loop = signal->loop;
    listeners_remove(&loop->signals, signal->listener);
    if (--loop->signal_uses[signal->signal] == 0)
        unblock(loop, signal->signal);
    free(signal);
}
