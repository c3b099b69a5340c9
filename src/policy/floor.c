/* floor.c - searches wide rather than exact: any word that names rm, dd, mkfs ... counts, wherever it stands
 * in a command, so that wrappers (sudo, env, xargs) need no knowledge here.  Text inside quotes that holds
 * blanks is data, unless it is the payload of -c or eval. */
#include "policy/floor.h"

#include "base/memory.h"
#include "base/path.h"
#include "policy/words.h"

#include <stdlib.h>
#include <string.h>

enum { PAYLOAD_DEPTH = 8 };

static bool is_recursive_option(const char *word)
{
    if (strcmp(word, "--recursive") == 0)
        return true;
    return word[0] == '-' && word[1] != '-' && strpbrk(word, "rR");
}

/* The spellings of root and home, with slashes, dots and stars behind them. */
static bool is_root_or_home(const char *word, const char *home)
{
    static const char *const spellings[] = { "~", "$HOME", "${HOME}", "HOME}", "$HOME}" };
    char *text = xstrdup(word);
    size_t length = strlen(text);
    bool found = false;

    while (length > 1 && (text[length - 1] == '/' || text[length - 1] == '*' || text[length - 1] == '.') &&
           strpbrk(text, "/"))
        text[--length] = '\0';
    for (size_t i = 0; i < ARRAY_SIZE(spellings); i++)
        found = found || strcmp(text, spellings[i]) == 0;
    if (text[0] == '/') {
        char *path = path_normalize("/", text);
        found = found || strcmp(path, "/") == 0 || (home && strcmp(path, home) == 0);
        free(path);
    }
    free(text);
    return found;
}

static bool is_raw_device(const char *path)
{
    static const char *const devices[] = { "/dev/sd",     "/dev/hd",   "/dev/vd",  "/dev/nvme",
                                           "/dev/mmcblk", "/dev/xvd",  "/dev/dm-", "/dev/mem",
                                           "/dev/kmem",   "/dev/port", "/dev/loop" };
    for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
        if (strncmp(path, devices[i], strlen(devices[i])) == 0)
            return true;
    return false;
}

/* rm -r TARGET, from word FROM on. */
static bool removes_root(const struct simple_command *command, size_t from, const char *home)
{
    bool recursive = false, target = false;

    for (size_t i = from; i < command->count; i++) {
        const char *word = command->words[i].text;
        recursive = recursive || is_recursive_option(word);
        target = target || (word[0] != '-' && is_root_or_home(word, home));
    }
    return recursive && target;
}

static bool touches_device(const struct simple_command *command, size_t from)
{
    for (size_t i = from; i < command->count; i++) {
        const char *word = command->words[i].text;
        const char *path = strncmp(word, "of=", 3) == 0 ? word + 3 : word;
        if (is_raw_device(path))
            return true;
    }
    return false;
}

static const char *check_word(const struct simple_command *command, size_t index, const char *home)
{
    static const char *const writers[] = { "dd",    "shred",  "tee",        "wipefs",
                                           "fdisk", "parted", "blkdiscard", "cp" };
    const char *name = path_name(command->words[index].text);

    if (strcmp(name, "rm") == 0 && removes_root(command, index + 1, home))
        return "remove-root";
    if (strncmp(name, "mkfs", 4) == 0)
        return "raw-device";
    for (size_t i = 0; i < ARRAY_SIZE(writers); i++)
        if (strcmp(name, writers[i]) == 0 && touches_device(command, index + 1))
            return "raw-device";
    /* The target of a redirection stands as a command of its own word in this reading. */
    return index == 0 && is_raw_device(command->words[index].text) ? "raw-device" : NULL;
}

static bool is_payload(const struct simple_command *command, size_t index)
{
    if (index == 0)
        return false;
    const char *before = command->words[index - 1].text;
    if (strcmp(before, "eval") == 0)
        return true;
    return before[0] == '-' && before[1] != '-' && before[strlen(before) - 1] == 'c';
}

static const char *search(const struct script_words *words, const char *home, int depth,
                          const struct simple_command **where);

static const char *search_payload(const char *text, const char *home, int depth)
{
    struct script_words inner;
    const struct simple_command *unused;

    script_words_read(&inner, text, strlen(text));
    const char *name = search(&inner, home, depth, &unused);
    script_words_release(&inner);
    return name;
}

static const char *search_command(const struct simple_command *command, const char *home, int depth)
{
    for (size_t i = 0; i < command->count; i++) {
        const char *name = check_word(command, i, home);
        if (!name && depth > 0 && is_payload(command, i))
            name = search_payload(command->words[i].text, home, depth - 1);
        if (name)
            return name;
    }
    return NULL;
}

static const char *search(const struct script_words *words, const char *home, int depth,
                          const struct simple_command **where)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *name = search_command(&words->commands[i], home, depth);
        if (name) {
            *where = &words->commands[i];
            return name;
        }
    }
    return NULL;
}

bool floor_search(const struct script_words *words, const char *home, struct floor_finding *finding)
{
    const struct simple_command *command = NULL;
    const char *name = search(words, home, PAYLOAD_DEPTH, &command);

    if (!name)
        return false;
    finding->name = name;
    finding->reason = strcmp(name, "remove-root") == 0
                          ? "It removes the root or the home folder with everything below it."
                          : "It writes to a raw device.";
    finding->from = command->words[0].from;
    finding->to = command->words[command->count - 1].to;
    return true;
}
