/* Messages with random contents and the right form, for the codec's tests. The generator is
 * deterministic. Signatures have the canonical form, of BLS and of the stand-in, and verify under
 * nothing.
 */
#ifndef TESTS_UNIT_RANDOM_MESSAGES_H
#define TESTS_UNIT_RANDOM_MESSAGES_H

#include <string.h>

#include "base/bitmap.h"
#include "wire/message.h"
#include "wire/safety_record.h"

#define RANDOM_PAYLOAD_BYTES_MAX 300u

static uint64_t random_state = 1;

/* xorshift64* */
static uint64_t random_u64(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * UINT64_C(0x2545f4914f6cdd1d);
}

static uint32_t random_below(uint32_t bound)
{
    return (uint32_t)(random_u64() % bound);
}

static bool random_bool(void)
{
    return random_below(2) == 1;
}

static void random_bytes(void *out, size_t size)
{
    uint8_t *bytes = out;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(random_u64() >> 56);
    }
}

static void random_signature(struct hs_bls_signature *signature)
{
    random_bytes(signature->bytes, sizeof signature->bytes);
    signature->bytes[0] = 0x80;
    signature->bytes[48] = 0;
    signature->bytes[HS_BLS_SIGNATURE_BYTES - 1] |= 1;
}

static void random_signers(struct hs_bitmap *signers, uint32_t validator_count)
{
    *signers = (struct hs_bitmap){{0}};
    for (uint32_t i = 0; i < validator_count; i++) {
        if (random_bool()) {
            hs_bitmap_set(signers, i);
        }
    }
    hs_bitmap_set(signers, random_below(validator_count));
}

static void random_qc(struct hs_qc *qc, uint64_t epoch, uint64_t view, uint32_t validator_count)
{
    *qc = (struct hs_qc){.epoch = epoch, .view = view};
    random_bytes(qc->block_id.bytes, sizeof qc->block_id.bytes);
    if (view > 0) {
        random_signers(&qc->signers, validator_count);
        random_signature(&qc->aggregate);
    }
}

/* Validators are dealt to groups whose views descend to 0 or above. */
static void random_tc(struct hs_tc *tc, uint64_t epoch, uint64_t view, uint32_t validator_count)
{
    uint32_t groups_max = validator_count < 5 ? validator_count : 5;
    uint64_t high_qc_view = view - 1 - random_below(3) % view;
    tc->epoch = epoch;
    tc->view = view;
    random_qc(&tc->high_qc, epoch, high_qc_view, validator_count);
    tc->group_count = 1 + random_below(groups_max);
    if (tc->group_count > high_qc_view + 1) {
        tc->group_count = (uint32_t)high_qc_view + 1;
    }
    for (uint32_t i = 0; i < tc->group_count; i++) {
        tc->groups[i] = (struct hs_tc_group){.high_qc_view = high_qc_view - i};
        random_signature(&tc->groups[i].aggregate);
    }
    for (uint32_t i = 0; i < validator_count; i++) {
        uint32_t group = i < tc->group_count ? i : random_below(tc->group_count + 1);
        if (group < tc->group_count) {
            hs_bitmap_set(&tc->groups[group].signers, i);
        }
    }
}

static void random_header(struct hs_block_header *header, uint32_t validator_count)
{
    random_bytes(header, sizeof *header);
    header->version = HS_HEADER_VERSION;
    random_qc(&header->justify, header->epoch, random_bool() ? 0 : random_u64() | 1,
              validator_count);
    header->payload_bytes = random_below(RANDOM_PAYLOAD_BYTES_MAX + 1);
    header->transaction_count = random_below(HS_BLOCK_TRANSACTIONS_MAX + 1);
    header->proposer = random_below(validator_count);
    header->vrf_proof_bytes = random_bool() ? HS_BLS_SIGNATURE_BYTES : 0;
    struct hs_bls_signature proof = {{0}};
    if (header->vrf_proof_bytes > 0) {
        random_signature(&proof);
    }
    memcpy(header->vrf_proof, proof.bytes, sizeof header->vrf_proof);
}

/* What messages point into. */
struct random_memory {
    uint8_t bytes[8192];
};

static struct hs_bytes random_payload(struct random_memory *memory, uint32_t size)
{
    random_bytes(memory->bytes, size);
    return (struct hs_bytes){.data = memory->bytes, .size = size};
}

static void random_vote(struct hs_vote *vote, uint32_t validator_count)
{
    vote->epoch = random_u64();
    vote->view = random_u64() | 1;
    random_bytes(vote->block_id.bytes, sizeof vote->block_id.bytes);
    vote->voter = random_below(validator_count);
    random_signature(&vote->signature);
}

static void random_view_change(struct hs_message *message, uint32_t validator_count)
{
    struct hs_view_change *view_change = &message->view_change.view_change;
    view_change->epoch = random_u64();
    view_change->view = 1 + random_below(6);
    uint64_t high_qc_view = random_below((uint32_t)view_change->view);
    random_qc(&view_change->high_qc, view_change->epoch, high_qc_view, validator_count);
    view_change->author = random_below(validator_count);
    random_signature(&view_change->signature);
    view_change->has_last_vote = random_bool();
    view_change->last_vote = (struct hs_vote){0};
    if (view_change->has_last_vote) {
        random_vote(&view_change->last_vote, validator_count);
        view_change->last_vote.epoch = view_change->epoch;
        view_change->last_vote.voter = view_change->author;
        view_change->last_vote.view = 1 + random_below((uint32_t)view_change->view);
    }
    message->view_change.has_tc = high_qc_view + 1 < view_change->view;
    if (message->view_change.has_tc) {
        random_tc(&message->view_change.tc, view_change->epoch, view_change->view - 1,
                  validator_count);
    }
}

