/* glass.c - forkpty, libvterm, and the three descriptors that tell what happens. */
#include "glass.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>

enum {
    PIECE = 64 * 1024,
    OUTPUT_CEILING = 256 * 1024 * 1024,
    SEND_PATIENCE = 30000,
    LAST_WORDS = 50,
    IDLE_DIGITS = 8, /* of one telling */
    NO_GLYPH = -1
};

struct glass {
    pid_t pid;
    int master, slave; /* the slave is held only to ask what was not read yet */
    int pidfd;         /* -1: the end was seen */
    int idle;          /* where the program tells that it is idle: how much input it had read by then */
    bool tells_idle, idle_since_input;
    uint32_t read;   /* as told last */
    uint32_t unread; /* sent since `read` was all there was */
    int status;      /* of waitpid */
    VTerm *vterm;
    VTermScreen *screen;
    bool cursor_shown, alternate;
    unsigned bells;
    struct buffer title;
    struct buffer output;
    size_t emulated; /* bytes of output that the emulator has got */
};

/* ---- the emulator -------------------------------------------------------------------------------------- */

static int property_set(VTermProp property, VTermValue *value, void *data)
{
    struct glass *glass = data;
    if (property == VTERM_PROP_CURSORVISIBLE)
        glass->cursor_shown = value->boolean;
    else if (property == VTERM_PROP_ALTSCREEN)
        glass->alternate = value->boolean;
    else if (property == VTERM_PROP_TITLE) {
        buffer_clear(&glass->title);
        buffer_append_text(&glass->title, value->string);
    }
    return 1;
}

static int bell_rang(void *data)
{
    struct glass *glass = data;
    glass->bells++;
    return 1;
}

/* Answers of the terminal (its name, the cursor's place) go to the program as if typed. */
static void answer(const char *bytes, size_t length, void *data)
{
    struct glass *glass = data;
    if (write(glass->master, bytes, length) < 0)
        return; /* it ended, or does not read: its own loss */
}

static void start_emulator(struct glass *glass, int rows, int columns)
{
    static const VTermScreenCallbacks callbacks = { .settermprop = property_set, .bell = bell_rang };
    glass->cursor_shown = true;
    glass->vterm = vterm_new(rows, columns);
    vterm_set_utf8(glass->vterm, 1);
    vterm_output_set_callback(glass->vterm, answer, glass);
    glass->screen = vterm_obtain_screen(glass->vterm);
    vterm_screen_set_callbacks(glass->screen, &callbacks, glass);
    vterm_screen_enable_altscreen(glass->screen, 1);
    vterm_screen_reset(glass->screen, 1);
}

/* ---- the program --------------------------------------------------------------------------------------- */

static void run_program(const char *command, char *const environment[], const char *folder, int idle)
{
    char *line = xasprintf("exec %s", command);
    char *tell = xasprintf("SANDGATE_TEST_IDLE=%d", idle);
    size_t count = 0;
    while (environment[count])
        count++;
    char **with_idle = xcalloc(count + 2, sizeof *with_idle);
    memcpy(with_idle, environment, count * sizeof *with_idle);
    with_idle[count] = tell;
    fcntl(idle, F_SETFD, 0);
    if (chdir(folder) == 0)
        execle("/bin/sh", "sh", "-c", line, (char *)NULL, with_idle);
    perror(folder);
    _exit(127);
}

