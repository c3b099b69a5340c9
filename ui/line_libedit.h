/* line_libedit.h - what ui/line_editor.c and ui/line_commands.c share; only these two know libedit. */
#ifndef SANDGATE_UI_LINE_LIBEDIT_H
#define SANDGATE_UI_LINE_LIBEDIT_H

#include "base/buffer.h"
#include "ui/line_editor.h"

#include <histedit.h>
#include <stdio.h>

struct routine;

/* Keys that only we press. In the table below they are written in octal. */
enum private_key {
    PRESS_REPLACE = 0x80,
    PRESS_ESCAPE = 0x81,
    PRESS_OLDER = 0x82,
    PRESS_NEWER = 0x83,
    PRESS_MARK = 0x84,
    PRESS_GO = 0x85,
    PRESS_KILL = 0x86,
    PRESS_DELETE = 0x87,
};

struct line_editor {
    EditLine *libedit;
    HistoryW *history;
    struct routine *routine;
    FILE *terminal_in, *terminal_out, *nothing; /* the private pty's slave, twice; /dev/null */
    int master;                                 /* of the pty: held open, never read */

    size_t (*move_rows)(void *context, int rows);
    void *context;

    wchar_t *queue; /* keys fed; taken..queued are not used yet */
    size_t queued, taken, capacity;
    wchar_t urgent;            /* goes before the queue; 0: none */
    bool hold;                 /* the queue must wait */
    wchar_t last, before_last; /* keys that began the latest commands */

    enum line_action action;     /* of this run */
    const wchar_t *command_cell; /* where libedit reads a command's first key to; NULL: not known yet */
    bool in_command;             /* it reads to somewhere else: a key within a command */
    bool restart, closing;       /* end of file is read until el_wgets returned */

    wchar_t *submitted; /* owned */
    size_t submitted_count;

    const wchar_t *insert; /* for PRESS_REPLACE */
    size_t insert_before;
    size_t target; /* for PRESS_GO */

    wchar_t **sequences; /* escape sequences that are bound */
    size_t sequence_count, sequence_capacity;
    struct buffer complaints;
};

struct line_editor *line_editor_of(EditLine *libedit);

/* Makes our commands known, binds their keys, and obeys .editrc (PATH NULL: there is none). */
void line_commands_add(struct line_editor *editor);
void line_commands_bind(struct line_editor *editor);
void line_commands_read_editrc(struct line_editor *editor, const char *path);

#endif
