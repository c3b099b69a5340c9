/* odd.h - characters that a person would not see, or would take for others, found in a text and named.
 *
 * visible.h makes text safe to draw.  This says more to a person who has to judge it: that an "a" is Cyrillic, that a
 * blank is none of ASCII's, and what a mark like <U+202E> stands for.  Names and look-alikes are Unicode's (ICU).
 *
 * A letter counts as a look-alike only where it can deceive: in a word that has letters of ASCII too, or in one whose
 * letters beyond ASCII all look like ASCII's.  An ordinary word of another script is left alone. */
#ifndef SANDGATE_BASE_ODD_H
#define SANDGATE_BASE_ODD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;

/* The worst first: lists are in this order. */
enum odd_kind {
    ODD_INVISIBLE,  /* nothing is seen of it, or it turns its neighbours around */
    ODD_CONTROL,    /* of C0 or C1; newline and tab are not odd */
    ODD_BAD,        /* a byte that is no UTF-8; its code is the byte */
    ODD_LOOK_ALIKE, /* looks like one or more of ASCII */
    ODD_BLANK,      /* a space that is not ASCII's */
    ODD_COMBINING,  /* changes the character before it */
};

enum { ODD_LIKE = 8 };

/* One code point; all of its places. */
struct odd {
    enum odd_kind kind;
    uint32_t code;
    char like[ODD_LIKE]; /* LOOK_ALIKE: the ASCII that it looks like, else "" */
    size_t first;        /* offset in bytes of the first one */
    size_t count;
};

struct odd_list {
    struct odd *items;
    size_t count, capacity;
};

#define ODD_LIST_INIT \
    {                 \
        0             \
    }

/* Adds what is odd in TEXT to LIST, each code point once. */
void odd_find(struct odd_list *list, const char *text, size_t length);
void odd_list_release(struct odd_list *list);
/* Is CODE (of a BAD one: never) in the list? */
bool odd_list_has(const struct odd_list *list, uint32_t code);

/* Appends "U+202E right-to-left override", "U+0430 Cyrillic small letter a looks like a". */
void odd_name(const struct odd *odd, struct buffer *out);

#endif
