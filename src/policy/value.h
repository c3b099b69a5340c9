/* value.h - what a command prints, when that is known: for substitutions and for what flows into an
 * interpreter. */
#ifndef SANDGATE_POLICY_VALUE_H
#define SANDGATE_POLICY_VALUE_H

#include "policy/scan.h"

/* The one command in NODE; NULL: there are more, or none. */
const struct reader_node *scan_only_command(const struct reader_node *node);
/* What NODE (a list or a command) prints; NULL: not known. */
const char *output_of(struct scan *scan, const struct place *place, const struct reader_node *node);
/* What NODE makes of TEXT on its standard input; NULL: not known. */
const char *output_filtered(struct scan *scan, const struct place *place, const struct reader_node *node,
                            const char *text);
/* What a command substitution comes to, without the newlines at its end. */
struct substitution {
    const char *output; /* NULL: not known */
    bool downloads;     /* some of it comes from the network */
};
struct substitution substitution_of(struct scan *scan, const struct place *place,
                                    const struct reader_node *node);
/* Is there a program in NODE that fetches from the network? */
bool node_downloads(struct scan *scan, const struct place *place, const struct reader_node *node);
bool program_downloads(const char *name);

#endif
