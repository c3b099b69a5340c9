/* sandboxes.h - Modal Sandboxes at the control plane: create, find, list, tags, tunnels, network, snapshots, end.
 *
 * Both backends of Modal, V1 and V2, told apart by the shape of the id ("sb-" and exactly 22 letters and digits
 * is V1); V2 is created unless a GPU is asked for or the settings say no (protocol: two sandbox backends).
 * What the service would refuse is refused here before anything is sent, with a sentence. */
#ifndef SANDGATE_MODAL_SANDBOXES_H
#define SANDGATE_MODAL_SANDBOXES_H

#include "modal/task.h"

#include <stddef.h>

struct modal_sandbox; /* a handle of one sandbox; detached or terminated, the sandbox itself is Modal's */

struct modal_volume_mount {
    const char *volume, *path; /* name or id; absolute path */
    const char *sub_path;      /* NULL: all of it */
    bool read_only;
};

struct modal_bucket_mount {
    const char *bucket, *path;
    const char *secret;   /* name of a secret; NULL: public */
    const char *endpoint; /* URL; decides S3, R2 or GCP; NULL: S3 */
    const char *prefix;   /* ends in a slash; NULL: none */
    const char *role;     /* OIDC role ARN; NULL: none */
    bool read_only, requester_pays, force_path_style;
};

struct modal_port {
    int port;
    bool unencrypted, http2;
};

enum modal_network { MODAL_NETWORK_BLOCKED, MODAL_NETWORK_OPEN, MODAL_NETWORK_LIST };

struct modal_probe {
    int tcp_port;            /* 0: none */
    const char *const *argv; /* NULL: none */
    int64_t interval;        /* milliseconds; 0: 100 */
};

/* Everything that a sandbox is made with; zeros and NULLs are Modal's defaults unless said. Copied. */
struct modal_sandbox_spec {
    const char *app_id, *image_id;
    const char *const *argv;        /* main process; NULL: the image's, else it sleeps */
    double cpu, cpu_limit;          /* cores; 0: default, none */
    int64_t memory, memory_limit;   /* MiB */
    int64_t disk;                   /* MiB; 0: default */
    const char *gpu;                /* "TYPE[:COUNT]"; NULL: none */
    int64_t timeout, idle_timeout;  /* seconds; timeout 0: 3600; idle 0: none */
    const char *workdir;            /* absolute; NULL: the image's */
    const char *const *environment; /* NAME=value */
    const char *const *secrets;     /* names or ids */
    const struct modal_volume_mount *volumes;
    size_t volume_count;
    const struct modal_bucket_mount *buckets;
    size_t bucket_count;
    enum modal_network network;
    const char *const *cidrs, *const *domains; /* with MODAL_NETWORK_LIST; NULL: none of that kind */
    const char *const *inbound_cidrs;          /* NULL: all */
    const struct modal_port *ports;
    size_t port_count;
    const char *const *regions;
    const char *cloud, *proxy, *name;
    const char *const *tags;         /* NAME=value */
    const struct modal_probe *probe; /* NULL: none */
    const char *const *experimental; /* NAME=value */
    bool verbose, pty;
    int backend; /* 0: as the settings and the GPU say; 1: V1; 2: V2 */
};

typedef void modal_sandbox_made(void *data, const struct modal_failure *failure,
                                struct modal_sandbox *sandbox);
/* The handle is the caller's: modal_sandbox_free. */
struct modal_call *modal_sandbox_create(struct modal_client *client, const struct modal_sandbox_spec *spec,
                                        modal_sandbox_made *made, void *data);
/* By id (sb-...), or by NAME of app APP_NAME: found and alive, or the failure says that it has ended and how. */
struct modal_call *modal_sandbox_attach(struct modal_client *client, const char *id, modal_sandbox_made *made,
                                        void *data);
struct modal_call *modal_sandbox_find(struct modal_client *client, const char *app_name, const char *name,
                                      modal_sandbox_made *made, void *data);
/* A handle without asking anybody: for the logs of one that may have ended. */
struct modal_sandbox *modal_sandbox_handle(struct modal_client *client, const char *id);
/* Detaches: purely local, the sandbox goes on. Requests of the handle and of its task must be over. */
void modal_sandbox_free(struct modal_sandbox *sandbox);
const char *modal_sandbox_id(const struct modal_sandbox *sandbox);
const char *modal_sandbox_app_id(const struct modal_sandbox *sandbox); /* NULL: not known */
bool modal_sandbox_is_v2(const struct modal_sandbox *sandbox);
struct modal_task *
modal_sandbox_task(struct modal_sandbox *sandbox); /* for execs and files; the sandbox's own */

/* --- its end --- */

enum modal_end {
    MODAL_RUNNING,
    MODAL_FINISHED,    /* exit code 0 */
    MODAL_ENDED_BADLY, /* its main process failed */
    MODAL_TERMINATED,
    MODAL_TIMED_OUT,
    MODAL_INIT_FAILED,
    MODAL_INTERNAL_FAILURE,
    MODAL_IDLE,
    MODAL_EVICTED,
};
struct modal_sandbox_end {
    enum modal_end end;
    int code; /* as the official clients report it: 137 terminated, 124 time-out; -1 while running */
    const char *sentence; /* "It reached its time-out of 1 h"; NULL while running */
};
typedef void modal_sandbox_ended(void *data, const struct modal_failure *failure,
                                 const struct modal_sandbox_end *end);
