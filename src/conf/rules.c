/* rules.c - from a list of YAML to a set of rules.
 *
 * An entry has one of allow, ask and deny, which says what it is about: commands (a text or a list of them), or a
 * map with files, hosts or tools.  Each command and each key of the map makes a rule of its own, with the line that
 * it stands in; the entry's other keys hold for all of them.  Every key is a row of a table; all that is wrong is
 * told before anything is used. */
#include "conf/rules.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/texts.h"
#include "conf/options.h"
#include "conf/problems.h"
#include "conf/rule_examples.h"
#include "conf/yaml.h"

#include <stdlib.h>
#include <string.h>

/* One entry of the list, being read. */
struct entry {
    struct rule_set *set;
    size_t first; /* its first rule in the set */
    const struct yaml_value *map;
    enum verdict verdict;
    enum rule_scope scope;
    const char *file;
    struct problems *problems;
};

/* What a key of an entry may stand with. */
enum { COMMAND = 1 << RULE_COMMAND, FILES = 1 << RULE_FILE, HOST = 1 << RULE_HOST, TOOL = 1 << RULE_TOOL };
enum { ANY_KIND = COMMAND | FILES | HOST | TOOL };

static bool tell(const struct entry *entry, const struct yaml_value *value, const char *sentence)
{
    return problems_add(entry->problems, value->line, value->column, "%s", sentence);
}

/* --- texts --- */

static bool is_one_line(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

/* One line of text; NULL and told, when it is none.  Borrowed. */
static const char *read_text(const struct entry *entry, const struct yaml_value *value, const char *key)
{
    const char *wrong = NULL;
    if (value->kind == YAML_EMPTY && strcmp(value->text, "~") == 0)
        wrong = "~ alone means nothing in YAML; write \"~\" in quotes for the home folder";
    else if (value->kind == YAML_EMPTY || (value->text && !*value->text))
        wrong = "it is empty";
    else if (!value->text)
        wrong = "it must be a text";
    else if (!is_one_line(value->text))
        wrong = "it must be one line without control characters";
    if (!wrong)
        return value->text;
    problems_add(entry->problems, value->line, value->column, "%s: %s", key, wrong);
    return NULL;
}

/* A text, or a list of them that may be empty. */
static bool read_texts(const struct entry *entry, const struct yaml_value *value, const char *key,
                       rule_texts *texts)
{
    bool fine = true;
    if (value->kind != YAML_LIST) {
        const char *text = read_text(entry, value, key);
        if (text)
            rule_texts_add(texts, text);
        return text;
    }
    rule_texts_add(texts, NULL);
    for (size_t i = 0; i < value->count; i++) {
        const char *text = read_text(entry, value->entries[i].value, key);
        if (text)
            rule_texts_add(texts, text);
        fine = fine && text;
    }
    return fine;
}

/* "paths is not a key of a rule; did you mean path?" */
static bool tell_unknown(const struct entry *entry, const struct yaml_entry *key, const char *what,
                         const char *choices)
{
    char word[32], *shown = problems_quote(key->key);
    bool near = option_nearest_choice(choices, key->key, word, sizeof word);
    problems_add(entry->problems, key->line, key->column, "%s is not %s; %s%s%s", shown, what,
                 near ? "did you mean " : "there are: ", near ? word : choices, near ? "?" : "");
    free(shown);
    return false;
}

/* --- what an entry is about --- */

static struct rule *add_rule(struct entry *entry, enum rule_kind kind, const struct yaml_value *value)
{
    return rule_set_add(entry->set, entry->verdict, kind, entry->scope, entry->file, (unsigned)value->line);
}

static bool add_command(struct entry *entry, const struct yaml_value *value)
{
    struct error error = ERROR_INIT;
    const char *text = read_text(entry, value, verdict_name(entry->verdict));
    if (!text)
        return false;
    struct rule *rule = add_rule(entry, RULE_COMMAND, value);
    bool fine = rule_set_words(rule, text, &error);
    if (!fine)
        tell(entry, value, error_message(&error));
    error_clear(&error);
    return fine;
}

static bool add_commands(struct entry *entry, const struct yaml_value *value)
{
    bool fine = true;
    if (value->kind != YAML_LIST)
        return add_command(entry, value);
    if (!value->count)
        return tell(entry, value, "the list of commands is empty");
    for (size_t i = 0; i < value->count; i++)
        fine = add_command(entry, value->entries[i].value) && fine;
    return fine;
}

/* What may be said instead of a command. */
static const struct subject {
    const char *name;
    enum rule_kind kind;
    unsigned access, access_of_allow;
    const char *help;
} subjects[] = {
    { "read", RULE_FILE, ACCESS_READ, ACCESS_READ, "Reading these paths." },
    { "write", RULE_FILE, ACCESS_WRITE | ACCESS_DELETE, ACCESS_WRITE,
      "Writing these paths; in ask and deny, deleting them too." },
    { "delete", RULE_FILE, ACCESS_DELETE, ACCESS_DELETE, "Deleting these paths." },
    { "files", RULE_FILE, 0, 0, "Any use of these paths." },
    { "host", RULE_HOST, 0, 0, "Reaching these hosts." },
    { "tool", RULE_TOOL, 0, 0, "Calls of these tools." },
};
static const char subject_names[] = "read write delete files host tool";

static const struct subject *subject_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
        if (strcmp(subjects[i].name, name) == 0)
            return &subjects[i];
    return NULL;
}

