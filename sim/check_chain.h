/* hs_check_chain: what nodes report as committed, all nodes, also those of Byzantine validators: they
 * run unmodified code, and one that is only lied to must not be led astray.
 *
 *   - committed chains are prefixes of each other; a node reports each height once and in order, and
 *     its core never goes back (S5)
 *   - a committed block has the parent, justify, height, view and proposer that S1 asks for
 *   - a commit has its reason: the block, or one above it, and its child in the next view are both
 *     certified, among all certificates that were seen (S5); at the end of an epoch a tail block and
 *     its child may be those (P4)
 *   - what was reported before a crash is there after it (D7)
 */
#ifndef HS_SIM_CHECK_CHAIN_H
#define HS_SIM_CHECK_CHAIN_H

#include "sim/check_certificates.h"

struct hs_check_chain;

struct hs_check_chain *hs_check_chain_new(void);
void hs_check_chain_free(struct hs_check_chain *chain);

/* A block of this view has become certified, or the header of one that may be was seen. */
void hs_check_chain_view_known(struct hs_check_chain *chain, struct hs_check *check,
                               const struct hs_check_certificates *certificates, uint64_t epoch,
                               uint64_t view);

/* A process reports a block as committed; `leader` leads its view. */
void hs_check_chain_reported(struct hs_check_chain *chain, struct hs_check *check, uint32_t process,
                             const struct hs_block *block, uint32_t leader);
/* A process is back and holds this height as committed; the same, though it may have reported it
 * before. */
void hs_check_chain_held(struct hs_check_chain *chain, struct hs_check *check, uint32_t process,
                         const struct hs_block *block, uint32_t leader);
/* A process is back at this height. */
void hs_check_chain_restarted(struct hs_check_chain *chain, struct hs_check *check,
                              uint32_t process, uint64_t height);
/* It has committed the height, and can't show the block. */
void hs_check_chain_unreadable(struct hs_check *check, uint32_t process, uint64_t height);
/* Its log was damaged: it owes nobody what it had above this height. */
void hs_check_chain_forgotten(struct hs_check_chain *chain, uint32_t process, uint64_t height);
/* The height that its core has committed; whether that is another than last time. */
bool hs_check_chain_core_at(struct hs_check_chain *chain, struct hs_check *check, uint32_t process,
                            uint64_t height);

/* The highest height that was reported by anybody, by one process, and the epoch and view of a
 * reported block. */
uint64_t hs_check_chain_height(const struct hs_check_chain *chain);
uint64_t hs_check_chain_height_of(const struct hs_check_chain *chain, uint32_t process);
uint64_t hs_check_chain_epoch_of_height(const struct hs_check_chain *chain, uint64_t height);
uint64_t hs_check_chain_view_of_height(const struct hs_check_chain *chain, uint64_t height);

#endif
