/* key.c - the API key for a URL: a value of some source, or what the person's own command prints.
 *
 * The command runs on the host, as the person, in their home, with nothing on its standard input: it is theirs
 * (a password manager), named in their own file.  The key is one line; it is kept no longer than the answer
 * takes, and the log never shows it. */
#include "conf/settings.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/options.h"
#include "loop/child.h"
#include "loop/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    KEY_BYTES = 16 * 1024,
    KEY_COMMAND_TIME = 120 * 1000, /* milliseconds; a person may have to unlock the password manager */
};

struct conf_key {
    struct loop *loop;
    void (*found)(void *data, const char *key, const char *failed);
    void *data;
    struct buffer key; /* the answer, or what the command has printed so far */
    struct error error;
    struct loop_task *answer; /* the answer is known and waits for its turn */
    struct child *child;
    struct loop_watch *watch;
    struct loop_timer *timer;
    int output; /* the reading end of the command's standard output; -1: closed */
    bool timed_out;
};

static void close_output(struct conf_key *request)
{
    loop_watch_remove(request->watch);
    request->watch = NULL;
    if (request->output >= 0)
        close(request->output);
    request->output = -1;
}

void conf_key_cancel(struct conf_key *request)
{
    if (!request)
        return;
    close_output(request);
    loop_task_cancel(request->answer);
    loop_timer_cancel(request->timer);
    child_free(request->child);
    if (request->key.length)
        explicit_bzero(request->key.data, request->key.length);
    buffer_release(&request->key);
    error_clear(&request->error);
    free(request);
}

static void answer(struct conf_key *request)
{
    bool failed = request->error.message;
    if (!failed && request->key.length)
        log_secret(request->key.data);
    request->found(request->data, !failed && request->key.length ? request->key.data : NULL,
                   request->error.message);
    conf_key_cancel(request);
}

static void answer_now(void *data)
{
    struct conf_key *request = data;
    request->answer = NULL;
    answer(request);
}

static void answer_later(struct conf_key *request)
{
    request->answer = loop_defer(request->loop, answer_now, request);
}

/* --- the command --- */

/* Takes what is there; closes the output at its end. */
static void take_output(struct conf_key *request)
{
    char piece[4096];
    while (request->output >= 0) {
        ssize_t count = read(request->output, piece, sizeof piece);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            break;
        if (count <= 0)
            close_output(request);
        else
            buffer_append(&request->key, piece, (size_t)count);
    }
    explicit_bzero(piece, sizeof piece);
}

static void output_ready(void *data, int events)
{
    (void)events;
    take_output(data);
}

static void out_of_time(void *data)
{
    struct conf_key *request = data;
    request->timer = NULL;
    request->timed_out = true;
    child_kill(request->child, SIGKILL);
}

static bool is_one_line(const struct buffer *text)
{
    for (size_t i = 0; i < text->length; i++)
        if ((unsigned char)text->data[i] < 0x20 || text->data[i] == 0x7f)
            return false;
    return text->length > 0;
}

/* What it printed is never told: it may be the key. */
static void judge(struct conf_key *request, int code, int signal)
{
    struct buffer *key = &request->key;
    while (key->length && strchr("\r\n", key->data[key->length - 1]))
        buffer_truncate(key, key->length - 1);
    if (request->timed_out)
        error_set(&request->error, "model.api_key_command did not end within %d seconds",
                  KEY_COMMAND_TIME / 1000);
    else if (code < 0)
        error_set(&request->error, "model.api_key_command was ended by signal %d", signal);
    else if (code)
        error_set(&request->error,
                  "model.api_key_command failed with exit code %d; run it in a shell to see what it says",
                  code);
    else if (key->full || !is_one_line(key))
        error_set(&request->error, "model.api_key_command must print the key and nothing else, on one line");
}

static void command_ended(void *data, int code, int signal)
{
    struct conf_key *request = data;
    take_output(request);
    judge(request, code, signal);
    answer(request);
}

static bool start_command(struct conf_key *request, const char *command, int out)
{
    char *home = path_home();
    const int descriptors[][2] = { { out, STDOUT_FILENO }, { -1, -1 } };
    struct child_spec spec = {
        .argv = (const char *const[]){ "/bin/sh", "-c", command, NULL },
        .folder = home,
        .descriptors = descriptors,
    };
    request->child = child_start(request->loop, &spec, command_ended, request, &request->error);
    free(home);
    return request->child;
}

static bool run_command(struct conf_key *request, const char *command)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(&request->error, errno, "cannot make a pipe for model.api_key_command");
    request->output = ends[0];
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    bool started = start_command(request, command, ends[1]);
    close(ends[1]);
    if (!started)
        return error_prefix(&request->error, "cannot run model.api_key_command");
    request->watch = loop_watch_add(request->loop, request->output, LOOP_READ, output_ready, request);
    request->timer = loop_timer_add(request->loop, KEY_COMMAND_TIME, out_of_time, request);
    return true;
}

/* --- whose key --- */

/* The strongest source that has a key and owns URL; KEY or COMMAND is set, or neither. */
static void choose(const struct conf *conf, const char *url, const char **key, const char **command)
{
    const struct option *keys = conf_option("model.api_key"),
                        *commands = conf_option("model.api_key_command");
    *key = *command = NULL;
    for (int i = SOURCES - 1; i >= 0 && !*key && !*command; i--) {
        enum conf_source source = (enum conf_source)i;
        if (!setting_owns_url(conf, source, url))
            continue;
        const struct setting *own_key = setting_from(conf, source, keys);
        const struct setting *own_command = setting_from(conf, source, commands);
        *key = own_key ? own_key->value.text : NULL;
        *command = own_command ? own_command->value.text : NULL;
    }
}

struct conf_key *conf_api_key(const struct conf *conf, struct loop *loop, const char *url,
                              void (*found)(void *data, const char *key, const char *failed), void *data)
{
    struct conf_key *request = xcalloc(1, sizeof *request);
    const char *key, *command;
    request->loop = loop;
    request->found = found;
    request->data = data;
    request->output = -1;
    buffer_init(&request->key, KEY_BYTES);
    choose(conf, url, &key, &command);
    if (key)
        buffer_append_text(&request->key, key);
    if (key || !command || !run_command(request, command))
        answer_later(request);
    return request;
}
