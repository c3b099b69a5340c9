/* record.c - one simple command becomes a record: words folded, redirections, what it changes for those behind
 * it (folder, variables). */
#include "policy/scan_private.h"

#include "base/memory.h"
#include "base/path.h"
#include "policy/knowledge.h"

#include <stdlib.h>
#include <string.h>

enum { WRAPPERS_MAX = 40, FEW_WORDS = 64 };

/* --- substitutions --- */

static void walk_substitution(struct scan *scan, const struct reader_node *root,
                              const struct reader_node *node, const struct place *place)
{
    const char *text = reader_text(scan->text->reader, NULL);
    struct place start = *place;
    start.straight = false;
    start.input = NULL;
    start.input_piped = false;
    bool takes = text[node->from] == '>'; /* >(...) gets what the command prints */
    start.input_downloaded = takes && (place->input_downloaded || node_downloads(scan, place, root));
    start.pipeline_from = start.pipeline_to = 0;
    for (const struct reader_node *child = node->first; child; child = child->next) {
        struct place inner = start;
        scan_walk(scan, child, &inner);
    }
    if (reader_within(scan->text->reader, node))
        scan_within(scan, node, &start);
}

void scan_substitutions(struct scan *scan, const struct reader_node *root, const struct place *place)
{
    const struct reader_node *node = root;
    scan->nested++;
    while (node) {
        bool runs =
            node->kind == READER_COMMAND || node->kind == READER_BACKQUOTE || node->kind == READER_PROCESS;
        if (!runs) {
            node = reader_walk(root, node);
            continue;
        }
        walk_substitution(scan, root, node, place);
        while (node != root && !node->next)
            node = node->parent;
        node = node == root ? NULL : node->next;
    }
    scan->nested--;
}

/* -eq and its like calculate, -v looks a name up: both may run what stands in a subscript. */
bool scan_condition_is_plain(struct scan *scan, const struct reader_node *node)
{
    static const char *const calculating[] = { "-eq", "-ne", "-lt", "-le", "-gt",
                                               "-ge", "-v",  "-R",  "-a",  "-o" };
    const char *text = reader_text(scan->text->reader, NULL);
    for (const struct reader_node *word = node->first; word; word = word->next)
        for (size_t i = 0; i < ARRAY_SIZE(calculating); i++)
            if (word->to - word->from == strlen(calculating[i]) &&
                memcmp(text + word->from, calculating[i], word->to - word->from) == 0)
                return false;
    return true;
}

/* A function that starts itself at least twice fills the machine. */
void scan_find_bomb(struct scan *scan, const struct reader_node *function, const char *name)
{
    const char *text = reader_text(scan->text->reader, NULL);
    unsigned calls = 0, branches = 0;
    for (const struct reader_node *node = reader_walk(function, function); node;
         node = reader_walk(function, node)) {
        branches += node->kind == READER_PIPELINE || (node->flags & READER_BACKGROUND);
        const struct reader_node *word =
            node->kind == READER_SIMPLE ? reader_child(node, NULL, READER_WORD) : NULL;
        if (word && word->to - word->from == strlen(name) &&
            memcmp(text + word->from, name, strlen(name)) == 0)
            calls++;
    }
    if (calls < 2 || !branches)
        return;
    scan->bomb = true;
    scan->bomb_from = scan->text->outermost ? function->from : scan->text->from;
    scan->bomb_to = scan->text->outermost ? function->to : scan->text->to;
}

/* --- what comes in --- */

static const char *here_string(struct scan *scan, const struct value *value)
{
    return pool_format(&scan->pool, "%s\n", value->text);
}

void scan_input(struct scan *scan, const struct reader_node *node, struct place *place)
{
    for (const struct reader_node *child = reader_child(node, NULL, READER_REDIRECTION); child;
         child = reader_child(node, child, READER_REDIRECTION)) {
        bool reads = child->redirection == READER_FROM || child->redirection >= READER_HERE;
        if (!reads || (child->inner != READER_DEFAULT_DESCRIPTOR && child->inner != 0))
            continue;
        struct value value = { 0 };
        if (child->first)
            value = value_single(scan, place, child->first);
        const struct reader_node *process = child->first ? child->first->first : NULL;
        bool flows = process && process->kind == READER_PROCESS && process->first;
        place->input_piped = true;
        place->producer = NULL;
        place->input = flows ? output_of(scan, place, process->first) : NULL;
        if (child->partner)
            place->input = value_document(scan, place, child->partner);
        else if (child->redirection == READER_HERE_STRING)
            place->input = here_string(scan, &value);
        place->input_downloaded =
            value.downloaded || (child->partner && node_downloads(scan, place, child->partner));
    }
}

