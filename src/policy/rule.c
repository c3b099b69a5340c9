/* rule.c - rules as data: making, checking, naming. */
#include "policy/rule.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/texts.h"

#include <stdlib.h>
#include <string.h>

static const char *const verdict_names[] = { "allow", "ask", "deny" };
static const char *const scope_names[] = { "floor", "system", "user", "project", "session", "profile" };
static const char *const effect_names[EFFECT_COUNT] = {
    "read",    "input",   "write",  "delete",    "code",   "load",  "run",    "network",
    "install", "process", "daemon", "privilege", "system", "shell", "secret", "unknown",
};

const char *verdict_name(enum verdict verdict)
{
    return verdict_names[verdict];
}

bool verdict_from_name(const char *name, enum verdict *verdict)
{
    for (size_t i = 0; i < ARRAY_SIZE(verdict_names); i++)
        if (strcmp(verdict_names[i], name) == 0) {
            *verdict = (enum verdict)i;
            return true;
        }
    return false;
}

const char *rule_scope_name(enum rule_scope scope)
{
    return scope_names[scope];
}

const char *effect_name(enum policy_effect effect)
{
    for (size_t i = 0; i < EFFECT_COUNT; i++)
        if (effect == 1u << i)
            return effect_names[i];
    return "unknown";
}

bool effect_from_name(const char *name, unsigned *effect)
{
    for (size_t i = 0; i < EFFECT_COUNT; i++)
        if (strcmp(effect_names[i], name) == 0) {
            *effect = 1u << i;
            return true;
        }
    return false;
}

/* --- lists of texts --- */

void rule_texts_add(rule_texts *texts, const char *text)
{
    if (text)
        texts_add(texts, text);
    else if (!*texts)
        *texts = xcalloc(1, sizeof **texts);
}

/* --- sets --- */

struct rule *rule_set_add(struct rule_set *set, enum verdict verdict, enum rule_kind kind,
                          enum rule_scope scope, const char *file, unsigned line)
{
    struct rule *rule = xcalloc(1, sizeof *rule);
    rule->verdict = verdict;
    rule->kind = kind;
    rule->scope = scope;
    rule->file = xstrdup_or_null(file);
    rule->line = line;
    set->rules = array_reserve(set->rules, &set->capacity, set->count + 1, sizeof(struct rule *));
    set->rules[set->count++] = rule;
    return rule;
}

static void free_rule(struct rule *rule)
{
    rule_texts lists[] = { rule->programs, rule->words, rule->arguments, rule->with,  rule->only,
                           rule->paths,    rule->hosts, rule->tools,     rule->match, rule->not_match };
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        texts_free(lists[i]);
    for (size_t i = 0; i < rule->tool_argument_count; i++) {
        free(rule->tool_arguments[i].name);
        free(rule->tool_arguments[i].pattern);
    }
    free(rule->tool_arguments);
    free(rule->reason);
    free(rule->name);
    free(rule->file);
    free(rule);
}

void rule_set_drop(struct rule_set *set)
{
    if (set->count)
        free_rule(set->rules[--set->count]);
}

void rule_set_release(struct rule_set *set)
{
    while (set->count)
        rule_set_drop(set);
    free(set->rules);
    *set = (struct rule_set)RULE_SET_INIT;
}

/* --- filling --- */

static void add_word(struct rule *rule, const char *word)
{
    if (!rule->programs)
        rule_texts_add(&rule->programs, word);
    else if (strcmp(word, "$") == 0)
        rule_texts_add(&rule->arguments, NULL);
    else if (strcmp(word, "**") != 0)
        rule_texts_add(&rule->words, word);
}

bool rule_set_words(struct rule *rule, const char *text, struct error *error)
{
    static const char blanks[] = " \t\n";
    text += strspn(text, blanks);
    if (!*text)
        return error_set(error, "A command must have a word; this one is empty");
    while (*text) {
        size_t length = strcspn(text, blanks);
        char *word = xstrndup(text, length);
        add_word(rule, word);
        free(word);
        text += length;
        text += strspn(text, blanks);
    }
    return true;
}

