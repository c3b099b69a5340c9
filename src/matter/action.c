/* action.c - the digest's encoding: version, then each field with its length, in one fixed order.  A NULL is
 * told apart from an empty text; a list carries its count. Change ACTION_ENCODING when the order changes. */
#include "matter/action.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/texts.h"

#include <stdlib.h>
#include <string.h>

#define ACTION_ENCODING "sandgate-action-1"

struct action *action_new(enum action_kind kind, const char *tool)
{
    struct action *action = xcalloc(1, sizeof *action);

    action->kind = kind;
    action->tool = xstrdup(tool);
    action->origin = xstrdup("agent");
    return action;
}

void action_free(struct action *action)
{
    if (!action)
        return;
    char *texts[] = { action->tool,  action->origin, action->interpreter, action->script, action->cwd,
                      action->input, action->path,   action->base,        action->before, action->content };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(texts[i]);
    texts_free(action->argv);
    texts_free(action->environment);
    json_free(action->arguments);
    free(action);
}

static void add_number(struct hash *hash, int64_t number)
{
    unsigned char bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)number >> (56 - 8 * i));
    hash_add_field(hash, bytes, sizeof bytes);
}

static void add_bytes(struct hash *hash, const char *bytes, size_t length)
{
    hash_add_field(hash, bytes ? "+" : "-", 1);
    hash_add_field(hash, bytes ? bytes : "", bytes ? length : 0);
}

static void add_text(struct hash *hash, const char *text)
{
    add_bytes(hash, text, text ? strlen(text) : 0);
}

static void add_list(struct hash *hash, char *const *list)
{
    int64_t count = (int64_t)texts_count((const char *const *)list);

    add_number(hash, list ? count : -1);
    for (int64_t i = 0; i < count; i++)
        add_text(hash, list[i]);
}

static void add_place(struct hash *hash, const struct action_place *place)
{
    add_text(hash, place->backend);
    add_text(hash, place->sandbox);
    add_number(hash, place->generation);
    add_number(hash, place->network);
    add_number(hash, place->secrets);
    add_text(hash, place->mounts);
}

void action_digest(const struct action *action, const struct action_place *place, char digest[HASH_TEXT])
{
    struct hash *hash = hash_new();
    char *arguments = action->arguments ? json_print(action->arguments) : NULL;

    add_text(hash, ACTION_ENCODING);
    add_number(hash, action->kind);
    add_text(hash, action->tool);
    add_text(hash, action->origin);
    add_text(hash, action->interpreter);
    add_list(hash, action->argv);
    add_text(hash, action->script);
    add_text(hash, action->cwd);
    add_list(hash, action->environment);
    add_bytes(hash, action->input, action->input_length);
    add_number(hash, action->pty);
    add_number(hash, action->timeout);
    add_number(hash, action->output_limit);
    add_text(hash, action->path);
    add_number(hash, action->offset);
    add_number(hash, action->limit);
    add_text(hash, action->base);
    add_bytes(hash, action->content, action->content_length);
    add_text(hash, arguments);
    add_place(hash, place);
    hash_finish(hash, digest);
    free(arguments);
}
