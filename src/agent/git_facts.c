/* git_facts.c - see git_facts.h.  The table names what is harmless; every other key may name a program now or in
 * a later git.  Attributes need no look of their own: a driver that they name must stand in the configuration to
 * run anything, and there it is seen. */
#include "agent/git_facts.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/visible.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 100 };

/* Keys that only say how git reads and prints, or matter to commands that ask in any case. One * stands for
 * anything. From git-config(1) 2.39. */
static const char *const harmless[] = {
    "advice.*",
    "author.email",
    "author.name",
    "branch.*.description",
    "branch.*.merge",
    "branch.*.rebase",
    "branch.*.remote",
    "branch.autosetupmerge",
    "branch.autosetuprebase",
    "branch.sort",
    "color.*",
    "column.*",
    "commit.cleanup",
    "commit.status",
    "commit.verbose",
    "committer.email",
    "committer.name",
    "core.abbrev",
    "core.attributesfile",
    "core.autocrlf",
    "core.bare",
    "core.bigfilethreshold",
    "core.checkstat",
    "core.commentchar",
    "core.commitgraph",
    "core.compression",
    "core.createobject",
    "core.deltabasecachelimit",
    "core.eol",
    "core.excludesfile",
    "core.filemode",
    "core.fsync",
    "core.fsyncmethod",
    "core.fsyncobjectfiles",
    "core.hidedotfiles",
    "core.hookspath", /* the hooks in it are looked at */
    "core.ignorecase",
    "core.ignorestat",
    "core.logallrefupdates",
    "core.longpaths",
    "core.loosecompression",
    "core.multipackindex",
    "core.packedgitlimit",
    "core.packedgitwindowsize",
    "core.precomposeunicode",
    "core.preloadindex",
    "core.protecthfs",
    "core.protectntfs",
    "core.quotepath",
    "core.repositoryformatversion",
    "core.safecrlf",
    "core.sharedrepository",
    "core.sparsecheckout",
    "core.sparsecheckoutcone",
    "core.splitindex",
    "core.symlinks",
    "core.trustctime",
    "core.untrackedcache",
    "core.warnambiguousrefs",
    "core.whitespace",
    "core.worktree",
    "diff.algorithm",
    "diff.autorefreshindex",
    "diff.colormoved",
    "diff.colormovedws",
    "diff.context",
    "diff.dirstat",
    "diff.ignoresubmodules",
    "diff.indentheuristic",
    "diff.interhunkcontext",
    "diff.mnemonicprefix",
    "diff.noprefix",
    "diff.relative",
    "diff.renamelimit",
    "diff.renames",
    "diff.statgraphwidth",
    "diff.submodule",
    "diff.suppressblankempty",
    "diff.wordregex",
    "diff.wserrorhighlight",
    "extensions.objectformat",
    "extensions.worktreeconfig",
    "feature.experimental",
    "feature.manyfiles",
    "fetch.fsckobjects",
    "fetch.parallel",
    "fetch.prune",
    "fetch.prunetags",
    "gc.*",
    "grep.*",
    "help.autocorrect",
    "i18n.*",
    "include.path", /* what is included stands in the list itself */
    "includeif.*.path",
    "index.skiphash",
    "index.sparse",
    "index.threads",
    "index.version",
    "init.defaultbranch",
    "log.abbrevcommit",
    "log.date",
    "log.decorate",
    "log.diffmerges",
    "log.excludedecoration",
    "log.follow",
    "log.graphcolors",
    "log.mailmap",
    "log.showroot",
    "mailmap.blob",
    "mailmap.file",
    "maintenance.*",
    "merge.branchdesc",
    "merge.conflictstyle",
    "merge.defaulttoupstream",
    "merge.directoryrenames",
    "merge.ff",
    "merge.log",
    "merge.renamelimit",
    "merge.renames",
    "merge.stat",
    "notes.*",
    "pack.*",
    "pull.ff",
    "pull.rebase",
    "push.autosetupremote",
    "push.default",
    "push.followtags",
    "rebase.abbreviatecommands",
    "rebase.autosquash",
    "rebase.autostash",
    "rebase.stat",
    "rebase.updaterefs",
    "receive.fsckobjects",
    "remote.*.fetch",
    "remote.*.mirror",
    "remote.*.prune",
    "remote.*.pushurl",
    "remote.*.skipdefaultupdate",
    "remote.*.tagopt",
    "remote.*.url",
    "remote.pushdefault",
    "rerere.*",
    "safe.directory",
    "showbranch.*",
    "stash.*",
    "status.*",
    "submodule.*.active",
    "submodule.*.branch",
    "submodule.*.ignore",
    "submodule.*.url",
    "submodule.active",
    "submodule.recurse",
    "tag.sort",
    "transfer.fsckobjects",
    "user.email",
    "user.name",
    "user.signingkey",
    "user.useconfigonly",
    "versionsort.*",
};

/* They run only in commands that ask or are code by themselves: commit, merge and their like. */
static const char *const quiet_hooks[] = { "pre-commit", "prepare-commit-msg", "commit-msg", "post-commit",
                                           "pre-merge-commit" };

/* --- one entry --- */

