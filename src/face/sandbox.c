/* sandbox.c - the verbs and options of `sandgate sandbox` as rows, and the life of one errand. */
#include "face/sandbox.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/texts.h"
#include "conf/conf.h"
#include "face/sandbox_errand.h"
#include "face/setup.h"
#include "loop/loop.h"
#include "wire/http.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BIT(option) ((uint64_t)1 << OPTION_##option)
#define MAKING                                                                                             \
    (BIT(IMAGE) | BIT(CPU) | BIT(MEMORY) | BIT(GPU) | BIT(TIMEOUT) | BIT(NAME) | BIT(NETWORK) | BIT(SET) | \
     BIT(TAG))

enum { ANY = 60 };

static const struct verb verbs[] = {
    { "list", "[--all] [--tag NAME=VALUE]", "the sandboxes that run, the newest first", 0, 0,
      BIT(JSON) | BIT(ALL) | BIT(APP) | BIT(TAG), false, verb_list },
    { "create", "[OPTION ...] [-- COMMAND ...]", "makes one and prints its id", 0, ANY,
      BIT(JSON) | BIT(APP) | MAKING, false, verb_create },
    { "exec", "SANDBOX [--] COMMAND ...", "runs a command; its exit code is ours", 2, ANY,
      BIT(APP) | BIT(CWD) | BIT(ENV) | BIT(LIMIT) | BIT(TTY), true, verb_exec },
    { "shell", "SANDBOX [[--] COMMAND ...]", "an interactive shell, or COMMAND on a terminal", 1, ANY,
      BIT(APP) | BIT(CWD) | BIT(ENV), true, verb_shell },
    { "cp", "FROM TO", "copies files and folders; one of them is SANDBOX:PATH", 2, 2, BIT(APP), false,
      verb_cp },
    { "ls", "SANDBOX [PATH]", "what is in a folder", 1, 2, BIT(JSON) | BIT(APP), true, verb_ls },
    { "cat", "SANDBOX PATH", "the bytes of a file", 2, 2, BIT(APP), true, verb_cat },
    { "put", "SANDBOX FROM PATH", "copies a file or a folder into it", 3, 3, BIT(APP), true, verb_put },
    { "get", "SANDBOX PATH TO", "copies a file or a folder out of it", 3, 3, BIT(APP), true, verb_get },
    { "logs", "SANDBOX [--follow] [--lines N]", "output of its main process", 1, 1,
      BIT(APP) | BIT(FOLLOW) | BIT(LINES), false, verb_logs },
    { "snapshot", "SANDBOX [--path PATH] [--ttl TIME]",
      "keeps its files as an image and prints that one's id", 1, 1,
      BIT(JSON) | BIT(APP) | BIT(PATH_IN) | BIT(TTL), true, verb_snapshot },
    { "fork", "SANDBOX [OPTION ...]", "makes another one with the files of this one", 1, 1,
      BIT(JSON) | BIT(APP) | BIT(TTL) | (MAKING & ~BIT(IMAGE)), true, verb_fork },
    { "network", "SANDBOX on|off|HOST ...", "whom it reaches: all, nobody, or these domains and ranges", 2,
      ANY, BIT(APP), true, verb_network },
    { "tunnels", "SANDBOX [--port PORT]", "where its ports are reached; --port: a link with a token", 1, 1,
      BIT(JSON) | BIT(APP) | BIT(PORT), true, verb_tunnels },
    { "tags", "SANDBOX [NAME=VALUE ...]", "its tags; with some given, these and no others", 1, ANY,
      BIT(JSON) | BIT(APP), true, verb_tags },
    { "stop", "SANDBOX ...", "terminates it", 1, ANY, BIT(JSON) | BIT(APP), false, verb_stop },
};

