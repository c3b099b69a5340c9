/* frame.c - which frames may leave the sandbox. */
#include "sandbox/network/network.h"

enum {
    ETHERNET = 14, /* bytes of its header */
    TYPE_IPV4 = 0x0800,
    TYPE_ARP = 0x0806,
    TCP = 6,
    UDP = 17,
    DNS = 53,
};

static const struct network_range closed[] = {
    { 0x00000000, 8 },  /* this network */
    { 0x0a000000, 8 },  /* private */
    { 0x64400000, 10 }, /* shared by carriers, and by overlays */
    { 0x7f000000, 8 },  /* loopback */
    { 0xa9fe0000, 16 }, /* link-local, and the metadata of clouds */
    { 0xac100000, 12 }, /* private */
    { 0xc0000000, 24 }, /* protocol assignments */
    { 0xc0a80000, 16 }, /* private */
    { 0xc6120000, 15 }, /* benchmarks */
    { 0xe0000000, 4 },  /* multicast */
    { 0xf0000000, 4 },  /* reserved, broadcast */
};

const struct network_range *network_closed(size_t *count)
{
    *count = sizeof(closed) / sizeof(closed[0]);
    return closed;
}

static unsigned read_16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static uint32_t read_32(const uint8_t *at)
{
    return (uint32_t)read_16(at) << 16 | read_16(at + 2);
}

static bool is_closed(const struct network_host *host, uint32_t address)
{
    for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
        if ((address ^ closed[i].address) >> (32 - closed[i].bits) == 0)
            return true;
    }
    for (size_t i = 0; i < host->count; i++) {
        if (host->addresses[i] == address)
            return true;
    }
    return false;
}

/* The resolver's address stands for whatever the host asks for names, so only that question may go there; of
 * a packet in pieces no port can be seen. */
static bool is_question(const uint8_t *packet, size_t length, size_t header)
{
    bool whole = (read_16(packet + 6) & 0x3fff) == 0;
    bool known = packet[9] == UDP || packet[9] == TCP;
    return whole && known && length >= header + 4 && read_16(packet + header + 2) == DNS;
}

static bool packet_allowed(const struct network_host *host, const uint8_t *packet, size_t length)
{
    if (length < 20 || packet[0] >> 4 != 4)
        return false;
    size_t header = (size_t)(packet[0] & 15) * 4;
    uint32_t address = read_32(packet + 16);
    if (header < 20 || header > length)
        return false;
    return address == NETWORK_RESOLVER ? is_question(packet, length, header) : !is_closed(host, address);
}

bool network_frame_allowed(const struct network_host *host, const uint8_t *frame, size_t length)
{
    if (length < ETHERNET)
        return false;
    unsigned type = read_16(frame + 12);
    return type == TYPE_ARP ||
           (type == TYPE_IPV4 && packet_allowed(host, frame + ETHERNET, length - ETHERNET));
}