static void add_redirect(struct scan *scan, struct record *record, const struct reader_node *node,
                         const struct place *place, size_t *capacity)
{
    struct redirect redirect = { .kind = (enum reader_redirection)node->redirection };
    if (node->flags & READER_NAMED)
        scan_trouble(scan, "It keeps a descriptor in a variable", node->from, node->to);
    bool copies = node->redirection == READER_COPY_INPUT || node->redirection == READER_COPY_OUTPUT;
    if (node->first)
        redirect.target = value_single(scan, place, node->first);
    else
        redirect.target = (struct value){ .text = "" };
    size_t digits = strspn(redirect.target.text, "0123456789");
    redirect.closes_or_copies =
        copies && redirect.target.known && (digits || redirect.target.text[0] == '-') &&
        strcmp(redirect.target.text + digits + (redirect.target.text[digits] == '-'), "") == 0;
    if (node->partner)
        redirect.document = value_document(scan, place, node->partner);
    record->redirects = pool_reserve(&scan->pool, record->redirects, capacity, record->redirect_count + 1,
                                     sizeof *record->redirects);
    record->redirects[record->redirect_count++] = redirect;
}

/* --- records --- */

static struct record *new_record(struct scan *scan, const struct place *place)
{
    struct record *record = pool_take(&scan->pool, sizeof *record);
    memcpy(record->cwds, place->cwds, sizeof record->cwds);
    record->cwd_count = place->cwd_count;
    record->elsewhere = place->elsewhere;
    record->background = place->background;
    record->input = place->input;
    record->input_piped = place->input_piped;
    record->input_downloaded = place->input_downloaded;
    record->producer = place->producer;
    record->pipeline_from = place->pipeline_from;
    record->pipeline_to = place->pipeline_to;
    record->origin = scan->text ? scan->text->origin : FROM_SHELL;
    record->outer = scan->text ? scan->text->outer : NULL;
    record->program = record->spoken = "";
    record->within_code = scan->codes > 0;
    scan->records =
        pool_reserve(&scan->pool, scan->records, &scan->capacity, scan->count + 1, sizeof(struct record *));
    scan->records[scan->count++] = record;
    return record;
}

static void set_span(struct scan *scan, struct record *record, const struct place *place, size_t from,
                     size_t to)
{
    const struct text *text = scan->text;
    record->from = text->outermost ? from : text->from;
    record->to = text->outermost ? to : text->to;
    record->context = record->from;
    if (place->cwd_from < record->context)
        record->context = place->cwd_from;
    for (size_t i = scan->used_first; i < scan->used_count; i++)
        if (scan->used[i]->set && scan->used[i]->from < record->context)
            record->context = scan->used[i]->from;
}

/* name=value behind the command's word is a word, too. */
static struct value assigned_word(struct scan *scan, const struct place *place,
                                  const struct reader_node *node)
{
    struct value value = value_single(scan, place, node);
    const char *text = reader_text(scan->text->reader, NULL);
    value.text =
        pool_format(&scan->pool, "%.*s%s", (int)(node->inner - node->from), text + node->from, value.text);
    return value;
}

static void add_assignment(struct scan *scan, struct record *record, const struct place *place,
                           const struct reader_node *node, size_t *capacity)
{
    const char *name;
    size_t length;
    reader_assigned(scan->text->reader, node, &name, &length);
    if (name[length] == '[' && name[length + 1 + strspn(name + length + 1, "0123456789")] != ']')
        scan_trouble(scan, "It calculates with what is not known", node->from, node->to);
    struct assignment assignment = { .name = pool_text(&scan->pool, name, length),
                                     .value = value_single(scan, place, node) };
    record->assignments = pool_reserve(&scan->pool, record->assignments, capacity,
                                       record->assignment_count + 1, sizeof *record->assignments);
    record->assignments[record->assignment_count++] = assignment;
}

static void fill_record(struct scan *scan, struct record *record, const struct reader_node *simple,
                        const struct place *place)
{
    size_t words = 0, assignments = 0, redirects = 0;
    for (const struct reader_node *node = simple->first; node; node = node->next) {
        if (node->kind == READER_WORD) {
            if (!value_words(scan, place, node, &record->words, &record->count, &words)) {
                record->vanished = true;
                record->headless |= !record->count;
            }
        } else if (node->kind == READER_REDIRECTION) {
            add_redirect(scan, record, node, place, &redirects);
        } else if (node->kind == READER_ASSIGNMENT && record->count) {
            record->words =
                pool_reserve(&scan->pool, record->words, &words, record->count + 1, sizeof *record->words);
            record->words[record->count++] = assigned_word(scan, place, node);
        } else if (node->kind == READER_ASSIGNMENT) {
            add_assignment(scan, record, place, node, &assignments);
        }
    }
}

