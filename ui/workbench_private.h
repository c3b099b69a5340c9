/* workbench_private.h - the inside of the workbench: workbench.c (life, layout, drawing), workbench_keys.c
 * (where a key goes), workbench_letter.c (letters on the card), workbench_commands.c (what the rows of the command
 * table do) and workbench_card.c (those of the card). */
#ifndef SANDGATE_UI_WORKBENCH_PRIVATE_H
#define SANDGATE_UI_WORKBENCH_PRIVATE_H

#include "ui/key.h"
#include "ui/layout.h"
#include "ui/trial_pane.h"
#include "ui/workbench.h"

#include <stdint.h>

struct error;

/* What Enter in the composer means. */
enum composing { COMPOSING_PROMPT, COMPOSING_EDIT, COMPOSING_WORDS, COMPOSING_RULE };

/* What becomes of the rule that is written. */
enum rule_wish { RULE_SHOW, RULE_KEEP, RULE_FOR_SESSION };

struct workbench {
    struct workbench_setup setup;
    struct session *session; /* NULL until attached */
    struct listener *listener;
    struct term *term;
    struct styles *styles;
    struct paint *paint;
    struct composer *composer;
    struct conversation_pane *conversation;
    struct call_pane *call;
    struct files_pane *files;
    struct card *card;
    struct viewer *viewer;        /* over the conversation, NULL: none */
    struct pull_pane *pull;       /* the same */
    struct trial_pane *trial;     /* the same */
    struct written_view *written; /* files that are being read for the viewer, NULL: none */
    struct layout_places places;
    enum place focus; /* CONVERSATION, CALL, FILES or COMPOSER; the card's focus is its own */
    enum place shown; /* narrow: the pane that is seen */
    bool hide_right;
    bool card_invited; /* the person went to the card, or is deciding one ask after the other */
    int64_t ask_told;  /* id of the newest ask that the bell rang for */
    int64_t ask_left;  /* id of the ask that the person left for the composer; it waits for F2 then */
    struct key letter; /* pressed on the card; it waits to be alone */
    enum trial_wish letter_wish;     /* it was pressed on the trial's pane instead */
    int64_t letter_ask;              /* id of the ask that was shown then; 0: it came too early to decide */
    struct loop_timer *letter_timer; /* NULL: no letter waits */
    char *message;                   /* in the bar until the next key; NULL: none */
    enum composing composing;
    int64_t composing_ask;          /* the ask that is edited or answered with words */
    char *previewed;                /* the rule whose effect on the log was looked for last; NULL: none */
    struct preview *preview;        /* it is looked for; NULL: it was found */
    enum rule_wish rule_wish;       /* what for */
    char *kept;                     /* what stood in the composer before that */
    struct external_editor *editor; /* the person writes in their own, which has the terminal */
    bool quit_asked;                /* the next quit ends */
    bool window_focused;
    bool window_entered;            /* it has just got the focus: no key came since */
    int64_t window_since;           /* clock_steady, of that */
    int64_t quiet;                  /* milliseconds without a key before the last one */
    int64_t last_key;               /* clock_steady */
    struct loop_timer *focus_timer; /* the card waits for quiet */
    struct loop_timer *clock_timer; /* elapsed times are on the screen */
    bool clock_seconds;             /* it goes by the second, else by the half minute */
    struct loop_timer *message_timer;
    struct loop_hook *idle_hook;
    int idle_file; /* tests: a byte is written here when nothing is to be painted; -1: none */
    uint64_t idle_frames;
};

void workbench_stale(struct workbench *workbench);
void workbench_focus(struct workbench *workbench, enum place place);
/* The card takes the focus when the composer is empty and no key came for a while. */
void workbench_watch_card(struct workbench *workbench);
void workbench_open_viewer(struct workbench *workbench, const char *title, const char *language,
                           const char *text, size_t length);
/* True while a viewer, a trial or the pull pane hides the card: no key decides it. */
bool workbench_covers_card(const struct workbench *workbench);
/* Back from editing or answering to an ordinary prompt. */
void workbench_compose_prompt(struct workbench *workbench);
/* Tells what failed, if anything did, and clears ERROR. */
void workbench_report(struct workbench *workbench, bool fine, struct error *error);
/* The rule in TEXT is saved, and what waits judged anew; first it is shown what it would have allowed. */
void workbench_save_rule(struct workbench *workbench, const char *text);
/* No rule is written any more. */
void workbench_forget_preview(struct workbench *workbench);
/* The trial's pane asks for WISH (workbench_card.c). */
void workbench_decide_trial(struct workbench *workbench, enum trial_wish wish);
/* Runs ":name argument". */
void workbench_run_line(struct workbench *workbench, const char *line);

/* workbench_letter.c */
/* True when the card took KEY. False: it is for whoever is asked next; a letter that waited before it went to the
 * composer then. */
bool workbench_card_takes(struct workbench *workbench, const struct key *key);
/* The same for the pane of a trial, which is over everything else: a letter that is not alone does nothing there. */
bool workbench_trial_takes(struct workbench *workbench, const struct key *key);
/* The letter that waits decides nothing and is no text. */
void workbench_drop_letter(struct workbench *workbench);

/* workbench_hunks.c */
struct command;
/* The card's command for KEY, NULL: none; the keys for hunks are none while there is nothing to choose from. */
const struct command *workbench_card_command(const struct workbench *workbench, const struct key *key);
/* It chooses among hunks and decides nothing. */
bool workbench_only_chooses(const struct command *command);
/* Decides by the hunks that are taken: true when that is not the whole change, or cannot be done. */
bool workbench_decide_hunks(struct workbench *workbench);
/* True, and says why, when some hunks are left out and the whole would run. */
bool workbench_hunks_left(struct workbench *workbench);

/* workbench_keys.c */
void workbench_key(void *data, const struct key *key);
void workbench_submit(void *data, const char *text);
bool workbench_complete(void *data);

/* workbench_commands.c: the functions of the table. */
typedef void workbench_command(struct workbench *workbench, const char *argument);
workbench_command workbench_account, workbench_written, workbench_sandboxed, workbench_preview,
    workbench_session_rule, workbench_editor, workbench_rule, workbench_try, workbench_group, workbench_help,
    workbench_stop, workbench_card, workbench_conversation, workbench_call, workbench_files,
    workbench_composer, workbench_next, workbench_previous, workbench_up, workbench_down, workbench_reasoning,
    workbench_hide, workbench_unqueue, workbench_mode, workbench_retry, workbench_continue, workbench_run,
    workbench_run_confirmed, workbench_cancel, workbench_theme, workbench_copy, workbench_redraw,
    workbench_suspend, workbench_quit, workbench_snapshot, workbench_restart, workbench_pull,
    workbench_approve, workbench_edit, workbench_reject, workbench_reject_with_words, workbench_allow,
    workbench_end_agent;

/* workbench_hunks.c: those for hunks. */
workbench_command workbench_divide_hunk, workbench_hunk, workbench_next_hunk, workbench_previous_hunk, workbench_all_hunks;

#endif
