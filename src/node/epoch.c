/* Epochs as a node holds them: made, counted, freed. See epoch.h. */
#include "node/epoch.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "consensus/validator_set.h"
#include "node/node_internal.h"

void hs_node_configured_epoch(const struct hs_node *node, struct hs_epoch *fixed)
{
    const struct hs_node_config *config = &node->config;
    *fixed = (struct hs_epoch){
        .first_height = 1, .last_height = UINT64_MAX, .validators = *config->validators};
    memcpy(fixed->randomness, config->randomness, sizeof(fixed->randomness));
    for (uint32_t i = 0; i < fixed->validators.count && i < HS_VALIDATORS_MAX; i++) {
        fixed->leader_weights[i] = fixed->validators.validators[i].weight;
    }
}

static void free_epoch(struct hs_node_epoch *epoch)
{
    free(epoch->core_memory);
    free(epoch->watched);
    free(epoch);
}

enum hs_status hs_node_epoch_new(struct hs_node_epoch **epoch, struct hs_node *node,
                                 const struct hs_epoch *fixed)
{
    *epoch = NULL;
    if (hs_validator_set_check(&fixed->validators) != HS_OK) {
        return HS_INVALID_ARGUMENT;
    }
    struct hs_node_epoch *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    made->watched =
        calloc((size_t)fixed->validators.count * HS_WATCHED_VIEWS, sizeof(made->watched[0]));
    if (made->watched == NULL) {
        free(made);
        return HS_OUT_OF_MEMORY;
    }
    made->references = 1;
    made->fixed = *fixed;
    made->self = hs_identity_find(node, &fixed->validators, &made->key);
    made->next = node->epochs;
    node->epochs = made;
    *epoch = made;
    return HS_OK;
}

enum hs_status hs_node_epoch_verify(struct hs_node_epoch *epoch, const struct hs_node *node,
                                    const struct hs_block_id *view_zero_block_id)
{
    return hs_verifier_init(&epoch->verifier, &node->config.chain_id, &epoch->fixed.validators,
                            view_zero_block_id, epoch->keys);
}

void hs_node_epoch_drop_core(struct hs_node_epoch *epoch)
{
    free(epoch->core_memory);
    epoch->core_memory = NULL;
    epoch->core = NULL;
}

struct hs_node_epoch *hs_node_epoch_retain(struct hs_node_epoch *epoch)
{
    epoch->references++;
    return epoch;
}

void hs_node_epoch_release(struct hs_node *node, struct hs_node_epoch *epoch)
{
    HS_ASSERT(epoch->references > 0);
    epoch->references--;
    if (epoch->references > 0) {
        return;
    }
    struct hs_node_epoch **link = &node->epochs;
    while (*link != epoch) {
        link = &(*link)->next;
    }
    *link = epoch->next;
    free_epoch(epoch);
}

void hs_node_epochs_free(struct hs_node *node)
{
    while (node->epochs != NULL) {
        struct hs_node_epoch *epoch = node->epochs;
        node->epochs = epoch->next;
        free_epoch(epoch);
    }
}
