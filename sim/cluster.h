/* hs_cluster: what the nodes of a simulated chain agree on before its first block, and the keys of
 * its clients. Everything follows from a few numbers, so a run needs no files.
 */
#ifndef HS_SIM_CLUSTER_H
#define HS_SIM_CLUSTER_H

#include <hotstuff/application.h>
#include <hotstuff/core.h>

#include "crypto/keys.h"
#include "ledger/ledger.h"
#include "wire/transaction.h"

#define HS_CLUSTER_ACCOUNTS_MAX 64u
/* Keys that validators change to, of all together. */
#define HS_CLUSTER_ROTATIONS_MAX 64u
/* What a weight of 1 stakes: enough for the part that a punishment burns to be a whole number. */
#define HS_CLUSTER_STAKE_UNITS 1000u

/* Which nodes are members of which epoch, and how heavy. Behind the last epoch of the script it begins
 * anew: what holds in each of its epochs holds in all. */
#define HS_CLUSTER_SCRIPT_EPOCHS_MAX 16u
#define HS_CLUSTER_SCRIPT_NODES_MAX  64u
struct hs_cluster_script {
    uint32_t epoch_count; /* 0: all nodes are members of all epochs, as heavy as in genesis */
    uint32_t weights[HS_CLUSTER_SCRIPT_EPOCHS_MAX][HS_CLUSTER_SCRIPT_NODES_MAX]; /* 0: no member */
};

/* The fees of a chain: at rest; blocks of 66 transfers at most, above and below whose half the base
 * fee moves; the same at the most that a base fee may be, with balances to pay it. */
enum hs_cluster_fees {
    HS_CLUSTER_FEES_STEADY,
    HS_CLUSTER_FEES_MOVING,
    HS_CLUSTER_FEES_DEAR,
};

/* What commitments have room for; 0: as in a chain of its own, but for the total. */
struct hs_cluster_commits {
    uint32_t window_blocks;
    uint32_t per_sender_max;
    uint32_t total_max;
};

struct hs_cluster_config {
    uint32_t node_count;
    uint32_t joiner_count; /* of them, the last: not in genesis; they may register (staked only) */
    const uint64_t *weights; /* `node_count` of them, or NULL: 1 each */
    enum hs_leader_election election;
    uint64_t randomness;    /* another number, another order of leaders (P2) */
    uint32_t account_count; /* of clients; at most HS_CLUSTER_ACCOUNTS_MAX with the spare ones */
    uint32_t spare_count;   /* further accounts, which no client uses: those of attackers */
    uint64_t epoch_blocks;  /* 0: one epoch for ever */
    /* The ledger's stakes make the sets, by these parameters, whose epoch_blocks is the one above;
     * else the script does. */
    bool staked;
    struct hs_staking_parameters staking;
    struct hs_cluster_script script;
    enum hs_cluster_fees fees;
    struct hs_cluster_commits commits;
};

struct hs_cluster_epochs;

struct hs_cluster {
    struct hs_chain_id chain_id;
    struct hs_validator_set
        validators; /* all nodes, by their number; no epoch's set where staked */
    struct hs_validator_key validator_keys[HS_VALIDATORS_MAX];
    uint32_t joiner_count;
    bool staked;
    struct hs_cluster_epochs *epochs; /* owned */
    enum hs_leader_election election;
    uint8_t randomness[HS_HASH_BYTES];
    uint64_t epoch_blocks;
    struct hs_cluster_script script;
    struct hs_ledger_parameters parameters;
    struct hs_amount max_fee; /* a client's for a unit of gas, its tip excepted */
    uint32_t client_count;    /* the first of the accounts */
    uint32_t account_count;
    struct hs_account_key account_keys[HS_CLUSTER_ACCOUNTS_MAX];
    struct hs_account_key operator_keys[HS_VALIDATORS_MAX]; /* of each node, where staked */
    struct hs_account_key reporter_key; /* who reports double votes, where staked */
    /* The clients', and behind them the others. */
    struct hs_genesis_account accounts[HS_CLUSTER_ACCOUNTS_MAX + HS_VALIDATORS_MAX + 1];
    struct hs_block genesis;
};

/* Fills in all of it. hs_crypto_start was called. */
void hs_cluster_make(struct hs_cluster *cluster, const struct hs_cluster_config *config);
/* A copy for a world of its own, whose randomness is another number's; where it is staked the state of
 * genesis holds that, so its genesis is another, too. */
void hs_cluster_copy(struct hs_cluster *copy, const struct hs_cluster *cluster,
                     uint64_t randomness);
void hs_cluster_release(struct hs_cluster *cluster);

