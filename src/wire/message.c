/* A message type has three functions, read, write and size, and a line in each of the three
 * switches at the end. */
#include "wire/message.h"

#include "base/assert.h"

/* -- certificates that may be missing ------------------------------------------ */

static bool read_optional_tc(struct hs_reader *reader, struct hs_tc *tc, uint32_t validator_count)
{
    bool has_tc = hs_read_flag(reader);
    if (has_tc) {
        hs_tc_read(reader, tc, validator_count);
    }
    return has_tc;
}

static void write_optional_tc(struct hs_writer *writer, bool has_tc, const struct hs_tc *tc,
                              uint32_t validator_count)
{
    hs_write_u8(writer, has_tc ? 1 : 0);
    if (has_tc) {
        hs_tc_write(writer, tc, validator_count);
    }
}

static size_t optional_tc_size(bool has_tc, const struct hs_tc *tc, uint32_t validator_count)
{
    return 1 + (has_tc ? hs_tc_encoded_size(tc, validator_count) : 0);
}

/* -- proposal -------------------------------------------------------------------- */

static void read_proposal(struct hs_reader *reader, struct hs_message *message, uint32_t n)
{
    hs_block_read(reader, &message->proposal.header, &message->proposal.payload, n);
    hs_read_signature(reader, &message->proposal.leader_vote);
    message->proposal.has_tc = read_optional_tc(reader, &message->proposal.tc, n);
}

static void write_proposal(struct hs_writer *writer, const struct hs_message *message, uint32_t n)
{
    hs_block_write(writer, &message->proposal.header, message->proposal.payload, n);
    hs_write_bytes(writer, message->proposal.leader_vote.bytes, HS_BLS_SIGNATURE_BYTES);
    write_optional_tc(writer, message->proposal.has_tc, &message->proposal.tc, n);
}

static size_t proposal_size(const struct hs_message *message, uint32_t n)
{
    return hs_block_encoded_size(&message->proposal.header, n) + HS_BLS_SIGNATURE_BYTES +
           optional_tc_size(message->proposal.has_tc, &message->proposal.tc, n);
}

/* -- certificate ------------------------------------------------------------------ */

static void read_qc(struct hs_reader *reader, struct hs_message *message, uint32_t n)
{
    hs_qc_read(reader, &message->qc, n);
    message->has_next_proof = hs_read_flag(reader);
    if (message->has_next_proof) {
        hs_read_signature(reader, &message->next_proof);
    }
}

static void write_qc(struct hs_writer *writer, const struct hs_message *message, uint32_t n)
{
    hs_qc_write(writer, &message->qc, n);
    hs_write_u8(writer, message->has_next_proof ? 1 : 0);
    if (message->has_next_proof) {
        hs_write_bytes(writer, message->next_proof.bytes, sizeof message->next_proof.bytes);
    }
}

static size_t qc_size(const struct hs_message *message, uint32_t n)
{
    return hs_qc_encoded_size(n) + 1 + (message->has_next_proof ? HS_BLS_SIGNATURE_BYTES : 0);
}

/* -- view change ------------------------------------------------------------------ */

/* Epoch and voter are the view change's own and not repeated. */
static void read_last_vote(struct hs_reader *reader, struct hs_view_change *view_change)
{
    struct hs_vote *vote = &view_change->last_vote;
    *vote = (struct hs_vote){0};
    view_change->has_last_vote = hs_read_flag(reader);
    if (!view_change->has_last_vote) {
        return;
    }
    vote->epoch = view_change->epoch;
    vote->view = hs_read_u64(reader);
    hs_read_bytes(reader, vote->block_id.bytes, sizeof vote->block_id.bytes);
    vote->voter = view_change->author;
    hs_read_signature(reader, &vote->signature);
    if (vote->view == 0 || vote->view > view_change->view) { /* S6 */
        hs_reader_fail(reader);
    }
}

/* L6: the certificate of entry is high_qc, or else a TC of the view before. */
static bool proves_entry(const struct hs_view_change *view_change, bool has_tc,
                         const struct hs_tc *tc)
{
    if (view_change->high_qc.epoch != view_change->epoch ||
        view_change->high_qc.view >= view_change->view) {
        return false;
    }
    if (view_change->high_qc.view == view_change->view - 1) {
        return !has_tc;
    }
    return has_tc && tc->epoch == view_change->epoch && tc->view == view_change->view - 1;
}

