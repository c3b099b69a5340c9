/* session_start.c - from a session to a sandbox that is ready: open it, copy the folder up, read the project's
 * instructions.  Each step ends in a callback that begins the next; a failure of the sandbox is final and said
 * once, nothing ever falls back to the host. */
#include "agent/session_private.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/conf.h"
#include "matter/call.h"
#include "sandbox/sandbox.h"
#include "sandbox/sync.h"

#include <stdlib.h>
#include <string.h>

/* The project's text for the model: the first that exists. */
static const char *const instruction_names[] = { "AGENTS.md", "CLAUDE.md" };
enum { INSTRUCTIONS_MAX = 64 * 1024 };

void session_record_sandbox(struct session *session, const char *state, const char *sentence)
{
    const struct sandbox_facts *facts = sandbox_facts(session->sandbox);
    struct json *body = json_new_object();

    json_set_text(body, "state", state);
    json_set_text(body, "backend", facts->backend);
    json_set_text(body, "workspace", session->workspace);
    json_set_text(body, "network", facts->network_words ? facts->network_words : "");
    json_set_text(body, "limits", facts->limits ? facts->limits : "");
    if (sentence)
        json_set_text(body, "sentence", sentence);
    if (strcmp(state, "programs") == 0)
        json_set_text(body, "programs", session->life.was.programs);
    if (strcmp(state, "snapshot") == 0)
        json_set_boolean(body, "unchanged", session->life.was.unchanged);
    if (session->life.was.snapshot && (strcmp(state, "snapshot") == 0 || strcmp(state, "restored") == 0))
        json_set_text(body, "snapshot", session->life.was.snapshot);
    if (facts->ends)
        json_set_integer(body, "ends", facts->ends);
    session_append(session, EVENT_SANDBOX, 0, "sandbox", body);
}

void session_sandbox_words_anew(struct session *session)
{
    const struct sandbox_facts *facts = sandbox_facts(session->sandbox);

    free(session->sandbox_words);
    session->sandbox_words = xasprintf("%s, network %s", facts->backend, facts->network_words);
}

static void now_ready(void *data)
{
    struct session *session = data;

    if (session->sandbox_failed || session->sandbox_ready)
        return; /* it went away while the project's text was read */
    if (!session->instructions_over || !facts_have_begun(session->facts))
        return; /* nothing may run before the programs were looked at */
    session->sandbox_ready = true;
    session_set_waiting(session, NULL);
    session_update_state(session);
    session_tell(session, NEWS_FILES);
    calls_step_soon(session);
    turn_consider(session);
}

static void instructions_are_over(struct session *session)
{
    session->instructions_over = true;
    now_ready(session);
}

static void read_instructions(struct session *session);

static void instructions_read(void *data, const struct sandbox_answer *answer)
{
    struct session *session = data;

    session->instructions_request = NULL;
    if (answer->failed) {
        session->instructions_at++;
        read_instructions(session);
        return;
    }
    session->instructions = xstrndup(answer->bytes, answer->length);
    session->instructions_name = xstrdup(instruction_names[session->instructions_at]);
    char *sentence =
        xasprintf("%s of the project is told to the model (%lld bytes%s). It can change no rule.",
                  session->instructions_name, (long long)answer->length,
                  answer->size > (int64_t)answer->length ? ", the rest is left out" : "");
    session_notice(session, "instructions", sentence);
    free(sentence);
    instructions_are_over(session);
}

static void read_instructions(struct session *session)
{
    if (session->instructions_at >= ARRAY_SIZE(instruction_names) ||
        !conf_boolean(session->setup.conf, "agent.instructions")) {
        instructions_are_over(session);
        return;
    }
    char *path = path_join(session->workspace, instruction_names[session->instructions_at]);
    session->instructions_request =
        sandbox_read(session->sandbox, path, 0, INSTRUCTIONS_MAX, false, instructions_read, session);
    free(path);
}

/* The folder is up: what the policy has to know of the sandbox is gathered while the project's text is read. */
static void look_and_read(struct session *session)
{
    facts_begin(session->facts, session->sandbox, life_facts_origin(session), now_ready, session);
    read_instructions(session);
}

static void record_sync(struct session *session, const struct sync_report *report)
{
    struct json *body = json_new_object(), *left_out = json_new_array();

    for (size_t i = 0; report->left_out && report->left_out[i]; i++)
        json_add(left_out, json_new_text(report->left_out[i]));
    json_set_integer(body, "files", report->files);
    json_set_integer(body, "folders", report->folders);
    json_set_integer(body, "links", report->links);
    json_set_integer(body, "bytes", report->bytes);
    json_set(body, "left_out", left_out);
    json_set_integer(body, "left_out_count", report->left_out_count);
    session_append(session, EVENT_SYNC, 0, "session", body);
}

