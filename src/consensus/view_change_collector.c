/* View changes by author. See view_change_collector.h. */
#include "consensus/view_change_collector.h"

#include <string.h>

#include "base/bitmap.h"
#include "consensus/validator_set.h"

size_t hs_view_change_collector_footprint(const struct hs_validator_set *validators)
{
    return validators->count * sizeof(struct hs_view_change_entry);
}

void hs_view_change_collector_init(struct hs_view_change_collector *collector, void *memory,
                                   const struct hs_validator_set *validators)
{
    *collector = (struct hs_view_change_collector){.validators = validators, .entries = memory};
    memset(memory, 0, hs_view_change_collector_footprint(validators));
}

enum hs_status hs_view_change_collector_add(struct hs_view_change_collector *collector,
                                            const struct hs_view_change *view_change)
{
    struct hs_view_change_entry *entry = &collector->entries[view_change->author];
    if (entry->present && entry->view == view_change->view &&
        entry->high_qc.view == view_change->high_qc.view) {
        return HS_DUPLICATE;
    }
    bool higher = view_change->view > entry->view ||
                  (view_change->view == entry->view &&
                   view_change->high_qc.view > entry->high_qc.view); /* S6, L4 */
    if (entry->present && !higher) {
        return HS_STALE;
    }
    *entry = (struct hs_view_change_entry){
        .present = true,
        .view = view_change->view,
        .high_qc = view_change->high_qc,
        .signature = view_change->signature,
    };
    return HS_OK;
}

void hs_view_change_collector_drop_below(struct hs_view_change_collector *collector, uint64_t view)
{
    for (uint32_t i = 0; i < collector->validators->count; i++) {
        if (collector->entries[i].view < view) {
            collector->entries[i].present = false;
        }
    }
}

uint64_t hs_view_change_collector_weight_from(const struct hs_view_change_collector *collector,
                                              uint64_t view)
{
    uint64_t weight = 0;
    for (uint32_t i = 0; i < collector->validators->count; i++) {
        if (collector->entries[i].present && collector->entries[i].view >= view) {
            weight += collector->validators->validators[i].weight;
        }
    }
    return weight;
}

static bool is_at(const struct hs_view_change_entry *entry, uint64_t view)
{
    return entry->present && entry->view == view;
}

uint64_t hs_view_change_collector_weight_at(const struct hs_view_change_collector *collector,
                                            uint64_t view)
{
    uint64_t weight = 0;
    for (uint32_t i = 0; i < collector->validators->count; i++) {
        if (is_at(&collector->entries[i], view)) {
            weight += collector->validators->validators[i].weight;
        }
    }
    return weight;
}

static bool unchecked_suspect(const struct hs_view_change_collector *collector, uint32_t index)
{
    return hs_bitmap_get(&collector->suspects, index) && !collector->entries[index].checked;
}

void hs_view_change_collector_request(const struct hs_view_change_collector *collector,
                                      uint64_t view, struct hs_aggregate_request *request)
{
    uint64_t trusted_weight = 0;
    for (uint32_t i = 0; i < collector->validators->count; i++) {
        if (is_at(&collector->entries[i], view) && !unchecked_suspect(collector, i)) {
            trusted_weight += collector->validators->validators[i].weight;
        }
    }
    bool suspects_first = trusted_weight < hs_validator_set_quorum(collector->validators);

    request->statement = (struct hs_statement){
        .type = HS_STATEMENT_VIEW_CHANGE,
        .epoch = collector->validators->epoch,
        .view = view,
    };
    request->count = 0;
    for (uint32_t i = 0; i < collector->validators->count; i++) {
        const struct hs_view_change_entry *entry = &collector->entries[i];
        if (!is_at(entry, view) || unchecked_suspect(collector, i) != suspects_first) {
            continue;
        }
        if (request->count == 0 || entry->high_qc.view > request->high_qc.view) {
            request->high_qc = entry->high_qc; /* S7: the maximum over the groups */
        }
        request->items[request->count++] = (struct hs_aggregate_item){
            .signer = i, .high_qc_view = entry->high_qc.view, .signature = entry->signature};
    }
}

void hs_view_change_collector_answer(struct hs_view_change_collector *collector,
                                     const struct hs_aggregate_request *request,
                                     const struct hs_aggregate_result *result)
{
    for (uint32_t i = 0; i < request->count; i++) {
        const struct hs_aggregate_item *item = &request->items[i];
        struct hs_view_change_entry *entry = &collector->entries[item->signer];
        bool good = result->good || !hs_bitmap_get(&result->bad, item->signer);
        if (!good) {
            hs_bitmap_set(&collector->suspects, item->signer); /* L9 */
        }
        /* The entry may hold a later view change by now. */
        if (is_at(entry, request->statement.view) && entry->high_qc.view == item->high_qc_view) {
            entry->checked = good;
            entry->present = good;
        }
    }
}
