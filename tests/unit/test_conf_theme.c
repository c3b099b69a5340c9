/* test_conf_theme.c - theme files: styles by role, and errors with their line. */
#include "conf/theme.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const roles[] = { "text", "border", "tool-error" };
enum { ROLES = ARRAY_SIZE(roles) };

/* Writes TEXT to a file and reads it as a theme; the file's name is cut from the sentences. */
static bool read_theme(const char *text, struct theme_style styles[ROLES], char **sentences)
{
    char name[] = "/tmp/sandgate-theme-XXXXXX";
    int file = mkstemp(name);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
    struct error error = ERROR_INIT;
    bool read = theme_read(name, roles, ROLES, styles, &error);
    unlink(name);
    *sentences = xstrdup(read ? "" : error_message(&error));
    for (char *at; (at = strstr(*sentences, name));)
        memmove(at, at + strlen(name), strlen(at + strlen(name)) + 1);
    error_clear(&error);
    return read;
}

static void styles_come_by_role(void **state)
{
    (void)state;
    struct theme_style styles[ROLES];
    char *sentences;
    assert_true(read_theme("text: default default\n"
                           "tool-error: \"#FF8000 236 bold underline\"\n",
                           styles, &sentences));
    assert_true(styles[0].set);
    assert_int_equal(styles[0].foreground, THEME_DEFAULT);
    assert_int_equal(styles[0].attributes, 0);
    assert_false(styles[1].set);
    assert_int_equal(styles[1].background, THEME_DEFAULT);
    assert_int_equal(styles[2].foreground, THEME_RGB | 0xff8000);
    assert_int_equal(styles[2].background, 236);
    assert_int_equal(styles[2].attributes, THEME_BOLD | THEME_UNDERLINE);
    free(sentences);
}

static void colours_have_four_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int colour;
    } good[] = {
        { "default", THEME_DEFAULT },
        { "black", 0 },
        { "white", 7 },
        { "bright-black", 8 },
        { "bright-white", 15 },
        { "0", 0 },
        { "255", 255 },
        { "#000000", THEME_RGB },
        { "#abCDef", THEME_RGB | 0xabcdef },
    };
    int colour;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        assert_true(theme_colour(good[i].text, &colour));
        assert_int_equal(colour, good[i].colour);
    }
    static const char *const bad[] = { "",        "256",      "-1",  "007",     "#fff",
                                       "#ggg000", "#1234567", "Red", "bright-", "1x" };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(theme_colour(bad[i], &colour));
}

static void errors_have_their_line(void **state)
{
    (void)state;
    struct theme_style styles[ROLES];
    char *sentences;
    assert_false(read_theme("txet: red blue\n"
                            "text: pink #202020 bold\n"
                            "border: [red]\n"
                            "tool-error: red blue blink\n",
                            styles, &sentences));
    assert_string_equal(
        sentences,
        ":1:1: txet is not a role of the screen\n"
        ":2:7: text must be \"FOREGROUND BACKGROUND [ATTRIBUTE...]\", in quotes where a # is in it\n"
        ":3:9: border must be a text\n"
        ":4:13: tool-error: blink is not bold, dim, italic, underline or reverse");
    free(sentences);
    assert_false(read_theme("text: pink 300\n", styles, &sentences));
    assert_string_equal(
        sentences,
        ":1:7: text: pink is not a colour: default, 0 to 255, a name such as red or bright-red, or #rrggbb\n"
        ":1:7: text: 300 is not a colour: default, 0 to 255, a name such as red or bright-red, or #rrggbb");
    free(sentences);
    assert_false(read_theme("- text\n", styles, &sentences));
    assert_string_equal(sentences, ":1:1: a theme must be a map from roles to styles");
    free(sentences);
    assert_false(read_theme("text: #202020\n", styles, &sentences));
    assert_string_equal(
        sentences,
        ":1:6: text must be \"FOREGROUND BACKGROUND [ATTRIBUTE...]\", in quotes where a # is in it");
    free(sentences);
}

static void a_missing_file_is_an_error(void **state)
{
    (void)state;
    struct theme_style styles[ROLES];
    struct error error = ERROR_INIT;
    assert_false(theme_read("/nowhere/x.yaml", roles, ROLES, styles, &error));
    assert_string_equal(error_message(&error),
                        "the theme cannot be used: cannot open /nowhere/x.yaml: No such file or directory");
    error_clear(&error);
}

static void a_name_is_one_of_ours_and_a_slash_makes_a_path(void **state)
{
    (void)state;
    char *path = theme_path("./x.yaml");
    assert_string_equal(path, "./x.yaml");
    free(path);
    setenv("SANDGATE_DATA", "/data", 1);
    path = theme_path("dark");
    assert_string_equal(path, "/data/themes/dark.yaml");
    free(path);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(styles_come_by_role),
        cmocka_unit_test(colours_have_four_forms),
        cmocka_unit_test(errors_have_their_line),
        cmocka_unit_test(a_missing_file_is_an_error),
        cmocka_unit_test(a_name_is_one_of_ours_and_a_slash_makes_a_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
