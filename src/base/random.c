/* random.c - see random.h. */
#include "base/random.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

void random_bytes(void *bytes, size_t length)
{
    if (getrandom(bytes, length, 0) != (ssize_t)length)
        bug("the system gives no random bytes: %s", strerror(errno));
}

void random_uuid(char text[static UUID_TEXT])
{
    unsigned char bytes[16];

    random_bytes(bytes, sizeof bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40; /* version 4: random */
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    for (size_t i = 0; i < sizeof bytes; i++) {
        const char *dash = i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        text += snprintf(text, 4, "%s%02x", dash, bytes[i]);
    }
}
