/* doctor_walls.c - the security review of a running sandbox: what a command in it reaches, and what it sees.
 *
 * Nothing is believed that the sandbox says of itself where this machine can tell: connections are observed at the
 * listener, files are looked for by names that exist only here. */
#include "face/credential.h"
#include "face/doctor.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/conf.h"
#include "loop/loop.h"
#include "sandbox/sandbox.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OUTPUT_BYTES = 256 * 1024, CONNECT_TIME = 6000, COMMAND_TIME = 30000 };

/* Runs SCRIPT; what it printed. NULL: it did not end, the finding has failed. Caller frees. */
static char *ask(struct doctor *doctor, const char *script, struct finding *finding)
{
    struct buffer out;
    char *failed;
    int code;

    buffer_init(&out, OUTPUT_BYTES);
    if (doctor_run(doctor, script, COMMAND_TIME, &out, &code, &failed))
        return buffer_detach(&out);
    finding_fail(finding, NULL, "%s", failed ? failed : "a short command took over 30 seconds");
    free(failed);
    buffer_release(&out);
    return NULL;
}

/* --- the network --- */

/* Whether a command makes a connection to HOST:PORT. */
static bool reaches(struct doctor *doctor, const char *host, int port)
{
    char *script = xasprintf("(exec 3<>/dev/tcp/%s/%d) 2>/dev/null && echo reached", host, port), *failed;
    struct buffer out;
    int code;

    buffer_init(&out, OUTPUT_BYTES);
    doctor_run(doctor, script, CONNECT_TIME, &out, &code, &failed);
    bool reached = strstr(out.data, "reached") != NULL;
    free(script);
    free(failed);
    buffer_release(&out);
    return reached;
}

static const struct {
    const char *host;
    int port;
} outside[] = { { "1.1.1.1", 443 }, { "8.8.8.8", 53 }, { "example.com", 443 } };

static size_t count_reached(struct doctor *doctor, struct finding *finding)
{
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_SIZE(outside); i++) {
        bool reached = reaches(doctor, outside[i].host, outside[i].port);
        finding_detail(finding, "%s:%d %s", outside[i].host, outside[i].port,
                       reached ? "reached" : "not reached");
        count += reached;
    }
    return count;
}

void doctor_check_network(struct doctor *doctor, struct finding *finding)
{
    bool open = conf_boolean(doctor->setup.conf, "terminal.network");
    bool listed = conf_option("modal.domains") && doctor->modal &&
                  (conf_list(doctor->setup.conf, "modal.domains")[0] ||
                   conf_list(doctor->setup.conf, "modal.cidrs")[0]);
    size_t reached = count_reached(doctor, finding);

    if (listed && reached == ARRAY_SIZE(outside))
        finding_fail(finding, "tell the makers of sandgate; do not use it for what must not get out",
                     "only listed addresses should be reached, and everything that was tried is");
    else if (listed)
        finding_ok(finding, "only listed addresses are reached");
    else if (!open && reached)
        finding_fail(finding, "tell the makers of sandgate; do not use it for what must not get out",
                     "terminal.network is false, and a command reached the network");
    else if (!open)
        finding_ok(finding, "closed: nothing was reached");
    else if (!reached)
        finding_warn(finding, "look whether this machine itself reaches the network",
                     "terminal.network is true, and a command reached nothing");
    else
        finding_ok(finding, "open, as terminal.network says: what is in the sandbox can be sent anywhere");
}

/* --- this machine --- */

struct listener {
    int fd;
    int port;
    bool visited;
};

static void visited(void *data, int events)
{
    struct listener *listener = data;
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);

    (void)events;
    listener->visited = listener->visited || fd >= 0;
    if (fd >= 0)
        close(fd);
}

static bool listen_here(struct listener *listener)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;

    listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool fine = listener->fd >= 0 && bind(listener->fd, (struct sockaddr *)&address, length) == 0 &&
                listen(listener->fd, 8) == 0 &&
                getsockname(listener->fd, (struct sockaddr *)&address, &length) == 0;
    listener->port = ntohs(address.sin_port);
    return fine;
}

/* By every name that this machine may have in there. */
static bool reached_from_inside(struct doctor *doctor)
{
    static const char *const names[] = { "127.0.0.1", "localhost", "10.0.2.2", "10.0.2.3",
                                         "host.docker.internal" };
    struct listener listener = { .fd = -1 };

    if (listen_here(&listener)) {
        struct loop_watch *watch =
            loop_watch_add(doctor->setup.loop, listener.fd, LOOP_READ, visited, &listener);
        for (size_t i = 0; i < ARRAY_SIZE(names) && !listener.visited; i++) {
            reaches(doctor, names[i], listener.port);
            loop_turn(doctor->setup.loop, 0); /* who came at the last moment is still at the door */
        }
        loop_watch_remove(watch);
    }
    if (listener.fd >= 0)
        close(listener.fd);
    return listener.visited;
}

