/* value.c - words folded as far as they are known: quotes, escapes, variables, simple substitutions, braces,
 * tilde, splitting.  What is not known becomes a hole, and reading goes on around it. */
#include "policy/scan.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "policy/value.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct builder {
    struct scan *scan;
    const struct place *place;
    const struct reader *reader;
    const char *source;
    struct marked word;
    bool sure, downloaded, quoted, globs;
    bool shallow;      /* substitutions are not looked into */
    const char *holds; /* of a process substitution in it */
};

static void add(struct builder *builder, const char *text, size_t length, enum mark mark)
{
    marked_add(builder->scan, &builder->word, text, length, mark);
}

static void add_hole(struct builder *builder, enum mark mark)
{
    static const char hole = HOLE;
    add(builder, &hole, 1, mark == MARK_BARE ? MARK_EXPANDED : mark);
    builder->sure = false;
}

/* What an expansion came to: quoted where it stands in quotes, else split and looked at for file names. */
static void add_expanded(struct builder *builder, const char *text, enum mark mark)
{
    size_t length = strlen(text);
    if (scan_works(builder->scan, length))
        add(builder, text, length, mark == MARK_BARE ? MARK_EXPANDED : mark);
    else
        add_hole(builder, mark);
}

/* Text within double quotes, where a backslash means something before few bytes only. */
static void add_double_text(struct builder *builder, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        bool escapes = builder->source[i] == '\\' && i + 1 < to && strchr("$`\"\\\n", builder->source[i + 1]);
        if (escapes && builder->source[++i] == '\n')
            continue;
        add(builder, builder->source + i, 1, MARK_QUOTED);
    }
}

static void add_node(struct builder *builder, const struct reader_node *node, enum mark mark);

static void add_text(struct builder *builder, size_t from, size_t to, enum mark mark)
{
    if (mark == MARK_QUOTED)
        add_double_text(builder, from, to);
    else if (to > from)
        add(builder, builder->source + from, to - from, mark);
}

/* The bytes [FROM, TO) of PARENT, its children read. */
static void add_span(struct builder *builder, const struct reader_node *parent, size_t from, size_t to,
                     enum mark mark)
{
    for (const struct reader_node *child = parent->first; child; child = child->next) {
        if (child->from < from || child->to > to)
            continue;
        add_text(builder, from, child->from, mark);
        add_node(builder, child, mark);
        from = child->to;
    }
    add_text(builder, from, to, mark);
}

/* --- parameters --- */

static bool is_name_byte(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_';
}

static void add_variable(struct builder *builder, struct variable *variable, enum mark mark)
{
    const struct place *place = builder->place;
    variable_use(builder->scan, variable);
    if (!variable->times && place->cwd_count && strcmp(variable->name, "PWD") == 0) {
        builder->sure &= place->cwd_count == 1 && !place->elsewhere;
        add_expanded(builder, place->cwds[0], mark);
        return;
    }
    builder->downloaded |= variable->downloaded;
    builder->sure &= variable->sure;
    builder->globs |= variable->globs;
    if (variable->chosen < variable->count)
        add_expanded(builder, variable->values[variable->chosen], mark);
    else if (variable->other)
        add_hole(builder, mark);
}

static const char *value_at_hand(const struct variable *variable)
{
    return variable->chosen < variable->count ? variable->values[variable->chosen] : NULL;
}

/* ${x:1:2} with plain numbers. */
static bool add_substring(struct builder *builder, const char *value, const char *operation, enum mark mark)
{
    char *end;
    long length = (long)strlen(value), from = strtol(operation + 1, &end, 10), count = length;
    if (end == operation + 1)
        return false;
    if (*end == ':')
        count = strtol(end + 1, &end, 10);
    from = from < 0 ? length + from : from;
    if (*end != '}' || from < 0 || from > length || count < 0)
        return false;
    count = count > length - from ? length - from : count;
    add_expanded(builder, pool_text(&builder->scan->pool, value + from, (size_t)count), mark);
    return true;
}

static bool add_changed_case(struct builder *builder, const char *value, const char *operation,
                             enum mark mark)
{
    bool upper = operation[0] == '^', all = operation[1] == operation[0];
    if (operation[1 + all] != '}')
        return false;
    char *text = pool_text(&builder->scan->pool, value, strlen(value));
    for (size_t i = 0; text[i] && (all || !i); i++)
        text[i] = (char)(upper ? toupper((unsigned char)text[i]) : tolower((unsigned char)text[i]));
    add_expanded(builder, text, mark);
    return true;
}

