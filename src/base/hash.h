/* hash.h - SHA-256, from libcrypto; and MD5 for the one thing that wants it. */
#ifndef SANDGATE_BASE_HASH_H
#define SANDGATE_BASE_HASH_H

#include <stddef.h>

enum { HASH_BYTES = 32, HASH_TEXT = 65, HASH_MD5_BYTES = 16 }; /* HASH_TEXT: lower-case hex and its NUL */

struct hash;
struct hash *hash_new(void);
/* MD5, for the Content-MD5 that a blob upload must carry: it proves nothing to anybody. */
struct hash *hash_new_md5(void);
void hash_free(struct hash *hash); /* one that is not finished; NULL is fine */
void hash_add(struct hash *hash, const void *data, size_t length);
/* Length-prefixed: 8 bytes big endian, then the data; two fields can never run into one another. */
void hash_add_field(struct hash *hash, const void *data, size_t length);
/* Writes the digest as text and frees the hash. */
void hash_finish(struct hash *hash, char text[HASH_TEXT]);
/* The same as bytes: HASH_MD5_BYTES of an MD5, HASH_BYTES else. */
void hash_finish_bytes(struct hash *hash, unsigned char *digest);

void hash_text(const void *data, size_t length, char text[HASH_TEXT]);

#endif
