/* hs_trace: a run in one number, and its messages counted.
 *
 * Two runs of one seed have one hash. It covers who sent what to whom and when, and what was
 * committed where and when; of blocks their place, root and payload. It leaves out signatures and
 * what is hashed over them (block ids), so a run with the stand-in for BLS and one with real BLS
 * have the same hash.
 */
#ifndef HS_SIM_TRACE_H
#define HS_SIM_TRACE_H

#include <hotstuff/types.h>

#include "wire/message.h"

#define HS_TRACE_TYPES 11u

struct hs_trace {
    uint64_t hash;
    uint64_t messages[HS_TRACE_TYPES]; /* by enum hs_message_type */
    uint64_t *of_view; /* consensus messages by the view they speak of, far ones apart; owned */
    size_t view_capacity;
    uint64_t view_max;
};

void hs_trace_init(struct hs_trace *trace);
void hs_trace_release(struct hs_trace *trace);

void hs_trace_message(struct hs_trace *trace, uint64_t now_ns, uint32_t from, uint32_t to,
                      const struct hs_message *message);
void hs_trace_committed(struct hs_trace *trace, uint64_t now_ns, uint32_t node,
                        const struct hs_block *block);
/* Anything else that happens to a node: a crash, a restart. */
void hs_trace_event(struct hs_trace *trace, uint64_t now_ns, uint32_t node, uint64_t what);

/* Proposals, votes, QCs, view changes and statuses. */
uint64_t hs_trace_consensus_messages(const struct hs_trace *trace);

#endif
