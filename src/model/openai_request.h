/* openai_request.h - the body of a request for chat completions. */
#ifndef SANDGATE_MODEL_OPENAI_REQUEST_H
#define SANDGATE_MODEL_OPENAI_REQUEST_H

#include "model/model.h"

struct openai_request {
    const struct messages *messages;
    const struct model_tool *tools;
    size_t tool_count;
    int64_t max_tokens;       /* 0: not sent */
    double temperature;       /* negative: not sent */
    const struct json *extra; /* members that are added last, over those of the same name ("model" is not
                               * taken from here); may be NULL */
};

/* All of the body but the model's name and the wish for usage, which may be known only later. Caller frees. */
char *openai_request_rest(const struct openai_request *request);
/* REST with MODEL and, when ASK_USAGE, stream_options; REST keeps a member of its own. Caller frees. */
char *openai_request_body(const char *rest, const char *model, bool ask_usage);

#endif
