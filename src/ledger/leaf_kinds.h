/* The kinds of leaves in the state: each with its key and its value, all of them here.
 *
 * A state key begins with a byte that says what kind of thing it names, so that kinds can
 * be added and never meet. A value begins with the same byte: whoever walks the tree, which
 * keeps only hashes of keys, can tell what a leaf is. Each kind is of one of the two trees
 * (ledger_trees.h).
 *
 *     accounts tree
 *     account   key: 1 || address (32)    value: 1 || balance (u64) || nonce (u64)
 *     burned    key: 2                    value: 2 || units burned so far (u64)
 *     base fee  key: 3                    value: 3 || units per gas of the next block (u64)
 *     registry: commitments (a value repeats its key, so that a walk can check its path)
 *     commit       key: 16 || height (u64) || index (u32)
 *                  value: 16 || height || index || commitment (32) || nonce (u64) || deposit (u64)
 *     committer    key: 17 || height || index      value: 17 || height || index || sender (32)
 *     commits of   key: 18 || sender (32)          value: 18 || sender || waiting (u32)
 *     commits at   key: 19 || height               value: 19 || height || waiting (u32) ||
 *                                                         first index (u32) || last index (u32)
 *     commits      key: 20                         value: 20 || waiting (u32)
 *
 *
 *     registry: validators, each by its operator's account (validator_records.h)
 *     staking        key: 32                     value: 32 || registered (u32) || staked units (u64)
 *     roster         key: 33 || place (u32)      value: 33 || operator (32)
 *     staker         key: 34 || operator (32)    value: 34 || stake (u64) || jailed until (u64) ||
 *                                                       keys (u8) || unbondings (u8)
 *     its BLS key    key: 35 || operator || index (u32)    value: 35 || BLS key (48)
 *     its other key  key: 36 || operator || index (u32)    value: 36 || network key (32) ||
 *                                                       first epoch (u64) || last epoch (u64)
 *     its fees       key: 37 || operator         value: 37 || fee recipient (32)
 *     its address    key: 38 || operator         value: 38 || "host:port" (1 .. 63)
 *     unbonding      key: 39 || operator || index (u32)    value: 39 || epoch (u64) || units (u64)
 *     punishments    key: 40 || operator         value: 40 || latest epoch (u64) || bits (32)
 *     BLS owner      key: 41 || BLS key (48)     value: 41 || operator (32)
 *     network owner  key: 42 || network key (32) value: 42 || operator (32)
 *
 *     registry: epochs (epoch_records.h)
 *     epoch          key: 48 || epoch (u64)      value: 48 || members (u32) || randomness (32)
 *     digest         key: 49 || epoch            value: 49 || digest (32; wire/epoch_codec.h)
 *     member         key: 50 || epoch || index (u32)    value: 50 || operator (32) || weight (u64) ||
 *                                                       leader weight (u64)
 *     its BLS key    key: 51 || epoch || index   value: 51 || BLS key (48)
 *     its other key  key: 52 || epoch || index   value: 52 || network key (32)
 *     its fees       key: 53 || epoch || index   value: 53 || fee recipient (32)
 *     its address    key: 54 || epoch || index   value: 54 || "host:port" (1 .. 63)
 *     turns          key: 55 || epoch || index   value: 55 || made (u32) || missed (u32)
 *     mix            key: 56                     value: 56 || epoch of the next block (u64) ||
 *                                                       mix of its outputs (32)
 *
 * Little-endian. Of burned and base fee there is one leaf each, in every state. What counts nothing
 * has no leaf.
 */
#ifndef HS_LEDGER_LEAF_KINDS_H
#define HS_LEDGER_LEAF_KINDS_H

#include <hotstuff/status.h>

#include "ledger/state_tree.h"

enum hs_leaf_kind {
    HS_LEAF_ACCOUNT = 1,
    HS_LEAF_BURNED = 2,
    HS_LEAF_BASE_FEE = 3,
    HS_LEAF_COMMIT = 16,
    HS_LEAF_COMMITTER = 17,
    HS_LEAF_COMMITS_OF = 18,
    HS_LEAF_COMMITS_AT = 19,
    HS_LEAF_COMMITS = 20,
    HS_LEAF_STAKING = 32,
    HS_LEAF_ROSTER = 33,
    HS_LEAF_STAKER = 34,
    HS_LEAF_STAKER_BLS = 35,
    HS_LEAF_STAKER_NETWORK = 36,
    HS_LEAF_STAKER_FEES = 37,
    HS_LEAF_STAKER_DIAL = 38,
    HS_LEAF_UNBONDING = 39,
    HS_LEAF_PUNISHMENTS = 40,
    HS_LEAF_BLS_OWNER = 41,
    HS_LEAF_NETWORK_OWNER = 42,
    HS_LEAF_EPOCH = 48,
    HS_LEAF_EPOCH_DIGEST = 49,
    HS_LEAF_MEMBER = 50,
    HS_LEAF_MEMBER_BLS = 51,
    HS_LEAF_MEMBER_NETWORK = 52,
    HS_LEAF_MEMBER_FEES = 53,
    HS_LEAF_MEMBER_DIAL = 54,
    HS_LEAF_TURNS = 55,
    HS_LEAF_MIX = 56,
};

#define HS_LEAF_ACCOUNT_BYTES 17u
#define HS_LEAF_NUMBER_BYTES  9u

/* A leaf that is one number: its kind is HS_LEAF_BURNED or HS_LEAF_BASE_FEE. HS_CORRUPT for bytes
 * that the encoder does not write. */
void hs_leaf_number_path(struct hs_state_path *path, enum hs_leaf_kind kind);
void hs_leaf_number_encode(struct hs_state_value *value, enum hs_leaf_kind kind, uint64_t number);
HS_MUST_CHECK enum hs_status hs_leaf_number_decode(uint64_t *number, enum hs_leaf_kind kind,
                                                   const struct hs_state_value *value);

#endif
