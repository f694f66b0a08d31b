/* hs_view_change_collector: the latest view change of each validator (L4).
 *
 * The highest by (view, high_qc.view) is kept, one a validator: memory is O(n). Like votes
 * they are aggregated unverified, and a signer of a bad one is checked apart from then on (L9).
 */
#ifndef HS_CONSENSUS_VIEW_CHANGE_COLLECTOR_H
#define HS_CONSENSUS_VIEW_CHANGE_COLLECTOR_H

#include <hotstuff/core.h>

struct hs_view_change_entry {
    bool present;
    bool checked;
    uint64_t view;
    struct hs_qc high_qc;
    struct hs_bls_signature signature;
};

struct hs_view_change_collector {
    const struct hs_validator_set *validators;
    struct hs_bitmap suspects;
    struct hs_view_change_entry *entries; /* validators->count of them */
};

size_t hs_view_change_collector_footprint(const struct hs_validator_set *validators);
void hs_view_change_collector_init(struct hs_view_change_collector *collector, void *memory,
                                   const struct hs_validator_set *validators);

/* HS_OK; HS_DUPLICATE: the same again; HS_STALE: lower than the one kept. */
HS_MUST_CHECK enum hs_status hs_view_change_collector_add(
    struct hs_view_change_collector *collector, const struct hs_view_change *view_change);

/* Forgets those of views below `view`. */
void hs_view_change_collector_drop_below(struct hs_view_change_collector *collector, uint64_t view);

/* The weight of those for views >= view (L4), and of those for exactly `view`. */
uint64_t hs_view_change_collector_weight_from(const struct hs_view_change_collector *collector,
                                              uint64_t view);
uint64_t hs_view_change_collector_weight_at(const struct hs_view_change_collector *collector,
                                            uint64_t view);

/* Lists what to check next for a TC of `view`, suspects first where they are needed. */
void hs_view_change_collector_request(const struct hs_view_change_collector *collector,
                                      uint64_t view, struct hs_aggregate_request *request);
void hs_view_change_collector_answer(struct hs_view_change_collector *collector,
                                     const struct hs_aggregate_request *request,
                                     const struct hs_aggregate_result *result);

#endif
