/* files.h - files of a Modal sandbox by the helper that Modal puts into each container.
 *
 * Every operation is one exec of the helper with one JSON argument (protocol: filesystem).  Paths are absolute.
 * What comes back is the sandbox's word: untrusted. */
#ifndef SANDGATE_MODAL_FILES_H
#define SANDGATE_MODAL_FILES_H

#include "modal/task.h"

enum modal_file_error {
    MODAL_FILE_FINE,
    MODAL_FILE_NOT_FOUND,
    MODAL_FILE_NOT_DIRECTORY,
    MODAL_FILE_IS_DIRECTORY,
    MODAL_FILE_DENIED,
    MODAL_FILE_TOO_LARGE,
    MODAL_FILE_EXISTS,
    MODAL_FILE_NOT_EMPTY,
    MODAL_FILE_NOT_SUPPORTED,
    MODAL_FILE_GONE, /* the sandbox is not there any more */
    MODAL_FILE_OTHER,
};

enum modal_file_type { MODAL_FILE, MODAL_FOLDER, MODAL_LINK, MODAL_OTHER };

struct modal_entry {
    const char *name, *path;
    enum modal_file_type type;
    int64_t size;
    double modified; /* seconds since 1970 */
    unsigned mode;   /* permission bits */
    const char *owner, *group;
    const char *target; /* of a link, else NULL */
};

/* The end of any operation; borrowed. */
struct modal_file_result {
    enum modal_file_error error;
    const char *sentence;              /* NULL: fine */
    const struct modal_entry *entries; /* list, sorted by name in byte order; stat: one */
    size_t count;
};
typedef void modal_file_done(void *data, const struct modal_file_result *result);

struct modal_call *modal_file_list(struct modal_task *task, const char *path, modal_file_done *done,
                                   void *data);
struct modal_call *modal_file_stat(struct modal_task *task, const char *path, modal_file_done *done,
                                   void *data);
struct modal_call *modal_file_make_folder(struct modal_task *task, const char *path, bool parents,
                                          modal_file_done *done, void *data);
struct modal_call *modal_file_remove(struct modal_task *task, const char *path, bool recursive,
                                     modal_file_done *done, void *data);
/* BYTES per piece as it comes; use them only when DONE says fine. Stop and go on by modal_file_pause. */
struct modal_call *modal_file_read(struct modal_task *task, const char *path,
                                   void (*bytes)(void *data, const char *bytes, size_t length),
                                   modal_file_done *done, void *data);
void modal_file_pause(struct modal_call *read, bool pause);
/* Replaces the file; parents are made.  The content is given by modal_file_feed in pieces (WANTS says that the
 * queue is empty; may be NULL) and closed by modal_file_feed_end; cancelled before that, the old file stays. */
struct modal_call *modal_file_write(struct modal_task *task, const char *path, void (*wants)(void *data),
                                    modal_file_done *done, void *data);
void modal_file_feed(struct modal_call *write, const void *bytes, size_t length);
void modal_file_feed_end(struct modal_call *write);
/* The same from a source that can be read again (exec.h): by the streaming call, for what is large; no byte of it
 * is kept here. */
struct modal_exec_source;
struct modal_call *modal_file_send(struct modal_task *task, const char *path,
                                   const struct modal_exec_source *source, modal_file_done *done, void *data);

struct modal_file_change {
    const char *what;            /* "create", "modify", "remove" */
    const char *path, *new_path; /* new_path: of a rename, else NULL */
};
/* Tells of changes below PATH until cancelled; DONE only when it ends by itself. */
struct modal_call *modal_file_watch(struct modal_task *task, const char *path, bool recursive,
                                    void (*changed)(void *data, const struct modal_file_change *change),
                                    modal_file_done *done, void *data);

#endif
