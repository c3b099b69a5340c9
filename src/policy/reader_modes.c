/* reader_modes.c - what a script does to the way bash reads: aliases, extended patterns, posix mode, the
 * locale.  A line is read after the one before it was run, and a substitution is read again when it is run, so
 * one such command makes the whole script inexact; the mark is on the command. */
#include "policy/reader_private.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <string.h>

/* Options of shopt that change what is done and not what is read. */
static const char *const plain_shopts[] = {
    "autocd",      "cdable_vars",     "cdspell",       "checkhash",        "checkjobs",      "checkwinsize",
    "dirspell",    "dotglob",         "execfail",      "failglob",         "globstar",       "globskipdots",
    "huponexit",   "inherit_errexit", "lastpipe",      "localvar_inherit", "localvar_unset", "nocaseglob",
    "nocasematch", "nullglob",        "shift_verbose", "sourcepath",       "varredir_close", "xpg_echo",
};

/* Options of set -o, likewise. */
static const char *const plain_options[] = {
    "allexport", "errexit", "errtrace", "functrace", "hashall",  "monitor", "noclobber",
    "noglob",    "notify",  "nounset",  "physical",  "pipefail", "verbose", "xtrace",
};

static const char plain_letters[] = "abefhmuvxCEPT";

/* Variables that change how text is read; the locale only when it is none of the usual ones. */
static const struct {
    const char *name;
    bool locale;
} variables[] = {
    { "POSIXLY_CORRECT", false }, { "BASH_COMPAT", false }, { "TEXTDOMAIN", false },
    { "TEXTDOMAINDIR", false },   { "LANG", true },         { "LANGUAGE", false },
    { "LC_ALL", true },           { "LC_CTYPE", true },     { "LC_MESSAGES", true },
};

static const char *const usual_locales[] = { "",       "C",           "POSIX",     "C.UTF-8",
                                             "C.utf8", "en_US.UTF-8", "en_US.utf8" };

/* What text that bash is to read (eval, trap) or an unclear command must not contain. */
static const char *const telling[] = { "expand_aliases", "extglob", "posix",   "POSIXLY",    "BASH_COMPAT",
                                       "shopt",          "compat",  "keyword", "histexpand", "set -" };

