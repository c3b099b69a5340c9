/* lexer.c - one loop for all languages; their rows are in lexer_languages.c.
 *
 * The state between two lines says what is open: 0 nothing, STATE_COMMENT, STATE_TAG, or STATE_STRING plus the
 * number of the string's row. */
#include "matter/lexer.h"

#include "matter/lexer_languages.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { CHARACTER_LONGEST = 12, WORD_LONGEST = 30 };

enum state { STATE_COMMENT = 1, STATE_TAG = 2, STATE_STRING = 8 };

struct scan {
    const struct lexer_language *language;
    const char *line;
    size_t length;
    size_t at;   /* what lies before it was told or is plain */
    size_t told; /* plain text from here to at was not told yet */
    unsigned state;
    bool key_seen; /* the line's key was told */
    void (*token)(void *data, enum token_kind kind, size_t offset, size_t length);
    void *data;
};

/* --- finding a language --- */

/* True when WORDS (each with spaces around it) has TEXT. */
static bool has_word(const char *words, const char *text, size_t length, bool caseless)
{
    char word[WORD_LONGEST + 3] = " ";

    if (length > WORD_LONGEST || memchr(text, '\0', length))
        return false;
    memcpy(word + 1, text, length);
    word[length + 1] = ' ';
    return (caseless ? strcasestr(words, word) : strstr(words, word)) != NULL;
}

static const struct lexer_language *find_alias(const char *name, size_t length)
{
    for (size_t i = 0; length && i < lexer_language_count; i++)
        if (has_word(lexer_languages[i].aliases, name, length, true))
            return &lexer_languages[i];
    return NULL;
}

const struct lexer_language *lexer_find(const char *name, size_t length)
{
    size_t end = 0;
    if (length && name[0] == '{') { /* {.python} */
        name += length > 1 && name[1] == '.' ? 2 : 1;
        length -= length > 1 && name[-1] == '.' ? 2 : 1;
    }
    while (end < length && !strchr(" \t,{}", name[end]))
        end++;
    size_t start = end;
    while (start > 0 && name[start - 1] != '/')
        start--;
    const struct lexer_language *language = find_alias(name + start, end - start);
    for (size_t dot = end; !language && dot > start; dot--)
        if (name[dot - 1] == '.')
            return find_alias(name + dot, end - dot);
    return language;
}

const char *lexer_name(const struct lexer_language *language)
{
    return language->name;
}

const struct lexer_language *lexer_at(size_t index)
{
    return index < lexer_language_count ? &lexer_languages[index] : NULL;
}

/* --- telling --- */

static void tell_plain(struct scan *scan)
{
    if (scan->at > scan->told)
        scan->token(scan->data, TOKEN_TEXT, scan->told, scan->at - scan->told);
    scan->told = scan->at;
}

/* Tells what lies from AT up to END. */
static void tell(struct scan *scan, enum token_kind kind, size_t end)
{
    tell_plain(scan);
    if (end > scan->at)
        scan->token(scan->data, kind, scan->at, end - scan->at);
    scan->at = scan->told = end;
}

static bool stands(const struct scan *scan, size_t at, const char *text)
{
    size_t length = text ? strlen(text) : 0;
    return length && scan->length - at >= length && memcmp(scan->line + at, text, length) == 0;
}

static bool is_name(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || (unsigned char)byte >= 0x80;
}

/* --- comments and strings --- */

/* The comment that is open, to its end or the line's. FROM: behind its opening. */
static void finish_comment(struct scan *scan, size_t from)
{
    const char *close = scan->language->comment_close;
    for (size_t end = from; end < scan->length; end++) {
        if (!stands(scan, end, close))
            continue;
        tell(scan, TOKEN_COMMENT, end + strlen(close));
        scan->state &= ~(unsigned)STATE_COMMENT;
        return;
    }
    tell(scan, TOKEN_COMMENT, scan->length);
    scan->state |= STATE_COMMENT;
}

/* Where the string of ROW ends behind FROM; 0: not in this line. */
static size_t string_end(const struct scan *scan, const struct string_row *row, size_t from)
{
    for (size_t end = from; end < scan->length; end++) {
        if (scan->line[end] == '\\' && !(row->flags & RAW))
            end++;
        else if (stands(scan, end, row->close))
            return end + strlen(row->close);
    }
    return 0;
}

