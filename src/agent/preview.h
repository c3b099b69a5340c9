/* preview.h - what rules would have answered to the commands of the log, shown to the person before a rule is saved.  The
 * log may hold a million events: it is read and judged in pieces, and the loop goes on meanwhile. */
#ifndef SANDGATE_AGENT_PREVIEW_H
#define SANDGATE_AGENT_PREVIEW_H

#include <stddef.h>

struct error;
struct preview;
struct session;

struct preview_result {
    const char *text;   /* a line for each command with another verdict, what is loosened first; untrusted */
    size_t told;        /* commands with another verdict */
    size_t allowed;     /* of those: that were asked for or denied, and would be allowed */
    const char *failed; /* NULL, or why the log could not be read */
};

/* RULES as a rule file has them, or the list alone; judged beside those in force, in this session's sandbox.  DONE comes
 * once, in a later turn of the loop, and the preview is gone with it; what it is told is borrowed.  NULL and a sentence
 * when the rules cannot be read. */
struct preview *preview_start(struct session *session, const char *rules,
                              void (*done)(void *data, const struct preview_result *result), void *data,
                              struct error *error);
/* DONE does not come. NULL is fine. */
void preview_cancel(struct preview *preview);

#endif
