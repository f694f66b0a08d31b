/* block_corpus: ten thousand blocks that follow from one number, for checking that execution is the
 * same in every build (X3).
 *
 * Each block is drawn from the generator and from a plain model of the ledger: an array of accounts
 * without trees, hashes or overlays. So the blocks reach the edges (balances spent to the last
 * unit and one unit beyond, the largest amounts, transfers to oneself, accounts made and accounts
 * that can't be made, nonces off by one), and every outcome is checked against what the model says.
 *
 *      committed ── s1 ── s2 ── tip        commits lag behind, as under a two-chain
 *                    └─── l1 ── l2         branches that lose, and are dropped at the commit
 *
 * Along the way states are pinned, written as snapshots while blocks go on, and restored; at some
 * heights the chain goes on from what was restored.
 */
#ifndef HS_TESTS_BLOCK_CORPUS_H
#define HS_TESTS_BLOCK_CORPUS_H

#include "crypto/hash.h"
#include "ledger/ledger.h"
#include "sim/random.h"

#define CORPUS_SEED             UINT64_C(20240229)
#define CORPUS_BASE_FEE         1000u /* of the first block */
#define CORPUS_BASE_FEE_MIN     9u
#define CORPUS_GAS_LIMIT        4000u
#define CORPUS_GENESIS_ACCOUNTS 2500u
#define CORPUS_ACCOUNTS_MAX     4000u /* less than there are keys: the ledger gets full */
#define CORPUS_KEYS             4096u
#define CORPUS_UNUSED           8u  /* the last keys, which nobody ever pays */
#define CORPUS_SIGNERS          16u /* the first keys are real ones */
#define CORPUS_SUPPLY           UINT64_MAX

/* -- the model ----------------------------------------------------------------------- */

struct corpus_account {
    uint64_t balance;
    uint64_t nonce;
    bool made;
};

struct corpus_model {
    struct corpus_account accounts[CORPUS_KEYS];
    uint32_t made_count;
    uint64_t burned;
    uint64_t base_fee; /* of the block to come */
    uint64_t gas_used; /* by what was applied of it */
};

/* A transaction as it was drawn: what the model needs to say what becomes of it. */
struct corpus_transfer {
    bool refused; /* malformed, or another chain's */
    uint32_t sender;
    uint32_t recipient;
    struct hs_transaction transaction;
};

/* X2: applies a transfer if it is valid on the model, and says whether it was. */
bool corpus_model_apply(struct corpus_model *model, const struct corpus_transfer *transfer,
                        uint32_t fee_recipient);

/* F1: a block ends after what was applied, and the next one begins. */
void corpus_model_end_block(struct corpus_model *model);

/* -- drawing -------------------------------------------------------------------------- */

struct corpus_keys {
    struct hs_chain_id chain_id;
    struct hs_ed25519_secret_key secret_keys[CORPUS_SIGNERS];
    struct hs_ed25519_public_key public_keys[CORPUS_KEYS];
    struct hs_address addresses[CORPUS_KEYS];
};

void corpus_keys_make(struct corpus_keys *keys);

struct corpus_block {
    uint32_t fee_recipient;
    size_t count;
    struct corpus_transfer transfers[HS_BLOCK_TRANSACTIONS_MAX];
    uint8_t encoded[HS_BLOCK_TRANSACTIONS_MAX][HS_TRANSACTION_TRANSFER_BYTES];
    struct hs_bytes transactions[HS_BLOCK_TRANSACTIONS_MAX]; /* the encoded, some cut short */
    bool expected[HS_BLOCK_TRANSACTIONS_MAX];                /* what the model says */
};

/* Draws `count` transactions for the state that `model` describes, and applies them to it. */
void corpus_block_draw(struct corpus_block *block, struct corpus_model *model,
                       const struct corpus_keys *keys, struct hs_random *random, size_t count);

/* -- running --------------------------------------------------------------------------- */

struct corpus_report {
    uint8_t roots_digest[HS_HASH_BYTES];    /* over the state root of every block */
    uint8_t outcomes_digest[HS_HASH_BYTES]; /* over all else that calls returned */
    uint64_t transactions_included;
    uint64_t transactions_refused;
    uint64_t branches_dropped;
    uint64_t snapshots_restored;
};

/* Is told of the root of each block of the chain that is built. */
typedef void corpus_root_seen(void *context, uint64_t height, const struct hs_state_root *root);

/* Runs the corpus. The seed of the ledger's maps must change nothing. False, and a line on standard
 * error, when the ledger contradicts the model or itself. */
bool corpus_run(struct corpus_report *report, uint64_t block_count,
                const uint8_t map_seed[HS_ID_MAP_SEED_BYTES], corpus_root_seen *seen,
                void *context);

#endif
