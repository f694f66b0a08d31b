/* hs_dial_plan: where one peer is dialed, and when.
 *
 * There are two places. The one is the word of this node's owner. The other is what the holder of
 * the key claims, on a chain where anybody may register: it may name a victim, so that all nodes
 * together would hammer it. So a claimed place is dialed less and less often, down to once in two
 * minutes, until a handshake has shown that the key lives there; and whoever changes its claim
 * before that wins no dial by it. The owner's place, and one that was reached, are dialed every two
 * seconds.
 *
 *     claimed, never reached     at once, then after 1 s, 2 s, 4 s, ... 2 min
 *     the owner's, or reached    at once, then after 40 ms, 80 ms, ... 2 s
 *
 * Who is awaited anew (its epoch has begun) is dialed at once, at both. One place is dialed at a time.
 * Times are in milliseconds, of the caller's clock.
 */
#ifndef HS_NETWORK_DIAL_PLAN_H
#define HS_NETWORK_DIAL_PLAN_H

#include <stdint.h>

#include "network/tcp_address.h"

enum hs_dial_place_name { HS_DIAL_OWNERS, HS_DIAL_CLAIMED };
#define HS_DIAL_PLACES 2u

struct hs_dial_place {
    bool known;
    bool reached; /* a handshake was completed there */
    struct hs_tcp_address address;
    uint64_t back_off_ms; /* 0: it was never known */
    uint64_t next_ms;     /* not before */
};

/* Zeroed at first: nowhere. */
struct hs_dial_plan {
    struct hs_dial_place places[HS_DIAL_PLACES];
    enum hs_dial_place_name current; /* dialed last */
};

/* Whether that would be another place than before; NULL: not known. */
bool hs_dial_plan_is_new(const struct hs_dial_plan *plan, enum hs_dial_place_name name,
                         const struct hs_tcp_address *address);
/* Makes it the place. True: it is another one than before. */
bool hs_dial_plan_set(struct hs_dial_plan *plan, enum hs_dial_place_name name,
                      const struct hs_tcp_address *address, uint64_t now_ms);
/* It is awaited anew. */
void hs_dial_plan_hurry(struct hs_dial_plan *plan, uint64_t now_ms);
/* The key that was found at a place that this peer is said to be at, too, is gone from there. */
void hs_dial_plan_hurry_to(struct hs_dial_plan *plan, const struct hs_tcp_address *address,
                           uint64_t now_ms);
/* When to dial next; UINT64_MAX: nowhere. */
uint64_t hs_dial_plan_next_ms(const struct hs_dial_plan *plan);
/* Where to dial now; NULL: nowhere yet. */
const struct hs_tcp_address *hs_dial_plan_begin(struct hs_dial_plan *plan, uint64_t now_ms);
/* The handshake there is completed. */
void hs_dial_plan_reached(struct hs_dial_plan *plan);
/* The connection that was dialed is no more, or never came up. */
void hs_dial_plan_ended(struct hs_dial_plan *plan, bool was_connected, uint64_t now_ms);

#endif
