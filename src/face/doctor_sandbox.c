/* doctor_sandbox.c - a sandbox of the configured backend, whichever it is: made, used, terminated. */
#include "face/doctor.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/conf.h"
#include "loop/loop.h"
#include "sandbox/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE = 60 * 1000, OUTPUT_BYTES = 256 * 1024 };

/* --- the start --- */

/* The step that has just ended, with its time. */
static void end_step(struct doctor *doctor)
{
    char span[CLOCK_TEXT];

    if (!doctor->opening || !*doctor->step_words)
        return;
    clock_format_span(clock_steady() - doctor->step_began, span);
    finding_detail(doctor->opening, "%s: %s", doctor->step_words, span);
    doctor->step_words[0] = '\0';
}

static void progress(void *data, const char *step, const char *detail)
{
    struct doctor *doctor = data;

    char *text = xasprintf("a sandbox is made: %s%s%s", step, detail ? ": " : "", detail ? detail : "");

    doctor_show(doctor, text);
    free(text);
    if (strcmp(doctor->step_words, step) == 0)
        return;
    end_step(doctor);
    snprintf(doctor->step_words, sizeof doctor->step_words, "%s", step);
    doctor->step_began = clock_steady();
}

static void ready(void *data)
{
    struct doctor *doctor = data;

    end_step(doctor);
    doctor->ready = true;
}

static void gone(void *data, const char *sentence)
{
    struct doctor *doctor = data;

    free(doctor->sandbox_failed);
    doctor->sandbox_failed = xstrdup(sentence);
    doctor->ready = true; /* nothing more is to be waited for */
}

/* What every exec of a session gets: the fixed part, what is passed through, what is set. */
static void make_environment(struct doctor *doctor)
{
    static const char *const fixed[] = { "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/root", "LANG=C.UTF-8",
                                         "TERM=dumb" };
    const char *const *passed = conf_list(doctor->setup.conf, "terminal.env_passthrough");
    const char *const *given = conf_list(doctor->setup.conf, "terminal.env");
    size_t count = 0, capacity = 0;

    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
        doctor->environment =
            array_reserve(doctor->environment, &capacity, count + 2, sizeof *doctor->environment);
        doctor->environment[count++] = xstrdup(fixed[i]);
    }
    for (size_t i = 0; passed[i]; i++)
        if (getenv(passed[i])) {
            doctor->environment =
                array_reserve(doctor->environment, &capacity, count + 2, sizeof *doctor->environment);
            doctor->environment[count++] = xasprintf("%s=%s", passed[i], getenv(passed[i]));
        }
    for (size_t i = 0; given[i]; i++) { /* "NAME: value" */
        const char *colon = strstr(given[i], ": ");
        doctor->environment =
            array_reserve(doctor->environment, &capacity, count + 2, sizeof *doctor->environment);
        if (colon)
            doctor->environment[count++] = xasprintf("%.*s=%s", (int)(colon - given[i]), given[i], colon + 2);
    }
    doctor->environment[count] = NULL;
}

static bool make_state_folder(struct doctor *doctor, struct error *error)
{
    char *state = path_state();
    bool made = path_make_folders(state, error);

    if (made) {
        doctor->state = xasprintf("%s/doctor-XXXXXX", state);
        made = mkdtemp(doctor->state) != NULL || error_set(error, "A folder in %s cannot be made", state);
    }
    free(state);
    return made;
}

static void open_sandbox(struct doctor *doctor)
{
    static const struct sandbox_open_events events = { progress, ready, gone, gone };
    const struct conf *conf = doctor->setup.conf;
    char *folder = path_join(doctor->state, "sandbox");
    bool passed = conf_list(conf, "terminal.env_passthrough")[0];
    struct sandbox_options options = {
        .backend = conf_text(conf, "terminal.backend"),
        .state_folder = folder,
        .workspace = conf_text(conf, "terminal.cwd"),
        .environment = passed ? (const char *const *)doctor->environment : NULL,
        .network = conf_boolean(conf, "terminal.network"),
        .memory = conf_integer(conf, "terminal.memory"),
        .processes = conf_integer(conf, "terminal.processes"),
        .file_size = conf_integer(conf, "terminal.file_size"),
        .cpu = conf_number(conf, "terminal.cpu"),
        .label = "doctor",
        .conf = conf,
    };

    doctor->sandbox = sandbox_open(doctor->setup.loop, &options, &events, doctor);
    free(folder);
}

