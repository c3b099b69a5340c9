/* setup.c - see setup.h.  Nothing here is fast enough to matter but the order: what costs time (HTTP) is
 * started by the first use. */
#include "face/setup.h"

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/conf.h"
#include "loop/loop.h"
#include "store/store.h"
#include "wire/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char no_model[] =
    "No model is configured. Three ways to set one:\n"
    "  1. environment:   SANDGATE_MODEL_URL=http://localhost:8000/v1 sandgate\n"
    "  2. command line:  sandgate --model-url http://localhost:8000/v1 [--model NAME]\n"
    "  3. file:          ~/.config/sandgate/sandgate.yaml with\n"
    "                        model:\n"
    "                          url: http://localhost:8000/v1\n"
    "A server that wants a key finds it in SANDGATE_API_KEY. `sandgate demo` needs no model at all";

bool setup_conf(struct setup *setup, const char *folder, const struct arguments *arguments,
                struct error *error)
{
    struct stat status;

    free(setup->folder);
    setup->folder = realpath(folder ? folder : ".", NULL);
    if (!setup->folder)
        return error_set_errno(error, errno, "The folder %s cannot be opened", folder ? folder : ".");
    if (stat(setup->folder, &status) != 0 || !S_ISDIR(status.st_mode))
        return error_set(error, "%s is not a folder", setup->folder);
    setup->conf = conf_load(setup->folder, error);
    return setup->conf && (!arguments || arguments_apply(arguments, setup->conf, error));
}

static void store_failed(void *data, const char *sentence)
{
    struct setup *setup = data;

    free(setup->store_failed);
    setup->store_failed = xstrdup(sentence);
    if (setup->session)
        session_store_failed(setup->session, sentence);
}

bool setup_store(struct setup *setup, struct error *error)
{
    char *folder = path_data();

    setup->loop = loop_new();
    setup->store = store_open(setup->loop, folder, store_failed, setup, error);
    free(folder);
    return setup->store != NULL;
}

static bool take_newest(void *data, const struct store_session *session)
{
    struct setup *setup = data;

    if (session->held)
        return true;
    setup->resume = xstrdup(session->id);
    return false;
}

bool setup_resume(struct setup *setup, const char *resume, struct error *error)
{
    char id[SESSION_ID_TEXT];

    if (*resume) {
        if (!store_find(setup->store, resume, id, error))
            return false;
        setup->resume = xstrdup(id);
    } else if (!store_sessions(setup->store, setup->folder, take_newest, setup, error)) {
        return false;
    }
    if (!setup->resume)
        return error_set(error, "There is no session of %s to go on with; `sandgate sessions list` shows all",
                         setup->folder);
    return true;
}

struct key_answer {
    bool come;
    char *key, *failed;
};

static void key_found(void *data, const char *key, const char *failed)
{
    struct key_answer *answer = data;

    answer->come = true;
    answer->key = xstrdup_or_null(key);
    answer->failed = xstrdup_or_null(failed);
}

static bool find_key(struct setup *setup, char **key, struct error *error)
{
    struct key_answer answer = { 0 };
    const char *url = conf_text(setup->conf, "model.url");

    if (!url)
        return true;
    conf_api_key(setup->conf, setup->loop, url, key_found, &answer);
    while (!answer.come)
        loop_turn(setup->loop, -1);
    if (answer.failed)
        error_set(error, "%s", answer.failed);
    free(answer.failed);
    *key = answer.key;
    if (answer.key)
        log_secret(answer.key);
    return !error->message;
}

bool setup_session(struct setup *setup, bool pin_mode, listener_function *hear, void *data,
                   struct error *error)
{
    const struct conf *conf = setup->conf;
    bool replay = strcmp(conf_text(conf, "model.provider"), "replay") == 0;
    char *key = NULL;

    if (!replay && !conf_is_set(conf, "model.url"))
        return error_set(error, "%s", no_model);
    if (!find_key(setup, &key, error))
        return false;
    setup->http = http_new(setup->loop);
    struct session_setup session = { .loop = setup->loop,
                                     .http = setup->http,
                                     .store = setup->store,
                                     .conf = conf,
                                     .resume = setup->resume,
                                     .folder = setup->folder,
                                     .api_key = key,
                                     .mode = conf_mode(conf),
                                     .mode_is_pinned = pin_mode,
                                     .hear = hear,
                                     .hear_data = data };
    setup->session = session_new(&session, error);
    free(key);
    if (setup->session && setup->store_failed)
        session_store_failed(setup->session, setup->store_failed);
    return setup->session != NULL;
}

void setup_signal(struct setup *setup, int signal, void (*arrived)(void *data, int signal), void *data)
{
    size_t at = setup->signals[0] ? 1 : 0;

    setup->signals[at] = loop_signal_add(setup->loop, signal, arrived, data);
}

static void left(void *data, const char *words)
{
    char **answer = data;

    *answer = xstrdup(words);
}

char *setup_leave(struct setup *setup)
{
    char *words = NULL;

    if (!setup->session)
        return NULL;
    session_leave(setup->session, QUIT_AS_CONFIGURED, left, &words);
    while (!words)
        loop_turn(setup->loop, -1);
    return words;
}

void setup_release(struct setup *setup)
{
    session_free(setup->session);
    setup->session = NULL;
    if (setup->loop)
        loop_turn(setup->loop, 0); /* what the store still had to answer to the session */
    if (setup->store)
        store_close(setup->store);
    if (setup->http)
        http_free(setup->http);
    if (setup->conf)
        conf_free(setup->conf);
    for (size_t i = 0; i < ARRAY_SIZE(setup->signals); i++)
        loop_signal_remove(setup->signals[i]);
    if (setup->loop)
        loop_free(setup->loop);
    free(setup->folder);
    free(setup->resume);
    free(setup->store_failed);
}
