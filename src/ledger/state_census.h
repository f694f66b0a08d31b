/* hs_state_census: what all leaves of a state come to.
 *
 * Whoever walks a whole state, to sum up its supply or to restore it, gives each leaf to a census.
 * It refuses what is not one of ours (leaf_kinds.h), so that bytes from a file can be given to it.
 */
#ifndef HS_LEDGER_STATE_CENSUS_H
#define HS_LEDGER_STATE_CENSUS_H

#include "ledger/account.h"
#include "ledger/ledger_trees.h"

struct hs_state_census {
    enum hs_ledger_tree tree; /* that the leaves to come are of */
    struct hs_state_path burned_path;
    struct hs_state_path base_fee_path;
    bool has_burned;
    bool has_base_fee;
    uint32_t account_count;
    uint32_t record_count; /* in the registry */
    struct hs_amount burned;
    struct hs_amount base_fee;
    struct hs_amount supply; /* what all leaves hold together */
};

/* Of nothing; the first leaves are of the accounts tree. */
void hs_state_census_begin(struct hs_state_census *census);

/* Adds a leaf to a census; as hs_state_tree_walk calls it.
 * HS_CORRUPT when the leaf is not one of ours; HS_OVERFLOW when the supply exceeds 64 bits. */
HS_MUST_CHECK enum hs_status hs_state_census_add(void *census, const struct hs_state_path *path,
                                                 const struct hs_state_value *value);

#endif
