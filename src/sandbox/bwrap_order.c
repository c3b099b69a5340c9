/* bwrap_order.c - what an exec asks for, checked, and written as the jail reads it (jail/protocol.h). */
#include "sandbox/bwrap.h"

#include <string.h>

static bool append_string(struct buffer *out, const char *string)
{
    return buffer_append(out, string, strlen(string) + 1);
}

static uint32_t append_strings(struct buffer *out, const char *const *strings)
{
    uint32_t count = 0;
    for (; strings[count]; count++)
        append_string(out, strings[count]);
    return count;
}

static uint32_t append_environment(struct buffer *out, const struct bwrap *bwrap,
                                   const struct sandbox_exec_spec *spec)
{
    if (spec->environment)
        return append_strings(out, spec->environment);
    uint32_t count = append_strings(out, (const char *const *)bwrap->environment);
    append_string(out, spec->pty ? "TERM=xterm-256color" : "TERM=dumb");
    return count + 1;
}

/* The whole order as the jail reads it. */
void bwrap_order_write(struct buffer *out, const struct bwrap *bwrap, const struct sandbox_exec_spec *spec)
{
    struct jail_exec head = {
        .flags = (spec->pty ? JAIL_EXEC_PTY : 0) |
                 (spec->input_open || spec->input_length > 0 ? JAIL_EXEC_INPUT : 0),
        .columns = spec->columns > 0 ? (uint16_t)spec->columns : 80,
        .rows = spec->rows > 0 ? (uint16_t)spec->rows : 24,
    };
    buffer_append(out, &head, sizeof(head));
    append_string(out, spec->exec_id);
    append_string(out, spec->cwd ? spec->cwd : bwrap->workspace);
    head.arguments = append_strings(out, spec->argv);
    head.variables = append_environment(out, bwrap, spec);
    memcpy(out->data, &head, sizeof(head));
}

const char *bwrap_order_check(const struct bwrap *bwrap, const struct sandbox_exec_spec *spec)
{
    if (bwrap->state == BWRAP_GONE)
        return "the sandbox is gone; nothing was run";
    if (!spec->exec_id || spec->exec_id[0] == '\0' || strlen(spec->exec_id) >= JAIL_EXEC_ID)
        return "the program was not started: a call needs an id of at most 127 bytes";
    if (!spec->argv || !spec->argv[0] || spec->argv[0][0] != '/')
        return "the program was not started: its path is not absolute";
    if (spec->cwd && spec->cwd[0] != '/')
        return "the program was not started: the path of its working folder is not absolute";
    return NULL;
}
