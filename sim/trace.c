/* See trace.h. */
#include "sim/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

/* No run gets so far: only an attacker speaks of such views, and they are not counted. */
#define VIEWS_COUNTED_MAX (1u << 20)

void hs_trace_init(struct hs_trace *trace)
{
    *trace = (struct hs_trace){.hash = UINT64_C(0x9e3779b97f4a7c15)};
}

void hs_trace_release(struct hs_trace *trace)
{
    free(trace->of_view);
    trace->of_view = NULL;
}

static void mix(struct hs_trace *trace, uint64_t value)
{
    uint64_t z = trace->hash ^ (value + UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    trace->hash = z ^ (z >> 31);
}

static void mix_hash(struct hs_trace *trace, const uint8_t bytes[HS_HASH_BYTES])
{
    uint64_t words[HS_HASH_BYTES / 8];
    memcpy(words, bytes, sizeof(words));
    for (size_t i = 0; i < HS_HASH_BYTES / 8; i++) {
        mix(trace, words[i]);
    }
}

static void mix_qc(struct hs_trace *trace, const struct hs_qc *qc)
{
    mix(trace, qc->epoch);
    mix(trace, qc->view);
    uint64_t words[HS_BITMAP_BYTES_MAX / 8];
    memcpy(words, qc->signers.bytes, sizeof(words));
    for (size_t i = 0; i < HS_BITMAP_BYTES_MAX / 8; i++) {
        mix(trace, words[i]);
    }
}

static void mix_tc(struct hs_trace *trace, bool has_tc, const struct hs_tc *tc)
{
    if (has_tc) {
        mix(trace, tc->view);
        mix(trace, tc->group_count);
        mix_qc(trace, &tc->high_qc);
    }
}

static void mix_header(struct hs_trace *trace, const struct hs_block_header *header)
{
    mix(trace, header->view);
    mix(trace, header->height);
    mix(trace, header->proposer);
    mix(trace, header->timestamp_ms);
    mix_qc(trace, &header->justify);
    mix_hash(trace, header->payload_root.bytes);
    mix_hash(trace, header->state_root.bytes);
}

/* Mixes what is said; returns the view it speaks of, 0 for what is no consensus message. */
static uint64_t mix_content(struct hs_trace *trace, const struct hs_message *message)
{
    const struct hs_view_change *view_change = &message->view_change.view_change;
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        mix_header(trace, &message->proposal.header);
        mix_tc(trace, message->proposal.has_tc, &message->proposal.tc);
        return message->proposal.header.view;
    case HS_MESSAGE_VOTE:
        mix(trace, message->vote.view);
        return message->vote.view;
    case HS_MESSAGE_QC:
        mix_qc(trace, &message->qc);
        return message->qc.view;
    case HS_MESSAGE_VIEW_CHANGE:
        mix(trace, view_change->view);
        mix(trace, view_change->has_last_vote ? view_change->last_vote.view : 0);
        mix_qc(trace, &view_change->high_qc);
        mix_tc(trace, message->view_change.has_tc, &message->view_change.tc);
        return view_change->view;
    case HS_MESSAGE_STATUS:
        mix_qc(trace, &message->status.high_qc);
        mix_tc(trace, message->status.has_tc, &message->status.tc);
        return message->status.high_qc.view + 1;
    case HS_MESSAGE_BLOCK_RESPONSE:
        if (message->block_response.has_block) {
            mix_header(trace, &message->block_response.header);
        }
        return 0;
    case HS_MESSAGE_RANGE_REQUEST:
        mix(trace, message->range_request.from_height);
        return 0;
    case HS_MESSAGE_RANGE_RESPONSE:
        mix(trace, message->range_response.block_count);
        return 0;
    case HS_MESSAGE_TRANSACTIONS:
        mix(trace, message->transactions.count);
        return 0;
    case HS_MESSAGE_BLOCK_REQUEST:
        return 0;
    }
    return 0;
}

static void count(struct hs_trace *trace, uint64_t view)
{
    if (view >= trace->view_capacity) {
        size_t capacity = 2 * (size_t)view + 256;
        trace->of_view = realloc(trace->of_view, capacity * sizeof(trace->of_view[0]));
        HS_ASSERT(trace->of_view != NULL);
        memset(trace->of_view + trace->view_capacity, 0,
               (capacity - trace->view_capacity) * sizeof(trace->of_view[0]));
        trace->view_capacity = capacity;
    }
    trace->of_view[view]++;
    trace->view_max = view > trace->view_max ? view : trace->view_max;
}

void hs_trace_message(struct hs_trace *trace, uint64_t now_ns, uint32_t from, uint32_t to,
                      const struct hs_message *message)
{
    mix(trace, now_ns);
    mix(trace, (uint64_t)message->type << 32 | (uint64_t)from << 16 | to);
    uint64_t view = mix_content(trace, message);
    trace->messages[message->type]++;
    if (view > 0 && view < VIEWS_COUNTED_MAX) {
        count(trace, view);
    }
}

void hs_trace_committed(struct hs_trace *trace, uint64_t now_ns, uint32_t node,
                        const struct hs_block *block)
{
    mix(trace, now_ns);
    mix(trace, node);
    mix_header(trace, &block->header);
}

void hs_trace_event(struct hs_trace *trace, uint64_t now_ns, uint32_t node, uint64_t what)
{
    mix(trace, now_ns);
    mix(trace, node);
    mix(trace, what);
}

uint64_t hs_trace_consensus_messages(const struct hs_trace *trace)
{
    return trace->messages[HS_MESSAGE_PROPOSAL] + trace->messages[HS_MESSAGE_VOTE] +
           trace->messages[HS_MESSAGE_QC] + trace->messages[HS_MESSAGE_VIEW_CHANGE] +
           trace->messages[HS_MESSAGE_STATUS];
}
