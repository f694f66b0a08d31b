/* The epochs of a simulated chain: who is a member of which, by which key. See cluster.h.
 *
 * By a script, sets change in worlds whose state machine knows of none. Where the cluster is staked, the
 * ledger makes them, and what it fixed is noted here once, by the first correct node that commits it;
 * all others are held against that (check_epochs.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "sim/cluster.h"

/* A number that nobody reaches: a lie must not cost memory. */
#define EPOCHS_MAX 65536u
/* Not one of these. */
#define NOBODY HS_VALIDATORS_MAX

struct known_epoch {
    struct hs_epoch epoch;
    uint32_t key_of[HS_VALIDATORS_MAX];    /* by member */
    uint32_t node_of[HS_VALIDATORS_MAX];   /* by member */
    uint32_t member_of[HS_VALIDATORS_MAX]; /* by node */
};

struct rotated_key {
    uint32_t node;
    struct hs_validator_key key;
};

struct hs_cluster_epochs {
    struct known_epoch **known; /* by number; NULL: not yet */
    size_t capacity;
    uint64_t learned;
    uint32_t rotated_count;
    struct rotated_key rotated[HS_CLUSTER_ROTATIONS_MAX];
};

struct hs_cluster_epochs *hs_cluster_epochs_new(void)
{
    struct hs_cluster_epochs *epochs = calloc(1, sizeof(*epochs));
    HS_ASSERT(epochs != NULL);
    return epochs;
}

void hs_cluster_epochs_free(struct hs_cluster_epochs *epochs)
{
    if (epochs == NULL) {
        return;
    }
    for (size_t i = 0; i < epochs->capacity; i++) {
        free(epochs->known[i]);
    }
    free(epochs->known);
    free(epochs);
}

/* -- keys ------------------------------------------------------------------------------------ */

const struct hs_validator_key *hs_cluster_rotate(const struct hs_cluster *cluster, uint32_t node)
{
    struct hs_cluster_epochs *epochs = cluster->epochs;
    if (epochs->rotated_count == HS_CLUSTER_ROTATIONS_MAX) {
        return NULL;
    }
    struct rotated_key *rotated = &epochs->rotated[epochs->rotated_count];
    uint8_t number = (uint8_t)epochs->rotated_count++;
    uint8_t seed[HS_HASH_BYTES];
    hs_hash(seed, "simulator/rotated", &number, sizeof(number));
    rotated->node = node;
    enum hs_status status = hs_validator_key_make(&rotated->key, seed);
    HS_ASSERT(status == HS_OK);
    return &rotated->key;
}

/* How many keys there are. */
static uint32_t key_count(const struct hs_cluster *cluster)
{
    return cluster->validators.count + cluster->epochs->rotated_count;
}

const struct hs_validator_key *hs_cluster_key(const struct hs_cluster *cluster, uint32_t number)
{
    uint32_t first = cluster->validators.count;
    if (number >= key_count(cluster)) {
        return NULL;
    }
    return number < first ? &cluster->validator_keys[number]
                          : &cluster->epochs->rotated[number - first].key;
}

static uint32_t holder_of(const struct hs_cluster *cluster, uint32_t number)
{
    uint32_t first = cluster->validators.count;
    return number < first ? number : cluster->epochs->rotated[number - first].node;
}

uint32_t hs_cluster_number_of(const struct hs_cluster *cluster, const struct hs_bls_public_key *key)
{
    for (uint32_t i = 0; i < key_count(cluster); i++) {
        if (memcmp(&hs_cluster_key(cluster, i)->bls_public_key, key, sizeof(*key)) == 0) {
            return i;
        }
    }
    return UINT32_MAX;
}

uint32_t hs_cluster_node_with(const struct hs_cluster *cluster, const struct hs_bls_public_key *key)
{
    uint32_t number = hs_cluster_number_of(cluster, key);
    return number != UINT32_MAX ? holder_of(cluster, number) : NOBODY;
}

uint32_t hs_cluster_node_at(const struct hs_cluster *cluster,
                            const struct hs_ed25519_public_key *network_key)
{
    for (uint32_t i = 0; i < key_count(cluster); i++) {
        if (memcmp(&hs_cluster_key(cluster, i)->network_public_key, network_key,
                   sizeof(*network_key)) == 0) {
            return holder_of(cluster, i);
        }
    }
    return NOBODY;
}

/* -- by the script ---------------------------------------------------------------------------- */

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

/* 0: no member. */
static uint64_t weight_of(const struct hs_cluster *cluster, uint64_t epoch, uint32_t node)
{
    const struct hs_cluster_script *script = &cluster->script;
    return script->epoch_count == 0 ? cluster->validators.validators[node].weight
                                    : script->weights[epoch % script->epoch_count][node];
}

