/* test_sandbox_modal.c - what is particular to sandboxes at Modal, on the stand-in: what they are made of, that none
 * is left behind, that they are found again, and that their end is told once. */
#include "tests/unit/sandbox_bench.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "conf/conf.h"
#include "modal/settings.h"
#include "modal/volumes.h"
#include "sandbox/modal_box.h"
#include "wire/http.h"

/* --- the stand-in's own view --- */

static struct json *control(const char *method, const char *path, const char *body)
{
    char *text = modal_server_control(bench_place.server, method, path, body);
    struct json *json = json_parse(text, strlen(text), NULL);
    free(text);
    return json;
}

static void order(const char *method, const char *path, const char *body)
{
    json_free(control(method, path, body));
}

static bool has_ended(const struct json *sandbox)
{
    return json_type(json_get(sandbox, "result")) != JSON_NULL;
}

/* How many sandboxes were made, and how many run. */
static size_t count_sandboxes(size_t *running)
{
    struct json *state = control("GET", "/state", NULL);
    const struct json *list = json_get(state, "sandboxes");
    size_t count = json_count(list);
    *running = 0;
    for (size_t i = 0; i < count; i++)
        *running += !has_ended(json_at(list, i));
    json_free(state);
    return count;
}

static size_t count_running(void)
{
    size_t running;
    count_sandboxes(&running);
    return running;
}

/* What the stand-in knows of the sandbox ID; the whole is the caller's to free. */
static const struct json *find_sandbox(struct json *state, const char *id)
{
    const struct json *list = json_get(state, "sandboxes");
    for (size_t i = 0; i < json_count(list); i++)
        if (strcmp(json_get_text(json_at(list, i), "id"), id) == 0)
            return json_at(list, i);
    fail_msg("the stand-in does not know %s", id);
    return NULL;
}

static size_t count_execs(const char *id)
{
    struct json *state = control("GET", "/state", NULL);
    size_t count = json_count(json_get(find_sandbox(state, id), "execs"));
    json_free(state);
    return count;
}

/* --- a sandbox with a configuration --- */

struct life {
    struct bench bench;
    struct conf *conf;
};

static struct conf *make_conf(const char *const *settings)
{
    struct error error = ERROR_INIT;
    struct conf *conf = conf_load(NULL, &error);
    assert_non_null(conf);
    for (; settings && *settings; settings += 2)
        if (!conf_set_flag(conf, settings[0], settings[1], &error))
            fail_msg("%s", error_message(&error));
    error_clear(&error);
    return conf;
}

static void life_open(struct life *life, const char *const *settings, struct sandbox_options options)
{
    life->conf = make_conf(settings);
    options.conf = life->conf;
    bench_open_with(&life->bench, options);
}

static void life_close(struct life *life)
{
    bench_close(&life->bench);
    conf_free(life->conf);
}

static const char *id_of(const struct bench *bench)
{
    return sandbox_facts(bench->sandbox)->id;
}

static void leave(struct bench *bench, enum sandbox_leaving how)
{
    bool left = false;
    sandbox_leave(bench->sandbox, how, bench_left, &left);
    while (!left)
        loop_turn(bench->loop, -1);
}

/* Opens the sandbox ID from the folder of BENCH, as a later process would. */
static void open_again(struct bench *bench, const char *id)
{
    struct sandbox_options options = {
        .backend = "modal", .state_folder = bench->folder, .workspace = "/workspace", .id = id
    };
    bench->ready = bench->failed = bench->lost = false;
    free(bench->sentence);
    bench->sentence = NULL;
    bench->sandbox = sandbox_open(bench->loop, &options, &bench_events, bench);
    while (!bench->ready && !bench->failed)
        loop_turn(bench->loop, -1);
}

/* --- what it is made of --- */

static void test_facts(void **state)
{
    struct bench *bench = *state;
    const struct sandbox_facts *facts = sandbox_facts(bench->sandbox);
    assert_string_equal(facts->backend, "modal");
    assert_memory_equal(facts->id, "sb-", 3);
    assert_int_equal(facts->generation, 1);
    assert_false(facts->network || facts->secrets);
    assert_string_equal(facts->network_words, "off");
    assert_string_equal(facts->mounts, "");
    assert_string_equal(facts->limits, "1 CPU, memory 5120 MiB, ends after 1h00m");
    assert_true(facts->ends > clock_wall() && facts->ends <= clock_wall() + 3600 * 1000);
}

