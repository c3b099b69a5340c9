/* map.h - an ordered map from strings to pointers; iteration is in order of insertion.
 *
 * Keys are copied.  Values belong to the caller unless a free function was given at creation. */
#ifndef SANDGATE_BASE_MAP_H
#define SANDGATE_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct map;

struct map *map_new(void (*free_value)(void *value)); /* NULL: values are not freed */
void map_free(struct map *map);
size_t map_count(const struct map *map);
void *map_get(const struct map *map, const char *key);
bool map_has(const struct map *map, const char *key);
/* Replaces (and frees) a former value of KEY; its place in the order stays. */
void map_set(struct map *map, const char *key, void *value);
bool map_remove(struct map *map, const char *key);
/* The INDEXth entry in order of insertion, 0 first; NULL past the end. */
const char *map_key_at(const struct map *map, size_t index);
void *map_value_at(const struct map *map, size_t index);

#endif
