/* The records of epochs: each set as it was fixed, and what an epoch's blocks leave (leaf_kinds.h).
 *
 * A state of epoch e holds the sets of e and e + 1, that of B(e) the one of e + 2 as well (P4).
 * Each is a copy of what the validators' records said when it was fixed: who rotates its keys or
 * takes out its stake meanwhile changes later sets. Beside each set stands its digest, which proves
 * all of it by one leaf.
 */
#ifndef HS_LEDGER_EPOCH_RECORDS_H
#define HS_LEDGER_EPOCH_RECORDS_H

#include <hotstuff/application.h>
#include <hotstuff/core.h>

#include "consensus/randomness.h"
#include "consensus/reputation.h"
#include "crypto/hash.h"
#include "ledger/registry.h"

/* An epoch, and who operates its members. */
struct hs_fixed_epoch {
    struct hs_epoch epoch;
    struct hs_address operators[HS_VALIDATORS_MAX]; /* of epoch.validators.count */
};

/* The heights that an epoch of so many blocks has. HS_OVERFLOW: heights do not reach so far. */
HS_MUST_CHECK enum hs_status hs_epoch_heights(struct hs_epoch *epoch, uint64_t number,
                                              uint64_t epoch_blocks);

/* HS_NOT_FOUND: it is not fixed yet, or is over. */
HS_MUST_CHECK enum hs_status hs_fixed_epoch_get(const struct hs_registry *registry,
                                                struct hs_fixed_epoch *fixed, uint64_t number,
                                                uint64_t epoch_blocks);
void hs_fixed_epoch_put(struct hs_registry *registry, const struct hs_fixed_epoch *fixed,
                        enum hs_leader_election election);
/* The leaf of the registry that holds an epoch's digest (leaf_kinds.h). */
void hs_epoch_leaf(struct hs_state_path *path, struct hs_state_value *value, uint64_t number,
                   const struct hs_hash *digest);
/* Takes out an epoch that may be there, with its turns. */
void hs_fixed_epoch_remove(struct hs_registry *registry, uint64_t number);

/* Members of an epoch; 0: it is not there. */
uint32_t hs_epoch_count_get(const struct hs_registry *registry, uint64_t number);

/* Who operates a member; false: there is no such epoch, or no such member of it. */
bool hs_member_operator_get(const struct hs_registry *registry, struct hs_address *operator_address,
                            uint64_t number, uint32_t index);

/* P3: the mix of the epoch that the next block is of, which is `epoch`. */
void hs_mix_get(const struct hs_registry *registry, struct hs_randomness_mix *mix, uint64_t *epoch);
void hs_mix_put(struct hs_registry *registry, const struct hs_randomness_mix *mix, uint64_t epoch);

/* P6: the turns of a member in an epoch so far. */
void hs_member_turns_get(const struct hs_registry *registry, struct hs_turns *turns, uint64_t epoch,
                         uint32_t index);
void hs_member_turns_put(struct hs_registry *registry, const struct hs_turns *turns, uint64_t epoch,
                         uint32_t index);

#endif
