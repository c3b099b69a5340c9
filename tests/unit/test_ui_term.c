/* The terminal: taken, resized, left, painted, and given back, on a pseudo-terminal whose other side we read. */
#include "config.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/utf8.h"
#include "loop/loop.h"
#include "ui/draw.h"
#include "ui/paint.h"
#include "ui/term.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#ifdef SANDGATE_SANITIZERS
#include <sanitizer/lsan_interface.h>
#endif

struct bench {
    int master, slave;
    struct termios before;
    struct loop *loop;
    struct term *term;
    struct styles *styles;
    struct paint *paint;
    struct buffer sent; /* what the terminal was sent so far */
    struct buffer keys; /* "a PageUp " */
    int rows, columns, resumed, gone;
    char fill; /* what draw fills the screen with */
};

static void hear_key(void *data, const struct key *key)
{
    struct bench *bench = data;
    char name[KEY_NAME];
    key_format(key, name);
    buffer_append_format(&bench->keys, "%s ", name);
}

static void hear_size(void *data, int rows, int columns)
{
    struct bench *bench = data;
    bench->rows = rows;
    bench->columns = columns;
}

static void hear_resumed(void *data)
{
    ((struct bench *)data)->resumed++;
}

static void hear_gone(void *data)
{
    ((struct bench *)data)->gone++;
}

static void draw(void *data, const struct canvas *canvas)
{
    struct bench *bench = data;
    char text[] = { bench->fill, '\0' };
    for (int y = 0; y < canvas->rect.rows; y++)
        for (int x = 0; x < canvas->rect.columns; x++)
            draw_string(canvas, y, x, STYLE_TEXT, text);
    draw_cursor(canvas, 1, 2);
}

static void read_terminal(struct bench *bench)
{
    char bytes[4096];
    struct pollfd master = { .fd = bench->master, .events = POLLIN };
    while (poll(&master, 1, 0) == 1 && (master.revents & POLLIN)) {
        ssize_t length = read(bench->master, bytes, sizeof(bytes));
        if (length <= 0)
            return;
        buffer_append(&bench->sent, bytes, (size_t)length);
    }
}

static void open_pty(struct bench *bench)
{
    struct winsize size = { .ws_row = 24, .ws_col = 80 };
    *bench = (struct bench){ .sent = BUFFER_INIT, .keys = BUFFER_INIT, .fill = '.' };
    utf8_set_locale();
    assert_int_equal(openpty(&bench->master, &bench->slave, NULL, NULL, &size), 0);
    assert_int_equal(tcgetattr(bench->slave, &bench->before), 0);
}

static struct term *open_term(struct bench *bench)
{
    struct term_options options = { .mouse = true, .input = bench->slave, .output = bench->slave };
    struct term_events events = { hear_key, hear_size, hear_resumed, hear_gone };
    struct error error = ERROR_INIT;
    struct term *term = term_open(bench->loop, &options, &events, bench, &error);
    error_clear(&error);
    return term;
}

static void begin(struct bench *bench, const char *type)
{
    unsetenv("COLORTERM");
    unsetenv("LINES");
    unsetenv("COLUMNS");
    setenv("TERM", type, 1);
    open_pty(bench);
    bench->loop = loop_new();
    bench->term = open_term(bench);
    assert_non_null(bench->term);
    bench->styles = styles_new();
    styles_map(bench->styles, term_depth(bench->term));
    bench->paint = paint_new(bench->loop, bench->term, bench->styles, 60, draw, bench);
}

static void close_term(struct bench *bench)
{
    paint_free(bench->paint);
    bench->paint = NULL;
    term_close(bench->term);
    bench->term = NULL;
}

static void end(struct bench *bench)
{
    close_term(bench);
    styles_free(bench->styles);
    loop_free(bench->loop);
    close(bench->master);
    close(bench->slave);
    buffer_release(&bench->sent);
    buffer_release(&bench->keys);
}

static bool was_sent(struct bench *bench, const char *text)
{
    read_terminal(bench);
    return memmem(bench->sent.data, bench->sent.length, text, strlen(text)) != NULL;
}

static bool modes_are_back(struct bench *bench)
{
    struct termios now;
    return tcgetattr(bench->slave, &now) == 0 && now.c_lflag == bench->before.c_lflag &&
           now.c_iflag == bench->before.c_iflag && now.c_oflag == bench->before.c_oflag;
}

static void paint_until(struct bench *bench, const char *text)
{
    paint_stale(bench->paint);
    while (!was_sent(bench, text))
        loop_turn(bench->loop, 10);
}

static void test_taken_and_given_back(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, "xterm-256color");
    assert_false(modes_are_back(&bench));
    assert_null(term_notice(bench.term));
    assert_int_equal(term_depth(bench.term), DEPTH_256);
    paint_until(&bench, "....");
    assert_true(was_sent(&bench, "\033[?1049h"));
    assert_true(was_sent(&bench, "\033[?2004h"));
    assert_true(was_sent(&bench, "\033[?1006h"));
    assert_true(was_sent(&bench, "\033[?2026h"));
    term_title(bench.term, "a\033]0;b");
    assert_true(was_sent(&bench, "\033]2;a^[]0;b\033\\"));
    buffer_clear(&bench.sent);
    close_term(&bench);
    assert_true(was_sent(&bench, "\033[?2004l"));
    assert_true(was_sent(&bench, "\033[?1000l"));
    assert_true(was_sent(&bench, "\033[?1049l"));
    assert_true(modes_are_back(&bench));
    end(&bench);
}

