/* layout.c - sharing out lengths, and the tree of the workbench as two tables. */
#include "ui/layout.h"

static int along(enum layout_direction direction, struct rect rect)
{
    return direction == LAYOUT_BESIDE ? rect.columns : rect.rows;
}

/* The part of RECT from START for LENGTH cells along DIRECTION. */
static struct rect cut_part(enum layout_direction direction, struct rect rect, int start, int length)
{
    if (direction == LAYOUT_BESIDE) {
        rect.x += start;
        rect.columns = length;
    } else {
        rect.y += start;
        rect.rows = length;
    }
    return rect;
}

/* While nodes are being shared out, rect.rows holds the length along the parent's direction; -1: collapsed. */
static int *length_of(struct layout_node *node)
{
    return &node->rect.rows;
}

/* What the children of PARENT need at least, gaps counted. */
static int needed(struct layout_node *nodes, size_t count, int parent)
{
    int sum = 0, shown = 0;
    for (size_t i = 0; i < count; i++) {
        if (nodes[i].parent != parent || *length_of(&nodes[i]) < 0)
            continue;
        sum += nodes[i].minimum;
        shown++;
    }
    return shown > 1 ? sum + (shown - 1) * nodes[parent].gap : sum;
}

/* Hides the child that is the first to go; false when none may go or only one is left. */
static bool collapse_one(struct layout_node *nodes, size_t count, int parent)
{
    struct layout_node *goes = NULL;
    int shown = 0;
    for (size_t i = 0; i < count; i++) {
        if (nodes[i].parent != parent || *length_of(&nodes[i]) < 0)
            continue;
        shown++;
        if (nodes[i].collapse && (!goes || nodes[i].collapse >= goes->collapse))
            goes = &nodes[i];
    }
    if (!goes || shown < 2)
        return false;
    *length_of(goes) = -1;
    return true;
}

static bool can_grow(struct layout_node *node, int parent)
{
    int length = *length_of(node);
    return node->parent == parent && length >= 0 && node->share > 0 &&
           (!node->maximum || length < node->maximum);
}

/* Gives what is LEFT to those that can grow, by weight; what one cannot take goes to the others. */
static void share_out(struct layout_node *nodes, size_t count, int parent, int left)
{
    while (left > 0) {
        int weight = 0, given = 0;
        for (size_t i = 0; i < count; i++)
            weight += can_grow(&nodes[i], parent) ? nodes[i].share : 0;
        if (!weight)
            return;
        int round = left;
        for (size_t i = 0; i < count && left > 0; i++) {
            if (!can_grow(&nodes[i], parent))
                continue;
            int part = round * nodes[i].share / weight;
            part = part < 1 ? 1 : part;
            if (nodes[i].maximum && *length_of(&nodes[i]) + part > nodes[i].maximum)
                part = nodes[i].maximum - *length_of(&nodes[i]);
            part = part > left ? left : part;
            *length_of(&nodes[i]) += part;
            left -= part;
            given += part;
        }
        if (!given)
            return;
    }
}

/* Turns the lengths of PARENT's children into rectangles; what does not fit is cut at the end. */
static void place_children(struct layout_node *nodes, size_t count, int parent)
{
    struct rect whole = nodes[parent].rect;
    enum layout_direction direction = nodes[parent].direction;
    int at = 0, room = along(direction, whole);
    for (size_t i = 0; i < count; i++) {
        struct layout_node *node = &nodes[i];
        if (node->parent != parent)
            continue;
        int length = *length_of(node);
        if (length > room - at)
            length = room - at;
        if (length <= 0) {
            node->rect = cut_part(direction, whole, at, 0);
            continue;
        }
        node->rect = cut_part(direction, whole, at, length);
        at += length + nodes[parent].gap;
    }
}

static void share_children(struct layout_node *nodes, size_t count, int parent)
{
    int room = along(nodes[parent].direction, nodes[parent].rect);
    for (size_t i = 0; i < count; i++)
        if (nodes[i].parent == parent)
            *length_of(&nodes[i]) = 0;
    while (needed(nodes, count, parent) > room && collapse_one(nodes, count, parent))
        ;
    for (size_t i = 0; i < count; i++)
        if (nodes[i].parent == parent && *length_of(&nodes[i]) == 0)
            *length_of(&nodes[i]) = nodes[i].minimum;
    share_out(nodes, count, parent, room - needed(nodes, count, parent));
    place_children(nodes, count, parent);
}

