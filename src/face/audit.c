/* audit.c - `sandgate audit`: every call of every session, in the order in which they were decided.
 *
 * A session's events are folded into entries; the entries of all sessions are sorted by time, because an auditor asks
 * "what happened on Tuesday", not "what did session 3 do". */
#include "face/audit.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/visible.h"
#include "conf/numbers.h"
#include "face/audit_entry.h"
#include "loop/loop.h"
#include "store/store.h"

#include <errno.h>
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
    struct audit_entry *entries;
    size_t count, capacity;
    size_t first; /* of the session that is read */
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
    for (size_t i = audit->count; call && i > audit->first; i--)
        if (audit->entries[i - 1].call == call)
            return &audit->entries[i - 1];
    audit->entries =
        array_reserve(audit->entries, &audit->capacity, audit->count + 1, sizeof *audit->entries);
    struct audit_entry *entry = &audit->entries[audit->count++];
    *entry = (struct audit_entry){ .call = call };
    memcpy(entry->session, event->session, sizeof entry->session);
    return entry;
}

static bool take_event(void *data, const struct event *event)
{
    struct audit *audit = data;

    if (event->type == EVENT_MODE)
        audit_entry_apply(entry_of(audit, event, 0), event);
    else if (event->call)
        audit_entry_apply(entry_of(audit, event, event->call), event);
    return true;
}

static bool is_wanted(const struct audit *audit, const struct audit_entry *entry)
{
    int64_t time = audit_entry_time(entry);

    return (!audit->since || time >= audit->since) && (!audit->until || time < audit->until);
}

/* Keeps of the session that was just read what the times ask for. */
static void drop_unwanted(struct audit *audit)
{
    size_t kept = audit->first;

    for (size_t i = audit->first; i < audit->count; i++) {
        if (is_wanted(audit, &audit->entries[i]))
            audit->entries[kept++] = audit->entries[i];
        else
            audit_entry_release(&audit->entries[i]);
    }
    audit->count = kept;
}

static bool read_session(struct audit *audit, const char *id)
{
    audit->first = audit->count;
    bool read = store_events(audit->store, id, take_event, audit, audit->error);
    drop_unwanted(audit);
    return read;
}

static bool each_session(void *data, const struct store_session *session)
{
    struct audit *audit = data;
    bool outside = (audit->since && session->changed < audit->since) ||
                   (audit->until && session->created >= audit->until);

    return outside || read_session(audit, session->id);
}

static int by_time(const void *left, const void *right)
{
    const struct audit_entry *a = left, *b = right;
    int64_t first = audit_entry_time(a), second = audit_entry_time(b);

    if (first != second)
        return first < second ? -1 : 1;
    int order = strcmp(a->session, b->session);
    return order ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

static bool read_all(struct audit *audit, const char *session)
{
    char id[SESSION_ID_TEXT];
    struct error *error = audit->error;

    if (session)
        return store_find(audit->store, session, id, error) && read_session(audit, id);
    return store_sessions(audit->store, NULL, each_session, audit, error) && !error->message;
}

/* --- printing --- */

static bool print_entries(struct audit *audit)
{
    if (audit->count)
        qsort(audit->entries, audit->count, sizeof *audit->entries, by_time);
    for (size_t i = 0; i < audit->count; i++) {
        char *line =
            audit->json ? audit_entry_json(&audit->entries[i]) : audit_entry_line(&audit->entries[i]);
        puts(line);
        free(line);
    }
    if (fflush(stdout) != 0 || ferror(stdout))
        return error_set_errno(audit->error, errno, "cannot write to standard output");
    return true;
}

static int run(struct audit *audit, const char *session)
{
    struct loop *loop = loop_new();
    char *folder = path_data();

    audit->store = store_open(loop, folder, NULL, NULL, audit->error);
    bool done = audit->store && read_all(audit, session) && print_entries(audit);
    for (size_t i = 0; i < audit->count; i++)
        audit_entry_release(&audit->entries[i]);
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
