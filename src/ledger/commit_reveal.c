#include "ledger/commit_reveal.h"

#include <string.h>

#include "base/mutants.h"

enum hs_status hs_commit_demand(const struct hs_ledger *ledger, const struct hs_records *records,
                                struct hs_payment *payment, const struct hs_address *sender)
{
    const struct hs_commit_parameters *parameters = &ledger->parameters.commits;
    *payment = (struct hs_payment){.locked = parameters->deposit};
    if (HS_MUTANT_DEPOSIT_UNPAID) {
        payment->locked.units = 0;
    }
    return hs_commits_check(records, parameters, sender);
}

/* The commitment binds its sender: who copied it can open it for himself as little as anybody's. */
static bool opens(const struct hs_transaction *transaction, const struct hs_commit *commit)
{
    struct hs_commitment commitment;
    hs_transaction_commitment(&commitment, transaction, commit->nonce); /* M2 */
    return memcmp(commitment.bytes, commit->commitment.bytes, HS_HASH_BYTES) == 0;
}

enum hs_status hs_reveal_demand(const struct hs_records *records, struct hs_payment *payment,
                                struct hs_commit *commit, const struct hs_transaction *transaction)
{
    const struct hs_reveal *reveal = &transaction->reveal;
    const struct hs_commit_place place = {reveal->commit_height, reveal->commit_index};
    struct hs_address sender;
    hs_address_of(&sender, &transaction->sender);
    enum hs_status status = hs_commits_find(records, commit, &place);
    if (status != HS_OK) {
        return status;
    }
    bool own = memcmp(commit->sender.bytes, sender.bytes, HS_ADDRESS_BYTES) == 0;
    if (!(own && opens(transaction, commit)) && !HS_MUTANT_COMMITMENT_UNOPENED) {
        return HS_NO_COMMITMENT;
    }
    *payment = (struct hs_payment){.amount = reveal->inner.amount, .released = commit->deposit};
    if (HS_MUTANT_DEPOSIT_KEPT || HS_MUTANT_DEPOSIT_TWICE) {
        payment->released.units *= HS_MUTANT_DEPOSIT_TWICE ? 2 : 0;
    }
    return HS_OK;
}

enum hs_status hs_commit_run(struct hs_execution *execution,
                             const struct hs_prepared_transaction *prepared,
                             const struct hs_transaction *transaction)
{
    struct hs_registry *registry = execution->ledger->registry;
    struct hs_commit commit = {
        .place = {execution->block->height, execution->transaction_count},
        .sender = execution->ledger->touched->accounts[prepared->sender].address,
        .nonce = transaction->nonce,
        .commitment = transaction->commitment,
        .deposit = execution->ledger->parameters.commits.deposit,
    };
    const struct hs_records records = {.registry = registry};
    struct hs_payment payment;
    struct hs_payment_plan plan;
    enum hs_status status = hs_commit_demand(execution->ledger, &records, &payment, &commit.sender);
    if (status == HS_OK) {
        status = hs_payment_check(execution, &plan, prepared, &payment);
    }
    if (status == HS_OK && !hs_registry_has_room(registry, HS_COMMIT_CHANGES_MAX)) {
        status = HS_FULL;
    }
    if (status == HS_OK) {
        hs_payment_make(execution, &plan, prepared, &payment);
        hs_commits_add(registry, &commit); /* M1 */
    }
    return status;
}

enum hs_status hs_reveal_run(struct hs_execution *execution,
                             const struct hs_prepared_transaction *prepared,
                             const struct hs_transaction *transaction)
{
    struct hs_registry *registry = execution->ledger->registry;
    const struct hs_records records = {.registry = registry};
    struct hs_commit commit;
    struct hs_payment payment;
    struct hs_payment_plan plan;
    enum hs_status status = hs_reveal_demand(&records, &payment, &commit, transaction);
    if (status == HS_OK && !hs_block_order_allows(&execution->order, &commit.place)) { /* M3 */
        status = HS_BAD_BLOCK;
    }
    if (status == HS_OK) {
        status = hs_payment_check(execution, &plan, prepared, &payment);
    }
    if (status == HS_OK && !hs_registry_has_room(registry, HS_COMMIT_CHANGES_MAX)) {
        status = HS_FULL;
    }
    if (status == HS_OK) {
        hs_payment_make(execution, &plan, prepared, &payment);
        if (!HS_MUTANT_REVEAL_AGAIN) {
            hs_commits_take(registry, &commit); /* M2 */
        }
        hs_block_order_reveal(&execution->order, &commit.place);
    }
    return status;
}
