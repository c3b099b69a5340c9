/* line_commands.c - what keys do in the composer: commands of our own, the keys they are bound to, .editrc.
 *
 * What is replaced of libedit, and why: Up and Down (the text has display rows), Home, End, C-k and C-u (it
 * has lines), Left, Right and deletion by one (a person's character can be several code points), C-r and
 * vi's / ? (libedit would write its prompt into the text), C-j (a new line).  Gone are vi's v (it would start
 * an editor on the person's terminal), : and # and M-x (prompts and a comment that nobody here wants). */
#include "ui/line_libedit.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "ui/wide.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { EDITRC_CEILING = 1024 * 1024, ESCAPE = 033 };

/* None of ours asks libedit to draw (CC_REFRESH, CC_CURSOR): nobody looks at what it draws, and with a text of
 * many thousand lines that is where the time goes. */

/* ---- commands of our own ------------------------------------------------------------------------------ */

static void push_key(EditLine *libedit, enum private_key key)
{
    wchar_t keys[] = { (wchar_t)key, 0 };
    el_wpush(libedit, keys);
}

static unsigned char move_to(struct line_editor *editor, size_t position)
{
    el_cursor(editor->libedit, (int)position - el_cursor(editor->libedit, 0));
    return CC_NORM;
}

/* Takes out the COUNT characters before the cursor, one by one with a command of libedit's: el_deletestr
 * would put them into the kill buffer, over what the person cut. */
static unsigned char delete_before(EditLine *libedit, size_t count)
{
    while (count-- > 0)
        push_key(libedit, PRESS_DELETE);
    return CC_NORM;
}

static unsigned char do_replace(EditLine *libedit, int key)
{
    (void)key;
    struct line_editor *editor = line_editor_of(libedit);
    if (!editor->insert)
        return CC_NORM; /* vi's . played it again */
    if (editor->insert_before)
        el_wdeletestr(libedit, (int)editor->insert_before);
    el_winsertstr(libedit, editor->insert);
    editor->insert = NULL;
    return CC_NORM;
}

static unsigned char do_newline(EditLine *libedit, int key)
{
    (void)key;
    el_winsertstr(libedit, L"\n");
    return CC_NORM;
}

static unsigned char move_rows(EditLine *libedit, int rows, enum private_key at_the_edge)
{
    struct line_editor *editor = line_editor_of(libedit);
    size_t position = editor->move_rows ? editor->move_rows(editor->context, rows) : SIZE_MAX;
    if (position != SIZE_MAX)
        return move_to(editor, position);
    push_key(libedit, at_the_edge);
    return CC_NORM;
}

static unsigned char do_up(EditLine *libedit, int key)
{
    (void)key;
    return move_rows(libedit, -1, PRESS_OLDER);
}

static unsigned char do_down(EditLine *libedit, int key)
{
    (void)key;
    return move_rows(libedit, 1, PRESS_NEWER);
}

static unsigned char do_left(EditLine *libedit, int key)
{
    (void)key;
    struct line_editor *editor = line_editor_of(libedit);
    size_t count, cursor;
    const wchar_t *text = line_editor_text(editor, &count, &cursor);
    return cursor ? move_to(editor, wide_cluster_before(text, cursor)) : CC_ERROR;
}

static unsigned char do_right(EditLine *libedit, int key)
{
    (void)key;
    struct line_editor *editor = line_editor_of(libedit);
    size_t count, cursor;
    const wchar_t *text = line_editor_text(editor, &count, &cursor);
    if (cursor == count)
        return CC_ERROR;
    return move_to(editor, cursor + wide_cluster(text + cursor, count - cursor));
}

static unsigned char do_backspace(EditLine *libedit, int key)
{
    (void)key;
    size_t count, cursor;
    const wchar_t *text = line_editor_text(line_editor_of(libedit), &count, &cursor);
    return cursor ? delete_before(libedit, cursor - wide_cluster_before(text, cursor)) : CC_ERROR;
}

static unsigned char do_delete(EditLine *libedit, int key)
{
    (void)key;
    struct line_editor *editor = line_editor_of(libedit);
    size_t count, cursor;
    const wchar_t *text = line_editor_text(editor, &count, &cursor);
    if (count == 0 && key == 'D' - '@')
        return CC_EOF;
    if (cursor == count)
        return CC_ERROR;
    size_t cluster = wide_cluster(text + cursor, count - cursor);
    move_to(editor, cursor + cluster);
    return delete_before(libedit, cluster);
}

