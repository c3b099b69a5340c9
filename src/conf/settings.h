/* settings.h - the inside of struct conf: for each source, what it says of each option.
 *
 * Nothing is merged.  The value in force is looked up, the strongest source that has one, so that trusting a
 * project's file or giving a flag later changes one place and every question after it is answered right. */
#ifndef SANDGATE_CONF_SETTINGS_H
#define SANDGATE_CONF_SETTINGS_H

#include "base/hash.h"
#include "conf/conf.h"
#include "conf/values.h"
#include "policy/rule.h"

enum { SOURCES = SOURCE_FLAG + 1 };

/* Whose rules. */
enum rule_place { RULES_OF_SYSTEM, RULES_OF_USER, RULES_OF_PROJECT, RULE_PLACES };

/* What one source says of one option. */
struct setting {
    bool there;
    bool waiting;     /* of a project's file that is not trusted: not in force */
    int line, column; /* in its file; 0: none */
    char *where;      /* for people: "~/.config/sandgate/sandgate.yaml:3"; NULL for the default */
    struct value value;
};

struct conf {
    size_t count;             /* options */
    struct setting *settings; /* SOURCES rows of count */
    char *project_file;       /* its real path; NULL: there is none */
    char project_digest[HASH_TEXT];
    struct rule_set rules[RULE_PLACES];
    const struct rule_set *rule_sets[RULE_PLACES]; /* the same, as they are handed out */
    char *rule_file;                               /* see conf_rule_file */
    char **waiting; /* lines of conf_waiting, NULL-terminated; NULL: none was made yet */
};

/* The row of SOURCE: one setting an option, in the order of the table. */
struct setting *settings_of(const struct conf *conf, enum conf_source source);
/* What SOURCE says of OPTION; NULL: nothing, or nothing that is in force. */
const struct setting *setting_from(const struct conf *conf, enum conf_source source,
                                   const struct option *option);
/* The setting in force; NULL: the option is unset. SOURCE (may be NULL): where it is from. */
const struct setting *setting_in_force(const struct conf *conf, const struct option *option,
                                       enum conf_source *source);
void setting_release(struct setting *setting);

/* True when a value of SOURCE that is bound (conf.h, struct option) may go to URL. */
bool setting_owns_url(const struct conf *conf, enum conf_source source, const char *url);

/* --- conf_policy.c --- */

struct problems;
struct yaml_value;
/* Reads the rules of the system; of the person's files beside FILE, the configuration, and of those that it names;
 * and those of `policy.rules` in the tree of FILE. */
void conf_rules_of_system(struct conf *conf, struct problems *problems);
void conf_rules_of_user(struct conf *conf, const char *file, struct problems *problems);
void conf_rules_of_tree(struct conf *conf, enum conf_source source, const struct yaml_value *root,
                        const char *file, struct problems *problems);
/* What SOURCE or a weaker one says of the mode; approval.mode before policy.profile. */
const struct value *conf_mode_up_to(const struct conf *conf, enum conf_source source);
/* True when OPTION is one of the two that set the mode. */
bool conf_sets_mode(const struct option *option);
bool conf_is_missing(const char *file);

/* Decides which values of the project's file wait; called once, after all files were read. */
void trust_apply(struct conf *conf);

#endif
