/* secret_input.c - see secret_input.h. */
#include "face/secret_input.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "loop/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { LINE_BYTES = 64 * 1024, FILE_BYTES = 1 << 20 };
enum { CTRL_C = 3, CTRL_D = 4, CTRL_U = 21, BACKSPACE = 8, DELETE = 127 };

void secret_wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

static void wipe_buffer(struct buffer *buffer)
{
    if (buffer->capacity)
        explicit_bzero(buffer->data, buffer->capacity);
    buffer_release(buffer);
}

/* --- from the terminal --- */

struct line {
    char *text; /* LINE_BYTES, never moved, so that no copy stays behind */
    size_t length;
    bool hidden, over, given_up;
};

static void show(const struct line *line, const char *bytes, size_t length)
{
    if (!line->hidden && write(STDERR_FILENO, bytes, length) < 0)
        return;
}

static void take_back(struct line *line)
{
    while (line->length && ((unsigned char)line->text[line->length - 1] & 0xc0) == 0x80)
        line->length--;
    line->length -= line->length > 0;
    show(line, "\b \b", 3);
}

static void take_byte(struct line *line, char byte)
{
    if (byte == '\r' || byte == '\n') {
        line->over = true;
    } else if (byte == CTRL_C || (byte == CTRL_D && !line->length)) {
        line->over = line->given_up = true;
    } else if (byte == BACKSPACE || byte == DELETE) {
        if (line->length)
            take_back(line);
    } else if (byte == CTRL_U) {
        while (line->length)
            take_back(line);
    } else if (((unsigned char)byte >= ' ' || byte == '\t') && line->length < LINE_BYTES - 1) {
        line->text[line->length++] = byte;
        show(line, &byte, 1);
    }
}

/* A byte at a time: what is typed or pasted behind the end of the line is the next line's. */
static void read_terminal(void *data, int events)
{
    struct line *line = data;
    char byte;
    ssize_t count = line->over ? -1 : read(STDIN_FILENO, &byte, 1);

    (void)events;
    if (count == 0 || (count < 0 && !line->over && errno != EAGAIN && errno != EINTR))
        line->over = line->given_up = true;
    else if (count == 1)
        take_byte(line, byte);
    explicit_bzero(&byte, 1);
}

static void turn_until_over(struct loop *loop, struct line *line, const bool *stop)
{
    struct loop_watch *watch = loop_watch_add(loop, STDIN_FILENO, LOOP_READ, read_terminal, line);

    while (!line->over && !*stop)
        loop_turn(loop, -1);
    loop_watch_remove(watch);
}

char *secret_input_line(struct loop *loop, const char *prompt, bool hidden, const bool *stop)
{
    struct termios before, raw;
    struct line line = { .hidden = hidden };

    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return NULL;
    line.text = xcalloc(1, LINE_BYTES);
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
    fputs(prompt, stderr);
    turn_until_over(loop, &line, stop);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    fputs("\n", stderr);
    if (!line.given_up && line.over)
        return line.text;
    explicit_bzero(line.text, LINE_BYTES);
    free(line.text);
    return NULL;
}

/* --- from a file --- */

void secret_pairs_add(struct secret_pairs *pairs, const char *name, const char *value)
{
    pairs->list = array_reserve(pairs->list, &pairs->capacity, pairs->count + 2, sizeof *pairs->list);
    pairs->list[pairs->count++] = xasprintf("%s=%s", name, value);
    pairs->list[pairs->count] = NULL;
}

static bool take_object(struct secret_pairs *pairs, const char *text, size_t length, const char *file,
                        struct error *error)
{
    struct json *json = json_parse(text, length, NULL); /* its sentence could quote a value */
    bool fine = json != NULL || error_set(error, "%s begins as JSON and is none", file);

    for (size_t i = 0; fine && i < json_count(json); i++) {
        const char *value = json_text(json_value_at(json, i));
        if (value)
            secret_pairs_add(pairs, json_key_at(json, i), value);
        else
            fine = error_set(error, "%s: the value of %s is no text", file, json_key_at(json, i));
    }
    json_free(json);
    return fine;
}

static bool take_line(struct secret_pairs *pairs, char *line, int number, const char *file,
                      struct error *error)
{
    size_t length = strlen(line);
    char *equals;

    if (length && line[length - 1] == '\r')
        line[length - 1] = '\0';
    line += strspn(line, " \t");
    if (!*line || *line == '#')
        return true;
    equals = strchr(line, '=');
    if (!equals)
        return error_set(error, "%s, line %d: NAME=value is expected", file, number);
    *equals = '\0';
    secret_pairs_add(pairs, line, equals + 1);
    return true;
}

static bool take_lines(struct secret_pairs *pairs, char *text, const char *file, struct error *error)
{
    bool fine = true;

    for (int number = 1; fine && text; number++) {
        char *end = strchr(text, '\n');
        if (end)
            *end = '\0';
        fine = take_line(pairs, text, number, file, error);
        text = end ? end + 1 : NULL;
    }
    return fine;
}

/* Into one piece of memory, so that nothing is left behind by growing. */
static bool read_whole(int fd, const char *file, struct buffer *text, struct error *error)
{
    char *place = buffer_reserve(text, FILE_BYTES);
    size_t length = 0;
    ssize_t count;

    while ((count = read(fd, place + length, FILE_BYTES - length)) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_set_errno(error, errno, "%s cannot be read", file);
        length += (size_t)count;
        if (length == FILE_BYTES)
            return error_set(error, "%s is too large for a secret (1 MiB at most)", file);
    }
    buffer_added(text, length);
    if (memchr(text->data, '\0', length))
        return error_set(error, "%s holds a NUL byte, which no variable can", file);
    return true;
}

bool secret_pairs_read(struct secret_pairs *pairs, const char *file, struct error *error)
{
    bool standard = strcmp(file, "-") == 0;
    const char *name = standard ? "standard input" : file;
    int fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    struct buffer text = BUFFER_INIT;
    bool fine = fd >= 0 || error_set_errno(error, errno, "%s cannot be opened", name);

    fine = fine && read_whole(fd, name, &text, error);
    if (fine && text.data[strspn(text.data, " \t\r\n")] == '{')
        fine = take_object(pairs, text.data, text.length, name, error);
    else if (fine)
        fine = take_lines(pairs, text.data, name, error);
    wipe_buffer(&text);
    if (!standard && fd >= 0)
        close(fd);
    return fine;
}

void secret_pairs_release(struct secret_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++)
        secret_wipe(pairs->list[i]);
    free(pairs->list);
    *pairs = (struct secret_pairs){ 0 };
}
