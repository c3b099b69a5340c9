/* event.c - the table of event types and their bodies, the one-line form of an event, and the chain of hashes.
 *
 * The table is the documentation of `--output jsonl` and of the export: a body has these fields and no others
 * (event_check), and no field is named like a member of the head, so that head and body can be printed as one
 * flat object. */
#include "matter/event.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static const struct event_field session_fields[] = {
    { "program", "text", "Name of the program that writes the session." },
    { "version", "text", "Version of that program." },
    { "folder", "text", "The host's folder that is copied into the sandbox; empty when there is none." },
    { "model", "text", "Name of the model as its server knows it; empty until it is known." },
    { "provider", "text", "The provider that talks to the model." },
    { "resumed", "boolean", "True when an earlier process began this session and this one goes on with it." },
    { 0 },
};

static const struct event_field sandbox_fields[] = {
    { "state", "text",
      "What became of it: opening, ready, attached, restored, failed, gone, lost, "
      "snapshot, programs (they were looked at while the image was fresh), kept or ended." },
    { "backend", "text", "The backend that runs the sandbox." },
    { "workspace", "text", "Absolute path of the workspace inside the sandbox." },
    { "network", "text", "The sandbox's network in words, such as off." },
    { "limits", "text", "Memory, process and other limits in force, as a line for people." },
    { "sentence", "text", "What happened, for people; of failed, gone and lost the cause." },
    { "snapshot", "text", "Id of the snapshot that was taken, or that was restored." },
    { "unchanged", "boolean", "Of a snapshot: the programs in it are known to be the image's own." },
    { "programs", "text", "SHA-256 of the list of the image's programs, which is kept in the session's folder." },
    { "ends", "integer", "When its provider will end it, in milliseconds since 1970; 0 when it does not." },
    { 0 },
};

static const struct event_field sync_fields[] = {
    { "files", "integer", "Files that went up." },
    { "folders", "integer", "Folders that were made." },
    { "links", "integer", "Symbolic links that went up as links." },
    { "bytes", "integer", "Bytes of all files that went up." },
    { "left_out", "array",
      "Paths that were left out, as texts, each with its reason; the first of them only." },
    { "left_out_count", "integer", "How many paths were left out in all." },
    { 0 },
};

static const struct event_field mode_fields[] = {
    { "mode", "text", "The approval mode from here on: careful, sandboxed, locked or auto." },
    { "reason", "text", "Why it changed, such as the person's own words or a setting." },
    { 0 },
};

static const struct event_field prompt_fields[] = {
    { "text", "text", "What the person said, whole." },
    { "queued", "boolean", "True when it was typed while a turn was running and delivered later." },
    { 0 },
};

static const struct event_field queue_fields[] = {
    { "prompts", "array", "The prompts that wait, as texts, first to be delivered first." },
    { 0 },
};

static const struct event_field request_fields[] = {
    { "model", "text", "Name of the model that was asked." },
    { "messages", "integer", "Messages in the request." },
    { "bytes", "integer", "Bytes of all messages in the request." },
    { 0 },
};

static const struct event_field text_fields[] = {
    { "text", "text",
      "A block of the answer, whole; one of over 64 KB is cut into several at the end of a paragraph." },
    { "broken", "boolean", "True when its stream broke before the block was finished." },
    { "stopped", "boolean", "True when the person stopped it before it was finished." },
    { 0 },
};

static const struct event_field reasoning_fields[] = {
    { "text", "text", "A block of the model's reasoning, whole, cut like those of text." },
    { "broken", "boolean", "True when it was cut short by a broken stream or by the person." },
    { 0 },
};

static const struct event_field response_fields[] = {
    { "finish", "text", "Why the answer ended: stop, length, calls or filter." },
    { "input", "integer", "Tokens of the request; left out when the server did not tell." },
    { "cached", "integer", "Tokens of the request that the server had cached." },
    { "output", "integer", "Tokens of the answer, reasoning included." },
    { "reasoning", "integer", "Tokens of the answer that were reasoning." },
    { "milliseconds", "integer", "From the request to the end of the answer." },
    { 0 },
};

