/* hs_ledger: accounts, transfers and what else transactions do, behind the application interface.
 *
 * A state is a version of two trees (ledger_trees.h) in a numbered slot. A block is executed on its
 * parent's state in a scratch map of the accounts it touches, then written to the tree
 * as one batch. Blocks whose fate is open are versions that share what they did not change.
 *
 * A transfer is valid on a state when
 *   - it is for this chain, and its nonce is its sender's next one;
 *   - max_fee >= burned, where burned = gas * base fee (F4), and the block has gas left (F2);
 *   - the sender's balance covers amount + burned + tip, where
 *     tip = min(max_tip, max_fee - burned);
 *   - there is room for the accounts it makes.
 * It moves `amount` to the recipient, burns what the base fee comes to, gives the tip to the
 * block's fee recipient and takes the sender to its next nonce. The base fee of a block is the one
 * that its parent's state holds (F3); what a block used of its gas fixes the next one (F1). An
 * account is made when it is first given more than nothing, or first sends. What is burned is
 * counted in a leaf of its own, and at every moment the balances, the burned total and what the
 * registry holds sum up to what genesis gave out.
 *
 * The other types are paid for in the same way: COMMIT and REVEAL are in commit_reveal.h.
 *
 * Where there are epochs, validators register and stake (staking.h), are punished (evidence.h), and
 * the last block of an epoch fixes the set after the next (epoch_end.h). Stakes and what is
 * unbonding are part of the supply.
 *
 * Pure (X3): no clock, float, allocation or I/O; the secret seed of the scratch map changes
 * no result.
 */
#ifndef HS_LEDGER_LEDGER_H
#define HS_LEDGER_LEDGER_H

#include <hotstuff/application.h>
#include <hotstuff/core.h>

#include "base/id_map.h"
#include "ledger/account.h"
#include "ledger/commit_records.h"
#include "ledger/ledger_trees.h"
#include "ledger/parameters.h"
#include "wire/transaction.h"

struct hs_genesis_account {
    struct hs_address address;
    struct hs_amount balance;
};

/* A validator of the first two epochs. Possession of its key was checked. */
struct hs_genesis_validator {
    struct hs_address operator_address;
    struct hs_validator_keys keys;
    struct hs_amount stake;
};

struct hs_ledger_config {
    struct hs_chain_id chain_id;
    struct hs_ledger_parameters parameters;    /* the same for all nodes */
    const struct hs_genesis_account *accounts; /* read by hs_ledger_new only */
    size_t account_count;
    /* The first set, in its order, how leaders are drawn, and the randomness of epoch 0. Read by
     * hs_ledger_new where there are epochs (parameters.staking.epoch_blocks > 0): then there is a
     * validator, no more of them than fit a set, and leaders are drawn by weight, since stakes do not
     * stay equal (P1). */
    const struct hs_genesis_validator *validators;
    size_t validator_count;
    enum hs_leader_election election;
    uint8_t randomness[HS_HASH_BYTES];
    uint32_t accounts_max; /* 1 .. HS_LEDGER_ACCOUNTS_MAX */
    uint32_t states_max;   /* 2 .. HS_LEDGER_STATES_MAX: the committed one and those above */
    /* Changed accounts over all uncommitted states together; at least what one block
     * changes, at most HS_LEDGER_OVERLAY_ACCOUNTS_MAX. */
    uint32_t overlay_accounts_max;
    /* Changed records of the registry, the same; at most HS_LEDGER_OVERLAY_RECORDS_MAX. */
    uint32_t overlay_records_max;
    uint8_t map_seed[HS_ID_MAP_SEED_BYTES]; /* secret, any */
};

struct hs_ledger;

/* Bytes of memory; 0 when the configuration is out of its limits. Pages are touched only as
 * accounts are made, so the memory may be a reservation. */
size_t hs_ledger_footprint(const struct hs_ledger_config *config);

/* Builds the genesis state in zeroed memory (footprint bytes, aligned as malloc aligns), whose
 * owner keeps and frees it. HS_OK and *ledger; HS_INVALID_ARGUMENT when the configuration is out of
 * its limits; HS_DUPLICATE when an address stands twice, or a validator's account or key;
 * HS_OVERFLOW when the supply exceeds 64 bits; HS_FULL when there are more accounts than
 * accounts_max. */
HS_MUST_CHECK enum hs_status hs_ledger_new(struct hs_ledger **ledger, void *memory,
                                           const struct hs_ledger_config *config);

/* The table of calls over this ledger, which must outlive it. */
void hs_ledger_application(struct hs_ledger *ledger, struct hs_application *application);

/* -- reads of the committed state ------------------------------------------ */

/* An account that was never made reads as zero. */
void hs_ledger_account(const struct hs_ledger *ledger, struct hs_account *account,
                       const struct hs_address *address);
/* Proves what hs_ledger_account says, under the committed root. Check it with
 * hs_ledger_proof_holds over hs_account_path and the account's value. */
void hs_ledger_prove_account(const struct hs_ledger *ledger, struct hs_ledger_proof *proof,
                             const struct hs_address *address);
uint32_t hs_ledger_account_count(const struct hs_ledger *ledger);
struct hs_amount hs_ledger_burned(const struct hs_ledger *ledger);
/* Units per gas, of a block on the committed one (F3). */
struct hs_amount hs_ledger_base_fee(const struct hs_ledger *ledger);
/* M: commitments that wait for their reveal: how many of all, how many of one sender, and one of
 * them. HS_NO_COMMITMENT when none waits there. */
uint32_t hs_ledger_commits_waiting(const struct hs_ledger *ledger);
uint32_t hs_ledger_commits_of_sender(const struct hs_ledger *ledger,
                                     const struct hs_address *sender);
HS_MUST_CHECK enum hs_status hs_ledger_find_commit(const struct hs_ledger *ledger,
                                                   struct hs_commit *commit,
                                                   const struct hs_commit_place *place);
/* Do sets change? Then validator_reads.h has more to read. */
bool hs_ledger_has_epochs(const struct hs_ledger *ledger);
struct hs_amount hs_ledger_genesis_supply(const struct hs_ledger *ledger);

/* Sums up all that a state holds of the supply (leaf_kinds.h), by a walk over both trees.
 * HS_OVERFLOW when the sum exceeds 64 bits, HS_CORRUPT when a value is not one of ours. */
HS_MUST_CHECK enum hs_status hs_ledger_supply(const struct hs_ledger *ledger,
                                              struct hs_amount *supply, struct hs_state state);

#endif
