/* schema.c - one function per rule; the first fault is told, with the list of known members where it helps. */
#include "matter/schema.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"

#include <string.h>

static const char *type_word(const struct json *value)
{
    static const char *const words[] = {
        "null", "a boolean", "a number", "a string", "an array", "an object"
    };

    return words[json_type(value)];
}

static bool has_type(const struct json *value, const char *type)
{
    int64_t integer;

    if (strcmp(type, "string") == 0)
        return json_is(value, JSON_STRING);
    if (strcmp(type, "integer") == 0)
        return json_integer(value, &integer);
    if (strcmp(type, "number") == 0)
        return json_is(value, JSON_NUMBER);
    return strcmp(type, "boolean") == 0 && json_is(value, JSON_BOOLEAN);
}

static bool check_member(const char *name, const struct json *rule, const struct json *value,
                         struct error *error)
{
    const char *type = json_get_text(rule, "type");
    double number = json_number(value, 0);

    if (type && !has_type(value, type))
        return error_set(error, "\"%s\" must be of type %s, but it is %s", name, type, type_word(value));
    if (json_get(rule, "minimum") && number < json_get_number(rule, "minimum", 0))
        return error_set(error, "\"%s\" must be at least %g", name, json_get_number(rule, "minimum", 0));
    if (json_get(rule, "maximum") && number > json_get_number(rule, "maximum", 0))
        return error_set(error, "\"%s\" must be at most %g", name, json_get_number(rule, "maximum", 0));
    int64_t longest = json_get_integer(rule, "maxLength", 0);
    if (longest > 0 && json_text(value) && strlen(json_text(value)) > (size_t)longest)
        return error_set(error, "\"%s\" is %zu bytes long; %lld are allowed", name, strlen(json_text(value)),
                         (long long)longest);
    return true;
}

static bool unknown_member(const char *name, const struct json *properties, struct error *error)
{
    struct buffer known = BUFFER_INIT;

    for (size_t i = 0; i < json_count(properties); i++)
        buffer_append_format(&known, "%s%s", i ? ", " : "", json_key_at(properties, i));
    error_set(error, "\"%.100s\" is not an argument of this tool; it takes %s", name, known.data);
    buffer_release(&known);
    return false;
}

static bool check_required(const struct json *schema, const struct json *value, struct error *error)
{
    const struct json *required = json_get(schema, "required");

    for (size_t i = 0; i < json_count(required); i++) {
        const char *name = json_text(json_at(required, i));
        if (!json_get(value, name))
            return error_set(error, "\"%s\" is missing", name);
    }
    return true;
}

bool schema_check(const struct json *schema, const struct json *value, struct error *error)
{
    const struct json *properties = json_get(schema, "properties");

    if (!json_is(value, JSON_OBJECT))
        return error_set(error, "The arguments must be a JSON object, but they are %s", type_word(value));
    for (size_t i = 0; i < json_count(value); i++) {
        const char *name = json_key_at(value, i);
        const struct json *rule = json_get(properties, name);
        if (!rule)
            return unknown_member(name, properties, error);
        if (!check_member(name, rule, json_value_at(value, i), error))
            return false;
    }
    return check_required(schema, value, error);
}