static bool add_subject(struct entry *entry, const struct yaml_entry *member)
{
    const struct subject *subject = subject_named(member->key);
    if (!subject)
        return tell_unknown(entry, member, "what a rule can be about", subject_names);
    struct rule *rule = add_rule(entry, subject->kind, member->value);
    rule->access = entry->verdict == VERDICT_ALLOW ? subject->access_of_allow : subject->access;
    rule_texts *texts = subject->kind == RULE_FILE   ? &rule->paths
                        : subject->kind == RULE_HOST ? &rule->hosts
                                                     : &rule->tools;
    return read_texts(entry, member->value, member->key, texts);
}

static bool add_subjects(struct entry *entry, const struct yaml_value *value)
{
    bool fine = true;
    if (value->kind != YAML_MAP)
        return add_commands(entry, value);
    if (!value->count)
        return tell(entry, value, "it says nothing that the rule is about");
    for (size_t i = 0; i < value->count; i++)
        fine = add_subject(entry, &value->entries[i]) && fine;
    return fine;
}

/* --- the other keys; each reads VALUE into one rule --- */

static bool read_reason(const struct entry *entry, const struct yaml_value *value, struct rule *rule)
{
    const char *text = read_text(entry, value, "reason");
    free(rule->reason);
    rule->reason = xstrdup_or_null(text);
    return text;
}

static bool read_tool_arguments(const struct entry *entry, const struct yaml_value *value, struct rule *rule)
{
    bool fine = true;
    for (size_t i = 0; i < value->count; i++) {
        const char *pattern = read_text(entry, value->entries[i].value, "arguments");
        if (pattern)
            rule_add_argument(rule, value->entries[i].key, pattern);
        fine = fine && pattern;
    }
    return fine;
}

static bool read_arguments(const struct entry *entry, const struct yaml_value *value, struct rule *rule)
{
    bool tool = rule->kind == RULE_TOOL;
    if (tool != (value->kind == YAML_MAP))
        return tell(entry, value,
                    tool ? "arguments of a tool are a map, such as {path: \"*.md\"}"
                         : "arguments of a command are a text or a list of texts");
    if (tool)
        return read_tool_arguments(entry, value, rule);
    return read_texts(entry, value, "arguments", &rule->arguments);
}

static bool read_option_texts(const struct entry *entry, const struct yaml_value *value, const char *key,
                              rule_texts *texts)
{
    if (!read_texts(entry, value, key, texts))
        return false;
    for (size_t i = 0; (*texts)[i]; i++)
        if (!strchr("-+*", (*texts)[i][0]))
            return problems_add(entry->problems, value->line, value->column,
                                "%s: an option begins with - or +; other words stand in arguments", key);
    return true;
}

static bool read_with(const struct entry *entry, const struct yaml_value *value, struct rule *rule)
{
    return read_option_texts(entry, value, "with", &rule->with);
}

static bool read_options(const struct entry *entry, const struct yaml_value *value, struct rule *rule)
{
    return read_option_texts(entry, value, "options", &rule->only);
}

static bool read_paths(const struct entry *entry, const struct yaml_value *value, struct rule *rule)
{
    return read_texts(entry, value, "paths", &rule->paths);
}

static bool read_hosts(const struct entry *entry, const struct yaml_value *value, struct rule *rule)
{
    return read_texts(entry, value, "hosts", &rule->hosts);
}

static bool tell_effect(const struct entry *entry, const struct yaml_value *value, const char *name)
{
    struct buffer choices = BUFFER_INIT;
    struct yaml_entry key = { .key = (char *)name, .line = value->line, .column = value->column };
    for (unsigned i = 1; i < EFFECT_COUNT; i++)
        buffer_append_format(&choices, "%s%s", i > 1 ? " " : "", effect_name((enum policy_effect)(1u << i)));
    tell_unknown(entry, &key, "an effect that can be permitted", choices.data);
    buffer_release(&choices);
    return false;
}

