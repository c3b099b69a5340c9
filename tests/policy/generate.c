/* generate.c - a grammar walked by chance, its depth bounded. */
#include "tests/policy/generate.h"

#include "base/memory.h"

#include <string.h>

unsigned generator_pick(struct generator *generator, unsigned count)
{
    generator->state ^= generator->state << 13;
    generator->state ^= generator->state >> 7;
    generator->state ^= generator->state << 17;
    return (unsigned)((generator->state >> 20) % count);
}

static void add_of(struct generator *generator, struct buffer *out, const char *const *list, size_t count)
{
    buffer_append_text(out, list[generator_pick(generator, (unsigned)count)]);
}

#define ADD_OF(generator, out, ...)                         \
    do {                                                    \
        static const char *const list_[] = { __VA_ARGS__ }; \
        add_of(generator, out, list_, ARRAY_SIZE(list_));   \
    } while (0)

struct pending {
    struct buffer bodies; /* of here-documents due at the next newline */
};

static void add_command(struct generator *generator, struct buffer *out, struct buffer *due, unsigned depth);
static void add_list(struct generator *generator, struct buffer *out, struct buffer *due, unsigned depth);

static void add_plain(struct generator *generator, struct buffer *out)
{
    ADD_OF(generator, out, "a", "b-c", "-x", "--long=v", "/x/y", ".", "..", "a.b", "%d", "a@b", "x+y", "a,b",
           "^", "a#b", "!", "{}", "{a", "a}", "]", "é", "日本", "a:b", "=", "==", "a=b", "-", "--", "@{1}",
           "x~", "if", "done", "in", "}", "1", "12", "a[", "%", "_", "+=", "a\rb", "function", "{a}", ",",
           "a~b", "^x", "in", "esac", "time", "[[", "]]", "select", "HEAD~1");
}

static void add_single(struct generator *generator, struct buffer *out)
{
    ADD_OF(generator, out, "''", "'a b'", "'$x'", "'\"'", "'\\'", "'a\nb'", "'#'", "';|&'", "'{a,b}'", "'*'",
           "'~'", "'`'", "'\t'", "'$('", "'!'", "'é'");
}

static void add_double(struct generator *generator, struct buffer *out)
{
    ADD_OF(generator, out, "\"\"", "\"a b\"", "\"a'b\"", "\"\\$x\"", "\"\\\"\"", "\"\\\\\"", "\"\\a\"",
           "\"a\\\nb\"", "\"#\"", "\"*\"", "\"~\"", "\"\\`\"", "\"{a,b}\"", "\"$\"", "\"a$ b\"", "\"\n\"",
           "\"!\"", "\"\\n\"", "\"$'a'\"", "\"a)b\"", "\"é\"", "\"$%\"");
}

static void add_ansi(struct generator *generator, struct buffer *out)
{
    ADD_OF(generator, out, "$''", "$'a'", "$'\\n'", "$'\\t\\a'", "$'\\''", "$'\\\\'", "$'\\x41'", "$'\\x4'",
           "$'\\101'", "$'\\u00e9'", "$'\\U1F600'", "$'\\e[0m'", "$'\\\"'", "$'\\q'", "$'a\nb'", "$'\\?'",
           "$'\\u41z'", "$'\\x41g'", "$'\\1012'", "$'\\E'", "$'\\cA'", "$'\\0'", "$'a\\0b'", "$'\\xff'",
           "$'\\377'", "$'\\x{41}'", "$'\\ud800'", "$'*'", "$'{a,b}'", "$'~'", "$'\\x7f'", "$'\\1'",
           "$'\\777'");
}

static void add_escape(struct generator *generator, struct buffer *out)
{
    ADD_OF(generator, out, "\\a", "\\ ", "\\$", "\\\\", "\\\"", "\\'", "\\;", "\\\n", "\\*", "\\~", "\\{a,b}",
           "\\#", "\\|", "\\&", "\\(", "\\)", "\\<", "\\`", "\\é", "\\!", "\\\t", "a\\\nb");
}

