/* The execution of held blocks: each on the state of its parent, once, before it is voted for (X1).
 */
#include "node/chain_parts.h"

#include <string.h>

#include "base/assert.h"
#include "base/mutants.h"
#include "crypto/vrf.h"
#include "wire/payload.h"

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

void hs_chain_collect_ids(const struct hs_held_block *held, struct hs_transaction_id ids[])
{
    for (uint32_t i = 0; i < held->block.header.transaction_count; i++) {
        ids[i] = held->transactions[i].id;
    }
}

bool hs_chain_parent_state(struct hs_node *node, const struct hs_block_id *parent_id,
                           struct hs_state *state)
{
    if (same_id(parent_id, &node->chain.committed.id)) {
        *state = node->chain.committed_state;
        return true;
    }
    const struct hs_held_block *parent = hs_chain_find(node, parent_id);
    if (parent == NULL || !parent->executed || !parent->valid) {
        return false;
    }
    *state = parent->state;
    return true;
}

/* The application's execute. When it has no room for another state, those go first that blocks left
 * behind which the core has dropped (L14). */
enum hs_status hs_chain_run(struct hs_node *node, struct hs_state parent,
                            const struct hs_block_context *context, size_t count, bool included[],
                            struct hs_state *state, struct hs_state_root *root)
{
    const struct hs_application *application = &node->application;
    enum hs_status status = application->execute(application->context, parent, context, node->split,
                                                 count, included, state, root);
    if (status == HS_FULL && hs_chain_drop_evicted(node)) {
        status = application->execute(application->context, parent, context, node->split, count,
                                      included, state, root);
    }
    return status;
}

/* P4: it serves only to commit the last block of the epoch. It runs nothing, and its state is that of
 * the last block, in the same slot, which it never releases. */
bool hs_chain_is_tail(const struct hs_node *node, const struct hs_block_header *header)
{
    return header->height > node->epoch->fixed.last_height;
}

struct hs_block_context hs_chain_context_of(const struct hs_node *node,
                                            const struct hs_block_header *header)
{
    struct hs_block_context context = {
        .epoch = header->epoch,
        .height = header->height,
        .view = header->view,
        .parent_view = header->justify.view, /* S1; of the certificate of view 0 it is 0 */
        .proposer = header->proposer,
        .fee_recipient = node->epoch->fixed.validators.validators[header->proposer].fee_recipient,
        .base_fee = header->base_fee,
    };
    struct hs_vrf_proof proof;
    if (header->vrf_proof_bytes == sizeof proof.signature.bytes) { /* P3 */
        memcpy(proof.signature.bytes, header->vrf_proof, sizeof proof.signature.bytes);
        hs_vrf_output_of(&context.vrf_output, &proof);
    }
    return context;
}

/* A child of `state` would carry another base fee: under it the pool ranks what waits. Called for every
 * block that was executed, and for the parent of one to be built. */
void hs_chain_follow_base_fee(struct hs_node *node, struct hs_state state)
{
    const struct hs_application *application = &node->application;
    hs_mempool_set_base_fee(node->mempool, application->base_fee(application->context, state));
}

/* X1, X2: executes a held block on its parent's state. HS_OK: executed, `valid` says with what
 * outcome. HS_FULL: the application has no room for another state. */
enum hs_status hs_chain_execute_held(struct hs_node *node, struct hs_held_block *held,
                                     struct hs_bytes payload)
{
    const struct hs_block_header *header = &held->block.header;
    struct hs_state parent;
    if (!hs_chain_parent_state(node, &header->parent_id, &parent)) {
        return HS_UNKNOWN_PARENT;
    }
    size_t count = 0;
    enum hs_status status =
        hs_payload_split(node->split, &count, HS_BLOCK_TRANSACTIONS_MAX, payload);
    HS_ASSERT(status == HS_OK && count == header->transaction_count); /* checked when held */

    struct hs_block_context context = hs_chain_context_of(node, header);
    const struct hs_application *application = &node->application;
    struct hs_amount base_fee = application->base_fee(application->context, parent);
    struct hs_state_root root;
    if (base_fee.units != header->base_fee.units && !HS_MUTANT_BASE_FEE_UNCHECKED) {
        status = HS_BAD_BLOCK;
    } else if (hs_chain_is_tail(node, header)) {
        held->state = parent;
        root = header->state_root; /* its parent's: S1 */
        status = count == 0 ? HS_OK : HS_BAD_BLOCK;
    } else {
        status = hs_chain_run(node, parent, &context, count, NULL, &held->state, &root);
    }
    if (status == HS_FULL) {
        return HS_FULL;
    }
    held->executed = true;
    held->valid = status == HS_OK;
    if (held->valid && memcmp(&root, &header->state_root, sizeof(root)) != 0 &&
        !HS_MUTANT_ROOT_UNCHECKED) {
        application->release(application->context, held->state); /* X1 */
        held->valid = false;
    }
    if (held->valid) {
        hs_chain_collect_ids(held, node->ids);
        hs_mempool_mark(node->mempool, node->ids, count);
        hs_chain_follow_base_fee(node, held->state);
    }
    return HS_OK;
}

static void answer_executed(struct hs_node *node, const struct hs_block_id *id, bool valid)
{
    hs_node_defer(
        node, &(struct hs_deferred){.type = HS_DEFERRED_EXECUTED, .block_id = *id, .valid = valid});
}

/* The block is in the log once it is executed: `payload` may be the log's own bytes from then on,
 * and the message it came in can go. */
static enum hs_status log_and_execute(struct hs_node *node, struct hs_held_block *held)
{
    if (node->chain.commits_count >= HS_COMMITS_WAITING_MAX) {
        return HS_FULL;
    }
    enum hs_status status = hs_durability_append_block(node, &held->block, held->payload);
    if (status != HS_OK) {
        return status;
    }
    status = hs_chain_execute_held(node, held, held->payload);
    if (status == HS_OK && held->buffer != NULL) {
        hs_buffer_release(held->buffer);
        held->buffer = NULL;
        held->payload = (struct hs_bytes){NULL, held->payload.size};
    }
    return status;
}

/* EXECUTE. Where there is no room just now it is done later, when a write has come back. */
void hs_chain_execute(struct hs_node *node, const struct hs_block *block)
{
    struct hs_held_block *held = hs_chain_find(node, &block->id);
    HS_ASSERT(held != NULL); /* the core knows only blocks that were held before */
    if (held->executed) {
        answer_executed(node, &block->id, held->valid); /* while recovering */
        return;
    }
    enum hs_status status = log_and_execute(node, held);
    switch (hs_status_reaction(status)) {
    case HS_CONTINUE:
        answer_executed(node, &block->id, held->valid);
        return;
    case HS_STOP:
        hs_node_fail_writes(node, "block log");
        return;
    case HS_IGNORE:
    case HS_REFUSE:
    case HS_DROP_PEER:
        node->chain.execute_waiting = true;
        node->chain.execute_waiting_id = block->id;
        return;
    }
}

void hs_chain_retry_execute(struct hs_node *node)
{
    if (!node->chain.execute_waiting) {
        return;
    }
    node->chain.execute_waiting = false;
    const struct hs_held_block *held = hs_chain_find(node, &node->chain.execute_waiting_id);
    if (held != NULL) {
        hs_chain_execute(node, &held->block);
    } else {
        answer_executed(node, &node->chain.execute_waiting_id, false); /* its branch lost */
    }
    hs_node_run_deferred(node);
}
