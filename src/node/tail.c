/* What proves that an epoch ended, and which one comes next (P4).
 *
 * B(e) is committed by a certificate over one of the tail blocks above it, often the first. Nobody
 * commits these, so no height leads to them; but whoever comes later has to see them, once, to commit
 * B(e) too (P5). So the commit mark of B(e) in the log says where they are:
 *
 *     QC
 *     count u32 || positions, each segment u64 || offset u32, from B(e)'s child up to the QC's block
 *     size u32 || epoch e + 1 (wire/epoch_codec.h)
 *     size u32 || proof of it, under B(e)'s state root
 *
 * Every tail block was appended before that mark. A longer tail than HS_TAIL_BLOCKS_MAX, which is as
 * many views without two good ones in a row, is not kept: those who were there go on.
 *
 * The next epoch and its proof are for clients without a node, who come from one set to the next by
 * them (light/light.h). They are kept because the state of B(e) is not: later ones show other epochs.
 * Without an application that proves epochs, both are empty.
 */
#include "node/tail.h"

#include <stdlib.h>
#include <string.h>

#include "node/node_internal.h"
#include "wire/epoch_codec.h"

#define POSITION_BYTES (8u + 4u)
#define SIZES_BYTES    (3u * 4u)

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

/* The places of the tail's blocks, `positions`; returns how many. */
static uint32_t find_tail(struct hs_node *node,
                          struct hs_log_position positions[HS_TAIL_BLOCKS_MAX],
                          const struct hs_qc *certificate, const struct hs_block_id *last)
{
    uint32_t count = length_of(node, &certificate->block_id, last);
    const struct hs_held_block *held = hs_chain_find(node, &certificate->block_id);
    for (uint32_t i = count; i-- > 0;) {
        if (hs_block_log_find_block(node->durability.log, &held->block.id, &positions[i]) !=
            HS_OK) {
            return 0;
        }
        held = hs_chain_find(node, &held->block.header.parent_id);
    }
    return count;
}

static void write_sized(struct hs_writer *writer, const uint8_t bytes[], size_t size)
{
    hs_write_u32(writer, (uint32_t)size);
    hs_write_bytes(writer, bytes, size);
}

struct next_epoch {
    struct hs_epoch epoch;
    uint8_t bytes[HS_EPOCH_BYTES_MAX];
    uint8_t proof[HS_LOG_EPOCH_PROOF_BYTES_MAX];
};

static void write_next_epoch(const struct hs_node *node, struct hs_writer *writer)
{
    const struct hs_application *application = &node->application;
    const struct hs_state state = node->chain.committed_state;
    const uint64_t number = hs_node_epoch_number(node) + 1;
    struct next_epoch *next = calloc(1, sizeof(*next));
    size_t size = 0;
    size_t proof_size = 0;
    if (next != NULL && application->epoch != NULL && application->prove_epoch != NULL &&
        application->epoch(application->context, state, number, &next->epoch) == HS_OK &&
        application->prove_epoch(application->context, state, number, next->proof, &proof_size,
                                 sizeof(next->proof)) == HS_OK) {
        size = hs_epoch_encode(next->bytes, &next->epoch, node->config.election);
    }
    if (size == 0 || 4 + size + 4 + proof_size > writer->capacity - writer->offset) {
        hs_write_u32(writer, 0);
        hs_write_u32(writer, 0);
    } else {
        write_sized(writer, next->bytes, size);
        write_sized(writer, next->proof, proof_size);
    }
    free(next);
}

void hs_tail_write(struct hs_node *node, struct hs_writer *writer, const struct hs_qc *certificate,
                   const struct hs_block_id *last)
{
    struct hs_log_position positions[HS_TAIL_BLOCKS_MAX];
    uint32_t count = find_tail(node, positions, certificate, last);
    const size_t room = writer->capacity - writer->offset;
    if (SIZES_BYTES + count * POSITION_BYTES > room) {
        count = 0;
    }
    hs_write_u32(writer, count);
    for (uint32_t i = 0; i < count; i++) {
        hs_write_u64(writer, positions[i].segment);
        hs_write_u32(writer, positions[i].offset);
    }
    write_next_epoch(node, writer);
}

/* -- read -------------------------------------------------------------------------------- */

static struct hs_bytes read_span(struct hs_reader *reader, size_t size)
{
    const uint8_t *data = hs_read_span(reader, size);
    return (struct hs_bytes){data, data != NULL ? size : 0};
}

enum hs_status hs_commit_mark_read(struct hs_commit_mark *mark, struct hs_bytes bytes,
                                   uint32_t validator_count)
{
    struct hs_reader reader = hs_reader_over(bytes.data, bytes.size);
    memset(mark, 0, sizeof(*mark));
    hs_qc_read(&reader, &mark->certificate, validator_count);
    mark->ends_epoch = !reader.failed && hs_reader_left(&reader) > 0;
    if (mark->ends_epoch) {
        const uint32_t count = hs_read_u32(&reader);
        if (count > HS_TAIL_BLOCKS_MAX) {
            return HS_CORRUPT;
        }
        mark->tail = read_span(&reader, (size_t)count * POSITION_BYTES);
        mark->next_epoch = read_span(&reader, hs_read_u32(&reader));
        mark->next_epoch_proof = read_span(&reader, hs_read_u32(&reader));
    }
    return hs_reader_end(&reader) == HS_OK ? HS_OK : HS_CORRUPT;
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
