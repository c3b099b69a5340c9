/* call_pieces.c - which call a piece belongs to, and when a call can be told. */
#include "model/call_pieces.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/map.h"
#include "base/memory.h"
#include "model/model.h"
#include "model/repair.h"
#include "model/teller.h"

#include <stdlib.h>
#include <string.h>

enum {
    CALLS_MAX = 128,                 /* of one answer; what comes after is dropped */
    WAITING_MAX = 4 * ARGUMENTS_MAX, /* bytes of arguments of one answer kept at one time */
    NAME_MAX_BYTES = 256,
    ID_BYTES = 9, /* what Mistral's servers insist on: nine letters or digits */
};

/* Follows brackets through text that comes in pieces. */
struct brackets {
    bool begun, in_string, escaped;
    size_t depth;
};

struct call {
    int64_t index;
    char *server_id; /* as it came, "" for none */
    char *id;        /* as it is told */
    struct buffer name;
    struct buffer arguments;
    struct brackets brackets; /* of the arguments */
    bool begun;               /* call_begin was told */
    bool too_long;            /* over the ceiling: what came was let go */
    size_t told;              /* bytes of the arguments that were told */
    bool is_twin;             /* an earlier call has its id and its name: perhaps that one, sent again */
    char digest[HASH_TEXT];   /* of the arguments, once ended */
};

struct call_pieces {
    struct teller *teller;
    const struct model_tool *tools;
    size_t tool_count;
    struct map *used_ids;
    uint64_t seed;
    struct call *calls;
    size_t count, capacity;
    size_t open;    /* the first that has not ended */
    size_t waiting; /* bytes of arguments kept */
};

struct call_pieces *call_pieces_new(struct teller *teller, const struct model_tool *tools, size_t tool_count,
                                    struct map *used_ids, uint64_t seed)
{
    struct call_pieces *pieces = xcalloc(1, sizeof *pieces);
    pieces->teller = teller;
    pieces->tools = tools;
    pieces->tool_count = tool_count;
    pieces->seed = seed;
    pieces->used_ids = used_ids;
    return pieces;
}

static void release_call(struct call *call)
{
    free(call->server_id);
    free(call->id);
    buffer_release(&call->name);
    buffer_release(&call->arguments);
}

void call_pieces_free(struct call_pieces *pieces)
{
    if (!pieces)
        return;
    for (size_t i = 0; i < pieces->count; i++)
        release_call(&pieces->calls[i]);
    free(pieces->calls);
    free(pieces);
}

size_t call_pieces_count(const struct call_pieces *pieces)
{
    return pieces->count;
}

/* --- ids and names --- */

