/* hs_world: n whole nodes in one thread, over virtual time, network, disks and workers.
 *
 * A process is one node. Process i has the key of validator i; behind these come the twins, further
 * processes with the key of a validator that has one already.
 *
 * The nodes are the ones that run in production (src/node/); only what they stand on is simulated.
 * Nothing happens by itself: each hs_world_step brings the next thing that is due (messages that
 * arrive, a job that is done, a node's timer) to the node it is for, and then checks what must hold
 * (sim/checkers.h). The same configuration gives the same run, to the bit.
 *
 *     hs_world_new -> hs_world_start_all -> hs_world_step ... -> hs_world_free
 *
 * A node's process may crash between two steps, or within a call of its disk. Its disk stays.
 * Memory that cannot be had is an assert: a simulation has nothing to go on with.
 */
#ifndef HS_SIM_WORLD_H
#define HS_SIM_WORLD_H

#include <hotstuff/simulated_network.h>

#include "node/node.h"
#include "sim/checkers.h"
#include "sim/cluster.h"
#include "sim/observer.h"
#include "sim/trace.h"
#include "sim/virtual_disk.h"
#include "sim/virtual_workers.h"

#define HS_WORLD_TWINS_MAX     8u
#define HS_WORLD_ATTACKERS_MAX 64u

struct hs_world_config {
    struct hs_cluster_config cluster;
    /* Made already, but for its randomness: for who needs many worlds; or NULL. */
    const struct hs_cluster *made;
    uint32_t twin_count;
    uint32_t twin_of[HS_WORLD_TWINS_MAX]; /* validators */
    uint32_t known_count;
    uint32_t known[HS_KNOWN_PEERS_MAX]; /* validators that the owner of each node names */
    uint64_t seed;
    struct hs_simulated_network_config network; /* node_count and seed are filled in */
    struct hs_virtual_latency lanes[HS_LANES];
    struct hs_pacemaker_config pacemaker;
    uint32_t tree_blocks_max;
    uint32_t mempool_transactions_max;
    uint32_t recent_transactions_max;
    uint32_t block_transactions_max;
    uint64_t segment_bytes;
    uint64_t snapshot_interval_blocks;
    uint32_t clock_drift_per_mille; /* each node's clock runs up to this much fast or slow */
    const struct hs_log *log;       /* may be NULL */
};

/* A cluster of `node_count` on a good network of data-centre delays, small limits. */
void hs_world_config_default(struct hs_world_config *config, uint32_t node_count, uint64_t seed);

struct hs_world;

struct hs_world *hs_world_new(const struct hs_world_config *config);
void hs_world_free(struct hs_world *world);

/* The next thing that is due. False when nothing ever will be. */
bool hs_world_step(struct hs_world *world);
/* When it is due; UINT64_MAX: never. */
uint64_t hs_world_next_ns(const struct hs_world *world);
uint64_t hs_world_now_ns(const struct hs_world *world);
/* Steps until `until_ns`, and then it is that time; stops early at a violation. */
void hs_world_run_until(struct hs_world *world, uint64_t until_ns);

/* -- nodes ---------------------------------------------------------------------------- */

void hs_world_start_all(struct hs_world *world);
/* Starts a node on what its disk holds. Not HS_OK: it could not be opened, and is down. */
HS_MUST_CHECK enum hs_status hs_world_start(struct hs_world *world, uint32_t index);
/* The process dies. With `power_cut` the disk loses what is not durable, too. */
void hs_world_crash(struct hs_world *world, uint32_t index, bool power_cut);
bool hs_world_is_up(const struct hs_world *world, uint32_t index);
/* Ended by itself: a durable write failed, or it diverged (D3, X1). */
bool hs_world_gave_up(const struct hs_world *world, uint32_t index);
/* By default a node whose durable write failed is ended by its owner, as the program does. A test
 * may keep it, to see that it stays silent. */
void hs_world_keep_failed(struct hs_world *world);
/* The node of a process that is down, and has no twin, gets fresh keys beside its own, which a
 * ROTATE may announce; of two it had the older ones go. NULL: the cluster has none left. */
const struct hs_validator_key *hs_world_give_key(struct hs_world *world, uint32_t index);
/* Puts an attacker of this kind between the node of a validator and the network, before
 * the node is first started. */
struct hs_attack;
struct hs_attacker *hs_world_attack(struct hs_world *world, uint32_t validator,
                                    const struct hs_attack *attack);
/* The safety phase is over: attackers no longer have the network. */
void hs_world_stop_faults(struct hs_world *world);
/* Whether the validator has a twin, is under attack or a puppet. */
bool hs_world_is_byzantine(const struct hs_world *world, uint32_t validator);
uint32_t hs_world_process_count(const struct hs_world *world);
/* From now on the node is led by the test: it is never started, and what its key signs is not
 * checked. */
void hs_world_make_puppet(struct hs_world *world, uint32_t index);

/* -- what happens to them (world_faults.c, world_clocks.c) ------------------------------ */

/* The process of a node that is up gets no turn, as if it were stopped by a signal, until it goes
 * on and finds everything at once. */
