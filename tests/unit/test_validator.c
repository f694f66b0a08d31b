/* A running validator, by its public interface: a chain of one in a folder of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/home.h"
#include "runtime/validator.h"
#include "wire/transaction.h"

static char top[64];
static char folder[128];
static char home_path[HS_HOME_PATH_CHARACTERS];
static struct hs_running_validator *validator;
static struct hs_validator_error error;

static void open_validator(hs_make_application *make_application)
{
    const struct hs_validator_options options = {
        .home = home_path,
        .make_application = make_application,
    };
    enum hs_status status = hs_validator_open(&validator, &options, &error);
    if (status != HS_OK) {
        print_error("%s\n", error.text);
    }
    assert_int_equal(status, HS_OK);
}

static void stop_query(struct hs_query *query, struct hs_running_validator *running)
{
    (void)query;
    hs_validator_stop(running);
}

/* -- queries ------------------------------------------------------------------------- */

struct numbered {
    struct hs_query query;
    uint32_t number;
};

static uint32_t answered;

static void count_query(struct hs_query *query, struct hs_running_validator *running)
{
    const struct numbered *numbered = (const struct numbered *)query;
    assert_ptr_equal(running, validator);
    assert_int_equal(numbered->number, answered);
    answered++;
}

static void queries_are_run_in_order_up_to_the_limit(void **state)
{
    (void)state;
    static struct numbered queries[HS_VALIDATOR_QUERIES_MAX];
    struct hs_query stop = {.run = stop_query};
    answered = 0;
    open_validator(NULL);
    for (uint32_t i = 0; i < HS_VALIDATOR_QUERIES_MAX; i++) {
        queries[i] = (struct numbered){{.run = count_query}, i};
        if (i + 1 == HS_VALIDATOR_QUERIES_MAX) {
            queries[i].query.run = stop_query;
        }
        assert_int_equal(hs_validator_post(validator, &queries[i].query), HS_OK);
    }
    assert_int_equal(hs_validator_post(validator, &stop), HS_FULL);
    assert_int_equal(hs_validator_run(validator, &error), HS_OK);
    assert_int_equal(answered, HS_VALIDATOR_QUERIES_MAX - 1);
    assert_int_equal(hs_validator_post(validator, &stop), HS_NOT_READY);
    hs_validator_close(validator);
}

static void what_was_posted_before_a_stop_is_answered(void **state)
{
    (void)state;
    struct numbered query = {{.run = count_query}, 0};
    answered = 0;
    open_validator(NULL);
    hs_validator_stop(validator);
    assert_int_equal(hs_validator_post(validator, &query.query), HS_OK);
    assert_int_equal(hs_validator_run(validator, &error), HS_OK);
    assert_int_equal(answered, 1);
    hs_validator_close(validator);
}

/* -- blocks and transactions -------------------------------------------------------------- */

static uint64_t commits;
static uint64_t transactions_committed;

static void stop_at_the_first_transaction(void *context, const struct hs_block *block,
                                          const struct hs_transaction_id ids[], size_t count)
{
    (void)context;
    (void)ids;
    commits++;
    assert_int_equal(block->header.height, commits);
    transactions_committed += count;
    if (transactions_committed > 0) {
        hs_validator_stop(validator);
    }
}

static void expect_accepted(void *context, const enum hs_status outcomes[],
                            const struct hs_transaction_id ids[], size_t count)
{
    (void)context;
    (void)ids;
    assert_int_equal(count, 1);
    assert_int_equal(outcomes[0], HS_OK);
}

static void sign_transfer(uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES])
{
    char path[HS_HOME_PATH_CHARACTERS];
    struct hs_account_key key;
    struct hs_key_error key_error;
    assert_true(hs_homes_account_path(path, folder, 0));
    assert_int_equal(hs_account_key_load(&key, path, &key_error), HS_OK);
    struct hs_transaction transaction = {
        .type = HS_TRANSACTION_TRANSFER,
        .chain_id = hs_validator_genesis(validator)->chain_id,
        .transfer = {.recipient = {{7}}, .amount = {5}},
        .max_fee = {10},
    };
    hs_transaction_sign(&transaction, &key.secret_key);
    hs_transaction_encode(bytes, HS_TRANSACTION_TRANSFER_BYTES, &transaction);
}

