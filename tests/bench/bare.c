/* bare.c - what the bench compares with: the least curses program that does the same visible work.
 *
 *     bare PORT
 *
 * A line of text and Enter asks the server on PORT of this machine and shows the tail of the answer while it
 * streams; "!COMMAND" shows the tail of a command's output.  The bottom line echoes keys; it begins with "ready"
 * or "busy".  No HTTP library, no JSON library: the stream's chunks are taken apart and the text is found by a
 * scan, which is right for the stand-in server and for nothing else.  It draws at most 60 times a second while
 * text comes, and at once for a key. */
#include <arpa/inet.h>
#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, KEPT = 4 * 1024 * 1024, FRAME = 16, LINE = 512, EVENT = 64 * 1024, ROWS = 512 };

struct text {
    char *data;
    size_t length, capacity;
};

struct bare {
    int port;
    int source;      /* the server's connection or the command's output, -1: none */
    pid_t command;   /* 0: the source is the server */
    bool body, over; /* behind the head; the last chunk came */
    size_t left;     /* of the chunk that comes, the line end behind it counted; 0: its head comes */
    char head[16];   /* the digits of a chunk's size, or the last bytes of the HTTP head */
    size_t head_length;
    char event[EVENT]; /* the line of the stream that comes */
    size_t event_length;
    struct text shown;
    char line[LINE];
    size_t line_length;
};

static void add(struct text *text, const char *bytes, size_t length)
{
    if (text->length + length > KEPT) { /* the tail is what is shown */
        memmove(text->data, text->data + text->length / 2, text->length - text->length / 2);
        text->length -= text->length / 2;
    }
    if (text->length + length > text->capacity) {
        text->capacity = (text->length + length) * 2;
        text->data = realloc(text->data, text->capacity);
    }
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
}

/* --- the stream --- */

/* Shows the JSON string that begins at TEXT; only the escapes that the stand-in writes. */
static void add_string(struct bare *bare, const char *text)
{
    for (; *text && *text != '"'; text++) {
        char byte = *text;
        if (byte == '\\' && *++text)
            byte = *text == 'n' ? '\n' : *text;
        add(&bare->shown, &byte, 1);
    }
}

static void take_event(struct bare *bare)
{
    static const char *const names[] = { "\"content\":\"", "\"arguments\":\"" };

    for (size_t i = 0; i < 2; i++) {
        const char *found = strstr(bare->event, names[i]);
        if (found)
            add_string(bare, found + strlen(names[i]));
    }
}

static void take_body(struct bare *bare, const char *bytes, size_t length)
{
    while (length > 0) {
        const char *end = memchr(bytes, '\n', length);
        size_t part = end ? (size_t)(end - bytes) : length;
        if (bare->event_length + part < EVENT) {
            memcpy(bare->event + bare->event_length, bytes, part);
            bare->event_length += part;
        }
        if (!end)
            return;
        bare->event[bare->event_length] = '\0';
        bare->event_length = 0;
        take_event(bare);
        bytes += part + 1;
        length -= part + 1;
    }
}

/* One byte of a chunk's head. */
static void take_size(struct bare *bare, char byte)
{
    if (byte != '\n' && bare->head_length < sizeof bare->head - 1) {
        bare->head[bare->head_length++] = byte;
    } else if (byte == '\n') {
        bare->head[bare->head_length] = '\0';
        bare->head_length = 0;
        bare->left = strtoul(bare->head, NULL, 16) + 2;
        bare->over = bare->left == 2;
    }
}

static void take_head(struct bare *bare, char byte)
{
    memmove(bare->head, bare->head + 1, 3);
    bare->head[3] = byte;
    bare->body = memcmp(bare->head, "\r\n\r\n", 4) == 0;
}

static void take_http(struct bare *bare, const char *bytes, size_t length)
{
    while (length > 0 && !bare->over) {
        size_t part = 1;
        if (!bare->body) {
            take_head(bare, *bytes);
        } else if (bare->left == 0) {
            take_size(bare, *bytes);
        } else {
            part = bare->left < length ? bare->left : length;
            size_t text = bare->left > 2 ? bare->left - 2 : 0;
            take_body(bare, bytes, text < part ? text : part);
            bare->left -= part;
        }
        bytes += part;
        length -= part;
    }
}

static void take_source(struct bare *bare)
{
    char piece[PIECE];
    ssize_t got = read(bare->source, piece, sizeof piece);

    if (got > 0 && bare->command)
        add(&bare->shown, piece, (size_t)got);
    else if (got > 0)
        take_http(bare, piece, (size_t)got);
    if (got > 0 && !bare->over)
        return;
    close(bare->source);
    bare->source = -1;
    if (bare->command)
        waitpid(bare->command, NULL, 0);
}

