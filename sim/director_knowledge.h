/* hs_director_knowledge: what an attacker who reads the whole network knows of late, and the
 * certificates that can be made of it.
 *
 * Blocks, votes, view changes and certificates are kept in rings: the newest push out the oldest. A
 * certificate is made of the votes that correct validators sent and of what the Byzantine ones would
 * sign, so each is valid; which of the possible ones it is, is the attacker's choice.
 */
#ifndef HS_SIM_DIRECTOR_KNOWLEDGE_H
#define HS_SIM_DIRECTOR_KNOWLEDGE_H

#include "sim/attacker.h"

#define HS_DIRECTOR_BLOCKS       64u
#define HS_DIRECTOR_QCS          16u
#define HS_DIRECTOR_VOTES        128u
#define HS_DIRECTOR_VIEW_CHANGES 128u

struct hs_director_knowledge {
    size_t block_count, qc_count, vote_count,
        view_change_count; /* ever; the ring's place follows */
    struct hs_block blocks[HS_DIRECTOR_BLOCKS];
    struct hs_qc qcs[HS_DIRECTOR_QCS];
    struct hs_vote votes[HS_DIRECTOR_VOTES];
    struct hs_view_change view_changes[HS_DIRECTOR_VIEW_CHANGES];
};

/* The genesis block and the certificate of view 0. */
void hs_director_know_genesis(struct hs_director_knowledge *knowledge,
                              const struct hs_cluster *cluster);
void hs_director_know_block(struct hs_director_knowledge *knowledge, const struct hs_block *block);
void hs_director_know_qc(struct hs_director_knowledge *knowledge, const struct hs_qc *qc);
/* All that a message of a correct validator shows. */
void hs_director_know_message(struct hs_director_knowledge *knowledge,
                              const struct hs_cluster *cluster, const struct hs_message *message);

/* How many are held: index i < held of the newest first. */
size_t hs_director_held_blocks(const struct hs_director_knowledge *knowledge);
size_t hs_director_held_qcs(const struct hs_director_knowledge *knowledge);
const struct hs_block *hs_director_block(const struct hs_director_knowledge *knowledge, size_t i);
const struct hs_qc *hs_director_qc(const struct hs_director_knowledge *knowledge, size_t i);
/* The newest block or certificate; NULL: not known. Of the block that ends an epoch there are two: its
 * own, and the one of view 0 of the epoch that begins there. */
const struct hs_block *hs_director_find_block(const struct hs_director_knowledge *knowledge,
                                              const struct hs_block_id *id);
const struct hs_qc *hs_director_find_qc(const struct hs_director_knowledge *knowledge,
                                        const struct hs_block_id *id);

/* A QC for `block` of the votes seen and those of all Byzantine validators. False: no quorum. */
bool hs_director_make_qc(const struct hs_director_knowledge *knowledge,
                         const struct hs_attacker *attacker, const struct hs_block *block,
                         struct hs_qc *qc);

/* How a TC is put together. */
struct hs_director_tc_choice {
    uint64_t epoch;
    uint64_t view;
    /* View changes of correct validators that name a higher one are left out, if a quorum stays. */
    uint64_t high_qc_view_max;
    /* What the Byzantine validators name: below `view`. */
    const struct hs_qc *own_qc;
    /* Another that they name, too, so that each counts twice; NULL: none, as it must be. */
    const struct hs_qc *second_qc;
};
/* False: no quorum of view changes was seen. */
bool hs_director_make_tc(const struct hs_director_knowledge *knowledge,
                         struct hs_attacker *attacker, const struct hs_director_tc_choice *choice,
                         struct hs_tc *tc);

#endif
