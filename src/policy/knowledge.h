/* knowledge.h - what is known about programs, as rows of tables (knowledge_*.c).
 *
 * A row says what a program, or one of its subcommands, does with its words: what its options take and bring,
 * what its other words are.  An option that no row knows is unknown, and unknown is never allowed.  Each row names
 * its source: the manual of Debian 12's version where nothing else is said. */
#ifndef SANDGATE_POLICY_KNOWLEDGE_H
#define SANDGATE_POLICY_KNOWLEDGE_H

#include "policy/scan.h"

enum takes { TAKES_NOTHING, TAKES_VALUE, TAKES_MAYBE /* only joined to the option */, TAKES_TWO };

/* What an option's value is. */
enum meaning {
    MEANS_TEXT,     /* nothing but text */
    MEANS_READ,     /* a file that is read */
    MEANS_WRITE,    /* a file that is written */
    MEANS_NAMES,    /* a file or folder that is looked at, not into */
    MEANS_TARGET,   /* the folder that the other words are written to */
    MEANS_FOLDER,   /* the folder where it works */
    MEANS_SHELL,    /* a text that a shell runs */
    MEANS_CODE,     /* a text in the program's own language that it runs */
    MEANS_LOAD,     /* a file of code or configuration */
    MEANS_HOST,     /* a host or URL */
    MEANS_PATTERN,  /* what else the first word would be */
    MEANS_PATTERNS, /* a file of that */
    MEANS_FILTER,   /* a pattern of names: only files like this are read */
    MEANS_REPORT,   /* KIND:FILE, of which only some write */
    MEANS_TREE,     /* no value: what is below is meant too */
    MEANS_ASIDE,    /* no value: it only prints about itself (--version, --help) */
};

struct option_row {
    const char *names; /* "-abc --long": letters of one dash, each an option; long ones */
    enum takes takes;
    enum meaning meaning;
    unsigned effects; /* that the option brings */
};

/* What the words that are no options are. */
enum operands {
    OPERANDS_NONE,  /* there are none */
    OPERANDS_TEXT,  /* text that only the program sees */
    OPERANDS_READ,  /* files that are read */
    OPERANDS_NAMES, /* files and folders that are looked at, not into */
    OPERANDS_WRITE, /* files that are written or made */
    OPERANDS_DELETE,
    OPERANDS_COPY,      /* read, the last one written */
    OPERANDS_FILTER,    /* the first one read, a second written */
    OPERANDS_MOVE,      /* deleted, the last one written */
    OPERANDS_LINK,      /* named, the last one written */
    OPERANDS_CHANGE,    /* one word (a mode), then files that are written */
    OPERANDS_SEARCH,    /* a pattern, then files that are read */
    OPERANDS_COMMAND,   /* a command with its words */
    OPERANDS_AFTER_ONE, /* a word, then a command */
    OPERANDS_CODE,      /* a file that is run, then words for it */
    OPERANDS_LOAD,      /* files of code that are all loaded */
    OPERANDS_HOST,      /* hosts or URLs */
    OPERANDS_UNKNOWN,   /* not known */
};

enum knowledge_flag {
    KNOWS_STOPS = 1,          /* the first word that is no option ends the options */
    KNOWS_NUMBERS = 2,        /* -5 is an option */
    KNOWS_ONE_DASH = 4,       /* -name is one option */
    KNOWS_PLUS = 8,           /* +5 or +x is an option without effect */
    KNOWS_SUBCOMMANDS = 16,   /* the first word is a subcommand, of a row of its own */
    KNOWS_ANY_TEXT = 32,      /* whatever its words are, it does the same */
    KNOWS_BUILTIN = 64,       /* the shell does it itself */
    KNOWS_GIT = 128,          /* git's configuration may make it run programs */
    KNOWS_TREE = 256,         /* what is below a folder is meant too */
    KNOWS_INTERPRETER = 512,  /* it runs its standard input when no word says what else */
    KNOWS_ALL_OPTIONS = 1024, /* options that no row knows are harmless */
    KNOWS_NO_OPTIONS = 2048,  /* what looks like an option is a word like all others */
    KNOWS_MORE = 4096,        /* it has options that the row leaves out because they do more than print */
};

