/* hs_epoch_end: what the blocks of an epoch leave, and what its last one fixes (P4).
 *
 *     each block of e     adds its VRF output to the mix (P3), and who missed a turn (P6)
 *     B(e), at its end    pays out what has matured
 *                         fixes the set, the leader weights and the randomness of e + 2
 *                         forgets epoch e - 1, and keys and validators that nothing asks for any more
 *
 * The set of e + 2: of all registered validators that are not jailed and stake stake_min or more, the
 * validators_max with the most stake (of equal ones the one registered first), in the order of their
 * registration; the weight of each is its stake. If that leaves nobody, the set of e + 1 is taken again:
 * a chain without validators would end.
 *
 * The work of one block is bounded by HS_REGISTERED_VALIDATORS_MAX.
 */
#ifndef HS_LEDGER_EPOCH_END_H
#define HS_LEDGER_EPOCH_END_H

#include "ledger/epoch_records.h"
#include "ledger/staking.h"

/* A validator that may be in the next set. */
struct hs_candidate {
    struct hs_address operator_address;
    uint64_t stake;
};

struct hs_payout {
    struct hs_address operator_address;
    struct hs_amount amount;
    uint32_t account; /* the caller's */
};

/* Memory of one block. */
struct hs_epoch_scratch {
    struct hs_fixed_epoch fixed;    /* the one that is made */
    struct hs_fixed_epoch previous; /* the one that ends, or is asked for */
    struct hs_candidate candidates[HS_REGISTERED_VALIDATORS_MAX];
    uint32_t chosen[HS_VALIDATORS_MAX]; /* candidates */
    uint32_t payout_count;
    struct hs_payout payouts[HS_REGISTERED_VALIDATORS_MAX];
};

struct hs_epoch_rules {
    const struct hs_staking_parameters *parameters;
    enum hs_leader_election election;
};

/* What a block shows of itself. */
struct hs_epoch_block {
    uint64_t epoch;
    uint64_t view;
    uint64_t parent_view; /* 0: the parent is of another epoch */
    uint32_t proposer;
    struct hs_vrf_output vrf_output;
};

/* Lists who will be paid at the end of `epoch`, without amounts: each has an account. */
void hs_epoch_list_payouts(const struct hs_registry *registry, struct hs_epoch_scratch *scratch,
                           uint64_t epoch);

/* A block of its epoch. HS_BAD_BLOCK: the epoch is not fixed, or has no such proposer. */
HS_MUST_CHECK enum hs_status hs_epoch_count_block(struct hs_registry *registry,
                                                  struct hs_epoch_scratch *scratch,
                                                  const struct hs_epoch_rules *rules,
                                                  const struct hs_epoch_block *block);

/* The end of `epoch`, after its last block was counted: fills in the amounts of the payouts that were
 * listed, which the caller credits. */
void hs_epoch_end(struct hs_registry *registry, struct hs_epoch_scratch *scratch,
                  const struct hs_epoch_rules *rules, uint64_t epoch);

/* Fixes epochs 0 and 1: all that are registered, in order. */
void hs_epoch_begin_chain(struct hs_registry *registry, struct hs_epoch_scratch *scratch,
                          const struct hs_epoch_rules *rules,
                          const uint8_t randomness[HS_HASH_BYTES]);

#endif
