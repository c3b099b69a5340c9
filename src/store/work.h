/* work.h - what the writer is asked to do, and the list in which it waits.  Inside this room only. */
#ifndef SANDGATE_STORE_WORK_H
#define SANDGATE_STORE_WORK_H

#include "matter/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum work_kind { WORK_EVENT, WORK_DRAFT, WORK_DRAFT_END, WORK_HISTORY, WORK_DELETE };

struct work {
    struct work *next;
    enum work_kind kind;
    struct event
        head;   /* EVENT: all but the body; DRAFT: session, type, turn, call; DRAFT_END, DELETE: session */
    char *text; /* EVENT: the body; DRAFT: the bytes; HISTORY: the text. NUL-terminated but for DRAFT */
    size_t length, capacity; /* of the text; EVENT and DRAFT alone */
    int64_t draft;
    char *folder, *model, *title; /* EVENT: what the session's row learns from it; NULL: nothing */
    void (*committed)(void *data, bool written); /* NULL: nobody waits */
    void *data;
    bool written; /* the answer */
};

struct work_list {
    struct work *first, *last;
    size_t count;
    size_t bytes; /* of all texts with a length */
};

struct work *work_new(enum work_kind kind, const char *session);
void work_free(struct work *work);

/* Takes WORK over.  A piece of a draft that already waits is joined to it, and the end of a draft drops what
 * still waits of it: however slow the disk, there is one waiting piece per open draft. */
void work_list_add(struct work_list *list, struct work *work);
/* Moves all of FROM to the end of LIST, in order, by work_list_add. */
void work_list_move(struct work_list *list, struct work_list *from);
void work_list_release(struct work_list *list);
/* Somebody waits for one of these. */
bool work_list_is_urgent(const struct work_list *list);

#endif
