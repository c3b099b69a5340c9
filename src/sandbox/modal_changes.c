/* modal_changes.c - write, make a folder, remove, rename: one small program each.
 *
 * A write puts the new content next to the file, looks that it is what was sent (a stream that broke must never
 * become a file), looks once more that the file is still the one that was seen, and renames: between those two
 * there is nothing but the call.  A file that must not exist yet is linked into place, which the kernel refuses
 * when there is one. */
#include "base/memory.h"
#include "sandbox/modal_box.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The path, the base (- any, 0 none, else the hash), the hash of what comes on standard input. */
static const char write_script[] =
    "u \"$1\"; p=$v b=$2 i=0\n"
    "while [ -L \"$p\" ]; do i=$((i+1)); [ $i -gt 40 ] && e ELOOP; t=$(readlink -n -- \"$p\"; printf .)\n"
    "t=${t%.}; case $t in /*) p=$t;; *) p=${p%/*}/$t;; esac; done\n"
    "f() { [ -d \"$p\" ] && e EISDIR\n"
    "case $b in -) ;; 0) [ -e \"$p\" ] && e ESTALE;; *) [ -f \"$p\" ] || e ESTALE; h=$(sha256sum <\"$p\") || "
    "e EACCES; [ \"${h%% *}\" = $b ] || e ESTALE;; esac; }\n"
    "f; m=644; d=${p%/*}; if [ -e \"$p\" ]; then [ -f \"$p\" ] || e EINVAL; [ -w \"$p\" ] || e EACCES\n"
    "m=$(stat -c %a -- \"$p\") || e EIO; else o=$(mkdir -p -- \"$d/\" 2>&1) || { n \"$o\"\n"
    "[ $c = EEXIST ] && c=ENOTDIR; e $c; }; fi\n"
    "t=$(mktemp \"$d/.sandgate-XXXXXX\" 2>&1) || r \"$t\"; trap 'rm -f -- \"$t\"' EXIT; trap 'exit 1' HUP "
    "INT TERM\n"
    "o=$(cat 2>&1 >\"$t\") || r \"$o\"; h=$(sha256sum <\"$t\"); [ \"${h%% *}\" = $3 ] || exit 1\n"
    "chmod $m \"$t\" || e EIO; f\n"
    "if [ $b = 0 ]; then o=$(ln -- \"$t\" \"$p\" 2>&1) || { n \"$o\"; [ $c = EEXIST ] && c=ESTALE; e $c; }\n"
    "else o=$(mv -fT -- \"$t\" \"$p\" 2>&1) || r \"$o\"; fi; e 0\n";

static const char folder_script[] =
    "u \"$1\"; [ -e \"$v\" ] && [ ! -d \"$v\" ] && e EEXIST; o=$(mkdir -p -- \"$v\" 2>&1) || { n \"$o\"\n"
    "[ $c = EEXIST ] && c=ENOTDIR; e $c; }; e 0\n";

static const char remove_script[] =
    "u \"$1\"; p=$v; if [ ! -e \"$p\" ] && [ ! -L \"$p\" ]; then k \"$p\"; e $c; fi\n"
    "if [ -L \"$p\" ] || [ ! -d \"$p\" ]; then o=$(rm -f -- \"$p\" 2>&1)\n"
    "elif [ $2 = 1 ]; then o=$(rm -rf -- \"$p\" 2>&1); else o=$(rmdir -- \"$p\" 2>&1); fi || r \"$o\"; e 0\n";

static const char rename_script[] =
    "u \"$2\"; t=$v; u \"$1\"; p=$v; if [ ! -e \"$p\" ] && [ ! -L \"$p\" ]; then k \"$p\"; e $c; fi\n"
    "if [ -e \"$t\" ] || [ -L \"$t\" ]; then e EEXIST; fi\n"
    "o=$(mv -nT -- \"$p\" \"$t\" 2>&1) || r \"$o\"; if [ -e \"$p\" ] || [ -L \"$p\" ]; then e EEXIST; fi; e "
    "0\n";

static void answer_done(struct box_request *request)
{
    struct sandbox_answer told = { 0 };
    if (request->verb == SANDBOX_WRITE) {
        told.size = (int64_t)request->length;
        hash_text(request->bytes, request->length, told.hash);
    }
    box_answer(request, &told);
}

static void changed(void *data, const struct box_tool_result *result)
{
    struct box_request *request = box_batch_over(data);
    const struct buffer *out = result->out;
    if (result->failed || out->data[0] != '/')
        box_answer_failed(request, result);
    else if (strcmp(out->data, "/0\n") == 0)
        answer_done(request);
    else
        box_answer_error(request, box_error_number(out->data + 1, strcspn(out->data + 1, "\n")));
}

static void send_write(struct box_batch *batch, const char *path)
{
    const struct box_request *request = batch->first;
    const char *base = !request->other ? "-" : request->other[0] ? request->other : "0";
    char hash[HASH_TEXT];
    hash_text(request->bytes, request->length, hash);
    const char *const words[] = { path, base, hash, NULL };
    struct box_tool_spec spec = {
        .script = write_script, .arguments = words, .input = request->bytes, .input_length = request->length
    };
    batch->tool = box_tool_run(batch->box, &spec, changed, batch);
}

static void send_other(struct box_batch *batch, const char *path)
{
    const struct box_request *request = batch->first;
    const char *script = request->verb == SANDBOX_MAKE_FOLDER ? folder_script
                         : request->verb == SANDBOX_REMOVE    ? remove_script
                                                              : rename_script;
    char *second = request->verb == SANDBOX_RENAME ? box_tool_quote(request->other) : NULL;
    const char *const words[] = { path, second ? second : request->flag ? "1" : "0", NULL };
    struct box_tool_spec spec = { .script = script, .arguments = words };
    batch->tool = box_tool_run(batch->box, &spec, changed, batch);
    free(second);
}

void box_send_change(struct box_batch *batch)
{
    char *path = box_tool_quote(batch->first->path);
    if (batch->first->verb == SANDBOX_WRITE)
        send_write(batch, path);
    else
        send_other(batch, path);
    free(path);
}
