/* What every attacker can do. See attacker.h. */
#include "sim/attacker.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/world_internal.h"
#include "wire/statement.h"

static struct hs_endpoint *endpoint_of(const struct hs_attacker *attacker)
{
    return &attacker->world->processes[attacker->process].endpoint;
}

bool hs_attacker_begin(struct hs_attacker *attacker)
{
    struct hs_world *world = attacker->world;
    const struct hs_node *node = hs_world_node(world, attacker->process);
    attacker->epoch = hs_world_epoch(world);
    if (node != NULL) {
        struct hs_core_status status;
        hs_core_status(hs_node_core(node), &status);
        attacker->epoch = status.epoch;
    }
    attacker->validator = hs_cluster_member_of(&world->cluster, attacker->epoch, attacker->process);
    return attacker->validator != HS_VALIDATORS_MAX;
}

uint32_t hs_attacker_node_of(const struct hs_attacker *attacker, uint32_t validator)
{
    return hs_cluster_node_of(&attacker->world->cluster, attacker->epoch, validator);
}

uint32_t hs_attacker_validator_of(const struct hs_attacker *attacker, uint32_t node)
{
    return hs_cluster_member_of(&attacker->world->cluster, attacker->epoch, node);
}

static enum hs_message_class class_of(const struct hs_bytes bytes)
{
    switch (bytes.data[0]) {
    case HS_MESSAGE_BLOCK_REQUEST:
    case HS_MESSAGE_BLOCK_RESPONSE:
    case HS_MESSAGE_RANGE_REQUEST:
    case HS_MESSAGE_RANGE_RESPONSE:
        return HS_CLASS_SYNC;
    case HS_MESSAGE_TRANSACTIONS:
        return HS_CLASS_TRANSACTIONS;
    }
    return HS_CLASS_CONSENSUS;
}

void hs_attacker_forward(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer)
{
    struct hs_bytes bytes = {buffer->data, buffer->size};
    uint32_t node = hs_attacker_node_of(attacker, to);
    if (node == HS_VALIDATORS_MAX) {
        return; /* it was one when the attacker meant it */
    }
    enum hs_status status = hs_endpoint_send(endpoint_of(attacker), node, class_of(bytes), buffer);
    (void)status; /* a lost message is what the network does, too */
}

void hs_attacker_send_bytes(struct hs_attacker *attacker, uint32_t to, struct hs_bytes bytes)
{
    struct hs_buffer *buffer = hs_buffer_new(bytes.size);
    HS_ASSERT(buffer != NULL && bytes.size > 0);
    memcpy(buffer->data, bytes.data, bytes.size);
    hs_attacker_forward(attacker, to, buffer);
    hs_buffer_release(buffer);
}

static struct hs_buffer *encode(const struct hs_message *message, uint32_t count)
{
    struct hs_buffer *buffer = hs_buffer_new(hs_message_encoded_size(message, count));
    HS_ASSERT(buffer != NULL);
    struct hs_writer writer = hs_writer_over(buffer->data, buffer->size);
    hs_message_encode(&writer, message, count);
    HS_ASSERT(!writer.failed);
    return buffer;
}

/* A message of another epoch has its bitmaps as long as that has members. */
void hs_attacker_send(struct hs_attacker *attacker, uint32_t to, const struct hs_message *message)
{
    const struct hs_cluster *cluster = &attacker->world->cluster;
    uint32_t count = hs_cluster_member_count(cluster, attacker->epoch);
    struct hs_buffer *buffer = encode(message, count);
    struct hs_bytes bytes = {buffer->data, buffer->size};
    uint64_t epoch = attacker->epoch;
    if (hs_message_epoch(bytes, &epoch) && hs_cluster_member_count(cluster, epoch) != count) {
        hs_buffer_release(buffer);
        buffer = encode(message, hs_cluster_member_count(cluster, epoch));
    }
    hs_attacker_forward(attacker, to, buffer);
    hs_buffer_release(buffer);
}

void hs_attacker_sign(const struct hs_attacker *attacker, uint32_t validator,
                      struct hs_bls_signature *signature, const struct hs_statement *statement)
{
    const struct hs_cluster *cluster = &attacker->world->cluster;
    HS_ASSERT(hs_world_is_byzantine(attacker->world, hs_attacker_node_of(attacker, validator)));
    struct hs_bls_statement bytes;
    hs_statement_encode(&bytes, &cluster->chain_id, statement);
    hs_bls_sign(signature, hs_cluster_secret_of(cluster, attacker->epoch, validator), &bytes);
}
