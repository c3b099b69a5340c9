/* test_face_audit.c - `sandgate audit` on a store made here: each outcome, its order, its times. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "loop/loop.h"
#include "matter/event.h"
#include "store/store.h"
#include "tests/support/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FIRST "20261120-140305-abcd"
#define SECOND "20261121-090000-efgh"

/* 2026-11-20 14:03:00 UTC */
enum { MINUTE = 60000 };
static const int64_t start = 1795183380000;

/* One event: SESSION's next. BODY is JSON. */
struct row {
    const char *session;
    int minute;
    int64_t call;
    enum event_type type;
    const char *actor, *body;
};

static const struct row log_rows[] = {
    { FIRST, 0, 0, EVENT_SESSION, "session", "{\"folder\":\"/x\"}" },
    { FIRST, 0, 0, EVENT_MODE, "person", "{\"mode\":\"auto\",\"reason\":\"hurry\"}" },
    { FIRST, 0, 0, EVENT_NOTICE, "session", "{\"text\":\"Waiting.\",\"kind\":\"waiting\"}" },
    { FIRST, 0, 0, EVENT_NOTICE, "person",
      "{\"text\":\"Rules for this session: allow touch.\",\"kind\":\"rule\",\"rules\":\"- allow: "
      "touch\\n\"}" },
    { FIRST, 1, 1, EVENT_CALL, "model",
      "{\"tool\":\"run_command\",\"summary\":\"pytest \\u001b[31m\",\"arguments\":\"{}\"}" },
    { FIRST, 1, 1, EVENT_VERDICT, "policy", "{\"verdict\":\"ask\",\"reason\":\"Code.\",\"digest\":\"d1\"}" },
    { FIRST, 5, 1, EVENT_DECISION, "approver:bot", "{\"decision\":\"run\",\"digest\":\"d1\"}" },
    { FIRST, 5, 1, EVENT_STARTED, "session", "{\"exec\":\"e\",\"digest\":\"d1\"}" },
    { FIRST, 6, 1, EVENT_ENDED, "sandbox", "{\"end\":\"exited\",\"code\":1}" },
    { FIRST, 6, 1, EVENT_RESULT, "sandbox", "{\"text\":\"t\",\"ok\":false}" },
    { FIRST, 7, 2, EVENT_CALL, "model", "{\"tool\":\"run_command\",\"summary\":\"rm -rf /\"}" },
    { FIRST, 7, 2, EVENT_VERDICT, "policy",
      "{\"verdict\":\"deny\",\"reason\":\"No.\",\"rule\":\"floor:remove-root\"}" },
    { FIRST, 7, 2, EVENT_RESULT, "policy", "{\"text\":\"t\",\"ok\":false}" },
    { FIRST, 20, 3, EVENT_CALL, "model", "{\"tool\":\"write_file\",\"summary\":\"/w/a\"}" },
    { FIRST, 20, 3, EVENT_VERDICT, "policy",
      "{\"verdict\":\"allow\",\"rule\":\"~/p.yaml:3\",\"profile\":\"sandboxed\"}" },
    { FIRST, 20, 3, EVENT_STARTED, "session", "{\"exec\":\"e3\"}" },
    { FIRST, 20, 3, EVENT_FILE, "sandbox", "{\"path\":\"/w/a\",\"change\":\"made\",\"after\":\"h\"}" },
    { FIRST, 20, 3, EVENT_RESULT, "sandbox", "{\"text\":\"t\",\"ok\":true}" },
    { FIRST, 25, 4, EVENT_CALL, "model", "{\"tool\":\"write_file\",\"summary\":\"/w/b\"}" },
    { FIRST, 25, 4, EVENT_VERDICT, "policy", "{\"verdict\":\"ask\"}" },
    { FIRST, 25, 4, EVENT_ASK, "policy", "{\"ask\":\"2\"}" },
    { FIRST, 26, 4, EVENT_DECISION, "person",
      "{\"decision\":\"edit\",\"hunks\":[2],\"hunk_count\":3,\"difference\":\"@@\"}" },
    { FIRST, 26, 4, EVENT_VERDICT, "policy", "{\"verdict\":\"ask\"}" },
    { FIRST, 26, 4, EVENT_STARTED, "session", "{\"exec\":\"e4\"}" },
    { FIRST, 26, 4, EVENT_FILE, "sandbox", "{\"path\":\"/w/b\",\"change\":\"changed\"}" },
    { FIRST, 26, 4, EVENT_RESULT, "sandbox", "{\"text\":\"t\",\"ok\":true}" },
    { SECOND, 6, 0, EVENT_SESSION, "session", "{\"folder\":\"/y\"}" },
    { SECOND, 6, 1, EVENT_CALL, "model", "{\"tool\":\"run_command\",\"summary\":\"curl x\"}" },
    { SECOND, 6, 1, EVENT_VERDICT, "policy", "{\"verdict\":\"ask\"}" },
    { SECOND, 8, 1, EVENT_DECISION, "person", "{\"decision\":\"reject\",\"words\":\"why?\"}" },
    { SECOND, 8, 1, EVENT_RESULT, "person", "{\"text\":\"t\",\"ok\":false}" },
    { SECOND, 9, 2, EVENT_CALL, "model", "{\"tool\":\"read_file\",\"refused\":\"not JSON\"}" },
    { SECOND, 9, 2, EVENT_RESULT, "session", "{\"text\":\"t\",\"ok\":false}" },
    { SECOND, 10, 3, EVENT_CALL, "model", "{\"tool\":\"run_command\",\"summary\":\"make\"}" },
    { SECOND, 10, 3, EVENT_VERDICT, "policy", "{\"verdict\":\"ask\"}" },
};

