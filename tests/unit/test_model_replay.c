/* The recorded model: its script's branches, its pace, and that the demo always comes to a sensible end. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/path.h"
#include "loop/loop.h"
#include "model/model.h"
#include "model/replay_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* --- a listener that writes down what it is told --- */

struct heard {
    struct messages *messages; /* the answer is added here when it is done */
    struct buffer text, reasoning, arguments;
    struct message answer;
    bool finished;
    size_t pieces;
    enum model_finish finish;
    struct model_run *cancel_at_text;
};

static void hear_text(void *data, const char *bytes, size_t length)
{
    struct heard *heard = data;
    heard->pieces++;
    buffer_append(&heard->text, bytes, length);
    if (heard->cancel_at_text)
        model_cancel(heard->cancel_at_text);
}

static void hear_reasoning(void *data, const char *bytes, size_t length)
{
    struct heard *heard = data;
    buffer_append(&heard->reasoning, bytes, length);
}

static void hear_call_begin(void *data, const char *id, const char *tool)
{
    struct heard *heard = data;
    buffer_clear(&heard->arguments);
    message_add_call(&heard->answer, id, tool, "{}");
}

static void hear_call_arguments(void *data, const char *bytes, size_t length)
{
    struct heard *heard = data;
    buffer_append(&heard->arguments, bytes, length);
}

static void hear_call_end(void *data, const char *arguments, const char *refused)
{
    struct heard *heard = data;
    assert_null(refused);
    assert_string_equal(arguments, heard->arguments.data);
    struct message_call *call = &heard->answer.calls[heard->answer.call_count - 1];
    free(call->arguments);
    call->arguments = xstrdup(arguments);
}

static void hear_done(void *data, enum model_finish finish)
{
    struct heard *heard = data;
    heard->finished = true;
    heard->finish = finish;
}

static void hear_failed(void *data, enum model_failure failure, const char *sentence)
{
    (void)data, (void)failure;
    fail_msg("the recorded model failed: %s", sentence);
}

static const struct model_events hearing = {
    .text = hear_text,
    .reasoning = hear_reasoning,
    .call_begin = hear_call_begin,
    .call_arguments = hear_call_arguments,
    .call_end = hear_call_end,
    .done = hear_done,
    .failed = hear_failed,
};

static void forget(struct heard *heard)
{
    buffer_release(&heard->text);
    buffer_release(&heard->reasoning);
    buffer_release(&heard->arguments);
}

/* Runs one request to its end and appends the answer to MESSAGES. */
static void let_it_speak(struct loop *loop, struct model *model, struct messages *messages,
                         struct heard *heard)
{
    *heard = (struct heard){ .text = BUFFER_INIT, .reasoning = BUFFER_INIT, .arguments = BUFFER_INIT };
    model_start(model, messages, NULL, 0, &hearing, heard);
    while (!heard->finished)
        loop_turn(loop, -1);
    struct message *said = messages_add(messages, MESSAGE_ASSISTANT, heard->text.data);
    said->calls = heard->answer.calls;
    said->call_count = heard->answer.call_count;
}

static void answer(struct messages *messages, const char *id, const char *text)
{
    message_answers(messages_add(messages, MESSAGE_TOOL, text), id, "tool");
}

static char *demo_script(void)
{
    return path_join(getenv("SANDGATE_SOURCE") ? getenv("SANDGATE_SOURCE") : SANDGATE_SOURCE_FOLDER,
                     "contrib/demo/demo.jsonl");
}

/* --- the demo --- */

#define IMPORT_FAILS "E   ModuleNotFoundError: No module named 'fib'\n1 error in 0.04s\nexit code 2"
#define REPLACED "/repo/pyproject.toml was replaced (172 bytes)"
#define PASSES "4 passed in 0.01s\nexit code 0"
#define EDITED "The person edited the command before it ran. What ran:\npython3 -m pytest\n\n"

