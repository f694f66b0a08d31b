/* hs_attack_block_maker: a leader's block of its own making, in the place of the one that its node
 * built: same parent, same view, other transactions.
 *
 * Its state root comes from its own ledger, which runs by the same rules as everybody's. Where that
 * refuses the block, the root stays what it was: nobody who executes the block may take it,
 * whatever the root.
 *
 *     sends: hs_attack_make_blocks(attacker, ..., make)
 *     make:  hs_attack_add ... hs_attack_finish, or nothing, and the node's own block goes out
 */
#ifndef HS_SIM_ATTACK_BLOCK_H
#define HS_SIM_ATTACK_BLOCK_H

#include "crypto/vrf.h"
#include "sim/attack_tools.h"
#include "wire/transaction.h"

/* What an attacker adds of its own to a block. */
#define HS_ATTACK_AREA_BYTES 32768u

struct hs_attack_block_maker {
    uint64_t epoch; /* of the last own proposal, and its view; 0: none yet */
    uint64_t view;
    bool replaces; /* it, by `message` */
    struct hs_message message;
    uint8_t *payload; /* of `message` */
    /* What the node put in, and what is to be in instead. */
    struct hs_bytes own[HS_BLOCK_TRANSACTIONS_MAX];
    size_t own_count;
    struct hs_bytes made[HS_BLOCK_TRANSACTIONS_MAX];
    size_t made_count;
    uint8_t area[HS_ATTACK_AREA_BYTES]; /* of what was added in bytes */
    size_t area_used;
};

void hs_attack_maker_release(struct hs_attack_block_maker *maker);

/* `sends` of a kind that makes blocks: for the first message of each own proposal `make` is called,
 * which may finish one of its own. */
void hs_attack_make_blocks(struct hs_attacker *attacker, struct hs_attack_block_maker *maker,
                           uint32_t to, struct hs_buffer *buffer, const struct hs_message *message,
                           void (*make)(struct hs_attacker *attacker,
                                        const struct hs_message *own));

/* One more transaction: one of the node's own, or a copy of bytes. What has no room is left out. */
void hs_attack_add(struct hs_attack_block_maker *maker, struct hs_bytes transaction);
void hs_attack_add_copy(struct hs_attack_block_maker *maker, const uint8_t *bytes, size_t size);
/* Those of the node's own that are reveals, or all others. */
void hs_attack_add_own(struct hs_attack_block_maker *maker, bool reveals);
bool hs_attack_is_reveal(struct hs_bytes transaction);
/* How many of the node's own are reveals. */
size_t hs_attack_own_reveals(const struct hs_attack_block_maker *maker);

/* Signs what was added as the own block. True: its own ledger takes it. */
bool hs_attack_finish(struct hs_attacker *attacker, struct hs_attack_block_maker *maker,
                      const struct hs_message *own, struct hs_amount base_fee);
/* So with the node's own base fee and a proof that need not be the leader's (P3). */
bool hs_attack_finish_with_proof(struct hs_attacker *attacker, struct hs_attack_block_maker *maker,
                                 const struct hs_message *own, const struct hs_vrf_proof *proof);

/* -- the attacker's money ---------------------------------------------------------------------- */

/* One of the spare accounts, of which each attacker has its own as far as they go. False: there are
 * none. */
bool hs_attack_account(const struct hs_attacker *attacker, uint32_t *account);
/* Adds `count` transfers of one unit of that account to itself, which follow the state below the block;
 * each offers this much for a unit of gas. False: that state is gone. */
bool hs_attack_add_transfers(struct hs_attacker *attacker, struct hs_attack_block_maker *maker,
                             const struct hs_message *own, uint32_t count,
                             struct hs_amount max_fee);
/* The nonce of its account on the state below the block. */
bool hs_attack_nonce_below(struct hs_attacker *attacker, const struct hs_message *own,
                           uint32_t account, uint64_t *nonce);

#endif