static void append(struct store *store, const struct row *row, int64_t *seq)
{
    struct error error = ERROR_INIT;
    struct event *event = event_new(row->type);
    strcpy(event->session, row->session);
    strcpy(event->actor, row->actor);
    event->seq = ++*seq;
    event->parent = event->seq - 1;
    event->call = row->call;
    event->time = start + (int64_t)row->minute * MINUTE;
    json_free(event->body);
    event->body = json_parse(row->body, strlen(row->body), NULL);
    if (!event_check(event, &error))
        fail_msg("%s", error_message(&error));
    store_append(store, event, NULL, NULL);
    event_free(event);
}

static int setup(void **state)
{
    char *root = xstrdup("/tmp/sandgate-audit-XXXXXX");
    assert_non_null(mkdtemp(root));
    setenv("XDG_DATA_HOME", root, 1);
    setenv("TZ", "UTC", 1);
    char *data = path_data();
    struct loop *loop = loop_new();
    struct store *store = store_open(loop, data, NULL, NULL, NULL);
    int64_t first = 0, second = 0;
    for (size_t i = 0; i < ARRAY_SIZE(log_rows); i++)
        append(store, &log_rows[i], strcmp(log_rows[i].session, FIRST) == 0 ? &first : &second);
    store_close(store);
    loop_free(loop);
    free(data);
    *state = root;
    return 0;
}

static int teardown(void **state)
{
    path_remove_tree(*state, NULL);
    free(*state);
    return 0;
}

#define LINE_MODE "2026-11-20 14:03:00  " FIRST "  mode     by person  auto\n"
#define LINE_RULE "2026-11-20 14:03:00  " FIRST "  rule     by person  Rules for this session: allow touch.\n"
#define LINE_RAN \
    "2026-11-20 14:08:00  " FIRST " #1     ran      by approver:bot  run_command: pytest ^[[31m (exit 1)\n"
#define LINE_DENIED \
    "2026-11-20 14:10:00  " FIRST " #2     denied   by policy, floor:remove-root  run_command: rm -rf /\n"
#define LINE_REJECTED "2026-11-20 14:11:00  " SECOND " #1     rejected by person  run_command: curl x\n"
#define LINE_UNUSABLE "2026-11-20 14:12:00  " SECOND " #2     unusable by   read_file\n"
#define LINE_WAITS "2026-11-20 14:13:00  " SECOND " #3     waits    by policy  run_command: make\n"
#define LINE_EDITED "2026-11-20 14:23:00  " FIRST " #3     edited   by policy, ~/p.yaml:3  write_file: /w/a\n"
#define LINE_IN_PART "2026-11-20 14:29:00  " FIRST " #4     edited   by person  write_file: /w/b\n"

static void expect(const char *const *words, const char *expected)
{
    struct program program;
    program_start(&program, words, NULL, 0);
    program_finish(&program);
    assert_string_equal(program.error_text.data, "");
    assert_string_equal(program.out_text.data, expected);
    assert_int_equal(program.code, 0);
    program_release(&program);
}
#define EXPECT(expected, ...) expect((const char *const[]){ "audit", ##__VA_ARGS__, NULL }, expected)

static void all_sessions_in_order_of_time(void **state)
{
    (void)state;
    EXPECT(LINE_MODE LINE_RULE LINE_RAN LINE_DENIED LINE_REJECTED LINE_UNUSABLE LINE_WAITS LINE_EDITED
               LINE_IN_PART);
    EXPECT(LINE_REJECTED LINE_UNUSABLE LINE_WAITS, "--session", "20261121");
}

