/* The pacemaker's clockwork: how long a view may take (L2) and when to look again.
 *
 * It decides nothing about views: only a certificate moves the view (L1). It keeps the few
 * moments at which the core has something to do without an event from outside.
 */
#ifndef HS_CONSENSUS_PACEMAKER_H
#define HS_CONSENSUS_PACEMAKER_H

#include <hotstuff/core.h>

#define HS_NEVER_NS UINT64_MAX

struct hs_pacemaker {
    struct hs_pacemaker_config config;
    uint64_t timeout_ns; /* of the current view */
    uint64_t entered_ns;
    uint64_t deadline_ns; /* the view's timer */
    uint64_t repeat_ns;   /* the next repeat of the view change (L3) */
    uint64_t backup_ns;   /* when the leader of this view makes its QC as a backup (L7) */
    uint64_t propose_ns;  /* when a leader that waits proposes (L8) */
    bool timed_out;       /* the timer ran out, or others' did (L4) */
};

/* HS_INVALID_ARGUMENT when base is 0, max < base, or the idle interval is above base / 2 (L8). */
HS_MUST_CHECK enum hs_status hs_pacemaker_check(const struct hs_pacemaker_config *config);

/* L2: the timer of `view` when the last committed block's view is `committed_view`. */
uint64_t hs_pacemaker_timeout_ns(const struct hs_pacemaker_config *config, uint64_t view,
                                 uint64_t committed_view);

/* A view begins: its timer starts and nothing else is due. */
void hs_pacemaker_enter(struct hs_pacemaker *pacemaker, uint64_t now_ns, uint64_t view,
                        uint64_t committed_view);

/* The certificate that began `view` has committed a block of `committed_view`, too: the timer is
 * set by L2 from that one. */
void hs_pacemaker_enter_committed(struct hs_pacemaker *pacemaker, uint64_t view,
                                  uint64_t committed_view);

/* How long after one repeat the next view change is sent: min(timer, 1 s) (L3). */
uint64_t hs_pacemaker_repeat_interval_ns(const struct hs_pacemaker *pacemaker);

/* The earliest moment at which something is due. */
uint64_t hs_pacemaker_next_ns(const struct hs_pacemaker *pacemaker);

/* a + b, or HS_NEVER_NS where that overflows. */
uint64_t hs_time_after(uint64_t a_ns, uint64_t b_ns);

#endif
