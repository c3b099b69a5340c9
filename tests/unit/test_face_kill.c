/* `sandgate run` killed with SIGKILL at random moments, and gone on with by --continue: nothing that was said
 * before a command began is lost, no command runs twice, and the log stays whole.
 *
 * SANDGATE_SOAK=1 makes it 500 kills instead of 15, and then what was said more than a moment before a kill is not
 * lost, either: how long a moment takes is up to the machine.  SANDGATE_SEED repeats a run. */
#include "tests/unit/run_bench.h"

#include "base/clock.h"
#include "base/map.h"

#include <signal.h>

enum {
    COMMANDS = 40, /* of one session */
    CALLS = 4096,
    MOMENT = 400,     /* milliseconds: 100 are promised, the rest is for a busy machine */
    LONGEST_LIFE = 60 /* lines after which a process is killed at the latest */
};

struct kills {
    const struct home *home;
    uint64_t seed;
    bool soak;
    int left; /* kills to come */
    int sessions;
    bool begun;         /* the session is in the log */
    struct buffer said; /* "SEQ TYPE TIME\n" of lines that must be in the log */
    size_t commands_run;
};

static int64_t number_of(const char *name, int64_t fallback)
{
    const char *text = getenv(name);

    return text && *text ? strtoll(text, NULL, 10) : fallback;
}

static unsigned below(struct kills *kills, unsigned limit)
{
    kills->seed ^= kills->seed << 13;
    kills->seed ^= kills->seed >> 7;
    kills->seed ^= kills->seed << 17;
    return (unsigned)(kills->seed % limit);
}

/* Each step runs one command that writes down its number; now and then two of them in one answer. */
static void write_script(const struct home *home)
{
    struct buffer script = BUFFER_INIT;

    for (int i = 0; i < COMMANDS; i++) {
        buffer_append_format(
            &script,
            "{\"text\":\"Step %d of many.\",\"calls\":[{\"tool\":\"run_command\",\"arguments\":"
            "{\"command\":\"echo %d >>ran; echo some output\"}}",
            i, i);
        if (i % 4 == 0)
            buffer_append_format(&script,
                                 ",{\"tool\":\"read_file\",\"arguments\":{\"path\":\"ran\"}},"
                                 "{\"tool\":\"run_command\",\"arguments\":{\"command\":"
                                 "\"sleep 0.02; echo %d >>ran\"}}",
                                 i + 1000);
        buffer_append_text(&script, "]}\n");
    }
    buffer_append_text(&script, "{\"step\":\"end\",\"text\":\"All done.\",\"goto\":\"end\"}");
    home_replay(home, script.data);
    buffer_release(&script);
}

static void note_line(struct kills *kills, const struct json *line)
{
    buffer_append_format(&kills->said, "%lld %s %s\n", (long long)json_get_integer(line, "seq", 0),
                         json_get_text(line, "type"), json_get_text(line, "time"));
}

/* Lines that are in the log for certain: that a command starts is on disk before it does, so when its end was
 * told, that line is there with all before it. */
static size_t certain_lines(const struct program *program)
{
    size_t started[CALLS] = { 0 }, certain = 0;

    for (size_t i = 0; i < program->line_count; i++) {
        struct json *line = line_json(program, i);
        int64_t call = json_get_integer(line, "call", 0);
        assert_in_range(call, 0, CALLS - 1);
        if (is_of_type(line, "started"))
            started[call] = i + 1;
        else if (is_of_type(line, "ended") && started[call] > certain)
            certain = started[call];
        json_free(line);
    }
    return certain;
}

/* What must be in the log: what is certain, and what was read before BEFORE (clock_steady). */
static void note_lines(struct kills *kills, const struct program *program, int64_t before)
{
    size_t certain = certain_lines(program);

    for (size_t i = 0; i < program->line_count && (i < certain || program->lines[i].time < before); i++) {
        struct json *line = line_json(program, i);
        note_line(kills, line);
        kills->begun = true;
        json_free(line);
    }
}

/* Lets a process live for a while and kills it.  True when it ended by itself before. */
static bool live(struct kills *kills)
{
    struct program program;
    const char *arguments[] = { "run",      "-p",    "Go on.",     "--approve", "auto",
                                "--output", "jsonl", "--continue", NULL };

    if (!kills->begun)
        arguments[7] = NULL;
    program_start(&program, arguments, NULL, 0);
    size_t lines = 1 + below(kills, LONGEST_LIFE);
    bool alive = kills->left == 0 ? false : program_wait_lines(&program, lines);
    int64_t before = INT64_MAX;
    if (alive) {
        usleep(below(kills, 30000));
        before = kills->soak ? clock_steady() - MOMENT : 0;
        kill(program.process, SIGKILL);
        kills->left--;
    }
    program_finish(&program);
    if (!alive) {
        if (program.code == 2 && strstr(program.error_text.data, "There is no session")) {
            kills->begun = false; /* killed before anything of it was on disk */
            program_release(&program);
            return false;
        }
        expect_code(&program, 0);
    }
    note_lines(kills, &program, before);
    /* A process that lived for less than a moment still leaves its session, mostly; --continue says if not. */
    kills->begun = kills->begun || alive;
    program_release(&program);
    return !alive;
}

