/* hs_attack_memory: what an attacker has heard and its own node has said, to lie with.
 *
 * Rings: the last blocks with the certificates over them, the last timeout certificate, the votes of
 * the last view in which some were heard, and the last messages as they were.
 */
#ifndef HS_SIM_ATTACK_MEMORY_H
#define HS_SIM_ATTACK_MEMORY_H

#include "sim/attacks.h"

#define HS_ATTACK_BLOCKS   16u
#define HS_ATTACK_MESSAGES 64u

struct hs_attack_block {
    bool used;
    struct hs_block_id id;
    struct hs_block_header header;
    bool certified;
    struct hs_qc qc;
};

struct hs_attack_memory {
    struct hs_attack_block blocks[HS_ATTACK_BLOCKS];
    uint32_t block_next;
    bool has_tc;
    struct hs_tc tc;
    uint64_t vote_epoch;
    uint64_t vote_view;
    struct hs_block_id vote_block_id;
    struct hs_bitmap voters;
    struct hs_bls_signature votes[HS_VALIDATORS_MAX]; /* of `voters` */
    struct hs_buffer *messages[HS_ATTACK_MESSAGES];   /* the oldest are NULL at first */
    uint32_t message_next;
};

/* Begins with genesis and its certificate, and anew with each epoch. */
void hs_attack_memory_init(struct hs_attack_memory *memory, const struct hs_attacker *attacker);
void hs_attack_memory_release(struct hs_attack_memory *memory);

void hs_attack_memory_take(struct hs_attack_memory *memory, const struct hs_attacker *attacker,
                           struct hs_buffer *buffer, const struct hs_message *message);

/* NULL: it was not heard of, or is forgotten. */
const struct hs_attack_block *hs_attack_memory_find_block(const struct hs_attack_memory *memory,
                                                          const struct hs_block_id *id);
/* A certified block by chance; there is always one. */
const struct hs_attack_block *hs_attack_memory_draw_block(const struct hs_attack_memory *memory,
                                                          struct hs_random *random);
/* The certified block of the highest view, and of the highest below `view`. */
const struct hs_attack_block *hs_attack_memory_last_block(const struct hs_attack_memory *memory,
                                                          uint64_t below_view);
/* A message by chance; NULL: none was heard. */
struct hs_buffer *hs_attack_memory_draw_message(const struct hs_attack_memory *memory,
                                                struct hs_random *random);

/* `end` and `hears` of a kind whose state is a memory and whose node hears everything. */
void hs_attack_memory_end(struct hs_attacker *attacker);
bool hs_attack_memory_hears(struct hs_attacker *attacker, uint32_t from, struct hs_buffer *buffer,
                            const struct hs_message *message);

#endif
