/* hs_vote_collector: the votes a leader gathers, one per validator (S7).
 *
 * Each validator's latest vote is kept: an honest one votes in a later view only when a
 * certificate ended the earlier, so nothing that could still matter is displaced, and a
 * liar can displace only its own. Memory is O(n) whatever arrives.
 *
 * Votes are aggregated unverified (L9). A voter one of whose votes was bad becomes a
 * suspect for the rest of the epoch: its later votes count only after they were checked
 * without the others'.
 */
#ifndef HS_CONSENSUS_VOTE_COLLECTOR_H
#define HS_CONSENSUS_VOTE_COLLECTOR_H

#include <hotstuff/core.h>

struct hs_vote_entry {
    bool present;
    bool checked; /* its signature is known to be good */
    struct hs_vote vote;
};

struct hs_vote_collector {
    const struct hs_validator_set *validators;
    struct hs_bitmap suspects;
    struct hs_vote_entry *entries; /* validators->count of them */
};

size_t hs_vote_collector_footprint(const struct hs_validator_set *validators);
void hs_vote_collector_init(struct hs_vote_collector *collector, void *memory,
                            const struct hs_validator_set *validators);

/* Takes a vote in.
 * HS_OK; HS_DUPLICATE: the same again; HS_STALE: an older view than its voter's latest;
 * HS_PROTOCOL_VIOLATION: another block in the same view (S8), the first one in *first. */
HS_MUST_CHECK enum hs_status hs_vote_collector_add(struct hs_vote_collector *collector,
                                                   const struct hs_vote *vote,
                                                   struct hs_vote *first);

/* Forgets the votes of views below `view`. */
void hs_vote_collector_drop_below(struct hs_vote_collector *collector, uint64_t view);

/* The highest view in which a block's votes would make a quorum if all are good, and that
 * block; false when there is none. */
bool hs_vote_collector_best_quorum(const struct hs_vote_collector *collector, uint64_t *view,
                                   struct hs_block_id *block_id);

/* Lists what to check next for that block: the votes that make the certificate, or, when
 * those of suspects are needed for it, theirs first, without the others. */
void hs_vote_collector_request(const struct hs_vote_collector *collector, uint64_t view,
                               const struct hs_block_id *block_id,
                               struct hs_aggregate_request *request);

/* Takes the answer in: bad votes go and their voters become suspects. */
void hs_vote_collector_answer(struct hs_vote_collector *collector,
                              const struct hs_aggregate_request *request,
                              const struct hs_aggregate_result *result);

#endif
