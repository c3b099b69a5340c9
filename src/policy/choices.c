/* choices.c - the values that the variables of one command are filled in with, one after the other.
 *
 * Few ways are all gone through; of many, each value of each variable is taken once, the others at their first.
 * When the work is used up, only values that name a folder above the home folder are looked at. */
#include "policy/scan_private.h"

#include <string.h>

enum { CHOICES_MAX = 64, FEW_CHOICES = 4, RECORD_WORK = 10 };

static size_t values_of(const struct variable *variable)
{
    size_t count = variable->count + variable->other;
    return count ? count : 1;
}

void variable_use(struct scan *scan, struct variable *variable)
{
    if (variable->used)
        return;
    variable->used = true;
    scan->used =
        pool_reserve(&scan->pool, scan->used, &scan->used_capacity, scan->used_count + 1, sizeof *scan->used);
    scan->used[scan->used_count++] = variable;
}

void choices_begin(struct scan *scan, struct choices *choices)
{
    *choices = (struct choices){ .outer = scan->used_first, .count = 1, .all = true };
    scan->used_first = scan->used_count;
}

void choices_count(struct scan *scan, struct choices *choices)
{
    size_t product = 1, sum = 0;
    for (size_t i = scan->used_first; i < scan->used_count; i++) {
        size_t values = values_of(scan->used[i]);
        product = product > CHOICES_MAX ? product : product * values;
        sum += values;
    }
    choices->all = product <= CHOICES_MAX;
    choices->count = choices->all ? product : sum;
}

/* One variable, the NUMBERth of all values, the others at their first. */
static void take_one(struct scan *scan, size_t number)
{
    for (size_t i = scan->used_first; i < scan->used_count; i++) {
        struct variable *variable = scan->used[i];
        size_t values = values_of(variable);
        variable->chosen = number < values ? number : 0;
        number = number < values ? SIZE_MAX : number == SIZE_MAX ? number : number - values;
    }
}

static void take_all(struct scan *scan, size_t number)
{
    for (size_t i = scan->used_first; i < scan->used_count; i++) {
        size_t values = values_of(scan->used[i]);
        scan->used[i]->chosen = number % values;
        number /= values;
    }
}

static bool leads_above_home(const struct scan *scan)
{
    for (size_t i = scan->used_first; i < scan->used_count; i++) {
        const struct variable *variable = scan->used[i];
        const char *value = variable->chosen < variable->count ? variable->values[variable->chosen] : "";
        if (*value == '/' && strlen(value) < 16 && scan_is_home_or_above(scan, value))
            return true;
    }
    return false;
}

bool choices_take(struct scan *scan, struct choices *choices, size_t number)
{
    if (choices->all)
        take_all(scan, number);
    else
        take_one(scan, number);
    if (number < FEW_CHOICES || scan_works(scan, RECORD_WORK))
        return true;
    if (!leads_above_home(scan) || choices->above == CHOICES_MAX)
        return false;
    choices->above++;
    scan_grant(scan, 0);
    return true;
}

void choices_end(struct scan *scan, const struct choices *choices)
{
    while (scan->used_count > scan->used_first) {
        struct variable *variable = scan->used[--scan->used_count];
        variable->used = false;
        variable->chosen = 0;
    }
    scan->used_first = choices->outer;
}