static void type(struct bench *bench, const char *bytes, const char *names)
{
    assert_int_equal(write(bench->master, bytes, strlen(bytes)), strlen(bytes));
    while (bench->keys.length < strlen(names))
        loop_turn(bench->loop, -1);
    assert_string_equal(bench->keys.data, names);
    buffer_clear(&bench->keys);
}

static void test_keys(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, "xterm-256color");
    type(&bench, "a\033[A\033OA\033", "a Up Up Escape ");
    type(&bench, "\003\032\021\023\r\n", "C-c C-z C-q C-s Enter C-j ");
    end(&bench);
    begin(&bench, "rxvt");
    type(&bench, "\033[7~\033[11~\033[d", "Home F1 ");
    end(&bench);
}

static void test_resize(void **state)
{
    (void)state;
    struct bench bench;
    struct winsize size = { .ws_row = 31, .ws_col = 101 }, none = { 0 };
    int rows, columns;
    begin(&bench, "xterm-256color");
    term_size(bench.term, &rows, &columns);
    assert_int_equal(rows, 24);
    assert_int_equal(columns, 80);
    ioctl(bench.master, TIOCSWINSZ, &size);
    raise(SIGWINCH);
    while (!bench.rows)
        loop_turn(bench.loop, -1);
    assert_int_equal(bench.rows, 31);
    assert_int_equal(bench.columns, 101);
    term_size(bench.term, &rows, &columns);
    assert_int_equal(columns, 101);
    ioctl(bench.master, TIOCSWINSZ, &none); /* is no size */
    raise(SIGWINCH);
    loop_turn(bench.loop, -1);
    assert_int_equal(bench.rows, 31);
    size = (struct winsize){ .ws_row = 1, .ws_col = 1 };
    ioctl(bench.master, TIOCSWINSZ, &size);
    raise(SIGWINCH);
    while (bench.rows != 1)
        loop_turn(bench.loop, -1);
    paint_until(&bench, ".");
    end(&bench);
}

static void test_leave_and_enter(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, "xterm-256color");
    paint_until(&bench, "....");
    term_leave(bench.term);
    assert_true(was_sent(&bench, "\033[?1049l"));
    assert_true(modes_are_back(&bench));
    assert_false(term_is_here(bench.term));
    paint_stale(bench.paint);
    uint64_t frames = paint_frames(bench.paint);
    loop_turn(bench.loop, 0);
    assert_int_equal(paint_frames(bench.paint), frames);
    buffer_clear(&bench.sent);
    term_enter(bench.term);
    assert_int_equal(bench.resumed, 1);
    assert_false(modes_are_back(&bench));
    paint_all(bench.paint);
    paint_until(&bench, "....");
    assert_true(was_sent(&bench, "\033[?1049h"));
    assert_true(was_sent(&bench, "\033[?2004h"));
    end(&bench);
}

static void test_types(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, "no-such-terminal");
    assert_non_null(strstr(term_notice(bench.term), "no-such-terminal"));
    paint_until(&bench, "....");
    end(&bench);
    begin(&bench, "vt100");
    assert_int_equal(term_depth(bench.term), DEPTH_MONO);
    paint_until(&bench, "....");
    assert_false(was_sent(&bench, "\033[?2004h"));
    end(&bench);
    begin(&bench, "linux");
    assert_int_equal(term_depth(bench.term), DEPTH_8);
    paint_until(&bench, "....");
    end(&bench);
}

static void test_colours(void **state)
{
    (void)state;
    struct bench bench;
    setenv("NO_COLOR", "1", 1);
    begin(&bench, "xterm-256color");
    assert_int_equal(term_depth(bench.term), DEPTH_MONO);
    paint_until(&bench, "....");
    end(&bench);
    unsetenv("NO_COLOR");
    begin(&bench, "xterm-256color");
    close_term(&bench);
    setenv("COLORTERM", "truecolor", 1);
    bench.term = open_term(&bench);
    assert_non_null(bench.term);
    assert_int_equal(term_depth(bench.term), DEPTH_TRUE);
    assert_true(styles_load(bench.styles, "dark", NULL));
    styles_map(bench.styles, DEPTH_TRUE);
    bench.paint = paint_new(bench.loop, bench.term, bench.styles, 60, draw, &bench);
    paint_until(&bench, "....");
    assert_true(was_sent(&bench, "38:2::215:218:224"));
    end(&bench);
}

