/* screen.c - plays screen tests and prints TAP: screen [--show] [--keep] FILE.screen ...
 *
 * A test drives the real program by keys on a terminal of a fixed size and says what must be seen; it never
 * sleeps, it waits for conditions.  What fails is shown with the screen, the difference and how to play it
 * again.  --show prints the screen as it is at the end of each test, to write tests from. */
#include "play.h"
#include "script.h"
#include "steps.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct switches {
    bool show, keep;
};

static void print_failure(const struct play *play, const struct step *step, const char *why, const char *more)
{
    const char *path = play->script->path;
    printf("# %s:%d: %s %s\n# %s\n%s", path, step->line, step->word, step->argument, why, more);
    printf("# again: %s/tests/screen/screen --keep %s\n", SANDGATE_BUILD_FOLDER, path);
}

/* Plays all steps; false when one failed, which is printed. */
static bool play_steps(struct play *play)
{
    bool good = true;
    for (size_t i = 0; good && i < play->script->count && !play->skipped; i++) {
        struct buffer more = BUFFER_INIT;
        struct error error = ERROR_INIT;
        good = steps_play(play, &play->script->steps[i], &more, &error);
        if (!good)
            print_failure(play, &play->script->steps[i], error_message(&error), more.data);
        buffer_release(&more);
        error_clear(&error);
    }
    return good;
}

/* What sanitizers have to say makes any test fail. */
static bool reports_are_empty(const struct play *play)
{
    struct buffer reports = BUFFER_INIT;
    play_reports(play, &reports);
    bool empty = reports.length == 0;
    fputs(reports.data, stdout);
    buffer_release(&reports);
    return empty;
}

static void show_end(struct play *play)
{
    struct step step = { .word = (char[]){ "show" }, .argument = (char[]){ "" } };
    if (play->glass)
        steps_play(play, &step, NULL, NULL);
}

static bool play_script(const struct script *script, const struct switches *switches, char **skipped)
{
    struct play play;
    struct error error = ERROR_INIT;
    bool good = play_init(&play, script, &error);
    if (!good)
        printf("# %s\n", error_message(&error));
    good = good && play_steps(&play);
    if (switches->show)
        show_end(&play);
    good = reports_are_empty(&play) && good;
    if (switches->keep)
        printf("# kept: %s\n", play.folder);
    *skipped = xstrdup_or_null(play.skipped);
    play_release(&play, switches->keep);
    error_clear(&error);
    return good;
}

static bool play_file(int number, const char *path, const struct switches *switches)
{
    struct script script;
    struct error error = ERROR_INIT;
    char *skipped = NULL;
    bool good = script_read(&script, path, &error);
    if (good)
        good = play_script(&script, switches, &skipped);
    else
        printf("# %s: %s\n", path, error_message(&error));
    printf("%sok %d - %s%s%s\n", good ? "" : "not ", number, script.title, skipped ? " # SKIP " : "",
           skipped ? skipped : "");
    fflush(stdout);
    free(skipped);
    error_clear(&error);
    script_release(&script);
    return good;
}

static int print_help(void)
{
    struct buffer steps = BUFFER_INIT;
    steps_help(&steps);
    printf("usage: screen [--show] [--keep] FILE.screen ...\n\nsteps:\n%s", steps.data);
    buffer_release(&steps);
    return 0;
}

int main(int count, char **arguments)
{
    struct switches switches = { 0 };
    int first = 1;
    for (; first < count && arguments[first][0] == '-'; first++) {
        if (strcmp(arguments[first], "--show") == 0)
            switches.show = true;
        else if (strcmp(arguments[first], "--keep") == 0)
            switches.keep = true;
        else
            return print_help();
    }
    utf8_set_locale();
    signal(SIGPIPE, SIG_IGN);
    printf("1..%d\n", count - first);
    int failed = 0;
    for (int i = first; i < count; i++)
        failed += !play_file(i - first + 1, arguments[i], &switches);
    return failed ? 1 : 0;
}
