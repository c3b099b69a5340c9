/* escape_style.c - SGR: the parameters of CSI ... m turned into a style. */
#include "wire/escape_private.h"

#include "base/memory.h"

/* What a single number does: attributes that go, then attributes that come. */
static const struct row {
    unsigned number;
    uint32_t off, on;
} rows[] = {
    { 1, 0, ESCAPE_BOLD },       { 2, 0, ESCAPE_FAINT },
    { 3, 0, ESCAPE_ITALIC },     { 4, 0, ESCAPE_UNDERLINE },
    { 7, 0, ESCAPE_REVERSE },    { 9, 0, ESCAPE_STRIKE },
    { 21, 0, ESCAPE_UNDERLINE }, { 22, ESCAPE_BOLD | ESCAPE_FAINT, 0 },
    { 23, ESCAPE_ITALIC, 0 },    { 24, ESCAPE_UNDERLINE, 0 },
    { 27, ESCAPE_REVERSE, 0 },   { 29, ESCAPE_STRIKE, 0 },
};

/* The palette: number FIRST stands for colour COLOUR, and so on for COUNT numbers. */
static const struct colours {
    unsigned first, count;
    bool background;
    int colour;
} palettes[] = {
    { 30, 8, false, 0 }, { 39, 1, false, ESCAPE_COLOUR_DEFAULT }, { 90, 8, false, 8 },
    { 40, 8, true, 0 },  { 49, 1, true, ESCAPE_COLOUR_DEFAULT },  { 100, 8, true, 8 },
};

static void apply_attribute(struct escape_style *style, unsigned number)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].number == number)
            style->attributes = (style->attributes & ~rows[i].off) | rows[i].on;
}

static void apply_palette(struct escape_style *style, unsigned number)
{
    for (size_t i = 0; i < ARRAY_SIZE(palettes); i++) {
        if (number < palettes[i].first || number >= palettes[i].first + palettes[i].count)
            continue;
        int colour = palettes[i].colour + (int)(number - palettes[i].first);
        if (palettes[i].background)
            style->background = colour;
        else
            style->foreground = colour;
    }
}

static size_t count_subs(const struct escape_parameter *parameters, size_t count)
{
    size_t subs = 0;
    while (1 + subs < count && parameters[1 + subs].sub)
        subs++;
    return subs;
}

static bool is_byte(unsigned value)
{
    return value <= 255;
}

/* 5;N or 2;R;G;B behind a 38 or 48.  Returns the parameters taken. */
static size_t read_colour(const struct escape_parameter *parameters, size_t count, int32_t *colour)
{
    if (count >= 2 && parameters[0].value == 5) {
        if (is_byte(parameters[1].value))
            *colour = (int32_t)parameters[1].value;
        return 2;
    }
    if (count >= 4 && parameters[0].value == 2) {
        unsigned red = parameters[1].value, green = parameters[2].value, blue = parameters[3].value;
        if (is_byte(red) && is_byte(green) && is_byte(blue))
            *colour = (int32_t)(ESCAPE_COLOUR_RGB | red << 16 | green << 8 | blue);
        return 4;
    }
    return count; /* cut off, or of a kind that nobody knows: the rest cannot be told apart */
}

/* With colons the form is 38:5:N, 38:2:R:G:B or 38:2:SPACE:R:G:B, and its end is plain. */
static void read_colon_colour(const struct escape_parameter *parameters, size_t count, int32_t *colour)
{
    if (count == 5 && parameters[0].value == 2) {
        struct escape_parameter without_space[] = { parameters[0], parameters[2], parameters[3],
                                                    parameters[4] };
        read_colour(without_space, 4, colour);
    } else {
        read_colour(parameters, count, colour);
    }
}

/* 38, 48 and 58 (the underline's colour, which is not kept) take parameters of their own. */
static size_t apply_colour(struct escape_style *style, const struct escape_parameter *parameters,
                           size_t count)
{
    int32_t ignored = ESCAPE_COLOUR_DEFAULT;
    int32_t *colour = parameters[0].value == 38   ? &style->foreground
                      : parameters[0].value == 48 ? &style->background
                                                  : &ignored;
    size_t subs = count_subs(parameters, count);
    if (subs == 0)
        return 1 + read_colour(parameters + 1, count - 1, colour);
    read_colon_colour(parameters + 1, subs, colour);
    return 1 + subs;
}

/* Applies the first of PARAMETERS. Returns how many it took. */
static size_t apply_one(struct escape_style *style, const struct escape_parameter *parameters, size_t count)
{
    unsigned number = parameters[0].value;
    if (number == 38 || number == 48 || number == 58)
        return apply_colour(style, parameters, count);
    size_t subs = count_subs(parameters, count);
    if (number == 0)
        *style = (struct escape_style)ESCAPE_STYLE_PLAIN;
    else if (number == 4 && subs > 0 && parameters[1].value == 0)
        apply_attribute(style, 24); /* 4:0 is "no underline", 4:3 a curly one */
    else
        apply_attribute(style, number);
    apply_palette(style, number);
    return 1 + subs;
}

void escape_style_apply(struct escape_style *style, const struct escape_parameter *parameters, size_t count)
{
    while (count > 0) {
        size_t taken = apply_one(style, parameters, count);
        parameters += taken;
        count -= taken;
    }
}
