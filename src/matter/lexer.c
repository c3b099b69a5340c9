/* lexer.c - one row a language, one loop for all of them.
 *
 * The state between two lines says what is open: 0 nothing, STATE_COMMENT, STATE_TAG, or STATE_STRING plus the
 * number of the string's row. */
#include "matter/lexer.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { STRINGS = 5, CHARACTER_LONGEST = 12 };

enum state { STATE_COMMENT = 1, STATE_TAG = 2, STATE_STRING = 8 };

enum string_flag {
    LINES = 1,     /* goes on over the line's end */
    RAW = 2,       /* a backslash is only a backslash */
    CHARACTER = 4, /* a character: without its end nearby it is none (a lifetime, an apostrophe) */
};

enum language_flag {
    CASELESS = 1,       /* keywords in any case */
    SPACED_COMMENT = 2, /* a comment begins only behind a space */
    DIRECTIVES = 4,     /* #include */
    COLON_KEYS = 8,     /* "key": value */
    EQUAL_KEYS = 16,    /* key = value, [section] */
    TAGS = 32,          /* <tag attribute="string"> */
    DIFF = 64,          /* the first character says it all */
};

struct string_row {
    const char *open, *close;
    unsigned flags;
};

struct lexer_language {
    const char *name;
    const char *aliases; /* words of fences, endings and names of files; spaces around each */
    const char *line_comment, *other_line_comment;
    const char *comment_open, *comment_close;
    struct string_row strings[STRINGS]; /* longer openings first */
    const char *keywords;               /* spaces around each */
    unsigned flags;
};

#define C_STRINGS               \
    {                           \
        { "\"", "\"", 0 },      \
        {                       \
            "'", "'", CHARACTER \
        }                       \
    }
#define C_KEYWORDS                                                                                       \
    " auto bool break case char const continue default do double else enum extern false float for goto " \
    "if inline int int16_t int32_t int64_t int8_t long NULL register restrict return short signed "      \
    "size_t sizeof ssize_t static struct switch true typedef uint16_t uint32_t uint64_t uint8_t union "  \
    "unsigned void volatile while "
#define JAVASCRIPT_KEYWORDS                                                                                \
    " async await break case catch class const continue debugger default delete do else export extends "   \
    "false finally for from function get if import in instanceof let new null of return set static super " \
    "switch this throw true try typeof undefined var void while with yield "
#define JAVASCRIPT_STRINGS                  \
    {                                       \
        { "\"", "\"", 0 }, { "'", "'", 0 }, \
        {                                   \
            "`", "`", LINES                 \
        }                                   \
    }

