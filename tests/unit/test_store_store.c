/* test_store_store.c - sessions in and out of the store, in one process and in two. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "loop/loop.h"
#include "matter/event.h"
#include "store/store.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SESSION "20261120-140305-abcd"

struct scene {
    char folder[64];
    struct loop *loop;
    struct store *store;
    int answers, written; /* of durable appends */
    char *failure;
    struct buffer seen; /* what a reading callback was told */
    struct error error;
};

static void failed(void *data, const char *sentence)
{
    struct scene *scene = data;
    assert_null(scene->failure);
    scene->failure = xstrdup(sentence);
}

static void answered(void *data, bool written)
{
    struct scene *scene = data;
    scene->answers++;
    scene->written += written;
}

static void open_store(struct scene *scene)
{
    scene->store = store_open(scene->loop, scene->folder, failed, scene, &scene->error);
    assert_non_null(scene->store);
}

static void reopen(struct scene *scene)
{
    store_close(scene->store);
    open_store(scene);
}

static int setup(void **state)
{
    struct scene *scene = xcalloc(1, sizeof(*scene));
    strcpy(scene->folder, "/tmp/sandgate-store-XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    scene->loop = loop_new();
    buffer_init(&scene->seen, 0);
    open_store(scene);
    *state = scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;
    store_close(scene->store);
    loop_free(scene->loop);
    path_remove_tree(scene->folder, NULL);
    buffer_release(&scene->seen);
    error_clear(&scene->error);
    free(scene->failure);
    free(scene);
    return 0;
}

static struct event *make_event(const char *session, int64_t seq, enum event_type type, const char *text)
{
    struct event *event = event_new(type);
    snprintf(event->session, sizeof(event->session), "%s", session);
    strcpy(event->actor, "model");
    strcpy(event->sandbox, "box");
    event->seq = seq;
    event->parent = seq - 1;
    event->turn = 1;
    event->call = type == EVENT_CALL;
    event->generation = 2;
    event->time = 1795183385000 + seq;
    if (text) {
        json_set_text(event->body, "text", text);
    }
    return event;
}

static void append(struct scene *scene, const char *session, int64_t seq, enum event_type type,
                   const char *text)
{
    struct event *event = make_event(session, seq, type, text);
    store_append(scene->store, event, NULL, NULL);
    event_free(event);
}

/* Appends durably and turns the loop until the answer is there: all before is committed then. */
static void append_and_wait(struct scene *scene, const char *session, int64_t seq)
{
    struct event *event = make_event(session, seq, EVENT_NOTICE, "mark");
    int before = scene->answers;
    store_append(scene->store, event, answered, scene);
    event_free(event);
    while (scene->answers == before) {
        loop_turn(scene->loop, -1);
    }
}

static bool see_event(void *data, const struct event *event)
{
    struct scene *scene = data;
    assert_int_equal(strlen(event->hash), HASH_TEXT - 1);
    char *line = event_print(event);
    buffer_append_format(&scene->seen, "%s\n", line);
    free(line);
    return true;
}

static bool see_seq(void *data, const struct event *event)
{
    buffer_append_format(&((struct scene *)data)->seen, "%lld ", (long long)event->seq);
    return true;
}

static bool see_two(void *data, const struct event *event)
{
    see_seq(data, event);
    return event->seq < 2;
}

static bool see_draft(void *data, int64_t draft, enum event_type type, int64_t turn, int64_t call,
                      const char *bytes, size_t length)
{
    buffer_append_format(&((struct scene *)data)->seen, "%lld %s %lld %lld %.*s\n", (long long)draft,
                         event_type_name(type), (long long)turn, (long long)call, (int)length, bytes);
    return true;
}

static bool see_session(void *data, const struct store_session *session)
{
    buffer_append_format(&((struct scene *)data)->seen, "%s %lld %s|%s|%s%s\n", session->id,
                         (long long)session->events, session->folder, session->model, session->title,
                         session->held ? " held" : "");
    return true;
}

static bool see_text(void *data, const char *text)
{
    buffer_append_format(&((struct scene *)data)->seen, "%s\n", text);
    return true;
}

static void seen_is(struct scene *scene, const char *expected)
{
    assert_string_equal(scene->seen.data, expected);
    buffer_clear(&scene->seen);
}

static void error_is(struct scene *scene, const char *expected)
{
    assert_string_equal(error_message(&scene->error), expected);
    error_clear(&scene->error);
}

/* SQL on the file, as somebody else would run it; the first value of the last row. */
static char *sql(struct scene *scene, const char *text)
{
    char path[128], *value = NULL;
    snprintf(path, sizeof(path), "%s/sandgate.db", scene->folder);
    sqlite3 *handle;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    sqlite3_busy_timeout(handle, 5000);
    for (const char *rest = text; *rest;) {
        assert_int_equal(sqlite3_prepare_v2(handle, rest, -1, &statement, &rest), SQLITE_OK);
        int step;
        while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
            free(value);
            value = xstrdup((const char *)sqlite3_column_text(statement, 0));
        }
        assert_int_equal(step, SQLITE_DONE);
        sqlite3_finalize(statement);
    }
    sqlite3_close(handle);
    return value;
}

