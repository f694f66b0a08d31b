/* See endpoint.h. */
#include "sim/endpoint.h"

#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "sim/world_internal.h"

static bool decode(const struct hs_endpoint *endpoint, struct hs_message *message,
                   const struct hs_buffer *buffer)
{
    struct hs_bytes bytes = {buffer->data, buffer->size};
    uint64_t epoch = 0;
    (void)hs_message_epoch(bytes, &epoch);
    uint32_t count = hs_cluster_member_count(&endpoint->world->cluster, epoch);
    return hs_message_decode(message, bytes, count) == HS_OK;
}

static void forget_numbers(struct hs_endpoint *endpoint)
{
    for (uint32_t i = 0; i < HS_PEERS_MAX; i++) {
        endpoint->validator_of[i] = HS_VALIDATORS_MAX;
    }
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        endpoint->number_of[i] = HS_PEERS_MAX;
    }
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

/* The processes of those whom the node knows, and of the own validator. */
static enum hs_status know_processes(struct hs_endpoint *endpoint)
{
    const struct hs_world *world = endpoint->world;
    struct hs_peer peers[HS_VALIDATORS_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < world->process_count; i++) {
        uint32_t validator = world->processes[i].validator;
        if (validator == endpoint->validator || endpoint->number_of[validator] < HS_PEERS_MAX) {
            peers[count++] = (struct hs_peer){
                .number = i,
                .key = hs_simulated_network_key(world->network, i),
            };
        } else {
            hs_bitmap_clear(&endpoint->connected, i); /* no notice comes of it */
        }
    }
    return endpoint->network->set_peers(endpoint->network->context, peers, count);
}

static enum hs_status transport_set_peers(void *context, const struct hs_peer peers[], size_t count)
{
    struct hs_endpoint *endpoint = context;
    forget_numbers(endpoint);
    for (size_t i = 0; i < count; i++) {
        uint32_t validator = hs_cluster_node_at(&endpoint->world->cluster, &peers[i].key);
        HS_ASSERT(peers[i].number < HS_PEERS_MAX);
        if (validator < HS_VALIDATORS_MAX) {
            endpoint->number_of[validator] = peers[i].number;
        }
        if (validator != endpoint->validator) {
            endpoint->validator_of[peers[i].number] = validator;
        }
    }
    return know_processes(endpoint);
}

static enum hs_status transport_send(void *context, uint32_t number,
                                     enum hs_message_class message_class, struct hs_buffer *message)
{
    struct hs_endpoint *endpoint = context;
    struct hs_attacker *attacker = endpoint->attacker;
    uint32_t to = number < HS_PEERS_MAX ? endpoint->validator_of[number] : HS_VALIDATORS_MAX;
    if (to == HS_VALIDATORS_MAX) {
        return HS_INVALID_ARGUMENT;
    }
    uint32_t member = HS_VALIDATORS_MAX;
    if (attacker != NULL && attacker->attack->sends != NULL && hs_attacker_begin(attacker)) {
        member = hs_attacker_validator_of(attacker, to);
    }
    if (member == HS_VALIDATORS_MAX) {
        return hs_endpoint_send(endpoint, to, message_class, message);
    }
    if (decode(endpoint, &endpoint->world->said, message)) {
        attacker->attack->sends(attacker, member, message, &endpoint->world->said);
    }
    return HS_OK;
}

static void transport_broadcast(void *context, const uint32_t to[], size_t count,
                                enum hs_message_class message_class, struct hs_buffer *message)
{
    for (size_t i = 0; i < count; i++) {
        enum hs_status status = transport_send(context, to[i], message_class, message);
        (void)status; /* a peer that can't be reached is no concern of a broadcast */
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
    uint32_t validator = endpoint->world->processes[process].validator;
    struct hs_attacker *attacker = endpoint->attacker;
    received->peer = endpoint->number_of[validator];
    switch (received->type) {
    case HS_RECEIVED_CONNECTED:
        hs_bitmap_set(&endpoint->connected, process);
        return validator != endpoint->validator;
    case HS_RECEIVED_DISCONNECTED:
        hs_bitmap_clear(&endpoint->connected, process);
        return validator != endpoint->validator && !is_connected(endpoint, validator);
    case HS_RECEIVED_MESSAGE:
        break;
    }
    if (received->peer == HS_PEERS_MAX) {
        return false; /* of its own twin, if it does not know itself */
    }
    uint32_t member = HS_VALIDATORS_MAX;
    if (attacker != NULL && attacker->attack->hears != NULL && hs_attacker_begin(attacker)) {
        member = hs_attacker_validator_of(attacker, validator);
    }
    if (member == HS_VALIDATORS_MAX ||
        !decode(endpoint, &endpoint->world->heard, received->message)) {
        return true;
    }
    return attacker->attack->hears(attacker, member, received->message, &endpoint->world->heard);
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

static void note_unjust_drop(struct hs_endpoint *endpoint, uint32_t validator, enum hs_status why)
{
    struct hs_world *world = endpoint->world;
    if (!world->dropped_unjustly && !hs_bitmap_get(&world->byzantine, endpoint->validator) &&
        !hs_bitmap_get(&world->byzantine, validator)) {
        world->dropped_unjustly = true;
        world->unjust_drop = (struct hs_world_drop){endpoint->process, validator, why};
    }
}

static void transport_drop_peer(void *context, uint32_t number, enum hs_status why)
{
    struct hs_endpoint *endpoint = context;
    uint32_t validator = number < HS_PEERS_MAX ? endpoint->validator_of[number] : HS_VALIDATORS_MAX;
    if (validator == HS_VALIDATORS_MAX) {
        return;
    }
    note_unjust_drop(endpoint, validator, why);
    for (uint32_t i = 0; i < endpoint->world->process_count; i++) {
        if (endpoint->world->processes[i].validator == validator && i != endpoint->process) {
            endpoint->network->drop_peer(endpoint->network->context, i, why);
        }
    }
}

static enum hs_status transport_use_identity(void *context, const struct hs_ed25519_public_key *key)
{
    struct hs_endpoint *endpoint = context;
    return endpoint->network->use_identity(endpoint->network->context, key);
}

void hs_endpoint_init(struct hs_endpoint *endpoint, struct hs_world *world, uint32_t process)
{
    endpoint->world = world;
    endpoint->process = process;
    endpoint->validator = world->processes[process].validator;
    forget_numbers(endpoint);
    endpoint->network = hs_simulated_network_transport(world->network, process);
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

void hs_endpoint_reset(struct hs_endpoint *endpoint)
{
    endpoint->connected = (struct hs_bitmap){0};
}
