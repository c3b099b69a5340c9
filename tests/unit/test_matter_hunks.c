/* test_matter_hunks.c - some hunks taken and the others left: against git, which is asked about many small files
 * at once, and by applying; and how it is told. */
#include "matter/diff.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { FILES = 400, LINES = 60, TEXT = 3 * LINES };

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245 + 12345;
    return *seed >> 16;
}

/* Lines of one letter, some of them empty; sometimes the last one has no newline. */
static void make_old(unsigned *seed, struct buffer *out)
{
    size_t lines = next_random(seed) % LINES;
    unsigned letters = 1 + next_random(seed) % 12;

    for (size_t i = 0; i < lines; i++)
        buffer_append_format(out, "%.1s\n", &"\0abcdefghijklmnop"[next_random(seed) % (letters + 1)]);
    if (out->length > 1 && next_random(seed) % 4 == 0 && out->data[out->length - 2] != '\n')
        buffer_truncate(out, out->length - 1);
}

/* OLD with some lines changed, added and taken away. */
static void make_new(unsigned *seed, const struct buffer *old, struct buffer *out)
{
    unsigned often = 2 + next_random(seed) % 20;

    for (const char *at = old->data; *at;) {
        size_t length = strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n');
        unsigned what = next_random(seed) % often;
        if (what == 0)
            buffer_append_format(out, "%c\n", 'a' + next_random(seed) % 12);
        if (what > 1)
            buffer_append(out, at, length);
        at += length;
    }
}

static bool *make_choice(unsigned *seed, const struct diff *diff)
{
    bool *chosen = xcalloc(diff_hunks(diff), sizeof *chosen);

    for (size_t i = 0; i < diff_hunks(diff); i++)
        chosen[i] = next_random(seed) % 2;
    return chosen;
}

static void assert_same(const struct buffer *one, const struct buffer *other)
{
    assert_int_equal(one->length, other->length);
    assert_memory_equal(one->data, other->data, one->length);
}

static size_t size_of(const struct diff *diff)
{
    return diff_added(diff) + diff_removed(diff);
}

/* --- any subset, then the rest --- */

static size_t size_of_chosen(const struct diff *diff, const bool *chosen)
{
    size_t size = 0;

    for (size_t i = 0; i < diff_hunks(diff); i++)
        for (size_t k = 0; chosen[i] && k < diff_hunk(diff, i)->line_count; k++)
            size += diff_hunk(diff, i)->lines[k].kind != DIFF_SAME;
    return size;
}

/* Scripts are shortest on texts as short as these, so the way over HALF is as long as the straight one: no change
 * came with a hunk that is not of it, and none was lost. */
static void check_subset(const struct buffer *old, const struct buffer *new, unsigned *seed)
{
    struct buffer half = BUFFER_INIT, whole = BUFFER_INIT;
    struct diff *(*make)(const char *, size_t, const char *, size_t, size_t) =
        next_random(seed) % 2 ? diff_new : diff_new_apart;
    struct diff *diff = make(old->data, old->length, new->data, new->length, next_random(seed) % 4);
    bool *chosen = make_choice(seed, diff);

    diff_apply(diff, chosen, &half);
    struct diff *first = diff_new(old->data, old->length, half.data, half.length, DIFF_CONTEXT);
    struct diff *rest = diff_new(half.data, half.length, new->data, new->length, DIFF_CONTEXT);
    diff_apply(rest, NULL, &whole);
    assert_same(&whole, new);
    assert_int_equal(size_of(first), size_of_chosen(diff, chosen));
    assert_int_equal(size_of(first) + size_of(rest), size_of(diff));
    diff_free(first);
    diff_free(rest);
    diff_free(diff);
    free(chosen);
    buffer_release(&half);
    buffer_release(&whole);
}

static void a_subset_and_then_the_rest_is_the_whole(void **state)
{
    unsigned seed = 11;

    (void)state;
    for (int run = 0; run < 20000; run++) {
        struct buffer old = BUFFER_INIT, new = BUFFER_INIT;
        make_old(&seed, &old);
        make_new(&seed, &old, &new);
        check_subset(&old, &new, &seed);
        buffer_release(&old);
        buffer_release(&new);
    }
}

/* --- against git --- */

static const char *const steps[] = { "old", "half", "new" };

static void write_file(const char *folder, const char *step, int number, const struct buffer *text)
{
    char *path = xasprintf("%s/%s/%d", folder, step, number);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text->data, 1, text->length, file), text->length);
    fclose(file);
    free(path);
}

