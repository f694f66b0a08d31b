/* See check_certificates.h. */
#include "sim/check_certificates.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/bls.h"

#define NAME     "certificates"
#define QC_SLOTS 128u
#define TC_SLOTS 64u

struct qc_slot {
    struct hs_qc qc;
    bool used;
    bool holds;
};

struct tc_slot {
    struct hs_tc *tc; /* as much of it as there are groups; NULL: unused */
    bool holds;
};

struct certified_view {
    bool certified;
    struct hs_block_id id;
};

struct hs_check_certificates {
    const struct hs_cluster *cluster;
    /* By the number of the key, made when it is first used. */
    struct key_slot {
        bool made;
        struct hs_bls_point point;
    } keys[HS_VALIDATORS_MAX + HS_CLUSTER_ROTATIONS_MAX];
    struct qc_slot qcs[QC_SLOTS];
    struct tc_slot tcs[TC_SLOTS];
    struct hs_check_views views; /* struct certified_view */
};

static struct certified_view *view_at(struct hs_check_certificates *certificates, uint64_t epoch,
                                      uint64_t view)
{
    return hs_check_views_at(&certificates->views, epoch, view);
}

struct hs_check_certificates *hs_check_certificates_new(const struct hs_cluster *cluster)
{
    struct hs_check_certificates *certificates = calloc(1, sizeof(*certificates));
    HS_ASSERT(certificates != NULL);
    certificates->cluster = cluster;
    certificates->views.item_bytes = sizeof(struct certified_view);
    *view_at(certificates, 0, 0) = (struct certified_view){true, cluster->genesis.id};
    return certificates;
}

void hs_check_certificates_free(struct hs_check_certificates *certificates)
{
    for (uint32_t i = 0; i < TC_SLOTS; i++) {
        free(certificates->tcs[i].tc);
    }
    hs_check_views_release(&certificates->views);
    free(certificates);
}

/* -- signatures ----------------------------------------------------------------------------- */

static bool has_bit(const struct hs_bitmap *bitmap, uint32_t index)
{
    return (bitmap->bytes[index / 8] >> (index % 8) & 1u) != 0;
}

static const struct hs_bls_point *point_of(struct hs_check_certificates *certificates,
                                           uint64_t epoch, uint32_t member)
{
    uint32_t number = hs_cluster_key_of(certificates->cluster, epoch, member);
    struct key_slot *slot = &certificates->keys[number];
    if (!slot->made) {
        const struct hs_validator_key *key = hs_cluster_key(certificates->cluster, number);
        enum hs_status status = hs_bls_point_of(&slot->point, &key->bls_public_key);
        HS_ASSERT(status == HS_OK);
        slot->made = true;
    }
    return &slot->point;
}

/* The weight of the signers; 0 when one of them is no validator. Their keys go to `keys`. */
static uint64_t weigh(struct hs_check_certificates *certificates, const struct hs_epoch *epoch,
                      const struct hs_bitmap *signers, const struct hs_bls_point *keys[],
                      size_t *key_count)
{
    const struct hs_validator_set *set = &epoch->validators;
    uint64_t weight = 0;
    *key_count = 0;
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        if (!has_bit(signers, i)) {
            continue;
        }
        if (i >= set->count) {
            return 0;
        }
        weight += set->validators[i].weight;
        keys[(*key_count)++] = point_of(certificates, set->epoch, i);
    }
    return weight;
}

static bool is_quorum(const struct hs_epoch *epoch, uint64_t weight)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < epoch->validators.count; i++) {
        total += epoch->validators.validators[i].weight;
    }
    return weight > 2 * total / 3;
}

/* tag_size u8 || tag || chain_id || epoch u64 (protocol section 2) */
static struct hs_writer begin(struct hs_bls_statement *statement, const char *tag,
                              const struct hs_check_certificates *certificates, uint64_t epoch)
{
    struct hs_writer writer = hs_writer_over(statement->bytes, sizeof(statement->bytes));
    hs_write_u8(&writer, (uint8_t)strlen(tag));
    hs_write_bytes(&writer, tag, strlen(tag));
    hs_write_bytes(&writer, certificates->cluster->chain_id.bytes, HS_HASH_BYTES);
    hs_write_u64(&writer, epoch);
    return writer;
}

