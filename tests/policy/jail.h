/* jail.h - bash in a bubblewrap jail without anything in it, many scripts at a time. */
#ifndef SANDGATE_TESTS_POLICY_JAIL_H
#define SANDGATE_TESTS_POLICY_JAIL_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

struct scripts {
    char **items; /* owned; none contains a NUL */
    size_t count, capacity;
};

void scripts_add(struct scripts *scripts, const char *text, size_t length);
void scripts_release(struct scripts *scripts);

/* There is a bwrap that starts here. */
bool jail_works(void);
/* Does `bash -n -c` take each? VERDICTS has one byte a script: 1 yes. False: the jail broke. */
bool jail_syntax(const struct scripts *scripts, char *verdicts);
/* Runs each and appends to OUT what was executed, in any order: the index of the script, the number of its
 * arguments, the arguments (newlines as \1); all with a NUL behind. Functions fa and fb, the builtins echo,
 * printf, test, [ and :, programs ea and eb, and every command that does not exist are recorded. */
bool jail_run(const struct scripts *scripts, struct buffer *out);

#endif
