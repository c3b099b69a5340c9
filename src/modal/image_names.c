/* image_names.c - published names of images, and the end of an image. */
#include "modal/image.h"

#include "base/memory.h"
#include "modal/job.h"
#include "modal/settings.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 100 };

static const struct modal_method publish_method =
    METHOD(ImagePublish, image_publish_request, image_publish_response);
static const struct modal_method delete_method = METHOD(ImageDelete, image_delete_request, empty);
static const struct modal_method list_method =
    METHOD(ImageListTags, image_list_tags_request, image_list_tags_response);

struct modal_call *modal_image_publish(struct modal_client *client, const char *image_id, const char *tag,
                                       modal_named *named, void *data)
{
    Modal__ImagePublishRequest request = MODAL__IMAGE_PUBLISH_REQUEST__INIT;

    request.image_id = (char *)image_id;
    request.tag = (char *)tag;
    if (!strchr(tag, '/'))
        request.environment_name = modal_client_settings(client)->environment;
    return named_job_call(client, &publish_method, &request, "Publishing the image", image_id, named, data);
}

struct modal_call *modal_image_delete(struct modal_client *client, const char *image_id, modal_named *named,
                                      void *data)
{
    Modal__ImageDeleteRequest request = MODAL__IMAGE_DELETE_REQUEST__INIT;

    request.image_id = (char *)image_id;
    return named_job_call(client, &delete_method, &request, "Deleting the image", image_id, named, data);
}

/* --- the list, page after page --- */

struct listing {
    struct job job;
    modal_image_names *names;
    void *data;
    char *prefix, *page;
    struct modal_image_name *list;
    size_t count, capacity;
};

static void release(struct job *job)
{
    free(((struct listing *)job)->list);
}

static void end(struct listing *listing, const struct modal_failure *failure)
{
    job_over(&listing->job);
    listing->names(listing->data, failure, listing->list, failure ? 0 : listing->count);
    job_free(&listing->job);
}

static void fail(struct job *job, const struct modal_failure *failure)
{
    end((struct listing *)job, failure);
}

static void ask_page(struct listing *listing);

static void add_name(struct listing *listing, const Modal__ImageListTagsItem *item)
{
    struct arena *arena = &listing->job.arena;

    listing->list =
        array_reserve(listing->list, &listing->capacity, listing->count + 1, sizeof *listing->list);
    listing->list[listing->count++] = (struct modal_image_name){
        .tag = arena_text(arena, item->tag ? item->tag : ""),
        .image_id = arena_text(arena, item->image_id ? item->image_id : ""),
        .updated = item->updated_at,
    };
}

static void got_page(void *data, const struct modal_failure *failure, const void *answer)
{
    struct listing *listing = data;
    const Modal__ImageListTagsResponse *response = answer;

    listing->job.step = NULL;
    if (failure) {
        end(listing, failure);
        return;
    }
    for (size_t i = 0; i < response->n_items; i++)
        add_name(listing, response->items[i]);
    if (!response->next_page_token || !*response->next_page_token || response->n_items == 0) {
        end(listing, NULL);
        return;
    }
    listing->page = arena_text(&listing->job.arena, response->next_page_token);
    ask_page(listing);
}

static void ask_page(struct listing *listing)
{
    Modal__ImageListTagsRequest request = MODAL__IMAGE_LIST_TAGS_REQUEST__INIT;

    request.environment_name = job_settings(&listing->job)->environment;
    request.tag_prefix = listing->prefix;
    request.has_max_objects = true;
    request.max_objects = PAGE;
    request.page_token = listing->page;
    listing->job.step = modal_unary(listing->job.client, &list_method, &request, 0,
                                    "Listing the names of images", got_page, listing);
}

struct modal_call *modal_image_list(struct modal_client *client, const char *prefix, modal_image_names *names,
                                    void *data)
{
    struct listing *listing = job_new(sizeof *listing, client, fail);

    listing->job.release = release;
    listing->names = names;
    listing->data = data;
    listing->prefix = arena_text(&listing->job.arena, prefix ? prefix : "");
    ask_page(listing);
    return &listing->job.call;
}
