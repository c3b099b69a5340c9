/* values.c - typed values of options.
 *
 * YAML 1.1 has twenty-two ways to say true or false and reads 010 as 8.  Here a boolean is true or false, a
 * number has one spelling, and a text that another reader would take for either must stand in quotes. */
#include "conf/values.h"

#include "base/buffer.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/texts.h"
#include "conf/names.h"
#include "conf/numbers.h"
#include "conf/options.h"
#include "conf/plain.h"
#include "conf/problems.h"
#include "conf/yaml.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One value being read. */
struct reading {
    const struct option *option;
    const struct yaml_value *node; /* the value, an item of it, or a member */
    struct problems *problems;
};

/* --- what is wrong --- */

static char *describe(const struct option *option, const struct yaml_value *node)
{
    if (node->kind == YAML_LIST)
        return xstrdup(" is a list");
    if (node->kind == YAML_MAP)
        return xstrdup(" is a map");
    if (node->kind == YAML_EMPTY)
        return xstrdup(" is empty");
    if (option->secret)
        return xstrdup("");
    char *quoted = problems_quote(node->text);
    char *text = xasprintf(node->kind == YAML_QUOTED ? " is \"%s\"" : " is %s", quoted);
    free(quoted);
    return text;
}

/* "terminal.memory is 1: it must be ...".  Always returns false. */
static bool refuse(const struct reading *reading, const char *wanted)
{
    char *what = describe(reading->option, reading->node);
    bool item = reading->option->type == OPTION_LIST || reading->option->type == OPTION_MAP ||
                reading->option->type == OPTION_OBJECT;
    problems_add(reading->problems, reading->node->line, reading->node->column, "%s%s%s: %s",
                 item && *what ? "a value of " : "", reading->option->path, what, wanted);
    free(what);
    return false;
}

static void print_number(const struct option *option, double value, struct buffer *out)
{
    if (option->type == OPTION_SIZE)
        number_print_size(out, (int64_t)value);
    else if (option->type == OPTION_SPAN)
        number_print_span(out, (int64_t)value);
    else
        buffer_append_format(out, "%.15g", value);
}

bool value_range(const struct option *option, struct buffer *out)
{
    if (option->minimum == 0 && option->maximum == 0)
        return false;
    print_number(option, option->minimum, out);
    buffer_append_text(out, " to ");
    print_number(option, option->maximum, out);
    return true;
}

static bool check_range(const struct reading *reading, double value)
{
    const struct option *option = reading->option;
    bool any = option->minimum == 0 && option->maximum == 0;
    if (any || (value >= option->minimum && value <= option->maximum))
        return true;
    struct buffer wanted = BUFFER_INIT;
    buffer_append_text(&wanted, "it must be from ");
    value_range(option, &wanted);
    refuse(reading, wanted.data);
    buffer_release(&wanted);
    return false;
}

/* --- one reader a type --- */

static bool is_scalar(const struct yaml_value *node)
{
    return node->kind == YAML_PLAIN || node->kind == YAML_QUOTED;
}

/* NULL and told, when it is not one line of text.  Caller frees. */
static char *read_line(const struct reading *reading)
{
    const struct yaml_value *node = reading->node;
    if (!is_scalar(node)) {
        refuse(reading, "it must be a text");
        return NULL;
    }
    if (node->kind == YAML_PLAIN && plain_is_ambiguous(node->text)) {
        refuse(reading, "a text that looks like a number or like yes and no must stand in quotes");
        return NULL;
    }
    size_t length = strlen(node->text);
    if (length && node->text[length - 1] == '\n')
        length--; /* a block (|) ends in one */
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)node->text[i] < 0x20 || node->text[i] == 0x7f) {
            refuse(reading, "it must be one line without control characters");
            return NULL;
        }
    }
    return xstrndup(node->text, length);
}

static bool read_text(const struct reading *reading, struct value *value)
{
    value->text = read_line(reading);
    if (value->text && !*value->text)
        return refuse(reading, "it must not be empty; leave the line out to have none");
    return value->text;
}