static const struct event_field call_fields[] = {
    { "id", "text", "The model's own id of the call." },
    { "tool", "text", "Name of the tool." },
    { "arguments", "text", "The arguments as they came, as text: JSON unless refused says otherwise." },
    { "summary", "text", "The call as one line for people." },
    { "refused", "text", "Why the arguments cannot be used; left out when they can." },
    { 0 },
};

static const struct event_field verdict_fields[] = {
    { "verdict", "text", "What the policy says: allow, ask or deny." },
    { "reason", "text", "Why, as a sentence." },
    { "rule", "text", "The rule that decided, as file:line or one of our own; left out when none did." },
    { "part", "text", "The part of the script that decided; empty when it is all of it." },
    { "from", "integer", "First byte of that part in the script." },
    { "to", "integer", "Byte after the last of that part in the script." },
    { "risk", "text", "How much could go wrong: none, low, medium or high." },
    { "digest", "text", "SHA-256 of exactly what was judged." },
    { "profile", "text", "The profile or mode in force: careful, sandboxed, locked or auto." },
    { 0 },
};

static const struct event_field ask_fields[] = {
    { "ask", "text", "Id of the ask; the decision names it." },
    { "digest", "text", "SHA-256 of exactly what will run when it is approved." },
    { "tool", "text", "Name of the tool." },
    { "script", "text", "The script, code or canonical arguments that the person is shown." },
    { "cwd", "text", "The working directory inside the sandbox." },
    { 0 },
};

static const struct event_field decision_fields[] = {
    { "ask", "text", "Id of the ask that is decided." },
    { "digest", "text", "Digest of what was decided on." },
    { "decision", "text", "What was decided: run, edit, reject, allow_session, stop or keep." },
    { "allows", "text",
      "Of allow_session: the digest that does not ask again, whichever sandbox the session has." },
    { "rule", "text", "The rule that had asked; left out when none did." },
    { "profile", "text", "The profile or mode in force." },
    { "words", "text", "The reason for the model, when one was given." },
    { "arguments", "text", "Of edit: the new arguments, as JSON text; left out when hunks are there." },
    { "summary", "text", "Of edit: the call as one line for people." },
    { "hunks", "array", "Of edit: the numbers of the hunks of the proposed change that are made, from 1." },
    { "hunk_count", "integer", "With hunks: how many the proposed change has." },
    { "difference", "text", "With hunks: what is made of them, as a unified diff." },
    { 0 },
};

static const struct event_field started_fields[] = {
    { "exec", "text", "Id of the execution, made beforehand: a sandbox runs it at most once." },
    { "digest", "text", "Digest of what runs." },
    { 0 },
};

static const struct event_field output_fields[] = {
    { "spool", "text", "Name of the file in the session's folder that holds every byte of the output." },
    { "bytes", "integer", "Bytes of the output." },
    { "lines", "integer", "Lines of the output." },
    { "hash", "text", "SHA-256 of the spooled output." },
    { 0 },
};

static const struct event_field ended_fields[] = {
    { "end", "text", "How it ended: exited, signalled, timed_out, cancelled, lost or failed." },
    { "code", "integer", "The exit code, when it exited." },
    { "signal", "integer", "The signal's number, when a signal ended it." },
    { "milliseconds", "integer", "How long it ran." },
    { "sentence", "text", "What is wrong, when it was lost or never started." },
    { "survivors", "array", "Processes that it left running, one text each." },
    { 0 },
};

static const struct event_field result_fields[] = {
    { "text", "text", "What goes back to the model, whole." },
    { "ok", "boolean", "False when the call failed, was refused or was rejected." },
    { "dropped", "boolean", "True when it never ran because its turn was stopped or broke off." },
    { 0 },
};

static const struct event_field file_fields[] = {
    { "path", "text", "Absolute path inside the sandbox." },
    { "change", "text", "What happened to it: made, changed, removed or renamed." },
    { "before", "text", "SHA-256 of the file before; left out when there was none." },
    { "after", "text", "SHA-256 of the file after; left out when there is none." },
    { 0 },
};

static const struct event_field notice_fields[] = {
    { "text", "text", "The sentence." },
    { "kind", "text", "A word for programs, such as waiting, retry or continue." },
    { "rules", "text", "Of kind rule: the rules that count in this session alone, as a rule file has them." },
    { 0 },
};

