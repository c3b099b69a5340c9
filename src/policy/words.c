/* words.c - one pass over the script; a word is built byte by byte, quotes taken off as bash does. */
#include "policy/words.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    struct script_words *out;
    const char *script;
    size_t length, at;
    struct buffer word;
    size_t word_from;
    bool in_word, quoted;
};

static void odd(struct reading *reading, size_t from, size_t to)
{
    if (!reading->out->plain)
        return;
    reading->out->plain = false;
    reading->out->odd_from = from;
    reading->out->odd_to = to < reading->length ? to : reading->length;
}

static struct simple_command *last_command(struct script_words *out)
{
    if (out->count == 0) {
        out->commands = array_reserve(out->commands, &out->capacity, 1, sizeof *out->commands);
        out->commands[out->count++] = (struct simple_command){ 0 };
    }
    return &out->commands[out->count - 1];
}

static void end_word(struct reading *reading)
{
    if (!reading->in_word)
        return;
    struct simple_command *command = last_command(reading->out);
    command->words =
        array_reserve(command->words, &command->capacity, command->count + 1, sizeof *command->words);
    command->words[command->count++] = (struct word){
        .text = xstrndup(reading->word.data, reading->word.length),
        .from = reading->word_from,
        .to = reading->at,
        .quoted = reading->quoted,
    };
    buffer_clear(&reading->word);
    reading->in_word = reading->quoted = false;
}

static void end_command(struct reading *reading)
{
    struct script_words *out = reading->out;

    end_word(reading);
    if (out->count == 0 || out->commands[out->count - 1].count == 0)
        return;
    out->commands = array_reserve(out->commands, &out->capacity, out->count + 1, sizeof *out->commands);
    out->commands[out->count++] = (struct simple_command){ 0 };
}

static void add_byte(struct reading *reading, char byte)
{
    if (!reading->in_word) {
        reading->in_word = true;
        reading->word_from = reading->at;
    }
    buffer_append_byte(&reading->word, byte);
}

static void begin_quoted(struct reading *reading)
{
    if (!reading->in_word) {
        reading->in_word = true;
        reading->word_from = reading->at;
    }
    reading->quoted = true;
}

static void read_single(struct reading *reading)
{
    size_t open = reading->at;

    begin_quoted(reading);
    for (reading->at++; reading->at < reading->length; reading->at++) {
        if (reading->script[reading->at] == '\'')
            return;
        buffer_append_byte(&reading->word, reading->script[reading->at]);
    }
    odd(reading, open, reading->length);
}

static void read_double(struct reading *reading)
{
    size_t open = reading->at;

    begin_quoted(reading);
    for (reading->at++; reading->at < reading->length; reading->at++) {
        char byte = reading->script[reading->at];
        if (byte == '"')
            return;
        if (byte == '$' || byte == '`' || byte == '!')
            odd(reading, reading->at, reading->at + 1);
        if (byte == '\\' && reading->at + 1 < reading->length &&
            strchr("$`\"\\\n", reading->script[reading->at + 1]))
            byte = reading->script[++reading->at];
        buffer_append_byte(&reading->word, byte);
    }
    odd(reading, open, reading->length);
}

static void read_backslash(struct reading *reading)
{
    if (reading->at + 1 >= reading->length) {
        odd(reading, reading->at, reading->length);
        return;
    }
    if (reading->script[reading->at + 1] == '\n') {
        reading->at++;
        return;
    }
    begin_quoted(reading);
    buffer_append_byte(&reading->word, reading->script[++reading->at]);
}

/* ; newline | || && end a command; a single & (background) and |& are not plain. */
static void read_operator(struct reading *reading)
{
    char byte = reading->script[reading->at];
    char next = reading->at + 1 < reading->length ? reading->script[reading->at + 1] : '\0';

    end_command(reading);
    if (byte == '&' && next != '&')
        odd(reading, reading->at, reading->at + 1);
    if ((byte == '|' && next == '&') || (byte == ';' && next == ';'))
        odd(reading, reading->at, reading->at + 2);
    if ((byte == '&' || byte == '|') && next == byte)
        reading->at++;
}

/* Bytes that mean something to bash which this reader does not read. */
static bool is_special(const struct reading *reading, char byte)
{
    if (strchr("$`<>(){}*?[]!~#^=", byte))
        return !(byte == '=' && reading->in_word && reading->word.data[0] == '-') &&
               !((byte == '#' || byte == '~' || byte == '^') && reading->in_word);
    unsigned char value = (unsigned char)byte;
    return value < 0x20 || value >= 0x7f;
}

static void read_byte(struct reading *reading)
{
    char byte = reading->script[reading->at];

    if (byte == ' ' || byte == '\t')
        end_word(reading);
    else if (byte == '\n' || byte == ';' || byte == '&' || byte == '|')
        read_operator(reading);
    else if (byte == '\'')
        read_single(reading);
    else if (byte == '"')
        read_double(reading);
    else if (byte == '\\')
        read_backslash(reading);
    else if (strchr("(){}`<>", byte) && byte) {
        odd(reading, reading->at, reading->at + 1);
        end_command(reading);
    } else {
        if (is_special(reading, byte))
            odd(reading, reading->at, reading->at + 1);
        add_byte(reading, byte);
    }
}

void script_words_read(struct script_words *words, const char *script, size_t length)
{
    struct reading reading = { .out = words, .script = script, .length = length, .word = BUFFER_INIT };

    memset(words, 0, sizeof *words);
    words->plain = true;
    for (; reading.at < length; reading.at++)
        read_byte(&reading);
    reading.at = length;
    end_word(&reading);
    if (words->count > 0 && words->commands[words->count - 1].count == 0)
        words->count--;
    buffer_release(&reading.word);
}

void script_words_release(struct script_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        for (size_t k = 0; k < words->commands[i].count; k++)
            free(words->commands[i].words[k].text);
        free(words->commands[i].words);
    }
    free(words->commands);
    memset(words, 0, sizeof *words);
}