/* A walk through the demo: the result of the test run, of the edit, of the second run. */
static const struct {
    const char *first, *edit, *second;
    const char *end;  /* label of the last step before the afterword */
    const char *says; /* words of that step */
} walks[] = {
    { IMPORT_FAILS, REPLACED, PASSES, "passed", "all four pass" },
    { "Rejected by the person.", REPLACED, PASSES, "passed", "all four pass" },
    { "Rejected by the person: too slow", REPLACED, "Rejected by the person.", "unverified",
      "preferred not to run them" },
    { EDITED PASSES, REPLACED, PASSES, "passed", "all four pass" },
    { EDITED IMPORT_FAILS, REPLACED, EDITED PASSES, "passed_edited", "as you changed it" },
    { EDITED "hello\nexit code 0", REPLACED, EDITED "hello\nexit code 0", "unverified_other",
      "does not show the tests passing" },
    { "pytest: command not found\nexit code 127", REPLACED, "pytest: command not found\nexit code 127",
      "unverified_surprise", "did not end well" },
    { IMPORT_FAILS, "Rejected by the person.", NULL, "unedited", "You did not want the edit" },
    { IMPORT_FAILS, "Rejected by the person: leave it", NULL, "unedited_words", "You told me why" },
    { IMPORT_FAILS, "\"old\" does not occur in /repo/pyproject.toml", PASSES, "unedited_failed",
      "could not change" },
    { IMPORT_FAILS, REPLACED, IMPORT_FAILS, "still_failing", "still do not pass" },
    { IMPORT_FAILS, REPLACED, "1 failed, 3 passed\nexit code 1", "still_failing", "still do not pass" },
    { EDITED "1 failed, 3 passed\nexit code 1", REPLACED, EDITED "usage: pytest\nexit code 4",
      "unverified_surprise", "did not end well" },
    { "\nTimed out: it and everything that it had started was killed.", REPLACED, PASSES, "passed",
      "all four" },
    { PASSES, NULL, NULL, "fine_at_once", "I changed nothing" },
    { "Denied by the policy: no", REPLACED, "Denied by the policy: no", "unverified_other",
      "does not show the tests passing" },
};

static const char *result_of(size_t walk, const struct replay_call *call, size_t *runs)
{
    if (strcmp(call->tool, "run_command") == 0)
        return (*runs)++ ? walks[walk].second : walks[walk].first;
    if (strcmp(call->tool, "edit_file") == 0 || strcmp(call->tool, "write_file") == 0)
        return walks[walk].edit;
    return "README.md\nfib.py";
}

static void demo_takes_each_branch(void **state)
{
    (void)state;
    char *path = demo_script();
    struct replay_script *script = replay_script_load(path, NULL);
    assert_non_null(script);
    for (size_t walk = 0; walk < ARRAY_SIZE(walks); walk++) {
        struct messages messages = MESSAGES_INIT;
        const struct replay_step *step, *last = NULL;
        const char *aside;
        size_t runs = 0;
        messages_add(&messages, MESSAGE_USER, "Explore /repo");
        for (int i = 0; i < 20; i++) {
            step = replay_script_next(script, &messages, &aside);
            if (strcmp(step->label, "afterwards") == 0)
                break;
            last = step;
            struct message *said = messages_add(&messages, MESSAGE_ASSISTANT, step->text);
            for (size_t c = 0; c < step->call_count; c++)
                message_add_call(said, "id", step->calls[c].tool, step->calls[c].arguments);
            for (size_t c = 0; c < step->call_count; c++) {
                const char *result = result_of(walk, &step->calls[c], &runs);
                assert_non_null(result);
                answer(&messages, "id", result);
            }
        }
        assert_string_equal(step->label, "afterwards");
        assert_string_equal(last->label, walks[walk].end);
        assert_non_null(strstr(last->text, walks[walk].says));
        messages_release(&messages);
    }
    replay_script_free(script);
    free(path);
}

/* Whatever happens to each call, in any mixture, the demo ends within a few steps and every step is used. */
static void demo_always_ends(void **state)
{
    (void)state;
    static const char *const fates[] = {
        "fine",
        "Timed out: it was killed",
        REPLACED,
        "/repo/pyproject.toml was created (172 bytes)",
        "Rejected by the person.",
        "Rejected by the person: words",
        "Denied by the policy",
        PASSES,
        EDITED PASSES,
        EDITED IMPORT_FAILS,
        EDITED "exit code 0",
        "Error",
        "1 failed in 1s\nexit code 1",
        IMPORT_FAILS,
        "",
    };
    char *path = demo_script();
    struct replay_script *script = replay_script_load(path, NULL);
    struct map *seen = map_new(NULL);
    unsigned dice = 1;
    for (int round = 0; round < 2000; round++) {
        struct messages messages = MESSAGES_INIT;
        const struct replay_step *step;
        const char *aside;
        int steps = 0;
        do {
            assert_true(++steps < 10);
            step = replay_script_next(script, &messages, &aside);
            map_set(seen, step->label, (void *)step);
            assert_null(aside);
            struct message *said = messages_add(&messages, MESSAGE_ASSISTANT, step->text);
            for (size_t c = 0; c < step->call_count; c++)
                message_add_call(said, "id", "tool", "{}");
            for (size_t c = 0; c < step->call_count; c++) {
                dice = dice * 1103515245 + 12345;
                answer(&messages, "id", fates[(dice >> 16) % ARRAY_SIZE(fates)]);
            }
        } while (strcmp(step->label, "afterwards") != 0);
        messages_release(&messages);
    }
    assert_int_equal(map_count(seen), 26);
    map_free(seen);
    replay_script_free(script);
    free(path);
}

