/* hash.c - SHA-256 and MD5; the only file that sees libcrypto's digests. */
#include "base/hash.h"

#include "base/memory.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>

struct hash {
    EVP_MD_CTX *context;
};

static struct hash *new_of(const EVP_MD *kind)
{
    struct hash *hash = xcalloc(1, sizeof *hash);
    hash->context = EVP_MD_CTX_new();
    if (!hash->context || EVP_DigestInit_ex(hash->context, kind, NULL) != 1)
        bug("libcrypto gives no digest");
    return hash;
}

struct hash *hash_new(void)
{
    return new_of(EVP_sha256());
}

struct hash *hash_new_md5(void)
{
    return new_of(EVP_md5());
}

void hash_free(struct hash *hash)
{
    if (!hash)
        return;
    EVP_MD_CTX_free(hash->context);
    free(hash);
}

void hash_add(struct hash *hash, const void *data, size_t length)
{
    if (length && EVP_DigestUpdate(hash->context, data, length) != 1)
        bug("libcrypto refused bytes for a digest");
}

void hash_add_field(struct hash *hash, const void *data, size_t length)
{
    unsigned char prefix[8];
    for (int i = 0; i < 8; i++)
        prefix[i] = (unsigned char)((uint64_t)length >> (56 - 8 * i));
    hash_add(hash, prefix, sizeof prefix);
    hash_add(hash, data, length);
}

void hash_finish_bytes(struct hash *hash, unsigned char *digest)
{
    if (EVP_DigestFinal_ex(hash->context, digest, NULL) != 1)
        bug("libcrypto did not finish a digest");
    hash_free(hash);
}

void hash_finish(struct hash *hash, char text[HASH_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[HASH_BYTES];

    hash_finish_bytes(hash, digest);
    for (int i = 0; i < HASH_BYTES; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    text[2 * HASH_BYTES] = '\0';
}

void hash_text(const void *data, size_t length, char text[HASH_TEXT])
{
    struct hash *hash = hash_new();
    hash_add(hash, data, length);
    hash_finish(hash, text);
}
