/* test_matter_event.c - the table of events, the printed form, the chain. */
#include "base/error.h"
#include "base/memory.h"
#include "matter/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct event *sample(void)
{
    struct event *event = event_new(EVENT_TEXT);
    strcpy(event->session, "20261120-140305-abcd");
    strcpy(event->actor, "model");
    strcpy(event->sandbox, "box");
    event->seq = 7;
    event->parent = 6;
    event->turn = 2;
    event->call = 3;
    event->generation = 1;
    event->time = 1795183385123;
    json_set_text(event->body, "text", "two\nlines, \"quoted\"");
    return event;
}

static void names_go_both_ways(void **state)
{
    (void)state;
    enum event_type type;
    for (int i = 0; i < EVENT_TYPES; i++) {
        assert_true(event_type_from_name(event_type_name(i), &type));
        assert_int_equal(type, i);
    }
    assert_false(event_type_from_name("nothing", &type));
    assert_false(event_type_from_name("", &type));
}

static bool is_sentence(const char *text)
{
    size_t length = strlen(text);
    return length > 10 && text[0] >= 'A' && text[0] <= 'Z' && text[length - 1] == '.';
}

static void everything_has_a_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_TYPES; i++) {
        assert_true(is_sentence(event_type_help(i)));
        for (const struct event_field *field = event_type_fields(i); field->name; field++) {
            assert_true(is_sentence(field->help));
        }
    }
}

/* Head and body are printed as one object: a name may be in one of them only. */
static void no_field_is_named_like_the_head(void **state)
{
    (void)state;
    struct event *event = event_new(EVENT_TURN);
    char *line = event_print(event);
    struct json *head = json_parse(line, strlen(line), NULL);
    assert_int_equal(json_count(head), 11);
    for (int i = 0; i < EVENT_TYPES; i++) {
        for (const struct event_field *field = event_type_fields(i); field->name; field++) {
            assert_null(json_get(head, field->name));
        }
    }
    json_free(head);
    free(line);
    event_free(event);
}

static struct json *value_of(const char *type)
{
    return strcmp(type, "text") == 0      ? json_new_text("words")
           : strcmp(type, "integer") == 0 ? json_new_integer(5)
           : strcmp(type, "number") == 0  ? json_new_number(0.5)
           : strcmp(type, "boolean") == 0 ? json_new_boolean(true)
           : strcmp(type, "array") == 0   ? json_new_array()
                                          : json_new_object();
}

static void check_takes_every_field_of_the_table(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_TYPES; i++) {
        struct event *event = event_new(i);
        assert_true(event_check(event, NULL));
        for (const struct event_field *field = event_type_fields(i); field->name; field++) {
            json_set(event->body, field->name, value_of(field->type));
        }
        struct error error = ERROR_INIT;
        assert_true(event_check(event, &error));
        event_free(event);
    }
}

static void refused(enum event_type type, const char *field, struct json *value, const char *sentence)
{
    struct error error = ERROR_INIT;
    struct event *event = event_new(type);
    json_set(event->body, field, value);
    assert_false(event_check(event, &error));
    assert_string_equal(error_message(&error), sentence);
    error_clear(&error);
    event_free(event);
}

static void check_refuses_what_is_not_in_the_table(void **state)
{
    (void)state;
    refused(EVENT_TEXT, "texts", json_new_text("x"), "a \"text\" event has no field \"texts\"");
    refused(EVENT_TURN, "text", json_new_text("x"), "a \"turn\" event has no field \"text\"");
    refused(EVENT_TEXT, "text", json_new_null(), "\"text\" of a \"text\" event must be of type text");
    refused(EVENT_TEXT, "broken", json_new_integer(1),
            "\"broken\" of a \"text\" event must be of type boolean");
    refused(EVENT_ENDED, "code", json_new_number(0.5),
            "\"code\" of a \"ended\" event must be of type integer");
    refused(EVENT_SYNC, "left_out", json_new_text("x"),
            "\"left_out\" of a \"sync\" event must be of type array");
}

