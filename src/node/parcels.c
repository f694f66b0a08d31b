/* Parcels: messages on their way from bytes to events, and what is checked of them on workers.
 *
 *     started -> its certificates known? -> job: verify them, read the payload
 *             -> (a proposal) signatures nobody has checked? -> job: check them
 *             -> delivered (inbox.c)
 *
 * A certificate is verified once (hs_certificate_cache). A parcel that needs one which another
 * parcel's job is verifying waits for that.
 */
#include <stdlib.h>

#include "base/mutants.h"
#include "node/node_internal.h"
#include "wire/payload.h"

/* Some dozens of transfers. */
#define PAYLOAD_BYTES_HERE_MAX 8192u

static void advance(struct hs_node *node, struct hs_parcel *parcel);

/* -- room for them ----------------------------------------------------------------- */

enum hs_status hs_parcels_init(struct hs_node *node)
{
    uint32_t peers = node->application.epoch != NULL ? HS_PEERS_MAX : node->peer_count;
    node->inbox.capacity = peers * HS_PARCELS_PER_PEER;
    /* What is never used costs no memory: they are large, and fresh pages of zeros. */
    node->inbox.parcels = calloc(node->inbox.capacity, sizeof(node->inbox.parcels[0]));
    return node->inbox.parcels != NULL ? HS_OK : HS_OUT_OF_MEMORY;
}

static void free_parcel(struct hs_parcel *parcel)
{
    struct hs_inbox *inbox = &parcel->node->inbox;
    if (parcel->buffer != NULL) {
        hs_buffer_release(parcel->buffer);
    }
    hs_node_epoch_release(parcel->node, parcel->epoch);
    parcel->epoch = NULL;
    free(parcel->transactions);
    free(parcel->unknown);
    free(parcel->unknown_ids);
    parcel->unknown_ids = NULL;
    parcel->buffer = NULL;
    parcel->transactions = NULL;
    parcel->unknown = NULL;
    parcel->stage = HS_PARCEL_FREE;
    while (inbox->end > 0 && inbox->parcels[inbox->end - 1].stage == HS_PARCEL_FREE) {
        inbox->end--;
    }
}

void hs_parcels_forget_peer(struct hs_node *node, uint32_t peer)
{
    for (uint32_t i = 0; i < node->inbox.end; i++) {
        struct hs_parcel *parcel = &node->inbox.parcels[i];
        if (parcel->stage != HS_PARCEL_FREE && parcel->peer == peer) {
            parcel->peer = HS_GONE_PEER;
        }
    }
}

void hs_parcels_forget_waiting(struct hs_node *node)
{
    for (uint32_t i = 0; i < node->inbox.end; i++) {
        struct hs_parcel *parcel = &node->inbox.parcels[i];
        if (parcel->stage == HS_PARCEL_WAITING || parcel->stage == HS_PARCEL_WAKING) {
            free_parcel(parcel);
        }
    }
}

void hs_parcels_free(struct hs_node *node)
{
    for (uint32_t i = 0; i < node->inbox.end; i++) {
        if (node->inbox.parcels[i].stage != HS_PARCEL_FREE) {
            free_parcel(&node->inbox.parcels[i]);
        }
    }
    free(node->inbox.parcels);
}
/* -- jobs ------------------------------------------------------------------------- */

/* P3 */
static bool carries_proof(const struct hs_parcel *parcel)
{
    return parcel->epoch->verifier.has_proofs && parcel->message.type == HS_MESSAGE_PROPOSAL;
}

static enum hs_status judge_certificates(struct hs_parcel *parcel)
{
    const struct hs_verifier *verifier = &parcel->epoch->verifier;
    const struct hs_leader_proof *proof = &parcel->proof_needed;
    if (carries_proof(parcel) && !parcel->has_proof) {
        return HS_PROTOCOL_VIOLATION;
    }
    enum hs_status status = HS_OK;
    if (parcel->check_proof && parcel->check_qc) {
        status = hs_verify_qc_and_proof(verifier, &parcel->qc, &parcel->proof, parcel->qc_needed,
                                        proof, &parcel->vote_hash);
    } else if (parcel->check_proof) {
        status = hs_verify_proof(verifier, &parcel->proof, proof);
    } else if (parcel->check_qc) {
        status = hs_verify_qc_hashed(verifier, &parcel->qc, parcel->qc_needed, &parcel->vote_hash);
    }
    if (status == HS_OK && parcel->check_tc_qc) {
        status = hs_verify_qc(verifier, &parcel->tc_qc, &parcel->tc_needed->high_qc);
    }
    if (status == HS_OK && parcel->check_tc) {
        status = hs_verify_tc(verifier, &parcel->tc, parcel->tc_needed, &parcel->tc_qc);
    }
    return status;
}

