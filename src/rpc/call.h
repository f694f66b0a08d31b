/* hs_rpc_call: one question to the node, or one transaction for it, and what came of it.
 *
 * Plain values: the HTTP thread fills in the argument, the loop thread the outcome and the
 * answer, the HTTP thread makes text of them. JSON-RPC and REST both end here.
 */
#ifndef HS_RPC_CALL_H
#define HS_RPC_CALL_H

#include <hotstuff/validator.h>

#include "ledger/account.h"
#include "ledger/validator_reads.h"
#include "node/node.h"
#include "rpc/proofs.h"
#include "rpc/recent_gas.h"

enum hs_rpc_method {
    HS_RPC_STATUS,
    HS_RPC_BLOCK,
    HS_RPC_ACCOUNT,
    HS_RPC_TRANSACTION,
    HS_RPC_SUBMIT,
    HS_RPC_VALIDATORS,
    HS_RPC_FEES,
    HS_RPC_COMMITS,
    HS_RPC_SUPPLY,
    HS_RPC_EPOCH,
    HS_RPC_OPERATOR,
    HS_RPC_REGISTERED,
    HS_RPC_EVIDENCE,
};

/* What a validator that does not sign says to do about it (D5). */
#define HS_RPC_ADVICE_CHARACTERS 1024u

/* An epoch without its members. */
struct hs_rpc_epoch {
    uint64_t number;
    uint64_t first_height;
    uint64_t last_height; /* UINT64_MAX: it never ends */
    uint8_t randomness[HS_HASH_BYTES];
    uint32_t validator_count;
    uint64_t weight_total;
    uint64_t quorum;
};

/* A set of validators, and who operates them where that is known. */
struct hs_rpc_set {
    struct hs_fixed_epoch fixed;
    bool has_operators;
    uint64_t height; /* at which this is so; its commit may not be durable yet (D7) */
};

/* Some of the registered validators: one that was asked for, or those from a place on. */
struct hs_rpc_registered {
    uint64_t epoch;
    uint64_t height; /* at which this is so; its commit may not be durable yet (D7) */
    struct hs_staking_totals totals;
    uint32_t first; /* place of the first one */
    size_t count;
    struct hs_registered_validator validators[HS_RPC_REGISTERED_MAX];
};

/* Double votes that the node found. */
struct hs_rpc_evidence {
    uint64_t height; /* at which this is so; its commit may not be durable yet (D7) */
    uint32_t count;
    struct hs_double_vote votes[HS_NODE_EVIDENCE_MAX];
    /* HS_OK: it would be punished now; else why not. */
    enum hs_status verdicts[HS_NODE_EVIDENCE_MAX];
};

struct hs_rpc_call {
    enum hs_rpc_method method;
    union {
        struct {
            bool latest;
            uint64_t height;
        } block;
        struct hs_address address;
        struct {
            struct hs_address sender;
            bool of_sender; /* else of all only */
        } commits;
        struct {
            uint64_t number;
            bool of_number; /* else the epoch that the next block is of */
        } epoch;
        uint64_t place; /* on the roster */
        struct hs_transaction_id transaction_id;
        struct {
            uint32_t size;
            uint8_t bytes[HS_TRANSACTION_BYTES_MAX];
        } transaction;
        struct hs_rpc_proof_question proof; /* of HS_ROUTE_PROOF, which has no method */
    } argument;

    /* HS_NOT_FOUND: no such block, or no accounts in this application; HS_NOT_READY: the node
     * stops; for a transaction whatever hs_node_submit says. */
    enum hs_status outcome;
    union {
        struct {
            struct hs_node_status node;
            struct hs_node_counters counters;
            struct hs_amount base_fee; /* units per gas, of the next block */
            uint64_t weight;           /* of this validator; 0: no member */
            uint64_t weight_total;     /* of the epoch's set */
            uint64_t quorum;
            char advice[HS_RPC_ADVICE_CHARACTERS]; /* "" when all is well */
        } status;
        struct {
            struct hs_block block;
            bool has_certificate;
            struct hs_qc certificate;
            bool has_operator; /* the set of the block's epoch is still known */
            struct hs_address proposer_operator;
        } block;
        struct {
            struct hs_account account;
            uint64_t next_nonce;
            uint64_t height; /* at which this is so; its commit may not be durable yet (D7) */
        } account;
        struct {
            enum hs_transaction_state state;
            uint64_t height; /* when committed */
        } transaction;
        struct {
            struct hs_amount base_fee; /* units per gas, of the block after `height` */
            uint64_t height; /* at which this is so; its commit may not be durable yet (D7) */
            uint32_t block_count;
            struct hs_rpc_block_gas blocks[HS_RPC_FEE_BLOCKS]; /* durable ones, descending */
        } fees;
        struct {
            uint32_t waiting;           /* of all */
            uint32_t waiting_of_sender; /* when asked for */
            uint64_t height; /* at which this is so; its commit may not be durable yet (D7) */
        } commits;
        struct {
            struct hs_rpc_epoch present;
            bool has_next;
            struct hs_rpc_epoch next;
            bool has_staking;
            struct hs_staking_totals totals;
            uint64_t height; /* at which this is so; its commit may not be durable yet (D7) */
        } epoch;
        struct hs_rpc_set *set;               /* in `large` */
        struct hs_rpc_registered *registered; /* in `large` */
        struct hs_rpc_evidence *evidence;     /* in `large` */
        struct {
            struct hs_amount supply; /* what the state holds, summed up */
            struct hs_amount genesis;
            struct hs_amount burned;
            uint64_t height; /* at which this is so; its commit may not be durable yet (D7) */
        } supply;
        struct hs_transaction_id submitted;
    } answer;
    void *large; /* owned: what the answer points to */
};

/* Does it read or answer so much that it is not to be asked for many times at once? */
bool hs_rpc_method_is_large(enum hs_rpc_method method);

/* Makes room, all zero, for what the answer of the call's method points to, if it does.
 * HS_OUT_OF_MEMORY. */
HS_MUST_CHECK enum hs_status hs_rpc_call_prepare(struct hs_rpc_call *call);

/* Frees what the answer points to. */
void hs_rpc_call_release(struct hs_rpc_call *call);

/* Answers a call other than HS_RPC_SUBMIT. On the loop thread. */
void hs_rpc_call_answer(struct hs_rpc_call *call, struct hs_running_validator *validator,
                        struct hs_rpc_recent_gas *recent_gas);

/* "nonce_too_low" for HS_NONCE_TOO_LOW: how a reason is written in answers. */
#define HS_RPC_REASON_CHARACTERS 32u
void hs_rpc_reason(char reason[HS_RPC_REASON_CHARACTERS], enum hs_status status);

#endif
