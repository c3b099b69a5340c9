/* variables.c - what the script's variables may hold.
 *
 * Two readings: what a variable may hold at all (for the search), and whether it holds exactly one known value
 * (for the proof): that is so when the script sets it once, where it is surely reached, or never and the
 * environment is known. */
#include "policy/scan.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <string.h>

enum { FEW_VALUES = 64 /* that are told apart */ };

struct variable *variable_find(struct scan *scan, const char *name, size_t length)
{
    size_t place = names_find(&scan->variable_names, name, length);
    return place == NAMES_NOT_FOUND ? NULL : scan->variables[place];
}

const char *variable_of_environment(const struct scan *scan, const char *name, size_t length)
{
    const char *const *environment = scan->request->environment;
    for (size_t i = 0; environment && environment[i]; i++)
        if (strncmp(environment[i], name, length) == 0 && environment[i][length] == '=')
            return environment[i] + length + 1;
    if (length == 4 && memcmp(name, "HOME", 4) == 0)
        return scan->request->home;
    return NULL;
}

/* Set by the shell or whoever logs in, so that they are never empty. */
static bool is_of_shell(const char *name)
{
    static const char *const names[] = { "PWD",      "OLDPWD",  "RANDOM",  "SRANDOM",  "SECONDS", "LINENO",
                                         "UID",      "EUID",    "PPID",    "USER",     "SHELL",   "PATH",
                                         "HOSTNAME", "LOGNAME", "TMPDIR",  "HOSTTYPE", "OSTYPE",  "MACHTYPE",
                                         "TERM",     "SHLVL",   "_",       "0",        "1",       "2",
                                         "3",        "@",       "COLUMNS", "LINES" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return strncmp(name, "BASH", 4) == 0 || strncmp(name, "EPOCH", 5) == 0;
}

struct variable *variable_get(struct scan *scan, const char *name, size_t length)
{
    struct variable *variable = variable_find(scan, name, length);
    scan->looked++;
    if (variable)
        return variable;
    variable = pool_take(&scan->pool, sizeof *variable);
    variable->name = pool_text(&scan->pool, name, length);
    scan->variables = pool_reserve(&scan->pool, scan->variables, &scan->variable_capacity,
                                   scan->variable_count + 1, sizeof *scan->variables);
    names_add(&scan->variable_names, &scan->pool, variable->name, length, scan->variable_count);
    scan->variables[scan->variable_count++] = variable;
    const char *value = variable_of_environment(scan, name, length);
    if (value)
        variable_add(scan, variable, value);
    if (!value && strcmp(variable->name, "IFS") == 0)
        variable_add(scan, variable, " ");
    variable->sure = value != NULL;
    variable->other = !value && is_of_shell(variable->name);
    return variable;
}

void variable_add(struct scan *scan, struct variable *variable, const char *value)
{
    for (size_t i = 0; i < variable->count && i < FEW_VALUES; i++)
        if (strcmp(variable->values[i], value) == 0)
            return;
    if (variable->count >= FEW_VALUES && !scan_works(scan, 1)) {
        variable->other = true;
        variable->sure = false;
        return;
    }
    variable->values = pool_reserve(&scan->pool, variable->values, &variable->capacity, variable->count + 1,
                                    sizeof *variable->values);
    variable->values[variable->count++] = pool_text(&scan->pool, value, strlen(value));
}

void variable_set(struct scan *scan, const char *name, const struct value *value, bool sure, size_t from)
{
    struct variable *variable = variable_get(scan, name, strlen(name));
    if (sure && !scan->adds_values) {
        variable->count = 0;
        variable->other = variable->downloaded = false;
    }
    if (value && value->text && !strchr(value->text, HOLE))
        variable_add(scan, variable, value->text);
    else
        variable->other = true;
    variable->downloaded |= value && value->downloaded;
    variable->sure = sure && variable->times == 1 && value && value->known && value->sure;
    variable->set = true;
    variable->from = from;
}

/* --- how often a name is set, as the text stands --- */

static void count_name(struct scan *scan, const char *name, size_t length)
{
    if (!length)
        return;
    struct variable *variable = variable_get(scan, name, length);
    variable->times++;
    variable->sure = false;
}

static void count_words(struct scan *scan, const struct reader *reader, const struct reader_node *simple)
{
    static const char *const setters[] = { "read",   "mapfile", "readarray", "printf",   "getopts",
                                           "export", "declare", "local",     "readonly", "typeset",
                                           "unset",  "let",     "set",       "eval",     "wait" };
    struct buffer value = BUFFER_INIT;
    const struct reader_node *word = reader_child(simple, NULL, READER_WORD);
    bool sets = false;
    if (word && reader_literal(reader, word, &value))
        for (size_t i = 0; i < ARRAY_SIZE(setters); i++)
            sets |= strcmp(value.data, setters[i]) == 0;
    while (sets && (word = reader_child(simple, word, READER_WORD))) {
        buffer_clear(&value);
        if (reader_literal(reader, word, &value))
            count_name(scan, value.data, strcspn(value.data, "=+["));
    }
    buffer_release(&value);
}

/* ${x:=y}, ((x++)): whatever name stands in it may be set. */
static void count_calculated(struct scan *scan, const struct reader *reader, const struct reader_node *node)
{
    const char *text = reader_text(reader, NULL);
    for (size_t i = node->from; i < node->to;) {
        size_t length = 0;
        while (i + length < node->to &&
               (text[i + length] == '_' || (text[i + length] >= 'a' && text[i + length] <= 'z') ||
                (text[i + length] >= 'A' && text[i + length] <= 'Z') ||
                (length && text[i + length] >= '0' && text[i + length] <= '9')))
            length++;
        if (length)
            count_name(scan, text + i, length);
        i += length + 1;
    }
}

void variable_count_sets(struct scan *scan, const struct reader *reader)
{
    const struct reader_node *root = reader_root(reader);
    const char *text = reader_text(reader, NULL), *name;
    size_t length;
    for (const struct reader_node *node = root; node; node = reader_walk(root, node)) {
        if (reader_within(reader, node)) {
            variable_count_sets(scan, reader_within(reader, node));
        } else if (node->kind == READER_ASSIGNMENT) {
            reader_assigned(reader, node, &name, &length);
            count_name(scan, name, length);
        } else if (node->first && (node->kind == READER_FOR || node->kind == READER_SELECT)) {
            count_name(scan, text + node->first->from, node->first->to - node->first->from);
        } else if (node->kind == READER_SIMPLE) {
            count_words(scan, reader, node);
        } else if ((node->kind == READER_ARITHMETIC || node->kind == READER_CALCULATION ||
                    node->kind == READER_FOR_COUNT) &&
                   !node->parent->unknown) {
            if (memchr(text + node->from, '=', node->to - node->from) ||
                memmem(text + node->from, node->to - node->from, "++", 2) ||
                memmem(text + node->from, node->to - node->from, "--", 2))
                count_calculated(scan, reader, node);
        } else if (node->kind == READER_PARAMETER && memchr(text + node->from, '=', node->to - node->from)) {
            count_calculated(scan, reader, node);
        }
    }
}

/* --- which names matter --- */

/* Programs or the shell take what they run, load or where they look from these.  Sources: bash(1), ld.so(8),
 * git(1), less(1), man(1), python(1), perlrun(1), ruby(1), node(1), gcc(1), make(1), and the habits of pagers. */
static const char *const dangerous[] = {
    "PATH",        "IFS",
    "ENV",         "BASH*",
    "SHELLOPTS",   "PS4",
    "PS0",         "PROMPT_*",
    "CDPATH",      "GLOBIGNORE",
    "HOME",        "LD_*",
    "DYLD_*",      "GIT_*",
    "SSH_*",       "*PAGER*",
    "*EDITOR*",    "VISUAL",
    "BROWSER",     "LESS*",
    "MORE*",       "MAN*",
    "PYTHON*",     "PERL*",
    "RUBY*",       "GEM_*",
    "BUNDLE_*",    "NODE_*",
    "NPM_*",       "npm_*",
    "JAVA_*",      "_JAVA*",
    "JDK_*",       "CLASSPATH",
    "MAKE*",       "GNUMAKEFLAGS",
    "CC",          "CXX",
    "LD",          "AR",
    "CFLAGS",      "CXXFLAGS",
    "LDFLAGS",     "CPPFLAGS",
    "GCC_*",       "COMPILER_PATH",
    "RUST*",       "CARGO_*",
    "GO*",         "CMAKE_*",
    "CTEST_*",     "PYTEST_*",
    "TOX_*",       "PIP_*",
    "UV_*",        "VIRTUAL_ENV",
    "CONDA_*",     "*_proxy",
    "*_PROXY",     "TMPDIR",
    "XDG_*",       "SHELL",
    "TERMINFO*",   "TERMCAP",
    "LOCPATH",     "NLSPATH",
    "GCONV_PATH",  "HOSTALIASES",
    "RES_OPTIONS", "MALLOC_*",
    "GLIBC_*",     "TAR_*",
    "GZIP",        "RSYNC_*",
    "CVS_*",       "SUDO_*",
    "DOCKER_*",    "KUBE*",
    "AWS_*",       "RIPGREP_*",
    "GREP_*",      "FZF_*",
    "LS_COLORS",   "ACK*",
    "LUA_*",       "TCL*",
    "PHP*",        "R_*",
    "OPENSSL_*",   "CURL_*",
    "WGETRC",      "TEXINPUTS",
    "EMACS*",      "VIM*",
    "EXINIT",      "NETRC",
    "INPUTRC",     "HIST*",
    "FPATH",       "FCEDIT",
    "TMOUT",       "POSIXLY_CORRECT",
    "MAIL*",       "EXECIGNORE",
    "FUNCNEST",    "HOSTFILE",
    "OPTIND",      "COPROC",
};

/* For a program's own environment: known to change no more than how it prints. bash(1), locale(7), no-color. */
static const char *const harmless[] = {
    "LANG",           "LC_*",       "LANGUAGE", "TZ",         "NO_COLOR",  "FORCE_COLOR", "CLICOLOR",
    "CLICOLOR_FORCE", "CI",         "COLUMNS",  "LINES",      "TERM",      "COLORTERM",   "DEBUG",
    "VERBOSE",        "TIMEFORMAT", "QUIET",    "LINT_LEVEL", "LOG_LEVEL", "LOGLEVEL",
};

static bool is_listed(const char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (pattern_matches_word(list[i], name))
            return true;
    return false;
}

bool variable_is_dangerous(const char *name)
{
    return is_listed(dangerous, ARRAY_SIZE(dangerous), name);
}

/* Names whose values nobody keeps secret. */
static const char *const open_names[] = {
    "HOME",        "PWD",       "OLDPWD",    "PATH",     "USER",        "LOGNAME",
    "SHELL",       "SHLVL",     "HOSTNAME",  "EDITOR",   "VISUAL",      "PAGER",
    "TMP*",        "TEMP",      "XDG_*",     "DISPLAY",  "VIRTUAL_ENV", "PYTHONPATH",
    "NODE_ENV",    "NODE_PATH", "JAVA_HOME", "GOPATH",   "GOROOT",      "CARGO_HOME",
    "RUSTUP_HOME", "CONDA_*",   "NVM_DIR",   "CC",       "CXX",         "*FLAGS",
    "LD_*",        "MAN*",      "PS1",       "PS4",      "IFS",         "OPT*",
    "REPLY",       "RANDOM",    "SRANDOM",   "SECONDS",  "LINENO",      "UID",
    "EUID",        "PPID",      "GROUPS",    "BASH*",    "EPOCH*",      "*TYPE",
    "PIPESTATUS",  "FUNCNAME",  "COMP_*",    "DIRSTACK", "SUDO_USER",   "DEBIAN_FRONTEND",
    "_",
};

bool variable_is_open(const char *name)
{
    bool own = !strpbrk(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && !variable_is_dangerous(name);
    return own || strspn(name, "0123456789@*") == strlen(name) || variable_is_harmless(name) ||
           is_listed(open_names, ARRAY_SIZE(open_names), name);
}

bool variable_is_harmless(const char *name)
{
    return is_listed(harmless, ARRAY_SIZE(harmless), name);
}
