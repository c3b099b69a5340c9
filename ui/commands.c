/* commands.c - the table.  A new command is a row here and a function in workbench_commands.c.
 *
 * A key with Meta goes to the screen before the composer sees it, so none is bound here that edits text (M-b,
 * M-c, M-d, M-f, M-l, M-u, M-w and others are the editor's). */
#include "ui/commands.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "ui/key.h"
#include "ui/workbench_private.h"

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
    { "help", PLACE_OF_SCREEN, "F1", NULL, "shows this", workbench_help },
    { "stop", PLACE_OF_SCREEN, "Escape", NULL, "stops the answer or the running calls; the queue stays",
      workbench_stop },
    { "card", PLACE_OF_SCREEN, "F2", NULL, "goes to what waits for your decision", workbench_card },
    { "conversation", PLACE_OF_SCREEN, "F3", NULL, "goes to the conversation", workbench_conversation },
    { "call", PLACE_OF_SCREEN, "F4", "[NUMBER]", "goes to the selected call, or to call NUMBER",
      workbench_call },
    { "files", PLACE_OF_SCREEN, "F5", NULL, "goes to the files of the sandbox", workbench_files },
    { "composer", PLACE_OF_SCREEN, "F6", NULL, "goes to the composer", workbench_composer },
    { "next", PLACE_OF_SCREEN, "Tab", NULL, "goes to the next pane", workbench_next },
    { "previous", PLACE_OF_SCREEN, "S-Tab", NULL, "goes to the pane before", workbench_previous },
    { "up", PLACE_OF_SCREEN, "PageUp", NULL, "scrolls the conversation up", workbench_up },
    { "down", PLACE_OF_SCREEN, "PageDown", NULL, "scrolls the conversation down", workbench_down },
    { "reasoning", PLACE_OF_SCREEN, "M-r", NULL, "shows the model's reasoning whole, or one line of it",
      workbench_reasoning },
    { "hide", PLACE_OF_SCREEN, "F7", NULL, "hides or shows the panes at the right", workbench_hide },
    { "queue", PLACE_OF_SCREEN, "M-q", NULL, "takes the last queued message back into the composer",
      workbench_unqueue },
    { "editor", PLACE_OF_SCREEN, "M-e", NULL,
      "writes what is in the composer in your own editor ($VISUAL, $EDITOR)", workbench_editor },
    { "preview", PLACE_OF_SCREEN, "M-p", NULL,
      "while you write a rule: the past commands that it would have covered", workbench_preview },
    { "session-rule", PLACE_OF_SCREEN, "M-s", NULL, "while you write a rule: it counts in this session alone",
      workbench_session_rule },
    { "mode", PLACE_OF_SCREEN, "", "careful|sandboxed|locked|auto",
      "what runs without asking; auto runs all but what is denied", workbench_mode },
    { "retry", PLACE_OF_SCREEN, "", NULL, "sends the last request again, without what broke",
      workbench_retry },
    { "continue", PLACE_OF_SCREEN, "", NULL, "asks the model to go on where its answer broke",
      workbench_continue },
    { "run", PLACE_OF_SCREEN, "", "COMMAND", "runs your own command in the sandbox; also !COMMAND",
      workbench_run },
    { "run!", PLACE_OF_SCREEN, "", "COMMAND", "the same, although the floor warned",
      workbench_run_confirmed },
    { "cancel", PLACE_OF_SCREEN, "", "[NUMBER]", "cancels the running call that is shown, or NUMBER",
      workbench_cancel },
    { "theme", PLACE_OF_SCREEN, "", "NAME",
      "changes the colours: dark, light, high-contrast, colour-blind, mono", workbench_theme },
    { "copy", PLACE_OF_SCREEN, "F8", NULL, "copies the last answer to the clipboard (OSC 52)",
      workbench_copy },
    { "redraw", PLACE_OF_SCREEN, "C-l", NULL, "draws the screen anew", workbench_redraw },
    { "suspend", PLACE_OF_SCREEN, "C-z", NULL, "leaves to the shell; fg comes back", workbench_suspend },
    { "pull", PLACE_OF_SCREEN, "F9", NULL,
      "shows what changed in the sandbox, and brings back what you choose", workbench_pull },
    { "snapshot", PLACE_OF_SCREEN, "", NULL, "keeps the sandbox's files as they are now, where it can",
      workbench_snapshot },
    { "restart", PLACE_OF_SCREEN, "", NULL, "starts a new sandbox when the one before is gone",
      workbench_restart },
    { "quit", PLACE_OF_SCREEN, "C-d", "[keep|snapshot|terminate|!]",
      "ends; when something runs it asks once. Also Ctrl-C twice", workbench_quit },
    { "approve", PLACE_OF_CARD, "y", NULL, "runs what the card shows, once", workbench_approve },
    { "edit", PLACE_OF_CARD, "e", NULL, "edits it in the composer, then runs it", workbench_edit },
    { "reject", PLACE_OF_CARD, "n", "[WORDS]", "rejects it; WORDS go to the model", workbench_reject },
    { "explain", PLACE_OF_CARD, "r", NULL, "rejects it with words that you write in the composer",
      workbench_reject_with_words },
    { "allow", PLACE_OF_CARD, "a", NULL, "runs it, and exactly this does not ask again in this session",
      workbench_allow },
    { "account", PLACE_OF_CARD, "x", NULL, "explains in plain words what it does and why it asks",
      workbench_account },
    { "written", PLACE_OF_CARD, "f", NULL,
      "shows the files that the agent wrote and that the code may load, as they are now", workbench_written },
    { "rule", PLACE_OF_CARD, "w", NULL,
      "writes a rule that answers for it from now on; you see it before it is saved", workbench_rule },
    { "sandboxed", PLACE_OF_CARD, "p", NULL,
      "takes the profile sandboxed: reading, writing and tests run within the workspace",
      workbench_sandboxed },
    { "try", PLACE_OF_CARD, "t", NULL,
      "runs it in a fork of the sandbox, and shows what it did before you decide", workbench_try },
    { "group", PLACE_OF_CARD, "g", NULL, "shows all that are alike together; one key then decides them all",
      workbench_group },
    { "hunk", PLACE_OF_CARD, "Space", NULL,
      "of a file's change in several places: takes or leaves the present hunk", workbench_hunk },
    { "hunk-next", PLACE_OF_CARD, "Right", NULL, "goes to the next hunk", workbench_next_hunk },
    { "hunk-previous", PLACE_OF_CARD, "Left", NULL, "goes to the hunk before", workbench_previous_hunk },
    { "hunk-all", PLACE_OF_CARD, "*", NULL,
      "takes all hunks, those too that were not in sight; when all are taken, leaves them",
      workbench_all_hunks },
    { "hunk-divide", PLACE_OF_CARD, "d", NULL, "divides the present hunk into its single changes",
      workbench_divide_hunk },
    { "end", PLACE_OF_CARD, "s", NULL, "rejects it and stops the agent", workbench_end_agent },
    { "leave", PLACE_OF_CARD, "Escape", NULL, "leaves the card for the composer; it waits until F2",
      workbench_composer },
    { "keys", PLACE_OF_PANES, "?", NULL, "shows this (in the composer too, while it is empty)",
      workbench_help },
    { "back", PLACE_OF_PANES, "Escape", NULL, "goes back to the composer", workbench_composer },
};

