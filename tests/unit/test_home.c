/* Homes: written whole, opened only when their files belong together, recovered without lowering
 * anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/signer.h"
#include "runtime/home.h"
#include "runtime/real_disk.h"
#include "runtime/recover.h"
#include "storage/slot_store.h"
#include "wire/safety_record.h"

#define VALIDATORS 2u

static char top[64];
static char folder[128];
static char home_path[HS_HOME_PATH_CHARACTERS];
static struct hs_homes_plan plan;
static struct hs_home home;
static struct hs_home_error error;

static void path_in(char path[HS_HOME_PATH_CHARACTERS], const char *parent, const char *name)
{
    assert_true(snprintf(path, HS_HOME_PATH_CHARACTERS, "%s/%s", parent, name) <
                (int)HS_HOME_PATH_CHARACTERS);
}

static void write_text(const char *parent, const char *name, const char *text)
{
    char path[HS_HOME_PATH_CHARACTERS];
    path_in(path, parent, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static size_t read_text(char *text, size_t capacity, const char *parent, const char *name)
{
    char path[HS_HOME_PATH_CHARACTERS];
    path_in(path, parent, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(text, 1, capacity - 1, file);
    text[size] = '\0';
    fclose(file);
    return size;
}

static void refuses_home(enum hs_status expected, const char *named)
{
    enum hs_status status = hs_home_load(&home, home_path, &error);
    if (status != expected || strstr(error.text, named) == NULL) {
        print_error("%s: \"%s\", expected \"%s\" in it\n", hs_status_name(status), error.text,
                    named);
    }
    assert_int_equal(status, expected);
    assert_non_null(strstr(error.text, named));
}

/* -- writing ------------------------------------------------------------------------- */

static void every_home_opens_and_they_share_a_chain(void **state)
{
    (void)state;
    char path[HS_HOME_PATH_CHARACTERS];
    struct hs_chain_id first;
    for (uint32_t i = 0; i < VALIDATORS; i++) {
        assert_true(hs_homes_validator_path(path, folder, i));
        assert_int_equal(hs_home_load(&home, path, &error), HS_OK);
        assert_int_equal(home.config.index, i);
        assert_int_equal(home.index, i);
        assert_int_equal(home.genesis.validators.count, VALIDATORS);
        if (i == 0) {
            first = home.genesis.chain_id;
        }
        assert_memory_equal(&first, &home.genesis.chain_id, sizeof first);
        hs_home_release(&home);
    }
}

static void key_files_are_their_owners_only(void **state)
{
    (void)state;
    static const char *const SECRETS[] = {"validator-0/validator.key", "validator-1/validator.key",
                                          "validator-0/operator.key", "accounts/account-0.key",
                                          "accounts/derived.seed"};
    char path[HS_HOME_PATH_CHARACTERS];
    struct stat about;
    for (size_t i = 0; i < sizeof SECRETS / sizeof SECRETS[0]; i++) {
        path_in(path, folder, SECRETS[i]);
        assert_int_equal(stat(path, &about), 0);
        assert_int_equal(about.st_mode & 0777, 0600);
    }
}

static void genesis_gives_to_all_accounts(void **state)
{
    (void)state;
    char path[HS_HOME_PATH_CHARACTERS];
    struct hs_account_key key;
    struct hs_key_error key_error;
    struct hs_account_seed seed;
    assert_int_equal(hs_home_load(&home, home_path, &error), HS_OK);
    assert_int_equal(home.genesis.account_count,
                     plan.account_count + plan.derived_account_count + VALIDATORS);
    for (uint32_t i = 0; i < plan.account_count; i++) {
        assert_true(hs_homes_account_path(path, folder, i));
        assert_int_equal(hs_account_key_load(&key, path, &key_error), HS_OK);
        assert_memory_equal(&key.address, &home.genesis.accounts[i].address, sizeof key.address);
    }
    assert_int_equal(hs_account_seed_load(&seed, folder, &error), HS_OK);
    for (uint32_t i = 0; i < plan.derived_account_count; i++) {
        assert_int_equal(hs_derived_account(&key, &seed, i), HS_OK);
        assert_memory_equal(&key.address, &home.genesis.accounts[plan.account_count + i].address,
                            sizeof key.address);
    }
    hs_home_release(&home);
}

