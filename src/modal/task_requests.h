/* task_requests.h - what is asked of a running sandbox besides execs and files: snapshots, mounts, network,
 * readiness, volumes, the output of its main process.
 *
 * All of it goes to the command router, on V1 and V2 alike (protocol: snapshots and mounts; network policy,
 * readiness; output of the main process on V2).  The functions of sandboxes.h with the same words are these,
 * on the sandbox's task.  ID of modal_named is the image's for a snapshot, the task's for all others. */
#ifndef SANDGATE_MODAL_TASK_REQUESTS_H
#define SANDGATE_MODAL_TASK_REQUESTS_H

#include "modal/sandboxes.h"

/* PATH NULL: the whole file system. TTL in seconds (MODAL_TTL_...); TIMEOUT in seconds for all attempts
 * together, 0: MODAL_SNAPSHOT_TIMEOUT. */
struct modal_call *modal_task_snapshot(struct modal_task *task, const char *path, int64_t ttl,
                                       int64_t timeout, modal_named *done, void *data);
/* PATH is absolute and not "/"; IMAGE_ID "" is an empty directory. */
struct modal_call *modal_task_mount(struct modal_task *task, const char *path, const char *image_id,
                                    modal_named *done, void *data);
struct modal_call *modal_task_unmount(struct modal_task *task, const char *path, modal_named *done,
                                      void *data);
/* CIDRS and DOMAINS for MODAL_NETWORK_LIST only; NULL: none of that kind. */
struct modal_call *modal_task_set_network(struct modal_task *task, enum modal_network network,
                                          const char *const *cidrs, const char *const *domains,
                                          modal_named *done, void *data);
/* Until the sandbox's readiness probe passes; TIMEOUT in seconds, 0: 300. */
struct modal_call *modal_task_wait_ready(struct modal_task *task, int64_t timeout, modal_named *done,
                                         void *data);
struct modal_call *modal_task_reload_volumes(struct modal_task *task, modal_named *done, void *data);

/* V2 only: the main process's output from its beginning to its end, both descriptors.  LOST: that many bytes of
 * it are not kept any more and were left out here; may be NULL. */
struct modal_call *modal_task_follow(struct modal_task *task, modal_log_bytes *bytes,
                                     void (*lost)(void *data, bool is_error, uint64_t count),
                                     modal_named *done, void *data);

#endif
