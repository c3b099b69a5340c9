/* sandbox_logs.c - `sandgate sandbox logs`: what the main process printed, of one that has ended too. */
#include "conf/numbers.h"
#include "face/sandbox_errand.h"
#include "face/setup.h"
#include "wire/grpc.h"

#include <unistd.h>

static void print_bytes(void *data, bool is_error, const char *bytes, size_t length)
{
    struct errand *errand = data;

    errand->work = errand; /* something came */
    errand_write(errand, is_error ? STDERR_FILENO : STDOUT_FILENO, bytes, length);
}

static void done(void *data, const struct modal_failure *failure, const char *lost)
{
    if (!failure && lost)
        errand_note("%s", lost);
    errand_done(data, failure, NULL);
}

/* The live output of one that has ended is not there any more; what was stored of it is. */
static void followed(void *data, const struct modal_failure *failure, const char *lost)
{
    enum { ALL = 20000 };
    struct errand *errand = data;
    bool ended =
        failure && (failure->status == GRPC_FAILED_PRECONDITION || failure->status == GRPC_NOT_FOUND);

    if (ended && !errand->work)
        errand->call = modal_sandbox_stored_logs(errand->sandbox, ALL, print_bytes, done, errand);
    else
        done(data, failure, lost);
}

static void read_logs(struct errand *errand)
{
    int64_t lines = 100;
    const char *text = errand->values[OPTION_LINES];

    if (text && (!number_integer(text, &lines) || lines < 1))
        errand_fail_with(errand, EXIT_USAGE, "\"%s\" is not a number of lines", text);
    else if (errand_has(errand, OPTION_FOLLOW))
        errand->call = modal_sandbox_follow(errand->sandbox, print_bytes, followed, errand);
    else
        errand->call = modal_sandbox_stored_logs(errand->sandbox, (size_t)lines, print_bytes, done, errand);
}

/* By its id it need not run any more; a name belongs to one that runs. */
void verb_logs(struct errand *errand)
{
    errand_attach(errand, errand->words[0], false, read_logs);
}
