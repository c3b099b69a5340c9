/* audit.c - `sandgate audit`: every call of every session, in the order in which they were decided.
 *
 * A session's events are folded into entries, and only the entries of one session are in memory; the lines of all
 * sessions are sorted by time (sorted_lines.h), because an auditor asks "what happened on Tuesday", not "what did
 * session 3 do". */
#include "face/audit.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/visible.h"
#include "conf/numbers.h"
#include "face/audit_entry.h"
#include "face/sorted_lines.h"
#include "loop/loop.h"
#include "store/store.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DONE = 0, FAILED = 1, USAGE = 2 };

struct audit {
    struct store *store;
    int64_t since, until; /* clock_wall; 0: any */
    bool json;
    struct audit_entry *entries; /* of the session that is read */
    size_t count, capacity;
    struct sorted_lines *lines;
    struct error *error;
};

static const struct {
    const char *name, *argument, *help;
} rows[] = {
    { "since", "TIME", "From TIME on: 2026-11-20, \"2026-11-20 14:03\", or 2h, 3d ago." },
    { "until", "TIME", "Up to TIME; a day counts to its end." },
    { "session", "ID", "This session alone." },
    { "json", NULL, "One JSON object a line." },
};

static int print_help(void)
{
    printf("usage: sandgate audit [OPTION ...]\n\n"
           "What ran, what was refused, what was edited: who decided, when, by which rule.\n\n");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        printf("  --%s%s%-*s %s\n", rows[i].name, rows[i].argument ? " " : "",
               (int)(14 - strlen(rows[i].name) - (rows[i].argument ? 1 : 0)),
               rows[i].argument ? rows[i].argument : "", rows[i].help);
    return DONE;
}

static int fail(struct error *error, int code)
{
    struct buffer safe = BUFFER_INIT;
    const char *text = error_message(error);

    visible_text(&safe, text, strlen(text));
    fprintf(stderr, "sandgate audit: %s\n", safe.data);
    buffer_release(&safe);
    error_clear(error);
    return code;
}

/* --- times --- */

/* A local day or minute; *DAY: only the day was given. */
static bool read_moment(const char *text, struct tm *local, bool *day)
{
    static const char *const formats[] = { "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
                                           "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S" };
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        *local = (struct tm){ .tm_isdst = -1 };
        const char *end = strptime(text, formats[i], local);
        *day = i == 0;
        if (end && !*end)
            return true;
    }
    return false;
}

/* LAST: the end of what TEXT names rather than its beginning. */
static bool read_time(const char *text, bool last, int64_t *wall, struct error *error)
{
    struct tm local;
    int64_t span;
    bool day;

    if (number_span(text, &span)) {
        *wall = clock_wall() - span;
        return true;
    }
    if (!read_moment(text, &local, &day))
        return error_set(error,
                         "\"%s\" is no time; write a day such as 2026-11-20, a minute such as "
                         "\"2026-11-20 14:03\", or 2h for two hours ago",
                         text);
    local.tm_mday += last && day;
    *wall = (int64_t)mktime(&local) * 1000;
    return true;
}

/* --- reading --- */

/* The entry of CALL in the session that is read; a new one when there is none yet. */
static struct audit_entry *entry_of(struct audit *audit, const struct event *event, int64_t call)
{
    for (size_t i = audit->count; call && i > 0; i--)
        if (audit->entries[i - 1].call == call)
            return &audit->entries[i - 1];
    audit->entries =
        array_reserve(audit->entries, &audit->capacity, audit->count + 1, sizeof *audit->entries);
    struct audit_entry *entry = &audit->entries[audit->count++];
    *entry = (struct audit_entry){ .call = call };
    memcpy(entry->session, event->session, sizeof entry->session);
    return entry;
}

static bool is_rule(const struct event *event)
{
    const char *kind = event->type == EVENT_NOTICE ? json_get_text(event->body, "kind") : NULL;

    return kind && strcmp(kind, "rule") == 0;
}

static bool take_event(void *data, const struct event *event)
{
    struct audit *audit = data;

    if (event->call)
        audit_entry_apply(entry_of(audit, event, event->call), event);
    else if (event->type == EVENT_MODE || is_rule(event))
        audit_entry_apply(entry_of(audit, event, 0), event);
    return true;
}

