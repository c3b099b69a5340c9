/* modal_order.c - how a program is started: with the judged environment and nothing else of the image.
 *
 * What Modal starts gets the image's variables too, so /bin/sh clears them: the judged ones come in numbered
 * variables (never in arguments, which anybody can list and Modal may log), and env -i makes the real ones of
 * them.  One more is added, the mark by which its processes are found again.  The shell enters the folder, sees
 * that the program is there, takes a process group of its own where it has none, and becomes the program: its
 * exit code and signal are the program's.  Before that it can say, by a word that only it knows, why the program
 * was not started. */
#include "base/memory.h"
#include "base/texts.h"
#include "base/utf8.h"
#include "sandbox/modal_box.h"

#include <stdlib.h>
#include <string.h>

enum { WORD = 16 };

static const struct {
    const char *word, *sentence;
} words[] = {
    { "folder", "the working folder could not be entered: No such file or directory" },
    { "missing", "the program could not be started: No such file or directory" },
    { "denied", "the program could not be started: Permission denied" },
};

/* $0 the nonce, $1 the folder, then the program. */
static const char wrapper[] = "w() { printf '\\036%s %s\\n' \"$n\" \"$1\" >&2; exit 126; }\n"
                              "n=$0 d=$1; shift\n"
                              "cd -- \"$d\" 2>/dev/null || w folder\n"
                              "[ -e \"$1\" ] || w missing\n"
                              "[ -f \"$1\" ] && [ -x \"$1\" ] || w denied\n"
                              "g=$$; read -r a a a a g a 2>/dev/null </proc/$$/stat\n"
                              "[ \"$g\" = $$ ] || [ ! -x /usr/bin/setsid ] || set -- /usr/bin/setsid \"$@\"\n"
                              "exec /usr/bin/env -i";

static bool all_text(const char *const *strings)
{
    for (; strings && *strings; strings++)
        if (!utf8_valid(*strings, strlen(*strings)))
            return false;
    return true;
}

const char *box_order_check(const struct box *box, const struct sandbox_exec_spec *spec)
{
    if (box->state == BOX_GONE)
        return "the sandbox is gone; nothing was run";
    if (!spec->exec_id || spec->exec_id[0] == '\0')
        return "the program was not started: a call needs an id";
    if (spec->attach)
        return NULL;
    if (!spec->argv || !spec->argv[0] || spec->argv[0][0] != '/')
        return "the program was not started: its path is not absolute";
    if (spec->cwd && spec->cwd[0] != '/')
        return "the program was not started: the path of its working folder is not absolute";
    if (!all_text(spec->argv) || !all_text(spec->environment) ||
        (spec->cwd && !utf8_valid(spec->cwd, strlen(spec->cwd))))
        return "the program was not started: Modal takes arguments and variables that are valid UTF-8 only";
    return NULL;
}

/* The judged variables, numbered; the mark comes last, once for the shell itself too. */
static void write_environment(struct box_order *order, const struct box *box,
                              const struct sandbox_exec_spec *spec, const char *id)
{
    const char *const *given = spec->environment ? spec->environment : (const char *const *)box->environment;
    const char *const end = spec->environment ? NULL : spec->pty ? "TERM=xterm-256color" : "TERM=dumb";
    size_t count = texts_count(given), at = 0;
    order->environment = xcalloc(count + 4, sizeof(*order->environment));
    for (; at < count; at++)
        order->environment[at] = xasprintf("SANDGATE_V%zu=%s", at, given[at]);
    if (end) {
        order->environment[at] = xasprintf("SANDGATE_V%zu=%s", at, end);
        at++;
    }
    order->environment[at] = xasprintf("SANDGATE_V%zu=SANDGATE_EXEC=%s", at, id);
    order->environment[at + 1] = xasprintf("SANDGATE_EXEC=%s", id);
}

void box_order_init(struct box_order *order, const struct box *box, const struct sandbox_exec_spec *spec,
                    const char *id, const char *nonce)
{
    struct buffer script = BUFFER_INIT;
    size_t count = texts_count(spec->argv), variables;
    write_environment(order, box, spec, id);
    variables = texts_count((const char *const *)order->environment) - 1;
    buffer_append_text(&script, wrapper);
    for (size_t i = 0; i < variables; i++)
        buffer_append_format(&script, " \"$SANDGATE_V%zu\"", i);
    buffer_append_text(&script, " \"$@\"");
    order->argv = xcalloc(count + 6, sizeof(*order->argv));
    order->argv[0] = xstrdup("/bin/sh");
    order->argv[1] = xstrdup("-c");
    order->argv[2] = buffer_detach(&script);
    order->argv[3] = xstrdup(nonce);
    order->argv[4] = xstrdup(spec->cwd ? spec->cwd : box->options.workspace);
    for (size_t i = 0; i < count; i++)
        order->argv[5 + i] = xstrdup(spec->argv[i]);
}

void box_order_release(struct box_order *order)
{
    texts_free(order->argv);
    texts_free(order->environment);
    *order = (struct box_order){ 0 };
}

/* --- the wrapper's word --- */

int box_order_word(const char *bytes, size_t length, const char *nonce)
{
    size_t known = strlen(nonce);
    if (length == 0)
        return -1;
    if (bytes[0] != '\036')
        return 0;
    size_t compared = length - 1 < known ? length - 1 : known;
    if (memcmp(bytes + 1, nonce, compared) != 0 || length > known + WORD)
        return 0;
    const char *end = memchr(bytes, '\n', length);
    return end ? (int)(end - bytes) + 1 : -1;
}

char *box_order_sentence(const char *bytes, size_t length, const char *nonce)
{
    size_t head = strlen(nonce) + 2;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (length > head && strncmp(bytes + head, words[i].word, strlen(words[i].word)) == 0)
            return xstrdup(words[i].sentence);
    return xstrdup("the program could not be started");
}