static unsigned char do_begin(EditLine *libedit, int key)
{
    (void)key;
    struct line_editor *editor = line_editor_of(libedit);
    size_t count, cursor;
    const wchar_t *text = line_editor_text(editor, &count, &cursor);
    return move_to(editor, wide_line_begin(text, cursor));
}

static unsigned char do_end(EditLine *libedit, int key)
{
    (void)key;
    struct line_editor *editor = line_editor_of(libedit);
    size_t count, cursor;
    const wchar_t *text = line_editor_text(editor, &count, &cursor);
    return move_to(editor, wide_line_end(text, count, cursor));
}

static unsigned char do_go(EditLine *libedit, int key)
{
    (void)key;
    struct line_editor *editor = line_editor_of(libedit);
    return move_to(editor, editor->target);
}

/* Kills what is between here and TARGET. Only libedit's own commands reach its kill buffer, so it is told to
 * mark, go there, and kill the region. */
static unsigned char kill_to(struct line_editor *editor, size_t target)
{
    static const wchar_t keys[] = { PRESS_MARK, PRESS_GO, PRESS_KILL, 0 };
    editor->target = target;
    el_wpush(editor->libedit, keys);
    return CC_NORM;
}

static unsigned char do_kill_end(EditLine *libedit, int key)
{
    (void)key;
    struct line_editor *editor = line_editor_of(libedit);
    size_t count, cursor;
    const wchar_t *text = line_editor_text(editor, &count, &cursor);
    size_t end = wide_line_end(text, count, cursor);
    if (end == count && end == cursor)
        return CC_ERROR;
    return kill_to(editor, end == cursor ? end + 1 : end);
}

static unsigned char do_kill_begin(EditLine *libedit, int key)
{
    (void)key;
    struct line_editor *editor = line_editor_of(libedit);
    size_t count, cursor;
    const wchar_t *text = line_editor_text(editor, &count, &cursor);
    size_t begin = wide_line_begin(text, cursor);
    if (cursor == 0)
        return CC_ERROR;
    return kill_to(editor, begin == cursor ? begin - 1 : begin);
}

static unsigned char do_complete(EditLine *libedit, int key)
{
    (void)key;
    line_editor_of(libedit)->action = LINE_COMPLETE;
    return CC_NORM;
}

static unsigned char do_search(EditLine *libedit, int key)
{
    (void)key;
    line_editor_of(libedit)->action = LINE_SEARCH;
    return CC_NORM;
}

/* True when vi has half a command ("d", "2") that the ESC ends; libedit forgets it after this function. */
static bool has_half_command(const struct line_editor *editor)
{
    wchar_t last = editor->last;
    if (!line_editor_is_vi(editor) || last == 0)
        return false;
    return wcschr(L"123456789", last) || (wcschr(L"cdy", last) && editor->before_last != last);
}

static unsigned char do_escape(EditLine *libedit, int key)
{
    (void)key;
    struct line_editor *editor = line_editor_of(libedit);
    if (!has_half_command(editor))
        editor->action = LINE_ESCAPE;
    editor->last = 0;
    return CC_NORM;
}

struct command {
    const wchar_t *name;
    const wchar_t *help; /* of `bind -l` */
    unsigned char (*run)(EditLine *libedit, int key);
};

static const struct command commands[] = {
    { L"sandgate-replace", L"Take in text from the workbench", do_replace },
    { L"sandgate-go", L"Go where a command of sandgate's said", do_go },
    { L"sandgate-escape", L"Tell the workbench of ESC", do_escape },
    { L"sandgate-newline", L"Begin a new line of the text", do_newline },
    { L"sandgate-up", L"Go up a row; in the first, to older history", do_up },
    { L"sandgate-down", L"Go down a row; in the last, to newer history", do_down },
    { L"sandgate-left", L"Go left a character", do_left },
    { L"sandgate-right", L"Go right a character", do_right },
    { L"sandgate-backspace", L"Delete the character before the cursor", do_backspace },
    { L"sandgate-delete", L"Delete the character at the cursor", do_delete },
    { L"sandgate-line-begin", L"Go to the beginning of the line", do_begin },
    { L"sandgate-line-end", L"Go to the end of the line", do_end },
    { L"sandgate-kill-line-end", L"Cut to the end of the line", do_kill_end },
    { L"sandgate-kill-line-begin", L"Cut to the beginning of the line", do_kill_begin },
    { L"sandgate-complete", L"Complete what is before the cursor", do_complete },
    { L"sandgate-search", L"Search the history", do_search },
};

