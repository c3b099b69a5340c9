/* modal_looks.c - list, stat and hash: many in one program, each with its records.
 *
 * A record is "TYPE TARGET-TYPE MODE SIZE TIME NAME", NUL, the target of a link, NUL, as GNU find prints it: any
 * byte that a name may have comes as it is.  Behind the records of a request stands one that begins with a slash:
 * the name of an errno value, "0" when all is well, or of a hash "= SIZE HASH".  An image without GNU find is
 * looked at through Modal's own helper, one folder at a time. */
#include "base/memory.h"
#include "modal/files.h"
#include "sandbox/modal_box.h"
#include "sandbox/modal_entries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER = 64 * 1024 * 1024 };

/* l folder, s path, h file: by turns a letter and a quoted path. */
static const char script[] =
    "z() { printf '/%s\\0' \"$1\"; }\n"
    "while [ $# -gt 1 ]; do w=$1; u \"$2\"; shift 2; p=$v\n"
    "if [ ! -e \"$p\" ] && [ ! -L \"$p\" ]; then k \"$p\"; z $c; continue; fi\n"
    "case $w in\n"
    "l) if [ ! -d \"$p\" ]; then z ENOTDIR; elif [ ! -r \"$p\" ] || [ ! -x \"$p\" ]; then z EACCES; else\n"
    "find \"$p/.\" -mindepth 1 -maxdepth 1 -printf '%y %Y %m %s %T@ %f\\0%l\\0' 2>/dev/null; z 0; fi;;\n"
    "s) find \"$p\" -maxdepth 0 -printf '%y %Y %m %s %T@ .\\0%l\\0' 2>/dev/null; z 0;;\n"
    "h) if [ -d \"$p\" ]; then z EISDIR; elif [ ! -f \"$p\" ]; then z EINVAL; elif [ ! -r \"$p\" ]; then "
    "z EACCES; else s=$(stat -Lc %s -- \"$p\") && h=$(sha256sum <\"$p\") && z \"= $s ${h%% *}\" || z EIO; "
    "fi;;\n"
    "esac; done\n";

