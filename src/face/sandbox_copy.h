/* sandbox_copy.h - what the verbs that touch files share. */
#ifndef SANDGATE_FACE_SANDBOX_COPY_H
#define SANDGATE_FACE_SANDBOX_COPY_H

#include "face/sandbox_errand.h"
#include "modal/files.h"

void errand_fail_file(struct errand *errand, const struct modal_file_result *result);
/* Whether PATH is absolute; else the errand ends. */
bool errand_path_fine(struct errand *errand, const char *path);

/* Copies FROM of this machine to the absolute path TO of the errand's sandbox, and the other way round; a folder
 * with all below it.  A target that is a folder, or ends in a slash, gets the source into it.  They end the
 * errand. */
void copy_in(struct errand *errand, const char *from, const char *to);  /* sandbox_put.c */
void copy_out(struct errand *errand, const char *from, const char *to); /* sandbox_get.c */

#endif
