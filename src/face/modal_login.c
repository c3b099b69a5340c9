/* modal_login.c - sandgate modal login and whoami. */
#include "modal/login.h"

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "face/browser.h"
#include "face/modal_verbs.h"
#include "face/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- login --- */

struct login {
    struct modal_face *face;
    char *token_id, *token_secret, *workspace;
};

static void show_address(void *data, const char *url, const char *code)
{
    const struct login *login = data;
    char *visible_code = modal_face_visible(code);

    printf("Open this address in a browser and log in there:\n\n    %s\n\n", url);
    if (*code)
        printf("If the page asks for a code, it is %s.\n", visible_code);
    if (!login->face->no_browser && browser_open(url))
        puts("A browser was asked to open it.");
    puts("Waiting for the login. Ctrl-C gives up.");
    fflush(stdout);
    free(visible_code);
}

static void login_done(void *data, const struct modal_failure *failure, const char *token_id,
                       const char *token_secret, const char *workspace)
{
    struct login *login = data;

    modal_face_take(login->face, failure);
    login->token_id = xstrdup_or_null(token_id);
    login->token_secret = xstrdup_or_null(token_secret);
    login->workspace = xstrdup_or_null(workspace);
}

/* The profile that the token goes to: named, else the workspace's own. */
static const char *choose_profile(const struct login *login)
{
    const char *variable = getenv("MODAL_PROFILE");

    if (login->face->profile)
        return login->face->profile;
    if (variable && *variable)
        return variable;
    return *login->workspace ? login->workspace : "default";
}

static int save(const struct login *login)
{
    const struct modal_settings *settings = &login->face->settings;
    const char *profile = choose_profile(login);
    bool own_server = strcmp(settings->server_url, "https://api.modal.com") != 0;
    struct error error = ERROR_INIT;

    if (!modal_settings_save_token(settings->file, profile, login->token_id, login->token_secret,
                                   own_server ? settings->server_url : NULL, true, &error)) {
        modal_face_say("%s", error_message(&error));
        error_clear(&error);
        return EXIT_INTERNAL;
    }
    char *name = modal_face_visible(profile), *workspace = modal_face_visible(login->workspace);
    printf("Logged in%s%s. The token is in profile %s of %s, which is the active one now.\n",
           *workspace ? " to the workspace " : "", workspace, name, settings->file);
    if (getenv("MODAL_TOKEN_ID") && *getenv("MODAL_TOKEN_ID"))
        puts("MODAL_TOKEN_ID is set and goes before this file: unset it to use the new token.");
    free(name);
    free(workspace);
    return EXIT_FINE;
}

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

int modal_login_run(struct modal_face *face)
{
    static const struct modal_login_events events = { show_address, login_done };
    struct login login = { .face = face };
    bool fine = modal_face_wait(face, modal_login(face->client, &events, &login));
    int code = fine ? save(&login) : modal_face_failed(face);

    wipe(login.token_id);
    wipe(login.token_secret);
    free(login.workspace);
    return code;
}

/* --- whoami --- */

struct whoami {
    struct modal_face *face;
    char *workspace, *user, *token;
};

static void identified(void *data, const struct modal_failure *failure, const struct modal_identity *identity)
{
    struct whoami *whoami = data;

    modal_face_take(whoami->face, failure);
    if (failure)
        return;
    whoami->workspace = xstrdup_or_null(identity->workspace);
    whoami->user = xstrdup_or_null(identity->user);
    whoami->token = xstrdup_or_null(identity->token_name);
}

static void print_row(const char *name, const char *value)
{
    char *visible = modal_face_visible(value ? value : "");

    if (*visible)
        printf("%-12s %s\n", name, visible);
    free(visible);
}

static void print_identity(const struct whoami *whoami)
{
    const struct modal_settings *settings = &whoami->face->settings;
    const struct {
        const char *name, *key, *value;
    } rows[] = {
        { "workspace", "workspace", whoami->workspace },
        { "user", "user", whoami->user },
        { "token", "token_name", whoami->token },
        { "from", "token_source", settings->token_source },
        { "environment", "environment", settings->environment },
        { "server", "server", settings->server_url },
    };
    struct json *object = json_new_object();

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (whoami->face->json)
            json_set_text(object, rows[i].key, rows[i].value);
        else
            print_row(rows[i].name, rows[i].value);
    }
    if (whoami->face->json)
        modal_face_print(object);
    else
        json_free(object);
}

int modal_whoami_run(struct modal_face *face)
{
    struct whoami whoami = { .face = face };
    bool fine = modal_face_wait(face, modal_identify(face->client, identified, &whoami));

    if (fine)
        print_identity(&whoami);
    free(whoami.workspace);
    free(whoami.user);
    free(whoami.token);
    return fine ? EXIT_FINE : modal_face_failed(face);
}
