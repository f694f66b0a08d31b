/* hs_message: what validators say to each other, one type byte and a body.
 *
 *     1 PROPOSAL        block || leader_vote signature 96 || has_tc u8 || tc
 *     2 VOTE            vote
 *     3 QC              qc || has_next_proof u8 || next_proof signature 96
 *     4 VIEW_CHANGE     epoch u64 || view u64 || high_qc || author u32 || signature 96 ||
 *                       has_last_vote u8 || last_vote (view u64 || block_id 32 || signature 96) ||
 *                       has_tc u8 || tc
 *     5 STATUS          high_qc || has_tc u8 || tc
 *     6 BLOCK_REQUEST   block_id 32
 *     7 BLOCK_RESPONSE  block_id 32 || has_block u8 || block
 *     8 RANGE_REQUEST   epoch u64 || from_height u64
 *     9 RANGE_RESPONSE  block_count u32 || blocks || has_qc u8 || qc
 *    10 TRANSACTIONS    count u32 || transactions (size u32 || bytes)
 *
 * decode(encode(x)) = x, and every other byte string is refused. Decoding allocates nothing
 * and copies neither payloads nor transactions: they point into the message, which must
 * outlive the struct. Form alone is checked; consensus/verify.h does the rest.
 */
#ifndef HS_WIRE_MESSAGE_H
#define HS_WIRE_MESSAGE_H

#include "wire/header.h"

enum hs_message_type {
    HS_MESSAGE_PROPOSAL = 1,
    HS_MESSAGE_VOTE = 2,
    HS_MESSAGE_QC = 3,
    HS_MESSAGE_VIEW_CHANGE = 4,
    HS_MESSAGE_STATUS = 5,
    HS_MESSAGE_BLOCK_REQUEST = 6,
    HS_MESSAGE_BLOCK_RESPONSE = 7,
    HS_MESSAGE_RANGE_REQUEST = 8,
    HS_MESSAGE_RANGE_RESPONSE = 9,
    HS_MESSAGE_TRANSACTIONS = 10,
};

struct hs_message {
    enum hs_message_type type;
    union {
        struct {
            struct hs_block_header header;
            struct hs_bytes payload;
            struct hs_bls_signature leader_vote;
            bool has_tc;
            struct hs_tc tc;
        } proposal;
        struct hs_vote vote;
        struct {
            struct hs_qc qc;
            bool has_next_proof;
            struct hs_bls_signature next_proof; /* P3: of who leads the next view */
        };
        struct {
            /* Its last_vote has its epoch, its author as the voter, and no later view. */
            struct hs_view_change view_change;
            bool has_tc; /* exactly when high_qc.view + 1 < view; then tc.view + 1 == view (L6) */
            struct hs_tc tc;
        } view_change;
        struct {
            struct hs_qc high_qc;
            bool has_tc;
            struct hs_tc tc;
        } status;
        struct hs_block_id block_request;
        struct {
            struct hs_block_id block_id;
            bool has_block;
            struct hs_block_header header;
            struct hs_bytes payload;
        } block_response;
        struct {
            uint64_t epoch; /* of the blocks asked for: its tail, too (P4) */
            uint64_t from_height;
        } range_request;
        struct {
            uint32_t block_count;   /* at most HS_RANGE_BLOCKS_MAX */
            struct hs_bytes blocks; /* one after the other: hs_message_block_next */
            bool has_qc;            /* only with blocks: over the last one */
            struct hs_qc qc;
        } range_response;
        struct {
            uint32_t count;               /* 1 .. HS_TRANSACTIONS_BATCH_MAX */
            struct hs_bytes transactions; /* hs_message_transaction_next */
        } transactions;
    };
};

/* The epoch that a message is of, before it is decoded: what a decoder has to know of the set follows
 * from it. False: it is of none (requests, transactions, answers without blocks), or too short. */
bool hs_message_epoch(struct hs_bytes bytes, uint64_t *epoch);

/* HS_OK, or HS_MALFORMED for bytes that hs_message_encode never writes.
 * `validator_count` is that of the message's epoch. */
HS_MUST_CHECK enum hs_status hs_message_decode(struct hs_message *message, struct hs_bytes bytes,
                                               uint32_t validator_count);

/* The exact size of the encoding, for a buffer to hold it. */
size_t hs_message_encoded_size(const struct hs_message *message, uint32_t validator_count);
/* Encodes; the writer fails when its capacity is too small. */
void hs_message_encode(struct hs_writer *writer, const struct hs_message *message,
                       uint32_t validator_count);

/* Takes the next block off a reader over range_response.blocks: HS_OK; HS_NOT_FOUND at the
 * end; HS_MALFORMED cannot come of blocks that hs_message_decode accepted. To build such
 * blocks: hs_block_write. */
HS_MUST_CHECK enum hs_status hs_message_block_next(struct hs_reader *reader,
                                                   struct hs_block_header *header,
                                                   struct hs_bytes *payload,
                                                   uint32_t validator_count);

/* The same for transactions.transactions, and for the body of POST /v1/transactions: each
 * is size u32 || bytes, with a size of 1 .. HS_TRANSACTION_BYTES_MAX. */
HS_MUST_CHECK enum hs_status hs_message_transaction_next(struct hs_reader *reader,
                                                         struct hs_bytes *transaction);
/* Adds one. */
void hs_message_transaction_write(struct hs_writer *writer, struct hs_bytes transaction);

#endif
