/* output.c - what simple commands print, as far as their text tells: echo, printf, cat of a here-document, and
 * the decoders that hide what follows. */
#include "policy/value.h"

#include "base/buffer.h"

#include <ctype.h>
#include <string.h>

static const char *const fetching[] = { "curl",   "wget",  "fetch", "aria2c", "lynx",  "w3m",
                                        "http",   "https", "nc",    "ncat",   "socat", "ftp",
                                        "lftp",   "scp",   "xh",    "axel",   "GET",   "netcat",
                                        "telnet", "rsync", "ssh",   "links",  "dig",   "nslookup" };

bool program_downloads(const char *name)
{
    const char *slash = strrchr(name, '/');
    name = slash ? slash + 1 : name;
    for (size_t i = 0; i < sizeof fetching / sizeof fetching[0]; i++)
        if (strcmp(fetching[i], name) == 0)
            return true;
    return false;
}

/* Programs whose words are data, whatever they spell. */
static bool only_prints(const char *name)
{
    static const char *const names[] = {
        "echo", "printf", "cat", "grep", "git", "which", "type", "ls", "rm"
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool simple_downloads(struct scan *scan, const struct place *place, const struct reader_node *simple)
{
    bool first = true;
    for (const struct reader_node *word = reader_child(simple, NULL, READER_WORD); word;
         word = reader_child(simple, word, READER_WORD)) {
        struct value value = value_shallow(scan, place, word);
        if (program_downloads(value.text))
            return true;
        if (first && only_prints(value.text))
            return false;
        first = false;
    }
    return false;
}

/* The text of backquotes that was read by itself: its literal words. */
static bool text_downloads(const struct reader *reader)
{
    struct buffer value = BUFFER_INIT;
    const struct reader_node *root = reader_root(reader);
    bool found = false;
    for (const struct reader_node *node = root; node && !found; node = reader_walk(root, node)) {
        buffer_clear(&value);
        found = (node->kind == READER_WORD && reader_literal(reader, node, &value) &&
                 program_downloads(value.data)) ||
                (reader_within(reader, node) && text_downloads(reader_within(reader, node)));
    }
    buffer_release(&value);
    return found;
}

/* What was found out about the substitution NODE before; NULL: nothing. */
static const struct substitution *known_substitution(const struct scan *scan, const struct reader_node *node)
{
    size_t known = names_find(&scan->substitution_nodes, (const char *)&node, sizeof node);
    return known == NAMES_NOT_FOUND ? NULL : &scan->substitutions[known];
}

static const struct reader_node *walk_past(const struct reader_node *root, const struct reader_node *node)
{
    while (node != root && !node->next)
        node = node->parent;
    return node == root ? NULL : node->next;
}

bool node_downloads(struct scan *scan, const struct place *place, const struct reader_node *root)
{
    const struct reader *reader = scan->text->reader;
    for (const struct reader_node *node = root; node;) {
        const struct reader *within = reader_within(reader, node);
        const struct substitution *known =
            node != root && node->kind == READER_COMMAND ? known_substitution(scan, node) : NULL;
        if ((within && text_downloads(within)) || (known && known->downloads))
            return true;
        if (node->kind == READER_SIMPLE && scan_works(scan, 4) && simple_downloads(scan, place, node))
            return true;
        node = known ? walk_past(root, node) : reader_walk(root, node);
    }
    return false;
}

/* --- printing --- */

/* \n, \t, \x41, \101 and their like; *STOPS at \c. */
static char escape(const char **at, bool *stops)
{
    static const char from[] = "abefnrtv\\", to[] = "\a\b\033\f\n\r\t\v\\";
    const char *text = *at;
    const char *simple = *text ? strchr(from, *text) : NULL;
    unsigned code = 0, digits = 0;
    if (simple) {
        ++*at;
        return to[simple - from];
    }
    *stops |= *text == 'c';
    if (*text == 'x') {
        for (text++; digits < 2 && isxdigit((unsigned char)*text); digits++, text++)
            code =
                code * 16 + (unsigned)(isdigit((unsigned char)*text) ? *text - '0' : (*text | 32) - 'a' + 10);
    } else {
        for (text += *text == '0'; digits < 3 && *text >= '0' && *text <= '7'; digits++, text++)
            code = code * 8 + (unsigned)(*text - '0');
    }
    if (!digits)
        return '\\';
    *at = text;
    return code == HOLE || !code ? HOLE : (char)code;
}

static void add_escaped(struct scan *scan, struct marked *out, const char *text)
{
    bool stops = false;
    while (*text && !stops) {
        char byte = *text++;
        if (byte == '\\')
            byte = escape(&text, &stops);
        if (!stops)
            marked_add(scan, out, &byte, 1, MARK_QUOTED);
    }
}

static const char *echo_output(struct scan *scan, const struct value *words, size_t count)
{
    struct marked out = { 0 };
    size_t first = 1;
    bool escapes = false, newline = true;
    while (first < count && words[first].text[0] == '-' && words[first].text[1] &&
           strspn(words[first].text + 1, "neE") == strlen(words[first].text + 1)) {
        escapes |= strchr(words[first].text, 'e') != NULL;
        newline &= strchr(words[first].text, 'n') == NULL;
        first++;
    }
    marked_add(scan, &out, "", 0, MARK_QUOTED);
    for (size_t i = first; i < count; i++) {
        if (i > first)
            marked_add(scan, &out, " ", 1, MARK_QUOTED);
        if (escapes)
            add_escaped(scan, &out, words[i].text);
        else
            marked_add(scan, &out, words[i].text, strlen(words[i].text), MARK_QUOTED);
    }
    if (newline)
        marked_add(scan, &out, "\n", 1, MARK_QUOTED);
    return out.text;
}

/* Once over the format, %s and %b filled in. */
static const char *printf_output(struct scan *scan, const struct value *words, size_t count)
{
    struct marked out = { 0 };
    size_t format = 1, next;
    if (count > 3 && strcmp(words[1].text, "-v") == 0)
        return "";
    format += count > 1 && strcmp(words[1].text, "--") == 0;
    if (format >= count)
        return NULL;
    next = format + 1;
    marked_add(scan, &out, "", 0, MARK_QUOTED);
    do {
        const char *at = words[format].text;
        while (*at) {
            size_t plain = strcspn(at, "%");
            add_escaped(scan, &out, pool_text(&scan->pool, at, plain));
            at += plain;
            if (!*at)
                break;
            if (at[1] == 's' && next < count)
                marked_add(scan, &out, words[next].text, strlen(words[next].text), MARK_QUOTED);
            else if (at[1] == 'b' && next < count)
                add_escaped(scan, &out, words[next].text);
            else if (at[1] != '%' && at[1] != 's' && at[1] != 'b')
                return NULL;
            if (at[1] == '%')
                marked_add(scan, &out, "%", 1, MARK_QUOTED);
            else
                next++;
            at += 2;
        }
    } while (next < count && strchr(words[format].text, '%') && scan_works(scan, 1));
    return out.text;
}

static const char *here_text(struct scan *scan, const struct place *place, const struct reader_node *simple)
{
    const char *text = NULL;
    for (const struct reader_node *node = reader_child(simple, NULL, READER_REDIRECTION); node;
         node = reader_child(simple, node, READER_REDIRECTION)) {
        if (node->partner)
            text = value_document(scan, place, node->partner);
        else if (node->redirection == READER_HERE_STRING && node->first)
            text = value_single(scan, place, node->first).text;
    }
    return text;
}

static const char *simple_output(struct scan *scan, const struct place *place,
                                 const struct reader_node *simple)
{
    struct value *words = NULL;
    size_t count = 0, capacity = 0;
    for (const struct reader_node *word = reader_child(simple, NULL, READER_WORD); word;
         word = reader_child(simple, word, READER_WORD))
        value_words(scan, place, word, &words, &count, &capacity);
    while (count > 1 && (strcmp(words[0].text, "command") == 0 || strcmp(words[0].text, "builtin") == 0)) {
        words++;
        count--;
    }
    if (!count)
        return NULL;
    if (strcmp(words[0].text, "echo") == 0)
        return echo_output(scan, words, count);
    if (strcmp(words[0].text, "printf") == 0)
        return printf_output(scan, words, count);
    if (strcmp(words[0].text, "pwd") == 0 && place->cwd_count == 1 && !place->elsewhere) {
        scan->looked++;
        return place->cwds[0];
    }
    if (strcmp(words[0].text, "nproc") == 0 && count == 1)
        return "2";
    if (strcmp(words[0].text, "cat") == 0 && count == 1)
        return here_text(scan, place, simple);
    if ((strcmp(words[0].text, "which") == 0 || strcmp(words[0].text, "basename") == 0) && count == 2)
        return words[1].text;
    return NULL;
}

/* --- decoding --- */

static int base64_digit(char byte)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = byte ? strchr(digits, byte) : NULL;
    return found ? (int)(found - digits) : -1;
}

static const char *decode_base64(struct scan *scan, const char *text)
{
    char *out = pool_take(&scan->pool, strlen(text) + 1);
    size_t length = 0;
    unsigned bits = 0, value = 0;
    for (; *text && *text != '='; text++) {
        int digit = base64_digit(*text);
        if (digit < 0)
            continue;
        value = value << 6 | (unsigned)digit;
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        char byte = (char)(value >> bits & 255);
        out[length++] = byte ? byte : HOLE;
    }
    return out;
}

static const char *decode_hex(struct scan *scan, const char *text)
{
    char *out = pool_take(&scan->pool, strlen(text) + 1);
    size_t length = 0, digits = 0;
    unsigned value = 0;
    for (; *text; text++) {
        if (!isxdigit((unsigned char)*text))
            continue;
        value =
            value * 16 + (unsigned)(isdigit((unsigned char)*text) ? *text - '0' : (*text | 32) - 'a' + 10);
        if (++digits % 2)
            continue;
        out[length++] = value & 255 ? (char)(value & 255) : HOLE;
        value = 0;
    }
    return out;
}

static const char *reversed(struct scan *scan, const char *text)
{
    size_t length = strlen(text);
    while (length && text[length - 1] == '\n')
        length--;
    char *out = pool_text(&scan->pool, text, length);
    for (size_t i = 0; i < length; i++)
        out[i] = text[length - 1 - i];
    return out;
}

const char *output_filtered(struct scan *scan, const struct place *place, const struct reader_node *node,
                            const char *text)
{
    if (node->kind != READER_SIMPLE)
        return NULL;
    struct value *words = NULL;
    size_t count = 0, capacity = 0;
    bool decodes = false;
    for (const struct reader_node *word = reader_child(node, NULL, READER_WORD); word;
         word = reader_child(node, word, READER_WORD))
        value_words(scan, place, word, &words, &count, &capacity);
    for (size_t i = 1; i < count; i++)
        decodes |= words[i].text[0] == '-' && strpbrk(words[i].text, "dDr") != NULL;
    if (!count)
        return NULL;
    const char *name = words[0].text;
    if ((strcmp(name, "cat") == 0 || strcmp(name, "tee") == 0) && count == 1)
        return text;
    if (strcmp(name, "tee") == 0)
        return text;
    if (strcmp(name, "base64") == 0 || (strcmp(name, "openssl") == 0 && decodes))
        return decodes ? decode_base64(scan, text) : NULL;
    if (strcmp(name, "xxd") == 0)
        return decodes ? decode_hex(scan, text) : NULL;
    return strcmp(name, "rev") == 0 ? reversed(scan, text) : NULL;
}

static const char *pipeline_output(struct scan *scan, const struct place *place,
                                   const struct reader_node *pipeline)
{
    const struct reader_node *node = pipeline->first;
    const char *text = node ? output_of(scan, place, node) : NULL;
    while (text && (node = node->next))
        if (node->kind < READER_WORD)
            text = output_filtered(scan, place, node, text);
    return text;
}

const char *output_of(struct scan *scan, const struct place *place, const struct reader_node *node)
{
    if (!scan_works(scan, 4))
        return NULL;
    switch (node->kind) {
    case READER_SIMPLE:
        return simple_output(scan, place, node);
    case READER_PIPELINE:
        return pipeline_output(scan, place, node);
    case READER_LIST:
    case READER_GROUP:
    case READER_SUBSHELL:
        node = scan_only_command(node);
        return node ? output_of(scan, place, node) : NULL;
    default:
        return NULL;
    }
}

/* --- substitutions --- */

static struct substitution run_substitution(struct scan *scan, const struct place *place,
                                            const struct reader_node *node)
{
    struct substitution substitution = { .output = node->first ? output_of(scan, place, node->first) : NULL };
    substitution.downloads = node_downloads(scan, place, node);
    if (!substitution.output)
        return substitution;
    size_t length = strlen(substitution.output);
    while (length && substitution.output[length - 1] == '\n')
        length--;
    substitution.output = pool_text(&scan->pool, substitution.output, length);
    return substitution;
}

/* Those within others would be worked out again for each one around them: what does not depend on variables or the
 * folder is kept, as long as the tree lasts. */
struct substitution substitution_of(struct scan *scan, const struct place *place,
                                    const struct reader_node *node)
{
    const struct substitution *known = known_substitution(scan, node);
    if (known)
        return *known;
    size_t looked = scan->looked;
    struct substitution substitution = run_substitution(scan, place, node);
    if (scan->looked != looked || !scan->text->outermost)
        return substitution;
    size_t count = scan->substitution_nodes.count;
    scan->substitutions = pool_reserve(&scan->pool, scan->substitutions, &scan->substitution_capacity,
                                       count + 1, sizeof *scan->substitutions);
    scan->substitutions[count] = substitution;
    names_add(&scan->substitution_nodes, &scan->pool,
              pool_text(&scan->pool, (const char *)&node, sizeof node), sizeof node, count);
    return substitution;
}
