/* What every attacker can do. See attacker.h. */
#include "sim/attacker.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/world_internal.h"
#include "wire/statement.h"

static struct hs_endpoint *endpoint_of(const struct hs_attacker *attacker)
{
    return &attacker->world->processes[attacker->validator].endpoint;
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
    enum hs_status status = hs_endpoint_send(endpoint_of(attacker), to, class_of(bytes), buffer);
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

void hs_attacker_send(struct hs_attacker *attacker, uint32_t to, const struct hs_message *message)
{
    uint32_t count = attacker->world->cluster.validators.count;
    struct hs_buffer *buffer = hs_buffer_new(hs_message_encoded_size(message, count));
    HS_ASSERT(buffer != NULL);
    struct hs_writer writer = hs_writer_over(buffer->data, buffer->size);
    hs_message_encode(&writer, message, count);
    HS_ASSERT(!writer.failed);
    hs_attacker_forward(attacker, to, buffer);
    hs_buffer_release(buffer);
}

void hs_attacker_sign(const struct hs_attacker *attacker, uint32_t validator,
                      struct hs_bls_signature *signature, const struct hs_statement *statement)
{
    const struct hs_cluster *cluster = &attacker->world->cluster;
    HS_ASSERT(hs_world_is_byzantine(attacker->world, validator));
    struct hs_bls_statement bytes;
    hs_statement_encode(&bytes, &cluster->chain_id, statement);
    hs_bls_sign(signature, &cluster->validator_keys[validator].bls_secret_key, &bytes);
}
