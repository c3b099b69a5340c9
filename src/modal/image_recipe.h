/* image_recipe.h - the steps of a recipe as Dockerfile lines, exactly as the official clients write them.
 *
 * Pure.  Modal's cache is by content: one byte of difference costs a real build.  So this follows the clients
 * to the letter: one layer a step, packages of apt in their order, those of pip and uv sorted, names quoted as
 * Python's shlex does. */
#ifndef SANDGATE_MODAL_IMAGE_RECIPE_H
#define SANDGATE_MODAL_IMAGE_RECIPE_H

#include "modal/arena.h"
#include "modal/image.h"

struct error;

enum { MODAL_NAMESPACE_WORKSPACE = 1, MODAL_NAMESPACE_GLOBAL = 3 };

struct image_layer {
    const char *const *lines;       /* the first is a FROM */
    int name_space;                 /* MODAL_NAMESPACE_...: whose cache */
    bool runs;                      /* it runs commands: secrets and GPU of the recipe are for it */
    const struct modal_step *files; /* the step whose files it copies; NULL: none */
};

struct image_plan {
    const char
        *known; /* an image that is there already: id or "name:..."; NULL: the first layer is the base */
    const struct image_layer *layers;
    size_t count;
};

/* Memory is ARENA's; steps of RECIPE are referred to. BUILDER: the builder version ("2025.06").  False: a
 * sentence about what in the recipe is wrong. */
bool image_plan_make(struct image_plan *plan, struct arena *arena, const struct modal_recipe *recipe,
                     const char *builder, struct error *error);
/* A copy of all of RECIPE in ARENA. */
struct modal_recipe *image_recipe_copy(struct arena *arena, const struct modal_recipe *recipe);
/* TEXT as one word for a shell, as Python's shlex.quote writes it. */
const char *image_quote(struct arena *arena, const char *text);

#endif
