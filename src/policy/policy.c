/* policy.c - the verdict on one call.
 *
 * A script is taken apart (scan.c), and each command in it is judged by the floor and by every rule: the strictest
 * part decides.  What is not a command of its own (text that is not read exactly, characters that nobody sees)
 * is judged for the whole. */
#include "policy/policy.h"

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/texts.h"
#include "policy/floor.h"
#include "policy/knowledge.h"
#include "policy/proof.h"

#include <stdlib.h>
#include <string.h>

static const char *const mode_names[POLICY_MODES] = { "careful", "auto", "sandboxed", "locked", "rules" };

const char *policy_mode_name(enum policy_mode mode)
{
    return mode_names[mode];
}

bool policy_mode_from_name(const char *name, enum policy_mode *mode)
{
    for (size_t i = 0; i < ARRAY_SIZE(mode_names); i++)
        if (strcmp(mode_names[i], name) == 0) {
            *mode = (enum policy_mode)i;
            return true;
        }
    return false;
}

/* --- the opinion on one part; texts live as long as the scan --- */

struct opinion {
    enum verdict verdict;
    const char *reason;
    const struct rule *rule;
    const char *floor; /* name, when the floor decides */
    size_t from, to;
    enum policy_risk risk;
    const struct rule *nearest; /* would have allowed it but for `lack` */
    const char *lack;
};

struct judging {
    struct scan *scan;
    const struct policy_request *request;
    enum policy_mode mode; /* in force */
    struct opinion whole;
    bool judged; /* whole holds something */
};

/* The strictest counts; of equals the riskiest, then the first. */
static void consider(struct judging *judging, const struct opinion *opinion)
{
    struct opinion *whole = &judging->whole;
    bool stricter = opinion->verdict > whole->verdict;
    bool riskier = opinion->verdict == whole->verdict && opinion->verdict != VERDICT_ALLOW &&
                   opinion->risk > whole->risk;
    if (!judging->judged || stricter || riskier)
        *whole = *opinion;
    judging->judged = true;
}

static void consider_ask(struct judging *judging, const char *reason, size_t from, size_t to)
{
    struct opinion opinion = {
        .verdict = VERDICT_ASK, .reason = reason, .from = from, .to = to, .risk = RISK_MEDIUM
    };
    consider(judging, &opinion);
}

/* --- rules in turn --- */

struct rule_walk {
    size_t set, index, profile_count;
    const struct rule *profile;
};

static struct rule_walk walk_rules(const struct judging *judging)
{
    struct rule_walk walk = { 0 };
    walk.profile = profile_rules(judging->mode, &walk.profile_count);
    return walk;
}

static const struct rule *next_rule(const struct judging *judging, struct rule_walk *walk)
{
    while (walk->set < judging->request->rule_set_count) {
        const struct rule_set *set = judging->request->rules[walk->set];
        if (walk->index == set->count) {
            walk->set++;
            walk->index = 0;
            continue;
        }
        const struct rule *rule = set->rules[walk->index++];
        if (!set->tightens_only || rule->verdict != VERDICT_ALLOW)
            return rule;
    }
    return walk->index < walk->profile_count ? &walk->profile[walk->index++] : NULL;
}

/* --- commands --- */

static const char *rule_reason(struct scan *scan, const struct rule *rule, const char *otherwise)
{
    return rule->reason ? pool_text(&scan->pool, rule->reason, strlen(rule->reason)) : otherwise;
}

/* Allowed by RULE? Else OPINION remembers it as the nearest. */
static bool allows(struct judging *judging, const struct rule *rule, const struct record *record,
                   const char *unsure, struct opinion *opinion)
{
    struct scan *scan = judging->scan;
    if (record->count ? !match_command(scan, rule, record, true) : rule->kind != RULE_COMMAND)
        return false;
    unsigned missing = proof_missing(scan, rule, record);
    if (!missing && !unsure)
        return true;
    const char *lack =
        missing ? pool_format(&scan->pool, "it %s", proof_effect_words(scan, record, missing)) : unsure;
    if (!opinion->nearest && rule->programs && rule->programs[0][0] != '*') {
        opinion->nearest = rule;
        opinion->lack = lack;
    }
    return false;
}

static const char *shown_name(struct scan *scan, const struct record *record)
{
    if (!record->count)
        return "It";
    return *record->spoken ? record->spoken : pool_text(&scan->pool, "The command", 11);
}

