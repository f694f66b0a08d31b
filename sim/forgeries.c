/* The table of forgeries, and what their makers share. See forgeries.h. */
#include "sim/forgeries_internal.h"

#include <string.h>

#include "base/bitmap.h"
#include "wire/statement.h"

const struct hs_forgery hs_forgeries[] = {
#define LINE(text, how, make)                                                                      \
    {.name = (text), .forged = HS_FORGED_QC, .reaction = (how), .qc = (make)},
    HS_FORGED_QC_TABLE(LINE)
#undef LINE
#define LINE(text, how, make)                                                                      \
    {.name = (text), .forged = HS_FORGED_TC, .reaction = (how), .tc = (make)},
        HS_FORGED_TC_TABLE(LINE)
#undef LINE
#define LINE(text, how, make)                                                                      \
    {.name = (text), .forged = HS_FORGED_PROPOSAL, .reaction = (how), .message = (make)},
            HS_FORGED_PROPOSAL_TABLE(LINE)
#undef LINE
#define LINE(text, how, make)                                                                      \
    {.name = (text), .forged = HS_FORGED_VIEW_CHANGE, .reaction = (how), .message = (make)},
                HS_FORGED_VIEW_CHANGE_TABLE(LINE)
#undef LINE
#define LINE(text, how, make)                                                                      \
    {.name = (text), .forged = HS_FORGED_VOTE, .reaction = (how), .message = (make)},
                    HS_FORGED_VOTE_TABLE(LINE)
#undef LINE
};
const size_t hs_forgery_count = sizeof(hs_forgeries) / sizeof(hs_forgeries[0]);

/* -- signatures ------------------------------------------------------------------------------ */

static void sign_for(const struct hs_forger *forger, uint32_t signer,
                     const struct hs_chain_id *chain_id, struct hs_bls_signature *signature,
                     const struct hs_statement *statement)
{
    struct hs_bls_statement bytes;
    hs_statement_encode(&bytes, chain_id, statement);
    hs_bls_sign(signature, hs_cluster_secret_of(forger->cluster, forger->set->epoch, signer),
                &bytes);
}

static bool heard(const struct hs_forger *forger, uint32_t signer,
                  const struct hs_statement *statement)
{
    return statement->type == HS_STATEMENT_VOTE && statement->view == forger->vote_view &&
           statement->epoch == forger->vote_epoch &&
           memcmp(&statement->block_id, &forger->vote_block_id, sizeof(statement->block_id)) == 0 &&
           hs_bitmap_get(&forger->voters, signer);
}

static bool aggregate_for(const struct hs_forger *forger, const struct hs_chain_id *chain_id,
                          struct hs_bls_signature *aggregate, const struct hs_bitmap *signers,
                          const struct hs_statement *statement)
{
    struct hs_bls_signature signatures[HS_VALIDATORS_MAX];
    const struct hs_bls_signature *pointers[HS_VALIDATORS_MAX];
    size_t count = 0;
    for (uint32_t i = hs_bitmap_next(signers, 0); i < HS_VALIDATORS_MAX;
         i = hs_bitmap_next(signers, i + 1)) {
        if (hs_bitmap_get(&forger->keys, i)) {
            sign_for(forger, i, chain_id, &signatures[count], statement);
        } else if (chain_id == &forger->cluster->chain_id && heard(forger, i, statement)) {
            signatures[count] = forger->votes[i];
        } else {
            return false;
        }
        pointers[count] = &signatures[count];
        count++;
    }
    size_t bad_index;
    return count > 0 && hs_bls_aggregate(aggregate, &bad_index, pointers, count) == HS_OK;
}

bool hs_forger_aggregate(const struct hs_forger *forger, struct hs_bls_signature *aggregate,
                         const struct hs_bitmap *signers, const struct hs_statement *statement)
{
    return aggregate_for(forger, &forger->cluster->chain_id, aggregate, signers, statement);
}

bool hs_forge_for_other_chain(const struct hs_forger *forger, struct hs_bls_signature *aggregate,
                              const struct hs_bitmap *signers, const struct hs_statement *statement)
{
    struct hs_chain_id other = forger->cluster->chain_id;
    other.bytes[0] ^= 1;
    return aggregate_for(forger, &other, aggregate, signers, statement);
}

void hs_forge_infinity(struct hs_bls_signature *signature)
{
    *signature = (struct hs_bls_signature){{0xc0}};
}

static bool is_point(const struct hs_bls_signature *signature)
{
    const struct hs_bls_signature *pointer = signature;
    struct hs_bls_signature sum;
    size_t bad_index;
    return hs_bls_aggregate(&sum, &bad_index, &pointer, 1) == HS_OK;
}

/* Tries the values of one byte of a coordinate. */
static bool change_byte(struct hs_bls_signature *signature, size_t place, bool to_point)
{
    const struct hs_bls_signature right = *signature;
    for (uint32_t i = 1; i < 256; i++) {
        signature->bytes[place] = (uint8_t)(right.bytes[place] + i);
        if (hs_bls_signature_is_canonical(signature) && is_point(signature) == to_point) {
            return true;
        }
    }
    *signature = right;
    return false;
}

bool hs_forge_off_curve(struct hs_bls_signature *signature)
{
    return change_byte(signature, 40, false);
}

