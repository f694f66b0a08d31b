#include "consensus/verify.h"

#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "base/mutants.h"
#include "consensus/validator_set.h"
#include "crypto/vrf.h"
#include "wire/header.h"
#include "wire/statement.h"

enum hs_status hs_verifier_init(struct hs_verifier *verifier, const struct hs_chain_id *chain_id,
                                const struct hs_validator_set *set,
                                const struct hs_block_id *view_zero_block_id,
                                struct hs_bls_point keys[])
{
    if (hs_validator_set_check(set) != HS_OK) {
        return HS_INVALID_ARGUMENT;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        enum hs_status status = hs_bls_point_of(&keys[i], &set->validators[i].bls_public_key);
        if (status != HS_OK) {
            return status;
        }
    }
    verifier->chain_id = *chain_id;
    verifier->set = set;
    verifier->keys = keys;
    verifier->quorum = hs_validator_set_quorum(set);
    verifier->knows_beginning = view_zero_block_id != NULL;
    if (verifier->knows_beginning) {
        hs_qc_of_view_zero(&verifier->view_zero, set->epoch, view_zero_block_id);
    }
    verifier->has_proofs = false;
    memset(verifier->randomness, 0, sizeof verifier->randomness);
    return HS_OK;
}

void hs_verifier_expect_proofs(struct hs_verifier *verifier,
                               const uint8_t randomness[HS_HASH_BYTES])
{
    verifier->has_proofs = true;
    memcpy(verifier->randomness, randomness, HS_HASH_BYTES);
}

/* P5 */
static enum hs_status check_epoch(const struct hs_verifier *verifier, uint64_t epoch)
{
    if (epoch == verifier->set->epoch) {
        return HS_OK;
    }
    return epoch < verifier->set->epoch ? HS_STALE : HS_NOT_READY;
}

/* Points to the keys of the signers, in their order; returns how many. */
static size_t keys_of(const struct hs_verifier *verifier, const struct hs_bls_point *keys[],
                      const struct hs_bitmap *signers)
{
    size_t count = 0;
    for (uint32_t i = hs_bitmap_next(signers, 0); i < verifier->set->count;
         i = hs_bitmap_next(signers, i + 1)) {
        keys[count++] = &verifier->keys[i];
    }
    return count;
}

static bool is_quorum(const struct hs_verifier *verifier, const struct hs_bitmap *signers)
{
    return hs_validator_set_weight_of(verifier->set, signers) >= verifier->quorum;
}

/* -- certificates ---------------------------------------------------------------- */

/* A quorum in the form of a certificate; its signatures are open. */
static bool qc_has_quorum(const struct hs_verifier *verifier, const struct hs_qc *qc)
{
    return hs_qc_is_well_formed(qc, verifier->set->count) && is_quorum(verifier, &qc->signers);
}

/* The statement is made of the certificate's own epoch, view and block: signatures for any
 * others do not verify (S7). */
static struct hs_bls_check check_of_qc(const struct hs_verifier *verifier, const struct hs_qc *qc,
                                       struct hs_bls_statement *statement,
                                       const struct hs_bls_point *keys[],
                                       const struct hs_bls_hash *hash)
{
    const struct hs_statement vote = {
        .type = HS_STATEMENT_VOTE,
        .epoch = qc->epoch,
        .view = qc->view,
        .block_id = qc->block_id,
    };
    hs_statement_encode(statement, &verifier->chain_id, &vote);
    return (struct hs_bls_check){
        .signature = &qc->aggregate,
        .statement = statement,
        .keys = keys,
        .key_count = keys_of(verifier, keys, &qc->signers),
        .hash = hash,
    };
}

static enum hs_status check_qc_signatures(const struct hs_verifier *verifier,
                                          const struct hs_qc *qc, const struct hs_bls_hash *hash)
{
    struct hs_bls_statement statement;
    const struct hs_bls_point *keys[HS_VALIDATORS_MAX];
    struct hs_bls_check check = check_of_qc(verifier, qc, &statement, keys, hash);
    return hs_bls_verify_many(&check, 1);
}

