/* Recovery of a block log whose segments hold any bytes. It opens or is refused; what opens can be
 * read, takes another block, and shows all of it once more.
 *
 * The first byte of the input says what follows:
 *     bit 0   the checksums are set right first: almost no change gets past them otherwise
 *     bit 1   there are two segments; how many sectors the first has (u8) comes next
 *     bit 2   there is an index of heights; its size (u8) comes next, it stands at the end
 *     bit 3   recovery begins at a snapshot's place: its offset (u16) and height (u8) come next */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "fuzz/sealed_log.h"
#include "sim/virtual_disk.h"
#include "storage/block_log.h"
#include "storage/crc32c.h"
#include "storage/height_index.h"

#define SEGMENT_BYTES_MAX 4096u /* the next batch opens another one */
#define INPUT_BYTES_MAX   (64u * 1024u)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

enum input_flags { SEALED = 1, TWO_SEGMENTS = 2, HAS_INDEX = 4, FROM_SNAPSHOT = 8 };

struct input {
    struct hs_bytes segments[2];
    struct hs_bytes index;
    bool sealed;
    struct hs_log_position start;
    uint64_t start_height;
};

struct seen {
    size_t record_count;
    uint32_t checksum; /* over all bytes handed out: reads them, too */
};

static enum hs_status visit(void *context, const struct hs_log_record *record)
{
    struct seen *seen = context;
    seen->record_count++;
    if (record->type == HS_LOG_BLOCK) {
        const struct hs_log_block *block = &record->block;
        seen->checksum = hs_crc32c(seen->checksum, block->header.data, block->header.size);
        seen->checksum = hs_crc32c(seen->checksum, block->payload.data, block->payload.size);
    } else {
        const struct hs_bytes certificate = record->commit.certificate;
        seen->checksum = hs_crc32c(seen->checksum, certificate.data, certificate.size);
    }
    return HS_OK;
}

static enum hs_status open_log(struct hs_block_log **log, const struct hs_disk *disk,
                               const struct input *input, struct seen *seen)
{
    *seen = (struct seen){0};
    struct hs_block_log_config config = {
        .disk = disk,
        .segment_bytes = SEGMENT_BYTES_MAX,
        .start = input->start,
        .start_height = input->start_height,
        .visit = visit,
        .visit_context = seen,
    };
    struct hs_log_damage damage = {.what = NULL};
    enum hs_status status = hs_block_log_open(log, &config, &damage);
    HS_ASSERT(status == HS_OK || (status == HS_CORRUPT && damage.what != NULL));
    return status;
}

static void append_one(struct hs_block_log *log)
{
    static const uint8_t bytes[4] = "more";
    struct hs_log_block block = {
        .height = 1, .header = {bytes, sizeof bytes}, .payload = {bytes, sizeof bytes}};
    memset(&block.id, 0xf0, sizeof block.id);
    struct hs_log_position position;
    enum hs_status status = hs_block_log_append_block(log, &block, &position);
    HS_ASSERT(status == HS_OK || status == HS_DUPLICATE);
    struct hs_log_batch *batch = hs_block_log_take_batch(log);
    if (batch != NULL) {
        status = hs_block_log_write_batch(batch);
        HS_ASSERT(status == HS_OK);
        hs_block_log_batch_done(log, batch, status);
    }
    status = hs_block_log_read_block(log, position, &block);
    HS_ASSERT(status == HS_OK);
}

static void read_heights(struct hs_block_log *log)
{
    uint64_t first;
    uint64_t last;
    hs_block_log_heights(log, &first, &last);
    for (uint64_t height = first; height <= last && last > 0; height++) {
        struct hs_log_commit commit;
        enum hs_status status = hs_block_log_read_commit(log, height, &commit);
        HS_ASSERT(status == HS_OK && commit.height == height);
        /* Where the block is comes from the input, and may be nowhere. */
        struct hs_log_block block;
        status = hs_block_log_read_block(log, commit.block_position, &block);
        HS_ASSERT(status == HS_OK || status == HS_NOT_FOUND || status == HS_CORRUPT);
    }
}

