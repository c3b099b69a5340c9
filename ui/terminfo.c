/* terminfo.c - see terminfo.h. */
#include "ui/terminfo.h"

#include <curses.h>
#include <term.h>
#include <unistd.h>

bool terminfo_knows(const char *type)
{
    int status;
    if (setupterm(type, STDERR_FILENO, &status) != OK)
        return false;
    del_curterm(cur_term);
    return true;
}
