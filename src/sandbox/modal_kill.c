/* modal_kill.c - the processes that an exec started, found by its mark: looked at, resized, ended.
 *
 * There is no call that kills an exec, so a second one does it.  The first carries a mark in its environment,
 * which all that it starts inherits; what has the mark, what descends from that, and what shares a process group
 * or a session with it, is the exec's.  Groups are killed first, each in one stroke, so that a program that
 * forks as fast as it can has nobody left to fork; then whatever is left, again and again until nothing is.
 *
 * It cannot see a process that shed its mark, left its session and lost its parents before anybody looked. */
#include "sandbox/modal_box.h"

#include <stdio.h>

/* f: the ids of what carries the mark $1, in $found, and of all that belongs to it, in $all.  Zombies are not
 * counted: they are gone but for their parent's knowing. */
#define FIND                                                                                               \
    "me=$$; mark=SANDGATE_EXEC=$1\n"                                                                       \
    "f() { all=' '; groups=' '\n"                                                                          \
    "for x in $(grep -lsF -e \"$mark\" /proc/[0-9]*/environ); do x=${x#/proc/}; all=\"$all${x%/environ} "  \
    "\"; "                                                                                                 \
    "done\n"                                                                                               \
    "[ \"$all\" = ' ' ] && return\n"                                                                       \
    "more=1; while [ $more = 1 ]; do more=0\n"                                                             \
    "for s in /proc/[0-9]*/stat; do read -r line 2>/dev/null <\"$s\" || continue\n"                        \
    "p=${line%% *}; line=${line##*) }; set -- $line; [ $p = $me ] && continue\n"                           \
    "case $all in *\" $p \"*) case $1 in Z) all=\"${all%% $p *} ${all#* $p }\";; *) "                      \
    "[ $3 = $p ] && case $groups in *\" $p \"*) ;; *) groups=\"$groups$p \";; esac;; esac; continue;; "    \
    "esac\n"                                                                                               \
    "[ $1 = Z ] && continue\n"                                                                             \
    "case $all in *\" $2 \"*|*\" $3 \"*|*\" $4 \"*) [ $2 = $me ] || { all=\"$all$p \"; more=1; };; esac\n" \
    "done; done; }\n"

/* What was started a moment ago may not have its mark yet, so nobody is waited for a little. */
static const char kill_script[] = FIND
    "i=0 seen=0; while [ $i -lt 60 ]; do i=$((i+1)); f \"$1\"\n"
    "if [ \"$all\" = ' ' ]; then [ $seen = 1 ] || [ $i -ge 8 ] && exit 0; sleep 0.1; continue; fi; seen=1\n"
    "for g in $groups; do kill -9 -$g 2>/dev/null; done\n"
    "kill -9 $all 2>/dev/null; [ $i -gt 5 ] && sleep 0.1; done\n"
    "for p in $all; do read -r c 2>/dev/null </proc/$p/comm && printf '%s %s\\n' $p \"$c\"; done\n";

/* As they were started, cut short; one line each. */
static const char list_script[] =
    FIND "f \"$1\"; i=0; for p in $all; do [ $p = $me ] && continue; i=$((i+1)); [ $i -gt 20 ] && break\n"
         "c=$(tr '\\0\\n' '  ' 2>/dev/null </proc/$p/cmdline | cut -c1-200); c=${c% }\n"
         "[ -n \"$c\" ] && printf '%s %s\\n' $p \"$c\"; done\n";

static const char resize_script[] =
    FIND "i=0; while [ $i -lt 8 ]; do i=$((i+1)); f \"$1\"\n"
         "for p in $all; do t=$(readlink /proc/$p/fd/0) || continue; case $t in /dev/pts/*)\n"
         "stty rows $3 cols $2 <\"$t\"; exit 0;; esac; done; sleep 0.1; done\n";

struct box_tool *box_kill(struct box *box, const char *id, box_tool_done *done, void *data)
{
    const char *const arguments[] = { id, NULL };
    struct box_tool_spec spec = { .script = kill_script, .arguments = arguments };
    return box_tool_run(box, &spec, done, data);
}

struct box_tool *box_survivors(struct box *box, const char *id, box_tool_done *done, void *data)
{
    const char *const arguments[] = { id, NULL };
    struct box_tool_spec spec = { .script = list_script, .arguments = arguments };
    return box_tool_run(box, &spec, done, data);
}

struct box_tool *box_resize(struct box *box, const char *id, int columns, int rows, box_tool_done *done,
                            void *data)
{
    char width[16], height[16];
    snprintf(width, sizeof(width), "%d", columns);
    snprintf(height, sizeof(height), "%d", rows);
    const char *const arguments[] = { id, width, height, NULL };
    struct box_tool_spec spec = { .script = resize_script, .arguments = arguments };
    return box_tool_run(box, &spec, done, data);
}
