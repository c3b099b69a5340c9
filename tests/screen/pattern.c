/* pattern.c - matching of rows and screens, with going back where a wildcard took too little. */
#include "pattern.h"

#include "base/buffer.h"
#include "base/utf8.h"

#include <string.h>

static size_t next_character(const char *text, size_t length)
{
    uint32_t code;
    return length ? utf8_decode(text, length, &code) : 0;
}

static size_t without_blanks(const char *text, size_t length)
{
    while (length && text[length - 1] == ' ')
        length--;
    return length;
}

static bool match_row(const char *pattern, size_t pattern_length, const char *row, size_t length)
{
    if (pattern_length == 0)
        return length == 0;
    size_t size = next_character(row, length);
    if (*pattern == '~')
        return match_row(pattern + 1, pattern_length - 1, row, length) ||
               (size && match_row(pattern, pattern_length, row + size, length - size));
    if (size == 0)
        return false;
    if (*pattern == '?')
        return match_row(pattern + 1, pattern_length - 1, row + size, length - size);
    return *pattern == *row && match_row(pattern + 1, pattern_length - 1, row + 1, length - 1);
}

static bool match_rows(const char *pattern, size_t pattern_length, const char *row, size_t length)
{
    return match_row(pattern, without_blanks(pattern, pattern_length), row, without_blanks(row, length));
}

bool pattern_row(const char *pattern, const char *row)
{
    return match_rows(pattern, strlen(pattern), row, strlen(row));
}

static bool is_any_rows(const char *pattern, size_t length)
{
    return without_blanks(pattern, length) == 2 && memcmp(pattern, "~~", 2) == 0;
}

static const char *next_row(const char *text)
{
    text += strcspn(text, "\n");
    return *text ? text + 1 : text;
}

bool pattern_screen(const char *pattern, const char *screen)
{
    if (!*pattern)
        return screen[strspn(screen, " \n")] == '\0';
    size_t length = strcspn(pattern, "\n");
    if (is_any_rows(pattern, length))
        return pattern_screen(next_row(pattern), screen) ||
               (*screen && pattern_screen(pattern, next_row(screen)));
    if (!*screen)
        return pattern[strspn(pattern, " \n")] == '\0';
    return match_rows(pattern, length, screen, strcspn(screen, "\n")) &&
           pattern_screen(next_row(pattern), next_row(screen));
}

/* The rows of PATTERN that match the start of SCREEN; what follows them is where the two differ. */
static size_t good_rows(const char *pattern, const char *screen)
{
    size_t count = 0;
    while (*pattern && *screen && !is_any_rows(pattern, strcspn(pattern, "\n")) &&
           match_rows(pattern, strcspn(pattern, "\n"), screen, strcspn(screen, "\n"))) {
        pattern = next_row(pattern);
        screen = next_row(screen);
        count++;
    }
    return count;
}

void pattern_rows(struct buffer *out, const char *rows, size_t marked)
{
    for (size_t row = 0; *rows; row++, rows = next_row(rows))
        buffer_append_format(out, "# %s%3zu|%.*s\n", row == marked ? ">" : " ", row, (int)strcspn(rows, "\n"),
                             rows);
}

void pattern_difference(struct buffer *out, const char *pattern, const char *screen)
{
    size_t good = good_rows(pattern, screen);
    buffer_append_text(out, "# wanted:\n");
    pattern_rows(out, pattern, good);
    buffer_append_text(out, "# on the screen:\n");
    pattern_rows(out, screen, good);
}