/* --- what it changes --- */

static void set_names(struct scan *scan, const struct record *record, size_t from, bool sure)
{
    for (size_t i = 1; i < record->count; i++) {
        const struct value *word = &record->words[i];
        const char *equals = strchr(word->text, '=');
        if (!equals || word->text[0] == '-')
            continue;
        struct value value = *word;
        value.text = equals + 1;
        variable_set(scan, pool_text(&scan->pool, word->text, (size_t)(equals - word->text)), &value, sure,
                     from);
    }
}

/* read x y: what comes in, when there is one name and it is known. */
static void read_names(struct scan *scan, const struct record *record, size_t from)
{
    size_t names = 0;
    for (size_t i = 1; i < record->count; i++)
        names += record->words[i].text[0] != '-';
    for (size_t i = 1; i < record->count; i++) {
        const char *name = record->words[i].text;
        if (name[0] == '-' || !*name || strchr(name, HOLE))
            continue;
        struct value value = { .text = "", .downloaded = record->input_downloaded };
        static const char hole[] = { HOLE, '\0' };
        value.text = names == 1 && record->input
                         ? pool_text(&scan->pool, record->input, strcspn(record->input, "\n"))
                         : hole;
        variable_set(scan, name, &value, false, from);
    }
}

static void set_arguments(struct scan *scan, const struct value *words, size_t count, size_t from)
{
    struct marked all = { 0 };
    marked_add(scan, &all, "", 0, MARK_QUOTED);
    for (size_t i = 0; i < count; i++) {
        variable_set(scan, pool_format(&scan->pool, "%zu", i + 1), &words[i], false, from);
        if (i)
            marked_add(scan, &all, " ", 1, MARK_QUOTED);
        marked_add(scan, &all, words[i].text, strlen(words[i].text), MARK_QUOTED);
    }
    struct value value = { .text = all.text };
    variable_set(scan, "@", &value, false, from);
}

static void change_cwd(struct scan *scan, const struct record *record, struct place *place, size_t from)
{
    const struct value *target = NULL;
    bool hidden = variable_find(scan, "CDPATH", 6) && variable_find(scan, "CDPATH", 6)->times;
    for (size_t i = 1; i < record->count; i++)
        if (record->words[i].text[0] != '-' || strcmp(record->words[i].text, "-") == 0)
            target = target ? target : &record->words[i];
    const char *path = target ? target->text : variable_of_environment(scan, "HOME", 4);
    place->cwd_from = scan->text->outermost && from < place->cwd_from ? from : place->cwd_from;
    if (!path || strchr(path, HOLE) || strcmp(path, "-") == 0 || hidden ||
        (target && (target->globs || target->many))) {
        place->cwd_count = 0;
        return;
    }
    for (size_t i = 0; i < place->cwd_count; i++)
        place->cwds[i] = scan_resolve(scan, place->cwds[i], path);
    if (!place->cwd_count && path[0] == '/') {
        place->cwds[0] = scan_resolve(scan, "/", path);
        place->cwd_count = 1;
    }
    place->elsewhere &= path[0] != '/';
}

static bool is_function(const struct scan *scan, const char *name)
{
    return names_find(&scan->functions, name, strlen(name)) != NAMES_NOT_FOUND;
}

static void set_assignments(struct scan *scan, const struct record *record, const struct reader_node *simple,
                            bool sure)
{
    static const char hole[] = { HOLE, '\0' };
    size_t i = 0;
    for (const struct reader_node *node = reader_child(simple, NULL, READER_ASSIGNMENT);
         node && i < record->assignment_count; node = reader_child(simple, node, READER_ASSIGNMENT), i++) {
        struct value value = record->assignments[i].value;
        struct variable *variable =
            variable_get(scan, record->assignments[i].name, strlen(record->assignments[i].name));
        bool adds = (node->flags & READER_APPENDS) != 0;
        const char *before = variable->chosen < variable->count ? variable->values[variable->chosen] : "";
        if (adds && !scan_works(scan, strlen(before)))
            before = hole;
        if (adds)
            value.text =
                pool_format(&scan->pool, "%s%s%s", before,
                            reader_child(node, NULL, READER_ARRAY) && *before ? " " : "", value.text);
        variable_set(scan, record->assignments[i].name, &value, sure && !adds, record->context);
    }
}

