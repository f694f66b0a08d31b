/* A home: the folder one validator lives in, and the writing of many at once.
 *
 *     D/genesis.json                    the document, for people
 *     D/validator-0/genesis.json        the same bytes
 *                   hotstuff.conf
 *                   validator.key       mode 0600
 *                   operator.key        mode 0600: the account that the validator's fees go to, and that
 *                                       speaks for it (P7); rich
 *                   chain               the chain id in hex: what this home was made for
 *                   safety.slots, signer.slots    the first safety records (D5)
 *     D/accounts/account-0.key ...      rich accounts, one key file each
 *                derived.seed           mode 0600: many more accounts (hs_derived_account)
 *
 * A home's `chain` is written last: a home without one was not finished.
 */
#ifndef HS_RUNTIME_HOME_H
#define HS_RUNTIME_HOME_H

#include "crypto/keys.h"
#include "node/config.h"
#include "node/genesis.h"

#define HS_HOME_PATH_CHARACTERS 4096u

struct hs_home_error {
    char text[512];
};

/* -- one home ---------------------------------------------------------------------- */

struct hs_home {
    struct hs_config config;
    struct hs_genesis genesis;
    /* The configured one, and behind it validator-next.key where there is one: the keys that were
     * announced by a rotation (P7), or will be. */
    struct hs_validator_key keys[HS_NODE_KEYS_MAX];
    uint32_t key_count;
    bool has_reporter; /* who reports double votes, as configured */
    struct hs_account_key reporter;
    uint32_t index; /* of genesis.validators, whose key the first is; HS_VALIDATORS_MAX: of none */
};

/* Reads and checks a home's files against each other: HS_NOT_FOUND, HS_WRONG_CHAIN (genesis.json
 * is not what the home was made for), and what the parsers and the key file return. */
HS_MUST_CHECK enum hs_status hs_home_load(struct hs_home *home, const char *path,
                                          struct hs_home_error *error);
/* Wipes the keys. */
void hs_home_release(struct hs_home *home);

/* -- the home of a validator that joins -------------------------------------------- */

struct hs_home_plan {
    const char *folder;
    const char *genesis_file;
    struct hs_config config; /* but for the key */
};

/* What is public of it. */
struct hs_new_home {
    struct hs_chain_id chain_id;
    bool has_epochs; /* else validators never change, and it can only follow */
    struct hs_amount stake_min;
    struct hs_bls_public_key bls_public_key;
    struct hs_ed25519_public_key network_key;
    struct hs_address operator_address;
};

/* Makes keys that nobody has, and writes a home with them. HS_DUPLICATE when something is in the folder
 * already, what hs_genesis_parse returns, the rest as the disk has it. */
HS_MUST_CHECK enum hs_status hs_home_new(const struct hs_home_plan *plan, struct hs_new_home *made,
                                         struct hs_home_error *error);

/* -- many homes -------------------------------------------------------------------- */

/* Ports follow each other: validator i listens on base_port + 2i for peers, on
 * base_port + 2i + 1 for RPC. */
#define HS_BASE_PORT_DEFAULT 27000u

struct hs_homes_plan {
    const char *folder;
    uint32_t validator_count;
    uint64_t weights[HS_VALIDATORS_MAX]; /* stakes, where there are epochs */
    uint16_t p2p_ports[HS_VALIDATORS_MAX];
    uint16_t rpc_ports[HS_VALIDATORS_MAX];
    uint32_t account_count;         /* with a key file; at most HS_HOME_ACCOUNTS_MAX */
    uint32_t derived_account_count; /* from derived.seed; 0: no such file */
    struct hs_amount account_balance;
    struct hs_ledger_parameters parameters;
    enum hs_leader_election election;
    uint64_t timestamp_ms;   /* of genesis */
    struct hs_config config; /* of each home, but for index, key and addresses */
};

/* `validator_count` of weight 1 at ports from base_port, led in turn (P1), 4 accounts of 10^15
 * units, the default parameters and configuration. Each operator has an account too, as rich as
 * these. False when the ports do not fit below 65536. */
bool hs_homes_plan_default(struct hs_homes_plan *plan, const char *folder, uint32_t validator_count,
                           uint32_t base_port);

/* Makes the folder where there is none, and all homes in it. HS_DUPLICATE when something is in it
 * already; the rest as the disk has it. What was written by a failed call stays. */
HS_MUST_CHECK enum hs_status hs_homes_write(const struct hs_homes_plan *plan,
                                            struct hs_chain_id *chain_id,
                                            struct hs_home_error *error);

/* Removes what hs_homes_write made in `folder`, and what validators added there; nothing else.
 * HS_OK also when there is no such folder. HS_INVALID_ARGUMENT when it holds something that is
 * not ours, HS_IN_USE when a validator still runs in it; nothing is removed then. */
HS_MUST_CHECK enum hs_status hs_homes_remove(const char *folder, struct hs_home_error *error);

/* How many homes `folder` holds, finished ones, from validator-0 on; 0 for none. */
uint32_t hs_homes_count(const char *folder);

/* Paths, in HS_HOME_PATH_CHARACTERS; false when they do not fit. */
bool hs_homes_validator_path(char *path, const char *folder, uint32_t index);
bool hs_homes_operator_path(char *path, const char *folder, uint32_t index);
bool hs_homes_account_path(char *path, const char *folder, uint32_t index);

/* The accounts of derived.seed. */
struct hs_account_seed {
    uint8_t bytes[32];
};
HS_MUST_CHECK enum hs_status hs_account_seed_load(struct hs_account_seed *seed, const char *folder,
                                                  struct hs_home_error *error);
HS_MUST_CHECK enum hs_status hs_derived_account(struct hs_account_key *key,
                                                const struct hs_account_seed *seed, uint32_t index);

#endif
