/* hs_validator_set_*: weights and quorums of one epoch (protocol section 1).
 *
 * With W the total weight, a quorum is floor(2W/3) + 1: two quorums share more than W/3,
 * hence an honest validator as long as the Byzantine weight is at most W - quorum. A
 * weight of W - quorum + 1 holds one honest validator. W is at most HS_WEIGHT_TOTAL_MAX, so
 * that 2W fits.
 */
#ifndef HS_CONSENSUS_VALIDATOR_SET_H
#define HS_CONSENSUS_VALIDATOR_SET_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

/* HS_OK when the count is in 1 .. HS_VALIDATORS_MAX, every weight above 0, weight_total
 * their sum and at most HS_WEIGHT_TOTAL_MAX, and no two validators share a BLS or a network
 * key; else HS_INVALID_ARGUMENT. Keys are compared as bytes, not decompressed. */
HS_MUST_CHECK enum hs_status hs_validator_set_check(const struct hs_validator_set *set);

/* floor(2W/3) + 1 */
uint64_t hs_validator_set_quorum(const struct hs_validator_set *set);
/* W - quorum + 1 */
uint64_t hs_validator_set_honest(const struct hs_validator_set *set);

/* The weight of one validator; 0 for an index beyond the set. */
uint64_t hs_validator_set_weight(const struct hs_validator_set *set, uint32_t index);
/* The weight of a set of signers; bits beyond the set count nothing. */
uint64_t hs_validator_set_weight_of(const struct hs_validator_set *set,
                                    const struct hs_bitmap *signers);

#endif
