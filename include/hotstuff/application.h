/* hs_application: the replicated state machine behind consensus.
 *
 * The node orders opaque transactions and asks the application what they do. An
 * application is a table of calls and its own context. Execution is pure (X3): the
 * same transactions on the same state give the same root on every machine, so no
 * clock, no float, no random number, no address order may enter a result.
 *
 * A state is the outcome of one executed block, known by a small handle. There is
 * always one committed state; uncommitted blocks are overlays above it (X4), and
 * several may share a parent:
 *
 *      committed ── s1 ── s2        commit(s1):   s1 ── s2
 *              └─── s3              the node has released s3 before
 *
 * All calls come from one thread, the node's, except `inspect` and `verify`, which
 * read nothing that changes and may run on any, and `snapshot_write`, which runs on
 * another thread over the state that `snapshot_pin` pinned.
 */
#ifndef HOTSTUFF_APPLICATION_H
#define HOTSTUFF_APPLICATION_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

/* A state: a slot number that the application gives out. */
struct hs_state {
    uint32_t slot;
};

/* What the mempool must know of a transaction. */
struct hs_transaction_summary {
    struct hs_transaction_id id; /* commits to every byte, the signature included */
    struct hs_address sender;
    uint64_t nonce; /* the sender's transactions run in this order, without gaps */
    uint32_t gas;   /* of the block's gas, >= 1; the base fee is paid for each unit of it */
    struct hs_amount max_fee; /* in all: base fee and tip */
    struct hs_amount max_tip; /* what the proposer gains, as far as the base fee leaves it: who
                               * offers the most for a unit of gas is taken first */
};

/* What a block tells its transactions about itself. */
struct hs_block_context {
    uint64_t epoch;
    uint64_t height;
    uint64_t view;
    uint64_t parent_view; /* 0 when the parent is of another epoch (P4) */
    uint32_t proposer;
    struct hs_vrf_output vrf_output; /* of its proof (P3); zero when it carries none */
    struct hs_address fee_recipient; /* the proposer's */
    struct hs_amount base_fee;
};

/* An epoch as the state fixes it (P4). */
struct hs_epoch {
    uint64_t first_height; /* of its first block; the one below ended the epoch before */
    uint64_t last_height;  /* of B(e), the block that ends it; UINT64_MAX: it never ends */
    uint8_t randomness[HS_HASH_BYTES];
    struct hs_validator_set validators; /* possession of every key checked; its epoch is e */
    uint64_t leader_weights[HS_VALIDATORS_MAX]; /* of validators.count; how often each one leads */
    struct hs_dial_address addresses[HS_VALIDATORS_MAX];
};

/* Who may want to be connected, and where it says that it is dialed; empty: nowhere. */
struct hs_contact {
    struct hs_ed25519_public_key key;
    struct hs_dial_address address;
};

/* Where a snapshot goes to and comes from: in order, any number of bytes a call. */
struct hs_sink {
    void *context;
    enum hs_status (*write)(void *context, const uint8_t *data, size_t size);
};
struct hs_source {
    void *context;
    /* Fills all of `data`; HS_CORRUPT when fewer bytes are left. */
    enum hs_status (*read)(void *context, uint8_t *data, size_t size);
};

struct hs_application {
    void *context;

    /* The gas of a block's transactions together, at most; 1 or more, UINT64_MAX: as it comes. A
     * block that uses more is the application's to refuse; a node builds none (F2). */
    uint64_t gas_limit;

    /* Reads what the mempool needs. Refuses malformed bytes (HS_MALFORMED) and
     * another chain's (HS_WRONG_CHAIN). Any thread. */
    enum hs_status (*inspect)(const void *context, struct hs_bytes transaction,
                              struct hs_transaction_summary *summary);

    /* Checks the signatures of `count` transactions that `inspect` accepted.
     * ok[i] says whether transactions[i] is signed as it must be. Any thread. */
    void (*verify)(const void *context, bool ok[], const struct hs_bytes transactions[],
                   size_t count);

    /* Would the transaction be valid on the committed state, its nonce now or later?
     * HS_OK, or why not (HS_NONCE_TOO_LOW, HS_INSUFFICIENT_FUNDS, ...). */
    enum hs_status (*admit)(const void *context, struct hs_bytes transaction);

    /* The sender's next nonce in the committed state. */
    uint64_t (*next_nonce)(const void *context, const struct hs_address *sender);

    /* The committed state and its root. At start: the genesis state, or the restored. */
    struct hs_state (*committed)(const void *context, struct hs_state_root *root);

    /* The base fee that a child of `parent` must carry. */
    struct hs_amount (*base_fee)(const void *context, struct hs_state parent);

    /* Epoch `number`, as `state` fixes it: the state of a block of that epoch, or of B(e - 1), or of
     * any block between. HS_NOT_FOUND for an epoch that is not fixed yet, or no longer known. NULL:
     * the configured set for ever. */
    enum hs_status (*epoch)(const void *context, struct hs_state state, uint64_t number,
                            struct hs_epoch *epoch);

    /* The network keys of all that are registered as validators in the committed state, in the order of
     * their registration, members of a set or not: those in use and those announced. Fills in the
     * first `max` of them, tells how many it did; no key stands there twice. NULL: nobody beyond the
     * sets of epochs. */
    size_t (*registered)(const void *context, struct hs_contact contacts[], size_t max);

    /* What proves to somebody without the state that epoch `number` is as `epoch` gives it: bytes, of
     * the application's own form, that hold under the root of `state`. HS_NOT_FOUND as of `epoch`;
     * HS_FULL: they do not fit. NULL: there are none. */
    enum hs_status (*prove_epoch)(const void *context, struct hs_state state, uint64_t number,
                                  uint8_t proof[], size_t *size, size_t capacity);

    /* The order in which candidates for a new block, which `inspect` accepted, are to be executed.
     * True: the one that order[i] is the index of comes i-th. False: they stand well as they are,
     * and *order is not read. NULL: they always do. At most HS_BLOCK_TRANSACTIONS_MAX. */
    bool (*arrange)(void *context, uint32_t order[], const struct hs_bytes transactions[],
                    size_t count);

    /* Executes transactions on `parent` into a new state.
     * When `included` is NULL every transaction must be valid in order, or the whole
     * is refused with HS_BAD_BLOCK and no state made (X2). Otherwise invalid ones are
     * left out, included[i] saying which are in. HS_FULL: no room for another state.
     * Signatures were checked before. */
    enum hs_status (*execute)(void *context, struct hs_state parent,
                              const struct hs_block_context *block,
                              const struct hs_bytes transactions[], size_t count, bool included[],
                              struct hs_state *state, struct hs_state_root *root);

    /* Makes `state`, a child of the committed one, the committed one. */
    void (*commit)(void *context, struct hs_state state);

    /* Forgets an uncommitted state that has no children. */
    void (*release)(void *context, struct hs_state state);

    /* Snapshots. Pin holds the committed state still while another thread writes
     * it out; one at a time. Restore, called before anything else, loads what
     * snapshot_write wrote; the caller checks the root. */
    void (*snapshot_pin)(void *context);
    enum hs_status (*snapshot_write)(const void *context, struct hs_sink *sink);
    void (*snapshot_unpin)(void *context);
    enum hs_status (*restore)(void *context, struct hs_source *source);
};

#endif
