/* options.c - the option table: every option of the program is one row here.
 *
 * The reader of files, the flags, the environment, `sandgate config` and the test of sandgate.yaml(5) all use
 * these rows; a new option is a new row and a paragraph in the manual. */
#include "conf/options.h"

#include "base/memory.h"

#include <string.h>

#define KIB 1024.0
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)
#define SECOND 1000.0
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const struct option options[] = {
    { "model.provider", OPTION_CHOICE, "openai", .choices = "openai replay", .project = PROJECT_NOTHING,
      .help =
          "How the model is reached: openai is any server with the chat completions interface, replay is a "
          "recorded script." },
    { "model.url", OPTION_URL, .environment = "SANDGATE_MODEL_URL", .flag = "--model-url",
      .project = PROJECT_NOTHING,
      .help = "The base of the server, up to and including /v1; tried without it when that answers 404." },
    { "model.name", OPTION_TEXT, .environment = "SANDGATE_MODEL", .flag = "--model",
      .project = PROJECT_NOTHING,
      .help = "The model as the server names it. Unset: the server is asked, and a single model is taken." },
    { "model.api_key", OPTION_TEXT, .environment = "SANDGATE_API_KEY", .project = PROJECT_NOTHING,
      .secret = true, .bound = true,
      .help =
          "The key that the server wants, sent as a bearer token. A self-hosted server often wants none." },
    { "model.api_key_command", OPTION_TEXT, .project = PROJECT_NEVER, .bound = true,
      .help = "A shell command of the host that prints the key, for a password manager." },
    { "model.script", OPTION_PATH, .project = PROJECT_NOTHING,
      .help = "The recorded script that the replay provider plays." },
    { "model.max_tokens", OPTION_INTEGER, .minimum = 1, .maximum = 10000000, .project = PROJECT_TIGHTEN,
      .help = "The most tokens of one answer. Unset: the server decides." },
    { "model.temperature", OPTION_NUMBER, .minimum = 0, .maximum = 2, .project = PROJECT_SET,
      .help = "How freely the model chooses its words. Unset: the server decides." },
    { "model.context_length", OPTION_INTEGER, .minimum = 1024, .maximum = 100000000,
      .project = PROJECT_TIGHTEN,
      .help = "How many tokens a request and its answer may have together. Unset: the server is asked." },
    { "model.extra_body", OPTION_OBJECT, .project = PROJECT_NOTHING,
      .help = "Members that are added to the body of each request as they are." },
    { "model.headers", OPTION_MAP, .project = PROJECT_NOTHING, .secret = true, .bound = true,
      .help = "HTTP headers that are added to each request, such as the tokens of a proxy." },
    { "model.connect_timeout", OPTION_SPAN, "10s", .minimum = 100, .maximum = HOUR,
      .project = PROJECT_TIGHTEN, .help = "How long a connection to the server may take to be made." },
    { "model.first_byte_timeout", OPTION_SPAN, "10m", .minimum = SECOND, .maximum = DAY,
      .project = PROJECT_TIGHTEN, .help = "How long the server may take to the first byte of its answer." },
    { "model.silence_timeout", OPTION_SPAN, "5m", .minimum = SECOND, .maximum = DAY,
      .project = PROJECT_TIGHTEN, .help = "How long the server may be silent in the midst of an answer." },
    { "model.start_timeout", OPTION_SPAN, "10m", .maximum = DAY, .project = PROJECT_TIGHTEN,
      .help = "How long a server that is still starting is waited for." },
    { "model.max_retries", OPTION_INTEGER, "5", .maximum = 100, .project = PROJECT_TIGHTEN,
      .help = "How often a request that failed before its first byte is sent again." },

    { "agent.max_turns", OPTION_INTEGER, "50", .flag = "--max-turns", .minimum = 1, .maximum = 100000,
      .project = PROJECT_TIGHTEN, .help = "The most requests to the model for one prompt." },
    { "agent.max_time", OPTION_SPAN, "0", .flag = "--max-time", .maximum = 30 * DAY,
      .project = PROJECT_TIGHTEN, .zero_is_none = true,
      .help = "The longest time one prompt may take, waiting for the person not counted. 0 is no limit." },
    { "agent.max_tokens_per_prompt", OPTION_INTEGER, "0", .maximum = 1e12, .project = PROJECT_TIGHTEN,
      .zero_is_none = true, .help = "The most tokens, in and out, that one prompt may use. 0 is no limit." },
    { "agent.output_limit", OPTION_SIZE, "32K", .minimum = KIB, .maximum = 16 * MIB,
      .project = PROJECT_TIGHTEN,
      .help = "How much of a call's output the model is given; the middle of a longer one is left out." },
    { "agent.instructions", OPTION_BOOLEAN, "true", .project = PROJECT_TIGHTEN,
      .help = "Whether AGENTS.md (else CLAUDE.md) of the workspace is added to the prompt." },

    { "policy.profile", OPTION_CHOICE, "careful", .choices = "locked careful sandboxed",
      .project = PROJECT_TIGHTEN,
      .help = "What stands behind the rules: locked asks for everything, careful for all but plain reading, "
              "sandboxed for what could leave the sandbox's workspace." },
    { "policy.rules", OPTION_RULES, .project = PROJECT_TIGHTEN, .file_only = true,
      .help = "What is allowed, asked for and denied." },
    { "policy.files", OPTION_LIST, .project = PROJECT_NEVER, .file_only = true,
      .help = "Files with more rules." },

    { "approval.mode", OPTION_CHOICE, "careful", .flag = "--approve",
      .choices = "locked careful sandboxed auto", .project = PROJECT_TIGHTEN,
      .help =
          "A profile of policy.profile for this run, or auto, which runs all but what the policy denies." },
    { "approval.key_guard", OPTION_SPAN, "400ms", .maximum = 10 * SECOND, .project = PROJECT_NOTHING,
      .help = "How long a card that has just got the focus ignores keys, and how long a letter must stay alone "
              "to decide." },
    { "approval.focus_wait", OPTION_SPAN, "1s", .maximum = MINUTE, .project = PROJECT_NOTHING,
      .help = "How long no key must have come before a card takes the focus by itself." },

    { "terminal.backend", OPTION_CHOICE, "bubblewrap", .flag = "--backend", .choices = "bubblewrap modal",
      .project = PROJECT_NOTHING,
      .help = "The sandbox that calls run in: bubblewrap is on this machine, modal is a Modal Sandbox." },
    { "terminal.cwd", OPTION_FOLDER, "/workspace", .project = PROJECT_NOTHING,
      .help =
          "The workspace inside the sandbox: the folder that the project is copied to and each call starts "
          "in." },
    { "terminal.modal_image", OPTION_TEXT, "debian_slim", .flag = "--image", .project = PROJECT_NOTHING,
      .help =
          "What a Modal Sandbox is made from: a tag of a registry, debian_slim, debian_slim:3.12, im-..., "
          "or name:NAME for a published image." },
    { "terminal.container_cpu", OPTION_NUMBER, "1", .maximum = 1024, .project = PROJECT_TIGHTEN,
      .help = "The processors that a Modal Sandbox is given, such as 0.5." },
    { "terminal.container_memory", OPTION_INTEGER, "5120", .maximum = 16777216, .project = PROJECT_TIGHTEN,
      .help = "The memory that a Modal Sandbox is given, in MiB." },
    { "terminal.container_disk", OPTION_INTEGER, "51200", .maximum = 16777216, .project = PROJECT_TIGHTEN,
      .help = "The disk of a Modal Sandbox, in MiB. Modal gives what it gives; only another number than the "
              "default is asked for." },
    { "terminal.network", OPTION_BOOLEAN, "false", .project = PROJECT_TIGHTEN,
      .help = "Whether the sandbox reaches the network. The host itself and private addresses stay out of "
              "reach." },
    { "terminal.env_passthrough", OPTION_LIST, .project = PROJECT_NOTHING, .variables = true,
      .help = "Names of variables that the sandbox gets from the environment of sandgate." },
    { "terminal.env", OPTION_MAP, .project = PROJECT_NOTHING, .variables = true,
      .help = "Variables that the sandbox gets, with their values." },
    { "terminal.memory", OPTION_SIZE, "2G", .minimum = 16 * MIB, .maximum = 16 * TIB,
      .project = PROJECT_TIGHTEN, .help = "The most memory of the sandbox." },
    { "terminal.processes", OPTION_INTEGER, "512", .minimum = 16, .maximum = 4194304,
      .project = PROJECT_TIGHTEN, .help = "The most processes and threads of the sandbox." },
    { "terminal.file_size", OPTION_SIZE, "1G", .minimum = MIB, .maximum = 16 * TIB,
      .project = PROJECT_TIGHTEN, .help = "The largest file that the sandbox may write." },
    { "terminal.cpu", OPTION_NUMBER, "0", .maximum = 1024, .project = PROJECT_TIGHTEN, .zero_is_none = true,
      .help = "How many processors the sandbox may use, such as 0.5. 0 is what the backend gives." },
    { "terminal.timeout", OPTION_SPAN, "2m", .minimum = SECOND, .maximum = DAY, .project = PROJECT_TIGHTEN,
      .help = "How long a command may run when the model names no time." },
    { "terminal.max_timeout", OPTION_SPAN, "30m", .minimum = SECOND, .maximum = DAY,
      .project = PROJECT_TIGHTEN, .help = "The longest time that the model may name for a command." },
    { "terminal.output_spool_max", OPTION_SIZE, "1G", .minimum = MIB, .maximum = 16 * TIB,
      .project = PROJECT_TIGHTEN, .help = "How much output of a call is kept on disk." },
    { "terminal.file_sync_enabled", OPTION_BOOLEAN, "true", .project = PROJECT_TIGHTEN,
      .help = "Whether the folder is copied into the sandbox's workspace at the start." },
    { "terminal.file_sync_max_mb", OPTION_INTEGER, "100", .minimum = 1, .maximum = 100000,
      .project = PROJECT_TIGHTEN,
      .help = "How many megabytes of the folder are copied at most; what was left out is said." },

    { "terminal.container_persistent", OPTION_BOOLEAN, "false", .project = PROJECT_NOTHING,
      .help =
          "Whether the sandbox's files outlive it: a snapshot is taken when it ends, and the next session of "
          "the folder starts from it." },
    { "terminal.on_quit", OPTION_CHOICE, "terminate", .choices = "terminate keep snapshot",
      .project = PROJECT_NOTHING,
      .help = "What becomes of a sandbox that can live without sandgate when you quit: it is ended, kept, or "
              "kept "
              "as a snapshot and ended." },
    { "terminal.on_timeout", OPTION_CHOICE, "snapshot", .choices = "snapshot ask nothing",
      .project = PROJECT_NOTHING,
      .help = "What happens before the sandbox's provider ends it: a snapshot is taken, you are asked, or "
              "nothing." },

    { "modal.app", OPTION_TEXT, "sandgate", .project = PROJECT_NOTHING,
      .help = "The app at Modal that the sandboxes belong to; made when it is missing." },
    { "modal.apt", OPTION_LIST, .project = PROJECT_NOTHING, .help = "Debian packages that the image gets." },
    { "modal.pip", OPTION_LIST, .project = PROJECT_NOTHING,
      .help = "Python packages that the image gets, by pip." },
    { "modal.uv", OPTION_LIST, .project = PROJECT_NOTHING,
      .help = "Python packages that the image gets, by uv." },
    { "modal.npm", OPTION_LIST, .project = PROJECT_NOTHING,
      .help = "Node packages that the image gets, global ones." },
    { "modal.dockerfile", OPTION_LIST, .project = PROJECT_NOTHING,
      .help = "Lines of a Dockerfile that are added to the image as they are." },
    { "modal.run", OPTION_LIST, .project = PROJECT_NOTHING,
      .help = "Shell commands that are run while the image is built." },
    { "modal.image_env", OPTION_MAP, .project = PROJECT_NOTHING,
      .help = "Variables of the image; commands of the model do not get them." },
    { "modal.image_workdir", OPTION_FOLDER, .project = PROJECT_NOTHING,
      .help = "The folder of the image that its build goes on in." },
    { "modal.files", OPTION_MAP, .project = PROJECT_NOTHING,
      .help =
          "Files and folders of this machine that are added to the image: the path here, and the absolute "
          "path there." },
    { "modal.build_secrets", OPTION_LIST, .project = PROJECT_NOTHING,
      .help = "Names of secrets at Modal whose variables the build of the image gets." },
    { "modal.registry_secret", OPTION_TEXT, .project = PROJECT_NOTHING,
      .help = "The secret at Modal that holds the login of a private registry." },
    { "modal.registry_kind", OPTION_CHOICE, "basic", .choices = "basic aws gcp", .project = PROJECT_NOTHING,
      .help = "How that registry wants it: user name and password, AWS, or Google Cloud." },
    { "modal.force_build", OPTION_BOOLEAN, "false", .project = PROJECT_NOTHING,
      .help = "Whether the image is built anew although Modal has it." },
    { "modal.gpu", OPTION_TEXT, .flag = "--gpu", .project = PROJECT_NOTHING,
      .help = "The GPU that the sandbox is given, such as T4 or H100:2. Such sandboxes are of the first "
              "version." },
    { "modal.version", OPTION_CHOICE, "auto", .choices = "auto v1 v2", .project = PROJECT_NOTHING,
      .help =
          "Which of Modal's two kinds of sandboxes is made: auto is the second, and the first for a GPU." },
    { "modal.cpu_limit", OPTION_NUMBER, "0", .maximum = 1024, .zero_is_none = true,
      .project = PROJECT_TIGHTEN, .help = "The most processors that the sandbox may use. 0 is no limit." },
    { "modal.memory_limit", OPTION_INTEGER, "0", .maximum = 16777216, .zero_is_none = true,
      .project = PROJECT_TIGHTEN,
      .help = "The most memory that the sandbox may use, in MiB. 0 is no limit." },
    { "modal.timeout", OPTION_SPAN, "1h", .minimum = 10 * SECOND, .maximum = DAY, .project = PROJECT_TIGHTEN,
      .help = "How long Modal lets the sandbox live." },
    { "modal.idle_timeout", OPTION_SPAN, "0", .maximum = DAY, .zero_is_none = true,
      .project = PROJECT_TIGHTEN,
      .help = "After how long without anything to do Modal ends the sandbox. 0 is never." },
    { "modal.snapshot_ttl", OPTION_SPAN, "30d", .minimum = HOUR, .maximum = 3650 * DAY,
      .project = PROJECT_TIGHTEN, .help = "How long Modal keeps a snapshot." },
    { "modal.domains", OPTION_LIST, .project = PROJECT_NOTHING,
      .help = "The only domains that the sandbox reaches, such as pypi.org or *.example.com; with this or "
              "cidrs the rest of the network is closed." },
    { "modal.cidrs", OPTION_LIST, .project = PROJECT_NOTHING,
      .help = "The only address ranges that the sandbox reaches, such as 10.1.0.0/16." },
    { "modal.inbound_cidrs", OPTION_LIST, .project = PROJECT_NOTHING,
      .help = "Address ranges that may reach the sandbox's ports. None: all may." },
    { "modal.ports", OPTION_LIST, .project = PROJECT_NOTHING,
      .help = "Ports of the sandbox that can be reached from outside: \"8080\", \"8080/http2\", or "
              "\"5432/tcp\" without TLS." },
    { "modal.secrets", OPTION_LIST, .project = PROJECT_NOTHING,
      .help =
          "Names of secrets at Modal whose variables are in the sandbox; commands of the model do not get "
          "them by themselves." },
    { "modal.volumes", OPTION_LIST, .project = PROJECT_NOTHING,
      .help = "Volumes at Modal: NAME:/path, NAME/folder/of/it:/path, and :ro at the end to keep them from "
              "being written." },
    { "modal.buckets", OPTION_OBJECT, .project = PROJECT_NOTHING,
      .help = "Cloud buckets by the path they appear at, each with bucket, and if need be secret, endpoint, "
              "prefix, role, read_only, requester_pays, force_path_style." },
    { "modal.region", OPTION_LIST, .project = PROJECT_NOTHING,
      .help = "Regions that the sandbox may be in." },
    { "modal.cloud", OPTION_TEXT, .project = PROJECT_NOTHING,
      .help = "The cloud that the sandbox must be in: aws, gcp, oci, auto." },
    { "modal.proxy", OPTION_TEXT, .project = PROJECT_NOTHING,
      .help = "The proxy at Modal that gives the sandbox's connections a fixed address." },
    { "modal.name", OPTION_TEXT, .project = PROJECT_NOTHING,
      .help = "The name of the sandbox; only one that runs can have it." },
    { "modal.tags", OPTION_MAP, .project = PROJECT_NOTHING, .help = "Tags of the sandbox, to find it by." },
    { "modal.probe_port", OPTION_INTEGER, "0", .maximum = 65535, .zero_is_none = true,
      .project = PROJECT_NOTHING,
      .help = "The sandbox is ready when this port of it can be connected to. 0 is no such test." },
    { "modal.probe_command", OPTION_LIST, .project = PROJECT_NOTHING,
      .help = "The sandbox is ready when this program and its arguments exit with 0." },
    { "modal.probe_interval", OPTION_SPAN, "100ms", .minimum = 10, .maximum = MINUTE,
      .project = PROJECT_NOTHING, .help = "How often the test of readiness is made." },
    { "modal.verbose", OPTION_BOOLEAN, "false", .project = PROJECT_NOTHING,
      .help = "Whether Modal writes what is run in the sandbox to the sandbox's log." },
    { "modal.experimental", OPTION_MAP, .project = PROJECT_NOTHING,
      .help = "Experimental options of Modal, as they are." },

    { "ui.theme", OPTION_PATH, "dark", .flag = "--theme",
      .choices = "dark light high-contrast colour-blind mono", .project = PROJECT_NOTHING,
      .help = "The colours: a theme of the program, or the path of a theme file." },
    { "ui.mouse", OPTION_BOOLEAN, "true", .project = PROJECT_SET,
      .help = "Whether the mouse is used; with it on, hold Shift to select text in the terminal." },
    { "ui.files", OPTION_BOOLEAN, "true", .project = PROJECT_SET,
      .help = "Whether the files pane is shown at the start." },
    { "ui.editing", OPTION_CHOICE, "emacs", .choices = "emacs vi", .project = PROJECT_NOTHING,
      .help = "The keys of the composer." },
    { "ui.bell", OPTION_BOOLEAN, "true", .project = PROJECT_NOTHING,
      .help = "Whether the terminal's bell rings when an approval waits." },
    { "ui.notify", OPTION_CHOICE, "osc9", .choices = "osc9 osc777 off", .project = PROJECT_NOTHING,
      .help = "How the terminal is asked to show a notification when an approval waits and its window has "
              "not the "
              "focus." },
    { "ui.frame_rate", OPTION_INTEGER, "60", .minimum = 1, .maximum = 240, .project = PROJECT_TIGHTEN,
      .help = "How often the screen is painted at most, a second." },
};

