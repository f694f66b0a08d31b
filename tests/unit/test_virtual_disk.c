/* The disk that all crash tests stand on: it must lose what it may lose, and only that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "sim/virtual_disk.h"

#define SEEDS 64u

static struct hs_file create(const struct hs_disk *disk, const char *name)
{
    struct hs_file file;
    assert_int_equal(disk->open(disk->context, name, HS_CREATE_NEW, &file), HS_OK);
    return file;
}

static enum hs_status fill(const struct hs_disk *disk, struct hs_file file, uint64_t offset,
                           size_t size, uint8_t value)
{
    uint8_t bytes[16384];
    assert_true(size <= sizeof bytes);
    memset(bytes, value, size);
    return disk->write(disk->context, file, offset, bytes, size);
}

/* How many of the file's sectors hold the value in all their bytes. */
static size_t count_sectors(const struct hs_disk *disk, const char *name, uint8_t value)
{
    struct hs_file file;
    assert_int_equal(disk->open(disk->context, name, HS_OPEN_EXISTING, &file), HS_OK);
    size_t count = 0;
    uint8_t sector[HS_VIRTUAL_SECTOR_BYTES];
    uint8_t wanted[HS_VIRTUAL_SECTOR_BYTES];
    memset(wanted, value, sizeof wanted);
    size_t read_bytes = sizeof sector;
    for (uint64_t offset = 0; read_bytes == sizeof sector; offset += sizeof sector) {
        assert_int_equal(
            disk->read(disk->context, file, offset, sector, sizeof sector, &read_bytes), HS_OK);
        if (read_bytes == sizeof sector && memcmp(sector, wanted, sizeof sector) == 0) {
            count++;
        }
    }
    disk->close(disk->context, file);
    return count;
}

static void what_was_synced_survives_any_power_cut(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(seed);
        const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
        struct hs_file file = create(disk, "f");
        assert_int_equal(fill(disk, file, 0, 5120, 7), HS_OK);
        assert_int_equal(disk->sync(disk->context, file), HS_OK);
        assert_int_equal(disk->sync_names(disk->context), HS_OK);
        hs_virtual_disk_power_cut(virtual_disk);
        assert_int_equal(disk->sync_names(disk->context), HS_IO);
        hs_virtual_disk_restart(virtual_disk);
        assert_int_equal(count_sectors(disk, "f", 7), 10);
        hs_virtual_disk_free(virtual_disk);
    }
}

static void unsynced_sectors_are_lost_in_any_combination(void **state)
{
    (void)state;
    bool seen[9] = {false};
    for (uint64_t seed = 0; seed < 256; seed++) {
        struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(seed);
        const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
        struct hs_file file = create(disk, "f");
        assert_int_equal(fill(disk, file, 0, 4096, 1), HS_OK);
        assert_int_equal(disk->sync(disk->context, file), HS_OK);
        assert_int_equal(disk->sync_names(disk->context), HS_OK);
        assert_int_equal(fill(disk, file, 0, 4096, 2), HS_OK);
        hs_virtual_disk_power_cut(virtual_disk);
        hs_virtual_disk_restart(virtual_disk);
        size_t written = count_sectors(disk, "f", 2);
        assert_int_equal(written + count_sectors(disk, "f", 1), 8);
        seen[written] = true;
        hs_virtual_disk_free(virtual_disk);
    }
    for (size_t i = 1; i < 8; i++) {
        assert_true(seen[i]);
    }
}

/* How many of 80 unsynced sectors a power cut leaves. */
static size_t kept_of_80(uint64_t seed, uint32_t per_mille)
{
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(seed);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    struct hs_file file = create(disk, "f");
    assert_int_equal(disk->reserve(disk->context, file, 40960), HS_OK);
    assert_int_equal(disk->sync(disk->context, file), HS_OK);
    assert_int_equal(disk->sync_names(disk->context), HS_OK);
    for (uint64_t offset = 0; offset < 40960; offset += 8192) {
        assert_int_equal(fill(disk, file, offset, 8192, 1), HS_OK);
    }
    hs_virtual_disk_set_kept(virtual_disk, per_mille);
    hs_virtual_disk_power_cut(virtual_disk);
    hs_virtual_disk_restart(virtual_disk);
    size_t kept = count_sectors(disk, "f", 1);
    hs_virtual_disk_free(virtual_disk);
    return kept;
}

