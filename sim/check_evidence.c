/* See check_evidence.h. */
#include "sim/check_evidence.h"

#include <inttypes.h>
#include <string.h>

#include "base/bitmap.h"

#define NAME "evidence"

void hs_check_find_accused(const struct hs_cluster *cluster, const struct hs_node *node,
                           struct hs_bitmap *accused)
{
    struct hs_double_vote evidence[HS_NODE_EVIDENCE_MAX];
    uint32_t count = hs_node_evidence(node, evidence, HS_NODE_EVIDENCE_MAX);
    *accused = (struct hs_bitmap){{0}};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t holder = hs_cluster_node_with(cluster, &evidence[i].bls_public_key);
        if (holder < HS_VALIDATORS_MAX) {
            hs_bitmap_set(accused, holder);
        }
    }
}

void hs_check_accused(struct hs_check *check, uint32_t process, const struct hs_bitmap *accused)
{
    for (uint32_t i = hs_bitmap_next(accused, 0); i < HS_VALIDATORS_MAX;
         i = hs_bitmap_next(accused, i + 1)) {
        if (hs_check_is_correct(check, i)) {
            hs_check_fail(check, NAME,
                          "S8: node %" PRIu32 " has evidence against validator %" PRIu32
                          ", which is correct",
                          process, i);
            return;
        }
    }
}