void hs_world_pause(struct hs_world *world, uint32_t index);
void hs_world_resume(struct hs_world *world, uint32_t index);
bool hs_world_is_paused(const struct hs_world *world, uint32_t index);
/* Both clocks of a process jump ahead, as after a suspend. */
void hs_world_jump_clocks(struct hs_world *world, uint32_t index, uint64_t ahead_ns);
/* The wall clock alone is set anew; back, too. */
void hs_world_jump_wall_clock(struct hs_world *world, uint32_t index, int64_t ahead_ms);
/* Each disk job of a node takes so much longer from now on. */
void hs_world_slow_disk(struct hs_world *world, uint32_t index, struct hs_virtual_latency extra);
/* When all disks are done with what they were given until now. */
uint64_t hs_world_disks_free_ns(const struct hs_world *world);
/* From its next start on each node is told by its owner who the others are, as many as may be
 * named: what a home knows of genesis, or of an epoch long ago, may be gone. */
void hs_world_name_peers(struct hs_world *world);
/* Whether owners do so. */
bool hs_world_names_peers(const struct hs_world *world);
/* Flips a bit of a file of a node, up or down. HS_NOT_FOUND: there is no such byte. */
HS_MUST_CHECK enum hs_status hs_world_rot(struct hs_world *world, uint32_t index, const char *name,
                                          uint64_t offset, uint32_t bit);
/* What an owner does, as `hotstuff recover` says and what a damaged block log says (D5): ends the
 * node; with `wipe` its home is emptied but for its keys; its records are written anew. Then it can
 * be started. HS_IO: try again. */
HS_MUST_CHECK enum hs_status hs_world_recover(struct hs_world *world, uint32_t index, bool wipe);

/* What an owner does before a rotation (P7): ends the node and gives it a fresh key beside the one
 * that it goes on with, for its next start. NULL: it still needs both that it has, or all keys are
 * used up. Of a staked cluster in which nobody is Byzantine. */
const struct hs_validator_key *hs_world_rotate(struct hs_world *world, uint32_t index);
/* The latest key of a process. */
const struct hs_validator_key *hs_world_key(const struct hs_world *world, uint32_t index);

/* NULL while the node is down. */
struct hs_node *hs_world_node(struct hs_world *world, uint32_t index);
struct hs_ledger *hs_world_ledger(struct hs_world *world, uint32_t index);
struct hs_virtual_disk *hs_world_disk(struct hs_world *world, uint32_t index);
struct hs_simulated_network *hs_world_network(struct hs_world *world);
const struct hs_cluster *hs_world_cluster(const struct hs_world *world);
struct hs_checkers *hs_world_checkers(struct hs_world *world);
const struct hs_trace *hs_world_trace(const struct hs_world *world);

/* What a node has built last, with these transactions and the base fee of `header` instead: HS_OK and
 * the state root, or HS_BAD_BLOCK. HS_NOT_FOUND when it was of another view, or the state below it is
 * gone. */
HS_MUST_CHECK enum hs_status hs_world_execute(struct hs_world *world, uint32_t index,
                                              const struct hs_block_header *header,
                                              const struct hs_bytes transactions[], size_t count,
                                              struct hs_state_root *root);

/* The last height that the node reported as committed while it was up. */
uint64_t hs_world_height(const struct hs_world *world, uint32_t index);
/* The highest height that each correct node has reached that is up; 0 when none is. */
uint64_t hs_world_common_height(const struct hs_world *world);
/* A correct node closed the connection of a correct validator, which nobody may bring it to do
 * (L9). */
struct hs_world_drop {
    uint32_t by; /* a process */
    uint32_t peer;
    enum hs_status why;
};
/* The first time; NULL: never. Looked for in worlds with attackers. */
const struct hs_world_drop *hs_world_unjust_drop(const struct hs_world *world);

/* The highest view that a correct node is in, of the highest epoch. */
uint64_t hs_world_view(const struct hs_world *world);
/* That epoch. */
uint64_t hs_world_epoch(const struct hs_world *world);
/* Whether the chain goes on without these nodes: now, in the epochs that are fixed, and in those
 * that the stakes will make, whatever comes of the changes that are under way (world_stakes.c). */
bool hs_world_does_without(struct hs_world *world, const struct hs_bitmap *nodes);
/* Whether the stake of a node may be changed by so many units, now or later, when the Byzantine ones and
 * the `unsound` are faulty. If so it counts as under way from now on. Of a staked cluster. */
bool hs_world_may_change_stake(struct hs_world *world, uint32_t node, uint64_t more, uint64_t less,
                               const struct hs_bitmap *unsound);

/* Sees every message before it is sent, from and to a process, after the checkers; returning false
 * loses it. */
typedef bool hs_world_filter(void *context, uint32_t from, uint32_t to,
                             const struct hs_message *message);
void hs_world_set_filter(struct hs_world *world, hs_world_filter *filter, void *context);

/* Who watches the run from now on; before the nodes are started. Copied; all its calls are there. */
void hs_world_set_observer(struct hs_world *world, const struct hs_observer *observer);
/* Tells the observer of a fault, in words. */
void hs_world_say_fault(struct hs_world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Hands a transfer to a node, with the nonce that it says comes next. HS_NOT_READY: it is down. */
HS_MUST_CHECK enum hs_status hs_world_submit(struct hs_world *world, uint32_t index, uint32_t from,
                                             uint32_t to, uint64_t amount);
/* The same with a nonce and a tip of the caller's. */
HS_MUST_CHECK enum hs_status hs_world_submit_transfer(struct hs_world *world, uint32_t index,
                                                      const struct hs_cluster_transfer *transfer);
/* Hands a node a transaction of any type, as whoever made it. What comes of it is not told. */
HS_MUST_CHECK enum hs_status hs_world_submit_bytes(struct hs_world *world, uint32_t index,
                                                   struct hs_bytes transaction);

#endif
