/* test_modal_volumes.c - volumes and their files against the stand-in: both versions, small and large files, and
 * what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "modal/volumes.h"
#include "tests/unit/modal_stage.h"
#include "wire/grpc.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The id of volume NAME, made. Caller frees. */
static char *make_volume(struct modal_stage *stage, const char *name, int version)
{
    modal_volume_find(stage->client, name, true, version, modal_stage_named, stage);
    stage_expect_fine(stage);
    char *id = xstrdup(stage->name);
    modal_stage_clear(stage);
    return id;
}

/* A file in memory: SIZE bytes that follow from SEED. */
static int make_file(size_t size, unsigned seed)
{
    int file = memfd_create("content", MFD_CLOEXEC);
    char *bytes = xmalloc(size + 1);

    for (size_t i = 0; i < size; i++) {
        seed = seed * 1103515245u + 12345u;
        bytes[i] = (char)(seed >> 16);
    }
    assert_int_equal(write(file, bytes, size), (ssize_t)size);
    fchmod(file, 0640);
    free(bytes);
    return file;
}

static void put(struct modal_stage *stage, const char *id, const char *path, int file, bool force)
{
    modal_volume_put(stage->client, id, path, file, force, modal_stage_named, stage);
}

/* --- reading back --- */

struct got {
    struct hash *hash;
    uint64_t size;
};

static struct got *current; /* modal_volume_get has one DATA for bytes and end: it is the stage's */

static void take_bytes(void *data, const char *bytes, size_t length)
{
    (void)data;
    hash_add(current->hash, bytes, length);
    current->size += length;
}

static void expect_content(struct modal_stage *stage, const char *id, const char *path, int file)
{
    struct got got = { .hash = hash_new() };
    struct hash *hash = hash_new();
    char wanted[HASH_TEXT], found[HASH_TEXT], piece[65536];
    ssize_t count;
    uint64_t size = 0;

    current = &got;
    modal_volume_get(stage->client, id, path, take_bytes, modal_stage_named, stage);
    stage_expect_fine(stage);
    modal_stage_clear(stage);
    while ((count = pread(file, piece, sizeof piece, (off_t)size)) > 0) {
        hash_add(hash, piece, (size_t)count);
        size += (uint64_t)count;
    }
    hash_finish(hash, wanted);
    hash_finish(got.hash, found);
    assert_int_equal(got.size, size);
    assert_string_equal(found, wanted);
}

/* --- listing --- */

struct listed {
    struct modal_stage *stage;
    struct buffer text; /* "TYPE SIZE PATH" a line */
};

static void take_entries(void *data, const struct modal_failure *failure,
                         const struct modal_volume_entry *entries, size_t count)
{
    struct listed *listed = data;

    modal_stage_take(listed->stage, failure);
    for (size_t i = 0; i < count; i++)
        buffer_append_format(&listed->text, "%d %llu %s\n", entries[i].type,
                             entries[i].type == 1 ? (unsigned long long)entries[i].size : 0ull,
                             entries[i].path);
}

static void expect_listing(struct modal_stage *stage, const char *id, const char *path, bool recursive,
                           const char *const *lines)
{
    struct listed listed = { .stage = stage, .text = BUFFER_INIT };
    size_t count = 0;

    modal_volume_browse(stage->client, id, path, recursive, take_entries, &listed);
    stage_expect_fine(stage);
    for (; lines[count]; count++)
        if (!strstr(listed.text.data, lines[count]))
            fail_msg("\"%s\" is not in: %s", lines[count], listed.text.data);
    for (size_t i = 0; i < listed.text.length; i++)
        count -= listed.text.data[i] == '\n';
    assert_int_equal(count, 0);
    buffer_release(&listed.text);
}

/* --- the tests --- */

static void files_go_there_and_back(struct modal_stage *stage, const char *id)
{
    static const size_t sizes[] = { 0, 1, 4096, 5 << 20, (16 << 20) + 7 };

    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        int file = make_file(sizes[i], (unsigned)i);
        char *path = xasprintf("/folder/file-%zu", i);
        put(stage, id, path, file, false);
        stage_expect_fine(stage);
        modal_stage_clear(stage);
        expect_content(stage, id, path, file);
        put(stage, id, path, file, false);
        stage_expect_refused(stage, GRPC_ALREADY_EXISTS, "exists");
        int other = make_file(100, 77);
        put(stage, id, path, other, true);
        stage_expect_fine(stage);
        modal_stage_clear(stage);
        expect_content(stage, id, path, other);
        close(other);
        close(file);
        free(path);
    }
}