static void read_file(const char *folder, const char *step, int number, struct buffer *text)
{
    char *path = xasprintf("%s/%s/%d", folder, step, number), bytes[2 * TEXT];
    FILE *file = fopen(path, "r");

    if (!file)
        fail_msg("%s is gone", path);
    buffer_append(text, bytes, fread(bytes, 1, sizeof bytes, file));
    fclose(file);
    free(path);
}

static void print_patch(const struct diff *diff, int number, struct buffer *out)
{
    char *from = xasprintf("a/%d", number), *to = xasprintf("b/%d", number);

    if (diff_hunks(diff) > 0)
        buffer_append_format(out, "diff --git %s %s\n", from, to);
    diff_print(diff, from, to, out);
    free(from);
    free(to);
}

/* Writes the three texts of one file; SIZE is what we take to be changed from step to step. */
static void make_file(const char *folder, int number, unsigned *seed, size_t size[2], struct buffer *patch)
{
    struct buffer old = BUFFER_INIT, half = BUFFER_INIT, new = BUFFER_INIT;

    make_old(seed, &old);
    make_new(seed, &old, &new);
    struct diff *diff = diff_new(old.data, old.length, new.data, new.length, DIFF_CONTEXT);
    struct diff *apart = diff_new_apart(old.data, old.length, new.data, new.length, DIFF_CONTEXT);
    bool *chosen = make_choice(seed, apart);
    diff_apply(apart, chosen, &half);
    size[0] = size_of_chosen(apart, chosen);
    size[1] = size_of(diff) - size[0];
    write_file(folder, "old", number, &old);
    write_file(folder, "half", number, &half);
    write_file(folder, "new", number, &new);
    print_patch(diff, number, patch);
    free(chosen);
    diff_free(diff);
    diff_free(apart);
    buffer_release(&old);
    buffer_release(&half);
    buffer_release(&new);
}

/* What git says of the lines changed between two folders: "ADDED<TAB>REMOVED<TAB>{old => half}/NUMBER". */
static void ask_git(const char *folder, const char *from, const char *to, size_t size[FILES])
{
    char *command =
        xasprintf("cd '%s' && git diff --no-index --no-ext-diff --minimal --numstat %s %s", folder, from, to);
    FILE *output = popen(command, "r");
    char line[256];

    assert_non_null(output);
    memset(size, 0, FILES * sizeof *size);
    while (fgets(line, sizeof line, output)) {
        size_t added, removed;
        assert_int_equal(sscanf(line, "%zu\t%zu\t", &added, &removed), 2);
        int number = atoi(strrchr(line, '/') + 1);
        assert_in_range(number, 0, FILES - 1);
        size[number] = added + removed;
    }
    pclose(output);
    free(command);
}

/* git applies what we print to the old texts. */
static void apply_with_git(const char *folder, const struct buffer *patch)
{
    char *path = xasprintf("%s/patch", folder);
    char *command = xasprintf("cd '%s/old' && git apply --whitespace=nowarn ../patch", folder);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(patch->data, 1, patch->length, file), patch->length);
    fclose(file);
    assert_int_equal(system(command), 0);
    for (int number = 0; number < FILES; number++) {
        struct buffer applied = BUFFER_INIT, wanted = BUFFER_INIT;
        read_file(folder, "old", number, &applied);
        read_file(folder, "new", number, &wanted);
        assert_same(&applied, &wanted);
        buffer_release(&applied);
        buffer_release(&wanted);
    }
    free(path);
    free(command);
}

/* git's scripts are not always the shortest, even where that is asked for: ours may be shorter, never longer. */
static void git_finds_the_same_changes(void **state)
{
    static size_t ours[FILES][2], theirs[FILES];
    char *folder = *state;
    struct buffer patch = BUFFER_INIT;
    unsigned seed = 21;
    int equal = 0;

    for (int number = 0; number < FILES; number++)
        make_file(folder, number, &seed, ours[number], &patch);
    for (int step = 0; step < 2; step++) {
        ask_git(folder, steps[step], steps[step + 1], theirs);
        for (int number = 0; number < FILES; number++) {
            if (ours[number][step] > theirs[number])
                fail_msg("file %d, %s to %s: we say %zu lines, git %zu", number, steps[step], steps[step + 1],
                         ours[number][step], theirs[number]);
            else
                equal += ours[number][step] == theirs[number];
        }
    }
    assert_true(equal > 2 * FILES * 95 / 100);
    apply_with_git(folder, &patch);
    buffer_release(&patch);
}

