/* Building a ledger, its states, its reads, and the table it fills in as an application.
 */
#include "ledger/ledger.h"

#include <string.h>

#include "base/assert.h"
#include "ledger/commit_reveal.h"
#include "ledger/contacts.h"
#include "ledger/execution.h"
#include "ledger/staking_run.h"
#include "ledger/state_census.h"

/* Branches to keep in stock for each changed account: a change copies its path to the root,
 * about log2(accounts) branches when it comes alone. */
#define BRANCHES_PER_CHANGE 24u

#define ALIGNMENT 16u

/* Signatures that are checked in one call. */
#define VERIFY_LANES 32u

/* -- memory ------------------------------------------------------------------ */

/* Offsets of the parts in the memory of a ledger. */
struct layout {
    struct hs_state_tree_config tree_configs[HS_LEDGER_TREES];
    size_t touched;
    size_t touched_map;
    size_t registry;
    size_t registry_map;
    size_t prepared;
    size_t positions;
    size_t epoch_scratch;
    size_t slots;
    size_t trees[HS_LEDGER_TREES];
    size_t end;
};

/* The offset of a part of `size` bytes; moves *end behind it. */
static size_t place_part(size_t *end, size_t size)
{
    size_t offset = (*end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    *end = offset + size;
    return offset;
}

static bool within_limits(const struct hs_ledger_config *config)
{
    struct hs_parameter_fault fault;
    return hs_ledger_parameters_hold(&config->parameters, &fault) && config->accounts_max >= 1 &&
           config->accounts_max <= HS_LEDGER_ACCOUNTS_MAX && config->states_max >= 2 &&
           config->states_max <= HS_LEDGER_STATES_MAX && config->overlay_accounts_max >= 1 &&
           config->overlay_accounts_max <= HS_LEDGER_OVERLAY_ACCOUNTS_MAX &&
           config->overlay_records_max >= 1 &&
           config->overlay_records_max <= HS_LEDGER_OVERLAY_RECORDS_MAX;
}

/* The committed and the pinned version may share nothing, so what stands counts twice. The largest
 * configuration is within HS_STATE_NODES_MAX. */
static struct hs_state_tree_config tree_config(uint32_t standing, uint32_t changed,
                                               uint32_t value_bytes_max)
{
    return (struct hs_state_tree_config){
        .leaves_max = 2 * standing + changed,
        .branches_max = 2 * standing + BRANCHES_PER_CHANGE * changed,
        .value_bytes_max = value_bytes_max,
    };
}

/* What the registry holds at most, by the limits on what makes its records. */
static uint32_t records_max_of(const struct hs_ledger_parameters *parameters)
{
    return HS_COMMIT_RECORDS_MAX * parameters->commits.total_max +
           HS_VALIDATOR_RECORDS_MAX * HS_REGISTERED_VALIDATORS_MAX + HS_OTHER_RECORDS_MAX;
}

_Static_assert(2ull * (HS_LEDGER_ACCOUNTS_MAX + HS_LEDGER_NUMBERS) +
                       BRANCHES_PER_CHANGE * (0ull + HS_LEDGER_OVERLAY_ACCOUNTS_MAX +
                                              HS_LEDGER_NUMBERS * HS_LEDGER_STATES_MAX) <=
                   HS_STATE_NODES_MAX,
               "the largest accounts tree is within the limit of the state tree");
_Static_assert(2ull * (0ull + HS_COMMIT_RECORDS_MAX * HS_COMMITS_MAX +
                       HS_VALIDATOR_RECORDS_MAX * HS_REGISTERED_VALIDATORS_MAX +
                       HS_OTHER_RECORDS_MAX) +
                       BRANCHES_PER_CHANGE * (0ull + HS_LEDGER_OVERLAY_RECORDS_MAX) <=
                   HS_STATE_NODES_MAX,
               "the largest registry is within the limit of the state tree");

/* Each uncommitted state may have numbers of its own. */
static struct layout layout_of(const struct hs_ledger_config *config)
{
    struct layout layout = {
        .tree_configs =
            {
                tree_config(config->accounts_max + HS_LEDGER_NUMBERS,
                            config->overlay_accounts_max + HS_LEDGER_NUMBERS * config->states_max,
                            HS_LEAF_ACCOUNT_BYTES),
                tree_config(records_max_of(&config->parameters), config->overlay_records_max,
                            HS_STATE_VALUE_BYTES_MAX),
            },
        .end = sizeof(struct hs_ledger),
    };
    layout.touched = place_part(&layout.end, sizeof(struct hs_touched_accounts));
    layout.touched_map = place_part(&layout.end, hs_id_map_footprint(HS_TOUCHED_MAX));
    layout.registry = place_part(&layout.end, sizeof(struct hs_registry));
    layout.registry_map = place_part(&layout.end, hs_id_map_footprint(HS_REGISTRY_CHANGES_MAX));
    layout.prepared =
        place_part(&layout.end, HS_BLOCK_TRANSACTIONS_MAX * sizeof(struct hs_prepared_transaction));
    layout.positions =
        place_part(&layout.end, HS_BLOCK_TRANSACTIONS_MAX * sizeof(struct hs_reveal_position));
    layout.epoch_scratch = place_part(&layout.end, sizeof(struct hs_epoch_scratch));
    layout.slots = place_part(&layout.end, config->states_max * sizeof(struct hs_ledger_slot));
    for (size_t i = 0; i < HS_LEDGER_TREES; i++) {
        layout.trees[i] = place_part(&layout.end, hs_state_tree_footprint(&layout.tree_configs[i]));
    }
    return layout;
}

size_t hs_ledger_footprint(const struct hs_ledger_config *config)
{
    return within_limits(config) ? layout_of(config).end : 0;
}

/* -- genesis ------------------------------------------------------------------ */

/* Adds accounts [first, first + count) to the version of `slot`. */
static enum hs_status add_genesis_batch(struct hs_ledger *ledger, struct hs_ledger_slot *slot,
                                        const struct hs_ledger_config *config, size_t first,
                                        size_t count)
{
    struct hs_touched_accounts *touched = ledger->touched;
    hs_touched_clear(touched);
    for (uint32_t i = 0; i < count; i++) {
        if (hs_touched_name(touched, &config->accounts[first + i].address) != i) {
            return HS_DUPLICATE;
        }
    }
    struct hs_state_tree *tree = ledger->trees.of[HS_TREE_ACCOUNTS];
    struct hs_state_version *version = &slot->version.of[HS_TREE_ACCOUNTS];
    hs_touched_read(touched, tree, version);
    for (uint32_t i = 0; i < count; i++) {
        struct hs_touched_account *account = &touched->accounts[i];
        if (account->made) {
            return HS_DUPLICATE;
        }
        account->account.balance = config->accounts[first + i].balance;
        account->changed = true;
    }
    touched->base_fee.number = config->parameters.fees.base_fee.units;
    struct hs_state_version larger;
    enum hs_status status = hs_touched_write(touched, tree, &larger, version);
    if (status != HS_OK) {
        return status;
    }
    hs_state_tree_commit(tree, version, &larger);
    *version = larger;
    return HS_OK;
}

static enum hs_status sum_genesis(struct hs_amount *supply, const struct hs_ledger_config *config)
{
    supply->units = 0;
    for (size_t i = 0; i < config->account_count; i++) {
        uint64_t units = config->accounts[i].balance.units;
        if (units == 0) {
            return HS_INVALID_ARGUMENT;
        }
        if (units > UINT64_MAX - supply->units) {
            return HS_OVERFLOW;
        }
        supply->units += units;
    }
    return HS_OK;
}

/* One batch even when there are no accounts: it makes the leaves of the numbers. */
static enum hs_status make_genesis(struct hs_ledger *ledger, const struct hs_ledger_config *config)
{
    if (config->account_count > config->accounts_max) {
        return HS_FULL;
    }
    enum hs_status status = sum_genesis(&ledger->genesis_supply, config);
    if (status != HS_OK) {
        return status;
    }
    struct hs_ledger_slot *slot = &ledger->slots[ledger->committed];
    size_t done = 0;
    do {
        size_t left = config->account_count - done;
        size_t count = left < HS_TOUCHED_ACCOUNTS_MAX ? left : HS_TOUCHED_ACCOUNTS_MAX;
        status = add_genesis_batch(ledger, slot, config, done, count);
        done += count;
    } while (status == HS_OK && done < config->account_count);
    slot->account_count = (uint32_t)config->account_count;
    slot->base_fee = config->parameters.fees.base_fee;
    if (status == HS_OK) {
        status = hs_ledger_make_validators(ledger, config);
    }
    hs_ledger_root_of(&slot->root, &slot->version);
    return status;
}

enum hs_status hs_ledger_new(struct hs_ledger **out, void *memory,
                             const struct hs_ledger_config *config)
{
    if (!within_limits(config)) {
        return HS_INVALID_ARGUMENT;
    }
    struct layout layout = layout_of(config);
    uint8_t *base = memory;
    struct hs_ledger *ledger = memory;
    *ledger = (struct hs_ledger){
        .chain_id = config->chain_id,
        .parameters = config->parameters,
        .accounts_max = config->accounts_max,
        .records_max = records_max_of(&config->parameters),
        .free_first = 1,
        .slots = (struct hs_ledger_slot *)(void *)(base + layout.slots),
        .touched = (struct hs_touched_accounts *)(void *)(base + layout.touched),
        .registry = (struct hs_registry *)(void *)(base + layout.registry),
        .election = config->election,
        .epoch_scratch = (struct hs_epoch_scratch *)(void *)(base + layout.epoch_scratch),
        .prepared = (struct hs_prepared_transaction *)(void *)(base + layout.prepared),
        .positions = (struct hs_reveal_position *)(void *)(base + layout.positions),
    };
    for (size_t i = 0; i < HS_LEDGER_TREES; i++) {
        ledger->trees.of[i] = hs_state_tree_new(base + layout.trees[i], &layout.tree_configs[i]);
    }
    for (uint32_t i = 1; i < config->states_max; i++) {
        ledger->slots[i].next_free = i + 1 < config->states_max ? i + 1 : HS_LEDGER_NO_SLOT;
    }
    ledger->slots[0] = (struct hs_ledger_slot){
        .version = hs_ledger_version_empty(),
        .parent = HS_LEDGER_NO_SLOT,
        .in_use = true,
    };
    hs_touched_init(ledger->touched,
                    hs_id_map_new(base + layout.touched_map, HS_TOUCHED_MAX, config->map_seed));
    hs_registry_init(ledger->registry, hs_id_map_new(base + layout.registry_map,
                                                     HS_REGISTRY_CHANGES_MAX, config->map_seed));
    *out = ledger;
    return make_genesis(ledger, config);
}

/* -- reads --------------------------------------------------------------------- */

static const struct hs_ledger_slot *committed_slot(const struct hs_ledger *ledger)
{
    return &ledger->slots[ledger->committed];
}

/* The records of the committed state. */
static struct hs_records committed_records(const struct hs_ledger *ledger)
{
    return (struct hs_records){
        .tree = ledger->trees.of[HS_TREE_REGISTRY],
        .version = &committed_slot(ledger)->version.of[HS_TREE_REGISTRY],
    };
}

void hs_ledger_account(const struct hs_ledger *ledger, struct hs_account *account,
                       const struct hs_address *address)
{
    struct hs_state_path path;
    struct hs_state_value value;
    hs_account_path(&path, address);
    hs_state_tree_find(ledger->trees.of[HS_TREE_ACCOUNTS],
                       &committed_slot(ledger)->version.of[HS_TREE_ACCOUNTS], &value, &path);
    enum hs_status status = hs_account_decode(account, &value);
    HS_ASSERT(status == HS_OK);
}

void hs_ledger_prove_account(const struct hs_ledger *ledger, struct hs_ledger_proof *proof,
                             const struct hs_address *address)
{
    struct hs_state_path path;
    hs_account_path(&path, address);
    hs_ledger_trees_prove(&ledger->trees, &committed_slot(ledger)->version, proof, HS_TREE_ACCOUNTS,
                          &path);
}

uint32_t hs_ledger_account_count(const struct hs_ledger *ledger)
{
    return committed_slot(ledger)->account_count;
}

struct hs_amount hs_ledger_burned(const struct hs_ledger *ledger)
{
    return committed_slot(ledger)->burned;
}

struct hs_amount hs_ledger_base_fee(const struct hs_ledger *ledger)
{
    return committed_slot(ledger)->base_fee;
}

uint32_t hs_ledger_commits_waiting(const struct hs_ledger *ledger)
{
    const struct hs_records records = committed_records(ledger);
    return hs_commits_waiting(&records);
}

uint32_t hs_ledger_commits_of_sender(const struct hs_ledger *ledger,
                                     const struct hs_address *sender)
{
    const struct hs_records records = committed_records(ledger);
    return hs_commits_of_sender(&records, sender);
}

enum hs_status hs_ledger_find_commit(const struct hs_ledger *ledger, struct hs_commit *commit,
                                     const struct hs_commit_place *place)
{
    const struct hs_records records = committed_records(ledger);
    return hs_commits_find(&records, commit, place);
}

struct hs_amount hs_ledger_genesis_supply(const struct hs_ledger *ledger)
{
    return ledger->genesis_supply;
}

enum hs_status hs_ledger_supply(const struct hs_ledger *ledger, struct hs_amount *supply,
                                struct hs_state state)
{
    struct hs_state_census census;
    hs_state_census_begin(&census);
    enum hs_status status = HS_OK;
    for (size_t i = 0; i < HS_LEDGER_TREES && status == HS_OK; i++) {
        census.tree = (enum hs_ledger_tree)i;
        status = hs_state_tree_walk(ledger->trees.of[i], &ledger->slots[state.slot].version.of[i],
                                    hs_state_census_add, &census);
    }
    *supply = census.supply;
    return status;
}

enum hs_status hs_ledger_decode(const struct hs_ledger *ledger, struct hs_transaction *transaction,
                                struct hs_bytes bytes)
{
    enum hs_status status = hs_transaction_decode(transaction, bytes);
    if (status != HS_OK) {
        return status;
    }
    if (memcmp(transaction->chain_id.bytes, ledger->chain_id.bytes, HS_HASH_BYTES) != 0) {
        return HS_WRONG_CHAIN;
    }
    return hs_staking_executes(transaction->type) && !hs_ledger_has_epochs(ledger) ? HS_UNSUPPORTED
                                                                                   : HS_OK;
}

const struct hs_transfer *hs_ledger_transfer_of(const struct hs_transaction *transaction)
{
    if (transaction->type == HS_TRANSACTION_TRANSFER) {
        return &transaction->transfer;
    }
    return transaction->type == HS_TRANSACTION_REVEAL ? &transaction->reveal.inner : NULL;
}

/* -- the application's calls ------------------------------------------------------ */

static enum hs_status inspect(const void *context, struct hs_bytes bytes,
                              struct hs_transaction_summary *summary)
{
    const struct hs_ledger *ledger = context;
    struct hs_transaction transaction;
    enum hs_status status = hs_ledger_decode(ledger, &transaction, bytes);
    if (status != HS_OK) {
        return status;
    }
    hs_transaction_id_of(&summary->id, bytes);
    hs_address_of(&summary->sender, &transaction.sender);
    summary->nonce = transaction.nonce;
    summary->gas = hs_fees_gas(transaction.type, bytes.size);
    summary->max_fee = transaction.max_fee;
    summary->max_tip = transaction.max_tip;
    return HS_OK;
}

static void verify_lanes(const struct hs_ledger *ledger, bool ok[],
                         const struct hs_bytes transactions[], size_t count)
{
    struct hs_transaction decoded[VERIFY_LANES];
    uint8_t messages[VERIFY_LANES][HS_TRANSACTION_MESSAGE_BYTES_MAX];
    struct hs_ed25519_item items[VERIFY_LANES] = {{.public_key = NULL}};
    bool checked[VERIFY_LANES];
    size_t lane_of[VERIFY_LANES];
    size_t lanes = 0;
    for (size_t i = 0; i < count; i++) {
        struct hs_transaction *transaction = &decoded[lanes];
        ok[i] = false;
        if (hs_ledger_decode(ledger, transaction, transactions[i]) == HS_OK) {
            items[lanes] = (struct hs_ed25519_item){
                .public_key = &transaction->sender,
                .signature = &transaction->signature,
                .message = hs_transaction_message(messages[lanes], transaction),
            };
            lane_of[lanes] = i;
            lanes++;
        }
    }
    hs_ed25519_verify(checked, items, lanes);
    for (size_t lane = 0; lane < lanes; lane++) {
        ok[lane_of[lane]] = checked[lane] && hs_staking_verify(ledger, &decoded[lane]);
    }
}

static void verify(const void *context, bool ok[], const struct hs_bytes transactions[],
                   size_t count)
{
    for (size_t first = 0; first < count; first += VERIFY_LANES) {
        size_t lanes = count - first < VERIFY_LANES ? count - first : VERIFY_LANES;
        verify_lanes(context, ok + first, transactions + first, lanes);
    }
}

/* One whose max_fee is below what the base fee comes to now may wait until that has fallen. */
static enum hs_status check_funds(const struct hs_ledger *ledger,
                                  const struct hs_transaction *transaction, size_t size,
                                  const struct hs_payment *payment, struct hs_amount balance)
{
    struct hs_fee fee;
    struct hs_amount left;
    uint32_t gas = hs_fees_gas(transaction->type, size);
    enum hs_status status = hs_fees_split(&fee, gas, transaction->max_fee, transaction->max_tip,
                                          hs_ledger_base_fee(ledger));
    if (status == HS_FEE_TOO_LOW) {
        status = hs_fees_split(&fee, gas, transaction->max_fee, transaction->max_tip,
                               ledger->parameters.fees.base_fee_min);
    }
    return status == HS_OK ? hs_ledger_cover(&left, payment, &fee, balance) : status;
}

/* What a transaction of its type demands beside its nonce and its fee, and what it is to be paid. */
static enum hs_status check_demand(const struct hs_ledger *ledger, struct hs_payment *payment,
                                   const struct hs_transaction *transaction,
                                   const struct hs_address *sender)
{
    const struct hs_records records = committed_records(ledger);
    struct hs_commit commit;
    if (transaction->type == HS_TRANSACTION_COMMIT) {
        return hs_commit_demand(ledger, &records, payment, sender);
    }
    if (transaction->type == HS_TRANSACTION_REVEAL) {
        return hs_reveal_demand(&records, payment, &commit, transaction);
    }
    *payment = (struct hs_payment){.locked = hs_staking_locks(transaction)};
    if (transaction->type == HS_TRANSACTION_TRANSFER) {
        payment->amount = transaction->transfer.amount;
    }
    return HS_OK;
}

static enum hs_status admit(const void *context, struct hs_bytes bytes)
{
    const struct hs_ledger *ledger = context;
    struct hs_transaction transaction;
    enum hs_status status = hs_ledger_decode(ledger, &transaction, bytes);
    if (status != HS_OK) {
        return status;
    }
    struct hs_address sender;
    struct hs_account account;
    hs_address_of(&sender, &transaction.sender);
    hs_ledger_account(ledger, &account, &sender);
    if (transaction.nonce < account.nonce) {
        return HS_NONCE_TOO_LOW;
    }
    if (transaction.nonce == UINT64_MAX) {
        return HS_NONCE_TOO_HIGH;
    }
    /* One before it may make it valid. */
    if (hs_staking_executes(transaction.type) && transaction.nonce == account.nonce) {
        status = hs_staking_admit(ledger, &sender, &transaction);
    }
    struct hs_payment payment;
    if (status == HS_OK) {
        status = check_demand(ledger, &payment, &transaction, &sender);
    }
    return status == HS_OK
               ? check_funds(ledger, &transaction, bytes.size, &payment, account.balance)
               : status;
}

static uint64_t next_nonce(const void *context, const struct hs_address *sender)
{
    struct hs_account account;
    hs_ledger_account(context, &account, sender);
    return account.nonce;
}

static struct hs_state committed(const void *context, struct hs_state_root *root)
{
    const struct hs_ledger *ledger = context;
    *root = committed_slot(ledger)->root;
    return (struct hs_state){.slot = ledger->committed};
}

static struct hs_amount base_fee(const void *context, struct hs_state parent)
{
    const struct hs_ledger *ledger = context;
    HS_ASSERT(ledger->slots[parent.slot].in_use);
    return ledger->slots[parent.slot].base_fee;
}

static bool arrange(void *context, uint32_t order[], const struct hs_bytes transactions[],
                    size_t count)
{
    struct hs_ledger *ledger = context;
    HS_ASSERT(count <= HS_BLOCK_TRANSACTIONS_MAX);
    return hs_block_order_arrange(order, ledger->positions, transactions, count);
}

static void give_back_slot(struct hs_ledger *ledger, uint32_t index)
{
    ledger->slots[index].in_use = false;
    ledger->slots[index].next_free = ledger->free_first;
    ledger->free_first = index;
}

/* X4: the other children of the old committed state have been released. */
static void commit(void *context, struct hs_state state)
{
    struct hs_ledger *ledger = context;
    struct hs_ledger_slot *slot = &ledger->slots[state.slot];
    uint32_t old = ledger->committed;
    HS_ASSERT(slot->in_use && slot->parent == old && ledger->slots[old].child_count == 1);
    hs_ledger_trees_commit(&ledger->trees, &ledger->slots[old].version, &slot->version);
    slot->parent = HS_LEDGER_NO_SLOT;
    ledger->committed = state.slot;
    give_back_slot(ledger, old);
}

/* X4 */
static void release(void *context, struct hs_state state)
{
    struct hs_ledger *ledger = context;
    struct hs_ledger_slot *slot = &ledger->slots[state.slot];
    HS_ASSERT(slot->in_use && slot->child_count == 0 && slot->parent != HS_LEDGER_NO_SLOT);
    struct hs_ledger_slot *parent = &ledger->slots[slot->parent];
    hs_ledger_trees_drop(&ledger->trees, &parent->version, &slot->version);
    parent->child_count--;
    give_back_slot(ledger, state.slot);
}

void hs_ledger_application(struct hs_ledger *ledger, struct hs_application *application)
{
    *application = (struct hs_application){
        .context = ledger,
        .gas_limit = ledger->parameters.fees.gas_limit,
        .inspect = inspect,
        .verify = verify,
        .admit = admit,
        .next_nonce = next_nonce,
        .committed = committed,
        .base_fee = base_fee,
        .arrange = arrange,
        .execute = hs_ledger_execute,
        .commit = commit,
        .release = release,
        .snapshot_pin = hs_ledger_snapshot_pin,
        .snapshot_write = hs_ledger_snapshot_write,
        .snapshot_unpin = hs_ledger_snapshot_unpin,
        .restore = hs_ledger_restore,
    };
    if (hs_ledger_has_epochs(ledger)) {
        application->epoch = hs_ledger_epoch;
        application->registered = hs_ledger_registered;
        application->prove_epoch = hs_ledger_prove_epoch;
    }
}
