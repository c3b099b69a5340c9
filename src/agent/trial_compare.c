/* trial_compare.c - what a trial changed in the workspace: both sandboxes list their files with a hash of each, and what
 * differs is read from both. */
#include "agent/trial_private.h"

#include "base/map.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/random.h"
#include "base/utf8.h"
#include "sandbox/sandbox.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 32 * 1024 * 1024, FILE_MAX = 256 * 1024, SHOWN_MAX = 200, HASH = 64 };

/* Records end with a NUL: "HASH  ./path" of a file, "-> target<TAB>./path" of a link. */
static const char script[] =
    "cd \"$1\" && /usr/bin/find . -xdev -type f -exec /usr/bin/sha256sum -z -- {} + && "
    "/usr/bin/find . -xdev -type l -printf '-> %l\\t%p\\0'";

enum side { BEFORE, AFTER, SIDES };

struct listing {
    struct comparison *comparison;
    struct sandbox *sandbox;
    struct sandbox_exec *exec;
    struct buffer text;
    struct map *files; /* path: its hash or target, in text */
    bool over;
};

struct comparison {
    struct trial *trial;
    void (*done)(struct trial *trial, const char *failed);
    struct listing listings[SIDES];
    struct sandbox_request *request;
    size_t at; /* the change whose content is read */
    enum side side;
};

void comparison_free(struct comparison *comparison)
{
    if (!comparison)
        return;
    for (int i = 0; i < SIDES; i++) {
        if (comparison->listings[i].exec)
            sandbox_exec_forget(comparison->listings[i].exec);
        buffer_release(&comparison->listings[i].text);
        map_free(comparison->listings[i].files);
    }
    sandbox_request_cancel(comparison->request);
    free(comparison);
}

static void finish(struct comparison *comparison, const char *failed)
{
    struct trial *trial = comparison->trial;
    void (*done)(struct trial *, const char *) = comparison->done;
    char *sentence = xstrdup_or_null(failed);

    comparison_free(comparison);
    trial->comparison = NULL;
    done(trial, sentence);
    free(sentence);
}

/* --- contents --- */

static void read_next(struct comparison *comparison);

static void content_read(void *data, const struct sandbox_answer *answer)
{
    struct comparison *comparison = data;
    struct trial_change *change = &comparison->trial->changes[comparison->at];
    bool fits = !answer->failed && answer->size == (int64_t)answer->length &&
                utf8_valid(answer->bytes, answer->length) && !memchr(answer->bytes, '\0', answer->length);

    comparison->request = NULL;
    change->is_text = change->is_text && fits;
    if (fits && comparison->side == BEFORE) {
        change->before = xstrndup(answer->bytes, answer->length);
        change->before_length = answer->length;
    } else if (fits) {
        change->after = xstrndup(answer->bytes, answer->length);
        change->after_length = answer->length;
    }
    if (++comparison->side == SIDES) {
        comparison->side = BEFORE;
        comparison->at++;
    }
    read_next(comparison);
}

static void read_next(struct comparison *comparison)
{
    struct trial *trial = comparison->trial;

    for (; comparison->at < trial->change_count; comparison->at++, comparison->side = BEFORE)
        for (; comparison->side < SIDES; comparison->side++) {
            const struct listing *listing = &comparison->listings[comparison->side];
            struct trial_change *change = &trial->changes[comparison->at];
            const char *mark = map_get(listing->files, change->path);
            if (!mark || strncmp(mark, "-> ", 3) == 0)
                continue;
            char *path = path_join(trial->session->workspace, change->path);
            comparison->request =
                sandbox_read(listing->sandbox, path, 0, FILE_MAX, false, content_read, comparison);
            free(path);
            return;
        }
    finish(comparison, NULL);
}

/* --- lists --- */

static void add_change(struct trial *trial, const char *path, const char *kind, const char *mark)
{
    if (trial->change_count >= SHOWN_MAX)
        return;
    trial->changes = array_reserve(trial->changes, &trial->change_capacity, trial->change_count + 1,
                                   sizeof *trial->changes);
    trial->changes[trial->change_count++] =
        (struct trial_change){ .path = xstrdup(path), .kind = kind, .is_text = strncmp(mark, "-> ", 3) != 0 };
}

static void compare_lists(struct comparison *comparison)
{
    struct map *before = comparison->listings[BEFORE].files, *after = comparison->listings[AFTER].files;

    for (size_t i = 0; i < map_count(after); i++) {
        const char *path = map_key_at(after, i), *mark = map_value_at(after, i), *old = map_get(before, path);
        if (!old)
            add_change(comparison->trial, path, "add", mark);
        else if (strcmp(old, mark) != 0)
            add_change(comparison->trial, path, "change", mark);
    }
    for (size_t i = 0; i < map_count(before); i++)
        if (!map_has(after, map_key_at(before, i)))
            add_change(comparison->trial, map_key_at(before, i), "delete", map_value_at(before, i));
    read_next(comparison);
}

/* A record that makes no sense is passed over: it is the sandbox's word. */
static void take_record(struct listing *listing, char *record)
{
    char *path = strncmp(record, "-> ", 3) == 0 ? strchr(record, '\t')
                 : strlen(record) > HASH        ? record + HASH
                                                : NULL;

    if (!path || !strstr(path, "./"))
        return;
    char *name = strstr(path, "./") + 2;
    *path = '\0';
    map_set(listing->files, name, record);
}

static void take_records(struct listing *listing)
{
    char *at = listing->text.data, *end = at ? at + listing->text.length : NULL;

    listing->files = map_new(NULL);
    while (at && at < end) {
        size_t length = strnlen(at, (size_t)(end - at));
        if (at + length == end)
            break; /* cut off */
        take_record(listing, at);
        at += length + 1;
    }
}

static void list_output(void *data, bool is_error, const char *bytes, size_t length)
{
    struct listing *listing = data;

    if (!is_error)
        buffer_append(&listing->text, bytes, length);
}

static void list_done(void *data, const struct sandbox_exec_result *result)
{
    struct listing *listing = data;
    struct comparison *comparison = listing->comparison;

    listing->exec = NULL;
    listing->over = true;
    if (result->end == SANDBOX_LOST || result->end == SANDBOX_FAILED) {
        finish(comparison, result->sentence ? result->sentence : "The sandbox is gone.");
        return;
    }
    take_records(listing);
    if (comparison->listings[BEFORE].over && comparison->listings[AFTER].over)
        compare_lists(comparison);
}

static void start_list(struct comparison *comparison, enum side side, struct sandbox *sandbox)
{
    static const struct sandbox_exec_events events = { .output = list_output, .done = list_done };
    struct listing *listing = &comparison->listings[side];
    const char *const argv[] = { "/bin/sh", "-c", script, "sh", comparison->trial->session->workspace, NULL };
    char id[UUID_TEXT];
    struct sandbox_exec_spec spec = { .exec_id = id, .argv = argv, .cwd = "/" };

    random_uuid(id);
    listing->comparison = comparison;
    listing->sandbox = sandbox;
    buffer_init(&listing->text, LIST_MAX);
    listing->exec = sandbox_exec(sandbox, &spec, &events, listing);
}

struct comparison *comparison_start(struct trial *trial,
                                    void (*done)(struct trial *trial, const char *failed))
{
    struct comparison *comparison = xcalloc(1, sizeof *comparison);

    comparison->trial = trial;
    comparison->done = done;
    start_list(comparison, BEFORE, trial->session->sandbox);
    start_list(comparison, AFTER, trial->fork);
    return comparison;
}
