/* scan.h - a script taken apart into the commands that it can reach, for the files of the engine alone.
 *
 * The walk (scan.c) goes over the reader's tree in the order of the text and makes a record of every simple
 * command, with its words folded as far as they are known, where it runs, and what comes in.  Knowledge
 * (deed.c, knowledge*.c) says what each does, and where that is to run another command or another text, those
 * become records too.  Allowing (proof.c) and denying (floor.c, match.c) read the same records, with different
 * eyes: what is not `sure` proves nothing, and is searched all the same. */
#ifndef SANDGATE_POLICY_SCAN_H
#define SANDGATE_POLICY_SCAN_H

#include "policy/names.h"
#include "policy/policy.h"
#include "policy/pool.h"
#include "policy/reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stands in a text for bytes that are not known. */
#define HOLE '\001'

enum {
    SCAN_CWDS = 8,      /* folders where a command may run; of more those highest up are looked at */
    SCAN_PAYLOADS = 32, /* texts within texts that are read in full; deeper ones are as lines */
    SCAN_TEXTS = 64, /* deeper than any text can hold another that is no document: each doubles the quotes */
};

/* One word as a program would get it. */
struct value {
    const char *text;  /* NUL-terminated */
    size_t from, to;   /* of the script that is judged */
    bool known;        /* no hole in it */
    bool sure;         /* exactly this, and exactly one word: fit for a proof */
    bool globs;        /* the text is a pattern of file names */
    bool many;         /* any number of words like this one */
    bool downloaded;   /* some of it comes from the network */
    bool tree;         /* stands for what is found below this path (find, xargs) */
    const char *holds; /* of a process substitution: what the file holds; NULL: not known */
};

/* A file that the script writes before it is used, or a link that it makes. */
struct made {
    const char *path;
    const char *text; /* what is in it; where it leads */
};

struct redirect {
    enum reader_redirection kind;
    bool closes_or_copies; /* between descriptors */
    struct value target;
    const char *document; /* what a here-document or here-string holds; NULL: not known */
};

struct assignment {
    const char *name;
    struct value value;
};

/* A file that a command touches. */
struct touched {
    const char *path; /* absolute, normalized; with `below`: the folder that it lies in */
    unsigned access;  /* policy_access */
    bool known;       /* false: even the folder is not known */
    bool below;       /* some unknown name below `path` */
    bool all;         /* everything in the folder `path` */
    bool tree;        /* and what is below it */
    bool names_only;  /* its contents are not looked at */
    const char *glob; /* absolute pattern of the names; NULL: none */
    bool loads;       /* as code or configuration */
};

enum origin_of_record {
    FROM_SHELL,   /* it stands in the script */
    FROM_WRAPPER, /* another command runs it */
    FROM_TEXT,    /* it stands in a text that another command reads as a script */
};

struct cause {
    const char *words; /* "-o", "the option --exec"; what brought the effect */
};

struct record {
    struct value *words;
    size_t count;
    struct assignment *assignments;
    size_t assignment_count;
    struct redirect *redirects;
    size_t redirect_count;

    size_t from, to;                   /* the part of the judged script */
    size_t context;                    /* where what it depends on begins (cd, assignments); at most `from` */
    size_t pipeline_from, pipeline_to; /* of the pipeline that it stands in; equal: of none */
    enum origin_of_record origin;
    const struct record *outer; /* the command that runs it; NULL: the shell */
    const char *cwds[SCAN_CWDS];
    size_t cwd_count; /* 0: not known */
    bool elsewhere;   /* or in other folders, too */
    bool background;
    bool vanished; /* a word of it came to nothing, as far as is known */
    bool headless; /* and that stood where the program's name does */
    bool maybe;    /* not known to be a command at all: it is searched and never allowed */
    bool input_piped, input_downloaded;
    const char *input;             /* what comes in on its standard input; NULL: not known */
    const struct record *producer; /* the last command before it in the pipeline */
    bool within_code;              /* found in a text of another language: searched, and allowed with it */
    bool by_function;              /* a function of the script of that name */

