/* hs_slot_store: whatever the disk does, a record whose write returned is there, and none
 * that was never written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "sim/virtual_disk.h"
#include "storage/slot_store.h"

#define NAME       HS_SAFETY_SLOTS_NAME
#define RECORD_MAX 6000u
#define SLOT_BYTES 8192u

/* The record of step n: its length and every byte follow from n. */
static uint32_t make_record(uint8_t record[RECORD_MAX], uint32_t step)
{
    uint32_t size = 1 + step * 611u % RECORD_MAX;
    memset(record, (int)(step + 1), size);
    return size;
}

static bool is_record(const uint8_t *record, uint32_t size, uint32_t step)
{
    uint8_t expected[RECORD_MAX];
    return size == make_record(expected, step) && memcmp(record, expected, size) == 0;
}

static enum hs_status create(const struct hs_disk *disk, uint32_t step)
{
    uint8_t record[RECORD_MAX];
    uint32_t size = make_record(record, step);
    return hs_slot_store_create(disk, NAME, RECORD_MAX, record, size);
}

static enum hs_status write_step(struct hs_slot_store *store, uint32_t step)
{
    uint8_t record[RECORD_MAX];
    uint32_t size = make_record(record, step);
    return hs_slot_store_write(store, record, size);
}

static enum hs_status open_store(struct hs_slot_store *store, const struct hs_disk *disk,
                                 uint8_t record[RECORD_MAX], uint32_t *size)
{
    return hs_slot_store_open(store, disk, NAME, record, RECORD_MAX, size);
}

/* Opens, and says which step's record is the current one. */
static uint32_t current_step(const struct hs_disk *disk, uint32_t step_max)
{
    struct hs_slot_store store;
    uint8_t record[RECORD_MAX];
    uint32_t size;
    assert_int_equal(open_store(&store, disk, record, &size), HS_OK);
    hs_slot_store_close(&store);
    for (uint32_t step = 0; step <= step_max; step++) {
        if (is_record(record, size, step)) {
            return step;
        }
    }
    fail_msg("a record that nobody wrote");
    return 0;
}

static void a_missing_store_is_not_made_anew(void **state)
{
    (void)state; /* D5 */
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    struct hs_slot_store store;
    uint8_t record[RECORD_MAX];
    uint32_t size;
    char name[HS_FILE_NAME_BYTES_MAX];
    assert_int_equal(open_store(&store, disk, record, &size), HS_NO_SAFETY_RECORD);
    assert_int_equal(disk->list(disk->context, 0, name), HS_NOT_FOUND);
    hs_virtual_disk_free(virtual_disk);
}

static void a_store_is_never_written_over_by_create(void **state)
{
    (void)state;
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    assert_int_equal(create(disk, 3), HS_OK);
    assert_int_equal(create(disk, 4), HS_DUPLICATE);
    assert_int_equal(current_step(disk, 4), 3);
    uint8_t record[RECORD_MAX];
    uint32_t size = make_record(record, 4);
    assert_int_equal(hs_slot_store_replace(disk, NAME, RECORD_MAX, record, size), HS_OK);
    assert_int_equal(current_step(disk, 4), 4);
    hs_virtual_disk_free(virtual_disk);
}

static void the_last_record_written_is_read(void **state)
{
    (void)state;
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    assert_int_equal(create(disk, 0), HS_OK);
    for (uint32_t count = 0; count < 5; count++) {
        struct hs_slot_store store;
        uint8_t record[RECORD_MAX];
        uint32_t size;
        assert_int_equal(open_store(&store, disk, record, &size), HS_OK);
        assert_true(is_record(record, size, count == 0 ? 0 : 10 * (count - 1) + count - 1));
        for (uint32_t i = 0; i <= count; i++) {
            assert_int_equal(write_step(&store, 10 * count + i), HS_OK);
        }
        hs_slot_store_close(&store);
    }
    hs_virtual_disk_free(virtual_disk);
}

