/* random.h - what cannot be guessed: bytes, and names made of them. */
#ifndef SANDGATE_BASE_RANDOM_H
#define SANDGATE_BASE_RANDOM_H

#include <stddef.h>

enum { UUID_TEXT = 37 }; /* with its NUL */

void random_bytes(void *bytes, size_t length); /* at most 256: the system then gives all at once */
/* A fresh UUID, version 4 (RFC 4122). */
void random_uuid(char text[static UUID_TEXT]);

#endif
