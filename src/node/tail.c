/* What proves that an epoch ended: its tail, and the certificate above it (P4).
 *
 * B(e) is committed by a certificate over one of the tail blocks above it, often the first. Nobody
 * commits these, so no height leads to them; but whoever comes later has to see them, once, to commit
 * B(e) too (P5). So the commit mark of B(e) in the log says where they are:
 *
 *     QC || positions, each segment u64 || offset u32, from B(e)'s child up to the QC's block
 *
 * Every tail block was appended before that mark. A longer tail than HS_TAIL_BLOCKS_MAX, which is as
 * many views without two good ones in a row, is not kept: those who were there go on.
 */
#include "node/tail.h"

#include <string.h>

#include "node/node_internal.h"

#define POSITION_BYTES (8u + 4u)

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* -- written ---------------------------------------------------------------------------- */

/* How many blocks lead from `id` down to the block below them all; 0: more than are kept. */
static uint32_t length_of(struct hs_node *node, const struct hs_block_id *id,
                          const struct hs_block_id *below)
{
    uint32_t count = 0;
    const struct hs_held_block *held = hs_chain_find(node, id);
    while (held != NULL && count < HS_TAIL_BLOCKS_MAX && !same_id(&held->block.id, below)) {
        count++;
        if (same_id(&held->block.header.parent_id, below)) {
            return count;
        }
        held = hs_chain_find(node, &held->block.header.parent_id);
    }
    return 0;
}

void hs_tail_write(struct hs_node *node, struct hs_writer *writer, const struct hs_qc *certificate,
                   const struct hs_block_id *last)
{
    uint32_t count = length_of(node, &certificate->block_id, last);
    struct hs_log_position positions[HS_TAIL_BLOCKS_MAX];
    const struct hs_held_block *held = hs_chain_find(node, &certificate->block_id);
    for (uint32_t i = count; i-- > 0;) {
        if (hs_block_log_find_block(node->durability.log, &held->block.id, &positions[i]) !=
            HS_OK) {
            return;
        }
        held = hs_chain_find(node, &held->block.header.parent_id);
    }
    for (uint32_t i = 0; i < count; i++) {
        hs_write_u64(writer, positions[i].segment);
        hs_write_u32(writer, positions[i].offset);
    }
}

/* -- read -------------------------------------------------------------------------------- */

enum hs_status hs_tail_read(struct hs_qc *certificate, struct hs_bytes *tail, struct hs_bytes bytes,
                            uint32_t validator_count)
{
    size_t qc_bytes = hs_qc_encoded_size(validator_count);
    if (bytes.size < qc_bytes || (bytes.size - qc_bytes) % POSITION_BYTES != 0) {
        return HS_CORRUPT;
    }
    *tail = (struct hs_bytes){bytes.data + qc_bytes, bytes.size - qc_bytes};
    struct hs_bytes qc = {bytes.data, qc_bytes};
    return hs_qc_decode(certificate, qc, validator_count) == HS_OK ? HS_OK : HS_CORRUPT;
}

uint32_t hs_tail_count(struct hs_bytes tail)
{
    return (uint32_t)(tail.size / POSITION_BYTES);
}

struct hs_log_position hs_tail_position(struct hs_bytes tail, uint32_t index)
{
    struct hs_reader reader = hs_reader_over(tail.data + index * POSITION_BYTES, POSITION_BYTES);
    struct hs_log_position position = {.segment = hs_read_u64(&reader)};
    position.offset = hs_read_u32(&reader);
    return position;
}
