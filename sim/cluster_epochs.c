/* The epochs of a simulated chain, by a script: who is a member of which. So sets change in worlds whose
 * state machine knows of none. See cluster.h.
 */
#include <string.h>

#include "base/bitmap.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "sim/cluster.h"

static bool has_epoch(const struct hs_cluster *cluster, uint64_t number)
{
    return number == 0 ||
           (cluster->epoch_blocks > 0 && number < UINT64_MAX / 2 / cluster->epoch_blocks);
}

/* 0: no member. */
static uint64_t weight_of(const struct hs_cluster *cluster, uint64_t epoch, uint32_t node)
{
    const struct hs_cluster_script *script = &cluster->script;
    if (node >= cluster->validators.count) {
        return 0;
    }
    return script->epoch_count == 0 ? cluster->validators.validators[node].weight
                                    : script->weights[epoch % script->epoch_count][node];
}

static bool is_member(const struct hs_cluster *cluster, uint64_t epoch, uint32_t node)
{
    return weight_of(cluster, epoch, node) > 0;
}

void hs_cluster_one_sits_out(struct hs_cluster_script *script, uint32_t node_count)
{
    bool changes = node_count >= 5 && node_count % 3 != 1;
    bool fits = node_count < HS_CLUSTER_SCRIPT_EPOCHS_MAX;
    *script = (struct hs_cluster_script){0};
    if (changes) {
        script->epoch_count = fits ? node_count : HS_CLUSTER_SCRIPT_EPOCHS_MAX;
    }
    for (uint32_t epoch = 0; epoch < script->epoch_count; epoch++) {
        for (uint32_t i = 0; i < node_count; i++) {
            script->weights[epoch][i] = i == epoch ? 0 : 1;
        }
    }
}

uint32_t hs_cluster_member_of(const struct hs_cluster *cluster, uint64_t epoch, uint32_t node)
{
    if (cluster->script.epoch_count == 0) {
        return node < cluster->validators.count ? node : HS_VALIDATORS_MAX;
    }
    uint32_t member = 0;
    for (uint32_t i = 0; i < node; i++) {
        member += is_member(cluster, epoch, i) ? 1 : 0;
    }
    return is_member(cluster, epoch, node) ? member : HS_VALIDATORS_MAX;
}

uint32_t hs_cluster_node_of(const struct hs_cluster *cluster, uint64_t epoch, uint32_t member)
{
    if (cluster->script.epoch_count == 0) {
        return member < cluster->validators.count ? member : HS_VALIDATORS_MAX;
    }
    for (uint32_t i = 0; i < cluster->validators.count; i++) {
        if (hs_cluster_member_of(cluster, epoch, i) == member) {
            return i;
        }
    }
    return HS_VALIDATORS_MAX;
}

uint32_t hs_cluster_member_count(const struct hs_cluster *cluster, uint64_t epoch)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < cluster->validators.count; i++) {
        count += !has_epoch(cluster, epoch) || is_member(cluster, epoch, i) ? 1 : 0;
    }
    return count;
}

static void make_randomness(uint8_t randomness[HS_HASH_BYTES], const struct hs_cluster *cluster,
                            uint64_t number)
{
    uint8_t bytes[HS_HASH_BYTES + 8];
    struct hs_writer writer = hs_writer_over(bytes, sizeof(bytes));
    hs_write_bytes(&writer, cluster->randomness, HS_HASH_BYTES);
    hs_write_u64(&writer, number);
    hs_hash(randomness, "simulator/epoch", bytes, sizeof(bytes));
}

bool hs_cluster_epoch(const struct hs_cluster *cluster, uint64_t number, struct hs_epoch *epoch)
{
    if (!has_epoch(cluster, number)) {
        return false;
    }
    uint64_t blocks = cluster->epoch_blocks;
    *epoch = (struct hs_epoch){.first_height = number * blocks + 1, .last_height = UINT64_MAX};
    memcpy(epoch->randomness, cluster->randomness, sizeof(epoch->randomness));
    if (blocks > 0) {
        epoch->last_height = (number + 1) * blocks;
        make_randomness(epoch->randomness, cluster, number);
    }
    struct hs_validator_set *set = &epoch->validators;
    set->epoch = number;
    for (uint32_t i = 0; i < cluster->validators.count; i++) {
        uint64_t weight = weight_of(cluster, number, i);
        if (weight > 0) {
            struct hs_validator *member = &set->validators[set->count];
            *member = cluster->validators.validators[i];
            member->weight = weight;
            epoch->leader_weights[set->count++] = weight;
            set->weight_total += weight;
        }
    }
    return true;
}

bool hs_cluster_does_without(const struct hs_cluster *cluster, const struct hs_bitmap *nodes)
{
    uint32_t epoch_count = cluster->script.epoch_count > 0 ? cluster->script.epoch_count : 1;
    for (uint32_t epoch = 0; epoch < epoch_count; epoch++) {
        uint64_t total = 0;
        uint64_t without = 0;
        for (uint32_t i = 0; i < cluster->validators.count; i++) {
            uint64_t weight = weight_of(cluster, epoch, i);
            total += weight;
            without += hs_bitmap_get(nodes, i) ? 0 : weight;
        }
        if (without <= 2 * total / 3) {
            return false;
        }
    }
    return true;
}
