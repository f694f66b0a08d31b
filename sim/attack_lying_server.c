/* lying-server: answers who misses blocks with something else, or not at all.
 *
 * Its own node never hears the question. The lies: silence; "I have none", again and again; another
 * block; the right block with a byte changed, or with signatures that are none; the right header
 * with another payload; an answer cut off; a range from elsewhere, with a gap, out of order, with a
 * wrong signature, or under another block's certificate; and answers that nobody asked for. So that
 * there is somebody to lie to, it shows its proposals and certificates to some only. The others
 * fetch the blocks, also from it: it has signed for them.
 */
#include <string.h>

#include "base/assert.h"
#include "sim/attack_memory.h"
#include "sim/attack_tools.h"
#include "sim/attacks.h"

#define LIES 10u
/* Blocks of a range that it makes up. */
#define RANGE_MAX 12u

static void start(struct hs_attacker *attacker)
{
    hs_attack_memory_init(attacker->state, attacker);
}

static void end(struct hs_attacker *attacker)
{
    hs_attack_memory_release(attacker->state);
}

/* A committed block of its own node; false: there is none, or it is down. */
static bool read_block(struct hs_attacker *attacker, uint64_t height, struct hs_node_block *block)
{
    struct hs_node *node = hs_world_node(attacker->world, attacker->process);
    return node != NULL && height > 0 && hs_node_read_block(node, height, block) == HS_OK;
}

static uint64_t draw_height(struct hs_attacker *attacker)
{
    uint64_t height = hs_world_height(attacker->world, attacker->process);
    return height > 0 ? hs_random_between(&attacker->random, 1, height) : 0;
}

static void send_cut_off(struct hs_attacker *attacker, uint32_t to,
                         const struct hs_message *message)
{
    uint32_t count = hs_attack_validator_count(attacker);
    struct hs_buffer *buffer = hs_buffer_new(hs_message_encoded_size(message, count));
    HS_ASSERT(buffer != NULL);
    struct hs_writer writer = hs_writer_over(buffer->data, buffer->size);
    hs_message_encode(&writer, message, count);
    HS_ASSERT(!writer.failed);
    size_t size = (size_t)hs_random_between(&attacker->random, 1, buffer->size);
    hs_attacker_send_bytes(attacker, to, (struct hs_bytes){buffer->data, size});
    hs_buffer_release(buffer);
}

/* -- blocks ---------------------------------------------------------------------------------- */

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* The block asked for where it is remembered, or one of the chain. */
static bool choose_block(struct hs_attacker *attacker, const struct hs_block_id *id,
                         struct hs_message *answer)
{
    static const uint8_t no_payload[1];
    const struct hs_attack_block *asked = hs_attack_memory_find_block(attacker->state, id);
    if (asked != NULL && asked->header.height > 0) {
        answer->block_response.header = asked->header;
        answer->block_response.payload = (struct hs_bytes){no_payload, 0};
        return asked->header.payload_bytes == 0;
    }
    struct hs_node_block block;
    if (!read_block(attacker, draw_height(attacker), &block)) {
        return false;
    }
    answer->block_response.header = block.block.header;
    answer->block_response.payload = block.payload;
    return !same_id(&block.block.id, id);
}

static void lie_about_block(struct hs_attacker *attacker, uint32_t to, const struct hs_block_id *id)
{
    static const uint8_t other_payload[64];
    struct hs_message answer = {.type = HS_MESSAGE_BLOCK_RESPONSE};
    answer.block_response.block_id = *id;
    uint64_t lie = hs_random_below(&attacker->random, LIES);
    answer.block_response.has_block = lie > 1 && choose_block(attacker, id, &answer);
    struct hs_block_header *header = &answer.block_response.header;
    struct hs_vote vote;
    switch (lie) {
    case 0:
        return;
    case 2:
        header->timestamp_ms++;
        break;
    case 3:
        header->justify.view++;
        break;
    case 4: /* the size and count are not what they were signed as */
        header->payload_bytes = sizeof(other_payload);
        answer.block_response.payload = (struct hs_bytes){other_payload, sizeof(other_payload)};
        break;
    case 5:
        header->view = 0;
        header->height = UINT64_MAX;
        break;
    case 6:
        send_cut_off(attacker, to, &answer);
        return;
    case 7:
    case 8: /* believed, its certificate would go on from there */
        hs_attack_make_vote(attacker, attacker->validator, &vote, header->view, id);
        header->justify.aggregate = vote.signature;
        break;
    default:
        break;
    }
    hs_attacker_send(attacker, to, &answer);
}

