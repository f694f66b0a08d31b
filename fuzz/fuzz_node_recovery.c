/* A whole node on a disk that holds any bytes: the block log, both safety records, a snapshot, the
 * index of heights. It opens or is refused with a reason; what opened runs on for a while, and after
 * a crash opens again, at no lower height (D4, D5, D7).
 *
 * The input: a byte whose lowest bit says whether the node is one of four, which stay down, or the
 * only one; then files, each a kind (u8), a size (u16) and bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "fuzz/sealed_log.h"
#include "fuzz/small_node.h"
#include "storage/height_index.h"
#include "storage/slot_store.h"
#include "storage/snapshot.h"
#include "wire/safety_record.h"

#define MILLISECOND_NS UINT64_C(1000000)
#define RUN_NS         (600 * MILLISECOND_NS)
#define FILES_MAX      8u
/* What the signer's store has room for. */
#define SIGNER_RECORD_BYTES 74u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

enum file_kind {
    FILE_SEGMENT, /* with its checksums set right */
    FILE_SEGMENT_AS_IS,
    FILE_SAFETY_RECORD, /* in whole slots */
    FILE_SAFETY_SLOTS,
    FILE_SIGNER_RECORD,
    FILE_SIGNER_SLOTS,
    FILE_SNAPSHOT_STATE, /* in a whole snapshot; what it is of comes first */
    FILE_SNAPSHOT,
    FILE_HEIGHT_INDEX,
    FILE_KINDS,
};

static void put(struct hs_virtual_disk *disk, const char *name, struct hs_bytes bytes)
{
    enum hs_status status = hs_virtual_disk_put(disk, name, bytes.data, bytes.size);
    HS_ASSERT(status == HS_OK);
}

static void put_segment(struct hs_virtual_disk *disk, struct hs_bytes segment, bool sealed)
{
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
    char name[HS_FILE_NAME_BYTES_MAX];
    hs_log_segment_name(name, 0);
    put(disk, name, (struct hs_bytes){bytes, segment.size});
    free(bytes);
}

static void put_record(struct hs_virtual_disk *disk, const char *name, uint32_t record_bytes_max,
                       struct hs_bytes record)
{
    if (record.size <= record_bytes_max) {
        enum hs_status status =
            hs_slot_store_replace(hs_virtual_disk_interface(disk), name, record_bytes_max,
                                  record.data, (uint32_t)record.size);
        HS_ASSERT(status == HS_OK);
    }
}

static void put_snapshot_state(struct hs_virtual_disk *disk, struct hs_bytes state)
{
    struct hs_snapshot_info info = {.height = 0};
    if (state.size < sizeof info.block_id + sizeof info.state_root + 3) {
        return;
    }
    memcpy(&info.block_id, state.data, sizeof info.block_id);
    memcpy(&info.state_root, state.data + sizeof info.block_id, sizeof info.state_root);
    state.data += sizeof info.block_id + sizeof info.state_root;
    state.size -= sizeof info.block_id + sizeof info.state_root;
    info.height = 1u + state.data[0];
    info.log_position.offset = (uint32_t)(state.data[1] | state.data[2] << 8);
    struct hs_snapshot_writer *writer;
    enum hs_status status = hs_snapshot_begin(&writer, hs_virtual_disk_interface(disk), &info);
    HS_ASSERT(status == HS_OK);
    struct hs_sink sink = hs_snapshot_sink(writer);
    status = sink.write(sink.context, state.data + 3, state.size - 3);
    HS_ASSERT(status == HS_OK);
    status = hs_snapshot_finish(writer);
    HS_ASSERT(status == HS_OK);
}

static void put_file(struct hs_virtual_disk *disk, enum file_kind kind, struct hs_bytes bytes)
{
    switch (kind) {
    case FILE_SEGMENT:
    case FILE_SEGMENT_AS_IS:
        put_segment(disk, bytes, kind == FILE_SEGMENT);
        break;
    case FILE_SAFETY_RECORD:
        put_record(disk, HS_SAFETY_SLOTS_NAME, HS_SAFETY_RECORD_BYTES_MAX, bytes);
        break;
    case FILE_SAFETY_SLOTS:
        put(disk, HS_SAFETY_SLOTS_NAME, bytes);
        break;
    case FILE_SIGNER_RECORD:
        put_record(disk, HS_SIGNER_SLOTS_NAME, SIGNER_RECORD_BYTES, bytes);
        break;
    case FILE_SIGNER_SLOTS:
        put(disk, HS_SIGNER_SLOTS_NAME, bytes);
        break;
    case FILE_SNAPSHOT_STATE:
        put_snapshot_state(disk, bytes);
        break;
    case FILE_SNAPSHOT:
        put(disk, "snapshot-0000000000000005", bytes);
        break;
    case FILE_HEIGHT_INDEX:
        put(disk, HS_HEIGHT_INDEX_NAME, bytes);
        break;
    case FILE_KINDS:
        break;
    }
}

static void put_files(struct hs_virtual_disk *disk, struct hs_bytes left)
{
    for (unsigned i = 0; i < FILES_MAX && left.size >= 3; i++) {
        enum file_kind kind = (enum file_kind)(left.data[0] % FILE_KINDS);
        size_t size = (size_t)left.data[1] | (size_t)left.data[2] << 8;
        left.data += 3;
        left.size -= 3;
        size = size < left.size ? size : left.size;
        put_file(disk, kind, (struct hs_bytes){left.data, size});
        left.data += size;
        left.size -= size;
    }
}

static uint64_t height_of(const struct small_node *small)
{
    struct hs_node_status status;
    small_node_status(small, &status);
    return status.height;
}

/* False: the disk was refused, or the node gave up. */
static bool runs(struct small_node *small, uint64_t *height)
{
    if (!small_node_start(small)) {
        return false;
    }
    uint64_t before = height_of(small);
    small_node_run(small, RUN_NS);
    if (!small_node_is_up(small)) {
        return false;
    }
    *height = height_of(small);
    HS_ASSERT(*height >= before);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    if (data_size == 0) {
        return 0;
    }
    struct small_node *small = small_node_new(data[0] % 2 == 1 ? 4 : 1);
    put_files(small_node_disk(small), (struct hs_bytes){data + 1, data_size - 1});
    uint64_t height;
    if (runs(small, &height)) {
        uint64_t height_again;
        small_node_stop(small);
        bool again = runs(small, &height_again);
        HS_ASSERT(again && height_again >= height);
    }
    small_node_free(small);
    return 0;
}
