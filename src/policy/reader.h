/* reader.h - bash text in, tree with source spans out.  Pure: nothing is run, looked up or remembered.
 *
 * It reads what `/bin/bash --noprofile --norc -c SCRIPT` (bash 5.2, default options, UTF-8) would read: words
 * with their quoting, expansions, redirections, here-documents, lists, pipelines, compound commands.  What it
 * cannot read exactly it marks *unknown*, with the reason; a tree with one such mark is not exact and no proof
 * may rest on it.  Reading goes on behind an error all the same, so that a search sees what else is there.
 *
 * A tree says what the text means, not what happens: eval, source, trap and programs may run text that stands
 * elsewhere, and what that does to the shell (options, functions, aliases) is not seen here.  What the script
 * itself does to the shell's own reading (expand_aliases, extglob, posix mode, ...) makes the tree inexact.
 *
 * Time and memory are linear in the text; depth is bounded (READER_DEPTH), and so is work. */
#ifndef SANDGATE_POLICY_READER_H
#define SANDGATE_POLICY_READER_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { READER_DEPTH = 100 }; /* constructs within one another; deeper is unknown */

enum reader_kind {
    READER_LIST,        /* items in order; a script, a body, a condition */
    READER_AND_OR,      /* items joined by && or || (READER_OR on the right one) */
    READER_PIPELINE,    /* commands joined by | or |&, negated or timed */
    READER_SIMPLE,      /* ASSIGNMENT, WORD and REDIRECTION in order */
    READER_SUBSHELL,    /* ( LIST ), then redirections, as for all compound commands */
    READER_GROUP,       /* { LIST } */
    READER_IF,          /* LIST condition, LIST body, ...; an odd last LIST is the else */
    READER_WHILE,       /* LIST condition, LIST body */
    READER_UNTIL,       /* likewise */
    READER_FOR,         /* WORD name, WORD values (READER_IN: there is an "in"), LIST body */
    READER_FOR_COUNT,   /* for ((..)): expansions in the header, LIST body */
    READER_SELECT,      /* as READER_FOR */
    READER_CASE,        /* WORD subject, CASE_ITEM ... */
    READER_CASE_ITEM,   /* WORD patterns, LIST body */
    READER_FUNCTION,    /* WORD name, compound command */
    READER_COPROCESS,   /* WORD name (perhaps), command */
    READER_CONDITION,   /* [[ ]]: its WORDs, operators among them */
    READER_CALCULATION, /* (( )): the expansions within */
    READER_WORD,        /* quoted parts and expansions; the text between them stands for itself */
    READER_ASSIGNMENT,  /* as a word, or with an ARRAY; `inner` is where its value begins */
    READER_ARRAY,       /* (WORD ...) */
    READER_REDIRECTION, /* WORD target; `redirection` says which, `inner` its descriptor */
    READER_DOCUMENT,    /* the body of a here-document (and its last line); `partner` is its redirection */
    READER_ESCAPE,      /* \c; a backslash and a newline stand for nothing */
    READER_SINGLE,      /* '...' */
    READER_ANSI,        /* $'...' */
    READER_DOUBLE,      /* "...": the expansions within */
    READER_LOCALE,      /* $"..." */
    READER_PARAMETER,   /* $x, ${x...}: the quotes and expansions within */
    READER_COMMAND,     /* $( LIST ) */
    READER_BACKQUOTE,   /* ` LIST ` */
    READER_ARITHMETIC,  /* $((...)), $[...]: the expansions within */
    READER_PROCESS,     /* <( LIST ), >( LIST ) */
    READER_UNKNOWN,     /* text that was not read; `unknown` says why */
    READER_KINDS
};

enum reader_flag {
    READER_BACKGROUND = 1, /* an item that ends in & */
    READER_OR = 2,
    READER_NEGATED = 4,     /* a pipeline with an odd number of ! */
    READER_TIMED = 8,       /* time before it */
    READER_IN = 16,         /* for, select */
    READER_GLOBS = 32,      /* a word with * ? or [...] unquoted */
    READER_BRACES = 64,     /* a word with {a,b} or {a..b} unquoted */
    READER_TILDE = 128,     /* a word where ~ may stand for a folder */
    READER_QUOTED = 256,    /* a here-document whose delimiter is quoted: its body is data */
    READER_APPENDS = 512,   /* += */
    READER_NAMED = 1024,    /* {name}> : a redirection that picks its descriptor */
    READER_JOINED = 2048,   /* a word with a line continuation in it */
    READER_ERRORS = 4096,   /* a command before |& */
    READER_INDIRECT = 8192, /* ${!x}: the value names the parameter */
};

