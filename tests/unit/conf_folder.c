/* conf_folder.c - see conf_folder.h. */
#include "tests/unit/conf_folder.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int conf_folder_make(void **state)
{
    static const char *const variables[] = { "XDG_CONFIG_HOME", "XDG_DATA_HOME",  "XDG_STATE_HOME",
                                             "SANDGATE_CONFIG", "SANDGATE_MODEL", "SANDGATE_MODEL_URL",
                                             "SANDGATE_API_KEY" };
    struct conf_folder *folder = xcalloc(1, sizeof *folder);
    char *name = xstrdup("/tmp/sandgate-conf-XXXXXX");
    assert_non_null(mkdtemp(name));
    folder->root = realpath(name, NULL);
    free(name);
    setenv("HOME", folder->root, 1);
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
        unsetenv(variables[i]);
    char *config = path_config();
    assert_true(path_make_folders(config, NULL));
    folder->user = path_join(config, "sandgate.yaml");
    folder->project = path_join(folder->root, "project");
    assert_true(path_make_folders(folder->project, NULL));
    folder->project_file = path_join(folder->project, ".sandgate.yaml");
    free(config);
    *state = folder;
    return 0;
}

int conf_folder_remove(void **state)
{
    struct conf_folder *folder = *state;
    path_remove_tree(folder->root, NULL);
    free(folder->root);
    free(folder->user);
    free(folder->project);
    free(folder->project_file);
    free(folder);
    return 0;
}

void conf_folder_user(const struct conf_folder *folder, const char *text)
{
    assert_true(path_write_file(folder->user, text, strlen(text), 0600, NULL));
}

void conf_folder_project(const struct conf_folder *folder, const char *text)
{
    assert_true(path_write_file(folder->project_file, text, strlen(text), 0600, NULL));
}

struct conf *conf_folder_load(const struct conf_folder *folder)
{
    struct error error = ERROR_INIT;
    struct conf *conf = conf_load(folder->project, &error);
    if (!conf)
        fail_msg("%s", error_message(&error));
    return conf;
}

static void cut_names(struct buffer *text, const char *name, const char *word)
{
    char *at;
    while ((at = strstr(text->data, name))) {
        size_t offset = (size_t)(at - text->data);
        buffer_remove(text, offset, strlen(name));
        buffer_insert(text, offset, word, strlen(word));
    }
}

char *conf_folder_errors(const struct conf_folder *folder)
{
    struct error error = ERROR_INIT;
    struct conf *conf = conf_load(folder->project, &error);
    assert_null(conf);
    struct buffer text = BUFFER_INIT;
    buffer_append_text(&text, error_message(&error));
    error_clear(&error);
    cut_names(&text, folder->user, "user");
    cut_names(&text, folder->project_file, "project");
    return buffer_detach(&text);
}
