/* md5.h - MD5 (RFC 1321), for one thing alone: the Content-MD5 that a blob upload must carry.  It proves
 * nothing to anybody. */
#ifndef SANDGATE_MODAL_MD5_H
#define SANDGATE_MODAL_MD5_H

#include <stddef.h>
#include <stdint.h>

enum { MD5_BYTES = 16 };

struct md5 {
    uint32_t state[4];
    uint64_t length; /* bytes so far */
    unsigned char block[64];
};

void md5_init(struct md5 *md5);
void md5_add(struct md5 *md5, const void *data, size_t length);
void md5_finish(struct md5 *md5, unsigned char digest[static MD5_BYTES]);

#endif
