/* deed_files.c - programs with words of their own kind: dd, install, make, git's global options, uploads. */
#include "policy/knowledge.h"

#include "base/memory.h"
#include "base/path.h"

#include <ctype.h>
#include <string.h>

static struct value part_of(const struct value *value, const char *text)
{
    struct value part = *value;
    part.text = text;
    return part;
}

/* --- dd --- */

void deed_dd(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i < record->count; i++) {
        const char *text = record->words[i].text;
        struct value file = part_of(&record->words[i], text + 3);
        if (strncmp(text, "of=", 3) == 0)
            deed_touch(examination, &file, ACCESS_WRITE);
        else if (strncmp(text, "if=", 3) == 0 && strcmp(text, "if=/dev/zero") != 0 &&
                 strcmp(text, "if=/dev/urandom") != 0)
            deed_touch(examination, &file, ACCESS_READ);
    }
}

/* install -d makes all that it names. */
void deed_install(struct examination *examination)
{
    struct record *record = examination->record;
    bool folders = false;
    for (size_t i = 0; i < record->option_count; i++)
        folders |= strcmp(record->options[i], "-d") == 0 || strcmp(record->options[i], "--directory") == 0;
    for (size_t i = 0; i < record->operand_count && folders; i++)
        deed_touch(examination, record->operand_values[i], ACCESS_WRITE);
}

static const struct value here = { .text = ".", .known = true, .sure = true };

/* Without a word of its own it works on the folder where it is. */
void deed_here(struct examination *examination)
{
    struct record *record = examination->record;
    size_t own = examination->knowledge->subcommand ? 1 : 0;
    if (record->operand_count > own)
        return;
    examination->tree = true;
    deed_touch(examination, &here,
               examination->knowledge->effects & EFFECT_DELETE ? ACCESS_DELETE : ACCESS_WRITE);
}

/* --- make, git --- */

/* NAME=value changes what is run. */
void deed_make(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 0; i < record->operand_count; i++) {
        const char *text = record->operands[i], *value = strchr(text, '=');
        if (value)
            deed_note(examination, EFFECT_LOAD, text);
        if (strncmp(text, "SHELL=", 6) == 0)
            scan_payload_text(examination->scan, record, value + 1, false);
    }
    deed_build(examination);
}

/* @FILE holds further options. */
void deed_arguments(struct examination *examination)
{
    for (size_t i = 0; i < examination->record->operand_count; i++)
        if (examination->record->operands[i][0] == '@')
            deed_unknown(examination, examination->record->operands[i]);
}

/* -oFILE */
void deed_compiler(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i < record->count; i++) {
        const char *text = record->words[i].text;
        if (strncmp(text, "-o", 2) != 0 || !text[2] || !strchr("/~.", text[2]))
            continue;
        struct value file = part_of(&record->words[i], text + 2);
        deed_touch(examination, &file, ACCESS_WRITE);
    }
}

static bool names_change(const char *statement)
{
    static const char *const changing[] = { "create", "insert", "update",  "delete", "drop",     "alter",
                                            "attach", "vacuum", "replace", "pragma", ".restore", ".import" };
    for (size_t i = 0; i < ARRAY_SIZE(changing); i++)
        if (strcasestr(statement, changing[i]))
            return true;
    return false;
}

static void sqlite_command(struct examination *examination, const char *text)
{
    struct scan *scan = examination->scan;
    size_t length = strcspn(text, " ");
    const char *rest = text + length + strspn(text + length, " ");
    struct value file = { .text = pool_text(&scan->pool, rest, strcspn(rest, " \n")), .known = true };
    if (strncmp(text, ".sh", 3) == 0 || strncmp(text, ".sy", 3) == 0)
        scan_payload_text(scan, examination->record, rest, false);
    else if (strncmp(text, ".ou", 3) == 0 || strncmp(text, ".on", 3) == 0 || strncmp(text, ".ba", 3) == 0)
        deed_touch(examination, &file, ACCESS_WRITE);
    else if (strncmp(text, ".im", 3) == 0 || strncmp(text, ".rea", 4) == 0)
        deed_touch(examination, &file, ACCESS_READ);
}

/* sqlite3 DATABASE STATEMENT ... */
void deed_sqlite(struct examination *examination)
{
    struct record *record = examination->record;
    bool changes = !record->operand_count;
    for (size_t i = 1; i < record->count; i++)
        if (record->words[i].text[0] == '.')
            sqlite_command(examination, record->words[i].text);
    for (size_t i = 1; i < record->operand_count; i++)
        changes |= names_change(record->operands[i]);
    record->effects &= ~(unsigned)EFFECT_UNKNOWN;
    if (record->operand_count && record->operands[0][0] != ':')
        deed_touch(examination, record->operand_values[0],
                   changes ? ACCESS_READ | ACCESS_WRITE : ACCESS_READ);
}

/* What is built is installed when a word says so. */
void deed_build(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 0; i < record->operand_count; i++)
        if (strcmp(record->operands[i], "install") == 0 || strcmp(record->operands[i], "uninstall") == 0 ||
            strncmp(record->operands[i], "install-", 8) == 0)
            deed_note(examination, EFFECT_INSTALL, record->operands[i]);
}

