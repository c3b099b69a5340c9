/* test_matter_message.c - the list of messages keeps copies of all it is given. */
#include "matter/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void messages_hold_copies(void **state)
{
    (void)state;
    char text[16] = "text", id[32] = "id";
    struct messages messages = MESSAGES_INIT;
    struct message *message = messages_add(&messages, MESSAGE_ASSISTANT, text);
    for (int i = 0; i < 5; i++) {
        snprintf(id, sizeof id, "call_%d", i);
        message_add_call(message, id, text, "{}");
    }
    message_set_reasoning(message, text);
    message_set_reasoning(message, "because");
    strcpy(text, "gone");
    assert_string_equal(message->text, "text");
    assert_string_equal(message->reasoning, "because");
    assert_int_equal(message->call_count, 5);
    assert_string_equal(message->calls[0].id, "call_0");
    assert_string_equal(message->calls[4].id, "call_4");
    assert_string_equal(message->calls[4].tool, "text");
    assert_string_equal(message->calls[4].arguments, "{}");
    messages_release(&messages);
    assert_int_equal(messages.count, 0);
    messages_release(&messages);
}

static void messages_stand_in_order(void **state)
{
    (void)state;
    struct messages messages = MESSAGES_INIT;
    messages_add(&messages, MESSAGE_SYSTEM, NULL);
    for (int i = 0; i < 100; i++)
        messages_add(&messages, MESSAGE_USER, "hello");
    message_answers(messages_add(&messages, MESSAGE_TOOL, "result"), "a", "b");
    message_answers(&messages.items[101], "call_1", "run_command");
    assert_int_equal(messages.count, 102);
    assert_string_equal(messages.items[0].text, "");
    assert_int_equal(messages.items[50].role, MESSAGE_USER);
    assert_null(messages.items[50].reasoning);
    assert_null(messages.items[50].call_id);
    assert_string_equal(messages.items[101].call_id, "call_1");
    assert_string_equal(messages.items[101].tool, "run_command");
    messages_release(&messages);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_hold_copies),
        cmocka_unit_test(messages_stand_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
