/* The conversation as a fold of events and drafts, and the messages that are made of it. */
#include "base/json.h"
#include "base/memory.h"
#include "matter/call.h"
#include "matter/conversation.h"
#include "matter/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct play {
    struct conversation *conversation;
    int64_t seq, turn;
};

static int setup(void **state)
{
    struct play *play = xcalloc(1, sizeof *play);

    play->conversation = conversation_new();
    *state = play;
    return 0;
}

static int teardown(void **state)
{
    struct play *play = *state;

    conversation_free(play->conversation);
    free(play);
    return 0;
}

/* BODY: JSON text with ' for ". */
static void apply(struct play *play, enum event_type type, int64_t call, const char *actor, const char *body)
{
    struct event *event = event_new(type);
    char *text = xstrdup(body);

    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    json_free(event->body);
    event->body = json_parse(text, strlen(text), NULL);
    assert_non_null(event->body);
    event->seq = ++play->seq;
    event->turn = play->turn;
    event->call = call;
    event->time = 1000 + play->seq;
    snprintf(event->actor, sizeof event->actor, "%s", actor);
    conversation_apply(play->conversation, event);
    event_free(event);
    free(text);
}

static void draft(struct play *play, enum event_type type, int64_t call, const char *bytes)
{
    struct draft piece = { .type = type,
                           .turn = play->turn,
                           .call = call,
                           .tool = type == EVENT_CALL ? "run_command" : NULL,
                           .bytes = bytes,
                           .length = strlen(bytes) };

    conversation_draft(play->conversation, &piece);
}

static void prompt(struct play *play, const char *text)
{
    char *body = xasprintf("{'text':'%s'}", text);

    apply(play, EVENT_PROMPT, 0, "person", body);
    free(body);
}

static void request(struct play *play)
{
    apply(play, EVENT_REQUEST, 0, "session", "{}");
}

static void text(struct play *play, const char *text)
{
    char *body = xasprintf("{'text':'%s'}", text);

    apply(play, EVENT_TEXT, 0, "model", body);
    free(body);
}

static void call(struct play *play, int64_t number)
{
    char *body = xasprintf("{'id':'c%d','tool':'run_command','arguments':'{}','summary':'ls'}", (int)number);

    apply(play, EVENT_CALL, number, "model", body);
    free(body);
}

static void result(struct play *play, int64_t number, const char *words)
{
    char *body = xasprintf("{'text':'%s','ok':true}", words);

    apply(play, EVENT_RESULT, number, "session", body);
    free(body);
}

static void expect(const struct play *play, const char *expected)
{
    static const char letters[] = "suat";
    struct messages messages = MESSAGES_INIT;
    struct buffer out = BUFFER_INIT;

    conversation_messages(play->conversation, &messages);
    for (size_t i = 0; i < messages.count; i++) {
        const struct message *message = &messages.items[i];
        buffer_append_format(&out, "%c %s", letters[message->role], message->text);
        if (message->reasoning)
            buffer_append_format(&out, " (%s)", message->reasoning);
        for (size_t k = 0; k < message->call_count; k++)
            buffer_append_format(&out, " [%s]", message->calls[k].id);
        if (message->call_id)
            buffer_append_format(&out, " <%s>", message->call_id);
        buffer_append_byte(&out, '\n');
    }
    assert_string_equal(out.data, expected);
    buffer_release(&out);
    messages_release(&messages);
}

/* --- messages --- */

static void test_plain(void **state)
{
    struct play *play = *state;

    expect(play, "");
    prompt(play, "Hi");
    request(play);
    apply(play, EVENT_REASONING, 0, "model", "{'text':'Hm'}");
    text(play, "Hello");
    apply(play, EVENT_RESPONSE, 0, "model", "{}");
    apply(play, EVENT_TURN, 0, "session", "{}");
    expect(play, "u Hi\na Hello (Hm)\n");
    assert_string_equal(conversation_title(play->conversation), "Hi");
    assert_int_equal(conversation_count(play->conversation), 3);
}

static void test_calls(void **state)
{
    struct play *play = *state;

    prompt(play, "Hi");
    request(play);
    text(play, "Let me");
    call(play, 1);
    call(play, 2);
    result(play, 2, "two");
    result(play, 1, "one");
    prompt(play, "And");
    prompt(play, "this");
    request(play);
    call(play, 3);
    result(play, 3, "three");
    request(play);
    text(play, "Done");
    expect(
        play,
        "u Hi\na Let me [c1] [c2]\nt one <c1>\nt two <c2>\nu And\n\nthis\na  [c3]\nt three <c3>\na Done\n");
}