static void expect_number(const struct json *json, const char *key, int64_t number)
{
    if (json_get_integer(json, key, -1) != number) {
        char *text = json_print(json);
        fail_msg("%s is not %d in %s", key, (int)number, text);
    }
}

static void volume_made(void *data, const struct modal_failure *failure, const char *id)
{
    assert_null(failure);
    assert_non_null(id);
    *(bool *)data = true;
}

static void make_volume(const char *name)
{
    struct modal_settings settings;
    bool made = false;
    struct loop *loop = loop_new();
    struct http *http = http_new(loop);
    assert_true(modal_settings_read(&settings, (const char *const *)environ, NULL));
    struct modal_client *client = modal_client_new(loop, http, &settings, NULL, NULL);
    modal_volume_find(client, name, true, 0, volume_made, &made);
    while (!made)
        loop_turn(loop, -1);
    loop_turn(loop, 0);
    modal_client_free(client);
    modal_settings_release(&settings);
    http_free(http);
    loop_free(loop);
}

static void test_options(void **state)
{
    static const char *const settings[] = { "terminal.modal_image",
                                            "python:3.12",
                                            "terminal.container_cpu",
                                            "0.5",
                                            "terminal.container_memory",
                                            "1024",
                                            "modal.cpu_limit",
                                            "2",
                                            "modal.memory_limit",
                                            "2048",
                                            "modal.timeout",
                                            "30m",
                                            "modal.idle_timeout",
                                            "10m",
                                            "modal.domains",
                                            "[pypi.org, \"*.example.com\"]",
                                            "modal.ports",
                                            "[\"8080\", \"9000/tcp\"]",
                                            "modal.volumes",
                                            "[\"data/sub:/data\", \"models:/models:ro\"]",
                                            "modal.run",
                                            "[\"echo built >/built\"]",
                                            "modal.region",
                                            "[us-east]",
                                            "modal.tags",
                                            "{team: blue}",
                                            "modal.name",
                                            "only-one",
                                            "modal.verbose",
                                            "true",
                                            NULL };
    const char *const variables[] = { "KEY=value", NULL };
    struct life life;
    (void)state;
    make_volume("data");
    make_volume("models");
    life_open(&life, settings, (struct sandbox_options){ .environment = variables, .label = "session-1" });
    if (life.bench.failed)
        fail_msg("%s", life.bench.sentence);
    const struct sandbox_facts *facts = sandbox_facts(life.bench.sandbox);
    assert_true(facts->network && facts->secrets);
    assert_string_equal(facts->network_words, "on, only to pypi.org, *.example.com");
    assert_string_equal(facts->mounts, "volume data/sub at /data");
    assert_string_equal(facts->limits,
                        "0.5 CPU (at most 2), memory 1024 MiB (at most 2048), ends after 30m00s "
                        "or 10m00s without work");
    struct json *all = control("GET", "/state", NULL);
    const struct json *made = find_sandbox(all, facts->id), *definition = json_get(made, "definition");
    const struct json *resources = json_get(definition, "resources");
    expect_number(resources, "milli_cpu", 500);
    expect_number(resources, "milli_cpu_max", 2000);
    expect_number(resources, "memory_mb", 1024);
    expect_number(resources, "memory_mb_max", 2048);
    expect_number(definition, "timeout_secs", 1800);
    expect_number(definition, "idle_timeout_secs", 600);
    assert_string_equal(json_get_text(definition, "workdir"), "/workspace");
    assert_string_equal(json_get_text(definition, "name"), "only-one");
    assert_true(json_get_boolean(definition, "verbose", false));
    assert_int_equal(json_count(json_get(definition, "volume_mounts")), 2);
    assert_int_equal(json_count(json_get(json_get(definition, "open_ports"), "ports")), 2);
    assert_int_equal(json_count(json_get(json_get(made, "network_access"), "allowed_domains")), 2);
    char *tags = json_print(json_get(made, "tags"));
    assert_non_null(strstr(tags, "session-1"));
    assert_non_null(strstr(tags, "blue"));
    free(tags);
    json_free(all);
    expect_output(&life.bench, "cat /built; echo $KEY; ls -d /data /models",
                  "built\nvalue\n/data\n/models\n");
    life_close(&life);
}

