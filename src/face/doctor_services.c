/* doctor_services.c - the services across the network: Modal's token and account, and the model's server. */
#include "face/doctor.h"

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "modal/client.h"
#include "modal/settings.h"
#include "model/model.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE = 60 * 1000 }; /* milliseconds for one answer */

/* --- Modal --- */

void doctor_check_token(struct doctor *doctor, struct finding *finding)
{
    const char *backend = conf_text(doctor->setup.conf, "terminal.backend");
    struct error error = ERROR_INIT;

    if (strcmp(backend, "modal") != 0) {
        finding_skip(finding, "the backend is %s, which needs no account", backend);
        return;
    }
    doctor->modal = xcalloc(1, sizeof *doctor->modal);
    if (!modal_settings_read(doctor->modal, (const char *const *)environ, &error)) {
        finding_fail(finding, "correct what is named above", "%s", error_message(&error));
        error_clear(&error);
        return;
    }
    char *missing = modal_settings_token_missing(doctor->modal);
    if (missing)
        finding_fail(finding, "run `sandgate modal login`", "%s", missing);
    else
        finding_ok(finding, "from %s", doctor->modal->token_source);
    finding_detail(finding, "file %s%s, profile %s", doctor->modal->file,
                   doctor->modal->file_exists ? "" : " (not there)", doctor->modal->profile);
    finding_detail(finding, "server %s, environment %s", doctor->modal->server_url,
                   *doctor->modal->environment ? doctor->modal->environment : "(the server's default)");
    free(missing);
}

struct identity {
    struct finding *finding;
    bool come;
};

static void identified(void *data, const struct modal_failure *failure, const struct modal_identity *who)
{
    struct identity *identity = data;

    identity->come = true;
    if (failure)
        finding_fail(identity->finding,
                     "what to do stands in the sentence above; `sandgate modal login` makes a new "
                     "token",
                     "%s", failure->sentence);
    else
        finding_ok(identity->finding, "workspace %s%s%s", who->workspace ? who->workspace : "(not told)",
                   who->user ? ", user " : "", who->user ? who->user : "");
}

static void warned(void *data, const char *text)
{
    finding_detail(data, "Modal says: %s", text);
}

void doctor_check_account(struct doctor *doctor, struct finding *finding)
{
    struct modal_client_events events = { .warning = warned, .waiting = warned };
    struct identity identity = { .finding = finding };

    if (!doctor->modal) {
        finding_skip(finding, "no account is needed");
        return;
    }
    struct modal_client *client =
        modal_client_new(doctor->setup.loop, doctor->setup.http, doctor->modal, &events, finding);
    struct modal_call *call = modal_identify(client, identified, &identity);
    doctor_wait(doctor, &identity.come, PATIENCE);
    if (!identity.come) {
        modal_call_cancel(call);
        finding_fail(finding, "look at the connection to the network, and at https_proxy",
                     "%s did not answer in a "
                     "minute",
                     doctor->modal->server_url);
    }
    modal_client_free(client);
}

/* --- the model --- */

struct key {
    bool come;
    char *key, *failed;
};

static void key_found(void *data, const char *key, const char *failed)
{
    struct key *answer = data;

    answer->come = true;
    answer->key = xstrdup_or_null(key);
    answer->failed = xstrdup_or_null(failed);
    if (key)
        log_secret(key);
}

static void find_key(struct doctor *doctor, const char *url, struct key *key)
{
    struct conf_key *request = conf_api_key(doctor->setup.conf, doctor->setup.loop, url, key_found, key);

    doctor_wait(doctor, &key->come, PATIENCE);
    if (!key->come) {
        conf_key_cancel(request);
        key->failed = xstrdup("model.api_key_command did not end in a minute");
    }
}

struct models {
    struct finding *finding;
    const char *wanted; /* the configured name; NULL: none */
    bool come, has_wanted;
};

static void judge_models(const struct models *models, size_t count)
{
    if (count == 0)
        finding_fail(models->finding, "load a model in the server", "the server answers, and has no model");
    else if (models->wanted && !models->has_wanted)
        finding_warn(models->finding, "set model.name to one of these",
                     "the server does not list the model %s", models->wanted);
    else if (!models->wanted && count > 1)
        finding_warn(models->finding, "set model.name to one of these",
                     "the server has %zu models, and none is chosen", count);
    else
        finding_ok(models->finding, "it answers, and has %s", models->wanted ? models->wanted : "one model");
}

static void models_listed(void *data, const char *const *names, size_t count, const char *failed)
{
    struct models *models = data;

    models->come = true;
    if (failed) {
        finding_fail(models->finding, "start the server, or correct model.url and the key", "%s", failed);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        models->has_wanted = models->has_wanted || (models->wanted && strcmp(names[i], models->wanted) == 0);
        if (i < 20)
            finding_detail(models->finding, "%s", names[i]);
    }
    judge_models(models, count);
}

static void ask_model(struct doctor *doctor, const char *key, struct finding *finding)
{
    const struct conf *conf = doctor->setup.conf;
    struct error error = ERROR_INIT;
    struct models models = { .finding = finding, .wanted = conf_text(conf, "model.name") };
    struct model_options options = {
        .provider = conf_text(conf, "model.provider"),
        .name = models.wanted,
        .url = conf_text(conf, "model.url"),
        .api_key = key,
        .headers = conf_list(conf, "model.headers"),
        .temperature = -1,
        .connect_timeout = conf_integer(conf, "model.connect_timeout"),
        .first_byte_timeout = PATIENCE,
        .silence_timeout = PATIENCE,
    };
    struct model *model = model_open(doctor->setup.loop, doctor->setup.http, &options, &error);

    if (!model) {
        finding_fail(finding, "correct model.url", "%s", error_message(&error));
        error_clear(&error);
        return;
    }
    model_list(model, models_listed, &models);
    doctor_wait(doctor, &models.come, PATIENCE);
    if (!models.come)
        finding_fail(finding, "start the server, or correct model.url", "%s did not answer in a minute",
                     options.url);
    model_close(model);
}

void doctor_check_model(struct doctor *doctor, struct finding *finding)
{
    const char *url = conf_text(doctor->setup.conf, "model.url");
    struct key key = { 0 };

    if (strcmp(conf_text(doctor->setup.conf, "model.provider"), "replay") == 0) {
        finding_skip(finding, "the model is a recorded one");
        return;
    }
    if (!url) {
        finding_fail(finding, "set model.url, by SANDGATE_MODEL_URL or --model-url or in sandgate.yaml",
                     "no model is configured");
        return;
    }
    find_key(doctor, url, &key);
    finding_detail(finding, "%s, from %s", url, conf_where(doctor->setup.conf, "model.url"));
    finding_detail(finding, "%s", key.key ? "a key is sent" : "no key is configured for it");
    if (key.failed)
        finding_fail(finding, "correct the key's source", "%s", key.failed);
    else
        ask_model(doctor, key.key, finding);
    if (key.key)
        explicit_bzero(key.key, strlen(key.key));
    free(key.key);
    free(key.failed);
}
