/* trust.c - what a project's file may do before a person has looked at it, and the memory of having looked.
 *
 * The file DATA/trust holds one line a trusted file: a digest over its real path and its bytes, and the path
 * for people who read it.  A change of either makes another digest, so the file is asked about again. */
#include "conf/settings.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/visible.h"
#include "conf/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *trust_file(void)
{
    char *folder = path_data();
    char *file = path_join(folder, "trust");
    free(folder);
    return file;
}

static void trust_digest(const struct conf *conf, char digest[HASH_TEXT])
{
    struct hash *hash = hash_new();
    hash_add_field(hash, conf->project_file, strlen(conf->project_file));
    hash_add_field(hash, conf->project_digest, strlen(conf->project_digest));
    hash_finish(hash, digest);
}

/* A file that is missing or cannot be read trusts nothing. */
static bool is_trusted(const char *digest)
{
    struct buffer text = BUFFER_INIT;
    char *file = trust_file();
    bool found = false;
    if (path_read_file(file, &text, NULL)) {
        for (const char *line = text.data; *line && !found;
             line += strcspn(line, "\n"), line += *line == '\n')
            found = strncmp(line, digest, HASH_TEXT - 1) == 0 && line[HASH_TEXT - 1] == ' ';
    }
    free(file);
    buffer_release(&text);
    return found;
}

/* --- what waits --- */

/* What would be in force without the project's file and without the shell. */
static const struct value *value_below(const struct conf *conf, const struct option *option)
{
    if (conf_sets_mode(option))
        return conf_mode_up_to(conf, SOURCE_USER);
    const struct setting *setting = setting_from(conf, SOURCE_USER, option);
    if (!setting)
        setting = setting_from(conf, SOURCE_DEFAULT, option);
    return setting ? &setting->value : NULL;
}

static bool may_untrusted(const struct conf *conf, const struct option *option, const struct value *value)
{
    if (option->type == OPTION_RULES)
        return true; /* the set itself says that it only tightens */
    if (option->project == PROJECT_TIGHTEN)
        return value_tightens(option, value, value_below(conf, option));
    return option->project == PROJECT_SET;
}

static char *waiting_line(const struct option *option, const struct setting *setting)
{
    struct buffer line = BUFFER_INIT;
    buffer_append_format(&line, "%s = ", option->path);
    value_print(&setting->value, option, &line);
    buffer_append_format(&line, " (line %d)", setting->line);
    return buffer_detach(&line);
}

/* "policy.rules: allow npm test (line 12)". */
static char *rule_line(const struct rule *rule)
{
    char *text = rule_text(rule);
    struct buffer line = BUFFER_INIT;
    buffer_append_text(&line, "policy.rules: ");
    visible_line(&line, text, strlen(text));
    buffer_append_format(&line, " (line %u)", rule->line);
    free(text);
    return buffer_detach(&line);
}

static void add_rule_lines(struct conf *conf, size_t lines)
{
    const struct rule_set *set = &conf->rules[RULES_OF_PROJECT];
    for (size_t i = 0; i < set->count; i++)
        if (set->rules[i]->verdict == VERDICT_ALLOW)
            conf->waiting[lines++] = rule_line(set->rules[i]);
}

void trust_apply(struct conf *conf)
{
    size_t count, lines = 0;
    const struct option *options = conf_options(&count);
    char digest[HASH_TEXT];
    conf->waiting = xcalloc(count + conf->rules[RULES_OF_PROJECT].count + 1, sizeof *conf->waiting);
    if (!conf->project_file)
        return;
    trust_digest(conf, digest);
    if (is_trusted(digest)) {
        conf->rules[RULES_OF_PROJECT].tightens_only = false;
        return;
    }
    struct setting *row = settings_of(conf, SOURCE_PROJECT);
    for (size_t i = 0; i < count; i++) {
        if (!row[i].there || may_untrusted(conf, &options[i], &row[i].value))
            continue;
        row[i].waiting = true;
        conf->waiting[lines++] = waiting_line(&options[i], &row[i]);
    }
    add_rule_lines(conf, lines);
}

const char *const *conf_waiting(const struct conf *conf)
{
    return (const char *const *)conf->waiting;
}

/* --- trusting --- */

/* One write to the end of the file: two sessions that trust at once do not mix their lines. */
static bool append_line(const char *file, const struct buffer *line, struct error *error)
{
    int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot open %s to remember the trust", file);
    ssize_t written = write(fd, line->data, line->length);
    bool fine = written == (ssize_t)line->length && fsync(fd) == 0;
    int number = errno;
    close(fd);
    return fine || error_set_errno(error, number, "cannot write %s to remember the trust", file);
}

static bool remember(const struct conf *conf, struct error *error)
{
    char digest[HASH_TEXT];
    struct buffer line = BUFFER_INIT;
    char *folder = path_data(), *file = trust_file();
    trust_digest(conf, digest);
    buffer_append_format(&line, "%s ", digest);
    visible_line(&line, conf->project_file, strlen(conf->project_file));
    buffer_append_byte(&line, '\n');
    bool done = path_make_folders(folder, error) && append_line(file, &line, error);
    buffer_release(&line);
    free(folder);
    free(file);
    return done;
}

bool conf_trust(struct conf *conf, struct error *error)
{
    if (!conf->project_file)
        return error_set(error, "there is no project's file to trust");
    if (!remember(conf, error))
        return false;
    struct setting *row = settings_of(conf, SOURCE_PROJECT);
    for (size_t i = 0; i < conf->count; i++)
        row[i].waiting = false;
    conf->rules[RULES_OF_PROJECT].tightens_only = false;
    for (size_t i = 0; conf->waiting[i]; i++) {
        free(conf->waiting[i]);
        conf->waiting[i] = NULL;
    }
    return true;
}
