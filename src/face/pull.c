/* pull.c - `sandgate pull`: finds the session, opens its sandbox again, compares, asks, applies.
 *
 * The session's lease is held all the while, so nothing runs in the sandbox: what the person reads is what is
 * brought back.  Each change that was applied is noted in the session's manifest at once, so a pull that is
 * broken off goes on from there. */
#include "face/pull.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/visible.h"
#include "face/found_sandbox.h"
#include "face/pull_hunks.h"
#include "face/pull_show.h"
#include "loop/loop.h"
#include "matter/event.h"
#include "sandbox/sync.h"
#include "store/store.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DONE = 0, FAILED = 1, USAGE = 2, LEFT = 10 };

static const char help[] =
    "usage: sandgate pull [ID] [--list] [--all] [--yes] [--json]\n"
    "\n"
    "Shows what a session changed in its sandbox since the folder was copied there, file by file, and "
    "brings\n"
    "back what you choose, a text hunk by hunk if you like. A file that you changed yourself meanwhile is a\n"
    "conflict and stays as it is; so does what changed in .git, and what the ignore files of the folder "
    "name.\n"
    "ID is the beginning of a session's id; default: the newest session of the current folder.\n"
    "\n"
    "  --list  one line for each change; nothing is brought back\n"
    "  --all   shows each change and brings it back without asking\n"
    "  --yes   the same, with no more than a line for each\n"
    "  --json  the changes as a JSON array; brings back only with --all or --yes\n"
    "\n"
    "Without a terminal to ask on, and without --all or --yes, it only lists.\n"
    "Exit: 0 brought back, or nothing to do; 1 it failed; 2 wrong usage; 10 some changes could not be "
    "brought\n"
    "back.\n";

struct pull {
    const char *id; /* as given, NULL: none */
    bool list, all, yes, json;

    struct loop *loop;
    struct store *store;
    struct sync *sync;
    char session[SESSION_ID_TEXT];
    char *folder;              /* on the host */
    char *backend, *workspace; /* as the session's events say */
    char *state, *manifest;    /* on the host, in the session's folder */
    struct sandbox_record record;
    bool over;
    struct error *error;

    FILE *terminal; /* to ask on, NULL: there is none */
    bool colour;
    bool rest, stop;    /* the person wants all the rest, or no more */
    struct json *array; /* --json */
    size_t applied, left, conflicts, failures;
};

/* --- the session --- */

static bool take_first(void *data, const struct store_session *session)
{
    struct pull *pull = data;
    memcpy(pull->session, session->id, sizeof(pull->session));
    return false;
}

static bool find_session(struct pull *pull, struct error *error)
{
    if (pull->id)
        return store_find(pull->store, pull->id, pull->session, error);
    char *here = realpath(".", NULL);
    if (!here)
        return error_set_errno(error, errno, "the current folder cannot be read");
    bool read = store_sessions(pull->store, here, take_first, pull, error);
    if (read && !pull->session[0])
        error_set(error, "there is no session of %s; sandgate sessions list shows all", here);
    free(here);
    return read && pull->session[0];
}

static void replace_text(char **text, const char *by)
{
    if (!by || !*by)
        return;
    free(*text);
    *text = xstrdup(by);
}

static bool read_event(void *data, const struct event *event)
{
    struct pull *pull = data;
    if (event->type == EVENT_SESSION && !pull->folder)
        replace_text(&pull->folder, json_get_text(event->body, "folder"));
    if (event->type == EVENT_SANDBOX) {
        replace_text(&pull->backend, json_get_text(event->body, "backend"));
        replace_text(&pull->workspace, json_get_text(event->body, "workspace"));
        if (pull->backend)
            sandbox_record_take(&pull->record, pull->backend, event);
    }
    return true;
}

static struct found_wish wish_of(const struct pull *pull)
{
    return (struct found_wish){ .loop = pull->loop,
                                .session = pull->session,
                                .folder = pull->folder,
                                .backend = pull->backend ? pull->backend : "",
                                .workspace = pull->workspace,
                                .state = pull->state,
                                .record = &pull->record };
}

static bool check_session(struct pull *pull, struct error *error)
{
    if (!pull->folder || !pull->workspace || access(pull->manifest, F_OK) != 0)
        return error_set(error, "session %s copied no folder into a sandbox", pull->session);
    if (path_is_demo(pull->folder))
        return error_set(error, "session %s is the demo; its folder is part of the program", pull->session);
    struct found_wish wish = wish_of(pull);
    return found_sandbox_possible(&wish, error);
}

