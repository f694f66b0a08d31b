/* Keys, genesis and transactions of a simulated chain. See cluster.h. */
#include "sim/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "ledger/fees.h"
#include "node/genesis.h"
#include "wire/transaction.h"

#define GENESIS_BALANCE_UNITS UINT64_C(1000000000000)
/* HS_CLUSTER_ACCOUNTS_MAX of them are within 64 bits; one pays for thousands of transfers. */
#define DEAR_BALANCE_UNITS  (UINT64_C(1) << 57)
#define GENESIS_UNIX_MS     UINT64_C(1700000000000)
#define LEDGER_ACCOUNTS_MAX 1024u
#define LEDGER_OVERLAY_MAX  65536u
#define LEDGER_COMMITS_MAX  256u
#define GENESIS_STATES      2u

/* A seed for every key: its kind and its number. */
static void seed_of(uint8_t seed[HS_HASH_BYTES], const char *kind, uint32_t index)
{
    uint8_t number[4] = {(uint8_t)index, (uint8_t)(index >> 8), (uint8_t)(index >> 16),
                         (uint8_t)(index >> 24)};
    hs_hash(seed, kind, number, sizeof(number));
}

static void make_validators(struct hs_cluster *cluster, const struct hs_cluster_config *config)
{
    struct hs_validator_set *set = &cluster->validators;
    set->count = config->node_count;
    for (uint32_t i = 0; i < config->node_count; i++) {
        struct hs_validator_key *key = &cluster->validator_keys[i];
        uint8_t seed[HS_HASH_BYTES];
        seed_of(seed, "simulator/validator", i);
        enum hs_status status = hs_validator_key_make(key, seed);
        HS_ASSERT(status == HS_OK);
        struct hs_validator *validator = &set->validators[i];
        validator->bls_public_key = key->bls_public_key;
        validator->network_key = key->network_public_key;
        hs_address_of(&validator->fee_recipient, &key->network_public_key);
        validator->weight = config->weights != NULL ? config->weights[i] : 1;
        validator->weight *= config->staked ? HS_CLUSTER_STAKE_UNITS : 1;
        set->weight_total += validator->weight;
    }
}

static void make_account(struct hs_account_key *key, struct hs_genesis_account *account,
                         const char *kind, uint32_t index, uint64_t units)
{
    uint8_t seed[HS_HASH_BYTES];
    seed_of(seed, kind, index);
    enum hs_status status = hs_account_key_make(key, seed);
    HS_ASSERT(status == HS_OK);
    account->address = key->address;
    account->balance.units = units;
}

static void make_accounts(struct hs_cluster *cluster, const struct hs_cluster_config *config)
{
    uint32_t count = config->account_count + config->spare_count;
    uint64_t units =
        config->fees == HS_CLUSTER_FEES_DEAR ? DEAR_BALANCE_UNITS : GENESIS_BALANCE_UNITS;
    HS_ASSERT(count <= HS_CLUSTER_ACCOUNTS_MAX);
    cluster->client_count = config->account_count;
    cluster->account_count = count;
    for (uint32_t i = 0; i < count; i++) {
        make_account(&cluster->account_keys[i], &cluster->accounts[i], "simulator/account", i,
                     units);
    }
    if (!config->staked) {
        return;
    }
    for (uint32_t i = 0; i < config->node_count; i++) {
        make_account(&cluster->operator_keys[i], &cluster->accounts[count + i],
                     "simulator/operator", i, units);
    }
    make_account(&cluster->reporter_key, &cluster->accounts[count + config->node_count],
                 "simulator/reporter", 0, units);
}

static void make_genesis_block(struct hs_cluster *cluster)
{
    struct hs_ledger *ledger = hs_cluster_ledger_new(cluster, GENESIS_STATES);
    struct hs_application application;
    hs_ledger_application(ledger, &application);
    struct hs_genesis *genesis = calloc(1, sizeof(*genesis));
    HS_ASSERT(genesis != NULL);
    genesis->chain_id = cluster->chain_id;
    genesis->timestamp_ms = GENESIS_UNIX_MS;
    genesis->parameters = cluster->parameters;
    genesis->validators = cluster->validators;
    struct hs_state_root root;
    struct hs_state state = application.committed(application.context, &root);
    hs_genesis_block(&cluster->genesis, genesis, &root);
    for (uint64_t number = 0; cluster->staked && number < 2; number++) {
        struct hs_epoch *epoch = calloc(1, sizeof(*epoch));
        HS_ASSERT(epoch != NULL);
        enum hs_status status = application.epoch(application.context, state, number, epoch);
        HS_ASSERT(status == HS_OK);
        hs_cluster_learn(cluster, epoch);
        free(epoch);
    }
    free(genesis);
    hs_cluster_ledger_free(ledger, cluster, GENESIS_STATES);
}

