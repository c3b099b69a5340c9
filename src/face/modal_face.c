/* modal_face.c - see modal_face.h. */
#include "face/modal_face.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/visible.h"
#include "face/setup.h"
#include "loop/loop.h"
#include "wire/http.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- saying --- */

char *modal_face_visible(const char *text)
{
    struct buffer out = BUFFER_INIT;

    visible_line(&out, text, strlen(text));
    return buffer_detach(&out);
}

static void say(const char *format, va_list arguments, const char *end)
{
    struct buffer out = BUFFER_INIT;
    char *sentence = xvasprintf(format, arguments);

    visible_text(&out, sentence, strlen(sentence));
    fprintf(stderr, "sandgate modal: %s%s\n", out.data, end);
    buffer_release(&out);
    free(sentence);
}

void modal_face_say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(format, arguments, "");
    va_end(arguments);
}

int modal_face_usage(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(format, arguments, "; see sandgate modal --help");
    va_end(arguments);
    return EXIT_USAGE;
}

void modal_face_print(struct json *object)
{
    char *text = json_print(object);

    puts(text);
    free(text);
    json_free(object);
}

char *modal_face_time(double seconds)
{
    char text[CLOCK_TEXT];

    if (seconds <= 0 || seconds > 1e11)
        return xstrdup("");
    clock_format((int64_t)seconds * 1000, text);
    return xasprintf("%.19sZ", text);
}

/* --- the client --- */

static void warn(void *data, const char *text)
{
    (void)data;
    modal_face_say("%s", text);
}

static void interrupted(void *data, int signal)
{
    struct modal_face *face = data;

    (void)signal;
    face->interrupted = true;
}

/* The environment, with MODAL_PROFILE replaced when --profile names one.  Caller frees the list and its first. */
static const char **make_environment(const struct modal_face *face)
{
    size_t count = 0, kept = 1;

    while (environ[count])
        count++;
    const char **list = xcalloc(count + 2, sizeof *list);
    list[0] =
        face->profile ? xasprintf("MODAL_PROFILE=%s", face->profile) : xstrdup("MODAL_PROFILE_NOT_GIVEN=");
    for (size_t i = 0; i < count; i++)
        list[kept++] = environ[i];
    return list;
}

static bool read_settings(struct modal_face *face, struct error *error)
{
    const char **environment = make_environment(face);
    bool fine = modal_settings_read(&face->settings, environment, error);

    free((char *)environment[0]);
    free(environment);
    return fine;
}

static bool has_token(const struct modal_face *face)
{
    char *missing = modal_settings_token_missing(&face->settings);
    bool has = !missing;

    if (missing)
        modal_face_say("%s", missing);
    free(missing);
    return has;
}

bool modal_face_open(struct modal_face *face, bool wants_token)
{
    static const struct modal_client_events events = { .warning = warn, .waiting = warn };
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
    struct error error = ERROR_INIT;

    if (!read_settings(face, &error)) {
        modal_face_say("%s", error_message(&error));
        error_clear(&error);
        return false;
    }
    if (wants_token && !has_token(face))
        return false;
    face->loop = loop_new();
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
        face->signals[i] = loop_signal_add(face->loop, signals[i], interrupted, face);
    face->http = http_new(face->loop);
    face->client = modal_client_new(face->loop, face->http, &face->settings, &events, face);
    return true;
}

void modal_face_close(struct modal_face *face)
{
    modal_client_free(face->client);
    if (face->http)
        http_free(face->http);
    for (size_t i = 0; i < ARRAY_SIZE(face->signals); i++)
        loop_signal_remove(face->signals[i]);
    if (face->loop)
        loop_free(face->loop);
    modal_settings_release(&face->settings);
    free(face->failed);
    free(face->name);
}

/* --- answers --- */

void modal_face_take(struct modal_face *face, const struct modal_failure *failure)
{
    face->come = true;
    free(face->failed);
    face->failed = xstrdup_or_null(failure ? failure->sentence : NULL);
}

void modal_face_named(void *data, const struct modal_failure *failure, const char *name)
{
    struct modal_face *face = data;

    modal_face_take(face, failure);
    free(face->name);
    face->name = xstrdup_or_null(name);
}

bool modal_face_wait(struct modal_face *face, struct modal_call *call)
{
    while (!face->come && !face->interrupted)
        loop_turn(face->loop, -1);
    if (!face->come)
        modal_call_cancel(call);
    else if (face->failed)
        modal_face_say("%s", face->failed);
    bool fine = face->come && !face->failed;
    face->come = false;
    return fine;
}

int modal_face_failed(const struct modal_face *face)
{
    return face->interrupted ? EXIT_INTERRUPTED : EXIT_SANDBOX;
}
