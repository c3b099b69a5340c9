/* braces.c - {a,b} and {1..9}, over a text in which each byte is marked: only bare bytes mean anything.
 *
 * As bash does it: the first brace that has a comma or two dots at its own level and an end is taken, its parts
 * are expanded, and each is put between what stands before and behind it. */
#include "policy/scan.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 512, DEPTH_MAX = 20, FEW_BYTES = 64 };

struct expansion {
    struct scan *scan;
    struct marked **list;
    size_t *count, *capacity;
    bool *plain;
};

void marked_add(struct scan *scan, struct marked *marked, const char *text, size_t length, enum mark mark)
{
    size_t room = marked->capacity;
    marked->text = pool_reserve(&scan->pool, marked->text, &room, marked->length + length + 1, 1);
    marked->marks =
        pool_reserve(&scan->pool, marked->marks, &marked->capacity, marked->length + length + 1, 1);
    memcpy(marked->text + marked->length, text, length);
    memset(marked->marks + marked->length, mark, length);
    marked->length += length;
    marked->text[marked->length] = '\0';
}

static void add_span(struct scan *scan, struct marked *to, const struct marked *from, size_t first,
                     size_t end)
{
    for (size_t i = first; i < end; i++)
        marked_add(scan, to, from->text + i, 1, (enum mark)from->marks[i]);
}

static bool is_bare(const struct marked *word, size_t at, char byte)
{
    return at < word->length && word->text[at] == byte && word->marks[at] == MARK_BARE;
}

struct brace {
    size_t open, close;
    bool commas, dots;
};

/* Where the brace at OPEN ends; false: nowhere, or it has nothing to choose from. */
static bool measure(const struct marked *word, struct brace *brace)
{
    size_t deep = 0;
    for (size_t i = brace->open; i < word->length; i++) {
        deep += is_bare(word, i, '{');
        brace->commas |= deep == 1 && is_bare(word, i, ',');
        brace->dots |= deep == 1 && is_bare(word, i, '.') && is_bare(word, i + 1, '.');
        if (is_bare(word, i, '}') && --deep == 0) {
            brace->close = i;
            return brace->commas || brace->dots;
        }
    }
    return false;
}

static bool find_brace(struct scan *scan, const struct marked *word, struct brace *brace)
{
    for (size_t i = 0; i < word->length; i++) {
        if (!is_bare(word, i, '{'))
            continue;
        *brace = (struct brace){ .open = i };
        if (!scan_works(scan, word->length - i))
            return false;
        if (measure(word, brace))
            return true;
    }
    return false;
}

static void add_word(struct expansion *expansion, const struct marked *word)
{
    *expansion->list = pool_reserve(&expansion->scan->pool, *expansion->list, expansion->capacity,
                                    *expansion->count + 1, sizeof **expansion->list);
    (*expansion->list)[(*expansion->count)++] = *word;
}

static bool expand(struct expansion *expansion, const struct marked *word, unsigned depth);

/* What stands before, PART, what stands behind. */
static bool expand_with(struct expansion *expansion, const struct marked *word, const struct brace *brace,
                        const struct marked *part, unsigned depth)
{
    struct marked whole = { 0 };
    add_span(expansion->scan, &whole, word, 0, brace->open);
    add_span(expansion->scan, &whole, part, 0, part->length);
    add_span(expansion->scan, &whole, word, brace->close + 1, word->length);
    return expand(expansion, &whole, depth + 1);
}

static bool expand_commas(struct expansion *expansion, const struct marked *word, const struct brace *brace,
                          unsigned depth)
{
    size_t deep = 0, from = brace->open + 1;
    for (size_t i = from; i <= brace->close; i++) {
        bool ends = i == brace->close || (!deep && is_bare(word, i, ','));
        deep += is_bare(word, i, '{');
        deep -= deep && is_bare(word, i, '}');
        if (!ends)
            continue;
        struct marked part = { 0 };
        add_span(expansion->scan, &part, word, from, i);
        if (!expand_with(expansion, word, brace, &part, depth))
            return false;
        from = i + 1;
    }
    return true;
}

/* {1..9}, {a..f}, with a step; anything else stays as it is. */
static bool expand_dots(struct expansion *expansion, const struct marked *word, const struct brace *brace,
                        unsigned depth)
{
    char text[48] = "", *end;
    size_t length = brace->close - brace->open - 1;
    *expansion->plain = false;
    if (length >= sizeof text || length < 4)
        return true;
    memcpy(text, word->text + brace->open + 1, length);
    bool letters =
        text[1] == '.' && text[2] == '.' && text[3] && !text[4] && (text[0] > '9' || text[0] < '0');
    long from = letters ? (unsigned char)text[0] : strtol(text, &end, 10);
    if (!letters && (end == text || strncmp(end, "..", 2) != 0))
        return true;
    char *rest = letters ? NULL : end + 2;
    long to = letters ? (unsigned char)text[3] : strtol(rest, &end, 10);
    long step = !letters && strncmp(end, "..", 2) == 0 ? labs(strtol(end + 2, NULL, 10)) : 1;
    step = step ? step : 1;
    for (long i = from; from <= to ? i <= to : i >= to; i += from <= to ? step : -step) {
        struct marked part = { 0 };
        char number[24];
        int size = letters ? 1 : 0;
        number[0] = (char)i;
        if (!letters) {
            const char *digits = pool_format(&expansion->scan->pool, "%ld", i);
            size = (int)strlen(strcpy(number, digits));
        }
        marked_add(expansion->scan, &part, number, (size_t)size, MARK_QUOTED);
        if (!expand_with(expansion, word, brace, &part, depth))
            return false;
    }
    return true;
}

static bool expand(struct expansion *expansion, const struct marked *word, unsigned depth)
{
    struct brace brace;
    if (*expansion->count >= WORDS_MAX || depth > DEPTH_MAX || !scan_works(expansion->scan, word->length))
        return false;
    if (find_brace(expansion->scan, word, &brace)) {
        size_t before = *expansion->count;
        bool fits = brace.commas ? expand_commas(expansion, word, &brace, depth)
                                 : expand_dots(expansion, word, &brace, depth);
        if (!fits || *expansion->count > before)
            return fits;
    }
    add_word(expansion, word);
    return true;
}

/* Too many words: each piece between braces and commas by itself, with what stands before and behind all of them,
 * so that none is missed; what several of them come to together is. */
static void expand_pieces(struct expansion *expansion, const struct marked *word)
{
    size_t first = 0, end = word->length, from;
    while (first < word->length && !is_bare(word, first, '{'))
        first++;
    while (end > first && !is_bare(word, end - 1, '}'))
        end--;
    from = first + 1;
    for (size_t i = from; i < end; i++) {
        if (!is_bare(word, i, '{') && !is_bare(word, i, '}') && !is_bare(word, i, ','))
            continue;
        struct marked piece = { 0 };
        marked_add(expansion->scan, &piece, "", 0, MARK_BARE);
        if (first + word->length - end <= FEW_BYTES ||
            scan_works(expansion->scan, first + word->length - end)) {
            add_span(expansion->scan, &piece, word, 0, first);
            add_span(expansion->scan, &piece, word, from, i);
            add_span(expansion->scan, &piece, word, end, word->length);
            add_word(expansion, &piece);
        }
        from = i + 1;
    }
}

bool braces_expand(struct scan *scan, const struct marked *word, struct marked **list, size_t *count,
                   size_t *capacity, bool *plain)
{
    struct expansion expansion = { scan, list, count, capacity, plain };
    if (expand(&expansion, word, 0))
        return true;
    expand_pieces(&expansion, word);
    return false;
}
