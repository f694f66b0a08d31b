/* The block log without faults: what is appended is there, at once and after a restart. */
#include "block_log_script.h"

static void an_empty_log_stays_empty(void **state)
{
    (void)state;
    struct script script = script_on_new_disk(1);
    assert_int_equal(script_open(&script), HS_OK);
    assert_null(hs_block_log_take_batch(script.log));
    script_check_heights(&script, 0, 0);
    script_reopen(&script);
    assert_int_equal(script.visited_count, 0);
    script_check_heights(&script, 0, 0);
    script_end(&script);
}

static void records_come_back_in_order(void **state)
{
    (void)state;
    for (uint64_t end = 1; end < 40; end++) {
        struct script script = script_on_new_disk(end);
        assert_int_equal(script_open(&script), HS_OK);
        assert_int_equal(script_run(&script, 0, end), end);
        script_check_heights(&script, script_committed(end) > 0 ? 1 : 0, script_committed(end));
        script_reopen(&script);
        assert_int_equal(script.visited_count, end);
        script_check_heights(&script, script_committed(end) > 0 ? 1 : 0, script_committed(end));
        assert_int_equal(script_run(&script, end, 2 * end), 2 * end);
        script_reopen(&script);
        assert_int_equal(script.visited_count, 2 * end);
        script_end(&script);
    }
}

static void a_block_is_readable_before_and_after_it_is_durable(void **state)
{
    (void)state;
    struct script script = script_on_new_disk(1);
    assert_int_equal(script_open(&script), HS_OK);
    assert_int_equal(script_run(&script, 0, 4), 4);
    uint8_t memory[SCRIPT_PAYLOAD_MAX];
    struct hs_log_block block = script_block(9, memory);
    struct hs_log_position position;
    struct hs_log_position found;
    struct hs_log_block read_block;
    assert_int_equal(hs_block_log_find_block(script.log, &block.id, &found), HS_NOT_FOUND);
    assert_int_equal(hs_block_log_append_block(script.log, &block, &position), HS_OK);
    memset(memory, 0, sizeof memory);
    struct hs_log_batch *batch = NULL;
    for (int stage = 0; stage < 4; stage++) {
        if (stage == 1) {
            batch = hs_block_log_take_batch(script.log);
        } else if (stage == 2) {
            assert_int_equal(hs_block_log_write_batch(batch), HS_OK);
        } else if (stage == 3) {
            hs_block_log_batch_done(script.log, batch, HS_OK);
        }
        assert_int_equal(hs_block_log_find_block(script.log, &block.id, &found), HS_OK);
        assert_int_equal(found.segment, position.segment);
        assert_int_equal(found.offset, position.offset);
        assert_int_equal(hs_block_log_read_block(script.log, position, &read_block), HS_OK);
        script_check_block(&read_block, 9);
        struct hs_log_block head;
        assert_int_equal(hs_block_log_read_header(script.log, position, &head), HS_OK);
        assert_null(head.payload.data);
        assert_int_equal(head.payload.size, read_block.payload.size);
        assert_int_equal(hs_block_log_read_block(script.log, position, &read_block), HS_OK);
        head.payload.data = read_block.payload.data;
        script_check_block(&head, 9);
    }
    script_end(&script);
}

static void a_header_is_read_alone(void **state)
{
    (void)state;
    struct script script = script_on_new_disk(1);
    assert_int_equal(script_open(&script), HS_OK);
    assert_int_equal(script_run(&script, 0, 60), 60);
    script_reopen(&script);
    for (uint64_t height = 1; height <= 29; height++) {
        struct hs_log_commit commit;
        struct hs_log_block head;
        uint8_t memory[SCRIPT_PAYLOAD_MAX];
        const struct hs_log_block expected = script_block(height, memory);
        assert_int_equal(hs_block_log_read_commit(script.log, height, &commit), HS_OK);
        assert_int_equal(hs_block_log_read_header(script.log, commit.block_position, &head), HS_OK);
        assert_memory_equal(&head.id, &expected.id, sizeof head.id);
        assert_int_equal(head.view, expected.view);
        assert_true(script_same_bytes(head.header, expected.header));
        assert_int_equal(head.payload.size, expected.payload.size);
    }
    struct hs_log_position none = {.segment = 1000};
    struct hs_log_block head;
    assert_int_equal(hs_block_log_read_header(script.log, none, &head), HS_NOT_FOUND);
    script_end(&script);
}