static bool read_url(const struct reading *reading, struct value *value)
{
    if (!read_text(reading, value))
        return false;
    const char *host = NULL;
    if (strncasecmp(value->text, "http://", 7) == 0)
        host = value->text + 7;
    else if (strncasecmp(value->text, "https://", 8) == 0)
        host = value->text + 8;
    if (!host || !*host || strchr("/:", *host))
        return refuse(reading, "it must begin with http:// or https:// and a host");
    if (strpbrk(value->text, " \\?#\"<>"))
        return refuse(reading, "it must be a base, without spaces, a query (?) or a fragment (#)");
    if (memchr(host, '@', strcspn(host, "/")))
        return problems_add(reading->problems, reading->node->line, reading->node->column,
                            "%s must not hold a user name or a password: a key has options of its own",
                            reading->option->path);
    return true;
}

static bool read_folder(const struct reading *reading, struct value *value)
{
    if (!read_text(reading, value))
        return false;
    char *normal = path_normalize(NULL, value->text);
    bool fine = strcmp(normal, value->text) == 0 && value->text[1];
    free(normal);
    return fine || refuse(reading,
                          "it must be an absolute path below /, without \".\", \"..\" or a slash at its end");
}

static bool read_choice(const struct reading *reading, struct value *value)
{
    const struct option *option = reading->option;
    value->integer = is_scalar(reading->node) ? option_choice(option->choices, reading->node->text) : -1;
    if (value->integer >= 0) {
        value->text = xstrdup(reading->node->text);
        return true;
    }
    char word[32];
    bool near = is_scalar(reading->node) &&
                option_nearest_choice(option->choices, reading->node->text, word, sizeof word);
    char *wanted = xasprintf("it must be one of: %s%s%s%s", option->choices, near ? "; did you mean " : "",
                             near ? word : "", near ? "?" : "");
    refuse(reading, wanted);
    free(wanted);
    return false;
}

static bool read_path(const struct reading *reading, struct value *value)
{
    if (reading->option->choices && is_scalar(reading->node) && !strchr(reading->node->text, '/'))
        return read_choice(reading, value);
    return read_text(reading, value);
}

static bool read_boolean(const struct reading *reading, struct value *value)
{
    const struct yaml_value *node = reading->node;
    bool yes = node->kind == YAML_PLAIN && strcmp(node->text, "true") == 0;
    bool no = node->kind == YAML_PLAIN && strcmp(node->text, "false") == 0;
    if (!yes && !no)
        return refuse(reading, "it must be true or false, without quotes");
    value->boolean = yes;
    value->text = xstrdup(node->text);
    return true;
}

static bool read_number(const struct reading *reading, struct value *value)
{
    const struct yaml_value *node = reading->node;
    enum option_type type = reading->option->type;
    bool plain = node->kind == YAML_PLAIN, fine = false;
    const char *wanted = NULL;
    if (type == OPTION_INTEGER) {
        fine = plain && number_integer(node->text, &value->integer);
        wanted = "it must be a whole number such as 50, without quotes";
    } else if (type == OPTION_NUMBER) {
        fine = plain && number_decimal(node->text, &value->number);
        wanted = "it must be a number such as 0.7, without quotes";
    } else if (type == OPTION_SIZE) {
        fine = is_scalar(node) && number_size(node->text, &value->integer);
        wanted = "it must be a size: a whole number of bytes, or one with K, M, G or T, such as 100M";
    } else {
        fine = is_scalar(node) && number_span(node->text, &value->integer);
        wanted = "it must be a time: a whole number with ms, s, m, h or d, such as 30s";
    }
    if (!fine)
        return refuse(reading, wanted);
    if (type != OPTION_NUMBER)
        value->number = (double)value->integer;
    value->text = xstrdup(node->text);
    return check_range(reading, value->number);
}

static bool check_name(const struct reading *reading, const char *name, int line, int column)
{
    const char *problem = name_problem(name, reading->option->variables);
    if (!problem)
        return true;
    char *shown = problems_quote(name);
    problems_add(reading->problems, line, column, "%s: %s %s", reading->option->path, shown, problem);
    free(shown);
    return false;
}