static bool read_session(struct pull *pull, struct error *error)
{
    char *folder = store_session_folder(pull->store, pull->session);
    pull->state = path_join(folder, "sandbox");
    pull->manifest = path_join(folder, "manifest.json");
    free(folder);
    return store_events(pull->store, pull->session, read_event, pull, error) && check_session(pull, error);
}

/* --- choosing --- */

static char ask(struct pull *pull, const struct sync_change *change, bool hunks)
{
    struct buffer name = BUFFER_INIT;
    visible_line(&name, change->path, strlen(change->path));
    printf("%s %s? [y]es, [n]o, %s[a]ll the rest, [q]uit: ",
           change->kind == SYNC_DELETED ? "Delete" : "Bring back", name.data,
           hunks ? "[h]unk by hunk, " : "");
    buffer_release(&name);
    return pull_answer(pull->terminal);
}

/* What of CHANGE is brought back; NULL: nothing. PART is where a part of it is kept. */
static const struct sync_change *choose(struct pull *pull, const struct sync_change *change,
                                        struct sync_change *part)
{
    if (pull->all || pull->yes || pull->rest)
        return change;
    bool hunks = pull_has_hunks(change);
    for (;;) {
        switch (ask(pull, change, hunks)) {
        case 'y':
            return change;
        case 'n':
            return NULL;
        case 'h':
            if (hunks)
                return pull_choose_hunks(pull->terminal, change, pull->colour, part) ? part : NULL;
            break;
        case 'a':
            pull->rest = true;
            return change;
        case 'q':
            pull->stop = true;
            return NULL;
        default:
            break;
        }
    }
}

/* --- one change --- */

static void complain(const struct error *error)
{
    struct buffer shown = BUFFER_INIT;
    visible_text(&shown, error_message(error), strlen(error_message(error)));
    fflush(stdout);
    fprintf(stderr, "sandgate pull: %s\n", shown.data);
    buffer_release(&shown);
}

static bool apply(struct pull *pull, const struct sync_change *change)
{
    struct error error = ERROR_INIT;
    bool applied = sync_apply(pull->folder, change, &error);
    bool recorded = applied && sync_record(pull->manifest, change, &error);
    pull->applied += applied;
    if (!recorded) {
        complain(&error);
        pull->conflicts += !applied && error.number == 0;
        pull->failures += applied || error.number != 0;
    }
    error_clear(&error);
    return applied;
}

static bool only_lists(const struct pull *pull)
{
    return pull->list || (!pull->all && !pull->yes && (!pull->terminal || pull->json));
}

static void show(const struct pull *pull, const struct sync_change *change)
{
    if (pull->json)
        return;
    if (only_lists(pull) || pull->yes)
        pull_show_line(stdout, change);
    else
        pull_show(stdout, change, pull->colour);
}

static bool is_about_git(const struct sync_change *change)
{
    return strcmp(path_name(change->path), ".git") == 0;
}

static void handle(struct pull *pull, const struct sync_change *change)
{
    bool applied = false;
    struct sync_change part = { 0 };
    const struct sync_change *chosen = NULL;
    if (!pull->stop)
        show(pull, change);
    if (!change->why && !only_lists(pull) && !pull->stop)
        chosen = choose(pull, change, &part);
    if (change->why)
        pull->conflicts += !is_about_git(change);
    else if (chosen)
        applied = apply(pull, chosen);
    else
        pull->left++;
    if (chosen == &part)
        free(part.after);
    if (pull->json)
        json_add(pull->array, pull_show_json(change, applied));
}

static void summarize(const struct pull *pull, size_t count)
{
    if (pull->json) {
        char *text = json_print(pull->array);
        puts(text);
        free(text);
    } else if (count == 0) {
        puts("Nothing changed in the sandbox that is not in the folder too.");
    } else if (!only_lists(pull)) {
        printf("%zu brought back, %zu left, %zu in conflict or refused\n", pull->applied, pull->left,
               pull->conflicts);
    }
}

static void compared(void *data, const struct sync_change *changes, size_t count, const char *failed)
{
    struct pull *pull = data;
    pull->sync = NULL;
    pull->over = true;
    if (failed) {
        error_set(pull->error, "%s", failed);
        return;
    }
    pull->array = json_new_array();
    for (size_t i = 0; i < count; i++)
        handle(pull, &changes[i]);
    summarize(pull, count);
    json_free(pull->array);
}

