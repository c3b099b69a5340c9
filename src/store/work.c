/* work.c - the list in which work waits for the writer; see work.h. */
#include "store/work.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct work *work_new(enum work_kind kind, const char *session)
{
    struct work *work = xcalloc(1, sizeof(*work));
    work->kind = kind;
    strncpy(work->head.session, session, sizeof(work->head.session) - 1);
    return work;
}

void work_free(struct work *work)
{
    if (work) {
        free(work->text);
        free(work->folder);
        free(work->model);
        free(work->title);
        free(work);
    }
}

static bool is_piece_of(const struct work *work, const struct work *other)
{
    return work->kind == WORK_DRAFT && work->draft == other->draft &&
           strcmp(work->head.session, other->head.session) == 0;
}

/* Drafts are in no order with events, so a piece may join one that waits before other work. */
static bool join_piece(struct work_list *list, const struct work *piece)
{
    for (struct work *waiting = list->first; waiting; waiting = waiting->next) {
        if (is_piece_of(waiting, piece)) {
            waiting->text =
                array_reserve(waiting->text, &waiting->capacity, waiting->length + piece->length, 1);
            memcpy(waiting->text + waiting->length, piece->text, piece->length);
            waiting->length += piece->length;
            list->bytes += piece->length;
            return true;
        }
    }
    return false;
}

static void drop_pieces(struct work_list *list, const struct work *end)
{
    struct work *previous = NULL;
    for (struct work *waiting = list->first, *next; waiting; waiting = next) {
        next = waiting->next;
        if (!is_piece_of(waiting, end)) {
            previous = waiting;
            continue;
        }
        *(previous ? &previous->next : &list->first) = next;
        if (!next) {
            list->last = previous;
        }
        list->count--;
        list->bytes -= waiting->length;
        work_free(waiting);
    }
}

void work_list_add(struct work_list *list, struct work *work)
{
    if (work->kind == WORK_DRAFT && join_piece(list, work)) {
        work_free(work);
        return;
    }
    if (work->kind == WORK_DRAFT_END) {
        drop_pieces(list, work);
    }
    *(list->last ? &list->last->next : &list->first) = work;
    list->last = work;
    list->count++;
    list->bytes += work->length;
}

void work_list_move(struct work_list *list, struct work_list *from)
{
    for (struct work *work = from->first, *next; work; work = next) {
        next = work->next;
        work->next = NULL;
        work_list_add(list, work);
    }
    *from = (struct work_list){ 0 };
}

void work_list_release(struct work_list *list)
{
    for (struct work *work = list->first, *next; work; work = next) {
        next = work->next;
        work_free(work);
    }
    *list = (struct work_list){ 0 };
}

bool work_list_is_urgent(const struct work_list *list)
{
    for (const struct work *work = list->first; work; work = work->next) {
        if (work->committed) {
            return true;
        }
    }
    return false;
}
