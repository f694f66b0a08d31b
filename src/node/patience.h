/* hs_patience: how long the answer to a question may take before another peer is asked.
 *
 * Over a good network half a second is long. Over a slow one every answer takes longer than that, and
 * who gives up after half a second learns nothing, for ever. So each question that was given up doubles
 * the time for the next one, up to eight seconds, and each answer makes it twice what that answer took:
 * who is far away is waited for, and who is silent costs eight seconds at most.
 */
#ifndef HS_NODE_PATIENCE_H
#define HS_NODE_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed at first. */
struct hs_patience {
    bool waits; /* a question is under way */
    uint64_t asked_ns;
    uint64_t allowed_ns; /* for the next answer; 0: as at first */
    uint64_t usual_ns;   /* twice what the last answer took; 0: there was none */
};

/* A question is asked. Returns when it is to be given up. */
uint64_t hs_patience_ask(struct hs_patience *patience, uint64_t now_ns);
/* It was answered. */
void hs_patience_answered(struct hs_patience *patience, uint64_t now_ns);
/* It is given up, if it waits. */
void hs_patience_give_up(struct hs_patience *patience);
/* Has the question under way waited for longer than answers usually take? */
bool hs_patience_is_overdue(const struct hs_patience *patience, uint64_t now_ns);
/* What was asked is of no interest any more. */
void hs_patience_forget(struct hs_patience *patience);

#endif
