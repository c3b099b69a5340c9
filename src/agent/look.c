/* look.c - see look.h.
 *
 * The script says everything as lines and records with a fixed form, and ends with "=end": what is cut off tells
 * nothing.  Change times are asked for with all their digits, since a program can be replaced within a second of
 * the sandbox's start.  A folder's own times are left out: they change with every new name, which shows anyway. */
#include "agent/look.h"

#include "agent/program_facts.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "base/random.h"
#include "sandbox/sandbox.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 8 * 1024 * 1024, PATIENCE = 30000 /* milliseconds */ };

/* $1: programs or none; then the folders.  Works in dash, bash and busybox. */
static const char script[] =
    "own=$PATH what=$1; shift; unset IFS CDPATH; umask 077\n"
    /* f KIND FILE...: the file itself; F: what it leads to */
    "f() { k=$1; shift; stat -c \"$k %d:%i:%f:%u:%g:%s:%z %n\" -- \"$@\" 2>/dev/null; }\n"
    "F() { k=$1; shift; stat -L -c \"$k %d:%i:%f:%u:%g:%s:%z %n\" -- \"$@\" 2>/dev/null; }\n"
    "programs() {\n"
    "for d in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do\n"
    "  case $d in /sbin|/bin) [ \"$d\" -ef \"/usr$d\" ] && continue;; esac\n"
    "  set -- \"$d\"/* \"$d\"/.[!.]*; f p \"$@\"\n"
    "  n=$#; while [ $n -gt 0 ]; do [ -L \"$1\" ] && set -- \"$@\" \"$1\"; shift; n=$((n-1)); done\n"
    "  [ $# -gt 0 ] && F P \"$@\"\n"
    "done\n"
    "stat -c 'd %f:%u:%g %N' -- / /usr /usr/local /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin "
    "/bin "
    "/lib /lib64 /usr/lib /usr/lib64 /usr/local/lib /etc 2>/dev/null\n"
    "f l /usr/lib/*.so* /usr/lib/*/*.so* /usr/lib64/*.so* /usr/local/lib/*.so*\n"
    "[ /lib -ef /usr/lib ] || f l /lib/*.so* /lib/*/*.so*\n"
    "[ /lib64 -ef /usr/lib64 ] || f l /lib64/*.so*\n"
    "f p /usr/lib/git-core/* /usr/libexec/git-core/*\n"
    "f f /etc/ld.so.preload /etc/ld-musl-*.path\n"
    "t=$(printf '\\t'); ldconfig -p 2>/dev/null | sed -n \"s/^$t/c /p\"\n"
    "}\n"
    "PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C TZ=UTC0; export PATH LC_ALL TZ\n"
    "[ \"$what\" = programs ] && programs\n"
    "printf '\\0'\n"
    "PATH=$own i=0\n"
    "for d in \"$@\"; do\n"
    "  printf '=folder %s\\0' $i; i=$((i+1))\n"
    "  if cd -- \"$d\" 2>/dev/null; then\n"
    "    git config --list --includes --show-origin -z 2>/dev/null; printf '=config %s\\0' $?\n"
    "    if h=$(git rev-parse --git-path hooks 2>/dev/null); then\n"
    "      for k in \"$h\"/*; do\n"
    "        case $k in *.sample) continue;; esac\n"
    "        [ -f \"$k\" ] && [ -x \"$k\" ] && printf '=hook %s\\0' \"${k##*/}\"\n"
    "      done\n"
    "      l=$(git -c core.fsmonitor=false -c core.hooksPath=/dev/null ls-files -s 2>/dev/null |\n"
    "          sed -n '/^160000 /{p;q;}')\n"
    "      [ -n \"$l\" ] && printf '=submodules\\0'\n"
    "    fi\n"
    "  fi\n"
    "  printf '=done\\0'\n"
    "done\n"
    "printf '=end\\0'\n";

struct look {
    struct sandbox_exec *exec;
    struct buffer answer;
    size_t folder_count;
    bool programs;
    void (*seen)(void *data, struct look_answer *answer);
    void *data;
};

static void free_look(struct look *look)
{
    buffer_release(&look->answer);
    free(look);
}

/* What its end says against its answer; NULL: nothing. */
static const char *complaint(const struct look *look, const struct sandbox_exec_result *result)
{
    if (look->answer.full)
        return "it told too much";
    if (result->end == SANDBOX_EXITED)
        return NULL;
    return result->sentence ? result->sentence : "it did not come to its end";
}

static const char *read_answer(const struct look *look, struct look_answer *answer)
{
    const char *bytes = look->answer.data;
    const char *stop = look->answer.length ? memchr(bytes, '\0', look->answer.length) : NULL;
    if (!stop)
        return "its answer is cut off";
    if (!git_facts_read(stop + 1, look->answer.length - (size_t)(stop + 1 - bytes), answer->git,
                        look->folder_count))
        return "its answer makes no sense";
    answer->text = bytes;
    answer->length = (size_t)(stop - bytes);
    answer->programs = look->programs ? program_list_read(answer->text, answer->length) : NULL;
    return NULL;
}

static void done(void *data, const struct sandbox_exec_result *result)
{
    struct look *look = data;
    struct git_fact git[LOOK_FOLDERS] = { 0 };
    struct look_answer answer = { .git = git, .milliseconds = result->milliseconds };
    answer.failed = complaint(look, result);
    if (!answer.failed)
        answer.failed = read_answer(look, &answer);
    look->seen(look->data, &answer);
    for (size_t i = 0; i < ARRAY_SIZE(git); i++)
        git_fact_release(&git[i]);
    program_list_free(answer.programs);
    free_look(look);
}

static void output(void *data, bool is_error, const char *bytes, size_t length)
{
    struct look *look = data;
    if (!is_error)
        buffer_append(&look->answer, bytes, length);
}

struct look *look_start(const struct look_spec *spec, void (*seen)(void *data, struct look_answer *answer),
                        void *data)
{
    static const struct sandbox_exec_events events = { .output = output, .done = done };
    const char *argv[5 + LOOK_FOLDERS + 1] = { "/bin/sh", "-c", script, "sandgate",
                                               spec->programs ? "programs" : "none" };
    struct look *look = xcalloc(1, sizeof *look);
    char id[UUID_TEXT];
    random_uuid(id);
    for (size_t i = 0; i < spec->folder_count; i++)
        argv[5 + i] = spec->folders[i];
    struct sandbox_exec_spec asked = {
        .exec_id = id, .argv = argv, .cwd = "/", .environment = spec->environment, .timeout = PATIENCE
    };
    *look = (struct look){
        .folder_count = spec->folder_count, .programs = spec->programs, .seen = seen, .data = data
    };
    buffer_init(&look->answer, ANSWER_MAX);
    look->exec = sandbox_exec(spec->sandbox, &asked, &events, look);
    return look;
}

void look_cancel(struct look *look)
{
    if (!look)
        return;
    sandbox_exec_forget(look->exec);
    free_look(look);
}
