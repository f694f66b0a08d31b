/* What peers ask for, answered in turn (L10, P5).
 *
 * Whoever is connected may ask for blocks, and that is more than the validators: all that are
 * registered. An answer costs a read of up to a megabyte and its copies, a question a few bytes, so
 * a peer that asks without end could keep the loop from everything else. A correct peer waits for
 * one answer of a kind before it asks again; so of each peer the last question of a kind is kept,
 * and those before it are forgotten.
 *
 * Voters, of this epoch and the next, come first: one of them is answered in each turn of the loop,
 * and the turn after it comes at once. The others together are answered every ANSWER_OTHERS_NS.
 * Each peer has its turn among its like, so whoever asks most often is not answered more often.
 */
#include "node/node_internal.h"

#define ANSWER_OTHERS_NS UINT64_C(5000000)

void hs_answers_ask_block(struct hs_node *node, uint32_t peer, const struct hs_block_id *id)
{
    if (hs_peer_is_known(node, peer)) {
        node->peers[peer].asks_block = true;
        node->peers[peer].asked_id = *id;
    }
}

void hs_answers_ask_range(struct hs_node *node, uint32_t peer, uint64_t epoch, uint64_t from_height)
{
    if (hs_peer_is_known(node, peer)) {
        node->peers[peer].asks_range = true;
        node->peers[peer].asked_epoch = epoch;
        node->peers[peer].asked_height = from_height;
    }
}

static bool asks(const struct hs_node_peer *peer)
{
    return peer->used && (peer->asks_block || peer->asks_range);
}

/* The next one in turn; HS_NO_PEER: none of them asks. */
static uint32_t find_asking(const struct hs_node *node, bool votes)
{
    uint32_t last = node->answers.last[votes];
    for (uint32_t step = 1; step <= node->peer_end; step++) {
        uint32_t number = (last + step) % node->peer_end;
        if (asks(&node->peers[number]) && node->peers[number].votes == votes) {
            return number;
        }
    }
    return HS_NO_PEER;
}

static void answer(struct hs_node *node, uint32_t number)
{
    struct hs_node_peer *peer = &node->peers[number];
    node->answers.last[peer->votes] = number;
    if (peer->asks_block) {
        peer->asks_block = false;
        hs_sync_serve_block(node, number, &peer->asked_id);
    } else {
        peer->asks_range = false;
        hs_sync_serve_range(node, number, peer->asked_epoch, peer->asked_height);
    }
}

void hs_answers_give(struct hs_node *node)
{
    uint32_t voter = find_asking(node, true);
    if (voter != HS_NO_PEER) {
        answer(node, voter);
    }
    uint64_t now_ns = hs_node_now_ns(node);
    uint32_t other =
        now_ns >= node->answers.others_after_ns ? find_asking(node, false) : HS_NO_PEER;
    if (other != HS_NO_PEER) {
        answer(node, other);
        node->answers.others_after_ns = now_ns + ANSWER_OTHERS_NS;
    }
}

uint64_t hs_answers_next_wake_ns(const struct hs_node *node)
{
    if (find_asking(node, true) != HS_NO_PEER) {
        return 0;
    }
    return find_asking(node, false) != HS_NO_PEER ? node->answers.others_after_ns : UINT64_MAX;
}
