/* test_face_credential.c - what looks like a credential, and what does not. */
#include "face/credential.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void names_are_judged(void **state)
{
    static const char *const credentials[] = { "GITHUB_TOKEN",  "DB_PASSWORD",    "AWS_SECRET_ACCESS_KEY",
                                               "api_key",       "OPENAI_API_KEY", "PGPASS_PASS",
                                               "SSH_AUTH_SOCK", "GH_PAT",         "KEY",
                                               "MYSQL_PWD",     "APIKEY" };
    static const char *const others[] = { "PATH",    "PWD",     "OLDPWD", "LANG",    "KEYBOARD", "AUTHOR",
                                          "COMPASS", "PATTERN", "EDITOR", "PASSAGE", "" };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(credentials); i++)
        if (!credential_name(credentials[i]))
            fail_msg("%s is a credential", credentials[i]);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        if (credential_name(others[i]))
            fail_msg("%s is none", others[i]);
}

/* Tokens are put together here, so that this file has none. */
#define RANDOM "Ab3dEfGhIjKlMnOpQrSt"

static void tokens_are_found(void **state)
{
    static const char *const tokens[] = { "ak"
                                          "-" RANDOM "Uv",
                                          "as"
                                          "-" RANDOM "Uv",
                                          "sk"
                                          "-" RANDOM,
                                          "sk"
                                          "-proj-" RANDOM,
                                          "ghp"
                                          "_" RANDOM RANDOM,
                                          "github_pat"
                                          "_" RANDOM "_" RANDOM,
                                          "glpat"
                                          "-" RANDOM,
                                          "xoxb"
                                          "-123-" RANDOM,
                                          "hf"
                                          "_" RANDOM RANDOM,
                                          "AIza" RANDOM RANDOM,
                                          "AKIA"
                                          "ABCDEFGHIJKLMN12",
                                          "-----BEGIN "
                                          "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ",
                                          "-----BEGIN "
                                          "OPENSSH PRIVATE KEY-----\\nb3BlbnNzaC1rZXktdjEAAAAA" };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(tokens); i++) {
        char *text = xasprintf("a = \"%s\"\n", tokens[i]);
        size_t offset = 0;
        if (!credential_find(text, strlen(text), &offset))
            fail_msg("%s is a token", tokens[i]);
        assert_int_equal(offset, 5);
        offset++;
        assert_null(credential_find(text, strlen(text), &offset));
        for (size_t length = 0; length < 20;
             length++) { /* cut anywhere it is no token, and nothing is read behind */
            char *piece = xmemdup(text, length + 1);
            offset = 0;
            credential_find(piece, length, &offset);
            free(piece);
        }
        free(text);
    }
}

static void words_are_no_tokens(void **state)
{
    static const char *const texts[] = { "ask-me-about-a-long-word-with-dashes",
                                         "sk-loading-indicator-with-a-long-name",
                                         "as-soon-as-possible",
                                         "ak-",
                                         "risk-" RANDOM,
                                         "task-" RANDOM RANDOM,
                                         "AKIAABCDEFGHIJKLMNOP",
                                         "-----BEGIN CERTIFICATE-----",
                                         "-----BEGIN "
                                         "PRIVATE KEY-----\";",
                                         "-----BEGIN "
                                         "PRIVATE KEY-----\nx",
                                         "sk-very-secret-0123456789",
                                         "-----BEGIN \nPRIVATE KEY-----",
                                         "ghp_short1A" };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        size_t offset = 0;
        if (credential_find(texts[i], strlen(texts[i]), &offset))
            fail_msg("%s is no token", texts[i]);
    }
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_judged),
        cmocka_unit_test(tokens_are_found),
        cmocka_unit_test(words_are_no_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
