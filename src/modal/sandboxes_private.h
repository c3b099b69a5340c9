/* sandboxes_private.h - the inside of a sandbox's handle, for the files that make and use it. */
#ifndef SANDGATE_MODAL_SANDBOXES_PRIVATE_H
#define SANDGATE_MODAL_SANDBOXES_PRIVATE_H

#include "modal/modal.pb-c.h"
#include "modal/sandboxes.h"

struct arena;
struct buffer;

struct modal_sandbox {
    struct modal_client *client;
    char *id;
    char *app_id; /* NULL: not known */
    struct modal_task *task;
    int64_t timeout; /* seconds; 0: not known */
};

/* What RESULT says (NULL: still running). SENTENCE holds the words that the end refers to. TIMEOUT as above. */
struct modal_sandbox_end sandbox_end_of(const Modal__GenericResult *result, int64_t timeout,
                                        struct buffer *sentence);

/* Tunnels of sandbox ID are the same for all of its life: who asks later is answered without a call. */
void sandbox_tunnels_remember(struct modal_client *client, const char *id, Modal__TunnelData **tunnels,
                              size_t count);
/* NAME=value of each, NULL-terminated. */
const char *const *sandbox_tag_texts(struct arena *arena, Modal__SandboxTag *const *tags, size_t count);

#endif
