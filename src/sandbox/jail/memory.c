/* memory.c - the little that every part of the jail needs: memory that cannot fail, and the time. */
#include "sandbox/jail/jail.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void *jail_allocate(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);
    if (!memory)
        _exit(1);
    return memory;
}

int64_t jail_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