/* P7: the account that a validator's fees go to speaks for it, so it must be known, and able to pay. */
static void every_validator_has_an_operator_with_an_account(void **state)
{
    (void)state;
    char path[HS_HOME_PATH_CHARACTERS];
    struct hs_account_key key;
    struct hs_key_error key_error;
    assert_int_equal(hs_home_load(&home, home_path, &error), HS_OK);
    for (uint32_t i = 0; i < VALIDATORS; i++) {
        const struct hs_genesis_account *account =
            &home.genesis.accounts[plan.account_count + plan.derived_account_count + i];
        path_in(path, folder, i == 0 ? "validator-0/operator.key" : "validator-1/operator.key");
        assert_int_equal(hs_account_key_load(&key, path, &key_error), HS_OK);
        assert_memory_equal(&key.address, &home.genesis.validators.validators[i].fee_recipient,
                            sizeof key.address);
        assert_memory_equal(&key.address, &account->address, sizeof key.address);
        assert_true(account->balance.units == plan.account_balance.units);
    }
    hs_home_release(&home);
}

static void genesis_says_where_each_validator_listens(void **state)
{
    (void)state;
    char path[HS_HOME_PATH_CHARACTERS];
    for (uint32_t i = 0; i < VALIDATORS; i++) {
        assert_true(hs_homes_validator_path(path, folder, i));
        assert_int_equal(hs_home_load(&home, path, &error), HS_OK);
        assert_string_equal(home.genesis.addresses[i].text, home.config.listen);
        hs_home_release(&home);
    }
}

static void a_folder_that_is_not_empty_is_refused(void **state)
{
    (void)state;
    struct hs_chain_id chain_id;
    assert_int_equal(hs_homes_write(&plan, &chain_id, &error), HS_DUPLICATE);
    assert_non_null(strstr(error.text, folder));
    assert_int_equal(hs_home_load(&home, home_path, &error), HS_OK);
    hs_home_release(&home);
}

static void ports_must_fit(void **state)
{
    (void)state;
    static struct hs_homes_plan other;
    assert_true(hs_homes_plan_default(&other, folder, 1, 65534));
    assert_int_equal(other.rpc_ports[0], 65535);
    assert_false(hs_homes_plan_default(&other, folder, 1, 65535));
    assert_true(hs_homes_plan_default(&other, folder, HS_VALIDATORS_MAX, 27000));
    assert_false(hs_homes_plan_default(&other, folder, HS_VALIDATORS_MAX, 65534));
    assert_false(hs_homes_plan_default(&other, folder, HS_VALIDATORS_MAX + 1, 27000));
    assert_false(hs_homes_plan_default(&other, folder, 0, 27000));
}

static void homes_are_counted_when_finished(void **state)
{
    (void)state;
    char path[HS_HOME_PATH_CHARACTERS];
    assert_int_equal(hs_homes_count(folder), VALIDATORS);
    assert_int_equal(hs_homes_count(top), 0);
    path_in(path, folder, "validator-1/chain");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(hs_homes_count(folder), 1);
}

/* -- opening ----------------------------------------------------------------------------- */

static void another_genesis_is_refused(void **state)
{
    (void)state;
    static char text[HS_CONFIG_BYTES_MAX];
    size_t size = read_text(text, sizeof text - 1, home_path, "genesis.json");
    text[size] = '\n';
    text[size + 1] = '\0';
    write_text(home_path, "genesis.json", text);
    refuses_home(HS_WRONG_CHAIN, "genesis.json");
}

static void an_unfinished_home_is_refused(void **state)
{
    (void)state;
    char path[HS_HOME_PATH_CHARACTERS];
    path_in(path, home_path, "chain");
    assert_int_equal(unlink(path), 0);
    refuses_home(HS_NOT_FOUND, "chain");
}

static void a_folder_that_is_no_home_is_refused(void **state)
{
    (void)state;
    assert_int_equal(hs_home_load(&home, top, &error), HS_NOT_FOUND);
    assert_non_null(strstr(error.text, "hotstuff testnet"));
}

static void a_key_that_others_can_read_is_refused(void **state)
{
    (void)state;
    char path[HS_HOME_PATH_CHARACTERS];
    path_in(path, home_path, "validator.key");
    assert_int_equal(chmod(path, 0644), 0);
    refuses_home(HS_INVALID_ARGUMENT, "validator.key");
}