/* The first version of Modal's sandboxes, which a GPU takes. */
static void test_first_version(void **state)
{
    static const char *const gpu[] = { "modal.gpu", "T4", NULL }, *const plain[] = { "modal.version", "v1",
                                                                                     NULL };
    const char *const variables[] = { "KEY=value", NULL };
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct life life;
        life_open(&life, i ? gpu : plain, (struct sandbox_options){ .environment = variables });
        if (life.bench.failed)
            fail_msg("%s", life.bench.sentence);
        assert_int_equal(strlen(id_of(&life.bench)), 25);
        expect_output(&life.bench, "echo $KEY; echo x >a; cat a", "value\nx\n");
        struct json *all = control("GET", "/state", NULL);
        const struct json *definition = json_get(find_sandbox(all, id_of(&life.bench)), "definition");
        const struct json *config = json_get(json_get(definition, "resources"), "gpu_config");
        assert_int_equal(
            strcmp(json_get_text(config, "gpu_type") ? json_get_text(config, "gpu_type") : "", "T4") == 0, i);
        json_free(all);
        life_close(&life);
    }
}

static void expect_refused(const char *name, const char *value, const char *words)
{
    const char *const settings[] = { name, value, NULL };
    struct life life;
    life_open(&life, name ? settings : NULL, (struct sandbox_options){ 0 });
    assert_true(life.bench.failed);
    if (!strstr(life.bench.sentence, words))
        fail_msg("'%s' does not say '%s'", life.bench.sentence, words);
    life_close(&life);
}

static void test_refused(void **state)
{
    (void)state;
    size_t running, before = count_sandboxes(&running);
    expect_refused("modal.ports", "[\"8080\"]", "needs the network");
    expect_refused("modal.ports", "[\"http\"]", "is not of the form 8080");
    expect_refused("modal.volumes", "[data]", "is not of the form NAME:/path");
    expect_refused("modal.buckets", "{/b: {buckt: x}}", "no member called buckt");
    expect_refused("modal.run", "[\"FAIL\"]", "failed");
    char *token = xstrdup(getenv("MODAL_TOKEN_ID"));
    unsetenv("MODAL_TOKEN_ID");
    expect_refused(NULL, NULL, "oken");
    setenv("MODAL_TOKEN_ID", token, 1);
    free(token);
    assert_int_equal(count_sandboxes(&running), before);
}

/* What was made and cannot be used is ended, as soon as that is known. */
static void test_workspace_impossible(void **state)
{
    struct bench bench;
    (void)state;
    bench_open_with(&bench, (struct sandbox_options){ .workspace = "/proc/nothing" });
    assert_true(bench.failed);
    if (!strstr(bench.sentence, "the sandbox ended while it was being opened: ") &&
        !strstr(bench.sentence, "the workspace /proc/nothing could not be made"))
        fail_msg("%s", bench.sentence);
    while (count_running() > 0)
        loop_turn(bench.loop, 20);
    bench_close(&bench);
}

/* --- steps --- */

struct steps {
    struct bench bench;
    struct buffer seen;  /* a line each */
    const char *stop_at; /* freed, or left, there */
    int turns;           /* of the loop, before it stops; 0: within the callback */
    bool leaves, left, reached, stopped;
    bool comes; /* when it stopped there was a sandbox, or one under way */
};

static void steps_left(void *data, const char *failed)
{
    struct steps *steps = data;
    assert_null(failed);
    steps->left = true;
}

static void stop(struct steps *steps)
{
    const struct box *box = (struct box *)steps->bench.sandbox;
    steps->stopped = true;
    steps->comes = box->launch || box->sandbox;
    if (steps->leaves)
        sandbox_leave(steps->bench.sandbox, SANDBOX_TERMINATE, steps_left, steps);
    else
        sandbox_free(steps->bench.sandbox);
}