enum hs_status hs_verify_qc(const struct hs_verifier *verifier, struct hs_verified_qc *out,
                            const struct hs_qc *qc)
{
    return hs_verify_qc_hashed(verifier, out, qc, NULL);
}

enum hs_status hs_verify_qc_hashed(const struct hs_verifier *verifier, struct hs_verified_qc *out,
                                   const struct hs_qc *qc, const struct hs_bls_hash *hash)
{
    enum hs_status status = check_epoch(verifier, qc->epoch);
    if (status != HS_OK) {
        return status;
    }
    bool good;
    if (qc->view == 0 && !verifier->knows_beginning) {
        return HS_STALE; /* an honest peer that is behind shows it, and a liar may */
    }
    if (qc->view == 0) {
        good = hs_qc_equal(qc, &verifier->view_zero) || HS_MUTANT_VIEW_ZERO; /* S7 */
    } else {
        good = qc_has_quorum(verifier, qc) &&
               (check_qc_signatures(verifier, qc, hash) == HS_OK || HS_MUTANT_QC_UNCHECKED);
    }
    if (!good) {
        return HS_BAD_CERTIFICATE;
    }
    out->sealed_qc = *qc;
    return HS_OK;
}

static bool tc_has_quorum(const struct hs_verifier *verifier, const struct hs_tc *tc)
{
    struct hs_bitmap signers = {{0}};
    uint64_t twice = 0;
    for (uint32_t i = 0; i < tc->group_count; i++) {
        const struct hs_bitmap *group = &tc->groups[i].signers;
        bool again = HS_MUTANT_SIGNER_TWICE && hs_bitmap_overlap(&signers, group);
        twice += again ? hs_validator_set_weight_of(verifier->set, group) : 0;
        hs_bitmap_add(&signers, group);
    }
    return hs_validator_set_weight_of(verifier->set, &signers) + twice >= verifier->quorum;
}

static void encode_view_change(const struct hs_verifier *verifier, struct hs_bls_statement *out,
                               uint64_t view, uint64_t high_qc_view)
{
    const struct hs_statement view_change = {
        .type = HS_STATEMENT_VIEW_CHANGE,
        .epoch = verifier->set->epoch,
        .view = view,
        .high_qc_view = high_qc_view,
    };
    hs_statement_encode(out, &verifier->chain_id, &view_change);
}

/* No signer is in two groups, so the keys of all of them fit one array. */
static enum hs_status check_tc_signatures(const struct hs_verifier *verifier,
                                          const struct hs_tc *tc)
{
    struct hs_bls_statement statements[HS_VALIDATORS_MAX];
    const struct hs_bls_point *keys[HS_VALIDATORS_MAX];
    struct hs_bls_check checks[HS_VALIDATORS_MAX];
    size_t key_count = 0;
    for (uint32_t i = 0; i < tc->group_count; i++) {
        const struct hs_tc_group *group = &tc->groups[i];
        encode_view_change(verifier, &statements[i], tc->view, group->high_qc_view);
        checks[i] = (struct hs_bls_check){
            .signature = &group->aggregate,
            .statement = &statements[i],
            .keys = &keys[key_count],
            .key_count = keys_of(verifier, &keys[key_count], &group->signers),
        };
        key_count += checks[i].key_count;
    }
    return hs_bls_verify_many(checks, tc->group_count);
}

enum hs_status hs_verify_tc(const struct hs_verifier *verifier, struct hs_verified_tc *out,
                            const struct hs_tc *tc, const struct hs_verified_qc *high_qc)
{
    enum hs_status status = check_epoch(verifier, tc->epoch);
    if (status != HS_OK) {
        return status;
    }
    bool good = hs_tc_is_well_formed(tc, verifier->set->count) &&
                hs_qc_equal(&tc->high_qc, &high_qc->sealed_qc) && /* S7 */
                tc_has_quorum(verifier, tc) &&
                (check_tc_signatures(verifier, tc) == HS_OK || HS_MUTANT_TC_UNCHECKED);
    if (!good) {
        return HS_BAD_CERTIFICATE;
    }
    out->sealed_tc = *tc;
    return HS_OK;
}

