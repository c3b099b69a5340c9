/* explain.c - what a script does, in plain words: one line for each command, from the reader's tree and from
 * knowledge, without a model. */
#include "policy/policy.h"

#include "base/buffer.h"
#include "base/visible.h"
#include "policy/floor.h"
#include "policy/proof.h"

#include <string.h>

/* Foreign text as one visible line, holes as dots. */
static void add_shown(struct buffer *out, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, (char[]){ HOLE, '\0' });
        visible_line(out, text, length);
        text += length;
        if (*text)
            buffer_append_text(out, "...");
        text += *text == HOLE;
    }
}

static void add_name(struct buffer *out, const struct record *record)
{
    if (!record->count && record->redirect_count)
        buffer_append_text(out, "a redirection");
    else if (!record->count)
        buffer_append_text(out, "sets variables");
    else
        add_shown(out, *record->spoken ? record->spoken : "a program that is not known beforehand");
}

static void add_effects(struct buffer *out, const struct record *record)
{
    const char *before = ": ";
    unsigned effects = record->effects & ~(unsigned)EFFECT_READ;
    if (record->count && !effects) {
        buffer_append_text(out, ": only reads and prints");
        return;
    }
    for (unsigned i = 0; i < EFFECT_COUNT; i++)
        if (effects & 1u << i) {
            buffer_append_format(out, "%s%s", before, proof_effect_phrase(1u << i));
            before = ", ";
        }
}

static void add_files(struct buffer *out, const struct record *record, unsigned access, const char *words)
{
    const char *before = words;
    for (size_t i = 0; i < record->touched_count; i++) {
        const struct touched *touched = &record->touched[i];
        if (!(touched->access & access) || (access == ACCESS_READ && touched->access != ACCESS_READ))
            continue;
        buffer_append_text(out, before);
        add_shown(out, touched->glob    ? touched->glob
                       : touched->known ? touched->path
                                        : "files that are not known beforehand");
        if (touched->known && touched->below && !touched->glob)
            buffer_append_text(out, "/...");
        if (touched->tree)
            buffer_append_text(out, " and all below it");
        before = ", ";
    }
}

static void add_record(struct buffer *out, const struct record *record)
{
    for (const struct record *outer = record->outer; outer; outer = outer->outer)
        buffer_append_text(out, "  ");
    add_name(out, record);
    add_effects(out, record);
    add_files(out, record, ACCESS_DELETE, "; deletes ");
    add_files(out, record, ACCESS_WRITE, "; writes ");
    add_files(out, record, ACCESS_READ, "; looks at ");
    for (size_t i = 0; i < record->host_count; i++) {
        buffer_append_text(out, i ? ", " : "; reaches ");
        add_shown(out, record->hosts[i]);
    }
    if (record->outer && *record->outer->program) {
        buffer_append_text(out, record->maybe ? " (perhaps run by " : " (run by ");
        add_shown(out, record->outer->program);
        buffer_append_byte(out, ')');
    }
    buffer_append_text(out, ".\n");
}

void policy_explain(const struct policy_request *request, struct buffer *out)
{
    struct scan scan;
    struct finding finding;
    const char *reason;
    if (!request->script || !request->interpreter || strcmp(request->interpreter, "bash") != 0)
        return;
    scan_init(&scan, request);
    scan_script(&scan);
    for (size_t i = 0; i < scan.count; i++)
        add_record(out, scan.records[i]);
    if (floor_search(&scan, &finding))
        buffer_append_format(out, "%s\n", finding.reason);
    struct reader *reader = reader_new(request->script, request->script_length);
    if (!reader_exact(reader, &reason, NULL, NULL))
        buffer_append_format(
            out, "It cannot be read exactly: %s. There may be more in it than is said here.\n", reason);
    reader_free(reader);
    if (scan.over_budget)
        buffer_append_text(out, "It is too much to be read to its end.\n");
    scan_release(&scan);
}
