/* hs_operators: what the operators of a staked chain do, drawn from the seed, and who reports liars.
 *
 * Each node has an operator with an account of its own. Now and then one of them registers its node
 * as a validator, stakes more, takes out some or all of it, comes back, rotates its keys, or asks
 * to be let out of jail: a transaction, handed to any node that is up, again and again until it is
 * committed, since nodes lose what they took in. One at a time for each operator. A reporter looks
 * at the double votes that correct nodes have found and has them punished in the same way.
 *
 * Some lie: they claim somebody else's key, slander a validator with votes that it has not signed,
 * or show evidence that was punished already. Nodes refuse that as it comes in.
 *
 * Byzantine operators do what they like with their stakes, within one bound: whatever comes of all
 * that is under way, the correct validators keep a quorum of every set to come, and one correct
 * node of genesis stays, whom those who come know.
 */
#ifndef HS_SIM_OPERATORS_H
#define HS_SIM_OPERATORS_H

#include "sim/random.h"
#include "sim/stake_model.h"
#include "sim/world.h"

/* A transaction until it is committed. */
struct hs_operator {
    bool waits;
    uint64_t nonce;
    uint64_t try_ns; /* when it is handed to a node again */
    uint32_t tries;
    size_t size;
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
};

struct hs_operators {
    bool active;
    struct hs_random random;
    uint64_t next_ns;
    uint64_t draw_ns;     /* when somebody acts next */
    uint64_t interval_ns; /* from one to the next, at most */
    bool reports;
    bool rotate;
    struct hs_operator of[HS_VALIDATORS_MAX];
    struct hs_operator reporter;
    uint32_t committed; /* of all their transactions */
};

/* `per_minute`: how often one of them acts, about; 0: never, and nobody reports. `rotate`: they also
 * change keys; where nobody is Byzantine. */
void hs_operators_init(struct hs_operators *operators, uint32_t per_minute, bool rotate,
                       uint64_t seed);
/* Does what is due. `unsound`: nodes that may have lost what they knew, and count as faulty for now. */
void hs_operators_act(struct hs_operators *operators, struct hs_world *world,
                      const struct hs_bitmap *unsound);
/* Hands a transaction of the node's operator to the chain, with its next nonce; type and body are filled
 * in. False: one waits already. For scenarios. */
bool hs_operators_order(struct hs_operators *operators, struct hs_world *world, uint32_t node,
                        struct hs_transaction *transaction);

#endif
