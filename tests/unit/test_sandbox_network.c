/* test_sandbox_network.c - a sandbox with a network: what it reaches and what it never does.
 *
 * The test makes a small world of its own in new namespaces: "the host", with a private address, a public one
 * and a resolver, and beyond it a machine with a public address.  Listeners wait on all of them. */
#include "src/sandbox/network/network.h"
#include "tests/unit/sandbox_bench.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* --- single frames --- */

enum { TO_TCP = 6, TO_UDP = 17 };

/* An IPv4 frame to ADDRESS and PORT; FRAGMENT as in its header. */
static size_t make_frame(uint8_t frame[64], uint32_t address, int protocol, unsigned port, unsigned fragment)
{
    memset(frame, 0, 64);
    frame[12] = 0x08;
    uint8_t *packet = frame + 14;
    packet[0] = 0x45;
    packet[6] = (uint8_t)(fragment >> 8);
    packet[7] = (uint8_t)fragment;
    packet[9] = (uint8_t)protocol;
    for (int i = 0; i < 4; i++)
        packet[16 + i] = (uint8_t)(address >> (24 - 8 * i));
    packet[22] = (uint8_t)(port >> 8);
    packet[23] = (uint8_t)port;
    return 14 + 20 + 8;
}

static void test_frames(void **state)
{
    static const struct {
        uint32_t address;
        int protocol;
        unsigned port, fragment;
        bool allowed;
    } cases[] = {
        { 0x08080808, TO_TCP, 443, 0, true },       { 0x0a000202, TO_TCP, 80, 0, false },
        { NETWORK_RESOLVER, TO_UDP, 53, 0, true },  { NETWORK_RESOLVER, TO_TCP, 53, 0, true },
        { NETWORK_RESOLVER, TO_TCP, 80, 0, false }, { NETWORK_RESOLVER, TO_UDP, 123, 0, false },
        { NETWORK_RESOLVER, 1, 53, 0, false },      { NETWORK_RESOLVER, TO_UDP, 53, 0x2000, false },
        { NETWORK_RESOLVER, TO_UDP, 53, 1, false }, { 0x0a010203, TO_TCP, 80, 0, false },
        { 0x7f000001, TO_TCP, 80, 0, false },       { 0xa9fea9fe, TO_TCP, 80, 0, false },
        { 0xac1fffff, TO_TCP, 80, 0, false },       { 0xac200000, TO_TCP, 80, 0, true },
        { 0xc0a80105, TO_UDP, 53, 0, false },       { 0x647fffff, TO_TCP, 80, 0, false },
        { 0x64800000, TO_TCP, 80, 0, true },        { 0xffffffff, TO_UDP, 67, 0, false },
        { 0xe0000001, TO_UDP, 67, 0, false },       { 0x00000000, TO_TCP, 80, 0, false },
        { 0xcb007105, TO_TCP, 80, 0, false },       { 0xcb007106, TO_TCP, 80, 0, true },
    };
    struct network_host host = { .addresses = { 0xcb007105 }, .count = 1 };
    uint8_t frame[64];
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t length =
            make_frame(frame, cases[i].address, cases[i].protocol, cases[i].port, cases[i].fragment);
        if (network_frame_allowed(&host, frame, length) != cases[i].allowed)
            fail_msg("case %zu", i);
    }
}

static void test_bad_frames(void **state)
{
    struct network_host host = { .count = 0 };
    uint8_t frame[64];
    (void)state;
    size_t length = make_frame(frame, NETWORK_RESOLVER, TO_UDP, 53, 0);
    for (size_t cut = 0; cut < length - 4; cut++)
        assert_false(network_frame_allowed(&host, frame, cut));
    frame[14] = 0x4f; /* options that are not there */
    assert_false(network_frame_allowed(&host, frame, length));
    frame[14] = 0x41; /* a header too short to be one */
    assert_false(network_frame_allowed(&host, frame, length));
    make_frame(frame, 0x08080808, TO_TCP, 80, 0);
    frame[14] = 0x65; /* version 6 in a frame of version 4 */
    assert_false(network_frame_allowed(&host, frame, length));
    frame[12] = 0x86, frame[13] = 0xdd;
    assert_false(network_frame_allowed(&host, frame, length));
    frame[12] = 0x81, frame[13] = 0x00;
    assert_false(network_frame_allowed(&host, frame, length));
    frame[12] = 0x08, frame[13] = 0x06;
    assert_true(network_frame_allowed(&host, frame, length));
}

