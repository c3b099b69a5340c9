/* floor.c - what nothing passes, in no mode: a table of files that are secrets, and what commands and the files
 * that they touch must not be. */
#include "policy/scan.h"

#include "base/memory.h"
#include "base/path.h"
#include "policy/floor.h"

#include <fnmatch.h>
#include <string.h>

/* --- secrets --- */

/* Folders and files, as patterns of paths. */
static const char *const credentials[] = {
    "~/.ssh",
    "~/.aws",
    "~/.netrc",
    "~/.git-credentials",
    "~/.config/gh",
    "~/.modal.toml",
    "~/.gnupg",
    "~/.config/gcloud",
    "~/.azure",
    "~/.kube",
    "~/.docker/config.json",
    "~/.npmrc",
    "~/.pypirc",
    "~/.config/git/credentials",
    "~/.cargo/credentials",
    "~/.cargo/credentials.toml",
    "~/.pgpass",
    "~/.my.cnf",
    "~/.password-store",
    "~/.vault-token",
    "~/.config/op",
    "~/.local/share/keyrings",
    "~/.config/hub",
    "~/.huggingface",
    "~/.cache/huggingface/token",
    "~/.config/rclone",
    "~/.terraform.d/credentials.tfrc.json",
    "~/.fly",
    "~/.config/glab-cli",
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/proc/*/environ",
    "/proc/*/task/*/environ",
    "/proc/*/mem",
    "/proc/kcore",
    "/etc/ssh/ssh_host_*_key",
    "/run/secrets",
    "/var/run/secrets",
    "/etc/krb5.keytab",
    "/home/*/.ssh",
    "/home/*/.aws",
    "/home/*/.netrc",
    "/home/*/.git-credentials",
    "/root/.ssh",
    "/root/.aws",
    "/root/.netrc",
    "/root/.git-credentials",
    "/root/.config/gh",
    "/root/.modal.toml",
    "/home/*/.config/gh",
    "/home/*/.modal.toml",
};

/* Names of files in any folder. */
static const char *const secret_names[] = { "id_rsa", "id_ed25519", "id_ecdsa",         "id_dsa", ".env",
                                            ".env.*", ".netrc",     ".git-credentials", ".pgpass" };
static const char *const open_names[] = { ".env.example",  ".env.sample", ".env.template", ".env.dist",
                                          ".env.defaults", ".env.test",   ".env.schema" };

/* What a glob is tried on. */
static const char *const samples[] = {
    "~/.ssh/id_rsa",      "~/.ssh/id_ed25519",      "~/.aws/credentials",   "~/.netrc",
    "~/.git-credentials", "~/.config/gh/hosts.yml", "~/.modal.toml",        "/etc/shadow",
    "/proc/1/environ",    "/proc/self/environ",     "/root/.ssh/id_rsa",    "/home/user/.ssh/id_rsa",
    "~/.npmrc",           "~/.kube/config",         "~/.gnupg/secring.gpg", "~/.docker/config.json",
    "/etc/gshadow",
};

static bool is_named(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (pattern_matches_word(names[i], name))
            return true;
    return false;
}

static bool is_credential(const struct scan *scan, const char *path)
{
    const char *home = scan->request->home, *workspace = scan->request->workspace, *name = path_name(path);
    if (is_named(secret_names, ARRAY_SIZE(secret_names), name) &&
        !is_named(open_names, ARRAY_SIZE(open_names), name))
        return true;
    if (workspace && path_is_below(path, workspace) && !path_is_below(workspace, home ? home : "/root"))
        return false; /* the table is about other places */
    for (size_t i = 0; i < ARRAY_SIZE(credentials); i++)
        if (pattern_matches_path(credentials[i], path, home, NULL))
            return true;
    return false;
}

/* Could GLOB stand for a secret?  A glob of visible names does not match those that begin with a dot. */
static bool glob_is_credential(const char *glob, const char *home)
{
    char path[256];
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        const char *sample = samples[i], *from = home ? home : "/root";
        bool own = sample[0] == '~';
        if (strlen(from) + strlen(sample) >= sizeof path)
            continue;
        strcpy(path, own ? from : "");
        strcat(path, sample + own);
        if (fnmatch(glob, path, FNM_PATHNAME | FNM_PERIOD) == 0)
            return true;
    }
    const char *name = path_name(glob);
    return name[0] == '.' && strcspn(name, "*?[") > 1 && fnmatch(name, ".env", 0) == 0;
}

