/* The simulated network: one heap of what is under way, one inbox for each node. Memory grows with
 * what is under way, up to the limits. Its parts are named in simulated_parts.h.
 */
#include "network/simulated_parts.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/bitmap.h"

/* -- making one ------------------------------------------------------------ */

static void make_endpoint(struct hs_simulated_network *network, uint32_t index,
                          const struct hs_ed25519_public_key *keys)
{
    struct hs_simulated_endpoint *endpoint = &network->endpoints[index];
    endpoint->network = network;
    endpoint->index = index;
    endpoint->running = true;
    endpoint->key_count = 1;
    endpoint->keys[0].bytes[0] = (uint8_t)index; /* unless given */
    if (keys != NULL) {
        endpoint->keys[0] = keys[index];
    }
    for (uint32_t i = 0; i < HS_PEERS_MAX; i++) {
        endpoint->index_of[i] = HS_VALIDATORS_MAX;
    }
    hs_simulated_transport_init(endpoint);
}

/* Everybody under its index, and connected, which is no news to anybody. */
static void introduce_to_all(struct hs_simulated_network *network, uint32_t index)
{
    struct hs_simulated_endpoint *endpoint = &network->endpoints[index];
    for (uint32_t i = 0; i < network->config.node_count; i++) {
        if (i != index) {
            struct hs_simulated_link *link = hs_simulated_link_of(network, index, i);
            endpoint->index_of[i] = i;
            endpoint->table.entries[i] =
                (struct hs_peer_entry){.used = true, .key = *hs_simulated_shown_key(network, i)};
            endpoint->table.end = i + 1;
            link->number = i;
            link->told_connected = true;
        }
    }
}

struct hs_simulated_network *hs_create_simulated_network(
    const struct hs_simulated_network_config *config)
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
    network->chance.state = config->seed;
    for (size_t i = 0; i < node_count * node_count; i++) {
        network->links[i] = (struct hs_simulated_link){.up = true, .number = HS_PEERS_MAX};
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
        hs_simulated_inbox_clear(network, i);
        hs_received_ring_release(&network->endpoints[i].inbox.ring);
    }
    hs_delivery_heap_free(&network->under_way);
    free(network->links);
    free(network->endpoints);
    free(network);
}

const struct hs_consensus_network *hs_simulated_network_transport(
    struct hs_simulated_network *network, uint32_t index)
{
    HS_ASSERT(index < network->config.node_count);
    return &network->endpoints[index].transport;
}

struct hs_ed25519_public_key hs_simulated_network_key(const struct hs_simulated_network *network,
                                                      uint32_t index)
{
    HS_ASSERT(index < network->config.node_count);
    return *hs_simulated_shown_key(network, index);
}

void hs_simulated_network_set_keys(struct hs_simulated_network *network, uint32_t index,
                                   const struct hs_ed25519_public_key keys[], uint32_t key_count)
{
    HS_ASSERT(index < network->config.node_count && !network->endpoints[index].running);
    HS_ASSERT(key_count > 0 && key_count <= HS_NODE_KEYS_MAX);
    struct hs_simulated_endpoint *endpoint = &network->endpoints[index];
    for (uint32_t i = 0; i < key_count; i++) {
        endpoint->keys[i] = keys[i];
    }
    endpoint->key_count = key_count;
    endpoint->shown_key = 0;
    hs_simulated_follow_key(network, index);
}

uint64_t hs_simulated_network_next_ns(const struct hs_simulated_network *network)
{
    return hs_delivery_heap_next_ns(&network->under_way);
}

/* A replay belongs to no connection, but there must be one for it to be heard. */
static bool replay_passes(const struct hs_simulated_network *network,
                          const struct hs_delivery *replay)
{
    const struct hs_simulated_link *link = hs_simulated_link_of(network, replay->from, replay->to);
    return network->endpoints[replay->to].running && link->up && link->told_connected &&
           !link->clogged && replay->shown_key == network->endpoints[replay->from].shown_key;
}

/* Returns whether a message arrived. */
static bool arrive(struct hs_simulated_network *network, struct hs_delivery delivery)
{
    if (delivery.message == NULL) {
        hs_simulated_set_dropped(network, delivery.from, delivery.to, false);
        if (hs_simulated_can_connect(network, delivery.from, delivery.to)) {
            hs_simulated_tell_connected(network, delivery.from, delivery.to);
        }
        return false;
    }
    struct hs_received received = {
        .type = HS_RECEIVED_MESSAGE,
        .peer = hs_simulated_link_of(network, delivery.to, delivery.from)->number,
        .message = delivery.message,
    };
    bool passes = !delivery.is_replay || replay_passes(network, &delivery);
    bool arrived = passes && hs_simulated_inbox_push(network, delivery.to, received);
    if (network->observed) {
        (arrived ? network->observer.arrived : network->observer.lost)(network->observer.context,
                                                                       delivery.number);
    }
    if (!arrived) {
        hs_simulated_lose(network, delivery.message);
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

bool hs_simulated_network_has_received(const struct hs_simulated_network *network, uint32_t index)
{
    return hs_bitmap_get(&network->receivers, index);
}

void hs_simulated_network_set_link(struct hs_simulated_network *network, uint32_t from, uint32_t to,
                                   bool up, bool announce)
{
    HS_ASSERT(from < network->config.node_count && to < network->config.node_count);
    struct hs_simulated_link *link = hs_simulated_link_of(network, from, to);
    bool is_news = !link->up || !link->told_connected;
    bool changes = link->up != up;
    link->up = up;
    if (changes) {
        hs_simulated_observe_link(network, from, to);
    }
    link->cut_announced = !up && (announce || link->cut_announced);
    if (!up) {
        hs_simulated_lose_link(network, from, to);
        if (announce) {
            hs_simulated_tell_disconnected(network, from, to);
        }
    } else if ((announce ? is_news : !link->told_connected) &&
               hs_simulated_can_connect(network, from, to)) {
        hs_simulated_tell_connected(network, from, to);
    }
}

void hs_simulated_network_clog_link(struct hs_simulated_network *network, uint32_t from,
                                    uint32_t to, bool clogged)
{
    HS_ASSERT(from < network->config.node_count && to < network->config.node_count);
    struct hs_simulated_link *link = hs_simulated_link_of(network, from, to);
    if (link->clogged == clogged) {
        return;
    }
    link->clogged = clogged;
    hs_simulated_observe_link(network, from, to);
    if (!clogged) {
        link->last_arrival_ns = network->now_ns;
    }
    hs_delivery_heap_put_off(&network->under_way, from, to,
                             clogged ? HS_SIMULATED_NEVER_NS : network->now_ns);
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
    hs_simulated_inbox_clear(network, index);
    for (uint32_t peer = 0; peer < network->config.node_count; peer++) {
        if (peer != index) {
            hs_simulated_lose_link(network, index, peer);
            hs_simulated_lose_link(network, peer, index);
            hs_simulated_tell_disconnected(network, index, peer);
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
        if (hs_simulated_can_connect(network, index, peer)) {
            hs_simulated_tell_connected(network, index, peer);
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