/* An item of a list: a text, or a variable's name.  NULL and told when it is none.  Caller frees. */
static char *read_item(const struct reading *item)
{
    char *text = read_line(item);
    if (!text || !item->option->variables || check_name(item, text, item->node->line, item->node->column))
        return text;
    free(text);
    return NULL;
}

static bool read_list(const struct reading *reading, struct value *value)
{
    if (reading->node->kind != YAML_LIST)
        return problems_add(reading->problems, reading->node->line, reading->node->column,
                            "%s must be a list, such as [one, two]", reading->option->path);
    size_t count = reading->node->count;
    bool fine = true;
    value->list = xcalloc(count + 1, sizeof *value->list);
    for (size_t i = 0, filled = 0; i < count; i++) {
        struct reading item = { reading->option, reading->node->entries[i].value, reading->problems };
        char *text = read_item(&item);
        if (text)
            value->list[filled++] = text;
        else
            fine = false;
    }
    return fine;
}

static char *read_member(const struct reading *reading, const struct yaml_entry *entry)
{
    if (!check_name(reading, entry->key, entry->line, entry->column))
        return NULL;
    struct reading member = { reading->option, entry->value, reading->problems };
    char *text = read_line(&member);
    char *line = text ? xasprintf("%s: %s", entry->key, text) : NULL;
    free(text);
    return line;
}

static bool read_map(const struct reading *reading, struct value *value)
{
    if (reading->node->kind != YAML_MAP)
        return problems_add(reading->problems, reading->node->line, reading->node->column,
                            "%s must be a map, such as {NAME: \"value\"}", reading->option->path);
    size_t count = reading->node->count;
    bool fine = true;
    value->list = xcalloc(count + 1, sizeof *value->list);
    for (size_t i = 0, filled = 0; i < count; i++) {
        char *line = read_member(reading, &reading->node->entries[i]);
        if (line)
            value->list[filled++] = line;
        else
            fine = false;
    }
    return fine;
}

static struct json *read_json(const struct reading *reading, bool *fine);

static struct json *read_json_scalar(const struct reading *reading, bool *fine)
{
    const char *text = reading->node->text;
    int64_t integer;
    double number;
    if (reading->node->kind == YAML_EMPTY)
        return json_new_null();
    if (reading->node->kind == YAML_QUOTED)
        return json_new_text(text);
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return json_new_boolean(*text == 't');
    if (number_integer(text, &integer))
        return json_new_integer(integer);
    if (strpbrk(text, ".eE") && number_decimal(text, &number))
        return json_new_number(number + 0.0); /* no -0, which would read back as another text */
    if (plain_is_ambiguous(text))
        *fine = refuse(reading, "write true, false or a plain number, or put a text in quotes");
    return json_new_text(text);
}

static struct json *read_json(const struct reading *reading, bool *fine)
{
    const struct yaml_value *node = reading->node;
    if (node->kind != YAML_LIST && node->kind != YAML_MAP)
        return read_json_scalar(reading, fine);
    struct json *json = node->kind == YAML_MAP ? json_new_object() : json_new_array();
    for (size_t i = 0; i < node->count; i++) {
        struct reading item = { reading->option, node->entries[i].value, reading->problems };
        struct json *member = read_json(&item, fine);
        if (node->kind == YAML_MAP)
            json_set(json, node->entries[i].key, member);
        else
            json_add(json, member);
    }
    return json;
}

static bool read_object(const struct reading *reading, struct value *value)
{
    if (reading->node->kind != YAML_MAP)
        return problems_add(reading->problems, reading->node->line, reading->node->column,
                            "%s must be a map, such as {top_k: 20}", reading->option->path);
    bool fine = true;
    value->object = read_json(reading, &fine);
    value->text = json_print(value->object);
    return fine;
}

/* The rules themselves are read by rules.c; the value is how many there are. */
static bool read_rules(const struct reading *reading, struct value *value)
{
    if (reading->node->kind == YAML_EMPTY)
        return false;
    size_t count = reading->node->kind == YAML_LIST ? reading->node->count : 0;
    value->text = xasprintf("%zu rule%s", count, count == 1 ? "" : "s");
    value->integer = (int64_t)count;
    return true;
}

