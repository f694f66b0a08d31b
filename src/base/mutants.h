/* One-line breakages of the rules, one switch each, all off in every product build.
 *
 * `make mutants` builds the simulator once for each of them and looks for a seed whose run a
 * checker stops: a rule whose absence nobody notices is not tested. A switch may loosen two places
 * where one alone is covered by the other; its comment says so. docs/mutants.md says what caught
 * each. A comment begins with the rule of docs/protocol.md that it breaks, or with `limits`.
 */
#ifndef HS_BASE_MUTANTS_H
#define HS_BASE_MUTANTS_H

/* -- the looser rules of section 9 ----------------------------------------------- */

/* S5: without consecutive views. */
#ifndef HS_MUTANT_GAP_COMMIT
#define HS_MUTANT_GAP_COMMIT 0
#endif
/* S3: without the maximum over the TC. */
#ifndef HS_MUTANT_LOW_JUSTIFY
#define HS_MUTANT_LOW_JUSTIFY 0
#endif
/* D1: a restart forgets lock and high_qc, in the core and in what recovery feeds it. */
#ifndef HS_MUTANT_LOST_LOCK
#define HS_MUTANT_LOST_LOCK 0
#endif
/* S6: a vote in v may follow a view change in v; the signer does not object (D6). */
#ifndef HS_MUTANT_VOTE_AFTER_TIMEOUT
#define HS_MUTANT_VOTE_AFTER_TIMEOUT 0
#endif
/* S3: replaced by a comparison with the own lock. */
#ifndef HS_MUTANT_HIDDEN_LOCK
#define HS_MUTANT_HIDDEN_LOCK 0
#endif
/* L10: turned round, high_qc moves only when its block is held. */
#ifndef HS_MUTANT_UNHELD_QC
#define HS_MUTANT_UNHELD_QC 0
#endif
/* P1: round-robin for unequal weights. */
#ifndef HS_MUTANT_LIGHT_TURNS
#define HS_MUTANT_LIGHT_TURNS 0
#endif

/* P4: an epoch ends with the certificate of its last block, not with its commit. */
#ifndef HS_MUTANT_EPOCH_OVERLAP
#define HS_MUTANT_EPOCH_OVERLAP 0
#endif
/* P4: one tail block and no more, so that a gap behind the last block is never closed. */
#ifndef HS_MUTANT_EPOCH_GAP
#define HS_MUTANT_EPOCH_GAP 0
#endif

/* -- safety ------------------------------------------------------------------------ */

/* S7: a quorum is one short. */
#ifndef HS_MUTANT_SHORT_QUORUM
#define HS_MUTANT_SHORT_QUORUM 0
#endif
/* S7: a quorum of heads, held against a sum of stakes. */
#ifndef HS_MUTANT_WEIGHTS_IGNORED
#define HS_MUTANT_WEIGHTS_IGNORED 0
#endif
/* S7: votes for two blocks of one view are counted together, and the aggregate that shows it is
 * believed (L9). */
#ifndef HS_MUTANT_VOTES_MIXED
#define HS_MUTANT_VOTES_MIXED 0
#endif
/* S7: a signer in two groups of a TC counts twice. */
#ifndef HS_MUTANT_SIGNER_TWICE
#define HS_MUTANT_SIGNER_TWICE 0
#endif
/* S7: nobody pairs the signatures of a QC. */
#ifndef HS_MUTANT_QC_UNCHECKED
#define HS_MUTANT_QC_UNCHECKED 0
#endif
/* S7: nobody pairs the signatures of a TC. */
#ifndef HS_MUTANT_TC_UNCHECKED
#define HS_MUTANT_TC_UNCHECKED 0
#endif
/* S7: a vote does not sign its view, and nobody holds a QC's view against its block's (S1). */
#ifndef HS_MUTANT_QC_VIEW_UNBOUND
#define HS_MUTANT_QC_VIEW_UNBOUND 0
#endif
/* S7: a TC's high_qc need not be the maximum over its groups. */
#ifndef HS_MUTANT_TC_LOW_QC
#define HS_MUTANT_TC_LOW_QC 0
#endif
/* S7: any certificate of view 0 is taken for the first one. */
#ifndef HS_MUTANT_VIEW_ZERO
#define HS_MUTANT_VIEW_ZERO 0
#endif
/* S1: a proposal's justify may be of another block than its parent, on arrival and in the core. */
#ifndef HS_MUTANT_PARENT_UNCHECKED
#define HS_MUTANT_PARENT_UNCHECKED 0
#endif
/* S1: a block's height is what its proposer says. */
#ifndef HS_MUTANT_HEIGHT_UNCHECKED
#define HS_MUTANT_HEIGHT_UNCHECKED 0
#endif
/* S2: a second vote in a view, and one in a view that was given up; the signer does not object. */
#ifndef HS_MUTANT_VOTE_TWICE
#define HS_MUTANT_VOTE_TWICE 0
#endif
/* S5: a block commits with its own QC. */
#ifndef HS_MUTANT_ONE_CHAIN
#define HS_MUTANT_ONE_CHAIN 0
#endif
/* D6: the signer signs whatever it is asked for. Not seen alone: the core keeps the rules. Set by
 * the switches that loosen the core. */
