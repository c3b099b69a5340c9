/* bwrap_network.c - a network of the sandbox's own: slirp4netns carries it, sandgate-network guards it
 * (network/network.h).
 *
 * Both are children of ours, and both end when the pipe that this process holds closes, so neither outlives a
 * session that was killed. */
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/path.h"
#include "loop/child.h"
#include "loop/loop.h"
#include "sandbox/bwrap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET "network.sock" /* in the state folder */

enum { NEWS = 1024 };

struct bwrap_network {
    struct bwrap *bwrap;
    struct child *slirp, *gate;
    int life; /* held open; its other end tells both children when we are gone */
    int news; /* what the gate says */
    struct loop_watch *watch;
    struct buffer said;
    bool ready;
};

bool bwrap_network_possible(void)
{
    const char *path = getenv("PATH");
    char *folders = xstrdup(path ? path : ""), *rest = folders;
    bool found = false;
    for (char *folder; !found && (folder = strsep(&rest, ":"));) {
        char *program = path_join(folder[0] ? folder : ".", "slirp4netns");
        found = access(program, X_OK) == 0;
        free(program);
    }
    free(folders);
    return found;
}

/* --- news --- */

/* Without its network the sandbox is still what it was; its programs see that nothing answers. */
static void fell(struct bwrap_network *network, const char *what)
{
    struct bwrap *bwrap = network->bwrap;
    if (network->ready) {
        log_line("sandbox", "%s of %s ended", what, bwrap->facts.id);
        return;
    }
    struct buffer *said = &network->said;
    size_t length = strcspn(said->data, "\n");
    bwrap_enter(bwrap);
    bwrap_lose(bwrap, "its network could not be opened: %.*s%s", (int)length, said->data,
               length > 0 ? "" : "slirp4netns ended (version 1.2 or later is needed)");
    bwrap_leave(bwrap);
}

static void slirp_ended(void *data, int code, int signal)
{
    (void)code, (void)signal;
    fell(data, "slirp4netns");
}

static void read_news(struct bwrap_network *network)
{
    char bytes[256];
    ssize_t length;
    while ((length = read(network->news, bytes, sizeof(bytes))) > 0)
        buffer_append(&network->said, bytes, (size_t)length);
}

static void gate_ended(void *data, int code, int signal)
{
    struct bwrap_network *network = data;
    (void)code, (void)signal;
    read_news(network);
    fell(network, "sandgate-network");
}

static void close_news(struct bwrap_network *network)
{
    loop_watch_remove(network->watch);
    network->watch = NULL;
    if (network->news >= 0)
        close(network->news);
    network->news = -1;
}

static void remove_socket(const struct bwrap *bwrap)
{
    char *path = path_join(bwrap->state_folder, SOCKET);
    unlink(path);
    free(path);
}

static void news_ready(void *data, int events)
{
    struct bwrap_network *network = data;
    struct bwrap *bwrap = network->bwrap;
    read_news(network);
    if (strcmp(network->said.data, "ready\n") == 0) {
        network->ready = true;
        close_news(network);
        remove_socket(bwrap);
        bwrap_enter(bwrap);
        bwrap_become_ready(bwrap);
        bwrap_leave(bwrap);
    } else if (events & LOOP_HANGUP) { /* gate_ended says the rest */
        loop_watch_remove(network->watch);
        network->watch = NULL;
    }
}

/* --- life --- */

static struct child *start(struct bwrap_network *network, const char *const *argv,
                           const int (*descriptors)[2], void (*ended)(void *data, int code, int signal),
                           struct error *error)
{
    static const char *const nothing[] = { NULL };
    struct child_spec spec = {
        .argv = argv,
        .environment = nothing,
        .folder = network->bwrap->state_folder,
        .descriptors = descriptors,
    };
    return child_start(network->bwrap->loop, &spec, ended, network, error);
}

/* Its own sandbox needs root to be made, and is needed where root is what it would keep. */
static bool start_slirp(struct bwrap_network *network, int life, struct error *error)
{
    const char *argv[] = {
        "slirp4netns",
        "--target-type=bess",
        "--disable-host-loopback",
        "--mtu=65520",
        "--exit-fd=3",
        "--enable-seccomp",
        SOCKET,
        NULL,
        NULL,
    };
    const int descriptors[][2] = { { life, 3 }, { -1, -1 } };
    if (geteuid() == 0) {
        argv[6] = "--enable-sandbox";
        argv[7] = SOCKET;
    }
    remove_socket(network->bwrap);
    network->slirp = start(network, argv, descriptors, slirp_ended, error);
    return network->slirp != NULL;
}

static bool start_gate(struct bwrap_network *network, int namespace, int news, int life, struct error *error)
{
    char *program = path_helper("sandgate-network");
    const char *const argv[] = { program, SOCKET, NULL };
    const int descriptors[][2] = { { namespace, 3 }, { news, 4 }, { life, 5 }, { -1, -1 } };
    network->gate = start(network, argv, descriptors, gate_ended, error);
    free(program);
    return network->gate != NULL;
}

static bool start_both(struct bwrap_network *network, int namespace, struct error *error)
{
    int life[2] = { -1, -1 }, news[2] = { -1, -1 };
    if (pipe2(life, O_CLOEXEC) < 0 || pipe2(news, O_CLOEXEC | O_NONBLOCK) < 0) {
        error_set_errno(error, errno, "the sandbox's network could not be opened");
        close(life[0]);
        close(life[1]);
        return false;
    }
    network->life = life[1];
    network->news = news[0];
    bool good =
        start_slirp(network, life[0], error) && start_gate(network, namespace, news[1], life[0], error);
    close(life[0]);
    close(news[1]);
    if (good)
        network->watch = loop_watch_add(network->bwrap->loop, network->news, LOOP_READ, news_ready, network);
    return good;
}

struct bwrap_network *bwrap_network_open(struct bwrap *bwrap, pid_t pid, struct error *error)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
    int namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (namespace < 0) {
        error_set_errno(error, errno, "the sandbox's network could not be opened");
        return NULL;
    }
    struct bwrap_network *network = xcalloc(1, sizeof(*network));
    *network = (struct bwrap_network){ .bwrap = bwrap, .life = -1, .news = -1 };
    buffer_init(&network->said, NEWS);
    bool good = start_both(network, namespace, error);
    close(namespace);
    if (good)
        return network;
    bwrap_network_close(network);
    return NULL;
}

void bwrap_network_close(struct bwrap_network *network)
{
    if (!network)
        return;
    close_news(network);
    child_free(network->gate);
    child_free(network->slirp);
    if (network->life >= 0)
        close(network->life);
    remove_socket(network->bwrap);
    buffer_release(&network->said);
    free(network);
}