/* Prompts, offsets and subscripts are expressions that may run what a variable holds. */
static void check_operation(struct builder *builder, const struct reader_node *node, const char *operation)
{
    size_t element = *operation == '[' ? 1 + strspn(operation + 1, "@*0123456789") : 0;
    if (element > 1 && operation[element] == ']')
        operation += element + 1;
    bool calculates = *operation == '@' || (*operation == '[' && !strchr("@*", operation[1])) ||
                      (*operation == ':' && !strchr("-=+?", operation[1]));
    size_t digits = strspn(operation, ":[ -0123456789");
    if (calculates && operation[digits] != '}' && operation[digits] != ']')
        scan_trouble(builder->scan, "It calculates with what is not known", node->from, node->to);
}

/* ${x OPERATION}: the search takes the likeliest outcome. */
static void add_operation(struct builder *builder, const struct reader_node *node, struct variable *variable,
                          size_t at, enum mark mark)
{
    const char *operation = builder->source + at, *value = value_at_hand(variable);
    bool colon = operation[0] == ':' && strchr("-=+?", operation[1]);
    char kind = operation[colon];
    builder->sure = false;
    variable_use(builder->scan, variable);
    if (kind == '=' && variable_is_dangerous(variable->name))
        scan_trouble(builder->scan, "It sets what programs look at", node->from, node->to);
    if (kind == '+') {
        if (!value || *value)
            add_span(builder, node, at + 1 + colon, node->to - 1, mark);
        return;
    }
    if ((kind == '-' || kind == '=') && (!value || !*value)) {
        size_t before = builder->word.length;
        add_span(builder, node, at + 1 + colon, node->to - 1, mark);
        if (kind == '=')
            variable_add(
                builder->scan, variable,
                pool_text(&builder->scan->pool, builder->word.text + before, builder->word.length - before));
    } else if (kind == '-' || kind == '=' || kind == '?')
        add_variable(builder, variable, mark);
    else if (value && strchr("%#", operation[0]))
        add_expanded(builder, value, mark); /* what is cut off rarely makes a path another */
    else if (value && operation[0] == ':' && add_substring(builder, value, operation, mark))
        return;
    else if (value && strchr("^,", operation[0]) && add_changed_case(builder, value, operation, mark))
        return;
    else
        add_hole(builder, mark);
}

/* ${a[0]}, ${a[@]}: the elements were joined with blanks. */
static void add_element(struct builder *builder, struct variable *variable, const char *subscript,
                        enum mark mark)
{
    const char *value = value_at_hand(variable);
    char *end;
    long index = strtol(subscript, &end, 10);
    variable_use(builder->scan, variable);
    builder->sure = false;
    if (!value) {
        add_variable(builder, variable, mark);
    } else if (subscript[0] == '@' || subscript[0] == '*') {
        add_expanded(builder, value, MARK_BARE);
    } else if (end > subscript && *end == ']' && index >= 0) {
        for (; index && *value; index--) {
            value += strcspn(value, " ");
            value += strspn(value, " ");
        }
        add_expanded(builder, pool_text(&builder->scan->pool, value, strcspn(value, " ")), mark);
    } else {
        add_hole(builder, mark);
    }
}

static void add_indirect(struct builder *builder, struct variable *variable, enum mark mark)
{
    const char *name = value_at_hand(variable);
    variable_use(builder->scan, variable);
    builder->sure = false;
    if (name)
        add_variable(builder, variable_get(builder->scan, name, strlen(name)), mark);
    else
        add_hole(builder, mark);
}

