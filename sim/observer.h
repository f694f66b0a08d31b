/* hs_observer: somebody who watches a simulated run and changes nothing of it.
 *
 * The world tells it what a person would want to see afterwards: who said what to whom and what
 * became of it, what each node thinks after its turn, what was committed, what went wrong. Nothing
 * flows back, so a run with an observer and one without have the same trace hash; without one the
 * world does no work for it.
 */
#ifndef HS_SIM_OBSERVER_H
#define HS_SIM_OBSERVER_H

#include <hotstuff/core.h>

#include "wire/message.h"

/* One copy of a message. */
struct hs_observed_sending {
    uint64_t now_ns;
    uint64_t number; /* of the copy, the later the higher */
    bool refused;    /* lost as it was sent: it has no number */
    uint32_t from;   /* processes */
    uint32_t to;
    uint64_t content; /* the same for all copies of a broadcast, never that of another message */
    const struct hs_message *message; /* NULL: the bytes are no message */
    size_t message_bytes;
};

enum hs_process_event {
    HS_PROCESS_STARTED = 1,
    HS_PROCESS_CRASHED,
    HS_PROCESS_POWER_CUT,
    HS_PROCESS_START_FAILED,
    HS_PROCESS_GAVE_UP, /* ends itself: a durable write failed, or it diverged (D3, X1) */
    HS_PROCESS_PAUSED,
    HS_PROCESS_RESUMED,
    HS_PROCESS_NOTED, /* something else befalls it, its clock or its disk; it goes on */
};

struct hs_observer {
    void *context;
    /* Once for each process, in their order, before all else. `kind` is NULL for an honest one, else
     * what it is: a twin, or the kind of its attacker. */
    void (*process)(void *context, uint32_t process, uint32_t validator, const char *kind);
    void (*sent)(void *context, const struct hs_observed_sending *sending);
    /* The copy with this number has arrived, or is lost under way. */
    void (*arrived)(void *context, uint64_t now_ns, uint64_t number);
    void (*lost)(void *context, uint64_t now_ns, uint64_t number);
    /* Messages from one process to another pass from now on, or do not. */
    void (*link)(void *context, uint64_t now_ns, uint32_t from, uint32_t to, bool passes);
    /* A node's turn is over. */
    void (*turn_over)(void *context, uint64_t now_ns, uint32_t process, const struct hs_core *core);
    void (*committed)(void *context, uint64_t now_ns, uint32_t process,
                      const struct hs_block *block);
    /* `why` may be NULL. */
    void (*happened)(void *context, uint64_t now_ns, uint32_t process, enum hs_process_event event,
                     const char *why);
    /* A fault strikes or is mended, in words. */
    void (*fault)(void *context, uint64_t now_ns, const char *text);
    /* What must hold was broken: the checkers' sentence. Once. */
    void (*violated)(void *context, uint64_t now_ns, const char *sentence);
};

#endif