static void sql_is(struct scene *scene, const char *text, const char *expected)
{
    char *value = sql(scene, text);
    assert_non_null(value);
    assert_string_equal(value, expected);
    free(value);
}

/* --- events --- */

static void events_come_back_as_they_went(void **state)
{
    struct scene *scene = *state;
    struct buffer expected = BUFFER_INIT;
    static const char *const texts[] = { "plain", "", "a \"quote\"\n\ttab \x01 and \xf0\x9f\xa6\x8a",
                                         "last" };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct event *event = make_event(SESSION, (int64_t)i + 1, EVENT_TEXT, texts[i]);
        event->call = 70000;
        json_set_boolean(event->body, "broken", i % 2 == 0);
        char *line = event_print(event);
        buffer_append_format(&expected, "%s\n", line);
        store_append(scene->store, event, NULL, NULL);
        free(line);
        event_free(event);
    }
    reopen(scene);
    assert_true(store_events(scene->store, SESSION, see_event, scene, &scene->error));
    seen_is(scene, expected.data);
    assert_true(store_events(scene->store, SESSION, see_two, scene, &scene->error));
    seen_is(scene, "1 2 ");
    assert_true(store_events(scene->store, "no-such", see_two, scene, &scene->error));
    seen_is(scene, "");
    buffer_release(&expected);
}

static void a_body_of_megabytes_comes_back(void **state)
{
    struct scene *scene = *state;
    size_t length = 12 << 20;
    char *text = xmalloc(length + 1);
    memset(text, 'x', length);
    text[length] = '\0';
    append(scene, SESSION, 1, EVENT_RESULT, text);
    append_and_wait(scene, SESSION, 2);
    assert_true(store_events(scene->store, SESSION, see_event, scene, &scene->error));
    assert_true(scene->seen.length > length);
    assert_non_null(strstr(scene->seen.data, text));
    free(text);
}

static void a_durable_append_is_answered_once(void **state)
{
    struct scene *scene = *state;
    for (int seq = 1; seq <= 5; seq++) {
        append_and_wait(scene, SESSION, seq);
        assert_int_equal(scene->answers, seq);
        assert_int_equal(scene->written, seq);
        buffer_clear(&scene->seen);
        assert_true(store_events(scene->store, SESSION, see_seq, scene, &scene->error));
        assert_int_equal(scene->seen.length, 2 * seq);
    }
}

static void undemanding_appends_are_committed_too(void **state)
{
    struct scene *scene = *state;
    append(scene, SESSION, 1, EVENT_NOTICE, "x");
    while (scene->seen.length == 0) {
        loop_turn(scene->loop, 1);
        assert_true(store_events(scene->store, SESSION, see_seq, scene, &scene->error));
    }
    seen_is(scene, "1 ");
}

static void nobody_is_answered_after_close(void **state)
{
    struct scene *scene = *state;
    struct event *event = make_event(SESSION, 1, EVENT_NOTICE, "x");
    store_append(scene->store, event, answered, scene);
    loop_turn(scene->loop, 0);
    event_free(event);
    reopen(scene);
    loop_turn(scene->loop, 0);
    assert_int_equal(scene->answers, 0);
    assert_true(store_events(scene->store, SESSION, see_seq, scene, &scene->error));
    seen_is(scene, "1 ");
}

static void close_in_answer(void *data, bool written)
{
    struct scene *scene = data;
    answered(data, written);
    store_close(scene->store);
    scene->store = NULL;
}

static void a_callback_may_close_the_store(void **state)
{
    struct scene *scene = *state;
    for (int seq = 1; seq <= 3; seq++) {
        struct event *event = make_event(SESSION, seq, EVENT_NOTICE, "x");
        store_append(scene->store, event, close_in_answer, scene);
        event_free(event);
    }
    while (scene->store) {
        loop_turn(scene->loop, -1);
    }
    loop_turn(scene->loop, 0);
    assert_int_equal(scene->answers, 1);
}

