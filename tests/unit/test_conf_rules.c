/* test_conf_rules.c - rules as people write them: what they become, every mistake with its line, whose they are,
 * and what a project's may do. */
#include "conf/rules.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/conf.h"
#include "conf/problems.h"
#include "conf/rule_save.h"
#include "tests/unit/conf_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Reads TEXT as a rule file; returns what is wrong, "" for nothing. Caller frees. */
static char *read_rules(struct rule_set *set, const char *text)
{
    struct problems problems = PROBLEMS_INIT;
    struct error error = ERROR_INIT;
    rules_read_text(set, text, strlen(text), "f", SCOPE_USER, &problems);
    char *wrong = xstrdup(problems_finish(&problems, &error) ? "" : error_message(&error));
    error_clear(&error);
    return wrong;
}

static void cut_text(struct buffer *text, const char *name, const char *word)
{
    for (char *at; (at = strstr(text->data, name));) {
        size_t offset = (size_t)(at - text->data);
        buffer_remove(text, offset, strlen(name));
        buffer_insert(text, offset, word, strlen(word));
    }
}

static void expect_rule(const struct rule_set *set, size_t index, unsigned line, const char *text)
{
    assert_true(index < set->count);
    char *shown = rule_text(set->rules[index]);
    assert_string_equal(shown, text);
    assert_int_equal(set->rules[index]->line, line);
    assert_string_equal(set->rules[index]->file, "f");
    free(shown);
}

static void an_entry_becomes_rules(void **state)
{
    (void)state;
    struct rule_set set = RULE_SET_INIT;
    char *wrong = read_rules(&set, "rules:\n"
                                   "  - allow: [ls, git status|diff|log, true]\n"
                                   "    options: [--short, -l]\n"
                                   "    arguments: []\n"
                                   "    permits: code\n"
                                   "    reason: It only looks.\n"
                                   "  - deny:\n"
                                   "      read: [~/.ssh, .env]\n"
                                   "      write: \"!.\"\n"
                                   "  - ask: {host: \"*.example.org\"}\n"
                                   "  - deny: {tool: \"mcp:github:*\"}\n"
                                   "    arguments: {owner: acme|initech}\n"
                                   "  - allow: {write: ./out}\n"
                                   "    outside: false\n"
                                   "  - ask: curl\n"
                                   "    with: [-o, --output]\n"
                                   "    hosts: [\"*\"]\n"
                                   "    paths: /etc\n");
    assert_string_equal(wrong, "");
    assert_int_equal(set.count, 9);
    expect_rule(&set, 0, 2, "allow ls with only --short, -l permitting code");
    expect_rule(&set, 1, 2, "allow git status|diff|log with only --short, -l permitting code");
    expect_rule(&set, 2, 2, "allow true with only --short, -l permitting code");
    expect_rule(&set, 3, 8, "deny reading ~/.ssh, .env");
    expect_rule(&set, 4, 9, "deny writing and deleting !.");
    expect_rule(&set, 5, 10, "ask reaching *.example.org");
    expect_rule(&set, 6, 11, "deny tool mcp:github:* owner=acme|initech");
    expect_rule(&set, 7, 13, "allow writing ./out");
    expect_rule(&set, 8, 15, "ask curl with -o, --output in /etc to *");
    assert_non_null(set.rules[0]->arguments);
    assert_null(set.rules[0]->arguments[0]);
    assert_string_equal(set.rules[2]->reason, "It only looks.");
    assert_null(set.rules[8]->arguments);
    rule_set_release(&set);
    free(wrong);
}

