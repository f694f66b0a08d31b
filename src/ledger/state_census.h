/* hs_state_census: what all leaves of a state come to.
 *
 * Whoever walks a whole state, to sum up its supply or to restore it, gives each leaf to a census.
 * It refuses what is not one of ours (leaf_kinds.h), so that bytes from a file can be given to it.
 */
#ifndef HS_LEDGER_STATE_CENSUS_H
#define HS_LEDGER_STATE_CENSUS_H

#include "ledger/account.h"

struct hs_state_census {
    struct hs_state_path burned_path;
    struct hs_state_path base_fee_path;
    bool has_burned;
    bool has_base_fee;
    uint32_t account_count;
    struct hs_amount burned;
    struct hs_amount base_fee;
    struct hs_amount supply; /* balances and what is burned */
};

void hs_state_census_begin(struct hs_state_census *census);

/* HS_CORRUPT when the leaf is not one of ours; HS_OVERFLOW when the supply exceeds 64 bits. */
HS_MUST_CHECK enum hs_status hs_state_census_add(struct hs_state_census *census,
                                                 const struct hs_state_path *path,
                                                 const struct hs_state_value *value);

#endif
