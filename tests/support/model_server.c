/* model_server.c - a process, a folder for its scenario and its control, and a pipe whose end ends it. */
#include "tests/support/model_server.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct model_server {
    pid_t process;
    int input; /* closing it ends the process, also when the test dies */
    int port;
    char *folder;
    char *url;
};

static char *file_in(const struct model_server *server, const char *name)
{
    return path_join(server->folder, name);
}

static void write_file(const struct model_server *server, const char *name, const char *text)
{
    char *path = file_in(server, name);
    if (!path_write_file(path, text, strlen(text), 0600, NULL))
        bug("cannot write %s", path);
    free(path);
}

/* The words are made before the fork: the tests have threads, and a child may find their locks taken. */
static void start_process(struct model_server *server, const char *listen_when)
{
    const char *source = getenv("SANDGATE_SOURCE") ? getenv("SANDGATE_SOURCE") : SANDGATE_SOURCE_FOLDER;
    char *program = path_join(source, "tests/standin/model_server.py");
    char *scenario = file_in(server, "scenario.json");
    int input[2], output[2];
    if (pipe2(input, O_CLOEXEC) < 0 || pipe2(output, O_CLOEXEC) < 0)
        bug("no pipe");
    server->process = fork();
    if (server->process == 0) {
        dup2(input[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        execlp("python3", "python3", program, scenario, "--control", server->folder, "--listen-when",
               listen_when ? listen_when : "", (char *)NULL);
        _exit(127);
    }
    free(program);
    free(scenario);
    close(input[0]);
    close(output[1]);
    server->input = input[1];
    FILE *said = fdopen(output[0], "r");
    if (!said || fscanf(said, "%d", &server->port) != 1)
        bug("the stand-in server did not start: is python3 there?");
    fclose(said);
}

struct model_server *model_server_start(const char *scenario, const char *listen_when)
{
    struct model_server *server = xcalloc(1, sizeof *server);
    server->folder = xstrdup("/tmp/sandgate-model-XXXXXX");
    if (!mkdtemp(server->folder))
        bug("no folder");
    write_file(server, "scenario.json", scenario);
    start_process(server, listen_when);
    server->url = xasprintf("http://127.0.0.1:%d/v1", server->port);
    return server;
}

void model_server_stop(struct model_server *server)
{
    close(server->input);
    kill(server->process, SIGKILL);
    waitpid(server->process, NULL, 0);
    path_remove_tree(server->folder, NULL);
    free(server->folder);
    free(server->url);
    free(server);
}

int model_server_port(const struct model_server *server)
{
    return server->port;
}

const char *model_server_url(const struct model_server *server)
{
    return server->url;
}

void model_server_go(struct model_server *server, const char *name)
{
    write_file(server, name, "");
}

char *model_server_requests(struct model_server *server)
{
    struct buffer text = BUFFER_INIT;
    char *path = file_in(server, "requests.jsonl");
    path_read_file(path, &text, NULL);
    free(path);
    return buffer_detach(&text);
}
