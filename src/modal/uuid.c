/* uuid.c - random names for what must be told apart: calls, execs. */
#include "modal/exec.h"

#include "base/memory.h"

#include <stdio.h>
#include <sys/random.h>

void modal_uuid(char text[static 37])
{
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
        bug("the system gives no random numbers");
    bytes[6] = (bytes[6] & 0x0f) | 0x40; /* version 4: random */
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        const char *dash = i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        text += snprintf(text, 4, "%s%02x", dash, bytes[i]);
    }
}
