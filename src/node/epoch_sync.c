/* The end of an epoch, fetched from who is past it (P5).
 *
 * A peer that speaks in a later epoch has what this node misses: the blocks up to B(e) and the tail
 * that commits it. They are asked for by height, and a certificate of this epoch above them vouches
 * for all: a peer that lies about its epoch wins a question, and no more. One that has nothing to
 * give is not believed until it speaks again. After the switch the next epoch is asked for in the same
 * way, as long as somebody shows a later one.
 *
 * One peer is asked at a time, and when its answer takes longer than usual, whoever speaks in a
 * later epoch is there, and is asked as well: the first of those asked that answers is the one that
 * counts.
 *
 *     message of epoch 9 here in 5 -> range of 5 -> B(5), switch -> range of 6 -> ... -> 9
 */
#include "node/node_internal.h"

#define PAUSE_NS UINT64_C(20000000)

/* Who is past this epoch, in turn after the one asked last; HS_NO_PEER: nobody. Those of genesis, and
 * whom the owner named, come first: strangers that registered could take turns in being slow. */
static uint32_t choose_peer(const struct hs_node *node)
{
    uint64_t own = hs_node_epoch_number(node);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t step = 1; step <= node->peer_end; step++) {
            uint32_t peer = (node->epoch_sync.peer + step) % node->peer_end;
            if (hs_peer_is_connected(node, peer) && node->peers[peer].epoch > own &&
                (round == 1 || node->peers[peer].named)) {
                return peer;
            }
        }
    }
    return HS_NO_PEER;
}

bool hs_epoch_sync_is_behind(const struct hs_node *node)
{
    return node->peer_end > 0 && choose_peer(node) != HS_NO_PEER;
}

static bool is_busy(const struct hs_node *node, const struct hs_core_status *core)
{
    return core->tree_blocks > node->config.tree_blocks_max / 2 &&
           node->epoch_sync.height > node->chain.committed.header.height;
}

static void ask_peer(struct hs_node *node, uint32_t peer)
{
    struct hs_epoch_sync *sync = &node->epoch_sync;
    uint64_t now_ns = hs_node_now_ns(node);
    struct hs_core_status core;
    hs_core_status(node->epoch->core, &core);
    if (core.ended || is_busy(node, &core)) {
        sync->asked = false;
        sync->deadline_ns = now_ns + PAUSE_NS;
        return;
    }
    uint64_t held_height =
        core.committed_height > sync->height ? core.committed_height : sync->height;
    struct hs_message *message = &node->outgoing;
    message->type = HS_MESSAGE_RANGE_REQUEST;
    message->range_request.epoch = hs_node_epoch_number(node);
    message->range_request.from_height = held_height + 1;
    sync->asked = true;
    sync->peer = peer;
    sync->deadline_ns = hs_patience_ask(&sync->patience, now_ns);
    node->peers[peer].end_asked_ns = now_ns;
    hs_node_send_message(node, peer, HS_CLASS_SYNC, message);
}

static void ask(struct hs_node *node)
{
    struct hs_epoch_sync *sync = &node->epoch_sync;
    uint32_t peer = choose_peer(node);
    sync->asked = false;
    sync->wanted = peer != HS_NO_PEER;
    if (sync->wanted && node->network != NULL) {
        ask_peer(node, peer);
    }
}

void hs_epoch_sync_begin(struct hs_node *node, uint32_t peer)
{
    struct hs_epoch_sync *sync = &node->epoch_sync;
    if (node->epoch->fixed.last_height == UINT64_MAX) {
        return;
    }
    if (!sync->wanted) {
        sync->wanted = true;
        sync->asked = false;
        sync->height = 0;
        sync->deadline_ns = hs_node_now_ns(node);
    } else if (sync->asked && hs_patience_is_overdue(&sync->patience, hs_node_now_ns(node))) {
        ask_peer(node, peer); /* the one before may still answer */
    }
}

/* It had its chance: it is asked again when it shows a later epoch again. */
static void give_up_peer(struct hs_node *node, uint32_t peer)
{
    struct hs_epoch_sync *sync = &node->epoch_sync;
    node->peers[peer].epoch = 0;
    node->peers[peer].end_asked_ns = 0;
    if (sync->peer == peer) {
        sync->asked = false;
        sync->height = 0; /* what was taken in may have been dropped */
        sync->deadline_ns = hs_node_now_ns(node) + PAUSE_NS;
    }
}

void hs_epoch_sync_peer_went(struct hs_node *node, uint32_t peer)
{
    struct hs_epoch_sync *sync = &node->epoch_sync;
    if (sync->wanted && sync->asked && sync->peer == peer) {
        hs_patience_forget(&sync->patience);
        sync->deadline_ns = hs_node_now_ns(node);
    }
    node->peers[peer].end_asked_ns = 0;
}

/* Nobody is waited for any more. */
static void expect_nothing(struct hs_node *node)
{
    for (uint32_t peer = 0; peer < node->peer_end; peer++) {
        node->peers[peer].end_asked_ns = 0;
    }
}

void hs_epoch_sync_check_time(struct hs_node *node)
{
    struct hs_epoch_sync *sync = &node->epoch_sync;
    if (!sync->wanted || hs_node_now_ns(node) < sync->deadline_ns) {
        return;
    }
    if (sync->asked) {
        hs_patience_give_up(&sync->patience);
        give_up_peer(node, sync->peer);
        expect_nothing(node);
    }
    ask(node);
}

uint64_t hs_epoch_sync_next_wake_ns(const struct hs_node *node)
{
    return node->epoch_sync.wanted ? node->epoch_sync.deadline_ns : UINT64_MAX;
}

bool hs_epoch_sync_expects(struct hs_node *node, uint32_t peer, const struct hs_message *message)
{
    struct hs_epoch_sync *sync = &node->epoch_sync;
    if (!sync->wanted || !sync->asked || node->peers[peer].end_asked_ns == 0) {
        return false;
    }
    if (message->range_response.block_count == 0 || !message->range_response.has_qc) {
        give_up_peer(node, peer);
        return false;
    }
    sync->patience.asked_ns = node->peers[peer].end_asked_ns;
    hs_patience_answered(&sync->patience, hs_node_now_ns(node));
    expect_nothing(node); /* it is the one */
    sync->peer = peer;
    sync->deadline_ns = hs_node_now_ns(node) + sync->patience.allowed_ns; /* to be verified in */
    return true;
}

void hs_epoch_sync_take(struct hs_node *node, struct hs_parcel *parcel)
{
    struct hs_epoch_sync *sync = &node->epoch_sync;
    uint64_t height;
    enum hs_status status = hs_sync_take_blocks(node, parcel, &height);
    if (status != HS_OK) {
        hs_node_blame_peer(node, parcel->peer, status);
        give_up_peer(node, parcel->peer);
        return;
    }
    sync->height = height;
    ask(node);
}

/* The heights of the epoch that is over say nothing about the next one's. */
void hs_epoch_sync_enter(struct hs_node *node)
{
    struct hs_epoch_sync *sync = &node->epoch_sync;
    sync->asked = false;
    hs_patience_forget(&sync->patience);
    expect_nothing(node);
    sync->height = 0;
    sync->deadline_ns = hs_node_now_ns(node);
    sync->wanted = choose_peer(node) != HS_NO_PEER;
}
