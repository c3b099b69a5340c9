/* recorder.c - first on PATH in the jail of test_policy_reader: says on descriptor 9 with which arguments it
 * was run: the number of the script, that of the arguments, each one, all with a NUL behind.  One write, so
 * that commands at once do not mix. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    const char *script = getenv("SCRIPT_NUMBER");
    char *record = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&record, &length);
    fprintf(out, "%s%c%d%c", script ? script : "", 0, count, 0);
    for (int i = 0; i < count; i++)
        fwrite(arguments[i], 1, strlen(arguments[i]) + 1, out);
    fclose(out);
    ssize_t written = write(9, record, length);
    free(record);
    return written < 0;
}