static void records_of_every_length_fit_up_to_the_limit(void **state)
{
    (void)state;
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    static uint8_t record[HS_SLOT_RECORD_BYTES_MAX + 1];
    memset(record, 0x5a, sizeof record);
    uint32_t limit = HS_SLOT_RECORD_BYTES_MAX;
    assert_int_equal(hs_slot_store_create(disk, NAME, limit + 1, record, 1), HS_INVALID_ARGUMENT);
    assert_int_equal(hs_slot_store_create(disk, NAME, 10, record, 11), HS_INVALID_ARGUMENT);
    assert_int_equal(hs_slot_store_create(disk, NAME, limit, record, 0), HS_OK);
    struct hs_slot_store store;
    static uint8_t read_record[HS_SLOT_RECORD_BYTES_MAX];
    uint32_t size = 7;
    assert_int_equal(hs_slot_store_open(&store, disk, NAME, read_record, limit, &size), HS_OK);
    assert_int_equal(size, 0);
    assert_int_equal(hs_slot_store_write(&store, record, limit + 1), HS_INVALID_ARGUMENT);
    assert_int_equal(hs_slot_store_write(&store, record, limit), HS_OK);
    hs_slot_store_close(&store);
    assert_int_equal(hs_slot_store_open(&store, disk, NAME, read_record, limit, &size), HS_OK);
    assert_int_equal(size, limit);
    assert_memory_equal(read_record, record, limit);
    hs_slot_store_close(&store);
    assert_int_equal(hs_slot_store_open(&store, disk, NAME, read_record, 100, &size), HS_CORRUPT);
    hs_virtual_disk_free(virtual_disk);
}

/* Leaves a store whose newer slot, the second, holds step 2 and the older one step 1. */
static void make_two_steps(const struct hs_disk *disk)
{
    struct hs_slot_store store;
    uint8_t record[RECORD_MAX];
    uint32_t size;
    assert_int_equal(create(disk, 0), HS_OK);
    assert_int_equal(open_store(&store, disk, record, &size), HS_OK);
    assert_int_equal(write_step(&store, 1), HS_OK);
    assert_int_equal(write_step(&store, 2), HS_OK);
    assert_int_equal(store.slot_index, 1);
    hs_slot_store_close(&store);
}

static void a_damaged_newer_slot_gives_way_to_the_older(void **state)
{
    (void)state;
    uint8_t record[RECORD_MAX];
    uint32_t used = 28 + make_record(record, 2);
    for (uint32_t offset = 0; offset < used; offset += offset < 40 ? 1 : 97) {
        struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(offset);
        const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
        make_two_steps(disk);
        assert_int_equal(
            hs_virtual_disk_flip_bit(virtual_disk, NAME, SLOT_BYTES + offset, offset % 8), HS_OK);
        assert_int_equal(current_step(disk, 2), 1);
        assert_int_equal(current_step(disk, 2), 1);
        hs_virtual_disk_free(virtual_disk);
    }
}

static void two_damaged_slots_are_said_and_not_guessed(void **state)
{
    (void)state;
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    make_two_steps(disk);
    assert_int_equal(hs_virtual_disk_flip_bit(virtual_disk, NAME, 30, 1), HS_OK);
    assert_int_equal(hs_virtual_disk_flip_bit(virtual_disk, NAME, SLOT_BYTES + 30, 1), HS_OK);
    struct hs_slot_store store;
    uint8_t record[RECORD_MAX];
    uint32_t size;
    assert_int_equal(open_store(&store, disk, record, &size), HS_CORRUPT);
    assert_int_equal(hs_virtual_disk_put(virtual_disk, NAME, "", 0), HS_OK);
    assert_int_equal(open_store(&store, disk, record, &size), HS_CORRUPT);
    hs_virtual_disk_free(virtual_disk);
}

static void after_one_failure_every_later_write_fails(void **state)
{
    (void)state; /* D3 */
    for (uint64_t call = 1; call <= 2; call++) {
        struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(call);
        const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
        make_two_steps(disk);
        struct hs_slot_store store;
        uint8_t record[RECORD_MAX];
        uint32_t size;
        assert_int_equal(open_store(&store, disk, record, &size), HS_OK);
        hs_virtual_disk_fail_at(virtual_disk, hs_virtual_disk_calls(virtual_disk) + call);
        assert_int_equal(write_step(&store, 3), HS_IO);
        uint64_t calls = hs_virtual_disk_calls(virtual_disk);
        assert_int_equal(write_step(&store, 4), HS_IO);
        assert_int_equal(hs_virtual_disk_calls(virtual_disk), calls);
        hs_slot_store_close(&store);
        hs_virtual_disk_free(virtual_disk);
    }
}