static void an_event_out_of_order_ends_writing(void **state)
{
    struct scene *scene = *state;
    append_and_wait(scene, SESSION, 1);
    append_and_wait(scene, SESSION, 3);
    assert_int_equal(scene->answers, 2);
    assert_int_equal(scene->written, 1);
    assert_string_equal(scene->failure,
                        "the session can no longer be saved: event 3 of session " SESSION
                        " does not follow event 1, the last in the store; another process may "
                        "have written to the session");
    append_and_wait(scene, SESSION, 2);
    assert_int_equal(scene->written, 1);
}

/* --- the chain --- */

static void write_ten(struct scene *scene)
{
    for (int seq = 1; seq < 10; seq++) {
        append(scene, SESSION, seq, EVENT_TEXT, "words");
    }
    append(scene, SESSION "2", 1, EVENT_TEXT, "another session's");
    append_and_wait(scene, SESSION, 10);
}

static void the_chain_fits(void **state)
{
    struct scene *scene = *state;
    char head[HASH_TEXT], expected[HASH_TEXT] = "";
    write_ten(scene);
    for (int seq = 1; seq <= 10; seq++) {
        struct event *event =
            make_event(SESSION, seq, seq < 10 ? EVENT_TEXT : EVENT_NOTICE, seq < 10 ? "words" : "mark");
        char previous[HASH_TEXT];
        strcpy(previous, expected);
        event_chain(event, previous, expected);
        event_free(event);
    }
    assert_true(store_verify(scene->store, SESSION, head, &scene->error));
    assert_string_equal(head, expected);
    assert_true(store_verify(scene->store, SESSION "2", head, &scene->error));
    assert_false(store_verify(scene->store, "nothing", head, &scene->error));
    error_is(scene, "there is no session nothing");
}

static void tampering_names_the_first_event(void **state)
{
    static const struct {
        const char *sql, *sentence;
    } cases[] = {
        { "UPDATE event SET body = '{\"text\":\"wordz\"}' WHERE seq = 4",
          "event 4 of session " SESSION " was changed: its hash does not fit" },
        { "UPDATE event SET body = body || ' ' WHERE seq = 4",
          "event 4 of session " SESSION " was changed: its hash does not fit" },
        { "UPDATE event SET actor = 'person' WHERE seq >= 6",
          "event 6 of session " SESSION " was changed: its hash does not fit" },
        { "UPDATE event SET time = time + 1 WHERE seq = 1",
          "event 1 of session " SESSION " was changed: its hash does not fit" },
        { "UPDATE event SET version = 2 WHERE seq = 4",
          "event 4 of session " SESSION " was changed: its hash does not fit" },
        { "UPDATE event SET parent = 1 WHERE seq = 4",
          "event 4 of session " SESSION " was changed: its hash does not fit" },
        { "UPDATE event SET turn = 2 WHERE seq = 4",
          "event 4 of session " SESSION " was changed: its hash does not fit" },
        { "UPDATE event SET call = 1 WHERE seq = 4",
          "event 4 of session " SESSION " was changed: its hash does not fit" },
        { "UPDATE event SET type = 'notice' WHERE seq = 4",
          "event 4 of session " SESSION " was changed: its hash does not fit" },
        { "UPDATE event SET sandbox = 'other' WHERE seq = 4",
          "event 4 of session " SESSION " was changed: its hash does not fit" },
        { "UPDATE event SET generation = 3 WHERE seq = 4",
          "event 4 of session " SESSION " was changed: its hash does not fit" },
        { "UPDATE event SET type = 'sermon' WHERE seq = 4",
          "event 4 of session " SESSION " is of a type that this program does not know" },
        { "UPDATE event SET seq = 99 WHERE seq = 4; UPDATE event SET seq = 4 WHERE seq = 5;"
          "UPDATE event SET seq = 5 WHERE seq = 99",
          "event 4 of session " SESSION " was changed: its hash does not fit" },
        { "UPDATE event SET session = 99 WHERE seq = 4", "event 4 of session " SESSION " is missing" },
        { "UPDATE event SET hash = replace(hash, 'a', 'b') WHERE seq = 9",
          "event 9 of session " SESSION " was changed: its hash does not fit" },
        { "DELETE FROM event WHERE seq = 3", "event 3 of session " SESSION " is missing" },
        { "DELETE FROM event WHERE seq >= 9", "event 9 of session " SESSION " is missing" },
        { "DELETE FROM event WHERE seq = 3; UPDATE event SET seq = seq - 1 WHERE seq > 3",
          "event 3 of session " SESSION " was changed: its hash does not fit" },
        { "UPDATE session SET events = 8", "event 9 of session " SESSION " was added: it had 8" },
        { "UPDATE session SET events = 11", "event 11 of session " SESSION " is missing" },
        { "UPDATE session SET head = 'x'",
          "the last event of session " SESSION " is not the one that was written last" },
    };
    struct scene *scene = *state;
    char head[HASH_TEXT];
    write_ten(scene);
    store_close(scene->store);
    sql(scene, "CREATE TABLE kept AS SELECT * FROM event; CREATE TABLE kept2 AS SELECT * FROM session");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        sql(scene, cases[i].sql);
        open_store(scene);
        assert_false(store_verify(scene->store, SESSION, head, &scene->error));
        error_is(scene, cases[i].sentence);
        store_close(scene->store);
        sql(scene, "DELETE FROM event; INSERT INTO event SELECT * FROM kept;"
                   "DELETE FROM session; INSERT INTO session SELECT * FROM kept2");
        open_store(scene);
        assert_true(store_verify(scene->store, SESSION, head, &scene->error));
        store_close(scene->store);
    }
    open_store(scene);
}