static bool listed(const char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

static bool tells(const char *text)
{
    for (size_t i = 0; i < ARRAY_SIZE(telling); i++)
        if (strstr(text, telling[i]))
            return true;
    return false;
}

/* NAME is LENGTH bytes; VALUE NULL: not known. */
static bool variable_changes(const char *name, size_t length, const char *value)
{
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
        if (strlen(variables[i].name) == length && memcmp(variables[i].name, name, length) == 0)
            return !variables[i].locale || !value || !listed(usual_locales, ARRAY_SIZE(usual_locales), value);
    return false;
}

static const char *next_value(const char *value)
{
    return value + strlen(value) + 1;
}

static bool shopt_changes(const char *values, size_t count)
{
    for (; count; count--, values = next_value(values))
        if (values[0] == '-' ? strcspn(values, "o") < strlen(values)
                             : !listed(plain_shopts, ARRAY_SIZE(plain_shopts), values))
            return true;
    return false;
}

static bool set_changes(const char *values, size_t count)
{
    for (; count; count--, values = next_value(values)) {
        if ((values[0] != '-' && values[0] != '+') || strcmp(values, "--") == 0 || strcmp(values, "-") == 0)
            return false;
        size_t plain = 1 + strspn(values + 1, plain_letters);
        bool named = values[plain] == 'o';
        if (values[plain + named])
            return true;
        if (!named)
            continue;
        if (count == 1)
            return false; /* only shows them */
        values = next_value(values);
        count--;
        if (!listed(plain_options, ARRAY_SIZE(plain_options), values))
            return true;
    }
    return false;
}

/* A command all of whose words are known. */
static bool known_changes(const char *values, size_t count)
{
    while (count > 1 && (strcmp(values, "builtin") == 0 || strcmp(values, "command") == 0)) {
        values = next_value(values);
        count--;
    }
    const char *rest = next_value(values);
    if (strcmp(values, "shopt") == 0)
        return shopt_changes(rest, count - 1);
    if (strcmp(values, "set") == 0)
        return set_changes(rest, count - 1);
    for (const char *value = rest; --count; value = next_value(value)) {
        const char *equals = strchr(value, '=');
        if (strstr(value, "expand_aliases") ||
            (equals && variable_changes(value, (size_t)(equals - value), equals + 1)))
            return true;
        if ((strcmp(values, "eval") == 0 || strcmp(values, "trap") == 0) && tells(value))
            return true;
    }
    return false;
}

/* A command with a word that is not known: is it one that changes options, or does a known word tell? */
static bool unclear_changes(const struct reader *reader, const struct reader_node *simple, bool aliases,
                            struct buffer *value)
{
    bool first = true, setting = false;
    for (const struct reader_node *word = reader_child(simple, NULL, READER_WORD); word;
         word = reader_child(simple, word, READER_WORD), first = false) {
        buffer_clear(value);
        bool known = reader_literal(reader, word, value);
        if (known && !strcmp(value->data, "--") && setting)
            return false;
        if (known && (!strcmp(value->data, "shopt") || (first && !strcmp(value->data, "set"))))
            setting = true;
        else if ((!known && setting) || (known && strstr(value->data, "expand_aliases")))
            return true;
        if (!known && aliases &&
            memmem(reader_text(reader, NULL) + word->from, word->to - word->from, "expand_aliases", 14))
            return true;
    }
    return false;
}

/* No word that is not quoted sets anything or begins what does; false: look closer. */
static bool is_plain(const struct reader *reader, const struct reader_node *simple)
{
    static const char *const setting[] = { "set", "eval", "trap", "shopt", "command", "builtin" };
    const char *text = reader_text(reader, NULL);
    for (const struct reader_node *word = reader_child(simple, NULL, READER_WORD); word;
         word = reader_child(simple, word, READER_WORD)) {
        size_t length = word->to - word->from;
        for (const struct reader_node *part = word->first; part; part = part->next)
            if (part->kind <= READER_LOCALE)
                return false;
        if (word->first)
            continue;
        if (memchr(text + word->from, '=', length))
            return false;
        for (size_t i = 0; length >= 3 && length <= 7 && i < ARRAY_SIZE(setting); i++)
            if (strlen(setting[i]) == length && memcmp(setting[i], text + word->from, length) == 0)
                return false;
    }
    return true;
}

/* ALIASES: the text speaks of expand_aliases somewhere. */
static bool simple_changes(const struct reader *reader, const struct reader_node *simple, bool aliases,
                           struct buffer *value)
{
    if (!aliases && is_plain(reader, simple))
        return false;
    buffer_clear(value);
    size_t count = reader_arguments(reader, simple, value);
    if (count)
        return known_changes(value->data, count);
    return unclear_changes(reader, simple, aliases, value);
}

static bool assignment_changes(const struct reader *reader, const struct reader_node *assignment,
                               struct buffer *value)
{
    const char *name;
    size_t length;
    buffer_clear(value);
    bool known = reader_literal(reader, assignment, value);
    reader_assigned(reader, assignment, &name, &length);
    return variable_changes(name, length, known ? value->data : NULL);
}

const struct reader_node *reader_find_marks(struct reader *reader)
{
    struct buffer value = BUFFER_INIT;
    const struct reader_node *root = reader_root(reader), *first = NULL;
    size_t length;
    const char *text = reader_text(reader, &length);
    bool aliases = memmem(text, length, "expand_aliases", 14) != NULL;
    for (struct reader_node *node = (struct reader_node *)root; node;
         node = (struct reader_node *)reader_walk(root, node)) {
        if ((node->kind == READER_SIMPLE && simple_changes(reader, node, aliases, &value)) ||
            (node->kind == READER_ASSIGNMENT && assignment_changes(reader, node, &value)))
            reader_mark(node, "changes how bash reads what follows");
        if (node->unknown && !first)
            first = node;
    }
    buffer_release(&value);
    return first;
}
