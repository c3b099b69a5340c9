/* sessions_list.c - the table of sessions: read whole, measured, then printed.
 *
 * Columns are as wide as their widest cell; the title, last, takes what the terminal leaves.  Cells hold
 * foreign text (folders, model names, prompts), so they are made visible before they are measured. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/visible.h"
#include "face/sessions_verbs.h"
#include "matter/event.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum column { ID, WHEN, FOLDER, MODEL, EVENTS, TITLE, COLUMNS };

enum { GAP = 2, CELL_MAX = 32 /* columns; all but the id and the title */, WHEN_TEXT = 32 };

struct row {
    char *cells[COLUMNS];
};

struct table {
    struct row *rows;
    size_t count, capacity;
    char *home;
};

static char *cut(const char *text, size_t columns)
{
    struct buffer out = BUFFER_INIT;
    size_t length = strlen(text), used = 0, at = 0;
    bool fits = visible_columns(text, length) <= columns;
    while (at < length) {
        struct glyph glyph;
        visible_next(text + at, length - at, &glyph);
        size_t wide = glyph.kind == GLYPH_NEWLINE || glyph.kind == GLYPH_TAB ? 1 : (size_t)glyph.columns;
        if (!fits && used + wide + 1 > columns) {
            buffer_append_text(&out, "…");
            break;
        }
        visible_line(&out, text + at, glyph.bytes);
        used += wide;
        at += glyph.bytes;
    }
    return buffer_detach(&out);
}

static char *when_text(const struct store_session *session)
{
    char text[WHEN_TEXT];
    time_t seconds = (time_t)(session->changed / 1000);
    struct tm local;
    localtime_r(&seconds, &local);
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &local);
    return xasprintf("%s%s", text, session->held ? " open" : "");
}

/* The person's home is written as ~. */
static char *folder_text(const struct table *table, const char *folder)
{
    bool is_home = *table->home && path_is_below(folder, table->home);
    char *text = is_home ? xasprintf("~%s", folder + strlen(table->home)) : xstrdup(folder);
    char *fitting = cut(text, CELL_MAX);
    free(text);
    return fitting;
}

static struct row *add_row(struct table *table)
{
    table->rows = array_reserve(table->rows, &table->capacity, table->count + 1, sizeof(*table->rows));
    return &table->rows[table->count++];
}

static bool add_session(void *data, const struct store_session *session)
{
    struct table *table = data;
    struct row *row = add_row(table);
    row->cells[ID] = cut(session->id, SESSION_ID_TEXT);
    row->cells[WHEN] = when_text(session);
    row->cells[FOLDER] = folder_text(table, session->folder);
    row->cells[MODEL] = cut(session->model, CELL_MAX);
    row->cells[EVENTS] = xasprintf("%lld", (long long)session->events);
    row->cells[TITLE] = xstrdup(session->title);
    return true;
}

static size_t columns_of(const char *text)
{
    return visible_columns(text, strlen(text));
}

static void measure(const struct table *table, size_t widths[COLUMNS])
{
    memset(widths, 0, COLUMNS * sizeof(*widths));
    for (size_t i = 0; i < table->count; i++) {
        for (int column = 0; column < COLUMNS; column++) {
            size_t wide = columns_of(table->rows[i].cells[column]);
            widths[column] = wide > widths[column] ? wide : widths[column];
        }
    }
}

/* Columns that are left for the title; a pipe takes all of it. */
static size_t title_room(const size_t widths[COLUMNS])
{
    struct winsize size;
    size_t used = 0;
    for (int column = 0; column < TITLE; column++) {
        used += widths[column] + GAP;
    }
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return widths[TITLE];
    }
    return size.ws_col > used + 8 ? size.ws_col - used : 8;
}

static void print_cell(const struct row *row, enum column column, const size_t widths[COLUMNS])
{
    const char *cell = row->cells[column];
    int padding = (int)(widths[column] - columns_of(cell));
    if (column == EVENTS) {
        printf("%*s%s%*s", padding, "", cell, GAP, "");
    } else {
        printf("%s%*s", cell, padding + GAP, "");
    }
}

static void print_table(const struct table *table)
{
    size_t widths[COLUMNS];
    measure(table, widths);
    size_t room = title_room(widths);
    for (size_t i = 0; i < table->count; i++) {
        for (int column = 0; column < TITLE; column++) {
            print_cell(&table->rows[i], column, widths);
        }
        char *title = cut(table->rows[i].cells[TITLE], room);
        puts(title);
        free(title);
    }
}

static void table_release(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        for (int column = 0; column < COLUMNS; column++) {
            free(table->rows[i].cells[column]);
        }
    }
    free(table->rows);
    free(table->home);
}

static bool print_sessions(struct store *store, struct error *error)
{
    struct table table = { .home = path_home() };
    static const char *const heads[COLUMNS] = { "ID", "LAST USED", "FOLDER", "MODEL", "EVENTS", "TITLE" };
    struct row *head = add_row(&table);
    for (int column = 0; column < COLUMNS; column++) {
        head->cells[column] = xstrdup(heads[column]);
    }
    bool read = store_sessions(store, NULL, add_session, &table, error);
    if (read && table.count > 1) {
        print_table(&table);
    } else if (read) {
        fprintf(stderr, "there are no sessions yet\n");
    }
    table_release(&table);
    return read;
}

/* --- as JSON --- */

static void set_time(struct json *object, const char *key, int64_t time)
{
    char text[CLOCK_TEXT];
    clock_format(time, text);
    json_set_text(object, key, text);
}

static bool add_object(void *data, const struct store_session *session)
{
    struct json *object = json_new_object();
    json_set_text(object, "id", session->id);
    set_time(object, "created", session->created);
    set_time(object, "changed", session->changed);
    json_set_integer(object, "events", session->events);
    json_set_text(object, "folder", session->folder);
    json_set_text(object, "model", session->model);
    json_set_text(object, "title", session->title);
    json_set_boolean(object, "open", session->held);
    json_add(data, object);
    return true;
}

static bool print_json(struct store *store, struct error *error)
{
    struct json *array = json_new_array();
    bool read = store_sessions(store, NULL, add_object, array, error);
    if (read) {
        char *text = json_print(array);
        char *safe = event_escape(text);
        puts(safe);
        free(safe);
        free(text);
    }
    json_free(array);
    return read;
}

bool sessions_list(struct store *store, bool json, struct error *error)
{
    return json ? print_json(store, error) : print_sessions(store, error);
}
