/* sandbox_terminal.c - raw mode and its end. */
#include "face/sandbox_terminal.h"

#include "base/memory.h"
#include "ui/crash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct terminal {
    struct termios modes; /* as they were */
};

struct terminal *terminal_raw(void)
{
    struct terminal *terminal = xcalloc(1, sizeof *terminal);
    struct crash_terminal crash = { .fd = STDIN_FILENO, .standard_error = -1 };
    struct termios raw;

    if (tcgetattr(STDIN_FILENO, &terminal->modes) != 0) {
        free(terminal);
        return NULL;
    }
    raw = crash.modes = terminal->modes;
    crash_arm(&crash);
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    return terminal;
}

void terminal_free(struct terminal *terminal)
{
    if (!terminal)
        return;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->modes);
    crash_disarm();
    free(terminal);
}

void terminal_size(int *columns, int *rows)
{
    struct winsize size = { 0 };

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
    *columns = size.ws_col > 0 ? size.ws_col : 80;
    *rows = size.ws_row > 0 ? size.ws_row : 24;
}

const char *terminal_name(void)
{
    const char *name = getenv("TERM");

    return name && *name && strcmp(name, "dumb") != 0 ? name : NULL;
}
