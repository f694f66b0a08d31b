/* The accounts that a load sends from: those of a folder's derived.seed.
 */
#ifndef HS_CLI_LOAD_ACCOUNTS_H
#define HS_CLI_LOAD_ACCOUNTS_H

#include "cli/client.h"
#include "crypto/keys.h"

struct hs_load_accounts {
    struct hs_account_key *keys; /* owned; wiped at the end */
    uint64_t *nonces;
    uint32_t count;
};

/* False, and what to do in `error`. */
bool hs_load_accounts_open(struct hs_load_accounts *accounts, const char *folder, uint32_t count,
                           char *error, size_t error_size);
void hs_load_accounts_close(struct hs_load_accounts *accounts);

/* Asks for the next nonce of every `step`-th account from `first` on, into nonces[0 ..]. The exit
 * code, and the client's error. */
int hs_load_accounts_ask_nonces(const struct hs_load_accounts *accounts, struct hs_client *client,
                                uint32_t first, uint32_t step, uint64_t nonces[]);

#endif
