/* check.c - one walk over the tree of a file; every key finds its row in the table or is told with the nearest
 * name, every value is read by its type, and the walk goes on, so that all errors come at once. */
#include "conf/check.h"

#include "base/memory.h"
#include "conf/options.h"
#include "conf/problems.h"
#include "conf/settings.h"
#include "conf/yaml.h"

#include <stdlib.h>
#include <string.h>

struct check {
    struct setting *row;
    bool project;
    struct problems *problems;
};

void check_unknown(const char *path, int line, int column, struct problems *problems)
{
    char section[32];
    bool told = problems->count < PROBLEMS_TOLD; /* a file of wrong keys only must not cost a search each */
    const char *meant = told ? option_nearest(path, section, sizeof section) : NULL;
    char *shown = problems_quote(path);
    if (meant)
        problems_add(problems, line, column, "%s is not an option; did you mean %s?", shown, meant);
    else
        problems_add(problems, line, column, "%s is not an option; sandgate config options lists them all",
                     shown);
    free(shown);
}

static void check_option(struct check *check, const struct option *option, const struct yaml_entry *entry)
{
    struct setting *setting = &check->row[option_index(option)];
    if (check->project && option->project == PROJECT_NEVER) {
        problems_add(check->problems, entry->line, entry->column,
                     "%s cannot be set by a project's file, only by your own", option->path);
        return;
    }
    setting->there = value_read(&setting->value, option, entry->value, check->problems);
    setting->line = entry->line;
    setting->column = entry->column;
}

static void check_section(struct check *check, const struct yaml_value *map, const char *prefix);

static void check_entry(struct check *check, const struct yaml_entry *entry, const char *path)
{
    const struct option *option = conf_option(path);
    if (option && strchr(entry->key, '.')) {
        int section = (int)(strrchr(path, '.') - path);
        problems_add(check->problems, entry->line, entry->column,
                     "%s is written in two lines here: \"%.*s:\" and, further in, \"%s:\"", path, section,
                     path, path + section + 1);
    } else if (option) {
        check_option(check, option, entry);
    } else if (!option_is_section(path)) {
        check_unknown(path, entry->line, entry->column, check->problems);
    } else if (entry->value->kind == YAML_MAP) {
        check_section(check, entry->value, path);
    } else if (entry->value->kind != YAML_EMPTY) {
        problems_add(check->problems, entry->value->line, entry->value->column,
                     "%s is a section: its options stand below it, further in, one a line", path);
    }
}

static void check_section(struct check *check, const struct yaml_value *map, const char *prefix)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_entry *entry = &map->entries[i];
        char *path = *prefix ? xasprintf("%s.%s", prefix, entry->key) : xstrdup(entry->key);
        check_entry(check, entry, path);
        free(path);
    }
}

/* --- rules over several options --- */

static const struct setting *setting_at(const struct setting *row, const char *path)
{
    return &row[option_index(conf_option(path))];
}

/* A key without a URL beside it would go wherever some other source points. */
static void check_bound(const struct setting *row, struct problems *problems)
{
    size_t count;
    const struct option *option = conf_options(&count);
    if (setting_at(row, "model.url")->line)
        return;
    for (size_t i = 0; i < count; i++)
        if (option[i].bound && row[i].there)
            problems_add(problems, row[i].line, row[i].column,
                         "%s needs model.url in the same file: it is sent to no other server",
                         option[i].path);
}

static void check_keys(const struct setting *row, struct problems *problems)
{
    const struct setting *command = setting_at(row, "model.api_key_command");
    if (command->there && setting_at(row, "model.api_key")->there)
        problems_add(problems, command->line, command->column,
                     "model.api_key and model.api_key_command exclude one another: leave one out");
}

void check_tree(const struct yaml_value *root, struct setting *row, bool project, struct problems *problems)
{
    struct check check = { row, project, problems };
    if (root->kind == YAML_EMPTY)
        return;
    if (root->kind != YAML_MAP) {
        problems_add(problems, root->line, root->column,
                     "the file must be a map of sections, such as \"model:\" with its options below it");
        return;
    }
    check_section(&check, root, "");
    check_bound(row, problems);
    check_keys(row, problems);
}