void line_commands_add(struct line_editor *editor)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        el_wset(editor->libedit, EL_ADDFN, commands[i].name, commands[i].help, commands[i].run);
}

/* ---- keys ---------------------------------------------------------------------------------------------- */

enum {
    EMACS = 1,
    VI_INSERT = 2,
    VI_COMMAND = 4,
    VI = VI_INSERT | VI_COMMAND,
    TYPING = EMACS | VI_INSERT,
    ALL = 7
};

struct binding {
    unsigned maps;
    const wchar_t *key; /* as in .editrc */
    const wchar_t *command;
};

static const struct binding bindings[] = {
    { ALL, L"\\200", L"sandgate-replace" },
    { EMACS | VI_COMMAND, L"\\201", L"sandgate-escape" },
    { VI_INSERT, L"\\201", L"vi-command-mode" },
    { ALL, L"\\202", L"ed-prev-history" },
    { ALL, L"\\203", L"ed-next-history" },
    { ALL, L"\\204", L"em-set-mark" },
    { ALL, L"\\205", L"sandgate-go" },
    { ALL, L"\\206", L"em-kill-region" },
    { ALL, L"\\207", L"vi-delete-prev-char" },

    { ALL, L"\\e\\r", L"sandgate-newline" },    /* M-Enter */
    { ALL, L"\\e[13;2u", L"sandgate-newline" }, /* S-Enter */
    { ALL, L"\\e[13;5u", L"sandgate-newline" }, /* C-Enter */
    { TYPING, L"^J", L"sandgate-newline" },
    { ALL, L"\\e[A", L"sandgate-up" },
    { ALL, L"\\e[B", L"sandgate-down" },
    { ALL, L"\\e[C", L"sandgate-right" },
    { ALL, L"\\e[D", L"sandgate-left" },
    { ALL, L"\\e[H", L"sandgate-line-begin" },
    { ALL, L"\\e[F", L"sandgate-line-end" },
    { ALL, L"\\e[3~", L"sandgate-delete" },
    { ALL, L"\\e[1;5H", L"ed-move-to-beg" },
    { ALL, L"\\e[1;5F", L"ed-move-to-end" },
    { ALL, L"\\e[1;5C", L"em-next-word" },
    { ALL, L"\\e[1;5D", L"ed-prev-word" },
    { ALL, L"\\e[1;3C", L"em-next-word" },
    { ALL, L"\\e[1;3D", L"ed-prev-word" },
    { ALL, L"\\e[3;5~", L"em-delete-next-word" },
    { ALL, L"\\e\\177", L"ed-delete-prev-word" }, /* M-Backspace */
    { EMACS, L"\\177", L"sandgate-backspace" },
    { EMACS, L"^H", L"sandgate-backspace" },
    { TYPING, L"^I", L"sandgate-complete" },
    { ALL, L"^R", L"sandgate-search" },
    { VI_INSERT, L"^W", L"ed-delete-prev-word" },

    { EMACS, L"^P", L"sandgate-up" },
    { EMACS, L"^N", L"sandgate-down" },
    { EMACS, L"^B", L"sandgate-left" },
    { EMACS, L"^F", L"sandgate-right" },
    { EMACS, L"^A", L"sandgate-line-begin" },
    { EMACS, L"^E", L"sandgate-line-end" },
    { EMACS, L"^D", L"sandgate-delete" },
    { EMACS, L"^K", L"sandgate-kill-line-end" },
    { EMACS, L"^U", L"sandgate-kill-line-begin" },
    { EMACS, L"^S", L"sandgate-search" },
    { EMACS, L"\\e<", L"ed-move-to-beg" },
    { EMACS, L"\\e>", L"ed-move-to-end" },
    { EMACS, L"\\ex", L"ed-unassigned" },
    { EMACS, L"\\eX", L"ed-unassigned" },

    { VI_COMMAND, L"k", L"sandgate-up" },
    { VI_COMMAND, L"j", L"sandgate-down" },
    { VI_COMMAND, L"/", L"sandgate-search" },
    { VI_COMMAND, L"?", L"sandgate-search" },
    { VI_COMMAND, L"v", L"ed-unassigned" },
    { VI_COMMAND, L":", L"ed-unassigned" },
    { VI_COMMAND, L"#", L"ed-unassigned" },
};