static enum hs_status judge_proposal(struct hs_parcel *parcel)
{
    const struct hs_block_header *header = &parcel->message.proposal.header;
    enum hs_status status =
        hs_verify_proposal(&parcel->epoch->verifier, &parcel->block, &parcel->leader_vote, header,
                           &parcel->qc, carries_proof(parcel) ? &parcel->proof : NULL,
                           parcel->leader, parcel->member, &parcel->message.proposal.leader_vote);
    if (status != HS_OK) {
        return status;
    }
    return hs_chain_check_payload(&parcel->node->application, header,
                                  parcel->message.proposal.payload, &parcel->transactions);
}

static void run_judge(struct hs_job *job)
{
    struct hs_parcel *parcel = (struct hs_parcel *)job;
    parcel->status = judge_certificates(parcel);
    if (parcel->status == HS_OK && parcel->message.type == HS_MESSAGE_PROPOSAL) {
        parcel->status = judge_proposal(parcel);
    }
}

static void wake_waiting(struct hs_node *node)
{
    for (;;) {
        struct hs_parcel *oldest = NULL;
        for (uint32_t i = 0; i < node->inbox.end; i++) {
            struct hs_parcel *parcel = &node->inbox.parcels[i];
            if (parcel->stage == HS_PARCEL_WAKING &&
                (oldest == NULL || parcel->arrival < oldest->arrival)) {
                oldest = parcel;
            }
        }
        if (oldest == NULL) {
            return;
        }
        advance(node, oldest);
    }
}

static void mark_waking(struct hs_node *node)
{
    for (uint32_t i = 0; i < node->inbox.end; i++) {
        if (node->inbox.parcels[i].stage == HS_PARCEL_WAITING) {
            node->inbox.parcels[i].stage = HS_PARCEL_WAKING;
        }
    }
}

void hs_parcels_wake_waiting(struct hs_node *node)
{
    mark_waking(node);
    wake_waiting(node);
}

static void remember_certificates(struct hs_node *node, const struct hs_parcel *parcel)
{
    if (parcel->check_qc) {
        hs_certificate_cache_add_qc(&node->epoch->certificates, &parcel->qc);
        node->counters.certificates_verified++;
    }
    if (parcel->check_tc_qc) {
        hs_certificate_cache_add_qc(&node->epoch->certificates, &parcel->tc_qc);
        node->counters.certificates_verified++;
    }
    if (parcel->check_tc) {
        hs_certificate_cache_add_tc(&node->epoch->certificates, &parcel->tc);
        node->counters.certificates_verified++;
    }
    if (parcel->check_proof) {
        hs_certificate_cache_add_proof(&node->epoch->certificates, &parcel->proof);
        node->counters.certificates_verified += parcel->check_qc ? 0 : 1; /* a product of its own */
    }
}

static void done_judge(struct hs_job *job)
{
    struct hs_parcel *parcel = (struct hs_parcel *)job;
    struct hs_node *node = parcel->node;
    hs_node_job_came_back(node);
    parcel->judged = true;
    if (parcel->epoch != node->epoch) {
        node->counters.messages_ignored++; /* P5: that epoch is over */
        free_parcel(parcel);
    } else if (parcel->status == HS_OK) {
        remember_certificates(node, parcel);
        parcel->stage = HS_PARCEL_WAKING;
    } else {
        hs_node_blame_peer(node, parcel->peer, parcel->status);
        free_parcel(parcel);
    }
    hs_parcels_wake_waiting(node);
}

static void run_signatures(struct hs_job *job)
{
    struct hs_parcel *parcel = (struct hs_parcel *)job;
    const struct hs_application *application = &parcel->node->application;
    bool ok[HS_ADMISSION_CHUNK];
    parcel->status = HS_OK;
    for (size_t begin = 0; begin < parcel->unknown_count; begin += HS_ADMISSION_CHUNK) {
        size_t count = parcel->unknown_count - begin;
        count = count < HS_ADMISSION_CHUNK ? count : HS_ADMISSION_CHUNK;
        application->verify(application->context, ok, &parcel->unknown[begin], count);
        for (size_t i = 0; i < count; i++) {
            if (!ok[i]) {
                parcel->status = HS_BAD_SIGNATURE;
                return;
            }
        }
    }
}

