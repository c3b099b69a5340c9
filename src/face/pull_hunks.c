/* pull_hunks.c - see pull_hunks.h.  What is not answered is left. */
#include "face/pull_hunks.h"

#include "base/memory.h"
#include "face/pull_show.h"
#include "matter/diff.h"
#include "sandbox/sync.h"

#include <stdlib.h>
#include <string.h>

char pull_answer(FILE *terminal)
{
    char line[64];

    fflush(stdout);
    if (!fgets(line, sizeof line, terminal))
        return 'q';
    for (int c = 0; !strchr(line, '\n') && c != '\n' && c != EOF;)
        c = fgetc(terminal);
    return line[0];
}

bool pull_has_hunks(const struct sync_change *change)
{
    struct diff *diff = change->kind == SYNC_CHANGED ? sync_change_diff(change, DIFF_CONTEXT) : NULL;
    bool has = diff && diff_hunks(diff) > 1;

    diff_free(diff);
    return has;
}

/* 'y', 'n' or 'q'. */
static char ask(FILE *terminal, const struct diff *diff, size_t index, bool colour)
{
    char answer;

    pull_show_hunk(stdout, diff_hunk(diff, index), colour);
    do {
        printf("Hunk %zu of %zu? [y]es, [n]o, [q]uit: ", index + 1, diff_hunks(diff));
        answer = pull_answer(terminal);
    } while (answer != 'y' && answer != 'n' && answer != 'q');
    return answer;
}

bool pull_choose_hunks(FILE *terminal, const struct sync_change *change, bool colour,
                       struct sync_change *part)
{
    struct diff *diff = sync_change_diff(change, DIFF_CONTEXT);
    bool *chosen = xcalloc(diff_hunks(diff) + 1, sizeof *chosen), any = false;
    char answer = 'n';

    for (size_t i = 0; i < diff_hunks(diff) && answer != 'q'; i++) {
        answer = ask(terminal, diff, i, colour);
        chosen[i] = answer == 'y';
        any = any || chosen[i];
    }
    any = any && sync_change_part(change, diff, chosen, part);
    free(chosen);
    diff_free(diff);
    return any;
}
