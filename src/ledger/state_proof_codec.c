#include "ledger/state_proof_codec.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

size_t hs_state_proof_encode(uint8_t bytes[HS_STATE_PROOF_BYTES_MAX],
                             const struct hs_ledger_proof *proof)
{
    const struct hs_state_proof *path = &proof->path;
    struct hs_writer writer = hs_writer_over(bytes, HS_STATE_PROOF_BYTES_MAX);
    hs_write_u8(&writer, (uint8_t)proof->tree);
    hs_write_bytes(&writer, proof->other_root.bytes, HS_HASH_BYTES);
    hs_write_u16(&writer, (uint16_t)path->branch_count);
    for (uint32_t i = 0; i < path->branch_count; i++) {
        hs_write_u8(&writer, path->branches[i].bit);
        hs_write_bytes(&writer, path->branches[i].sibling, HS_HASH_BYTES);
    }
    hs_write_u8(&writer, path->has_leaf);
    if (path->has_leaf) {
        hs_write_bytes(&writer, path->leaf_path.bytes, HS_HASH_BYTES);
        hs_write_u8(&writer, path->leaf_value.size);
        hs_write_bytes(&writer, path->leaf_value.bytes, path->leaf_value.size);
    }
    HS_ASSERT(!writer.failed);
    return writer.offset;
}

static void read_branches(struct hs_reader *reader, struct hs_state_proof *path)
{
    for (uint32_t i = 0; i < path->branch_count && !reader->failed; i++) {
        path->branches[i].bit = hs_read_u8(reader);
        hs_read_bytes(reader, path->branches[i].sibling, HS_HASH_BYTES);
        if (i > 0 && path->branches[i].bit <= path->branches[i - 1].bit) {
            hs_reader_fail(reader);
        }
    }
}

static void read_leaf(struct hs_reader *reader, struct hs_state_proof *path)
{
    hs_read_bytes(reader, path->leaf_path.bytes, HS_HASH_BYTES);
    path->leaf_value.size = hs_read_u8(reader);
    if (path->leaf_value.size == 0 || path->leaf_value.size > HS_STATE_VALUE_BYTES_MAX) {
        hs_reader_fail(reader);
        return;
    }
    hs_read_bytes(reader, path->leaf_value.bytes, path->leaf_value.size);
}

enum hs_status hs_state_proof_decode(struct hs_ledger_proof *proof, struct hs_bytes bytes)
{
    memset(proof, 0, sizeof *proof);
    struct hs_state_proof *path = &proof->path;
    struct hs_reader reader = hs_reader_over(bytes.data, bytes.size);
    const uint8_t tree = hs_read_u8(&reader);
    hs_read_bytes(&reader, proof->other_root.bytes, HS_HASH_BYTES);
    path->branch_count = hs_read_u16(&reader);
    if (tree >= HS_LEDGER_TREES || path->branch_count > HS_STATE_PATH_BITS) {
        return HS_MALFORMED;
    }
    proof->tree = (enum hs_ledger_tree)tree;
    read_branches(&reader, path);
    const uint8_t has_leaf = hs_read_u8(&reader);
    if (has_leaf > 1 || (has_leaf == 0 && path->branch_count > 0)) {
        return HS_MALFORMED;
    }
    path->has_leaf = has_leaf == 1;
    if (path->has_leaf) {
        read_leaf(&reader, path);
    }
    return hs_reader_end(&reader);
}