static bool start_program(struct glass *glass, const char *command, char *const environment[],
                          const char *folder, struct winsize size)
{
    int idle[2];
    if (pipe2(idle, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    glass->idle = idle[0];
    char name[64];
    glass->pid = forkpty(&glass->master, name, NULL, &size);
    if (glass->pid == 0)
        run_program(command, environment, folder, idle[1]);
    close(idle[1]);
    if (glass->pid < 0)
        return false;
    fcntl(glass->master, F_SETFD, FD_CLOEXEC);
    fcntl(glass->master, F_SETFL, O_NONBLOCK);
    glass->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    glass->pidfd = pidfd_open(glass->pid, 0);
    return glass->slave >= 0 && glass->pidfd >= 0;
}

struct glass *glass_start(const char *command, char *const environment[], const char *folder, int rows,
                          int columns, struct error *error)
{
    struct glass *glass = xcalloc(1, sizeof *glass);
    glass->master = glass->slave = glass->pidfd = glass->idle = -1;
    buffer_init(&glass->title, 0);
    buffer_init(&glass->output, OUTPUT_CEILING);
    start_emulator(glass, rows, columns);
    struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
    if (start_program(glass, command, environment, folder, size))
        return glass;
    error_set_errno(error, errno, "no pseudo-terminal for %s", command);
    glass_free(glass);
    return NULL;
}

int glass_process(const struct glass *glass)
{
    return glass->pid;
}

static void close_if_open(int descriptor)
{
    if (descriptor >= 0)
        close(descriptor);
}

void glass_free(struct glass *glass)
{
    if (!glass)
        return;
    if (glass->pid > 0 && glass->pidfd >= 0) {
        kill(-glass->pid, SIGKILL); /* its group: it is the leader of its session */
        kill(glass->pid, SIGKILL);
        waitpid(glass->pid, &glass->status, 0);
    }
    close_if_open(glass->master);
    close_if_open(glass->slave);
    close_if_open(glass->pidfd);
    close_if_open(glass->idle);
    vterm_free(glass->vterm);
    buffer_release(&glass->title);
    buffer_release(&glass->output);
    free(glass);
}

/* ---- what happens -------------------------------------------------------------------------------------- */

/* How many of LENGTH bytes are whole: less than all when a string (a title, say) or a character is still under way
 * at the end, or a string may begin there. */
static size_t whole_length(const char *bytes, size_t length)
{
    bool may_begin = length && bytes[length - 1] == '\033';
    for (size_t i = length; i-- > 0;) {
        if (bytes[i] == '\a' || (bytes[i] == '\\' && i && bytes[i - 1] == '\033'))
            break;
        if (bytes[i] == '\033' && i + 1 < length && memchr("]P^_X", bytes[i + 1], 5))
            return i;
    }
    return length - (may_begin ? 1 : utf8_partial_tail(bytes, length));
}

/* libvterm 0.1 loses a string or a character that comes to it in two pieces: it gets each one whole. */
static void emulate(struct glass *glass)
{
    const char *rest = glass->output.data + glass->emulated;
    size_t length = whole_length(rest, glass->output.length - glass->emulated);
    vterm_input_write(glass->vterm, rest, length);
    glass->emulated += length;
    vterm_screen_flush_damage(glass->screen);
}

/* Takes in what the program drew; false when there is nothing. */
static bool take_output(struct glass *glass)
{
    char piece[PIECE];
    ssize_t length = read(glass->master, piece, sizeof piece);
    if (length <= 0)
        return false;
    buffer_append(&glass->output, piece, (size_t)length);
    emulate(glass);
    return true;
}

/* A program may tell it just after something was sent and before that reached it: then less was read. */
static bool take_idle(struct glass *glass)
{
    char told[32 * IDLE_DIGITS];
    ssize_t length = read(glass->idle, told, sizeof told);
    if (length == 0) { /* the last writer ended */
        close(glass->idle);
        glass->idle = -1;
    }
    if (length < IDLE_DIGITS)
        return false;
    char last[IDLE_DIGITS + 1] = "";
    memcpy(last, told + length - IDLE_DIGITS, IDLE_DIGITS);
    uint32_t read = (uint32_t)strtoul(last, NULL, 16);
    if (glass->tells_idle && read - glass->read < glass->unread)
        return true;
    glass->read = read;
    glass->unread = 0;
    glass->tells_idle = glass->idle_since_input = true;
    return true;
}

static bool take_end(struct glass *glass)
{
    if (waitpid(glass->pid, &glass->status, WNOHANG) != glass->pid)
        return false;
    close(glass->pidfd);
    glass->pidfd = -1;
    struct pollfd wanted = { .fd = glass->master, .events = POLLIN };
    while (poll(&wanted, 1, LAST_WORDS) > 0 && take_output(glass)) /* the kernel may be a moment behind */
        ;
    return true;
}

bool glass_turn(struct glass *glass, int timeout)
{
    struct pollfd wanted[] = { { .fd = glass->master, .events = POLLIN },
                               { .fd = glass->idle, .events = POLLIN },
                               { .fd = glass->pidfd, .events = POLLIN } };
    if (poll(wanted, ARRAY_SIZE(wanted), timeout) <= 0)
        return false;
    bool output = wanted[0].revents && take_output(glass);
    bool idle = wanted[1].revents && take_idle(glass);
    bool end = wanted[2].revents && take_end(glass);
    return output || idle || end;
}

/* What is done now makes what was told of being idle worthless. */
static void not_idle(struct glass *glass)
{
    while (glass->idle >= 0 && take_idle(glass))
        ;
    glass->idle_since_input = false;
}

bool glass_send(struct glass *glass, const void *bytes, size_t length)
{
    const char *rest = bytes;
    not_idle(glass);
    while (length > 0) {
        ssize_t sent = write(glass->master, rest, length);
        if (sent > 0) {
            rest += sent;
            glass->unread += (uint32_t)sent;
            length -= (size_t)sent;
            continue;
        }
        struct pollfd wanted = { .fd = glass->master, .events = POLLIN | POLLOUT };
        if (poll(&wanted, 1, SEND_PATIENCE) <= 0 || (wanted.revents & (POLLERR | POLLHUP)))
            return false;
        take_output(glass);
    }
    return true;
}

void glass_resize(struct glass *glass, int rows, int columns)
{
    struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
    not_idle(glass);
    while (take_output(glass)) /* drawn for the old size */
        ;
    vterm_set_size(glass->vterm, rows, columns);
    vterm_screen_flush_damage(glass->screen);
    ioctl(glass->master, TIOCSWINSZ, &size);
}

void glass_signal(struct glass *glass, int signal)
{
    not_idle(glass);
    kill(glass->pid, signal);
}

bool glass_tells_idle(const struct glass *glass)
{
    return glass->tells_idle;
}

/* True when the kernel says that the program sleeps. */
static bool is_asleep(const struct glass *glass)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)glass->pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    const char *name_end = strrchr(text, ')');
    return name_end && name_end[1] == ' ' && name_end[2] == 'S';
}

