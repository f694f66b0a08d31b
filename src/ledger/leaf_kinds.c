#include "ledger/leaf_kinds.h"

#include "base/assert.h"
#include "base/bytes.h"

void hs_leaf_number_path(struct hs_state_path *path, enum hs_leaf_kind kind)
{
    hs_state_path_of(path, (uint8_t)kind, NULL, 0);
}

void hs_leaf_number_encode(struct hs_state_value *value, enum hs_leaf_kind kind, uint64_t number)
{
    struct hs_writer writer = hs_writer_over(value->bytes, HS_LEAF_NUMBER_BYTES);
    hs_write_u8(&writer, (uint8_t)kind);
    hs_write_u64(&writer, number);
    HS_ASSERT(!writer.failed && writer.offset == HS_LEAF_NUMBER_BYTES);
    value->size = HS_LEAF_NUMBER_BYTES;
}

enum hs_status hs_leaf_number_decode(uint64_t *number, enum hs_leaf_kind kind,
                                     const struct hs_state_value *value)
{
    struct hs_reader reader = hs_reader_over(value->bytes, value->size);
    uint8_t found = hs_read_u8(&reader);
    *number = hs_read_u64(&reader);
    return hs_reader_end(&reader) == HS_OK && found == (uint8_t)kind ? HS_OK : HS_CORRUPT;
}
