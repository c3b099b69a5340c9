/* policy_corpus.c - reads the corpus and the rules that stand beside it. */
#include "face/policy_corpus.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/rules.h"

#include <stdlib.h>
#include <string.h>

static int hex(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = strchr(digits, digit >= 'A' && digit <= 'F' ? digit - 'A' + 'a' : digit);
    return digit && at ? (int)(at - digits) : -1;
}

/* Takes the escapes of TEXT away in place; what is none stays as it is. */
static size_t unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        int high = from[0] == '\\' && from[1] == 'x' ? hex(from[2]) : -1;
        int low = high >= 0 ? hex(from[3]) : -1;
        const char *plain = from[0] == '\\' && from[1] ? strchr("n\nt\t\\\\", from[1]) : NULL;
        if (low >= 0)
            *to++ = (char)(high * 16 + low);
        else
            *to++ = plain ? plain[1] : *from;
        from += low >= 0 ? 3 : plain ? 1 : 0;
    }
    *to = '\0';
    return (size_t)(to - text);
}

/* "allow careful | ls" or "deny careful @/etc | touch x" of LENGTH bytes. */
static bool read_row(struct corpus_row *row, const char *line, size_t length)
{
    char *text = xstrndup(line, length);
    char *mode = strchr(text, ' '), *command = strstr(text, " | ");
    bool fine = mode && command && mode < command;
    if (fine) {
        *mode++ = *command = '\0';
        char *folder = strstr(mode, " @/");
        if (folder) {
            *folder = '\0';
            row->cwd = xstrdup(folder + 2);
        }
        fine = verdict_from_name(text, &row->expected) && policy_mode_from_name(mode, &row->mode);
    }
    if (fine) {
        row->command = xstrdup(command + 3);
        row->length = unescape(row->command);
    }
    free(text);
    return fine;
}

static void corpus_row_release(struct corpus_row *row)
{
    free(row->command);
    free(row->cwd);
}

static bool read_rows(struct corpus *corpus, const char *text, const char *path, struct error *error)
{
    unsigned line = 1;
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n', line++) {
        struct corpus_row row = { .line = line };
        size_t length = strcspn(text, "\n");
        if (!length || *text == '#')
            continue;
        if (!read_row(&row, text, length)) {
            corpus_row_release(&row);
            return error_set(error, "%s:%u: this is no row of the corpus", path, line);
        }
        corpus->rows =
            array_reserve(corpus->rows, &corpus->capacity, corpus->count + 1, sizeof *corpus->rows);
        corpus->rows[corpus->count++] = row;
    }
    return true;
}

bool corpus_read(struct corpus *corpus, struct error *error)
{
    char *path = path_data_file("tests/policy/verdicts.corpus");
    char *rules = path_data_file("tests/policy/corpus.yaml");
    struct buffer text = BUFFER_INIT;
    *corpus = (struct corpus){ .rules = RULE_SET_INIT };
    bool fine = path_read_file(path, &text, error) && read_rows(corpus, text.data, path, error) &&
                rules_load(&corpus->rules, rules, SCOPE_USER, error);
    buffer_release(&text);
    free(path);
    free(rules);
    return fine;
}

void corpus_release(struct corpus *corpus)
{
    for (size_t i = 0; i < corpus->count; i++)
        corpus_row_release(&corpus->rows[i]);
    free(corpus->rows);
    rule_set_release(&corpus->rules);
}
