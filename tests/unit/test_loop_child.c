/* test_loop_child.c - child processes: what they get, how their end is told, and that none is left. */
#include "base/buffer.h"
#include "base/error.h"
#include "loop/child.h"
#include "loop/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* One child whose standard output and error are read to the end. */
struct scene {
    struct loop *loop;
    struct child *child;
    struct loop_watch *watch;
    int output[2];
    struct buffer text;
    bool output_ended, child_ended;
    int code, signal;
};

static void ended(void *data, int code, int signal)
{
    struct scene *scene = data;
    assert_false(scene->child_ended);
    scene->child_ended = true;
    scene->code = code;
    scene->signal = signal;
    child_free(scene->child); /* from its own callback */
    scene->child = NULL;
}

static void output_ready(void *data, int events)
{
    struct scene *scene = data;
    char bytes[4096];
    (void)events;
    ssize_t count = read(scene->output[0], bytes, sizeof(bytes));
    if (count > 0) {
        buffer_append(&scene->text, bytes, (size_t)count);
        return;
    }
    scene->output_ended = true;
    loop_watch_remove(scene->watch);
    scene->watch = NULL;
}

static void scene_start(struct scene *scene, struct child_spec *spec)
{
    struct error error = ERROR_INIT;
    *scene = (struct scene){ .loop = loop_new(), .text = BUFFER_INIT };
    assert_int_equal(pipe2(scene->output, O_CLOEXEC), 0);
    const int descriptors[][2] = { { scene->output[1], 1 }, { scene->output[1], 2 }, { -1, -1 } };
    if (spec->descriptors == NULL)
        spec->descriptors = descriptors;
    scene->child = child_start(scene->loop, spec, ended, scene, &error);
    spec->descriptors = NULL;
    close(scene->output[1]);
    if (scene->child == NULL)
        fail_msg("%s", error_message(&error));
    scene->watch = loop_watch_add(scene->loop, scene->output[0], LOOP_READ, output_ready, scene);
}

static void scene_finish(struct scene *scene)
{
    while (!scene->output_ended || !scene->child_ended)
        loop_turn(scene->loop, -1);
}

static void scene_release(struct scene *scene)
{
    child_free(scene->child);
    loop_watch_remove(scene->watch);
    close(scene->output[0]);
    buffer_release(&scene->text);
    loop_free(scene->loop);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* not even a zombie is left */
    assert_int_equal(errno, ECHILD);
}

/* Runs a shell script to its end. */
static void run_script(struct scene *scene, const char *script, struct child_spec spec)
{
    const char *const argv[] = { "/bin/sh", "-c", script, NULL };
    spec.argv = argv;
    scene_start(scene, &spec);
    scene_finish(scene);
}

static void end_is_told_with_its_code(void **state)
{
    (void)state;
    struct scene scene;
    run_script(&scene, "echo out; echo err >&2; exit 7", (struct child_spec){ 0 });
    assert_int_equal(scene.code, 7);
    assert_int_equal(scene.signal, 0);
    assert_string_equal(scene.text.data, "out\nerr\n");
    scene_release(&scene);
}

static void end_is_told_with_its_signal(void **state)
{
    (void)state;
    struct scene scene;
    run_script(&scene, "kill -TERM $$", (struct child_spec){ 0 });
    assert_int_equal(scene.code, -1);
    assert_int_equal(scene.signal, SIGTERM);
    scene_release(&scene);
}

static void program_is_found_in_the_path(void **state)
{
    (void)state;
    struct scene scene;
    const char *const argv[] = { "echo", "found", NULL };
    struct child_spec spec = { .argv = argv };
    scene_start(&scene, &spec);
    scene_finish(&scene);
    assert_string_equal(scene.text.data, "found\n");
    scene_release(&scene);
}

static void environment_and_folder_are_what_is_listed(void **state)
{
    (void)state;
    struct scene scene;
    const char *const environment[] = { "COLOUR=green", NULL };
    setenv("LEAK", "yes", 1);
    run_script(&scene, "echo $COLOUR $LEAK; pwd",
               (struct child_spec){ .environment = environment, .folder = "/proc" });
    assert_string_equal(scene.text.data, "green\n/proc\n");
    scene_release(&scene);
    run_script(&scene, "echo $LEAK", (struct child_spec){ 0 });
    assert_string_equal(scene.text.data, "yes\n");
    scene_release(&scene);
}

/* A descriptor without close-on-exec stays here; input is /dev/null. */
static void descriptors_are_what_is_listed(void **state)
{
    (void)state;
    struct scene scene;
    int leak = open("/dev/zero", O_RDONLY);
    assert_true(leak >= 0);
    run_script(&scene, "readlink /proc/$$/fd/0; ls /proc/$$/fd", (struct child_spec){ 0 });
    assert_string_equal(scene.text.data, "/dev/null\n0\n1\n2\n");
    close(leak);
    scene_release(&scene);
}

static void descriptors_may_cross_over(void **state)
{
    (void)state;
    struct scene scene;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int zero = open("/dev/zero", O_RDWR | O_CLOEXEC);
    int output[2];
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    const int descriptors[][2] = { { null, zero }, { zero, null }, { output[1], 1 }, { -1, -1 } };
    char script[128];
    snprintf(script, sizeof(script), "readlink /proc/$$/fd/%d /proc/$$/fd/%d", null, zero);
    run_script(&scene, script, (struct child_spec){ .descriptors = descriptors });
    close(output[1]);
    char text[64] = "";
    assert_true(read(output[0], text, sizeof(text) - 1) > 0);
    assert_string_equal(text, "/dev/zero\n/dev/null\n");
    close(output[0]);
    close(null);
    close(zero);
    scene_release(&scene);
}

