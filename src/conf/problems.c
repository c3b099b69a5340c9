/* problems.c - collected problems.
 *
 * Files come from projects that nobody has read yet, so what is quoted from them is made visible and short
 * here, and the number of lines is bounded. */
#include "conf/problems.h"

#include "base/error.h"
#include "base/visible.h"

#include <string.h>

enum { QUOTED_BYTES = 60 };

bool problems_add(struct problems *problems, int line, int column, const char *format, ...)
{
    if (problems->count++ >= PROBLEMS_TOLD)
        return false;
    struct buffer *text = &problems->text;
    if (text->length)
        buffer_append_byte(text, '\n');
    if (problems->source)
        visible_line(text, problems->source, strlen(problems->source));
    if (line)
        buffer_append_format(text, "%s%d:%d", problems->source ? ":" : "", line, column);
    if (problems->source || line)
        buffer_append_text(text, ": ");
    va_list arguments;
    va_start(arguments, format);
    buffer_append_format_list(text, format, arguments);
    va_end(arguments);
    return false;
}

bool problems_finish(struct problems *problems, struct error *error)
{
    bool fine = !problems->count;
    if (problems->count > PROBLEMS_TOLD)
        buffer_append_format(&problems->text, "\nand %zu more", problems->count - PROBLEMS_TOLD);
    if (!fine)
        error_set(error, "%s", problems->text.data);
    buffer_release(&problems->text);
    problems->count = 0;
    return fine;
}

char *problems_quote(const char *text)
{
    struct buffer out = BUFFER_INIT;
    size_t length = strlen(text), told = 0;
    while (told < length && told < QUOTED_BYTES) {
        struct glyph glyph;
        visible_next(text + told, length - told, &glyph);
        visible_line(&out, text + told, glyph.bytes);
        told += glyph.bytes;
    }
    if (told < length)
        buffer_append_text(&out, "...");
    return buffer_detach(&out);
}
