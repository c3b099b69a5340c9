/* knowledge_packages.c - package managers: they install, and what they install runs. */
#include "policy/knowledge_rows.h"

#define INSTALLS (EFFECT_NETWORK | EFFECT_INSTALL | EFFECT_WRITE)

static const struct knowledge rows[] = {
    { "npm|pnpm|yarn", NULL, 0, OPERANDS_UNKNOWN, KNOWS_SUBCOMMANDS | KNOWS_STOPS,
      OPTIONS(FLAGS("-s --silent --quiet"),
              { "--prefix --cwd -C --dir", TAKES_VALUE, MEANS_LOAD, EFFECT_LOAD }, TEXT("--loglevel"),
              { "-vh --version --help", TAKES_NOTHING, MEANS_ASIDE, 0 }),
      NULL, "npm(1) 9" },
    { "npm|pnpm|yarn",
      "ls|list|ll|la|root|prefix|bin|explain|why|query|help|pkg get|config list|config get|licenses",
      EFFECT_READ, OPERANDS_TEXT, 0,
      OPTIONS(FLAGS("-agl --all --json --long --parseable --global --prod --dev"), TEXT("--depth --omit")),
      NULL, "npm(1) 9" },
    { "npm|pnpm|yarn", "view|info|show|search|outdated|audit|ping|whoami|doctor|docs|repo|bugs|fund",
      EFFECT_NETWORK, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL, "npm(1) 9: asks the registry" },
    { "npm|pnpm|yarn", "test|t|tst|run|run-script|start|stop|restart|build|lint|rebuild|dev",
      EFFECT_READ | EFFECT_CODE | EFFECT_WRITE, OPERANDS_TEXT, KNOWS_ALL_OPTIONS,
      OPTIONS(BRINGS_WITH("--script-shell --node-options --prefix --userconfig --globalconfig", EFFECT_LOAD)),
      NULL, "npm(1) 9: runs scripts of package.json" },
    { "npm|pnpm|yarn", "exec|x|dlx|create|init", INSTALLS | EFFECT_RUN, OPERANDS_COMMAND, KNOWS_STOPS,
      OPTIONS(FLAGS("-y --yes --no"), TEXT("-pw --package"), SHELL("-c --call")), NULL, "npm-exec(1) 9" },
    { "npm|pnpm|yarn",
      "install|i|ci|add|update|upgrade|up|remove|rm|uninstall|un|link|unlink|publish|unpublish|login|logout|"
      "adduser|dedupe|prune|pack|version|config set|config "
      "delete|cache|token|owner|access|set|import|fetch|deprecate|self-update|global",
      INSTALLS, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, OPTIONS(WRITES("--prefix --cache")), NULL, "npm(1) 9" },
    { "npx|pnpx|bunx|yarnpkg|corepack", NULL, INSTALLS | EFFECT_RUN, OPERANDS_COMMAND, KNOWS_STOPS,
      OPTIONS(FLAGS("-yq --yes --no --no-install --quiet"), TEXT("-p --package"), SHELL("-c --call"), ASIDE),
      NULL, "npx(1): downloads what it runs" },
    { "pip|pip2|pip3|pip3.11|pip3.12", NULL, 0, OPERANDS_UNKNOWN, KNOWS_SUBCOMMANDS | KNOWS_STOPS,
      OPTIONS(FLAGS("-qv --quiet --verbose --isolated --no-input --no-color --disable-pip-version-check "
                    "--require-virtualenv"),
              { "--python --log --proxy --cert", TAKES_VALUE, MEANS_LOAD, EFFECT_LOAD },
              { "-Vh --version --help", TAKES_NOTHING, MEANS_ASIDE, 0 }),
      NULL, "pip(1) 23" },
    { "pip|pip2|pip3|pip3.11|pip3.12", "list|show|freeze|check|inspect|help|debug|config list|config get",
      EFFECT_READ, OPERANDS_TEXT, 0,
      OPTIONS(FLAGS("-feliv --files --editable --local --user --not-required --verbose --all "
                    "--exclude-editable --include-editable"),
              TEXT("--format --path --exclude"), BRINGS("-ou --outdated --uptodate --pre", EFFECT_NETWORK)),
      NULL, "pip(1) 23" },
    { "pip|pip2|pip3|pip3.11|pip3.12",
      "install|uninstall|download|wheel|index|search|cache|config|hash|completion|lock", INSTALLS,
      OPERANDS_TEXT, KNOWS_ALL_OPTIONS,
      OPTIONS(READS("-r --requirement"), WRITES("-t --target --prefix --root")), NULL,
      "pip(1) 23: setup.py runs" },
    { "uv|pipx|poetry|pdm|conda|mamba|micromamba|rye|pipenv|pixi|pyenv|nvm|fnm|volta|asdf|mise|"
      "rbenv|rvm|rustup|sdk|ghcup|juliaup|swiftly|opam",
      NULL, INSTALLS | EFFECT_CODE, OPERANDS_TEXT, KNOWS_NO_OPTIONS, NULL, deed_inner_command,
      "they install, and run what is installed" },
    { "uvx", NULL, INSTALLS | EFFECT_RUN, OPERANDS_COMMAND, KNOWS_STOPS,
      OPTIONS(TEXT("--from --with --python"), ASIDE), NULL, "uv 0.4: downloads what it runs" },
    { "bundle|bundler", NULL, INSTALLS | EFFECT_CODE, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, deed_after_exec,
      "bundle(1)" },
    { "gem|composer|cpan|cpanm|luarocks|nuget|cabal-install|hex|conan|vcpkg|spack|easy_"
      "install|bower|jspm|deno-install|helmfile|krew",
      NULL, INSTALLS | EFFECT_CODE, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL,
      "package managers of languages" },
    { "apt|apt-get|aptitude|dpkg|yum|dnf|rpm|zypper|pacman|yay|paru|apk|emerge|brew|port|snap|flatpak|nix|"
      "nix-env|guix|xbps-install|pkg|pkg_add|opkg|tdnf|microdnf|add-apt-repository|apt-key|dpkg-reconfigure|"
      "unattended-upgrade",
      NULL, INSTALLS | EFFECT_SYSTEM, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL,
      "package managers of systems: hooks and -o run programs" },
    { "dpkg-query", NULL, EFFECT_READ, OPERANDS_TEXT, 0,
      OPTIONS(FLAGS("-lLsSWp --list --listfiles --status --search --show --print-avail"),
              TEXT("-f --showformat"), ASIDE),
      NULL, "dpkg-query(1) 1.21" },
    { "apt-cache", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_MORE,
      OPTIONS(FLAGS("-nfai --names-only --full --all-versions --installed --no-recommends --no-all-versions"),
              ASIDE),
      NULL, "apt-cache(8) 2.6: -p and -s write caches, -o and -c configure" },
    { "rpmquery", NULL, EFFECT_READ | EFFECT_UNKNOWN, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL,
      "rpm(8): --pipe and --eval run programs" },
};

const struct knowledge_table knowledge_packages = { rows, ARRAY_SIZE(rows) };
