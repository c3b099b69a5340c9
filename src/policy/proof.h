/* proof.h - does a rule speak of a command, and is the command as harmless as the rule supposes? */
#ifndef SANDGATE_POLICY_PROOF_H
#define SANDGATE_POLICY_PROOF_H

#include "policy/scan.h"

/* Does RULE name RECORD?  Strictly: as an allowing rule must; else also what may well be meant. */
bool match_command(const struct scan *scan, const struct rule *rule, const struct record *record,
                   bool strictly);
bool match_touched(const struct scan *scan, const struct rule *rule, const struct touched *touched);
/* Does RULE, which denies or asks, speak of RECORD, of a file that it touches or of a host? */
bool match_strikes(const struct scan *scan, const struct rule *rule, const struct record *record);
bool match_host(const struct rule *rule, const char *host);

/* What is not known about RECORD, whatever a rule says: a sentence's end; NULL: nothing. */
const char *proof_unsure(struct scan *scan, const struct record *record);
/* Does RECORD run git in a way that its configuration could make run programs? */
bool proof_needs_git(const struct record *record);
/* The effects of RECORD that RULE does not permit. */
unsigned proof_missing(const struct scan *scan, const struct rule *rule, const struct record *record);
/* "it writes files (-o)"; in the pool. */
const char *proof_effect_words(struct scan *scan, const struct record *record, unsigned effects);
/* "writes files"; EFFECT is one. */
const char *proof_effect_phrase(unsigned effect);
enum policy_risk proof_risk(const struct record *record);
/* TEXT holds nothing that looks like something else or like nothing. */
bool proof_text_is_plain(const char *text, size_t length, bool data, size_t *from, size_t *to);

/* The profile's own rules; *COUNT of them. */
const struct rule *profile_rules(enum policy_mode mode, size_t *count);

#endif
