/* The epochs of a simulated chain, by a script: who is a member of which. So sets change in worlds whose
 * state machine knows of none. See cluster.h.
 */
#include <string.h>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "sim/cluster.h"

static bool has_epoch(const struct hs_cluster *cluster, uint64_t number)
{
    return number == 0 ||
           (cluster->epoch_blocks > 0 && number < UINT64_MAX / 2 / cluster->epoch_blocks);
}

static bool is_member(const struct hs_cluster *cluster, uint64_t epoch, uint32_t node)
{
    uint32_t count = cluster->validators.count;
    return node < count &&
           (cluster->members == NULL || (cluster->members(epoch, count) >> node & 1u) != 0);
}

uint64_t hs_cluster_one_sits_out(uint64_t epoch, uint32_t node_count)
{
    uint64_t all = node_count < 64 ? (UINT64_C(1) << node_count) - 1 : UINT64_MAX;
    return node_count < 5 || node_count % 3 == 1 ? all : all & ~(UINT64_C(1) << epoch % node_count);
}

uint32_t hs_cluster_member_of(const struct hs_cluster *cluster, uint64_t epoch, uint32_t node)
{
    if (cluster->members == NULL) {
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
    if (cluster->members == NULL) {
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
        if (is_member(cluster, number, i)) {
            epoch->leader_weights[set->count] = cluster->validators.validators[i].weight;
            set->weight_total += cluster->validators.validators[i].weight;
            set->validators[set->count++] = cluster->validators.validators[i];
        }
    }
    return true;
}
