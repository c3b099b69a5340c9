/* knowledge_git.c - git, its subcommands and the options of those.
 *
 * git runs programs that its configuration names (pager, editor, external diff, text conversion, file system
 * monitor, aliases, hooks); rows that may do so even when they only read say KNOWS_GIT, and a fact about the
 * configuration is needed.  All from the manual pages of git 2.39. */
#include "policy/knowledge_rows.h"

#define GIT(name) "git(1) 2.39, git-" name "(1)"

/* What git diff, log and show have in common. */
#define DIFF_OPTIONS                                                                                         \
    FLAGS("-pusRawbzW --patch --no-patch --raw --patch-with-raw --indent-heuristic --no-indent-heuristic "   \
          "--minimal "                                                                                       \
          "--patience --histogram --numstat --shortstat --summary --patch-with-stat --compact-summary "      \
          "--name-only "                                                                                     \
          "--name-status --no-renames --check --full-index --binary --no-prefix --text --ignore-cr-at-eol "  \
          "--ignore-space-at-eol --ignore-space-change --ignore-all-space --ignore-blank-lines "             \
          "--function-context "                                                                              \
          "--exit-code --quiet --no-ext-diff --no-textconv --pickaxe-all --pickaxe-regex --cached --staged " \
          "--merge-base --cc --no-color --no-color-moved --irreversible-delete --find-copies-harder "        \
          "--cumulative "                                                                                    \
          "--ita-visible-in-index --no-relative --default-prefix --first-parent -c -t -m --no-index"),       \
        MAYBE("-UMCDBX --unified --stat --dirstat --abbrev --color --color-words --color-moved "             \
              "--color-moved-ws "                                                                            \
              "--word-diff --find-renames --find-copies --break-rewrites --submodule --relative "            \
              "--ignore-submodules "                                                                         \
              "--no-abbrev --ws-error-highlight --diff-merges"),                                             \
        TEXT("-GlS --diff-algorithm --anchored --word-diff-regex --inter-hunk-context --diff-filter "        \
             "--line-prefix "                                                                                \
             "--src-prefix --dst-prefix --ignore-matching-lines --rotate-to --skip-to -I"),                  \
        READS("-O"), WRITES("--output"), BRINGS("--ext-diff --textconv", EFFECT_RUN)

#define LOG_OPTIONS                                                                                          \
    FLAGS(                                                                                                   \
        "-gEFPiq --oneline --graph --all --branches --tags --remotes --merges --no-merges --no-max-parents " \
        "--no-min-parents --follow --full-diff --log-size --source --use-mailmap --no-use-mailmap "          \
        "--mailmap "                                                                                         \
        "--no-mailmap --all-match --invert-grep --regexp-ignore-case --basic-regexp --extended-regexp "      \
        "--fixed-strings --perl-regexp --remove-empty --reverse --walk-reflogs --date-order "                \
        "--author-date-order "                                                                               \
        "--topo-order --no-walk --parents --children --left-right --left-only --right-only --cherry-mark "   \
        "--cherry-pick --cherry --boundary --simplify-merges --simplify-by-decoration --full-history "       \
        "--dense "                                                                                           \
        "--sparse --ancestry-path --show-pulls --relative-date --abbrev-commit --no-abbrev-commit "          \
        "--no-decorate "                                                                                     \
        "--clear-decorations --stdin --reflog --no-notes --no-standard-notes --no-expand-tabs "              \
        "--show-linear-break "                                                                               \
        "--objects --count --bisect --not --no-graph --timestamp --header"),                                 \
        BRINGS("--show-signature", EFFECT_RUN),                                                              \
        MAYBE("--decorate --pretty --notes --show-notes --expand-tabs --no-walk"),                           \
        TEXT("-n --max-count --skip --since --after --until --before --author --committer --grep "           \
             "--grep-reflog "                                                                                \
             "--format --date --encoding --glob --exclude --min-parents --max-parents --decorate-refs "      \
             "--decorate-refs-exclude -L --since-as-filter --default --ancestry-path"),                      \
        ASIDE