static void read_view_change(struct hs_reader *reader, struct hs_message *message, uint32_t n)
{
    struct hs_view_change *view_change = &message->view_change.view_change;
    struct hs_tc *tc = &message->view_change.tc;
    view_change->epoch = hs_read_u64(reader);
    view_change->view = hs_read_u64(reader);
    hs_qc_read(reader, &view_change->high_qc, n);
    view_change->author = hs_read_u32(reader);
    hs_read_signature(reader, &view_change->signature);
    read_last_vote(reader, view_change);
    message->view_change.has_tc = read_optional_tc(reader, tc, n);
    if (view_change->author >= n ||
        (!reader->failed && !proves_entry(view_change, message->view_change.has_tc, tc))) {
        hs_reader_fail(reader);
    }
}

static void write_view_change(struct hs_writer *writer, const struct hs_message *message,
                              uint32_t n)
{
    const struct hs_view_change *view_change = &message->view_change.view_change;
    const struct hs_vote *vote = &view_change->last_vote;
    hs_write_u64(writer, view_change->epoch);
    hs_write_u64(writer, view_change->view);
    hs_qc_write(writer, &view_change->high_qc, n);
    hs_write_u32(writer, view_change->author);
    hs_write_bytes(writer, view_change->signature.bytes, sizeof view_change->signature.bytes);
    hs_write_u8(writer, view_change->has_last_vote ? 1 : 0);
    if (view_change->has_last_vote) {
        HS_ASSERT(vote->epoch == view_change->epoch && vote->voter == view_change->author);
        hs_write_u64(writer, vote->view);
        hs_write_bytes(writer, vote->block_id.bytes, sizeof vote->block_id.bytes);
        hs_write_bytes(writer, vote->signature.bytes, sizeof vote->signature.bytes);
    }
    write_optional_tc(writer, message->view_change.has_tc, &message->view_change.tc, n);
}

static size_t view_change_size(const struct hs_message *message, uint32_t n)
{
    size_t last_vote_size = message->view_change.view_change.has_last_vote
                                ? 8u + HS_HASH_BYTES + HS_BLS_SIGNATURE_BYTES
                                : 0;
    return 2u * 8u + hs_qc_encoded_size(n) + 4u + HS_BLS_SIGNATURE_BYTES + 1 + last_vote_size +
           optional_tc_size(message->view_change.has_tc, &message->view_change.tc, n);
}

/* -- status -------------------------------------------------------------------------- */

static void read_status(struct hs_reader *reader, struct hs_message *message, uint32_t n)
{
    hs_qc_read(reader, &message->status.high_qc, n);
    message->status.has_tc = read_optional_tc(reader, &message->status.tc, n);
}

static void write_status(struct hs_writer *writer, const struct hs_message *message, uint32_t n)
{
    hs_qc_write(writer, &message->status.high_qc, n);
    write_optional_tc(writer, message->status.has_tc, &message->status.tc, n);
}

static size_t status_size(const struct hs_message *message, uint32_t n)
{
    return hs_qc_encoded_size(n) + optional_tc_size(message->status.has_tc, &message->status.tc, n);
}

/* -- blocks by id ---------------------------------------------------------------------- */

static void read_block_response(struct hs_reader *reader, struct hs_message *message, uint32_t n)
{
    hs_read_bytes(reader, message->block_response.block_id.bytes, HS_HASH_BYTES);
    message->block_response.has_block = hs_read_flag(reader);
    if (message->block_response.has_block) {
        hs_block_read(reader, &message->block_response.header, &message->block_response.payload, n);
    }
}

static void write_block_response(struct hs_writer *writer, const struct hs_message *message,
                                 uint32_t n)
{
    hs_write_bytes(writer, message->block_response.block_id.bytes, HS_HASH_BYTES);
    hs_write_u8(writer, message->block_response.has_block ? 1 : 0);
    if (message->block_response.has_block) {
        hs_block_write(writer, &message->block_response.header, message->block_response.payload, n);
    }
}

static size_t block_response_size(const struct hs_message *message, uint32_t n)
{
    size_t size = HS_HASH_BYTES + 1;
    return message->block_response.has_block
               ? size + hs_block_encoded_size(&message->block_response.header, n)
               : size;
}

/* -- ranges of blocks -------------------------------------------------------------------- */

enum hs_status hs_message_block_next(struct hs_reader *reader, struct hs_block_header *header,
                                     struct hs_bytes *payload, uint32_t validator_count)
{
    if (!reader->failed && hs_reader_left(reader) == 0) {
        return HS_NOT_FOUND;
    }
    hs_block_read(reader, header, payload, validator_count);
    return reader->failed ? HS_MALFORMED : HS_OK;
}

