/* pattern.c - patterns of words and of paths.  One matcher for both: the last star is remembered and tried again
 * one byte further, so the time is bounded by the product of the lengths. */
#include "policy/rule.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* --- words --- */

/* PATTERN is [PATTERN, END). */
static bool match_one(const char *pattern, const char *end, const char *word)
{
    const char *star = NULL, *again = NULL;
    while (*word) {
        if (pattern < end && *pattern == '*') {
            star = ++pattern;
            again = word;
        } else if (pattern < end && (*pattern == '?' || *pattern == *word)) {
            pattern++;
            word++;
        } else if (star) {
            pattern = star;
            word = ++again;
        } else {
            return false;
        }
    }
    while (pattern < end && *pattern == '*')
        pattern++;
    return pattern == end;
}

bool pattern_matches_word(const char *pattern, const char *word)
{
    for (;;) {
        const char *end = pattern + strcspn(pattern, "|");
        if (match_one(pattern, end, word))
            return true;
        if (!*end)
            return false;
        pattern = end + 1;
    }
}

/* --- paths --- */

struct retry {
    const char *pattern, *path; /* pattern NULL: none */
};

/* A star of one folder and one of many are tried again separately: the inner one first. */
static bool match_path(const char *pattern, const char *path)
{
    struct retry one = { 0 }, many = { 0 };
    for (;;) {
        if (pattern[0] == '*' && pattern[1] == '*') {
            pattern += 2;
            many = (struct retry){ pattern + (*pattern == '/'), path };
            one.pattern = NULL;
            pattern = many.pattern;
            continue;
        }
        if (*pattern == '*') {
            one = (struct retry){ ++pattern, path };
            continue;
        }
        if (!*pattern && (!*path || *path == '/'))
            return true;
        if (*path && *pattern && (*pattern == *path || (*pattern == '?' && *path != '/'))) {
            pattern++;
            path++;
        } else if (one.pattern && *one.path && *one.path != '/') {
            pattern = one.pattern;
            path = ++one.path;
        } else if (many.pattern && *many.path) {
            one.pattern = NULL;
            pattern = many.pattern;
            path = ++many.path;
        } else {
            return false;
        }
    }
}

/* Where a pattern begins, as a folder that its rest is relative to; NULL: it is absolute or a mere name. */
static const char *folder_of(const char **pattern, const char *home, const char *workspace)
{
    const char *text = *pattern;
    if (text[0] == '~' && (text[1] == '/' || !text[1])) {
        *pattern = text + 1;
        return home ? home : "/root";
    }
    if (text[0] == '.' && (text[1] == '/' || !text[1])) {
        *pattern = text + 1;
        return workspace ? workspace : "/workspace";
    }
    if (text[0] == '/' || !strchr(text, '/') || strncmp(text, "**", 2) == 0)
        return NULL;
    return workspace ? workspace : "/workspace";
}

static bool match_absolute(const char *folder, const char *pattern, const char *path)
{
    char *whole = xasprintf("%s%s%s", strcmp(folder, "/") ? folder : "",
                            *pattern && *pattern != '/' ? "/" : "", pattern);
    size_t length = strlen(whole);
    while (length > 1 && whole[length - 1] == '/')
        whole[--length] = '\0';
    bool found = strcmp(whole, "/") == 0 || !*whole || match_path(whole, path);
    free(whole);
    return found;
}

/* A name, or a pattern that begins with a double star: at the start of any part of the path. */
static bool match_anywhere(const char *pattern, const char *path)
{
    if (strncmp(pattern, "**/", 3) == 0)
        pattern += 3;
    char *name = xstrdup(pattern);
    size_t length = strlen(name);
    bool found = false;
    while (length > 1 && name[length - 1] == '/')
        name[--length] = '\0';
    for (const char *at = strchr(path, '/'); at && !found; at = strchr(at + 1, '/'))
        found = match_path(name, at + 1);
    free(name);
    return found;
}

bool pattern_matches_path(const char *pattern, const char *path, const char *home, const char *workspace)
{
    if (*pattern == '!')
        return !pattern_matches_path(pattern + 1, path, home, workspace);
    const char *folder = folder_of(&pattern, home, workspace);
    if (folder)
        return match_absolute(folder, pattern, path);
    return *pattern == '/' ? match_absolute("", pattern, path) : match_anywhere(pattern, path);
}

bool patterns_match_path(const char *const *patterns, const char *path, const char *home,
                         const char *workspace)
{
    bool positive = false, found = false;
    for (size_t i = 0; patterns && patterns[i]; i++) {
        if (patterns[i][0] == '!') {
            if (pattern_matches_path(patterns[i] + 1, path, home, workspace))
                return false;
        } else {
            positive = true;
            found = found || pattern_matches_path(patterns[i], path, home, workspace);
        }
    }
    return found || !positive;
}
