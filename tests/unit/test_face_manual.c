/* test_face_manual.c - doc/sandgate.1 against the tables: subcommands and their options, commands and keys,
 * event types and their fields, environment variables, exit codes; each with its entry, and nothing else.
 *
 * The entry of a row is made here from the row, and the manual must have exactly these lines; what follows
 * them, to the next entry, is the writer's. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/options.h"
#include "face/setup.h"
#include "matter/event.h"
#include "ui/commands.h"

#include <ctype.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* --- the manual --- */

static const char *folder_of(const char *variable, const char *fallback)
{
    const char *folder = getenv(variable);
    return folder ? folder : fallback;
}

static char *read_source(const char *name)
{
    char *file = path_join(folder_of("SANDGATE_SOURCE", SANDGATE_SOURCE_FOLDER), name);
    struct buffer text = BUFFER_INIT;
    struct error error = ERROR_INIT;

    if (!path_read_file(file, &text, &error))
        fail_msg("%s", error_message(&error));
    free(file);
    return buffer_detach(&text);
}

/* The part of the manual from the line HEADING to the next heading. Caller frees. */
static char *read_section(const char *heading)
{
    char *manual = read_source("doc/sandgate.1");
    char *line = xasprintf("\n%s\n", heading);
    char *begin = strstr(manual, line);

    if (!begin)
        fail_msg("the manual lacks the line \"%s\"", heading);
    begin += strlen(line);
    char *sub = strstr(begin - 1, "\n.Ss "), *end = strstr(begin - 1, "\n.Sh ");
    end = sub && (!end || sub < end) ? sub : end;
    char *section = xstrndup(begin - 1, end ? (size_t)(end + 2 - begin) : strlen(begin - 1));
    free(manual);
    free(line);
    return section;
}

static bool has_line(const char *section, const char *line)
{
    char *whole = xasprintf("\n%s\n", line);
    bool has = strstr(section, whole) != NULL;

    free(whole);
    return has;
}

static size_t count_items(const char *section, const char *beginning)
{
    size_t count = 0;

    for (const char *at = section; (at = strstr(at, beginning)); at++)
        count++;
    return count;
}

/* Each sentence on a line of its own, as mdoc wants them; the first letter large, a full stop at the end. */
static void append_sentences(const char *text, struct buffer *out)
{
    buffer_append_byte(out, (char)toupper((unsigned char)*text));
    for (text++; *text; text++) {
        bool end = text[0] == '.' && text[1] == ' ';
        buffer_append_byte(out, *text);
        if (end)
            buffer_append_byte(out, '\n');
        text += end;
    }
    buffer_append_text(out, text[-1] == '.' || text[-1] == ')' ? "\n" : ".\n");
}

/* The next entry must begin in SECTION at or behind AT; returns where it ends. */
static const char *expect_entry(const char *at, const struct buffer *entry)
{
    const char *found = strstr(at, entry->data);

    if (!found)
        fail_msg("doc/sandgate.1 lacks this entry, or has it in another place:\n%s", entry->data);
    return found + entry->length;
}

/* --- event types --- */

static void append_event(enum event_type type, struct buffer *out)
{
    const struct event_field *field = event_type_fields(type);

    buffer_append_format(out, ".It Cm %s\n", event_type_name(type));
    append_sentences(event_type_help(type), out);
    if (field->name)
        buffer_append_text(out, ".Bl -tag -width Ds -compact\n");
    for (; field->name; field++) {
        buffer_append_format(out, ".It Va %s Pq %s\n", field->name, field->type);
        append_sentences(field->help, out);
    }
    if (event_type_fields(type)->name)
        buffer_append_text(out, ".El\n");
}

static void every_event_is_in_the_manual(void **state)
{
    (void)state;
    char *section = read_section(".Ss Types of events");
    const char *at = section;

    for (int type = 0; type < EVENT_TYPES; type++) {
        struct buffer entry = BUFFER_INIT;
        append_event((enum event_type)type, &entry);
        at = expect_entry(at, &entry);
        buffer_release(&entry);
    }
    assert_int_equal(count_items(section, "\n.It Cm "), EVENT_TYPES);
    free(section);
}

/* --- commands and keys --- */

/* "?" alone would be punctuation for mdoc. */
static void append_command(const struct command *command, struct buffer *out)
{
    buffer_append_format(out, ".It Ic :%s", command->name);
    if (command->argument)
        buffer_append_format(out, " Ar %s", command->argument);
    if (*command->keys)
        buffer_append_format(out, " Pq %s%s", ispunct((unsigned char)*command->keys) ? "\\&" : "",
                             command->keys);
    buffer_append_byte(out, '\n');
    append_sentences(command->help, out);
}

