/* tty_writer.c - see tty_writer.h. */
#include "ui/tty_writer.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "loop/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

struct tty_writer {
    struct loop *loop;
    struct loop_watch *watch; /* while something is queued, else NULL */
    int fd;
    struct buffer queue;
    size_t written; /* of the queue */
    uint64_t total;
    bool broken; /* the terminal is gone: everything is thrown away */
};

struct tty_writer *tty_writer_new(struct loop *loop, int fd)
{
    struct tty_writer *writer = xcalloc(1, sizeof(*writer));
    writer->loop = loop;
    writer->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3); /* a number of its own: the loop watches FD for input */
    buffer_init(&writer->queue, 0);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return writer;
}

static void forget(struct tty_writer *writer)
{
    loop_watch_remove(writer->watch);
    writer->watch = NULL;
    buffer_clear(&writer->queue);
    writer->written = 0;
}

void tty_writer_free(struct tty_writer *writer)
{
    if (!writer)
        return;
    forget(writer);
    buffer_release(&writer->queue);
    close(writer->fd);
    free(writer);
}

/* Writes what the terminal takes. */
static void push(struct tty_writer *writer)
{
    while (writer->written < writer->queue.length) {
        ssize_t count =
            write(writer->fd, writer->queue.data + writer->written, writer->queue.length - writer->written);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return;
        if (count <= 0) {
            writer->broken = true;
            break;
        }
        writer->written += (size_t)count;
    }
    forget(writer);
}

static void ready(void *data, int events)
{
    (void)events;
    push(data);
}

void tty_writer_send(struct tty_writer *writer, const char *bytes, size_t length)
{
    if (writer->broken)
        return;
    writer->total += length;
    buffer_append(&writer->queue, bytes, length);
    push(writer);
    if (!tty_writer_is_empty(writer) && !writer->watch)
        writer->watch = loop_watch_add(writer->loop, writer->fd, LOOP_WRITE, ready, writer);
}

bool tty_writer_is_empty(const struct tty_writer *writer)
{
    return writer->queue.length == 0;
}

void tty_writer_finish(struct tty_writer *writer, int milliseconds)
{
    struct pollfd terminal = { .fd = writer->fd, .events = POLLOUT };
    int64_t until = clock_steady() + milliseconds;
    while (!tty_writer_is_empty(writer)) {
        int64_t left = until - clock_steady();
        if (left <= 0 || poll(&terminal, 1, (int)left) == 0)
            break;
        push(writer);
    }
    forget(writer);
}

uint64_t tty_writer_total(const struct tty_writer *writer)
{
    return writer->total;
}
