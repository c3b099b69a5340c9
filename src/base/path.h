/* path.h - paths as text, files of the host, and the folders that the XDG specification names. */
#ifndef SANDGATE_BASE_PATH_H
#define SANDGATE_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buffer;
struct error;

/* All return new strings; caller frees. */
char *path_join(const char *folder, const char *name); /* an absolute NAME is returned as it is */
char *path_folder(const char *path);
const char *path_name(const char *path); /* borrowed: the part after the last slash */
/* Resolves ".", ".." and "//" as text only, against CWD when PATH is relative. */
char *path_normalize(const char *cwd, const char *path);
/* True when PATH (normalized) is FOLDER or below it. */
bool path_is_below(const char *path, const char *folder);

char *path_home(void);   /* $HOME, else the password database */
char *path_config(void); /* $XDG_CONFIG_HOME/sandgate or ~/.config/sandgate */
char *path_data(void);   /* $XDG_DATA_HOME/sandgate or ~/.local/share/sandgate */
char *path_state(void);  /* $XDG_STATE_HOME/sandgate or ~/.local/state/sandgate */

/* Makes PATH and its parents with mode 0700 where they are missing. */
bool path_make_folders(const char *path, struct error *error);
/* Appends the file's bytes; refuses a file larger than OUT's ceiling. */
bool path_read_file(const char *path, struct buffer *out, struct error *error);
/* All of BYTES to the open FILE; false with errno. */
bool path_write_all(int file, const void *bytes, size_t length);
/* Writes next to the file, syncs, renames over it. */
bool path_write_file(const char *path, const void *data, size_t length, mode_t mode, struct error *error);
/* Removes a folder and all below it, never following links. */
bool path_remove_tree(const char *path, struct error *error);

/* The file NAME of the program's own data (system prompt, demo, themes): $SANDGATE_DATA when set, the source
 * tree when the program runs from its build folder, else the installed place. Caller frees. */
char *path_data_file(const char *name);
char *path_demo(void); /* the demo's folder, one of these */
bool path_is_demo(const char *folder);
/* A helper program of our own, found the same way (build folder, else libexec). */
char *path_helper(const char *name);

#endif