/* A terminal that reads nothing: frames wait and nothing blocks; then it gets the newest. */
static void test_back_pressure(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, "xterm-256color");
    for (int i = 0; !paint_skipped(bench.paint); i++) {
        bench.fill = (char)('a' + i % 26);
        paint_all(bench.paint);
        loop_turn(bench.loop, 20);
    }
    uint64_t frames = paint_frames(bench.paint);
    bench.fill = 'Z';
    paint_stale(bench.paint);
    loop_turn(bench.loop, 0);
    loop_turn(bench.loop, 20);
    assert_int_equal(paint_frames(bench.paint), frames);
    paint_until(&bench, "ZZZZ");
    end(&bench);
}

static void test_frames_keep_their_distance(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, "xterm-256color");
    paint_stale(bench.paint);
    loop_turn(bench.loop, 0);
    assert_int_equal(paint_frames(bench.paint), 1); /* the first at once */
    bench.fill = 'b';
    while (!was_sent(&bench, "bbbb")) {
        paint_stale(bench.paint);
        loop_turn(bench.loop, 1);
    }
    assert_int_equal(paint_frames(bench.paint), 2); /* however often it was stale: the last by the timer */
    uint64_t wakeups = loop_wakeups(bench.loop);
    loop_turn(bench.loop, 60);
    assert_int_equal(paint_frames(bench.paint), 2); /* and nothing by itself */
    assert_true(loop_wakeups(bench.loop) <= wakeups + 1);
    end(&bench);
}

static void test_hang_up(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, "xterm-256color");
    close(bench.master);
    while (!bench.gone)
        loop_turn(bench.loop, -1);
    paint_stale(bench.paint);
    loop_turn(bench.loop, 0);
    assert_int_equal(bench.gone, 1);
    bench.master = dup(bench.slave);
    end(&bench);
}

static void test_no_terminal(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct error error = ERROR_INIT;
    int null = open("/dev/null", O_RDWR);
    struct term_options options = { .input = null, .output = null };
    struct term_events events = { 0 };
    pid_t child = fork();
    if (!child) {
        setsid(); /* no /dev/tty either */
        _exit(term_open(loop, &options, &events, NULL, &error) || !strstr(error_message(&error), "terminal"));
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 0);
    close(null);
    loop_free(loop);
}

/* Dies in the middle of a screen in the way of HOW; the terminal must be sane after that. */
static void die(struct bench *bench, int how)
{
#ifdef SANDGATE_SANITIZERS
    __lsan_disable(); /* it dies with its hands full */
#endif
    if (!open_term(bench))
        _exit(9);
    if (how == 0)
        exit(3);
    raise(how);
    _exit(0);
}

static void test_every_death_gives_it_back(void **state)
{
    (void)state;
    static const int deaths[] = { 0, SIGABRT, SIGBUS, SIGFPE, SIGSEGV };
    for (size_t i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++) {
        struct bench bench;
        setenv("TERM", "xterm-256color", 1);
        open_pty(&bench);
        pid_t child = fork();
        if (!child) {
            alarm(600);
            for (int signal_number = 1; signal_number < 32; signal_number++)
                signal(signal_number, SIG_DFL); /* not the test's own handlers */
            bench.loop = loop_new();
            die(&bench, deaths[i]);
        }
        int status = 0;
        while (waitpid(child, &status, WNOHANG) == 0)
            read_terminal(&bench);
        if (deaths[i])
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == deaths[i]);
        else
            assert_int_equal(WEXITSTATUS(status), 3);
        assert_true(was_sent(&bench, "\033[?2004l"));
        assert_true(was_sent(&bench, "\033[?1049l"));
        assert_true(modes_are_back(&bench));
        close(bench.master);
        close(bench.slave);
        buffer_release(&bench.sent);
    }
}

/* Standard error is a terminal: what comes meanwhile is printed after, made safe. */
static void test_standard_error_is_kept(void **state)
{
    (void)state;
    struct bench bench;
    setenv("TERM", "xterm-256color", 1);
    open_pty(&bench);
    pid_t child = fork();
    if (!child) {
        alarm(600);
        dup2(bench.slave, STDERR_FILENO);
        bench.loop = loop_new();
        struct term *term = open_term(&bench);
        fprintf(stderr, "chatter \033[31m of a library\n");
        term_title(term, "between");
        term_close(term);
        _exit(0);
    }
    int status;
    while (waitpid(child, &status, WNOHANG) == 0)
        read_terminal(&bench);
    assert_true(was_sent(&bench, "chatter ^[[31m of a library"));
    const char *chatter = memmem(bench.sent.data, bench.sent.length, "chatter", 7);
    const char *left = memmem(bench.sent.data, bench.sent.length, "\033[?1049l", 8);
    assert_true(chatter && left && chatter > left);
    close(bench.master);
    close(bench.slave);
    buffer_release(&bench.sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken_and_given_back),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_resize),
        cmocka_unit_test(test_leave_and_enter),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_back_pressure),
        cmocka_unit_test(test_frames_keep_their_distance),
        cmocka_unit_test(test_hang_up),
        cmocka_unit_test(test_no_terminal),
        cmocka_unit_test(test_every_death_gives_it_back),
        cmocka_unit_test(test_standard_error_is_kept),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