static void every_mistake_has_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wrong;
    } rows[] = {
        { "", "" },
        { "rules:\n", "" },
        { "rules: []\n", "" },
        { "- allow: ls\n", "f:1:1: a rule file begins with \"rules:\", and a list of rules below it" },
        { "rule:\n", "f:1:1: rule is not a key of a rule file; did you mean rules?" },
        { "rules: {}\n", "f:1:8: rules must be a list, each with a dash: \"- allow: git status\"" },
        { "rules: [ls]\n", "f:1:9: a rule must be a map, such as \"- allow: git status\"" },
        { "rules:\n  - reason: x\n", "f:2:5: this rule has none of allow, ask and deny" },
        { "rules:\n  - allow: ls\n    deny: rm\n", "f:3:11: a rule has one of allow, ask and deny, not two" },
        { "rules:\n  - allow: ls\n    reson: x\n",
          "f:3:5: reson is not a key of a rule; did you mean reason?" },
        { "rules:\n  - alow: ls\n", "f:2:5: alow is not a key of a rule; did you mean allow?" },
        { "rules:\n  - deny: {reed: x}\n",
          "f:2:12: reed is not what a rule can be about; did you mean read?" },
        { "rules:\n  - deny: {command: x}\n",
          "f:2:12: command is not what a rule can be about; there are: read write delete files host tool" },
        { "rules:\n  - deny: rm\n    permits: write\n",
          "f:3:5: permits stands with a command, with allow only" },
        { "rules:\n  - deny: {read: x}\n    with: -r\n", "f:3:5: with stands with a command only" },
        { "rules:\n  - allow: ls\n    permits: [write, al]\n",
          "f:3:22: al is not an effect that can be permitted; there are: input write delete code load run "
          "network "
          "install process daemon privilege system shell secret unknown" },
        { "rules:\n  - allow: ls\n    permits: netwrok\n",
          "f:3:14: netwrok is not an effect that can be permitted; did you mean network?" },
        { "rules:\n  - allow: ls\n    outside: yes\n",
          "f:3:14: outside must be true or false, without quotes" },
        { "rules:\n  - allow: ls\n    options: short\n",
          "f:3:14: options: an option begins with - or +; other words stand in arguments" },
        { "rules:\n  - allow: ls\n    arguments: {a: b}\n",
          "f:3:16: arguments of a command are a text or a list of texts" },
        { "rules:\n  - deny: {tool: x}\n    arguments: [a]\n",
          "f:3:16: arguments of a tool are a map, such as {path: \"*.md\"}" },
        { "rules:\n  - allow: \" \"\n", "f:2:12: A command must have a word; this one is empty" },
        { "rules:\n  - allow: []\n", "f:2:12: the list of commands is empty" },
        { "rules:\n  - deny: {}\n", "f:2:11: it says nothing that the rule is about" },
        { "rules:\n  - deny: {read: ~}\n",
          "f:2:18: read: ~ alone means nothing in YAML; write \"~\" in quotes for the home folder" },
        { "rules:\n  - deny: {read: []}\n", "f:2:5: A rule about files must name a path" },
        { "rules:\n  - deny: \"a\\nb\"\n", "f:2:11: deny: it must be one line without control characters" },
        { "rules:\n  - allow: ls\n    allow: rm\n", "f:3:5: this key stands here a second time" },
        { "rules:\n  - allow: *\n", "f:2:13: this is not YAML: while scanning an alias, did not find "
                                    "expected alphabetic or numeric character" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct rule_set set = RULE_SET_INIT;
        char *wrong = read_rules(&set, rows[i].text);
        assert_string_equal(wrong, rows[i].wrong);
        free(wrong);
        rule_set_release(&set);
    }
}

static void all_mistakes_come_at_once(void **state)
{
    (void)state;
    struct rule_set set = RULE_SET_INIT;
    char *wrong = read_rules(&set, "rules:\n"
                                   "  - alow: ls\n"
                                   "  - deny: rm\n"
                                   "    whith: -r\n"
                                   "  - ask: {host: }\n");
    assert_string_equal(wrong, "f:2:5: alow is not a key of a rule; did you mean allow?\n"
                               "f:4:5: whith is not a key of a rule; did you mean with?\n"
                               "f:5:17: host: it is empty");
    free(wrong);
    rule_set_release(&set);
}

