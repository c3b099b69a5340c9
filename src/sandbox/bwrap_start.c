/* bwrap_start.c - the command line of bwrap, and what it is given by descriptor.
 *
 * The sandbox sees: /usr of the host, read-only; a handful of files in /etc; a workspace of its own; and
 * memory for the rest.  Two things that must never be missing: --cap-drop ALL, without which a start by root
 * keeps every capability and can make the read-only binds writable again; and the read-only bind of /proc/sys,
 * which the kernel's root may write to by its user id alone (core_pattern runs programs on the host). */
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "loop/child.h"
#include "sandbox/bwrap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct plan {
    char **arguments;
    size_t count, capacity;
    int descriptors[16][2]; /* ours, theirs; closed by us when bwrap runs */
    size_t descriptor_count;
};

static const char *const fixed[] = {
    "--unshare-all",
    "--unshare-user",
    "--disable-userns",
    "--cap-drop",
    "ALL",
    "--clearenv",
    "--new-session",
    "--die-with-parent",
    "--as-pid-1",
    "--uid",
    "0",
    "--gid",
    "0",
    "--hostname",
    "sandgate",
    "--ro-bind",
    "/usr",
    "/usr",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
};

/* Parts of /proc that the kernel's root could write to, or that tell more than a program needs. */
static const char *const proc_fixed[] = { "/proc/sys",      "/proc/sysrq-trigger", "/proc/irq",  "/proc/bus",
                                          "/proc/fs",       "/proc/acpi",          "/proc/scsi", "/proc/mtrr",
                                          "/proc/pressure", "/proc/dynamic_debug" };
static const char *const proc_hidden[] = { "/proc/kcore",       "/proc/keys",       "/proc/timer_list",
                                           "/proc/sched_debug", "/proc/kmsg",       "/proc/vmallocinfo",
                                           "/proc/slabinfo",    "/proc/kpageflags", "/proc/kpagecount",
                                           "/proc/kpagecgroup" };

/* Nothing that is anybody's secret: /etc/ssl/private, shadow, npmrc and the like stay out. */
static const char *const etc_shared[] = {
    "/etc/alternatives",   "/etc/ca-certificates", "/etc/ca-certificates.conf",
    "/etc/debian_version", "/etc/ld.so.cache",     "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",   "/etc/locale.alias",    "/etc/localtime",
    "/etc/magic",          "/etc/mime.types",      "/etc/os-release",
    "/etc/perl",           "/etc/protocols",       "/etc/services",
    "/etc/ssl/certs",      "/etc/ssl/openssl.cnf", "/etc/terminfo",
    "/etc/timezone",
};

/* Folders whose names carry a version. */
static const char *const etc_versions[] = { "java-", "python3" };

static const char *const merged[] = { "/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin" };

static const struct {
    const char *path, *content;
} etc_own[] = {
    { "/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n"
                     "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n" },
    { "/etc/group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n" },
    { "/etc/hosts", "127.0.0.1 localhost sandgate\n::1 localhost\n" },
    { "/etc/hostname", "sandgate\n" },
    { "/etc/nsswitch.conf",
      "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n" },
};

/* Where a workspace would cover what the sandbox is made of. */
static const char *const reserved[] = { "/bin",    "/dev",  "/etc", "/lib",  "/lib32", "/lib64",
                                        "/libx32", "/proc", "/run", "/sbin", "/sys",   "/usr" };

/* --- the list of arguments --- */

static void add(struct plan *plan, const char *argument)
{
    plan->arguments =
        array_reserve(plan->arguments, &plan->capacity, plan->count + 2, sizeof(*plan->arguments));
    plan->arguments[plan->count++] = xstrdup(argument);
    plan->arguments[plan->count] = NULL;
}

static void add_three(struct plan *plan, const char *option, const char *first, const char *second)
{
    add(plan, option);
    add(plan, first);
    add(plan, second);
}

static void add_tmpfs(struct plan *plan, const char *mode, int64_t size, const char *path)
{
    char bytes[32];
    snprintf(bytes, sizeof(bytes), "%lld", (long long)size);
    add(plan, "--perms");
    add(plan, mode);
    add_three(plan, "--size", bytes, "--tmpfs");
    add(plan, path);
}

