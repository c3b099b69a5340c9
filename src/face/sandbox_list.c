/* sandbox_list.c - `sandgate sandbox list`. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "face/columns.h"
#include "face/sandbox_errand.h"
#include "face/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *state_of(const struct modal_sandbox_end *end)
{
    static const char *const words[] = {
        [MODAL_RUNNING] = "running",         [MODAL_FINISHED] = "finished",
        [MODAL_ENDED_BADLY] = "failed",      [MODAL_TERMINATED] = "terminated",
        [MODAL_TIMED_OUT] = "timed out",     [MODAL_INIT_FAILED] = "did not start",
        [MODAL_INTERNAL_FAILURE] = "failed", [MODAL_IDLE] = "idle too long",
        [MODAL_EVICTED] = "evicted",
    };

    return words[end->end];
}

static struct json *to_json(const struct modal_sandbox_info *info)
{
    struct json *object = json_new_object();

    json_set_text(object, "id", info->id);
    json_set_text(object, "name", info->name);
    json_set_text(object, "state", state_of(&info->end));
    if (info->end.end != MODAL_RUNNING) {
        json_set_integer(object, "code", info->end.code);
        json_set_text(object, "reason", info->end.sentence);
    }
    json_set_text(object, "app", info->app_id);
    json_set_text(object, "image", info->image_id);
    json_set_text(object, "gpu", info->gpu);
    json_set_number(object, "created", info->created);
    json_set_number(object, "started", info->started);
    json_set_number(object, "finished", info->finished);
    json_set_integer(object, "timeout", info->timeout);
    json_set_integer(object, "idle_timeout", info->idle_timeout);
    json_set_number(object, "cpu", info->cpu);
    json_set_integer(object, "memory", info->memory);
    json_set(object, "tags", errand_tags(info->tags));
    return object;
}

static void print_json(const struct modal_sandbox_info *list, size_t count)
{
    struct json *array = json_new_array();

    for (size_t i = 0; i < count; i++)
        json_add(array, to_json(&list[i]));
    errand_print_json(array);
}

static void add_row(struct columns *columns, const struct modal_sandbox_info *info)
{
    char age[CLOCK_TEXT], left[CLOCK_TEXT] = "";
    struct buffer tags = BUFFER_INIT;
    int64_t now = clock_wall();
    int64_t end =
        (int64_t)((info->started > 0 ? info->started : info->created) * 1000) + info->timeout * 1000;

    clock_format_span(now - (int64_t)(info->created * 1000), age);
    if (info->end.end == MODAL_RUNNING && info->timeout > 0 && end > now)
        clock_format_span(end - now, left);
    for (const char *const *tag = info->tags; *tag; tag++)
        buffer_append_format(&tags, "%s%s", tags.length > 0 ? " " : "", *tag);
    columns_add(columns, (const char *const[]){ info->id, info->name, state_of(&info->end), age, left,
                                                info->gpu, tags.data });
    buffer_release(&tags);
}

static void print_table(const struct modal_sandbox_info *list, size_t count)
{
    struct columns columns = COLUMNS_INIT("lllrrll");

    if (count == 0)
        return;
    columns_add(&columns, (const char *const[]){ "ID", "NAME", "STATE", "AGE", "LEFT", "GPU", "TAGS" });
    for (size_t i = 0; i < count; i++)
        add_row(&columns, &list[i]);
    columns_print(&columns);
}

static void listed(void *data, const struct modal_failure *failure, const struct modal_sandbox_info *list,
                   size_t count)
{
    struct errand *errand = data;

    if (!errand_answered(errand, failure))
        return;
    (errand_has(errand, OPTION_JSON) ? print_json : print_table)(list, count);
    errand_end(errand, EXIT_FINE);
}

static void list_app(struct errand *errand, const char *app_id)
{
    const char *const *tags = errand_has(errand, OPTION_TAG) ? errand->lists[OPTION_TAG] : NULL;

    errand->call =
        modal_sandbox_list(errand->client, app_id, tags, errand_has(errand, OPTION_ALL), listed, errand);
}

static void app_known(void *data, const struct modal_failure *failure, const char *id)
{
    struct errand *errand = data;

    if (errand_answered(errand, failure))
        list_app(errand, id);
}

/* Of all apps, unless one is named. */
void verb_list(struct errand *errand)
{
    if (errand_has(errand, OPTION_APP))
        errand->call = modal_app(errand->client, errand->values[OPTION_APP], false, app_known, errand);
    else
        list_app(errand, NULL);
}
