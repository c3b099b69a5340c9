/* test_modal_settings.c - which variable, profile or default wins, what is refused, what is said without a
 * token, and that keeping a token leaves the rest of the file alone. */
#include "modal/settings.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct home {
    char folder[64];
    char *file, *variable; /* "HOME=..." */
};

static int make_home(void **state)
{
    struct home *home = xcalloc(1, sizeof *home);

    strcpy(home->folder, "/tmp/sandgate-test-XXXXXX");
    assert_non_null(mkdtemp(home->folder));
    home->file = path_join(home->folder, ".modal.toml");
    home->variable = xasprintf("HOME=%s", home->folder);
    *state = home;
    return 0;
}

static int remove_home(void **state)
{
    struct home *home = *state;

    path_remove_tree(home->folder, NULL);
    free(home->file);
    free(home->variable);
    free(home);
    return 0;
}

static void write_file(const struct home *home, const char *text)
{
    assert_true(path_write_file(home->file, text, strlen(text), 0644, NULL));
}

/* Reads with up to three variables more. */
static bool read_with(const struct home *home, struct modal_settings *settings, struct error *error,
                      const char *one, const char *two, const char *three)
{
    const char *environment[] = { home->variable, one, one ? two : NULL, one && two ? three : NULL, NULL };

    return modal_settings_read(settings, environment, error);
}

static void read_good(const struct home *home, struct modal_settings *settings, const char *one,
                      const char *two, const char *three)
{
    struct error error = ERROR_INIT;

    if (!read_with(home, settings, &error, one, two, three))
        fail_msg("%s", error_message(&error));
}

static void refuse(const struct home *home, const char *one, const char *wanted)
{
    struct modal_settings settings;
    struct error error = ERROR_INIT;

    assert_false(read_with(home, &settings, &error, one, NULL, NULL));
    if (!strstr(error_message(&error), wanted))
        fail_msg("\"%s\" was expected, not \"%s\"", wanted, error_message(&error));
    assert_null(strstr(error_message(&error), "as-hidden"));
    error_clear(&error);
}

static void defaults_hold_without_a_file(void **state)
{
    const struct home *home = *state;
    struct modal_settings settings;

    read_good(home, &settings, NULL, NULL, NULL);
    assert_string_equal(settings.file, home->file);
    assert_false(settings.file_exists);
    assert_string_equal(settings.profile, "default");
    assert_string_equal(settings.server_url, "https://api.modal.com");
    assert_null(settings.token_id);
    assert_null(settings.token_source);
    assert_string_equal(settings.environment, "");
    assert_null(settings.image_builder_version);
    assert_int_equal(settings.max_throttle_wait, MODAL_THROTTLE_UNLIMITED);
    assert_true(settings.sandbox_v2);
    assert_false(settings.force_build);
    assert_false(modal_settings_local(&settings));
    char *missing = modal_settings_token_missing(&settings);
    assert_non_null(strstr(missing, "does not exist"));
    assert_non_null(strstr(missing, "sandgate modal login"));
    free(missing);
    modal_settings_release(&settings);
}

static const char two_profiles[] = "[default]\ntoken_id = \"ak-1\"\ntoken_secret = \"as-1\"\n"
                                   "[work]\ntoken_id = \"ak-2\"\ntoken_secret = \"as-2\"\nactive = true\n"
                                   "environment = \"dev\"\nimage_builder_version = \"2025.06\"\n"
                                   "max_throttle_wait = 30\nsandbox_v2 = false\nforce_build = \"true\"\n"
                                   "loglevel = \"DEBUG\"\nunknown = 1\n";

static void the_active_profile_is_read(void **state)
{
    const struct home *home = *state;
    struct modal_settings settings;

    write_file(home, two_profiles);
    read_good(home, &settings, NULL, NULL, NULL);
    assert_true(settings.file_exists);
    assert_string_equal(settings.profile, "work");
    assert_string_equal(settings.token_id, "ak-2");
    assert_string_equal(settings.token_secret, "as-2");
    assert_string_equal(settings.token_source, "profile work of ~/.modal.toml");
    assert_string_equal(settings.environment, "dev");
    assert_string_equal(settings.image_builder_version, "2025.06");
    assert_int_equal(settings.max_throttle_wait, 30);
    assert_false(settings.sandbox_v2);
    assert_true(settings.force_build);
    assert_null(modal_settings_token_missing(&settings));
    modal_settings_release(&settings);
}