void rule_add_argument(struct rule *rule, const char *name, const char *pattern)
{
    size_t size = (rule->tool_argument_count + 1) * sizeof *rule->tool_arguments;
    rule->tool_arguments = xrealloc(rule->tool_arguments, size);
    rule->tool_arguments[rule->tool_argument_count++] =
        (struct rule_argument){ .name = xstrdup(name), .pattern = xstrdup(pattern) };
}

/* --- checking --- */

static bool is_empty(rule_texts texts)
{
    return !texts || !texts[0];
}

static bool check_command(const struct rule *rule, struct error *error)
{
    if (rule->verdict == VERDICT_ALLOW && is_empty(rule->programs))
        return error_set(error, "A rule that allows commands must name the program");
    for (size_t i = 0; rule->with && rule->with[i]; i++)
        if (!strchr("-+", rule->with[i][0]))
            return error_set(error, "%s is no option: an option begins with - or +", rule->with[i]);
    return true;
}

bool rule_check(const struct rule *rule, struct error *error)
{
    if (rule->kind == RULE_COMMAND)
        return check_command(rule, error);
    if (rule->kind == RULE_FILE && is_empty(rule->paths))
        return error_set(error, "A rule about files must name a path");
    if (rule->kind == RULE_HOST && is_empty(rule->hosts))
        return error_set(error, "A rule about hosts must name one");
    if (rule->kind == RULE_TOOL && is_empty(rule->tools))
        return error_set(error, "A rule about tools must name one");
    return true;
}

/* --- naming --- */

char *rule_where(const struct rule *rule)
{
    if (rule->file)
        return xasprintf("%s:%u", rule->file, rule->line);
    if (rule->scope == SCOPE_PROFILE)
        return xstrdup(rule->name ? rule->name : "profile");
    return rule->name ? xasprintf("%s:%s", scope_names[rule->scope], rule->name)
                      : xstrdup(scope_names[rule->scope]);
}

static void add_list(struct buffer *out, const char *before, rule_texts texts)
{
    for (size_t i = 0; texts && texts[i]; i++)
        buffer_append_format(out, "%s%s", i ? ", " : before, texts[i]);
}

static void add_command(struct buffer *out, const struct rule *rule)
{
    add_list(out, " ", rule->programs);
    for (size_t i = 0; rule->words && rule->words[i]; i++)
        buffer_append_format(out, " %s", rule->words[i]);
    add_list(out, " ", rule->arguments);
    add_list(out, " with ", rule->with);
    add_list(out, " with only ", rule->only);
    add_list(out, " in ", rule->paths);
    add_list(out, " to ", rule->hosts);
    const char *before = " permitting ";
    for (unsigned i = 0; i < EFFECT_COUNT; i++)
        if (rule->permits & 1u << i) {
            buffer_append_format(out, "%s%s", before, effect_names[i]);
            before = ", ";
        }
}

static void add_access(struct buffer *out, unsigned access)
{
    static const char *const names[] = { " reading", " writing", " deleting" };
    const char *before = "";
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
        if (access & 1u << i) {
            buffer_append_format(out, "%s%s", before, names[i]);
            before = " and";
        }
    if (!access)
        buffer_append_text(out, " any use of");
}

char *rule_text(const struct rule *rule)
{
    struct buffer out = BUFFER_INIT;
    buffer_append_text(&out, verdict_names[rule->verdict]);
    if (rule->kind == RULE_COMMAND)
        add_command(&out, rule);
    else if (rule->kind == RULE_FILE) {
        add_access(&out, rule->access);
        add_list(&out, " ", rule->paths);
    } else
        add_list(&out, rule->kind == RULE_HOST ? " reaching " : " tool ",
                 rule->kind == RULE_HOST ? rule->hosts : rule->tools);
    for (size_t i = 0; i < rule->tool_argument_count; i++)
        buffer_append_format(&out, " %s=%s", rule->tool_arguments[i].name, rule->tool_arguments[i].pattern);
    return buffer_detach(&out);
}