static void is_printed_head_first(void **state)
{
    (void)state;
    struct event *event = sample();
    char *line = event_print(event);
    assert_string_equal(line, "{\"v\":1,\"session\":\"20261120-140305-abcd\",\"seq\":7,\"parent\":6,"
                              "\"time\":\"2026-11-20T14:03:05.123Z\",\"type\":\"text\",\"turn\":2,\"call\":3,"
                              "\"actor\":\"model\",\"sandbox\":\"box\",\"generation\":1,"
                              "\"text\":\"two\\nlines, \\\"quoted\\\"\"}");
    free(line);
    event_free(event);
}

static void an_empty_body_is_printed_well_formed(void **state)
{
    (void)state;
    struct event *event = event_new(EVENT_TURN);
    char *line = event_print(event);
    struct json *json = json_parse(line, strlen(line), NULL);
    assert_string_equal(json_get_text(json, "type"), "turn");
    json_free(json);
    free(line);
    event_free(event);
}

/* What a terminal acts on is escaped, and comes back as it was. */
static void the_printed_form_is_safe_to_show(void **state)
{
    (void)state;
    static const char text[] = "\x1b[31m \x7f \xc2\x9b"
                               "1m \xe2\x80\xae \xe2\x81\xa6 \xef\xbb\xbf \xc3\xa9 \xf0\x9f\xa6\x8a";
    struct event *event = event_new(EVENT_TEXT);
    json_set_text(event->body, "text", text);
    char *line = event_print(event);
    assert_non_null(strstr(
        line,
        "\"text\":\"\\u001b[31m \\u007f \\u009b1m \\u202e \\u2066 \\ufeff \xc3\xa9 \xf0\x9f\xa6\x8a\"}"));
    struct json *json = json_parse(line, strlen(line), NULL);
    assert_string_equal(json_get_text(json, "text"), text);
    json_free(json);
    free(line);
    event_free(event);
}

/* Changes one thing, and expects another hash. */
#define CHANGES(change)                       \
    do {                                      \
        struct event *event = sample();       \
        change;                               \
        char other[HASH_TEXT];                \
        event_chain(event, "", other);        \
        assert_string_not_equal(other, hash); \
        event_free(event);                    \
    } while (0)

static void the_chain_covers_every_field(void **state)
{
    (void)state;
    char hash[HASH_TEXT], again[HASH_TEXT];
    struct event *same = sample();
    event_chain(same, "", hash);
    strcpy(same->hash, hash);
    event_chain(same, "", again);
    assert_string_equal(hash, again);
    event_chain(same, hash, again);
    assert_string_not_equal(hash, again);
    event_free(same);
    CHANGES(event->version++);
    CHANGES(event->session[0] = '3');
    CHANGES(event->seq++);
    CHANGES(event->parent++);
    CHANGES(event->turn++);
    CHANGES(event->call++);
    CHANGES(event->type = EVENT_REASONING);
    CHANGES(event->actor[0] = 'M');
    CHANGES(event->sandbox[0] = 'B');
    CHANGES(event->generation++);
    CHANGES(event->time++);
    CHANGES(json_set_text(event->body, "text", "other"));
    CHANGES(json_set_boolean(event->body, "broken", false));
    /* a byte that moves from one field to the next is a change too */
    CHANGES((strcpy(event->actor, "modelb"), strcpy(event->sandbox, "ox")));
}

/* The encoding must stay as it is: stored hashes depend on it. */
static void the_chain_is_what_it_was(void **state)
{
    (void)state;
    char hash[HASH_TEXT];
    struct event *event = sample();
    event_chain(event, "", hash);
    assert_string_equal(hash, "2683a9dc6c75b72c909c9fdfde5624e6f65c2f52cdc457c891962a0a8f6f2279");
    event_free(event);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_go_both_ways),
        cmocka_unit_test(everything_has_a_sentence),
        cmocka_unit_test(no_field_is_named_like_the_head),
        cmocka_unit_test(check_takes_every_field_of_the_table),
        cmocka_unit_test(check_refuses_what_is_not_in_the_table),
        cmocka_unit_test(is_printed_head_first),
        cmocka_unit_test(an_empty_body_is_printed_well_formed),
        cmocka_unit_test(the_printed_form_is_safe_to_show),
        cmocka_unit_test(the_chain_covers_every_field),
        cmocka_unit_test(the_chain_is_what_it_was),
    };
    return cmocka_run_group_tests_name("matter/event", tests, NULL, NULL);
}
