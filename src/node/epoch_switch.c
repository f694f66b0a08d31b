/* From one epoch to the next (P4).
 *
 * An epoch ends here with the commit of its last block, B(e), once that is durable: the log then holds
 * B(e) and what proves its commit, so that no crash leaves a record of epoch e + 1 beside a log that
 * ends before it. The other order would have a validator sign in an epoch whose beginning it could
 * not find again.
 *
 *     B(e) durable -> tail dropped -> core of e + 1 -> its first record durable -> it signs
 *
 * What was under way in e is dropped: blocks, messages that wait, statements to be signed, records not
 * yet written. Jobs come back and find that their epoch is over. A validator that is in the new set
 * signs there; one that is not follows, and answers who asks.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mutants.h"
#include "node/node_internal.h"

/* -- which one ------------------------------------------------------------------------- */

static enum hs_status fixed_epoch(const struct hs_node *node, uint64_t number,
                                  struct hs_epoch *fixed)
{
    const struct hs_application *application = &node->application;
    if (application->epoch != NULL) {
        return application->epoch(application->context, node->chain.committed_state, number, fixed);
    }
    if (number != 0) {
        return HS_NOT_FOUND;
    }
    hs_node_configured_epoch(node, fixed);
    return HS_OK;
}

/* A mutant's: of the epoch before the leader weights, or the set with them. */
static void keep_old(const struct hs_epoch *old, struct hs_epoch *fixed)
{
    uint64_t number = fixed->validators.epoch;
    fixed->validators = HS_MUTANT_OLD_SET ? old->validators : fixed->validators;
    fixed->validators.epoch = number;
    memcpy(fixed->leader_weights, old->leader_weights, sizeof(fixed->leader_weights));
}

/* What was remembered of votes, and the verifier, are needed for another epoch (S8); the core is not. An
 * epoch of a replay has neither. */
static void leave_behind(struct hs_node *node)
{
    struct hs_node_epoch *left = node->epoch;
    bool lived = left != NULL && left->core != NULL;
    if (node->last_epoch != NULL) {
        hs_node_epoch_release(node, node->last_epoch);
    }
    node->last_epoch = lived ? left : NULL;
    if (lived) {
        hs_node_epoch_drop_core(left);
    } else if (left != NULL) {
        hs_node_epoch_release(node, left);
    }
}

