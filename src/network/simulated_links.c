/* Links, connections and inboxes. Two nodes are connected when each knows the other, both run, and both
 * directions are up; what they are told of it waits in their inboxes, each under the other's number.
 * Notices and messages of a number that was taken away go with it: the number may be another's next.
 */
#include "network/simulated_parts.h"

/* Notices that wait in the inbox of a node that does not read it, for each peer. */
#define NOTICES_PER_PEER_MAX 4u

/* -- what is under way ----------------------------------------------------- */

void hs_simulated_lose(struct hs_simulated_network *network, struct hs_buffer *message)
{
    network->counts.lost++;
    hs_buffer_release(message);
}

static void observe_lost_link(const struct hs_simulated_network *network, uint32_t from,
                              uint32_t to)
{
    const struct hs_delivery_heap *heap = &network->under_way;
    for (size_t i = 0; i < heap->count; i++) {
        if (hs_delivery_is_on_link(&heap->items[i], from, to)) {
            network->observer.lost(network->observer.context, heap->items[i].number);
        }
    }
}

void hs_simulated_lose_link(struct hs_simulated_network *network, uint32_t from, uint32_t to)
{
    if (network->observed) {
        observe_lost_link(network, from, to);
    }
    network->counts.lost += hs_delivery_heap_drop_link(&network->under_way, from, to);
}

/* -- inboxes --------------------------------------------------------------- */

static void set_bit(struct hs_bitmap *bitmap, uint32_t index, bool value)
{
    uint8_t mask = (uint8_t)(1u << (index % 8));
    uint8_t *byte = &bitmap->bytes[index / 8];
    *byte = (uint8_t)(value ? *byte | mask : *byte & ~mask);
}

bool hs_simulated_inbox_push(struct hs_simulated_network *network, uint32_t to,
                             struct hs_received received)
{
    struct hs_simulated_inbox *inbox = &network->endpoints[to].inbox;
    bool is_notice = received.type != HS_RECEIVED_MESSAGE;
    size_t notices_max = (size_t)NOTICES_PER_PEER_MAX * network->config.node_count;
    size_t messages_max = network->config.in_flight_max;
    if (is_notice ? inbox->notice_count >= notices_max
                  : inbox->ring.count - inbox->notice_count >= messages_max) {
        return false;
    }
    if (hs_received_ring_push(&inbox->ring, received) != HS_OK) {
        return false;
    }
    inbox->notice_count += is_notice ? 1 : 0;
    set_bit(&network->receivers, to, true);
    return true;
}

enum hs_status hs_simulated_inbox_pop(struct hs_simulated_network *network, uint32_t index,
                                      struct hs_received *received)
{
    struct hs_simulated_inbox *inbox = &network->endpoints[index].inbox;
    enum hs_status status = hs_received_ring_pop(&inbox->ring, received);
    if (status == HS_OK) {
        inbox->notice_count -= received->type != HS_RECEIVED_MESSAGE ? 1 : 0;
        set_bit(&network->receivers, index, inbox->ring.count > 0);
    }
    return status;
}

void hs_simulated_inbox_clear(struct hs_simulated_network *network, uint32_t index)
{
    struct hs_received received;
    while (hs_simulated_inbox_pop(network, index, &received) == HS_OK) {
        if (received.type == HS_RECEIVED_MESSAGE) {
            hs_simulated_lose(network, received.message);
        }
    }
}

/* Drops all that a node has received of one peer. */
static void inbox_forget(struct hs_simulated_network *network, uint32_t index, uint32_t number)
{
    struct hs_simulated_inbox *inbox = &network->endpoints[index].inbox;
    size_t notice_count;
    network->counts.lost += hs_received_ring_forget(&inbox->ring, number, &notice_count);
    inbox->notice_count -= notice_count;
    set_bit(&network->receivers, index, inbox->ring.count > 0);
}

/* -- connections ----------------------------------------------------------- */

bool hs_simulated_know_each_other(const struct hs_simulated_network *network, uint32_t a,
                                  uint32_t b)
{
    return hs_simulated_link_of(network, a, b)->number < HS_PEERS_MAX &&
           hs_simulated_link_of(network, b, a)->number < HS_PEERS_MAX;
}

static void notify(struct hs_simulated_network *network, uint32_t to, uint32_t from, bool connected)
{
    if (network->endpoints[to].running) {
        (void)hs_simulated_inbox_push(
            network, to,
            (struct hs_received){
                .type = connected ? HS_RECEIVED_CONNECTED : HS_RECEIVED_DISCONNECTED,
                .peer = hs_simulated_link_of(network, to, from)->number,
            });
    }
}

void hs_simulated_tell_connected(struct hs_simulated_network *network, uint32_t a, uint32_t b)
{
    hs_simulated_link_of(network, a, b)->told_connected = true;
    hs_simulated_link_of(network, b, a)->told_connected = true;
    notify(network, a, b, true);
    notify(network, b, a, true);
}

void hs_simulated_tell_disconnected(struct hs_simulated_network *network, uint32_t a, uint32_t b)
{
    if (hs_simulated_link_of(network, a, b)->told_connected) {
        hs_simulated_link_of(network, a, b)->told_connected = false;
        hs_simulated_link_of(network, b, a)->told_connected = false;
        notify(network, a, b, false);
        notify(network, b, a, false);
    }
}

