/* audit.h - `sandgate audit`: what ran, what was refused and what was edited, over all sessions. */
#ifndef SANDGATE_FACE_AUDIT_H
#define SANDGATE_FACE_AUDIT_H

int face_audit(int argc, char **argv);

#endif