static void every_command_is_in_the_manual(void **state)
{
    (void)state;
    static const char *const headings[COMMAND_PLACES] = {
        [PLACE_OF_SCREEN] = ".Ss Commands and keys everywhere",
        [PLACE_OF_CARD] = ".Ss Commands and keys of the card",
        [PLACE_OF_PANES] = ".Ss Commands and keys of the panes"
    };

    for (size_t place = 0; place < COMMAND_PLACES; place++) {
        char *section = read_section(headings[place]);
        const char *at = section;
        size_t count = 0;
        for (size_t i = 0; command_at(i); i++) {
            struct buffer entry = BUFFER_INIT;
            if ((size_t)command_at(i)->place == place) {
                append_command(command_at(i), &entry);
                at = expect_entry(at, &entry);
                count++;
            }
            buffer_release(&entry);
        }
        assert_int_equal(count_items(section, "\n.It Ic :"), count);
        free(section);
    }
}

/* --- subcommands and their options --- */

static char *read_help(const char *face)
{
    char *command =
        xasprintf("'%s/sandgate' %s --help", folder_of("SANDGATE_BUILD", SANDGATE_BUILD_FOLDER), face);
    struct buffer text = BUFFER_INIT;
    char piece[4096];
    size_t length;
    FILE *pipe = popen(command, "r");

    assert_non_null(pipe);
    while ((length = fread(piece, 1, sizeof piece, pipe)) > 0)
        buffer_append(&text, piece, length);
    if (pclose(pipe) != 0)
        fail_msg("%s failed", command);
    free(command);
    return buffer_detach(&text);
}

/* The entry of a row of the help: ".It Fl r , Fl Fl resume Ar ID" of "  -r, --resume ID  Goes on ...", and
 * ".It Cm list" of "  list  [--json]  all sessions". NULL: the line is no row. Caller frees. */
static char *entry_of(const char *line)
{
    struct buffer entry = BUFFER_INIT;
    bool named = false;

    if (line[0] != ' ' || line[1] != ' ' || line[2] == ' ')
        return NULL;
    line += 2;
    if (*line != '-')
        return xasprintf(".It Cm %.*s", (int)strcspn(line, " \n"), line);
    buffer_append_text(&entry, ".It");
    while (*line != ' ' && *line != '\n' && *line) {
        int length = (int)strcspn(line, " ,\n");
        if (strncmp(line, "--", 2) == 0)
            buffer_append_format(&entry, " Fl Fl %.*s", length - 2, line + 2);
        else if (*line == '-')
            buffer_append_format(&entry, " Fl %.*s ,", length - 1, line + 1);
        else
            buffer_append_format(&entry, " Ar %.*s", length, line);
        named = named || strncmp(line, "--", 2) == 0;
        line += length + (line[length] == ',');
        line += *line == ' ' && (!named || line[1] != ' ');
    }
    return buffer_detach(&entry);
}

/* Every row of HELP is in SECTION or in COMMON. */
static void expect_rows(const char *face, const char *help, const char *section, const char *common)
{
    for (const char *line = help; *line; line += strcspn(line, "\n") + 1) {
        char *entry = entry_of(line);
        if (entry && strncmp(entry, ".It Cm ", 7) == 0 && !*face) { /* a subcommand: it has a section */
            free(entry);
            continue;
        }
        char *begun = entry ? xasprintf("\n%s ", entry) : NULL;
        if (entry && !has_line(section, entry) && !has_line(common, entry) && !strstr(section, begun))
            fail_msg("doc/sandgate.1 lacks this entry of `sandgate %s --help`:\n%s", face, entry);
        free(begun);
        free(entry);
        if (!strchr(line, '\n'))
            break;
    }
}

/* Every option and verb that SECTION tells of is a row of HELP. */
static void expect_nothing_else(const char *heading, const char *section, const char *help)
{
    for (const char *at = section; (at = strstr(at, "\n.It ")); at++) {
        size_t length = strcspn(at + 1, "\n");
        bool found = strncmp(at, "\n.It Fl ", 8) != 0 && strncmp(at, "\n.It Cm ", 8) != 0;
        for (const char *line = help; !found && *line; line += strcspn(line, "\n") + 1) {
            char *entry = entry_of(line);
            size_t entry_length = entry ? strlen(entry) : 0;
            found = entry && entry_length <= length && strncmp(at + 1, entry, entry_length) == 0 &&
                    (entry_length == length || at[1 + entry_length] == ' ');
            free(entry);
        }
        if (!found)
            fail_msg("doc/sandgate.1, \"%s\": this is not in the help:\n%.*s", heading, (int)length, at + 1);
    }
}

static void expect_face(const char *face)
{
    char *heading = xasprintf(".Ss sandgate%s%s", *face ? " " : "", face);
    char *help = read_help(face), *section = read_section(heading);
    char *common = read_section(".Ss Options of every session");

    expect_rows(face, help, section, common);
    expect_nothing_else(heading, section, help);
    if (!*face)
        expect_nothing_else(".Ss Options of every session", common, help);
    free(heading);
    free(help);
    free(section);
    free(common);
}

