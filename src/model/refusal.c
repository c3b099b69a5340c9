/* refusal.c - reads servers' error messages. */
#include "model/refusal.h"

#include "base/buffer.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "model/repair.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 400 }; /* bytes of a server's sentence that are shown */

/* What servers say when a request does not fit, in any case of letters. */
static const char *const context_words[] = {
    "context_length_exceeded",              /* OpenAI: code */
    "maximum context length",               /* OpenAI, vLLM, SGLang, Mistral */
    "longer than the model's context",      /* SGLang */
    "maximum allowed length",               /* SGLang */
    "longer than the maximum model length", /* vLLM */
    "too long to fit into the model",       /* vLLM */
    "max_tokens must be at least 1",        /* vLLM: what is left of the context is negative */
    "exceed_context_size",                  /* llama.cpp: type */
    "exceeds the available context size",   /* llama.cpp */
    "exceeds context length",               /* Ollama */
    "exceeds the context",                  /* Ollama, LM Studio */
    "exceed context limit",                 /* Anthropic's models behind a gateway */
    "prompt is too long",                   /* the same */
    "greater than the context length",      /* LM Studio */
    "context window",                       /* OpenAI's newer models, Groq */
    "maximum prompt length",                /* xAI */
    "input is too long",                    /* Bedrock */
    "exceeded model token limit",           /* Moonshot */
    "exceed the configured limit",          /* OpenAI */
    "reduce the length of",                 /* Groq, OpenRouter */
    "maximum number of tokens allowed",     /* Gemini */
    "`inputs` tokens + `max_new_tokens`",   /* TGI */
};

/* Words of a server that knows the path and not the model. */
static const char *const model_words[] = { "model_not_found", "model" };

/* Failures that look passing by their status and are not. */
static const char *const final_codes[] = { "insufficient_quota", "billing_hard_limit_reached" };

/* --- reading --- */

static const char *text_of_detail(const struct json *detail)
{
    const struct json *first = json_is(detail, JSON_ARRAY) ? json_at(detail, 0) : detail;
    const char *text = json_text(first);
    return text                          ? text
           : json_get_text(first, "msg") ? json_get_text(first, "msg")
                                         : json_get_text(first, "message");
}

/* One line of good UTF-8, not too long, without a full stop: it becomes part of a sentence. */
static char *clean_words(const char *text)
{
    struct buffer repaired = BUFFER_INIT, line = BUFFER_INIT;
    utf8_repair(&repaired, text, strnlen(text, WORDS_MAX * 2));
    bool blank = true;
    for (size_t i = 0; i < repaired.length; i++) {
        bool is_space = isspace((unsigned char)repaired.data[i]);
        if (!is_space || !blank)
            buffer_append_byte(&line, is_space ? ' ' : repaired.data[i]);
        blank = is_space;
    }
    if (line.length > WORDS_MAX) {
        buffer_truncate(&line, WORDS_MAX);
        buffer_truncate(&line, line.length - utf8_partial_tail(line.data, line.length));
        buffer_append_text(&line, "…");
    }
    while (line.length && strchr(" .", line.data[line.length - 1]))
        buffer_truncate(&line, line.length - 1);
    buffer_release(&repaired);
    return buffer_detach(&line);
}

static char *code_of(const struct json *error)
{
    const char *code = json_get_text(error, "code");
    const char *type = json_get_text(error, "type");
    return xstrdup(code ? code : type ? type : "");
}

static void read_object(struct refusal *refusal, const struct json *object)
{
    const struct json *error = json_get(object, "error");
    const char *words = json_text(error);
    if (!json_is(error, JSON_OBJECT))
        error = object;
    const char *const found[] = { words, json_get_text(error, "message"),
                                  text_of_detail(json_get(error, "detail")),
                                  text_of_detail(json_get(error, "errors")), json_get_text(error, "msg") };
    for (size_t i = 0; i < ARRAY_SIZE(found) && !words; i++)
        words = found[i];
    refusal->words = clean_words(words ? words : "");
    refusal->code = code_of(error);
}

struct refusal refusal_of_connection(enum http_failure failure, const char *sentence)
{
    return (struct refusal){
        .failure = failure,
        .words = clean_words(sentence),
        .code = xstrdup(""),
        .retry_after = -1,
    };
}

struct refusal refusal_of_body(int status, const char *body, size_t length)
{
    struct refusal refusal = { .status = status, .retry_after = -1 };
    struct buffer repaired = BUFFER_INIT;
    repair_message(body, length, &repaired);
    struct json *json = json_parse(repaired.data, repaired.length, NULL);
    /* Gemini packs its error in a list. */
    const struct json *object = json_is(json, JSON_ARRAY) ? json_at(json, 0) : json;
    if (json_is(object, JSON_OBJECT)) {
        read_object(&refusal, object);
    } else {
        const char *text = json_text(json) ? json_text(json) : repaired.data;
        bool is_page = text[strspn(text, " \t\r\n")] == '<';
        refusal.words = clean_words(is_page ? "" : text);
        refusal.code = xstrdup("");
    }
    json_free(json);
    buffer_release(&repaired);
    return refusal;
}

static int status_of(const struct json *error)
{
    int64_t status = json_get_integer(error, "code", 0);
    if (!status)
        status = json_get_integer(error, "status", 0);
    return status >= 400 && status <= 599 ? (int)status : 500;
}

struct refusal refusal_of_error(const struct json *error)
{
    struct refusal refusal = { .status = status_of(error), .retry_after = -1, .in_stream = true };
    if (json_is(error, JSON_OBJECT)) {
        read_object(&refusal, error);
    } else {
        refusal.words = clean_words(json_text(error) ? json_text(error) : "");
        refusal.code = xstrdup("");
    }
    return refusal;
}

void refusal_release(struct refusal *refusal)
{
    free(refusal->words);
    free(refusal->code);
    refusal->words = refusal->code = NULL;
}

/* --- what follows --- */

bool refusal_is_context(const struct refusal *refusal)
{
    for (size_t i = 0; i < ARRAY_SIZE(context_words); i++)
        if (refusal->status &&
            (strcasestr(refusal->words, context_words[i]) || strcasestr(refusal->code, context_words[i])))
            return true;
    return false;
}

bool refusal_is_unknown_model(const struct refusal *refusal)
{
    if (refusal->status != 404)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(model_words); i++)
        if (strcasestr(refusal->code, model_words[i]) || strcasestr(refusal->words, model_words[i]))
            return true;
    return false;
}

static bool is_final(const struct refusal *refusal)
{
    for (size_t i = 0; i < ARRAY_SIZE(final_codes); i++)
        if (strcmp(refusal->code, final_codes[i]) == 0)
            return true;
    return false;
}

enum model_failure refusal_kind(const struct refusal *refusal)
{
    if (refusal_is_context(refusal))
        return MODEL_FAILED_CONTEXT;
    if (is_final(refusal))
        return MODEL_FAILED_CONFIGURATION;
    switch (refusal->status) {
    case 0:
        return refusal->failure == HTTP_FAILED_REQUEST || refusal->failure == HTTP_FAILED_TLS
                   ? MODEL_FAILED_CONFIGURATION
                   : MODEL_FAILED_SERVER;
    case 401:
    case 402:
    case 403:
    case 404:
    case 405:
        return MODEL_FAILED_CONFIGURATION;
    default:
        return refusal->status >= 300 && refusal->status < 400 ? MODEL_FAILED_CONFIGURATION
                                                               : MODEL_FAILED_SERVER;
    }
}
