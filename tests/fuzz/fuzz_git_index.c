/* fuzz_git_index.c - the reader of git's index: names that come out are harmless ones. */
#include "face/git_index.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool look(void *data, const char *path)
{
    (void)data;
    if (!*path || *path == '/' || strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0 ||
        strstr(path, "/../"))
        abort();
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    git_index_read(data, size, 20, look, NULL, NULL);
    git_index_read(data, size, 32, look, NULL, NULL);
    return 0;
}
