/* schema.h - arguments of a tool call held against the tool's JSON schema.
 *
 * The subset that our own tools use: an object with `properties` (type string, integer, number, boolean;
 * `minimum`, `maximum`, `maxLength`), `required`, and nothing besides.  Strict: an unknown member is an error
 * that goes back to the model, so that it can mend its call. */
#ifndef SANDGATE_MATTER_SCHEMA_H
#define SANDGATE_MATTER_SCHEMA_H

#include <stdbool.h>

struct error;
struct json;

/* False and a sentence that names the member, what came and what is wanted. */
bool schema_check(const struct json *schema, const struct json *value, struct error *error);

#endif
