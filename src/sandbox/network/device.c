/* device.c - the sandbox's network device, its address and its routes. */
#include "sandbox/network/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/route.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEVICE "tap0"

static struct sockaddr place(uint32_t address)
{
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
    struct sockaddr out;
    memcpy(&out, &in, sizeof(out));
    return out;
}

static bool set_addresses(int fd)
{
    struct ifreq request = { .ifr_name = DEVICE };
    request.ifr_addr = place(NETWORK_ADDRESS);
    if (ioctl(fd, SIOCSIFADDR, &request) < 0)
        return false;
    request.ifr_netmask = place(NETWORK_MASK);
    if (ioctl(fd, SIOCSIFNETMASK, &request) < 0)
        return false;
    request.ifr_mtu = NETWORK_MTU;
    if (ioctl(fd, SIOCSIFMTU, &request) < 0)
        return false;
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    return ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

static bool close_range_of(int fd, uint32_t address, int bits)
{
    struct rtentry route = {
        .rt_dst = place(address),
        .rt_genmask = place(~0U << (32 - bits)),
        .rt_flags = RTF_UP | RTF_REJECT | (bits == 32 ? RTF_HOST : 0),
    };
    return ioctl(fd, SIOCADDRT, &route) == 0 || errno == EEXIST;
}

static bool close_ranges(const struct network_host *host, int fd)
{
    size_t count;
    bool good = true;
    const struct network_range *ranges = network_closed(&count);
    for (size_t i = 0; good && i < count; i++)
        good = close_range_of(fd, ranges[i].address, ranges[i].bits);
    for (size_t i = 0; good && i < host->count; i++)
        good = close_range_of(fd, host->addresses[i], 32);
    return good;
}

static bool open_the_rest(int fd)
{
    struct rtentry route = {
        .rt_dst = place(0),
        .rt_genmask = place(0),
        .rt_gateway = place(NETWORK_GATEWAY),
        .rt_flags = RTF_UP | RTF_GATEWAY,
    };
    return ioctl(fd, SIOCADDRT, &route) == 0;
}

/* The closed ranges come first: there is no moment in which they are open. */
static bool set_up(const struct network_host *host, const char **step)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    *step = "its routes could not be set";
    bool good = fd >= 0 && close_ranges(host, fd);
    if (good) {
        *step = "its address could not be set";
        good = set_addresses(fd) && open_the_rest(fd);
    }
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return good;
}

int network_device(const struct network_host *host, const char **step)
{
    struct ifreq request = { .ifr_name = DEVICE };
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    *step = "/dev/net/tun could not be opened";
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -1;
    *step = "its device could not be made";
    if (ioctl(fd, TUNSETIFF, &request) == 0 && set_up(host, step))
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}