static void a_place_without_a_block_reads_as_none(void **state)
{
    (void)state;
    struct script script = script_on_new_disk(1);
    assert_int_equal(script_open(&script), HS_OK);
    assert_int_equal(script_run(&script, 0, 3), 3);
    struct hs_log_commit commit;
    struct hs_log_block block;
    assert_int_equal(hs_block_log_read_commit(script.log, 1, &commit), HS_OK);
    struct hs_log_position position = commit.block_position;
    position.offset += 1;
    assert_int_equal(hs_block_log_read_block(script.log, position, &block), HS_CORRUPT);
    position.offset = 1u << 20;
    assert_int_equal(hs_block_log_read_block(script.log, position, &block), HS_NOT_FOUND);
    position.segment = 1000;
    assert_int_equal(hs_block_log_read_block(script.log, position, &block), HS_NOT_FOUND);
    assert_int_equal(script_append(&script, 3), HS_OK);
    uint8_t memory[SCRIPT_PAYLOAD_MAX];
    struct hs_block_id id = script_block(3, memory).id;
    assert_int_equal(hs_block_log_find_block(script.log, &id, &position), HS_OK);
    position.offset += 7;
    assert_int_equal(hs_block_log_read_block(script.log, position, &block), HS_CORRUPT);
    script_end(&script);
}

static void a_block_that_is_held_is_not_appended_again(void **state)
{
    (void)state;
    struct script script = script_on_new_disk(1);
    assert_int_equal(script_open(&script), HS_OK);
    uint8_t memory[SCRIPT_PAYLOAD_MAX];
    struct hs_log_block block = script_block(1, memory);
    struct hs_log_position first;
    struct hs_log_position second;
    assert_int_equal(hs_block_log_append_block(script.log, &block, &first), HS_OK);
    assert_int_equal(hs_block_log_append_block(script.log, &block, &second), HS_DUPLICATE);
    assert_int_equal(second.offset, first.offset);
    assert_int_equal(script_flush(&script), HS_OK);
    script_reopen(&script);
    assert_int_equal(script.visited_count, 1);
    assert_int_equal(hs_block_log_append_block(script.log, &block, &second), HS_DUPLICATE);
    assert_int_equal(second.segment, first.segment);
    assert_int_equal(second.offset, first.offset);
    script_end(&script);
}

static void heights_are_committed_one_by_one(void **state)
{
    (void)state;
    struct script script = script_on_new_disk(1);
    assert_int_equal(script_open(&script), HS_OK);
    uint8_t memory[256];
    struct hs_log_commit commit = script_commit(1, memory);
    assert_int_equal(hs_block_log_append_commit(script.log, &commit), HS_NOT_FOUND);
    assert_int_equal(script_run(&script, 0, 4), 4);
    assert_int_equal(hs_block_log_append_commit(script.log, &commit), HS_INVALID_ARGUMENT);
    commit = script_commit(3, memory);
    assert_int_equal(hs_block_log_append_commit(script.log, &commit), HS_INVALID_ARGUMENT);
    commit = script_commit(2, memory);
    assert_int_equal(hs_block_log_append_commit(script.log, &commit), HS_OK);
    script_end(&script);
}

static void a_log_may_begin_above_height_one(void **state)
{
    (void)state;
    struct script script = script_on_new_disk(1);
    assert_int_equal(script_open(&script), HS_OK);
    uint8_t memory[SCRIPT_PAYLOAD_MAX];
    for (uint64_t height = 100; height < 103; height++) {
        struct hs_log_block block = script_block(height, memory);
        struct hs_log_position position;
        assert_int_equal(hs_block_log_append_block(script.log, &block, &position), HS_OK);
        struct hs_log_commit commit = script_commit(height, memory);
        assert_int_equal(hs_block_log_append_commit(script.log, &commit), HS_OK);
    }
    script_check_heights(&script, 100, 102);
    assert_int_equal(script_flush(&script), HS_OK);
    script_check_heights(&script, 100, 102);
    script_end(&script);
}