static void check_version(struct modal_stage *stage, int version)
{
    static const char *const top[] = { "2 0 folder\n", NULL };
    static const char *const below[] = { "1 100 folder/file-0\n",
                                         "1 100 folder/file-1\n",
                                         "1 100 folder/file-2\n",
                                         "1 100 folder/file-3\n",
                                         "1 100 folder/file-4\n",
                                         "2 0 folder\n",
                                         NULL };
    char *name = xasprintf("volume-%d", version), *id = make_volume(stage, name, version);

    files_go_there_and_back(stage, id);
    expect_listing(stage, id, "/", false, top);
    expect_listing(stage, id, "/", true, below);
    modal_volume_remove(stage->client, id, "/folder", false, modal_stage_named, stage);
    stage_expect_refused(stage, GRPC_INVALID_ARGUMENT, "directory");
    modal_volume_remove(stage->client, id, "/folder/file-0", false, modal_stage_named, stage);
    stage_expect_fine(stage);
    modal_stage_clear(stage);
    modal_volume_remove(stage->client, id, "/folder", true, modal_stage_named, stage);
    stage_expect_fine(stage);
    modal_stage_clear(stage);
    modal_volume_remove(stage->client, id, "/folder", true, modal_stage_named, stage);
    stage_expect_refused(stage, GRPC_NOT_FOUND, "folder");
    modal_volume_get(stage->client, id, "/nothing", take_bytes, modal_stage_named, stage);
    stage_expect_refused(stage, GRPC_NOT_FOUND, "/nothing");
    free(name);
    free(id);
}

static void version_two(void **state)
{
    check_version(take_stage(state), 2);
}

static void version_one(void **state)
{
    check_version(take_stage(state), 1);
}

/* A client that has not seen the volume's name asks for its version. */
static void the_version_is_asked_for(void **state)
{
    struct modal_stage *stage = take_stage(state);
    char *id = make_volume(stage, "seen-elsewhere", 1);
    static const char *const lines[] = { "1 1 x\n", NULL };
    int file = make_file(1, 1);

    modal_stage_client(stage, NULL, NULL);
    put(stage, id, "x", file, false);
    stage_expect_fine(stage);
    modal_stage_clear(stage);
    modal_stage_client(stage, NULL, NULL);
    expect_listing(stage, id, "/", false, lines);
    modal_stage_clear(stage);
    modal_volume_browse(stage->client, "vo-nothing", "/", false, take_entries,
                        &(struct listed){ .stage = stage, .text = BUFFER_INIT });
    stage_expect_refused(stage, GRPC_NOT_FOUND, "vo-nothing");
    close(file);
    free(id);
}

static void what_is_no_file_is_not_put(void **state)
{
    struct modal_stage *stage = take_stage(state);
    char *id = make_volume(stage, "refusals", 2);
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    put(stage, id, "/x", ends[0], false);
    stage_expect_refused(stage, GRPC_INVALID_ARGUMENT, "no regular file");
    close(ends[0]);
    close(ends[1]);
    int file = make_file(1000, 1);
    modal_call_cancel(modal_volume_put(stage->client, id, "/x", file, false, modal_stage_named, stage));
    put(stage, id, "/y", file, false);
    stage_expect_fine(stage);
    close(file);
    free(id);
}

/* --- volumes themselves --- */

struct volumes {
    struct modal_stage *stage;
    size_t count;
    int version;
    double created;
};

static void take_volumes(void *data, const struct modal_failure *failure, const struct modal_volume *list,
                         size_t count)
{
    struct volumes *volumes = data;

    modal_stage_take(volumes->stage, failure);
    volumes->count = count;
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].name, "gone-soon") == 0) {
            volumes->version = list[i].version;
            volumes->created = list[i].created;
        }
}

static void volumes_are_made_listed_and_deleted(void **state)
{
    struct modal_stage *stage = take_stage(state);
    struct volumes volumes = { .stage = stage };

    modal_volume_find(stage->client, "gone-soon", false, 0, modal_stage_named, stage);
    stage_expect_refused(stage, GRPC_NOT_FOUND, "gone-soon");
    modal_volume_find(stage->client, "no/name", true, 0, modal_stage_named, stage);
    stage_expect_refused(stage, GRPC_INVALID_ARGUMENT, "cannot be a volume's name");
    char *id = make_volume(stage, "gone-soon", 2);
    modal_volume_list(stage->client, take_volumes, &volumes);
    stage_expect_fine(stage);
    assert_true(volumes.count > 0);
    assert_int_equal(volumes.version, 2);
    assert_true(volumes.created > 1.7e9);
    modal_stage_clear(stage);
    modal_volume_delete(stage->client, id, modal_stage_named, stage);
    stage_expect_fine(stage);
    modal_stage_clear(stage);
    modal_volume_find(stage->client, "gone-soon", false, 0, modal_stage_named, stage);
    stage_expect_refused(stage, GRPC_NOT_FOUND, "gone-soon");
    free(id);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_two),
        cmocka_unit_test(version_one),
        cmocka_unit_test(the_version_is_asked_for),
        cmocka_unit_test(what_is_no_file_is_not_put),
        cmocka_unit_test(volumes_are_made_listed_and_deleted),
    };
    return cmocka_run_group_tests(tests, modal_stage_setup, modal_stage_teardown);
}
