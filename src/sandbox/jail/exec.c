/* exec.c - the programs, as the first process sees them.
 *
 * An exec lives through: asked, started, ended (its main program is gone), told (the host has its end), and
 * freed when the pipes are closed and nothing below its supervisor is left.
 *
 * The end is told when the pipes are at their end, or 50 ms after the main program ended: then exactly what
 * lies in the pipes is still handed over, so that a background program that holds them cannot hold the call.
 * What such a program writes later is read and thrown away; closing the pipes would kill it. */
#include "sandbox/jail/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { GRACE = 50, SWEEP = 2 /* milliseconds */, ENDS = 32 };

struct stream {
    int fd;        /* not blocking; -1: closed */
    uint32_t type; /* JAIL_OUTPUT or JAIL_ERROR_OUTPUT */
    size_t rest;   /* bytes still to hand over once the grace is past */
};

struct input {
    char bytes[JAIL_INPUT_WINDOW];
    size_t length;
    int fd;    /* -1: closed, or never there */
    bool ends; /* close it when all is written */
};

struct exec {
    struct exec *next;
    uint64_t id;
    pid_t supervisor; /* 0: gone */
    int report;       /* from the supervisor, -1: closed */
    int terminal;     /* master of the PTY, also in streams[0], -1: none */
    struct stream streams[2];
    struct input input;
    uint64_t credit;
    struct jail_done end;
    bool ended, told, killing;
    int64_t grace; /* when the rest of the pipes is measured; 0: measured */
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static struct exec *find(const struct jail *jail, uint64_t id)
{
    struct exec *exec = jail->execs;
    while (exec && (exec->id != id || exec->told))
        exec = exec->next;
    return exec;
}

size_t exec_count(const struct jail *jail)
{
    size_t count = 0;
    for (const struct exec *exec = jail->execs; exec; exec = exec->next)
        count++;
    return count;
}

bool exec_supervises(const struct jail *jail, pid_t pid)
{
    const struct exec *exec = jail->execs;
    while (exec && exec->supervisor != pid)
        exec = exec->next;
    return exec != NULL;
}

/* --- start --- */

static bool use_id(struct jail *jail, const char *id)
{
    for (size_t i = 0; i < jail->used_count; i++) {
        if (strcmp(jail->used[i], id) == 0)
            return false;
    }
    if (jail->used_count == jail->used_capacity) {
        jail->used_capacity = jail->used_capacity ? jail->used_capacity * 2 : 64;
        jail->used = jail_allocate(jail->used, jail->used_capacity * sizeof(*jail->used));
    }
    size_t size = strlen(id) + 1;
    jail->used[jail->used_count++] = memcpy(jail_allocate(NULL, size), id, size);
    return true;
}

static bool open_terminal(struct exec *exec, const struct jail_exec *head, char *path, size_t capacity)
{
    exec->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (exec->terminal < 0 || unlockpt(exec->terminal) < 0)
        return false;
    int failed = ptsname_r(exec->terminal, path, capacity);
    if (failed) {
        errno = failed;
        return false;
    }
    struct winsize size = { .ws_col = head->columns, .ws_row = head->rows };
    ioctl(exec->terminal, TIOCSWINSZ, &size);
    exec->streams[0].fd = exec->terminal;
    exec->input.fd = exec->terminal;
    return true;
}

static bool open_pipe(int *ours, int *theirs, bool reads)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    *ours = ends[reads ? 0 : 1];
    *theirs = ends[reads ? 1 : 0];
    return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0;
}

