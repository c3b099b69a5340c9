/* facts.c - see facts.h.
 *
 * `age` counts what may have changed something; a look remembers the age at which it began, so what changes while it
 * is under way makes it old.  While such a call runs, or something that one left behind, a look is good for the one
 * judgement that waited for it. */
#include "agent/facts.h"

#include "agent/look.h"
#include "agent/program_facts.h"
#include "agent/session_private.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/utf8.h"
#include "loop/loop.h"
#include "sandbox/sandbox.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_MAX = 16 * 1024 * 1024, WAITERS = 4 };

struct waiter {
    void (*then)(void *data); /* NULL: none */
    void *data;
    int64_t look;
};

struct facts {
    struct session *session;
    struct sandbox *sandbox;   /* that they are about; NULL: none yet */
    struct look *look;         /* under way; NULL: none */
    int64_t age;               /* see facts_age */
    int64_t begun, came;       /* numbers of looks: the last that was begun, that came or failed */
    int64_t wanted;            /* a look with this number is waited for */
    int64_t look_age;          /* age when the look under way began */
    int64_t tried;             /* age at which the last look that came began; -1: none */
    size_t running;            /* calls that may change anything, right now */
    bool restless;             /* what a call left running may still change anything */
    bool first;                /* the first look of this sandbox is under way */
    void (*ready)(void *data); /* waits for it */
    void *ready_data;
    bool again; /* it failed, and is tried once more */
    enum facts_origin origin;
    struct waiter waiters[WAITERS];

    struct program_list *image; /* of the fresh image; NULL: not known */
    struct buffer image_text;   /* the same, until it is kept */
    enum policy_fact programs;
    struct program_changes changes;

    char *folders[LOOK_FOLDERS]; /* the workspace first */
    size_t folder_count;
    size_t asked, told;                /* so many of them: by the look under way, by the one before */
    struct git_fact git[LOOK_FOLDERS]; /* of the first `told` */
    struct policy_git_fact policy[LOOK_FOLDERS]; /* the same for the policy, borrowed from there */
};

struct facts *facts_new(struct session *session)
{
    struct facts *facts = xcalloc(1, sizeof *facts);
    facts->session = session;
    buffer_init(&facts->image_text, 0);
    facts->tried = -1;
    return facts;
}

static void drop_git(struct facts *facts)
{
    for (size_t i = 0; i < facts->told; i++)
        git_fact_release(&facts->git[i]);
    facts->told = 0;
}

static void drop_folders(struct facts *facts)
{
    drop_git(facts);
    for (size_t i = 0; i < facts->folder_count; i++)
        free(facts->folders[i]);
    facts->folder_count = 0;
}

void facts_forget(struct facts *facts)
{
    look_cancel(facts->look);
    program_list_free(facts->image);
    buffer_release(&facts->image_text);
    program_changes_release(&facts->changes);
    drop_folders(facts);
    int64_t last = facts->wanted > facts->begun ? facts->wanted : facts->begun; /* nobody waits any more */
    *facts = (struct facts){
        .session = facts->session, .age = facts->age + 1, .begun = last, .came = last, .tried = -1
    };
    buffer_init(&facts->image_text, 0);
}

void facts_free(struct facts *facts)
{
    if (!facts)
        return;
    facts_forget(facts);
    free(facts);
}

/* --- the list of the fresh image --- */

bool facts_are_fixed(const struct sandbox *sandbox)
{
    return program_folders_lie_in(sandbox_facts(sandbox)->fixed);
}

static bool are_fixed(const struct facts *facts)
{
    return facts->sandbox && facts_are_fixed(facts->sandbox);
}

static char *kept_file(const struct facts *facts)
{
    return path_join(facts->session->folder, "programs");
}

/* In the log stands its hash, and the list itself beside it. */
static void keep_image(struct facts *facts)
{
    const char *text = facts->image_text.data;
    size_t length = facts->image_text.length;
    char *file = kept_file(facts), hash[HASH_TEXT];
    struct error error = ERROR_INIT;
    hash_text(text, length, hash);
    if (path_write_file(file, text, length, 0600, &error)) {
        free(facts->session->life.was.programs);
        facts->session->life.was.programs = xstrdup(hash);
        session_record_sandbox(facts->session, "programs", NULL);
    } else {
        log_line("facts", "%s", error_message(&error));
    }
    error_clear(&error);
    free(file);
    buffer_release(&facts->image_text);
}

void facts_adopted(struct facts *facts)
{
    if (facts->image_text.length)
        keep_image(facts);
}

