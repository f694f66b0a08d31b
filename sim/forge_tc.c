/* Wrong TCs, each made of a right one. See forgeries.h. */
#include <string.h>

#include "base/bitmap.h"
#include "sim/forgeries_internal.h"

static bool sign_group(const struct hs_forger *forger, struct hs_tc *tc, uint32_t index)
{
    struct hs_tc_group *group = &tc->groups[index];
    struct hs_statement statement = hs_forge_view_change_statement(tc, group->high_qc_view);
    return hs_forger_aggregate(forger, &group->aggregate, &group->signers, &statement);
}

static struct hs_tc_group *last_group(struct hs_tc *tc)
{
    return &tc->groups[tc->group_count - 1];
}

static bool two_groups(const struct hs_tc *tc)
{
    return tc->group_count >= 2;
}

/* -- who signed ------------------------------------------------------------------------------- */

/* One signer after the other is left out until the rest is no quorum. */
bool hs_forge_tc_too_few(const struct hs_forger *forger, struct hs_tc *tc)
{
    const struct hs_validator_set *set = forger->set;
    uint64_t quorum = set->weight_total * 2 / 3 + 1;
    for (;;) {
        uint64_t weight = 0;
        for (uint32_t i = 0; i < set->count; i++) {
            for (uint32_t group = 0; group < tc->group_count; group++) {
                weight +=
                    hs_bitmap_get(&tc->groups[group].signers, i) ? set->validators[i].weight : 0;
            }
        }
        if (weight < quorum) {
            break;
        }
        struct hs_tc_group *group = last_group(tc);
        hs_bitmap_clear(&group->signers, hs_forge_last(&group->signers));
        tc->group_count -= hs_bitmap_is_empty(&group->signers) ? 1 : 0;
    }
    return tc->group_count > 0 && sign_group(forger, tc, tc->group_count - 1);
}

bool hs_forge_tc_no_group(const struct hs_forger *forger, struct hs_tc *tc)
{
    (void)forger;
    tc->group_count = 0;
    return true;
}

bool hs_forge_tc_empty_group(const struct hs_forger *forger, struct hs_tc *tc)
{
    (void)forger;
    if (last_group(tc)->high_qc_view == 0 || tc->group_count >= HS_VALIDATORS_MAX) {
        return false;
    }
    tc->groups[tc->group_count] = *last_group(tc);
    tc->group_count++;
    last_group(tc)->high_qc_view--;
    last_group(tc)->signers = (struct hs_bitmap){{0}};
    return true;
}

bool hs_forge_tc_order(const struct hs_forger *forger, struct hs_tc *tc)
{
    (void)forger;
    struct hs_tc_group first = tc->groups[0];
    tc->groups[0] = *last_group(tc);
    *last_group(tc) = first;
    return two_groups(tc);
}

bool hs_forge_tc_two_of_one_view(const struct hs_forger *forger, struct hs_tc *tc)
{
    if (!two_groups(tc)) {
        return false;
    }
    tc->groups[1].high_qc_view = tc->groups[0].high_qc_view;
    return sign_group(forger, tc, 1);
}

bool hs_forge_tc_overlap(const struct hs_forger *forger, struct hs_tc *tc)
{
    if (!two_groups(tc)) {
        return false;
    }
    hs_bitmap_set(&tc->groups[1].signers, hs_bitmap_next(&tc->groups[0].signers, 0));
    return sign_group(forger, tc, 1);
}

/* Whoever is in the first group stands for the last one in the second. */
bool hs_forge_tc_counted_twice(const struct hs_forger *forger, struct hs_tc *tc)
{
    if (!two_groups(tc)) {
        return false;
    }
    hs_bitmap_clear(&tc->groups[1].signers, hs_forge_last(&tc->groups[1].signers));
    return hs_forge_tc_overlap(forger, tc);
}

bool hs_forge_tc_beyond_set(const struct hs_forger *forger, struct hs_tc *tc)
{
    uint32_t count = forger->set->count;
    if (count % 8 == 0) {
        return false;
    }
    hs_bitmap_set(&last_group(tc)->signers, count);
    return true;
}

bool hs_forge_tc_claims_one_more(const struct hs_forger *forger, struct hs_tc *tc)
{
    struct hs_bitmap all = {{0}};
    for (uint32_t i = 0; i < tc->group_count; i++) {
        hs_bitmap_add(&all, &tc->groups[i].signers);
    }
    for (uint32_t i = 0; i < forger->set->count; i++) {
        if (!hs_bitmap_get(&all, i)) {
            hs_bitmap_set(&last_group(tc)->signers, i);
            return true;
        }
    }
    return false;
}

/* -- what was signed -------------------------------------------------------------------------- */

