/* script.c - reading of .screen files. */
#include "script.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Where the reading stands. */
struct reader {
    const char *at;
    int line;
};

/* The next line without its newline (caller frees); NULL at the end. */
static char *next_line(struct reader *reader)
{
    if (!*reader->at)
        return NULL;
    size_t length = strcspn(reader->at, "\n");
    char *line = xstrndup(reader->at, length);
    reader->at += length + (reader->at[length] == '\n');
    reader->line++;
    return line;
}

static char *trimmed(const char *text)
{
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        length--;
    return xstrndup(text, length);
}

/* Takes "<<WORD" off the end of ARGUMENT; returns the word (caller frees), NULL: there is none. */
static char *cut_block_word(char *argument)
{
    char *mark = strrchr(argument, '<');
    if (!mark || mark == argument || mark[-1] != '<' || !mark[1] || strpbrk(mark, " \t"))
        return NULL;
    char *word = xstrdup(mark + 1);
    mark--;
    while (mark > argument && isspace((unsigned char)mark[-1]))
        mark--;
    *mark = '\0';
    return word;
}

static char *read_block(struct reader *reader, const char *word, struct error *error)
{
    struct buffer block = BUFFER_INIT;
    int first = reader->line;
    for (char *line; (line = next_line(reader));) {
        bool ends = strcmp(line, word) == 0;
        if (!ends)
            buffer_append_format(&block, "%s\n", line);
        free(line);
        if (ends)
            return buffer_detach(&block);
    }
    buffer_release(&block);
    error_set(error, "line %d: the block has no end, a line \"%s\"", first, word);
    return NULL;
}

static bool add_step(struct script *script, struct reader *reader, const char *line, struct error *error)
{
    script->steps = array_reserve(script->steps, &script->capacity, script->count + 1, sizeof *script->steps);
    struct step *step = &script->steps[script->count++];
    size_t word = strcspn(line, " \t");
    *step =
        (struct step){ .line = reader->line, .word = xstrndup(line, word), .argument = trimmed(line + word) };
    char *end = cut_block_word(step->argument);
    if (!end)
        return true;
    step->block = read_block(reader, end, error);
    free(end);
    return step->block != NULL;
}

static bool take_line(struct script *script, struct reader *reader, const char *line, struct error *error)
{
    line += strspn(line, " \t");
    if (*line == '#') {
        if (!script->title)
            script->title = trimmed(line + 1);
        return true;
    }
    return !*line || add_step(script, reader, line, error);
}

bool script_read(struct script *script, const char *path, struct error *error)
{
    *script = (struct script){ .path = xstrdup(path) };
    struct buffer file = BUFFER_INIT;
    bool good = path_read_file(path, &file, error);
    struct reader reader = { .at = file.data };
    for (char *line; good && (line = next_line(&reader)); free(line))
        good = take_line(script, &reader, line, error);
    buffer_release(&file);
    if (!script->title)
        script->title = xstrdup(path_name(path));
    return good;
}

void script_release(struct script *script)
{
    for (size_t i = 0; i < script->count; i++) {
        free(script->steps[i].word);
        free(script->steps[i].argument);
        free(script->steps[i].block);
    }
    free(script->steps);
    free(script->title);
    free(script->path);
}
