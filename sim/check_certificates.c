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
    struct hs_bls_point keys[HS_VALIDATORS_MAX];
    struct qc_slot qcs[QC_SLOTS];
    struct tc_slot tcs[TC_SLOTS];
    struct certified_view *views;
    size_t view_capacity;
};

static struct certified_view *view_at(struct hs_check_certificates *certificates, uint64_t view)
{
    if (view >= certificates->view_capacity) {
        size_t capacity = 2 * (size_t)view + 256;
        certificates->views = hs_check_grown(certificates->views, certificates->view_capacity,
                                             capacity, sizeof(certificates->views[0]));
        certificates->view_capacity = capacity;
    }
    return &certificates->views[view];
}

struct hs_check_certificates *hs_check_certificates_new(const struct hs_cluster *cluster)
{
    struct hs_check_certificates *certificates = calloc(1, sizeof(*certificates));
    HS_ASSERT(certificates != NULL);
    certificates->cluster = cluster;
    for (uint32_t i = 0; i < cluster->validators.count; i++) {
        enum hs_status status = hs_bls_point_of(&certificates->keys[i],
                                                &cluster->validators.validators[i].bls_public_key);
        HS_ASSERT(status == HS_OK);
    }
    *view_at(certificates, 0) = (struct certified_view){true, cluster->genesis.id};
    return certificates;
}

void hs_check_certificates_free(struct hs_check_certificates *certificates)
{
    for (uint32_t i = 0; i < TC_SLOTS; i++) {
        free(certificates->tcs[i].tc);
    }
    free(certificates->views);
    free(certificates);
}

/* -- signatures ----------------------------------------------------------------------------- */

static bool has_bit(const struct hs_bitmap *bitmap, uint32_t index)
{
    return (bitmap->bytes[index / 8] >> (index % 8) & 1u) != 0;
}

/* The weight of the signers; 0 when one of them is no validator. Their keys go to `keys`. */
static uint64_t weigh(const struct hs_check_certificates *certificates,
                      const struct hs_bitmap *signers, const struct hs_bls_point *keys[],
                      size_t *key_count)
{
    const struct hs_validator_set *set = &certificates->cluster->validators;
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
        keys[(*key_count)++] = &certificates->keys[i];
    }
    return weight;
}

static bool is_quorum(const struct hs_check_certificates *certificates, uint64_t weight)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < certificates->cluster->validators.count; i++) {
        total += certificates->cluster->validators.validators[i].weight;
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

/* The only certificate of view 0: genesis, nobody's signature. */
static bool is_first(const struct hs_check_certificates *certificates, const struct hs_qc *qc)
{
    struct hs_qc first = {.block_id = certificates->cluster->genesis.id};
    return memcmp(&first, qc, sizeof(first)) == 0;
}

static bool qc_holds(const struct hs_check_certificates *certificates, const struct hs_qc *qc)
{
    if (qc->view == 0) {
        return is_first(certificates, qc);
    }
    const struct hs_bls_point *keys[HS_VALIDATORS_MAX];
    size_t key_count;
    uint64_t weight = weigh(certificates, &qc->signers, keys, &key_count);
    if (qc->epoch != 0 || !is_quorum(certificates, weight)) {
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

static bool qc_is_good(struct hs_check_certificates *certificates, const struct hs_qc *qc)
{
    struct qc_slot *slot = &certificates->qcs[slot_of(qc->view, &qc->aggregate) % QC_SLOTS];
    if (!slot->used || memcmp(&slot->qc, qc, sizeof(*qc)) != 0) {
        *slot = (struct qc_slot){.used = true, .qc = *qc, .holds = qc_holds(certificates, qc)};
    }
    return slot->holds;
}

bool hs_check_certificates_qc(struct hs_check_certificates *certificates, struct hs_check *check,
                              uint32_t process, bool vouched, const struct hs_qc *qc)
{
    if (!qc_is_good(certificates, qc)) {
        if (vouched) {
            hs_check_fail(check, NAME,
                          "S7: node %" PRIu32 " goes by a QC of view %" PRIu64
                          " that does not hold",
                          process, qc->view);
        }
        return false;
    }
    struct certified_view *view = view_at(certificates, qc->view);
    if (view->certified && !hs_check_same_id(&view->id, &qc->block_id)) {
        hs_check_fail(check, NAME, "S2: two certified blocks in view %" PRIu64, qc->view);
        return false;
    }
    bool first = !view->certified;
    *view = (struct certified_view){true, qc->block_id};
    return first;
}

const struct hs_block_id *hs_check_certificates_of_view(
    const struct hs_check_certificates *certificates, uint64_t view)
{
    bool certified = view < certificates->view_capacity && certificates->views[view].certified;
    return certified ? &certificates->views[view].id : NULL;
}

/* -- TCs ------------------------------------------------------------------------------------------ */

static size_t used_bytes(const struct hs_tc *tc)
{
    return offsetof(struct hs_tc, groups) + tc->group_count * sizeof(tc->groups[0]);
}

static bool group_verifies(const struct hs_check_certificates *certificates, const struct hs_tc *tc,
                           const struct hs_tc_group *group, uint64_t *weight)
{
    const struct hs_bls_point *keys[HS_VALIDATORS_MAX];
    size_t key_count;
    *weight = weigh(certificates, &group->signers, keys, &key_count);
    struct hs_bls_statement statement;
    struct hs_writer writer = begin(&statement, "hotstuff/view-change", certificates, tc->epoch);
    hs_write_u64(&writer, tc->view);
    hs_write_u64(&writer, group->high_qc_view);
    return *weight > 0 && verifies(&statement, &writer, &group->aggregate, keys, key_count);
}

static bool groups_hold(const struct hs_check_certificates *certificates, const struct hs_tc *tc)
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
        if (!group_verifies(certificates, tc, group, &group_weight)) {
            return false;
        }
        weight += group_weight;
    }
    return is_quorum(certificates, weight);
}

static bool tc_holds(struct hs_check_certificates *certificates, const struct hs_tc *tc)
{
    return tc->epoch == 0 && tc->view > 0 && tc->group_count > 0 &&
           tc->high_qc.view == tc->groups[0].high_qc_view &&
           qc_is_good(certificates, &tc->high_qc) && groups_hold(certificates, tc);
}

static bool same_tc(const struct hs_tc *a, const struct hs_tc *b)
{
    return a->epoch == b->epoch && a->view == b->view && a->group_count == b->group_count &&
           memcmp(&a->high_qc, &b->high_qc, sizeof(a->high_qc)) == 0 &&
           memcmp(a->groups, b->groups, a->group_count * sizeof(a->groups[0])) == 0;
}

static bool tc_is_good(struct hs_check_certificates *certificates, const struct hs_tc *tc)
{
    struct tc_slot *slot =
        &certificates->tcs[slot_of(tc->view, &tc->groups[0].aggregate) % TC_SLOTS];
    if (slot->tc == NULL || !same_tc(slot->tc, tc)) {
        free(slot->tc);
        slot->tc = malloc(used_bytes(tc));
        HS_ASSERT(slot->tc != NULL);
        memcpy(slot->tc, tc, used_bytes(tc));
        slot->holds = tc_holds(certificates, tc);
    }
    return slot->holds;
}

void hs_check_certificates_tc(struct hs_check_certificates *certificates, struct hs_check *check,
                              uint32_t process, bool vouched, const struct hs_tc *tc)
{
    if (vouched && !tc_is_good(certificates, tc)) {
        hs_check_fail(check, NAME,
                      "S7: node %" PRIu32 " goes by a TC of view %" PRIu64 " that does not hold",
                      process, tc->view);
    }
}
