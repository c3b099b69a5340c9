/* deed_redirects.c - what redirections and assignments do, of a command or by themselves. */
#include "policy/deed_private.h"

#include "base/memory.h"
#include "base/path.h"
#include "policy/value.h"

#include <string.h>

static bool is_network_file(const char *path)
{
    return strncmp(path, "/dev/tcp/", 9) == 0 || strncmp(path, "/dev/udp/", 9) == 0;
}

void deed_redirect(struct examination *examination, const struct redirect *redirect)
{
    struct record *record = examination->record;
    const struct value *target = &redirect->target;
    if (redirect->closes_or_copies)
        return;
    if (redirect->kind >= READER_HERE) {
        deed_note(examination, EFFECT_INPUT, "a here-document");
        return;
    }
    if (is_network_file(target->text)) {
        deed_note(examination, EFFECT_NETWORK, target->text);
        deed_add_host(examination->scan, record, target->text + 9);
        return;
    }
    if (target->sure && deed_is_stream(target->text))
        return;
    bool reads = redirect->kind == READER_FROM || redirect->kind == READER_FROM_TO;
    if (reads) {
        deed_note(examination, EFFECT_INPUT, target->text);
        deed_touch(examination, target, ACCESS_READ);
    }
    if (redirect->kind != READER_FROM)
        deed_touch(examination, target, ACCESS_WRITE);
}

/* Its value may be a command: PAGER='less -R'. */
static void note_dangerous(struct examination *examination, const struct assignment *assignment)
{
    struct record *record = examination->record;
    deed_note(examination, record->count ? EFFECT_LOAD : EFFECT_SHELL, assignment->name);
    if (strchr(assignment->value.text, ' '))
        scan_payload_text(examination->scan, record, assignment->value.text, false);
}

/* LANGUAGE=../../x: translations are loaded from there. */
static bool leads_elsewhere(const struct assignment *assignment)
{
    return strncmp(assignment->name, "LANG", 4) == 0 && strchr(assignment->value.text, '/');
}

void deed_assignments(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 0; i < record->assignment_count; i++) {
        const char *name = record->assignments[i].name;
        if (variable_is_dangerous(name))
            note_dangerous(examination, &record->assignments[i]);
        else if (record->count && (!variable_is_harmless(name) || leads_elsewhere(&record->assignments[i])))
            deed_note(examination, EFFECT_LOAD, name);
        else if (!record->count && variable_of_environment(examination->scan, name, strlen(name)) &&
                 !variable_is_harmless(name))
            deed_note(examination, EFFECT_SHELL, name);
    }
}
