/* pull.h - `sandgate pull`: what a session changed in its sandbox, reviewed and brought back to the folder it
 * came from. */
#ifndef SANDGATE_FACE_PULL_H
#define SANDGATE_FACE_PULL_H

/* ARGV[0] is "pull".  Returns the exit code: 0 brought back or nothing to do, 1 it failed, 2 wrong usage, 10 not
 * all could be brought back (conflicts). */
int face_pull(int argc, char **argv);

#endif
