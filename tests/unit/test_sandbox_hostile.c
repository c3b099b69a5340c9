/* test_sandbox_hostile.c - a first process that has fallen into the wrong hands.
 *
 * A "bwrap" of the test's own (this program under another name, found through PATH) takes the place of the
 * sandbox and sends what no jail would.  Whatever comes, this side neither crashes nor believes it, and every
 * request is answered exactly once. */
#include "src/sandbox/jail/protocol.h"
#include "tests/unit/sandbox_bench.h"

#include <sys/socket.h>
#include <sys/wait.h>

enum { SEEDS = 150 };

/* --- the other side --- */

struct liar {
    unsigned long state; /* of the random numbers */
    struct jail_header header;
    char payload[JAIL_PAYLOAD];
};

static unsigned long draw(struct liar *liar, unsigned long below)
{
    liar->state = liar->state * 6364136223846793005UL + 1442695040888963407UL;
    return (liar->state >> 33) % below;
}

static void send_message(struct liar *liar)
{
    struct iovec parts[] = { { &liar->header, sizeof(liar->header) },
                             { liar->payload, liar->header.length } };
    struct msghdr packet = { .msg_iov = parts, .msg_iovlen = 2 };
    if (sendmsg(JAIL_CHANNEL, &packet, MSG_NOSIGNAL) < 0)
        _exit(0);
}

static void say(struct liar *liar, uint32_t type, uint64_t id, const void *payload, size_t length)
{
    liar->header = (struct jail_header){ .type = type, .length = (uint32_t)length, .id = id };
    if (length > 0)
        memcpy(liar->payload, payload, length);
    send_message(liar);
}

/* Messages, how many bytes they have when they are right, and the requests they are about. */
static const struct {
    uint32_t type;
    size_t size;
    uint64_t first, last;
} usual[] = {
    { JAIL_STARTED, 0, 1, 3 },
    { JAIL_OUTPUT, 1000, 1, 3 },
    { JAIL_ERROR_OUTPUT, 3, 1, 3 },
    { JAIL_INPUT_TAKEN, sizeof(struct jail_count), 1, 3 },
    { JAIL_DONE, sizeof(struct jail_done) + 4, 1, 3 },
    { JAIL_ENTRIES, sizeof(struct jail_entry) + 3, 4, 5 },
    { JAIL_BYTES, 100, 6, 6 },
    { JAIL_ANSWER, sizeof(struct jail_answer), 4, 7 },
    { JAIL_CHANGED, 0, 8, 8 },
};

/* Something that is almost right; one time in ten it is spoilt as a whole. */
static void lie(struct liar *liar)
{
    size_t which = draw(liar, ARRAY_SIZE(usual)), length = usual[which].size;
    uint64_t id = usual[which].first + draw(liar, usual[which].last - usual[which].first + 1);
    uint32_t type = usual[which].type;
    if (draw(liar, 10) == 0) {
        length = draw(liar, 3) ? draw(liar, 200) : JAIL_PAYLOAD;
        id = draw(liar, 12);
        type = draw(liar, 3) ? (uint32_t)draw(liar, 80) : JAIL_READY;
    }
    memset(liar->payload, 0, length);
    for (size_t i = 0; i < length; i++)
        if (draw(liar, 3) == 0)
            liar->payload[i] = (char)(draw(liar, 8) ? draw(liar, 4) : draw(liar, 256));
    if (type == JAIL_ENTRIES && draw(liar, 2))
        memcpy(liar->payload, &(struct jail_entry){ .name_length = 2, .target_length = 1 },
               sizeof(struct jail_entry));
    if (type == JAIL_DONE && draw(liar, 2))
        memcpy(liar->payload, &(struct jail_done){ .end = JAIL_EXITED, .value = 1, .survivors = 9 },
               sizeof(struct jail_done));
    if (length > 0 && draw(liar, 2))
        liar->payload[length - 1] = '\0';
    liar->header = (struct jail_header){ .type = type, .length = (uint32_t)length, .id = id };
    send_message(liar);
}

