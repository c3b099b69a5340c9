/* files_pane.c - a tree of nodes that are listed when they are opened, flattened into rows for the list widget.
 *
 * Listing again keeps what was open: the new entries take over the nodes of the same name.  A folder shows at
 * most FOLDER_MAX entries and says how many more there are. */
#include "ui/files_pane.h"

#include "agent/session.h"
#include "base/memory.h"
#include "base/path.h"
#include "loop/loop.h"
#include "matter/call.h"
#include "sandbox/sandbox.h"
#include "ui/draw.h"
#include "ui/key.h"
#include "ui/list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDER_MAX = 5000, REFRESH_AFTER = 150, FILE_MAX = 2 * 1024 * 1024 };

struct node {
    struct files_pane *pane;
    struct node *parent;
    uint64_t id;
    char *name; /* of the root: its path */
    enum sandbox_file_type type;
    unsigned mode;
    int64_t size;
    char *target; /* of a link */
    bool open, listed;
    int64_t more; /* entries that are not shown */
    struct node **children;
    size_t count;
    struct sandbox_request *request;
};

struct files_pane {
    struct loop *loop;
    struct session *session;
    struct files_calls calls;
    struct node *root;
    struct list *list;
    struct node **rows; /* the tree, flattened */
    size_t row_count, row_capacity;
    uint64_t last_id;
    struct loop_timer *timer;
    struct sandbox_request *reading;
    char *reading_path;
};

static void free_node(struct node *node)
{
    if (!node)
        return;
    sandbox_request_cancel(node->request);
    for (size_t i = 0; i < node->count; i++)
        free_node(node->children[i]);
    free(node->children);
    free(node->name);
    free(node->target);
    free(node);
}

static struct node *new_node(struct files_pane *pane, struct node *parent, const char *name,
                             enum sandbox_file_type type)
{
    struct node *node = xcalloc(1, sizeof *node);

    node->pane = pane;
    node->parent = parent;
    node->id = ++pane->last_id;
    node->name = xstrdup(name);
    node->type = type;
    return node;
}

/* Caller frees. */
static char *node_path(const struct node *node)
{
    if (!node->parent)
        return xstrdup(node->name);
    char *folder = node_path(node->parent);
    char *path = path_join(folder, node->name);
    free(folder);
    return path;
}

/* --- rows --- */

static void add_rows(struct files_pane *pane, struct node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        pane->rows = array_reserve(pane->rows, &pane->row_capacity, pane->row_count + 1, sizeof *pane->rows);
        pane->rows[pane->row_count++] = node->children[i];
        if (node->children[i]->open)
            add_rows(pane, node->children[i]);
    }
}

static void flatten(struct files_pane *pane)
{
    pane->row_count = 0;
    add_rows(pane, pane->root);
    list_changed(pane->list);
    pane->calls.stale(pane->calls.data);
}

static size_t row_count(void *data)
{
    return ((struct files_pane *)data)->row_count;
}

static int depth_of(const struct node *node)
{
    int depth = 0;

    for (; node->parent && node->parent->parent; node = node->parent)
        depth++;
    return depth;
}

static enum style node_style(const struct node *node)
{
    if (node->type == SANDBOX_FOLDER)
        return STYLE_TREE_FOLDER;
    if (node->type == SANDBOX_LINK)
        return STYLE_TREE_LINK;
    return node->mode & 0111 ? STYLE_TREE_EXEC : STYLE_TEXT;
}

static void describe_row(void *data, size_t index, struct list_row *row)
{
    const struct files_pane *pane = data;
    const struct node *node = pane->rows[index];
    char *path = node_path(node);

    row->id = node->id;
    row->text = node->name;
    row->length = strlen(node->name);
    row->style = node_style(node);
    row->depth = depth_of(node);
    row->fold = node->type != SANDBOX_FOLDER ? LIST_INDENT : node->open ? LIST_OPEN : LIST_CLOSED;
    row->detail_style = STYLE_DIM;
    if (session_writer_of(pane->session, path))
        row->detail = "changed";
    free(path);
}

/* --- listing --- */

static int by_kind_and_name(const void *one, const void *other)
{
    const struct node *a = *(struct node *const *)one, *b = *(struct node *const *)other;
    bool folder_a = a->type == SANDBOX_FOLDER, folder_b = b->type == SANDBOX_FOLDER;

    return folder_a != folder_b ? folder_b - folder_a : strcmp(a->name, b->name);
}

/* Takes the child NAME out of the old children, so that what was open stays open. */
static struct node *take_child(struct node **children, size_t count, const char *name,
                               enum sandbox_file_type type)
{
    for (size_t i = 0; i < count; i++)
        if (children[i] && children[i]->type == type && strcmp(children[i]->name, name) == 0) {
            struct node *node = children[i];
            children[i] = NULL;
            return node;
        }
    return NULL;
}