/* -- ranges ---------------------------------------------------------------------------------- */

/* Heights as the lie wants them: from elsewhere, with a gap, backwards. */
static uint64_t height_in_lie(uint64_t lie, uint64_t from_height, uint64_t index)
{
    switch (lie) {
    case 2:
        return from_height / 2 + index + 1;
    case 3:
        return from_height + index + (index >= 2 ? 1 : 0);
    case 4:
        return from_height + RANGE_MAX - index;
    default:
        return from_height + index;
    }
}

/* Blocks of the chain, written one after the other; the certificate is the last one's. */
static uint32_t write_range(struct hs_attacker *attacker, struct hs_writer *writer, uint64_t lie,
                            uint64_t from_height, struct hs_qc *certificate)
{
    uint32_t count = 0;
    struct hs_node_block block;
    uint32_t wanted = (uint32_t)hs_random_between(&attacker->random, 1, RANGE_MAX);
    for (uint32_t i = 0; i < wanted; i++) {
        if (!read_block(attacker, height_in_lie(lie, from_height, i), &block) ||
            writer->offset + block.payload.size + HS_HEADER_BYTES_MAX > writer->capacity) {
            break;
        }
        struct hs_block_header header = block.block.header;
        header.timestamp_ms += lie == 5 && i == 0 ? 1 : 0;
        if (lie >= 8 && i == 0) {
            header.justify.aggregate = block.certificate.aggregate; /* over another block */
        }
        hs_block_write(writer, &header, block.payload, hs_attack_count_of(attacker, header.epoch));
        *certificate = block.certificate;
        count++;
    }
    return count;
}

static void lie_about_range(struct hs_attacker *attacker, uint32_t to, uint64_t from_height)
{
    uint64_t lie = hs_random_below(&attacker->random, LIES);
    struct hs_message answer = {.type = HS_MESSAGE_RANGE_RESPONSE};
    struct hs_buffer *area = hs_buffer_new(HS_MESSAGE_BYTES_MAX / 2);
    HS_ASSERT(area != NULL);
    struct hs_writer writer = hs_writer_over(area->data, area->size);
    if (lie > 1) {
        answer.range_response.block_count =
            write_range(attacker, &writer, lie, from_height, &answer.range_response.qc);
        answer.range_response.blocks = (struct hs_bytes){area->data, writer.offset};
        answer.range_response.has_qc = answer.range_response.block_count > 0;
    }
    if (lie == 6) {
        answer.range_response.qc =
            hs_attack_memory_draw_block(attacker->state, &attacker->random)->qc;
    }
    if (lie == 7) {
        answer.range_response.has_qc = false;
    }
    if (lie > 0 && hs_random_per_mille(&attacker->random, 100)) {
        send_cut_off(attacker, to, &answer);
    } else if (lie > 0) {
        hs_attacker_send(attacker, to, &answer);
    }
    hs_buffer_release(area);
}

/* -- the attacker ------------------------------------------------------------------------------ */

static bool hears(struct hs_attacker *attacker, uint32_t from, struct hs_buffer *buffer,
                  const struct hs_message *message)
{
    hs_attack_memory_take(attacker->state, attacker, buffer, message);
    bool asks_others = hs_random_per_mille(&attacker->random, 20);
    uint32_t to = asks_others ? hs_attack_draw_peer(attacker) : from;
    if (message->type == HS_MESSAGE_BLOCK_REQUEST) {
        lie_about_block(attacker, to, &message->block_request);
        return false;
    }
    if (message->type == HS_MESSAGE_RANGE_REQUEST) {
        lie_about_range(attacker, to, message->range_request.from_height);
        return false;
    }
    if (asks_others) {
        lie_about_block(attacker, to,
                        &hs_attack_memory_draw_block(attacker->state, &attacker->random)->id);
    }
    return true;
}

static void sends(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                  const struct hs_message *message)
{
    hs_attack_memory_take(attacker->state, attacker, buffer, message);
    bool shows_block = message->type == HS_MESSAGE_PROPOSAL;
    if (!shows_block || hs_random_per_mille(&attacker->random, 700)) {
        hs_attacker_forward(attacker, to, buffer);
    }
}

const struct hs_attack hs_attack_lying_server = {
    .name = "lying-server",
    .state_bytes = sizeof(struct hs_attack_memory),
    .start = start,
    .end = end,
    .sends = sends,
    .hears = hears,
};
