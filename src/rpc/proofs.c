#include "rpc/proofs.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "ledger/state_proof_codec.h"
#include "node/proof_serving.h"
#include "runtime/validator.h"

static const char EPOCHS[] = "epochs/";
static const char ACCOUNTS[] = "accounts/";

bool hs_rpc_proof_find(struct hs_rpc_proof_question *question, const char *rest)
{
    if (strncmp(rest, EPOCHS, strlen(EPOCHS)) == 0) {
        question->kind = HS_RPC_PROOF_EPOCH;
        return hs_decimal_read(&question->epoch, rest + strlen(EPOCHS));
    }
    question->kind = HS_RPC_PROOF_ACCOUNT;
    return strncmp(rest, ACCOUNTS, strlen(ACCOUNTS)) == 0 &&
           hs_hex_read(question->address.bytes, HS_ADDRESS_BYTES, rest + strlen(ACCOUNTS));
}

bool hs_rpc_proof_parameter(struct hs_rpc_proof_question *question, const char *name,
                            const char *value)
{
    if (question->kind != HS_RPC_PROOF_HEADERS) {
        return true;
    }
    if (strcmp(name, "from") == 0) {
        return hs_decimal_read(&question->from, value);
    }
    return strcmp(name, "count") != 0 ||
           (hs_decimal_read(&question->count, value) && question->count >= 1 &&
            question->count <= HS_PROVED_BLOCKS_MAX);
}

/* Of the committed state, whose commit may not be durable yet. */
static enum hs_status answer_account(const struct hs_address *address,
                                     struct hs_running_validator *validator, uint8_t bytes[],
                                     size_t *size, uint64_t *height)
{
    const struct hs_ledger *ledger = hs_validator_ledger(validator);
    if (ledger == NULL) {
        return HS_NOT_FOUND;
    }
    struct hs_node_status status;
    struct hs_ledger_proof *proof = malloc(sizeof *proof);
    if (proof == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    hs_node_status(hs_validator_node(validator), &status);
    *height = status.core.committed_height;
    hs_ledger_prove_account(ledger, proof, address);
    struct hs_writer writer = hs_writer_over(bytes, sizeof *height);
    hs_write_u64(&writer, *height);
    *size = writer.offset + hs_state_proof_encode(bytes + writer.offset, proof);
    free(proof);
    return HS_OK;
}

enum hs_status hs_rpc_proof_answer(const struct hs_rpc_proof_question *question,
                                   struct hs_running_validator *validator, uint8_t **bytes,
                                   size_t *size, uint64_t *height)
{
    _Static_assert(sizeof(uint64_t) + HS_STATE_PROOF_BYTES_MAX <= HS_PROOF_BYTES_MAX,
                   "the largest proof of an account has room");
    struct hs_node *node = hs_validator_node(validator);
    enum hs_status status = HS_INVALID_ARGUMENT;
    *height = 0;
    *size = 0;
    *bytes = malloc(HS_PROOF_BYTES_MAX);
    if (*bytes == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    switch (question->kind) {
    case HS_RPC_PROOF_HEADERS:
        if (question->count >= 1 && question->count <= HS_PROVED_BLOCKS_MAX) {
            status = hs_node_prove_blocks(node, question->from, (uint32_t)question->count, *bytes,
                                          size, HS_PROOF_BYTES_MAX);
        }
        break;
    case HS_RPC_PROOF_EPOCH:
        status = hs_node_prove_epoch(node, question->epoch, *bytes, size, HS_PROOF_BYTES_MAX);
        break;
    case HS_RPC_PROOF_ACCOUNT:
        status = answer_account(&question->address, validator, *bytes, size, height);
        break;
    }
    uint8_t *fitting = realloc(*bytes, *size + 1);
    *bytes = fitting != NULL ? fitting : *bytes;
    return status;
}
