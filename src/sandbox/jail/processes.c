/* processes.c - who runs in here, read from /proc.
 *
 * A kill is a sweep: read all processes, kill those below the root, and sweep again until none is left (the
 * caller does, turn by turn).  A process that forks between reading and killing is caught by the next sweep,
 * because its child then hangs below the same subreaper. */
#include "sandbox/jail/jail.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct process {
    pid_t pid, parent;
    bool below; /* of the root that was asked for */
    bool dead;  /* only waits to be reaped */
    char name[20];
};

struct processes {
    struct process *list;
    size_t count, capacity;
};

static ssize_t read_small(const char *path, char *out, size_t capacity)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t length = read(fd, out, capacity - 1);
    close(fd);
    if (length >= 0)
        out[length] = '\0';
    return length;
}

/* "PID (NAME) STATE PARENT ..."; the name may hold anything, also parentheses. */
static bool read_process(const char *folder, struct process *process)
{
    char path[64], text[512];
    snprintf(path, sizeof(path), "/proc/%.20s/stat", folder);
    if (read_small(path, text, sizeof(text)) <= 0)
        return false;
    char *open = strchr(text, '('), *close = strrchr(text, ')'), state;
    int parent;
    if (!open || !close || sscanf(close + 1, " %c %d", &state, &parent) != 2)
        return false;
    *process = (struct process){ .pid = (pid_t)atoi(folder), .parent = parent };
    process->dead = state == 'Z' || state == 'X';
    *close = '\0';
    snprintf(process->name, sizeof(process->name), "%.19s", open + 1);
    return true;
}

static struct processes read_processes(void)
{
    struct processes all = { 0 };
    DIR *folder = opendir("/proc");
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        struct process process;
        if (!isdigit((unsigned char)entry->d_name[0]) || !read_process(entry->d_name, &process))
            continue;
        if (all.count == all.capacity) {
            all.capacity = all.capacity ? all.capacity * 2 : 64;
            all.list = jail_allocate(all.list, all.capacity * sizeof(*all.list));
        }
        all.list[all.count++] = process;
    }
    if (folder)
        closedir(folder);
    return all;
}

static bool is_below(const struct processes *all, const struct process *process, pid_t root)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->list[i].pid == process->parent)
            return all->list[i].below;
    }
    return process->parent == root;
}

/* Marks what hangs below ROOT; numbers wrap around, so a child may stand before its parent. */
static void mark_below(struct processes *all, pid_t root)
{
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < all->count; i++) {
            struct process *process = &all->list[i];
            if (!process->below && (process->parent == root || is_below(all, process, root)))
                process->below = again = true;
        }
    }
}

static size_t kill_marked(const struct processes *all)
{
    size_t alive = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (all->list[i].below && !all->list[i].dead) {
            kill(all->list[i].pid, SIGKILL);
            alive++;
        }
    }
    return alive;
}

/* One sweep. Returns how many were found alive. */
size_t processes_kill_below(pid_t root)
{
    struct processes all = read_processes();
    mark_below(&all, root);
    size_t alive = kill_marked(&all);
    free(all.list);
    return alive;
}

/* One sweep over what fell to the first process because its supervisor is gone. */
size_t processes_kill_orphans(const struct jail *jail)
{
    struct processes all = read_processes();
    for (size_t i = 0; i < all.count; i++) {
        struct process *process = &all.list[i];
        if (process->parent == 1 && !exec_supervises(jail, process->pid) && !job_works(jail, process->pid)) {
            process->below = true;
            mark_below(&all, process->pid);
        }
    }
    size_t alive = kill_marked(&all);
    free(all.list);
    return alive;
}

/* "PID NAME arguments" with a NUL; arguments are cut where they get long. */
static size_t describe(const struct process *process, char *out, size_t capacity)
{
    char path[64], arguments[200];
    snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)process->pid);
    ssize_t length = read_small(path, arguments, sizeof(arguments));
    while (length > 0 && arguments[length - 1] == '\0')
        length--;
    for (ssize_t i = 0; i < length; i++) {
        if (arguments[i] == '\0')
            arguments[i] = ' ';
    }
    const char *after = length > 0 ? strchr(arguments, ' ') : NULL;
    int written = snprintf(out, capacity, "%d %s%s", (int)process->pid, process->name, after ? after : "");
    return written < 0 || (size_t)written >= capacity ? 0 : (size_t)written + 1;
}

size_t processes_describe_below(pid_t root, char *out, size_t capacity, size_t *length)
{
    struct processes all = read_processes();
    size_t count = 0;
    *length = 0;
    mark_below(&all, root);
    for (size_t i = 0; i < all.count && count < JAIL_SURVIVORS; i++) {
        if (!all.list[i].below || all.list[i].dead)
            continue;
        size_t added = describe(&all.list[i], out + *length, capacity - *length);
        count += added > 0;
        *length += added;
    }
    free(all.list);
    return count;
}
