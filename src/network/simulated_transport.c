/* What nodes call. Every random choice about a message is drawn here, in the order of the sends, and
 * always the same number of draws for a message: the same calls with the same seed give the same
 * run.
 */
#include "network/simulated_parts.h"

/* How long a connection stays down that a node has dropped. */
#define REDIAL_NS UINT64_C(1000000000)

static uint64_t draw_delay_ns(struct hs_simulated_network *network)
{
    const struct hs_simulated_network_config *config = &network->config;
    uint64_t extra_mean_ns = 0;
    if (config->delay_mean_ns > config->delay_min_ns) {
        extra_mean_ns = config->delay_mean_ns - config->delay_min_ns;
    }
    return hs_add_saturating(config->delay_min_ns,
                             hs_chance_exponential_ns(&network->chance, extra_mean_ns));
}

static enum hs_status transport_set_peers(void *context, const struct hs_peer peers[], size_t count)
{
    struct hs_simulated_endpoint *endpoint = context;
    struct hs_peer_table table;
    enum hs_status status =
        hs_peer_table_make(&table, endpoint->keys, endpoint->key_count, peers, count);
    if (status == HS_OK) {
        endpoint->table = table;
        hs_simulated_follow_table(endpoint->network, endpoint->index);
    }
    return status;
}

static bool is_reachable(const struct hs_simulated_network *network, uint32_t from, uint32_t to)
{
    const struct hs_simulated_link *link = hs_simulated_link_of(network, from, to);
    return network->endpoints[from].running && network->endpoints[to].running &&
           !link->cut_announced && !link->dropped &&
           hs_simulated_know_each_other(network, from, to);
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
    struct hs_simulated_link *link = hs_simulated_link_of(network, from, to);
    bool reorder = hs_chance_per_mille(&network->chance, network->config.reorder_per_mille);
    uint64_t delay_ns = draw_delay_ns(network);
    uint64_t second_delay_ns = draw_delay_ns(network);
    if (reorder) {
        delay_ns = hs_add_saturating(delay_ns, second_delay_ns);
    }
    uint64_t arrival_ns = hs_add_saturating(network->now_ns, delay_ns);
    if (arrival_ns < link->last_arrival_ns) {
        arrival_ns = link->last_arrival_ns;
    }
    if (!reorder) {
        link->last_arrival_ns = arrival_ns;
    }
    put_under_way(network, (struct hs_delivery){.arrival_ns = link->clogged ? HS_SIMULATED_NEVER_NS
                                                                            : arrival_ns,
                                                .from = from,
                                                .to = to,
                                                .message = message});
}

/* The same message a second time, past the order of its link. */
static void launch_replay(struct hs_simulated_network *network, uint32_t from, uint32_t to,
                          struct hs_buffer *message)
{
    uint64_t delay_ns = draw_delay_ns(network);
    uint64_t later_ns = hs_chance_exponential_ns(&network->chance, network->config.replay_mean_ns);
    uint64_t arrival_ns = hs_add_saturating(network->now_ns, hs_add_saturating(delay_ns, later_ns));
    put_under_way(network, (struct hs_delivery){.arrival_ns = arrival_ns,
                                                .from = from,
                                                .to = to,
                                                .is_replay = true,
                                                .shown_key = network->endpoints[from].shown_key,
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
    bool lost = hs_chance_per_mille(&network->chance, network->config.loss_per_mille);
    bool type_lost = hs_chance_per_mille(&network->chance, network->loss_of_type_per_mille[type]);
    bool replayed = hs_chance_per_mille(&network->chance, network->config.replay_per_mille);
    if (!passes || lost || type_lost || !hs_simulated_link_of(network, from, to)->up) {
        refuse(network, from, to, message);
        return;
    }
    launch(network, from, to, message);
    if (replayed) {
        launch_replay(network, from, to, message);
    }
}

static enum hs_status transport_send(void *context, uint32_t to,
                                     enum hs_message_class message_class, struct hs_buffer *message)
{
    (void)message_class; /* urgency only shows where bandwidth is short, and here it never is */
    const struct hs_simulated_endpoint *endpoint = context;
    struct hs_simulated_network *network = endpoint->network;
    if (to >= HS_PEERS_MAX || !endpoint->table.entries[to].used || message->size == 0) {
        return HS_INVALID_ARGUMENT;
    }
    /* A key may be listed that nobody shows. */
    if (endpoint->index_of[to] == HS_VALIDATORS_MAX ||
        !is_reachable(network, endpoint->index, endpoint->index_of[to])) {
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
    const struct hs_simulated_endpoint *endpoint = context;
    return hs_simulated_inbox_pop(endpoint->network, endpoint->index, received);
}

static void transport_drop_peer(void *context, uint32_t number, enum hs_status why)
{
    (void)why;
    const struct hs_simulated_endpoint *endpoint = context;
    struct hs_simulated_network *network = endpoint->network;
    uint32_t self = endpoint->index;
    uint32_t peer = number < HS_PEERS_MAX ? endpoint->index_of[number] : HS_VALIDATORS_MAX;
    if (peer == HS_VALIDATORS_MAX || !hs_simulated_know_each_other(network, self, peer) ||
        hs_simulated_link_of(network, self, peer)->dropped) {
        return;
    }
    struct hs_delivery redial = {
        .arrival_ns = hs_add_saturating(network->now_ns, REDIAL_NS),
        .from = self,
        .to = peer,
    };
    if (!hs_delivery_heap_push(&network->under_way, redial)) {
        return;
    }
    hs_simulated_lose_link(network, self, peer);
    hs_simulated_lose_link(network, peer, self);
    hs_simulated_tell_disconnected(network, self, peer);
    hs_simulated_set_dropped(network, self, peer, true);
}

static enum hs_status transport_use_identity(void *context, const struct hs_ed25519_public_key *key)
{
    struct hs_simulated_endpoint *endpoint = context;
    uint32_t place = hs_own_key_find(endpoint->keys, endpoint->key_count, key);
    if (place == endpoint->key_count) {
        return HS_NOT_FOUND;
    }
    if (place != endpoint->shown_key) {
        hs_simulated_show_key(endpoint->network, endpoint->index, place);
    }
    return HS_OK;
}

void hs_simulated_transport_init(struct hs_simulated_endpoint *endpoint)
{
    endpoint->transport = (struct hs_consensus_network){
        .context = endpoint,
        .set_peers = transport_set_peers,
        .send = transport_send,
        .broadcast = transport_broadcast,
        .receive = transport_receive,
        .drop_peer = transport_drop_peer,
        .use_identity = transport_use_identity,
    };
}