static void a_power_cut_keeps_as_much_as_it_is_told(void **state)
{
    (void)state;
    size_t kept = 0;
    bool torn = false;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        assert_int_equal(kept_of_80(seed, 0), 0);
        assert_int_equal(kept_of_80(seed, 1000), 80);
        size_t of_one = kept_of_80(seed, 900);
        torn = torn || of_one < 80;
        kept += of_one;
    }
    assert_true(torn);
    /* Five standard errors: 5 * sqrt(5120 * 0.9 * 0.1) = 107. */
    assert_in_range(kept, 4608 - 107, 4608 + 107);
}

static void a_flipped_bit_is_there_before_and_after_a_power_cut(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(seed);
        const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
        struct hs_file file = create(disk, "f");
        assert_int_equal(fill(disk, file, 0, 1024, 5), HS_OK);
        assert_int_equal(disk->sync(disk->context, file), HS_OK);
        assert_int_equal(disk->sync_names(disk->context), HS_OK);
        assert_int_equal(fill(disk, file, 512, 512, 6), HS_OK);
        assert_int_equal(hs_virtual_disk_flip_bit(virtual_disk, "f", 100, 3), HS_OK);
        assert_int_equal(hs_virtual_disk_flip_bit(virtual_disk, "f", 1024, 3), HS_NOT_FOUND);
        assert_int_equal(hs_virtual_disk_flip_bit(virtual_disk, "f", 0, 8), HS_NOT_FOUND);
        assert_int_equal(hs_virtual_disk_flip_bit(virtual_disk, "g", 0, 0), HS_NOT_FOUND);
        uint8_t byte;
        size_t read_bytes;
        assert_int_equal(disk->read(disk->context, file, 100, &byte, 1, &read_bytes), HS_OK);
        assert_int_equal(byte, 5 ^ 8);
        hs_virtual_disk_power_cut(virtual_disk);
        hs_virtual_disk_restart(virtual_disk);
        assert_int_equal(disk->open(disk->context, "f", HS_OPEN_EXISTING, &file), HS_OK);
        assert_int_equal(disk->read(disk->context, file, 100, &byte, 1, &read_bytes), HS_OK);
        assert_int_equal(byte, 5 ^ 8);
        assert_int_equal(count_sectors(disk, "f", 5) + count_sectors(disk, "f", 6), 1);
        hs_virtual_disk_free(virtual_disk);
    }
}

static void a_wiped_disk_is_empty_for_good(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(seed);
        const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
        struct hs_file a = create(disk, "a");
        (void)create(disk, "b");
        assert_int_equal(fill(disk, a, 0, 4096, 5), HS_OK);
        assert_int_equal(disk->sync(disk->context, a), HS_OK);
        assert_int_equal(disk->sync_names(disk->context), HS_OK);
        hs_virtual_disk_wipe(virtual_disk);
        hs_virtual_disk_power_cut(virtual_disk);
        hs_virtual_disk_restart(virtual_disk);
        char name[HS_FILE_NAME_BYTES_MAX];
        assert_int_equal(disk->list(disk->context, 0, name), HS_NOT_FOUND);
        assert_int_equal(hs_virtual_disk_used_bytes(virtual_disk), 0);
        hs_virtual_disk_free(virtual_disk);
    }
}

static void a_crash_of_the_process_alone_loses_nothing(void **state)
{
    (void)state;
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    struct hs_file file = create(disk, "f");
    assert_int_equal(fill(disk, file, 0, 1024, 3), HS_OK);
    hs_virtual_disk_restart(virtual_disk);
    uint64_t size_bytes;
    assert_int_equal(disk->size(disk->context, file, &size_bytes), HS_IO);
    assert_int_equal(count_sectors(disk, "f", 3), 2);
    hs_virtual_disk_free(virtual_disk);
}