bool hs_simulated_can_connect(const struct hs_simulated_network *network, uint32_t a, uint32_t b)
{
    return hs_simulated_know_each_other(network, a, b) && network->endpoints[a].running &&
           network->endpoints[b].running && hs_simulated_link_of(network, a, b)->up &&
           hs_simulated_link_of(network, b, a)->up && !hs_simulated_link_of(network, a, b)->dropped;
}

void hs_simulated_observe_link(const struct hs_simulated_network *network, uint32_t from,
                               uint32_t to)
{
    if (network->observed) {
        const struct hs_simulated_link *link = hs_simulated_link_of(network, from, to);
        bool passes = link->up && !link->dropped && !link->clogged &&
                      hs_simulated_know_each_other(network, from, to);
        network->observer.link(network->observer.context, from, to, passes);
    }
}

static void observe_both_links(const struct hs_simulated_network *network, uint32_t a, uint32_t b)
{
    hs_simulated_observe_link(network, a, b);
    hs_simulated_observe_link(network, b, a);
}

void hs_simulated_set_dropped(struct hs_simulated_network *network, uint32_t a, uint32_t b,
                              bool dropped)
{
    hs_simulated_link_of(network, a, b)->dropped = dropped;
    hs_simulated_link_of(network, b, a)->dropped = dropped;
    observe_both_links(network, a, b);
}

/* -- who knows whom -------------------------------------------------------- */

/* What one node calls another from now on; HS_PEERS_MAX: nothing. */
static void set_number(struct hs_simulated_network *network, uint32_t self, uint32_t peer,
                       uint32_t number)
{
    struct hs_simulated_link *link = hs_simulated_link_of(network, self, peer);
    uint32_t *index_of = network->endpoints[self].index_of;
    if (link->number < HS_PEERS_MAX) {
        index_of[link->number] = HS_VALIDATORS_MAX;
    }
    if (number < HS_PEERS_MAX) {
        index_of[number] = peer;
    }
    link->number = number;
    observe_both_links(network, self, peer);
}

/* The peer hears that the connection went; who forgets it knows, and hears nothing more of it. */
static void forget_peer(struct hs_simulated_network *network, uint32_t self, uint32_t peer)
{
    struct hs_simulated_link *link = hs_simulated_link_of(network, self, peer);
    hs_simulated_lose_link(network, self, peer);
    hs_simulated_lose_link(network, peer, self);
    if (link->told_connected) {
        link->told_connected = false;
        hs_simulated_link_of(network, peer, self)->told_connected = false;
        notify(network, peer, self, false);
    }
    inbox_forget(network, self, link->number);
    set_number(network, self, peer, HS_PEERS_MAX);
}

static void learn_peer(struct hs_simulated_network *network, uint32_t self, uint32_t peer,
                       uint32_t number)
{
    set_number(network, self, peer, number);
    if (hs_simulated_can_connect(network, self, peer)) {
        hs_simulated_tell_connected(network, self, peer);
    }
}

/* What a node's table says about another; HS_PEERS_MAX: nothing. */
static uint32_t number_in_table(const struct hs_simulated_network *network, uint32_t self,
                                uint32_t peer)
{
    const struct hs_simulated_endpoint *endpoint = &network->endpoints[self];
    return self == peer
               ? HS_PEERS_MAX
               : hs_peer_table_find(&endpoint->table, hs_simulated_shown_key(network, peer));
}

/* Numbers become free before they are given: one may go from one peer to another. */
void hs_simulated_follow_table(struct hs_simulated_network *network, uint32_t self)
{
    for (uint32_t peer = 0; peer < network->config.node_count; peer++) {
        uint32_t number = hs_simulated_link_of(network, self, peer)->number;
        if (number < HS_PEERS_MAX && number != number_in_table(network, self, peer)) {
            forget_peer(network, self, peer);
        }
    }
    for (uint32_t peer = 0; peer < network->config.node_count; peer++) {
        uint32_t number = number_in_table(network, self, peer);
        if (number < HS_PEERS_MAX && number != hs_simulated_link_of(network, self, peer)->number) {
            learn_peer(network, self, peer, number);
        }
    }
}

void hs_simulated_follow_key(struct hs_simulated_network *network, uint32_t index)
{
    for (uint32_t i = 0; i < network->config.node_count; i++) {
        set_number(network, i, index, number_in_table(network, i, index));
    }
}

void hs_simulated_show_key(struct hs_simulated_network *network, uint32_t index, uint32_t place)
{
    for (uint32_t i = 0; i < network->config.node_count; i++) {
        if (i != index) {
            hs_simulated_lose_link(network, index, i);
            hs_simulated_lose_link(network, i, index);
            hs_simulated_tell_disconnected(network, index, i);
        }
    }
    network->endpoints[index].shown_key = place;
    hs_simulated_follow_key(network, index);
    for (uint32_t i = 0; i < network->config.node_count; i++) {
        if (hs_simulated_can_connect(network, index, i)) {
            hs_simulated_tell_connected(network, index, i);
        }
    }
}
