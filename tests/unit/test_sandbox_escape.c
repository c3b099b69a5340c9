/* test_sandbox_escape.c - what must not be possible inside: by the first program and by a later one, on pipes
 * and on a terminal, started by root and by a plain user (when it runs as root, it runs itself once more as
 * one). */
#include "tests/unit/sandbox_bench.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

/* The attacker's file as bytes. */
static void read_attacker(struct buffer *program)
{
    const char *build = getenv("SANDGATE_BUILD");
    char *path = path_join(build ? build : ".", "sandbox_attacker");
    if (!path_read_file(path, program, NULL))
        fail_msg("%s is not there", path);
    free(path);
}

static int listen_on_loopback(int *port)
{
    struct sockaddr_in place = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(place);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&place, sizeof(place)), 0);
    assert_int_equal(listen(fd, 10), 0);
    getsockname(fd, (struct sockaddr *)&place, &length);
    *port = ntohs(place.sin_port);
    return fd;
}

static int listen_abstract(char name[64])
{
    struct sockaddr_un place = { .sun_family = AF_UNIX };
    snprintf(name, 64, "sandgate-test-%d", (int)getpid());
    memcpy(place.sun_path + 1, name, strlen(name));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
    assert_int_equal(bind(fd, (struct sockaddr *)&place, size), 0);
    assert_int_equal(listen(fd, 10), 0);
    return fd;
}

static void attack(struct bench *bench, int port, const char *name, bool terminal)
{
    char number[16];
    struct run run;
    snprintf(number, sizeof(number), "%d", port);
    const char *const argv[] = { "/workspace/attacker", number, name, NULL };
    run_begin(&run, bench, (struct sandbox_exec_spec){ .argv = argv, .pty = terminal });
    run_wait(&run);
    if (strncmp(run.out.data, "tried much", 10) != 0)
        fail_msg("%s%s%s", run.out.data, run.error.data, run.sentence ? run.sentence : "");
    assert_int_equal(run.code, 0);
    run_release(&run);
}

static void test_attacks(void **state)
{
    (void)state;
    struct bench bench;
    struct ask ask;
    struct buffer program = BUFFER_INIT;
    char name[64];
    int port, loopback = listen_on_loopback(&port), abstract = listen_abstract(name);
    /* what a careless program leaves open and set */
    int leak = open("/etc/passwd", O_RDONLY);
    setenv("SANDGATE_TEST_SECRET", "hush", 1);
    read_attacker(&program);
    bench_open(&bench);
    ASK(&ask, &bench, sandbox_put, "/workspace/attacker", SANDBOX_FILE, 0755, program.data, program.length,
        NULL);
    assert_int_equal(ask.error, 0);
    attack(&bench, port, name, false);
    attack(&bench, port, name, false);
    attack(&bench, port, name, true);
    expect_output(&bench, "echo still here", "still here\n");
    ask_release(&ask);
    bench_close(&bench);
    buffer_release(&program);
    close(leak);
    close(loopback);
    close(abstract);
}

/* A set-user-id program gives nothing, and no program of root's either. */
static void test_no_way_up(void **state)
{
    struct bench *bench = *state;
    struct run run;
    run_script(&run, bench,
               "cp /usr/bin/id . && chmod 6755 id && ./id -u; grep CapEff /proc/self/status;"
               "su -c id 2>/dev/null; unshare -Ur true 2>/dev/null && echo unshared;"
               "setpriv --reuid=1 true 2>/dev/null && echo changed;"
               "chown 1 id 2>/dev/null && echo chowned; true");
    assert_string_equal(run.out.data, "0\nCapEff:\t0000000000000000\n");
    run_release(&run);
}

/* --- as a plain user --- */

static void test_all_as_plain_user(void **state)
{
    (void)state;
    if (!run_as_plain_user())
        skip();
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attacks),
        cmocka_unit_test_setup_teardown(test_no_way_up, bench_setup, bench_teardown),
        cmocka_unit_test(test_all_as_plain_user),
    };
    bool plain = count > 1 && strcmp(arguments[1], "plain") == 0;
    alarm(600);
    signal(SIGPIPE, SIG_IGN);
    return plain ? cmocka_run_group_tests_name("as a plain user", tests, NULL, NULL)
                 : cmocka_run_group_tests(tests, NULL, NULL);
}
