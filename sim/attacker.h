/* hs_attacker: a Byzantine validator, as a plug-in.
 *
 * It stands between an unmodified node and the network: it sees what its node hears and says, and
 * forwards, changes, withholds or makes up whatever it likes. It has the key of its own validator
 * and of every other one that is under attack (Byzantine validators work together), nobody else's.
 * One kind may also have the network between the others: it then decides what is lost, as long as
 * the safety phase lasts.
 *
 *     node <-> attacker <-> simulated network            hears, sends, acts, lets_pass
 *
 * A kind is a table of calls; sim/attacks.h lists the kinds. What its validator signs and whether it
 * keeps up is asked by no checker; what its node commits is held against the others all the same,
 * because a node that is only lied to must not be led astray.
 */
#ifndef HS_SIM_ATTACKER_H
#define HS_SIM_ATTACKER_H

#include <hotstuff/consensus_network.h>

#include "sim/random.h"
#include "sim/world.h"
#include "wire/message.h"

struct hs_attacker;

struct hs_attack {
    const char *name; /* as in --attackers */
    size_t state_bytes;
    /* All calls may be NULL, which lets the node be. */
    void (*start)(struct hs_attacker *attacker); /* the state is zeros */
    void (*end)(struct hs_attacker *attacker);
    /* Its node is a member of its epoch in all that follow, and validators are indexes in its set.
     * Its node sends `message`, as `buffer`, to a validator: forward it with hs_attacker_forward, or
     * do not. A broadcast comes as one call for each peer. */
    void (*sends)(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                  const struct hs_message *message);
    /* A well-formed message has come; false: the node does not hear of it. */
    bool (*hears)(struct hs_attacker *attacker, uint32_t from, struct hs_buffer *buffer,
                  const struct hs_message *message);
    /* Its time has come: next_ns is UINT64_MAX again and may be set anew. */
    void (*acts)(struct hs_attacker *attacker);
    /* Any message of anybody in the world is sent, from and to a process; false loses it. Not asked
     * once the faults have stopped. */
    bool (*lets_pass)(struct hs_attacker *attacker, uint32_t from, uint32_t to,
                      const struct hs_message *message);
};

struct hs_attacker {
    const struct hs_attack *attack;
    struct hs_world *world;
    uint32_t process;   /* its node's */
    uint64_t epoch;     /* which its node is in, or the furthest while that is down */
    uint32_t validator; /* its index in the set of that epoch */
    struct hs_random random;
    uint64_t next_ns; /* when it wants to act; UINT64_MAX: never */
    void *state;      /* attack->state_bytes */
};

/* Looks up the epoch and the own index in it, before any call. False: the node is no member. */
bool hs_attacker_begin(struct hs_attacker *attacker);
/* A validator of the attacker's epoch as a node and back; HS_VALIDATORS_MAX: there is none. */
uint32_t hs_attacker_node_of(const struct hs_attacker *attacker, uint32_t validator);
uint32_t hs_attacker_validator_of(const struct hs_attacker *attacker, uint32_t node);

/* Sends in the name of the attacker's validator: a buffer as it is, a message, or any bytes. The
 * buffer stays the caller's. Lost when its process is down or the peer cannot be reached. */
void hs_attacker_forward(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer);
void hs_attacker_send(struct hs_attacker *attacker, uint32_t to, const struct hs_message *message);
void hs_attacker_send_bytes(struct hs_attacker *attacker, uint32_t to, struct hs_bytes bytes);

/* Signs with the key of a validator of the epoch that is under attack. */
void hs_attacker_sign(const struct hs_attacker *attacker, uint32_t validator,
                      struct hs_bls_signature *signature, const struct hs_statement *statement);

#endif
