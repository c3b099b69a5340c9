/* term.c - curses on the real terminal, and everything that curses does not do.
 *
 * Curses does not see the terminal (screen.h).  Each frame goes to it in one piece, with the private sequences
 * around it, through a writer that never waits (tty_writer.h); its modes, its size and its input are ours too.
 *
 * Taking the terminal (`take`) and giving it back (`give_back`) are the two halves that opening, closing,
 * suspending and leaving are made of. */
#include "ui/term.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "base/visible.h"
#include "loop/loop.h"
#include "ui/crash.h"
#include "ui/key_reader.h"
#include "ui/screen.h"
#include "ui/standard_error.h"
#include "ui/tty_writer.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum {
    INPUT_PIECE = 64 * 1024,
    FINISH_LONGEST = 1000, /* milliseconds that a terminal has to take our last words */
    TITLE_LONGEST = 120,   /* columns */
    COPY_LONGEST = 100 * 1024,
};

static const int told_signals[] = { SIGWINCH, SIGCONT, SIGTSTP };
struct term {
    struct loop *loop;
    struct term_options options;
    struct term_events events;
    void *data;
    int terminal; /* an open file of our own */
    struct tty_writer *writer;
    struct screen *screen;
    bool here;   /* the terminal is ours now */
    bool gone;   /* it hung up */
    bool titled; /* the window's title was changed */
    bool cursor_shown;
    struct crash_terminal given_back; /* how to make it sane again */
    struct standard_error *standard_error;
    struct key_reader *keys;
    struct loop_watch *watch;
    struct loop_signal *signals[ARRAY_SIZE(told_signals)];
    uint32_t input; /* term_input */
};

/* --- sequences of our own --- */

static void send_text(const struct term *term, const char *text)
{
    tty_writer_send(term->writer, text, strlen(text));
}

static void send_private(const struct term *term, const char *text)
{
    if (screen_is_private(term->screen))
        send_text(term, text);
}

static void send_capability(const struct term *term, const char *name)
{
    struct buffer text = BUFFER_INIT;
    screen_add_capability(term->screen, &text, name);
    tty_writer_send(term->writer, text.data, text.length);
    buffer_release(&text);
}

static const char modes_on[] = "\033[?2004h\033[?1004h";
static const char modes_off[] = "\033[?2026l\033[?1006l\033[?1000l\033[?1004l\033[?2004l";
static const char mouse_on[] = "\033[?1000h\033[?1006h";

/* What the crash handler writes. */
static void prepare_crash_sequence(struct term *term)
{
    struct buffer text = BUFFER_INIT;
    struct crash_terminal *crash = &term->given_back;
    if (screen_is_private(term->screen))
        buffer_append_text(&text, modes_off);
    static const char *const capabilities[] = { "rmkx", "sgr0", "op", "cnorm", "rmcup" };
    for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++)
        screen_add_capability(term->screen, &text, capabilities[i]);
    buffer_append_text(&text, "\r\n");
    crash->length = text.length < CRASH_SEQUENCE ? text.length : CRASH_SEQUENCE;
    memcpy(crash->sequence, text.data, crash->length);
    buffer_release(&text);
}

/* --- opening --- */

/* An open file of our own on the terminal that FD is: flags that are set on it are no shell's business.  By
 * name, or as the controlling terminal (the name may belong to another user after su). */
static int open_again(int fd)
{
    char name[128];
    struct stat named, given;
    if (!isatty(fd) || fstat(fd, &given) != 0)
        return -1;
    int again = ttyname_r(fd, name, sizeof(name)) == 0 ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
    if (again >= 0 && (fstat(again, &named) != 0 || named.st_rdev != given.st_rdev)) {
        close(again);
        again = -1;
    }
    return again;
}

static bool open_terminal(struct term *term, struct error *error)
{
    int input = term->options.input, output = term->options.output;
    if (!input && !output)
        output = STDOUT_FILENO;
    term->terminal = isatty(input) ? open_again(output) : -1;
    if (term->terminal < 0)
        term->terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (term->terminal < 0 || tcgetattr(term->terminal, &term->given_back.modes) != 0)
        return error_set_errno(error, errno,
                               "The workbench needs a terminal and there is none (use sandgate run instead)");
    term->given_back.fd = term->terminal;
    term->given_back.standard_error = -1;
    term->writer = tty_writer_new(term->loop, term->terminal);
    return true;
}

static void pressed(void *data, const struct key *key)
{
    struct term *term = data;
    if (term->events.key)
        term->events.key(term->data, key);
}

/* --- taking and giving back --- */

