/* modal_plan_words.c - what a box is made of, in words: they are shown, and they are part of every digest. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "sandbox/modal_plan.h"

#include <inttypes.h>

char *box_plan_mounts(const struct box_plan *plan)
{
    struct buffer out = BUFFER_INIT;
    for (size_t i = 0; i < plan->spec.volume_count; i++) {
        const struct modal_volume_mount *mount = &plan->spec.volumes[i];
        if (!mount->read_only)
            buffer_append_format(&out, "%svolume %s%s%s at %s", out.length ? "\n" : "", mount->volume,
                                 mount->sub_path ? "/" : "", mount->sub_path ? mount->sub_path : "",
                                 mount->path);
    }
    for (size_t i = 0; i < plan->spec.bucket_count; i++) {
        const struct modal_bucket_mount *mount = &plan->spec.buckets[i];
        if (!mount->read_only)
            buffer_append_format(&out, "%sbucket %s%s%s at %s", out.length ? "\n" : "", mount->bucket,
                                 mount->prefix ? "/" : "", mount->prefix ? mount->prefix : "", mount->path);
    }
    return buffer_detach(&out);
}

char *box_plan_limits(const struct box_plan *plan)
{
    const struct modal_sandbox_spec *spec = &plan->spec;
    struct buffer out = BUFFER_INIT;
    char span[CLOCK_TEXT];
    buffer_append_format(&out, "%g CPU", spec->cpu);
    if (spec->cpu_limit > 0)
        buffer_append_format(&out, " (at most %g)", spec->cpu_limit);
    buffer_append_format(&out, ", memory %" PRId64 " MiB", spec->memory);
    if (spec->memory_limit > 0)
        buffer_append_format(&out, " (at most %" PRId64 ")", spec->memory_limit);
    if (spec->gpu)
        buffer_append_format(&out, ", GPU %s", spec->gpu);
    clock_format_span(spec->timeout * 1000, span);
    buffer_append_format(&out, ", ends after %s", span);
    if (spec->idle_timeout > 0) {
        clock_format_span(spec->idle_timeout * 1000, span);
        buffer_append_format(&out, " or %s without work", span);
    }
    return buffer_detach(&out);
}

static void append_words(struct buffer *out, const char *const *words)
{
    for (; words && *words; words++)
        buffer_append_format(out, "%s%s", out->data[out->length - 1] == ' ' ? "" : ", ", *words);
}

char *box_network_words(enum modal_network network, const char *const *domains, const char *const *cidrs)
{
    struct buffer out = BUFFER_INIT;
    if (network == MODAL_NETWORK_BLOCKED)
        return xstrdup("off");
    if (network == MODAL_NETWORK_OPEN)
        return xstrdup("on (everywhere)");
    buffer_append_text(&out, "on, only to ");
    append_words(&out, domains);
    append_words(&out, cidrs);
    return buffer_detach(&out);
}
