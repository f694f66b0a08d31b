/* A block log as tests use it: a fixed sequence of records, each a function of its number, and
 * a visitor that checks that recovery shows this very sequence, from some record on.
 *
 *   number 0    1    2    3    4    5    6    ...
 *   record B1   B2   C1   B3   C2   B4   C3   ...    B: block of that height, C: its commit
 */
#ifndef HS_TESTS_BLOCK_LOG_SCRIPT_H
#define HS_TESTS_BLOCK_LOG_SCRIPT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/virtual_disk.h"
#include "storage/block_log.h"

#define SCRIPT_PAYLOAD_MAX   3000u
#define SCRIPT_SEGMENT_BYTES 8192u

struct script {
    struct hs_virtual_disk *virtual_disk;
    const struct hs_disk *disk;
    struct hs_block_log_config config;
    struct hs_log_damage damage;
    struct hs_block_log *log;
    uint64_t first_visited; /* the number that the first visited record must have */
    uint64_t visited_count;
    struct hs_log_position last_block_position; /* of what was visited */
};

static inline bool script_is_block(uint64_t number)
{
    return number == 0 || number % 2 == 1;
}

static inline uint64_t script_height(uint64_t number)
{
    return script_is_block(number) ? (number + 3) / 2 : number / 2;
}

static inline struct hs_block_id script_block_id(uint64_t height)
{
    struct hs_block_id id;
    memset(id.bytes, 0xb1, sizeof id.bytes);
    memcpy(id.bytes, &height, sizeof height);
    return id;
}

/* The block of a height; its bytes are in `memory`. */
static inline struct hs_log_block script_block(uint64_t height, uint8_t memory[SCRIPT_PAYLOAD_MAX])
{
    for (size_t i = 0; i < SCRIPT_PAYLOAD_MAX; i++) {
        memory[i] = (uint8_t)(height * 31 + i);
    }
    return (struct hs_log_block){
        .id = script_block_id(height),
        .parent_id = script_block_id(height - 1),
        .epoch = 1 + height / 10,
        .view = 3 * height,
        .height = height,
        .header = {memory, 1 + height * 53 % 400},
        .payload = {memory, height * 619 % SCRIPT_PAYLOAD_MAX},
    };
}

static inline struct hs_log_commit script_commit(uint64_t height, uint8_t memory[256])
{
    memset(memory, (int)(height & 0xff), 256);
    return (struct hs_log_commit){
        .block_id = script_block_id(height),
        .height = height,
        .certificate = {memory, height * 17 % 256},
    };
}

