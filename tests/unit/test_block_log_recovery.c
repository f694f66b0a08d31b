/* The block log on a disk that tears, fails, fills up and rots: what was durable is there,
 * nothing is invented, and what can't be mended is said. */
#include "block_log_script.h"

#include <inttypes.h>

#include "storage/block_log_format.h"
#include "storage/crc32c.h"

#define RECORDS  26u
#define OWN_MARK UINT64_C(0x5e5e5e5e5e5e5e5e)
#define FILE_MAX (64u * 1024u)

/* -- crashes at every call -------------------------------------------------------------- */

/* The log holds what was durable, and goes on to the script's end. */
static void check_goes_on(struct script *script, uint64_t durable_count)
{
    assert_int_equal(script_open(script), HS_OK);
    uint64_t count = script->visited_count;
    assert_true(count >= durable_count);
    script_check_heights(script, script_committed(count) > 0 ? 1 : 0, script_committed(count));
    assert_int_equal(script_run(script, count, RECORDS), RECORDS);
    script_reopen(script);
    assert_int_equal(script->visited_count, RECORDS);
    script_check_heights(script, 1, script_committed(RECORDS));
}

static uint64_t run_until_fault(struct script *script)
{
    uint64_t durable_count = 0;
    if (script_open(script) == HS_OK) {
        durable_count = script_run(script, 0, RECORDS);
        hs_block_log_close(script->log);
        script->log = NULL;
    }
    return durable_count;
}

static void what_was_durable_survives_a_power_cut_at_any_call(void **state)
{
    (void)state; /* D2 */
    for (uint64_t seed = 0; seed < 3; seed++) {
        bool reached = true;
        for (uint64_t call = 1; reached; call++) {
            struct script script = script_on_new_disk(1000 * seed + call);
            hs_virtual_disk_crash_at(script.virtual_disk, call);
            uint64_t durable_count = run_until_fault(&script);
            reached = hs_virtual_disk_is_down(script.virtual_disk);
            hs_virtual_disk_restart(script.virtual_disk);
            check_goes_on(&script, durable_count);
            script_end(&script);
        }
    }
}

static void what_was_durable_survives_a_power_cut_in_recovery(void **state)
{
    (void)state;
    for (uint64_t first = 20; first < 120; first += 17) {
        bool reached = true;
        for (uint64_t second = 1; reached; second++) {
            struct script script = script_on_new_disk(1000 * first + second);
            hs_virtual_disk_crash_at(script.virtual_disk, first);
            uint64_t durable_count = run_until_fault(&script);
            hs_virtual_disk_restart(script.virtual_disk);
            hs_virtual_disk_crash_at(script.virtual_disk,
                                     hs_virtual_disk_calls(script.virtual_disk) + second);
            enum hs_status opened = script_open(&script);
            reached = hs_virtual_disk_is_down(script.virtual_disk);
            assert_int_equal(opened, reached ? HS_IO : HS_OK);
            if (opened == HS_OK) {
                hs_block_log_close(script.log);
            }
            hs_virtual_disk_restart(script.virtual_disk);
            check_goes_on(&script, durable_count);
            script_end(&script);
        }
    }
}

/* The process ends on the failed call; the next one reads what the cache shows, goes on for
 * `more_count` records, and the power is cut only then. */
static void check_failed_call(uint64_t more_count)
{
    bool reached = true;
    for (uint64_t call = 1; reached; call++) {
        struct script script = script_on_new_disk(call);
        hs_virtual_disk_fail_at(script.virtual_disk, call);
        uint64_t durable_count = run_until_fault(&script);
        reached = hs_virtual_disk_calls(script.virtual_disk) >= call;
        hs_virtual_disk_restart(script.virtual_disk);
        assert_int_equal(script_open(&script), HS_OK);
        assert_true(script.visited_count >= durable_count);
        uint64_t end = script.visited_count + more_count;
        end = end < RECORDS ? end : RECORDS;
        assert_int_equal(script_run(&script, script.visited_count, end), end);
        hs_virtual_disk_power_cut(script.virtual_disk);
        hs_block_log_close(script.log);
        hs_virtual_disk_restart(script.virtual_disk);
        check_goes_on(&script, end);
        script_end(&script);
    }
}

