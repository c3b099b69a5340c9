/* sandbox_backend.h - what a backend has to give; for backends and sandbox.c only.
 *
 * The rules of sandbox.h are the backend's to keep: every request ends in exactly one answer, callbacks come
 * from the loop and never from inside a call, nothing comes after cancel or free, and both may be called
 * from inside any callback. */
#ifndef SANDGATE_SANDBOX_SANDBOX_BACKEND_H
#define SANDGATE_SANDBOX_SANDBOX_BACKEND_H

#include "sandbox/sandbox.h"

/* The first member of what each backend hands out. */
struct sandbox {
    const struct sandbox_operations *operations;
};

struct sandbox_exec {
    const struct sandbox_operations *operations;
};

struct sandbox_queue; /* of requests */

struct sandbox_request {
    const struct sandbox_operations *operations;
    struct sandbox_request *next; /* in its queue, oldest first */
    struct sandbox_queue *queue;  /* that it is in, NULL: none */
};

struct sandbox_queue {
    struct sandbox_request *first, *last;
};

struct sandbox_watch {
    const struct sandbox_operations *operations;
};

enum sandbox_verb {
    SANDBOX_LIST,
    SANDBOX_STAT,
    SANDBOX_READ,
    SANDBOX_WRITE,
    SANDBOX_MAKE_FOLDER,
    SANDBOX_REMOVE,
    SANDBOX_RENAME,
    SANDBOX_PUT,
    SANDBOX_SNAPSHOT,
    SANDBOX_SET_NETWORK,
    SANDBOX_PORTS,
};

/* One request; what its verb has no use for is 0.  Borrowed during the call. */
struct sandbox_request_spec {
    enum sandbox_verb verb;
    const char *path;
    const char *other;           /* rename: the new path; put: the target of a link; write: the base hash */
    const void *bytes;           /* write, put */
    size_t length;               /* of bytes; list: entries at most; read: bytes at most */
    int64_t offset;              /* read */
    bool flag;                   /* read: whole hash; remove: recursive; set network: open */
    const char *const *domains;  /* set network; NULL: everywhere */
    enum sandbox_file_type type; /* put */
    unsigned mode;               /* put */
};

struct sandbox_operations {
    struct sandbox *(*open)(struct loop *loop, const struct sandbox_options *options,
                            const struct sandbox_open_events *events, void *data);
    void (*free)(struct sandbox *sandbox);
    void (*leave)(struct sandbox *sandbox, enum sandbox_leaving how,
                  void (*left)(void *data, const char *failed), void *data);
    struct sandbox *(*fork)(struct sandbox *sandbox, const char *state_folder,
                            const struct sandbox_open_events *events, void *data); /* NULL: it cannot */
    unsigned (*can)(const struct sandbox *sandbox);
    const struct sandbox_facts *(*facts)(const struct sandbox *sandbox);

    struct sandbox_exec *(*exec)(struct sandbox *sandbox, const struct sandbox_exec_spec *spec,
                                 const struct sandbox_exec_events *events, void *data);
    void (*exec_write)(struct sandbox_exec *exec, const void *bytes, size_t length);
    void (*exec_end_input)(struct sandbox_exec *exec);
    void (*exec_resize)(struct sandbox_exec *exec, int columns, int rows);
    void (*exec_cancel)(struct sandbox_exec *exec);
    void (*exec_forget)(struct sandbox_exec *exec);
    void (*exec_pause)(struct sandbox_exec *exec, bool pause);

    struct sandbox_request *(*request)(struct sandbox *sandbox, const struct sandbox_request_spec *request,
                                       sandbox_answered *answered, void *data);
    void (*request_cancel)(struct sandbox_request *request);

    struct sandbox_watch *(*watch_add)(struct sandbox *sandbox, const char *path, void (*changed)(void *data),
                                       void *data);
    void (*watch_remove)(struct sandbox_watch *watch);
};

extern const struct sandbox_operations sandbox_bwrap_operations;
extern const struct sandbox_operations sandbox_modal_operations;

void sandbox_enqueue(struct sandbox_queue *queue, struct sandbox_request *request); /* it is in none */
void sandbox_dequeue(struct sandbox_request *request);                              /* in none: fine */

/* What every program gets but TERM, which depends on the exec: the fixed part, then what of MORE (NULL: nothing) is a
 * variable and none of those.  Free with texts_free. */
char **sandbox_environment(const char *const *more);

#endif
