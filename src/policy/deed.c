/* deed.c - what a command does: the row that knows it, its effects, the files that it touches, what it leaves behind for
 * those after it.  Its words are taken apart in deed_options.c, and used in deed_operands.c. */
#include "policy/deed_private.h"

#include "base/memory.h"
#include "base/path.h"
#include "policy/value.h"

#include <string.h>

void scan_note_effect(struct scan *scan, struct record *record, unsigned effects, const char *words)
{
    record->effects |= effects;
    for (unsigned i = 0; i < EFFECT_COUNT; i++)
        if ((effects & 1u << i) && !record->causes[i].words)
            record->causes[i].words = pool_text(&scan->pool, words, strlen(words));
}

void deed_note(struct examination *examination, unsigned effects, const char *words)
{
    if (effects)
        scan_note_effect(examination->scan, examination->record, effects, words);
}

void deed_unknown(struct examination *examination, const char *words)
{
    deed_note(examination, EFFECT_UNKNOWN, words);
}

static const char *host_of(struct scan *scan, const char *text)
{
    const char *scheme = strstr(text, "://"), *at;
    text = scheme ? scheme + 3 : text;
    size_t length = strcspn(text, "/?#");
    at = memchr(text, '@', length);
    if (at) {
        length -= (size_t)(at + 1 - text);
        text = at + 1;
    }
    if (text[0] != '[')
        length = strcspn(text, ":/?#") < length ? strcspn(text, ":/?#") : length;
    return pool_text(&scan->pool, text, length);
}

void deed_add_host(struct scan *scan, struct record *record, const char *host)
{
    record->hosts = pool_reserve(&scan->pool, record->hosts, &record->host_capacity, record->host_count + 1,
                                 sizeof(char *));
    record->hosts[record->host_count++] = host_of(scan, host);
}

bool deed_is_stream(const char *path)
{
    return strcmp(path, "/dev/null") == 0 || strcmp(path, "/dev/stdout") == 0 ||
           strcmp(path, "/dev/stderr") == 0 || strcmp(path, "/dev/fd/63") == 0 /* >(COMMAND) */;
}

void deed_touch(struct examination *examination, const struct value *value, unsigned access)
{
    bool names = !access;
    if (access == ACCESS_WRITE && value->sure && deed_is_stream(value->text))
        return;
    unsigned how = (examination->tree ? TOUCH_TREE : 0u) | (names ? TOUCH_NAMES : 0u);
    scan_touch(examination->scan, examination->record, value, names ? ACCESS_READ : access, how);
    if (access & ACCESS_WRITE)
        deed_note(examination, EFFECT_WRITE, value->text);
    if (access & ACCESS_DELETE)
        deed_note(examination, EFFECT_DELETE, value->text);
}

void deed_run(struct examination *examination, size_t first)
{
    struct record *record = examination->record;
    examination->rest = first;
    if (first < record->count)
        record->inner = scan_inner(examination->scan, record, record->words + first, record->count - first);
}

/* Asked about itself and for nothing else, it does nothing else: "gcc --version -v" and "java -version Main" may. */
static void settle_aside(struct examination *examination, size_t first_operand)
{
    bool names = (examination->knowledge->flags & KNOWS_BUILTIN) != 0; /* command -v NAME */
    if (examination->burdened || (!names && examination->record->operand_count > first_operand))
        examination->aside = false;
}

static void apply(struct examination *examination, size_t first_operand)
{
    const struct knowledge *knowledge = examination->knowledge;
    struct record *record = examination->record;
    settle_aside(examination, first_operand);
    examination->tree |= (knowledge->flags & KNOWS_TREE) != 0;
    if (!examination->aside)
        deed_use_operands(examination, first_operand);
    if (knowledge->special)
        knowledge->special(examination);
    deed_note(examination,
              examination->aside ? (unsigned)EFFECT_READ : knowledge->effects & ~examination->forgiven,
              record->spoken);
    bool reads_input =
        first_operand >= record->operand_count || strcmp(record->operands[first_operand], "-") == 0;
    if ((knowledge->flags & KNOWS_INTERPRETER) && !examination->code_given && reads_input &&
        !examination->aside) {
        record->runs_input = record->runs_text = true;
        if (record->input)
            code_search(examination->scan, record, record->input);
    }
    record->any_text |= (knowledge->flags & KNOWS_ANY_TEXT) != 0;
}

/* --- subcommands --- */