enum hs_status hs_epoch_locate(struct hs_node *node, uint64_t number)
{
    if (node->epoch != NULL && hs_node_epoch_number(node) == number) {
        return HS_OK;
    }
    struct hs_epoch *fixed = calloc(1, sizeof(*fixed));
    if (fixed == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    enum hs_status status = fixed_epoch(node, number, fixed);
    if ((HS_MUTANT_OLD_LEADERS || HS_MUTANT_OLD_SET) && node->epoch != NULL) {
        keep_old(&node->epoch->fixed, fixed);
    }
    struct hs_node_epoch *next = NULL;
    if (status == HS_OK) {
        status = hs_node_epoch_new(&next, node, fixed);
    }
    free(fixed);
    if (status != HS_OK) {
        return status;
    }
    leave_behind(node);
    node->epoch = next;
    hs_peers_enter_epoch(node);
    return HS_OK;
}

bool hs_epoch_is_over(const struct hs_node *node)
{
    const struct hs_block_header *committed = &node->chain.committed.header;
    return committed->epoch == hs_node_epoch_number(node) &&
           committed->height == node->epoch->fixed.last_height;
}

/* -- verifier and core --------------------------------------------------------------------- */

/* The block that the epoch began on: genesis, or the one that ended the epoch before. False within an
 * epoch whose beginning the log does not hold: nothing rests on it any more there. */
static bool find_beginning(struct hs_node *node, struct hs_block_id *block_id)
{
    uint64_t height = node->epoch->fixed.first_height - 1;
    struct hs_log_commit commit;
    if (height == 0) {
        *block_id = node->config.genesis.id;
        return true;
    }
    if (height == node->chain.committed.header.height) {
        *block_id = node->chain.committed.id;
        return true;
    }
    bool found = hs_block_log_read_commit(node->durability.log, height, &commit) == HS_OK;
    if (found) {
        *block_id = commit.block_id;
    }
    return found;
}

static enum hs_status make_core(struct hs_node *node, const struct hs_safety_record *record)
{
    struct hs_node_epoch *epoch = node->epoch;
    struct hs_core_config config = {
        .chain_id = node->config.chain_id,
        .validators = &epoch->fixed.validators,
        .self = epoch->self,
        .election = node->config.election,
        .leader_weights = node->application.epoch != NULL ? epoch->fixed.leader_weights : NULL,
        .pacemaker = node->config.pacemaker,
        .tree_blocks_max = node->config.tree_blocks_max,
        .last_height = epoch->fixed.last_height,
        .root = node->chain.committed,
    };
    memcpy(config.randomness, epoch->fixed.randomness, sizeof(config.randomness));
    size_t size = hs_core_footprint(&config);
    epoch->core_memory = size > 0 ? calloc(1, size) : NULL;
    epoch->core = size > 0 ? hs_core_new(epoch->core_memory, &config, record) : NULL;
    return epoch->core != NULL ? HS_OK : HS_INVALID_ARGUMENT;
}

enum hs_status hs_epoch_open(struct hs_node *node, const struct hs_safety_record *record)
{
    struct hs_block_id beginning;
    bool found = find_beginning(node, &beginning);
    enum hs_status status = hs_node_epoch_verify(node->epoch, node, found ? &beginning : NULL);
    if (HS_MUTANT_OLD_KEYS && node->last_epoch != NULL) {
        memcpy(node->epoch->keys, node->last_epoch->keys, sizeof(node->epoch->keys));
    }
    /* P3: where leaders are drawn, for a later epoch's randomness. One without end feeds none. */
    if (status == HS_OK && node->config.election != HS_LEADER_ROUND_ROBIN &&
        node->epoch->fixed.last_height != UINT64_MAX) {
        hs_verifier_expect_proofs(&node->epoch->verifier, node->epoch->fixed.randomness);
    }
    return status == HS_OK ? make_core(node, record) : status;
}

/* -- the switch -------------------------------------------------------------------------------- */

/* Nothing of the epoch that is over is left to be done. */
static void leave(struct hs_node *node)
{
    HS_ASSERT(!node->stepping);
    hs_chain_drop_all(node);
    node->deferred_count = 0;
    node->wake_ns = UINT64_MAX;
    node->view = 0;
    hs_signing_forget(node);
    node->waiting_build.waits = false;
    node->durability.record_waiting = false;
    hs_parcels_forget_waiting(node);
    hs_sync_forget(node);
    node->admission.told_transactions = 0;
    node->admission.told_full = false;
}

static void enter(struct hs_node *node)
{
    const struct hs_safety_record *record =
        node->health == HS_NODE_HEALTHY && node->has_record ? node->record : NULL;
    enum hs_status status = hs_epoch_locate(node, hs_node_epoch_number(node) + 1);
    if (status == HS_OK) {
        status = hs_epoch_open(node, record);
    }
    if (status != HS_OK) {
        hs_log_event(node->config.log, HS_LOG_ERROR, HS_LOG_NODE, "epoch_not_begun",
                     "height=%" PRIu64 " reason=%s action=\"stop and report: the state fixes no "
                     "epoch that can be entered\"",
                     node->chain.committed.header.height, hs_status_name(status));
        node->health = HS_NODE_DIVERGED;
        return;
    }
    hs_log_event(node->config.log, HS_LOG_INFO, HS_LOG_NODE, "epoch_begun",
                 "epoch=%" PRIu64 " height=%" PRIu64 " validators=%u member=%s key=%" PRIu32,
                 hs_node_epoch_number(node), node->chain.committed.header.height,
                 node->epoch->fixed.validators.count,
                 node->epoch->self != HS_VALIDATORS_MAX ? "yes" : "no", node->epoch->key);
    hs_epoch_sync_enter(node);
    struct hs_event event = {.type = HS_EVENT_START};
    hs_node_feed(node, &event, &status);
    hs_peers_greet_all(node);
}

void hs_epoch_advance(struct hs_node *node)
{
    bool durable = node->chain.durable.header.height == node->chain.committed.header.height;
    if (node->started && durable && hs_epoch_is_over(node) &&
        node->health != HS_NODE_WRITE_FAILED && node->health != HS_NODE_DIVERGED) {
        leave(node);
        enter(node);
    }
}