/* Hands FD over; returns its number inside as text. */
static void add_descriptor(struct plan *plan, const char *option, int fd)
{
    char number[16];
    int theirs = JAIL_CHANNEL + 1 + (int)plan->descriptor_count;
    snprintf(number, sizeof(number), "%d", theirs);
    plan->descriptors[plan->descriptor_count][0] = fd;
    plan->descriptors[plan->descriptor_count++][1] = theirs;
    add(plan, option);
    add(plan, number);
}

static bool add_content(struct plan *plan, const char *path, const char *content, struct error *error)
{
    size_t length = strlen(content);
    int fd = memfd_create("content", MFD_CLOEXEC);
    if (fd < 0 || write(fd, content, length) != (ssize_t)length || lseek(fd, 0, SEEK_SET) < 0) {
        error_set_errno(error, errno, "%s of the sandbox could not be made", path);
        if (fd >= 0)
            close(fd);
        return false;
    }
    add(plan, "--perms");
    add(plan, "0644");
    add_descriptor(plan, "--file", fd);
    add(plan, path);
    return true;
}

/* --- its parts --- */

/* /bin is a link into /usr on a merged system, else a folder of its own. */
static void add_merged(struct plan *plan, const char *path)
{
    char target[256];
    struct stat info;
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    if (length > 0) {
        target[length] = '\0';
        add_three(plan, "--symlink", target, path);
    } else if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        add_three(plan, "--ro-bind", path, path);
    }
}

static void add_proc(struct plan *plan)
{
    for (size_t i = 0; i < ARRAY_SIZE(proc_fixed); i++)
        if (access(proc_fixed[i], F_OK) == 0)
            add_three(plan, "--ro-bind", proc_fixed[i], proc_fixed[i]);
    for (size_t i = 0; i < ARRAY_SIZE(proc_hidden); i++)
        if (access(proc_hidden[i], F_OK) == 0)
            add_three(plan, "--ro-bind", "/dev/null", proc_hidden[i]);
}

static void add_versions(struct plan *plan)
{
    DIR *folder = opendir("/etc");
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        for (size_t i = 0; i < ARRAY_SIZE(etc_versions); i++) {
            if (strncmp(entry->d_name, etc_versions[i], strlen(etc_versions[i])) != 0)
                continue;
            char *path = path_join("/etc", entry->d_name);
            add_three(plan, "--ro-bind-try", path, path);
            free(path);
        }
    }
    if (folder)
        closedir(folder);
}

static bool add_etc(struct plan *plan, bool network, struct error *error)
{
    add_versions(plan);
    for (size_t i = 0; i < ARRAY_SIZE(etc_shared); i++)
        add_three(plan, "--ro-bind-try", etc_shared[i], etc_shared[i]);
    bool good = add_content(plan, "/etc/resolv.conf", network ? "nameserver 10.0.2.3\n" : "", error);
    for (size_t i = 0; good && i < ARRAY_SIZE(etc_own); i++)
        good = add_content(plan, etc_own[i].path, etc_own[i].content, error);
    return good;
}

/* What lies in memory counts for the sandbox's memory where that is limited as a whole; these bounds are for
 * where it is not. */
static void add_memory(struct plan *plan, int64_t memory)
{
    int64_t large = memory > 0 ? memory / 2 : (int64_t)2 << 30;
    add_tmpfs(plan, "1777", large, "/tmp");
    add_tmpfs(plan, "0755", 64 << 20, "/run");
    add_tmpfs(plan, "0700", large, "/root");
    add_tmpfs(plan, "1777", large, "/dev/shm");
    add_three(plan, "--dir", "/var", "--symlink");
    add(plan, "../tmp");
    add(plan, "/var/tmp");
}

static bool make_plan(struct plan *plan, const struct bwrap *bwrap, const char *helper, const char *folder,
                      struct error *error)
{
    add(plan, "bwrap");
    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
        add(plan, fixed[i]);
    for (size_t i = 0; i < ARRAY_SIZE(merged); i++)
        add_merged(plan, merged[i]);
    add_proc(plan);
    if (!add_etc(plan, bwrap->wants_network, error))
        return false;
    add_memory(plan, bwrap->limits.memory);
    add_three(plan, "--ro-bind", helper, "/run/sandgate-jail");
    add_three(plan, "--bind", folder, bwrap->workspace);
    add_three(plan, "--remount-ro", "/dev", "--remount-ro");
    add(plan, "/");
    int filter = bwrap_filter(error);
    if (filter < 0)
        return false;
    add_descriptor(plan, "--seccomp", filter);
    add(plan, "--");
    add(plan, "/run/sandgate-jail");
    return true;
}

