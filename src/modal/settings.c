/* settings.c - see settings.h.  One table of settings: key, type, default, field; the variable's name follows
 * from the key. */
#include "modal/settings.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/path.h"
#include "modal/toml.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES = 1 << 20 };

enum setting_kind { SETTING_TEXT, SETTING_SECONDS, SETTING_BOOLEAN };

struct setting {
    const char *key;
    enum setting_kind kind;
    const char *standard; /* what holds when nobody says anything; NULL: nothing */
    size_t offset;        /* of its field: char *, int64_t or bool */
};

#define FIELD(name) offsetof(struct modal_settings, name)

static const struct setting rows[] = {
    { "server_url", SETTING_TEXT, "https://api.modal.com", FIELD(server_url) },
    { "token_id", SETTING_TEXT, NULL, FIELD(token_id) },
    { "token_secret", SETTING_TEXT, NULL, FIELD(token_secret) },
    { "environment", SETTING_TEXT, "", FIELD(environment) },
    { "image_builder_version", SETTING_TEXT, NULL, FIELD(image_builder_version) },
    { "override_headers", SETTING_TEXT, NULL, FIELD(override_headers) },
    { "max_throttle_wait", SETTING_SECONDS, "-1", FIELD(max_throttle_wait) },
    { "sandbox_v2", SETTING_BOOLEAN, "1", FIELD(sandbox_v2) },
    { "force_build", SETTING_BOOLEAN, "0", FIELD(force_build) },
    { "ignore_cache", SETTING_BOOLEAN, "0", FIELD(ignore_cache) },
};

/* Where the settings are read from. */
struct sources {
    const char *const *environment;
    struct toml *toml;                /* NULL: there is no file */
    const struct toml_table *profile; /* NULL: the file has it not */
};

/* NULL when it is unset or empty. */
static const char *variable(const char *const *environment, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; environment[i]; i++)
        if (strncmp(environment[i], name, length) == 0 && environment[i][length] == '=')
            return environment[i][length + 1] ? environment[i] + length + 1 : NULL;
    return NULL;
}

static char *variable_name(const char *key)
{
    char *name = xasprintf("MODAL_%s", key);

    for (char *letter = name; *letter; letter++)
        *letter = (char)toupper((unsigned char)*letter);
    return name;
}

/* --- one value into its field --- */

/* Tokens, names and addresses go into headers: nothing else than printable ASCII may be in them. */
static bool is_printable(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
            return false;
    return true;
}

static void set_seconds(int64_t *field, const char *text)
{
    char *end;
    long long seconds = strtoll(text, &end, 10);
    bool wrong = *end || end == text || seconds < 0; /* as the official clients: no limit then */

    *field = wrong ? MODAL_THROTTLE_UNLIMITED : seconds;
}

static bool set_value(struct modal_settings *settings, const struct setting *row, const char *text,
                      const char *where, struct error *error)
{
    void *field = (char *)settings + row->offset;

    if (row->kind == SETTING_SECONDS) {
        set_seconds(field, text);
    } else if (row->kind == SETTING_BOOLEAN) {
        *(bool *)field = strcmp(text, "0") != 0 && strcasecmp(text, "false") != 0 && *text;
    } else if (!is_printable(text)) {
        return error_set(error,
                         "%s holds a character that cannot stand in it: letters, digits and "
                         "punctuation of ASCII alone can",
                         where);
    } else {
        *(char **)field = xstrdup(text);
    }
    return true;
}

static bool set_from_profile(struct modal_settings *settings, const struct setting *row,
                             const struct toml_entry *entry, struct error *error)
{
    char *where = xasprintf("%s, line %d: %s", settings->file, entry->line, row->key);
    bool fine = row->kind != SETTING_TEXT || entry->kind == TOML_TEXT;

    if (!fine)
        error_set(error, "%s must be a text in quotes", where);
    else if (entry->kind == TOML_BOOLEAN)
        fine = set_value(settings, row, entry->integer ? "1" : "0", where, error);
    else if (*entry->text || row->kind != SETTING_TEXT)
        fine = set_value(settings, row, entry->text, where, error);
    else
        fine = !row->standard || set_value(settings, row, row->standard, where, error);
    free(where);
    return fine;
}

static bool set_row(struct modal_settings *settings, const struct setting *row, const struct sources *sources,
                    struct error *error)
{
    char *name = variable_name(row->key);
    const char *text = variable(sources->environment, name);
    const struct toml_entry *entry = toml_entry(sources->profile, row->key);
    bool fine = true;