static void steps_progress(void *data, const char *step, const char *detail)
{
    struct steps *steps = data;
    (void)detail;
    assert_false(steps->stopped);
    size_t length = strlen(step);
    const char *last = steps->seen.data;
    for (const char *at = last; *at; at = strchr(at, '\n') + 1)
        last = at;
    if (strncmp(last, step, length) != 0 || last[length] != '\n')
        buffer_append_format(&steps->seen, "%s\n", step);
    steps->reached = steps->reached || (steps->stop_at && strcmp(step, steps->stop_at) == 0);
    if (steps->reached && steps->turns == 0)
        stop(steps);
}

static void steps_ready(void *data)
{
    struct steps *steps = data;
    assert_false(steps->stopped);
    steps->bench.ready = true;
}

static void steps_failed(void *data, const char *sentence)
{
    (void)data;
    fail_msg("%s", sentence);
}

static void steps_open(struct steps *steps, const char *stop_at, int turns, bool leaves)
{
    static const struct sandbox_open_events events = { steps_progress, steps_ready, steps_failed,
                                                       steps_failed };
    *steps = (struct steps){
        .bench = { .loop = loop_new() }, .stop_at = stop_at, .turns = turns, .leaves = leaves
    };
    buffer_init(&steps->seen, 0);
    strcpy(steps->bench.folder, "/tmp/sandgate-test-XXXXXX");
    assert_non_null(mkdtemp(steps->bench.folder));
    struct sandbox_options options = { .backend = "modal",
                                       .state_folder = steps->bench.folder,
                                       .workspace = "/workspace" };
    steps->bench.sandbox = sandbox_open(steps->bench.loop, &options, &events, steps);
}

static void steps_close(struct steps *steps)
{
    if (!steps->stopped || steps->leaves)
        sandbox_free(steps->bench.sandbox);
    loop_free(steps->bench.loop);
    path_remove_tree(steps->bench.folder, NULL);
    buffer_release(&steps->seen);
}

static void test_steps_are_told(void **state)
{
    struct steps steps;
    (void)state;
    steps_open(&steps, NULL, 0, false);
    while (!steps.bench.ready)
        loop_turn(steps.bench.loop, -1);
    assert_string_equal(steps.seen.data, "app\nimage\nimage layer 1 of 1\ncreating\nstarting\nworkspace\n");
    leave(&steps.bench, SANDBOX_TERMINATE);
    steps_close(&steps);
}

static const char *const every_step[] = { "app",      "image",    "image layer 1 of 1",
                                          "creating", "starting", "workspace" };

static void stop_there(struct steps *steps)
{
    while (!steps->reached)
        loop_turn(steps->bench.loop, -1);
    for (int turn = 0; !steps->stopped && !steps->bench.ready && turn < steps->turns; turn++)
        loop_turn(steps->bench.loop, -1);
    if (!steps->stopped)
        stop(steps);
}

/* Freed at any step, nothing that costs money is left, as long as the loop turns. */
static void test_free_at_every_step(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4 * ARRAY_SIZE(every_step); i++) {
        struct steps steps;
        size_t running, before = count_sandboxes(&running);
        assert_int_equal(running, 0);
        steps_open(&steps, every_step[i / 4], (int)(i % 4), false);
        stop_there(&steps);
        bool ready = steps.bench.ready; /* then it is left as it is, as the interface says */
        while (steps.comes && !ready && (count_sandboxes(&running) == before || running > 0))
            loop_turn(steps.bench.loop, 20);
        for (int turn = 0; turn < 3; turn++) /* the answers to that */
            loop_turn(steps.bench.loop, 20);
        assert_int_equal(count_running(), ready);
        if (ready)
            order("POST", "/kill", "{}");
        steps_close(&steps);
    }
}

static void test_leave_at_every_step(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4 * ARRAY_SIZE(every_step); i++) {
        struct steps steps;
        steps_open(&steps, every_step[i / 4], (int)(i % 4), true);
        stop_there(&steps);
        while (!steps.left)
            loop_turn(steps.bench.loop, -1);
        assert_int_equal(count_running(), 0);
        steps_close(&steps);
    }
}

/* --- its end --- */

static void count_lost(void *data, const char *sentence)
{
    struct bench *bench = data;
    assert_false(bench->lost);
    bench_lost(bench, sentence);
}