static bool read_permits(const struct entry *entry, const struct yaml_value *value, struct rule *rule)
{
    rule_texts names = NULL;
    bool fine = read_texts(entry, value, "permits", &names);
    for (size_t i = 0; names && names[i]; i++) {
        unsigned effect = 0;
        const struct yaml_value *at = value->kind == YAML_LIST ? value->entries[i].value : value;
        if (effect_from_name(names[i], &effect) && effect != EFFECT_READ)
            rule->permits |= effect;
        else
            fine = tell_effect(entry, at, names[i]);
    }
    texts_free(names);
    return fine;
}

static bool read_outside(const struct entry *entry, const struct yaml_value *value, struct rule *rule)
{
    bool plain = value->kind == YAML_PLAIN;
    rule->outside = plain && strcmp(value->text, "true") == 0;
    if (rule->outside || (plain && strcmp(value->text, "false") == 0))
        return true;
    return tell(entry, value, "outside must be true or false, without quotes");
}

static bool read_match(const struct entry *entry, const struct yaml_value *value, struct rule *rule)
{
    return read_texts(entry, value, "match", &rule->match);
}

static bool read_not_match(const struct entry *entry, const struct yaml_value *value, struct rule *rule)
{
    return read_texts(entry, value, "not_match", &rule->not_match);
}

static const struct key {
    const char *name;
    unsigned kinds;
    bool allow_only;
    bool (*read)(const struct entry *entry, const struct yaml_value *value, struct rule *rule);
    const char *where, *help;
} keys[] = {
    { "arguments", COMMAND | TOOL, false, read_arguments, "a command or a tool",
      "Of a command: each further word matches one of these patterns (in ask and deny: one of them does); an "
      "empty list: there is none. Of a tool: a map from an argument's name to a pattern of its value." },
    { "options", COMMAND, false, read_options, "a command", "No option but these is given." },
    { "with", COMMAND, false, read_with, "a command", "One of these options is given, in any spelling." },
    { "paths", COMMAND, false, read_paths, "a command",
      "The paths that it uses: all of them match (allow), or one does (ask, deny)." },
    { "hosts", COMMAND, false, read_hosts, "a command",
      "The hosts that it reaches: all of them match (allow), or one does (ask, deny)." },
    { "permits", COMMAND, true, read_permits, "a command, with allow",
      "What it may do besides reading; the effects are listed below." },
    { "outside", COMMAND | FILES, true, read_outside, "a command or files, with allow",
      "True: what is written or deleted may lie outside the workspace." },
    { "reason", ANY_KIND, false, read_reason, "anything",
      "A sentence for the person, and for the model when the call is denied." },
    { "match", ANY_KIND, false, read_match, "anything",
      "Examples that the rule must match; tried when the file is read." },
    { "not_match", ANY_KIND, false, read_not_match, "anything", "Examples that it must not match." },
};
static const char key_names[] =
    "allow ask deny arguments options with paths hosts permits outside reason match not_match";

static const struct key *key_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static bool refuse_key(const struct entry *entry, const struct yaml_entry *member, const struct key *key)
{
    return problems_add(entry->problems, member->line, member->column, "%s stands with %s only", key->name,
                        key->where);
}

/* Reads one key into every rule of the entry; its problems are told for the first. */
static bool read_key(const struct entry *entry, const struct yaml_entry *member)
{
    enum verdict verdict;
    const struct key *key = key_named(member->key);
    if (verdict_from_name(member->key, &verdict))
        return true;
    if (!key)
        return tell_unknown(entry, member, "a key of a rule", key_names);
    if (key->allow_only && entry->verdict != VERDICT_ALLOW)
        return refuse_key(entry, member, key);
    for (size_t i = entry->first; i < entry->set->count; i++) {
        struct rule *rule = entry->set->rules[i];
        if (!(key->kinds & 1u << rule->kind))
            return refuse_key(entry, member, key);
        if (!key->read(entry, member->value, rule))
            return false;
    }
    return true;
}

bool rules_word(size_t index, struct rule_word *word)
{
    static const struct rule_word verdicts[] = {
        { "allow", "once in each rule", "It may run, when its arguments are shown to be harmless." },
        { "ask", "once in each rule", "You are asked." },
        { "deny", "once in each rule", "It does not run." },
    };
    if (index < ARRAY_SIZE(verdicts)) {
        *word = verdicts[index];
        return true;
    }
    index -= ARRAY_SIZE(verdicts);
    if (index < ARRAY_SIZE(subjects)) {
        *word = (struct rule_word){ subjects[index].name, "allow, ask or deny", subjects[index].help };
        return true;
    }
    index -= ARRAY_SIZE(subjects);
    if (index >= ARRAY_SIZE(keys))
        return false;
    *word = (struct rule_word){ keys[index].name, keys[index].where, keys[index].help };
    return true;
}