/* -- votes ------------------------------------------------------------------------- */

static enum hs_status check_vote_form(const struct hs_verifier *verifier,
                                      const struct hs_vote *vote)
{
    enum hs_status status = check_epoch(verifier, vote->epoch);
    if (status != HS_OK) {
        return status;
    }
    return vote->view > 0 && vote->voter < verifier->set->count ? HS_OK : HS_PROTOCOL_VIOLATION;
}

static enum hs_status check_vote_signature(const struct hs_verifier *verifier,
                                           const struct hs_vote *vote)
{
    const struct hs_statement voted = hs_statement_of_vote(vote);
    struct hs_bls_statement statement;
    hs_statement_encode(&statement, &verifier->chain_id, &voted);
    const struct hs_bls_point *key = &verifier->keys[vote->voter];
    return hs_bls_verify(&vote->signature, &statement, &key, 1);
}

enum hs_status hs_admit_vote(const struct hs_verifier *verifier, struct hs_admitted_vote *out,
                             const struct hs_vote *vote, uint32_t peer)
{
    enum hs_status status = check_vote_form(verifier, vote);
    if (status != HS_OK) {
        return status;
    }
    if (vote->voter != peer) { /* L9 */
        return HS_PROTOCOL_VIOLATION;
    }
    out->sealed_vote = *vote;
    return HS_OK;
}

enum hs_status hs_admit_vote_relayed(const struct hs_verifier *verifier,
                                     struct hs_admitted_vote *out, const struct hs_vote *vote)
{
    enum hs_status status = check_vote_form(verifier, vote);
    if (status == HS_OK) {
        status = check_vote_signature(verifier, vote); /* L9 */
    }
    if (status == HS_OK) {
        out->sealed_vote = *vote;
    }
    return status;
}

/* A last_vote is its author's, and S6 lets nobody give up a view below one it voted in. */
static bool last_vote_fits(const struct hs_view_change *view_change)
{
    const struct hs_vote *vote = &view_change->last_vote;
    return !view_change->has_last_vote ||
           (vote->voter == view_change->author && vote->epoch == view_change->epoch &&
            vote->view > 0 && vote->view <= view_change->view);
}

enum hs_status hs_admit_view_change(const struct hs_verifier *verifier,
                                    struct hs_admitted_view_change *out,
                                    const struct hs_view_change *view_change, uint32_t peer,
                                    const struct hs_verified_qc *high_qc)
{
    enum hs_status status = check_epoch(verifier, view_change->epoch);
    if (status != HS_OK) {
        return status;
    }
    bool good =
        view_change->author < verifier->set->count && view_change->author == peer && /* L9 */
        view_change->high_qc.epoch == view_change->epoch &&
        view_change->view > view_change->high_qc.view && /* S6 */
        hs_qc_equal(&view_change->high_qc, &high_qc->sealed_qc) && last_vote_fits(view_change);
    if (!good) {
        return HS_PROTOCOL_VIOLATION;
    }
    out->sealed_view_change = *view_change;
    return HS_OK;
}

/* -- VRF proofs ------------------------------------------------------------------------- */

bool hs_leader_proof_of(struct hs_leader_proof *proof, const struct hs_block_header *header)
{
    if (header->vrf_proof_bytes != sizeof proof->signature.bytes) {
        return false;
    }
    proof->epoch = header->epoch;
    proof->view = header->view;
    proof->leader = header->proposer;
    memcpy(proof->signature.bytes, header->vrf_proof, sizeof proof->signature.bytes);
    return true;
}

static bool proof_is_expected(const struct hs_verifier *verifier,
                              const struct hs_leader_proof *proof)
{
    return verifier->has_proofs && proof->view > 0 && proof->leader < verifier->set->count;
}