static void add_braced(struct builder *builder, const struct reader_node *node, enum mark mark)
{
    size_t at = node->from + 2, end;
    bool indirect = (node->flags & READER_INDIRECT) != 0;
    if (indirect)
        scan_trouble(builder->scan, "It takes the name of a variable from another", node->from, node->to);
    at += indirect;
    for (end = at; end < node->to && is_name_byte(builder->source[end]); end++)
        continue;
    if (end == at && end < node->to && strchr("@*", builder->source[end]))
        end++;
    if (end == at) {
        size_t subscript = end + strcspn(builder->source + end, "[}");
        if (subscript < node->to && builder->source[subscript] == '[')
            check_operation(builder, node, builder->source + subscript); /* ${#a[i]} */
        add_hole(builder, mark);
        return;
    }
    const char *name = builder->source + at;
    size_t length = end - at;
    check_operation(builder, node, builder->source + end);
    struct variable *variable = variable_get(builder->scan, *name == '*' ? "@" : name, length);
    if (builder->source[end] == '[')
        add_element(builder, variable, builder->source + end + 1, mark);
    else if (indirect)
        add_indirect(builder, variable, mark);
    else if (builder->source[end] == '}')
        add_variable(builder, variable, mark);
    else
        add_operation(builder, node, variable, end, mark);
}

static void add_parameter(struct builder *builder, const struct reader_node *node, enum mark mark)
{
    const char *name = builder->source + node->from + 1;
    size_t length = node->to - node->from - 1;
    if (node->unknown || !length) {
        add_hole(builder, mark);
    } else if (*name == '{') {
        add_braced(builder, node, mark);
    } else if (*name == '@' || *name == '*') {
        struct variable *all = variable_get(builder->scan, "@", 1);
        add_variable(builder, all, MARK_BARE);
    } else if (is_name_byte(*name)) {
        add_variable(builder, variable_get(builder->scan, name, length), mark);
    } else {
        add_hole(builder, MARK_QUOTED); /* $?, $$: a number */
    }
}

/* --- the other parts --- */

static bool is_word(const struct builder *builder, const struct reader_node *word, const char *text)
{
    return word && word->to - word->from == strlen(text) &&
           memcmp(builder->source + word->from, text, strlen(text)) == 0;
}

/* Is it known to the byte what comes of it?  $(cat <<'END' ...) in quotes is the text of the document, $(pwd) the
 * folder; $(nproc) is a number, whichever. */
static bool is_exact(const struct builder *builder, const struct reader_node *node, enum mark mark)
{
    const struct reader_node *simple = node;
    while (simple && simple->kind != READER_SIMPLE)
        simple = (simple->flags & READER_BACKGROUND) ? NULL : scan_only_command(simple);
    const struct reader_node *word = simple ? simple->first : NULL, *redirection = word ? word->next : NULL;
    if (!word || word->kind != READER_WORD || (redirection && redirection->next))
        return false;
    if (!redirection)
        return is_word(builder, word, "nproc") || (mark == MARK_QUOTED && is_word(builder, word, "pwd"));
    struct buffer text = BUFFER_INIT;
    bool exact = mark == MARK_QUOTED && is_word(builder, word, "cat") &&
                 redirection->kind == READER_REDIRECTION && redirection->partner &&
                 redirection->inner == READER_DEFAULT_DESCRIPTOR &&
                 reader_literal(builder->reader, redirection->partner, &text);
    buffer_release(&text);
    return exact;
}

static void add_substitution(struct builder *builder, const struct reader_node *node, enum mark mark)
{
    builder->sure &= node->kind == READER_COMMAND && is_exact(builder, node, mark);
    if ((!node->first && !reader_within(builder->reader, node)) || builder->shallow) {
        builder->sure = false;
        add_hole(builder, mark);
        return;
    }
    struct substitution substitution = substitution_of(builder->scan, builder->place, node);
    builder->downloaded |= substitution.downloads;
    if (substitution.output)
        add_expanded(builder, substitution.output, mark);
    else
        add_hole(builder, mark); /* which makes it unsure */
}

static void add_literal(struct builder *builder, const struct reader_node *node)
{
    struct buffer value = BUFFER_INIT;
    builder->quoted = true;
    if (reader_literal_part(builder->reader, node, &value))
        add(builder, value.data, value.length, MARK_QUOTED);
    else
        add_hole(builder, MARK_QUOTED);
    buffer_release(&value);
}

