/* Blocks of transactions of every type, as any bytes make them up: what a builder puts into a block
 * is valid as a whole on a ledger of its own, and comes to the same root there; a block with
 * anything else in it is refused; and all that there is sums up to what genesis gave out (X1, X2,
 * F2, F4, M1 .. M4, P7, P8).
 *
 * A block is as many candidates as its first byte says; a candidate is its type, sender and a few small
 * numbers, so that they find each other's keys, places and epochs.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "consensus/validator_set.h"
#include "ledger/fees.h"
#include "ledger/ledger.h"

#define ACCOUNTS       6u
#define VALIDATORS     3u /* of genesis */
#define ACCOUNTS_MAX   9u
#define BALANCE        200000u
#define STAKE          1000u
#define EPOCH_BLOCKS   3u
#define CANDIDATES_MAX 24u
#define BLOCKS_MAX     64u
#define PLACES_BACK    4u
#define SECRETS        3u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

struct chain {
    void *memory[2]; /* mappings: of what a ledger reserves few pages are ever touched */
    size_t memory_bytes;
    struct hs_application apps[2]; /* a builder's and a replica's */
    uint64_t height;
    struct hs_reader reader;
    /* Of the block that is being made. */
    uint64_t used[ACCOUNTS]; /* nonces */
    uint8_t encoded[CANDIDATES_MAX][HS_TRANSACTION_BYTES_MAX];
    struct hs_bytes candidates[CANDIDATES_MAX];
    size_t count;
};

static struct hs_ed25519_public_key sender_of(uint32_t number)
{
    return (struct hs_ed25519_public_key){.bytes = {5, (uint8_t)number}};
}

static struct hs_address address_of(uint32_t number)
{
    struct hs_ed25519_public_key sender = sender_of(number);
    struct hs_address address;
    hs_address_of(&address, &sender);
    return address;
}

/* In form: nobody executes a signature. */
static void make_signature(struct hs_bls_signature *signature)
{
    *signature = (struct hs_bls_signature){.bytes = {0x80}};
    signature->bytes[HS_BLS_SIGNATURE_BYTES - 1] = 1;
}

static struct hs_validator_keys keys_of(uint8_t number)
{
    struct hs_validator_keys keys = {
        .bls_public_key = {.bytes = {0xb5, number}},
        .network_key = {.bytes = {0x4e, number}},
        .fee_recipient = address_of(number % ACCOUNTS),
        .address = {.text = "127.0.0.1:1"},
    };
    make_signature(&keys.possession);
    return keys;
}

static void set_parameters(struct hs_ledger_parameters *parameters)
{
    hs_ledger_parameters_default(parameters);
    parameters->fees.gas_limit = HS_TRANSACTION_GAS_MAX;
    parameters->commits = (struct hs_commit_parameters){{100}, 4, 3, 5};
    parameters->staking = (struct hs_staking_parameters){
        .epoch_blocks = EPOCH_BLOCKS,
        .stake_min = {STAKE},
        .validators_max = VALIDATORS,
        .unbonding_epochs = 2,
        .slash_per_mille = 333,
        .jail_epochs = 1,
        .evidence_epochs = 2,
    };
}

static void start(struct chain *chain, size_t which)
{
    struct hs_genesis_account accounts[ACCOUNTS];
    struct hs_genesis_validator validators[VALIDATORS];
    for (uint8_t i = 0; i < ACCOUNTS; i++) {
        accounts[i] = (struct hs_genesis_account){address_of(i), {BALANCE}};
    }
    for (uint8_t i = 0; i < VALIDATORS; i++) {
        validators[i] = (struct hs_genesis_validator){address_of(i), keys_of(i), {STAKE + i}};
    }
    struct hs_ledger_config config = {
        .accounts = accounts,
        .account_count = ACCOUNTS,
        .validators = validators,
        .validator_count = VALIDATORS,
        .election = HS_LEADER_WEIGHTED,
        .accounts_max = ACCOUNTS_MAX,
        .states_max = 4,
        .overlay_accounts_max = 64,
        .overlay_records_max = 4096,
    };
    set_parameters(&config.parameters);
    struct hs_ledger *ledger;
    chain->memory_bytes = hs_ledger_footprint(&config);
    void *memory = mmap(NULL, chain->memory_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || hs_ledger_new(&ledger, memory, &config) != HS_OK) {
        abort();
    }
    chain->memory[which] = memory;
    hs_ledger_application(ledger, &chain->apps[which]);
}