static void encode_vrf_input(const struct hs_verifier *verifier, struct hs_bls_statement *out,
                             uint64_t view)
{
    hs_statement_encode_vrf(out, &verifier->chain_id, verifier->set->epoch, view,
                            verifier->randomness);
}

/* P3 */
enum hs_status hs_verify_proof(const struct hs_verifier *verifier, struct hs_verified_proof *out,
                               const struct hs_leader_proof *proof)
{
    enum hs_status status = check_epoch(verifier, proof->epoch);
    if (status != HS_OK) {
        return status;
    }
    if (!proof_is_expected(verifier, proof)) {
        return HS_PROTOCOL_VIOLATION;
    }
    struct hs_bls_statement input;
    encode_vrf_input(verifier, &input, proof->view);
    const struct hs_vrf_proof claimed = {proof->signature};
    status = hs_vrf_verify(&claimed, &input, &verifier->keys[proof->leader]);
    if (status == HS_OK || HS_MUTANT_PROOF_UNCHECKED) {
        out->sealed_proof = *proof;
        return HS_OK;
    }
    return status;
}

/* False also for what is not to be paired at all. */
static bool pair_verifies(const struct hs_verifier *verifier, const struct hs_qc *qc,
                          const struct hs_leader_proof *proof, const struct hs_bls_hash *hash)
{
    bool to_be_paired = check_epoch(verifier, qc->epoch) == HS_OK &&
                        check_epoch(verifier, proof->epoch) == HS_OK && qc->view > 0 &&
                        qc_has_quorum(verifier, qc) && proof_is_expected(verifier, proof);
    if (!to_be_paired) {
        return false;
    }
    struct hs_bls_statement statement;
    const struct hs_bls_point *keys[HS_VALIDATORS_MAX];
    struct hs_bls_statement input;
    encode_vrf_input(verifier, &input, proof->view);
    const struct hs_vrf_proof claimed = {proof->signature};
    const struct hs_bls_point *key = &verifier->keys[proof->leader];
    const struct hs_bls_check checks[2] = {check_of_qc(verifier, qc, &statement, keys, hash),
                                           hs_vrf_check(&claimed, &input, &key)};
    return hs_bls_verify_many(checks, HS_MUTANT_PROOF_UNCHECKED ? 1 : 2) == HS_OK;
}

/* P3 */
enum hs_status hs_verify_qc_and_proof(const struct hs_verifier *verifier,
                                      struct hs_verified_qc *qc_out,
                                      struct hs_verified_proof *proof_out, const struct hs_qc *qc,
                                      const struct hs_leader_proof *proof,
                                      const struct hs_bls_hash *hash)
{
    if (pair_verifies(verifier, qc, proof, hash)) {
        qc_out->sealed_qc = *qc;
        proof_out->sealed_proof = *proof;
        return HS_OK;
    }
    enum hs_status status = hs_verify_qc_hashed(verifier, qc_out, qc, hash);
    return status == HS_OK ? hs_verify_proof(verifier, proof_out, proof) : status;
}

/* -- blocks --------------------------------------------------------------------------- */

/* The parts of S1 that need no block tree. */
static bool is_well_formed_proposal(const struct hs_block_header *header,
                                    const struct hs_qc *justify, uint32_t leader)
{
    return header->version == HS_HEADER_VERSION && header->height > 0 &&
           header->proposer == leader && hs_qc_equal(&header->justify, justify) &&
           justify->epoch == header->epoch && header->view > justify->view &&
           (memcmp(justify->block_id.bytes, header->parent_id.bytes, HS_HASH_BYTES) == 0 ||
            HS_MUTANT_PARENT_UNCHECKED);
}

/* P3: the header carries the proof that was verified, made by its leader for its view; or none
 * where none is made. */