enum { NAME_BYTES = 64 }; /* longer names are near to nothing */

const struct option *conf_options(size_t *count)
{
    *count = ARRAY_SIZE(options);
    return options;
}

const struct option *conf_option(const char *path)
{
    for (size_t i = 0; i < ARRAY_SIZE(options); i++)
        if (strcmp(options[i].path, path) == 0)
            return &options[i];
    return NULL;
}

size_t option_index(const struct option *option)
{
    return (size_t)(option - options);
}

const struct option *option_with_flag(const char *flag)
{
    for (size_t i = 0; i < ARRAY_SIZE(options); i++)
        if (options[i].flag && strcmp(options[i].flag, flag) == 0)
            return &options[i];
    return NULL;
}

bool option_is_section(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < ARRAY_SIZE(options); i++)
        if (strncmp(options[i].path, path, length) == 0 && options[i].path[length] == '.')
            return true;
    return false;
}

const char *option_type_name(enum option_type type)
{
    static const char *const names[] = {
        [OPTION_TEXT] = "text",       [OPTION_URL] = "URL",       [OPTION_PATH] = "path",
        [OPTION_FOLDER] = "folder",   [OPTION_CHOICE] = "choice", [OPTION_BOOLEAN] = "true or false",
        [OPTION_INTEGER] = "integer", [OPTION_NUMBER] = "number", [OPTION_SIZE] = "size",
        [OPTION_SPAN] = "time",       [OPTION_LIST] = "list",     [OPTION_MAP] = "map",
        [OPTION_OBJECT] = "object",   [OPTION_RULES] = "rules",
    };
    return names[type];
}

