/* scan.c - the walk over the reader's tree, in the order of the text: where commands run, what comes in, what
 * was set before, and one record for each simple command (record.c).
 *
 * The depth of the walk is that of the tree, which the reader bounds, times that of texts within texts, which is
 * bounded here.  All work but one look at each command is counted.  When it is too much nothing may allow the
 * script, and the search goes on with less: what a word comes to only by much work is not known, and texts too
 * deep within texts are read as lines, whatever is a document in them. */
#include "policy/scan_private.h"

#include "base/memory.h"

#include <ctype.h>
#include <string.h>

/* Pieces of work: for the script and each of its bytes; for each command and each of its bytes, whatever was used
 * up before it. */
enum { WORK_LEAST = 20000, WORK_EACH = 40, SHARE_LEAST = 100, SHARE_EACH = 4, NESTED_LENGTH = 64 };
enum { FLAT_LEAST = 65536, FLAT_EACH = 4 }; /* bytes; for each byte of the script, or of a command */

void scan_init(struct scan *scan, const struct policy_request *request)
{
    *scan = (struct scan){ .request = request };
    size_t length = request->script ? request->script_length : 0;
    scan->limit = WORK_LEAST + WORK_EACH * length;
    scan->flat_limit = FLAT_LEAST + FLAT_EACH * length;
}

void scan_release(struct scan *scan)
{
    pool_release(&scan->pool);
}

bool scan_works(struct scan *scan, size_t count)
{
    if (count > scan->limit - scan->work) {
        scan->over_budget = true;
        scan->looked++;
        return false;
    }
    scan->work += count;
    return true;
}

void scan_grant(struct scan *scan, size_t length)
{
    if (scan->nested && length > NESTED_LENGTH)
        length = NESTED_LENGTH; /* what is within it has a share of its own */
    size_t share = SHARE_LEAST + SHARE_EACH * length;
    if (scan->limit - scan->work < share)
        scan->limit = scan->work + share;
    if (scan->flat_limit < FLAT_EACH * length)
        scan->flat_limit = FLAT_EACH * length;
}

void scan_trouble(struct scan *scan, const char *reason, size_t from, size_t to)
{
    const struct text *text = scan->text;
    scan->troubles = pool_reserve(&scan->pool, scan->troubles, &scan->trouble_capacity,
                                  scan->trouble_count + 1, sizeof *scan->troubles);
    struct trouble trouble = { reason, from, to };
    if (text && !text->outermost) {
        trouble.from = text->from;
        trouble.to = text->to;
    }
    scan->troubles[scan->trouble_count++] = trouble;
}

/* --- places --- */

static void add_cwd(struct place *place, const char *cwd)
{
    for (size_t i = 0; i < place->cwd_count; i++)
        if (strcmp(place->cwds[i], cwd) == 0)
            return;
    if (!place->cwd_count)
        return; /* not known stays not known */
    if (place->cwd_count < SCAN_CWDS) {
        place->cwds[place->cwd_count++] = cwd;
        return;
    }
    size_t longest = 0;
    for (size_t i = 1; i < SCAN_CWDS; i++)
        if (strlen(place->cwds[i]) > strlen(place->cwds[longest]))
            longest = i;
    if (strlen(cwd) < strlen(place->cwds[longest]))
        place->cwds[longest] = cwd;
    place->elsewhere = true;
}

void place_merge(struct place *place, const struct place *other)
{
    if (!other->cwd_count)
        place->cwd_count = 0;
    place->elsewhere |= other->elsewhere;
    for (size_t i = 0; i < other->cwd_count; i++)
        add_cwd(place, other->cwds[i]);
    if (other->cwd_from < place->cwd_from)
        place->cwd_from = other->cwd_from;
}

static struct place within(const struct place *place, bool straight)
{
    struct place inner = *place;
    inner.straight = place->straight && straight;
    return inner;
}

/* --- lists --- */

const struct reader_node *scan_only_command(const struct reader_node *node)
{
    const struct reader_node *only = NULL;
    for (const struct reader_node *child = node->first; child; child = child->next) {
        if (child->kind >= READER_WORD)
            continue;
        if (only)
            return NULL;
        only = child;
    }
    return only;
}

static void walk_background(struct scan *scan, const struct reader_node *node, const struct place *place)
{
    struct place inner = within(place, false);
    inner.background = true;
    scan_walk(scan, node, &inner);
}

/* A cd that fails leaves the rest of a list where it was. */
static void walk_list(struct scan *scan, const struct reader_node *list, struct place *place)
{
    for (const struct reader_node *node = list->first; node; node = node->next) {
        if (node->flags & READER_BACKGROUND) {
            walk_background(scan, node, place);
            continue;
        }
        struct place before = *place;
        scan_walk(scan, node, place);
        if (place->cwd_from != before.cwd_from || place->cwd_count != before.cwd_count)
            place_merge(place, &before);
    }
}