static bool verifies(struct hs_bls_statement *statement, const struct hs_writer *writer,
                     const struct hs_bls_signature *signature,
                     const struct hs_bls_point *const keys[], size_t key_count)
{
    statement->size = writer->offset;
    return hs_bls_verify(signature, statement, keys, key_count) == HS_OK;
}

/* -- QCs ---------------------------------------------------------------------------------------- */

/* The only certificate of view 0: of genesis, or of the block that ended the epoch before, with
 * nobody's signature. Which block that is, its header says; that it is one, the first to be shown. */
static bool is_first(const struct hs_check_certificates *certificates, struct hs_check *check,
                     const struct hs_epoch *epoch, const struct hs_qc *qc)
{
    struct hs_qc first = {.epoch = qc->epoch, .block_id = certificates->cluster->genesis.id};
    if (qc->epoch > 0) {
        const struct hs_check_block *block = hs_check_find_block(check, &qc->block_id);
        if (block != NULL &&
            (block->epoch != qc->epoch - 1 || block->height != epoch->first_height - 1)) {
            return false;
        }
        first.block_id = qc->block_id;
    }
    return memcmp(&first, qc, sizeof(first)) == 0;
}

static bool qc_holds(struct hs_check_certificates *certificates, struct hs_check *check,
                     const struct hs_qc *qc)
{
    const struct hs_epoch *epoch = hs_cluster_epoch(certificates->cluster, qc->epoch);
    if (epoch == NULL) {
        return false;
    }
    if (qc->view == 0) {
        return is_first(certificates, check, epoch, qc);
    }
    const struct hs_bls_point *keys[HS_VALIDATORS_MAX];
    size_t key_count;
    uint64_t weight = weigh(certificates, epoch, &qc->signers, keys, &key_count);
    if (!is_quorum(epoch, weight)) {
        return false;
    }
    struct hs_bls_statement statement;
    struct hs_writer writer = begin(&statement, "hotstuff/vote", certificates, qc->epoch);
    hs_write_u64(&writer, qc->view);
    hs_write_bytes(&writer, qc->block_id.bytes, sizeof(qc->block_id.bytes));
    return verifies(&statement, &writer, &qc->aggregate, keys, key_count);
}

