/* hs_evidence: two votes of one validator in one view, and what they cost it (P8).
 *
 * An evidence is valid when its key was a validator's in its epoch, that epoch is not over for
 * longer than evidence_epochs, and the validator was not punished for it yet. The two signatures
 * were checked before (hs_evidence_verify). It burns slash_per_mille of the validator's stake and
 * of all it has unbonding, and jails it: it is in no set from the epoch after the next on, until
 * jail_epochs are over and it asks (UNJAIL).
 *
 * One punishment is for one epoch, however often the key signed twice in it: who shows three blocks of
 * one view does not cost the liar thrice, and nobody can hold back a hundred pairs.
 *
 * Whoever reports pays the fee and is given nothing. A reward would be worth staging: with a part of
 * what is slashed, a validator that is to be caught anyway reports itself and saves that part.
 *
 * Why no honest validator is ever slashed. Two votes of one key for different blocks in one (epoch,
 * view) are what S2 forbids, and a vote is signed only after the record that forbids the second one is
 * durable (D1), after which a restart sends the same bytes again (D4). A record that is lost or older
 * than what was signed signs nothing (D5). The signer refuses the second one from a record of its own,
 * whatever the core asks (D6). What is left is a key that signs in two places: each has records, and
 * neither knows of the other. That is the operator's doing, and it is what the punishment is for. Votes
 * of another chain or epoch are other statements and no evidence; view changes are none, since the
 * repeat of one may differ (S6); a key that is shown was proved to be held by who registered it, so
 * nobody can make another's.
 */
#ifndef HS_LEDGER_EVIDENCE_H
#define HS_LEDGER_EVIDENCE_H

#include "ledger/staking.h"

/* Are both votes signed by the key? Any thread; two pairings. */
bool hs_evidence_verify(const struct hs_double_vote *evidence, const struct hs_chain_id *chain_id);

/* X2: HS_OK; HS_NOT_A_VALIDATOR: the key was nobody's in that epoch; HS_INVALID_ARGUMENT: an epoch that
 * has not begun; HS_STALE: one that is over for too long; HS_PUNISHED. */
HS_MUST_CHECK enum hs_status hs_evidence_check(const struct hs_staking *staking,
                                               const struct hs_double_vote *evidence);

/* Punishes, after the check. Returns what is burned. */
struct hs_amount hs_evidence_apply(const struct hs_staking *staking,
                                   const struct hs_double_vote *evidence);

#endif
