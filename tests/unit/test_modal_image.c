/* test_modal_image.c - the lines that a recipe becomes, byte for byte, what of a recipe is refused, and builds
 * against the stand-in: logs, breaks, failures, local files, names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/json.h"
#include "base/path.h"
#include "modal/image_recipe.h"
#include "modal/image_scan.h"
#include "modal/secrets.h"
#include "tests/unit/modal_stage.h"
#include "wire/grpc.h"

#include <sys/stat.h>
#include <unistd.h>

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

/* --- against the stand-in --- */

struct built {
    struct modal_stage *stage;
    struct modal_call *call;
    struct buffer log; /* lines */
    size_t layers, count;
    uint64_t done, total;
    char *workdir;
    size_t cancel_after; /* lines; 0: never */
    size_t lines;
};

static void tell_layer(void *data, size_t at, size_t count, const char *command)
{
    struct built *built = data;

    assert_int_equal(at, built->layers + 1);
    assert_true(*command);
    built->layers = at;
    built->count = count;
}

static void tell_log(void *data, const char *line)
{
    struct built *built = data;

    buffer_append_format(&built->log, "%s\n", line);
    if (++built->lines == built->cancel_after) {
        modal_call_cancel(built->call);
        built->stage->come = true;
    }
}

static void tell_progress(void *data, uint64_t done, uint64_t total)
{
    struct built *built = data;

    built->done = done;
    built->total = total;
}

static void tell_done(void *data, const struct modal_failure *failure, const char *image_id,
                      const char *workdir)
{
    struct built *built = data;

    modal_stage_take(built->stage, failure);
    built->stage->name = xstrdup_or_null(image_id);
    built->workdir = xstrdup_or_null(workdir);
}

static const struct modal_image_events events = { tell_layer, tell_log, tell_progress, tell_done };

static struct modal_stage *take_slow_stage(void **state)
{
    struct modal_stage *stage = take_stage(state);

    free(modal_server_control(stage->server, "DELETE", "/faults", NULL));
    /* So slow that a log is joined before it is over: that of a finished build is not sent. */
    free(modal_server_control(stage->server, "POST", "/settings", "{\"buildLineMs\":10,\"joinSeconds\":55}"));
    return stage;
}

static void built_release(struct built *built)
{
    buffer_release(&built->log);
    free(built->workdir);
}

/* Builds RECIPE in a fresh BUILT; the sentence of a failure, or NULL. */
static const char *build(struct modal_stage *stage, const struct modal_recipe *recipe, struct built *built)
{
    modal_stage_clear(stage);
    modal_app(stage->client, "images", true, modal_stage_named, stage);
    assert_null(modal_stage_wait(stage));
    char *app = xstrdup(stage->name);
    modal_stage_clear(stage);
    size_t cancel_after = built->cancel_after;
    *built = (struct built){ .stage = stage, .log = BUFFER_INIT, .cancel_after = cancel_after };
    built->call = modal_image_build(stage->client, app, recipe, &events, built);
    free(app);
    return modal_stage_wait(stage);
}

static void expect_built(struct modal_stage *stage, const struct modal_recipe *recipe, struct built *built)
{
    if (build(stage, recipe, built))
        fail_msg("%s", stage->sentence);
    assert_int_equal(strncmp(stage->name, "im-", 3), 0);
}

static void a_recipe_is_built_layer_by_layer_and_cached(void **state)
{
    struct modal_stage *stage = take_slow_stage(state);
    const struct modal_step steps[] = {
        { MODAL_STEP_ENV, WORDS("GREETING=hello there") },
        { MODAL_STEP_WORKDIR, WORDS("/work") },
        { MODAL_STEP_RUN, WORDS("echo made by $GREETING; echo > /work/made") },
    };
    struct modal_recipe recipe = { .base = "debian_slim:3.12", .steps = steps, .step_count = 3 };
    struct built built = { 0 };

    expect_built(stage, &recipe, &built);
    assert_int_equal(built.layers, 4);
    assert_int_equal(built.count, 4);
    assert_non_null(strstr(built.log.data, "\nmade by hello there\n"));
    assert_int_equal(built.total, 100);
    assert_string_equal(built.workdir, "/work");
    char *first = xstrdup(stage->name);
    built_release(&built);
    int64_t joins = modal_server_calls(stage->server, "ImageJoinStreaming");
    expect_built(stage, &recipe, &built);
    assert_string_equal(stage->name, first);
    assert_int_equal(modal_server_calls(stage->server, "ImageJoinStreaming"), joins);
    assert_int_equal(built.log.length, 0);
    built_release(&built);
    /* What is known by its id is not built. */
    int64_t builds = modal_server_calls(stage->server, "ImageGetOrCreate");
    struct modal_recipe known = { .base = first };
    expect_built(stage, &known, &built);
    assert_string_equal(stage->name, first);
    assert_string_equal(built.workdir, "/work");
    assert_int_equal(modal_server_calls(stage->server, "ImageGetOrCreate"), builds);
    built_release(&built);
    free(first);
}

