/* json.c - the tree of values: reading it and building it (json_node.h says how it is kept). */
#include "base/json.h"

#include "base/buffer.h"
#include "base/json_node.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- nodes --- */

static cJSON *node_of(const struct json *json)
{
    return (cJSON *)(void *)json;
}

static struct json *json_of(cJSON *node)
{
    return (struct json *)(void *)node;
}

static cJSON **children_of(const cJSON *parent)
{
    return (cJSON **)(void *)parent->valuestring;
}

cJSON *json_node_new(int type)
{
    cJSON *node = cJSON_CreateNull();
    if (!node)
        bug("no memory for a JSON value");
    node->type = type;
    return node;
}

cJSON *json_node_new_text(int type, char *text)
{
    cJSON *node = json_node_new(type);
    node->valuestring = text;
    return node;
}

cJSON *json_node_child(const cJSON *parent, size_t index)
{
    return children_of(parent)[index];
}

/* Makes CHILD the one at INDEX, in the list and in the array. */
static void link_child(cJSON *parent, size_t index, cJSON *child)
{
    cJSON **children = children_of(parent);
    size_t last = (size_t)parent->valueint - 1;
    children[index] = child;
    child->next = index < last ? children[index + 1] : NULL;
    child->prev = children[index ? index - 1 : last];
    if (index)
        children[index - 1]->next = child;
    else
        parent->child = child;
    if (index < last)
        children[index + 1]->prev = child;
    else
        parent->child->prev = child; /* cJSON: the first knows the last */
}

void json_node_append(cJSON *parent, char *key, cJSON *child)
{
    size_t count = (size_t)parent->valueint;
    /* The array doubles at each power of two, from 4 on; so it needs no capacity of its own. */
    if (count == 0 || (count >= 4 && (count & (count - 1)) == 0))
        parent->valuestring = xrealloc(parent->valuestring, (count ? count * 2 : 4) * sizeof(cJSON *));
    parent->valueint++;
    child->string = key;
    link_child(parent, count, child);
}

/* The index of KEY, or the count when it is not there. */
static size_t find(const cJSON *object, const char *key)
{
    size_t index = 0, count = (size_t)object->valueint;
    while (index < count && strcmp(children_of(object)[index]->string, key) != 0)
        index++;
    return index;
}

void json_free(struct json *json)
{
    cJSON_Delete(node_of(json));
}

static cJSON *copy_node(const cJSON *node)
{
    if (!json_node_is_container(node))
        return json_node_new_text(node->type, xstrdup_or_null(node->valuestring));
    cJSON *copy = json_node_new(node->type);
    for (size_t i = 0; i < (size_t)node->valueint; i++) {
        const cJSON *child = children_of(node)[i];
        json_node_append(copy, xstrdup_or_null(child->string), copy_node(child));
    }
    return copy;
}

struct json *json_copy(const struct json *json)
{
    return json ? json_of(copy_node(node_of(json))) : NULL;
}

/* --- reading --- */

enum json_type json_type(const struct json *json)
{
    switch (json ? node_of(json)->type : cJSON_NULL) {
    case cJSON_False:
    case cJSON_True:
        return JSON_BOOLEAN;
    case cJSON_Raw:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        return JSON_NULL;
    }
}

bool json_is(const struct json *json, enum json_type type)
{
    return json && json_type(json) == type;
}

const struct json *json_get(const struct json *object, const char *key)
{
    if (!json_is(object, JSON_OBJECT))
        return NULL;
    return json_value_at(object, find(node_of(object), key));
}

size_t json_count(const struct json *array_or_object)
{
    const cJSON *node = node_of(array_or_object);
    return node && json_node_is_container(node) ? (size_t)node->valueint : 0;
}

const struct json *json_at(const struct json *array, size_t index)
{
    if (!json_is(array, JSON_ARRAY) || index >= json_count(array))
        return NULL;
    return json_of(json_node_child(node_of(array), index));
}

const char *json_key_at(const struct json *object, size_t index)
{
    const struct json *value = json_value_at(object, index);
    return value ? node_of(value)->string : NULL;
}

const struct json *json_value_at(const struct json *object, size_t index)
{
    if (!json_is(object, JSON_OBJECT) || index >= json_count(object))
        return NULL;
    return json_of(json_node_child(node_of(object), index));
}

const char *json_text(const struct json *json)
{
    return json_is(json, JSON_STRING) ? node_of(json)->valuestring : NULL;
}

bool json_boolean(const struct json *json, bool fallback)
{
    return json_is(json, JSON_BOOLEAN) ? node_of(json)->type == cJSON_True : fallback;
}

double json_number(const struct json *json, double fallback)
{
    return json_is(json, JSON_NUMBER) ? strtod(node_of(json)->valuestring, NULL) : fallback;
}

/* The significant digits of a number's TEXT ("-0.0150e3": "15"), and the power of ten they are to be taken
 * with in *EXPONENT.  False when it is clear that no integer of 64 bits can come of it. */
