/* routine.c - the two ways to have a second stack: ucontext, and for sanitizers a thread.
 *
 * The stack is mapped with a page below it that nobody may touch, so that running over its end is a crash
 * and not a riddle. */
#include "config.h"

#include "ui/routine.h"

#include "base/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef SANDGATE_SANITIZERS

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

struct routine {
    void (*body)(void *context);
    void *context;
    pthread_t thread;
    sem_t go;     /* the body may run */
    sem_t paused; /* the body yielded or returned */
    bool returned;
};

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        ;
}

static void *run_thread(void *data)
{
    struct routine *routine = data;
    wait_for(&routine->go);
    routine->body(routine->context);
    routine->returned = true;
    sem_post(&routine->paused);
    return NULL;
}

/* Signals are the loop's business: the new thread takes none. */
static int start_thread(struct routine *routine)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&routine->thread, NULL, run_thread, routine);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

struct routine *routine_new(void (*body)(void *context), void *context)
{
    struct routine *routine = xcalloc(1, sizeof *routine);
    routine->body = body;
    routine->context = context;
    sem_init(&routine->go, 0, 0);
    sem_init(&routine->paused, 0, 0);
    int failed = start_thread(routine);
    if (failed) {
        free(routine);
        errno = failed;
        return NULL;
    }
    return routine;
}

void routine_resume(struct routine *routine)
{
    sem_post(&routine->go);
    wait_for(&routine->paused);
}

void routine_yield(struct routine *routine)
{
    sem_post(&routine->paused);
    wait_for(&routine->go);
}

void routine_free(struct routine *routine)
{
    if (!routine)
        return;
    if (!routine->returned)
        bug("a routine was freed before its body returned");
    pthread_join(routine->thread, NULL);
    sem_destroy(&routine->go);
    sem_destroy(&routine->paused);
    free(routine);
}

#else

#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { STACK_SIZE = 256 * 1024 };

struct routine {
    void (*body)(void *context);
    void *context;
    ucontext_t inside, outside;
    char *mapping; /* the guard page, then the stack */
    size_t mapping_size;
    bool returned;
};

/* makecontext passes ints only: the pointer comes in two halves. */
static void enter(unsigned high, unsigned low)
{
    struct routine *routine = (struct routine *)(uintptr_t)((uint64_t)high << 32 | low);
    routine->body(routine->context);
    routine->returned = true;
}

static bool map_stack(struct routine *routine)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    routine->mapping_size = page + STACK_SIZE;
    routine->mapping = mmap(NULL, routine->mapping_size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (routine->mapping == MAP_FAILED)
        return false;
    mprotect(routine->mapping, page, PROT_NONE);
    routine->inside.uc_stack.ss_sp = routine->mapping + page;
    routine->inside.uc_stack.ss_size = STACK_SIZE;
    return true;
}

struct routine *routine_new(void (*body)(void *context), void *context)
{
    struct routine *routine = xcalloc(1, sizeof *routine);
    routine->body = body;
    routine->context = context;
    getcontext(&routine->inside);
    if (!map_stack(routine)) {
        int failed = errno;
        free(routine);
        errno = failed;
        return NULL;
    }
    routine->inside.uc_link = &routine->outside;
    uint64_t address = (uintptr_t)routine;
    makecontext(&routine->inside, (void (*)(void))enter, 2, (unsigned)(address >> 32), (unsigned)address);
    return routine;
}

void routine_resume(struct routine *routine)
{
    swapcontext(&routine->outside, &routine->inside);
}

void routine_yield(struct routine *routine)
{
    swapcontext(&routine->inside, &routine->outside);
}

void routine_free(struct routine *routine)
{
    if (!routine)
        return;
    if (!routine->returned)
        bug("a routine was freed before its body returned");
    munmap(routine->mapping, routine->mapping_size);
    free(routine);
}

#endif
