/* policy.c - `sandgate policy VERB`: a row of a table per verb, and the options that they share. */
#include "face/policy.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/visible.h"
#include "face/policy_verbs.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const struct verb {
    const char *name, *arguments, *help;
    int least, most; /* words behind the verb */
    int (*run)(const struct policy_options *options, char **words, int count);
} verbs[] = {
    { "check", "[OPTION ...] [COMMAND]", "the verdict on a command, or whether the rules have errors", 0, 1,
      policy_check },
    { "list", "[OPTION ...]", "the rules in force", 0, 0, policy_list },
    { "test", "[OPTION ...]", "every example of the rules, and the shipped corpus of commands", 0, 0,
      policy_test },
    { "diff", "[OPTION ...] OLD NEW", "which commands of the log and the corpus change their verdict", 2, 2,
      policy_diff },
};

static const struct {
    const char *name, *argument, *help;
} rows[] = {
    { "rules", "FILE", "Only the rules of FILE and the floor: no profile, nobody's configuration." },
    { "profile", "NAME", "This profile in place of the configured one." },
    { "project", "DIR", "The folder whose .sandgate.yaml is read; default: the current one." },
    { "cwd", "DIR", "The command's working directory; default: the workspace." },
    { "workspace", "DIR", "Default: /workspace, or as configured." },
    { "home", "DIR", "Default: /root." },
    { "json", NULL, "The verdict as a JSON object." },
    { "batch", NULL, "Reads a JSON object a line, {\"command\": ..., \"cwd\": ...}, and answers each." },
    { "commands", "FILE", "diff: the commands of FILE, one a line, in place of log and corpus." },
};

static int print_help(void)
{
    printf("usage: sandgate policy VERB\n\n");
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
        printf("  %-6s %-23s %s\n", verbs[i].name, verbs[i].arguments, verbs[i].help);
    printf("\n");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        printf("  --%s%s%-*s %s\n", rows[i].name, rows[i].argument ? " " : "",
               (int)(20 - strlen(rows[i].name) - (rows[i].argument ? 1 : 0)),
               rows[i].argument ? rows[i].argument : "", rows[i].help);
    printf("\nCOMMAND is one argument, as a shell would read it; \"-\" takes it from standard input.\n"
           "Taken for granted: no network, no secrets, the image's own programs, no program in git's configuration; a\n"
           "session looks into its sandbox and asks where that is not so.\n"
           "Exit status of check: 0 allow, 10 ask, 20 deny, 2 an error in rules or usage.\n");
    return POLICY_FINE;
}

int policy_fail(struct error *error, int code)
{
    struct buffer safe = BUFFER_INIT;
    const char *text = error_message(error);

    visible_text(&safe, text, strlen(text));
    fprintf(stderr, "%s\n", safe.data);
    buffer_release(&safe);
    error_clear(error);
    return code;
}

static int wrong_usage(const char *format, const char *value)
{
    struct buffer safe = BUFFER_INIT;

    buffer_append_text(&safe, "sandgate policy: ");
    struct error error = ERROR_INIT;
    error_set(&error, format, value); /* the formats are those below */
    visible_line(&safe, error_message(&error), strlen(error_message(&error)));
    fprintf(stderr, "%s; see sandgate policy --help\n", safe.data);
    error_clear(&error);
    buffer_release(&safe);
    return POLICY_USAGE;
}

static int run_verb(const struct policy_options *options, char **words, int count)
{
    const struct verb *verb = NULL;

    if (!count)
        return wrong_usage("a %s is missing", "verb");
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
        if (strcmp(verbs[i].name, words[0]) == 0)
            verb = &verbs[i];
    if (!verb)
        return wrong_usage("there is no verb \"%s\"", words[0]);
    if (count - 1 < verb->least)
        return wrong_usage("%s wants more arguments", verb->name);
    if (verb->run == policy_test && count > 1)
        return wrong_usage("test judges the shipped corpus; sandgate policy check judges \"%s\"", words[1]);
    if (count - 1 > verb->most)
        return wrong_usage("\"%s\" is one argument too many; a command is one argument, in quotes",
                           words[verb->most + 1]);
    return verb->run(options, words + 1, count - 1);
}

static void take_option(struct policy_options *options, int row)
{
    const struct {
        const char **text;
        bool *flag;
    } places[ARRAY_SIZE(rows)] = {
        { &options->rules, NULL }, { &options->profile, NULL },   { &options->project, NULL },
        { &options->cwd, NULL },   { &options->workspace, NULL }, { &options->home, NULL },
        { NULL, &options->json },  { NULL, &options->batch },     { &options->commands, NULL },
    };

    if (places[row].text)
        *places[row].text = optarg;
    else
        *places[row].flag = true;
}

int face_policy(int argc, char **argv)
{
    struct option long_options[ARRAY_SIZE(rows) + 2] = { 0 };
    struct policy_options options = { 0 };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        long_options[i] = (struct option){ rows[i].name, rows[i].argument ? required_argument : no_argument,
                                           NULL, 256 + (int)i };
    long_options[ARRAY_SIZE(rows)] = (struct option){ "help", no_argument, NULL, 'h' };
    optind = 0; /* main may have used getopt before */
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1;) {
        if (option == 'h')
            return print_help();
        if (option == ':')
            return wrong_usage("%s wants a value", argv[optind - 1]);
        if (option < 256)
            return wrong_usage("there is no option %s; a command is one argument, in quotes",
                               optopt ? (char[]){ '-', (char)optopt, 0 } : argv[optind - 1]);
        take_option(&options, option - 256);
    }
    return run_verb(&options, argv + optind, argc - optind);
}