static void read_size(const struct term *term, struct winsize *size)
{
    *size = (struct winsize){ 0 };
    if (ioctl(term->terminal, TIOCGWINSZ, size) != 0 || !size->ws_row || !size->ws_col)
        *size = (struct winsize){ .ws_row = (unsigned short)LINES, .ws_col = (unsigned short)COLS };
}

/* What curses wrote since the last time, as one synchronized frame. */
static void send_frame(struct term *term)
{
    struct buffer output = BUFFER_INIT, frame = BUFFER_INIT;
    screen_take_output(term->screen, &output);
    if (output.length) {
        if (screen_is_private(term->screen))
            buffer_append_text(&frame, "\033[?2026h");
        buffer_append(&frame, output.data, output.length);
        if (screen_is_private(term->screen))
            buffer_append_text(&frame, "\033[?2026l");
        tty_writer_send(term->writer, frame.data, frame.length);
    }
    buffer_release(&output);
    buffer_release(&frame);
}

static void take(struct term *term)
{
    struct termios raw = term->given_back.modes;
    cfmakeraw(&raw);
    term->standard_error = standard_error_keep();
    term->given_back.standard_error = standard_error_real(term->standard_error);
    crash_arm(&term->given_back);
    tcsetattr(term->terminal, TCSANOW, &raw);
    term->here = true;
    send_capability(term, "smkx");
    send_private(term, modes_on);
    if (term->options.mouse)
        send_private(term, mouse_on);
    clearok(curscr, TRUE);
}

static void give_back(struct term *term)
{
    if (!term->here)
        return;
    term->here = false;
    send_private(term, modes_off);
    if (term->titled)
        send_private(term, "\033[23;0t");
    term->titled = false;
    send_capability(term, "rmkx");
    endwin();
    send_frame(term);
    tty_writer_finish(term->writer, FINISH_LONGEST);
    tcsetattr(term->terminal, TCSANOW, &term->given_back.modes);
    crash_disarm();
    standard_error_restore(term->standard_error);
    term->standard_error = NULL;
}

void term_leave(struct term *term)
{
    give_back(term);
    key_reader_reset(term->keys);
    if (term->watch)
        loop_watch_set(term->watch, 0);
}

static void follow_size(struct term *term)
{
    struct winsize size;
    read_size(term, &size);
    if (size.ws_row == LINES && size.ws_col == COLS)
        return;
    resizeterm(size.ws_row, size.ws_col);
    if (term->events.resized)
        term->events.resized(term->data, size.ws_row, size.ws_col);
}

void term_enter(struct term *term)
{
    if (term->gone || term->here)
        return;
    take(term);
    term->input += 1 << 20;
    if (term->watch)
        loop_watch_set(term->watch, LOOP_READ);
    follow_size(term);
    if (term->events.resumed)
        term->events.resumed(term->data);
}

void term_suspend(struct term *term)
{
    static const struct timespec now = { 0 };
    sigset_t stop, go_on;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    sigemptyset(&go_on);
    sigaddset(&go_on, SIGCONT);
    term_leave(term);
    kill(0, SIGTSTP); /* blocked: it waits for the next line */
    pthread_sigmask(SIG_UNBLOCK, &stop, NULL);
    pthread_sigmask(SIG_BLOCK, &stop, NULL); /* we are back, */
    sigtimedwait(&go_on, NULL, &now);        /* and know it: nobody else need hear of it */
    term_enter(term);
}

static void signal_arrived(void *data, int signal)
{
    struct term *term = data;
    if (term->gone || !term->here)
        return;
    if (signal == SIGTSTP) {
        term_suspend(term);
    } else if (signal == SIGWINCH) {
        follow_size(term);
    } else { /* continued after a stop that we did not see: whatever the shell did to the modes is undone */
        term_leave(term);
        term_enter(term);
    }
}

static void hang_up(struct term *term)
{
    loop_watch_remove(term->watch);
    term->watch = NULL;
    term->gone = true;
    if (term->events.gone)
        term->events.gone(term->data);
}

static void input_ready(void *data, int events)
{
    struct term *term = data;
    char *bytes = xmalloc(INPUT_PIECE);
    (void)events;
    ssize_t length = read(term->terminal, bytes, INPUT_PIECE);
    if (length > 0) {
        term->input += (uint32_t)length;
        key_reader_feed(term->keys, bytes, (size_t)length);
    } else if (length == 0 || (errno != EINTR && errno != EAGAIN))
        hang_up(term);
    free(bytes);
}

static void listen(struct term *term)
{
    for (size_t i = 0; i < ARRAY_SIZE(told_signals); i++)
        term->signals[i] = loop_signal_add(term->loop, told_signals[i], signal_arrived, term);
    term->watch = loop_watch_add(term->loop, term->terminal, LOOP_READ, input_ready, term);
}