bool hs_forge_off_subgroup(struct hs_bls_signature *signature)
{
    return change_byte(signature, 90, true);
}

struct hs_statement hs_forge_vote_statement(const struct hs_qc *qc)
{
    return (struct hs_statement){
        .type = HS_STATEMENT_VOTE, .epoch = qc->epoch, .view = qc->view, .block_id = qc->block_id};
}

struct hs_statement hs_forge_view_change_statement(const struct hs_tc *tc, uint64_t high_qc_view)
{
    return (struct hs_statement){.type = HS_STATEMENT_VIEW_CHANGE,
                                 .epoch = tc->epoch,
                                 .view = tc->view,
                                 .high_qc_view = high_qc_view};
}

uint32_t hs_forge_last(const struct hs_bitmap *bitmap)
{
    uint32_t last = HS_VALIDATORS_MAX;
    for (uint32_t i = hs_bitmap_next(bitmap, 0); i < HS_VALIDATORS_MAX;
         i = hs_bitmap_next(bitmap, i + 1)) {
        last = i;
    }
    return last;
}

/* -- messages -------------------------------------------------------------------------------- */

static struct hs_tc *tc_of(struct hs_message *message)
{
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        return message->proposal.has_tc ? &message->proposal.tc : NULL;
    case HS_MESSAGE_VIEW_CHANGE:
        return message->view_change.has_tc ? &message->view_change.tc : NULL;
    case HS_MESSAGE_STATUS:
        return message->status.has_tc ? &message->status.tc : NULL;
    case HS_MESSAGE_VOTE:
    case HS_MESSAGE_QC:
    case HS_MESSAGE_BLOCK_REQUEST:
    case HS_MESSAGE_BLOCK_RESPONSE:
    case HS_MESSAGE_RANGE_REQUEST:
    case HS_MESSAGE_RANGE_RESPONSE:
    case HS_MESSAGE_TRANSACTIONS:
        return NULL;
    }
    return NULL;
}

static struct hs_qc *qc_of(struct hs_message *message)
{
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        return &message->proposal.header.justify;
    case HS_MESSAGE_QC:
        return &message->qc;
    case HS_MESSAGE_VIEW_CHANGE:
        return &message->view_change.view_change.high_qc;
    case HS_MESSAGE_STATUS:
        return &message->status.high_qc;
    case HS_MESSAGE_RANGE_RESPONSE:
        return message->range_response.has_qc ? &message->range_response.qc : NULL;
    case HS_MESSAGE_VOTE:
    case HS_MESSAGE_BLOCK_REQUEST:
    case HS_MESSAGE_BLOCK_RESPONSE:
    case HS_MESSAGE_RANGE_REQUEST:
    case HS_MESSAGE_TRANSACTIONS:
        return NULL;
    }
    return NULL;
}

bool hs_forger_sign(const struct hs_forger *forger, struct hs_message *message)
{
    struct hs_statement statement = {.type = HS_STATEMENT_VOTE};
    struct hs_bls_signature *signature = NULL;
    uint32_t signer = HS_VALIDATORS_MAX;
    if (message->type == HS_MESSAGE_PROPOSAL) {
        const struct hs_block_header *header = &message->proposal.header;
        statement.epoch = header->epoch;
        statement.view = header->view;
        hs_block_id_of(&statement.block_id, header, forger->set->count);
        signature = &message->proposal.leader_vote;
        signer = header->proposer;
    } else if (message->type == HS_MESSAGE_VIEW_CHANGE) {
        statement = hs_statement_of_view_change(&message->view_change.view_change);
        signature = &message->view_change.view_change.signature;
        signer = message->view_change.view_change.author;
    } else if (message->type == HS_MESSAGE_VOTE) {
        statement = hs_statement_of_vote(&message->vote);
        signature = &message->vote.signature;
        signer = message->vote.voter;
    } else {
        return true; /* not signed itself */
    }
    if (!hs_bitmap_get(&forger->keys, signer)) {
        return false;
    }
    sign_for(forger, signer, &forger->cluster->chain_id, signature, &statement);
    return true;
}

bool hs_forge(const struct hs_forger *forger, const struct hs_forgery *forgery,
              struct hs_message *message, bool in_tc)
{
    struct hs_tc *tc = tc_of(message);
    struct hs_qc *qc = qc_of(message);
    switch (forgery->forged) {
    case HS_FORGED_QC:
        qc = in_tc ? (tc != NULL ? &tc->high_qc : NULL) : qc;
        return qc != NULL && !hs_bitmap_is_empty(&qc->signers) && forgery->qc(forger, qc) &&
               hs_forger_sign(forger, message);
    case HS_FORGED_TC:
        return !in_tc && tc != NULL && forgery->tc(forger, tc);
    case HS_FORGED_PROPOSAL:
        return !in_tc && message->type == HS_MESSAGE_PROPOSAL && forgery->message(forger, message);
    case HS_FORGED_VIEW_CHANGE:
        return !in_tc && message->type == HS_MESSAGE_VIEW_CHANGE &&
               forgery->message(forger, message);
    case HS_FORGED_VOTE:
        return !in_tc && message->type == HS_MESSAGE_VOTE && forgery->message(forger, message);
    }
    return false;
}