void doctor_check_sandbox(struct doctor *doctor, struct finding *finding)
{
    struct error error = ERROR_INIT;

    if (!make_state_folder(doctor, &error)) {
        finding_fail(finding, "make room there, or set XDG_STATE_HOME", "%s", error_message(&error));
        error_clear(&error);
        return;
    }
    make_environment(doctor);
    doctor->opening = finding;
    open_sandbox(doctor);
    doctor_wait(doctor, &doctor->ready, 0);
    doctor->opening = NULL;
    if (doctor->sandbox_failed) {
        finding_fail(finding,
                     "what to do stands in the sentence above; sandgate.yaml(5) has the options of terminal",
                     "%s", doctor->sandbox_failed);
    } else if (!doctor->ready) {
        finding_fail(finding, NULL, "interrupted while it was started");
    } else {
        const struct sandbox_facts *facts = sandbox_facts(doctor->sandbox);
        finding_ok(finding, "%s, %s; network %s", facts->backend, facts->limits ? facts->limits : "",
                   facts->network_words ? facts->network_words : "");
        if (*facts->id)
            finding_detail(finding, "id %s", facts->id);
    }
}

/* --- commands --- */

struct run {
    struct buffer *out;
    struct sandbox_exec_result result;
    char *sentence;
    bool done;
};

static void output(void *data, bool is_error, const char *bytes, size_t length)
{
    struct run *run = data;

    (void)is_error;
    buffer_append(run->out, bytes, length);
}

static void done(void *data, const struct sandbox_exec_result *result)
{
    struct run *run = data;

    run->result = *result;
    run->sentence = xstrdup_or_null(result->sentence);
    run->done = true;
}

static char *sentence_of(const struct run *run)
{
    if (run->sentence)
        return xstrdup(run->sentence);
    if (run->result.end == SANDBOX_SIGNALLED)
        return xasprintf("the command was ended by signal %d", run->result.signal);
    return run->result.end == SANDBOX_TIMED_OUT ? NULL : xstrdup("the command was cancelled");
}

static void started(void *data)
{
    (void)data;
}

bool doctor_run(struct doctor *doctor, const char *script, int64_t timeout, struct buffer *out, int *code,
                char **failed)
{
    static const struct sandbox_exec_events events = { started, output, done };
    const char *const argv[] = { "/bin/bash", "--noprofile", "--norc", "-c", script, NULL };
    struct run run = { .out = out };
    char *id = xasprintf("doctor-%lld-%d", (long long)clock_wall(), ++doctor->next_exec);
    struct sandbox_exec_spec spec = { .exec_id = id,
                                      .argv = argv,
                                      .environment = (const char *const *)doctor->environment,
                                      .timeout = timeout };

    *failed = doctor->sandbox_failed ? xstrdup(doctor->sandbox_failed) : NULL;
    if (!*failed) {
        struct sandbox_exec *exec = sandbox_exec(doctor->sandbox, &spec, &events, &run);
        doctor_wait(doctor, &run.done, timeout + PATIENCE);
        if (!run.done) {
            sandbox_exec_forget(exec);
            *failed = xstrdup("the command did not end");
        } else if (run.result.end != SANDBOX_EXITED) {
            *failed = sentence_of(&run);
        }
    }
    bool fine = run.done && run.result.end == SANDBOX_EXITED;
    *code = fine ? run.result.code : -1;
    free(run.sentence);
    free(id);
    return fine;
}

void doctor_check_command(struct doctor *doctor, struct finding *finding)
{
    struct buffer out;
    char *failed;
    int code;

    buffer_init(&out, OUTPUT_BYTES);
    bool ran = doctor_run(doctor, "printf 'out %s\\n' $((6 * 7)); printf 'error\\n' >&2; exit 3", 30000, &out,
                          &code, &failed);
    if (!ran)
        finding_fail(finding, "the image needs /bin/bash; look at the sandbox's limits", "%s",
                     failed ? failed : "a command that prints two lines took over 30 seconds");
    else if (code != 3 || !strstr(out.data, "out 42\n") || !strstr(out.data, "error\n"))
        finding_fail(finding, "try another image, or tell the makers of sandgate",
                     "the command ended with %d and printed: %s", code, out.data);
    else
        finding_ok(finding, "output, errors and exit code come back");
    free(failed);
    buffer_release(&out);
}

/* --- files --- */

struct answer {
    bool come;
    char *failed;
    struct buffer bytes;
};

static void answered(void *data, const struct sandbox_answer *from)
{
    struct answer *answer = data;

    answer->come = true;
    free(answer->failed);
    answer->failed = xstrdup_or_null(from->failed);
    if (from->bytes)
        buffer_append(&answer->bytes, from->bytes, from->length);
}

/* True: it went well; else the finding has failed. */
static bool wait_answer(struct doctor *doctor, struct sandbox_request *request, struct answer *answer,
                        const char *what, struct finding *finding)
{
    doctor_wait(doctor, &answer->come, PATIENCE);
    if (!answer->come)
        sandbox_request_cancel(request);
    bool fine = answer->come && !answer->failed;
    if (!fine)
        finding_fail(finding, "look at terminal.cwd, and at the room on the disk", "%s: %s", what,
                     answer->failed ? answer->failed : "no answer came in a minute");
    answer->come = false;
    return fine;
}

