/* See check_chain.h.
 *
 * Whenever a block B and its child in the next view are found to be both certified, B and its
 * ancestors are marked by height as committed by the rule. What a node reports must be marked.
 */
#include "sim/check_chain.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/assert.h"

#define NAME "chain"

struct height_facts {
    bool reported;
    struct hs_block_id id;
    uint64_t epoch;
    uint64_t view;
    uint64_t timestamp_ms;
    bool by_rule;
    struct hs_block_id by_rule_id;
};

struct process_facts {
    uint64_t reported_height;
    uint64_t core_height; /* when last looked at */
};

struct hs_check_chain {
    struct height_facts *heights;
    size_t capacity;
    uint64_t height;
    uint64_t by_rule_height;
    struct process_facts processes[HS_VALIDATORS_MAX];
};

struct hs_check_chain *hs_check_chain_new(void)
{
    struct hs_check_chain *chain = calloc(1, sizeof(*chain));
    HS_ASSERT(chain != NULL);
    return chain;
}

void hs_check_chain_free(struct hs_check_chain *chain)
{
    free(chain->heights);
    free(chain);
}

static struct height_facts *facts_of(struct hs_check_chain *chain, uint64_t height)
{
    if (height >= chain->capacity) {
        size_t capacity = 2 * (size_t)height + 256;
        chain->heights =
            hs_check_grown(chain->heights, chain->capacity, capacity, sizeof(chain->heights[0]));
        chain->capacity = capacity;
    }
    return &chain->heights[height];
}

/* -- what the rule commits ---------------------------------------------------------------- */

/* From a block down to what is marked already, as far as headers were seen. */
static void mark_down(struct hs_check_chain *chain, struct hs_check *check,
                      const struct hs_check_block *block)
{
    /* A height that is a lie must not cost memory; reported, it is found out by its order. */
    while (block != NULL && block->height > 0 && block->height <= check->block_count) {
        struct height_facts *facts = facts_of(chain, block->height);
        if (facts->by_rule) {
            if (!hs_check_same_id(&facts->by_rule_id, &block->id)) {
                hs_check_fail(check, NAME,
                              "S5: the certificates that were seen commit two blocks of height "
                              "%" PRIu64,
                              block->height);
            }
            return;
        }
        facts->by_rule = true;
        facts->by_rule_id = block->id;
        if (block->height > chain->by_rule_height) {
            chain->by_rule_height = block->height;
        }
        block = hs_check_find_block(check, &block->parent_id);
    }
}

/* P4: what commits a tail block commits the last block of its epoch, and no tail block. */
static const struct hs_check_block *below_tail(struct hs_check *check,
                                               const struct hs_check_block *block)
{
    const struct hs_epoch *epoch =
        block != NULL ? hs_cluster_epoch(check->cluster, block->epoch) : NULL;
    while (epoch != NULL && block != NULL && block->height > epoch->last_height) {
        block = hs_check_find_block(check, &block->parent_id);
    }
    return block;
}

/* S5: B is certified in `view`, C = its child in the next one. */
static void check_pair(struct hs_check_chain *chain, struct hs_check *check,
                       const struct hs_check_certificates *certificates, uint64_t epoch,
                       uint64_t view)
{
    const struct hs_block_id *parent = hs_check_certificates_of_view(certificates, epoch, view);
    const struct hs_block_id *child = hs_check_certificates_of_view(certificates, epoch, view + 1);
    if (epoch > 0 && view == 0) {
        return; /* P4: what an epoch begins on was committed by the one before, or not at all */
    }
    if (parent == NULL || child == NULL) {
        return;
    }
    const struct hs_check_block *child_block = hs_check_find_block(check, child);
    if (child_block != NULL && hs_check_same_id(&child_block->parent_id, parent)) {
        mark_down(chain, check, below_tail(check, hs_check_find_block(check, parent)));
    }
}

void hs_check_chain_view_known(struct hs_check_chain *chain, struct hs_check *check,
                               const struct hs_check_certificates *certificates, uint64_t epoch,
                               uint64_t view)
{
    if (view > 0) {
        check_pair(chain, check, certificates, epoch, view - 1);
        check_pair(chain, check, certificates, epoch, view);
    }
}

/* A header that was missing when the blocks above it were marked may have been seen since. */
static void mark_from_above(struct hs_check_chain *chain, struct hs_check *check, uint64_t height)
{
    uint64_t above = height + 1;
    while (above <= chain->by_rule_height && !facts_of(chain, above)->by_rule) {
        above++;
    }
    if (above <= chain->by_rule_height) {
        const struct hs_check_block *block =
            hs_check_find_block(check, &facts_of(chain, above)->by_rule_id);
        mark_down(chain, check,
                  block != NULL ? hs_check_find_block(check, &block->parent_id) : NULL);
    }
}

static void check_reason(struct hs_check_chain *chain, struct hs_check *check, uint32_t process,
                         const struct hs_block *block)
{
    uint64_t height = block->header.height;
    if (!facts_of(chain, height)->by_rule) {
        mark_from_above(chain, check, height);
    }
    const struct height_facts *facts = facts_of(chain, height);
    if (!facts->by_rule || !hs_check_same_id(&facts->by_rule_id, &block->id)) {
        hs_check_fail(check, NAME,
                      "S5: node %" PRIu32 " committed height %" PRIu64 ", view %" PRIu64
                      ", without certificates of two consecutive views above it",
                      process, height, block->header.view);
    }
}

/* -- what nodes report ---------------------------------------------------------------------- */