void layout_place(struct layout_node *nodes, size_t count, struct rect whole)
{
    if (!count)
        return;
    nodes[0].rect = whole;
    for (size_t i = 0; i < count; i++) /* parents come before their children */
        if (nodes[i].direction != LAYOUT_LEAF)
            share_children(nodes, count, (int)i);
}

/* --- the workbench --- */

enum {
    TINY_COLUMNS = 40,
    TINY_ROWS = 10,
    LOW_ROWS = 16,
    WIDE_COLUMNS = 120,
};

enum screen_size layout_size(int rows, int columns)
{
    if (rows < TINY_ROWS || columns < TINY_COLUMNS)
        return SCREEN_TINY;
    return columns < WIDE_COLUMNS ? SCREEN_NARROW : SCREEN_WIDE;
}

enum { ROOT, PANES, CARD, COMPOSER, BAR, TALK, SIDE, CALL, FILES, NODES };

static const struct layout_node workbench[NODES] = {
    [ROOT] = { .parent = -1, .direction = LAYOUT_ABOVE },
    [PANES] = { .parent = ROOT, .direction = LAYOUT_BESIDE, .minimum = 3, .share = 1, .gap = 1 },
    [CARD] = { .parent = ROOT },
    [COMPOSER] = { .parent = ROOT, .minimum = 1 },
    [BAR] = { .parent = ROOT, .minimum = 1 },
    [TALK] = { .parent = PANES, .minimum = 40, .share = 6 },
    [SIDE] = { .parent = PANES, .direction = LAYOUT_ABOVE, .minimum = 30, .share = 5, .collapse = 1 },
    [CALL] = { .parent = SIDE, .minimum = 5, .share = 3 },
    [FILES] = { .parent = SIDE, .minimum = 4, .share = 2, .collapse = 1 },
};

static const int node_of_place[PLACE_COUNT] = {
    [PLACE_CONVERSATION] = TALK, [PLACE_CALL] = CALL,         [PLACE_FILES] = FILES,
    [PLACE_CARD] = CARD,         [PLACE_COMPOSER] = COMPOSER, [PLACE_BAR] = BAR,
};

static int between(int least, int value, int most)
{
    return value > most ? most : value < least ? least : value;
}

static void hide(struct layout_node *node)
{
    node->minimum = node->share = 0;
}

static void hide_what_is_not_wished(struct layout_node nodes[NODES], enum screen_size size,
                                    const struct layout_wish *wish)
{
    bool narrow = size == SCREEN_NARROW;
    bool call = narrow ? wish->shown == PLACE_CALL : !wish->hide_call;
    bool files = narrow ? wish->shown == PLACE_FILES : !wish->hide_files;
    if (!call)
        hide(&nodes[CALL]);
    if (!files)
        hide(&nodes[FILES]);
    if (!call && !files)
        hide(&nodes[SIDE]);
    if (narrow && (call || files))
        hide(&nodes[TALK]);
    if (narrow || (!call && !files))
        nodes[PANES].gap = 0;
    if (narrow)
        nodes[SIDE].collapse = nodes[FILES].collapse = 0;
}

void layout_workbench(struct layout_places *places, int rows, int columns, const struct layout_wish *wish)
{
    struct layout_node nodes[NODES];
    *places = (struct layout_places){ .size = layout_size(rows, columns) };
    if (places->size == SCREEN_TINY)
        return;
    for (size_t i = 0; i < NODES; i++)
        nodes[i] = workbench[i];
    nodes[COMPOSER].minimum = between(1, wish->composer_rows, rows / 3);
    nodes[CARD].minimum = between(0, wish->card_rows, rows / 2);
    if (rows < LOW_ROWS) {
        /* What is asked must be readable before the panes are: they keep their head. */
        nodes[PANES].minimum = 1;
        nodes[CARD].minimum = between(0, wish->card_rows, rows - 1 - nodes[COMPOSER].minimum - 1);
    }
    hide_what_is_not_wished(nodes, places->size, wish);
    layout_place(nodes, NODES, (struct rect){ 0, 0, rows, columns });
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        struct rect rect = nodes[node_of_place[i]].rect;
        if (rect.rows > 0 && rect.columns > 0)
            places->rect[i] = rect;
    }
    struct rect talk = nodes[TALK].rect, side = nodes[SIDE].rect;
    if (talk.columns > 0 && side.columns > 0)
        places->separator = (struct rect){ talk.y, talk.x + talk.columns, talk.rows, 1 };
}
