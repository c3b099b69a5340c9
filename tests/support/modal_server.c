/* modal_server.c - a node process, a folder for all that it makes, and a pipe whose end ends it. */
#include "tests/support/modal_server.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SETTINGS_MOST = 32 };

struct modal_server {
    pid_t process;
    int input; /* closing it ends the process, also when the test dies */
    char *folder;
    struct json *ready; /* what it said of itself */
    int control_port;
};

static char *source_path(const char *name)
{
    const char *source = getenv("SANDGATE_SOURCE") ? getenv("SANDGATE_SOURCE") : SANDGATE_SOURCE_FOLDER;
    return path_join(source, name);
}

bool modal_server_available(void)
{
    char *packages = source_path("tests/standin/modal/node_modules/@grpc/grpc-js/package.json");
    bool available = access(packages, R_OK) == 0 && system("node --version >/dev/null 2>&1") == 0;
    free(packages);
    return available;
}

/* The words are made before the fork: the tests may have threads, and a child may find their locks taken. */
static int start_process(struct modal_server *server, const char *const *settings)
{
    char *program = source_path("tests/standin/modal/server.mjs");
    const char *words[5 + 2 * SETTINGS_MOST] = { "node", program, "--root", server->folder };
    size_t count = 4;
    for (; settings && *settings && count < 4 + 2 * SETTINGS_MOST; settings++) {
        words[count++] = "--set";
        words[count++] = *settings;
    }
    int input[2], output[2];
    if (pipe2(input, O_CLOEXEC) < 0 || pipe2(output, O_CLOEXEC) < 0)
        bug("no pipe");
    server->process = fork();
    if (server->process == 0) {
        dup2(input[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        execvp("node", (char *const *)words);
        _exit(127);
    }
    free(program);
    close(input[0]);
    close(output[1]);
    server->input = input[1];
    return output[0];
}

static void read_ready_line(struct modal_server *server, int output)
{
    char *line = NULL;
    size_t room = 0;
    FILE *said = fdopen(output, "r");
    ssize_t length = said ? getline(&line, &room, said) : -1;
    server->ready = length > 0 ? json_parse(line, (size_t)length, NULL) : NULL;
    const char *control = json_get_text(server->ready, "control");
    if (!control)
        bug("the Modal stand-in did not start: are node and its packages there?");
    server->control_port = atoi(strrchr(control, ':') + 1);
    fclose(said);
    free(line);
}

struct modal_server *modal_server_start(const char *const *settings)
{
    struct modal_server *server = xcalloc(1, sizeof *server);
    server->folder = xstrdup("/tmp/sandgate-modal-XXXXXX");
    if (!mkdtemp(server->folder))
        bug("no folder");
    read_ready_line(server, start_process(server, settings));
    return server;
}

/* Asked first, so that it takes its sandboxes with it. */
void modal_server_stop(struct modal_server *server)
{
    close(server->input);
    waitpid(server->process, NULL, 0);
    path_remove_tree(server->folder, NULL);
    json_free(server->ready);
    free(server->folder);
    free(server);
}

const char *modal_server_url(const struct modal_server *server)
{
    return json_get_text(server->ready, "url");
}

const char *modal_server_tls_url(const struct modal_server *server)
{
    return json_get_text(server->ready, "tls_url");
}

void modal_server_use(const struct modal_server *server)
{
    setenv("MODAL_SERVER_URL", modal_server_tls_url(server), 1);
    setenv("CURL_CA_BUNDLE", modal_server_ca(server), 1);
    setenv("MODAL_TOKEN_ID", modal_server_token_id(server), 1);
    setenv("MODAL_TOKEN_SECRET", modal_server_token_secret(server), 1);
}

const char *modal_server_ca(const struct modal_server *server)
{
    return json_get_text(server->ready, "ca");
}

const char *modal_server_token_id(const struct modal_server *server)
{
    return json_get_text(server->ready, "token_id");
}

const char *modal_server_token_secret(const struct modal_server *server)
{
    return json_get_text(server->ready, "token_secret");
}

const char *modal_server_folder(const struct modal_server *server)
{
    return server->folder;
}

static int connect_to(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (handle < 0 || connect(handle, (struct sockaddr *)&address, sizeof address) < 0)
        bug("the Modal stand-in's control endpoint is gone");
    return handle;
}

char *modal_server_control(struct modal_server *server, const char *method, const char *path,
                           const char *body)
{
    size_t length = body ? strlen(body) : 0;
    char *request =
        xasprintf("%s %s HTTP/1.0\r\nContent-Length: %zu\r\n\r\n%s", method, path, length, body ? body : "");
    int handle = connect_to(server->control_port);
    for (size_t sent = 0; sent < strlen(request);) {
        ssize_t part = write(handle, request + sent, strlen(request) - sent);
        if (part <= 0)
            bug("the Modal stand-in does not take %s %s", method, path);
        sent += (size_t)part;
    }
    struct buffer answer = BUFFER_INIT;
    char piece[65536];
    ssize_t got;
    while ((got = read(handle, piece, sizeof piece)) > 0)
        buffer_append(&answer, piece, (size_t)got);
    close(handle);
    free(request);
    const char *end = strstr(answer.data, "\r\n\r\n");
    if (!end || !strstr(answer.data, " 200 "))
        bug("the Modal stand-in refuses %s %s: %s", method, path, answer.data);
    char *text = xstrdup(end + 4);
    buffer_release(&answer);
    return text;
}

int64_t modal_server_calls(struct modal_server *server, const char *method)
{
    char *text = modal_server_control(server, "GET", "/calls", NULL);
    struct json *json = json_parse(text, strlen(text), NULL);
    int64_t count = json_get_integer(json_get(json, "counts"), method, 0);
    json_free(json);
    free(text);
    return count;
}
