/* teller.h - between the parts that read a server's answer and whoever listens.
 *
 * A listener may cancel the run from inside any callback; `stopped` is true then, and nothing more is told,
 * however deep in a chunk the reading is.  `told` remembers whether anything was: a request of which nothing
 * was told can be sent again. */
#ifndef SANDGATE_MODEL_TELLER_H
#define SANDGATE_MODEL_TELLER_H

#include "model/model.h"

#include <stdbool.h>
#include <stddef.h>

struct teller {
    struct model_events events;
    void *data;
    const bool *stopped; /* the run's; borrowed */
    bool told;
};

bool teller_is_stopped(const struct teller *teller);
void teller_text(struct teller *teller, const char *bytes, size_t length); /* length 0: nothing */
void teller_reasoning(struct teller *teller, const char *bytes, size_t length);
void teller_call_begin(struct teller *teller, const char *id, const char *tool);
void teller_call_arguments(struct teller *teller, const char *bytes, size_t length);
void teller_call_end(struct teller *teller, const char *arguments, const char *refused);
void teller_usage(struct teller *teller, const struct model_usage *usage);
void teller_waiting(struct teller *teller, const char *sentence); /* counts as nothing told */

#endif