static void walk_and_or(struct scan *scan, const struct reader_node *whole, struct place *place)
{
    struct place start = *place, before = *place;
    for (const struct reader_node *node = whole->first; node; node = node->next) {
        if (node->flags & READER_OR)
            place_merge(place, &before);
        before = *place;
        place->straight = start.straight && node == whole->first;
        scan_walk(scan, node, place);
    }
    place->straight = start.straight;
}

static void note_flow(struct scan *scan, struct place *inner, const struct place *place,
                      const struct reader_node *node, size_t records)
{
    const char *text = inner->input_piped ? inner->input : NULL;
    inner->input = inner->input_piped ? (text ? output_filtered(scan, place, node, text) : NULL)
                                      : output_of(scan, place, node);
    inner->input_piped = true;
    for (size_t i = records; i < scan->count; i++)
        inner->input_downloaded |= (scan->records[i]->effects & EFFECT_NETWORK) != 0;
    inner->input_downloaded |= node_downloads(scan, place, node);
    inner->producer = scan->count > records ? scan->records[scan->count - 1] : NULL;
}

static void walk_pipeline(struct scan *scan, const struct reader_node *pipeline, struct place *place)
{
    const struct reader_node *only = scan_only_command(pipeline);
    if (only) {
        scan_walk(scan, only, place);
        return;
    }
    struct place flow = within(place, false);
    if (scan->text->outermost) {
        flow.pipeline_from = pipeline->from;
        flow.pipeline_to = pipeline->to;
    }
    for (const struct reader_node *node = pipeline->first; node; node = node->next) {
        if (node->kind >= READER_WORD) {
            scan_walk(scan, node, place);
            continue;
        }
        struct place inner = flow;
        size_t records = scan->count;
        scan_walk(scan, node, &inner);
        note_flow(scan, &flow, place, node, records);
    }
}

/* --- compound commands --- */

/* Redirections behind a compound command, as a command of no words. */
static void walk_redirections(struct scan *scan, const struct reader_node *node, struct place *place)
{
    if (reader_child(node, NULL, READER_REDIRECTION))
        scan_redirections(scan, node, place);
}

/* Conditions and bodies: each may run or not, the FIRST surely when it says so. */
static void walk_bodies(struct scan *scan, const struct reader_node *node, struct place *place, bool first)
{
    for (const struct reader_node *child = node->first; child; child = child->next)
        if (child->kind == READER_LIST) {
            struct place inner = within(place, first);
            scan_walk(scan, child, &inner);
            place_merge(place, &inner);
            first = false;
        }
}

static void walk_loop(struct scan *scan, const struct reader_node *node, struct place *place)
{
    scan_trouble(scan, "How often a loop runs is not known", node->from, node->to);
    walk_bodies(scan, node, place, false);
}

static size_t header_length(const struct reader_node *node)
{
    const struct reader_node *body = reader_child(node, NULL, READER_LIST);
    return (body ? body->from : node->to) - node->from;
}

/* The values of a for, so that its body is looked at with each. */
static void set_loop_values(struct scan *scan, const struct reader_node *node, const struct place *place,
                            const char *name)
{
    struct value *values = NULL;
    size_t count = 0, capacity = 0;
    const struct reader_node *word = reader_child(node, NULL, READER_WORD);
    struct variable *variable = variable_get(scan, name, strlen(name));
    bool sure = true;
    if (scan->text->outermost)
        scan_grant(scan, header_length(node));
    while ((word = reader_child(node, word, READER_WORD)))
        value_words(scan, place, word, &values, &count, &capacity);
    if (!(node->flags & READER_IN))
        count = 0;
    if (!scan->adds_values)
        variable->count = 0;
    variable->globs = false;
    for (size_t i = 0; i < count; i++) {
        if (values[i].known)
            variable_add(scan, variable, values[i].text);
        else
            variable->other = true;
        sure &= values[i].sure;
        variable->globs |= values[i].globs;
        variable->downloaded |= values[i].downloaded;
    }
    variable->other |= !(node->flags & READER_IN);
    variable->set = true;
    variable->from = node->from;
    variable->sure = sure && variable->times == 1 && !variable->other && count;
}

