/* Votes by voter. See vote_collector.h. */
#include "consensus/vote_collector.h"

#include <string.h>

#include "base/bitmap.h"
#include "base/mutants.h"
#include "consensus/validator_set.h"

size_t hs_vote_collector_footprint(const struct hs_validator_set *validators)
{
    return validators->count * sizeof(struct hs_vote_entry);
}

void hs_vote_collector_init(struct hs_vote_collector *collector, void *memory,
                            const struct hs_validator_set *validators)
{
    *collector = (struct hs_vote_collector){.validators = validators, .entries = memory};
    memset(memory, 0, hs_vote_collector_footprint(validators));
}

static bool same_block(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

enum hs_status hs_vote_collector_add(struct hs_vote_collector *collector,
                                     const struct hs_vote *vote, struct hs_vote *first)
{
    struct hs_vote_entry *entry = &collector->entries[vote->voter];
    if (entry->present && vote->view < entry->vote.view) {
        return HS_STALE;
    }
    if (entry->present && vote->view == entry->vote.view) {
        if (same_block(&vote->block_id, &entry->vote.block_id)) {
            return HS_DUPLICATE;
        }
        *first = entry->vote;
        return HS_PROTOCOL_VIOLATION; /* S8: kept as evidence, the first one still counts */
    }
    *entry = (struct hs_vote_entry){.present = true, .vote = *vote};
    return HS_OK;
}

void hs_vote_collector_drop_below(struct hs_vote_collector *collector, uint64_t view)
{
    for (uint32_t i = 0; i < collector->validators->count; i++) {
        if (collector->entries[i].vote.view < view) {
            collector->entries[i].present = false;
        }
    }
}

static bool votes_for(const struct hs_vote_entry *entry, uint64_t view,
                      const struct hs_block_id *block_id)
{
    return entry->present && entry->vote.view == view &&
           (same_block(&entry->vote.block_id, block_id) || HS_MUTANT_VOTES_MIXED);
}

static uint64_t weight_for(const struct hs_vote_collector *collector, uint64_t view,
                           const struct hs_block_id *block_id)
{
    uint64_t weight = 0;
    for (uint32_t i = 0; i < collector->validators->count; i++) {
        if (votes_for(&collector->entries[i], view, block_id)) {
            weight += collector->validators->validators[i].weight;
        }
    }
    return weight;
}

bool hs_vote_collector_best_quorum(const struct hs_vote_collector *collector, uint64_t *view,
                                   struct hs_block_id *block_id)
{
    uint64_t quorum = hs_validator_set_quorum(collector->validators);
    const struct hs_vote *best = NULL;
    const struct hs_vote *failed = NULL; /* mostly all vote alike: don't count it again */
    for (uint32_t i = 0; i < collector->validators->count; i++) {
        const struct hs_vote_entry *entry = &collector->entries[i];
        const struct hs_vote *vote = &entry->vote;
        if (!entry->present || (best != NULL && vote->view <= best->view) ||
            (failed != NULL && votes_for(entry, failed->view, &failed->block_id))) {
            continue;
        }
        if (weight_for(collector, vote->view, &vote->block_id) >= quorum) {
            best = vote;
        } else {
            failed = vote;
        }
    }
    if (best == NULL) {
        return false;
    }
    *view = best->view;
    *block_id = best->block_id;
    return true;
}

static bool unchecked_suspect(const struct hs_vote_collector *collector, uint32_t index)
{
    return hs_bitmap_get(&collector->suspects, index) && !collector->entries[index].checked;
}

void hs_vote_collector_request(const struct hs_vote_collector *collector, uint64_t view,
                               const struct hs_block_id *block_id,
                               struct hs_aggregate_request *request)
{
    uint64_t trusted_weight = 0;
    for (uint32_t i = 0; i < collector->validators->count; i++) {
        if (votes_for(&collector->entries[i], view, block_id) && !unchecked_suspect(collector, i)) {
            trusted_weight += collector->validators->validators[i].weight;
        }
    }
    bool suspects_first = trusted_weight < hs_validator_set_quorum(collector->validators);

    request->statement = (struct hs_statement){
        .type = HS_STATEMENT_VOTE,
        .epoch = collector->validators->epoch,
        .view = view,
        .block_id = *block_id,
    };
    request->count = 0;
    for (uint32_t i = 0; i < collector->validators->count; i++) {
        const struct hs_vote_entry *entry = &collector->entries[i];
        if (votes_for(entry, view, block_id) &&
            unchecked_suspect(collector, i) == suspects_first) { /* L9 */
            request->items[request->count++] =
                (struct hs_aggregate_item){.signer = i, .signature = entry->vote.signature};
        }
    }
}

void hs_vote_collector_answer(struct hs_vote_collector *collector,
                              const struct hs_aggregate_request *request,
                              const struct hs_aggregate_result *result)
{
    for (uint32_t i = 0; i < request->count; i++) {
        uint32_t signer = request->items[i].signer;
        struct hs_vote_entry *entry = &collector->entries[signer];
        bool good = result->good || !hs_bitmap_get(&result->bad, signer);
        if (!good) {
            hs_bitmap_set(&collector->suspects, signer); /* L9 */
        }
        /* The entry may hold a later vote by now. */
        if (votes_for(entry, request->statement.view, &request->statement.block_id)) {
            entry->checked = good;
            entry->present = good;
        }
    }
}
