/* code.c - a search in texts of other languages (python -c, node -e, run_python): which calls get which literal
 * text.  It proves nothing; what it finds is only there for the rules that deny or ask. */
#include "policy/scan.h"

#include "base/memory.h"

#include <ctype.h>
#include <string.h>

enum { CALLS_MAX = 32 /* within one another; deeper ones are like those around them */ };

enum act { ACT_NOTHING, ACT_RUN, ACT_READ, ACT_WRITE, ACT_DELETE, ACT_DELETE_TREE, ACT_PATH };

/* The last part of a function's name, in Python, JavaScript, Ruby, Perl and PHP. */
static const struct {
    const char *name;
    enum act act;
} acts[] = {
    { "system", ACT_RUN },
    { "popen", ACT_RUN },
    { "Popen", ACT_RUN },
    { "run", ACT_RUN },
    { "call", ACT_RUN },
    { "check_call", ACT_RUN },
    { "check_output", ACT_RUN },
    { "getoutput", ACT_RUN },
    { "getstatusoutput", ACT_RUN },
    { "exec", ACT_RUN },
    { "execSync", ACT_RUN },
    { "execFile", ACT_RUN },
    { "execFileSync", ACT_RUN },
    { "spawn", ACT_RUN },
    { "spawnSync", ACT_RUN },
    { "script", ACT_RUN }, /* AppleScript: do shell script */
    { "execvp", ACT_RUN },
    { "execv", ACT_RUN },
    { "execl", ACT_RUN },
    { "execlp", ACT_RUN },
    { "shell_exec", ACT_RUN },
    { "passthru", ACT_RUN },
    { "proc_open", ACT_RUN },
    { "qx", ACT_RUN },
    { "execute", ACT_RUN },
    { "removedirs", ACT_DELETE_TREE },
    { "capture2", ACT_RUN },
    { "capture3", ACT_RUN },
    { "create_subprocess_shell", ACT_RUN },
    { "open", ACT_READ },
    { "read", ACT_READ },
    { "readFile", ACT_READ },
    { "readFileSync", ACT_READ },
    { "createReadStream", ACT_READ },
    { "file_get_contents", ACT_READ },
    { "fopen", ACT_READ },
    { "readlines", ACT_READ },
    { "slurp", ACT_READ },
    { "foreach", ACT_READ },
    { "fromfile", ACT_READ },
    { "readfile", ACT_READ },
    { "writeFile", ACT_WRITE },
    { "writeFileSync", ACT_WRITE },
    { "appendFile", ACT_WRITE },
    { "appendFileSync", ACT_WRITE },
    { "createWriteStream", ACT_WRITE },
    { "file_put_contents", ACT_WRITE },
    { "write", ACT_NOTHING },
    { "mkdirSync", ACT_WRITE },
    { "makedirs", ACT_WRITE },
    { "mkdir", ACT_WRITE },
    { "remove", ACT_DELETE },
    { "unlink", ACT_DELETE },
    { "unlinkSync", ACT_DELETE },
    { "delete", ACT_DELETE },
    { "rmdir", ACT_DELETE },
    { "rmtree", ACT_DELETE_TREE },
    { "rmSync", ACT_DELETE_TREE },
    { "rm_rf", ACT_DELETE_TREE },
    { "rm_r", ACT_DELETE_TREE },
    { "rmdirSync", ACT_DELETE_TREE },
    { "removeSync", ACT_DELETE_TREE },
    { "rimraf", ACT_DELETE_TREE },
    { "remove_tree", ACT_DELETE_TREE },
    { "remove_entry_secure", ACT_DELETE_TREE },
    { "rm", ACT_DELETE_TREE },
    { "emptyDirSync", ACT_DELETE_TREE },
    { "Path", ACT_PATH },
    { "expanduser", ACT_PATH },
    { "expand_path", ACT_PATH },
    { "join", ACT_PATH },
    { "PurePath", ACT_PATH },
    { "PosixPath", ACT_PATH },
    { "abspath", ACT_PATH },
};

/* Methods of a path: Path("x").read_text(). */
static const struct {
    const char *name;
    enum act act;
} methods[] = {
    { "read_text", ACT_READ },   { "read_bytes", ACT_READ },   { "open", ACT_READ },
    { "write_text", ACT_WRITE }, { "write_bytes", ACT_WRITE }, { "touch", ACT_WRITE },
    { "unlink", ACT_DELETE },    { "rmdir", ACT_DELETE },      { "rmtree", ACT_DELETE_TREE },
};

struct search {
    struct scan *scan;
    struct record *record;
    const char *text, *at;
    enum act calls[CALLS_MAX];
    unsigned depth;
    unsigned deeper;    /* calls that had no room in `calls` */
    struct value *list; /* literals of the call at hand */
    size_t count, capacity;
    struct value path; /* the last path that was made; text NULL: none */
};

