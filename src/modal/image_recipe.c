/* image_recipe.c - what each kind of step becomes.
 *
 * Source: shared with the official Python client's Image class (builder versions 2024.10 and 2025.06). */
#include "modal/image_recipe.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/texts.h"
#include "modal/names.h"

#include <stdlib.h>
#include <string.h>

/* The list of lines while it grows. */
struct lines {
    struct arena *arena;
    const char **list;
    size_t count, capacity;
};

static void add_line(struct lines *lines, const char *line)
{
    if (lines->count + 2 > lines->capacity) {
        size_t capacity = lines->capacity ? lines->capacity * 2 : 8;
        const char **list = arena_take(lines->arena, capacity * sizeof *list);
        if (lines->count > 0)
            memcpy(list, lines->list, lines->count * sizeof *list);
        lines->list = list;
        lines->capacity = capacity;
    }
    lines->list[lines->count++] = line;
    lines->list[lines->count] = NULL;
}

/* --- words --- */

static bool is_safe(const char *text)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";

    return *text && text[strspn(text, safe)] == '\0';
}

const char *image_quote(struct arena *arena, const char *text)
{
    struct buffer quoted = BUFFER_INIT;

    if (is_safe(text))
        return arena_text(arena, text);
    buffer_append_byte(&quoted, '\'');
    for (const char *at = text; *at; at++)
        if (*at == '\'')
            buffer_append_text(&quoted, "'\"'\"'");
        else
            buffer_append_byte(&quoted, *at);
    buffer_append_byte(&quoted, '\'');
    char *result = arena_text(arena, quoted.data);
    buffer_release(&quoted);
    return result;
}

