/* names.h - where in a list a name stands, found without going over the list. */
#ifndef SANDGATE_POLICY_NAMES_H
#define SANDGATE_POLICY_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct pool;

struct names {
    struct name_slot *slots;
    size_t count, capacity; /* a power of two, or 0 */
};

#define NAMES_NOT_FOUND SIZE_MAX

size_t names_find(const struct names *names, const char *name, size_t length);
/* NAME, which is not there yet, stands at PLACE; it is not copied. */
void names_add(struct names *names, struct pool *pool, const char *name, size_t length, size_t place);

#endif
