/* proof.c - what must be known before a rule may allow a command: its words exactly, what they do, where the
 * program comes from, and that nothing in them looks like something else. */
#include "policy/proof.h"

#include "base/memory.h"
#include "base/path.h"
#include "base/utf8.h"
#include "policy/floor.h"
#include "policy/knowledge.h"

#include <string.h>

/* --- characters --- */

struct range {
    uint32_t from, to;
};

static bool in_ranges(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].from && code <= ranges[i].to)
            return true;
    return false;
}

/* Letters of other scripts that look like ASCII's, and punctuation that does. Unicode 15, confusables. */
static bool looks_alike(uint32_t code)
{
    static const struct range ranges[] = {
        { 0xa0, 0xa0 },       { 0xad, 0xad },       { 0x1c0, 0x1c3 },   { 0x251, 0x2ff },
        { 0x300, 0x3ff },     { 0x400, 0x58f },     { 0x5c0, 0x5c6 },   { 0x60c, 0x60d },
        { 0x66a, 0x66d },     { 0x13a0, 0x13ff },   { 0x1680, 0x1680 }, { 0x1c80, 0x1c8f },
        { 0x2000, 0x206f },   { 0x2100, 0x218f },   { 0x2212, 0x2219 }, { 0x2223, 0x2223 },
        { 0x2236, 0x2236 },   { 0x223c, 0x223c },   { 0x2571, 0x2571 }, { 0x2758, 0x2758 },
        { 0x27cb, 0x27cd },   { 0x29f5, 0x29f9 },   { 0x2c60, 0x2fdf }, { 0x3000, 0x3003 },
        { 0x30a0, 0x30a0 },   { 0x30fb, 0x30fc },   { 0xa4d0, 0xa4ff }, { 0xa640, 0xa7ff },
        { 0xab30, 0xab6f },   { 0xfe00, 0xfe6f },   { 0xff00, 0xffef }, { 0x10280, 0x10fff },
        { 0x1d400, 0x1d7ff }, { 0xe0000, 0xe0fff },
    };
    return in_ranges(ranges, ARRAY_SIZE(ranges), code);
}

/* Control and format characters, spaces that are none of ASCII's, what fonts show as nothing. Unicode 15. */
static bool is_unseen(uint32_t code, bool data)
{
    static const struct range ranges[] = {
        { 0x00, 0x08 },     { 0x0b, 0x1f },       { 0x7f, 0xa0 },       { 0xad, 0xad },
        { 0x34f, 0x34f },   { 0x61c, 0x61c },     { 0x115f, 0x1160 },   { 0x1680, 0x1680 },
        { 0x17b4, 0x17b5 }, { 0x180b, 0x180f },   { 0x2000, 0x200f },   { 0x2028, 0x202f },
        { 0x205f, 0x206f }, { 0x2800, 0x2800 },   { 0x3000, 0x3000 },   { 0x3164, 0x3164 },
        { 0xd800, 0xf8ff }, { 0xfe00, 0xfe0d },   { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },
        { 0xfff0, 0xffff }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, UINT32_MAX },
    };
    if (code == 0xfe0e || code == 0xfe0f)
        return !data; /* how an emoji is drawn */
    return in_ranges(ranges, ARRAY_SIZE(ranges), code);
}

bool proof_text_is_plain(const char *text, size_t length, bool data, size_t *from, size_t *to)
{
    for (size_t i = 0; i < length;) {
        uint32_t code = (unsigned char)text[i];
        size_t size = code < 0x80 ? 1 : utf8_decode(text + i, length - i, &code);
        if (is_unseen(code, data) || (!data && looks_alike(code))) {
            *from = i;
            *to = i + size;
            return false;
        }
        i += size;
    }
    return true;
}

/* --- words --- */

/* No option of the program does more than print: a file's name that looks like one does no harm. */
static bool options_are_plain(const struct knowledge *knowledge)
{
    if (!knowledge || knowledge->special || (knowledge->effects & ~(unsigned)EFFECT_READ) ||
        (knowledge->flags & KNOWS_MORE))
        return false;
    for (const struct option_row *row = knowledge->options; row && row->names; row++)
        if (row->effects || row->meaning == MEANS_LOAD || row->meaning == MEANS_WRITE)
            return false;
    return true;
}

static bool word_is_known(const struct record *record, const struct value *word, bool lenient)
{
    if (!word->sure)
        return false;
    if (!word->globs && !word->many)
        return true;
    bool begins = !strchr("*?[-", word->text[0]) && !word->many;
    return begins || lenient || options_are_plain(record->knowledge);
}

