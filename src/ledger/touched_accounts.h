/* hs_touched_accounts: the accounts that a batch of changes reads and writes.
 *
 * Scratch memory for one batch at a time: accounts are named, read from one version of the tree
 * all at once, changed here as often as the batch likes, and written back as one update.
 */
#ifndef HS_LEDGER_TOUCHED_ACCOUNTS_H
#define HS_LEDGER_TOUCHED_ACCOUNTS_H

#include "base/id_map.h"
#include "ledger/account.h"

/* Every sender and recipient of a block, its fee recipient, who is paid at the end of an epoch, the
 * burned total and the base fee. */
#define HS_TOUCHED_MAX          (2u * HS_BLOCK_TRANSACTIONS_MAX + HS_REGISTERED_VALIDATORS_MAX + 3u)
#define HS_TOUCHED_ACCOUNTS_MAX (HS_TOUCHED_MAX - 2u)

struct hs_touched_account {
    struct hs_address address;
    struct hs_state_entry entry;
    struct hs_account account;
    bool made;    /* it has a leaf, or will have one */
    bool changed; /* to be written */
};

/* A leaf that is one number; written when it is another one than was read. */
struct hs_touched_number {
    struct hs_state_entry entry;
    enum hs_leaf_kind kind;
    uint64_t number;
    uint64_t as_read;
    bool made;
};

struct hs_touched_accounts {
    struct hs_id_map *index_of;
    uint32_t count;
    struct hs_touched_number burned;
    struct hs_touched_number base_fee;
    struct hs_state_entry *entries[HS_TOUCHED_MAX];
    struct hs_touched_account accounts[HS_TOUCHED_MAX];
};

/* `index_of` is a map of HS_TOUCHED_MAX entries. */
void hs_touched_init(struct hs_touched_accounts *touched, struct hs_id_map *index_of);

/* Forgets all. */
void hs_touched_clear(struct hs_touched_accounts *touched);

/* The index of an account, which is added when it was not named yet. The caller names at most
 * HS_TOUCHED_ACCOUNTS_MAX. */
uint32_t hs_touched_name(struct hs_touched_accounts *touched, const struct hs_address *address);

/* Reads all that was named, and both numbers, from a version. */
void hs_touched_read(struct hs_touched_accounts *touched, const struct hs_state_tree *tree,
                     const struct hs_state_version *version);

/* Makes `child`: the version read, with what was changed. HS_FULL as of the tree. */
HS_MUST_CHECK enum hs_status hs_touched_write(struct hs_touched_accounts *touched,
                                              struct hs_state_tree *tree,
                                              struct hs_state_version *child,
                                              const struct hs_state_version *parent);

#endif
