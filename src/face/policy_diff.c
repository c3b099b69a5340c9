/* policy_diff.c - `sandgate policy diff OLD NEW`: two rule files over the commands of the log, of the corpus or of a list:
 * which get another verdict, the loosened ones first. */
#include "agent/past.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/visible.h"
#include "conf/rules.h"
#include "face/policy_corpus.h"
#include "face/policy_verbs.h"
#include "loop/loop.h"
#include "matter/event.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is printed, in two heaps. */
struct diff {
    bool json;
    size_t looser, stricter;
    struct buffer loosened, tightened;
};

/* --- the commands --- */

static bool read_list(struct past *past, const char *path, struct error *error)
{
    struct buffer text = BUFFER_INIT;

    if (!path_read_file(path, &text, error))
        return false;
    for (const char *line = text.data; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        char *command = xstrndup(line, strcspn(line, "\n"));
        if (*command)
            past_add(past, command, NULL, NULL, 0);
        free(command);
    }
    buffer_release(&text);
    return true;
}

static bool read_corpus(struct past *past, struct error *error)
{
    struct corpus corpus;
    bool read = corpus_read(&corpus, error);

    for (size_t i = 0; read && i < corpus.count; i++)
        if (strlen(corpus.rows[i].command) == corpus.rows[i].length)
            past_add(past, corpus.rows[i].command, NULL, NULL, 0);
    corpus_release(&corpus);
    return read;
}

static bool read_log(struct past *past, struct error *error)
{
    struct loop *loop = loop_new();
    char *folder = path_data();
    struct store *store = store_open(loop, folder, NULL, NULL, error);
    bool read = store && past_read(past, store, error);

    store_close(store);
    loop_free(loop);
    free(folder);
    return read;
}

/* --- a difference --- */

static void add_json(struct buffer *out, const struct past_command *command,
                     const struct policy_verdict *before, const struct policy_verdict *after)
{
    struct json *json = json_new_object();

    json_set_text(json, "command", command->command);
    if (command->cwd)
        json_set_text(json, "cwd", command->cwd);
    if (*command->session)
        json_set_text(json, "session", command->session);
    json_set_integer(json, "times", (int64_t)command->times);
    json_set(json, "old", verdict_json(before));
    json_set(json, "new", verdict_json(after));
    char *text = json_print(json), *safe = event_escape(text);
    buffer_append_format(out, "%s\n", safe);
    free(safe);
    free(text);
    json_free(json);
}

static void add_line(struct buffer *out, const struct past_command *command,
                     const struct policy_verdict *before, const struct policy_verdict *after)
{
    buffer_append_format(out, "%-5s -> %-5s  ", verdict_name(before->verdict), verdict_name(after->verdict));
    visible_line(out, command->command, strlen(command->command));
    if (after->rule) {
        buffer_append_text(out, "  [");
        visible_line(out, after->rule, strlen(after->rule));
        buffer_append_byte(out, ']');
    }
    buffer_append_byte(out, '\n');
}

static bool take_difference(void *data, const struct past_command *command,
                            const struct policy_verdict *before, const struct policy_verdict *after)
{
    struct diff *diff = data;
    bool looser = after->verdict < before->verdict;

    diff->looser += looser;
    diff->stricter += !looser;
    (diff->json ? add_json : add_line)(looser ? &diff->loosened : &diff->tightened, command, before, after);
    return true;
}

static int print_differences(const struct diff *diff, size_t commands)
{
    fwrite(diff->loosened.data, 1, diff->loosened.length, stdout);
    fwrite(diff->tightened.data, 1, diff->tightened.length, stdout);
    if (!diff->json)
        printf("%zu commands: %zu loosened, %zu tightened\n", commands, diff->looser, diff->stricter);
    if (fflush(stdout) != 0)
        return POLICY_FAILED;
    return diff->looser ? POLICY_ASKS : POLICY_FINE;
}

/* --- */

static int compare(const struct judge *old, const struct judge *new, const struct past *past, bool as_json)
{
    struct diff diff = { .json = as_json, .loosened = BUFFER_INIT, .tightened = BUFFER_INIT };
    struct policy_request before, after;

    judge_request(old, "", 0, NULL, &before);
    judge_request(new, "", 0, NULL, &after);
    past_compare(past, 0, past->count, &before, &after, take_difference, &diff);
    int code = print_differences(&diff, past->count);
    buffer_release(&diff.loosened);
    buffer_release(&diff.tightened);
    return code;
}

/* A profile stands behind both files: the one that is named, else careful. */
static bool open_both(struct judge *old, struct judge *new, const struct policy_options *options,
                      char **words, struct error *error)
{
    struct policy_options one = *options, other = *options;

    one.rules = words[0];
    other.rules = words[1];
    one.profile = other.profile = options->profile ? options->profile : "careful";
    bool opened = judge_open(old, &one, error);
    struct error second = ERROR_INIT;
    bool both = judge_open(new, &other, &second);
    if (!both && opened)
        error_set(error, "%s", error_message(&second));
    error_clear(&second);
    return opened && both;
}

int policy_diff(const struct policy_options *options, char **words, int count)
{
    struct judge old, new;
    struct past past = PAST_INIT;
    struct error error = ERROR_INIT;
    int code;

    (void)count;
    if (!open_both(&old, &new, options, words, &error))
        code = policy_fail(&error, POLICY_USAGE);
    else if (options->commands ? !read_list(&past, options->commands, &error)
                               : !read_log(&past, &error) || !read_corpus(&past, &error))
        code = policy_fail(&error, POLICY_FAILED);
    else
        code = compare(&old, &new, &past, options->json);
    past_release(&past);
    judge_release(&old);
    judge_release(&new);
    return code;
}