static const struct event_field error_fields[] = {
    { "text", "text", "The sentence: what was tried, what is wrong, what to do." },
    { "kind", "text", "A word for programs: model, sandbox, store or internal." },
    { 0 },
};

static const struct event_field stop_fields[] = {
    { "reason", "text", "Why the turn ended: person, limit, context, paused or error." },
    { "text", "text", "The sentence." },
    { 0 },
};

static const struct event_field turn_fields[] = {
    { 0 },
};

static const struct {
    const char *name;
    const char *help;
    const struct event_field *fields;
} types[EVENT_TYPES] = {
    [EVENT_SESSION] = { "session", "A session begins, or goes on in a new process.", session_fields },
    [EVENT_SANDBOX] = { "sandbox", "The sandbox changed its state.", sandbox_fields },
    [EVENT_SYNC] = { "sync", "The folder was copied into the sandbox.", sync_fields },
    [EVENT_MODE] = { "mode", "The approval mode was set.", mode_fields },
    [EVENT_PROMPT] = { "prompt", "The person said something.", prompt_fields },
    [EVENT_QUEUE] = { "queue", "The list of prompts that wait changed.", queue_fields },
    [EVENT_REQUEST] = { "request", "A request went to the model.", request_fields },
    [EVENT_TEXT] = { "text", "The model wrote a block of its answer.", text_fields },
    [EVENT_REASONING] = { "reasoning", "The model wrote a block of reasoning.", reasoning_fields },
    [EVENT_RESPONSE] = { "response", "The model's answer to a request ended.", response_fields },
    [EVENT_CALL] = { "call", "The model proposed a tool call.", call_fields },
    [EVENT_VERDICT] = { "verdict", "The policy judged a call.", verdict_fields },
    [EVENT_ASK] = { "ask", "A call waits for a decision.", ask_fields },
    [EVENT_DECISION] = { "decision", "A waiting call was decided.", decision_fields },
    [EVENT_STARTED] = { "started", "An execution is about to be sent to the sandbox.", started_fields },
    [EVENT_OUTPUT] = { "output", "The output of an execution is complete.", output_fields },
    [EVENT_ENDED] = { "ended", "An execution ended.", ended_fields },
    [EVENT_RESULT] = { "result", "A call's result goes back to the model.", result_fields },
    [EVENT_FILE] = { "file", "A file of the sandbox changed.", file_fields },
    [EVENT_NOTICE] = { "notice", "Something worth a line happened.", notice_fields },
    [EVENT_ERROR] = { "error", "Something failed.", error_fields },
    [EVENT_STOP] = { "stop", "A turn ended without a final answer.", stop_fields },
    [EVENT_TURN] = { "turn", "A turn ended with a final answer.", turn_fields },
};

const char *event_type_name(enum event_type type)
{
    return types[type].name;
}

bool event_type_from_name(const char *name, enum event_type *type)
{
    for (size_t i = 0; i < EVENT_TYPES; i++) {
        if (*types[i].name == *name && strcmp(types[i].name, name) == 0) {
            *type = (enum event_type)i;
            return true;
        }
    }
    return false;
}

const char *event_type_help(enum event_type type)
{
    return types[type].help;
}

const struct event_field *event_type_fields(enum event_type type)
{
    return types[type].fields;
}

static bool field_fits(const struct event_field *field, const struct json *value)
{
    int64_t integer;
    if (strcmp(field->type, "integer") == 0) {
        return json_integer(value, &integer);
    }
    static const struct {
        const char *name;
        enum json_type type;
    } plain[] = {
        { "text", JSON_STRING },   { "number", JSON_NUMBER }, { "boolean", JSON_BOOLEAN },
        { "object", JSON_OBJECT }, { "array", JSON_ARRAY },
    };
    for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
        if (strcmp(field->type, plain[i].name) == 0) {
            return json_is(value, plain[i].type);
        }
    }
    return false;
}

static const struct event_field *field_named(enum event_type type, const char *name)
{
    const struct event_field *field = types[type].fields;
    while (field->name && strcmp(field->name, name) != 0) {
        field++;
    }
    return field->name ? field : NULL;
}

