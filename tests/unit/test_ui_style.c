/* Roles, themes and colours: every theme names every role, and every text can be read. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/path.h"
#include "ui/style.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const themes[] = { "dark", "light", "high-contrast", "colour-blind" };
enum { THEMES = sizeof(themes) / sizeof(themes[0]) };

static struct styles *load(const char *name)
{
    struct styles *styles = styles_new();
    struct error error = ERROR_INIT;
    if (!styles_load(styles, name, &error))
        fail_msg("%s", error_message(&error));
    return styles;
}

static void test_names_both_ways(void **state)
{
    (void)state;
    for (int i = 0; i < STYLE_COUNT; i++) {
        enum style style;
        assert_non_null(style_name((enum style)i));
        assert_true(style_from_name(style_name((enum style)i), &style));
        assert_int_equal(style, i);
        assert_true(strlen(style_help((enum style)i)) > 10);
    }
    enum style style;
    assert_false(style_from_name("no such role", &style));
}

static void test_contrast_of_known_colours(void **state)
{
    (void)state;
    assert_true(fabs(style_contrast(0x000000, 0xffffff) - 21.0) < 0.01);
    assert_true(fabs(style_contrast(0xffffff, 0x777777) - 4.48) < 0.01);
    assert_true(fabs(style_contrast(0x123456, 0x123456) - 1.0) < 0.001);
}

static void test_nearest(void **state)
{
    (void)state;
    assert_int_equal(style_nearest_256(0x000000), 16);
    assert_int_equal(style_nearest_256(0xffffff), 231);
    assert_int_equal(style_nearest_256(0xff0000), 196);
    assert_int_equal(style_nearest_256(0x080808), 232);
    assert_int_equal(style_nearest_8(0xff2020), 1);
    assert_int_equal(style_nearest_8(0x101010), 0);
    for (int i = 16; i < 256; i++)
        assert_int_equal(style_rgb(style_nearest_256(style_rgb(i))), style_rgb(i));
}

/* Lines are seen, not read. */
static bool is_text(enum style style)
{
    return style != STYLE_BORDER && style != STYLE_BORDER_FOCUS && style != STYLE_TABLE &&
           style != STYLE_SCROLLBAR && style != STYLE_CARD_BORDER;
}

static void check_contrast(const char *theme, enum style style, const char *depth, int one, int other,
                           double least)
{
    double contrast = style_contrast(one, other);
    if (contrast < least)
        fail_msg("theme %s, %s, %s: #%06x on #%06x has a contrast of %.2f, wanted %.1f", theme,
                 style_name(style), depth, (unsigned)one, (unsigned)other, contrast, least);
}

/* As written, and as the 256 colours make it. */
static void test_text_can_be_read(void **state)
{
    (void)state;
    for (size_t t = 0; t < THEMES; t++) {
        struct styles *styles = load(themes[t]);
        for (int i = 0; i < STYLE_COUNT; i++) {
            struct theme_style look = styles_look(styles, (enum style)i);
            int one = style_rgb(look.foreground), other = style_rgb(look.background);
            double least = !is_text((enum style)i)                   ? 2.5
                           : strcmp(themes[t], "high-contrast") == 0 ? 7.0
                                                                     : 4.5;
            assert_true(one >= 0 && other >= 0);
            check_contrast(themes[t], (enum style)i, "exact", one, other, least);
            check_contrast(themes[t], (enum style)i, "256", style_rgb(style_nearest_256(one)),
                           style_rgb(style_nearest_256(other)), least);
        }
        styles_free(styles);
    }
}

static void test_themes_name_every_role(void **state)
{
    (void)state;
    const char *names[STYLE_COUNT];
    struct theme_style looks[STYLE_COUNT];
    for (int i = 0; i < STYLE_COUNT; i++)
        names[i] = style_name((enum style)i);
    for (size_t t = 0; t <= THEMES; t++) {
        char *path = theme_path(t < THEMES ? themes[t] : "mono");
        assert_true(theme_read(path, names, STYLE_COUNT, looks, NULL));
        for (int i = 0; i < STYLE_COUNT; i++)
            if (!looks[i].set)
                fail_msg("%s does not name %s", path, names[i]);
        free(path);
    }
}

/* The theme for monochrome is what is drawn on a monochrome terminal. */
static void test_mono_is_the_table(void **state)
{
    (void)state;
    struct styles *styles = load("mono");
    for (int i = 0; i < STYLE_COUNT; i++) {
        struct theme_style look = styles_look(styles, (enum style)i);
        assert_int_equal(look.foreground, THEME_DEFAULT);
        assert_int_equal(look.background, THEME_DEFAULT);
        assert_int_equal(look.attributes, style_mono((enum style)i));
    }
    styles_free(styles);
}

