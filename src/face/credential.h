/* credential.h - what looks like a secret: names of variables, and tokens in text. */
#ifndef SANDGATE_FACE_CREDENTIAL_H
#define SANDGATE_FACE_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>

/* "GITHUB_TOKEN", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY". */
bool credential_name(const char *name);

/* The first token in TEXT from *OFFSET on: what kind it is ("a key that begins with sk-"), and its place in
 * *OFFSET; NULL: there is none. */
const char *credential_find(const char *text, size_t length, size_t *offset);

#endif