static const char *unsure_word(struct scan *scan, const struct record *record)
{
    size_t from, to;
    if (record->headless || (record->count && !record->words[0].sure) || (!record->count && record->vanished))
        return "which program runs is not known beforehand";
    if (record->vanished && !record->any_text)
        return pool_format(&scan->pool, "what %s gets is not known beforehand", record->spoken);
    for (size_t i = 0; i < record->count; i++) {
        const struct value *word = &record->words[i];
        if (!record->any_text && !word_is_known(record, word, scan->lenient))
            return pool_format(&scan->pool, "what %s gets is not known beforehand", record->spoken);
        if (!proof_text_is_plain(word->text, strlen(word->text), record->any_text && i, &from, &to) &&
            !strchr(word->text, HOLE))
            return "it holds characters that look like others";
    }
    for (size_t i = 0; i < record->redirect_count; i++) {
        const struct redirect *redirect = &record->redirects[i];
        if (redirect->kind < READER_HERE && !redirect->closes_or_copies &&
            (!redirect->target.sure || redirect->target.globs))
            return "where its input or output leads is not known beforehand";
    }
    return NULL;
}

/* /proc and /dev are full of doors to elsewhere. */
static bool is_plain_file(const struct touched *touched)
{
    static const char *const plain[] = { "/proc/cpuinfo",     "/proc/meminfo", "/proc/version",
                                         "/proc/loadavg",     "/proc/uptime",  "/proc/mounts",
                                         "/proc/filesystems", "/proc/stat",    "/dev/null",
                                         "/dev/stdin",        "/dev/stdout",   "/dev/stderr",
                                         "/dev/fd/63" };
    if (!path_is_below(touched->path, "/proc") && !path_is_below(touched->path, "/dev"))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
        if (strcmp(plain[i], touched->path) == 0 && !touched->below)
            return true;
    return touched->names_only || path_is_below(touched->path, "/dev/shm");
}

static const char *unsure_file(struct scan *scan, const struct record *record)
{
    for (size_t i = 0; i < record->touched_count; i++) {
        const struct touched *touched = &record->touched[i];
        if (!touched->known)
            return pool_format(&scan->pool, "which files %s uses is not known beforehand", record->spoken);
        if (!is_plain_file(touched))
            return pool_format(&scan->pool, "%s is no plain file", touched->path);
        bool reads = touched->access == ACCESS_READ && touched->tree && !touched->names_only;
        if (reads && scan_is_home_or_above(scan, touched->path) &&
            !(scan->request->workspace && path_is_below(touched->path, scan->request->workspace)))
            return pool_format(&scan->pool, "it reads everything below %s, keys and passwords too",
                               touched->path);
    }
    return NULL;
}

/* Is the program that is found the image's own? */
static const char *unsure_image(struct scan *scan, const struct record *record)
{
    const struct policy_request *request = scan->request;
    if (request->programs_of_image != FACT_YES)
        return pool_format(&scan->pool, "it is not known whether %s is the image's own, unchanged%s%s",
                           record->program, request->programs_words ? ": " : "",
                           request->programs_words ? request->programs_words : "");
    for (size_t i = 0; request->programs_added && request->programs_added[i]; i++)
        if (strcmp(request->programs_added[i], record->program) == 0)
            return pool_format(&scan->pool, "%s is not of the image, it came later", record->program);
    return NULL;
}

bool proof_needs_git(const struct record *record)
{
    return record->knowledge && (record->knowledge->flags & KNOWS_GIT);
}

static const struct policy_git_fact *git_fact(const struct policy_request *request, const char *folder)
{
    for (size_t i = 0; i < request->git_fact_count; i++)
        if (strcmp(request->git_facts[i].folder, folder) == 0)
            return &request->git_facts[i];
    return NULL;
}

/* Behind a link `..` leads elsewhere than the text says. */
static bool git_goes_up(const struct record *record)
{
    for (size_t i = 1; i < record->count; i++) {
        const char *text = record->words[i].text;
        if (strncmp(text, "-C", 2) != 0)
            continue;
        const char *folder = text[2] ? text + 2 : i + 1 < record->count ? record->words[i + 1].text : "";
        if (strstr(folder, ".."))
            return true;
    }
    return false;
}