static void variables_win_unless_they_are_empty(void **state)
{
    const struct home *home = *state;
    struct modal_settings settings;

    write_file(home, two_profiles);
    read_good(home, &settings, "MODAL_TOKEN_ID=ak-9", "MODAL_TOKEN_SECRET=as-9", "MODAL_ENVIRONMENT=");
    assert_string_equal(settings.token_id, "ak-9");
    assert_string_equal(settings.token_source, "MODAL_TOKEN_ID");
    assert_string_equal(settings.environment, "dev");
    modal_settings_release(&settings);
    read_good(home, &settings, "MODAL_PROFILE=default", "MODAL_SANDBOX_V2=0", "MODAL_MAX_THROTTLE_WAIT=x");
    assert_string_equal(settings.token_id, "ak-1");
    assert_false(settings.sandbox_v2);
    assert_int_equal(settings.max_throttle_wait, MODAL_THROTTLE_UNLIMITED);
    modal_settings_release(&settings);
    read_good(home, &settings, "MODAL_TOKEN_ID=ak-9", "MODAL_MAX_THROTTLE_WAIT=0", "MODAL_SANDBOX_V2=False");
    assert_string_equal(settings.token_secret, "as-2");
    assert_string_equal(settings.token_source, "MODAL_TOKEN_ID and profile work of ~/.modal.toml");
    assert_int_equal(settings.max_throttle_wait, 0);
    assert_false(settings.sandbox_v2);
    modal_settings_release(&settings);
}

static void another_file_can_be_named(void **state)
{
    const struct home *home = *state;
    struct modal_settings settings;
    char *other = path_join(home->folder, "other.toml");
    char *named = xasprintf("MODAL_CONFIG_PATH=%s", other);

    assert_true(path_write_file(other, two_profiles, strlen(two_profiles), 0600, NULL));
    read_good(home, &settings, named, NULL, NULL);
    assert_string_equal(settings.file, other);
    assert_string_equal(settings.token_id, "ak-2");
    modal_settings_release(&settings);
    free(named);
    free(other);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
    const struct home *home = *state;

    write_file(home, "[a]\ntoken_secret = \"as-hidden\"\nx = [1]\n");
    refuse(home, NULL, ".modal.toml cannot be read: line 3: only strings");
    write_file(home, "[a]\nactive = true\n[b]\nactive = true\n");
    refuse(home, NULL, "more than one profile with active = true: b (line 3)");
    write_file(home, "[default]\nimage_builder_version = 2025.06\n");
    refuse(home, NULL, ".modal.toml, line 2: image_builder_version must be a text in quotes");
    write_file(home, "[default]\ntoken_secret = \"as-hidden\\r\\nx: y\"\n");
    refuse(home, NULL, "line 2: token_secret holds a character");
    unlink(home->file);
    assert_int_equal(mkdir(home->file, 0700), 0);
    refuse(home, NULL, "not a regular file");
}

static void only_this_machine_is_reached_without_tls(void **state)
{
    const struct home *home = *state;
    static const char *const wrong[] = {
        "http://example.com",
        "http://localhost.example.com",
        "http://localhost@example.com",
        "http://127.0.0.1.nip.io:1",
        "ftp://localhost",
        "localhost:1",
        "https://a/b",
        "https://a:0",
        "https://a:99999",
        "https://a:1x",
        "https://",
        "http://[::1",
    };
    static const struct {
        const char *url, *read;
        bool local;
    } good[] = {
        { "http://localhost:1", "http://localhost:1", true },
        { "http://127.0.0.1:50051/", "http://127.0.0.1:50051", true },
        { "http://[::1]:5", "http://[::1]:5", true },
        { "https://api.modal.com/", "https://api.modal.com", false },
        { "https://localhost", "https://localhost", true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        char *variable = xasprintf("MODAL_SERVER_URL=%s", wrong[i]);
        refuse(home, variable, "server_url (MODAL_SERVER_URL)");
        free(variable);
    }
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        char *variable = xasprintf("MODAL_SERVER_URL=%s", good[i].url);
        struct modal_settings settings;
        read_good(home, &settings, variable, NULL, NULL);
        assert_string_equal(settings.server_url, good[i].read);
        assert_int_equal(modal_settings_local(&settings), good[i].local);
        modal_settings_release(&settings);
        free(variable);
    }
}

static void expect_missing(const struct home *home, const char *one, const char *wanted)
{
    struct modal_settings settings;

    read_good(home, &settings, one, NULL, NULL);
    char *missing = modal_settings_token_missing(&settings);
    assert_non_null(missing);
    if (!strstr(missing, wanted))
        fail_msg("\"%s\" was expected, not \"%s\"", wanted, missing);
    free(missing);
    modal_settings_release(&settings);
}