static const char *const place_titles[COMMAND_PLACES] = {
    "Everywhere", "While the card has the focus",
    "In the conversation, call and files panes (arrows, PageUp, PageDown, Home, End scroll; n and p go from "
    "call to "
    "call; Enter opens a file, R lists again)"
};

const struct command *command_at(size_t index)
{
    return index < ARRAY_SIZE(commands) ? &commands[index] : NULL;
}

static bool has_key(const struct command *command, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = command->keys; *at; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");
        if (word == length && strncmp(at, name, length) == 0)
            return true;
        at += word;
    }
    return false;
}

const struct command *command_for_key(enum command_place place, const struct key *key)
{
    char name[KEY_NAME];

    key_format(key, name);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (commands[i].place == place && has_key(&commands[i], name))
            return &commands[i];
    return NULL;
}

const struct command *command_find(const char *name, size_t length)
{
    const struct command *found = NULL;
    size_t matches = 0;

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (strncmp(commands[i].name, name, length) != 0)
            continue;
        if (strlen(commands[i].name) == length)
            return &commands[i];
        found = &commands[i];
        matches++;
    }
    return matches == 1 ? found : NULL;
}

size_t command_complete(const char *name, struct buffer *added, struct buffer *matches)
{
    size_t length = strlen(name), common = 0, count = 0;
    const char *first = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        const char *other = commands[i].name;
        if (strncmp(other, name, length) != 0)
            continue;
        if (!first) {
            first = other;
            common = strlen(first);
        }
        while (strncmp(first, other, common) != 0)
            common--;
        buffer_append_format(matches, "%s%s", count++ ? " " : "", other);
    }
    if (first)
        buffer_append(added, first + length, common - length);
    return count;
}

void commands_help(struct buffer *out)
{
    for (size_t place = 0; place < COMMAND_PLACES; place++) {
        buffer_append_format(out, "%s%s\n\n", place ? "\n" : "", place_titles[place]);
        for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
            const struct command *row = &commands[i];
            char left[64];
            if (row->place != place)
                continue;
            snprintf(left, sizeof left, ":%s %s", row->name, row->argument ? row->argument : "");
            buffer_append_format(out, "  %-8s %-20s %s\n", row->keys, left, row->help);
        }
    }
    buffer_append_text(
        out, "\nIn the composer Enter sends, M-Enter or C-j begins a new line, Up and Down go through "
             "history, C-r searches it. A message sent while the agent works is queued.\n");
}
