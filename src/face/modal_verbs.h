/* modal_verbs.h - the functions behind the rows of `sandgate modal` (modal.c).  Each returns the exit code. */
#ifndef SANDGATE_FACE_MODAL_VERBS_H
#define SANDGATE_FACE_MODAL_VERBS_H

#include "face/modal_face.h"

int modal_login_run(struct modal_face *face);
int modal_whoami_run(struct modal_face *face);

int modal_secret_list_run(struct modal_face *face);
int modal_secret_create_run(struct modal_face *face);
int modal_secret_delete_run(struct modal_face *face);

int modal_volume_list_run(struct modal_face *face);
int modal_volume_create_run(struct modal_face *face);
int modal_volume_delete_run(struct modal_face *face);
int modal_volume_ls_run(struct modal_face *face);
int modal_volume_get_run(struct modal_face *face);
int modal_volume_put_run(struct modal_face *face);
int modal_volume_rm_run(struct modal_face *face);

int modal_image_list_run(struct modal_face *face);
int modal_image_publish_run(struct modal_face *face);
int modal_image_delete_run(struct modal_face *face);

/* The id of the volume that is named first on the command line, into face->name. */
bool modal_find_volume(struct modal_face *face, bool make);

#endif