static void fields_out_of_range_are_refused(void **state)
{
    (void)state;
    struct script script = script_on_new_disk(1);
    assert_int_equal(script_open(&script), HS_OK);
    uint8_t *memory = calloc(1, HS_PAYLOAD_BYTES_MAX + 1);
    struct hs_log_block block = {
        .id = script_block_id(1), .height = 1, .header = {memory, 0}, .payload = {memory, 1}};
    struct hs_log_position position;
    assert_int_equal(hs_block_log_append_block(script.log, &block, &position), HS_INVALID_ARGUMENT);
    block.header.size = HS_LOG_HEADER_BYTES_MAX + 1;
    assert_int_equal(hs_block_log_append_block(script.log, &block, &position), HS_INVALID_ARGUMENT);
    block.header.size = HS_LOG_HEADER_BYTES_MAX;
    block.payload.size = HS_PAYLOAD_BYTES_MAX + 1;
    assert_int_equal(hs_block_log_append_block(script.log, &block, &position), HS_INVALID_ARGUMENT);
    block.payload.size = HS_PAYLOAD_BYTES_MAX;
    assert_int_equal(hs_block_log_append_block(script.log, &block, &position), HS_OK);
    struct hs_log_commit commit = {.block_id = block.id, .height = 0};
    assert_int_equal(hs_block_log_append_commit(script.log, &commit), HS_INVALID_ARGUMENT);
    commit.height = 1;
    commit.certificate = (struct hs_bytes){memory, HS_LOG_CERTIFICATE_BYTES_MAX + 1};
    assert_int_equal(hs_block_log_append_commit(script.log, &commit), HS_INVALID_ARGUMENT);
    commit.certificate.size = HS_LOG_CERTIFICATE_BYTES_MAX;
    assert_int_equal(hs_block_log_append_commit(script.log, &commit), HS_OK);
    assert_int_equal(script_flush(&script), HS_OK);
    struct hs_log_block read_block;
    assert_int_equal(hs_block_log_read_block(script.log, position, &read_block), HS_OK);
    assert_int_equal(read_block.header.size, HS_LOG_HEADER_BYTES_MAX);
    assert_int_equal(read_block.payload.size, HS_PAYLOAD_BYTES_MAX);
    free(memory);
    script_end(&script);
}

static void a_configuration_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    struct script script = script_on_new_disk(1);
    script.config.start_height = 1;
    assert_int_equal(script_open(&script), HS_INVALID_ARGUMENT);
    script.config.start.offset = 600;
    script.config.start_height = 0;
    assert_int_equal(script_open(&script), HS_INVALID_ARGUMENT);
    script.config.start = (struct hs_log_position){1, 0};
    assert_int_equal(script_open(&script), HS_INVALID_ARGUMENT);
    script.config.start.segment = 0;
    script.config.segment_bytes = 0;
    assert_int_equal(script_open(&script), HS_INVALID_ARGUMENT);
    script_end(&script);
}

/* Appends blocks of one mebibyte, of heights from `height` on, until the log is full. */
static uint64_t append_until_full(struct script *script, uint64_t height)
{
    uint8_t *memory = calloc(1, 1u << 20);
    struct hs_log_position position;
    enum hs_status status = HS_OK;
    while (status == HS_OK) {
        struct hs_log_block block = {.id = script_block_id(height),
                                     .height = height,
                                     .header = {memory, 1},
                                     .payload = {memory, 1u << 20}};
        status = hs_block_log_append_block(script->log, &block, &position);
        height += status == HS_OK ? 1 : 0;
    }
    assert_int_equal(status, HS_FULL);
    free(memory);
    return height;
}

static void batches_are_bounded_and_come_back(void **state)
{
    (void)state;
    struct script script = script_on_new_disk(1);
    assert_int_equal(script_open(&script), HS_OK);
    struct hs_log_batch *batches[HS_LOG_BATCHES];
    uint64_t height = 1;
    for (uint32_t i = 0; i < HS_LOG_BATCHES; i++) {
        uint64_t next = append_until_full(&script, height);
        assert_int_equal(next - height, HS_LOG_BATCH_BYTES_MAX / (1u << 20) - 1);
        height = next;
        batches[i] = hs_block_log_take_batch(script.log);
        assert_non_null(batches[i]);
    }
    assert_int_equal(append_until_full(&script, height), height);
    assert_null(hs_block_log_take_batch(script.log));
    assert_int_equal(hs_block_log_write_batch(batches[0]), HS_OK);
    hs_block_log_batch_done(script.log, batches[0], HS_OK);
    assert_true(append_until_full(&script, height) > height);
    for (uint32_t i = 1; i < HS_LOG_BATCHES; i++) {
        assert_int_equal(hs_block_log_write_batch(batches[i]), HS_OK);
        hs_block_log_batch_done(script.log, batches[i], HS_OK);
    }
    assert_int_equal(script_flush(&script), HS_OK);
    for (uint64_t h = 1; h < height; h++) {
        struct hs_block_id id = script_block_id(h);
        struct hs_log_position position;
        struct hs_log_block block;
        assert_int_equal(hs_block_log_find_block(script.log, &id, &position), HS_OK);
        assert_int_equal(hs_block_log_read_block(script.log, position, &block), HS_OK);
        assert_int_equal(block.height, h);
    }
    script_end(&script);
}