/* A string that is followed by a colon is a key. */
static enum token_kind string_kind(const struct scan *scan, size_t end)
{
    while (end < scan->length && scan->line[end] == ' ')
        end++;
    bool key = (scan->language->flags & COLON_KEYS) && end < scan->length && scan->line[end] == ':';
    return key ? TOKEN_KEYWORD : TOKEN_STRING;
}

static void finish_string(struct scan *scan, size_t which, size_t from)
{
    const struct string_row *row = &scan->language->strings[which];
    size_t end = string_end(scan, row, from);
    unsigned tag = scan->state & STATE_TAG;
    scan->state = tag;
    if (end) {
        tell(scan, string_kind(scan, end), end);
        return;
    }
    tell(scan, TOKEN_STRING, scan->length);
    if (row->flags & LINES)
        scan->state = tag | (STATE_STRING * (unsigned)(which + 1));
}

/* What lies between FROM and END, a closing quote, is one character: 'x', '\\n', not the life time in <'a, 'b>. */
static bool is_character(const struct scan *scan, size_t from, size_t end)
{
    if (!end || end - from > CHARACTER_LONGEST || end - from < 2)
        return false;
    size_t at = from + 1;
    while (at < end && ((unsigned char)scan->line[at] & 0xc0) == 0x80)
        at++;
    return scan->line[from] == '\\' || at == end - 1;
}

static bool take_string(struct scan *scan)
{
    const struct string_row *rows = scan->language->strings;
    for (size_t i = 0; i < STRINGS && rows[i].open; i++) {
        if (!stands(scan, scan->at, rows[i].open))
            continue;
        size_t from = scan->at + strlen(rows[i].open);
        size_t end = string_end(scan, &rows[i], from);
        if ((rows[i].flags & CHARACTER) && !is_character(scan, from, end))
            return false;
        finish_string(scan, i, from);
        return true;
    }
    return false;
}

static bool take_comment(struct scan *scan)
{
    const struct lexer_language *language = scan->language;
    if (stands(scan, scan->at, language->comment_open)) {
        finish_comment(scan, scan->at + strlen(language->comment_open));
        return true;
    }
    bool spaced = scan->at == 0 || isspace((unsigned char)scan->line[scan->at - 1]);
    if ((language->flags & SPACED_COMMENT) && !spaced)
        return false;
    if (!stands(scan, scan->at, language->line_comment) &&
        !stands(scan, scan->at, language->other_line_comment))
        return false;
    tell(scan, TOKEN_COMMENT, scan->length);
    return true;
}

/* --- words --- */

static bool only_before(const struct scan *scan, const char *allowed)
{
    for (size_t i = 0; i < scan->at; i++)
        if (!strchr(allowed, scan->line[i]))
            return false;
    return true;
}

/* The name at AT is the key of its line: "key:" and "- key:", or "key =". Returns its end, 0: it is none. */
static size_t key_end(const struct scan *scan)
{
    unsigned flags = scan->language->flags;
    size_t end = scan->at;
    if (scan->key_seen || !(flags & (COLON_KEYS | EQUAL_KEYS)) || !only_before(scan, " \t-{,?"))
        return 0;
    while (end < scan->length && (is_name(scan->line[end]) || strchr("-.$/", scan->line[end])))
        end++;
    size_t behind = end;
    while (behind < scan->length && scan->line[behind] == ' ')
        behind++;
    char mark = behind < scan->length ? scan->line[behind] : '\0';
    return mark && mark == (flags & EQUAL_KEYS ? '=' : ':') ? end : 0;
}

static void take_word(struct scan *scan)
{
    size_t end = scan->at;
    while (end < scan->length && is_name(scan->line[end]))
        end++;
    bool caseless = scan->language->flags & CASELESS;
    if (has_word(scan->language->keywords, scan->line + scan->at, end - scan->at, caseless))
        tell(scan, TOKEN_KEYWORD, end);
    else
        scan->at = end;
}

static void take_number(struct scan *scan)
{
    size_t end = scan->at;
    while (end < scan->length && (is_name(scan->line[end]) || scan->line[end] == '.'))
        end++;
    tell(scan, TOKEN_NUMBER, end);
}

