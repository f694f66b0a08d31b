/* Blocks that are missing here (L10).
 *
 * The core names a block it wants: one that a certificate vouches for. It is asked for by id, from
 * who spoke of it and then from its certificate's signers in turn, who hold it (D2). When its
 * parent is missing too, the way down to what is held is found by parent links, block by block,
 * or, over a wide gap, by heights: a range of committed blocks and one certificate over its last,
 * from which the parent links vouch for the rest. So a lying peer can refuse to answer, and no
 * more; the next one is asked.
 *
 *     committed here  . . . . . . . . . .  orphan -> orphan -> wanted block
 *                     by range, upwards    by parent link, downwards
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mutants.h"
#include "base/bitmap.h"
#include "node/node_internal.h"

#define PAUSE_NS UINT64_C(20000000)
/* A gap of more heights than this is crossed by ranges. */
#define GAP_BY_ID_MAX 4u

static void ask(struct hs_node *node);

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* -- orphans ---------------------------------------------------------------------------- */

static struct hs_orphan *find_orphan(struct hs_node *node, const struct hs_block_id *id)
{
    for (uint32_t i = 0; i < HS_SYNC_ORPHANS; i++) {
        struct hs_orphan *orphan = &node->sync.orphans[i];
        if (orphan->used && same_id(&hs_verified_block_get(&orphan->block)->id, id)) {
            return orphan;
        }
    }
    return NULL;
}

static struct hs_orphan *find_orphan_above(struct hs_node *node, const struct hs_block_id *parent)
{
    for (uint32_t i = 0; i < HS_SYNC_ORPHANS; i++) {
        struct hs_orphan *orphan = &node->sync.orphans[i];
        if (orphan->used &&
            same_id(&hs_verified_block_get(&orphan->block)->header.parent_id, parent)) {
            return orphan;
        }
    }
    return NULL;
}

static void free_orphan(struct hs_node *node, struct hs_orphan *orphan)
{
    node->sync.orphan_bytes -= orphan->buffer->size;
    hs_buffer_release(orphan->buffer);
    *orphan = (struct hs_orphan){0};
}

void hs_sync_free(struct hs_node *node)
{
    for (uint32_t i = 0; i < HS_SYNC_ORPHANS; i++) {
        if (node->sync.orphans[i].used) {
            free_orphan(node, &node->sync.orphans[i]);
        }
    }
}

void hs_sync_forget(struct hs_node *node)
{
    hs_sync_free(node);
    node->sync.wanted = false;
    node->sync.asked = false;
    hs_patience_forget(&node->sync.patience);
}

/* Keeps a block until its parent is held. Where there is no room the gap is too wide to be crossed
 * block by block, and ranges are asked for again. */
static void keep_orphan(struct hs_node *node, const struct hs_verified_block *block,
                        struct hs_buffer *buffer, struct hs_bytes payload)
{
    for (uint32_t i = 0; i < HS_SYNC_ORPHANS; i++) {
        struct hs_orphan *orphan = &node->sync.orphans[i];
        if (!orphan->used && node->sync.orphan_bytes + buffer->size <= HS_SYNC_ORPHANS_BYTES_MAX) {
            *orphan = (struct hs_orphan){.used = true,
                                         .block = *block,
                                         .buffer = hs_buffer_retain(buffer),
                                         .payload = payload};
            node->sync.orphan_bytes += buffer->size;
            return;
        }
    }
    node->sync.empty_ranges = 0;
}

/* -- into the core ------------------------------------------------------------------------ */

/* Gives the core a block that a certificate vouches for. Its payload is checked against its header;
 * its transactions' signatures were checked by those who certified it. */
static enum hs_status offer(struct hs_node *node, const struct hs_verified_block *verified,
                            struct hs_buffer *buffer, struct hs_bytes payload)
{
    const struct hs_block *block = hs_verified_block_get(verified);
    struct hs_transaction_summary *transactions;
    enum hs_status status =
        hs_chain_check_payload(&node->application, &block->header, payload, &transactions);
    if (status != HS_OK) {
        return status;
    }
    enum hs_status held = hs_chain_hold(node, block, buffer, payload, transactions);
    if (held == HS_FULL) {
        return held;
    }
    struct hs_event event = {.type = HS_EVENT_BLOCK_FETCHED, .block = verified};
    hs_node_feed(node, &event, &status);
    if (held == HS_OK && status != HS_OK) {
        hs_chain_drop_refused(node, &block->id);
    }
    node->counters.blocks_fetched += status == HS_OK ? 1 : 0;
    return status;
}