    if (text)
        fine = set_value(settings, row, text, name, error);
    else if (entry)
        fine = set_from_profile(settings, row, entry, error);
    else if (row->standard)
        fine = set_value(settings, row, row->standard, name, error);
    free(name);
    return fine;
}

/* --- the file and its profile --- */

static char *find_file(const char *const *environment)
{
    const char *named = variable(environment, "MODAL_CONFIG_PATH");
    const char *home = variable(environment, "HOME");
    char *folder = home ? xstrdup(home) : path_home();
    char *file = named ? xstrdup(named) : path_join(folder, ".modal.toml");

    free(folder);
    return file;
}

static struct toml *read_toml(const char *file, bool *exists, struct error *error)
{
    struct buffer text;
    struct error why = ERROR_INIT;
    struct toml *toml = NULL;

    buffer_init(&text, FILE_BYTES);
    *exists = path_read_file(file, &text, &why);
    if (*exists) {
        toml = toml_parse(text.data, text.length, error);
        if (!toml)
            error_prefix(error, "%s cannot be read", file);
    } else if (why.number != ENOENT) {
        error_set(error, "%s", error_message(&why));
    }
    explicit_bzero(text.data, text.length);
    buffer_release(&text);
    error_clear(&why);
    return toml;
}

/* The profile's name; NULL: more than one is active. Caller frees. */
static char *choose_profile(const struct sources *sources, const char *file, struct error *error)
{
    const char *named = variable(sources->environment, "MODAL_PROFILE"), *active = NULL;

    for (size_t i = 1; !named && sources->toml && i < sources->toml->count; i++) {
        const struct toml_table *table = &sources->toml->tables[i];
        if (!toml_true(table, "active"))
            continue;
        if (active) {
            error_set(error,
                      "%s has more than one profile with active = true: %s (line %d) is the second. "
                      "Leave it to one of them, or name one in MODAL_PROFILE",
                      file, table->name, table->line);
            return NULL;
        }
        active = table->name;
    }
    return xstrdup(named ? named : active ? active : "default");
}

/* --- the server's address --- */

/* The host in URL (without brackets) into HOST, and what follows it; NULL: not an address. */
static const char *split_host(const char *url, const char **host, size_t *length)
{
    const char *start = strstr(url, "://");
    const char *end;

    if (!start)
        return NULL;
    start += 3;
    bool six = *start == '[';
    *host = start + six;
    *length = strspn(*host, six ? "0123456789abcdefABCDEF:."
                                : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
                                  "UVWXYZ0123456789.-");
    end = *host + *length;
    if (!*length || (six && *end != ']'))
        return NULL;
    return end + six;
}

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits > 0 && digits < 6 && !text[digits] && atoi(text) > 0 && atoi(text) < 65536;
}

/* "https://host[:port]", and http:// on this machine alone; a slash at the end is cut off. */
static bool check_server(struct modal_settings *settings, struct error *error)
{
    char *url = settings->server_url;
    size_t length = strlen(url), host_length;
    const char *host, *rest;

    if (length && url[length - 1] == '/')
        url[length - 1] = '\0';
    bool secure = strncmp(url, "https://", 8) == 0, plain = strncmp(url, "http://", 7) == 0;
    rest = secure || plain ? split_host(url, &host, &host_length) : NULL;
    if (!rest || (*rest && (*rest != ':' || !is_port(rest + 1))))
        return error_set(
            error, "server_url (MODAL_SERVER_URL) must be https://HOST or https://HOST:PORT, not \"%s\"",
            url);
    if (plain && !modal_settings_local(settings))
        return error_set(error,
                         "server_url (MODAL_SERVER_URL) %s: http:// is for a server on this machine "
                         "alone, because the token would travel readable. Write https://",
                         url);
    return true;
}

bool modal_settings_local(const struct modal_settings *settings)
{
    static const char *const locals[] = { "localhost", "127.0.0.1", "::1", "172.21.0.1" };
    const char *host;
    size_t length;

    if (!split_host(settings->server_url, &host, &length))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(locals); i++)
        if (strlen(locals[i]) == length && strncmp(host, locals[i], length) == 0)
            return true;
    return false;
}

/* --- the token --- */

