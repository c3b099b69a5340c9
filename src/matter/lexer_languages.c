/* lexer_languages.c - a row for each language that is highlighted. */
#include "matter/lexer_languages.h"

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

const struct lexer_language lexer_languages[] = {
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

const size_t lexer_language_count = sizeof(lexer_languages) / sizeof(lexer_languages[0]);
