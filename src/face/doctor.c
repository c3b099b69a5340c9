/* doctor.c - the table of checks, what they need, and how findings are told. */
#include "face/doctor.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/visible.h"
#include "conf/conf.h"
#include "face/faces.h"
#include "loop/loop.h"
#include "modal/settings.h"
#include "wire/http.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct check {
    const char *name, *title;
    const char *needs; /* the name of a check above that must not have failed; NULL: none */
    void (*run)(struct doctor *doctor, struct finding *finding);
};

static const struct check checks[] = {
    { "configuration", "the configuration is valid", NULL, doctor_check_configuration },
    { "trust", "nothing of the project's file waits for trust", "configuration", doctor_check_trust },
    { "passthrough", "no credential is passed into the sandbox", "configuration", doctor_check_passthrough },
    { "modes", "files with secrets are the person's alone", NULL, doctor_check_modes },
    { "tracked-files", "no token is in a tracked file of the project", NULL, doctor_check_tracked },
    { "terminal", "the terminal can show the workbench", NULL, doctor_check_terminal },
    { "model", "the model's server answers", "configuration", doctor_check_model },
    { "token", "there is a token for Modal", "configuration", doctor_check_token },
    { "account", "Modal takes the token", "token", doctor_check_account },
    { "sandbox", "a sandbox is made", "account", doctor_check_sandbox },
    { "command", "a command runs in it", "sandbox", doctor_check_command },
    { "files", "a file is written and read", "sandbox", doctor_check_files },
    { "workdir", "commands start in the workspace, not in /root", "command", doctor_check_workdir },
    { "environment", "commands see the listed variables and no others", "command", doctor_check_environment },
    { "network", "the network is as configured", "command", doctor_check_network },
    { "host", "commands cannot reach this machine", "command", doctor_check_host },
    { "end", "the sandbox is terminated", "sandbox", doctor_check_end },
};

enum { CHECKS = ARRAY_SIZE(checks) };

const struct face_option doctor_options[] = {
    { "json", 'j', NULL, "The findings as one JSON object." },
    { 0 },
};

/* --- telling --- */

static void finding_release(struct finding *finding)
{
    free(finding->words);
    free(finding->remedy);
    buffer_release(&finding->details);
}

static const char *state_word(enum finding_state state)
{
    static const char *const words[] = { "ok", "warning", "failed", "skipped" };

    return words[state];
}

enum { LIVE_COLUMNS = 72 };

static void hide_live(const struct doctor *doctor)
{
    if (doctor->live)
        fputs("\r\033[K", stderr);
}

void doctor_show(const struct doctor *doctor, const char *text)
{
    size_t length = strlen(text);
    struct glyph glyph;
    int columns = 0;

    if (!doctor->live)
        return;
    hide_live(doctor);
    fputs("...      ", stderr);
    for (; length && columns < LIVE_COLUMNS; text += glyph.bytes, length -= glyph.bytes) {
        visible_next(text, length, &glyph);
        fputs(glyph.columns ? glyph.text : " ", stderr);
        columns += glyph.columns ? glyph.columns : 1;
    }
}

/* TEXT line by line, each behind INDENT, safe for the terminal. */
static void print_lines(const char *indent, const char *text)
{
    while (*text) {
        struct buffer line = BUFFER_INIT;
        size_t length = strcspn(text, "\n");
        visible_line(&line, text, length);
        printf("%s%s\n", indent, line.data);
        buffer_release(&line);
        text += length + (text[length] == '\n');
    }
}

static void print_finding(const struct check *check, const struct finding *finding)
{
    printf("%-8s %s\n", state_word(finding->state), check->title);
    if (finding->words && *finding->words)
        print_lines("         ", finding->words);
    print_lines("           ", finding->details.data);
    if (finding->remedy) {
        char *remedy = xasprintf("To do: %s", finding->remedy);
        print_lines("         ", remedy);
        free(remedy);
    }
    fflush(stdout);
}

static struct json *finding_json(const struct check *check, const struct finding *finding)
{
    struct json *object = json_new_object(), *details = json_new_array();

    for (const char *line = finding->details.data; *line; line += strcspn(line, "\n") + 1)
        json_add(details, json_new_text_length(line, strcspn(line, "\n")));
    json_set_text(object, "check", check->name);
    json_set_text(object, "title", check->title);
    json_set_text(object, "state", state_word(finding->state));
    json_set_text(object, "words", finding->words ? finding->words : "");
    json_set_text(object, "remedy", finding->remedy);
    json_set(object, "details", details);
    json_set_integer(object, "milliseconds", finding->milliseconds);
    return object;
}

static void print_json(const struct finding *findings, bool passed)
{
    struct json *object = json_new_object(), *list = json_new_array();

    for (size_t i = 0; i < CHECKS; i++)
        json_add(list, finding_json(&checks[i], &findings[i]));
    json_set_boolean(object, "ok", passed);
    json_set(object, "checks", list);
    char *text = json_print(object);
    puts(text);
    free(text);
    json_free(object);
}

