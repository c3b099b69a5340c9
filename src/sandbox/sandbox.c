/* sandbox.c - the table of backends, and the way from each call to the backend behind it. */
#include "sandbox/sandbox.h"

#include "base/memory.h"
#include "sandbox/sandbox_backend.h"

#include <string.h>

static const struct sandbox_backend backends[] = {
    { "bubblewrap", false, &sandbox_bwrap_operations },
    { "modal", true, &sandbox_modal_operations },
};

const struct sandbox_backend *sandbox_backend(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
        if (strcmp(backends[i].name, name) == 0)
            return &backends[i];
    return NULL;
}

/* A name that no row has goes to the first one, which refuses it as it refuses anything else. */
struct sandbox *sandbox_open(struct loop *loop, const struct sandbox_options *options,
                             const struct sandbox_open_events *events, void *data)
{
    const struct sandbox_backend *backend = sandbox_backend(options->backend);
    backend = backend ? backend : backends;
    return backend->operations->open(loop, options, events, data);
}

void sandbox_free(struct sandbox *sandbox)
{
    if (sandbox)
        sandbox->operations->free(sandbox);
}

void sandbox_leave(struct sandbox *sandbox, enum sandbox_leaving how,
                   void (*left)(void *data, const char *failed), void *data)
{
    sandbox->operations->leave(sandbox, how, left, data);
}

struct sandbox *sandbox_fork(struct sandbox *sandbox, const char *state_folder,
                             const struct sandbox_open_events *events, void *data)
{
    return sandbox->operations->fork(sandbox, state_folder, events, data);
}

unsigned sandbox_can(const struct sandbox *sandbox)
{
    return sandbox->operations->can(sandbox);
}

const struct sandbox_facts *sandbox_facts(const struct sandbox *sandbox)
{
    return sandbox->operations->facts(sandbox);
}

/* --- programs --- */

struct sandbox_exec *sandbox_exec(struct sandbox *sandbox, const struct sandbox_exec_spec *spec,
                                  const struct sandbox_exec_events *events, void *data)
{
    return sandbox->operations->exec(sandbox, spec, events, data);
}

void sandbox_exec_write(struct sandbox_exec *exec, const void *bytes, size_t length)
{
    exec->operations->exec_write(exec, bytes, length);
}

void sandbox_exec_end_input(struct sandbox_exec *exec)
{
    exec->operations->exec_end_input(exec);
}

void sandbox_exec_resize(struct sandbox_exec *exec, int columns, int rows)
{
    exec->operations->exec_resize(exec, columns, rows);
}

void sandbox_exec_cancel(struct sandbox_exec *exec)
{
    exec->operations->exec_cancel(exec);
}

void sandbox_exec_forget(struct sandbox_exec *exec)
{
    exec->operations->exec_forget(exec);
}

void sandbox_exec_pause(struct sandbox_exec *exec, bool pause)
{
    exec->operations->exec_pause(exec, pause);
}

/* --- files --- */

static struct sandbox_request *ask(struct sandbox *sandbox, const struct sandbox_request_spec *request,
                                   sandbox_answered *answered, void *data)
{
    return sandbox->operations->request(sandbox, request, answered, data);
}

struct sandbox_request *sandbox_list(struct sandbox *sandbox, const char *path, size_t limit,
                                     sandbox_answered *answered, void *data)
{
    struct sandbox_request_spec request = { .verb = SANDBOX_LIST, .path = path, .length = limit };
    return ask(sandbox, &request, answered, data);
}

struct sandbox_request *sandbox_stat(struct sandbox *sandbox, const char *path, sandbox_answered *answered,
                                     void *data)
{
    struct sandbox_request_spec request = { .verb = SANDBOX_STAT, .path = path };
    return ask(sandbox, &request, answered, data);
}

struct sandbox_request *sandbox_read(struct sandbox *sandbox, const char *path, int64_t offset, size_t length,
                                     bool whole_hash, sandbox_answered *answered, void *data)
{
    struct sandbox_request_spec request = {
        .verb = SANDBOX_READ, .path = path, .offset = offset, .length = length, .flag = whole_hash
    };
    return ask(sandbox, &request, answered, data);
}

struct sandbox_request *sandbox_write(struct sandbox *sandbox, const char *path, const void *bytes,
                                      size_t length, const char *base, sandbox_answered *answered, void *data)
{
    struct sandbox_request_spec request = {
        .verb = SANDBOX_WRITE, .path = path, .other = base, .bytes = bytes, .length = length
    };
    return ask(sandbox, &request, answered, data);
}

struct sandbox_request *sandbox_make_folder(struct sandbox *sandbox, const char *path,
                                            sandbox_answered *answered, void *data)
{
    struct sandbox_request_spec request = { .verb = SANDBOX_MAKE_FOLDER, .path = path };
    return ask(sandbox, &request, answered, data);
}

struct sandbox_request *sandbox_remove(struct sandbox *sandbox, const char *path, bool recursive,
                                       sandbox_answered *answered, void *data)
{
    struct sandbox_request_spec request = { .verb = SANDBOX_REMOVE, .path = path, .flag = recursive };
    return ask(sandbox, &request, answered, data);
}

struct sandbox_request *sandbox_rename(struct sandbox *sandbox, const char *from, const char *to,
                                       sandbox_answered *answered, void *data)
{
    struct sandbox_request_spec request = { .verb = SANDBOX_RENAME, .path = from, .other = to };
    return ask(sandbox, &request, answered, data);
}

struct sandbox_request *sandbox_put(struct sandbox *sandbox, const char *path, enum sandbox_file_type type,
                                    unsigned mode, const void *bytes, size_t length, const char *target,
                                    sandbox_answered *answered, void *data)
{
    struct sandbox_request_spec request = {
        .verb = SANDBOX_PUT,
        .path = path,
        .type = type,
        .mode = mode,
        .bytes = bytes,
        .length = length,
        .other = target,
    };
    return ask(sandbox, &request, answered, data);
}

struct sandbox_request *sandbox_snapshot(struct sandbox *sandbox, sandbox_answered *answered, void *data)
{
    struct sandbox_request_spec request = { .verb = SANDBOX_SNAPSHOT, .path = "/" };
    return ask(sandbox, &request, answered, data);
}

struct sandbox_request *sandbox_set_network(struct sandbox *sandbox, bool open, const char *const *domains,
                                            sandbox_answered *answered, void *data)
{
    struct sandbox_request_spec request = {
        .verb = SANDBOX_SET_NETWORK, .path = "/", .flag = open, .domains = domains
    };
    return ask(sandbox, &request, answered, data);
}

struct sandbox_request *sandbox_ports(struct sandbox *sandbox, sandbox_answered *answered, void *data)
{
    struct sandbox_request_spec request = { .verb = SANDBOX_PORTS, .path = "/" };
    return ask(sandbox, &request, answered, data);
}

void sandbox_request_cancel(struct sandbox_request *request)
{
    if (request)
        request->operations->request_cancel(request);
}

struct sandbox_watch *sandbox_watch_add(struct sandbox *sandbox, const char *path,
                                        void (*changed)(void *data), void *data)
{
    return sandbox->operations->watch_add(sandbox, path, changed, data);
}

void sandbox_watch_remove(struct sandbox_watch *watch)
{
    if (watch)
        watch->operations->watch_remove(watch);
}