/* --- an entry --- */

static const struct yaml_entry *find_verdict(struct entry *entry)
{
    const struct yaml_entry *found = NULL;
    for (size_t i = 0; i < entry->map->count; i++) {
        enum verdict verdict;
        if (!verdict_from_name(entry->map->entries[i].key, &verdict))
            continue;
        if (found) {
            tell(entry, entry->map->entries[i].value, "a rule has one of allow, ask and deny, not two");
            return NULL;
        }
        found = &entry->map->entries[i];
        entry->verdict = verdict;
    }
    return found;
}

static bool check_rules(const struct entry *entry)
{
    bool fine = true;
    for (size_t i = entry->first; i < entry->set->count; i++) {
        struct error error = ERROR_INIT;
        const struct rule *rule = entry->set->rules[i];
        if (!rule_check(rule, &error))
            fine = problems_add(entry->problems, (int)rule->line, entry->map->column, "%s",
                                error_message(&error));
        error_clear(&error);
    }
    return fine;
}

static bool read_keys(const struct entry *entry)
{
    bool fine = true;
    for (size_t i = 0; i < entry->map->count; i++)
        fine = read_key(entry, &entry->map->entries[i]) && fine;
    return fine;
}

static bool read_entry(struct entry *entry)
{
    if (entry->map->kind != YAML_MAP)
        return tell(entry, entry->map, "a rule must be a map, such as \"- allow: git status\"");
    size_t told = entry->problems->count;
    const struct yaml_entry *verdict = find_verdict(entry);
    bool subjects_fine = verdict && add_subjects(entry, verdict->value);
    bool keys_fine = (!verdict || subjects_fine) && read_keys(entry);
    if (!verdict && entry->problems->count == told) /* else a key is a slip of one of them */
        tell(entry, entry->map, "this rule has none of allow, ask and deny");
    if (!subjects_fine || !keys_fine || !check_rules(entry))
        return false;
    return rule_examples_run(entry->set, entry->first, entry->map, entry->problems);
}

bool rules_read(struct rule_set *set, const struct yaml_value *list, enum rule_scope scope, const char *file,
                struct problems *problems)
{
    bool fine = true;
    if (list->kind == YAML_EMPTY)
        return true;
    if (list->kind != YAML_LIST)
        return problems_add(problems, list->line, list->column,
                            "rules must be a list, each with a dash: \"- allow: git status\"");
    for (size_t i = 0; i < list->count; i++) {
        struct entry entry = { .set = set,
                               .first = set->count,
                               .map = list->entries[i].value,
                               .scope = scope,
                               .file = file,
                               .problems = problems };
        fine = read_entry(&entry) && fine;
    }
    return fine;
}

/* --- a file --- */

static bool read_root(struct rule_set *set, const struct yaml_value *root, const char *path,
                      enum rule_scope scope, struct problems *problems)
{
    struct entry place = { .problems = problems };
    bool fine = true;
    if (root->kind == YAML_EMPTY)
        return true;
    if (root->kind != YAML_MAP)
        return tell(&place, root, "a rule file begins with \"rules:\", and a list of rules below it");
    for (size_t i = 0; i < root->count; i++) {
        const struct yaml_entry *member = &root->entries[i];
        if (strcmp(member->key, "rules") == 0)
            fine = rules_read(set, member->value, scope, path, problems) && fine;
        else
            fine = tell_unknown(&place, member, "a key of a rule file", "rules");
    }
    return fine;
}

bool rules_read_text(struct rule_set *set, const char *text, size_t length, const char *path,
                     enum rule_scope scope, struct problems *problems)
{
    const char *source = problems->source;
    problems->source = path;
    struct yaml_value *root = yaml_tree_read(text, length, problems);
    bool fine = root && read_root(set, root, path, scope, problems);
    yaml_tree_free(root);
    problems->source = source;
    return fine;
}

bool rules_read_file(struct rule_set *set, const char *path, enum rule_scope scope, struct problems *problems)
{
    struct buffer text = { .data = buffer_empty, .ceiling = YAML_FILE_BYTES };
    struct error error = ERROR_INIT;
    const char *source = problems->source;
    bool fine = path_read_file(path, &text, &error);
    problems->source = NULL; /* the sentence names the file */
    if (!fine)
        problems_add(problems, 0, 0, "%s", error_message(&error));
    problems->source = source;
    fine = fine && rules_read_text(set, text.data, text.length, path, scope, problems);
    error_clear(&error);
    buffer_release(&text);
    return fine;
}

bool rules_load(struct rule_set *set, const char *path, enum rule_scope scope, struct error *error)
{
    struct problems problems = PROBLEMS_INIT;
    rules_read_file(set, path, scope, &problems);
    return problems_finish(&problems, error);
}