static bool open_pipes(struct exec *exec, struct supervisor_spec *spec, bool input)
{
    if (input ? !open_pipe(&exec->input.fd, &spec->in, false)
              : (spec->in = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
        return false;
    return open_pipe(&exec->streams[0].fd, &spec->out, true) &&
           open_pipe(&exec->streams[1].fd, &spec->error, true);
}

static struct exec *add_exec(struct jail *jail, uint64_t id)
{
    struct exec *exec = jail_allocate(NULL, sizeof(*exec));
    memset(exec, 0, sizeof(*exec));
    exec->id = id;
    exec->credit = JAIL_WINDOW;
    exec->report = exec->terminal = exec->input.fd = -1;
    exec->streams[0] = (struct stream){ .fd = -1, .type = JAIL_OUTPUT };
    exec->streams[1] = (struct stream){ .fd = -1, .type = JAIL_ERROR_OUTPUT };
    struct exec **last = &jail->execs;
    while (*last)
        last = &(*last)->next;
    *last = exec;
    return exec;
}

static void end(struct exec *exec, enum jail_end how, enum jail_step step, int value)
{
    if (exec->ended)
        return;
    exec->ended = true;
    exec->end = (struct jail_done){ .end = how, .step = step, .value = value };
    exec->grace = jail_now() + GRACE;
}

/* Forks the supervisor; on failure errno is set. */
static bool launch(struct jail *jail, struct exec *exec, struct supervisor_spec *spec)
{
    int report[2];
    if (pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0)
        return false;
    spec->report = report[1];
    exec->supervisor = fork();
    if (exec->supervisor == 0)
        supervisor_run(jail, spec);
    close(report[1]);
    if (exec->supervisor < 0) {
        exec->supervisor = 0;
        close(report[0]);
        return false;
    }
    exec->report = report[0];
    return true;
}

static void start(struct jail *jail, struct exec *exec, const struct order *order)
{
    char path[64];
    bool terminal = order->head.flags & JAIL_EXEC_PTY;
    struct supervisor_spec spec = {
        .arguments = order->arguments,
        .variables = order->variables,
        .folder = order->folder,
        .terminal = terminal ? path : NULL,
        .in = -1,
        .out = -1,
        .error = -1,
    };
    if (terminal ? !open_terminal(exec, &order->head, path, sizeof(path))
                 : !open_pipes(exec, &spec, order->head.flags & JAIL_EXEC_INPUT))
        end(exec, JAIL_FAILED, JAIL_STEP_TERMINAL, errno);
    else if (!launch(jail, exec, &spec))
        end(exec, JAIL_FAILED, JAIL_STEP_PROCESS, errno);
    close_fd(&spec.in);
    close_fd(&spec.out);
    close_fd(&spec.error);
}

void exec_start(struct jail *jail, const struct message *message)
{
    struct order order = order_read(message);
    struct exec *exec = add_exec(jail, message->header.id);
    if (!order.arguments[0])
        end(exec, JAIL_FAILED, JAIL_STEP_PROGRAM, EINVAL);
    else if (!use_id(jail, order.id))
        end(exec, JAIL_REPEATED, JAIL_STEP_NONE, 0);
    else
        start(jail, exec, &order);
    order_release(&order);
}

/* --- output --- */

static void close_stream(struct exec *exec, struct stream *stream)
{
    if (stream->fd >= 0 && stream->fd == exec->terminal) {
        exec->terminal = -1;
        exec->input.fd = -1;
    }
    close_fd(&stream->fd);
}

static void read_stream(struct exec *exec, struct stream *stream)
{
    char bytes[JAIL_PAYLOAD];
    size_t room = exec->told || exec->credit > sizeof(bytes) ? sizeof(bytes) : exec->credit;
    if (room == 0) /* the other stream took it all */
        return;
    ssize_t length = read(stream->fd, bytes, room);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) {
        stream->rest = 0;
        return;
    }
    if (length <= 0) {
        close_stream(exec, stream);
        return;
    }
    stream->rest -= (size_t)length < stream->rest ? (size_t)length : stream->rest;
    if (exec->told)
        return;
    exec->credit -= (size_t)length;
    channel_send(stream->type, exec->id, bytes, (size_t)length, NULL, 0);
}

/* --- input --- */

static void tell_taken(const struct exec *exec, size_t length)
{
    struct jail_count count = { length };
    if (length > 0)
        channel_send(JAIL_INPUT_TAKEN, exec->id, &count, sizeof(count), NULL, 0);
}

static void drop_input(struct exec *exec)
{
    tell_taken(exec, exec->input.length);
    exec->input.length = 0;
}

static void close_input(struct exec *exec)
{
    if (exec->input.fd != exec->terminal)
        close_fd(&exec->input.fd);
    exec->input.fd = -1;
}

static void write_input(struct exec *exec)
{
    struct input *input = &exec->input;
    ssize_t length = write(input->fd, input->bytes, input->length);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length < 0) {
        drop_input(exec);
        close_input(exec);
        return;
    }
    input->length -= (size_t)length;
    memmove(input->bytes, input->bytes + length, input->length);
    tell_taken(exec, (size_t)length);
}

