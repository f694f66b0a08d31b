/* hs_attacks: the kinds of attacker that there are (attacker.h). */
#ifndef HS_SIM_ATTACKS_H
#define HS_SIM_ATTACKS_H

#include "sim/attacker.h"

#define HS_ATTACK_TABLE(X)                                                                         \
    X(hs_attack_vote_withholder, "vote-withholder")   /* votes never, or not always */             \
    X(hs_attack_qc_withholder, "qc-withholder")       /* certifies, and tells nobody */            \
    X(hs_attack_silent_leader, "silent-leader")       /* proposes nothing */                       \
    X(hs_attack_selective_sender, "selective-sender") /* tells as few as do, or any subset */      \
    X(hs_attack_equivocator, "equivocator")           /* two blocks and two votes in one view */   \
    X(hs_attack_stale_proposer, "stale-proposer")     /* extends an old certificate */             \
    X(hs_attack_edge_proposer, "edge-proposer")       /* the edge of what the rules allow */       \
    X(hs_attack_replayer, "replayer")                 /* says again what was said before */        \
    X(hs_attack_late_voter, "late-voter")             /* votes when the view is over */            \
    X(hs_attack_far_future, "far-future")             /* speaks of views far ahead */              \
    X(hs_attack_mutator, "mutator")                   /* changes fields and bytes */               \
    X(hs_attack_flooder, "flooder")                   /* more than anybody asked for */            \
    X(hs_attack_lying_server, "lying-server")         /* other blocks than were asked for */       \
    X(hs_attack_forger, "forger")                     /* shows what is wrong in one thing */       \
    X(hs_attack_sandwicher, "sandwicher")             /* would be before what it sees revealed */  \
    X(hs_attack_commit_copier, "commit-copier")       /* opens what others committed to */         \
    X(hs_attack_commit_spammer, "commit-spammer")     /* takes all room for commitments */         \
    X(hs_attack_fee_cheat, "fee-cheat")               /* pays, uses or proves what it may not */   \
    X(hs_attack_director, "director")                 /* has the network, too (section 9) */

#define HS_ATTACK_DECLARE(object, text) extern const struct hs_attack object;
HS_ATTACK_TABLE(HS_ATTACK_DECLARE)
#undef HS_ATTACK_DECLARE

extern const struct hs_attack *const hs_attacks[];
extern const size_t hs_attack_count;

/* NULL: there is none of this name. */
const struct hs_attack *hs_attack_by_name(const char *name, size_t size);

#endif