#ifndef HS_MUTANT_BLIND_SIGNER
#define HS_MUTANT_BLIND_SIGNER (HS_MUTANT_VOTE_AFTER_TIMEOUT || HS_MUTANT_VOTE_TWICE)
#endif

/* -- leaders ------------------------------------------------------------------------- */

/* P2: every member is drawn as often, whatever it stakes. */
#ifndef HS_MUTANT_DRAW_UNWEIGHTED
#define HS_MUTANT_DRAW_UNWEIGHTED 0
#endif
/* P3: what blocks prove is not mixed into the randomness of a later epoch. */
#ifndef HS_MUTANT_PROOFS_UNMIXED
#define HS_MUTANT_PROOFS_UNMIXED 0
#endif
/* P6: nobody notes who missed its turns. */
#ifndef HS_MUTANT_TURNS_FORGOTTEN
#define HS_MUTANT_TURNS_FORGOTTEN 0
#endif
/* P6: who is given no turns because it missed some is never given more. */
#ifndef HS_MUTANT_TURNS_UNFORGIVEN
#define HS_MUTANT_TURNS_UNFORGIVEN 0
#endif

/* -- durability ---------------------------------------------------------------------- */

/* D1: the records are written without a sync. */
#ifndef HS_MUTANT_RECORDS_UNSYNCED
#define HS_MUTANT_RECORDS_UNSYNCED 0
#endif
/* D1: the core's record is said to be durable and never written. */
#ifndef HS_MUTANT_RECORD_UNWRITTEN
#define HS_MUTANT_RECORD_UNWRITTEN 0
#endif
/* D1: the signature is asked for before the record is written. */
#ifndef HS_MUTANT_SIGN_FIRST
#define HS_MUTANT_SIGN_FIRST 0
#endif
/* D1: records go to one slot only, so a torn write leaves none. */
#ifndef HS_MUTANT_ONE_SLOT
#define HS_MUTANT_ONE_SLOT 0
#endif
/* D2: the block log is written without a sync. */
#ifndef HS_MUTANT_BLOCKS_UNSYNCED
#define HS_MUTANT_BLOCKS_UNSYNCED 0
#endif
/* D4: a restart forgets the TC. */
#ifndef HS_MUTANT_TC_FORGOTTEN
#define HS_MUTANT_TC_FORGOTTEN 0
#endif
/* D7: a commit is reported before it is durable. */
#ifndef HS_MUTANT_EARLY_REPORT
#define HS_MUTANT_EARLY_REPORT 0
#endif
/* D7: a snapshot gets its name before the commit of its block is durable. */
#ifndef HS_MUTANT_EARLY_SNAPSHOT
#define HS_MUTANT_EARLY_SNAPSHOT 0
#endif

/* -- liveness --------------------------------------------------------------------------- */

/* L1: the timer moves the view. */
#ifndef HS_MUTANT_TIMER_MOVES_VIEW
#define HS_MUTANT_TIMER_MOVES_VIEW 0
#endif
/* L3: a view change is sent once. */
#ifndef HS_MUTANT_SAID_ONCE
#define HS_MUTANT_SAID_ONCE 0
#endif
/* L13: nobody tells a peer that is behind: neither in answer, nor beside a view change (L6), nor
 * when a connection comes up (L12). */
