/* floor.h - what nothing passes, in no mode. */
#ifndef SANDGATE_POLICY_FLOOR_H
#define SANDGATE_POLICY_FLOOR_H

#include "policy/scan.h"

struct finding {
    const char *name, *reason; /* "remove-root"; a sentence */
    size_t from, to;           /* of the judged script */
};

/* The first thing in SCAN that the floor denies. */
bool floor_search(const struct scan *scan, struct finding *finding);
/* Only that of a function that starts itself. */
bool floor_bomb(const struct scan *scan, struct finding *finding);
bool floor_record(const struct scan *scan, const struct record *record, struct finding *finding);
bool floor_touched(const struct scan *scan, const struct touched *touched, const char **name,
                   const char **reason);
/* Is it known to be neither in the workspace nor where anybody may write? */
bool touched_is_outside(const struct touched *touched, const char *workspace);

#endif
