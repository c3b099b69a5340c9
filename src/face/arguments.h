/* arguments.h - the command line of a subcommand: its own rows, every option of the option table that has a
 * flag, --set PATH=VALUE, --help and --version. */
#ifndef SANDGATE_FACE_ARGUMENTS_H
#define SANDGATE_FACE_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

struct conf;
struct error;

struct face_option {
    const char *name;     /* without the dashes */
    char letter;          /* short form, 0: none */
    const char *argument; /* what it takes, for the help; NULL: nothing */
    const char *help;
};

/* A row of the table of subcommands (main.c). */
struct face {
    const char *name;                  /* NULL: the workbench itself */
    const char *usage;                 /* "sandgate run [-p PROMPT | -]" */
    const char *help;                  /* one line */
    const struct face_option *options; /* ends with a NULL name; NULL: none */
    bool takes_settings;               /* the flags of the option table as well */
    int (*run)(int argc, char **argv, const struct face *face);
    int (*plain)(int argc, char **argv); /* instead of run: reads its own command line */
};

struct arguments {
    const char *values[16]; /* per row of the face's options: the argument, "" for a bare one, NULL: absent */
    char **words;           /* what is no option */
    int word_count;
    struct {
        const char *path, *value;
    } settings[64];
    size_t setting_count;
};

/* False: there is nothing more to do (help, version, a wrong option) and *CODE is the exit code. */
bool arguments_read(struct arguments *arguments, int argc, char **argv, const struct face *face, int *code);
void arguments_release(struct arguments *arguments);
/* The argument of option NAME of the face, NULL when it is absent. */
const char *arguments_value(const struct arguments *arguments, const struct face *face, const char *name);
/* Puts the settings of the command line in force. */
bool arguments_apply(const struct arguments *arguments, struct conf *conf, struct error *error);

#endif