static void examples_are_tried(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wrong;
    } rows[] = {
        { "rules:\n  - allow: [ls, git status|diff]\n    match: [ls -la, git status]\n"
          "    not_match: [git push, ls > x, rm x]\n",
          "" },
        { "rules:\n  - allow: git log\n    match: git push\n    not_match:\n      - git log -p\n",
          "f:3:12: the example git push is not matched by its rule\n"
          "f:5:9: the example git log -p is matched by its rule" },
        { "rules:\n  - deny: {read: .env}\n    match: cat .env\n    not_match: cat .env.example\n", "" },
        { "rules:\n  - ask: make\n    match: make all\n    not_match: cmake .\n", "" },
        { "rules:\n  - deny: {tool: \"mcp:x:*\"}\n    arguments: {owner: acme}\n"
          "    match: 'mcp:x:delete {\"owner\":\"acme\"}'\n    not_match: 'mcp:x:delete {\"owner\":\"a\"}'\n",
          "" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct rule_set set = RULE_SET_INIT;
        char *wrong = read_rules(&set, rows[i].text);
        assert_string_equal(wrong, rows[i].wrong);
        free(wrong);
        rule_set_release(&set);
    }
}

/* --- saving --- */

static const char new_rules[] = "rules:\n"
                                "  - allow: git status\n"
                                "    options: [--short]\n"
                                "    arguments: []\n"
                                "    permits: [code, write]\n"
                                "    reason: \"A: \\u202E # b\"\n"
                                "    match: git status --short\n"
                                "  - deny: {write: [\"!.\", ~/x]}\n"
                                "  - deny: {read: \"a b\"}\n"
                                "  - ask: {files: /etc}\n"
                                "  - deny: {delete: /etc}\n"
                                "  - allow: {write: ./x}\n"
                                "    outside: true\n"
                                "  - ask: {host: \"*.org\"}\n"
                                "  - deny: {tool: t}\n"
                                "    arguments: {\"a b\": \"c\"}\n"
                                "  - ask: \"*\"\n"
                                "    with: [-c]\n"
                                "    paths: \"/a: b\"\n"
                                "    hosts: [h]\n";

/* Saves NEW_RULES to FILE, which holds BEFORE (NULL: there is none); returns the file's text or what is wrong. */
static char *save(const struct conf_folder *folder, const char *before)
{
    struct rule_set set = RULE_SET_INIT, saved = RULE_SET_INIT;
    struct error error = ERROR_INIT;
    struct buffer text = BUFFER_INIT;
    char *file = path_join(folder->root, "deep/rules.yaml"), *wrong = read_rules(&set, new_rules);
    char *place = path_folder(file);
    assert_string_equal(wrong, "");
    path_make_folders(place, NULL);
    if (before)
        assert_true(path_write_file(file, before, strlen(before), 0640, NULL));
    if (rules_save(file, &set, "why\nnot", &saved, &error)) {
        assert_true(path_read_file(file, &text, NULL));
        assert_int_equal(saved.count, set.count);
        for (size_t i = 0; i < set.count; i++) {
            char *one = rule_text(set.rules[i]), *other = rule_text(saved.rules[i]);
            assert_string_equal(one, other);
            free(one);
            free(other);
        }
        assert_string_equal(saved.rules[0]->reason, set.rules[0]->reason);
        assert_string_equal(saved.rules[0]->file, file);
    } else {
        buffer_append_text(&text, error_message(&error));
        cut_text(&text, file, "f");
    }
    error_clear(&error);
    rule_set_release(&set);
    rule_set_release(&saved);
    unlink(file);
    free(file);
    free(wrong);
    free(place);
    return buffer_detach(&text);
}

