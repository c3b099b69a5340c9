/* test_modal_image.c - the lines that a recipe becomes, byte for byte, and what of a recipe is refused. */
#include "modal/image_recipe.h"

#include "base/error.h"
#include "base/memory.h"
#include "modal/image_scan.h"
#include "modal/md5.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define WORDS(...)        \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

static const char builder[] = "2025.06";

/* The lines of layer AT of the plan for BASE and STEP (words NULL: no step), joined by "|". */
static char *lines_of(const char *base, const struct modal_step *step, const char *version, size_t at)
{
    struct arena arena = ARENA_INIT;
    struct image_plan plan;
    struct error error = ERROR_INIT;
    struct modal_recipe recipe = { .base = base, .steps = step, .step_count = step ? 1 : 0 };
    char *text = xstrdup("");

    if (!image_plan_make(&plan, &arena, &recipe, version, &error))
        fail_msg("%s: %s", base, error_message(&error));
    assert_true(at < plan.count);
    for (const char *const *line = plan.layers[at].lines; *line; line++) {
        char *more = xasprintf("%s%s%s", text, *text ? "|" : "", *line);
        free(text);
        text = more;
    }
    arena_release(&arena);
    return text;
}

static void assert_lines(const char *base, const struct modal_step *step, const char *version,
                         const char *expected)
{
    char *lines = lines_of(base, step, version, step ? 1 : 0);

    assert_string_equal(lines, expected);
    free(lines);
}

