/* fuzz_card.c - any text as the command of a card, in any width: every byte of it is in the rows, none that is odd is
 * there as it is, no row is wider than the card, and what is told of it keeps to the same. */
#include "agent/gate.h"
#include "base/buffer.h"
#include "base/odd.h"
#include "base/utf8.h"
#include "base/visible.h"
#include "ui/card_facts.h"
#include "ui/script_lines.h"
#include "ui/wrap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTHS = 160, WIDTH_LEAST = 16, SCRIPT_MAX = 2048 };

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    utf8_set_locale();
    return 0;
}

static void check(bool good)
{
    if (!good)
        abort();
}

/* Controls of ASCII are drawn as marks by visible.h, like everywhere; the others are put down as such. */
static bool has_mark(const struct odd_list *odd, uint32_t code)
{
    return code >= 0x80 && code != UTF8_BAD && odd_list_has(odd, code);
}

static void judge(const char *script, struct policy_verdict *verdict)
{
    struct policy_request request = { .tool = "run_command",
                                      .interpreter = "bash",
                                      .script = script,
                                      .script_length = strlen(script),
                                      .cwd = "/workspace",
                                      .home = "/root",
                                      .workspace = "/workspace" };

    policy_judge(&request, verdict);
}

/* SCRIPT as the rows must have it: without newlines, with marks. */
static void add_expected(struct buffer *out, const char *script, const struct odd_list *odd)
{
    uint32_t code;

    for (size_t at = 0, size, length = strlen(script); at < length; at += size) {
        size = utf8_decode(script + at, length - at, &code);
        if (has_mark(odd, code))
            buffer_append_format(out, "<U+%04X>", (unsigned)code);
        else if (code != '\n')
            buffer_append(out, script + at, size);
    }
}

/* A tab may end behind the edge, where it draws nothing. */
static void check_row(const struct lines *lines, size_t row, const struct odd_list *odd)
{
    struct buffer text = BUFFER_INIT;
    uint32_t code;

    lines_text(lines, row, &text);
    const char *bytes = text.data ? text.data : "";
    check(strchr(bytes, '\t') || visible_columns(bytes, text.length) <= (size_t)lines_width(lines));
    for (size_t at = 0; at < text.length;) {
        at += utf8_decode(bytes + at, text.length - at, &code);
        check(!has_mark(odd, code));
    }
    buffer_release(&text);
}

/* All rows, without the mark of those that go on. */
static void add_rows(struct buffer *out, const struct lines *lines, const struct odd_list *odd)
{
    struct span span;

    for (size_t row = 0; row < lines_count(lines); row++) {
        check_row(lines, row, odd);
        for (size_t i = lines_continues(lines, row) ? 1 : 0; lines_span(lines, row, i, &span); i++)
            buffer_append(out, span.text, span.length);
    }
}

static void check_script(const char *script, const struct policy_verdict *verdict, int width,
                         const struct odd_list *odd)
{
    struct buffer expected = BUFFER_INIT, rows = BUFFER_INIT;
    struct lines *lines = lines_new(width);

    lines_mark(lines, odd);
    script_lines_add(lines, script, verdict->from, verdict->to);
    add_rows(&rows, lines, odd);
    add_expected(&expected, script, odd);
    check(rows.length == expected.length &&
          (rows.length == 0 || memcmp(rows.data, expected.data, rows.length) == 0));
    lines_free(lines);
    buffer_release(&rows);
    buffer_release(&expected);
}

static void check_facts(const struct ask *ask, int width, const struct odd_list *odd)
{
    struct lines *lines = lines_new(width);
    char length[CARD_LENGTH];

    lines_mark(lines, odd);
    card_facts_odd(lines, odd, true);
    card_facts_touched(lines, ask);
    card_facts_length(ask, length);
    check(*length);
    for (size_t row = 0; row < lines_count(lines); row++)
        check_row(lines, row, odd);
    lines_free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > SCRIPT_MAX)
        return 0;
    int width = WIDTH_LEAST + data[0] % WIDTHS;
    struct buffer script = BUFFER_INIT;
    buffer_append(&script, (const char *)data + 1, strnlen((const char *)data + 1, size - 1));
    buffer_append_text(&script, "");
    char cwd[] = "/workspace";
    struct action action = { .kind = ACTION_EXEC, .script = script.data, .cwd = cwd };
    struct ask ask = { .action = &action };
    struct odd_list odd = ODD_LIST_INIT;
    judge(action.script, &ask.verdict);
    odd_find(&odd, action.script, script.length);
    for (size_t i = 0; i < odd.count; i++)
        check(odd.items[i].count > 0 && odd.items[i].first < script.length);
    check_script(action.script, &ask.verdict, width, &odd);
    check_facts(&ask, width, &odd);
    policy_verdict_release(&ask.verdict);
    odd_list_release(&odd);
    buffer_release(&script);
    return 0;
}