static void change_state(struct scan *scan, const struct record *record, const struct reader_node *simple,
                         struct place *place, bool only)
{
    static const char *const declaring[] = { "export", "declare", "local", "readonly", "typeset" };
    bool sure = place->straight && only && scan->text->outermost;
    if (!record->count) {
        set_assignments(scan, record, simple, sure);
        return;
    }
    const char *name = record->words[0].text;
    if (is_function(scan, name))
        set_arguments(scan, record->words + 1, record->count - 1, record->from);
    for (size_t i = 0; i < ARRAY_SIZE(declaring); i++)
        if (strcmp(declaring[i], name) == 0)
            set_names(scan, record, record->context, sure);
    if (strcmp(name, "read") == 0 || strcmp(name, "mapfile") == 0 || strcmp(name, "readarray") == 0)
        read_names(scan, record, record->context);
    else if (strcmp(name, "printf") == 0 && record->count > 3 && strcmp(record->words[1].text, "-v") == 0)
        variable_set(scan, record->words[2].text, &record->words[record->count - 1], false, record->context);
    else if (strcmp(name, "set") == 0 && record->count > 2 && strcmp(record->words[1].text, "--") == 0)
        set_arguments(scan, record->words + 2, record->count - 2, record->context);
    else if (strcmp(name, "cd") == 0 || strcmp(name, "pushd") == 0)
        change_cwd(scan, record, place, record->context);
    else if (strcmp(name, "popd") == 0)
        place->cwd_count = 0;
}

/* --- the command --- */

/* Here-documents and the & belong to the command. */
static size_t end_of(const struct reader_node *simple)
{
    size_t to = simple->to;
    for (const struct reader_node *node = reader_child(simple, NULL, READER_REDIRECTION); node;
         node = reader_child(simple, node, READER_REDIRECTION))
        if (node->partner && node->partner->to > to)
            to = node->partner->to;
    return to;
}

/* echo TEXT > FILE, cat <<END > FILE: what may be run from there later. */
static void note_written(struct scan *scan, const struct record *record, const struct reader_node *simple,
                         const struct place *place)
{
    bool copies = record->count && strcmp(record->words[0].text, "tee") == 0;
    const char *text = NULL;
    for (size_t i = 0; i < record->touched_count; i++) {
        const struct touched *touched = &record->touched[i];
        if (!(touched->access & ACCESS_WRITE) || !touched->known || touched->below)
            continue;
        text = text ? text : copies ? record->input : output_of(scan, place, simple);
        if (!text || !*text)
            return;
        scan_note_made(scan, &scan->files, &scan->file_count, &scan->file_capacity, touched->path, text);
    }
}

/* What stands in the environment and not in the script may be a secret, and is printed or kept. */
static void note_secrets(struct scan *scan, struct record *record)
{
    static const char *const asking[] = { "[", "test", ":" };
    for (size_t i = 0; i < ARRAY_SIZE(asking); i++)
        if (record->count && strcmp(record->words[0].text, asking[i]) == 0)
            return;
    for (size_t i = scan->used_first; i < scan->used_count; i++) {
        const struct variable *variable = scan->used[i];
        bool printed = !variable->set && !variable->times;
        if (printed && !variable_is_open(variable->name))
            scan_note_effect(scan, record, EFFECT_SECRET, pool_format(&scan->pool, "$%s", variable->name));
    }
}

static void make_record(struct scan *scan, const struct reader_node *simple, struct place *place, bool only)
{
    struct place here = *place;
    struct record *record = new_record(scan, place);
    scan_input(scan, simple, &here);
    record->input = here.input;
    record->input_piped = here.input_piped;
    record->input_downloaded = here.input_downloaded;
    record->producer = here.producer;
    fill_record(scan, record, simple, place);
    set_span(scan, record, place, simple->from, end_of(simple));
    record->by_function = record->count && is_function(scan, record->words[0].text);
    deed_examine(scan, record);
    note_secrets(scan, record);
    note_written(scan, record, simple, place);
    change_state(scan, record, simple, place, only);
}

static bool uses_expansions(const struct reader_node *simple)
{
    for (const struct reader_node *node = simple; node; node = reader_walk(simple, node))
        if (node->kind >= READER_PARAMETER || (node->flags & READER_TILDE))
            return true;
    return false;
}

