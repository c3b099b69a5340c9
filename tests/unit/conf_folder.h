/* conf_folder.h - a person's home and a project in a temporary folder, for tests of src/conf.
 *
 * HOME and the XDG variables point into it and no variable of sandgate is set, so nothing of the machine that
 * runs the test is read or written. */
#ifndef SANDGATE_TESTS_CONF_FOLDER_H
#define SANDGATE_TESTS_CONF_FOLDER_H

struct conf_folder {
    char *root;    /* the temporary folder, also HOME */
    char *user;    /* the person's sandgate.yaml */
    char *project; /* a folder */
    char *project_file;
};

/* For cmocka's setup and teardown: *STATE is a struct conf_folder. */
int conf_folder_make(void **state);
int conf_folder_remove(void **state);

void conf_folder_user(const struct conf_folder *folder, const char *text);
void conf_folder_project(const struct conf_folder *folder, const char *text);

struct conf;
/* Loads, and fails the test with the sentences when that fails. */
struct conf *conf_folder_load(const struct conf_folder *folder);
/* Loads, fails the test when that works, and returns the sentences with the files' names cut down to "user"
 * and "project".  Caller frees. */
char *conf_folder_errors(const struct conf_folder *folder);

#endif