static void a_submitted_transaction_is_reported_committed(void **state)
{
    (void)state;
    uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
    const struct hs_bytes transaction = {bytes, sizeof bytes};
    struct hs_validator_status status;
    struct hs_account account;
    commits = 0;
    transactions_committed = 0;
    open_validator(NULL);
    sign_transfer(bytes);
    hs_validator_on_committed(validator, stop_at_the_first_transaction, NULL);
    assert_int_equal(hs_validator_submit(validator, &transaction, 1, expect_accepted, NULL), HS_OK);
    assert_int_equal(hs_validator_run(validator, &error), HS_OK);
    assert_int_equal(transactions_committed, 1);
    hs_validator_status(validator, &status);
    assert_true(status.height >= commits);
    assert_true(status.signing);
    assert_string_equal(hs_validator_advice(validator), "");
    hs_ledger_account(hs_validator_ledger(validator), &account, &(struct hs_address){{7}});
    assert_int_equal(account.balance.units, 5);
    hs_validator_close(validator);

    /* D7: never less after a restart. */
    uint64_t height = status.height;
    open_validator(NULL);
    hs_validator_status(validator, &status);
    assert_true(status.height >= height);
    hs_ledger_account(hs_validator_ledger(validator), &account, &(struct hs_address){{7}});
    assert_int_equal(account.balance.units, 5);
    hs_validator_close(validator);
}

/* -- opening -------------------------------------------------------------------------------- */

static void a_home_has_one_validator_at_a_time(void **state)
{
    (void)state;
    struct hs_running_validator *second;
    const struct hs_validator_options options = {.home = home_path};
    open_validator(NULL);
    assert_int_equal(hs_validator_open(&second, &options, &error), HS_IN_USE);
    assert_null(second);
    assert_non_null(strstr(error.text, home_path));
    hs_validator_close(validator);
    open_validator(NULL);
    hs_validator_close(validator);
}

static enum hs_status make_nothing(void *context, struct hs_application *application,
                                   const struct hs_application_setup *setup)
{
    (void)context;
    (void)application;
    assert_int_equal(setup->base_fee.units, 10);
    assert_true(setup->states_max >= 2);
    return HS_FULL;
}

static void an_application_that_cannot_be_made_is_refused(void **state)
{
    (void)state;
    const struct hs_validator_options options = {
        .home = home_path,
        .make_application = make_nothing,
    };
    assert_int_equal(hs_validator_open(&validator, &options, &error), HS_FULL);
    assert_null(validator);
    open_validator(NULL);
    hs_validator_close(validator);
}

/* D5 */
static void without_a_safety_record_it_follows_and_says_so(void **state)
{
    (void)state;
    char path[HS_HOME_PATH_CHARACTERS];
    struct hs_query stop = {.run = stop_query};
    struct hs_validator_status status;
    assert_true(snprintf(path, sizeof path, "%.200s/safety.slots", home_path) > 0);
    assert_int_equal(unlink(path), 0);
    open_validator(NULL);
    hs_validator_status(validator, &status);
    assert_false(status.signing);
    assert_non_null(strstr(hs_validator_advice(validator), "hotstuff recover --home"));
    assert_int_equal(hs_validator_post(validator, &stop), HS_OK);
    assert_int_equal(hs_validator_run(validator, &error), HS_OK);
    hs_validator_close(validator);
}

/* -- fixtures --------------------------------------------------------------------------------- */

/* Port 0: the system chooses one. */
static int write_home(void **state)
{
    (void)state;
    static struct hs_homes_plan plan;
    struct hs_chain_id chain_id;
    struct hs_home_error home_error;
    snprintf(top, sizeof top, "/tmp/hs-validator-XXXXXX");
    if (mkdtemp(top) == NULL) {
        return -1;
    }
    snprintf(folder, sizeof folder, "%s/net", top);
    if (!hs_homes_plan_default(&plan, folder, 1, HS_BASE_PORT_DEFAULT)) {
        return -1;
    }
    plan.account_count = 1;
    plan.p2p_ports[0] = 0;
    snprintf(plan.config.log_levels, sizeof plan.config.log_levels, "error");
    if (hs_homes_write(&plan, &chain_id, &home_error) != HS_OK) {
        print_error("%s\n", home_error.text);
        return -1;
    }
    return hs_homes_validator_path(home_path, folder, 0) ? 0 : -1;
}

static int remove_home(void **state)
{
    (void)state;
    struct hs_home_error home_error;
    if (hs_homes_remove(folder, &home_error) != HS_OK) {
        print_error("%s\n", home_error.text);
        return -1;
    }
    return rmdir(folder) == 0 && rmdir(top) == 0 ? 0 : -1;
}

static int start(void **state)
{
    (void)state;
    return hs_crypto_start() == HS_OK ? 0 : -1;
}

#define WITH_HOME(test) cmocka_unit_test_setup_teardown(test, write_home, remove_home)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HOME(queries_are_run_in_order_up_to_the_limit),
        WITH_HOME(what_was_posted_before_a_stop_is_answered),
        WITH_HOME(a_submitted_transaction_is_reported_committed),
        WITH_HOME(a_home_has_one_validator_at_a_time),
        WITH_HOME(an_application_that_cannot_be_made_is_refused),
        WITH_HOME(without_a_safety_record_it_follows_and_says_so),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
