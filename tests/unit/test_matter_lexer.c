/* The lexer: every language of the table on a line or two, and that tokens always cover their line. */
#include "base/buffer.h"
#include "matter/lexer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct told {
    const char *line;
    size_t at;
    struct buffer text; /* "k{int} x" */
};

static const char letters[] = {
    [TOKEN_KEYWORD] = 'k', [TOKEN_STRING] = 's',  [TOKEN_COMMENT] = 'c', [TOKEN_NUMBER] = 'n',
    [TOKEN_ADDED] = '+',   [TOKEN_REMOVED] = '-', [TOKEN_HUNK] = '@'
};

static void hear(void *data, enum token_kind kind, size_t offset, size_t length)
{
    struct told *told = data;
    assert_int_equal(offset, told->at);
    assert_true(length > 0);
    told->at += length;
    if (kind != TOKEN_TEXT)
        buffer_append_format(&told->text, "%c{", letters[kind]);
    buffer_append(&told->text, told->line + offset, length);
    if (kind != TOKEN_TEXT)
        buffer_append_byte(&told->text, '}');
}

/* All lines of SOURCE, marked. Caller frees. */
static char *marked(const char *language, const char *source)
{
    struct told told = { .text = BUFFER_INIT };
    const struct lexer_language *row = lexer_find(language, strlen(language));
    unsigned state = LEXER_START;
    for (const char *line = source; line;) {
        const char *end = strchr(line, '\n');
        size_t length = end ? (size_t)(end - line) : strlen(line);
        told.line = line;
        told.at = 0;
        state = lexer_line(row, state, line, length, hear, &told);
        assert_int_equal(told.at, length);
        if (end)
            buffer_append_byte(&told.text, '\n');
        line = end ? end + 1 : NULL;
    }
    return buffer_detach(&told.text);
}

static const struct {
    const char *language, *source, *expected;
} cases[] = {
    { "c", "#include <a.h>\nint x = 0x1f; // y", "k{#include }<a.h>\nk{int} x = n{0x1f}; c{// y}" },
    { "c", "a /* b\nc */ return \"d\\\"e\";", "a c{/* b}\nc{c */} k{return} s{\"d\\\"e\"};" },
    { "h", "char c = '\\'', d = 'x';", "k{char} c = s{'\\''}, d = s{'x'};" },
    { "cpp", "class A : public B {};", "k{class} A : k{public} B {};" },
    { "python", "def f(x): # c\n  \"\"\"a\n  'b' \"\"\" + 'c'",
      "k{def} f(x): c{# c}\n  s{\"\"\"a}\ns{  'b' \"\"\"} + s{'c'}" },
    { "py", "classy = None_ if 1.5e3 else True", "classy = None_ k{if} n{1.5e3} k{else} k{True}" },
    { "sh", "if [ $# -gt 0 ]; then echo \"a # b\" # c\nfi",
      "k{if} [ $# -gt n{0} ]; k{then} k{echo} s{\"a # b\"} c{# c}\nk{fi}" },
    { "bash", "x='a\nb' y", "x=s{'a}\ns{b'} y" },
    { "json", "{\"a\": [1, true, \"b:\"]}", "{k{\"a\"}: [n{1}, k{true}, s{\"b:\"}]}" },
    { "yaml", "- key: value # c\n  other-key: \"x\"\n  url: http://a#b",
      "- k{key}: value c{# c}\n  k{other-key}: s{\"x\"}\n  k{url}: http://a#b" },
    { "js", "const f = async () => `a\n${b}`; // c", "k{const} f = k{async} () => s{`a}\ns{${b}`}; c{// c}" },
    { "ts", "interface A { b: string }", "k{interface} A { b: k{string} }" },
    { "go", "func f() string { return `a\n\\` }", "k{func} f() k{string} { k{return} s{`a}\ns{\\`} }" },
    { "rust", "fn f<'a>(x: &'a str) -> char { 'x' }", "k{fn} f<'a>(x: &'a k{str}) -> k{char} { s{'x'} }" },
    { "diff", "--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n same",
      "k{--- a}\nk{+++ b}\n@{@@ -1 +1 @@}\n-{-old}\n+{+new}\n same" },
    { "toml", "[a.b]\nkey = \"v\" # c\nn = 12", "k{[a.b]}\nk{key} = s{\"v\"} c{# c}\nk{n} = n{12}" },
    { "sql", "SELECT a FROM b WHERE c = 'it''s' -- d",
      "k{SELECT} a k{FROM} b k{WHERE} c = s{'it'}s{'s'} c{-- d}" },
    { "html", "<a href=\"x\">int</a> <!-- c\nd --> e",
      "k{<a} href=s{\"x\"}k{>}intk{</a}k{>} c{<!-- c}\nc{d -->} e" },
    { "java", "public void f() { return null; }", "k{public} k{void} f() { k{return} k{null}; }" },
    { "ruby", "def f; nil; end # c", "k{def} f; k{nil}; k{end} c{# c}" },
    { "lua", "local x = [[a\nb]] -- c", "k{local} x = s{[[a}\ns{b]]} c{-- c}" },
    { "ini", "[a]\nb = c\n; d", "k{[a]}\nk{b} = c\nc{; d}" },
    { "make", "all: x # c\n\techo", "k{all}: x c{# c}\n\techo" },
    { "dockerfile", "FROM a\nRUN b # c", "k{FROM} a\nk{RUN} b c{# c}" },
    { "css", "a { color: red; } /* c */", "a { color: red; } c{/* c */}" },
    { "no such language", "int x; // y", "int x; // y" },
    { "c", "", "" },
    { "rust", "'", "'" },
    { "c", "\"open", "s{\"open}" },
    { "c", "\"open\nint", "s{\"open}\nk{int}" },
};

static void test_languages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = marked(cases[i].language, cases[i].source);
        assert_string_equal(text, cases[i].expected);
        free(text);
    }
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *language;
    } names[] = {
        { "Python", "python" },   { "python title=\"x\"", "python" },
        { "{.rust}", "rust" },    { "setup.py", "python" },
        { "src/ui/term.c", "c" }, { "a.b.YML", "yaml" },
        { "Makefile", "make" },   { "c++", "c++" },
        { "x.tar.sh", "shell" },  { "/tmp/Dockerfile", "dockerfile" },
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct lexer_language *language = lexer_find(names[i].name, strlen(names[i].name));
        assert_non_null(language);
        assert_string_equal(lexer_name(language), names[i].language);
    }
    static const char *const none[] = { "", "text", "a.unknown", ".", "{", "{.", "/" };
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_null(lexer_find(none[i], strlen(none[i])));
}

/* Any bytes in any language: covered from left to right, and an end. */
static void test_noise(void **state)
{
    (void)state;
    unsigned seed = 11;
    char line[80];
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; lexer_at(i); i++) {
            unsigned lexer_state = LEXER_START;
            for (int k = 0; k < 3; k++) {
                static const char likely[] = "\"'`/*#<>-=[]\\{}: ab1\t|;\xc3";
                size_t length = (seed >> 20) % sizeof(line);
                for (size_t b = 0; b < length; b++) {
                    seed = seed * 1103515245u + 12345u;
                    line[b] = seed >> 31 ? likely[(seed >> 16) % (sizeof(likely) - 1)] : (char)(seed >> 16);
                }
                struct told told = { .line = line, .text = BUFFER_INIT };
                lexer_state = lexer_line(lexer_at(i), lexer_state, line, length, hear, &told);
                assert_int_equal(told.at, length);
                buffer_release(&told.text);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_noise),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
