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

enum { RANDOM_RUN = 16 };

/* A token begins with PREFIX, at the start of a word, and goes on for LEAST bytes of ALPHABET or more, with a random
 * run in them: names with dashes and samples that people make up have none. */
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

/* A run of letters and digits that is long and mixed: digits, and letters where they may be. */
static bool has_random_run(const char *text, size_t length)
{
    bool digit = false, letter = false;
    size_t run = 0;

    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i])) {
            digit = letter = false;
            run = 0;
            continue;
        }
        digit = digit || isdigit((unsigned char)text[i]);
        letter = letter || isalpha((unsigned char)text[i]);
        if (++run >= RANDOM_RUN && digit && letter)
            return true;
    }
    return false;
}

static bool has_shape(const struct shape *shape, const char *text, size_t length)
{
    size_t prefix = strlen(shape->prefix), end = prefix;

    if (length < prefix + shape->least || memcmp(text, shape->prefix, prefix) != 0)
        return false;
    while (end < length && is_in(shape->alphabet, (unsigned char)text[end]))
        end++;
    return end - prefix >= shape->least && has_random_run(text + prefix, end - prefix);
}

/* With some of the key behind it, on the next line or behind the "\n" of a quoted text: the words alone stand in
 * many a program. */
static bool is_private_key(const char *text, size_t length)
{
    size_t begin = sizeof private_key - 1, end = sizeof private_end - 1, least = 20;
    const char *newline = memchr(text, '\n', length), *found = NULL;
    size_t line = newline ? (size_t)(newline - text) : length;

    if (length >= begin && memcmp(text, private_key, begin) == 0)
        found = memmem(text, line < 100 ? line : 100, private_end, end);
    if (!found)
        return false;
    const char *at = found + end, *stop = text + length;
    while (at < stop && (*at == '\r' || *at == '\n' || *at == '\\'))
        at += *at == '\\' && at + 1 < stop ? 2 : 1;
    for (; least && at < stop && (isalnum((unsigned char)*at) || *at == '+' || *at == '/'); at++)
        least--;
    return !least;
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
