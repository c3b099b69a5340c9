/* diff_script.c - the shortest edit script, by E. Myers' linear-space algorithm ("An O(ND) Difference Algorithm
 * and Its Variations", 1986).
 *
 * Two sequences span a box; a path from its top left to its bottom right corner that goes right (an old piece
 * is removed), down (a new one is added) or diagonally (they are the same) is an edit script.  The search runs
 * from both corners at once, one edit more each round, until the paths meet; the meeting point splits the box
 * in two smaller ones.
 *
 * Three things keep that fast: pieces that occur on one side only are known to be changed and left out; after
 * ROUNDS rounds the box is split where the search has come furthest, which is near the best; and when the
 * BUDGET of steps is spent, what is left is called changed altogether. */
#include "matter/diff_script.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    ROUNDS = 512,
    BUDGET = 16 * 1024 * 1024, /* steps; about a tenth of a second */
    NOWHERE = -1,              /* a diagonal that no path has reached */
};

/* --- pieces and their numbers --- */

void diff_side_add(struct diff_side *side, const char *text, size_t length)
{
    side->pieces = array_reserve(side->pieces, &side->capacity, side->count + 1, sizeof *side->pieces);
    side->pieces[side->count++] = (struct diff_piece){ .text = text, .length = length };
}

void diff_side_release(struct diff_side *side)
{
    free(side->pieces);
    *side = (struct diff_side){ 0 };
}

/* Known pieces by their bytes, open-addressed; a piece's number is that of its slot. */
struct known {
    const struct diff_piece **slots;
    size_t mask;
    uint64_t seed; /* the texts are not ours: their lines must not be able to collide on purpose */
};

static uint64_t hash_piece(uint64_t hash, const struct diff_piece *piece)
{
    for (size_t i = 0; i < piece->length; i++)
        hash = (hash ^ (unsigned char)piece->text[i]) * UINT64_C(0x100000001b3);
    hash ^= hash >> 33;
    hash *= UINT64_C(0xff51afd7ed558ccd);
    return hash ^ hash >> 33;
}

static void number_pieces(struct known *known, struct diff_side *side)
{
    for (size_t i = 0; i < side->count; i++) {
        struct diff_piece *piece = &side->pieces[i];
        size_t at = hash_piece(known->seed, piece) & known->mask;
        const struct diff_piece *there;
        while ((there = known->slots[at]) &&
               (there->length != piece->length || memcmp(there->text, piece->text, piece->length) != 0))
            at = (at + 1) & known->mask;
        if (!there)
            known->slots[at] = piece;
        piece->number = (uint32_t)at;
    }
}

/* Numbers both sides; returns how many numbers there can be. */
static size_t number_sides(struct diff_side *old_side, struct diff_side *new_side)
{
    size_t slots = 16;
    while (slots < 2 * (old_side->count + new_side->count))
        slots *= 2;
    struct known known = { xcalloc(slots, sizeof *known.slots), slots - 1, (uint64_t)(uintptr_t)old_side };
    if (getrandom(&known.seed, sizeof known.seed, GRND_NONBLOCK) < 0)
        known.seed = (uint64_t)(uintptr_t)known.slots;
    number_pieces(&known, old_side);
    number_pieces(&known, new_side);
    free(known.slots);
    return slots;
}

/* --- the search --- */

/* A sequence of numbers without the pieces that are known to be changed. */
struct sequence {
    uint32_t *numbers;
    size_t *places; /* index of the piece in its side */
    size_t count;
    struct diff_piece *pieces;
};

/* A part of both sequences. */
struct box {
    ptrdiff_t old_from, old_to;
    ptrdiff_t new_from, new_to;
};

struct search {
    struct sequence old_sequence, new_sequence;
    /* How far right the furthest path on each diagonal (right minus down) has come, from each corner and in
     * the direction of the search; diagonal 0 stands in the middle. */
    ptrdiff_t forward[2 * ROUNDS + 3];
    ptrdiff_t backward[2 * ROUNDS + 3];
    long budget;
};

static void mark(struct sequence *sequence, ptrdiff_t from, ptrdiff_t to)
{
    for (ptrdiff_t i = from; i < to; i++)
        sequence->pieces[sequence->places[i]].changed = true;
}

