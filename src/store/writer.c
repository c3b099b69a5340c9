/* writer.c - the thread that owns the writing connection.
 *
 * Work waits in three places.  `staged` belongs to the loop's thread: what one turn of the loop adds, so that
 * things that belong together (an event that closes a block, the end of its draft) are committed together.
 * `queue` is shared: the thread takes all of it, at once when somebody waits for some of it or it has grown to
 * GROUP or GROUP_BYTES, else when its oldest is DELAY old.  `done` is shared: what somebody waits for, with the
 * answer; the thread rings an eventfd that the loop watches.  A watch can be removed, so after writer_free
 * nobody is told anything.
 *
 * The first failure to write ends writing for good: an event that follows a lost one must not be stored. */
#include "store/writer.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "store/database.h"
#include "store/rows.h"
#include "store/work.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    GROUP = 64,               /* pieces of work */
    GROUP_BYTES = 128 * 1024, /* of their texts */
    DELAY = 50,               /* milliseconds */
    BUSY_TRIES = 6,           /* times the connection's busy time-out */
    CHECKPOINT_IDLE = 1000,   /* pages of the write-ahead log that are moved when nothing waits */
    CHECKPOINT_NOW = 8000,    /* pages that are moved even when something waits */
    LARGE_BATCH = 512 * 1024, /* bytes after which memory is given back */
};

enum opening { OPENING, OPEN, UNUSABLE };

struct writer {
    /* the loop's thread alone */
    struct loop *loop; /* borrowed */
    struct loop_watch *watch;
    struct loop_task *handing_over; /* NULL: nothing is staged */
    struct work_list staged;
    struct work_list answers; /* taken from done, being told */
    void (*failed)(void *data, const char *sentence);
    void *data;
    bool told_failure;
    bool *freed; /* set when the writer is freed while answers are told; else NULL */
    pthread_t thread;

    /* the writer's thread alone */
    struct database *database;
    struct rows *rows;

    /* never changed */
    char *path;
    int bell; /* eventfd: answers or a failure wait for the loop */

    /* shared, under the mutex */
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* queue, closing, opening, written */
    enum opening opening;
    struct work_list queue;
    int64_t oldest; /* clock_steady when the queue was last empty and got its first */
    bool urgent;    /* somebody waits for something in the queue */
    bool closing;
    struct work_list done;
    uint64_t added, written; /* pieces handed over, and of those carried out or given up */
    char *sentence;          /* NULL: no failure so far */
};

/* --- the writer's thread --- */

static void ring(struct writer *writer)
{
    uint64_t one = 1;
    ssize_t rung = write(writer->bell, &one, sizeof(one));
    (void)rung; /* a full counter has rung already */
}

static void wait_until(struct writer *writer, int64_t steady)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t wait = steady - clock_steady();
    if (wait > 0) {
        until.tv_sec += (time_t)(wait / 1000);
        until.tv_nsec += (long)(wait % 1000) * 1000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
    }
    pthread_cond_timedwait(&writer->changed, &writer->mutex, &until);
}

static bool is_full(const struct work_list *queue)
{
    return queue->count >= GROUP || queue->bytes >= GROUP_BYTES;
}

/* With the mutex held.  False: there will be no more. */
static bool take(struct writer *writer, struct work_list *batch)
{
    while (!writer->closing && !writer->urgent && !is_full(&writer->queue)) {
        if (writer->queue.count == 0) {
            pthread_cond_wait(&writer->changed, &writer->mutex);
        } else if (clock_steady() - writer->oldest < DELAY) {
            wait_until(writer, writer->oldest + DELAY);
        } else {
            break;
        }
    }
    *batch = writer->queue;
    writer->queue = (struct work_list){ 0 };
    writer->urgent = false;
    return batch->count > 0;
}

static bool commit(struct writer *writer, const struct work_list *batch, struct error *error)
{
    for (int tries = 1;; tries++) {
        if (rows_commit(writer->rows, batch, error)) {
            return true;
        }
        if (!database_is_busy(writer->database) || tries == BUSY_TRIES) {
            return error_prefix(error, "the session can no longer be saved");
        }
        error_clear(error);
    }
}