static void add_input(struct exec *exec, const char *bytes, size_t length)
{
    struct input *input = &exec->input;
    if (length > sizeof(input->bytes) - input->length)
        _exit(1);
    memcpy(input->bytes + input->length, bytes, length);
    input->length += length;
    if (input->fd < 0)
        drop_input(exec);
}

/* A terminal has no end of input; its end-of-file character does the same for whoever reads lines, but only
 * once.  So there are many of them, for several programs that read one after the other. */
static void end_input(struct exec *exec)
{
    bool terminal = exec->input.fd >= 0 && exec->input.fd == exec->terminal;
    char ends[ENDS];
    memset(ends, '\004', sizeof(ends));
    if (!terminal || write(exec->terminal, ends, sizeof(ends)) < 0)
        close_input(exec);
}

/* --- end --- */

static bool streams_closed(const struct exec *exec)
{
    return exec->streams[0].fd < 0 && exec->streams[1].fd < 0;
}

/* Once the grace is past, what is in the pipes now is the rest of this call's output. */
static void measure_rest(struct exec *exec)
{
    exec->grace = 0;
    for (int i = 0; i < 2; i++) {
        int waiting = 0;
        struct stream *stream = &exec->streams[i];
        if (stream->fd >= 0 && ioctl(stream->fd, FIONREAD, &waiting) == 0 && waiting > 0)
            stream->rest = (size_t)waiting;
    }
}

static void tell_end(struct exec *exec)
{
    char survivors[JAIL_PAYLOAD - sizeof(struct jail_done)];
    size_t length = 0;
    if (exec->supervisor)
        exec->end.survivors =
            (uint32_t)processes_describe_below(exec->supervisor, survivors, sizeof(survivors), &length);
    channel_send(JAIL_DONE, exec->id, &exec->end, sizeof(exec->end), survivors, length);
    exec->told = true;
    close_input(exec);
}

static void consider_end(struct exec *exec)
{
    if (!exec->ended || exec->told || (exec->killing && exec->supervisor))
        return;
    bool killed = exec->end.end == JAIL_KILLED;
    if (!streams_closed(exec) && exec->grace && jail_now() < exec->grace && !killed)
        return;
    if (exec->grace)
        measure_rest(exec);
    bool starved = killed && exec->credit == 0; /* nobody waits for the rest of what was killed */
    if (streams_closed(exec) || starved || (exec->streams[0].rest == 0 && exec->streams[1].rest == 0))
        tell_end(exec);
}

/* False when there is nothing to take now. */
static bool take_report(struct exec *exec)
{
    struct supervisor_report line;
    ssize_t length = read(exec->report, &line, sizeof(line));
    if (length != (ssize_t)sizeof(line)) {
        if (length >= 0 || (errno != EAGAIN && errno != EINTR))
            close_fd(&exec->report);
        return false;
    }
    if (line.news == SUPERVISOR_STARTED)
        channel_send(JAIL_STARTED, exec->id, NULL, 0, NULL, 0);
    else if (line.news == SUPERVISOR_FAILED)
        end(exec, JAIL_FAILED, line.step, line.value);
    else if (exec->killing)
        end(exec, JAIL_KILLED, JAIL_STEP_NONE, 0);
    else if (WIFEXITED(line.value))
        end(exec, JAIL_EXITED, JAIL_STEP_NONE, WEXITSTATUS(line.value));
    else
        end(exec, JAIL_SIGNALLED, JAIL_STEP_NONE, WTERMSIG(line.value));
    return true;
}

bool exec_reaped(struct jail *jail, pid_t pid, int status)
{
    struct exec *exec = jail->execs;
    while (exec && exec->supervisor != pid)
        exec = exec->next;
    if (!exec)
        return false;
    while (exec->report >= 0 && take_report(exec)) /* its last words */
        continue;
    exec->supervisor = 0;
    if (WIFSIGNALED(status))
        jail->orphans = true;
    if (exec->killing)
        end(exec, JAIL_KILLED, JAIL_STEP_NONE, 0);
    else
        end(exec, JAIL_SIGNALLED, JAIL_STEP_NONE, WIFSIGNALED(status) ? WTERMSIG(status) : SIGKILL);
    return true;
}