/* How far the two sequences are the same from (RIGHT, DOWN) of BOX on, in the direction of the search. */
static ptrdiff_t follow(struct search *search, const struct box *box, bool back, ptrdiff_t right,
                        ptrdiff_t down)
{
    const uint32_t *old_numbers = search->old_sequence.numbers, *new_numbers = search->new_sequence.numbers;
    ptrdiff_t width = box->old_to - box->old_from, height = box->new_to - box->new_from, start = right;
    if (back)
        while (right < width && down < height &&
               old_numbers[box->old_to - 1 - right] == new_numbers[box->new_to - 1 - down])
            right++, down++;
    else
        while (right < width && down < height &&
               old_numbers[box->old_from + right] == new_numbers[box->new_from + down])
            right++, down++;
    search->budget -= right - start + 1;
    return right;
}

/* The furthest a path gets on DIAGONAL with one edit more than its neighbours have. */
static ptrdiff_t reach(struct search *search, const struct box *box, bool back, ptrdiff_t diagonal)
{
    const ptrdiff_t *paths = (back ? search->backward : search->forward) + ROUNDS + 1;
    ptrdiff_t width = box->old_to - box->old_from, height = box->new_to - box->new_from;
    ptrdiff_t left = paths[diagonal - 1], above = paths[diagonal + 1], right = NOWHERE;
    if (above != NOWHERE && above - diagonal <= height)
        right = above;
    if (left != NOWHERE && left < width && left + 1 > right)
        right = left + 1;
    return right == NOWHERE ? NOWHERE : follow(search, box, back, right, right - diagonal);
}

/* One round from one corner.  True when a path met one from the other corner; *MET is its diagonal. */
static bool advance(struct search *search, const struct box *box, bool back, ptrdiff_t round, ptrdiff_t *met)
{
    ptrdiff_t *paths = (back ? search->backward : search->forward) + ROUNDS + 1;
    const ptrdiff_t *others = (back ? search->forward : search->backward) + ROUNDS + 1;
    ptrdiff_t width = box->old_to - box->old_from, height = box->new_to - box->new_from;
    /* The other corner's search has done this round already when this is the backward one. */
    ptrdiff_t other_round = back ? round : round - 1;
    paths[-round - 1] = NOWHERE;
    paths[round + 1] = round ? NOWHERE : 0; /* a path that stands above the corner */
    for (ptrdiff_t diagonal = -round; diagonal <= round; diagonal += 2) {
        if (diagonal < -height || diagonal > width) {
            paths[diagonal] = NOWHERE;
            continue;
        }
        paths[diagonal] = reach(search, box, back, diagonal);
        ptrdiff_t same = width - height - diagonal; /* the same diagonal, seen from the other corner */
        if (paths[diagonal] == NOWHERE || same < -other_round || same > other_round ||
            (same + other_round) % 2 != 0 || others[same] == NOWHERE ||
            paths[diagonal] + others[same] < width)
            continue;
        *met = diagonal;
        return true;
    }
    return false;
}

/* The diagonal on which the search from the first corner has come furthest. */
static ptrdiff_t furthest(const struct search *search, ptrdiff_t round)
{
    const ptrdiff_t *paths = search->forward + ROUNDS + 1;
    ptrdiff_t best = 0, best_sum = -1;
    for (ptrdiff_t diagonal = -round; diagonal <= round; diagonal += 2) {
        if (paths[diagonal] == NOWHERE || 2 * paths[diagonal] - diagonal <= best_sum)
            continue;
        best = diagonal;
        best_sum = 2 * paths[diagonal] - diagonal;
    }
    return best;
}

/* Finds a point of a good path through BOX, which needs two edits or more; so it is neither corner. */
static bool find_split(struct search *search, const struct box *box, ptrdiff_t *old_at, ptrdiff_t *new_at)
{
    ptrdiff_t diagonal, right, round = 0;
    bool forward = false, back = false;
    for (; round < ROUNDS && search->budget > 0; round++) {
        forward = advance(search, box, false, round, &diagonal);
        back = !forward && advance(search, box, true, round, &diagonal);
        if (forward || back)
            break;
    }
    if (search->budget <= 0 && !forward && !back)
        return false;
    if (back) {
        right = search->backward[ROUNDS + 1 + diagonal];
        *old_at = box->old_to - right;
        *new_at = box->new_to - (right - diagonal);
        return true;
    }
    if (!forward)
        diagonal = furthest(search, round - 1);
    right = search->forward[ROUNDS + 1 + diagonal];
    *old_at = box->old_from + right;
    *new_at = box->new_from + right - diagonal;
    return true;
}