static void what_recovery_visited_is_durable_even_after_a_failed_sync(void **state)
{
    (void)state; /* D3 */
    check_failed_call(0);
}

static void what_follows_a_failed_sync_and_a_recovery_is_durable(void **state)
{
    (void)state; /* D2 */
    check_failed_call(2);
}

static void after_one_failure_nothing_more_is_written(void **state)
{
    (void)state; /* D3 */
    struct script script = script_on_new_disk(1);
    assert_int_equal(script_open(&script), HS_OK);
    assert_int_equal(script_run(&script, 0, 4), 4);
    assert_int_equal(script_append(&script, 4), HS_OK);
    struct hs_log_batch *first = hs_block_log_take_batch(script.log);
    assert_int_equal(script_append(&script, 5), HS_OK);
    struct hs_log_batch *second = hs_block_log_take_batch(script.log);
    hs_virtual_disk_fail_at(script.virtual_disk, hs_virtual_disk_calls(script.virtual_disk) + 1);
    assert_int_equal(hs_block_log_write_batch(first), HS_IO);
    uint64_t calls = hs_virtual_disk_calls(script.virtual_disk);
    assert_int_equal(hs_block_log_write_batch(second), HS_IO);
    assert_int_equal(hs_virtual_disk_calls(script.virtual_disk), calls);
    hs_block_log_batch_done(script.log, first, HS_IO);
    hs_block_log_batch_done(script.log, second, HS_IO);
    assert_int_equal(script_append(&script, 6), HS_IO);
    script_end(&script);
}

static void a_full_disk_is_said_and_loses_nothing(void **state)
{
    (void)state;
    for (uint64_t capacity = 0; capacity < 40000; capacity += 1777) {
        struct script script = script_on_new_disk(capacity);
        hs_virtual_disk_set_capacity(script.virtual_disk, capacity);
        uint64_t durable_count = run_until_fault(&script);
        assert_true(durable_count < RECORDS);
        hs_virtual_disk_restart(script.virtual_disk);
        hs_virtual_disk_set_capacity(script.virtual_disk, UINT64_MAX);
        check_goes_on(&script, durable_count);
        script_end(&script);
    }
}

/* -- damage --------------------------------------------------------------------------------- */

static struct script script_with_records(uint64_t seed, uint64_t count)
{
    struct script script = script_on_new_disk(seed);
    assert_int_equal(script_open(&script), HS_OK);
    assert_int_equal(script_run(&script, 0, count), count);
    hs_block_log_close(script.log);
    script.log = NULL;
    return script;
}

static size_t read_file(const struct hs_disk *disk, const char *name, uint8_t bytes[FILE_MAX])
{
    struct hs_file file;
    size_t size = 0;
    assert_int_equal(disk->open(disk->context, name, HS_OPEN_EXISTING, &file), HS_OK);
    assert_int_equal(disk->read(disk->context, file, 0, bytes, FILE_MAX, &size), HS_OK);
    disk->close(disk->context, file);
    return size;
}

/* The segment's name at `index`; false past the last. */
static bool segment_at(const struct hs_disk *disk, size_t index, char name[HS_FILE_NAME_BYTES_MAX],
                       uint64_t *first_record)
{
    for (size_t i = 0; disk->list(disk->context, i, name) == HS_OK; i++) {
        if (hs_log_segment_parse_name(name, first_record)) {
            if (index == 0) {
                return true;
            }
            index--;
        }
    }
    return false;
}

enum place { IN_SEGMENT_HEADER, IN_BATCH, IN_LAST_BATCH_OF_SEGMENT, UNUSED };

/* What the byte at `offset` of a sound segment belongs to. */
static enum place place_of(const uint8_t *bytes, size_t size, size_t offset)
{
    if (offset < HS_LOG_SECTOR_BYTES) {
        return offset < 36 ? IN_SEGMENT_HEADER : UNUSED;
    }
    struct hs_log_batch_header batch;
    uint32_t begin = HS_LOG_SECTOR_BYTES;
    while (begin + HS_LOG_BATCH_HEADER_BYTES <= size &&
           hs_log_batch_header_decode(bytes + begin, OWN_MARK, begin, &batch)) {
        uint32_t used = HS_LOG_BATCH_HEADER_BYTES + batch.records_bytes;
        uint32_t end = begin + hs_log_sectors(used);
        if (offset < end) {
            struct hs_log_batch_header next;
            bool is_last = !hs_log_batch_header_decode(bytes + end, OWN_MARK, end, &next);
            return offset >= begin + used ? UNUSED : is_last ? IN_LAST_BATCH_OF_SEGMENT : IN_BATCH;
        }
        begin = end;
    }
    return UNUSED;
}