void hs_cluster_randomness(uint8_t randomness[HS_HASH_BYTES], uint64_t number)
{
    uint8_t bytes[8];
    struct hs_writer writer = hs_writer_over(bytes, sizeof(bytes));
    hs_write_u64(&writer, number);
    hs_hash(randomness, "simulator/randomness", bytes, sizeof(bytes));
}

static void make_commits(struct hs_commit_parameters *made, const struct hs_cluster_commits *asked)
{
    made->total_max = asked->total_max > 0 ? asked->total_max : LEDGER_COMMITS_MAX;
    if (asked->window_blocks > 0) {
        made->window_blocks = asked->window_blocks;
    }
    if (asked->per_sender_max > 0) {
        made->per_sender_max = asked->per_sender_max;
    }
}

static void make_parameters(struct hs_cluster *cluster, const struct hs_cluster_config *config)
{
    struct hs_ledger_parameters *parameters = &cluster->parameters;
    hs_ledger_parameters_default(parameters);
    if (config->staked) {
        parameters->staking = config->staking;
        parameters->staking.epoch_blocks = config->epoch_blocks;
    }
    make_commits(&parameters->commits, &config->commits);
    struct hs_fee_parameters *fees = &parameters->fees;
    switch (config->fees) {
    case HS_CLUSTER_FEES_STEADY:
        fees->base_fee = fees->base_fee_min;
        cluster->max_fee = fees->base_fee;
        break;
    case HS_CLUSTER_FEES_MOVING:
        fees->base_fee.units = 20 * fees->base_fee_min.units;
        fees->gas_limit = HS_TRANSACTION_GAS_MAX;
        cluster->max_fee.units = 2 * fees->base_fee.units;
        break;
    case HS_CLUSTER_FEES_DEAR:
        fees->base_fee.units = HS_BASE_FEE_MAX - 1;
        fees->gas_limit = HS_TRANSACTION_GAS_MAX;
        cluster->max_fee.units = HS_BASE_FEE_MAX;
        break;
    }
}

void hs_cluster_make(struct hs_cluster *cluster, const struct hs_cluster_config *config)
{
    memset(cluster, 0, sizeof(*cluster));
    /* Of no key's bytes: runs with real BLS and with the stand-in are then the same run. */
    hs_hash(cluster->chain_id.bytes, "simulator/chain", "", 0);
    hs_cluster_randomness(cluster->randomness, config->randomness);
    cluster->election = config->election;
    cluster->epoch_blocks = config->epoch_blocks;
    cluster->script = config->script;
    cluster->joiner_count = config->joiner_count;
    cluster->staked = config->staked;
    cluster->epochs = hs_cluster_epochs_new();
    HS_ASSERT(config->joiner_count < config->node_count &&
              (config->staked ? config->script.epoch_count == 0 : config->joiner_count == 0));
    HS_ASSERT(
        config->script.epoch_count <= HS_CLUSTER_SCRIPT_EPOCHS_MAX &&
        (config->script.epoch_count == 0 || config->node_count <= HS_CLUSTER_SCRIPT_NODES_MAX));
    make_parameters(cluster, config);
    make_validators(cluster, config);
    make_accounts(cluster, config);
    make_genesis_block(cluster);
}

void hs_cluster_copy(struct hs_cluster *copy, const struct hs_cluster *cluster, uint64_t randomness)
{
    *copy = *cluster;
    hs_cluster_randomness(copy->randomness, randomness);
    copy->epochs = hs_cluster_epochs_new();
    if (copy->staked) {
        make_genesis_block(copy);
    }
}

void hs_cluster_release(struct hs_cluster *cluster)
{
    hs_cluster_epochs_free(cluster->epochs);
    cluster->epochs = NULL;
}

/* -- state and transfers ----------------------------------------------------------------------- */

