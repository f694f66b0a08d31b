#include "ledger/account.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

void hs_account_path(struct hs_state_path *path, const struct hs_address *address)
{
    hs_state_path_of(path, HS_LEAF_ACCOUNT, address->bytes, HS_ADDRESS_BYTES);
}

void hs_account_encode(struct hs_state_value *value, const struct hs_account *account)
{
    if (account->balance.units == 0 && account->nonce == 0) {
        value->size = 0;
        return;
    }
    struct hs_writer writer = hs_writer_over(value->bytes, HS_LEAF_ACCOUNT_BYTES);
    hs_write_u8(&writer, HS_LEAF_ACCOUNT);
    hs_write_u64(&writer, account->balance.units);
    hs_write_u64(&writer, account->nonce);
    HS_ASSERT(!writer.failed && writer.offset == HS_LEAF_ACCOUNT_BYTES);
    value->size = HS_LEAF_ACCOUNT_BYTES;
}

enum hs_status hs_account_decode(struct hs_account *account, const struct hs_state_value *value)
{
    *account = (struct hs_account){.nonce = 0};
    if (value->size == 0) {
        return HS_OK;
    }
    struct hs_reader reader = hs_reader_over(value->bytes, value->size);
    uint8_t kind = hs_read_u8(&reader);
    account->balance.units = hs_read_u64(&reader);
    account->nonce = hs_read_u64(&reader);
    bool never_made = account->balance.units == 0 && account->nonce == 0;
    return hs_reader_end(&reader) == HS_OK && kind == HS_LEAF_ACCOUNT && !never_made ? HS_OK
                                                                                     : HS_CORRUPT;
}