static void check_rot(size_t segment_index, size_t offset, uint32_t bit, size_t found[4])
{
    struct script script = script_with_records(offset, RECORDS);
    char name[HS_FILE_NAME_BYTES_MAX];
    char next_name[HS_FILE_NAME_BYTES_MAX];
    uint64_t segment;
    uint64_t next_segment;
    assert_true(segment_at(script.disk, segment_index, name, &segment));
    bool is_last = !segment_at(script.disk, segment_index + 1, next_name, &next_segment);
    static uint8_t bytes[FILE_MAX];
    size_t size = read_file(script.disk, name, bytes);
    enum place place = place_of(bytes, size, offset);
    found[place]++;
    assert_int_equal(hs_virtual_disk_flip_bit(script.virtual_disk, name, offset, bit), HS_OK);
    enum hs_status status = script_open(&script);
    if (place == UNUSED) {
        assert_int_equal(status, HS_OK);
        assert_int_equal(script.visited_count, RECORDS);
    } else if (place == IN_LAST_BATCH_OF_SEGMENT && is_last) {
        assert_int_equal(status, HS_OK);
        assert_true(script.visited_count < RECORDS && script.visited_count >= RECORDS - 3);
    } else {
        assert_int_equal(status, HS_CORRUPT);
        assert_int_equal(script.damage.position.segment, segment);
        assert_true(script.damage.position.offset <= offset);
        assert_non_null(script.damage.what);
        /* Nothing was changed: mended by hand, all is there. */
        assert_int_equal(hs_virtual_disk_flip_bit(script.virtual_disk, name, offset, bit), HS_OK);
        assert_int_equal(script_open(&script), HS_OK);
        assert_int_equal(script.visited_count, RECORDS);
    }
    script_end(&script);
}

static void rot_is_said_with_its_place_and_never_dropped(void **state)
{
    (void)state; /* D2 */
    size_t found[4] = {0};
    for (size_t segment_index = 0; segment_index < 3; segment_index++) {
        for (size_t offset = 0; offset < SCRIPT_SEGMENT_BYTES; offset += offset < 40 ? 3 : 89) {
            check_rot(segment_index, offset, (uint32_t)(offset % 8), found);
        }
    }
    assert_true(found[IN_SEGMENT_HEADER] > 0 && found[IN_BATCH] > 100);
    assert_true(found[IN_LAST_BATCH_OF_SEGMENT] > 10 && found[UNUSED] > 10);
}

static void rot_in_the_last_segment_is_told_from_a_torn_end(void **state)
{
    (void)state;
    struct script script = script_with_records(1, RECORDS);
    size_t last = 0;
    char name[HS_FILE_NAME_BYTES_MAX];
    uint64_t segment;
    while (segment_at(script.disk, last + 1, name, &segment)) {
        last++;
    }
    script_end(&script);
    size_t found[4] = {0};
    for (size_t offset = 0; offset < SCRIPT_SEGMENT_BYTES; offset += 97) {
        check_rot(last, offset, 2, found);
    }
    assert_true(found[IN_LAST_BATCH_OF_SEGMENT] > 0);
}

static void a_missing_segment_is_damage(void **state)
{
    (void)state;
    for (size_t index = 0; index < 3; index++) {
        struct script script = script_with_records(1, RECORDS);
        char name[HS_FILE_NAME_BYTES_MAX];
        uint64_t segment;
        assert_true(segment_at(script.disk, index, name, &segment));
        assert_int_equal(script.disk->remove(script.disk->context, name), HS_OK);
        assert_int_equal(script_open(&script), HS_CORRUPT);
        assert_non_null(script.damage.what);
        script_end(&script);
    }
}

