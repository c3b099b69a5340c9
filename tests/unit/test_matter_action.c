/* The digest of an action: every field of it and of the place counts. */
#include "base/hash.h"
#include "base/memory.h"
#include "base/texts.h"
#include "tests/unit/action_change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { CHANGES = 10000, FIELDS = ACTION_FIELDS + PLACE_FIELDS }; /* of each field */

/* --- a random action --- */

static char *maybe_text(uint64_t *seed)
{
    return below(seed, 4) == 0 ? NULL : random_text(seed);
}

static char **random_list(uint64_t *seed)
{
    size_t count = below(seed, 4);
    char **list = xcalloc(count + 1, sizeof *list);

    for (size_t i = 0; i < count; i++)
        list[i] = random_text(seed);
    return list;
}

static struct json *random_arguments(uint64_t *seed)
{
    struct json *object = json_new_object();
    size_t count = below(seed, 3);

    for (size_t i = 0; i < count; i++) {
        char name[8];
        char *text = random_text(seed);
        snprintf(name, sizeof name, "m%zu", i);
        json_set_text(object, name, text);
        free(text);
    }
    return object;
}

static struct action *random_action(uint64_t *seed)
{
    struct action *action = action_new((enum action_kind)below(seed, 4), "tool");
    char **texts[] = { &action->interpreter, &action->script, &action->cwd, &action->path, &action->base };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i] = maybe_text(seed);
    action->argv = below(seed, 5) ? random_list(seed) : NULL;
    action->environment = random_list(seed);
    action->input = maybe_text(seed);
    action->input_length = action->input ? strlen(action->input) : 0;
    action->content = maybe_text(seed);
    action->content_length = action->content ? strlen(action->content) : 0;
    action->pty = below(seed, 2);
    action->timeout = (int64_t)next_number(seed);
    action->output_limit = (int64_t)below(seed, 3);
    action->offset = (int64_t)below(seed, 3);
    action->limit = (int64_t)below(seed, 3);
    action->arguments = random_arguments(seed);
    return action;
}

static void test_every_change(void **state)
{
    uint64_t seed = 20261121;

    (void)state;
    for (int i = 0; i < CHANGES * FIELDS; i++) {
        struct action *action = random_action(&seed);
        char *texts[] = { random_text(&seed), random_text(&seed), maybe_text(&seed) };
        struct action_place place = { texts[0], texts[1], 1, false, false, texts[2] };
        char before[HASH_TEXT], again[HASH_TEXT], after[HASH_TEXT];
        size_t field = (size_t)i % FIELDS;
        action_digest(action, &place, before);
        action_digest(action, &place, again);
        assert_string_equal(before, again);
        if (field < ACTION_FIELDS)
            change_action(action, field, &seed);
        else
            change_place(&place, field - ACTION_FIELDS, texts, &seed);
        action_digest(action, &place, after);
        if (strcmp(before, after) == 0)
            fail_msg("change %d of field %zu is not in the digest", i, field);
        action_free(action);
        for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
            free(texts[k]);
    }
    print_message("# %d changes of each of %d fields, seed 20261121\n", CHANGES, FIELDS);
}

/* --- pairs that a careless encoding takes for one another --- */

static void digest_of(const char *const *argv, const char *script, const char *input, char digest[HASH_TEXT])
{
    struct action_place place = { "b", "s", 1, false, false, "" };
    struct action *action = action_new(ACTION_EXEC, "run_command");

    action->argv = argv ? texts_copy(argv) : NULL;
    action->script = xstrdup_or_null(script);
    action->input = xstrdup_or_null(input);
    action->input_length = input ? strlen(input) : 0;
    action_digest(action, &place, digest);
    action_free(action);
}

static void test_boundaries(void **state)
{
    const struct {
        const char *const *argv;
        const char *script, *input;
    } rows[] = {
        { (const char *const[]){ "ab", "c", NULL }, NULL, NULL },
        { (const char *const[]){ "a", "bc", NULL }, NULL, NULL },
        { (const char *const[]){ "abc", NULL }, NULL, NULL },
        { (const char *const[]){ "abc", "", NULL }, NULL, NULL },
        { (const char *const[]){ "", "abc", NULL }, NULL, NULL },
        { (const char *const[]){ NULL }, NULL, NULL },
        { NULL, NULL, NULL },
        { NULL, "", NULL },
        { NULL, NULL, "" },
        { NULL, "", "" },
        { NULL, "abc", NULL },
        { NULL, NULL, "abc" },
        { NULL, "+", NULL },
        { NULL, "-", NULL },
    };
    char digests[ARRAY_SIZE(rows)][HASH_TEXT];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        digest_of(rows[i].argv, rows[i].script, rows[i].input, digests[i]);
        assert_int_equal(strlen(digests[i]), HASH_TEXT - 1);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(digests[i], digests[k]);
    }
}

/* What a person compares with is no part of what runs. */
static void test_before_is_free(void **state)
{
    struct action_place place = { "b", "s", 1, false, false, "" };
    struct action *action = action_new(ACTION_WRITE, "write_file");
    char first[HASH_TEXT], second[HASH_TEXT];

    (void)state;
    action_digest(action, &place, first);
    action->before = xstrdup("old");
    action->before_length = 3;
    action_digest(action, &place, second);
    assert_string_equal(first, second);
    action_free(action);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_change),
        cmocka_unit_test(test_boundaries),
        cmocka_unit_test(test_before_is_free),
    };
    alarm(600);
    return cmocka_run_group_tests_name("matter/action", tests, NULL, NULL);
}