/* Simulated by Vienot's matrices: what must not be taken for one another stays apart. */
static int as_seen(int rgb, bool green_blind)
{
    double red = rgb >> 16 & 255, green = rgb >> 8 & 255, blue = rgb & 255;
    double mixed = green_blind ? 0.29275 * red + 0.70725 * green : 0.11238 * red + 0.88762 * green;
    double rest =
        green_blind ? -0.02234 * red + 0.02234 * green + blue : 0.00401 * red - 0.00401 * green + blue;
    rest = rest < 0 ? 0 : rest > 255 ? 255 : rest;
    return (int)mixed << 16 | (int)mixed << 8 | (int)rest;
}

static double apart(int one, int other)
{
    double red = (one >> 16 & 255) - (other >> 16 & 255), green = (one >> 8 & 255) - (other >> 8 & 255);
    double blue = (one & 255) - (other & 255);
    return sqrt(red * red + green * green + blue * blue);
}

static void test_colour_blind(void **state)
{
    (void)state;
    static const enum style pairs[][2] = { { STYLE_CALL_DONE, STYLE_CALL_FAILED },
                                           { STYLE_DIFF_ADD, STYLE_DIFF_REMOVE },
                                           { STYLE_CALL_RUNNING, STYLE_CALL_FAILED },
                                           { STYLE_OUTPUT, STYLE_OUTPUT_ERROR } };
    struct styles *styles = load("colour-blind");
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        int one = style_rgb(styles_look(styles, pairs[i][0]).foreground);
        int other = style_rgb(styles_look(styles, pairs[i][1]).foreground);
        assert_true(apart(as_seen(one, true), as_seen(other, true)) > 50);
        assert_true(apart(as_seen(one, false), as_seen(other, false)) > 50);
    }
    styles_free(styles);
}

static void test_bad_theme_keeps_the_former(void **state)
{
    (void)state;
    struct styles *styles = load("light");
    struct error error = ERROR_INIT;
    int before = styles_look(styles, STYLE_TEXT).foreground;
    assert_false(styles_load(styles, "no-such-theme", &error));
    assert_non_null(error.message);
    assert_int_equal(styles_look(styles, STYLE_TEXT).foreground, before);
    error_clear(&error);
    styles_free(styles);
}

/* sandgate-themes(5) names every role with the table's own words, and no other. */
static void test_manual_is_true(void **state)
{
    (void)state;
    struct buffer manual = BUFFER_INIT, entries = BUFFER_INIT;
    const char *source = getenv("SANDGATE_SOURCE");
    char *path = path_join(source ? source : SANDGATE_SOURCE_FOLDER, "doc/sandgate-themes.5");
    assert_true(path_read_file(path, &manual, NULL));
    for (int i = 0; i < STYLE_COUNT; i++)
        buffer_append_format(&entries, ".It Cm %s\n%s\n", style_name((enum style)i),
                             style_help((enum style)i));
    buffer_append_text(&entries, ".El\n.Sh EXAMPLES\n");
    assert_non_null(strstr(manual.data, entries.data));
    free(path);
    buffer_release(&manual);
    buffer_release(&entries);
}

static void test_default_is_that_of_text(void **state)
{
    (void)state;
    struct styles *styles = styles_new();
    struct theme_style text = { .foreground = 7, .background = 0 };
    struct theme_style role = { .foreground = 3, .background = THEME_DEFAULT, .attributes = THEME_BOLD };
    styles_set(styles, STYLE_TEXT, &text);
    styles_set(styles, STYLE_ERROR, &role);
    assert_int_equal(styles_look(styles, STYLE_ERROR).foreground, 3);
    assert_int_equal(styles_look(styles, STYLE_ERROR).background, 0);
    assert_int_equal(styles_look(styles, STYLE_DIM).foreground, 7);
    styles_free(styles);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_both_ways),
        cmocka_unit_test(test_contrast_of_known_colours),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_text_can_be_read),
        cmocka_unit_test(test_themes_name_every_role),
        cmocka_unit_test(test_mono_is_the_table),
        cmocka_unit_test(test_colour_blind),
        cmocka_unit_test(test_bad_theme_keeps_the_former),
        cmocka_unit_test(test_manual_is_true),
        cmocka_unit_test(test_default_is_that_of_text),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