/* --- the text of a list and of a map --- */

static char *list_text(const struct value *value, const struct option *option)
{
    struct buffer out = BUFFER_INIT;
    bool map = option->type == OPTION_MAP;
    buffer_append_byte(&out, map ? '{' : '[');
    for (size_t i = 0; value->list[i]; i++) {
        const char *text = value->list[i];
        if (i)
            buffer_append_text(&out, ", ");
        if (map) {
            size_t name = strcspn(text, ":") + 2;
            buffer_append(&out, text, name);
            text += name;
        }
        plain_print(text, &out);
    }
    buffer_append_byte(&out, map ? '}' : ']');
    return buffer_detach(&out);
}

/* --- all types --- */

bool value_read(struct value *value, const struct option *option, const struct yaml_value *node,
                struct problems *problems)
{
    static bool (*const readers[])(const struct reading *, struct value *) = {
        [OPTION_TEXT] = read_text,      [OPTION_URL] = read_url,       [OPTION_PATH] = read_path,
        [OPTION_FOLDER] = read_folder,  [OPTION_CHOICE] = read_choice, [OPTION_BOOLEAN] = read_boolean,
        [OPTION_INTEGER] = read_number, [OPTION_NUMBER] = read_number, [OPTION_SIZE] = read_number,
        [OPTION_SPAN] = read_number,    [OPTION_LIST] = read_list,     [OPTION_MAP] = read_map,
        [OPTION_OBJECT] = read_object,  [OPTION_RULES] = read_rules,
    };
    struct reading reading = { option, node, problems };
    bool fine = readers[option->type](&reading, value);
    if (!fine)
        value_release(value);
    else if (value->list)
        value->text = list_text(value, option);
    return fine;
}

static bool is_compound(enum option_type type)
{
    return type == OPTION_LIST || type == OPTION_MAP || type == OPTION_OBJECT;
}

/* Marks of a place inside a typed text would only confuse, so problems of it have none. */
static void forget_places(struct yaml_value *value)
{
    value->line = 0;
    for (size_t i = 0; i < value->count; i++) {
        value->entries[i].line = 0;
        forget_places(value->entries[i].value);
    }
}

bool value_read_text(struct value *value, const struct option *option, const char *text,
                     struct problems *problems)
{
    if (is_compound(option->type)) {
        struct yaml_value *tree = yaml_tree_read(text, strlen(text), problems);
        if (!tree)
            return false;
        forget_places(tree);
        bool fine = value_read(value, option, tree, problems);
        yaml_tree_free(tree);
        return fine;
    }
    /* Nobody quotes twice in a shell: what has to be a text is one, what has to be a number is plain. */
    bool plain = option->type >= OPTION_BOOLEAN;
    char *copy = xstrdup(text);
    struct yaml_value node = { .kind = plain ? YAML_PLAIN : YAML_QUOTED, .text = copy };
    bool fine = value_read(value, option, &node, problems);
    free(copy);
    return fine;
}

void value_release(struct value *value)
{
    texts_free(value->list);
    free(value->text);
    json_free(value->object);
    *value = (struct value){ 0 };
}

/* --- strictness --- */

static bool is_no_limit(const struct option *option, const struct value *value)
{
    return !value || (option->zero_is_none && value->number == 0);
}

bool value_tightens(const struct option *option, const struct value *next, const struct value *now)
{
    if (option->type == OPTION_BOOLEAN)
        return !next->boolean || (now && now->boolean);
    if (option->type == OPTION_CHOICE)
        return now && next->integer <= now->integer;
    if (is_no_limit(option, next))
        return is_no_limit(option, now);
    return is_no_limit(option, now) || next->number <= now->number;
}

void value_print(const struct value *value, const struct option *option, struct buffer *out)
{
    if (option->secret)
        buffer_append_text(out, "(set)");
    else if (option->type < OPTION_BOOLEAN)
        plain_print(value->text, out);
    else
        plain_print_line(value->text, out);
}