/* --- the line --- */

static void ask(struct bare *bare)
{
    static const char body[] = "{\"model\":\"m\",\"stream\":true,\"messages\":[]}";
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)bare->port) };

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bare->command = 0;
    bare->body = bare->over = false;
    bare->left = bare->head_length = bare->event_length = 0;
    bare->source = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(bare->source, (struct sockaddr *)&address, sizeof address) == 0)
        dprintf(bare->source,
                "POST /v1/chat/completions HTTP/1.1\r\nHost: bare\r\nContent-Length: %zu\r\n\r\n%s",
                sizeof body - 1, body);
}

static void run_command(struct bare *bare, const char *command)
{
    extern char **environ;
    char *arguments[] = { (char[]){ "bash" }, (char[]){ "--noprofile" }, (char[]){ "--norc" },
                          (char[]){ "-c" },   (char *)(intptr_t)command, NULL };
    posix_spawn_file_actions_t actions;
    int output[2];

    if (pipe(output) != 0)
        return;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, output[0]);
    posix_spawn_file_actions_addclose(&actions, output[1]);
    posix_spawn(&bare->command, "/bin/bash", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(output[1]);
    bare->source = output[0];
    bare->over = false;
}

static void take_key(struct bare *bare, wint_t key)
{
    if (key == 21) { /* Ctrl-U */
        bare->line_length = 0;
    } else if ((key == '\r' || key == '\n') && bare->source < 0) {
        bare->line[bare->line_length] = '\0';
        bare->line_length = 0;
        if (bare->line[0] == '!')
            run_command(bare, bare->line + 1);
        else
            ask(bare);
    } else if (key >= ' ' && key < 127 && bare->line_length < LINE - 1) {
        bare->line[bare->line_length++] = (char)key;
    }
}

/* --- the screen --- */

/* The begins of the last rows of TEXT wrapped to COLUMNS: FIRST is the ring, the number of all is returned. */
static size_t wrap(const struct text *text, size_t from, int columns, size_t first[ROWS])
{
    size_t count = 0;
    int column = columns;

    for (size_t i = from; i < text->length; i++) {
        char byte = text->data[i];
        if (column == columns || (i > from && text->data[i - 1] == '\n')) {
            first[count++ % ROWS] = i;
            column = 0;
        }
        column += byte != '\n' && (byte & 0xC0) != 0x80;
    }
    return count;
}

static void draw(const struct bare *bare)
{
    size_t first[ROWS], rows = (size_t)(LINES - 1), window = rows * (size_t)COLS;
    size_t from = bare->shown.length > window ? bare->shown.length - window : 0;
    size_t count = wrap(&bare->shown, from, COLS, first), shown = count < rows ? count : rows;

    erase();
    for (size_t row = 0; row < shown; row++) {
        size_t index = count - shown + row, begin = first[index % ROWS];
        size_t end = index + 1 < count ? first[(index + 1) % ROWS] : bare->shown.length;
        while (end > begin && bare->shown.data[end - 1] == '\n')
            end--;
        mvaddnstr((int)row, 0, bare->shown.data + begin, (int)(end - begin));
    }
    mvprintw(LINES - 1, 0, "%s > %.*s", bare->source < 0 ? "ready" : "busy", (int)bare->line_length,
             bare->line);
    refresh();
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void work(struct bare *bare)
{
    int64_t last = 0;
    bool stale = true, at_once = true;
    wint_t key;

    for (;;) {
        int64_t wait = last + FRAME - now();
        if (stale && (at_once || wait <= 0)) {
            draw(bare);
            last = now();
            stale = at_once = false;
        }
        struct pollfd wanted[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                                   { .fd = bare->source, .events = POLLIN } };
        if (poll(wanted, 2, stale ? (int)wait : -1) < 0 && errno != EINTR)
            return;
        if (wanted[0].revents & POLLHUP)
            return;
        while ((wanted[0].revents & POLLIN) && get_wch(&key) != ERR) {
            take_key(bare, key);
            stale = at_once = true;
        }
        if (wanted[1].revents) {
            take_source(bare);
            stale = true;
        }
    }
}

int main(int argc, char **argv)
{
    struct bare bare = { .port = argc > 1 ? atoi(argv[1]) : 0, .source = -1 };

    setlocale(LC_ALL, "");
    signal(SIGPIPE, SIG_IGN);
    initscr();
    raw();
    nonl();
    noecho();
    nodelay(stdscr, TRUE);
    idlok(stdscr, TRUE);
    scrollok(stdscr, FALSE);
    work(&bare);
    endwin();
    return 0;
}
