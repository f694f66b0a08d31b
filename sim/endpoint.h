/* hs_endpoint: what stands between a simulated node and the network, where that is more than the
 * network's own transport.
 *
 * Nodes speak to validators, the network carries between processes. With twins one validator is two
 * processes: what is sent to it goes to both, and what comes from either comes from it. And where a
 * validator is under attack, all that its node hears and says passes its attacker.
 */
#ifndef HS_SIM_ENDPOINT_H
#define HS_SIM_ENDPOINT_H

#include "sim/attacker.h"

struct hs_endpoint {
    struct hs_world *world;
    uint32_t process;
    uint32_t validator;
    const struct hs_consensus_network *network; /* between processes */
    struct hs_bitmap connected;                 /* processes */
    uint32_t
        validator_of[HS_PEERS_MAX]; /* whom the node means by a number; HS_VALIDATORS_MAX: nobody */
    uint32_t number_of[HS_VALIDATORS_MAX];      /* HS_PEERS_MAX: the node does not know it */
    struct hs_attacker *attacker;               /* NULL: nobody's */
    struct hs_consensus_network transport; /* between validators: what the node gets */
};

void hs_endpoint_init(struct hs_endpoint *endpoint, struct hs_world *world, uint32_t process);
/* Its node has ended: no connection is left. */
void hs_endpoint_reset(struct hs_endpoint *endpoint);

/* To all processes of a validator but the own one, past the attacker. */
HS_MUST_CHECK enum hs_status hs_endpoint_send(struct hs_endpoint *endpoint, uint32_t to,
                                              enum hs_message_class message_class,
                                              struct hs_buffer *message);

#endif
