/* knowledge_wrappers.c - programs that run the program that their words name. */
#include "policy/knowledge_rows.h"

static const struct knowledge rows[] = {
    { "nohup", NULL, EFFECT_DAEMON, OPERANDS_COMMAND, KNOWS_STOPS, OPTIONS(ASIDE), NULL,
      "nohup(1), coreutils 9.1" },
    { "nice", NULL, EFFECT_READ, OPERANDS_COMMAND, KNOWS_STOPS | KNOWS_NUMBERS,
      OPTIONS(TEXT("-n --adjustment"), ASIDE), NULL, "nice(1), coreutils 9.1" },
    { "ionice", NULL, EFFECT_READ, OPERANDS_COMMAND, KNOWS_STOPS,
      OPTIONS(FLAGS("-t --ignore"), TEXT("-cn --class --classdata"),
              BRINGS_WITH("-pPu --pid --pgid --uid", EFFECT_PROCESS), ASIDE),
      NULL, "ionice(1)" },
    { "timeout", NULL, EFFECT_READ, OPERANDS_AFTER_ONE, KNOWS_STOPS,
      OPTIONS(FLAGS("-v --foreground --preserve-status --verbose"), TEXT("-ks --kill-after --signal"), ASIDE),
      NULL, "timeout(1), coreutils 9.1" },
    { "time", NULL, EFFECT_READ, OPERANDS_COMMAND, KNOWS_STOPS,
      OPTIONS(FLAGS("-pvqa --portability --verbose --quiet --append"), TEXT("-f --format"),
              WRITES("-o --output"), ASIDE),
      NULL, "time(1)" },
    { "stdbuf", NULL, EFFECT_READ, OPERANDS_COMMAND, KNOWS_STOPS,
      OPTIONS(TEXT("-ioe --input --output --error"), ASIDE), NULL, "stdbuf(1), coreutils 9.1" },
    { "env", NULL, EFFECT_READ, OPERANDS_COMMAND, KNOWS_STOPS,
      OPTIONS(FLAGS("-i0v --ignore-environment --null --debug"), TEXT("-u --unset"), FOLDER("-C --chdir"),
              { "-S --split-string", TAKES_VALUE, MEANS_SHELL, EFFECT_RUN },
              MAYBE("--block-signal --default-signal --ignore-signal"), ASIDE),
      deed_env, "env(1), coreutils 9.1" },
    { "sudo|doas|pkexec|run0", NULL, EFFECT_PRIVILEGE, OPERANDS_COMMAND, KNOWS_STOPS,
      OPTIONS(FLAGS("-AbBEHKklnNPSVveis --preserve-env --set-home --non-interactive --login --shell "
                    "--background --askpass --stdin --edit --list"),
              TEXT("-CDghpRrTtuU --user --group --host --prompt --role --type --close-from --other-user "
                   "--command-timeout --chdir --chroot"),
              ASIDE),
      deed_env, "sudo(8) 1.9, doas(1)" },
    { "su|runuser", NULL, EFFECT_PRIVILEGE, OPERANDS_TEXT, 0,
      OPTIONS(FLAGS("-lmpPf --login --preserve-environment --pty"), SHELL("-c --command --session-command"),
              TEXT("-gGsuw --group --supp-group --shell --user --whitelist-environment"), ASIDE),
      deed_inner_command, "su(1), util-linux 2.38" },
    { "setsid|chrt|taskset|numactl|setarch|linux32|linux64|prlimit|cpulimit|chroot|unshare|nsenter|setpriv|"
      "capsh|fakeroot|fakechroot|firejail|bwrap|catchsegv|dbus-run-session|"
      "xvfb-run|unbuffer|faketime|rlwrap|script|ltrace|perf|proot|systemd-run|systemd-"
      "inhibit|watch|entr|flock|daemonize|start-stop-daemon|tmux|screen|dtach|at|batch|crontab|"
      "busybox|toybox|doppler|direnv|nix-shell|"
      "make-wrapper|hyperfine|tsp|sem|chpst|softlimit|sg|newgrp|caffeinate|op|pueue|wine|qemu-x86_64|"
      "torsocks|proxychains|proxychains4",
      NULL, EFFECT_RUN, OPERANDS_UNKNOWN, KNOWS_NO_OPTIONS, NULL, deed_inner_command,
      "their manuals: run the program that a word names" },
    { "parallel", NULL, EFFECT_RUN, OPERANDS_UNKNOWN, KNOWS_NO_OPTIONS, NULL, deed_parallel, "parallel(1)" },
    { "valgrind", NULL, EFFECT_RUN | EFFECT_READ, OPERANDS_COMMAND, KNOWS_STOPS,
      OPTIONS(FLAGS("-qvd --quiet --verbose"),
              MAYBE("--tool --leak-check --show-leak-kinds --track-origins --error-exitcode --num-callers "
                    "--trace-children --track-fds --gen-suppressions --log-fd --xml --errors-for-leak-kinds "
                    "--child-silent-after-fork --keep-debuginfo --read-var-info --time-stamp"),
              WRITES("--log-file --xml-file"), LOADS("--suppressions"), ASIDE),
      NULL, "valgrind(1) 3.19" },
    { "strace", NULL, EFFECT_RUN | EFFECT_READ, OPERANDS_COMMAND, KNOWS_STOPS,
      OPTIONS(FLAGS("-cCdDfFhikKnNqrtTvVwxyYzZ --follow-forks --summary --summary-only --quiet --no-abbrev"),
              TEXT("-abeEIOPsSuUX --trace --expr --string-limit --columns --env --user"),
              WRITES("-o --output"), BRINGS_WITH("-p --attach", EFFECT_PROCESS), ASIDE),
      deed_tracer, "strace(1) 6.1: -o |COMMAND runs it" },
    { "xargs", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_STOPS,
      OPTIONS(
          FLAGS("-0oprtx --null --open-tty --interactive --no-run-if-empty --verbose --exit --show-limits"),
          TEXT("-dEInPLs --delimiter --max-args --max-procs --max-lines --max-chars --replace "
               "--process-slot-var"),
          MAYBE("-ile --eof"), READS("-a --arg-file"), ASIDE),
      deed_xargs, "xargs(1), findutils 4.9" },
    { "sh|bash|dash|zsh|ksh|mksh|ash|rbash|yash|fish|csh|tcsh", NULL, EFFECT_CODE, OPERANDS_TEXT,
      KNOWS_STOPS | KNOWS_PLUS,
      OPTIONS(FLAGS("-abcefhiklmnprstuvxBCDEHPTl --norc --noprofile --login --posix --restricted --verbose"),
              TEXT("-oO"), LOADS("--rcfile --init-file"), ASIDE),
      deed_shell, "bash(1) 5.2, dash(1)" },
    { "ssh|slogin|mosh|autossh|sshpass", NULL, EFFECT_NETWORK, OPERANDS_UNKNOWN, KNOWS_STOPS,
      OPTIONS(FLAGS("-46AaCfGgKkMNnqsTtVvXxYy"), TEXT("-BbcDeIiJLlmopQRSWw"), BRINGS_WITH("-F", EFFECT_LOAD),
              BRINGS_WITH("-E", EFFECT_WRITE)),
      deed_ssh, "ssh(1) 9.2: -o ProxyCommand runs a program" },
};

const struct knowledge_table knowledge_wrappers = { rows, ARRAY_SIZE(rows) };
