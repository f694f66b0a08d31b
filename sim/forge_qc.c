/* Wrong QCs, each made of a right one that somebody signed. See forgeries.h. */
#include <string.h>

#include "base/bitmap.h"
#include "sim/forgeries_internal.h"
#include "wire/certificate.h"
#include "wire/statement.h"

static bool sign_anew(const struct hs_forger *forger, struct hs_qc *qc)
{
    struct hs_statement statement = hs_forge_vote_statement(qc);
    return hs_forger_aggregate(forger, &qc->aggregate, &qc->signers, &statement);
}

static uint32_t count_of(const struct hs_forger *forger)
{
    return forger->set->count;
}

/* -- who signed ------------------------------------------------------------------------------ */

/* The lightest quorum has one less; the sum is right. */
bool hs_forge_qc_too_few(const struct hs_forger *forger, struct hs_qc *qc)
{
    const struct hs_validator_set *set = forger->set;
    uint64_t quorum = set->weight_total * 2 / 3 + 1;
    for (;;) {
        uint64_t weight = 0;
        for (uint32_t i = hs_bitmap_next(&qc->signers, 0); i < set->count;
             i = hs_bitmap_next(&qc->signers, i + 1)) {
            weight += set->validators[i].weight;
        }
        if (weight < quorum) {
            return sign_anew(forger, qc);
        }
        hs_bitmap_clear(&qc->signers, hs_forge_last(&qc->signers));
    }
}

bool hs_forge_qc_of_nobody(const struct hs_forger *forger, struct hs_qc *qc)
{
    (void)forger;
    qc->signers = (struct hs_bitmap){{0}};
    return true;
}

bool hs_forge_qc_claims_one_more(const struct hs_forger *forger, struct hs_qc *qc)
{
    for (uint32_t i = 0; i < count_of(forger); i++) {
        if (!hs_bitmap_get(&qc->signers, i)) {
            hs_bitmap_set(&qc->signers, i);
            return true;
        }
    }
    return false;
}

bool hs_forge_qc_hides_one(const struct hs_forger *forger, struct hs_qc *qc)
{
    (void)forger;
    hs_bitmap_clear(&qc->signers, hs_forge_last(&qc->signers));
    return true;
}

/* Where the last byte of the bitmap has bits to spare. */
bool hs_forge_qc_beyond_set(const struct hs_forger *forger, struct hs_qc *qc)
{
    if (count_of(forger) % 8 == 0) {
        return false;
    }
    hs_bitmap_set(&qc->signers, count_of(forger));
    return true;
}

/* The last one's signature is the first one's again. */
bool hs_forge_qc_twice(const struct hs_forger *forger, struct hs_qc *qc)
{
    struct hs_statement statement = hs_forge_vote_statement(qc);
    struct hs_bitmap first = {{0}};
    struct hs_bitmap others = qc->signers;
    hs_bitmap_set(&first, hs_bitmap_next(&qc->signers, 0));
    hs_bitmap_clear(&others, hs_forge_last(&qc->signers));
    struct hs_bls_signature sums[2];
    const struct hs_bls_signature *pointers[] = {&sums[0], &sums[1]};
    size_t bad_index;
    return hs_forger_aggregate(forger, &sums[0], &first, &statement) &&
           hs_forger_aggregate(forger, &sums[1], &others, &statement) &&
           hs_bls_aggregate(&qc->aggregate, &bad_index, pointers, 2) == HS_OK;
}

bool hs_forge_qc_one_for_all(const struct hs_forger *forger, struct hs_qc *qc)
{
    struct hs_statement statement = hs_forge_vote_statement(qc);
    struct hs_bitmap one = {{0}};
    hs_bitmap_set(&one, hs_bitmap_next(&forger->keys, 0));
    for (uint32_t i = 0; i < count_of(forger); i++) {
        hs_bitmap_set(&qc->signers, i);
    }
    return hs_forger_aggregate(forger, &qc->aggregate, &one, &statement);
}

/* Keys of which nobody has proved possession. */
bool hs_forge_qc_nobodys_keys(const struct hs_forger *forger, struct hs_qc *qc)
{
    struct hs_statement statement = hs_forge_vote_statement(qc);
    struct hs_bls_statement bytes;
    struct hs_bls_secret_key secret_key;
    uint8_t seed[HS_BLS_SECRET_KEY_BYTES] = {0xf0, 0x26};
    hs_statement_encode(&bytes, &forger->cluster->chain_id, &statement);
    if (hs_bls_secret_key_derive(&secret_key, seed, sizeof(seed)) != HS_OK) {
        return false;
    }
    hs_bls_sign(&qc->aggregate, &secret_key, &bytes);
    return true;
}

/* -- what was signed ------------------------------------------------------------------------- */

bool hs_forge_qc_view_above(const struct hs_forger *forger, struct hs_qc *qc)
{
    (void)forger;
    qc->view++;
    return true;
}

bool hs_forge_qc_far_view(const struct hs_forger *forger, struct hs_qc *qc)
{
    (void)forger;
    qc->view += 1000000;
    return true;
}