static void make_id(struct call_pieces *pieces, char id[ID_BYTES + 1])
{
    static const char signs[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    pieces->seed = pieces->seed * 6364136223846793005u + 1442695040888963407u;
    uint64_t value = pieces->seed >> 8;
    for (size_t i = 0; i < ID_BYTES; i++, value /= 36)
        id[i] = signs[value % 36];
    id[ID_BYTES] = '\0';
}

/* The server's id when it is new in this conversation, else one of ours. */
static char *choose_id(struct call_pieces *pieces, const char *server_id)
{
    char made[ID_BYTES + 1];
    const char *id = server_id;
    while (!*id || map_has(pieces->used_ids, id)) {
        make_id(pieces, made);
        id = made;
    }
    map_set(pieces->used_ids, id, pieces);
    return xstrdup(id);
}

static bool is_tool(const struct call_pieces *pieces, const char *name)
{
    for (size_t i = 0; i < pieces->tool_count; i++)
        if (strcmp(pieces->tools[i].name, name) == 0)
            return true;
    return false;
}

/* A name comes whole, again and again, or in pieces; a name that is a tool's is whole. */
static void add_name(const struct call_pieces *pieces, struct call *call, const char *name)
{
    if (call->begun || strcmp(call->name.data, name) == 0)
        return;
    if (call->name.length && is_tool(pieces, name))
        buffer_clear(&call->name);
    buffer_append_text(&call->name, name);
}

/* --- telling --- */

static void follow(struct brackets *brackets, const char *text)
{
    for (; *text; text++) {
        if (brackets->escaped) {
            brackets->escaped = false;
        } else if (*text == '"') {
            brackets->in_string = !brackets->in_string;
        } else if (brackets->in_string) {
            brackets->escaped = *text == '\\';
        } else if (*text == '{' || *text == '[') {
            brackets->begun = true;
            brackets->depth++;
        } else if ((*text == '}' || *text == ']') && brackets->depth) {
            brackets->depth--;
        }
    }
}

static bool is_whole(const struct call *call)
{
    return call->brackets.begun && !call->brackets.in_string && !call->brackets.depth;
}

/* Tells what of CALL has come since it was told last. */
static void tell_call(struct call_pieces *pieces, struct call *call)
{
    if (!call->begun) {
        call->begun = true;
        call->id = choose_id(pieces, call->server_id);
        teller_call_begin(pieces->teller, call->id, call->name.data);
    }
    size_t from = call->told;
    call->told = call->arguments.length;
    teller_call_arguments(pieces->teller, call->arguments.data + from, call->told - from);
}

/* The first open call is told live, but for one that may be a call of before. */
static void tell_live(struct call_pieces *pieces, struct call *call)
{
    bool is_first = call == &pieces->calls[pieces->open];
    if (is_first && !call->is_twin && call->arguments.length && call->name.length)
        tell_call(pieces, call);
}

static void let_go(struct call_pieces *pieces, struct call *call)
{
    pieces->waiting -= call->arguments.length;
    buffer_release(&call->arguments);
    call->told = 0;
}

static char *repaired(const struct call *call, bool complete, struct error *error)
{
    if (!call->name.length) {
        error_set(error, "The call names no tool, so it was not run.");
        return NULL;
    }
    if (call->too_long) {
        error_set(error,
                  "The arguments are too long (over %d MiB), so the call was not run. "
                  "Do it in smaller pieces.",
                  ARGUMENTS_MAX / 1024 / 1024);
        return NULL;
    }
    return repair_arguments(call->arguments.data, call->arguments.length, complete, error);
}

/* Of the value, not of how it was written. */
static void digest_arguments(const char *arguments, char digest[HASH_TEXT])
{
    struct json *json = json_parse(arguments, strlen(arguments), NULL);
    char *canonical = json_print(json);
    hash_text(canonical, strlen(canonical), digest);
    free(canonical);
    json_free(json);
}

static bool was_told_before(const struct call_pieces *pieces, const struct call *twin)
{
    for (const struct call *call = pieces->calls; call < twin; call++)
        if (strcmp(call->server_id, twin->server_id) == 0 && strcmp(call->name.data, twin->name.data) == 0 &&
            strcmp(call->digest, twin->digest) == 0)
            return true;
    return false;
}

static void end_open(struct call_pieces *pieces, bool complete)
{
    struct error error = ERROR_INIT;
    struct call *call = &pieces->calls[pieces->open];
    char *arguments = repaired(call, complete, &error);
    digest_arguments(arguments ? arguments : "{}", call->digest);
    if (!call->is_twin || !was_told_before(pieces, call)) {
        tell_call(pieces, call);
        teller_call_end(pieces->teller, arguments ? arguments : "{}",
                        arguments ? NULL : error_message(&error));
    }
    pieces->open++;
    let_go(pieces, call);
    free(arguments);
    error_clear(&error);
}

void call_pieces_settle(struct call_pieces *pieces)
{
    while (pieces->open < pieces->count && is_whole(&pieces->calls[pieces->open]))
        end_open(pieces, true);
}

void call_pieces_end(struct call_pieces *pieces, bool complete)
{
    while (pieces->open < pieces->count) {
        bool last = pieces->open + 1 == pieces->count;
        end_open(pieces, complete || !last);
    }
}

/* --- whose piece --- */

static struct call *add_call(struct call_pieces *pieces, int64_t index, const char *id)
{
    call_pieces_settle(pieces);
    if (pieces->count == CALLS_MAX)
        return NULL;
    pieces->calls = array_reserve(pieces->calls, &pieces->capacity, pieces->count + 1, sizeof *pieces->calls);
    struct call *call = &pieces->calls[pieces->count++];
    *call = (struct call){ .index = index, .server_id = xstrdup(id) };
    buffer_init(&call->name, NAME_MAX_BYTES);
    buffer_init(&call->arguments, ARGUMENTS_MAX);
    return call;
}

static struct call *call_at(const struct call_pieces *pieces, int64_t index)
{
    for (size_t i = pieces->count; i-- > 0;)
        if (pieces->calls[i].index == index)
            return &pieces->calls[i];
    return NULL;
}

static struct call *call_with(const struct call_pieces *pieces, const char *id)
{
    for (size_t i = pieces->count; i-- > 0;)
        if (*id && strcmp(pieces->calls[i].server_id, id) == 0)
            return &pieces->calls[i];
    return NULL;
}

static bool has_ended(const struct call_pieces *pieces, const struct call *call)
{
    return (size_t)(call - pieces->calls) < pieces->open;
}

static bool is_over(const struct call_pieces *pieces, const struct call *call)
{
    return has_ended(pieces, call) || is_whole(call);
}

/* Of a piece that names no tool: the call it goes on with; NULL: it is the first of one. */
static struct call *continued(const struct call_pieces *pieces, const struct call_piece *piece,
                              struct call *with_id, struct call *at_index, struct call *last)
{
    if (with_id || at_index)
        return with_id ? with_id : at_index;
    /* The tail of the last call may come without an index, or with another than its head had. */
    bool goes_on = last && (piece->index == CALL_NO_INDEX || last->index == CALL_NO_INDEX ||
                            (last->name.length && !is_over(pieces, last)));
    return goes_on ? last : NULL;
}

/* Of a piece that names a tool: the call whose name it repeats, or goes on with; NULL: it begins one. */
static struct call *renamed(const struct call_pieces *pieces, const struct call_piece *piece,
                            struct call *with_id, struct call *at_index, struct call *last)
{
    if (with_id) {
        bool elsewhere = piece->index != CALL_NO_INDEX && !at_index;
        return elsewhere || (is_over(pieces, with_id) && *piece->arguments) ? NULL : with_id;
    }
    if (at_index) {
        bool other_id = *piece->id && *at_index->server_id;
        return other_id || (is_over(pieces, at_index) && *piece->arguments) ? NULL : at_index;
    }
    if (!last || piece->index != CALL_NO_INDEX || (*piece->id && *last->server_id))
        return NULL;
    bool same_name = strcmp(piece->name, last->name.data) == 0;
    bool goes_on = same_name || !last->name.length || !is_tool(pieces, piece->name);
    return goes_on && !(is_over(pieces, last) && *piece->arguments) ? last : NULL;
}

static struct call *owner(struct call_pieces *pieces, const struct call_piece *piece)
{
    struct call *last = pieces->count ? &pieces->calls[pieces->count - 1] : NULL;
    struct call *with_id = call_with(pieces, piece->id);
    struct call *at_index = piece->index != CALL_NO_INDEX ? call_at(pieces, piece->index) : NULL;
    struct call *call = *piece->name ? renamed(pieces, piece, with_id, at_index, last)
                                     : continued(pieces, piece, with_id, at_index, last);
    if (!call && !*piece->name && !*piece->arguments)
        return NULL;
    bool is_twin = with_id && strcmp(with_id->name.data, piece->name) == 0;
    if (!call && (call = add_call(pieces, piece->index, piece->id)))
        call->is_twin = is_twin;
    if (call && call->index == CALL_NO_INDEX)
        call->index = piece->index;
    return call;
}

/* --- pieces --- */

/* "{}", which some servers send before the arguments that then come after all. */
static bool is_placeholder(const struct call *call)
{
    const char *text = call->arguments.data;
    text += strspn(text, " \t\r\n");
    return strncmp(text, "{}", 2) == 0;
}

/* Whole arguments are whole: what comes after is stray brackets, or the same once more. */
static void add_arguments(struct call_pieces *pieces, struct call *call, const char *text)
{
    size_t length = strlen(text);
    if (is_whole(call)) {
        if (*text != '{' || !is_placeholder(call))
            return;
        let_go(pieces, call);
        call->brackets = (struct brackets){ .begun = false };
    }
    follow(&call->brackets, text);
    if (call->too_long || !length)
        return;
    if (pieces->waiting + length <= WAITING_MAX && buffer_append(&call->arguments, text, length)) {
        pieces->waiting += length;
        return;
    }
    call->too_long = true;
    let_go(pieces, call);
}

void call_pieces_add(struct call_pieces *pieces, const struct call_piece *piece)
{
    const struct call_piece full = {
        .index = piece->index,
        .id = piece->id ? piece->id : "",
        .name = piece->name ? piece->name : "",
        .arguments = piece->arguments ? piece->arguments : "",
    };
    struct call *call = owner(pieces, &full);
    if (!call || has_ended(pieces, call))
        return;
    if (*full.id && !*call->server_id) {
        free(call->server_id);
        call->server_id = xstrdup(full.id);
    }
    if (*full.name)
        add_name(pieces, call, full.name);
    add_arguments(pieces, call, full.arguments);
    tell_live(pieces, call);
}

void call_pieces_add_whole(struct call_pieces *pieces, const char *name, const char *arguments)
{
    struct call *call = add_call(pieces, CALL_NO_INDEX, "");
    if (!call)
        return;
    buffer_append_text(&call->name, name);
    add_arguments(pieces, call, arguments);
    tell_live(pieces, call);
    call_pieces_settle(pieces);
}