static const char *letter_of(const struct box_request *request)
{
    return request->verb == SANDBOX_LIST ? "l" : request->verb == SANDBOX_STAT ? "s" : "h";
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* --- answers --- */

static void answer_hash(struct box_request *request, const char *word)
{
    struct sandbox_answer told = { .bytes = "" };
    char *end;
    told.size = strtoll(word + 2, &end, 10);
    if (*end != ' ' || strlen(end + 1) != HASH_TEXT - 1 || told.size < 0) {
        box_answer_error(request, EIO);
        return;
    }
    memcpy(told.hash, end + 1, HASH_TEXT);
    box_answer(request, &told);
}

static bool makes_sense(const struct box_request *request, const struct box_entries *entries)
{
    if (request->verb == SANDBOX_STAT)
        return entries->count == 1;
    for (size_t i = 0; i < entries->count; i++)
        if (strcmp(entries->list[i].name, ".") == 0)
            return false;
    return true;
}

static void answer_entries(struct box_request *request, struct box_entries *entries)
{
    struct sandbox_answer told = { .entry_total = (int64_t)entries->count };
    if (!makes_sense(request, entries)) {
        box_answer_error(request, EIO);
        return;
    }
    if (request->verb == SANDBOX_STAT) {
        free((char *)entries->list[0].name);
        entries->list[0].name = xstrdup(last_name(request->path));
    } else {
        box_entries_sort(entries);
    }
    told.more = request->verb == SANDBOX_LIST && entries->count > request->length;
    told.entry_count = told.more ? request->length : entries->count;
    told.entries = entries->list;
    box_answer(request, &told);
}

static void answer_one(struct box_request *request, struct box_entries *entries, const char *word)
{
    if (strcmp(word, "0") == 0 && request->verb != SANDBOX_READ)
        answer_entries(request, entries);
    else if (word[0] == '=' && word[1] == ' ' && request->verb == SANDBOX_READ)
        answer_hash(request, word);
    else
        box_answer_error(request, box_error_number(word, strlen(word)));
}

/* Reads the records up to the next word of an end: the word, NULL when there is none. */
static const char *read_records(const char **at, const char *end, struct box_entries *entries)
{
    while (*at < end) {
        const char *record = *at;
        *at += strlen(record) + 1;
        if (record[0] == '/')
            return record + 1;
        const char *target = *at < end ? *at : "";
        *at += *at < end ? strlen(target) + 1 : 0;
        if (!box_entries_add(entries, record, target))
            return NULL;
    }
    return NULL;
}

static void looked(void *data, const struct box_tool_result *result)
{
    struct box_batch *batch = data;
    struct box *box = batch->box;
    struct buffer out = *result->out;
    buffer_init(result->out, 0);
    const char *at = out.data, *end = at + out.length;
    for (struct box_request *request = box_batch_over(batch), *after; request && !box->freed;
         request = after) {
        struct box_entries entries = { 0 };
        after = request->after;
        const char *word = read_records(&at, end, &entries);
        if (out.full)
            box_answer_error(request, EFBIG);
        else if (!word)
            box_answer_failed(request, result);
        else
            answer_one(request, &entries, word);
        box_entries_release(&entries);
    }
    buffer_release(&out);
}

/* --- by Modal's helper --- */

static int number_of(enum modal_file_error error)
{
    static const int numbers[] = {
        [MODAL_FILE_FINE] = 0,
        [MODAL_FILE_NOT_FOUND] = ENOENT,
        [MODAL_FILE_NOT_DIRECTORY] = ENOTDIR,
        [MODAL_FILE_IS_DIRECTORY] = EISDIR,
        [MODAL_FILE_DENIED] = EACCES,
        [MODAL_FILE_TOO_LARGE] = EFBIG,
        [MODAL_FILE_EXISTS] = EEXIST,
        [MODAL_FILE_NOT_EMPTY] = ENOTEMPTY,
        [MODAL_FILE_NOT_SUPPORTED] = ENOTSUP,
        [MODAL_FILE_GONE] = ENOTCONN,
        [MODAL_FILE_OTHER] = EIO,
    };
    return numbers[error];
}

/* What the helper is asked for one after another: a batch is one request then. */
static void helped(void *data, const struct modal_file_result *result)
{
    struct box_batch *batch = data;
    struct box *box = batch->box;
    struct box_entries entries = { 0 };
    box_enter(box);
    struct box_request *request = box_batch_over(batch);
    for (size_t i = 0; i < result->count; i++)
        box_entries_add_helped(&entries, &result->entries[i]);
    if (result->error != MODAL_FILE_FINE)
        box_answer_error(request, number_of(result->error));
    else
        answer_entries(request, &entries);
    box_entries_release(&entries);
    box_leave(box);
}

static void send_to_helper(struct box_batch *batch)
{
    const char *path = batch->first->path;
    if (batch->first->verb == SANDBOX_LIST)
        batch->call = modal_file_list(batch->box->task, path, helped, batch);
    else
        batch->call = modal_file_stat(batch->box->task, path, helped, batch);
}

/* --- sending --- */

void box_send_looks(struct box_batch *batch)
{
    char *words[2 * BOX_LOOKS + 1] = { NULL };
    size_t count = 0;
    if (batch->first->verb != SANDBOX_READ && !(batch->box->tools_there & BOX_HAS_FIND)) {
        send_to_helper(batch);
        return;
    }
    for (const struct box_request *at = batch->first; at; at = at->after) {
        words[count++] = xstrdup(letter_of(at));
        words[count++] = box_tool_quote(at->path);
    }
    struct box_tool_spec spec = { .script = script,
                                  .arguments = (const char *const *)words,
                                  .ceiling = ANSWER };
    batch->tool = box_tool_run(batch->box, &spec, looked, batch);
    while (count > 0)
        free(words[--count]);
}
