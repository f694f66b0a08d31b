/* Executing a block: the rules of ledger.h, in three passes.
 *
 * First every transaction is decoded and every account named, so that all accounts are read from
 * the tree in one batch; then what expires does, and the transactions run in order on that scratch;
 * then what changed goes back in one batch, with the base fee of the next block. A signature is not
 * looked at: it was checked when the transaction came in.
 */
#include <string.h>

#include "base/assert.h"
#include "base/mutants.h"
#include "ledger/commit_reveal.h"
#include "ledger/execution.h"
#include "ledger/staking_run.h"

static void prepare(struct hs_ledger *ledger, struct hs_prepared_transaction *prepared,
                    struct hs_bytes bytes)
{
    struct hs_transaction transaction;
    prepared->refused = hs_ledger_decode(ledger, &transaction, bytes) != HS_OK;
    if (prepared->refused) {
        return;
    }
    struct hs_address sender;
    hs_address_of(&sender, &transaction.sender);
    prepared->sender = hs_touched_name(ledger->touched, &sender);
    const struct hs_transfer *transfer = hs_ledger_transfer_of(&transaction);
    bool pays = transfer != NULL;
    prepared->type = transaction.type;
    prepared->recipient =
        pays ? hs_touched_name(ledger->touched, &transfer->recipient) : prepared->sender;
    prepared->gas = hs_fees_gas(transaction.type, bytes.size);
    prepared->nonce = transaction.nonce;
    prepared->amount.units = pays ? transfer->amount.units : 0;
    prepared->max_fee = transaction.max_fee;
    prepared->max_tip = transaction.max_tip;
}

static enum hs_status run_transfer(struct hs_execution *execution,
                                   const struct hs_prepared_transaction *prepared)
{
    const struct hs_payment payment = {.amount = prepared->amount};
    struct hs_payment_plan plan;
    enum hs_status status = hs_payment_check(execution, &plan, prepared, &payment);
    if (status == HS_OK) {
        hs_payment_make(execution, &plan, prepared, &payment);
    }
    return status;
}

/* All but transfers. What is rare is decoded once more: to keep it would make every transfer larger. */
static enum hs_status run_rare(struct hs_execution *execution,
                               const struct hs_prepared_transaction *prepared,
                               struct hs_bytes bytes)
{
    struct hs_transaction transaction;
    enum hs_status status = hs_ledger_decode(execution->ledger, &transaction, bytes);
    if (status != HS_OK) {
        return status;
    }
    if (hs_staking_executes(transaction.type)) {
        return hs_staking_run(execution, prepared, &transaction);
    }
    return transaction.type == HS_TRANSACTION_COMMIT
               ? hs_commit_run(execution, prepared, &transaction)
               : hs_reveal_run(execution, prepared, &transaction);
}

/* X2: runs one transaction, or says why it is not valid, nothing being changed then. */
static enum hs_status run_one(struct hs_execution *execution,
                              const struct hs_prepared_transaction *prepared, struct hs_bytes bytes)
{
    if (prepared->refused) {
        return HS_MALFORMED;
    }
    enum hs_status status = prepared->type == HS_TRANSACTION_TRANSFER
                                ? run_transfer(execution, prepared)
                                : run_rare(execution, prepared, bytes);
    if (status == HS_OK) {
        execution->transaction_count++;
        if (prepared->type != HS_TRANSACTION_REVEAL) {
            hs_block_order_other(&execution->order); /* M3 */
        }
    }
    return status;
}

/* HS_BAD_BLOCK when `included` is NULL and one is not valid. */
static enum hs_status run_all(struct hs_execution *execution, const struct hs_bytes transactions[],
                              size_t count, bool included[])
{
    for (size_t i = 0; i < count; i++) {
        bool valid = run_one(execution, &execution->ledger->prepared[i], transactions[i]) == HS_OK;
        if (included != NULL) {
            included[i] = valid;
        } else if (!valid) {
            return HS_BAD_BLOCK;
        }
    }
    return HS_OK;
}

/* Gives a free slot, of which there is one, to a child of `parent`. */
static uint32_t take_slot(struct hs_ledger *ledger, uint32_t parent)
{
    uint32_t index = ledger->free_first;
    struct hs_ledger_slot *slot = &ledger->slots[index];
    ledger->free_first = slot->next_free;
    *slot = (struct hs_ledger_slot){.parent = parent, .in_use = true};
    ledger->slots[parent].child_count++;
    return index;
}

