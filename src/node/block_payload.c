/* Payloads: whether one is what its block's header says, and of which transactions. See
 * node_internal.h. Any thread. */
#include <stdlib.h>
#include <string.h>

#include "node/node_internal.h"
#include "wire/payload.h"

/* Fills `transactions` with what the application says of each; any thread. */
static enum hs_status inspect_all(const struct hs_application *application,
                                  const struct hs_bytes split[], size_t count,
                                  struct hs_transaction_summary transactions[],
                                  struct hs_transaction_id ids[])
{
    for (size_t i = 0; i < count; i++) {
        enum hs_status status =
            application->inspect(application->context, split[i], &transactions[i]);
        if (status != HS_OK) {
            return HS_BAD_BLOCK;
        }
        ids[i] = transactions[i].id;
    }
    return HS_OK;
}

static enum hs_status check_split(const struct hs_application *application,
                                  const struct hs_block_header *header, struct hs_bytes payload,
                                  struct hs_bytes split[], struct hs_transaction_id ids[],
                                  struct hs_transaction_summary transactions[])
{
    size_t count = 0;
    if (hs_payload_split(split, &count, header->transaction_count, payload) != HS_OK ||
        count != header->transaction_count) {
        return HS_BAD_BLOCK;
    }
    enum hs_status status = inspect_all(application, split, count, transactions, ids);
    if (status != HS_OK) {
        return status;
    }
    struct hs_payload_root root;
    hs_payload_root_of(&root, ids, count);
    return memcmp(&root, &header->payload_root, sizeof(root)) == 0 ? HS_OK : HS_BAD_BLOCK;
}

enum hs_status hs_chain_check_payload(const struct hs_application *application,
                                      const struct hs_block_header *header, struct hs_bytes payload,
                                      struct hs_transaction_summary **transactions)
{
    *transactions = NULL;
    size_t count = header->transaction_count;
    if (payload.size != header->payload_bytes || count > HS_BLOCK_TRANSACTIONS_MAX ||
        count > payload.size) {
        return HS_BAD_BLOCK;
    }
    /* At least one of each, so that an empty block needs no case of its own. */
    struct hs_bytes *split = calloc(count + 1, sizeof(split[0]));
    struct hs_transaction_id *ids = calloc(count + 1, sizeof(ids[0]));
    *transactions = calloc(count + 1, sizeof((*transactions)[0]));
    enum hs_status status = HS_OUT_OF_MEMORY;
    if (split != NULL && ids != NULL && *transactions != NULL) {
        status = check_split(application, header, payload, split, ids, *transactions);
    }
    free(split);
    free(ids);
    if (status != HS_OK) {
        free(*transactions);
        *transactions = NULL;
    }
    return status;
}
