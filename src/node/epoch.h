/* hs_node_epoch: all that a node has of one epoch (P4): the set and its keys as points, the
 * verifier, the core with its memory, the certificates verified and the votes seen lately, and the
 * core's checks of aggregates that are under way.
 *
 * A node lives in one epoch at a time and goes from each to the next. Jobs on workers read the
 * verifier of the epoch they were begun in, so an epoch that is over stays until the last of
 * them is back, and until the next one is over, for evidence (S8): each holds a reference, the node one
 * more of both. What such a job brings back belongs
 * to no epoch any more and is dropped. References are counted on the loop thread only.
 *
 *     node ──────────────► epoch 7   verifier, core, ...
 *     parcel, job ───────► epoch 6   until the last one is back
 */
#ifndef HS_NODE_EPOCH_H
#define HS_NODE_EPOCH_H

#include <hotstuff/application.h>

#include "base/workers.h"
#include "consensus/verify.h"
#include "crypto/vrf.h"
#include "node/certificate_cache.h"

struct hs_node;
struct hs_node_epoch;

#define HS_AGGREGATE_JOBS 2u

struct hs_aggregate_job {
    struct hs_job job;
    struct hs_node *node;
    struct hs_node_epoch *epoch;
    bool busy;
    struct hs_aggregate_request request;
    struct hs_bls_hash vote_hash; /* of this node's last vote */
    struct hs_aggregate_result result;
};

/* How many views ahead, the present one with them, VRF proofs of own turns are made (P3). */
#define HS_PROOF_JOBS 4u

enum hs_proof_stage { HS_PROOF_FREE, HS_PROOF_RUNNING, HS_PROOF_READY };

struct hs_proof_job {
    struct hs_job job;
    struct hs_node *node;
    struct hs_node_epoch *epoch;
    enum hs_proof_stage stage;
    uint64_t view;
    struct hs_vrf_proof proof;
};

struct hs_node_epoch {
    struct hs_node_epoch *next; /* of all that are not freed */
    uint32_t references;
    struct hs_epoch fixed;               /* as the state fixed it, or the configuration */
    uint32_t self;                       /* this node's index in it; HS_VALIDATORS_MAX: no member */
    uint32_t key;                        /* which of its keys the member has */
    uint32_t peer_of[HS_VALIDATORS_MAX]; /* by member: the number of its peer, or HS_NO_PEER */
    struct hs_bls_point keys[HS_VALIDATORS_MAX];
    struct hs_verifier verifier;
    void *core_memory;
    struct hs_core *core; /* NULL until it is made */
    struct hs_certificate_cache certificates;
    struct hs_vote *watched; /* [members][HS_WATCHED_VIEWS], by view; view 0: none (evidence.c) */
    struct hs_aggregate_job aggregate_jobs[HS_AGGREGATE_JOBS];
    struct hs_proof_job proof_jobs[HS_PROOF_JOBS];
};

/* The epoch of a chain whose set never changes: the configured one, for ever. */
void hs_node_configured_epoch(const struct hs_node *node, struct hs_epoch *fixed);

/* Makes the epoch that `fixed` describes, without verifier and core, with the caller's reference.
 * HS_OUT_OF_MEMORY; HS_INVALID_ARGUMENT for a set that is none. */
HS_MUST_CHECK enum hs_status hs_node_epoch_new(struct hs_node_epoch **epoch, struct hs_node *node,
                                               const struct hs_epoch *fixed);
/* Its verifier. `view_zero_block_id`: genesis, or the block that ended the epoch before; NULL: that is
 * not held.
 * HS_INVALID_ARGUMENT, or HS_MALFORMED for a key that is none. */
HS_MUST_CHECK enum hs_status hs_node_epoch_verify(struct hs_node_epoch *epoch,
                                                  const struct hs_node *node,
                                                  const struct hs_block_id *view_zero_block_id);
/* Frees its core: it is over, and nobody asks that any more. */
void hs_node_epoch_drop_core(struct hs_node_epoch *epoch);
struct hs_node_epoch *hs_node_epoch_retain(struct hs_node_epoch *epoch);
/* The last release frees it. */
void hs_node_epoch_release(struct hs_node *node, struct hs_node_epoch *epoch);
/* Frees all, whoever refers to them: the node closes, and no job comes back. */
void hs_node_epochs_free(struct hs_node *node);

#endif