static bool is_plain_setting(const char *text)
{
    return strncmp(text, "color.", 6) == 0 || strncmp(text, "core.quotePath=", 15) == 0 ||
           strncmp(text, "core.quotepath=", 15) == 0;
}

/* -c name=value may name a program for anything that git does. */
void deed_git_global(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i + 1 < record->count && i < examination->rest; i++) {
        bool joined = strncmp(record->words[i].text, "-c", 2) == 0 && record->words[i].text[2];
        if (strcmp(record->words[i].text, "-c") != 0 && !joined)
            continue;
        const char *text = joined ? record->words[i].text + 2 : record->words[i + 1].text;
        const char *value = strchr(text, '=');
        if (is_plain_setting(text))
            continue;
        deed_note(examination, EFFECT_LOAD, text);
        if (value)
            scan_payload_text(examination->scan, record, value + 1 + strspn(value + 1, "!"), false);
    }
}

/* REVISION:FILE reads the file as it was; %G in a format runs gpg. */
void deed_git_log(struct examination *examination)
{
    struct record *record = examination->record;
    static const char *const signatures[] = { "%G", "%+G", "%-G", "% G" };
    for (size_t i = 1; i < record->count; i++)
        for (size_t j = 0; j < ARRAY_SIZE(signatures); j++)
            if (strstr(record->words[i].text, signatures[j]))
                deed_unknown(examination, record->words[i].text);
    for (size_t i = 1; i < record->operand_count; i++) {
        const char *colon = strchr(record->operands[i], ':');
        if (!colon || !colon[1])
            continue;
        struct value file = part_of(record->operand_values[i], colon + 1);
        deed_touch(examination, &file, ACCESS_READ);
    }
}

/* git clone URL FOLDER */
void deed_clone(struct examination *examination)
{
    struct record *record = examination->record;
    if (record->operand_count > 2 && strcmp(record->operands[0], "clone") == 0)
        deed_touch(examination, record->operand_values[2], ACCESS_WRITE);
}

static void run_behind_mark(struct examination *examination, const char *text)
{
    const char *mark = strchr(text, '!');
    if (mark && mark[1])
        scan_payload_text(examination->scan, examination->record, mark + 1, false);
}

/* In editors and in git's aliases what stands behind ! is a command. */
void deed_editor(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 1; i < record->count; i++) {
        const char *text = record->words[i].text + strspn(record->words[i].text, ":+");
        struct value file = part_of(&record->words[i], text + 1 + strspn(text + (*text != 0), "! "));
        if (text[0] == 'w' && strchr("! ", text[1]) && strchr("/~.", file.text[0]) && *file.text)
            deed_touch(examination, &file, ACCESS_WRITE);
        run_behind_mark(examination, record->words[i].text);
    }
    if (record->input)
        run_behind_mark(examination, record->input);
}

static bool has_option(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->option_count; i++)
        if (strcmp(record->options[i], name) == 0)
            return true;
    return false;
}

/* Which file is written: of the person, of the system, or one that is named. */
static void touch_git_config(struct examination *examination)
{
    struct record *record = examination->record;
    const char *home = examination->scan->request->home;
    struct value file = { .known = true, .sure = true };
    if (has_option(record, "--system"))
        file.text = "/etc/gitconfig";
    if (has_option(record, "--global"))
        file.text = pool_format(&examination->scan->pool, "%s/.gitconfig", home ? home : "/root");
    for (size_t i = 1; i + 1 < record->count; i++)
        if (strcmp(record->words[i].text, "-f") == 0 || strcmp(record->words[i].text, "--file") == 0)
            file = record->words[i + 1];
    if (file.text)
        deed_touch(examination, &file, ACCESS_WRITE);
}

/* git config NAME and what asks or lists only read; a value may be a command. */
void deed_git_config(struct examination *examination)
{
    static const char *const reading[] = { "--get",          "--get-all", "--get-regexp",
                                           "--get-urlmatch", "--list",    "-l" };
    static const char *const changing[] = {
        "--add", "--unset", "--unset-all", "--replace-all", "--rename-section", "--remove-section",
        "-e",    "--edit"
    };
    struct record *record = examination->record;
    bool reads = record->operand_count == 2 && strchr(record->operands[1], '.');
    for (size_t i = 0; i < ARRAY_SIZE(reading); i++)
        reads |= has_option(record, reading[i]);
    for (size_t i = 0; i < ARRAY_SIZE(changing); i++)
        reads &= !has_option(record, changing[i]);
    if (reads && !has_option(record, "-f") && !has_option(record, "--file")) {
        examination->forgiven = EFFECT_WRITE | EFFECT_LOAD;
        deed_note(examination, EFFECT_READ, record->spoken);
        return;
    }
    touch_git_config(examination);
    if (record->operand_count > 2 && strchr(record->operands[2], ' '))
        scan_payload_text(examination->scan, record, record->operands[2] + strspn(record->operands[2], "!"),
                          false);
}