/* S1, by what was committed below. */
static void check_form(struct hs_check_chain *chain, struct hs_check *check, uint32_t process,
                       const struct hs_block *block, uint32_t leader)
{
    const struct hs_block_header *header = &block->header;
    const struct hs_block *genesis = &check->cluster->genesis;
    const struct height_facts *parent = facts_of(chain, header->height - 1);
    bool first = header->height == 1;
    if (!first && !parent->reported) {
        return;
    }
    const struct hs_epoch *epoch = hs_cluster_epoch(check->cluster, header->epoch);
    /* P4: the first block of an epoch stands on the last one of the epoch before. */
    bool begins = epoch != NULL && header->height == epoch->first_height;
    uint64_t parent_view = begins ? 0 : parent->view;
    bool in_epoch = epoch != NULL && header->height >= epoch->first_height &&
                    header->height <= epoch->last_height && header->justify.epoch == header->epoch;
    uint64_t parent_ms = first ? genesis->header.timestamp_ms : parent->timestamp_ms;
    /* P3 */
    bool proves = epoch != NULL && epoch->last_height != UINT64_MAX &&
                  check->cluster->election != HS_LEADER_ROUND_ROBIN;
    bool has_proof = header->vrf_proof_bytes == HS_BLS_SIGNATURE_BYTES;
    bool holds = has_proof == proves &&
                 hs_check_same_id(&header->parent_id, first ? &genesis->id : &parent->id) &&
                 hs_check_same_id(&header->justify.block_id, &header->parent_id) &&
                 header->justify.view == parent_view && header->view > header->justify.view &&
                 in_epoch && header->timestamp_ms > parent_ms && header->proposer == leader;
    if (!holds) {
        hs_check_fail(check, NAME,
                      "S1: node %" PRIu32 " committed a block of height %" PRIu64 ", view %" PRIu64
                      ", proposer %" PRIu32 ", that is not well-formed",
                      process, header->height, header->view, header->proposer);
    }
}

static void check_block(struct hs_check_chain *chain, struct hs_check *check, uint32_t process,
                        const struct hs_block *block, uint32_t leader)
{
    uint64_t height = block->header.height;
    struct height_facts *facts = facts_of(chain, height);
    if (facts->reported) {
        if (!hs_check_same_id(&facts->id, &block->id)) {
            hs_check_fail(check, NAME, "S5: node %" PRIu32 " has another block at height %" PRIu64,
                          process, height);
        }
        return;
    }
    facts->reported = true;
    facts->id = block->id;
    facts->epoch = block->header.epoch;
    facts->view = block->header.view;
    facts->timestamp_ms = block->header.timestamp_ms;
    if (height > chain->height) {
        chain->height = height;
    }
    check_form(chain, check, process, block, leader);
    check_reason(chain, check, process, block);
}

void hs_check_chain_reported(struct hs_check_chain *chain, struct hs_check *check, uint32_t process,
                             const struct hs_block *block, uint32_t leader)
{
    struct process_facts *facts = &chain->processes[process];
    if (block->header.height != facts->reported_height + 1) {
        hs_check_fail(check, NAME,
                      "S5: node %" PRIu32 " reported height %" PRIu64 " after height %" PRIu64,
                      process, block->header.height, facts->reported_height);
        return;
    }
    facts->reported_height = block->header.height;
    check_block(chain, check, process, block, leader);
}

void hs_check_chain_held(struct hs_check_chain *chain, struct hs_check *check, uint32_t process,
                         const struct hs_block *block, uint32_t leader)
{
    check_block(chain, check, process, block, leader);
}

void hs_check_chain_restarted(struct hs_check_chain *chain, struct hs_check *check,
                              uint32_t process, uint64_t height)
{
    struct process_facts *facts = &chain->processes[process];
    if (height < facts->reported_height) {
        hs_check_fail(check, NAME,
                      "D7: node %" PRIu32 " came back at height %" PRIu64
                      ", it had reported %" PRIu64,
                      process, height, facts->reported_height);
    }
    *facts = (struct process_facts){.reported_height = height};
}

void hs_check_chain_unreadable(struct hs_check *check, uint32_t process, uint64_t height)
{
    hs_check_fail(check, NAME, "D7: node %" PRIu32 " can't read height %" PRIu64, process, height);
}

void hs_check_chain_forgotten(struct hs_check_chain *chain, uint32_t process, uint64_t height)
{
    struct process_facts *facts = &chain->processes[process];
    facts->reported_height = height < facts->reported_height ? height : facts->reported_height;
}

bool hs_check_chain_core_at(struct hs_check_chain *chain, struct hs_check *check, uint32_t process,
                            uint64_t height)
{
    struct process_facts *facts = &chain->processes[process];
    if (height < facts->core_height) {
        hs_check_fail(check, NAME, "S5: node %" PRIu32 " went back to height %" PRIu64, process,
                      height);
    }
    bool moved = height != facts->core_height;
    facts->core_height = height;
    return moved;
}

/* -- reading ------------------------------------------------------------------------------------ */

uint64_t hs_check_chain_height(const struct hs_check_chain *chain)
{
    return chain->height;
}

uint64_t hs_check_chain_height_of(const struct hs_check_chain *chain, uint32_t process)
{
    return chain->processes[process].reported_height;
}

uint64_t hs_check_chain_epoch_of_height(const struct hs_check_chain *chain, uint64_t height)
{
    return height < chain->capacity ? chain->heights[height].epoch : 0;
}

uint64_t hs_check_chain_view_of_height(const struct hs_check_chain *chain, uint64_t height)
{
    return height < chain->capacity ? chain->heights[height].view : 0;
}