/* So it does for cd -P, wherever in the script. */
static bool cd_goes_up(const struct scan *scan)
{
    for (size_t i = 0; i < scan->count; i++) {
        const struct record *record = scan->records[i];
        bool physical = false, up = false;
        for (size_t word = 1; word < record->count && strcmp(record->program, "cd") == 0; word++) {
            physical |= record->words[word].text[0] == '-' && strchr(record->words[word].text, 'P');
            up |= strstr(record->words[word].text, "..") != NULL;
        }
        if (physical && up)
            return true;
    }
    return false;
}

static const char *unsure_git(struct scan *scan, const struct record *record)
{
    static const char unknown[] = "it is not known whether git's configuration names programs to run";
    bool otherwise = scan->request->git_is_plain == FACT_YES;
    if (!otherwise && (git_goes_up(record) || cd_goes_up(scan)))
        return unknown;
    for (size_t i = 0; i < record->cwd_count; i++) {
        const struct policy_git_fact *fact = git_fact(scan->request, record->cwds[i]);
        if (fact && fact->plain == FACT_NO)
            return pool_format(&scan->pool, "git in %s may run programs: %s", fact->folder,
                               fact->words ? fact->words : "its configuration names some");
        const char *workspace = scan->request->workspace;
        bool assumed = otherwise && workspace && path_is_below(record->cwds[i], workspace);
        if (!assumed && (!fact || fact->plain != FACT_YES))
            return fact && fact->words ? pool_format(&scan->pool, "%s: %s", unknown, fact->words) : unknown;
    }
    return record->cwd_count ? NULL : unknown;
}

static const char *unsure_program(struct scan *scan, const struct record *record)
{
    if (record->maybe)
        return "it may run what its words name";
    if (record->by_function && scan->lenient)
        return NULL;
    if (record->by_function)
        return pool_format(&scan->pool, "%s is a function of the script", record->words[0].text);
    if (!record->count || record->of_workspace ||
        (record->knowledge && (record->knowledge->flags & KNOWS_BUILTIN)))
        return NULL;
    const char *unsure = unsure_image(scan, record);
    return !unsure && proof_needs_git(record) ? unsure_git(scan, record) : unsure;
}

const char *proof_unsure(struct scan *scan, const struct record *record)
{
    const char *reason = unsure_word(scan, record);
    if (!reason)
        reason = unsure_file(scan, record);
    return reason ? reason : unsure_program(scan, record);
}

/* --- effects --- */

static bool names_program(const struct rule *rule)
{
    for (size_t i = 0; rule->programs && rule->programs[i]; i++)
        if (strpbrk(rule->programs[i], "*?"))
            return false;
    return rule->programs != NULL;
}

/* Do rules about files allow all that RECORD does with ACCESS? */
static bool files_allowed(const struct scan *scan, const struct record *record, unsigned access)
{
    const struct policy_request *request = scan->request;
    size_t found = 0;
    for (size_t i = 0; i < record->touched_count; i++) {
        const struct touched *touched = &record->touched[i];
        bool allowed = false;
        if (!(touched->access & access))
            continue;
        for (size_t set = 0; set < request->rule_set_count && !allowed; set++)
            for (size_t j = 0; j < request->rules[set]->count && !request->rules[set]->tightens_only; j++) {
                const struct rule *rule = request->rules[set]->rules[j];
                allowed |= rule->kind == RULE_FILE && rule->verdict == VERDICT_ALLOW &&
                           (!rule->access || (rule->access & access)) && !touched->all &&
                           match_touched(scan, rule, touched);
            }
        if (!allowed)
            return false;
        found++;
    }
    return found > 0;
}

static bool hosts_allowed(const struct scan *scan, const struct record *record)
{
    const struct policy_request *request = scan->request;
    for (size_t i = 0; i < record->host_count; i++) {
        bool allowed = false;
        for (size_t set = 0; set < request->rule_set_count; set++)
            for (size_t j = 0; j < request->rules[set]->count && !request->rules[set]->tightens_only; j++) {
                const struct rule *rule = request->rules[set]->rules[j];
                allowed |= rule->kind == RULE_HOST && rule->verdict == VERDICT_ALLOW &&
                           match_host(rule, record->hosts[i]);
            }
        if (!allowed)
            return false;
    }
    return record->host_count > 0;
}

/* What is outside the workspace needs a rule that says so. */
static unsigned effects_outside(const struct scan *scan, const struct rule *rule, const struct record *record)
{
    unsigned effects = 0;
    for (size_t i = 0; i < record->touched_count && !rule->outside; i++) {
        const struct touched *touched = &record->touched[i];
        bool inside = scan->request->workspace && path_is_below(touched->path, scan->request->workspace);
        inside |= strcmp(touched->path, "/dev/null") == 0;
        if (inside || !(touched->access & (ACCESS_WRITE | ACCESS_DELETE)))
            continue;
        effects |= touched->access & ACCESS_DELETE ? EFFECT_DELETE : EFFECT_WRITE;
    }
    return effects;
}

