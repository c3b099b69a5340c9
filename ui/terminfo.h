/* terminfo.h - the one question to terminfo that <term.h> is needed for (it takes the names of other things). */
#ifndef SANDGATE_UI_TERMINFO_H
#define SANDGATE_UI_TERMINFO_H

#include <stdbool.h>

/* True when there is an entry for the terminal TYPE.  (A newterm that fails leaks; this does not.) */
bool terminfo_knows(const char *type);

#endif
