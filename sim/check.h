/* hs_check: what the families of checkers share: the cluster they look at, whom to believe, the
 * blocks that were seen, and the first violation. See checkers.h.
 *
 * A family is a file check_*.c that opens with what it holds against whom. Families take plain facts
 * (a message, a block, a count), so that a test can make up a wrong run for each.
 */
#ifndef HS_SIM_CHECK_H
#define HS_SIM_CHECK_H

#include "base/id_map.h"
#include "sim/cluster.h"
#include "sim/stake_model.h"

#define HS_CHECK_SENTENCE_CHARACTERS 640u

/* From 32-byte ids to the index of an entry in a growing array; ids are its entries' first member. */
struct hs_check_index {
    struct hs_id_map *map;
    void *memory;
    uint32_t capacity;
};

/* A transaction of a block, and what it uses up. */
struct hs_check_use {
    struct hs_transaction_id id;
    uint32_t sender; /* account of the cluster; HS_CLUSTER_ACCOUNTS_MAX: none of them */
    uint64_t nonce;
};

/* A block whose header was seen, whoever showed it: its id vouches for it. */
struct hs_check_block {
    struct hs_block_id id;
    struct hs_block_id parent_id;
    struct hs_block_id justify_id;
    uint64_t epoch;
    uint64_t view;
    uint64_t height;
    uint64_t justify_view;
    uint64_t timestamp_ms;
    struct hs_payload_root payload_root;
    uint32_t proposer;
    bool allowed_by_tc;       /* shown beside a TC after which its justify may be proposed (S3) */
    struct hs_bitmap durable; /* processes whose durable log holds it */
    bool has_uses;
    uint32_t use_count;
    struct hs_check_use *uses;
    uint32_t operation_count; /* of its transactions, those about validators */
    struct hs_stake_operation *operations;
};

/* Something for each view of each epoch that was asked for, zeros at first. */
struct hs_check_views {
    size_t item_bytes;
    struct hs_check_view_row {
        void *items;
        size_t capacity;
    } * epochs;
    size_t capacity;
};

struct hs_check {
    const struct hs_cluster *cluster;
    uint32_t process_count;
    struct hs_bitmap byzantine; /* validators of which nothing is asked */
    struct hs_check_block *blocks;
    uint32_t block_count;
    uint32_t block_capacity;
    struct hs_check_index block_index;
    const char *checker; /* of the first violation; NULL while all holds */
    char sentence[HS_CHECK_SENTENCE_CHARACTERS];
};

void hs_check_init(struct hs_check *check, const struct hs_cluster *cluster,
                   uint32_t process_count);
void hs_check_release(struct hs_check *check);

/* Remembers the first violation: which checker, and one sentence. */
void hs_check_fail(struct hs_check *check, const char *checker, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* P3: does a header carry a proof of its turn, by this key and over this randomness? */
bool hs_check_is_proved(const struct hs_check *check, const struct hs_block_header *header,
                        const struct hs_bls_public_key *leader,
                        const uint8_t randomness[HS_HASH_BYTES]);

/* Who leads a view, by the set and the randomness of its epoch; HS_VALIDATORS_MAX: the chain has no
 * such epoch. */
uint32_t hs_check_leader(struct hs_check *check, uint64_t epoch, uint64_t view);

/* Grows as far as it must: an epoch that the chain has, a view that somebody proved. */
void *hs_check_views_at(struct hs_check_views *views, uint64_t epoch, uint64_t view);
/* NULL: it was never asked for. */
const void *hs_check_views_find(const struct hs_check_views *views, uint64_t epoch, uint64_t view);
void hs_check_views_release(struct hs_check_views *views);

/* Is it a correct validator's own process? A twin is not. */
bool hs_check_is_correct(const struct hs_check *check, uint32_t process);
bool hs_check_same_id(const struct hs_block_id *a, const struct hs_block_id *b);

/* Adds a block, once. The pointer is good until the next one is added. */
struct hs_check_block *hs_check_add_block(struct hs_check *check, const struct hs_block_id *id,
                                          const struct hs_block_header *header);
/* NULL: its header was never seen. */
struct hs_check_block *hs_check_find_block(struct hs_check *check, const struct hs_block_id *id);

/* A longer array, zeros behind the old items. Memory that cannot be had is an assert. */
void *hs_check_grown(void *memory, size_t old_count, size_t new_count, size_t item_bytes);

void hs_check_index_release(struct hs_check_index *index);
/* False and *entry untouched when it is not there. */
bool hs_check_index_find(const struct hs_check_index *index, uint32_t *entry, const void *id);
/* Adds entry number `entry` of `entries`, all before which are in. */
void hs_check_index_add(struct hs_check_index *index, uint32_t entry, const void *entries,
                        size_t entry_bytes);

#endif
