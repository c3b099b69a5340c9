/* sandbox.h - `sandgate sandbox`: Modal Sandboxes from the command line, made by sandgate or by anyone. */
#ifndef SANDGATE_FACE_SANDBOX_H
#define SANDGATE_FACE_SANDBOX_H

/* ARGV[0] is "sandbox".  Returns the exit code: 0, 1 it failed here, 2 wrong usage, 13 Modal or the sandbox
 * failed, 130 interrupted; of `exec` and `shell` that of the command. */
int face_sandbox(int argc, char **argv);

#endif
