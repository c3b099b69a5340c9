/* knowledge_files.c - programs that list, copy, move, delete and change files. */
#include "policy/knowledge_rows.h"

static const struct knowledge rows[] = {
    { "ls|dir|vdir", NULL, EFFECT_READ, OPERANDS_NAMES, 0,
      OPTIONS(
          FLAGS(
              "-aAbBcCdfFgGhHiklLmnNopqQrRsStuUvxXZ1 --all --almost-all --author --escape --ignore-backups "
              "--directory --dired --no-group --human-readable --si --dereference-command-line "
              "--dereference-command-line-symlink-to-dir --inode --kibibytes --dereference --numeric-uid-gid "
              "--literal --hide-control-chars --show-control-chars --quote-name --reverse --recursive --size "
              "--full-time --group-directories-first --file-type --zero --context"),
          MAYBE("--color --classify --hyperlink --format --indicator-style --quoting-style --sort --time "
                "--time-style"),
          TEXT("-ITw --ignore --hide --tabsize --width --block-size"), ASIDE),
      NULL, "ls(1), coreutils 9.1" },
    { "cat", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(
          FLAGS("-AbeEnstTuv --show-all --number-nonblank --show-ends --number --squeeze-blank --show-tabs "
                "--show-nonprinting"),
          ASIDE),
      NULL, "cat(1), coreutils 9.1" },
    { "tac", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-br --before --regex"), TEXT("-s --separator"), ASIDE), NULL, "tac(1), coreutils 9.1" },
    { "head|tail", NULL, EFFECT_READ, OPERANDS_READ, KNOWS_NUMBERS | KNOWS_PLUS,
      OPTIONS(FLAGS("-qvzF --quiet --silent --verbose --zero-terminated --retry"), MAYBE("--follow"),
              FLAGS("-f"), TEXT("-nc --lines --bytes --pid -s --sleep-interval --max-unchanged-stats"),
              ASIDE),
      NULL, "head(1), tail(1), coreutils 9.1" },
    { "less|more|zless|most", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-NSRFXiEeGgMmnQqrsuw"), ASIDE), deed_pager,
      "less(1): a pager on no terminal prints; its other options and LESSOPEN may run programs" },
    { "stat", NULL, EFFECT_READ, OPERANDS_NAMES, 0,
      OPTIONS(FLAGS("-Lft --dereference --file-system --terse"), TEXT("-c --format --printf --cached"),
              ASIDE),
      NULL, "stat(1), coreutils 9.1" },
    { "file", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-bcEhiklLNnrsSvzZ0d --brief --mime --mime-type --mime-encoding --no-dereference "
                    "--dereference "
                    "--uncompress --raw --keep-going --no-pad --print0 --special-files --extension"),
              READS("-f --files-from"), TEXT("-FPe --separator --parameter --exclude"),
              LOADS("-m --magic-file"), BRINGS("-C --compile", EFFECT_WRITE), ASIDE),
      NULL, "file(1) 5.44" },
    { "du", NULL, EFFECT_READ, OPERANDS_NAMES, 0,
      OPTIONS(FLAGS("-0abcDhHkLlmPsSx --all --apparent-size --bytes --total --dereference-args "
                    "--human-readable --si "
                    "--inodes --count-links --dereference --no-dereference --separate-dirs --summarize "
                    "--one-file-system --null"),
              TEXT("-BdtX --block-size --max-depth --threshold --exclude"), MAYBE("--time --time-style"),
              READS("--files0-from --exclude-from"), ASIDE),
      NULL, "du(1), coreutils 9.1" },
    { "df", NULL, EFFECT_READ, OPERANDS_NAMES, 0,
      OPTIONS(
          FLAGS("-ahHiklmPTv --all --human-readable --si --inodes --local --portability --print-type --total "
                "--no-sync --sync"),
          TEXT("-Btx --block-size --type --exclude-type"), MAYBE("--output"), ASIDE),
      NULL, "df(1), coreutils 9.1" },
    { "tree", NULL, EFFECT_READ, OPERANDS_NAMES, KNOWS_ONE_DASH,
      OPTIONS(
          FLAGS("-a -d -l -f -x -i -q -N -Q -p -u -g -s -h -D -F -r -t -v -c -U -C -n -A -S -J -X --du --si "
                "--dirsfirst --filesfirst --noreport --prune --gitignore --inodes --device"),
          TEXT("-L -P -I --filelimit --charset --timefmt --sort"),
          { "-o", TAKES_VALUE, MEANS_WRITE, EFFECT_WRITE }, BRINGS("-R -H -T", EFFECT_UNKNOWN), ASIDE),
      NULL, "tree(1) 2.1: -R -o writes 00Tree.html" },
    { "realpath|readlink", NULL, EFFECT_READ, OPERANDS_NAMES, 0,
      OPTIONS(FLAGS("-efmnLPqsvz --canonicalize --canonicalize-existing --canonicalize-missing --no-newline "
                    "--logical "
                    "--physical --quiet --silent --strip --no-symlinks --verbose --zero"),
              NAMES("--relative-to --relative-base"), ASIDE),
      NULL, "realpath(1), readlink(1), coreutils 9.1" },
    { "basename|dirname", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_ANY_TEXT,
      OPTIONS(FLAGS("-az --multiple --zero"), TEXT("-s --suffix"), ASIDE), NULL,
      "basename(1), dirname(1), coreutils 9.1: the words are not looked up" },
    { "pathchk", NULL, EFFECT_READ, OPERANDS_TEXT, 0, OPTIONS(FLAGS("-pP --portability"), ASIDE), NULL,
      "pathchk(1), coreutils 9.1" },
    { "md5sum|sha1sum|sha224sum|sha256sum|sha384sum|sha512sum|b2sum|cksum|sum", NULL, EFFECT_READ,
      OPERANDS_READ, 0,
      OPTIONS(FLAGS("-bctwzrs --binary --check --text --tag --warn --zero --ignore-missing --quiet --status "
                    "--strict "
                    "--untagged --debug --sysv"),
              TEXT("-la --length --algorithm"), ASIDE),
      NULL, "sha256sum(1) and its like, coreutils 9.1" },
    { "cmp", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-bls --print-bytes --verbose --quiet --silent"), TEXT("-in --ignore-initial --bytes"),
              ASIDE),
      NULL, "cmp(1), diffutils 3.8" },
    { "diff", NULL, EFFECT_READ, OPERANDS_READ, KNOWS_NUMBERS,
      OPTIONS(
          TREE("-r --recursive"),
          FLAGS(
              "-abBcdeEfHilnNpPqstTuvwyZ --normal --brief --report-identical-files --ed --rcs --side-by-side "
              "--expand-tabs --initial-tab --no-dereference --new-file --unidirectional-new-file "
              "--ignore-case --ignore-tab-expansion --ignore-trailing-space --ignore-space-change "
              "--ignore-all-space --ignore-blank-lines --text --strip-trailing-cr --minimal "
              "--speed-large-files --left-column --suppress-common-lines --show-c-function "
              "--ignore-file-name-case --suppress-blank-empty"),
          MAYBE("--color --context --unified --palette"),
          TEXT("-CUWFILxD --show-function-line --label --width --ignore-matching-lines --exclude --ifdef "
               "--tabsize --horizon-lines --starting-file --line-format --old-line-format --new-line-format"),
          READS("-X --exclude-from --from-file --to-file"), ASIDE),
      NULL, "diff(1), diffutils 3.8" },
    { "diff3", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-AeExX3imaT --show-all --ed --show-overlap --overlap-only --easy-only --merge --text "
                    "--strip-trailing-cr --initial-tab"),
              TEXT("-L --label"), SHELL("--diff-program"), ASIDE),
      NULL, "diff3(1), diffutils 3.8: --diff-program runs a program" },
    { "sdiff", NULL, EFFECT_READ, OPERANDS_READ, 0,
      OPTIONS(FLAGS("-sabBdEHiltWZ"), TEXT("-wI --width"), WRITES("-o --output"), SHELL("--diff-program"),
              ASIDE),
      NULL, "sdiff(1), diffutils 3.8" },
    { "colordiff|icdiff|delta", NULL, EFFECT_READ | EFFECT_UNKNOWN, OPERANDS_READ, 0, NULL, NULL,
      "their own configuration is read" },
    { "cp", NULL, EFFECT_WRITE, OPERANDS_COPY, 0,
      OPTIONS(FLAGS("-abdfiHlLnpPsuvxZ --archive --force --interactive --link --dereference --no-clobber "
                    "--no-dereference --parents --update --verbose --one-file-system "
                    "--remove-destination --strip-trailing-slashes --attributes-only --copy-contents -T "
                    "--no-target-directory"),
              TREE("-rR --recursive"), TEXT("-S --suffix"),
              MAYBE("--backup --preserve --no-preserve --reflink --sparse "
                    "--context"),
              TARGET("-t --target-directory"), ASIDE),
      NULL, "cp(1), coreutils 9.1; -s makes links, which ln is for" },
    { "mv", NULL, EFFECT_WRITE | EFFECT_DELETE, OPERANDS_MOVE, 0,
      OPTIONS(
          FLAGS("-bfinTuvZ --force --interactive --no-clobber --strip-trailing-slashes --no-target-directory "
                "--update --verbose --context"),
          TEXT("-S --suffix"), MAYBE("--backup"), TARGET("-t --target-directory"), ASIDE),
      NULL, "mv(1), coreutils 9.1" },
    { "install", NULL, EFFECT_WRITE, OPERANDS_COPY, 0,
      OPTIONS(FLAGS("-bcCDpsTv --compare --preserve-timestamps --strip --verbose --no-target-directory"),
              { "-d --directory", TAKES_NOTHING, MEANS_TEXT, EFFECT_WRITE },
              TEXT("-gmoS --group --mode --owner --suffix"), BRINGS_WITH("--strip-program", EFFECT_RUN),
              TARGET("-t --target-directory"), ASIDE),
      deed_install, "install(1), coreutils 9.1" },
    { "ln", NULL, EFFECT_WRITE, OPERANDS_LINK, 0,
      OPTIONS(FLAGS("-bdFfiLnPrsTv --directory --force --interactive --logical --no-dereference --physical "
                    "--relative "
                    "--symbolic --no-target-directory --verbose"),
              TEXT("-S --suffix"), MAYBE("--backup"), TARGET("-t --target-directory"), ASIDE),
      NULL, "ln(1), coreutils 9.1" },
    { "link", NULL, EFFECT_WRITE, OPERANDS_LINK, 0, OPTIONS(ASIDE), NULL, "link(1), coreutils 9.1" },
    { "rm", NULL, EFFECT_DELETE, OPERANDS_DELETE, 0,
      OPTIONS(FLAGS("-fiIdv --force --dir --verbose --one-file-system --no-preserve-root"),
              TREE("-rR --recursive"), MAYBE("--interactive --preserve-root"), ASIDE),
      NULL, "rm(1), coreutils 9.1" },
    { "rmdir", NULL, EFFECT_DELETE, OPERANDS_DELETE, 0,
      OPTIONS(FLAGS("-pv --parents --verbose --ignore-fail-on-non-empty"), ASIDE), NULL,
      "rmdir(1), coreutils 9.1" },
    { "unlink", NULL, EFFECT_DELETE, OPERANDS_DELETE, 0, OPTIONS(ASIDE), NULL, "unlink(1), coreutils 9.1" },
    { "trash|trash-put|gio", NULL, EFFECT_DELETE | EFFECT_UNKNOWN, OPERANDS_DELETE, KNOWS_TREE, NULL, NULL,
      "trash-cli, gio(1)" },
    { "shred", NULL, EFFECT_DELETE | EFFECT_WRITE, OPERANDS_DELETE, 0,
      OPTIONS(FLAGS("-fuvxz --force --verbose --exact --zero"), TEXT("-ns --iterations --size"),
              MAYBE("--remove"), READS("--random-source"), ASIDE),
      NULL, "shred(1), coreutils 9.1" },
    { "srm|wipe", NULL, EFFECT_DELETE, OPERANDS_DELETE, KNOWS_ALL_OPTIONS | KNOWS_TREE, NULL, NULL,
      "srm(1), wipe(1)" },
    { "truncate", NULL, EFFECT_WRITE, OPERANDS_WRITE, 0,
      OPTIONS(FLAGS("-co --no-create --io-blocks"), TEXT("-s --size"), READS("-r --reference"), ASIDE), NULL,
      "truncate(1), coreutils 9.1" },
    { "fallocate", NULL, EFFECT_WRITE, OPERANDS_WRITE, 0,
      OPTIONS(FLAGS("-cdinpvxz"), TEXT("-lo --length --offset"), ASIDE), NULL,
      "fallocate(1), util-linux 2.38" },
    { "touch", NULL, EFFECT_WRITE, OPERANDS_WRITE, 0,
      OPTIONS(FLAGS("-acfhm --no-create --no-dereference"), TEXT("-dt --date --time"),
              NAMES("-r --reference"), ASIDE),
      NULL, "touch(1), coreutils 9.1" },
    { "mkdir", NULL, EFFECT_WRITE, OPERANDS_WRITE, 0,
      OPTIONS(FLAGS("-pvZ --parents --verbose"), TEXT("-m --mode"), MAYBE("--context"), ASIDE), NULL,
      "mkdir(1), coreutils 9.1" },
    { "mkfifo|mknod", NULL, EFFECT_WRITE, OPERANDS_WRITE, 0, OPTIONS(TEXT("-m --mode"), ASIDE), NULL,
      "mkfifo(1), mknod(1), coreutils 9.1" },
    { "mktemp", NULL, EFFECT_WRITE, OPERANDS_WRITE, 0,
      OPTIONS(FLAGS("-dqtu --directory --dry-run --quiet"), WRITES("-p"),
              { "--tmpdir", TAKES_MAYBE, MEANS_WRITE, 0 }, MAYBE("--suffix"), ASIDE),
      NULL, "mktemp(1), coreutils 9.1" },
    { "chmod|chgrp", NULL, EFFECT_WRITE, OPERANDS_CHANGE, 0,
      OPTIONS(FLAGS("-cfvhHLP --changes --silent --quiet --verbose --no-preserve-root --preserve-root "
                    "--dereference "
                    "--no-dereference -rwxXstugoa"),
              TREE("-R --recursive"), { "--reference", TAKES_VALUE, MEANS_PATTERN, 0 }, ASIDE),
      NULL, "chmod(1), chgrp(1), coreutils 9.1: -rwx are modes" },
    { "chown", NULL, EFFECT_WRITE | EFFECT_PRIVILEGE, OPERANDS_CHANGE, 0,
      OPTIONS(FLAGS("-cfvhHLP --changes --silent --quiet --verbose --dereference --no-dereference "
                    "--no-preserve-root "
                    "--preserve-root"),
              TREE("-R --recursive"), TEXT("--from"), { "--reference", TAKES_VALUE, MEANS_PATTERN, 0 },
              ASIDE),
      NULL, "chown(1), coreutils 9.1" },
    { "chattr", NULL, EFFECT_WRITE | EFFECT_SYSTEM, OPERANDS_WRITE, KNOWS_ALL_OPTIONS | KNOWS_PLUS, NULL,
      NULL, "chattr(1)" },
    { "setfacl|setfattr|setcap|chcon", NULL, EFFECT_WRITE | EFFECT_SYSTEM, OPERANDS_CHANGE,
      KNOWS_ALL_OPTIONS | KNOWS_PLUS, NULL, NULL, "chattr(1), setfacl(1), setcap(8)" },
    { "lsattr|getfacl|getfattr|getcap|namei", NULL, EFFECT_READ, OPERANDS_NAMES, KNOWS_ALL_OPTIONS, NULL,
      NULL, "lsattr(1), getfacl(1), namei(1): only read" },
    { "dd", NULL, EFFECT_WRITE, OPERANDS_TEXT, KNOWS_NO_OPTIONS, NULL, deed_dd, "dd(1), coreutils 9.1" },
    { "tee", NULL, EFFECT_READ, OPERANDS_WRITE, 0,
      OPTIONS(FLAGS("-aip --append --ignore-interrupts"), MAYBE("--output-error"), ASIDE), NULL,
      "tee(1), coreutils 9.1" },
    { "split", NULL, EFFECT_WRITE, OPERANDS_FILTER, KNOWS_NUMBERS,
      OPTIONS(FLAGS("-dexu --verbose --elide-empty-files --unbuffered"),
              MAYBE("--numeric-suffixes --hex-suffixes"),
              TEXT("-abClnt --bytes --lines --line-bytes --number --suffix-length --additional-suffix "
                   "--separator"),
              SHELL("--filter"), ASIDE),
      NULL, "split(1), coreutils 9.1: --filter runs a shell; a second word begins the names" },
    { "csplit", NULL, EFFECT_WRITE, OPERANDS_SEARCH, 0,
      OPTIONS(FLAGS("-kqsz --keep-files --quiet --silent --elide-empty-files --suppress-matched"),
              TEXT("-bn --suffix-format --digits"), WRITES("-f --prefix"), ASIDE),
      NULL, "csplit(1), coreutils 9.1" },
    { "find", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_NO_OPTIONS, NULL, deed_find, "find(1), findutils 4.9" },
    { "fd|fdfind", NULL, EFFECT_READ, OPERANDS_TEXT, 0,
      OPTIONS(
          FLAGS(
              "-HIuspglaL0q1 --hidden --no-ignore --no-ignore-vcs --unrestricted --case-sensitive "
              "--ignore-case "
              "--fixed-strings --glob --absolute-path --list-details --follow --full-path --print0 --quiet"),
          TEXT("-dteEScj --max-depth --min-depth --exact-depth --type --extension --exclude --size --color "
               "--changed-within --changed-before --max-results --threads"),
          BRINGS_WITH("-xX --exec --exec-batch", EFFECT_RUN), ASIDE),
      deed_fd, "fd(1) 8.6" },
    { "locate|plocate|mlocate", NULL, EFFECT_READ, OPERANDS_TEXT, 0,
      OPTIONS(FLAGS("-iqbcwre0"), TEXT("-ln --limit"), ASIDE), NULL, "plocate(1)" },
    { "which|whereis", NULL, EFFECT_READ, OPERANDS_TEXT, 0, OPTIONS(FLAGS("-abms"), ASIDE), NULL,
      "which(1), whereis(1)" },
    { "tar|bsdtar|gtar", NULL, 0, OPERANDS_TEXT, KNOWS_NO_OPTIONS, NULL, deed_tar, "tar(1) 1.34" },
    { "zip", NULL, EFFECT_WRITE, OPERANDS_TEXT, 0,
      OPTIONS(FLAGS("-0123456789AcDeFfgjJklLoqrRSuvwXyz@"), BRINGS("-m", EFFECT_DELETE), TEXT("-nitx"),
              BRINGS("-T", 0), BRINGS_WITH("-TT --unzip-command", EFFECT_RUN)),
      deed_tar, "zip(1) 3.0: -TT runs a command" },
    { "unzip", NULL, EFFECT_WRITE, OPERANDS_READ, KNOWS_STOPS,
      OPTIONS(FLAGS("-abcCfjKlLMnopqstuUvVWXzZ:^"), BRINGS("-T", EFFECT_UNKNOWN), TEXT("-xOIP"),
              TARGET("-d")),
      deed_unzip, "unzip(1) 6.0: writes, but for -l, -p, -t, -v, -z and -Z" },
    { "zipinfo|lsar", NULL, EFFECT_READ, OPERANDS_READ, KNOWS_ALL_OPTIONS, NULL, NULL, "zipinfo(1)" },
    { "7z|7za|7zr|rar|unrar|unar", NULL, EFFECT_WRITE | EFFECT_UNKNOWN, OPERANDS_TEXT, KNOWS_ALL_OPTIONS,
      OPTIONS(WRITES("-o")), NULL, "7z(1)" },
    { "cpio|pax|ar", NULL, EFFECT_WRITE | EFFECT_UNKNOWN, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL,
      "cpio(1), ar(1)" },
    { "gzip|gunzip", NULL, EFFECT_WRITE | EFFECT_DELETE, OPERANDS_TEXT, KNOWS_NUMBERS,
      OPTIONS(FLAGS("-acdfhklLnNqrtv --ascii --stdout --to-stdout --decompress --uncompress --force --keep "
                    "--list --no-name --name --quiet --recursive --rsyncable --synchronous --test --verbose "
                    "--best --fast"),
              TEXT("-bS --bits --suffix"), ASIDE),
      deed_compress, "gzip(1) 1.12: replaces its files, but for -c, -l, -t" },
    { "bzip2|bunzip2", NULL, EFFECT_WRITE | EFFECT_DELETE, OPERANDS_TEXT, KNOWS_NUMBERS,
      OPTIONS(FLAGS("-cdfkqstvz --stdout --decompress --compress --force --keep --quiet --small --test "
                    "--verbose --best --fast"),
              ASIDE),
      deed_compress, "bzip2(1) 1.0: replaces its files, but for -c, -t" },
    { "xz|unxz|lzma", NULL, EFFECT_WRITE | EFFECT_DELETE, OPERANDS_TEXT, KNOWS_NUMBERS,
      OPTIONS(FLAGS("-cdefklqQtvz --stdout --to-stdout --decompress --uncompress --compress --force --keep "
                    "--list --quiet --no-warn --test --verbose --extreme --robot --single-stream "
                    "--no-sparse --ignore-check"),
              TEXT("-CFMST --check --format --memlimit --memory --suffix --threads --block-size"), ASIDE),
      deed_compress, "xz(1) 5.4: replaces its files, but for -c, -l, -t" },
    { "zstd|unzstd|compress|lz4", NULL, EFFECT_WRITE, OPERANDS_DELETE, KNOWS_NUMBERS | KNOWS_ALL_OPTIONS,
      OPTIONS(WRITES("-o --output-dir-flat --output-dir-mirror"), ASIDE), NULL,
      "zstd(1), lz4(1): write files" },
    { "zcat|bzcat|xzcat|zstdcat|lz4cat|gzcat", NULL, EFFECT_READ, OPERANDS_READ, KNOWS_MORE,
      OPTIONS(FLAGS("-dfkqv"), ASIDE), NULL, "zcat(1), xzcat(1)" },
    { "sync", NULL, EFFECT_READ, OPERANDS_NAMES, 0, OPTIONS(FLAGS("-df --data --file-system"), ASIDE), NULL,
      "sync(1), coreutils 9.1" },
    { "rsync", NULL, EFFECT_READ | EFFECT_WRITE, OPERANDS_COPY, KNOWS_ALL_OPTIONS | KNOWS_TREE,
      OPTIONS(BRINGS("--delete --delete-before --delete-during --delete-delay --delete-after "
                     "--delete-excluded --del "
                     "--remove-source-files",
                     EFFECT_DELETE),
              { "-e --rsh", TAKES_VALUE, MEANS_SHELL, EFFECT_RUN },
              BRINGS_WITH("--rsync-path --early-exec", EFFECT_RUN),
              READS("--files-from --exclude-from --include-from --password-file"),
              WRITES("-T --log-file --write-batch --only-write-batch --backup-dir --temp-dir --partial-dir"),
              TEXT("-fBM --filter --exclude --include --chmod --chown --out-format --bwlimit --max-size "
                   "--min-size --timeout --port --info --debug --suffix")),
      deed_rsync, "rsync(1) 3.2: -e runs a program, HOST:PATH is elsewhere" },
    { "inotifywait|inotifywatch", NULL, EFFECT_READ, OPERANDS_NAMES, KNOWS_ALL_OPTIONS,
      OPTIONS(WRITES("-o --outfile")), NULL, "inotifywait(1)" },
    { "patch", NULL, EFFECT_WRITE, OPERANDS_WRITE, KNOWS_ALL_OPTIONS,
      OPTIONS(READS("-i --input"), WRITES("-or --output --reject-file"), FOLDER("-d --directory"),
              TEXT("-pFD --strip --fuzz")),
      deed_here, "patch(1) 2.7: names its files itself" },
};

const struct knowledge_table knowledge_files = { rows, ARRAY_SIZE(rows) };
