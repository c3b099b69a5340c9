/* sandbox_run.h - a command in a sandbox with our standard input, output and error as its own. */
#ifndef SANDGATE_FACE_SANDBOX_RUN_H
#define SANDGATE_FACE_SANDBOX_RUN_H

#include "face/sandbox_errand.h"

/* Runs ARGV (NULL-terminated, stays) in the errand's sandbox; ends the errand with its exit code, 128 and the
 * signal's number when a signal ended it.  TERMINAL: on a terminal of its own, whose size is ours; our own
 * terminal, if standard input is one, passes on every key. */
void run_command(struct errand *errand, const char *const *argv, bool terminal);

#endif