/* --- the sandbox --- */

static void sandbox_ready(void *data, struct sandbox *sandbox)
{
    struct pull *pull = data;
    pull->sync =
        sync_compare(pull->loop, sandbox, pull->folder, pull->workspace, pull->manifest, compared, pull);
}

static void sandbox_gone(void *data, const char *sentence)
{
    struct pull *pull = data;
    sync_cancel(pull->sync);
    pull->sync = NULL;
    pull->over = true;
    error_set(pull->error, "%s", sentence);
}

static void notice(void *data, const char *sentence)
{
    struct buffer shown = BUFFER_INIT;
    (void)data;
    visible_text(&shown, sentence, strlen(sentence));
    fprintf(stderr, "sandgate pull: %s\n", shown.data);
    buffer_release(&shown);
}

static void work_in_sandbox(struct pull *pull)
{
    static const struct found_events events = { sandbox_ready, sandbox_gone, notice };
    struct found_wish wish = wish_of(pull);
    struct found_sandbox *found = found_sandbox_open(&wish, &events, pull, pull->error);
    while (found && !pull->over)
        loop_turn(pull->loop, -1);
    found_sandbox_close(found, pull->error);
}

/* --- from end to end --- */

static bool work(struct pull *pull, struct error *error)
{
    if (!find_session(pull, error))
        return false;
    struct store_lease *lease = store_lease_take(pull->store, pull->session, error);
    if (!lease)
        return false;
    pull->error = error;
    if (read_session(pull, error))
        work_in_sandbox(pull);
    store_lease_free(lease);
    if (!error->message && (fflush(stdout) != 0 || ferror(stdout)))
        error_set_errno(error, errno, "cannot write to standard output");
    return !error->message;
}

static void open_terminal(struct pull *pull)
{
    const char *no_colour = getenv("NO_COLOR");
    bool shown = isatty(STDOUT_FILENO);
    pull->colour = shown && !(no_colour && *no_colour);
    if (shown && isatty(STDIN_FILENO))
        pull->terminal = fopen("/dev/tty", "re");
}

static void release(struct pull *pull)
{
    store_close(pull->store);
    sandbox_record_release(&pull->record);
    loop_free(pull->loop);
    free(pull->folder);
    free(pull->backend);
    free(pull->workspace);
    free(pull->state);
    free(pull->manifest);
    if (pull->terminal)
        fclose(pull->terminal);
}

static int run(struct pull *pull)
{
    struct error error = ERROR_INIT;
    char *folder = path_data();
    open_terminal(pull);
    pull->loop = loop_new();
    pull->store = store_open(pull->loop, folder, NULL, NULL, &error);
    bool worked = pull->store && work(pull, &error);
    free(folder);
    if (!worked)
        complain(&error);
    error_clear(&error);
    release(pull);
    return !worked || pull->failures > 0 ? FAILED : pull->conflicts > 0 ? LEFT : DONE;
}

static int wrong_usage(const char *format, const char *value)
{
    fprintf(stderr, "sandgate pull: ");
    fprintf(stderr, format, value);
    fprintf(stderr, "; see sandgate pull --help\n");
    return USAGE;
}

int face_pull(int argc, char **argv)
{
    static const struct option options[] = {
        { "all", no_argument, NULL, 'a' },  { "help", no_argument, NULL, 'h' },
        { "json", no_argument, NULL, 'j' }, { "list", no_argument, NULL, 'l' },
        { "yes", no_argument, NULL, 'y' },  { 0 },
    };
    struct pull pull = { 0 };
    optind = 0; /* main has used getopt before */
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":h", options, NULL)) != -1;) {
        switch (option) {
        case 'a':
            pull.all = true;
            break;
        case 'j':
            pull.json = true;
            break;
        case 'l':
            pull.list = true;
            break;
        case 'y':
            pull.yes = true;
            break;
        case 'h':
            fputs(help, stdout);
            return fflush(stdout) == 0 ? DONE : FAILED;
        default:
            return wrong_usage("there is no option %s", argv[optind - 1]);
        }
    }
    if (argc - optind > 1)
        return wrong_usage("\"%s\" is one argument too many", argv[optind + 1]);
    if (pull.list && (pull.all || pull.yes))
        return wrong_usage("--list brings nothing back, so it goes with no --%s", pull.all ? "all" : "yes");
    pull.id = argv[optind];
    return run(&pull);
}
