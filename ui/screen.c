/* screen.c - see screen.h. */
#include "ui/screen.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "ui/key_reader.h"
#include "ui/terminfo.h"

#include <curses.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Curses puts handlers of its own on these; we want none of them. */
static const int curses_signals[] = { SIGINT, SIGTERM, SIGTSTP, SIGWINCH };

struct screen {
    SCREEN *curses;
    FILE *input;  /* never read */
    FILE *output; /* the file in memory */
    bool no_colour;
    bool is_private;
    enum style_depth depth;
    char *notice;
};

/* --- the kind of terminal --- */

static bool says_truecolour(void)
{
    const char *colour = getenv("COLORTERM");
    return colour && (strcmp(colour, "truecolor") == 0 || strcmp(colour, "24bit") == 0);
}

/* Terminals that understand xterm's private sequences, or ignore them without a trace.  terminfo has no word
 * for it (XT is set for few of them); the real VT100 and the Linux console are the kind that does not. */
static bool knows_private_sequences(const char *type)
{
    static const char *const families[] = { "xterm",     "screen",  "tmux",    "rxvt",    "alacritty",
                                            "kitty",     "foot",    "st-",     "konsole", "vte",
                                            "gnome",     "wezterm", "ghostty", "iterm",   "contour",
                                            "mintty",    "putty",   "vscode",  "mlterm",  "eterm",
                                            "terminator" };
    for (size_t i = 0; i < ARRAY_SIZE(families); i++)
        if (strncmp(type, families[i], strlen(families[i])) == 0)
            return true;
    return tigetflag("XT") > 0;
}

static bool try_type(struct screen *screen, const char *type)
{
    if (!terminfo_knows(type))
        return false;
    screen->curses = newterm(type, screen->output, screen->input);
    screen->is_private = screen->curses && knows_private_sequences(type);
    return screen->curses != NULL;
}

/* xterm-256color that says truecolor: xterm-direct, when terminfo has it. */
static bool try_direct_type(struct screen *screen, const char *type)
{
    size_t family = strcspn(type, "-");
    if (!family || !says_truecolour() || screen->no_colour)
        return false;
    char *direct = xasprintf("%.*s-direct", (int)family, type);
    bool opened = try_type(screen, direct);
    free(direct);
    return opened;
}

static bool open_type(struct screen *screen, struct error *error)
{
    const char *type = getenv("TERM");
    if (type && *type && (try_direct_type(screen, type) || try_type(screen, type)))
        return true;
    static const char *const others[] = { "xterm-256color", "xterm", "vt100" };
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (!try_type(screen, others[i]))
            continue;
        screen->notice =
            xasprintf("The terminal type \"%s\" is unknown here; \"%s\" is used instead (set TERM).",
                      type ? type : "", others[i]);
        return true;
    }
    return error_set(error,
                     "Opening the terminal failed: terminfo knows neither \"%s\" nor xterm. "
                     "Install the package ncurses-base.",
                     type ? type : "");
}

/* newterm without its signal handlers. */
static bool open_type_quietly(struct screen *screen, struct error *error)
{
    struct sigaction former[ARRAY_SIZE(curses_signals)];
    for (size_t i = 0; i < ARRAY_SIZE(curses_signals); i++)
        sigaction(curses_signals[i], NULL, &former[i]);
    bool opened = open_type(screen, error);
    for (size_t i = 0; i < ARRAY_SIZE(curses_signals); i++)
        sigaction(curses_signals[i], &former[i], NULL);
    return opened;
}

static void set_modes(struct screen *screen)
{
    nonl(); /* as cfmakeraw has it: a line feed only moves down */
    typeahead(-1);
    curs_set(0);
    screen->depth = DEPTH_MONO;
    if (screen->no_colour || !has_colors())
        return;
    start_color();
    use_default_colors();
    screen->depth = COLORS >= 1 << 24 ? DEPTH_TRUE
                    : COLORS >= 256   ? DEPTH_256
                    : COLORS >= 8     ? DEPTH_8
                                      : DEPTH_MONO;
}