/* Orphans whose parents are held now go in, lowest first. */
static void offer_orphans(struct hs_node *node)
{
    bool offered = true;
    while (offered) {
        offered = false;
        for (uint32_t i = 0; i < HS_SYNC_ORPHANS; i++) {
            struct hs_orphan *orphan = &node->sync.orphans[i];
            if (orphan->used &&
                hs_core_holds(node->epoch->core,
                              &hs_verified_block_get(&orphan->block)->header.parent_id)) {
                struct hs_orphan taken = *orphan;
                orphan->used = false;
                enum hs_status status = offer(node, &taken.block, taken.buffer, taken.payload);
                (void)status; /* a bad one is gone, and will be asked for again */
                *orphan = taken;
                free_orphan(node, orphan);
                offered = true;
            }
        }
    }
}

/* -- asking --------------------------------------------------------------------------------- */

/* The block at the lower end of what is known to be missing. */
static struct hs_block_id lowest_missing(struct hs_node *node)
{
    struct hs_block_id id = node->sync.current.id;
    for (uint32_t i = 0; i <= HS_SYNC_ORPHANS; i++) {
        const struct hs_orphan *orphan = find_orphan(node, &id);
        if (orphan == NULL) {
            break;
        }
        id = hs_verified_block_get(&orphan->block)->header.parent_id;
    }
    return id;
}

static bool signed_by(const struct hs_node *node, const struct hs_bitmap *signers, uint32_t peer)
{
    uint32_t member = hs_member_of_peer(node, peer);
    return member < HS_VALIDATORS_MAX && hs_bitmap_get(signers, member);
}

/* The next peer after the one asked last: first who spoke of the block, then its signers, then
 * anyone; who left the last question unanswered, and has said nothing since, comes last. Who only
 * follows hears of each block from its leader, which has better things to do, and begins with the
 * signers. */
static uint32_t choose_peer(const struct hs_node *node)
{
    const struct hs_block_sync *sync = &node->sync;
    uint32_t count = node->peer_end;
    bool follows = node->epoch->self == HS_VALIDATORS_MAX;
    if (!sync->asked && !follows && hs_peer_is_connected(node, sync->current.peer)) {
        return sync->current.peer;
    }
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t step = 1; step <= count; step++) {
            uint32_t peer = (sync->asked_peer + step) % count;
            bool suits =
                round == 2 || (!node->peers[peer].silent &&
                               (round == 1 || signed_by(node, &sync->current.signers, peer)));
            if (hs_peer_is_connected(node, peer) && suits) {
                return peer;
            }
        }
    }
    return HS_NO_PEER;
}

static bool gap_is_wide(struct hs_node *node, const struct hs_block_id *missing,
                        const struct hs_core_status *core)
{
    const struct hs_orphan *above = find_orphan_above(node, missing);
    /* One peer that says it has nothing may lie; all signers together may not. */
    bool exhausted = node->sync.empty_ranges >= hs_bitmap_count(&node->sync.current.signers);
    return above != NULL && !exhausted &&
           hs_verified_block_get(&above->block)->header.height >
               core->committed_height + 1 + GAP_BY_ID_MAX;
}

/* A peer finds by id what it appended since its last start and the snapshot of that; what it committed
 * before it knows by height only. So where a round of questions by id brought nothing, the next is
 * one by height. */
static bool is_range_turn(const struct hs_node *node)
{
    return node->sync.asks / node->peer_count % 2 == 1;
}

/* Held in the tree, or executed here and committed past since. */
static bool arrived(struct hs_node *node, const struct hs_block_id *id)
{
    struct hs_log_position position;
    return hs_core_holds(node->epoch->core, id) ||
           hs_block_log_find_block(node->durability.log, id, &position) == HS_OK;
}

static void begin(struct hs_node *node, const struct hs_wanted_block *next)
{
    struct hs_block_sync *sync = &node->sync;
    sync->current = *next;
    sync->asked = false;
    hs_patience_forget(&sync->patience);
    sync->asks = 0;
    sync->empty_ranges = 0;
    sync->range_height = 0;
    sync->deadline_ns = hs_node_now_ns(node);
}

/* One block is brought in at a time, down to what is held; what the core wants meanwhile comes
 * after it. A block that nobody has given in two rounds makes way. */
static void choose_wanted(struct hs_node *node)
{
    struct hs_block_sync *sync = &node->sync;
    bool given_up = sync->asks > 2 * node->peer_count + HS_SYNC_ORPHANS &&
                    !same_id(&sync->current.id, &sync->latest.id);
    if (!sync->wanted || (!given_up && !arrived(node, &sync->current.id))) {
        return;
    }
    if (hs_core_wants(node->epoch->core, &sync->latest.id) &&
        !same_id(&sync->current.id, &sync->latest.id)) {
        begin(node, &sync->latest);
        return;
    }
    sync->wanted = false;
    hs_sync_free(node);
}

