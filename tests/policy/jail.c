/* jail.c - one bwrap a batch: scripts go in as a file, records come out of its standard output. */
#include "tests/policy/jail.h"

#include "base/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char syntax_driver[] = "exec 9>&1 >/dev/null 2>&1 </dev/null\n"
                                    "mapfile -d '' -t S </in/scripts\n"
                                    "for i in \"${!S[@]}\"; do if /bin/bash --noprofile --norc -n -c "
                                    "\"${S[i]}\"; then echo 1 >&9; else echo 0 >&9; fi; done\n";

/* A record is one write, so that commands at once do not mix: bash writes line by line, hence newlines go as
 * \1, which no literal argument has. */
static const char run_driver[] =
    "exec 9>&1 >/dev/null 2>&1 </dev/null\n"
    "PATH=/rec\n"
    "mapfile -d '' -t S </in/scripts\n"
    "record() { builtin printf '%s\\0' $SCRIPT_NUMBER $# \"${@//$'\\n'/$'\\001'}\" >&9; }\n"
    "for f in fa fb echo printf test '[' :; do builtin eval \"$f() { record $f \\\"\\$@\\\"; }\"; done\n"
    "command_not_found_handle() { record \"$@\"; }\n"
    "set --\n"
    "export SCRIPT_NUMBER\n"
    "for SCRIPT_NUMBER in \"${!S[@]}\"; do ( ulimit -t 5; eval \"${S[SCRIPT_NUMBER]}\"; wait ); done\n"
    "exit 0\n";

void scripts_add(struct scripts *scripts, const char *text, size_t length)
{
    scripts->items =
        array_reserve(scripts->items, &scripts->capacity, scripts->count + 1, sizeof *scripts->items);
    scripts->items[scripts->count++] = xstrndup(text, length);
}

void scripts_release(struct scripts *scripts)
{
    for (size_t i = 0; i < scripts->count; i++)
        free(scripts->items[i]);
    free(scripts->items);
    *scripts = (struct scripts){ 0 };
}

static void start(const char *folder, const char *driver, int out)
{
    const char *in = xasprintf("%s/scripts", folder), *recorder = SANDGATE_BUILD_FOLDER "/policy_recorder";
    /* clang-format off */
    const char *const arguments[] = {
        "bwrap", "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session",
        "--cap-drop", "ALL", "--clearenv", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin",
        "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--proc",
        "/proc", "--dev", "/dev", "--size", "4194304", "--tmpfs", "/tmp", "--dir", "/in",
        "--ro-bind", in, "/in/scripts", "--dir", "/rec", "--ro-bind", recorder, "/rec/ea",
        "--ro-bind", recorder, "/rec/eb", "--size", "4194304", "--tmpfs", "/empty", "--chdir",
        "/empty", "--setenv", "LANG", "C.UTF-8", "--setenv", "PATH", "/usr/bin", "--setenv", "HOME",
        "/root", "/usr/bin/timeout", "-s", "KILL", "100", "/bin/bash", "--noprofile", "--norc", "-c",
        driver, NULL
    };
    /* clang-format on */
    dup2(out, 1);
    execvp("bwrap", (char *const *)arguments);
    _exit(127);
}

/* Runs DRIVER over SCRIPTS; what it prints goes to OUT. */
static bool run(const struct scripts *scripts, const char *driver, struct buffer *out)
{
    char folder[] = "/tmp/sandgate-reader.XXXXXX";
    int ends[2], status = 1;
    if (!mkdtemp(folder) || pipe2(ends, O_CLOEXEC))
        return false;
    char *path = xasprintf("%s/scripts", folder);
    FILE *file = fopen(path, "w");
    for (size_t i = 0; file && i < scripts->count; i++)
        fwrite(scripts->items[i], 1, strlen(scripts->items[i]) + 1, file);
    bool good = file && !fclose(file);
    pid_t child = good ? fork() : -1;
    if (child == 0)
        start(folder, driver, ends[1]);
    close(ends[1]);
    for (ssize_t got = 1; child > 0 && got > 0;) {
        got = read(ends[0], buffer_reserve(out, 65536), 65536);
        buffer_added(out, got > 0 ? (size_t)got : 0);
    }
    close(ends[0]);
    if (child > 0)
        waitpid(child, &status, 0);
    unlink(path);
    rmdir(folder);
    free(path);
    return status == 0;
}

bool jail_works(void)
{
    struct scripts scripts = { 0 };
    char verdict = 0;
    scripts_add(&scripts, ":", 1);
    bool works = jail_syntax(&scripts, &verdict) && verdict == 1;
    scripts_release(&scripts);
    return works;
}

bool jail_syntax(const struct scripts *scripts, char *verdicts)
{
    struct buffer out = BUFFER_INIT;
    bool good = run(scripts, syntax_driver, &out) && out.length == 2 * scripts->count;
    for (size_t i = 0; good && i < scripts->count; i++)
        verdicts[i] = out.data[2 * i] == '1';
    buffer_release(&out);
    return good;
}

bool jail_run(const struct scripts *scripts, struct buffer *out)
{
    return run(scripts, run_driver, out);
}
