/* policy_check.c - `sandgate policy check`: what the policy says of a command, of many, or of its own rules. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/utf8.h"
#include "base/visible.h"
#include "conf/rule_save.h"
#include "face/policy_verbs.h"
#include "matter/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMAND_BYTES = 16 * 1024 * 1024 };

/* False: standard output takes no more. */
static bool print_json(struct json *json)
{
    char *text = json_print(json), *safe = event_escape(text);
    bool printed = puts(safe) >= 0 && fflush(stdout) == 0;

    free(safe);
    free(text);
    json_free(json);
    return printed;
}

/* The answer to what cannot be judged at all. */
static struct json *error_json(const char *reason)
{
    struct json *json = json_new_object(), *span = json_new_array();

    json_add(span, json_new_integer(0));
    json_add(span, json_new_integer(0));
    json_set_text(json, "verdict", "ask");
    json_set_text(json, "reason", reason);
    json_set_boolean(json, "error", true);
    json_set(json, "rule", json_new_null());
    json_set(json, "span", span);
    json_set_text(json, "part", "");
    return json;
}

static const char *what_is_wrong(const char *command, size_t length)
{
    if (memchr(command, '\0', length))
        return "The command holds a NUL character.";
    return utf8_valid(command, length) ? NULL : "The command is not UTF-8.";
}

/* --- many --- */

/* The next line without its newline; false: there is none.  One over the ceiling is read to its end and marked. */
static bool read_line(struct buffer *line, bool *whole)
{
    int byte;
    bool any = false;

    buffer_clear(line);
    *whole = true;
    while ((byte = getc_unlocked(stdin)) != EOF) {
        any = true;
        if (byte == '\n')
            return true;
        *whole = buffer_append_byte(line, (char)byte) && *whole;
    }
    return any;
}

/* The member KEY of LINE as a text; false and a reason when it is something else. */
static bool take_text(const struct json *line, const char *key, const char **text, struct error *error)
{
    const struct json *member = json_get(line, key);

    *text = json_text(member);
    return !member || *text || error_set(error, "The member %s must be a text.", key);
}

static bool read_request(const struct buffer *line, bool whole, struct json **json, const char **command,
                         const char **cwd, struct error *error)
{
    if (!whole)
        return error_set(error, "The line is too long.");
    *json = json_parse(line->data, line->length, error);
    if (!*json)
        return false;
    if (!take_text(*json, "command", command, error) || !take_text(*json, "cwd", cwd, error))
        return false;
    if (!*command)
        return error_set(error, "The line has no member command.");
    return !*cwd || **cwd == '/' || error_set(error, "The member cwd must be an absolute path.");
}

static struct json *judge_text(const struct judge *judge, const char *command, const char *cwd)
{
    struct policy_request request;
    struct policy_verdict verdict;
    char *folder = cwd ? path_normalize("/", cwd) : NULL;

    judge_request(judge, command, strlen(command), folder, &request);
    policy_judge(&request, &verdict);
    struct json *json = verdict_json(&verdict);
    policy_verdict_release(&verdict);
    free(folder);
    return json;
}

static bool answer_line(const struct judge *judge, const struct buffer *line, bool whole)
{
    struct error error = ERROR_INIT;
    struct json *json = NULL, *answer;
    const char *command = NULL, *cwd = NULL;

    if (read_request(line, whole, &json, &command, &cwd, &error))
        answer = judge_text(judge, command, cwd);
    else
        answer = error_json(error_message(&error));
    json_free(json);
    error_clear(&error);
    return print_json(answer);
}

static int answer_lines(const struct judge *judge)
{
    struct buffer line;
    bool whole, printed = true;

    buffer_init(&line, COMMAND_BYTES);
    while (printed && read_line(&line, &whole))
        printed = answer_line(judge, &line, whole);
    buffer_release(&line);
    return printed && !ferror(stdin) ? POLICY_FINE : POLICY_FAILED;
}

/* --- one --- */