/* "#include" and its like; "[section]". */
static bool take_line_start(struct scan *scan)
{
    unsigned flags = scan->language->flags;
    char first = scan->line[scan->at];
    if (!only_before(scan, " \t"))
        return false;
    if ((flags & DIRECTIVES) && first == '#') {
        size_t end = scan->at + 1;
        while (end < scan->length && (is_name(scan->line[end]) || scan->line[end] == ' '))
            if (scan->line[end++] == ' ' && is_name(scan->line[end - 2]))
                break;
        tell(scan, TOKEN_KEYWORD, end);
        return true;
    }
    if ((flags & EQUAL_KEYS) && first == '[' && scan->line[scan->length - 1] == ']') {
        tell(scan, TOKEN_KEYWORD, scan->length);
        return true;
    }
    return false;
}

static void take_code(struct scan *scan)
{
    char byte = scan->line[scan->at];
    if (take_line_start(scan) || take_comment(scan) || take_string(scan))
        return;
    size_t key = is_name(byte) ? key_end(scan) : 0;
    if (key) {
        scan->key_seen = true;
        tell(scan, TOKEN_KEYWORD, key);
    } else if (isdigit((unsigned char)byte)) {
        take_number(scan);
    } else if (is_name(byte)) {
        take_word(scan);
    } else {
        scan->at++;
    }
}

/* --- tags --- */

static void take_markup(struct scan *scan)
{
    char byte = scan->line[scan->at];
    if (take_comment(scan))
        return;
    if (scan->state & STATE_TAG) {
        if (take_string(scan))
            return;
        size_t close = byte == '>' ? 1 : stands(scan, scan->at, "/>") ? 2 : 0;
        if (close) {
            tell(scan, TOKEN_KEYWORD, scan->at + close);
            scan->state &= ~(unsigned)STATE_TAG;
        } else {
            scan->at++;
        }
    } else if (byte == '<') {
        size_t end = scan->at + 1;
        while (end < scan->length && (is_name(scan->line[end]) || strchr("/!?-:", scan->line[end])))
            end++;
        tell(scan, TOKEN_KEYWORD, end);
        scan->state |= STATE_TAG;
    } else {
        scan->at++;
    }
}

/* --- diffs --- */

static enum token_kind diff_kind(const char *line, size_t length)
{
    static const struct {
        const char *start;
        enum token_kind kind;
    } starts[] = {
        { "+++", TOKEN_KEYWORD },
        { "---", TOKEN_KEYWORD },
        { "@@", TOKEN_HUNK },
        { "diff ", TOKEN_KEYWORD },
        { "index ", TOKEN_COMMENT },
        { "+", TOKEN_ADDED },
        { ">", TOKEN_ADDED },
        { "-", TOKEN_REMOVED },
        { "<", TOKEN_REMOVED },
        { "\\", TOKEN_COMMENT },
        { "rename ", TOKEN_COMMENT },
        { "new file", TOKEN_COMMENT },
        { "deleted file", TOKEN_COMMENT },
    };
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        size_t start = strlen(starts[i].start);
        if (length >= start && memcmp(line, starts[i].start, start) == 0)
            return starts[i].kind;
    }
    return TOKEN_TEXT;
}

/* --- the line --- */

static void finish_open(struct scan *scan)
{
    if (scan->state & STATE_COMMENT)
        finish_comment(scan, 0);
    else if (scan->state >= STATE_STRING)
        finish_string(scan, scan->state / STATE_STRING - 1, 0);
}

unsigned lexer_line(const struct lexer_language *language, unsigned state, const char *line, size_t length,
                    void (*token)(void *data, enum token_kind kind, size_t offset, size_t length), void *data)
{
    struct scan scan = { language, line, length, .state = state, .token = token, .data = data };
    if (!language || (language->flags & DIFF)) {
        tell(&scan, language ? diff_kind(line, length) : TOKEN_TEXT, length);
        return LEXER_START;
    }
    finish_open(&scan);
    while (scan.at < length) {
        if (language->flags & TAGS)
            take_markup(&scan);
        else
            take_code(&scan);
    }
    tell_plain(&scan);
    return scan.state;
}
