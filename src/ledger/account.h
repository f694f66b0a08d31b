/* Accounts, and how they stand in the state tree.
 *
 * A state key begins with a byte that says what kind of thing it names, so that kinds can
 * be added and never meet. A value begins with the same byte: whoever walks the tree, which
 * keeps only hashes of keys, can tell what a leaf is.
 *
 *     account   key: 1 || address (32)    value: 1 || balance (u64) || nonce (u64)
 *     burned    key: 2                    value: 2 || units burned so far (u64)
 *
 * Little-endian. An account that was never made reads as balance 0, nonce 0, and one in that
 * state has no leaf. No account is ever deleted.
 */
#ifndef HS_LEDGER_ACCOUNT_H
#define HS_LEDGER_ACCOUNT_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

#include "ledger/state_tree.h"

enum hs_state_kind {
    HS_STATE_ACCOUNT = 1,
    HS_STATE_BURNED = 2,
};

#define HS_ACCOUNT_VALUE_BYTES 17u
#define HS_BURNED_VALUE_BYTES  9u

struct hs_account {
    struct hs_amount balance;
    uint64_t nonce; /* the next one to be used */
};

/* Where an account and the burned total are in the tree. */
void hs_account_path(struct hs_state_path *path, const struct hs_address *address);
void hs_burned_path(struct hs_state_path *path);

/* Values. No bytes read as an account that was never made; HS_CORRUPT for bytes that
 * the encoder does not write. */
void hs_account_encode(struct hs_state_value *value, const struct hs_account *account);
HS_MUST_CHECK enum hs_status hs_account_decode(struct hs_account *account,
                                               const struct hs_state_value *value);
void hs_burned_encode(struct hs_state_value *value, struct hs_amount burned);
HS_MUST_CHECK enum hs_status hs_burned_decode(struct hs_amount *burned,
                                              const struct hs_state_value *value);

#endif