static const char *ask_reason(struct scan *scan, const struct record *record, const char *unsure)
{
    unsigned effects = record->effects & ~(unsigned)EFFECT_READ;
    const char *name = shown_name(scan, record);
    if (!record->count && !record->redirect_count)
        return pool_format(&scan->pool, "It %s.", proof_effect_words(scan, record, effects));
    if (effects == EFFECT_UNKNOWN && !record->known_program && record->count)
        return *record->spoken
                   ? pool_format(&scan->pool, "No rule allows %s, and it is no program that is known.", name)
                   : "No rule allows it: which program it is, is not known beforehand.";
    if (effects)
        return pool_format(&scan->pool, "%s %s.", name, proof_effect_words(scan, record, effects));
    if (unsure)
        return pool_format(&scan->pool, "No rule can allow it: %s.", unsure);
    return pool_format(&scan->pool, "No rule allows %s.", name);
}

/* Assignments and redirections alone need no rule that names a program, but all else that a command needs. */
static bool needs_no_rule(const struct record *record)
{
    return !record->count && !(record->effects & ~(unsigned)EFFECT_READ);
}

static void consider_finding(struct judging *judging, const struct finding *finding)
{
    struct opinion opinion = { .verdict = VERDICT_DENY,
                               .reason = finding->reason,
                               .floor = finding->name,
                               .from = finding->from,
                               .to = finding->to,
                               .risk = RISK_HIGH };
    consider(judging, &opinion);
}

/* The strictest rule that denies or asks, the first that allows; OPINION remembers the nearest that might have. */
struct found {
    const struct rule *asks, *allows;
};

static struct found find_rules(struct judging *judging, const struct record *record, const char *unsure,
                               struct opinion *opinion)
{
    struct found found = { 0 };
    struct rule_walk walk = walk_rules(judging);
    const struct rule *rule;
    while ((rule = next_rule(judging, &walk))) {
        if (rule->verdict == VERDICT_ALLOW) {
            if (!found.allows && rule->kind == RULE_COMMAND && allows(judging, rule, record, unsure, opinion))
                found.allows = rule;
        } else if (match_strikes(judging->scan, rule, record)) {
            if (!found.asks || rule->verdict > found.asks->verdict)
                found.asks = rule;
        }
    }
    return found;
}

/* A rule that asks or denies is not passed by any that allows: none is the nearest. */
static void settle_asked(struct scan *scan, const struct record *record, const struct rule *asks,
                         struct opinion *opinion)
{
    bool denies = asks->verdict == VERDICT_DENY;
    opinion->verdict = asks->verdict;
    opinion->rule = asks;
    opinion->risk = denies ? RISK_HIGH : opinion->risk;
    opinion->from = record->context;
    opinion->reason = rule_reason(scan, asks, denies ? "A rule denies it." : "A rule asks for it.");
    opinion->nearest = NULL;
}

static void settle_allowed(struct scan *scan, const struct rule *allowed, struct opinion *opinion)
{
    opinion->verdict = VERDICT_ALLOW;
    opinion->rule = allowed;
    opinion->risk = RISK_NONE;
    opinion->reason = allowed ? rule_reason(scan, allowed, "A rule allows it, and its words are harmless.")
                              : "It only sets variables.";
}

static void judge_record(struct judging *judging, struct record *record)
{
    struct scan *scan = judging->scan;
    struct opinion opinion = {
        .verdict = VERDICT_ASK, .from = record->from, .to = record->to, .risk = proof_risk(record)
    };
    struct finding finding;
    if (floor_record(scan, record, &finding)) {
        consider_finding(judging, &finding);
        return;
    }
    const char *unsure = record->within_code ? NULL : proof_unsure(scan, record);
    struct found found = find_rules(judging, record, unsure, &opinion);
    if (found.asks)
        settle_asked(scan, record, found.asks, &opinion);
    else if (record->within_code)
        return; /* it is allowed or not with the code that it was found in */
    else if (found.allows || (needs_no_rule(record) && !unsure))
        settle_allowed(scan, found.allows, &opinion);
    else
        opinion.reason = ask_reason(scan, record, unsure);
    consider(judging, &opinion);
}

/* --- the whole script --- */

static void judge_bytes(struct judging *judging)
{
    const struct policy_request *request = judging->request;
    size_t from, to;
    if (!proof_text_is_plain(request->script, request->script_length, true, &from, &to))
        consider_ask(judging, "It holds a character that cannot be seen.", from, to);
}

static void judge_reading(struct judging *judging)
{
    struct scan *scan = judging->scan;
    const char *reason;
    size_t from, to;
    struct reader *reader = reader_new(judging->request->script, judging->request->script_length);
    if (!reader_exact(reader, &reason, &from, &to))
        consider_ask(judging, pool_format(&scan->pool, "It cannot be read exactly: %s.", reason), from, to);
    reader_free(reader);
    if (scan->empty)
        consider_ask(judging, "There is no command in it.", 0, 0);
    for (size_t i = 0; i < scan->trouble_count && judging->mode != POLICY_SANDBOXED; i++)
        consider_ask(judging, pool_format(&scan->pool, "%s.", scan->troubles[i].reason),
                     scan->troubles[i].from, scan->troubles[i].to);
}