static void a_missing_token_is_explained(void **state)
{
    const struct home *home = *state;

    write_file(home, "[a]\ntoken_id = \"ak-1\"\ntoken_secret = \"as-1\"\n[b]\n");
    expect_missing(home, NULL, "has no profile default (it has a, b)");
    expect_missing(home, "MODAL_PROFILE=c", "has no profile c (it has a, b)");
    expect_missing(home, "MODAL_PROFILE=b", "There is no Modal token in profile b");
    expect_missing(home, "MODAL_TOKEN_ID=ak-1", "a token id without a token secret");
}

static void expect_saved(const struct home *home, const char *before, const char *profile, bool activate,
                         const char *after)
{
    struct error error = ERROR_INIT;
    struct buffer text = BUFFER_INIT;
    struct stat status;

    if (before)
        write_file(home, before);
    if (!modal_settings_save_token(home->file, profile, "ak-n", "as-n", NULL, activate, &error))
        fail_msg("%s", error_message(&error));
    assert_true(path_read_file(home->file, &text, NULL));
    assert_string_equal(text.data, after);
    assert_int_equal(stat(home->file, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    buffer_release(&text);
}

static void a_token_is_kept_in_its_own_table(void **state)
{
    const struct home *home = *state;

    expect_saved(home, NULL, "work", true,
                 "[work]\ntoken_id = \"ak-n\"\ntoken_secret = \"as-n\"\nactive = true\n");
    expect_saved(home,
                 "# mine\n[a] # first\nactive   =   true # yes\nenvironment = 'dev'\n\n# of b\n[b]\n"
                 "token_secret = 'old'  # to be replaced\nserver_url = \"https://x\"\n\n[c]\nz = 1",
                 "b", true,
                 "# mine\n[a] # first\nactive   =   false # yes\nenvironment = 'dev'\n\n# of b\n[b]\n"
                 "token_secret = \"as-n\"  # to be replaced\nserver_url = \"https://x\"\n"
                 "token_id = \"ak-n\"\nactive = true\n\n[c]\nz = 1");
    expect_saved(home, "[a]\nactive = true\n", "b", false,
                 "[a]\nactive = true\n\n[b]\ntoken_id = \"ak-n\"\ntoken_secret = \"as-n\"\n");
}

static void a_link_stays_a_link(void **state)
{
    const struct home *home = *state;
    char *target = path_join(home->folder, "dotfiles.toml");
    struct stat status;

    assert_true(path_write_file(target, "[x]\n", 4, 0600, NULL));
    assert_int_equal(symlink("dotfiles.toml", home->file), 0);
    assert_true(
        modal_settings_save_token(home->file, "x", "ak-1", "as-1", "http://localhost:1", false, NULL));
    assert_int_equal(lstat(home->file, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    struct modal_settings settings;
    read_good(home, &settings, "MODAL_PROFILE=x", NULL, NULL);
    assert_string_equal(settings.token_secret, "as-1");
    assert_true(modal_settings_local(&settings));
    modal_settings_release(&settings);
    free(target);
}

static void a_file_that_is_not_understood_is_not_touched(void **state)
{
    const struct home *home = *state;
    static const char text[] = "[a]\nlist = [\n  1,\n]\n";
    struct error error = ERROR_INIT;
    struct buffer after = BUFFER_INIT;

    write_file(home, text);
    assert_false(modal_settings_save_token(home->file, "a", "ak-1", "as-1", NULL, true, &error));
    assert_non_null(strstr(error_message(&error), "is left as it is, because it cannot be read: line 2"));
    assert_true(path_read_file(home->file, &after, NULL));
    assert_string_equal(after.data, text);
    error_clear(&error);
    assert_false(modal_settings_save_token(home->file, "", "ak-1", "as-1", NULL, true, &error));
    error_clear(&error);
    buffer_release(&after);
}

#define test_at_home(function) cmocka_unit_test_setup_teardown(function, make_home, remove_home)

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        test_at_home(defaults_hold_without_a_file),
        test_at_home(the_active_profile_is_read),
        test_at_home(variables_win_unless_they_are_empty),
        test_at_home(another_file_can_be_named),
        test_at_home(what_is_wrong_is_told_with_its_line),
        test_at_home(only_this_machine_is_reached_without_tls),
        test_at_home(a_missing_token_is_explained),
        test_at_home(a_token_is_kept_in_its_own_table),
        test_at_home(a_link_stays_a_link),
        test_at_home(a_file_that_is_not_understood_is_not_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
