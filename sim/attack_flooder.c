/* flooder: says more than anybody asked for.
 *
 * In bursts, one kind of message each: votes for blocks that there are none of, proposals without a
 * parent, blocks and ranges that nobody asked for, requests for blocks and ranges, batches of
 * transactions (its own validator's, good and bad). What a node keeps of it must be bounded, and
 * what it does for it too. A burst is a few hundred messages at most and comes a few times a second:
 * what breaks does so by what is said, not by how long the run lasts.
 */
#include <string.h>

#include "base/assert.h"
#include "sim/attack_memory.h"
#include "sim/attack_tools.h"
#include "sim/attacks.h"
#include "wire/payload.h"
#include "wire/transaction.h"

#define MILLISECOND_NS UINT64_C(1000000)
/* Of one burst. */
#define VOTES        200u
#define REQUESTS     60u
#define BLOCKS       60u
#define TRANSACTIONS 200u

static void act_later(struct hs_attacker *attacker)
{
    hs_attack_act_between(attacker, 100 * MILLISECOND_NS, 600 * MILLISECOND_NS);
}

static void start(struct hs_attacker *attacker)
{
    hs_attack_memory_init(attacker->state, attacker);
    act_later(attacker);
}

static void draw_id(struct hs_attacker *attacker, struct hs_block_id *id)
{
    for (uint32_t i = 0; i < HS_HASH_BYTES; i++) {
        id->bytes[i] = (uint8_t)hs_random_next(&attacker->random);
    }
}

/* Of this view and the next ones, for blocks that don't exist: evidence without end (S8). Every
 * other one has another's signature. */
static void flood_votes(struct hs_attacker *attacker, uint32_t to)
{
    struct hs_message message = {.type = HS_MESSAGE_VOTE};
    struct hs_block_id id;
    draw_id(attacker, &id);
    uint64_t view = hs_attack_view(attacker) + hs_random_below(&attacker->random, 3) + 1;
    hs_attack_make_vote(attacker, attacker->validator, &message.vote, view, &id);
    for (uint32_t i = 0; i < VOTES; i++) {
        if (i % 2 == 0) {
            draw_id(attacker, &message.vote.block_id);
        } else {
            draw_id(attacker, &id);
            hs_attack_make_vote(attacker, attacker->validator, &message.vote, view, &id);
        }
        hs_attacker_send(attacker, to, &message);
    }
}

/* On a certificate that holds, and a parent that it does not name. */
static void make_orphan(struct hs_attacker *attacker, struct hs_message *message)
{
    const struct hs_attack_block *last = hs_attack_memory_last_block(attacker->state, UINT64_MAX);
    struct hs_block_header *header = &message->proposal.header;
    message->type = HS_MESSAGE_PROPOSAL;
    *header = last->header;
    header->view = hs_attack_view(attacker) + hs_random_below(&attacker->random, 2);
    header->height = last->header.height + hs_random_between(&attacker->random, 1, 1000);
    header->justify = last->qc;
    header->timestamp_ms += hs_random_between(&attacker->random, 1, 1000);
    header->payload_bytes = 0;
    header->transaction_count = 0;
    hs_payload_root_of(&header->payload_root, NULL, 0);
    draw_id(attacker, &header->parent_id);
    hs_attack_sign_proposal(attacker, message);
}

static void flood_proposals(struct hs_attacker *attacker, uint32_t to)
{
    struct hs_message message = {.type = HS_MESSAGE_PROPOSAL};
    for (uint32_t i = 0; i < BLOCKS; i++) {
        make_orphan(attacker, &message);
        hs_attacker_send(attacker, to, &message);
    }
}

/* Answers to nothing. */
static void flood_blocks(struct hs_attacker *attacker, uint32_t to)
{
    struct hs_message proposal = {.type = HS_MESSAGE_PROPOSAL};
    struct hs_message message = {.type = HS_MESSAGE_BLOCK_RESPONSE};
    for (uint32_t i = 0; i < BLOCKS; i++) {
        make_orphan(attacker, &proposal);
        message.block_response.has_block = true;
        message.block_response.header = proposal.proposal.header;
        hs_block_id_of(&message.block_response.block_id, &message.block_response.header,
                       hs_attack_count_of(attacker, message.block_response.header.epoch));
        hs_attacker_send(attacker, to, &message);
    }
}

