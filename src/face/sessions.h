/* sessions.h - `sandgate sessions`: list, show, delete, export and verify what is in the store. */
#ifndef SANDGATE_FACE_SESSIONS_H
#define SANDGATE_FACE_SESSIONS_H

/* ARGV[0] is "sessions".  Returns the exit code: 0, 1 it failed, 2 wrong usage. */
int face_sessions(int argc, char **argv);

#endif