static void another_validators_key_is_refused(void **state)
{
    (void)state;
    char from[HS_HOME_PATH_CHARACTERS];
    char to[HS_HOME_PATH_CHARACTERS];
    path_in(from, folder, "validator-1/validator.key");
    path_in(to, home_path, "validator.key");
    assert_int_equal(rename(from, to), 0);
    refuses_home(HS_NOT_A_VALIDATOR, "validators[0]");
}

static void save_next_key(const struct hs_validator_key *key)
{
    char path[HS_HOME_PATH_CHARACTERS];
    struct hs_key_error key_error;
    path_in(path, home_path, "validator-next.key");
    assert_int_equal(hs_validator_key_save(key, path, &key_error), HS_OK);
}

static void the_keys_of_a_rotation_are_loaded_behind_the_others(void **state)
{
    (void)state;
    struct hs_validator_key next;
    assert_int_equal(hs_home_load(&home, home_path, &error), HS_OK);
    assert_int_equal(home.key_count, 1);
    struct hs_validator_key own = home.keys[0];
    hs_home_release(&home);
    assert_int_equal(hs_validator_key_make(&next, NULL), HS_OK);
    save_next_key(&next);
    assert_int_equal(hs_home_load(&home, home_path, &error), HS_OK);
    assert_int_equal(home.key_count, 2);
    assert_int_equal(home.index, 0);
    assert_memory_equal(&home.keys[0], &own, sizeof own);
    assert_memory_equal(&home.keys[1], &next, sizeof next);
    hs_home_release(&home);
    assert_int_equal(home.keys[1].bls_secret_key.bytes[0] | home.keys[1].bls_secret_key.bytes[9],
                     0);
}

static void keys_of_a_rotation_that_are_the_same_or_can_be_read_are_refused(void **state)
{
    (void)state;
    char path[HS_HOME_PATH_CHARACTERS];
    assert_int_equal(hs_home_load(&home, home_path, &error), HS_OK);
    struct hs_validator_key own = home.keys[0];
    hs_home_release(&home);
    save_next_key(&own);
    refuses_home(HS_DUPLICATE, "validator-next.key holds the same keys");
    path_in(path, home_path, "validator-next.key");
    assert_int_equal(chmod(path, 0640), 0);
    refuses_home(HS_INVALID_ARGUMENT, "validator-next.key");
}

static void the_operator_reports_double_votes_unless_that_is_off(void **state)
{
    (void)state;
    char path[HS_HOME_PATH_CHARACTERS];
    struct hs_account_key operator_key;
    struct hs_key_error key_error;
    path_in(path, home_path, "operator.key");
    assert_int_equal(hs_account_key_load(&operator_key, path, &key_error), HS_OK);
    assert_int_equal(hs_home_load(&home, home_path, &error), HS_OK);
    assert_true(home.has_reporter);
    assert_memory_equal(&home.reporter, &operator_key, sizeof operator_key);
    hs_home_release(&home);
    assert_int_equal(unlink(path), 0);
    refuses_home(HS_NOT_FOUND, "reporter = off");
    write_text(home_path, "hotstuff.conf",
               "[node]\nindex = 0\nreporter = off\n[network]\nlisten = a:1\n");
    assert_int_equal(hs_home_load(&home, home_path, &error), HS_OK);
    assert_false(home.has_reporter);
    hs_home_release(&home);
}

static void an_index_beyond_the_set_is_refused(void **state)
{
    (void)state;
    write_text(home_path, "hotstuff.conf", "[node]\nindex = 2\n[network]\nlisten = a:1\n");
    refuses_home(HS_NOT_A_VALIDATOR, "node.index is 2");
}

static void the_index_may_be_left_out(void **state)
{
    (void)state;
    char path[HS_HOME_PATH_CHARACTERS];
    assert_true(hs_homes_validator_path(path, folder, 1));
    write_text(path, "hotstuff.conf", "[network]\nlisten = a:1\n");
    assert_int_equal(hs_home_load(&home, path, &error), HS_OK);
    assert_int_equal(home.config.index, HS_VALIDATORS_MAX);
    assert_int_equal(home.index, 1);
    hs_home_release(&home);
}

/* -- of one that joins -------------------------------------------------------------------- */

static struct hs_home_plan joining;
static struct hs_new_home made;

static void plan_joining(const char *name)
{
    static char new_folder[HS_HOME_PATH_CHARACTERS];
    static char genesis_file[HS_HOME_PATH_CHARACTERS];
    path_in(new_folder, folder, name);
    path_in(genesis_file, folder, "genesis.json");
    joining = (struct hs_home_plan){.folder = new_folder, .genesis_file = genesis_file};
    hs_config_default(&joining.config);
    snprintf(joining.config.listen, sizeof joining.config.listen, "127.0.0.1:27100");
}