static void done_signatures(struct hs_job *job)
{
    struct hs_parcel *parcel = (struct hs_parcel *)job;
    struct hs_node *node = parcel->node;
    hs_node_job_came_back(node);
    parcel->signatures_judged = !parcel->signatures_wait;
    node->counters.signatures_checked += parcel->unknown_count;
    for (size_t i = 0; i < parcel->unknown_count; i++) {
        hs_admission_claim_over(node, &parcel->unknown_ids[i], parcel->status == HS_OK);
    }
    if (parcel->epoch != node->epoch) {
        node->counters.messages_ignored++; /* P5: that epoch is over */
        free_parcel(parcel);
    } else if (parcel->status == HS_OK) {
        parcel->stage = HS_PARCEL_WAKING;
    } else {
        hs_node_blame_peer(node, parcel->peer, parcel->status); /* X2 */
        free_parcel(parcel);
    }
    hs_parcels_wake_waiting(node);
}

static void submit(struct hs_node *node, struct hs_parcel *parcel, void (*run)(struct hs_job *),
                   void (*done)(struct hs_job *))
{
    parcel->stage = HS_PARCEL_CHECKING;
    parcel->node = node;
    parcel->job.run = run;
    parcel->job.done = done;
    hs_node_submit_job(node, HS_LANE_URGENT, &parcel->job);
}

/* -- certificates known, under way, or to be checked ---------------------------------- */

/* Is another parcel's job verifying this QC? */
static bool qc_under_way(const struct hs_node *node, const struct hs_qc *qc)
{
    for (uint32_t i = 0; i < node->inbox.end; i++) {
        const struct hs_parcel *other = &node->inbox.parcels[i];
        if (other->stage == HS_PARCEL_CHECKING && !other->judged &&
            ((other->check_qc && hs_qc_equal(other->qc_needed, qc)) ||
             (other->check_tc_qc && hs_qc_equal(&other->tc_needed->high_qc, qc)))) {
            return true;
        }
    }
    return false;
}

/* Fills *verified from the cache; *check says that a job must. False: wait for another's. */
static bool find_qc(struct hs_node *node, const struct hs_qc *qc, struct hs_verified_qc *verified,
                    bool *check)
{
    *check = false;
    const struct hs_verified_qc *known =
        hs_certificate_cache_find_qc(&node->epoch->certificates, qc);
    if (known != NULL) {
        *verified = *known;
        node->counters.certificates_known++;
        return true;
    }
    if (qc->view > 0 && qc_under_way(node, qc)) {
        return false;
    }
    *check = true;
    return true;
}

static bool find_certificates(struct hs_node *node, struct hs_parcel *parcel)
{
    parcel->check_qc = false;
    parcel->check_tc_qc = false;
    parcel->check_tc = false;
    if (parcel->qc_needed != NULL &&
        !find_qc(node, parcel->qc_needed, &parcel->qc, &parcel->check_qc)) {
        return false;
    }
    if (parcel->tc_needed == NULL) {
        return true;
    }
    const struct hs_verified_tc *known =
        hs_certificate_cache_find_tc(&node->epoch->certificates, parcel->tc_needed);
    if (known != NULL) {
        parcel->tc = *known;
        node->counters.certificates_known++;
        return true;
    }
    parcel->check_tc = true;
    return find_qc(node, &parcel->tc_needed->high_qc, &parcel->tc_qc, &parcel->check_tc_qc);
}

/* P3: the proof that came with a certificate is looked at where the certificate is to be checked: one
 * product is cheaper than two. Elsewhere the block brings it again. */
static void find_proof(struct hs_node *node, struct hs_parcel *parcel)
{
    parcel->check_proof = false;
    if (!parcel->has_proof) {
        return;
    }
    const struct hs_verified_proof *known =
        hs_certificate_cache_find_proof(&node->epoch->certificates, &parcel->proof_needed);
    if (known != NULL) {
        parcel->proof = *known;
        return;
    }
    parcel->check_proof = parcel->check_qc || parcel->message.type == HS_MESSAGE_PROPOSAL;
}
/* -- its way ------------------------------------------------------------------------------- */