static bool carries_proof(const struct hs_verifier *verifier, const struct hs_block_header *header,
                          const struct hs_verified_proof *verified)
{
    if (!verifier->has_proofs) {
        return verified == NULL && header->vrf_proof_bytes == 0;
    }
    struct hs_leader_proof own;
    return verified != NULL && hs_leader_proof_of(&own, header) &&
           own.epoch == verified->sealed_proof.epoch && own.view == verified->sealed_proof.view &&
           own.leader == verified->sealed_proof.leader &&
           memcmp(own.signature.bytes, verified->sealed_proof.signature.bytes,
                  sizeof own.signature.bytes) == 0;
}

enum hs_status hs_verify_proposal(const struct hs_verifier *verifier,
                                  struct hs_verified_block *block_out,
                                  struct hs_admitted_vote *leader_vote_out,
                                  const struct hs_block_header *header,
                                  const struct hs_verified_qc *justify,
                                  const struct hs_verified_proof *proof, uint32_t leader,
                                  uint32_t peer, const struct hs_bls_signature *leader_vote)
{
    if (memcmp(header->chain_id.bytes, verifier->chain_id.bytes, HS_HASH_BYTES) != 0) {
        return HS_WRONG_CHAIN;
    }
    enum hs_status status = check_epoch(verifier, header->epoch);
    if (status != HS_OK) {
        return status;
    }
    if (!is_well_formed_proposal(header, &justify->sealed_qc, leader) || /* S1 */
        !carries_proof(verifier, header, proof)) {                       /* P3 */
        return HS_PROTOCOL_VIOLATION;
    }
    struct hs_vote vote = {
        .epoch = header->epoch,
        .view = header->view,
        .voter = leader,
        .signature = *leader_vote,
    };
    hs_block_id_of(&vote.block_id, header, verifier->set->count);
    status = peer == leader ? hs_admit_vote(verifier, leader_vote_out, &vote, peer)
                            : hs_admit_vote_relayed(verifier, leader_vote_out, &vote); /* L9 */
    if (status == HS_OK) {
        block_out->sealed_block = (struct hs_block){.id = vote.block_id, .header = *header};
    }
    return status;
}

/* Seals the block when its id is the expected one. */
static enum hs_status seal_named_block(const struct hs_verifier *verifier,
                                       struct hs_verified_block *out,
                                       const struct hs_block_header *header,
                                       const struct hs_block_id *expected_id)
{
    hs_recover_block(verifier, out, header);
    bool same = memcmp(out->sealed_block.id.bytes, expected_id->bytes, HS_HASH_BYTES) == 0;
    return same || HS_MUTANT_SYNC_UNVERIFIED ? HS_OK : HS_PROTOCOL_VIOLATION;
}

enum hs_status hs_verify_block_by_qc(const struct hs_verifier *verifier,
                                     struct hs_verified_block *out,
                                     const struct hs_block_header *header,
                                     const struct hs_verified_qc *qc)
{
    return seal_named_block(verifier, out, header, &qc->sealed_qc.block_id);
}

enum hs_status hs_verify_block_by_child(const struct hs_verifier *verifier,
                                        struct hs_verified_block *out,
                                        const struct hs_block_header *header,
                                        const struct hs_verified_block *child)
{
    return seal_named_block(verifier, out, header, &child->sealed_block.header.parent_id);
}

void hs_recover_block(const struct hs_verifier *verifier, struct hs_verified_block *out,
                      const struct hs_block_header *header)
{
    out->sealed_block.header = *header;
    hs_block_id_of(&out->sealed_block.id, header, verifier->set->count);
}

void hs_recover_qc(struct hs_verified_qc *out, const struct hs_qc *qc)
{
    out->sealed_qc = *qc;
}

/* -- aggregates -------------------------------------------------------------------------- */

/* Signatures of one request, in an order in which those of one statement stand together: a
 * range of them can be tried alone, and a whole range that is good makes a certificate. */
struct trial {
    const struct hs_verifier *verifier;
    const struct hs_aggregate_request *request;
    const struct hs_bls_hash *hash; /* or NULL */
    const struct hs_aggregate_item *items[HS_VALIDATORS_MAX];
    const struct hs_bls_signature *signatures[HS_VALIDATORS_MAX]; /* of items[i] */
    const struct hs_bls_point *keys[HS_VALIDATORS_MAX];           /* of items[i] */
    /* Of the range tried last. */
    uint32_t group_count;
    struct {
        uint32_t first; /* index in items */
        uint32_t size;
        struct hs_bls_statement statement;
        struct hs_bls_signature aggregate;
    } groups[HS_VALIDATORS_MAX];
};