/* The row for the words behind the program: "stash list", else "stash". */
static const struct knowledge *find_subcommand(struct examination *examination, size_t *taken)
{
    struct record *record = examination->record;
    const char *first = record->words[examination->rest].text;
    const char *second =
        examination->rest + 1 < record->count ? record->words[examination->rest + 1].text : NULL;
    const struct knowledge *row = NULL;
    *taken = 2;
    if (second)
        row = knowledge_find(examination->scan, record->program,
                             pool_format(&examination->scan->pool, "%s %s", first, second));
    if (row)
        return row;
    *taken = 1;
    return knowledge_find(examination->scan, record->program, first);
}

static void examine_subcommand(struct examination *examination)
{
    struct record *record = examination->record;
    const struct knowledge *global = examination->knowledge;
    size_t taken = 0;
    record->operand_count = 0;
    if (global->special)
        global->special(examination);
    if (examination->rest >= record->count) {
        settle_aside(examination, 0);
        deed_note(examination, examination->aside ? (unsigned)EFFECT_READ : (unsigned)EFFECT_UNKNOWN,
                  record->program);
        return;
    }
    const struct knowledge *row = find_subcommand(examination, &taken);
    record->spoken = pool_format(&examination->scan->pool, "%s %s", record->program,
                                 record->words[examination->rest].text);
    if (!row) {
        deed_note(examination, global->effects | EFFECT_UNKNOWN, record->words[examination->rest].text);
        for (size_t i = examination->rest; i < record->count; i++)
            deed_add_operand(examination, &record->words[i]);
        return;
    }
    if (taken == 2)
        record->spoken = pool_format(&examination->scan->pool, "%s %s", record->spoken,
                                     record->words[examination->rest + 1].text);
    for (size_t i = 0; i < taken; i++)
        deed_add_operand(examination, &record->words[examination->rest + i]);
    examination->knowledge = record->knowledge = row;
    examination->first = examination->rest + taken;
    examination->aside = examination->burdened = false;
    deed_read_words(examination);
    apply(examination, taken);
}

/* --- programs that nobody knows --- */

bool knowledge_is_strong(struct scan *scan, const char *program)
{
    const struct knowledge *row = knowledge_find(scan, program, NULL);
    unsigned strong = EFFECT_DELETE | EFFECT_SYSTEM | EFFECT_PRIVILEGE;
    return row && !(row->flags & KNOWS_BUILTIN) &&
           ((row->effects & strong) || row->operands == OPERANDS_COMMAND ||
            row->operands == OPERANDS_DELETE || (row->flags & KNOWS_INTERPRETER) ||
            row->special == deed_shell);
}

/* A program of the workspace, or one that is not known: what it does with its words is not known; one of them may
 * name a program that it runs. */
static void examine_unknown(struct examination *examination)
{
    struct record *record = examination->record;
    static const struct knowledge nothing = { .program = "", .flags = KNOWS_ALL_OPTIONS };
    examination->knowledge = &nothing;
    deed_read_words(examination);
    if (record->of_workspace)
        deed_note(examination, EFFECT_CODE, record->words[0].text);
    else
        deed_note(examination, EFFECT_UNKNOWN, record->program);
    for (size_t i = 1; i < record->count; i++) {
        if (!knowledge_is_strong(examination->scan, path_name(record->words[i].text)))
            continue;
        struct record *inner = scan_inner(examination->scan, record, record->words + i, record->count - i);
        if (inner)
            inner->maybe = true;
        break;
    }
}

/* --- the command --- */

static bool is_system_folder(const char *text)
{
    static const char *const folders[] = { "/bin/",  "/usr/bin/",  "/usr/local/bin/",
                                           "/sbin/", "/usr/sbin/", "/usr/local/sbin/" };
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (strncmp(text, folders[i], strlen(folders[i])) == 0 && !strchr(text + strlen(folders[i]), '/'))
            return true;
    return false;
}

static void examine_program(struct examination *examination)
{
    struct record *record = examination->record;
    const char *text = record->words[0].text;
    record->program = strchr(text, HOLE) ? "" : path_name(text);
    record->of_workspace = strchr(text, '/') && !is_system_folder(text);
    record->spoken = record->of_workspace ? text : record->program;
    const struct knowledge *knowledge =
        *record->program ? knowledge_find(examination->scan, record->program, NULL) : NULL;
    record->known_program = knowledge != NULL;
    record->knowledge = examination->knowledge = knowledge;
    examination->first = 1;
    if (record->by_function)
        return;
    if (!knowledge) {
        examine_unknown(examination);
        return;
    }
    if (record->of_workspace)
        deed_note(examination, EFFECT_CODE, text);
    deed_read_words(examination);
    if (knowledge->flags & KNOWS_SUBCOMMANDS)
        examine_subcommand(examination);
    else
        apply(examination, 0);
}

