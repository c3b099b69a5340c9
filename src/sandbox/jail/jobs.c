/* jobs.c - file requests, and the short-lived processes that do them.
 *
 * The first process never touches a file of the sandbox itself: a hash of many gigabytes or a slow disk must
 * not hold up the programs' output.  Each reading request gets a process of its own.  Changes happen strictly
 * in the order in which they were asked for: one writer at a time does all that wait, as a batch, so that an
 * upload of thousands of files costs few forks.
 *
 * Workers answer the host themselves.  When one is killed, its requests are answered here; the host ignores
 * an answer that it has already. */
#include "sandbox/jail/jail.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct job {
    struct job *next;
    pid_t pid;
    bool writes;
    size_t count;
    uint64_t ids[]; /* of its requests */
};

static struct request read_request(const struct message *message)
{
    struct request request = { .id = message->header.id };
    struct jail_file *file = &request.file;
    uint64_t length = message->header.length;
    if (length < sizeof(*file))
        _exit(1);
    memcpy(file, message->payload, sizeof(*file));
    uint64_t strings = (uint64_t)file->path_length + file->other_length + 2;
    if (file->content_length > length || sizeof(*file) + strings + file->content_length != length)
        _exit(1);
    request.path = message->payload + sizeof(*file);
    request.other = request.path + file->path_length + 1;
    request.content = request.other + file->other_length + 1;
    return request;
}

static int perform(const struct request *request, struct jail_answer *answer)
{
    switch (request->file.verb) {
    case JAIL_LIST:
        return file_list(request, answer);
    case JAIL_STAT:
        return file_stat(request);
    case JAIL_READ_FILE:
        return file_read(request, answer);
    case JAIL_WRITE:
        return file_write(request, answer);
    case JAIL_MAKE_FOLDER:
        return file_make_folders(request->path, 0755);
    case JAIL_REMOVE:
        return file_remove(request);
    case JAIL_RENAME:
        return renameat2(-1, request->path, -1, request->other, RENAME_NOREPLACE) < 0 ? errno : 0;
    case JAIL_PUT:
        return file_put(request);
    default:
        return ENOSYS;
    }
}

static void send_answer(uint64_t id, int error, struct jail_answer *answer)
{
    answer->error = error;
    channel_send(JAIL_ANSWER, id, answer, sizeof(*answer), NULL, 0);
}

static void perform_all(const struct message *messages, size_t count)
{
    close_range(JAIL_CHANNEL + 1, ~0U, 0);
    for (size_t i = 0; i < count; i++) {
        struct jail_answer answer = { 0 };
        struct request request = read_request(&messages[i]);
        send_answer(request.id, perform(&request, &answer), &answer);
    }
    _exit(0);
}

static void fail_all(const struct message *messages, size_t count, int error)
{
    for (size_t i = 0; i < count; i++) {
        struct jail_answer answer = { 0 };
        send_answer(messages[i].header.id, error, &answer);
    }
}

static void start(struct jail *jail, const struct message *messages, size_t count, bool writes)
{
    pid_t pid = fork();
    if (pid == 0)
        perform_all(messages, count);
    if (pid < 0) {
        fail_all(messages, count, errno);
        return;
    }
    struct job *job = jail_allocate(NULL, sizeof(*job) + count * sizeof(job->ids[0]));
    *job = (struct job){ .next = jail->jobs, .pid = pid, .writes = writes, .count = count };
    for (size_t i = 0; i < count; i++)
        job->ids[i] = messages[i].header.id;
    jail->jobs = job;
    jail->writer_runs = jail->writer_runs || writes;
}

static void start_writer(struct jail *jail)
{
    if (jail->writer_runs || jail->write_count == 0)
        return;
    start(jail, jail->writes, jail->write_count, true);
    for (size_t i = 0; i < jail->write_count; i++)
        free(jail->writes[i].payload);
    jail->write_count = 0;
}

void job_request(struct jail *jail, struct message *message)
{
    uint32_t verb = read_request(message).file.verb;
    if (verb == JAIL_LIST || verb == JAIL_STAT || verb == JAIL_READ_FILE) {
        start(jail, message, 1, false);
        return;
    }
    if (jail->write_count == jail->write_capacity) {
        jail->write_capacity = jail->write_capacity ? jail->write_capacity * 2 : 16;
        jail->writes = jail_allocate(jail->writes, jail->write_capacity * sizeof(*jail->writes));
    }
    jail->writes[jail->write_count++] = *message;
    message->payload = NULL;
    start_writer(jail);
}

/* Ends a reader that nobody waits for; a change that was asked for may still happen. */
void job_cancel(struct jail *jail, uint64_t id)
{
    for (const struct job *job = jail->jobs; job; job = job->next) {
        if (!job->writes && job->ids[0] == id)
            kill(job->pid, SIGKILL);
    }
}

bool job_works(const struct jail *jail, pid_t pid)
{
    const struct job *job = jail->jobs;
    while (job && job->pid != pid)
        job = job->next;
    return job != NULL;
}

bool job_reaped(struct jail *jail, pid_t pid, int status)
{
    struct job **link = &jail->jobs;
    while (*link && (*link)->pid != pid)
        link = &(*link)->next;
    struct job *job = *link;
    if (!job)
        return false;
    *link = job->next;
    for (size_t i = 0; status != 0 && i < job->count; i++) {
        struct jail_answer answer = { 0 };
        send_answer(job->ids[i], EINTR, &answer);
    }
    if (job->writes) {
        jail->writer_runs = false;
        start_writer(jail);
    }
    free(job);
    return true;
}