static bool significant_digits(const char *text, char digits[24], long *exponent)
{
    size_t length = 0, zeros = 0, behind_point = 0;
    bool point = false;
    for (; *text && *text != 'e' && *text != 'E'; text++) {
        behind_point += point && *text != '.';
        point |= *text == '.';
        if (*text == '0')
            zeros += length > 0; /* written only when another digit follows */
        if (*text < '1' || *text > '9')
            continue;
        if (length + zeros >= 20)
            return false;
        memset(digits + length, '0', zeros);
        length += zeros;
        zeros = 0;
        digits[length++] = *text;
    }
    digits[length] = '\0';
    *exponent = *text ? strtol(text + 1, NULL, 10) : 0;
    if (length && (*exponent > INT32_MAX || *exponent < INT32_MIN || behind_point > INT32_MAX))
        return false;
    *exponent += (long)zeros - (long)behind_point;
    return true;
}

/* Writes TEXT, a number with a point or an exponent, as plain digits. False when it is no integer. */
static bool plain_digits(const char *text, char plain[48])
{
    char digits[24];
    long exponent;
    if (!significant_digits(text, digits, &exponent))
        return false;
    if (!*digits)
        return memcpy(plain, "0", 2);
    if (exponent < 0 || exponent > 20)
        return false;
    snprintf(plain, 48, "%s%s%.*s", *text == '-' ? "-" : "", digits, (int)exponent, "00000000000000000000");
    return true;
}

bool json_integer(const struct json *json, int64_t *value)
{
    if (!json_is(json, JSON_NUMBER))
        return false;
    const char *text = node_of(json)->valuestring;
    char plain[48];
    if (strpbrk(text, ".eE")) {
        if (!plain_digits(text, plain))
            return false;
        text = plain;
    }
    errno = 0;
    long long number = strtoll(text, NULL, 10);
    if (errno)
        return false;
    *value = number;
    return true;
}

const char *json_get_text(const struct json *object, const char *key)
{
    return json_text(json_get(object, key));
}

bool json_get_boolean(const struct json *object, const char *key, bool fallback)
{
    return json_boolean(json_get(object, key), fallback);
}

double json_get_number(const struct json *object, const char *key, double fallback)
{
    return json_number(json_get(object, key), fallback);
}

int64_t json_get_integer(const struct json *object, const char *key, int64_t fallback)
{
    int64_t value;
    return json_integer(json_get(object, key), &value) ? value : fallback;
}

/* --- building --- */

struct json *json_new_object(void)
{
    return json_of(json_node_new(cJSON_Object));
}

struct json *json_new_array(void)
{
    return json_of(json_node_new(cJSON_Array));
}

/* TEXT as it may stand in a tree: good UTF-8 without NUL. Caller frees. */
static char *good_text(const char *text, size_t length)
{
    if (utf8_valid(text, length) && !memchr(text, '\0', length))
        return xstrndup(text, length);
    struct buffer good;
    buffer_init(&good, SIZE_MAX / 2);
    while (length) {
        size_t part = strnlen(text, length);
        utf8_repair(&good, text, part);
        if (part < length) {
            buffer_append_text(&good, "\xe2\x90\x80");
            part++;
        }
        text += part;
        length -= part;
    }
    return buffer_detach(&good);
}

struct json *json_new_text(const char *text)
{
    return text ? json_new_text_length(text, strlen(text)) : json_new_null();
}

struct json *json_new_text_length(const char *text, size_t length)
{
    return text ? json_of(json_node_new_text(cJSON_String, good_text(text, length))) : json_new_null();
}

struct json *json_new_integer(int64_t value)
{
    return json_of(json_node_new_text(cJSON_Raw, xasprintf("%" PRId64, value)));
}

struct json *json_new_number(double value)
{
    if (!isfinite(value))
        return json_new_null();
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return json_of(json_node_new_text(cJSON_Raw, xstrdup(text)));
}

struct json *json_new_boolean(bool value)
{
    return json_of(json_node_new(value ? cJSON_True : cJSON_False));
}

struct json *json_new_null(void)
{
    return json_of(json_node_new(cJSON_NULL));
}

void json_set(struct json *object, const char *key, struct json *value)
{
    if (!json_is(object, JSON_OBJECT))
        bug("a member was set in a JSON value that is no object");
    cJSON *parent = node_of(object), *child = node_of(value);
    char *good = good_text(key, strlen(key));
    size_t index = find(parent, good);
    if (index == (size_t)parent->valueint) {
        json_node_append(parent, good, child);
        return;
    }
    cJSON *former = json_node_child(parent, index);
    child->string = good;
    link_child(parent, index, child);
    former->next = former->prev = NULL;
    cJSON_Delete(former);
}

void json_set_text(struct json *object, const char *key, const char *text)
{
    json_set(object, key, json_new_text(text));
}

void json_set_text_length(struct json *object, const char *key, const char *text, size_t length)
{
    json_set(object, key, json_new_text_length(text, length));
}

void json_set_integer(struct json *object, const char *key, int64_t value)
{
    json_set(object, key, json_new_integer(value));
}

void json_set_number(struct json *object, const char *key, double value)
{
    json_set(object, key, json_new_number(value));
}

void json_set_boolean(struct json *object, const char *key, bool value)
{
    json_set(object, key, json_new_boolean(value));
}

void json_add(struct json *array, struct json *value)
{
    if (!json_is(array, JSON_ARRAY))
        bug("an item was added to a JSON value that is no array");
    json_node_append(node_of(array), NULL, node_of(value));
}
