/* knowledge_shell.c - what the shell does itself.  All from bash(1) 5.2. */
#include "policy/knowledge_rows.h"

#define BASH "bash(1) 5.2"

static const struct knowledge rows[] = {
    { "echo", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_BUILTIN | KNOWS_ANY_TEXT | KNOWS_NO_OPTIONS, NULL, NULL,
      BASH },
    { ":|true|false", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_BUILTIN | KNOWS_ANY_TEXT | KNOWS_NO_OPTIONS,
      NULL, NULL, BASH },
    { "printf", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_BUILTIN | KNOWS_NO_OPTIONS, NULL, deed_printf,
      BASH ": -v sets a variable, and its subscript may run commands" },
    { "test|[", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_BUILTIN | KNOWS_NO_OPTIONS, NULL, deed_test,
      BASH ": -v and numbers may be subscripts that run commands" },
    { "pwd", NULL, EFFECT_READ, OPERANDS_NONE, KNOWS_BUILTIN, OPTIONS(FLAGS("-LP")), NULL, BASH },
    { "cd|pushd", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_BUILTIN | KNOWS_NO_OPTIONS, NULL, deed_cd, BASH },
    { "popd|dirs", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_BUILTIN | KNOWS_PLUS | KNOWS_NUMBERS,
      OPTIONS(FLAGS("-nclpv")), NULL, BASH },
    { "type", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_BUILTIN, OPTIONS(FLAGS("-afptP")), NULL, BASH },
    { "hash", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_BUILTIN,
      OPTIONS(FLAGS("-lt"), BRINGS("-rd", EFFECT_SHELL), BRINGS_WITH("-p", EFFECT_SHELL)), NULL, BASH },
    { "exit|return|break|continue|shift|wait|times|umask|logout|suspend", NULL, EFFECT_READ, OPERANDS_TEXT,
      KNOWS_BUILTIN | KNOWS_MORE, OPTIONS(FLAGS("-nfS")), NULL, BASH },
    { "jobs|fg|bg|disown|caller|help|fc|compopt|ulimit", NULL, EFFECT_SHELL, OPERANDS_TEXT,
      KNOWS_BUILTIN | KNOWS_ALL_OPTIONS, NULL, NULL, BASH },
    { "history", NULL, EFFECT_SHELL, OPERANDS_WRITE, KNOWS_BUILTIN | KNOWS_NUMBERS,
      OPTIONS(FLAGS("-cdanrwps")), NULL, BASH ": -w and -a write a file" },
    { "compgen|complete|bind", NULL, EFFECT_SHELL, OPERANDS_TEXT, KNOWS_BUILTIN | KNOWS_NO_OPTIONS, NULL,
      deed_callback, BASH ": -C and -x run commands later" },
    { "export|declare|local|readonly|typeset", NULL, EFFECT_READ, OPERANDS_TEXT,
      KNOWS_BUILTIN | KNOWS_PLUS | KNOWS_NO_OPTIONS, NULL, deed_declare, BASH },
    { "set|shopt|unset|alias|unalias|enable|getopts|let|read|mapfile|readarray", NULL, EFFECT_READ,
      OPERANDS_TEXT, KNOWS_BUILTIN | KNOWS_NO_OPTIONS, NULL, deed_set, BASH },
    { "trap", NULL, EFFECT_SHELL, OPERANDS_TEXT, KNOWS_BUILTIN | KNOWS_NO_OPTIONS, NULL, deed_trap, BASH },
    { "eval", NULL, EFFECT_RUN, OPERANDS_TEXT, KNOWS_BUILTIN | KNOWS_NO_OPTIONS, NULL, deed_eval, BASH },
    { "source|.", NULL, EFFECT_CODE, OPERANDS_TEXT, KNOWS_BUILTIN | KNOWS_NO_OPTIONS, NULL, deed_source,
      BASH },
    { "exec", NULL, EFFECT_SHELL, OPERANDS_COMMAND, KNOWS_BUILTIN | KNOWS_STOPS,
      OPTIONS(FLAGS("-cl"), TEXT("-a")), NULL, BASH },
    { "command", NULL, EFFECT_READ, OPERANDS_COMMAND, KNOWS_BUILTIN | KNOWS_STOPS,
      OPTIONS(FLAGS("-p"), { "-vV", TAKES_NOTHING, MEANS_ASIDE, 0 }), NULL, BASH },
    { "builtin", NULL, EFFECT_READ, OPERANDS_COMMAND, KNOWS_BUILTIN | KNOWS_STOPS, NULL, NULL, BASH },
    { "kill", NULL, EFFECT_PROCESS, OPERANDS_TEXT, KNOWS_BUILTIN | KNOWS_NO_OPTIONS, NULL, deed_kill, BASH },
};

const struct knowledge_table knowledge_shell = { rows, ARRAY_SIZE(rows) };
