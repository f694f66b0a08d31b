/* The parameters of a chain's economics, which its genesis fixes for good.
 *
 * All validators compute with the same numbers, so they are part of what the chain's id is the hash
 * of. Whatever a sum, a product or a table in this room rests on is a limit here: once the
 * parameters hold, no transaction and no block can lead outside of it.
 */
#ifndef HS_LEDGER_PARAMETERS_H
#define HS_LEDGER_PARAMETERS_H

#include <hotstuff/types.h>

/* F: what gas costs. Units per gas. */
struct hs_fee_parameters {
    struct hs_amount base_fee;     /* of the first block above genesis */
    struct hs_amount base_fee_min; /* it never falls below this */
    uint64_t gas_limit;            /* of a block; even: half of it is the target */
};

/* M1, M2, M4: commitments to transfers that are shown later. The deposit is what choosing not to show
 * one costs, the window how long leaders would have to leave out a reveal (M5). */
struct hs_commit_parameters {
    struct hs_amount deposit; /* held until the reveal, burned without one */
    uint32_t window_blocks;   /* a reveal comes within so many blocks */
    uint32_t per_sender_max;  /* waiting for their reveal, of one account */
    uint32_t total_max;       /* of all */
};

/* P: validators, what they hold and what they lose. */
struct hs_staking_parameters {
    uint64_t epoch_blocks; /* 0: one epoch for ever, with the set of genesis */
    struct hs_amount stake_min;
    uint32_t validators_max;   /* in one set */
    uint32_t unbonding_epochs; /* from the last one that it was weight in to the payment */
    uint32_t slash_per_mille;
    uint32_t jail_epochs;
    uint32_t evidence_epochs; /* how old a punishable double vote may be */
};

struct hs_ledger_parameters {
    struct hs_fee_parameters fees;
    struct hs_commit_parameters commits;
    struct hs_staking_parameters staking;
};

/* What a genesis without parameters has. */
void hs_ledger_parameters_default(struct hs_ledger_parameters *parameters);

/* The first member that is out of its limits, what it is, what it may be, and why: as in
 * "fees.gas_limit is 7; it must be 66 .. 1048576, and even: half of it is the target". */
struct hs_parameter_fault {
    const char *member;
    uint64_t value;
    uint64_t at_least;
    uint64_t at_most;
    const char *why;
};

/* False, and which member is at fault, when the parameters make no chain. */
bool hs_ledger_parameters_hold(const struct hs_ledger_parameters *parameters,
                               struct hs_parameter_fault *fault);

#endif
