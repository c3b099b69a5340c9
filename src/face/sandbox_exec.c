/* sandbox_exec.c - `sandgate sandbox exec` and `shell`: a command of the person's own, as ssh would run it. */
#include "face/sandbox_run.h"
#include "face/setup.h"

#include <unistd.h>

void verb_exec(struct errand *errand)
{
    run_command(errand, errand->words + 1, errand_has(errand, OPTION_TTY));
}

void verb_shell(struct errand *errand)
{
    static const char *const login[] = {
        "/bin/sh", "-c", "if [ -x /bin/bash ]; then exec /bin/bash -l; else exec /bin/sh -l; fi", NULL
    };

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        errand_fail_with(errand, EXIT_USAGE, "shell needs a terminal; without one use exec");
    else
        run_command(errand, errand->count > 1 ? errand->words + 1 : login, true);
}
