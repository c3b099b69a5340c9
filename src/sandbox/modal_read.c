/* modal_read.c - some bytes of a file: its size and, when asked for, its whole hash come in a line before them.
 *
 * Only what is asked for is sent over.  When that is the whole file the hash is made here, of the very bytes that
 * are told; else the sandbox makes it. */
#include "base/memory.h"
#include "modal/files.h"
#include "sandbox/modal_box.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 128 };

/* The path, the offset, the length, and 1 for the whole hash. */
static const char script[] =
    "u \"$1\"; p=$v o=$2 l=$3\n"
    "if [ ! -e \"$p\" ]; then k \"$p\"; e $c; fi\n"
    "[ -d \"$p\" ] && e EISDIR; [ -f \"$p\" ] || e EINVAL; [ -r \"$p\" ] || e EACCES\n"
    "s=$(stat -Lc %s -- \"$p\") || e EIO; h=-\n"
    "if [ $4 = 1 ] && { [ $o != 0 ] || [ $l -lt $s ]; }; then h=$(sha256sum <\"$p\") || e EIO; h=${h%% *}; "
    "fi\n"
    "printf '%s %s\\n' $s $h; [ $l = 0 ] && exit 0\n"
    "if [ $o = 0 ]; then exec head -c $l <\"$p\"; fi\n"
    "[ $o -ge $s ] || tail -c +$((o+1)) <\"$p\" | head -c $l\n";

/* "SIZE HASH\n", HASH "-" for none: the bytes of it, 0 when it makes no sense. */
static size_t read_head(const struct buffer *out, struct sandbox_answer *told)
{
    char *end;
    const char *newline = memchr(out->data, '\n', out->length);
    if (!newline)
        return 0;
    told->size = strtoll(out->data, &end, 10);
    if (*end != ' ' || told->size < 0)
        return 0;
    size_t length = (size_t)(newline - end) - 1;
    if (length == HASH_TEXT - 1)
        memcpy(told->hash, end + 1, length);
    else if (length != 1)
        return 0;
    return (size_t)(newline - out->data) + 1;
}

static void answer_content(struct box_request *request, const struct box_tool_result *result)
{
    const struct buffer *out = result->out;
    struct sandbox_answer told = { .bytes = "" };
    size_t head = read_head(out, &told);
    if (head == 0 || out->length - head > request->length) {
        box_answer_failed(request, result);
        return;
    }
    told.bytes = out->data + head;
    told.length = out->length - head;
    if (told.length < request->length && (told.length > 0 || request->offset == 0))
        told.size = request->offset + (int64_t)told.length; /* its end was met */
    if (request->flag && !told.hash[0])
        hash_text(told.bytes, told.length, told.hash);
    box_answer(request, &told);
}

static void has_read(void *data, const struct box_tool_result *result)
{
    struct box_request *request = box_batch_over(data);
    const struct buffer *out = result->out;
    if (result->failed || (result->code != 0 && out->length == 0))
        box_answer_failed(request, result);
    else if (out->data[0] == '/')
        box_answer_error(request, box_error_number(out->data + 1, strcspn(out->data + 1, "\n")));
    else
        answer_content(request, result);
}

void box_send_read(struct box_batch *batch)
{
    const struct box_request *request = batch->first;
    char *path = box_tool_quote(request->path), offset[32], length[32];
    const char *const words[] = { path, offset, length, request->flag ? "1" : "0", NULL };
    snprintf(offset, sizeof(offset), "%" PRId64, request->offset);
    snprintf(length, sizeof(length), "%zu", request->length);
    struct box_tool_spec spec = { .script = script, .arguments = words, .ceiling = request->length + HEAD };
    batch->tool = box_tool_run(batch->box, &spec, has_read, batch);
    free(path);
}