#ifndef HS_MUTANT_LAGGARDS_LEFT
#define HS_MUTANT_LAGGARDS_LEFT 0
#endif
/* L9: an aggregate is believed unchecked, so one bad vote spoils it. */
#ifndef HS_MUTANT_AGGREGATE_UNCHECKED
#define HS_MUTANT_AGGREGATE_UNCHECKED 0
#endif
/* L10: a missing block is asked for once. */
#ifndef HS_MUTANT_ASKED_ONCE
#define HS_MUTANT_ASKED_ONCE 0
#endif
/* L10: a block that was asked for is not held against the id it was asked for by. */
#ifndef HS_MUTANT_SYNC_UNVERIFIED
#define HS_MUTANT_SYNC_UNVERIFIED 0
#endif

/* S1: a block's time may be any that is later than its parent's. */
#ifndef HS_MUTANT_TIME_UNBOUNDED
#define HS_MUTANT_TIME_UNBOUNDED 0
#endif

/* -- limits --------------------------------------------------------------------------------- */

/* limits: one peer's messages may take all the room that unchecked ones have. */
#ifndef HS_MUTANT_PEER_UNBOUNDED
#define HS_MUTANT_PEER_UNBOUNDED 0
#endif

/* -- execution ---------------------------------------------------------------------------- */

/* X1: the state root of a block is not held against the one computed. */
#ifndef HS_MUTANT_ROOT_UNCHECKED
#define HS_MUTANT_ROOT_UNCHECKED 0
#endif
/* X1: a block is voted for before it is executed. */
#ifndef HS_MUTANT_VOTE_UNEXECUTED
#define HS_MUTANT_VOTE_UNEXECUTED 0
#endif
/* X2: a transfer whose nonce is used up is valid, and a leader forgets that it was in a block. */
#ifndef HS_MUTANT_REPLAY
#define HS_MUTANT_REPLAY 0
#endif
/* F1: the product that moves the base fee has 32 bits. */
#ifndef HS_MUTANT_FEE_OVERFLOW
#define HS_MUTANT_FEE_OVERFLOW 0
#endif
/* F1: the base fee falls as far as it likes. */
#ifndef HS_MUTANT_FEE_FLOORLESS
#define HS_MUTANT_FEE_FLOORLESS 0
#endif
/* X2: the tip is paid out twice. */
#ifndef HS_MUTANT_TIP_TWICE
#define HS_MUTANT_TIP_TWICE 0
#endif
/* F2: a block may use more gas than the limit. */
#ifndef HS_MUTANT_GAS_UNLIMITED
#define HS_MUTANT_GAS_UNLIMITED 0
#endif
/* F3: a block's base fee is what its proposer says, for the node and for the ledger. */
#ifndef HS_MUTANT_BASE_FEE_UNCHECKED
#define HS_MUTANT_BASE_FEE_UNCHECKED 0
#endif
/* F4: a transaction need not offer what it burns. */
#ifndef HS_MUTANT_FEE_UNCOVERED
#define HS_MUTANT_FEE_UNCOVERED 0
#endif

/* -- ordering ------------------------------------------------------------------------------- */

/* M1: nobody counts the commitments that wait. */
#ifndef HS_MUTANT_COMMITS_UNBOUNDED
#define HS_MUTANT_COMMITS_UNBOUNDED 0
#endif
/* M1: a COMMIT locks nothing, and its reveal gets a deposit. */
#ifndef HS_MUTANT_DEPOSIT_UNPAID
#define HS_MUTANT_DEPOSIT_UNPAID 0
#endif
/* M2: a commitment binds neither its sender nor its nonce. */
#ifndef HS_MUTANT_COMMITMENT_UNBOUND
#define HS_MUTANT_COMMITMENT_UNBOUND 0
#endif
/* M2: a reveal is not held against its commitment. */
#ifndef HS_MUTANT_COMMITMENT_UNOPENED
#define HS_MUTANT_COMMITMENT_UNOPENED 0
#endif
/* M2: a commitment goes on waiting when it was revealed. */
#ifndef HS_MUTANT_REVEAL_AGAIN
#define HS_MUTANT_REVEAL_AGAIN 0
#endif
/* M2: a reveal does not get its deposit back. */
#ifndef HS_MUTANT_DEPOSIT_KEPT
#define HS_MUTANT_DEPOSIT_KEPT 0
#endif
/* M2: a reveal gets its deposit back twice. */
#ifndef HS_MUTANT_DEPOSIT_TWICE
#define HS_MUTANT_DEPOSIT_TWICE 0
#endif
/* M3: reveals may stand anywhere, in any order. */
#ifndef HS_MUTANT_ORDER_UNCHECKED
#define HS_MUTANT_ORDER_UNCHECKED 0
#endif
/* M3: reveals may stand in any order among themselves. */
#ifndef HS_MUTANT_REVEALS_UNORDERED
#define HS_MUTANT_REVEALS_UNORDERED 0
#endif
/* M4: a window is a block longer. */
#ifndef HS_MUTANT_WINDOW_LONGER
#define HS_MUTANT_WINDOW_LONGER 0
#endif
/* M4: what was not revealed waits for ever. */
#ifndef HS_MUTANT_EXPIRY_FORGOTTEN
#define HS_MUTANT_EXPIRY_FORGOTTEN 0
#endif
/* M4: what expires is not burned. */
#ifndef HS_MUTANT_EXPIRED_UNBURNED
#define HS_MUTANT_EXPIRED_UNBURNED 0
#endif

