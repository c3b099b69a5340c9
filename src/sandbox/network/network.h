/* network.h - the parts of sandgate-network, the gate between a sandbox and the net.
 *
 *     programs - tap0 in the sandbox's network namespace - sandgate-network - slirp4netns - the host's network
 *
 * slirp4netns opens the connections as an ordinary program of the host, so it would reach whatever the host
 * reaches.  What a sandbox must not reach is stopped here: every frame that comes out of it is looked at
 * (frame.c), and nothing inside can change that.  The routes in the namespace (device.c) say the same, but
 * only so that a forbidden address fails at once instead of after a minute.
 *
 * The program runs on the host's side.  It belongs to no session: one sandbox, one gate. */
#ifndef SANDGATE_SANDBOX_NETWORK_NETWORK_H
#define SANDGATE_SANDBOX_NETWORK_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NETWORK_MTU = 65520, NETWORK_FRAME = NETWORK_MTU + 64 };

/* Of the network that the sandbox sees; in the host's byte order. */
#define NETWORK_ADDRESS 0x0a000264U  /* 10.0.2.100 */
#define NETWORK_GATEWAY 0x0a000202U  /* 10.0.2.2 */
#define NETWORK_RESOLVER 0x0a000203U /* 10.0.2.3 */
#define NETWORK_MASK 0xffffff00U

struct network_range {
    uint32_t address;
    int bits;
};

/* What is never reachable: loopback, link-local, private, shared and special ranges. */
const struct network_range *network_closed(size_t *count);

/* The addresses of the host itself, which are closed too, whatever range they are in. */
struct network_host {
    uint32_t addresses[64];
    size_t count;
};

/* True when the frame of LENGTH bytes may leave the sandbox: ARP; IPv4 to an address that is not closed; DNS
 * to the resolver. */
bool network_frame_allowed(const struct network_host *host, const uint8_t *frame, size_t length);

/* Makes tap0 in the network namespace that this process is in, with its address and routes.  Returns its
 * descriptor; -1 and *STEP, what failed, with errno. */
int network_device(const struct network_host *host, const char **step);

#endif
