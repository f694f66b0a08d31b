/* What the disk holds, made into state, tree and core.
 *
 * The newest snapshot, or genesis, is the application's first state. The log is replayed from
 * there: a block is executed when it is met, on its parent's state, and a commit mark makes it
 * the committed one, as when it first came. What is left above the last commit becomes the tree.
 * Then the safety record and the signer's record are held against each other and against what
 * the certificates show: a validator whose record is missing or older follows and does not sign
 * (D5).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/mutants.h"
#include "node/node_internal.h"
#include "wire/header.h"

struct replay {
    struct hs_node *node;
    bool has_certificate;
    struct hs_qc certificate; /* of the last commit mark that has one */
    uint64_t signed_view;     /* the highest in which a certificate shows this validator's vote */
};

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static void notice_signature(struct replay *replay, const struct hs_qc *qc)
{
    uint32_t self = replay->node->epoch->self;
    if (self != HS_VALIDATORS_MAX && qc->view > replay->signed_view &&
        hs_bitmap_get(&qc->signers, self)) {
        replay->signed_view = qc->view;
    }
}

static enum hs_status replay_block(struct replay *replay, const struct hs_log_block *record)
{
    struct hs_node *node = replay->node;
    struct hs_block block = {.id = record->id};
    if (hs_header_decode(&block.header, record->header, node->epoch->fixed.validators.count) !=
        HS_OK) {
        return HS_CORRUPT;
    }
    struct hs_block_id id;
    hs_block_id_of(&id, &block.header, node->epoch->fixed.validators.count);
    if (!same_id(&id, &record->id)) {
        return HS_CORRUPT;
    }
    notice_signature(replay, &block.header.justify);
    if (same_id(&block.id, &node->chain.committed.id)) {
        node->chain.committed = block; /* the snapshot's own block: now its header is known */
        return HS_OK;
    }
    bool known_parent = same_id(&block.header.parent_id, &node->chain.committed.id) ||
                        hs_chain_find(node, &block.header.parent_id) != NULL;
    if (!known_parent) {
        return HS_OK; /* of a branch that lost */
    }
    struct hs_transaction_summary *transactions;
    enum hs_status status =
        hs_chain_check_payload(&node->application, &block.header, record->payload, &transactions);
    if (status != HS_OK) {
        return HS_CORRUPT;
    }
    hs_chain_make_room(node);
    status = hs_chain_hold(node, &block, NULL, record->payload, transactions);
    if (status == HS_DUPLICATE) {
        return HS_OK;
    }
    if (status != HS_OK) {
        return status;
    }
    struct hs_held_block *held = hs_chain_find(node, &block.id);
    status = hs_chain_execute_held(node, held, record->payload);
    held->payload = (struct hs_bytes){NULL, record->payload.size};
    if (status == HS_UNKNOWN_PARENT) {
        hs_chain_drop(node, held); /* its parent did not execute */
        return HS_OK;
    }
    return status;
}

static enum hs_status replay_commit(struct replay *replay, const struct hs_log_commit *record)
{
    struct hs_node *node = replay->node;
    if (record->height <= node->chain.committed.header.height) {
        return HS_OK; /* the snapshot is past it */
    }
    const struct hs_held_block *held = hs_chain_find(node, &record->block_id);
    if (held == NULL) {
        return HS_CORRUPT;
    }
    if (record->certificate.size > 0) {
        if (hs_qc_decode(&replay->certificate, record->certificate,
                         node->epoch->fixed.validators.count) != HS_OK) {
            return HS_CORRUPT;
        }
        replay->has_certificate = true;
        notice_signature(replay, &replay->certificate);
    }
    return hs_chain_apply_commit(node, &record->block_id, false, NULL);
}

static enum hs_status visit(void *context, const struct hs_log_record *record)
{
    struct replay *replay = context;
    switch (record->type) {
    case HS_LOG_BLOCK:
        return replay_block(replay, &record->block);
    case HS_LOG_COMMIT:
        return replay_commit(replay, &record->commit);
    }
    return HS_CORRUPT;
}

/* -- the state the replay starts on ------------------------------------------------------ */

static enum hs_status restore_snapshot(struct hs_node *node, struct hs_node_error *error)
{
    struct hs_snapshot_reader *reader;
    struct hs_snapshot_info info;
    enum hs_status status = hs_snapshot_open(&reader, node->config.disk, &info);
    if (status == HS_NOT_FOUND) {
        return HS_OK;
    }
    if (status == HS_CORRUPT) {
        hs_log_event(node->config.log, HS_LOG_WARN, HS_LOG_STORAGE, "snapshots_damaged",
                     "action=\"replaying the whole block log\"");
        return HS_OK;
    }
    if (status != HS_OK) {
        snprintf(error->text, sizeof(error->text), "a snapshot could not be read: %s",
                 hs_status_text(status));
        return status;
    }
    struct hs_source source = hs_snapshot_source(reader);
    const struct hs_application *application = &node->application;
    status = application->restore(application->context, &source);
    hs_snapshot_close(reader);
    struct hs_state_root root;
    node->chain.committed_state = application->committed(application->context, &root);
    if (status == HS_IO) {
        snprintf(error->text, sizeof(error->text),
                 "the snapshot of height %" PRIu64 " could not be read: %s", info.height,
                 hs_status_text(status));
        return status;
    }
    if (status != HS_OK || memcmp(&root, &info.state_root, sizeof(root)) != 0) {
        snprintf(error->text, sizeof(error->text),
                 "the snapshot of height %" PRIu64 " does not restore to its state root; remove "
                 "snapshot-%016" PRIx64 " and start again: the block log rebuilds the state",
                 info.height, info.height);
        return HS_CORRUPT;
    }
    node->snapshot.info = info;
    node->chain.committed.id = info.block_id;
    node->chain.committed.header.height = info.height;
    return HS_OK;
}

