/* grpc_peer.c - see the header.  The library is looked for where the stand-in of Modal has it, and in NODE_PATH. */
#include "tests/support/grpc_peer.h"

#include "base/memory.h"
#include "base/path.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *source_folder(void)
{
    const char *folder = getenv("SANDGATE_SOURCE");
    return folder != NULL ? folder : SANDGATE_SOURCE_FOLDER;
}

static void run_node(const char *folder, int age, const int input[2], const int output[2])
{
    char *script = xasprintf("%s/tests/support/grpc_peer.cjs", source_folder());
    char *library = xasprintf("%s/tests/standin/modal/node_modules:%s", source_folder(),
                              getenv("NODE_PATH") != NULL ? getenv("NODE_PATH") : "");
    char *text = age > 0 ? xasprintf("%d", age) : NULL;
    dup2(input[0], STDIN_FILENO);
    dup2(output[1], STDOUT_FILENO);
    int nothing = open("/dev/null", O_WRONLY);
    if (getenv("SANDGATE_TEST_LOUD") == NULL)
        dup2(nothing, STDERR_FILENO);
    setenv("NODE_PATH", library, 1);
    execlp("node", "node", script, folder, text, (char *)NULL);
    _exit(127);
}

/* One line; false at its end before. */
static bool read_line(int fd, char *line, size_t size)
{
    size_t length = 0;
    while (length + 1 < size && read(fd, line + length, 1) == 1 && line[length] != '\n')
        length++;
    bool whole = line[length] == '\n';
    line[length] = '\0';
    return whole;
}

static bool learn_ports(struct grpc_peer *peer, int output)
{
    char line[128] = "";
    int tls, plain, raw, proxy;
    if (!read_line(output, line, sizeof(line)) ||
        sscanf(line, "ready %d %d %d %d", &tls, &plain, &raw, &proxy) != 4)
        return false;
    snprintf(peer->tls, sizeof(peer->tls), "https://127.0.0.1:%d", tls);
    snprintf(peer->plain, sizeof(peer->plain), "http://127.0.0.1:%d", plain);
    snprintf(peer->raw, sizeof(peer->raw), "https://127.0.0.1:%d", raw);
    snprintf(peer->proxy, sizeof(peer->proxy), "http://127.0.0.1:%d", proxy);
    return true;
}

static void trust(const struct grpc_peer *peer)
{
    char *file = xasprintf("%s/ca.pem", peer->folder);
    setenv("SSL_CERT_FILE", file, 1);
    free(file);
}

struct grpc_peer *grpc_peer_start(int age, const char **why)
{
    struct grpc_peer *peer = xcalloc(1, sizeof(*peer));
    char folder[] = "/tmp/sandgate-peer-XXXXXX";
    int input[2], output[2];
    if (mkdtemp(folder) == NULL || pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0)
        bug("no folder or pipe for the test");
    peer->folder = xstrdup(folder);
    peer->process = fork();
    if (peer->process == 0)
        run_node(folder, age, input, output);
    close(input[0]);
    close(output[1]);
    peer->input = input[1];
    bool is_ready = learn_ports(peer, output[0]);
    close(output[0]);
    if (is_ready) {
        trust(peer);
        return peer;
    }
    grpc_peer_stop(peer);
    *why = "Node with @grpc/grpc-js is not here (npm ci in tests/standin/modal)";
    return NULL;
}

void grpc_peer_stop(struct grpc_peer *peer)
{
    if (peer == NULL)
        return;
    close(peer->input);
    kill(peer->process, SIGKILL);
    waitpid(peer->process, NULL, 0);
    path_remove_tree(peer->folder, NULL);
    free(peer->folder);
    free(peer);
}