/* Where the blocks end is known only by reading each, which checks them all. */
static void read_range_response(struct hs_reader *reader, struct hs_message *message, uint32_t n)
{
    message->range_response.block_count = hs_read_u32(reader);
    if (message->range_response.block_count > HS_RANGE_BLOCKS_MAX) {
        hs_reader_fail(reader);
    }
    size_t from = reader->offset;
    for (uint32_t i = 0; i < message->range_response.block_count && !reader->failed; i++) {
        struct hs_block_header header;
        struct hs_bytes payload;
        hs_block_read(reader, &header, &payload, n);
    }
    message->range_response.blocks =
        (struct hs_bytes){.data = reader->data + from, .size = reader->offset - from};
    message->range_response.has_qc = hs_read_flag(reader);
    if (message->range_response.has_qc) {
        hs_qc_read(reader, &message->range_response.qc, n);
        if (message->range_response.block_count == 0) {
            hs_reader_fail(reader);
        }
    }
}

static void write_range_response(struct hs_writer *writer, const struct hs_message *message,
                                 uint32_t n)
{
    hs_write_u32(writer, message->range_response.block_count);
    hs_write_bytes(writer, message->range_response.blocks.data,
                   message->range_response.blocks.size);
    hs_write_u8(writer, message->range_response.has_qc ? 1 : 0);
    if (message->range_response.has_qc) {
        hs_qc_write(writer, &message->range_response.qc, n);
    }
}

static size_t range_response_size(const struct hs_message *message, uint32_t n)
{
    return 4u + message->range_response.blocks.size + 1 +
           (message->range_response.has_qc ? hs_qc_encoded_size(n) : 0);
}

/* -- transactions -------------------------------------------------------------------------- */

/* The next one; fails the reader when its size is out of range or there are not as many. */
static void read_transaction(struct hs_reader *reader, struct hs_bytes *transaction)
{
    transaction->size = hs_read_u32(reader);
    if (transaction->size == 0 || transaction->size > HS_TRANSACTION_BYTES_MAX) {
        hs_reader_fail(reader);
    }
    transaction->data = hs_read_span(reader, transaction->size);
}

enum hs_status hs_message_transaction_next(struct hs_reader *reader, struct hs_bytes *transaction)
{
    if (!reader->failed && hs_reader_left(reader) == 0) {
        return HS_NOT_FOUND;
    }
    read_transaction(reader, transaction);
    return reader->failed ? HS_MALFORMED : HS_OK;
}

void hs_message_transaction_write(struct hs_writer *writer, struct hs_bytes transaction)
{
    HS_ASSERT(transaction.size >= 1 && transaction.size <= HS_TRANSACTION_BYTES_MAX);
    hs_write_u32(writer, (uint32_t)transaction.size);
    hs_write_bytes(writer, transaction.data, transaction.size);
}

static void read_transactions(struct hs_reader *reader, struct hs_message *message)
{
    uint32_t count = hs_read_u32(reader);
    size_t from = reader->offset;
    if (count == 0 || count > HS_TRANSACTIONS_BATCH_MAX) {
        hs_reader_fail(reader);
    }
    for (uint32_t i = 0; i < count && !reader->failed; i++) {
        struct hs_bytes transaction;
        read_transaction(reader, &transaction);
    }
    if (reader->offset - from > HS_TRANSACTIONS_BATCH_BYTES_MAX) {
        hs_reader_fail(reader);
    }
    message->transactions.count = count;
    message->transactions.transactions =
        (struct hs_bytes){.data = reader->data + from, .size = reader->offset - from};
}

static void write_transactions(struct hs_writer *writer, const struct hs_message *message)
{
    hs_write_u32(writer, message->transactions.count);
    hs_write_bytes(writer, message->transactions.transactions.data,
                   message->transactions.transactions.size);
}

/* -- the whole message ------------------------------------------------------------------------ */

static void read_body(struct hs_reader *reader, struct hs_message *message, uint32_t n)
{
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        read_proposal(reader, message, n);
        return;
    case HS_MESSAGE_VOTE:
        hs_vote_read(reader, &message->vote, n);
        return;
    case HS_MESSAGE_QC:
        read_qc(reader, message, n);
        return;
    case HS_MESSAGE_VIEW_CHANGE:
        read_view_change(reader, message, n);
        return;
    case HS_MESSAGE_STATUS:
        read_status(reader, message, n);
        return;
    case HS_MESSAGE_BLOCK_REQUEST:
        hs_read_bytes(reader, message->block_request.bytes, HS_HASH_BYTES);
        return;
    case HS_MESSAGE_BLOCK_RESPONSE:
        read_block_response(reader, message, n);
        return;
    case HS_MESSAGE_RANGE_REQUEST:
        message->range_request.epoch = hs_read_u64(reader);
        message->range_request.from_height = hs_read_u64(reader);
        return;
    case HS_MESSAGE_RANGE_RESPONSE:
        read_range_response(reader, message, n);
        return;
    case HS_MESSAGE_TRANSACTIONS:
        read_transactions(reader, message);
        return;
    }
    hs_reader_fail(reader); /* a type byte that names none of them */
}

