/* Proofs over HTTP, for clients that trust no node (light/light.h). Binary answers:
 *
 *     GET /v1/headers?from=H&count=N    a commit proof whose lowest header is of height H and which
 *                                       commits N blocks from there (1 unless said), or fewer, or
 *                                       more where the views above them have gaps;
 *                                       ?wait=MS: until H is committed
 *     GET /v1/proofs/epochs/E           the step into epoch E
 *     GET /v1/proofs/accounts/A         height u64, and the proof of A's leaf, or that there is none,
 *                                       in the state after that height
 *
 * All of it is of durable commits (D7). What a request can cost is bounded by HS_PROVED_BLOCKS_MAX
 * and HS_PROOF_BYTES_MAX.
 */
#ifndef HS_RPC_PROOFS_H
#define HS_RPC_PROOFS_H

#include <hotstuff/types.h>
#include <hotstuff/validator.h>

enum hs_rpc_proof_kind {
    HS_RPC_PROOF_HEADERS,
    HS_RPC_PROOF_EPOCH,
    HS_RPC_PROOF_ACCOUNT,
};

struct hs_rpc_proof_question {
    enum hs_rpc_proof_kind kind;
    uint64_t from; /* headers */
    uint64_t count;
    uint64_t epoch;
    struct hs_address address;
};

/* "/v1/proofs/" was read before `rest`. False: it names nothing. */
bool hs_rpc_proof_find(struct hs_rpc_proof_question *question, const char *rest);

/* A parameter of the query string. False: its value is none. What is not known is passed over. */
bool hs_rpc_proof_parameter(struct hs_rpc_proof_question *question, const char *name,
                            const char *value);

/* Answers on the loop thread: *bytes, for free(), and *size. *height: the highest block that the
 * answer shows effects of, which may not be durable yet. HS_NOT_FOUND; HS_INVALID_ARGUMENT: no such
 * count; HS_NOT_READY, HS_OUT_OF_MEMORY and what proof_serving.h says. */
HS_MUST_CHECK enum hs_status hs_rpc_proof_answer(const struct hs_rpc_proof_question *question,
                                                 struct hs_running_validator *validator,
                                                 uint8_t **bytes, size_t *size, uint64_t *height);

#endif
