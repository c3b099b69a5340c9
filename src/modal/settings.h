/* settings.h - how Modal is reached and as whom: ~/.modal.toml, its profiles, and the MODAL_ variables.
 *
 * Source: shared with the official clients (their configuration reference): each setting is the variable
 * MODAL_<KEY>, else the profile's key, else the default; an empty variable counts as unset.  The profile is
 * MODAL_PROFILE, else the one table with active = true, else "default".  A file that cannot be read exactly is
 * an error with its line; nothing is guessed. */
#ifndef SANDGATE_MODAL_SETTINGS_H
#define SANDGATE_MODAL_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct error;

enum { MODAL_THROTTLE_UNLIMITED = -1 };

struct modal_settings {
    char *file; /* the path that was looked at, whether it is there or not */
    bool file_exists;
    char *profile;                 /* the name in use */
    char *server_url;              /* "https://api.modal.com" */
    char *token_id, *token_secret; /* NULL: none */
    char *token_source; /* for sentences: "MODAL_TOKEN_ID" or "profile work of ~/.modal.toml"; NULL: none */
    char *environment;  /* "" is the server's default */
    char *image_builder_version; /* NULL: the environment is asked */
    char *override_headers;      /* "Name:value,Name:value"; NULL: none */
    int64_t max_throttle_wait;   /* seconds; 0: off; MODAL_THROTTLE_UNLIMITED */
    bool sandbox_v2;             /* V2 unless a GPU is asked for */
    bool force_build, ignore_cache;
};

/* Reads the file and the environment (names and values as in environ). False: a sentence with file and line.
 * Without a token it is still true; callers that need one ask modal_settings_token_missing. */
bool modal_settings_read(struct modal_settings *settings, const char *const *environment,
                         struct error *error);
void modal_settings_release(struct modal_settings *settings);
/* The sentence that says what to do when there is no token; caller frees. NULL: there is one. */
char *modal_settings_token_missing(const struct modal_settings *settings);
/* Whether the host of server_url is this machine: plaintext and http:// are allowed then, and only then. */
bool modal_settings_local(const struct modal_settings *settings);
/* Writes token and profile into FILE (made with mode 600, replaced atomically), changing that table alone and
 * nothing else in the file; other profiles lose active = true when ACTIVATE. */
bool modal_settings_save_token(const char *file, const char *profile, const char *token_id,
                               const char *token_secret, const char *server_url, bool activate,
                               struct error *error);

#endif
