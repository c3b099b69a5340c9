/* modal.h - sandgate modal: the account at Modal: login, secrets, volumes, published images. */
#ifndef SANDGATE_FACE_MODAL_H
#define SANDGATE_FACE_MODAL_H

/* ARGV[0] is "modal".  Returns the exit code. */
int face_modal(int argc, char **argv);

#endif