static void add_special(struct generator *generator, struct buffer *out)
{
    ADD_OF(generator, out, "{a,b}", "{1..3}", "x{a,\"b c\"}y", "{a,{b,c}}", "*", "?", "[ab]", "a*", "~",
           "~root", "a=~", "$x", "${x}", "${x:-d}", "\"${x:-a b}\"", "${x:-'a b'}", "$((1+2))", "$[1+1]",
           "${#x}", "\"$@\"", "${x//a/b}", "$#", "$?", "\"${x%.*}\"", "${x[0]}", "\"$((2*(3+4)))\"",
           "${x:=e}", "${x:1:2}", "$1", "${!x}", "${x@Q}", "{a,b", "{,}", "{a..c}", "{1..3..2}", "[a", "[!a]",
           "a]", "a:~", "{a}{b,c}", "$\"a b\"", "$\"\"", "${x+\"a\"}", "\"${x-\"a b\"}\"", "\\{a,b\\}",
           "{a\\,b}", "{'a,b'}", "{\"a\",b}", "$\"{a,b}\"", "\"${x:-'a b'}\"", "\"${x//$'\\n'/ }\"",
           "`echo a\\\\b`", "\"`echo \\\"a  b\\\"`\"", "`: x \\`echo c\\``", "`echo '\\\\'`", "$((ls) | :)");
}

static void add_substitution(struct generator *generator, struct buffer *out, unsigned depth)
{
    struct buffer due = BUFFER_INIT;
    unsigned form = generator_pick(generator, 5);
    static const char *const opening[] = { "$(", "\"$(", "`", "<(", "\"`" };
    static const char *const closing[] = { ")", ")\"", "`", ")", "`\"" };
    struct buffer inside = BUFFER_INIT;
    unsigned number = generator->number;
    add_list(generator, &inside, &due, depth);
    bool quotes = memchr(inside.data, '`', inside.length) || memchr(inside.data, '\\', inside.length);
    if ((form == 2 || form == 4) && quotes) {
        buffer_clear(&inside);
        generator->number = number + 1;
        buffer_append_format(&inside, "fa @%u", generator->number);
        buffer_clear(&due);
    }
    buffer_append_text(out, opening[form]);
    buffer_append(out, inside.data, inside.length);
    if (due.length) {
        buffer_append_byte(out, '\n');
        buffer_append(out, due.data, due.length);
    }
    buffer_append_text(out, closing[form]);
    buffer_release(&inside);
    buffer_release(&due);
}

static void add_word(struct generator *generator, struct buffer *out, unsigned depth)
{
    unsigned parts = 1 + (generator_pick(generator, 3) == 0) + (generator_pick(generator, 5) == 0);
    while (parts--)
        switch (generator_pick(generator, 16)) {
        case 0:
        case 1:
        case 2:
        case 3:
            add_single(generator, out);
            break;
        case 4:
        case 5:
        case 6:
            add_double(generator, out);
            break;
        case 7:
            add_ansi(generator, out);
            break;
        case 8:
        case 9:
            add_escape(generator, out);
            break;
        case 10:
            if (generator_pick(generator, 2))
                add_special(generator, out);
            else if (depth && generator_pick(generator, 3) == 0)
                add_substitution(generator, out, depth - 1);
            break;
        default:
            add_plain(generator, out);
        }
}

static void add_document(struct generator *generator, struct buffer *out, struct buffer *due)
{
    static const char *const operators[] = { "<<E", "<<'E'", "<<-E", "<<\\E", "<<\"E\"", "<< E", "<<-'E'" };
    static const char *const bodies[] = { "",         "text\n", "$x\n",      "'\n",      "\"\n",    "\ttab\n",
                                          " E\n",     "E \n",   "$(fa b)\n", "a\\\nb\n", "\\$x\n",  "E2\n",
                                          "`fa c`\n", "\\\\\n", "#\n",       ")\n",      "x\\\nE\n" };
    buffer_append_byte(out, ' ');
    ADD_OF(generator, out, "", "0", "3");
    add_of(generator, out, operators, ARRAY_SIZE(operators));
    add_of(generator, due, bodies, ARRAY_SIZE(bodies));
    add_of(generator, due, bodies, ARRAY_SIZE(bodies));
    buffer_append_text(due, "E\n");
}

static void add_redirection(struct generator *generator, struct buffer *out, struct buffer *due,
                            unsigned depth)
{
    if (generator_pick(generator, 3) == 0) {
        add_document(generator, out, due);
        return;
    }
    buffer_append_byte(out, ' ');
    ADD_OF(generator, out, ">/dev/null", "2>&1", "2>/dev/null", "</dev/null", ">>/dev/null", "&>/dev/null",
           "3>&1", "3>&-", ">| /dev/null", "<>/dev/null", "{v}>/dev/null", "<<<x", "<<< 'a b'",
           "&>>/dev/null", ">&/dev/null", "2>&1>/dev/null", "2> '/dev/null'", "<&-", "1>&2",
           "</dev/null >/dev/null");
    if (generator_pick(generator, 6) == 0) {
        buffer_append_text(out, " <<<");
        add_word(generator, out, depth);
        buffer_append_text(out, "x");
    }
}