/* Some for each block that the tree can hold: blocks that lost are found by their id, too. */
static uint32_t recent_blocks_max(const struct hs_node *node)
{
    uint32_t count = 8 * node->config.tree_blocks_max;
    return count < HS_LOG_RECENT_BLOCKS ? count : HS_LOG_RECENT_BLOCKS;
}

static enum hs_status replay_log(struct hs_node *node, struct replay *replay,
                                 struct hs_node_error *error)
{
    struct hs_block_log_config config = {
        .disk = node->config.disk,
        .segment_bytes = node->config.segment_bytes,
        .recent_blocks_max = recent_blocks_max(node),
        .start = node->snapshot.info.log_position,
        .start_height = node->snapshot.info.height,
        .visit = visit,
        .visit_context = replay,
    };
    memcpy(config.seed, node->config.map_seed, sizeof(config.seed));
    struct hs_log_damage damage = {.what = "it could not be replayed"};
    enum hs_status status = hs_block_log_open(&node->durability.log, &config, &damage);
    if (status != HS_OK) {
        snprintf(error->text, sizeof(error->text),
                 "the block log could not be opened (%s, segment %016" PRIx64 " offset %" PRIu32
                 "): %s; take the log from a backup, or start this validator from an empty home "
                 "with its keys and run hotstuff recover",
                 hs_status_text(status), damage.position.segment, damage.position.offset,
                 damage.what);
    }
    return status;
}

/* -- safety ---------------------------------------------------------------------------------- */

static const char OLDER_THAN_A_CERTIFICATE[] =
    "the safety record is older than a certificate with this validator's signature";

static void follow(struct hs_node *node, const char *why)
{
    node->health = HS_NODE_FOLLOWING;
    hs_log_event(node->config.log, HS_LOG_ERROR, HS_LOG_NODE, "not_signing",
                 "reason=\"%s\" action=\"run hotstuff recover --home H --last-voted-view V, with V "
                 "at least the last view this validator may have signed\"",
                 why);
}

/* D5: older than what the signer signed, or than a certificate with this validator's signature. */
static const char *record_is_old(const struct hs_node *node, const struct hs_safety_record *record,
                                 uint64_t signed_view)
{
    const struct hs_signer_record *last = hs_signer_last(node->signing.signer);
    if (last->epoch != record->epoch || last->vote_view > record->last_voted_view ||
        last->view_change_view > record->last_voted_view) {
        return "the safety record is older than the signer's";
    }
    return signed_view > record->last_voted_view ? OLDER_THAN_A_CERTIFICATE : NULL;
}

void hs_recovery_check_record(struct hs_node *node)
{
    struct hs_core_status core;
    if (node->health != HS_NODE_HEALTHY) {
        return;
    }
    hs_core_status(node->epoch->core, &core);
    if (!core.signing) {
        follow(node, OLDER_THAN_A_CERTIFICATE);
    }
}

/* D5: a record that is missing or damaged is lost, and the node follows. A disk that does not
 * answer is another matter: the record is still there, so the node does not open. */
static enum hs_status follow_or_fail(struct hs_node *node, enum hs_status status, const char *why,
                                     struct hs_node_error *error)
{
    if (status == HS_IO || status == HS_OUT_OF_MEMORY) {
        snprintf(error->text, sizeof(error->text),
                 "the safety records can't be read (%s); see that the disk answers, then start "
                 "again: nothing is lost",
                 hs_status_text(status));
        return status;
    }
    follow(node, why);
    return HS_OK;
}

