/* credential.c - see credential.h.  Two tables: words in the names of variables, and the shapes of tokens. */
#include "face/credential.h"

#include "base/memory.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* --- names --- */

bool credential_name(const char *name)
{
    static const char *const words[] = { "TOKEN",      "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE",
                                         "CREDENTIAL", "APIKEY", "PRIVATE",  "COOKIE", "BEARER" };
    /* These are credentials only as a whole word of the name. */
    static const char *const parts[] = { "KEY", "AUTH", "PASS", "PWD", "PAT", "DSN" };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcasestr(name, words[i]))
            return true;
    if (strcmp(name, "PWD") == 0 || strcmp(name, "OLDPWD") == 0)
        return false;
    for (const char *part = name; *part;) {
        size_t length = strcspn(part, "_");
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
            if (strlen(parts[i]) == length && strncasecmp(part, parts[i], length) == 0)
                return true;
        part += length + (part[length] == '_');
    }
    return false;
}

/* --- tokens --- */

enum alphabet { LETTERS, WORDS, CAPITALS }; /* letters and digits; with "_" and "-"; capitals and digits */

/* A token begins with PREFIX, at the start of a word, and goes on for LEAST bytes of ALPHABET or more, not all of
 * one sort: ordinary words do that, made-up secrets do not. */
static const struct shape {
    const char *prefix, *kind;
    enum alphabet alphabet;
    size_t least;
} shapes[] = {
    { "ak-", "a token id of Modal (ak-...)", LETTERS, 20 },
    { "as-", "a token secret of Modal (as-...)", LETTERS, 20 },
    { "sk-", "an API key (sk-...)", WORDS, 20 },
    { "ghp_", "a token of GitHub (ghp_...)", LETTERS, 36 },
    { "gho_", "a token of GitHub (gho_...)", LETTERS, 36 },
    { "ghs_", "a token of GitHub (ghs_...)", LETTERS, 36 },
    { "github_pat_", "a token of GitHub (github_pat_...)", WORDS, 40 },
    { "glpat-", "a token of GitLab (glpat-...)", WORDS, 20 },
    { "xoxb-", "a token of Slack (xoxb-...)", WORDS, 20 },
    { "xoxp-", "a token of Slack (xoxp-...)", WORDS, 20 },
    { "hf_", "a token of Hugging Face (hf_...)", LETTERS, 30 },
    { "npm_", "a token of npm (npm_...)", LETTERS, 36 },
    { "pypi-", "a token of PyPI (pypi-...)", WORDS, 40 },
    { "AIza", "an API key of Google (AIza...)", WORDS, 35 },
    { "AKIA", "an access key id of AWS (AKIA...)", CAPITALS, 16 },
};

static const char private_key[] = "-----BEGIN ", private_end[] = "PRIVATE KEY-----";

static bool is_in(enum alphabet alphabet, unsigned char byte)
{
    if (byte >= 0x80)
        return false;
    if (alphabet == CAPITALS)
        return isdigit(byte) || isupper(byte);
    return isalnum(byte) || (alphabet == WORDS && (byte == '_' || byte == '-'));
}

/* Digits, and letters of either kind where both may be. */
static bool is_mixed(const char *text, size_t length, enum alphabet alphabet)
{
    bool digit = false, lower = false, upper = false;

    for (size_t i = 0; i < length; i++) {
        digit = digit || isdigit((unsigned char)text[i]);
        lower = lower || islower((unsigned char)text[i]);
        upper = upper || isupper((unsigned char)text[i]);
    }
    return alphabet == CAPITALS ? digit && upper : digit + lower + upper >= 2 && (digit || upper);
}

static bool has_shape(const struct shape *shape, const char *text, size_t length)
{
    size_t prefix = strlen(shape->prefix), end = prefix;

    if (length < prefix + shape->least || memcmp(text, shape->prefix, prefix) != 0)
        return false;
    while (end < length && is_in(shape->alphabet, (unsigned char)text[end]))
        end++;
    return end - prefix >= shape->least && is_mixed(text + prefix, end - prefix, shape->alphabet);
}

static bool is_private_key(const char *text, size_t length)
{
    size_t begin = sizeof private_key - 1, end = sizeof private_end - 1;
    const char *newline = memchr(text, '\n', length);
    size_t line = newline ? (size_t)(newline - text) : length;

    return line < 100 && line >= begin + end && memcmp(text, private_key, begin) == 0 &&
           memmem(text, line, private_end, end);
}

const char *credential_find(const char *text, size_t length, size_t *offset)
{
    for (size_t at = *offset; at < length; at++) {
        *offset = at;
        if (at && is_in(WORDS, (unsigned char)text[at - 1]))
            continue;
        if (text[at] == '-' && is_private_key(text + at, length - at))
            return "a private key";
        for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
            if (text[at] == shapes[i].prefix[0] && has_shape(&shapes[i], text + at, length - at))
                return shapes[i].kind;
    }
    return NULL;
}