static void judge_bash(struct judging *judging)
{
    struct scan *scan = judging->scan;
    struct finding finding;
    judge_reading(judging);
    judge_bytes(judging);
    if (floor_bomb(scan, &finding))
        consider_finding(judging, &finding);
    for (size_t i = 0; i < scan->count; i++)
        judge_record(judging, scan->records[i]);
    if (scan->over_budget)
        consider_ask(judging, "It is too much to be read.", 0, judging->request->script_length);
}

/* --- tools --- */

static bool argument_matches(const struct policy_request *request, const struct rule_argument *argument)
{
    const struct json *value = request->arguments ? json_get(request->arguments, argument->name) : NULL;
    if (!value)
        return false;
    const char *text = json_get_text(request->arguments, argument->name);
    char *printed = text ? NULL : json_print(value);
    bool path = strchr("/~.!", argument->pattern[0]) && argument->pattern[0];
    bool matches;
    if (path && text) {
        char *normal = path_normalize(request->cwd ? request->cwd : "/", text);
        matches = pattern_matches_path(argument->pattern, normal, request->home, request->workspace);
        free(normal);
    } else {
        matches = pattern_matches_word(argument->pattern, text ? text : printed);
    }
    free(printed);
    return matches;
}

static bool matches_tool(const struct policy_request *request, const struct rule *rule)
{
    bool named = false;
    for (size_t i = 0; rule->kind == RULE_TOOL && request->tool && rule->tools && rule->tools[i]; i++)
        named |= pattern_matches_word(rule->tools[i], request->tool);
    for (size_t i = 0; named && i < rule->tool_argument_count; i++)
        named = argument_matches(request, &rule->tool_arguments[i]);
    return named;
}

/* The call itself, apart from what it runs: its tool, files and hosts, gathered in RECORD. */
static bool rule_speaks(struct judging *judging, const struct rule *rule, const struct record *record)
{
    return matches_tool(judging->request, rule) ||
           (rule->kind != RULE_COMMAND && match_strikes(judging->scan, rule, record));
}

static bool tool_allowed(struct judging *judging, const struct rule *rule, const struct record *record)
{
    unsigned strange = EFFECT_NETWORK | EFFECT_SECRET | EFFECT_INSTALL | EFFECT_SYSTEM;
    if (rule->kind == RULE_FILE) {
        size_t matched = 0;
        for (size_t i = 0; i < record->touched_count; i++)
            matched += match_touched(judging->scan, rule, &record->touched[i]) &&
                       (!rule->access || (record->touched[i].access & ~rule->access) == 0);
        return !judging->request->interpreter && matched && matched == record->touched_count;
    }
    if (rule->kind != RULE_TOOL || !matches_tool(judging->request, rule))
        return false;
    if (rule->scope != SCOPE_PROFILE)
        return true;
    for (size_t i = 0; i < record->touched_count; i++)
        if ((record->touched[i].access & (ACCESS_WRITE | ACCESS_DELETE)) &&
            !(judging->request->workspace &&
              path_is_below(record->touched[i].path, judging->request->workspace)))
            return false;
    return !(record->effects & strange);
}

static void fill_tool_record(struct judging *judging, struct record *record)
{
    const struct policy_request *request = judging->request;
    for (size_t i = 0; i < request->path_count; i++) {
        struct value value = { .text = request->paths[i].path, .known = true, .sure = true };
        scan_touch(judging->scan, record, &value, request->paths[i].access, 0);
    }
    for (size_t i = 0; request->hosts && request->hosts[i]; i++)
        deed_add_host(judging->scan, record, request->hosts[i]);
    if (request->interpreter && request->script) {
        record->to = request->script_length;
        code_search(judging->scan, record, request->script);
    }
}

static const char *tool_reason(const struct policy_request *request, const struct record *record)
{
    unsigned access = 0;
    for (size_t i = 0; i < record->touched_count; i++)
        access |= record->touched[i].access;
    if (request->interpreter)
        return "It is a program: what it does is not known from its text.";
    if (access & ACCESS_DELETE)
        return "It deletes a file.";
    return access & ACCESS_WRITE ? "It changes a file." : "No rule allows this tool.";
}