/* -- leaders, stakes, epochs ------------------------------------------------------------------ */

/* P3: a leader's proof is taken whatever it is. */
#ifndef HS_MUTANT_PROOF_UNCHECKED
#define HS_MUTANT_PROOF_UNCHECKED 0
#endif
/* P2: leaders are drawn by the weights of the epoch before. */
#ifndef HS_MUTANT_OLD_LEADERS
#define HS_MUTANT_OLD_LEADERS 0
#endif
/* P4: a node that enters an epoch keeps the set and the leader weights of the one before. */
#ifndef HS_MUTANT_OLD_SET
#define HS_MUTANT_OLD_SET 0
#endif
/* P5: certificates of an epoch are held against the keys of the one before. */
#ifndef HS_MUTANT_OLD_KEYS
#define HS_MUTANT_OLD_KEYS 0
#endif
/* P3: the randomness of an epoch is not bound to its number. */
#ifndef HS_MUTANT_RANDOMNESS_UNBOUND
#define HS_MUTANT_RANDOMNESS_UNBOUND 0
#endif
/* P4: stakes that change change no set. */
#ifndef HS_MUTANT_SET_KEPT
#define HS_MUTANT_SET_KEPT 0
#endif
/* P4: any stake is enough for a set. */
#ifndef HS_MUTANT_STAKE_TOO_SMALL
#define HS_MUTANT_STAKE_TOO_SMALL 0
#endif
/* P7: a key is registered without proof that its owner has it. */
#ifndef HS_MUTANT_POSSESSION_UNCHECKED
#define HS_MUTANT_POSSESSION_UNCHECKED 0
#endif
/* P7: what is staked is not taken out of the balance. */
#ifndef HS_MUTANT_STAKE_FROM_NOTHING
#define HS_MUTANT_STAKE_FROM_NOTHING 0
#endif
/* P7: what is taken out is paid an epoch too early. */
#ifndef HS_MUTANT_UNBONDING_EARLY
#define HS_MUTANT_UNBONDING_EARLY 0
#endif
/* P8: evidence is taken whoever signed it. */
#ifndef HS_MUTANT_EVIDENCE_UNCHECKED
#define HS_MUTANT_EVIDENCE_UNCHECKED 0
#endif
/* P8: evidence counts however old it is. */
#ifndef HS_MUTANT_EVIDENCE_STALE
#define HS_MUTANT_EVIDENCE_STALE 0
#endif
/* P8: a punishment leaves alone what waits to be paid out. */
#ifndef HS_MUTANT_UNBONDING_SPARED
#define HS_MUTANT_UNBONDING_SPARED 0
#endif
/* P8: one is punished again for an epoch that it was punished for. */
#ifndef HS_MUTANT_PUNISHED_AGAIN
#define HS_MUTANT_PUNISHED_AGAIN 0
#endif
/* P8: a punishment burns nothing. */
#ifndef HS_MUTANT_SLASH_FORGOTTEN
#define HS_MUTANT_SLASH_FORGOTTEN 0
#endif
/* P8: who is jailed stays in the sets. */
#ifndef HS_MUTANT_JAILED_SERVES
#define HS_MUTANT_JAILED_SERVES 0
#endif
/* P8: anybody is let out of jail at once. */
#ifndef HS_MUTANT_JAIL_OPEN
#define HS_MUTANT_JAIL_OPEN 0
#endif

#endif