static const struct lexer_language languages[] = {
    { "c", " c h ", "//", NULL, "/*", "*/", C_STRINGS, C_KEYWORDS, DIRECTIVES },
    { "c++", " c++ cpp cc cxx hpp hh hxx ", "//", NULL, "/*", "*/", C_STRINGS,
      C_KEYWORDS
      "catch class concept constexpr const_cast decltype delete dynamic_cast explicit final friend "
      "mutable namespace new noexcept nullptr operator override private protected public "
      "reinterpret_cast static_cast template this throw try typename using virtual ",
      DIRECTIVES },
    { "python",
      " python py python3 pyi pycon ",
      "#",
      NULL,
      NULL,
      NULL,
      { { "\"\"\"", "\"\"\"", LINES }, { "'''", "'''", LINES }, { "\"", "\"", 0 }, { "'", "'", 0 } },
      " and as assert async await break case class continue def del elif else except False finally for from "
      "global if import in is lambda match None nonlocal not or pass raise return self True try while with "
      "yield ",
      0 },
    { "shell",
      " sh shell bash zsh console ksh bashrc profile ",
      "#",
      NULL,
      NULL,
      NULL,
      { { "\"", "\"", LINES }, { "'", "'", LINES | RAW } },
      " alias break case cd continue declare do done echo elif else esac eval exec exit export fi for "
      "function "
      "if in local printf read readonly return set shift source test then trap unset until while ",
      SPACED_COMMENT },
    { "json",
      " json jsonl jsonc json5 geojson ",
      "//",
      NULL,
      "/*",
      "*/",
      { { "\"", "\"", 0 } },
      " true false null ",
      COLON_KEYS },
    { "yaml",
      " yaml yml ",
      "#",
      NULL,
      NULL,
      NULL,
      { { "\"", "\"", 0 }, { "'", "'", RAW } },
      " true false null yes no on off True False ",
      COLON_KEYS | SPACED_COMMENT },
    { "javascript", " javascript js jsx mjs cjs node ", "//", NULL, "/*", "*/", JAVASCRIPT_STRINGS,
      JAVASCRIPT_KEYWORDS, 0 },
    { "typescript", " typescript ts tsx mts ", "//", NULL, "/*", "*/", JAVASCRIPT_STRINGS,
      JAVASCRIPT_KEYWORDS
      "abstract any as boolean declare enum implements interface is keyof namespace never "
      "number private protected public readonly string type unknown ",
      0 },
    { "go",
      " go golang ",
      "//",
      NULL,
      "/*",
      "*/",
      { { "\"", "\"", 0 }, { "`", "`", LINES | RAW }, { "'", "'", CHARACTER } },
      " any bool break byte case chan const continue default defer else error fallthrough false float32 "
      "float64 "
      "for func go goto if import int int32 int64 interface iota map nil package range return rune select "
      "string struct switch true type uint uint32 uint64 var ",
      0 },
    { "rust",
      " rust rs ",
      "//",
      NULL,
      "/*",
      "*/",
      { { "r#\"", "\"#", LINES | RAW }, { "\"", "\"", LINES }, { "'", "'", CHARACTER } },
      " as async await bool break char const continue crate dyn else enum extern f32 f64 false fn for i16 "
      "i32 "
      "i64 i8 if impl in isize let loop match mod move mut pub ref return self Self static str String struct "
      "super trait true type u16 u32 u64 u8 unsafe use usize where while ",
      0 },
    { "java", " java kt kotlin scala cs csharp ", "//", NULL, "/*", "*/", C_STRINGS,
      " abstract boolean break byte case catch char class const continue default do double else enum extends "
      "false final finally float for fun if implements import instanceof int interface long native new null "
      "object override package private protected public return short static super switch this throw throws "
      "true try val var void volatile while ",
      0 },
    { "ruby",
      " ruby rb rakefile gemfile ",
      "#",
      NULL,
      NULL,
      NULL,
      { { "\"", "\"", LINES }, { "'", "'", LINES } },
      " alias and begin break case class def defined? do else elsif end ensure false for if in module next "
      "nil "
      "not or redo require rescue retry return self super then true undef unless until when while yield ",
      0 },
    { "lua",
      " lua ",
      "--",
      NULL,
      "--[[",
      "]]",
      { { "[[", "]]", LINES | RAW }, { "\"", "\"", 0 }, { "'", "'", 0 } },
      " and break do else elseif end false for function goto if in local nil not or repeat return then true "
      "until while ",
      0 },
    { "sql",
      " sql sqlite postgresql mysql psql ",
      "--",
      NULL,
      "/*",
      "*/",
      { { "'", "'", LINES | RAW }, { "\"", "\"", RAW } },
      " add all alter and as asc begin between by case check column commit constraint create cross default "
      "delete desc distinct drop else end exists foreign from full group having if in index inner insert "
      "integer into is join key left like limit not null offset on or order outer pragma primary real "
      "references replace right rollback select set table text then transaction trigger union unique update "
      "using values varchar view when where with ",
      CASELESS },
    { "toml",
      " toml lock ",
      "#",
      NULL,
      NULL,
      NULL,
      { { "\"\"\"", "\"\"\"", LINES }, { "'''", "'''", LINES | RAW }, { "\"", "\"", 0 }, { "'", "'", RAW } },
      " true false ",
      EQUAL_KEYS },
    { "ini",
      " ini cfg conf properties desktop editorconfig gitconfig ",
      "#",
      ";",
      NULL,
      NULL,
      { { "\"", "\"", 0 } },
      " true false yes no on off ",
      EQUAL_KEYS | SPACED_COMMENT },
    { "make",
      " make makefile mk gnumakefile am ",
      "#",
      NULL,
      NULL,
      NULL,
      { { "\"", "\"", 0 } },
      " define else endef endif export ifdef ifeq ifndef ifneq include override unexport vpath ",
      COLON_KEYS | SPACED_COMMENT },
    { "dockerfile",
      " dockerfile containerfile docker ",
      "#",
      NULL,
      NULL,
      NULL,
      { { "\"", "\"", 0 }, { "'", "'", RAW } },
      " add arg as cmd copy entrypoint env expose from healthcheck label onbuild run shell stopsignal user "
      "volume workdir ",
      CASELESS | SPACED_COMMENT },
    { "css",
      " css scss less ",
      "//",
      NULL,
      "/*",
      "*/",
      { { "\"", "\"", 0 }, { "'", "'", 0 } },
      " auto block flex grid important inherit initial inline none ",
      COLON_KEYS },
    { "html",
      " html htm xml svg xhtml vue ",
      NULL,
      NULL,
      "<!--",
      "-->",
      { { "\"", "\"", LINES | RAW }, { "'", "'", LINES | RAW } },
      " ",
      TAGS },
    { "diff", " diff patch udiff ", NULL, NULL, NULL, NULL, { { NULL } }, " ", DIFF },
};

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
    for (const char *at = words; (at = strchr(at, ' ')) && at[1];) {
        at++;
        size_t word = strcspn(at, " ");
        if (word == length && (caseless ? strncasecmp(at, text, length) : memcmp(at, text, length)) == 0)
            return true;
    }
    return false;
}

static const struct lexer_language *find_alias(const char *name, size_t length)
{
    for (size_t i = 0; length && i < sizeof(languages) / sizeof(languages[0]); i++)
        if (has_word(languages[i].aliases, name, length, true))
            return &languages[i];
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
    return index < sizeof(languages) / sizeof(languages[0]) ? &languages[index] : NULL;
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
