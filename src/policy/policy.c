/* policy.c - the verdict on one call.
 *
 * Order: the floor (nothing passes it), what the person allowed for this session, what only reads, and in the
 * end the mode: careful asks, auto runs.  The first rules are few; they are rows of the tables below. */
#include "policy/policy.h"

#include "base/memory.h"
#include "policy/floor.h"
#include "policy/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tools that only read, by their own nature. */
static const char *const reading_tools[] = { "list_directory", "read_file" };

/* Programs that only read and print, whatever plain arguments they are given. */
static const char *const reading_programs[] = { "basename", "cat",   "dirname", "du",    "echo", "false",
                                                "head",     "ls",    "nl",      "pwd",   "stat", "tail",
                                                "true",     "uname", "wc",      "whoami" };

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

static bool is_in(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

/* Sets the deciding part: bytes [from, to) of the script, or nothing of it. */
static void decide(struct policy_verdict *verdict, enum verdict kind, const char *rule, const char *reason,
                   enum policy_risk risk)
{
    verdict->verdict = kind;
    free(verdict->rule);
    free(verdict->reason);
    verdict->rule = xstrdup_or_null(rule);
    verdict->reason = xstrdup(reason);
    verdict->risk = risk;
}

static void set_part(struct policy_verdict *verdict, const struct policy_request *request, size_t from,
                     size_t to)
{
    free(verdict->part);
    verdict->part = request->script ? xstrndup(request->script + from, to - from) : xstrdup("");
    verdict->from = from;
    verdict->to = to;
}

static void add_text(char ***list, size_t *count, const char *text)
{
    *list = xrealloc(*list, (*count + 2) * sizeof **list);
    (*list)[(*count)++] = xstrdup(text);
    (*list)[*count] = NULL;
}

static void note_effects(struct policy_verdict *verdict, const struct policy_request *request,
                         const struct script_words *words)
{
    size_t programs = 0, written = 0;

    for (size_t i = 0; words && i < words->count; i++)
        if (words->commands[i].count > 0)
            add_text(&verdict->programs, &programs, words->commands[i].words[0].text);
    for (size_t i = 0; i < request->path_count; i++)
        if (request->paths[i].access & (ACCESS_WRITE | ACCESS_DELETE))
            add_text(&verdict->written, &written, request->paths[i].path);
}

/* The first command that is not a reading program; NULL: all of them only read. */
static const struct simple_command *first_unknown(const struct script_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (!is_in(words->commands[i].words[0].text, reading_programs, ARRAY_SIZE(reading_programs)))
            return &words->commands[i];
    return NULL;
}

static void judge_bash(const struct policy_request *request, struct policy_verdict *verdict)
{
    struct script_words words;
    struct floor_finding finding;

    script_words_read(&words, request->script, request->script_length);
    note_effects(verdict, request, &words);
    const struct simple_command *unknown = words.plain ? first_unknown(&words) : NULL;
    if (floor_search(&words, request->home, &finding)) {
        char *rule = xasprintf("floor:%s", finding.name);
        decide(verdict, VERDICT_DENY, rule, finding.reason, RISK_HIGH);
        set_part(verdict, request, finding.from, finding.to);
        free(rule);
    } else if (!words.plain) {
        decide(verdict, VERDICT_ASK, NULL,
               "It holds more than plain words, so what it does is not known beforehand.", RISK_MEDIUM);
        set_part(verdict, request, words.odd_from, words.odd_to);
    } else if (unknown) {
        char *reason = xasprintf("No rule allows %s.", unknown->words[0].text);
        decide(verdict, VERDICT_ASK, NULL, reason, RISK_MEDIUM);
        set_part(verdict, request, unknown->words[0].from, unknown->words[unknown->count - 1].to);
        free(reason);
    } else if (words.count > 0) {
        decide(verdict, VERDICT_ALLOW, "builtin:plain-reading", "Every program of it only reads and prints.",
               RISK_NONE);
    } else {
        decide(verdict, VERDICT_ASK, NULL, "There is no command in it.", RISK_LOW);
    }
    script_words_release(&words);
}

static void judge_paths(const struct policy_request *request, struct policy_verdict *verdict)
{
    note_effects(verdict, request, NULL);
    if (is_in(request->tool, reading_tools, ARRAY_SIZE(reading_tools)))
        decide(verdict, VERDICT_ALLOW, "builtin:plain-reading", "It only reads.", RISK_NONE);
    else
        decide(verdict, VERDICT_ASK, NULL, "It changes a file.", RISK_LOW);
}

static void judge_nature(const struct policy_request *request, struct policy_verdict *verdict)
{
    if (!request->interpreter)
        judge_paths(request, verdict);
    else if (strcmp(request->interpreter, "bash") == 0)
        judge_bash(request, verdict);
    else
        decide(verdict, VERDICT_ASK, NULL, "It is a program: what it does is not known from its text.",
               RISK_MEDIUM);
}

static bool allowed_in_session(const struct policy_request *request)
{
    for (size_t i = 0; request->digest && request->session_allows && request->session_allows[i]; i++)
        if (strcmp(request->session_allows[i], request->digest) == 0)
            return true;
    return false;
}

void policy_judge(const struct policy_request *request, struct policy_verdict *verdict)
{
    memset(verdict, 0, sizeof *verdict);
    judge_nature(request, verdict);
    if (!verdict->part)
        set_part(verdict, request, 0, 0);
    if (request->origin == ORIGIN_PERSON) {
        /* A person's own command is recorded and not asked; the floor asks once more. */
        verdict->verdict = verdict->verdict == VERDICT_DENY ? VERDICT_ASK : VERDICT_ALLOW;
        return;
    }
    if (verdict->verdict != VERDICT_ASK)
        return;
    if (allowed_in_session(request))
        decide(verdict, VERDICT_ALLOW, "session", "You allowed exactly this for the session.", verdict->risk);
    else if (request->mode == POLICY_AUTO)
        decide(verdict, VERDICT_ALLOW, "mode:auto", "Mode auto runs all that is not denied.", verdict->risk);
}

static void free_list(char **list)
{
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}

void policy_verdict_release(struct policy_verdict *verdict)
{
    free(verdict->reason);
    free(verdict->rule);
    free(verdict->part);
    free(verdict->nearest);
    free_list(verdict->programs);
    free_list(verdict->read);
    free_list(verdict->written);
    free_list(verdict->hosts);
    memset(verdict, 0, sizeof *verdict);
}
