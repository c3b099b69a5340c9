/* scan_private.h - what scan.c and record.c tell each other. */
#ifndef SANDGATE_POLICY_SCAN_PRIVATE_H
#define SANDGATE_POLICY_SCAN_PRIVATE_H

#include "policy/scan.h"
#include "policy/value.h"

/* --- scan.c --- */
void scan_walk(struct scan *scan, const struct reader_node *node, struct place *place);
/* A text that OUTER runs as a script; SURE: it is exactly that. */
void scan_text(struct scan *scan, const struct record *outer, const char *script, bool sure);
void place_add_cwd(struct place *place, const char *cwd);

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
