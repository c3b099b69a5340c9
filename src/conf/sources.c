/* sources.c - where values come from: the table's defaults, two files, the environment, the command line. */
#include "conf/settings.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/check.h"
#include "conf/options.h"
#include "conf/problems.h"
#include "conf/yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct conf *conf_new(void)
{
    struct conf *conf = xcalloc(1, sizeof *conf);
    conf_options(&conf->count);
    conf->settings = xcalloc(SOURCES * conf->count, sizeof *conf->settings);
    for (size_t i = 0; i < RULE_PLACES; i++)
        conf->rule_sets[i] = &conf->rules[i];
    return conf;
}

/* --- the table --- */

static void read_defaults(struct conf *conf, struct problems *problems)
{
    size_t count;
    const struct option *options = conf_options(&count);
    struct setting *row = settings_of(conf, SOURCE_DEFAULT);
    for (size_t i = 0; i < count; i++)
        if (options[i].fallback)
            row[i].there = value_read_text(&row[i].value, &options[i], options[i].fallback, problems);
}

/* --- files --- */

/* The path as a person writes it: the home is "~". */
static char *shown_path(const char *path)
{
    char *home = path_home();
    size_t length = strlen(home);
    bool below = length > 1 && path_is_below(path, home);
    char *shown = below ? xasprintf("~%s", path + length) : xstrdup(path);
    free(home);
    return shown;
}

/* "~/x" is below the home; "x/y" stands beside the file that says it; "x" is a name. */
static void resolve_path(struct value *value, const char *file)
{
    if (!strchr(value->text, '/') || *value->text == '/')
        return;
    bool home = strncmp(value->text, "~/", 2) == 0;
    char *folder = home ? path_home() : path_folder(file);
    char *path = path_normalize(folder, value->text + (home ? 2 : 0));
    free(folder);
    free(value->text);
    value->text = path;
}

static void finish_row(struct setting *row, const char *file)
{
    size_t count;
    const struct option *options = conf_options(&count);
    char *shown = shown_path(file);
    for (size_t i = 0; i < count; i++) {
        if (!row[i].there)
            continue;
        row[i].where = xasprintf("%s:%d", shown, row[i].line);
        if (options[i].type == OPTION_PATH)
            resolve_path(&row[i].value, file);
    }
    free(shown);
}

/* FILE with its folder made absolute, links of the folder followed; as it is when there is no such folder. */
static char *place_file(const char *folder, const char *name)
{
    char *real = realpath(folder, NULL);
    char *file = path_join(real ? real : folder, name);
    free(real);
    return file;
}

/* DIGEST (may be NULL) is that of the very bytes that were read. False: it could not be read at all. */
static bool read_file(struct conf *conf, enum conf_source source, const char *file, char *digest,
                      struct problems *problems)
{
    struct setting *row = settings_of(conf, source);
    struct buffer text = { .data = buffer_empty, .ceiling = YAML_FILE_BYTES };
    struct error error = ERROR_INIT;
    bool read = path_read_file(file, &text, &error);
    if (!read) {
        problems->source = NULL; /* the sentence names the file */
        problems_add(problems, 0, 0, "%s", error_message(&error));
    } else {
        problems->source = file;
        struct yaml_value *root = yaml_tree_read(text.data, text.length, problems);
        if (root) {
            check_tree(root, row, source == SOURCE_PROJECT, problems);
            finish_row(row, file);
            conf_rules_of_tree(conf, source, root, file, problems);
        }
        yaml_tree_free(root);
        if (digest)
            hash_text(text.data, text.length, digest);
    }
    error_clear(&error);
    buffer_release(&text);
    return read;
}

/* SANDGATE_CONFIG names another file, which must then be there; /dev/null is none. */
static void read_user(struct conf *conf, struct problems *problems)
{
    const char *named = getenv("SANDGATE_CONFIG");
    bool own = named && *named;
    char *folder = own ? path_folder(named) : path_config();
    char *file = place_file(folder, own ? path_name(named) : "sandgate.yaml");
    bool none = own ? strcmp(named, "/dev/null") == 0 : conf_is_missing(file);
    if (!none)
        read_file(conf, SOURCE_USER, file, NULL, problems);
    if (!own || !none)
        conf_rules_of_user(conf, file, problems);
    free(folder);
    free(file);
}

static void read_project(struct conf *conf, const char *folder, struct problems *problems)
{
    char *file = place_file(folder, ".sandgate.yaml");
    if (!conf_is_missing(file) && read_file(conf, SOURCE_PROJECT, file, conf->project_digest, problems))
        conf->project_file = realpath(file, NULL);
    free(file);
}

/* --- environment and command line --- */

static void read_environment(struct conf *conf, struct problems *problems)
{
    size_t count;
    const struct option *options = conf_options(&count);
    struct setting *row = settings_of(conf, SOURCE_ENVIRONMENT);
    for (size_t i = 0; i < count; i++) {
        const char *text = options[i].environment ? getenv(options[i].environment) : NULL;
        if (!text || !*text)
            continue;
        problems->source = options[i].environment;
        row[i].there = value_read_text(&row[i].value, &options[i], text, problems);
        row[i].where = xstrdup(options[i].environment);
    }
}

static const struct option *find_for_flag(const char *path, struct problems *problems)
{
    const struct option *option = *path == '-' ? option_with_flag(path) : conf_option(path);
    if (!option)
        check_unknown(path, 0, 0, problems);
    else if (option->secret)
        problems_add(problems, 0, 0,
                     "%s is not taken from the command line, which others on this machine can read; use the "
                     "environment or a file",
                     option->path);
    else if (option->file_only)
        problems_add(problems, 0, 0, "%s is not taken from the command line, only from a file", option->path);
    return option && !option->secret && !option->file_only ? option : NULL;
}

bool conf_set_flag(struct conf *conf, const char *path, const char *value, struct error *error)
{
    struct problems problems = PROBLEMS_INIT;
    struct setting setting = { 0 };
    const struct option *option = find_for_flag(path, &problems);
    if (option) {
        problems.source = path;
        setting.there = value_read_text(&setting.value, option, value, &problems);
    }
    if (setting.there) {
        struct setting *place = &settings_of(conf, SOURCE_FLAG)[option_index(option)];
        setting.where = *path == '-' ? xstrdup(path) : xasprintf("--set %s", path);
        setting_release(place);
        *place = setting;
    }
    return problems_finish(&problems, error);
}

/* --- all of them --- */

/* Header values are secrets, each of them; so is a key. */
static void hide_secrets(const struct conf *conf)
{
    size_t count;
    const struct option *options = conf_options(&count);
    for (size_t i = 0; i < SOURCES * count; i++) {
        const struct value *value = &conf->settings[i].value;
        if (!options[i % count].secret || !conf->settings[i].there)
            continue;
        if (!value->list)
            log_secret(value->text);
        for (size_t j = 0; value->list && value->list[j]; j++)
            log_secret(value->list[j] + strcspn(value->list[j], ":") + 2);
    }
}

struct conf *conf_load(const char *project_folder, struct error *error)
{
    struct problems problems = PROBLEMS_INIT;
    struct conf *conf = conf_new();
    read_defaults(conf, &problems);
    if (problems.count)
        bug("the option table has a bad default: %s", problems.text.data);
    conf_rules_of_system(conf, &problems);
    read_user(conf, &problems);
    if (project_folder)
        read_project(conf, project_folder, &problems);
    read_environment(conf, &problems);
    hide_secrets(conf);
    if (problems_finish(&problems, error)) {
        trust_apply(conf);
        return conf;
    }
    conf_free(conf);
    return NULL;
}
