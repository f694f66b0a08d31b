/* What several kinds of attackers need: who leads and who is theirs, statements signed with the keys
 * they have, a message to everybody.
 */
#ifndef HS_SIM_ATTACK_TOOLS_H
#define HS_SIM_ATTACK_TOOLS_H

#include "sim/attacker.h"

/* Validators are members of the attacker's epoch, which its statements are of. */
uint32_t hs_attack_validator_count(const struct hs_attacker *attacker);
/* Of any epoch. */
uint32_t hs_attack_count_of(const struct hs_attacker *attacker, uint64_t epoch);
bool hs_attack_is_byzantine(const struct hs_attacker *attacker, uint32_t validator);
const struct hs_validator_set *hs_attack_set(const struct hs_attacker *attacker);
/* The weight that a certificate needs, and the fewest validators that have it where all weigh the
 * same. */
uint64_t hs_attack_quorum(const struct hs_attacker *attacker);
uint32_t hs_attack_leader(const struct hs_attacker *attacker, uint64_t view);
bool hs_attack_leads(const struct hs_attacker *attacker, uint64_t view);

/* What its own node knows; NULL while it is down. */
const struct hs_core *hs_attack_core(const struct hs_attacker *attacker);
/* The view that its node is in; 0 while it is down. */
uint64_t hs_attack_view(const struct hs_attacker *attacker);

/* A validator that is not the attacker's own, if there is another. */
uint32_t hs_attack_draw_peer(struct hs_attacker *attacker);

/* The vote of a Byzantine validator. */
void hs_attack_make_vote(const struct hs_attacker *attacker, uint32_t validator,
                         struct hs_vote *vote, uint64_t view, const struct hs_block_id *block_id);
/* The own vote, to one validator. */
void hs_attack_send_vote(struct hs_attacker *attacker, uint32_t to, uint64_t view,
                         const struct hs_block_id *block_id);
/* The own vote to who aggregates it, and to who keeps it as a backup (L7). */
void hs_attack_cast_vote(struct hs_attacker *attacker, uint64_t view,
                         const struct hs_block_id *block_id);
/* Makes the header's block the own proposal of its view: `proposer` and the leader's vote. */
void hs_attack_sign_proposal(const struct hs_attacker *attacker, struct hs_message *proposal);
/* The leader's vote alone, for a proof that proves nothing (P3). */
void hs_attack_seal_proposal(const struct hs_attacker *attacker, struct hs_message *proposal);
/* A view change of the own validator, signed anew for its view and high_qc. */
void hs_attack_sign_view_change(const struct hs_attacker *attacker,
                                struct hs_view_change *view_change);

/* Acts again after a drawn while in [least_ns, most_ns]. */
void hs_attack_act_between(struct hs_attacker *attacker, uint64_t least_ns, uint64_t most_ns);

void hs_attack_send_to_all(struct hs_attacker *attacker, const struct hs_message *message);

#endif
