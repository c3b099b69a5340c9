/* action_change.h - random changes to one field of an action or of its place, for the tests of what
 * was judged being what runs.  Every field of the digest has a number.  Included once by each test; all of it is static. */
#ifndef SANDGATE_TESTS_ACTION_CHANGE_H
#define SANDGATE_TESTS_ACTION_CHANGE_H

#include "base/json.h"
#include "base/memory.h"
#include "matter/action.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static char *random_text(uint64_t *seed)
{
    size_t length = below(seed, 12);
    char *text = xcalloc(length + 1, 1);

    for (size_t i = 0; i < length; i++)
        text[i] = (char)(1 + below(seed, 127));
    return text;
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
    char *text = *bytes ? xstrndup(*bytes, *length) : NULL; /* bytes have no NUL behind them */

    free(*bytes);
    *bytes = text;
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

#endif
