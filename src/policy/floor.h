/* floor.h - what nothing passes, in no mode: recursive removal of / or home, and raw devices. */
#ifndef SANDGATE_POLICY_FLOOR_H
#define SANDGATE_POLICY_FLOOR_H

#include <stdbool.h>
#include <stddef.h>

struct script_words;

struct floor_finding {
    const char *name;   /* "remove-root", "raw-device" */
    const char *reason; /* a sentence */
    size_t from, to;    /* the command's span in the script */
};

/* Searches every word in command position or behind any wrapper, and the payloads of -c and eval. */
bool floor_search(const struct script_words *words, const char *home, struct floor_finding *finding);

#endif
