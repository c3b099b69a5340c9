/* list.c - the entries of a folder, in byte order of their names.
 *
 * A folder may hold millions of entries and only the first few are wanted: never more than twice as many
 * names as were asked for are held, and only those that are sent are looked at closely. */
#include "sandbox/jail/jail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct names {
    char **list;
    size_t count, capacity, limit;
};

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_and_cut(struct names *names)
{
    if (names->count == 0)
        return;
    qsort(names->list, names->count, sizeof(*names->list), compare);
    while (names->count > names->limit)
        free(names->list[--names->count]);
}

static void add_name(struct names *names, const char *name)
{
    if (names->count >= 64 && names->count == names->limit * 2)
        sort_and_cut(names);
    if (names->count == names->capacity) {
        names->capacity = names->capacity ? names->capacity * 2 : 128;
        names->list = jail_allocate(names->list, names->capacity * sizeof(*names->list));
    }
    size_t size = strlen(name) + 1;
    names->list[names->count++] = memcpy(jail_allocate(NULL, size), name, size);
}

static int read_names(DIR *folder, struct names *names, int64_t *total)
{
    errno = 0;
    for (struct dirent *entry; (entry = readdir(folder)); errno = 0) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        add_name(names, entry->d_name);
        ++*total;
    }
    sort_and_cut(names);
    return errno;
}

static void send_entries(const struct request *request, int folder, const struct names *names)
{
    char packet[JAIL_PAYLOAD];
    size_t length = 0;
    for (size_t i = 0; i < names->count; i++) {
        if (length + FILE_ENTRY_MAX > sizeof(packet)) {
            channel_send(JAIL_ENTRIES, request->id, packet, length, NULL, 0);
            length = 0;
        }
        length += file_describe(folder, names->list[i], packet + length);
    }
    if (length > 0)
        channel_send(JAIL_ENTRIES, request->id, packet, length, NULL, 0);
}

int file_list(const struct request *request, struct jail_answer *answer)
{
    struct names names = { .limit = request->file.count };
    int fd = open(request->path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder)
        return errno;
    int error = read_names(folder, &names, &answer->total);
    if (error == 0)
        send_entries(request, dirfd(folder), &names);
    closedir(folder);
    return error;
}
