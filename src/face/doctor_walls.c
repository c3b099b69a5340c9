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

/* Who is asked outside, and what.  A connection alone says nothing: a gate may take it and hang up; an answer does. */
static const struct outside {
    const char *name, *host;
    int port;
    const char *question; /* for printf */
} outside[] = {
    { "1.1.1.1:80", "1.1.1.1", 80, "HEAD / HTTP/1.0\\r\\nHost: 1.1.1.1\\r\\n\\r\\n" },
    { "8.8.8.8:53", "8.8.8.8", 53,
      "\\0\\035\\022\\064\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\7example\\3com\\0\\0\\1\\0\\1" },
    { "example.com:80", "example.com", 80, "HEAD / HTTP/1.0\\r\\nHost: example.com\\r\\n\\r\\n" },
};

/* Runs the commands side by side: one that hangs holds up no other.  What they printed; caller frees. */
static char *run_all(struct doctor *doctor, const struct buffer *commands)
{
    char *script = xasprintf("%swait\n", commands->data), *failed;
    struct buffer out;
    int code;

    buffer_init(&out, OUTPUT_BYTES);
    doctor_run(doctor, script, CONNECT_TIME, &out, &code, &failed);
    free(script);
    free(failed);
    return buffer_detach(&out);
}

struct reached {
    size_t count;  /* who answered */
    bool unlisted; /* somebody whom a list of domains cannot name */
};

static struct reached look_outside(struct doctor *doctor, struct finding *finding)
{
    struct buffer commands = BUFFER_INIT;
    struct reached all = { 0 };

    for (size_t i = 0; i < ARRAY_SIZE(outside); i++)
        buffer_append_format(
            &commands,
            "(exec 3<>/dev/tcp/%s/%d && printf '%s' >&3 && IFS= read -r -d '' -n 1 -t 5 byte <&3 && "
            "echo '%s' reached) 2>/dev/null &\n",
            outside[i].host, outside[i].port, outside[i].question, outside[i].name);
    char *out = run_all(doctor, &commands);
    for (size_t i = 0; i < ARRAY_SIZE(outside); i++) {
        char *line = xasprintf("%s reached", outside[i].name);
        bool reached = strstr(out, line) != NULL;
        finding_detail(finding, "%s %s", outside[i].name, reached ? "reached" : "not reached");
        all.count += reached;
        all.unlisted = all.unlisted || (reached && *outside[i].host <= '9');
        free(line);
    }
    free(out);
    buffer_release(&commands);
    return all;
}

/* NULL: nothing is listed; the option of the list that is in force otherwise. */
static const char *list_in_force(const struct doctor *doctor)
{
    static const char *const lists[] = { "modal.cidrs", "modal.domains" };

    for (size_t i = 0; doctor->modal && i < ARRAY_SIZE(lists); i++)
        if (conf_list(doctor->setup.conf, lists[i])[0])
            return lists[i];
    return NULL;
}

void doctor_check_network(struct doctor *doctor, struct finding *finding)
{
    static const char leak[] = "tell the makers of sandgate; do not use it for what must not get out";
    bool open = conf_boolean(doctor->setup.conf, "terminal.network");
    const char *list = list_in_force(doctor);
    struct reached reached = look_outside(doctor, finding);

    if (list && strcmp(list, "modal.domains") == 0 && reached.unlisted)
        finding_fail(finding, leak,
                     "only the domains of modal.domains should be reached, and another address was");
    else if (list)
        finding_ok(finding, "limited by %s", list);
    else if (!open && reached.count)
        finding_fail(finding, leak, "terminal.network is false, and a command reached the network");
    else if (!open)
        finding_ok(finding, "closed: nothing was reached");
    else if (!reached.count)
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
static void knock(struct doctor *doctor, int port)
{
    static const char *const names[] = { "127.0.0.1", "localhost", "10.0.2.2", "10.0.2.3",
                                         "host.docker.internal" };
    struct buffer commands = BUFFER_INIT;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        buffer_append_format(&commands, "(exec 3<>/dev/tcp/%s/%d) 2>/dev/null &\n", names[i], port);
    free(run_all(doctor, &commands));
    buffer_release(&commands);
}

static bool reached_from_inside(struct doctor *doctor)
{
    struct listener listener = { .fd = -1 };

    if (listen_here(&listener)) {
        struct loop_watch *watch =
            loop_watch_add(doctor->setup.loop, listener.fd, LOOP_READ, visited, &listener);
        knock(doctor, listener.port);
        loop_turn(doctor->setup.loop, 0); /* who came at the last moment is still at the door */
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