enum reader_redirection {
    READER_FROM,          /* < */
    READER_TO,            /* > */
    READER_TO_END,        /* >> */
    READER_TO_FORCED,     /* >| */
    READER_FROM_TO,       /* <> */
    READER_COPY_INPUT,    /* <& */
    READER_COPY_OUTPUT,   /* >& */
    READER_BOTH_TO,       /* &> */
    READER_BOTH_TO_END,   /* &>> */
    READER_HERE,          /* << */
    READER_HERE_STRIPPED, /* <<- */
    READER_HERE_STRING,   /* <<< */
};

#define READER_DEFAULT_DESCRIPTOR UINT32_MAX /* none is written: 0 or 1, as the redirection goes */

/* Owned by its tree.  Children lie within the span of their parent, in order, and do not overlap. */
struct reader_node {
    uint8_t kind;        /* enum reader_kind */
    uint8_t redirection; /* enum reader_redirection */
    uint16_t flags;      /* enum reader_flag */
    uint32_t from, to;   /* bytes of the script */
    uint32_t inner;      /* where an assignment's value or a document's last line begins; a descriptor;
                            of backquotes not 0: they were read by themselves (reader_within) */
    const char *unknown; /* why it could not be read exactly; NULL: it was */
    struct reader_node *parent, *first, *last, *next;
    struct reader_node *partner; /* of a here-document's redirection its body, and back; NULL: none */
};

struct reader;

/* Never fails: what cannot be read is in the tree, marked.  SCRIPT need not outlive the call. */
struct reader *reader_new(const char *script, size_t length);
/* The same with the bodies of here-documents read as commands: for a search in texts too deep within texts. */
struct reader *reader_new_flat(const char *script, size_t length);
void reader_free(struct reader *reader);

/* A NUL is behind it. */
const char *reader_text(const struct reader *reader, size_t *length);
const struct reader_node *reader_root(const struct reader *reader);
/* The text of the backquotes NODE without its backslashes, when those stand for less than themselves: NODE has no
 * children then, and an error in that text marks it. NULL: there are none, its children tell. */
const struct reader *reader_within(const struct reader *reader, const struct reader_node *node);
size_t reader_nodes(const struct reader *reader); /* how many are in the tree or were */
/* All of it was read exactly; else *REASON and the span of the first mark.  Arguments may be NULL. */
bool reader_exact(const struct reader *reader, const char **reason, size_t *from, size_t *to);

/* The node after NODE in document order, within ROOT; NULL: that was the last. Begin with ROOT itself. */
const struct reader_node *reader_walk(const struct reader_node *root, const struct reader_node *node);
/* The next simple command after NODE (NULL: the first) at any depth, substitutions included. */
const struct reader_node *reader_next_simple(const struct reader *reader, const struct reader_node *node);
/* The child of NODE after CHILD (NULL: the first) that is of KIND. */
const struct reader_node *reader_child(const struct reader_node *node, const struct reader_node *child,
                                       enum reader_kind kind);

/* Appends what a WORD (an ASSIGNMENT's value; a DOCUMENT's body) comes to, quotes removed as bash would, and
 * returns true; false, and nothing appended, when that depends on more than the text. */
bool reader_literal(const struct reader *reader, const struct reader_node *node, struct buffer *value);
/* The same of an ESCAPE, SINGLE, ANSI, DOUBLE or LOCALE. */
bool reader_literal_part(const struct reader *reader, const struct reader_node *part, struct buffer *value);
/* The name that an ASSIGNMENT sets, without subscript. */
void reader_assigned(const struct reader *reader, const struct reader_node *assignment, const char **name,
                     size_t *length);
/* Each word of a SIMPLE is literal and it has one: appends them, each with a NUL behind it; returns how many,
 * or 0. Redirections and assignments are not looked at. */
size_t reader_arguments(const struct reader *reader, const struct reader_node *simple, struct buffer *values);

/* The tree as indented lines, for people and tests: kind, span, what is marked; words with their value. */
void reader_outline(const struct reader *reader, struct buffer *out);

#endif
