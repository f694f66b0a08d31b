/* Writing one home, whoever it is for: a validator of a new chain (homes_write.c), or one that joins a
 * chain (home_new.c).
 *
 * The folder's files, with the first safety records (D5), and `chain` last: a home without it was not
 * finished.
 */
#ifndef HS_RUNTIME_HOME_WRITE_H
#define HS_RUNTIME_HOME_WRITE_H

#include "runtime/home.h"

/* Not owned. */
struct hs_home_contents {
    const struct hs_config *config;
    const struct hs_validator_key *key;
    const struct hs_account_key *operator_key;
    struct hs_bytes document; /* genesis.json */
    const struct hs_chain_id *chain_id;
    const struct hs_block_id *genesis_block_id;
    uint32_t validator_count; /* of genesis */
};

/* Makes the folder where there is none, and all files. HS_DUPLICATE when one is there. */
HS_MUST_CHECK enum hs_status hs_home_write(const char *path,
                                           const struct hs_home_contents *contents,
                                           struct hs_home_error *error);

/* Block 0 over the built-in ledger's first state, which the first safety record's certificate names. */
HS_MUST_CHECK enum hs_status hs_home_genesis_block(struct hs_block *block,
                                                   const struct hs_genesis *genesis,
                                                   struct hs_home_error *error);

#endif