/* A call without a result (a crash) is answered all the same. */
static void test_no_result(void **state)
{
    struct play *play = *state;

    prompt(play, "Hi");
    request(play);
    call(play, 1);
    expect(play, "u Hi\na  [c1]\nt What became of this call is not known: sandgate ended under it. <c1>\n");
}

/* Text between the calls of one answer is one message with them. */
static void test_text_between(void **state)
{
    struct play *play = *state;

    prompt(play, "Hi");
    request(play);
    text(play, "A");
    call(play, 1);
    text(play, "B");
    call(play, 2);
    result(play, 1, "one");
    apply(play, EVENT_NOTICE, 0, "session", "{'text':'left out','kind':'left_out'}");
    result(play, 2, "two");
    text(play, "C");
    expect(play, "u Hi\na ABC [c1] [c2]\nt one <c1>\nt two <c2>\n");
}

static void test_nothing_said(void **state)
{
    struct play *play = *state;

    prompt(play, "Hi");
    request(play);
    apply(play, EVENT_REASONING, 0, "model", "{'text':'Hm'}");
    apply(play, EVENT_STOP, 0, "session", "{'reason':'error','text':'broke'}");
    prompt(play, "Again");
    request(play);
    expect(play, "u Hi\n\nAgain\n");
}

static void test_notes(void **state)
{
    struct play *play = *state;

    prompt(play, "Hi");
    request(play);
    text(play, "Once");
    apply(play, EVENT_STOP, 0, "person", "{'reason':'person','text':'Stopped.'}");
    prompt(play, "On");
    request(play);
    call(play, 1);
    apply(play, EVENT_CALL, 2, "person", "{'tool':'run_command','summary':'ls','arguments':'{}'}");
    result(play, 1, "one");
    expect(play, "u Hi\na Once\nu [Stopped.]\nOn\na  [c1]\nt one <c1>\n"
                 "u [The person ran a command in the sandbox themselves: ls\nIt has not ended.]\n\n");
    result(play, 2, "two");
    request(play);
    text(play, "Done");
    prompt(play, "Thanks");
    expect(play, "u Hi\na Once\nu [Stopped.]\nOn\na  [c1]\nt one <c1>\n"
                 "u [The person ran a command in the sandbox themselves: ls\ntwo]\n\na Done\nu Thanks\n");
}

/* --- broken answers --- */

static void break_off(struct play *play)
{
    apply(play, EVENT_TEXT, 0, "model", "{'text':'Onc','broken':true}");
    apply(play, EVENT_STOP, 0, "session", "{'reason':'error','text':'broke'}");
}

static void test_retry(void **state)
{
    struct play *play = *state;

    prompt(play, "Hi");
    request(play);
    apply(play, EVENT_REASONING, 0, "model", "{'text':'Hm'}");
    break_off(play);
    expect(play, "u Hi\na Onc (Hm)\n");
    apply(play, EVENT_NOTICE, 0, "session", "{'text':'again','kind':'retry'}");
    expect(play, "u Hi\n");
    request(play);
    text(play, "Once");
    expect(play, "u Hi\na Once\n");
}

static void test_retry_with_calls(void **state)
{
    struct play *play = *state;

    prompt(play, "Hi");
    request(play);
    text(play, "Look");
    call(play, 1);
    break_off(play);
    result(play, 1, "It did not run");
    apply(play, EVENT_NOTICE, 0, "session", "{'text':'again','kind':'retry'}");
    expect(play, "u Hi\na Look [c1]\nt It did not run <c1>\n");
}

/* The last answer was whole: it is asked for once more. */
static void test_retry_whole(void **state)
{
    struct play *play = *state;

    prompt(play, "Hi");
    request(play);
    text(play, "Hello");
    apply(play, EVENT_TURN, 0, "session", "{}");
    apply(play, EVENT_NOTICE, 0, "session", "{'text':'again','kind':'retry'}");
    request(play);
    expect(play, "u Hi\n");
    text(play, "Good day");
    expect(play, "u Hi\na Good day\n");
}

static void test_continue(void **state)
{
    struct play *play = *state;

    prompt(play, "Hi");
    request(play);
    break_off(play);
    apply(play, EVENT_NOTICE, 0, "session", "{'text':'Go on.','kind':'continue'}");
    request(play);
    expect(play, "u Hi\na Onc\nu [Go on.]\n\n");
    text(play, "e upon");
    prompt(play, "Thanks");
    request(play);
    expect(play, "u Hi\na Onc\nu [Go on.]\n\na e upon\nu Thanks\n");
}

/* --- drafts --- */