/* Appends and commits small blocks of the heights begin .. end - 1. */
static void commit_many(struct script *script, uint64_t begin, uint64_t end)
{
    uint8_t byte = 1;
    for (uint64_t height = begin; height < end; height++) {
        struct hs_log_block block = {
            .id = script_block_id(height), .height = height, .header = {&byte, 1}};
        struct hs_log_commit commit = {.block_id = block.id, .height = height};
        struct hs_log_position position;
        assert_int_equal(hs_block_log_append_block(script->log, &block, &position), HS_OK);
        enum hs_status status = hs_block_log_append_commit(script->log, &commit);
        if (status == HS_FULL) {
            assert_int_equal(script_flush(script), HS_OK);
            status = hs_block_log_append_commit(script->log, &commit);
        }
        assert_int_equal(status, HS_OK);
    }
}

static enum hs_status visit_anything(void *context, const struct hs_log_record *record)
{
    (void)context;
    (void)record;
    return HS_OK;
}

static void a_height_is_found_when_memory_has_forgotten_it(void **state)
{
    (void)state;
    struct script script = script_on_new_disk(1);
    script.config.visit = visit_anything;
    script.config.segment_bytes = 1u << 20;
    assert_int_equal(script_open(&script), HS_OK);
    uint64_t end = HS_LOG_RECENT_HEIGHTS + 3000;
    commit_many(&script, 1, end);
    struct hs_log_commit commit;
    for (int round = 0; round < 2; round++) {
        for (uint64_t height = 1; height < end; height += 37) {
            assert_int_equal(hs_block_log_read_commit(script.log, height, &commit), HS_OK);
            assert_int_equal(commit.height, height);
        }
        assert_int_equal(script_flush(&script), HS_OK);
        script_reopen(&script);
    }
    /* A rotten entry in use costs an answer, until the next start rebuilds it. */
    assert_int_equal(hs_virtual_disk_flip_bit(script.virtual_disk, "heights.index", 16 * 5 + 3, 0),
                     HS_OK);
    assert_int_equal(hs_block_log_read_commit(script.log, 5, &commit), HS_NOT_READY);
    script_reopen(&script);
    assert_int_equal(hs_block_log_read_commit(script.log, 5, &commit), HS_OK);
    script_end(&script);
}

static void the_oldest_of_the_recent_blocks_is_forgotten(void **state)
{
    (void)state;
    struct script script = script_on_new_disk(1);
    script.config.visit = visit_anything;
    assert_int_equal(script_open(&script), HS_OK);
    commit_many(&script, 1, HS_LOG_RECENT_BLOCKS + 1);
    struct hs_block_id first = script_block_id(1);
    struct hs_log_position position;
    assert_int_equal(hs_block_log_find_block(script.log, &first, &position), HS_OK);
    commit_many(&script, HS_LOG_RECENT_BLOCKS + 1, HS_LOG_RECENT_BLOCKS + 2);
    assert_int_equal(hs_block_log_find_block(script.log, &first, &position), HS_NOT_FOUND);
    struct hs_block_id second = script_block_id(2);
    assert_int_equal(hs_block_log_find_block(script.log, &second, &position), HS_OK);
    script_end(&script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_log_stays_empty),
        cmocka_unit_test(records_come_back_in_order),
        cmocka_unit_test(a_block_is_readable_before_and_after_it_is_durable),
        cmocka_unit_test(a_header_is_read_alone),
        cmocka_unit_test(a_place_without_a_block_reads_as_none),
        cmocka_unit_test(a_block_that_is_held_is_not_appended_again),
        cmocka_unit_test(heights_are_committed_one_by_one),
        cmocka_unit_test(a_log_may_begin_above_height_one),
        cmocka_unit_test(fields_out_of_range_are_refused),
        cmocka_unit_test(a_configuration_that_makes_no_sense_is_refused),
        cmocka_unit_test(batches_are_bounded_and_come_back),
        cmocka_unit_test(a_height_is_found_when_memory_has_forgotten_it),
        cmocka_unit_test(the_oldest_of_the_recent_blocks_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
