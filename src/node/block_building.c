/* Own blocks: what the pool has, run on the state of the parent, and held as if it had been received.
 */
#include "node/chain_parts.h"

#include <inttypes.h>
#include <string.h>

#include "wire/header.h"
#include "wire/payload.h"

/* -- how large own blocks are ------------------------------------------------------------ */

/* A block that its voters can't check within the timer is lost, and so would be the next one of
 * its size. So a timeout halves what this validator puts into its blocks, down to OWN_BLOCK_MIN,
 * and each of its blocks that commits lets it grow again by a quarter. */
#define OWN_BLOCK_MIN 64u

void hs_chain_shrink_own_blocks(struct hs_node *node)
{
    uint32_t half = node->chain.own_transactions_max / 2;
    uint32_t least = node->config.block_transactions_max < OWN_BLOCK_MIN
                         ? node->config.block_transactions_max
                         : OWN_BLOCK_MIN;
    node->chain.own_transactions_max = half > least ? half : least;
}

void hs_chain_grow_own_blocks(struct hs_node *node)
{
    uint32_t most = node->config.block_transactions_max;
    uint32_t larger = node->chain.own_transactions_max + node->chain.own_transactions_max / 4 + 1;
    node->chain.own_transactions_max = larger < most ? larger : most;
}

/* -- own blocks ------------------------------------------------------------------------ */

/* The time it is, as far as S1 lets it differ from the parent's: after a long halt, blocks catch up. */
static uint64_t timestamp_after(const struct hs_node *node, const struct hs_block *parent)
{
    uint64_t now_ms = node->config.clock.unix_ms(node->config.clock.context);
    uint64_t least_ms = parent->header.timestamp_ms + 1;
    uint64_t most_ms = parent->header.timestamp_ms + HS_BLOCK_TIME_STEP_MAX_MS;
    if (now_ms < least_ms) {
        return least_ms;
    }
    return now_ms < most_ms ? now_ms : most_ms;
}

static bool is_lost(enum hs_status admitted)
{
    return admitted != HS_OK && admitted != HS_FEE_TOO_LOW;
}

/* Moves those that are in the block together. Of the others the pool keeps what the committed state
 * would take, now or later: it may be invalid on this branch only, because one before it stands in
 * a block of another, and branches get lost. What only the committed state's base fee is too high
 * for waits in the pool, as whatever is too low for a base fee does. */
static size_t keep_included(struct hs_node *node, size_t count)
{
    const struct hs_application *application = &node->application;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (node->included[i]) {
            node->split[kept] = node->split[i];
            node->ids[kept] = node->ids[i];
            kept++;
        } else if (is_lost(application->admit(application->context, node->split[i]))) {
            hs_mempool_remove(node->mempool, &node->ids[i]);
        }
    }
    return kept;
}

/* Encodes the payload into a buffer, from which on the block lives as if it had been received. */
static struct hs_buffer *encode_payload(struct hs_node *node, size_t count, size_t *size)
{
    *size = hs_payload_size(node->split, count);
    struct hs_buffer *buffer = hs_buffer_new(*size > 0 ? *size : 1);
    if (buffer != NULL &&
        hs_payload_encode(buffer->data, size, buffer->size, node->split, count) != HS_OK) {
        hs_buffer_release(buffer);
        buffer = NULL;
    }
    return buffer;
}

static enum hs_status hold_built(struct hs_node *node, const struct hs_block *block,
                                 struct hs_buffer *buffer, size_t payload_bytes,
                                 struct hs_state state)
{
    struct hs_bytes payload = {buffer->data, payload_bytes};
    struct hs_transaction_summary *transactions;
    enum hs_status status =
        hs_chain_check_payload(&node->application, &block->header, payload, &transactions);
    if (status == HS_OK) {
        status = hs_chain_hold(node, block, buffer, payload, transactions);
    }
    if (status != HS_OK) {
        return status;
    }
    struct hs_held_block *held = hs_chain_find(node, &block->id);
    status = hs_durability_append_block(node, block, payload);
    if (status != HS_OK) {
        hs_chain_forget(node, held);
        return status;
    }
    held->executed = true;
    held->valid = true;
    held->state = state;
    hs_mempool_mark(node->mempool, node->ids, block->header.transaction_count);
    hs_chain_follow_base_fee(node, state);
    return HS_OK;
}

