/* ignore_pattern.c - one pattern of an ignore file, read into steps and matched.
 *
 * A step takes one byte, or, as a star, any number of them.  Matching follows all ways through the steps at
 * once, byte by byte of the path, and never goes back; so "*a*a*a*b" costs no more than its length.  Bytes are
 * bytes, as with git: "?" takes one of the two of an e with an accent. */
#include "matter/ignore_pattern.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 4096 }; /* bytes; longer lines are no patterns that anyone wrote */

enum step_kind {
    STEP_BYTE,    /* this byte */
    STEP_ANY,     /* ?: any byte but a slash */
    STEP_SET,     /* [...]: a byte of the set, and no slash */
    STEP_STAR,    /* *: any bytes but slashes */
    STEP_DEEP,    /* ** at the end of a path: any bytes */
    STEP_FOLDERS, /* ** with its slash: nothing, or any bytes up to a slash */
};

struct set {
    uint32_t bits[8]; /* one for each byte */
};

struct step {
    enum step_kind kind;
    unsigned char byte;
    const struct set *set; /* owned */
};

struct ignore_pattern {
    bool negated;
    bool folder_only; /* ended with a slash */
    bool name_only;   /* holds no slash: matched against the last part of the path */
    bool plain;       /* all steps are bytes */
    size_t count;
    struct step steps[];
};

/* What is left to read of a pattern. */
struct reader {
    const char *start, *at, *end;
    const char *first_special; /* of the pattern */
};

/* --- sets --- */

static void set_add(struct set *set, unsigned char first, unsigned char last)
{
    for (unsigned byte = first; byte <= last; byte++)
        set->bits[byte / 32] |= UINT32_C(1) << byte % 32;
}

static bool set_has(const struct set *set, unsigned char byte)
{
    return set->bits[byte / 32] >> byte % 32 & 1;
}

/* The classes as ranges of ASCII, whatever the locale. */
static const struct {
    const char *name;
    const char *ranges; /* first and last of each */
} classes[] = {
    { "alnum", "azAZ09" },   { "alpha", "azAZ" },
    { "blank", "  \t\t" },   { "cntrl", "\x01\x1f\x7f\x7f" },
    { "digit", "09" },       { "graph", "!~" },
    { "lower", "az" },       { "print", " ~" },
    { "punct", "!/:@[`{~" }, { "space", "  \t\n\r\r" },
    { "upper", "AZ" },       { "xdigit", "afAF09" },
};

static bool set_add_class(struct set *set, const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        if (strlen(classes[i].name) != length || memcmp(classes[i].name, name, length) != 0)
            continue;
        for (const char *range = classes[i].ranges; *range; range += 2)
            set_add(set, (unsigned char)range[0], (unsigned char)range[1]);
        return true;
    }
    return false;
}

/* Reads "[:NAME:]" at the reader. 1: done; 0: it is none, so its bracket is a bracket; -1: a bad one. */
static int read_class(struct reader *reader, struct set *set)
{
    const char *name = reader->at + 2;
    if (reader->end - reader->at < 2 || reader->at[1] != ':')
        return 0;
    const char *close = memchr(name, ']', (size_t)(reader->end - name));
    if (!close)
        return -1;
    if (close == name || close[-1] != ':')
        return 0;
    reader->at = close + 1;
    return set_add_class(set, name, (size_t)(close - 1 - name)) ? 1 : -1;
}

/* Reads one byte of a set, which a backslash may stand before. */
static bool read_set_byte(struct reader *reader, unsigned char *byte)
{
    if (reader->at < reader->end && *reader->at == '\\')
        reader->at++;
    if (reader->at == reader->end)
        return false;
    *byte = (unsigned char)*reader->at++;
    return true;
}

/* Reads one member: a class, a byte, or the end of a range that began with *BEFORE (0: none can). */
static bool read_member(struct reader *reader, struct set *set, unsigned char *before)
{
    if (*reader->at == '-' && *before && reader->end - reader->at > 1 && reader->at[1] != ']') {
        unsigned char last;
        reader->at++;
        if (!read_set_byte(reader, &last))
            return false;
        set_add(set, *before, last);
        *before = 0;
        return true;
    }
    int class = *reader->at == '[' ? read_class(reader, set) : 0;
    if (class) {
        *before = 0;
        return class > 0;
    }
    if (!read_set_byte(reader, before))
        return false;
    set_add(set, *before, *before);
    return true;
}

/* Reads a set; the reader stands behind its bracket. NULL when it has no end or a bad class. */
static struct set *read_set(struct reader *reader)
{
    struct set *set = xcalloc(1, sizeof *set);
    bool negated = reader->at < reader->end && (*reader->at == '!' || *reader->at == '^');
    unsigned char before = 0;
    reader->at += negated;
    bool good = true, first = true;
    while (good && reader->at < reader->end && (first || *reader->at != ']')) {
        good = read_member(reader, set, &before);
        first = false;
    }
    if (!good || reader->at == reader->end) {
        free(set);
        return NULL;
    }
    reader->at++;
    for (int i = 0; negated && i < 8; i++)
        set->bits[i] = ~set->bits[i];
    return set;
}

/* --- reading a pattern --- */

/* Two stars or more mean something only as a whole part of a path; and right behind the plain bytes that the
 * pattern begins with, since git compares those first and then sees the stars at the start. */
static struct step read_stars(struct reader *reader, bool name_only)
{
    const char *first = reader->at - 1;
    while (reader->at < reader->end && *reader->at == '*')
        reader->at++;
    bool part_begins = first == reader->start || first[-1] == '/' || first == reader->first_special;
    size_t left = (size_t)(reader->end - reader->at);
    if (reader->at - first == 1 || name_only || !part_begins)
        return (struct step){ .kind = STEP_STAR };
    if (!left || (left > 1 && reader->at[0] == '\\' && reader->at[1] == '/'))
        return (struct step){ .kind = STEP_DEEP };
    if (*reader->at != '/')
        return (struct step){ .kind = STEP_STAR };
    reader->at++;
    return (struct step){ .kind = STEP_FOLDERS };
}

