/* corpus.c - reads verdicts.corpus. */
#include "tests/policy/corpus.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void unescape(char *text, size_t *length)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        char digits[3] = { 0 };
        if (*from != '\\' || !from[1] || !strchr("ntx\\", from[1])) {
            *to++ = *from;
            continue;
        }
        from++;
        if (*from == 'x') {
            memcpy(digits, from + 1, 2);
            *to++ = (char)strtol(digits, NULL, 16);
            from += 2;
        } else {
            *to++ = *from == 'n' ? '\n' : *from == 't' ? '\t' : '\\';
        }
    }
    *length = (size_t)(to - text);
    *to = '\0';
}

static void add_row(struct corpus *corpus, char *text, unsigned line)
{
    char verdict[16], mode[16], folder[64];
    char *command = strstr(text, " | ");
    corpus->rows = array_reserve(corpus->rows, &corpus->capacity, corpus->count + 1, sizeof *corpus->rows);
    struct corpus_row *row = &corpus->rows[corpus->count++];
    *row = (struct corpus_row){ .line = line };
    if (!command || sscanf(text, "%15s %15s", verdict, mode) != 2 ||
        !verdict_from_name(verdict, &row->expected) || !policy_mode_from_name(mode, &row->mode)) {
        fprintf(stderr, "verdicts.corpus:%u: no row: %s\n", line, text);
        exit(1);
    }
    *command = '\0';
    if (sscanf(text, "%*s %*s @%63s", folder) == 1)
        row->cwd = xstrdup(folder);
    row->command = xstrdup(command + 3);
    unescape(row->command, &row->length);
}

/* Those that the manual shows: exactly these commands are allowed. */
static void add_rules(struct rule_set *set)
{
    static const char *const allowed[] = { "ls", "cat", "git status|diff|log", "pytest", "make test" };
    for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
        rule_set_words(
            rule_set_add(set, VERDICT_ALLOW, RULE_COMMAND, SCOPE_USER, "policy.yaml", (unsigned)i + 1),
            allowed[i], NULL);
}

void corpus_load(struct corpus *corpus, const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;
    unsigned line = 0;
    *corpus = (struct corpus){ 0 };
    if (!file) {
        perror(path);
        exit(1);
    }
    while (getline(&text, &size, file) > 0) {
        line++;
        text[strcspn(text, "\n")] = '\0';
        if (*text && *text != '#')
            add_row(corpus, text, line);
    }
    free(text);
    fclose(file);
    add_rules(&corpus->rules);
}

void corpus_release(struct corpus *corpus)
{
    for (size_t i = 0; i < corpus->count; i++) {
        free(corpus->rows[i].command);
        free(corpus->rows[i].cwd);
    }
    free(corpus->rows);
    rule_set_release(&corpus->rules);
}

void corpus_request(const struct corpus *corpus, const struct corpus_row *row, struct policy_request *request,
                    const struct rule_set **rules)
{
    *rules = &corpus->rules;
    *request = (struct policy_request){ .tool = "run_command",
                                        .interpreter = "bash",
                                        .script = row->command,
                                        .script_length = row->length,
                                        .cwd = row->cwd ? row->cwd : "/workspace",
                                        .home = "/root",
                                        .workspace = "/workspace",
                                        .programs_of_image = FACT_YES,
                                        .git_is_plain = FACT_YES,
                                        .rules = rules,
                                        .rule_set_count = row->mode == POLICY_RULES ? 1 : 0,
                                        .mode = row->mode };
}
