/* style.c - the table of roles, and the way from a role to what curses draws with. */
#include "ui/style.h"

#include "base/memory.h"

#include <curses.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BOLD = THEME_BOLD, DIM = THEME_DIM, LINE = THEME_UNDERLINE, REVERSE = THEME_REVERSE };

static const struct {
    const char *name;
    unsigned mono;
    const char *help;
} roles[STYLE_COUNT] = {
    [STYLE_TEXT] = { "text", 0, "Text of the interface, and the background of the whole screen." },
    [STYLE_DIM] = { "dim", DIM, "What matters less: times, counts, hints." },
    [STYLE_BORDER] = { "border", DIM, "Lines around and between panes." },
    [STYLE_BORDER_FOCUS] = { "border_focus", BOLD, "The line of the pane that has the focus." },
    [STYLE_TITLE] = { "title", 0, "A pane's title." },
    [STYLE_TITLE_FOCUS] = { "title_focus", BOLD, "The title of the pane that has the focus." },
    [STYLE_USER] = { "user", BOLD, "What the person said." },
    [STYLE_ASSISTANT] = { "assistant", 0, "The model's answer." },
    [STYLE_REASONING] = { "reasoning", DIM, "The model's reasoning." },
    [STYLE_CALL_RUNNING] = { "call_running", BOLD, "A tool call that runs." },
    [STYLE_CALL_WAITING] = { "call_waiting", REVERSE, "A tool call that waits for a decision." },
    [STYLE_CALL_DONE] = { "call_done", 0, "A tool call that ended well." },
    [STYLE_CALL_FAILED] = { "call_failed", BOLD | LINE, "A tool call that failed or timed out." },
    [STYLE_CALL_DENIED] = { "call_denied", LINE, "A tool call that was denied or rejected." },
    [STYLE_NOTICE] = { "notice", DIM, "Something worth a line: a retry, what was left out." },
    [STYLE_ERROR] = { "error", BOLD | REVERSE, "Something failed." },
    [STYLE_MARK] = { "mark", REVERSE, "The stand-in of a character that must not reach the terminal." },
    [STYLE_CODE] = { "code", 0, "Code, and code within a sentence." },
    [STYLE_CODE_KEYWORD] = { "code_keyword", BOLD, "Keywords and types in code." },
    [STYLE_CODE_STRING] = { "code_string", 0, "Strings in code." },
    [STYLE_CODE_COMMENT] = { "code_comment", DIM, "Comments in code." },
    [STYLE_CODE_NUMBER] = { "code_number", 0, "Numbers in code." },
    [STYLE_HEADING] = { "heading", BOLD | LINE, "A heading of an answer." },
    [STYLE_EMPHASIS] = { "emphasis", LINE, "Emphasis in an answer." },
    [STYLE_STRONG] = { "strong", BOLD, "Strong emphasis in an answer." },
    [STYLE_LINK] = { "link", LINE, "A link and its address." },
    [STYLE_QUOTE] = { "quote", DIM, "A quotation and its bar." },
    [STYLE_TABLE] = { "table", 0, "The lines of a table." },
    [STYLE_LIST_MARKER] = { "list_marker", BOLD, "The mark or number of a list item." },
    [STYLE_SELECTION] = { "selection", REVERSE, "The selected row of the list that has the focus." },
    [STYLE_CURSOR_LINE] = { "cursor_line", LINE, "The selected row of a list without the focus." },
    [STYLE_BAR] = { "bar", REVERSE, "The bar at the bottom." },
    [STYLE_BAR_STATE] = { "bar_state", REVERSE | BOLD, "The state, in the bar." },
    [STYLE_BAR_WARNING] = { "bar_warning", BOLD | LINE, "A warning in the bar." },
    [STYLE_BAR_AUTO] = { "bar_auto", BOLD | LINE, "The mode, in the bar, when calls run without asking." },
    [STYLE_CARD] = { "card", 0, "The approval card." },
    [STYLE_CARD_BORDER] = { "card_border", BOLD, "The line around the approval card." },
    [STYLE_CARD_KEY] = { "card_key", BOLD | LINE, "A key that the card takes." },
    [STYLE_CARD_DANGER] = { "card_danger", BOLD | REVERSE, "Why a call is dangerous." },
    [STYLE_DIFF_ADD] = { "diff_add", BOLD, "A line that was added." },
    [STYLE_DIFF_REMOVE] = { "diff_remove", LINE, "A line that was removed." },
    [STYLE_DIFF_ADD_WORD] = { "diff_add_word", BOLD | REVERSE, "The part of an added line that is new." },
    [STYLE_DIFF_REMOVE_WORD] = { "diff_remove_word", LINE | REVERSE,
                                 "The part of a removed line that goes." },
    [STYLE_DIFF_CONTEXT] = { "diff_context", 0, "A line that stayed." },
    [STYLE_DIFF_HUNK] = { "diff_hunk", DIM, "Where in the file a part of a diff is." },
    [STYLE_OUTPUT] = { "output", 0, "What a command printed." },
    [STYLE_OUTPUT_ERROR] = { "output_error", BOLD, "What a command printed on its standard error." },
    [STYLE_TREE_FOLDER] = { "tree_folder", BOLD, "A folder in the file tree." },
    [STYLE_TREE_LINK] = { "tree_link", LINE, "A symbolic link in the file tree." },
    [STYLE_TREE_EXEC] = { "tree_exec", 0, "A program in the file tree." },
    [STYLE_PLACEHOLDER] = { "placeholder", DIM, "What an empty field asks for." },
    [STYLE_SCROLLBAR] = { "scrollbar", 0, "The scrollbar's handle." },
    [STYLE_SEARCH_MATCH] = { "search_match", REVERSE | BOLD, "What a search found." },
};