static enum act find_act(const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(acts); i++)
        if (strlen(acts[i].name) == length && memcmp(acts[i].name, name, length) == 0)
            return acts[i].act;
    return ACT_NOTHING;
}

static const char *home_for_tilde(struct scan *scan, const char *text)
{
    if (text[0] != '~' || (text[1] != '/' && text[1]))
        return text;
    return pool_format(&scan->pool, "%s%s", scan->request->home ? scan->request->home : "/root", text + 1);
}

static void touch(struct search *search, const struct value *literal, enum act act)
{
    struct value value = *literal;
    if (act == ACT_READ && value.text[0] == '>') { /* Perl: open(F, ">FILE") */
        act = ACT_WRITE;
        value.text += strspn(value.text, "> ");
    }
    unsigned access = act == ACT_READ ? ACCESS_READ : act == ACT_WRITE ? ACCESS_WRITE : ACCESS_DELETE;
    value.text = home_for_tilde(search->scan, value.text);
    if (strpbrk(value.text, "\n") || strlen(value.text) > 4096)
        return;
    scan_touch(search->scan, search->record, &value, access, act == ACT_DELETE_TREE ? TOUCH_TREE : 0);
    scan_note_effect(search->scan, search->record,
                     access == ACCESS_DELETE  ? EFFECT_DELETE
                     : access == ACCESS_WRITE ? EFFECT_WRITE
                                              : EFFECT_READ,
                     value.text);
}

/* open(name, "w"): the second literal says how. */
static bool is_write_mode(const char *text)
{
    return strlen(text) <= 4 && strspn(text, "rwaxbt+>") == strlen(text) && strpbrk(text, "wax+>");
}

static void run_list(struct search *search)
{
    bool script = search->count == 1 || strpbrk(search->list[0].text, " ;|&\n");
    if (script)
        scan_payload_text(search->scan, search->record, search->list[0].text, false);
    else
        scan_inner(search->scan, search->record, search->list, search->count);
}

/* The call whose literals were gathered is over. */
static void end_call(struct search *search, enum act act)
{
    if (!search->count || act == ACT_NOTHING)
        return;
    if (act == ACT_RUN) {
        scan_note_effect(search->scan, search->record, EFFECT_RUN, search->list[0].text);
        run_list(search);
    } else if (act == ACT_PATH) {
        search->path = search->list[search->count - 1];
        if (search->depth && search->calls[search->depth - 1] != ACT_NOTHING)
            return; /* it belongs to the call around it */
    } else {
        bool writes = act == ACT_READ && search->count > 1 && is_write_mode(search->list[1].text);
        touch(search, &search->list[0], writes ? ACT_WRITE : act);
        if (act == ACT_DELETE_TREE || act == ACT_DELETE)
            for (size_t i = 1; i < search->count; i++)
                touch(search, &search->list[i], act);
    }
    search->count = 0;
}

static void add_literal(struct search *search, const char *text, size_t length)
{
    struct value value = { .text = pool_text(&search->scan->pool, text, length), .known = true };
    search->list = pool_reserve(&search->scan->pool, search->list, &search->capacity, search->count + 1,
                                sizeof *search->list);
    search->list[search->count++] = value;
}

/* The literal of quotes that begins at `at`; behind it afterwards. Escapes stay as they are. */
static void read_literal(struct search *search)
{
    char quote = *search->at;
    bool triple = search->at[1] == quote && search->at[2] == quote;
    const char *from = search->at + (triple ? 3 : 1), *to = from;
    char mark[4] = { quote, triple ? quote : '\0', triple ? quote : '\0', '\0' };
    if (triple) {
        const char *end = strstr(from, mark);
        to = end ? end : from + strlen(from);
    } else {
        while (*to && *to != quote)
            to += *to == '\\' && to[1] ? 2 : 1;
    }
    add_literal(search, from, (size_t)(to - from));
    if (quote == '`' && strcmp(search->record->program, "node") != 0)
        scan_payload_text(search->scan, search->record, search->list[search->count - 1].text, false);
    search->at = *to ? to + (triple ? 3 : 1) : to;
}

/* At the quotes behind a + or . that joins two literals? */
static bool at_joined_literal(struct search *search)
{
    const char *next = search->at + strspn(search->at, " \t");
    if ((*next != '+' && *next != '.') || !search->count)
        return false;
    next++;
    next += strspn(next, " \t");
    if (!*next || !strchr("'\"", *next))
        return false;
    search->at = next;
    return true;
}

/* 'rm ' + '-rf /' is one text. */
static void join_literals(struct search *search)
{
    struct marked whole = { 0 };
    size_t first = search->count - 1;
    while (at_joined_literal(search)) {
        if (!whole.length)
            marked_add(search->scan, &whole, search->list[first].text, strlen(search->list[first].text),
                       MARK_QUOTED);
        read_literal(search);
        const char *text = search->list[search->count - 1].text;
        marked_add(search->scan, &whole, text, strlen(text), MARK_QUOTED);
        search->count = first + 1;
    }
    if (whole.length)
        search->list[first].text = whole.text;
}

