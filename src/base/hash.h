/* hash.h - SHA-256, from libcrypto. */
#ifndef SANDGATE_BASE_HASH_H
#define SANDGATE_BASE_HASH_H

#include <stddef.h>

enum { HASH_BYTES = 32, HASH_TEXT = 65 }; /* HASH_TEXT: lower-case hex and its NUL */

struct hash;
struct hash *hash_new(void);
void hash_add(struct hash *hash, const void *data, size_t length);
/* Length-prefixed: 8 bytes big endian, then the data; two fields can never run into one another. */
void hash_add_field(struct hash *hash, const void *data, size_t length);
/* Writes the digest as text and frees the hash. */
void hash_finish(struct hash *hash, char text[HASH_TEXT]);

void hash_text(const void *data, size_t length, char text[HASH_TEXT]);

#endif
