/* knowledge_code.c - interpreters, compilers, builders and testers: they run code, of the workspace by nature. */
#include "policy/knowledge_rows.h"

#define NATURE (EFFECT_READ | EFFECT_CODE)

static const struct knowledge rows[] = {
    { "python|python3|python2|pypy|pypy3|python3.9|python3.10|python3.11|python3.12|python3.13|ipython|"
      "bpython",
      NULL, NATURE, OPERANDS_CODE, KNOWS_STOPS | KNOWS_INTERPRETER,
      OPTIONS(FLAGS("-bBdEhiIOPqRsSuvx3"), { "-V", TAKES_NOTHING, MEANS_ASIDE, 0 },
              TEXT("-WX --check-hash-based-pycs"), CODE("-c"), { "-m", TAKES_VALUE, MEANS_TEXT, 0 }, ASIDE),
      deed_interpreter, "python3(1) 3.11" },
    { "node|nodejs|deno|bun|ts-node|tsx", NULL, NATURE, OPERANDS_CODE, KNOWS_STOPS | KNOWS_INTERPRETER,
      OPTIONS({ "-v", TAKES_NOTHING, MEANS_ASIDE, 0 },
              FLAGS("-ih --interactive --check --no-warnings --trace-warnings --test --watch --harmony "
                    "--esm --enable-source-maps"),
              CODE("-ep --eval --print"),
              LOADS("-rC --require --import --loader --experimental-loader --env-file --conditions "
                    "--openssl-config"),
              TEXT("--max-old-space-size --input-type --test-name-pattern --stack-size"),
              { "--inspect --inspect-brk --inspect-port", TAKES_MAYBE, MEANS_TEXT, EFFECT_NETWORK }, ASIDE),
      deed_interpreter, "node(1) 18" },
    { "ruby|irb|jruby", NULL, NATURE, OPERANDS_CODE, KNOWS_STOPS | KNOWS_INTERPRETER,
      OPTIONS(FLAGS("-acdhlnpsSvwWUy"), CODE("-e"), LOADS("-rI --require"),
              TEXT("-FEKTx0 --encoding --external-encoding"), BRINGS("-i", EFFECT_WRITE), FOLDER("-C"),
              ASIDE),
      deed_interpreter, "ruby(1) 3.1" },
    { "perl", NULL, NATURE, OPERANDS_CODE, KNOWS_STOPS | KNOWS_INTERPRETER,
      OPTIONS(FLAGS("-acfhlnpsStTuUvwWX"), CODE("-eE"), LOADS("-IMm"),
              { "-i", TAKES_MAYBE, MEANS_TEXT, EFFECT_WRITE }, TEXT("-CDFxV0"), ASIDE),
      deed_interpreter, "perlrun(1) 5.36" },
    { "php", NULL, NATURE, OPERANDS_CODE, KNOWS_STOPS | KNOWS_INTERPRETER,
      OPTIONS(FLAGS("-ahilmnqsvwz"), CODE("-rBRE --run"), LOADS("-cdFt --php-ini --define"),
              { "-S --server", TAKES_VALUE, MEANS_HOST, EFFECT_NETWORK }, TEXT("-f"), ASIDE),
      deed_interpreter, "php(1) 8.2" },
    { "lua|luajit|tclsh|wish|guile|sbcl|clisp|racket|ghci|runghc|runhaskell|ocaml|swipl|R|Rscript|julia|"
      "octave|gnuplot|elixir|iex|erl|escript|scala|groovy|kotlin|jshell|dotnet|mono|csi|pwsh|"
      "powershell|osascript|expect|m4|gforth|nim|crystal|dart|wasmtime|wasmer|zig|swift|cargo-script|jupyter|"
      "papermill|streamlit|gradio|uvicorn|gunicorn|flask|celery|scrapy|nvim-headless",
      NULL, NATURE, OPERANDS_CODE, KNOWS_ALL_OPTIONS | KNOWS_INTERPRETER,
      OPTIONS(CODE("-ec --eval --execute --expr")), NULL, "interpreters and what runs a file" },
    { "java|javaw", NULL, NATURE, OPERANDS_CODE, KNOWS_STOPS | KNOWS_ONE_DASH | KNOWS_ALL_OPTIONS,
      OPTIONS(LOADS("-jar -cp -classpath --class-path --module-path -p"),
              { "-version --version -help --help -showversion", TAKES_NOTHING, MEANS_ASIDE, 0 }),
      NULL, "java(1) 17: -javaagent and @FILE load" },
    { "sqlite3|duckdb", NULL, NATURE, OPERANDS_UNKNOWN, KNOWS_ONE_DASH | KNOWS_ALL_OPTIONS,
      OPTIONS(FLAGS("-readonly -batch -bail -csv -json -header -noheader -column -line -list -html -table "
                    "-markdown -box -echo -nullvalue -safe"),
              LOADS("-init"), TEXT("-cmd -separator"),
              { "--version -version --help -help", TAKES_NOTHING, MEANS_ASIDE, 0 }),
      deed_sqlite, "sqlite3(1) 3.40: .shell runs, .output, .import and statements write" },
    { "venv|virtualenv", NULL, EFFECT_READ | EFFECT_WRITE | EFFECT_CODE, OPERANDS_WRITE, 0,
      OPTIONS(
          FLAGS("--system-site-packages --symlinks --copies --clear --upgrade --without-pip --upgrade-deps"),
          TEXT("--prompt -p --python"), ASIDE),
      NULL, "venv(1) 3.11" },
    { "make|gmake|bmake", NULL, NATURE, OPERANDS_TEXT, 0,
      OPTIONS(FLAGS("-bBdehiknpqrRsSvwm --always-make --debug --environment-overrides --ignore-errors "
                    "--keep-going --just-print --dry-run --recon --print-data-base --question "
                    "--no-builtin-rules --no-builtin-variables --silent --quiet --no-silent --no-keep-going "
                    "--stop --trace --print-directory --no-print-directory "
                    "--warn-undefined-variables"),
              MAYBE("-jlO --jobs --load-average --max-load --output-sync"),
              TEXT("-oW --old-file --assume-old --what-if --new-file --assume-new"),
              BRINGS("-t --touch", EFFECT_WRITE),
              LOADS("-fICE --directory --file --makefile --include-dir --eval"), ASIDE),
      deed_make, "make(1) 4.3" },
    { "cmake", NULL, NATURE | EFFECT_WRITE, OPERANDS_LOAD, KNOWS_ONE_DASH,
      OPTIONS(FLAGS("--build --fresh --log-level --trace --verbose -v --parallel -j* --clean-first "
                    "--debug-output -Wdev -Wno-dev --target -t --config"),
              WRITES("-B"), LOADS("-S -C -P --preset --toolchain --graphviz"),
              { "-E", TAKES_NOTHING, MEANS_TEXT, EFFECT_RUN }, TEXT("-G -A -T"),
              BRINGS("--install", EFFECT_INSTALL), BRINGS("-D*", EFFECT_LOAD), ASIDE),
      deed_make, "cmake(1) 3.25" },
    { "ctest", NULL, NATURE, OPERANDS_NONE, KNOWS_ONE_DASH,
      OPTIONS(
          FLAGS("-V -VV -N -Q -F --verbose --extra-verbose --output-on-failure --progress --quiet "
                "--show-only --rerun-failed --stop-on-failure --schedule-random --force-new-ctest-process"),
          TEXT("-R -E -L -LE -j -I -C -U --tests-regex --exclude-regex --label-regex --label-exclude "
               "--parallel --build-config --timeout --repeat --repeat-until-fail --output-junit"),
          FOLDER("--test-dir"), WRITES("-O --output-log"),
          LOADS("-S -D -M -T --script --dashboard --preset --resource-spec-file --overwrite"),
          BRINGS("--build-and-test --launch", EFFECT_RUN), ASIDE),
      NULL, "ctest(1) 3.25" },
    { "pytest|py.test", NULL, NATURE, OPERANDS_LOAD, 0,
      OPTIONS(
          FLAGS(
              "-vqsxlhVfi --verbose --quiet --exitfirst --showlocals --collect-only --co --lf --last-failed "
              "--ff --failed-first --nf --new-first --sw --stepwise --stepwise-skip --no-header --no-summary "
              "--strict-markers --strict-config --strict --disable-warnings --disable-pytest-warnings "
              "--full-trace --setup-show --setup-only --setup-plan --runxfail --fixtures --funcargs "
              "--fixtures-per-test --markers --cache-clear --keep-duplicates --doctest-modules --no-cov "
              "--continue-on-collection-errors --noconftest --collect-in-virtualenv"),
          TEXT("-kmrn --maxfail --tb --durations --durations-min --color --code-highlight --capture "
               "--show-capture --verbosity --cache-show --timeout --numprocesses --dist --deselect --ignore "
               "--ignore-glob --lfnf --import-mode "
               "--reruns --assert --cov-fail-under --count --random-order-seed"),
          MAYBE("--cov --cov-branch"), { "--cov-report", TAKES_MAYBE, MEANS_REPORT, 0 },
          LOADS("-copW --config-file --rootdir --confcutdir --override-ini --pyargs --cov-config"),
          WRITES("--basetemp --junitxml --junit-xml --log-file --report-log --debug --resultlog --html "
                 "--json-report-file --pastebin"),
          BRINGS("--pdb --trace", EFFECT_UNKNOWN), BRINGS_WITH("--pdbcls", EFFECT_LOAD), ASIDE),
      NULL, "pytest 7: -p, -c, -o and --rootdir load from elsewhere" },
    { "unittest|nosetests|nose2|tox|nox|hatch|behave|robot|pre-commit|coverage|doctest", NULL, NATURE,
      OPERANDS_TEXT, KNOWS_ALL_OPTIONS, OPTIONS(LOADS("-ctp --config --config-file --plugin")), NULL,
      "Python's testers" },
    { "mypy|ruff|flake8|pylint|black|isort|pyright|bandit|yapf|autopep8|pyflakes|pycodestyle|pydocstyle",
      NULL, NATURE | EFFECT_WRITE, OPERANDS_LOAD, KNOWS_ALL_OPTIONS,
      OPTIONS(LOADS("--config --config-file --rcfile --load-plugins --init-hook")), NULL,
      "their configuration loads plugins; some rewrite files" },
    { "gcc|g++|cc|c++|clang|clang++|c99|c89|tcc|ld|as|ar|gfortran|nvcc|rustc|javac|"
      "kotlinc|scalac|tsc|swiftc|ghc|ocamlc|ocamlopt|fpc|gnatmake|nasm|yasm|ld.lld|gold|lex|flex|yacc|bison|"
      "swig|protoc|cython|gcov|lcov|ccache|distcc|sccache",
      NULL, EFFECT_READ | EFFECT_WRITE | EFFECT_CODE, OPERANDS_READ, KNOWS_ALL_OPTIONS | KNOWS_ONE_DASH,
      OPTIONS(WRITES("-o -MF --output"), LOADS("-B -specs -fplugin -wrapper -load"), FLAGS("-v"),
              { "--version --help -dumpversion -dumpmachine", TAKES_NOTHING, MEANS_ASIDE, 0 },
              { "-Xclang -Xlinker -Wl", TAKES_NOTHING, MEANS_TEXT, EFFECT_UNKNOWN }),
      deed_compiler, "gcc(1) 12 and its like" },
    { "strip|ranlib", NULL, EFFECT_WRITE, OPERANDS_WRITE, KNOWS_ALL_OPTIONS, OPTIONS(LOADS("--plugin")), NULL,
      "strip(1), binutils 2.40" },
    { "objcopy", NULL, EFFECT_WRITE, OPERANDS_FILTER, KNOWS_ALL_OPTIONS, OPTIONS(LOADS("--plugin")), NULL,
      "objcopy(1), binutils 2.40" },
    { "gdb|lldb|pdb", NULL, NATURE | EFFECT_RUN, OPERANDS_UNKNOWN, KNOWS_ALL_OPTIONS, NULL,
      deed_inner_command, "debuggers run commands" },
    { "gofmt", NULL, EFFECT_READ, OPERANDS_READ, KNOWS_ONE_DASH | KNOWS_TREE,
      OPTIONS(FLAGS("-l -d -e -s"), BRINGS("-w", EFFECT_WRITE), TEXT("-r"), WRITES("-cpuprofile"), ASIDE),
      NULL, "gofmt, go 1.19: nothing of the workspace configures it" },
    { "clang-format|clang-tidy|indent|astyle|shfmt|prettier|eslint|stylelint|rustfmt|shellcheck|"
      "yamllint|jsonlint|markdownlint|vale|codespell|uncrustify|cppcheck",
      NULL, EFFECT_READ | EFFECT_CODE, OPERANDS_LOAD, KNOWS_ALL_OPTIONS,
      OPTIONS(BRINGS("-iw --write --fix --in-place --fix-dry-run", EFFECT_WRITE),
              LOADS("--config --plugin --parser --rulesdir --resolve-plugins-relative-to --require")),
      NULL, "formatters and checkers: configuration of the workspace may be code" },
    { "jest|vitest|mocha|ava|karma|cypress|playwright|webpack|rollup|vite|esbuild|parcel|gulp|grunt|next|"
      "nuxt|ng|turbo|nx|lerna|babel|rspec|rake|minitest|cucumber|phpunit|phpstan|composer-test|mix|rebar3|"
      "stack|cabal|sbt|mill|lein|clj|gradle|gradlew|mvn|mvnw|ant|bazel|bazelisk|buck|buck2|pants|scons|waf|"
      "meson|ninja|samu|just|task|invoke|fab|xmake|premake|configure|autoreconf|autoconf|automake|aclocal|"
      "libtoolize|autogen.sh|act|earthly|dagger",
      NULL, NATURE | EFFECT_WRITE, OPERANDS_TEXT, KNOWS_ALL_OPTIONS,
      OPTIONS(LOADS("-cf --config --file --require --setup-file"), FOLDER("-C --directory --cwd")),
      deed_build, "builders and testers: run what the workspace says" },
    { "go", NULL, 0, OPERANDS_UNKNOWN, KNOWS_SUBCOMMANDS | KNOWS_STOPS | KNOWS_ONE_DASH,
      OPTIONS(FOLDER("-C"), { "-h", TAKES_NOTHING, MEANS_ASIDE, 0 }), NULL, "go 1.19" },
    { "go", "version|env|list|doc|help", EFFECT_READ, OPERANDS_TEXT, KNOWS_ONE_DASH,
      OPTIONS(FLAGS("-m -v -json -deps -test -e -find -all -src -short -u -c -cmd"), TEXT("-f"),
              BRINGS("-w -unset", EFFECT_WRITE),
              BRINGS("-toolexec -exec -modfile -overlay -mod", EFFECT_LOAD)),
      NULL, "go 1.19" },
    { "go", "test|build|vet|run|generate|fmt|clean|tool|fix|mod tidy|mod verify|mod graph|mod why",
      NATURE | EFFECT_WRITE, OPERANDS_TEXT, KNOWS_ONE_DASH | KNOWS_ALL_OPTIONS,
      OPTIONS({ "-exec -toolexec -vettool", TAKES_VALUE, MEANS_SHELL, EFFECT_RUN },
              LOADS("-modfile -overlay -C"), WRITES("-o -coverprofile -cpuprofile -memprofile -outputdir")),
      NULL, "go 1.19" },
    { "go", "get|install|mod download|mod|work", EFFECT_NETWORK | EFFECT_INSTALL, OPERANDS_TEXT,
      KNOWS_ONE_DASH | KNOWS_ALL_OPTIONS, NULL, NULL, "go 1.19" },
    { "cargo", NULL, 0, OPERANDS_UNKNOWN, KNOWS_SUBCOMMANDS | KNOWS_STOPS | KNOWS_PLUS,
      OPTIONS(FLAGS("-qv --quiet --verbose --locked --offline --frozen"), TEXT("--color"),
              BRINGS_WITH("-ZC --config", EFFECT_LOAD),
              { "--version --help --list -Vh", TAKES_NOTHING, MEANS_ASIDE, 0 }),
      NULL, "cargo 0.66" },
    { "cargo", "version|help|tree|metadata|pkgid|locate-project|verify-project|read-manifest", NATURE,
      OPERANDS_TEXT, KNOWS_ALL_OPTIONS, OPTIONS(LOADS("--manifest-path --config")), NULL,
      "cargo 0.66: may reach the registry" },
    { "cargo", "build|b|check|c|test|t|run|r|bench|doc|d|clippy|fmt|clean|fix|nextest|expand|miri",
      NATURE | EFFECT_WRITE, OPERANDS_TEXT, KNOWS_ALL_OPTIONS,
      OPTIONS(LOADS("--manifest-path --config"), WRITES("--target-dir")), NULL, "cargo 0.66: build.rs runs" },
    { "cargo",
      "install|add|update|fetch|publish|login|search|owner|yank|uninstall|remove|vendor|generate-lockfile|"
      "new|init",
      EFFECT_NETWORK | EFFECT_INSTALL | EFFECT_WRITE, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL,
      "cargo 0.66" },
};

const struct knowledge_table knowledge_code = { rows, ARRAY_SIZE(rows) };