struct screen *screen_open(bool no_colour, struct error *error)
{
    struct screen *screen = xcalloc(1, sizeof(*screen));
    const char *value = getenv("NO_COLOR");
    screen->no_colour = no_colour || (value && *value);
    screen->input = fopen("/dev/null", "re");
    screen->output = fdopen(memfd_create("screen", MFD_CLOEXEC), "w");
    if (!screen->input || !screen->output)
        error_set_errno(error, errno, "Preparing the screen failed");
    else if (open_type_quietly(screen, error))
        set_modes(screen);
    if (screen->curses)
        return screen;
    screen_close(screen);
    return NULL;
}

void screen_close(struct screen *screen)
{
    if (!screen)
        return;
    if (screen->curses)
        delscreen(screen->curses);
    if (screen->input)
        fclose(screen->input);
    if (screen->output)
        fclose(screen->output);
    free(screen->notice);
    free(screen);
}

const char *screen_notice(const struct screen *screen)
{
    return screen->notice;
}

enum style_depth screen_depth(const struct screen *screen)
{
    return screen->depth;
}

bool screen_is_private(const struct screen *screen)
{
    return screen->is_private;
}

/* --- terminfo --- */

void screen_add_capability(const struct screen *screen, struct buffer *out, const char *name)
{
    (void)screen;
    const char *text = tigetstr(name);
    if (!text || text == (char *)-1)
        return;
    for (; *text; text++) {
        const char *end = text[0] == '$' && text[1] == '<' ? strchr(text, '>') : NULL;
        if (end)
            text = end;
        else
            buffer_append_byte(out, *text);
    }
}

static const struct {
    const char *capability;
    enum named_key code;
    unsigned modifiers;
} terminfo_keys[] = {
    { "kcuu1", NAMED_UP, 0 },     { "kcud1", NAMED_DOWN, 0 },       { "kcub1", NAMED_LEFT, 0 },
    { "kcuf1", NAMED_RIGHT, 0 },  { "khome", NAMED_HOME, 0 },       { "kend", NAMED_END, 0 },
    { "kpp", NAMED_PAGE_UP, 0 },  { "knp", NAMED_PAGE_DOWN, 0 },    { "kich1", NAMED_INSERT, 0 },
    { "kdch1", NAMED_DELETE, 0 }, { "kcbt", NAMED_TAB, MOD_SHIFT }, { "kent", NAMED_ENTER, 0 },
    { "kf1", NAMED_F1, 0 },       { "kf2", NAMED_F1 + 1, 0 },       { "kf3", NAMED_F1 + 2, 0 },
    { "kf4", NAMED_F1 + 3, 0 },   { "kf5", NAMED_F1 + 4, 0 },       { "kf6", NAMED_F1 + 5, 0 },
    { "kf7", NAMED_F1 + 6, 0 },   { "kf8", NAMED_F1 + 7, 0 },       { "kf9", NAMED_F1 + 8, 0 },
    { "kf10", NAMED_F1 + 9, 0 },  { "kf11", NAMED_F1 + 10, 0 },     { "kf12", NAMED_F12, 0 },
};

void screen_teach_keys(const struct screen *screen, struct key_reader *reader)
{
    (void)screen;
    for (size_t i = 0; i < ARRAY_SIZE(terminfo_keys); i++) {
        const char *sequence = tigetstr(terminfo_keys[i].capability);
        if (sequence && sequence != (char *)-1)
            key_reader_add(reader, sequence, terminfo_keys[i].code, terminfo_keys[i].modifiers);
    }
}

void screen_take_output(struct screen *screen, struct buffer *out)
{
    int fd = fileno(screen->output);
    off_t length = lseek(fd, 0, SEEK_CUR);
    char *bytes = length > 0 ? buffer_reserve(out, (size_t)length) : NULL;
    if (!bytes)
        return;
    ssize_t got = pread(fd, bytes, (size_t)length, 0);
    buffer_added(out, got > 0 ? (size_t)got : 0);
    lseek(fd, 0, SEEK_SET);
}
