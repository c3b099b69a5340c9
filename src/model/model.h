/* model.h - what a model can do, and the table of providers.
 *
 * A request is started with a list of messages and the tools; pieces of the answer arrive through
 * model_events; exactly one of done and failed comes, last; none after model_cancel.  Providers repair what
 * servers get wrong (arguments split anywhere, missing ids, indices that jump, a whole answer instead of a
 * stream, tool calls printed as text), so that whoever listens sees one clean form: calls begin and end
 * one at a time, in the order of the answer, each with an id, a name and whole arguments.  Text may come
 * between a call's begin and its end; a call that is open when the run fails has no end. */
#ifndef SANDGATE_MODEL_MODEL_H
#define SANDGATE_MODEL_MODEL_H

#include "matter/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct http;
struct json;
struct loop;
struct model;
struct model_run;

/* How to reach a model.  All text is borrowed during model_open and copied there. */
struct model_options {
    const char *provider;   /* a row of the table: "openai", "replay" */
    const char *name;       /* model name as the server knows it; NULL: ask the server, take the only one */
    const char *url;        /* openai: base up to and including /v1; tried without it when that answers 404 */
    const char *api_key;    /* NULL: none is sent */
    const char *script;     /* replay: path of the script file */
    const char *const *headers; /* extra "Name: value" lines, NULL-terminated, may be NULL */
    const struct json *extra;   /* extra members of the request's body, may be NULL */
    int64_t max_tokens;     /* 0: the server's default */
    double temperature;     /* negative: the server's default */
    int64_t context_length; /* tokens; 0: asked of the server (max_model_len and its like), else unknown */
    int64_t connect_timeout, first_byte_timeout, silence_timeout; /* milliseconds */
    int64_t start_timeout;  /* how long a server that is still starting is waited for, milliseconds */
    int max_retries;
};

struct model_tool {
    const char *name;
    const char *description;
    const char *schema; /* JSON text of the parameters' schema */
};

enum model_finish { MODEL_FINISH_STOP, MODEL_FINISH_LENGTH, MODEL_FINISH_CALLS, MODEL_FINISH_FILTER };

enum model_failure {
    MODEL_FAILED_CONFIGURATION, /* no such model, bad key, bad URL: the person must act */
    MODEL_FAILED_CONTEXT,       /* the request does not fit the model's context */
    MODEL_FAILED_SERVER,        /* the server refused or failed, retries are used up */
    MODEL_FAILED_BROKEN,        /* the stream broke midway: what came was told and can be kept */
};

struct model_usage {
    int64_t input, cached, output, reasoning; /* tokens; -1: not told */
};

struct model_events {
    void (*text)(void *data, const char *bytes, size_t length);
    void (*reasoning)(void *data, const char *bytes, size_t length);
    void (*call_begin)(void *data, const char *id, const char *tool);
    void (*call_arguments)(void *data, const char *bytes, size_t length); /* of the call begun last */
    /* ARGUMENTS: all of it, repaired where that is safe: the text of a JSON object.  REFUSED: NULL, or the
     * sentence why it cannot be used (not JSON, cut off, over 8 MiB), and ARGUMENTS is "{}"; it goes to the
     * model as the call's result. */
    void (*call_end)(void *data, const char *arguments, const char *refused);
    void (*usage)(void *data, const struct model_usage *usage);
    /* What is being waited for: "server is starting (503), trying again in 2 s". NULL: no longer. */
    void (*waiting)(void *data, const char *sentence);
    void (*done)(void *data, enum model_finish finish);
    /* SENTENCE: why, to stand behind a colon: small letter, no full stop. */
    void (*failed)(void *data, enum model_failure failure, const char *sentence);
};

/* Opens a model; nothing is sent yet.  HTTP is borrowed for its life; replay needs none. */
struct model *model_open(struct loop *loop, struct http *http, const struct model_options *options,
                         struct error *error);
void model_close(struct model *model); /* cancels what runs */
const char *model_name(const struct model *model); /* "" until the server told it */
int64_t model_context_length(const struct model *model); /* 0: not known (yet) */

struct model_run *model_start(struct model *model, const struct messages *messages,
                              const struct model_tool *tools, size_t tool_count,
                              const struct model_events *events, void *data);
void model_cancel(struct model_run *run); /* from any callback too */

/* Asks the server for its models: names, or a sentence. One callback. */
void model_list(struct model *model,
                void (*listed)(void *data, const char *const *names, size_t count, const char *failed),
                void *data);

#endif