static void random_range_response(struct hs_message *message, struct random_memory *memory,
                                  uint32_t validator_count)
{
    struct hs_writer writer = hs_writer_over(memory->bytes, sizeof memory->bytes);
    message->range_response.block_count = random_below(4);
    for (uint32_t i = 0; i < message->range_response.block_count; i++) {
        struct hs_block_header header;
        uint8_t payload[RANDOM_PAYLOAD_BYTES_MAX];
        random_header(&header, validator_count);
        random_bytes(payload, sizeof payload);
        hs_block_write(&writer, &header, (struct hs_bytes){payload, header.payload_bytes},
                       validator_count);
    }
    message->range_response.blocks = (struct hs_bytes){memory->bytes, writer.offset};
    message->range_response.has_qc = message->range_response.block_count > 0 && random_bool();
    if (message->range_response.has_qc) {
        random_qc(&message->range_response.qc, random_u64(), random_u64() | 1, validator_count);
    }
}

static void random_transactions(struct hs_message *message, struct random_memory *memory)
{
    struct hs_writer writer = hs_writer_over(memory->bytes, sizeof memory->bytes);
    message->transactions.count = 1 + random_below(4);
    for (uint32_t i = 0; i < message->transactions.count; i++) {
        uint8_t transaction[200];
        random_bytes(transaction, sizeof transaction);
        hs_message_transaction_write(
            &writer, (struct hs_bytes){transaction, 1 + random_below(sizeof transaction)});
    }
    message->transactions.transactions = (struct hs_bytes){memory->bytes, writer.offset};
}

/* Fills all of *message; `memory` must outlive it. */
static void random_message(struct hs_message *message, struct random_memory *memory,
                           enum hs_message_type type, uint32_t validator_count)
{
    memset(message, 0, sizeof *message);
    message->type = type;
    switch (type) {
    case HS_MESSAGE_PROPOSAL:
        random_header(&message->proposal.header, validator_count);
        message->proposal.payload = random_payload(memory, message->proposal.header.payload_bytes);
        random_signature(&message->proposal.leader_vote);
        message->proposal.has_tc = random_bool();
        if (message->proposal.has_tc) {
            random_tc(&message->proposal.tc, random_u64(), 1 + random_below(1000), validator_count);
        }
        return;
    case HS_MESSAGE_VOTE:
        random_vote(&message->vote, validator_count);
        return;
    case HS_MESSAGE_QC:
        random_qc(&message->qc, random_u64(), random_below(3), validator_count);
        message->has_next_proof = random_below(2) == 0;
        if (message->has_next_proof) {
            random_signature(&message->next_proof);
        }
        return;
    case HS_MESSAGE_VIEW_CHANGE:
        random_view_change(message, validator_count);
        return;
    case HS_MESSAGE_STATUS:
        random_qc(&message->status.high_qc, random_u64(), random_below(3), validator_count);
        message->status.has_tc = random_bool();
        if (message->status.has_tc) {
            random_tc(&message->status.tc, random_u64(), 1 + random_below(1000), validator_count);
        }
        return;
    case HS_MESSAGE_BLOCK_REQUEST:
        random_bytes(message->block_request.bytes, HS_HASH_BYTES);
        return;
    case HS_MESSAGE_BLOCK_RESPONSE:
        random_bytes(message->block_response.block_id.bytes, HS_HASH_BYTES);
        message->block_response.has_block = random_bool();
        if (message->block_response.has_block) {
            random_header(&message->block_response.header, validator_count);
            message->block_response.payload =
                random_payload(memory, message->block_response.header.payload_bytes);
        }
        return;
    case HS_MESSAGE_RANGE_REQUEST:
        message->range_request.epoch = random_u64();
        message->range_request.from_height = random_u64();
        return;
    case HS_MESSAGE_RANGE_RESPONSE:
        random_range_response(message, memory, validator_count);
        return;
    case HS_MESSAGE_TRANSACTIONS:
        random_transactions(message, memory);
        return;
    }
}

static void random_safety_record(struct hs_safety_record *record, uint32_t validator_count)
{
    memset(record, 0, sizeof *record);
    record->sequence = random_u64();
    record->epoch = random_u64();
    record->last_voted_view = random_u64();
    record->locked_view = random_u64();
    record->vote_view = random_u64();
    random_bytes(record->vote_block_id.bytes, sizeof record->vote_block_id.bytes);
    record->view_change_view = random_u64();
    record->view_change_high_qc_view = random_u64();
    random_qc(&record->high_qc, record->epoch, random_below(3), validator_count);
    record->has_tc = random_bool();
    if (record->has_tc) {
        random_tc(&record->tc, record->epoch, 1 + random_below(1000), validator_count);
    }
}

#endif