static void add_node(struct builder *builder, const struct reader_node *node, enum mark mark)
{
    switch (node->kind) {
    case READER_DOUBLE:
    case READER_LOCALE:
        builder->quoted = true;
        builder->sure &= node->kind == READER_DOUBLE;
        add_span(builder, node, node->from + 1 + (node->kind == READER_LOCALE), node->to - 1, MARK_QUOTED);
        break;
    case READER_PARAMETER:
        add_parameter(builder, node, mark);
        break;
    case READER_COMMAND:
    case READER_BACKQUOTE:
        add_substitution(builder, node, mark);
        break;
    case READER_PROCESS:
        builder->downloaded |= !builder->shallow && node_downloads(builder->scan, builder->place, node);
        if (!builder->shallow && node->first)
            builder->holds = output_of(builder->scan, builder->place, node->first);
        add(builder, "/dev/fd/63", 10, MARK_QUOTED);
        break;
    case READER_ESCAPE:
    case READER_SINGLE:
    case READER_ANSI:
        add_literal(builder, node);
        break;
    case READER_ARITHMETIC:
        for (size_t i = node->from; i < node->to; i++)
            if (isalpha((unsigned char)builder->source[i]) || builder->source[i] == '_') {
                scan_trouble(builder->scan, "It calculates with what is not known", node->from, node->to);
                break;
            }
        add_hole(builder, mark);
        break;
    case READER_WORD:
        add_span(builder, node, node->from, node->to, mark);
        break;
    default:
        add_hole(builder, mark);
    }
}

/* --- words --- */

static struct builder new_builder(struct scan *scan, const struct place *place)
{
    struct builder builder = { .scan = scan, .place = place, .reader = scan->text->reader, .sure = true };
    builder.source = reader_text(builder.reader, NULL);
    builder.sure = scan->text->sure;
    marked_add(scan, &builder.word, "", 0, MARK_BARE);
    return builder;
}

static void set_span(const struct scan *scan, const struct reader_node *node, struct value *value)
{
    value->from = scan->text->outermost ? node->from : scan->text->from;
    value->to = scan->text->outermost ? node->to : scan->text->to;
}

/* name=~/x, also as an argument: whether bash sees an assignment in it is not relied on. */
static void fold_inner_tildes(struct builder *builder, struct marked *word)
{
    const char *home = value_at_hand(variable_get(builder->scan, "HOME", 4));
    struct marked whole = { 0 };
    bool found = false;
    for (size_t i = 0; i < word->length; i++) {
        bool stands =
            i && word->text[i] == '~' && word->marks[i] == MARK_BARE && strchr("=:", word->text[i - 1]);
        if (stands && home)
            marked_add(builder->scan, &whole, home, strlen(home), MARK_QUOTED);
        else
            marked_add(builder->scan, &whole, word->text + i, 1, (enum mark)word->marks[i]);
        found |= stands;
    }
    builder->sure &= !found;
    if (found)
        *word = whole;
}

/* A tilde at the start stands for a folder. */
static void fold_tilde(struct builder *builder, struct marked *word)
{
    if (word->length && memchr(word->text, '~', word->length))
        fold_inner_tildes(builder, word);
    if (!word->length || word->text[0] != '~' || word->marks[0] != MARK_BARE)
        return;
    size_t length = 1;
    while (length < word->length && word->text[length] != '/' && word->marks[length] == MARK_BARE)
        length++;
    if (length < word->length && word->text[length] != '/')
        return;
    struct variable *home = variable_get(builder->scan, "HOME", 4);
    const char *folder = length == 1 ? value_at_hand(home) : NULL;
    builder->sure &= length == 1 && home->sure;
    if (!folder && length == 5 && memcmp(word->text, "~root", 5) == 0)
        folder = "/root";
    if (length == 2 && word->text[1] == '+' && builder->place->cwd_count)
        folder = builder->place->cwds[0];
    static const char hole[] = { HOLE, '\0' };
    struct marked whole = { 0 };
    folder = folder ? folder : hole;
    builder->sure &= folder != hole;
    marked_add(builder->scan, &whole, folder, strlen(folder), MARK_QUOTED);
    for (size_t i = length; i < word->length; i++)
        marked_add(builder->scan, &whole, word->text + i, 1, (enum mark)word->marks[i]);
    *word = whole;
}

