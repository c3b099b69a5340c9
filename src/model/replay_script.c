/* replay_script.c - reads a script, and folds a conversation into the step that comes next. */
#include "model/replay_script.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "matter/message.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum outcome {
    OUTCOME_ANY,
    OUTCOME_OK,
    OUTCOME_REJECTED,
    OUTCOME_REASON,
    OUTCOME_DENIED,
    OUTCOME_EDITED,
    OUTCOME_FAILED,
    OUTCOME_STOPPED,
};

struct replay_rule {
    enum outcome when;
    char *contains; /* NULL: any result */
    char *target;
    size_t next;
};

struct replay_script {
    char *name;
    char *aside; /* "" for none */
    int64_t context_length;
    double speed;
    struct replay_step *steps;
    size_t count, capacity;
};

/* --- outcomes --- */

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Commands tell their end behind their output; what they printed may look the same, so the last one counts. */
static bool has_bad_exit_code(const char *text)
{
    static const char words[] = "exit code ";
    const char *last = NULL;
    for (const char *at = strstr(text, words); at; at = strstr(at + 1, words))
        last = at;
    return last && atoi(last + sizeof words - 1) != 0;
}

static bool was_rejected(const char *text)
{
    return begins(text, "Rejected by the person");
}

static bool was_rejected_with_words(const char *text)
{
    return begins(text, "Rejected by the person: ");
}

static bool was_denied(const char *text)
{
    return begins(text, "Denied by the policy");
}

static bool was_edited(const char *text)
{
    return begins(text, "The person edited the command");
}

static bool was_stopped(const char *text)
{
    return begins(text, "Rejected by the person: they stopped the agent") ||
           strstr(text, "Cancelled by the person");
}

static bool has_failed(const char *text)
{
    return strstr(text, "It did not run") || strstr(text, "Timed out:") || strstr(text, "Killed by signal") ||
           has_bad_exit_code(text);
}

static bool was_fine(const char *text)
{
    return !was_rejected(text) && !was_denied(text) && !was_stopped(text) && !has_failed(text);
}

static bool is_anything(const char *text)
{
    return text != NULL;
}

/* The words are those of the tools' results (src/agent). */
static const struct {
    const char *name;
    bool (*fits)(const char *result);
} outcomes[] = {
    [OUTCOME_ANY] = { "any", is_anything },
    [OUTCOME_OK] = { "ok", was_fine },
    [OUTCOME_REJECTED] = { "rejected", was_rejected },
    [OUTCOME_REASON] = { "rejected with words", was_rejected_with_words },
    [OUTCOME_DENIED] = { "denied", was_denied },
    [OUTCOME_EDITED] = { "edited", was_edited },
    [OUTCOME_FAILED] = { "failed", has_failed },
    [OUTCOME_STOPPED] = { "stopped", was_stopped },
};

/* Whether RULE fits the results among COUNT messages from FIRST: one of them, for "ok" each. */
static bool rule_fits(const struct replay_rule *rule, const struct message *first, size_t count)
{
    bool outcome = rule->when == OUTCOME_OK, content = false;
    size_t results = 0;
    for (size_t i = 0; i < count; i++) {
        if (first[i].role != MESSAGE_TOOL)
            continue;
        results++;
        bool fits = outcomes[rule->when].fits(first[i].text);
        outcome = rule->when == OUTCOME_OK ? outcome && fits : outcome || fits;
        content = content || !rule->contains || strstr(first[i].text, rule->contains);
    }
    return results && outcome && content;
}

static size_t step_after(const struct replay_script *script, size_t at, const struct message *first,
                         size_t count)
{
    const struct replay_step *step = &script->steps[at];
    for (size_t i = 0; i < step->rule_count; i++)
        if (rule_fits(&step->rules[i], first, count))
            return step->rules[i].next;
    return step->next;
}

static bool has_role(const struct message *first, size_t count, enum message_role role)
{
    for (size_t i = 0; i < count; i++)
        if (first[i].role == role)
            return true;
    return false;
}

const struct replay_step *replay_script_next(const struct replay_script *script,
                                             const struct messages *messages, const char **aside)
{
    size_t at = 0;
    *aside = NULL;
    for (size_t i = 0; i < messages->count; i++) {
        const struct message *said = &messages->items[i];
        if (said->role != MESSAGE_ASSISTANT)
            continue;
        size_t count = 0;
        while (i + 1 + count < messages->count && said[1 + count].role != MESSAGE_ASSISTANT)
            count++;
        /* Stopped before its calls came: the step is said again. */
        bool whole = said->call_count || !script->steps[at].call_count;
        bool under_way = script->steps[at].call_count > 0;
        if (whole)
            at = step_after(script, at, said + 1, count);
        bool last = i + 1 + count == messages->count;
        if (last && under_way && has_role(said + 1, count, MESSAGE_USER) && *script->aside)
            *aside = script->aside;
    }
    return &script->steps[at];
}

/* --- reading --- */

static bool find_outcome(const char *name, enum outcome *outcome)
{
    for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++)
        if (strcmp(name, outcomes[i].name) == 0) {
            *outcome = i;
            return true;
        }
    return false;
}

static const char *text_or_empty(const struct json *object, const char *key)
{
    const char *text = json_get_text(object, key);
    return text ? text : "";
}

static bool read_rule(const struct json *json, struct replay_rule *rule, struct error *error)
{
    const char *when = json_get_text(json, "when");
    const char *target = json_get_text(json, "goto");
    if (when && !find_outcome(when, &rule->when))
        return error_set(error, "\"%s\" is no outcome", when);
    if (!target)
        return error_set(error, "a rule of \"next\" has no \"goto\"");
    rule->contains = xstrdup_or_null(json_get_text(json, "contains"));
    rule->target = xstrdup(target);
    return true;
}

