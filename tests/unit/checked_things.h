/* What the tests of the checkers are made of: a cluster, and blocks and certificates that hold. */
#ifndef TESTS_UNIT_CHECKED_THINGS_H
#define TESTS_UNIT_CHECKED_THINGS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/check.h"
#include "wire/header.h"
#include "wire/payload.h"
#include "wire/statement.h"

#define NODES     4u
#define BYZANTINE 3u
#define QUORUM    0x7u /* validators 0, 1, 2 */

static struct hs_cluster cluster;

static inline int begin(void **state)
{
    (void)state;
    if (hs_crypto_start() != HS_OK) {
        return -1;
    }
    hs_cluster_make(&cluster, &(struct hs_cluster_config){.node_count = NODES, .account_count = 4});
    return 0;
}

static inline struct hs_check new_check(void)
{
    struct hs_check check;
    hs_check_init(&check, &cluster, NODES);
    return check;
}

static inline void assert_found(const struct hs_check *check, const char *checker, const char *rule)
{
    assert_non_null(check->checker);
    assert_string_equal(check->checker, checker);
    if (strstr(check->sentence, rule) == NULL) {
        fail_msg("%s, not %s", check->sentence, rule);
    }
}

static inline void assert_right(const struct hs_check *check)
{
    if (check->checker != NULL) {
        fail_msg("%s: %s", check->checker, check->sentence);
    }
}

/* -- blocks and certificates that hold ------------------------------------------------------ */

static inline struct hs_block_id id_of(uint8_t number)
{
    return (struct hs_block_id){{number}};
}

static inline void sign(struct hs_bls_signature *aggregate, const struct hs_statement *statement,
                        uint32_t signers)
{
    struct hs_bls_statement message;
    hs_statement_encode(&message, &cluster.chain_id, statement);
    struct hs_bls_signature signatures[NODES];
    const struct hs_bls_signature *list[NODES];
    size_t count = 0;
    for (uint32_t i = 0; i < NODES; i++) {
        if ((signers >> i & 1u) != 0) {
            hs_bls_sign(&signatures[count], &cluster.validator_keys[i].bls_secret_key, &message);
            list[count] = &signatures[count];
            count++;
        }
    }
    size_t bad;
    assert_int_equal(hs_bls_aggregate(aggregate, &bad, list, count), HS_OK);
}

static inline struct hs_qc make_qc(uint64_t view, const struct hs_block_id *id, uint32_t signers)
{
    struct hs_qc qc = {.view = view, .block_id = *id};
    qc.signers.bytes[0] = (uint8_t)signers;
    sign(&qc.aggregate,
         &(struct hs_statement){.type = HS_STATEMENT_VOTE, .view = view, .block_id = *id}, signers);
    return qc;
}

static inline void add_group(struct hs_tc *tc, uint64_t high_qc_view, uint32_t signers)
{
    struct hs_tc_group *group = &tc->groups[tc->group_count++];
    *group = (struct hs_tc_group){.high_qc_view = high_qc_view};
    group->signers.bytes[0] = (uint8_t)signers;
    sign(&group->aggregate,
         &(struct hs_statement){
             .type = HS_STATEMENT_VIEW_CHANGE, .view = tc->view, .high_qc_view = high_qc_view},
         signers);
}

static inline struct hs_block make_block(const struct hs_block *parent, const struct hs_qc *justify,
                                         uint64_t view)
{
    struct hs_block block = {.header = parent->header};
    struct hs_block_header *header = &block.header;
    header->view = view;
    header->height++;
    header->parent_id = parent->id;
    header->justify = *justify;
    header->proposer = (uint32_t)(view % NODES);
    header->timestamp_ms++;
    hs_payload_root_of(&header->payload_root, NULL, 0);
    hs_block_id_of(&block.id, header, NODES);
    return block;
}

static inline struct hs_qc first_qc(void)
{
    struct hs_qc qc;
    hs_qc_of_view_zero(&qc, 0, &cluster.genesis.id);
    return qc;
}

#endif
