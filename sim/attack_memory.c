/* See attack_memory.h. */
#include "sim/attack_memory.h"

#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

void hs_attack_memory_init(struct hs_attack_memory *memory, const struct hs_attacker *attacker)
{
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    struct hs_attack_block *genesis = &memory->blocks[0];
    genesis->used = true;
    genesis->id = cluster->genesis.id;
    genesis->header = cluster->genesis.header;
    genesis->certified = true;
    hs_qc_of_view_zero(&genesis->qc, 0, &cluster->genesis.id);
    memory->block_next = 1;
}

void hs_attack_memory_release(struct hs_attack_memory *memory)
{
    for (uint32_t i = 0; i < HS_ATTACK_MESSAGES; i++) {
        if (memory->messages[i] != NULL) {
            hs_buffer_release(memory->messages[i]);
        }
    }
}

static struct hs_attack_block *find(struct hs_attack_memory *memory, const struct hs_block_id *id)
{
    for (uint32_t i = 0; i < HS_ATTACK_BLOCKS; i++) {
        if (memory->blocks[i].used && same_id(&memory->blocks[i].id, id)) {
            return &memory->blocks[i];
        }
    }
    return NULL;
}

const struct hs_attack_block *hs_attack_memory_find_block(const struct hs_attack_memory *memory,
                                                          const struct hs_block_id *id)
{
    return find((struct hs_attack_memory *)(uintptr_t)memory, id);
}

static void take_qc(struct hs_attack_memory *memory, const struct hs_qc *qc)
{
    struct hs_attack_block *block = find(memory, &qc->block_id);
    if (block != NULL && !block->certified && block->header.epoch == qc->epoch &&
        block->header.view == qc->view) {
        block->certified = true;
        block->qc = *qc;
    }
}

/* With the first block that is heard of in a later epoch: what was certified before is of no use
 * (P5). */
static void enter_epoch(struct hs_attack_memory *memory, const struct hs_block_header *header)
{
    const struct hs_attack_block *parent = find(memory, &header->parent_id);
    if (header->justify.view > 0 || header->epoch <= memory->blocks[0].qc.epoch || parent == NULL) {
        return;
    }
    struct hs_attack_block first = *parent;
    first.certified = true;
    hs_qc_of_view_zero(&first.qc, header->epoch, &first.id);
    memset(memory->blocks, 0, sizeof(memory->blocks));
    memory->blocks[0] = first;
    memory->block_next = 1;
    memory->has_tc = false;
}

static void take_header(struct hs_attack_memory *memory, const struct hs_attacker *attacker,
                        const struct hs_block_header *header)
{
    struct hs_block_id id;
    hs_block_id_of(&id, header,
                   hs_cluster_member_count(hs_world_cluster(attacker->world), header->epoch));
    enter_epoch(memory, header);
    take_qc(memory, &header->justify);
    if (find(memory, &id) != NULL) {
        return;
    }
    /* The first place stays that of the block on which the epoch began. */
    memory->blocks[memory->block_next] =
        (struct hs_attack_block){.used = true, .id = id, .header = *header};
    memory->block_next = memory->block_next % (HS_ATTACK_BLOCKS - 1) + 1;
}

static void take_tc(struct hs_attack_memory *memory, bool has_tc, const struct hs_tc *tc)
{
    if (has_tc && (!memory->has_tc || tc->view > memory->tc.view)) {
        memory->has_tc = true;
        memory->tc = *tc;
    }
}

static void take_vote(struct hs_attack_memory *memory, const struct hs_vote *vote)
{
    bool later = vote->epoch > memory->vote_epoch;
    if (vote->epoch < memory->vote_epoch || (!later && vote->view < memory->vote_view)) {
        return;
    }
    if (later || vote->view > memory->vote_view ||
        !same_id(&vote->block_id, &memory->vote_block_id)) {
        memory->vote_epoch = vote->epoch;
        memory->vote_view = vote->view;
        memory->vote_block_id = vote->block_id;
        memory->voters = (struct hs_bitmap){{0}};
    }
    hs_bitmap_set(&memory->voters, vote->voter);
    memory->votes[vote->voter] = vote->signature;
}

