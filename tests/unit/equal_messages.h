/* Equality of messages, field by field: what lies between the fields does not count. */
#ifndef TESTS_UNIT_EQUAL_MESSAGES_H
#define TESTS_UNIT_EQUAL_MESSAGES_H

#include <string.h>

#include "base/bitmap.h"
#include "wire/message.h"

static bool bytes_equal(struct hs_bytes a, struct hs_bytes b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static bool votes_equal(const struct hs_vote *a, const struct hs_vote *b)
{
    return a->epoch == b->epoch && a->view == b->view && a->voter == b->voter &&
           memcmp(&a->block_id, &b->block_id, sizeof a->block_id) == 0 &&
           memcmp(&a->signature, &b->signature, sizeof a->signature) == 0;
}

static bool tcs_equal(const struct hs_tc *a, const struct hs_tc *b)
{
    bool equal = a->epoch == b->epoch && a->view == b->view &&
                 hs_qc_equal(&a->high_qc, &b->high_qc) && a->group_count == b->group_count;
    for (uint32_t i = 0; equal && i < a->group_count; i++) {
        equal = a->groups[i].high_qc_view == b->groups[i].high_qc_view &&
                hs_bitmap_equal(&a->groups[i].signers, &b->groups[i].signers) &&
                memcmp(&a->groups[i].aggregate, &b->groups[i].aggregate,
                       sizeof a->groups[i].aggregate) == 0;
    }
    return equal;
}

static bool optional_tcs_equal(bool has_a, const struct hs_tc *a, bool has_b, const struct hs_tc *b)
{
    return has_a == has_b && (!has_a || tcs_equal(a, b));
}

static bool headers_equal(const struct hs_block_header *a, const struct hs_block_header *b)
{
    return a->version == b->version &&
           memcmp(&a->chain_id, &b->chain_id, sizeof a->chain_id) == 0 && a->epoch == b->epoch &&
           a->view == b->view && a->height == b->height &&
           memcmp(&a->parent_id, &b->parent_id, sizeof a->parent_id) == 0 &&
           hs_qc_equal(&a->justify, &b->justify) &&
           memcmp(&a->payload_root, &b->payload_root, sizeof a->payload_root) == 0 &&
           a->payload_bytes == b->payload_bytes && a->transaction_count == b->transaction_count &&
           memcmp(&a->state_root, &b->state_root, sizeof a->state_root) == 0 &&
           a->proposer == b->proposer && a->vrf_proof_bytes == b->vrf_proof_bytes &&
           memcmp(a->vrf_proof, b->vrf_proof, sizeof a->vrf_proof) == 0 &&
           a->timestamp_ms == b->timestamp_ms && a->base_fee.units == b->base_fee.units;
}

static bool view_changes_equal(const struct hs_view_change *a, const struct hs_view_change *b)
{
    return a->epoch == b->epoch && a->view == b->view && hs_qc_equal(&a->high_qc, &b->high_qc) &&
           a->author == b->author &&
           memcmp(&a->signature, &b->signature, sizeof a->signature) == 0 &&
           a->has_last_vote == b->has_last_vote && votes_equal(&a->last_vote, &b->last_vote);
}

static bool messages_equal(const struct hs_message *a, const struct hs_message *b)
{
    if (a->type != b->type) {
        return false;
    }
    switch (a->type) {
    case HS_MESSAGE_PROPOSAL:
        return headers_equal(&a->proposal.header, &b->proposal.header) &&
               bytes_equal(a->proposal.payload, b->proposal.payload) &&
               memcmp(&a->proposal.leader_vote, &b->proposal.leader_vote,
                      sizeof a->proposal.leader_vote) == 0 &&
               optional_tcs_equal(a->proposal.has_tc, &a->proposal.tc, b->proposal.has_tc,
                                  &b->proposal.tc);
    case HS_MESSAGE_VOTE:
        return votes_equal(&a->vote, &b->vote);
    case HS_MESSAGE_QC:
        return hs_qc_equal(&a->qc, &b->qc) && a->has_next_proof == b->has_next_proof &&
               (!a->has_next_proof ||
                memcmp(&a->next_proof, &b->next_proof, sizeof a->next_proof) == 0);
    case HS_MESSAGE_VIEW_CHANGE:
        return view_changes_equal(&a->view_change.view_change, &b->view_change.view_change) &&
               optional_tcs_equal(a->view_change.has_tc, &a->view_change.tc, b->view_change.has_tc,
                                  &b->view_change.tc);
    case HS_MESSAGE_STATUS:
        return hs_qc_equal(&a->status.high_qc, &b->status.high_qc) &&
               optional_tcs_equal(a->status.has_tc, &a->status.tc, b->status.has_tc, &b->status.tc);
    case HS_MESSAGE_BLOCK_REQUEST:
        return memcmp(&a->block_request, &b->block_request, sizeof a->block_request) == 0;
    case HS_MESSAGE_BLOCK_RESPONSE:
        return memcmp(&a->block_response.block_id, &b->block_response.block_id, HS_HASH_BYTES) ==
                   0 &&
               a->block_response.has_block == b->block_response.has_block &&
               (!a->block_response.has_block ||
                (headers_equal(&a->block_response.header, &b->block_response.header) &&
                 bytes_equal(a->block_response.payload, b->block_response.payload)));
    case HS_MESSAGE_RANGE_REQUEST:
        return a->range_request.epoch == b->range_request.epoch &&
               a->range_request.from_height == b->range_request.from_height;
    case HS_MESSAGE_RANGE_RESPONSE:
        return a->range_response.block_count == b->range_response.block_count &&
               bytes_equal(a->range_response.blocks, b->range_response.blocks) &&
               a->range_response.has_qc == b->range_response.has_qc &&
               (!a->range_response.has_qc ||
                hs_qc_equal(&a->range_response.qc, &b->range_response.qc));
    case HS_MESSAGE_TRANSACTIONS:
        return a->transactions.count == b->transactions.count &&
               bytes_equal(a->transactions.transactions, b->transactions.transactions);
    }
    return false;
}

#endif