static enum hs_status read_record(struct hs_node *node, struct hs_safety_record *record)
{
    uint8_t *bytes = malloc(HS_SAFETY_RECORD_BYTES_MAX);
    uint32_t size = 0;
    if (bytes == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    enum hs_status status =
        hs_slot_store_open(&node->durability.records, node->config.disk, HS_SAFETY_SLOTS_NAME,
                           bytes, HS_SAFETY_RECORD_BYTES_MAX, &size);
    node->durability.has_records = status == HS_OK;
    if (status == HS_OK) {
        status = hs_safety_record_decode(record, (struct hs_bytes){bytes, size},
                                         node->epoch->fixed.validators.count);
    }
    free(bytes);
    return status;
}

/* Opens both records. *signs is false when there is none to sign by. */
static enum hs_status open_records(struct hs_node *node, bool *signs,
                                   struct hs_safety_record *record, const struct replay *replay,
                                   struct hs_node_error *error)
{
    *signs = false;
    if (node->epoch->self == HS_VALIDATORS_MAX || node->config.secret_key == NULL) {
        node->health = HS_NODE_FOLLOWING;
        return HS_OK;
    }
    enum hs_status status = read_record(node, record);
    if (status != HS_OK) {
        return follow_or_fail(node, status,
                              status == HS_NO_SAFETY_RECORD ? "the safety record is missing"
                                                            : "the safety record is damaged",
                              error);
    }
    status = hs_signer_open(&node->signing.signer, node->config.disk, &node->config.chain_id,
                            node->config.secret_key);
    if (status != HS_OK) {
        return follow_or_fail(node, status, "the signer's record is missing or damaged", error);
    }
    const char *old = record_is_old(node, record, replay->signed_view);
    if (old != NULL) {
        follow(node, old);
        return HS_OK;
    }
    *signs = true;
    return HS_OK;
}

/* -- the core --------------------------------------------------------------------------------- */

static enum hs_status make_core(struct hs_node *node, const struct hs_safety_record *record,
                                struct hs_node_error *error)
{
    struct hs_core_config config = {
        .chain_id = node->config.chain_id,
        .validators = &node->epoch->fixed.validators,
        .self = node->epoch->self,
        .election = node->config.election,
        .pacemaker = node->config.pacemaker,
        .tree_blocks_max = node->config.tree_blocks_max,
        .last_height = UINT64_MAX,
        .root = node->chain.committed,
    };
    memcpy(config.randomness, node->config.randomness, sizeof(config.randomness));
    size_t size = hs_core_footprint(&config);
    node->epoch->core_memory = size > 0 ? calloc(1, size) : NULL;
    node->epoch->core = size > 0 ? hs_core_new(node->epoch->core_memory, &config, record) : NULL;
    if (node->epoch->core == NULL) {
        snprintf(error->text, sizeof(error->text),
                 "the consensus configuration is not valid: weights must be positive, round-robin "
                 "needs equal weights, and the idle interval is at most half the base timeout");
        return HS_INVALID_ARGUMENT;
    }
    return HS_OK;
}

/* Blocks above the last committed one, lowest first. */
static void feed_tree(struct hs_node *node)
{
    uint64_t height = node->chain.committed.header.height;
    bool found = true;
    while (found) {
        found = false;
        height++;
        for (uint32_t i = 0; i < node->chain.held_end; i++) {
            const struct hs_held_block *held = &node->chain.held[i];
            if (held->used && held->block.header.height == height) {
                struct hs_verified_block verified;
                hs_recover_block(&node->epoch->verifier, &verified, &held->block.header);
                struct hs_event event = {.type = HS_EVENT_BLOCK_FETCHED, .block = &verified};
                enum hs_status status;
                hs_node_feed(node, &event, &status);
                found = true;
            }
        }
    }
}

static void feed_certificate(struct hs_node *node, const struct hs_qc *qc)
{
    if (qc->view == 0) {
        return;
    }
    struct hs_verified_qc verified;
    hs_recover_qc(&verified, qc);
    hs_certificate_cache_add_qc(&node->epoch->certificates, &verified);
    struct hs_event event = {.type = HS_EVENT_QC};
    event.qc.qc = &verified;
    event.qc.peer = HS_VALIDATORS_MAX;
    enum hs_status status;
    hs_node_feed(node, &event, &status);
}

static enum hs_status rebuild(struct hs_node *node, struct replay *replay,
                              struct hs_safety_record *record, struct hs_node_error *error)
{
    enum hs_status status = restore_snapshot(node, error);
    if (status == HS_OK) {
        status = replay_log(node, replay, error);
    }
    if (status != HS_OK) {
        return status;
    }
    if (node->chain.committed.header.version != HS_HEADER_VERSION) {
        snprintf(error->text, sizeof(error->text),
                 "the block log lacks the block of the snapshot, height %" PRIu64
                 "; take both from one backup",
                 node->chain.committed.header.height);
        return HS_CORRUPT;
    }
    node->chain.durable = node->chain.committed; /* D7: never less than before */
    hs_recall_transactions(node);
    bool signs;
    status = open_records(node, &signs, record, replay, error);
    if (status == HS_OK) {
        status = make_core(node, signs ? record : NULL, error);
    }
    if (status != HS_OK) {
        return status;
    }
    if (!HS_MUTANT_LOST_LOCK) {
        feed_tree(node);
    }
    if (replay->has_certificate && !HS_MUTANT_LOST_LOCK) {
        feed_certificate(node, &replay->certificate);
    }
    if (signs && !HS_MUTANT_LOST_LOCK) {
        feed_certificate(node, &record->high_qc);
    }
    hs_recovery_check_record(node);
    return HS_OK;
}

enum hs_status hs_recovery_run(struct hs_node *node, struct hs_node_error *error)
{
    struct replay replay = {.node = node};
    struct hs_safety_record *record = calloc(1, sizeof(*record));
    if (record == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    enum hs_status status = rebuild(node, &replay, record, error);
    free(record);
    return status;
}
