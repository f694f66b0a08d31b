#include "ledger/state_census.h"

#include <string.h>

#include "ledger/commit_records.h"
#include "ledger/record.h"

void hs_state_census_begin(struct hs_state_census *census)
{
    *census = (struct hs_state_census){.tree = HS_TREE_ACCOUNTS};
    hs_leaf_number_path(&census->burned_path, HS_LEAF_BURNED);
    hs_leaf_number_path(&census->base_fee_path, HS_LEAF_BASE_FEE);
}

static bool paths_equal(const struct hs_state_path *a, const struct hs_state_path *b)
{
    return memcmp(a->bytes, b->bytes, HS_HASH_BYTES) == 0;
}

/* The units of the supply that a leaf of the accounts tree holds. */
static enum hs_status read_account_leaf(struct hs_state_census *census, uint64_t *units,
                                        const struct hs_state_path *path,
                                        const struct hs_state_value *value)
{
    if (paths_equal(path, &census->burned_path)) {
        census->has_burned = true;
        enum hs_status status = hs_leaf_number_decode(units, HS_LEAF_BURNED, value);
        census->burned.units = *units;
        return status;
    }
    if (paths_equal(path, &census->base_fee_path)) {
        census->has_base_fee = true;
        *units = 0;
        return hs_leaf_number_decode(&census->base_fee.units, HS_LEAF_BASE_FEE, value);
    }
    struct hs_account account;
    census->account_count++;
    enum hs_status status = hs_account_decode(&account, value);
    *units = account.balance.units;
    return value->size > 0 ? status : HS_CORRUPT;
}

/* The same of the registry. */
static enum hs_status read_record(struct hs_state_census *census, uint64_t *units,
                                  const struct hs_state_path *path,
                                  const struct hs_state_value *value)
{
    census->record_count++;
    if (value->size > 0 && value->bytes[0] >= HS_LEAF_STAKING) {
        return hs_staking_record_units(units, value);
    }
    struct hs_amount held;
    enum hs_status status = hs_commit_leaf_check(&held, path, value);
    *units = held.units;
    return status;
}

enum hs_status hs_state_census_add(void *context, const struct hs_state_path *path,
                                   const struct hs_state_value *value)
{
    struct hs_state_census *census = context;
    uint64_t units = 0;
    enum hs_status status = census->tree == HS_TREE_ACCOUNTS
                                ? read_account_leaf(census, &units, path, value)
                                : read_record(census, &units, path, value);
    if (status != HS_OK) {
        return status;
    }
    if (units > UINT64_MAX - census->supply.units) {
        return HS_OVERFLOW;
    }
    census->supply.units += units;
    return HS_OK;
}