bool event_check(const struct event *event, struct error *error)
{
    const char *type = types[event->type].name;
    if (!json_is(event->body, JSON_OBJECT)) {
        return error_set(error, "the body of a \"%s\" event is not an object", type);
    }
    for (size_t i = 0; i < json_count(event->body); i++) {
        const char *name = json_key_at(event->body, i);
        const struct event_field *field = field_named(event->type, name);
        if (!field) {
            return error_set(error, "a \"%s\" event has no field \"%s\"", type, name);
        }
        if (!field_fits(field, json_value_at(event->body, i))) {
            return error_set(error, "\"%s\" of a \"%s\" event must be of type %s", name, type, field->type);
        }
    }
    return true;
}

struct event *event_new(enum event_type type)
{
    struct event *event = xcalloc(1, sizeof(*event));
    event->version = EVENT_VERSION;
    event->type = type;
    event->body = json_new_object();
    return event;
}

void event_free(struct event *event)
{
    if (event) {
        json_free(event->body);
        free(event);
    }
}

static struct json *event_head(const struct event *event)
{
    char time[CLOCK_TEXT];
    clock_format(event->time, time);
    struct json *head = json_new_object();
    json_set_integer(head, "v", event->version);
    json_set_text(head, "session", event->session);
    json_set_integer(head, "seq", event->seq);
    json_set_integer(head, "parent", event->parent);
    json_set_text(head, "time", time);
    json_set_text(head, "type", types[event->type].name);
    json_set_integer(head, "turn", event->turn);
    json_set_integer(head, "call", event->call);
    json_set_text(head, "actor", event->actor);
    json_set_text(head, "sandbox", event->sandbox);
    json_set_integer(head, "generation", event->generation);
    return head;
}

/* Code points that a terminal acts on, that turn the order of text around, or that nobody can see. */
static bool is_unsafe(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        { 0x7f, 0x9f },     { 0xad, 0xad },     { 0x61c, 0x61c },   { 0x180e, 0x180e },
        { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
    };
    for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

char *event_escape(const char *json)
{
    struct buffer out;
    buffer_init(&out, SIZE_MAX / 2);
    size_t length = strlen(json), plain = 0, at = 0;
    while (at < length) {
        uint32_t code = (unsigned char)json[at];
        size_t bytes = code < 0x7f ? 1 : utf8_decode(json + at, length - at, &code);
        if (code >= 0x7f && is_unsafe(code)) {
            buffer_append(&out, json + plain, at - plain);
            buffer_append_format(&out, "\\u%04x", (unsigned)code);
            plain = at + bytes;
        }
        at += bytes;
    }
    buffer_append(&out, json + plain, at - plain);
    return buffer_detach(&out);
}

/* The two objects are joined as text: a body can be large, and copying its tree only to print it is not free. */
char *event_print(const struct event *event)
{
    struct json *head = event_head(event);
    char *head_text = json_print(head);
    char *body_text = json_print(event->body);
    bool has_body = json_count(event->body) > 0;
    char *line =
        xasprintf("%.*s%s%s", (int)strlen(head_text) - 1, head_text, has_body ? "," : "", body_text + 1);
    char *safe = event_escape(line);
    free(line);
    free(body_text);
    free(head_text);
    json_free(head);
    return safe;
}

static void chain_text(struct hash *hash, const char *text)
{
    hash_add_field(hash, text, strlen(text));
}

static void chain_integer(struct hash *hash, int64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)((uint64_t)value >> (56 - 8 * i));
    }
    hash_add_field(hash, bytes, sizeof(bytes));
}

void event_chain_body(const struct event *event, const char *body, const char *previous, char text[HASH_TEXT])
{
    struct hash *hash = hash_new();
    chain_text(hash, "sandgate event 1");
    chain_text(hash, previous);
    chain_integer(hash, event->version);
    chain_text(hash, event->session);
    chain_integer(hash, event->seq);
    chain_integer(hash, event->parent);
    chain_integer(hash, event->turn);
    chain_integer(hash, event->call);
    chain_text(hash, types[event->type].name);
    chain_text(hash, event->actor);
    chain_text(hash, event->sandbox);
    chain_integer(hash, event->generation);
    chain_integer(hash, event->time);
    chain_text(hash, body);
    hash_finish(hash, text);
}

void event_chain(const struct event *event, const char *previous, char hash[HASH_TEXT])
{
    char *body = json_print(event->body);
    event_chain_body(event, body, previous, hash);
    free(body);
}