static bool is_wanted(const struct audit *audit, const struct audit_entry *entry)
{
    int64_t time = audit_entry_time(entry);

    return (!audit->since || time >= audit->since) && (!audit->until || time < audit->until);
}

static bool add_line(struct audit *audit, const struct audit_entry *entry)
{
    char *line = audit->json ? audit_entry_json(entry) : audit_entry_line(entry);
    bool added = sorted_lines_add(audit->lines, audit_entry_time(entry), entry->session, entry->seq, line,
                                  audit->error);

    free(line);
    return added;
}

static bool read_session(struct audit *audit, const char *id)
{
    static const enum event_type types[] = { EVENT_MODE,   EVENT_NOTICE,   EVENT_CALL,    EVENT_VERDICT,
                                             EVENT_ASK,    EVENT_DECISION, EVENT_STARTED, EVENT_ENDED,
                                             EVENT_RESULT, EVENT_FILE };
    bool fine = store_events_of(audit->store, id, types, ARRAY_SIZE(types), take_event, audit, audit->error);

    for (size_t i = 0; i < audit->count; i++) {
        if (fine && is_wanted(audit, &audit->entries[i]))
            fine = add_line(audit, &audit->entries[i]);
        audit_entry_release(&audit->entries[i]);
    }
    audit->count = 0;
    return fine;
}

static bool each_session(void *data, const struct store_session *session)
{
    struct audit *audit = data;
    bool outside = (audit->since && session->changed < audit->since) ||
                   (audit->until && session->created >= audit->until);

    return outside || read_session(audit, session->id);
}

static bool read_all(struct audit *audit, const char *session)
{
    char id[SESSION_ID_TEXT];
    struct error *error = audit->error;

    if (session)
        return store_find(audit->store, session, id, error) && read_session(audit, id);
    return store_sessions(audit->store, NULL, each_session, audit, error) && !error->message;
}

/* --- */

static int run(struct audit *audit, const char *session)
{
    struct loop *loop = loop_new();
    char *folder = path_data();

    audit->store = store_open(loop, folder, NULL, NULL, audit->error);
    audit->lines = audit->store ? sorted_lines_new(folder, audit->error) : NULL;
    bool done =
        audit->lines && read_all(audit, session) && sorted_lines_print(audit->lines, stdout, audit->error);
    sorted_lines_free(audit->lines);
    free(audit->entries);
    store_close(audit->store);
    loop_free(loop);
    free(folder);
    return done ? DONE : fail(audit->error, FAILED);
}

static int take_times(struct audit *audit, const char *since, const char *until)
{
    if ((since && !read_time(since, false, &audit->since, audit->error)) ||
        (until && !read_time(until, true, &audit->until, audit->error)))
        return fail(audit->error, USAGE);
    return DONE;
}

int face_audit(int argc, char **argv)
{
    struct option options[ARRAY_SIZE(rows) + 2] = { 0 };
    const char *values[ARRAY_SIZE(rows)] = { 0 };
    struct error error = ERROR_INIT;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        options[i] = (struct option){ rows[i].name, rows[i].argument ? required_argument : no_argument, NULL,
                                      256 + (int)i };
    options[ARRAY_SIZE(rows)] = (struct option){ "help", no_argument, NULL, 'h' };
    optind = 0; /* main may have used getopt before */
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":h", options, NULL)) != -1;) {
        if (option == 'h')
            return print_help();
        if (option < 256) {
            error_set(&error,
                      option == ':' ? "%s wants a value" : "there is no option %s; see sandgate audit --help",
                      argv[optind - 1]);
            return fail(&error, USAGE);
        }
        values[option - 256] = optarg ? optarg : "";
    }
    if (optind < argc) {
        error_set(&error, "\"%s\" is one argument too many; see sandgate audit --help", argv[optind]);
        return fail(&error, USAGE);
    }
    struct audit audit = { .json = values[3] != NULL, .error = &error };
    int code = take_times(&audit, values[0], values[1]);
    return code == DONE ? run(&audit, values[2]) : code;
}