static void keep_message(struct hs_attack_memory *memory, struct hs_buffer *buffer)
{
    struct hs_buffer **place = &memory->messages[memory->message_next];
    if (*place != NULL) {
        hs_buffer_release(*place);
    }
    *place = hs_buffer_retain(buffer);
    memory->message_next = (memory->message_next + 1) % HS_ATTACK_MESSAGES;
}

void hs_attack_memory_take(struct hs_attack_memory *memory, const struct hs_attacker *attacker,
                           struct hs_buffer *buffer, const struct hs_message *message)
{
    keep_message(memory, buffer);
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        take_header(memory, attacker, &message->proposal.header);
        take_tc(memory, message->proposal.has_tc, &message->proposal.tc);
        return;
    case HS_MESSAGE_VOTE:
        take_vote(memory, &message->vote);
        return;
    case HS_MESSAGE_QC:
        take_qc(memory, &message->qc);
        return;
    case HS_MESSAGE_VIEW_CHANGE:
        take_qc(memory, &message->view_change.view_change.high_qc);
        take_tc(memory, message->view_change.has_tc, &message->view_change.tc);
        return;
    case HS_MESSAGE_STATUS:
        take_qc(memory, &message->status.high_qc);
        take_tc(memory, message->status.has_tc, &message->status.tc);
        return;
    case HS_MESSAGE_BLOCK_RESPONSE:
        if (message->block_response.has_block) {
            take_header(memory, attacker, &message->block_response.header);
        }
        return;
    case HS_MESSAGE_BLOCK_REQUEST:
    case HS_MESSAGE_RANGE_REQUEST:
    case HS_MESSAGE_RANGE_RESPONSE:
    case HS_MESSAGE_TRANSACTIONS:
        return;
    }
}

const struct hs_attack_block *hs_attack_memory_draw_block(const struct hs_attack_memory *memory,
                                                          struct hs_random *random)
{
    uint32_t first = (uint32_t)hs_random_below(random, HS_ATTACK_BLOCKS);
    for (uint32_t i = 0; i < HS_ATTACK_BLOCKS; i++) {
        const struct hs_attack_block *block = &memory->blocks[(first + i) % HS_ATTACK_BLOCKS];
        if (block->used && block->certified) {
            return block;
        }
    }
    return &memory->blocks[0];
}

const struct hs_attack_block *hs_attack_memory_last_block(const struct hs_attack_memory *memory,
                                                          uint64_t below_view)
{
    const struct hs_attack_block *last = &memory->blocks[0];
    for (uint32_t i = 0; i < HS_ATTACK_BLOCKS; i++) {
        const struct hs_attack_block *block = &memory->blocks[i];
        if (block->used && block->certified && block->qc.view < below_view &&
            block->qc.view > last->qc.view) {
            last = block;
        }
    }
    return last;
}

struct hs_buffer *hs_attack_memory_draw_message(const struct hs_attack_memory *memory,
                                                struct hs_random *random)
{
    uint32_t first = (uint32_t)hs_random_below(random, HS_ATTACK_MESSAGES);
    for (uint32_t i = 0; i < HS_ATTACK_MESSAGES; i++) {
        struct hs_buffer *message = memory->messages[(first + i) % HS_ATTACK_MESSAGES];
        if (message != NULL) {
            return message;
        }
    }
    return NULL;
}

void hs_attack_memory_end(struct hs_attacker *attacker)
{
    hs_attack_memory_release(attacker->state);
}

bool hs_attack_memory_hears(struct hs_attacker *attacker, uint32_t from, struct hs_buffer *buffer,
                            const struct hs_message *message)
{
    (void)from;
    hs_attack_memory_take(attacker->state, attacker, buffer, message);
    return true;
}
