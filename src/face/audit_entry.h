/* audit_entry.h - a call, a change of the mode, or rules that were given, as an auditor wants to see it: the fold of its events. */
#ifndef SANDGATE_FACE_AUDIT_ENTRY_H
#define SANDGATE_FACE_AUDIT_ENTRY_H

#include "matter/event.h"

#include <stdbool.h>
#include <stdint.h>

struct json;

/* The texts of an entry; those of an event's field are filled by a table. */
enum audit_text {
    AUDIT_TOOL,
    AUDIT_SUMMARY,
    AUDIT_ARGUMENTS,
    AUDIT_REFUSED,
    AUDIT_VERDICT,
    AUDIT_REASON,
    AUDIT_RULE,
    AUDIT_PROFILE,
    AUDIT_DIGEST,
    AUDIT_DECISION,
    AUDIT_WORDS,
    AUDIT_DIFFERENCE,
    AUDIT_END,
    AUDIT_PATH,
    AUDIT_CHANGE,
    AUDIT_BEFORE,
    AUDIT_AFTER,
    AUDIT_MODE,
    AUDIT_RULES,
    AUDIT_TEXTS
};

struct audit_entry {
    char session[SESSION_ID_TEXT];
    int64_t seq, call; /* of the call's proposal; call 0: the mode changed, or the person gave rules */
    int64_t proposed, decided, started, ended; /* clock_wall; 0: not yet */
    char *proposer, *decider;                  /* actors */
    char *texts[AUDIT_TEXTS];                  /* NULL: not told */
    bool dropped, resulted, ok, has_code;
    int64_t code;
};

/* Brings the entry up to date with EVENT, which is about it. */
void audit_entry_apply(struct audit_entry *entry, const struct event *event);
void audit_entry_release(struct audit_entry *entry);

/* "ran", "edited", "denied", "rejected", "unusable", "dropped", "waits", "mode", "rule". */
const char *audit_entry_what(const struct audit_entry *entry);
/* When it was decided what becomes of it, else when it was proposed. */
int64_t audit_entry_time(const struct audit_entry *entry);
/* Who decided: "policy", "person", "approver:NAME". */
const char *audit_entry_by(const struct audit_entry *entry);

/* One line for people, without a newline: safe to show. Caller frees. */
char *audit_entry_line(const struct audit_entry *entry);
/* One JSON object, safe to show. Caller frees. */
char *audit_entry_json(const struct audit_entry *entry);

#endif
