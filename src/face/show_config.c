/* show_config.c - sandgate config show | check | options. */
#include "face/show_config.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/visible.h"
#include "conf/conf.h"
#include "conf/options.h"
#include "conf/values.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_FINE = 0, EXIT_OUTPUT = 1, EXIT_USAGE = 2 };

static const char usage[] = "usage: sandgate config [show | check | options] [DIR]\n"
                            "\n"
                            "  show     every option with its value and where that came from (the default)\n"
                            "  check    read the files and tell all that is wrong in them\n"
                            "  options  what options there are: type, range, default, variable, flag\n"
                            "\n"
                            "DIR is the project whose .sandgate.yaml is read; default: the current folder.\n";

/* A verb: its word, and what it prints for a project. */
struct verb {
    const char *name;
    bool (*print)(const char *project, struct buffer *out, struct error *error);
};

static bool print_values(const char *project, struct buffer *out, struct error *error)
{
    struct conf *conf = conf_load(project, error);
    if (conf)
        conf_print(conf, out);
    conf_free(conf);
    return conf;
}

static bool print_check(const char *project, struct buffer *out, struct error *error)
{
    struct conf *conf = conf_load(project, error);
    if (!conf)
        return false;
    buffer_append_text(out, "The configuration has no errors.\n");
    if (*conf_waiting(conf))
        buffer_append_text(out, "The project's file asks for these; they wait until you trust it:\n");
    for (const char *const *line = conf_waiting(conf); *line; line++)
        buffer_append_format(out, "  %s\n", *line);
    conf_free(conf);
    return true;
}

static void print_option(const struct option *option, struct buffer *out)
{
    buffer_append_format(out, "%s\n    %s\n    type: %s", option->path, option->help,
                         option_type_name(option->type));
    if (option->choices)
        buffer_append_format(out, ", one of: %s", option->choices);
    struct buffer range = BUFFER_INIT;
    if (value_range(option, &range))
        buffer_append_format(out, ", from %s", range.data);
    buffer_release(&range);
    buffer_append_format(out, "; default: %s", option->fallback ? option->fallback : "none");
    if (option->environment)
        buffer_append_format(out, "; variable: %s", option->environment);
    if (option->flag)
        buffer_append_format(out, "; flag: %s", option->flag);
    buffer_append_format(out, "; project: %s\n\n", option_project_name(option->project));
}

static bool print_options(const char *project, struct buffer *out, struct error *error)
{
    (void)project;
    (void)error;
    size_t count;
    const struct option *options = conf_options(&count);
    for (size_t i = 0; i < count; i++)
        print_option(&options[i], out);
    buffer_append_text(
        out, "project: what a project's file may do with the option before you trust it: never (an\n"
             "error), nothing, tighten (make it stricter), set. sandgate.yaml(5) tells more.\n");
    return true;
}

/* File names may hold anything, so nothing goes to a terminal as it is. */
static int write_out(FILE *file, const struct buffer *text, int code)
{
    struct buffer shown = BUFFER_INIT;
    visible_text(&shown, text->data, text->length);
    bool written = fwrite(shown.data, 1, shown.length, file) == shown.length && fflush(file) == 0;
    buffer_release(&shown);
    return written ? code : EXIT_OUTPUT;
}

static int run_verb(const struct verb *verb, const char *project)
{
    struct buffer out = BUFFER_INIT;
    struct error error = ERROR_INIT;
    int code;
    if (verb->print(project, &out, &error)) {
        code = write_out(stdout, &out, EXIT_FINE);
    } else {
        buffer_clear(&out);
        buffer_append_format(&out, "%s\n", error_message(&error));
        code = write_out(stderr, &out, EXIT_USAGE);
    }
    buffer_release(&out);
    error_clear(&error);
    return code;
}

static const struct verb *find_verb(const char *name)
{
    static const struct verb verbs[] = {
        { "show", print_values },
        { "check", print_check },
        { "options", print_options },
    };
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

int face_config(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "show";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        fputs(usage, stdout);
        return fflush(stdout) == 0 ? EXIT_FINE : EXIT_OUTPUT;
    }
    const struct verb *verb = find_verb(name);
    if (verb && argc <= 3)
        return run_verb(verb, argc > 2 ? argv[2] : ".");
    fputs(usage, stderr);
    return EXIT_USAGE;
}