static void judge_tool(struct judging *judging)
{
    struct scan *scan = judging->scan;
    struct record *record = pool_take(&scan->pool, sizeof *record);
    struct opinion opinion = { .verdict = VERDICT_ASK };
    const struct rule *rule, *asks = NULL, *allowed = NULL;
    struct finding finding;
    record->program = record->spoken = judging->request->tool ? judging->request->tool : "";
    record->cwds[0] = judging->request->cwd ? judging->request->cwd : "/";
    record->cwd_count = 1;
    fill_tool_record(judging, record);
    if (floor_record(scan, record, &finding)) {
        finding.from = finding.to = 0;
        consider_finding(judging, &finding);
        return;
    }
    struct rule_walk walk = walk_rules(judging);
    while ((rule = next_rule(judging, &walk))) {
        if (rule->verdict == VERDICT_ALLOW)
            allowed = !allowed && tool_allowed(judging, rule, record) ? rule : allowed;
        else if (rule_speaks(judging, rule, record) && (!asks || rule->verdict > asks->verdict))
            asks = rule;
    }
    const struct rule *decides = asks ? asks : allowed;
    opinion.verdict = decides ? decides->verdict : VERDICT_ASK;
    opinion.rule = decides;
    opinion.reason =
        decides ? rule_reason(scan, decides, "A rule says so.") : tool_reason(judging->request, record);
    opinion.risk = opinion.verdict == VERDICT_ALLOW ? RISK_NONE
                   : judging->request->interpreter  ? RISK_MEDIUM
                                                    : RISK_LOW;
    consider(judging, &opinion);
    scan->records =
        pool_reserve(&scan->pool, scan->records, &scan->capacity, scan->count + 1, sizeof(struct record *));
    scan->records[scan->count++] = record;
    for (size_t i = 0; i + 1 < scan->count; i++)
        judge_record(judging, scan->records[i]);
}

/* --- the verdict --- */

enum { SHOWN_MAX = 100 }; /* of each kind of effect: for people's eyes */