/* With the tree half full of what was brought in, execution is behind: no more is asked for. */
static bool is_busy(const struct hs_node *node, const struct hs_core_status *core)
{
    return core->tree_blocks > node->config.tree_blocks_max / 2 &&
           node->sync.range_height > node->chain.committed.header.height;
}

static void ask(struct hs_node *node)
{
    struct hs_block_sync *sync = &node->sync;
    choose_wanted(node);
    if (!sync->wanted || node->network == NULL) {
        return;
    }
    struct hs_core_status core;
    hs_core_status(node->epoch->core, &core);
    uint32_t peer = choose_peer(node);
    if (peer == HS_NO_PEER || is_busy(node, &core)) {
        sync->deadline_ns = hs_node_now_ns(node) + PAUSE_NS;
        return;
    }
    struct hs_block_id missing = lowest_missing(node);
    struct hs_message *message = &node->outgoing;
    sync->asked = true;
    sync->asked_peer = peer;
    sync->asked_range = gap_is_wide(node, &missing, &core) || is_range_turn(node);
    sync->asks++;
    sync->deadline_ns = hs_patience_ask(&sync->patience, hs_node_now_ns(node));
    if (HS_MUTANT_ASKED_ONCE) {
        sync->deadline_ns = UINT64_MAX;
    }
    if (sync->asked_range) {
        uint64_t held_height =
            core.committed_height > sync->range_height ? core.committed_height : sync->range_height;
        message->type = HS_MESSAGE_RANGE_REQUEST;
        message->range_request.epoch = hs_node_epoch_number(node);
        message->range_request.from_height = held_height + 1;
    } else {
        message->type = HS_MESSAGE_BLOCK_REQUEST;
        message->block_request = missing;
    }
    hs_node_send_message(node, peer, HS_CLASS_SYNC, message);
}

/* FETCH. Asked at the end of this turn. */
void hs_sync_want(struct hs_node *node, const struct hs_block_id *id, uint32_t peer,
                  const struct hs_bitmap *signers)
{
    struct hs_block_sync *sync = &node->sync;
    sync->latest = (struct hs_wanted_block){.id = *id, .signers = *signers, .peer = peer};
    if (!sync->wanted) {
        sync->wanted = true;
        begin(node, &sync->latest);
    }
}

void hs_sync_check_time(struct hs_node *node)
{
    struct hs_block_sync *sync = &node->sync;
    if (!sync->wanted || hs_node_now_ns(node) < sync->deadline_ns) {
        return;
    }
    if (sync->patience.waits && hs_peer_is_known(node, sync->asked_peer)) {
        node->peers[sync->asked_peer].silent = true;
    }
    hs_patience_give_up(&sync->patience);
    if (sync->asked && sync->asked_range) {
        sync->range_height = 0; /* what was taken in may have been dropped */
    }
    offer_orphans(node);
    ask(node);
}

void hs_sync_peer_went(struct hs_node *node, uint32_t peer)
{
    struct hs_block_sync *sync = &node->sync;
    if (sync->wanted && sync->asked && sync->asked_peer == peer) {
        hs_patience_forget(&sync->patience);
        sync->deadline_ns = hs_node_now_ns(node);
    }
}

uint64_t hs_sync_next_wake_ns(const struct hs_node *node)
{
    return node->sync.wanted ? node->sync.deadline_ns : UINT64_MAX;
}

/* Another peer is asked at once, until all were; then only now and then. */
static void pause_after_failure(struct hs_node *node)
{
    if (node->sync.asks < node->peer_count) {
        ask(node);
    } else {
        node->sync.deadline_ns = hs_node_now_ns(node) + PAUSE_NS;
    }
}

/* -- answers ------------------------------------------------------------------------------------ */

/* Makes a checked type of a block that was asked for by id: by the certificate that names it, or
 * by its child. */
static enum hs_status verify_answer(struct hs_node *node, const struct hs_block_id *id,
                                    const struct hs_block_header *header,
                                    struct hs_verified_block *verified)
{
    const struct hs_orphan *child = find_orphan_above(node, id);
    if (child != NULL) {
        return hs_verify_block_by_child(&node->epoch->verifier, verified, header, &child->block);
    }
    const struct hs_verified_qc *qc =
        hs_certificate_cache_find_qc_for(&node->epoch->certificates, id);
    if (qc == NULL) {
        return HS_NOT_FOUND;
    }
    return hs_verify_block_by_qc(&node->epoch->verifier, verified, header, qc);
}

