/* The candidates of an own block, in the order that the application asks for.
 *
 * The pool gives them by what they pay, a sender's by nonce. Where the application orders them otherwise
 * (M3), a transaction can come before another of its sender that has to be executed first: then it is
 * left out of this block, stays in the pool and is in a later one.
 */
#include "node/node_internal.h"

/* Follows each cycle of the permutation once; order[i] == i says that place i is done. */
static void permute(uint32_t order[], struct hs_bytes split[], struct hs_transaction_id ids[],
                    uint32_t count)
{
    for (uint32_t first = 0; first < count; first++) {
        struct hs_bytes split_first = split[first];
        struct hs_transaction_id id_first = ids[first];
        uint32_t place = first;
        while (order[place] != first) {
            uint32_t from = order[place];
            split[place] = split[from];
            ids[place] = ids[from];
            order[place] = place;
            place = from;
        }
        split[place] = split_first;
        ids[place] = id_first;
        order[place] = place;
    }
}

void hs_chain_arrange(struct hs_node *node, size_t count)
{
    const struct hs_application *application = &node->application;
    if (application->arrange != NULL &&
        application->arrange(application->context, node->order, node->split, count)) {
        permute(node->order, node->split, node->ids, (uint32_t)count);
    }
}