static void names_not_synced_may_vanish_but_keep_their_order(void **state)
{
    (void)state;
    bool seen[4] = {false};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(seed);
        const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
        (void)create(disk, "a");
        (void)create(disk, "b");
        assert_int_equal(disk->rename(disk->context, "b", "a"), HS_OK);
        hs_virtual_disk_power_cut(virtual_disk);
        hs_virtual_disk_restart(virtual_disk);
        struct hs_file file;
        bool a = disk->open(disk->context, "a", HS_OPEN_EXISTING, &file) == HS_OK;
        bool b = disk->open(disk->context, "b", HS_OPEN_EXISTING, &file) == HS_OK;
        assert_true(a || !b);
        seen[(a ? 1 : 0) + (b ? 2 : 0)] = true;
        hs_virtual_disk_free(virtual_disk);
    }
    assert_true(seen[0] && seen[1] && seen[3]);
}

static void a_failed_sync_gives_sectors_up_until_they_are_written_again(void **state)
{
    (void)state;
    bool lost = false;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(seed);
        const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
        struct hs_file file = create(disk, "f");
        assert_int_equal(disk->reserve(disk->context, file, 2048), HS_OK);
        assert_int_equal(disk->sync(disk->context, file), HS_OK);
        assert_int_equal(disk->sync_names(disk->context), HS_OK);
        assert_int_equal(fill(disk, file, 0, 2048, 9), HS_OK);
        hs_virtual_disk_fail_at(virtual_disk, hs_virtual_disk_calls(virtual_disk) + 1);
        assert_int_equal(disk->sync(disk->context, file), HS_IO);
        assert_int_equal(disk->sync(disk->context, file), HS_OK);
        assert_int_equal(count_sectors(disk, "f", 9), 4);
        assert_int_equal(fill(disk, file, 0, 512, 9), HS_OK);
        assert_int_equal(disk->sync(disk->context, file), HS_OK);
        hs_virtual_disk_power_cut(virtual_disk);
        hs_virtual_disk_restart(virtual_disk);
        size_t kept = count_sectors(disk, "f", 9);
        assert_true(kept >= 1);
        lost = lost || kept < 4;
        hs_virtual_disk_free(virtual_disk);
    }
    assert_true(lost);
}

static void a_full_disk_refuses_to_grow_and_still_overwrites(void **state)
{
    (void)state;
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    hs_virtual_disk_set_capacity(virtual_disk, 2048);
    struct hs_file a = create(disk, "a");
    struct hs_file b = create(disk, "b");
    assert_int_equal(fill(disk, a, 0, 1024, 1), HS_OK);
    assert_int_equal(disk->reserve(disk->context, b, 1024), HS_OK);
    assert_int_equal(hs_virtual_disk_used_bytes(virtual_disk), 2048);
    assert_int_equal(fill(disk, a, 1024, 1, 1), HS_IO);
    assert_int_equal(disk->reserve(disk->context, b, 1025), HS_IO);
    assert_int_equal(fill(disk, a, 0, 1024, 2), HS_OK);
    hs_virtual_disk_restart(virtual_disk); /* a new process finds it as full */
    assert_int_equal(disk->open(disk->context, "b", HS_OPEN_EXISTING, &b), HS_OK);
    assert_int_equal(disk->reserve(disk->context, b, 1025), HS_IO);
    hs_virtual_disk_set_capacity(virtual_disk, UINT64_MAX);
    assert_int_equal(disk->reserve(disk->context, b, 1025), HS_OK);
    hs_virtual_disk_free(virtual_disk);
}

static void a_truncated_file_reads_zeros_when_it_grows_again(void **state)
{
    (void)state;
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    struct hs_file file = create(disk, "f");
    assert_int_equal(fill(disk, file, 0, 4096, 5), HS_OK);
    assert_int_equal(disk->truncate(disk->context, file, 512), HS_OK);
    assert_int_equal(disk->reserve(disk->context, file, 4096), HS_OK);
    assert_int_equal(count_sectors(disk, "f", 5), 1);
    assert_int_equal(count_sectors(disk, "f", 0), 7);
    assert_int_equal(disk->reserve(disk->context, file, 512), HS_OK);
    assert_int_equal(count_sectors(disk, "f", 0), 7);
    hs_virtual_disk_free(virtual_disk);
}

