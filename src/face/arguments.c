/* arguments.c - reads "--name value", "--name=value", "-x value", "--", and what is no option.
 *
 * Own code rather than getopt_long, because half of its rows are those of the option table. */
#include "face/arguments.h"

#include "config.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "conf/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

/* The command line while it is read. */
struct reading {
    struct arguments *arguments;
    const struct face *face;
    int count, at;
    char **words;
    struct error error;
};

static const char *name_of(const struct face *face)
{
    return face->name ? face->name : "";
}

static void print_row(char letter, const char *name, const char *argument, const char *help)
{
    char left[64];
    char short_form[8] = "";

    if (letter)
        snprintf(short_form, sizeof short_form, "-%c, ", letter);
    snprintf(left, sizeof left, "%s--%s%s%s", short_form, name, argument ? " " : "",
             argument ? argument : "");
    printf("  %-26s %s\n", left, help);
}

static void print_help(const struct face *face)
{
    size_t count;
    const struct option *options = conf_options(&count);

    printf("usage: %s\n\n%s\n\n", face->usage, face->help);
    for (size_t i = 0; face->options && face->options[i].name; i++)
        print_row(face->options[i].letter, face->options[i].name, face->options[i].argument,
                  face->options[i].help);
    for (size_t i = 0; face->takes_settings && i < count; i++)
        if (options[i].flag)
            print_row(0, options[i].flag + 2, "VALUE", options[i].help);
    if (face->takes_settings)
        print_row(0, "set", "PATH=VALUE", "Sets any option of sandgate.yaml(5) for this run.");
    print_row('h', "help", NULL, "Shows this and exits.");
    print_row(0, "version", NULL, "Shows the version and exits.");
}

/* The argument of the option that was just read: behind "=", or the next word. */
static const char *take_value(struct reading *reading, const char *name, const char *inline_value)
{
    if (inline_value)
        return inline_value;
    if (reading->at + 1 >= reading->count) {
        error_set(&reading->error, "%s needs a value", name);
        return NULL;
    }
    return reading->words[++reading->at];
}

static bool add_setting(struct reading *reading, const char *path, const char *value)
{
    struct arguments *arguments = reading->arguments;

    if (arguments->setting_count == ARRAY_SIZE(arguments->settings))
        return error_set(&reading->error, "There are too many settings on the command line");
    arguments->settings[arguments->setting_count].path = path;
    arguments->settings[arguments->setting_count++].value = value;
    return true;
}

/* --set PATH=VALUE: the path is cut off in place. */
static bool add_set(struct reading *reading, const char *text)
{
    char *equals = text ? strchr(text, '=') : NULL;

    if (!text)
        return false;
    if (!equals)
        return error_set(&reading->error,
                         "--set takes PATH=VALUE, such as terminal.timeout=5m; \"%s\" has no \"=\"", text);
    *equals = '\0';
    return add_setting(reading, text, equals + 1);
}

static bool read_own(struct reading *reading, size_t row, const char *name, const char *inline_value)
{
    const struct face_option *option = &reading->face->options[row];

    if (!option->argument && inline_value)
        return error_set(&reading->error, "--%s takes no value", option->name);
    reading->arguments->values[row] = option->argument ? take_value(reading, name, inline_value) : "";
    return reading->arguments->values[row] != NULL;
}

static bool read_setting(struct reading *reading, const char *name, const char *inline_value, bool *known)
{
    size_t count;
    const struct option *options = conf_options(&count);

    for (size_t i = 0; i < count; i++)
        if (options[i].flag && strcmp(options[i].flag, name) == 0) {
            const char *value = take_value(reading, name, inline_value);
            return value && add_setting(reading, options[i].path, value);
        }
    *known = false;
    return false;
}

/* One option; NAME with its dashes, without "=...". */
static bool read_option(struct reading *reading, const char *name, const char *inline_value)
{
    const struct face_option *own = reading->face->options;
    bool known = true;

    for (size_t i = 0; own && own[i].name; i++)
        if ((name[1] == '-' && strcmp(own[i].name, name + 2) == 0) ||
            (name[1] != '-' && own[i].letter && name[1] == own[i].letter && !name[2]))
            return read_own(reading, i, name, inline_value);
    if (reading->face->takes_settings && strcmp(name, "--set") == 0)
        return add_set(reading, take_value(reading, name, inline_value));
    if (reading->face->takes_settings && read_setting(reading, name, inline_value, &known))
        return true;
    if (!reading->error.message)
        error_set(&reading->error, "%s is not an option of sandgate%s%s", name,
                  reading->face->name ? " " : "", name_of(reading->face));
    return false;
}

static bool read_word(struct reading *reading, bool *rest)
{
    char *word = reading->words[reading->at];

    if (*rest || word[0] != '-' || !word[1]) {
        reading->arguments->words[reading->arguments->word_count++] = word;
        return true;
    }
    if (strcmp(word, "--") == 0) {
        *rest = true;
        return true;
    }
    char *equals = word[1] == '-' ? strchr(word, '=') : NULL;
    char *name = equals ? xstrndup(word, (size_t)(equals - word)) : xstrdup(word);
    bool fine = read_option(reading, name, equals ? equals + 1 : NULL);
    free(name);
    return fine;
}

static bool asks_for(const struct reading *reading, const char *name)
{
    const char *word = reading->words[reading->at];

    return strcmp(word, name) == 0;
}

bool arguments_read(struct arguments *arguments, int argc, char **argv, const struct face *face, int *code)
{
    struct reading reading = { .arguments = arguments, .face = face, .count = argc, .at = 1, .words = argv };
    bool rest = false;

    *arguments = (struct arguments){ .words = xcalloc((size_t)argc + 1, sizeof *arguments->words) };
    for (; reading.at < argc; reading.at++) {
        bool help = !rest && (asks_for(&reading, "--help") || asks_for(&reading, "-h"));
        bool version = !rest && asks_for(&reading, "--version");
        if (help)
            print_help(face);
        if (version)
            puts(PACKAGE_STRING);
        if (!help && !version && read_word(&reading, &rest))
            continue;
        *code = 0;
        if (reading.error.message) {
            fprintf(stderr, "sandgate: %s.\nTry: sandgate %s%s--help\n", reading.error.message, name_of(face),
                    face->name ? " " : "");
            *code = EXIT_USAGE;
        }
        error_clear(&reading.error);
        arguments_release(arguments);
        return false;
    }
    return true;
}

void arguments_release(struct arguments *arguments)
{
    free(arguments->words);
    arguments->words = NULL;
}

const char *arguments_value(const struct arguments *arguments, const struct face *face, const char *name)
{
    for (size_t i = 0; face->options && face->options[i].name; i++)
        if (strcmp(face->options[i].name, name) == 0)
            return arguments->values[i];
    return NULL;
}

bool arguments_apply(const struct arguments *arguments, struct conf *conf, struct error *error)
{
    for (size_t i = 0; i < arguments->setting_count; i++)
        if (!conf_set_flag(conf, arguments->settings[i].path, arguments->settings[i].value, error))
            return false;
    return true;
}
