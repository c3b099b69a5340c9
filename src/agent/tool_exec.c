/* tool_exec.c - run_command and run_python: the tools that run code in the sandbox.
 *
 * A script is run as `/bin/bash --noprofile --norc -c SCRIPT`, never through a file (a file could be rewritten
 * between judging and running).  run_python hands the code to a small driver that prints the value of a last
 * expression behind "=> ". */
#include "agent/reading.h"
#include "agent/tools.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/texts.h"
#include "matter/call.h"
#include "matter/output.h"
#include "sandbox/sandbox.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The code is an argument, so a traceback says "<code>"; linecache lets it show the lines. */
static const char python_driver[] =
    "import ast, linecache, sys, traceback\n"
    "code = sys.argv[1]\n"
    "sys.argv = ['<code>']\n"
    "linecache.cache['<code>'] = (len(code), None, code.splitlines(True), '<code>')\n"
    "scope = {'__name__': '__main__', '__builtins__': __builtins__}\n"
    "try:\n"
    "    tree = ast.parse(code, '<code>')\n"
    "    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None\n"
    "    exec(compile(tree, '<code>', 'exec'), scope)\n"
    "    if last is not None:\n"
    "        value = eval(compile(ast.Expression(last.value), '<code>', 'eval'), scope)\n"
    "        if value is not None:\n"
    "            print('=> ' + repr(value))\n"
    "except SystemExit:\n"
    "    raise\n"
    "except BaseException as error:\n"
    "    sys.stdout.flush()\n"
    "    trace = error.__traceback__\n"
    "    while trace and trace.tb_frame.f_code.co_filename != '<code>':\n"
    "        trace = trace.tb_next\n"
    "    traceback.print_exception(type(error), error, trace)\n"
    "    sys.exit(1)\n";

static bool set_limits(struct action *action, const struct tool_context *context,
                       const struct json *arguments, struct error *error)
{
    double seconds = json_get_number(arguments, "timeout", 0);

    if (seconds * 1000 > (double)context->max_timeout)
        return error_set(error,
                         "A time-out of %g s is over the limit of %" PRId64
                         " s; start longer work in the background and look at it later",
                         seconds, context->max_timeout / 1000);
    action->timeout = seconds > 0 ? (int64_t)(seconds * 1000) : context->timeout;
    if (action->timeout > context->max_timeout)
        action->timeout = context->max_timeout;
    action->output_limit = context->output_max;
    return true;
}

static struct action *plan_exec(const struct tool_context *context, const char *tool, const char *interpreter,
                                const char *const *argv, const char *script, const struct json *arguments,
                                struct error *error)
{
    const char *cwd = json_get_text(arguments, "cwd");
    size_t total = 0;

    for (size_t i = 0; argv[i]; i++)
        total += strlen(argv[i]) + 1;
    if (total > SANDBOX_SCRIPT_MAX) {
        error_set(
            error,
            "The script is %zu bytes long; at most %d can be run at once. Write it to a file in parts and "
            "run the file",
            total, SANDBOX_SCRIPT_MAX);
        return NULL;
    }
    struct action *action = action_new(ACTION_EXEC, tool);
    action->interpreter = xstrdup(interpreter);
    action->argv = texts_copy(argv);
    action->script = xstrdup(script);
    action->cwd = path_normalize(context->workspace, cwd && *cwd ? cwd : ".");
    action->environment = texts_copy(context->environment);
    action->arguments = json_copy(arguments);
    if (!set_limits(action, context, arguments, error)) {
        action_free(action);
        return NULL;
    }
    return action;
}

static struct action *plan_command(const struct tool_context *context, const struct json *arguments,
                                   struct error *error)
{
    const char *script = json_get_text(arguments, "command");
    const char *const argv[] = { "/bin/bash", "--noprofile", "--norc", "-c", script, NULL };

    return plan_exec(context, "run_command", "bash", argv, script, arguments, error);
}

static char *summary_command(const struct json *arguments)
{
    return xstrdup(json_get_text(arguments, "command"));
}

