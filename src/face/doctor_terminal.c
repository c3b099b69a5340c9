/* doctor_terminal.c - what the workbench needs of the terminal that doctor is run on. */
#include "face/doctor.h"

#include "ui/terminfo.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS = 60, ROWS = 16 }; /* fewer are a nuisance */

static void look_at_size(struct finding *finding)
{
    struct winsize size = { 0 };

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
        return;
    finding_detail(finding, "%d columns, %d rows", size.ws_col, size.ws_row);
    if (size.ws_col < COLUMNS || size.ws_row < ROWS)
        finding_warn(finding, "make its window larger", "the terminal is small: %d columns, %d rows",
                     size.ws_col, size.ws_row);
}

void doctor_check_terminal(struct doctor *doctor, struct finding *finding)
{
    const char *type = getenv("TERM"), *colours = getenv("COLORTERM");
    const char *codeset = nl_langinfo(CODESET);

    (void)doctor;
    if (!isatty(STDOUT_FILENO)) {
        finding_skip(finding, "the output of doctor goes to no terminal");
        return;
    }
    finding_ok(finding, "%s, %s", type ? type : "", codeset);
    finding_detail(finding, "colours: %s",
                   getenv("NO_COLOR")                             ? "none (NO_COLOR)"
                   : colours && strcmp(colours, "truecolor") == 0 ? "all of them"
                                                                  : "those of the terminal");
    look_at_size(finding);
    if (!type || !*type || strcmp(type, "dumb") == 0 || !terminfo_knows(type))
        finding_fail(finding,
                     "set TERM to the terminal's kind, such as xterm-256color, and install ncurses-term",
                     "TERM is \"%s\", of which nothing is known here", type ? type : "");
    else if (strcmp(codeset, "UTF-8") != 0)
        finding_fail(finding, "set LANG to a locale with UTF-8, such as C.UTF-8",
                     "the text of the terminal is %s", codeset);
}