static void a_failed_build_says_its_last_lines(void **state)
{
    struct modal_stage *stage = take_slow_stage(state);
    const struct modal_step step = { MODAL_STEP_RUN, WORDS("echo one last word", "FAIL") };
    struct modal_recipe recipe = { .base = "debian_slim", .steps = &step, .step_count = 1 };
    struct built built = { 0 };
    const char *sentence = build(stage, &recipe, &built);

    assert_non_null(sentence);
    assert_int_equal(stage->status, GRPC_FAILED_PRECONDITION);
    assert_non_null(strstr(sentence, "layer 2 of 2, RUN echo one last word) failed"));
    assert_non_null(strstr(sentence, "\n  one last word"));
    built_release(&built);
}

static void count_lines(const char *log, const char *line, size_t expected)
{
    size_t count = 0;

    for (const char *at = log; (at = strstr(at, line)); at++)
        count++;
    assert_int_equal(count, expected);
}

static void a_broken_log_goes_on_where_it_was(void **state)
{
    struct modal_stage *stage = take_slow_stage(state);
    static const char *const faults[] = {
        "{\"method\":\"ImageJoinStreaming\",\"do\":\"cut\",\"count\":2}",
        "{\"method\":\"ImageJoinStreaming\",\"do\":\"cut\",\"how\":\"middle\",\"nth\":2,\"count\":2}",
        "{\"method\":\"ImageJoinStreaming\",\"do\":\"cut\",\"how\":\"stream\",\"nth\":3,\"count\":2}",
        ("[{\"method\":\"ImageJoinStreaming\",\"do\":\"status\",\"code\":\"UNAVAILABLE\",\"count\":2},"
         "{\"method\":\"ImageJoinStreaming\",\"do\":\"goaway\",\"nth\":3}]"),
    };
    struct modal_step step = { MODAL_STEP_RUN,
                               WORDS("echo first", "echo second", "echo third", "echo fourth") };
    struct modal_recipe recipe = {
        .base = "debian_slim", .steps = &step, .step_count = 1, .ignore_cache = true
    };

    free(modal_server_control(stage->server, "POST", "/settings",
                              "{\"buildLineMs\":20,\"joinSeconds\":0.05}"));
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
        struct built built = { 0 };
        free(modal_server_control(stage->server, "DELETE", "/faults", NULL));
        free(modal_server_control(stage->server, "POST", "/faults", faults[i]));
        expect_built(stage, &recipe, &built);
        count_lines(built.log.data, "\nfirst\n", 1);
        count_lines(built.log.data, "\nsecond\n", 1);
        count_lines(built.log.data, "\nthird\n", 1);
        count_lines(built.log.data, "\nfourth\n", 1);
        built_release(&built);
    }
}

static void a_log_that_never_comes_is_given_up(void **state)
{
    struct modal_stage *stage = take_slow_stage(state);
    struct modal_recipe recipe = { .base = "debian_slim", .ignore_cache = true };
    struct built built = { 0 };

    free(modal_server_control(
        stage->server, "POST", "/faults",
        "{\"method\":\"ImageJoinStreaming\",\"do\":\"status\",\"code\":\"UNAVAILABLE\",\"count\":0}"));
    assert_non_null(build(stage, &recipe, &built));
    assert_int_equal(stage->status, GRPC_UNAVAILABLE);
    char *text = modal_server_control(stage->server, "GET", "/faults", NULL);
    struct json *json = json_parse(text, strlen(text), NULL);
    assert_int_equal(json_count(json_get(json, "fired")), 3);
    json_free(json);
    free(text);
    built_release(&built);
}

static void a_build_can_be_cancelled_by_its_own_log(void **state)
{
    struct modal_stage *stage = take_slow_stage(state);
    struct modal_recipe recipe = { .base = "debian_slim", .ignore_cache = true };

    for (size_t after = 1; after < 4; after++) {
        struct built built = { .cancel_after = after };
        assert_null(build(stage, &recipe, &built));
        assert_int_equal(built.lines, after);
        assert_null(stage->name);
        built_release(&built);
    }
}