/* With the mutex held: keeps what somebody waits for, with the answer, and forgets the rest. */
static void answer(struct writer *writer, struct work_list *batch, bool written)
{
    writer->written += batch->count;
    for (struct work *work = batch->first, *next; work; work = next) {
        next = work->next;
        work->next = NULL;
        work->written = written;
        if (work->committed) {
            work_list_add(&writer->done, work);
        } else {
            work_free(work);
        }
    }
}

/* With the mutex held. */
static void set_failed(struct writer *writer, struct error *error)
{
    if (!writer->sentence) {
        writer->sentence = xstrdup(error_message(error));
        ring(writer);
    }
    error_clear(error);
}

/* After a batch of BYTES: the log is worked off when there is time, and what a large batch took is given back. */
static void tidy(struct writer *writer, bool idle, size_t bytes)
{
    if (bytes >= LARGE_BATCH && writer->database) {
        database_release_memory(writer->database);
        memory_trim();
    }
    int pages = writer->database ? database_log_pages(writer->database) : 0;
    if (pages >= CHECKPOINT_NOW || (idle && pages >= CHECKPOINT_IDLE)) {
        database_checkpoint(writer->database);
    }
}

static void open_database(struct writer *writer)
{
    struct error error = ERROR_INIT;
    writer->database = database_open(writer->path, DATABASE_WRITING, &error);
    writer->rows = writer->database ? rows_new(writer->database) : NULL;
    pthread_mutex_lock(&writer->mutex);
    writer->opening = writer->database ? OPEN : UNUSABLE;
    if (!writer->database) {
        set_failed(writer, &error);
    }
    pthread_cond_broadcast(&writer->changed);
    pthread_mutex_unlock(&writer->mutex);
}

static void *write_until_closed(void *data)
{
    struct writer *writer = data;
    struct error error = ERROR_INIT;
    struct work_list batch;
    open_database(writer);
    pthread_mutex_lock(&writer->mutex);
    while (take(writer, &batch)) {
        bool written = !writer->sentence;
        size_t bytes = batch.bytes;
        pthread_mutex_unlock(&writer->mutex);
        written = written && commit(writer, &batch, &error);
        pthread_mutex_lock(&writer->mutex);
        if (!written) {
            set_failed(writer, &error);
        }
        answer(writer, &batch, written);
        if (writer->done.count > 0) {
            ring(writer);
        }
        pthread_cond_broadcast(&writer->changed);
        bool idle = writer->queue.count == 0;
        pthread_mutex_unlock(&writer->mutex);
        tidy(writer, idle, bytes);
        pthread_mutex_lock(&writer->mutex);
    }
    pthread_mutex_unlock(&writer->mutex);
    rows_free(writer->rows);
    database_close(writer->database);
    return NULL;
}

/* --- the loop's thread --- */

static void tell_failure(struct writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    const char *sentence = writer->sentence; /* never changes once set */
    pthread_mutex_unlock(&writer->mutex);
    if (sentence && !writer->told_failure) {
        writer->told_failure = true;
        if (writer->failed) {
            writer->failed(writer->data, sentence);
        }
    }
}

static void take_answers(struct writer *writer)
{
    uint64_t rings;
    ssize_t length = read(writer->bell, &rings, sizeof(rings));
    (void)length; /* nothing to read: somebody took the answers before */
    pthread_mutex_lock(&writer->mutex);
    work_list_move(&writer->answers, &writer->done);
    pthread_mutex_unlock(&writer->mutex);
}

static struct work *next_answer(struct writer *writer)
{
    struct work *work = writer->answers.first;
    if (work) {
        writer->answers.first = work->next;
        writer->answers.last = work->next ? writer->answers.last : NULL;
        writer->answers.count--;
    }
    return work;
}

/* Any callback may free the writer. */
static void bell_rang(void *data, int events)
{
    (void)events;
    struct writer *writer = data;
    bool freed = false;
    writer->freed = &freed;
    take_answers(writer);
    tell_failure(writer);
    struct work *work;
    while (!freed && (work = next_answer(writer))) {
        work->committed(work->data, work->written);
        work_free(work);
    }
    if (!freed) {
        writer->freed = NULL;
    }
}

