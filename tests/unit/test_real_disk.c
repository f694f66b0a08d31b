/* The POSIX disk: the contract of hs_disk over a real folder, and the lock of the home. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/real_disk.h"
#include "storage/block_log.h"
#include "storage/slot_store.h"

struct home {
    char path[64];
    struct hs_real_disk *real;
    const struct hs_disk *disk;
};

static struct home *home_of(void **state)
{
    return *state;
}

static void open_home(struct home *home)
{
    char error[HS_DISK_ERROR_BYTES];
    assert_int_equal(hs_real_disk_open(&home->real, home->path, error), HS_OK);
    assert_string_equal(error, "");
    home->disk = hs_real_disk_interface(home->real);
}

static int set_up(void **state)
{
    struct home *home = calloc(1, sizeof *home);
    (void)snprintf(home->path, sizeof home->path, P_tmpdir "/hotstuff-disk-XXXXXX");
    if (mkdtemp(home->path) == NULL) {
        return -1;
    }
    open_home(home);
    *state = home;
    return 0;
}

static int tear_down(void **state)
{
    struct home *home = home_of(state);
    char name[HS_FILE_NAME_BYTES_MAX];
    while (home->disk->list(home->disk->context, 0, name) == HS_OK) {
        assert_int_equal(home->disk->remove(home->disk->context, name), HS_OK);
    }
    hs_real_disk_close(home->real);
    int result = rmdir(home->path);
    free(home);
    return result;
}

static struct hs_file open_file(const struct hs_disk *disk, const char *name,
                                enum hs_open_mode mode)
{
    struct hs_file file;
    assert_int_equal(disk->open(disk->context, name, mode, &file), HS_OK);
    return file;
}

static void files_are_opened_as_the_mode_says(void **state)
{
    const struct hs_disk *disk = home_of(state)->disk;
    struct hs_file file;
    assert_int_equal(disk->open(disk->context, "a", HS_OPEN_EXISTING, &file), HS_NOT_FOUND);
    file = open_file(disk, "a", HS_CREATE_NEW);
    disk->close(disk->context, file);
    assert_int_equal(disk->open(disk->context, "a", HS_CREATE_NEW, &file), HS_DUPLICATE);
    file = open_file(disk, "a", HS_OPEN_EXISTING);
    disk->close(disk->context, file);
    file = open_file(disk, "b", HS_OPEN_OR_CREATE);
    disk->close(disk->context, file);
    file = open_file(disk, "b", HS_OPEN_OR_CREATE);
    disk->close(disk->context, file);
}

static void what_was_written_is_read(void **state)
{
    const struct hs_disk *disk = home_of(state)->disk;
    struct hs_file file = open_file(disk, "a", HS_CREATE_NEW);
    assert_int_equal(disk->write(disk->context, file, 5, "hello", 5), HS_OK);
    assert_int_equal(disk->sync(disk->context, file), HS_OK);
    uint64_t size_bytes;
    assert_int_equal(disk->size(disk->context, file, &size_bytes), HS_OK);
    assert_int_equal(size_bytes, 10);
    char bytes[20];
    size_t read_bytes;
    assert_int_equal(disk->read(disk->context, file, 3, bytes, sizeof bytes, &read_bytes), HS_OK);
    assert_int_equal(read_bytes, 7);
    assert_memory_equal(bytes, "\0\0hello", 7);
    assert_int_equal(disk->read(disk->context, file, 10, bytes, 1, &read_bytes), HS_OK);
    assert_int_equal(read_bytes, 0);
    disk->close(disk->context, file);
}

static void reserving_grows_with_zeros_and_never_shrinks(void **state)
{
    const struct hs_disk *disk = home_of(state)->disk;
    struct hs_file file = open_file(disk, "a", HS_CREATE_NEW);
    assert_int_equal(disk->write(disk->context, file, 0, "x", 1), HS_OK);
    assert_int_equal(disk->reserve(disk->context, file, 10000), HS_OK);
    assert_int_equal(disk->reserve(disk->context, file, 100), HS_OK);
    uint64_t size_bytes;
    assert_int_equal(disk->size(disk->context, file, &size_bytes), HS_OK);
    assert_int_equal(size_bytes, 10000);
    char bytes[2];
    size_t read_bytes;
    assert_int_equal(disk->read(disk->context, file, 0, bytes, 2, &read_bytes), HS_OK);
    assert_memory_equal(bytes, "x\0", 2);
    assert_int_equal(disk->truncate(disk->context, file, 1), HS_OK);
    assert_int_equal(disk->size(disk->context, file, &size_bytes), HS_OK);
    assert_int_equal(size_bytes, 1);
    disk->close(disk->context, file);
}

static void names_move_vanish_and_are_listed_in_order(void **state)
{
    const struct hs_disk *disk = home_of(state)->disk;
    const char *created[] = {"b", "d", "a"};
    for (size_t i = 0; i < 3; i++) {
        disk->close(disk->context, open_file(disk, created[i], HS_CREATE_NEW));
    }
    assert_int_equal(disk->rename(disk->context, "d", "c"), HS_OK);
    assert_int_equal(disk->rename(disk->context, "d", "e"), HS_NOT_FOUND);
    assert_int_equal(disk->remove(disk->context, "b"), HS_OK);
    assert_int_equal(disk->remove(disk->context, "b"), HS_NOT_FOUND);
    assert_int_equal(disk->sync_names(disk->context), HS_OK);
    const char *expected[] = {"a", "c", "lock"};
    char name[HS_FILE_NAME_BYTES_MAX];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(disk->list(disk->context, i, name), HS_OK);
        assert_string_equal(name, expected[i]);
    }
    assert_int_equal(disk->list(disk->context, 3, name), HS_NOT_FOUND);
}

static void a_name_leads_nowhere_else(void **state)
{
    const struct hs_disk *disk = home_of(state)->disk;
    char long_name[HS_FILE_NAME_BYTES_MAX + 1];
    memset(long_name, 'x', HS_FILE_NAME_BYTES_MAX);
    long_name[HS_FILE_NAME_BYTES_MAX] = '\0';
    const char *refused[] = {"", ".", "..", "a/b", "/etc/passwd", long_name};
    struct hs_file file;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(disk->open(disk->context, refused[i], HS_OPEN_OR_CREATE, &file),
                         HS_INVALID_ARGUMENT);
        assert_int_equal(disk->rename(disk->context, "lock", refused[i]), HS_INVALID_ARGUMENT);
        assert_int_equal(disk->remove(disk->context, refused[i]), HS_INVALID_ARGUMENT);
    }
}

static void files_are_their_owners_alone(void **state)
{
    const struct home *home = home_of(state);
    home->disk->close(home->disk->context, open_file(home->disk, "a", HS_CREATE_NEW));
    const char *names[] = {"a", "lock"};
    for (size_t i = 0; i < 2; i++) {
        char path[80];
        struct stat information;
        (void)snprintf(path, sizeof path, "%s/%s", home->path, names[i]);
        assert_int_equal(stat(path, &information), 0);
        assert_int_equal(information.st_mode & 0777, 0600);
    }
}

static void open_files_are_bounded(void **state)
{
    const struct hs_disk *disk = home_of(state)->disk;
    struct hs_file files[HS_DISK_FILES_MAX];
    for (size_t i = 0; i < HS_DISK_FILES_MAX; i++) {
        files[i] = open_file(disk, "a", HS_OPEN_OR_CREATE);
    }
    struct hs_file more;
    assert_int_equal(disk->open(disk->context, "a", HS_OPEN_EXISTING, &more), HS_FULL);
    disk->close(disk->context, files[7]);
    files[7] = open_file(disk, "a", HS_OPEN_EXISTING);
    for (size_t i = 0; i < HS_DISK_FILES_MAX; i++) {
        disk->close(disk->context, files[i]);
    }
}

static void a_home_has_one_owner(void **state)
{
    struct home *home = home_of(state);
    char error[HS_DISK_ERROR_BYTES];
    struct hs_real_disk *second;
    assert_int_equal(hs_real_disk_open(&second, home->path, error), HS_IN_USE);
    assert_null(second);
    assert_non_null(strstr(error, home->path));
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(hs_real_disk_open(&second, home->path, error) == HS_IN_USE ? 0 : 1);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    hs_real_disk_close(home->real);
    open_home(home);
}

static void a_missing_home_is_said_by_name(void **state)
{
    (void)state;
    char error[HS_DISK_ERROR_BYTES];
    struct hs_real_disk *disk;
    assert_int_equal(hs_real_disk_open(&disk, "/nowhere/at all", error), HS_NOT_FOUND);
    assert_non_null(strstr(error, "/nowhere/at all"));
}

static void the_first_error_is_kept(void **state)
{
    struct home *home = home_of(state);
    char error[HS_DISK_ERROR_BYTES];
    hs_real_disk_first_error(home->real, error);
    assert_string_equal(error, "");
    char path[80];
    (void)snprintf(path, sizeof path, "%s/folder", home->path);
    assert_int_equal(mkdir(path, 0700), 0);
    struct hs_file file;
    const struct hs_disk *disk = home->disk;
    assert_int_equal(disk->open(disk->context, "folder", HS_OPEN_EXISTING, &file), HS_IO);
    hs_real_disk_first_error(home->real, error);
    assert_string_equal(error, "open folder: Is a directory");
    assert_int_equal(rmdir(path), 0);
}

static enum hs_status count_visits(void *context, const struct hs_log_record *record)
{
    (void)record;
    size_t *count = context;
    *count += 1;
    return HS_OK;
}

static void a_log_and_a_slot_store_live_on_it(void **state)
{
    struct home *home = home_of(state);
    size_t count = 0;
    for (size_t round = 0; round < 3; round++) {
        struct hs_block_log_config config = {.disk = home->disk,
                                             .segment_bytes = 4096,
                                             .visit = count_visits,
                                             .visit_context = &count};
        struct hs_log_damage damage;
        struct hs_block_log *log;
        count = 0;
        assert_int_equal(hs_block_log_open(&log, &config, &damage), HS_OK);
        assert_int_equal(count, 8 * round);
        for (uint64_t i = 0; i < 8; i++) {
            uint64_t height = 8 * round + i + 1;
            struct hs_log_block block = {.height = height, .header = {(uint8_t *)&height, 8}};
            memcpy(block.id.bytes, &height, sizeof height);
            struct hs_log_position position;
            assert_int_equal(hs_block_log_append_block(log, &block, &position), HS_OK);
            struct hs_log_batch *batch = hs_block_log_take_batch(log);
            assert_int_equal(hs_block_log_write_batch(batch), HS_OK);
            hs_block_log_batch_done(log, batch, HS_OK);
            struct hs_log_block read_block;
            assert_int_equal(hs_block_log_read_block(log, position, &read_block), HS_OK);
            assert_int_equal(read_block.height, height);
        }
        hs_block_log_close(log);
    }
    uint8_t record[4] = {1, 2, 3, 4};
    uint32_t size;
    struct hs_slot_store store;
    assert_int_equal(hs_slot_store_create(home->disk, "safety.slots", 4, record, 4), HS_OK);
    assert_int_equal(hs_slot_store_open(&store, home->disk, "safety.slots", record, 4, &size),
                     HS_OK);
    assert_int_equal(hs_slot_store_write(&store, (const uint8_t *)"abc", 3), HS_OK);
    hs_slot_store_close(&store);
    assert_int_equal(hs_slot_store_open(&store, home->disk, "safety.slots", record, 4, &size),
                     HS_OK);
    assert_int_equal(size, 3);
    assert_memory_equal(record, "abc", 3);
    hs_slot_store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_are_opened_as_the_mode_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_written_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reserving_grows_with_zeros_and_never_shrinks, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(names_move_vanish_and_are_listed_in_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_name_leads_nowhere_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_are_their_owners_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(open_files_are_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_home_has_one_owner, set_up, tear_down),
        cmocka_unit_test(a_missing_home_is_said_by_name),
        cmocka_unit_test_setup_teardown(the_first_error_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_log_and_a_slot_store_live_on_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
