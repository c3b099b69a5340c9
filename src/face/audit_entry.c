/* audit_entry.c - from the events of a call to one line.
 *
 * Which field of which event fills which text is a table; a call that was judged twice (edited, or because the
 * sandbox changed under it) shows what was judged last, which is what ran. */
#include "face/audit_entry.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/visible.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
    enum event_type type;
    const char *field;
    enum audit_text text;
} fields[] = {
    { EVENT_CALL, "tool", AUDIT_TOOL },
    { EVENT_CALL, "summary", AUDIT_SUMMARY },
    { EVENT_CALL, "arguments", AUDIT_ARGUMENTS },
    { EVENT_CALL, "refused", AUDIT_REFUSED },
    { EVENT_VERDICT, "verdict", AUDIT_VERDICT },
    { EVENT_VERDICT, "reason", AUDIT_REASON },
    { EVENT_VERDICT, "rule", AUDIT_RULE },
    { EVENT_VERDICT, "profile", AUDIT_PROFILE },
    { EVENT_VERDICT, "digest", AUDIT_DIGEST },
    { EVENT_ASK, "digest", AUDIT_DIGEST },
    { EVENT_DECISION, "decision", AUDIT_DECISION },
    { EVENT_DECISION, "words", AUDIT_WORDS },
    { EVENT_DECISION, "difference", AUDIT_DIFFERENCE },
    { EVENT_DECISION, "arguments", AUDIT_ARGUMENTS },
    { EVENT_DECISION, "summary", AUDIT_SUMMARY },
    { EVENT_STARTED, "digest", AUDIT_DIGEST },
    { EVENT_ENDED, "end", AUDIT_END },
    { EVENT_FILE, "path", AUDIT_PATH },
    { EVENT_FILE, "change", AUDIT_CHANGE },
    { EVENT_FILE, "before", AUDIT_BEFORE },
    { EVENT_FILE, "after", AUDIT_AFTER },
    { EVENT_NOTICE, "text", AUDIT_SUMMARY },
    { EVENT_NOTICE, "rules", AUDIT_RULES },
    { EVENT_MODE, "mode", AUDIT_MODE },
    { EVENT_MODE, "reason", AUDIT_REASON },
};

/* Their names in JSON. */
static const char *const names[AUDIT_TEXTS] = {
    [AUDIT_TOOL] = "tool",         [AUDIT_SUMMARY] = "summary", [AUDIT_ARGUMENTS] = "arguments",
    [AUDIT_REFUSED] = "refused",   [AUDIT_VERDICT] = "verdict", [AUDIT_REASON] = "reason",
    [AUDIT_RULE] = "rule",         [AUDIT_PROFILE] = "profile", [AUDIT_DIGEST] = "digest",
    [AUDIT_DECISION] = "decision", [AUDIT_WORDS] = "words",     [AUDIT_END] = "end",
    [AUDIT_PATH] = "path",         [AUDIT_CHANGE] = "change",   [AUDIT_BEFORE] = "before",
    [AUDIT_AFTER] = "after",       [AUDIT_MODE] = "mode",       [AUDIT_DIFFERENCE] = "difference",
    [AUDIT_RULES] = "rules",
};

static void set_text(char **place, const char *text)
{
    free(*place);
    *place = xstrdup(text);
}

static void forget_text(char **place)
{
    free(*place);
    *place = NULL;
}