bool glass_is_idle(const struct glass *glass)
{
    int unread = 0;
    if (!glass->idle_since_input || ioctl(glass->slave, FIONREAD, &unread) != 0 || unread > 0)
        return false;
    return is_asleep(glass);
}

bool glass_has_ended(const struct glass *glass)
{
    return glass->pidfd < 0;
}

int glass_status(const struct glass *glass)
{
    return WIFSIGNALED(glass->status) ? 128 + WTERMSIG(glass->status) : WEXITSTATUS(glass->status);
}

/* ---- what is to be seen -------------------------------------------------------------------------------- */

int glass_rows(const struct glass *glass)
{
    int rows, columns;
    vterm_get_size(glass->vterm, &rows, &columns);
    return rows;
}

int glass_columns(const struct glass *glass)
{
    int rows, columns;
    vterm_get_size(glass->vterm, &rows, &columns);
    return columns;
}

static VTermScreenCell cell_at(const struct glass *glass, int row, int column)
{
    VTermScreenCell cell = { 0 };
    vterm_screen_get_cell(glass->screen, (VTermPos){ .row = row, .col = column }, &cell);
    return cell;
}

/* Appends what a cell shows; the right half of a wide character shows nothing. */
static void append_cell(struct buffer *out, const VTermScreenCell *cell)
{
    if (cell->chars[0] == (uint32_t)NO_GLYPH)
        return;
    if (cell->chars[0] == 0)
        buffer_append_byte(out, ' ');
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i]; i++) {
        char bytes[4];
        buffer_append(out, bytes, utf8_encode(cell->chars[i], bytes));
    }
}

void glass_row(const struct glass *glass, int row, struct buffer *out)
{
    size_t start = out->length;
    for (int column = 0; column < glass_columns(glass); column++) {
        VTermScreenCell cell = cell_at(glass, row, column);
        append_cell(out, &cell);
    }
    while (out->length > start && out->data[out->length - 1] == ' ')
        buffer_truncate(out, out->length - 1);
}

bool glass_cursor(const struct glass *glass, int *row, int *column)
{
    VTermPos place;
    vterm_state_get_cursorpos(vterm_obtain_state(glass->vterm), &place);
    *row = place.row;
    *column = place.col;
    return glass->cursor_shown;
}

static void append_colour(struct buffer *out, const char *name, const VTermColor *colour, bool is_default)
{
    if (is_default)
        buffer_append_format(out, "%s=default", name);
    else if (VTERM_COLOR_IS_INDEXED(colour))
        buffer_append_format(out, "%s=%d", name, colour->indexed.idx);
    else
        buffer_append_format(out, "%s=#%02x%02x%02x", name, colour->rgb.red, colour->rgb.green,
                             colour->rgb.blue);
}

void glass_style(const struct glass *glass, int row, int column, struct buffer *out)
{
    VTermScreenCell cell = cell_at(glass, row, column);
    const struct {
        bool is_set;
        const char *name;
    } attributes[] = { { cell.attrs.bold, "bold" },       { cell.attrs.underline, "underline" },
                       { cell.attrs.italic, "italic" },   { cell.attrs.blink, "blink" },
                       { cell.attrs.reverse, "reverse" }, { cell.attrs.strike, "strike" } };
    for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
        if (attributes[i].is_set)
            buffer_append_format(out, "%s ", attributes[i].name);
    append_colour(out, "fg", &cell.fg, VTERM_COLOR_IS_DEFAULT_FG(&cell.fg));
    buffer_append_byte(out, ' ');
    append_colour(out, "bg", &cell.bg, VTERM_COLOR_IS_DEFAULT_BG(&cell.bg));
}

/* True when TEXT stands in ROW from COLUMN on. */
static bool stands_at(const struct glass *glass, const char *text, int row, int column)
{
    struct buffer cells = BUFFER_INIT;
    size_t length = strlen(text);
    for (; column < glass_columns(glass) && cells.length < length; column++) {
        VTermScreenCell cell = cell_at(glass, row, column);
        append_cell(&cells, &cell);
    }
    bool same = cells.length >= length && memcmp(cells.data, text, length) == 0;
    buffer_release(&cells);
    return same;
}

bool glass_find(const struct glass *glass, const char *text, int *row, int *column)
{
    for (*row = 0; *row < glass_rows(glass); (*row)++)
        for (*column = 0; *column < glass_columns(glass); (*column)++)
            if (stands_at(glass, text, *row, *column))
                return true;
    return false;
}

const char *glass_title(const struct glass *glass)
{
    return glass->title.data;
}

bool glass_on_alternate(const struct glass *glass)
{
    return glass->alternate;
}

unsigned glass_bells(const struct glass *glass)
{
    return glass->bells;
}

const struct buffer *glass_output(const struct glass *glass)
{
    return &glass->output;
}
