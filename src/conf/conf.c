/* conf.c - asking for values.  A path that is not in the table, or is asked for as another type, is a mistake
 * in the program and ends it. */
#include "conf/settings.h"

#include "base/memory.h"
#include "base/texts.h"
#include "conf/options.h"

#include <stdlib.h>
#include <string.h>

struct setting *settings_of(const struct conf *conf, enum conf_source source)
{
    return conf->settings + source * conf->count;
}

void setting_release(struct setting *setting)
{
    value_release(&setting->value);
    free(setting->where);
    *setting = (struct setting){ 0 };
}

const struct setting *setting_from(const struct conf *conf, enum conf_source source,
                                   const struct option *option)
{
    const struct setting *setting = &settings_of(conf, source)[option_index(option)];
    return setting->there && !setting->waiting ? setting : NULL;
}

const struct setting *setting_in_force(const struct conf *conf, const struct option *option,
                                       enum conf_source *source)
{
    const char *url = option->bound ? conf_text(conf, "model.url") : NULL;
    for (int from = SOURCES - 1; from >= 0; from--) {
        const struct setting *setting = setting_from(conf, (enum conf_source)from, option);
        if (!setting || (option->bound && !setting_owns_url(conf, (enum conf_source)from, url)))
            continue;
        if (source)
            *source = (enum conf_source)from;
        return setting;
    }
    return NULL;
}

void conf_free(struct conf *conf)
{
    if (!conf)
        return;
    for (size_t i = 0; i < SOURCES * conf->count; i++)
        setting_release(&conf->settings[i]);
    for (size_t i = 0; i < RULE_PLACES; i++)
        rule_set_release(&conf->rules[i]);
    free(conf->rule_file);
    texts_free(conf->waiting);
    free(conf->settings);
    free(conf->project_file);
    free(conf);
}

static const struct option *known(const char *path)
{
    const struct option *option = conf_option(path);
    if (!option)
        bug("%s is not an option", path);
    return option;
}

/* The value in force; an empty one for an option that is unset. */
static const struct value *value_of(const struct conf *conf, const char *path, unsigned types)
{
    static const struct value unset;
    const struct option *option = known(path);
    if (!(types & 1u << option->type))
        bug("%s is a %s and was asked for as something else", path, option_type_name(option->type));
    const struct setting *setting = setting_in_force(conf, option, NULL);
    return setting ? &setting->value : &unset;
}

const char *conf_text(const struct conf *conf, const char *path)
{
    return value_of(conf, path, ~0u)->text;
}

bool conf_boolean(const struct conf *conf, const char *path)
{
    return value_of(conf, path, 1u << OPTION_BOOLEAN)->boolean;
}

int64_t conf_integer(const struct conf *conf, const char *path)
{
    return value_of(conf, path, 1u << OPTION_INTEGER | 1u << OPTION_SIZE | 1u << OPTION_SPAN)->integer;
}

double conf_number(const struct conf *conf, const char *path)
{
    return value_of(conf, path, 1u << OPTION_NUMBER)->number;
}

const char *const *conf_list(const struct conf *conf, const char *path)
{
    static const char *const none[] = { NULL };
    const struct value *value = value_of(conf, path, 1u << OPTION_LIST | 1u << OPTION_MAP);
    return value->list ? (const char *const *)value->list : none;
}

const struct json *conf_object(const struct conf *conf, const char *path)
{
    return value_of(conf, path, 1u << OPTION_OBJECT)->object;
}

bool conf_is_set(const struct conf *conf, const char *path)
{
    return setting_in_force(conf, known(path), NULL);
}

enum conf_source conf_source(const struct conf *conf, const char *path)
{
    enum conf_source source = SOURCE_DEFAULT;
    setting_in_force(conf, known(path), &source);
    return source;
}

const char *conf_where(const struct conf *conf, const char *path)
{
    const struct setting *setting = setting_in_force(conf, known(path), NULL);
    return setting && setting->where ? setting->where : "default";
}

const char *conf_project_digest(const struct conf *conf)
{
    return conf->project_file ? conf->project_digest : NULL;
}
