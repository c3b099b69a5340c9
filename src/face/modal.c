/* modal.c - `sandgate modal VERB`: one row of a table per verb; the verbs themselves are modal_*.c. */
#include "face/modal.h"

#include "base/memory.h"
#include "face/modal_verbs.h"
#include "face/setup.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verb {
    const char *group, *name; /* NULL group: the name alone */
    const char *arguments, *help;
    int least, most;     /* words behind the verb; -1: any number */
    const char *options; /* letters of the options it takes */
    bool without_token;
    int (*run)(struct modal_face *face);
};

static const struct verb verbs[] = {
    { NULL, "login", "[--profile NAME] [--no-browser]", "gets a token in the browser, into ~/.modal.toml", 0,
      0, "pb", true, modal_login_run },
    { NULL, "whoami", "[--json]", "whose token is used, and where it comes from", 0, 0, "pj", false,
      modal_whoami_run },
    { "secret", "list", "[--json]", "the names of all secrets", 0, 0, "pj", false, modal_secret_list_run },
    { "secret", "create", "NAME [VARIABLE ...] [--from-file FILE] [--force]",
      "asks for the values, without echo", 1, -1, "pfij", false, modal_secret_create_run },
    { "secret", "delete", "NAME", "for good", 1, 1, "pj", false, modal_secret_delete_run },
    { "volume", "list", "[--json]", "all volumes", 0, 0, "pj", false, modal_volume_list_run },
    { "volume", "create", "NAME [--fs 1|2]", "an empty one", 1, 1, "pvj", false, modal_volume_create_run },
    { "volume", "delete", "NAME", "with all its files, for good", 1, 1, "pj", false,
      modal_volume_delete_run },
    { "volume", "ls", "NAME [PATH] [--recursive] [--json]", "its files", 1, 2, "prj", false,
      modal_volume_ls_run },
    { "volume", "get", "NAME PATH [FILE | -] [--force] [--recursive]", "one of its files", 2, 3, "pfr", false,
      modal_volume_get_run },
    { "volume", "put", "NAME FILE [PATH] [--force] [--recursive]", "a file into it", 2, 3, "pfr", false,
      modal_volume_put_run },
    { "volume", "rm", "NAME PATH [--recursive]", "a file of it", 2, 2, "pr", false, modal_volume_rm_run },
    { "image", "list", "[PREFIX] [--json]", "published names of images", 0, 1, "pj", false,
      modal_image_list_run },
    { "image", "publish", "ID NAME[:TAG]", "gives an image a name", 2, 2, "pj", false,
      modal_image_publish_run },
    { "image", "delete", "ID", "for good", 1, 1, "pj", false, modal_image_delete_run },
};

static const struct option options[] = {
    { "profile", required_argument, NULL, 'p' },
    { "no-browser", no_argument, NULL, 'b' },
    { "json", no_argument, NULL, 'j' },
    { "force", no_argument, NULL, 'f' },
    { "from-file", required_argument, NULL, 'i' },
    { "recursive", no_argument, NULL, 'r' },
    { "fs", required_argument, NULL, 'v' },
    { "help", no_argument, NULL, 'h' },
    { 0 },
};

static const char option_help[] =
    "  --profile NAME     the profile of ~/.modal.toml to use, in place of the active one\n"
    "  --json             one object of JSON a line\n"
    "  --from-file FILE   lines of NAME=value, or one JSON object of texts; - is standard input\n"
    "  --force            replaces what is there\n"
    "  --recursive        all below it as well\n"
    "  --fs 1|2           the version of the volume's file system\n"
    "  --no-browser       prints the address, opens nothing\n";

static int print_help(void)
{
    printf(
        "usage: sandgate modal VERB\n\nThe account at Modal: login, secrets, volumes, published images.\n\n");
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
        char *left = xasprintf("%s%s%s %s", verbs[i].group ? verbs[i].group : "", verbs[i].group ? " " : "",
                               verbs[i].name, verbs[i].arguments);
        printf("  %s\n      %s\n", left, verbs[i].help);
        free(left);
    }
    printf("\n%s", option_help);
    return fflush(stdout) == 0 ? EXIT_FINE : EXIT_INTERNAL;
}

/* The row for the words, and how many of them name it. */
static const struct verb *find_verb(char **words, int count, int *taken)
{
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
        int first = verbs[i].group ? 1 : 0;
        *taken = first + 1;
        if (count >= *taken && (!first || strcmp(words[0], verbs[i].group) == 0) &&
            strcmp(words[first], verbs[i].name) == 0)
            return &verbs[i];
    }
    return NULL;
}

/* Takes one option; false: what it wants is wrong. */
static bool take_option(struct modal_face *face, int option)
{
    switch (option) {
    case 'p':
        face->profile = optarg;
        return *optarg;
    case 'i':
        face->from_file = optarg;
        return *optarg;
    case 'v':
        face->version = strcmp(optarg, "1") == 0 ? 1 : strcmp(optarg, "2") == 0 ? 2 : 0;
        return face->version;
    case 'b':
        face->no_browser = true;
        return true;
    case 'j':
        face->json = true;
        return true;
    case 'f':
        face->force = true;
        return true;
    default:
        face->recursive = true;
        return true;
    }
}

static const char *option_name(char letter)
{
    for (size_t i = 0; options[i].name; i++)
        if (options[i].val == letter)
            return options[i].name;
    return "";
}

static int run_verb(const struct verb *verb, struct modal_face *face)
{
    int code = EXIT_USAGE;

    if (modal_face_open(face, !verb->without_token))
        code = verb->run(face);
    modal_face_close(face);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "sandgate modal: standard output cannot be written: %s\n", strerror(errno));
        return code ? code : EXIT_INTERNAL;
    }
    return code;
}

/* GIVEN: letters of the options that were there. */
static int check_and_run(struct modal_face *face, const char *given, char **words, int count)
{
    int taken;
    const struct verb *verb = find_verb(words, count, &taken);

    if (!verb)
        return count ? modal_face_usage("There is no verb \"%s%s%s\"", words[0], count > 1 ? " " : "",
                                        count > 1 ? words[1] : "")
                     : modal_face_usage("A verb is missing");
    face->words = words + taken;
    face->count = count - taken;
    for (; *given; given++)
        if (!strchr(verb->options, *given))
            return modal_face_usage("%s takes no --%s", verb->name, option_name(*given));
    if (face->count < verb->least)
        return modal_face_usage("%s wants %s", verb->name, verb->arguments);
    if (verb->most >= 0 && face->count > verb->most)
        return modal_face_usage("\"%s\" is one argument too many", face->words[verb->most]);
    return run_verb(verb, face);
}

int face_modal(int argc, char **argv)
{
    struct modal_face face = { 0 };
    char given[32] = "";
    size_t count = 0;

    optind = 0; /* main has used getopt before */
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":h", options, NULL)) != -1;) {
        if (option == 'h')
            return print_help();
        if (option == ':' || option == '?')
            return modal_face_usage(option == ':' ? "%s wants a value" : "There is no option %s",
                                    argv[optind - 1]);
        if (!take_option(&face, option))
            return modal_face_usage("--%s does not take \"%s\"", option_name((char)option), optarg);
        if (count < sizeof given - 1)
            given[count++] = (char)option;
    }
    return check_and_run(&face, given, argv + optind, argc - optind);
}
