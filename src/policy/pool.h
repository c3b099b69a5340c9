/* pool.h - memory of one verdict: taken piece by piece, given back all at once. */
#ifndef SANDGATE_POLICY_POOL_H
#define SANDGATE_POLICY_POOL_H

#include <stddef.h>

struct pool {
    struct pool_block *block; /* the newest */
};

#define POOL_INIT \
    {             \
        0         \
    }

void *pool_take(struct pool *pool, size_t size); /* zeroed */
char *pool_text(struct pool *pool, const char *text, size_t length);
char *pool_format(struct pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Room for COUNT items of SIZE bytes in ARRAY, which has *CAPACITY; returns it, perhaps moved. */
void *pool_reserve(struct pool *pool, void *array, size_t *capacity, size_t count, size_t size);
void pool_release(struct pool *pool);

#endif
