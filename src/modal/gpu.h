/* gpu.h - "TYPE[:COUNT]" as Modal wants it. */
#ifndef SANDGATE_MODAL_GPU_H
#define SANDGATE_MODAL_GPU_H

#include "modal/arena.h"
#include "modal/modal.pb-c.h"

#include <stdbool.h>

struct error;

/* TEXT NULL: an empty message, which says none. NULL and a sentence when it is not of that form. */
Modal__GPUConfig *gpu_config(struct arena *arena, const char *text, struct error *error);

#endif
