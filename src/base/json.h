/* json.h - checked JSON: the only door to cJSON.
 *
 * cJSON alone cuts strings at \u0000, keeps the first of duplicate keys, rounds integers over 2^53 and takes
 * bad UTF-8 and trailing bytes (deps.md 15).  Judged text comes through here, so json_parse refuses NUL,
 * duplicate keys, bad UTF-8, lone surrogates, trailing bytes, nesting over 64 and more than a million values,
 * and numbers keep their exact text.  Key look-up is case-sensitive; json_count, json_at and the like take
 * constant time.  All getters accept NULL and answer "not there". */
#ifndef SANDGATE_BASE_JSON_H
#define SANDGATE_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct error;
struct json; /* a value; the root owns everything below it */

enum json_type { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* NULL and a sentence with the byte offset when TEXT is not exactly one good JSON value. */
struct json *json_parse(const char *text, size_t length, struct error *error);
void json_free(struct json *json);
struct json *json_copy(const struct json *json);

enum json_type json_type(const struct json *json); /* JSON_NULL for NULL */
bool json_is(const struct json *json, enum json_type type);

/* Objects: the value of KEY, NULL when it is not there. Arrays: the item at INDEX. Borrowed. */
const struct json *json_get(const struct json *object, const char *key);
const struct json *json_at(const struct json *array, size_t index);
size_t json_count(const struct json *array_or_object);
/* The key of the INDEXth member of an object. */
const char *json_key_at(const struct json *object, size_t index);
const struct json *json_value_at(const struct json *object, size_t index);

/* Values.  json_text: NULL when it is no string.  The others give FALLBACK when the type differs. */
const char *json_text(const struct json *json);
bool json_boolean(const struct json *json, bool fallback);
double json_number(const struct json *json, double fallback);
/* False when it is no number or no exact integer of 64 bits. */
bool json_integer(const struct json *json, int64_t *value);

/* Members of an object by key, the same manners. */
const char *json_get_text(const struct json *object, const char *key);
bool json_get_boolean(const struct json *object, const char *key, bool fallback);
double json_get_number(const struct json *object, const char *key, double fallback);
int64_t json_get_integer(const struct json *object, const char *key, int64_t fallback);

/* Building.  Values are taken over.  A TEXT with bad UTF-8 is repaired with U+FFFD; NULL TEXT adds null. */
struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_new_text(const char *text);
struct json *json_new_text_length(const char *text, size_t length); /* NUL bytes become U+2400 */
struct json *json_new_integer(int64_t value);
struct json *json_new_number(double value);
struct json *json_new_boolean(bool value);
struct json *json_new_null(void);
void json_set(struct json *object, const char *key, struct json *value); /* replaces a former KEY */
void json_set_text(struct json *object, const char *key, const char *text);
void json_set_text_length(struct json *object, const char *key, const char *text, size_t length);
void json_set_integer(struct json *object, const char *key, int64_t value);
void json_set_number(struct json *object, const char *key, double value);
void json_set_boolean(struct json *object, const char *key, bool value);
void json_add(struct json *array, struct json *value);

/* The text of a value, one line, members in order. Caller frees. */
char *json_print(const struct json *json);
/* Appends TEXT as a JSON text, in its quotes: for those who print many values and need no tree of them. */
void json_print_text(struct buffer *out, const char *text);

#endif
