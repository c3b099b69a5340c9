/* exec_order.c - what is wrong with a program's start is found here, before anything is sent.
 *
 * Modal's texts are UTF-8, so other bytes cannot be told at all; all arguments together have a limit. */
#include "modal/exec_order.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/texts.h"
#include "base/utf8.h"
#include "modal/call.h"

#include <stdlib.h>
#include <string.h>

struct exec_order {
    Modal__TaskExecStartRequest request;
    Modal__PTYInfo pty;
    char **arguments, **secrets; /* NULL-terminated */
    Modal__TaskExecStartRequest__EnvEntry *entries;
    Modal__TaskExecStartRequest__EnvEntry **environment;
    char *exec_id, *workdir, *container, *term;
};

static bool check_list(const char *const *list, const char *which, struct error *error)
{
    for (size_t i = 0; list && list[i]; i++)
        if (!utf8_valid(list[i], strlen(list[i])))
            return error_set(
                error, "The program cannot be started: %s %zu is not UTF-8, and Modal takes nothing else.",
                which, i + 1);
    return true;
}

static bool check_arguments(const char *const *argv, struct error *error)
{
    size_t total = 0;
    for (size_t i = 0; argv && argv[i]; i++)
        total += strlen(argv[i]);
    if (texts_count(argv) == 0)
        return error_set(error, "There is no program to start.");
    if (total > MODAL_ARGUMENTS_MAX)
        return error_set(
            error,
            "The program cannot be started: its arguments are %zu bytes, and Modal takes at most %d. "
            "Give the text on standard input, or in a file.",
            total, MODAL_ARGUMENTS_MAX);
    return check_list(argv, "argument", error);
}

static bool check_environment(const char *const *environment, struct error *error)
{
    for (size_t i = 0; environment && environment[i]; i++)
        if (strchr(environment[i], '=') == NULL || environment[i][0] == '=')
            return error_set(error, "The program cannot be started: variable %zu is not NAME=value.", i + 1);
    return check_list(environment, "variable", error);
}

static bool check(const struct modal_exec_spec *spec, struct error *error)
{
    if (spec->exec_id == NULL || spec->exec_id[0] == '\0')
        return error_set(error, "The program cannot be started: it was given no id.");
    if (spec->attach)
        return true;
    if (spec->cwd && (spec->cwd[0] != '/' || !utf8_valid(spec->cwd, strlen(spec->cwd))))
        return error_set(
            error, "The program cannot be started: its working directory must be an absolute path in UTF-8.");
    if (spec->timeout < 0 || spec->timeout > UINT32_MAX)
        return error_set(error, "The program cannot be started: its time-out is out of range.");
    return check_arguments(spec->argv, error) && check_environment(spec->environment, error) &&
           check_list(spec->secrets, "secret", error);
}

static void fill_environment(struct exec_order *order, const char *const *environment)
{
    size_t count = texts_count(environment);
    order->entries = xcalloc(count + 1, sizeof(*order->entries));
    order->environment = xcalloc(count + 1, sizeof(*order->environment));
    for (size_t i = 0; i < count; i++) {
        const char *equals = strchr(environment[i], '=');
        Modal__TaskExecStartRequest__EnvEntry *entry = &order->entries[i];
        *entry = (Modal__TaskExecStartRequest__EnvEntry)MODAL__TASK_EXEC_START_REQUEST__ENV_ENTRY__INIT;
        entry->key = xstrndup(environment[i], (size_t)(equals - environment[i]));
        entry->value = xstrdup(equals + 1);
        order->environment[i] = entry;
    }
    order->request.n_env = count;
    order->request.env = order->environment;
}

static void fill_pty(struct exec_order *order, const struct modal_exec_spec *spec)
{
    Modal__PTYInfo *pty = &order->pty;
    *pty = (Modal__PTYInfo)MODAL__PTYINFO__INIT;
    order->term = xstrdup(spec->term ? spec->term : "xterm-256color");
    pty->has_enabled = pty->enabled = true;
    pty->has_winsz_rows = pty->has_winsz_cols = true;
    pty->winsz_rows = (uint32_t)(spec->rows > 0 ? spec->rows : 24);
    pty->winsz_cols = (uint32_t)(spec->columns > 0 ? spec->columns : 80);
    pty->env_term = order->term;
    pty->env_colorterm = (char *)"truecolor";
    pty->has_pty_type = true;
    pty->pty_type = 2;
    pty->has_no_terminate_on_idle_stdin = pty->no_terminate_on_idle_stdin = true;
    order->request.pty_info = pty;
}

static void fill(struct exec_order *order, const struct modal_exec_spec *spec)
{
    Modal__TaskExecStartRequest *request = &order->request;
    int32_t output = spec->discard_output ? 0 : 1;
    request->exec_id = order->exec_id;
    request->command_args = order->arguments;
    request->n_command_args = texts_count(spec->argv);
    request->has_stdout_config = request->has_stderr_config = true;
    request->stdout_config = request->stderr_config = output;
    request->has_timeout_secs = spec->timeout > 0;
    request->timeout_secs = (uint32_t)spec->timeout;
    request->workdir = order->workdir;
    request->secret_ids = order->secrets;
    request->n_secret_ids = texts_count(spec->secrets);
    request->container_id = order->container;
    if (spec->pty)
        fill_pty(order, spec);
    fill_environment(order, spec->environment);
}

struct exec_order *exec_order_new(const struct modal_exec_spec *spec, struct error *error)
{
    if (!check(spec, error))
        return NULL;
    struct exec_order *order = xcalloc(1, sizeof(*order));
    order->request = (Modal__TaskExecStartRequest)MODAL__TASK_EXEC_START_REQUEST__INIT;
    order->exec_id = xstrdup(spec->exec_id);
    order->arguments = texts_copy(spec->argv);
    order->secrets = texts_copy(spec->secrets);
    order->workdir = xstrdup_or_null(spec->cwd);
    order->container = xstrdup_or_null(spec->container);
    fill(order, spec);
    return order;
}

void exec_order_free(struct exec_order *order)
{
    if (order == NULL)
        return;
    for (size_t i = 0; i < order->request.n_env; i++) {
        free(order->entries[i].key);
        free(order->entries[i].value);
    }
    free(order->entries);
    free(order->environment);
    texts_free(order->arguments);
    texts_free(order->secrets);
    free(order->exec_id);
    free(order->workdir);
    free(order->container);
    free(order->term);
    free(order);
}

const void *exec_order_message(struct exec_order *order, const char *task_id)
{
    order->request.task_id = (char *)task_id;
    return &order->request;
}
