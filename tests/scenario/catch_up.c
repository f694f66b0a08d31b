/* Nodes that were away, and peers that lie to them (L10, L13). */
#include "tests/scenario/scenario.h"

static bool count_votes(void *context, uint32_t from, uint32_t to, const struct hs_message *message)
{
    (void)to;
    uint64_t *votes = context;
    votes[from] += message->type == HS_MESSAGE_VOTE ? 1 : 0;
    return true;
}

/* One node of four is away while the others commit 10,000 blocks, fetches them in ranges, and then
 * votes again. */
static void lagging_node_catches_up_over_10000_blocks(void **state)
{
    (void)state;
    struct hs_world_config config;
    hs_world_config_default(&config, 4, 61);
    config.pacemaker.base_ns = 50 * MILLISECOND_NS;
    config.pacemaker.idle_interval_ns = 5 * MILLISECOND_NS;
    config.pacemaker.batch_delay_ns = 5 * MILLISECOND_NS;
    struct hs_world *world = hs_world_new(&config);
    uint64_t votes[HS_VALIDATORS_MAX] = {0};
    hs_world_set_filter(world, count_votes, votes);
    struct hs_load load;
    hs_load_init(&load, 20, 61);
    hs_world_start_all(world);
    run_to_height(world, 10, 30 * SECOND_NS);
    hs_world_crash(world, 3, true);
    while (hs_world_common_height(world) < 10010) {
        hs_load_run_until(&load, world, hs_world_now_ns(world) + SECOND_NS);
        assert_holds(world);
    }
    votes[3] = 0;
    uint64_t begin_ns = hs_world_now_ns(world);
    uint64_t target = hs_world_common_height(world);
    assert_int_equal(hs_world_start(world, 3), HS_OK);
    run_to_height(world, target, 120 * SECOND_NS);
    const struct hs_trace *trace = hs_world_trace(world);
    print_message("%" PRIu64 " blocks in %.2f virtual seconds, %" PRIu64 " range requests, %" PRIu64
                  " block requests\n",
                  target - 10, (double)(hs_world_now_ns(world) - begin_ns) / 1e9,
                  trace->messages[HS_MESSAGE_RANGE_REQUEST],
                  trace->messages[HS_MESSAGE_BLOCK_REQUEST]);
    assert_true(trace->messages[HS_MESSAGE_BLOCK_REQUEST] < 500);
    run_to_height(world, hs_world_height(world, 0) + 20, 60 * SECOND_NS);
    assert_true(votes[3] > 0);
    assert_int_equal(status_of(world, 3).core.signing, true);
    assert_same_chain(world);
    hs_world_free(world);
}

/* -- a liar ---------------------------------------------------------------------------------- */

enum lie { LIE_SILENCE, LIE_NOTHING, LIE_OTHER_BLOCK, LIE_CHANGED_BLOCK, LIE_GARBAGE };
#define LIES 5u

struct liar {
    struct hs_world *world;
    uint32_t index;
    uint32_t victim;
    enum lie lie;
    uint64_t asked_blocks;
    uint64_t asked_ranges;
    bool has_request;
    struct hs_message request;
};

/* The liar's own node never sees what the victim asks of it. The honest are not heard until the
 * liar was asked, for a block and for a range. */
static bool listen_in(void *context, uint32_t from, uint32_t to, const struct hs_message *message)
{
    struct liar *liar = context;
    bool by_id = message->type == HS_MESSAGE_BLOCK_REQUEST;
    if (from == liar->victim && to == liar->index &&
        (by_id || message->type == HS_MESSAGE_RANGE_REQUEST)) {
        liar->asked_blocks += by_id ? 1 : 0;
        liar->asked_ranges += by_id ? 0 : 1;
        liar->has_request = true;
        liar->request = *message;
        return false;
    }
    if (to != liar->victim || from == liar->index) {
        return true;
    }
    return !(message->type == HS_MESSAGE_BLOCK_RESPONSE && liar->asked_blocks == 0) &&
           !(message->type == HS_MESSAGE_RANGE_RESPONSE && liar->asked_ranges == 0);
}

static void send_bytes(const struct liar *liar, struct hs_buffer *buffer)
{
    const struct hs_consensus_network *network =
        hs_simulated_network_transport(hs_world_network(liar->world), liar->index);
    enum hs_status status = network->send(network->context, liar->victim, HS_CLASS_SYNC, buffer);
    (void)status; /* it may have been cut off for what it sent before */
    hs_buffer_release(buffer);
}

static void say(const struct liar *liar, const struct hs_message *message)
{
    uint32_t count = node_count_of(liar->world);
    struct hs_buffer *buffer = hs_buffer_new(hs_message_encoded_size(message, count));
    assert_non_null(buffer);
    struct hs_writer writer = hs_writer_over(buffer->data, buffer->size);
    hs_message_encode(&writer, message, count);
    assert_false(writer.failed);
    send_bytes(liar, buffer);
}

