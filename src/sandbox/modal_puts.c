/* modal_puts.c - uploads: as many as wait, in one tar stream to one program.
 *
 * tar says by its exit code whether all of them are there.  When it was not so, both halves are tried again, until
 * it is known which ones cannot be: that takes a few more programs, in the rare case.  An image without tar gets
 * them one after another. */
#include "base/memory.h"
#include "sandbox/modal_box.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Modes as they are, owner and time as of now; links are replaced, never written through.  The last complaint
 * but "Exiting with failure status" is the one. */
static const char tar_script[] = "cd / || e EIO; o=$(tar -xpomf - 2>&1) && e 0; o=${o%tar: Exiting*}; "
                                 "o=${o%tar: Error*}; r \"${o##*: }\"\n";

/* One without tar: the path, the type, the mode, the target; a file's content on standard input. */
static const char one_script[] =
    "u \"$4\"; t=$v; u \"$1\"; p=$v d=${v%/*}; o=$(mkdir -p -- \"$d/\" 2>&1) || r \"$o\"\n"
    "case $2 in\n"
    "d) [ -L \"$p\" ] && rm -f -- \"$p\"; o=$(mkdir -p -- \"$p\" 2>&1) && o=$(chmod $3 -- \"$p\" 2>&1) || r "
    "\"$o\";;\n"
    "*) [ -d \"$p\" ] && [ ! -L \"$p\" ] && e EISDIR; n=$d/.sandgate-$$; trap 'rm -f -- \"$n\"' EXIT\n"
    "if [ $2 = l ]; then o=$(ln -s -- \"$t\" \"$n\" 2>&1) || r \"$o\"\n"
    "else o=$(cat 2>&1 >\"$n\") && o=$(chmod $3 -- \"$n\" 2>&1) || r \"$o\"; fi\n"
    "[ -L \"$p\" ] && rm -f -- \"$p\"; o=$(mv -f -- \"$n\" \"$p\" 2>&1) || r \"$o\";;\n"
    "esac; e 0\n";

static size_t count_of(const struct box_request *first)
{
    size_t count = 0;
    for (; first; first = first->after)
        count++;
    return count;
}

static void all_fine(struct box *box, struct box_request *first)
{
    for (struct box_request *request = first, *after; request && !box->freed; request = after) {
        struct sandbox_answer told = { 0 };
        after = request->after;
        box_answer(request, &told);
    }
}

static void all_failed(struct box *box, struct box_request *first, const struct box_tool_result *result)
{
    for (struct box_request *request = first, *after; request && !box->freed; request = after) {
        after = request->after;
        box_answer_failed(request, result);
    }
}

static void unpacked(void *data, const struct box_tool_result *result)
{
    struct box_batch *batch = data;
    struct box *box = batch->box;
    struct box_request *first = box_batch_over(batch);
    const char *out = result->out->data;
    size_t count = count_of(first);
    if (!result->failed && strcmp(out, "/0\n") == 0)
        all_fine(box, first);
    else if (result->failed || out[0] != '/')
        all_failed(box, first, result);
    else if (count > 1)
        box_put_back(first, (count + 1) / 2);
    else
        box_answer_error(first, box_error_number(out + 1, strcspn(out + 1, "\n")));
}

static void send_one(struct box_batch *batch)
{
    static const char *const letters[] = {
        [SANDBOX_FILE] = "f", [SANDBOX_FOLDER] = "d", [SANDBOX_LINK] = "l", [SANDBOX_OTHER] = "f"
    };
    const struct box_request *put = batch->first;
    char *path = box_tool_quote(put->path), *target = box_tool_quote(put->other ? put->other : "");
    char *mode = xasprintf("%o", put->mode);
    const char *const words[] = { path, letters[put->type], mode, target, NULL };
    struct box_tool_spec spec = {
        .script = one_script, .arguments = words, .input = put->bytes, .input_length = put->length
    };
    batch->tool = box_tool_run(batch->box, &spec, unpacked, batch);
    free(path);
    free(target);
    free(mode);
}

void box_send_puts(struct box_batch *batch)
{
    struct buffer stream;
    if (!(batch->box->tools_there & BOX_HAS_TAR)) {
        send_one(batch);
        return;
    }
    buffer_init(&stream, (size_t)256 * 1024 * 1024);
    for (const struct box_request *at = batch->first; at; at = at->after)
        box_tar_append(&stream, at);
    box_tar_end(&stream);
    size_t length = stream.length;
    struct box_tool_spec spec = { .script = tar_script,
                                  .owned_input = buffer_detach(&stream),
                                  .input_length = length };
    batch->tool = box_tool_run(batch->box, &spec, unpacked, batch);
}
