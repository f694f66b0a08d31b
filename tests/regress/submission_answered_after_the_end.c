/* A validator that ended while transactions were being checked told what came of them only when it
 * was closed. The RPC server is gone by then: the answer was written into freed memory, and a
 * process that should have ended with code 3 (D3) was aborted by libmicrohttpd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/home.h"
#include "runtime/validator.h"
#include "wire/transaction.h"

/* More than are checked at a time. */
#define TRANSACTIONS 1000u

static char top[64];
static char folder[128];
static char home_path[HS_HOME_PATH_CHARACTERS];
static uint8_t transfers[TRANSACTIONS][HS_TRANSACTION_TRANSFER_BYTES];
static uint32_t told;
static uint32_t refused;

static void count_outcomes(void *context, const enum hs_status outcomes[],
                           const struct hs_transaction_id ids[], size_t count)
{
    (void)context;
    (void)ids;
    for (size_t i = 0; i < count; i++) {
        told++;
        refused += outcomes[i] == HS_NOT_READY ? 1u : 0u;
    }
}

static void sign_transfers(const struct hs_running_validator *validator)
{
    char path[HS_HOME_PATH_CHARACTERS];
    struct hs_account_key key;
    struct hs_key_error error;
    assert_true(hs_homes_account_path(path, folder, 0));
    assert_int_equal(hs_account_key_load(&key, path, &error), HS_OK);
    for (uint32_t i = 0; i < TRANSACTIONS; i++) {
        struct hs_transaction transaction = {
            .type = HS_TRANSACTION_TRANSFER,
            .chain_id = hs_validator_genesis(validator)->chain_id,
            .nonce = i,
            .transfer = {.recipient = {{7}}, .amount = {5}},
            .max_fee = {10},
        };
        hs_transaction_sign(&transaction, &key.secret_key);
        hs_transaction_encode(transfers[i], sizeof transfers[i], &transaction);
    }
}

static void all_that_was_submitted_is_answered_before_the_run_ends(void **state)
{
    (void)state;
    const struct hs_validator_options options = {.home = home_path};
    struct hs_running_validator *validator;
    struct hs_validator_error error;
    struct hs_bytes batch[TRANSACTIONS];
    assert_int_equal(hs_validator_open(&validator, &options, &error), HS_OK);
    sign_transfers(validator);
    for (uint32_t i = 0; i < TRANSACTIONS; i++) {
        batch[i] = (struct hs_bytes){transfers[i], sizeof transfers[i]};
    }
    hs_validator_stop(validator);
    assert_int_equal(hs_validator_submit(validator, batch, TRANSACTIONS, count_outcomes, NULL),
                     HS_OK);
    assert_int_equal(hs_validator_run(validator, &error), HS_OK);
    assert_int_equal(told, TRANSACTIONS);
    assert_true(refused > 0);
    hs_validator_close(validator);
    assert_int_equal(told, TRANSACTIONS);
}

/* Port 0: the system chooses one. */
static int write_home(void **state)
{
    (void)state;
    static struct hs_homes_plan plan;
    struct hs_chain_id chain_id;
    struct hs_home_error error;
    snprintf(top, sizeof top, "/tmp/hs-submission-XXXXXX");
    if (hs_crypto_start() != HS_OK || mkdtemp(top) == NULL) {
        return -1;
    }
    snprintf(folder, sizeof folder, "%s/net", top);
    if (!hs_homes_plan_default(&plan, folder, 1, HS_BASE_PORT_DEFAULT)) {
        return -1;
    }
    plan.account_count = 1;
    plan.p2p_ports[0] = 0;
    snprintf(plan.config.log_levels, sizeof plan.config.log_levels, "error");
    if (hs_homes_write(&plan, &chain_id, &error) != HS_OK) {
        return -1;
    }
    return hs_homes_validator_path(home_path, folder, 0) ? 0 : -1;
}

static int remove_home(void **state)
{
    (void)state;
    struct hs_home_error error;
    bool removed = hs_homes_remove(folder, &error) == HS_OK;
    return removed && rmdir(folder) == 0 && rmdir(top) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_that_was_submitted_is_answered_before_the_run_ends,
                                        write_home, remove_home),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