static bool check_content(struct doctor *doctor, const char *path, const struct buffer *wanted,
                          struct answer *answer, struct finding *finding)
{
    struct sandbox_request *request =
        sandbox_read(doctor->sandbox, path, 0, wanted->length + 1, false, answered, answer);

    if (!wait_answer(doctor, request, answer, "a file cannot be read", finding))
        return false;
    if (answer->bytes.length == wanted->length &&
        memcmp(answer->bytes.data, wanted->data, wanted->length) == 0)
        return true;
    finding_fail(finding, "tell the makers of sandgate",
                 "a file was read back with other bytes than were written");
    return false;
}

/* The command must see what the file interface wrote. */
static bool check_from_inside(struct doctor *doctor, const char *path, size_t size, struct finding *finding)
{
    char *script = xasprintf("printf '%%s\\n' $(($(wc -c <'%s')))", path), *wanted = xasprintf("%zu\n", size),
         *failed;
    struct buffer out;
    int code;

    buffer_init(&out, OUTPUT_BYTES);
    bool same = doctor_run(doctor, script, 30000, &out, &code, &failed) && strcmp(out.data, wanted) == 0;
    if (!same)
        finding_fail(finding, "tell the makers of sandgate",
                     "a command sees another file than was written: %s", failed ? failed : out.data);
    free(script);
    free(wanted);
    free(failed);
    buffer_release(&out);
    return same;
}

void doctor_check_files(struct doctor *doctor, struct finding *finding)
{
    struct answer answer = { .bytes = BUFFER_INIT };
    struct buffer content = BUFFER_INIT;
    char *path = path_join(conf_text(doctor->setup.conf, "terminal.cwd"), ".sandgate-doctor");

    for (int i = 0; i < 100000; i++)
        buffer_append_byte(&content, (char)(i * 7 + i / 256));
    if (doctor->sandbox_failed) {
        finding_fail(finding, NULL, "%s", doctor->sandbox_failed);
    } else if (wait_answer(doctor,
                           sandbox_write(doctor->sandbox, path, content.data, content.length, NULL, answered,
                                         &answer),
                           &answer, "a file cannot be written", finding) &&
               check_content(doctor, path, &content, &answer, finding) &&
               check_from_inside(doctor, path, content.length, finding) &&
               wait_answer(doctor, sandbox_remove(doctor->sandbox, path, false, answered, &answer), &answer,
                           "the file cannot be removed", finding)) {
        finding_ok(finding, "%zu bytes went there and back, and a command saw them", content.length);
    }
    free(path);
    free(answer.failed);
    buffer_release(&answer.bytes);
    buffer_release(&content);
}

/* --- the end --- */

struct leaving {
    bool left;
    char *failed;
};

static void left(void *data, const char *failed)
{
    struct leaving *leaving = data;

    leaving->left = true;
    leaving->failed = xstrdup_or_null(failed);
}

void doctor_check_end(struct doctor *doctor, struct finding *finding)
{
    struct leaving leaving = { 0 };

    if (doctor->sandbox_failed) {
        finding_fail(finding, "start doctor again", "it ended by itself: %s", doctor->sandbox_failed);
        return;
    }
    sandbox_leave(doctor->sandbox, SANDBOX_TERMINATE, left, &leaving);
    doctor_wait(doctor, &leaving.left, PATIENCE);
    if (!leaving.left || leaving.failed)
        finding_fail(finding, "end it by hand, so that it costs nothing: `sandgate sandbox stop`", "%s",
                     leaving.failed ? leaving.failed : "no answer came in a minute");
    else
        finding_ok(finding, "nothing is left running");
    sandbox_free(doctor->sandbox);
    doctor->sandbox = NULL;
    free(leaving.failed);
}

/* Also after an interrupt, in the midst of its start: what was made is ended.  Another interrupt gives up. */
void doctor_release_sandbox(struct doctor *doctor)
{
    struct leaving leaving = { 0 };

    if (doctor->sandbox && !doctor->sandbox_failed) {
        doctor->interrupted = false;
        sandbox_leave(doctor->sandbox, SANDBOX_TERMINATE, left, &leaving);
        doctor_wait(doctor, &leaving.left, PATIENCE);
        if (!leaving.left || leaving.failed)
            fprintf(stderr,
                    "sandgate doctor: the sandbox may still be running; see `sandgate sandbox list`\n");
    }
    sandbox_free(doctor->sandbox);
    doctor->sandbox = NULL;
    if (doctor->state)
        path_remove_tree(doctor->state, NULL);
    for (char **variable = doctor->environment; variable && *variable; variable++) {
        explicit_bzero(*variable, strlen(*variable));
        free(*variable);
    }
    free(doctor->environment);
    free(doctor->sandbox_failed);
    free(doctor->state);
    free(leaving.failed);
}