void hs_cluster_keys(struct hs_validator_keys *keys, const struct hs_cluster *cluster,
                     uint32_t node, const struct hs_validator_key *key)
{
    *keys = (struct hs_validator_keys){
        .bls_public_key = key->bls_public_key,
        .possession = key->possession,
        .network_key = key->network_public_key,
        .fee_recipient = cluster->validators.validators[node].fee_recipient,
    };
    snprintf(keys->address.text, sizeof(keys->address.text), "10.0.0.%u:1", (unsigned)node + 1);
}

/* The validators of genesis. */
static uint32_t list_stakes(const struct hs_cluster *cluster,
                            struct hs_genesis_validator stakes[HS_VALIDATORS_MAX])
{
    uint32_t count = cluster->validators.count - cluster->joiner_count;
    for (uint32_t i = 0; i < count; i++) {
        stakes[i].operator_address = cluster->operator_keys[i].address;
        hs_cluster_keys(&stakes[i].keys, cluster, i, &cluster->validator_keys[i]);
        stakes[i].stake.units = cluster->validators.validators[i].weight;
    }
    return count;
}

static struct hs_ledger_config ledger_config_of(const struct hs_cluster *cluster,
                                                uint32_t states_max)
{
    uint32_t others = cluster->staked ? cluster->validators.count + 1 : 0;
    struct hs_ledger_config config = {
        .election = cluster->election,
        .chain_id = cluster->chain_id,
        .parameters = cluster->parameters,
        .accounts = cluster->accounts,
        .account_count = cluster->account_count + others,
        .accounts_max = LEDGER_ACCOUNTS_MAX,
        .states_max = states_max,
        .overlay_accounts_max = LEDGER_OVERLAY_MAX,
        .overlay_records_max = LEDGER_OVERLAY_MAX,
    };
    memcpy(config.randomness, cluster->randomness, sizeof(config.randomness));
    return config;
}

/* A mapping of its own: the heap would hand out used memory and zero all of it, at each start, for
 * the few pages that a ledger here ever touches. */
struct hs_ledger *hs_cluster_ledger_new(const struct hs_cluster *cluster, uint32_t states_max)
{
    struct hs_ledger_config config = ledger_config_of(cluster, states_max);
    struct hs_genesis_validator *stakes = NULL;
    if (cluster->staked) {
        stakes = calloc(HS_VALIDATORS_MAX, sizeof(stakes[0]));
        HS_ASSERT(stakes != NULL);
        config.validators = stakes;
        config.validator_count = list_stakes(cluster, stakes);
    }
    size_t size = hs_ledger_footprint(&config);
    HS_ASSERT(size > 0);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    HS_ASSERT(memory != MAP_FAILED);
    struct hs_ledger *ledger = NULL;
    enum hs_status status = hs_ledger_new(&ledger, memory, &config);
    HS_ASSERT(status == HS_OK);
    free(stakes);
    return ledger;
}

/* A ledger is at the beginning of its memory. */
void hs_cluster_ledger_free(struct hs_ledger *ledger, const struct hs_cluster *cluster,
                            uint32_t states_max)
{
    if (ledger != NULL) {
        struct hs_ledger_config config = ledger_config_of(cluster, states_max);
        HS_ASSERT(munmap(ledger, hs_ledger_footprint(&config)) == 0);
    }
}

void hs_cluster_transfer_encode(uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES],
                                const struct hs_cluster *cluster,
                                const struct hs_cluster_transfer *transfer)
{
    struct hs_transaction transaction = {
        .type = HS_TRANSACTION_TRANSFER,
        .chain_id = cluster->chain_id,
        .nonce = transfer->nonce,
        .transfer = {.recipient = cluster->accounts[transfer->to].address,
                     .amount = {transfer->amount}},
        .max_fee = {cluster->max_fee.units + transfer->tip},
        .max_tip = {transfer->tip},
    };
    hs_transaction_sign(&transaction, &cluster->account_keys[transfer->from].secret_key);
    hs_transaction_encode(bytes, HS_TRANSACTION_TRANSFER_BYTES, &transaction);
}

size_t hs_cluster_encode(uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX],
                         const struct hs_cluster *cluster, struct hs_transaction *transaction,
                         const struct hs_account_key *key)
{
    size_t size = hs_transaction_size(transaction);
    transaction->chain_id = cluster->chain_id;
    transaction->max_fee.units =
        hs_fees_gas(transaction->type, size) * cluster->max_fee.units + transaction->max_tip.units;
    hs_transaction_sign(transaction, &key->secret_key);
    return hs_transaction_encode(bytes, HS_TRANSACTION_ENCODED_BYTES_MAX, transaction);
}
