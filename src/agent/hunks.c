/* hunks.c - see hunks.h.  The choice is kept in the pending call from the decision until its result. */
#include "agent/hunks.h"

#include "agent/pending.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "matter/diff.h"

#include <stdlib.h>
#include <string.h>

struct diff *hunks_of(const struct action *action)
{
    if (action->kind != ACTION_WRITE || !action->content)
        return NULL;
    return diff_new_apart(action->before ? action->before : "", action->before_length, action->content,
                          action->content_length, DIFF_CONTEXT);
}

/* The hunks that DECISION keeps, as diff_apply takes them; NULL and a sentence when it cannot be meant. */
static bool *choose(const struct diff *diff, const struct decision *decision, struct error *error)
{
    size_t count = diff ? diff_hunks(diff) : 0;
    bool *chosen = xcalloc(count + 1, sizeof *chosen), fine = true;

    if (!diff)
        fine = error_set(error, "Only the change of a file has hunks that can be kept or left");
    else if (decision->hunk_count == 0)
        fine = error_set(error, "No hunk is kept: reject the call instead");
    for (size_t i = 0; fine && i < decision->hunk_count; i++) {
        size_t number = decision->hunks[i];
        fine = number >= 1 && number <= count;
        if (fine)
            chosen[number - 1] = true;
        else
            error_set(error, "There is no hunk %zu: this change has %zu", number, count);
    }
    if (fine)
        return chosen;
    free(chosen);
    return NULL;
}

bool hunks_keep(struct pending *pending, const struct decision *decision, struct error *error)
{
    struct diff *diff = hunks_of(pending->action);
    bool *chosen = choose(diff, decision, error);

    diff_free(diff);
    if (!chosen)
        return false;
    hunks_forget(pending);
    pending->hunks = chosen;
    return true;
}

void hunks_forget(struct pending *pending)
{
    free(pending->hunks);
    diff_free(pending->whole);
    pending->hunks = NULL;
    pending->whole = NULL;
}

void hunks_apply(struct pending *pending)
{
    struct action *action = pending->action;
    struct buffer content;

    if (!pending->hunks)
        return;
    diff_free(pending->whole);
    pending->whole = hunks_of(action);
    buffer_init(&content, action->before_length + action->content_length + 1);
    diff_apply(pending->whole, pending->hunks, &content);
    free(action->content);
    action->content_length = content.length;
    action->content = buffer_detach(&content);
}

/* --- told --- */

/* The change that is made by the chosen hunks alone, as git and patch read it. */
static void record_change(const struct action *action, const struct diff *diff, const bool *chosen,
                          struct json *body)
{
    struct buffer content = BUFFER_INIT, text = BUFFER_INIT;
    const char *before = action->before ? action->before : "";

    diff_apply(diff, chosen, &content);
    struct diff *made = diff_new(before, action->before_length, content.data, content.length, DIFF_CONTEXT);
    diff_print(made, action->path, action->path, &text);
    json_set_text_length(body, "difference", text.data, text.length);
    diff_free(made);
    buffer_release(&content);
    buffer_release(&text);
}

void hunks_record(const struct action *action, const struct decision *decision, struct json *body)
{
    struct error error = ERROR_INIT;
    struct diff *diff = hunks_of(action);
    struct json *numbers = json_new_array();
    bool *chosen = choose(diff, decision, &error);

    for (size_t i = 0; chosen && i < diff_hunks(diff); i++)
        if (chosen[i])
            json_add(numbers, json_new_integer((int64_t)i + 1));
    json_set(body, "hunks", numbers);
    json_set_integer(body, "hunk_count", diff ? (int64_t)diff_hunks(diff) : 0);
    if (chosen)
        record_change(action, diff, chosen, body);
    free(chosen);
    diff_free(diff);
    error_clear(&error);
}

void hunks_account(const struct pending *pending, struct buffer *out)
{
    size_t count = pending->whole ? diff_hunks(pending->whole) : 0, kept = 0;

    for (size_t i = 0; i < count; i++)
        kept += pending->hunks[i];
    if (kept == count)
        return;
    buffer_append_format(
        out,
        "\nOnly %zu of the %zu hunks of this change %s approved and made. The lines are those "
        "of the file as it is now.\n",
        kept, count, kept == 1 ? "was" : "were");
    diff_account(pending->whole, pending->hunks, out);
}