/* --- what the host says to one exec --- */

static void resize(const struct exec *exec, const struct message *message)
{
    struct jail_size size;
    if (message->header.length != sizeof(size) || exec->terminal < 0)
        return;
    memcpy(&size, message->payload, sizeof(size));
    struct winsize window = { .ws_col = size.columns, .ws_row = size.rows };
    ioctl(exec->terminal, TIOCSWINSZ, &window);
}

static void give_credit(struct exec *exec, const struct message *message)
{
    struct jail_count count;
    if (message->header.length != sizeof(count))
        _exit(1);
    memcpy(&count, message->payload, sizeof(count));
    exec->credit += count.count;
}

void exec_message(struct jail *jail, const struct message *message)
{
    struct exec *exec = find(jail, message->header.id);
    if (!exec)
        return;
    switch (message->header.type) {
    case JAIL_INPUT:
        add_input(exec, message->payload, message->header.length);
        break;
    case JAIL_INPUT_END:
        exec->input.ends = true;
        break;
    case JAIL_RESIZE:
        resize(exec, message);
        break;
    case JAIL_CREDIT:
        give_credit(exec, message);
        break;
    default:
        exec->killing = true;
    }
}

/* --- turns of the loop --- */

static void poll_one(const struct exec *exec, struct pollfd polls[EXEC_POLLS])
{
    for (int i = 0; i < 2; i++) {
        bool wanted = exec->told || exec->credit > 0;
        polls[i] = (struct pollfd){ .fd = wanted ? exec->streams[i].fd : -1, .events = POLLIN };
    }
    polls[2] = (struct pollfd){ .fd = exec->report, .events = POLLIN };
    bool writes = exec->input.length > 0 || exec->input.ends;
    polls[3] = (struct pollfd){ .fd = writes ? exec->input.fd : -1, .events = POLLOUT };
}

static int sooner(int timeout, int64_t other)
{
    other = other < 0 ? 0 : other;
    return timeout < 0 || other < timeout ? (int)other : timeout;
}

int exec_poll(const struct jail *jail, struct pollfd *polls)
{
    int timeout = -1;
    for (const struct exec *exec = jail->execs; exec; exec = exec->next, polls += EXEC_POLLS) {
        poll_one(exec, polls);
        if (exec->killing && exec->supervisor)
            timeout = sooner(timeout, SWEEP);
        if (exec->ended && !exec->told && exec->grace)
            timeout = sooner(timeout, exec->grace - jail_now());
    }
    return timeout;
}

static void turn(struct exec *exec, const struct pollfd polls[EXEC_POLLS])
{
    if (polls[2].revents && exec->report >= 0)
        take_report(exec);
    for (int i = 0; i < 2; i++) {
        if (polls[i].revents && exec->streams[i].fd >= 0)
            read_stream(exec, &exec->streams[i]);
    }
    if (polls[3].revents && exec->input.fd >= 0 && exec->input.length > 0)
        write_input(exec);
    if (exec->input.ends && exec->input.length == 0) {
        exec->input.ends = false;
        end_input(exec);
    }
}

/* A supervisor that was stopped by what it watches over has to be let go on, or it never ends. */
static void sweep(const struct exec *exec)
{
    if (!exec->killing || !exec->supervisor)
        return;
    kill(exec->supervisor, SIGCONT);
    processes_kill_below(exec->supervisor);
}

static void free_exec(struct exec *exec)
{
    close_stream(exec, &exec->streams[0]);
    close_stream(exec, &exec->streams[1]);
    close_input(exec);
    close_fd(&exec->report);
    free(exec);
}

/* POLLS are those that exec_poll filled for the first COUNT execs; one that came since has none yet. */
void exec_turn(struct jail *jail, const struct pollfd *polls, size_t count)
{
    static const struct pollfd nothing[EXEC_POLLS];
    struct exec **link = &jail->execs;
    for (size_t i = 0; *link; i++) {
        struct exec *exec = *link;
        turn(exec, i < count ? polls + i * EXEC_POLLS : nothing);
        sweep(exec);
        consider_end(exec);
        bool over = exec->told && exec->supervisor == 0 && (streams_closed(exec) || exec->killing);
        if (over) {
            *link = exec->next;
            free_exec(exec);
        } else {
            link = &exec->next;
        }
    }
}
