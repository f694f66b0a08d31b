/* See check_leaders.h. */
#include "sim/check_leaders.h"

#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hash.h"

#define NAME          "leaders"
#define LEAST_PART    16u /* P6: nobody's leader weight falls below this part of its stake */
#define GAP_VIEWS_MAX 64u

__extension__ typedef unsigned __int128 wide;

static struct hs_leader_weights *weights_at(struct hs_check_leaders *leaders, uint64_t number)
{
    return &leaders->epochs[number % HS_STAKE_SETS];
}

void hs_check_leaders_init(struct hs_check_leaders *leaders, const struct hs_stake_model *model)
{
    memset(leaders, 0, sizeof(*leaders));
    for (uint64_t number = 0; number < 2; number++) {
        const struct hs_stake_set *set = hs_stake_model_set(model, number);
        weights_at(leaders, number)->number = number;
        memcpy(weights_at(leaders, number)->weights, set->stakes, sizeof(set->stakes));
    }
}

/* P2: the first 16 bytes of the hash are a fraction, the least significant byte first. */
static uint32_t leader_of(struct hs_check_leaders *leaders, const struct hs_stake_set *set,
                          uint64_t view)
{
    const uint64_t *weights = weights_at(leaders, set->number)->weights;
    uint8_t input[HS_HASH_BYTES + 8];
    uint8_t hash[HS_HASH_BYTES];
    uint64_t total = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        total += weights[i];
    }
    struct hs_writer writer = hs_writer_over(input, sizeof(input));
    hs_write_bytes(&writer, set->randomness, HS_HASH_BYTES);
    hs_write_u64(&writer, view);
    hs_hash(hash, "hotstuff/leader", input, sizeof(input));
    /* The fraction of the total, byte by byte from the least: what is carried stays below total. */
    wide place = 0;
    for (uint32_t i = 0; i < 16; i++) {
        place = ((wide)hash[i] * total + place) >> 8;
    }
    uint64_t below = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        below += weights[i];
        if (place < below) {
            return i;
        }
    }
    return HS_VALIDATORS_MAX;
}

static uint32_t node_of(const struct hs_stake_model *model, const struct hs_stake_set *set,
                        uint32_t member)
{
    const struct hs_validator_key *key = hs_cluster_key(model->cluster, set->keys[member]);
    return hs_cluster_node_with(model->cluster, &key->bls_public_key);
}

/* -- a block ------------------------------------------------------------------------------------ */

static void check_proof(struct hs_check *check, const struct hs_stake_model *model,
                        const struct hs_stake_set *set, const struct hs_block_header *header)
{
    const struct hs_validator_key *key =
        hs_cluster_key(model->cluster, set->keys[header->proposer]);
    if (!hs_check_is_proved(check, header, &key->bls_public_key, set->randomness)) {
        hs_check_fail(check, NAME,
                      "P3: height %" PRIu64 ", view %" PRIu64
                      " is committed without its leader's proof",
                      header->height, header->view);
    }
}

static void count_turns(struct hs_check_leaders *leaders, const struct hs_stake_set *set,
                        const struct hs_block_header *header)
{
    leaders->turns[header->proposer].made++;
    for (uint64_t view = leaders->view + 1;
         view < header->view && view <= leaders->view + GAP_VIEWS_MAX; view++) {
        leaders->turns[leader_of(leaders, set, view)].missed++;
    }
    leaders->view = header->view;
}

/* -- the end of an epoch ------------------------------------------------------------------------ */

static uint64_t weight_by_turns(uint64_t stake, uint64_t before, uint64_t made, uint64_t missed)
{
    uint64_t least = (stake + LEAST_PART - 1) / LEAST_PART;
    if (made + missed == 0) {
        return before > 0 && 2 * before < stake ? 2 * before : stake;
    }
    uint64_t part = (uint64_t)((wide)stake * made / (made + missed));
    return part > least ? part : least;
}

/* P4: nobody is left for a set of its own. */
static bool is_taken_again(const struct hs_stake_model *model)
{
    uint64_t stake_min = model->cluster->parameters.staking.stake_min.units;
    for (uint32_t i = 0; i < model->cluster->validators.count; i++) {
        const struct hs_stake_facts *facts = &model->validators[i];
        if (facts->registered && facts->jailed_until == 0 && facts->stake >= stake_min) {
            return false;
        }
    }
    return true;
}

static void end_epoch(struct hs_check_leaders *leaders, const struct hs_stake_model *model,
                      uint64_t ending)
{
    const struct hs_stake_set *next = hs_stake_model_set(model, ending + 2);
    const struct hs_stake_set *set = hs_stake_model_set(model, ending);
    struct hs_leader_weights *weights = weights_at(leaders, ending + 2);
    weights->number = ending + 2;
    memcpy(weights->weights, next->stakes, sizeof(next->stakes));
    if (is_taken_again(model)) {
        memcpy(weights->weights, weights_at(leaders, ending + 1)->weights,
               sizeof(weights->weights));
    } else if (model->cluster->election == HS_LEADER_REPUTATION) {
        const uint64_t *before = weights_at(leaders, ending)->weights;
        for (uint32_t i = 0; i < next->count; i++) {
            for (uint32_t j = 0; j < set->count; j++) {
                if (node_of(model, next, i) == node_of(model, set, j)) {
                    weights->weights[i] =
                        weight_by_turns(next->stakes[i], before[j], leaders->turns[j].made,
                                        leaders->turns[j].missed);
                }
            }
        }
    }
    memset(leaders->turns, 0, sizeof(leaders->turns));
    leaders->view = 0;
}

void hs_check_leaders_block(struct hs_check_leaders *leaders, struct hs_check *check,
                            const struct hs_stake_model *model, const struct hs_block *block)
{
    const struct hs_block_header *header = &block->header;
    const struct hs_stake_set *set = hs_stake_model_set(model, header->epoch);
    HS_ASSERT(set != NULL);
    uint32_t leader = leader_of(leaders, set, header->view);
    if (header->proposer != leader) {
        hs_check_fail(check, NAME,
                      "P2: height %" PRIu64 ", view %" PRIu64 " is by member %" PRIu32
                      " and not by %" PRIu32 ", which is drawn for it",
                      header->height, header->view, header->proposer, leader);
        return;
    }
    check_proof(check, model, set, header);
    count_turns(leaders, set, header);
    if (model->epoch > header->epoch) {
        end_epoch(leaders, model, header->epoch);
    }
}

bool hs_check_leaders_agree(const struct hs_check_leaders *leaders, const struct hs_epoch *fixed)
{
    uint64_t number = fixed->validators.epoch;
    const struct hs_leader_weights *weights = &leaders->epochs[number % HS_STAKE_SETS];
    return weights->number != number ||
           memcmp(weights->weights, fixed->leader_weights,
                  fixed->validators.count * sizeof(weights->weights[0])) == 0;
}