static void signals_are_clean(void **state)
{
    (void)state;
    struct scene scene;
    sigset_t blocked, former;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, &former);
    void (*handler)(int) = signal(SIGPIPE, SIG_IGN);
    run_script(&scene, "grep -E 'Sig(Blk|Ign)' /proc/self/status", (struct child_spec){ 0 });
    unsigned long long blocked_in_child, ignored;
    assert_int_equal(sscanf(scene.text.data, "SigBlk: %llx SigIgn: %llx", &blocked_in_child, &ignored), 2);
    assert_int_equal(blocked_in_child, 0);
    assert_int_equal(ignored & 0x7fffffff, 0); /* glibc leaves its own two above these ignored */
    signal(SIGPIPE, handler);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    scene_release(&scene);
}

static void kill_takes_the_whole_group(void **state)
{
    (void)state;
    struct scene scene;
    const char *const argv[] = { "/bin/sh", "-c", "sleep 1000 & echo started; wait", NULL };
    struct child_spec spec = { .argv = argv };
    scene_start(&scene, &spec);
    assert_int_not_equal(getpgid(child_pid(scene.child)), getpgrp());
    while (scene.text.length == 0)
        loop_turn(scene.loop, -1);
    child_kill(scene.child, SIGTERM);
    scene_finish(&scene); /* the output ends only when the background process is gone too */
    assert_int_equal(scene.signal, SIGTERM);
    scene_release(&scene);
}

static void forgotten_child_is_killed_and_reaped(void **state)
{
    (void)state;
    struct scene scene;
    const char *const argv[] = { "/bin/sh", "-c", "trap '' TERM; sleep 1000", NULL };
    struct child_spec spec = { .argv = argv };
    scene_start(&scene, &spec);
    child_free(scene.child);
    scene.child = NULL;
    while (!scene.output_ended)
        loop_turn(scene.loop, -1);
    assert_false(scene.child_ended);
    scene_release(&scene);
}

static void stop_loop(void *data, int code, int signal)
{
    (void)code, (void)signal;
    loop_stop(data);
}

/* In a session of its own on a pseudo-terminal: the child reads a line from it, then the terminal is ours. */
static void play_with_terminal(void)
{
    struct loop *loop = loop_new();
    const char *const argv[] = { "/bin/sh", "-c", "read line && echo \"[$line]\"", NULL };
    struct child_spec spec = { .argv = argv, .keep_terminal = true };
    struct child *child = child_start(loop, &spec, stop_loop, loop, NULL);
    if (child == NULL || tcgetpgrp(0) != child_pid(child))
        _exit(1);
    loop_run(loop);
    if (tcgetpgrp(0) != getpgrp())
        _exit(2);
    child_free(child);
    loop_free(loop);
    _exit(0);
}

static void child_with_the_terminal_is_its_foreground(void **state)
{
    (void)state;
    int terminal, status;
    pid_t pid = forkpty(&terminal, NULL, NULL, NULL);
    if (pid == 0)
        play_with_terminal();
    assert_true(pid > 0);
    assert_int_equal(write(terminal, "typed\n", 6), 6);
    struct buffer text = BUFFER_INIT;
    char bytes[256];
    ssize_t count;
    while ((count = read(terminal, bytes, sizeof(bytes))) > 0)
        buffer_append(&text, bytes, (size_t)count);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_non_null(strstr(text.data, "[typed]"));
    buffer_release(&text);
    close(terminal);
}

static void expect_failure(const struct child_spec *spec, const char *sentence)
{
    struct loop *loop = loop_new();
    struct error error = ERROR_INIT;
    assert_null(child_start(loop, spec, ended, NULL, &error));
    assert_string_equal(error_message(&error), sentence);
    error_clear(&error);
    loop_free(loop);
}

static void failures_say_what_is_wrong(void **state)
{
    (void)state;
    const char *const missing[] = { "no-such-program", NULL };
    expect_failure(&(struct child_spec){ .argv = missing },
                   "'no-such-program' could not be started: No such file or directory");
    const char *const there[] = { "true", NULL };
    expect_failure(&(struct child_spec){ .argv = there, .folder = "/no/such/folder" },
                   "'true' could not be started in /no/such/folder: No such file or directory");
    const int descriptors[][2] = { { 999, 3 }, { -1, -1 } };
    expect_failure(&(struct child_spec){ .argv = there, .descriptors = descriptors },
                   "descriptor 999 could not be given to 'true': Bad file descriptor");
    child_free(NULL);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(end_is_told_with_its_code),
        cmocka_unit_test(end_is_told_with_its_signal),
        cmocka_unit_test(program_is_found_in_the_path),
        cmocka_unit_test(environment_and_folder_are_what_is_listed),
        cmocka_unit_test(descriptors_are_what_is_listed),
        cmocka_unit_test(descriptors_may_cross_over),
        cmocka_unit_test(signals_are_clean),
        cmocka_unit_test(kill_takes_the_whole_group),
        cmocka_unit_test(forgotten_child_is_killed_and_reaped),
        cmocka_unit_test(child_with_the_terminal_is_its_foreground),
        cmocka_unit_test(failures_say_what_is_wrong),
    };
    return cmocka_run_group_tests_name("loop child", tests, NULL, NULL);
}