static bool matches(const char *pattern, const char *key)
{
    const char *star = strchr(pattern, '*');
    if (!star)
        return strcmp(pattern, key) == 0;
    size_t before = (size_t)(star - pattern), after = strlen(star + 1), length = strlen(key);
    return length > before + after && strncmp(pattern, key, before) == 0 &&
           strcmp(key + length - after, star + 1) == 0;
}

static bool is_harmless(const char *key, const char *value)
{
    /* A name that ends in a newline is not the folder that the script looked into. */
    if (strcmp(key, "core.hookspath") == 0 && strchr(value, '\n'))
        return false;
    if (strcmp(key, "core.fsmonitor") == 0)
        return strcmp(value, "false") == 0;
    for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
        if (matches(harmless[i], key))
            return true;
    return false;
}

static void add_shown(struct buffer *out, const char *text)
{
    size_t length = strlen(text);
    visible_line(out, text, length < SHOWN_MAX ? length : SHOWN_MAX);
}

/* The first reason stays. */
static void spoil(struct git_fact *fact, enum policy_fact plain, char *words)
{
    if (fact->plain == FACT_YES) {
        fact->plain = plain;
        fact->words = words;
    } else {
        free(words);
    }
}

static void take_entry(struct git_fact *fact, const char *origin, const char *entry)
{
    struct buffer words = BUFFER_INIT;
    const char *end = strchr(entry, '\n'); /* none: the key stands alone, which means true */
    char *key = xstrndup(entry, end ? (size_t)(end - entry) : strlen(entry));
    if (!is_harmless(key, end ? end + 1 : "true")) {
        add_shown(&words, key);
        buffer_append_text(&words, " is set in ");
        add_shown(&words, strncmp(origin, "file:", 5) == 0 ? origin + 5 : origin);
        spoil(fact, FACT_NO, buffer_detach(&words));
    }
    free(key);
}

static void take_hook(struct git_fact *fact, const char *name)
{
    struct buffer words = BUFFER_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(quiet_hooks); i++)
        if (strcmp(quiet_hooks[i], name) == 0)
            return;
    buffer_append_text(&words, "there is a hook, ");
    add_shown(&words, name);
    spoil(fact, FACT_NO, buffer_detach(&words));
}

/* --- the records --- */

struct reading {
    const char *at, *end;
};

/* The next record; NULL: there is none that is whole. */
static const char *next(struct reading *reading)
{
    const char *record = reading->at;
    const char *stop = record < reading->end ? memchr(record, '\0', (size_t)(reading->end - record)) : NULL;
    if (!stop)
        return NULL;
    reading->at = stop + 1;
    return record;
}

static bool take_record(struct reading *reading, struct git_fact *fact, const char *record)
{
    static const char unread[] = "it cannot be read";
    if (record[0] != '=') {
        const char *entry = next(reading);
        if (entry)
            take_entry(fact, record, entry);
        return entry != NULL;
    }
    if (strncmp(record, "=hook ", 6) == 0)
        take_hook(fact, record + 6);
    else if (strcmp(record, "=submodules") == 0)
        spoil(fact, FACT_NO, xstrdup("it has submodules, whose configuration is not looked at"));
    else if (strncmp(record, "=config ", 8) != 0)
        return false;
    else if (strcmp(record, "=config 0") != 0)
        spoil(fact, FACT_UNKNOWN, xstrdup(unread));
    return true;
}

/* One folder's records, up to =done. */
static bool take_folder(struct reading *reading, struct git_fact *fact, size_t number)
{
    const char *record = next(reading);
    char head[32];
    bool configured = false;
    snprintf(head, sizeof head, "=folder %zu", number);
    if (!record || strcmp(record, head) != 0)
        return false;
    fact->plain = FACT_YES;
    while ((record = next(reading)) && strcmp(record, "=done") != 0) {
        configured |= strncmp(record, "=config ", 8) == 0;
        if (!take_record(reading, fact, record))
            return false;
    }
    if (!configured)
        spoil(fact, FACT_UNKNOWN, NULL);
    return record != NULL;
}

bool git_facts_read(const char *bytes, size_t length, struct git_fact *facts, size_t count)
{
    struct reading reading = { bytes, bytes + length };
    bool good = true;
    memset(facts, 0, count * sizeof *facts);
    for (size_t i = 0; i < count && good; i++)
        good = take_folder(&reading, &facts[i], i);
    const char *last = good ? next(&reading) : NULL;
    good = last && strcmp(last, "=end") == 0 && reading.at == reading.end;
    for (size_t i = 0; i < count && !good; i++)
        git_fact_release(&facts[i]);
    return good;
}

void git_fact_release(struct git_fact *fact)
{
    free(fact->words);
    *fact = (struct git_fact){ 0 };
}

bool git_facts_of_environment(const char *const *environment)
{
    static const char *const plain[] = { "GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_TERMINAL_PROMPT=" };
    for (size_t i = 0; environment && environment[i]; i++) {
        bool tells = strncmp(environment[i], "GIT_", 4) == 0;
        for (size_t k = 0; k < ARRAY_SIZE(plain); k++)
            tells = tells && strncmp(environment[i], plain[k], strlen(plain[k])) != 0;
        if (tells)
            return true;
    }
    return false;
}