static void demo_is_spoken_as_written(void **state)
{
    (void)state;
    char *path = demo_script();
    struct loop *loop = loop_new();
    struct error error = ERROR_INIT;
    struct model *model =
        model_open(loop, NULL, &(struct model_options){ .provider = "replay", .script = path }, &error);
    assert_non_null(model);
    assert_string_equal(model_name(model), "recorded");
    struct messages messages = MESSAGES_INIT;
    messages_add(&messages, MESSAGE_USER, "Explore /repo");
    struct heard heard;
    let_it_speak(loop, model, &messages, &heard);
    assert_int_equal(heard.finish, MODEL_FINISH_CALLS);
    assert_int_equal(heard.answer.call_count, 1);
    assert_string_equal(heard.answer.calls[0].id, "call_1");
    assert_string_equal(heard.answer.calls[0].tool, "list_directory");
    assert_string_equal(heard.answer.calls[0].arguments, "{\"path\":\"/repo\"}");
    assert_non_null(strstr(heard.text.data, "what is in `/repo`"));
    assert_true(heard.reasoning.length > 0);
    forget(&heard);
    answer(&messages, "call_1", "README.md  230 bytes");
    let_it_speak(loop, model, &messages, &heard);
    assert_int_equal(heard.answer.call_count, 4);
    assert_string_equal(heard.answer.calls[3].id, "call_5");
    forget(&heard);
    messages_release(&messages);
    model_close(model);
    loop_free(loop);
    free(path);
}

/* --- scripts of the tests' own --- */

static char *write_script(const char *text)
{
    char *path = xstrdup("/tmp/sandgate-test-XXXXXX");
    int fd = mkstemp(path);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    return path;
}

#define HEAD "{\"replay\": 1, \"name\": \"r\", \"aside\": \"Aside. \"}\n"

static void place_follows_from_the_conversation(void **state)
{
    (void)state;
    char *path = write_script(HEAD "{\"step\": \"a\", \"text\": \"A\", \"calls\": [{\"tool\": \"t\", "
                                   "\"arguments\": {}}]}\n\n{\"step\": \"b\", \"text\": \"B\"}\n");
    struct replay_script *script = replay_script_load(path, NULL);
    struct messages messages = MESSAGES_INIT;
    const char *aside;
    messages_add(&messages, MESSAGE_USER, "go");
    assert_string_equal(replay_script_next(script, &messages, &aside)->label, "a");
    /* Stopped in mid-sentence: the step is said again, behind the aside when the person wrote. */
    messages_add(&messages, MESSAGE_ASSISTANT, "A");
    messages_add(&messages, MESSAGE_USER, "go on");
    assert_string_equal(replay_script_next(script, &messages, &aside)->label, "a");
    assert_string_equal(aside, "Aside. ");
    message_add_call(messages_add(&messages, MESSAGE_ASSISTANT, "A"), "1", "t", "{}");
    answer(&messages, "1", "fine");
    assert_string_equal(replay_script_next(script, &messages, &aside)->label, "b");
    assert_null(aside);
    /* After the last step the last step again, and then there is nothing to go on with: no aside. */
    messages_add(&messages, MESSAGE_ASSISTANT, "B");
    messages_add(&messages, MESSAGE_USER, "and now?");
    assert_string_equal(replay_script_next(script, &messages, &aside)->label, "b");
    assert_null(aside);
    messages_release(&messages);
    replay_script_free(script);
    unlink(path);
    free(path);
}

