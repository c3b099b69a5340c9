/* test_conf_manual.c - doc/sandgate.yaml.5 against the option table: every option with its nature, in the
 * table's order, and nothing else.
 *
 * The manual's entry of an option begins with lines that are made from its row; what follows them, to the next
 * entry, is the writer's. */
#include "conf/options.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Each sentence on a line of its own, as mdoc wants them. */
static void append_sentences(const char *text, struct buffer *out)
{
    for (; *text; text++) {
        bool end = text[0] == '.' && text[1] == ' ';
        buffer_append_byte(out, *text);
        if (end)
            buffer_append_byte(out, '\n');
        text += end;
    }
    buffer_append_byte(out, '\n');
}

/* Words that the entry tells: type, choices, range, default, variable, flag, project. */
static void append_entry(const struct option *option, struct buffer *out)
{
    buffer_append_format(out, ".It Ic %s\n", option->path);
    buffer_append_format(out, "Type: %s", option_type_name(option->type));
    if (option->choices)
        buffer_append_format(out, ", one of: %s", option->choices);
    struct buffer range = BUFFER_INIT;
    if (value_range(option, &range))
        buffer_append_format(out, ", from %s", range.data);
    buffer_release(&range);
    buffer_append_format(out, ".\nDefault: %s.\n", option->fallback ? option->fallback : "none");
    if (option->environment)
        buffer_append_format(out, "Variable:\n.Ev %s .\n", option->environment);
    if (option->flag)
        buffer_append_format(out, "Flag:\n.Fl Fl %s .\n", option->flag + 2);
    buffer_append_format(out, "Project: %s.\n.Pp\n", option_project_name(option->project));
    append_sentences(option->help, out);
}

static char *read_manual(void)
{
    const char *source = getenv("SANDGATE_SOURCE");
    char *file = path_join(source ? source : SANDGATE_SOURCE_FOLDER, "doc/sandgate.yaml.5");
    struct buffer text = BUFFER_INIT;
    struct error error = ERROR_INIT;
    if (!path_read_file(file, &text, &error))
        fail_msg("%s", error_message(&error));
    free(file);
    return buffer_detach(&text);
}

static void every_option_is_in_the_manual(void **state)
{
    (void)state;
    char *manual = read_manual(), *at = manual;
    size_t count;
    const struct option *options = conf_options(&count);
    for (size_t i = 0; i < count; i++) {
        struct buffer entry = BUFFER_INIT;
        append_entry(&options[i], &entry);
        char *found = strstr(at, entry.data);
        if (!found)
            fail_msg("the manual lacks this entry, or has it in another place:\n%s", entry.data);
        at = found + entry.length;
        buffer_release(&entry);
    }
    free(manual);
}

static void nothing_else_is_in_the_manual(void **state)
{
    (void)state;
    char *manual = read_manual();
    size_t count, entries = 0;
    conf_options(&count);
    static const char item[] = "\n.It Ic ";
    for (char *at = manual; (at = strstr(at, item)); entries++) {
        at += strlen(item);
        char *path = xstrndup(at, strcspn(at, "\n"));
        if (!conf_option(path))
            fail_msg("the manual tells of %s, which is no option", path);
        free(path);
    }
    assert_int_equal(entries, count);
    free(manual);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_is_in_the_manual),
        cmocka_unit_test(nothing_else_is_in_the_manual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
