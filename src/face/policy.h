/* policy.h - `sandgate policy`: rules checked, listed, tried and compared. */
#ifndef SANDGATE_FACE_POLICY_H
#define SANDGATE_FACE_POLICY_H

int face_policy(int argc, char **argv);

#endif
