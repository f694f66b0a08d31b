/* Commits: the application's state follows, the losers go, and what is durable is reported (D7).
 *
 *     COMMIT -> applied, losers dropped -> mark in the log -> on disk -> reported
 *
 * A commit mark of an epoch's last block says where its tail is (P4, tail.c).
 */
#include "node/chain_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mutants.h"
#include "node/tail.h"

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
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

/* -- commits ------------------------------------------------------------------------------ */

static void commit_one(struct hs_node *node, struct hs_held_block *winner, bool report,
                       const struct hs_qc *certificate)
{
    const struct hs_application *application = &node->application;
    HS_ASSERT(winner->executed && winner->valid);
    hs_chain_drop_losers(node, &winner->block.id);
    application->commit(application->context, winner->state);
    node->chain.committed = winner->block;
    node->chain.committed_state = winner->state;
    advance_mempool(node, winner);
    if (winner->block.header.proposer == node->epoch->self) {
        hs_chain_grow_own_blocks(node);
    }
    if (report) {
        queue_commit(node, winner, certificate);
    }
    hs_chain_forget(node, winner);
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