static bool text_is_listed(char *const *list, const char *text)
{
    for (size_t i = 0; list && list[i]; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

static void add_text(char ***list, const char *text)
{
    size_t count = 0;
    if (text_is_listed(*list, text))
        return;
    while (*list && (*list)[count])
        count++;
    if (count < SHOWN_MAX)
        rule_texts_add(list, text);
}

static void note_effects(struct policy_verdict *verdict, const struct scan *scan)
{
    for (size_t i = 0; i < scan->count; i++) {
        const struct record *record = scan->records[i];
        verdict->effects |= record->effects;
        if (record->count && *record->program)
            add_text(&verdict->programs, record->program);
        for (size_t j = 0; j < record->touched_count; j++) {
            const struct touched *touched = &record->touched[j];
            bool changes = touched->access & (ACCESS_WRITE | ACCESS_DELETE);
            if (touched->known && (changes || !touched->names_only))
                add_text(changes ? &verdict->written : &verdict->read, touched->path);
        }
        for (size_t j = 0; j < record->host_count; j++)
            add_text(&verdict->hosts, record->hosts[j]);
        for (size_t j = 0; j < record->cwd_count && proof_needs_git(record); j++)
            add_text(&verdict->git_folders, record->cwds[j]);
    }
}

static char *nearest_words(const struct opinion *opinion)
{
    if (!opinion->nearest)
        return NULL;
    char *where = rule_where(opinion->nearest);
    char *text = xasprintf("%s, but %s", where, opinion->lack);
    free(where);
    return text;
}

static void conclude(struct judging *judging, struct policy_verdict *verdict)
{
    const struct opinion *whole = &judging->whole;
    const struct policy_request *request = judging->request;
    verdict->verdict = judging->judged ? whole->verdict : VERDICT_ASK;
    verdict->reason = xstrdup(whole->reason ? whole->reason : "There is no command in it.");
    if (whole->floor)
        verdict->rule = xasprintf("floor:%s", whole->floor);
    else if (whole->rule)
        verdict->rule = rule_where(whole->rule);
    verdict->nearest = nearest_words(whole);
    verdict->risk = whole->risk;
    verdict->from = whole->from;
    verdict->to = whole->to;
    verdict->over_budget = judging->scan->over_budget;
    verdict->part = request->script && whole->to <= request->script_length
                        ? xstrndup(request->script + whole->from, whole->to - whole->from)
                        : xstrdup("");
    note_effects(verdict, judging->scan);
}

static void replace(struct policy_verdict *verdict, enum verdict kind, const char *rule, const char *reason)
{
    verdict->verdict = kind;
    free(verdict->rule);
    free(verdict->reason);
    verdict->rule = xstrdup_or_null(rule);
    verdict->reason = xstrdup(reason);
}

static bool allowed_in_session(const struct policy_request *request)
{
    for (size_t i = 0; request->digest && request->session_allows && request->session_allows[i]; i++)
        if (strcmp(request->session_allows[i], request->digest) == 0)
            return true;
    return false;
}

/* Who asks, and what the person has said before. */
static void apply_standing(const struct policy_request *request, struct policy_verdict *verdict)
{
    if (request->origin == ORIGIN_PERSON) {
        /* A person's own command is recorded and not asked; the floor asks once more. */
        verdict->verdict = verdict->verdict == VERDICT_DENY ? VERDICT_ASK : VERDICT_ALLOW;
        return;
    }
    if (verdict->verdict != VERDICT_ASK)
        return;
    if (allowed_in_session(request))
        replace(verdict, VERDICT_ALLOW, "session", "You allowed exactly this for the session.");
    else if (request->mode == POLICY_AUTO && !verdict->over_budget)
        replace(verdict, VERDICT_ALLOW, "mode:auto", "Mode auto runs all that is not denied.");
}

static enum policy_mode mode_in_force(const struct policy_request *request)
{
    if (request->mode == POLICY_SANDBOXED && !policy_sandboxed_in_force(request, NULL))
        return POLICY_CAREFUL;
    return request->mode == POLICY_AUTO ? POLICY_CAREFUL : request->mode;
}

void policy_judge(const struct policy_request *request, struct policy_verdict *verdict)
{
    struct scan scan;
    struct judging judging = { .scan = &scan, .request = request, .mode = mode_in_force(request) };
    memset(verdict, 0, sizeof *verdict);
    scan_init(&scan, request);
    scan.lenient = judging.mode == POLICY_SANDBOXED;
    if (request->interpreter && strcmp(request->interpreter, "bash") == 0) {
        scan_script(&scan);
        judge_bash(&judging);
    } else {
        judge_tool(&judging);
    }
    conclude(&judging, verdict);
    scan_release(&scan);
    apply_standing(request, verdict);
}

void policy_verdict_release(struct policy_verdict *verdict)
{
    free(verdict->reason);
    free(verdict->rule);
    free(verdict->part);
    free(verdict->nearest);
    texts_free(verdict->programs);
    texts_free(verdict->read);
    texts_free(verdict->written);
    texts_free(verdict->hosts);
    texts_free(verdict->git_folders);
    memset(verdict, 0, sizeof *verdict);
}

/* --- proposals --- */

/* Program, subcommand, options as they are, hosts and effects; all words of what is code. */
static void propose(struct judging *judging, struct record *record, struct rule_set *set)
{
    struct scan *scan = judging->scan;
    struct rule *rule = rule_set_add(set, VERDICT_ALLOW, RULE_COMMAND, SCOPE_SESSION, NULL, 0);
    size_t words = 0;
    rule_texts_add(&rule->programs, record->of_workspace ? record->words[0].text : record->program);
    for (const char *at = strchr(record->spoken, ' '); at && !record->of_workspace; at = strchr(at + 1, ' '))
        words++;
    bool exactly = !record->known_program || (record->effects & EFFECT_CODE);
    for (size_t i = 0; i < record->operand_count && (exactly || i < words); i++)
        rule_texts_add(&rule->words, record->operands[i]);
    if (exactly)
        rule_texts_add(&rule->arguments, NULL);
    rule_texts_add(&rule->only, NULL);
    for (size_t i = 0; i < record->option_count; i++)
        rule_texts_add(&rule->only, record->options[i]);
    for (size_t i = 0; i < record->host_count; i++)
        if (!text_is_listed(rule->hosts, record->hosts[i]))
            rule_texts_add(&rule->hosts, record->hosts[i]);
    rule->permits = record->effects & ~(unsigned)(EFFECT_READ | EFFECT_CODE | EFFECT_UNKNOWN);
    if (proof_unsure(scan, record) || !match_command(scan, rule, record, true) ||
        proof_missing(scan, rule, record))
        rule_set_drop(set);
}

void policy_propose(const struct policy_request *request, struct rule_set *set)
{
    struct scan scan;
    scan_init(&scan, request);
    if (request->interpreter && strcmp(request->interpreter, "bash") == 0)
        scan_script(&scan);
    for (size_t i = 0; i < scan.count; i++) {
        struct judging part = { .scan = &scan, .request = request, .mode = mode_in_force(request) };
        judge_record(&part, scan.records[i]);
        if (part.judged && part.whole.verdict == VERDICT_ASK && scan.records[i]->count && !part.whole.rule)
            propose(&part, scan.records[i], set);
    }
    scan_release(&scan);
}
