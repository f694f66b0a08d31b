/* What a client sends: a JSON-RPC body, and the same bytes as a method and a path. Whatever is
 * read is written again; an answer is always JSON, and there is one for each request that has
 * an id. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "rpc/json_rpc.h"
#include "rpc/rest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

static void read_body(const uint8_t *data, size_t data_size)
{
    static const struct hs_genesis genesis;
    struct hs_json_rpc_request request;
    if (hs_json_rpc_parse(&request, (struct hs_bytes){.data = data, .size = data_size}) != HS_OK) {
        return;
    }
    size_t answers_due = 0;
    for (size_t i = 0; i < request.count; i++) {
        answers_due += request.entries[i].id != NULL ? 1u : 0u;
        if (hs_rpc_call_prepare(&request.entries[i].call) != HS_OK) {
            abort();
        }
    }
    char *text = hs_json_rpc_write(&request, &genesis);
    HS_ASSERT(text != NULL);
    json_t *answer = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    HS_ASSERT((answer == NULL) == (answers_due == 0));
    HS_ASSERT(!request.is_batch || answers_due == 0 || json_array_size(answer) == answers_due);
    json_decref(answer);
    free(text);
    hs_json_rpc_release(&request);
}

static void read_path(const uint8_t *data, size_t data_size)
{
    struct hs_rpc_call call;
    char *path = malloc(data_size + 1);
    if (path == NULL) {
        return;
    }
    memcpy(path, data, data_size);
    path[data_size] = '\0';
    (void)hs_rpc_route_find(&call, "GET", path);
    (void)hs_rpc_route_find(&call, "POST", path);
    free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    read_body(data, data_size);
    read_path(data, data_size);
    return 0;
}