const char *option_project_name(enum option_project project)
{
    static const char *const names[] = {
        [PROJECT_NEVER] = "never",
        [PROJECT_NOTHING] = "nothing",
        [PROJECT_TIGHTEN] = "tighten",
        [PROJECT_SET] = "set",
    };
    return names[project];
}

/* --- choices --- */

/* The next word of *LIST, NULL at the end; *LENGTH its bytes. */
static const char *next_word(const char **list, size_t *length)
{
    const char *word = *list + strspn(*list, " ");
    *length = strcspn(word, " ");
    *list = word + *length;
    return *length ? word : NULL;
}

int option_choice(const char *choices, const char *text)
{
    size_t length;
    const char *word;
    for (int i = 0; (word = next_word(&choices, &length)); i++)
        if (strlen(text) == length && memcmp(word, text, length) == 0)
            return i;
    return -1;
}

/* --- what was meant --- */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* How many letters must be put in, taken out, changed or swapped with their neighbour to make A of B. */
static unsigned distance(const char *a, const char *b, size_t b_length)
{
    unsigned rows[3][NAME_BYTES + 1];
    size_t a_length = strlen(a);
    if (a_length > NAME_BYTES || b_length > NAME_BYTES)
        return NAME_BYTES;
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *above_that = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], above_that[j - 2] + 1, row[j]);
        }
    }
    return rows[a_length % 3][b_length];
}