bool hs_forge_qc_last_view(const struct hs_forger *forger, struct hs_qc *qc)
{
    (void)forger;
    qc->view = UINT64_MAX;
    return true;
}

bool hs_forge_qc_other_block(const struct hs_forger *forger, struct hs_qc *qc)
{
    (void)forger;
    qc->block_id.bytes[31] ^= 1;
    return true;
}

static bool has_other(const struct hs_forger *forger, const struct hs_qc *qc)
{
    return forger->other_qc.view > 0 && forger->other_qc.view != qc->view;
}

bool hs_forge_qc_other_aggregate(const struct hs_forger *forger, struct hs_qc *qc)
{
    qc->signers = forger->other_qc.signers;
    qc->aggregate = forger->other_qc.aggregate;
    return has_other(forger, qc);
}

bool hs_forge_qc_other_qcs_block(const struct hs_forger *forger, struct hs_qc *qc)
{
    qc->block_id = forger->other_qc.block_id;
    return has_other(forger, qc);
}

bool hs_forge_qc_next_epoch(const struct hs_forger *forger, struct hs_qc *qc)
{
    (void)forger;
    qc->epoch++;
    return true;
}

bool hs_forge_qc_signed_next_epoch(const struct hs_forger *forger, struct hs_qc *qc)
{
    struct hs_statement statement = hs_forge_vote_statement(qc);
    statement.epoch++;
    return hs_forger_aggregate(forger, &qc->aggregate, &qc->signers, &statement);
}

bool hs_forge_qc_other_chain(const struct hs_forger *forger, struct hs_qc *qc)
{
    struct hs_statement statement = hs_forge_vote_statement(qc);
    return hs_forge_for_other_chain(forger, &qc->aggregate, &qc->signers, &statement);
}

bool hs_forge_qc_of_view_changes(const struct hs_forger *forger, struct hs_qc *qc)
{
    struct hs_statement statement = {.type = HS_STATEMENT_VIEW_CHANGE,
                                     .epoch = qc->epoch,
                                     .view = qc->view,
                                     .high_qc_view = qc->view - 1};
    return hs_forger_aggregate(forger, &qc->aggregate, &qc->signers, &statement);
}

/* -- no signature at all ---------------------------------------------------------------------- */

bool hs_forge_qc_infinity(const struct hs_forger *forger, struct hs_qc *qc)
{
    (void)forger;
    hs_forge_infinity(&qc->aggregate);
    return true;
}

bool hs_forge_qc_zeros(const struct hs_forger *forger, struct hs_qc *qc)
{
    (void)forger;
    qc->aggregate = (struct hs_bls_signature){{0}};
    return true;
}

bool hs_forge_qc_not_canonical(const struct hs_forger *forger, struct hs_qc *qc)
{
    (void)forger;
    qc->aggregate.bytes[0] ^= 0x80;
    return true;
}

bool hs_forge_qc_negated(const struct hs_forger *forger, struct hs_qc *qc)
{
    (void)forger;
    qc->aggregate.bytes[0] ^= 0x20;
    return true;
}

bool hs_forge_qc_off_curve(const struct hs_forger *forger, struct hs_qc *qc)
{
    (void)forger;
    return hs_forge_off_curve(&qc->aggregate);
}

bool hs_forge_qc_off_subgroup(const struct hs_forger *forger, struct hs_qc *qc)
{
    (void)forger;
    return hs_forge_off_subgroup(&qc->aggregate);
}

/* -- view 0 (section 1) ----------------------------------------------------------------------- */

static void make_view_zero(const struct hs_forger *forger, struct hs_qc *qc)
{
    hs_qc_of_view_zero(qc, forger->set->epoch, &forger->cluster->genesis.id);
}

bool hs_forge_qc_zero_other_block(const struct hs_forger *forger, struct hs_qc *qc)
{
    struct hs_block_id block_id = qc->block_id;
    make_view_zero(forger, qc);
    qc->block_id = block_id;
    return true;
}

bool hs_forge_qc_zero_signer(const struct hs_forger *forger, struct hs_qc *qc)
{
    make_view_zero(forger, qc);
    hs_bitmap_set(&qc->signers, 0);
    return true;
}

bool hs_forge_qc_zero_aggregate(const struct hs_forger *forger, struct hs_qc *qc)
{
    struct hs_bls_signature aggregate = qc->aggregate;
    make_view_zero(forger, qc);
    qc->aggregate = aggregate;
    return true;
}

bool hs_forge_qc_zero_next_epoch(const struct hs_forger *forger, struct hs_qc *qc)
{
    make_view_zero(forger, qc);
    qc->epoch++;
    return true;
}

bool hs_forge_qc_zero_signed(const struct hs_forger *forger, struct hs_qc *qc)
{
    qc->view = 0;
    return sign_anew(forger, qc);
}

bool hs_forge_qc_zero_of_view(const struct hs_forger *forger, struct hs_qc *qc)
{
    uint64_t view = qc->view;
    make_view_zero(forger, qc);
    qc->view = view;
    return true;
}
