/* hs_stake_model: what the blocks of a staked chain do to its validators, computed once more.
 *
 * From the rules P4, P7 and P8 as docs/protocol.md states them and from the bytes of the blocks alone:
 * plain arrays, one validator for each node of the cluster, nothing of the ledger's own. It is fed the
 * blocks that are committed, in order, and says what must come of them: stakes, what is unbonding,
 * who is jailed, the balances of operators, and the set and the randomness of the epoch after the next.
 * The checkers hold the nodes against it, and the operators of a world act by it.
 */
#ifndef HS_SIM_STAKE_MODEL_H
#define HS_SIM_STAKE_MODEL_H

#include <hotstuff/core.h>

#include "sim/cluster.h"

#define HS_STAKE_KEYS_MAX (HS_VALIDATORS_MAX + HS_CLUSTER_ROTATIONS_MAX)

/* One validator, by the node whose operator registered it. */
struct hs_stake_facts {
    bool registered;
    uint64_t order;        /* of registration */
    uint64_t stake;        /* units */
    uint64_t jailed_until; /* 0: not jailed */
    uint32_t key;          /* the current one, by its number */
    uint32_t unbonding_count;
    struct {
        uint64_t epoch; /* paid out at its end */
        uint64_t units;
    } unbondings[HS_UNBONDINGS_MAX];
    uint64_t balance; /* of the operator's account */
    uint64_t nonce;   /* its next one */
};

/* In which epochs a key answers for what it signed, and for whom. */
struct hs_stake_key {
    bool used;
    uint32_t node;
    uint64_t first_epoch;
    uint64_t last_epoch; /* UINT64_MAX: it is the current one */
};

struct hs_stake_punishment {
    uint32_t node;
    uint64_t epoch;
};
#define HS_STAKE_PUNISHMENTS_MAX 4096u

/* What an epoch must be. */
struct hs_stake_set {
    uint64_t number;
    uint32_t count;
    uint32_t keys[HS_VALIDATORS_MAX]; /* numbers */
    uint64_t stakes[HS_VALIDATORS_MAX];
    uint8_t randomness[HS_HASH_BYTES];
};
#define HS_STAKE_SETS 4u

struct hs_stake_model {
    const struct hs_cluster *cluster;
    uint64_t height; /* of the last block; 0: genesis */
    uint64_t epoch;  /* of the next block */
    uint64_t registrations;
    struct hs_stake_facts validators[HS_VALIDATORS_MAX];
    struct hs_stake_key keys[HS_STAKE_KEYS_MAX];
    uint32_t punishment_count;
    struct hs_stake_punishment punishments[HS_STAKE_PUNISHMENTS_MAX];
    uint64_t slashed; /* units, of all together */
    uint8_t mix[HS_HASH_BYTES];
    struct hs_stake_set sets[HS_STAKE_SETS]; /* the last ones, by number */
    char fault[160];                         /* what was against the rules last */
};

/* A transaction of an operator or about a validator, and its gas. */
struct hs_stake_operation {
    struct hs_transaction transaction;
    uint64_t gas;
};

/* At genesis. */
void hs_stake_model_init(struct hs_stake_model *model, const struct hs_cluster *cluster);

/* The block of the next height, with all of its operations in order. False: it must not have been
 * committed, and model->fault says why. */
HS_MUST_CHECK bool hs_stake_model_take(struct hs_stake_model *model, const struct hs_block *block,
                                       const struct hs_stake_operation operations[],
                                       uint32_t count);

/* NULL: not one of the last ones. */
const struct hs_stake_set *hs_stake_model_set(const struct hs_stake_model *model, uint64_t number);

bool hs_stake_model_was_punished(const struct hs_stake_model *model, uint32_t node, uint64_t epoch);

#endif
