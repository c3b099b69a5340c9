/* The digest of an action: every field of it and of the place counts. */
#include "base/hash.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/texts.h"
#include "matter/action.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { CHANGES = 10000 };

static uint64_t next_number(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static size_t below(uint64_t *seed, size_t limit)
{
    return (size_t)(next_number(seed) % limit);
}

/* --- a random action --- */

static char *random_text(uint64_t *seed)
{
    size_t length = below(seed, 12);
    char *text = xcalloc(length + 1, 1);

    for (size_t i = 0; i < length; i++)
        text[i] = (char)(1 + below(seed, 127));
    return text;
}

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

/* --- one change of one field --- */

/* Another text: a byte more, less or different; NULL and "" are told apart. */
static void change_text(char **text, uint64_t *seed)
{
    size_t length = *text ? strlen(*text) : 0;
    char *changed;

    if (!*text) {
        *text = random_text(seed);
        return;
    }
    switch (below(seed, length > 0 ? 4 : 2)) {
    case 0:
        changed = xasprintf("%s%c", *text, (int)(1 + below(seed, 127)));
        break;
    case 1:
        changed = NULL;
        break;
    case 2:
        changed = xstrndup(*text, length - 1);
        break;
    default:
        changed = xstrdup(*text);
        changed[below(seed, length)] ^= 0x80;
        break;
    }
    free(*text);
    *text = changed;
}

static void change_bytes(char **bytes, size_t *length, uint64_t *seed)
{
    change_text(bytes, seed);
    *length = *bytes ? strlen(*bytes) : 0;
}

/* Another list: an item more or less, an item changed, two items where one was. */
static void change_list(char ***list, uint64_t *seed)
{
    size_t count = 0;

    while (*list && (*list)[count])
        count++;
    size_t way = below(seed, count > 0 ? 4 : 1), at = count ? below(seed, count) : 0;
    if (way == 0) {
        *list = xrealloc(*list, (count + 2) * sizeof **list);
        (*list)[count] = random_text(seed);
        (*list)[count + 1] = NULL;
    } else if (way == 1) {
        free((*list)[count - 1]);
        (*list)[count - 1] = NULL;
    } else if (way == 2) {
        char *longer = xasprintf("%s%c", (*list)[at], (int)(1 + below(seed, 127)));
        free((*list)[at]);
        (*list)[at] = longer;
    } else {
        *list = xrealloc(*list, (count + 2) * sizeof **list);
        (*list)[count] = (*list)[count - 1];
        (*list)[count - 1] = xstrdup("");
        (*list)[count + 1] = NULL;
    }
}

static void change_arguments(struct action *action, uint64_t *seed)
{
    char *text = random_text(seed);

    json_set_text(action->arguments, "another", text);
    free(text);
}

static void change_action(struct action *action, size_t field, uint64_t *seed)
{
    char **texts[] = { &action->tool, &action->origin, &action->interpreter, &action->script,
                       &action->cwd,  &action->path,   &action->base };
    int64_t *numbers[] = { &action->timeout, &action->output_limit, &action->offset, &action->limit };
    size_t text_count = ARRAY_SIZE(texts), number_count = ARRAY_SIZE(numbers);

    if (field < text_count)
        change_text(texts[field], seed);
    else if (field < text_count + number_count)
        *numbers[field - text_count] += 1 + (int64_t)below(seed, 1000);
    else if (field == 11)
        change_list(&action->argv, seed);
    else if (field == 12)
        change_list(&action->environment, seed);
    else if (field == 13)
        change_bytes(&action->input, &action->input_length, seed);
    else if (field == 14)
        change_bytes(&action->content, &action->content_length, seed);
    else if (field == 15)
        action->pty = !action->pty;
    else if (field == 16)
        action->kind = (enum action_kind)((action->kind + 1 + below(seed, 3)) % 4);
    else
        change_arguments(action, seed);
}

enum { ACTION_FIELDS = 18, PLACE_FIELDS = 6 };

static void change_place(struct action_place *place, size_t field, char **texts, uint64_t *seed)
{
    switch (field) {
    case 0:
        change_text(&texts[0], seed);
        break;
    case 1:
        change_text(&texts[1], seed);
        break;
    case 2:
        change_text(&texts[2], seed);
        break;
    case 3:
        place->generation += 1 + (int64_t)below(seed, 5);
        break;
    case 4:
        place->network = !place->network;
        break;
    default:
        place->secrets = !place->secrets;
        break;
    }
    place->backend = texts[0];
    place->sandbox = texts[1];
    place->mounts = texts[2];
}

static void test_every_change(void **state)
{
    uint64_t seed = 20261121;

    (void)state;
    for (int i = 0; i < CHANGES; i++) {
        struct action *action = random_action(&seed);
        char *texts[] = { random_text(&seed), random_text(&seed), maybe_text(&seed) };
        struct action_place place = { texts[0], texts[1], 1, false, false, texts[2] };
        char before[HASH_TEXT], again[HASH_TEXT], after[HASH_TEXT];
        size_t field = (size_t)i % (ACTION_FIELDS + PLACE_FIELDS);
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
    print_message("# %d changes, seed 20261121\n", CHANGES);
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
    alarm(240);
    return cmocka_run_group_tests_name("matter/action", tests, NULL, NULL);
}
