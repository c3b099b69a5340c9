/* doctor_settings.c - what can be said without asking anybody: configuration, trust, what is passed through, and
 * who may read the files that hold secrets. */
#include "face/doctor.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/conf.h"
#include "face/credential.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- configuration --- */

/* The lines of `sandgate config show` whose value does not come from the table, each with its section. */
static size_t tell_set_options(const struct conf *conf, struct finding *finding)
{
    struct buffer text = BUFFER_INIT;
    const char *section = "";
    size_t set = 0;

    conf_print(conf, &text);
    for (char *line = text.data, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        const char *where = strstr(line, " # ");
        if (*line != ' ' && *line != '#')
            section = line;
        if (*line != ' ' || !where || strcmp(where, " # default") == 0 || strcmp(where, " # unset") == 0)
            continue;
        finding_detail(finding, "%.*s.%s", (int)strcspn(section, ":"), section, line + 2);
        set++;
    }
    buffer_release(&text);
    return set;
}

void doctor_check_configuration(struct doctor *doctor, struct finding *finding)
{
    struct error error = ERROR_INIT;
    size_t count;

    if (!setup_conf(&doctor->setup, doctor->folder, doctor->arguments, &error)) {
        finding_fail(finding, "correct the file or the option that is named above", "%s",
                     error_message(&error));
        error_clear(&error);
        return;
    }
    size_t set = tell_set_options(doctor->setup.conf, finding);
    conf_options(&count);
    finding_ok(finding, "%zu of %zu options are set, the others are at their defaults (sandgate config show)",
               set, count);
}

void doctor_check_trust(struct doctor *doctor, struct finding *finding)
{
    const char *const *waiting = conf_waiting(doctor->setup.conf);

    if (!conf_project_digest(doctor->setup.conf)) {
        finding_ok(finding, "the project has no .sandgate.yaml");
        return;
    }
    finding_ok(finding, "the project's .sandgate.yaml asks for nothing that it may not set");
    for (size_t i = 0; waiting[i]; i++) {
        finding_detail(finding, "%s", waiting[i]);
        finding_warn(
            finding, "start sandgate here, read what it asks for, and trust it or not",
            "the project's .sandgate.yaml asks for more than it may set untrusted; that is not in force");
    }
}

/* --- what is passed through --- */

static void look_at_names(const char *const *names, const char *where, struct finding *finding)
{
    for (size_t i = 0; names[i]; i++) {
        char *name = xstrndup(names[i], strcspn(names[i], ":"));
        bool credential = credential_name(name);
        finding_detail(finding, "%s (%s)%s", name, where, credential ? ": looks like a credential" : "");
        if (credential)
            finding_warn(
                finding,
                "take the credential out: what runs in the sandbox can read it and, with a network, send it",
                "commands are given variables, one of which looks like a credential");
        else if (finding->state == FINDING_OK)
            finding_ok(finding, "commands are given these variables; none looks like a credential");
        free(name);
    }
}

void doctor_check_passthrough(struct doctor *doctor, struct finding *finding)
{
    finding_ok(finding, "terminal.env_passthrough and terminal.env are empty");
    look_at_names(conf_list(doctor->setup.conf, "terminal.env_passthrough"), "terminal.env_passthrough",
                  finding);
    look_at_names(conf_list(doctor->setup.conf, "terminal.env"), "terminal.env", finding);
}

/* --- modes of files --- */

/* A file or folder that others must not read. */
static void look_at_mode(const char *path, mode_t wanted, const char *what, struct finding *finding)
{
    struct stat status;

    if (stat(path, &status) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            finding_detail(finding, "%s: %s", path, strerror(errno));
        return;
    }
    unsigned mode = status.st_mode & 07777;
    if (status.st_uid != geteuid()) {
        char *remedy = xasprintf("make it yours: chown \"$USER\" '%s'", path);
        finding_fail(finding, remedy, "%s (%s) belongs to somebody else", path, what);
        free(remedy);
    } else if (mode & 077) {
        char *remedy = xasprintf("chmod %o '%s'", (unsigned)wanted, path);
        finding_fail(finding, remedy, "%s (%s) can be used by others on this machine: its mode is %04o", path,
                     what, mode);
        free(remedy);
    } else {
        finding_detail(finding, "%s (%s): %04o", path, what, mode);
    }
}

/* Whether the person's own file holds a secret, as far as the configuration could be read. */
static bool own_file_has_secret(const struct conf *conf)
{
    size_t count;
    const struct option *options = conf_options(&count);

    for (size_t i = 0; conf && i < count; i++)
        if (options[i].secret && conf_is_set(conf, options[i].path) &&
            conf_source(conf, options[i].path) == SOURCE_USER)
            return true;
    return !conf;
}

static char *modal_file(void)
{
    const char *named = getenv("MODAL_CONFIG_PATH");
    char *home = path_home();
    char *file = named && *named ? xstrdup(named) : path_join(home, ".modal.toml");

    free(home);
    return file;
}

static char *own_file(void)
{
    const char *named = getenv("SANDGATE_CONFIG");
    char *folder = path_config();
    char *file = named && *named ? xstrdup(named) : path_join(folder, "sandgate.yaml");

    free(folder);
    return file;
}

void doctor_check_modes(struct doctor *doctor, struct finding *finding)
{
    char *modal = modal_file(), *own = own_file(), *data = path_data();

    finding_ok(finding, "nobody else can read them");
    look_at_mode(modal, 0600, "the token at Modal", finding);
    if (own_file_has_secret(doctor->setup.conf))
        look_at_mode(own, 0600, "the configuration, with a secret", finding);
    look_at_mode(data, 0700, "sessions and their outputs", finding);
    free(modal);
    free(own);
    free(data);
}
