/* A leader gave its block the last timestamp that there is. It broke no rule, a quorum voted for it,
 * and from then on no block could follow it: none has a later timestamp. S1 now bounds the step
 * from a parent's timestamp to its child's. */
#include "tests/scenario/scenario.h"

#include "sim/attack_tools.h"

static void propose_at_the_end_of_time(struct hs_attacker *attacker, uint32_t to,
                                       struct hs_buffer *buffer, const struct hs_message *message)
{
    if (message->type != HS_MESSAGE_PROPOSAL) {
        hs_attacker_forward(attacker, to, buffer);
        return;
    }
    const uint64_t *timestamp_ms = attacker->state;
    struct hs_message changed = *message;
    changed.proposal.header.timestamp_ms =
        *timestamp_ms != 0 ? changed.proposal.header.timestamp_ms + *timestamp_ms : UINT64_MAX;
    hs_attack_sign_proposal(attacker, &changed);
    hs_attacker_send(attacker, to, &changed);
}

static const struct hs_attack last_timestamp = {
    .name = "last-timestamp",
    .state_bytes = sizeof(uint64_t),
    .sends = propose_at_the_end_of_time,
};

static uint64_t blocks_of(struct hs_world *world, uint32_t proposer, uint64_t height)
{
    uint64_t count = 0;
    for (uint64_t h = 1; h <= height; h++) {
        struct hs_node_block block;
        assert_int_equal(hs_node_read_block(hs_world_node(world, 0), h, &block), HS_OK);
        count += block.block.header.proposer == proposer ? 1 : 0;
    }
    return count;
}

static void a_chain_goes_on_after_any_timestamp(void **state)
{
    (void)state;
    struct hs_world *world = new_world(4, 5);
    struct hs_attacker *attacker = hs_world_attack(world, 1, &last_timestamp);
    hs_world_start_all(world);
    run_to_height(world, 20, 60 * SECOND_NS);
    assert_int_equal(blocks_of(world, 1, 20), 0);
    /* What is allowed is taken, and timestamps go on from there. */
    uint64_t *timestamp_ms = attacker->state;
    *timestamp_ms = HS_BLOCK_TIME_STEP_MAX_MS / 2;
    uint64_t height = hs_world_common_height(world);
    run_to_height(world, height + 40, 60 * SECOND_NS);
    assert_true(blocks_of(world, 1, height + 40) >= 5);
    assert_same_chain(world);
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_goes_on_after_any_timestamp),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