/* Once for each way to fill in its variables; *PLACE is then where any of them may lead. */
static void make_records(struct scan *scan, const struct reader_node *simple, struct place *place,
                         struct choices *choices)
{
    struct place before = *place;
    bool first = true;
    if (!choices->all)
        scan_trouble(scan, "Its variables may hold too many values", simple->from, simple->to);
    for (size_t i = 0; i < choices->count; i++) {
        if (!choices_take(scan, choices, i))
            continue;
        struct place after = before;
        make_record(scan, simple, &after, choices->count == 1);
        if (first)
            *place = after;
        else
            place_merge(place, &after);
        first = false;
    }
}

/* Texts within the script share what was granted to the command that runs them. */
static void grant(struct scan *scan, const struct reader_node *simple)
{
    if (scan->text->outermost)
        scan_grant(scan, end_of(simple) - simple->from);
}

void scan_simple(struct scan *scan, const struct reader_node *simple, struct place *place)
{
    struct choices choices;
    choices_begin(scan, &choices);
    if (scan->text->outermost)
        scan->visited[simple->from] = true;
    grant(scan, simple);
    if (uses_expansions(simple)) {
        struct record unused = { 0 };
        scan_substitutions(scan, simple, place);
        grant(scan, simple);
        fill_record(scan, &unused, simple, place);
        choices_count(scan, &choices);
    }
    make_records(scan, simple, place, &choices);
    choices_end(scan, &choices);
}

void scan_redirections(struct scan *scan, const struct reader_node *node, struct place *place)
{
    struct record *record = new_record(scan, place);
    const struct reader_node *first = reader_child(node, NULL, READER_REDIRECTION);
    size_t capacity = 0, to = first->to;
    for (const struct reader_node *child = first; child;
         child = reader_child(node, child, READER_REDIRECTION)) {
        scan_substitutions(scan, child, place);
        add_redirect(scan, record, child, place, &capacity);
        to = child->to;
    }
    set_span(scan, record, place, first->from, to);
    deed_examine(scan, record);
}

/* --- commands of commands --- */

static void inherit(struct record *record, const struct record *outer)
{
    memcpy(record->cwds, outer->cwds, sizeof record->cwds);
    record->cwd_count = outer->cwd_count;
    record->elsewhere = outer->elsewhere;
    record->from = outer->from;
    record->to = outer->to;
    record->context = outer->context;
    record->outer = outer;
    record->background = outer->background;
    record->input = outer->input;
    record->input_piped = outer->input_piped;
    record->input_downloaded = outer->input_downloaded;
    record->producer = outer->producer;
    record->pipeline_from = outer->pipeline_from;
    record->pipeline_to = outer->pipeline_to;
    record->maybe = outer->maybe;
}

static struct record *add_inner(struct scan *scan, struct record *outer, const struct value *words,
                                size_t count)
{
    static const struct place nowhere = { 0 };
    struct record *record = new_record(scan, &nowhere);
    inherit(record, outer);
    record->origin = FROM_WRAPPER;
    record->words = pool_take(&scan->pool, count * sizeof *words);
    memcpy(record->words, words, count * sizeof *words);
    record->count = count;
    record->by_function = count && is_function(scan, words[0].text);
    deed_examine(scan, record);
    return record;
}

/* Behind too many wrappers: whatever word may be a command is taken as one. */
static void skip_wrappers(struct scan *scan, struct record *outer, const struct value *words, size_t count)
{
    scan->over_budget = true;
    if (scan->skipping)
        return;
    scan->skipping = true;
    for (size_t i = 0; i < count; i++) {
        size_t rest = count - i;
        if (!knowledge_is_strong(scan, path_name(words[i].text)))
            continue;
        if (rest > FEW_WORDS && !scan_works(scan, rest))
            rest = FEW_WORDS;
        add_inner(scan, outer, words + i, rest)->maybe = true;
    }
    scan->skipping = false;
}

struct record *scan_inner(struct scan *scan, struct record *outer, const struct value *words, size_t count)
{
    unsigned depth = 0;
    for (const struct record *record = outer; record && record->origin == FROM_WRAPPER;
         record = record->outer)
        depth++;
    if (depth <= WRAPPERS_MAX)
        return add_inner(scan, outer, words, count);
    skip_wrappers(scan, outer, words, count);
    return NULL;
}

void scan_payload_text(struct scan *scan, struct record *outer, const char *text, bool sure)
{
    scan_text(scan, outer, text, sure);
}

void scan_payload(struct scan *scan, struct record *outer, const struct value *value)
{
    outer->runs_text = true;
    outer->runs_downloaded |= value->downloaded;
    scan_text(scan, outer, value->text, value->sure && !value->globs);
}