#define SAVED(in)                                                                                            \
    in "# why\xe2\x8f\x8enot\n" in "- allow: \"git status\"\n" in "  arguments: []\n" in                     \
       "  options: \"--short\"\n" in "  permits: [write, code]\n" in "  reason: \"A: \\U0000202E # b\"\n" in \
       "  match: \"git status --short\"\n" in "- deny: {write: [\"!.\", ~/x]}\n" in                          \
       "- deny: {read: \"a b\"}\n" in "- ask: {files: /etc}\n" in "- deny: {delete: /etc}\n" in              \
       "- allow: {write: ./x}\n" in "  outside: true\n" in "- ask: {host: \"*.org\"}\n" in                   \
       "- deny: {tool: t}\n" in "  arguments: {\"a b\": c}\n" in "- ask: \"*\"\n" in "  with: \"-c\"\n" in   \
       "  paths: \"/a: b\"\n" in "  hosts: h\n"

static void a_saved_rule_leaves_the_rest_alone(void **state)
{
    static const struct {
        const char *before, *after;
    } rows[] = {
        { NULL, "# Rules of your own; sandgate-policy(7) tells how they are written.\nrules:\n" SAVED("  ") },
        { "# mine", "# mine\nrules:\n" SAVED("  ") },
        { "rules:\n- deny: rm # never\n# last", "rules:\n- deny: rm # never\n# last\n" SAVED("") },
        { "rules:\n    -   deny: rm\n", "rules:\n    -   deny: rm\n" SAVED("    ") },
        { "rules:\n", "rules:\n" SAVED("  ") },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *text = save(*state, rows[i].before);
        assert_string_equal(text, rows[i].after);
        free(text);
    }
}

static void what_cannot_be_added_to_stays(void **state)
{
    static const struct {
        const char *before, *wrong;
    } rows[] = {
        { "rules: [{deny: rm}]\n",
          "a rule cannot be added to f: its rules do not stand one below the other" },
        { "rules:\n  - alow: rm\n",
          "a rule cannot be added: f:2:5: alow is not a key of a rule; did you mean allow?" },
        { "rules:\n  - deny: rm\n...\n", "the rule was not saved: f:5:3: this is not YAML: " },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *text = save(*state, rows[i].before);
        if (strncmp(text, rows[i].wrong, strlen(rows[i].wrong)) != 0)
            assert_string_equal(text, rows[i].wrong);
        free(text);
    }
}

static void a_word_with_a_blank_is_no_word(void **state)
{
    (void)state;
    struct rule_set set = RULE_SET_INIT;
    struct buffer out = BUFFER_INIT;
    struct rule *rule = rule_set_add(&set, VERDICT_ALLOW, RULE_COMMAND, SCOPE_SESSION, NULL, 0);
    rule_texts_add(&rule->programs, "a b");
    assert_false(rule_print(rule, 0, &out, NULL));
    rule_set_release(&set);
    buffer_release(&out);
}

/* --- whose rules --- */

static void write_beside(const struct conf_folder *folder, const char *name, const char *text)
{
    char *place = path_folder(folder->user), *file = path_join(place, name);
    assert_true(path_write_file(file, text, strlen(text), 0600, NULL));
    free(file);
    free(place);
}

/* "user policy.yaml:2 deny rm", a line each. */
static char *list_rules(const struct conf *conf)
{
    struct buffer out = BUFFER_INIT;
    size_t count;
    const struct rule_set *const *sets = conf_rules(conf, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < sets[i]->count; j++) {
            const struct rule *rule = sets[i]->rules[j];
            char *text = rule_text(rule);
            buffer_append_format(&out, "%s %s:%u %s\n", rule_scope_name(rule->scope), path_name(rule->file),
                                 rule->line, text);
            free(text);
        }
    return buffer_detach(&out);
}