static void hand_over(void *data)
{
    struct writer *writer = data;
    writer->handing_over = NULL;
    pthread_mutex_lock(&writer->mutex);
    bool was_empty = writer->queue.count == 0;
    if (was_empty) {
        writer->oldest = clock_steady();
    }
    writer->added -= writer->queue.count;
    writer->urgent |= work_list_is_urgent(&writer->staged);
    work_list_move(&writer->queue, &writer->staged);
    writer->added += writer->queue.count;
    if (was_empty || writer->urgent || is_full(&writer->queue)) {
        pthread_cond_broadcast(&writer->changed);
    }
    pthread_mutex_unlock(&writer->mutex);
}

static void hand_over_now(struct writer *writer)
{
    if (writer->handing_over) {
        loop_task_cancel(writer->handing_over);
        hand_over(writer);
    }
}

void writer_add(struct writer *writer, struct work *work)
{
    work_list_add(&writer->staged, work);
    if (!writer->handing_over) {
        writer->handing_over = loop_defer(writer->loop, hand_over, writer);
    }
}

bool writer_wait_open(struct writer *writer, struct error *error)
{
    pthread_mutex_lock(&writer->mutex);
    while (writer->opening == OPENING) {
        pthread_cond_wait(&writer->changed, &writer->mutex);
    }
    bool open = writer->opening == OPEN || error_set(error, "%s", writer->sentence);
    pthread_mutex_unlock(&writer->mutex);
    return open;
}

bool writer_wait_written(struct writer *writer, struct error *error)
{
    hand_over_now(writer);
    pthread_mutex_lock(&writer->mutex);
    writer->urgent = writer->queue.count > 0;
    pthread_cond_broadcast(&writer->changed);
    uint64_t target = writer->added;
    while (writer->written < target) {
        pthread_cond_wait(&writer->changed, &writer->mutex);
    }
    bool written = !writer->sentence || error_set(error, "%s", writer->sentence);
    pthread_mutex_unlock(&writer->mutex);
    return written;
}

/* Signals are the loop's: the thread blocks them from its first instruction, but for those that a fault of its
 * own raises: the crash handler must see them. */
static int start_thread(struct writer *writer)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
    sigset_t all, before;
    sigfillset(&all);
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
        sigdelset(&all, faults[i]);
    }
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int number = pthread_create(&writer->thread, NULL, write_until_closed, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return number;
}

static void init_shared(struct writer *writer)
{
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_mutex_init(&writer->mutex, NULL);
    pthread_cond_init(&writer->changed, &steady);
    pthread_condattr_destroy(&steady);
}

static void release(struct writer *writer)
{
    loop_watch_remove(writer->watch);
    if (writer->bell >= 0) {
        close(writer->bell);
    }
    work_list_release(&writer->answers);
    work_list_release(&writer->done);
    pthread_cond_destroy(&writer->changed);
    pthread_mutex_destroy(&writer->mutex);
    free(writer->sentence);
    free(writer->path);
    free(writer);
}

struct writer *writer_new(struct loop *loop, const char *path,
                          void (*failed)(void *data, const char *sentence), void *data, struct error *error)
{
    struct writer *writer = xcalloc(1, sizeof(*writer));
    writer->loop = loop;
    writer->path = xstrdup(path);
    writer->failed = failed;
    writer->data = data;
    init_shared(writer);
    writer->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int number = writer->bell < 0 ? errno : start_thread(writer);
    if (number != 0) {
        error_set_errno(error, number, "cannot start the store's writer");
        release(writer);
        return NULL;
    }
    writer->watch = loop_watch_add(loop, writer->bell, LOOP_READ, bell_rang, writer);
    return writer;
}

void writer_free(struct writer *writer)
{
    hand_over_now(writer);
    pthread_mutex_lock(&writer->mutex);
    writer->closing = true;
    pthread_cond_broadcast(&writer->changed);
    pthread_mutex_unlock(&writer->mutex);
    pthread_join(writer->thread, NULL);
    if (writer->freed) {
        *writer->freed = true;
    }
    release(writer);
}
