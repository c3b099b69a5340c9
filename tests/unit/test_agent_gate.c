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
        cmocka_unit_test(test_asks),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_names),
    };
    alarm(240);
    return cmocka_run_group_tests_name("agent/gate", tests, NULL, NULL);
}