static void rules_come_from_all_places(void **state)
{
    const struct conf_folder *folder = *state;
    write_beside(folder, "policy.yaml", "rules:\n  - deny: rm\n");
    write_beside(folder, "work.yaml", "rules:\n  - ask: make\n");
    write_beside(folder, "system.yaml", "rules:\n  - deny: sudo\n");
    conf_folder_user(folder, "policy:\n  files: [work.yaml]\n  rules:\n    - allow: ls\n");
    conf_folder_project(folder, "policy:\n  rules:\n    - deny: git push\n");
    char *place = path_folder(folder->user), *system = path_join(place, "system.yaml");
    setenv("SANDGATE_TEST_SYSTEM_POLICY", system, 1);
    struct conf *conf = conf_folder_load(folder);
    unsetenv("SANDGATE_TEST_SYSTEM_POLICY");
    char *list = list_rules(conf), *own = path_join(place, "policy.yaml");
    assert_string_equal(list, "system system.yaml:2 deny sudo\n"
                              "user sandgate.yaml:4 allow ls\n"
                              "user policy.yaml:2 deny rm\n"
                              "user work.yaml:2 ask make\n"
                              "project .sandgate.yaml:3 deny git push\n");
    assert_string_equal(conf_rule_file(conf), own);
    free(own);
    free(list);
    free(place);
    free(system);
    conf_free(conf);
}

static void a_wrong_file_stops_the_start(void **state)
{
    const struct conf_folder *folder = *state;
    write_beside(folder, "policy.yaml", "rules:\n  - deni: rm\n");
    conf_folder_user(folder, "policy:\n  files: [gone.yaml]\n  profile: lokced\n  rules: ls\n");
    conf_folder_project(folder, "policy:\n  files: [x.yaml]\n  rules:\n    - alow: x\n");
    char *errors = conf_folder_errors(folder);
    assert_non_null(strstr(errors, "user:3:12: policy.profile is lokced: it must be one of: locked careful "
                                   "sandboxed; did you mean locked?\n"));
    assert_non_null(strstr(errors, "user:4:10: rules must be a list"));
    assert_non_null(strstr(errors, "policy.yaml:2:5: deni is not a key of a rule; did you mean deny?\n"));
    assert_non_null(strstr(errors, "gone.yaml"));
    assert_non_null(strstr(errors, "project:2:3: policy.files cannot be set by a project's file"));
    assert_non_null(strstr(errors, "project:4:7: alow is not a key of a rule"));
    free(errors);
}

static void a_project_only_tightens_until_it_is_trusted(void **state)
{
    const struct conf_folder *folder = *state;
    size_t count;
    conf_folder_project(folder, "policy:\n"
                                "  rules:\n"
                                "    - deny: git push\n"
                                "    - allow: [npm test, \"evil \\e[2J\"]\n");
    char *errors = conf_folder_errors(folder);
    assert_non_null(strstr(errors, "one line without control characters"));
    free(errors);
    conf_folder_project(folder, "policy:\n"
                                "  rules:\n"
                                "    - deny: git push\n"
                                "    - allow: [npm test, \"evil\\u202E\"]\n");
    struct conf *conf = conf_folder_load(folder);
    const char *const *waiting = conf_waiting(conf);
    assert_string_equal(waiting[0], "policy.rules: allow npm test (line 4)");
    assert_string_equal(waiting[1], "policy.rules: allow evil<U+202E> (line 4)");
    assert_null(waiting[2]);
    assert_true(conf_rules(conf, &count)[count - 1]->tightens_only);
    assert_true(conf_trust(conf, NULL));
    assert_null(*conf_waiting(conf));
    assert_false(conf_rules(conf, &count)[count - 1]->tightens_only);
    conf_free(conf);
    conf = conf_folder_load(folder);
    assert_false(conf_rules(conf, &count)[count - 1]->tightens_only);
    conf_free(conf);
}