static bool has_epoch(const struct hs_cluster *cluster, uint64_t number)
{
    return number == 0 ||
           (cluster->epoch_blocks > 0 && number < UINT64_MAX / 2 / cluster->epoch_blocks);
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

static void make_by_script(const struct hs_cluster *cluster, uint64_t number,
                           struct hs_epoch *epoch)
{
    uint64_t blocks = cluster->epoch_blocks;
    epoch->first_height = number * blocks + 1;
    epoch->last_height = UINT64_MAX;
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
}

/* -- what is known ------------------------------------------------------------------------------ */

static void find_holders(const struct hs_cluster *cluster, struct known_epoch *known)
{
    const struct hs_validator_set *set = &known->epoch.validators;
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        known->member_of[i] = NOBODY;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t number = hs_cluster_number_of(cluster, &set->validators[i].bls_public_key);
        HS_ASSERT(number != UINT32_MAX);
        known->key_of[i] = number;
        known->node_of[i] = holder_of(cluster, number);
        known->member_of[known->node_of[i]] = i;
    }
}

static struct known_epoch *new_known(struct hs_cluster_epochs *epochs, uint64_t number)
{
    if (number >= epochs->capacity) {
        size_t capacity = 2 * (size_t)number + 16;
        struct known_epoch **known = calloc(capacity, sizeof(known[0]));
        HS_ASSERT(known != NULL);
        if (epochs->capacity > 0) {
            memcpy(known, epochs->known, epochs->capacity * sizeof(known[0]));
        }
        free(epochs->known);
        epochs->known = known;
        epochs->capacity = capacity;
    }
    epochs->known[number] = calloc(1, sizeof(struct known_epoch));
    HS_ASSERT(epochs->known[number] != NULL);
    return epochs->known[number];
}

static const struct known_epoch *find_known(const struct hs_cluster *cluster, uint64_t number)
{
    struct hs_cluster_epochs *epochs = cluster->epochs;
    if (number >= EPOCHS_MAX) {
        return NULL;
    }
    if (number < epochs->capacity && epochs->known[number] != NULL) {
        return epochs->known[number];
    }
    if (cluster->staked || !has_epoch(cluster, number)) {
        return NULL;
    }
    struct known_epoch *known = new_known(epochs, number);
    make_by_script(cluster, number, &known->epoch);
    find_holders(cluster, known);
    return known;
}

const struct hs_epoch *hs_cluster_epoch(const struct hs_cluster *cluster, uint64_t number)
{
    const struct known_epoch *known = find_known(cluster, number);
    return known != NULL ? &known->epoch : NULL;
}

uint64_t hs_cluster_epochs_known(const struct hs_cluster *cluster)
{
    return cluster->epochs->learned;
}

void hs_cluster_learn(const struct hs_cluster *cluster, const struct hs_epoch *epoch)
{
    struct hs_cluster_epochs *epochs = cluster->epochs;
    HS_ASSERT(cluster->staked && epoch->validators.epoch == epochs->learned);
    struct known_epoch *known = new_known(epochs, epochs->learned++);
    known->epoch = *epoch;
    find_holders(cluster, known);
}

uint32_t hs_cluster_member_of(const struct hs_cluster *cluster, uint64_t epoch, uint32_t node)
{
    const struct known_epoch *known = find_known(cluster, epoch);
    return known != NULL && node < HS_VALIDATORS_MAX ? known->member_of[node] : NOBODY;
}

uint32_t hs_cluster_node_of(const struct hs_cluster *cluster, uint64_t epoch, uint32_t member)
{
    const struct known_epoch *known = find_known(cluster, epoch);
    return known != NULL && member < known->epoch.validators.count ? known->node_of[member]
                                                                   : NOBODY;
}

uint32_t hs_cluster_member_count(const struct hs_cluster *cluster, uint64_t epoch)
{
    const struct known_epoch *known = find_known(cluster, epoch);
    return known != NULL ? known->epoch.validators.count : cluster->validators.count;
}

uint32_t hs_cluster_key_of(const struct hs_cluster *cluster, uint64_t epoch, uint32_t member)
{
    const struct known_epoch *known = find_known(cluster, epoch);
    HS_ASSERT(known != NULL && member < known->epoch.validators.count);
    return known->key_of[member];
}

const struct hs_bls_secret_key *hs_cluster_secret_of(const struct hs_cluster *cluster,
                                                     uint64_t epoch, uint32_t member)
{
    return &hs_cluster_key(cluster, hs_cluster_key_of(cluster, epoch, member))->bls_secret_key;
}

static bool does_without(const struct known_epoch *known, const struct hs_bitmap *nodes)
{
    const struct hs_validator_set *set = &known->epoch.validators;
    uint64_t without = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        without += hs_bitmap_get(nodes, known->node_of[i]) ? 0 : set->validators[i].weight;
    }
    return without > set->weight_total / 3 * 2 + set->weight_total % 3 * 2 / 3;
}

bool hs_cluster_does_without(const struct hs_cluster *cluster, uint64_t first,
                             const struct hs_bitmap *nodes)
{
    uint64_t end = first + 1;
    if (cluster->staked) {
        end = cluster->epochs->learned;
    } else if (cluster->script.epoch_count > 0) {
        end = first + cluster->script.epoch_count;
    }
    for (uint64_t number = first; number < end; number++) {
        const struct known_epoch *known = find_known(cluster, number);
        if (known != NULL && !does_without(known, nodes)) {
            return false;
        }
    }
    return true;
}
