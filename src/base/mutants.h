/* Rules that a test may loosen, one switch each, all off in every product build.
 *
 * Each names one breakage of the protocol (protocol section 9). A build that sets one,
 * -DHS_MUTANT_GAP_COMMIT=1, must be caught by the test or the checker made for it: a
 * rule whose absence nobody notices is not tested.
 */
#ifndef HS_BASE_MUTANTS_H
#define HS_BASE_MUTANTS_H

/* S5 without consecutive views. */
#ifndef HS_MUTANT_GAP_COMMIT
#define HS_MUTANT_GAP_COMMIT 0
#endif
/* S3 without the maximum over the TC. */
#ifndef HS_MUTANT_LOW_JUSTIFY
#define HS_MUTANT_LOW_JUSTIFY 0
#endif
/* D1 without lock and high_qc: a restart forgets them. */
#ifndef HS_MUTANT_LOST_LOCK
#define HS_MUTANT_LOST_LOCK 0
#endif
/* S6 without "no vote in v follows a view change in v". */
#ifndef HS_MUTANT_VOTE_AFTER_TIMEOUT
#define HS_MUTANT_VOTE_AFTER_TIMEOUT 0
#endif
/* S3 replaced by a comparison with the own lock. */
#ifndef HS_MUTANT_HIDDEN_LOCK
#define HS_MUTANT_HIDDEN_LOCK 0
#endif
/* L10 turned round: high_qc moves only when its block is held. */
#ifndef HS_MUTANT_UNHELD_QC
#define HS_MUTANT_UNHELD_QC 0
#endif
/* P1 for unequal weights. */
#ifndef HS_MUTANT_LIGHT_TURNS
#define HS_MUTANT_LIGHT_TURNS 0
#endif

#endif