static void flood_requests(struct hs_attacker *attacker, uint32_t to, bool by_id)
{
    struct hs_message message = {.type = HS_MESSAGE_RANGE_REQUEST};
    for (uint32_t i = 0; i < REQUESTS; i++) {
        if (by_id) {
            message.type = HS_MESSAGE_BLOCK_REQUEST;
            draw_id(attacker, &message.block_request);
            if (i % 2 == 0) {
                message.block_request =
                    hs_attack_memory_draw_block(attacker->state, &attacker->random)->id;
            }
        } else {
            message.range_request.from_height =
                i % 8 == 0 ? UINT64_MAX - i : hs_random_below(&attacker->random, 100);
        }
        hs_attacker_send(attacker, to, &message);
    }
}

/* A transfer of the own validator's account, which its tips may have filled. */
static void make_transfer(struct hs_attacker *attacker, uint8_t *bytes, uint64_t nonce)
{
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    struct hs_transaction transaction = {
        .type = HS_TRANSACTION_TRANSFER,
        .chain_id = cluster->chain_id,
        .nonce = nonce,
        .transfer.recipient =
            cluster->accounts[hs_random_below(&attacker->random, cluster->account_count)].address,
        .transfer.amount = {hs_random_below(&attacker->random, 3)},
        .max_fee = {cluster->max_fee.units + hs_random_below(&attacker->random, 3)},
    };
    hs_transaction_sign(&transaction,
                        &cluster->validator_keys[attacker->process].network_secret_key);
    hs_transaction_encode(bytes, HS_TRANSACTION_TRANSFER_BYTES, &transaction);
}

/* Mostly well signed: a bad one costs the connection. Nonces with gaps, and each of them twice. */
static void flood_transactions(struct hs_attacker *attacker, uint32_t to)
{
    static const uint64_t first_nonces[] = {0, 1000, UINT64_MAX - TRANSACTIONS};
    uint8_t area[TRANSACTIONS * (HS_PAYLOAD_ENTRY_BYTES + HS_TRANSACTION_TRANSFER_BYTES)];
    struct hs_writer writer = hs_writer_over(area, sizeof(area));
    uint64_t first_nonce = first_nonces[hs_random_below(&attacker->random, 3)];
    bool with_bad_one = hs_random_per_mille(&attacker->random, 250);
    for (uint32_t i = 0; i < TRANSACTIONS; i++) {
        uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
        make_transfer(attacker, bytes, first_nonce + i / 2);
        bytes[sizeof(bytes) - 1] ^= with_bad_one && i + 1 == TRANSACTIONS ? 1 : 0;
        hs_message_transaction_write(&writer, (struct hs_bytes){bytes, sizeof(bytes)});
    }
    HS_ASSERT(!writer.failed);
    struct hs_message message = {.type = HS_MESSAGE_TRANSACTIONS};
    message.transactions.count = TRANSACTIONS;
    message.transactions.transactions = (struct hs_bytes){area, writer.offset};
    hs_attacker_send(attacker, to, &message);
}

static void act(struct hs_attacker *attacker)
{
    uint32_t to = hs_attack_draw_peer(attacker);
    switch (hs_random_below(&attacker->random, 6)) {
    case 0:
        flood_votes(attacker, to);
        break;
    case 1:
        flood_proposals(attacker, to);
        break;
    case 2:
        flood_blocks(attacker, to);
        break;
    case 3:
        flood_requests(attacker, to, true);
        break;
    case 4:
        flood_requests(attacker, to, false);
        break;
    default:
        flood_transactions(attacker, to);
        break;
    }
    act_later(attacker);
}

const struct hs_attack hs_attack_flooder = {
    .name = "flooder",
    .state_bytes = sizeof(struct hs_attack_memory),
    .start = start,
    .end = hs_attack_memory_end,
    .hears = hs_attack_memory_hears,
    .acts = act,
};
