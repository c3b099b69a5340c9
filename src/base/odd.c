/* odd.c - see odd.h.  Plain ASCII is passed over; the rest is decoded and looked up in ICU, which is opened only for
 * a text that needs it.  Punctuation that looks like ASCII's is odd wherever it stands, since in code it is never a
 * matter of language. */
#include "base/odd.h"

#include "base/buffer.h"
#include "base/icu.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "base/visible.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    SKELETON_MAX = 32,
    CACHE = 1024,
    NAME_MAX_BYTES = 128,
    ASCII_FIRST = '!',
    ASCII_COUNT = '~' - '!' + 1
};

/* Two that look alike have the same one. */
struct skeleton {
    UChar text[SKELETON_MAX];
    int32_t length; /* 0: it has none */
};

/* What a code point looks like, kept for the next one of the same. */
struct memo {
    uint32_t code; /* 0: free */
    char like[ODD_LIKE];
};

struct finder {
    struct odd_list *list;
    const char *text;
    size_t length;
    struct icu icu;
    USpoofChecker *checker; /* NULL: nothing is taken for a look-alike */
    const UNormalizer2 *compatible;
    struct skeleton ascii[ASCII_COUNT];
    struct memo memos[CACHE];
};

static const struct {
    uint32_t code;
    const char *name;
} control_names[] = {
    { 0x00, "null" },
    { 0x07, "bell" },
    { 0x08, "backspace" },
    { 0x0b, "line tabulation" },
    { 0x0c, "form feed" },
    { 0x0d, "carriage return" },
    { 0x1b, "escape" },
    { 0x7f, "delete" },
    { 0x85, "next line" },
    { 0x9b, "control sequence introducer" },
    { 0x9d, "operating system command" },
};

/* --- the list --- */

/* Among those of its kind behind the ones that are there. */
static void add(struct odd_list *list, enum odd_kind kind, uint32_t code, const char *like, size_t at)
{
    size_t place = list->count;

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].code == code && list->items[i].kind == kind) {
            list->items[i].count++;
            return;
        }
    list->items = array_reserve(list->items, &list->capacity, list->count + 1, sizeof *list->items);
    while (place > 0 && list->items[place - 1].kind > kind)
        place--;
    memmove(&list->items[place + 1], &list->items[place], (list->count - place) * sizeof *list->items);
    list->items[place] = (struct odd){ .kind = kind, .code = code, .first = at, .count = 1 };
    memcpy(list->items[place].like, like, strlen(like) + 1);
    list->count++;
}

void odd_list_release(struct odd_list *list)
{
    free(list->items);
    *list = (struct odd_list)ODD_LIST_INIT;
}

bool odd_list_has(const struct odd_list *list, uint32_t code)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].code == code && list->items[i].kind != ODD_BAD)
            return true;
    return false;
}

/* --- what looks like what --- */

static void make_skeleton(const struct finder *finder, uint32_t code, struct skeleton *out)
{
    UErrorCode error = U_ZERO_ERROR;
    UChar source[U16_MAX_LENGTH];
    int32_t length = 0;

    U16_APPEND_UNSAFE(source, length, (UChar32)code);
    out->length =
        finder->icu.uspoof_getSkeleton(finder->checker, 0, source, length, out->text, SKELETON_MAX, &error);
    if (U_FAILURE(error) || out->length > SKELETON_MAX)
        out->length = 0;
}

static bool is_same(const struct skeleton *one, const struct skeleton *other)
{
    return one->length == other->length &&
           memcmp(one->text, other->text, (size_t)one->length * sizeof *one->text) == 0;
}

/* Of several (l, I, 1 and | are alike) the one of the same sort: a capital for a capital. */
static char ascii_of(const struct finder *finder, uint32_t code, const struct skeleton *wanted)
{
    char found = '\0';

    for (int i = 0; i < ASCII_COUNT && wanted->length > 0; i++) {
        char ascii = (char)(ASCII_FIRST + i);
        if (!is_same(&finder->ascii[i], wanted))
            continue;
        if (finder->icu.u_charType((UChar32)code) == finder->icu.u_charType((UChar32)ascii))
            return ascii;
        found = found ? found : ascii;
    }
    return found;
}

static bool all_ascii(const UChar *text, int32_t length)
{
    for (int32_t i = 0; i < length; i++)
        if (text[i] < '!' || text[i] > '~')
            return false;
    return length > 0;
}