static bool names_download(const struct scan *scan, struct record *record)
{
    for (size_t i = 0; i < record->touched_count; i++) {
        const struct touched *touched = &record->touched[i];
        if (!touched->loads ||
            names_find(&scan->downloads, touched->path, strlen(touched->path)) == NAMES_NOT_FOUND)
            continue;
        if (scan->download_from < record->context)
            record->context = scan->download_from;
        return true;
    }
    return false;
}

static void note_downloads(struct scan *scan, const struct record *record)
{
    bool fetches = (record->effects & EFFECT_NETWORK) || record->input_downloaded;
    for (size_t i = 0; fetches && i < record->touched_count; i++) {
        const struct touched *touched = &record->touched[i];
        size_t length = strlen(touched->path);
        if (!(touched->access & ACCESS_WRITE) || !touched->known || touched->below ||
            names_find(&scan->downloads, touched->path, length) != NAMES_NOT_FOUND)
            continue;
        if (!scan->downloads.count)
            scan->download_from = record->context;
        names_add(&scan->downloads, &scan->pool, touched->path, length, 0);
    }
}

/* A program that runs the code of where it is runs what lies elsewhere. */
static void note_elsewhere(struct examination *examination)
{
    struct record *record = examination->record;
    const char *workspace = examination->scan->request->workspace;
    if (!(record->effects & EFFECT_CODE) || examination->aside)
        return;
    for (size_t i = 0; i < record->cwd_count; i++)
        if (!workspace || !path_is_below(record->cwds[i], workspace))
            deed_note(examination, EFFECT_LOAD, record->cwds[i]);
}

static void note_words(struct examination *examination)
{
    struct record *record = examination->record;
    note_elsewhere(examination);
    if (record->of_workspace) {
        scan_touch(examination->scan, record, &record->words[0], ACCESS_READ, TOUCH_LOADS);
        record->runs_downloaded |= names_download(examination->scan, record);
    }
    record->runs_downloaded |= record->words[0].downloaded;
    if (record->background)
        deed_note(examination, EFFECT_DAEMON, "&");
    if (record->by_function)
        deed_note(examination, EFFECT_SHELL, record->words[0].text);
}

/* A text that stands in a file: its first line says who reads it. It is searched, and allowed with who runs it. */
static void search_file(struct scan *scan, struct record *record, const char *text)
{
    static const char *const others[] = { "python", "node", "perl", "ruby", "php" };
    bool code = record->knowledge && (record->knowledge->flags & KNOWS_INTERPRETER);
    size_t troubles = scan->trouble_count, line = strcspn(text, "\n");
    for (size_t i = 0; strncmp(text, "#!", 2) == 0 && i < ARRAY_SIZE(others); i++)
        code |= memmem(text, line, others[i], strlen(others[i])) != NULL;
    if (code) {
        code_search(scan, record, text);
        return;
    }
    scan->codes++;
    scan_payload_text(scan, record, text, false);
    scan->codes--;
    scan->trouble_count = troubles;
}

/* What the script wrote before and this command runs. */
static void search_written(struct scan *scan, struct record *record)
{
    size_t count = record->touched_count;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; record->touched[i].loads && j < scan->file_count; j++)
            if (strcmp(record->touched[i].path, scan->files[j].path) == 0 && scan_works(scan, 8))
                search_file(scan, record, scan->files[j].text);
}

void deed_examine(struct scan *scan, struct record *record)
{
    struct examination examination = { .scan = scan, .record = record };
    deed_assignments(&examination);
    if (record->count) {
        examine_program(&examination);
        note_words(&examination);
    }
    for (size_t i = 0; i < record->redirect_count; i++)
        deed_redirect(&examination, &record->redirects[i]);
    if (record->runs_text) {
        record->runs_downloaded |= record->runs_input && record->input_downloaded;
        record->runs_downloaded |= names_download(scan, record);
    }
    note_downloads(scan, record);
    search_written(scan, record);
}
