/* faces.h - the functions behind the rows of the table of subcommands (main.c). */
#ifndef SANDGATE_FACE_FACES_H
#define SANDGATE_FACE_FACES_H

#include "face/arguments.h"

extern const struct face_option session_options[]; /* --continue, --resume */
extern const struct face_option run_options[];
extern const struct face_option doctor_options[];

int face_workbench(int argc, char **argv, const struct face *face);
int face_demo(int argc, char **argv, const struct face *face);
int face_run(int argc, char **argv, const struct face *face);
int face_doctor(int argc, char **argv, const struct face *face);

#endif