static struct program_list *kept_image(const struct facts *facts)
{
    const char *hash = facts->session->life.was.programs;
    char *file = kept_file(facts), found[HASH_TEXT];
    struct program_list *list = NULL;
    struct buffer text;
    buffer_init(&text, KEPT_MAX);
    if (hash && path_read_file(file, &text, NULL)) {
        hash_text(text.data, text.length, found);
        if (strcmp(hash, found) == 0)
            list = program_list_read(text.data, text.length);
    }
    buffer_release(&text);
    free(file);
    return list;
}

/* --- a look --- */

static void take_programs(struct facts *facts, struct look_answer *answer)
{
    program_changes_release(&facts->changes);
    facts->programs = FACT_UNKNOWN;
    if (!answer->programs)
        return;
    if (facts->first && facts->origin == FACTS_FRESH) {
        facts->image = answer->programs;
        answer->programs = NULL;
        facts->programs = FACT_YES;
        buffer_append(&facts->image_text, answer->text, answer->length);
        if (facts->sandbox == facts->session->sandbox)
            keep_image(facts);
    } else if (facts->image) {
        program_list_compare(facts->image, answer->programs, &facts->changes);
        facts->programs = facts->changes.changed ? FACT_NO : FACT_YES;
    }
}

static void take_git(struct facts *facts, struct look_answer *answer)
{
    drop_git(facts);
    for (size_t i = 0; i < facts->asked && !answer->failed; i++) {
        struct git_fact *fact = &facts->git[facts->told++];
        *fact = answer->git[i];
        answer->git[i] = (struct git_fact){ 0 };
        facts->policy[i] = (struct policy_git_fact){ facts->folders[i], fact->plain, fact->words };
    }
}

static void start_look(struct facts *facts);

static void tell_waiters(struct facts *facts)
{
    for (size_t i = 0; i < WAITERS; i++) {
        struct waiter waiter = facts->waiters[i];
        if (!waiter.then || waiter.look > facts->came)
            continue;
        facts->waiters[i] = (struct waiter){ 0 };
        waiter.then(waiter.data);
    }
}

static void seen(void *data, struct look_answer *answer)
{
    struct facts *facts = data;
    facts->look = NULL;
    facts->came = facts->begun;
    log_line("facts", "look %" PRId64 ": %s, %" PRId64 " ms", facts->came,
             answer->failed ? answer->failed : "fine", answer->milliseconds);
    if (facts->first && !facts->again && answer->failed) {
        facts->again = true;
        start_look(facts);
        return;
    }
    void (*ready)(void *data) = facts->ready;
    facts->tried = facts->look_age;
    take_programs(facts, answer);
    take_git(facts, answer);
    facts->first = false;
    facts->ready = NULL;
    tell_waiters(facts);
    if (facts->wanted > facts->came && !facts->look)
        start_look(facts);
    calls_step_soon(facts->session);
    if (ready)
        ready(facts->ready_data);
}

static void start_look(struct facts *facts)
{
    struct look_spec spec = {
        .sandbox = facts->sandbox,
        .environment = (const char *const *)facts->session->environment,
        .programs = !are_fixed(facts) && (facts->image || facts->first),
        .folders = (const char *const *)facts->folders,
        .folder_count = facts->folder_count,
    };
    facts->begun++;
    facts->look_age = facts->age;
    facts->asked = facts->folder_count;
    facts->look = look_start(&spec, seen, facts);
}

/* --- which folders --- */

static bool is_told_of(const struct facts *facts, const char *folder)
{
    for (size_t i = 0; i < facts->told; i++)
        if (strcmp(facts->folders[i], folder) == 0)
            return true;
    return false;
}

static bool can_be_asked(const char *folder)
{
    for (const char *at = folder; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 127)
            return false;
    return folder[0] == '/' && utf8_valid(folder, strlen(folder));
}

/* When there are too many, all but the workspace are asked for anew when they are needed. */
static void add_folder(struct facts *facts, const char *folder)
{
    for (size_t i = 0; i < facts->folder_count; i++)
        if (strcmp(facts->folders[i], folder) == 0)
            return;
    if (!can_be_asked(folder) || (facts->folder_count == LOOK_FOLDERS && facts->look))
        return;
    if (facts->folder_count == LOOK_FOLDERS) {
        drop_folders(facts);
        add_folder(facts, facts->session->workspace);
    }
    facts->folders[facts->folder_count++] = xstrdup(folder);
}

/* --- asked for --- */

