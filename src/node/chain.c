/* Blocks above the last committed one: their payloads, execution and commits.
 *
 * A block is held from the moment it is offered to the core until it is committed or its branch
 * is dropped. It is appended to the log when it is executed, so a parent stands before its
 * children there, and only blocks that the core took in are written (D2 needs no more).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mutants.h"
#include "crypto/vrf.h"
#include "node/node_internal.h"
#include "node/tail.h"
#include "wire/header.h"
#include "wire/payload.h"

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

enum hs_status hs_chain_init(struct hs_node *node)
{
    /* Room for the tree, and for blocks offered to the core that it has not taken in. */
    node->chain.own_transactions_max = node->config.block_transactions_max;
    node->chain.held_capacity = node->config.tree_blocks_max + HS_SYNC_ORPHANS;
    node->chain.held = calloc(node->chain.held_capacity, sizeof(node->chain.held[0]));
    return node->chain.held != NULL ? HS_OK : HS_OUT_OF_MEMORY;
}

static void forget(struct hs_node *node, struct hs_held_block *held)
{
    if (held->buffer != NULL) {
        hs_buffer_release(held->buffer);
    }
    free(held->transactions);
    *held = (struct hs_held_block){0};
    struct hs_chain *chain = &node->chain;
    while (chain->held_end > 0 && !chain->held[chain->held_end - 1].used) {
        chain->held_end--;
    }
}

void hs_chain_free(struct hs_node *node)
{
    while (node->chain.held_end > 0) {
        forget(node, &node->chain.held[node->chain.held_end - 1]);
    }
    free(node->chain.held);
    while (node->chain.commits_first != NULL) {
        struct hs_commit_entry *entry = node->chain.commits_first;
        node->chain.commits_first = entry->next;
        free(entry->transactions);
        free(entry);
    }
}

struct hs_held_block *hs_chain_find(struct hs_node *node, const struct hs_block_id *id)
{
    for (uint32_t i = 0; i < node->chain.held_end; i++) {
        struct hs_held_block *held = &node->chain.held[i];
        if (held->used && same_id(&held->block.id, id)) {
            return held;
        }
    }
    return NULL;
}

/* -- payloads ------------------------------------------------------------------- */

/* Fills `transactions` with what the application says of each; any thread. */
static enum hs_status inspect_all(const struct hs_application *application,
                                  const struct hs_bytes split[], size_t count,
                                  struct hs_transaction_summary transactions[],
                                  struct hs_transaction_id ids[])
{
    for (size_t i = 0; i < count; i++) {
        enum hs_status status =
            application->inspect(application->context, split[i], &transactions[i]);
        if (status != HS_OK) {
            return HS_BAD_BLOCK;
        }
        ids[i] = transactions[i].id;
    }
    return HS_OK;
}

static enum hs_status check_split(const struct hs_application *application,
                                  const struct hs_block_header *header, struct hs_bytes payload,
                                  struct hs_bytes split[], struct hs_transaction_id ids[],
                                  struct hs_transaction_summary transactions[])
{
    size_t count = 0;
    if (hs_payload_split(split, &count, header->transaction_count, payload) != HS_OK ||
        count != header->transaction_count) {
        return HS_BAD_BLOCK;
    }
    enum hs_status status = inspect_all(application, split, count, transactions, ids);
    if (status != HS_OK) {
        return status;
    }
    struct hs_payload_root root;
    hs_payload_root_of(&root, ids, count);
    return memcmp(&root, &header->payload_root, sizeof(root)) == 0 ? HS_OK : HS_BAD_BLOCK;
}

