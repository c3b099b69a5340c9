/* knowledge_text.c - programs that search, sort, cut and turn text, and small ones that only print. */
#include "policy/knowledge_rows.h"

static const struct knowledge rows[] = {
    { "grep|egrep|fgrep|zgrep|zegrep|zfgrep|rgrep", NULL, EFFECT_READ, OPERANDS_SEARCH, KNOWS_NUMBERS,
      OPTIONS(
          TREE("-rR --recursive --dereference-recursive"),
          FLAGS("-abcEFGhHiIlLnoPqsTUuvwxyzZ --extended-regexp --fixed-strings --basic-regexp --perl-regexp "
                "--ignore-case --no-ignore-case --invert-match --word-regexp --line-regexp --count "
                "--files-without-match --files-with-matches --only-matching --quiet --silent --no-messages "
                "--byte-offset --with-filename --no-filename --initial-tab --null --null-data --line-number "
                "--text --line-buffered --binary --unix-byte-offsets"),
          MAYBE("--color --colour"),
          TEXT("-ABCdDm --after-context --before-context --context --max-count --label --binary-files "
               "--devices "
               "--directories --exclude --exclude-dir --group-separator"),
          PATTERN("-e --regexp"), { "-f --file", TAKES_VALUE, MEANS_PATTERNS, 0 }, READS("--exclude-from"),
          { "--include", TAKES_VALUE, MEANS_FILTER, 0 }, ASIDE),
      NULL, "grep(1) 3.8" },
    { "rg|ripgrep", NULL, EFFECT_READ, OPERANDS_SEARCH, KNOWS_NUMBERS | KNOWS_TREE,
      OPTIONS(
          FLAGS("-abcFhHiIlLnNopPqsSUuvVwx0 --hidden --no-ignore --no-ignore-vcs --no-ignore-parent "
                "--no-ignore-dot --no-ignore-global --no-config --files --files-with-matches "
                "--files-without-match --count --count-matches --column --line-number --no-line-number "
                "--no-heading --heading --ignore-case --smart-case --case-sensitive --fixed-strings "
                "--word-regexp --line-regexp --invert-match --only-matching --quiet --json --vimgrep --pcre2 "
                "--multiline --multiline-dotall --text --trim --null --stats --follow --no-messages --debug "
                "--with-filename --no-filename --crlf --passthru --pretty --type-list --unrestricted "
                "--one-file-system --max-columns-preview --no-require-git --glob-case-insensitive"),
          { "-g --glob --iglob", TAKES_VALUE, MEANS_FILTER, 0 },
          TEXT(
              "-ABCjmMtTErd --after-context --before-context --context --threads --max-count "
              "--max-columns --max-depth --maxdepth --max-filesize --type --type-not --type-add --type-clear "
              "--encoding --replace --color --colors --sort --sortr --path-separator --engine "
              "--dfa-size-limit "
              "--regex-size-limit --context-separator --field-match-separator"),
          PATTERN("-e --regexp"), { "-f --file", TAKES_VALUE, MEANS_PATTERNS, 0 }, READS("--ignore-file"),
          BRINGS_WITH("--pre --hostname-bin", EFFECT_RUN), BRINGS("-z --search-zip", EFFECT_RUN),
          TEXT("--pre-glob"), ASIDE),
      NULL, "rg(1) 13: --pre and -z run programs" },
    { "ag", NULL, EFFECT_READ, OPERANDS_SEARCH, KNOWS_TREE | KNOWS_MORE,
      OPTIONS(
          FLAGS("-acDfFHilLnNoQrRsStuUvwz0 --count --files-with-matches --files-without-matches --literal "
                "--ignore-case --case-sensitive --smart-case --invert-match --word-regexp --hidden "
                "--nocolor --color --nogroup --group --heading --noheading --numbers --nonumbers --column "
                "--only-matching --stats --vimgrep --filename --nofilename --unrestricted --follow"),
          TEXT("-ABCGmp --after --before --context --depth --file-search-regex --ignore --ignore-dir "
               "--max-count --width --workers"),
          ASIDE),
      NULL, "ag(1) 2.2: --pager runs a program" },
    { "ack", NULL, EFFECT_READ | EFFECT_UNKNOWN, OPERANDS_SEARCH, KNOWS_ALL_OPTIONS, NULL, NULL,
      "ack(1): --pager and its own configuration" },
    { "bat|batcat", NULL, EFFECT_READ, OPERANDS_READ, KNOWS_MORE,
      OPTIONS(FLAGS("-AnPpSs --show-all --number --plain --no-paging --chop-long-lines --squeeze-blank"),
              TEXT("-lHr --language --highlight-line --line-range --style --theme --color --wrap --tabs "
                   "--terminal-width --decorations --file-name"),
              ASIDE),
      NULL, "bat(1) 0.22: --pager runs a program" },
    { "sed|gsed", NULL, EFFECT_READ, OPERANDS_TEXT, 0,
      OPTIONS(
          FLAGS("-nErsuz --quiet --silent --debug --follow-symlinks --null-data --posix --regexp-extended "
                "--separate --sandbox --unbuffered"),
          { "-i --in-place", TAKES_MAYBE, MEANS_TEXT, EFFECT_WRITE },
          { "-e --expression", TAKES_VALUE, MEANS_PATTERN, 0 },
          { "-f --file", TAKES_VALUE, MEANS_LOAD, EFFECT_LOAD }, TEXT("-l --line-length"), ASIDE),
      deed_sed, "sed(1) 4.9: e, w, r and s///e in its scripts" },
    { "awk|gawk|mawk|nawk|original-awk", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_STOPS,
      OPTIONS(TEXT("-Fv --field-separator --assign"), { "-f --file", TAKES_VALUE, MEANS_LOAD, EFFECT_LOAD },
              FLAGS("-bcCPrsStOM --posix --re-interval --sandbox --traditional --characters-as-bytes"),
              LOADS("-iElD --include --load --exec --debug"),
              { "-e --source", TAKES_VALUE, MEANS_PATTERN, 0 },
              BRINGS("-opd --pretty-print --profile --dump-variables", EFFECT_WRITE), ASIDE),
      deed_awk, "gawk(1) 5.2, mawk(1): system(), pipes, redirections and getline in its programs" },
    { "jq|gojq|jaq", NULL, EFFECT_READ, OPERANDS_SEARCH, 0,
      OPTIONS(
          FLAGS(
              "-cCMSaenrRsj0 --compact-output --color-output --monochrome-output --sort-keys --ascii-output "
              "--exit-status --null-input --raw-output --raw-input --slurp --join-output --tab --seq "
              "--stream "
              "--unbuffered"),
          TEXT("--indent"), { "--arg --argjson", TAKES_TWO, MEANS_TEXT, 0 },
          { "-f --from-file", TAKES_VALUE, MEANS_LOAD, EFFECT_LOAD }, LOADS("-L"),
          { "--slurpfile --rawfile --argfile", TAKES_TWO, MEANS_READ, 0 }, ASIDE),
      deed_jq, "jq(1) 1.6: env and $ENV read the environment, import loads modules" },
    { "yq|xq|tomlq|dasel", NULL, EFFECT_READ | EFFECT_UNKNOWN, OPERANDS_SEARCH, KNOWS_ALL_OPTIONS,
      OPTIONS(BRINGS("-i --inplace", EFFECT_WRITE)), NULL, "there are several programs of the name" },
    { "sort", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(
          FLAGS(
              "-bdfgiMhnRrVcCmsuz --ignore-leading-blanks --dictionary-order --ignore-case "
              "--general-numeric-sort --ignore-nonprinting --month-sort --human-numeric-sort --numeric-sort "
              "--random-sort --reverse --version-sort --merge --stable --unique --zero-terminated --debug"),
          MAYBE("--check"), TEXT("-ktS --key --field-separator --buffer-size --sort --batch-size --parallel"),
          READS("--random-source"), { "--files0-from", TAKES_VALUE, MEANS_READ, EFFECT_UNKNOWN },
          WRITES("-o --output"), { "-T --temporary-directory", TAKES_VALUE, MEANS_WRITE, EFFECT_WRITE },
          { "--compress-program", TAKES_VALUE, MEANS_SHELL, EFFECT_RUN }, ASIDE),
      NULL, "sort(1), coreutils 9.1: --compress-program runs a program" },
    { "uniq", NULL, EFFECT_READ, OPERANDS_FILTER, 0,
      OPTIONS(FLAGS("-cdDiuz --count --repeated --ignore-case --unique --zero-terminated"),
              MAYBE("--all-repeated --group"), TEXT("-fsw --skip-fields --skip-chars --check-chars"), ASIDE),
      NULL, "uniq(1), coreutils 9.1: a second word is its output" },
    { "wc", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-cmlLw --bytes --chars --lines --max-line-length --words"), TEXT("--total"),
              READS("--files0-from"), ASIDE),
      NULL, "wc(1), coreutils 9.1" },
    { "nl", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-p --no-renumber"),
              TEXT("-bdfhilnsvw --body-numbering --section-delimiter --footer-numbering --header-numbering "
                   "--line-increment --join-blank-lines --number-format --number-separator "
                   "--starting-line-number --number-width"),
              ASIDE),
      NULL, "nl(1), coreutils 9.1" },
    { "cut", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-nsz --complement --only-delimited --zero-terminated"),
              TEXT("-bcdf --bytes --characters --delimiter --fields --output-delimiter"), ASIDE),
      NULL, "cut(1), coreutils 9.1" },
    { "paste", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-sz --serial --zero-terminated"), TEXT("-d --delimiters"), ASIDE), NULL,
      "paste(1), coreutils 9.1" },
    { "join", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-iz --ignore-case --check-order --nocheck-order --header --zero-terminated"),
              TEXT("-aejotv12"), ASIDE),
      NULL, "join(1), coreutils 9.1" },
    { "comm", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-123z --check-order --nocheck-order --total --zero-terminated"),
              TEXT("--output-delimiter"), ASIDE),
      NULL, "comm(1), coreutils 9.1" },
    { "fold", NULL, EFFECT_READ, OPERANDS_READ, KNOWS_NUMBERS,
      OPTIONS(FLAGS("-bs --bytes --spaces"), TEXT("-w --width"), ASIDE), NULL, "fold(1), coreutils 9.1" },
    { "fmt", NULL, EFFECT_READ, OPERANDS_READ, KNOWS_NUMBERS,
      OPTIONS(FLAGS("-cstu --crown-margin --split-only --tagged-paragraph --uniform-spacing"),
              TEXT("-gpw --goal --prefix --width"), ASIDE),
      NULL, "fmt(1), coreutils 9.1" },
    { "expand|unexpand", NULL, EFFECT_READ, OPERANDS_READ, KNOWS_NUMBERS,
      OPTIONS(FLAGS("-ai --all --first-only --initial"), TEXT("-t --tabs"), ASIDE), NULL,
      "expand(1), unexpand(1), coreutils 9.1" },
    { "od", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-abcdfFhHiIlLoOsvxX --output-duplicates --traditional"), MAYBE("--strings --width"),
              TEXT("-ANjtSw --address-radix --endian --skip-bytes --read-bytes --format"), ASIDE),
      NULL, "od(1), coreutils 9.1" },
    { "column", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-deJLtx --table --json --table-noheadings --table-header-repeat --keep-empty-lines "
                    "--table-empty-lines --fillrows"),
              TEXT("-cEHilNnoOpRrsTW --output-width --separator --output-separator --table-columns "
                   "--table-columns-limit --table-hide --table-name --table-order --table-noextreme "
                   "--table-right --table-truncate --table-wrap --tree --tree-id --tree-parent"),
              ASIDE),
      NULL, "column(1), util-linux 2.38" },
    { "colrm|tsort|rev", NULL, EFFECT_READ, OPERANDS_READ, 0, OPTIONS(ASIDE), NULL,
      "tsort(1), coreutils 9.1; colrm(1), rev(1), util-linux 2.38" },
    { "pr", NULL, EFFECT_READ, OPERANDS_READ, KNOWS_NUMBERS | KNOWS_PLUS,
      OPTIONS(FLAGS("-acdfFJmrtTv --across --show-control-chars --double-space --form-feed --join-lines "
                    "--merge --no-file-warnings --omit-header --omit-pagination --show-nonprinting"),
              MAYBE("-einsS --expand-tabs --output-tabs --number-lines --separator --sep-string"),
              TEXT("-DhlNowW --columns --pages --date-format --header --length --first-line-number --indent "
                   "--width --page-width"),
              ASIDE),
      NULL, "pr(1), coreutils 9.1" },
    { "base32|basenc", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-di --decode --ignore-garbage --base64 --base64url --base32 --base32hex --base16 "
                    "--base2msbf --base2lsbf --z85"),
              TEXT("-w --wrap"), ASIDE),
      NULL, "base32(1), basenc(1), coreutils 9.1" },
    { "iconv", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-lcs --list --silent"), TEXT("-ft --from-code --to-code"), WRITES("-o --output"), ASIDE),
      NULL, "iconv(1), glibc 2.36" },
    { "base64", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-di --decode --ignore-garbage"), TEXT("-w --wrap"), ASIDE), NULL,
      "base64(1), coreutils 9.1" },
    { "tr", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_ANY_TEXT,
      OPTIONS(FLAGS("-cCdst --complement --delete --squeeze-repeats --truncate-set1"), ASIDE), NULL,
      "tr(1), coreutils 9.1" },
    { "xxd", NULL, EFFECT_READ, OPERANDS_FILTER, KNOWS_ONE_DASH | KNOWS_STOPS,
      OPTIONS(FLAGS("-a -b -C -d -E -e -i -p -r -u -ps -plain"), TEXT("-c -g -l -n -o -s"), ASIDE), NULL,
      "xxd(1): a second word is its output" },
    { "hexdump|hd", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-bcCdovxX --one-byte-octal --one-byte-char --canonical --two-bytes-decimal "
                    "--two-bytes-octal --two-bytes-hex --no-squeezing"),
              MAYBE("-L --color"), TEXT("-ens --format --length --skip"), READS("-f --format-file"), ASIDE),
      NULL, "hexdump(1), util-linux 2.38" },
    { "strings", NULL, EFFECT_READ, OPERANDS_READ, KNOWS_NUMBERS,
      OPTIONS(FLAGS("-afdow --all --print-file-name --data --include-all-whitespace"),
              TEXT("-nteTsU --bytes --radix --encoding --target --output-separator --unicode"),
              LOADS("--plugin"), ASIDE),
      deed_arguments, "strings(1), binutils 2.40" },
    { "readelf", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(
          FLAGS("-aAcdeghIlLnrsStTuvVWX --all --arch-specific --archive-index --dynamic --headers "
                "--section-groups --file-header --histogram --program-headers --segments --lint --notes "
                "--relocs --syms --symbols --dyn-syms --lto-syms --sections --section-headers "
                "--section-details --unwind --version-info --wide --use-dynamic --demangle --got-contents"),
          TEXT("-xpRzj --hex-dump --string-dump --relocated-dump --decompress"),
          MAYBE("-w --debug-dump --demangle --sym-base --ctf --sframe"), ASIDE),
      deed_arguments, "readelf(1), binutils 2.40" },
    { "objdump", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(
          FLAGS("-aCdDeEBfFgGhHilLprRsStTvVwxz --archive-headers --demangle --disassemble-all --debugging "
                "--file-headers --section-headers --headers --info --line-numbers --private-headers "
                "--reloc --dynamic-reloc --full-contents --source --syms --dynamic-syms --all-headers "
                "--wide --disassemble-zeroes --no-show-raw-insn --show-raw-insn --no-addresses "
                "--file-offsets --prefix-addresses --special-syms"),
          MAYBE("--disassemble --demangle --visualize-jumps --inlines --source-comment"),
          TEXT("-bjmM --target --section --architecture --disassembler-options --start-address "
               "--stop-address --insn-width --prefix-strip --adjust-vma"),
          LOADS("--plugin"), ASIDE),
      deed_arguments, "objdump(1), binutils 2.40: --dwarf=follow-links may reach the network" },
    { "nm", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-aAogBCDjlnpPrSsuUvW --debug-syms --print-file-name --demangle --no-demangle --dynamic "
                    "--extern-only --line-numbers --numeric-sort --no-sort --portability --print-size "
                    "--print-armap --quiet --reverse-sort --size-sort --special-syms --synthetic "
                    "--undefined-only --defined-only --with-symbol-versions --without-symbol-versions "
                    "--just-symbols --no-weak"),
              MAYBE("--demangle"), TEXT("-fFtX --format --radix --target"), LOADS("--plugin"), ASIDE),
      deed_arguments, "nm(1), binutils 2.40" },
    { "size", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-ABGdoxtf --common --totals"), TEXT("--format --radix --target"), ASIDE), deed_arguments,
      "size(1), binutils 2.40" },
    { "seq", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_NUMBERS | KNOWS_ANY_TEXT,
      OPTIONS(FLAGS("-w --equal-width"), TEXT("-fs --format --separator"), ASIDE), NULL,
      "seq(1), coreutils 9.1" },
    { "shuf", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-erz --echo --repeat --zero-terminated"), TEXT("-in --input-range --head-count"),
              READS("--random-source"), WRITES("-o --output"), ASIDE),
      NULL, "shuf(1), coreutils 9.1" },
    { "bc", NULL, EFFECT_READ, OPERANDS_READ, 0, OPTIONS(FLAGS("-lqsiw"), ASIDE), NULL, "bc(1) 1.07" },
    { "factor|numfmt|expr", NULL, EFFECT_READ, OPERANDS_TEXT, 0,
      OPTIONS(FLAGS("-lqsiw"), TEXT("--from --to --format --padding --round --suffix --field --delimiter"),
              ASIDE),
      NULL, "coreutils 9.1" },
    { "date", NULL, EFFECT_READ, OPERANDS_NONE, KNOWS_PLUS,
      OPTIONS(FLAGS("-uR --utc --universal --rfc-email --debug"), MAYBE("-I --iso-8601"),
              TEXT("-d --date --rfc-3339"), NAMES("-r --reference"), READS("-f --file"),
              BRINGS_WITH("-s --set", EFFECT_SYSTEM), ASIDE),
      NULL, "date(1), coreutils 9.1" },
    { "cal|ncal|uptime|nproc|arch|tty|logname|whoami|groups|users|who|w|hostid|locale|getconf|lscpu|lsmem|"
      "free|vmstat",
      NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL,
      "coreutils 9.1, util-linux 2.38, procps 4.0: only print" },
    { "id", NULL, EFFECT_READ, OPERANDS_TEXT, 0,
      OPTIONS(FLAGS("-agGnruzZ --group --groups --name --real --user --zero"), ASIDE), NULL,
      "id(1), coreutils 9.1" },
    { "uname", NULL, EFFECT_READ, OPERANDS_NONE, 0,
      OPTIONS(FLAGS("-asnrvmpio --all --kernel-name --nodename --kernel-release --kernel-version --machine "
                    "--processor "
                    "--hardware-platform --operating-system"),
              ASIDE),
      NULL, "uname(1), coreutils 9.1" },
    { "hostname", NULL, EFFECT_READ, OPERANDS_NONE, 0,
      OPTIONS(FLAGS("-sfdiIA --short --fqdn --domain --ip-address"), ASIDE), NULL,
      "hostname(1): a word sets the name" },
    { "sleep", NULL, EFFECT_READ, OPERANDS_TEXT, 0, OPTIONS(ASIDE), NULL, "sleep(1), coreutils 9.1" },
    { "yes", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_ANY_TEXT, NULL, NULL, "yes(1), coreutils 9.1" },
    { "printenv", NULL, EFFECT_READ | EFFECT_SECRET, OPERANDS_TEXT, 0, OPTIONS(FLAGS("-0 --null"), ASIDE),
      NULL, "printenv(1), coreutils 9.1" },
    { "cloc|scc|tokei", NULL, EFFECT_READ | EFFECT_UNKNOWN, OPERANDS_NAMES, KNOWS_ALL_OPTIONS, NULL, NULL,
      "they run git and read their own configuration" },
    { "man|apropos|whatis", NULL, EFFECT_READ, OPERANDS_TEXT, 0,
      OPTIONS(FLAGS("-afiIkwW --all --whatis --apropos --ignore-case --match-case --where --path --location"),
              SHELL("-P --pager"), { "-H --html", TAKES_MAYBE, MEANS_SHELL, EFFECT_RUN },
              LOADS("-C --config-file -M --manpath -l --local-file"), ASIDE),
      deed_manual, "man(1) 2.11: -P, -H and MANPAGER run programs" },
    { "info|tldr", NULL, EFFECT_READ | EFFECT_UNKNOWN, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL,
      "info(1): -o writes; tldr reaches the network" },
    { "clear|reset|tput|stty|tabs", NULL, EFFECT_READ, OPERANDS_TEXT, 0,
      OPTIONS(TEXT("-T"), FLAGS("-aVx"), ASIDE), NULL, "ncurses 6.4: they act on the terminal" },
    { "envsubst", NULL, EFFECT_READ | EFFECT_SECRET, OPERANDS_TEXT, 0,
      OPTIONS(FLAGS("-v --variables"), ASIDE), NULL, "envsubst(1): prints variables" },
    { "xmllint", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("--noout --format --nonet --html --recover --noblanks"), TEXT("--xpath --encode"),
              WRITES("--output -o"), LOADS("--schema --relaxng --dtdvalid"), ASIDE),
      NULL, "xmllint(1)" },
    { "vi|vim|nvim|view|nano|pico|emacs|ed|ex|joe|micro|mcedit|kak|hx|code|subl", NULL,
      EFFECT_WRITE | EFFECT_RUN, OPERANDS_WRITE, KNOWS_ALL_OPTIONS | KNOWS_PLUS,
      OPTIONS({ "-c --cmd --eval", TAKES_VALUE, MEANS_TEXT, EFFECT_RUN }, LOADS("-uSl --load")), deed_editor,
      "an editor writes files and runs commands" },
};

const struct knowledge_table knowledge_text = { rows, ARRAY_SIZE(rows) };
