/* doctor.h - sandgate doctor: checks of a deployment, one after the other; each ends in a finding with a remedy.
 *
 * A check is a row of the table in doctor.c and a function in one of the doctor_*.c.  It may turn the loop until
 * what it asked for has come (doctor_wait): no callback runs a check. */
#ifndef SANDGATE_FACE_DOCTOR_H
#define SANDGATE_FACE_DOCTOR_H

#include "base/buffer.h"
#include "face/setup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct modal_settings;
struct sandbox;

enum finding_state {
    FINDING_OK,
    FINDING_WARNING, /* it works, and something should be done about it */
    FINDING_FAILED,
    FINDING_SKIPPED, /* there is nothing to check here, or what it needs has failed */
};

struct finding {
    enum finding_state state;
    char *words;           /* what was found */
    char *remedy;          /* what to do; NULL: nothing */
    struct buffer details; /* lines */
    int64_t milliseconds;
};

struct doctor {
    struct setup setup; /* configuration, loop, HTTP: no session */
    const struct arguments *arguments;
    const char *folder; /* as on the command line; NULL: the current directory */
    bool interrupted;
    bool live;                    /* a line on standard error says what is going on */
    struct modal_settings *modal; /* read by the check of the token; NULL: not read */

    /* the sandbox */
    char *state; /* its folder on this machine */
    struct sandbox *sandbox;
    char **environment; /* of every exec, NAME=value */
    bool ready;
    char *sandbox_failed; /* also: it was lost */
    const char *step;     /* of its start; points into step_words */
    char step_words[128];
    int64_t step_began;
    int next_exec;
    struct finding *opening; /* while it starts: steps become details */
};

/* Each sets the finding; the later one wins, but a warning does not take back a failure. */
void finding_ok(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_skip(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_warn(struct finding *finding, const char *remedy, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void finding_fail(struct finding *finding, const char *remedy, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A line more. */
void finding_detail(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Turns the loop until *DONE, at most TIMEOUT milliseconds (0: any time). False: not done, or interrupted. */
bool doctor_wait(struct doctor *doctor, const bool *done, int64_t timeout);

/* What is going on, on one line until something else is printed; TEXT may be foreign. */
void doctor_show(const struct doctor *doctor, const char *text);

/* The checks: doctor_settings.c */
void doctor_check_configuration(struct doctor *doctor, struct finding *finding);
void doctor_check_trust(struct doctor *doctor, struct finding *finding);
void doctor_check_passthrough(struct doctor *doctor, struct finding *finding);
void doctor_check_modes(struct doctor *doctor, struct finding *finding);
/* doctor_services.c */
void doctor_check_token(struct doctor *doctor, struct finding *finding);
void doctor_check_account(struct doctor *doctor, struct finding *finding);
void doctor_check_model(struct doctor *doctor, struct finding *finding);
/* doctor_sandbox.c */
void doctor_check_sandbox(struct doctor *doctor, struct finding *finding);
void doctor_check_command(struct doctor *doctor, struct finding *finding);
void doctor_check_files(struct doctor *doctor, struct finding *finding);
void doctor_check_end(struct doctor *doctor, struct finding *finding);
void doctor_release_sandbox(struct doctor *doctor);
/* doctor_walls.c */
void doctor_check_network(struct doctor *doctor, struct finding *finding);
void doctor_check_host(struct doctor *doctor, struct finding *finding);
void doctor_check_workdir(struct doctor *doctor, struct finding *finding);
void doctor_check_environment(struct doctor *doctor, struct finding *finding);
/* doctor_tracked.c */
void doctor_check_tracked(struct doctor *doctor, struct finding *finding);
/* doctor_terminal.c */
void doctor_check_terminal(struct doctor *doctor, struct finding *finding);

/* Runs SCRIPT in the sandbox as every script is run.  False: it was not run to its end (a sentence in FAILED,
 * which is freed by the caller; NULL: TIMEOUT milliseconds were over).  OUT: what it printed to both. */
bool doctor_run(struct doctor *doctor, const char *script, int64_t timeout, struct buffer *out, int *code,
                char **failed);

#endif
