/* The gate: asks as data, decisions bound to their digest. */
#include "agent/gate.h"
#include "base/error.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void add(struct gate *gate, int64_t id, const char *digest)
{
    struct policy_verdict verdict = { .verdict = VERDICT_ASK, .reason = xstrdup("why"), .part = xstrdup("") };
    const struct ask *ask = gate_add(gate, id, id * 10, NULL, digest, &verdict);

    assert_null(verdict.reason);
    assert_string_equal(ask->verdict.reason, "why");
    assert_true(ask->since > 0);
}

static const struct ask *find(struct gate *gate, int64_t id, const char *digest)
{
    struct decision decision = { .ask = id, .kind = DECISION_RUN };
    struct error error = ERROR_INIT;

    snprintf(decision.digest, sizeof decision.digest, "%s", digest);
    const struct ask *ask = gate_find(gate, &decision, &error);
    assert_int_equal(ask == NULL, error.message != NULL);
    error_clear(&error);
    return ask;
}

static void test_asks(void **state)
{
    struct gate *gate = gate_new();

    (void)state;
    assert_int_equal(gate_count(gate), 0);
    assert_null(gate_at(gate, 0));
    for (int64_t id = 1; id <= 20; id++)
        add(gate, id, "abc");
    assert_int_equal(gate_count(gate), 20);
    assert_int_equal(gate_at(gate, 4)->id, 5);
    assert_int_equal(gate_for_call(gate, 70)->id, 7);
    assert_null(gate_for_call(gate, 71));
    assert_non_null(find(gate, 7, "abc"));
    assert_null(find(gate, 7, "abd"));
    assert_null(find(gate, 7, "ab"));
    assert_null(find(gate, 7, ""));
    assert_null(find(gate, 21, "abc"));
    gate_remove(gate, 7);
    gate_remove(gate, 7);
    assert_null(find(gate, 7, "abc"));
    assert_int_equal(gate_count(gate), 19);
    assert_int_equal(gate_at(gate, 6)->id, 8);
    gate_free(gate);
    gate_free(NULL);
}

/* The riskiest first, then the oldest; an ask that comes later does not overtake its like. */
static void test_order(void **state)
{
    static const struct {
        int64_t id;
        enum policy_risk risk;
    } rows[] = { { 1, RISK_LOW },  { 2, RISK_HIGH }, { 3, RISK_MEDIUM }, { 4, RISK_HIGH },
                 { 5, RISK_NONE }, { 6, RISK_LOW },  { 7, RISK_HIGH },   { 8, RISK_MEDIUM } };
    static const int64_t order[] = { 2, 4, 7, 3, 8, 1, 6, 5 };
    struct gate *gate = gate_new();

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct policy_verdict verdict = { .verdict = VERDICT_ASK, .risk = rows[i].risk };
        gate_add(gate, rows[i].id, rows[i].id, NULL, "abc", &verdict);
    }
    for (size_t i = 0; i < ARRAY_SIZE(order); i++)
        assert_int_equal(gate_at(gate, i)->id, order[i]);
    gate_remove(gate, 4);
    assert_int_equal(gate_at(gate, 1)->id, 7);
    gate_free(gate);
}

/* What a key decides together differs in nothing that the person would want to decide apart. */
static void test_alike(void **state)
{
    char *programs[] = { (char[]){ "touch" }, NULL },
         *others[] = { (char[]){ "touch" }, (char[]){ "rm" }, NULL };
    struct action run = { .kind = ACTION_EXEC, .tool = (char[]){ "run_command" }, .cwd = (char[]){ "/w" } };
    struct action elsewhere = run, python = run, file = run;
    const struct ask one = { .action = &run,
                             .verdict = { .risk = RISK_LOW, .effects = 1, .programs = programs } };
    struct ask changed[7] = { one, one, one, one, one, one, one };

    (void)state;
    elsewhere.cwd = (char[]){ "/" };
    python.tool = (char[]){ "run_python" };
    file.kind = ACTION_WRITE;
    changed[0].action = &elsewhere;
    changed[1].action = &python;
    changed[2].action = &file;
    changed[3].verdict.risk = RISK_HIGH;
    changed[4].verdict.effects = 3;
    changed[5].verdict.programs = others;
    changed[6].verdict.rule = (char[]){ "policy.yaml:3" };
    assert_true(ask_is_like(&one, &one));
    for (size_t i = 0; i < ARRAY_SIZE(changed); i++)
        if (ask_is_like(&one, &changed[i]) || ask_is_like(&changed[i], &one))
            fail_msg("change %zu is taken for the same", i);
}

static void test_allowed(void **state)
{
    struct gate *gate = gate_new();

    (void)state;
    assert_null(gate_allowed(gate)[0]);
    for (int i = 0; i < 20; i++)
        gate_allow(gate, i ? "b" : "a");
    assert_string_equal(gate_allowed(gate)[0], "a");
    assert_string_equal(gate_allowed(gate)[19], "b");
    assert_null(gate_allowed(gate)[20]);
    gate_free(gate);
}

static void test_names(void **state)
{
    (void)state;
    for (int i = 0; i < DECISION_KINDS; i++) {
        enum decision_kind kind;
        assert_true(decision_from_name(decision_name((enum decision_kind)i), &kind));
        assert_int_equal(kind, i);
    }
    enum decision_kind untouched = DECISION_STOP;
    assert_false(decision_from_name("Run", &untouched));
    assert_false(decision_from_name("", &untouched));
    assert_int_equal(untouched, DECISION_STOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asks),    cmocka_unit_test(test_order), cmocka_unit_test(test_alike),
        cmocka_unit_test(test_allowed), cmocka_unit_test(test_names),
    };
    alarm(600);
    return cmocka_run_group_tests_name("agent/gate", tests, NULL, NULL);
}