static void take_entries(struct node *node, const struct sandbox_answer *answer)
{
    struct node **old = node->children;
    size_t old_count = node->count;

    node->children = xcalloc(answer->entry_count + 1, sizeof *node->children);
    node->count = answer->entry_count;
    node->more = answer->entry_total - (int64_t)answer->entry_count;
    for (size_t i = 0; i < answer->entry_count; i++) {
        const struct sandbox_entry *entry = &answer->entries[i];
        struct node *child = old_count < 2000 ? take_child(old, old_count, entry->name, entry->type) : NULL;
        if (!child)
            child = new_node(node->pane, node, entry->name, entry->type);
        child->mode = entry->mode;
        child->size = entry->size;
        free(child->target);
        child->target = xstrdup_or_null(entry->target);
        node->children[i] = child;
    }
    qsort(node->children, node->count, sizeof *node->children, by_kind_and_name);
    for (size_t i = 0; i < old_count; i++)
        free_node(old[i]);
    free(old);
}

static void listed(void *data, const struct sandbox_answer *answer)
{
    struct node *node = data;
    struct files_pane *pane = node->pane;

    node->request = NULL;
    if (answer->failed) {
        if (node->open && node->parent)
            pane->calls.tell(pane->calls.data, answer->failed);
        node->open = node == pane->root;
        return;
    }
    node->listed = true;
    take_entries(node, answer);
    flatten(pane);
}

static void list_node(struct node *node)
{
    struct sandbox *sandbox = session_sandbox(node->pane->session);
    char *path;

    if (!sandbox || node->request)
        return;
    path = node_path(node);
    node->request = sandbox_list(sandbox, path, FOLDER_MAX, listed, node);
    free(path);
}

static void list_open(struct node *node)
{
    if (node->open)
        list_node(node);
    for (size_t i = 0; i < node->count; i++)
        list_open(node->children[i]);
}

static void refresh_now(void *data)
{
    struct files_pane *pane = data;

    pane->timer = NULL;
    list_open(pane->root);
}

void files_pane_refresh(struct files_pane *pane)
{
    if (!pane->timer)
        pane->timer = loop_timer_add(pane->loop, pane->root->listed ? REFRESH_AFTER : 0, refresh_now, pane);
}

/* --- life --- */

struct files_pane *files_pane_new(struct loop *loop, struct session *session, const struct files_calls *calls)
{
    static const struct list_source source = { row_count, describe_row };
    struct files_pane *pane = xcalloc(1, sizeof *pane);

    pane->loop = loop;
    pane->session = session;
    pane->calls = *calls;
    pane->root = new_node(pane, NULL, session_workspace(session), SANDBOX_FOLDER);
    pane->root->open = true;
    pane->list = list_new(&source, pane);
    return pane;
}

void files_pane_free(struct files_pane *pane)
{
    if (!pane)
        return;
    loop_timer_cancel(pane->timer);
    sandbox_request_cancel(pane->reading);
    free(pane->reading_path);
    list_free(pane->list);
    free_node(pane->root);
    free(pane->rows);
    free(pane);
}

/* --- drawing and keys --- */

void files_pane_draw(struct files_pane *pane, const struct canvas *canvas, bool focused)
{
    char title[256];

    snprintf(title, sizeof title, "files %.200s", session_workspace(pane->session));
    draw_head(canvas, title, focused);
    if (focused)
        draw_cursor(canvas, 0, 0);
    if (canvas->rect.rows < 2)
        return;
    struct canvas body =
        canvas_part(canvas, (struct rect){ 1, 1, canvas->rect.rows - 1, canvas->rect.columns - 1 });
    if (pane->root->more > 0) {
        char text[96];
        snprintf(text, sizeof text, "%" PRId64 " more entries are not shown", pane->root->more);
        draw_string(&body, body.rect.rows - 1, 0, STYLE_NOTICE, text);
        body.rect.rows--;
    }
    list_draw(pane->list, &body, pane->root->listed ? "(empty)" : "(not ready yet)", focused);
}

static void file_read(void *data, const struct sandbox_answer *answer)
{
    struct files_pane *pane = data;
    char *path = pane->reading_path;

    pane->reading = NULL;
    pane->reading_path = NULL;
    if (answer->failed)
        pane->calls.tell(pane->calls.data, answer->failed);
    else
        pane->calls.open(pane->calls.data, path, answer->bytes, answer->length, answer->size);
    free(path);
}

static void open_file(struct files_pane *pane, const struct node *node)
{
    struct sandbox *sandbox = session_sandbox(pane->session);

    if (!sandbox || pane->reading)
        return;
    pane->reading_path = node_path(node);
    pane->reading = sandbox_read(sandbox, pane->reading_path, 0, FILE_MAX, false, file_read, pane);
}

static void fold(struct files_pane *pane, struct node *node, bool open)
{
    node->open = open;
    if (open)
        list_node(node);
    flatten(pane);
}

bool files_pane_key(struct files_pane *pane, const struct key *key)
{
    if (key_is_character(key, 'R', 0)) {
        list_open(pane->root);
        return true;
    }
    enum list_answer answer = list_key(pane->list, key);
    long selected = list_selected(pane->list);
    struct node *node = selected >= 0 && (size_t)selected < pane->row_count ? pane->rows[selected] : NULL;

    if (answer == LIST_IGNORED)
        return false;
    if (node && (answer == LIST_UNFOLD || (answer == LIST_CHOSEN && node->type == SANDBOX_FOLDER)))
        fold(pane, node, answer == LIST_UNFOLD || !node->open);
    else if (node && answer == LIST_FOLD)
        fold(pane, node, false);
    else if (node && answer == LIST_CHOSEN)
        open_file(pane, node);
    return true;
}