static void open_call(struct search *search, enum act act)
{
    if (search->depth < CALLS_MAX)
        search->calls[search->depth++] = act;
    else {
        search->calls[CALLS_MAX - 1] = act;
        search->deeper++;
    }
}

static void close_call(struct search *search)
{
    if (search->deeper) {
        search->deeper--;
        end_call(search, search->calls[CALLS_MAX - 1]);
    } else if (search->depth) {
        end_call(search, search->calls[--search->depth]);
    }
}

static void read_method(struct search *search, const char *name, size_t length)
{
    for (size_t i = 0; search->path.text && i < ARRAY_SIZE(methods); i++)
        if (strlen(methods[i].name) == length && memcmp(methods[i].name, name, length) == 0)
            touch(search, &search->path, methods[i].act);
}

/* A name; with a parenthesis, or in Ruby and Perl a blank and a quote behind it, it is a call. */
static void read_name(struct search *search)
{
    const char *from = search->at;
    while (isalnum((unsigned char)*search->at) || *search->at == '_')
        search->at++;
    size_t length = (size_t)(search->at - from);
    if (from[-1] == '.')
        read_method(search, from, length);
    const char *next = search->at + strspn(search->at, " \t");
    enum act act = find_act(from, length);
    if (act == ACT_NOTHING && length == 5 && memcmp(from, "write", 5) == 0 && from - search->text > 5 &&
        memcmp(from - 5, "File.", 5) == 0)
        act = ACT_WRITE; /* Ruby: File.write(NAME, TEXT) */
    if (*next == '(') {
        if (act != ACT_PATH || !search->depth)
            search->count = 0;
        open_call(search, act);
        search->at = next + 1;
    } else if (*next && strchr("'\"`", *next) && act != ACT_NOTHING && next > search->at) {
        search->at = next;
        search->count = 0;
        read_literal(search);
        while (*(next = search->at + strspn(search->at, " \t,")) && strchr("'\"", *next)) {
            search->at = next;
            read_literal(search);
        }
        end_call(search, act);
    }
}

static void step(struct search *search)
{
    char byte = *search->at;
    if (byte == '#' && (search->at[-1] == ' ' || search->at[-1] == '\n')) {
        search->at += strcspn(search->at, "\n");
    } else if (strchr("'\"`", byte)) {
        read_literal(search);
        join_literals(search);
    } else if (isalpha((unsigned char)byte) || byte == '_') {
        read_name(search);
    } else {
        if (byte == '(')
            open_call(search, ACT_NOTHING);
        if (byte == ')')
            close_call(search);
        if (byte == '\n' || byte == ';') {
            search->count = 0;
            search->path.text = NULL;
        }
        search->at++;
    }
}

static bool holds_any(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

/* A method of the name is another thing: regex.exec(text). */
static bool calls_any(const char *text, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (const char *at = strstr(text, names[i]); at; at = strstr(at + 1, names[i]))
            if (at == text || (at[-1] != '.' && at[-1] != '_' && !isalnum((unsigned char)at[-1])))
                return true;
    return false;
}

/* Languages whose commands are words, so that a shell's reading finds them. */
static bool is_like_shell(const char *program)
{
    static const char *const names[] = { "expect", "tclsh", "wish", "pwsh", "powershell" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(names[i], program) == 0)
            return true;
    return false;
}

void code_search(struct scan *scan, struct record *record, const char *code)
{
    static const char *const reaching[] = { "urllib",    "urlopen",  "requests.", "http.client", "httpx",
                                            "socket",    "fetch(",   "https.get", "http.get",    "net/http",
                                            "Net::HTTP", "open-uri", "URI.open",  "LWP::",       "HTTP::Tiny",
                                            "curl_exec", "paramiko", "aiohttp",   "smtplib",     "ftplib" };
    static const char *const running[] = { "exec(", "eval(", "Function(" };
    static const char *const secret[] = {
        "environ", "process.env", "ENV[", "%ENV", "getenv", "ENV.", "$_ENV"
    };
    char *text = pool_format(&scan->pool, "\n%s\n", code);
    struct search search = { .scan = scan, .record = record, .text = text, .at = text + 1 };
    record->runs_text = true;
    if (holds_any(code, reaching, ARRAY_SIZE(reaching))) {
        scan_note_effect(scan, record, EFFECT_NETWORK, "the network");
        record->runs_downloaded |= calls_any(code, running, ARRAY_SIZE(running));
    }
    if (holds_any(code, secret, ARRAY_SIZE(secret)))
        scan_note_effect(scan, record, EFFECT_SECRET, "the environment");
    if (is_like_shell(record->program))
        scan_payload_text(scan, record, code, false);
    scan->codes++;
    while (*search.at)
        step(&search);
    scan->codes--;
}
