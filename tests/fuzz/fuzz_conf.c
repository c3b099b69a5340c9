/* fuzz_conf.c - any bytes as a configuration file, as a typed value and as a theme.
 *
 * Besides not falling over: whatever was taken from a file prints as YAML that reads as the same value again
 * (of plain ASCII texts; others are printed with visible marks), and a tree stays within its ceilings. */
#include "conf/check.h"
#include "conf/options.h"
#include "conf/problems.h"
#include "conf/settings.h"
#include "conf/theme.h"
#include "conf/yaml.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_plain_ascii(const char *text)
{
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            return false;
    return true;
}

static void print_and_read_again(const struct option *option, const struct value *value)
{
    struct buffer text = BUFFER_INIT;
    struct problems problems = PROBLEMS_INIT;
    struct value again = { 0 };
    value_print(value, option, &text);
    struct yaml_value *node = yaml_tree_read(text.data, text.length, &problems);
    if (!node || !value_read(&again, option, node, &problems) || strcmp(again.text, value->text) != 0)
        bug("%s: %s was printed as %s: %s", option->path, value->text, text.data, problems.text.data);
    yaml_tree_free(node);
    value_release(&again);
    buffer_release(&text);
    problems_finish(&problems, NULL);
}

static size_t count_values(const struct yaml_value *value, int depth)
{
    size_t count = 1;
    if (depth > YAML_DEPTH)
        bug("a tree is %d deep", depth);
    for (size_t i = 0; i < value->count; i++)
        count += count_values(value->entries[i].value, depth + 1);
    return count;
}

static void try_file(const char *text, size_t size, bool project)
{
    size_t count;
    const struct option *options = conf_options(&count);
    struct problems problems = PROBLEMS_INIT;
    struct setting *row = xcalloc(count, sizeof *row);
    struct yaml_value *root = yaml_tree_read(text, size, &problems);
    if (root) {
        if (count_values(root, 0) > YAML_VALUES)
            bug("a tree has too many values");
        check_tree(root, row, project, &problems);
    }
    for (size_t i = 0; i < count; i++) {
        bool printable = row[i].there && !options[i].secret && is_plain_ascii(row[i].value.text);
        if (printable)
            print_and_read_again(&options[i], &row[i].value);
        setting_release(&row[i]);
    }
    yaml_tree_free(root);
    free(row);
    problems_finish(&problems, NULL);
}

static void try_typed(const char *text)
{
    size_t count;
    const struct option *options = conf_options(&count);
    struct problems problems = PROBLEMS_INIT;
    for (size_t i = 0; i < count; i++) {
        struct value value = { 0 };
        value_read_text(&value, &options[i], text, &problems);
        value_release(&value);
    }
    problems_finish(&problems, NULL);
}

static void try_theme(const char *text, size_t size)
{
    static const char *const roles[] = { "text", "border", "tool-error" };
    struct theme_style styles[ARRAY_SIZE(roles)];
    char path[32];
    int file = memfd_create("theme", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (write(file, text, size) != (ssize_t)size)
        bug("the theme could not be written");
    theme_read(path, roles, ARRAY_SIZE(roles), styles, NULL);
    close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size);
    try_file((const char *)data, size, false);
    try_file((const char *)data, size, true);
    try_typed(text);
    try_theme((const char *)data, size);
    free(text);
    return 0;
}