static void an_unreadable_body_is_named(void **state)
{
    struct scene *scene = *state;
    char head[HASH_TEXT];
    write_ten(scene);
    sql(scene, "DROP TRIGGER event_removed; UPDATE event SET body = '{\"text\":' WHERE seq = 2");
    assert_false(store_verify(scene->store, SESSION, head, &scene->error));
    assert_non_null(strstr(error_message(&scene->error), "event 2 of session " SESSION " cannot be read"));
    error_clear(&scene->error);
    assert_false(store_events(scene->store, SESSION, see_seq, scene, &scene->error));
    assert_non_null(strstr(error_message(&scene->error), "event 2 of session " SESSION " cannot be read"));
    seen_is(scene, "1 ");
}

static bool see_body(void *data, const struct event *event)
{
    char *body = json_print(event->body);
    buffer_append_format(&((struct scene *)data)->seen, "%lld %.40s\n", (long long)event->seq, body);
    free(body);
    return true;
}

/* Who reads a whole store asks for what it needs: other types do not come, nor do long texts. */
static void some_types_come_without_long_texts(void **state)
{
    static const enum event_type types[] = { EVENT_NOTICE, EVENT_RESULT };
    struct scene *scene = *state;
    char *words = xcalloc(2001, 1);
    memset(words, 'x', 2000);
    append(scene, SESSION, 1, EVENT_NOTICE, "short");
    append(scene, SESSION, 2, EVENT_TEXT, "other");
    struct event *event = make_event(SESSION, 3, EVENT_RESULT, words);
    json_set_boolean(event->body, "ok", true);
    store_append(scene->store, event, NULL, NULL);
    event_free(event);
    append_and_wait(scene, SESSION, 4);
    assert_true(
        store_events_of(scene->store, SESSION, types, ARRAY_SIZE(types), see_body, scene, &scene->error));
    seen_is(scene, "1 {\"text\":\"short\"}\n3 {\"ok\":true}\n4 {\"text\":\"mark\"}\n");
    free(words);
    free(
        sql(scene, "DROP TRIGGER event_removed; UPDATE event SET body = substr(body, 1, 900) WHERE seq = 3"));
    assert_false(
        store_events_of(scene->store, SESSION, types, ARRAY_SIZE(types), see_body, scene, &scene->error));
    assert_non_null(strstr(error_message(&scene->error), "event 3 of session " SESSION " cannot be read"));
    error_clear(&scene->error);
}

/* A fold that keeps calls by number must not be led astray. */
static void an_impossible_call_is_named(void **state)
{
    static const char *const numbers[] = { "-1", "9000000000000000000", "0 WHERE type = 'call'" };
    struct scene *scene = *state;
    append(scene, SESSION, 1, EVENT_TEXT, "words");
    append(scene, SESSION, 2, EVENT_CALL, NULL);
    append_and_wait(scene, SESSION, 3);
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        char *change = xasprintf("UPDATE event SET call = 1; UPDATE event SET call = %s", numbers[i]);
        free(sql(scene, change));
        free(change);
        assert_false(store_events(scene->store, SESSION, see_seq, scene, &scene->error));
        assert_non_null(
            strstr(error_message(&scene->error), "cannot be read: it is about an impossible call"));
        error_clear(&scene->error);
    }
}

/* --- drafts --- */

static void draft(struct scene *scene, int64_t number, const char *text)
{
    store_draft(scene->store, SESSION, number, number == 2 ? EVENT_OUTPUT : EVENT_TEXT, 3,
                number == 2 ? 8 : 0, text, strlen(text));
}