static void debian_slim_is_character_for_character(void **state)
{
    (void)state;
    static const char rest[] =
        "|RUN apt-get update|RUN apt-get install -y gcc gfortran build-essential"
        "|RUN pip install --upgrade pip wheel uv"
        "|RUN echo 'debconf debconf/frontend select Noninteractive' | debconf-set-selections"
        "|CMD [\"sleep\", \"172800\"]";
    static const char *const rows[][2] = {
        { "debian_slim", "3.12.10" },       { "debian_slim:3.9", "3.9.22" },
        { "debian_slim:3.10", "3.10.17" },  { "debian_slim:3.11", "3.11.12" },
        { "debian_slim:3.13", "3.13.3" },   { "debian_slim:3.14", "3.14.2" },
        { "debian_slim:3.12.1", "3.12.1" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *expected = xasprintf("FROM python:%s-slim-bookworm%s", rows[i][1], rest);
        assert_lines(rows[i][0], NULL, builder, expected);
        free(expected);
    }
    assert_lines("debian_slim:3.12", NULL, "2024.10", "FROM python:3.12.6-slim-bookworm");
}

static void bases_go_to_their_cache(void **state)
{
    (void)state;
    static const struct {
        const char *base, *known;
        size_t count;
        int name_space;
    } rows[] = {
        { "debian_slim", NULL, 1, 3 },
        { "scratch", NULL, 1, 3 },
        { "python:3.12", NULL, 1, 1 },
        { "im-1", "im-1", 0, 0 },
        { "name:team:v1", "name:team:v1", 0, 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct arena arena = ARENA_INIT;
        struct image_plan plan;
        struct modal_recipe recipe = { .base = rows[i].base };
        assert_true(image_plan_make(&plan, &arena, &recipe, builder, NULL));
        assert_int_equal(plan.count, rows[i].count);
        if (rows[i].known)
            assert_string_equal(plan.known, rows[i].known);
        else
            assert_int_equal(plan.layers[0].name_space, rows[i].name_space);
        arena_release(&arena);
    }
}

static void steps_are_what_the_official_clients_write(void **state)
{
    (void)state;
    const struct {
        struct modal_step step;
        const char *lines;
    } rows[] = {
        { { MODAL_STEP_APT, WORDS("git", "a b") },
          "FROM base|RUN apt-get update|RUN apt-get install -y git 'a b'" },
        { { MODAL_STEP_PIP, WORDS("requests==2.31", "Flask", "httpx~=0.2", "x[y]") },
          "FROM base|RUN python -m pip install Flask 'httpx~=0.2' requests==2.31 'x[y]'" },
        { { MODAL_STEP_UV, WORDS("torch==2.7.1", "numpy") },
          "FROM base|COPY --from=ghcr.io/astral-sh/uv:latest /uv /.uv/uv"
          "|RUN /.uv/uv pip install --python $(command -v python) --compile-bytecode numpy torch==2.7.1" },
        { { MODAL_STEP_NPM, WORDS("@scope/a", "b") }, "FROM base|RUN npm install -g @scope/a b" },
        { { MODAL_STEP_RUN, WORDS("echo 'x' && y", "z") }, "FROM base|RUN echo 'x' && y|RUN z" },
        { { MODAL_STEP_DOCKERFILE, WORDS("USER me", "COPY --from=a /b /c") },
          "FROM base|USER me|COPY --from=a /b /c" },
        { { MODAL_STEP_ENV, WORDS("A=1", "B=it's", "C=") }, "FROM base|ENV A=1|ENV B='it'\"'\"'s'|ENV C=''" },
        { { MODAL_STEP_WORKDIR, WORDS("/a b") }, "FROM base|WORKDIR '/a b'" },
        { { MODAL_STEP_FILES, WORDS("x", "/y") }, "FROM base|COPY . /" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_lines("python:3.12", &rows[i].step, builder, rows[i].lines);
}

static void wrong_recipes_are_refused(void **state)
{
    (void)state;
    const struct modal_step wrong[] = {
        { MODAL_STEP_APT, WORDS("git\nRUN evil") },
        { MODAL_STEP_PIP, WORDS("--index-url=x") },
        { MODAL_STEP_APT, WORDS("") },
        { MODAL_STEP_ENV, WORDS("1A=2") },
        { MODAL_STEP_ENV, WORDS("A") },
        { MODAL_STEP_ENV, WORDS("A=1\nUSER root") },
        { MODAL_STEP_WORKDIR, WORDS("relative") },
        { MODAL_STEP_WORKDIR, WORDS("/a", "/b") },
        { MODAL_STEP_FILES, WORDS("a") },
        { MODAL_STEP_FILES, WORDS("a", "b") },
        { MODAL_STEP_DOCKERFILE, WORDS("COPY a b") },
        { MODAL_STEP_DOCKERFILE, WORDS(" from x") },
        { MODAL_STEP_RUN, NULL },
    };
    static const char *const bases[] = {
        "debian_slim:2.7",      "debian_slim:",  "debian_slim:3.12 x", "", "a b", "a\nb",
        "debian_slim:3.12.1.1", "debian_slim:.3"
    };

    for (size_t i = 0; i < ARRAY_SIZE(wrong) + ARRAY_SIZE(bases); i++) {
        struct arena arena = ARENA_INIT;
        struct image_plan plan;
        struct error error = ERROR_INIT;
        bool base = i >= ARRAY_SIZE(wrong);
        struct modal_recipe recipe = { .base = base ? bases[i - ARRAY_SIZE(wrong)] : "x",
                                       .steps = base ? NULL : &wrong[i],
                                       .step_count = !base };
        if (image_plan_make(&plan, &arena, &recipe, builder, &error))
            fail_msg("row %zu was taken", i);
        assert_non_null(error.message);
        error_clear(&error);
        arena_release(&arena);
    }
}

static void a_copy_owns_its_texts(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    char base[] = "python", word[] = "git";
    const char *words[] = { word, NULL };
    struct modal_step step = { MODAL_STEP_APT, words };
    struct modal_recipe recipe = { .base = base, .steps = &step, .step_count = 1 };
    struct modal_recipe *copy = image_recipe_copy(&arena, &recipe);

    base[0] = word[0] = 'X';
    assert_string_equal(copy->base, "python");
    assert_string_equal(copy->steps[0].words[0], "git");
    arena_release(&arena);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void local_files_stay_within_their_folder(void **state)
{
    (void)state;
    char folder[] = "/tmp/sandgate-test-XXXXXX";
    struct arena arena = ARENA_INIT;
    struct image_scan scan = { .arena = &arena };
    struct error error = ERROR_INIT;

    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(mkdir("tree", 0755), 0);
    assert_int_equal(mkdir("tree/inner", 0755), 0);
    write_text("tree/inner/b", "bb");
    write_text("tree/a", "a");
    write_text("outside", "secret");
    assert_int_equal(symlink("inner/b", "tree/link"), 0);
    assert_int_equal(symlink("../outside", "tree/leaves"), 0);
    assert_int_equal(symlink("nowhere", "tree/dangling"), 0);
    assert_true(image_scan_add(&scan, "outside", "/work/a", &error));
    assert_true(image_scan_add(&scan, "tree", "/work", &error));
    image_scan_sort(&scan);
    assert_int_equal(scan.skipped, 2);
    assert_int_equal(scan.count, 3);
    assert_string_equal(scan.files[0].remote, "/work/a");
    assert_int_equal(scan.files[0].size, 1); /* the later one won */
    assert_string_equal(scan.files[1].remote, "/work/inner/b");
    assert_string_equal(scan.files[2].remote, "/work/link");
    assert_false(image_scan_add(&scan, "missing", "/x", &error));
    error_clear(&error);
    image_scan_release(&scan);
    arena_release(&arena);
    assert_int_equal(chdir("/"), 0);
    char *command = xasprintf("rm -rf %s", folder);
    assert_int_equal(system(command), 0);
    free(command);
}

static void md5_is_that_of_the_rfc(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "", "d41d8cd98f00b204e9800998ecf8427e" },
        { "abc", "900150983cd24fb0d6963f7d28e17f72" },
        { "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
          "57edf4a22be3c955ac49da2e2107b67a" },
        { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
          "d174ab98d277d9f5a5611c2c9f419d9f" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct md5 md5;
        unsigned char digest[MD5_BYTES];
        char text[2 * MD5_BYTES + 1];
        md5_init(&md5);
        for (const char *at = rows[i][0]; *at; at++)
            md5_add(&md5, at, 1);
        md5_finish(&md5, digest);
        for (int k = 0; k < MD5_BYTES; k++)
            snprintf(text + 2 * k, 3, "%02x", digest[k]);
        assert_string_equal(text, rows[i][1]);
    }
}

int main(void)
{
    alarm(60);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(debian_slim_is_character_for_character),
        cmocka_unit_test(bases_go_to_their_cache),
        cmocka_unit_test(steps_are_what_the_official_clients_write),
        cmocka_unit_test(wrong_recipes_are_refused),
        cmocka_unit_test(a_copy_owns_its_texts),
        cmocka_unit_test(local_files_stay_within_their_folder),
        cmocka_unit_test(md5_is_that_of_the_rfc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