void hs_sync_take_block(struct hs_node *node, uint32_t peer, struct hs_buffer *buffer,
                        const struct hs_message *message)
{
    struct hs_block_sync *sync = &node->sync;
    if (!sync->wanted || !sync->asked || sync->asked_range || sync->asked_peer != peer) {
        node->counters.messages_ignored++;
        return;
    }
    struct hs_block_id missing = lowest_missing(node);
    if (!same_id(&missing, &message->block_response.block_id)) {
        node->counters.messages_ignored++;
        return;
    }
    hs_patience_answered(&sync->patience, hs_node_now_ns(node));
    enum hs_status status = HS_NOT_FOUND;
    struct hs_verified_block verified;
    if (message->block_response.has_block) {
        status = verify_answer(node, &missing, &message->block_response.header, &verified);
    }
    if (status == HS_OK) {
        status = offer(node, &verified, buffer, message->block_response.payload);
    }
    if (status == HS_UNKNOWN_PARENT) {
        keep_orphan(node, &verified, buffer, message->block_response.payload);
    } else if (status == HS_OK) {
        offer_orphans(node);
    } else {
        hs_node_blame_peer(node, peer, status);
        pause_after_failure(node);
        return;
    }
    sync->asks = 0;
    ask(node);
}

bool hs_sync_expects_range(struct hs_node *node, uint32_t peer, const struct hs_message *message)
{
    struct hs_block_sync *sync = &node->sync;
    if (!sync->wanted || !sync->asked || !sync->asked_range || sync->asked_peer != peer) {
        node->counters.messages_ignored++;
        return false;
    }
    hs_patience_answered(&sync->patience, hs_node_now_ns(node));
    if (message->range_response.block_count == 0) {
        sync->empty_ranges++;
        ask(node);
        return false;
    }
    if (!message->range_response.has_qc) {
        hs_node_blame_peer(node, peer, HS_PROTOCOL_VIOLATION);
        pause_after_failure(node);
        return false;
    }
    return true;
}

struct range_block {
    struct hs_block_header header;
    struct hs_bytes payload;
    struct hs_verified_block verified;
};

/* From the certificate down by parent links: all of the range, or none. */
static enum hs_status verify_range(struct hs_node *node, const struct hs_parcel *parcel,
                                   struct range_block blocks[], uint32_t count)
{
    struct hs_bytes all = parcel->message.range_response.blocks;
    struct hs_reader reader = hs_reader_over(all.data, all.size);
    for (uint32_t i = 0; i < count; i++) {
        enum hs_status status = hs_message_block_next(
            &reader, &blocks[i].header, &blocks[i].payload, node->epoch->fixed.validators.count);
        if (status != HS_OK) {
            return HS_MALFORMED;
        }
    }
    for (uint32_t i = count; i-- > 0;) {
        enum hs_status status =
            i + 1 == count ? hs_verify_block_by_qc(&node->epoch->verifier, &blocks[i].verified,
                                                   &blocks[i].header, &parcel->qc)
                           : hs_verify_block_by_child(&node->epoch->verifier, &blocks[i].verified,
                                                      &blocks[i].header, &blocks[i + 1].verified);
        if (status != HS_OK) {
            return status;
        }
    }
    return HS_OK;
}

static enum hs_status offer_range(struct hs_node *node, const struct hs_parcel *parcel,
                                  const struct range_block blocks[], uint32_t count,
                                  uint64_t *height)
{
    for (uint32_t i = 0; i < count; i++) {
        enum hs_status status = offer(node, &blocks[i].verified, parcel->buffer, blocks[i].payload);
        if (status != HS_OK && status != HS_DUPLICATE && status != HS_STALE) {
            return status;
        }
        *height = blocks[i].header.height;
    }
    struct hs_event event = {.type = HS_EVENT_QC};
    event.qc.qc = &parcel->qc;
    event.qc.peer = parcel->member;
    enum hs_status status;
    hs_node_feed(node, &event, &status);
    return HS_OK;
}

enum hs_status hs_sync_take_blocks(struct hs_node *node, struct hs_parcel *parcel, uint64_t *height)
{
    uint32_t count = parcel->message.range_response.block_count;
    struct range_block *blocks = calloc(count, sizeof(blocks[0]));
    enum hs_status status = blocks != NULL ? HS_OK : HS_OUT_OF_MEMORY;
    if (status == HS_OK) {
        status = verify_range(node, parcel, blocks, count);
    }
    if (status == HS_OK) {
        status = offer_range(node, parcel, blocks, count, height);
    }
    free(blocks);
    offer_orphans(node);
    return status;
}

void hs_sync_take_range(struct hs_node *node, struct hs_parcel *parcel)
{
    enum hs_status status = hs_sync_take_blocks(node, parcel, &node->sync.range_height);
    if (status != HS_OK) {
        node->sync.range_height = 0;
        hs_node_blame_peer(node, parcel->peer, status);
        pause_after_failure(node);
        return;
    }
    node->sync.empty_ranges = 0;
    node->sync.asks = 0;
    ask(node);
}