static void expect_lost(const char *path, const char *words)
{
    static const struct sandbox_open_events events = { .ready = bench_ready,
                                                       .failed = bench_failed,
                                                       .lost = count_lost };
    struct bench bench = { .loop = loop_new() };
    struct run run, late;
    struct ask ask;
    strcpy(bench.folder, "/tmp/sandgate-test-XXXXXX");
    assert_non_null(mkdtemp(bench.folder));
    struct sandbox_options options = { .backend = "modal",
                                       .state_folder = bench.folder,
                                       .workspace = "/workspace" };
    bench.sandbox = sandbox_open(bench.loop, &options, &events, &bench);
    while (!bench.ready)
        loop_turn(bench.loop, -1);
    run_script_begin(&run, &bench, "echo begun; sleep 1000");
    while (run.out.length == 0)
        loop_turn(bench.loop, -1);
    order("POST", path, "{}");
    while (!bench.lost)
        loop_turn(bench.loop, -1);
    assert_int_equal(run.end, SANDBOX_LOST);
    assert_non_null(run.sentence);
    if (!strstr(bench.sentence, words))
        fail_msg("'%s' does not say '%s'", bench.sentence, words);
    run_script(&late, &bench, "echo");
    assert_int_equal(late.end, SANDBOX_FAILED);
    ASK(&ask, &bench, sandbox_list, "/", 10);
    assert_int_equal(ask.error, ENOTCONN);
    run_release(&run);
    run_release(&late);
    ask_release(&ask);
    bench_close(&bench);
}

static void test_lost_is_told_once(void **state)
{
    (void)state;
    expect_lost("/timeout", "time-out");
    expect_lost("/kill", "erminated");
    expect_lost("/crash", "ended");
}

/* --- found again --- */

static void test_kept_and_attached(void **state)
{
    struct bench *bench = *state;
    char id[64], first_id[64] = "11111111-2222-4333-8444-555555555555";
    struct run run;
    strcpy(id, id_of(bench));
    struct sandbox_exec_spec spec = { .exec_id = first_id,
                                      .argv = SCRIPT("seq 100000; until [ -e /workspace/go ]; do sleep 0.05; "
                                                     "done; echo x >>/workspace/runs; exit 3") };
    run_begin(&run, bench, spec);
    while (run.out.length < 588895)
        loop_turn(bench->loop, -1);
    leave(bench, SANDBOX_KEEP);
    sandbox_free(bench->sandbox);
    run_release(&run);
    open_again(bench, id);
    assert_true(bench->ready);
    assert_string_equal(id_of(bench), id);
    assert_string_equal(sandbox_facts(bench->sandbox)->network_words, "off");
    assert_true(sandbox_facts(bench->sandbox)->ends > clock_wall());
    expect_output(bench, "touch /workspace/go", "");
    run_begin(&run, bench, (struct sandbox_exec_spec){ .exec_id = first_id, .attach = true });
    run_wait(&run);
    assert_int_equal(run.end, SANDBOX_EXITED);
    assert_int_equal(run.code, 3);
    assert_int_equal(run.out.length, 588895);
    run_release(&run);
    expect_output(bench, "cat /workspace/runs", "x\n");
}

/* An exec that the sandbox never heard of was never run. */
static void test_attach_unknown(void **state)
{
    struct run run;
    run_begin(
        &run, *state,
        (struct sandbox_exec_spec){ .exec_id = "99999999-2222-4333-8444-555555555555", .attach = true });
    run_wait(&run);
    assert_int_equal(run.end, SANDBOX_FAILED);
    run_release(&run);
}

static void test_attach_to_what_ended(void **state)
{
    struct bench *bench = *state;
    char id[64];
    strcpy(id, id_of(bench));
    leave(bench, SANDBOX_TERMINATE);
    sandbox_free(bench->sandbox);
    open_again(bench, id);
    assert_true(bench->failed);
    if (!strstr(bench->sentence, "erminated"))
        fail_msg("%s", bench->sentence);
    sandbox_free(bench->sandbox);
    open_again(bench, "sb-01ARZ3NDEKTSV4RRFFQ69G5FAV");
    assert_true(bench->failed);
}

/* --- snapshot, fork, network, ports --- */

static void take_snapshot(void *data, const struct sandbox_answer *answer)
{
    if (answer->failed)
        fail_msg("%s", answer->failed);
    *(char **)data = xstrdup(answer->id);
}