static void a_torn_end_is_cut_off(void **state)
{
    (void)state;
    struct script script = script_with_records(1, 1);
    static uint8_t bytes[FILE_MAX];
    char name[HS_FILE_NAME_BYTES_MAX];
    hs_log_segment_name(name, 0);
    size_t size = read_file(script.disk, name, bytes);
    size_t end = size;
    while (bytes[end - 1] == 0) {
        end--;
    }
    size_t torn_begin = hs_log_sectors((uint32_t)end);
    memset(bytes + torn_begin + 1, 0xee, size - torn_begin - 1);
    assert_int_equal(hs_virtual_disk_put(script.virtual_disk, name, bytes, size), HS_OK);
    assert_int_equal(script_open(&script), HS_OK);
    assert_int_equal(script.visited_count, 1);
    assert_int_equal(read_file(script.disk, name, bytes), torn_begin);
    script_end(&script);
}

static void a_segment_of_another_version_is_left_alone(void **state)
{
    (void)state;
    struct script script = script_with_records(1, 3);
    static uint8_t bytes[FILE_MAX];
    char name[HS_FILE_NAME_BYTES_MAX];
    hs_log_segment_name(name, 0);
    size_t size = read_file(script.disk, name, bytes);
    bytes[8] = 2;
    uint32_t crc = hs_crc32c(0, bytes, 32);
    for (size_t i = 0; i < 4; i++) {
        bytes[32 + i] = (uint8_t)(crc >> (8 * i));
    }
    assert_int_equal(hs_virtual_disk_put(script.virtual_disk, name, bytes, size), HS_OK);
    assert_int_equal(script_open(&script), HS_CORRUPT);
    assert_string_equal(script.damage.what, "a segment was written by another version");
    script_end(&script);
}

static void a_segment_whose_creation_was_cut_short_is_removed(void **state)
{
    (void)state;
    static uint8_t zeros[4096];
    for (size_t size = 0; size <= sizeof zeros; size += 1024) {
        struct script script = script_with_records(1, RECORDS);
        char name[HS_FILE_NAME_BYTES_MAX];
        hs_log_segment_name(name, RECORDS);
        zeros[3] = 'J'; /* in the first sector anything may stand */
        assert_int_equal(hs_virtual_disk_put(script.virtual_disk, name, zeros, size), HS_OK);
        assert_int_equal(script_open(&script), HS_OK);
        assert_int_equal(script.visited_count, RECORDS);
        assert_int_equal(script_run(&script, RECORDS, 2 * RECORDS), 2 * RECORDS);
        script_reopen(&script);
        assert_int_equal(script.visited_count, 2 * RECORDS);
        script_end(&script);
    }
}

static void a_headless_segment_with_something_in_it_is_damage(void **state)
{
    (void)state;
    static uint8_t bytes[4096];
    bytes[4000] = 1;
    char name[HS_FILE_NAME_BYTES_MAX];
    struct script script = script_with_records(1, RECORDS);
    hs_log_segment_name(name, RECORDS);
    assert_int_equal(hs_virtual_disk_put(script.virtual_disk, name, bytes, sizeof bytes), HS_OK);
    assert_int_equal(script_open(&script), HS_CORRUPT);
    assert_int_equal(script.damage.position.segment, RECORDS);
    assert_int_equal(script.disk->remove(script.disk->context, name), HS_OK);
    /* An empty one, of a number that records before it do not lead to. */
    hs_log_segment_name(name, RECORDS + 1);
    assert_int_equal(hs_virtual_disk_put(script.virtual_disk, name, bytes, 0), HS_OK);
    assert_int_equal(script_open(&script), HS_CORRUPT);
    script_end(&script);
}

/* A leader fills a payload with batch headers, hoping that they are found behind a torn batch
 * and taken for later batches: the node would never start again. */