static void drafts_come_back_until_they_are_closed(void **state)
{
    struct scene *scene = *state;
    append(scene, SESSION, 1, EVENT_SESSION, NULL);
    draft(scene, 1, "The ");
    draft(scene, 2, "out");
    draft(scene, 1, "answer");
    append_and_wait(scene, SESSION, 2);
    draft(scene, 1, " is");
    draft(scene, 2, "put");
    draft(scene, 2, "");
    append_and_wait(scene, SESSION, 3);
    assert_true(store_drafts(scene->store, SESSION, see_draft, scene, &scene->error));
    seen_is(scene, "1 text 3 0 The answer is\n2 output 3 8 output\n");

    append(scene, SESSION, 4, EVENT_TEXT, "The answer is");
    store_draft_end(scene->store, SESSION, 1);
    append_and_wait(scene, SESSION, 5);
    assert_true(store_drafts(scene->store, SESSION, see_draft, scene, &scene->error));
    seen_is(scene, "2 output 3 8 output\n");

    reopen(scene);
    draft(scene, 3, "never written");
    store_draft_end(scene->store, SESSION, 3);
    store_draft_end(scene->store, SESSION, 2);
    append_and_wait(scene, SESSION, 6);
    assert_true(store_drafts(scene->store, SESSION, see_draft, scene, &scene->error));
    seen_is(scene, "");
    assert_true(store_drafts(scene->store, "nothing", see_draft, scene, &scene->error));
    seen_is(scene, "");
}

/* The writer has all the time that another store's commits take, and must not take half a turn. */
static void one_turn_is_committed_together(void **state)
{
    struct scene *scene = *state;
    struct event *event = make_event(SESSION, 2, EVENT_TEXT, "answer");
    draft(scene, 1, "ans");
    append_and_wait(scene, SESSION, 1);
    store_append(scene->store, event, answered, scene);
    void *other;
    setup(&other);
    for (int seq = 1; seq <= 20; seq++) {
        append_and_wait(other, SESSION, seq);
    }
    teardown(&other);
    assert_true(store_events(scene->store, SESSION, see_seq, scene, &scene->error));
    seen_is(scene, "1 ");
    store_draft_end(scene->store, SESSION, 1);
    while (scene->answers < 2) {
        loop_turn(scene->loop, -1);
    }
    assert_true(store_events(scene->store, SESSION, see_seq, scene, &scene->error));
    assert_true(store_drafts(scene->store, SESSION, see_draft, scene, &scene->error));
    seen_is(scene, "1 2 ");
    event_free(event);
}

