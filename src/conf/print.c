/* print.c - every option with its value and where it came from. */
#include "conf/settings.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/visible.h"

#include <string.h>

enum { SOURCE_COLUMN = 48 };

static void print_section(const char *path, const char *former, struct buffer *out)
{
    size_t length = strcspn(path, ".");
    if (former && strncmp(path, former, length + 1) == 0)
        return;
    if (former)
        buffer_append_byte(out, '\n');
    buffer_append_format(out, "%.*s:\n", (int)length, path);
}

/* A bound value that some source gives and that stays at home is worth a word; it explains a missing key. */
static const char *unset_reason(const struct conf *conf, const struct option *option)
{
    for (int source = SOURCES - 1; option->bound && source >= 0; source--)
        if (setting_from(conf, (enum conf_source)source, option))
            return "set, but for another model.url than the one in force";
    return "unset";
}

static void print_option(const struct conf *conf, const struct option *option, struct buffer *out)
{
    size_t start = out->length;
    enum conf_source source = SOURCE_DEFAULT;
    const struct setting *setting = setting_in_force(conf, option, &source);
    buffer_append_format(out, "  %s:", strchr(option->path, '.') + 1);
    if (setting) {
        buffer_append_byte(out, ' ');
        value_print(&setting->value, option, out);
    }
    size_t columns = visible_columns(out->data + start, out->length - start);
    int pad = columns < SOURCE_COLUMN ? (int)(SOURCE_COLUMN - columns) : 1;
    buffer_append_format(out, "%*s# ", pad, "");
    const char *where = setting ? conf_where(conf, option->path) : unset_reason(conf, option);
    visible_line(out, where, strlen(where));
    buffer_append_byte(out, '\n');
}

void conf_print(const struct conf *conf, struct buffer *out)
{
    size_t count;
    const struct option *options = conf_options(&count);
    for (size_t i = 0; i < count; i++) {
        print_section(options[i].path, i ? options[i - 1].path : NULL, out);
        print_option(conf, &options[i], out);
    }
    if (*conf_waiting(conf))
        buffer_append_text(out,
                           "\n# The project's file also asks for these; they wait until you trust it:\n");
    for (const char *const *line = conf_waiting(conf); *line; line++)
        buffer_append_format(out, "#   %s\n", *line);
}
