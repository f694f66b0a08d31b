/* A state restored from any bytes, as they stand in a snapshot: they are refused and the ledger is
 * what it was, or the state holds all of the supply and is written as the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "ledger/ledger.h"

#define ACCOUNTS          3u
#define ACCOUNTS_MAX      24u
#define BALANCE           1000u
#define SNAPSHOT_CAPACITY 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

struct source {
    struct hs_bytes left;
};

struct sink {
    size_t size;
    uint8_t bytes[SNAPSHOT_CAPACITY];
};

static enum hs_status read_source(void *context, uint8_t *data, size_t size)
{
    struct source *source = context;
    if (size > source->left.size) {
        return HS_CORRUPT;
    }
    if (size > 0) {
        memcpy(data, source->left.data, size);
    }
    source->left.data += size;
    source->left.size -= size;
    return HS_OK;
}

static enum hs_status write_sink(void *context, const uint8_t *data, size_t size)
{
    struct sink *sink = context;
    HS_ASSERT(size <= sizeof sink->bytes - sink->size);
    memcpy(sink->bytes + sink->size, data, size);
    sink->size += size;
    return HS_OK;
}

static struct hs_ledger *new_ledger(void **memory)
{
    struct hs_genesis_account accounts[ACCOUNTS];
    for (uint8_t i = 0; i < ACCOUNTS; i++) {
        accounts[i] = (struct hs_genesis_account){.balance = {BALANCE}};
        accounts[i].address.bytes[0] = i;
    }
    struct hs_ledger_config config = {
        .accounts = accounts,
        .account_count = ACCOUNTS,
        .accounts_max = ACCOUNTS_MAX,
        .states_max = 2,
        .overlay_accounts_max = 8,
        .overlay_records_max = 8,
    };
    hs_ledger_parameters_default(&config.parameters);
    config.parameters.commits.total_max = config.parameters.commits.per_sender_max;
    struct hs_ledger *ledger;
    *memory = calloc(1, hs_ledger_footprint(&config));
    if (*memory == NULL || hs_ledger_new(&ledger, *memory, &config) != HS_OK) {
        abort();
    }
    return ledger;
}

static void check_supply(const struct hs_ledger *ledger, struct hs_state state)
{
    struct hs_amount supply;
    enum hs_status status = hs_ledger_supply(ledger, &supply, state);
    HS_ASSERT(status == HS_OK && supply.units == ACCOUNTS * BALANCE);
    HS_ASSERT(hs_ledger_account_count(ledger) <= ACCOUNTS_MAX);
}

static void write_again(const struct hs_application *application, struct hs_bytes taken)
{
    static struct sink written;
    written.size = 0;
    struct hs_sink sink = {.context = &written, .write = write_sink};
    application->snapshot_pin(application->context);
    enum hs_status status = application->snapshot_write(application->context, &sink);
    application->snapshot_unpin(application->context);
    HS_ASSERT(status == HS_OK && written.size == taken.size &&
              memcmp(written.bytes, taken.data, taken.size) == 0);
}

/* Also a ledger that refused goes on. Once the base fee is at its least nothing changes any more. */
static void execute_empty_block(const struct hs_application *application)
{
    struct hs_state_root before;
    struct hs_state_root after;
    struct hs_state state;
    struct hs_state parent = application->committed(application->context, &before);
    struct hs_block_context block = {
        .height = 1,
        .base_fee = application->base_fee(application->context, parent),
    };
    enum hs_status status =
        application->execute(application->context, parent, &block, NULL, 0, NULL, &state, &after);
    struct hs_ledger_parameters parameters;
    hs_ledger_parameters_default(&parameters);
    bool falls = block.base_fee.units > parameters.fees.base_fee_min.units;
    HS_ASSERT(status == HS_OK && (memcmp(&before, &after, sizeof before) != 0) == falls);
    application->commit(application->context, state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    /* Making one costs more than a restoration that fails and, as is checked, leaves no trace. */
    static void *memory;
    static struct hs_ledger *ledger;
    if (memory == NULL) {
        ledger = new_ledger(&memory);
    }
    struct hs_application application;
    hs_ledger_application(ledger, &application);
    struct hs_state_root before;
    struct hs_state_root after;
    application.committed(ledger, &before);
    struct source source = {{data, data_size}};
    struct hs_source from = {.context = &source, .read = read_source};
    enum hs_status status = application.restore(ledger, &from);
    struct hs_state state = application.committed(ledger, &after);
    check_supply(ledger, state);
    if (status == HS_OK) {
        write_again(&application, (struct hs_bytes){data, data_size - source.left.size});
        execute_empty_block(&application);
        free(memory);
        memory = NULL;
    } else {
        HS_ASSERT(status == HS_CORRUPT || status == HS_FULL);
        HS_ASSERT(memcmp(&before, &after, sizeof before) == 0);
        execute_empty_block(&application);
    }
    return 0;
}
