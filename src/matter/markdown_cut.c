/* markdown_cut.c - goes over closed blocks, and line by line through fences. */
#include "matter/markdown_cut.h"

/* Takes the line at the front of TEXT when it is whole and belongs to a fence. Returns its bytes, 0: it does not. */
static size_t take_fence_line(struct markdown_cut *cut, const char *text, size_t length)
{
    size_t line, next;

    if (!markdown_line(text, length, &line, &next))
        return 0;
    if (cut->fenced)
        cut->fenced = !markdown_fence_closes(text, line, &cut->fence);
    else if (markdown_fence_opens(text, line, &cut->fence))
        cut->fenced = true;
    else
        return 0;
    return next;
}

size_t markdown_cut_read(struct markdown_cut *cut, const char *text, size_t length)
{
    while (cut->done < length) {
        const char *rest = text + cut->done;
        size_t left = length - cut->done, taken = take_fence_line(cut, rest, left);
        bool within = false;
        if (!taken && !cut->fenced)
            taken = markdown_closed(rest, left, &within);
        if (!taken)
            break;
        cut->done += taken;
        if (!cut->fenced && !within)
            cut->place = cut->done;
    }
    return cut->place;
}