static void names_are_listed_in_order(void **state)
{
    (void)state;
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    char name[HS_FILE_NAME_BYTES_MAX];
    assert_int_equal(disk->list(disk->context, 0, name), HS_NOT_FOUND);
    (void)create(disk, "b");
    (void)create(disk, "c");
    (void)create(disk, "a");
    assert_int_equal(disk->remove(disk->context, "b"), HS_OK);
    assert_int_equal(disk->list(disk->context, 0, name), HS_OK);
    assert_string_equal(name, "a");
    assert_int_equal(disk->list(disk->context, 1, name), HS_OK);
    assert_string_equal(name, "c");
    assert_int_equal(disk->list(disk->context, 2, name), HS_NOT_FOUND);
    hs_virtual_disk_free(virtual_disk);
}

static void a_name_leads_nowhere_else(void **state)
{
    (void)state;
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    char long_name[HS_FILE_NAME_BYTES_MAX + 1];
    memset(long_name, 'x', HS_FILE_NAME_BYTES_MAX);
    long_name[HS_FILE_NAME_BYTES_MAX] = '\0';
    const char *refused[] = {"", ".", "..", "a/b", long_name};
    struct hs_file file;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(disk->open(disk->context, refused[i], HS_OPEN_OR_CREATE, &file),
                         HS_INVALID_ARGUMENT);
    }
    hs_virtual_disk_free(virtual_disk);
}

static void what_is_durable_can_be_read_at_any_time(void **state)
{
    (void)state;
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    uint8_t bytes[8192];
    struct hs_file file = create(disk, "f");
    assert_int_equal(fill(disk, file, 0, 5000, 1), HS_OK);
    assert_int_equal(hs_virtual_disk_read_durable(virtual_disk, "f", 0, bytes, sizeof bytes), 0);
    assert_int_equal(disk->sync_names(disk->context), HS_OK);
    assert_int_equal(hs_virtual_disk_read_durable(virtual_disk, "f", 0, bytes, sizeof bytes), 0);
    assert_int_equal(disk->sync(disk->context, file), HS_OK);
    assert_int_equal(fill(disk, file, 4096, 4096, 2), HS_OK);
    uint64_t calls = hs_virtual_disk_calls(virtual_disk);
    assert_int_equal(hs_virtual_disk_read_durable(virtual_disk, "f", 96, bytes, sizeof bytes),
                     4904);
    for (size_t i = 0; i < 4904; i++) {
        assert_int_equal(bytes[i], 1);
    }
    assert_int_equal(hs_virtual_disk_read_durable(virtual_disk, "f", 5000, bytes, 1), 0);
    assert_int_equal(hs_virtual_disk_calls(virtual_disk), calls);
    assert_int_equal(disk->sync(disk->context, file), HS_OK);
    assert_int_equal(hs_virtual_disk_read_durable(virtual_disk, "f", 8191, bytes, 8), 1);
    assert_int_equal(bytes[0], 2);
    hs_virtual_disk_free(virtual_disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_synced_survives_any_power_cut),
        cmocka_unit_test(unsynced_sectors_are_lost_in_any_combination),
        cmocka_unit_test(a_power_cut_keeps_as_much_as_it_is_told),
        cmocka_unit_test(a_flipped_bit_is_there_before_and_after_a_power_cut),
        cmocka_unit_test(a_wiped_disk_is_empty_for_good),
        cmocka_unit_test(a_crash_of_the_process_alone_loses_nothing),
        cmocka_unit_test(names_not_synced_may_vanish_but_keep_their_order),
        cmocka_unit_test(a_failed_sync_gives_sectors_up_until_they_are_written_again),
        cmocka_unit_test(a_full_disk_refuses_to_grow_and_still_overwrites),
        cmocka_unit_test(a_truncated_file_reads_zeros_when_it_grows_again),
        cmocka_unit_test(names_are_listed_in_order),
        cmocka_unit_test(a_name_leads_nowhere_else),
        cmocka_unit_test(what_is_durable_can_be_read_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
