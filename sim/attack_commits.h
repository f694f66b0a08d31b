/* What came of those who copy and spam commitments (attack_commits.c), for tests.
 */
#ifndef HS_SIM_ATTACK_COMMITS_H
#define HS_SIM_ATTACK_COMMITS_H

#include "sim/attacks.h"

struct hs_commit_copier_counts {
    uint64_t copied;      /* commitments of others, committed to as its own */
    uint64_t tried_copy;  /* blocks that open such a copy with what was revealed */
    uint64_t tried_other; /* blocks that open the other's own commitment */
    uint64_t taken;       /* of both, by its own ledger */
};
const struct hs_commit_copier_counts *hs_attack_copies(const struct hs_attacker *attacker);

struct hs_commit_spammer_counts {
    uint64_t submitted; /* COMMITs handed to its node */
    uint64_t tried;     /* blocks with more of one sender than may wait */
    uint64_t taken;     /* by its own ledger */
};
const struct hs_commit_spammer_counts *hs_attack_spam(const struct hs_attacker *attacker);

#endif