/* What a for goes through is printed by its body, as like as not. */
static void check_secrets(struct scan *scan, const struct reader_node *word)
{
    const char *text = reader_text(scan->text->reader, NULL);
    for (const struct reader_node *node = word; node; node = reader_walk(word, node)) {
        if (node->kind != READER_PARAMETER)
            continue;
        const char *name = text + node->from + 1 + (text[node->from + 1] == '{');
        size_t length = 0;
        while (isalnum((unsigned char)name[length]) || name[length] == '_')
            length++;
        const struct variable *variable = variable_get(scan, name, length);
        if (length && !variable->set && !variable->times && !variable_is_open(variable->name))
            scan_trouble(scan, "It goes through what may be secret", node->from, node->to);
    }
}

static void walk_for(struct scan *scan, const struct reader_node *node, struct place *place)
{
    const char *text = reader_text(scan->text->reader, NULL);
    const struct reader_node *name = node->first;
    for (const struct reader_node *word = node->first; word; word = word->next)
        if (word->kind == READER_WORD) {
            scan_substitutions(scan, word, place);
            check_secrets(scan, word);
        }
    if (name && name->kind == READER_WORD) {
        const char *spelt = pool_text(&scan->pool, text + name->from, name->to - name->from);
        if (variable_is_dangerous(spelt))
            scan_trouble(scan, "It sets what programs look at", name->from, name->to);
        set_loop_values(scan, node, place, spelt);
        walk_bodies(scan, node, place, false);
        variable_get(scan, spelt, strlen(spelt))->sure = false;
    } else {
        walk_bodies(scan, node, place, false);
    }
}

static void walk_function(struct scan *scan, const struct reader_node *node, struct place *place)
{
    const char *text = reader_text(scan->text->reader, NULL);
    const struct reader_node *name = node->first;
    scan_trouble(scan, "It defines a function", node->from, node->to);
    if (!name || name->kind != READER_WORD)
        return;
    size_t length = name->to - name->from;
    const char *spelt = pool_text(&scan->pool, text + name->from, length);
    if (names_find(&scan->functions, spelt, length) == NAMES_NOT_FOUND)
        names_add(&scan->functions, &scan->pool, spelt, length, 0);
    scan_find_bomb(scan, node, spelt);
    struct place inner = within(place, false);
    for (const struct reader_node *child = name->next; child; child = child->next)
        scan_walk(scan, child, &inner);
}

/* [[ ]], (( )), for (( )): numbers and names in them are expressions, and those may run commands. */
static void walk_expression(struct scan *scan, const struct reader_node *node, struct place *place)
{
    if (node->kind != READER_CONDITION || !scan_condition_is_plain(scan, node))
        scan_trouble(scan, "It calculates with what is not known", node->from, node->to);
    scan_substitutions(scan, node, place);
}

static void walk_case(struct scan *scan, const struct reader_node *node, struct place *place)
{
    scan_substitutions(scan, node, place);
    for (const struct reader_node *item = reader_child(node, NULL, READER_CASE_ITEM); item;
         item = reader_child(node, item, READER_CASE_ITEM))
        walk_bodies(scan, item, place, false);
}

static void walk_children(struct scan *scan, const struct reader_node *node, struct place *place)
{
    for (const struct reader_node *child = node->first; child; child = child->next)
        if (child->kind < READER_WORD)
            scan_walk(scan, child, place);
}

static void walk_compound(struct scan *scan, const struct reader_node *node, struct place *place)
{
    struct place inner = *place;
    scan_input(scan, node, &inner);
    switch (node->kind) {
    case READER_GROUP:
        walk_children(scan, node, &inner);
        place_merge(place, &inner);
        break;
    case READER_IF:
        walk_bodies(scan, node, &inner, true);
        break;
    case READER_WHILE:
    case READER_UNTIL:
        walk_loop(scan, node, &inner);
        break;
    case READER_SELECT:
        scan_trouble(scan, "It asks whoever runs it", node->from, node->to);
        walk_for(scan, node, &inner);
        break;
    case READER_FOR:
        walk_for(scan, node, &inner);
        break;
    case READER_FOR_COUNT:
        walk_expression(scan, node, &inner);
        walk_bodies(scan, node, &inner, false);
        break;
    case READER_CASE:
        walk_case(scan, node, &inner);
        break;
    default: /* SUBSHELL, COPROCESS */
        inner = within(&inner, false);
        if (node->kind == READER_COPROCESS) {
            inner.background = true;
            scan_trouble(scan, "It starts a coprocess", node->from, node->to);
        }
        walk_children(scan, node, &inner);
    }
    if (node->kind != READER_SUBSHELL && node->kind != READER_COPROCESS)
        place_merge(place, &inner);
    walk_redirections(scan, node, place);
}

