/* listing.c - see listing.h. */
#include "modal/listing.h"

#include "modal/settings.h"

enum { PAGE = 100 };

static void ask_page(struct listing *listing);

static void end(struct listing *listing, const struct modal_failure *failure)
{
    job_over(&listing->job);
    listing->kind->tell(listing, failure);
    job_free(&listing->job);
}

static void fail(struct job *job, const struct modal_failure *failure)
{
    end((struct listing *)job, failure);
}

/* A page that brings nothing older ends it too: a listing must not go in circles. */
static void page_came(void *data, const struct modal_failure *failure, const void *answer)
{
    struct listing *listing = data;
    size_t count = listing->count;
    double last = listing->last;

    listing->job.step = NULL;
    if (failure) {
        end(listing, failure);
        return;
    }
    listing->kind->add(listing, answer);
    if (listing->count - count >= PAGE && (count == 0 || listing->last < last))
        ask_page(listing);
    else
        end(listing, NULL);
}

static void ask_page(struct listing *listing)
{
    Modal__ListPagination pagination = MODAL__LIST_PAGINATION__INIT;
    Modal__SecretListRequest *request = arena_message(&listing->job.arena, listing->kind->method.request);

    request->environment_name = job_settings(&listing->job)->environment;
    request->pagination = &pagination;
    pagination.has_max_objects = true;
    pagination.max_objects = PAGE;
    pagination.has_created_before = listing->count > 0;
    pagination.created_before = listing->last;
    listing->job.step = modal_unary(listing->job.client, &listing->kind->method, request, 0,
                                    listing->kind->what, page_came, listing);
}

void *listing_new(size_t size, struct modal_client *client, const struct listing_kind *kind)
{
    struct listing *listing = job_new(size, client, fail);

    listing->job.release = kind->release;
    listing->kind = kind;
    ask_page(listing);
    return listing;
}

const char *listing_text(struct listing *listing, const char *text)
{
    return arena_text(&listing->job.arena, text ? text : "");
}

double listing_created(const Modal__CreationInfo *info, double otherwise)
{
    return info && info->created_at > 0 ? info->created_at : otherwise;
}