/* Cuts off what is the same at both ends of BOX. */
static void trim(const struct search *search, struct box *box)
{
    const uint32_t *old_numbers = search->old_sequence.numbers, *new_numbers = search->new_sequence.numbers;
    while (box->old_from < box->old_to && box->new_from < box->new_to &&
           old_numbers[box->old_from] == new_numbers[box->new_from])
        box->old_from++, box->new_from++;
    while (box->old_from < box->old_to && box->new_from < box->new_to &&
           old_numbers[box->old_to - 1] == new_numbers[box->new_to - 1])
        box->old_to--, box->new_to--;
}

/* Recurses into the first half only: that one has at most half of the edits, or ROUNDS. */
static void compare(struct search *search, struct box box)
{
    ptrdiff_t old_at, new_at;
    for (;;) {
        trim(search, &box);
        if (box.old_from == box.old_to || box.new_from == box.new_to ||
            !find_split(search, &box, &old_at, &new_at))
            break;
        compare(search, (struct box){ box.old_from, old_at, box.new_from, new_at });
        box.old_from = old_at;
        box.new_from = new_at;
    }
    mark(&search->old_sequence, box.old_from, box.old_to);
    mark(&search->new_sequence, box.new_from, box.new_to);
}

/* --- before and after --- */

/* The pieces of SIDE that occur on the other side too (THERE, by number); the rest is changed. */
static struct sequence common_pieces(const struct diff_side *side, const bool *there)
{
    struct sequence sequence = { xmalloc(side->count * sizeof *sequence.numbers),
                                 xmalloc(side->count * sizeof *sequence.places), 0, side->pieces };
    for (size_t i = 0; i < side->count; i++) {
        side->pieces[i].changed = !there[side->pieces[i].number];
        if (side->pieces[i].changed)
            continue;
        sequence.numbers[sequence.count] = side->pieces[i].number;
        sequence.places[sequence.count++] = i;
    }
    return sequence;
}

static bool *numbers_of(const struct diff_side *side, size_t limit)
{
    bool *there = xcalloc(limit, sizeof *there);
    for (size_t i = 0; i < side->count; i++)
        there[side->pieces[i].number] = true;
    return there;
}

static bool is_changed(const struct diff_side *side, size_t at)
{
    return at < side->count && side->pieces[at].changed;
}

/* A run of changed pieces can often stand a few places further down and mean the same; there it begins with
 * what a person calls the beginning, such as the head of a function and not the end of the one before.  A run
 * that faces one on the OTHER side stays: the two are a replacement. */
static void slide_down(struct diff_side *side, const struct diff_side *other)
{
    struct diff_piece *pieces = side->pieces;
    size_t facing = 0; /* what stands on the other side beside start */
    for (size_t start = 0, end; start < side->count; start = end) {
        end = start + 1;
        if (!pieces[start].changed) {
            while (is_changed(other, facing))
                facing++;
            facing++;
            continue;
        }
        while (is_changed(side, end))
            end++;
        while (end < side->count && !is_changed(other, facing) &&
               pieces[start].number == pieces[end].number) {
            pieces[start++].changed = false;
            pieces[end++].changed = true;
            facing++;
            while (is_changed(side, end))
                end++;
        }
    }
}

void diff_script(struct diff_side *old_side, struct diff_side *new_side)
{
    size_t limit = number_sides(old_side, new_side);
    bool *in_old = numbers_of(old_side, limit), *in_new = numbers_of(new_side, limit);
    struct search *search = xmalloc(sizeof *search);
    search->old_sequence = common_pieces(old_side, in_new);
    search->new_sequence = common_pieces(new_side, in_old);
    search->budget = BUDGET;
    compare(search, (struct box){ 0, (ptrdiff_t)search->old_sequence.count, 0,
                                  (ptrdiff_t)search->new_sequence.count });
    slide_down(old_side, new_side);
    slide_down(new_side, old_side);
    free(search->old_sequence.numbers);
    free(search->old_sequence.places);
    free(search->new_sequence.numbers);
    free(search->new_sequence.places);
    free(search);
    free(in_old);
    free(in_new);
}