void scan_walk(struct scan *scan, const struct reader_node *node, struct place *place)
{
    switch (node->kind) {
    case READER_LIST:
        walk_list(scan, node, place);
        break;
    case READER_AND_OR:
        walk_and_or(scan, node, place);
        break;
    case READER_PIPELINE:
        walk_pipeline(scan, node, place);
        break;
    case READER_SIMPLE:
        scan_simple(scan, node, place);
        break;
    case READER_FUNCTION:
        walk_function(scan, node, place);
        break;
    case READER_CONDITION:
    case READER_CALCULATION:
        walk_expression(scan, node, place);
        walk_redirections(scan, node, place);
        break;
    case READER_DOCUMENT:
        scan_substitutions(scan, node, place);
        break;
    default:
        if (node->kind < READER_WORD)
            walk_compound(scan, node, place);
    }
}

/* --- texts --- */

static bool has_loops(const struct reader *reader)
{
    const struct reader_node *root = reader_root(reader);
    for (const struct reader_node *node = root; node; node = reader_walk(root, node))
        if (node->kind == READER_FUNCTION || (node->kind >= READER_WHILE && node->kind <= READER_SELECT))
            return true;
    return false;
}

static struct place first_place(const struct scan *scan)
{
    struct place place = { .straight = true, .cwd_from = SIZE_MAX, .input = scan->request->input };
    if (scan->request->cwd) {
        place.cwds[0] = scan->request->cwd;
        place.cwd_count = 1;
    }
    return place;
}

/* What a loop or function sets may be there before the place where it is set: the first time over only gathers
 * that. */
static void gather_values(struct scan *scan, const struct place *place)
{
    struct place start = *place;
    scan->adds_values = true;
    scan_walk(scan, reader_root(scan->text->reader), &start);
    scan->count = 0;
    scan->trouble_count = 0;
    scan->functions = (struct names){ 0 };
}

/* That nothing was gone past is not taken on trust. */
static void check_visited(struct scan *scan)
{
    const struct reader_node *simple = NULL;
    while ((simple = reader_next_simple(scan->text->reader, simple)))
        if (!scan->visited[simple->from]) {
            scan->over_budget = true;
            return;
        }
}

void scan_script(struct scan *scan)
{
    const struct policy_request *request = scan->request;
    struct text text = { .outermost = true, .to = request->script_length };
    struct place place = first_place(scan);
    text.reader = reader_new(request->script, request->script_length);
    text.sure = reader_exact(text.reader, NULL, NULL, NULL);
    scan->text = &text;
    scan->visited = pool_take(&scan->pool, request->script_length + 1);
    scan->empty = !reader_root(text.reader)->first;
    variable_count_sets(scan, text.reader);
    if (has_loops(text.reader))
        gather_values(scan, &place);
    scan_walk(scan, reader_root(text.reader), &place);
    check_visited(scan);
    scan->text = NULL;
    reader_free(text.reader);
}

/* TEXT's commands, run by OUTER. */
static void walk_text(struct scan *scan, struct text *text, const struct record *outer)
{
    struct text *before = scan->text;
    bool skipping = scan->skipping;
    struct place place = { .cwd_from = outer->context, .input_downloaded = outer->input_downloaded };
    memcpy(place.cwds, outer->cwds, sizeof place.cwds);
    place.cwd_count = outer->cwd_count;
    place.elsewhere = outer->elsewhere;
    place.pipeline_from = outer->pipeline_from;
    place.pipeline_to = outer->pipeline_to;
    scan->text = text;
    scan->skipping = false;
    scan->payloads++;
    variable_count_sets(scan, text->reader);
    scan_walk(scan, reader_root(text->reader), &place);
    scan->payloads--;
    scan->skipping = skipping;
    scan->text = before;
    reader_free(text->reader);
}

void scan_text(struct scan *scan, const struct record *outer, const char *script, bool sure)
{
    struct text text = { .from = outer->from, .to = outer->to, .origin = FROM_TEXT, .outer = outer };
    size_t length = strlen(script);
    bool flat = scan->payloads >= SCAN_PAYLOADS || !scan_works(scan, length);
    if (flat) {
        scan->over_budget = true;
        if (scan->payloads >= SCAN_TEXTS || length > scan->flat_limit)
            return;
        scan->flat_limit -= length;
    }
    text.reader = flat ? reader_new_flat(script, length) : reader_new(script, length);
    text.sure = sure && reader_exact(text.reader, NULL, NULL, NULL);
    walk_text(scan, &text, outer);
}

void scan_within(struct scan *scan, const struct reader_node *node, struct place *place)
{
    struct text *before = scan->text, text = *before;
    text.reader = (struct reader *)reader_within(before->reader, node);
    text.outermost = false;
    text.sure = before->sure && reader_exact(text.reader, NULL, NULL, NULL);
    if (before->outermost) {
        text.from = node->from;
        text.to = node->to;
    }
    scan->text = &text;
    scan_walk(scan, reader_root(text.reader), place);
    scan->text = before;
}
