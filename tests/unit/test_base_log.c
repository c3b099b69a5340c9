/* test_base_log.c - the debug log: off unless asked for, one line a call, and never a secret in it. */
#include "base/log.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void nothing_is_written_unless_asked(void **state)
{
    (void)state;
    unsetenv("SANDGATE_DEBUG");
    log_open();
    assert_false(log_enabled());
    log_line("area", "%s", "nobody reads this");
    log_close();
}

static void lines_hold_no_secret_and_no_control(void **state)
{
    (void)state;
    char path[] = "/tmp/sandgate-log-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    unlink(path);
    setenv("SANDGATE_DEBUG", path, 1);
    setenv("SANDGATE_TEST_TIME", "1795183385123", 1);
    log_secret("before-opening");
    log_open();
    assert_true(log_enabled());
    log_secret(NULL);
    log_secret("");
    log_secret("key");
    log_secret("key-and-more");
    log_line("http", "a key, key-and-more, before-opening, ke%c %s", 'y', "\x1b[31m\n");
    log_close();
    assert_false(log_enabled());
    struct buffer text = BUFFER_INIT;
    assert_true(path_read_file(path, &text, NULL));
    assert_string_equal(text.data, "2026-11-20T14:03:05.123Z http: a ***, ***, ***, *** \\x1b[31m\\x0a\n");
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    buffer_release(&text);
    unlink(path);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_written_unless_asked),
        cmocka_unit_test(lines_hold_no_secret_and_no_control),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