static void apply_fields(struct audit_entry *entry, const struct event *event)
{
    if (event->type == EVENT_VERDICT) /* a later verdict may have no rule */
        forget_text(&entry->texts[AUDIT_RULE]);
    if (event->type == EVENT_ASK) { /* anew: what was decided before counts no more */
        forget_text(&entry->texts[AUDIT_DECISION]);
        forget_text(&entry->texts[AUDIT_DIFFERENCE]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        const char *text = fields[i].type == event->type ? json_get_text(event->body, fields[i].field) : NULL;
        if (text)
            set_text(&entry->texts[fields[i].text], text);
    }
}

static bool is(const struct audit_entry *entry, enum audit_text text, const char *word)
{
    return entry->texts[text] && strcmp(entry->texts[text], word) == 0;
}

/* What a person edited is judged once more; when the policy would only ask for it, it was they who decided. */
static bool decides(const struct audit_entry *entry, const struct event *event)
{
    return event->type == EVENT_DECISION || event->type == EVENT_ASK ||
           (event->type == EVENT_VERDICT &&
            !(is(entry, AUDIT_DECISION, "edit") && is(entry, AUDIT_VERDICT, "ask")));
}

static void apply_times(struct audit_entry *entry, const struct event *event)
{
    if (event->type == EVENT_CALL || event->type == EVENT_MODE || event->type == EVENT_NOTICE) {
        entry->proposed = event->time;
        entry->seq = event->seq;
        set_text(&entry->proposer, event->actor);
    } else if (decides(entry, event)) {
        entry->decided = event->time;
        set_text(&entry->decider, event->actor);
    } else if (event->type == EVENT_STARTED) {
        entry->started = event->time;
    } else if (event->type == EVENT_ENDED) {
        entry->ended = event->time;
    }
}

void audit_entry_apply(struct audit_entry *entry, const struct event *event)
{
    apply_fields(entry, event);
    apply_times(entry, event);
    if (event->type == EVENT_ENDED)
        entry->has_code = json_integer(json_get(event->body, "code"), &entry->code);
    if (event->type != EVENT_RESULT)
        return;
    entry->resulted = true;
    entry->ok = json_get_boolean(event->body, "ok", false);
    entry->dropped = json_get_boolean(event->body, "dropped", false);
}

void audit_entry_release(struct audit_entry *entry)
{
    for (size_t i = 0; i < AUDIT_TEXTS; i++)
        free(entry->texts[i]);
    free(entry->proposer);
    free(entry->decider);
}

const char *audit_entry_what(const struct audit_entry *entry)
{
    if (!entry->call)
        return entry->texts[AUDIT_MODE] ? "mode" : "rule";
    if (entry->texts[AUDIT_PATH])
        return "edited";
    if (entry->started)
        return "ran";
    if (is(entry, AUDIT_DECISION, "reject") || is(entry, AUDIT_DECISION, "stop"))
        return "rejected";
    if (is(entry, AUDIT_VERDICT, "deny"))
        return "denied";
    if (entry->dropped)
        return "dropped";
    return entry->resulted ? "unusable" : "waits";
}

int64_t audit_entry_time(const struct audit_entry *entry)
{
    return entry->decided ? entry->decided : entry->proposed;
}

const char *audit_entry_by(const struct audit_entry *entry)
{
    if (!entry->call)
        return entry->proposer ? entry->proposer : "";
    return entry->decider ? entry->decider : "";
}

/* --- for people --- */

static void add_visible(struct buffer *out, const char *before, const char *text)
{
    if (!text || !*text)
        return;
    buffer_append_text(out, before);
    visible_line(out, text, strlen(text));
}

/* "exit 1", "timed_out", "failed". */
static void add_end(struct buffer *out, const struct audit_entry *entry)
{
    if (entry->has_code)
        buffer_append_format(out, " (exit %" PRId64 ")", entry->code);
    else if (entry->texts[AUDIT_END] && !is(entry, AUDIT_END, "exited"))
        buffer_append_format(out, " (%s)", entry->texts[AUDIT_END]);
    else if (entry->started && entry->resulted && !entry->ok)
        buffer_append_text(out, " (failed)");
}

char *audit_entry_line(const struct audit_entry *entry)
{
    struct buffer out = BUFFER_INIT;
    char text[32];
    time_t seconds = (time_t)(audit_entry_time(entry) / 1000);
    struct tm local;

    localtime_r(&seconds, &local);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
    buffer_append_format(&out, "%s  %s", text, entry->session);
    if (entry->call)
        buffer_append_format(&out, " #%-4" PRId64, entry->call);
    buffer_append_format(&out, "  %-8s by ", audit_entry_what(entry));
    add_visible(&out, "", audit_entry_by(entry));
    add_visible(&out, ", ", entry->call ? entry->texts[AUDIT_RULE] : NULL);
    add_visible(&out, "  ", entry->texts[AUDIT_MODE]);
    add_visible(&out, "  ", entry->texts[AUDIT_TOOL]);
    add_visible(&out, entry->texts[AUDIT_TOOL] ? ": " : "  ", entry->texts[AUDIT_SUMMARY]);
    add_end(&out, entry);
    return buffer_detach(&out);
}

/* --- for programs --- */

static void add_text(struct buffer *out, const char *key, const char *text)
{
    buffer_append_format(out, ",\"%s\":", key);
    json_print_text(out, text);
}

static void add_number(struct buffer *out, const char *key, int64_t number)
{
    buffer_append_format(out, ",\"%s\":%" PRId64, key, number);
}

static void add_time(struct buffer *out, const char *key, int64_t time)
{
    char text[CLOCK_TEXT];

    if (!time)
        return;
    clock_format(time, text);
    add_text(out, key, text);
}

/* Written without a tree: an audit has a hundred thousand of them. */
char *audit_entry_json(const struct audit_entry *entry)
{
    struct buffer out = BUFFER_INIT;

    add_time(&out, "time", audit_entry_time(entry));
    add_text(&out, "session", entry->session);
    add_number(&out, "seq", entry->seq);
    add_number(&out, "call", entry->call);
    add_text(&out, "what", audit_entry_what(entry));
    add_text(&out, "by", audit_entry_by(entry));
    add_text(&out, "proposer", entry->proposer ? entry->proposer : "");
    for (size_t i = 0; i < AUDIT_TEXTS; i++)
        if (entry->texts[i])
            add_text(&out, names[i], entry->texts[i]);
    if (entry->has_code)
        add_number(&out, "code", entry->code);
    add_time(&out, "proposed", entry->proposed);
    add_time(&out, "started", entry->started);
    add_time(&out, "ended", entry->ended);
    buffer_append_byte(&out, '}');
    out.data[0] = '{'; /* for the comma */
    char *safe = event_escape(out.data);
    buffer_release(&out);
    return safe;
}