static void claim(struct hs_node *node, struct hs_parcel *parcel, size_t index)
{
    const struct hs_transaction_id *id = &parcel->transactions[index].id;
    parcel->unknown[parcel->unknown_count] = node->split[index];
    parcel->unknown_ids[parcel->unknown_count] = *id;
    parcel->unknown_count++;
    hs_admission_claim(node, id);
}

/* Claims the transactions of a proposal whose signatures nobody has checked. When somebody else is
 * checking others of them, they are looked at again afterwards. */
static enum hs_status claim_unknown(struct hs_node *node, struct hs_parcel *parcel)
{
    size_t count = 0;
    enum hs_status status = hs_payload_split(node->split, &count, HS_BLOCK_TRANSACTIONS_MAX,
                                             parcel->message.proposal.payload);
    if (status != HS_OK) {
        return status;
    }
    size_t unknown_count = 0;
    free(parcel->unknown);
    free(parcel->unknown_ids);
    parcel->unknown = NULL;
    parcel->unknown_ids = NULL;
    parcel->unknown_count = 0;
    parcel->signatures_wait = false;
    for (size_t i = 0; i < count; i++) {
        enum hs_signature_knowledge knowledge =
            hs_admission_signature(node, &parcel->transactions[i].id);
        node->included[i] = knowledge == HS_SIGNATURE_UNKNOWN;
        unknown_count += node->included[i] ? 1 : 0;
        parcel->signatures_wait = parcel->signatures_wait || knowledge == HS_SIGNATURE_IN_CHECK;
    }
    if (unknown_count == 0) {
        return HS_OK;
    }
    parcel->unknown = calloc(unknown_count, sizeof(parcel->unknown[0]));
    parcel->unknown_ids = calloc(unknown_count, sizeof(parcel->unknown_ids[0]));
    if (parcel->unknown == NULL || parcel->unknown_ids == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        if (node->included[i]) {
            claim(node, parcel, i);
        }
    }
    return HS_OK;
}

/* Whether judging takes so long that a worker does it: a pairing, or a payload whose hashes cost more
 * than to wake one. A proposal whose certificate came before it is most often neither. */
static bool is_dear(const struct hs_parcel *parcel)
{
    bool is_proposal = parcel->message.type == HS_MESSAGE_PROPOSAL;
    return parcel->check_qc || parcel->check_tc || parcel->check_tc_qc || parcel->check_proof ||
           (is_proposal && (parcel->member != parcel->leader ||
                            parcel->message.proposal.payload.size > PAYLOAD_BYTES_HERE_MAX));
}

/* False: it is refused, and the parcel is free. */
static bool judge_here(struct hs_node *node, struct hs_parcel *parcel)
{
    run_judge(&parcel->job);
    parcel->judged = true;
    if (parcel->status != HS_OK) {
        hs_node_blame_peer(node, parcel->peer, parcel->status);
        free_parcel(parcel);
        return false;
    }
    return true;
}

/* The view of a proposal passed while it waited, or its block is here already. */
static bool proposal_is_late(const struct hs_node *node, const struct hs_parcel *parcel)
{
    struct hs_core_status core;
    hs_core_status(node->epoch->core, &core);
    return parcel->message.type == HS_MESSAGE_PROPOSAL &&
           parcel->message.proposal.header.view < core.view;
}

static void advance(struct hs_node *node, struct hs_parcel *parcel)
{
    if (proposal_is_late(node, parcel)) {
        node->counters.messages_ignored++;
        free_parcel(parcel);
        return;
    }
    if (!parcel->judged) {
        if (!find_certificates(node, parcel)) {
            parcel->stage = HS_PARCEL_WAITING;
            return;
        }
        find_proof(node, parcel);
        if (is_dear(parcel)) {
            parcel->vote_hash = node->signing.vote_hash;
            submit(node, parcel, run_judge, done_judge);
            return;
        }
        if (parcel->message.type == HS_MESSAGE_PROPOSAL && !judge_here(node, parcel)) {
            return;
        }
    }
    if (parcel->message.type == HS_MESSAGE_PROPOSAL && !parcel->signatures_judged) {
        enum hs_status status = claim_unknown(node, parcel);
        if (status == HS_OK && parcel->unknown_count > 0) {
            submit(node, parcel, run_signatures, done_signatures);
            return;
        }
        if (status == HS_OK && parcel->signatures_wait) {
            parcel->stage = HS_PARCEL_WAITING;
            return;
        }
        if (status != HS_OK) {
            hs_node_blame_peer(node, parcel->peer, status);
            free_parcel(parcel);
            return;
        }
    }
    parcel->stage = HS_PARCEL_CHECKING; /* not to be woken while its events are fed */
    node->speaker = parcel->peer;
    hs_inbox_deliver(node, parcel);
    node->speaker = HS_NO_PEER;
    free_parcel(parcel);
}
/* -- its start ------------------------------------------------------------------------------ */

