/* modal_memory.c - what Modal cannot be asked later: how the sandbox was made, and when it will end.
 *
 * A small file in the session's folder, for the process that attaches to the sandbox after us.  Where it is
 * missing the facts say the worst that may be: an open network, secrets, no known end. */
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "sandbox/modal_box.h"

#include <stdlib.h>
#include <string.h>

static char *file_of(const struct box *box)
{
    return path_join(box->options.state_folder, "modal.json");
}

void box_memory_write(const struct box *box)
{
    const struct sandbox_facts *facts = &box->facts;
    struct json *json = json_new_object();
    struct error error = ERROR_INIT;
    json_set_text(json, "id", facts->id);
    json_set_integer(json, "generation", facts->generation);
    json_set_boolean(json, "network", facts->network);
    json_set_text(json, "network_words", facts->network_words);
    json_set_boolean(json, "secrets", facts->secrets);
    json_set_text(json, "mounts", facts->mounts);
    json_set_text(json, "limits", facts->limits);
    json_set_integer(json, "ends", facts->ends);
    char *text = json_print(json), *file = file_of(box);
    if (path_make_folders(box->options.state_folder, &error))
        path_write_file(file, text, strlen(text), 0600, &error);
    error_clear(&error);
    json_free(json);
    free(text);
    free(file);
}

static void set_words(char **owned, const char **fact, const char *words)
{
    free(*owned);
    *owned = xstrdup(words ? words : "");
    *fact = *owned;
}

static void take(struct box *box, const struct json *json)
{
    struct sandbox_facts *facts = &box->facts;
    facts->generation = json_get_integer(json, "generation", 1);
    facts->network = json_get_boolean(json, "network", true);
    facts->secrets = json_get_boolean(json, "secrets", true);
    facts->ends = json_get_integer(json, "ends", 0);
    set_words(&box->facts_words[0], &facts->mounts, json_get_text(json, "mounts"));
    set_words(&box->facts_words[1], &facts->limits, json_get_text(json, "limits"));
    set_words(&box->facts_words[2], &facts->network_words, json_get_text(json, "network_words"));
}

static void assume_the_worst(struct box *box)
{
    struct sandbox_facts *facts = &box->facts;
    facts->network = facts->secrets = true;
    facts->ends = 0;
    set_words(&box->facts_words[0], &facts->mounts, "not known: it was made elsewhere");
    set_words(&box->facts_words[1], &facts->limits, "not known: it was made elsewhere");
    set_words(&box->facts_words[2], &facts->network_words, "as it was made: not known here");
}

void box_memory_read(struct box *box)
{
    struct buffer text = BUFFER_INIT;
    char *file = file_of(box);
    struct json *json = path_read_file(file, &text, NULL) ? json_parse(text.data, text.length, NULL) : NULL;
    const char *id = json_get_text(json, "id");
    if (id && strcmp(id, box->facts.id) == 0)
        take(box, json);
    else
        assume_the_worst(box);
    json_free(json);
    buffer_release(&text);
    free(file);
}