static void print_sum(const struct finding *findings)
{
    size_t counts[4] = { 0 };

    for (size_t i = 0; i < CHECKS; i++)
        counts[findings[i].state]++;
    printf("\n%zu ok, %zu warnings, %zu failed, %zu skipped.\n", counts[FINDING_OK], counts[FINDING_WARNING],
           counts[FINDING_FAILED], counts[FINDING_SKIPPED]);
}

/* --- running --- */

static void interrupted(void *data, int signal)
{
    (void)signal;
    ((struct doctor *)data)->interrupted = true;
}

static void time_is_over(void *data)
{
    struct loop_timer **timer = data;

    *timer = NULL;
}

bool doctor_wait(struct doctor *doctor, const bool *done, int64_t timeout)
{
    struct loop_timer *timer = NULL;

    if (timeout)
        timer = loop_timer_add(doctor->setup.loop, timeout, time_is_over, &timer);
    while (!*done && !doctor->interrupted && (!timeout || timer))
        loop_turn(doctor->setup.loop, -1);
    loop_timer_cancel(timer);
    return *done && !doctor->interrupted;
}

static const struct finding *finding_of(const struct finding *findings, const char *name)
{
    for (size_t i = 0; i < CHECKS; i++)
        if (strcmp(checks[i].name, name) == 0)
            return &findings[i];
    bug("there is no check %s", name);
}

/* The check that failed and that CHECK needs, at however many hands; NULL: none.  One that was skipped for its
 * own good reason (no account is needed here) is no hindrance. */
static const char *hindrance(const struct check *check, const struct finding *findings)
{
    for (const char *needs = check->needs; needs;) {
        const struct finding *finding = finding_of(findings, needs);
        if (finding->state == FINDING_FAILED)
            return needs;
        needs = checks[finding - findings].needs;
    }
    return NULL;
}

static void run_check(struct doctor *doctor, size_t at, struct finding *findings)
{
    struct finding *finding = &findings[at];
    const char *failed = hindrance(&checks[at], findings);
    int64_t began = clock_steady();

    finding->state = FINDING_SKIPPED;
    if (doctor->interrupted)
        finding_skip(finding, "interrupted");
    else if (failed)
        finding_skip(finding, "not tried, because \"%s\" failed", failed);
    else
        checks[at].run(doctor, finding);
    finding->milliseconds = clock_steady() - began;
}

static int run_checks(struct doctor *doctor, bool json)
{
    struct finding findings[CHECKS];
    bool passed = true;

    for (size_t i = 0; i < CHECKS; i++) {
        findings[i] = (struct finding){ .details = BUFFER_INIT };
        doctor_show(doctor, checks[i].title);
        run_check(doctor, i, findings);
        hide_live(doctor);
        passed = passed && findings[i].state != FINDING_FAILED && findings[i].state != FINDING_WARNING;
        if (!json)
            print_finding(&checks[i], &findings[i]);
    }
    passed = passed && !doctor->interrupted;
    if (json)
        print_json(findings, passed);
    else
        print_sum(findings);
    for (size_t i = 0; i < CHECKS; i++)
        finding_release(&findings[i]);
    return doctor->interrupted ? EXIT_INTERRUPTED : passed ? EXIT_FINE : EXIT_REFUSED;
}

static void doctor_release(struct doctor *doctor)
{
    doctor_release_sandbox(doctor);
    if (doctor->modal)
        modal_settings_release(doctor->modal);
    free(doctor->modal);
    setup_release(&doctor->setup);
}

int face_doctor(int argc, char **argv, const struct face *face)
{
    struct arguments arguments;
    struct doctor doctor = { .arguments = &arguments };
    int code;

    if (!arguments_read(&arguments, argc, argv, face, &code))
        return code;
    if (arguments.word_count > 1) {
        fprintf(stderr, "sandgate doctor: \"%s\" is one argument too many; see sandgate doctor --help\n",
                arguments.words[1]);
        arguments_release(&arguments);
        return EXIT_USAGE;
    }
    doctor.folder = arguments.word_count ? arguments.words[0] : NULL;
    doctor.setup.loop = loop_new();
    setup_signal(&doctor.setup, SIGINT, interrupted, &doctor);
    setup_signal(&doctor.setup, SIGTERM, interrupted, &doctor);
    doctor.setup.http = http_new(doctor.setup.loop);
    const char *type = getenv("TERM");
    bool json = arguments_value(&arguments, face, "json");
    doctor.live = !json && isatty(STDERR_FILENO) && type && strcmp(type, "dumb") != 0;
    code = run_checks(&doctor, json);
    doctor_release(&doctor);
    arguments_release(&arguments);
    return fflush(stdout) == 0 ? code : EXIT_INTERNAL;
}