static inline bool script_same_bytes(struct hs_bytes a, struct hs_bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline void script_check_block(const struct hs_log_block *block, uint64_t height)
{
    uint8_t memory[SCRIPT_PAYLOAD_MAX];
    struct hs_log_block expected = script_block(height, memory);
    assert_memory_equal(&block->id, &expected.id, sizeof expected.id);
    assert_memory_equal(&block->parent_id, &expected.parent_id, sizeof expected.parent_id);
    assert_int_equal(block->epoch, expected.epoch);
    assert_int_equal(block->view, expected.view);
    assert_int_equal(block->height, height);
    assert_true(script_same_bytes(block->header, expected.header));
    assert_true(script_same_bytes(block->payload, expected.payload));
}

static inline void script_check_commit(const struct hs_log_commit *commit, uint64_t height)
{
    uint8_t memory[256];
    struct hs_log_commit expected = script_commit(height, memory);
    assert_memory_equal(&commit->block_id, &expected.block_id, sizeof expected.block_id);
    assert_int_equal(commit->height, height);
    assert_true(script_same_bytes(commit->certificate, expected.certificate));
}

static inline enum hs_status script_visit(void *context, const struct hs_log_record *record)
{
    struct script *script = context;
    uint64_t number = script->first_visited + script->visited_count;
    if (script_is_block(number)) {
        assert_int_equal(record->type, HS_LOG_BLOCK);
        script_check_block(&record->block, script_height(number));
        script->last_block_position = record->position;
    } else {
        assert_int_equal(record->type, HS_LOG_COMMIT);
        script_check_commit(&record->commit, script_height(number));
    }
    script->visited_count++;
    return HS_OK;
}

static inline struct script script_on_new_disk(uint64_t seed)
{
    struct script script = {.virtual_disk = hs_virtual_disk_new(seed)};
    script.disk = hs_virtual_disk_interface(script.virtual_disk);
    script.config.disk = script.disk;
    memset(script.config.seed, 0x5e, sizeof script.config.seed);
    script.config.segment_bytes = SCRIPT_SEGMENT_BYTES;
    script.config.visit = script_visit;
    return script;
}

static inline enum hs_status script_open(struct script *script)
{
    script->config.visit_context = script;
    script->visited_count = 0;
    script->damage = (struct hs_log_damage){.what = NULL};
    return hs_block_log_open(&script->log, &script->config, &script->damage);
}

static inline void script_end(struct script *script)
{
    if (script->log != NULL) {
        hs_block_log_close(script->log);
    }
    hs_virtual_disk_free(script->virtual_disk);
}

static inline void script_reopen(struct script *script)
{
    hs_block_log_close(script->log);
    script->log = NULL;
    assert_int_equal(script_open(script), HS_OK);
}

static inline enum hs_status script_append(struct script *script, uint64_t number)
{
    uint64_t height = script_height(number);
    if (script_is_block(number)) {
        uint8_t memory[SCRIPT_PAYLOAD_MAX];
        struct hs_log_block block = script_block(height, memory);
        struct hs_log_position position;
        return hs_block_log_append_block(script->log, &block, &position);
    }
    uint8_t memory[256];
    struct hs_log_commit commit = script_commit(height, memory);
    return hs_block_log_append_commit(script->log, &commit);
}

/* Writes the current batch, on the spot. */
static inline enum hs_status script_flush(struct script *script)
{
    struct hs_log_batch *batch = hs_block_log_take_batch(script->log);
    if (batch == NULL) {
        return HS_OK;
    }
    enum hs_status status = hs_block_log_write_batch(batch);
    hs_block_log_batch_done(script->log, batch, status);
    return status;
}

/* Appends the records from number `begin` up to `end`, in batches of one to three records.
 * Returns how many of the log's records were made durable, those before `begin` included. */
static inline uint64_t script_run(struct script *script, uint64_t begin, uint64_t end)
{
    uint64_t durable_count = begin;
    for (uint64_t number = begin; number < end; number++) {
        if (script_append(script, number) != HS_OK) {
            return durable_count;
        }
        if (number % 3 == 0 || number % 7 == 0 || number + 1 == end) {
            if (script_flush(script) != HS_OK) {
                return durable_count;
            }
            durable_count = number + 1;
        }
    }
    return durable_count;
}

/* Every committed height, and its block, can be read. */
static inline void script_check_heights(struct script *script, uint64_t first, uint64_t last)
{
    uint64_t heights[2];
    hs_block_log_heights(script->log, &heights[0], &heights[1]);
    assert_int_equal(heights[0], first);
    assert_int_equal(heights[1], last);
    for (uint64_t height = first; height <= last && last > 0; height++) {
        struct hs_log_commit commit;
        assert_int_equal(hs_block_log_read_commit(script->log, height, &commit), HS_OK);
        script_check_commit(&commit, height);
        struct hs_log_block block;
        assert_int_equal(hs_block_log_read_block(script->log, commit.block_position, &block),
                         HS_OK);
        script_check_block(&block, height);
    }
    struct hs_log_commit commit;
    assert_int_equal(hs_block_log_read_commit(script->log, last + 1, &commit), HS_NOT_FOUND);
    if (first > 0) {
        assert_int_equal(hs_block_log_read_commit(script->log, first - 1, &commit), HS_NOT_FOUND);
    }
}

/* The last height committed by the records below `end`. */
static inline uint64_t script_committed(uint64_t end)
{
    return end < 3 ? 0 : (end - 1) / 2;
}

#endif