static void times_choose(void **state)
{
    (void)state;
    EXPECT(LINE_MODE LINE_RULE LINE_RAN, "--until", "2026-11-20 14:10");
    EXPECT(LINE_EDITED LINE_IN_PART, "--since", "2026-11-20T14:14");
    EXPECT(LINE_DENIED LINE_REJECTED, "--since", "2026-11-20 14:10", "--until", "2026-11-20 14:11:30");
    EXPECT(LINE_MODE LINE_RULE LINE_RAN LINE_DENIED LINE_REJECTED LINE_UNUSABLE LINE_WAITS LINE_EDITED
               LINE_IN_PART,
           "--until", "2026-11-20", "--since", "2026-11-20");
    EXPECT("", "--until", "2026-11-19");
}

static void json_tells_all(void **state)
{
    (void)state;
    EXPECT("{\"time\":\"2026-11-20T14:23:00.000Z\",\"session\":\"" FIRST
           "\",\"seq\":14,\"call\":3,\"what\":\"edited\",\"by\":\"policy\",\"proposer\":\"model\","
           "\"tool\":\"write_file\",\"summary\":\"/w/a\",\"verdict\":\"allow\",\"rule\":\"~/p.yaml:3\","
           "\"profile\":\"sandboxed\",\"path\":\"/w/a\",\"change\":\"made\",\"after\":\"h\","
           "\"proposed\":\"2026-11-20T14:23:00.000Z\",\"started\":\"2026-11-20T14:23:00.000Z\"}\n",
           "--json", "--since", "2026-11-20 14:20", "--until", "2026-11-20 14:25");
    EXPECT("{\"time\":\"2026-11-20T14:03:00.000Z\",\"session\":\"" FIRST
           "\",\"seq\":2,\"call\":0,\"what\":\"mode\",\"by\":\"person\",\"proposer\":\"person\",\"reason\":"
           "\"hurry\","
           "\"mode\":\"auto\",\"proposed\":\"2026-11-20T14:03:00.000Z\"}\n"
           "{\"time\":\"2026-11-20T14:03:00.000Z\",\"session\":\"" FIRST
           "\",\"seq\":4,\"call\":0,\"what\":\"rule\",\"by\":\"person\",\"proposer\":\"person\",\"summary\":"
           "\"Rules for this session: allow touch.\",\"rules\":\"- allow: touch\\n\","
           "\"proposed\":\"2026-11-20T14:03:00.000Z\"}\n",
           "--json", "--until", "2026-11-20 14:03:30");
}

/* The whole was proposed; what ran was what the person took of it. */
static void json_tells_what_was_taken(void **state)
{
    (void)state;
    EXPECT("{\"time\":\"2026-11-20T14:29:00.000Z\",\"session\":\"" FIRST
           "\",\"seq\":19,\"call\":4,\"what\":\"edited\",\"by\":\"person\",\"proposer\":\"model\","
           "\"tool\":\"write_file\",\"summary\":\"/w/b\",\"verdict\":\"ask\",\"decision\":\"edit\","
           "\"difference\":\"@@\",\"path\":\"/w/b\",\"change\":\"changed\","
           "\"proposed\":\"2026-11-20T14:28:00.000Z\",\"started\":\"2026-11-20T14:29:00.000Z\"}\n",
           "--json", "--since", "2026-11-20 14:26");
}

static void wrong_usage_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *words[4], *sentence;
        int code;
    } rows[] = {
        { { "audit", "--since", "noon" }, "\"noon\" is no time", 2 },
        { { "audit", "--until" }, "--until wants a value", 2 },
        { { "audit", "x" }, "\"x\" is one argument too many", 2 },
        { { "audit", "--all" }, "there is no option --all", 2 },
        { { "audit", "--session", "x" }, "there is no session whose id is or begins with \"x\"", 1 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct program program;
        program_start(&program, rows[i].words, NULL, 0);
        program_finish(&program);
        assert_int_equal(program.code, rows[i].code);
        assert_string_equal(program.out_text.data, "");
        if (!strstr(program.error_text.data, rows[i].sentence))
            fail_msg("%s is not in: %s", rows[i].sentence, program.error_text.data);
        program_release(&program);
    }
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_sessions_in_order_of_time, setup, teardown),
        cmocka_unit_test_setup_teardown(times_choose, setup, teardown),
        cmocka_unit_test_setup_teardown(json_tells_all, setup, teardown),
        cmocka_unit_test_setup_teardown(json_tells_what_was_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_usage_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
