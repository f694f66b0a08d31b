/* Snapshots: the newest whole one is what restores, whatever became of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/virtual_disk.h"
#include "storage/snapshot.h"

#define STATE_MAX (3u * HS_SNAPSHOT_CHUNK_BYTES + 100u)

/* The state at a height: its length and bytes follow from the height. */
static size_t make_state(uint8_t state[STATE_MAX], uint64_t height, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        state[i] = (uint8_t)(i * 7 + i / 251 + height);
    }
    return size;
}

static struct hs_snapshot_info make_info(uint64_t height)
{
    struct hs_snapshot_info info = {.height = height,
                                    .log_position = {height / 3, (uint32_t)(512 + height)}};
    memset(info.block_id.bytes, (int)(height + 1), sizeof info.block_id.bytes);
    memset(info.state_root.bytes, (int)(height + 2), sizeof info.state_root.bytes);
    return info;
}

/* Writes in pieces of growing size. */
static enum hs_status take(const struct hs_disk *disk, uint64_t height, size_t size)
{
    static uint8_t bytes[STATE_MAX];
    make_state(bytes, height, size);
    struct hs_snapshot_info info = make_info(height);
    struct hs_snapshot_writer *writer;
    enum hs_status status = hs_snapshot_begin(&writer, disk, &info);
    if (status != HS_OK) {
        return status;
    }
    struct hs_sink sink = hs_snapshot_sink(writer);
    size_t piece = 1;
    for (size_t done = 0; done < size && status == HS_OK; done += piece, piece = piece * 3 + 1) {
        size_t part = piece < size - done ? piece : size - done;
        status = sink.write(sink.context, bytes + done, part);
    }
    enum hs_status finished = hs_snapshot_finish(writer);
    assert_true(status == HS_OK || finished != HS_OK);
    return finished;
}

/* Opens, checks every byte, and says which height it is. */
static uint64_t restore(const struct hs_disk *disk, size_t size)
{
    struct hs_snapshot_reader *reader;
    struct hs_snapshot_info info;
    assert_int_equal(hs_snapshot_open(&reader, disk, &info), HS_OK);
    struct hs_snapshot_info expected_info = make_info(info.height);
    assert_memory_equal(&info.block_id, &expected_info.block_id, sizeof info.block_id);
    assert_memory_equal(&info.state_root, &expected_info.state_root, sizeof info.state_root);
    assert_int_equal(info.log_position.segment, expected_info.log_position.segment);
    assert_int_equal(info.log_position.offset, expected_info.log_position.offset);
    static uint8_t bytes[STATE_MAX];
    static uint8_t expected[STATE_MAX];
    make_state(expected, info.height, size);
    struct hs_source source = hs_snapshot_source(reader);
    size_t piece = 1;
    size_t done = 0;
    while (done < size) {
        size_t part = piece < size - done ? piece : size - done;
        assert_int_equal(hs_snapshot_left(reader), size - done);
        assert_int_equal(source.read(source.context, bytes + done, part), HS_OK);
        done += part;
        piece = piece * 2 + 1;
    }
    assert_memory_equal(bytes, expected, size);
    assert_int_equal(hs_snapshot_left(reader), 0);
    assert_int_equal(source.read(source.context, bytes, 1), HS_CORRUPT);
    hs_snapshot_close(reader);
    return info.height;
}

static void name_of(char name[HS_FILE_NAME_BYTES_MAX], uint64_t height)
{
    (void)snprintf(name, HS_FILE_NAME_BYTES_MAX, "snapshot-%016llx", (unsigned long long)height);
}

static bool is_there(const struct hs_disk *disk, uint64_t height)
{
    char name[HS_FILE_NAME_BYTES_MAX];
    struct hs_file file;
    name_of(name, height);
    if (disk->open(disk->context, name, HS_OPEN_EXISTING, &file) != HS_OK) {
        return false;
    }
    disk->close(disk->context, file);
    return true;
}

static void a_state_of_any_size_comes_back(void **state)
{
    (void)state;
    const size_t chunk = HS_SNAPSHOT_CHUNK_BYTES;
    const size_t sizes[] = {0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, STATE_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
        const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
        assert_int_equal(take(disk, 5, sizes[i]), HS_OK);
        assert_int_equal(restore(disk, sizes[i]), 5);
        hs_virtual_disk_free(virtual_disk);
    }
}

static void a_disk_without_a_snapshot_says_so(void **state)
{
    (void)state;
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    assert_int_equal(hs_virtual_disk_put(virtual_disk, "snapshot.new", "x", 1), HS_OK);
    assert_int_equal(hs_virtual_disk_put(virtual_disk, "snapshot-12", "x", 1), HS_OK);
    struct hs_snapshot_reader *reader;
    struct hs_snapshot_info info;
    assert_int_equal(hs_snapshot_open(&reader, disk, &info), HS_NOT_FOUND);
    assert_null(reader);
    hs_virtual_disk_free(virtual_disk);
}

static void the_newest_two_are_kept(void **state)
{
    (void)state;
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    const uint64_t heights[] = {9, 10, 255, 256, 257};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(take(disk, heights[i], 1000), HS_OK);
        assert_int_equal(restore(disk, 1000), heights[i]);
        for (size_t j = 0; j < 5; j++) {
            assert_int_equal(is_there(disk, heights[j]), j <= i && j + HS_SNAPSHOTS_KEPT > i);
        }
    }
    hs_virtual_disk_free(virtual_disk);
}