static void add_name(struct generator *generator, struct buffer *out)
{
    ADD_OF(generator, out, "fa", "fb", "echo", "printf", "test", ":", "ea", "eb", "'fa'", "f\"b\"", "e\\cho",
           "$'fa'", "\"printf\"", "''fb", "f'a'", "\\fa", "ec''ho", "$\"fb\"", "none", "/rec/ea", "fa", "fb",
           "echo", "[", "a.b", "'if'", "\\while");
}

static void add_assignment(struct generator *generator, struct buffer *out, unsigned depth)
{
    ADD_OF(generator, out, "x=", "y=", "x+=", "a[0]=", "a[1+1]+=", "_v=");
    if (generator_pick(generator, 3))
        add_word(generator, out, depth);
    buffer_append_byte(out, ' ');
}

static void add_simple(struct generator *generator, struct buffer *out, struct buffer *due, unsigned depth)
{
    if (generator_pick(generator, 12) == 0) {
        ADD_OF(generator, out, "x=(a b) ", "x=() ", "x+=(c 'd e' [5]=f) ", "y=1 ", "x=(a\nb # c\n) ",
               "declare q=(a b) ");
        return;
    }
    while (generator_pick(generator, 8) == 0)
        add_assignment(generator, out, depth);
    if (generator_pick(generator, 12) == 0) {
        add_redirection(generator, out, due, depth);
        buffer_append_byte(out, ' ');
    }
    add_name(generator, out);
    buffer_append_format(out, " @%u", ++generator->number);
    for (unsigned words = generator_pick(generator, 5); words; words--) {
        ADD_OF(generator, out, " ", "  ", "\t", " \\\n", " ", " ", " ");
        add_word(generator, out, depth);
        if (generator_pick(generator, 10) == 0)
            add_redirection(generator, out, due, depth);
    }
    if (generator_pick(generator, 6) == 0)
        add_redirection(generator, out, due, depth);
}

/* A newline, and the bodies that are due behind it. */
static void add_newline(struct buffer *out, struct buffer *due)
{
    buffer_append_byte(out, '\n');
    buffer_append(out, due->data, due->length);
    buffer_clear(due);
}

static void add_condition(struct generator *generator, struct buffer *out)
{
    ADD_OF(generator, out, "[[ a == a ]]", "[[ -n x && ! -z y ]]", "[[ ( a < b ) ]]", "[[ a =~ ^(a|b)$ ]]",
           "[[ x ]]", "(( 1 ))", "(( x = 3, 1 ))", "[[ $x != b* ]]", "[[ 1 -lt 2 ]]", "[[ a\n== a ]]",
           "[[ a &&\nb ]]", "[[ 'a b' = \"a b\" ]]", "((1<<2))", "[[ a =~ [[:alpha:]]+ ]]",
           "[[ -e /dev/null || x ]]", "[[ a == @(a|b) ]]", "[[ ab != !(a|'b c')* ]]",
           "[[ a =~ ^(\"a\"|'b')$ ]]", "[[ a =~ (^|,)\"a\"(,|$) ]]", "[[ b =~ ^($x|$(fa))$ ]]",
           "[[ ab == a@(b) ]]");
}

