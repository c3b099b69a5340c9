/* sandbox_definition.h - a checked wish for a sandbox as the message of both create calls. Pure. */
#ifndef SANDGATE_MODAL_SANDBOX_DEFINITION_H
#define SANDGATE_MODAL_SANDBOX_DEFINITION_H

#include "modal/arena.h"
#include "modal/modal.pb-c.h"
#include "modal/resolve.h"
#include "modal/sandboxes.h"

/* The names in SPEC that must be ids first, in the order in which sandbox_definition wants them.  V2 sends its
 * variables inline, V1 needs them as a secret. */
struct resolve_item *sandbox_names(struct arena *arena, const struct modal_sandbox_spec *spec, bool v2,
                                   size_t *count);
/* ITEMS: as sandbox_names gave them, now with ids. Memory is ARENA's, texts of SPEC are referred to. */
Modal__Sandbox *sandbox_definition(struct arena *arena, const struct modal_sandbox_spec *spec,
                                   const struct resolve_item *items, size_t count);
/* Repeated fields out of NAME=value lists. */
Modal__SandboxTag **sandbox_tags(struct arena *arena, const char *const *tags, size_t *count);
Modal__StringMap *sandbox_variables(struct arena *arena, const char *const *pairs);

#endif