#define READING EFFECT_READ

static const struct knowledge rows[] = {
    { "git", NULL, 0, OPERANDS_UNKNOWN, KNOWS_SUBCOMMANDS | KNOWS_STOPS,
      OPTIONS(BRINGS("--bare", EFFECT_LOAD),
              FLAGS("-P --no-pager --no-replace-objects --literal-pathspecs --glob-pathspecs "
                    "--noglob-pathspecs --icase-pathspecs --no-optional-locks"),
              BRINGS("-p --paginate", EFFECT_RUN), FOLDER("-C"), { "-c", TAKES_VALUE, MEANS_TEXT, 0 },
              BRINGS_WITH("--config-env", EFFECT_LOAD),
              { "--git-dir --work-tree --namespace --super-prefix", TAKES_VALUE, MEANS_LOAD, EFFECT_LOAD },
              { "--exec-path", TAKES_MAYBE, MEANS_LOAD, EFFECT_LOAD },
              { "--html-path --man-path --info-path", TAKES_NOTHING, MEANS_ASIDE, 0 },
              { "-v -h --help --version", TAKES_NOTHING, MEANS_ASIDE, 0 }),
      deed_git_global, "git(1) 2.39: -c may name programs" },
    { "git", "status", READING, OPERANDS_NAMES, KNOWS_GIT,
      OPTIONS(FLAGS("-sbvz --short --branch --show-stash --long --verbose --ahead-behind --no-ahead-behind "
                    "--renames "
                    "--no-renames --null --no-column"),
              MAYBE("-u --porcelain --untracked-files --ignore-submodules --ignored --column --find-renames"),
              ASIDE),
      NULL, GIT("status") ": core.fsmonitor runs a program" },
    { "git", "diff", READING, OPERANDS_READ, KNOWS_GIT | KNOWS_NUMBERS,
      OPTIONS(DIFF_OPTIONS, FLAGS("-0123q --base --ours --theirs"), ASIDE), NULL, GIT("diff") },
    { "git", "log|show|whatchanged|reflog show", READING, OPERANDS_READ, KNOWS_GIT | KNOWS_NUMBERS,
      OPTIONS(DIFF_OPTIONS, LOG_OPTIONS), deed_git_log, GIT("log") ", git-show(1)" },
    { "git", "reflog", READING, OPERANDS_NONE, KNOWS_GIT | KNOWS_NUMBERS, OPTIONS(LOG_OPTIONS), deed_git_log,
      GIT("reflog") },
    { "git", "reflog expire|reflog delete", EFFECT_DELETE, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL,
      GIT("reflog") },
    { "git", "shortlog", READING, OPERANDS_NAMES, KNOWS_GIT,
      OPTIONS(FLAGS("-nsec --numbered --summary --email --committer --all --no-merges"),
              MAYBE("-w --format --group"), TEXT("--since --until --author"), ASIDE),
      deed_git_log, GIT("shortlog") },
    { "git", "rev-list|diff-tree|diff-index|diff-files|cherry|range-diff", READING, OPERANDS_NAMES,
      KNOWS_GIT | KNOWS_NUMBERS, OPTIONS(DIFF_OPTIONS, LOG_OPTIONS, FLAGS("-svr")), deed_git_log,
      GIT("rev-list") " and its like" },
    { "git", "blame|annotate", READING, OPERANDS_READ, KNOWS_GIT | KNOWS_MORE,
      OPTIONS(FLAGS("-bcefklnpstw --root --show-stats --porcelain --line-porcelain --incremental --show-name "
                    "--show-number "
                    "--show-email --progress --no-progress --color-lines --color-by-age --first-parent "
                    "--score-debug"),
              MAYBE("-MC --abbrev --date"), TEXT("-L --since --ignore-rev --encoding --reverse"),
              READS("-S --contents --ignore-revs-file"), ASIDE),
      NULL, GIT("blame") },
    { "git",
      "ls-files|ls-tree|name-rev|merge-base|show-ref|show-branch|for-each-ref|count-objects|check-ignore|"
      "check-attr|"
      "check-ref-format|verify-pack|get-tar-commit-id|describe|patch-id",
      READING, OPERANDS_NAMES, KNOWS_GIT,
      OPTIONS(
          FLAGS(
              "-acdefhikmnoqrstuvzHl --cached --deleted --modified --others --ignored --stage --unmerged "
              "--killed "
              "--directory --no-empty-directory --exclude-standard --error-unmatch --full-name --eol "
              "--deduplicate "
              "--recurse-submodules --name-only --name-status --long --full-tree --object-only --tags --all "
              "--heads --head --always --dirty --long --contains --exact-match --first-parent --is-ancestor "
              "--octopus --independent --fork-point --verbose --human-readable --quiet --non-matching "
              "--no-index "
              "--stdin --name-only --undefined --hash --verify --dereference --merged --stable --unstable"),
          MAYBE("--abbrev --dirty --color --hash --merged --no-merged --contains --no-contains"),
          TEXT("-x --exclude --format --sort --count --points-at --match --candidates --with-tree --refs"),
          READS("-X --exclude-from --exclude-per-directory"), ASIDE),
      NULL, GIT("ls-files") " and its like" },
    { "git", "rev-parse", READING, OPERANDS_NAMES, 0,
      OPTIONS(
          FLAGS(
              "-q --verify --quiet --sq --symbolic --symbolic-full-name --all --branches --tags --remotes "
              "--show-toplevel "
              "--show-prefix --show-cdup --git-dir --git-common-dir --absolute-git-dir --is-inside-work-tree "
              "--is-inside-git-dir --is-bare-repository --is-shallow-repository --local-env-vars "
              "--show-object-format "
              "--revs-only --no-revs --flags --no-flags --not --show-superproject-working-tree"),
          MAYBE("--short --abbrev-ref --disambiguate --path-format"),
          TEXT("--git-path --default --prefix --since --until --glob")),
      NULL, GIT("rev-parse") },
    { "git", "cat-file", READING, OPERANDS_NAMES, KNOWS_GIT,
      OPTIONS(FLAGS("-tspez --batch-all-objects --buffer --unordered --follow-symlinks --allow-unknown-type"),
              MAYBE("--batch --batch-check --batch-command"), BRINGS("--textconv --filters", EFFECT_RUN),
              ASIDE),
      deed_git_log, GIT("cat-file") },
    { "git", "grep", READING, OPERANDS_SEARCH, KNOWS_GIT | KNOWS_NUMBERS,
      OPTIONS(
          FLAGS("-aIirwvhHEGPFnlLzocqWp --text --ignore-case --word-regexp --invert-match --full-name "
                "--extended-regexp "
                "--basic-regexp --perl-regexp --fixed-strings --line-number --files-with-matches --name-only "
                "--files-without-match --null --only-matching --count --break --heading --show-function "
                "--function-context --cached --untracked --no-index --recurse-submodules --quiet --all-match "
                "--and "
                "--or --not --column --recursive --no-recursive --exclude-standard --no-exclude-standard"),
          MAYBE("--color"), PATTERN("-e"),
          TEXT("-ABCm --context --after-context --before-context --max-depth --threads --max-count"),
          READS("-f"), { "-O --open-files-in-pager", TAKES_MAYBE, MEANS_SHELL, EFFECT_RUN },
          BRINGS("--textconv", EFFECT_RUN), ASIDE),
      NULL, GIT("grep") ": -O runs a program" },
    { "git", "branch", READING, OPERANDS_UNKNOWN, KNOWS_GIT,
      OPTIONS(FLAGS("-arvliq --all --remotes --verbose --list --show-current --ignore-case --quiet "
                    "--no-column --omit-empty"),
              MAYBE("--color --column --abbrev --no-abbrev"),
              TEXT("--contains --no-contains --merged --no-merged --sort --points-at --format"),
              BRINGS("-mMcCtfu --move --copy --track --no-track --force --set-upstream-to --unset-upstream "
                     "--create-reflog",
                     EFFECT_WRITE),
              BRINGS("-dD --delete", EFFECT_DELETE), BRINGS("--edit-description", EFFECT_RUN), ASIDE),
      deed_git_listing, GIT("branch") ": with a name it makes one" },
    { "git", "tag", READING, OPERANDS_UNKNOWN, KNOWS_GIT,
      OPTIONS(FLAGS("-li --list --ignore-case --no-column --omit-empty"), MAYBE("-n --color --column"),
              TEXT("--contains --no-contains --merged --no-merged --sort --points-at --format"),
              BRINGS("-af --annotate --force", EFFECT_WRITE),
              BRINGS("-su --sign --local-user -v --verify", EFFECT_RUN), BRINGS("-d --delete", EFFECT_DELETE),
              BRINGS_WITH("-mF --message --file", EFFECT_WRITE), ASIDE),
      deed_git_listing, GIT("tag") },
    { "git", "remote", READING, OPERANDS_NONE, KNOWS_GIT, OPTIONS(FLAGS("-v --verbose"), ASIDE), NULL,
      GIT("remote") },
    { "git", "remote get-url", READING, OPERANDS_TEXT, 0, OPTIONS(FLAGS("--push --all")), NULL,
      GIT("remote") },
    { "git", "remote show|remote update|remote prune", EFFECT_NETWORK, OPERANDS_TEXT,
      KNOWS_GIT | KNOWS_ALL_OPTIONS, NULL, NULL, GIT("remote") },
    { "git",
      "remote add|remote set-url|remote rename|remote remove|remote rm|remote set-head|remote set-branches",
      EFFECT_WRITE | EFFECT_LOAD, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL,
      GIT("remote") ": changes the configuration" },
    { "git", "stash list", READING, OPERANDS_NONE, KNOWS_GIT | KNOWS_NUMBERS,
      OPTIONS(DIFF_OPTIONS, LOG_OPTIONS), deed_git_log, GIT("stash") },
    { "git", "stash show", READING, OPERANDS_TEXT, KNOWS_GIT,
      OPTIONS(DIFF_OPTIONS, FLAGS("--include-untracked --only-untracked"), ASIDE), deed_git_log,
      GIT("stash") },
    { "git", "stash drop|stash clear", EFFECT_DELETE, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL,
      GIT("stash") },
    { "git", "stash|stash push|stash pop|stash apply|stash branch|stash save|stash create|stash store",
      EFFECT_WRITE | EFFECT_DELETE, OPERANDS_TEXT, KNOWS_GIT | KNOWS_ALL_OPTIONS, NULL, NULL, GIT("stash") },
    { "git",
      "config --list|config -l|config --get|config --get-all|config --get-regexp|config "
      "--get-urlmatch|config list|config get",
      READING, OPERANDS_TEXT, 0,
      OPTIONS(FLAGS("-z --global --system --local --worktree --show-origin --show-scope --null --name-only "
                    "--includes --no-includes "
                    "--bool --int --path --all"),
              READS("-f --file"), TEXT("--blob --type --default"), ASIDE),
      NULL, GIT("config") },
    { "git", "config", EFFECT_WRITE | EFFECT_LOAD, OPERANDS_TEXT, KNOWS_ALL_OPTIONS | KNOWS_STOPS,
      OPTIONS(BRINGS("-e --edit", EFFECT_RUN), TEXT("-f --file --blob --type --default"),
              FLAGS("-lz --global --system --local --worktree --null --list --get --get-all --get-regexp "
                    "--get-urlmatch --show-origin --show-scope --name-only --bool --int --path --includes "
                    "--no-includes --add --unset --unset-all --replace-all --rename-section "
                    "--remove-section")),
      deed_git_config, GIT("config") ": may name programs for later" },
    { "git",
      "worktree list|bisect log|bisect view|notes list|notes show|bundle "
      "verify|bundle list-heads|sparse-checkout list",
      READING, OPERANDS_TEXT, KNOWS_GIT,
      OPTIONS(FLAGS("-vz --porcelain --verbose --recursive --cached --quiet"), ASIDE), NULL,
      GIT("worktree") " and its like" },
    { "git", "version|help|var", READING, OPERANDS_NONE, 0, OPTIONS(FLAGS("-ag --all --build-options -l")),
      NULL, GIT("help") ": with a word it runs man" },
    { "git",
      "add|stage|mv|am|update-index|read-tree|write-tree|commit-tree|update-ref|"
      "symbolic-ref|mktag|mktree|notes|replace|sparse-checkout|worktree move|worktree "
      "lock|worktree unlock|pack-refs|fmt-merge-msg|restore --staged",
      EFFECT_WRITE, OPERANDS_NAMES, KNOWS_GIT | KNOWS_ALL_OPTIONS,
      OPTIONS(BRINGS("-e --edit", EFFECT_RUN), LOADS("--template --separate-git-dir")), NULL,
      GIT("add") " and its like" },
    { "git",
      "commit|merge|rebase|cherry-pick|revert|gc|maintenance|repack|prune|bisect|bisect start|bisect "
      "good|bisect bad|bisect "
      "reset|merge-file|mergetool|difftool|archive|checkout-index|fsck|filter-"
      "repo|submodule|lfs",
      EFFECT_WRITE | EFFECT_CODE, OPERANDS_TEXT, KNOWS_GIT | KNOWS_ALL_OPTIONS,
      OPTIONS(READS("-Ft --file --template"),
              TEXT("-mCc --message --author --date --strategy --onto --cleanup --trailer"),
              { "-x --exec --extcmd", TAKES_VALUE, MEANS_SHELL, EFFECT_RUN },
              WRITES("-o --output --output-directory"),
              { "--remote", TAKES_VALUE, MEANS_HOST, EFFECT_NETWORK }, BRINGS("--amend", EFFECT_DELETE)),
      NULL, GIT("commit") " and its like: hooks and editors run" },
    { "git", "init|worktree add|bundle create", EFFECT_WRITE, OPERANDS_WRITE, KNOWS_GIT | KNOWS_ALL_OPTIONS,
      OPTIONS(LOADS("--template --separate-git-dir"), TEXT("-bB --initial-branch --reason")), deed_here,
      GIT("init") " and its like" },
    { "git", "hash-object", EFFECT_WRITE, OPERANDS_READ, KNOWS_GIT | KNOWS_ALL_OPTIONS,
      OPTIONS(TEXT("-t --path")), NULL, GIT("hash-object") },
    { "git", "apply", EFFECT_WRITE, OPERANDS_READ, KNOWS_GIT,
      OPTIONS(FLAGS("-RNz3qv --stat --numstat --summary --check --index --cached --intent-to-add --3way "
                    "--apply --no-add --reverse --reject --unidiff-zero --allow-overlap --inaccurate-eof "
                    "--recount --verbose --quiet --ignore-space-change --ignore-whitespace "
                    "--allow-binary-replacement --binary --allow-empty"),
              TEXT("-pC --exclude --include --whitespace --directory"), WRITES("--build-fake-ancestor"),
              ASIDE),
      deed_git_apply, GIT("apply") },
    { "git", "format-patch", EFFECT_WRITE, OPERANDS_NAMES, KNOWS_GIT | KNOWS_NUMBERS,
      OPTIONS(FLAGS("-nNsk --stdout --numbered --no-numbered --signoff --keep-subject --cover-letter "
                    "--zero-commit --no-signature --root --no-attach --no-to --no-cc --no-add-header"),
              WRITES("-o --output-directory"),
              TEXT("-v --reroll-count --start-number --subject-prefix --suffix --signature --base"),
              DIFF_OPTIONS, ASIDE),
      deed_git_apply, GIT("format-patch") },
    { "git", "submodule foreach", EFFECT_RUN | EFFECT_CODE | EFFECT_WRITE, OPERANDS_COMMAND,
      KNOWS_GIT | KNOWS_STOPS, OPTIONS(FLAGS("--recursive --quiet -q")), deed_inner_text, GIT("submodule") },
    { "git", "filter-branch", EFFECT_RUN | EFFECT_CODE | EFFECT_WRITE | EFFECT_DELETE, OPERANDS_TEXT,
      KNOWS_GIT | KNOWS_ALL_OPTIONS,
      OPTIONS(SHELL("--tree-filter --index-filter --env-filter --msg-filter --commit-filter "
                    "--parent-filter --tag-name-filter --setup")),
      NULL, GIT("filter-branch") },
    { "git", "bisect run", EFFECT_RUN | EFFECT_CODE | EFFECT_WRITE, OPERANDS_COMMAND, KNOWS_GIT | KNOWS_STOPS,
      NULL, NULL, GIT("bisect") },
    { "git", "rm", EFFECT_DELETE, OPERANDS_DELETE, KNOWS_GIT,
      OPTIONS(FLAGS("-fnq --force --dry-run --cached --ignore-unmatch --quiet --sparse"), TREE("-r"), ASIDE),
      NULL, GIT("rm") },
    { "git", "clean", EFFECT_DELETE, OPERANDS_DELETE, KNOWS_GIT | KNOWS_TREE,
      OPTIONS(FLAGS("-fdqxXn --force --quiet --dry-run"), BRINGS("-i --interactive", EFFECT_RUN),
              TEXT("-e --exclude"), ASIDE),
      deed_here, GIT("clean") },
    { "git", "reset|checkout|switch|restore|worktree remove|worktree prune|submodule deinit",
      EFFECT_WRITE | EFFECT_DELETE, OPERANDS_NAMES, KNOWS_GIT | KNOWS_ALL_OPTIONS, NULL, NULL,
      GIT("reset") " and its like: throw changes away" },
    { "git",
      "clone|fetch|pull|ls-remote|submodule update|submodule add|request-pull|fetch-pack|svn|p4|cvsimport",
      EFFECT_NETWORK | EFFECT_WRITE, OPERANDS_HOST, KNOWS_GIT | KNOWS_ALL_OPTIONS,
      OPTIONS({ "-u --upload-pack --exec", TAKES_VALUE, MEANS_SHELL, EFFECT_RUN },
              { "-c --config", TAKES_VALUE, MEANS_TEXT, EFFECT_LOAD }, LOADS("--template --separate-git-dir"),
              TEXT("-bjo --branch --depth --origin --jobs")),
      deed_clone, GIT("clone") " and its like: ext:: and --upload-pack run programs" },
    { "git", "push|send-email|send-pack|http-push|daemon|instaweb|web--browse", EFFECT_NETWORK, OPERANDS_TEXT,
      KNOWS_GIT | KNOWS_ALL_OPTIONS,
      OPTIONS({ "--receive-pack --exec", TAKES_VALUE, MEANS_SHELL, EFFECT_RUN },
              TEXT("-o --push-option --repo")),
      NULL, GIT("push") },
    { "gh|glab|hub|tea", NULL, EFFECT_NETWORK, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL,
      "gh(1): speaks for the person at a host" },
    { "hg|svn|bzr|fossil|jj|cvs|tig|lazygit|gitk", NULL, EFFECT_UNKNOWN | EFFECT_WRITE, OPERANDS_TEXT,
      KNOWS_ALL_OPTIONS, NULL, NULL, "their configuration names programs" },
};

const struct knowledge_table knowledge_git = { rows, ARRAY_SIZE(rows) };