    /* what it does (deed.c) */
    const char *program; /* its name without folder; "" when not known */
    const char *spoken;  /* "git stash list": program and subcommand, for sentences and rules */
    bool known_program;
    bool of_workspace; /* the word names a file, not a program of the image */
    const struct knowledge *knowledge;
    const char **operands; /* neither options nor their values, subcommands first */
    const struct value **operand_values;
    size_t operand_count, operand_capacity;
    const char **options; /* as spelt out: "--output", "-o" */
    size_t option_count, option_capacity;
    unsigned effects;
    struct cause causes[EFFECT_COUNT];
    struct touched *touched;
    size_t touched_count, touched_capacity;
    const char **hosts;
    size_t host_count, host_capacity;
    bool runs_text;             /* an interpreter: it reads a text that it executes */
    bool runs_input;            /* and that is its standard input */
    bool runs_downloaded;       /* and some of it comes from the network */
    bool any_text;              /* whatever its words are, it does the same: echo */
    const struct record *inner; /* a plain wrapper runs this and is as harmless as it */
};

/* Why the whole can't be allowed, besides what its records do. */
struct trouble {
    const char *reason;
    size_t from, to;
};

struct variable {
    const char *name;
    const char **values; /* what it may hold */
    size_t count, capacity;
    size_t chosen; /* the value at hand while a command is looked at */
    bool other;    /* or something that is not known */
    bool sure;     /* it holds exactly values[0] (values[chosen] in a loop's body) */
    bool downloaded;
    bool globs;   /* its values are patterns of file names */
    bool set;     /* the script sets it */
    size_t times; /* how often, as the text stands */
    size_t from;  /* where it was set last */
    bool used;    /* by the command at hand, or one that runs it */
};

struct place {
    const char *cwds[SCAN_CWDS];
    size_t cwd_count;
    bool elsewhere;
    size_t cwd_from; /* where the cd stands; SIZE_MAX: none */
    bool straight;   /* reached exactly once */
    bool background;
    const char *input;
    bool input_piped, input_downloaded;
    const struct record *producer;
    size_t pipeline_from, pipeline_to;
};

struct scan {
    const struct policy_request *request;
    struct pool pool;
    struct record **records;
    size_t count, capacity;
    struct trouble *troubles;
    size_t trouble_count, trouble_capacity;
    struct variable **variables;
    size_t variable_count, variable_capacity;
    struct names variable_names;
    struct variable *
        *used; /* by the command at hand from `used_first` on; before that by those that run it */
    size_t used_count, used_capacity, used_first;
    struct names functions;
    struct made *files, *links; /* that the script makes */
    size_t file_count, file_capacity, link_count, link_capacity;
    struct names downloads; /* files that the script downloads */
    size_t download_from;   /* where the first of them begins */
    bool bomb;              /* a function that starts itself twice */
    size_t bomb_from, bomb_to;
    size_t looked; /* how often something that may change was asked for: a variable, a folder, work */
    struct names substitution_nodes;
    struct substitution *substitutions;
    size_t substitution_capacity;
    unsigned nested;    /* depth of substitutions */
    size_t work, limit; /* pieces of work done; that may be done */
    size_t flat_limit;  /* bytes of texts that may still be read as lines alone */
    bool over_budget;
    bool adds_values;    /* a loop or a function: nothing that was set is forgotten */
    bool *visited;       /* simple commands of the judged script that were looked at, by where they begin */
    struct index *index; /* of the names that are known, once many were looked up */
    unsigned lookups;
    unsigned payloads; /* depth */
    bool skipping;     /* words are looked at that too many wrappers stand before */
    unsigned codes;    /* depth of texts of other languages */
    struct text *text; /* the script that is being walked */
    bool lenient;      /* code may run anyway: file names may look like options, functions may be called */
    bool empty;        /* there is no command in it */
};

/* A script within the script: its reader and where its bytes lie in the judged one. */
struct text {
    struct reader *reader;
    bool outermost;
    size_t from, to; /* of the word that holds it, unless outermost */
    enum origin_of_record origin;
    const struct record *outer;
    bool sure; /* the text is exactly this */
};