static enum hs_status open_after_torn_forgery(uint64_t mark)
{
    const uint32_t payload_at = 512 + 32 + 20 + 92 + 1; /* in the first segment */
    static uint8_t payload[4096];
    memset(payload, 0, sizeof payload);
    struct hs_log_batch_header forged = {
        .first_record = 5, .offset = 1024, .records_bytes = 100, .record_count = 1};
    hs_log_batch_header_encode(payload + (1024 - payload_at), mark, &forged);
    struct script script = script_on_new_disk(1);
    assert_int_equal(script_open(&script), HS_OK);
    struct hs_log_block block = {.id = script_block_id(1),
                                 .height = 1,
                                 .header = {payload, 1},
                                 .payload = {payload, sizeof payload}};
    struct hs_log_position position;
    assert_int_equal(hs_block_log_append_block(script.log, &block, &position), HS_OK);
    assert_int_equal(script_flush(&script), HS_OK);
    hs_block_log_close(script.log);
    script.log = NULL;
    char name[HS_FILE_NAME_BYTES_MAX];
    hs_log_segment_name(name, 0);
    assert_int_equal(hs_virtual_disk_flip_bit(script.virtual_disk, name, 512 + 9, 0), HS_OK);
    enum hs_status status = script_open(&script);
    assert_int_equal(script.visited_count, 0);
    script_end(&script);
    return status;
}

static void a_batch_header_inside_a_payload_is_not_believed(void **state)
{
    (void)state;
    assert_int_equal(open_after_torn_forgery(OWN_MARK + 1), HS_OK);
    /* Only the secret mark makes the difference. */
    assert_int_equal(open_after_torn_forgery(OWN_MARK), HS_CORRUPT);
}

static void a_record_that_makes_no_sense_is_damage(void **state)
{
    (void)state;
    struct script script = script_with_records(1, 1);
    static uint8_t bytes[FILE_MAX];
    char name[HS_FILE_NAME_BYTES_MAX];
    hs_log_segment_name(name, 0);
    size_t size = read_file(script.disk, name, bytes);
    bytes[512 + 32 + 4] = 3; /* a third type of record */
    struct hs_log_record_header header = hs_log_record_header_decode(bytes + 512 + 32);
    hs_log_record_seal(bytes + 512 + 32, header.body_bytes);
    assert_int_equal(hs_virtual_disk_put(script.virtual_disk, name, bytes, size), HS_OK);
    assert_int_equal(script_open(&script), HS_CORRUPT);
    assert_int_equal(script.damage.position.offset, 512 + 32);
    script_end(&script);
}

static void a_segment_under_the_name_of_another_is_damage(void **state)
{
    (void)state;
    struct script script = script_with_records(1, RECORDS);
    static uint8_t bytes[FILE_MAX];
    char name[HS_FILE_NAME_BYTES_MAX];
    uint64_t segment;
    assert_true(segment_at(script.disk, 0, name, &segment));
    size_t size = read_file(script.disk, name, bytes);
    assert_true(segment_at(script.disk, 1, name, &segment));
    assert_int_equal(hs_virtual_disk_put(script.virtual_disk, name, bytes, size), HS_OK);
    assert_int_equal(script_open(&script), HS_CORRUPT);
    assert_int_equal(script.damage.position.segment, segment);
    assert_string_equal(script.damage.what, "a segment is not the one its name says");
    script_end(&script);
}

static void a_batch_of_other_records_than_expected_is_damage(void **state)
{
    (void)state;
    struct script script = script_with_records(1, 1);
    static uint8_t bytes[FILE_MAX];
    char name[HS_FILE_NAME_BYTES_MAX];
    hs_log_segment_name(name, 0);
    size_t size = read_file(script.disk, name, bytes);
    struct hs_log_batch_header batch;
    assert_true(hs_log_batch_header_decode(bytes + 512, OWN_MARK, 512, &batch));
    batch.first_record = 1;
    hs_log_batch_header_encode(bytes + 512, OWN_MARK, &batch);
    bytes[512 + 32 + 8] = 1; /* the record's number */
    struct hs_log_record_header header = hs_log_record_header_decode(bytes + 512 + 32);
    assert_int_equal(header.record_number, 1);
    hs_log_record_seal(bytes + 512 + 32, header.body_bytes);
    assert_int_equal(hs_virtual_disk_put(script.virtual_disk, name, bytes, size), HS_OK);
    assert_int_equal(script_open(&script), HS_CORRUPT);
    assert_int_equal(script.damage.position.offset, 512);
    script_end(&script);
}