bool hs_forge_tc_mixed_views(const struct hs_forger *forger, struct hs_tc *tc)
{
    tc->view--;
    bool made = sign_group(forger, tc, tc->group_count - 1);
    tc->view++;
    return made;
}

bool hs_forge_tc_raised(const struct hs_forger *forger, struct hs_tc *tc)
{
    (void)forger;
    if (!two_groups(tc) || tc->groups[1].high_qc_view + 1 >= tc->groups[0].high_qc_view) {
        return false;
    }
    tc->groups[1].high_qc_view++;
    return true;
}

/* A lock denied: S3 stands on what was signed. */
bool hs_forge_tc_lowered(const struct hs_forger *forger, struct hs_tc *tc)
{
    (void)forger;
    if (!two_groups(tc) || last_group(tc)->high_qc_view == 0) {
        return false;
    }
    last_group(tc)->high_qc_view--;
    return true;
}

bool hs_forge_tc_swapped(const struct hs_forger *forger, struct hs_tc *tc)
{
    (void)forger;
    struct hs_bls_signature first = tc->groups[0].aggregate;
    tc->groups[0].aggregate = last_group(tc)->aggregate;
    last_group(tc)->aggregate = first;
    return two_groups(tc);
}

bool hs_forge_tc_low_qc(const struct hs_forger *forger, struct hs_tc *tc)
{
    bool lower = forger->other_qc.view < tc->high_qc.view;
    tc->high_qc = forger->other_qc;
    return lower;
}

/* The highest group is left out, and its signers sign the next one's claim. */
bool hs_forge_tc_low_groups(const struct hs_forger *forger, struct hs_tc *tc)
{
    if (!two_groups(tc)) {
        return false;
    }
    hs_bitmap_add(&tc->groups[1].signers, &tc->groups[0].signers);
    memmove(&tc->groups[0], &tc->groups[1], (tc->group_count - 1) * sizeof(tc->groups[0]));
    tc->group_count--;
    return sign_group(forger, tc, 0);
}

/* All is signed as it should be, and the certificate is of the view that is given up. */
bool hs_forge_tc_qc_of_own_view(const struct hs_forger *forger, struct hs_tc *tc)
{
    tc->high_qc.view = tc->view;
    struct hs_statement statement = hs_forge_vote_statement(&tc->high_qc);
    tc->groups[0].high_qc_view = tc->view;
    return hs_forger_aggregate(forger, &tc->high_qc.aggregate, &tc->high_qc.signers, &statement) &&
           sign_group(forger, tc, 0);
}

/* Nobody has the certificate that the first group claims. */
bool hs_forge_tc_claims_higher(const struct hs_forger *forger, struct hs_tc *tc)
{
    if (tc->groups[0].high_qc_view + 1 >= tc->view) {
        return false;
    }
    tc->groups[0].high_qc_view++;
    return sign_group(forger, tc, 0);
}

bool hs_forge_tc_view_above(const struct hs_forger *forger, struct hs_tc *tc)
{
    (void)forger;
    tc->view++;
    return true;
}

bool hs_forge_tc_far_view(const struct hs_forger *forger, struct hs_tc *tc)
{
    (void)forger;
    tc->view += 1000000;
    return true;
}

bool hs_forge_tc_next_epoch(const struct hs_forger *forger, struct hs_tc *tc)
{
    (void)forger;
    tc->epoch++;
    return true;
}

bool hs_forge_tc_other_chain(const struct hs_forger *forger, struct hs_tc *tc)
{
    struct hs_tc_group *group = last_group(tc);
    struct hs_statement statement = hs_forge_view_change_statement(tc, group->high_qc_view);
    return hs_forge_for_other_chain(forger, &group->aggregate, &group->signers, &statement);
}

bool hs_forge_tc_of_votes(const struct hs_forger *forger, struct hs_tc *tc)
{
    struct hs_tc_group *group = last_group(tc);
    struct hs_statement statement = {.type = HS_STATEMENT_VOTE,
                                     .epoch = tc->epoch,
                                     .view = tc->view,
                                     .block_id = tc->high_qc.block_id};
    return hs_forger_aggregate(forger, &group->aggregate, &group->signers, &statement);
}

/* -- no signature at all ----------------------------------------------------------------------- */

bool hs_forge_tc_infinity(const struct hs_forger *forger, struct hs_tc *tc)
{
    (void)forger;
    hs_forge_infinity(&last_group(tc)->aggregate);
    return true;
}

bool hs_forge_tc_off_curve(const struct hs_forger *forger, struct hs_tc *tc)
{
    (void)forger;
    return hs_forge_off_curve(&last_group(tc)->aggregate);
}

bool hs_forge_tc_off_subgroup(const struct hs_forger *forger, struct hs_tc *tc)
{
    (void)forger;
    return hs_forge_off_subgroup(&last_group(tc)->aggregate);
}
