/* profile.c - the rules that are shipped, as tables. */
#include "policy/proof.h"

#include "base/memory.h"

#include <string.h>

/* Rules of files own their texts, these do not; nobody changes either. */
#define OWN(text) ((char *)(text))
#define WORDS(...) ((char *[]){ __VA_ARGS__, NULL })

/* They read and print; what else an argument makes them do is for knowledge to find. */
#define READERS                                                                                              \
    "ls|dir|vdir|cat|tac|head|tail|less|more|stat|file|du|df|tree|realpath|readlink|basename|dirname|"       \
    "md5sum|sha1sum|"                                                                                        \
    "sha224sum|sha256sum|sha384sum|sha512sum|b2sum|cksum|sum|cmp|diff|diff3|find|fd|fdfind|locate|which|"    \
    "whereis|tee|"                                                                                           \
    "grep|egrep|fgrep|zgrep|rgrep|rg|sed|awk|gawk|mawk|jq|sort|uniq|wc|nl|cut|paste|join|comm|fold|fmt|"     \
    "expand|"                                                                                                \
    "unexpand|od|column|rev|iconv|base32|base64|tr|xxd|hexdump|hd|strings|readelf|objdump|nm|size|seq|shuf|" \
    "numfmt|"                                                                                                \
    "expr|bc|date|cal|uptime|nproc|arch|tty|logname|whoami|groups|users|who|w|locale|getconf|lscpu|free|id|" \
    "uname|"                                                                                                 \
    "hostname|zcat|bzcat|xzcat|zstdcat|zipinfo|tar|ps|pgrep|pidof|pstree|lsof|lsblk|findmnt|pmap|"           \
    "pathchk|factor|"                                                                                        \
    "env|printenv|dpkg-query|apt-cache|lsattr|getfacl|namei|true|false|"                                     \
    "python|python3|node|sleep|ag|bat|batcat|man|apropos|whatis|gzip|bzip2|xz|unzip|gofmt|bash|sh|dash|"     \
    "gcc|make|cmake|ctest|ruby|perl|clang|g++|java|git"
#define BUILTINS                                                                                        \
    "echo|printf|:|test|[|pwd|cd|pushd|popd|dirs|type|hash|command|builtin|exit|return|break|continue|" \
    "shift|wait|times|umask|export|declare|local|readonly|typeset|set"
#define WRAPPERS "nice|ionice|timeout|time|stdbuf|xargs"

static const struct rule careful[] = {
    { .verdict = VERDICT_ALLOW,
      .kind = RULE_COMMAND,
      .scope = SCOPE_PROFILE,
      .name = OWN("careful:reading"),
      .permits = EFFECT_INPUT,
      .programs = WORDS(OWN(READERS "|" BUILTINS "|" WRAPPERS)),
      .reason = OWN("It only reads and prints.") },
    { .verdict = VERDICT_ALLOW,
      .kind = RULE_TOOL,
      .scope = SCOPE_PROFILE,
      .name = OWN("careful:reading-tools"),
      .tools = WORDS(OWN("read_file"), OWN("list_directory")),
      .reason = OWN("It only reads.") },
};

#define WORKING \
    (EFFECT_INPUT | EFFECT_WRITE | EFFECT_DELETE | EFFECT_CODE | EFFECT_LOAD | EFFECT_RUN | EFFECT_SHELL)

/* Within the workspace: reading, writing, code. Anything that an effect outside WORKING comes with asks. */
static const struct rule sandboxed[] = {
    { .verdict = VERDICT_ALLOW,
      .kind = RULE_COMMAND,
      .scope = SCOPE_PROFILE,
      .name = OWN("sandboxed:workspace"),
      .permits = WORKING,
      .programs = WORDS(OWN("*")),
      .reason = OWN("It stays within the sandbox's workspace.") },
    { .verdict = VERDICT_ALLOW,
      .kind = RULE_TOOL,
      .scope = SCOPE_PROFILE,
      .name = OWN("sandboxed:tools"),
      .tools = WORDS(OWN("read_file"), OWN("list_directory"), OWN("write_file"), OWN("edit_file"),
                     OWN("run_python")),
      .reason = OWN("It stays within the sandbox's workspace.") },
};

static const struct rule locked[] = {
    { .verdict = VERDICT_ASK,
      .kind = RULE_COMMAND,
      .scope = SCOPE_PROFILE,
      .name = OWN("locked:everything"),
      .reason = OWN("Everything asks.") },
    { .verdict = VERDICT_ASK,
      .kind = RULE_TOOL,
      .scope = SCOPE_PROFILE,
      .name = OWN("locked:everything"),
      .tools = WORDS(OWN("*")),
      .reason = OWN("Everything asks.") },
};

const struct rule *profile_rules(enum policy_mode mode, size_t *count)
{
    switch (mode) {
    case POLICY_SANDBOXED:
        *count = ARRAY_SIZE(sandboxed);
        return sandboxed;
    case POLICY_LOCKED:
        *count = ARRAY_SIZE(locked);
        return locked;
    case POLICY_RULES:
        *count = 0;
        return NULL;
    default:
        *count = ARRAY_SIZE(careful);
        return careful;
    }
}

static void copy_texts(rule_texts *to, rule_texts from)
{
    for (size_t i = 0; from && from[i]; i++)
        rule_texts_add(to, from[i]);
}

void policy_profile_rules(enum policy_mode profile, struct rule_set *set)
{
    size_t count;
    const struct rule *rules = profile_rules(profile, &count);
    for (size_t i = 0; i < count; i++) {
        struct rule *rule = rule_set_add(set, rules[i].verdict, rules[i].kind, SCOPE_PROFILE, NULL, 0);
        rule->name = xstrdup_or_null(rules[i].name);
        rule->reason = xstrdup_or_null(rules[i].reason);
        rule->permits = rules[i].permits;
        copy_texts(&rule->programs, rules[i].programs);
        copy_texts(&rule->tools, rules[i].tools);
    }
}

bool policy_sandboxed_in_force(const struct policy_request *request, const char **why)
{
    const char *reason = NULL;
    if (request->network)
        reason = "The sandbox has a network.";
    else if (request->secrets)
        reason = "There are secrets or passed-through variables in the sandbox.";
    else if (request->mounts && *request->mounts)
        reason = "A volume or bucket in the sandbox can be written.";
    if (why)
        *why = reason;
    return !reason;
}