static void any_bytes_are_opened_or_refused(void **state)
{
    (void)state;
    static uint8_t bytes[FILE_MAX];
    uint64_t random = 1;
    for (uint64_t seed = 0; seed < 150; seed++) {
        struct script script = script_with_records(seed, RECORDS);
        char name[HS_FILE_NAME_BYTES_MAX];
        uint64_t segment;
        assert_true(segment_at(script.disk, seed % 4, name, &segment));
        size_t size = read_file(script.disk, name, bytes);
        for (uint64_t i = 0; i <= seed % 5; i++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
            bytes[(random >> 33) % size] = (uint8_t)(random >> 20);
        }
        size_t cut = seed % 3 == 0 ? (random >> 30) % size : size;
        assert_int_equal(hs_virtual_disk_put(script.virtual_disk, name, bytes, cut), HS_OK);
        enum hs_status status = script_open(&script);
        assert_true(status == HS_OK || status == HS_CORRUPT);
        script_end(&script);
    }
}

static enum hs_status visit_and_refuse(void *context, const struct hs_log_record *record)
{
    (void)context;
    return record->type == HS_LOG_COMMIT ? HS_DIVERGED : HS_OK;
}

static void a_visitor_ends_the_recovery(void **state)
{
    (void)state;
    struct script script = script_with_records(1, RECORDS);
    script.config.visit = visit_and_refuse;
    assert_int_equal(script_open(&script), HS_DIVERGED);
    script_end(&script);
}

/* -- from a snapshot on ------------------------------------------------------------------- */

static uint64_t block_number(uint64_t height)
{
    return height == 1 ? 0 : 2 * height - 3;
}

/* A log of RECORDS records, to be opened from the block of `height` on. */
static struct script script_from_height(uint64_t height)
{
    struct script script = script_with_records(1, RECORDS);
    assert_int_equal(script_open(&script), HS_OK);
    struct hs_log_commit commit;
    assert_int_equal(hs_block_log_read_commit(script.log, height, &commit), HS_OK);
    hs_block_log_close(script.log);
    script.log = NULL;
    script.config.start = commit.block_position;
    script.config.start_height = height;
    script.first_visited = block_number(height);
    return script;
}

static void recovery_from_a_snapshot_visits_what_follows_it(void **state)
{
    (void)state;
    for (uint64_t height = 1; height <= script_committed(RECORDS); height++) {
        struct script script = script_from_height(height);
        assert_int_equal(script_open(&script), HS_OK);
        assert_int_equal(script.visited_count, RECORDS - block_number(height));
        script_check_heights(&script, 1, script_committed(RECORDS));
        assert_int_equal(script_run(&script, RECORDS, 2 * RECORDS), 2 * RECORDS);
        script_check_heights(&script, 1, script_committed(2 * RECORDS));
        script_reopen(&script);
        assert_int_equal(script.visited_count, 2 * RECORDS - block_number(height));
        script_check_heights(&script, 1, script_committed(2 * RECORDS));
        script_end(&script);
    }
}

static void the_index_of_heights_is_rebuilt_when_it_is_wrong(void **state)
{
    (void)state;
    static uint8_t bytes[FILE_MAX];
    const char *name = "heights.index";
    for (size_t size = 0; size <= 12 * 16; size += 8) {
        struct script script = script_from_height(11);
        size_t whole_size = read_file(script.disk, name, bytes);
        assert_int_equal(whole_size, 16 * (1 + script_committed(RECORDS)));
        assert_int_equal(hs_virtual_disk_put(script.virtual_disk, name, bytes, size), HS_OK);
        assert_int_equal(script_open(&script), HS_OK);
        script_check_heights(&script, 1, script_committed(RECORDS));
        script_end(&script);
    }
    for (size_t offset = 0; offset < 12 * 16; offset++) {
        struct script script = script_from_height(11);
        assert_int_equal(hs_virtual_disk_flip_bit(script.virtual_disk, name, offset, 3), HS_OK);
        assert_int_equal(script_open(&script), HS_OK);
        script_check_heights(&script, 1, script_committed(RECORDS));
        script_end(&script);
    }
    struct script script = script_from_height(11);
    assert_int_equal(script.disk->remove(script.disk->context, name), HS_OK);
    assert_int_equal(script_open(&script), HS_OK);
    script_check_heights(&script, 1, script_committed(RECORDS));
    script_end(&script);
}

