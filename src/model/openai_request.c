/* openai_request.c - messages, tools and options in the words of the protocol.
 *
 * Reasoning goes back only with the calls of the turn that still runs: models that think between calls need it
 * there, and some servers refuse it anywhere else. */
#include "model/openai_request.h"

#include "base/json.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *const role_names[] = {
    [MESSAGE_SYSTEM] = "system",
    [MESSAGE_USER] = "user",
    [MESSAGE_ASSISTANT] = "assistant",
    [MESSAGE_TOOL] = "tool",
};

static struct json *call_of(const struct message_call *call)
{
    struct json *json = json_new_object(), *function = json_new_object();
    json_set_text(json, "id", call->id);
    json_set_text(json, "type", "function");
    json_set_text(function, "name", call->tool);
    json_set_text(function, "arguments", call->arguments);
    json_set(json, "function", function);
    return json;
}

static struct json *message_of(const struct message *message, bool in_turn)
{
    struct json *json = json_new_object();
    json_set_text(json, "role", role_names[message->role]);
    /* Beside calls, no text is null: some servers refuse an empty one there. */
    json_set_text(json, "content", message->call_count && !*message->text ? NULL : message->text);
    if (message->role == MESSAGE_TOOL)
        json_set_text(json, "tool_call_id", message->call_id ? message->call_id : "");
    if (!message->call_count)
        return json;
    if (in_turn && message->reasoning && *message->reasoning)
        json_set_text(json, "reasoning_content", message->reasoning);
    struct json *calls = json_new_array();
    for (size_t i = 0; i < message->call_count; i++)
        json_add(calls, call_of(&message->calls[i]));
    json_set(json, "tool_calls", calls);
    return json;
}

static struct json *messages_of(const struct messages *messages)
{
    size_t turn = 0; /* index of the last message of the person */
    for (size_t i = 0; i < messages->count; i++)
        if (messages->items[i].role == MESSAGE_USER)
            turn = i;
    struct json *list = json_new_array();
    for (size_t i = 0; i < messages->count; i++)
        json_add(list, message_of(&messages->items[i], i > turn));
    return list;
}

static struct json *tool_of(const struct model_tool *tool)
{
    struct json *json = json_new_object(), *function = json_new_object();
    struct json *schema = tool->schema ? json_parse(tool->schema, strlen(tool->schema), NULL) : NULL;
    json_set_text(json, "type", "function");
    json_set_text(function, "name", tool->name);
    json_set_text(function, "description", tool->description);
    if (schema)
        json_set(function, "parameters", schema);
    json_set(json, "function", function);
    return json;
}

static void set_tools(struct json *body, const struct openai_request *request)
{
    if (!request->tool_count)
        return;
    struct json *tools = json_new_array();
    for (size_t i = 0; i < request->tool_count; i++)
        json_add(tools, tool_of(&request->tools[i]));
    json_set(body, "tools", tools);
}

char *openai_request_rest(const struct openai_request *request)
{
    struct json *body = json_new_object();
    json_set(body, "messages", messages_of(request->messages));
    set_tools(body, request);
    json_set_boolean(body, "stream", true);
    if (request->max_tokens > 0)
        json_set_integer(body, "max_tokens", request->max_tokens);
    if (request->temperature >= 0)
        json_set_number(body, "temperature", request->temperature);
    for (size_t i = 0; i < json_count(request->extra); i++)
        if (strcmp(json_key_at(request->extra, i), "model") != 0)
            json_set(body, json_key_at(request->extra, i), json_copy(json_value_at(request->extra, i)));
    char *text = json_print(body);
    json_free(body);
    return text;
}

char *openai_request_body(const char *rest, const char *model, bool ask_usage)
{
    struct json *name = json_new_text(model);
    char *quoted = json_print(name);
    char *body = xasprintf("{\"model\":%s,%s%s", quoted,
                           ask_usage ? "\"stream_options\":{\"include_usage\":true}," : "", rest + 1);
    free(quoted);
    json_free(name);
    return body;
}
