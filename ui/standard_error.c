/* standard_error.c - see standard_error.h. */
#include "ui/standard_error.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/visible.h"

#include "config.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef SANDGATE_SANITIZERS
#include <sanitizer/common_interface_defs.h>
#endif

enum { KEPT_LONGEST = 64 * 1024 };

struct standard_error {
    int real;
    int kept; /* the file in memory */
};

/* A sanitizer's report must not end in a file that dies with us. */
static void tell_sanitizers(int fd)
{
#ifdef SANDGATE_SANITIZERS
    __sanitizer_set_report_fd((void *)(intptr_t)fd);
#else
    (void)fd;
#endif
}

struct standard_error *standard_error_keep(void)
{
    if (!isatty(STDERR_FILENO))
        return NULL;
    int kept = memfd_create("standard error", MFD_CLOEXEC);
    int real = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (kept < 0 || real < 0 || dup2(kept, STDERR_FILENO) < 0) {
        close(kept);
        close(real);
        return NULL;
    }
    tell_sanitizers(real);
    struct standard_error *keeper = xcalloc(1, sizeof(*keeper));
    keeper->kept = kept;
    keeper->real = real;
    return keeper;
}

int standard_error_real(const struct standard_error *kept)
{
    return kept ? kept->real : -1;
}

static void print_kept(int fd)
{
    char *bytes = xmalloc(KEPT_LONGEST);
    struct buffer text = BUFFER_INIT;
    off_t end = lseek(fd, 0, SEEK_END);
    ssize_t length = pread(fd, bytes, KEPT_LONGEST, end > KEPT_LONGEST ? end - KEPT_LONGEST : 0);
    if (length > 0)
        visible_text(&text, bytes, (size_t)length);
    for (size_t at = 0; at < text.length;) {
        ssize_t written = write(STDERR_FILENO, text.data + at, text.length - at);
        if (written <= 0)
            break;
        at += (size_t)written;
    }
    buffer_release(&text);
    free(bytes);
}

void standard_error_restore(struct standard_error *kept)
{
    if (!kept)
        return;
    dup2(kept->real, STDERR_FILENO);
    tell_sanitizers(STDERR_FILENO);
    print_kept(kept->kept);
    close(kept->kept);
    close(kept->real);
    free(kept);
}