static struct hs_bytes take(struct hs_bytes *left, size_t size)
{
    size = size < left->size ? size : left->size;
    struct hs_bytes taken = {left->data, size};
    left->data += size;
    left->size -= size;
    return taken;
}

static uint32_t take_number(struct hs_bytes *left, size_t size)
{
    struct hs_bytes bytes = take(left, size);
    uint32_t number = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        number |= (uint32_t)bytes.data[i] << (8 * i);
    }
    return number;
}

static struct input read_input(struct hs_bytes left)
{
    struct input input = {.sealed = false};
    uint32_t flags = take_number(&left, 1);
    input.sealed = (flags & SEALED) != 0;
    size_t first_bytes = SIZE_MAX;
    if ((flags & TWO_SEGMENTS) != 0) {
        first_bytes = take_number(&left, 1) * (size_t)HS_LOG_SECTOR_BYTES;
    }
    size_t index_bytes = (flags & HAS_INDEX) != 0 ? take_number(&left, 1) : 0;
    if ((flags & FROM_SNAPSHOT) != 0) {
        input.start.offset = take_number(&left, 2);
        /* A position of zeros is no snapshot's. */
        input.start_height = input.start.offset != 0 ? 1 + take_number(&left, 1) : 0;
    }
    index_bytes = index_bytes < left.size ? index_bytes : left.size;
    struct hs_bytes segments = {left.data, left.size - index_bytes};
    input.index = (struct hs_bytes){left.data + segments.size, index_bytes};
    input.segments[0] = take(&segments, first_bytes);
    input.segments[1] = segments;
    return input;
}

/* Puts a segment on the disk, under the name that the number of its first record gives it. */
static void put_segment(struct hs_virtual_disk *disk, struct hs_bytes segment, bool is_first,
                        bool sealed)
{
    if (segment.size == 0 && !is_first) {
        return;
    }
    uint8_t *bytes = malloc(segment.size + 1);
    if (bytes == NULL) {
        abort();
    }
    if (segment.size > 0) {
        memcpy(bytes, segment.data, segment.size);
    }
    if (sealed) {
        seal_segment(bytes, segment.size);
    }
    struct hs_log_segment_header header = {.first_record = 1};
    if (is_first || segment.size < HS_LOG_SECTOR_BYTES ||
        hs_log_segment_header_decode(bytes, &header) != HS_OK) {
        header.first_record = is_first ? 0 : 1;
    }
    char name[HS_FILE_NAME_BYTES_MAX];
    hs_log_segment_name(name, header.first_record);
    enum hs_status status = hs_virtual_disk_put(disk, name, bytes, segment.size);
    HS_ASSERT(status == HS_OK);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    if (data_size > INPUT_BYTES_MAX) {
        return 0;
    }
    struct input input = read_input((struct hs_bytes){data, data_size});
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    if (virtual_disk == NULL) {
        abort();
    }
    put_segment(virtual_disk, input.segments[0], true, input.sealed);
    put_segment(virtual_disk, input.segments[1], false, input.sealed);
    enum hs_status status =
        hs_virtual_disk_put(virtual_disk, HS_HEIGHT_INDEX_NAME, input.index.data, input.index.size);
    HS_ASSERT(status == HS_OK);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    struct hs_block_log *log;
    struct seen first;
    if (open_log(&log, disk, &input, &first) == HS_OK) {
        read_heights(log);
        append_one(log);
        hs_block_log_close(log);
        struct seen second;
        status = open_log(&log, disk, &input, &second);
        HS_ASSERT(status == HS_OK && second.record_count >= first.record_count);
        hs_block_log_close(log);
    }
    hs_virtual_disk_free(virtual_disk);
    return 0;
}
