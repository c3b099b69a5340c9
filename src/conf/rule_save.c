/* rule_save.c - adds rules to the end of a person's rule file.
 *
 * A rule file has one key, `rules`, so the end of its list is the end of the file; the new entries take the column of
 * those that are there.  Whether that was right is not argued but tried: the new text is read, and must hold the old
 * rules and then the new ones.  A lock on the folder keeps two sessions from losing one another's. */
#include "conf/rule_save.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/visible.h"
#include "conf/problems.h"
#include "conf/rules.h"
#include "conf/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INDENT = 2 };

static const char heading[] = "# Rules of your own; sandgate-policy(7) tells how they are written.\n";

/* --- the new text --- */

/* The column of the dash of the list's last entry, -1: the list is not written one entry below the other. */
static int dash_column(const char *text, const struct yaml_value *entry)
{
    const char *line = text;
    for (int i = 1; i < entry->line && line; i++) {
        line = strchr(line, '\n');
        line += line != NULL;
    }
    size_t blanks = line ? strspn(line, " ") : 0;
    return line && line[blanks] == '-' && (int)blanks < entry->column ? (int)blanks : -1;
}

/* Where the entries of the list begin; -1 and told: nothing can be added to this file. */
static int find_indent(const char *path, const struct buffer *text, struct error *error)
{
    struct problems problems = PROBLEMS_INIT;
    problems.source = path;
    int indent = -1;
    struct yaml_value *root = yaml_tree_read(text->data, text->length, &problems);
    const struct yaml_value *list = root && root->count ? root->entries[0].value : NULL;
    if (!problems_finish(&problems, error))
        error_prefix(error, "a rule cannot be added");
    else if (!list || list->kind != YAML_LIST || !list->count)
        indent = INDENT;
    else
        indent = dash_column(text->data, list->entries[list->count - 1].value);
    if (indent < 0 && !error->message)
        error_set(error, "a rule cannot be added to %s: its rules do not stand one below the other", path);
    yaml_tree_free(root);
    return indent;
}

/* True when the file says nothing yet: it is empty, or comments only. */
static bool says_nothing(const char *text)
{
    while (*text) {
        text += strspn(text, " \t\r\n");
        if (*text && *text != '#')
            return false;
        text += strcspn(text, "\n");
    }
    return true;
}

static void add_note(struct buffer *text, const char *note, unsigned indent)
{
    if (!note)
        return;
    buffer_append_format(text, "%*s# ", (int)indent, "");
    visible_line(text, note, strlen(note));
    buffer_append_byte(text, '\n');
}

static bool append_rules(const char *path, struct buffer *text, const struct rule_set *rules,
                         const char *note, struct error *error)
{
    int indent = find_indent(path, text, error);
    if (indent < 0)
        return false;
    if (!text->length)
        buffer_append_text(text, heading);
    if (text->data[text->length - 1] != '\n')
        buffer_append_byte(text, '\n');
    if (says_nothing(text->data))
        buffer_append_text(text, "rules:\n");
    add_note(text, note, (unsigned)indent);
    for (size_t i = 0; i < rules->count; i++)
        if (!rule_print(rules->rules[i], (unsigned)indent, text, error))
            return false;
    return true;
}

/* --- is it right? --- */

static bool is_same(const struct rule *left, const struct rule *right)
{
    struct buffer one = BUFFER_INIT, other = BUFFER_INIT;
    bool same = rule_print(left, 0, &one, NULL) && rule_print(right, 0, &other, NULL) &&
                strcmp(one.data, other.data) == 0;
    buffer_release(&one);
    buffer_release(&other);
    return same;
}