/* The seed is in the folder that bwrap was told to bind as the workspace. */
static unsigned long read_seed(char **arguments)
{
    char path[4096], text[32] = "0";
    while (*arguments && strcmp(*arguments, "--bind") != 0)
        arguments++;
    snprintf(path, sizeof(path), "%s/../seed", arguments[1]);
    FILE *file = fopen(path, "r");
    if (!file || !fgets(text, sizeof(text), file))
        _exit(1);
    fclose(file);
    return strtoul(text, NULL, 10);
}

static void be_hostile(char **arguments)
{
    struct liar liar = { .state = read_seed(arguments) };
    struct jail_count version = { JAIL_VERSION };
    char packet[JAIL_PACKET];
    alarm(600);
    say(&liar, JAIL_READY, 0, &version, sizeof(version));
    for (int i = 0; i < 9; i++) /* until all requests are under way */
        if (recv(JAIL_CHANNEL, packet, sizeof(packet), 0) <= 0)
            _exit(0);
    for (int i = 0; i < 40; i++)
        lie(&liar);
    _exit(0);
}

/* --- this side --- */

static void open_hostile(struct bench *bench, unsigned long seed)
{
    char path[100], text[32];
    struct sandbox_options options = { .backend = "bubblewrap", .workspace = "/workspace" };
    *bench = (struct bench){ .loop = loop_new() };
    strcpy(bench->folder, "/tmp/sandgate-test-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    snprintf(path, sizeof(path), "%s/seed", bench->folder);
    snprintf(text, sizeof(text), "%lu\n", seed);
    assert_true(path_write_file(path, text, strlen(text), 0644, NULL));
    options.state_folder = bench->folder;
    bench->sandbox = sandbox_open(bench->loop, &options, &bench_events, bench);
}

static void count_change(void *data)
{
    ++*(int *)data;
}

/* Three programs, four file requests and a watch, which get the numbers 1 to 8. */
static void test_lies(void **state)
{
    (void)state;
    for (unsigned long seed = 1; seed <= SEEDS; seed++) {
        struct bench bench;
        struct run runs[3];
        struct ask asks[4];
        int changes = 0;
        open_hostile(&bench, seed);
        for (int i = 0; i < 3; i++)
            run_script_begin(&runs[i], &bench, "true");
        for (int i = 0; i < 4; i++)
            ask_begin(&asks[i], &bench);
        sandbox_list(bench.sandbox, "/", 2, ask_answered, &asks[0]);
        sandbox_stat(bench.sandbox, "/", ask_answered, &asks[1]);
        sandbox_read(bench.sandbox, "/a", 0, 200, true, ask_answered, &asks[2]);
        sandbox_write(bench.sandbox, "/a", "x", 1, NULL, ask_answered, &asks[3]);
        sandbox_watch_add(bench.sandbox, "/", count_change, &changes);
        while (!bench.lost && !bench.failed)
            loop_turn(bench.loop, -1);
        for (int i = 0; i < 3; i++) {
            assert_true(runs[i].done);
            run_release(&runs[i]);
        }
        for (int i = 0; i < 4; i++) {
            assert_true(asks[i].answered);
            assert_true(i != 0 || asks[i].count <= 2);
            assert_true(i != 2 || asks[i].bytes.length <= 200);
            ask_release(&asks[i]);
        }
        bench_close(&bench);
    }
}

/* PATH leads to a "bwrap" that is this program. */
static int take_the_place_of_bwrap(void **state)
{
    char self[4096], link[64], path[64] = "/tmp/sandgate-test-XXXXXX";
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (length <= 0 || !mkdtemp(path))
        return -1;
    self[length] = '\0';
    snprintf(link, sizeof(link), "%s/bwrap", path);
    setenv("PATH", path, 1);
    *state = xstrdup(path);
    return symlink(self, link);
}

static int give_it_back(void **state)
{
    path_remove_tree(*state, NULL);
    free(*state);
    return 0;
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lies),
    };
    if (count > 1 && strcmp(path_name(arguments[0]), "bwrap") == 0)
        be_hostile(arguments);
    alarm(600);
    return cmocka_run_group_tests(tests, take_the_place_of_bwrap, give_it_back);
}