/* While somebody else writes nothing can be committed: what waits must not grow with the number of pieces. */
static void waiting_pieces_are_joined(void **state)
{
    struct scene *scene = *state;
    append_and_wait(scene, SESSION, 1);
    char path[128];
    snprintf(path, sizeof(path), "%s/sandgate.db", scene->folder);
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (int i = 0; i < 20000; i++) {
        draft(scene, 1, "0123456789");
        if (i % 10 == 0) {
            loop_turn(scene->loop, 0);
        }
    }
    assert_int_equal(sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
    append_and_wait(scene, SESSION, 2);
    sql_is(scene, "SELECT sum(length(bytes)) FROM draft", "200000");
    sql_is(scene, "SELECT count(*) < 30 FROM draft", "1");
}

/* --- sessions --- */

static void fill_session(struct scene *scene, const char *id, const char *folder, const char *prompt)
{
    struct event *event = make_event(id, 1, EVENT_SESSION, NULL);
    json_set_text(event->body, "folder", folder);
    json_set_text(event->body, "model", "small");
    store_append(scene->store, event, NULL, NULL);
    event_free(event);
    append(scene, id, 2, EVENT_PROMPT, prompt);
    append(scene, id, 3, EVENT_PROMPT, "and another");
}

static void sessions_are_listed_newest_first(void **state)
{
    struct scene *scene = *state;
    fill_session(scene, "20261120-000000-aaaa", "/one", "  Explore\n\t/repo,  please ");
    fill_session(scene, "20261120-000000-bbbb", "/two", "Second");
    fill_session(scene, "20261121-000000-cccc", "/one", "Third");
    append_and_wait(scene, "20261120-000000-aaaa", 4);
    struct store_lease *lease = store_lease_take(scene->store, "20261120-000000-bbbb", &scene->error);
    assert_non_null(lease);
    assert_true(store_sessions(scene->store, NULL, see_session, scene, &scene->error));
    seen_is(scene, "20261120-000000-aaaa 4 /one|small|Explore /repo, please\n"
                   "20261121-000000-cccc 3 /one|small|Third\n"
                   "20261120-000000-bbbb 3 /two|small|Second held\n");
    assert_true(store_sessions(scene->store, "/one", see_session, scene, &scene->error));
    seen_is(scene, "20261120-000000-aaaa 4 /one|small|Explore /repo, please\n"
                   "20261121-000000-cccc 3 /one|small|Third\n");
    assert_true(store_sessions(scene->store, "/three", see_session, scene, &scene->error));
    seen_is(scene, "");
    store_lease_free(lease);
}

/* A title is cut at a character's boundary. */
static void a_long_title_is_cut(void **state)
{
    struct scene *scene = *state;
    char prompt[512] = "x";
    for (size_t i = 1; i + 3 < sizeof(prompt); i += 3) {
        strcpy(prompt + i, "\xe2\x82\xac");
    }
    append(scene, SESSION, 1, EVENT_PROMPT, prompt);
    append_and_wait(scene, SESSION, 2);
    sql_is(scene, "SELECT length(CAST(title AS BLOB)) FROM session", "118");
}

static void a_session_is_found_by_the_beginning_of_its_id(void **state)
{
    struct scene *scene = *state;
    char found[SESSION_ID_TEXT];
    append(scene, "20261120-aa", 1, EVENT_NOTICE, "x");
    append(scene, "20261120-aab", 1, EVENT_NOTICE, "x");
    append(scene, "20261121-bb", 1, EVENT_NOTICE, "x");
    append_and_wait(scene, "20261121-bb", 2);
    assert_true(store_find(scene->store, "20261121", found, &scene->error));
    assert_string_equal(found, "20261121-bb");
    assert_true(store_find(scene->store, "20261120-aa", found, &scene->error));
    assert_string_equal(found, "20261120-aa");
    assert_false(store_find(scene->store, "20261120", found, &scene->error));
    error_is(scene, "more than one session begins with \"20261120\" (20261120-aa, 20261120-aab); "
                    "type more of its id");
    assert_false(store_find(scene->store, "%", found, &scene->error));
    error_is(scene, "there is no session whose id is or begins with \"%\"");
    assert_false(store_find(scene->store, "", found, &scene->error));
    error_clear(&scene->error);
}

static void ids_sort_and_differ(void **state)
{
    struct scene *scene = *state;
    char first[SESSION_ID_TEXT], second[SESSION_ID_TEXT], time[CLOCK_TEXT];
    clock_format(clock_wall(), time);
    store_new_id(scene->store, first);
    store_new_id(scene->store, second);
    assert_string_not_equal(first, second);
    assert_int_equal(strlen(first), 20);
    assert_memory_equal(first, time, 4);
    char *folder = store_session_folder(scene->store, first);
    struct stat status;
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    free(folder);
}

static void only_the_person_can_read_it(void **state)
{
    struct scene *scene = *state;
    static const char *const names[] = { "sandgate.db", "sandgate.db-wal", "sandgate.db-shm" };
    append_and_wait(scene, SESSION, 1);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char *path = path_join(scene->folder, names[i]);
        struct stat status;
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        free(path);
    }
}

static void a_deleted_session_is_gone(void **state)
{
    struct scene *scene = *state;
    char *folder = store_session_folder(scene->store, SESSION);
    fill_session(scene, SESSION, "/one", "needle in the words");
    fill_session(scene, "20261121-other", "/one", "needle too");
    draft(scene, 1, "half");
    /* what is queued goes before it */
    append(scene, SESSION, 4, EVENT_TEXT, "last");
    append_and_wait(scene, "20261121-other", 4);
    sql_is(scene, "SELECT count(*) FROM search WHERE search MATCH 'needle'", "2");
    assert_true(store_delete(scene->store, SESSION, &scene->error));
    assert_int_equal(access(folder, F_OK), -1);
    assert_true(store_sessions(scene->store, NULL, see_session, scene, &scene->error));
    seen_is(scene, "20261121-other 4 /one|small|needle too\n");
    sql_is(scene, "SELECT count(*) FROM event", "4");
    sql_is(scene, "SELECT count(*) FROM draft", "0");
    sql_is(scene, "SELECT count(*) FROM search WHERE search MATCH 'needle'", "1");
    assert_false(store_delete(scene->store, SESSION, &scene->error));
    error_is(scene, "there is no session whose id is or begins with \"" SESSION "\"");
    free(folder);
}

static void what_is_finished_can_be_searched(void **state)
{
    struct scene *scene = *state;
    append(scene, SESSION, 1, EVENT_PROMPT, "explore the orchard");
    append(scene, SESSION, 2, EVENT_TEXT, "the Orchards have apples");
    append(scene, SESSION, 3, EVENT_NOTICE, "orchard of no interest");
    struct event *event = make_event(SESSION, 4, EVENT_CALL, NULL);
    json_set_text(event->body, "arguments", "{\"script\":\"ls orchard\"}");
    store_append(scene->store, event, NULL, NULL);
    event_free(event);
    append_and_wait(scene, SESSION, 5);
    sql_is(scene, "SELECT group_concat(rowid) FROM search WHERE search MATCH 'orchard'", "1,4");
    free(sql(scene, "INSERT INTO search(search) VALUES('integrity-check')"));
}

