/* main.c - sandgate-network: joins the sandbox's network namespace, makes its device, and passes frames.
 *
 * Descriptors: 3, the network namespace; 4, where it says "ready" or what is wrong; 5, whose end of file
 * means that the session is gone.  The one argument is the path of slirp4netns's socket. */
#include "sandbox/network/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { NAMESPACE = 3, NEWS = 4, LIFE = 5, TRIES = 1000, FRAMES_A_TURN = 64 };

static void give_up(const char *what)
{
    dprintf(NEWS, "%s: %s\n", what, strerror(errno));
    exit(1);
}

/* Asked before this process leaves the host's namespace. */
static void read_host(struct network_host *host)
{
    const size_t room = sizeof(host->addresses) / sizeof(host->addresses[0]);
    struct ifaddrs *all;
    if (getifaddrs(&all) < 0)
        give_up("the addresses of this machine are not known");
    for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
        struct sockaddr_in in;
        if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET)
            continue;
        memcpy(&in, one->ifa_addr, sizeof(in));
        errno = EOVERFLOW;
        if (host->count == room)
            give_up("this machine has too many addresses");
        host->addresses[host->count++] = ntohl(in.sin_addr.s_addr);
    }
    freeifaddrs(all);
}

/* slirp4netns makes its socket a moment after it was started. */
static int reach_slirp(const char *path)
{
    struct sockaddr_un place = { .sun_family = AF_UNIX };
    const struct timespec moment = { .tv_nsec = 2000000 };
    errno = ENAMETOOLONG;
    if (strlen(path) >= sizeof(place.sun_path))
        give_up("slirp4netns cannot be reached");
    strcpy(place.sun_path, path);
    for (int i = 0; i < TRIES; i++) {
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, (struct sockaddr *)&place, sizeof(place)) == 0)
            return fd;
        close(fd);
        nanosleep(&moment, NULL);
    }
    give_up("slirp4netns cannot be reached");
    return -1;
}

/* The device belongs to the user namespace that the network namespace was made in, which is not the one that
 * the sandbox's programs are in. */
static void join(void)
{
    int user = ioctl(NAMESPACE, NS_GET_USERNS);
    if (user < 0 || setns(user, CLONE_NEWUSER) < 0 || setns(NAMESPACE, CLONE_NEWNET) < 0)
        give_up("the sandbox's network cannot be entered");
    close(user);
    close(NAMESPACE);
}

static void drop_privileges(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct none[2] = { 0 };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_capset, &header, none) < 0)
        give_up("privileges cannot be dropped");
}

/* What does not fit is dropped, as a network does.  False: the other side is gone. */
static bool pass_out(const struct network_host *host, int device, int slirp)
{
    uint8_t frame[NETWORK_FRAME];
    for (int i = 0; i < FRAMES_A_TURN; i++) {
        ssize_t length = read(device, frame, sizeof(frame));
        if (length < 0)
            return errno == EAGAIN || errno == EINTR;
        if (network_frame_allowed(host, frame, (size_t)length) &&
            send(slirp, frame, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN &&
            errno != ENOBUFS)
            return false;
    }
    return true;
}

static bool pass_in(int slirp, int device)
{
    uint8_t frame[NETWORK_FRAME];
    for (int i = 0; i < FRAMES_A_TURN; i++) {
        ssize_t length = recv(slirp, frame, sizeof(frame), MSG_DONTWAIT);
        if (length < 0)
            return errno == EAGAIN || errno == EINTR;
        if (length == 0)
            return false;
        if (write(device, frame, (size_t)length) < 0 && errno == EBADFD)
            return false;
    }
    return true;
}

static void pass_frames(const struct network_host *host, int device, int slirp)
{
    struct pollfd polls[] = { { device, POLLIN, 0 }, { slirp, POLLIN, 0 }, { LIFE, POLLIN, 0 } };
    bool good = true;
    while (good && poll(polls, 3, -1) >= 0) {
        good = !polls[2].revents && !(polls[0].revents & (POLLERR | POLLNVAL));
        if (good && polls[0].revents)
            good = pass_out(host, device, slirp);
        if (good && polls[1].revents)
            good = pass_in(slirp, device);
    }
}

int main(int count, char **arguments)
{
    struct network_host host = { .count = 0 };
    const char *step;
    if (count != 2)
        return 2;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    read_host(&host);
    int slirp = reach_slirp(arguments[1]);
    join();
    int device = network_device(&host, &step);
    if (device < 0)
        give_up(step);
    drop_privileges();
    dprintf(NEWS, "ready\n");
    close(NEWS);
    pass_frames(&host, device, slirp);
    return 0;
}