static bool reads_secret(const struct scan *scan, const struct touched *touched)
{
    const char *home = scan->request->home;
    if (touched->names_only || !touched->known)
        return false;
    if (touched->glob)
        return glob_is_credential(touched->glob, home) || is_credential(scan, touched->path);
    if (is_credential(scan, touched->path))
        return true;
    bool whole_home = touched->tree && home && strcmp(touched->path, home) == 0;
    return whole_home && !touched->below && touched->access == ACCESS_READ;
}

/* --- where --- */

static const char *const devices[] = { "/dev/sd",   "/dev/hd",   "/dev/vd",     "/dev/nvme", "/dev/mmcblk",
                                       "/dev/xvd",  "/dev/dm-",  "/dev/mapper", "/dev/mem",  "/dev/kmem",
                                       "/dev/port", "/dev/loop", "/dev/disk",   "/dev/md" };

static bool is_raw_device(const char *path)
{
    for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
        if (strncmp(path, devices[i], strlen(devices[i])) == 0)
            return true;
    return false;
}

/* May what is below FOLDER be in the workspace, or where anybody may write? */
static bool may_lead_inside(const char *folder, const char *workspace)
{
    return path_is_below(workspace, folder) || path_is_below("/tmp", folder) ||
           path_is_below("/var/tmp", folder) || path_is_below("/dev/shm", folder);
}

/* The part of the workspace's path that lies right below FOLDER, tried on the glob's next part. */
static bool glob_leads_inside(const struct touched *touched, const char *workspace)
{
    const char *const inside[] = { workspace, "/tmp", "/var/tmp" };
    size_t depth = strcmp(touched->path, "/") == 0 ? 0 : strlen(touched->path);
    char pattern[256], name[256];
    const char *from = touched->glob + depth + 1;
    size_t length = strcspn(from, "/");
    if (length >= sizeof pattern)
        return true;
    memcpy(pattern, from, length);
    pattern[length] = '\0';
    for (size_t i = 0; i < ARRAY_SIZE(inside); i++) {
        if (!path_is_below(inside[i], touched->path) || strlen(inside[i]) <= depth)
            continue;
        const char *next = inside[i] + depth + 1;
        size_t size = strcspn(next, "/");
        if (size >= sizeof name)
            return true;
        memcpy(name, next, size);
        name[size] = '\0';
        if (fnmatch(pattern, name, 0) == 0)
            return true;
    }
    return false;
}

bool touched_is_outside(const struct touched *touched, const char *workspace)
{
    if (!workspace || !touched->known)
        return false;
    if (path_is_below(touched->path, workspace) || path_is_scratch(touched->path))
        return false;
    if (!touched->below || touched->all || !may_lead_inside(touched->path, workspace))
        return true;
    return touched->glob && !glob_leads_inside(touched, workspace);
}

/* --- files --- */

static bool removes_root(const struct scan *scan, const struct touched *touched)
{
    bool whole = !touched->below || touched->all;
    return touched->known && touched->tree && whole && scan_is_home_or_above(scan, touched->path) &&
           !(scan->request->workspace && path_is_below(touched->path, scan->request->workspace));
}

bool floor_touched(const struct scan *scan, const struct touched *touched, const char **name,
                   const char **reason)
{
    bool changes = touched->access & (ACCESS_WRITE | ACCESS_DELETE);
    bool outside = touched_is_outside(touched, scan->request->workspace);
    if (changes && touched->known && is_raw_device(touched->path)) {
        *name = "raw-device";
        *reason = "It writes to a raw device.";
    } else if ((touched->access & ACCESS_DELETE) && removes_root(scan, touched)) {
        *name = "remove-root";
        *reason = "It removes the root or the home folder with everything below it.";
    } else if (reads_secret(scan, touched)) {
        *name = "credentials";
        *reason =
            changes ? "It changes files that hold credentials." : "It reads files that hold credentials.";
    } else if ((touched->access & ACCESS_DELETE) && outside) {
        *name = "remove-outside";
        *reason = "It deletes outside the workspace.";
    } else if (changes && outside) {
        *name = "write-outside";
        *reason = "It writes outside the workspace.";
    } else {
        return false;
    }
    return true;
}

/* --- commands --- */

static bool has_word(const struct record *record, size_t from, const char *text)
{
    for (size_t i = from; i < record->count; i++)
        if (strcmp(record->words[i].text, text) == 0)
            return true;
    return false;
}