static const struct {
    const char *name;
    char letter; /* 0: none */
    const char *argument, *help;
} options[ERRAND_OPTIONS] = {
    [OPTION_JSON] = { "json", 0, NULL, "Prints JSON." },
    [OPTION_ALL] = { "all", 0, NULL, "Those that have ended, too." },
    [OPTION_APP] = { "app", 0, "NAME", "The app of names and of new sandboxes; default: modal.app." },
    [OPTION_TAG] = { "tag", 0, "NAME=VALUE", "A tag that it must have, or gets; may be given again." },
    [OPTION_CWD] = { "cwd", 0, "PATH", "The folder that the command starts in." },
    [OPTION_ENV] = { "env", 0, "NAME=VALUE", "A variable of the command; may be given again." },
    [OPTION_LIMIT] = { "limit", 0, "TIME", "Kills the command after this time, such as 30s." },
    [OPTION_TTY] = { "tty", 't', NULL, "Runs the command on a terminal of its own." },
    [OPTION_FOLLOW] = { "follow", 'f', NULL, "From the beginning on, and live until it ends." },
    [OPTION_LINES] = { "lines", 'n', "N", "How many stored entries; default: 100." },
    [OPTION_PATH_IN] = { "path", 0, "PATH", "A snapshot of this folder alone." },
    [OPTION_TTL] = { "ttl", 0, "TIME", "How long the snapshot is kept, or forever; default: 30d." },
    [OPTION_PORT] = { "port", 0, "PORT", "The port that the link leads to." },
    [OPTION_IMAGE] = { "image", 0, "IMAGE",
                       "The image: a tag of a registry, debian_slim:3.12, im-..., name:NAME." },
    [OPTION_CPU] = { "cpu", 0, "NUMBER", "Processors, such as 0.5." },
    [OPTION_MEMORY] = { "memory", 0, "MIB", "Memory in MiB." },
    [OPTION_GPU] = { "gpu", 0, "TYPE", "A GPU, such as T4 or H100:2." },
    [OPTION_TIMEOUT] = { "timeout", 0, "TIME", "How long it lives at most, such as 2h." },
    [OPTION_NAME] = { "name", 0, "NAME", "Its name; only one that runs can have it." },
    [OPTION_NETWORK] = { "network", 0, "on|off", "Whether it reaches the network." },
    [OPTION_SET] = { "set", 0, "PATH=VALUE", "Any option of sandgate.yaml(5), such as modal.region=[eu]." },
};

/* --- help and usage --- */

static void print_option(size_t option)
{
    char left[64], letter[8] = "";

    if (options[option].letter)
        snprintf(letter, sizeof letter, "-%c, ", options[option].letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, options[option].name,
             options[option].argument ? " " : "", options[option].argument ? options[option].argument : "");
    printf("  %-20s  %s\n", left, options[option].help);
}

/* VERB NULL: of all. */
static int print_help(const struct verb *verb)
{
    printf("usage: sandgate sandbox %s %s\n\n", verb ? verb->name : "VERB", verb ? verb->arguments : "...");
    if (!verb)
        puts("Modal Sandboxes, made by sandgate or by anyone. SANDBOX is an id (sb-...) or a name.\n");
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
        if (!verb)
            printf("  %-9s %-35s %s\n", verbs[i].name, verbs[i].arguments, verbs[i].help);
        else if (verb == &verbs[i])
            printf("%c%s.\n", toupper((unsigned char)verb->help[0]), verb->help + 1);
    putchar('\n');
    for (size_t i = 0; i < ERRAND_OPTIONS; i++)
        if (!verb || verb->options & (uint64_t)1 << i)
            print_option(i);
    if (!verb)
        printf("\nWhat exec, shell, cat and logs print is passed on as it is, escape sequences included.\n");
    return EXIT_FINE;
}

static int wrong_usage(const char *format, const char *value)
{
    fprintf(stderr, "sandgate sandbox: ");
    fprintf(stderr, format, value);
    fprintf(stderr, "; see sandgate sandbox --help\n");
    return EXIT_USAGE;
}

/* --- the command line --- */

static const struct verb *verb_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

/* The option that WORD ("--name", "--name=value", "-x") names; ERRAND_OPTIONS: none. */
static size_t option_of(const char *word)
{
    bool is_long = word[1] == '-';
    size_t length = strcspn(word, "=");

    for (size_t i = 0; i < ERRAND_OPTIONS; i++)
        if (is_long
                ? strlen(options[i].name) == length - 2 && strncmp(word + 2, options[i].name, length - 2) == 0
                : options[i].letter && word[1] == options[i].letter && !word[2])
            return i;
    return ERRAND_OPTIONS;
}

static bool keep_value(struct errand *errand, size_t option, const char *value)
{
    size_t count = texts_count(errand->lists[option]);

    if (count + 1 == ARRAY_SIZE(errand->lists[option]))
        return false;
    errand->lists[option][count] = value;
    errand->values[option] = value;
    return true;
}

/* Takes the option at *AT, moves on. Returns 0, or an exit code. */
static int take_option(struct errand *errand, char **argv, int argc, int *at)
{
    const char *word = argv[*at], *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    size_t option = option_of(word);

    if (option == ERRAND_OPTIONS)
        return wrong_usage("%s is not an option", word);
    if (!(errand->verb->options & (uint64_t)1 << option)) {
        fprintf(stderr, "sandgate sandbox: %s takes no --%s\n", errand->verb->name, options[option].name);
        return EXIT_USAGE;
    }
    if (!options[option].argument && equals)
        return wrong_usage("--%s takes no value", options[option].name);
    const char *value = !options[option].argument ? ""
                        : equals                  ? equals + 1
                        : *at + 1 < argc          ? argv[++*at]
                                                  : NULL;
    if (!value)
        return wrong_usage("--%s needs a value", options[option].name);
    return keep_value(errand, option, value) ? 0
                                             : wrong_usage("--%s is given too often", options[option].name);
}