enum hs_status hs_chain_check_payload(const struct hs_application *application,
                                      const struct hs_block_header *header, struct hs_bytes payload,
                                      struct hs_transaction_summary **transactions)
{
    *transactions = NULL;
    size_t count = header->transaction_count;
    if (payload.size != header->payload_bytes || count > HS_BLOCK_TRANSACTIONS_MAX ||
        count > payload.size) {
        return HS_BAD_BLOCK;
    }
    /* At least one of each, so that an empty block needs no case of its own. */
    struct hs_bytes *split = calloc(count + 1, sizeof(split[0]));
    struct hs_transaction_id *ids = calloc(count + 1, sizeof(ids[0]));
    *transactions = calloc(count + 1, sizeof((*transactions)[0]));
    enum hs_status status = HS_OUT_OF_MEMORY;
    if (split != NULL && ids != NULL && *transactions != NULL) {
        status = check_split(application, header, payload, split, ids, *transactions);
    }
    free(split);
    free(ids);
    if (status != HS_OK) {
        free(*transactions);
        *transactions = NULL;
    }
    return status;
}

static bool drop_evicted(struct hs_node *node);

static struct hs_held_block *find_place(struct hs_node *node)
{
    for (uint32_t i = 0; i < node->chain.held_capacity; i++) {
        if (!node->chain.held[i].used) {
            node->chain.held_end = i < node->chain.held_end ? node->chain.held_end : i + 1;
            return &node->chain.held[i];
        }
    }
    return NULL;
}

enum hs_status hs_chain_hold(struct hs_node *node, const struct hs_block *block,
                             struct hs_buffer *buffer, struct hs_bytes payload,
                             struct hs_transaction_summary *transactions)
{
    if (hs_chain_find(node, &block->id) != NULL) {
        free(transactions);
        return HS_DUPLICATE;
    }
    struct hs_held_block *held = find_place(node);
    if (held == NULL && drop_evicted(node)) {
        held = find_place(node);
    }
    if (held == NULL) {
        free(transactions);
        return HS_FULL;
    }
    *held = (struct hs_held_block){
        .used = true,
        .block = *block,
        .buffer = buffer != NULL ? hs_buffer_retain(buffer) : NULL,
        .payload = payload,
        .transactions = transactions,
    };
    return HS_OK;
}

/* -- execution --------------------------------------------------------------------- */

static void collect_ids(const struct hs_held_block *held, struct hs_transaction_id ids[])
{
    for (uint32_t i = 0; i < held->block.header.transaction_count; i++) {
        ids[i] = held->transactions[i].id;
    }
}

