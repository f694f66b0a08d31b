/* How full each bounded part of a node is, beside its limit. Reading changes nothing. */
#include <string.h>

#include "node/node_internal.h"

static void set(struct hs_node_usage usage[HS_NODE_USAGE_PARTS], enum hs_node_usage_part part,
                uint64_t used, uint64_t limit)
{
    static const char *const names[HS_NODE_USAGE_PARTS] = {
#define USAGE_NAME(index, text) [index] = text,
        HS_NODE_USAGE_TABLE(USAGE_NAME)
#undef USAGE_NAME
    };
    usage[part] = (struct hs_node_usage){names[part], used, limit};
}

static void set_core(const struct hs_node *node, struct hs_node_usage usage[HS_NODE_USAGE_PARTS])
{
    struct hs_core_status core;
    hs_core_status(node->epoch->core, &core);
    uint32_t votes;
    uint32_t view_changes;
    hs_core_kept(node->epoch->core, &votes, &view_changes);
    set(usage, HS_USAGE_TREE_BLOCKS, core.tree_blocks, node->config.tree_blocks_max);
    set(usage, HS_USAGE_VOTES, votes, node->epoch->fixed.validators.count);
    set(usage, HS_USAGE_VIEW_CHANGES, view_changes, node->epoch->fixed.validators.count);
}

/* A step may commit the whole tree beyond what pauses execution. */
static void set_chain(const struct hs_node *node, struct hs_node_usage usage[HS_NODE_USAGE_PARTS])
{
    set(usage, HS_USAGE_HELD_BLOCKS, node->chain.held_end, node->chain.held_capacity);
    set(usage, HS_USAGE_COMMITS, node->chain.commits_count,
        HS_COMMITS_WAITING_MAX + node->config.tree_blocks_max);
    set(usage, HS_USAGE_ANSWERS, node->deferred_count, HS_DEFERRED_MAX);
}

static void set_inbox(const struct hs_node *node, struct hs_node_usage usage[HS_NODE_USAGE_PARTS])
{
    uint32_t of_peers[HS_GONE_PEER + 1] = {0};
    uint32_t of_all = 0;
    uint32_t of_one = 0;
    for (uint32_t i = 0; i < node->inbox.end; i++) {
        const struct hs_parcel *parcel = &node->inbox.parcels[i];
        if (parcel->stage != HS_PARCEL_FREE) {
            of_all++;
            uint32_t of_peer = ++of_peers[parcel->peer];
            of_one = of_peer > of_one && parcel->peer != HS_GONE_PEER ? of_peer : of_one;
        }
    }
    set(usage, HS_USAGE_MESSAGES, of_all, node->inbox.capacity);
    set(usage, HS_USAGE_MESSAGES_OF_PEER, of_one, HS_PARCELS_PER_PEER);
    set(usage, HS_USAGE_QCS, node->epoch->certificates.qc_count, HS_CACHE_QCS);
    set(usage, HS_USAGE_TCS, node->epoch->certificates.tc_count, HS_CACHE_TCS);
}

static void set_sync(const struct hs_node *node, struct hs_node_usage usage[HS_NODE_USAGE_PARTS])
{
    uint32_t orphans = 0;
    for (uint32_t i = 0; i < HS_SYNC_ORPHANS; i++) {
        orphans += node->sync.orphans[i].used ? 1 : 0;
    }
    set(usage, HS_USAGE_ORPHANS, orphans, HS_SYNC_ORPHANS);
    set(usage, HS_USAGE_ORPHANS_BYTES, node->sync.orphan_bytes, HS_SYNC_ORPHANS_BYTES_MAX);
    set(usage, HS_USAGE_FETCHES, node->sync.asked ? 1 : 0, 1);
}

static void set_transactions(const struct hs_node *node,
                             struct hs_node_usage usage[HS_NODE_USAGE_PARTS])
{
    const struct hs_admission *admission = &node->admission;
    uint64_t transactions_max = node->config.mempool_transactions_max;
    struct hs_mempool_counts pool;
    hs_mempool_counts(node->mempool, &pool);
    set(usage, HS_USAGE_POOL, pool.transactions, transactions_max);
    set(usage, HS_USAGE_POOL_BYTES, pool.bytes, transactions_max * HS_TRANSACTION_BYTES_MAX);
    set(usage, HS_USAGE_POOL_SENDERS, pool.senders, transactions_max);
    set(usage, HS_USAGE_UNCHECKED, admission->count, admission->capacity);
    set(usage, HS_USAGE_UNDECIDED, hs_id_map_count(admission->undecided),
        hs_admission_undecided_max(node));
    set(usage, HS_USAGE_GOSSIP, admission->gossip_count, HS_TRANSACTIONS_BATCH_MAX);
    set(usage, HS_USAGE_GOSSIP_BYTES, admission->gossip_bytes, HS_TRANSACTIONS_BATCH_BYTES_MAX);
}

void hs_node_usage(const struct hs_node *node, struct hs_node_usage usage[HS_NODE_USAGE_PARTS])
{
    set_core(node, usage);
    set_chain(node, usage);
    set_inbox(node, usage);
    set_sync(node, usage);
    set_transactions(node, usage);
    uint32_t of_epochs = 0;
    for (const struct hs_node_epoch *epoch = node->epochs; epoch != NULL; epoch = epoch->next) {
        of_epochs += HS_AGGREGATE_JOBS + HS_PROOF_JOBS;
    }
    /* One for each slot that a job can lie in, and the snapshot's. */
    set(usage, HS_USAGE_JOBS, node->jobs_under_way,
        HS_WRITE_JOBS + HS_SIGN_JOBS + of_epochs + HS_EVIDENCE_JOBS + HS_ADMISSION_JOBS +
            node->inbox.capacity + 1);
}
