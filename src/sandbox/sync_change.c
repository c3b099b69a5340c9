/* sync_change.c - what a change is, for whoever shows it. */
#include "sandbox/sync.h"

#include "base/buffer.h"
#include "base/hash.h"
#include "matter/diff.h"

#include <stdlib.h>
#include <string.h>

const char *sync_change_name(const struct sync_change *change)
{
    static const char *const names[] = {
        [SYNC_ADDED] = "add",
        [SYNC_CHANGED] = "change",
        [SYNC_DELETED] = "delete",
        [SYNC_MODE] = "mode",
    };
    return names[change->kind];
}

static bool is_binary(const char *content, size_t length)
{
    return content && memchr(content, '\0', length);
}

bool sync_change_is_content(const struct sync_change *change)
{
    return !change->is_link && !change->is_folder && change->kind != SYNC_MODE;
}

bool sync_change_is_text(const struct sync_change *change)
{
    return sync_change_is_content(change) && !is_binary(change->before, change->before_length) &&
           !is_binary(change->after, change->after_length);
}

struct diff *sync_change_diff(const struct sync_change *change, size_t context)
{
    if (!sync_change_is_text(change) || (!change->before && !change->after))
        return NULL;
    return diff_new(change->before ? change->before : "", change->before_length,
                    change->after ? change->after : "", change->after_length, context);
}

bool sync_change_part(const struct sync_change *change, const struct diff *diff, const bool *chosen,
                      struct sync_change *part)
{
    struct buffer after;

    if (change->kind != SYNC_CHANGED || !sync_change_is_text(change))
        return false;
    *part = *change;
    buffer_init(&after, change->before_length + change->after_length + 1);
    diff_apply(diff, chosen, &after);
    part->after_length = after.length;
    part->after = buffer_detach(&after);
    part->sandbox_size = (int64_t)part->after_length;
    hash_text(part->after, part->after_length, part->sandbox_hash);
    return true;
}