/* Where the epoch is: behind a header's version and chain_id; else a certificate, a vote or a view
 * change begins with it. 0: there is none. */
static size_t epoch_offset(struct hs_bytes bytes)
{
    const size_t in_header = 2u + HS_HASH_BYTES;
    const size_t flag_at = 1u + HS_HASH_BYTES;
    struct hs_reader reader = hs_reader_over(bytes.data, bytes.size);
    switch ((enum hs_message_type)hs_read_u8(&reader)) {
    case HS_MESSAGE_PROPOSAL:
        return 1u + in_header;
    case HS_MESSAGE_VOTE:
    case HS_MESSAGE_QC:
    case HS_MESSAGE_VIEW_CHANGE:
    case HS_MESSAGE_STATUS:
        return 1;
    case HS_MESSAGE_BLOCK_RESPONSE:
        return bytes.size > flag_at && bytes.data[flag_at] == 1 ? flag_at + 1u + in_header : 0;
    case HS_MESSAGE_RANGE_RESPONSE:
        return hs_read_u32(&reader) > 0 ? 1u + 4u + in_header : 0;
    case HS_MESSAGE_BLOCK_REQUEST:
    case HS_MESSAGE_RANGE_REQUEST:
    case HS_MESSAGE_TRANSACTIONS:
        return 0;
    }
    return 0;
}

bool hs_message_epoch(struct hs_bytes bytes, uint64_t *epoch)
{
    size_t offset = epoch_offset(bytes);
    if (offset == 0 || offset > bytes.size) {
        return false;
    }
    struct hs_reader reader = hs_reader_over(bytes.data + offset, bytes.size - offset);
    *epoch = hs_read_u64(&reader);
    return !reader.failed;
}

enum hs_status hs_message_decode(struct hs_message *message, struct hs_bytes bytes,
                                 uint32_t validator_count)
{
    struct hs_reader reader = hs_reader_over(bytes.data, bytes.size);
    if (bytes.size > HS_MESSAGE_BYTES_MAX) {
        return HS_MALFORMED;
    }
    message->type = (enum hs_message_type)hs_read_u8(&reader);
    read_body(&reader, message, validator_count);
    return hs_reader_end(&reader);
}

static size_t body_size(const struct hs_message *message, uint32_t n)
{
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        return proposal_size(message, n);
    case HS_MESSAGE_VOTE:
        return HS_VOTE_BYTES;
    case HS_MESSAGE_QC:
        return qc_size(message, n);
    case HS_MESSAGE_VIEW_CHANGE:
        return view_change_size(message, n);
    case HS_MESSAGE_STATUS:
        return status_size(message, n);
    case HS_MESSAGE_BLOCK_REQUEST:
        return HS_HASH_BYTES;
    case HS_MESSAGE_BLOCK_RESPONSE:
        return block_response_size(message, n);
    case HS_MESSAGE_RANGE_REQUEST:
        return 2u * 8u;
    case HS_MESSAGE_RANGE_RESPONSE:
        return range_response_size(message, n);
    case HS_MESSAGE_TRANSACTIONS:
        return 4u + message->transactions.transactions.size;
    }
    return 0;
}

size_t hs_message_encoded_size(const struct hs_message *message, uint32_t validator_count)
{
    return 1 + body_size(message, validator_count);
}

void hs_message_encode(struct hs_writer *writer, const struct hs_message *message,
                       uint32_t validator_count)
{
    hs_write_u8(writer, (uint8_t)message->type);
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        write_proposal(writer, message, validator_count);
        return;
    case HS_MESSAGE_VOTE:
        hs_vote_write(writer, &message->vote);
        return;
    case HS_MESSAGE_QC:
        write_qc(writer, message, validator_count);
        return;
    case HS_MESSAGE_VIEW_CHANGE:
        write_view_change(writer, message, validator_count);
        return;
    case HS_MESSAGE_STATUS:
        write_status(writer, message, validator_count);
        return;
    case HS_MESSAGE_BLOCK_REQUEST:
        hs_write_bytes(writer, message->block_request.bytes, HS_HASH_BYTES);
        return;
    case HS_MESSAGE_BLOCK_RESPONSE:
        write_block_response(writer, message, validator_count);
        return;
    case HS_MESSAGE_RANGE_REQUEST:
        hs_write_u64(writer, message->range_request.epoch);
        hs_write_u64(writer, message->range_request.from_height);
        return;
    case HS_MESSAGE_RANGE_RESPONSE:
        write_range_response(writer, message, validator_count);
        return;
    case HS_MESSAGE_TRANSACTIONS:
        write_transactions(writer, message);
        return;
    }
    writer->failed = true; /* a type that is none of them */
}