static void without_a_configuration_there_are_no_rules(void **state)
{
    const struct conf_folder *folder = *state;
    write_beside(folder, "policy.yaml", "rules:\n  - deny: rm\n");
    setenv("SANDGATE_CONFIG", "/dev/null", 1);
    struct conf *conf = conf_folder_load(folder);
    unsetenv("SANDGATE_CONFIG");
    char *list = list_rules(conf);
    assert_string_equal(list, "");
    assert_null(conf_rule_file(conf));
    free(list);
    conf_free(conf);
}

/* --- the mode --- */

static enum policy_mode mode_of(const struct conf_folder *folder, const char *user, const char *project,
                                const char *flag)
{
    conf_folder_user(folder, user);
    conf_folder_project(folder, project);
    struct conf *conf = conf_folder_load(folder);
    if (flag)
        assert_true(conf_set_flag(conf, "--approve", flag, NULL));
    enum policy_mode mode = conf_mode(conf);
    conf_free(conf);
    return mode;
}

static void the_stronger_source_sets_the_mode(void **state)
{
    assert_int_equal(mode_of(*state, "", "", NULL), POLICY_CAREFUL);
    assert_int_equal(mode_of(*state, "policy: {profile: sandboxed}", "", NULL), POLICY_SANDBOXED);
    assert_int_equal(mode_of(*state, "policy: {profile: sandboxed}", "", "careful"), POLICY_CAREFUL);
    assert_int_equal(mode_of(*state, "policy: {profile: locked}", "", "auto"), POLICY_AUTO);
    assert_int_equal(mode_of(*state, "approval: {mode: auto}", "", NULL), POLICY_AUTO);
    assert_int_equal(mode_of(*state, "approval: {mode: auto}\npolicy: {profile: locked}", "", NULL),
                     POLICY_AUTO);
}

static void a_project_makes_the_mode_stricter_at_most(void **state)
{
    static const char locked[] = "policy: {profile: locked}", open[] = "approval: {mode: auto}";
    assert_int_equal(mode_of(*state, open, locked, NULL), POLICY_LOCKED);
    assert_int_equal(mode_of(*state, open, "approval: {mode: careful}", NULL), POLICY_CAREFUL);
    assert_int_equal(mode_of(*state, locked, "approval: {mode: careful}", NULL), POLICY_LOCKED);
    assert_int_equal(mode_of(*state, locked, "policy: {profile: sandboxed}", NULL), POLICY_LOCKED);
    assert_int_equal(mode_of(*state, "", "approval: {mode: sandboxed}", NULL), POLICY_CAREFUL);
}

static void rules_are_not_for_the_command_line(void **state)
{
    struct error error = ERROR_INIT;
    struct conf *conf = conf_folder_load(*state);
    assert_false(conf_set_flag(conf, "policy.rules", "[]", &error));
    assert_string_equal(error_message(&error),
                        "policy.rules is not taken from the command line, only from a file");
    error_clear(&error);
    conf_free(conf);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, conf_folder_make, conf_folder_remove)

int main(void)
{
    alarm(600);
    setenv("SANDGATE_TEST_SYSTEM_POLICY", "/dev/null/none", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_becomes_rules),
        cmocka_unit_test(every_mistake_has_its_place),
        cmocka_unit_test(all_mistakes_come_at_once),
        cmocka_unit_test(examples_are_tried),
        IN_FOLDER(a_saved_rule_leaves_the_rest_alone),
        IN_FOLDER(what_cannot_be_added_to_stays),
        cmocka_unit_test(a_word_with_a_blank_is_no_word),
        IN_FOLDER(rules_come_from_all_places),
        IN_FOLDER(a_wrong_file_stops_the_start),
        IN_FOLDER(a_project_only_tightens_until_it_is_trusted),
        IN_FOLDER(without_a_configuration_there_are_no_rules),
        IN_FOLDER(the_stronger_source_sets_the_mode),
        IN_FOLDER(a_project_makes_the_mode_stricter_at_most),
        IN_FOLDER(rules_are_not_for_the_command_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