/* --- what must be true in the end --- */

static char *export(const char *session)
{
    struct program program;

    program_start(&program, (const char *const[]){ "sessions", "export", session, "--format", "jsonl", NULL },
                  NULL, 0);
    program_finish(&program);
    expect_code(&program, 0);
    char *text = buffer_detach(&program.out_text);
    program_release(&program);
    return text;
}

static char *newest_session(void)
{
    struct program program;

    program_start(&program, (const char *const[]){ "sessions", "list", "--json", NULL }, NULL, 0);
    program_finish(&program);
    expect_code(&program, 0);
    assert_true(program.line_count > 0);
    struct json *json = line_json(&program, 0);
    const struct json *first = json_is(json, JSON_ARRAY) ? json_at(json, 0) : json;
    char *id =
        xstrdup(json_get_text(first, "id") ? json_get_text(first, "id") : json_get_text(first, "session"));
    json_free(json);
    program_release(&program);
    return id;
}

static void expect_verified(const char *session)
{
    struct program program;

    program_start(&program, (const char *const[]){ "sessions", "verify", session, NULL }, NULL, 0);
    program_finish(&program);
    expect_code(&program, 0);
    program_release(&program);
}

struct tally {
    unsigned char started[COMMANDS + 1100]; /* by the number that the command writes */
    unsigned char results[CALLS];
    unsigned char calls[CALLS];
    int64_t seq;
};

static void tally_line(struct tally *tally, const struct json *line, struct buffer *log)
{
    int64_t call = json_get_integer(line, "call", 0);

    assert_int_equal(json_get_integer(line, "seq", 0), ++tally->seq);
    assert_int_equal(json_get_integer(line, "parent", -1), tally->seq - 1);
    assert_in_range(call, 0, sizeof tally->calls - 1);
    buffer_append_format(log, "%lld %s %s\n", (long long)tally->seq, json_get_text(line, "type"),
                         json_get_text(line, "time"));
    if (is_of_type(line, "call"))
        assert_int_equal(++tally->calls[call], 1);
    if (is_of_type(line, "result"))
        assert_int_equal(++tally->results[call], 1);
    if (is_of_type(line, "started"))
        assert_int_equal(tally->calls[call], 1);
}

/* Every line that had to be kept is there. */
static void expect_said(const struct kills *kills, const struct buffer *log)
{
    const char *at = kills->said.data;
    const char *from = log->data;

    while (*at) {
        size_t length = strcspn(at, "\n") + 1;
        char *line = xstrndup(at, length);
        const char *found = strstr(from, line);
        if (!found)
            fail_msg("lost: %s", line);
        free(line);
        at += length;
    }
}

static void check_log(struct kills *kills, const char *session)
{
    static struct tally tally;
    struct buffer log = BUFFER_INIT;
    char *text = export(session);

    memset(&tally, 0, sizeof tally);
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "\n");
        struct json *line = json_parse(at, length, NULL);
        assert_non_null(line);
        tally_line(&tally, line, &log);
        json_free(line);
        at += length + (at[length] == '\n');
    }
    for (size_t i = 0; i < sizeof tally.calls; i++)
        assert_int_equal(tally.calls[i], tally.results[i]);
    expect_said(kills, &log);
    buffer_release(&log);
    free(text);
    expect_verified(session);
}

/* The commands' own book: each number at most once. */
static void check_commands(struct kills *kills, const char *session)
{
    char *name = xasprintf(".local/share/sandgate/sessions/%s/sandbox/workspace/ran", session);
    char *ran = home_read(kills->home, name), *end = ran;
    unsigned char times[2048] = { 0 };

    while (*end) {
        long number = strtol(end, &end, 10);
        assert_in_range(number, 0, sizeof times - 1);
        if (++times[number] != 1)
            fail_msg("command %ld ran twice", number);
        kills->commands_run++;
        end += *end == '\n';
    }
    free(ran);
    free(name);
}

static void test_kills(void **state)
{
    bool soak = number_of("SANDGATE_SOAK", 0) != 0;
    struct kills kills = { .home = *state,
                           .seed = (uint64_t)number_of("SANDGATE_SEED", 20261121),
                           .soak = soak,
                           .left = soak ? 500 : 15,
                           .said = BUFFER_INIT };
    int planned = kills.left;

    buffer_init(&kills.said, 0);
    write_script(kills.home);
    while (kills.left > 0) {
        kills.begun = false;
        kills.sessions++;
        buffer_clear(&kills.said);
        while (!live(&kills) && kills.begun)
            ;
        if (!kills.begun)
            continue;
        char *session = newest_session();
        check_log(&kills, session);
        check_commands(&kills, session);
        free(session);
    }
    print_message("# %d kills in %d sessions, %zu commands, seed %lld\n", planned, kills.sessions,
                  kills.commands_run, (long long)number_of("SANDGATE_SEED", 20261121));
    buffer_release(&kills.said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kills, home_make, home_remove),
    };
    alarm(number_of("SANDGATE_SOAK", 0) != 0 ? 1800 : 600);
    return cmocka_run_group_tests_name("face/kill", tests, NULL, NULL);
}
