/* replay_script.h - a recorded model's script: steps with branches, and which step comes next.
 *
 * A file of JSON lines.  The first line is the head:
 *
 *     {"replay": 1, "name": "recorded", "context_length": 32768, "words_per_second": 40, "aside": "..."}
 *
 * Each other line is a step, what the model says once:
 *
 *     {"step": "look", "reasoning": "...", "text": "...",
 *      "calls": [{"tool": "list_directory", "arguments": {"path": "/repo"}}],
 *      "next": [{"when": "rejected", "goto": "sorry"}, {"contains": "2 passed", "goto": "good"}],
 *      "goto": "other"}
 *
 * After a step the rules of `next` are tried in order against the results of its calls; the first that fits
 * names the step to come, else `goto` does, else it is the line below, and after the last line the last line
 * again.  `when` names an outcome (table in replay_script.c) that one of the calls must have had, for "ok" all
 * of them; `contains` a text that one result must hold.  `aside` is said first when the person wrote something
 * while a step's calls were still going: a recording cannot take it up.
 *
 * The script keeps no place of its own: the place follows from the conversation, so that a resumed session
 * goes on where it was. */
#ifndef SANDGATE_MODEL_REPLAY_SCRIPT_H
#define SANDGATE_MODEL_REPLAY_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct messages;
struct replay_script;

struct replay_call {
    char *tool;
    char *arguments; /* JSON text of an object */
};

struct replay_step {
    char *label;     /* "" when the line names none */
    char *reasoning; /* never NULL, nor is text */
    char *text;
    struct replay_call *calls;
    size_t call_count;
    struct replay_rule *rules;
    size_t rule_count;
    char *target; /* of goto, NULL: none */
    size_t next;  /* index of the step that follows when no rule fits */
    int line;     /* of the file */
};

/* NULL and a sentence with file and line when it is no good script. */
struct replay_script *replay_script_load(const char *path, struct error *error);
void replay_script_free(struct replay_script *script);
const char *replay_script_name(const struct replay_script *script);
int64_t replay_script_context_length(const struct replay_script *script); /* 0: the head names none */
double replay_script_speed(const struct replay_script *script);           /* words a second; 0: at once */

/* What the model says next in this conversation.  *ASIDE: the words to say first, NULL for none. Borrowed. */
const struct replay_step *replay_script_next(const struct replay_script *script,
                                             const struct messages *messages, const char **aside);

#endif