/* UNTIL_END: long waits until it has ended; else one look. */
struct modal_call *modal_sandbox_wait(struct modal_sandbox *sandbox, bool until_end,
                                      modal_sandbox_ended *ended, void *data);
struct modal_call *modal_sandbox_terminate(struct modal_client *client, const char *id, bool wait,
                                           modal_sandbox_ended *ended, void *data);

/* --- lists, names, tags --- */

struct modal_sandbox_info {
    const char *id, *name, *app_id, *image_id, *gpu;
    double created, started, finished; /* seconds since 1970; 0: not yet */
    int64_t timeout, idle_timeout;     /* seconds; 0: none */
    double cpu;                        /* cores; 0: default */
    int64_t memory;                    /* MiB; 0: default */
    const char *const *tags;           /* NAME=value */
    struct modal_sandbox_end end;
};
typedef void modal_sandbox_listed(void *data, const struct modal_failure *failure,
                                  const struct modal_sandbox_info *list, size_t count);
/* All pages, newest first. APP_ID NULL: of the whole environment. TAGS: all must match; NULL: any. */
struct modal_call *modal_sandbox_list(struct modal_client *client, const char *app_id,
                                      const char *const *tags, bool finished, modal_sandbox_listed *listed,
                                      void *data);
typedef void modal_tagged(void *data, const struct modal_failure *failure, const char *const *tags);
struct modal_call *modal_sandbox_tags(struct modal_client *client, const char *id, modal_tagged *tagged,
                                      void *data);
struct modal_call *modal_sandbox_set_tags(struct modal_client *client, const char *id,
                                          const char *const *tags, modal_named *done, void *data);
struct modal_call *modal_sandbox_set_name(struct modal_client *client, const char *id, const char *name,
                                          modal_named *done, void *data);

/* --- ports, network --- */

struct modal_tunnel {
    int container_port;
    const char *host; /* TLS */
    int port;
    const char *plain_host; /* NULL: none */
    int plain_port;
    const char *url; /* "https://host[:port]" */
};
typedef void modal_tunnelled(void *data, const struct modal_failure *failure,
                             const struct modal_tunnel *tunnels, size_t count);
struct modal_call *modal_sandbox_tunnels(struct modal_client *client, const char *id,
                                         modal_tunnelled *tunnelled, void *data);
typedef void modal_connectable(void *data, const struct modal_failure *failure, const char *url,
                               const char *token);
struct modal_call *modal_sandbox_connect_token(struct modal_client *client, const char *id,
                                               const char *metadata, int port, modal_connectable *connectable,
                                               void *data);
/* Replaces the outbound policy of the running sandbox. OPEN is told as a list of everything, as the service
 * wants it; BLOCKED as an empty list. */
struct modal_call *modal_sandbox_set_network(struct modal_sandbox *sandbox, enum modal_network network,
                                             const char *const *cidrs, const char *const *domains,
                                             modal_named *done, void *data);
struct modal_call *modal_sandbox_wait_ready(struct modal_sandbox *sandbox, int64_t timeout, modal_named *done,
                                            void *data);
struct modal_call *modal_sandbox_reload_volumes(struct modal_sandbox *sandbox, modal_named *done, void *data);

/* --- snapshots --- */

enum { MODAL_TTL_DEFAULT = 2592000, MODAL_TTL_FOR_EVER = -1, MODAL_SNAPSHOT_TIMEOUT = 55 };
/* The file system (PATH NULL) or one directory as an image; TTL in seconds; TIMEOUT in seconds for all of it. */
struct modal_call *modal_sandbox_snapshot(struct modal_sandbox *sandbox, const char *path, int64_t ttl,
                                          int64_t timeout, modal_named *done, void *data);
/* IMAGE_ID "" is an empty directory. */
struct modal_call *modal_sandbox_mount(struct modal_sandbox *sandbox, const char *path, const char *image_id,
                                       modal_named *done, void *data);
struct modal_call *modal_sandbox_unmount(struct modal_sandbox *sandbox, const char *path, modal_named *done,
                                         void *data);

/* --- output of the main process --- */

typedef void modal_log_bytes(void *data, bool is_error, const char *bytes, size_t length);
/* Live output to its end (V1: by entry, V2: by offset). The id of DONE is a sentence when older output was not
 * kept any more, else NULL. */
struct modal_call *modal_sandbox_follow(struct modal_sandbox *sandbox, modal_log_bytes *bytes,
                                        modal_named *done, void *data);
/* The newest COUNT stored entries, oldest first. */
struct modal_call *modal_sandbox_stored_logs(struct modal_sandbox *sandbox, size_t count,
                                             modal_log_bytes *bytes, modal_named *done, void *data);

#endif