static void a_home_for_one_that_joins_has_keys_that_nobody_has(void **state)
{
    (void)state;
    static const char *const SECRETS[] = {"validator-9/validator.key", "validator-9/operator.key"};
    char path[HS_HOME_PATH_CHARACTERS];
    struct hs_account_key operator_key;
    struct hs_key_error key_error;
    struct stat about;
    plan_joining("validator-9");
    assert_int_equal(hs_home_new(&joining, &made, &error), HS_OK);
    assert_int_equal(hs_home_load(&home, joining.folder, &error), HS_OK);
    assert_int_equal(home.index, HS_VALIDATORS_MAX);
    assert_memory_equal(&home.genesis.chain_id, &made.chain_id, sizeof made.chain_id);
    assert_memory_equal(&home.keys[0].bls_public_key, &made.bls_public_key,
                        sizeof made.bls_public_key);
    assert_memory_equal(&home.keys[0].network_public_key, &made.network_key,
                        sizeof made.network_key);
    hs_home_release(&home);
    for (size_t i = 0; i < sizeof SECRETS / sizeof SECRETS[0]; i++) {
        path_in(path, folder, SECRETS[i]);
        assert_int_equal(stat(path, &about), 0);
        assert_int_equal(about.st_mode & 0777, 0600);
    }
    assert_int_equal(hs_account_key_load(&operator_key, path, &key_error), HS_OK);
    assert_memory_equal(&operator_key.address, &made.operator_address, HS_ADDRESS_BYTES);
}

static void a_home_for_one_that_joins_needs_an_empty_folder_and_a_chain(void **state)
{
    (void)state;
    plan_joining("validator-0");
    assert_int_equal(hs_home_new(&joining, &made, &error), HS_DUPLICATE);
    assert_non_null(strstr(error.text, "not empty"));
    plan_joining("validator-9");
    joining.genesis_file = "/nowhere/genesis.json";
    assert_int_equal(hs_home_new(&joining, &made, &error), HS_NOT_FOUND);
    assert_non_null(strstr(error.text, "/nowhere/genesis.json"));
    char path[HS_HOME_PATH_CHARACTERS];
    path_in(path, folder, "validator-0/hotstuff.conf");
    joining.genesis_file = path;
    assert_int_equal(hs_home_new(&joining, &made, &error), HS_MALFORMED);
    struct stat about;
    assert_int_not_equal(stat(joining.folder, &about), 0);
}

/* -- removing ------------------------------------------------------------------------------ */

static void what_is_not_ours_is_left_alone(void **state)
{
    (void)state;
    write_text(folder, "letter.txt", "dear");
    assert_int_equal(hs_homes_remove(folder, &error), HS_INVALID_ARGUMENT);
    assert_non_null(strstr(error.text, "letter.txt"));
    assert_int_equal(hs_homes_count(folder), VALIDATORS);
    char path[HS_HOME_PATH_CHARACTERS];
    path_in(path, folder, "letter.txt");
    assert_int_equal(unlink(path), 0);
}

static void homes_are_removed_whole(void **state)
{
    (void)state;
    struct hs_chain_id chain_id;
    assert_int_equal(hs_homes_remove(folder, &error), HS_OK);
    assert_int_equal(hs_homes_count(folder), 0);
    assert_int_equal(hs_homes_write(&plan, &chain_id, &error), HS_OK);
    assert_int_equal(hs_homes_remove("/nowhere/at/all", &error), HS_OK);
}

static void a_home_in_use_is_neither_removed_nor_recovered(void **state)
{
    (void)state;
    struct hs_real_disk *disk;
    struct hs_recovery recovery;
    assert_int_equal(hs_real_disk_open(&disk, home_path, error.text), HS_OK);
    assert_int_equal(hs_homes_remove(folder, &error), HS_IN_USE);
    assert_int_equal(
        hs_home_recover(&recovery, home_path, &(struct hs_recovered_view){.view = 9}, &error),
        HS_IN_USE);
    hs_real_disk_close(disk);
    assert_int_equal(hs_homes_count(folder), VALIDATORS);
}

/* -- safety records ------------------------------------------------------------------------ */

static const struct hs_disk *open_disk(struct hs_real_disk **disk)
{
    assert_int_equal(hs_real_disk_open(disk, home_path, error.text), HS_OK);
    return hs_real_disk_interface(*disk);
}