/* The randomness (P2) that a number stands for. */
void hs_cluster_randomness(uint8_t randomness[HS_HASH_BYTES], uint64_t number);

/* -- epochs (cluster_epochs.c) ------------------------------------------------------------

 * By the script all are known. Where the cluster is staked, the ledger of a correct node shows each to
 * the world when it is fixed (P4); then it is known.
 */

/* NULL: the chain has none of that number, or nobody knows it yet. Good until the release. */
const struct hs_epoch *hs_cluster_epoch(const struct hs_cluster *cluster, uint64_t number);
/* The first epoch that is not known yet, of a staked cluster, and its turn to be known. The keys of its
 * members are keys of nodes. */
uint64_t hs_cluster_epochs_known(const struct hs_cluster *cluster);
struct hs_cluster_epochs *hs_cluster_epochs_new(void);
void hs_cluster_epochs_free(struct hs_cluster_epochs *epochs);
void hs_cluster_learn(const struct hs_cluster *cluster, const struct hs_epoch *epoch);
/* From a node to its index in the set of an epoch and back; HS_VALIDATORS_MAX: there is none. */
uint32_t hs_cluster_member_of(const struct hs_cluster *cluster, uint64_t epoch, uint32_t node);
uint32_t hs_cluster_node_of(const struct hs_cluster *cluster, uint64_t epoch, uint32_t member);
/* How many members an epoch has; of one that the chain has not, the nodes. */
uint32_t hs_cluster_member_count(const struct hs_cluster *cluster, uint64_t epoch);
/* Whether in every epoch, of those known from `first` on, the members that are not among these nodes
 * have a quorum. */
bool hs_cluster_does_without(const struct hs_cluster *cluster, uint64_t first,
                             const struct hs_bitmap *nodes);

/* -- keys (cluster_epochs.c) --------------------------------------------------------------

 * The first is the one that a node has from the start; others come with rotations. Keys have numbers:
 * those of the nodes first.
 */

/* A fresh key for the node; NULL: there are too many. Good until the release. */
const struct hs_validator_key *hs_cluster_rotate(const struct hs_cluster *cluster, uint32_t node);
/* NULL: there is none of that number. */
const struct hs_validator_key *hs_cluster_key(const struct hs_cluster *cluster, uint32_t number);
/* UINT32_MAX: it is nobody's. */
uint32_t hs_cluster_number_of(const struct hs_cluster *cluster,
                              const struct hs_bls_public_key *key);
/* HS_VALIDATORS_MAX: nobody's. */
uint32_t hs_cluster_node_with(const struct hs_cluster *cluster,
                              const struct hs_bls_public_key *key);
uint32_t hs_cluster_node_at(const struct hs_cluster *cluster,
                            const struct hs_ed25519_public_key *network_key);
/* As a node announces them. */
void hs_cluster_keys(struct hs_validator_keys *keys, const struct hs_cluster *cluster,
                     uint32_t node, const struct hs_validator_key *key);
/* The number of the key that a member signs with, and that key. The epoch is known, the member in it. */
uint32_t hs_cluster_key_of(const struct hs_cluster *cluster, uint64_t epoch, uint32_t member);
const struct hs_bls_secret_key *hs_cluster_secret_of(const struct hs_cluster *cluster,
                                                     uint64_t epoch, uint32_t member);

/* A script: each epoch another node sits out; nobody where there are less than five, or where those
 * left would stand fewer faulty ones than all (7, 10, ...). Of more nodes than there are epochs in a
 * script the last ones never do. All weigh 1. */
void hs_cluster_one_sits_out(struct hs_cluster_script *script, uint32_t node_count);

/* -- state and transfers --------------------------------------------------------------------- */

/* The state machine of one node in its genesis state, for up to `states_max` states at once. */
struct hs_ledger *hs_cluster_ledger_new(const struct hs_cluster *cluster, uint32_t states_max);
/* With the same number. NULL is nothing. */
void hs_cluster_ledger_free(struct hs_ledger *ledger, const struct hs_cluster *cluster,
                            uint32_t states_max);

/* A transfer of `amount` units between two accounts, by their indexes; tip and fee as asked. */
struct hs_cluster_transfer {
    uint32_t from;
    uint32_t to;
    uint64_t nonce;
    uint64_t amount;
    uint64_t tip;
};
void hs_cluster_transfer_encode(uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES],
                                const struct hs_cluster *cluster,
                                const struct hs_cluster_transfer *transfer);
/* Any transaction whose type, body, nonce and tip are filled in, signed by the key; its fee is
 * enough for its gas. Returns its size. */
size_t hs_cluster_encode(uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX],
                         const struct hs_cluster *cluster, struct hs_transaction *transaction,
                         const struct hs_account_key *key);

#endif