struct examination;

struct knowledge {
    const char *program;    /* "ls|dir" */
    const char *subcommand; /* "stash list"; NULL: the program itself */
    unsigned effects;       /* that it always brings */
    enum operands operands;
    unsigned flags;
    const struct option_row *options;
    void (*special)(struct examination *examination); /* for what rows cannot say; after the options */
    const char *source;
};

/* The command at hand: its words taken apart. */
struct examination {
    struct scan *scan;
    struct record *record;
    const struct knowledge *knowledge;
    size_t first; /* of the words after program and subcommand */
    size_t rest;  /* where the command of a wrapper begins */
    bool tree, pattern_given, code_given;
    bool aside;                 /* it was asked about itself */
    bool burdened;              /* and for more than that: an option that does something */
    unsigned forgiven;          /* effects of the row that these words do not bring */
    const struct value *target; /* MEANS_TARGET */
};

struct knowledge_table {
    const struct knowledge *rows;
    size_t count;
};
extern const struct knowledge_table knowledge_files, knowledge_text, knowledge_git, knowledge_code,
    knowledge_packages, knowledge_system, knowledge_shell, knowledge_wrappers, knowledge_network;

/* NULL: not known. SUBCOMMAND NULL: the program's own row. */
const struct knowledge *knowledge_find(struct scan *scan, const char *program, const char *subcommand);
/* Does PROGRAM delete, change the system, or run what its words or its input say? (deed.c) */
bool knowledge_is_strong(struct scan *scan, const char *program);
/* Every row in turn, for tests: the INDEXth; NULL past the end. */
const struct knowledge *knowledge_at(size_t index);

/* --- for the special functions (deed_*.c) --- */
void deed_note(struct examination *examination, unsigned effects, const char *words);
void deed_unknown(struct examination *examination, const char *words);
/* Words [FIRST, count) as a command of their own. */
void deed_run(struct examination *examination, size_t first);
void deed_touch(struct examination *examination, const struct value *value, unsigned access);

void deed_build(struct examination *examination);
void deed_scp(struct examination *examination);
void deed_callback(struct examination *examination);
void deed_cd(struct examination *examination);
void deed_declare(struct examination *examination);
void deed_dd(struct examination *examination);
void deed_env(struct examination *examination);
void deed_eval(struct examination *examination);
void deed_fd(struct examination *examination);
void deed_find(struct examination *examination);
void deed_git_global(struct examination *examination);
void deed_compress(struct examination *examination);
void deed_here(struct examination *examination);
void deed_install(struct examination *examination);
void deed_rsync(struct examination *examination);
void deed_unzip(struct examination *examination);
void deed_clone(struct examination *examination);
void deed_editor(struct examination *examination);
void deed_git_log(struct examination *examination);
void deed_pager(struct examination *examination);
void deed_git_config(struct examination *examination);
void deed_git_apply(struct examination *examination);
void deed_inner_text(struct examination *examination);
void deed_git_listing(struct examination *examination);
void deed_after_exec(struct examination *examination);
void deed_container(struct examination *examination);
void deed_parallel(struct examination *examination);
void deed_inner_command(struct examination *examination);
void deed_interpreter(struct examination *examination);
void deed_jq(struct examination *examination);
void deed_kill(struct examination *examination);
void deed_manual(struct examination *examination);
void deed_make(struct examination *examination);
void deed_printf(struct examination *examination);
void deed_arguments(struct examination *examination);
void deed_awk(struct examination *examination);
void deed_sed(struct examination *examination);
void deed_sed_script(struct examination *examination, const struct value *script);
void deed_set(struct examination *examination);
void deed_sqlite(struct examination *examination);
void deed_compiler(struct examination *examination);
void deed_shell(struct examination *examination);
void deed_source(struct examination *examination);
void deed_ssh(struct examination *examination);
void deed_tar(struct examination *examination);
void deed_test(struct examination *examination);
void deed_tracer(struct examination *examination);
void deed_trap(struct examination *examination);
void deed_upload(struct examination *examination);
void deed_xargs(struct examination *examination);
void deed_power(struct examination *examination);

#endif
