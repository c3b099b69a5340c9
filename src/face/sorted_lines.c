/* sorted_lines.c - see sorted_lines.h.  The file is written once from its beginning to its end, through a buffer, and
 * read line by line at their places. */
#include "face/sorted_lines.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_TEXT = 32 };

struct line {
    int64_t time, number, place;
    char name[NAME_TEXT];
    size_t length;
};

struct sorted_lines {
    FILE *file;
    int64_t end; /* of what was written */
    struct line *lines;
    size_t count, capacity;
};

static FILE *make_file(const char *folder, struct error *error)
{
    char *path = path_join(folder, "lines-XXXXXX");
    int fd = mkostemp(path, O_CLOEXEC);
    FILE *file = fd >= 0 ? fdopen(fd, "w+") : NULL;
    if (fd >= 0)
        unlink(path);
    if (!file)
        error_set_errno(error, errno, "cannot make a file for a moment in %s", folder);
    free(path);
    return file;
}

struct sorted_lines *sorted_lines_new(const char *folder, struct error *error)
{
    FILE *file = make_file(folder, error);
    if (!file)
        return NULL;
    struct sorted_lines *lines = xcalloc(1, sizeof *lines);
    lines->file = file;
    return lines;
}

void sorted_lines_free(struct sorted_lines *lines)
{
    if (!lines)
        return;
    fclose(lines->file);
    free(lines->lines);
    free(lines);
}

bool sorted_lines_add(struct sorted_lines *lines, int64_t time, const char *name, int64_t number,
                      const char *text, struct error *error)
{
    size_t length = strlen(text);
    lines->lines = array_reserve(lines->lines, &lines->capacity, lines->count + 1, sizeof *lines->lines);
    struct line *line = &lines->lines[lines->count++];
    *line = (struct line){ .time = time, .number = number, .place = lines->end, .length = length };
    memcpy(line->name, name, strnlen(name, NAME_TEXT - 1));
    lines->end += (int64_t)length;
    return fwrite(text, 1, length, lines->file) == length ||
           error_set_errno(error, errno, "cannot keep a line for a moment");
}

static int by_time(const void *left, const void *right)
{
    const struct line *a = left, *b = right;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

/* LINE's text at the beginning of TEXT, which has room for it. */
static bool read_line(const struct sorted_lines *lines, const struct line *line, char *text)
{
    size_t done = 0;
    while (done < line->length) {
        ssize_t got = pread(fileno(lines->file), text + done, line->length - done, line->place + (off_t)done);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

bool sorted_lines_print(struct sorted_lines *lines, FILE *out, struct error *error)
{
    struct buffer text = BUFFER_INIT;
    if (fflush(lines->file) != 0)
        return error_set_errno(error, errno, "cannot keep the lines for a moment");
    if (lines->count)
        qsort(lines->lines, lines->count, sizeof *lines->lines, by_time);
    bool read = true;
    for (size_t i = 0; read && i < lines->count; i++) {
        const struct line *line = &lines->lines[i];
        buffer_clear(&text);
        char *room = buffer_reserve(&text, line->length + 1);
        read = read_line(lines, line, room);
        room[line->length] = '\n';
        if (read)
            fwrite(room, 1, line->length + 1, out);
    }
    buffer_release(&text);
    if (!read)
        return error_set_errno(error, errno, "cannot read the lines again");
    return (fflush(out) == 0 && !ferror(out)) ||
           error_set_errno(error, errno, "cannot write to standard output");
}
