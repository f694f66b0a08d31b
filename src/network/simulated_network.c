/* The simulated network: one heap of what is under way, one inbox for each node.
 *
 * Every random choice comes from one generator of the network's own, drawn in the
 * order of the sends, and always the same number of draws for a message: the same
 * calls with the same seed give the same run, on every machine, because there are
 * integers only.
 *
 * A link is one direction between two nodes, and decides alone whether messages pass.
 * What two nodes were told about their connection is kept beside it, for both
 * directions alike: it only makes notices and the answer of `send`. Inside, nodes go by their
 * index; `number` of a link is what its sender calls its receiver. Memory grows with what
 * is under way, up to the limits.
 */
#include <hotstuff/simulated_network.h>

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "network/delivery_heap.h"
#include "network/peer_table.h"
#include "network/received_ring.h"

/* How long a connection stays down that a node has dropped. */
#define REDIAL_NS UINT64_C(1000000000)
#define NEVER_NS  UINT64_MAX
/* Notices that wait in the inbox of a node that does not read it, for each peer. */
#define NOTICES_PER_PEER_MAX 4u
/* ln 2 and one in the fixed point of `negative_log2`. */
#define LOG_FRACTION_BITS 16u
#define LN2_FIXED         UINT64_C(45426)
/* Two years: its product with the greatest factor fits 64 bits. */
#define EXTRA_MEAN_NS_MAX (UINT64_C(1) << 56)

struct link {
    uint32_t number;          /* HS_PEERS_MAX: the one does not know the other */
    uint64_t last_arrival_ns; /* of those that nothing behind them may overtake */
    bool up;
    bool clogged;       /* what is sent arrives never, until it is let go */
    bool cut_announced; /* the sender knows that it is cut */
    /* The same in both directions of a pair: */
    bool told_connected;
    bool dropped; /* by one of the two; dialed again after a while */
};

/* What a node can receive. */
struct inbox {
    struct hs_received_ring ring;
    size_t notice_count;
};

struct endpoint {
    struct hs_simulated_network *network;
    uint32_t index;
    bool running;
    struct hs_ed25519_public_key key;
    struct hs_peer_table table;      /* whom it knows */
    uint32_t index_of[HS_PEERS_MAX]; /* by number; HS_VALIDATORS_MAX: no node's */
    struct inbox inbox;
    struct hs_consensus_network transport;
};

struct hs_simulated_network {
    struct hs_simulated_network_config config;
    uint64_t now_ns;
    uint64_t random_state;
    struct hs_delivery_heap under_way;
    struct link *links; /* [from * node_count + to] */
    struct endpoint *endpoints;
    struct hs_bitmap receivers; /* whose inbox holds something */
    struct hs_simulated_network_counts counts;
    uint32_t loss_of_type_per_mille[256]; /* on top of the configured */
    hs_simulated_filter *filter;
    void *filter_context;
    bool observed;
    struct hs_simulated_observer observer;
};

/* -- chance ---------------------------------------------------------------- */

/* splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators). */
static uint64_t random_next(struct hs_simulated_network *network)
{
    network->random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = network->random_state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static bool random_per_mille(struct hs_simulated_network *network, uint32_t per_mille)
{
    return (((random_next(network) >> 32) * 1000u) >> 32) < per_mille;
}

/* -log2((random | 1) / 2^64) in fixed point. The bits of the logarithm's fraction
 * come one by one from squaring the mantissa (Knuth, TAOCP 1, 1.2.2, exercise 25). */
static uint64_t negative_log2(uint64_t random)
{
    random |= 1u;
    uint32_t zero_count = (uint32_t)__builtin_clzll(random);
    uint64_t mantissa = (random << zero_count) >> 32; /* [1, 2) with 31 bits of fraction */
    uint64_t fraction = 0;
    for (uint32_t bit = 0; bit < LOG_FRACTION_BITS; bit++) {
        mantissa = (mantissa * mantissa) >> 31;
        uint64_t is_two_or_more = mantissa >> 32;
        mantissa >>= is_two_or_more;
        fraction = (fraction << 1) | is_two_or_more;
    }
    return ((uint64_t)(zero_count + 1u) << LOG_FRACTION_BITS) - fraction;
}

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* An exponential variable: -ln(u) times the mean. */
static uint64_t draw_exponential_ns(struct hs_simulated_network *network, uint64_t mean_ns)
{
    if (mean_ns > EXTRA_MEAN_NS_MAX) {
        mean_ns = EXTRA_MEAN_NS_MAX;
    }
    uint64_t factor = (negative_log2(random_next(network)) * LN2_FIXED) >> LOG_FRACTION_BITS;
    const uint64_t fraction_mask = (UINT64_C(1) << LOG_FRACTION_BITS) - 1u;
    uint64_t whole = (mean_ns >> LOG_FRACTION_BITS) * factor;
    uint64_t rest = ((mean_ns & fraction_mask) * factor) >> LOG_FRACTION_BITS;
    return add_saturating(whole, rest);
}

static uint64_t draw_delay_ns(struct hs_simulated_network *network)
{
    const struct hs_simulated_network_config *config = &network->config;
    uint64_t extra_mean_ns = 0;
    if (config->delay_mean_ns > config->delay_min_ns) {
        extra_mean_ns = config->delay_mean_ns - config->delay_min_ns;
    }
    return add_saturating(config->delay_min_ns, draw_exponential_ns(network, extra_mean_ns));
}

/* -- what is under way ----------------------------------------------------- */

static void lose(struct hs_simulated_network *network, struct hs_buffer *message)
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

/* Loses the messages under way on the connection from one node to another. */
static void lose_link(struct hs_simulated_network *network, uint32_t from, uint32_t to)
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

/* False when the inbox is full: its node does not read, and is not waited for. */
static bool inbox_push(struct hs_simulated_network *network, uint32_t to,
                       struct hs_received received)
{
    struct inbox *inbox = &network->endpoints[to].inbox;
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

static enum hs_status inbox_pop(struct hs_simulated_network *network, uint32_t index,
                                struct hs_received *received)
{
    struct inbox *inbox = &network->endpoints[index].inbox;
    enum hs_status status = hs_received_ring_pop(&inbox->ring, received);
    if (status == HS_OK) {
        inbox->notice_count -= received->type != HS_RECEIVED_MESSAGE ? 1 : 0;
        set_bit(&network->receivers, index, inbox->ring.count > 0);
    }
    return status;
}

static void inbox_clear(struct hs_simulated_network *network, uint32_t index)
{
    struct hs_received received;
    while (inbox_pop(network, index, &received) == HS_OK) {
        if (received.type == HS_RECEIVED_MESSAGE) {
            lose(network, received.message);
        }
    }
}

/* Drops all that a node has received of one peer. */
static void inbox_forget(struct hs_simulated_network *network, uint32_t index, uint32_t number)
{
    struct inbox *inbox = &network->endpoints[index].inbox;
    size_t notice_count;
    network->counts.lost += hs_received_ring_forget(&inbox->ring, number, &notice_count);
    inbox->notice_count -= notice_count;
    set_bit(&network->receivers, index, inbox->ring.count > 0);
}

/* -- connections ----------------------------------------------------------- */

static struct link *link_of(const struct hs_simulated_network *network, uint32_t from, uint32_t to)
{
    return &network->links[(size_t)from * network->config.node_count + to];
}

/* Whether each has the other in its list. */
static bool know_each_other(const struct hs_simulated_network *network, uint32_t a, uint32_t b)
{
    return link_of(network, a, b)->number < HS_PEERS_MAX &&
           link_of(network, b, a)->number < HS_PEERS_MAX;
}

static void notify(struct hs_simulated_network *network, uint32_t to, uint32_t from, bool connected)
{
    if (network->endpoints[to].running) {
        (void)inbox_push(network, to,
                         (struct hs_received){
                             .type = connected ? HS_RECEIVED_CONNECTED : HS_RECEIVED_DISCONNECTED,
                             .peer = link_of(network, to, from)->number,
                         });
    }
}

static void tell_connected(struct hs_simulated_network *network, uint32_t a, uint32_t b)
{
    link_of(network, a, b)->told_connected = true;
    link_of(network, b, a)->told_connected = true;
    notify(network, a, b, true);
    notify(network, b, a, true);
}

static void tell_disconnected(struct hs_simulated_network *network, uint32_t a, uint32_t b)
{
    if (link_of(network, a, b)->told_connected) {
        link_of(network, a, b)->told_connected = false;
        link_of(network, b, a)->told_connected = false;
        notify(network, a, b, false);
        notify(network, b, a, false);
    }
}

/* Whether the two could shake hands: that takes both directions. */
static bool can_connect(const struct hs_simulated_network *network, uint32_t a, uint32_t b)
{
    return know_each_other(network, a, b) && network->endpoints[a].running &&
           network->endpoints[b].running && link_of(network, a, b)->up &&
           link_of(network, b, a)->up && !link_of(network, a, b)->dropped;
}

static void observe_link(const struct hs_simulated_network *network, uint32_t from, uint32_t to)
{
    if (network->observed) {
        const struct link *link = link_of(network, from, to);
        bool passes =
            link->up && !link->dropped && !link->clogged && know_each_other(network, from, to);
        network->observer.link(network->observer.context, from, to, passes);
    }
}

static void observe_both_links(const struct hs_simulated_network *network, uint32_t a, uint32_t b)
{
    observe_link(network, a, b);
    observe_link(network, b, a);
}

static void set_dropped(struct hs_simulated_network *network, uint32_t a, uint32_t b, bool dropped)
{
    link_of(network, a, b)->dropped = dropped;
    link_of(network, b, a)->dropped = dropped;
    observe_both_links(network, a, b);
}

/* -- who knows whom -------------------------------------------------------- */

/* What one node calls another from now on; HS_PEERS_MAX: nothing. */
static void set_number(struct hs_simulated_network *network, uint32_t self, uint32_t peer,
                       uint32_t number)
{
    struct link *link = link_of(network, self, peer);
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
    struct link *link = link_of(network, self, peer);
    lose_link(network, self, peer);
    lose_link(network, peer, self);
    if (link->told_connected) {
        link->told_connected = false;
        link_of(network, peer, self)->told_connected = false;
        notify(network, peer, self, false);
    }
    inbox_forget(network, self, link->number);
    set_number(network, self, peer, HS_PEERS_MAX);
}

static void learn_peer(struct hs_simulated_network *network, uint32_t self, uint32_t peer,
                       uint32_t number)
{
    set_number(network, self, peer, number);
    if (can_connect(network, self, peer)) {
        tell_connected(network, self, peer);
    }
}

/* What a node's table says about another; HS_PEERS_MAX: nothing. */
static uint32_t number_in_table(const struct hs_simulated_network *network, uint32_t self,
                                uint32_t peer)
{
    const struct endpoint *endpoint = &network->endpoints[self];
    return self == peer ? HS_PEERS_MAX
                        : hs_peer_table_find(&endpoint->table, &network->endpoints[peer].key);
}

/* Numbers become free before they are given: one may go from one peer to another. */
static void follow_table(struct hs_simulated_network *network, uint32_t self)
{
    for (uint32_t peer = 0; peer < network->config.node_count; peer++) {
        uint32_t number = link_of(network, self, peer)->number;
        if (number < HS_PEERS_MAX && number != number_in_table(network, self, peer)) {
            forget_peer(network, self, peer);
        }
    }
    for (uint32_t peer = 0; peer < network->config.node_count; peer++) {
        uint32_t number = number_in_table(network, self, peer);
        if (number < HS_PEERS_MAX && number != link_of(network, self, peer)->number) {
            learn_peer(network, self, peer, number);
        }
    }
}

static enum hs_status transport_set_peers(void *context, const struct hs_peer peers[], size_t count)
{
    struct endpoint *endpoint = context;
    struct hs_peer_table table;
    enum hs_status status = hs_peer_table_make(&table, &endpoint->key, peers, count);
    if (status == HS_OK) {
        endpoint->table = table;
        follow_table(endpoint->network, endpoint->index);
    }
    return status;
}

/* -- the transport --------------------------------------------------------- */

static bool is_reachable(const struct hs_simulated_network *network, uint32_t from, uint32_t to)
{
    const struct link *link = link_of(network, from, to);
    return network->endpoints[from].running && network->endpoints[to].running &&
           !link->cut_announced && !link->dropped && know_each_other(network, from, to);
}

/* Lost as it is sent. */
static void refuse(struct hs_simulated_network *network, uint32_t from, uint32_t to,
                   const struct hs_buffer *message)
{
    network->counts.lost++;
    if (network->observed) {
        network->observer.refused(network->observer.context, from, to, message);
    }
}

static void put_under_way(struct hs_simulated_network *network, struct hs_delivery delivery)
{
    struct hs_delivery_heap *heap = &network->under_way;
    uint64_t number = heap->next_number;
    hs_buffer_retain(delivery.message);
    if (heap->count - heap->redial_count >= network->config.in_flight_max ||
        !hs_delivery_heap_push(heap, delivery)) {
        refuse(network, delivery.from, delivery.to, delivery.message);
        hs_buffer_release(delivery.message);
    } else if (network->observed) {
        network->observer.sent(network->observer.context, number, delivery.from, delivery.to,
                               delivery.message);
    }
}

/* One that drew `reorder` takes a second delay and leaves no mark on its link, so those behind it
 * may pass; it passes none itself. */
static void launch(struct hs_simulated_network *network, uint32_t from, uint32_t to,
                   struct hs_buffer *message)
{
    struct link *link = link_of(network, from, to);
    bool reorder = random_per_mille(network, network->config.reorder_per_mille);
    uint64_t delay_ns = draw_delay_ns(network);
    uint64_t second_delay_ns = draw_delay_ns(network);
    if (reorder) {
        delay_ns = add_saturating(delay_ns, second_delay_ns);
    }
    uint64_t arrival_ns = add_saturating(network->now_ns, delay_ns);
    if (arrival_ns < link->last_arrival_ns) {
        arrival_ns = link->last_arrival_ns;
    }
    if (!reorder) {
        link->last_arrival_ns = arrival_ns;
    }
    put_under_way(network, (struct hs_delivery){.arrival_ns = link->clogged ? NEVER_NS : arrival_ns,
                                                .from = from,
                                                .to = to,
                                                .message = message});
}

/* The same message a second time, past the order of its link. */
static void launch_replay(struct hs_simulated_network *network, uint32_t from, uint32_t to,
                          struct hs_buffer *message)
{
    uint64_t delay_ns = draw_delay_ns(network);
    uint64_t later_ns = draw_exponential_ns(network, network->config.replay_mean_ns);
    uint64_t arrival_ns = add_saturating(network->now_ns, add_saturating(delay_ns, later_ns));
    put_under_way(network, (struct hs_delivery){.arrival_ns = arrival_ns,
                                                .from = from,
                                                .to = to,
                                                .is_replay = true,
                                                .message = message});
}

static void send_to_reachable(struct hs_simulated_network *network, uint32_t from, uint32_t to,
                              struct hs_buffer *message)
{
    uint8_t type = message->data[0];
    network->counts.sent[type]++;
    network->counts.sent_bytes += message->size;
    bool passes = network->filter == NULL ||
                  network->filter(network->filter_context, network->now_ns, from, to, message);
    bool lost = random_per_mille(network, network->config.loss_per_mille);
    bool type_lost = random_per_mille(network, network->loss_of_type_per_mille[type]);
    bool replayed = random_per_mille(network, network->config.replay_per_mille);
    if (!passes || lost || type_lost || !link_of(network, from, to)->up) {
        refuse(network, from, to, message);
        return;
    }
    launch(network, from, to, message);
    if (replayed) {
        launch_replay(network, from, to, message);
    }
}

static enum hs_status transport_send(void *context, uint32_t to,
                                     enum hs_message_class message_class,
                                     struct hs_buffer *message)
{
    (void)message_class; /* urgency only shows where bandwidth is short, and here it never is */
    const struct endpoint *endpoint = context;
    struct hs_simulated_network *network = endpoint->network;
    if (to >= HS_PEERS_MAX || endpoint->index_of[to] == HS_VALIDATORS_MAX || message->size == 0) {
        return HS_INVALID_ARGUMENT;
    }
    if (!is_reachable(network, endpoint->index, endpoint->index_of[to])) {
        return HS_UNREACHABLE;
    }
    send_to_reachable(network, endpoint->index, endpoint->index_of[to], message);
    return HS_OK;
}

static void transport_broadcast(void *context, const uint32_t to[], size_t count,
                                enum hs_message_class message_class, struct hs_buffer *message)
{
    for (size_t i = 0; i < count; i++) {
        /* A peer that can't be reached is no concern of a broadcast. */
        enum hs_status status = transport_send(context, to[i], message_class, message);
        (void)status;
    }
}

static enum hs_status transport_receive(void *context, struct hs_received *received)
{
    const struct endpoint *endpoint = context;
    return inbox_pop(endpoint->network, endpoint->index, received);
}

static void transport_drop_peer(void *context, uint32_t number, enum hs_status why)
{
    (void)why;
    const struct endpoint *endpoint = context;
    struct hs_simulated_network *network = endpoint->network;
    uint32_t self = endpoint->index;
    uint32_t peer = number < HS_PEERS_MAX ? endpoint->index_of[number] : HS_VALIDATORS_MAX;
    if (peer == HS_VALIDATORS_MAX || !know_each_other(network, self, peer) ||
        link_of(network, self, peer)->dropped) {
        return;
    }
    struct hs_delivery redial = {
        .arrival_ns = add_saturating(network->now_ns, REDIAL_NS),
        .from = self,
        .to = peer,
    };
    if (!hs_delivery_heap_push(&network->under_way, redial)) {
        return;
    }
    lose_link(network, self, peer);
    lose_link(network, peer, self);
    tell_disconnected(network, self, peer);
    set_dropped(network, self, peer, true);
}

/* -- the owner's calls ----------------------------------------------------- */

static void make_endpoint(struct hs_simulated_network *network, uint32_t index,
                          const struct hs_ed25519_public_key *keys)
{
    struct endpoint *endpoint = &network->endpoints[index];
    endpoint->network = network;
    endpoint->index = index;
    endpoint->running = true;
    endpoint->key.bytes[0] = (uint8_t)index; /* unless given */
    if (keys != NULL) {
        endpoint->key = keys[index];
    }
    for (uint32_t i = 0; i < HS_PEERS_MAX; i++) {
        endpoint->index_of[i] = HS_VALIDATORS_MAX;
    }
    endpoint->transport = (struct hs_consensus_network){
        .context = endpoint,
        .set_peers = transport_set_peers,
        .send = transport_send,
        .broadcast = transport_broadcast,
        .receive = transport_receive,
        .drop_peer = transport_drop_peer,
    };
}

/* Everybody under its index, and connected, which is no news to anybody. */
static void introduce_to_all(struct hs_simulated_network *network, uint32_t index)
{
    struct endpoint *endpoint = &network->endpoints[index];
    for (uint32_t i = 0; i < network->config.node_count; i++) {
        if (i != index) {
            struct link *link = link_of(network, index, i);
            endpoint->index_of[i] = i;
            endpoint->table.entries[i] =
                (struct hs_peer_entry){.used = true, .key = network->endpoints[i].key};
            endpoint->table.end = i + 1;
            link->number = i;
            link->told_connected = true;
        }
    }
}

struct hs_simulated_network *
hs_create_simulated_network(const struct hs_simulated_network_config *config)
{
    HS_ASSERT(config->node_count > 0 && config->node_count <= HS_VALIDATORS_MAX);
    size_t node_count = config->node_count;
    struct hs_simulated_network *network = calloc(1, sizeof *network);
    if (network == NULL) {
        return NULL;
    }
    network->links = calloc(node_count * node_count, sizeof *network->links);
    network->endpoints = calloc(node_count, sizeof *network->endpoints);
    if (network->links == NULL || network->endpoints == NULL) {
        free(network->links);
        free(network->endpoints);
        free(network);
        return NULL;
    }
    network->config = *config;
    network->config.keys = NULL; /* copied, below */
    network->random_state = config->seed;
    for (size_t i = 0; i < node_count * node_count; i++) {
        network->links[i] = (struct link){.up = true, .number = HS_PEERS_MAX};
    }
    for (uint32_t i = 0; i < config->node_count; i++) {
        make_endpoint(network, i, config->keys);
    }
    for (uint32_t i = 0; i < config->node_count; i++) {
        introduce_to_all(network, i);
    }
    return network;
}

void hs_simulated_network_free(struct hs_simulated_network *network)
{
    if (network == NULL) {
        return;
    }
    for (uint32_t i = 0; i < network->config.node_count; i++) {
        inbox_clear(network, i);
        hs_received_ring_release(&network->endpoints[i].inbox.ring);
    }
    hs_delivery_heap_free(&network->under_way);
    free(network->links);
    free(network->endpoints);
    free(network);
}

const struct hs_consensus_network *
hs_simulated_network_transport(struct hs_simulated_network *network, uint32_t index)
{
    HS_ASSERT(index < network->config.node_count);
    return &network->endpoints[index].transport;
}

struct hs_ed25519_public_key hs_simulated_network_key(const struct hs_simulated_network *network,
                                                      uint32_t index)
{
    HS_ASSERT(index < network->config.node_count);
    return network->endpoints[index].key;
}

void hs_simulated_network_set_key(struct hs_simulated_network *network, uint32_t index,
                                  const struct hs_ed25519_public_key *key)
{
    HS_ASSERT(index < network->config.node_count && !network->endpoints[index].running);
    network->endpoints[index].key = *key;
    for (uint32_t i = 0; i < network->config.node_count; i++) {
        set_number(network, i, index, number_in_table(network, i, index));
    }
}

uint64_t hs_simulated_network_next_ns(const struct hs_simulated_network *network)
{
    return hs_delivery_heap_next_ns(&network->under_way);
}

/* A replay belongs to no connection, but there must be one for it to be heard. */
static bool replay_passes(const struct hs_simulated_network *network,
                          const struct hs_delivery *replay)
{
    const struct link *link = link_of(network, replay->from, replay->to);
    return network->endpoints[replay->to].running && link->up && link->told_connected &&
           !link->clogged;
}

/* Returns whether a message arrived. */
static bool arrive(struct hs_simulated_network *network, struct hs_delivery delivery)
{
    if (delivery.message == NULL) {
        set_dropped(network, delivery.from, delivery.to, false);
        if (can_connect(network, delivery.from, delivery.to)) {
            tell_connected(network, delivery.from, delivery.to);
        }
        return false;
    }
    struct hs_received received = {
        .type = HS_RECEIVED_MESSAGE,
        .peer = link_of(network, delivery.to, delivery.from)->number,
        .message = delivery.message,
    };
    bool passes = !delivery.is_replay || replay_passes(network, &delivery);
    bool arrived = passes && inbox_push(network, delivery.to, received);
    if (network->observed) {
        (arrived ? network->observer.arrived : network->observer.lost)(network->observer.context,
                                                                       delivery.number);
    }
    if (!arrived) {
        lose(network, delivery.message);
        return false;
    }
    network->counts.delivered++;
    return true;
}

size_t hs_simulated_network_advance(struct hs_simulated_network *network, uint64_t now_ns,
                                    struct hs_bitmap *receivers)
{
    size_t arrived_count = 0;
    if (now_ns > network->now_ns) {
        network->now_ns = now_ns;
    }
    while (network->under_way.count > 0 &&
           hs_delivery_heap_next_ns(&network->under_way) <= network->now_ns) {
        arrived_count += arrive(network, hs_delivery_heap_pop(&network->under_way)) ? 1 : 0;
    }
    if (receivers != NULL) {
        *receivers = network->receivers;
    }
    return arrived_count;
}

void hs_simulated_network_set_link(struct hs_simulated_network *network, uint32_t from,
                                   uint32_t to, bool up, bool announce)
{
    HS_ASSERT(from < network->config.node_count && to < network->config.node_count);
    struct link *link = link_of(network, from, to);
    bool is_news = !link->up || !link->told_connected;
    bool changes = link->up != up;
    link->up = up;
    if (changes) {
        observe_link(network, from, to);
    }
    link->cut_announced = !up && (announce || link->cut_announced);
    if (!up) {
        lose_link(network, from, to);
        if (announce) {
            tell_disconnected(network, from, to);
        }
    } else if ((announce ? is_news : !link->told_connected) && can_connect(network, from, to)) {
        tell_connected(network, from, to);
    }
}

void hs_simulated_network_clog_link(struct hs_simulated_network *network, uint32_t from,
                                    uint32_t to, bool clogged)
{
    HS_ASSERT(from < network->config.node_count && to < network->config.node_count);
    struct link *link = link_of(network, from, to);
    if (link->clogged == clogged) {
        return;
    }
    link->clogged = clogged;
    observe_link(network, from, to);
    if (!clogged) {
        link->last_arrival_ns = network->now_ns;
    }
    hs_delivery_heap_put_off(&network->under_way, from, to, clogged ? NEVER_NS : network->now_ns);
}

void hs_simulated_network_lose_type(struct hs_simulated_network *network, uint8_t type,
                                    uint32_t per_mille)
{
    network->loss_of_type_per_mille[type] = per_mille;
}

void hs_simulated_network_stop_node(struct hs_simulated_network *network, uint32_t index)
{
    HS_ASSERT(index < network->config.node_count);
    if (!network->endpoints[index].running) {
        return;
    }
    network->endpoints[index].running = false;
    inbox_clear(network, index);
    for (uint32_t peer = 0; peer < network->config.node_count; peer++) {
        if (peer != index) {
            lose_link(network, index, peer);
            lose_link(network, peer, index);
            tell_disconnected(network, index, peer);
        }
    }
}

void hs_simulated_network_start_node(struct hs_simulated_network *network, uint32_t index)
{
    HS_ASSERT(index < network->config.node_count);
    if (network->endpoints[index].running) {
        return;
    }
    network->endpoints[index].running = true;
    for (uint32_t peer = 0; peer < network->config.node_count; peer++) {
        if (can_connect(network, index, peer)) {
            tell_connected(network, index, peer);
        }
    }
}

void hs_simulated_network_set_filter(struct hs_simulated_network *network,
                                     hs_simulated_filter *filter, void *context)
{
    network->filter = filter;
    network->filter_context = context;
}

void hs_simulated_network_set_observer(struct hs_simulated_network *network,
                                       const struct hs_simulated_observer *observer)
{
    network->observed = observer != NULL;
    network->observer = observer != NULL ? *observer : (struct hs_simulated_observer){0};
}

void hs_simulated_network_set_faults(struct hs_simulated_network *network,
                                     const struct hs_simulated_network_config *config)
{
    network->config.delay_min_ns = config->delay_min_ns;
    network->config.delay_mean_ns = config->delay_mean_ns;
    network->config.loss_per_mille = config->loss_per_mille;
    network->config.replay_per_mille = config->replay_per_mille;
    network->config.replay_mean_ns = config->replay_mean_ns;
    network->config.reorder_per_mille = config->reorder_per_mille;
}

size_t hs_simulated_network_in_flight(const struct hs_simulated_network *network)
{
    return network->under_way.count - network->under_way.redial_count;
}

void hs_simulated_network_counts(const struct hs_simulated_network *network,
                                 struct hs_simulated_network_counts *counts)
{
    *counts = network->counts;
}
