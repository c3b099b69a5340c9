/* scan_private.h - what scan.c and record.c tell each other. */
#ifndef SANDGATE_POLICY_SCAN_PRIVATE_H
#define SANDGATE_POLICY_SCAN_PRIVATE_H

#include "policy/scan.h"
#include "policy/value.h"

/* --- scan.c --- */
void scan_walk(struct scan *scan, const struct reader_node *node, struct place *place);
/* A text that OUTER runs as a script; SURE: it is exactly that. */
void scan_text(struct scan *scan, const struct record *outer, const char *script, bool sure);
/* PLACE may be where OTHER is, too. */
void place_merge(struct place *place, const struct place *other);

/* The text of the backquotes NODE that was read by itself. */
void scan_within(struct scan *scan, const struct reader_node *node, struct place *place);

/* --- choices.c --- */
struct choices {
    size_t count; /* ways to fill in the variables of a command */
    bool all;     /* every way that there is; else each value at least once */
    size_t above; /* that were looked at because they lead above the home folder */
    size_t outer;
};
/* A command begins; the variables that it uses from here on are its own. */
void choices_begin(struct scan *scan, struct choices *choices);
void choices_count(struct scan *scan, struct choices *choices);
/* Fills in the NUMBERth way; false: it need not be looked at. */
bool choices_take(struct scan *scan, struct choices *choices, size_t number);
void choices_end(struct scan *scan, const struct choices *choices);

/* --- record.c --- */
void scan_simple(struct scan *scan, const struct reader_node *simple, struct place *place);
/* The redirections of a compound command, as a command of no words. */
void scan_redirections(struct scan *scan, const struct reader_node *node, struct place *place);
/* What the redirections of NODE send into what stands in it. */
void scan_input(struct scan *scan, const struct reader_node *node, struct place *place);
/* Walks the substitutions in the words of NODE, in subshells of their own. */
void scan_substitutions(struct scan *scan, const struct reader_node *node, const struct place *place);
bool scan_condition_is_plain(struct scan *scan, const struct reader_node *node);
void scan_find_bomb(struct scan *scan, const struct reader_node *function, const char *name);

#endif