/* Files that are on this machine alone, by names nobody can guess. */
static char *make_marker(const char *folder)
{
    char *name = xasprintf("%s/.sandgate-doctor-XXXXXX", folder);
    int file = mkostemp(name, O_CLOEXEC);

    if (file >= 0) {
        close(file);
        return name;
    }
    free(name);
    return NULL;
}

static char *quoted(const char *text)
{
    struct buffer out = BUFFER_INIT;

    buffer_append_byte(&out, '\'');
    for (; *text; text++)
        if (*text == '\'')
            buffer_append_text(&out, "'\\''");
        else
            buffer_append_byte(&out, *text);
    buffer_append_byte(&out, '\'');
    return buffer_detach(&out);
}

/* The script that says what of this machine it sees. */
static char *write_script(char *const *markers, size_t count)
{
    struct buffer script = BUFFER_INIT;

    for (size_t i = 0; i < count; i++) {
        char *name = quoted(markers[i] ? markers[i] : "");
        buffer_append_format(&script, "[ -e %s ] && printf 'file %%s\\n' %s\n", name, name);
        free(name);
    }
    buffer_append_format(
        &script, "read -r name 2>/dev/null </proc/%d/comm && [ \"$name\" = sandgate ] && echo process %d\n",
        (int)getpid(), (int)getpid());
    buffer_append_text(&script,
                       "for socket in /run/docker.sock /var/run/docker.sock /run/podman/podman.sock "
                       "/run/dbus/system_bus_socket; do [ -S $socket ] && echo socket $socket; done\n"
                       "exit 0\n");
    return buffer_detach(&script);
}

void doctor_check_host(struct doctor *doctor, struct finding *finding)
{
    char *home = path_home();
    char *markers[] = { make_marker("/tmp"), make_marker(home), make_marker(doctor->state) };
    char *script = write_script(markers, ARRAY_SIZE(markers));
    char *seen = ask(doctor, script, finding);

    if (seen && (*seen || reached_from_inside(doctor))) {
        finding_detail(finding, "%s", *seen ? seen : "a connection to a port of this machine was made");
        finding_fail(finding, "use another backend; do not let an agent work in this one",
                     "a command in the sandbox reached this machine");
    } else if (seen) {
        finding_ok(finding, "neither its files, its processes nor its ports");
    }
    for (size_t i = 0; i < ARRAY_SIZE(markers); i++) {
        if (markers[i])
            unlink(markers[i]);
        free(markers[i]);
    }
    free(home);
    free(script);
    free(seen);
}

/* --- the working directory --- */

void doctor_check_workdir(struct doctor *doctor, struct finding *finding)
{
    const char *cwd = conf_text(doctor->setup.conf, "terminal.cwd");
    char *wanted = xasprintf("%s\nwritable\n", cwd);
    char *seen = ask(doctor, "pwd -P; [ -w . ] && echo writable; exit 0", finding);

    if (path_is_below(cwd, "/root") || strcmp(cwd, "/") == 0)
        finding_fail(finding, "set terminal.cwd to a folder of its own, such as /workspace",
                     "terminal.cwd is %s, where programs keep keys and settings", cwd);
    else if (seen && strcmp(seen, wanted) != 0)
        finding_fail(finding, "set terminal.cwd to another folder", "%s is wanted, and a command finds: %s",
                     cwd, seen);
    else if (seen)
        finding_ok(finding, "%s, and it can be written", cwd);
    free(seen);
    free(wanted);
}

/* --- variables --- */

static bool is_listed(const struct doctor *doctor, const char *name, size_t length)
{
    /* Those of bash itself, and the mark by which a backend finds what a command has started. */
    static const char *const known[] = { "PWD", "OLDPWD", "SHLVL", "_", "SANDGATE_EXEC" };

    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (strlen(known[i]) == length && memcmp(known[i], name, length) == 0)
            return true;
    for (size_t i = 0; doctor->environment[i]; i++)
        if (strncmp(doctor->environment[i], name, length) == 0 && doctor->environment[i][length] == '=')
            return true;
    return false;
}

void doctor_check_environment(struct doctor *doctor, struct finding *finding)
{
    char *names = ask(doctor, "compgen -e", finding);
    size_t others = 0;

    for (const char *name = names; name && *name; name += strcspn(name, "\n"), name += *name == '\n') {
        size_t length = strcspn(name, "\n");
        if (is_listed(doctor, name, length))
            continue;
        others++;
        finding_detail(finding, "%.*s", (int)(length < 100 ? length : 100), name);
    }
    if (others)
        finding_fail(finding, "take them out of the image or of the secrets that the sandbox is given",
                     "commands see %zu variables that the configuration does not list", others);
    else if (names)
        finding_ok(finding, "exactly these: PATH, HOME, LANG, TERM, and what the configuration lists");
    free(names);
}
