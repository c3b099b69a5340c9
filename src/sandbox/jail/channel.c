/* channel.c - the line to the host, from inside.
 *
 * Sending blocks: the host reads all the time (it holds back output by credit, never by not reading), and a
 * host that is stopped shall stop the sandbox.  A line that broke means that the host is gone: the first
 * process ends, and the kernel ends everything else with it. */
#include "sandbox/jail/jail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void channel_send(uint32_t type, uint64_t id, const void *head, size_t head_length, const void *body,
                  size_t body_length)
{
    struct jail_header header = { .type = type, .length = (uint32_t)(head_length + body_length), .id = id };
    struct iovec parts[] = {
        { &header, sizeof(header) },
        { (void *)head, head_length },
        { (void *)body, body_length },
    };
    struct msghdr packet = { .msg_iov = parts, .msg_iovlen = 3 };
    while (sendmsg(JAIL_CHANNEL, &packet, MSG_NOSIGNAL) < 0) {
        if (errno != EINTR && errno != ENOBUFS)
            _exit(1);
    }
}

/* Takes the first packet of a message apart. */
static void begin(struct jail *jail, const char *packet, size_t length)
{
    struct jail_header *header = &jail->partial.header;
    if (length < sizeof(*header))
        _exit(1);
    memcpy(header, packet, sizeof(*header));
    if (header->length > JAIL_MESSAGE)
        _exit(1);
    jail->partial.payload = jail_allocate(NULL, (size_t)header->length + 1);
    jail->partial_length = 0;
}

static void add(struct jail *jail, const char *bytes, size_t length)
{
    if (length > jail->partial.header.length - jail->partial_length)
        _exit(1);
    memcpy(jail->partial.payload + jail->partial_length, bytes, length);
    jail->partial_length += length;
}

/* Reads one packet. True when it completed a message, which the caller then owns. */
bool channel_receive(struct jail *jail, struct message *message)
{
    char packet[JAIL_PACKET];
    ssize_t length = recv(JAIL_CHANNEL, packet, sizeof(packet), MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (length <= 0)
        _exit(0);
    size_t skip = 0;
    if (!jail->partial.payload) {
        begin(jail, packet, (size_t)length);
        skip = sizeof(struct jail_header);
    }
    add(jail, packet + skip, (size_t)length - skip);
    if (jail->partial_length < jail->partial.header.length)
        return false;
    *message = jail->partial;
    message->payload[message->header.length] = '\0';
    jail->partial.payload = NULL;
    return true;
}