/* What tells the statements of one request apart: nothing for votes. */
static uint64_t statement_key(const struct hs_aggregate_request *request,
                              const struct hs_aggregate_item *item)
{
    return request->statement.type == HS_STATEMENT_VIEW_CHANGE ? item->high_qc_view : 0;
}

static void begin_trial(struct trial *trial, const struct hs_verifier *verifier,
                        const struct hs_aggregate_request *request, const struct hs_bls_hash *hash)
{
    HS_ASSERT(request->count >= 1 && request->count <= verifier->set->count);
    HS_ASSERT(request->statement.epoch == verifier->set->epoch);
    trial->verifier = verifier;
    trial->request = request;
    trial->hash = hash;
    for (uint32_t i = 0; i < request->count; i++) {
        const struct hs_aggregate_item *item = &request->items[i];
        uint64_t key = statement_key(request, item);
        uint32_t place = i;
        for (; place > 0 && statement_key(request, trial->items[place - 1]) < key; place--) {
            trial->items[place] = trial->items[place - 1];
        }
        trial->items[place] = item;
    }
    struct hs_bitmap signers = {{0}};
    for (uint32_t i = 0; i < request->count; i++) {
        uint32_t signer = trial->items[i]->signer;
        HS_ASSERT(signer < verifier->set->count && !hs_bitmap_get(&signers, signer));
        hs_bitmap_set(&signers, signer);
        trial->signatures[i] = &trial->items[i]->signature;
        trial->keys[i] = &verifier->keys[signer];
    }
}

/* Divides items[from .. to) into groups of one statement. */
static void group_range(struct trial *trial, uint32_t from, uint32_t to)
{
    const struct hs_aggregate_request *request = trial->request;
    trial->group_count = 0;
    for (uint32_t i = from; i < to; i++) {
        uint64_t key = statement_key(request, trial->items[i]);
        if (i > from && statement_key(request, trial->items[i - 1]) == key) {
            trial->groups[trial->group_count - 1].size++;
            continue;
        }
        struct hs_statement signed_by_all = request->statement;
        signed_by_all.high_qc_view = key;
        uint32_t group = trial->group_count++;
        trial->groups[group].first = i;
        trial->groups[group].size = 1;
        hs_statement_encode(&trial->groups[group].statement, &trial->verifier->chain_id,
                            &signed_by_all);
    }
}

/* Do items[from .. to) verify, aggregated? What can't even be summed does not. */
static bool try_range(struct trial *trial, uint32_t from, uint32_t to)
{
    struct hs_bls_check checks[HS_VALIDATORS_MAX];
    group_range(trial, from, to);
    for (uint32_t i = 0; i < trial->group_count; i++) {
        uint32_t first = trial->groups[i].first;
        uint32_t size = trial->groups[i].size;
        size_t bad_index;
        if (hs_bls_aggregate(&trial->groups[i].aggregate, &bad_index, &trial->signatures[first],
                             size) != HS_OK) {
            return false;
        }
        checks[i] = (struct hs_bls_check){
            .signature = &trial->groups[i].aggregate,
            .statement = &trial->groups[i].statement,
            .keys = &trial->keys[first],
            .key_count = size,
            .hash = trial->hash,
        };
    }
    return hs_bls_verify_many(checks, trial->group_count) == HS_OK;
}

/* items[from .. to) did not verify: finds which. Sums are linear, so when one half verifies
 * the other does not, and needs no trial of its own. As deep as log2(HS_VALIDATORS_MAX). */
