/* settings_save.c - a new token into ~/.modal.toml: its profile's table is edited in place, value by value, and
 * the file is replaced in one step.  A file that is not understood whole is not touched. */
#include "modal/settings.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/path.h"
#include "modal/toml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES = 1 << 20 };

static bool put_text(struct buffer *text, const char *profile, const char *key, const char *value,
                     struct error *error)
{
    struct buffer written = BUFFER_INIT;
    bool fine;

    toml_append_text(&written, value);
    fine = toml_set(text, profile, key, written.data, error);
    explicit_bzero(written.data, written.length);
    buffer_release(&written);
    return fine;
}

/* Every profile other than KEEP that is active loses it. */
static bool put_others_to_rest(struct buffer *text, const char *keep, struct error *error)
{
    struct toml *toml = toml_parse(text->data, text->length, error);
    bool fine = toml != NULL;

    for (size_t i = 1; fine && i < toml->count; i++)
        if (toml_true(&toml->tables[i], "active") && strcmp(toml->tables[i].name, keep) != 0)
            fine = toml_set(text, toml->tables[i].name, "active", "false", error);
    toml_free(toml);
    return fine;
}

static bool edit(struct buffer *text, const char *profile, const char *token_id, const char *token_secret,
                 const char *server_url, bool activate, struct error *error)
{
    return put_text(text, profile, "token_id", token_id, error) &&
           put_text(text, profile, "token_secret", token_secret, error) &&
           (!server_url || put_text(text, profile, "server_url", server_url, error)) &&
           (!activate ||
            (put_others_to_rest(text, profile, error) && toml_set(text, profile, "active", "true", error)));
}

bool modal_settings_save_token(const char *file, const char *profile, const char *token_id,
                               const char *token_secret, const char *server_url, bool activate,
                               struct error *error)
{
    struct error why = ERROR_INIT;
    struct buffer text;
    bool fine;

    if (!*profile)
        return error_set(error, "A profile needs a name");
    char *real = realpath(file, NULL); /* a link stays a link */
    const char *place = real ? real : file;
    buffer_init(&text, FILE_BYTES);
    fine = path_read_file(place, &text, &why) || why.number == ENOENT;
    if (!fine)
        error_set(error, "%s", error_message(&why));
    else if (!edit(&text, profile, token_id, token_secret, server_url, activate, error))
        fine = error_prefix(error, "%s is left as it is, because it cannot be read", file);
    fine = fine && path_write_file(place, text.data, text.length, 0600, error);
    explicit_bzero(text.data, text.length);
    buffer_release(&text);
    error_clear(&why);
    free(real);
    return fine;
}