/* --- a small world --- */

static const char world[] = "set -e; ip link set lo up; ip link add here type veth peer name there; "
                            "ip addr add 192.168.77.1/24 dev here; ip addr add 203.0.113.5/24 dev here; ip "
                            "addr add 169.254.169.254/32 dev here;"
                            "ip link set here up; ip netns add beyond; ip link set there netns beyond; "
                            "ip -n beyond addr add 203.0.113.9/24 dev there; ip -n beyond link set there up; "
                            "ip -n beyond link set lo up; "
                            "mount -t tmpfs none /dev/net; mknod -m 666 /dev/net/tun c 10 200; "
                            "echo 'nameserver 192.168.77.1' > /etc/resolv.conf";

/* New network and mounts, so that nothing of this is seen outside. False: this machine does not let us. */
static bool make_world(void)
{
    if (geteuid() != 0 || unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return false;
    mkdir("/run/netns", 0755);
    return mount("none", "/run/netns", "tmpfs", 0, NULL) == 0 &&
           system("t=$(mktemp) && chmod 644 $t && mount --bind $t /etc/resolv.conf && rm $t") == 0 &&
           system(world) == 0;
}

static int listen_at(uint32_t address, int port, int kind)
{
    struct sockaddr_in place = { .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(address) };
    int fd = socket(AF_INET, kind | SOCK_CLOEXEC, 0), yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(fd, (struct sockaddr *)&place, sizeof(place)) < 0 ||
        (kind == SOCK_STREAM && listen(fd, 100) < 0))
        _exit(3);
    return fd;
}

/* Listens beyond; a process of its own, because it is in another namespace. */
static pid_t listen_beyond(int port)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int space = open("/run/netns/beyond", O_RDONLY);
        if (setns(space, CLONE_NEWNET) < 0)
            _exit(3);
        listen_at(INADDR_ANY, port, SOCK_STREAM);
        byte = 1;
        if (write(ready[1], &byte, 1) == 1)
            pause();
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

/* Answers every question for a name with 203.0.113.9. */
static pid_t start_resolver(void)
{
    int fd = listen_at(0xc0a84d01, 53, SOCK_DGRAM);
    pid_t pid = fork();
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        uint8_t packet[600];
        static const uint8_t found[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 9 };
        struct sockaddr_in from;
        socklen_t size = sizeof(from);
        if (pid != 0)
            break;
        ssize_t length = recvfrom(fd, packet, 512, 0, (struct sockaddr *)&from, &size);
        if (length < 17)
            continue;
        ssize_t end = 12;
        while (end < length && packet[end])
            end += packet[end] + 1;
        bool address = packet[end + 2] == 1;
        packet[2] = 0x81, packet[3] = 0x80, packet[7] = address, packet[9] = 0, packet[11] = 0;
        end += 5;
        memcpy(packet + end, found, sizeof(found));
        sendto(fd, packet, (size_t)end + (address ? sizeof(found) : 0), 0, (struct sockaddr *)&from, size);
    }
    close(fd);
    return pid;
}

static void stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Tries them all at once; REACHED are those of them that must answer, a line each: they get their time. */
static void expect_reach(struct bench *bench, const char *addresses, const char *reached)
{
    char script[600];
    snprintf(script, sizeof(script),
             "for a in %s; do case '%s' in *$a*) t=30 ;; *) t=1 ;; esac; "
             "timeout $t bash -c \"echo > /dev/tcp/$a\" 2>/dev/null && echo $a & done; wait",
             addresses, reached);
    expect_output(bench, script, reached);
}

