/* gate.c - the list of asks and the digests allowed for this session. */
#include "agent/gate.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gate {
    struct ask **asks; /* the riskiest first, then the oldest */
    size_t count, capacity;
    char **allowed; /* NULL-terminated, NULL while empty */
    size_t allowed_count, allowed_capacity;
};

static const char *const names[DECISION_KINDS] = { "run", "edit", "reject", "allow_session", "stop", "keep" };
static const char *const nothing_allowed[] = { NULL };

const char *decision_name(enum decision_kind kind)
{
    return names[kind];
}

bool decision_from_name(const char *name, enum decision_kind *kind)
{
    for (size_t i = 0; i < DECISION_KINDS; i++)
        if (strcmp(names[i], name) == 0) {
            *kind = (enum decision_kind)i;
            return true;
        }
    return false;
}

struct gate *gate_new(void)
{
    return xcalloc(1, sizeof(struct gate));
}

static void ask_free(struct ask *ask)
{
    policy_verdict_release(&ask->verdict);
    free(ask);
}

void gate_free(struct gate *gate)
{
    if (!gate)
        return;
    for (size_t i = 0; i < gate->count; i++)
        ask_free(gate->asks[i]);
    for (size_t i = 0; i < gate->allowed_count; i++)
        free(gate->allowed[i]);
    free(gate->asks);
    free(gate->allowed);
    free(gate);
}

const struct ask *gate_add(struct gate *gate, int64_t id, int64_t call, const struct action *action,
                           const char *digest, struct policy_verdict *verdict)
{
    struct ask *ask = xcalloc(1, sizeof *ask);

    ask->id = id;
    ask->call = call;
    ask->action = action;
    snprintf(ask->digest, sizeof ask->digest, "%s", digest);
    ask->verdict = *verdict;
    memset(verdict, 0, sizeof *verdict);
    ask->since = clock_wall();
    gate->asks = array_reserve(gate->asks, &gate->capacity, gate->count + 1, sizeof *gate->asks);
    size_t at = gate->count++;
    for (; at > 0 && gate->asks[at - 1]->verdict.risk < ask->verdict.risk; at--)
        gate->asks[at] = gate->asks[at - 1];
    gate->asks[at] = ask;
    return ask;
}

size_t gate_count(const struct gate *gate)
{
    return gate->count;
}

const struct ask *gate_at(const struct gate *gate, size_t index)
{
    return index < gate->count ? gate->asks[index] : NULL;
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_list(char *const *a, char *const *b)
{
    size_t i = 0;

    if (!a || !b)
        return a == b;
    while (a[i] && b[i] && strcmp(a[i], b[i]) == 0)
        i++;
    return !a[i] && !b[i];
}

bool ask_is_like(const struct ask *a, const struct ask *b)
{
    const struct policy_verdict *one = &a->verdict, *other = &b->verdict;

    return a->action->kind == ACTION_EXEC && b->action->kind == ACTION_EXEC &&
           same(a->action->tool, b->action->tool) && same(a->action->cwd, b->action->cwd) &&
           same(one->rule, other->rule) && one->risk == other->risk && one->effects == other->effects &&
           same_list(one->programs, other->programs);
}

const struct ask *gate_for_call(const struct gate *gate, int64_t call)
{
    for (size_t i = 0; i < gate->count; i++)
        if (gate->asks[i]->call == call)
            return gate->asks[i];
    return NULL;
}

static const struct ask *by_id(const struct gate *gate, int64_t id)
{
    for (size_t i = 0; i < gate->count; i++)
        if (gate->asks[i]->id == id)
            return gate->asks[i];
    return NULL;
}

const struct ask *gate_find(const struct gate *gate, const struct decision *decision, struct error *error)
{
    const struct ask *ask = by_id(gate, decision->ask);

    if (!ask) {
        error_set(error, "Ask %lld is not waiting: it was answered already, or its call is gone",
                  (long long)decision->ask);
        return NULL;
    }
    if (strcmp(ask->digest, decision->digest) != 0) {
        error_set(error, "The decision was made for something else than what waits now (the digests differ); "
                         "look at the call again");
        return NULL;
    }
    return ask;
}

void gate_remove(struct gate *gate, int64_t id)
{
    for (size_t i = 0; i < gate->count; i++)
        if (gate->asks[i]->id == id) {
            ask_free(gate->asks[i]);
            memmove(&gate->asks[i], &gate->asks[i + 1], (gate->count - i - 1) * sizeof *gate->asks);
            gate->count--;
            return;
        }
}

void gate_allow(struct gate *gate, const char *digest)
{
    gate->allowed =
        array_reserve(gate->allowed, &gate->allowed_capacity, gate->allowed_count + 2, sizeof *gate->allowed);
    gate->allowed[gate->allowed_count++] = xstrdup(digest);
    gate->allowed[gate->allowed_count] = NULL;
}

const char *const *gate_allowed(const struct gate *gate)
{
    return gate->allowed ? (const char *const *)gate->allowed : nothing_allowed;
}