/* The file as a person calls it. Caller frees. */
static char *file_for_people(const struct modal_settings *settings, const char *const *environment)
{
    const char *home = variable(environment, "HOME");
    size_t length = home ? strlen(home) : 0;

    if (length && strncmp(settings->file, home, length) == 0 && settings->file[length] == '/')
        return xasprintf("~%s", settings->file + length);
    return xstrdup(settings->file);
}

static void find_token_source(struct modal_settings *settings, const char *const *environment)
{
    bool id = variable(environment, "MODAL_TOKEN_ID"), secret = variable(environment, "MODAL_TOKEN_SECRET");
    char *file = file_for_people(settings, environment);

    if (!settings->token_id || !settings->token_secret)
        settings->token_source = NULL;
    else if (id && secret)
        settings->token_source = xstrdup("MODAL_TOKEN_ID");
    else if (id || secret)
        settings->token_source = xasprintf(
            "%s and profile %s of %s", id ? "MODAL_TOKEN_ID" : "MODAL_TOKEN_SECRET", settings->profile, file);
    else
        settings->token_source = xasprintf("profile %s of %s", settings->profile, file);
    free(file);
    if (settings->token_secret)
        log_secret(settings->token_secret);
    if (settings->token_id)
        log_secret(settings->token_id);
}

/* What there is instead of the profile in use: for the sentence alone, so the file is read once more. */
static char *profiles_of(const struct modal_settings *settings)
{
    struct buffer names = BUFFER_INIT;
    bool exists;
    struct toml *toml = read_toml(settings->file, &exists, NULL);

    for (size_t i = 1; toml && i < toml->count; i++)
        buffer_append_format(&names, "%s%s", i > 1 ? ", " : "", toml->tables[i].name);
    bool there = toml && toml_table(toml, settings->profile);
    toml_free(toml);
    if (there)
        buffer_release(&names);
    return buffer_detach(&names);
}

char *modal_settings_token_missing(const struct modal_settings *settings)
{
    static const char remedy[] =
        "`sandgate modal login` gets one, or set MODAL_TOKEN_ID and MODAL_TOKEN_SECRET";
    char *names, *sentence;

    if (settings->token_id && settings->token_secret)
        return NULL;
    if (settings->token_id || settings->token_secret)
        return xasprintf(
            "The Modal token is not whole: there is a %s without a %s (variables MODAL_TOKEN_ID and "
            "MODAL_TOKEN_SECRET, profile %s of %s). Set both",
            settings->token_id ? "token id" : "token secret",
            settings->token_id ? "token secret" : "token id", settings->profile, settings->file);
    if (!settings->file_exists)
        return xasprintf("There is no Modal token: %s does not exist. %s", settings->file, remedy);
    names = profiles_of(settings);
    if (*names)
        sentence = xasprintf("There is no Modal token: %s has no profile %s (it has %s). Name one of them in "
                             "MODAL_PROFILE, or give it active = true",
                             settings->file, settings->profile, names);
    else
        sentence = xasprintf("There is no Modal token in profile %s of %s. %s", settings->profile,
                             settings->file, remedy);
    free(names);
    return sentence;
}

/* --- all of it --- */

bool modal_settings_read(struct modal_settings *settings, const char *const *environment, struct error *error)
{
    struct sources sources = { .environment = environment };
    struct error why = ERROR_INIT;
    bool fine = true;

    *settings = (struct modal_settings){ .file = find_file(environment) };
    sources.toml = read_toml(settings->file, &settings->file_exists, &why);
    if (!why.message)
        settings->profile = choose_profile(&sources, settings->file, &why);
    if (settings->profile && sources.toml)
        sources.profile = toml_table(sources.toml, settings->profile);
    for (size_t i = 0; fine && !why.message && i < ARRAY_SIZE(rows); i++)
        fine = set_row(settings, &rows[i], &sources, &why);
    if (!why.message)
        fine = check_server(settings, &why);
    if (!why.message)
        find_token_source(settings, environment);
    toml_free(sources.toml);
    fine = !why.message || error_set(error, "%s", error_message(&why));
    error_clear(&why);
    if (!fine)
        modal_settings_release(settings);
    return fine;
}

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void modal_settings_release(struct modal_settings *settings)
{
    free(settings->file);
    free(settings->profile);
    free(settings->token_source);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].kind == SETTING_TEXT)
            wipe(*(char **)((char *)settings + rows[i].offset));
    *settings = (struct modal_settings){ 0 };
}
