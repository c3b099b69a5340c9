/* conf_policy.c - the policy's part of the configuration: which rules are read from where, and the mode.
 *
 * Rules of all places are in force together, the strictest wins, so a place is no more than a set of its own, named in
 * verdicts by file and line.  Two options set the mode, because a profile is a lasting choice and an approval mode one
 * for a run; the stronger source decides. */
#include "conf/settings.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/options.h"
#include "conf/problems.h"
#include "conf/rules.h"
#include "conf/yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char system_file[] = "/etc/sandgate/policy.yaml";

bool conf_is_missing(const char *file)
{
    struct stat status;
    return lstat(file, &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

/* --- rules --- */

void conf_rules_of_system(struct conf *conf, struct problems *problems)
{
    const char *named = getenv("SANDGATE_TEST_SYSTEM_POLICY");
    const char *file = named && *named ? named : system_file;
    if (!conf_is_missing(file))
        rules_read_file(&conf->rules[RULES_OF_SYSTEM], file, SCOPE_SYSTEM, problems);
}

/* "~/x" is below the home, what is not absolute stands beside the configuration FILE. */
static char *resolve(const char *path, const char *file)
{
    bool home = strncmp(path, "~/", 2) == 0;
    char *folder = home ? path_home() : path_folder(file);
    char *resolved = path_normalize(folder, path + (home ? 2 : 0));
    free(folder);
    return resolved;
}

void conf_rules_of_user(struct conf *conf, const char *file, struct problems *problems)
{
    struct rule_set *set = &conf->rules[RULES_OF_USER];
    const struct setting *files = setting_from(conf, SOURCE_USER, conf_option("policy.files"));
    conf->rule_file = resolve("policy.yaml", file);
    if (!conf_is_missing(conf->rule_file))
        rules_read_file(set, conf->rule_file, SCOPE_USER, problems);
    for (size_t i = 0; files && files->value.list[i]; i++) {
        char *path = resolve(files->value.list[i], file);
        rules_read_file(set, path, SCOPE_USER, problems);
        free(path);
    }
}

static const struct yaml_value *member(const struct yaml_value *map, const char *key)
{
    for (size_t i = 0; map && map->kind == YAML_MAP && i < map->count; i++)
        if (strcmp(map->entries[i].key, key) == 0)
            return map->entries[i].value;
    return NULL;
}

void conf_rules_of_tree(struct conf *conf, enum conf_source source, const struct yaml_value *root,
                        const char *file, struct problems *problems)
{
    bool project = source == SOURCE_PROJECT;
    struct rule_set *set = &conf->rules[project ? RULES_OF_PROJECT : RULES_OF_USER];
    const struct yaml_value *list = member(member(root, "policy"), "rules");
    set->tightens_only = project;
    if (list)
        rules_read(set, list, project ? SCOPE_PROJECT : SCOPE_USER, file, problems);
}

const struct rule_set *const *conf_rules(const struct conf *conf, size_t *count)
{
    *count = RULE_PLACES;
    return conf->rule_sets;
}

const char *conf_rule_file(const struct conf *conf)
{
    return conf->rule_file;
}

/* --- the mode --- */

static const char *const mode_options[] = { "approval.mode", "policy.profile" };

bool conf_sets_mode(const struct option *option)
{
    for (size_t i = 0; i < ARRAY_SIZE(mode_options); i++)
        if (strcmp(option->path, mode_options[i]) == 0)
            return true;
    return false;
}

const struct value *conf_mode_up_to(const struct conf *conf, enum conf_source source)
{
    for (int from = (int)source; from >= 0; from--)
        for (size_t i = 0; i < ARRAY_SIZE(mode_options); i++) {
            const struct setting *setting =
                setting_from(conf, (enum conf_source)from, conf_option(mode_options[i]));
            if (setting)
                return &setting->value;
        }
    return NULL;
}

enum policy_mode conf_mode(const struct conf *conf)
{
    enum policy_mode mode = POLICY_CAREFUL;
    const struct value *value = conf_mode_up_to(conf, SOURCE_FLAG);
    if (value)
        policy_mode_from_name(value->text, &mode);
    return mode;
}
