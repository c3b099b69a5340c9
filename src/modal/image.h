/* image.h - from a recipe to an image id: layers built in order, logs line by line, resumed when a stream breaks.
 *
 * A recipe is text for people: a base (registry tag, image id, published name, or debian_slim with a Python
 * version) and steps.  The steps become Dockerfile lines exactly as the official clients write them, so that
 * Modal's cache is hit (protocol: images). */
#ifndef SANDGATE_MODAL_IMAGE_H
#define SANDGATE_MODAL_IMAGE_H

#include "modal/client.h"

enum modal_step_kind {
    MODAL_STEP_APT,        /* words: packages */
    MODAL_STEP_PIP,        /* words: packages */
    MODAL_STEP_UV,         /* words: packages */
    MODAL_STEP_NPM,        /* words: packages, global */
    MODAL_STEP_RUN,        /* words: shell commands */
    MODAL_STEP_DOCKERFILE, /* words: lines as they are */
    MODAL_STEP_ENV,        /* words: NAME=value */
    MODAL_STEP_WORKDIR,    /* one word */
    MODAL_STEP_FILES,      /* words: pairs of local path and absolute path inside */
};

struct modal_step {
    enum modal_step_kind kind;
    const char *const *words; /* NULL-terminated */
};

struct modal_recipe {
    /* "debian_slim", "debian_slim:3.12", "im-...", "name:NAME[:TAG]" (published), "scratch", else a registry tag */
    const char *base;
    const struct modal_step *steps;
    size_t step_count;
    const char *registry_secret; /* name of a secret with the registry's login; NULL: public */
    const char *registry_kind;   /* "basic", "aws", "gcp"; NULL: basic */
    const char *const *secrets;  /* names of secrets for RUN; NULL: none */
    const char *gpu;             /* "T4:1" for the build; NULL: none */
    bool force_build, ignore_cache;
};

struct modal_image_events {
    /* Layer AT of COUNT begins (1 ...); COMMAND is its first own line. */
    void (*layer)(void *data, size_t at, size_t count, const char *command);
    void (*log)(void *data, const char *line);                   /* untrusted; without its newline */
    void (*progress)(void *data, uint64_t done, uint64_t total); /* of the upload of a layer */
    /* Once, last. WORKDIR: the image's, NULL when not told. On a failed build the sentence has its last lines. */
    void (*done)(void *data, const struct modal_failure *failure, const char *image_id, const char *workdir);
};

/* All is copied. APP_ID by modal_app. */
struct modal_call *modal_image_build(struct modal_client *client, const char *app_id,
                                     const struct modal_recipe *recipe,
                                     const struct modal_image_events *events, void *data);

/* Published names: make one, list those that begin with PREFIX; delete an image. */
struct modal_image_name {
    const char *tag, *image_id;
    double updated; /* seconds since 1970 */
};
struct modal_call *modal_image_publish(struct modal_client *client, const char *image_id, const char *tag,
                                       modal_named *named, void *data);
typedef void modal_image_names(void *data, const struct modal_failure *failure,
                               const struct modal_image_name *names, size_t count);
struct modal_call *modal_image_list(struct modal_client *client, const char *prefix, modal_image_names *names,
                                    void *data);
struct modal_call *modal_image_delete(struct modal_client *client, const char *image_id, modal_named *named,
                                      void *data);

#endif
