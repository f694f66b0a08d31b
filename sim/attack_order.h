/* What came of a sandwicher's attempts (attack_order.c), for tests.
 */
#ifndef HS_SIM_ATTACK_ORDER_H
#define HS_SIM_ATTACK_ORDER_H

#include "sim/attacks.h"

/* What it does with the reveals that wait in its pool when it leads. */
enum hs_sandwich {
    HS_SANDWICH_FRONT,      /* a transfer of its own before them */
    HS_SANDWICH_OWN_REVEAL, /* a reveal of its own before older ones */
    HS_SANDWICH_REVERSED,   /* the last commitment's first */
    HS_SANDWICH_BEHIND,     /* behind all else */
    HS_SANDWICH_LEFT_OUT,   /* none of them, and a transfer of its own: which is allowed */
};
#define HS_SANDWICHES 5u

struct hs_sandwich_counts {
    uint64_t tried[HS_SANDWICHES];
    uint64_t taken[HS_SANDWICHES]; /* by its own ledger */
};

/* Of an attacker of this kind. */
const struct hs_sandwich_counts *hs_attack_sandwiches(const struct hs_attacker *attacker);
/* It tries one way only, in each of its turns; else it draws one, and lets some turns pass. */
void hs_attack_sandwich_always(struct hs_attacker *attacker, enum hs_sandwich way);

#endif