static struct action *plan_python(const struct tool_context *context, const struct json *arguments,
                                  struct error *error)
{
    const char *code = json_get_text(arguments, "code");
    const char *const argv[] = { "/usr/bin/python3", "-Es", "-c", python_driver, code, NULL };

    return plan_exec(context, "run_python", "python3", argv, code, arguments, error);
}

static char *summary_python(const struct json *arguments)
{
    return xstrdup(json_get_text(arguments, "code"));
}

static void describe_end(const struct call *call, struct buffer *out)
{
    if (call->state == CALL_TIMED_OUT)
        buffer_append_text(out, "Timed out: it and everything that it had started was killed.");
    else if (call->state == CALL_CANCELLED)
        buffer_append_text(out, "Cancelled by the person: it and everything that it had started was killed.");
    else if (call->sentence || call->state == CALL_LOST)
        buffer_append_format(out, "It did not run to an end: %s",
                             call->sentence ? call->sentence : "the sandbox is gone");
    else if (call->signal)
        buffer_append_format(out, "Killed by signal %d", call->signal);
    else
        buffer_append_format(out, "exit code %d", call->code);
    if (call->survivors)
        buffer_append_format(out, "\nLeft running:\n%s", call->survivors);
}

static void describe_exec(const struct action *action, const struct call *call, size_t limit,
                          struct buffer *out)
{
    if (call->edited)
        buffer_append_format(out, "The person edited the command before it ran. What ran:\n%s\n\n",
                             action->script);
    if (call->output && output_total(call->output) > 0) {
        char *name = xasprintf(READING_OUTPUT "%" PRId64, call->number);
        output_for_model(call->output, limit, call->spool ? name : NULL, out);
        free(name);
        if (out->length > 0 && out->data[out->length - 1] != '\n')
            buffer_append_byte(out, '\n');
    } else {
        buffer_append_text(out, "(no output)\n");
    }
    describe_end(call, out);
}

const struct tool tool_run_command = {
    .name = "run_command",
    .description =
        "Runs a bash script in the sandbox and returns its output and exit code. Each call is a new "
        "shell: variables, functions and cd do not outlive it. Standard input is empty. Say in "
        "`expect` in a few words what it does and what you expect of it.",
    .schema =
        "{\"type\":\"object\",\"properties\":{"
        "\"command\":{\"type\":\"string\",\"description\":\"the bash script\"},"
        "\"cwd\":{\"type\":\"string\",\"description\":\"folder to run it in; default: the workspace\"},"
        "\"timeout\":{\"type\":\"number\",\"minimum\":0.1,\"description\":\"seconds after which it is "
        "killed\"},"
        "\"expect\":{\"type\":\"string\",\"description\":\"what it does and what to expect, a few words\"}},"
        "\"required\":[\"command\"],\"additionalProperties\":false}",
    .touches = TOUCH_READS | TOUCH_WRITES | TOUCH_RUNS,
    .summary = summary_command,
    .plan = plan_command,
    .describe = describe_exec,
    .code_member = "command",
    .code_language = "bash",
};

const struct tool tool_run_python = {
    .name = "run_python",
    .description =
        "Runs Python 3 code in the sandbox in a new interpreter and returns what it printed, then the "
        "value of the last expression behind \"=> \", or the error with its traceback.",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"code\":{\"type\":\"string\",\"description\":\"Python code\"},"
              "\"cwd\":{\"type\":\"string\",\"description\":\"folder to run it in; default: the workspace\"},"
              "\"timeout\":{\"type\":\"number\",\"minimum\":0.1,\"description\":\"seconds after which it is "
              "killed\"}},"
              "\"required\":[\"code\"],\"additionalProperties\":false}",
    .touches = TOUCH_READS | TOUCH_WRITES | TOUCH_RUNS,
    .summary = summary_python,
    .plan = plan_python,
    .describe = describe_exec,
    .code_member = "code",
    .code_language = "python",
};
