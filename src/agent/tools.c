/* tools.c - the table, and what all tools have in common. */
#include "agent/tools.h"

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "matter/schema.h"

#include <stdlib.h>
#include <string.h>

static const struct tool *const rows[] = { &tool_run_command, &tool_list_directory, &tool_read_file,
                                           &tool_write_file,  &tool_edit_file,      &tool_run_python };

const struct tool *tools_at(size_t index)
{
    return index < ARRAY_SIZE(rows) ? rows[index] : NULL;
}

const struct tool *tool_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (strcmp(rows[i]->name, name) == 0)
            return rows[i];
    return NULL;
}

struct json *tool_arguments(const struct tool *tool, const char *arguments, struct error *error)
{
    struct json *schema = json_parse(tool->schema, strlen(tool->schema), NULL);
    struct json *value = json_parse(arguments, strlen(arguments), error);

    if (!schema)
        bug("the schema of %s is not JSON", tool->name);
    if (value && !schema_check(schema, value, error)) {
        json_free(value);
        value = NULL;
    }
    json_free(schema);
    if (!value)
        error_prefix(error, "The arguments of %s cannot be used", tool->name);
    return value;
}

char *tool_summary(const char *name, const char *arguments)
{
    const struct tool *tool = tool_find(name);
    struct json *value = tool ? tool_arguments(tool, arguments, NULL) : NULL;
    char *summary = value ? tool->summary(value) : xstrndup(arguments, 200);

    json_free(value);
    return summary;
}