static void bad_scripts_name_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        { "", "no step" },
        { HEAD, "no step" },
        { "{\"name\": \"r\"}\n", "line 1" },
        { HEAD "{\"step\": }\n", "line 2" },
        { HEAD "{\"step\": \"a\", \"goto\": \"z\"}\n", "line 2: there is no step \"z\"" },
        { HEAD "{\"step\": \"a\", \"calls\": [{\"tool\": \"t\", \"arguments\": {}}, {\"tool\": \"t\"}]}\n",
          "line 2: a call needs" },
        { HEAD "{\"step\": \"a\", \"next\": [{\"when\": \"ok\", \"goto\": \"a\"}, {\"when\": \"ok\"}]}\n",
          "has no \"goto\"" },
        { HEAD "{\"step\": \"a\", \"next\": [{\"when\": \"sad\", \"goto\": \"a\"}]}\n",
          "\"sad\" is no outcome" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *path = write_script(cases[i].text);
        struct error error = ERROR_INIT;
        assert_null(replay_script_load(path, &error));
        assert_non_null(strstr(error_message(&error), cases[i].sentence));
        assert_non_null(strstr(error_message(&error), path));
        error_clear(&error);
        unlink(path);
        free(path);
    }
    struct error error = ERROR_INIT;
    assert_null(replay_script_load("/nonexistent/script", &error));
    error_clear(&error);
}

static void cancel_from_inside_a_callback(void **state)
{
    (void)state;
    char *path = write_script(HEAD "{\"step\": \"a\", \"text\": \"one two three\"}\n");
    struct loop *loop = loop_new();
    setenv("SANDGATE_REPLAY_SPEED", "1000", 1);
    struct model *model =
        model_open(loop, NULL, &(struct model_options){ .provider = "replay", .script = path }, NULL);
    struct heard heard = { .text = BUFFER_INIT, .reasoning = BUFFER_INIT, .arguments = BUFFER_INIT };
    struct messages messages = MESSAGES_INIT;
    heard.cancel_at_text = model_start(model, &messages, NULL, 0, &hearing, &heard);
    while (!heard.pieces)
        loop_turn(loop, -1);
    loop_turn(loop, 0);
    assert_string_equal(heard.text.data, "one");
    assert_false(heard.finished);
    /* One that has not spoken yet, and one that ends with its model. */
    model_cancel(model_start(model, &messages, NULL, 0, &hearing, &heard));
    model_start(model, &messages, NULL, 0, &hearing, &heard);
    model_close(model);
    loop_turn(loop, 0);
    assert_int_equal(heard.pieces, 1);
    setenv("SANDGATE_REPLAY_SPEED", "0", 1);
    forget(&heard);
    loop_free(loop);
    unlink(path);
    free(path);
}

static void words_come_one_by_one(void **state)
{
    (void)state;
    char *path = write_script(HEAD "{\"step\": \"a\", \"text\": \"one two  three\\nfour\"}\n");
    struct loop *loop = loop_new();
    setenv("SANDGATE_REPLAY_SPEED", "1000", 1);
    struct model *model =
        model_open(loop, NULL, &(struct model_options){ .provider = "replay", .script = path }, NULL);
    setenv("SANDGATE_REPLAY_SPEED", "0", 1);
    struct messages messages = MESSAGES_INIT;
    struct heard heard;
    let_it_speak(loop, model, &messages, &heard);
    assert_int_equal(heard.pieces, 4);
    assert_string_equal(heard.text.data, "one two  three\nfour");
    assert_int_equal(heard.finish, MODEL_FINISH_STOP);
    forget(&heard);
    messages_release(&messages);
    model_close(model);
    loop_free(loop);
    unlink(path);
    free(path);
}

static void unknown_provider_is_named(void **state)
{
    (void)state;
    struct error error = ERROR_INIT;
    assert_null(model_open(NULL, NULL, &(struct model_options){ .provider = "oracle" }, &error));
    assert_non_null(strstr(error_message(&error), "\"oracle\""));
    assert_non_null(strstr(error_message(&error), "replay"));
    error_clear(&error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(demo_takes_each_branch),      cmocka_unit_test(demo_always_ends),
        cmocka_unit_test(demo_is_spoken_as_written),   cmocka_unit_test(place_follows_from_the_conversation),
        cmocka_unit_test(bad_scripts_name_their_line), cmocka_unit_test(cancel_from_inside_a_callback),
        cmocka_unit_test(words_come_one_by_one),       cmocka_unit_test(unknown_provider_is_named),
    };
    alarm(600);
    setenv("SANDGATE_REPLAY_SPEED", "0", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