/* Takes what the pool has and runs it: the state after it, its root, and how many are in. */
static enum hs_status fill(struct hs_node *node, struct hs_block_header *header,
                           struct hs_state state_before, struct hs_state *state, size_t *count)
{
    hs_chain_follow_base_fee(node, state_before);
    const struct hs_mempool_room room = {
        .count = node->config.block_transactions_max,
        .payload_bytes = node->config.payload_bytes_max,
        .gas = node->application.gas_limit,
    };
    size_t selected = hs_mempool_select(node->mempool, node->split, node->ids, room);
    hs_chain_arrange(node, selected);
    struct hs_block_context context = hs_chain_context_of(node, header);
    enum hs_status status = hs_chain_run(node, state_before, &context, selected, node->included,
                                         state, &header->state_root);
    *count = status == HS_OK ? keep_included(node, selected) : 0;
    return status;
}

static enum hs_status build(struct hs_node *node, uint64_t view, const struct hs_block *parent,
                            const struct hs_qc *justify, struct hs_block *block)
{
    const struct hs_application *application = &node->application;
    struct hs_state state_before;
    if (!hs_core_has_room(node->epoch->core)) {
        return HS_FULL; /* L14: the core would not take it in, but the log would keep it */
    }
    if (!hs_chain_parent_state(node, &parent->id, &state_before)) {
        return HS_UNKNOWN_PARENT;
    }
    struct hs_block_header *header = &block->header;
    *header = (struct hs_block_header){
        .version = HS_HEADER_VERSION,
        .chain_id = node->config.chain_id,
        .epoch = hs_node_epoch_number(node),
        .view = view,
        .height = parent->header.height + 1,
        .parent_id = parent->id,
        .justify = *justify,
        .proposer = node->epoch->self,
        .state_root = parent->header.state_root,
        .timestamp_ms = timestamp_after(node, parent),
        .base_fee = application->base_fee(application->context, state_before),
    };
    if (node->epoch->verifier.has_proofs) {
        header->vrf_proof_bytes = HS_BLS_SIGNATURE_BYTES; /* P3 */
        memcpy(header->vrf_proof, hs_own_proof_find(node, view)->signature.bytes,
               HS_BLS_SIGNATURE_BYTES);
    }
    size_t count = 0;
    struct hs_state state = state_before;
    enum hs_status status =
        hs_chain_is_tail(node, header) ? HS_OK : fill(node, header, state_before, &state, &count);
    if (status != HS_OK) {
        return status;
    }
    size_t payload_bytes;
    struct hs_buffer *buffer = encode_payload(node, count, &payload_bytes);
    status = HS_OUT_OF_MEMORY;
    if (buffer != NULL) {
        hs_payload_root_of(&header->payload_root, node->ids, count);
        header->payload_bytes = (uint32_t)payload_bytes;
        header->transaction_count = (uint32_t)count;
        hs_block_id_of(&block->id, header, node->epoch->fixed.validators.count);
        status = hold_built(node, block, buffer, payload_bytes, state);
        hs_buffer_release(buffer);
    }
    if (status != HS_OK && !hs_chain_is_tail(node, header)) {
        application->release(application->context, state);
    }
    return status;
}

/* BUILD */
void hs_chain_build(struct hs_node *node, uint64_t view, const struct hs_block *parent,
                    const struct hs_qc *justify)
{
    struct hs_block block;
    if (node->epoch->verifier.has_proofs && hs_own_proof_find(node, view) == NULL) {
        hs_own_proofs_await(node, view, parent, justify);
        return;
    }
    enum hs_status status = build(node, view, parent, justify, &block);
    if (status == HS_OK) {
        node->counters.proposals_made++;
    } else {
        hs_log_event(node->config.log, HS_LOG_WARN, HS_LOG_NODE, "block_not_built",
                     "view=%" PRIu64 " reason=%s", view, hs_status_name(status));
    }
    struct hs_deferred answer = {.type = HS_DEFERRED_BUILT, .view = view};
    answer.has_block = status == HS_OK;
    if (answer.has_block) {
        answer.block_id = block.id;
    }
    hs_node_defer(node, &answer);
}