static void test_snapshot_and_restore(void **state)
{
    struct bench *bench = *state;
    struct bench second;
    char *image = NULL;
    expect_output(bench, "echo kept >/workspace/file; echo too >/root/other", "");
    sandbox_snapshot(bench->sandbox, take_snapshot, &image);
    while (!image)
        loop_turn(bench->loop, -1);
    bench_open_with(&second, (struct sandbox_options){ .restore = image });
    if (second.failed)
        fail_msg("%s", second.sentence);
    expect_output(&second, "cat /workspace/file /root/other", "kept\ntoo\n");
    bench_close(&second);
    free(image);
}

static void test_fork(void **state)
{
    struct bench *bench = *state;
    struct bench fork = { .loop = bench->loop };
    struct ask ask;
    expect_output(bench, "echo one >file", "");
    strcpy(fork.folder, "/tmp/sandgate-test-XXXXXX");
    assert_non_null(mkdtemp(fork.folder));
    fork.sandbox = sandbox_fork(bench->sandbox, fork.folder, &bench_events, &fork);
    while (!fork.ready && !fork.failed)
        loop_turn(bench->loop, -1);
    if (fork.failed)
        fail_msg("%s", fork.sentence);
    expect_output(&fork, "cat file; echo two >file", "one\n");
    expect_output(bench, "cat file", "one\n");
    assert_string_not_equal(id_of(bench), id_of(&fork));
    ASK(&ask, &fork, sandbox_stat, "/workspace/file");
    assert_int_equal(ask.error, 0);
    ask_release(&ask);
    leave(&fork, SANDBOX_TERMINATE);
    sandbox_free(fork.sandbox);
    path_remove_tree(fork.folder, NULL);
}

/* The first goes while its copy waits for the snapshot. */
static void test_fork_of_what_goes(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench);
    struct bench fork = { .loop = bench.loop };
    fork.sandbox = sandbox_fork(bench.sandbox, bench.folder, &bench_events, &fork);
    leave(&bench, SANDBOX_TERMINATE);
    sandbox_free(bench.sandbox);
    while (!fork.failed)
        loop_turn(bench.loop, -1);
    assert_non_null(fork.sentence);
    sandbox_free(fork.sandbox);
    free(fork.sentence);
    loop_free(bench.loop);
    path_remove_tree(bench.folder, NULL);
    assert_int_equal(count_running(), 0);
}

static void test_network(void **state)
{
    static const char *const domains[] = { "allowed.test", NULL };
    struct bench *bench = *state;
    const struct sandbox_facts *facts = sandbox_facts(bench->sandbox);
    struct ask ask;
    ASK(&ask, bench, sandbox_set_network, true, domains);
    if (ask.error)
        fail_msg("%s", ask.failed);
    ask_release(&ask);
    assert_true(facts->network);
    assert_int_equal(facts->generation, 2);
    assert_string_equal(facts->network_words, "on, only to allowed.test");
    ASK(&ask, bench, sandbox_set_network, false, NULL);
    ask_release(&ask);
    assert_false(facts->network);
    assert_int_equal(facts->generation, 3);
    char id[64];
    strcpy(id, facts->id);
    leave(bench, SANDBOX_KEEP);
    sandbox_free(bench->sandbox);
    open_again(bench, id);
    assert_int_equal(sandbox_facts(bench->sandbox)->generation, 3);
}

static void take_ports(void *data, const struct sandbox_answer *answer)
{
    if (answer->failed)
        fail_msg("%s", answer->failed);
    assert_int_equal(answer->port_count, 1);
    assert_int_equal(answer->ports[0].port, 8080);
    assert_memory_equal(answer->ports[0].url, "https://", 8);
    *(bool *)data = true;
}

static void test_ports(void **state)
{
    static const char *const settings[] = { "modal.ports", "[\"8080\"]", NULL };
    struct life life;
    bool told = false;
    (void)state;
    life_open(&life, settings, (struct sandbox_options){ .network = true });
    if (life.bench.failed)
        fail_msg("%s", life.bench.sentence);
    sandbox_ports(life.bench.sandbox, take_ports, &told);
    while (!told)
        loop_turn(life.bench.loop, -1);
    life_close(&life);
}

/* --- many at once --- */