static void add_compound(struct generator *generator, struct buffer *out, struct buffer *due, unsigned depth)
{
    struct buffer *o = out;
    switch (generator_pick(generator, 12)) {
    case 0:
        buffer_append_text(o, "{ ");
        add_list(generator, o, due, depth);
        add_newline(o, due);
        buffer_append_text(o, "}");
        break;
    case 1:
        buffer_append_text(o, "(");
        add_list(generator, o, due, depth);
        add_newline(o, due);
        buffer_append_text(o, ")");
        break;
    case 2:
        buffer_append_text(o, "if ");
        add_command(generator, o, due, depth);
        add_newline(o, due);
        buffer_append_text(o, "then ");
        add_list(generator, o, due, depth);
        add_newline(o, due);
        if (generator_pick(generator, 2)) {
            generator->all_run = false;
            buffer_append_text(o, "else\n");
            add_list(generator, o, due, depth);
            add_newline(o, due);
        }
        buffer_append_text(o, "fi");
        break;
    case 3:
        ADD_OF(generator, o, "for i in a; do ", "for i in 'x y'\ndo\n", "for ((i=0;i<1;i++)); do ",
               "for i in 1;{ :\n", "for i\nin x; do ");
        bool group = o->data[o->length - 3] == ' ' && o->data[o->length - 2] == ':';
        add_list(generator, o, due, depth);
        add_newline(o, due);
        buffer_append_text(o, group ? "}" : "done");
        break;
    case 4:
        ADD_OF(generator, o, "case a in ", "case $x in\n", "case 'a b' in ", "case x in # c\n");
        ADD_OF(generator, o, "a) ", "(b|a) ", "*)\n", "'a b')", "\"x\" | *) ", "[ab]) ");
        generator->all_run = false;
        add_list(generator, o, due, depth);
        add_newline(o, due);
        ADD_OF(generator, o, ";;\n*) ;; esac", "esac", ";& x) ;;\nesac", ";;&\nesac");
        break;
    case 5:
        generator->all_run = false;
        buffer_append_text(o, "while ");
        add_command(generator, o, due, depth);
        add_newline(o, due);
        buffer_append_text(o, "do ");
        add_list(generator, o, due, depth);
        add_newline(o, due);
        buffer_append_text(o, "break; done");
        break;
    case 6:
        ADD_OF(generator, o, "g() { ", "function g { ", "g ()\n{ ", "function g() { ");
        generator->all_run = false;
        add_list(generator, o, due, depth);
        add_newline(o, due);
        buffer_append_text(o, "}");
        break;
    case 7:
        buffer_append_text(o, "! ");
        add_command(generator, o, due, depth);
        generator->all_run = false;
        break;
    case 8:
        generator->all_run = false;
        ADD_OF(generator, o, "time ", "time -p ", "time -- ", "time -p -- ");
        add_command(generator, o, due, depth);
        break;
    default:
        generator->all_run = false;
        add_condition(generator, o);
        ADD_OF(generator, o, "", "", " >/dev/null");
    }
}

static void add_command(struct generator *generator, struct buffer *out, struct buffer *due, unsigned depth)
{
    if (depth && generator_pick(generator, 4) == 0)
        add_compound(generator, out, due, depth - 1);
    else
        add_simple(generator, out, due, depth);
}

static void add_list(struct generator *generator, struct buffer *out, struct buffer *due, unsigned depth)
{
    add_command(generator, out, due, depth);
    while (generator_pick(generator, 3) == 0) {
        switch (generator_pick(generator, 8)) {
        case 0:
            buffer_append_text(out, "; ");
            break;
        case 1:
            buffer_append_text(out, " && ");
            generator->all_run = false;
            break;
        case 2:
            buffer_append_text(out, "||");
            generator->all_run = false;
            break;
        case 3:
            ADD_OF(generator, out, " | ", "|", " |& ");
            break;
        case 4:
            buffer_append_text(out, " & ");
            break;
        case 5:
            buffer_append_text(out, " # comment ' \" `");
            add_newline(out, due);
            break;
        case 6:
            buffer_append_text(out, " &&");
            generator->all_run = false;
            add_newline(out, due);
            break;
        default:
            add_newline(out, due);
        }
        add_command(generator, out, due, depth);
    }
}

void generate_script(struct generator *generator, struct buffer *out)
{
    struct buffer due = BUFFER_INIT;
    generator->number = 0;
    generator->all_run = true;
    add_list(generator, out, &due, 2);
    if (due.length)
        add_newline(out, &due);
    buffer_release(&due);
}

void generate_change(struct generator *generator, struct buffer *script)
{
    static const char *const pieces[] = { "'",    "\"", "`",   "$",    "(",     ")",   "{",     "}",
                                          "\\",   "\n", " ",   ";",    "&",     "|",   "<",     ">",
                                          "#",    "!",  "=",   "[",    "]",     "*",   "~",     "a",
                                          "1",    "$(", "${",  "$'",   "<<E\n", "((",  "[[ ",   " in ",
                                          " do ", ";;", "E\n", "\\\n", "-",     "@",   "case ", " if ",
                                          ",",    "..", "\r",  "é",    "\xff",  "\x01" };
    for (unsigned changes = 1 + generator_pick(generator, 3); changes; changes--) {
        size_t at = script->length ? generator_pick(generator, (unsigned)script->length) : 0;
        const char *piece = pieces[generator_pick(generator, ARRAY_SIZE(pieces))];
        unsigned kind = generator_pick(generator, 4);
        if (kind != 0 && at < script->length)
            buffer_remove(script, at, 1);
        if (kind != 1)
            buffer_insert(script, at, piece, strlen(piece));
    }
}
