/* hs_check_order: in what order committed blocks have their transactions, what becomes of commitments,
 * and what is burned; computed once more, block after block, from the bytes of the chain.
 *
 *   - no more commitments wait than may, of one sender and of all (M1)
 *   - a reveal opens a commitment of its own sender that waits: made in a block below, within its
 *     window, not opened yet, and of the transfer that is revealed (M2)
 *   - reveals stand first, in the order of their commitments (M3)
 *   - so many wait on every node as were neither opened nor expired, and so much is burned as was paid
 *     for gas, lost with deposits and taken by punishments (M4, F4, P8)
 *   - the base fee of a block is the one that the chain below it comes to (F3), and no transaction pays
 *     more than it offers (F4)
 *
 * It has a decoder, a table and sums of its own: nothing of the ledger's is used.
 */
#ifndef HS_SIM_CHECK_ORDER_H
#define HS_SIM_CHECK_ORDER_H

#include "ledger/commit_records.h"
#include "sim/check.h"

struct hs_check_order;

struct hs_check_order *hs_check_order_new(const struct hs_cluster *cluster);
void hs_check_order_free(struct hs_check_order *order);

/* What a block holds, once: these transactions, which its header names. */
void hs_check_order_block(struct hs_check_order *order, const struct hs_block_id *id,
                          struct hs_bytes payload);
/* Some process holds a block as committed. The chain is gone through in the order of heights, each
 * once, as far as the blocks were seen. `slashed`: units that punishments have burned up to it (P8). */
void hs_check_order_committed(struct hs_check_order *order, struct hs_check *check,
                              const struct hs_block *block, uint64_t slashed);
/* What the ledger of a process says in its state at a height. */
void hs_check_order_ledger(struct hs_check_order *order, struct hs_check *check, uint32_t process,
                           uint64_t height, uint32_t waiting, struct hs_amount burned);

/* Where the commitment waits that a sender made with this nonce. False: it does not, so far. */
bool hs_check_order_place(const struct hs_check_order *order, struct hs_commit_place *place,
                          const struct hs_ed25519_public_key *sender, uint64_t nonce);
/* What the chain holds that was gone through. */
struct hs_check_order_counts {
    uint64_t commits;
    uint64_t reveals;
    uint64_t expired;
};
struct hs_check_order_counts hs_check_order_count(const struct hs_check_order *order);

#endif
