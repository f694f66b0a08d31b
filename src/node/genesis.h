/* The genesis document: what all validators of a chain must agree on before its first block.
 *
 *     { "version": 1, "chain_name": "devnet", "timestamp_ms": 1700000000000,
 *       "base_fee": "10", "leader_election": "round-robin" | "weighted" | "reputation",
 *       "randomness": "0x..32",
 *       "parameters": { (optional, and each of its members)
 *                       "fees": { "base_fee_min": "10", "gas_limit": 10000 },
 *                       "commits": { "deposit": "1000", "window_blocks": 100,
 *                                    "per_sender_max": 16, "total_max": 65536 },
 *                       "staking": { "epoch_blocks": 0, "stake_min": "1", "validators_max": 128,
 *                                    "unbonding_epochs": 4, "slash_per_mille": 50,
 *                                    "jail_epochs": 4, "evidence_epochs": 2 } },
 *       "validators": [ { "name": "...", (optional)
 *                         "bls_public_key": "0x..48", "possession": "0x..96",
 *                         "network_key": "0x..32", "weight": "1", "fee_recipient": "0x..32",
 *                         "address": "host:port" (optional: where others dial it) } ],
 *       "accounts": [ { "address": "0x..32", "balance": "1000" } ] }
 *
 * The chain's id is the SHA-256 of the document's bytes exactly as they stand in the file, so
 * whoever holds another byte is on another chain. Members that are unknown, missing or there
 * twice are refused.
 */
#ifndef HS_NODE_GENESIS_H
#define HS_NODE_GENESIS_H

#include <hotstuff/core.h>

#include "ledger/ledger.h"

#define HS_GENESIS_VERSION         1u
#define HS_GENESIS_NAME_CHARACTERS 65u /* the closing zero included */

struct hs_genesis {
    struct hs_chain_id chain_id;
    char chain_name[HS_GENESIS_NAME_CHARACTERS];
    uint64_t timestamp_ms;
    struct hs_ledger_parameters parameters;
    enum hs_leader_election election;
    uint8_t randomness[HS_HASH_BYTES];
    struct hs_validator_set validators; /* of epoch 0 */
    struct hs_bls_signature possessions[HS_VALIDATORS_MAX];
    struct hs_dial_address addresses[HS_VALIDATORS_MAX];
    struct hs_genesis_account *accounts; /* owned */
    size_t account_count;
};

/* Which entry, what is wrong with it, what to do. */
struct hs_genesis_error {
    char text[512];
};

/* The chain's id, which any bytes have. */
void hs_genesis_chain_id(struct hs_chain_id *chain_id, struct hs_bytes document);

/* Reads and validates a document: proofs of possession and subgroups of all keys, keys and
 * addresses that differ, weights and supply within their sums, parameters within their limits
 * (ledger/parameters.h says what they mean), equal weights for round-robin (P1).
 * HS_MALFORMED, HS_INVALID_ARGUMENT, HS_DUPLICATE, HS_BAD_SIGNATURE (a proof), HS_OVERFLOW,
 * HS_FULL, HS_OUT_OF_MEMORY. On failure nothing is owned. hs_crypto_start was called. */
HS_MUST_CHECK enum hs_status hs_genesis_parse(struct hs_genesis *genesis, struct hs_bytes document,
                                              struct hs_genesis_error *error);
void hs_genesis_release(struct hs_genesis *genesis);

/* The validators as the ledger registers them where there are epochs: each one's weight is its
 * stake, and the account that its fees go to operates it. */
void hs_genesis_stakes(const struct hs_genesis *genesis,
                       struct hs_genesis_validator validators[HS_VALIDATORS_MAX]);

/* What the built-in ledger begins with: all of its configuration that comes from the document, the
 * rest being zero. `validators` is memory for hs_genesis_stakes; it and `genesis` outlive the
 * configuration. */
void hs_genesis_ledger_config(struct hs_ledger_config *config,
                              struct hs_genesis_validator validators[HS_VALIDATORS_MAX],
                              const struct hs_genesis *genesis);

/* As the document calls it. */
const char *hs_genesis_election_name(enum hs_leader_election election);

/* The document of `genesis` (whose chain_id is not read), for free(); NULL without memory. */
HS_MUST_CHECK char *hs_genesis_write(const struct hs_genesis *genesis, size_t *size);

/* Block 0, given the root of the application's genesis state. */
void hs_genesis_block(struct hs_block *block, const struct hs_genesis *genesis,
                      const struct hs_state_root *state_root);

#endif