/* TEXT holds what was there (BEFORE rules) and then RULES; they are read into NEXT. */
static bool check_text(const char *path, const struct buffer *text, size_t before,
                       const struct rule_set *rules, struct rule_set *next, struct error *error)
{
    struct problems problems = PROBLEMS_INIT;
    rules_read_text(next, text->data, text->length, path, SCOPE_USER, &problems);
    if (!problems_finish(&problems, error))
        return error_prefix(error, "the rule was not saved");
    bool same = next->count == before + rules->count;
    for (size_t i = 0; same && i < rules->count; i++)
        same = is_same(next->rules[before + i], rules->rules[i]);
    return same ||
           error_set(error, "a rule cannot be added to %s without changing what is there; write it yourself",
                     path);
}

static bool count_rules(const char *path, const struct buffer *text, size_t *count, struct error *error)
{
    struct rule_set set = RULE_SET_INIT;
    struct problems problems = PROBLEMS_INIT;
    rules_read_text(&set, text->data, text->length, path, SCOPE_USER, &problems);
    *count = set.count;
    rule_set_release(&set);
    return problems_finish(&problems, error) || error_prefix(error, "a rule cannot be added");
}

/* --- the file --- */

/* A descriptor that holds the lock; -1: it cannot be had. */
static int lock_folder(const char *path, struct error *error)
{
    char *folder = path_folder(path);
    int descriptor = -1;
    if (path_make_folders(folder, error)) {
        descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0)
            error_set_errno(error, errno, "cannot open %s", folder);
    }
    if (descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        error_set(error, "another session is saving a rule to %s; try again", path);
        close(descriptor);
        descriptor = -1;
    }
    free(folder);
    return descriptor;
}

/* Moves the rules of FROM from the FIRSTth on to TO, which may be NULL. */
static void move_rules(struct rule_set *to, struct rule_set *from, size_t first)
{
    for (size_t i = first; to && i < from->count; i++) {
        to->rules = array_reserve(to->rules, &to->capacity, to->count + 1, sizeof *to->rules);
        to->rules[to->count++] = from->rules[i];
    }
    if (to)
        from->count = first;
    rule_set_release(from);
}

static bool save(const char *path, const struct rule_set *rules, const char *note, struct rule_set *saved,
                 struct error *error)
{
    struct buffer text = { .data = buffer_empty, .ceiling = YAML_FILE_BYTES };
    struct rule_set next = RULE_SET_INIT;
    struct stat status;
    size_t before = 0;
    bool there = stat(path, &status) == 0;
    bool done = (!there || path_read_file(path, &text, error)) && count_rules(path, &text, &before, error) &&
                append_rules(path, &text, rules, note, error);
    if (done && text.full)
        done =
            error_set(error, "%s would be over %d bytes; put some of its rules into a file of policy.files",
                      path, YAML_FILE_BYTES);
    done = done && check_text(path, &text, before, rules, &next, error) &&
           path_write_file(path, text.data, text.length, there ? status.st_mode & 07777 : 0600, error);
    move_rules(done ? saved : NULL, &next, before);
    buffer_release(&text);
    return done;
}

bool rules_save(const char *path, const struct rule_set *rules, const char *note, struct rule_set *saved,
                struct error *error)
{
    struct error own = ERROR_INIT;
    if (!error)
        error = &own;
    int lock = lock_folder(path, error);
    char *real = realpath(path, NULL); /* a link to the file stays one */
    bool done = lock >= 0 && save(real ? real : path, rules, note, saved, error);
    free(real);
    if (lock >= 0)
        close(lock);
    error_clear(&own);
    return done;
}

bool rules_copy(struct rule_set *set, const struct rule_set *rules, enum rule_scope scope,
                struct error *error)
{
    struct buffer text = BUFFER_INIT;
    struct problems problems = PROBLEMS_INIT;
    bool fine = buffer_append_text(&text, "rules:\n");
    for (size_t i = 0; fine && i < rules->count; i++)
        fine = rule_print(rules->rules[i], INDENT, &text, error);
    if (fine)
        rules_read_text(set, text.data, text.length, NULL, scope, &problems);
    buffer_release(&text);
    return problems_finish(&problems, fine ? error : NULL) && fine;
}