/* A third of the letters wrong is still a slip; more is another word. */
static unsigned slip(size_t length)
{
    return length < 4 ? 1 : (unsigned)(length / 3 < 4 ? length / 3 : 4);
}

bool option_nearest_choice(const char *choices, const char *text, char *word, size_t word_size)
{
    unsigned best = slip(strlen(text)) + 1;
    size_t length;
    for (const char *at = next_word(&choices, &length); at; at = next_word(&choices, &length)) {
        unsigned far = distance(text, at, length);
        if (far >= best || length >= word_size)
            continue;
        best = far;
        memcpy(word, at, length);
        word[length] = '\0';
    }
    return best <= slip(strlen(text));
}

static const char *last_name(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

/* The right name in the wrong section, or in none. */
static const char *same_name_elsewhere(const char *path)
{
    for (size_t i = 0; i < ARRAY_SIZE(options); i++)
        if (strcmp(last_name(options[i].path), last_name(path)) == 0)
            return options[i].path;
    return NULL;
}

static bool nearest_section(const char *path, unsigned *best, char *section, size_t section_size)
{
    bool found = false;
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        size_t length = strcspn(options[i].path, ".");
        unsigned far = distance(path, options[i].path, length);
        if (far >= *best || length >= section_size)
            continue;
        *best = far;
        memcpy(section, options[i].path, length);
        section[length] = '\0';
        found = true;
    }
    return found;
}

const char *option_nearest(const char *path, char *section, size_t section_size)
{
    const char *meant = same_name_elsewhere(path);
    if (meant)
        return meant;
    /* The section is a given, so only the name's own letters count as room for a slip. */
    unsigned best = slip(strlen(last_name(path))) + 1;
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        unsigned far = distance(path, options[i].path, strlen(options[i].path));
        if (far < best) {
            best = far;
            meant = options[i].path;
        }
    }
    if (!strchr(path, '.') && nearest_section(path, &best, section, section_size))
        return section;
    return meant;
}