/* The first free one. */
static struct hs_parcel *take_parcel(struct hs_node *node, uint32_t peer)
{
    struct hs_inbox *inbox = &node->inbox;
    uint32_t place = inbox->end;
    uint32_t of_peer = 0;
    for (uint32_t i = inbox->end; i-- > 0;) {
        if (inbox->parcels[i].stage == HS_PARCEL_FREE) {
            place = i;
        } else if (inbox->parcels[i].peer == peer) {
            of_peer++;
        }
    }
    bool too_many = of_peer >= HS_PARCELS_PER_PEER && !HS_MUTANT_PEER_UNBOUNDED;
    if (too_many || place == inbox->capacity) {
        return NULL;
    }
    inbox->end = place == inbox->end ? place + 1 : inbox->end;
    return &inbox->parcels[place];
}

/* P3: what the message says that its view's leader proved, or the next view's. A certificate has that
 * from the leader itself, or has it for nothing; so has who does not vote. */
static void take_proof(const struct hs_node *node, struct hs_parcel *parcel)
{
    const struct hs_message *message = &parcel->message;
    parcel->has_proof = false;
    if (message->type == HS_MESSAGE_PROPOSAL) {
        const struct hs_block_header *header = &message->proposal.header;
        parcel->leader = hs_core_leader(node->epoch->core, header->view);
        parcel->has_proof =
            carries_proof(parcel) && hs_leader_proof_of(&parcel->proof_needed, header);
    } else if (message->type == HS_MESSAGE_QC && message->has_next_proof &&
               message->qc.view < UINT64_MAX) {
        parcel->leader = hs_core_leader(node->epoch->core, message->qc.view + 1);
        parcel->has_proof = parcel->epoch->verifier.has_proofs &&
                            parcel->leader == parcel->member &&
                            parcel->epoch->self != HS_VALIDATORS_MAX;
        parcel->proof_needed = (struct hs_leader_proof){
            .epoch = message->qc.epoch,
            .view = message->qc.view + 1,
            .leader = parcel->leader,
            .signature = message->next_proof,
        };
    }
}

void hs_parcel_start(struct hs_node *node, uint32_t peer, struct hs_buffer *buffer,
                     const struct hs_qc *qc, const struct hs_tc *tc, bool ends_epoch)
{
    struct hs_parcel *parcel = take_parcel(node, peer);
    if (parcel == NULL) {
        node->counters.messages_ignored++; /* sent again by correct peers (L3, L12) */
        return;
    }
    const struct hs_message *scratch = &node->inbox.scratch;
    parcel->message = *scratch;
    parcel->node = node;
    parcel->arrival = node->inbox.arrivals++;
    parcel->peer = peer;
    parcel->member = hs_member_of_peer(node, peer);
    parcel->ends_epoch = ends_epoch;
    parcel->epoch = hs_node_epoch_retain(node->epoch);
    parcel->buffer = hs_buffer_retain(buffer);
    /* The same fields of the parcel's own copy. */
    ptrdiff_t qc_offset = qc != NULL ? (const uint8_t *)qc - (const uint8_t *)scratch : 0;
    ptrdiff_t tc_offset = tc != NULL ? (const uint8_t *)tc - (const uint8_t *)scratch : 0;
    const uint8_t *own = (const uint8_t *)&parcel->message;
    parcel->qc_needed = qc != NULL ? (const struct hs_qc *)(const void *)(own + qc_offset) : NULL;
    parcel->tc_needed = tc != NULL ? (const struct hs_tc *)(const void *)(own + tc_offset) : NULL;
    parcel->judged = false;
    parcel->signatures_judged = false;
    parcel->unknown_count = 0;
    take_proof(node, parcel);
    advance(node, parcel);
}