/* Whether what follows the words so far is a command of the sandbox, whose options are its own. */
static bool command_begins(const struct errand *errand)
{
    return errand->verb->start == verb_exec || errand->verb->start == verb_shell ? errand->count >= 1 : false;
}

static int take_words(struct errand *errand, char **argv, int argc)
{
    bool rest = false;

    errand->command = ARRAY_SIZE(errand->words);
    for (int at = 1; at < argc; at++) {
        bool is_option = !rest && argv[at][0] == '-' && argv[at][1];
        int code = 0;
        if (is_option && strcmp(argv[at], "--") == 0) {
            rest = true;
            errand->command = errand->count;
            continue;
        }
        if (is_option) {
            code = take_option(errand, argv, argc, &at);
        } else if (errand->count + 1 == ARRAY_SIZE(errand->words)) {
            code = wrong_usage("there are too many words from \"%s\" on", argv[at]);
        } else {
            if (!rest && command_begins(errand)) {
                rest = true;
                errand->command = errand->count;
            }
            errand->words[errand->count++] = argv[at];
        }
        if (code != 0)
            return code;
    }
    if (errand->command > errand->count)
        errand->command = errand->count;
    return 0;
}

static int read_words(struct errand *errand, char **argv, int argc)
{
    int code = take_words(errand, argv, argc);

    if (code != 0)
        return code;
    if (errand->count < errand->verb->least) {
        fprintf(stderr, "usage: sandgate sandbox %s %s\n", errand->verb->name, errand->verb->arguments);
        return EXIT_USAGE;
    }
    if (errand->count > errand->verb->most)
        return wrong_usage("\"%s\" is one argument too many", errand->words[errand->verb->most]);
    return 0;
}

/* --- the life of an errand --- */

static void warned(void *data, const char *text)
{
    (void)data;
    errand_note("Modal says: %s", text);
}

static void waiting(void *data, const char *sentence)
{
    (void)data;
    errand_note("%s", sentence);
}

static void signalled(void *data, int signal)
{
    struct errand *errand = data;

    if (errand->interrupted)
        errand->interrupted(errand, signal);
    else
        errand_end(errand, EXIT_INTERRUPTED);
}

static bool prepare(struct errand *errand, struct error *error)
{
    static const int heard[] = { SIGINT, SIGTERM, SIGHUP };
    const struct modal_client_events events = { warned, waiting };

    errand->conf = conf_load(".", error);
    if (!errand->conf || !modal_settings_read(&errand->settings, (const char *const *)environ, error))
        return false;
    char *missing = modal_settings_token_missing(&errand->settings);
    if (missing)
        error_set(error, "%s", missing);
    free(missing);
    if (error->message)
        return false;
    errand->loop = loop_new();
    for (size_t i = 0; i < ARRAY_SIZE(heard); i++)
        errand->signals[i] = loop_signal_add(errand->loop, heard[i], signalled, errand);
    errand->http = http_new(errand->loop);
    errand->client = modal_client_new(errand->loop, errand->http, &errand->settings, &events, errand);
    return true;
}

static void release(struct errand *errand)
{
    if (errand->release)
        errand->release(errand);
    if (errand->client) {
        modal_call_cancel(errand->call);
        modal_sandbox_free(errand->sandbox);
        modal_client_free(errand->client);
        http_free(errand->http);
        for (size_t i = 0; i < ARRAY_SIZE(errand->signals); i++)
            loop_signal_remove(errand->signals[i]);
        loop_free(errand->loop);
    }
    modal_settings_release(&errand->settings);
    conf_free(errand->conf);
}

static void run(struct errand *errand)
{
    if (errand->verb->attached)
        errand_attach(errand, errand->words[0], errand->verb->start == verb_fork, errand->verb->start);
    else
        errand->verb->start(errand);
    while (!errand->over)
        loop_turn(errand->loop, -1);
}

static int run_verb(const struct verb *verb, char **argv, int argc)
{
    struct errand *errand = xcalloc(1, sizeof *errand);
    struct error error = ERROR_INIT;

    errand->verb = verb;
    int code = read_words(errand, argv, argc);
    if (code == 0 && prepare(errand, &error)) {
        run(errand);
        code = errand->code;
    } else if (code == 0) {
        errand_note("%s", error_message(&error));
        code = EXIT_USAGE;
    }
    release(errand);
    free(errand);
    error_clear(&error);
    if (fflush(stdout) != 0 && code == EXIT_FINE)
        code = EXIT_INTERNAL;
    return code;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int face_sandbox(int argc, char **argv)
{
    if (argc < 2)
        return wrong_usage("a %s is missing", "verb");
    if (is_help(argv[1]))
        return print_help(NULL);
    const struct verb *verb = verb_named(argv[1]);
    if (!verb)
        return wrong_usage("there is no verb \"%s\"", argv[1]);
    if (argc > 2 && is_help(argv[2]))
        return print_help(verb);
    return run_verb(verb, argv + 1, argc - 1);
}