static void an_index_of_another_log_is_rebuilt(void **state)
{
    (void)state;
    struct script other = script_on_new_disk(1);
    assert_int_equal(script_open(&other), HS_OK);
    uint8_t memory[SCRIPT_PAYLOAD_MAX];
    struct hs_log_block block = script_block(100, memory);
    struct hs_log_commit commit = {.block_id = block.id, .height = 100};
    struct hs_log_position position;
    assert_int_equal(hs_block_log_append_block(other.log, &block, &position), HS_OK);
    assert_int_equal(hs_block_log_append_commit(other.log, &commit), HS_OK);
    assert_int_equal(script_flush(&other), HS_OK);
    static uint8_t bytes[FILE_MAX];
    size_t size = read_file(other.disk, "heights.index", bytes);
    script_end(&other);

    struct script script = script_from_height(11);
    assert_int_equal(hs_virtual_disk_put(script.virtual_disk, "heights.index", bytes, size), HS_OK);
    assert_int_equal(script_open(&script), HS_OK);
    script_check_heights(&script, 1, script_committed(RECORDS));
    script_end(&script);
}

static void a_snapshot_that_does_not_fit_the_log_is_damage(void **state)
{
    (void)state;
    struct script script = script_from_height(5);
    struct hs_block_log_config sound = script.config;
    script.config.start.offset += 1;
    script.first_visited = block_number(5) + 1;
    assert_int_equal(script_open(&script), HS_CORRUPT);
    script.config = sound;
    script.config.start.segment += 1;
    assert_int_equal(script_open(&script), HS_CORRUPT);
    script.config = sound;
    script.config.start_height = script_committed(RECORDS) + 1;
    script.first_visited = block_number(5);
    assert_int_equal(script_open(&script), HS_CORRUPT);
    script.config.start_height = script_committed(RECORDS);
    assert_int_equal(script_open(&script), HS_OK);
    script_end(&script);

    struct script empty = script_on_new_disk(1);
    empty.config.start = sound.start;
    empty.config.start_height = 5;
    assert_int_equal(script_open(&empty), HS_CORRUPT);
    script_end(&empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_durable_survives_a_power_cut_at_any_call),
        cmocka_unit_test(what_was_durable_survives_a_power_cut_in_recovery),
        cmocka_unit_test(what_recovery_visited_is_durable_even_after_a_failed_sync),
        cmocka_unit_test(what_follows_a_failed_sync_and_a_recovery_is_durable),
        cmocka_unit_test(after_one_failure_nothing_more_is_written),
        cmocka_unit_test(a_full_disk_is_said_and_loses_nothing),
        cmocka_unit_test(rot_is_said_with_its_place_and_never_dropped),
        cmocka_unit_test(rot_in_the_last_segment_is_told_from_a_torn_end),
        cmocka_unit_test(a_missing_segment_is_damage),
        cmocka_unit_test(a_torn_end_is_cut_off),
        cmocka_unit_test(a_segment_of_another_version_is_left_alone),
        cmocka_unit_test(a_segment_whose_creation_was_cut_short_is_removed),
        cmocka_unit_test(a_headless_segment_with_something_in_it_is_damage),
        cmocka_unit_test(a_batch_header_inside_a_payload_is_not_believed),
        cmocka_unit_test(a_record_that_makes_no_sense_is_damage),
        cmocka_unit_test(a_segment_under_the_name_of_another_is_damage),
        cmocka_unit_test(a_batch_of_other_records_than_expected_is_damage),
        cmocka_unit_test(any_bytes_are_opened_or_refused),
        cmocka_unit_test(a_visitor_ends_the_recovery),
        cmocka_unit_test(recovery_from_a_snapshot_visits_what_follows_it),
        cmocka_unit_test(the_index_of_heights_is_rebuilt_when_it_is_wrong),
        cmocka_unit_test(an_index_of_another_log_is_rebuilt),
        cmocka_unit_test(a_snapshot_that_does_not_fit_the_log_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