static void tell_left_out(struct session *session, const struct sync_report *report)
{
    struct buffer text = BUFFER_INIT;

    if (report->left_out_count == 0)
        return;
    buffer_append_format(&text,
                         "%lld entries of %s were left out of the copy:", (long long)report->left_out_count,
                         session->setup.folder);
    for (size_t i = 0; report->left_out && report->left_out[i] && i < 10; i++)
        buffer_append_format(&text, "\n  %s", report->left_out[i]);
    if (report->left_out_count > 10)
        buffer_append_text(&text, "\n  ...");
    session_notice(session, "sync", text.data);
    buffer_release(&text);
}

static void synced(void *data, const struct sync_report *report)
{
    struct session *session = data;

    session->sync = NULL;
    if (report->failed) {
        session->sandbox_failed =
            xasprintf("%s could not be copied into the sandbox: %s", session->setup.folder, report->failed);
        session_error(session, "sync", session->sandbox_failed);
        session_set_waiting(session, NULL);
        session_update_state(session);
        return;
    }
    session->synced = true;
    record_sync(session, report);
    tell_left_out(session, report);
    look_and_read(session);
}

static void sync_progress(void *data, int64_t files, int64_t bytes)
{
    char *words = xasprintf("%lld files, %lld KB", (long long)files, (long long)(bytes / 1024));

    life_step(data, "copying the folder", words);
    free(words);
}

static void begin_sync(struct session *session)
{
    static const struct sync_events events = { sync_progress, synced };
    const struct conf *conf = session->setup.conf;

    if (session->synced || !session->setup.folder || !conf_boolean(conf, "terminal.file_sync_enabled")) {
        look_and_read(session);
        return;
    }
    char *manifest = path_join(session->folder, "manifest.json");
    life_step(session, "copying the folder", NULL);
    session->sync =
        sync_up(session->setup.loop, session->sandbox, session->setup.folder, session->workspace,
                conf_integer(conf, "terminal.file_sync_max_mb") * 1024 * 1024, manifest, &events, session);
    free(manifest);
}

static void sandbox_progress(void *data, const char *step, const char *detail)
{
    life_step(data, step, detail);
}

static void sandbox_is_ready(void *data)
{
    struct session *session = data;

    session_sandbox_words_anew(session);
    life_ready(session);
    begin_sync(session);
}

void session_sandbox_gone(struct session *session, const char *state, const char *sentence)
{
    char *copy = xstrdup(sentence);

    free(session->sandbox_failed);
    session->sandbox_failed = copy;
    session->sandbox_ready = false;
    sync_cancel(session->sync);
    session->sync = NULL;
    session_record_sandbox(session, state, sentence);
    session_set_waiting(session, NULL);
    calls_step_soon(session);
    session_update_state(session);
}

static void sandbox_has_failed(void *data, const char *failed)
{
    char *sentence = xstrdup(failed);

    if (!life_open_failed(data, &sentence))
        session_sandbox_gone(data, "failed", sentence);
    free(sentence);
}

void session_sandbox_lost(struct session *session, const char *lost)
{
    char *sentence = xstrdup(lost);

    life_lost(session, &sentence);
    session_sandbox_gone(session, "lost", sentence);
    free(sentence);
}

static void sandbox_is_lost(void *data, const char *lost)
{
    session_sandbox_lost(data, lost);
}

void session_open_sandbox(struct session *session)
{
    static const struct sandbox_open_events events = { sandbox_progress, sandbox_is_ready, sandbox_has_failed,
                                                       sandbox_is_lost };
    const struct conf *conf = session->setup.conf;
    char *folder = path_join(session->folder, "sandbox");
    struct sandbox_options options = {
        .backend = conf_text(conf, "terminal.backend"),
        .state_folder = folder,
        .workspace = session->workspace,
        /* What is passed through counts as a secret: the sandbox's facts then say so. */
        .environment =
            conf_list(conf, "terminal.env_passthrough")[0] ? (const char *const *)session->environment : NULL,
        .network = conf_boolean(conf, "terminal.network"),
        .memory = conf_integer(conf, "terminal.memory"),
        .processes = conf_integer(conf, "terminal.processes"),
        .file_size = conf_integer(conf, "terminal.file_size"),
        .cpu = conf_number(conf, "terminal.cpu"),
        .label = session->id,
        .conf = conf,
    };
    facts_forget(session->facts);
    session->instructions_over = false;
    life_choose(session, &options);
    session_set_waiting(session, "the sandbox");
    session->sandbox = sandbox_open(session->setup.loop, &options, &events, session);
    session_record_sandbox(session, "opening", NULL);
    free(folder);
}