/* The full-width forms and the alphabets of mathematics are ASCII's letters in another dress. */
static char undressed(const struct finder *finder, uint32_t code)
{
    int32_t type = finder->icu.u_getIntPropertyValue((UChar32)code, UCHAR_DECOMPOSITION_TYPE);
    UErrorCode error = U_ZERO_ERROR;
    UChar out[SKELETON_MAX];

    if ((type != U_DT_WIDE && type != U_DT_NARROW && type != U_DT_FONT) || !finder->compatible)
        return '\0';
    int32_t length =
        finder->icu.unorm2_getDecomposition(finder->compatible, (UChar32)code, out, SKELETON_MAX, &error);
    return U_SUCCESS(error) && length == 1 && all_ascii(out, 1) ? (char)out[0] : '\0';
}

static void find_like(const struct finder *finder, uint32_t code, char like[ODD_LIKE])
{
    struct skeleton wanted;
    char one = undressed(finder, code);

    memset(like, 0, ODD_LIKE);
    make_skeleton(finder, code, &wanted);
    if (!one)
        one = ascii_of(finder, code, &wanted);
    if (one)
        like[0] = one;
    else if (wanted.length < ODD_LIKE && all_ascii(wanted.text, wanted.length))
        for (int32_t i = 0; i < wanted.length; i++)
            like[i] = (char)wanted.text[i];
}

static const char *like_of(struct finder *finder, uint32_t code)
{
    struct memo *memo = &finder->memos[code % CACHE];

    if (!finder->checker)
        return "";
    if (memo->code != code) {
        memo->code = code;
        find_like(finder, code, memo->like);
    }
    return memo->like;
}

/* --- one character --- */

static bool is_ignorable(const struct finder *finder, uint32_t code)
{
    return finder->icu.u_hasBinaryProperty((UChar32)code, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}

/* A filler is a letter to Unicode, and nothing to the eye. */
static bool is_word(const struct finder *finder, uint32_t code)
{
    if (code < 0x80)
        return isalnum((int)code) || code == '_';
    return code != UTF8_BAD && finder->icu.u_isalnum((UChar32)code) && !is_ignorable(finder, code);
}

static bool is_invisible(const struct finder *finder, uint32_t code)
{
    int8_t type = finder->icu.u_charType((UChar32)code);

    return type == U_FORMAT_CHAR || type == U_LINE_SEPARATOR || type == U_PARAGRAPH_SEPARATOR ||
           type == U_PRIVATE_USE_CHAR || type == U_UNASSIGNED || is_ignorable(finder, code);
}

static bool is_blank(const struct finder *finder, uint32_t code)
{
    enum { BRAILLE_BLANK = 0x2800 };

    return finder->icu.u_charType((UChar32)code) == U_SPACE_SEPARATOR || code == BRAILLE_BLANK;
}

static void examine(struct finder *finder, uint32_t code, size_t at)
{
    int8_t type = code == UTF8_BAD ? U_UNASSIGNED : finder->icu.u_charType((UChar32)code);

    if (code == UTF8_BAD)
        add(finder->list, ODD_BAD, (unsigned char)finder->text[at], "", at);
    else if (type == U_CONTROL_CHAR)
        add(finder->list, ODD_CONTROL, code, "", at);
    else if (is_invisible(finder, code))
        add(finder->list, ODD_INVISIBLE, code, "", at);
    else if (is_blank(finder, code))
        add(finder->list, ODD_BLANK, code, "", at);
    else if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK)
        add(finder->list, ODD_COMBINING, code, "", at);
    else if (*like_of(finder, code))
        add(finder->list, ODD_LOOK_ALIKE, code, like_of(finder, code), at);
}

/* --- words --- */

static size_t read_code(const struct finder *finder, size_t at, uint32_t *code)
{
    return utf8_decode(finder->text + at, finder->length - at, code);
}

/* The word from AT to its end: can its letters deceive? */
static bool deceives(struct finder *finder, size_t at, size_t end)
{
    bool ascii = false, all_alike = true;
    uint32_t code;

    while (at < end) {
        at += read_code(finder, at, &code);
        if (code < 0x80)
            ascii |= isalpha((int)code) != 0;
        else
            all_alike &= *like_of(finder, code) != '\0';
    }
    return ascii || all_alike;
}

/* A mark belongs to the word of another script that it stands in; behind a letter of ASCII it is looked at alone. */
static bool is_mark(const struct finder *finder, uint32_t code)
{
    return code >= 0x80 && code != UTF8_BAD && !is_ignorable(finder, code) &&
           (U_MASK(finder->icu.u_charType((UChar32)code)) & U_GC_M_MASK) != 0;
}