static struct hs_state committed(const struct hs_application *app)
{
    struct hs_state_root root;
    return app->committed(app->context, &root);
}

static uint32_t member_count(const struct hs_application *app, uint64_t number)
{
    static struct hs_epoch epoch;
    enum hs_status status = app->epoch(app->context, committed(app), number, &epoch);
    HS_ASSERT(status == HS_OK && hs_validator_set_check(&epoch.validators) == HS_OK);
    return epoch.validators.count;
}

static struct hs_block_context context_of(const struct chain *chain)
{
    const struct hs_application *app = &chain->apps[0];
    uint64_t view = chain->height % EPOCH_BLOCKS + 1;
    struct hs_block_context block = {
        .epoch = chain->height / EPOCH_BLOCKS,
        .height = chain->height + 1,
        .view = view,
        .parent_view = view - 1,
        .fee_recipient = address_of(ACCOUNTS - 1),
        .base_fee = app->base_fee(app->context, committed(app)),
    };
    block.proposer = (uint32_t)(block.height % member_count(app, block.epoch));
    block.vrf_output.bytes[0] = (uint8_t)block.height;
    return block;
}

/* -- candidates ---------------------------------------------------------------------------------- */

/* So few different ones that reveals find their commitments. */
static void make_reveal(struct hs_transaction *transaction, uint64_t height, uint8_t secret,
                        uint8_t place)
{
    uint64_t back = 1 + place % PLACES_BACK;
    transaction->type = HS_TRANSACTION_REVEAL;
    transaction->reveal = (struct hs_reveal){
        .commit_height = height > back ? height - back : 0,
        .commit_index = place / PLACES_BACK % 8u,
        .salt = {secret % SECRETS},
        .inner = {.recipient = address_of(1), .amount = {secret % SECRETS}},
    };
}

static void make_commit(struct hs_transaction *transaction, uint8_t secret)
{
    struct hs_commitment commitment;
    make_reveal(transaction, 0, secret, 0);
    hs_transaction_commitment(&commitment, transaction, transaction->nonce);
    transaction->type = HS_TRANSACTION_COMMIT;
    transaction->commitment = commitment;
}

static void make_evidence(struct hs_double_vote *evidence, uint8_t key, uint8_t epoch)
{
    *evidence = (struct hs_double_vote){
        .bls_public_key = keys_of(key).bls_public_key,
        .epoch = epoch,
        .view = 1,
    };
    for (size_t i = 0; i < 2; i++) {
        evidence->votes[i].block_id.bytes[0] = (uint8_t)i;
        make_signature(&evidence->votes[i].signature);
    }
}

static void make_body(struct hs_transaction *transaction, uint64_t height, uint8_t a, uint8_t b)
{
    switch (transaction->type) {
    case HS_TRANSACTION_TRANSFER:
        transaction->transfer =
            (struct hs_transfer){address_of(a % (ACCOUNTS_MAX + 2u)), {UINT64_C(1000) * b}};
        return;
    case HS_TRANSACTION_COMMIT:
        make_commit(transaction, a);
        return;
    case HS_TRANSACTION_REVEAL:
        make_reveal(transaction, height, a, b);
        return;
    case HS_TRANSACTION_REGISTER:
        transaction->registration = (struct hs_registration){keys_of(a % 16u), {UINT64_C(100) * b}};
        return;
    case HS_TRANSACTION_STAKE:
    case HS_TRANSACTION_UNSTAKE:
        transaction->stake.units = UINT64_C(100) * a + b % 4u;
        return;
    case HS_TRANSACTION_ROTATE:
        transaction->rotation = keys_of(a % 16u);
        return;
    case HS_TRANSACTION_EVIDENCE:
        make_evidence(&transaction->evidence, a % 16u, b % 16u);
        return;
    case HS_TRANSACTION_LEAVE:
    case HS_TRANSACTION_UNJAIL:
        return;
    }
}

