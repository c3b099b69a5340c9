/* modal_face.h - what every verb of `sandgate modal` needs: its command line, a client, and a way to wait for
 * one answer after the other. */
#ifndef SANDGATE_FACE_MODAL_FACE_H
#define SANDGATE_FACE_MODAL_FACE_H

#include "modal/client.h"
#include "modal/settings.h"

#include <stdbool.h>
#include <stddef.h>

struct json;
struct loop_signal;

struct modal_face {
    /* the command line */
    char **words; /* behind the verb */
    int count;
    bool json, force, recursive, no_browser;
    const char *profile, *from_file; /* NULL: not given */
    int version;                     /* 0: not given */

    struct loop *loop;
    struct http *http;
    struct modal_settings settings;
    struct modal_client *client;
    struct loop_signal *signals[3];

    /* the answer that is waited for */
    bool come, interrupted;
    char *failed; /* the sentence; NULL: it went well */
    char *name;   /* of a modal_named */
};

/* Reads the settings and makes the client. False: said on standard error, the exit code is 2. */
bool modal_face_open(struct modal_face *face, bool wants_token);
void modal_face_close(struct modal_face *face);

/* An answer came: for callbacks of their own. */
void modal_face_take(struct modal_face *face, const struct modal_failure *failure);
/* A modal_named whose data is the face. */
void modal_face_named(void *data, const struct modal_failure *failure, const char *name);
/* Turns the loop until the answer of CALL came.  False: it failed, or SIGINT or SIGTERM came and CALL was
 * cancelled; said on standard error. */
bool modal_face_wait(struct modal_face *face, struct modal_call *call);
/* The exit code of a run that failed: interrupted or not. */
int modal_face_failed(const struct modal_face *face);

/* On standard error: "sandgate modal: ..."; what is foreign in it is made visible. */
void modal_face_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, and where the help is. Always returns 2. */
int modal_face_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* TEXT made safe for the terminal. Caller frees. */
char *modal_face_visible(const char *text);
/* One object of JSON a line; freed. */
void modal_face_print(struct json *object);
/* "2026-11-20T14:03:05Z" of seconds since 1970; "" for 0. Caller frees. */
char *modal_face_time(double seconds);

#endif
