/* hs_sim_run: one whole simulated run, from its configuration to a verdict.
 *
 * First the safety phase: load and faults, until enough blocks are committed or the time is over.
 * Then the faults stop, every node comes up, and the liveness phase begins: a new block must commit
 * within 2(f + 1) + 2 views (protocol section 9), and every node must get there.
 */
#ifndef HS_SIM_RUN_H
#define HS_SIM_RUN_H

#include "sim/faults.h"

#define HS_SIM_REASON_CHARACTERS 640u

struct hs_sim_config {
    uint32_t node_count;
    const uint64_t *weights; /* or NULL */
    enum hs_leader_election election;
    uint64_t seed;
    uint64_t blocks; /* the safety phase ends at this height */
    uint32_t faults; /* bits of enum hs_fault */
    uint32_t transfers_per_second;
    const struct hs_log *log; /* or NULL */
};

struct hs_sim_result {
    bool ok;
    char reason[HS_SIM_REASON_CHARACTERS]; /* what was violated */
    uint64_t committed;                    /* the highest height that was reported */
    uint64_t views;
    uint64_t trace_hash;
    uint64_t virtual_ns;
    uint64_t consensus_messages;
    uint64_t transfers; /* accepted by a node */
    uint32_t strikes;   /* faults that struck */
};

/* hs_crypto_start was called. */
void hs_sim_run(const struct hs_sim_config *config, struct hs_sim_result *result);

#endif
