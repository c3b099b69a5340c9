/* modal_plan.h - what a box is made of, as src/modal wants it. */
#ifndef SANDGATE_SANDBOX_MODAL_PLAN_H
#define SANDGATE_SANDBOX_MODAL_PLAN_H

#include "modal/image.h"
#include "modal/sandboxes.h"
#include "modal/settings.h"

struct conf;
struct error;
struct sandbox_options;

enum { BOX_PLAN_STEPS = 10 };

struct box_plan { /* lists and texts are borrowed from the configuration or owned by `texts` */
    struct modal_settings settings;
    struct conf *own_conf; /* when none was given */
    const struct conf *conf;
    const char *app;
    struct modal_recipe recipe;
    struct modal_step steps[BOX_PLAN_STEPS];
    struct modal_sandbox_spec spec; /* app and image are filled in later */
    struct modal_probe probe;
    struct modal_volume_mount *volumes;
    struct modal_bucket_mount *buckets;
    struct modal_port *ports;
    int64_t snapshot_ttl; /* seconds */
    void **texts;         /* what is owned */
    size_t text_count, text_capacity;
};

/* From the configuration (of OPTIONS, else read) and the environment. Without a workspace the image's working
 * directory stays. NULL: refused. */
struct box_plan *box_plan_new(const struct sandbox_options *options, struct error *error);
void box_plan_free(struct box_plan *plan);

/* TEXT or LIST is freed with the plan; returns it. */
void *box_plan_own(struct box_plan *plan, void *text);

/* --- modal_plan_mounts.c: volumes, buckets and ports as they are written, read into PLAN. */
bool box_plan_volumes(struct box_plan *plan, struct error *error);
bool box_plan_buckets(struct box_plan *plan, struct error *error);
bool box_plan_ports(struct box_plan *plan, struct error *error);

/* --- modal_plan_words.c: lines for people and for the digest; caller frees. */
char *box_plan_mounts(const struct box_plan *plan); /* writable ones, a line each */
char *box_plan_limits(const struct box_plan *plan);
char *box_network_words(enum modal_network network, const char *const *domains, const char *const *cidrs);

#endif