/* Reads one step. False when the pattern can match nothing. */
static bool read_step(struct reader *reader, bool name_only, struct step *step)
{
    char byte = *reader->at++;
    *step = (struct step){ .kind = STEP_BYTE, .byte = (unsigned char)byte };
    switch (byte) {
    case '?':
        step->kind = STEP_ANY;
        return true;
    case '*':
        *step = read_stars(reader, name_only);
        return true;
    case '[':
        step->kind = STEP_SET;
        step->set = read_set(reader);
        return step->set;
    case '\\':
        if (reader->at == reader->end)
            return false;
        step->byte = (unsigned char)*reader->at++;
        return true;
    default:
        return true;
    }
}

/* The length of the line without the blanks at its end, unless a backslash keeps them. */
static size_t without_blanks(const char *line, size_t length)
{
    size_t kept = 0;
    for (size_t at = 0; at < length; at++) {
        bool escaped = line[at] == '\\';
        at += escaped;
        if (at == length)
            return length;
        if (escaped || line[at] != ' ')
            kept = at + 1;
    }
    return kept;
}

static bool read_steps(struct ignore_pattern *pattern, struct reader *reader)
{
    pattern->plain = true;
    while (reader->at < reader->end) {
        struct step *step = &pattern->steps[pattern->count];
        bool good = read_step(reader, pattern->name_only, step);
        pattern->count += good;
        pattern->plain &= step->kind == STEP_BYTE;
        if (!good)
            return false;
    }
    return pattern->count > 0;
}

static const char *find_special(const char *text, const char *end)
{
    while (text < end && !strchr("*?[\\", *text))
        text++;
    return text;
}

struct ignore_pattern *ignore_pattern_new(const char *line, size_t length)
{
    if (!length || *line == '#' || length > LONGEST || memchr(line, '\0', length))
        return NULL;
    const char *end = line + without_blanks(line, length);
    bool negated = *line == '!', folder_only;
    line += negated;
    if (line >= end)
        return NULL;
    folder_only = end[-1] == '/';
    end -= folder_only;
    struct ignore_pattern *pattern =
        xcalloc(1, sizeof *pattern + (size_t)(end - line) * sizeof *pattern->steps);
    pattern->negated = negated;
    pattern->folder_only = folder_only;
    pattern->name_only = !memchr(line, '/', (size_t)(end - line));
    line += line < end && *line == '/';
    struct reader reader = { line, line, end, find_special(line, end) };
    if (read_steps(pattern, &reader))
        return pattern;
    ignore_pattern_free(pattern);
    return NULL;
}

void ignore_pattern_free(struct ignore_pattern *pattern)
{
    if (!pattern)
        return;
    for (size_t i = 0; i < pattern->count; i++)
        free((void *)(uintptr_t)pattern->steps[i].set);
    free(pattern);
}

bool ignore_pattern_is_negated(const struct ignore_pattern *pattern)
{
    return pattern->negated;
}

/* --- matching --- */

/* Marks step AT as one that may come next, and those behind it that can be reached without a byte. */
static void reach(const struct ignore_pattern *pattern, bool *ways, size_t at)
{
    ways[at] = true;
    while (at < pattern->count && pattern->steps[at].kind >= STEP_STAR)
        ways[++at] = true;
}

/* Lets step AT take BYTE and marks what may come after it. True when it took it. */
static bool take(const struct ignore_pattern *pattern, bool *next, size_t at, unsigned char byte)
{
    const struct step *step = &pattern->steps[at];
    bool slash = byte == '/', taken = true;
    switch (step->kind) {
    case STEP_BYTE:
        taken = byte == step->byte;
        break;
    case STEP_ANY:
        taken = !slash;
        break;
    case STEP_SET:
        taken = !slash && set_has(step->set, byte);
        break;
    case STEP_STAR:
        if (!slash)
            reach(pattern, next, at);
        return !slash;
    case STEP_DEEP:
        reach(pattern, next, at);
        return true;
    case STEP_FOLDERS:
        next[at] = true; /* within a folder's name: what is behind may not begin here */
        break;
    }
    if (taken && (step->kind != STEP_FOLDERS || slash))
        reach(pattern, next, at + 1);
    return taken;
}

static bool follow_steps(const struct ignore_pattern *pattern, const char *path)
{
    bool ways[2][LONGEST + 1];
    bool *now = ways[0], *next = ways[1];
    size_t count = pattern->count;
    memset(now, 0, count + 1);
    reach(pattern, now, 0);
    for (; *path; path++) {
        bool any = false;
        memset(next, 0, count + 1);
        for (size_t at = 0; at < count; at++)
            if (now[at])
                any |= take(pattern, next, at, (unsigned char)*path);
        if (!any)
            return false;
        bool *swap = now;
        now = next;
        next = swap;
    }
    return now[count];
}

static bool is_same(const struct ignore_pattern *pattern, const char *path)
{
    size_t at = 0;
    while (at < pattern->count && (unsigned char)path[at] == pattern->steps[at].byte)
        at++;
    return at == pattern->count && !path[at];
}

bool ignore_pattern_matches(const struct ignore_pattern *pattern, const char *path, bool is_folder)
{
    if (pattern->folder_only && !is_folder)
        return false;
    if (pattern->name_only) {
        const char *slash = strrchr(path, '/');
        path = slash ? slash + 1 : path;
    }
    return pattern->plain ? is_same(pattern, path) : follow_steps(pattern, path);
}
