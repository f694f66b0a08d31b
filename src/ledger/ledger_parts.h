/* The inside of hs_ledger, for its own files: ledger.c builds and reads it, executor.c makes
 * states, ledger_snapshot.c writes and restores them.
 */
#ifndef HS_LEDGER_LEDGER_PARTS_H
#define HS_LEDGER_LEDGER_PARTS_H

#include "ledger/block_order.h"
#include "ledger/epoch_end.h"
#include "ledger/fees.h"
#include "ledger/ledger.h"
#include "ledger/ledger_trees.h"
#include "ledger/registry.h"
#include "ledger/touched_accounts.h"

#define HS_LEDGER_NO_SLOT UINT32_MAX

/* Leaves that are one number each: the burned total and the base fee. */
#define HS_LEDGER_NUMBERS 2u

/* One state. */
struct hs_ledger_slot {
    struct hs_ledger_version version;
    struct hs_state_root root;
    uint32_t account_count;
    uint32_t record_count; /* in the registry */
    struct hs_amount burned;
    struct hs_amount base_fee; /* of the next block */
    uint32_t parent;           /* HS_LEDGER_NO_SLOT: it is the committed one */
    uint32_t child_count;
    uint32_t next_free;
    bool in_use;
};

/* What the executor needs of one transaction. */
struct hs_prepared_transaction {
    enum hs_transaction_type type;
    uint32_t sender;    /* indexes of touched accounts */
    uint32_t recipient; /* the sender, when it pays nobody */
    uint32_t gas;
    uint64_t nonce;
    struct hs_amount amount;
    struct hs_amount max_fee;
    struct hs_amount max_tip;
    bool refused; /* malformed, another chain's, or not executed here */
};

struct hs_ledger {
    struct hs_chain_id chain_id;
    struct hs_ledger_parameters parameters;
    struct hs_amount genesis_supply;
    uint32_t accounts_max;
    uint32_t records_max;
    uint32_t committed;
    uint32_t free_first;
    bool is_pinned;
    struct hs_ledger_version pinned;
    uint32_t pinned_leaf_counts[HS_LEDGER_TREES];
    struct hs_ledger_trees trees;
    struct hs_ledger_slot *slots;
    struct hs_touched_accounts *touched;
    struct hs_registry *registry;
    enum hs_leader_election election;
    struct hs_epoch_scratch *epoch_scratch;
    struct hs_prepared_transaction *prepared; /* HS_BLOCK_TRANSACTIONS_MAX */
    struct hs_reveal_position *positions;     /* the same: of the candidates of a block */
};

/* Decodes a transaction that this ledger may execute: HS_OK, HS_MALFORMED, HS_WRONG_CHAIN, or
 * HS_UNSUPPORTED for a type that it does not execute. Any thread. */
HS_MUST_CHECK enum hs_status hs_ledger_decode(const struct hs_ledger *ledger,
                                              struct hs_transaction *transaction,
                                              struct hs_bytes bytes);

/* The transfer that a transaction makes or reveals; NULL when it makes none. */
const struct hs_transfer *hs_ledger_transfer_of(const struct hs_transaction *transaction);

/* What a payment and its fee leave of a balance; HS_INSUFFICIENT_FUNDS when that does not cover them. */
struct hs_payment;
HS_MUST_CHECK enum hs_status hs_ledger_cover(struct hs_amount *left,
                                             const struct hs_payment *payment,
                                             const struct hs_fee *fee, struct hs_amount balance);

/* The application's `execute`. */
HS_MUST_CHECK enum hs_status hs_ledger_execute(void *context, struct hs_state parent,
                                               const struct hs_block_context *block,
                                               const struct hs_bytes transactions[], size_t count,
                                               bool included[], struct hs_state *state,
                                               struct hs_state_root *root);

/* The application's snapshots. */
void hs_ledger_snapshot_pin(void *context);
HS_MUST_CHECK enum hs_status hs_ledger_snapshot_write(const void *context, struct hs_sink *sink);
void hs_ledger_snapshot_unpin(void *context);
HS_MUST_CHECK enum hs_status hs_ledger_restore(void *context, struct hs_source *source);

#endif
