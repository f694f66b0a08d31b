/* Peers and members. A peer is who the network connects to, by a number that stays with its network
 * key; a member is an index in the set of one epoch. The core speaks of members, everything that is
 * sent or received of peers, and both meet here only. A peer that is no member (it left, or is to
 * come) may follow, ask and be asked like any other.
 *
 * The table (peer_table.c) is small and found through by hand: it is read once for each peer when an
 * epoch begins.
 */
#include <string.h>

#include "consensus/validator_set.h"
#include "node/node_internal.h"

static bool same_key(const struct hs_ed25519_public_key *a, const struct hs_ed25519_public_key *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

void hs_peers_broadcast(const struct hs_node *node, enum hs_audience audience,
                        enum hs_message_class message_class, struct hs_buffer *message)
{
    uint32_t to[HS_PEERS_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < node->peer_end; i++) {
        if (node->peers[i].used && (audience == HS_TO_ALL || node->peers[i].votes)) {
            to[count++] = i;
        }
    }
    node->network->broadcast(node->network->context, to, count, message_class, message);
}

static void find_members(struct hs_node *node)
{
    struct hs_node_epoch *epoch = node->epoch;
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        epoch->peer_of[i] = HS_NO_PEER;
    }
    for (uint32_t peer = 0; peer < node->peer_end; peer++) {
        node->peers[peer].member = HS_VALIDATORS_MAX;
        for (uint32_t i = 0; node->peers[peer].used && i < epoch->fixed.validators.count; i++) {
            if (same_key(&node->peers[peer].key,
                         &epoch->fixed.validators.validators[i].network_key)) {
                node->peers[peer].member = i;
                epoch->peer_of[i] = peer;
            }
        }
    }
}

void hs_peers_enter_epoch(struct hs_node *node)
{
    if (node->network != NULL) {
        hs_identity_enter_epoch(node);
        (void)hs_peers_change(node);
    }
    find_members(node);
    if (node->network != NULL) {
        hs_peers_tell_network(node);
    }
}

/* Registrations can come with each block, and cost others a dial. */
#define FRESH_NS UINT64_C(2000000000)

void hs_peers_note_commit(struct hs_node *node)
{
    if (node->application.registered != NULL && node->peers_due_ns == UINT64_MAX) {
        node->peers_due_ns = node->peers_fresh_ns + FRESH_NS;
    }
}

void hs_peers_check_time(struct hs_node *node)
{
    uint64_t now_ns = hs_node_now_ns(node);
    if (now_ns < node->peers_due_ns || node->network == NULL) {
        return;
    }
    node->peers_due_ns = UINT64_MAX;
    node->peers_fresh_ns = now_ns;
    if (hs_peers_change(node)) {
        hs_peers_tell_network(node);
    }
}

uint32_t hs_peer_of_member(const struct hs_node *node, uint32_t member)
{
    return member < HS_VALIDATORS_MAX ? node->epoch->peer_of[member] : HS_NO_PEER;
}

bool hs_peer_is_known(const struct hs_node *node, uint32_t peer)
{
    return peer < node->peer_end && node->peers[peer].used;
}

uint32_t hs_member_of_peer(const struct hs_node *node, uint32_t peer)
{
    return hs_peer_is_known(node, peer) ? node->peers[peer].member : HS_VALIDATORS_MAX;
}

bool hs_peer_is_connected(const struct hs_node *node, uint32_t peer)
{
    return hs_peer_is_known(node, peer) && node->peers[peer].connected;
}

uint32_t hs_peers_connected(const struct hs_node *node)
{
    uint32_t count = 0;
    for (uint32_t peer = 0; peer < node->peer_end; peer++) {
        count += node->peers[peer].connected ? 1 : 0;
    }
    return count;
}

bool hs_peers_reach_quorum(const struct hs_node *node)
{
    const struct hs_validator_set *set = &node->epoch->fixed.validators;
    uint64_t weight = hs_validator_set_weight(set, node->epoch->self);
    for (uint32_t peer = 0; peer < node->peer_end; peer++) {
        if (node->peers[peer].connected) {
            weight += hs_validator_set_weight(set, node->peers[peer].member);
        }
    }
    return weight >= hs_validator_set_quorum(set);
}

/* L12. A peer that is no member hears where this node stands from the node itself. */
static void greet(struct hs_node *node, uint32_t peer)
{
    uint32_t member = hs_member_of_peer(node, peer);
    if (member == HS_VALIDATORS_MAX) {
        hs_node_send_status(node, peer);
        return;
    }
    struct hs_event event = {.type = HS_EVENT_PEER_CONNECTED, .peer = member};
    enum hs_status status;
    hs_node_feed(node, &event, &status);
}

void hs_peer_came(struct hs_node *node, uint32_t peer)
{
    if (!hs_peer_is_known(node, peer)) {
        return;
    }
    node->peers[peer].connected = true;
    node->peers[peer].epoch = 0;
    greet(node, peer);
}

void hs_peer_went(struct hs_node *node, uint32_t peer)
{
    if (hs_peer_is_known(node, peer)) {
        node->peers[peer].connected = false;
        hs_sync_peer_went(node, peer);
        hs_epoch_sync_peer_went(node, peer);
    }
}

void hs_peers_greet_all(struct hs_node *node)
{
    for (uint32_t peer = 0; peer < node->peer_end; peer++) {
        if (node->peers[peer].connected) {
            greet(node, peer);
        }
    }
}

/* L13: where this node stands, at most once per peer and timer, to one of an epoch before. From that
 * it knows that it misses the end of its epoch, and asks for it (P5). */
static void answer_behind(struct hs_node *node, uint32_t peer)
{
    struct hs_node_peer *entry = &node->peers[peer];
    uint64_t now_ns = hs_node_now_ns(node);
    node->counters.messages_ignored++;
    if (now_ns >= entry->answer_after_ns) {
        entry->answer_after_ns = now_ns + node->config.pacemaker.base_ns;
        hs_node_send_status(node, peer);
    }
}

/* P5. What a peer shows of an epoch is no proof, and moves nothing but whom is asked for what. */
bool hs_peer_shows_epoch(struct hs_node *node, uint32_t peer, uint64_t epoch)
{
    uint64_t own = hs_node_epoch_number(node);
    if (!hs_peer_is_known(node, peer)) {
        return false;
    }
    struct hs_node_peer *entry = &node->peers[peer];
    if (epoch < own) {
        answer_behind(node, peer);
        return false;
    }
    bool entered = epoch == own && entry->epoch < own;
    entry->epoch = epoch;
    if (epoch > own) {
        node->counters.messages_ignored++;
        hs_epoch_sync_begin(node, peer);
        return false;
    }
    if (entered && own > 0) {
        greet(node, peer); /* L12: what was said before it came here is lost to it */
    }
    return true;
}
