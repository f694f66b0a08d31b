/* hs_sim_run: one whole simulated run, from its configuration to a verdict.
 *
 * First the safety phase: load and faults, until enough blocks are committed or the time is over.
 * Then the faults stop, every node comes up, and the liveness phase begins: a new block must commit
 * in time, and every node must get there (check_liveness.h). At last the load ends, and what correct
 * nodes took in from clients must be committed (check_clients.h).
 */
#ifndef HS_SIM_RUN_H
#define HS_SIM_RUN_H

#include "sim/attacker.h"
#include "sim/faults.h"

#define HS_SIM_REASON_CHARACTERS 640u

/* A Byzantine validator: a twin of its own, an attacker, or both. */
struct hs_sim_byzantine {
    uint32_t validator;
    bool twin;
    const struct hs_attack *attack; /* or NULL */
};
#define HS_SIM_BYZANTINE_MAX HS_WORLD_TWINS_MAX

struct hs_sim_config {
    uint32_t node_count;
    uint32_t joiner_count;               /* of them, the last: not in genesis (staked only) */
    uint64_t weights[HS_VALIDATORS_MAX]; /* the first is 0: 1 each */
    enum hs_leader_election election;
    uint64_t seed;
    uint64_t blocks;      /* the safety phase ends at this height ... */
    uint64_t duration_ns; /* ... or at this time; 0: late enough for the blocks */
    uint32_t faults;      /* bits of enum hs_fault */
    struct hs_sim_byzantine byzantine[HS_SIM_BYZANTINE_MAX];
    uint32_t byzantine_count; /* in each epoch lighter than `honest` (protocol section 1) */
    uint64_t epoch_blocks;    /* 0: one epoch for ever */
    bool staked;              /* stakes make the sets; else the script does */
    struct hs_staking_parameters staking;
    uint32_t operations_per_minute; /* of operators (sim/operators.h); where staked */
    struct hs_cluster_script script;
    uint32_t transfers_per_second;
    uint32_t private_per_mille; /* of them: committed to first (M) */
    struct hs_cluster_commits commits;
    enum hs_cluster_fees fees;
    const struct hs_log *log;           /* or NULL */
    const struct hs_observer *observer; /* or NULL */
};

/* Of a staked chain. */
struct hs_sim_staking_counts {
    uint64_t epochs;     /* that ended */
    uint64_t operations; /* of operators and of the reporter, committed */
    uint64_t punishments;
};

struct hs_sim_result {
    bool ok;
    char checker[32];                      /* which one it was; "" while all holds */
    char reason[HS_SIM_REASON_CHARACTERS]; /* what was violated */
    uint64_t committed;                    /* the highest height that was reported */
    uint64_t views;
    uint64_t trace_hash;
    uint64_t virtual_ns;
    uint64_t consensus_messages;
    uint64_t transfers;                 /* accepted by a node */
    struct hs_check_order_counts order; /* commitments of the chain */
    struct hs_sim_staking_counts staking;
    uint32_t strikes; /* faults that struck */
};

/* hs_crypto_start was called. */
void hs_sim_run(const struct hs_sim_config *config, struct hs_sim_result *result);

#endif
