/* bwrap_channel.c - the host's end of the line to the jail (jail/protocol.h).
 *
 * Reading never waits for anybody: what a paused exec has under way is held by the exec and bounded by its
 * credit.  Writing never blocks: what finds no room is queued and goes when there is some. */
#include "base/memory.h"
#include "loop/loop.h"
#include "sandbox/bwrap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PACKETS_A_TURN = 32 };

struct outgoing {
    struct outgoing *next;
    size_t length, sent;
    char bytes[]; /* header and payload */
};

struct bwrap_channel {
    struct loop_watch *watch;
    int fd;
    pid_t peer;
    const struct bwrap_channel_events *events;
    void *data;
    struct outgoing *first, **last;
    bool reading, freed; /* in a callback; freed by it */
};

pid_t bwrap_channel_peer(const struct bwrap_channel *channel)
{
    return channel->peer;
}

/* --- out --- */

static void drop_first(struct bwrap_channel *channel)
{
    struct outgoing *first = channel->first;
    channel->first = first->next;
    if (!channel->first)
        channel->last = &channel->first;
    free(first);
}

/* Sends packets until all are gone or there is no room.  A broken line is left to the reading side to find. */
static void flush(struct bwrap_channel *channel)
{
    struct outgoing *message;
    while ((message = channel->first)) {
        size_t length = message->length - message->sent;
        if (length > JAIL_PACKET)
            length = JAIL_PACKET;
        ssize_t sent = send(channel->fd, message->bytes + message->sent, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS))
            break;
        message->sent += length;
        if (message->sent == message->length)
            drop_first(channel);
    }
    loop_watch_set(channel->watch, channel->first ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

void bwrap_channel_send(struct bwrap_channel *channel, enum jail_type type, uint64_t id, const void *head,
                        size_t head_length, const void *body, size_t body_length)
{
    struct jail_header header = { .type = type, .length = (uint32_t)(head_length + body_length), .id = id };
    size_t length = sizeof(header) + head_length + body_length;
    struct outgoing *message = xmalloc(sizeof(*message) + length);
    *message = (struct outgoing){ .length = length };
    memcpy(message->bytes, &header, sizeof(header));
    if (head_length > 0)
        memcpy(message->bytes + sizeof(header), head, head_length);
    if (body_length > 0)
        memcpy(message->bytes + sizeof(header) + head_length, body, body_length);
    bool alone = !channel->first;
    *channel->last = message;
    channel->last = &message->next;
    if (alone)
        flush(channel);
}

/* --- in --- */

/* Descriptors that somebody sent along are refused by the kernel: there is no room for them. */
static ssize_t receive(struct bwrap_channel *channel, char packet[JAIL_PACKET])
{
    union {
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
        struct cmsghdr align;
    } control;
    struct iovec part = { packet, JAIL_PACKET };
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
    };
    ssize_t length = recvmsg(channel->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length < 0)
        return length;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (channel->peer == 0 && head && head->cmsg_type == SCM_CREDENTIALS) {
        struct ucred sender;
        memcpy(&sender, CMSG_DATA(head), sizeof(sender));
        channel->peer = sender.pid;
    }
    return message.msg_flags & MSG_TRUNC ? 0 : length;
}

static void close_line(struct bwrap_channel *channel, bool broken)
{
    loop_watch_remove(channel->watch);
    channel->watch = NULL;
    channel->events->closed(channel->data, broken);
}

/* One packet. False when there is none now, or never again. */
static bool take_packet(struct bwrap_channel *channel)
{
    char packet[JAIL_PACKET];
    struct jail_header header;
    ssize_t length = receive(channel, packet);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (length <= 0) {
        close_line(channel, false);
        return false;
    }
    bool good = (size_t)length >= sizeof(header);
    if (good) {
        memcpy(&header, packet, sizeof(header));
        good = header.length == (size_t)length - sizeof(header) &&
               channel->events->message(channel->data, &header, packet + sizeof(header));
    }
    if (!good && !channel->freed)
        close_line(channel, true);
    return good && !channel->freed && channel->watch;
}

static void ready(void *data, int events)
{
    struct bwrap_channel *channel = data;
    if (events & LOOP_WRITE)
        flush(channel);
    channel->reading = true;
    for (int i = 0; i < PACKETS_A_TURN && take_packet(channel); i++)
        continue;
    channel->reading = false;
    if (channel->freed)
        free(channel);
}

/* --- life --- */

struct bwrap_channel *bwrap_channel_new(struct loop *loop, int fd, const struct bwrap_channel_events *events,
                                        void *data)
{
    struct bwrap_channel *channel = xcalloc(1, sizeof(*channel));
    *channel = (struct bwrap_channel){ .fd = fd, .events = events, .data = data };
    channel->last = &channel->first;
    channel->watch = loop_watch_add(loop, fd, LOOP_READ, ready, channel);
    return channel;
}

void bwrap_channel_free(struct bwrap_channel *channel)
{
    if (!channel)
        return;
    loop_watch_remove(channel->watch);
    channel->watch = NULL;
    close(channel->fd);
    while (channel->first)
        drop_first(channel);
    channel->freed = true;
    if (!channel->reading)
        free(channel);
}
