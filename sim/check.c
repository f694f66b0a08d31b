/* See check.h. */
#include "sim/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "consensus/leader_election.h"
#include "crypto/vrf.h"
#include "wire/statement.h"

#define CAPACITY_MIN 256u
#define VIEWS_MIN    64u

void hs_check_init(struct hs_check *check, const struct hs_cluster *cluster, uint32_t process_count)
{
    *check = (struct hs_check){.cluster = cluster, .process_count = process_count};
}

void hs_check_release(struct hs_check *check)
{
    for (uint32_t i = 0; i < check->block_count; i++) {
        free(check->blocks[i].uses);
        free(check->blocks[i].operations);
    }
    free(check->blocks);
    hs_check_index_release(&check->block_index);
}

void hs_check_fail(struct hs_check *check, const char *checker, const char *format, ...)
{
    if (check->checker != NULL) {
        return; /* the first is the one to look at */
    }
    check->checker = checker;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(check->sentence, sizeof(check->sentence), format, arguments);
    va_end(arguments);
}

bool hs_check_is_proved(const struct hs_check *check, const struct hs_block_header *header,
                        const struct hs_bls_public_key *leader,
                        const uint8_t randomness[HS_HASH_BYTES])
{
    struct hs_bls_point key;
    struct hs_bls_statement input;
    struct hs_vrf_proof proof;
    memcpy(proof.signature.bytes, header->vrf_proof, sizeof(proof.signature.bytes));
    hs_statement_encode_vrf(&input, &check->cluster->chain_id, header->epoch, header->view,
                            randomness);
    return header->vrf_proof_bytes == sizeof(proof.signature.bytes) &&
           hs_bls_point_of(&key, leader) == HS_OK && hs_vrf_verify(&proof, &input, &key) == HS_OK;
}

bool hs_check_is_correct(const struct hs_check *check, uint32_t process)
{
    return process < check->cluster->validators.count && !hs_bitmap_get(&check->byzantine, process);
}

bool hs_check_same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* -- growing things --------------------------------------------------------------------- */

void *hs_check_grown(void *memory, size_t old_count, size_t new_count, size_t item_bytes)
{
    uint8_t *larger = realloc(memory, new_count * item_bytes);
    HS_ASSERT(larger != NULL);
    memset(larger + old_count * item_bytes, 0, (new_count - old_count) * item_bytes);
    return larger;
}

void hs_check_index_release(struct hs_check_index *index)
{
    free(index->memory);
}

bool hs_check_index_find(const struct hs_check_index *index, uint32_t *entry, const void *id)
{
    return index->map != NULL && hs_id_map_find(index->map, entry, id) == HS_OK;
}

static void insert(struct hs_check_index *index, uint32_t entry, const void *entries,
                   size_t entry_bytes)
{
    const uint8_t *id = (const uint8_t *)entries + entry * entry_bytes;
    enum hs_status status = hs_id_map_insert(index->map, id, entry);
    HS_ASSERT(status == HS_OK);
}

void hs_check_index_add(struct hs_check_index *index, uint32_t entry, const void *entries,
                        size_t entry_bytes)
{
    if (entry >= index->capacity) {
        static const uint8_t seed[HS_ID_MAP_SEED_BYTES];
        free(index->memory);
        index->capacity = index->capacity > 0 ? 2 * index->capacity : CAPACITY_MIN;
        index->memory = calloc(1, hs_id_map_footprint(index->capacity));
        HS_ASSERT(index->memory != NULL);
        index->map = hs_id_map_new(index->memory, index->capacity, seed);
        for (uint32_t i = 0; i < entry; i++) {
            insert(index, i, entries, entry_bytes);
        }
    }
    insert(index, entry, entries, entry_bytes);
}

/* -- epochs and views ----------------------------------------------------------------------- */

uint32_t hs_check_leader(struct hs_check *check, uint64_t epoch, uint64_t view)
{
    const struct hs_epoch *fixed = hs_cluster_epoch(check->cluster, epoch);
    if (fixed == NULL) {
        return HS_VALIDATORS_MAX;
    }
    struct hs_leader_rule leaders = {
        .election = check->cluster->election,
        .validators = &fixed->validators,
        .leader_weights = fixed->leader_weights,
    };
    memcpy(leaders.randomness, fixed->randomness, sizeof(leaders.randomness));
    return hs_leader_of(&leaders, view);
}

void *hs_check_views_at(struct hs_check_views *views, uint64_t epoch, uint64_t view)
{
    if (epoch >= views->capacity) {
        size_t capacity = 2 * (size_t)epoch + 4;
        views->epochs =
            hs_check_grown(views->epochs, views->capacity, capacity, sizeof(views->epochs[0]));
        views->capacity = capacity;
    }
    struct hs_check_view_row *row = &views->epochs[epoch];
    if (view >= row->capacity) {
        size_t capacity = 2 * (size_t)view + VIEWS_MIN;
        row->items = hs_check_grown(row->items, row->capacity, capacity, views->item_bytes);
        row->capacity = capacity;
    }
    return (uint8_t *)row->items + view * views->item_bytes;
}

const void *hs_check_views_find(const struct hs_check_views *views, uint64_t epoch, uint64_t view)
{
    if (epoch >= views->capacity || view >= views->epochs[epoch].capacity) {
        return NULL;
    }
    return (const uint8_t *)views->epochs[epoch].items + view * views->item_bytes;
}

void hs_check_views_release(struct hs_check_views *views)
{
    for (size_t i = 0; i < views->capacity; i++) {
        free(views->epochs[i].items);
    }
    free(views->epochs);
}

/* -- blocks ------------------------------------------------------------------------------- */

struct hs_check_block *hs_check_find_block(struct hs_check *check, const struct hs_block_id *id)
{
    uint32_t entry;
    return hs_check_index_find(&check->block_index, &entry, id->bytes) ? &check->blocks[entry]
                                                                       : NULL;
}

struct hs_check_block *hs_check_add_block(struct hs_check *check, const struct hs_block_id *id,
                                          const struct hs_block_header *header)
{
    struct hs_check_block *known = hs_check_find_block(check, id);
    if (known != NULL) {
        return known;
    }
    if (check->block_count == check->block_capacity) {
        uint32_t capacity = check->block_capacity > 0 ? 2 * check->block_capacity : CAPACITY_MIN;
        check->blocks = hs_check_grown(check->blocks, check->block_capacity, capacity,
                                       sizeof(check->blocks[0]));
        check->block_capacity = capacity;
    }
    uint32_t entry = check->block_count++;
    check->blocks[entry] = (struct hs_check_block){
        .id = *id,
        .parent_id = header->parent_id,
        .justify_id = header->justify.block_id,
        .epoch = header->epoch,
        .view = header->view,
        .height = header->height,
        .justify_view = header->justify.view,
        .timestamp_ms = header->timestamp_ms,
        .payload_root = header->payload_root,
        .proposer = header->proposer,
    };
    hs_check_index_add(&check->block_index, entry, check->blocks, sizeof(check->blocks[0]));
    return &check->blocks[entry];
}