static void plan_release(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        free(plan->arguments[i]);
    free(plan->arguments);
    for (size_t i = 0; i < plan->descriptor_count; i++)
        close(plan->descriptors[i][0]);
}

/* --- start --- */

static bool check_workspace(const char *path, struct error *error)
{
    if (!path || path[0] != '/' || strcmp(path, "/") == 0)
        return error_set(error,
                         "the workspace of a sandbox must be an absolute path below /; choose another");
    for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
        if (path_is_below(path, reserved[i]))
            return error_set(error,
                             "the workspace cannot be %s: the sandbox keeps %s for itself; choose another",
                             path, reserved[i]);
    return true;
}

static void ended(void *data, int code, int signal)
{
    struct bwrap *bwrap = data;
    bwrap_enter(bwrap);
    if (code >= 0)
        bwrap_lose(bwrap, "the sandbox ended by itself (bwrap exited with %d)", code);
    else
        bwrap_lose(bwrap, "the sandbox was killed (signal %d)", signal);
    bwrap_leave(bwrap);
}

/* THEIRS are the descriptors beside those of the plan: standard error and the channel. */
static bool spawn(struct bwrap *bwrap, const struct plan *plan, int complaints, int channel,
                  struct error *error)
{
    static const char *const nothing[] = { NULL };
    int descriptors[ARRAY_SIZE(plan->descriptors) + 3][2] = { { complaints, 2 }, { channel, JAIL_CHANNEL } };
    size_t count = 2;
    for (size_t i = 0; i < plan->descriptor_count; i++, count++)
        memcpy(descriptors[count], plan->descriptors[i], sizeof(descriptors[count]));
    descriptors[count][0] = descriptors[count][1] = -1;
    struct child_spec spec = {
        .argv = (const char *const *)plan->arguments,
        .environment = nothing,
        .folder = "/",
        .descriptors = (const int(*)[2])descriptors,
    };
    bwrap->child = child_start(bwrap->loop, &spec, ended, bwrap, error);
    if (!bwrap->child && error->number == ENOENT)
        error_set(error, "bubblewrap is not installed; on Debian: apt-get install bubblewrap");
    return bwrap->child != NULL;
}

static bool start_with(struct bwrap *bwrap, const char *helper, const char *folder, int channel[2],
                       int complaints[2], struct error *error)
{
    struct plan plan = { 0 };
    int yes = 1;
    setsockopt(channel[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes));
    bool good = make_plan(&plan, bwrap, helper, folder, error) &&
                spawn(bwrap, &plan, complaints[1], channel[1], error);
    plan_release(&plan);
    return good;
}

static void close_pair(int pair[2])
{
    for (int i = 0; i < 2; i++)
        if (pair[i] >= 0)
            close(pair[i]);
}

static bool start_in(struct bwrap *bwrap, const char *helper, const char *folder, int *channel,
                     int *complaints, struct error *error)
{
    int line[2] = { -1, -1 }, words[2] = { -1, -1 };
    bool good = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) == 0 &&
                pipe2(words, O_CLOEXEC | O_NONBLOCK) == 0;
    if (!good)
        error_set_errno(error, errno, "the line to the sandbox could not be made");
    good = good && start_with(bwrap, helper, folder, line, words, error);
    if (good) {
        *channel = line[0];
        *complaints = words[0];
        line[0] = words[0] = -1;
    }
    close_pair(line);
    close_pair(words);
    return good;
}

bool bwrap_start(struct bwrap *bwrap, int *channel, int *complaints, struct error *error)
{
    if (!check_workspace(bwrap->workspace, error))
        return false;
    char *helper = path_helper("sandgate-jail");
    char *folder = path_join(bwrap->state_folder, "workspace");
    bool good = path_make_folders(folder, error);
    if (good && access(helper, X_OK) < 0)
        good = error_set_errno(error, errno,
                               "the sandbox's first program %s is missing; install sandgate again", helper);
    good = good && start_in(bwrap, helper, folder, channel, complaints, error);
    free(helper);
    free(folder);
    return good;
}