static void test_drafts(void **state)
{
    struct play *play = *state;

    prompt(play, "Hi");
    request(play);
    draft(play, EVENT_REASONING, 0, "H");
    draft(play, EVENT_REASONING, 0, "m");
    const struct block *block = conversation_block(play->conversation, 1);
    assert_true(block->open);
    assert_string_equal(block->text.data, "Hm");
    apply(play, EVENT_REASONING, 0, "model", "{'text':'Hm'}");
    assert_false(block->open);
    draft(play, EVENT_TEXT, 0, "He");
    draft(play, EVENT_CALL, 1, "");
    draft(play, EVENT_CALL, 1, "{}");
    assert_int_equal(conversation_call(play->conversation, 1)->state, CALL_WRITING);
    expect(play, "u Hi\na He (Hm)\n");
    text(play, "He");
    call(play, 1);
    draft(play, EVENT_OUTPUT, 1, "out");
    draft(play, EVENT_OUTPUT, 9, "nobody's");
    assert_int_equal(conversation_call(play->conversation, 1)->output_bytes, 3);
    assert_int_equal(conversation_count(play->conversation), 4);
    expect(play, "u Hi\na He (Hm) [c1]\n"
                 "t What became of this call is not known: sandgate ended under it. <c1>\n");
}

/* A stop ends what is open; a call that was being written is not sent. */
static void test_stop_writing(void **state)
{
    struct play *play = *state;

    prompt(play, "Hi");
    request(play);
    draft(play, EVENT_CALL, 1, "");
    apply(play, EVENT_STOP, 0, "person", "{'reason':'person','text':'Stopped.'}");
    assert_int_equal(conversation_call(play->conversation, 1)->state, CALL_CANCELLED);
    assert_false(conversation_block(play->conversation, 1)->open);
    prompt(play, "On");
    expect(play, "u Hi\n\n[Stopped.]\nOn\n");
}

/* --- logs that nobody wrote --- */

static void test_bad_numbers(void **state)
{
    static const int64_t numbers[] = { 0, -1, INT64_MIN, INT64_MAX, (int64_t)1 << 40, 1000001 };
    struct play *play = *state;

    prompt(play, "Hi");
    request(play);
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        call(play, numbers[i]);
        draft(play, EVENT_CALL, numbers[i], "{}");
        draft(play, EVENT_OUTPUT, numbers[i], "out");
        result(play, numbers[i], "x");
        assert_null(conversation_call(play->conversation, numbers[i]));
    }
    assert_int_equal(conversation_call_count(play->conversation), 0);
    call(play, 7);
    assert_int_equal(conversation_call_count(play->conversation), 7);
    assert_null(conversation_call(play->conversation, 6));
    result(play, 7, "seven");
    expect(play, "u Hi\na  [c7]\nt seven <c7>\n");
}

static void test_called_twice(void **state)
{
    struct play *play = *state;

    prompt(play, "Hi");
    request(play);
    call(play, 1);
    result(play, 1, "one");
    prompt(play, "On");
    call(play, 1);
    request(play);
    call(play, 1);
    assert_int_equal(conversation_call(play->conversation, 1)->state, CALL_DONE);
    expect(play, "u Hi\na  [c1]\nt one <c1>\nu On\n");
}

/* Bodies without the members that they should have. */
static void test_empty_bodies(void **state)
{
    struct play *play = *state;

    for (int type = 0; type < EVENT_TYPES; type++)
        for (int64_t number = 0; number < 3; number++)
            apply(play, (enum event_type)type, number, "model", "{}");
    request(play);
    for (int type = 0; type < EVENT_TYPES; type++)
        apply(play, (enum event_type)type, 1, "model", "{'text':1,'tool':[],'arguments':{},'survivors':'x'}");
    struct messages messages = MESSAGES_INIT;
    conversation_messages(play->conversation, &messages);
    messages_release(&messages);
}

/* A block that is full has no holes: nothing that comes later is put behind the gap. */
static void test_full_block(void **state)
{
    struct play *play = *state;
    size_t size = 40 * 1024 * 1024;
    char *piece = xmalloc(size + 1);

    memset(piece, 'a', size);
    piece[size] = '\0';
    request(play);
    draft(play, EVENT_TEXT, 0, piece);
    draft(play, EVENT_TEXT, 0, piece);
    draft(play, EVENT_TEXT, 0, "b");
    const struct block *block = conversation_block(play->conversation, 0);
    assert_int_equal(block->text.length, size);
    free(piece);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_calls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_result, setup, teardown),
        cmocka_unit_test_setup_teardown(test_text_between, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_said, setup, teardown),
        cmocka_unit_test_setup_teardown(test_notes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_retry, setup, teardown),
        cmocka_unit_test_setup_teardown(test_retry_with_calls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_retry_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_continue, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drafts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop_writing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_called_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(test_empty_bodies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_block, setup, teardown),
    };
    alarm(600);
    return cmocka_run_group_tests_name("matter/conversation", tests, NULL, NULL);
}
