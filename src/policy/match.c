/* match.c - which rules speak of a command.
 *
 * Allowing is strict: the words of the rule are the first words of the command, in order.  Denying is loose: where
 * an option is not known, its value may stand between, so the words need only come in order. */
#include "policy/proof.h"

#include "policy/knowledge.h"

#include <string.h>

static bool matches_any(const char *const *patterns, const char *word)
{
    for (size_t i = 0; patterns && patterns[i]; i++)
        if (pattern_matches_word(patterns[i], word))
            return true;
    return false;
}

static const char *const *list(rule_texts texts)
{
    return (const char *const *)texts;
}

static bool matches_program(const struct rule *rule, const struct record *record, bool strictly)
{
    if (!rule->programs)
        return true;
    if (!record->count)
        return false;
    const char *text = record->words[0].text;
    if (record->of_workspace && strictly)
        return matches_any(list(rule->programs), text) && !strchr(text, HOLE) &&
               (rule->scope == SCOPE_PROFILE || rule->programs[0][0] != '*');
    return matches_any(list(rule->programs), record->program) || matches_any(list(rule->programs), text);
}

/* The rule's words, from the first operand on; returns how many operands they took, or SIZE_MAX. */
static size_t match_words(const struct rule *rule, const struct record *record, bool strictly)
{
    size_t at = 0;
    for (size_t i = 0; rule->words && rule->words[i]; i++) {
        while (!strictly && at < record->operand_count &&
               !pattern_matches_word(rule->words[i], record->operands[at]))
            at++;
        if (at == record->operand_count || !pattern_matches_word(rule->words[i], record->operands[at]))
            return SIZE_MAX;
        at++;
    }
    return at;
}

/* "make test" names one thing that make runs; further words would be others. */
static bool names_more_code(const struct rule *rule, const struct record *record)
{
    return rule->words && rule->words[0] && (record->effects & EFFECT_CODE) && record->knowledge &&
           record->knowledge->operands == OPERANDS_TEXT;
}

/* Allowing: every argument is one of them. Denying: one of them is there. */
static bool match_arguments(const struct rule *rule, const struct record *record, size_t from, bool strictly)
{
    if (!rule->arguments)
        return !strictly || !names_more_code(rule, record) || from == record->operand_count;
    if (!rule->arguments[0])
        return from == record->operand_count;
    bool one = false;
    for (size_t i = from; i < record->operand_count; i++) {
        bool matches = matches_any(list(rule->arguments), record->operands[i]);
        if (strictly && !matches)
            return false;
        one |= matches;
    }
    return one || strictly;
}

/* A pattern of an option that takes its value along: "--format=*" is about the option --format. */
static bool is_given(const char *pattern, const struct record *record)
{
    for (size_t i = 0; i < record->option_count; i++)
        if (pattern_matches_word(pattern, record->options[i]))
            return true;
    for (size_t i = 1; i < record->count; i++)
        if (pattern_matches_word(pattern, record->words[i].text))
            return true;
    return false;
}

static bool match_options(const struct rule *rule, const struct record *record)
{
    bool found = !rule->with || !rule->with[0];
    for (size_t i = 0; rule->with && rule->with[i]; i++)
        found |= is_given(rule->with[i], record);
    for (size_t i = 0; found && rule->only && i < record->option_count; i++)
        found = matches_any(list(rule->only), record->options[i]);
    return found;
}

static bool match_places(const struct scan *scan, const struct rule *rule, const struct record *record,
                         bool strictly)
{
    bool one = !rule->paths && !rule->hosts, all = true;
    for (size_t i = 0; rule->paths && i < record->touched_count; i++) {
        bool matches = match_touched(scan, rule, &record->touched[i]);
        one |= matches;
        all &= matches;
    }
    for (size_t i = 0; rule->hosts && i < record->host_count; i++) {
        bool matches = match_host(rule, record->hosts[i]);
        one |= matches;
        all &= matches;
    }
    return strictly ? all && (one || rule->paths) : one;
}

bool match_command(const struct scan *scan, const struct rule *rule, const struct record *record,
                   bool strictly)
{
    if (rule->kind != RULE_COMMAND || !record->count || !matches_program(rule, record, strictly))
        return false;
    size_t words = match_words(rule, record, strictly);
    return words != SIZE_MAX && match_arguments(rule, record, words, strictly) &&
           match_options(rule, record) && match_places(scan, rule, record, strictly);
}

bool match_touched(const struct scan *scan, const struct rule *rule, const struct touched *touched)
{
    const struct policy_request *request = scan->request;
    if (!touched->known || (rule->access && !(rule->access & touched->access)))
        return false;
    if (touched->names_only && rule->kind == RULE_FILE)
        return false;
    if (rule->verdict == VERDICT_ALLOW && touched->below && !touched->glob)
        return patterns_match_path(list(rule->paths), touched->path, request->home, request->workspace);
    const char *path = touched->below && touched->glob ? touched->glob : touched->path;
    return patterns_match_path(list(rule->paths), path, request->home, request->workspace);
}

bool match_host(const struct rule *rule, const char *host)
{
    for (size_t i = 0; rule->hosts && rule->hosts[i]; i++) {
        const char *pattern = rule->hosts[i];
        if (pattern_matches_word(pattern, host))
            return true;
        if (strncmp(pattern, "*.", 2) == 0 && strcmp(pattern + 2, host) == 0)
            return true;
    }
    return false;
}

bool match_strikes(const struct scan *scan, const struct rule *rule, const struct record *record)
{
    if (rule->kind == RULE_COMMAND)
        return match_command(scan, rule, record, false);
    for (size_t i = 0; rule->kind == RULE_FILE && i < record->touched_count; i++)
        if (match_touched(scan, rule, &record->touched[i]))
            return true;
    for (size_t i = 0; rule->kind == RULE_HOST && i < record->host_count; i++)
        if (match_host(rule, record->hosts[i]))
            return true;
    return false;
}