/* --- scan.c --- */
void scan_init(struct scan *scan, const struct policy_request *request);
void scan_release(struct scan *scan);
/* The whole of REQUEST's script. */
void scan_script(struct scan *scan);
void scan_trouble(struct scan *scan, const char *reason, size_t from, size_t to);
/* Counts COUNT pieces of work; false: that is more than may be done, what it is for is taken as not known. */
bool scan_works(struct scan *scan, size_t count);
/* A command of LENGTH bytes begins: some work may be done for it whatever those before it used up. */
void scan_grant(struct scan *scan, size_t length);
void scan_note_effect(struct scan *scan, struct record *record, unsigned effects, const char *words);
/* COMMAND's words [FIRST, count) as a command of their own. */
struct record *scan_inner(struct scan *scan, struct record *outer, const struct value *words, size_t count);
/* A text that OUTER runs as a script of bash. */
void scan_payload(struct scan *scan, struct record *outer, const struct value *value);
void scan_payload_text(struct scan *scan, struct record *outer, const char *text, bool sure);

/* --- variables.c --- */
struct variable *variable_find(struct scan *scan, const char *name, size_t length);
struct variable *variable_get(struct scan *scan, const char *name, size_t length); /* made when missing */
void variable_count_sets(struct scan *scan, const struct reader *reader);
void variable_set(struct scan *scan, const char *name, const struct value *value, bool sure, size_t from);
void variable_add(struct scan *scan, struct variable *variable, const char *value);
const char *variable_of_environment(const struct scan *scan, const char *name, size_t length);
/* The command at hand uses VARIABLE. */
void variable_use(struct scan *scan, struct variable *variable);
bool variable_is_dangerous(const char *name);
bool variable_is_harmless(const char *name);
bool variable_is_open(const char *name); /* printing it tells no secret */

/* --- value.c --- */
/* The words that NODE (a WORD, or an ASSIGNMENT's value) comes to; returns how many were added. */
size_t value_words(struct scan *scan, const struct place *place, const struct reader_node *node,
                   struct value **values, size_t *count, size_t *capacity);
struct value value_single(struct scan *scan, const struct place *place, const struct reader_node *node);
/* The same without what substitutions in it come to. */
struct value value_shallow(struct scan *scan, const struct place *place, const struct reader_node *node);
const char *value_document(struct scan *scan, const struct place *place, const struct reader_node *body);

/* --- braces.c --- */
/* A text with a mark for each byte. */
enum mark { MARK_BARE, MARK_QUOTED, MARK_EXPANDED };
struct marked {
    char *text, *marks;
    size_t length, capacity;
};
void marked_add(struct scan *scan, struct marked *marked, const char *text, size_t length, enum mark mark);
/* The words that WORD comes to, appended to LIST; false: too many, and those there are its pieces. *PLAIN is cleared when bash may see it
 * otherwise. */
bool braces_expand(struct scan *scan, const struct marked *word, struct marked **list, size_t *count,
                   size_t *capacity, bool *plain);

/* --- place.c --- */
const char *scan_resolve(struct scan *scan, const char *cwd, const char *path);
void scan_touch(struct scan *scan, struct record *record, const struct value *value, unsigned access,
                unsigned how);
enum { TOUCH_TREE = 1, TOUCH_NAMES = 2, TOUCH_LOADS = 4 };
void scan_note_made(struct scan *scan, struct made **list, size_t *count, size_t *capacity, const char *path,
                    const char *text);
bool path_is_scratch(const char *path);
bool scan_is_home_or_above(const struct scan *scan, const char *path);

/* --- deed.c --- */
/* What RECORD does: fills the lower half of it. */
void deed_examine(struct scan *scan, struct record *record);
void deed_add_host(struct scan *scan, struct record *record, const char *host);

/* --- code.c --- */
/* Searches CODE of another language for what it runs, deletes, reads and writes. */
void code_search(struct scan *scan, struct record *record, const char *code);

#endif