/* A program that nobody knows is code that a rule must name with all its words. */
static bool names_all_words(const struct rule *rule, const struct record *record)
{
    size_t words = 0;
    while (rule->words && rule->words[words])
        words++;
    return (rule->arguments || words == record->operand_count) && (rule->only || !record->option_count);
}

unsigned proof_missing(const struct scan *scan, const struct rule *rule, const struct record *record)
{
    unsigned permits = EFFECT_READ | rule->permits, missing;
    if (rule->scope != SCOPE_PROFILE && names_program(rule))
        permits |= EFFECT_CODE;
    if (rule->scope != SCOPE_PROFILE && names_program(rule) && !record->known_program &&
        names_all_words(rule, record))
        permits |= EFFECT_UNKNOWN;
    missing = record->effects & ~permits;
    missing |= effects_outside(scan, rule, record) & record->effects;
    if ((missing & EFFECT_WRITE) && files_allowed(scan, record, ACCESS_WRITE))
        missing &= ~(unsigned)EFFECT_WRITE;
    if ((missing & EFFECT_DELETE) && files_allowed(scan, record, ACCESS_DELETE))
        missing &= ~(unsigned)EFFECT_DELETE;
    if ((missing & EFFECT_INPUT) && files_allowed(scan, record, ACCESS_READ))
        missing &= ~(unsigned)EFFECT_INPUT;
    if ((missing & EFFECT_NETWORK) && hosts_allowed(scan, record))
        missing &= ~(unsigned)EFFECT_NETWORK;
    return missing;
}

/* --- words for people --- */

/* The gravest first. */
static const struct {
    unsigned effect;
    enum policy_risk risk;
    const char *words;
} phrases[] = {
    { EFFECT_SYSTEM, RISK_HIGH, "changes the system" },
    { EFFECT_PRIVILEGE, RISK_HIGH, "becomes another user" },
    { EFFECT_INSTALL, RISK_HIGH, "installs packages" },
    { EFFECT_DELETE, RISK_HIGH, "deletes" },
    { EFFECT_NETWORK, RISK_MEDIUM, "reaches the network" },
    { EFFECT_SECRET, RISK_MEDIUM, "prints what may be secret" },
    { EFFECT_RUN, RISK_MEDIUM, "runs what its words name" },
    { EFFECT_LOAD, RISK_MEDIUM, "loads code or configuration" },
    { EFFECT_SHELL, RISK_MEDIUM, "changes how the shell goes on" },
    { EFFECT_PROCESS, RISK_MEDIUM, "acts on other processes" },
    { EFFECT_DAEMON, RISK_MEDIUM, "leaves something running" },
    { EFFECT_CODE, RISK_MEDIUM, "runs code" },
    { EFFECT_UNKNOWN, RISK_MEDIUM, "has words that are not known" },
    { EFFECT_WRITE, RISK_LOW, "writes files" },
    { EFFECT_INPUT, RISK_LOW, "reads what is sent into it" },
};

const char *proof_effect_words(struct scan *scan, const struct record *record, unsigned effects)
{
    for (size_t i = 0; i < ARRAY_SIZE(phrases); i++) {
        if (!(effects & phrases[i].effect))
            continue;
        unsigned bit = (unsigned)__builtin_ctz(phrases[i].effect);
        const char *cause = record->causes[bit].words;
        if (!cause || !*cause || strcmp(cause, record->spoken) == 0 || strcmp(cause, record->program) == 0 ||
            strlen(cause) > 60 || strpbrk(cause, "\n\t\001"))
            return phrases[i].words;
        return pool_format(&scan->pool, "%s (%s)", phrases[i].words, cause);
    }
    return "is not known to be harmless";
}

const char *proof_effect_phrase(unsigned effect)
{
    for (size_t i = 0; i < ARRAY_SIZE(phrases); i++)
        if (phrases[i].effect == effect)
            return phrases[i].words;
    return "reads and prints";
}

enum policy_risk proof_risk(const struct record *record)
{
    enum policy_risk risk = RISK_LOW;
    for (size_t i = 0; i < ARRAY_SIZE(phrases); i++)
        if ((record->effects & phrases[i].effect) && phrases[i].risk > risk)
            risk = phrases[i].risk;
    return risk;
}