static void a_build_can_be_cancelled_at_any_turn(void **state)
{
    struct modal_stage *stage = take_slow_stage(state);
    const struct modal_step steps[] = { { MODAL_STEP_RUN, WORDS("echo one") },
                                        { MODAL_STEP_FILES, WORDS("/etc/hostname", "/h") } };
    struct modal_recipe recipe = { .base = "python:3.12", .steps = steps, .step_count = 2 };
    bool whole = false;

    recipe.ignore_cache = true;
    for (int turns = 0; !whole && turns < 400; turns += 1 + turns / 8) {
        struct built built = { .stage = stage, .log = BUFFER_INIT };
        modal_stage_clear(stage);
        modal_app(stage->client, "images", true, modal_stage_named, stage);
        assert_null(modal_stage_wait(stage));
        char *app = xstrdup(stage->name);
        modal_stage_clear(stage);
        built.call = modal_image_build(stage->client, app, &recipe, &events, &built);
        free(app);
        for (int i = 0; i < turns && !stage->come; i++)
            loop_turn(stage->loop, 100);
        whole = stage->come;
        size_t lines = built.lines;
        if (!whole)
            modal_call_cancel(built.call);
        for (int i = 0; i < 5 && !whole; i++)
            loop_turn(stage->loop, 1);
        assert_true(stage->come == whole && built.lines == lines);
        built_release(&built);
    }
    assert_true(whole);
}

static void secrets_of_a_build_are_found_first(void **state)
{
    struct modal_stage *stage = take_slow_stage(state);
    static const char *const pairs[] = { "REGISTRY_USERNAME=me", "REGISTRY_PASSWORD=it", NULL };
    const struct modal_step step = { MODAL_STEP_RUN, WORDS("echo one") };
    struct modal_recipe recipe = { .base = "private/image", .steps = &step, .step_count = 1 };
    struct built built = { 0 };

    recipe.registry_secret = "registry";
    recipe.secrets = WORDS("registry");
    assert_non_null(build(stage, &recipe, &built));
    assert_int_equal(stage->status, GRPC_NOT_FOUND);
    built_release(&built);
    modal_stage_clear(stage);
    modal_secret_create(stage->client, "registry", pairs, true, modal_stage_named, stage);
    assert_null(modal_stage_wait(stage));
    expect_built(stage, &recipe, &built);
    built_release(&built);
    recipe.gpu = "T4:none";
    assert_non_null(build(stage, &recipe, &built));
    assert_int_equal(stage->status, GRPC_INVALID_ARGUMENT);
    built_release(&built);
}

static void wrong_recipes_cost_no_call(void **state)
{
    struct modal_stage *stage = take_slow_stage(state);
    struct modal_recipe recipe = { .base = "a b" };
    struct built built = { 0 };
    int64_t before = modal_server_calls(stage->server, "ImageGetOrCreate");

    assert_non_null(build(stage, &recipe, &built));
    assert_int_equal(stage->status, GRPC_INVALID_ARGUMENT);
    assert_int_equal(modal_server_calls(stage->server, "ImageGetOrCreate"), before);
    built_release(&built);
    struct modal_recipe unknown = { .base = "im-0000000000000000000000" };
    assert_non_null(build(stage, &unknown, &built));
    assert_int_equal(stage->status, GRPC_NOT_FOUND);
    assert_non_null(strstr(stage->sentence, "does not know the image im-0"));
    built_release(&built);
}

/* The text of FILE in the image's folder at the stand-in. Caller frees. */
static char *read_image_file(struct modal_stage *stage, const char *image_id, const char *file)
{
    char *place = xasprintf("%s/images/%s/%s", modal_server_folder(stage->server), image_id, file);
    struct buffer text;
    struct error error = ERROR_INIT;

    buffer_init(&text, 0);
    if (!path_read_file(place, &text, &error))
        fail_msg("%s", error_message(&error));
    free(place);
    return buffer_detach(&text);
}