static bool read_call(const struct json *json, struct replay_call *call, struct error *error)
{
    const struct json *arguments = json_get(json, "arguments");
    if (!json_get_text(json, "tool") || !json_is(arguments, JSON_OBJECT))
        return error_set(error, "a call needs a \"tool\" and an object \"arguments\"");
    call->tool = xstrdup(json_get_text(json, "tool"));
    call->arguments = json_print(arguments);
    return true;
}

static bool read_step(const struct json *json, struct replay_step *step, struct error *error)
{
    const struct json *calls = json_get(json, "calls"), *rules = json_get(json, "next");
    step->label = xstrdup(text_or_empty(json, "step"));
    step->reasoning = xstrdup(text_or_empty(json, "reasoning"));
    step->text = xstrdup(text_or_empty(json, "text"));
    step->target = xstrdup_or_null(json_get_text(json, "goto"));
    step->calls = xcalloc(json_count(calls), sizeof *step->calls);
    step->rules = xcalloc(json_count(rules), sizeof *step->rules);
    for (; step->call_count < json_count(calls); step->call_count++)
        if (!read_call(json_at(calls, step->call_count), &step->calls[step->call_count], error))
            return false;
    for (; step->rule_count < json_count(rules); step->rule_count++)
        if (!read_rule(json_at(rules, step->rule_count), &step->rules[step->rule_count], error))
            return false;
    return true;
}

static bool read_head(const struct json *json, struct replay_script *script, struct error *error)
{
    if (json_get_integer(json, "replay", 0) != 1)
        return error_set(error, "the first line of a script is {\"replay\": 1, \"name\": ...}");
    script->name = xstrdup(text_or_empty(json, "name"));
    script->aside = xstrdup(text_or_empty(json, "aside"));
    script->context_length = json_get_integer(json, "context_length", 0);
    script->speed = json_get_number(json, "words_per_second", 0);
    return true;
}

static bool read_line(struct replay_script *script, const char *text, size_t length, int line,
                      struct error *error)
{
    struct json *json = json_parse(text, length, error);
    bool good = json != NULL;
    if (good && !script->name) {
        good = read_head(json, script, error);
    } else if (good) {
        script->steps =
            array_reserve(script->steps, &script->capacity, script->count + 1, sizeof *script->steps);
        script->steps[script->count] = (struct replay_step){ .line = line };
        good = read_step(json, &script->steps[script->count++], error);
    }
    json_free(json);
    return good || error_prefix(error, "line %d", line);
}

static bool read_lines(struct replay_script *script, const struct buffer *file, struct error *error)
{
    int line = 1;
    for (const char *at = file->data; *at; line++) {
        size_t length = strcspn(at, "\n");
        size_t blank = strspn(at, " \t\r");
        if (blank < length && !read_line(script, at, length, line, error))
            return false;
        at += length + (at[length] == '\n');
    }
    return script->count || error_set(error, "it holds no step");
}

static bool find_step(const struct replay_script *script, const char *label, int line, size_t *index,
                      struct error *error)
{
    for (size_t i = 0; i < script->count; i++)
        if (strcmp(script->steps[i].label, label) == 0) {
            *index = i;
            return true;
        }
    return error_set(error, "line %d: there is no step \"%s\"", line, label);
}

static bool resolve_labels(struct replay_script *script, struct error *error)
{
    for (size_t i = 0; i < script->count; i++) {
        struct replay_step *step = &script->steps[i];
        step->next = i + 1 < script->count ? i + 1 : i;
        if (step->target && !find_step(script, step->target, step->line, &step->next, error))
            return false;
        for (size_t j = 0; j < step->rule_count; j++)
            if (!find_step(script, step->rules[j].target, step->line, &step->rules[j].next, error))
                return false;
    }
    return true;
}

struct replay_script *replay_script_load(const char *path, struct error *error)
{
    struct replay_script *script = xcalloc(1, sizeof *script);
    struct buffer file = BUFFER_INIT;
    bool good = path_read_file(path, &file, error);
    if (good && !(read_lines(script, &file, error) && resolve_labels(script, error)))
        good = error_prefix(error, "the recorded model's script %s", path);
    buffer_release(&file);
    if (good)
        return script;
    replay_script_free(script);
    return NULL;
}

static void release_step(struct replay_step *step)
{
    /* A line that was given up midway counts only its whole rows; the one begun holds nothing yet. */
    for (size_t i = 0; i < step->call_count; i++) {
        free(step->calls[i].tool);
        free(step->calls[i].arguments);
    }
    for (size_t i = 0; i < step->rule_count; i++) {
        free(step->rules[i].contains);
        free(step->rules[i].target);
    }
    free(step->calls);
    free(step->rules);
    free(step->label);
    free(step->reasoning);
    free(step->text);
    free(step->target);
}

void replay_script_free(struct replay_script *script)
{
    if (!script)
        return;
    for (size_t i = 0; i < script->count; i++)
        release_step(&script->steps[i]);
    free(script->steps);
    free(script->name);
    free(script->aside);
    free(script);
}

const char *replay_script_name(const struct replay_script *script)
{
    return script->name;
}

int64_t replay_script_context_length(const struct replay_script *script)
{
    return script->context_length;
}

double replay_script_speed(const struct replay_script *script)
{
    return script->speed;
}
