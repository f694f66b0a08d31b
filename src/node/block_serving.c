/* Serving blocks that peers miss: by id, and by height (L10, P5).
 *
 * A range is of one epoch, since who asks knows the set of its own only, and ends with a certificate
 * over its last block. Within an epoch that is the justify of the next block. The last block of an
 * epoch has none of that kind: the next block's names no signers. Behind it the tail follows, as far
 * as it was needed to commit that block, with the certificate that did (P4).
 *
 *     from ── ... ── B(e) ── tail ── tail + QC      epoch e is over here
 *     from ── ... ── block + justify of the next    it is not, or this is not all of it
 *
 * Headers are read by their own size: the set of an old epoch is known to nobody any more.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "node/node_internal.h"
#include "node/tail.h"

/* Bytes of blocks in one answer; a single larger block goes alone. */
#define RANGE_ANSWER_BYTES (1024u * 1024u)

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* A block from the log. `validator_bits`: hs_header_validator_bits. */
struct served_block {
    struct hs_block_header header;
    struct hs_bytes payload; /* the log's, until it is read again */
    uint32_t validator_bits;
};

static bool read_at(struct hs_node *node, struct hs_log_position position,
                    struct served_block *block)
{
    struct hs_log_block record;
    if (hs_block_log_read_block(node->durability.log, position, &record) != HS_OK) {
        return false;
    }
    block->payload = record.payload;
    block->validator_bits = hs_header_validator_bits(record.header);
    return block->validator_bits > 0 &&
           hs_header_decode(&block->header, record.header, block->validator_bits) == HS_OK;
}

static bool read_height(struct hs_node *node, uint64_t height, struct served_block *block)
{
    struct hs_log_commit commit;
    if (height > node->chain.durable.header.height ||
        hs_block_log_read_commit(node->durability.log, height, &commit) != HS_OK) {
        return false;
    }
    return read_at(node, commit.block_position, block);
}

void hs_sync_serve_block(struct hs_node *node, uint32_t peer, const struct hs_block_id *id)
{
    struct hs_message *message = &node->outgoing;
    struct hs_log_position position;
    struct served_block block = {.validator_bits = node->epoch->fixed.validators.count};
    message->type = HS_MESSAGE_BLOCK_RESPONSE;
    message->block_response.block_id = *id;
    message->block_response.has_block =
        hs_block_log_find_block(node->durability.log, id, &position) == HS_OK &&
        read_at(node, position, &block);
    if (message->block_response.has_block) {
        message->block_response.header = block.header;
        message->block_response.payload = block.payload;
    }
    hs_node_send_message_of(node, peer, HS_CLASS_SYNC, message, block.validator_bits);
}

/* -- certificates ---------------------------------------------------------------------- */

/* What proves that the block of this height ended its epoch. `tail` holds the places of the tail's
 * blocks, none when it ended nothing. */
struct proof {
    struct hs_qc certificate;
    uint32_t count;
    struct hs_log_position tail[HS_TAIL_BLOCKS_MAX];
};

static bool read_proof(struct hs_node *node, uint64_t height, struct proof *proof)
{
    struct served_block block;
    struct hs_log_commit commit;
    struct hs_commit_mark mark;
    if (!read_height(node, height, &block) ||
        hs_block_log_read_commit(node->durability.log, height, &commit) != HS_OK ||
        commit.certificate.size == 0 ||
        hs_commit_mark_read(&mark, commit.certificate, block.validator_bits) != HS_OK) {
        return false;
    }
    proof->certificate = mark.certificate;
    proof->count = hs_tail_count(mark.tail);
    for (uint32_t i = 0; i < proof->count; i++) {
        proof->tail[i] = hs_tail_position(mark.tail, i);
    }
    return proof->count > 0;
}

/* A certificate over a block is the justify of any child. */
static bool find_certificate(const struct hs_node *node, const struct hs_block_id *id,
                             struct hs_qc *certificate)
{
    for (uint32_t i = 0; i < node->chain.held_end; i++) {
        const struct hs_held_block *held = &node->chain.held[i];
        if (held->used && held->executed && same_id(&held->block.header.parent_id, id) &&
            held->block.header.justify.view > 0) {
            *certificate = held->block.header.justify;
            return true;
        }
    }
    return false;
}

static bool certificate_of_last(struct hs_node *node, uint64_t height, struct hs_qc *certificate)
{
    struct served_block child;
    struct proof *proof = malloc(sizeof(*proof));
    bool found =
        proof != NULL && read_proof(node, height, proof) && read_at(node, proof->tail[0], &child);
    if (found) {
        *certificate = child.header.justify;
    }
    free(proof);
    return found;
}

