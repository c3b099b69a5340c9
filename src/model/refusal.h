/* refusal.h - why a request to a server did not go through: what it said, and what follows from that. */
#ifndef SANDGATE_MODEL_REFUSAL_H
#define SANDGATE_MODEL_REFUSAL_H

#include "model/model.h"
#include "wire/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

struct refusal {
    int status; /* of HTTP; 0: there was no answer, `failure` says why */
    enum http_failure failure;
    char *words; /* the server's sentence, or the connection's; one line without a full stop, "" for none */
    char *code;  /* the server's own word for it ("model_not_found"), "" for none */
    int64_t retry_after; /* milliseconds that the server asked to wait; -1: it did not */
    bool in_stream;      /* it came inside an answer that had begun well */
};

/* No answer came: SENTENCE is the connection's. */
struct refusal refusal_of_connection(enum http_failure failure, const char *sentence);
/* A server's BODY with its STATUS: finds the sentence in the forms of the usual servers, or takes the first
 * line of plain text; of a page of HTML, nothing. */
struct refusal refusal_of_body(int status, const char *body, size_t length);
/* The value of "error" inside a stream or of an answer: an object or a text. */
struct refusal refusal_of_error(const struct json *error);
void refusal_release(struct refusal *refusal);

/* Which of the failures it is, once it is not retried. */
enum model_failure refusal_kind(const struct refusal *refusal);
/* True when the server says that it does not know the model (as against the path). */
bool refusal_is_unknown_model(const struct refusal *refusal);
/* True when the request did not fit the context: the table of the servers' words is in refusal.c. */
bool refusal_is_context(const struct refusal *refusal);

#endif
