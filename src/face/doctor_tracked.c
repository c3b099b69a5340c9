/* doctor_tracked.c - tokens in the files that git tracks.  Reads the index and the files, bounded; runs nothing,
 * follows no link, and never shows a token, only where it stands. */
#include "face/doctor.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "face/credential.h"
#include "face/git_index.h"
#include "loop/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { INDEX_BYTES = 64 << 20, FILE_BYTES = 1 << 20, FILES = 100000, FOUND = 50, TURN = 200 };
enum { OWN_LEAST = 8 }; /* a shorter one is in many a word */
static const uint64_t all_bytes = (uint64_t)512 << 20;

struct search {
    struct doctor *doctor;
    struct finding *finding;
    int top; /* descriptor of the working tree */
    char *piece;
    uint64_t bytes;
    size_t files, found, unread;
    bool cut; /* a bound was met */
};

/* Below the working tree, through no link. */
static int open_tracked(int top, const char *path)
{
    struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW,
                            .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
    int fd = (int)syscall(SYS_openat2, top, path, &how, sizeof how);

    return fd < 0 && errno == ENOSYS ? openat(top, path, (int)how.flags) : fd;
}

static size_t read_start(int fd, char *piece)
{
    size_t length = 0;
    ssize_t count;

    while (length < FILE_BYTES && (count = read(fd, piece + length, FILE_BYTES - length)) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            break;
        length += (size_t)count;
    }
    return length;
}

static void tell(struct search *search, const char *path, size_t offset, const char *kind)
{
    size_t line = 1;

    for (size_t i = 0; i < offset; i++)
        line += search->piece[i] == '\n';
    if (search->found++ < FOUND)
        finding_detail(search->finding, "%s:%zu: %s", path, line, kind);
}

/* The secrets that are in use here: what they look like does not matter. */
static void look_for_own(struct search *search, const char *path, size_t length)
{
    static const struct {
        const char *variable, *kind;
    } own[] = {
        { "SANDGATE_API_KEY", "the value of SANDGATE_API_KEY" },
        { "MODAL_TOKEN_SECRET", "the value of MODAL_TOKEN_SECRET" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
        const char *value = getenv(own[i].variable);
        const char *found =
            value && strlen(value) >= OWN_LEAST ? memmem(search->piece, length, value, strlen(value)) : NULL;
        if (found)
            tell(search, path, (size_t)(found - search->piece), own[i].kind);
    }
}

static void look_through(struct search *search, const char *path, size_t length)
{
    const char *kind;

    for (size_t offset = 0; (kind = credential_find(search->piece, length, &offset)); offset++)
        tell(search, path, offset, kind);
    look_for_own(search, path, length);
}

static bool tracked(void *data, const char *path)
{
    struct search *search = data;
    struct stat status;
    int fd = open_tracked(search->top, path);

    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        size_t length = read_start(fd, search->piece);
        search->bytes += length;
        search->cut = search->cut || length == FILE_BYTES;
        look_through(search, path, length);
    } else if (errno != ENOENT) {
        search->unread++;
    }
    if (fd >= 0)
        close(fd);
    if (++search->files % TURN == 0)
        loop_turn(search->doctor->setup.loop, 0); /* an interrupt is heard */
    bool more = search->files < FILES && search->bytes < all_bytes && !search->doctor->interrupted;
    search->cut = search->cut || !more;
    return more;
}

static void judge(const struct search *search)
{
    if (search->found)
        finding_fail(
            search->finding,
            "revoke each token where it was made, then take it out of the file and out of the history",
            "%zu tokens stand in tracked files", search->found);
    else
        finding_ok(search->finding, "none in %zu files%s", search->files,
                   search->cut ? " (of long ones the first MiB, of many as many as fit into 512 MiB)" : "");
    if (search->unread)
        finding_detail(search->finding, "%zu files could not be read", search->unread);
}

/* 20, or 32 where the repository's configuration says SHA-256. */
static size_t hash_bytes(const char *repository)
{
    struct buffer text;
    char *file = path_join(repository, "config");

    buffer_init(&text, 1 << 20);
    bool larger = path_read_file(file, &text, NULL) && strcasestr(text.data, "objectformat") &&
                  strcasestr(text.data, "sha256");
    buffer_release(&text);
    free(file);
    return larger ? 32 : 20;
}

static void search_tree(struct doctor *doctor, const char *top, const char *repository,
                        struct finding *finding)
{
    struct search search = { .doctor = doctor, .finding = finding };
    struct error error = ERROR_INIT;
    struct buffer index;
    char *file = path_join(repository, "index");

    buffer_init(&index, INDEX_BYTES);
    search.top = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    search.piece = xmalloc(FILE_BYTES);
    if (search.top < 0 || !path_read_file(file, &index, &error)) {
        if (error.number == ENOENT)
            finding_ok(finding, "the repository tracks no file yet");
        else
            finding_warn(finding, "look whether you may read it", "%s cannot be read: %s", file,
                         error_message(&error));
    } else if (git_index_read(index.data, index.length, hash_bytes(repository), tracked, &search, &error)) {
        judge(&search);
    } else {
        judge(&search);
        finding_warn(finding, "let git write it anew: git update-index --force-write-index", "%s: %s", file,
                     error_message(&error));
    }
    if (search.top >= 0)
        close(search.top);
    explicit_bzero(search.piece, FILE_BYTES);
    free(search.piece);
    free(file);
    buffer_release(&index);
    error_clear(&error);
}

void doctor_check_tracked(struct doctor *doctor, struct finding *finding)
{
    char *folder = realpath(doctor->folder ? doctor->folder : ".", NULL), *top = NULL, *repository = NULL;

    if (folder)
        git_index_find(folder, &top, &repository);
    if (!top)
        finding_skip(finding, "the folder is in no repository of git");
    else if (!repository)
        finding_warn(finding, "look at the file .git", "%s/.git does not say where the repository is", top);
    else
        search_tree(doctor, top, repository, finding);
    free(folder);
    free(top);
    free(repository);
}
