/* bwrap_limits.c - memory, processes, processors and sizes of files.
 *
 * A control group limits the sandbox as a whole and cannot be left, so it is taken wherever one can be made:
 * version 2, else the separate ones of version 1.  What no group does is left to the jail, which sets limits
 * for each program; the words for people say which it is. */
#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"
#include "sandbox/bwrap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT "/sys/fs/cgroup"
#define PREFIX "sandgate-"

static const int64_t default_memory = (int64_t)4 << 30, default_processes = 1024,
                     default_file_size = (int64_t)8 << 30;

enum { PERIOD = 100000 /* microseconds, of the processor's share */ };

void bwrap_limits_init(struct bwrap_limits *limits, const struct sandbox_options *options)
{
    limits->memory = options->memory > 0 ? options->memory : default_memory;
    limits->processes = options->processes > 0 ? options->processes : default_processes;
    limits->file_size = options->file_size > 0 ? options->file_size : default_file_size;
    limits->cpu = options->cpu;
}

/* --- files of control groups --- */

static bool write_text(const char *folder, const char *name, const char *text)
{
    char *path = path_join(folder, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    free(path);
    return good;
}

static bool write_number(const char *folder, const char *name, int64_t number)
{
    char text[32];
    snprintf(text, sizeof(text), "%lld", (long long)number);
    return write_text(folder, name, text);
}

static bool has_word(const char *folder, const char *name, const char *word)
{
    struct buffer text = BUFFER_INIT;
    char *path = path_join(folder, name);
    bool found = false;
    if (path_read_file(path, &text, NULL)) {
        char *rest = text.data;
        for (char *part; !found && (part = strsep(&rest, " \n"));)
            found = strcmp(part, word) == 0;
    }
    buffer_release(&text);
    free(path);
    return found;
}

/* The group that this process is in, below the mount of CONTROLLER ("": version 2). NULL: not there. */
static char *own_group(const char *controller)
{
    struct buffer text = BUFFER_INIT;
    char *group = NULL;
    path_read_file("/proc/self/cgroup", &text, NULL);
    char *rest = text.data;
    for (char *line; !group && text.length > 0 && (line = strsep(&rest, "\n"));) {
        char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;
        if (!path)
            continue;
        *path++ = '\0';
        names++;
        for (char *name; !group && (name = strsep(&names, ","));)
            if (strcmp(name, controller) == 0)
                group = xasprintf(ROOT "%s%s%s", controller[0] ? "/" : "", controller, path);
    }
    buffer_release(&text);
    return group;
}

/* --- making one --- */

/* Groups of sandboxes whose program was killed; those in use cannot be removed. */
static void sweep(const char *parent)
{
    DIR *folder = opendir(parent);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0)
            unlinkat(dirfd(folder), entry->d_name, AT_REMOVEDIR);
    if (folder)
        closedir(folder);
}

static void keep_group(struct bwrap_limits *limits, char *group)
{
    size_t i = 0;
    while (limits->groups[i])
        i++;
    limits->groups[i] = group;
}

/* Makes a group below PARENT (taken over); NULL when that is not to be had. */
static char *make_group(char *parent, const char *id)
{
    if (!parent)
        return NULL;
    sweep(parent);
    char *group = xasprintf("%s/" PREFIX "%s", parent, id);
    free(parent);
    if (mkdir(group, 0755) == 0)
        return group;
    free(group);
    return NULL;
}

static bool keep_if(struct bwrap_limits *limits, char *group, bool good)
{
    if (good)
        keep_group(limits, group);
    else {
        rmdir(group);
        free(group);
    }
    return good;
}

/* Version 2: where a group can be made, below our own or beside it; NULL: the controllers are not handed down. */
static char *unified_parent(void)
{
    char *own = own_group("");
    char *parent = own && has_word(own, "cgroup.subtree_control", "memory") ? xstrdup(own) : NULL;
    if (own && !parent && strcmp(own, ROOT "/") != 0)
        parent = path_folder(own);
    free(own);
    if (parent && has_word(parent, "cgroup.subtree_control", "memory") &&
        has_word(parent, "cgroup.subtree_control", "pids"))
        return parent;
    free(parent);
    return NULL;
}

/* *CPU: the processors are limited too. */
static bool join_unified(struct bwrap_limits *limits, pid_t pid, const char *id, bool *cpu)
{
    char *group = make_group(unified_parent(), id), share[64];
    if (!group)
        return false;
    snprintf(share, sizeof(share), "%lld %d", (long long)(limits->cpu * PERIOD), PERIOD);
    *cpu = limits->cpu > 0 && write_text(group, "cpu.max", share);
    write_text(group, "memory.swap.max", "0");
    return keep_if(limits, group,
                   write_number(group, "memory.max", limits->memory) &&
                       write_number(group, "pids.max", limits->processes) &&
                       write_number(group, "cgroup.procs", pid));
}

static bool join_single(struct bwrap_limits *limits, pid_t pid, const char *id, const char *controller,
                        const char *file, int64_t value)
{
    char *group = make_group(own_group(controller), id);
    return group && keep_if(limits, group,
                            write_number(group, file, value) && write_number(group, "cgroup.procs", pid));
}

/* --- all together --- */

static void describe(struct bwrap_limits *limits, const struct jail_hello *hello)
{
    char processors[64] = "", processes[64];
    if (limits->cpu > 0)
        snprintf(processors, sizeof(processors), ", %g processors (%s)",
                 hello->cpus ? hello->cpus : limits->cpu, hello->cpus ? "affinity" : "cgroup");
    if (hello->processes && geteuid() == 0)
        snprintf(processes, sizeof(processes), "processes not limited");
    else
        snprintf(processes, sizeof(processes), "%lld processes (%s)", (long long)limits->processes,
                 hello->processes ? "rlimit" : "cgroup");
    snprintf(limits->words, sizeof(limits->words),
             "memory %.3g GiB (%s), %s%s, files of %.3g GiB (rlimit), disk not limited",
             (double)limits->memory / (1 << 30), hello->data ? "rlimit, each program" : "cgroup", processes,
             processors, (double)limits->file_size / (1 << 30));
}

void bwrap_limits_apply(struct bwrap_limits *limits, pid_t pid, const char *id, struct jail_hello *hello)
{
    bool cpu = false, unified = join_unified(limits, pid, id, &cpu);
    bool memory = unified || join_single(limits, pid, id, "memory", "memory.limit_in_bytes", limits->memory);
    bool processes = unified || join_single(limits, pid, id, "pids", "pids.max", limits->processes);
    if (!unified && limits->cpu > 0)
        cpu = join_single(limits, pid, id, "cpu", "cpu.cfs_quota_us", (int64_t)(limits->cpu * PERIOD));
    *hello = (struct jail_hello){
        .version = JAIL_VERSION,
        .data = memory ? 0 : (uint64_t)limits->memory,
        .processes = processes ? 0 : (uint64_t)limits->processes,
        .file_size = (uint64_t)limits->file_size,
        .cpus = cpu || limits->cpu <= 0 ? 0 : (uint32_t)(limits->cpu + 0.999),
    };
    describe(limits, hello);
}

void bwrap_limits_release(struct bwrap_limits *limits)
{
    for (size_t i = 0; i < ARRAY_SIZE(limits->groups); i++) {
        if (limits->groups[i])
            rmdir(limits->groups[i]);
        free(limits->groups[i]);
        limits->groups[i] = NULL;
    }
}
