/* failure.c - a failed call as a sentence: what was tried, what is wrong, what to do (protocol: errors shown to
 * the user).
 *
 * The server's own words are meant for people and stand in it as they are, for they may hold the code that
 * Modal's support asks for. */
#include "modal/call.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "modal/settings.h"
#include "wire/grpc.h"

#include <string.h>

enum { MESSAGE_MOST = 2000 }; /* bytes */

/* In PROBLEM "@" stands for where the token comes from. */
struct row {
    int status;
    const char *problem, *remedy;
};

static const char later[] = "Try again later; if it stays so, Modal's support can help";

/* What the server said. */
static const struct row rows[] = {
    { GRPC_INVALID_ARGUMENT, "Modal refused the request", "" },
    { GRPC_OUT_OF_RANGE, "Modal refused the request", "" },
    { GRPC_NOT_FOUND, "Modal did not find it", "It may have ended or been deleted; check its name or id" },
    { GRPC_ALREADY_EXISTS, "the name is taken", "Choose another one" },
    { GRPC_PERMISSION_DENIED, "the token of @ may not do this",
      "Ask an owner of the workspace, or use another profile" },
    { GRPC_UNAUTHENTICATED, "Modal did not accept the token of @",
      "Check it there, or run `sandgate modal login` for a new one" },
    { GRPC_RESOURCE_EXHAUSTED, "a limit of the workspace is reached",
      "Wait a while, stop what is not needed, or ask Modal for a higher limit" },
    { GRPC_FAILED_PRECONDITION, "Modal cannot do this in the present state", "" },
    { GRPC_ABORTED, "Modal cannot do this in the present state", "" },
    { GRPC_UNIMPLEMENTED, "this server does not know the request", "A newer sandgate may be needed" },
    { GRPC_DATA_LOSS, "Modal lost data", later },
    { GRPC_INTERNAL, "Modal had an internal error", later },
    { GRPC_UNKNOWN, "Modal had an error", later },
    { GRPC_CANCELLED, "Modal broke it off", later },
    { GRPC_DEADLINE_EXCEEDED, "Modal did not do it in time", later },
    { GRPC_UNAVAILABLE, "Modal is not available at the moment", later },
};

/* What we found on the way to it. */
static const struct row unreachable = { GRPC_UNAVAILABLE, "Modal cannot be reached",
                                        "Check the network, the proxy and MODAL_SERVER_URL" };
static const struct row untrusted = { GRPC_UNAVAILABLE, "Modal cannot be reached safely", "" };
static const struct row late = { GRPC_DEADLINE_EXCEEDED, "Modal did not answer in time",
                                 "Check the network, or try again later" };
static const struct row broken = { GRPC_UNAVAILABLE, "the connection to Modal failed",
                                   "Check the network, or try again" };

static const struct row *by_status(int status)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].status == status)
            return &rows[i];
    return by_status(GRPC_UNKNOWN);
}

static const struct row *row_of(const struct grpc_result *result)
{
    if (result->from_server)
        return by_status(result->status);
    if (result->tls)
        return &untrusted;
    if (result->refused)
        return &unreachable;
    return result->status == GRPC_DEADLINE_EXCEEDED ? &late : &broken;
}

static void append(struct buffer *sentence, const char *words, const struct modal_settings *settings)
{
    const char *source = settings->token_source != NULL ? settings->token_source : "this account";
    size_t length = strcspn(words, "@");
    buffer_append(sentence, words, length);
    if (words[length] == '\0')
        return;
    buffer_append_text(sentence, source);
    buffer_append_text(sentence, words + length + 1);
}

/* Of a long message its beginning. */
static void append_message(struct buffer *sentence, const char *message)
{
    size_t length = strlen(message), whole = length;
    if (length > MESSAGE_MOST)
        length = MESSAGE_MOST - utf8_partial_tail(message, MESSAGE_MOST);
    while (length > 0 && strchr(". \n", message[length - 1]) != NULL)
        length--;
    if (length > 0)
        buffer_append_format(sentence, ": %.*s%s", (int)length, message,
                             whole > MESSAGE_MOST ? "\u2026" : "");
}

void modal_failure_of(struct modal_failure *failure, struct buffer *sentence,
                      const struct modal_settings *settings, const char *what,
                      const struct grpc_result *result)
{
    const struct row *row = row_of(result);
    buffer_append_format(sentence, "%s: ", what);
    append(sentence, row->problem, settings);
    append_message(sentence, result->message);
    if (*row->remedy != '\0')
        buffer_append_text(sentence, ". ");
    append(sentence, row->remedy, settings);
    *failure = (struct modal_failure){
        .status = result->status,
        .sentence = sentence->data,
        .message = result->from_server ? result->message : "",
    };
}

struct modal_failure modal_failure_local(const char *sentence)
{
    return (struct modal_failure){
        .status = GRPC_INVALID_ARGUMENT,
        .sentence = sentence,
        .message = "",
        .local = true,
    };
}
