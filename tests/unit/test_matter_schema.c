/* Arguments held against a tool's schema: what fits, and the sentence for each fault. */
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "matter/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char schema_text[] =
    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":5},"
    "\"count\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":10},\"time\":{\"type\":\"number\",\"minimum\":"
    "0.1},"
    "\"all\":{\"type\":\"boolean\"}},\"required\":[\"name\"],\"additionalProperties\":false}";

static void test_rows(void **state)
{
    static const struct {
        const char *arguments, *sentence; /* NULL: they fit */
    } rows[] = {
        { "{\"name\":\"a\"}", NULL },
        { "{\"name\":\"\"}", NULL },
        { "{\"name\":\"a\",\"count\":1,\"time\":0.5,\"all\":false}", NULL },
        { "{\"name\":\"a\",\"count\":10.0}", NULL },
        { "{\"name\":\"a\",\"count\":1e1}", NULL },
        { "{\"name\":\"12345\",\"time\":3}", NULL },
        { "{}", "\"name\" is missing" },
        { "{\"count\":1}", "\"name\" is missing" },
        { "{\"name\":null}", "\"name\" must be of type string, but it is null" },
        { "{\"name\":[\"a\"]}", "\"name\" must be of type string, but it is an array" },
        { "{\"name\":{}}", "\"name\" must be of type string, but it is an object" },
        { "{\"name\":true}", "\"name\" must be of type string, but it is a boolean" },
        { "{\"name\":\"123456\"}", "\"name\" is 6 bytes long; 5 are allowed" },
        { "{\"name\":\"a\",\"count\":\"1\"}", "\"count\" must be of type integer, but it is a string" },
        { "{\"name\":\"a\",\"count\":1.5}", "\"count\" must be of type integer, but it is a number" },
        { "{\"name\":\"a\",\"count\":99999999999999999999}",
          "\"count\" must be of type integer, but it is a number" },
        { "{\"name\":\"a\",\"count\":0}", "\"count\" must be at least 1" },
        { "{\"name\":\"a\",\"count\":11}", "\"count\" must be at most 10" },
        { "{\"name\":\"a\",\"time\":0}", "\"time\" must be at least 0.1" },
        { "{\"name\":\"a\",\"all\":1}", "\"all\" must be of type boolean, but it is a number" },
        { "{\"name\":\"a\",\"Name\":\"b\"}",
          "\"Name\" is not an argument of this tool; it takes name, count, time, all" },
        { "{\"name\":\"a\",\"\":1}",
          "\"\" is not an argument of this tool; it takes name, count, time, all" },
        { "[]", "The arguments must be a JSON object, but they are an array" },
        { "null", "The arguments must be a JSON object, but they are null" },
        { "\"name\"", "The arguments must be a JSON object, but they are a string" },
    };
    struct json *schema = json_parse(schema_text, strlen(schema_text), NULL);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct error error = ERROR_INIT;
        struct json *value = json_parse(rows[i].arguments, strlen(rows[i].arguments), NULL);
        assert_non_null(value);
        assert_int_equal(schema_check(schema, value, &error), rows[i].sentence == NULL);
        if (rows[i].sentence)
            assert_string_equal(error.message, rows[i].sentence);
        else
            assert_null(error.message);
        error_clear(&error);
        json_free(value);
    }
    json_free(schema);
}

/* A name of any length makes a sentence of a bounded one. */
static void test_long_name(void **state)
{
    struct json *schema = json_parse(schema_text, strlen(schema_text), NULL), *value = json_new_object();
    struct error error = ERROR_INIT;
    char *name = xmalloc(100001);

    (void)state;
    memset(name, 'n', 100000);
    name[100000] = '\0';
    json_set_boolean(value, name, true);
    assert_false(schema_check(schema, value, &error));
    assert_true(strlen(error.message) < 500);
    error_clear(&error);
    json_free(value);
    json_free(schema);
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_long_name),
    };
    alarm(600);
    return cmocka_run_group_tests_name("matter/schema", tests, NULL, NULL);
}