static void local_files_go_up_once(void **state)
{
    struct modal_stage *stage = take_slow_stage(state);
    char folder[] = "/tmp/sandgate-test-XXXXXX";
    enum { LARGE = 5 << 20 };
    char *large = xmalloc(LARGE + 1);
    struct built built = { 0 };

    assert_non_null(mkdtemp(folder));
    char *tree = path_join(folder, "tree"), *small = path_join(folder, "tree/small"),
         *huge = path_join(folder, "tree/large");
    assert_int_equal(mkdir(tree, 0755), 0);
    write_text(small, "little\n");
    memset(large, 'x', LARGE);
    large[LARGE] = '\0';
    write_text(huge, large);
    assert_int_equal(chmod(small, 0750), 0);
    struct modal_step step = { MODAL_STEP_FILES, WORDS(tree, "/data") };
    struct modal_recipe recipe = { .base = "debian_slim", .steps = &step, .step_count = 1 };
    expect_built(stage, &recipe, &built);
    char *text = read_image_file(stage, stage->name, "data/small");
    assert_string_equal(text, "little\n");
    free(text);
    text = read_image_file(stage, stage->name, "data/large");
    assert_int_equal(strlen(text), LARGE);
    free(text);
    built_release(&built);
    int64_t puts = modal_server_calls(stage->server, "MountPutFile"),
            blobs = modal_server_calls(stage->server, "BlobCreate");
    assert_true(puts >= 2 && blobs == 1);
    recipe.force_build = true;
    expect_built(stage, &recipe, &built);
    assert_int_equal(modal_server_calls(stage->server, "MountPutFile"), puts);
    assert_int_equal(modal_server_calls(stage->server, "BlobCreate"), blobs);
    built_release(&built);
    path_remove_tree(folder, NULL);
    free(tree);
    free(small);
    free(huge);
    free(large);
}

struct names {
    struct modal_stage *stage;
    size_t count;
    char *tag;
};

static void take_names(void *data, const struct modal_failure *failure, const struct modal_image_name *names,
                       size_t count)
{
    struct names *taken = data;

    modal_stage_take(taken->stage, failure);
    taken->count = count;
    taken->tag = count > 0 ? xstrdup(names[0].tag) : NULL;
}

static void images_are_published_listed_found_and_deleted(void **state)
{
    struct modal_stage *stage = take_slow_stage(state);
    struct modal_recipe recipe = { .base = "debian_slim", .ignore_cache = true },
                        named = { .base = "name:mine:v1" };
    struct built built = { 0 };
    struct names names = { .stage = stage };

    expect_built(stage, &recipe, &built);
    built_release(&built);
    char *id = xstrdup(stage->name);
    modal_stage_clear(stage);
    modal_image_publish(stage->client, id, "mine:v1", modal_stage_named, stage);
    assert_null(modal_stage_wait(stage));
    modal_stage_clear(stage);
    modal_image_list(stage->client, "mine", take_names, &names);
    assert_null(modal_stage_wait(stage));
    assert_int_equal(names.count, 1);
    assert_string_equal(names.tag, "mine:v1");
    free(names.tag);
    expect_built(stage, &named, &built);
    assert_string_equal(stage->name, id);
    built_release(&built);
    modal_stage_clear(stage);
    modal_image_delete(stage->client, id, modal_stage_named, stage);
    assert_null(modal_stage_wait(stage));
    modal_stage_clear(stage);
    modal_image_delete(stage->client, id, modal_stage_named, stage);
    assert_non_null(modal_stage_wait(stage));
    struct modal_recipe missing = { .base = "name:nobody" };
    assert_non_null(build(stage, &missing, &built));
    assert_int_equal(stage->status, GRPC_NOT_FOUND);
    built_release(&built);
    free(id);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(debian_slim_is_character_for_character),
        cmocka_unit_test(bases_go_to_their_cache),
        cmocka_unit_test(steps_are_what_the_official_clients_write),
        cmocka_unit_test(wrong_recipes_are_refused),
        cmocka_unit_test(a_copy_owns_its_texts),
        cmocka_unit_test(local_files_stay_within_their_folder),
        cmocka_unit_test(a_recipe_is_built_layer_by_layer_and_cached),
        cmocka_unit_test(a_failed_build_says_its_last_lines),
        cmocka_unit_test(a_broken_log_goes_on_where_it_was),
        cmocka_unit_test(a_log_that_never_comes_is_given_up),
        cmocka_unit_test(a_build_can_be_cancelled_by_its_own_log),
        cmocka_unit_test(a_build_can_be_cancelled_at_any_turn),
        cmocka_unit_test(secrets_of_a_build_are_found_first),
        cmocka_unit_test(wrong_recipes_cost_no_call),
        cmocka_unit_test(local_files_go_up_once),
        cmocka_unit_test(images_are_published_listed_found_and_deleted),
    };
    return cmocka_run_group_tests(tests, modal_stage_setup, modal_stage_teardown);
}