static size_t word_end(const struct finder *finder, size_t at)
{
    uint32_t code, before = 0;

    for (size_t size; at < finder->length; at += size, before = code) {
        size = read_code(finder, at, &code);
        if (!is_word(finder, code) && (before < 0x80 || !is_mark(finder, code)))
            break;
    }
    return at;
}

static bool is_plain(const char *text, size_t from, size_t to)
{
    while (from < to && (unsigned char)text[from] < 0x80)
        from++;
    return from == to;
}

static void take_word(struct finder *finder, size_t at, size_t end)
{
    uint32_t code;

    if (is_plain(finder->text, at, end) || !deceives(finder, at, end))
        return;
    for (size_t size; at < end; at += size) {
        size = read_code(finder, at, &code);
        if (code >= 0x80)
            examine(finder, code, at);
    }
}

/* What follows an emoji and belongs to it is part of how it looks. */
static size_t cluster(const struct finder *finder, size_t at, uint32_t *code)
{
    size_t size = read_code(finder, at, code);
    struct glyph glyph;

    if (*code < 0x80 || *code == UTF8_BAD ||
        !finder->icu.u_hasBinaryProperty((UChar32)*code, UCHAR_EXTENDED_PICTOGRAPHIC))
        return size;
    visible_next(finder->text + at, finder->length - at, &glyph);
    return glyph.bytes;
}

static void search(struct finder *finder)
{
    uint32_t code;

    for (size_t at = 0, end; at < finder->length; at = end) {
        end = word_end(finder, at);
        if (end > at) {
            take_word(finder, at, end);
            continue;
        }
        end = at + cluster(finder, at, &code);
        if (code >= 0x7f || (code < ' ' && code != '\n' && code != '\t'))
            examine(finder, code, at);
    }
}

static void open_checker(struct finder *finder)
{
    UErrorCode error = U_ZERO_ERROR;

    finder->checker = finder->icu.uspoof_open(&error);
    finder->compatible = finder->icu.unorm2_getNFKDInstance(&error);
    for (int i = 0; i < ASCII_COUNT && finder->checker; i++)
        make_skeleton(finder, (uint32_t)(ASCII_FIRST + i), &finder->ascii[i]);
}

void odd_find(struct odd_list *list, const char *text, size_t length)
{
    size_t at = 0;

    while (at < length && ((text[at] >= ' ' && text[at] < 0x7f) || text[at] == '\n' || text[at] == '\t'))
        at++;
    if (at == length)
        return;
    struct finder *finder = xcalloc(1, sizeof *finder);
    icu_open(&finder->icu);
    finder->list = list;
    finder->text = text;
    finder->length = length;
    if (!is_plain(text, at, length))
        open_checker(finder);
    search(finder);
    if (finder->checker)
        finder->icu.uspoof_close(finder->checker);
    free(finder);
}

/* --- names --- */

/* "RIGHT-TO-LEFT OVERRIDE" without the shouting; a letter's name begins with that of its script. */
static void add_name(struct buffer *out, uint32_t code)
{
    UErrorCode error = U_ZERO_ERROR;
    char name[NAME_MAX_BYTES];
    struct icu icu;

    for (size_t i = 0; i < ARRAY_SIZE(control_names); i++)
        if (control_names[i].code == code) {
            buffer_append_text(out, control_names[i].name);
            return;
        }
    icu_open(&icu);
    int32_t length = icu.u_charName((UChar32)code, U_UNICODE_CHAR_NAME, name, sizeof name, &error);
    if (U_FAILURE(error) || length <= 0) {
        buffer_append_text(out, icu.u_charType((UChar32)code) == U_CONTROL_CHAR ? "control character"
                                                                                : "without a name");
        return;
    }
    for (int32_t i = icu.u_isalpha((UChar32)code) ? 1 : 0; i < length; i++)
        name[i] = (char)tolower((unsigned char)name[i]);
    buffer_append(out, name, (size_t)length);
}

void odd_name(const struct odd *odd, struct buffer *out)
{
    if (odd->kind == ODD_BAD) {
        buffer_append_format(out, "\\x%02x is no UTF-8", odd->code);
        return;
    }
    buffer_append_format(out, "U+%04X ", odd->code);
    add_name(out, odd->code);
    if (*odd->like)
        buffer_append_format(out, " looks like %s", odd->like);
}
