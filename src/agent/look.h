/* look.h - one look into a sandbox for the facts that the policy needs: plumbing, never a tool call.
 *
 * It is one program through the ordinary interface, with the environment of the session's calls, so that it finds
 * what they would find.  What it tells is read (program_facts.h, git_facts.h) and not believed further than the
 * sandbox's own programs can be: who is root in there can put a liar in their place. */
#ifndef SANDGATE_AGENT_LOOK_H
#define SANDGATE_AGENT_LOOK_H

#include "agent/git_facts.h"

#include <stddef.h>
#include <stdint.h>

struct look;
struct program_list;
struct sandbox;

enum { LOOK_FOLDERS = 12 };

struct look_spec {
    struct sandbox *sandbox;
    const char *const *environment;
    bool programs;              /* tell of the programs too */
    const char *const *folders; /* where git may run: LOOK_FOLDERS at most; absolute, valid UTF-8 */
    size_t folder_count;
};

/* What was seen; borrowed during the callback, but text and facts may be taken (and their place cleared). */
struct look_answer {
    const char *failed; /* NULL: fine; else all is unknown, and the sentence is for the debug log */
    struct program_list *programs; /* NULL: not asked for, or unknown */
    const char *text;              /* of the programs */
    size_t length;
    struct git_fact *git; /* one for each folder */
    int64_t milliseconds;
};

/* SEEN comes once, unless cancelled; then the look is gone. */
struct look *look_start(const struct look_spec *spec, void (*seen)(void *data, struct look_answer *answer),
                        void *data);
/* The program is killed, and nothing comes any more.  Before the sandbox is freed; NULL is fine. */
void look_cancel(struct look *look);

#endif
