/* sessions.c - `sandgate sessions VERB`: one row of a table per verb.
 *
 * Ids are found by how they begin.  Whatever was written by a model or by a program is printed through
 * visible.h, or escaped inside JSON: the terminal never gets it raw. */
#include "face/sessions.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "face/sessions_verbs.h"
#include "face/transcript.h"
#include "loop/loop.h"
#include "matter/event.h"
#include "store/store.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DONE = 0, FAILED = 1, USAGE = 2 };

struct request {
    struct store *store;
    bool json;          /* --json */
    const char *format; /* --format, NULL: not given */
};

struct verb {
    const char *name;
    const char *arguments; /* as the help shows them */
    const char *help;
    int ids; /* how many: 0 none, 1 exactly one, 2 one or more */
    bool takes_json, takes_format;
    bool (*run)(const struct request *request, const char *session, struct error *error);
};

static bool run_list(const struct request *request, const char *session, struct error *error)
{
    (void)session;
    return sessions_list(request->store, request->json, error);
}

static bool run_show(const struct request *request, const char *session, struct error *error)
{
    return transcript_write(request->store, session, TRANSCRIPT_TEXT, stdout, error);
}

static bool run_delete(const struct request *request, const char *session, struct error *error)
{
    bool deleted = store_delete(request->store, session, error);
    if (deleted) {
        printf("session %s is deleted\n", session);
    }
    return deleted;
}

/* What cannot be printed is found when the output is flushed. */
static bool print_event(void *data, const struct event *event)
{
    (void)data;
    char *line = event_print(event);
    bool printed = puts(line) >= 0;
    free(line);
    return printed;
}

static bool run_export(const struct request *request, const char *session, struct error *error)
{
    if (request->format && strcmp(request->format, "markdown") == 0) {
        return transcript_write(request->store, session, TRANSCRIPT_MARKDOWN, stdout, error);
    }
    return store_events(request->store, session, print_event, NULL, error);
}

static bool run_verify(const struct request *request, const char *session, struct error *error)
{
    return sessions_verify(request->store, session, error);
}

static const struct verb verbs[] = {
    { "list", "[--json]", "all sessions, the one used last first", 0, true, false, run_list },
    { "show", "ID", "the conversation, to read", 1, false, false, run_show },
    { "delete", "ID...", "the session, its outputs and its workspace, for good", 2, false, false,
      run_delete },
    { "export", "ID [--format jsonl|markdown]",
      "every event, one JSON object a line (default); or a document", 1, false, true, run_export },
    { "verify", "ID...", "that no event and no output was changed since it was written", 2, false, false,
      run_verify },
};

static int print_help(void)
{
    printf("usage: sandgate sessions VERB\n\n");
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
        printf("  %-6s %-29s %s\n", verbs[i].name, verbs[i].arguments, verbs[i].help);
    }
    printf("\nID is the beginning of a session's id, as much of it as no other session shares.\n");
    return DONE;
}

static int wrong_usage(const char *format, const char *value)
{
    fprintf(stderr, "sandgate sessions: ");
    fprintf(stderr, format, value);
    fprintf(stderr, "; see sandgate sessions --help\n");
    return USAGE;
}

static int fail(struct error *error)
{
    fprintf(stderr, "sandgate sessions: %s\n", error_message(error));
    error_clear(error);
    return FAILED;
}

/* An id is found anew right before its turn: one that was just deleted is not there any more. */
static bool run_verb(const struct verb *verb, const struct request *request, char **ids, int count,
                     struct error *error)
{
    char session[SESSION_ID_TEXT] = "";
    if (verb->ids == 0) {
        return verb->run(request, session, error);
    }
    for (int i = 0; i < count; i++) {
        if (!store_find(request->store, ids[i], session, error) || !verb->run(request, session, error)) {
            return false;
        }
    }
    return true;
}

static bool flush_output(struct error *error)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return error_set_errno(error, errno, "cannot write to standard output");
    }
    return true;
}

static int run_in_store(const struct verb *verb, struct request *request, char **ids, int count)
{
    struct error error = ERROR_INIT;
    struct loop *loop = loop_new();
    char *folder = path_data();
    request->store = store_open(loop, folder, NULL, NULL, &error);
    bool done = request->store && run_verb(verb, request, ids, count, &error) && flush_output(&error);
    store_close(request->store);
    loop_free(loop);
    free(folder);
    return done ? DONE : fail(&error);
}

static const struct verb *verb_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

static int check_and_run(struct request *request, char **arguments, int count)
{
    const struct verb *verb = count > 0 ? verb_named(arguments[0]) : NULL;
    if (!verb) {
        return count > 0 ? wrong_usage("there is no verb \"%s\"", arguments[0])
                         : wrong_usage("a %s is missing", "verb");
    }
    int ids = count - 1;
    if ((request->json && !verb->takes_json) || (request->format && !verb->takes_format)) {
        return wrong_usage(request->json ? "%s takes no --json" : "%s takes no --format", verb->name);
    }
    if (ids == 0 && verb->ids > 0) {
        return wrong_usage("%s wants the id of a session", verb->name);
    }
    if (ids > verb->ids && verb->ids < 2) {
        return wrong_usage("\"%s\" is one argument too many", arguments[verb->ids + 1]);
    }
    return run_in_store(verb, request, arguments + 1, ids);
}

int face_sessions(int argc, char **argv)
{
    static const struct option options[] = {
        { "format", required_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },
        { "json", no_argument, NULL, 'j' },
        { 0 },
    };
    struct request request = { 0 };
    optind = 0; /* main has used getopt before */
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":h", options, NULL)) != -1;) {
        switch (option) {
        case 'f':
            request.format = optarg;
            break;
        case 'j':
            request.json = true;
            break;
        case 'h':
            return print_help();
        case ':':
            return wrong_usage("%s wants a value", argv[optind - 1]);
        default:
            return wrong_usage("there is no option %s", argv[optind - 1]);
        }
    }
    if (request.format && strcmp(request.format, "jsonl") != 0 && strcmp(request.format, "markdown") != 0) {
        return wrong_usage("--format is jsonl or markdown, not \"%s\"", request.format);
    }
    return check_and_run(&request, argv + optind, argc - optind);
}