/* --- told --- */

static void assert_account(const char *old, const char *new, const char *choice, const char *wanted)
{
    struct diff *diff = diff_new(old, strlen(old), new, strlen(new), 0);
    struct buffer out = BUFFER_INIT;
    bool chosen[8] = { false };

    assert_int_equal(diff_hunks(diff), strlen(choice));
    for (size_t i = 0; choice[i]; i++)
        chosen[i] = choice[i] == 'y';
    diff_account(diff, chosen, &out);
    assert_string_equal(out.data, wanted);
    buffer_release(&out);
    diff_free(diff);
}

static void lines_are_those_of_the_text_afterwards(void **state)
{
    static const char old[] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n", new[] = "1\nA\nB\n3\n5\n6\nC\n7\n8\nD\n";

    (void)state;
    assert_account(old, new, "ynyn",
                   "Applied: hunk 1 (lines 2-3), hunk 3 (line 8).\n"
                   "Left out, as it was before: hunk 2 (line 5), hunk 4 (line 11).");
    assert_account(old, new, "nyny",
                   "Applied: hunk 2 (lines removed before line 4), hunk 4 (line 8).\n"
                   "Left out, as it was before: hunk 1 (line 2), hunk 3 (nothing added before line 6).");
    assert_account("", "a\nb\n", "y", "Applied: hunk 1 (lines 1-2).\nLeft out, as it was before: none.");
    assert_account("a\n", "", "y",
                   "Applied: hunk 1 (lines removed before line 1).\nLeft out, as it was before: none.");
}

static void context_is_not_of_the_range(void **state)
{
    static const char old[] = "1\n2\n3\n4\n5\n6\n7\n", new[] = "1\n2\n3\nfour\n5\n6\n6a\n7\n";
    struct diff *diff = diff_new(old, strlen(old), new, strlen(new), DIFF_CONTEXT);
    struct diff_range range;

    (void)state;
    assert_int_equal(diff_hunks(diff), 1);
    diff_changed_lines(diff_hunk(diff, 0), &range);
    assert_int_equal(range.old_first, 4);
    assert_int_equal(range.old_count, 3);
    assert_int_equal(range.new_first, 4);
    assert_int_equal(range.new_count, 4);
    diff_free(diff);
}

/* The lines between two changes go to both; nothing is between two hunks that join, and no change shares one. */
static void changes_stand_apart(void **state)
{
    static const char old[] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n",
                      new[] = "1\ntwo\n3\nfour\n5\n6\n7\neight\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n"
                              "nineteen\n";
    static const size_t wanted[][2] = { { 1, 3 }, { 4, 3 }, { 7, 5 }, { 16, 4 } }; /* first, lines */
    struct diff *diff = diff_new_apart(old, strlen(old), new, strlen(new), DIFF_CONTEXT);

    (void)state;
    assert_int_equal(diff_hunks(diff), ARRAY_SIZE(wanted));
    for (size_t i = 0; i < diff_hunks(diff); i++) {
        assert_int_equal(diff_hunk(diff, i)->old_start, wanted[i][0]);
        assert_int_equal(diff_hunk(diff, i)->old_count, wanted[i][1]);
        assert_int_equal(diff_hunk_joins(diff, i), i == 1 || i == 2);
    }
    diff_free(diff);
}

static int make_folder(void **state)
{
    char name[] = "/tmp/sandgate-hunks.XXXXXX";

    if (!mkdtemp(name))
        return -1;
    setenv("GIT_CEILING_DIRECTORIES", "/tmp", 1); /* its folders are of no repository */
    setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        char *folder = path_join(name, steps[i]);
        mkdir(folder, 0700);
        free(folder);
    }
    *state = xstrdup(name);
    return 0;
}

static int remove_folder(void **state)
{
    path_remove_tree(*state, NULL);
    free(*state);
    return 0;
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_subset_and_then_the_rest_is_the_whole),
        cmocka_unit_test_setup_teardown(git_finds_the_same_changes, make_folder, remove_folder),
        cmocka_unit_test(lines_are_those_of_the_text_afterwards),
        cmocka_unit_test(changes_stand_apart),
        cmocka_unit_test(context_is_not_of_the_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