/* A block of no transactions changes the base fee, until that is at its least, and burns what expires:
 * when there is neither, its version is the parent's. */
static enum hs_status run_block(struct hs_execution *execution, const struct hs_ledger_slot *parent,
                                const struct hs_block_context *block,
                                const struct hs_bytes transactions[], size_t count, bool included[])
{
    struct hs_ledger *ledger = execution->ledger;
    hs_touched_clear(ledger->touched);
    for (size_t i = 0; i < count; i++) {
        prepare(ledger, &ledger->prepared[i], transactions[i]);
    }
    execution->fee_recipient = hs_touched_name(ledger->touched, &block->fee_recipient);
    hs_registry_begin(ledger->registry, ledger->trees.of[HS_TREE_REGISTRY],
                      &parent->version.of[HS_TREE_REGISTRY]);
    enum hs_status status = hs_block_epoch_begin(execution);
    if (status != HS_OK) {
        return status;
    }
    hs_touched_read(ledger->touched, ledger->trees.of[HS_TREE_ACCOUNTS],
                    &parent->version.of[HS_TREE_ACCOUNTS]);
    struct hs_amount expired =
        hs_commits_expire(ledger->registry, &ledger->parameters.commits, block->height); /* M4 */
    ledger->touched->burned.number += HS_MUTANT_EXPIRED_UNBURNED ? 0 : expired.units;
    status = run_all(execution, transactions, count, included);
    if (status == HS_OK) {
        status = hs_block_epoch_end(execution);
    }
    if (status != HS_OK) {
        return status;
    }
    ledger->touched->base_fee.number =
        hs_fees_next(&ledger->parameters.fees, block->base_fee, execution->gas_used).units;
    return HS_OK;
}

/* One batch for each tree. HS_FULL: there are not enough nodes, and nothing is made. */
static enum hs_status write_state(struct hs_ledger *ledger, struct hs_ledger_version *version,
                                  int64_t *records_added, const struct hs_ledger_version *parent)
{
    struct hs_state_tree *accounts = ledger->trees.of[HS_TREE_ACCOUNTS];
    enum hs_status status = hs_touched_write(
        ledger->touched, accounts, &version->of[HS_TREE_ACCOUNTS], &parent->of[HS_TREE_ACCOUNTS]);
    if (status != HS_OK) {
        return status;
    }
    status = hs_registry_write(ledger->registry, ledger->trees.of[HS_TREE_REGISTRY],
                               &version->of[HS_TREE_REGISTRY], records_added);
    if (status != HS_OK) {
        hs_state_tree_drop(accounts, &parent->of[HS_TREE_ACCOUNTS], &version->of[HS_TREE_ACCOUNTS]);
    }
    return status;
}

enum hs_status hs_ledger_execute(void *context, struct hs_state parent_state,
                                 const struct hs_block_context *block,
                                 const struct hs_bytes transactions[], size_t count,
                                 bool included[], struct hs_state *state,
                                 struct hs_state_root *root)
{
    struct hs_ledger *ledger = context;
    const struct hs_ledger_slot *parent = &ledger->slots[parent_state.slot];
    HS_ASSERT(parent->in_use);
    bool fee_holds =
        block->base_fee.units == parent->base_fee.units || HS_MUTANT_BASE_FEE_UNCHECKED;
    if (count > HS_BLOCK_TRANSACTIONS_MAX || !fee_holds) {
        return HS_BAD_BLOCK; /* F3 */
    }
    if (ledger->free_first == HS_LEDGER_NO_SLOT) {
        return HS_FULL;
    }
    struct hs_execution execution = {
        .ledger = ledger,
        .block = block,
        .account_count = parent->account_count,
    };
    struct hs_ledger_version version;
    int64_t records_added;
    enum hs_status status = run_block(&execution, parent, block, transactions, count, included);
    if (status == HS_OK) {
        status = write_state(ledger, &version, &records_added, &parent->version);
    }
    if (status != HS_OK) {
        return status;
    }
    uint32_t index = take_slot(ledger, parent_state.slot);
    struct hs_ledger_slot *slot = &ledger->slots[index];
    slot->version = version;
    hs_ledger_root_of(&slot->root, &version);
    slot->account_count = execution.account_count;
    slot->record_count = (uint32_t)(parent->record_count + records_added);
    slot->burned.units = ledger->touched->burned.number;
    slot->base_fee.units = ledger->touched->base_fee.number;
    state->slot = index;
    *root = slot->root;
    return HS_OK;
}
