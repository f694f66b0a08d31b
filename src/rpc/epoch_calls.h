/* Calls about epochs and validators: who votes, who is registered and until when, and who voted
 * twice (P4, P7, P8).
 *
 * Where there are epochs the committed state says it, else the node's one epoch. Operators and
 * registered validators are the ledger's. All on the loop thread; the outcome is
 * in the call, in which there is room for the answer.
 */
#ifndef HS_RPC_EPOCH_CALLS_H
#define HS_RPC_EPOCH_CALLS_H

#include "rpc/call.h"

/* HS_RPC_EPOCH: the epoch that the next block is of, and the one after it. */
void hs_rpc_answer_epoch(struct hs_rpc_call *call, struct hs_running_validator *validator);

/* HS_RPC_VALIDATORS: the set of that epoch, or of another. HS_NOT_FOUND: it is not fixed yet, or no
 * longer known. */
void hs_rpc_answer_validators(struct hs_rpc_call *call, struct hs_running_validator *validator);

/* HS_RPC_OPERATOR and HS_RPC_REGISTERED. HS_NOT_FOUND: nobody registers on this chain, or the
 * account operates no validator. */
void hs_rpc_answer_registered(struct hs_rpc_call *call, struct hs_running_validator *validator);

/* HS_RPC_EVIDENCE: what the node found since its start, the latest last. */
void hs_rpc_answer_evidence(struct hs_rpc_call *call, struct hs_running_validator *validator);

#endif
