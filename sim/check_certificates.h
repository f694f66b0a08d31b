/* hs_check_certificates: every certificate that a correct node sends or believes, verified anew and
 * without consensus/verify.c: the sum of weights, the bitmaps, the groups of a TC and their order,
 * the bytes that were signed, the signatures (S7).
 *
 *   - what a correct node sends holds; so does what any node's core goes by, because one that is
 *     only lied to must not be led astray
 *   - one certified block in each view of an epoch: two are a fork in the making; and one beginning of
 *     each epoch (P4)
 *
 * What a Byzantine validator sends counts where it holds, and proves nothing where it does not.
 * What was verified is remembered, so that a certificate costs its pairings once.
 */
#ifndef HS_SIM_CHECK_CERTIFICATES_H
#define HS_SIM_CHECK_CERTIFICATES_H

#include "sim/check.h"

struct hs_check_certificates;

struct hs_check_certificates *hs_check_certificates_new(const struct hs_cluster *cluster);
void hs_check_certificates_free(struct hs_check_certificates *certificates);

/* A QC that a process shows. `vouched`: it must hold. True when it is the first to certify a block in
 * its view. */
bool hs_check_certificates_qc(struct hs_check_certificates *certificates, struct hs_check *check,
                              uint32_t process, bool vouched, const struct hs_qc *qc);
/* The same of a TC; its own high_qc is to be shown as a QC, too. */
void hs_check_certificates_tc(struct hs_check_certificates *certificates, struct hs_check *check,
                              uint32_t process, bool vouched, const struct hs_tc *tc);

/* NULL: no block of the view is known to be certified. In view 0 that is genesis, or the block that
 * ended the epoch before. */
const struct hs_block_id *hs_check_certificates_of_view(
    const struct hs_check_certificates *certificates, uint64_t epoch, uint64_t view);

#endif