bool hs_sync_certificate_of(struct hs_node *node, uint64_t height, const struct hs_block_id *id,
                            struct hs_qc *certificate)
{
    struct served_block child;
    if (!read_height(node, height + 1, &child)) {
        return find_certificate(node, id, certificate) ||
               certificate_of_last(node, height, certificate);
    }
    if (child.header.justify.view == 0) {
        return certificate_of_last(node, height, certificate);
    }
    *certificate = child.header.justify;
    return true;
}

/* -- ranges ------------------------------------------------------------------------------- */

struct range {
    struct hs_writer writer;
    uint32_t count;
    uint32_t validator_bits;
    uint64_t next_height; /* not yet in it */
    struct hs_block_id last_id;
    bool has_qc;
    struct hs_qc qc;
};

static bool has_room(const struct range *range)
{
    return range->count < HS_RANGE_BLOCKS_MAX && range->writer.offset < RANGE_ANSWER_BYTES;
}

static void add(struct range *range, const struct served_block *block)
{
    hs_block_write(&range->writer, &block->header, block->payload, block->validator_bits);
    hs_block_id_of(&range->last_id, &block->header, block->validator_bits);
    range->validator_bits = block->validator_bits;
    range->next_height = block->header.height + 1;
    range->count++;
}

/* The committed blocks of the epoch from `next_height` on. */
static void add_committed(struct hs_node *node, struct range *range, uint64_t epoch)
{
    struct served_block block;
    while (has_room(range) && read_height(node, range->next_height, &block) &&
           block.header.epoch == epoch) {
        add(range, &block);
    }
}

uint64_t hs_sync_last_height_of(struct hs_node *node, uint64_t epoch)
{
    uint64_t below = 0; /* of the epoch, or before it */
    uint64_t above = node->chain.durable.header.height + 1;
    while (below + 1 < above) {
        uint64_t middle = below + (above - below) / 2;
        struct hs_log_commit commit;
        struct hs_log_block head;
        if (hs_block_log_read_commit(node->durability.log, middle, &commit) == HS_OK &&
            hs_block_log_read_header(node->durability.log, commit.block_position, &head) == HS_OK &&
            head.epoch > epoch) {
            above = middle;
        } else {
            below = middle;
        }
    }
    return below;
}

/* The tail above `last`, the height of the epoch's last block, from `next_height` on. */
static void add_tail(struct hs_node *node, struct range *range, uint64_t last)
{
    struct proof *proof = malloc(sizeof(*proof));
    struct served_block block;
    if (proof == NULL || !read_proof(node, last, proof)) {
        free(proof);
        return;
    }
    uint64_t index = range->next_height - last - 1;
    while (has_room(range) && index < proof->count && read_at(node, proof->tail[index], &block)) {
        add(range, &block);
        index++;
    }
    if (index >= proof->count) {
        range->has_qc = range->count > 0;
        range->qc = proof->certificate;
    } else if (read_at(node, proof->tail[index], &block)) {
        range->has_qc = range->count > 0;
        range->qc = block.header.justify;
    }
    free(proof);
}

static void fill_range(struct hs_node *node, struct range *range, uint64_t epoch)
{
    uint64_t own = hs_node_epoch_number(node);
    bool over = epoch < own || (epoch == own && hs_epoch_is_over(node));
    add_committed(node, range, epoch);
    uint64_t last = range->next_height - 1;
    if (over && range->count == 0) {
        last = hs_sync_last_height_of(node, epoch);
    }
    if (over && range->next_height > last) {
        add_tail(node, range, last);
    }
    if (!range->has_qc && range->count > 0) {
        range->has_qc =
            hs_sync_certificate_of(node, range->next_height - 1, &range->last_id, &range->qc);
    }
}

void hs_sync_serve_range(struct hs_node *node, uint32_t peer, uint64_t epoch, uint64_t from_height)
{
    uint8_t *area = malloc(HS_MESSAGE_BYTES_MAX);
    if (area == NULL || from_height == 0) {
        free(area);
        return;
    }
    struct range range = {
        .writer = hs_writer_over(area, HS_PAYLOAD_BYTES_MAX + RANGE_ANSWER_BYTES),
        .validator_bits = node->epoch->fixed.validators.count,
        .next_height = from_height,
    };
    fill_range(node, &range, epoch);
    HS_ASSERT(!range.writer.failed);
    struct hs_message *message = &node->outgoing;
    message->type = HS_MESSAGE_RANGE_RESPONSE;
    message->range_response.has_qc = range.has_qc;
    message->range_response.qc = range.qc;
    /* Without a certificate nothing of it could be believed. */
    message->range_response.block_count = range.has_qc ? range.count : 0;
    message->range_response.blocks =
        (struct hs_bytes){area, range.has_qc ? range.writer.offset : 0};
    hs_node_send_message_of(node, peer, HS_CLASS_SYNC, message, range.validator_bits);
    free(area);
}