struct styles {
    struct theme_style looks[STYLE_COUNT];
    attr_t attributes[STYLE_COUNT];
    int pairs[STYLE_COUNT];
};

const char *style_name(enum style style)
{
    return roles[style].name;
}

bool style_from_name(const char *name, enum style *style)
{
    for (size_t i = 0; i < STYLE_COUNT; i++) {
        if (strcmp(roles[i].name, name) != 0)
            continue;
        *style = (enum style)i;
        return true;
    }
    return false;
}

const char *style_help(enum style style)
{
    return roles[style].help;
}

unsigned style_mono(enum style style)
{
    return roles[style].mono;
}

/* --- colours --- */

static const int basic_colours[16] = {
    0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
    0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
};
static const int cube_levels[6] = { 0, 95, 135, 175, 215, 255 };

int style_rgb(int colour)
{
    if (colour < 0)
        return -1;
    if (colour & THEME_RGB)
        return colour & 0xffffff;
    if (colour < 16)
        return basic_colours[colour];
    if (colour >= 232)
        return (8 + (colour - 232) * 10) * 0x010101;
    colour -= 16;
    return cube_levels[colour / 36] << 16 | cube_levels[colour / 6 % 6] << 8 | cube_levels[colour % 6];
}

static double channel_light(int value)
{
    double part = value / 255.0;
    return part <= 0.03928 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

static double luminance(int rgb)
{
    return 0.2126 * channel_light(rgb >> 16 & 255) + 0.7152 * channel_light(rgb >> 8 & 255) +
           0.0722 * channel_light(rgb & 255);
}

double style_contrast(int one, int other)
{
    double light = luminance(one), dark = luminance(other);
    return light > dark ? (light + 0.05) / (dark + 0.05) : (dark + 0.05) / (light + 0.05);
}

/* Squared distance with the eye's weights. */
static int distance(int one, int other)
{
    int red = (one >> 16 & 255) - (other >> 16 & 255);
    int green = (one >> 8 & 255) - (other >> 8 & 255);
    int blue = (one & 255) - (other & 255);
    return 3 * red * red + 6 * green * green + blue * blue;
}

static int nearest(int rgb, int first, int last)
{
    int best = first;
    for (int i = first + 1; i <= last; i++)
        if (distance(rgb, style_rgb(i)) < distance(rgb, style_rgb(best)))
            best = i;
    return best;
}

int style_nearest_256(int rgb)
{
    return nearest(rgb, 16, 255);
}

int style_nearest_8(int rgb)
{
    return nearest(rgb, 0, 7);
}

/* --- the set --- */

struct styles *styles_new(void)
{
    struct styles *styles = xcalloc(1, sizeof(*styles));
    for (size_t i = 0; i < STYLE_COUNT; i++)
        styles->looks[i] = (struct theme_style){ .foreground = THEME_DEFAULT, .background = THEME_DEFAULT };
    styles_map(styles, DEPTH_MONO);
    return styles;
}

void styles_free(struct styles *styles)
{
    free(styles);
}

void styles_set(struct styles *styles, enum style style, const struct theme_style *look)
{
    styles->looks[style] = *look;
}

struct theme_style styles_look(const struct styles *styles, enum style style)
{
    struct theme_style look = styles->looks[style];
    if (look.foreground == THEME_DEFAULT)
        look.foreground = styles->looks[STYLE_TEXT].foreground;
    if (look.background == THEME_DEFAULT)
        look.background = styles->looks[STYLE_TEXT].background;
    return look;
}

bool styles_load(struct styles *styles, const char *name, struct error *error)
{
    const char *names[STYLE_COUNT];
    struct theme_style looks[STYLE_COUNT];
    for (size_t i = 0; i < STYLE_COUNT; i++)
        names[i] = roles[i].name;
    char *path = theme_path(name);
    bool read = theme_read(path, names, STYLE_COUNT, looks, error);
    free(path);
    if (read)
        memcpy(styles->looks, looks, sizeof(looks));
    return read;
}

/* --- mapping to the screen --- */

static attr_t curses_attributes(unsigned attributes)
{
    return (attributes & THEME_BOLD ? A_BOLD : 0) | (attributes & THEME_DIM ? A_DIM : 0) |
           (attributes & THEME_ITALIC ? A_ITALIC : 0) | (attributes & THEME_UNDERLINE ? A_UNDERLINE : 0) |
           (attributes & THEME_REVERSE ? A_REVERSE : 0);
}

/* In direct colour the values 0 to 7 are still the palette's: the darkest blues step aside. */
static int direct_colour(int colour)
{
    if (!(colour & THEME_RGB) && colour < 8)
        return colour;
    int rgb = style_rgb(colour);
    return rgb < 8 ? 8 : rgb;
}

static int curses_colour(int colour, enum style_depth depth)
{
    if (colour < 0)
        return -1;
    if (depth == DEPTH_TRUE)
        return direct_colour(colour);
    if (depth == DEPTH_8)
        return !(colour & THEME_RGB) && colour < 16 ? colour % 8 : style_nearest_8(style_rgb(colour));
    return colour & THEME_RGB ? style_nearest_256(style_rgb(colour)) : colour;
}

static void map_mono(struct styles *styles)
{
    for (size_t i = 0; i < STYLE_COUNT; i++) {
        styles->attributes[i] = curses_attributes(roles[i].mono);
        styles->pairs[i] = 0;
    }
}

/* With eight colours two near ones can become the same: then the role falls back to its look without colour. */
static void map_role(struct styles *styles, enum style style, enum style_depth depth)
{
    struct theme_style look = styles_look(styles, style);
    int foreground = curses_colour(look.foreground, depth);
    int background = curses_colour(look.background, depth);
    if (depth == DEPTH_8 && foreground == COLOR_BLACK)
        look.attributes &= ~(unsigned)THEME_BOLD; /* many terminals draw bold black as grey */
    styles->attributes[style] = curses_attributes(look.attributes);
    styles->pairs[style] = 0;
    if (foreground == background && foreground >= 0) {
        styles->attributes[style] = curses_attributes(roles[style].mono);
        foreground = curses_colour(styles->looks[STYLE_TEXT].foreground, depth);
        background = curses_colour(styles->looks[STYLE_TEXT].background, depth);
    }
    if (foreground == -1 && background == -1)
        return;
    int pair = alloc_pair(foreground, background);
    if (pair > 0)
        styles->pairs[style] = pair;
    else
        styles->attributes[style] = curses_attributes(roles[style].mono);
}

/* A row or a part that is chosen must stand out from the text around it, also where the theme's shades of one
 * colour have become the same. */
static void set_apart(struct styles *styles, enum style style)
{
    if (styles->pairs[style] == styles->pairs[STYLE_TEXT] &&
        styles->attributes[style] == styles->attributes[STYLE_TEXT])
        styles->attributes[style] |= curses_attributes(roles[style].mono);
}

void styles_map(struct styles *styles, enum style_depth depth)
{
    if (depth == DEPTH_MONO) { /* alloc_pair must not be called: without colours it crashes */
        map_mono(styles);
        return;
    }
    for (size_t i = 0; i < STYLE_COUNT; i++)
        map_role(styles, (enum style)i, depth);
    set_apart(styles, STYLE_SELECTION);
    set_apart(styles, STYLE_CURSOR_LINE);
}

unsigned styles_attributes(const struct styles *styles, enum style style)
{
    return styles->attributes[style];
}

int styles_pair(const struct styles *styles, enum style style)
{
    return styles->pairs[style];
}
