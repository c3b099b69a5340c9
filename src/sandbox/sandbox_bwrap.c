/* sandbox_bwrap.c - the embedded sandbox: its start, its end, and what comes between them on the line.
 *
 * bwrap makes the namespaces and becomes our jail in them; the jail answers READY, is put under its limits,
 * is given a network when one is wanted, and only then hears of the first program.  When either of bwrap and
 * the line to the jail goes, the sandbox is lost: nothing is started anew behind anybody's back. */
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/random.h"
#include "base/texts.h"
#include "loop/child.h"
#include "loop/loop.h"
#include "sandbox/bwrap.h"
#include "sandbox/tree_copy.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum { PATIENCE = 15000, KILLING = 5000, COMPLAINTS = 4096 };

/* --- in and out of callbacks --- */

void bwrap_enter(struct bwrap *bwrap)
{
    bwrap->depth++;
}

void bwrap_leave(struct bwrap *bwrap)
{
    if (--bwrap->depth == 0 && bwrap->freed)
        free(bwrap);
}

/* --- why it could not start --- */

static bool setting_is(const char *path, char value)
{
    struct buffer text = BUFFER_INIT;
    bool is = path_read_file(path, &text, NULL) && text.data[0] == value;
    buffer_release(&text);
    return is;
}

/* What the machine has switched off, and how it is switched on. */
static const char *remedy(void)
{
    if (setting_is("/proc/sys/kernel/unprivileged_userns_clone", '0'))
        return "user namespaces are switched off on this machine; as root: sysctl -w "
               "kernel.unprivileged_userns_clone=1";
    if (setting_is("/proc/sys/user/max_user_namespaces", '0'))
        return "user namespaces are switched off on this machine; as root: sysctl -w "
               "user.max_user_namespaces=15000";
    if (setting_is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1'))
        return "AppArmor keeps programs from making user namespaces; as root: sysctl -w "
               "kernel.apparmor_restrict_unprivileged_userns=0, or give bwrap a profile that allows it";
    return "this machine, or the container around this program, does not allow namespaces; allow them there "
           "(user namespaces, and the mounts in them)";
}

static bool complains_of_namespaces(const char *complaint)
{
    static const char *const signs[] = { "namespace", "uid map", "gid map",
                                         "unshare",   "clone",   "Operation not permitted" };
    for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
        if (strstr(complaint, signs[i]))
            return true;
    return false;
}

static void read_complaints(struct bwrap *bwrap)
{
    char bytes[1024];
    ssize_t length;
    while (bwrap->complaints_fd >= 0 && (length = read(bwrap->complaints_fd, bytes, sizeof(bytes))) > 0)
        buffer_append(&bwrap->complaints, bytes, (size_t)length);
}

/* The sentence of a start that failed, out of what bwrap said. */
static char *explain(struct bwrap *bwrap, const char *otherwise)
{
    read_complaints(bwrap);
    struct buffer *said = &bwrap->complaints;
    while (said->length > 0 && said->data[said->length - 1] == '\n')
        buffer_truncate(said, said->length - 1);
    const char *last = strrchr(said->data, '\n');
    last = last ? last + 1 : said->data;
    if (last[0] == '\0')
        return xasprintf("the sandbox could not be started: %s", otherwise);
    const char *known = complains_of_namespaces(last)   ? remedy()
                        : strstr(last, "nknown option") ? "bubblewrap 0.8 or later is needed"
                                                        : NULL;
    if (known)
        return xasprintf("the sandbox could not be started (%s): %s", last, known);
    return xasprintf("the sandbox could not be started: %s", last);
}

/* --- the end --- */

static void await_end(int process, int milliseconds)
{
    struct pollfd end = { .fd = process, .events = POLLIN };
    if (process >= 0)
        poll(&end, 1, milliseconds);
}

/* Process 1 first: its end is only told when everything in its namespace is gone.  Then bwrap ends by itself
 * and takes it off the table of processes; killed before, it would leave that to init. */
static void kill_all(struct bwrap *bwrap)
{
    if (bwrap->jail >= 0 && pidfd_send_signal(bwrap->jail, SIGKILL, NULL, 0) == 0) {
        int monitor = bwrap->child ? pidfd_open(child_pid(bwrap->child), 0) : -1;
        await_end(bwrap->jail, KILLING);
        await_end(monitor, KILLING);
        if (monitor >= 0)
            close(monitor);
    }
    if (bwrap->jail >= 0)
        close(bwrap->jail);
    bwrap->jail = -1;
    child_free(bwrap->child);
    bwrap->child = NULL;
}

/* Everything that lives outside this process, and every way back into it. */
static void shut_down(struct bwrap *bwrap)
{
    loop_timer_cancel(bwrap->patience);
    loop_task_cancel(bwrap->failing);
    bwrap->patience = NULL;
    bwrap->failing = NULL;
    tree_copy_cancel(bwrap->copy);
    bwrap->copy = NULL;
    bwrap_network_close(bwrap->network);
    bwrap->network = NULL;
    bwrap_channel_free(bwrap->channel);
    bwrap->channel = NULL;
    loop_watch_remove(bwrap->complaints_watch);
    bwrap->complaints_watch = NULL;
    kill_all(bwrap);
    if (bwrap->complaints_fd >= 0)
        close(bwrap->complaints_fd);
    bwrap->complaints_fd = -1;
    bwrap_limits_release(&bwrap->limits);
}

static void tell_gone(struct bwrap *bwrap, bool was_ready)
{
    bwrap_enter(bwrap);
    bwrap_execs_lost(bwrap);
    if (!bwrap->freed)
        bwrap_requests_lost(bwrap);
    if (!bwrap->freed && bwrap->left)
        ; /* it was left already: nobody minds */
    else if (!bwrap->freed && was_ready)
        bwrap->events.lost(bwrap->data, bwrap->sentence);
    else if (!bwrap->freed)
        bwrap->events.failed(bwrap->data, bwrap->sentence);
    bwrap_leave(bwrap);
}

void bwrap_lose(struct bwrap *bwrap, const char *format, ...)
{
    if (bwrap->state == BWRAP_GONE || bwrap->freed)
        return;
    bool was_ready = bwrap->state == BWRAP_READY;
    va_list arguments;
    va_start(arguments, format);
    char *why = xvasprintf(format, arguments);
    va_end(arguments);
    bwrap->sentence = was_ready ? xstrdup(why) : explain(bwrap, why);
    free(why);
    bwrap->state = BWRAP_GONE;
    shut_down(bwrap);
    tell_gone(bwrap, was_ready);
}

void bwrap_distrust(struct bwrap *bwrap)
{
    bwrap_lose(bwrap, "the sandbox was ended: what its first process sent makes no sense");
}

static void bwrap_free(struct sandbox *sandbox)
{
    struct bwrap *bwrap = (struct bwrap *)sandbox;
    bwrap_enter(bwrap);
    bwrap->freed = true;
    bwrap->state = BWRAP_GONE;
    bwrap_watches_drop(bwrap);
    bwrap_execs_drop(bwrap);
    bwrap_requests_drop(bwrap);
    loop_task_cancel(bwrap->leaving);
    shut_down(bwrap);
    buffer_release(&bwrap->complaints);
    texts_free(bwrap->environment);
    free(bwrap->sentence);
    free(bwrap->workspace);
    free(bwrap->state_folder);
    bwrap_leave(bwrap);
}

/* --- the start --- */

void bwrap_become_ready(struct bwrap *bwrap)
{
    loop_timer_cancel(bwrap->patience);
    bwrap->patience = NULL;
    bwrap->state = BWRAP_READY;
    bwrap_execs_ready(bwrap);
    bwrap_requests_send(bwrap);
    bwrap_watches_ready(bwrap);
    bwrap->events.ready(bwrap->data);
}

/* The jail runs: from here on its namespaces are there and nothing of the agent's runs in them yet. */
static bool greet(struct bwrap *bwrap, const struct jail_header *header, const char *payload)
{
    struct jail_count version;
    struct jail_hello hello;
    struct error error = ERROR_INIT;
    pid_t pid = bwrap_channel_peer(bwrap->channel);
    if (header->length != sizeof(version) || bwrap->jail >= 0 || pid <= 1)
        return false;
    memcpy(&version, payload, sizeof(version));
    bwrap->jail = pidfd_open(pid, 0);
    if (version.count != JAIL_VERSION || bwrap->jail < 0)
        return false;
    bwrap_limits_apply(&bwrap->limits, pid, bwrap->facts.id, &hello);
    bwrap_channel_send(bwrap->channel, JAIL_HELLO, 0, &hello, sizeof(hello), NULL, 0);
    if (!bwrap->wants_network) {
        bwrap_become_ready(bwrap);
        return true;
    }
    if (bwrap->events.progress)
        bwrap->events.progress(bwrap->data, "network", NULL);
    if (!bwrap->freed && !(bwrap->network = bwrap_network_open(bwrap, pid, &error)))
        bwrap_lose(bwrap, "%s", error_message(&error));
    error_clear(&error);
    return true;
}

static bool dispatch(struct bwrap *bwrap, const struct jail_header *header, const char *payload)
{
    switch (header->type) {
    case JAIL_READY:
        return greet(bwrap, header, payload);
    case JAIL_STARTED:
    case JAIL_OUTPUT:
    case JAIL_ERROR_OUTPUT:
    case JAIL_INPUT_TAKEN:
    case JAIL_DONE:
        return bwrap_exec_message(bwrap, header, payload);
    case JAIL_ENTRIES:
    case JAIL_BYTES:
    case JAIL_ANSWER:
        return bwrap_request_message(bwrap, header, payload);
    case JAIL_CHANGED:
        return bwrap_watch_message(bwrap, header->id);
    default:
        return false;
    }
}

static bool message(void *data, const struct jail_header *header, const char *payload)
{
    struct bwrap *bwrap = data;
    bwrap_enter(bwrap);
    bool good = dispatch(bwrap, header, payload) || bwrap->freed;
    bwrap_leave(bwrap);
    return good;
}

static void closed(void *data, bool broken)
{
    struct bwrap *bwrap = data;
    bwrap_enter(bwrap);
    if (broken)
        bwrap_distrust(bwrap);
    else
        bwrap_lose(bwrap, "the sandbox ended: its first process is gone");
    bwrap_leave(bwrap);
}

static void out_of_patience(void *data)
{
    struct bwrap *bwrap = data;
    bwrap_enter(bwrap);
    bwrap->patience = NULL;
    bwrap_lose(bwrap, "it was not ready after %d seconds", PATIENCE / 1000);
    bwrap_leave(bwrap);
}

static void complaints_ready(void *data, int events)
{
    struct bwrap *bwrap = data;
    read_complaints(bwrap);
    if (events & LOOP_HANGUP) {
        loop_watch_remove(bwrap->complaints_watch);
        bwrap->complaints_watch = NULL;
    }
}

static bool check_options(const struct sandbox_options *options, struct error *error)
{
    if (strcmp(options->backend, "bubblewrap") != 0)
        return error_set(error, "there is no sandbox backend called %s; there is: bubblewrap",
                         options->backend);
    if (options->id)
        return error_set(error,
                         "sandbox %s is gone: an embedded sandbox ends with the program that started it",
                         options->id);
    if (options->network && !bwrap_network_possible())
        return error_set(
            error, "a network for the sandbox needs slirp4netns; on Debian: apt-get install slirp4netns");
    return true;
}

static void fail_later(void *data)
{
    struct bwrap *bwrap = data;
    bwrap->failing = NULL;
    shut_down(bwrap);
    tell_gone(bwrap, false);
}

/* --- what it is --- */

static void choose_id(struct sandbox_facts *facts)
{
    unsigned char bytes[6];
    random_bytes(bytes, sizeof(bytes));
    snprintf(facts->id, sizeof(facts->id), "bw-%02x%02x%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2],
             bytes[3], bytes[4], bytes[5]);
}

static void fill_facts(struct bwrap *bwrap, const struct sandbox_options *options)
{
    /* Bound read-only, and nothing inside may mount (bwrap_start.c). */
    static const char *const fixed[] = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", NULL };
    struct sandbox_facts *facts = &bwrap->facts;
    facts->backend = "bubblewrap";
    facts->generation = 1;
    facts->workspace = bwrap->workspace;
    facts->network = options->network;
    facts->secrets = options->environment && options->environment[0];
    facts->mounts = "";
    facts->fixed = fixed;
    facts->limits = bwrap->limits.words;
    facts->network_words = options->network ? "on (slirp4netns)" : "off";
    choose_id(facts);
}

static struct bwrap *make(struct loop *loop, const struct sandbox_options *options,
                          const struct sandbox_open_events *events, void *data)
{
    struct bwrap *bwrap = xcalloc(1, sizeof(*bwrap));
    bwrap->base.operations = &sandbox_bwrap_operations;
    bwrap->loop = loop;
    bwrap->events = *events;
    bwrap->data = data;
    bwrap->jail = bwrap->complaints_fd = -1;
    bwrap->wants_network = options->network;
    bwrap->workspace = path_normalize("/", options->workspace ? options->workspace : "/workspace");
    bwrap->state_folder = xstrdup(options->state_folder);
    bwrap->environment = sandbox_environment(options->environment);
    buffer_init(&bwrap->complaints, COMPLAINTS);
    bwrap_limits_init(&bwrap->limits, options);
    fill_facts(bwrap, options);
    return bwrap;
}

static void fail_soon(struct bwrap *bwrap, const char *sentence)
{
    bwrap->state = BWRAP_GONE;
    bwrap->sentence = xstrdup(sentence);
    bwrap->failing = loop_defer(bwrap->loop, fail_later, bwrap);
}

static void start(struct bwrap *bwrap)
{
    static const struct bwrap_channel_events channel_events = { .message = message, .closed = closed };
    struct error error = ERROR_INIT;
    int channel;
    if (bwrap_start(bwrap, &channel, &bwrap->complaints_fd, &error)) {
        bwrap->channel = bwrap_channel_new(bwrap->loop, channel, &channel_events, bwrap);
        bwrap->complaints_watch =
            loop_watch_add(bwrap->loop, bwrap->complaints_fd, LOOP_READ, complaints_ready, bwrap);
        bwrap->patience = loop_timer_add(bwrap->loop, PATIENCE, out_of_patience, bwrap);
    } else {
        fail_soon(bwrap, error_message(&error));
    }
    error_clear(&error);
}

static struct sandbox *bwrap_open(struct loop *loop, const struct sandbox_options *options,
                                  const struct sandbox_open_events *events, void *data)
{
    struct bwrap *bwrap = make(loop, options, events, data);
    struct error error = ERROR_INIT;
    if (check_options(options, &error))
        start(bwrap);
    else
        fail_soon(bwrap, error_message(&error));
    error_clear(&error);
    return &bwrap->base;
}

/* --- a fork: the workspace is copied, all else is made anew --- */

static void copied(void *data, const char *failed)
{
    struct bwrap *bwrap = data;
    bwrap->copy = NULL;
    if (failed)
        fail_soon(bwrap, failed);
    else
        start(bwrap);
}

static struct sandbox *bwrap_fork(struct sandbox *sandbox, const char *state_folder,
                                  const struct sandbox_open_events *events, void *data)
{
    const struct bwrap *source = (const struct bwrap *)sandbox;
    struct sandbox_options options = {
        .backend = "bubblewrap",
        .state_folder = state_folder,
        .workspace = source->workspace,
        .environment = (const char *const *)source->environment, /* the fixed ones are passed over */
        .network = source->wants_network,
        .memory = source->limits.memory,
        .processes = source->limits.processes,
        .file_size = source->limits.file_size,
        .cpu = source->limits.cpu,
    };
    struct bwrap *bwrap = make(source->loop, &options, events, data);
    bwrap->facts.secrets = source->facts.secrets;
    char *from = path_join(source->state_folder, "workspace"), *to = path_join(state_folder, "workspace");
    bwrap->copy = tree_copy_start(source->loop, from, to, copied, bwrap);
    free(from);
    free(to);
    return &bwrap->base;
}

static void tell_left(void *data)
{
    struct bwrap *bwrap = data;
    bwrap->leaving = NULL;
    bwrap_enter(bwrap);
    bwrap->left(bwrap->left_data, NULL);
    bwrap_leave(bwrap);
}

/* It never outlives us: freeing it is all that its end takes. */
static void bwrap_take_leave(struct sandbox *sandbox, enum sandbox_leaving how,
                             void (*left)(void *data, const char *failed), void *data)
{
    struct bwrap *bwrap = (struct bwrap *)sandbox;
    (void)how;
    bwrap->left = left;
    bwrap->left_data = data;
    if (!bwrap->leaving)
        bwrap->leaving = loop_defer(bwrap->loop, tell_left, bwrap);
}

static unsigned bwrap_can(const struct sandbox *sandbox)
{
    (void)sandbox;
    return SANDBOX_CAN_PTY | SANDBOX_CAN_WATCH | SANDBOX_CAN_FORK |
           (bwrap_network_possible() ? SANDBOX_CAN_NETWORK : 0);
}

static const struct sandbox_facts *bwrap_facts(const struct sandbox *sandbox)
{
    return &((const struct bwrap *)sandbox)->facts;
}

const struct sandbox_operations sandbox_bwrap_operations = {
    .open = bwrap_open,
    .free = bwrap_free,
    .leave = bwrap_take_leave,
    .fork = bwrap_fork,
    .can = bwrap_can,
    .facts = bwrap_facts,
    .exec = bwrap_exec,
    .exec_write = bwrap_exec_write,
    .exec_end_input = bwrap_exec_end_input,
    .exec_resize = bwrap_exec_resize,
    .exec_cancel = bwrap_exec_cancel,
    .exec_forget = bwrap_exec_forget,
    .exec_pause = bwrap_exec_pause,
    .request = bwrap_request,
    .request_cancel = bwrap_request_cancel,
    .watch_add = bwrap_watch_add,
    .watch_remove = bwrap_watch_remove,
};
