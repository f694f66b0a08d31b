#include "runtime/genesis_origin.h"

#include <string.h>

#include "runtime/reserve.h"

static enum hs_status read_epoch(struct hs_epoch *epoch, const struct hs_application *application,
                                 struct hs_state state, const struct hs_genesis *genesis)
{
    if (application->epoch != NULL) {
        return application->epoch(application->context, state, 0, epoch);
    }
    *epoch = (struct hs_epoch){
        .first_height = 1, .last_height = UINT64_MAX, .validators = genesis->validators};
    memcpy(epoch->randomness, genesis->randomness, sizeof epoch->randomness);
    for (uint32_t i = 0; i < epoch->validators.count; i++) {
        epoch->leader_weights[i] = epoch->validators.validators[i].weight;
    }
    return HS_OK;
}

enum hs_status hs_genesis_origin_make(struct hs_genesis_origin *origin,
                                      const struct hs_genesis *genesis)
{
    struct hs_genesis_validator validators[HS_VALIDATORS_MAX];
    struct hs_ledger_config config;
    hs_genesis_ledger_config(&config, validators, genesis);
    config.accounts_max = (uint32_t)genesis->account_count + 1;
    config.states_max = 2;
    config.overlay_accounts_max = 1;
    config.overlay_records_max = 1;
    const size_t size = hs_ledger_footprint(&config);
    void *memory = size > 0 ? hs_reserve_memory(size) : NULL;
    if (memory == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    struct hs_ledger *ledger;
    enum hs_status status = hs_ledger_new(&ledger, memory, &config);
    if (status == HS_OK) {
        struct hs_application application;
        struct hs_state_root root;
        hs_ledger_application(ledger, &application);
        const struct hs_state state = application.committed(application.context, &root);
        hs_genesis_block(&origin->block, genesis, &root);
        status = read_epoch(&origin->epoch, &application, state, genesis);
    }
    hs_release_memory(memory, size);
    return status;
}