#define STEPS 6u

/* Writes steps until a call fails; returns the last step whose write returned HS_OK. */
static uint32_t run_script(const struct hs_disk *disk)
{
    struct hs_slot_store store;
    uint8_t record[RECORD_MAX];
    uint32_t size;
    if (open_store(&store, disk, record, &size) != HS_OK) {
        return 0;
    }
    uint32_t done = 0;
    while (done < STEPS && write_step(&store, done + 1) == HS_OK) {
        done++;
    }
    hs_slot_store_close(&store);
    return done;
}

enum fault { POWER_CUT, FAILED_CALL_THEN_POWER_CUT };

static void check_fault_at(uint64_t seed, uint64_t call, enum fault fault, bool *reached)
{
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(seed);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    assert_int_equal(create(disk, 0), HS_OK);
    uint64_t at = hs_virtual_disk_calls(virtual_disk) + call;
    if (fault == POWER_CUT) {
        hs_virtual_disk_crash_at(virtual_disk, at);
    } else {
        hs_virtual_disk_fail_at(virtual_disk, at);
    }
    uint32_t done = run_script(disk);
    *reached = hs_virtual_disk_calls(virtual_disk) >= at;
    if (fault == FAILED_CALL_THEN_POWER_CUT) {
        /* The process ends on the failure; another one opens the store and may sign. */
        hs_virtual_disk_restart(virtual_disk);
        uint32_t opened = current_step(disk, STEPS);
        assert_true(opened == done || opened == done + 1);
        done = opened;
        hs_virtual_disk_power_cut(virtual_disk);
    }
    hs_virtual_disk_restart(virtual_disk);
    uint32_t found = current_step(disk, STEPS);
    assert_true(found == done || (fault == POWER_CUT && found == done + 1));
    assert_int_equal(run_script(disk), STEPS);
    assert_int_equal(current_step(disk, STEPS), STEPS);
    hs_virtual_disk_free(virtual_disk);
}

static void a_record_whose_write_returned_survives_a_power_cut_at_any_call(void **state)
{
    (void)state; /* D1 */
    for (uint64_t seed = 0; seed < 32; seed++) {
        bool reached = true;
        for (uint64_t call = 1; reached; call++) {
            check_fault_at(seed, call, POWER_CUT, &reached);
        }
    }
}

static void what_an_open_returned_is_durable_even_after_a_failed_sync(void **state)
{
    (void)state; /* D3 */
    for (uint64_t seed = 0; seed < 32; seed++) {
        bool reached = true;
        for (uint64_t call = 1; reached; call++) {
            check_fault_at(seed, call, FAILED_CALL_THEN_POWER_CUT, &reached);
        }
    }
}

static void a_store_is_created_whole_or_not_at_all(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 32; seed++) {
        bool reached = true;
        for (uint64_t call = 1; reached; call++) {
            struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(seed);
            const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
            hs_virtual_disk_crash_at(virtual_disk, call);
            enum hs_status created = create(disk, 1);
            reached = hs_virtual_disk_is_down(virtual_disk);
            hs_virtual_disk_power_cut(virtual_disk);
            hs_virtual_disk_restart(virtual_disk);
            enum hs_status again = create(disk, 2);
            assert_true(again == HS_OK || again == HS_DUPLICATE);
            assert_true(created != HS_OK || again == HS_DUPLICATE);
            assert_int_equal(current_step(disk, 2), again == HS_OK ? 2 : 1);
            hs_virtual_disk_free(virtual_disk);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_store_is_not_made_anew),
        cmocka_unit_test(a_store_is_never_written_over_by_create),
        cmocka_unit_test(the_last_record_written_is_read),
        cmocka_unit_test(records_of_every_length_fit_up_to_the_limit),
        cmocka_unit_test(a_damaged_newer_slot_gives_way_to_the_older),
        cmocka_unit_test(two_damaged_slots_are_said_and_not_guessed),
        cmocka_unit_test(after_one_failure_every_later_write_fails),
        cmocka_unit_test(a_record_whose_write_returned_survives_a_power_cut_at_any_call),
        cmocka_unit_test(what_an_open_returned_is_durable_even_after_a_failed_sync),
        cmocka_unit_test(a_store_is_created_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
