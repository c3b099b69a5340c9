/* run_bench.h - what the tests of `sandgate run` share: a home, a folder, a recorded model's script.  Included
 * once by each test; all of it is static. */
#ifndef SANDGATE_TESTS_RUN_BENCH_H
#define SANDGATE_TESTS_RUN_BENCH_H

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "tests/support/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define UNUSED __attribute__((unused))

struct home {
    char root[64];
    char *folder; /* goes up */
};

static void home_write(const struct home *home, const char *name, const char *text)
{
    char *path = path_join(home->root, name);

    assert_true(path_write_file(path, text, strlen(text), 0700, NULL));
    free(path);
}

static UNUSED char *home_read(const struct home *home, const char *name)
{
    struct buffer bytes = BUFFER_INIT;
    char *path = path_join(home->root, name);

    path_read_file(path, &bytes, NULL);
    free(path);
    return buffer_detach(&bytes);
}

/* The recorded model of this home: SCRIPT is JSON lines without the head. */
static UNUSED void home_replay(const struct home *home, const char *script)
{
    char *text = xasprintf("{\"replay\":1,\"name\":\"recorded\",\"words_per_second\":0}\n%s\n", script);

    home_write(home, "script.jsonl", text);
    free(text);
    home_write(home, ".config/sandgate/sandgate.yaml",
               "model:\n  provider: replay\n  script: ~/script.jsonl\n");
}

static UNUSED void home_server(const struct home *home, const char *url)
{
    char *text = xasprintf("model:\n  url: %s\n  name: m\n  max_retries: 0\n", url);

    home_write(home, ".config/sandgate/sandgate.yaml", text);
    free(text);
}

static int home_make(void **state)
{
    static const char *const variables[] = { "XDG_CONFIG_HOME",    "XDG_DATA_HOME",
                                             "XDG_STATE_HOME",     "SANDGATE_MODEL",
                                             "SANDGATE_API_KEY",   "SANDGATE_REPLAY_SPEED",
                                             "SANDGATE_MODEL_URL", "SANDGATE_CONFIG" };
    struct home *home = xcalloc(1, sizeof *home);

    strcpy(home->root, "/tmp/sandgate-run-XXXXXX");
    assert_non_null(mkdtemp(home->root));
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
        unsetenv(variables[i]);
    setenv("HOME", home->root, 1);
    char *config = path_join(home->root, ".config/sandgate");
    assert_true(path_make_folders(config, NULL));
    free(config);
    home->folder = path_join(home->root, "project");
    assert_true(path_make_folders(home->folder, NULL));
    assert_int_equal(chdir(home->folder), 0);
    *state = home;
    return 0;
}

static int home_remove(void **state)
{
    struct home *home = *state;

    assert_int_equal(chdir("/"), 0);
    path_remove_tree(home->root, NULL);
    free(home->folder);
    free(home);
    return 0;
}

#define ARGUMENTS(...) ((const char *const[]){ "run", __VA_ARGS__, NULL })

/* Runs to the end. */
#define RUN(program, ...)                                        \
    do {                                                         \
        program_start(program, ARGUMENTS(__VA_ARGS__), NULL, 0); \
        program_finish(program);                                 \
    } while (0)

static UNUSED void expect_code(const struct program *program, int code)
{
    if (program->code != code)
        fail_msg("code %d (signal %d), not %d\n%s%s", program->code, program->signal, code,
                 program->out_text.data, program->error_text.data);
}

#define assert_contains(text, part)                                   \
    do {                                                              \
        const char *contains_in = (text);                             \
        if (!strstr(contains_in, (part)))                             \
            fail_msg("\"%s\" is not in \"%s\"", (part), contains_in); \
    } while (0)

/* The line as JSON; fails when it is none.  Caller frees. */
static UNUSED struct json *line_json(const struct program *program, size_t index)
{
    struct error error = ERROR_INIT;
    const char *text = program->lines[index].text;
    struct json *json = json_parse(text, strlen(text), &error);

    if (!json)
        fail_msg("%s: %s", error_message(&error), text);
    return json;
}

/* Reads until a line holds PART. */
static UNUSED void wait_line(struct program *program, const char *part)
{
    for (size_t i = 0; program_wait_lines(program, i + 1); i++)
        if (strstr(program->lines[i].text, part))
            return;
    fail_msg("no line with \"%s\" came", part);
}

static UNUSED bool is_of_type(const struct json *json, const char *type)
{
    const char *name = json_get_text(json, "type");

    return name && strcmp(name, type) == 0;
}

static UNUSED size_t count_lines(const struct program *program, const char *type)
{
    size_t count = 0;

    for (size_t i = 0; i < program->line_count; i++) {
        struct json *json = line_json(program, i);
        count += is_of_type(json, type);
        json_free(json);
    }
    return count;
}

#endif
