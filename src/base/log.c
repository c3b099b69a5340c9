/* log.c - the debug log.
 *
 * One line a call: time, area, words.  Control bytes are escaped, so that the file can be read on a terminal;
 * secrets are cut out first, where the text is still as it was told.  The struct below is the one thing in
 * the program that is reached without a handle: a log that had to be carried everywhere would not be used. */
#include "base/log.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock; /* the store's writer logs too */
    int file;             /* -1: off */
    char **secrets;
    size_t count, capacity;
} the_log = { .lock = PTHREAD_MUTEX_INITIALIZER, .file = -1 };

void log_open(void)
{
    const char *path = getenv("SANDGATE_DEBUG");
    if (!path || !*path || log_enabled())
        return;
    the_log.file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (the_log.file < 0)
        fprintf(stderr, "sandgate: cannot open the debug log %s: %s\n", path, strerror(errno));
}

void log_close(void)
{
    pthread_mutex_lock(&the_log.lock);
    if (the_log.file >= 0)
        close(the_log.file);
    the_log.file = -1;
    for (size_t i = 0; i < the_log.count; i++) {
        explicit_bzero(the_log.secrets[i], strlen(the_log.secrets[i]));
        free(the_log.secrets[i]);
    }
    free(the_log.secrets);
    the_log.secrets = NULL;
    the_log.count = the_log.capacity = 0;
    pthread_mutex_unlock(&the_log.lock);
}

bool log_enabled(void)
{
    return the_log.file >= 0;
}

/* The length of the longest secret that TEXT begins with, 0: none. */
static size_t secret_at(const char *text)
{
    size_t longest = 0;
    for (size_t i = 0; i < the_log.count; i++) {
        size_t length = strlen(the_log.secrets[i]);
        if (length > longest && strncmp(text, the_log.secrets[i], length) == 0)
            longest = length;
    }
    return longest;
}

static void append_checked(struct buffer *line, const char *text)
{
    while (*text) {
        size_t secret = secret_at(text);
        unsigned char byte = (unsigned char)*text;
        if (secret)
            buffer_append_text(line, "***");
        else if (byte < 0x20 || byte == 0x7f)
            buffer_append_format(line, "\\x%02x", byte);
        else
            buffer_append_byte(line, *text);
        text += secret ? secret : 1;
    }
}

void log_line(const char *area, const char *format, ...)
{
    if (!log_enabled())
        return;
    va_list arguments;
    va_start(arguments, format);
    char *text = xvasprintf(format, arguments);
    va_end(arguments);
    char time[CLOCK_TEXT];
    clock_format(clock_wall(), time);
    struct buffer line = BUFFER_INIT;
    buffer_append_format(&line, "%s %s: ", time, area);
    pthread_mutex_lock(&the_log.lock);
    append_checked(&line, text);
    buffer_append_byte(&line, '\n');
    /* A log that cannot be written is no reason to trouble anyone. */
    if (the_log.file >= 0 && write(the_log.file, line.data, line.length) < 0)
        errno = 0;
    pthread_mutex_unlock(&the_log.lock);
    buffer_release(&line);
    free(text);
}

void log_secret(const char *value)
{
    if (!value || !*value)
        return;
    pthread_mutex_lock(&the_log.lock);
    the_log.secrets =
        array_reserve(the_log.secrets, &the_log.capacity, the_log.count + 1, sizeof *the_log.secrets);
    the_log.secrets[the_log.count++] = xstrdup(value);
    pthread_mutex_unlock(&the_log.lock);
}