static void add_candidate(struct chain *chain, const struct hs_block_context *block)
{
    const struct hs_application *app = &chain->apps[0];
    uint8_t kind = hs_read_u8(&chain->reader);
    uint8_t from = hs_read_u8(&chain->reader);
    uint8_t a = hs_read_u8(&chain->reader);
    uint8_t b = hs_read_u8(&chain->reader);
    uint8_t fee = hs_read_u8(&chain->reader);
    uint32_t account = from % ACCOUNTS;
    struct hs_address sender = address_of(account);
    struct hs_transaction transaction = {
        .type = (enum hs_transaction_type)(1u + kind % 10u),
        .sender = sender_of(account),
        .nonce = app->next_nonce(app->context, &sender) + chain->used[account] + from / 250u,
        .max_tip = {fee % 8u},
    };
    make_body(&transaction, block->height, a, b);
    size_t size = hs_transaction_size(&transaction);
    uint64_t gas = hs_fees_gas(transaction.type, size);
    transaction.max_fee.units = fee < 240 ? gas * block->base_fee.units + fee % 16u : fee;
    uint8_t *encoded = chain->encoded[chain->count];
    hs_transaction_encode(encoded, size, &transaction);
    if (kind >= 250) {
        encoded[a % size] ^= b;
    }
    chain->candidates[chain->count++] = (struct hs_bytes){encoded, size};
    chain->used[account] += kind < 220 ? 1 : 0;
}

/* -- blocks -------------------------------------------------------------------------------------- */

/* Nothing is lost or made, however far the block is from being committed. */
static void check_supply(const struct hs_application *app, struct hs_state state)
{
    struct hs_amount supply;
    const struct hs_ledger *ledger = app->context;
    enum hs_status status = hs_ledger_supply(ledger, &supply, state);
    HS_ASSERT(status == HS_OK && supply.units == hs_ledger_genesis_supply(ledger).units);
}

static bool take_block(struct chain *chain, const struct hs_block_context *block)
{
    const struct hs_application *builder = &chain->apps[0];
    const struct hs_application *replica = &chain->apps[1];
    bool included[CANDIDATES_MAX];
    struct hs_bytes kept[CANDIDATES_MAX];
    size_t kept_count = 0;
    struct hs_state states[2];
    struct hs_state_root roots[2];
    enum hs_status status =
        builder->execute(builder->context, committed(builder), block, chain->candidates,
                         chain->count, included, &states[0], &roots[0]);
    if (status == HS_FULL) {
        return false;
    }
    HS_ASSERT(status == HS_OK);
    for (size_t i = 0; i < chain->count; i++) {
        if (included[i]) {
            kept[kept_count++] = chain->candidates[i];
        }
    }
    if (kept_count < chain->count) {
        status = replica->execute(replica->context, committed(replica), block, chain->candidates,
                                  chain->count, NULL, &states[1], &roots[1]);
        HS_ASSERT(status == HS_BAD_BLOCK);
    }
    status = replica->execute(replica->context, committed(replica), block, kept, kept_count, NULL,
                              &states[1], &roots[1]);
    HS_ASSERT(status == HS_OK && memcmp(&roots[0], &roots[1], sizeof roots[0]) == 0);
    for (size_t i = 0; i < 2; i++) {
        check_supply(&chain->apps[i], states[i]);
        chain->apps[i].commit(chain->apps[i].context, states[i]);
    }
    return true;
}

/* As a node has its own ledger put them (M3): those that decode. */
static void arrange(struct chain *chain)
{
    const struct hs_application *app = &chain->apps[0];
    uint32_t order[CANDIDATES_MAX];
    struct hs_bytes arranged[CANDIDATES_MAX];
    if (app->arrange(app->context, order, chain->candidates, chain->count)) {
        for (size_t i = 0; i < chain->count; i++) {
            arranged[i] = chain->candidates[order[i]];
        }
        memcpy(chain->candidates, arranged, chain->count * sizeof arranged[0]);
    }
}

static bool next_block(struct chain *chain)
{
    struct hs_block_context block = context_of(chain);
    uint8_t head = hs_read_u8(&chain->reader);
    size_t count = head % (CANDIDATES_MAX + 1u);
    memset(chain->used, 0, sizeof chain->used);
    chain->count = 0;
    for (size_t i = 0; i < count && hs_reader_left(&chain->reader) > 0; i++) {
        add_candidate(chain, &block);
    }
    if (head < 200) {
        arrange(chain);
    }
    if (!take_block(chain, &block)) {
        return false;
    }
    chain->height++;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    static struct chain chain;
    chain.height = 0;
    chain.reader = hs_reader_over(data, data_size);
    start(&chain, 0);
    start(&chain, 1);
    while (chain.height < BLOCKS_MAX && hs_reader_left(&chain.reader) > 0 && next_block(&chain)) {
    }
    munmap(chain.memory[0], chain.memory_bytes);
    munmap(chain.memory[1], chain.memory_bytes);
    return 0;
}