static struct value make_value(const struct builder *builder, const char *text, const char *marks,
                               size_t length)
{
    struct value value = {
        .known = true, .sure = builder->sure, .downloaded = builder->downloaded, .holds = builder->holds
    };
    bool bracket = false;
    value.text = pool_text(&builder->scan->pool, text, length);
    for (size_t i = 0; i < length; i++) {
        bool bare = marks[i] != MARK_QUOTED;
        value.known &= text[i] != HOLE;
        value.many |= text[i] == HOLE && marks[i] == MARK_EXPANDED;
        value.globs |= bare && (text[i] == '*' || text[i] == '?' || (text[i] == ']' && bracket));
        bracket |= bare && text[i] == '[';
    }
    value.sure &= value.known;
    value.globs |= builder->globs;
    return value;
}

struct values {
    struct value **list;
    size_t *count, *capacity;
};

static void add_value(struct scan *scan, struct values *values, const struct reader_node *node,
                      struct value value)
{
    set_span(scan, node, &value);
    *values->list =
        pool_reserve(&scan->pool, *values->list, values->capacity, *values->count + 1, sizeof **values->list);
    (*values->list)[(*values->count)++] = value;
}

static bool splits_at(const struct marked *word, size_t at)
{
    return word->marks[at] == MARK_EXPANDED && strchr(" \t\n", word->text[at]);
}

/* Splits what came out of expansions at blanks. */
static void add_split(struct builder *builder, struct values *values, const struct reader_node *node,
                      struct marked *word)
{
    size_t from = 0, before = *values->count;
    fold_tilde(builder, word);
    for (size_t i = 0; i <= word->length; i++) {
        if (i < word->length && !splits_at(word, i))
            continue;
        if (i > from || (i == word->length && builder->quoted && *values->count == before))
            add_value(builder->scan, values, node,
                      make_value(builder, word->text + from, word->marks + from, i - from));
        from = i + 1;
    }
}

size_t value_words(struct scan *scan, const struct place *place, const struct reader_node *node,
                   struct value **list, size_t *count, size_t *capacity)
{
    struct builder builder = new_builder(scan, place);
    struct values values = { list, count, capacity };
    struct marked *words = NULL;
    size_t word_count = 0, word_capacity = 0, before = *count;
    bool plain = true;
    add_node(&builder, node, MARK_BARE);
    if (!(node->flags & READER_BRACES)) {
        add_split(&builder, &values, node, &builder.word);
        return *count - before;
    }
    if (!braces_expand(scan, &builder.word, &words, &word_count, &word_capacity, &plain))
        scan_trouble(scan, "It holds braces that stand for too many words", node->from, node->to);
    builder.sure &= plain && !node->first;
    for (size_t i = 0; i < word_count; i++)
        add_split(&builder, &values, node, &words[i]);
    return *count - before;
}

static void add_array(struct builder *builder, const struct reader_node *array)
{
    builder->sure = false;
    for (const struct reader_node *word = array->first; word; word = word->next) {
        add_node(builder, word, MARK_QUOTED);
        if (word->next)
            add(builder, " ", 1, MARK_QUOTED);
    }
}

static struct value build_single(struct builder builder, const struct reader_node *node)
{
    struct scan *scan = builder.scan;
    const struct reader_node *array = reader_child(node, NULL, READER_ARRAY);
    size_t from = node->kind == READER_ASSIGNMENT ? node->inner : node->from;
    if (array)
        add_array(&builder, array);
    else
        add_span(&builder, node, from, node->to, MARK_BARE);
    fold_tilde(&builder, &builder.word);
    struct value value = make_value(&builder, builder.word.text, builder.word.marks, builder.word.length);
    value.globs = value.globs && node->kind == READER_WORD;
    value.many = false;
    set_span(scan, node, &value);
    return value;
}

struct value value_single(struct scan *scan, const struct place *place, const struct reader_node *node)
{
    return build_single(new_builder(scan, place), node);
}

struct value value_shallow(struct scan *scan, const struct place *place, const struct reader_node *node)
{
    struct builder builder = new_builder(scan, place);
    builder.shallow = true;
    return build_single(builder, node);
}

const char *value_document(struct scan *scan, const struct place *place, const struct reader_node *body)
{
    struct builder builder = new_builder(scan, place);
    struct buffer literal = BUFFER_INIT;
    const char *text = NULL;
    if (reader_literal(builder.reader, body, &literal)) {
        text = pool_text(&scan->pool, literal.data, literal.length);
    } else {
        add_span(&builder, body, body->from, body->inner, MARK_QUOTED);
        text = builder.word.text;
    }
    buffer_release(&literal);
    return text;
}