static void put_many(struct bench *bench, int count)
{
    struct ask *asks = xcalloc((size_t)count, sizeof(*asks));
    for (int i = 0; i < count; i++) {
        char path[64];
        snprintf(path, sizeof(path), "/workspace/folder-%d/file-%d", i % 7, i);
        ask_begin(&asks[i], bench);
        sandbox_put(bench->sandbox, path, SANDBOX_FILE, 0640, path, strlen(path), NULL, ask_answered,
                    &asks[i]);
    }
    for (int i = 0; i < count; i++) {
        ask_wait(&asks[i]);
        if (asks[i].error)
            fail_msg("%s", asks[i].failed);
        ask_release(&asks[i]);
    }
    free(asks);
}

static void test_uploads_go_together(void **state)
{
    struct bench *bench = *state;
    size_t before = count_execs(id_of(bench));
    put_many(bench, 500);
    assert_int_equal(count_execs(id_of(bench)) - before, 1);
    expect_output(bench, "cat folder-3/file-10; stat -c %a folder-3/file-10; ls folder-*/* | wc -l",
                  "/workspace/folder-3/file-10640\n500\n");
}

static void test_looks_go_together(void **state)
{
    struct bench *bench = *state;
    struct ask asks[100];
    put_many(bench, 100);
    size_t before = count_execs(id_of(bench));
    for (int i = 0; i < 100; i++) {
        char path[64];
        snprintf(path, sizeof(path), "/workspace/folder-%d/file-%d", i % 7, i);
        ask_begin(&asks[i], bench);
        sandbox_read(bench->sandbox, path, 0, 0, true, ask_answered, &asks[i]);
    }
    for (int i = 0; i < 100; i++) {
        char path[64], hash[HASH_TEXT];
        ask_wait(&asks[i]);
        snprintf(path, sizeof(path), "/workspace/folder-%d/file-%d", i % 7, i);
        hash_text(path, strlen(path), hash);
        assert_string_equal(asks[i].hash, hash);
        ask_release(&asks[i]);
    }
    assert_int_equal(count_execs(id_of(bench)) - before, 1);
}

/* One that cannot be put does not keep the others from it, and is the one that is told of. */
static void test_one_put_fails(void **state)
{
    struct bench *bench = *state;
    struct ask asks[20];
    expect_output(bench, "mkdir -p file-7/full/of; echo x >file-9", "");
    for (int i = 0; i < 20; i++) {
        char path[64];
        snprintf(path, sizeof(path), i == 9 ? "/workspace/file-%d/below" : "/workspace/file-%d", i);
        ask_begin(&asks[i], bench);
        sandbox_put(bench->sandbox, path, SANDBOX_FILE, 0644, "new", 3, NULL, ask_answered, &asks[i]);
    }
    for (int i = 0; i < 20; i++) {
        ask_wait(&asks[i]);
        if ((asks[i].error != 0) != (i == 7 || i == 9))
            fail_msg("%d: %d %s", i, asks[i].error, asks[i].failed ? asks[i].failed : "");
        ask_release(&asks[i]);
    }
    expect_output(bench, "cat file-0 file-19", "newnew");
}

static void test_long_names(void **state)
{
    struct bench *bench = *state;
    struct ask ask;
    char path[2200] = "/workspace", target[300];
    for (int i = 0; i < 10; i++)
        sprintf(path + strlen(path), "/%0200d", i);
    ASK(&ask, bench, sandbox_put, path, SANDBOX_FILE, 0600, "deep", 4, NULL);
    if (ask.error)
        fail_msg("%s", ask.failed);
    ask_release(&ask);
    ASK(&ask, bench, sandbox_read, path, 0, 10, false);
    assert_string_equal(ask.bytes.data, "deep");
    ask_release(&ask);
    memset(target, 't', 250);
    target[250] = '\0';
    ASK(&ask, bench, sandbox_put, "/workspace/link", SANDBOX_LINK, 0, NULL, 0, target);
    assert_int_equal(ask.error, 0);
    ask_release(&ask);
    expect_output(bench, "readlink link | wc -c", "251\n");
}

/* --- an image that has little --- */