static void every_subcommand_is_in_the_manual(void **state)
{
    (void)state;
    char *help = read_help(""), *manual = read_source("doc/sandgate.1");
    size_t faces = 1;

    expect_face("");
    for (const char *at = strstr(help, "\nsubcommands"); (at = strstr(at, "\n  ")); at++, faces++) {
        char *face = xstrndup(at + 3, strcspn(at + 3, " \n"));
        expect_face(face);
        free(face);
    }
    assert_true(faces > 4);
    assert_int_equal(count_items(manual, "\n.Ss sandgate"), faces);
    free(help);
    free(manual);
}

/* --- environment --- */

/* Names in getenv("...") of the C files in FOLDER and below; those for tests alone begin SANDGATE_TEST_. */
static void add_variables(const char *folder, struct buffer *names)
{
    char *place = path_join(folder_of("SANDGATE_SOURCE", SANDGATE_SOURCE_FOLDER), folder);
    DIR *listing = opendir(place);

    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing));) {
        size_t length = strlen(entry->d_name);
        char *name = path_join(folder, entry->d_name);
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.') {
            add_variables(name, names);
        } else if (length > 2 && strcmp(entry->d_name + length - 2, ".c") == 0) {
            char *text = read_source(name);
            for (const char *at = text; (at = strstr(at, "getenv(\"")); at++)
                if (strncmp(at + 8, "SANDGATE_TEST_", 14) != 0)
                    buffer_append_format(names, "%.*s\n", (int)strcspn(at + 8, "\""), at + 8);
            free(text);
        }
        free(name);
    }
    closedir(listing);
    free(place);
}

/* Read by libraries, or by names that are put together. */
static const char *const other_variables = "XDG_CONFIG_HOME\nXDG_DATA_HOME\nXDG_STATE_HOME\n"
                                           "http_proxy\nhttps_proxy\nall_proxy\nno_proxy\nLANG\n"
                                           "MODAL_TOKEN_ID\nMODAL_TOKEN_SECRET\nMODAL_PROFILE\n"
                                           "MODAL_CONFIG_PATH\nMODAL_SERVER_URL\nMODAL_ENVIRONMENT\n"
                                           "MODAL_IMAGE_BUILDER_VERSION\nMODAL_MAX_THROTTLE_WAIT\n"
                                           "MODAL_SANDBOX_V2\nMODAL_FORCE_BUILD\nMODAL_IGNORE_CACHE\n"
                                           "MODAL_OVERRIDE_HEADERS\n";

static void every_variable_is_in_the_manual(void **state)
{
    (void)state;
    char *section = read_section(".Sh ENVIRONMENT");
    struct buffer names = BUFFER_INIT;
    size_t count;
    const struct option *options = conf_options(&count);

    buffer_append_format(&names, "\n%s", other_variables);
    for (size_t i = 0; i < count; i++)
        if (options[i].environment)
            buffer_append_format(&names, "%s\n", options[i].environment);
    add_variables("src", &names);
    add_variables("ui", &names);
    for (const char *name = names.data + 1; *name; name += strcspn(name, "\n") + 1) {
        char *entry = xasprintf(".It Ev %.*s", (int)strcspn(name, "\n"), name);
        if (!has_line(section, entry))
            fail_msg("doc/sandgate.1 lacks this entry under ENVIRONMENT:\n%s", entry);
        free(entry);
    }
    for (const char *at = section; (at = strstr(at, "\n.It Ev ")); at++) {
        char *name = xasprintf("\n%.*s\n", (int)strcspn(at + 8, "\n"), at + 8);
        if (!strstr(names.data, name))
            fail_msg("doc/sandgate.1 tells of a variable that nothing reads: %s", name);
        free(name);
    }
    buffer_release(&names);
    free(section);
}

static void every_exit_code_is_in_the_manual(void **state)
{
    (void)state;
    static const enum exit_code codes[] = { EXIT_FINE,  EXIT_INTERNAL, EXIT_USAGE,   EXIT_REFUSED,
                                            EXIT_LIMIT, EXIT_MODEL,    EXIT_SANDBOX, EXIT_INTERRUPTED };
    char *section = read_section(".Sh EXIT STATUS");

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        char *entry = xasprintf(".It %d", codes[i]);
        if (!has_line(section, entry))
            fail_msg("doc/sandgate.1 lacks this entry under EXIT STATUS:\n%s", entry);
        free(entry);
    }
    assert_int_equal(count_items(section, "\n.It "), ARRAY_SIZE(codes));
    free(section);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_is_in_the_manual),
        cmocka_unit_test(every_command_is_in_the_manual),
        cmocka_unit_test(every_subcommand_is_in_the_manual),
        cmocka_unit_test(every_variable_is_in_the_manual),
        cmocka_unit_test(every_exit_code_is_in_the_manual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