static void find_bad(struct trial *trial, uint32_t from, uint32_t to, struct hs_bitmap *bad)
{
    if (to - from == 1) {
        hs_bitmap_set(bad, trial->items[from]->signer);
        return;
    }
    uint32_t middle = from + (to - from) / 2;
    bool left_is_good = try_range(trial, from, middle);
    if (!left_is_good) {
        find_bad(trial, from, middle, bad);
    }
    if (left_is_good || !try_range(trial, middle, to)) {
        find_bad(trial, middle, to, bad);
    }
}

/* The signers of a group; returns their weight. */
static uint64_t signers_of(const struct trial *trial, uint32_t group, struct hs_bitmap *signers)
{
    *signers = (struct hs_bitmap){{0}};
    uint32_t first = trial->groups[group].first;
    for (uint32_t i = first; i < first + trial->groups[group].size; i++) {
        hs_bitmap_set(signers, trial->items[i]->signer);
    }
    return hs_validator_set_weight_of(trial->verifier->set, signers);
}

/* A QC of all that was tried, when that is a quorum. */
static bool make_qc(const struct trial *trial, struct hs_qc *qc)
{
    const struct hs_statement *statement = &trial->request->statement;
    *qc = (struct hs_qc){
        .epoch = statement->epoch,
        .view = statement->view,
        .block_id = statement->block_id,
        .aggregate = trial->groups[0].aggregate,
    };
    return signers_of(trial, 0, &qc->signers) >= trial->verifier->quorum;
}

/* A TC, the same way. The groups stand in descending order since the items do. */
static bool make_tc(const struct trial *trial, struct hs_tc *tc)
{
    const struct hs_aggregate_request *request = trial->request;
    tc->epoch = request->statement.epoch;
    tc->view = request->statement.view;
    tc->high_qc = request->high_qc;
    tc->group_count = trial->group_count;
    uint64_t weight = 0;
    for (uint32_t i = 0; i < trial->group_count; i++) {
        tc->groups[i].high_qc_view = trial->items[trial->groups[i].first]->high_qc_view;
        tc->groups[i].aggregate = trial->groups[i].aggregate;
        weight += signers_of(trial, i, &tc->groups[i].signers);
    }
    HS_ASSERT(tc->high_qc.view == tc->groups[0].high_qc_view); /* S7 */
    return weight >= trial->verifier->quorum;
}

static bool make_certificate(const struct trial *trial, struct hs_aggregate_result *out)
{
    switch (out->type) {
    case HS_STATEMENT_VOTE:
        return make_qc(trial, &out->qc.sealed_qc);
    case HS_STATEMENT_VIEW_CHANGE:
        return make_tc(trial, &out->tc.sealed_tc);
    }
    return false;
}

void hs_check_aggregate(const struct hs_verifier *verifier, struct hs_aggregate_result *out,
                        const struct hs_aggregate_request *request, const struct hs_bls_hash *hash)
{
    struct trial trial;
    begin_trial(&trial, verifier, request, hash);
    out->ticket = request->ticket;
    out->type = request->statement.type;
    out->bad = (struct hs_bitmap){{0}};
    out->good = try_range(&trial, 0, request->count) || HS_MUTANT_AGGREGATE_UNCHECKED ||
                HS_MUTANT_VOTES_MIXED;
    out->has_certificate = out->good && make_certificate(&trial, out);
    if (!out->good) {
        find_bad(&trial, 0, request->count, &out->bad);
    }
}

/* S8 */
enum hs_status hs_check_evidence(const struct hs_verifier *verifier, const struct hs_vote *first,
                                 const struct hs_vote *second)
{
    enum hs_status status = check_vote_form(verifier, first);
    if (status != HS_OK) {
        return status;
    }
    bool accuses = first->voter == second->voter && first->epoch == second->epoch &&
                   first->view == second->view &&
                   memcmp(first->block_id.bytes, second->block_id.bytes, HS_HASH_BYTES) != 0;
    if (!accuses) {
        return HS_PROTOCOL_VIOLATION;
    }
    status = check_vote_signature(verifier, first);
    return status == HS_OK ? check_vote_signature(verifier, second) : status;
}