/* Past the routes: bound to the device the kernel asks for any address on the spot, so only the gate is left. */
static void expect_gate(struct bench *bench)
{
    static const char script[] =
        "import socket, select\n"
        "tries = {}\n"
        "for a in ('192.168.77.1', '203.0.113.5', '169.254.169.254', '10.0.2.2', '127.0.0.1', "
        "'203.0.113.9'):\n"
        "  s = socket.socket(); s.setblocking(False); s.setsockopt(socket.SOL_SOCKET, 25, b'tap0')\n"
        "  if s.connect_ex((a, 7777)) in (0, 115): tries[s] = a\n"
        "end = False\n"
        "while not end:\n"
        "  done = select.select([], list(tries), [], 30 if '203.0.113.9' in tries.values() else 1)[1]\n"
        "  end = not done\n"
        "  for s in done:\n"
        "    a = tries.pop(s)\n"
        "    if s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0: print(a)\n";
    const char *const argv[] = { "/usr/bin/python3", "-c", script, NULL };
    struct run run;
    run_begin(&run, bench, (struct sandbox_exec_spec){ .argv = argv });
    run_wait(&run);
    if (run.end == SANDBOX_EXITED) /* else there is no Python here */
        assert_string_equal(run.out.data, "203.0.113.9\n");
    run_release(&run);
}

static void test_reach_from_inside(void **state)
{
    struct bench bench;
    (void)state;
    bench_open_with(&bench, (struct sandbox_options){ .network = true });
    if (bench.failed)
        fail_msg("%s", bench.sentence);
    assert_true(sandbox_facts(bench.sandbox)->network);
    expect_output(&bench, "getent hosts somewhere.example", "203.0.113.9     somewhere.example\n");
    /* beyond; its own loopback; the host's; the resolver, but no question; private; metadata; the host itself */
    expect_reach(&bench,
                 "203.0.113.9/7777 127.0.0.1/7778 10.0.2.2/7778 10.0.2.3/7777 192.168.77.1/7777 "
                 "169.254.169.254/7777 203.0.113.5/7777",
                 "203.0.113.9/7777\n");
    expect_gate(&bench);
    expect_output(&bench, "grep -c tap0 /proc/net/route; ip route del default 2>/dev/null || echo kept",
                  "2\nkept\n");
    bench_close(&bench);
}

static void test_reach(void **state)
{
    if (!make_world() || access("/dev/net/tun", R_OK | W_OK) < 0)
        skip();
    int host = listen_at(INADDR_ANY, 7777, SOCK_STREAM), loopback = listen_at(0x7f000001, 7778, SOCK_STREAM);
    pid_t beyond = listen_beyond(7777), resolver = start_resolver();
    test_reach_from_inside(state);
    run_as_plain_user();
    stop(beyond);
    stop(resolver);
    close(host);
    close(loopback);
}

static void test_off(void **state)
{
    struct bench *bench = *state;
    assert_false(sandbox_facts(bench->sandbox)->network);
    assert_string_equal(sandbox_facts(bench->sandbox)->network_words, "off");
    expect_reach(bench, "203.0.113.9/7777", "");
    expect_output(bench, "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '", "lo\n");
}

static void test_no_program(void **state)
{
    struct bench bench;
    char *path = xstrdup(getenv("PATH"));
    (void)state;
    setenv("PATH", "/nowhere", 1);
    bench_open_with(&bench, (struct sandbox_options){ .network = true });
    setenv("PATH", path, 1);
    assert_true(bench.failed);
    assert_non_null(strstr(bench.sentence, "apt-get install slirp4netns"));
    bench_close(&bench);
    free(path);
}

/* A slirp4netns that ends at once. */
static void test_program_fails(void **state)
{
    struct bench bench;
    char folder[64] = "/tmp/sandgate-test-XXXXXX", link[100], path[4096];
    char *before = xstrdup(getenv("PATH"));
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(link, sizeof(link), "%s/slirp4netns", folder);
    snprintf(path, sizeof(path), "%s:%s", folder, before);
    assert_int_equal(symlink("/bin/false", link), 0);
    setenv("PATH", path, 1);
    bench_open_with(&bench, (struct sandbox_options){ .network = true });
    setenv("PATH", before, 1);
    assert_true(bench.failed);
    assert_non_null(strstr(bench.sentence, "slirp4netns"));
    bench_close(&bench);
    path_remove_tree(folder, NULL);
    free(before);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest again[] = { cmocka_unit_test(test_reach_from_inside) };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_bad_frames),
        cmocka_unit_test_setup_teardown(test_off, bench_setup, bench_teardown),
        cmocka_unit_test(test_no_program),
        cmocka_unit_test(test_program_fails),
        cmocka_unit_test(test_reach), /* last: it leaves this process in another world */
    };
    alarm(600);
    if (count > 1 && strcmp(arguments[1], "plain") == 0)
        return cmocka_run_group_tests_name("as a plain user", again, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