void facts_begin(struct facts *facts, struct sandbox *sandbox, enum facts_origin origin,
                 void (*ready)(void *data), void *data)
{
    facts_forget(facts);
    facts->sandbox = sandbox;
    facts->origin = origin;
    facts->first = true;
    facts->ready = ready;
    facts->ready_data = data;
    facts->restless = origin == FACTS_KEPT && facts->session->life.was.restless;
    if (origin == FACTS_KEPT && !are_fixed(facts))
        facts->image = kept_image(facts);
    add_folder(facts, facts->session->workspace);
    start_look(facts);
}

bool facts_have_begun(const struct facts *facts)
{
    return facts->tried >= 0;
}

void facts_call_runs(struct facts *facts)
{
    facts->running++;
    facts->age++;
}

void facts_call_over(struct facts *facts, bool survivors)
{
    if (facts->running > 0) /* else it ran in a sandbox before this one */
        facts->running--;
    facts->age++;
    facts->restless |= survivors;
}

void facts_disturb(struct facts *facts)
{
    facts->age++;
    facts->restless = true;
}

int64_t facts_age(const struct facts *facts)
{
    return facts->age;
}

/* Is what was seen still so, for a judgement that waited for LOOK? */
static bool are_fresh(const struct facts *facts, int64_t look)
{
    bool waited = look && look <= facts->came;
    return facts->tried == facts->age && (waited || (!facts->running && !facts->restless));
}

bool facts_are_stale(const struct facts *facts, char *const *folders, int64_t look)
{
    bool waited = look && look <= facts->came, missing = false;
    for (size_t i = 0; folders && folders[i]; i++)
        missing |= !is_told_of(facts, folders[i]) && can_be_asked(folders[i]);
    return !are_fresh(facts, look) || (missing && !waited);
}

int64_t facts_look(struct facts *facts, char *const *folders)
{
    for (size_t i = 0; folders && folders[i]; i++)
        add_folder(facts, folders[i]);
    facts->wanted = facts->begun + 1;
    if (!facts->look)
        start_look(facts);
    return facts->wanted;
}

void facts_settle(struct facts *facts, void (*then)(void *data), void *data)
{
    bool helps = facts->image && !are_fixed(facts) && facts->tried != facts->age;
    size_t free_one = 0;
    while (free_one < WAITERS && facts->waiters[free_one].then)
        free_one++;
    if (helps && free_one < WAITERS)
        facts->waiters[free_one] = (struct waiter){ then, data, facts_look(facts, NULL) };
    else
        then(data);
}

void facts_settle_cancel(struct facts *facts, void *data)
{
    for (size_t i = 0; i < WAITERS; i++)
        if (facts->waiters[i].data == data)
            facts->waiters[i] = (struct waiter){ 0 };
}

int64_t facts_looked(const struct facts *facts)
{
    return facts->came;
}

/* --- told --- */

static void fill_programs(const struct facts *facts, bool fresh, struct policy_request *request)
{
    request->programs_of_image = FACT_UNKNOWN;
    if (!program_path_is_fixed(request->environment)) {
        request->programs_of_image = FACT_NO;
        request->programs_words = "the sandbox's PATH has other folders than the system's";
    } else if (are_fixed(facts)) {
        request->programs_of_image = FACT_YES;
    } else if (facts->tried >= 0 && !facts->image) {
        request->programs_words = facts->origin == FACTS_FRESH
                                      ? "they could not be looked at when the sandbox started"
                                      : "the agent worked in this sandbox before they were looked at";
    } else if (fresh) {
        request->programs_of_image = facts->programs;
        request->programs_words = facts->changes.changed;
        request->programs_added = (const char *const *)facts->changes.added;
    }
}

void facts_fill(const struct facts *facts, int64_t look, struct policy_request *request)
{
    bool fresh = are_fresh(facts, look);
    fill_programs(facts, fresh, request);
    request->git_is_plain = FACT_UNKNOWN;
    if (fresh && !git_facts_of_environment(request->environment)) {
        request->git_facts = facts->policy;
        request->git_fact_count = facts->told;
    }
}

void facts_assume(struct policy_request *request)
{
    if (request->programs_of_image == FACT_UNKNOWN)
        request->programs_of_image = FACT_YES;
    request->git_is_plain = FACT_YES;
}

bool facts_unchanged(const struct facts *facts)
{
    bool seen_so = facts->programs == FACT_YES && !facts->changes.added && are_fresh(facts, 0);
    return are_fixed(facts) || seen_so;
}
