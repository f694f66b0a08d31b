/* hs_rpc_call: one question to the node, or one transaction for it, and what came of it.
 *
 * Plain values: the HTTP thread fills in the argument, the loop thread the outcome and the
 * answer, the HTTP thread makes text of them. JSON-RPC and REST both end here.
 */
#ifndef HS_RPC_CALL_H
#define HS_RPC_CALL_H

#include <hotstuff/validator.h>

#include "ledger/account.h"
#include "node/node.h"
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
};

/* What a validator that does not sign says to do about it (D5). */
#define HS_RPC_ADVICE_CHARACTERS 1024u

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
        struct hs_transaction_id transaction_id;
        struct {
            uint32_t size;
            uint8_t bytes[HS_TRANSACTION_BYTES_MAX];
        } transaction;
    } argument;

    /* HS_NOT_FOUND: no such block, or no accounts in this application; HS_NOT_READY: the node
     * stops; for a transaction whatever hs_node_submit says. */
    enum hs_status outcome;
    union {
        struct {
            struct hs_node_status node;
            struct hs_node_counters counters;
            struct hs_amount base_fee;             /* units per gas, of the next block */
            char advice[HS_RPC_ADVICE_CHARACTERS]; /* "" when all is well */
        } status;
        struct {
            struct hs_block block;
            bool has_certificate;
            struct hs_qc certificate;
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
        struct hs_transaction_id submitted;
    } answer;
};

/* Answers a call other than HS_RPC_SUBMIT. On the loop thread. */
void hs_rpc_call_answer(struct hs_rpc_call *call, struct hs_running_validator *validator,
                        struct hs_rpc_recent_gas *recent_gas);

/* "nonce_too_low" for HS_NONCE_TOO_LOW: how a reason is written in answers. */
#define HS_RPC_REASON_CHARACTERS 32u
void hs_rpc_reason(char reason[HS_RPC_REASON_CHARACTERS], enum hs_status status);

#endif
