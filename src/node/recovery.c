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
#include "node/tail.h"
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
    if (self != HS_VALIDATORS_MAX && qc->epoch == hs_node_epoch_number(replay->node) &&
        qc->view > replay->signed_view && hs_bitmap_get(&qc->signers, self)) {
        replay->signed_view = qc->view;
    }
}

/* P4: on to the next epoch, when the committed block ended this one. */
static enum hs_status end_epoch(struct replay *replay)
{
    struct hs_node *node = replay->node;
    if (!hs_epoch_is_over(node)) {
        return HS_OK;
    }
    hs_chain_drop_all(node);
    replay->has_certificate = false;
    replay->signed_view = 0;
    return hs_epoch_locate(node, hs_node_epoch_number(node) + 1);
}

static enum hs_status replay_block(struct replay *replay, const struct hs_log_block *record)
{
    struct hs_node *node = replay->node;
    struct hs_block block = {.id = record->id};
    uint32_t validator_bits = hs_header_validator_bits(record->header);
    if (validator_bits == 0 ||
        hs_header_decode(&block.header, record->header, validator_bits) != HS_OK) {
        return HS_CORRUPT;
    }
    struct hs_block_id id;
    hs_block_id_of(&id, &block.header, validator_bits);
    if (!same_id(&id, &record->id)) {
        return HS_CORRUPT;
    }
    if (same_id(&block.id, &node->chain.committed.id)) {
        node->chain.committed = block; /* the snapshot's own block: now its header is known */
        enum hs_status located = hs_epoch_locate(node, block.header.epoch);
        return located == HS_OK ? end_epoch(replay) : located;
    }
    if (block.header.epoch != hs_node_epoch_number(node)) {
        return HS_OK; /* P4: of the tail of an epoch that is over */
    }
    notice_signature(replay, &block.header.justify);
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
        struct hs_commit_mark mark;
        if (hs_commit_mark_read(&mark, record->certificate, node->epoch->fixed.validators.count) !=
            HS_OK) {
            return HS_CORRUPT;
        }
        replay->certificate = mark.certificate;
        replay->has_certificate = true;
        notice_signature(replay, &replay->certificate);
    }
    enum hs_status status = hs_chain_apply_commit(node, &record->block_id, false, NULL);
    return status == HS_OK ? end_epoch(replay) : status;
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
    hs_chain_follow_base_fee(node, node->chain.committed_state);
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
    uint64_t epoch = hs_node_epoch_number(node);
    bool same_epoch = last->epoch == record->epoch && record->epoch == epoch;
    if (last->epoch > record->epoch ||
        (same_epoch && (last->vote_view > record->last_voted_view ||
                        last->view_change_view > record->last_voted_view))) {
        return "the safety record is older than the signer's";
    }
    /* In an epoch that the record says nothing about, nothing was signed yet. */
    uint64_t last_voted_view = record->epoch == epoch ? record->last_voted_view : 0;
    return record->epoch <= epoch && signed_view > last_voted_view ? OLDER_THAN_A_CERTIFICATE
                                                                   : NULL;
}

void hs_recovery_check_record(struct hs_node *node)
{
    struct hs_core_status core;
    if (node->health != HS_NODE_HEALTHY) {
        return;
    }
    hs_core_status(node->epoch->core, &core);
    bool may_sign = node->epoch->self != HS_VALIDATORS_MAX && !core.ended &&
                    node->record->epoch <= hs_node_epoch_number(node);
    if (may_sign && !core.signing) {
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

/* Of whatever epoch it is. */
static enum hs_status read_record(struct hs_node *node)
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
    if (status == HS_OK &&
        hs_safety_record_validator_bits(node->record, (struct hs_bytes){bytes, size}) == 0) {
        status = HS_MALFORMED;
    }
    free(bytes);
    return status;
}

/* Opens both records. has_record stays false when there is none to sign by. */
static enum hs_status open_records(struct hs_node *node, const struct replay *replay,
                                   struct hs_node_error *error)
{
    bool never_member = node->application.epoch == NULL && node->epoch->self == HS_VALIDATORS_MAX;
    if (never_member || node->config.key_count == 0) {
        node->health = HS_NODE_FOLLOWING;
        return HS_OK;
    }
    enum hs_status status = read_record(node);
    if (status != HS_OK) {
        return follow_or_fail(node, status,
                              status == HS_NO_SAFETY_RECORD ? "the safety record is missing"
                                                            : "the safety record is damaged",
                              error);
    }
    status = hs_signer_open(&node->signing.signer, node->config.disk, &node->config.chain_id,
                            node->config.keys, node->config.key_count);
    if (status != HS_OK) {
        return follow_or_fail(node, status, "the signer's record is missing or damaged", error);
    }
    const char *old = record_is_old(node, node->record, replay->signed_view);
    if (old != NULL) {
        follow(node, old);
        return HS_OK;
    }
    if (node->record->epoch > hs_node_epoch_number(node)) {
        hs_log_event(node->config.log, HS_LOG_WARN, HS_LOG_NODE, "log_behind_record",
                     "epoch=%" PRIu64 " record_epoch=%" PRIu64
                     " action=\"none: it signs again once it has fetched the epochs between\"",
                     hs_node_epoch_number(node), node->record->epoch);
    }
    node->has_record = true;
    return HS_OK;
}

/* -- the core --------------------------------------------------------------------------------- */

static enum hs_status open_epoch(struct hs_node *node, struct hs_node_error *error)
{
    enum hs_status status = hs_epoch_open(node, node->has_record ? node->record : NULL);
    if (status != HS_OK) {
        snprintf(error->text, sizeof(error->text),
                 "the consensus configuration is not valid: keys must be keys, weights positive, "
                 "round-robin needs equal weights, and the idle interval is at most half the base "
                 "timeout");
    }
    return status;
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
                              struct hs_node_error *error)
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
    status = open_records(node, replay, error);
    if (status == HS_OK) {
        status = open_epoch(node, error);
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
    if (node->has_record && node->record->epoch == hs_node_epoch_number(node) &&
        !HS_MUTANT_LOST_LOCK) {
        feed_certificate(node, &node->record->high_qc);
    }
    hs_recovery_check_record(node);
    return HS_OK;
}

enum hs_status hs_recovery_run(struct hs_node *node, struct hs_node_error *error)
{
    struct replay replay = {.node = node};
    return rebuild(node, &replay, error);
}
