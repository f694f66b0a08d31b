/* Accounts, and how they stand in the state tree (leaf_kinds.h).
 *
 * An account that was never made reads as balance 0, nonce 0, and one in that state has no leaf. No
 * account is ever deleted.
 */
#ifndef HS_LEDGER_ACCOUNT_H
#define HS_LEDGER_ACCOUNT_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

#include "ledger/leaf_kinds.h"

struct hs_account {
    struct hs_amount balance;
    uint64_t nonce; /* the next one to be used */
};

/* Where an account is in the tree. */
void hs_account_path(struct hs_state_path *path, const struct hs_address *address);

/* Values. No bytes read as an account that was never made; HS_CORRUPT for bytes that
 * the encoder does not write. */
void hs_account_encode(struct hs_state_value *value, const struct hs_account *account);
HS_MUST_CHECK enum hs_status hs_account_decode(struct hs_account *account,
                                               const struct hs_state_value *value);

#endif
