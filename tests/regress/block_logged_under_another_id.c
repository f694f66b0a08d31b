/* A block whose record in the log names another id than its header hashes to was taken in under that
 * id, which the core does not know, and the node that opened ended in an assert. A file must never
 * do that: the log is refused as damaged, with what to do. */
#include "tests/scenario/scenario.h"

#include <stdlib.h>

#include "storage/block_log_format.h"

#define LOG_BYTES_MAX (4u * 1024u * 1024u)
#define RECORD_ID_AT  HS_LOG_RECORD_HEADER_BYTES /* a BLOCK begins with the block's id */

static size_t read_log(struct hs_world *world, const char *name, uint8_t *bytes)
{
    const struct hs_disk *disk = hs_virtual_disk_interface(hs_world_disk(world, 0));
    struct hs_file file;
    size_t size = 0;
    assert_int_equal(disk->open(disk->context, name, HS_OPEN_EXISTING, &file), HS_OK);
    assert_int_equal(disk->read(disk->context, file, 0, bytes, LOG_BYTES_MAX, &size), HS_OK);
    disk->close(disk->context, file);
    return size;
}

/* The last block of a batch's records; NULL when they hold none. */
static uint8_t *last_block_of(uint8_t *record, uint32_t record_count)
{
    uint8_t *found = NULL;
    for (uint32_t i = 0; i < record_count; i++) {
        struct hs_log_record_header header = hs_log_record_header_decode(record);
        found = header.type == HS_LOG_BLOCK ? record : found;
        record += HS_LOG_RECORD_HEADER_BYTES + header.body_bytes;
    }
    return found;
}

/* The last block of a log, which under the two-chain rule is not committed. */
static uint8_t *last_block(uint8_t *log, size_t size)
{
    struct hs_log_segment_header segment;
    assert_int_equal(hs_log_segment_header_decode(log, &segment), HS_OK);
    uint8_t *found = NULL;
    struct hs_log_batch_header batch;
    for (uint32_t offset = HS_LOG_SECTOR_BYTES;
         offset + HS_LOG_BATCH_HEADER_BYTES <= size &&
         hs_log_batch_header_decode(log + offset, segment.mark, offset, &batch);
         offset += hs_log_sectors(HS_LOG_BATCH_HEADER_BYTES + batch.records_bytes)) {
        uint8_t *block =
            last_block_of(log + offset + HS_LOG_BATCH_HEADER_BYTES, batch.record_count);
        found = block != NULL ? block : found;
    }
    assert_non_null(found);
    return found;
}

static void a_block_under_another_id_is_damage(void **state)
{
    (void)state;
    struct hs_world *world = new_world(1, 1);
    hs_world_start_all(world);
    run_to_height(world, 5, 60 * SECOND_NS);
    hs_world_crash(world, 0, false);

    char name[HS_FILE_NAME_BYTES_MAX];
    hs_log_segment_name(name, 0);
    uint8_t *log = malloc(LOG_BYTES_MAX);
    assert_non_null(log);
    size_t size = read_log(world, name, log);
    uint8_t *block = last_block(log, size);
    block[RECORD_ID_AT] ^= 1;
    hs_log_record_seal(block, hs_log_record_header_decode(block).body_bytes);
    assert_int_equal(hs_virtual_disk_put(hs_world_disk(world, 0), name, log, size), HS_OK);
    free(log);

    assert_int_equal(hs_world_start(world, 0), HS_CORRUPT);
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_under_another_id_is_damage),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
