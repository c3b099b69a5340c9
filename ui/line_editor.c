/* line_editor.c - libedit as a blocking reader on a stack of its own.
 *
 * How it stands: el_wgets runs in a routine.  Its read function (read_key) takes from a queue and yields
 * when that is empty, so between runs libedit is always in the middle of reading, and its buffer can be
 * looked at.  It is given a private pty, because it edits only on a terminal, and its output goes to
 * /dev/null, because a pty that nobody reads fills up and blocks.
 *
 * What the owner wants done is fed as keys, too: the C1 controls, which nobody can type, are bound to
 * functions of ours (enum private_key), so every change of the text is a command of libedit's and its undo,
 * counts and modes stay in order.
 */
#include "config.h"

#include "ui/line_editor.h"

#include "base/error.h"
#include "base/memory.h"
#include "ui/line_libedit.h"
#include "ui/routine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* libedit asks terminfo, whose current terminal is one for the whole process and may be curses' own: it is
 * put back.  (<term.h> would define some 600 macros here.) */
struct term;
struct term *set_curterm(struct term *terminal);

enum { HISTORY_ENTRIES = 1000, ESCAPE = 033 };

struct line_editor *line_editor_of(EditLine *libedit)
{
    void *editor = NULL;
    el_wget(libedit, EL_CLIENTDATA, &editor);
    return editor;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

/* The next key, if there is one that may be used now. */
static bool take_key(struct line_editor *editor, wchar_t *key)
{
    if (editor->urgent) {
        *key = editor->urgent;
        editor->urgent = 0;
        return true;
    }
    if (editor->hold || editor->action != LINE_WAITING || editor->taken == editor->queued)
        return false;
    *key = editor->queue[editor->taken++];
    return true;
}

/* libedit's read function. It reads the first key of each command into one variable of el_wgets, and keys
 * within a command into others: that is how we know where it stands. */
static int read_key(EditLine *libedit, wchar_t *cell)
{
    struct line_editor *editor = line_editor_of(libedit);
    if (!editor->command_cell)
        editor->command_cell = cell;
    editor->in_command = cell != editor->command_cell;
    while (!editor->restart && !take_key(editor, cell))
        routine_yield(editor->routine);
    if (editor->restart)
        return 0;
    if (editor->in_command && *cell == PRESS_ESCAPE)
        *cell = ESCAPE;
    if (!editor->in_command && *cell != PRESS_ESCAPE) {
        editor->before_last = editor->last;
        editor->last = *cell;
    }
    return 1;
}

/* el_wgets came back: LINE is the text with the newline that ended it, or NULL at end of file. */
static void end_text(struct line_editor *editor, const wchar_t *line, int count)
{
    free(editor->submitted);
    editor->submitted = NULL;
    if (!line || count <= 0) {
        editor->action = LINE_END_OF_FILE;
        return;
    }
    if (line[count - 1] == L'\n')
        count--;
    editor->submitted_count = (size_t)count;
    editor->submitted = xmalloc(((size_t)count + 1) * sizeof *line);
    wmemcpy(editor->submitted, line, (size_t)count);
    editor->submitted[count] = 0;
    editor->action = LINE_SUBMIT;
}

static void read_texts(void *context)
{
    struct line_editor *editor = context;
    while (!editor->closing) {
        int count = 0;
        editor->command_cell = NULL;
        editor->last = editor->before_last = 0;
        const wchar_t *line = el_wgets(editor->libedit, &count);
        if (editor->restart) {
            editor->restart = false;
            continue;
        }
        end_text(editor, line, count); /* the next reading yields, since there is something to do */
    }
}

enum line_action line_editor_run(struct line_editor *editor)
{
    editor->action = LINE_WAITING;
    routine_resume(editor->routine);
    return editor->action;
}

/* Runs the command of one key before those in the queue. */
static void press(struct line_editor *editor, wchar_t key)
{
    enum line_action action = editor->action;
    editor->urgent = key;
    editor->hold = true;
    routine_resume(editor->routine);
    editor->hold = false;
    editor->action = action;
}

static void queue_key(struct line_editor *editor, wchar_t key)
{
    if (editor->taken == editor->queued)
        editor->taken = editor->queued = 0;
    editor->queue = array_reserve(editor->queue, &editor->capacity, editor->queued + 1, sizeof key);
    editor->queue[editor->queued++] = key;
}

void line_editor_feed(struct line_editor *editor, const wchar_t *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (keys[i] < 0x80 || keys[i] > 0x9f)
            queue_key(editor, keys[i]);
}

void line_editor_escape(struct line_editor *editor)
{
    queue_key(editor, PRESS_ESCAPE);
}

bool line_editor_replace(struct line_editor *editor, size_t before, const wchar_t *text, size_t count)
{
    size_t length, cursor;
    if (editor->in_command)
        press(editor, PRESS_ESCAPE);
    line_editor_text(editor, &length, &cursor);
    editor->insert_before = before < cursor ? before : cursor;
    if (length - editor->insert_before + count > LINE_EDITOR_CEILING)
        return false;
    editor->insert = text;
    press(editor, PRESS_REPLACE);
    return true;
}

void line_editor_restart(struct line_editor *editor)
{
    editor->queued = editor->taken = 0;
    editor->restart = true;
    line_editor_run(editor);
}

const wchar_t *line_editor_text(const struct line_editor *editor, size_t *count, size_t *cursor)
{
    const LineInfoW *line = el_wline(editor->libedit);
    *count = (size_t)(line->lastchar - line->buffer);
    *cursor = (size_t)(line->cursor - line->buffer);
    return line->buffer;
}

const wchar_t *line_editor_submitted(const struct line_editor *editor, size_t *count)
{
    *count = editor->submitted_count;
    return editor->submitted;
}

bool line_editor_in_command(const struct line_editor *editor)
{
    return editor->in_command;
}

bool line_editor_knows(const struct line_editor *editor, const wchar_t *sequence)
{
    for (size_t i = 0; i < editor->sequence_count; i++)
        if (wcscmp(editor->sequences[i], sequence) == 0)
            return true;
    return false;
}

bool line_editor_is_vi(const struct line_editor *editor)
{
    const wchar_t *mode = L"";
    el_wget(editor->libedit, EL_EDITOR, &mode);
    return wcscmp(mode, L"vi") == 0;
}

const char *line_editor_complaints(const struct line_editor *editor)
{
    return editor->complaints.length ? editor->complaints.data : NULL;
}

/* ---- history ------------------------------------------------------------------------------------------- */

void line_editor_history_add(struct line_editor *editor, const wchar_t *text)
{
    HistEventW event;
    history_w(editor->history, &event, H_ENTER, text);
}

bool line_editor_history_find(struct line_editor *editor, const wchar_t *needle, int direction, size_t *from,
                              const wchar_t **text)
{
    HistEventW event;
    bool found = false;
    size_t index = 0, best = 0;
    for (int got = history_w(editor->history, &event, H_FIRST); got != -1;
         got = history_w(editor->history, &event, H_NEXT), index++) {
        if (direction < 0 && index > *from)
            break;
        if ((direction > 0 && index < *from) || !wcsstr(event.str, needle))
            continue;
        found = true;
        best = index;
        *text = event.str;
        if (direction > 0)
            break;
    }
    if (found)
        *from = best;
    return found;
}

/* ---- beginning and end --------------------------------------------------------------------------------- */

/* A pty's slave, raw. libedit edits only when both its input and its output are terminals. */
static bool open_terminal(struct line_editor *editor)
{
    char name[64];
    editor->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (editor->master < 0 || grantpt(editor->master) != 0 || unlockpt(editor->master) != 0 ||
        ptsname_r(editor->master, name, sizeof name) != 0)
        return false;
    int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        return false;
    struct termios modes;
    if (tcgetattr(slave, &modes) == 0) {
        cfmakeraw(&modes);
        tcsetattr(slave, TCSANOW, &modes);
    }
    editor->terminal_in = fdopen(slave, "r");
    editor->terminal_out = fopen(name, "we");
    editor->nothing = fopen("/dev/null", "we");
    return editor->terminal_in && editor->terminal_out && editor->nothing;
}

static void close_terminal(struct line_editor *editor)
{
    FILE *files[] = { editor->terminal_in, editor->terminal_out, editor->nothing };
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        if (files[i])
            fclose(files[i]);
    if (editor->master >= 0)
        close(editor->master);
}

static EditLine *init_libedit(struct line_editor *editor)
{
    struct term *terminal = set_curterm(NULL);
    set_curterm(terminal);
    EditLine *libedit = el_init("sandgate", editor->terminal_in, editor->terminal_out, editor->nothing);
    if (!libedit)
        bug("libedit could not be started");
    if (terminal)
        set_curterm(terminal);
    return libedit;
}

static void start_libedit(struct line_editor *editor, const struct line_editor_options *options)
{
    EditLine *libedit = init_libedit(editor);
    editor->libedit = libedit;
    el_wset(libedit, EL_CLIENTDATA, editor);
    el_wset(libedit, EL_SETFP, 1, editor->nothing);
    el_wset(libedit, EL_SETFP, 2, editor->nothing);
    el_wset(libedit, EL_SIGNAL, 0);
    el_wset(libedit, EL_GETCFN, read_key);
    el_wset(libedit, EL_HIST, history_w, editor->history);
    line_commands_add(editor);
    el_wset(libedit, EL_EDITOR, options->vi ? L"vi" : L"emacs");
    line_commands_bind(editor);
    if (options->editrc)
        line_commands_read_editrc(editor, options->editrc);
    el_wset(libedit, EL_EDITMODE, 1); /* `edit off` would leave nothing to edit with */
}

static void start_history(struct line_editor *editor, size_t entries)
{
    HistEventW event;
    editor->history = history_winit();
    history_w(editor->history, &event, H_SETSIZE, (int)(entries ? entries : HISTORY_ENTRIES));
    history_w(editor->history, &event, H_SETUNIQUE, 1);
}

struct line_editor *line_editor_new(const struct line_editor_options *options, struct error *error)
{
    struct line_editor *editor = xcalloc(1, sizeof *editor);
    editor->move_rows = options->move_rows;
    editor->context = options->context;
    buffer_init(&editor->complaints, 0);
    if (!open_terminal(editor) || !(editor->routine = routine_new(read_texts, editor))) {
        error_set_errno(error, errno, "the editor could not get a pseudo-terminal or a stack of its own");
        line_editor_free(editor);
        return NULL;
    }
    start_history(editor, options->history);
    start_libedit(editor, options);
    line_editor_run(editor);
    return editor;
}

static void end_routine(struct line_editor *editor)
{
    editor->closing = editor->restart = true;
    routine_resume(editor->routine);
    routine_free(editor->routine);
}

void line_editor_free(struct line_editor *editor)
{
    if (!editor)
        return;
    if (editor->routine)
        end_routine(editor);
    if (editor->libedit)
        el_end(editor->libedit);
    if (editor->history)
        history_wend(editor->history);
    close_terminal(editor);
    for (size_t i = 0; i < editor->sequence_count; i++)
        free(editor->sequences[i]);
    free(editor->sequences);
    free(editor->queue);
    free(editor->submitted);
    buffer_release(&editor->complaints);
    free(editor);
}
