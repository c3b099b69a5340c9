/* sandbox_snapshot.c - `sandgate sandbox snapshot`. */
#include "base/json.h"
#include "face/sandbox_errand.h"
#include "face/setup.h"

#include <string.h>

int64_t errand_ttl(struct errand *errand)
{
    const char *text = errand->values[OPTION_TTL];

    if (text && strcmp(text, "forever") == 0)
        return MODAL_TTL_FOR_EVER;
    int64_t seconds = errand_seconds(errand, OPTION_TTL, MODAL_TTL_DEFAULT);
    return seconds < 0 ? 0 : seconds;
}

static void kept(void *data, const struct modal_failure *failure, const char *image_id)
{
    struct errand *errand = data;

    if (!errand_answered(errand, failure))
        return;
    if (errand_has(errand, OPTION_JSON)) {
        struct json *object = json_new_object();
        json_set_text(object, "image", image_id);
        errand_print_json(object);
    } else {
        errand_print(image_id);
    }
    errand_end(errand, EXIT_FINE);
}

void verb_snapshot(struct errand *errand)
{
    int64_t ttl = errand_ttl(errand);

    if (ttl != 0)
        errand->call = modal_sandbox_snapshot(errand->sandbox, errand->values[OPTION_PATH_IN], ttl,
                                              ERRAND_SNAPSHOT_TIMEOUT, kept, errand);
}