/* What is only shown is not done. */
void deed_git_apply(struct examination *examination)
{
    static const char *const showing[] = { "--stat", "--numstat", "--summary", "--check", "--stdout" };
    struct record *record = examination->record;
    for (size_t i = 0; i < ARRAY_SIZE(showing); i++)
        if (has_option(record, showing[i]) && !has_option(record, "--apply"))
            examination->forgiven = EFFECT_WRITE;
    if (strcmp(record->operands[0], "format-patch") == 0 && !has_option(record, "--stdout"))
        examination->forgiven = 0;
    if (examination->forgiven)
        deed_note(examination, EFFECT_READ, record->spoken);
}

/* A page with a slash is a file of its own. */
void deed_manual(struct examination *examination)
{
    for (size_t i = 0; i < examination->record->operand_count; i++)
        if (strchr(examination->record->operands[i], '/'))
            deed_note(examination, EFFECT_LOAD, examination->record->operands[i]);
}

/* A pager that starts with a command runs it. */
void deed_pager(struct examination *examination)
{
    for (size_t i = 0; i < examination->record->operand_count; i++)
        if (examination->record->operands[i][0] == '+')
            deed_unknown(examination, examination->record->operands[i]);
}

/* git branch and git tag list unless a word names a new one. */
void deed_git_listing(struct examination *examination)
{
    struct record *record = examination->record;
    bool lists = false;
    for (size_t i = 0; i < record->option_count; i++)
        lists |= strcmp(record->options[i], "--list") == 0 || strcmp(record->options[i], "-l") == 0;
    if (record->operand_count < 2)
        return;
    record->effects &= ~(unsigned)EFFECT_UNKNOWN;
    if (!lists)
        deed_note(examination, EFFECT_WRITE, record->operands[1]);
}

/* --- uploads --- */

/* -d @FILE, -F name=@FILE, FILE host:path: what is sent is read. */
/* curl -O URL and wget URL write a file of the URL's last name. */
static void touch_downloads(struct examination *examination)
{
    struct record *record = examination->record;
    bool wget = strcmp(record->program, "wget") == 0 || strcmp(record->program, "aria2c") == 0;
    if (!wget && !has_option(record, "-O") && !has_option(record, "--remote-name"))
        return;
    for (size_t i = 0; wget && i < record->option_count; i++)
        if (strcmp(record->options[i], "-O") == 0 || strcmp(record->options[i], "--output-document") == 0 ||
            strcmp(record->options[i], "-P") == 0 || strcmp(record->options[i], "-o") == 0)
            return;
    for (size_t i = 0; i < record->operand_count; i++) {
        const char *url =
            pool_text(&examination->scan->pool, record->operands[i], strcspn(record->operands[i], "?#"));
        struct value file = part_of(record->operand_values[i], path_name(url));
        if (strchr(url, '/') && *file.text)
            deed_touch(examination, &file, ACCESS_WRITE);
    }
}

void deed_upload(struct examination *examination)
{
    struct record *record = examination->record;
    if (record->known_program && !(examination->knowledge->flags & KNOWS_NO_OPTIONS))
        touch_downloads(examination);
    for (size_t i = 1; i < record->count; i++) {
        const char *text = record->words[i].text, *at = strchr(text, '@');
        bool joined = at && (at == text || at[-1] == '=' || (text[0] == '-' && at == text + 2));
        struct value file = part_of(&record->words[i], joined ? at + 1 : text);
        if (strncmp(text, "file://", 7) == 0)
            file.text = text + 7;
        else if (!joined && !(examination->knowledge->flags & KNOWS_NO_OPTIONS))
            continue;
        else if (!joined && (text[0] == '-' || (!strchr(text, '/') && text[0] != '~' && text[0] != '.')))
            continue;
        if (!strchr(file.text, ':'))
            deed_touch(examination, &file, ACCESS_READ);
    }
    if (examination->knowledge->flags & KNOWS_NO_OPTIONS)
        deed_inner_command(examination);
}

/* HOST:PATH, HOST::MODULE, rsync://HOST/PATH */
static bool is_remote(const char *text)
{
    size_t length = strcspn(text, ":/");
    return length && text[length] == ':';
}

void deed_rsync(struct examination *examination)
{
    struct record *record = examination->record;
    for (size_t i = 0; i < record->operand_count; i++)
        if (is_remote(record->operands[i])) {
            deed_note(examination, EFFECT_NETWORK, record->operands[i]);
            deed_add_host(examination->scan, record, record->operands[i]);
        }
    deed_upload(examination);
}

/* The last of scp's words is written when it is no other machine's. */
void deed_scp(struct examination *examination)
{
    struct record *record = examination->record;
    const struct value *last = record->count > 2 ? &record->words[record->count - 1] : NULL;
    deed_upload(examination);
    if (!last || is_remote(last->text))
        return;
    struct value file = *last;
    const struct value *from = &record->words[record->count - 2];
    bool folder = strcmp(last->text, ".") == 0 || last->text[strlen(last->text) - 1] == '/';
    if (folder && is_remote(from->text))
        file.text = pool_format(&examination->scan->pool, "%s/%s", last->text,
                                path_name(strchr(from->text, ':') + 1));
    deed_touch(examination, &file, ACCESS_WRITE);
}