/* --- leases --- */

/* Runs the act of another process (`acts`) in one, which says true or false by its exit code.  This program is
 * started anew for it (main): a fork alone would keep the locks that the store's writer happens to hold. */
static pid_t start_child(const char *act, struct scene *scene)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        execl("/proc/self/exe", "act", act, scene->folder, (char *)NULL);
        _exit(127);
    }
    return pid;
}

static bool child_was_right(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == 0;
}

static bool child_is_refused(struct scene *scene)
{
    struct error error = ERROR_INIT;
    char expected[128];
    snprintf(expected, sizeof(expected),
             "session " SESSION " is open in another sandgate (process %ld); end that one first",
             (long)getppid());
    return !store_lease_take(scene->store, SESSION, &error) && strcmp(error_message(&error), expected) == 0 &&
           !store_delete(scene->store, SESSION, &error) &&
           strstr(error_message(&error), "cannot be deleted: session " SESSION " is open") &&
           store_sessions(scene->store, NULL, see_session, scene, NULL) &&
           strstr(scene->seen.data, " held\n");
}

/* It ends without giving the lease back, as a crash does. */
static bool child_takes_it(struct scene *scene)
{
    return store_lease_take(scene->store, SESSION, NULL) != NULL;
}

static void a_lease_keeps_others_out(void **state)
{
    struct scene *scene = *state;
    append_and_wait(scene, SESSION, 1);
    struct store_lease *lease = store_lease_take(scene->store, SESSION, &scene->error);
    assert_non_null(lease);
    assert_true(child_was_right(start_child("is refused", scene)));
    assert_null(store_lease_take(scene->store, SESSION, &scene->error));
    error_clear(&scene->error);
    assert_false(store_delete(scene->store, SESSION, &scene->error));
    error_clear(&scene->error);
    store_lease_free(lease);
    assert_true(child_was_right(start_child("takes it", scene)));
    lease = store_lease_take(scene->store, SESSION, &scene->error);
    assert_non_null(lease);
    store_lease_free(lease);
    assert_true(store_delete(scene->store, SESSION, &scene->error));
}

static bool child_sees_all(struct scene *scene)
{
    return store_lease_take(scene->store, SESSION, NULL) &&
           store_events(scene->store, SESSION, see_seq, scene, NULL) && strcmp(scene->seen.data, "1 2 ") == 0;
}

static void the_next_holder_sees_all(void **state)
{
    struct scene *scene = *state;
    struct store_lease *lease = store_lease_take(scene->store, SESSION, &scene->error);
    append(scene, SESSION, 1, EVENT_NOTICE, "x");
    append(scene, SESSION, 2, EVENT_NOTICE, "x");
    store_lease_free(lease);
    assert_true(child_was_right(start_child("sees all", scene)));
}

static void a_lease_needs_an_id(void **state)
{
    struct scene *scene = *state;
    assert_null(store_lease_take(scene->store, "../escape", &scene->error));
    error_is(scene, "\"../escape\" is not the id of a session");
}

/* --- two processes --- */

enum { EACH = 200 };

static bool write_many(struct scene *scene, const char *session)
{
    for (int seq = 1; seq <= EACH; seq++) {
        if (seq % 10 == 0) {
            append_and_wait(scene, session, seq);
        } else {
            append(scene, session, seq, EVENT_TEXT, "words");
            store_draft(scene->store, session, 1, EVENT_TEXT, 1, 0, "piece", 5);
            loop_turn(scene->loop, 0);
        }
    }
    return scene->written == EACH / 10;
}

static bool child_writes(struct scene *scene)
{
    bool written = write_many(scene, "20261120-child");
    store_close(scene->store);
    return written;
}

static void two_processes_write_at_once(void **state)
{
    struct scene *scene = *state;
    char head[HASH_TEXT];
    pid_t pid = start_child("writes", scene);
    assert_true(write_many(scene, "20261120-parent"));
    assert_true(child_was_right(pid));
    assert_true(store_verify(scene->store, "20261120-parent", head, &scene->error));
    assert_true(store_verify(scene->store, "20261120-child", head, &scene->error));
    sql_is(scene, "SELECT count(*) FROM event", "400");
    sql_is(scene, "PRAGMA integrity_check", "ok");
}

/* --- history --- */