static bool parent_state(struct hs_node *node, const struct hs_block_id *parent_id,
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
static enum hs_status execute(struct hs_node *node, struct hs_state parent,
                              const struct hs_block_context *context, size_t count, bool included[],
                              struct hs_state *state, struct hs_state_root *root)
{
    const struct hs_application *application = &node->application;
    enum hs_status status = application->execute(application->context, parent, context, node->split,
                                                 count, included, state, root);
    if (status == HS_FULL && drop_evicted(node)) {
        status = application->execute(application->context, parent, context, node->split, count,
                                      included, state, root);
    }
    return status;
}

/* P4: it serves only to commit the last block of the epoch. It runs nothing, and its state is that of
 * the last block, in the same slot, which it never releases. */
static bool is_tail(const struct hs_node *node, const struct hs_block_header *header)
{
    return header->height > node->epoch->fixed.last_height;
}

static struct hs_block_context context_of(const struct hs_node *node,
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
    if (!parent_state(node, &header->parent_id, &parent)) {
        return HS_UNKNOWN_PARENT;
    }
    size_t count = 0;
    enum hs_status status =
        hs_payload_split(node->split, &count, HS_BLOCK_TRANSACTIONS_MAX, payload);
    HS_ASSERT(status == HS_OK && count == header->transaction_count); /* checked when held */

    struct hs_block_context context = context_of(node, header);
    const struct hs_application *application = &node->application;
    struct hs_amount base_fee = application->base_fee(application->context, parent);
    struct hs_state_root root;
    if (base_fee.units != header->base_fee.units && !HS_MUTANT_BASE_FEE_UNCHECKED) {
        status = HS_BAD_BLOCK;
    } else if (is_tail(node, header)) {
        held->state = parent;
        root = header->state_root; /* its parent's: S1 */
        status = count == 0 ? HS_OK : HS_BAD_BLOCK;
    } else {
        status = execute(node, parent, &context, count, NULL, &held->state, &root);
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
        collect_ids(held, node->ids);
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

static void grow_own_blocks(struct hs_node *node)
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
        forget(node, held);
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
    struct hs_block_context context = context_of(node, header);
    enum hs_status status =
        execute(node, state_before, &context, selected, node->included, state, &header->state_root);
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
    if (!parent_state(node, &parent->id, &state_before)) {
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
        is_tail(node, header) ? HS_OK : fill(node, header, state_before, &state, &count);
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
    if (status != HS_OK && !is_tail(node, header)) {
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

/* -- what a commit leaves behind ---------------------------------------------------------- */

/* The pool forgets what the block's senders have used up: a sender's transactions stand in a block
 * in the order of their nonces. */
static void advance_mempool(struct hs_node *node, const struct hs_held_block *held)
{
    for (uint32_t i = 0; i < held->block.header.transaction_count; i++) {
        const struct hs_transaction_summary *transaction = &held->transactions[i];
        hs_mempool_advance(node->mempool, &transaction->sender,
                           transaction->nonce + (HS_MUTANT_REPLAY ? 0 : 1));
    }
}

static void queue_commit(struct hs_node *node, struct hs_held_block *held,
                         const struct hs_qc *certificate)
{
    struct hs_chain *chain = &node->chain;
    struct hs_commit_entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        hs_node_fail_writes(node, "memory for a commit");
        return;
    }
    entry->block = held->block;
    entry->transactions = held->transactions;
    held->transactions = NULL;
    entry->has_certificate = certificate != NULL;
    if (certificate != NULL) {
        entry->certificate = *certificate;
    }
    if (chain->commits_last != NULL) {
        chain->commits_last->next = entry;
    } else {
        chain->commits_first = entry;
    }
    chain->commits_last = entry;
    chain->unlogged = chain->unlogged != NULL ? chain->unlogged : entry;
    chain->commits_count++;
}

/* -- losing branches ------------------------------------------------------------------- */

/* Forgets a block that is not committed and has no executed children. */
void hs_chain_drop(struct hs_node *node, struct hs_held_block *held)
{
    if (held->executed && held->valid && !is_tail(node, &held->block.header)) {
        node->application.release(node->application.context, held->state); /* X4 */
        collect_ids(held, node->ids);
        hs_mempool_unmark(node->mempool, node->ids, held->block.header.transaction_count);
    }
    forget(node, held);
}

void hs_chain_drop_all(struct hs_node *node)
{
    node->chain.execute_waiting = false;
    while (node->chain.held_end > 0) {
        hs_chain_drop(node, &node->chain.held[node->chain.held_end - 1]);
    }
}

static bool descends_from(struct hs_node *node, const struct hs_held_block *held,
                          const struct hs_block_id *ancestor)
{
    while (held != NULL && !same_id(&held->block.id, ancestor)) {
        held = hs_chain_find(node, &held->block.header.parent_id);
    }
    return held != NULL;
}

/* The highest executed block that does not descend from `winner`: no child of it is left. */
static struct hs_held_block *highest_loser(struct hs_node *node, const struct hs_block_id *winner)
{
    struct hs_held_block *highest = NULL;
    for (uint32_t i = 0; i < node->chain.held_end; i++) {
        struct hs_held_block *held = &node->chain.held[i];
        if (held->used && held->executed && !descends_from(node, held, winner) &&
            (highest == NULL || held->block.header.height > highest->block.header.height)) {
            highest = held;
        }
    }
    return highest;
}

/* A block that was offered to the core and not taken in. */
void hs_chain_drop_refused(struct hs_node *node, const struct hs_block_id *id)
{
    struct hs_held_block *held = hs_chain_find(node, id);
    if (held != NULL && !held->executed && !hs_core_holds(node->epoch->core, id)) {
        hs_chain_drop(node, held);
    }
}

/* Blocks that the core never took in and no longer can. */
void hs_chain_drop_unheld(struct hs_node *node)
{
    struct hs_core_status core;
    hs_core_status(node->epoch->core, &core);
    for (uint32_t i = 0; i < node->chain.held_end; i++) {
        struct hs_held_block *held = &node->chain.held[i];
        if (held->used && !held->executed && held->block.header.view < core.view &&
            !hs_core_holds(node->epoch->core, &held->block.id)) {
            hs_chain_drop(node, held);
        }
    }
}

static bool has_child(const struct hs_node *node, const struct hs_held_block *parent)
{
    for (uint32_t i = 0; i < node->chain.held_end; i++) {
        const struct hs_held_block *held = &node->chain.held[i];
        if (held->used && same_id(&held->block.header.parent_id, &parent->block.id)) {
            return true;
        }
    }
    return false;
}

/* Blocks that the core took in and dropped for want of room (L14). They are of views that are over;
 * a block that was just built is not yet the core's. False: there is none. */
static bool drop_evicted(struct hs_node *node)
{
    if (node->epoch->core == NULL) {
        return false; /* recovering: hs_chain_make_room */
    }
    struct hs_core_status core;
    hs_core_status(node->epoch->core, &core);
    bool dropped = false;
    for (uint32_t i = node->chain.held_end; i > 0; i--) {
        struct hs_held_block *held = &node->chain.held[i - 1];
        if (held->used && held->block.header.view < core.view && !has_child(node, held) &&
            !hs_core_holds(node->epoch->core, &held->block.id)) {
            hs_block_log_forget(node->durability.log, &held->block.id);
            hs_chain_drop(node, held);
            dropped = true;
        }
    }
    return dropped;
}

/* While the log is replayed: with as many blocks as the core's tree has room for, the oldest one
 * without a child goes, as it did, or would have, in the tree (L14). */
void hs_chain_make_room(struct hs_node *node)
{
    uint32_t count = 0;
    struct hs_held_block *oldest = NULL;
    for (uint32_t i = 0; i < node->chain.held_end; i++) {
        struct hs_held_block *held = &node->chain.held[i];
        count += held->used ? 1 : 0;
        if (held->used && (oldest == NULL || held->block.header.view < oldest->block.header.view) &&
            !has_child(node, held)) {
            oldest = held;
        }
    }
    if (count + 1 >= node->config.tree_blocks_max && oldest != NULL) {
        hs_chain_drop(node, oldest);
    }
}

/* -- commits ------------------------------------------------------------------------------ */

static void commit_one(struct hs_node *node, struct hs_held_block *winner, bool report,
                       const struct hs_qc *certificate)
{
    const struct hs_application *application = &node->application;
    HS_ASSERT(winner->executed && winner->valid);
    struct hs_held_block *loser = highest_loser(node, &winner->block.id);
    while (loser != NULL) {
        hs_chain_drop(node, loser);
        loser = highest_loser(node, &winner->block.id);
    }
    application->commit(application->context, winner->state);
    node->chain.committed = winner->block;
    node->chain.committed_state = winner->state;
    advance_mempool(node, winner);
    if (winner->block.header.proposer == node->epoch->self) {
        grow_own_blocks(node);
    }
    if (report) {
        queue_commit(node, winner, certificate);
    }
    forget(node, winner);
}

/* The block on the way to `id` that comes next after the committed one. */
static struct hs_held_block *next_towards(struct hs_node *node, const struct hs_block_id *id)
{
    struct hs_held_block *held = hs_chain_find(node, id);
    while (held != NULL && !same_id(&held->block.header.parent_id, &node->chain.committed.id)) {
        held = hs_chain_find(node, &held->block.header.parent_id);
    }
    return held;
}

enum hs_status hs_chain_apply_commit(struct hs_node *node, const struct hs_block_id *id,
                                     bool report, const struct hs_qc *certificate)
{
    while (!same_id(&node->chain.committed.id, id)) {
        struct hs_held_block *next = next_towards(node, id);
        if (next == NULL || !next->executed || !next->valid) {
            return HS_CORRUPT;
        }
        bool last = same_id(&next->block.id, id);
        commit_one(node, next, report, last ? certificate : NULL);
    }
    return HS_OK;
}

/* COMMIT (S5). Reported once it is durable (D7). */
void hs_chain_commit(struct hs_node *node, const struct hs_block_id *id,
                     const struct hs_qc *certificate)
{
    enum hs_status status = hs_chain_apply_commit(node, id, true, certificate);
    HS_ASSERT(status == HS_OK); /* the core commits only what was executed here */
    hs_chain_log_commits(node);
    if (HS_MUTANT_EARLY_REPORT) {
        hs_chain_commits_durable(node, UINT64_MAX);
    }
    hs_state_snapshot_maybe_begin(node);
    hs_durability_flush(node);
    hs_peers_note_commit(node);
}

/* Appends the commits that are not in the log yet, as far as it has room. */
void hs_chain_log_commits(struct hs_node *node)
{
    struct hs_chain *chain = &node->chain;
    while (chain->unlogged != NULL) {
        struct hs_commit_entry *entry = chain->unlogged;
        uint8_t bytes[HS_LOG_CERTIFICATE_BYTES_MAX];
        struct hs_writer writer = hs_writer_over(bytes, sizeof(bytes));
        if (entry->has_certificate) {
            hs_qc_write(&writer, &entry->certificate, node->epoch->fixed.validators.count);
        }
        if (entry->has_certificate &&
            entry->block.header.height == node->epoch->fixed.last_height) {
            hs_tail_write(node, &writer, &entry->certificate, &entry->block.id);
        }
        struct hs_log_commit commit = {
            .block_id = entry->block.id,
            .height = entry->block.header.height,
            .certificate = {bytes, writer.offset},
        };
        enum hs_status status = hs_block_log_append_commit(node->durability.log, &commit);
        if (status == HS_FULL) {
            hs_durability_flush(node);
            return;
        }
        if (status != HS_OK) {
            hs_node_fail_writes(node, "block log");
            return;
        }
        chain->unlogged = entry->next;
    }
}

static void report(struct hs_node *node, const struct hs_commit_entry *entry)
{
    const struct hs_block *block = &entry->block;
    uint32_t count = block->header.transaction_count;
    for (uint32_t i = 0; i < count; i++) {
        node->ids[i] = entry->transactions[i].id;
        hs_recent_transactions_add(node->recent, &node->ids[i], block->header.height);
    }
    uint64_t now_ms = node->config.clock.unix_ms(node->config.clock.context);
    uint64_t proposed_ms = block->header.timestamp_ms;
    node->chain.commit_latency_ms = now_ms > proposed_ms ? now_ms - proposed_ms : 0;
    node->chain.durable = *block;
    node->counters.blocks_committed++;
    node->counters.transactions_committed += count;
    if (node->committed_callback != NULL) {
        node->committed_callback(node->committed_context, block, node->ids, count);
    }
}

/* Is the transaction in a block that is committed but not durable yet? */
bool hs_chain_commit_waits(const struct hs_node *node, const struct hs_transaction_id *id)
{
    for (const struct hs_commit_entry *entry = node->chain.commits_first; entry != NULL;
         entry = entry->next) {
        for (uint32_t i = 0; i < entry->block.header.transaction_count; i++) {
            if (memcmp(&entry->transactions[i].id, id, sizeof(*id)) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* D7: all commits up to `height` are on disk. */
void hs_chain_commits_durable(struct hs_node *node, uint64_t height)
{
    struct hs_chain *chain = &node->chain;
    while (chain->commits_first != chain->unlogged &&
           chain->commits_first->block.header.height <= height) {
        struct hs_commit_entry *entry = chain->commits_first;
        report(node, entry);
        chain->commits_first = entry->next;
        if (chain->commits_first == NULL) {
            chain->commits_last = NULL;
        }
        chain->commits_count--;
        free(entry->transactions);
        free(entry);
    }
    hs_state_snapshot_advance(node);
}
