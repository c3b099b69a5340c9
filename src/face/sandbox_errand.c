/* sandbox_errand.c - what all verbs of `sandgate sandbox` share. */
#include "face/sandbox_errand.h"

#include "base/buffer.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/visible.h"
#include "conf/conf.h"
#include "conf/numbers.h"
#include "face/setup.h"
#include "wire/grpc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void errand_end(struct errand *errand, int code)
{
    if (errand->over)
        return;
    errand->over = true;
    errand->code = code;
}

static void note_list(const char *format, va_list arguments)
{
    struct buffer line = BUFFER_INIT;
    char *text = xvasprintf(format, arguments);

    buffer_append_text(&line, "sandgate sandbox: ");
    visible_text(&line, text, strlen(text));
    fprintf(stderr, "%s\n", line.data);
    free(text);
    buffer_release(&line);
}

void errand_note(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    note_list(format, arguments);
    va_end(arguments);
}

void errand_fail(struct errand *errand, const struct modal_failure *failure)
{
    if (errand->over)
        return;
    errand_note("%s", failure->sentence);
    errand_end(errand,
               failure->local && failure->status == GRPC_INVALID_ARGUMENT ? EXIT_USAGE : EXIT_SANDBOX);
}

void errand_fail_with(struct errand *errand, int code, const char *format, ...)
{
    va_list arguments;

    if (errand->over)
        return;
    va_start(arguments, format);
    note_list(format, arguments);
    va_end(arguments);
    errand_end(errand, code);
}

bool errand_answered(struct errand *errand, const struct modal_failure *failure)
{
    errand->call = NULL;
    if (failure)
        errand_fail(errand, failure);
    return !failure;
}

void errand_done(void *data, const struct modal_failure *failure, const char *id)
{
    struct errand *errand = data;

    (void)id;
    if (errand_answered(errand, failure))
        errand_end(errand, EXIT_FINE);
}

/* --- output --- */

void errand_print(const char *text)
{
    struct buffer line = BUFFER_INIT;

    visible_line(&line, text, strlen(text));
    puts(line.data);
    buffer_release(&line);
}

void errand_print_json(struct json *value)
{
    char *text = json_print(value);

    puts(text);
    free(text);
    json_free(value);
}

struct json *errand_tags(const char *const *tags)
{
    struct json *object = json_new_object();

    for (; *tags; tags++) {
        char *name = xstrndup(*tags, strcspn(*tags, "="));
        json_set_text(object, name, strchr(*tags, '=') + 1);
        free(name);
    }
    return object;
}

bool errand_write(struct errand *errand, int fd, const char *bytes, size_t length)
{
    int number = errand->over ? EPIPE : path_write_all(fd, bytes, length) ? 0 : errno;

    if (number == EPIPE)
        errand_end(errand, EXIT_PIPE);
    else if (number != 0)
        errand_fail_with(errand, EXIT_INTERNAL, "Cannot write the output: %s", strerror(number));
    return number == 0;
}

/* --- options --- */

bool errand_has(const struct errand *errand, enum errand_option option)
{
    return errand->values[option] != NULL;
}

const char *errand_app(const struct errand *errand)
{
    const char *app = conf_text(errand->conf, "modal.app");

    if (errand->values[OPTION_APP])
        return errand->values[OPTION_APP];
    return app && *app ? app : "sandgate";
}

int64_t errand_seconds(struct errand *errand, enum errand_option option, int64_t fallback)
{
    const char *text = errand->values[option];
    int64_t milliseconds;

    if (!text)
        return fallback;
    if (number_span(text, &milliseconds) && milliseconds >= 1000)
        return milliseconds / 1000;
    errand_fail_with(errand, EXIT_USAGE, "\"%s\" is not a time such as 30s, 5m or 2h", text);
    return -1;
}

/* --- attaching --- */

static void attached(void *data, const struct modal_failure *failure, struct modal_sandbox *sandbox)
{
    struct errand *errand = data;

    if (!errand_answered(errand, failure))
        return;
    errand->sandbox = sandbox;
    errand->found(errand);
}

void errand_attach(struct errand *errand, const char *word, bool look, void (*found)(struct errand *errand))
{
    bool is_id = strncmp(word, "sb-", 3) == 0;

    errand->found = found;
    if (is_id && !look) {
        errand->sandbox = modal_sandbox_handle(errand->client, word);
        found(errand);
    } else if (is_id) {
        errand->call = modal_sandbox_attach(errand->client, word, attached, errand);
    } else {
        errand->call = modal_sandbox_find(errand->client, errand_app(errand), word, attached, errand);
    }
}
