/* See endpoint.h. */
#include "sim/endpoint.h"

#include "base/bitmap.h"
#include "sim/world_internal.h"

static uint32_t validator_count(const struct hs_endpoint *endpoint)
{
    return endpoint->world->cluster.validators.count;
}

enum hs_status hs_endpoint_send(struct hs_endpoint *endpoint, uint32_t to,
                                enum hs_message_class message_class, struct hs_buffer *message)
{
    const struct hs_world *world = endpoint->world;
    enum hs_status status = HS_UNREACHABLE;
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (world->processes[i].validator == to && i != endpoint->process &&
            endpoint->network->send(endpoint->network->context, i, message_class, message) ==
                HS_OK) {
            status = HS_OK;
        }
    }
    return status;
}

static enum hs_status transport_send(void *context, uint32_t to,
                                     enum hs_message_class message_class, struct hs_buffer *message)
{
    struct hs_endpoint *endpoint = context;
    struct hs_attacker *attacker = endpoint->attacker;
    if (attacker == NULL || attacker->attack->sends == NULL) {
        return hs_endpoint_send(endpoint, to, message_class, message);
    }
    struct hs_bytes bytes = {message->data, message->size};
    if (hs_message_decode(&endpoint->world->said, bytes, validator_count(endpoint)) == HS_OK) {
        attacker->attack->sends(attacker, to, message, &endpoint->world->said);
    }
    return HS_OK;
}

static void transport_broadcast(void *context, enum hs_message_class message_class,
                                struct hs_buffer *message)
{
    struct hs_endpoint *endpoint = context;
    for (uint32_t to = 0; to < validator_count(endpoint); to++) {
        if (to != endpoint->validator) {
            enum hs_status status = transport_send(context, to, message_class, message);
            (void)status; /* a peer that can't be reached is no concern of a broadcast */
        }
    }
}

/* A validator is connected while one of its processes is. */
static bool is_connected(const struct hs_endpoint *endpoint, uint32_t validator)
{
    for (uint32_t i = 0; i < endpoint->world->process_count; i++) {
        if (endpoint->world->processes[i].validator == validator &&
            hs_bitmap_get(&endpoint->connected, i)) {
            return true;
        }
    }
    return false;
}

/* Whether the node hears of it. */
static bool take_in(struct hs_endpoint *endpoint, struct hs_received *received)
{
    uint32_t process = received->peer;
    struct hs_attacker *attacker = endpoint->attacker;
    received->peer = endpoint->world->processes[process].validator;
    switch (received->type) {
    case HS_RECEIVED_CONNECTED:
        hs_bitmap_set(&endpoint->connected, process);
        return received->peer != endpoint->validator;
    case HS_RECEIVED_DISCONNECTED:
        hs_bitmap_clear(&endpoint->connected, process);
        return received->peer != endpoint->validator && !is_connected(endpoint, received->peer);
    case HS_RECEIVED_MESSAGE:
        break;
    }
    struct hs_bytes bytes = {received->message->data, received->message->size};
    if (attacker == NULL || attacker->attack->hears == NULL ||
        hs_message_decode(&endpoint->world->heard, bytes, validator_count(endpoint)) != HS_OK) {
        return true;
    }
    return attacker->attack->hears(attacker, received->peer, received->message,
                                   &endpoint->world->heard);
}

static enum hs_status transport_receive(void *context, struct hs_received *received)
{
    struct hs_endpoint *endpoint = context;
    for (;;) {
        enum hs_status status = endpoint->network->receive(endpoint->network->context, received);
        if (status != HS_OK || take_in(endpoint, received)) {
            return status;
        }
        if (received->type == HS_RECEIVED_MESSAGE) {
            hs_buffer_release(received->message);
        }
    }
}

static void note_unjust_drop(struct hs_endpoint *endpoint, uint32_t peer, enum hs_status why)
{
    struct hs_world *world = endpoint->world;
    if (!world->dropped_unjustly && !hs_bitmap_get(&world->byzantine, endpoint->validator) &&
        !hs_bitmap_get(&world->byzantine, peer)) {
        world->dropped_unjustly = true;
        world->unjust_drop = (struct hs_world_drop){endpoint->process, peer, why};
    }
}

static void transport_drop_peer(void *context, uint32_t peer, enum hs_status why)
{
    struct hs_endpoint *endpoint = context;
    note_unjust_drop(endpoint, peer, why);
    for (uint32_t i = 0; i < endpoint->world->process_count; i++) {
        if (endpoint->world->processes[i].validator == peer && i != endpoint->process) {
            endpoint->network->drop_peer(endpoint->network->context, i, why);
        }
    }
}

void hs_endpoint_init(struct hs_endpoint *endpoint, struct hs_world *world, uint32_t process)
{
    endpoint->world = world;
    endpoint->process = process;
    endpoint->validator = world->processes[process].validator;
    endpoint->network = hs_simulated_network_transport(world->network, process);
    endpoint->transport = (struct hs_consensus_network){
        .context = endpoint,
        .send = transport_send,
        .broadcast = transport_broadcast,
        .receive = transport_receive,
        .drop_peer = transport_drop_peer,
    };
}

void hs_endpoint_reset(struct hs_endpoint *endpoint)
{
    endpoint->connected = (struct hs_bitmap){0};
}