/* Any bytes of it will do: which slot it has changes what it costs, and no verdict. */
static size_t slot_of(uint64_t view, const struct hs_bls_signature *aggregate)
{
    uint64_t tail;
    memcpy(&tail, &aggregate->bytes[HS_BLS_SIGNATURE_BYTES - sizeof(tail)], sizeof(tail));
    return (size_t)((tail ^ view) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static bool qc_is_good(struct hs_check_certificates *certificates, struct hs_check *check,
                       const struct hs_qc *qc)
{
    struct qc_slot *slot = &certificates->qcs[slot_of(qc->view, &qc->aggregate) % QC_SLOTS];
    if (!slot->used || memcmp(&slot->qc, qc, sizeof(*qc)) != 0) {
        *slot =
            (struct qc_slot){.used = true, .qc = *qc, .holds = qc_holds(certificates, check, qc)};
    }
    return slot->holds;
}

bool hs_check_certificates_qc(struct hs_check_certificates *certificates, struct hs_check *check,
                              uint32_t process, bool vouched, const struct hs_qc *qc)
{
    if (qc->view == 0 && qc->epoch > 0 && !vouched) {
        return false; /* anybody can make one up: there is no signature that would fail */
    }
    if (!qc_is_good(certificates, check, qc)) {
        if (vouched) {
            hs_check_fail(check, NAME,
                          "S7: node %" PRIu32 " goes by a QC of epoch %" PRIu64 ", view %" PRIu64
                          " that does not hold",
                          process, qc->epoch, qc->view);
        }
        return false;
    }
    struct certified_view *view = view_at(certificates, qc->epoch, qc->view);
    if (view->certified && !hs_check_same_id(&view->id, &qc->block_id)) {
        hs_check_fail(check, NAME, "S2: two certified blocks in epoch %" PRIu64 ", view %" PRIu64,
                      qc->epoch, qc->view);
        return false;
    }
    bool first = !view->certified;
    *view = (struct certified_view){true, qc->block_id};
    return first;
}

const struct hs_block_id *hs_check_certificates_of_view(
    const struct hs_check_certificates *certificates, uint64_t epoch, uint64_t view)
{
    const struct certified_view *found = hs_check_views_find(&certificates->views, epoch, view);
    return found != NULL && found->certified ? &found->id : NULL;
}

/* -- TCs ------------------------------------------------------------------------------------------ */

static size_t used_bytes(const struct hs_tc *tc)
{
    return offsetof(struct hs_tc, groups) + tc->group_count * sizeof(tc->groups[0]);
}

static bool group_verifies(struct hs_check_certificates *certificates, const struct hs_epoch *epoch,
                           const struct hs_tc *tc, const struct hs_tc_group *group,
                           uint64_t *weight)
{
    const struct hs_bls_point *keys[HS_VALIDATORS_MAX];
    size_t key_count;
    *weight = weigh(certificates, epoch, &group->signers, keys, &key_count);
    struct hs_bls_statement statement;
    struct hs_writer writer = begin(&statement, "hotstuff/view-change", certificates, tc->epoch);
    hs_write_u64(&writer, tc->view);
    hs_write_u64(&writer, group->high_qc_view);
    return *weight > 0 && verifies(&statement, &writer, &group->aggregate, keys, key_count);
}

static bool groups_hold(struct hs_check_certificates *certificates, const struct hs_epoch *epoch,
                        const struct hs_tc *tc)
{
    struct hs_bitmap seen = {{0}};
    uint64_t weight = 0;
    for (uint32_t g = 0; g < tc->group_count; g++) {
        const struct hs_tc_group *group = &tc->groups[g];
        if (group->high_qc_view >= tc->view ||
            (g > 0 && group->high_qc_view >= tc->groups[g - 1].high_qc_view)) {
            return false;
        }
        for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
            if (has_bit(&group->signers, i) && has_bit(&seen, i)) {
                return false;
            }
        }
        for (size_t i = 0; i < sizeof(seen.bytes); i++) {
            seen.bytes[i] |= group->signers.bytes[i];
        }
        uint64_t group_weight;
        if (!group_verifies(certificates, epoch, tc, group, &group_weight)) {
            return false;
        }
        weight += group_weight;
    }
    return is_quorum(epoch, weight);
}

static bool tc_holds(struct hs_check_certificates *certificates, struct hs_check *check,
                     const struct hs_tc *tc)
{
    const struct hs_epoch *epoch = hs_cluster_epoch(certificates->cluster, tc->epoch);
    return epoch != NULL && tc->high_qc.epoch == tc->epoch && tc->view > 0 && tc->group_count > 0 &&
           tc->high_qc.view == tc->groups[0].high_qc_view &&
           qc_is_good(certificates, check, &tc->high_qc) && groups_hold(certificates, epoch, tc);
}

static bool same_tc(const struct hs_tc *a, const struct hs_tc *b)
{
    return a->epoch == b->epoch && a->view == b->view && a->group_count == b->group_count &&
           memcmp(&a->high_qc, &b->high_qc, sizeof(a->high_qc)) == 0 &&
           memcmp(a->groups, b->groups, a->group_count * sizeof(a->groups[0])) == 0;
}

static bool tc_is_good(struct hs_check_certificates *certificates, struct hs_check *check,
                       const struct hs_tc *tc)
{
    struct tc_slot *slot =
        &certificates->tcs[slot_of(tc->view, &tc->groups[0].aggregate) % TC_SLOTS];
    if (slot->tc == NULL || !same_tc(slot->tc, tc)) {
        free(slot->tc);
        slot->tc = malloc(used_bytes(tc));
        HS_ASSERT(slot->tc != NULL);
        memcpy(slot->tc, tc, used_bytes(tc));
        slot->holds = tc_holds(certificates, check, tc);
    }
    return slot->holds;
}

void hs_check_certificates_tc(struct hs_check_certificates *certificates, struct hs_check *check,
                              uint32_t process, bool vouched, const struct hs_tc *tc)
{
    if (vouched && !tc_is_good(certificates, check, tc)) {
        hs_check_fail(check, NAME,
                      "S7: node %" PRIu32 " goes by a TC of view %" PRIu64 " that does not hold",
                      process, tc->view);
    }
}