static void test_without_tar(void **state)
{
    struct bench *bench = *state;
    struct ask ask;
    ((struct box *)bench->sandbox)->tools_there &= ~(unsigned)BOX_HAS_TAR;
    put_many(bench, 5);
    ASK(&ask, bench, sandbox_put, "/workspace/link", SANDBOX_LINK, 0, NULL, 0, "folder-1/file-1");
    assert_int_equal(ask.error, 0);
    ask_release(&ask);
    ASK(&ask, bench, sandbox_put, "/workspace/folder-1", SANDBOX_FOLDER, 0700, NULL, 0, NULL);
    assert_int_equal(ask.error, 0);
    ask_release(&ask);
    ASK(&ask, bench, sandbox_put, "/workspace/folder-1", SANDBOX_FILE, 0600, "", 0, NULL);
    assert_int_equal(ask.error, EISDIR);
    ask_release(&ask);
    expect_output(bench, "cat link; stat -c %a folder-1 folder-1/file-1",
                  "/workspace/folder-1/file-1700\n640\n");
}

static void test_without_find(void **state)
{
    struct bench *bench = *state;
    struct ask ask;
    ((struct box *)bench->sandbox)->tools_there &= ~(unsigned)BOX_HAS_FIND;
    expect_output(bench, "mkdir d; echo hi >f; chmod 640 f; ln -s d l", "");
    ASK(&ask, bench, sandbox_list, "/workspace", 10);
    assert_string_equal(ask.bytes.data, "d d\nf f\nl l -> d\n");
    ask_release(&ask);
    ASK(&ask, bench, sandbox_stat, "/workspace/f");
    assert_int_equal(ask.mode, 0640);
    assert_int_equal(ask.size, 3);
    ask_release(&ask);
    ASK(&ask, bench, sandbox_list, "/workspace/none", 10);
    assert_int_equal(ask.error, ENOENT);
    ask_release(&ask);
}

/* --- the end by force --- */

/* It shed its mark and left its session: while what started it lives, it is still found. */
static void test_mark_shed(void **state)
{
    struct bench *bench = *state;
    struct run run;
    run_script_begin(&run, bench, "env -i setsid sleep 1234 & echo ready; wait");
    while (!strstr(run.out.data, "ready"))
        loop_turn(bench->loop, -1);
    sandbox_exec_cancel(run.exec);
    run_wait(&run);
    assert_int_equal(run.end, SANDBOX_CANCELLED);
    run_release(&run);
    expect_output(bench, "grep -ls '[1]234' /proc/[0-9]*/cmdline | wc -l", "0\n");
}

/* What a program prints in the wrapper's manner is its own output. */
static void test_forged_word(void **state)
{
    struct run run;
    run_script(&run, *state,
               "printf '\\036%s missing\\n' 0123456789-123456789-123456789-123456 >&2; exit 126");
    assert_int_equal(run.end, SANDBOX_EXITED);
    assert_int_equal(run.code, 126);
    assert_int_equal(run.error.data[0], 036);
    run_release(&run);
}

int main(void)
{
#define IN_SANDBOX(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)
    const struct CMUnitTest on_modal[] = {
        IN_SANDBOX(test_facts),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_first_version),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_workspace_impossible),
        cmocka_unit_test(test_steps_are_told),
        cmocka_unit_test(test_free_at_every_step),
        cmocka_unit_test(test_leave_at_every_step),
        cmocka_unit_test(test_lost_is_told_once),
        IN_SANDBOX(test_kept_and_attached),
        IN_SANDBOX(test_attach_unknown),
        IN_SANDBOX(test_attach_to_what_ended),
        IN_SANDBOX(test_snapshot_and_restore),
        IN_SANDBOX(test_fork),
        cmocka_unit_test(test_fork_of_what_goes),
        IN_SANDBOX(test_network),
        cmocka_unit_test(test_ports),
        IN_SANDBOX(test_uploads_go_together),
        IN_SANDBOX(test_looks_go_together),
        IN_SANDBOX(test_one_put_fails),
        IN_SANDBOX(test_long_names),
        IN_SANDBOX(test_without_tar),
        IN_SANDBOX(test_without_find),
        IN_SANDBOX(test_mark_shed),
        IN_SANDBOX(test_forged_word),
    };
    alarm(600);
    return BENCH_ON_MODAL(on_modal);
}