static void print_field(const char *name, const char *text)
{
    struct buffer safe = BUFFER_INIT;

    if (!text || !*text)
        return;
    visible_line(&safe, text, strlen(text));
    printf("%-8s %s\n", name, safe.data);
    buffer_release(&safe);
}

static void print_verdict(const struct policy_verdict *verdict)
{
    printf("%-8s %s\n", "verdict", verdict_name(verdict->verdict));
    print_field("reason", verdict->reason);
    print_field("part", verdict->part);
    if (verdict->part && *verdict->part)
        printf("%-8s %zu to %zu\n", "bytes", verdict->from, verdict->to);
    print_field("rule", verdict->rule ? verdict->rule : "none");
    print_field("nearest", verdict->nearest);
}

/* The rules that would allow it, as they would stand in a rule file. */
static void print_proposal(const struct policy_request *request)
{
    struct rule_set rules = RULE_SET_INIT;
    struct buffer text = BUFFER_INIT, safe = BUFFER_INIT;
    bool fine = true;

    policy_propose(request, &rules);
    for (size_t i = 0; fine && i < rules.count; i++)
        fine = rule_print(rules.rules[i], 2, &text, NULL);
    visible_text(&safe, text.data, text.length);
    if (fine && rules.count)
        printf("a rule that would allow it:\n%s", safe.data);
    rule_set_release(&rules);
    buffer_release(&text);
    buffer_release(&safe);
}

static int answer_one(const struct judge *judge, const char *command, size_t length, bool as_json)
{
    struct policy_request request;
    struct policy_verdict verdict;
    const char *wrong = what_is_wrong(command, length);

    if (wrong) {
        if (as_json)
            print_json(error_json(wrong));
        else
            printf("%-8s ask\n%-8s %s\n", "verdict", "reason", wrong);
        return fflush(stdout) == 0 ? POLICY_ASKS : POLICY_FAILED;
    }
    judge_request(judge, command, length, NULL, &request);
    policy_judge(&request, &verdict);
    if (as_json)
        print_json(verdict_json(&verdict));
    else
        print_verdict(&verdict);
    if (!as_json && verdict.verdict == VERDICT_ASK)
        print_proposal(&request);
    int code = verdict_exit(verdict.verdict);
    policy_verdict_release(&verdict);
    return fflush(stdout) == 0 ? code : POLICY_FAILED;
}

static int answer_input(const struct judge *judge, bool as_json)
{
    struct buffer command;
    char piece[4096];
    size_t length;
    int code = POLICY_FAILED;

    buffer_init(&command, COMMAND_BYTES);
    while ((length = fread(piece, 1, sizeof piece, stdin)) > 0)
        buffer_append(&command, piece, length);
    if (command.full)
        fputs("sandgate policy: the command is too long\n", stderr);
    else
        code = answer_one(judge, command.data, command.length, as_json);
    buffer_release(&command);
    return code;
}

/* --- none --- */

static int report(const struct judge *judge)
{
    size_t count = 0;

    for (size_t i = 0; i < judge->rule_set_count; i++)
        count += judge->rules[i]->count;
    if (count == 0)
        printf("The rules have no errors: there are none. Profile: %s.\n", policy_mode_name(judge->mode));
    else
        printf("The rules have no errors: %zu. Profile: %s.\n", count, policy_mode_name(judge->mode));
    return fflush(stdout) == 0 ? POLICY_FINE : POLICY_FAILED;
}

int policy_check(const struct policy_options *options, char **words, int count)
{
    struct judge judge;
    struct error error = ERROR_INIT;
    int code;

    if (options->batch && (count || options->json)) {
        error_set(&error, "sandgate policy: --batch takes its commands from standard input, as JSON");
        return policy_fail(&error, POLICY_USAGE);
    }
    if (!judge_open(&judge, options, &error))
        code = policy_fail(&error, POLICY_USAGE);
    else if (options->batch)
        code = answer_lines(&judge);
    else if (count == 0)
        code = report(&judge);
    else if (strcmp(words[0], "-") == 0)
        code = answer_input(&judge, options->json);
    else
        code = answer_one(&judge, words[0], strlen(words[0]), options->json);
    judge_release(&judge);
    return code;
}
