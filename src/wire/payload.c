#include "wire/payload.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hash.h"

_Static_assert(sizeof(struct hs_transaction_id) == sizeof(struct hs_hash) &&
                   _Alignof(struct hs_transaction_id) == _Alignof(struct hs_hash),
               "an array of ids is an array of hashes");

enum hs_status hs_payload_split(struct hs_bytes transactions[], size_t *count, size_t capacity,
                                struct hs_bytes payload)
{
    *count = 0;
    if (payload.size > HS_PAYLOAD_BYTES_MAX) {
        return HS_MALFORMED;
    }
    struct hs_reader reader = hs_reader_over(payload.data, payload.size);
    while (hs_reader_left(&reader) > 0) {
        size_t size = hs_read_u32(&reader);
        if (size == 0 || size > HS_TRANSACTION_BYTES_MAX || *count == capacity) {
            return HS_MALFORMED;
        }
        const uint8_t *data = hs_read_span(&reader, size);
        if (data == NULL) {
            return HS_MALFORMED;
        }
        transactions[*count] = (struct hs_bytes){.data = data, .size = size};
        (*count)++;
    }
    return hs_reader_end(&reader);
}

size_t hs_payload_size(const struct hs_bytes transactions[], size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += HS_PAYLOAD_ENTRY_BYTES + transactions[i].size;
    }
    return size;
}

enum hs_status hs_payload_encode(uint8_t payload[], size_t *size, size_t capacity,
                                 const struct hs_bytes transactions[], size_t count)
{
    if (count > HS_BLOCK_TRANSACTIONS_MAX) {
        return HS_FULL;
    }
    struct hs_writer writer =
        hs_writer_over(payload, capacity < HS_PAYLOAD_BYTES_MAX ? capacity : HS_PAYLOAD_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (transactions[i].size == 0) {
            return HS_INVALID_ARGUMENT;
        }
        if (transactions[i].size > HS_TRANSACTION_BYTES_MAX) {
            return HS_FULL;
        }
        hs_write_u32(&writer, (uint32_t)transactions[i].size);
        hs_write_bytes(&writer, transactions[i].data, transactions[i].size);
    }
    *size = writer.offset;
    return writer.failed ? HS_FULL : HS_OK;
}

void hs_payload_root_of(struct hs_payload_root *root, const struct hs_transaction_id ids[],
                        size_t count)
{
    hs_merkle_root(root->bytes, (const struct hs_hash *)ids, count);
}