static void history_is_kept_without_repeats(void **state)
{
    struct scene *scene = *state;
    static const char *const typed[] = { "one", "two", "two", "three\nlines", "one" };
    for (size_t i = 0; i < ARRAY_SIZE(typed); i++) {
        store_history_add(scene->store, typed[i]);
    }
    reopen(scene);
    assert_true(store_history(scene->store, 3, see_text, scene, &scene->error));
    seen_is(scene, "two\nthree\nlines\none\n");
    assert_true(store_history(scene->store, 100, see_text, scene, &scene->error));
    seen_is(scene, "one\ntwo\nthree\nlines\none\n");
}

/* --- what cannot be opened --- */

static void expect_unusable(struct scene *scene, const char *part)
{
    char head[HASH_TEXT];
    open_store(scene);
    struct event *event = make_event(SESSION, 1, EVENT_NOTICE, "x");
    store_append(scene->store, event, answered, scene);
    event_free(event);
    while (!scene->failure || scene->answers == 0) {
        loop_turn(scene->loop, -1);
    }
    assert_int_equal(scene->written, 0);
    assert_non_null(strstr(scene->failure, part));
    assert_false(store_verify(scene->store, SESSION, head, &scene->error));
    error_is(scene, scene->failure);
}

static void a_newer_form_is_refused(void **state)
{
    struct scene *scene = *state;
    append_and_wait(scene, SESSION, 1);
    scene->answers = scene->written = 0;
    store_close(scene->store);
    sql(scene, "PRAGMA user_version = 99");
    expect_unusable(scene, "was written by a newer sandgate (its form is 99, this program knows 1)");
}

static void what_is_no_database_is_refused(void **state)
{
    struct scene *scene = *state;
    store_close(scene->store);
    char *path = path_join(scene->folder, "sandgate.db");
    char junk[4096];
    memset(junk, 'j', sizeof(junk));
    assert_true(path_write_file(path, junk, sizeof(junk), 0600, &scene->error));
    free(path);
    expect_unusable(scene, "file is not a database");
}

static void a_folder_that_cannot_be_made_is_an_error(void **state)
{
    struct scene *scene = *state;
    append_and_wait(scene, SESSION, 1);
    char *path = path_join(scene->folder, "sandgate.db/below");
    assert_null(store_open(scene->loop, path, NULL, NULL, &scene->error));
    assert_non_null(scene->error.message);
    free(path);
}

/* What start_child has done. */
static int act(const char *name, const char *folder)
{
    static const struct {
        const char *name;
        bool (*act)(struct scene *scene);
    } acts[] = {
        { "is refused", child_is_refused },
        { "takes it", child_takes_it },
        { "sees all", child_sees_all },
        { "writes", child_writes },
    };
    struct scene scene = { .loop = loop_new() };
    snprintf(scene.folder, sizeof(scene.folder), "%s", folder);
    buffer_init(&scene.seen, 0);
    scene.store = store_open(scene.loop, scene.folder, NULL, NULL, NULL);
    for (size_t i = 0; scene.store && i < ARRAY_SIZE(acts); i++) {
        if (strcmp(acts[i].name, name) == 0) {
            _exit(acts[i].act(&scene) ? 0 : 1); /* as a crash: nothing is closed */
        }
    }
    return 1;
}

int main(int argc, char **argv)
{
    alarm(600);
    if (argc == 3 && strcmp(argv[0], "act") == 0) {
        return act(argv[1], argv[2]);
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(events_come_back_as_they_went),
        TEST(a_body_of_megabytes_comes_back),
        TEST(a_durable_append_is_answered_once),
        TEST(undemanding_appends_are_committed_too),
        TEST(nobody_is_answered_after_close),
        TEST(a_callback_may_close_the_store),
        TEST(an_event_out_of_order_ends_writing),
        TEST(the_chain_fits),
        TEST(tampering_names_the_first_event),
        TEST(an_unreadable_body_is_named),
        TEST(some_types_come_without_long_texts),
        TEST(an_impossible_call_is_named),
        TEST(drafts_come_back_until_they_are_closed),
        TEST(one_turn_is_committed_together),
        TEST(waiting_pieces_are_joined),
        TEST(sessions_are_listed_newest_first),
        TEST(a_long_title_is_cut),
        TEST(a_session_is_found_by_the_beginning_of_its_id),
        TEST(ids_sort_and_differ),
        TEST(only_the_person_can_read_it),
        TEST(a_deleted_session_is_gone),
        TEST(what_is_finished_can_be_searched),
        TEST(a_lease_keeps_others_out),
        TEST(the_next_holder_sees_all),
        TEST(a_lease_needs_an_id),
        TEST(two_processes_write_at_once),
        TEST(history_is_kept_without_repeats),
        TEST(a_newer_form_is_refused),
        TEST(what_is_no_database_is_refused),
        TEST(a_folder_that_cannot_be_made_is_an_error),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