static void say_garbage(const struct liar *liar)
{
    struct hs_buffer *buffer = hs_buffer_new(100);
    assert_non_null(buffer);
    memset(buffer->data, HS_MESSAGE_RANGE_RESPONSE, 100);
    send_bytes(liar, buffer);
}

/* A block of the chain, but not the one asked for; or one with a byte changed. */
static void say_block(const struct liar *liar, const struct hs_block_id *id, bool changed)
{
    static struct hs_message message;
    struct hs_node_block block;
    assert_int_equal(hs_node_read_block(hs_world_node(liar->world, 0), 3, &block), HS_OK);
    message.type = HS_MESSAGE_BLOCK_RESPONSE;
    message.block_response.block_id = *id;
    message.block_response.has_block = true;
    message.block_response.header = block.block.header;
    message.block_response.header.timestamp_ms += changed ? 1 : 0;
    message.block_response.payload = block.payload;
    say(liar, &message);
}

/* One block of a range, under a true certificate of another block. */
static void say_range(const struct liar *liar, uint64_t from_height, bool changed)
{
    static struct hs_message message;
    static uint8_t area[HS_MESSAGE_BYTES_MAX];
    struct hs_node_block block;
    uint64_t height = changed ? from_height : 2;
    assert_int_equal(hs_node_read_block(hs_world_node(liar->world, 0), height, &block), HS_OK);
    struct hs_block_header header = block.block.header;
    header.timestamp_ms += changed ? 1 : 0;
    struct hs_writer writer = hs_writer_over(area, sizeof(area));
    hs_block_write(&writer, &header, block.payload, node_count_of(liar->world));
    message.type = HS_MESSAGE_RANGE_RESPONSE;
    message.range_response.block_count = 1;
    message.range_response.blocks = (struct hs_bytes){area, writer.offset};
    message.range_response.has_qc = true;
    message.range_response.qc = block.certificate;
    say(liar, &message);
}

static void answer(struct liar *liar, const struct hs_message *request)
{
    bool by_id = request->type == HS_MESSAGE_BLOCK_REQUEST;
    static struct hs_message message;
    switch (liar->lie) {
    case LIE_SILENCE:
        break;
    case LIE_NOTHING:
        message.type = by_id ? HS_MESSAGE_BLOCK_RESPONSE : HS_MESSAGE_RANGE_RESPONSE;
        if (by_id) {
            message.block_response.block_id = request->block_request;
            message.block_response.has_block = false;
        } else {
            message.range_response.block_count = 0;
            message.range_response.blocks = (struct hs_bytes){NULL, 0};
            message.range_response.has_qc = false;
        }
        say(liar, &message);
        break;
    case LIE_OTHER_BLOCK:
    case LIE_CHANGED_BLOCK:
        if (by_id) {
            say_block(liar, &request->block_request, liar->lie == LIE_CHANGED_BLOCK);
        } else {
            say_range(liar, request->range_request.from_height, liar->lie == LIE_CHANGED_BLOCK);
        }
        break;
    case LIE_GARBAGE:
        say_garbage(liar);
        break;
    }
    liar->lie = (enum lie)(((uint32_t)liar->lie + 1) % LIES);
}

/* One of four answers every question of a node that catches up with something else. In all else it
 * is correct, so it is among the signers that are asked. */
static void lying_sync_peer_is_harmless(void **state)
{
    (void)state;
    static struct liar liar;
    for (uint32_t first_lie = 0; first_lie < LIES; first_lie++) {
        struct hs_world *world = new_world(4, 71 + first_lie);
        liar = (struct liar){.world = world, .index = 1, .victim = 3, .lie = (enum lie)first_lie};
        hs_world_start_all(world);
        run_to_height(world, 5, 60 * SECOND_NS);
        hs_world_crash(world, 3, false);
        run_to_height(world, 1000, 600 * SECOND_NS);
        hs_world_set_filter(world, listen_in, &liar);
        assert_int_equal(hs_world_start(world, 3), HS_OK);
        uint64_t target = hs_world_height(world, 0);
        uint64_t end_ns = hs_world_now_ns(world) + 60 * SECOND_NS;
        while (hs_world_height(world, 3) < target) {
            assert_true(hs_world_now_ns(world) < end_ns);
            assert_true(hs_world_step(world));
            assert_holds(world);
            if (liar.has_request) {
                liar.has_request = false;
                answer(&liar, &liar.request);
            }
        }
        assert_true(liar.asked_blocks > 0);
        assert_true(liar.asked_ranges > 0);
        assert_same_chain(world);
        hs_world_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lagging_node_catches_up_over_10000_blocks),
        cmocka_unit_test(lying_sync_peer_is_harmless),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
