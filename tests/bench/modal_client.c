/* modal_client.c - what the bench measures of our Modal client: modal_client SANDBOX WHAT [FILE], the same doings as
 * modal_sdk.mjs.  Prints one line of JSON: seconds of the doing alone, peak memory of the process in KiB. */
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "loop/loop.h"
#include "modal/exec.h"
#include "modal/files.h"
#include "modal/sandboxes.h"
#include "modal/settings.h"
#include "wire/http.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TRIPS = 100, MANY = 64 };

struct bench {
    struct loop *loop;
    struct modal_client *client;
    struct modal_sandbox *sandbox;
    struct modal_task *task;
    const char *file;
    int fd, waiting; /* waiting: how many doings are under way */
};

static void stop(const char *sentence)
{
    fprintf(stderr, "modal_client: %s\n", sentence);
    exit(1);
}

static void wait_all(struct bench *bench)
{
    while (bench->waiting > 0)
        loop_turn(bench->loop, -1);
}

static void made(void *data, const struct modal_failure *failure, struct modal_sandbox *sandbox)
{
    struct bench *bench = data;

    if (failure)
        stop(failure->sentence);
    bench->sandbox = sandbox;
    bench->waiting--;
}

/* --- execs --- */

static void output(void *data, bool is_error, const char *bytes, size_t length)
{
    (void)data, (void)is_error, (void)bytes, (void)length;
}

static void ended(void *data, const struct modal_exec_result *result)
{
    if (result->failure)
        stop(result->failure->sentence);
    ((struct bench *)data)->waiting--;
}

static void start(struct bench *bench, const char *const *argv)
{
    static const struct modal_exec_events events = { .output = output, .done = ended };
    char id[UUID_TEXT];
    struct modal_exec_spec spec = { .exec_id = id, .argv = argv };

    random_uuid(id);
    bench->waiting++;
    modal_exec_start(bench->task, &spec, &events, bench); /* no end of input: the SDK sends none */
}

static void run(struct bench *bench, const char *const *argv)
{
    start(bench, argv);
    wait_all(bench);
}

static const char *const nothing[] = { "true", NULL };

static void do_trips(struct bench *bench)
{
    for (int i = 0; i < TRIPS; i++)
        run(bench, nothing);
}

static void do_stdout(struct bench *bench)
{
    run(bench, (const char *const[]){ "head", "-c", "100000000", "/dev/zero", NULL });
}

static void do_many(struct bench *bench)
{
    for (int i = 0; i < MANY; i++)
        start(bench, (const char *const[]){ "echo", "hi", NULL });
    wait_all(bench);
}

/* --- files --- */

static void file_done(void *data, const struct modal_file_result *result)
{
    if (result->sentence)
        stop(result->sentence);
    ((struct bench *)data)->waiting--;
}

static int64_t read_piece(void *data, uint64_t offset, char *bytes, size_t room)
{
    return pread(((struct bench *)data)->fd, bytes, room, (off_t)offset);
}

static void do_up(struct bench *bench)
{
    struct modal_exec_source source = { read_piece, bench };

    bench->fd = open(bench->file, O_RDONLY | O_CLOEXEC);
    bench->waiting++;
    modal_file_send(bench->task, "/workspace/big", &source, file_done, bench);
    wait_all(bench);
}

static void store(void *data, const char *bytes, size_t length)
{
    if (write(((struct bench *)data)->fd, bytes, length) != (ssize_t)length)
        stop("the file cannot be written");
}

static void do_down(struct bench *bench)
{
    bench->fd = open(bench->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bench->waiting++;
    modal_file_read(bench->task, "/workspace/big", store, file_done, bench);
    wait_all(bench);
}

static void do_list(struct bench *bench)
{
    bench->waiting++;
    modal_file_list(bench->task, "/workspace/many", file_done, bench);
    wait_all(bench);
}

static const struct doing {
    const char *name;
    void (*run)(struct bench *bench);
} doings[] = { { "trips", do_trips }, { "stdout", do_stdout }, { "up", do_up },
               { "down", do_down },   { "list", do_list },     { "many", do_many } };

/* The most memory that was in use, in KiB: not getrusage, which counts what the parent had before exec. */
static long peak_memory(void)
{
    char line[256];
    long peak = 0;
    FILE *status = fopen("/proc/self/status", "re");

    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0)
            peak = strtol(line + 6, NULL, 10);
    if (status)
        fclose(status);
    return peak;
}

int main(int argc, char **argv)
{
    extern char **environ;
    struct bench bench = { .loop = loop_new(), .file = argc > 3 ? argv[3] : NULL, .fd = -1 };
    struct modal_settings settings;
    struct error error = ERROR_INIT;
    const struct doing *doing = NULL;

    for (size_t i = 0; argc > 2 && i < ARRAY_SIZE(doings); i++)
        if (strcmp(doings[i].name, argv[2]) == 0)
            doing = &doings[i];
    if (!doing)
        stop("usage: modal_client SANDBOX trips|stdout|up|down|list|many [FILE]");
    if (!modal_settings_read(&settings, (const char *const *)environ, &error))
        stop(error_message(&error));
    struct http *http = http_new(bench.loop);
    bench.client = modal_client_new(bench.loop, http, &settings, NULL, NULL);
    bench.waiting = 1;
    modal_sandbox_attach(bench.client, argv[1], made, &bench);
    wait_all(&bench);
    bench.task = modal_sandbox_task(bench.sandbox);
    run(&bench, nothing); /* the connection is warm */
    int64_t began = clock_steady_micro();
    doing->run(&bench);
    int64_t taken = clock_steady_micro() - began;
    printf("{\"seconds\":%.6f,\"peak\":%ld}\n", (double)taken / 1e6, peak_memory());
    modal_sandbox_free(bench.sandbox);
    modal_client_free(bench.client);
    http_free(http);
    modal_settings_release(&settings);
    loop_free(bench.loop);
    return 0;
}