static void read_record(struct hs_safety_record *record)
{
    static uint8_t bytes[HS_SAFETY_RECORD_BYTES_MAX];
    struct hs_real_disk *disk;
    struct hs_slot_store store;
    uint32_t size = 0;
    const struct hs_disk *interface = open_disk(&disk);
    assert_int_equal(
        hs_slot_store_open(&store, interface, HS_SAFETY_SLOTS_NAME, bytes, sizeof bytes, &size),
        HS_OK);
    hs_slot_store_close(&store);
    hs_real_disk_close(disk);
    assert_int_equal(hs_safety_record_decode(record, (struct hs_bytes){bytes, size}, VALIDATORS),
                     HS_OK);
}

static void write_record(const struct hs_safety_record *record)
{
    static uint8_t bytes[HS_SAFETY_RECORD_BYTES_MAX];
    struct hs_real_disk *disk;
    struct hs_writer writer = hs_writer_over(bytes, sizeof bytes);
    const struct hs_disk *interface = open_disk(&disk);
    hs_safety_record_encode(&writer, record, VALIDATORS);
    assert_int_equal(hs_slot_store_replace(interface, HS_SAFETY_SLOTS_NAME,
                                           HS_SAFETY_RECORD_BYTES_MAX, bytes,
                                           (uint32_t)writer.offset),
                     HS_OK);
    hs_real_disk_close(disk);
}

static void remove_from_home(const char *name)
{
    char path[HS_HOME_PATH_CHARACTERS];
    path_in(path, home_path, name);
    assert_int_equal(unlink(path), 0);
}

/* D5 */
static void the_first_record_has_signed_nothing(void **state)
{
    (void)state;
    static struct hs_safety_record record;
    read_record(&record);
    assert_int_equal(record.epoch, 0);
    assert_int_equal(record.last_voted_view, 0);
    assert_int_equal(record.locked_view, 0);
    assert_int_equal(record.high_qc.view, 0);
    assert_false(record.has_tc);
}

/* D5, D6: neither the core's nor the signer's record lets anything up to the view be signed. */
static void recovering_forbids_all_up_to_the_view(void **state)
{
    (void)state;
    static struct hs_safety_record record;
    struct hs_recovery recovery;
    struct hs_real_disk *disk;
    struct hs_signer *signer;
    struct hs_bls_signature signature;
    struct hs_statement vote = {.type = HS_STATEMENT_VOTE, .view = 41, .block_id = {{1}}};
    remove_from_home(HS_SAFETY_SLOTS_NAME);
    remove_from_home(HS_SIGNER_SLOTS_NAME);
    assert_int_equal(
        hs_home_recover(&recovery, home_path, &(struct hs_recovered_view){.view = 41}, &error),
        HS_OK);
    assert_false(recovery.safety_record_read);
    assert_false(recovery.signer_record_read);
    read_record(&record);
    assert_int_equal(record.last_voted_view, 41);
    assert_int_equal(record.locked_view, 40);

    assert_int_equal(hs_home_load(&home, home_path, &error), HS_OK);
    assert_int_equal(
        hs_signer_open(&signer, open_disk(&disk), &home.genesis.chain_id, home.keys, 1), HS_OK);
    assert_int_equal(hs_signer_sign(signer, &signature, 0, &vote), HS_UNSAFE);
    vote.view = 42;
    assert_int_equal(hs_signer_sign(signer, &signature, 0, &vote), HS_OK);
    hs_signer_close(signer);
    hs_real_disk_close(disk);
    hs_home_release(&home);

    /* What that signature says is not forgotten by a second, lower one. */
    assert_int_equal(
        hs_home_recover(&recovery, home_path, &(struct hs_recovered_view){.view = 7}, &error),
        HS_OK);
    assert_true(recovery.signer_record_read);
    assert_int_equal(recovery.last_voted_view, 42);
    assert_int_equal(recovery.locked_view, 41);
}

