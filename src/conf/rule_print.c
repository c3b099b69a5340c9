/* rule_print.c - a rule as YAML.  Texts are quoted exactly: what cannot be seen is written as an escape and reads as
 * the same. */
#include "conf/rule_save.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "conf/plain.h"

#include <string.h>

/* The rule while it is printed. */
struct printing {
    struct buffer *out;
    unsigned indent;
    const struct rule *rule;
};

static void begin_key(const struct printing *printing, const char *key)
{
    buffer_append_format(printing->out, "%*s%s: ", (int)printing->indent + 2, "", key);
}

/* One text, or "[a, b]". */
static void add_value(const struct printing *printing, rule_texts texts)
{
    bool list = !texts[0] || texts[1];
    if (list)
        buffer_append_byte(printing->out, '[');
    for (size_t i = 0; texts[i]; i++) {
        if (i)
            buffer_append_text(printing->out, ", ");
        plain_quote(texts[i], printing->out);
    }
    if (list)
        buffer_append_byte(printing->out, ']');
}

static void add_texts(const struct printing *printing, const char *key, rule_texts texts)
{
    if (!texts)
        return;
    begin_key(printing, key);
    add_value(printing, texts);
    buffer_append_byte(printing->out, '\n');
}

/* --- what it is about --- */

static bool is_word(const char *text)
{
    return *text && !strpbrk(text, " \t\n");
}

static bool add_words(struct buffer *line, rule_texts words, const char *between, struct error *error)
{
    for (size_t i = 0; words && words[i]; i++) {
        if (!is_word(words[i]))
            return error_set(error, "\"%s\" cannot be a word of a rule: it is empty or has a blank in it",
                             words[i]);
        buffer_append_format(line, "%s%s", line->length ? between : "", words[i]);
    }
    return true;
}

static bool add_command(const struct printing *printing, struct error *error)
{
    struct buffer line = BUFFER_INIT;
    const struct rule *rule = printing->rule;
    bool fine = add_words(&line, rule->programs, "|", error) && add_words(&line, rule->words, " ", error);
    if (fine && !line.length)
        buffer_append_byte(&line, '*');
    if (fine)
        plain_quote(line.data, printing->out);
    buffer_append_byte(printing->out, '\n');
    buffer_release(&line);
    return fine;
}

/* "{read: [...]}". */
static void add_subject(const struct printing *printing, const char *key, rule_texts texts)
{
    buffer_append_format(printing->out, "{%s: ", key);
    add_value(printing, texts);
    buffer_append_text(printing->out, "}\n");
}

static void add_files(const struct printing *printing)
{
    const struct rule *rule = printing->rule;
    unsigned access = rule->verdict == VERDICT_ALLOW ? rule->access : rule->access & ~(unsigned)ACCESS_DELETE;
    const char *key = "files";
    if (rule->access == ACCESS_DELETE)
        key = "delete";
    else if (access == ACCESS_READ)
        key = "read";
    else if (access == ACCESS_WRITE)
        key = "write";
    add_subject(printing, key, rule->paths);
}

static bool add_about(const struct printing *printing, struct error *error)
{
    const struct rule *rule = printing->rule;
    if (rule->kind == RULE_COMMAND)
        return add_command(printing, error);
    if (rule->kind == RULE_FILE)
        add_files(printing);
    else
        add_subject(printing, rule->kind == RULE_HOST ? "host" : "tool",
                    rule->kind == RULE_HOST ? rule->hosts : rule->tools);
    return true;
}

/* --- the other keys --- */

static void add_tool_arguments(const struct printing *printing)
{
    const struct rule *rule = printing->rule;
    if (!rule->tool_argument_count)
        return;
    begin_key(printing, "arguments");
    for (size_t i = 0; i < rule->tool_argument_count; i++) {
        buffer_append_text(printing->out, i ? ", " : "{");
        plain_quote(rule->tool_arguments[i].name, printing->out);
        buffer_append_text(printing->out, ": ");
        plain_quote(rule->tool_arguments[i].pattern, printing->out);
    }
    buffer_append_text(printing->out, "}\n");
}

static void add_permits(const struct printing *printing)
{
    const char *before = "[";
    if (!(printing->rule->permits & ~(unsigned)EFFECT_READ))
        return;
    begin_key(printing, "permits");
    for (unsigned i = 1; i < EFFECT_COUNT; i++)
        if (printing->rule->permits & 1u << i) {
            buffer_append_format(printing->out, "%s%s", before, effect_name((enum policy_effect)(1u << i)));
            before = ", ";
        }
    buffer_append_text(printing->out, "]\n");
}

static void add_reason(const struct printing *printing)
{
    if (!printing->rule->reason)
        return;
    begin_key(printing, "reason");
    plain_quote(printing->rule->reason, printing->out);
    buffer_append_byte(printing->out, '\n');
}

bool rule_print(const struct rule *rule, unsigned indent, struct buffer *out, struct error *error)
{
    struct printing printing = { out, indent, rule };
    buffer_append_format(out, "%*s- %s: ", (int)indent, "", verdict_name(rule->verdict));
    if (!add_about(&printing, error))
        return false;
    add_tool_arguments(&printing);
    if (rule->kind == RULE_COMMAND) {
        add_texts(&printing, "arguments", rule->arguments);
        add_texts(&printing, "with", rule->with);
        add_texts(&printing, "options", rule->only);
        add_texts(&printing, "paths", rule->paths);
        add_texts(&printing, "hosts", rule->hosts);
        add_permits(&printing);
    }
    if (rule->outside) {
        begin_key(&printing, "outside");
        buffer_append_text(out, "true\n");
    }
    add_reason(&printing);
    add_texts(&printing, "match", rule->match);
    add_texts(&printing, "not_match", rule->not_match);
    return true;
}