/* Reads one character as .editrc writes it: "\\e", "\\177", "^A", "x". */
static const wchar_t *read_character(const wchar_t *at, wchar_t *character)
{
    static const wchar_t letters[] = L"ertnab", meanings[] = L"\033\r\t\n\a\b";
    if (*at == L'^' && at[1]) {
        *character = at[1] == L'?' ? 0177 : at[1] & 0x1f;
        return at + 2;
    }
    if (*at != L'\\' || !at[1]) {
        *character = *at;
        return at + 1;
    }
    if (at[1] >= L'0' && at[1] <= L'7') {
        wchar_t *end;
        *character = (wchar_t)wcstol(at + 1, &end, 8);
        return end;
    }
    const wchar_t *letter = wcschr(letters, at[1]);
    *character = letter ? meanings[letter - letters] : at[1];
    return at + 2;
}

/* Remembers an escape sequence that is bound now, so that it may be fed. */
static void note_sequence(struct line_editor *editor, const wchar_t *specification)
{
    wchar_t *sequence = xcalloc(wcslen(specification) + 1, sizeof *sequence);
    for (wchar_t *end = sequence; *specification; end++)
        specification = read_character(specification, end);
    if (sequence[0] != ESCAPE || line_editor_knows(editor, sequence)) {
        free(sequence);
        return;
    }
    editor->sequences = array_reserve(editor->sequences, &editor->sequence_capacity,
                                      editor->sequence_count + 1, sizeof *editor->sequences);
    editor->sequences[editor->sequence_count++] = sequence;
}

void line_commands_bind(struct line_editor *editor)
{
    bool vi = line_editor_is_vi(editor);
    for (size_t i = 0; i < ARRAY_SIZE(bindings); i++) {
        const struct binding *binding = &bindings[i];
        if (binding->maps & (vi ? VI_INSERT : EMACS))
            el_wset(editor->libedit, EL_BIND, binding->key, binding->command, NULL);
        if (vi && (binding->maps & VI_COMMAND))
            el_wset(editor->libedit, EL_BIND, L"-a", binding->key, binding->command, NULL);
        if (binding->maps & (vi ? VI : EMACS))
            note_sequence(editor, binding->key);
    }
}

/* ---- .editrc: read here, because some of its lines throw all of our keys away -------------------------- */

static void complain(struct line_editor *editor, const char *path, int line, const char *what)
{
    buffer_append_format(&editor->complaints, "%s:%d: %s\n", path, line, what);
}

/* A `bind` line was obeyed: is there a key to remember, or are our own to be bound again? */
static void after_bind(struct line_editor *editor, int count, const wchar_t **words)
{
    for (int i = 1; i < count; i++) {
        if (words[i][0] != L'-') {
            note_sequence(editor, words[i]);
            return;
        }
        if (words[i][1] != L'\0' && wcschr(L"ver", words[i][1]))
            line_commands_bind(editor);
        if (words[i][1] == L'r')
            return;
    }
}

static void obey_words(struct line_editor *editor, const char *path, int line, int count,
                       const wchar_t **words)
{
    if (count == 0)
        return;
    if (el_wparse(editor->libedit, count, words) != 0) {
        complain(editor, path, line, "libedit does not know this command, its key or its function");
        return;
    }
    const wchar_t *name = wcschr(words[0], L':');
    if (wcscmp(name ? name + 1 : words[0], L"bind") == 0)
        after_bind(editor, count, words);
}

static void obey_line(struct line_editor *editor, const char *path, int line, const char *text, size_t length)
{
    size_t blank = strspn(text, " \t");
    if (blank >= length || text[blank] == '#')
        return;
    size_t wide_count;
    wchar_t *wide = wide_from_utf8(text, length, &wide_count);
    TokenizerW *tokenizer = tok_winit(NULL);
    int count = 0;
    const wchar_t **words = NULL;
    if (tok_wstr(tokenizer, wide, &count, &words) == 0)
        obey_words(editor, path, line, count, words);
    else
        complain(editor, path, line, "a quote is not closed");
    tok_wend(tokenizer);
    free(wide);
}

void line_commands_read_editrc(struct line_editor *editor, const char *path)
{
    struct buffer file;
    buffer_init(&file, EDITRC_CEILING);
    struct error error = ERROR_INIT;
    if (path_read_file(path, &file, &error)) {
        int number = 1;
        const char *end = file.data + file.length;
        for (const char *line = file.data; line < end; number++) {
            size_t length = strcspn(line, "\n");
            obey_line(editor, path, number, line, length);
            line += length + 1;
        }
    } else if (error.number != ENOENT) {
        buffer_append_format(&editor->complaints, "%s\n", error_message(&error));
    }
    error_clear(&error);
    buffer_release(&file);
}
