/* process.c - CPU from the process's clock (nanoseconds, where /proc has hundredths), the rest from /proc. */
#include "process.h"

#include "base/memory.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The number in the row NAME of a status file, 0 when there is none. */
static double status_row(const char *path, const char *name)
{
    char line[256];
    double value = 0;
    size_t length = strlen(name);
    FILE *file = fopen(path, "re");

    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, length) == 0 && line[length] == ':')
            value = strtod(line + length + 1, NULL);
    if (file)
        fclose(file);
    return value;
}

double process_memory(pid_t process, const char *row)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/status", (long)process);
    return status_row(path, row) / 1024;
}

static double cpu_of(pid_t process)
{
    clockid_t clock;
    struct timespec time = { 0 };

    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return 0;
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

struct cost process_cost(pid_t process)
{
    struct cost cost = { .cpu = cpu_of(process) };
    char folder[64], path[400];
    struct dirent *entry;

    snprintf(folder, sizeof folder, "/proc/%ld/task", (long)process);
    DIR *tasks = opendir(folder);
    while (tasks && (entry = readdir(tasks))) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        snprintf(path, sizeof path, "%s/%s/status", folder, entry->d_name);
        cost.wake_ups += status_row(path, "voluntary_ctxt_switches");
    }
    if (tasks)
        closedir(tasks);
    return cost;
}

static pid_t parent_of(pid_t process)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/status", (long)process);
    return (pid_t)status_row(path, "PPid");
}

struct cost process_tree_cost(pid_t process)
{
    struct cost cost = process_cost(process);
    struct dirent *entry;
    DIR *processes = opendir("/proc");

    while (processes && (entry = readdir(processes))) {
        pid_t other = (pid_t)atol(entry->d_name);
        if (other <= 0 || parent_of(other) != process)
            continue;
        struct cost more = process_tree_cost(other);
        cost.cpu += more.cpu;
        cost.wake_ups += more.wake_ups;
    }
    if (processes)
        closedir(processes);
    return cost;
}