struct term *term_open(struct loop *loop, const struct term_options *options,
                       const struct term_events *events, void *data, struct error *error)
{
    struct term *term = xcalloc(1, sizeof(*term));
    term->loop = loop;
    term->options = *options;
    term->data = data;
    term->terminal = -1;
    if (!open_terminal(term, error) || !(term->screen = screen_open(options->no_colour, error))) {
        term_close(term);
        return NULL;
    }
    follow_size(term);
    term->events = *events; /* of this size nobody need be told */
    prepare_crash_sequence(term);
    term->keys = key_reader_new(loop, pressed, term);
    screen_teach_keys(term->screen, term->keys);
    take(term);
    listen(term);
    return term;
}

void term_close(struct term *term)
{
    if (!term)
        return;
    loop_watch_remove(term->watch);
    for (size_t i = 0; i < ARRAY_SIZE(told_signals); i++)
        loop_signal_remove(term->signals[i]);
    give_back(term);
    key_reader_free(term->keys);
    screen_close(term->screen);
    tty_writer_free(term->writer);
    if (term->terminal >= 0)
        close(term->terminal);
    free(term);
}

/* --- what it is --- */

const char *term_notice(const struct term *term)
{
    return screen_notice(term->screen);
}

enum style_depth term_depth(const struct term *term)
{
    return screen_depth(term->screen);
}

void term_size(const struct term *term, int *rows, int *columns)
{
    (void)term;
    *rows = LINES;
    *columns = COLS;
}

uint64_t term_bytes_sent(const struct term *term)
{
    return tty_writer_total(term->writer);
}

bool term_is_here(const struct term *term)
{
    return term->here && !term->gone;
}

/* --- showing --- */

void term_show(struct term *term, bool cursor, int y, int x)
{
    if (!term_is_here(term))
        return;
    if (cursor)
        move(y, x);
    if (cursor != term->cursor_shown)
        curs_set(cursor);
    term->cursor_shown = cursor;
    refresh();
    send_frame(term);
}

bool term_is_ready(const struct term *term)
{
    return tty_writer_is_empty(term->writer);
}

void term_redraw(struct term *term)
{
    (void)term;
    clearok(curscr, TRUE);
}

/* TEXT made safe for a sequence, and short. */
static void title_line(struct buffer *line, const char *text)
{
    visible_line(line, text, strnlen(text, TITLE_LONGEST * 4));
    size_t length = line->length;
    while (length && visible_columns(line->data, length) > TITLE_LONGEST)
        length -= length > TITLE_LONGEST ? length - TITLE_LONGEST : 1;
    buffer_truncate(line, length - utf8_partial_tail(line->data, length));
}

void term_title(struct term *term, const char *text)
{
    struct buffer line = BUFFER_INIT;
    title_line(&line, text);
    if (!term->titled)
        send_private(term, "\033[22;0t");
    term->titled = true;
    send_private(term, "\033]2;");
    send_private(term, line.data);
    send_private(term, "\033\\");
    buffer_release(&line);
}

void term_notify(struct term *term, bool osc777, const char *text)
{
    struct buffer line = BUFFER_INIT;
    title_line(&line, text);
    for (size_t i = 0; i < line.length; i++)
        if (line.data[i] == ';')
            line.data[i] = ','; /* it would end a field */
    send_private(term, osc777 ? "\033]777;notify;sandgate;" : "\033]9;");
    send_private(term, line.data ? line.data : "");
    send_private(term, "\033\\");
    buffer_release(&line);
}

void term_bell(struct term *term)
{
    send_text(term, "\a");
}

static void add_base64(struct buffer *out, const unsigned char *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        unsigned group = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? bytes[i + 2] : 0);
        char text[4] = { digits[group >> 18], digits[group >> 12 & 63],
                         left > 1 ? digits[group >> 6 & 63] : '=', left > 2 ? digits[group & 63] : '=' };
        buffer_append(out, text, sizeof(text));
    }
}

bool term_copy(struct term *term, const char *text, size_t length)
{
    if (length > COPY_LONGEST || !screen_is_private(term->screen))
        return false;
    struct buffer sequence = BUFFER_INIT;
    buffer_append_text(&sequence, "\033]52;c;");
    add_base64(&sequence, (const unsigned char *)text, length);
    buffer_append_text(&sequence, "\033\\");
    tty_writer_send(term->writer, sequence.data, sequence.length);
    buffer_release(&sequence);
    return true;
}

bool term_is_reading(const struct term *term)
{
    return key_reader_is_waiting(term->keys);
}

uint32_t term_input(const struct term *term)
{
    return term->input;
}
