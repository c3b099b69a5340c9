/* A call as the fold of its events: the states that it goes through, and what each event leaves in it. */
#include "base/json.h"
#include "base/memory.h"
#include "matter/call.h"
#include "matter/event.h"
#include "matter/output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* BODY: JSON text with ' for ". */
static void apply(struct call *call, enum event_type type, int64_t time, const char *body)
{
    struct event *event = event_new(type);
    char *text = xstrdup(body);

    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    json_free(event->body);
    event->body = json_parse(text, strlen(text), NULL);
    assert_non_null(event->body);
    event->time = time;
    strcpy(event->actor, "model");
    call_apply(call, event);
    event_free(event);
    free(text);
}

static struct call *proposed(void)
{
    struct call *call = call_new(1, "");

    assert_int_equal(call->state, CALL_WRITING);
    apply(call, EVENT_CALL, 10,
          "{'id':'x','tool':'run_command','arguments':'{\\u0022command\\u0022:\\u0022ls\\u0022}','summary':'"
          "ls'}");
    return call;
}

static void test_allowed(void **state)
{
    struct call *call = proposed();

    (void)state;
    assert_int_equal(call->state, CALL_PROPOSED);
    assert_string_equal(call->arguments, "{\"command\":\"ls\"}");
    assert_string_equal(call->id, "x");
    assert_false(call->by_person);
    assert_int_equal(call->proposed, 10);
    apply(call, EVENT_VERDICT, 11, "{'verdict':'allow','reason':'It only reads.','rule':'builtin'}");
    assert_int_equal(call->state, CALL_ALLOWED);
    apply(call, EVENT_STARTED, 20, "{'exec':'e1'}");
    assert_int_equal(call->state, CALL_RUNNING);
    assert_string_equal(call->exec_id, "e1");
    assert_int_equal(call_span(call, 25), 5);
    call_output(call, false, "out\n", 4);
    call_output(call, true, "err", 3);
    assert_int_equal(call->output_bytes, 7);
    assert_int_equal(output_total_lines(call->output), 2);
    apply(call, EVENT_OUTPUT, 29, "{'spool':'call-1.out','bytes':7}");
    apply(call, EVENT_ENDED, 30, "{'end':'exited','code':0,'survivors':['12 sleep','13 cat']}");
    assert_int_equal(call->state, CALL_DONE);
    assert_string_equal(call->survivors, "12 sleep\n13 cat");
    assert_int_equal(call_span(call, 99), 10);
    apply(call, EVENT_RESULT, 31, "{'text':'fine','ok':true}");
    assert_int_equal(call->state, CALL_DONE);
    assert_string_equal(call->result, "fine");
    assert_int_equal(call->ended, 30);
    call_free(call);
}

static void test_decisions(void **state)
{
    static const struct {
        const char *body;
        enum call_state state;
    } rows[] = {
        { "{'decision':'run'}", CALL_ALLOWED },
        { "{'decision':'allow_session'}", CALL_ALLOWED },
        { "{'decision':'reject'}", CALL_REJECTED },
        { "{'decision':'reject','words':'no'}", CALL_REJECTED },
        { "{'decision':'stop'}", CALL_REJECTED },
        { "{'decision':'edit','arguments':'{}','summary':'s'}", CALL_PROPOSED },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct call *call = proposed();
        apply(call, EVENT_VERDICT, 11, "{'verdict':'ask'}");
        apply(call, EVENT_ASK, 12, "{'ask':'1','digest':'abc'}");
        assert_int_equal(call->state, CALL_WAITING);
        assert_string_equal(call->digest, "abc");
        apply(call, EVENT_DECISION, 13, rows[i].body);
        assert_int_equal(call->state, rows[i].state);
        assert_int_equal(call->edited, rows[i].state == CALL_PROPOSED);
        /* The result of what never ran leaves the state as it was decided. */
        if (rows[i].state == CALL_REJECTED) {
            apply(call, EVENT_RESULT, 14, "{'text':'Rejected','ok':false}");
            assert_int_equal(call->state, CALL_REJECTED);
        }
        call_free(call);
    }
}

static void test_ends(void **state)
{
    static const struct {
        const char *body;
        enum call_state state;
    } rows[] = {
        { "{'end':'exited','code':0}", CALL_DONE },
        { "{'end':'exited','code':1}", CALL_FAILED },
        { "{'end':'signalled','signal':9}", CALL_FAILED },
        { "{'end':'timed_out'}", CALL_TIMED_OUT },
        { "{'end':'cancelled'}", CALL_CANCELLED },
        { "{'end':'lost','sentence':'gone'}", CALL_LOST },
        { "{'end':'failed','sentence':'no such folder'}", CALL_FAILED },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct call *call = proposed();
        apply(call, EVENT_STARTED, 20, "{'exec':'e1'}");
        apply(call, EVENT_ENDED, 30, rows[i].body);
        assert_int_equal(call->state, rows[i].state);
        assert_true(call_is_over(call));
        apply(call, EVENT_RESULT, 31, "{'text':'x','ok':false}");
        assert_int_equal(call->state, rows[i].state);
        call_free(call);
    }
}

static void test_denied(void **state)
{
    struct call *call = proposed();

    (void)state;
    apply(call, EVENT_VERDICT, 11, "{'verdict':'deny','reason':'no','rule':'floor:remove-root'}");
    assert_int_equal(call->state, CALL_DENIED);
    assert_string_equal(call->rule, "floor:remove-root");
    call_free(call);
}

static void test_results_without_a_run(void **state)
{
    struct call *call = proposed();

    (void)state;
    apply(call, EVENT_RESULT, 12, "{'text':'no such tool','ok':false}");
    assert_int_equal(call->state, CALL_FAILED);
    assert_int_equal(call->ended, 12);
    assert_int_equal(call_span(call, 99), 0);
    call_free(call);
    call = proposed();
    apply(call, EVENT_RESULT, 12, "{'text':'stopped','ok':false,'dropped':true}");
    assert_int_equal(call->state, CALL_CANCELLED);
    call_free(call);
    call = proposed();
    apply(call, EVENT_FILE, 12, "{'path':'/workspace/a'}");
    apply(call, EVENT_RESULT, 12, "{'text':'written','ok':true}");
    assert_int_equal(call->state, CALL_DONE);
    assert_string_equal(call->written, "/workspace/a");
    call_free(call);
}

/* Each state has a name and a mark of its own shape: nothing is told by colour alone. */
static void test_states(void **state)
{
    (void)state;
    for (int i = 0; i < CALL_STATES; i++) {
        assert_true(*call_state_name((enum call_state)i));
        assert_true(*call_state_mark((enum call_state)i));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(call_state_name((enum call_state)i), call_state_name((enum call_state)k));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_decisions),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_denied),
        cmocka_unit_test(test_results_without_a_run),
        cmocka_unit_test(test_states),
    };
    alarm(600);
    return cmocka_run_group_tests_name("matter/call", tests, NULL, NULL);
}