static int compare_words(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* PREFIX and the words, quoted, in their order or sorted by their bytes. */
static const char *join_words(struct arena *arena, const char *prefix, const char *const *words, bool sorted)
{
    size_t count = texts_count(words);
    const char **order = arena_copy(arena, words, (count + 1) * sizeof *order);
    struct buffer line = BUFFER_INIT;

    if (sorted)
        qsort(order, count, sizeof *order, compare_words);
    buffer_append_text(&line, prefix);
    for (size_t i = 0; i < count; i++)
        buffer_append_format(&line, " %s", image_quote(arena, order[i]));
    char *result = arena_text(arena, line.data);
    buffer_release(&line);
    return result;
}

/* --- the kinds of steps --- */

static void write_apt(struct lines *lines, const char *const *words)
{
    add_line(lines, "RUN apt-get update");
    add_line(lines, join_words(lines->arena, "RUN apt-get install -y", words, false));
}

static void write_pip(struct lines *lines, const char *const *words)
{
    add_line(lines, join_words(lines->arena, "RUN python -m pip install", words, true));
}

static void write_uv(struct lines *lines, const char *const *words)
{
    add_line(lines, "COPY --from=ghcr.io/astral-sh/uv:latest /uv /.uv/uv");
    add_line(lines, join_words(lines->arena,
                               "RUN /.uv/uv pip install --python $(command -v python) --compile-bytecode",
                               words, true));
}

/* The official clients have no such step; this is what a person would write. */
static void write_npm(struct lines *lines, const char *const *words)
{
    add_line(lines, join_words(lines->arena, "RUN npm install -g", words, false));
}

static void write_run(struct lines *lines, const char *const *words)
{
    for (; *words; words++)
        add_line(lines, arena_format(lines->arena, "RUN %s", *words));
}

static void write_dockerfile(struct lines *lines, const char *const *words)
{
    for (; *words; words++)
        add_line(lines, *words);
}

static void write_env(struct lines *lines, const char *const *words)
{
    for (; *words; words++) {
        const char *equals = strchr(*words, '=');
        add_line(lines, arena_format(lines->arena, "ENV %.*s=%s", (int)(equals - *words), *words,
                                     image_quote(lines->arena, equals + 1)));
    }
}

static void write_workdir(struct lines *lines, const char *const *words)
{
    add_line(lines, arena_format(lines->arena, "WORKDIR %s", image_quote(lines->arena, words[0])));
}

static void write_files(struct lines *lines, const char *const *words)
{
    (void)words; /* the context has them at their absolute paths */
    add_line(lines, "COPY . /");
}

/* --- what is refused --- */

static bool check_packages(const char *const *words, struct error *error)
{
    for (; *words; words++)
        if (!**words || **words == '-')
            return error_set(error, "\"%s\" is not a package; options need a run step of their own", *words);
    return true;
}

static bool check_env(const char *const *words, struct error *error)
{
    for (; *words; words++) {
        const char *equals = strchr(*words, '=');
        if (!equals || !modal_variable_valid(*words, (int)(equals - *words)))
            return error_set(error, "\"%s\" is not NAME=value", *words);
    }
    return true;
}

static bool check_workdir(const char *const *words, struct error *error)
{
    if (texts_count(words) != 1 || words[0][0] != '/')
        return error_set(error, "The working directory of an image is one absolute path");
    return true;
}

/* A local COPY has no context to copy from. */
static bool check_dockerfile(const char *const *words, struct error *error)
{
    for (; *words; words++) {
        const char *line = *words + strspn(*words, " \t");
        if (strncasecmp(line, "COPY", 4) == 0 && strchr(" \t", line[4]) && line[4] &&
            !strstr(line, "--from="))
            return error_set(error, "\"%s\" would copy local files; name them in a files step instead",
                             *words);
        if (strncasecmp(line, "FROM", 4) == 0 && strchr(" \t", line[4]) && line[4])
            return error_set(error, "\"%s\" has no place in a step: the base of the image is named once",
                             *words);
    }
    return true;
}

static bool check_files(const char *const *words, struct error *error)
{
    size_t count = texts_count(words);

    if (count % 2 != 0)
        return error_set(error, "Local files of an image come in pairs: local path, path in the image");
    for (size_t i = 1; i < count; i += 2)
        if (words[i][0] != '/')
            return error_set(error, "\"%s\" is not an absolute path of the image", words[i]);
    return true;
}

static const struct kind {
    const char *name;
    void (*write)(struct lines *lines, const char *const *words);
    bool (*check)(const char *const *words, struct error *error);
    bool runs;     /* commands of its own run */
    bool one_line; /* a line break in a word would make another Dockerfile line */
} kinds[] = {
    [MODAL_STEP_APT] = { "apt", write_apt, check_packages, true, true },
    [MODAL_STEP_PIP] = { "pip", write_pip, check_packages, true, true },
    [MODAL_STEP_UV] = { "uv", write_uv, check_packages, true, true },
    [MODAL_STEP_NPM] = { "npm", write_npm, check_packages, true, true },
    [MODAL_STEP_RUN] = { "run", write_run, NULL, true, false },
    [MODAL_STEP_DOCKERFILE] = { "dockerfile", write_dockerfile, check_dockerfile, true, false },
    [MODAL_STEP_ENV] = { "env", write_env, check_env, false, true },
    [MODAL_STEP_WORKDIR] = { "workdir", write_workdir, check_workdir, false, true },
    [MODAL_STEP_FILES] = { "files", write_files, check_files, false, true },
};

static bool check_step(const struct modal_step *step, struct error *error)
{
    const struct kind *kind = &kinds[step->kind];

    if (texts_count(step->words) == 0)
        return error_set(error, "A step \"%s\" of the image is empty", kind->name);
    for (size_t i = 0; step->words[i]; i++)
        if (kind->one_line && strpbrk(step->words[i], "\r\n"))
            return error_set(error, "A step \"%s\" of the image has a line break in it", kind->name);
    return !kind->check || kind->check(step->words, error);
}

/* --- the base --- */

/* Full versions that the builder's own base images are made of. */
static const struct python {
    const char *builder, *version, *full;
} pythons[] = {
    { "2025.06", "3.9", "3.9.22" },   { "2025.06", "3.10", "3.10.17" }, { "2025.06", "3.11", "3.11.12" },
    { "2025.06", "3.12", "3.12.10" }, { "2025.06", "3.13", "3.13.3" },  { "2025.06", "3.14", "3.14.2" },
    { "2024.10", "3.9", "3.9.20" },   { "2024.10", "3.10", "3.10.15" }, { "2024.10", "3.11", "3.11.10" },
    { "2024.10", "3.12", "3.12.6" },  { "2024.10", "3.13", "3.13.0" },
};

static const char default_python[] = "3.12";
static const char old_builder[] = "2024.10";

/* "3.12" or "3.12.1"; nothing else goes into the FROM line. */
static bool is_version(const char *version)
{
    size_t dots = 0;

    for (const char *at = version; *at; at++) {
        if (*at == '.' && (at == version || at[1] < '0' || at[1] > '9'))
            return false;
        if (*at != '.' && (*at < '0' || *at > '9'))
            return false;
        dots += *at == '.';
    }
    return dots == 1 || dots == 2;
}

/* A version with three parts is used as it is; NULL: not one that the builder knows. */
static const char *full_version(const char *builder, const char *version)
{
    bool old = strcmp(builder, old_builder) <= 0;

    if (strchr(version, '.') != strrchr(version, '.'))
        return version;
    for (size_t i = 0; i < ARRAY_SIZE(pythons); i++)
        if (strcmp(pythons[i].version, version) == 0 && (strcmp(pythons[i].builder, old_builder) == 0) == old)
            return pythons[i].full;
    return NULL;
}

static bool write_debian(struct image_layer *layer, struct lines *lines, const char *version,
                         const char *builder, struct error *error)
{
    const char *full = is_version(version) ? full_version(builder, version) : NULL;

    if (!full)
        return error_set(error, "debian_slim has no Python \"%s\"; 3.9 to %s, or three numbers, are fine",
                         version, strcmp(builder, old_builder) <= 0 ? "3.13" : "3.14");
    add_line(lines, arena_format(lines->arena, "FROM python:%s-slim-bookworm", full));
    if (strcmp(builder, old_builder) <= 0)
        return true; /* that builder's own lines need a file of Modal's */
    add_line(lines, "RUN apt-get update");
    add_line(lines, "RUN apt-get install -y gcc gfortran build-essential");
    add_line(lines, "RUN pip install --upgrade pip wheel uv");
    add_line(lines, "RUN echo 'debconf debconf/frontend select Noninteractive' | debconf-set-selections");
    add_line(lines, "CMD [\"sleep\", \"172800\"]");
    layer->name_space = MODAL_NAMESPACE_GLOBAL;
    return true;
}

static bool write_base(struct image_layer *layer, struct lines *lines, const char *base, const char *builder,
                       struct error *error)
{
    static const char debian[] = "debian_slim";

    if (strcmp(base, debian) == 0)
        return write_debian(layer, lines, default_python, builder, error);
    if (modal_id_has(base, "debian_slim:"))
        return write_debian(layer, lines, base + sizeof debian, builder, error);
    if (!*base || strpbrk(base, " \t\r\n"))
        return error_set(error, "\"%s\" is not the name of an image", base);
    if (strcmp(base, "scratch") == 0)
        layer->name_space = MODAL_NAMESPACE_GLOBAL;
    add_line(lines, arena_format(lines->arena, "FROM %s", base));
    return true;
}

/* --- the plan --- */

static bool is_known(const char *base)
{
    return modal_id_has(base, "im-") || modal_id_has(base, "name:");
}

static void plan_step(struct image_layer *layer, struct arena *arena, const struct modal_step *step)
{
    struct lines lines = { .arena = arena };

    add_line(&lines, "FROM base");
    kinds[step->kind].write(&lines, step->words);
    *layer = (struct image_layer){
        .lines = lines.list,
        .name_space = MODAL_NAMESPACE_WORKSPACE,
        .runs = kinds[step->kind].runs,
        .files = step->kind == MODAL_STEP_FILES ? step : NULL,
    };
}

bool image_plan_make(struct image_plan *plan, struct arena *arena, const struct modal_recipe *recipe,
                     const char *builder, struct error *error)
{
    struct image_layer *layers = arena_take(arena, (recipe->step_count + 1) * sizeof *layers);
    struct lines lines = { .arena = arena };
    const char *base = recipe->base ? recipe->base : "debian_slim";

    *plan = (struct image_plan){ .layers = layers };
    if (is_known(base)) {
        plan->known = base;
    } else {
        layers[0].name_space = MODAL_NAMESPACE_WORKSPACE;
        if (!write_base(&layers[0], &lines, base, builder, error))
            return false;
        layers[plan->count++].lines = lines.list;
    }
    for (size_t i = 0; i < recipe->step_count; i++) {
        if (!check_step(&recipe->steps[i], error))
            return false;
        plan_step(&layers[plan->count++], arena, &recipe->steps[i]);
    }
    return true;
}

struct modal_recipe *image_recipe_copy(struct arena *arena, const struct modal_recipe *recipe)
{
    struct modal_recipe *copy = arena_copy(arena, recipe, sizeof *recipe);
    struct modal_step *steps = arena_copy(arena, recipe->steps, recipe->step_count * sizeof *steps);

    copy->base = arena_text(arena, recipe->base);
    for (size_t i = 0; i < recipe->step_count; i++)
        steps[i].words = arena_texts(arena, recipe->steps[i].words);
    copy->steps = steps;
    copy->registry_secret = arena_text(arena, recipe->registry_secret);
    copy->registry_kind = arena_text(arena, recipe->registry_kind);
    copy->secrets = arena_texts(arena, recipe->secrets);
    copy->gpu = arena_text(arena, recipe->gpu);
    return copy;
}
