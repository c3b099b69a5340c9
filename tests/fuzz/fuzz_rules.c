/* fuzz_rules.c - any bytes as a rule file.
 *
 * Besides not falling over: whatever rules were taken from it print as a file that reads as the same rules. */
#include "conf/problems.h"
#include "conf/rule_save.h"
#include "conf/rules.h"
#include "conf/yaml.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* False: there are mistakes in it. */
static bool read_set(struct rule_set *set, const char *text, size_t length)
{
    struct problems problems = PROBLEMS_INIT;
    bool fine = rules_read_text(set, text, length, "f", SCOPE_USER, &problems);
    if (fine != !problems.count)
        bug("%zu problems were told of a file that is said to be %s", problems.count,
            fine ? "right" : "wrong");
    problems_finish(&problems, NULL);
    return fine;
}

static bool print_set(const struct rule_set *set, struct buffer *out)
{
    buffer_append_text(out, "rules:\n");
    for (size_t i = 0; i < set->count; i++)
        if (!rule_print(set->rules[i], 2, out, NULL))
            return false;
    return !out->full;
}

static void print_and_read_again(const struct rule_set *set)
{
    struct buffer first, second = BUFFER_INIT;
    struct rule_set again = RULE_SET_INIT;
    buffer_init(&first, YAML_FILE_BYTES);
    if (print_set(set, &first)) {
        if (!read_set(&again, first.data, first.length) || again.count != set->count)
            bug("what was printed cannot be read:\n%s", first.data);
        if (!print_set(&again, &second) || strcmp(first.data, second.data) != 0)
            bug("it was printed as\n%s\nand again as\n%s", first.data, second.data);
    }
    rule_set_release(&again);
    buffer_release(&first);
    buffer_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rule_set set = RULE_SET_INIT;
    if (size <= YAML_FILE_BYTES && read_set(&set, (const char *)data, size))
        print_and_read_again(&set);
    rule_set_release(&set);
    return 0;
}
