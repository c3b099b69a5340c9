/* markdown.c - the stream: what is closed is drawn for good, the rest is drawn as a draft and cut off again.
 *
 * `done` bytes of the text are in the lines for good, up to the place `kept`.  An update cuts the draft off,
 * moves `done` forward over closed blocks and over whole lines of an open fence, and draws what is left. */
#include "ui/markdown.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "matter/lexer.h"
#include "matter/markdown.h"
#include "matter/markdown_stream.h"
#include "ui/blocks.h"
#include "ui/code.h"
#include "ui/wrap.h"

#include <stdlib.h>
#include <string.h>

struct rendering {
    struct lines *lines;
    struct markdown document; /* of the part at hand; its memory is used again */
    size_t length;            /* of the text when it was last brought up to date */
    bool whole;
    size_t done;
    struct lines_place kept;
    bool within; /* `done` cuts an overlong block: no blank line follows */
    bool fenced; /* `done` lies in a fence */
    struct markdown_fence fence;
    const struct lexer_language *language;
    unsigned lexer_state;
};

struct rendering *rendering_new(void)
{
    struct rendering *rendering = xcalloc(1, sizeof(*rendering));
    rendering->lines = lines_new(1);
    rendering->kept = lines_here(rendering->lines);
    return rendering;
}

void rendering_free(struct rendering *rendering)
{
    if (!rendering)
        return;
    lines_free(rendering->lines);
    markdown_release(&rendering->document);
    free(rendering);
}

static void start_anew(struct rendering *rendering, int width)
{
    lines_clear(rendering->lines, width);
    rendering->kept = lines_here(rendering->lines);
    rendering->done = rendering->length = 0;
    rendering->fenced = rendering->within = rendering->whole = false;
}

static void add_blocks(struct rendering *rendering, const char *text, size_t length)
{
    bool follows = lines_count(rendering->lines) > 0 && !rendering->within;
    markdown_parse(&rendering->document, text, length);
    blocks_add(rendering->lines, &rendering->document, follows);
}

/* --- fences --- */

/* Where a line of code goes on in another row, the row says so: what is shown must not read as two lines. */
static const struct span goes_on = { STYLE_DIM, "↳ ", sizeof "↳ " - 1 };
static const struct line_form code_form = {
    .mode = WRAP_COLUMNS, .rest = &goes_on, .rest_count = 1, .fill = STYLE_CODE
};

static void open_fence(struct rendering *rendering, const char *line)
{
    if (lines_count(rendering->lines) > 0)
        lines_blank(rendering->lines);
    rendering->fenced = true;
    rendering->within = false;
    rendering->language = lexer_find(line + rendering->fence.info, rendering->fence.info_length);
    rendering->lexer_state = LEXER_START;
}

static unsigned add_code_line(struct rendering *rendering, const char *line, size_t length)
{
    size_t indent = 0;
    while (indent < rendering->fence.indent && indent < length && line[indent] == ' ')
        indent++;
    return code_add_line(rendering->lines, &code_form, rendering->language, rendering->lexer_state,
                         line + indent, length - indent);
}

/* One whole line within the fence. */
static void take_fenced_line(struct rendering *rendering, const char *line, size_t length)
{
    if (markdown_fence_closes(line, length, &rendering->fence))
        rendering->fenced = false;
    else
        rendering->lexer_state = add_code_line(rendering, line, length);
}

/* --- moving forward --- */

/* Takes one thing that is closed off the front of TEXT. Returns its bytes, 0: there is none. */
static size_t take_closed(struct rendering *rendering, const char *text, size_t length)
{
    size_t line, next;
    bool complete = markdown_line(text, length, &line, &next);
    if (rendering->fenced) {
        if (complete)
            take_fenced_line(rendering, text, line);
        return complete ? next : 0;
    }
    if (complete && markdown_fence_opens(text, line, &rendering->fence)) {
        open_fence(rendering, text);
        return next;
    }
    bool within;
    size_t closed = markdown_closed(text, length, &within);
    if (!closed)
        return 0;
    add_blocks(rendering, text, closed);
    rendering->within = within;
    return closed;
}

static bool is_mark(const char *text, size_t length, char mark)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] != mark && text[i] != ' ')
            return false;
    return true;
}

static void add_draft(struct rendering *rendering, const char *text, size_t length, bool whole)
{
    if (!length)
        return;
    if (!whole)
        length -= utf8_partial_tail(text, length);
    if (rendering->fenced) {
        bool mark = is_mark(text, length, rendering->fence.mark); /* it may become the closing fence */
        if (whole && markdown_fence_closes(text, length, &rendering->fence))
            return;
        if (whole || !mark)
            add_code_line(rendering, text, length);
        return;
    }
    size_t undecided = whole ? 0 : markdown_undecided(text, length);
    if (length > undecided)
        add_blocks(rendering, text, length - undecided);
}

void rendering_update(struct rendering *rendering, const char *text, size_t length, int width, bool whole)
{
    width = width < 1 ? 1 : width;
    if (length < rendering->length || width != lines_width(rendering->lines))
        start_anew(rendering, width);
    else if (length == rendering->length && whole == rendering->whole)
        return;
    lines_cut(rendering->lines, rendering->kept);
    for (size_t taken = 1; taken && rendering->done < length;) {
        taken = take_closed(rendering, text + rendering->done, length - rendering->done);
        rendering->done += taken;
    }
    rendering->kept = lines_here(rendering->lines);
    add_draft(rendering, text + rendering->done, length - rendering->done, whole);
    lines_end(rendering->lines);
    rendering->length = length;
    rendering->whole = whole;
}

const struct lines *rendering_lines(const struct rendering *rendering)
{
    return rendering->lines;
}

void markdown_add_code(struct lines *lines, const char *language, const char *text, size_t length)
{
    code_add(lines, &code_form, language ? lexer_find(language, strlen(language)) : NULL, text, length);
}
