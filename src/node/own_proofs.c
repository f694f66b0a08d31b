/* The VRF proofs of own blocks (P3), made on a worker ahead of the turn.
 *
 * A proof takes longer than all else of a block, and depends on nothing but epoch and view. So when a
 * view begins, the proofs of the own turns among the next few are begun. A block that is asked for
 * before its proof is there waits for it. It needs no record: a proof binds its maker to nothing, and
 * made again it is the same bytes (D1).
 *
 *     view 7 begins: own turns 8, 10  ->  prove(8), prove(10)   ...   view 8: BUILD, at once
 *
 * Who leads view 8 makes the certificate of view 7, too, and shows both in one message: the others
 * verify them in one product, before the block comes.
 */
#include <string.h>

#include "node/node_internal.h"
#include "wire/statement.h"

static void run(struct hs_job *job)
{
    struct hs_proof_job *prove = (struct hs_proof_job *)job;
    const struct hs_node_epoch *epoch = prove->epoch;
    struct hs_bls_statement input;
    hs_statement_encode_vrf(&input, &epoch->verifier.chain_id, epoch->fixed.validators.epoch,
                            prove->view, epoch->fixed.randomness);
    hs_signer_prove(prove->node->signing.signer, &prove->proof, epoch->key, &input);
}

/* A block of a view that is over is not built any more. */
static void build_waiting(struct hs_node *node)
{
    struct hs_waiting_build *waiting = &node->waiting_build;
    if (!waiting->waits || hs_own_proof_find(node, waiting->view) == NULL) {
        return;
    }
    waiting->waits = false;
    if (waiting->view == node->view) {
        hs_chain_build(node, waiting->view, &waiting->parent, &waiting->justify);
    } else {
        hs_node_defer(node,
                      &(struct hs_deferred){.type = HS_DEFERRED_BUILT, .view = waiting->view});
    }
    hs_node_run_deferred(node);
}

static void done(struct hs_job *job)
{
    struct hs_proof_job *prove = (struct hs_proof_job *)job;
    struct hs_node *node = prove->node;
    struct hs_node_epoch *epoch = prove->epoch;
    hs_node_job_came_back(node);
    prove->stage = HS_PROOF_READY;
    if (epoch == node->epoch) {
        build_waiting(node);
        hs_own_proofs_look_ahead(node);
    }
    hs_node_epoch_release(node, epoch);
}

/* One that is free, or of a view that is over; NULL: all are under way, or still to come. */
static struct hs_proof_job *find_place(struct hs_node *node)
{
    for (uint32_t i = 0; i < HS_PROOF_JOBS; i++) {
        struct hs_proof_job *prove = &node->epoch->proof_jobs[i];
        if (prove->stage == HS_PROOF_FREE ||
            (prove->stage == HS_PROOF_READY && prove->view < node->view)) {
            return prove;
        }
    }
    return NULL;
}

static bool is_known(const struct hs_node *node, uint64_t view)
{
    for (uint32_t i = 0; i < HS_PROOF_JOBS; i++) {
        const struct hs_proof_job *prove = &node->epoch->proof_jobs[i];
        if (prove->stage != HS_PROOF_FREE && prove->view == view) {
            return true;
        }
    }
    return false;
}

void hs_own_proofs_look_ahead(struct hs_node *node)
{
    const struct hs_node_epoch *epoch = node->epoch;
    if (!epoch->verifier.has_proofs || epoch->self == HS_VALIDATORS_MAX ||
        node->signing.signer == NULL || node->health != HS_NODE_HEALTHY) {
        return;
    }
    for (uint64_t view = node->view; view < node->view + HS_PROOF_JOBS; view++) {
        bool own = view > 0 && hs_core_leader(epoch->core, view) == epoch->self;
        struct hs_proof_job *prove = own && !is_known(node, view) ? find_place(node) : NULL;
        if (prove != NULL) {
            prove->job.run = run;
            prove->job.done = done;
            prove->node = node;
            prove->epoch = hs_node_epoch_retain(node->epoch);
            prove->stage = HS_PROOF_RUNNING;
            prove->view = view;
            hs_node_submit_job(node, HS_LANE_URGENT, &prove->job);
        }
    }
}

const struct hs_vrf_proof *hs_own_proof_find(const struct hs_node *node, uint64_t view)
{
    for (uint32_t i = 0; i < HS_PROOF_JOBS; i++) {
        const struct hs_proof_job *prove = &node->epoch->proof_jobs[i];
        if (prove->stage == HS_PROOF_READY && prove->view == view) {
            return &prove->proof;
        }
    }
    return NULL;
}

void hs_own_proofs_show(const struct hs_node *node, struct hs_message *message)
{
    const struct hs_vrf_proof *proof = hs_own_proof_find(node, message->qc.view + 1);
    message->has_next_proof = proof != NULL;
    if (proof != NULL) {
        message->next_proof = proof->signature;
    }
}

void hs_own_proofs_await(struct hs_node *node, uint64_t view, const struct hs_block *parent,
                         const struct hs_qc *justify)
{
    node->waiting_build = (struct hs_waiting_build){
        .waits = true, .view = view, .parent = *parent, .justify = *justify};
}
