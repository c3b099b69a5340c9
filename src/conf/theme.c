/* theme.c - reading a theme file. */
#include "conf/theme.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/problems.h"
#include "conf/yaml.h"

#include <stdlib.h>
#include <string.h>

enum { WORD_BYTES = 32, WORDS = 8 };

/* A style's text cut at its spaces. */
struct words {
    char word[WORDS][WORD_BYTES];
    size_t count; /* may be more than WORDS: the rest was not kept */
};

/* --- words of a style --- */

static bool hex_colour(const char *text, int *colour)
{
    if (*text != '#' || strlen(text) != 7 || text[1 + strspn(text + 1, "0123456789abcdefABCDEF")])
        return false;
    *colour = THEME_RGB | (int)strtol(text + 1, NULL, 16);
    return true;
}

static bool numbered_colour(const char *text, int *colour)
{
    size_t digits = strspn(text, "0123456789");
    if (!digits || digits > 3 || text[digits] || (digits > 1 && *text == '0'))
        return false;
    *colour = atoi(text);
    return *colour <= 255;
}

bool theme_colour(const char *text, int *colour)
{
    static const char *const names[] = {
        "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"
    };
    if (strcmp(text, "default") == 0) {
        *colour = THEME_DEFAULT;
        return true;
    }
    bool bright = strncmp(text, "bright-", 7) == 0;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(text + (bright ? 7 : 0), names[i]) != 0)
            continue;
        *colour = (int)i + (bright ? 8 : 0);
        return true;
    }
    return hex_colour(text, colour) || numbered_colour(text, colour);
}

static unsigned attribute(const char *text)
{
    static const struct {
        const char *name;
        enum theme_attribute attribute;
    } attributes[] = {
        { "bold", THEME_BOLD },           { "dim", THEME_DIM },         { "italic", THEME_ITALIC },
        { "underline", THEME_UNDERLINE }, { "reverse", THEME_REVERSE },
    };
    for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
        if (strcmp(text, attributes[i].name) == 0)
            return attributes[i].attribute;
    return 0;
}

static void split(const char *text, struct words *words)
{
    words->count = 0;
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        size_t length = strcspn(text, " ");
        if (words->count < WORDS) {
            size_t kept = length < WORD_BYTES ? length : WORD_BYTES - 1;
            memcpy(words->word[words->count], text, kept);
            words->word[words->count][kept] = '\0';
        }
        words->count++;
        text += length;
    }
}

/* --- one role --- */

static void refuse_word(const struct yaml_entry *entry, const char *word, const char *wanted,
                        struct problems *problems)
{
    char *role = problems_quote(entry->key), *shown = problems_quote(word);
    problems_add(problems, entry->value->line, entry->value->column, "%s: %s is not %s", role, shown, wanted);
    free(role);
    free(shown);
}

static void read_style(const struct yaml_entry *entry, struct theme_style *style, struct problems *problems)
{
    static const char colours[] = "a colour: default, 0 to 255, a name such as red or bright-red, or #rrggbb";
    struct words words;
    split(entry->value->text, &words);
    if (words.count < 2 || words.count > WORDS) {
        char *role = problems_quote(entry->key);
        problems_add(problems, entry->value->line, entry->value->column,
                     "%s must be \"FOREGROUND BACKGROUND [ATTRIBUTE...]\", in quotes where a # is in it",
                     role);
        free(role);
        return;
    }
    if (!theme_colour(words.word[0], &style->foreground))
        refuse_word(entry, words.word[0], colours, problems);
    if (!theme_colour(words.word[1], &style->background))
        refuse_word(entry, words.word[1], colours, problems);
    for (size_t i = 2; i < words.count; i++) {
        unsigned bit = attribute(words.word[i]);
        if (!bit)
            refuse_word(entry, words.word[i], "bold, dim, italic, underline or reverse", problems);
        style->attributes |= bit;
    }
    style->set = true;
}

static void read_role(const struct yaml_entry *entry, const char *const *roles, size_t count,
                      struct theme_style *styles, struct problems *problems)
{
    size_t i = 0;
    while (i < count && strcmp(roles[i], entry->key) != 0)
        i++;
    char *role = problems_quote(entry->key);
    if (i == count)
        problems_add(problems, entry->line, entry->column, "%s is not a role of the screen", role);
    else if (!entry->value->text)
        problems_add(problems, entry->value->line, entry->value->column, "%s must be a text", role);
    else
        read_style(entry, &styles[i], problems);
    free(role);
}

/* --- the file --- */

static void read_roles(const struct yaml_value *root, const char *const *roles, size_t count,
                       struct theme_style *styles, struct problems *problems)
{
    if (root->kind != YAML_MAP) {
        problems_add(problems, root->line, root->column, "a theme must be a map from roles to styles");
        return;
    }
    for (size_t i = 0; i < root->count; i++)
        read_role(&root->entries[i], roles, count, styles, problems);
}

bool theme_read(const char *file, const char *const *roles, size_t count, struct theme_style *styles,
                struct error *error)
{
    struct buffer text = { .data = buffer_empty, .ceiling = YAML_FILE_BYTES };
    struct problems problems = PROBLEMS_INIT;
    for (size_t i = 0; i < count; i++)
        styles[i] = (struct theme_style){ .foreground = THEME_DEFAULT, .background = THEME_DEFAULT };
    if (!path_read_file(file, &text, error))
        return error_prefix(error, "the theme cannot be used");
    problems.source = file;
    struct yaml_value *root = yaml_tree_read(text.data, text.length, &problems);
    if (root)
        read_roles(root, roles, count, styles, &problems);
    yaml_tree_free(root);
    buffer_release(&text);
    return problems_finish(&problems, error);
}

char *theme_path(const char *name)
{
    if (strchr(name, '/'))
        return xstrdup(name);
    char *file = xasprintf("themes/%s.yaml", name);
    char *path = path_data_file(file);
    free(file);
    return path;
}
