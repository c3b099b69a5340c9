/* pull_show.h - one change as a person or a program reads it.  Names and contents come from a sandbox: all of
 * it goes through visible.h, or escaped inside JSON. */
#ifndef SANDGATE_FACE_PULL_SHOW_H
#define SANDGATE_FACE_PULL_SHOW_H

#include <stdbool.h>
#include <stdio.h>

struct diff_hunk;
struct json;
struct sync_change;

/* The whole of it: a head, the diff, why it stays. */
void pull_show(FILE *out, const struct sync_change *change, bool colour);
/* One hunk of its diff. */
void pull_show_hunk(FILE *out, const struct diff_hunk *hunk, bool colour);
/* One line. */
void pull_show_line(FILE *out, const struct sync_change *change);
struct json *pull_show_json(const struct sync_change *change, bool applied);

#endif