static bool is_power(const struct record *record)
{
    static const char *const plain[] = { "shutdown", "reboot", "halt", "poweroff" };
    static const char *const units[] = { "poweroff",  "reboot", "halt",    "kexec",
                                         "emergency", "rescue", "suspend", "hibernate" };
    if (is_named(plain, ARRAY_SIZE(plain), record->program))
        return true;
    if (strcmp(record->program, "init") == 0 || strcmp(record->program, "telinit") == 0)
        return has_word(record, 1, "0") || has_word(record, 1, "6");
    for (size_t i = 0; strcmp(record->program, "systemctl") == 0 && i < ARRAY_SIZE(units); i++)
        if (has_word(record, 1, units[i]))
            return true;
    return false;
}

/* kill -9 -1, but not kill -1 123. */
static bool kills_everything(const struct record *record)
{
    if (strcmp(record->program, "killall5") == 0)
        return true;
    if (strcmp(record->program, "pkill") == 0)
        return has_word(record, 1, ".") || has_word(record, 1, ".*");
    return strcmp(record->program, "kill") == 0 && record->count > 2 && has_word(record, 2, "-1");
}

/* A shell whose input and output are a connection, or nc -e. */
static bool is_remote_shell(const struct record *record)
{
    static const char *const connecting[] = { "nc", "ncat", "netcat" };
    static const char *const shells[] = { "sh", "bash", "dash", "zsh", "ksh", "exec" };
    for (size_t i = 0; i < record->redirect_count; i++)
        if ((strncmp(record->redirects[i].target.text, "/dev/tcp/", 9) == 0 ||
             strncmp(record->redirects[i].target.text, "/dev/udp/", 9) == 0) &&
            is_named(shells, ARRAY_SIZE(shells), record->program))
            return true;
    if (strcmp(record->program, "socat") == 0)
        for (size_t i = 1; i < record->count; i++)
            if (strncasecmp(record->words[i].text, "exec:", 5) == 0 ||
                strncasecmp(record->words[i].text, "system:", 7) == 0)
                return true;
    if (!is_named(connecting, ARRAY_SIZE(connecting), record->program))
        return false;
    if (record->producer && is_named(shells, ARRAY_SIZE(shells), record->producer->program))
        return true;
    for (size_t i = 1; i < record->count; i++)
        if (record->words[i].text[0] == '-' && record->words[i].text[1] != '-' &&
            strpbrk(record->words[i].text, "ec"))
            return true;
    return has_word(record, 1, "--exec") || has_word(record, 1, "--sh-exec");
}

static const struct {
    const char *name, *reason;
    bool (*matches)(const struct record *record);
} commands[] = {
    { "power", "It stops the system.", is_power },
    { "kill-all", "It ends every process.", kills_everything },
    { "remote-shell", "It gives a shell to another machine.", is_remote_shell },
};

static bool search_record(const struct scan *scan, const struct record *record, const char **name,
                          const char **reason)
{
    for (size_t i = 0; i < record->touched_count; i++)
        if (floor_touched(scan, &record->touched[i], name, reason))
            return true;
    if (record->runs_downloaded) {
        *name = "download-run";
        *reason = "It runs text that comes from the network.";
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (commands[i].matches(record)) {
            *name = commands[i].name;
            *reason = commands[i].reason;
            return true;
        }
    return false;
}

bool floor_record(const struct scan *scan, const struct record *record, struct finding *finding)
{
    if (!search_record(scan, record, &finding->name, &finding->reason))
        return false;
    bool flows = (record->runs_downloaded || record->outer) && record->pipeline_to > record->pipeline_from;
    finding->from =
        flows && record->pipeline_from < record->context ? record->pipeline_from : record->context;
    finding->to = flows && record->pipeline_to > record->to ? record->pipeline_to : record->to;
    return true;
}

bool floor_bomb(const struct scan *scan, struct finding *finding)
{
    *finding = (struct finding){ "fork-bomb", "It starts itself again and again until the machine is full.",
                                 scan->bomb_from, scan->bomb_to };
    return scan->bomb;
}

bool floor_search(const struct scan *scan, struct finding *finding)
{
    for (size_t i = 0; i < scan->count; i++)
        if (floor_record(scan, scan->records[i], finding))
            return true;
    return floor_bomb(scan, finding);
}
