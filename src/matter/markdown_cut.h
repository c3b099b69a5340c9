/* markdown_cut.h - where a long Markdown text can be cut in two, so that each half means what it meant.
 *
 * A cut is between two top-level blocks, never in a fence, a list or a table.  (A link that is defined in the
 * other half is the one thing that is lost.) */
#ifndef SANDGATE_MATTER_MARKDOWN_CUT_H
#define SANDGATE_MATTER_MARKDOWN_CUT_H

#include "matter/markdown_stream.h"

/* How far a growing text was read. All zero before its first byte. */
struct markdown_cut {
    size_t done;
    size_t place; /* the last place for a cut, 0: none yet */
    bool fenced;  /* `done` lies in a fence */
    struct markdown_fence fence;
};

/* TEXT is what it was the last time, and perhaps more. Returns the last place for a cut, 0: there is none. */
size_t markdown_cut_read(struct markdown_cut *cut, const char *text, size_t length);

#endif
