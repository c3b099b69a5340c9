/* volume_version.h - requests about a volume's files: which methods they take hangs on the volume's version,
 * which is asked for first where it is not known. */
#ifndef SANDGATE_MODAL_VOLUME_VERSION_H
#define SANDGATE_MODAL_VOLUME_VERSION_H

#include "modal/job.h"

/* The first member of what embeds it. */
struct volume_job {
    struct named_job named;
    const char *id;
    int version; /* 1 or 2 once begin is called */
    void (*begin)(struct volume_job *volume);
};

/* Calls BEGIN from the loop when the version is known. */
void *volume_job_new(size_t size, struct modal_client *client, const char *id,
                     void (*begin)(struct volume_job *volume), modal_named *named, void *data);

#endif
