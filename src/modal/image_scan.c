/* image_scan.c - a walk over a folder, without recursion deeper than a path can be. */
#include "modal/image_scan.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MAX = 100000 };
static const uint64_t file_max = 512ull << 20; /* bytes of one file: it passes through memory */

static bool add_file(struct image_scan *scan, const char *local, const char *remote,
                     const struct stat *status, struct error *error)
{
    if (scan->count == FILES_MAX)
        return error_set(error, "The image copies more than %d local files; name fewer", FILES_MAX);
    if ((uint64_t)status->st_size > file_max)
        return error_set(error, "%s is larger than %d MiB; put it into a volume instead", local,
                         (int)(file_max >> 20));
    if (!utf8_valid(remote, strlen(remote)))
        return error_set(error, "The name of %s is not UTF-8; the image cannot have it", local);
    scan->files = array_reserve(scan->files, &scan->capacity, scan->count + 1, sizeof *scan->files);
    scan->files[scan->count] = (struct image_file){
        .local = arena_text(scan->arena, local),
        .remote = arena_text(scan->arena, remote),
        .size = (uint64_t)status->st_size,
        .mode = status->st_mode & 07777,
        .order = scan->count,
    };
    scan->count++;
    scan->bytes += (uint64_t)status->st_size;
    return true;
}

/* Whether the link LOCAL leads to a regular file at or below ROOT (a real path). */
static bool follow_link(const char *local, const char *root, struct stat *status)
{
    char *real = realpath(local, NULL);
    bool inside = real && path_is_below(real, root) && stat(real, status) == 0 && S_ISREG(status->st_mode);

    free(real);
    return inside;
}

static bool add_folder(struct image_scan *scan, const char *local, const char *remote, const char *root,
                       struct error *error);

static bool add_entry(struct image_scan *scan, const char *local, const char *remote, const char *root,
                      struct error *error)
{
    struct stat status;

    if (lstat(local, &status) != 0)
        return error_set_errno(error, errno, "Cannot look at %s", local);
    if (S_ISDIR(status.st_mode))
        return add_folder(scan, local, remote, root, error);
    if (S_ISREG(status.st_mode) || (S_ISLNK(status.st_mode) && follow_link(local, root, &status)))
        return add_file(scan, local, remote, &status, error);
    scan->skipped++;
    return true;
}

static bool add_folder(struct image_scan *scan, const char *local, const char *remote, const char *root,
                       struct error *error)
{
    DIR *folder = opendir(local);
    bool fine = true;

    if (!folder)
        return error_set_errno(error, errno, "Cannot list %s", local);
    for (struct dirent *entry; fine && (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *inner_local = path_join(local, entry->d_name);
        char *inner_remote = path_join(remote, entry->d_name);
        fine = add_entry(scan, inner_local, inner_remote, root, error);
        free(inner_local);
        free(inner_remote);
    }
    closedir(folder);
    return fine;
}

bool image_scan_add(struct image_scan *scan, const char *local, const char *remote, struct error *error)
{
    char *root = realpath(local, NULL);
    char *target = path_normalize("/", remote);
    struct stat status;
    bool fine;

    if (!root || stat(root, &status) != 0)
        fine = error_set_errno(error, errno, "Cannot find %s for the image", local);
    else
        fine = S_ISREG(status.st_mode) ? add_file(scan, root, target, &status, error)
                                       : add_entry(scan, root, target, root, error);
    free(root);
    free(target);
    return fine;
}

static int compare_files(const void *left, const void *right)
{
    const struct image_file *a = left, *b = right;

    int order = strcmp(a->remote, b->remote);
    return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

/* Of several with one remote path the last one added stays. */
void image_scan_sort(struct image_scan *scan)
{
    size_t kept = 0;

    if (scan->count < 2)
        return;
    qsort(scan->files, scan->count, sizeof *scan->files, compare_files);
    for (size_t i = 0; i < scan->count; i++) {
        if (kept > 0 && strcmp(scan->files[kept - 1].remote, scan->files[i].remote) == 0)
            kept--;
        scan->files[kept++] = scan->files[i];
    }
    scan->count = kept;
}

void image_scan_release(struct image_scan *scan)
{
    free(scan->files);
    scan->files = NULL;
    scan->count = scan->capacity = 0;
}
