/* modal_tool.c - small programs of our own inside the sandbox: a script for its /bin/sh, what it printed.
 *
 * They see a fixed PATH of the system's folders and plain C locale, start in the root folder, and get names as
 * quoted arguments (box_tool_quote), so that no name is ever read as anything else.  On trouble a script prints
 * a slash and the name of the errno value, which no good answer begins with. */
#include "base/memory.h"
#include "base/random.h"
#include "modal/exec.h"
#include "sandbox/modal_box.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    ERRORS = 4096,
    USUAL = 64 * 1024,
    ARGUMENTS = 1024,
    STREAM = 256 * 1024,
    TIMEOUT = 900 /* seconds */,
    LINGER = 3000 /* milliseconds of silence after its end: then its streams are asked for anew, once */
};

/* u: unquotes its argument into v.  e: the answer is an error.  r: the errno name for a complaint, and out. */
const char box_tool_prelude[] =
    "PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C; export PATH LC_ALL; umask 022; unset IFS\n"
    "u() { v=$(printf '%b.' \"$1\"); v=${v%.}; }\n"
    "e() { printf '/%s\\n' \"$1\"; exit 0; }\n"
    "n() { case $1 in *'ead-only file system'*) c=EROFS;; *'ermission denied'*) c=EACCES;; "
    "*'o space left'*) c=ENOSPC;; *'ot a directory'*) c=ENOTDIR;; *'ame too long'*) c=ENAMETOOLONG;; "
    "*'quota exceeded'*) c=EDQUOT;; *'any levels of'*) c=ELOOP;; *'irectory not empty'*) c=ENOTEMPTY;; "
    "*'File exists'*) c=EEXIST;; *'s a directory'*) c=EISDIR;; *'o such file'*) c=ENOENT;; "
    "*'not permitted'*) c=EPERM;; *'evice or resource busy'*) c=EBUSY;; *) c=EIO;; esac; }\n"
    "r() { n \"$1\"; e $c; }\n"
    /* what it means that $1 is not there */
    "m() { d=${1%/*}; while [ -n \"$d\" ]; do [ -d \"$d\" ] && return; [ -e \"$d\" ] && { c=ENOTDIR; return; "
    "}; "
    "d=${d%/*}; done; }\n"
    "k() { c=ENOENT; m \"$1\"; }\n";

struct box_tool {
    struct box *box;
    struct box_tool *next;
    struct modal_exec *exec;
    const char *input; /* borrowed, or owned too */
    size_t input_length;
    char *owned;
    struct buffer out, error;
    bool calling, dropped;
    box_tool_done *done;
    void *data;
};

char *box_tool_quote(const char *bytes)
{
    struct buffer out = BUFFER_INIT;
    for (const unsigned char *at = (const unsigned char *)bytes; *at; at++) {
        if (*at > ' ' && *at < 127 && *at != '\\')
            buffer_append_byte(&out, (char)*at);
        else
            buffer_append_format(&out, "\\0%03o", *at);
    }
    return buffer_detach(&out);
}

/* --- its end --- */

static void free_tool(struct box_tool *tool)
{
    free(tool->owned);
    buffer_release(&tool->out);
    buffer_release(&tool->error);
    free(tool);
}

static void unlink_tool(struct box_tool *tool)
{
    struct box_tool **link = &tool->box->tools;
    while (*link && *link != tool)
        link = &(*link)->next;
    if (*link)
        *link = tool->next;
}

void box_tool_cancel(struct box_tool *tool)
{
    if (!tool || tool->dropped)
        return;
    unlink_tool(tool);
    if (tool->exec)
        modal_exec_forget(tool->exec);
    tool->exec = NULL;
    tool->dropped = true;
    if (!tool->calling)
        free_tool(tool);
}

void box_tools_drop(struct box *box)
{
    while (box->tools)
        box_tool_cancel(box->tools);
}

/* --- what comes --- */

static void output(void *data, bool is_error, const char *bytes, size_t length)
{
    struct box_tool *tool = data;
    if (!is_error) {
        buffer_append(&tool->out, bytes, length);
        return;
    }
    buffer_append(&tool->error, bytes, length);
    if (tool->error.length > ERRORS)
        buffer_remove(&tool->error, 0, tool->error.length - ERRORS);
}

static void ended(void *data, const struct modal_exec_result *result)
{
    struct box_tool *tool = data;
    struct box *box = tool->box;
    const struct modal_failure *failure = result->failure;
    struct box_tool_result told = {
        .failed = failure ? failure->sentence : NULL,
        .code = result->signal ? 128 + result->signal : result->code,
        .out = &tool->out,
        .error = tool->error.data,
    };
    tool->exec = NULL;
    tool->calling = true;
    unlink_tool(tool);
    tool->dropped = true;
    box_enter(box);
    if (failure)
        box_suspect(box);
    tool->done(tool->data, &told);
    free_tool(tool);
    box_leave(box);
}

/* --- the start --- */

static int64_t read_input(void *data, uint64_t offset, char *bytes, size_t room)
{
    const struct box_tool *tool = data;
    size_t left = offset < tool->input_length ? tool->input_length - (size_t)offset : 0;
    size_t length = left < room ? left : room;
    if (length > 0)
        memcpy(bytes, tool->input + offset, length);
    return (int64_t)length;
}

/* Much goes by the streaming call, which needs no copy of it. */
static void send_input(struct box_tool *tool)
{
    const struct modal_exec_source source = { read_input, tool };
    if (tool->input_length > STREAM) {
        modal_exec_send(tool->exec, &source);
        return;
    }
    if (tool->input_length > 0)
        modal_exec_write(tool->exec, tool->input, tool->input_length);
    modal_exec_end_input(tool->exec);
}

static const struct modal_exec_events events = { .output = output, .done = ended };

struct box_tool *box_tool_run(struct box *box, const struct box_tool_spec *spec, box_tool_done *done,
                              void *data)
{
    struct box_tool *tool = xcalloc(1, sizeof(*tool));
    char *script = xasprintf("%s%s", box_tool_prelude, spec->script), id[UUID_TEXT];
    const char *argv[ARGUMENTS + 5] = { "/bin/sh", "-c", script, "sandgate" };
    for (size_t i = 0; spec->arguments && spec->arguments[i] && i < ARGUMENTS; i++)
        argv[4 + i] = spec->arguments[i];
    random_uuid(id);
    struct modal_exec_spec asked = {
        .exec_id = id, .argv = argv, .cwd = "/", .timeout = TIMEOUT, .linger = LINGER
    };
    *tool = (struct box_tool){ .box = box, .next = box->tools, .done = done, .data = data };
    box->tools = tool;
    buffer_init(&tool->out, spec->ceiling ? spec->ceiling : USUAL);
    buffer_init(&tool->error, 0);
    tool->owned = spec->owned_input;
    tool->input = spec->owned_input ? spec->owned_input : spec->input;
    tool->input_length = spec->input_length;
    tool->exec = modal_exec_start(box->task, &asked, &events, tool);
    send_input(tool);
    free(script);
    return tool;
}
