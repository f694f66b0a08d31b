/* Which of its keys a node has in which epoch (P7), and which one it shows its peers. */
#include "tests/unit/lone_node.h"

static struct hs_validator_key keys[HS_NODE_KEYS_MAX + 1];

/* The node of the cluster's validator 0, with a second key. */
static struct lone_node *node_with_two_keys(struct hs_node_config *config)
{
    struct lone_node *lone = lone_new(2);
    keys[0] = lone->cluster.validator_keys[0];
    for (uint8_t i = 1; i <= HS_NODE_KEYS_MAX; i++) {
        const uint8_t seed[32] = {99, i};
        assert_int_equal(hs_validator_key_make(&keys[i], seed), HS_OK);
    }
    lone->rotated = (struct hs_validator){.bls_public_key = keys[1].bls_public_key,
                                          .network_key = keys[1].network_public_key,
                                          .weight = LONE_WEIGHT};
    *config = lone_config(lone);
    config->keys = keys;
    config->key_count = 2;
    return lone;
}

static bool shows(const struct lone_node *lone, uint32_t key)
{
    return memcmp(&lone->shown, &keys[key].network_public_key, sizeof lone->shown) == 0;
}

static void each_epoch_knows_the_node_by_its_members_key(void **state)
{
    (void)state;
    struct hs_node_config config;
    struct lone_node *lone = node_with_two_keys(&config);
    lone->rotates_at = 3;
    lone_start(lone, &config);
    for (uint64_t epoch = 0; epoch < 6; epoch++) {
        lone_run_to_epoch(lone, epoch);
        assert_true(shows(lone, epoch < 3 ? 0 : 1));
    }
    /* It is the one that votes: alone it goes on. */
    assert_true(lone_status(lone).core.signing);
    assert_int_equal(lone_status(lone).health, HS_NODE_HEALTHY);
    lone_free(lone);
}

static void a_node_with_one_key_never_says_which(void **state)
{
    (void)state;
    struct hs_node_config config;
    struct lone_node *lone = node_with_two_keys(&config);
    config.key_count = 1;
    lone_start(lone, &config);
    lone_run_to_epoch(lone, 3);
    assert_int_equal(lone->shown_count, 0);
    lone_free(lone);
}

/* Before its first epoch the others know it by the next set. */
static void who_is_to_come_shows_the_key_of_the_next_epoch(void **state)
{
    (void)state;
    struct hs_node_config config;
    struct lone_node *lone = node_with_two_keys(&config);
    lone->absent_until = 1;
    lone->rotates_at = 1;
    lone_start(lone, &config);
    assert_int_equal(lone_status(lone).self, HS_VALIDATORS_MAX);
    assert_true(shows(lone, 1));
    lone_free(lone);
}

/* In no set, now or next; an old key is no longer registered, or a new one not yet. */
static void who_is_in_no_set_shows_the_key_that_is_registered(void **state)
{
    (void)state;
    for (uint32_t registered = 0; registered < 4; registered++) {
        struct hs_node_config config;
        struct lone_node *lone = node_with_two_keys(&config);
        lone->absent_until = 9;
        for (uint32_t key = 0; key < 2; key++) {
            if ((registered >> key & 1u) != 0) {
                lone_register(lone, &keys[key].network_public_key, "192.0.2.1:7000");
            }
        }
        lone_start(lone, &config);
        assert_true(shows(lone, registered >= 2 ? 1 : 0));
        lone_free(lone);
    }
}

static void keys_that_are_alike_or_too_many_are_refused(void **state)
{
    (void)state;
    struct hs_node_config config;
    struct hs_node_error error;
    struct lone_node *lone = node_with_two_keys(&config);
    config.key_count = HS_NODE_KEYS_MAX + 1;
    assert_int_equal(hs_node_open(&lone->node, &config, &error), HS_INVALID_ARGUMENT);
    assert_non_null(strstr(error.text, "keys"));
    config.key_count = 2;
    struct hs_validator_key second = keys[1];
    keys[1].bls_secret_key = keys[0].bls_secret_key;
    assert_int_equal(hs_node_open(&lone->node, &config, &error), HS_INVALID_ARGUMENT);
    keys[1] = second;
    keys[1].network_public_key = keys[0].network_public_key;
    assert_int_equal(hs_node_open(&lone->node, &config, &error), HS_INVALID_ARGUMENT);
    keys[1] = second;
    assert_int_equal(hs_node_open(&lone->node, &config, &error), HS_OK);
    lone_free(lone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_epoch_knows_the_node_by_its_members_key),
        cmocka_unit_test(a_node_with_one_key_never_says_which),
        cmocka_unit_test(who_is_to_come_shows_the_key_of_the_next_epoch),
        cmocka_unit_test(who_is_in_no_set_shows_the_key_that_is_registered),
        cmocka_unit_test(keys_that_are_alike_or_too_many_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
