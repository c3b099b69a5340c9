/* process.h - what a process costs, as the kernel counts it. */
#ifndef SANDGATE_BENCH_PROCESS_H
#define SANDGATE_BENCH_PROCESS_H

#include <sys/types.h>

struct cost {
    double cpu;      /* milliseconds, all threads, those that ended too */
    double wake_ups; /* times that a living thread waited and was woken */
};

struct cost process_cost(pid_t process);
/* The process and all that descend from it. */
struct cost process_tree_cost(pid_t process);
/* A row of /proc/PID/status in megabytes: "VmRSS", "VmHWM" (the most it ever was). */
double process_memory(pid_t process, const char *row);

#endif
