/* hs_local_cluster: the validators of one folder of homes, as processes of this machine.
 *
 * Each is this very program, `hotstuff node --home H`, its output in D/validator-N.log. It is
 * started once and never restarted; it dies with this process. One that a person started again
 * is known by its answer.
 */
#ifndef HS_CLI_LOCAL_CLUSTER_H
#define HS_CLI_LOCAL_CLUSTER_H

#include <sys/types.h>

#include <hotstuff/types.h>

#include "runtime/home.h"

struct hs_local_cluster_validator {
    char home[HS_HOME_PATH_CHARACTERS];
    uint16_t p2p_port;
    uint16_t rpc_port;
    pid_t pid; /* 0: not running */
    bool child;
};

struct hs_local_cluster {
    char folder[HS_HOME_PATH_CHARACTERS];  /* absolute */
    char program[HS_HOME_PATH_CHARACTERS]; /* absolute */
    struct hs_chain_id chain_id;
    uint32_t count;
    struct hs_local_cluster_validator validators[HS_VALIDATORS_MAX];
    char error[1024]; /* of the last call that failed */
};

/* Finds the homes in `folder` and reads their ports and chain. False: `error`. */
bool hs_local_cluster_open(struct hs_local_cluster *cluster, const char *folder);

/* The first port from `base_port` on, in steps of a hundred, from which `count` validators find
 * all their ports free; 0 when there is none. */
uint32_t hs_local_cluster_free_ports(uint32_t base_port, uint32_t count);
/* False, and `error`, when another program has one of the cluster's ports. */
bool hs_local_cluster_ports_are_free(struct hs_local_cluster *cluster);

/* Starts all. False: `error`, and those started are still to be stopped. */
bool hs_local_cluster_start(struct hs_local_cluster *cluster);
/* Notices those that have ended: their pid becomes 0. True when there was one. */
bool hs_local_cluster_reap(struct hs_local_cluster *cluster);
/* Asks all to stop, waits for them, and ends those that do not. */
void hs_local_cluster_stop(struct hs_local_cluster *cluster);

#endif