static void an_abandoned_snapshot_is_none(void **state)
{
    (void)state;
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    assert_int_equal(take(disk, 1, 70000), HS_OK);
    struct hs_snapshot_info info = make_info(2);
    struct hs_snapshot_writer *writer;
    assert_int_equal(hs_snapshot_begin(&writer, disk, &info), HS_OK);
    struct hs_sink sink = hs_snapshot_sink(writer);
    static uint8_t bytes[200000];
    assert_int_equal(sink.write(sink.context, bytes, sizeof bytes), HS_OK);
    hs_snapshot_abandon(writer);
    assert_int_equal(restore(disk, 70000), 1);
    /* The shorter one that follows is not tainted by it. */
    assert_int_equal(take(disk, 3, 10), HS_OK);
    assert_int_equal(restore(disk, 10), 3);
    hs_virtual_disk_free(virtual_disk);
}

static void a_damaged_newest_gives_way_to_the_older(void **state)
{
    (void)state;
    const size_t size = HS_SNAPSHOT_CHUNK_BYTES + 500;
    const size_t file_size = 16 + 2 * 8 + size + 108;
    for (size_t offset = 0; offset < file_size;
         offset += offset < 64 || offset + 700 > file_size ? 1 : 1009) {
        struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
        const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
        assert_int_equal(take(disk, 4, size), HS_OK);
        assert_int_equal(take(disk, 7, size), HS_OK);
        char name[HS_FILE_NAME_BYTES_MAX];
        name_of(name, 7);
        assert_int_equal(hs_virtual_disk_flip_bit(virtual_disk, name, offset, offset % 8), HS_OK);
        assert_int_equal(restore(disk, size), 4);
        name_of(name, 4);
        assert_int_equal(hs_virtual_disk_flip_bit(virtual_disk, name, offset, offset % 8), HS_OK);
        struct hs_snapshot_reader *reader;
        struct hs_snapshot_info info;
        assert_int_equal(hs_snapshot_open(&reader, disk, &info), HS_CORRUPT);
        hs_virtual_disk_free(virtual_disk);
    }
}

static void a_snapshot_under_another_height_is_damaged(void **state)
{
    (void)state;
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    assert_int_equal(take(disk, 4, 100), HS_OK);
    char from[HS_FILE_NAME_BYTES_MAX];
    char to[HS_FILE_NAME_BYTES_MAX];
    name_of(from, 4);
    name_of(to, 9);
    assert_int_equal(disk->rename(disk->context, from, to), HS_OK);
    struct hs_snapshot_reader *reader;
    struct hs_snapshot_info info;
    assert_int_equal(hs_snapshot_open(&reader, disk, &info), HS_CORRUPT);
    hs_virtual_disk_free(virtual_disk);
}

static void a_power_cut_at_any_call_leaves_a_whole_snapshot(void **state)
{
    (void)state;
    const size_t size = HS_SNAPSHOT_CHUNK_BYTES + 5;
    for (uint64_t seed = 0; seed < 16; seed++) {
        bool reached = true;
        for (uint64_t call = 1; reached; call++) {
            struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(100 * seed + call);
            const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
            assert_int_equal(take(disk, 1, size), HS_OK);
            assert_int_equal(take(disk, 2, size), HS_OK);
            hs_virtual_disk_crash_at(virtual_disk, hs_virtual_disk_calls(virtual_disk) + call);
            enum hs_status taken = take(disk, 3, size);
            reached = hs_virtual_disk_is_down(virtual_disk);
            hs_virtual_disk_power_cut(virtual_disk);
            hs_virtual_disk_restart(virtual_disk);
            uint64_t height = restore(disk, size);
            assert_true(height == 3 || (height == 2 && taken != HS_OK));
            assert_int_equal(take(disk, 4, size), HS_OK);
            assert_int_equal(restore(disk, size), 4);
            hs_virtual_disk_free(virtual_disk);
        }
    }
}

static void a_failed_call_is_said_and_the_older_snapshots_stay(void **state)
{
    (void)state;
    const size_t size = HS_SNAPSHOT_CHUNK_BYTES + 5;
    bool reached = true;
    for (uint64_t call = 1; reached; call++) {
        struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(call);
        const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
        assert_int_equal(take(disk, 1, size), HS_OK);
        assert_int_equal(take(disk, 2, size), HS_OK);
        uint64_t at = hs_virtual_disk_calls(virtual_disk) + call;
        hs_virtual_disk_fail_at(virtual_disk, at);
        enum hs_status taken = take(disk, 3, size);
        reached = hs_virtual_disk_calls(virtual_disk) >= at;
        hs_virtual_disk_fail_at(virtual_disk, 0);
        assert_int_equal(taken, reached ? HS_IO : HS_OK);
        assert_true(restore(disk, size) >= 2);
        hs_virtual_disk_free(virtual_disk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_of_any_size_comes_back),
        cmocka_unit_test(a_disk_without_a_snapshot_says_so),
        cmocka_unit_test(the_newest_two_are_kept),
        cmocka_unit_test(an_abandoned_snapshot_is_none),
        cmocka_unit_test(a_damaged_newest_gives_way_to_the_older),
        cmocka_unit_test(a_snapshot_under_another_height_is_damaged),
        cmocka_unit_test(a_power_cut_at_any_call_leaves_a_whole_snapshot),
        cmocka_unit_test(a_failed_call_is_said_and_the_older_snapshots_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