static void recovering_keeps_what_the_record_forbids_and_says_nothing_again(void **state)
{
    (void)state;
    static struct hs_safety_record record;
    struct hs_recovery recovery;
    read_record(&record);
    record.sequence = 77;
    record.last_voted_view = 50;
    record.locked_view = 30;
    record.vote_view = 50;
    record.vote_block_id.bytes[0] = 9;
    record.view_change_view = 50;
    write_record(&record);
    assert_int_equal(
        hs_home_recover(&recovery, home_path, &(struct hs_recovered_view){.view = 20}, &error),
        HS_OK);
    assert_true(recovery.safety_record_read);
    read_record(&record);
    assert_int_equal(record.sequence, 78);
    assert_int_equal(record.last_voted_view, 50);
    assert_int_equal(record.locked_view, 30);
    assert_int_equal(record.vote_view, 0);
    assert_int_equal(record.vote_block_id.bytes[0], 0);
    assert_int_equal(record.view_change_view, 0);

    assert_int_equal(
        hs_home_recover(&recovery, home_path, &(struct hs_recovered_view){.view = 60}, &error),
        HS_OK);
    read_record(&record);
    assert_int_equal(record.last_voted_view, 60);
    assert_int_equal(record.locked_view, 59);
}

static void a_view_without_end_is_refused(void **state)
{
    (void)state;
    struct hs_recovery recovery;
    assert_int_equal(hs_home_recover(&recovery, home_path,
                                     &(struct hs_recovered_view){.view = UINT64_MAX}, &error),
                     HS_INVALID_ARGUMENT);
}

/* -- fixtures ---------------------------------------------------------------------------------- */

static int write_homes(void **state)
{
    (void)state;
    struct hs_chain_id chain_id;
    snprintf(top, sizeof top, "/tmp/hs-home-XXXXXX");
    if (mkdtemp(top) == NULL) {
        return -1;
    }
    snprintf(folder, sizeof folder, "%s/net", top);
    if (!hs_homes_plan_default(&plan, folder, VALIDATORS, HS_BASE_PORT_DEFAULT)) {
        return -1;
    }
    plan.account_count = 2;
    plan.derived_account_count = 3;
    enum hs_status status = hs_homes_write(&plan, &chain_id, &error);
    if (status != HS_OK) {
        print_error("%s\n", error.text);
        return -1;
    }
    return hs_homes_validator_path(home_path, folder, 0) ? 0 : -1;
}

static int remove_homes(void **state)
{
    (void)state;
    if (hs_homes_remove(folder, &error) != HS_OK) {
        print_error("%s\n", error.text);
        return -1;
    }
    return rmdir(folder) == 0 && rmdir(top) == 0 ? 0 : -1;
}

static int start(void **state)
{
    (void)state;
    return hs_crypto_start() == HS_OK ? 0 : -1;
}

#define WITH_HOMES(test) cmocka_unit_test_setup_teardown(test, write_homes, remove_homes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HOMES(every_home_opens_and_they_share_a_chain),
        WITH_HOMES(key_files_are_their_owners_only),
        WITH_HOMES(genesis_gives_to_all_accounts),
        WITH_HOMES(every_validator_has_an_operator_with_an_account),
        WITH_HOMES(genesis_says_where_each_validator_listens),
        WITH_HOMES(a_folder_that_is_not_empty_is_refused),
        WITH_HOMES(ports_must_fit),
        WITH_HOMES(homes_are_counted_when_finished),
        WITH_HOMES(another_genesis_is_refused),
        WITH_HOMES(an_unfinished_home_is_refused),
        WITH_HOMES(a_folder_that_is_no_home_is_refused),
        WITH_HOMES(a_key_that_others_can_read_is_refused),
        WITH_HOMES(another_validators_key_is_refused),
        WITH_HOMES(the_operator_reports_double_votes_unless_that_is_off),
        WITH_HOMES(the_keys_of_a_rotation_are_loaded_behind_the_others),
        WITH_HOMES(keys_of_a_rotation_that_are_the_same_or_can_be_read_are_refused),
        WITH_HOMES(an_index_beyond_the_set_is_refused),
        WITH_HOMES(the_index_may_be_left_out),
        WITH_HOMES(a_home_for_one_that_joins_has_keys_that_nobody_has),
        WITH_HOMES(a_home_for_one_that_joins_needs_an_empty_folder_and_a_chain),
        WITH_HOMES(what_is_not_ours_is_left_alone),
        WITH_HOMES(homes_are_removed_whole),
        WITH_HOMES(a_home_in_use_is_neither_removed_nor_recovered),
        WITH_HOMES(the_first_record_has_signed_nothing),
        WITH_HOMES(recovering_forbids_all_up_to_the_view),
        WITH_HOMES(recovering_keeps_what_the_record_forbids_and_says_nothing_again),
        WITH_HOMES(a_view_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
