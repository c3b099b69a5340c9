/* sandbox_spec.h - what is wrong in a wish for a sandbox, found before anything is sent.
 *
 * Pure.  The rules are those that the official clients check (protocol: sandbox control plane, create). */
#ifndef SANDGATE_MODAL_SANDBOX_SPEC_H
#define SANDGATE_MODAL_SANDBOX_SPEC_H

#include "modal/arena.h"
#include "modal/sandboxes.h"

struct error;

enum { MODAL_TIMEOUT_DEFAULT = 3600 }; /* seconds */

/* Which backend it goes to: what SPEC asks for, else V1 for a GPU or when PREFER_V2 is false. */
bool sandbox_spec_is_v2(const struct modal_sandbox_spec *spec, bool prefer_v2);
bool sandbox_spec_check(const struct modal_sandbox_spec *spec, bool v2, struct error *error);
struct modal_sandbox_spec *sandbox_spec_copy(struct arena *arena, const struct modal_sandbox_spec *spec);
/* The policy of the network alone, for a running sandbox too. */
bool sandbox_network_check(enum modal_network network, const char *const *cidrs, const char *const *domains,
                           struct error *error);
/* All of LIST are NAME=value; VARIABLES: with names that a shell knows. WHAT: "A tag". */
bool sandbox_pairs_check(const char *what, const char *const *list, bool variables, struct error *error);

#endif
