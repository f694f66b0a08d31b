#include "cli/load_accounts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "cli/exit_codes.h"
#include "rpc/json_values.h"
#include "runtime/home.h"

#define CALLS_AT_ONCE 50u

bool hs_load_accounts_open(struct hs_load_accounts *accounts, const char *folder, uint32_t count,
                           char *error, size_t error_size)
{
    struct hs_account_seed seed;
    struct hs_home_error home_error;
    *accounts = (struct hs_load_accounts){.count = count};
    if (hs_account_seed_load(&seed, folder, &home_error) != HS_OK) {
        snprintf(error, error_size, "%s", home_error.text);
        return false;
    }
    accounts->keys = calloc(count, sizeof accounts->keys[0]);
    accounts->nonces = calloc(count, sizeof accounts->nonces[0]);
    bool made = accounts->keys != NULL && accounts->nonces != NULL;
    for (uint32_t i = 0; made && i < count; i++) {
        made = hs_derived_account(&accounts->keys[i], &seed, i) == HS_OK;
    }
    hs_wipe(&seed, sizeof seed);
    if (!made) {
        hs_load_accounts_close(accounts);
        snprintf(error, error_size, "out of memory");
    }
    return made;
}

void hs_load_accounts_close(struct hs_load_accounts *accounts)
{
    if (accounts->keys != NULL) {
        hs_wipe(accounts->keys, accounts->count * sizeof accounts->keys[0]);
    }
    free(accounts->keys);
    free(accounts->nonces);
    *accounts = (struct hs_load_accounts){0};
}

static char *calls_for(const struct hs_load_accounts *accounts, uint32_t first, uint32_t step,
                       uint32_t count)
{
    json_t *calls = json_array();
    for (uint32_t i = 0; i < count; i++) {
        const struct hs_address *address = &accounts->keys[first + i * step].address;
        json_array_append_new(calls,
                              json_pack("{s:s, s:i, s:s, s:{s:o}}", "jsonrpc", "2.0", "id", (int)i,
                                        "method", "account", "params", "address",
                                        hs_rpc_json_hex(address->bytes, sizeof address->bytes)));
    }
    char *body = json_dumps(calls, JSON_COMPACT);
    json_decref(calls);
    return body;
}

int hs_load_accounts_ask_nonces(const struct hs_load_accounts *accounts, struct hs_client *client,
                                uint32_t first, uint32_t step, uint64_t nonces[])
{
    uint32_t asked = 0;
    while (first < accounts->count) {
        uint32_t left = (accounts->count - first + step - 1) / step;
        uint32_t count = left < CALLS_AT_ONCE ? left : CALLS_AT_ONCE;
        char *body = calls_for(accounts, first, step, count);
        json_t *answers = NULL;
        int exit_code = body != NULL ? hs_client_post(client, body, HS_CLIENT_TIMEOUT_MS, &answers)
                                     : HS_EXIT_INTERNAL;
        free(body);
        if (exit_code != HS_EXIT_OK) {
            return exit_code;
        }
        for (uint32_t i = 0; i < count; i++) {
            const json_t *account = json_object_get(json_array_get(answers, i), "result");
            nonces[asked++] = (uint64_t)hs_client_number(account, "next_nonce");
        }
        json_decref(answers);
        first += count * step;
    }
    return HS_EXIT_OK;
}
